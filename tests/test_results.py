"""A result's format: what is kept, concluded and lacking. Numbers by hand, and what is read back from a notebook."""

import ast
from copy import deepcopy

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from myst_nb.core.variables import format_plain_text
from myst_nb.ext.glue import extract_glue_data_cell

from fisherkit import executed, results
from fisherkit.estimate import Estimate

QUART = Estimate(np.array([0.40, 0.42, 0.44]))  # 0.42 ± 4.303 · 0.02/√3
NO_INTERVAL = Estimate(np.array([-0.42]))

WORDS = {
    "holds": ("yes", "α = {quart}, {gap:.1f} below: ⅓ is inside, $p^{{1/3}}$."),
    "excludes": ("no", "α = {quart}, {gap} below: **not** ⅓."),
    "undecided": ("undecided", "One network has no interval:\nα = {quart}."),
}


@pytest.fixture
def cell(monkeypatch):
    """A cell in which whatever is shown and kept is an output, as in a notebook."""
    cell = nbformat.v4.new_code_cell()

    def display(thing, raw=False, metadata=None):
        data = thing if raw else {"text/markdown": thing.data}
        cell.outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata or {}))

    monkeypatch.setattr(results, "display", display)
    return cell


def pasted(cell, name: str, words: str = "s") -> str:
    """What ``{glue:text}`name:words``` becomes in the built page."""
    return format_plain_text(dict(extract_glue_data_cell(deepcopy(cell)))[name]["data"]["text/plain"], words)


@pytest.fixture
def written(cell, tmp_path):
    """Write the cell as a notebook; its path."""

    def written():
        path = tmp_path / "page.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        nbformat.validate(nbformat.read(path, as_version=4))
        return path

    return written


def test_what_is_kept_reads_as_text_and_as_a_number(cell, written):
    results.keep("alpha_quart", QUART)
    results.keep("alone", NO_INTERVAL)
    results.keep("gap", np.float64(-0.0625))
    results.keep("networks", np.int64(1200))
    results.keep("loss", "it's quart")
    assert pasted(cell, "alpha_quart").replace("\u00a0", " ") == "0.42 [0.37, 0.47]"
    assert "\u00a0" in pasted(cell, "alpha_quart")  # an interval never breaks over lines
    assert pasted(cell, "alone").replace("\u00a0", " ") == "−0.42 (one network)"
    assert pasted(cell, "gap", ".2f") == "-0.06"
    assert pasted(cell, "networks", ",d") == "1,200"
    assert pasted(cell, "loss") == "it's quart"
    headlines = executed.headlines(written())
    assert headlines == {"alpha_quart": pytest.approx(0.42), "alone": -0.42, "gap": -0.0625, "networks": 1200}


def test_plain_questions_have_outcomes():
    assert [results.whether(fact) for fact in (True, False, None)] == ["so", "not_so", "undecided"]
    assert [results.how_much(share) for share in (0.51, 0.5, 0.0)] == ["most", "some", "none"]
    assert results.how_much(np.nan) == "undecided"


def test_a_plain_question_that_is_always_decided_needs_no_words_for_doubt(cell):
    words = {"so": ("yes", "It is."), "not_so": ("no", "It is not.")}
    results.conclude("R01", "so", **words)
    with pytest.raises(ValueError, match="came out as 'undecided' and must have words for each outcome"):
        results.conclude("R01", "undecided", **words)
    with pytest.raises(ValueError, match="must have words for each outcome"):
        results.conclude("R01", "so", so=words["so"])


def test_a_table_reads_as_one(cell, monkeypatch):
    shown = []
    monkeypatch.setattr(results, "display", lambda html: shown.append(html.data))
    table = pd.DataFrame(
        {"loss": ["quart", "<b>"], "α": [QUART, np.nan], "n": [3, 4], "p": [0.25, -0.5], "in": [True, False]}
    )
    results.tabulate(table, "Exponents & more")
    soup = BeautifulSoup(shown[0], "html.parser")
    assert soup.caption.get_text() == "Exponents & more"
    assert [cell.get_text() for cell in soup.select("th[scope=row]")] == ["quart", "<b>"]
    cells = [[cell.get_text().replace("\u00a0", " ") for cell in row.select("td")] for row in soup.select("tbody tr")]
    assert cells == [["0.42 [0.37, 0.47]", "3", "0.25", "yes"], ["–", "4", "−0.50", "no"]]
    results.tabulate(table, "Exponents & more", collapsed=True)
    assert BeautifulSoup(shown[1], "html.parser").details.summary.get_text() == "Exponents & more"


@pytest.mark.parametrize("name", ["", "2nd", "a:b", "a b", "`"])
def test_a_name_that_text_cannot_say_is_refused(name):
    with pytest.raises(ValueError, match="begin with a letter; got"):
        results.keep(name, 1.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, None, True, [1.0], np.ones(2)])
def test_what_is_neither_number_nor_text_is_refused(value):
    with pytest.raises(ValueError, match="x must be an estimate, a finite number or text; got"):
        results.keep("x", value)


@pytest.mark.parametrize(
    ("quart", "point", "verdict", "sentence"),
    [
        (QUART, 0.4, "yes", "α = 0.42 [0.37, 0.47], −0.2 below: ⅓ is inside, $p^{1/3}$."),
        (QUART, 1 / 3, "no", "α = 0.42 [0.37, 0.47], −0.25 below: **not** ⅓."),
        (NO_INTERVAL, 1 / 3, "undecided", "One network has no interval:\nα = −0.42 (one network)."),
    ],
)
def test_a_conclusion_says_and_keeps_the_outcome_that_came(cell, written, quart, point, verdict, sentence):
    results.conclude("R40", quart.against(point), **WORDS, quart=quart, gap=-0.2499)
    shown = [output.data["text/markdown"] for output in cell.outputs if "scrapbook" not in output.metadata]
    assert [text.replace("\u00a0", " ") for text in shown] == [sentence]
    judged = executed.judgements(written())["R40"]
    assert judged["agreement"] == verdict
    assert judged["reason"].replace("\u00a0", " ") == sentence.replace("\n", " ")
    assert executed.headlines(written()) == {"R40_quart": pytest.approx(quart.mean), "R40_gap": -0.2499}
    glued = dict(extract_glue_data_cell(deepcopy(cell)))["R40"]["data"]
    assert glued["text/markdown"] == ast.literal_eval(glued["text/plain"]) == shown[0]


def test_a_conclusion_about_a_side_has_words_for_each(cell, written):
    words = {side: ("answered", f"It is {side}: {{gap.mean:.3f}}.") for side in results.OUTCOMES["side"]}
    results.conclude("budget-gap", (QUART - 0.5).side(), **words, gap=QUART - 0.5)
    assert executed.judgements(written())["budget-gap"] == {"agreement": "answered", "reason": "It is below: −0.080."}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"excludes": None},
            "R40 came out as 'holds' and must have words for each outcome, holds, exc.* for holds, undecided",
        ),
        ({"above": ("yes", "")}, "for holds, excludes, undecided, above"),
        ({"excludes": ("false", "No.")}, "R40, excludes: the verdict must be one of yes, no, .*; got 'false'"),
        ({"excludes": "No."}, "R40, excludes must be a verdict and a sentence; got 'No.'"),
        # Of an outcome that did not come.
        ({"excludes": ("no", "{linear}")}, r"R40, excludes: there is no number \{linear\}; given are quart, gap"),
        ({"excludes": ("no", "$p^{1/3}$")}, r"there is no number \{1/3\}; .*braces of maths are written twice"),
        ({"excludes": ("no", "{gap:.1q}")}, "R40, excludes: "),
        ({"excludes": ("no", "{quart:d}")}, "R40, excludes: "),
        ({"excludes": ("no", "{quart.median}")}, "R40, excludes: .*median"),
        ({"excludes": ("no", "{gap")}, "R40, excludes: .*'}'"),
        ({"gap": np.nan}, "gap must be an estimate, a finite number or text; got nan"),
    ],
)
def test_a_conclusion_with_a_flaw_in_any_outcome_is_refused(cell, change, message):
    words = {
        name: value for name, value in {**WORDS, "quart": QUART, "gap": 0.1, **change}.items() if value is not None
    }
    with pytest.raises(ValueError, match=message):
        results.conclude("R40", "holds", **words)
    assert cell.outputs == []


def test_an_outcome_that_there_is_not_is_refused(cell):
    with pytest.raises(ValueError, match=r"the outcome must be one of .*; got 'maybe'"):
        results.conclude("R40", "maybe", **WORDS, quart=QUART, gap=0.1)
    with pytest.raises(ValueError, match="must have words for each outcome, above, below, open, undecided"):
        results.conclude("R40", "above", **WORDS, quart=QUART, gap=0.1)
    assert cell.outputs == []


def test_what_is_lacking_is_said_once_with_an_anchor_for_each_result():
    html = results.lacking(["R40", "R41"], "quart & log")
    assert html.count("which this run was not asked for") == 1
    assert "<b>R40</b> and <b>R41</b> need quart &amp; log, which" in html
    assert [f'id="{id}"' in html for id in ("R40", "R41")] == [True, True]
    assert "A part of this page needs quart, which" in results.lacking([], "quart")


@pytest.mark.parametrize(
    ("pvalue", "words"),
    [(0.0467, "p = 0.047"), (0.0078, "p = 0.0078"), (3.9e-5, "p < 0.001"), (1.0, "p = 1"), (np.nan, "no p")],
)
def test_a_p_has_no_powers_of_ten(pvalue, words):
    assert results.p_in_words(pvalue) == words.replace(" ", "\u00a0")


def test_how_much_of_an_estimate_goes_by_its_interval():
    asked = (QUART, QUART + 0.05, QUART + 0.5, Estimate(np.zeros(3)), Estimate(np.array([0.9])))
    assert [results.how_much(one) for one in asked] == ["some", "undecided", "most", "none", "undecided"]


def test_a_sign_is_shared_by_more_than_nine_in_ten():
    assert results.shared_sign([-1.0] * 19 + [1.0]) == "below"
    assert results.shared_sign([1.0] * 19 + [-1.0]) == "above"
    assert results.shared_sign([1.0] * 9 + [-1.0]) == "open"
    assert results.shared_sign([]) == "undecided"


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ([[1.0, 1.1], [0.9, 1.0]], "holds"),
        ([[1.0, 1.1], [-0.9, -1.0]], "changes sign"),
        ([[-1.0, -1.1], [-0.9, -1.0]], "fails for every seed"),
        ([[1.0, 1.1], [-0.5, 1.0]], "holds, but within chance"),
        ([[1.0], [0.9]], "has its sign, without intervals"),
    ],
)
def test_how_a_finding_stands_over_seeds(numbers, verdict):
    assert results.replicated([Estimate(np.array(values)) for values in numbers]) == verdict


def test_numbers_with_intervals_as_rows_of_a_figure():
    table = results.as_rows({("log", "seen"): QUART, ("log", "unseen"): NO_INTERVAL}, ("loss", "faces"))
    assert table[["loss", "faces"]].values.tolist() == [["log", "seen"], ["log", "unseen"]]
    assert table["estimate"].tolist() == [QUART.mean, -0.42]
    assert (table["low"][0], table["high"][0]) == (QUART.low, QUART.high)
    assert np.isinf(table["high"][1])
