"""The book: what is trained, executed and built together, its runs and their comparison."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from fisherkit import book, executed, pages, running
from fisherkit.checks import BookError, Limits
from fisherkit.faces import Faces, divided
from fisherkit.project import Project
from fisherkit.store import Store
from tests.small_book import whole_book

ROOT = Path(__file__).resolve().parents[1]
SMOKE = {"preset": "smoke", "faces": "sketch"}


def files_of(folder: Path) -> dict[Path, bytes]:
    """All files below a folder, with what is in them."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def forbidden(*_, **__):
    raise AssertionError("trained or executed again")


def test_second_build_trains_and_executes_nothing(project, built, monkeypatch):
    monkeypatch.setattr("fisherkit.training.train_group", forbidden)
    monkeypatch.setattr(pages.papermill, "execute_notebook", forbidden)
    assert book.build("smoke", "sketch", project=project).exists()


def test_unpublished_edition_says_what_to_do(project):
    with pytest.raises(BookError, match="make book PRESET=original"):
        book.publish("original", "sketch", project=project)


def test_a_run_from_before_a_change_is_not_published(project, built):
    source = project.source("embeddings")
    before = source.read_text()
    try:
        source.write_text(before + "\n# %%\n1 + 1\n")
        with pytest.raises(BookError, match=r"smoke-sketch lacks embeddings, or has it from before a change"):
            book.publish("smoke", project=project)
    finally:
        source.write_text(before)


def test_the_published_edition_has_every_page():
    """All of one preset, on photographs; quick until the rewritten pages are executed at paper."""
    paths = [ROOT / "book" / f"{page}.ipynb" for page in Project(ROOT).pages()]
    facts = [json.loads(path.read_text())["metadata"]["fisherkit"] for path in paths]
    assert {(one["preset"], one["faces"]) for one in facts} in ({("quick", "olivetti")}, {("paper", "olivetti")})


def test_a_result_that_no_page_shows_fails_the_build(project, built):
    table = project.prose / "results.csv"
    before = table.read_text()
    try:
        table.write_text(before + "R80,A result of nobody,\n")
        with pytest.raises(BookError, match="no page of the book shows R80"):
            book.build("smoke", "sketch", project=project)
    finally:
        table.write_text(before)


def test_every_page_of_the_contents_exists_and_every_source_is_in_it():
    contents = Project(ROOT).order
    assert {path.stem for path in (ROOT / "notebooks").glob("*.py")} <= set(contents)
    assert all((ROOT / "book" / f"{name}.md").exists() or Project(ROOT).source(name).exists() for name in contents)


@pytest.mark.slow
def test_changing_one_page_executes_that_page_only_and_a_warning_keeps_the_last_good_book(
    tmp_path, in_this_process, monkeypatch
):
    project = whole_book(tmp_path / "one")
    genuine, executed = book.execute, []

    def watched(project, page, *arguments, **options):
        done = genuine(project, page, *arguments, **options)
        executed.extend([page] * done)
        return done

    monkeypatch.setattr(book, "execute", watched)
    built = book.build("smoke", "sketch", project=project).parent / "flat.html"
    assert executed == ["flat", "flat_other"]
    project.source("flat").write_text(project.source("flat").read_text() + "\n# %%\nprint('anything new')\n")
    book.build("smoke", "sketch", project=project)
    assert executed == ["flat", "flat_other", "flat"]
    assert "anything new" in built.read_text()

    # A copy of the checkout has that book, until its sources change; what fails leaves it.
    copy = Project(shutil.copytree(project.root, tmp_path / "other"))
    with monkeypatch.context() as patch:
        patch.setattr("fisherkit.site.jupyter_book", forbidden)
        page = book.build("smoke", "sketch", project=copy).parent / "flat.html"
        assert "anything new" in page.read_text()
        (copy.prose / "intro.md").write_text("# Another book\n\n{ref}`no-such-label`\n")
        with pytest.raises(AssertionError, match="again"):
            book.build("smoke", "sketch", project=copy)
    with pytest.raises(BookError, match="no-such-label"):
        book.build("smoke", "sketch", project=copy)
    assert "anything new" in page.read_text()


def test_damaged_networks_are_named_mended_and_leave_every_page_fresh(project, run, caplog, monkeypatch):
    caplog.set_level("INFO", "fisherkit")
    used = [line.split()[0] for line in json.loads((run / ".fisher_information.json").read_text())["models"]][:3]
    folders = [Store().root / "models" / key for key in used]
    (folders[0] / "weights.safetensors").write_bytes(b"")
    (folders[1] / "record.json").unlink()
    shutil.copyfile(folders[2] / "record.json", folders[2] / "weights.safetensors")
    monkeypatch.setattr(pages.papermill, "execute_notebook", forbidden)
    assert book.build("smoke", "sketch", project=project).exists()
    for folder, name in zip(folders, ("weights.safetensors", "record.json", "weights.safetensors"), strict=True):
        assert f"{folder / name} " in caplog.text
        assert (Store().root / "damaged" / f"{folder.name}-1").is_dir()
        assert Store().verify_or_set_aside(folder.name)
    assert "training 3 networks" in caplog.text


def test_a_rerun_stands_beside_the_book(project, built, run, in_this_process, monkeypatch, tmp_path):
    sources = {path: data for folder in (project.notebooks, project.prose) for path, data in files_of(folder).items()}
    before = files_of(run)
    monkeypatch.chdir(tmp_path)
    (notebook,), index = book.run("embeddings", {**SMOKE, "losses": ["quart"], "replicates": 1}, project=project)
    assert {path: path.read_bytes() for path in sources} == sources
    assert files_of(run) == before
    assert list(tmp_path.iterdir()) == []
    assert "Linear encoding, quart loss" in notebook.read_text()
    text = (index.parent / "embeddings.html").read_text()
    assert "A rerun of a part of the book" in text
    assert "<b>losses = [quart], replicates = 1</b>" in text
    assert not (index.parent / "fisher_information.html").exists()
    assert not re.search(r'href="#?[\w-]+\.(md|ipynb)', text)
    assert notebook.parent.name == "embeddings-smoke-sketch-losses=quart-replicates=1"
    assert "A rerun of" in (index.parent / "overview.html").read_text()
    monkeypatch.setattr(pages.papermill, "execute_notebook", forbidden)
    again, _ = book.run("embeddings", {**SMOKE, "replicates": 1, "losses": ["quart"], "angles": 50}, project=project)
    assert again == [notebook]


def test_a_shared_name_runs_all_its_pages(project):
    for page in ("shared_one", "shared_two"):
        shutil.copyfile(project.source("embeddings"), project.source(page))
    contents = (project.root / "_toc.yml").read_text()
    try:
        (project.root / "_toc.yml").write_text(contents + "      - file: shared_one\n      - file: shared_two\n")
        assert project.pages_called("shared") == ["shared_one", "shared_two"]
        assert project.pages_called("shared_two") == ["shared_two"]
        with pytest.raises(BookError, match=r"no page 'share' .* it has explorer, embeddings, .*, shared_one"):
            project.pages_called("share")
    finally:
        (project.root / "_toc.yml").write_text(contents)
        for page in ("shared_one", "shared_two"):
            project.source(page).unlink()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"los": "quart"}, "embeddings has no parameter los; it has preset, faces, losses, encodings, replicates"),
        ({"losses": "quart"}, r"embeddings: losses must be a list .* such as \['quart'\]; got 'quart'"),
        ({"losses": ["quarts"]}, "embeddings: losses must be among linear, .*; got 'quarts'"),
        ({"replicates": -1}, "embeddings: replicates must be a whole number of at least 1; got -1"),
        ({"angles": 4}, "embeddings: angles must be a whole number of at least 5; got 4"),
        ({"seed": -1}, "embeddings: seed must be a whole number of at least 0; got -1"),
        ({"preset": "fast"}, "preset must be one of smoke, quick, paper, original; got 'fast'"),
        ({"faces": "cats"}, "faces must be one of auto, olivetti, sketch, or the path of a folder of .*; got 'cats'"),
        ({"faces": "no/such/folder.npz"}, r"faces: there is no folder or \.npz file /.*/no/such/folder\.npz"),
        ({"angles": 1001}, "angles=1001, more than the limit of 1000; .*--max-angles 1001"),
        ({"replicates": 10**9}, "replicates=1000000000, more than the limit of 1500; .*--max-networks 1000000000"),
        ({"replicates": 751}, "would need 1502 networks, more than the limit of 1500; .*--max-networks 1502"),
    ],
)
def test_bad_parameters_say_what_was_wanted_before_any_work(project, parameters, message, monkeypatch):
    monkeypatch.setattr("fisherkit.training.train_group", forbidden)
    before = sorted(project.runs.glob("*"))
    with pytest.raises(BookError, match=message):
        book.run("embeddings", {**SMOKE, **parameters}, project=project)
    assert sorted(project.runs.glob("*")) == before


def test_densities_are_limited_like_replicates(project, monkeypatch):
    monkeypatch.setattr("fisherkit.training.train_group", forbidden)
    with pytest.raises(BookError, match=r"densities=1000000000, more than the limit of 1500; .*--max-networks"):
        book.run("binned_densities", {**SMOKE, "densities": 10**9}, project=project)


@pytest.mark.parametrize(
    ("draws", "message"),
    [(10**9, r"draws=1000000000, more than the limit of 2000; .*--max-draws"), (0, "at least 20; got 0")],
)
def test_simulated_sets_are_limited(project, monkeypatch, draws, message):
    monkeypatch.setattr("fisherkit.training.train_group", forbidden)
    with pytest.raises(BookError, match=message):
        book.run("estimators", {**SMOKE, "draws": draws}, project=project)


def test_limits_can_be_raised(project, monkeypatch):
    asked = []
    monkeypatch.setattr(running, "train_sweeps", lambda sweeps, workers: asked.extend(sweeps) or 0)
    limits = Limits(networks=2000, angles=2000)
    book.train(["embeddings"], {**SMOKE, "replicates": 751, "angles": 1001}, limits=limits, project=project)
    assert len(asked[0].conditions) == 1502


def grey_population(people, *, photographs=10, pixels=64, seed=0):
    person = np.repeat(np.arange(people), photographs)
    images = np.full((len(person), pixels, pixels), 0.5, dtype=np.float32)
    return Faces(images, person, divided(person, "person"), "sketch")


@pytest.mark.parametrize("preset", ["quick", "paper", "original"])
def test_the_whole_book_is_within_the_limits(project, monkeypatch, preset):
    asked = []
    monkeypatch.setattr(running, "train_sweeps", lambda sweeps, workers: asked.extend(sweeps) or 0)
    monkeypatch.setattr(book, "train_iterations", lambda iterations, workers: len(iterations))
    # Hundreds of people would be drawn, whom no limit looks at.
    for module in ("faces", "experiments"):
        monkeypatch.setattr(f"fisherkit.{module}.sketch_population", grey_population)
    book.train([], {"preset": preset, "faces": "sketch"}, project=project)
    assert asked


def test_training_ahead_leaves_nothing_to_train(project, caplog):
    caplog.set_level("INFO", "fisherkit")
    for told in ("training 4 networks", "nothing to train"):
        book.train(["embeddings"], {**SMOKE, "losses": ["root4"], "seed": 7}, project=project)
        assert told in caplog.text


def test_runs_are_compared_by_their_headlines(project, run, in_this_process):
    (notebook,), _ = book.run("embeddings", {**SMOKE, "seed": 3}, project=project)
    table = book.compare("smoke-sketch", str(notebook), project=project)
    here, there = table.columns[:2]
    row = table.loc["embeddings", "fisher_peak_angle"]
    assert row[here] == executed.headlines(run / "embeddings.ipynb")["fisher_peak_angle"]
    assert row[there] == executed.headlines(notebook)["fisher_peak_angle"]
    assert row["difference"] == pytest.approx(row[there] - row[here])
    assert row["ratio"] == pytest.approx(row[there] / row[here])
    assert set(table.index.get_level_values("page")) == {"embeddings"}
    given = table.attrs["parameters"]
    assert given.loc["embeddings", "seed"].tolist() == ["0", "3"]
    same = book.compare("smoke-sketch", "smoke-sketch", project=project)
    assert (same["difference"] == 0).all()
    assert len(same.attrs["parameters"]) == 0


def test_what_is_no_run_says_what_there_is(project, run, tmp_path):
    with pytest.raises(BookError, match=r"no run 'slow'; there is published, .*smoke-sketch"):
        book.compare("smoke-sketch", "slow", project=project)
    (tmp_path / "x.ipynb").write_text("{}")
    with pytest.raises(BookError, match="holds no page that fisherkit has executed"):
        book.compare("smoke-sketch", str(tmp_path), project=project)


def test_models_of_a_run_are_those_of_its_pages(project, run, own_store):
    known = pages.models_of(run)
    assert known <= set(own_store)
    one = {line.split()[0] for line in json.loads((run / ".embeddings.json").read_text())["models"]}
    assert one < known
    assert pages.models_of(project.runs / "none") == set()


def test_smoke_and_quick_pages_say_their_faces(built):
    for page in Project(ROOT).order:
        text = (built / f"{page}.html").read_text()
        assert "This build shows <b>sketch faces</b>" in text
        assert "<b>preset</b> smoke" in text
