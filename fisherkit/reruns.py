"""Reruns: their grids, their names, the page that sums one up, what is kept of them, and the small book of it."""

import itertools
import json
import re
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import yaml
from matplotlib.figure import Figure
from nbformat import NotebookNode

from fisherkit import plotting
from fisherkit.checks import UNREADABLE, BookError
from fisherkit.executed import facts_of, headlines, intervals, is_executed, kept_words, title_of
from fisherkit.faces import source_name
from fisherkit.pages import still_fresh
from fisherkit.presets import preset as make_preset
from fisherkit.processes import held
from fisherkit.project import Project
from fisherkit.results import as_text, listed, markdown_table
from fisherkit.site import SOME_PAGES, jupyter_book, plain_configuration, results_by_id, results_table, swap
from fisherkit.store import digest

#: A file of each rerun's book: what it was made of. Nothing but a folder that holds it is ever written over.
RECORD = "rerun.json"

#: Where the page that sums up a rerun stands in its book.
OVERVIEW = "overview"

#: Panels of a figure of the overview; further numbers are in a figure that is opened.
PANELS = 12

_LONGEST_NAME = 120


def grid_of(values: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The parameters that are the same everywhere, and those that have several values, each with these.

    Raises
    ------
    ValueError
        Where none has several values, or one has a value twice.
    """
    fixed = {name: of[0] for name, of in values.items() if len(of) == 1}
    axes = {name: list(of) for name, of in values.items() if len(of) != 1}
    if not axes:
        raise ValueError(
            "a sweep wants at least one parameter with several values, separated by commas: loss=linear,quart; got "
            f"{', '.join(f'{name}={in_brief(value)}' for name, value in fixed.items()) or 'none'}"
        )
    for name, of in axes.items():
        if twice := [value for number, value in enumerate(of) if value in of[:number]]:
            raise ValueError(f"each value of {name} must be given once; got {in_brief(twice[0])} twice")
    return fixed, axes


def cells_of(axes: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """One choice of values for each cell of a grid, the last parameter varying fastest."""
    return [dict(zip(axes, chosen, strict=True)) for chosen in itertools.product(*axes.values())]


def in_brief(value: object) -> str:
    """A parameter's value as a name holds it: ``quart``, ``0.5``, ``linear+sqrt``."""
    if isinstance(value, (list, tuple)):
        return "+".join(map(in_brief, value))
    return "none" if value is None else str(value)


def told(parameters: Mapping[str, Any]) -> str:
    """Parameters in a sentence: ``loss = quart, losses = [linear, sqrt]``."""
    shown = {
        name: f"[{', '.join(map(str, one))}]" if isinstance(one, (list, tuple)) else one
        for name, one in parameters.items()
    }
    return ", ".join(f"{name} = {value}" for name, value in shown.items())


def changed_of(parameters: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What of a page's parameters differs from its own, the preset's fields by name; preset and faces apart."""
    own = {name: one for name, one in parameters.items() if name not in ("preset", "faces") and one != defaults[name]}
    return {**own, **(make_preset(parameters["preset"]).departures if "preset" in parameters else {})}


def name_of(name: str, runs: Sequence[Mapping[str, Any]], changed: Mapping[str, Any]) -> str:
    """What a run is called: its pages, preset, faces and what was changed.

    Such as ``embeddings-quick-olivetti-losses=linear+sqrt``. What a folder's name cannot hold is told by a digest.

    Parameters
    ----------
    name : of the page or pages.
    runs : all parameters of each page.
    changed : what differs from the pages' own, by name.
    """
    presets = dict.fromkeys(str(run.get("preset", "")).partition("(")[0] for run in runs)
    faces = dict.fromkeys(source_name(run["faces"]) if run.get("faces") else "" for run in runs)
    words = ["+".join(presets), "+".join(faces), *(f"{key}={in_brief(value)}" for key, value in changed.items())]
    return _as_name("-".join(filter(None, [name, *words])), list(runs))


def name_of_cell(page: str, choice: Mapping[str, Any]) -> str:
    """What the page of a grid's cell is called in its book: ``uniformity-loss=quart-encoding=circular``."""
    return _as_name("-".join([page, *(f"{name}={in_brief(value)}" for name, value in choice.items())]), dict(choice))


def _as_name(text: str, facts) -> str:
    name = re.sub(r"[^\w.+=,-]", "_", text)
    if name == text and len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{digest(facts)[:8]}"


def numbers_of(notebook: Path) -> pd.DataFrame:
    """An executed page's headline numbers, by name: ``mean``, ``low`` and ``high`` (NaN of those without an interval),
    and ``words``, as its text shows them."""
    means, ends, words = headlines(notebook), intervals(notebook), kept_words(notebook)
    rows = [
        (name, mean, *ends.get(name, (np.nan, np.nan)), words[name] if name in ends else _rounded(mean, words[name]))
        for name, mean in means.items()
    ]
    return pd.DataFrame(rows, columns=["number", "mean", "low", "high", "words"]).set_index("number")


def _rounded(number: float, words: str) -> str:
    """A number without an interval in a table: with a power of ten where two decimals would be too few or too many."""
    return words if number == 0 or 0.005 <= abs(number) < 1e5 else f"{number:.3g}".replace("-", "−")


def overview_of_run(pages: Mapping[str, Path], published: Mapping[str, Path], changed: Mapping[str, Any]) -> str:
    """The page that sums up a run, MyST Markdown: its parameters, and its numbers beside the published edition's.

    Parameters
    ----------
    pages : the executed notebooks, by page.
    published : those of the published edition, as far as it has them.
    changed : the parameters that differ from the pages' own.
    """
    titles = {page: title_of(notebook) for page, notebook in pages.items()}
    what = f"*{titles[next(iter(pages))]}*" if len(pages) == 1 else f"{len(pages)} pages"
    text = [f"# A rerun of {what}", f"With {as_text(told(changed))}." if changed else "With the pages' own parameters."]
    text += ["## Parameters", _parameters_of_run(pages, published)]
    for page, notebook in pages.items():
        text += [f"## [{titles[page]}]({page}.ipynb)", _beside(numbers_of(notebook), published.get(page))]
    return "\n\n".join(text) + "\n"


def _parameters_of_run(pages: Mapping[str, Path], published: Mapping[str, Path]) -> str:
    rows: dict[tuple, list[str]] = {}
    for page, notebook in pages.items():
        here, there = _given(notebook), _given(published[page]) if page in published else {}
        for name, value in here.items():
            shown = [in_brief_words(value), in_brief_words(there[name]) if name in there else "–"]
            shown[0] = f"**{shown[0]}**" if shown[0] != shown[1] else shown[0]
            rows.setdefault((f"`{name}`", *shown), []).append(f"[{page}]({page}.ipynb)")
    table = pd.DataFrame([(*row, ", ".join(of)) for row, of in rows.items()])
    table.columns = ["parameter", "this run", "published edition", "pages"]
    return markdown_table(table if len(pages) > 1 else table.drop(columns="pages"))


def in_brief_words(value: object) -> str:
    """A parameter's value in a table."""
    shown = ", ".join(map(str, value)) if isinstance(value, list) else "its preset's" if value is None else str(value)
    return as_text(shown)


def _given(notebook: Path) -> dict[str, Any]:
    return {name: value for name, value in facts_of(notebook).items() if name not in ("version", "date")}


def _beside(here: pd.DataFrame, published: Path | None) -> str:
    """A table of numbers beside the published edition's."""
    if here.empty:
        return "This page keeps no numbers."
    there = numbers_of(published) if published else here.iloc[:0]
    both = here.join(there.add_suffix("_there"), how="left")
    rows = [
        (
            name.replace("_", " "), row.words, row.words_there if isinstance(row.words_there, str) else "–",
            "–" if np.isnan(row.mean_there) else _difference(row.mean - row.mean_there),
        )
        for name, row in zip(both.index, both.itertuples(), strict=True)
    ]  # fmt: skip
    table = markdown_table(pd.DataFrame(rows, columns=["number", "this run", "published edition", "difference"]))
    absent = len(there.index.difference(here.index))
    return table + (f"\n\nOf the published page's numbers, {absent} are not in this run." if absent else "")


def _difference(number: float) -> str:
    return format(number, "+,.0f" if 100 <= abs(number) < 1e6 else "+.2g").replace("-", "−")


def overview_of_sweep(
    axes: Mapping[str, Sequence[Any]], cells: Mapping[str, Path], published: Path | None, changed: Mapping[str, Any]
) -> str:
    """The page that sums up a grid, MyST Markdown: figures and a table of its numbers, a column a cell.

    Parameters
    ----------
    axes : the parameters that vary, with their values.
    cells : the executed notebooks in the order of :func:`cells_of`, by what their pages are called.
    published : the published edition's notebook, if there is one.
    changed : the parameters that do not vary and differ from the page's own.
    """
    choices = dict(zip(cells, cells_of(axes), strict=True))
    tables = {cell: numbers_of(notebook) for cell, notebook in cells.items()}
    names = list(dict.fromkeys(name for table in tables.values() for name in table.index))
    there = numbers_of(published) if published else None
    rows = [
        {
            **{axis: in_brief(value) for axis, value in choices[cell].items()},
            "number": name,
            **({"mean": np.nan, "low": np.nan, "high": np.nan} if name not in table.index else
               table.loc[name, ["mean", "low", "high"]].to_dict()),
        }
        for name in names for cell, table in tables.items()
    ]  # fmt: skip
    data = pd.DataFrame(rows, columns=[*axes, "number", "mean", "low", "high"])
    steady = [name for name, of in data.groupby("number", sort=False)["mean"] if len(set(of.fillna(np.inf))) == 1]
    moving = [name for name in names if name not in steady]
    certain = {name for table in tables.values() for name in table.index[table["low"].notna()]}
    moving.sort(key=lambda name: name not in certain)  # those with intervals first, else as on the page
    title = title_of(next(iter(cells.values())))
    text = [
        f"# {len(cells)} runs of *{title}*",
        f"One for each of {listed([f'{len(of)} values of `{axis}`' for axis, of in axes.items()])}"
        + (f"; everywhere {as_text(told(changed))}." if changed else "."),
        "## Parameters",
        _parameters_of_sweep(cells, axes, published),
        "## Numbers",
    ]
    for number, start in enumerate(range(0, len(moving), PANELS)):
        some = moving[start : start + PANELS]
        text.append(
            plotting.figure_html(
                grid_figure(data[data["number"].isin(some)], list(axes), there),
                id="numbers" if number == 0 else f"numbers-{number + 1}",
                caption=_caption(some, list(axes), there),
                alt=f"{len(some)} small panels against {next(iter(axes))}: {', '.join(_words(name) for name in some)}; "
                "the numbers are in the table below.",
                data=data[data["number"].isin(some)],
                collapsed="" if number == 0 else f"Numbers {start + 1} to {start + len(some)} of {len(moving)}",
            )
        )
    text.append(_table_of_cells(moving, choices, tables, there) if moving else "No number differs from cell to cell.")
    if steady:
        alike = _table_of_cells(steady, choices, tables, there)
        text.append(f":::{{dropdown}} Numbers that are the same in every cell: {len(steady)}\n{alike}\n:::")
    return "\n\n".join(text) + "\n"


def _parameters_of_sweep(cells: Mapping[str, Path], axes: Mapping[str, Sequence[Any]], published: Path | None) -> str:
    here, there = _given(next(iter(cells.values()))), _given(published) if published else {}
    rows = []
    for name, value in {**here, **axes}.items():
        varies = name in axes
        shown = " · ".join(map(in_brief_words, axes[name])) if varies else in_brief_words(value)
        rows.append(
            (f"`{name}`", f"**{shown}**" if varies else shown, in_brief_words(there[name]) if name in there else "–")
        )
    return markdown_table(pd.DataFrame(rows, columns=["parameter", "these runs", "published edition"]))


def _table_of_cells(names: Sequence[str], choices: Mapping, tables: Mapping, there: pd.DataFrame | None) -> str:
    briefly = {cell: as_text(", ".join(map(in_brief, choice.values()))) for cell, choice in choices.items()}
    heads = {cell: f"[{words}]({cell}.ipynb)" for cell, words in briefly.items()}
    of = {heads[cell]: [_word(table, name) for name in names] for cell, table in tables.items()}
    published = {"published edition": [_word(there, name) for name in names]} if there is not None else {}
    return markdown_table(
        pd.DataFrame(
            {f"number ({', '.join(next(iter(choices.values())))})": [_words(name) for name in names], **of, **published}
        )
    )


def _word(table: pd.DataFrame, name: str) -> str:
    return str(table.loc[name, "words"]) if name in table.index else "–"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _caption(names: Sequence[str], axes: Sequence[str], there: pd.DataFrame | None) -> str:
    first, *others = axes
    by = f", marks by {listed(others)}" if others else ""
    dotted = " Dotted: the published edition." if there is not None and set(names) & set(there.index) else ""
    return f"Each number against {first}{by}; bars are 95\u00a0% intervals, where a page has them.{dotted}"


def grid_figure(data: pd.DataFrame, axes: Sequence[str], published: pd.DataFrame | None = None) -> Figure:
    """Small multiples: a panel a number, against the first parameter, with a mark and a colour for the others.

    Parameters
    ----------
    data : one row a cell and number: a column for each of ``axes``, ``number``, ``mean``, ``low``, ``high``.
    axes : names of the parameters that vary.
    published : numbers by name, with ``mean``; drawn dotted.
    """
    plotting.use_style()
    names, first, others = list(dict.fromkeys(data["number"])), axes[0], list(axes[1:])
    places = {value: place for place, value in enumerate(dict.fromkeys(data[first]))}
    series = data.assign(series=data[others].agg(", ".join, axis=1) if others else "")
    kinds = list(dict.fromkeys(series["series"]))
    marks = list(plotting.LOSS_MARKS.values())
    colours = plotting.shades(len(kinds))
    figure, panels = plotting.panels(len(names), columns=4)
    handles = {}
    for axis, name in zip(panels, names, strict=True):
        for number, kind in enumerate(kinds):
            some = series[(series["number"] == name) & (series["series"] == kind) & series["mean"].notna()]
            place = some[first].map(places) + 0.12 * (number - (len(kinds) - 1) / 2)
            spread = np.nan_to_num([some["mean"] - some["low"], some["high"] - some["mean"]])
            mark = marks[number % len(marks)]
            handles[kind] = axis.errorbar(
                place,
                some["mean"],
                yerr=spread.clip(0),
                color=colours[number],
                marker=mark,
                linestyle="none",
                capsize=2,
            )
        if published is not None and name in published.index:
            axis.axhline(published.loc[name, "mean"], color="0.4", linestyle=":", linewidth=1.2)
        axis.set_title("\n".join(textwrap.wrap(_words(name), 24)), fontsize="small")
        axis.set(xticks=list(places.values()), xlim=(-0.5, len(places) - 0.5))
        longest = max(map(len, places)) * len(places)
        axis.set_xticklabels(list(places), rotation=30 if longest > 18 else 0, ha="right" if longest > 18 else "center")
        axis.tick_params(labelsize="small")
        axis.locator_params(axis="y", nbins=4)
    if others:
        figure.legend(handles.values(), handles, loc="outside upper center", ncols=min(len(kinds), 4), fontsize="small")
    figure.supxlabel(first, fontsize="small")
    return figure


def headed(notebook: NotebookNode, words: str) -> NotebookNode:
    """A page whose title says, in words, which of several like it this is."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^# ", cell.source, re.MULTILINE):
            before, title, after = re.split(r"^(# .*)$", cell.source, maxsplit=1, flags=re.MULTILINE)
            cell.source = f"{before}{title} ({as_text(words)}){after}"
            break
    return notebook


def build_rerun(
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
    with held(project.built / f".{name}.lock", f"the book {name}"):
        work = project.built / "work" / name
        shutil.rmtree(work, ignore_errors=True)
        folder = work / "source"
        folder.mkdir(parents=True)
        shutil.copytree(project.prose / "_static", folder / "_static")
        for path in project.prose.glob("*.bib"):
            shutil.copyfile(path, folder / path.name)
        (folder / f"{OVERVIEW}.md").write_text(overview, encoding="utf-8")
        for page, path in pages.items():
            if page in headings:
                nbformat.write(headed(nbformat.read(path, as_version=4), headings[page]), folder / f"{page}.ipynb")
            else:
                shutil.copyfile(path, folder / f"{page}.ipynb")
        chapters = [{"file": page, **({"title": headings[page]} if page in headings else {})} for page in pages]
        contents = {"format": "jb-book", "root": OVERVIEW, "chapters": chapters}
        (folder / "_toc.yml").write_text(
            yaml.safe_dump(contents, sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
        configuration = plain_configuration(project, pages, notice)
        settings = configuration["sphinx"]["config"]
        settings["extensions"].remove("fisherkit.sphinx_api")  # the API is in the book
        for key in [key for key in settings if key.startswith(("autoapi_", "codeautolink_", "napoleon_"))]:
            del settings[key]
        settings |= {
            **SOME_PAGES,
            "html_title": re.sub(r"[<>&]", "", title),  # the theme writes it as it is
            "fisherkit_order": ["", OVERVIEW, *pages] if headings else project.order,
            "fisherkit_apart": bool(headings),
            "fisherkit_results": {} if headings else results_by_id(results_table(project, pages)),
        }
        (folder / "_config.yml").write_text(yaml.safe_dump(configuration, allow_unicode=True), encoding="utf-8")
        site = jupyter_book(folder, work, [*pages, OVERVIEW, "index"], strict=False)
        record = {"name": name, "runs": list(runs), "pages": [OVERVIEW, *pages]}
        (site / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        index = swap(site, out.absolute() if out else project.built / name) / "index.html"
        shutil.rmtree(work)
        return index


def record_of(site: Path) -> dict[str, Any] | None:
    """What a rerun's book was made of; None for what is no such book."""
    try:
        record = json.loads((site / RECORD).read_text(encoding="utf-8"))
        return record if isinstance(record["runs"], list) else None
    except UNREADABLE:
        return None


def check_place(place: Path) -> None:
    """Raise a BookError where a book may not be put: where there is something that is no rerun's book."""
    if place.is_dir() and (record_of(place) is not None or not any(place.iterdir())):
        return
    if place.exists():
        raise BookError(
            f"--out must name a folder that is new, empty or an earlier rerun's book; {place} is there and is none of "
            "these: give another name, or remove it"
        )


def runs_table(project: Project) -> pd.DataFrame:
    """All runs that are kept, one row each, by name: ``pages``, ``preset``, ``faces``, ``date``, ``fresh`` (whether its
    sources, the package and its networks are what they were; None of the book itself), and ``MB`` on disk."""
    folders = {path.name: path for path in project.runs.glob("[!.]*") if path.is_dir() and path.name != "published"}
    sites = {path.name: path for path in project.built.glob("[!.]*") if record_of(path) is not None}
    rows = {}
    for name in sorted({*folders, *sites}):
        if name in folders:
            known = {path.stem: facts_of(path) for path in sorted(folders[name].glob("*.ipynb")) if is_executed(path)}
            fresh = bool(known) and all(still_fresh(project, page, folders[name]) for page in known)
            pages, facts = ", ".join(known) if len(known) < 3 else f"{len(known)} pages", list(known.values())
        else:
            made_of = [folders.get(run) for run in record_of(sites[name])["runs"]]
            notebooks = [(path, page) for path in made_of if path for page in path.glob("*.ipynb")]
            fresh = None not in made_of and all(still_fresh(project, page.stem, path) for path, page in notebooks)
            pages, facts = f"{len(made_of)} runs", [facts_of(page) for _, page in notebooks]
        rows[name] = {
            "pages": pages,
            **{what: "+".join(dict.fromkeys(str(one.get(what, "")) for one in facts)) for what in ("preset", "faces")},
            "date": max((str(one["date"]) for one in facts), default=""),
            "fresh": fresh,
            "MB": sum(map(_size, (project.runs / name, project.built / name))) / 1e6,
        }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["pages", "preset", "faces", "date", "fresh", "MB"])


def prune(project: Project, names: Sequence[str] = ()) -> dict[str, float]:
    """Remove runs and their books, those named or else the reruns that are not fresh; what each freed, in MB.

    What a build that was stopped has left goes too. The published edition and trained networks stay; so does a run of
    the whole book that is not named.

    Raises
    ------
    BookError
        For a run that there is not; nothing is removed then.
    """
    table = runs_table(project)
    if unknown := [name for name in names if name not in table.index]:
        raise BookError(
            f"there is no run {' or '.join(map(repr, unknown))}; there is {', '.join(table.index) or 'none'}"
        )
    chosen = list(names) or [name for name, row in table.iterrows() if not row["fresh"] and _is_rerun(project, name)]
    freed = {name: table.loc[name, "MB"] for name in chosen}
    for name in chosen:
        for place in (project.runs / name, project.built / name):
            shutil.rmtree(place, ignore_errors=True)
    for path in [*project.built.glob(".*.fisherkit-*"), *project.built.glob("work/*")]:
        if path.parent.name != "work" or path.name not in ("html", "read"):
            freed[str(path.relative_to(project.root))] = _size(path) / 1e6
            shutil.rmtree(path)
    return freed


def _is_rerun(project: Project, name: str) -> bool:
    """Whether a run is of some pages, and not of the whole book: its name begins with theirs."""
    try:
        return all(map(project.pages_called, name.partition("-")[0].split("+")))
    except BookError:
        return False


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
