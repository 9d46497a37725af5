"""What the search page can quote of a page: its words, in the sections that a hit leads to, and no code."""

from bs4 import BeautifulSoup

from fisherkit.sphinx_search import words_of

PAGE = """<html><body><nav>Contents</nav><main role="main"><article class="bd-article"><section id="law" class="x">
<h2>The law<a class="headerlink" href="#law">#</a></h2><p>Falls with <b>q</b>.</p>
<div class="cell_input">import numpy</div><details class="hide"><summary>Show the code</summary></details></section>
<section id="other"><p>Else</p></section></article></main></body></html>"""


def test_words_stand_in_their_sections_without_code():
    main = BeautifulSoup(words_of(PAGE), "html.parser").select_one('[role="main"]')
    assert main.select_one("#law").get_text().split() == ["The", "law", "Falls", "with", "q", "."]
    assert main.get_text().split()[-1] == "Else"


def test_a_page_without_an_article_has_no_words():
    assert words_of("<p>Search</p>") == ""
