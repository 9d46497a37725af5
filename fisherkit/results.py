"""A result's format: numbers that text names, conclusions, what a run lacks. Must not know figures or measurement."""

import html
import numbers
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np
import pandas as pd
from IPython.display import HTML, Markdown, display

from fisherkit.checks import check_choice

#: How a result can stand to the original's reading of it, or a question to its answer.
AGREEMENTS = ("yes", "no", "in part", "undecided", "answered")

#: What the names of kept judgements begin with.
JUDGEMENT = "judgement:"

#: What the name of a kept finding begins with.
FINDING = "finding:"

#: Under this key of an output's metadata stands the number that was kept, for whoever computes with it.
FACTS = "fisherkit"

#: What can come out, by the question asked: ``Estimate.against(x)``, ``Estimate.side(x)``, :func:`whether`,
#: :func:`how_much`. Words for ``"undecided"`` may be left out of the last two where that cannot come out.
OUTCOMES = {
    "against": ("holds", "excludes", "undecided"),
    "side": ("above", "below", "open", "undecided"),
    "whether": ("so", "not_so", "undecided"),
    "how_much": ("most", "some", "none", "undecided"),
}
_ALWAYS_DECIDED = ("whether", "how_much")

_NO_BREAK = "\u00a0"

#: Before the type of what is glued; MyST-NB knows it by this (``myst_nb.ext.glue.GLUE_PREFIX``).
GLUE_PREFIX = "application/papermill.record/"


@runtime_checkable
class Number(Protocol):
    """A number with an interval, as :class:`~fisherkit.estimate.Inferred` has it, whatever it was measured with."""

    @property
    def mean(self) -> float:
        """The number."""
        ...

    @property
    def low(self) -> float:
        """Lower end of its interval."""
        ...

    @property
    def high(self) -> float:
        """Upper end of its interval."""
        ...

    @property
    def side(self) -> Callable[..., str]:
        """Where it lies of another number: ``"above"``, ``"below"``, ``"open"`` or ``"undecided"``."""
        ...


def keep(name: str, value: object) -> None:
    r"""Keep a number or a word, for Markdown cells to name: ``α = {glue:text}`alpha_quart```.

    An estimate is shown with its interval, ``0.42 [0.35, 0.49]``, on one line. A plain number has all its digits unless
    the text asks for fewer: ``{glue:text}`gap:.2f```. What is kept as a number is a headline of the page too, an
    estimate by its mean (:func:`fisherkit.executed.headlines`).

    Parameters
    ----------
    name : letters, digits, ``_`` and ``-``, the first a letter; each once a page.
    value : an :class:`~fisherkit.estimate.Estimate` or anything else with ``mean``, ``low`` and ``high``; a finite
        number; or text, whose Markdown counts where it is named as ``{glue:md}`words:myst```.

    Raises
    ------
    ValueError
        For another name or value.
    """
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        raise ValueError(f"a name must be letters, digits, _ and -, and begin with a letter; got {name!r}")
    value = _checked(name, value)
    if isinstance(value, str):
        _glue(name, {"text/plain": repr(value), "text/markdown": value})
    elif _is_estimate(value):
        low, high = (float(end) if np.isfinite(end) else None for end in (value.low, value.high))
        _glue(name, {"text/plain": repr(in_words(value))}, mean=float(value.mean), low=low, high=high)
    else:
        _glue(name, {"text/plain": repr(value)}, mean=float(value))


def conclude(id: str, outcome: str, **words_and_numbers: object) -> None:
    """Say and keep what a result comes to: id, verdict, words and numbers in one place.

    .. code-block:: python

        conclude(
            "R40", quart.against(1 / 3),
            holds=("yes", "With the fourth power α = {quart}: the original's ⅓ is inside."),
            excludes=("no", "With the fourth power α = {quart}: **not** the original's ⅓."),
            undecided=("undecided", "One network has no interval: α = {quart}."),
            quart=quart,
        )  # fmt: skip

    The sentence of the outcome is shown. Kept are the verdict with the sentence, for the indexes
    (:func:`fisherkit.executed.judgements`); the sentence, for Markdown elsewhere on the page, such as the answer box
    (``{glue:md}`R40:myst```); and each number under the id and its name (``{glue:text}`R40_quart```; :func:`keep`).

    Parameters
    ----------
    id : of the result or question.
    outcome : which of the outcomes came, as :meth:`~fisherkit.estimate.Inferred.against` or
        :meth:`~fisherkit.estimate.Inferred.side` tells it.
    words_and_numbers : for each outcome of that question (:data:`OUTCOMES`) a verdict, one of :data:`AGREEMENTS`, and
        a sentence in Markdown; and by other names the numbers of the sentences, estimates or finite numbers, inserted
        by :meth:`str.format`: ``{quart}``, ``{gap:.1f}``, ``{quart.mean:.2f}``. Braces of maths are written twice:
        ``$p^{{1/3}}$``.

    Raises
    ------
    ValueError
        For an outcome without words, a verdict that there is not, or a sentence, chosen or not, that asks for a number
        which was not given or cannot be written as it says.
    """
    known = {name for names in OUTCOMES.values() for name in names}
    words = {name: value for name, value in words_and_numbers.items() if name in known}
    given = {name: _checked(name, value) for name, value in words_and_numbers.items() if name not in known}
    if outcome not in known:
        raise ValueError(f"conclusion {id}: the outcome must be one of {', '.join(sorted(known))}; got {outcome!r}")
    families = {question: names for question, names in OUTCOMES.items() if outcome in names}
    if not any(
        set(words) == set(names) or (question in _ALWAYS_DECIDED and outcome in words and set(words) == set(names[:-1]))
        for question, names in families.items()
    ):
        wanted = " or ".join(", ".join(names) for names in families.values())
        raise ValueError(
            f"conclusion {id} came out as {outcome!r} and must have words for each outcome, {wanted}, so that it can "
            f"come out otherwise; it has them for {', '.join(words) or 'none'}"
        )
    said = {name: _said(f"conclusion {id}, {name}", pair, given) for name, pair in words.items()}
    verdict, sentence = said[outcome]
    for name, value in given.items():
        keep(f"{id}_{name}", value)
    _glue(id, {"text/plain": repr(sentence), "text/markdown": sentence})
    judge(id, verdict, re.sub(r"\s*\n\s*", " ", sentence.strip()))
    if re.fullmatch(r"Q\d\d", id):  # where links to the question lead, if no figure is named after it
        display(HTML(f'<a class="also" id="{id}"></a>'))
    display(Markdown(sentence))


def whether(fact: bool | np.bool | None) -> str:
    """The outcome of a plain question for :func:`conclude`: ``"so"``, ``"not_so"``, or ``"undecided"`` of None."""
    return "undecided" if fact is None else "so" if fact else "not_so"


def how_much(share: float | Number) -> str:
    """The outcome of asking for which part something holds: ``"most"`` (over half), ``"some"``, ``"none"`` (0).

    ``"undecided"`` of NaN, and of an estimate whose interval holds a half.
    """
    if _is_estimate(share):
        share = share.mean if share.side(0.5) in ("above", "below") else np.nan
    return "undecided" if np.isnan(share) else "most" if share > 0.5 else "some" if share > 0 else "none"


def shared_sign(numbers: Sequence[float], *, share: float = 0.9) -> str:
    """The outcome of asking which sign more than a share of some numbers have: ``"above"``, ``"below"`` or ``"open"``.

    ``"undecided"`` of none.
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    if not len(numbers):
        return "undecided"
    return "above" if (numbers > 0).mean() > share else "below" if (numbers < 0).mean() > share else "open"


def replicated(numbers: Sequence[Number]) -> str:
    """How a finding stands that is a number above zero, measured anew with each of several seeds.

    Parameters
    ----------
    numbers : one a seed, with ``mean`` and ``side()``: estimates, or tests of an order.

    Returns
    -------
    str
        ``"holds"`` where all lie clearly above zero; ``"changes sign"``; ``"fails for every seed"``;
        ``"holds, but within chance"`` where an interval reaches zero; ``"has its sign, without intervals"`` of one
        network a seed.
    """
    positive = {number.mean > 0 for number in numbers}
    if len(positive) > 1:
        return "changes sign"
    if positive == {False}:
        return "fails for every seed"
    sides = {number.side() for number in numbers}
    if "undecided" in sides:
        return "has its sign, without intervals"
    return "holds" if sides == {"above"} else "holds, but within chance"


def tabulate(table: pd.DataFrame, caption: str, *, collapsed: bool = False) -> None:
    """Show a table: its first column heads the rows, estimates have their intervals in one piece, NaN is a dash.

    Parameters
    ----------
    table : columns as they are to be read; cells are text, numbers (two decimals; whole ones as they are), or
        estimates.
    caption : what it shows, in plain text, with maths between dollars.
    collapsed : whether only the caption is seen until it is opened.
    """
    head = "".join(f'<th scope="col">{_cell(name)}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{_cell(first)}</th>{"".join(f"<td>{_cell(value)}</td>" for value in rest)}</tr>'
        for first, *rest in table.itertuples(index=False, name=None)
    )
    words = html.escape(caption)
    inside = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    opened = f'<div class="numbers" role="region" tabindex="0" aria-label="{words}"><table>'
    shown = f"{opened}<caption>{words}</caption>{inside}"
    display(HTML(f"<details><summary>{words}</summary>{opened}{inside}</details>" if collapsed else shown))


def markdown_table(table: pd.DataFrame) -> str:
    """A table in Markdown; its cells are Markdown too."""
    rows = [table.columns.tolist(), ["---"] * table.shape[1], *table.values.tolist()]
    return "\n".join("| " + " | ".join(f"{cell}" for cell in row) + " |" for row in rows)


def as_text(text: str) -> str:
    """Any text so that Markdown shows it as it is, in one line: no markup, no maths, no link, no cell of a table."""
    return re.sub(r"([\\`*_{}\[\]<>&$|#!~^])", r"\\\1", " ".join(text.split()))


def as_rows(numbers: Mapping[tuple[str | float, ...], Number], names: Sequence[str]) -> pd.DataFrame:
    """Numbers with their intervals as a figure draws them: what each is of, ``estimate``, ``low`` and ``high``.

    Parameters
    ----------
    numbers : estimates, by what they are of.
    names : of the columns that say it, as many as a key has entries.
    """
    return pd.DataFrame(
        [
            {**dict(zip(names, key, strict=True)), "estimate": number.mean, "low": number.low, "high": number.high}
            for key, number in numbers.items()
        ]
    )


def _cell(value) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "–"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return html.escape(in_words(value) if _is_estimate(value) or isinstance(value, numbers.Real) else str(value))


def judge(id: str, agreement: str, reason: str) -> None:
    """Keep, for the indexes, how a result stands to the original's reading of it, and why in a few words.

    ``agreement`` is one of :data:`AGREEMENTS`; ``"answered"`` is for a reading that was a question.
    """
    check_choice("agreement", agreement, AGREEMENTS)
    _glue(f"{JUDGEMENT}{id}", {"text/plain": repr({"agreement": agreement, "reason": reason})})


def keep_finding(words: str, *, what: str, measured: str, verdict: str) -> None:
    """Keep a finding for the introduction's table: what is measured, with its interval, and whether that holds."""
    _glue(f"{FINDING}{words}", {"text/plain": repr({"what": what, "measured": measured, "verdict": verdict})})


def in_words(value: str | float | Number, digits: str = "") -> str:
    """A number as text shows it: a real minus sign, two decimals if nothing else is said, an interval in one piece."""
    if isinstance(value, str):
        return format(value, digits)
    if _is_estimate(value):
        return format(value, digits).replace(" ", _NO_BREAK)
    return format(value, digits or ("" if isinstance(value, int) else ".2f")).replace("-", "−", 1)


def p_in_words(pvalue: float) -> str:
    """A p as text shows it, with its letter: ``p = 0.03``, ``p < 0.001`` for all that is smaller; ``no p`` of NaN."""
    told = "no p" if np.isnan(pvalue) else "p < 0.001" if pvalue < 0.001 else f"p = {pvalue:.2g}"
    return told.replace(" ", _NO_BREAK)


def lacking(ids: Sequence[str], told: str) -> str:
    """HTML that says what results need and a run lacks, once, with an anchor for each of the results.

    Parameters
    ----------
    ids : of the results; none where a part of a page has no result of its own.
    told : what they need, in words.
    """
    reason = f"{html.escape(told)}, which this run was not asked for."
    if not ids:
        return f'<p class="lacking">A part of this page needs {reason}</p>'
    first, *others = map(html.escape, ids)
    names = listed([f"<b>{id}</b>" for id in (first, *others)])
    anchors = "".join(f'<figure class="result" id="{id}"></figure>' for id in others)
    verb = "need" if others else "needs"
    return f'{anchors}<figure class="result" id="{first}"><figcaption>{names} {verb} {reason}</figcaption></figure>'


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: ``a``, ``a and b``, ``a, b and c``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


class _Sentence(string.Formatter):
    """:meth:`str.format` that writes numbers :func:`in_words` and knows names only."""

    def get_value(self, key, args, kwargs):
        if key not in kwargs:
            raise ValueError(
                f"there is no number {{{key}}}; given are {', '.join(kwargs) or 'none'} (braces of maths are written "
                "twice, {{ and }})"
            )
        return kwargs[key]

    def format_field(self, value, format_spec: str) -> str:
        return in_words(value, format_spec)


def _said(where: str, verdict_and_sentence, given: Mapping) -> tuple[str, str]:
    """A verdict and its sentence with the numbers in it."""
    if not isinstance(verdict_and_sentence, tuple) or len(verdict_and_sentence) != 2:
        raise ValueError(f"{where} must be a verdict and a sentence; got {verdict_and_sentence!r}")
    verdict, sentence = verdict_and_sentence
    check_choice(f"{where}: the verdict", verdict, AGREEMENTS)
    try:
        return verdict, _Sentence().format(sentence, **given)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"{where}: {error}") from error


def _checked(name: str, value):
    """A number or text that can be kept: an estimate or text as it is, else a whole number or a float."""
    if isinstance(value, str) or _is_estimate(value):
        return value
    value = value.item() if isinstance(getattr(value, "ndim", None), int) and value.ndim == 0 else value
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not np.isfinite(value):
        raise ValueError(f"{name} must be an estimate, a finite number or text; got {value!r}")
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _is_estimate(value: object) -> TypeGuard[Number]:
    return all(hasattr(value, name) for name in ("mean", "low", "high"))


def _glue(name: str, content: Mapping[str, str], **facts: float | None) -> None:
    """What :func:`myst_nb.glue` does with a variable, for text at hand, with facts beside it."""
    metadata = {"scrapbook": {"name": name, "mime_prefix": GLUE_PREFIX}, **({FACTS: facts} if facts else {})}
    display({GLUE_PREFIX + mime: text for mime, text in content.items()}, raw=True, metadata=metadata)
