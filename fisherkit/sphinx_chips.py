"""Sphinx extension of the book: results that text names become chips, links that tell how the result stands.

``R33`` in a paragraph, a table or a caption, written or computed, becomes a link to the figure that shows it, with a
mark (✓ agrees, ✗ does not, ◐ in part), the same in words for whoever does not see it, and on hover or focus what the
result is and why it stands as it does. What is known of results is the configuration value
``fisherkit_results``, id -> ``page``, ``what``, ``agreement``, ``reason``; ids that it does not hold stay words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, NavigableString, Tag
from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: How an agreement is marked, and said.
MARKS = {
    "yes": ("✓", "agrees"),
    "no": ("✗", "does not agree"),
    "in part": ("◐", "agrees in part"),
    "undecided": ("?", "undecided"),
    "answered": ("✓", "answered"),
}

_ID = re.compile(r"(?<![\w-])([RQ]\d\d)(?![\w-])")
_NOT_IN = (nodes.literal, nodes.reference, nodes.title, nodes.math, nodes.raw, nodes.literal_block, nodes.comment)


def chip(soup: BeautifulSoup, ident: str, result: Mapping[str, str], href: str) -> Tag:
    """The link that stands for a result."""
    mark, said = MARKS.get(result["agreement"], ("", ""))
    link = soup.new_tag("a", attrs={"class": f"chip {result['agreement'].replace(' ', '-')}", "href": href})
    link["title"] = ": ".join(filter(None, [result["what"], " · ".join(filter(None, [said, result["reason"]]))]))
    link.append(ident)
    if mark:
        link.append(" ")
        sign = soup.new_tag("span", attrs={"aria-hidden": "true"})
        sign.string = mark
        word = soup.new_tag("span", attrs={"class": "visually-hidden"})
        word.string = f" ({said})"
        link.extend([sign, word])
    return link


def replace_in(text: NavigableString, find: Callable[[str], Tag | None]) -> None:
    """Put chips in the place of the ids in a text of HTML; ``find`` gives a chip, or None for an id that stays."""
    pieces: list[Any] = []
    end = 0
    for found in _ID.finditer(text):
        if (one := find(found[1])) is not None:
            pieces += [text[end : found.start()], one]
            end = found.end()
    if pieces:
        text.replace_with(*pieces, text[end:])


def set_chips(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make chips of the ids that a page's text, tables and captions name."""
    known = app.config.fisherkit_results
    if app.builder.format != "html" or not known:
        return
    soup = BeautifulSoup("", "html.parser")

    def find(ident: str) -> Tag | None:
        if ident not in known:
            return None
        address = app.builder.get_relative_uri(docname, known[ident]["page"])
        return chip(soup, ident, known[ident], f"{address}#{ident}")

    for element in list(doctree.findall(nodes.TextElement)):
        if isinstance(element, _NOT_IN) or any(isinstance(above, _NOT_IN) for above in _above(element)):
            continue
        # By place: what pastes words into text may leave them without a parent.
        for place, text in reversed(list(enumerate(element.children))):
            if isinstance(text, nodes.Text) and _ID.search(text.astext()):
                element[place : place + 1] = _with_chips(text.astext(), find)
    for raw in list(doctree.findall(nodes.raw)):
        if "html" in raw.get("format", "") and _ID.search(raw.astext()) and "chip" not in raw.astext():
            inside = BeautifulSoup(raw.astext(), "html.parser")
            for text in inside.find_all(string=_ID):
                # The bold beginning of a caption names the figure that it stands under.
                if text.find_parent(["figcaption", "td", "th", "p"]) and not text.find_parent(["a", "b", "summary"]):
                    replace_in(text, find)
            raw.children[:] = [nodes.Text(str(inside))]
            raw.rawsource = ""


def _with_chips(words: str, find: Callable[[str], Tag | None]) -> list[nodes.Node]:
    part = BeautifulSoup("", "html.parser")
    part.append(NavigableString(words))
    replace_in(part.contents[0], find)
    return [
        nodes.raw("", str(one), format="html") if isinstance(one, Tag) else nodes.Text(str(one))
        for one in part.contents
    ]


def _above(node: nodes.Node):
    while (node := node.parent) is not None:
        yield node


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension."""
    app.add_config_value("fisherkit_results", {}, "html")
    app.connect("doctree-resolved", set_chips)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
