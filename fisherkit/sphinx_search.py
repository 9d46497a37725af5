"""Sphinx extension of the book: a search that quotes its hits also where the book is read from a folder.

Sphinx quotes a hit by fetching its page, which browsers refuse for files. So the words of all pages are written to one
script, ``_static/page_words.js``, which the search page alone loads, and which answers those fetches there.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SCRIPT = "page_words.js"

ANSWER = """
const overNetwork = window.fetch;
window.fetch = (address, ...options) => {
  const page = String(address).split("/").pop().replace(/[.]html$/, "");
  return page in PAGE_WORDS ? Promise.resolve(new Response(PAGE_WORDS[page])) : overNetwork(address, ...options);
};
"""


def words_of(page: str) -> str:
    """What Sphinx quotes of a page's HTML: the text of its article, in the sections that hits lead to; no code."""
    soup = BeautifulSoup(page, "html.parser")
    article = soup.select_one("article.bd-article")
    if article is None:
        return ""
    for left_out in article.select("script, style, .headerlink, div.cell_input, details.hide, p.downloads"):
        left_out.decompose()
    return f'<div role="main">{" ".join("".join(_words(article)).split())}</div>'


def _words(tag: Tag) -> Iterator[str]:
    """Of what is in a tag. Sections and figures stay, of which a hit may lead to one; other tags end a word."""
    for child in tag.children:
        if not isinstance(child, Tag):
            yield "" if isinstance(child, PreformattedString) else html.escape(child, quote=False)
        elif child.name in ("section", "figure") and child.get("id"):
            yield f'<{child.name} id="{html.escape(str(child["id"]))}">'
            yield from _words(child)
            yield f"</{child.name}>"
        else:
            yield from _words(child)
            yield " "


def use_on_search_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the words where they are searched, and nowhere else."""
    if page == "search":
        app.add_js_file(SCRIPT)


def write_words(app: Sphinx, exception: Exception | None) -> None:
    """Write the words of all pages, once these are written."""
    if exception is None and app.builder.format == "html":
        written = {name: Path(app.outdir) / f"{name}.html" for name in sorted(app.env.found_docs)}
        words = {name: words_of(path.read_text("utf-8")) for name, path in written.items() if path.exists()}
        script = f"const PAGE_WORDS = {json.dumps(words, ensure_ascii=False)};\n{ANSWER}"
        (Path(app.outdir) / "_static" / SCRIPT).write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension."""
    app.connect("html-page-context", use_on_search_page)
    app.connect("build-finished", write_words)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
