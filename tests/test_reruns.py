"""Reruns: their grids and names, the page that sums one up, what is kept and removed; two that are really built."""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib import pyplot as plt

from fisherkit import book, pages, reruns
from fisherkit.checks import BookError
from tests.small_book import PAGE, small_book

ROOT = Path(__file__).resolve().parents[1]


def test_a_grid_is_of_the_parameters_with_several_values():
    fixed, axes = reruns.grid_of({"loss": ["linear", "quart"], "seed": [1], "losses": [["log"], ["log", "sqrt"]]})
    assert fixed == {"seed": 1}
    cells = reruns.cells_of(axes)
    assert cells[0] == {"loss": "linear", "losses": ["log"]}
    assert cells[1] == {"loss": "linear", "losses": ["log", "sqrt"]}  # the last varies fastest
    assert len(cells) == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"loss": ["linear"]}, "at least one parameter with several values, separated by commas: .*; got loss=linear"),
        ({}, "several values.*; got none"),
        ({"loss": ["log", "sqrt", "log"]}, "each value of loss must be given once; got log twice"),
    ],
)
def test_what_is_no_grid_says_what_was_wanted(values, message):
    with pytest.raises(ValueError, match=message):
        reruns.grid_of(values)


def test_names_of_runs_are_read_and_differ():
    run = {"preset": "quick(epochs=30)", "faces": "sketch", "losses": ["linear", "sqrt"]}
    defaults = {"preset": "quick", "faces": None, "losses": ["linear"], "people": None}
    changed = reruns.changed_of(run | {"people": None}, defaults)
    assert changed == {"losses": ["linear", "sqrt"], "epochs": 30}
    assert reruns.name_of("powers", [run], changed) == "powers-quick-sketch-losses=linear+sqrt-epochs=30"
    assert reruns.name_of("a+b", [run, {"preset": "paper", "faces": "sketch"}], {}) == "a+b-quick+paper-sketch"
    odd = [reruns.name_of("a", [{"losses": what}], {"losses": what}) for what in ("x/y", "x?y", "x" * 300, "x" * 301)]
    assert len(set(odd)) == 4
    assert all(re.fullmatch(r"[\w=,+.-]{,120}", name) for name in odd)
    assert reruns.name_of_cell("a", {"loss": "log", "seeds": [0, 1]}) == "a-loss=log-seeds=0+1"
    assert reruns.told({"loss": "log", "seeds": [0, 1]}) == "loss = log, seeds = [0, 1]"


def executed(path: Path, numbers: dict, title="Is it flat?", **facts) -> Path:
    """A page as if executed: numbers alone, or with the ends of their intervals, under names."""
    cells = [
        nbformat.v4.new_markdown_cell("*A page of the book.*"),
        nbformat.v4.new_markdown_cell(f"# {title}\n\nText."),
    ]
    for name, (mean, *ends) in {name: np.atleast_1d(of) for name, of in numbers.items()}.items():
        words = f"{mean:.2f} [{ends[0]:.2f}, {ends[1]:.2f}]" if ends else float(mean)
        low, high = map(float, ends) if ends else (None, None)
        metadata = {
            "scrapbook": {"name": name, "mime_prefix": ""},
            "fisherkit": {"mean": float(mean), "low": low, "high": high},
        }
        output = nbformat.v4.new_output("display_data", {"text/plain": repr(words)}, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell("", outputs=[output]))
    made = {"preset": "smoke", "faces": "sketch", **facts, "version": "0", "date": "2026-01-01"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"fisherkit": made}), path)
    return path


def test_a_run_stands_beside_the_published_edition(tmp_path):
    run = executed(
        tmp_path / "run" / "flat.ipynb",
        {"alpha_quart": (0.5, 0.4, 0.6), "new": 2.0, "p": 2e-5, "n": 7.0},
        loss="quart",
        people=None,
    )
    published = executed(
        tmp_path / "flat.ipynb", {"alpha_quart": (0.25, 0.2, 0.3), "gone": 1.0, "n": 5127.0}, loss="linear"
    )
    text = reruns.overview_of_run({"flat": run}, {"flat": published}, {"loss": "quart"})
    assert text.startswith("# A rerun of *Is it flat?*\n\nWith loss = quart.\n")
    assert "| `preset` | smoke | smoke |" in text
    assert "| `loss` | **quart** | linear |" in text
    assert "| `people` | **its preset's** | – |" in text
    assert "| alpha quart | 0.50 [0.40, 0.60] | 0.25 [0.20, 0.30] | +0.25 |" in text
    assert "| new | 2.00 | – | – |" in text
    assert "| p | 2e−05 | – | – |" in text
    assert "| n | 7.00 | 5127.00 | −5,120 |" in text
    assert "Of the published page's numbers, 1 are not in this run." in text
    assert "version" not in text
    alone = reruns.overview_of_run({"flat": run, "flatter": run}, {}, {})
    assert "# A rerun of 2 pages\n\nWith the pages' own parameters." in alone
    assert "| alpha quart | 0.50 [0.40, 0.60] | – | – |" in alone
    assert "[flat](flat.ipynb), [flatter](flatter.ipynb)" in alone


@pytest.fixture
def grid(tmp_path):
    """Four executed cells of a grid: one number that follows both parameters, one that one cell lacks, one steady."""
    axes = {"loss": ["linear", "quart"], "encoding": ["linear", "circular"]}
    cells = {}
    for number, choice in enumerate(reruns.cells_of(axes)):
        numbers = {"steady": 8.0, "alpha": (number, number - 0.5, number + 0.5)} | ({"some": 1.0} if number else {})
        name = reruns.name_of_cell("flat", choice)
        cells[name] = executed(tmp_path / f"{name}.ipynb", numbers, **choice, seed=1)
    return axes, cells


def test_a_grid_is_summed_up_in_a_figure_and_a_table_that_lead_to_its_cells(grid, tmp_path):
    axes, cells = grid
    published = executed(tmp_path / "flat.ipynb", {"alpha": 0.5}, loss="linear", encoding="linear", seed=0)
    text = reruns.overview_of_sweep(axes, cells, published, {"seed": 1})
    assert text.startswith("# 4 runs of *Is it flat?*\n")
    assert "One for each of 2 values of `loss` and 2 values of `encoding`; everywhere seed = 1." in text
    assert "| `loss` | **linear · quart** | linear |" in text
    assert "| `seed` | 1 | 0 |" in text
    head = next(line for line in text.splitlines() if line.startswith("| number (loss, encoding) |"))
    assert re.findall(r"\[([^]]+)\]\(([^)]+)\.ipynb\)", head) == [
        (f"{loss}, {encoding}", f"flat-loss={loss}-encoding={encoding}")
        for loss in ("linear", "quart")
        for encoding in ("linear", "circular")
    ]
    assert "| alpha | 0.00 [-0.50, 0.50] | 1.00 [0.50, 1.50] | 2.00 [1.50, 2.50] | 3.00 [2.50, 3.50] | 0.50 |" in text
    assert "| some | – | 1.00 | 1.00 | 1.00 | – |" in text
    assert "Numbers that are the same in every cell: 1" in text
    soup = BeautifulSoup(text, "html.parser")
    assert [figure["id"] for figure in soup.select("figure")] == ["numbers"]
    assert "alpha, some" in soup.select_one("figure img")["alt"]


def test_more_numbers_than_a_figure_holds_are_in_figures_to_be_opened(tmp_path):
    cells = {}
    for number, name in enumerate(("a-seed=0", "a-seed=1")):
        cells[name] = executed(tmp_path / f"{name}.ipynb", {f"n{one}": number for one in range(reruns.PANELS + 3)})
    text = reruns.overview_of_sweep({"seed": [0, 1]}, cells, None, {})
    soup = BeautifulSoup(text, "html.parser")
    assert [figure["id"] for figure in soup.select("figure")] == ["numbers", "numbers-2"]
    assert soup.select_one("details summary").get_text() == "Numbers 13 to 15 of 15"


def test_a_grid_without_numbers_says_so(tmp_path):
    cells = {name: executed(tmp_path / f"{name}.ipynb", {}) for name in ("a-seed=0", "a-seed=1")}
    assert "No number differs from cell to cell." in reruns.overview_of_sweep({"seed": [0, 1]}, cells, None, {})


def test_a_panel_has_a_point_with_its_interval_for_each_cell():
    data = pd.DataFrame(
        [(loss, code, "alpha", mean, mean - 1, mean + 1) for mean, (loss, code) in enumerate(
            [("log", "linear"), ("log", "circular"), ("quart", "linear"), ("quart", "circular")])],
        columns=["loss", "encoding", "number", "mean", "low", "high"],
    )  # fmt: skip
    figure = reruns.grid_figure(data, ["loss", "encoding"], pd.DataFrame({"mean": [1.5]}, index=["alpha"]))
    (axis,) = figure.axes
    lines, bars = zip(*[(one[0], one[2][0]) for one in axis.containers], strict=True)
    assert [line.get_ydata().tolist() for line in lines] == [[0, 2], [1, 3]]
    assert [segment[:, 1].tolist() for segment in bars[1].get_segments()] == [[0, 2], [2, 4]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["linear", "circular"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["log", "quart"]
    assert axis.lines[-1].get_ydata()[0] == 1.5
    assert len({line.get_marker() for line in lines}) == 2
    plt.close(figure)


def test_a_title_tells_a_cell_from_the_others(grid):
    _, cells = grid
    notebook = reruns.headed(nbformat.read(next(iter(cells.values())), as_version=4), "loss = linear")
    assert notebook.cells[1].source == "# Is it flat? (loss = linear)\n\nText."


def test_a_book_is_put_nowhere_but_where_nothing_or_a_rerun_was(tmp_path):
    reruns.check_place(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    reruns.check_place(tmp_path / "empty")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").touch()
    for place in ("thesis", "thesis/chapter.tex"):
        with pytest.raises(BookError, match=r"new, empty or an earlier rerun's book; .* is there and is none of these"):
            reruns.check_place(tmp_path / place)
    (tmp_path / "thesis" / reruns.RECORD).write_text('{"runs": []}')
    reruns.check_place(tmp_path / "thesis")


@pytest.fixture
def small(tmp_path):
    """A book of two small pages, with a published edition of the first."""
    project = small_book(tmp_path)
    executed(project.prose / "flat.ipynb", {"alpha": 1.0}, loss="linear")
    return project


def forbidden(*_, **__):
    raise AssertionError("looked for faces, trained or executed")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"los": "quart"},
            r"flat has no parameter los; it has preset, faces, loss, angles, and of its preset .*, epochs",
        ),
        ({"epochs": "many"}, "flat: epochs must be a whole number; got 'many'"),
        ({"epochs": 0}, "flat: epochs must be at least 1; got 0"),
        ({"hidden": [30, "x"]}, r"flat: hidden must be a list of whole numbers, such as \[30, 10\]; got \[30, 'x'\]"),
        ({"batch": 100}, "flat: batch must be a multiple of 32"),
        ({"preset": "fast"}, "flat: preset must be one of smoke, quick, paper, original; got 'fast'"),
        ({"preset": "quick(30)"}, r"with fields replaced, such as 'quick\(epochs=30\)'; got 'quick\(30\)'"),
        ({"name": "mine"}, "flat has no parameter name"),
    ],
)
def test_a_misspelt_parameter_is_refused_before_faces_are_looked_for(small, parameters, message, monkeypatch):
    monkeypatch.setattr(book, "load_faces", forbidden)
    monkeypatch.setattr(book, "needs_of", forbidden)
    with pytest.raises(BookError, match=message):
        book.run("flat", parameters, project=small)
    with pytest.raises(BookError, match=message):
        book.sweep("flat", {name: [one] for name, one in parameters.items()} | {"loss": ["log", "sqrt"]}, project=small)


def test_a_sweep_is_of_one_page_and_its_cells_differ(small, monkeypatch):
    with pytest.raises(BookError, match="several values"):
        book.sweep("flat", {"loss": ["log"]}, project=small)
    with pytest.raises(BookError, match="no page 'fla'"):
        book.sweep("fla", {"loss": ["log", "sqrt"]}, project=small)
    small.source("flat").unlink()
    with pytest.raises(BookError, match="a sweep is of one page; flat is the beginning of flat_other"):
        book.sweep("flat", {"loss": ["log", "sqrt"]}, project=small)
    monkeypatch.setattr(book, "needs_of", forbidden)
    values = {"preset": ["smoke", "smoke(epochs=6)"], "loss": ["log", "sqrt"], "faces": ["sketch"]}
    with pytest.raises(
        BookError, match="cells of the grid must differ; of preset, loss several values come to the same"
    ):
        book.sweep("flat_other", values, project=small)


def test_a_pages_own_preset_is_its_default(small):
    complete, changed = book._complete(small, ["flat", "flat_other"], {"epochs": 2})
    assert complete["flat"]["preset"] == "smoke(epochs=2)"
    assert complete["flat_other"]["preset"] == "smoke(samples=64, epochs=2)"
    assert changed["epochs"] == 2
    ((name, (first, other)),) = book._runs_of(small, "flat", [(complete, {"epochs": 2})])
    assert name == "flat-smoke-sketch-epochs=2"
    assert first.parameters["faces"] == other.parameters["faces"] == "sketch"


def text_of(page: Path) -> str:
    return " ".join(BeautifulSoup(page.read_text(), "html.parser").find("article").get_text().split())


@pytest.mark.slow
def test_a_run_and_a_grid_are_small_books(small, in_this_process, tmp_path, monkeypatch, caplog):
    """One run with a field of the preset replaced; a grid that has it among its cells, and goes on from there."""
    caplog.set_level("INFO", "fisherkit")
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "store"))  # no test before has trained any of it
    out = tmp_path / "elsewhere" / "my-run"
    (notebook,), index = book.run(["flat_other"], {"epochs": 2, "loss": "quart"}, out=out, project=small)
    assert index == out / "index.html"
    assert notebook.parent.name == "flat_other-smoke-sketch-loss=quart-samples=64-epochs=2"
    overview = text_of(out / "overview.html")
    assert "A rerun of Is it flat?" in overview
    assert "With loss = quart, samples = 64, epochs = 2." in overview
    page = out / "flat_other.html"
    assert "Epochs: 2." in text_of(page)
    assert "<b>preset</b> smoke(samples=64, epochs=2)" in page.read_text()
    assert (
        "A rerun: loss = quart, samples = 64, epochs = 2"
        in BeautifulSoup(page.read_text(), "html.parser").title.get_text()
    )
    assert 'class="chip yes"' in page.read_text()
    assert not (out / "intro.html").exists()
    assert not list(out.rglob("*.map"))
    assert "1 networks trained, 1 of 1 pages executed" in caplog.text

    values = {"loss": ["linear", "quart"], "epochs": [1, 2]}
    notebooks, index = book.sweep("flat_other", values, project=small)
    assert notebooks[3] == notebook  # the same run
    assert "3 networks trained, 3 of 4 pages executed" in caplog.text
    assert index.parent.name == "flat_other-smoke-sketch-loss=linear,quart-epochs=1,2-samples=64"
    names = [f"flat_other-loss={loss}-epochs={epochs}" for loss in values["loss"] for epochs in values["epochs"]]
    overview = BeautifulSoup((index.parent / "overview.html").read_text(), "html.parser").find("article")
    assert [unquote(link["href"]) for link in overview.select("th a[href]")] == [f"{name}.html" for name in names]
    shown = unquote(overview.select_one("figure img")["src"])
    assert (index.parent / shown).exists()
    for name, epochs in zip(names, (1, 2, 1, 2), strict=True):
        page = BeautifulSoup((index.parent / f"{name}.html").read_text(), "html.parser").find("article")
        assert f"epochs = {epochs})" in page.find("h1").get_text()
        assert f"Epochs: {epochs}." in " ".join(page.get_text().split())
        image = unquote(page.select_one("figure#R40 img")["src"])
        assert image == f"_static/figures/{name}/R40.svg"
        assert (index.parent / image).exists()
        assert page.find("a", string="the figure")["href"] == "#R40"
    assert not list(small.built.glob("work/*"))  # no second copy

    monkeypatch.setattr(pages.papermill, "execute_notebook", forbidden)
    assert book.sweep("flat_other", values, project=small) == (notebooks, index)
    table = book.compare(index.parent.name, "published", notebook.parent.name, project=small)
    assert table.shape[1] == 6
    assert table.loc[("flat_other", "epochs")].tolist()[:4] == [1, 2, 1, 2]
    assert "difference" not in table
    kept = reruns.runs_table(small)
    assert len(kept) == 5
    assert kept["fresh"].all()
    assert kept.loc[index.parent.name, "pages"] == "4 runs"
    assert reruns.prune(small) == {}
    small.source("flat_other").write_text(PAGE + "\n# %%\n1 + 1\n")
    assert not reruns.runs_table(small)["fresh"].any()
    with pytest.raises(BookError, match="no run 'x'; there is flat_other-smoke"):
        reruns.prune(small, ["x"])
    (small.runs / "smoke-sketch").mkdir()
    shutil.copyfile(notebook, small.runs / "smoke-sketch" / notebook.name)
    half = small.built / "work" / "half"
    half.mkdir(parents=True)
    assert set(reruns.prune(small)) == {*kept.index, str(half.relative_to(small.root))}
    assert list(reruns.runs_table(small).index) == ["smoke-sketch"]  # of the whole book: it stays
    reruns.prune(small, ["smoke-sketch"])
    assert len(reruns.runs_table(small)) == 0
    assert (out / "overview.html").exists()


@pytest.mark.slow
def test_one_cell_that_fails_does_not_keep_the_others_from_being_executed(small, tmp_path, monkeypatch):
    def execute(project, page, parameters, folder, *, faces_digest):
        if parameters["loss"] == "log":
            raise BookError("page flat failed in cell 3")
        executed(folder / f"{page}.ipynb", {})

    monkeypatch.setattr(book, "execute", execute)
    monkeypatch.setattr(book, "_train", lambda *_: 0)
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    with pytest.raises(
        BookError, match=r"flat-smoke-sketch-loss=log: page flat failed in cell 3\n2 of 3 pages were exec"
    ):
        book.sweep("flat", {"loss": ["log", "sqrt", "quart"]}, project=small)
    assert len(list(small.runs.glob("*/flat.ipynb"))) == 2
    assert not small.built.exists()
