"""One page: its source, its parameters, its execution. Knows notebooks and freshness; must not know the built book."""

import datetime
import hashlib
import itertools
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets import default
from traitlets.config import Config

import fisherkit
from fisherkit import experiments, running
from fisherkit.checks import UNREADABLE, BookError
from fisherkit.executed import kept_in
from fisherkit.faces import USED_FACES, source_name
from fisherkit.iteration import Iteration
from fisherkit.photographs import content_digest
from fisherkit.presets import FIELDS
from fisherkit.presets import preset as make_preset
from fisherkit.processes import environment, held
from fisherkit.project import Project, parameters_of, read_source, replace_text, with_values
from fisherkit.results import JUDGEMENT, lacking, listed
from fisherkit.store import Store, digest

log: logging.Logger = logging.getLogger("fisherkit")

logging.getLogger("papermill").setLevel(logging.WARNING)  # else it tells of files in scratch folders

#: The package's own modules that no page imports: a change of them leaves every page fresh.
_NOT_IN_PAGES = (
    "book", "cli", "cluster", "cost", "doctor", "executed", "pages", "printing", "project", "reruns", "site",
    "sphinx_api", "sphinx_chips", "sphinx_figures", "sphinx_search", "sphinx_words",
)  # fmt: skip


class OwnKernel(AsyncKernelManager):
    """Starts the interpreter that executes the book, whatever kernels its user has registered by the same name."""

    @default("kernel_spec_manager")
    def _of_this_interpreter(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


#: Kernels talk through files of their user's, not through open ports of the machine.
_KERNEL = Config({"KernelManager": {"transport": "ipc"}, "NotebookClient": {"kernel_manager_class": OwnKernel}})

#: What a downloaded page begins with, in Jupyter alone: the book leaves it out.
ELSEWHERE = """\
*A page of the book* What a code says about its training. *It runs in any folder where Python has the book's package; to
install that, and Jupyter's kernel, from a copy of the project:* `pip install 'path/to/the/project[book]'`. *Networks
that it needs and does not find are trained first: in seconds with* `preset = "smoke"`*, in minutes with* `"quick"`*, in
hours with* `"paper"`*.*"""


def execute(project: Project, page: str, parameters: Mapping[str, Any], folder: Path, *, faces_digest: str) -> bool:
    """Execute a page into ``folder`` unless what is there is fresh; say whether it was executed.

    A page is fresh while its source, its parameters, the package's source (but for the modules that pages do not
    import), the lock, the faces, files of other faces that it loaded, the notebook that was executed and the digests of
    all networks that it used are what they were.

    Cells whose needs the parameters do not meet are left out, with a word in their place on what is lacking. A cell
    says what it needs in its first line: ``# %% needs={"losses": ["linear", "quart"]}``, ``# %% [markdown] needs=...``.
    Of a parameter that is a list, these are values that it must hold; of a number, the least that it must be (of None,
    that of the preset); of a text, what it must be, or a list of what it may be.

    Raises
    ------
    BookError
        For parameters that the page does not have, needs of a cell that are not of its parameters, a cell that fails
        or a kernel that is killed, and for Markdown that names a number which no cell kept.
    """
    target, state = folder / f"{page}.ipynb", folder / f".{page}.json"
    folder.mkdir(parents=True, exist_ok=True)
    source = project.source(page)
    defaults = parameters_of(source)
    chosen = check_parameters(page, defaults, parameters)
    given = {name: value for name, value in chosen.items() if name in parameters or value != defaults[name]}
    notebook = read_source(source)
    notebook.cells = _needed(page, notebook.cells, chosen)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            # Not in a cell of papermill's own, which the next run with another parameter would replace.
            cell.source = with_values(cell.source, given)
            if _faces_in_words(chosen).get("faces") != chosen.get("faces"):
                cell.metadata.tags.append("remove-input")  # a path is for whoever runs the page, not for its readers
    inputs = _inputs(project, page, chosen, faces_digest)
    if _is_fresh(target, state, inputs):
        return False
    with held(folder / f".{page}.lock", f"page {page}"):
        if _is_fresh(target, state, inputs):
            return False  # executed by another process meanwhile
        state.unlink(missing_ok=True)
        with _scratch(folder, page) as work:
            executed, models, files = _executed(page, notebook, work)
        executed.metadata = {
            "kernelspec": notebook.metadata["kernelspec"],
            "fisherkit": {
                **chosen,
                **_faces_in_words(chosen),
                "version": fisherkit.__version__,
                "date": datetime.date.today().isoformat(),
            },
        }
        for number, cell in enumerate(executed.cells):
            cell.metadata.pop("papermill", None)  # times of the day, which differ where nothing else does
            cell.metadata.pop("execution", None)
            if text := cell.metadata.get(_LEFT_OUT):
                executed.cells[number] = _shown_alone(text)
            executed.cells[number].id = f"cell-{number}"  # drawn at random otherwise: the same page, the same file
        _check_names(page, executed.cells)
        executed.cells.insert(
            0, nbformat.v4.new_markdown_cell(ELSEWHERE, id="elsewhere", metadata={"tags": ["remove-cell"]})
        )
        # What the page itself wrote, in a folder that is gone, has no content but the page's.
        files = [line for line in files if Path(line.partition(" ")[2]).exists()]
        replace_text(target, nbformat.writes(executed))
        known = {"inputs": inputs, "models": models, "files": files, "executed": _file_digest(target)}
        replace_text(state, json.dumps(known, indent=1))
        return True


def _executed(page: str, notebook: NotebookNode, work: Path) -> tuple[NotebookNode, list[str], list[str]]:
    """A notebook executed in a folder of its own, and the digests of the networks and the files of faces it used."""
    used, loaded = work / "used-models", work / "used-faces"
    nbformat.write(notebook, work / "source.ipynb")
    inherited = {
        "FISHERKIT_STORE": str(Store().root),
        **_absolute("SCIKIT_LEARN_DATA"),  # the kernel works in a folder of its own
        experiments.USED_MODELS: str(used),
        USED_FACES: str(loaded),
        running.PROGRESS: "0",
        "PYTHONUTF8": "1",
    }
    try:
        with environment(inherited):
            papermill.execute_notebook(
                work / "source.ipynb", work / "executed.ipynb", kernel_name="python3",
                progress_bar=False, cwd=str(work), config=_KERNEL,
                extra_arguments=[
                    "--log-level=CRITICAL",  # a kernel that is shut down reports that as an error
                    # What a page imports is a million objects, among which Python would look for cycles many times.
                    "--IPKernelApp.exec_lines=__import__('gc').set_threshold(50_000)",
                ],
            )  # fmt: skip
    except PapermillExecutionError as error:
        raise BookError(_failure(page, error)) from error
    except DeadKernelError as error:
        raise BookError(f"page {page} lost its kernel: it was killed, perhaps for want of memory") from error
    models, files = (
        sorted(set(path.read_text(encoding="utf-8").split("\n")) - {""}) if path.exists() else []
        for path in (used, loaded)
    )
    return nbformat.read(work / "executed.ipynb", as_version=4), models, files


@contextmanager
def _scratch(folder: Path, page: str) -> Iterator[Path]:
    """An empty folder that a page is executed in, whose lock is held: what a process that was killed has left goes."""
    for name in (f"{page}.ipynb", f".{page}.json"):
        for partial in folder.glob(f"{name}.*.partial"):
            partial.unlink()
    work = folder.resolve() / f".{page}.scratch"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def is_fresh(project: Project, page: str, parameters: Mapping[str, Any], folder: Path, *, faces_digest: str) -> bool:
    """Whether ``folder`` holds the page as :func:`execute` would leave it."""
    chosen = check_parameters(page, parameters_of(project.source(page)), parameters)
    inputs = _inputs(project, page, chosen, faces_digest)
    return _is_fresh(folder / f"{page}.ipynb", folder / f".{page}.json", inputs)


def models_of(folder: Path) -> set[str]:
    """Keys of the models that the pages of a run were made from.

    Raises
    ------
    BookError
        Where what was written of one of them is damaged.
    """
    found = set()
    for path in sorted(folder.glob(".*.json")):
        try:
            found |= {line.split()[0] for line in json.loads(path.read_text(encoding="utf-8"))["models"]}
        except UNREADABLE as error:
            raise BookError(
                f"{path} cannot be read ({type(error).__name__}): make the run again, which executes its page"
            ) from error
    return found


def still_fresh(project: Project, page: str, folder: Path) -> bool:
    """Whether an executed page is what its source, the package and its networks would make, on the faces it had."""
    state = folder / f".{page}.json"
    try:
        known = json.loads(state.read_text(encoding="utf-8"))["inputs"]
        inputs = _inputs(project, page, known["parameters"], known["faces"])
    except UNREADABLE:
        return False
    return _is_fresh(folder / f"{page}.ipynb", state, inputs)


def _faces_in_words(parameters: Mapping[str, Any]) -> dict[str, str]:
    """What the faces of a page are called: of a path its last part, which is all that a reader should see of it."""
    return {"faces": source_name(parameters["faces"])} if parameters.get("faces") else {}


def check_parameters(page: str, defaults: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a page: those given, and the defaults of the others.

    Fields of the preset are parameters too, of a page that has a preset: ``epochs=30`` makes it ``"quick(epochs=30)"``.

    Raises
    ------
    BookError
        For one that neither the page nor a preset has, for values that no page can have, such as NaN, and for a preset
        that cannot be; the message says what can.
    """
    others = [name for name in parameters if name not in defaults]
    if unknown := [name for name in others if "preset" not in defaults or name not in FIELDS]:
        fields = [name for name in FIELDS if name not in defaults] if "preset" in defaults else []
        raise BookError(
            f"page {page} has no parameter {', '.join(unknown)}; it has {', '.join(defaults) or 'none at all'}"
            + (f", and of its preset {', '.join(fields)}" if fields else "")
        )
    for name, value in parameters.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise BookError(f"page {page}: {name} must be finite numbers, texts or lists; got {value!r}") from error
    chosen = {name: parameters.get(name, default) for name, default in defaults.items()}
    if "preset" in defaults:
        try:
            chosen["preset"] = str(make_preset(chosen["preset"], **{name: parameters[name] for name in others}))
        except ValueError as error:
            raise BookError(f"page {page}: {error}") from error
    return chosen


def needs_of(source: Path, parameters: Mapping[str, Any]) -> list[experiments.Sweep | Iteration]:
    """The sweeps and iterations that a page asks for, found by running its cells up to the first one tagged ``sweep``.

    Those cells import, set parameters and say what is needed, each a variable or an entry of a dictionary; nothing is
    trained or drawn in them. Of the cells after it, those with that tag are run too: what one section needs.

    Raises
    ------
    BookError
        Where those cells refuse the parameters.
    """
    defaults = parameters_of(source)
    chosen = check_parameters(source.stem, defaults, parameters)
    needed = _needed(source.stem, read_source(source).cells, chosen)
    cells = [cell for cell in needed if cell.cell_type == "code"]
    tags = [cell.metadata.get("tags", []) for cell in cells]
    first = next((number for number, of_cell in enumerate(tags) if "sweep" in of_cell), None)
    if first is None:
        return []
    namespace: dict[str, Any] = {"__name__": source.stem}
    for number, (cell, of_cell) in enumerate(zip(cells, tags, strict=True)):
        if number > first and "sweep" not in of_cell:
            continue
        try:
            exec(compile(cell.source, str(source), "exec"), namespace)
        except (ValueError, OSError) as error:
            raise BookError(f"page {source.stem}: {error}") from error
        except (TypeError, AttributeError, LookupError, ArithmeticError) as error:
            told, own = (", ".join(f"{key}={one!r}" for key, one in of.items()) for of in (parameters, defaults))
            raise BookError(
                f"page {source.stem}: parameters must be of the kind of its own, {own}; got {told}, of which it comes "
                f"to {type(error).__name__}: {error}"
            ) from error
        if "parameters" in of_cell:
            namespace.update(chosen)
    values = [one for value in namespace.values() for one in (value.values() if isinstance(value, dict) else [value])]
    return [value for value in values if isinstance(value, (experiments.Sweep, Iteration))]


#: Marks a cell that stands for cells which were left out, with the HTML that says so.
_LEFT_OUT = "left-out"

#: Where cells name the results that they show: in HTML, as ``id=``, as the first argument of a function that shows, or
#: as the whole of a string.
_SHOWS = re.compile(r"""\bid\s*=\s*["']([^"']+)["']|\bshow\w*\(\s*["']([^"']+)["']|["']([RQ]\d\d(?:-[\w-]+)?)["']""")

#: And where one figure shows further ones.
_ALSO = re.compile(r"\balso\s*=\s*[(\[]([^)\]]*)")

#: These keep words about a result that another cell shows.
_TELLS = re.compile(r"""\b(?:conclude|judge|keep|headline)\(\s*["'][^"']*["']""")

#: A number that Markdown names, and the format or the words after it.
_NAMES = re.compile(r"\{glue(?::\w+)?\}`([^`:]+)(?::(?!:)[^`]*)?`")


def _needed(page: str, cells: Sequence[NotebookNode], parameters: Mapping[str, Any]) -> list[NotebookNode]:
    """The cells whose needs the parameters meet, with one that says what is lacking for each run of others.

    Raises
    ------
    BookError
        For needs that are not of the page's parameters.
    """
    lacks = [_lacking(page, number, cell, parameters) for number, cell in enumerate(cells, start=1)]
    there = {id for cell, lack in zip(cells, lacks, strict=True) if not lack for id in _results_of(cell)}
    kept = []
    for left_out, run in itertools.groupby(zip(cells, lacks, strict=True), key=lambda pair: bool(pair[1])):
        of_run = list(run)
        if not left_out:
            kept += [cell for cell, _ in of_run]
            continue
        ids = [id for id in dict.fromkeys(id for cell, _ in of_run for id in _results_of(cell)) if id not in there]
        there |= set(ids)  # an anchor for each, where it is missed first
        text = lacking(ids, _in_words([lack for _, lack in of_run]))
        kept.append(nbformat.v4.new_markdown_cell(metadata={_LEFT_OUT: text}))
    return kept


def _lacking(page: str, number: int, cell: NotebookNode, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the parameters lack of a cell's needs, by parameter: the values of a list that are absent, or all of it."""
    needs = cell.metadata.get("needs", {})
    first = cell.source.partition("\n")[0]
    where = f"page {page}, cell {number} ({first})"
    if not isinstance(needs, Mapping):
        raise BookError(f'{where} must say what it needs as needs={{"losses": ["linear"]}}; got needs={needs!r}')
    if unknown := [name for name in needs if name not in parameters]:
        raise BookError(
            f"{where} needs {listed(unknown)}, which this page has no parameter for; it has {', '.join(parameters)}"
        )
    lacks = {}
    for name, need in needs.items():
        value = parameters[name]
        if name == "preset":
            value = make_preset(value).name  # whatever fields of it are replaced
        elif value is None and "preset" in parameters:
            value = getattr(make_preset(parameters["preset"]), name, None)
        lists, counts = (
            [isinstance(one, kind) and not isinstance(one, bool) for one in (need, value)]
            for kind in ((list, tuple), (int, float))
        )
        if all(lists):
            absent = [one for one in need if one not in value]
            lacks |= {name: absent} if absent else {}
        elif all(counts):
            lacks |= {name: need} if value < need else {}
        elif isinstance(value, str) and (isinstance(need, str) or lists[0]):
            allowed = [need] if isinstance(need, str) else need
            lacks |= {name: " or ".join(map(str, allowed))} if value not in allowed else {}
        else:
            raise BookError(f"{where} needs {name}={need!r}, which cannot be compared with {name}={value!r}")
    return lacks


def _in_words(lacks: Sequence[Mapping[str, Any]]) -> str:
    """What several cells lack, each once."""
    together: dict[str, list] = {}
    for name, lack in (item for one in lacks for item in one.items()):
        values = together.setdefault(name, [])
        values += [value for value in (lack if isinstance(lack, (list, tuple)) else [lack]) if value not in values]
    lists = {name for one in lacks for name, lack in one.items() if isinstance(lack, (list, tuple))}
    told = []
    for name, values in together.items():
        if name in lists:
            told.append(f"{' and '.join(map(str, values))} among the {name}")
        else:
            told.append(f"{name} {listed(values)}" if isinstance(values[0], str) else f"at least {max(values)} {name}")
    return " and ".join(told)


def _results_of(cell: NotebookNode) -> list[str]:
    """The ids of results that a cell shows, as far as its source names them."""
    source = _TELLS.sub("", cell.source)
    others = [name for names in _ALSO.findall(source) for name in re.findall(r"""["']([^"']+)["']""", names)]
    return [*(next(filter(None, found)) for found in _SHOWS.findall(source)), *others]


def _shown_alone(text: str) -> NotebookNode:
    """A cell that shows some HTML and nothing else."""
    output = nbformat.v4.new_output("display_data", {"text/html": text})
    # Not an empty source: Jupyter Book leaves out the outputs of a cell that has none.
    source = "# Cells of the page's source were left out here: this run lacks what they need."
    return nbformat.v4.new_code_cell(source, outputs=[output], metadata={"tags": ["remove-input"]})


def _check_names(page: str, cells: Sequence[NotebookNode]) -> None:
    """Raise a BookError where Markdown names a number that no cell kept."""
    kept = {output["metadata"]["scrapbook"]["name"] for output in kept_in(cells)}
    named = {name for cell in cells if cell.cell_type == "markdown" for name in _NAMES.findall(cell.source)}
    if absent := sorted(named - kept):
        raise BookError(
            f"page {page} names {listed(absent)} in its text, which no cell kept; it kept "
            f"{', '.join(sorted(name for name in kept if not name.startswith(JUDGEMENT))) or 'nothing'}. Text about "
            "something that a run may lack needs what the cell that keeps it needs"
        )


def _inputs(project: Project, page: str, parameters: Mapping[str, Any], faces_digest: str) -> dict[str, Any]:
    """What a page is made from, but for the networks, which are known only when it has been executed."""
    folder = Path(__file__).parent
    cells = read_source(project.source(page)).cells
    modules = [path for path in (*folder.glob("*.py"), *folder.glob("*.js")) if path.stem not in _NOT_IN_PAGES]
    return {
        # What Jupyter writes of itself into the header, when the source is opened and saved there, changes no page.
        "source": digest([[cell.cell_type, cell.source, dict(cell.metadata)] for cell in cells]),
        "parameters": dict(parameters),
        "package": digest({path.name: _file_digest(path) for path in modules}),
        "lock": _file_digest(project.root / "requirements.lock"),
        "faces": faces_digest,
    }


def _is_fresh(target: Path, state: Path, inputs: dict[str, Any]) -> bool:
    try:
        known = json.loads(state.read_text(encoding="utf-8"))
        same = known["inputs"] == inputs and known["executed"] == _file_digest(target)
        models = [line.split() for line in known["models"]]
        for line in known["files"]:
            digest_then, _, place = line.partition(" ")
            same &= content_digest(Path(place)) == digest_then
    except UNREADABLE:
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


def _absolute(name: str) -> dict[str, str]:
    """An environment variable that names a folder, so that it names the same one wherever it is read."""
    return {name: str(Path(folder).absolute())} if (folder := os.environ.get(name)) else {}


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
