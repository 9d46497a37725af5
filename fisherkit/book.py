"""The book and its runs: what is trained, executed and built together. Must not know what a page computes."""

import html
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import pandas as pd
import yaml
from tqdm import tqdm

from fisherkit import experiments, running, theory
from fisherkit.codes import angle_grid
from fisherkit.faces import load_faces
from fisherkit.iteration import Iteration, train_iterations
from fisherkit.pages import (
    BookError,
    Project,
    check_parameters,
    describe_parameters,
    execute,
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
from fisherkit.presets import preset as make_preset
from fisherkit.presets import preset_table
from fisherkit.results import listed
from fisherkit.store import digest

log = logging.getLogger("fisherkit")

SKETCH_NOTICE = (
    "This build shows <b>sketch faces</b>: procedural drawings that stand in for the Olivetti photographs. "
    "Its numbers are not those of the published edition."
)


@dataclass(frozen=True)
class Limits:
    """The largest work that is begun without being asked for by its size."""

    networks: int = 1000
    angles: int = 1000
    draws: int = 2000


LIMITS = Limits()


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
    folder = project.runs / f"{preset}-{parameters['faces']}"
    _train(project, pages, parameters, limits)
    _execute_all(project, pages, parameters, folder, faces_digest)
    return build_site(project, folder, {page: folder / f"{page}.ipynb" for page in pages}, "html")


def run(
    name: str, parameters: Mapping, *, limits: Limits = LIMITS, project: Project | None = None
) -> tuple[list[Path], Path]:
    """Execute a page, or all pages that share a name, with parameters of one's own.

    The executed notebooks go to ``_runs/<name>-<hash of the parameters>/``, a small book of them to
    ``_build/<name>-<hash>/``; the sources stay as they are. The same parameters again execute nothing.

    Parameters
    ----------
    name : of a page, or what several pages' names begin with.
    parameters : of those pages, by name; ``preset`` is ``"quick"`` where not given, ``faces`` what it says.
    limits : of the size of the work.

    Returns
    -------
    The executed notebooks, and the first page of the book that was built of them.

    Raises
    ------
    BookError
        For an unknown page, a parameter that a page does not have or cannot use, work larger than the limits, or a
        cell that fails.
    """
    project = project or Project()
    pages = project.pages_called(name)
    parameters, faces_digest = _resolved(parameters)
    defaults = {page: parameters_of(project.source(page)) for page in pages}
    complete = {page: {**defaults[page], **parameters} for page in pages}
    _train(project, pages, parameters, limits)
    folder = project.runs / f"{name}-{digest(complete)[:8]}"
    _execute_all(project, pages, parameters, folder, faces_digest)
    notebooks = {page: folder / f"{page}.ipynb" for page in pages}
    changed = {
        parameter: value
        for page in pages
        for parameter, value in complete[page].items()
        if parameter not in ("preset", "faces") and value != defaults[page][parameter]
    }
    told = ", ".join(f"<b>{parameter}</b> = {html.escape(str(value))}" for parameter, value in changed.items())
    notice = f"A rerun of a part of the book{f' with {told}' if told else ''}."
    index = build_site(project, folder, notebooks, folder.name, notice=notice)
    return list(notebooks.values()), index.with_name(f"{pages[0]}.html")


def train(
    names: Sequence[str], parameters: Mapping, *, limits: Limits = LIMITS, project: Project | None = None
) -> None:
    """Train the networks that pages ask for and the store lacks; all pages where ``names`` is empty.

    Parameters and errors as in :func:`run`.
    """
    project = project or Project()
    pages = [page for name in names for page in project.pages_called(name)] or project.pages()
    if not _train(project, pages, _resolved(parameters)[0], limits):
        log.info("nothing to train: the store has all of it")


def compare(first: str, second: str, *, project: Project | None = None) -> pd.DataFrame:
    """The headline numbers of two runs, side by side.

    Parameters
    ----------
    first, second : names of runs (folders of ``_runs/``), ``"published"``, or paths of folders or executed notebooks.

    Returns
    -------
    One row for each page and number that either run has; columns: both runs, their difference and ratio. What the runs
    were given stands in ``.attrs["parameters"]``, a table of the parameters that differ.

    Raises
    ------
    BookError
        For a run that does not exist, or that holds no executed pages.
    """
    project = project or Project()
    names = (first, second) if first != second else (first, f"{second} (again)")
    columns, given = [], []
    for name, run in zip(names, (first, second), strict=True):
        numbers, parameters = {}, {}
        for path in _notebooks_of(project, run):
            numbers |= {(path.stem, number): value for number, value in headlines(path).items()}
            facts = json.loads(path.read_text())["metadata"]["fisherkit"]
            parameters |= {(path.stem, parameter): str(value) for parameter, value in facts.items()}
        columns.append(pd.Series(numbers, name=name, dtype=float))
        given.append(pd.Series(parameters, name=name, dtype=object))
    table, facts = (pd.concat(pair, axis=1).rename_axis(["page", what]) for pair, what in (
        (columns, "number"), (given, "parameter")))  # fmt: skip
    facts = facts.fillna("–")
    table.attrs["parameters"] = facts[facts[names[0]] != facts[names[1]]]
    return table.assign(difference=table[names[1]] - table[names[0]], ratio=table[names[1]] / table[names[0]])


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
    folder = project.runs / f"{preset}-{parameters['faces']}"
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


def _resolved(parameters: Mapping) -> tuple[dict, str]:
    """The parameters, with the preset and the faces that are used where they leave that open; the faces' digest."""
    resolved = {"preset": "quick", "faces": None, **parameters}
    try:
        preset = make_preset(resolved["preset"])
        asked = resolved["faces"] or preset.faces
        faces = load_faces(asked, pixels=preset.pixels, split=preset.split)
    except ValueError as error:
        raise BookError(str(error)) from error
    if asked == "auto":
        olivetti = faces.source == "olivetti"
        log.info("faces: %s", "Olivetti" if olivetti else "sketch (Olivetti is neither cached nor downloadable here)")
    return {**resolved, "faces": faces.source}, faces.digest


def _train(project: Project, pages: Sequence[str], parameters: Mapping, limits: Limits) -> bool:
    """Train what pages need and the store lacks, unless it is too much; whether there was any."""
    for page in pages:
        complete = check_parameters(page, parameters_of(project.source(page)), parameters)
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
    needs = [need for page in pages for need in needs_of(project.source(page), parameters)]
    sweeps = [need for need in needs if isinstance(need, experiments.Sweep)]
    iterations = [need for need in needs if isinstance(need, Iteration)]
    networks = len({sweep.key(condition) for sweep in sweeps for condition in sweep.conditions})
    networks += sum(iteration.networks for iteration in iterations)
    if networks > limits.networks:
        raise BookError(
            f"{', '.join(pages)} would need {networks} networks, more than the limit of {limits.networks}; ask for "
            f"fewer replicates, losses or encodings, or raise the limit with --max-networks {networks}"
        )
    # What an iteration trains follows from what it has trained: after the rest, which trains in full groups.
    return running.train_sweeps(sweeps) + train_iterations(iterations) > 0


def _execute_all(project: Project, pages: Sequence[str], parameters: Mapping, folder: Path, faces_digest: str) -> None:
    """Execute the pages that are not fresh, side by side on the cores, each on one of them."""
    stale = [page for page in pages if not is_fresh(project, page, parameters, folder, faces_digest=faces_digest)]
    if not stale:
        log.info("executed nothing: every page is fresh")
        return
    log.info("executing %s", ", ".join(stale))
    workers = min(len(stale), joblib.cpu_count())
    with running.side_by_side(workers):
        done = joblib.Parallel(return_as="generator_unordered")(
            joblib.delayed(_execute)(project, page, parameters, folder, faces_digest, os.getpid()) for page in stale
        )
        with tqdm(total=len(stale), desc="pages", unit="page", disable=not sys.stderr.isatty()) as bar:
            for _ in done:
                bar.update()


def _execute(project: Project, page: str, parameters: Mapping, folder: Path, faces_digest: str, caller: int) -> None:
    """:func:`fisherkit.pages.execute`, in a process that ends with the one that asks for it."""
    if os.getpid() != caller:
        running.end_with_parent()
    execute(project, page, parameters, folder, faces_digest=faces_digest)


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
    executed = []
    for path in notebooks:
        try:
            if "fisherkit" in json.loads(path.read_text())["metadata"]:
                executed.append(path)
        except (OSError, ValueError, KeyError, TypeError):
            continue
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
        configuration["sphinx"]["config"] |= {
            "nitpicky": False, "suppress_warnings": ["myst.xref_missing", "ref.doc", "ref.ref"],
        }  # fmt: skip
    replace_text(folder / "_config.yml", yaml.safe_dump(configuration, allow_unicode=True))
    work = project.built / "work" / name
    work.mkdir(parents=True, exist_ok=True)
    # In a process of its own: Sphinx changes the locale, the loggers and the warnings of the one it runs in.
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["build", str(folder), "--path-output", str(work), "-W", "--keep-going", *([] if left_out else ["-n"])]
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


def _configuration(project: Project, pages: Mapping[str, Path], notice: str) -> dict:
    """``_config.yml`` with what this build alone knows: its notices, its footer and its computed tables."""
    facts = [json.loads(path.read_text())["metadata"]["fisherkit"] for path in pages.values()]
    configuration = yaml.safe_load((project.root / "_config.yml").read_text())
    told = {name: ", ".join(sorted({str(page[name]) for page in facts})) for name in ("preset", "faces", "version")}
    told["date"] = max(page["date"] for page in facts)
    footer = " · ".join(f"<b>{name}</b> {html.escape(value)}" for name, value in told.items())
    configuration["html"]["extra_footer"] = f'<p class="facts">{footer}</p>'
    notices = [notice, SKETCH_NOTICE if "sketch" in told["faces"] else ""]
    configuration["html"]["announcement"] = " ".join(filter(None, notices))
    shown = _results(project, pages)
    configuration["sphinx"]["config"] |= {
        "fisherkit_results": {row.pop("id"): row for row in shown.to_dict("records") if row["page"]},
        "fisherkit_order": project.order,
    }
    configuration["parse"]["myst_substitutions"] = {
        **_named_numbers(project, pages),
        "headline_figure": _headline_figure(pages),
        "tally": _tally(shown),
        "question_index": _markdown(_question_index(shown)),
        "exponent_table": _markdown(theory.exponent_table().round(3).reset_index()),
        "preset_table": _markdown(preset_table().reset_index()),
        "parameter_table": _markdown(_parameter_table(project)),
        "findings": _findings(pages),
        "figure_index": _markdown(_figure_index(shown)),
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
    return _markdown(pd.DataFrame(rows, columns=["finding", "number", "measured", "with every seed"]))


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


#: The figure that the first page and the README show: its page, and its id there.
HEADLINE = "budget", "budget"


def _headline_figure(pages: Mapping[str, Path]) -> str:
    """The first page's figure, HTML: a link to its place; or that this build lacks it."""
    page, id = HEADLINE
    found = figure_of(pages[page], id) if page in pages else None
    if found is None:
        return f"*This build lacks the figure of the page `{page}`.*"
    return f'<a class="headline" href="{page}.html#{id}"><img src="_static/figures/{id}.svg" alt="{found[0]}"></a>'


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


def _markdown(table: pd.DataFrame) -> str:
    rows = [table.columns.tolist(), ["---"] * table.shape[1], *table.values.tolist()]
    return "\n".join("| " + " | ".join(f"{cell}" for cell in row) + " |" for row in rows)


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
    fresh, old = (target.with_name(f".{target.name}.{part}") for part in ("new", "old"))
    for path in (fresh, old):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(built, fresh)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target
