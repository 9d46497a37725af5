"""Words of the glossary: which use of a word on a page leads to it."""

import re

from bs4 import BeautifulSoup

from fisherkit import sphinx_words


def test_the_first_known_word_is_found_and_of_two_that_begin_together_the_longer():
    known = dict.fromkeys(("information", "information curve", "code"))
    words = "Its information curves tell of the code."
    start, end, word = sphinx_words._first(words, known)
    assert (words[start:end], word) == ("information curves", "information curve")


def test_a_part_of_a_word_is_none():
    assert sphinx_words._first("encoded, low-code and codes-to-be", {"code": None}) is None


def test_each_word_is_linked_once_on_a_page_with_what_it_means(built):
    page = BeautifulSoup((built / "embeddings.html").read_text(), "html.parser")
    links = page.select("a.word")
    words = [link["href"] for link in links]
    assert words
    assert len(set(words)) == len(words)
    glossary = BeautifulSoup((built / "words.html").read_text(), "html.parser")
    for link in links:
        target = glossary.find(id=link["href"].partition("#")[2])
        definition = target.find_next_sibling("dd").get_text(" ")
        assert link["title"] == re.sub(r"\s+", " ", definition).strip()
    assert not glossary.select("a.word")
