"""What this installation has: packages, kernel, faces, store, book. Looks and tells; must not change anything."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import joblib
import torch
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from fisherkit import __version__
from fisherkit.checks import BookError
from fisherkit.faces import load_faces, olivetti_cache
from fisherkit.project import Project
from fisherkit.store import DamagedModelError, Store


class Finding(NamedTuple):
    """One thing that was looked at: whether it is as it should be, and what was found."""

    fine: bool
    about: str
    text: str


def examine() -> Iterator[Finding]:
    """Look at everything that a build depends on."""
    yield Finding(True, "fisherkit", f"{__version__}, Python {platform.python_version()} ({sys.executable})")
    yield from _packages()
    yield _kernel()
    devices = f"{joblib.cpu_count()} cores, torch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})"
    cuda = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ", no GPU"
    yield Finding(True, "machine", devices + cuda)
    yield _faces()
    yield from _store(Store())


def _packages() -> Iterator[Finding]:
    """Installed packages against the lock, and the book that they build."""
    try:
        project = Project()
        pages = project.pages()
    except BookError as error:
        yield Finding(False, "book", str(error))
        return
    runs = sorted(path.name for path in project.runs.iterdir() if path.is_dir()) if project.runs.is_dir() else []
    yield Finding(True, "book", f"{project.root}: pages {', '.join(pages)}; runs {', '.join(runs) or 'none yet'}")
    pins = [
        line.split("==")
        for line in (project.root / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line
    ]
    differ = []
    for name, pinned in pins:
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "not installed"
        if installed.split("+")[0] != pinned:
            differ.append(f"{name} {installed} (the lock has {pinned})")
    told = f"{len(pins)} packages as in requirements.lock"
    if differ:
        told = f"not as in requirements.lock: {', '.join(differ)}; `make test` or `make book` in a fresh .venv mends it"
    yield Finding(not differ, "packages", told)


def _kernel() -> Finding:
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding(False, "kernel", "Jupyter finds no kernel python3; install ipykernel into this environment")
    # Jupyter runs a bare "python" as the interpreter that asks for it, whatever is first on the path.
    own = command in ("python", f"python{sys.version_info[0]}") or Path(command).absolute() == Path(sys.executable)
    if not own:
        return Finding(
            False, "kernel",
            f"Jupyter's kernel python3 is {command}, not {sys.executable}: pages would run there; remove that kernel "
            "with `jupyter kernelspec remove python3`",
        )  # fmt: skip
    return Finding(True, "kernel", f"python3 is {sys.executable}")


def _faces() -> Finding:
    cache = olivetti_cache()
    if not cache.exists():
        return Finding(
            True, "faces",
            f"no {cache}: auto downloads it, or draws sketch faces where it cannot; set SCIKIT_LEARN_DATA to the "
            "folder of a copy that you have",
        )  # fmt: skip
    try:
        return Finding(True, "faces", f"{len(load_faces('olivetti'))} Olivetti photographs in {cache}")
    except OSError as error:
        return Finding(False, "faces", str(error))


def _store(store: Store) -> Iterator[Finding]:
    said = "FISHERKIT_STORE" if os.environ.get("FISHERKIT_STORE") else "default"
    place = next(folder for folder in (store.root, *store.root.parents) if folder.exists())
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        yield Finding(False, "store", f"{store.root} ({said}) cannot be written: {place} is no folder of yours")
        return
    free = shutil.disk_usage(place).free / 1e9
    damaged, size, keys = [], 0, list(store)
    for key in keys:
        try:
            store.load(key)
            size += store.size(key)
        except DamagedModelError as error:
            damaged.append(str(error))
    told = f"{store.root} ({said}): {len(keys)} models, {size / 1e6:.1f} MB, {free:.0f} GB free"
    yield Finding(True, "store", told)
    for error in damaged:
        yield Finding(False, "store", f"{error}; whoever needs it next sets it aside and trains it again")
    for name, what in (("training", "half-trained groups, which go on where they stopped"),
                       ("damaged", "things that were set aside; look at them, or remove them")):  # fmt: skip
        folder = store.root / name
        count = len([path for path in folder.iterdir() if path.suffix != ".partial"]) if folder.is_dir() else 0
        if count:
            yield Finding(True, "store", f"{folder}: {count} {what}")
