"""The store of trained networks: a folder addressed by content. Knows files and digests; must not know what is in them.

    <root>/format                              the version of all this, a number
    <root>/models/<key>/weights.safetensors    the tensors
    <root>/models/<key>/record.json            what they are, and the digests of both files
    <root>/locks/<name>.lock                   one writer at a time
    <root>/training/<name>.<sha256>            a group half-trained, to resume from; its name holds its digest
    <root>/damaged/<name>-<number>             what failed its check, kept for whoever wants to look

A key is the SHA-256 of all that determines the weights. Whatever is written appears under its name by one rename when
it is whole, so that no reader ever meets half of it. Nothing here unpickles anything.
"""

import hashlib
import json
import logging
import os
import shutil
import time
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from fisherkit.checkout import enclosing_checkout
from fisherkit.checks import ArchiveError
from fisherkit.processes import held

log: logging.Logger = logging.getLogger("fisherkit")

_WEIGHTS, _RECORD = "weights.safetensors", "record.json"

#: The share of its time that a training may spend on writing snapshots, and the least time between two (s).
_SNAPSHOT_SHARE, SNAPSHOT_SECONDS = 0.05, 5.0


#: Of the folders and files. A store without a number is of the first version.
_FORMAT = "1"


class DamagedModelError(RuntimeError):
    """A file of the store is not what was written."""


@dataclass(frozen=True)
class StoredModel:
    """Tensors by name, the record that describes them, and the digest of the weights' file."""

    weights: dict[str, Tensor]
    record: dict[str, Any]
    digest: str


def digest(value: dict[str, Any] | list[Any] | tuple[Any, ...] | str | float | None) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(_canonical(value)).hexdigest()


def default_root() -> Path:
    """``FISHERKIT_STORE``, else ``.fisherkit`` of a checkout, else the user's data folder.

    The checkout is the one around the working folder, else the one that the package runs from: a command finds the
    same networks wherever it is called.
    """
    if configured := os.environ.get("FISHERKIT_STORE"):
        return Path(configured).expanduser().resolve()
    checkout = enclosing_checkout(Path.cwd().resolve()) or enclosing_checkout(Path(__file__).resolve().parent)
    return checkout / ".fisherkit" if checkout else Path(platformdirs.user_data_dir("fisherkit"))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, for whoever is to have the same one."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch_archive(place: str, sha256: str | None = None) -> Path:
    """An archive of models: a file, or what an address (``https://``, ``http://`` or ``doi:``) gives.

    Parameters
    ----------
    place : path or address.
    sha256 : of the archive, in hexadecimal; an address needs it.

    Raises
    ------
    ArchiveError
        For an address without a digest, an archive that has another one, and where nothing can be fetched.
    """
    remote = place.startswith(("https://", "http://", "doi:"))
    if remote and sha256 is None:
        raise ArchiveError(f"{place} is an address: what comes from there is taken with its digest alone, --sha256 HEX")
    if sha256 is not None and not _is_digest(sha256):
        raise ArchiveError(f"a digest is 64 hexadecimal digits in lower case; got {sha256!r}")
    if not remote:
        path = Path(place)
        if sha256 is not None and path.exists() and (found := file_digest(path)) != sha256:
            raise ArchiveError(f"{place} is not the archive that was wanted: its digest is {found}")
        return path
    import pooch  # in a notebook it warns of progress bars that nobody asked for
    import requests

    cache = platformdirs.user_cache_dir("fisherkit")
    try:
        return Path(pooch.retrieve(place, f"sha256:{sha256}", path=cache))
    except (OSError, ValueError, requests.RequestException) as error:
        raise ArchiveError(f"{place} gave no archive of models with the digest {sha256}: {error}") from error


class Store:
    """The store under ``root``, made on first writing; by default :func:`default_root`.

    Raises
    ------
    OSError
        For a store of another version, which this one cannot read.
    """

    def __init__(self, root: Path | str | None = None) -> None:
        self.root: Path = default_root() if root is None else Path(root).expanduser().resolve()
        path = self.root / "format"
        if path.is_file() and (found := path.read_text(encoding="utf-8").strip()) != _FORMAT:
            raise OSError(
                f"the store {self.root} has the format {found[:20]!r}, this version of fisherkit reads and writes "
                f"{_FORMAT!r}: use the version that wrote it, or set FISHERKIT_STORE to another folder"
            )

    def __contains__(self, key: str) -> bool:
        return os.path.lexists(self._folder(key))

    def __iter__(self) -> Iterator[str]:
        """The keys of all models, sound or not."""
        models = self.root / "models"
        return iter(sorted(path.name for path in models.iterdir() if path.name[0] != ".") if models.is_dir() else [])

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """A lock between processes on a model; the system frees it when its holder ends, however that happens.

        Who has to wait for it says so, and for which process.
        """
        path = self._made("locks") / f"{_checked_key(key)}.lock"
        if path.is_dir():
            log.warning("%s is a folder, not a lock; moved to %s", path, self._set_aside(path))
        with held(path, f"model {key}"):
            yield

    def save(self, key: str, weights: dict[str, Tensor], record: dict[str, Any]) -> None:
        """Write a model under its key, whole or not at all. A model that is there already stays.

        Under the key's lock: what another process was killed in the middle of writing goes.
        """
        tensors = save(weights)
        content = {"key": key, "weights_digest": hashlib.sha256(tensors).hexdigest(), **record}
        sealed = {**content, "record_digest": digest(content)}
        self._place(key, tensors, json.dumps(sealed, indent=1, sort_keys=True).encode())

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
        record, weights = self._folder(key) / _RECORD, self._folder(key) / _WEIGHTS
        return _checked(key, _read(record), _read(weights), record, weights)

    def verify_or_set_aside(self, key: str) -> bool:
        """Read a model whole; name a damaged one and move it aside. Whether the store holds it, every byte right."""
        try:
            self.load(key)
            return True
        except KeyError:
            return False
        except DamagedModelError:
            # Under the lock of whoever writes it: another process may be mending it just now.
            with self.lock(key):
                try:
                    self.load(key)
                    return True
                except KeyError:
                    return False
                except DamagedModelError as error:
                    log.warning("%s; moved to %s", error, self._set_aside(self._folder(key)))
                    return False

    def record(self, key: str) -> dict[str, Any]:
        """The record of a model, checked against its own digest; raises :class:`DamagedModelError` where it is not."""
        path = self._folder(key) / _RECORD
        return _checked_record(key, _read(path), path)

    def weights_digest(self, key: str) -> str | None:
        """The digest that a model's record gives for its weights, or None where no sound record is."""
        try:
            return self.record(key)["weights_digest"]
        except DamagedModelError:
            return None

    def size(self, key: str) -> int:
        """Bytes that a model takes."""
        return sum(path.stat().st_size for path in self._folder(key).iterdir())

    def snapshot(self, members: Iterable[str]) -> "Snapshot":
        """Where a group of half-trained models, by their keys, is kept."""
        return Snapshot(self, sorted(members))

    def snapshots(self) -> list["Snapshot"]:
        """All groups that are half-trained; a damaged snapshot is named and set aside."""
        folder = self.root / "training"
        found = []
        for path in sorted(folder.glob("*.*")) if folder.is_dir() else ():
            if path.suffix != ".partial" and (read := self._read_snapshot(path)) is not None:
                found.append(Snapshot(self, json.loads(read[1]["members"])))
        return found

    def export(self, keys: Iterable[str], archive: Path) -> int:
        """Write sound models to one archive, a zip file without compression; how many.

        Raises
        ------
        KeyError, DamagedModelError
            As :meth:`load`; then no archive is written.
        ArchiveError
            For no models.
        """
        partial = archive.with_name(f"{archive.name}.{uuid.uuid4().hex}.partial")
        chosen = sorted(keys)
        if not chosen:
            raise ArchiveError(f"there is no model to export; {archive} was not written")
        try:
            with zipfile.ZipFile(partial, "w") as file:
                for key in chosen:
                    self.load(key)
                    for name in (_RECORD, _WEIGHTS):
                        # A fixed date: the same models make the same archive.
                        file.writestr(zipfile.ZipInfo(f"{key}/{name}"), _read(self._folder(key) / name))
            partial.replace(archive)
        finally:
            partial.unlink(missing_ok=True)
        return len(chosen)

    def import_archive(self, archive: Path) -> tuple[int, int]:
        """Take up the models of an archive: how many were new, and how many were there already.

        All of them are checked before the first is written, each under its lock; names in the archive are never used
        as paths.

        Raises
        ------
        ArchiveError
            Where the file is no archive of models, or one of its models is damaged.
        """
        try:
            with zipfile.ZipFile(archive) as file:
                keys = sorted({name.split("/")[0] for name in file.namelist()})
                wanted = {f"{key}/{name}" for key in keys for name in (_RECORD, _WEIGHTS)}
                if wanted != set(file.namelist()) or not all(_is_digest(key) for key in keys):
                    raise ArchiveError(f"{archive} is a zip file, but not one that `fisherkit models export` wrote")

                def parts(key: str) -> tuple[bytes, bytes]:
                    return file.read(f"{key}/{_RECORD}"), file.read(f"{key}/{_WEIGHTS}")

                for key in keys:
                    _checked(key, *parts(key), *(Path(f"{archive}/{key}/{name}") for name in (_RECORD, _WEIGHTS)))
                new = [key for key in keys if not self.verify_or_set_aside(key)]
                for key in new:
                    with self.lock(key):
                        record, weights = parts(key)
                        self._place(key, weights, record)
        except (zipfile.BadZipFile, zlib.error, DamagedModelError, RuntimeError, EOFError) as error:
            if isinstance(error, ArchiveError):
                raise
            raise ArchiveError(
                f"nothing of {archive} was imported: {error}; have it exported and copied again"
            ) from error
        return len(new), len(keys) - len(new)

    def _place(self, key: str, weights: bytes, record: bytes) -> None:
        place, folder = self._folder(key), self._made("models")
        for left in folder.glob(f".{key}.*.partial"):
            shutil.rmtree(left, ignore_errors=True)
        partial = folder / f".{key}.{uuid.uuid4().hex}.partial"
        partial.mkdir()
        try:
            _write(partial / _WEIGHTS, weights)
            _write(partial / _RECORD, record)
            try:
                partial.rename(place)
            except OSError:
                if key not in self:
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _read_snapshot(self, path: Path) -> tuple[dict[str, Tensor], dict[str, str]] | None:
        """Tensors and metadata, or None with a warning where the file is not what its name says."""
        try:
            data = _read(path)
            if hashlib.sha256(data).hexdigest() != path.suffix[1:]:
                raise DamagedModelError(f"{path} is not what was written: its SHA-256 is not the one in its name")
        except DamagedModelError as error:
            if os.path.lexists(path):  # else its writer has replaced it by a newer one meanwhile
                log.warning("%s; moved to %s", error, self._set_aside(path))
            return None
        # A safetensors file starts with the length of its header, which safetensors' own `load` does not return.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        return load(data), header["__metadata__"]

    def _set_aside(self, path: Path) -> Path:
        """Move what is damaged to a place of its own, and return that place."""
        folder = self._made("damaged")
        number = 1
        while os.path.lexists(place := folder / f"{path.name}-{number}"):
            number += 1
        return path.rename(place)

    def _folder(self, key: str) -> Path:
        return self.root / "models" / _checked_key(key)

    def _made(self, name: str) -> Path:
        folder = self.root / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (version := self.root / "format").exists():
                partial = self.root / f"format.{uuid.uuid4().hex}.partial"
                _write(partial, _FORMAT.encode())
                partial.replace(version)
        except (FileExistsError, NotADirectoryError) as error:
            raise NotADirectoryError(
                f"the store needs a folder at {folder}, and something else is there; move it, or set FISHERKIT_STORE "
                "to a folder"
            ) from error
        return folder


class Snapshot:
    """A group that is half-trained: everything its next epoch depends on.

    The file's name holds its digest, and a new one replaces the last by a rename.

    Attributes
    ----------
    members : keys of the models that the group will be.
    """

    store: Store
    members: list[str]

    def __init__(self, store: Store, members: list[str]) -> None:
        self.store, self.members = store, members
        self._began = self._ended = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to save: not more often than costs a twentieth of the time."""
        pause = max(SNAPSHOT_SECONDS, (self._ended - self._began) / _SNAPSHOT_SHARE)
        return time.monotonic() - self._ended > pause

    def load(self) -> tuple[dict[str, Tensor], dict[str, str]] | None:
        """Tensors and metadata of what was saved last, or None; a damaged file is named and set aside."""
        for path in self._paths():
            if (read := self.store._read_snapshot(path)) is not None:
                return read
        return None

    def save(self, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Replace what was saved before."""
        self._began = time.monotonic()
        data = save(tensors, {**metadata, "members": json.dumps(self.members)})
        old = self._paths()
        path = self.store._made("training") / f"{self._name}.{hashlib.sha256(data).hexdigest()}"
        partial = path.with_name(f"{self._name}.{uuid.uuid4().hex}.partial")
        _write(partial, data)
        partial.replace(path)
        for other in old:
            if other != path:
                other.unlink(missing_ok=True)
        self._ended = time.monotonic()

    def remove(self) -> None:
        """Forget the group; what a killed writer left goes with it."""
        for path in (self.store.root / "training").glob(f"{self._name}.*"):
            path.unlink(missing_ok=True)

    @property
    def _name(self) -> str:
        return digest(self.members)

    def _paths(self) -> list[Path]:
        """The files there are, newest first: two, where a writer was killed between its rename and its tidying."""
        paths = [path for path in (self.store.root / "training").glob(f"{self._name}.*") if path.suffix != ".partial"]
        return sorted(paths, key=lambda path: path.lstat().st_mtime, reverse=True)


def _checked(key: str, record_data: bytes, data: bytes, record_path: Path, path: Path) -> StoredModel:
    record = _checked_record(key, record_data, record_path)
    if hashlib.sha256(data).hexdigest() != record["weights_digest"]:
        raise DamagedModelError(f"{path} is not what was written: its SHA-256 differs from the record's")
    try:
        return StoredModel(load(data), record, record["weights_digest"])
    except SafetensorError as error:
        raise DamagedModelError(f"{path} is not a safetensors file: {error}") from error


def _checked_record(key: str, data: bytes, path: Path) -> dict[str, Any]:
    try:
        record = json.loads(data)
        content = {name: value for name, value in record.items() if name != "record_digest"}
        sound = record["record_digest"] == digest(content) and record["key"] == key
        record["weights_digest"]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise DamagedModelError(f"{path} is not a record: {error}") from error
    if not sound:
        raise DamagedModelError(f"{path} is not what was written for {key}")
    return record


def _checked_key(key: str) -> str:
    """A model's key, which is a part of paths."""
    if not _is_digest(key):
        raise KeyError(f"a model's key is 64 hexadecimal digits in lower case; got {key!r}")
    return key


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _canonical(value: dict[str, Any] | list[Any] | tuple[Any, ...] | str | float | None) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DamagedModelError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # the rename that follows must not reach the disk before the data does
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OSError(
            f"{path} was not written: {error.strerror}. What was stored before is whole; make room, or set "
            "FISHERKIT_STORE to a folder elsewhere, and the same command goes on"
        ) from error
