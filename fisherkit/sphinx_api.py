"""Sphinx extension of the book: pages of the API, made from docstrings that are read and not imported.

``.. room:: faces`` shows a module: its first sentences, and what it defines for others. sphinx-autoapi reads it.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astroid.manager import AstroidManager
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx_codeautolink.extension.backref import SummaryNode
from sphinx_codeautolink.extension.block import CodeExample, Name, SourceTransform
from sphinx_codeautolink.extension.cache import DataCache
from sphinx_codeautolink.extension.directive import DeferredExamples

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

PACKAGE = Path(__file__).parent

_DESCRIBED = {"Parameters", "Attributes", "Returns", "Raises"}
_ENTRY = re.compile(r"([\w*]+(?:, [\w*]+)*) : (.+)")


def public_names(source: str) -> list[str]:
    """Functions and classes that a module defines for others, in its order."""
    return [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    ]


def constants(source: str) -> dict[str, list[str]]:
    """Constants that a module defines for others, each with what the lines beginning with ``#:`` above it say."""
    told = {}
    lines = source.splitlines()
    for node in ast.parse(source).body:
        target = (
            node.targets[0]
            if isinstance(node, ast.Assign)
            else node.target
            if isinstance(node, ast.AnnAssign)
            else None
        )
        if isinstance(target, ast.Name) and not target.id.startswith("_"):
            above = itertools.takewhile(lambda line: line.startswith("#:"), reversed(lines[: node.lineno - 1]))
            told[target.id] = [line.removeprefix("#:").strip() for line in above][::-1]
    return {name: words for name, words in told.items() if words}


def others_imported(source: str) -> set[str]:
    """Modules that a module imports, wherever in it, which belong neither to this package nor to Python."""
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module)
    known = sys.stdlib_module_names | {PACKAGE.name}
    return {name for name in imported if name.partition(".")[0] not in known}


class Room(SphinxDirective):
    """A module of the package, with what it defines and nothing that it imports."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes that stand for the directive."""
        module = self.arguments[0]
        source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
        shown = [f".. autoapimodule:: fisherkit.{module}"]
        shown += [f"   :members: {', '.join(public_names(source))}", "   :show-inheritance:", ""]
        for name, words in constants(source).items():
            shown += [f".. py:data:: {name}", "", *(f"   {line}" for line in words), ""]
        lines = ["```{eval-rst}", *shown, "```"]  # the page around it is Markdown
        node = nodes.Element()
        self.state.nested_parse(StringList(lines, source=f"room {module}"), self.content_offset, node)
        return node.children


def leave_out_untold(app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object) -> bool | None:
    """Leave out what has no words of its own: fields, which the docstring of their class tells of."""
    return None if getattr(obj, "docstring", True) else True


def part_names_from_words(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Put the words of ``name : words`` into a line of their own, in place.

    The package writes what a parameter is there, and its type in the signature; Napoleon would take the words for a
    type.
    """
    section, written = "", []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch(r"-{3,}", following):
            section = line.strip()
        entry = _ENTRY.fullmatch(line) if section in _DESCRIBED else None
        written += [entry[1], f"    {entry[2]}"] if entry else [line]
    lines[:] = written


def name_examples_in_full(app: Sphinx, doctree: nodes.document) -> None:
    """Let the list of pages below a name be of that name in full, in place: autoapi tells its last part alone."""
    for examples in doctree.findall(DeferredExamples):
        around = examples.parent
        while around is not None and not isinstance(around, addnodes.desc):
            around = around.parent
        if around is not None:
            examples.ref = around[0]["ids"][0]


def name_what_opens(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Say what the list of pages is that opens below a name, in place.

    The extension repeats the name there, as a link: what opens by a press should hold nothing else to press.
    """
    for summary in doctree.findall(SummaryNode):
        summary[:] = [nodes.Text("Pages whose code uses it")]
        for text in list(summary.parent.findall(nodes.Text)):
            # The title of a page's answer box is taken for a heading above all that follows.
            text.parent.replace(text, nodes.Text(text.replace(" / The answer", "")))


def read_links(cache: DataCache) -> None:
    """Read what the code of pages refers to that are not read again this time.

    In place of the extension's own, which asks for sources that end in ``.rst``: at the second building of a book of
    notebooks the API would name no page.
    """
    path = cache.cache_dir / cache.cache_filename
    for page, links in (json.loads(path.read_text("utf-8")) if path.exists() else {}).items():
        if any((cache.src_dir / f"{page}{suffix}").exists() for suffix in (".md", ".ipynb")):
            for link in links:
                link["example"] = CodeExample(**link["example"])
                link["names"] = [Name(**name) for name in link["names"]]
            cache.transforms[page] = [SourceTransform(**link) for link in links]


def read_this_package(_app: Sphinx, config: Config) -> None:
    """Let autoapi read the package that builds the book, and nothing of what it imports.

    Astroid, which reads for it, would follow each import to find out what names are: half of torch, in ten seconds, of
    which no page shows anything.
    """
    config.autoapi_dirs = [str(PACKAGE)]
    for path in PACKAGE.glob("*.py"):
        AstroidManager().module_denylist.update(others_imported(path.read_text(encoding="utf-8")))


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    for extension in ("sphinx.ext.napoleon", "autoapi.extension", "sphinx_codeautolink"):
        app.setup_extension(extension)
    DataCache.read = read_links
    app.add_directive("room", Room)
    app.connect("config-inited", read_this_package)
    app.connect("autodoc-skip-member", leave_out_untold)
    app.connect("autodoc-process-docstring", part_names_from_words, priority=100)  # before Napoleon
    app.connect("doctree-read", name_examples_in_full)
    app.connect("doctree-resolved", name_what_opens, priority=900)  # after the extension's own
    return {"parallel_read_safe": True}
