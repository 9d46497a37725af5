"""What all tests share: a store of their own, faces, and the rules for skipping.

What takes seconds to import is imported in the fixtures: the process that hands out the tests has no need of it.
"""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from fisherkit.faces import Faces
    from fisherkit.project import Project
    from fisherkit.store import Store

ROOT = Path(__file__).resolve().parents[1]

OLIVETTI = "olivetti_py3.pkz"

settings.register_profile("mutants", derandomize=True, phases=[Phase.explicit, Phase.generate])


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests that start commands, or kill them, wait much of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """Mark what needs the book, and order it: one such test first, for the book to be built beside what needs none."""
    needing = [item for item in items if "built" in item.fixturenames]
    for item in needing:
        item.add_marker("book")
    for item in items:
        if {"project", "small_book", "served"} & set(item.fixturenames):  # of pages, books, and downloads that fail
            item.add_marker("slow")
    # Those that go on from one another are a long chain, which must not be what is left at the end.
    rest = sorted(needing[1:], key=lambda item: item.get_closest_marker("xdist_group") is None)
    items[:] = [*needing[:1], *(item for item in items if item not in needing), *rest]


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no cycles while all modules are imported, and afterwards not among what they hold."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory) -> Store:
    """No test reads or writes the store of whoever runs it."""
    from fisherkit.store import Store

    root = tmp_path_factory.mktemp("store")
    before = os.environ.get("FISHERKIT_STORE")
    os.environ["FISHERKIT_STORE"] = str(root)
    yield Store(root)
    if before is None:
        del os.environ["FISHERKIT_STORE"]
    else:
        os.environ["FISHERKIT_STORE"] = before


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory) -> None:
    """Nor the caches: drawn faces are kept for all processes of one run of the tests."""
    shared = "PYTEST_XDIST_TESTRUNUID" in os.environ
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str((base.parent if shared else base) / "cache"))
        yield


@pytest.fixture
def as_users_call():
    """Without the tests' checks of annotations, which no user has: what is wrong must meet the package's own words."""
    import jaxtyping

    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def in_this_process(monkeypatch) -> None:
    """Execute pages here, and train here what they ask for: a kernel and its workers take seconds to begin."""
    from papermill.engines import papermill_engines

    from tests.here import InThisProcess

    monkeypatch.setitem(papermill_engines._engines, None, InThisProcess)
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)


@pytest.fixture(scope="session")
def small_faces() -> Faces:
    """Sketch faces of 16 pixels a side."""
    from fisherkit.faces import load_faces

    return load_faces("sketch", pixels=16)


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    """A copy of the checkout, so that a build leaves nothing in the one under test."""
    from fisherkit.project import Project

    root = tmp_path_factory.mktemp("checkout")
    for name in (
        "notebooks",
        "book",
        "fisherkit",
        "_config.yml",
        "_toc.yml",
        "requirements.lock",
        "pyproject.toml",
        "Makefile",
    ):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, root / name)
    return Project(root)


@pytest.fixture(scope="session")
def built(project, own_store, tmp_path_factory) -> Path:
    """The book on the smoke preset; the folder of its pages.

    Where tests run in several processes, the first that needs it builds it and the others take a copy.
    """
    from fisherkit import book

    if "PYTEST_XDIST_TESTRUNUID" not in os.environ:
        return book.build("smoke", "sketch", project=project).parent
    shared = tmp_path_factory.getbasetemp().parent / "book"
    places = {project.runs: shared / "runs", project.built: shared / "built", own_store.root: shared / "store"}
    with FileLock(f"{shared}.lock"):
        if not (shared / "whole").exists():
            book.build("smoke", "sketch", project=project)
            for place, copy in places.items():
                shutil.copytree(place, copy)
            (shared / "whole").touch()
        else:
            for place, copy in places.items():
                shutil.copytree(copy, place, dirs_exist_ok=True)
    return project.built / "html"


@pytest.fixture(scope="session")
def run(project, built) -> Path:
    """The executed notebooks of that book."""
    return project.runs / "smoke-sketch"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one, browser tests skip, or fail where REQUIRE_BROWSER is 1."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        _absent("REQUIRE_BROWSER", "no Chromium on this machine (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def olivetti_folder() -> Path:
    """The folder of the Olivetti faces; without it, olivetti tests skip, or fail where REQUIRE_OLIVETTI is 1."""
    folder = Path(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")).expanduser()
    if not (folder / OLIVETTI).exists():
        _absent("REQUIRE_OLIVETTI", f"no {OLIVETTI} in {folder}; set SCIKIT_LEARN_DATA to the folder that holds it")
    return folder


def _absent(variable: str, reason: str) -> None:
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1, but there is {reason}")
    pytest.skip(reason)
