"""The book as one PDF: what is joined, where links lead, and what comes out of the browser."""

import pytest

from fisherkit import printing
from fisherkit.checks import BookError

PAGE = """<html><head><title>{name}</title></head><body><article><h1>{name}</h1>
<div class="cell_input"><pre>code</pre></div>
<a href="two.html#R33">R33</a> <a href="two.html">two</a> <a href="https://example.org">away</a>
<figure id="{id}"><img src="_static/x.svg" loading="lazy"></figure></article></body></html>"""


@pytest.fixture
def site(tmp_path):
    for name, id in (("one", "R01"), ("two", "R33")):
        (tmp_path / f"{name}.html").write_text(PAGE.format(name=name, id=id))
    return tmp_path


def test_pages_are_joined_and_links_stay_within(site):
    whole = printing.join(site, ["one", "two"])
    assert [title.get_text() for title in whole.select("article h1")] == ["one", "two"]
    links = [link["href"] for link in whole.select("article a")]
    assert links == ["#R33", "#page-two", "https://example.org"] * 2
    assert whole.select_one("#page-two #R33")
    assert not whole.select("pre")
    assert not whole.select("[loading]")


def test_what_is_missing_is_said(site, monkeypatch):
    with pytest.raises(BookError, match="lacks three: build the book first"):
        printing.print_book(site, ["one", "three"], site / "book.pdf")
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))
    with pytest.raises(BookError, match="printed by Chromium, which is not there; install it"):
        printing.print_book(site, ["one"], site / "book.pdf")
    assert not (site / "print.html").exists()


@pytest.mark.browser
def test_the_pdf_is_tagged_and_leaves_nothing_beside_the_pages(site, chromium):
    pdf = printing.print_book(site, ["one", "two"], site / "out" / "book.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/MarkInfo" in pdf
    assert b"/Outlines" in pdf
    assert sorted(path.name for path in site.iterdir()) == ["one.html", "out", "two.html"]
