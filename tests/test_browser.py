"""The built book as a reader meets it: in a headless Chromium, with every outside host blocked."""

import functools
import json
import os
import re
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import axe_playwright_python
import nbformat
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from fisherkit import book
from fisherkit.project import Project
from fisherkit.store import Store, file_digest

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
PAGES = tuple(Project(ROOT).order)
NOTEBOOKS = {name for name in PAGES if (ROOT / "notebooks" / f"{name}.py").exists()}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

#: What axe finds: contrast in one text of each kind, for code has thousands of words in a dozen colours; and, where it
#: is asked for, all else.
LOOK = """async (others) => {
    const kinds = new Map()
    for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue
        const own = getComputedStyle(e), behind = []
        for (let x = e; x; x = x.parentElement) {
            const of = getComputedStyle(x)
            if (of.backgroundColor !== 'rgba(0, 0, 0, 0)' || of.backgroundImage !== 'none' || of.opacity !== '1')
                behind.push(of.backgroundColor, of.backgroundImage, of.opacity)
        }
        const kind = [own.color, own.fontSize, own.fontWeight, ...behind].join()
        if (!kinds.has(kind)) kinds.set(kind, e)
    }
    const wrong = {resultTypes: ['violations'], preload: false}  // from a folder, no page may ask for its style sheets
    const contrast = await axe.run({include: [...kinds.values()]}, {...wrong, runOnly: ['color-contrast']})
    if (!others) return {kinds: kinds.size, violations: contrast.violations}
    const rest = await axe.run(document, {...wrong, rules: {'color-contrast': {enabled: false}}})
    return {kinds: kinds.size, violations: [...contrast.violations, ...rest.violations]}
}"""


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

    def open_page(name, *, width=1400, theme="light", root=None, **look):
        root = root or built.as_uri()
        look = {"color_scheme": theme, "reduced_motion": "reduce", **look}  # colours do not change by and by
        context = browser.new_context(viewport={"width": width, "height": 900}, **look)
        contexts.append(context)
        page = context.new_page()
        page.outside, page.problems = [], []

        def gate(route):
            if route.request.url.startswith((root, "data:", "blob:")):
                route.continue_()
            else:
                page.outside.append(route.request.url)
                route.abort()

        context.route("**/*", gate)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.problems.append(line.text))
        page.goto(f"{root}/{name}.html")
        page.wait_for_load_state("load")
        page.evaluate("window.MathJax && MathJax.startup && MathJax.startup.promise")
        return page

    yield open_page
    for context in contexts:
        context.close()


def written(built, name):
    """A page as it is written, where nothing needs to be seen."""
    return BeautifulSoup((built / f"{name}.html").read_text(), "html.parser")


def test_search_quotes_its_hits_from_a_folder(open_page):
    page = open_page("search")
    page.goto(f"{page.url}?q=discriminable+range")
    page.wait_for_selector("#search-results li p.context")
    # What the API defines is told in brackets, and not quoted.
    waiting = "#search-results li:not(:has(p.context)):not(:has(> span))"
    page.wait_for_function(f"document.querySelectorAll({waiting!r}).length === 0")
    quoted = page.locator("#search-results p.context").all_inner_texts()
    assert len(quoted) >= 3
    assert all("range" in text.lower() or "discriminable" in text.lower() for text in quoted)
    assert page.problems == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_asks_nobody_and_stands_in_nobodys_way(open_page, name):
    """On a desk and, in the dark, on a phone; with nothing serious for whoever cannot see or point (axe).

    Pages are built alike: they are opened on the desk or on the phone in turn, and become the other; what is not colour
    is looked at where they are opened.
    """
    found = set()
    looks = ((1280, "light"), (390, "dark"))[:: -1 if PAGES.index(name) % 2 else 1]
    for width, theme in looks:
        opened = (width, theme) == looks[0]
        if opened:
            page = open_page(name, width=width, theme=theme)
        else:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
        page.wait_for_selector(f"html[data-theme={theme}]", state="attached", timeout=5000)
        assert page.outside == []
        assert page.problems == []
        broken = page.locator("img").evaluate_all("all => all.filter(e => !e.naturalWidth).map(e => e.src)")
        assert broken == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".bd-header-announcement").inner_text().startswith("This build shows sketch faces")
        assert "preset smoke" in page.locator(".facts").inner_text()
        if width > 390 and name in NOTEBOOKS:
            box = page.locator("div.admonition.answer").first.bounding_box()
            assert box["y"] + box["height"] <= 900  # a page begins with its answer
        if name.startswith("api_") and not opened:
            continue  # ten thousand elements of one kind
        page.evaluate(AXE)
        looked = page.evaluate(LOOK, opened)
        assert looked["kinds"] > 10
        found |= {
            (width, theme, one["id"], one["nodes"][0]["html"][:120])
            for one in looked["violations"]
            if one["impact"] in ("serious", "critical")
        }
    assert not found


def test_a_look_finds_what_is_wrong(open_page):
    """Names in code too pale among thousands of words, and a button without a name."""
    page = open_page("own")
    page.add_style_tag(content=".highlight .nf { color: #bbb !important }")
    page.evaluate("document.querySelector('article').append(document.createElement('button'))")
    page.evaluate(AXE)
    serious = {one["id"] for one in page.evaluate(LOOK, True)["violations"] if one["impact"] in ("serious", "critical")}
    assert serious == {"color-contrast", "button-name"}


def test_the_book_is_light(built):
    """Under 60 MB, and no page over 3 MB with its own images and data."""
    assert sum(path.stat().st_size for path in built.rglob("*") if path.is_file()) < 60e6
    for page in built.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"\{\{ *\w+ *\}\}", text), page.name  # what should have been a number
        own = {
            source
            for source in re.findall(r'src="([^":?]+)', text)
            if source.startswith(("_images/", "_static/figures/"))
        }
        assert page.stat().st_size + sum((built / source).stat().st_size for source in own) < 3e6, page.name


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
def test_every_figure_has_its_anchor_words_image_and_data(built, name, rows):
    page = written(built, name)
    anchors = [one.get("id", "") for one in page.select("figure.result, a.also")]
    assert sorted(id for id in anchors if id.startswith("R")) == [f"R{row:02}" for row in rows]
    figures = page.select("figure.result:has(img)")
    alts = [figure.img["alt"] for figure in figures]
    assert len(set(alts)) == len(alts)
    for number, (figure, alt) in enumerate(zip(figures, alts, strict=True), start=1):
        assert len(alt) > 40
        caption = figure.figcaption.get_text()
        assert len(caption) > 40
        assert caption.startswith(f"Fig. {PAGES.index(name)}.{number}")
        links = [link["href"] for link in figure.select("p.downloads a")]
        assert [link.rsplit(".", 1)[1] for link in links] == ["svg", "csv"]
        for link in links:
            assert (built / link).stat().st_size > 40
        assert "," in (built / links[1]).read_text().splitlines()[0]


@pytest.mark.parametrize(("index", "ids"), [
    ("figure_index", [f"R{number:02}" for number in range(1, 80)]),
    ("question_index", [f"Q{number:02}" for number in range(1, 18)]),
])  # fmt: skip
def test_an_index_leads_to_every_result_and_question(built, index, ids):
    page = written(built, index)
    rows = page.select("table tr")[1:]
    # Results that state no reading stand in a sentence below.
    links = [*(row.a for row in rows), *page.select("article section > p a.chip")]
    links = sorted(links, key=lambda link: link.get_text())
    assert [link.get_text()[:3] for link in links] == ids
    for id, link in zip(ids, links, strict=True):
        place, _, anchor = link["href"].partition("#")
        assert anchor == id
        assert f'id="{id}"' in (built / place).read_text()
    if index == "figure_index":
        agreements = [row.select("td")[3].get_text(strip=True) for row in rows]
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


def test_the_front_page_says_it_with_a_figure_and_four_numbers_before_anyone_scrolls(open_page):
    page = open_page("intro", width=1280)
    assert page.locator("figure.compact .explorer-live").bounding_box()["y"] < 400
    assert page.locator("figure.compact .choices a").get_attribute("href") == "explorer.html#explorer"
    cards = page.locator(".sd-card.number")
    assert cards.count() == 4
    for number in range(4):
        box = cards.nth(number).bounding_box()
        assert box["y"] + box["height"] <= 900
        assert any(sign.isdigit() for sign in cards.nth(number).locator(".sd-card-title").inner_text())


#: What moves in the explorer with θ, as its drawing says it.
MOVES = """figure => ({
    ellipse: figure.querySelector('.ellipse').getAttribute('d'),
    arrow: figure.querySelector('.arrow').getAttribute('d'),
    points: [...figure.querySelectorAll('circle.point')].map(e => e.getAttribute('cx')).join(),
    face: figure.querySelector('.face image').getAttribute('transform'),
    place: figure.querySelector('.place').getAttribute('cx'),
    words: figure.querySelector('.code output').textContent,
})"""


@pytest.fixture(scope="module")
def served(built):
    """The book's address where a server on this machine hands it out."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("served_or_not", ["from a folder", "served"])
@pytest.mark.parametrize("name", ["explorer", "intro"])
def test_the_explorer_moves_with_theta_by_the_keyboard(open_page, served, name, served_or_not):
    page = open_page(name, root=served if served_or_not == "served" else None)
    figure, theta = page.locator("figure.alive"), page.locator("input[name=theta]")
    assert figure.count() == 1
    last = int(theta.get_attribute("max"))
    seen = [figure.evaluate(MOVES)]
    theta.focus()
    for key, place in (("Home", 0), ("ArrowRight", 1), ("End", last), ("ArrowLeft", last - 1)):
        page.keyboard.press(key)
        assert int(theta.input_value()) == place
        seen.append(figure.evaluate(MOVES))
    for part in seen[0]:
        assert len({one[part] for one in seen}) == len(seen), part
    assert seen[1]["words"].startswith("At θ = −90°, where training was at 0 % of its peak, √I")
    assert "apart are one standard deviation apart." in seen[1]["words"]
    assert theta.get_attribute("aria-valuetext").endswith("degrees")
    assert page.outside == []
    assert page.problems == []


@pytest.mark.parametrize("name", ["explorer", "intro"])
def test_beta_moves_the_law_and_says_how_many_intervals_it_passes(open_page, name):
    page = open_page(name)
    law, said, beta = (page.locator(one) for one in (".law-line", ".law output", "input[name=beta]"))
    beta.focus()
    curves = set()
    for key in ("Home", "End"):
        page.keyboard.press(key)
        curves.add(law.get_attribute("d"))
        passed, known = map(int, re.search(r"passes (\d) of (\d) intervals", said.inner_text()).groups())
        assert page.locator(".bar.passed").count() == passed <= known == page.locator(".bar").count()
    assert len(curves) == 2
    assert beta.input_value() == "2"
    assert beta.get_attribute("aria-valuetext") == "β 2.00"
    # For the screen reader: what changes is said.
    assert all(one.evaluate("e => e.tagName") == "OUTPUT" for one in page.locator(".explorer-live output").all())


def test_every_choice_of_the_explorer_draws_and_says_what_is_there(open_page):
    page = open_page("explorer")
    figure, seen, others = page.locator("figure.alive"), set(), 0
    for name in ("kind", "encoding", "density", "loss", "faces", "copy", "curve"):
        box = page.locator(f"select[name={name}]")
        options = box.locator("option").all_inner_texts()
        others += len(options) - 1
        for option in options:
            box.select_option(option)
            assert box.input_value() == option
            drawn = figure.evaluate("e => e.querySelector('.explorer-live').innerHTML")
            assert not re.search("NaN|undefined|Infinity|null", drawn)
            seen.add(drawn)
        box.select_option(index=0)
    assert len(seen) == 1 + others  # each choice draws another figure
    page.locator("select[name=density]").select_option("uniform")
    assert "There is no power of p to fit." in figure.inner_text()
    assert "An even density has no exponents." in figure.inner_text()
    page.locator("select[name=kind]").select_option("with a budget")
    assert "one standard deviation apart" in figure.inner_text()
    assert page.problems == []


def test_the_explorer_is_touched_on_a_phone(open_page):
    page = open_page("explorer", width=390, has_touch=True, is_mobile=True)
    theta = page.locator("input[name=theta]")
    theta.scroll_into_view_if_needed()
    box = theta.bounding_box()
    assert box["height"] >= 44
    page.touchscreen.tap(box["x"] + 0.1 * box["width"], box["y"] + box["height"] / 2)
    assert int(theta.input_value()) < 0.2 * int(theta.get_attribute("max"))


def test_nothing_of_the_explorer_moves_by_itself(open_page):
    page = open_page("explorer", reduced_motion="no-preference")
    moving = page.locator(".explorer-live *").evaluate_all(
        "all => all.filter(e => getComputedStyle(e).animationName !== 'none'"
        " || getComputedStyle(e).transitionDuration !== '0s').length"
    )
    assert moving == 0


@pytest.mark.parametrize("name", ["explorer", "intro"])
def test_without_scripts_and_on_paper_the_explorer_is_a_figure(open_page, name):
    image = "figure#explorer > img" if name == "explorer" else "figure.compact img"
    page = open_page(name)
    assert not page.locator(image).is_visible()
    page.emulate_media(media="print")
    assert page.locator(image).is_visible()
    assert not page.locator(".explorer-live").is_visible()
    page = open_page(name, java_script_enabled=False)
    assert page.locator(image).is_visible()
    assert page.locator(".explorer-live").count() == 0


def test_in_the_dark_the_explorer_is_drawn_in_the_colour_of_the_text(open_page):
    page = open_page("explorer", theme="dark")
    fills = page.locator(".explorer-live :is(text, .solid)").evaluate_all(
        "all => all.map(e => getComputedStyle(e).fill)"
    )
    assert set(fills) == {page.locator(".explorer-live").evaluate("e => getComputedStyle(e).color")}


def test_only_pages_with_an_explorer_load_it(built):
    loading = {path.stem for path in built.glob("*.html") if re.search(r'<script[^>]*explorer\.js"', path.read_text())}
    assert loading == {"explorer", "intro"}
    assert (built / "_static" / "figures" / "explorer.js").stat().st_size < 1e6


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


@pytest.mark.xdist_group("published")  # among the first: it is long
def test_published_edition_builds_without_executing_and_without_torch(project, built, run, tmp_path):
    book.publish("smoke", "sketch", project=project)
    for name in ("torch", "lightning", "papermill"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not needed to read')")
    done = subprocess.run(
        [sys.executable, "-m", "fisherkit.cli", "read"], cwd=project.root, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip())
    assert page.parent == project.built / "read"
    assert (page.parent / "embeddings.html").exists()


def test_the_published_networks_are_one_archive_with_the_digest_that_is_told(project, built, tmp_path):
    *_, archive = book.publish("smoke", "sketch", project=project)
    told = json.loads((project.prose / "networks.json").read_text())
    assert file_digest(archive) == told["sha256"]
    assert archive.stat().st_size == told["bytes"]
    assert Store(tmp_path).import_archive(archive) == (told["networks"], 0)
