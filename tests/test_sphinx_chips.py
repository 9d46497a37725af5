"""Chips: what becomes a link, what it says, and what stays as it is."""

from bs4 import BeautifulSoup

from fisherkit.sphinx_chips import chip, replace_in

QUART = {"page": "powers", "what": "Quart", "agreement": "in part", "reason": "α = 0.42"}


def text_of(words: str, known=("R40",)) -> BeautifulSoup:
    soup = BeautifulSoup(f"<p>{words}</p>", "html.parser")
    replace_in(soup.p.string, lambda id: chip(soup, id, QUART, f"powers.html#{id}") if id in known else None)
    return soup


def test_an_id_becomes_a_link_that_says_how_it_stands():
    soup = text_of("As R40 shows, so R41.")
    assert [link["href"] for link in soup.select("a")] == ["powers.html#R40"]
    assert soup.a["title"] == "Quart: agrees in part · α = 0.42"
    assert soup.a.get_text() == "R40 ◐ (agrees in part)"
    assert soup.p.get_text() == "As R40 ◐ (agrees in part) shows, so R41."


def test_only_whole_ids_are_results():
    assert not text_of("R401, AR40, R40-inset and -R40 are none").select("a")
    assert len(text_of("(R40), R40–R42").select("a")) == 2
