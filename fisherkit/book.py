"""The book and its runs: what is trained, executed and built together. Must not know what a page computes."""

import html
import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from fisherkit import experiments, reruns, running
from fisherkit.checks import LIMITS, BookError, Limits
from fisherkit.codes import angle_grid
from fisherkit.executed import facts_of, figure_of, headlines, is_executed
from fisherkit.faces import SUBSETS, Faces, load_faces, own_place
from fisherkit.iteration import Iteration, train_iterations
from fisherkit.pages import check_parameters, execute, is_fresh, models_of, needs_of
from fisherkit.presets import preset as make_preset
from fisherkit.processes import Processes, Workers
from fisherkit.project import Project, parameters_of, replace_text
from fisherkit.reruns import build_rerun
from fisherkit.site import HEADLINE, build_site
from fisherkit.store import Store, file_digest

log: logging.Logger = logging.getLogger("fisherkit")


#: Of whom an interval that leaves people out in turn can be made.
FEWEST_PEOPLE = 3


@dataclass(frozen=True)
class Execution:
    """A page to be executed: with which parameters, on which faces, into which folder."""

    page: str
    parameters: Mapping[str, Any]
    faces_digest: str
    folder: Path

    @property
    def notebook(self) -> Path:
        """The executed page."""
        return self.folder / f"{self.page}.ipynb"


def build(
    preset: str = "quick",
    faces: str | None = None,
    *,
    limits: Limits = LIMITS,
    project: Project | None = None,
    workers: Workers | None = None,
) -> Path:
    """Train what is missing, execute the pages that are not fresh, and build the book.

    Parameters
    ----------
    preset : see :mod:`fisherkit.presets`; its fields may be replaced, as in ``"quick(accelerator='cuda')"``.
    faces : see :func:`fisherkit.faces.load_faces`; None for what the preset says.
    limits : of the size of the work.
    workers : that train and execute; by default the cores of this machine.

    Returns
    -------
    The built book's first page.

    Raises
    ------
    BookError
        Where a cell fails (naming page, cell and error), the work is larger than the limits, or the book has a warning.
    WorkersLostError
        Where processes that trained or executed are gone.
    """
    project = project or Project()
    pages = project.pages()
    parameters, faces_digest = _resolved({"preset": preset, "faces": faces})
    folder = project.runs / reruns.name_of("", [parameters], make_preset(preset).departures)
    executions = [Execution(page, parameters, faces_digest, folder) for page in pages]
    _train(project, executions, limits, workers)
    _execute_all(project, executions, workers)
    return build_site(project, folder, {one.page: one.notebook for one in executions}, "html")


def run(
    names: str | Sequence[str],
    parameters: Mapping[str, Any],
    *,
    limits: Limits = LIMITS,
    out: Path | None = None,
    project: Project | None = None,
    workers: Workers | None = None,
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
    workers : as for :func:`build`.

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
    trained = _train(project, executions, limits, workers)
    executed = _execute_all(project, executions, workers)
    notebooks = {one.page: one.notebook for one in executions}
    published = {page: path for page in pages if (path := project.prose / f"{page}.ipynb").exists()}
    text = reruns.overview_of_run(notebooks, published, changed)
    told = reruns.told(changed)
    title = f"A rerun: {told}" if told else "A rerun"
    index = build_rerun(
        project, name, notebooks, text, runs=[name], out=out, headings={},
        title=title,
        notice=f"A rerun of a part of the book{f' with <b>{html.escape(told)}</b>' if told else ''}.",
    )  # fmt: skip
    _sum_up(began, trained, executed, len(executions), index)
    return list(notebooks.values()), index


def sweep(
    page: str,
    values: Mapping[str, Sequence[Any]],
    *,
    limits: Limits = LIMITS,
    out: Path | None = None,
    project: Project | None = None,
    workers: Workers | None = None,
) -> tuple[list[Path], Path]:
    """Execute one page for each cell of a grid of parameters, and build one book of all of them.

    What all cells lack is trained in one pass; then their pages are executed side by side, each as :func:`run` would,
    so that a cell that was run before is not executed again. The book begins with figures and a table of the pages'
    numbers.

    Parameters
    ----------
    page : its name.
    values : the values of each parameter; one, or several that are the grid.
    limits, out, workers : as for :func:`run`.

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
    trained = _train(project, executions, limits, workers)
    executed = _execute_all(project, executions, workers)
    notebooks = {reruns.name_of_cell(page, one): of.notebook for one, of in zip(choices, executions, strict=True)}
    others = {key: value for key, value in planned[0][1].items() if key not in axes}
    published = project.prose / f"{page}.ipynb"
    text = reruns.overview_of_sweep(axes, notebooks, published if published.exists() else None, others)
    varied = {axis: ",".join(map(reruns.in_brief, of)) for axis, of in axes.items()}
    name = reruns.name_of(page, [one.parameters for one in executions], {**varied, **others})
    index = build_rerun(
        project, name, notebooks, text, runs=[run for run, _ in cells], out=out,
        headings=dict(zip(notebooks, map(reruns.told, choices), strict=True)),
        title=f"A grid: {' × '.join(axes)}",
        notice=f"A grid of reruns of one page: <b>{html.escape(' × '.join(axes))}</b>.",
    )  # fmt: skip
    _sum_up(began, trained, executed, len(executions), index)
    return [one.notebook for one in executions], index


def train(
    names: Sequence[str],
    parameters: Mapping[str, Any],
    *,
    limits: Limits = LIMITS,
    project: Project | None = None,
    workers: Workers | None = None,
) -> None:
    """Train the networks that pages ask for and the store lacks; all pages where ``names`` is empty.

    Parameters and errors as in :func:`run`.
    """
    project = project or Project()
    pages = [page for name in names for page in project.pages_called(name)] or project.pages()
    ((_, executions),) = _runs_of(project, "", [_complete(project, pages, parameters)])
    if not _train(project, executions, limits, workers):
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


def publish(preset: str = "paper", faces: str | None = None, *, project: Project | None = None) -> list[Path]:
    """Copy a finished run's executed notebooks into ``book/``, and the figure that the README shows.

    Its networks become one archive, ``_build/networks.zip``; ``book/networks.json`` has its digest, by which whoever is
    given the archive knows it.

    Raises
    ------
    BookError
        Where the run lacks a page, or has one that is not what its source, networks or package would make now.
    """
    project = project or Project()
    parameters, faces_digest = _resolved({"preset": preset, "faces": faces})
    folder = project.runs / reruns.name_of("", [parameters], make_preset(preset).departures)
    pages = project.pages()
    stale = [page for page in pages if not is_fresh(project, page, parameters, folder, faces_digest=faces_digest)]
    if stale:
        raise BookError(
            f"the run {folder.name} lacks {', '.join(stale)}, or has it from before a change: finish it with "
            f"`make book PRESET={preset} FACES={parameters['faces']}`"
        )
    for page in pages:
        replace_text(project.prose / f"{page}.ipynb", (folder / f"{page}.ipynb").read_text(encoding="utf-8"))
    page, id = HEADLINE
    if page in pages and (found := figure_of(folder / f"{page}.ipynb", id)):
        replace_text(project.prose / "headline.svg", found[1].decode())
    return [*(project.prose / f"{page}.ipynb" for page in pages), _pack_networks(project, folder)]


def _pack_networks(project: Project, folder: Path) -> Path:
    archive = project.built / "networks.zip"
    archive.parent.mkdir(exist_ok=True)
    count = Store().export(models_of(folder), archive)
    facts = {"networks": count, "bytes": archive.stat().st_size, "sha256": file_digest(archive)}
    replace_text(project.prose / "networks.json", json.dumps(facts, indent=1) + "\n")
    return archive


def _complete(
    project: Project, pages: Sequence[str], given: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """All parameters of some pages, by page, and what of them is not the pages' own. Nothing heavy is done for it."""
    complete, changed = {}, {}
    for page in pages:
        defaults = parameters_of(project.source(page))
        complete[page] = check_parameters(page, defaults, given)
        changed |= reruns.changed_of(complete[page], defaults)
    return complete, changed


def _runs_of(
    project: Project, name: str, planned: Sequence[tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Any]]]
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


def _resolved(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The parameters, with the preset and the faces that are used where they leave that open; the faces' digest."""
    resolved = {"preset": "quick", "faces": None, **parameters}
    try:
        preset = make_preset(resolved["preset"])
        asked = resolved["faces"] or preset.faces
        faces = load_faces(asked, pixels=preset.pixels, split=preset.split)
    except (ValueError, FileNotFoundError) as error:
        raise BookError(str(error)) from error
    if own_place(asked):
        _check_people(faces)
    if asked == "auto":
        log.info("faces: %s", faces.source)
    # A page is executed in another folder than the one that a path is meant from.
    return {**resolved, "faces": str(own_place(asked) or faces.source)}, faces.digest


def _check_people(faces: Faces) -> None:
    """Raise a BookError where a subset of somebody's own faces has too few people for an interval over them."""
    people = {name: len(np.unique(faces.subset(name).person)) for name in SUBSETS}
    if min(people.values()) < FEWEST_PEOPLE:
        there = ", ".join(f"{count} to {name}" for name, count in people.items())
        raise BookError(
            f"pages need {FEWEST_PEOPLE} people in each subset of the faces, whom their intervals leave out in turn: "
            f"{8 * FEWEST_PEOPLE} in all, as they are divided 6 : 1 : 1; of those of {faces.source} there are {there}"
        )


def _train(project: Project, executions: Sequence[Execution], limits: Limits, workers: Workers | None) -> int:
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
            f"limit of {limits.networks}; ask for fewer replicates, losses, encodings or generations, or raise the "
            f"limit with --max-networks {networks}"
        )
    # What an iteration trains follows from what it has trained: after the rest, which trains in full groups.
    return running.train_sweeps(sweeps, workers) + train_iterations(iterations, workers)


def _execute_all(project: Project, executions: Sequence[Execution], workers: Workers | None) -> int:
    """Execute the pages that are not fresh, side by side, each on one core; how many were executed.

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
    workers = workers or Processes()
    at_a_time = min(len(stale), workers.count)
    began, failed = time.monotonic(), []
    done = workers.results(_execute, [(project, one) for one in stale], {Store().root, project.runs})
    visible = sys.stderr.isatty()
    with tqdm(total=len(stale), desc="pages", unit="page", disable=not visible) as bar:
        for finished, (number, error) in enumerate(done, start=1):
            bar.update()
            failed += [error if len(apart) == 1 else f"{stale[number].folder.name}: {error}"] if error else []
            left = len(stale) - finished
            half_done = min(at_a_time, left) / 2  # those that are being executed, on average
            pace = (time.monotonic() - began) / (finished + half_done)
            if not visible and left:
                to_go = timedelta(seconds=round(pace * (left - half_done)))
                log.info("pages: %d of %d done, about %s to go", finished, len(stale), to_go)
    if failed:
        others = f"\n{len(stale) - len(failed)} of {len(stale)} pages were executed; the same command goes on from here"
        raise BookError("\n".join(failed) + (others if len(stale) > 1 else ""))
    return len(stale)


def _execute(project: Project, of: Execution) -> str:
    """:func:`fisherkit.pages.execute`; what went wrong."""
    try:
        execute(project, of.page, of.parameters, of.folder, faces_digest=of.faces_digest)
    except BookError as error:
        return str(error)
    return ""


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
    executed = [path for path in notebooks if is_executed(path)]
    if not executed:
        raise BookError(f"{place} holds no page that fisherkit has executed")
    return executed
