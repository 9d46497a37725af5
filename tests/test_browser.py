"""The built book as a reader meets it: in a headless Chromium, with every outside host blocked."""

from pathlib import Path

import axe_playwright_python
import nbformat
import pytest
from playwright.sync_api import sync_playwright

from fisherkit import book, pages

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]

ROWS = {
    "embeddings": range(1, 6),
    "noise_structure": range(6, 15),
    "fisher_information": range(15, 27),
    "loss_comparison_objective": range(27, 39),
    "loss_comparison_powers": range(39, 47),
    "loss_comparison_embeddings": range(47, 54),
    "loss_comparison_errors": range(54, 63),
    "loss_comparison_numerics": range(63, 70),
    "binned_densities": range(70, 76),
    "finetuning": range(76, 80),
}
PAGES = tuple(pages.Project(ROOT).order)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, built):
    """Open a page of the book; whatever it asks for outside its folder is stopped and remembered."""
    contexts = []

    def open_page(name, *, width=1400, theme="light"):
        look = {"color_scheme": theme, "reduced_motion": "reduce"}  # colours do not change by and by
        context = browser.new_context(viewport={"width": width, "height": 900}, **look)
        contexts.append(context)
        page = context.new_page()
        page.outside, page.problems = [], []

        def gate(route):
            if route.request.url.startswith((built.as_uri(), "data:", "blob:")):
                route.continue_()
            else:
                page.outside.append(route.request.url)
                route.abort()

        context.route("**/*", gate)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.problems.append(line.text))
        page.goto(f"{built.as_uri()}/{name}.html")
        page.wait_for_load_state("load")
        page.evaluate("window.MathJax && MathJax.startup && MathJax.startup.promise")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_search_quotes_its_hits_from_a_folder(open_page):
    page = open_page("search")
    page.goto(f"{page.url}?q=discriminable+range")
    page.wait_for_selector("#search-results li p.context")
    page.wait_for_function("document.querySelectorAll('#search-results li:not(:has(p.context))').length === 0")
    quoted = page.locator("#search-results p.context").all_inner_texts()
    assert len(quoted) >= 3
    assert all("range" in text.lower() or "discriminable" in text.lower() for text in quoted)
    assert page.problems == []


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_and_asks_nobody(open_page, name, width):
    page = open_page(name, width=width)
    assert page.outside == []
    assert page.problems == []
    broken = page.locator("img").evaluate_all("all => all.filter(e => !e.naturalWidth).map(e => e.src)")
    assert broken == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".bd-header-announcement").inner_text().startswith("This build shows sketch faces")
    assert "preset smoke" in page.locator(".facts").inner_text()


def test_maths_is_typeset(open_page):
    page = open_page("theory")
    formulas = page.locator("span.math, div.math")
    assert formulas.count() > 20
    assert formulas.evaluate_all("all => all.filter(e => !e.querySelector('mjx-container')).length") == 0
    assert page.locator("mjx-merror").count() == 0


def test_prediction_table_is_computed(open_page):
    rows = open_page("theory").locator("table").first.locator("tr").all_inner_texts()
    assert rows[0].split()[0] == "loss"
    assert any(row.split() == ["linear", "1.0", "1.0", "0.667"] for row in rows)


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_every_figure_has_its_anchor_words_image_and_data(open_page, built, name, rows):
    page = open_page(name)
    anchors = page.locator("figure.result, a.also").evaluate_all("all => all.map(e => e.id)")
    assert sorted(id for id in anchors if id.startswith("R")) == [f"R{row:02}" for row in rows]
    figures = page.locator("figure.result:has(img)")
    alts = figures.locator("img").evaluate_all("all => all.map(e => e.alt)")
    assert len(set(alts)) == len(alts)
    for number in range(figures.count()):
        figure = figures.nth(number)
        assert len(alts[number]) > 40
        caption = figure.locator("figcaption").text_content()
        assert len(caption) > 40
        assert caption.startswith(f"Fig. {PAGES.index(name)}.{number + 1}")
        links = figure.locator("p.downloads a").evaluate_all("all => all.map(e => e.getAttribute('href'))")
        assert [link.rsplit(".", 1)[1] for link in links] == ["svg", "csv"]
        for link in links:
            assert (built / link).stat().st_size > 40
        assert "," in (built / links[1]).read_text().splitlines()[0]


@pytest.mark.parametrize(("index", "ids"), [
    ("figure_index", [f"R{number:02}" for number in range(1, 80)]),
    ("question_index", [f"Q{number:02}" for number in range(1, 18)]),
])  # fmt: skip
def test_an_index_leads_to_every_result_and_question(open_page, built, index, ids):
    page = open_page(index)
    rows = page.locator("table tr").all()[1:]
    # Results that state no reading stand in a sentence below.
    links = [*(row.locator("a").first for row in rows), *page.locator("article section > p a.chip").all()]
    links = sorted(links, key=lambda link: link.inner_text())
    assert [link.inner_text()[:3] for link in links] == ids
    for id, link in zip(ids, links, strict=True):
        page, _, anchor = link.get_attribute("href").partition("#")
        assert anchor == id
        assert f'id="{id}"' in (built / page).read_text()
    if index == "figure_index":
        agreements = [row.locator("td").nth(3).inner_text() for row in rows]
        assert set(agreements) <= {"yes", "no", "in part", "undecided", "answered"}


def test_a_result_that_text_names_is_a_link_that_says_how_it_stands(open_page):
    page = open_page("loss_comparison_powers")
    chips = page.locator("a.chip")
    assert chips.count() > 0
    first = chips.first
    assert first.get_attribute("title")
    id = first.inner_text()[:3]
    assert first.get_attribute("href").endswith(f"#{id}")
    # Nothing that text names is left without a link, but for headings.
    plain = page.evaluate(
        """() => [...document.querySelectorAll('article p, article td, article figcaption')].map(e => {
            const copy = e.cloneNode(true)
            copy.querySelectorAll('a, b, code').forEach(one => one.remove())
            return copy.textContent
        }).filter(text => /\\b[RQ]\\d\\d\\b/.test(text))"""
    )
    assert plain == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious_stands_in_the_way_of_whoever_cannot_see_or_point(open_page, name):
    found = set()
    for width, theme in ((1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")):
        page = open_page(name, width=width, theme=theme)
        page.evaluate(AXE)
        violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        found |= {
            (width, theme, one["id"], one["nodes"][0]["html"][:120])
            for one in violations
            if one["impact"] in ("serious", "critical")
        }
    assert not found


def test_the_front_page_says_it_with_a_figure_and_four_numbers_before_anyone_scrolls(open_page):
    page = open_page("intro", width=1280)
    assert page.locator("a.headline img").bounding_box()["y"] < 400
    cards = page.locator(".sd-card.number")
    assert cards.count() == 4
    for number in range(4):
        box = cards.nth(number).bounding_box()
        assert box["y"] + box["height"] <= 900
        assert any(sign.isdigit() for sign in cards.nth(number).locator(".sd-card-title").inner_text())


@pytest.mark.parametrize("name", [name for name in PAGES if (ROOT / "notebooks" / f"{name}.py").exists()])
def test_a_page_begins_with_its_answer(open_page, name):
    box = open_page(name, width=1280).locator("div.admonition.answer").first.bounding_box()
    assert box["y"] + box["height"] <= 900


def test_figures_stay_on_white_in_the_dark(open_page):
    page = open_page("embeddings", theme="dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    ground = page.locator("figure.result img").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_print_leaves_out_the_machinery_and_keeps_the_notice(open_page):
    page = open_page("embeddings")
    page.emulate_media(media="print")
    assert page.locator(".bd-header-announcement").is_visible()
    assert page.locator(".bd-article h1").first.is_visible()
    assert not page.locator(".bd-sidebar-primary").is_visible()


def test_downloaded_notebook_is_the_executed_one(open_page, built, run):
    page = open_page("embeddings")
    link = page.locator("a[href$='.ipynb']").first.get_attribute("href")
    downloaded = (built / link).resolve()
    assert downloaded.read_bytes() == (run / "embeddings.ipynb").read_bytes()
    assert nbformat.read(downloaded, as_version=4).metadata["kernelspec"]["name"] == "python3"


def test_published_edition_builds_without_executing(project, built, run, monkeypatch):
    def forbidden(*_, **__):
        raise AssertionError("executed")

    monkeypatch.setattr(pages.papermill, "execute_notebook", forbidden)
    book.publish("smoke", "sketch", project=project)
    page = book.read(project=project)
    assert (page.parent / "embeddings.html").exists()
    assert (built / "embeddings.html").exists()
