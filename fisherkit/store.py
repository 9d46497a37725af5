"""The store of trained networks: a folder addressed by content. Knows files and digests; must not know what is in them.

    <root>/models/<key>/weights.safetensors    the tensors
    <root>/models/<key>/record.json            what they are, and the digests of both files
    <root>/locks/<name>.lock                   one writer at a time
    <root>/training/<name>.safetensors         a group half-trained, to resume from
    <root>/damaged/<key>-<number>/             what failed its check, kept for whoever wants to look

A key is the SHA-256 of all that determines the weights. A model appears under its key by one rename of a finished
folder, so that no reader ever meets half of one. Nothing here unpickles anything.
"""

import hashlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

_WEIGHTS, _RECORD = "weights.safetensors", "record.json"


class DamagedModelError(RuntimeError):
    """A file of the store is not what was written."""


@dataclass(frozen=True)
class StoredModel:
    """Tensors by name, the record that describes them, and the digest of the weights' file."""

    weights: dict[str, Tensor]
    record: dict
    digest: str


def digest(value) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(_canonical(value)).hexdigest()


def default_root() -> Path:
    """``FISHERKIT_STORE``, else ``.fisherkit`` in the enclosing checkout, else the user's data folder."""
    if configured := os.environ.get("FISHERKIT_STORE"):
        return Path(configured).expanduser().resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "fisherkit" / "store.py").exists() and (folder / "pyproject.toml").exists():
            return folder / ".fisherkit"
    return Path(platformdirs.user_data_dir("fisherkit"))


class Store:
    """The store under ``root``, made on first writing; by default :func:`default_root`."""

    def __init__(self, root: Path | str | None = None) -> None:
        self.root = default_root() if root is None else Path(root).expanduser().resolve()

    def __contains__(self, key: str) -> bool:
        return self._folder(key).exists()

    def lock(self, name: str) -> FileLock:
        """A lock between processes; the system frees it when its holder ends, however that happens."""
        folder = self._made("locks")
        return FileLock(folder / f"{name}.lock")

    def snapshot(self, name: str) -> Path:
        """Where a half-trained group of this name is kept."""
        return self._made("training") / f"{name}.safetensors"

    def save(self, key: str, weights: dict[str, Tensor], record: dict) -> None:
        """Write a model under its key, whole or not at all. A model that is there already stays."""
        partial = self._made("models") / f".{key}.{uuid.uuid4().hex}.partial"
        partial.mkdir()
        try:
            tensors = save(weights)
            _write(partial / _WEIGHTS, tensors)
            content = {"key": key, "weights_digest": hashlib.sha256(tensors).hexdigest(), **record}
            sealed = {**content, "record_digest": digest(content)}
            _write(partial / _RECORD, json.dumps(sealed, indent=1, sort_keys=True).encode())
            try:
                partial.rename(self._folder(key))
            except OSError:
                if key not in self:
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def load(self, key: str) -> StoredModel:
        """Read a model, every byte checked against its digest.

        Raises
        ------
        KeyError
            Where the store holds no such model.
        DamagedModelError
            Where a file of it is missing, cut short, changed, or of another model; the message names the file.
        """
        if key not in self:
            raise KeyError(f"the store {self.root} holds no model {key}")
        record = self._record(key)
        path = self._folder(key) / _WEIGHTS
        data = _read(path)
        if hashlib.sha256(data).hexdigest() != record["weights_digest"]:
            raise DamagedModelError(f"{path} is not what was written: its SHA-256 differs from the record's")
        try:
            return StoredModel(load(data), record, record["weights_digest"])
        except SafetensorError as error:
            raise DamagedModelError(f"{path} is not a safetensors file: {error}") from error

    def weights_digest(self, key: str) -> str | None:
        """The digest that a model's record gives for its weights, or None where no sound record is."""
        try:
            return self._record(key)["weights_digest"]
        except DamagedModelError:
            return None

    def set_aside(self, key: str) -> Path:
        """Move a damaged model out of the way, to a place of its own, and return that place."""
        folder = self._made("damaged")
        number = 1
        while (place := folder / f"{key}-{number}").exists():
            number += 1
        self._folder(key).rename(place)
        return place

    def _record(self, key: str) -> dict:
        path = self._folder(key) / _RECORD
        try:
            record = json.loads(_read(path))
            content = {name: value for name, value in record.items() if name != "record_digest"}
            sound = record["record_digest"] == digest(content) and record["key"] == key
            record["weights_digest"]
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise DamagedModelError(f"{path} is not a record: {error}") from error
        if not sound:
            raise DamagedModelError(f"{path} is not what was written for {key}")
        return record

    def _folder(self, key: str) -> Path:
        return self.root / "models" / key

    def _made(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _canonical(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DamagedModelError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # the rename that follows must not reach the disk before the data does
