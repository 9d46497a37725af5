"""The book's site, made by Jupyter Book of executed pages and prose. Must not know networks."""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from fisherkit import cli, cost, theory
from fisherkit.checks import LIMITS, UNREADABLE, BookError
from fisherkit.executed import facts_of, figure_of, findings, judgements, kept_words, results
from fisherkit.presets import FIELDS, PRESETS, preset_table
from fisherkit.processes import held
from fisherkit.project import Project, describe_parameters, replace_text
from fisherkit.results import listed, markdown_table

SKETCH_NOTICE = (
    "This build shows <b>sketch faces</b>: procedural drawings that stand in for the Olivetti photographs. "
    "Its numbers are not those of the published edition."
)

#: The same of other faces, by what they are called.
OWN_NOTICE = "This build shows faces of its maker's own: <b>{}</b>. Its numbers are not those of the published edition."

#: The figure that the README shows: its page, and its id there.
HEADLINE = "budget", "budget"

#: Of a book that lacks pages, links to them become words.
SOME_PAGES = {"nitpicky": False, "suppress_warnings": ["myst.xref_missing", "ref.doc", "ref.ref"]}

#: Networks that a cost is told for.
MANY = 100_000

#: A number that a prose page names: ``{{ budget__never_seen_log }}``.
_NUMBER = re.compile(r"\{\{ *(\w+?)__(\w+) *\}\}")


def read(*, project: Project | None = None) -> Path:
    """Build the published edition, the executed notebooks in ``book/``, without executing anything."""
    project = project or Project()
    pages = {page: project.prose / f"{page}.ipynb" for page in project.pages()}
    if absent := [page for page, path in pages.items() if not path.exists()]:
        raise BookError(f"the published edition lacks {', '.join(absent)}: make it with `make publish`")
    return build_site(project, project.runs / "published", pages, "read")


def build_site(project: Project, folder: Path, pages: Mapping[str, Path], name: str, *, notice: str = "") -> Path:
    """Build the book from executed pages and the prose into ``_build/<name>``, in place of what was there.

    Pages of the contents that are not among ``pages`` are left out, and links to them become words; ``notice`` stands
    at the top of every page. A book that was made from the same is left as it is.
    """
    with held(project.built / f".{name}.lock", f"the book {name}"):
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
        configuration = configuration_of(project, pages, notice)
        if left_out:
            configuration["sphinx"]["config"] |= SOME_PAGES
        replace_text(folder / "_config.yml", yaml.safe_dump(configuration, allow_unicode=True))
        work, target, made_from = project.built / "work" / name, project.built / name, _digest_of(project, folder)
        stamp = work / "made-from"
        if not (stamp.exists() and stamp.read_text(encoding="utf-8") == made_from and (target / "index.html").exists()):
            stamp.unlink(missing_ok=True)
            swap(jupyter_book(folder, work, [*pages, "index"], strict=not left_out), target)
            replace_text(stamp, made_from)
        return target / "index.html"


def _digest_of(project: Project, folder: Path) -> str:
    """Of all that a site is made from: its sources, the package, whose API it shows, and the locked versions."""
    package, lock = Path(__file__).parent, project.root / "requirements.lock"
    # By their names below each folder: a copy of a checkout has the same book.
    named = {f"sources/{path.relative_to(folder)}": path for path in folder.rglob("*")}
    named = {name: path for name, path in named.items() if not any(part[0] == "." for part in Path(name).parts)}
    named |= {f"package/{path.name}": path for path in package.glob("*.*")} | {"lock": lock}
    digest = hashlib.sha256()
    for name, path in sorted(named.items()):
        if path.is_file():
            digest.update(f"{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def jupyter_book(folder: Path, work: Path, pages: Sequence[str], *, strict: bool) -> Path:
    """Build a book's sources in a folder of work; the folder of the pages, which must hold those named.

    ``strict`` refuses links that lead nowhere.
    """
    unfinished = work / "unfinished"
    if unfinished.exists():
        shutil.rmtree(work)  # Sphinx takes a page for whole that it was killed in the middle of writing
    work.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    # In a process of its own: Sphinx changes the locale, the loggers and the warnings of the one it runs in.
    # With nothing of the working folder in the way of what is imported, and UTF-8 in any locale.
    code = f"from fisherkit.processes import end_with; end_with({os.getpid()}); from jupyter_book.cli.main import main"
    jupyter_book = [sys.executable, "-P", "-X", "utf8", "-c", f"{code}; main()"]
    options = ["build", str(folder), "--path-output", str(work), "-W", "--keep-going", *(["-n"] if strict else [])]
    finished = subprocess.run([*jupyter_book, *options], capture_output=True, encoding="utf-8", check=False)
    if finished.returncode < 0:
        raise BookError("the book was not built: Jupyter Book was killed, perhaps for want of memory")
    unfinished.unlink()
    output = re.sub(r"\x1b\[[\d;]*m", "", finished.stdout + finished.stderr)  # without the terminal's colours
    (work / "build.log").write_text(output, encoding="utf-8")
    if finished.returncode:
        lines = output.splitlines()
        # Sphinx says what is wrong with an extension or the configuration on the line that follows.
        complaints = [
            line + (f" {lines[number + 1]}" if line.endswith("rror:") and number + 1 < len(lines) else "")
            for number, line in enumerate(lines)
            if re.search(r"WARNING|ERROR|^\w+ error:", line)
        ]
        shown = "\n".join(complaints or lines[-20:])
        raise BookError(f"Jupyter Book did not build the book:\n{shown}\n(all of its output: {work / 'build.log'})")
    site = work / "_build" / "html"
    if absent := [page for page in pages if not (site / f"{page}.html").exists()]:
        raise BookError(f"Jupyter Book ended without an error but made no {', '.join(absent)}.html")
    return site


def plain_configuration(project: Project, pages: Mapping[str, Path], notice: str) -> dict[str, Any]:
    """``_config.yml`` with the notices and the footer of this build."""
    facts = [facts_of(path) for path in pages.values()]
    configuration = yaml.safe_load((project.root / "_config.yml").read_text(encoding="utf-8"))
    told = {name: ", ".join(sorted({str(page[name]) for page in facts})) for name in ("preset", "faces", "version")}
    told["date"] = max(page["date"] for page in facts)
    footer = " · ".join(f"<b>{name}</b> {html.escape(value)}" for name, value in told.items())
    configuration["html"]["extra_footer"] = f'<p class="facts">{footer}</p>'
    notices = [notice]
    for faces in sorted({page["faces"] for page in facts if page["faces"]} - {"olivetti"}):
        notices.append(SKETCH_NOTICE if faces == "sketch" else OWN_NOTICE.format(html.escape(faces)))
    configuration["html"]["announcement"] = " ".join(filter(None, notices))
    return configuration


def configuration_of(project: Project, pages: Mapping[str, Path], notice: str) -> dict[str, Any]:
    """``_config.yml`` with what this build alone knows: its notices, its footer and its computed tables."""
    configuration = plain_configuration(project, pages, notice)
    shown = results_table(project, pages)
    configuration["sphinx"]["config"] |= {
        "fisherkit_results": results_by_id(shown),
        "fisherkit_order": project.order,
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
        **_networks(project),
        **_growth(project),
        "most_networks": f"{LIMITS.networks:,}",
        "most_angles": f"{LIMITS.angles:,}",
        "most_draws": f"{LIMITS.draws:,}",
    }
    return configuration


def _networks(project: Project) -> dict[str, str]:
    """The archive of the published edition's networks, as publishing it wrote down."""
    path = project.prose / "networks.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        count, size = f"{facts['networks']:,}", f"{facts['bytes'] / 1e9:.2g} GB"
    except UNREADABLE as error:
        raise BookError(f"{path} cannot be read ({type(error).__name__}): `make publish` writes it") from error
    return {
        "networks_count": count,
        "networks_size": size,
        "networks_sha256": f"`{facts['sha256']}`",
    }


def _growth(project: Project) -> dict[str, str]:
    """How time grows with the work, as the benchmark wrote it down, and what more of it would take."""
    path = project.prose / "growth.csv"
    try:
        points = pd.read_csv(path)
        slopes, speed_up = cost.slopes(points), cost.speed_up(points)
        hours = {name: cost.hours_of_training(points, PRESETS[name], MANY) for name in ("quick", "paper")}
    except UNREADABLE as error:
        raise BookError(f"{path} cannot be read ({type(error).__name__}): `make bench` writes it") from error
    told = [f"{row.what} by {row.direction}, {row['from']:,.0f} to {row.to:,.0f}" for _, row in slopes.iterrows()]
    memory = [f"{row.memory_from:.2g} to {row.memory_to:.2g} GB" for _, row in slopes.iterrows()]
    table = pd.DataFrame({"direction": told, "slope": slopes["slope"].map("{:.2f}".format), "memory": memory})
    costs = pd.DataFrame(
        {
            "on": hours["quick"]["on"],
            "cores": hours["quick"]["cores"].map(lambda cores: f"{cores:,}" if cores else "–"),
            **{name: of["hours"].map(_duration) for name, of in hours.items()},
            "how known": np.where(hours["quick"]["measured"], "measured, in proportion", "on paper"),
        }
    )
    alt = (
        f"Time against work in logarithms, a panel a direction, with slopes of {slopes['slope'].min():.2f} to "
        f"{slopes['slope'].max():.2f} over the last two doublings; dashed lines are in proportion to the work."
    )
    return {
        "growth_figure": f'<figure><img src="_static/growth.svg" alt="{html.escape(alt)}"></figure>',
        "growth_table": markdown_table(table),
        "growth_costs": markdown_table(costs),
        "growth_least": f"{slopes['slope'].min():.2f}",
        "growth_most": f"{slopes['slope'].max():.2f}",
        "growth_speed_up": f"{speed_up:.2f}",
        "growth_many": f"{MANY:,}",
        "growth_cores": f"{int(points['cores'].iloc[0])}",
        "growth_disk": f"{cost.bytes_on_disk(PRESETS['paper'], MANY) / 1e9:,.0f} GB",
    }


def _duration(hours: float) -> str:
    """A time in words, of two digits."""
    if hours < 2:
        return f"{60 * hours:.2g} minutes"
    return f"{hours / 24:,.2g} days" if hours >= 48 else f"{hours:.2g} hours"


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


def results_table(project: Project, pages: Mapping[str, Path]) -> pd.DataFrame:
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


def results_by_id(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
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


def _named_numbers(project: Project, pages: Mapping[str, Path]) -> dict[str, str]:
    """The numbers that prose pages name, as they were kept, intervals included; a dash where this build lacks them.

    Prose writes an underscore where a name has a hyphen.
    """
    named = {pair for path in project.prose.glob("*.md") for pair in _NUMBER.findall(path.read_text(encoding="utf-8"))}
    kept = {page: kept_words(pages[page]) for page in {page for page, _ in named} if page in pages}
    words = {page: {name.replace("-", "_"): text for name, text in of.items()} for page, of in kept.items()}
    return {f"{page}__{name}": words.get(page, {}).get(name, "–") for page, name in sorted(named)}


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


def swap(built: Path, target: Path) -> Path:
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
