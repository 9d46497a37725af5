import functools
import json
import os
import pickle
import shutil
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from fisherkit.checkout import enclosing_checkout
from fisherkit.checks import ArchiveError
from fisherkit.store import (
    DamagedModelError,
    Store,
    default_root,
    digest,
    fetch_archive,
    file_digest,
)

KEY, OTHER = digest("a"), digest("b")


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store")
    store.save(KEY, {"w": torch.arange(6.0).reshape(2, 3)}, {"metrics": {"loss": 0.5}})
    store.save(OTHER, {"w": torch.ones(2, 3)}, {"metrics": {"loss": 0.25}})
    return store


def test_what_was_saved_is_loaded(store):
    model = store.load(KEY)
    assert torch.equal(model.weights["w"], torch.arange(6.0).reshape(2, 3))
    assert model.record["metrics"] == {"loss": 0.5}
    assert store.weights_digest(KEY) == model.digest
    assert KEY in store
    with pytest.raises(KeyError, match="holds no model"):
        store.load(digest("c"))


def test_saving_again_keeps_what_is_there(store):
    store.save(KEY, {"w": torch.zeros(1)}, {})
    assert store.load(KEY).weights["w"].shape == (2, 3)
    assert sorted(path.name for path in (store.root / "models").iterdir()) == sorted([KEY, OTHER])


class Bomb:
    def __reduce__(self):
        return os.system, ("touch exploded",)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-3])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


def swap(path):
    shutil.copyfile(path.parent.parent / OTHER / path.name, path)


def unpickle_me(path):
    path.write_bytes(pickle.dumps(Bomb()))


def directory(path):
    path.unlink()
    path.mkdir()


def remove(path):
    path.unlink()


@pytest.mark.parametrize("name", ["weights.safetensors", "record.json"])
@pytest.mark.parametrize("damage", [truncate, flip, empty, swap, unpickle_me, directory, remove])
def test_damage_is_found_named_and_set_aside(store, name, damage, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    path = store.root / "models" / KEY / name
    damage(path)
    with pytest.raises(DamagedModelError, match=name):
        store.load(KEY)
    assert not store.verify_or_set_aside(KEY)
    assert str(path) in caplog.text
    assert (store.root / "damaged" / f"{KEY}-1").is_dir()
    assert KEY not in store
    assert store.verify_or_set_aside(OTHER)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("damage", [empty, directory])
def test_a_model_that_is_no_folder_of_files_is_set_aside(store, damage):
    folder = store.root / "models" / KEY
    shutil.rmtree(folder)
    folder.touch()
    damage(folder)
    assert not store.verify_or_set_aside(KEY)
    assert KEY not in store


def test_setting_aside_twice_keeps_both(store):
    for number in (1, 2):
        empty(store.root / "models" / KEY / "record.json")
        assert not store.verify_or_set_aside(KEY)
        store.save(KEY, {"w": torch.ones(number)}, {})
    assert sorted(path.name for path in (store.root / "damaged").iterdir()) == [f"{KEY}-1", f"{KEY}-2"]


def test_a_lock_that_is_a_folder_is_set_aside(store, caplog):
    (store.root / "locks" / f"{KEY}.lock").mkdir(parents=True)
    with store.lock(KEY):
        pass
    assert "is a folder, not a lock" in caplog.text


def test_who_waits_for_a_lock_says_for_whom(store, caplog, monkeypatch):
    monkeypatch.setattr("fisherkit.processes.PATIENCE", 0.1)
    entered = threading.Event()

    def wait():
        with store.lock(KEY):
            entered.set()

    other = threading.Thread(target=wait)
    with store.lock(KEY):
        other.start()
        assert not entered.wait(0.5)
        assert f"waiting for model {KEY}, which process {os.getpid()} of " in caplog.text
        assert str(store.root / "locks" / f"{KEY}.lock") in caplog.text
    other.join(10)
    assert entered.is_set()


def test_a_store_that_is_a_file_says_so(tmp_path):
    (tmp_path / "store").touch()
    with pytest.raises(NotADirectoryError, match="set FISHERKIT_STORE"):
        Store(tmp_path / "store").save(KEY, {"w": torch.ones(1)}, {})


def swap_snapshot(path):
    path.write_bytes(next(other for other in path.parent.iterdir() if other != path).read_bytes())


@pytest.mark.parametrize("damage", [None, truncate, flip, empty, swap_snapshot, unpickle_me, directory])
def test_a_snapshot_is_read_whole_or_set_aside(store, damage, caplog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store.snapshot([OTHER]).save({"w": torch.zeros(2)}, {"epochs": "1"})
    snapshot = store.snapshot([OTHER, KEY])
    for epochs in ("3", "4"):
        snapshot.save({"w": torch.ones(2)}, {"epochs": epochs})
    (path,) = snapshot._paths()
    if damage is None:
        weights, metadata = store.snapshot([KEY, OTHER]).load()
        assert torch.equal(weights["w"], torch.ones(2))
        assert metadata["epochs"] == "4"
        assert sorted(found.members for found in store.snapshots()) == sorted([sorted([KEY, OTHER]), [OTHER]])
        snapshot.remove()
    else:
        damage(path)
        assert snapshot.load() is None
        assert str(path) in caplog.text
        assert (store.root / "damaged" / f"{path.name}-1").exists()
    assert [found.members for found in store.snapshots()] == [[OTHER]]
    assert not (tmp_path / "exploded").exists()


def test_a_snapshot_that_its_writer_replaces_meanwhile_is_no_damage(store, caplog, monkeypatch):
    snapshot = store.snapshot([KEY])
    snapshot.save({"w": torch.zeros(2)}, {"epochs": "1"})
    (old,) = snapshot._paths()
    snapshot.save({"w": torch.ones(2)}, {"epochs": "2"})
    assert store._read_snapshot(old) is None
    assert caplog.text == ""
    assert not (store.root / "damaged").exists()


def test_nothing_to_export_says_so_and_keeps_the_archive(store, tmp_path):
    (tmp_path / "models.zip").write_bytes(b"precious")
    with pytest.raises(ArchiveError, match="no model to export"):
        store.export([], tmp_path / "models.zip")
    assert (tmp_path / "models.zip").read_bytes() == b"precious"


def test_snapshots_do_not_cost_more_than_their_share(store, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("fisherkit.store.time.monotonic", lambda: now[0])
    snapshot = store.snapshot([KEY])
    assert not snapshot.due
    now[0] = 6.0
    assert snapshot.due
    snapshot._began, snapshot._ended = 6.0, 8.0  # saving took 2 s
    now[0] = 8.0 + 39.0
    assert not snapshot.due
    now[0] = 8.0 + 41.0
    assert snapshot.due


def test_models_move_in_an_archive(store, tmp_path):
    archive, elsewhere = tmp_path / "models.zip", Store(tmp_path / "elsewhere")
    assert store.export([KEY, OTHER], archive) == 2
    assert elsewhere.import_archive(archive) == (2, 0)
    assert elsewhere.load(KEY).digest == store.load(KEY).digest
    assert elsewhere.load(KEY).record == store.load(KEY).record
    assert elsewhere.import_archive(archive) == (0, 2)
    truncate(elsewhere.root / "models" / KEY / "weights.safetensors")
    assert elsewhere.import_archive(archive) == (1, 1)  # a damaged one is replaced
    before = archive.read_bytes()
    store.export([OTHER, KEY], archive)
    assert archive.read_bytes() == before


@pytest.fixture
def address(tmp_path):
    """Where the files of a folder are had by HTTP."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    (tmp_path / "served").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path / "served")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_archive_comes_from_an_address_with_its_digest_and_once(store, tmp_path, address, monkeypatch):
    monkeypatch.setattr("fisherkit.store.platformdirs.user_cache_dir", lambda _: str(tmp_path / "cache"))
    archive = tmp_path / "served" / "models.zip"
    store.export([KEY], archive)
    right = file_digest(archive)
    with pytest.raises(ArchiveError, match="is taken with its digest alone"):
        fetch_archive(f"{address}/models.zip")
    with pytest.raises(ArchiveError, match=f"gave no archive of models with the digest {'0' * 64}"):
        fetch_archive(f"{address}/models.zip", "0" * 64)
    assert Store(tmp_path / "elsewhere").import_archive(fetch_archive(f"{address}/models.zip", right)) == (1, 0)
    archive.unlink()
    assert file_digest(fetch_archive(f"{address}/models.zip", right)) == right
    with pytest.raises(ArchiveError, match="404"):
        fetch_archive(f"{address}/other.zip", right)


def rename(entries):
    return {name.replace(KEY, "../../escaped"): data for name, data in entries.items()}


def spoil(entries):
    name = f"{OTHER}/weights.safetensors"
    return {**entries, name: entries[name][:-1] + bytes([entries[name][-1] ^ 1])}


def exchange(entries):
    return {name.replace(KEY, "x").replace(OTHER, KEY).replace("x", OTHER): data for name, data in entries.items()}


def incomplete(entries):
    return {name: data for name, data in entries.items() if name != f"{OTHER}/record.json"}


def pickled(entries):
    return {**entries, f"{OTHER}/record.json": pickle.dumps(Bomb())}


@pytest.mark.parametrize("change", [rename, spoil, exchange, incomplete, pickled])
def test_a_bad_archive_imports_nothing(store, tmp_path, change, monkeypatch):
    monkeypatch.chdir(tmp_path)
    archive, elsewhere = tmp_path / "models.zip", Store(tmp_path / "elsewhere")
    store.export([KEY, OTHER], archive)
    with zipfile.ZipFile(archive) as file:
        entries = change({name: file.read(name) for name in file.namelist()})
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in entries.items():
            file.writestr(name, data)
    with pytest.raises(ArchiveError, match=r"models\.zip"):
        elsewhere.import_archive(archive)
    assert list(elsewhere) == []
    assert not list(tmp_path.rglob("*escaped*")) + list(tmp_path.rglob("exploded"))


def test_what_is_no_archive_says_so(store, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(ArchiveError, match="not a zip file"):
        store.import_archive(tmp_path / "x.zip")


def test_a_damaged_model_is_not_exported(store, tmp_path):
    flip(store.root / "models" / KEY / "weights.safetensors")
    with pytest.raises(DamagedModelError):
        store.export([KEY, OTHER], tmp_path / "models.zip")
    assert not list(tmp_path.glob("models.zip*"))


def test_a_number_changed_in_the_record_is_found(store):
    path = store.root / "models" / KEY / "record.json"
    record = json.loads(path.read_text())
    record["metrics"]["loss"] = 0.1
    path.write_text(json.dumps(record))
    with pytest.raises(DamagedModelError, match=r"record\.json"):
        store.load(KEY)


def test_a_failed_save_leaves_nothing(store, monkeypatch):
    monkeypatch.setattr("fisherkit.store.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(OSError, match="disk full"):
        store.save(digest("c"), {"w": torch.ones(1)}, {})
    assert sorted(path.name for path in (store.root / "models").iterdir()) == sorted([KEY, OTHER])


def test_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    with pytest.raises(ValueError, match="JSON"):
        digest(float("nan"))


def test_default_root(monkeypatch, tmp_path):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "here"))
    assert default_root() == tmp_path / "here"
    monkeypatch.delenv("FISHERKIT_STORE")
    (tmp_path / "fisherkit").mkdir()
    (tmp_path / "fisherkit" / "store.py").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert default_root() == tmp_path / ".fisherkit"
    monkeypatch.chdir("/")
    assert default_root() == enclosing_checkout(Path(__file__).resolve()) / ".fisherkit"
