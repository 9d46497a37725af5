"""Sphinx extension of the book: the first use of a glossary's word on a page links to it and says what it means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_NOT_IN = (nodes.literal, nodes.reference, nodes.title, nodes.math, nodes.raw, nodes.literal_block, nodes.comment)


def read_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what the glossary of a page says of each word, with the place where it stands."""
    known = app.env.__dict__.setdefault("fisherkit_words", {})
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            term, definition = item.next_node(nodes.term), item.next_node(nodes.definition)
            said = " ".join(definition.astext().split())
            known[term.astext()] = (app.env.docname, term["ids"][0], said)


def link_first_uses(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make the first use of each word, in a page's paragraphs, a link to the glossary."""
    left = {word: place for word, place in getattr(app.env, "fisherkit_words", {}).items() if place[0] != docname}
    if app.builder.format != "html" or not left or docname.startswith("api_"):
        return
    for text in list(doctree.findall(nodes.Text)):
        above = list(_above(text))
        if not any(isinstance(one, nodes.paragraph) for one in above) or any(isinstance(one, _NOT_IN) for one in above):
            continue
        found = _first(text.astext(), left)
        if found is None:
            continue
        start, end, word = found
        target, anchor, said = left.pop(word)
        words = text.astext()
        link = nodes.reference("", words[start:end], internal=True, reftitle=said, classes=["word"])
        link["refuri"] = f"{app.builder.get_relative_uri(docname, target)}#{anchor}"
        parts = [nodes.Text(words[:start]), link, nodes.Text(words[end:])]
        text.parent.replace(text, [part for part in parts if part.astext()])


def _first(words: str, known) -> tuple[int, int, str] | None:
    """Where the first known word stands, the longest of those that begin there."""
    hits = []
    for word in known:
        if hit := re.search(rf"(?<![\w-]){re.escape(word)}s?(?![\w-])", words, re.IGNORECASE):
            hits.append((hit.start(), -len(word), hit.end(), word))
    if not hits:
        return None
    start, _, end, word = min(hits)
    return start, end, word


def _above(node: nodes.Node):
    while (node := node.parent) is not None:
        yield node


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension."""
    app.connect("doctree-read", read_glossary)
    app.connect("doctree-resolved", link_first_uses)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
