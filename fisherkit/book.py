"""The book and its runs: what is trained, executed and built together. Must not know what a page computes."""

import html
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import joblib
import nbformat
import pandas as pd
import yaml
from tqdm import tqdm

from fisherkit import cli, experiments, reruns, running, theory
from fisherkit.codes import angle_grid
from fisherkit.faces import load_faces, own_place, source_name
from fisherkit.iteration import Iteration, train_iterations
from fisherkit.pages import (
    BookError,
    Project,
    check_parameters,
    describe_parameters,
    execute,
    facts_of,
    figure_of,
    findings,
    headlines,
    is_fresh,
    judgements,
    kept_words,
    needs_of,
    parameters_of,
    replace_text,
    results,
)
from fisherkit.presets import FIELDS, preset_table
from fisherkit.presets import preset as make_preset
from fisherkit.results import listed, markdown_table

log = logging.getLogger("fisherkit")

SKETCH_NOTICE = (
    "This build shows <b>sketch faces</b>: procedural drawings that stand in for the Olivetti photographs. "
    "Its numbers are not those of the published edition."
)

#: The same of other faces, by what they are called.
OWN_NOTICE = "This build shows faces of its maker's own: <b>{}</b>. Its numbers are not those of the published edition."


@dataclass(frozen=True)
class Limits:
    """The largest work that is begun without being asked for by its size."""

    networks: int = 1000
    angles: int = 1000
    draws: int = 2000


LIMITS = Limits()


@dataclass(frozen=True)
class Execution:
    """A page to be executed: with which parameters, on which faces, into which folder."""

    page: str
    parameters: Mapping
    faces_digest: str
    folder: Path

    @property
    def notebook(self) -> Path:
        """The executed page."""
        return self.folder / f"{self.page}.ipynb"


def build(
    preset: str = "quick", faces: str | None = None, *, limits: Limits = LIMITS, project: Project | None = None
) -> Path:
    """Train what is missing, execute the pages that are not fresh, and build the book.

    Parameters
    ----------
    preset : see :mod:`fisherkit.presets`.
    faces : see :func:`fisherkit.faces.load_faces`; None for what the preset says.
    limits : of the size of the work.

    Returns
    -------
    The built book's first page.

    Raises
    ------
    BookError
        Where a cell fails (naming page, cell and error), the work is larger than the limits, or the book has a warning.
    """
    project = project or Project()
    pages = project.pages()
    parameters, faces_digest = _resolved({"preset": preset, "faces": faces})
    folder = project.runs / f"{preset}-{source_name(parameters['faces'])}"
    executions = [Execution(page, parameters, faces_digest, folder) for page in pages]
    _train(project, executions, limits)
    _execute_all(project, executions)
    return build_site(project, folder, {one.page: one.notebook for one in executions}, "html")


def run(
    names: str | Sequence[str],
    parameters: Mapping,
    *,
    limits: Limits = LIMITS,
    out: Path | None = None,
    project: Project | None = None,
) -> tuple[list[Path], Path]:
    """Execute pages with parameters of one's own, and build a small book of them.

    The executed notebooks go to a folder of ``_runs/`` that is named after pages and parameters; the sources stay as
    they are. The same parameters again execute nothing. The book begins with the parameters, and the pages' numbers
    beside the published edition's.

    Parameters
    ----------
    names : of pages, or what several pages' names begin with.
    parameters : of those pages, by name, and fields of their preset; what is not given is as the pages have it.
    limits : of the size of the work.
    out : where the book is put; by default into ``_build/``, named as the run is.

    Returns
    -------
    The executed notebooks, and the first page of the book that was built of them.

    Raises
    ------
    BookError
        For an unknown page, a parameter that a page does not have or cannot use, work larger than the limits, a place
        that holds anything else than such a book, or a cell that fails.
    """
    began, project = time.monotonic(), project or Project()
    names = [names] if isinstance(names, str) else list(names)
    pages = list(dict.fromkeys(page for name in names for page in project.pages_called(name)))
    if out is not None:
        reruns.check_place(out)
    complete, changed = _complete(project, pages, parameters)
    ((name, executions),) = _runs_of(project, "+".join(names), [(complete, changed)])
    trained = _train(project, executions, limits)
    executed = _execute_all(project, executions)
    notebooks = {one.page: one.notebook for one in executions}
    published = {page: path for page in pages if (path := project.prose / f"{page}.ipynb").exists()}
    text = reruns.overview_of_run(notebooks, published, changed)
    told = reruns.told(changed)
    title = f"A rerun: {told}" if told else "A rerun"
    index = _build_rerun(
        project, name, notebooks, text, runs=[name], out=out, headings={},
        title=title,
        notice=f"A rerun of a part of the book{f' with <b>{html.escape(told)}</b>' if told else ''}.",
    )  # fmt: skip
    _sum_up(began, trained, executed, len(executions), index)
    return list(notebooks.values()), index


def sweep(
    page: str,
    values: Mapping[str, Sequence],
    *,
    limits: Limits = LIMITS,
    out: Path | None = None,
    project: Project | None = None,
) -> tuple[list[Path], Path]:
    """Execute one page for each cell of a grid of parameters, and build one book of all of them.

    What all cells lack is trained in one pass; then their pages are executed side by side, each as :func:`run` would,
    so that a cell that was run before is not executed again. The book begins with figures and a table of the pages'
    numbers.

    Parameters
    ----------
    page : its name.
    values : the values of each parameter; one, or several that are the grid.
    limits, out : as for :func:`run`.

    Returns
    -------
    The executed notebooks in the grid's order, the last parameter varying fastest, and the book's first page.

    Raises
    ------
    BookError
        As :func:`run`, and for a grid without a parameter that varies or with a value given twice.
    """
    began, project = time.monotonic(), project or Project()
    called = project.pages_called(page)
    if called != [page]:
        raise BookError(f"a sweep is of one page; {page} is the beginning of {', '.join(called)}")
    if out is not None:
        reruns.check_place(out)
    try:
        fixed, axes = reruns.grid_of(values)
    except ValueError as error:
        raise BookError(str(error)) from error
    choices = reruns.cells_of(axes)
    planned = [_complete(project, [page], {**fixed, **choice}) for choice in choices]
    cells = _runs_of(project, page, planned)
    executions = [execution for _, (execution,) in cells]
    if len({one.folder for one in executions}) < len(executions):
        raise BookError(f"cells of the grid must differ; of {', '.join(axes)} several values come to the same run")
    log.info("%d cells: %s", len(cells), " × ".join(f"{len(of)} of {axis}" for axis, of in axes.items()))
    trained = _train(project, executions, limits)
    executed = _execute_all(project, executions)
    notebooks = {reruns.name_of_cell(page, one): of.notebook for one, of in zip(choices, executions, strict=True)}
    others = {key: value for key, value in planned[0][1].items() if key not in axes}
    published = project.prose / f"{page}.ipynb"
    text = reruns.overview_of_sweep(axes, notebooks, published if published.exists() else None, others)
    varied = {axis: ",".join(map(reruns.in_brief, of)) for axis, of in axes.items()}
    name = reruns.name_of(page, [one.parameters for one in executions], {**varied, **others})
    index = _build_rerun(
        project, name, notebooks, text, runs=[run for run, _ in cells], out=out,
        headings=dict(zip(notebooks, map(reruns.told, choices), strict=True)),
        title=f"A grid: {' × '.join(axes)}",
        notice=f"A grid of reruns of one page: <b>{html.escape(' × '.join(axes))}</b>.",
    )  # fmt: skip
    _sum_up(began, trained, executed, len(executions), index)
    return [one.notebook for one in executions], index


def train(
    names: Sequence[str], parameters: Mapping, *, limits: Limits = LIMITS, project: Project | None = None
) -> None:
    """Train the networks that pages ask for and the store lacks; all pages where ``names`` is empty.

    Parameters and errors as in :func:`run`.
    """
    project = project or Project()
    pages = [page for name in names for page in project.pages_called(name)] or project.pages()
    ((_, executions),) = _runs_of(project, "", [_complete(project, pages, parameters)])
    if not _train(project, executions, limits):
        log.info("nothing to train: the store has all of it")


def compare(*runs: str, project: Project | None = None) -> pd.DataFrame:
    """The headline numbers of runs, side by side.

    Parameters
    ----------
    runs : names of runs (folders of ``_runs/``), ``"published"``, or paths of folders, of executed notebooks or of a
        rerun's book.

    Returns
    -------
    One row for each number that any run has, of the pages that at least two of them have; a column each run, and of
    two runs their difference and ratio. What the runs were given stands in ``.attrs["parameters"]``, a table of the
    parameters that differ.

    Raises
    ------
    BookError
        For a run that does not exist, or that holds no executed pages.
    """
    project = project or Project()
    books = [reruns.record_of(project.built / run) or reruns.record_of(Path(run)) for run in runs]
    runs = [one for run, book in zip(runs, books, strict=True) for one in (book["runs"] if book else [run])]
    names = [run if run not in runs[:place] else f"{run} ({place + 1})" for place, run in enumerate(runs)]
    columns, given = [], []
    for name, run in zip(names, runs, strict=True):
        numbers, parameters = {}, {}
        for path in _notebooks_of(project, run):
            numbers |= {(path.stem, number): value for number, value in headlines(path).items()}
            parameters |= {(path.stem, parameter): str(value) for parameter, value in facts_of(path).items()}
        columns.append(pd.Series(numbers, name=name, dtype=float))
        given.append(pd.Series(parameters, name=name, dtype=object))
    table, facts = (pd.concat(of, axis=1).rename_axis(["page", what]) for of, what in (
        (columns, "number"), (given, "parameter")))  # fmt: skip
    there = facts.notna().groupby("page").any().sum(axis=1)
    shared = there.index[there >= min(2, len(names))]
    table, facts = (one[one.index.get_level_values("page").isin(shared)] for one in (table, facts.fillna("–")))
    table.attrs["parameters"] = facts[facts.ne(facts[names[0]], axis=0).any(axis=1)]
    if len(names) != 2:
        return table
    first, second = (table[name] for name in names)
    return table.assign(difference=second - first, ratio=second / first)


def read(*, project: Project | None = None) -> Path:
    """Build the published edition, the executed notebooks in ``book/``, without executing anything."""
    project = project or Project()
    pages = {page: project.prose / f"{page}.ipynb" for page in project.pages()}
    if absent := [page for page, path in pages.items() if not path.exists()]:
        raise BookError(f"the published edition lacks {', '.join(absent)}: make it with `make publish`")
    return build_site(project, project.runs / "published", pages, "read")


def publish(preset: str = "paper", faces: str | None = None, *, project: Project | None = None) -> list[Path]:
    """Copy a finished run's executed notebooks into ``book/``, and the figure that the README shows.

    Raises
    ------
    BookError
        Where the run lacks a page, or has one that is not what its source, networks or package would make now.
    """
    project = project or Project()
    parameters, faces_digest = _resolved({"preset": preset, "faces": faces})
    folder = project.runs / f"{preset}-{source_name(parameters['faces'])}"
    pages = project.pages()
    stale = [page for page in pages if not is_fresh(project, page, parameters, folder, faces_digest=faces_digest)]
    if stale:
        raise BookError(
            f"the run {folder.name} lacks {', '.join(stale)}, or has it from before a change: finish it with "
            f"`make book PRESET={preset} FACES={parameters['faces']}`"
        )
    for page in pages:
        replace_text(project.prose / f"{page}.ipynb", (folder / f"{page}.ipynb").read_text())
    page, id = HEADLINE
    if page in pages and (found := figure_of(folder / f"{page}.ipynb", id)):
        replace_text(project.prose / "headline.svg", found[1].decode())
    return [project.prose / f"{page}.ipynb" for page in pages]


def _complete(project: Project, pages: Sequence[str], given: Mapping) -> tuple[dict[str, dict], dict]:
    """All parameters of some pages, by page, and what of them is not the pages' own. Nothing heavy is done for it."""
    complete, changed = {}, {}
    for page in pages:
        defaults = parameters_of(project.source(page))
        complete[page] = check_parameters(page, defaults, given)
        changed |= reruns.changed_of(complete[page], defaults)
    return complete, changed


def _runs_of(
    project: Project, name: str, planned: Sequence[tuple[Mapping[str, Mapping], Mapping]]
) -> list[tuple[str, list[Execution]]]:
    """What runs are called, and what is executed for each; faces are looked for once."""
    known: dict[tuple, tuple[dict, str]] = {}
    runs = []
    for complete, changed in planned:
        resolved = {}
        for page, parameters in complete.items():
            asked = str(parameters.get("preset", "quick")), parameters.get("faces")
            if asked not in known:
                known[asked] = _resolved({"preset": asked[0], "faces": asked[1]})
            faces, faces_digest = known[asked]
            resolved[page] = {**parameters, "faces": faces["faces"]}, faces_digest
        of_run = reruns.name_of(name, [parameters for parameters, _ in resolved.values()], changed)
        folder = project.runs / of_run
        runs.append((of_run, [Execution(page, *found, folder) for page, found in resolved.items()]))
    return runs


def _resolved(parameters: Mapping) -> tuple[dict, str]:
    """The parameters, with the preset and the faces that are used where they leave that open; the faces' digest."""
    resolved = {"preset": "quick", "faces": None, **parameters}
    try:
        preset = make_preset(resolved["preset"])
        asked = resolved["faces"] or preset.faces
        faces = load_faces(asked, pixels=preset.pixels, split=preset.split)
    except (ValueError, FileNotFoundError) as error:
        raise BookError(str(error)) from error
    if asked == "auto":
        olivetti = faces.source == "olivetti"
        log.info("faces: %s", "Olivetti" if olivetti else "sketch (Olivetti is neither cached nor downloadable here)")
    # A page is executed in another folder than the one that a path is meant from.
    return {**resolved, "faces": str(own_place(asked) or faces.source)}, faces.digest


def _train(project: Project, executions: Sequence[Execution], limits: Limits) -> int:
    """Train what pages need and the store lacks, unless it is too much; how many networks."""
    for execution in executions:
        page = execution.page
        complete = check_parameters(page, parameters_of(project.source(page)), execution.parameters)
        if "angles" in complete:
            try:
                angle_grid("linear", complete["angles"])
            except ValueError as error:
                raise BookError(f"page {page}: {error}") from error
        # Before any network is looked for: a slip of the keyboard can ask for millions.
        for name, limit, option in (
            ("angles", limits.angles, "--max-angles"), ("replicates", limits.networks, "--max-networks"),
            ("densities", limits.networks, "--max-networks"), ("draws", limits.draws, "--max-draws"),
        ):  # fmt: skip
            if isinstance(value := complete.get(name), int) and value > limit:
                raise BookError(
                    f"page {page} was asked for {name}={value}, more than the limit of {limit}; ask for fewer, or "
                    f"raise the limit with {option} {value}"
                )
    needs = [need for one in executions for need in needs_of(project.source(one.page), one.parameters)]
    sweeps = [need for need in needs if isinstance(need, experiments.Sweep)]
    iterations = [need for need in needs if isinstance(need, Iteration)]
    networks = len({sweep.key(condition) for sweep in sweeps for condition in sweep.conditions})
    networks += sum(iteration.networks for iteration in iterations)
    if networks > limits.networks:
        raise BookError(
            f"{', '.join(dict.fromkeys(one.page for one in executions))} would need {networks} networks, more than the "
            f"limit of {limits.networks}; ask for fewer replicates, losses or encodings, or raise the limit with "
            f"--max-networks {networks}"
        )
    # What an iteration trains follows from what it has trained: after the rest, which trains in full groups.
    return running.train_sweeps(sweeps) + train_iterations(iterations)


def _execute_all(project: Project, executions: Sequence[Execution]) -> int:
    """Execute the pages that are not fresh, side by side on the cores, each on one of them; how many were executed.

    A page that fails does not keep the others from being executed.

    Raises
    ------
    BookError
        For the pages that failed, when the others are done.
    """
    stale = [
        one for one in executions
        if not is_fresh(project, one.page, one.parameters, one.folder, faces_digest=one.faces_digest)
    ]  # fmt: skip
    if not stale:
        log.info("executed nothing: every page is fresh")
        return 0
    apart = {one.folder for one in executions}
    log.info("executing %s", ", ".join(one.page if len(apart) == 1 else one.folder.name for one in stale))
    workers = min(len(stale), joblib.cpu_count())
    began, failed = time.monotonic(), []
    with running.side_by_side(workers):
        done = joblib.Parallel(return_as="generator_unordered")(
            joblib.delayed(_execute)(project, number, one, os.getpid()) for number, one in enumerate(stale)
        )
        visible = sys.stderr.isatty()
        with tqdm(total=len(stale), desc="pages", unit="page", disable=not visible) as bar:
            for finished, (number, error) in enumerate(done, start=1):
                bar.update()
                failed += [error if len(apart) == 1 else f"{stale[number].folder.name}: {error}"] if error else []
                left = len(stale) - finished
                half_done = min(workers, left) / 2  # those that are being executed, on average
                pace = (time.monotonic() - began) / (finished + half_done)
                if not visible and left:
                    to_go = timedelta(seconds=round(pace * (left - half_done)))
                    log.info("pages: %d of %d done, about %s to go", finished, len(stale), to_go)
    if failed:
        others = f"\n{len(stale) - len(failed)} of {len(stale)} pages were executed; the same command goes on from here"
        raise BookError("\n".join(failed) + (others if len(stale) > 1 else ""))
    return len(stale)


def _execute(project: Project, number: int, execution: Execution, caller: int) -> tuple[int, str]:
    """:func:`fisherkit.pages.execute`, in a process that ends with the one that asks for it; what went wrong."""
    if os.getpid() != caller:
        running.end_with_parent()
    of = execution
    try:
        execute(project, of.page, of.parameters, of.folder, faces_digest=of.faces_digest)
    except BookError as error:
        return number, str(error)
    return number, ""


def _sum_up(began: float, trained: int, executed: int, pages: int, index: Path) -> None:
    """Say what a rerun did."""
    log.info(
        "done in %s: %d networks trained, %d of %d pages executed, %.0f MB in %s",
        timedelta(seconds=round(time.monotonic() - began)), trained, executed, pages,
        sum(path.stat().st_size for path in index.parent.rglob("*") if path.is_file()) / 1e6, index.parent,
    )  # fmt: skip


def _notebooks_of(project: Project, run: str) -> list[Path]:
    """The executed notebooks of a run, by its name or path."""
    place = next(
        (path for path in (project.prose if run == "published" else project.runs / run, Path(run)) if path.exists()),
        None,
    )
    runs = sorted(path.name for path in project.runs.iterdir() if path.is_dir()) if project.runs.is_dir() else []
    if place is None:
        raise BookError(
            f"there is no run {run!r}; there is {', '.join(['published', *runs])}, or give the path of a run's folder "
            "or of an executed notebook"
        )
    notebooks = sorted(place.glob("*.ipynb")) if place.is_dir() else [place]
    executed = [path for path in notebooks if reruns.is_executed(path)]
    if not executed:
        raise BookError(f"{place} holds no page that fisherkit has executed")
    return executed


def build_site(project: Project, folder: Path, pages: Mapping[str, Path], name: str, *, notice: str = "") -> Path:
    """Build the book from executed pages and the prose into ``_build/<name>``, in place of what was there.

    Pages of the contents that are not among ``pages`` are left out, and links to them become words; ``notice`` stands
    at the top of every page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for page, path in pages.items():
        if path.parent != folder:
            shutil.copyfile(path, folder / f"{page}.ipynb")
    for path in project.prose.iterdir():
        if path.suffix != ".ipynb":
            shutil.copytree(path, folder / path.name, dirs_exist_ok=True) if path.is_dir() else shutil.copyfile(
                path, folder / path.name
            )
    left_out = set(project.pages()) - set(pages)
    replace_text(folder / "_toc.yml", yaml.safe_dump(_without(project.contents, left_out), sort_keys=False))
    configuration = _configuration(project, pages, notice)
    if left_out:
        configuration["sphinx"]["config"] |= _SOME_PAGES
    replace_text(folder / "_config.yml", yaml.safe_dump(configuration, allow_unicode=True))
    work = project.built / "work" / name
    site = _jupyter_book(folder, work, [*pages, "index"], strict=not left_out)
    return _swap(site, project.built / name) / "index.html"


def _jupyter_book(folder: Path, work: Path, pages: Sequence[str], *, strict: bool) -> Path:
    """Build a book's sources in a folder of work; the folder of the pages, which must hold those named.

    ``strict`` refuses links that lead nowhere.
    """
    work.mkdir(parents=True, exist_ok=True)
    # In a process of its own: Sphinx changes the locale, the loggers and the warnings of the one it runs in.
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["build", str(folder), "--path-output", str(work), "-W", "--keep-going", *(["-n"] if strict else [])]
    finished = subprocess.run([*jupyter_book, *options], capture_output=True, text=True, check=False)
    output = finished.stdout + finished.stderr
    (work / "build.log").write_text(output)
    if finished.returncode:
        complaints = [line for line in output.splitlines() if "WARNING" in line or "ERROR" in line]
        shown = "\n".join(complaints or output.splitlines()[-20:])
        raise BookError(f"Jupyter Book did not build the book:\n{shown}\n(all of its output: {work / 'build.log'})")
    site = work / "_build" / "html"
    if absent := [page for page in pages if not (site / f"{page}.html").exists()]:
        raise BookError(f"Jupyter Book ended without an error but made no {', '.join(absent)}.html")
    return site


#: Of a book that lacks pages, links to them become words.
_SOME_PAGES = {"nitpicky": False, "suppress_warnings": ["myst.xref_missing", "ref.doc", "ref.ref"]}


def _build_rerun(
    project: Project,
    name: str,
    pages: Mapping[str, Path],
    overview: str,
    *,
    runs: Sequence[str],
    title: str,
    headings: Mapping[str, str],
    notice: str,
    out: Path | None,
) -> Path:
    """Build a small book of executed pages behind an overview, in ``_build/<name>`` or ``out``; its first page.

    Parameters
    ----------
    pages : executed notebooks, by what their pages are called in the book.
    overview : the text of its first page.
    runs : which runs it is made of.
    title : of the book, short.
    headings : of pages that are one page several times, what tells each from the others.
    notice : at the top of every page.
    """
    work = project.built / "work" / name
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "source"
    folder.mkdir(parents=True)
    shutil.copytree(project.prose / "_static", folder / "_static")
    for path in project.prose.glob("*.bib"):
        shutil.copyfile(path, folder / path.name)
    (folder / f"{reruns.OVERVIEW}.md").write_text(overview)
    for page, path in pages.items():
        if page in headings:
            nbformat.write(reruns.headed(nbformat.read(path, as_version=4), headings[page]), folder / f"{page}.ipynb")
        else:
            shutil.copyfile(path, folder / f"{page}.ipynb")
    chapters = [{"file": page, **({"title": headings[page]} if page in headings else {})} for page in pages]
    contents = {"format": "jb-book", "root": reruns.OVERVIEW, "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False, allow_unicode=True))
    configuration = _plain_configuration(project, pages, notice)
    configuration["sphinx"]["config"] |= {
        **_SOME_PAGES,
        "html_title": title,
        "fisherkit_order": ["", reruns.OVERVIEW, *pages] if headings else project.order,
        "fisherkit_apart": bool(headings),
        "fisherkit_results": {} if headings else _results_by_id(_results(project, pages)),
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(configuration, allow_unicode=True))
    site = _jupyter_book(folder, work, [*pages, reruns.OVERVIEW, "index"], strict=False)
    record = {"name": name, "runs": list(runs), "pages": [reruns.OVERVIEW, *pages]}
    (site / reruns.RECORD).write_text(json.dumps(record, indent=1))
    index = _swap(site, out.absolute() if out else project.built / name) / "index.html"
    shutil.rmtree(work)
    return index


def _plain_configuration(project: Project, pages: Mapping[str, Path], notice: str) -> dict:
    """``_config.yml`` with the notices and the footer of this build."""
    facts = [facts_of(path) for path in pages.values()]
    configuration = yaml.safe_load((project.root / "_config.yml").read_text())
    told = {name: ", ".join(sorted({str(page[name]) for page in facts})) for name in ("preset", "faces", "version")}
    told["date"] = max(page["date"] for page in facts)
    footer = " · ".join(f"<b>{name}</b> {html.escape(value)}" for name, value in told.items())
    configuration["html"]["extra_footer"] = f'<p class="facts">{footer}</p>'
    notices = [notice]
    for faces in sorted({page["faces"] for page in facts if page["faces"]} - {"olivetti"}):
        notices.append(SKETCH_NOTICE if faces == "sketch" else OWN_NOTICE.format(html.escape(faces)))
    configuration["html"]["announcement"] = " ".join(filter(None, notices))
    return configuration


def _configuration(project: Project, pages: Mapping[str, Path], notice: str) -> dict:
    """``_config.yml`` with what this build alone knows: its notices, its footer and its computed tables."""
    configuration = _plain_configuration(project, pages, notice)
    shown = _results(project, pages)
    configuration["sphinx"]["config"] |= {
        "fisherkit_results": _results_by_id(shown),
        "fisherkit_order": project.order,
        "autoapi_dirs": [str(Path(__file__).parent)],
    }
    configuration["parse"]["myst_substitutions"] = {
        **_named_numbers(project, pages),
        "headline_figure": _headline_figure(pages),
        "tally": _tally(shown),
        "question_index": markdown_table(_question_index(shown)),
        "exponent_table": markdown_table(theory.exponent_table().round(3).reset_index()),
        "preset_table": markdown_table(preset_table().reset_index()),
        "preset_fields": ", ".join(f"`{name}`" for name in FIELDS),
        "commands": _commands(),
        "parameter_table": markdown_table(_parameter_table(project)),
        "findings": _findings(pages),
        "figure_index": markdown_table(_figure_index(shown)),
        "figures_alone": _figures_alone(shown),
        "most_networks": f"{LIMITS.networks:,}",
        "most_angles": f"{LIMITS.angles:,}",
        "most_draws": f"{LIMITS.draws:,}",
    }
    return configuration


def _findings(pages: Mapping[str, Path]) -> str:
    """The conclusions of the page on other seeds, each with its number; or that this build lacks them."""
    page = "reseeding"
    found = findings(pages[page]) if page in pages else {}
    if not found:
        return f"*This build has no findings: it lacks the page `{page}`, or has it from before it kept them.*"
    rows = [
        (f"{words}.", told["what"], told["measured"], f"[{told['verdict']}]({page}.ipynb#conclusions)")
        for words, told in found.items()
    ]
    return markdown_table(pd.DataFrame(rows, columns=["finding", "number", "measured", "with every seed"]))


def _results(project: Project, pages: Mapping[str, Path]) -> pd.DataFrame:
    """All results and questions, one row each, with their place in these pages and how they stand.

    Columns: ``id``, ``what``, ``reading`` (the original's), ``page`` (empty where these pages lack it), ``shown``
    (whether there is a figure), ``agreement`` and ``reason`` (empty where it is not judged).

    Raises
    ------
    BookError
        Where all pages are there, and one of the original's results is on none of them.
    """
    table = pd.read_csv(project.prose / "results.csv", keep_default_na=False)
    place: dict[str, tuple[str, bool]] = {}
    judged: dict[str, dict[str, str]] = {}
    parts: dict[str, dict[str, str]] = {}
    for page, path in pages.items():
        for id, verdict in judgements(path).items():
            judged[id] = verdict
            if re.fullmatch(r"Q\d\d", id):
                place.setdefault(id, (page, True))
            # A question that has no answer of its own is answered by the first of its parts.
            parts.setdefault(id.partition("-")[0], verdict)
        for id, shown in results(path).items():
            place[id] = (page, shown)
            place.setdefault(id.partition("-")[0], (page, shown))
    judged = {**parts, **judged}
    complete = not set(project.pages()) - set(pages)
    if complete and (absent := [id for id in table["id"] if id.startswith("R") and id not in place]):
        raise BookError(f"no page of the book shows {', '.join(absent)}")
    return table.assign(
        page=[place.get(id, ("", False))[0] for id in table["id"]],
        shown=[place.get(id, ("", False))[1] for id in table["id"]],
        agreement=[judged.get(id, {}).get("agreement", "") for id in table["id"]],
        reason=[judged.get(id, {}).get("reason", "") for id in table["id"]],
    )


def _results_by_id(table: pd.DataFrame) -> dict[str, dict]:
    """What is known of each result that these pages have, by its id."""
    return {row.pop("id"): row for row in table.to_dict("records") if row["page"]}


def _figure_index(table: pd.DataFrame) -> pd.DataFrame:
    """Each result of the original analysis that states a reading, and how it stands to it."""
    rows = [
        (row.id, _what(row), row.reading, row.agreement or "not judged: this run lacks what it takes")
        for row in table[
            table["id"].str.startswith("R") & (table["page"] != "") & (table["reading"] != "")
        ].itertuples()
    ]
    return pd.DataFrame(rows, columns=["result", "what", "the original's reading", "agrees"])


def _figures_alone(table: pd.DataFrame) -> str:
    """Each result of the original analysis that states no reading, one after the other."""
    shown = table[table["id"].str.startswith("R") & (table["page"] != "") & (table["reading"] == "")]
    return "; ".join(f"{row.id} {_what(row)}" for row in shown.itertuples())


def _what(row) -> str:
    """What a result shows, and whether this run lacks it."""
    return row.what if row.shown else f"{row.what} (not in this run)"


def _question_index(table: pd.DataFrame) -> pd.DataFrame:
    """Each question that the original left open with its answer and its place."""
    rows = [
        (row.id, row.what, row.reason.replace("|", r"\|") or "not answered in this run")
        for row in table[table["id"].str.startswith("Q")].itertuples()
    ]
    return pd.DataFrame(rows, columns=["question", "asks", "answer"])


def _tally(table: pd.DataFrame) -> str:
    """How many of the original's readings stand, in a sentence."""
    read = table[(table["reading"] != "") & (table["page"] != "")]
    count = read["agreement"].value_counts()
    parts = {"yes": "agree", "in part": "agree in part", "no": "do not", "undecided": "are undecided"}
    told = [f"{count[name]} {words}" for name, words in parts.items() if count.get(name)]
    answered = f"; {count['answered']} were questions and are answered" if count.get("answered") else ""
    of_all = f"{len(read)} of its {table['id'].str.startswith('R').sum()} results state a reading"
    return f"{of_all}: {listed(told)}{answered}" if told else f"{of_all}, none of them judged in this run"


#: A number that a prose page names: ``{{ budget__never_seen_log }}``.
_NUMBER = re.compile(r"\{\{ *(\w+?)__(\w+) *\}\}")


def _named_numbers(project: Project, pages: Mapping[str, Path]) -> dict[str, str]:
    """The numbers that prose pages name, as they were kept, intervals included; a dash where this build lacks them.

    Prose writes an underscore where a name has a hyphen.
    """
    named = {pair for path in project.prose.glob("*.md") for pair in _NUMBER.findall(path.read_text())}
    kept = {page: kept_words(pages[page]) for page in {page for page, _ in named} if page in pages}
    words = {page: {name.replace("-", "_"): text for name, text in of.items()} for page, of in kept.items()}
    return {f"{page}__{name}": words.get(page, {}).get(name, "–") for page, name in sorted(named)}


#: The figure that the README shows: its page, and its id there.
HEADLINE = "budget", "budget"


def _headline_figure(pages: Mapping[str, Path]) -> str:
    """The first page's figure, HTML: the explorer, without scripts a link to it; or that this build lacks it."""
    page = id = "explorer"
    found = figure_of(pages[page], id) if page in pages else None
    if found is None:
        return f"*This build lacks the figure of the page `{page}`.*"
    return (
        f'<figure class="compact" data-explorer="{id}"><a class="headline" href="{page}.html#{id}">'
        f'<img src="_static/figures/{id}.svg" alt="{found[0]}"></a></figure>'
        f'<script src="_static/figures/{id}.js" defer></script>'
    )


def _parameter_table(project: Project) -> pd.DataFrame:
    """Each parameter with its default and meaning; pages share names, and a row is for the pages that agree on it."""
    rows: dict[tuple, list[str]] = {}
    for page in project.pages():
        for name, (default, meaning) in describe_parameters(project.source(page)).items():
            rows.setdefault((name, default if isinstance(default, str) else repr(default), meaning), []).append(page)
    table = pd.DataFrame(
        [(f"`{name}`", f"`{default}`", meaning, ", ".join(pages)) for (name, default, meaning), pages in rows.items()],
        columns=["parameter", "default", "meaning", "pages"],
    )
    return table.sort_values("parameter", kind="stable")


def _commands() -> str:
    """What each command says of itself, in Markdown."""
    return "\n\n".join(f"## {name}\n\n```text\n{said}```" for name, said in cli.help_texts().items())


def _without(contents, left_out: set[str]):
    """A table of contents without some of its files, and without the parts that held no other."""
    if isinstance(contents, dict):
        return {key: _without(value, left_out) for key, value in contents.items()}
    if isinstance(contents, list):
        kept = [entry for entry in contents if not (isinstance(entry, dict) and entry.get("file") in left_out)]
        return [entry for entry in (_without(entry, left_out) for entry in kept) if entry.get("chapters") != []]
    return contents


def _swap(built: Path, target: Path) -> Path:
    """Put a copy of a built book in the place of the last one, by renames: nobody reads half of it."""
    fresh, old = (target.with_name(f".{target.name}.fisherkit-{part}") for part in ("new", "old"))
    for path in (fresh, old):
        shutil.rmtree(path, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(built, fresh, ignore=shutil.ignore_patterns("*.map"))  # of scripts, for who works on the theme
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target
