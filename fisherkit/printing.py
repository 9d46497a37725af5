"""The whole book as one PDF: built pages joined and printed by Chromium. Must not know how pages are built."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from fisherkit.checks import BookError

#: Names that the browser goes by.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

#: Seconds until a print is given up: MathJax typesets every page anew.
PATIENCE = 300


def print_book(site: Path, pages: Sequence[str], target: Path) -> Path:
    """Print pages of a built book, in this order, as one tagged PDF with an outline; code is left out.

    Parameters
    ----------
    site : folder of the built book.
    pages : names of its pages.
    target : the PDF; replaced whole or not at all.

    Raises
    ------
    BookError
        Where a page is not there, no Chromium is, or it makes no PDF.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise BookError(
            "a PDF is printed by Chromium, which is not there; install it (Debian: apt-get install chromium)"
        )
    if absent := [page for page in pages if not (site / f"{page}.html").exists()]:
        raise BookError(f"{site} lacks {', '.join(absent)}: build the book first")
    joined = site / "print.html"  # beside the pages, for their images and styles to be found
    try:
        joined.write_text(str(join(site, pages)), encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="fisherkit-") as scratch:
            printed = Path(scratch) / "book.pdf"
            command = [
                browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={scratch}/profile",
                "--no-pdf-header-footer", "--generate-pdf-document-outline", "--virtual-time-budget=120000",
                f"--print-to-pdf={printed}", joined.resolve().as_uri(),
            ]  # fmt: skip
            try:
                finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
            except subprocess.TimeoutExpired as error:
                raise BookError(f"Chromium printed nothing within {PATIENCE} s") from error
            if not printed.exists():
                raise BookError(f"Chromium made no PDF:\n{finished.stderr[-1000:]}")
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.partial")
            shutil.move(printed, partial)
            partial.replace(target)
    finally:
        joined.unlink(missing_ok=True)
    return target


def join(site: Path, pages: Sequence[str]) -> BeautifulSoup:
    """One page of all: the first one's, with the articles of the others below, and links between them within it."""
    whole = BeautifulSoup((site / f"{pages[0]}.html").read_text(encoding="utf-8"), "html.parser")
    article = whole.find("article")
    for page in pages[1:]:
        other = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser").find("article")
        part = whole.new_tag("section", attrs={"class": "printed-page", "id": f"page-{page}"})
        part.extend(list(other.children))
        article.append(part)
    for hidden in article.select("div.cell_input, details.hide, .headerlink, script"):
        hidden.decompose()
    for folded in article.select("details"):
        folded["open"] = ""
    for link in article.select("a[href]"):
        link["href"] = _within(link, pages)
    for image in article.select("img[loading]"):
        del image["loading"]
    return whole


def _within(link: Tag, pages: Sequence[str]) -> str:
    """Where a link leads in the joined page: ids of results are one in the whole book."""
    address = str(link["href"])
    page, _, id = address.partition("#")
    if not re.fullmatch(r"[\w-]+\.html", page) or page.removesuffix(".html") not in pages:
        return address
    return f"#{id}" if id else f"#page-{page.removesuffix('.html')}"
