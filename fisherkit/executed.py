"""What an executed page tells: its facts, its numbers, its results. Must not know how one is executed."""

import ast
import base64
import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from fisherkit.checks import UNREADABLE, BookError
from fisherkit.results import FACTS, FINDING, JUDGEMENT, in_words


def facts_of(notebook: Path) -> dict[str, Any]:
    """What an executed page was executed with: its parameters, the package's version, the date.

    Raises
    ------
    BookError
        For anything else than a page that fisherkit has executed.
    """
    try:
        return dict(json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["fisherkit"])
    except UNREADABLE as error:
        with contextlib.suppress(OSError, ValueError):
            if notebook.read_text(encoding="utf-8").startswith("version https://git-lfs"):
                raise BookError(
                    f"{notebook} is a pointer of Git LFS, and no page: `git lfs pull` fetches it"
                ) from error
        raise BookError(f"{notebook} is no page that fisherkit has executed ({type(error).__name__})") from error


def is_executed(path: Path) -> bool:
    """Whether a file is a page that fisherkit has executed."""
    try:
        return bool(facts_of(path))
    except BookError:
        return False


def title_of(notebook: Path) -> str:
    """The title of a page."""
    text = "\n".join(cell.source for cell in _cells(notebook) if cell.cell_type == "markdown")
    return re.search(r"^# (.+)", text, re.MULTILINE)[1]


def headlines(notebook: Path) -> dict[str, float]:
    """The numbers that an executed page kept (:func:`fisherkit.results.keep`), of an estimate the mean."""
    found = {}
    for output in kept_in(_cells(notebook)):
        scrap, facts = output["metadata"]["scrapbook"], output["metadata"].get(FACTS)
        if facts:
            found[scrap["name"]] = float(facts["mean"])
        elif not scrap["name"].startswith((FINDING, JUDGEMENT)):
            # Of a number that was glued by itself, the text is the number.
            with contextlib.suppress(ValueError):
                found[scrap["name"]] = float(_plain(output))
    return found


def intervals(notebook: Path) -> dict[str, tuple[float, float]]:
    """The intervals of the numbers that an executed page kept with one (:func:`fisherkit.results.keep`)."""
    outputs = kept_in(_cells(notebook))
    kept = {output["metadata"]["scrapbook"]["name"]: output["metadata"].get(FACTS, {}) for output in outputs}
    return {name: (facts["low"], facts["high"]) for name, facts in kept.items() if facts.get("low") is not None}


def findings(notebook: Path) -> dict[str, dict[str, str]]:
    """The findings that an executed page kept (:func:`fisherkit.results.keep_finding`), by their words, in order."""
    return _dictionaries(notebook, FINDING)


def judgements(notebook: Path) -> dict[str, dict[str, str]]:
    """How an executed page's results stand to the original's readings, by id (:func:`fisherkit.results.judge`)."""
    return _dictionaries(notebook, JUDGEMENT)


def _dictionaries(notebook: Path, beginning: str) -> dict[str, dict[str, str]]:
    """What a page glued under names of one beginning, by the rest of the name."""
    kept = {output["metadata"]["scrapbook"]["name"]: output for output in kept_in(_cells(notebook))}
    return {
        name.removeprefix(beginning): ast.literal_eval(_plain(output))
        for name, output in kept.items()
        if name.startswith(beginning)
    }


def kept_words(notebook: Path) -> dict[str, str]:
    """What an executed page kept (:func:`fisherkit.results.keep`), as its text shows it.

    A line may break between a number and its interval, for narrow places, but not within the interval.
    """
    found = {}
    for output in kept_in(_cells(notebook)):
        name = output["metadata"]["scrapbook"]["name"]
        if not name.startswith((FINDING, JUDGEMENT)):
            text = _plain(output)
            with contextlib.suppress(ValueError, SyntaxError):
                text = ast.literal_eval(text)
            found[name] = text.replace("\u00a0[", " [") if isinstance(text, str) else in_words(text)
    return found


def figure_of(notebook: Path, id: str) -> tuple[str, bytes] | None:
    """The words for a figure that an executed page shows, as HTML has them, and its SVG; None where it shows none."""
    for output in _outputs(_cells(notebook)):
        shown = output.get("data", {}).get("text/html", "").partition(f'<figure class="result" id="{id}">')[2]
        if found := re.search(r'<img alt="([^"]*)" src="data:[^,]*,([^"]*)"', shown.partition("</figure>")[0]):
            return found[1], base64.b64decode(found[2])
    return None


def results(notebook: Path) -> dict[str, bool]:
    """The results of an executed page by id; whether there is a figure, or a word on why there is none."""
    found = {}
    for output in _outputs(_cells(notebook)):
        _, *figures = output.get("data", {}).get("text/html", "").split('<figure class="result" id="')
        for text in figures:
            ids = [text.partition('"')[0], *re.findall(r'<a class="also" id="([^"]+)"', text)]
            found |= dict.fromkeys(ids, "<img " in text)
    return found


def _cells(notebook: Path) -> list[NotebookNode]:
    return nbformat.read(notebook, as_version=4).cells


def _outputs(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    return [output for cell in cells for output in cell.get("outputs", [])]


def kept_in(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """The outputs in which a page glued something."""
    return [output for output in _outputs(cells) if output.get("metadata", {}).get("scrapbook")]


def _plain(output: Mapping) -> str:
    """What was glued, as text."""
    return next(text for kind, text in output["data"].items() if kind.endswith("text/plain"))
