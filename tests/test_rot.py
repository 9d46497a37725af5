"""Damage of runs, editions and stores, and full disks: found, named or made again, and nothing lost."""

import errno
import json
import shutil
from pathlib import Path

import nbformat
import pytest
import torch

from fisherkit import book, executed, pages, site
from fisherkit.checks import BookError
from fisherkit.project import replace_text
from fisherkit.store import Store, digest
from tests.small_book import small_book
from tests.test_store import directory, empty, flip, remove, truncate, unpickle_me


def swap(path: Path) -> None:
    """What belongs to the other page."""
    shutil.copyfile(path.with_name(path.name.replace("flat.", "flat_other.")), path)


def garble(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00" * 40)


def nest(path: Path) -> None:
    path.write_text("[" * 100_000)


DAMAGES = [truncate, flip, empty, swap, unpickle_me, garble, nest, remove]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of two pages, executed without a kernel; its folder, and a function that executes the first again."""
    project = small_book(tmp_path)
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A page", id="title")])
    monkeypatch.setattr(pages, "_executed", lambda page, source, work: (nbformat.from_dict(notebook), [], []))
    folder = project.runs / "smoke-sketch"

    def execute(page="flat"):
        return pages.execute(project, page, {"faces": "sketch"}, folder, faces_digest="of some")

    assert execute()
    assert execute("flat_other")
    assert not execute()
    return project, folder, execute


@pytest.mark.parametrize("name", ["flat.ipynb", ".flat.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_page_is_executed_again(run, name, damage, tmp_path):
    _, folder, execute = run
    whole = (folder / "flat.ipynb").read_bytes()
    damage(folder / name)
    assert execute()
    assert (folder / "flat.ipynb").read_bytes() == whole
    assert not execute()
    assert not execute("flat_other")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("name", ["flat.ipynb", ".flat.json"])
def test_a_folder_in_the_place_of_a_page_is_named_and_kept(run, name):
    _, folder, execute = run
    directory(folder / name)
    (folder / name / "precious").touch()
    with pytest.raises(OSError, match=name):
        execute()
    assert (folder / name / "precious").exists()


@pytest.mark.parametrize("left", ["flat.ipynb.123.partial", ".flat.json.123.partial", ".flat.scratch/used-models"])
def test_what_a_killed_execution_left_goes_and_that_of_another_page_stays(run, left):
    _, folder, execute = run
    for name in (left, left.replace("flat.", "flat_other.")):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("half")
    remove(folder / "flat.ipynb")
    assert execute()
    assert not (folder / left).exists()
    assert (folder / left.replace("flat.", "flat_other.")).exists()


@pytest.mark.parametrize("damage", [truncate, empty, unpickle_me, garble, nest, remove])
def test_a_damaged_page_is_named_where_it_is_read(run, damage):
    _, folder, _ = run
    damage(folder / "flat.ipynb")
    with pytest.raises(BookError, match=r"flat\.ipynb is no page that fisherkit has executed"):
        executed.facts_of(folder / "flat.ipynb")
    assert not executed.is_executed(folder / "flat.ipynb")


@pytest.mark.parametrize("damage", [truncate, empty, unpickle_me, garble, nest])
def test_damage_of_what_is_known_of_a_page_is_named_where_its_networks_are_asked_for(run, damage):
    _, folder, _ = run
    damage(folder / ".flat.json")
    with pytest.raises(BookError, match=r"\.flat\.json cannot be read \(\w+\): make the run again"):
        pages.models_of(folder)


@pytest.mark.parametrize("damage", [truncate, empty, unpickle_me, garble, nest, remove])
@pytest.mark.parametrize(("name", "read"), [("networks.json", site._networks), ("growth.csv", site._growth)])
def test_damage_of_what_the_book_tells_of_networks_and_costs_is_named(run, damage, name, read):
    project, _, _ = run
    damage(project.prose / name)
    with pytest.raises(BookError, match=rf"{name} cannot be read"):
        read(project)


@pytest.mark.parametrize("damage", [truncate, flip, empty, unpickle_me, garble, remove])
def test_a_run_with_a_damaged_page_is_not_published(run, damage):
    project, folder, _ = run
    damage(folder / "flat.ipynb")
    with pytest.raises(BookError, match="lacks flat"):
        book.publish("smoke", "sketch", project=project)


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_and_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    store, key = Store(tmp_path / "store"), digest("there")
    store.save(key, {"w": torch.ones(2)}, {})
    store.snapshot([key]).save({"w": torch.ones(2)}, {"epochs": "1"})
    before = {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()}
    monkeypatch.setattr("fisherkit.store.os.fsync", full)
    for write in (
        lambda: store.save(digest("new"), {"w": torch.ones(3)}, {}),
        lambda: store.snapshot([key]).save({"w": torch.zeros(2)}, {"epochs": "2"}),
    ):
        with pytest.raises(OSError, match=r"was not written: No space left on device\. .* make room, or set FISHERKIT"):
            write()
    assert {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()} == before
    assert store.snapshot([key]).load()[1]["epochs"] == "1"


def test_a_full_disk_leaves_the_last_page_and_the_last_archive(run, tmp_path, monkeypatch):
    _, folder, _ = run
    before = (folder / "flat.ipynb").read_bytes()
    store, key = Store(tmp_path / "store"), digest("there")
    store.save(key, {"w": torch.ones(2)}, {})
    (tmp_path / "models.zip").write_bytes(b"precious")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match=r"flat\.ipynb was not written: No space left on device; the same command goes"):
        replace_text(folder / "flat.ipynb", "new")
    monkeypatch.setattr("fisherkit.store.zipfile.ZipFile.writestr", full)
    with pytest.raises(OSError, match="No space left"):
        store.export([key], tmp_path / "models.zip")
    assert (folder / "flat.ipynb").read_bytes() == before
    assert (tmp_path / "models.zip").read_bytes() == b"precious"
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".partial")]


@pytest.mark.parametrize("content", ["2", "", "0.1-of-another-time", "1\n1"])
def test_a_store_of_another_format_is_refused_and_left_alone(tmp_path, content):
    Store(tmp_path).save(digest("there"), {"w": torch.ones(2)}, {})
    assert (tmp_path / "format").read_text() == "1"
    (tmp_path / "format").write_text(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match=r"has the format .* use the version that wrote it, or set FISHERKIT_STORE"):
        Store(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_store_from_before_it_had_a_number_is_of_the_first_format(tmp_path):
    Store(tmp_path).save(digest("there"), {"w": torch.ones(2)}, {})
    (tmp_path / "format").unlink()
    assert Store(tmp_path).load(digest("there")).weights["w"].shape == (2,)
    Store(tmp_path).save(digest("new"), {"w": torch.ones(2)}, {})
    assert (tmp_path / "format").read_text() == "1"


def test_what_a_killed_writer_left_goes_when_its_model_is_written(tmp_path):
    store, keys = Store(tmp_path), [digest("mine"), digest("other")]
    left = [store._made("models") / f".{key}.0123.partial" for key in keys]
    for folder in left:
        folder.mkdir()
        (folder / "weights.safetensors").write_bytes(b"half")
    assert list(store) == []
    store.save(keys[0], {"w": torch.ones(2)}, {})
    assert [folder.exists() for folder in left] == [False, True]
    assert json.loads((tmp_path / "models" / keys[0] / "record.json").read_text())["key"] == keys[0]
