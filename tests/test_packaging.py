"""What is declared to be needed, and what works without the book's tools."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import distributions, metadata, packages_distributions
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ROOMS = sorted(path.stem for path in (ROOT / "fisherkit").glob("*.py"))
#: Rooms that execute pages and make the book; all others are of the package alone.
BOOK_ROOMS = {
    "book", "doctor", "executed", "pages", "printing", "project", "reruns", "site",
    *(room for room in ROOMS if room.startswith("sphinx_")),
}  # fmt: skip


def declared(requirements):
    return {canonicalize_name(Requirement(one).name) for one in requirements}


#: What brings each module; looking through all that is installed takes a second.
PROVIDERS = packages_distributions()

CORE = declared(PROJECT["dependencies"])
BOOK = declared(PROJECT["optional-dependencies"]["book"])
CLUSTER = declared(PROJECT["optional-dependencies"]["cluster"])


def imported(path):
    """Top-level names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_whatever_is_imported_is_declared(room):
    allowed = CORE | (BOOK if room in BOOK_ROOMS | {"cli"} else set()) | (CLUSTER if room == "cluster" else set())
    others = set(imported(ROOT / "fisherkit" / f"{room}.py")) - set(sys.stdlib_module_names) - {"fisherkit"}
    undeclared = {name for name in others if not {canonicalize_name(one) for one in PROVIDERS[name]} & allowed}
    assert not undeclared


def test_what_is_locked_installs_on_the_oldest_python_that_is_promised():
    """The lock may be made on a newer one: there, choose an older version of what this names."""
    oldest = PROJECT["requires-python"].removeprefix(">=")
    locked = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines())
    # In an environment of other versions (make test-newest) those have nothing to say of the lock.
    found = {canonicalize_name(of.name): of.version.partition("+")[0] for of in distributions()}
    here = [name for name, one in locked.items() if found.get(canonicalize_name(name)) == one]
    assert here
    wants = {name: metadata(name).get("Requires-Python") or "" for name in here}
    assert {name: want for name, want in wants.items() if not SpecifierSet(want).contains(f"{oldest}.0")} == {}


def test_whatever_is_declared_is_used():
    used = {
        canonicalize_name(one)
        for room in ROOMS
        for name in imported(ROOT / "fisherkit" / f"{room}.py")
        for one in PROVIDERS.get(name, [])
    }
    # Not imported: kernels, Jupyter Book, what Sphinx and Dask load by name, and files that a wheel brings.
    loaded = {"bokeh", "ipykernel", "jupyter-book", "sphinx-autoapi", "sphinx-mathjax-offline"}
    assert (CORE | BOOK | CLUSTER) - used == loaded


def test_the_wheel_says_that_the_package_has_types():
    assert "fisherkit/py.typed" in {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}


WITHOUT_THE_BOOKS_TOOLS = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def without_the_books_tools(code):
    tools = BOOK - {"traitlets"}  # which comes with IPython
    absent = {name for name, of in PROVIDERS.items() if {canonicalize_name(one) for one in of} & tools}
    preamble = WITHOUT_THE_BOOKS_TOOLS.format(absent=sorted(absent))
    return subprocess.run([sys.executable, "-c", preamble + code], capture_output=True, text=True, check=False)


def test_the_package_works_without_the_books_tools():
    rooms = ", ".join(f"fisherkit.{room}" for room in ROOMS if room not in BOOK_ROOMS | {"__init__"})
    done = without_the_books_tools(f"import {rooms}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["build"], ["run", "embeddings"], ["read"], ["doctor"]])
def test_a_command_that_lacks_the_books_tools_says_how_to_get_them(command):
    done = without_the_books_tools(f"from fisherkit.cli import main; sys.exit(main({command}))")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("in a clone of the project, pip install '.[book]' brings what makes the book")
    assert f"fisherkit: {command[0]} needs " in done.stderr


@pytest.mark.parametrize("absent", ["dask", "distributed"])
def test_a_command_that_lacks_dask_says_how_to_get_it(absent):
    code = "from fisherkit.cli import main; sys.exit(main(['train', 'embeddings', '--workers', '2']))"
    preamble = WITHOUT_THE_BOOKS_TOOLS.format(absent=[absent])
    done = subprocess.run([sys.executable, "-c", preamble + code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("pip install '.[cluster]' brings what a cluster needs")


def test_models_are_listed_without_the_books_tools(tmp_path, monkeypatch):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path))
    done = without_the_books_tools("from fisherkit.cli import main; sys.exit(main(['models', 'list']))")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}: 0 models\n")


def test_the_names_under_which_numbers_are_glued_are_those_of_myst_nb():
    from myst_nb.ext.glue import GLUE_PREFIX

    from fisherkit import results

    assert results.GLUE_PREFIX == GLUE_PREFIX
