"""The project's folders, and what the sources of its pages say of themselves. Must not know runs or networks."""

import ast
import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import yaml
from nbformat import NotebookNode

from fisherkit.checkout import enclosing_checkout
from fisherkit.checks import BookError


def find_checkout() -> Path:
    """The checkout around the working folder, else the one that the package runs from.

    Raises
    ------
    BookError
        Where there is neither, and where the one around the working folder has another package than the one that runs:
        the pages of the one would be executed with the code of the other.
    """
    package = Path(__file__).resolve().parent
    here = enclosing_checkout(Path.cwd().resolve()) or enclosing_checkout(package)
    if here is None:
        raise BookError(
            "no checkout of fisherkit holds this folder, and the package was not installed from one (pip install -e); "
            "change to a checkout: the pages' sources are there"
        )
    if _modules(here / "fisherkit") != _modules(package):
        raise BookError(
            f"the checkout {here} has a package of its own, which differs from the one that runs, {package}; use the "
            f"environment of that checkout (`make read` makes it), or work elsewhere"
        )
    return here


def _modules(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in package.glob("*.py")}


@dataclass(frozen=True)
class Project:
    """The folders of one checkout, by default the one that :func:`find_checkout` finds."""

    root: Path = field(default_factory=find_checkout)

    @property
    def notebooks(self) -> Path:
        """Sources of the executed pages."""
        return self.root / "notebooks"

    @property
    def prose(self) -> Path:
        """Prose pages, and the published edition's executed notebooks."""
        return self.root / "book"

    @property
    def runs(self) -> Path:
        """Executed notebooks, a folder a run."""
        return self.root / "_runs"

    @property
    def built(self) -> Path:
        """Built books."""
        return self.root / "_build"

    def pages(self) -> list[str]:
        """Names of all pages that are notebooks, in the order of the contents."""
        if not (self.root / "_toc.yml").exists():
            raise BookError(f"{self.root} holds no book (no _toc.yml): run this from a checkout of fisherkit")
        return [name for name in _files(self.contents) if self.source(name).exists()]

    @property
    def order(self) -> list[str]:
        """All pages, prose included, in the order of the contents, the first page at 0."""
        return _files(self.contents)

    @property
    def contents(self) -> dict[str, Any]:
        """The table of contents."""
        return yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf-8"))

    def pages_called(self, name: str) -> list[str]:
        """The page of this name, or all pages whose names begin with it and an underscore.

        Raises
        ------
        BookError
            Where there is none; the message lists the pages.
        """
        pages = self.pages()
        called = [page for page in pages if page == name] or [page for page in pages if page.startswith(f"{name}_")]
        if not called:
            raise BookError(f"the book has no page {name!r} that can be run; it has {', '.join(pages)}")
        return called

    def source(self, page: str) -> Path:
        """The source of a page."""
        return self.notebooks / f"{page}.py"


def read_source(source: Path) -> NotebookNode:
    """The notebook that a page's source is, for the caller to change."""
    return copy.deepcopy(_parsed(source.read_text(encoding="utf-8"), source.suffix))


@lru_cache(maxsize=64)  # a source is asked for its parameters, its needs and its cells
def _parsed(text: str, suffix: str) -> NotebookNode:
    return jupytext.reads(text, fmt=suffix)


def describe_parameters(source: Path) -> dict[str, tuple[Any, str]]:
    """The parameters of a page, from its cell tagged ``parameters``: the default of each, and the comment beside it.

    Raises
    ------
    BookError
        For a page whose parameters are not each a name and a number, a text, a list or the like.
    """
    # Not by papermill, which passes over a line with two equals signs: preset = "quick(epochs=30)".
    cells = read_source(source).cells
    text = "\n".join(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))
    lines, found = text.encode().split(b"\n"), {}
    try:
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign):
                (target,) = node.targets
                comment = lines[node.end_lineno - 1][node.end_col_offset :].decode().partition("#")[2].strip()
                found[target.id] = ast.literal_eval(node.value), comment
    except (SyntaxError, ValueError, AttributeError) as error:
        raise BookError(
            f"page {source.stem}: each of its parameters must be a line such as angles = 20, a name and a number, a "
            f"text, a list or the like; they are\n{text}"
        ) from error
    return found


def with_values(cell: str, values: Mapping[str, Any]) -> str:
    """A cell of parameters that gives those named the values, and leaves comments and all else as it was."""
    lines = cell.encode().split(b"\n")
    for node in reversed(ast.parse(cell).body):  # from the end, so that what stands before keeps its place
        if isinstance(node, ast.Assign) and node.targets[0].id in values:
            first, last = node.value.lineno - 1, node.value.end_lineno - 1
            before, after = lines[first][: node.value.col_offset], lines[last][node.value.end_col_offset :]
            lines[first : last + 1] = [before + repr(values[node.targets[0].id]).encode() + after]
    return b"\n".join(lines).decode()


def parameters_of(source: Path) -> dict[str, Any]:
    """The parameters of a page and their defaults."""
    return {name: default for name, (default, _) in describe_parameters(source).items()}


def _files(contents) -> list[str]:
    """All ``file`` entries of a table of contents, in order."""
    if isinstance(contents, dict):
        return [
            name for key, value in contents.items() for name in ([value] if key in ("file", "root") else _files(value))
        ]
    return [name for entry in contents for name in _files(entry)] if isinstance(contents, list) else []


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OSError(f"{path} was not written: {error.strerror}; the same command goes on from here") from error
