"""The API's pages: what is shown of a module, and how its docstrings are read."""

import ast
import re
from types import SimpleNamespace

import pytest
from astroid.builder import AstroidBuilder
from astroid.manager import AstroidManager
from sphinx_codeautolink.extension.block import CodeExample, Name, SourceTransform
from sphinx_codeautolink.extension.cache import DataCache

from fisherkit import sphinx_api

SOURCE = '''
"""A module."""

import numpy as np
from fisherkit.other import borrowed

#: How many there are,
#: at most.
MOST = 3
_HIDDEN = 4
UNTOLD = 5

#: By name.
TABLE: dict[str, int] = {}


def first():
    """Come first."""


class Second:
    """Come second."""

    def inner(self):
        """Not of the module."""


def _private():
    pass
'''


def test_a_module_shows_what_it_defines_and_not_what_it_imports():
    assert sphinx_api.public_names(SOURCE) == ["first", "Second"]


def test_constants_are_shown_with_what_is_said_above_them():
    assert sphinx_api.constants(SOURCE) == {"MOST": ["How many there are,", "at most."], "TABLE": ["By name."]}


def test_what_a_module_imports_of_others_is_known():
    source = "import os, scipy.stats as st\nfrom fisherkit import faces\ndef f():\n    from torch import nn\n"
    assert sphinx_api.others_imported(source) == {"scipy.stats", "torch"}


def test_the_package_is_read_without_what_it_imports():
    manager = AstroidManager()
    manager.clear_cache()
    sphinx_api.read_this_package(None, SimpleNamespace())
    module = AstroidBuilder(manager).file_build(sphinx_api.PACKAGE / "training.py", "fisherkit.training")
    assert "train_group" in module
    assert not {"torch", "lightning"} & set(manager.astroid_cache)


def test_words_after_a_parameter_are_not_taken_for_its_type():
    lines = [
        "Do it.",
        "",
        "Parameters",
        "----------",
        "count, size : how many, and how large",
        "rest",
        "    what : else",
        "",
    ]
    sphinx_api.part_names_from_words(None, "function", "f", None, None, lines)
    assert lines[4:] == ["count, size", "    how many, and how large", "rest", "    what : else", ""]


@pytest.mark.parametrize("section", ["Raises", "Notes"])
def test_other_sections_stay_as_they_are(section):
    lines = [section, "-" * len(section), "ValueError", "    Where wrong : right is wanted.", "A note : of words"]
    before = list(lines)
    sphinx_api.part_names_from_words(None, "function", "f", None, None, lines)
    assert lines == before if section == "Notes" else lines[:4] == before[:4]


def test_every_module_of_the_package_is_on_a_page_of_the_api():
    book = sphinx_api.PACKAGE.parent / "book"
    shown = {
        line.removeprefix("```{room} ")
        for page in book.glob("api_*.md")
        for line in page.read_text().splitlines()
        if line.startswith("```{room} ")
    }
    rooms = {path.stem for path in sphinx_api.PACKAGE.glob("*.py")}
    # Not for others: shapes, the command line, and what Sphinx loads.
    assert rooms - shown == {
        "__init__", "arrays", "checkout", "cli", "doctor", "printing",
        "sphinx_api", "sphinx_chips", "sphinx_figures", "sphinx_search", "sphinx_words",
    }  # fmt: skip


def test_every_public_function_says_what_it_does():
    """A name without a docstring is left out of the API's pages."""
    silent = [
        f"{path.stem}.{node.name}"
        for path in sphinx_api.PACKAGE.glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_what_the_code_of_a_page_refers_to_is_kept_while_the_page_is(tmp_path):
    """Also where the page is not read again, as when a book is built a second time."""
    written, names = DataCache(tmp_path, tmp_path), [Name(["fisherkit"], "fisherkit", 1, 1)]
    written.transforms["page"] = [SourceTransform("fisherkit", names, CodeExample("page", "a-heading", ["Page"]), 3)]
    written.write()
    read = [DataCache(tmp_path, tmp_path) for _ in range(2)]
    sphinx_api.read_links(read[0])
    assert read[0].transforms == {}  # the page has gone
    (tmp_path / "page.ipynb").touch()
    sphinx_api.read_links(read[1])
    assert read[1].transforms == written.transforms


def test_the_api_names_the_pages_that_use_it_and_they_link_to_it(built):
    """Both ways: the code of a page leads to the API, and the API to the page."""
    page, api = (built / f"{name}.html" for name in ("embeddings", "api_networks"))
    assert 'href="api_networks.html#fisherkit.experiments.loss_sweep"' in page.read_text()
    written = api.read_text()
    assert 'id="fisherkit.experiments.loss_sweep"' in written
    assert 'href="embeddings.html#' in written.partition('id="fisherkit.experiments.loss_sweep"')[2]
    assert "Pages whose code uses it" in written
    assert not re.search(r"<summary>[^/]*<a ", written)
