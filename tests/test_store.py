import json
import os
import pickle
import shutil

import pytest
import torch

from fisherkit.store import DamagedModelError, Store, default_root, digest

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
def test_damage_is_found_named_and_set_aside(store, name, damage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = store.root / "models" / KEY / name
    damage(path)
    with pytest.raises(DamagedModelError, match=name):
        store.load(KEY)
    place = store.set_aside(KEY)
    assert place.is_dir()
    assert KEY not in store
    assert OTHER in store
    assert not (tmp_path / "exploded").exists()


def test_a_number_changed_in_the_record_is_found(store):
    path = store.root / "models" / KEY / "record.json"
    record = json.loads(path.read_text())
    record["metrics"]["loss"] = 0.1
    path.write_text(json.dumps(record))
    with pytest.raises(DamagedModelError, match=r"record\.json"):
        store.load(KEY)


def test_a_failed_save_leaves_nothing(store, monkeypatch):
    monkeypatch.setattr("fisherkit.store.os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
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
