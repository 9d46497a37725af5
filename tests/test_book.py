"""The notebooks on the smoke preset, and the book that is built from them."""

import json
import shutil
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pytest
import yaml

from fisherkit import book, experiments
from fisherkit.book import BookError, Project

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "notebooks").glob("*.py"))


def headlines(path: Path) -> dict[str, float]:
    """The numbers that a page kept."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if name := output.get("metadata", {}).get("scrapbook", {}).get("name"):
                (text,) = output["data"].values()
                found[name] = float(text)
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A copy of the book's sources, so that a build leaves nothing in the checkout."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("notebooks", "book", "_config.yml", "_toc.yml", "requirements.lock"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, root / name)
    return Project(root)


@pytest.fixture(scope="module")
def built(project) -> Path:
    """The book on the smoke preset; the folder of its pages."""
    return book.build("smoke", "sketch", project=project).parent


@pytest.fixture(scope="module")
def run(project, built) -> Path:
    return project.runs / "smoke-sketch"


def test_embeddings_page_finds_what_training_does(run):
    facts = headlines(run / "embeddings.ipynb")
    assert facts["concentrated_error_where_common"] < facts["concentrated_error_where_rare"]
    assert abs(facts["fisher_peak_angle"] - np.pi / 4) < 0.35  # the concentrated density peaks at π/4
    assert facts["uniform_variation"] < facts["concentrated_variation"]


def test_second_build_trains_and_executes_nothing(project, built, monkeypatch):
    def forbidden(*_, **__):
        raise AssertionError("trained or executed again")

    monkeypatch.setattr(experiments, "train_group", forbidden)
    monkeypatch.setattr(book.papermill, "execute_notebook", forbidden)
    assert book.build("smoke", "sketch", project=project).exists()


def test_a_page_asks_for_all_networks_before_it_is_executed(project, run):
    sweeps = book.sweeps_of(project.source("embeddings"), {"preset": "smoke", "faces": "sketch"})
    used = {line.split()[0] for line in json.loads((run / ".embeddings.json").read_text())["models"]}
    assert used
    assert used <= {sweep.key(condition) for sweep in sweeps for condition in sweep.conditions}
    assert not any(sweep.missing() for sweep in sweeps)


@pytest.mark.parametrize("changed", ["source", "model", "output"])
def test_a_page_is_stale_when_an_input_changes(project, run, changed, monkeypatch):
    executed = []
    monkeypatch.setattr(
        book.papermill,
        "execute_notebook",
        lambda *a, **k: executed.append(a) or (_ for _ in ()).throw(InterruptedError),
    )
    state = run / ".embeddings.json"
    before = {path: path.read_text() for path in (state, project.source("embeddings"), run / "embeddings.ipynb")}
    faces_digest = json.loads(before[state])["inputs"]["faces"]
    if changed == "source":
        path = project.source("embeddings")
        path.write_text(before[path] + "\n# %%\n1 + 1\n")
    elif changed == "model":
        known = json.loads(before[state])
        known["models"][0] = known["models"][0].split()[0] + " " + "0" * 64
        state.write_text(json.dumps(known))
    else:
        path = run / "embeddings.ipynb"
        path.write_text(before[path] + " ")
    try:
        with pytest.raises(InterruptedError):
            book.execute(project, "embeddings", {"preset": "smoke", "faces": "sketch"}, run, faces_digest=faces_digest)
        assert len(executed) == 1
    finally:
        for path, text in before.items():
            path.write_text(text)


def test_another_encoding_and_loss_read_correctly(project, tmp_path):
    parameters = {"preset": "smoke", "faces": "sketch", "encodings": ["circular"], "losses": ["quart"],
                  "replicates": 1, "angles": 20}  # fmt: skip
    book.execute(project, "embeddings", parameters, tmp_path, faces_digest="any")
    text = (tmp_path / "embeddings.ipynb").read_text()
    assert "Circular encoding, quart loss" in text
    assert "Comparing networks needs at least two replicates" in text
    assert "linear loss" not in text.split('"source"')[-1]
    assert "unseen_scatter_between_networks" not in headlines(tmp_path / "embeddings.ipynb")


def test_misspelt_parameters_list_the_right_ones(project, tmp_path):
    with pytest.raises(BookError, match="no parameter los; it has preset, faces, losses"):
        book.execute(project, "embeddings", {"los": "quart"}, tmp_path, faces_digest="any")


def test_a_failing_cell_names_page_cell_and_error(project, tmp_path):
    failing = project.notebooks / "failing.py"
    failing.write_text('# %% tags=["parameters"]\npreset = "smoke"\n\n# %%\nwrong = 1 / 0\n')
    notebook = jupytext.read(project.source("embeddings"))
    header = jupytext.writes(nbformat.v4.new_notebook(metadata=notebook.metadata), fmt="py:percent")
    failing.write_text(header + failing.read_text())
    try:
        with pytest.raises(BookError, match=r"page failing failed in cell \d \(wrong = 1 / 0\):\nZeroDivisionError"):
            book.execute(project, "failing", {"preset": "smoke"}, tmp_path, faces_digest="any")
        assert not list(tmp_path.glob("*"))
    finally:
        failing.unlink()


def test_a_warning_fails_the_build(project, built):
    page = project.prose / "theory.md"
    before = page.read_text()
    try:
        page.write_text(before + "\n{ref}`no-such-label`\n")
        with pytest.raises(BookError, match="no-such-label"):
            book.build("smoke", "sketch", project=project)
        assert (built / "theory.html").exists()  # the last good book stays
    finally:
        page.write_text(before)


def test_unpublished_edition_says_what_to_do(project):
    with pytest.raises(BookError, match="make book PRESET=original"):
        book.publish("original", "olivetti", project=project)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_sources_survive_the_round_trip_and_name_only_the_python3_kernel(source):
    notebook = jupytext.read(source)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert set(notebook.metadata) == {"jupytext", "kernelspec"}
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("parameters") == 1
    assert all("outputs" not in cell or not cell.outputs for cell in notebook.cells)


def test_every_page_of_the_contents_exists_and_every_source_is_in_it():
    contents = book._files(yaml.safe_load((ROOT / "_toc.yml").read_text()))
    assert {path.stem for path in SOURCES} <= set(contents)
    assert all((ROOT / "book" / f"{name}.md").exists() or Project(ROOT).source(name).exists() for name in contents)


def test_smoke_and_quick_pages_say_their_faces(built):
    for page in ("intro", "theory", "embeddings"):
        text = (built / f"{page}.html").read_text()
        assert "sketch faces" in text
        assert "<b>preset</b> smoke" in text
