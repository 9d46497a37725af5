"""From notebook sources to the built book. Knows pages, runs and Jupyter Book; must not know what a page computes."""

import contextlib
import datetime
import hashlib
import html
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import papermill
import yaml
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

import fisherkit
from fisherkit import experiments, theory
from fisherkit.faces import load_faces
from fisherkit.presets import preset as make_preset
from fisherkit.store import Store, digest

log = logging.getLogger("fisherkit")

#: The checkout that holds the book's sources.
ROOT = Path(__file__).resolve().parents[1]

SKETCH_NOTICE = (
    "This build shows <b>sketch faces</b>: procedural drawings that stand in for the Olivetti photographs. "
    "Its numbers are not those of the published edition."
)


#: Kernels talk through files of their user's, not through open ports of the machine.
_KERNEL = Config({"KernelManager": {"transport": "ipc"}})


class BookError(RuntimeError):
    """A page or the book could not be made; the message says which and why."""


@dataclass(frozen=True)
class Project:
    """The folders of one checkout."""

    root: Path = ROOT

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
        contents = yaml.safe_load((self.root / "_toc.yml").read_text())
        return [name for name in _files(contents) if self.source(name).exists()]

    def source(self, page: str) -> Path:
        """The source of a page."""
        return self.notebooks / f"{page}.py"


def build(preset: str = "quick", faces: str = "auto", *, project: Project | None = None) -> Path:
    """Train what is missing, execute the pages that are not fresh, and build the book.

    Parameters
    ----------
    preset, faces : see :mod:`fisherkit.presets` and :func:`fisherkit.faces.load_faces`.

    Returns
    -------
    The built book's first page.

    Raises
    ------
    BookError
        Where a cell fails (naming page, cell and error) or the book has a warning.
    """
    project = project or Project()
    loaded = load_faces(faces, pixels=make_preset(preset).pixels)
    if faces == "auto":
        found = (
            "Olivetti" if loaded.source == "olivetti" else "sketch (Olivetti is neither cached nor downloadable here)"
        )
        log.info("faces: %s", found)
    folder = project.runs / f"{preset}-{loaded.source}"
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {"preset": preset, "faces": loaded.source}
    pages = project.pages()
    experiments.train_sweeps(sweep for page in pages for sweep in sweeps_of(project.source(page), parameters))
    executed = [page for page in pages if execute(project, page, parameters, folder, faces_digest=loaded.digest)]
    log.info("executed %s", ", ".join(executed) if executed else "nothing: every page is fresh")
    return build_site(project, folder, {page: folder / f"{page}.ipynb" for page in pages}, "html")


def read(*, project: Project | None = None) -> Path:
    """Build the published edition, the executed notebooks in ``book/``, without executing anything."""
    project = project or Project()
    pages = {page: project.prose / f"{page}.ipynb" for page in project.pages()}
    if absent := [page for page, path in pages.items() if not path.exists()]:
        raise BookError(f"the published edition lacks {', '.join(absent)}: make it with `make publish`")
    return build_site(project, project.runs / "published", pages, "read")


def publish(preset: str = "paper", faces: str = "olivetti", *, project: Project | None = None) -> list[Path]:
    """Copy a finished run's executed notebooks into ``book/``."""
    project = project or Project()
    folder = project.runs / f"{preset}-{faces}"
    pages = {page: folder / f"{page}.ipynb" for page in project.pages()}
    if absent := [page for page, path in pages.items() if not path.exists()]:
        raise BookError(
            f"the run {folder.name} lacks {', '.join(absent)}: finish it with `make book PRESET={preset} FACES={faces}`"
        )
    published = [project.prose / path.name for path in pages.values()]
    for path, target in zip(pages.values(), published, strict=True):
        shutil.copyfile(path, target)
    return published


def execute(project: Project, page: str, parameters: Mapping, folder: Path, *, faces_digest: str) -> bool:
    """Execute a page into ``folder`` unless what is there is fresh; say whether it was executed.

    A page is fresh while its source, its parameters, the package's source, the lock, the faces, the notebook that was
    executed and the digests of all networks that it used are what they were.
    """
    target, state = folder / f"{page}.ipynb", folder / f".{page}.json"
    source = project.source(page)
    notebook = jupytext.read(source)
    chosen = check_parameters(page, notebook, parameters)
    inputs = {
        "source": _file_digest(source),
        "parameters": chosen,
        "package": digest({path.name: _file_digest(path) for path in sorted(ROOT.glob("fisherkit/*.py"))}),
        "lock": _file_digest(project.root / "requirements.lock"),
        "faces": faces_digest,
    }
    if _is_fresh(target, state, inputs):
        return False
    log.info("executing %s", page)
    state.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="fisherkit-") as scratch:
        work = Path(scratch)
        used = work / "used-models"
        nbformat.write(notebook, work / "source.ipynb")
        try:
            with _environment(
                {
                    "FISHERKIT_STORE": str(Store().root),
                    experiments.USED_MODELS: str(used),
                    experiments.PROGRESS: "0",
                }
            ):
                papermill.execute_notebook(
                    work / "source.ipynb", work / "executed.ipynb", chosen, kernel_name="python3",
                    progress_bar=False, cwd=str(work), config=_KERNEL,
                )  # fmt: skip
        except PapermillExecutionError as error:
            raise BookError(_failure(page, error)) from error
        executed = nbformat.read(work / "executed.ipynb", as_version=4)
        executed.metadata = {
            "kernelspec": notebook.metadata["kernelspec"],
            "fisherkit": {**chosen, "version": fisherkit.__version__, "date": datetime.date.today().isoformat()},
        }
        for cell in executed.cells:
            cell.metadata.pop("papermill", None)  # times of the day, which differ where nothing else does
            cell.metadata.pop("execution", None)
        models = sorted(set(used.read_text().split("\n")) - {""}) if used.exists() else []
        _replace(target, nbformat.writes(executed))
        _replace(state, json.dumps({"inputs": inputs, "models": models, "executed": _file_digest(target)}, indent=1))
    return True


def check_parameters(page: str, notebook: nbformat.NotebookNode, parameters: Mapping) -> dict:
    """The parameters, if the page has all of them.

    Raises
    ------
    BookError
        For one that the page does not have; the message lists those it has.
    """
    with tempfile.TemporaryDirectory(prefix="fisherkit-") as scratch:
        path = Path(scratch) / f"{page}.ipynb"
        nbformat.write(notebook, path)
        known = list(papermill.inspect_notebook(path))
    if unknown := [name for name in parameters if name not in known]:
        raise BookError(f"page {page} has no parameter {', '.join(unknown)}; it has {', '.join(known)}")
    return dict(parameters)


def sweeps_of(source: Path, parameters: Mapping) -> list[experiments.Sweep]:
    """The sweeps that a page asks for, found by running its cells up to the one tagged ``sweep``.

    Those cells import, set parameters and say what is needed; nothing is trained or drawn in them.
    """
    cells = [cell for cell in jupytext.read(source).cells if cell.cell_type == "code"]
    tags = [cell.metadata.get("tags", []) for cell in cells]
    last = next((number for number, of_cell in enumerate(tags) if "sweep" in of_cell), None)
    if last is None:
        return []
    namespace: dict = {"__name__": source.stem}
    for cell, of_cell in zip(cells[: last + 1], tags, strict=False):
        exec(compile(cell.source, str(source), "exec"), namespace)
        if "parameters" in of_cell:
            namespace.update(parameters)
    return [value for value in namespace.values() if isinstance(value, experiments.Sweep)]


def build_site(project: Project, folder: Path, pages: Mapping[str, Path], name: str) -> Path:
    """Build the book from executed pages and the prose into ``_build/<name>``, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    for page, path in pages.items():
        if path.parent != folder:
            shutil.copyfile(path, folder / f"{page}.ipynb")
    for path in project.prose.iterdir():
        if path.suffix != ".ipynb":
            shutil.copytree(path, folder / path.name, dirs_exist_ok=True) if path.is_dir() else shutil.copyfile(
                path, folder / path.name
            )
    shutil.copyfile(project.root / "_toc.yml", folder / "_toc.yml")
    facts = [json.loads(path.read_text())["metadata"]["fisherkit"] for path in pages.values()]
    _replace(folder / "_config.yml", yaml.safe_dump(_configuration(project, facts), allow_unicode=True))
    work = project.built / "work" / name
    work.mkdir(parents=True, exist_ok=True)
    # In a process of its own: Sphinx changes the locale, the loggers and the warnings of the one it runs in.
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["build", str(folder), "--path-output", str(work), "-W", "-n", "--keep-going"]
    finished = subprocess.run([*jupyter_book, *options], capture_output=True, text=True, check=False)
    output = finished.stdout + finished.stderr
    (work / "build.log").write_text(output)
    if finished.returncode:
        complaints = [line for line in output.splitlines() if "WARNING" in line or "ERROR" in line]
        shown = "\n".join(complaints or output.splitlines()[-20:])
        raise BookError(f"Jupyter Book did not build the book:\n{shown}\n(all of its output: {work / 'build.log'})")
    site = work / "_build" / "html"
    if absent := [page for page in [*pages, "index"] if not (site / f"{page}.html").exists()]:
        raise BookError(f"Jupyter Book ended without an error but made no {', '.join(absent)}.html")
    return _swap(site, project.built / name) / "index.html"


def _configuration(project: Project, facts: list[dict]) -> dict:
    """``_config.yml`` with what this build alone knows: its notice, its footer and its computed tables."""
    configuration = yaml.safe_load((project.root / "_config.yml").read_text())
    told = {name: ", ".join(sorted({str(page[name]) for page in facts})) for name in ("preset", "faces", "version")}
    told["date"] = max(page["date"] for page in facts)
    footer = " · ".join(f"<b>{name}</b> {html.escape(value)}" for name, value in told.items())
    configuration["html"]["extra_footer"] = f'<p class="facts">{footer}</p>'
    configuration["html"]["announcement"] = SKETCH_NOTICE if "sketch" in told["faces"] else ""
    table = theory.exponent_table().round(3).reset_index()
    rows = [table.columns.tolist(), ["---"] * table.shape[1], *table.values.tolist()]
    configuration["parse"]["myst_substitutions"] = {
        "exponent_table": "\n".join("| " + " | ".join(f"{cell}" for cell in row) + " |" for row in rows)
    }
    return configuration


def _is_fresh(target: Path, state: Path, inputs: dict) -> bool:
    try:
        known = json.loads(state.read_text())
        same = known["inputs"] == inputs and known["executed"] == _file_digest(target)
        models = [line.split() for line in known["models"]]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    store = Store()
    return same and all(key in store and store.weights_digest(key) == weights for key, weights in models)


def _failure(page: str, error: PapermillExecutionError) -> str:
    """Page, cell and error in a few lines."""
    lines = [line for line in error.source.strip().splitlines() if line.strip()]
    return (
        f"page {page} failed in cell {error.exec_count} ({lines[0] if lines else 'empty'}):\n"
        f"{error.ename}: {error.evalue}"
    )


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables that the kernel inherits, for as long as it runs."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _files(contents) -> list[str]:
    """All ``file`` entries of a table of contents, in order."""
    if isinstance(contents, dict):
        return [
            name for key, value in contents.items() for name in ([value] if key in ("file", "root") else _files(value))
        ]
    return [name for entry in contents for name in _files(entry)] if isinstance(contents, list) else []


def _swap(built: Path, target: Path) -> Path:
    """Put a copy of a built book in the place of the last one: readers meet the old book or the new one, whole."""
    fresh, old = (target.with_name(f".{target.name}.{part}") for part in ("new", "old"))
    for path in (fresh, old):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(built, fresh)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text)
    partial.replace(path)


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
