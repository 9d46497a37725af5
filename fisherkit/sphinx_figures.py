"""Sphinx extension of the book: result figures kept in notebooks become files, labels and downloads.

A notebook cell emits one ``text/html`` output ``<figure class="result" id="R01">`` that holds its image and its data
as ``data:`` addresses, so that the notebook stands alone. While Sphinx reads the page, the payloads move into files
(``_static/figures/R01.svg``), the links become relative, maths in the caption is marked for MathJax, and the id
becomes a target: ``{ref}`R01```, ``[words](#R01)`` and ``[words](page.md#R01)`` all work. The notebook itself is
not changed. Captions begin with the figure's number. The script of an explorer
(:mod:`fisherkit.explorer`) becomes a file too, which the first page loads as well. Negative numbers that text names
(``{glue:text}``) get a real minus sign, as all others of the book have. The extension also puts the MathJax bundle of
the wheel ``sphinx-mathjax-offline`` into ``_static``.
"""

from __future__ import annotations

import base64
import gzip
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

FIGURES = "figures"  # folder below _static, and below the doctree folder between reading and writing
SUFFIX = {"image/svg+xml": ".svg", "application/gzip": ".csv.gz"}
MATHS = re.compile(r"(?<!\\)\$(?!\s)(.+?)(?<![\\\s])\$|\\\((.+?)\\\)", re.DOTALL)
PIXELS = {"pt": 4 / 3, "in": 96.0, "px": 1.0, "": 1.0}
logger: logging.SphinxLoggerAdapter = logging.getLogger(__name__)


def decode(uri: str) -> tuple[str, bytes]:
    """Split a base64 ``data:`` address into its media type and its bytes."""
    head, _, body = uri.removeprefix("data:").partition(",")
    return head.split(";")[0], base64.b64decode(body)


def size_of_svg(data: bytes) -> dict[str, str]:
    """Width and height in CSS pixels from the root element of an SVG, so that the page keeps the room for it."""
    parser = ElementTree.XMLPullParser(["start"])
    parser.feed(data[:8192])
    root = next((element for _, element in parser.read_events()), None)
    sizes = {}
    for side in ("width", "height") if root is not None else ():
        found = re.fullmatch(r"([\d.]+)(pt|in|px|)", root.get(side, ""))
        if found:
            sizes[side] = str(round(float(found[1]) * PIXELS[found[2]]))
    return sizes


def mark_maths(soup: BeautifulSoup, box: Tag) -> bool:
    r"""Wrap ``$..$`` and ``\(..\)`` of a tag's text in the ``span.math`` that MathJax typesets; say if any was."""
    any_found = False
    for text in box.find_all(string=lambda string: "$" in string or "\\(" in string):
        pieces: list[Any] = []
        end = 0
        for found in MATHS.finditer(text):
            span = soup.new_tag("span", attrs={"class": "math notranslate nohighlight"})
            span.string = f"\\({found[1] or found[2]}\\)"
            pieces += [text[end : found.start()].replace("\\$", "$"), span]
            end = found.end()
        text.replace_with(*pieces, text[end:].replace("\\$", "$"))
        any_found = any_found or bool(pieces)
    return any_found


def extract(soup: BeautifulSoup, figure: Tag, folder: Path, prefix: str) -> bool:
    """Write the payloads of one figure to ``folder`` and point its links to ``prefix``; say if it holds maths."""
    ident = str(figure["id"])
    image = figure.find("img", src=re.compile("^data:"))
    links = figure.find_all("a", href=re.compile("^data:"))
    folder.mkdir(parents=True, exist_ok=True)
    row = soup.new_tag("p", attrs={"class": "downloads"})
    if image:
        media, data = decode(str(image["src"]))
        name = ident + SUFFIX[media]
        (folder / name).write_bytes(data)
        image["src"] = prefix + name
        image.attrs.update(size_of_svg(data) if media == "image/svg+xml" else {})
        link = soup.new_tag("a", attrs={"class": "data", "download": name, "href": prefix + name})
        link.string = SUFFIX[media][1:].upper()
        row.append(link)
    for link in links:
        media, data = decode(str(link["href"]))
        name = PurePosixPath(str(link.get("download") or ident + SUFFIX[media])).name
        if media == "application/gzip":  # compressed for the notebook's sake only
            name, data = name.removesuffix(".gz"), gzip.decompress(data)
        (folder / name).write_bytes(data)
        link["href"] = prefix + name
        link["download"] = name
        row.append(link.extract())
    if row.contents:
        figure.append(row)
    marked = [mark_maths(soup, caption) for caption in figure.find_all("figcaption")]
    return any(marked)


def move_script(script: Tag, folder: Path, prefix: str) -> None:
    """Write the script of an explorer to ``folder`` and load it from ``prefix``, after the page is read."""
    name = f"{script['data-name']}.js"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(script.string, encoding="utf-8")
    script.clear()
    script.attrs.update(src=prefix + name, defer="")


def shown_in(doctree: nodes.document) -> set[str]:
    """The ids of a page's figures, those that a figure shows besides its own included."""
    whole = " ".join(raw.astext() for raw in doctree.findall(nodes.raw) if "<figure" in raw.astext())
    return set(re.findall(r'<(?:figure class="result"|a class="also") id="([^"]+)"', whole))


def link_within(doctree: nodes.document, ids: set[str]) -> None:
    """Let links to a page's figures lead to this page's, whichever others have figures of the same names."""
    by_label = {ident.lower(): ident for ident in ids}
    for link in list(doctree.findall(addnodes.pending_xref)):
        if ident := by_label.get(link.get("reftarget", "").lower()):
            link.replace_self(nodes.reference("", "", *link.children, internal=True, refid=ident))


def unlink_left_out(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make words of links to pages that a small book leaves out: MyST has them lead to a place of that name."""
    for link in list(doctree.findall(nodes.reference)):
        if re.fullmatch(r"#?[\w-]+\.(md|ipynb)(#.*)?", link.get("refuri", link.get("refid", ""))):
            link.replace_self(nodes.inline("", "", *link.children))


def name_figure(figure: Tag, number: str) -> None:
    """Begin a figure's caption with its number, before the results that it shows: ``Fig. 4.2 · R33``."""
    name = figure.select_one("figcaption > b")
    if name is None:
        return
    ids = [re.sub(r"^([RQ]\d\d)-.*", r"\1", one) for one in re.split(r"(, |–)", name.get_text().rstrip("."))]
    results = "".join(ids) if re.match(r"[RQ]\d\d", ids[0]) else ""
    name.string = " · ".join(filter(None, [f"Fig. {number}", results])) + "."


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Move the payloads of a page's figures into files and register the figures as cross-reference targets."""
    env = app.env
    docname = env.docname
    standard = env.get_domain("std")
    # In a book that has one page several times, the figures of each are in a folder of its own.
    apart = app.config.fisherkit_apart
    prefix = "../" * docname.count("/") + f"_static/{FIGURES}/" + (f"{docname}/" if apart else "")
    order = app.config.fisherkit_order
    chapter, number = (order.index(docname) if docname in order else 0), 0
    answered, in_figures = set[str](), shown_in(doctree)
    if apart:
        link_within(doctree, in_figures)
    for raw in list(doctree.findall(nodes.raw)):
        found = re.findall(r'<(?:figure class="result"|a class="also") id="([^"]+)"', raw.astext())
        if found and "<figure" not in raw.astext() and (found[0] in answered or found[0] in in_figures):
            raw.parent.remove(raw)  # the anchor of a question that a figure is named after
        answered.update(found)
    for raw in list(doctree.findall(nodes.raw)):
        if "html" not in raw.get("format", "") or not re.search(
            '<figure|class="numbers"|class="explorer"', raw.astext()
        ):
            continue
        soup = BeautifulSoup(raw.astext(), "html.parser")
        tables = soup.select("caption, summary, div.numbers :is(th, td)")
        if sum(mark_maths(soup, part) for part in tables):
            env.get_domain("math").data["has_equations"][docname] = True
        for figure in soup.select("figure.result[id]"):
            if extract(soup, figure, app.doctreedir / FIGURES / docname, prefix):
                env.get_domain("math").data["has_equations"][docname] = True  # else Sphinx leaves MathJax out
            if figure.find("img") and chapter:
                number += 1
                name_figure(figure, f"{chapter}.{number}")
            # The first part of a question is where it is answered, if nothing else is: Q03 before Q03-tournament.
            shown = [str(figure["id"]), *(str(one["id"]) for one in figure.select("a.also[id]"))]
            for question in dict.fromkeys(ident.partition("-")[0] for ident in shown):
                if re.fullmatch(r"Q\d\d", question) and question not in answered:
                    figure.insert(0, soup.new_tag("a", attrs={"class": "also", "id": question}))
                    answered.add(question)
            ids = [] if apart else [str(figure["id"]), *(str(one["id"]) for one in figure.select("a.also[id]"))]
            for ident in ids:
                other = standard.labels.get(ident.lower())
                if other and not re.fullmatch(r"Q\d\d", ident):  # several pages may say something on a question
                    logger.warning("duplicate figure or label %s, also in %s", ident, other[0], location=raw)
                standard.labels[ident.lower()] = (docname, ident, ident)
                standard.anonlabels[ident.lower()] = (docname, ident)
                env.metadata[docname].setdefault("myst_slugs", {})[ident] = (raw.line or 0, ident, ident)
        for script in soup.select("script.explorer"):
            move_script(script, app.doctreedir / FIGURES / docname, prefix)
        raw.children[:] = [nodes.Text(str(soup))]
        raw.rawsource = ""


def set_minus_signs(app: Sphinx, doctree: nodes.document) -> None:
    """Write a real minus sign in front of a number that was formatted where the text names it."""
    for pasted in doctree.findall(nodes.inline):
        if "pasted-text" in pasted["classes"] and re.match(r"-[\d.]", text := pasted.astext()):
            pasted.children[:] = [nodes.Text(f"−{text[1:]}")]


def purge_page(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the files of a page that is read again or gone."""
    shutil.rmtree(app.doctreedir / FIGURES / docname, ignore_errors=True)


def copy_files(app: Sphinx, exception: Exception | None) -> None:
    """Put the files of every page below ``_static``, whether or not the page was read this time."""
    target = app.outdir / "_static" / FIGURES
    if exception is None and app.builder.format == "html":
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for path in sorted((app.doctreedir / FIGURES).rglob("*.*")):
            place = target / (path.relative_to(app.doctreedir / FIGURES) if app.config.fisherkit_apart else path.name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def copy_mathjax(app: Sphinx) -> None:
    """Copy the one MathJax file that ``mathjax_path`` names out of the installed wheel, before pages are written."""
    wheel = distribution("sphinx-mathjax-offline")
    source = wheel.locate_file(f"sphinx-mathjax-offline/static/{app.config.mathjax_path}")
    target = app.outdir / "_static" / app.config.mathjax_path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(source), target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension."""
    app.add_config_value("fisherkit_order", [], "env")  # the book's pages, its first one at 0
    app.add_config_value("fisherkit_apart", False, "env")  # whether pages have figures of the same names
    app.connect("builder-inited", copy_mathjax)
    app.connect("env-purge-doc", purge_page)
    app.connect("doctree-read", read_page)
    app.connect("doctree-read", set_minus_signs)
    app.connect("doctree-resolved", unlink_left_out)
    app.connect("build-finished", copy_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
