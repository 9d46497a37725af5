"""The command line. Reads arguments, calls the package, turns expected errors into one line; decides nothing itself."""

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from fisherkit import __version__

#: Presets and sources of faces. What defines them imports torch, which help must not wait for: a test compares them.
PRESETS = ("smoke", "quick", "paper", "original")
SOURCES = ("auto", "olivetti", "sketch")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status, by convention 130 where it was interrupted and 141 where nobody reads on."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, such as by a scheduler of jobs; no other file may get its number
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        getattr(sys, name).reconfigure(errors="replace")  # θ where the terminal has no such letter
    options = _parser().parse_args(arguments)
    gc.set_threshold(50_000)  # what a command imports makes objects, a million of them, and no garbage
    try:
        Path.home()
    except RuntimeError:
        print("fisherkit: this user has no home folder; set HOME to a folder that may be written to", file=sys.stderr)
        return 1
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # else it tells of the fonts that it found at first
    try:
        status = _do(options)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be written at the end
        return 141
    except KeyboardInterrupt:
        print("fisherkit: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return status


def _do(options: argparse.Namespace) -> int:
    """Do what was asked for; errors that were to be expected are told in a line."""
    # After parsing, so that -h and a misspelt option answer at once.
    from fisherkit.checks import ArchiveError, BookError, WorkersLostError

    try:
        return options.do(options) or 0
    except BrokenPipeError:
        raise
    except (BookError, ArchiveError, WorkersLostError, FloatingPointError, OSError) as known:
        error = str(known)
    except ModuleNotFoundError as absent:
        if absent.name is None or absent.name.partition(".")[0] == "fisherkit":
            raise
        extra, brings = (
            ("cluster", "what a cluster needs")
            if absent.name in ("dask", "distributed")
            else ("book", "what makes the book")
        )
        error = (
            f"{options.command} needs {absent.name}, which is not installed; in a clone of the project, "
            f"pip install '.[{extra}]' brings {brings}"
        )
    print(f"fisherkit: {error}", file=sys.stderr)
    return 1


def help_texts() -> dict[str, str]:
    """What ``-h`` prints for each command, by the command as it is typed."""
    return dict(_help_texts(_parser()))


def _help_texts(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser.prog, parser.format_help()
    for group in groups:
        for command in group.choices.values():
            yield from _help_texts(command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fisherkit", description="Build, read and rerun the book.")
    parser.add_argument("--version", action="version", version=f"fisherkit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = _command(
        commands, "build", _build, "train what is missing, execute pages that are not fresh, build the book",
        "fisherkit build --preset quick --faces sketch",
    )  # fmt: skip
    run = _command(
        commands, "run", _run, "execute pages with parameters of your own, and build a small book of them",
        "fisherkit run embeddings -p losses='[quart]' -p epochs=30 --out rerun",
    )  # fmt: skip
    run.add_argument("pages", nargs="+", metavar="PAGE", help="a page, or a name that several pages begin with")
    sweep = _command(
        commands, "sweep", _sweep, "run one page for each cell of a grid of parameters, and build one book of them",
        "fisherkit sweep uniformity -p loss=linear,quart -p encoding=linear,circular",
    )  # fmt: skip
    sweep.add_argument("page", metavar="PAGE", help="a page")
    sweep.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE[,VALUE...]", type=_values,
        help="a parameter of the page or a field of its preset, its values in YAML, separated by commas: "
        "loss=linear,quart; a list in brackets is one value: losses='[linear, log],[linear, quart]'; may be given "
        "again",
    )  # fmt: skip
    train = _command(
        commands, "train", _train, "train the networks that pages need, and execute nothing",
        "fisherkit train embeddings --preset paper --faces olivetti",
    )  # fmt: skip
    train.add_argument("pages", nargs="*", metavar="PAGE", help="as for run; all pages if none is given")
    for command in (run, train):
        command.add_argument(
            "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE", type=_parameter,
            help="a parameter of the pages or a field of their preset, its value in YAML: angles=20, "
            "losses='[linear, log]', epochs=30; may be given again",
        )  # fmt: skip
    publish = _command(
        commands, "publish", _publish, "copy a finished run's executed notebooks into book/",
        "fisherkit publish --preset paper --faces olivetti",
    )  # fmt: skip
    for command in (run, sweep):
        command.add_argument("--out", type=Path, metavar="FOLDER", help="where the book is put; by default in _build/")
    for command, preset in ((build, "quick"), (run, "the page's"), (sweep, "the page's"), (train, "the page's")):
        _add_preset(command, preset)
        command.add_argument("--max-networks", type=int, metavar="N", help="networks beyond which nothing is begun")
        command.add_argument(
            "--accelerator", choices=["cpu", "auto"],
            help="auto: train on a CUDA device where there is one; its networks are kept beside those of the CPU",
        )  # fmt: skip
        where = command.add_mutually_exclusive_group()
        where.add_argument(
            "--scheduler", metavar="ADDRESS", help="train and execute on the Dask cluster of this address, tcp://…"
        )
        where.add_argument(
            "--workers",
            type=int,
            metavar="N",
            help="train and execute on a Dask cluster of N processes of this machine",
        )
    for command in (run, sweep, train):
        command.add_argument(
            "--max-angles", type=int, metavar="N", help="angles of a curve beyond which nothing is begun"
        )
        command.add_argument(
            "--max-draws", type=int, metavar="N", help="simulated sets of faces beyond which nothing is begun"
        )
    _add_preset(publish, "paper")
    _command(
        commands, "read", _read, "build the published edition without executing anything", "fisherkit read"
    )  # fmt: skip
    pdf = _command(
        commands, "pdf", _pdf, "print a built book as one PDF, by Chromium", "fisherkit pdf html"
    )  # fmt: skip
    pdf.add_argument("book", nargs="?", default="html", metavar="BOOK", help="a folder of _build/; html if not given")
    compare = _command(
        commands, "compare", _compare, "show the headline numbers of runs side by side",
        "fisherkit compare quick-sketch quick-olivetti published",
    )  # fmt: skip
    compare.add_argument(
        "runs", nargs="+", metavar="RUN", help="a run as listed, published, or the path of a folder or a notebook"
    )
    runs = _command(commands, "runs", None, "list the runs that are kept, and remove some", "fisherkit runs list")
    actions = runs.add_subparsers(dest="action", required=True, metavar="ACTION")
    _command(actions, "list", _list_runs, "show what runs there are, and what they take on disk", "fisherkit runs list")
    prune = _command(
        actions, "prune", _prune_runs, "remove reruns that something has changed for since, or those named",
        "fisherkit runs prune",
    )  # fmt: skip
    prune.add_argument("runs", nargs="*", metavar="RUN", help="a run as listed; all reruns that are not fresh if none")

    models = _command(
        commands, "models", None, "list, export and import trained networks", "fisherkit models export models.zip"
    )
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    _command(actions, "list", _list_models, "show what the store holds", "fisherkit models list")
    export = _command(
        actions, "export", _export_models, "write models into one archive, to take them to another machine",
        "fisherkit models export models.zip",
    )  # fmt: skip
    export.add_argument("archive", type=Path, metavar="ARCHIVE")
    export.add_argument("--run", metavar="RUN", help="only the models that the pages of a run were made from")
    export.add_argument("keys", nargs="*", metavar="KEY", help="beginnings of keys, as listed; all models if none")
    import_ = _command(
        actions, "import", _import_models, "take models up from an archive, each checked first",
        "fisherkit models import models.zip",
    )  # fmt: skip
    import_.add_argument("archive", metavar="ARCHIVE", help="a file, or an address: https://, http:// or doi:")
    import_.add_argument("--sha256", metavar="HEX", help="the archive's digest, as export said it; an address needs it")
    _command(
        commands, "doctor", _doctor, "look at the environment, the faces and the store", "fisherkit doctor"
    )  # fmt: skip
    return parser


def _build(options) -> None:
    from fisherkit import book
    from fisherkit.presets import preset

    asked = preset(options.preset or "quick", accelerator=options.accelerator or "cpu")
    with _workers(options) as workers:
        print(book.build(str(asked), options.faces, limits=_limits(options), workers=workers))


def _run(options) -> None:
    from fisherkit import book

    with _workers(options) as workers:
        notebooks, index = book.run(
            options.pages, _parameters(options), limits=_limits(options), out=options.out, workers=workers
        )
    for path in (*notebooks, index):
        print(path)


def _sweep(options) -> None:
    from fisherkit import book

    given = {name: [value] for name, value in _options_given(options).items()}
    values = _once(options.parameters, given)
    with _workers(options) as workers:
        notebooks, index = book.sweep(options.page, values, limits=_limits(options), out=options.out, workers=workers)
    for path in (*notebooks, index):
        print(path)


def _train(options) -> None:
    from fisherkit import book

    with _workers(options) as workers:
        book.train(options.pages, _parameters(options), limits=_limits(options), workers=workers)


def _publish(options) -> None:
    from fisherkit import book

    for path in book.publish(options.preset or "paper", options.faces):
        print(path)


def _read(options) -> None:
    from fisherkit import site

    print(site.read())


def _pdf(options) -> None:
    from fisherkit.printing import print_book
    from fisherkit.project import Project
    from fisherkit.reruns import record_of

    project = Project()
    site = project.built / options.book
    order = record["pages"] if (record := record_of(site)) else project.order
    pages = [page for page in order if (site / f"{page}.html").exists()]
    print(print_book(site, pages or order, site.with_name(f"{site.name}.pdf")))


def _compare(options) -> None:
    from fisherkit import book

    table = book.compare(*options.runs)
    given = table.attrs.pop("parameters")
    if len(given):
        print(given.to_string(), end="\n\n")
    print(table.to_string(float_format="{:.4g}".format, na_rep="–"))


def _list_runs(options) -> None:
    from fisherkit.project import Project
    from fisherkit.reruns import runs_table

    project = Project()
    table = runs_table(project)
    print(f"{project.runs}: {len(table)} runs, {table['MB'].sum():.0f} MB with their books")
    if len(table):
        print(table.to_string(float_format="{:.1f}".format))


def _prune_runs(options) -> None:
    from fisherkit.project import Project
    from fisherkit.reruns import prune

    freed = prune(Project(), options.runs)
    for name, size in freed.items():
        print(f"removed {name} ({size:.1f} MB)")
    print(f"{sum(freed.values()):.0f} MB freed")


def _list_models(options) -> int:
    from fisherkit import experiments
    from fisherkit.store import Store

    store = Store()
    table, damaged = experiments.stored_models(store)
    print(f"{store.root}: {len(table)} models")
    if len(table):
        print(table.to_string(index=False, float_format="{:.4g}".format))
    for error in damaged:
        print(f"fisherkit: {error}; whoever needs it next sets it aside and trains it again", file=sys.stderr)
    return int(bool(damaged))


def _models_of(run: str) -> set[str]:
    """Keys of the models of a run."""
    from fisherkit.checks import BookError
    from fisherkit.pages import models_of
    from fisherkit.project import Project

    runs = Project().runs
    if not (known := models_of(runs / run)):
        there = sorted(path.name for path in runs.glob("[!.]*") if path.is_dir() and path.name != "published")
        raise BookError(f"there is no run {run!r} with models; there is {', '.join(there) or 'none'}")
    return known


def _export_models(options) -> int:
    from fisherkit.checks import BookError
    from fisherkit.store import Store, file_digest

    store = Store()
    of_run = _models_of(options.run) if options.run else set(store)
    chosen = [key for key in store if key in of_run and (not options.keys or key.startswith(tuple(options.keys)))]
    unknown = [beginning for beginning in options.keys if not any(key.startswith(beginning) for key in store)]
    if unknown or not chosen:
        raise BookError(f"the store {store.root} holds no model {' or '.join(unknown) or 'at all'}")
    sound = [key for key in chosen if store.verify_or_set_aside(key)]
    count = store.export(sound, options.archive)
    size = options.archive.stat().st_size / 1e6
    print(f"{count} models in {options.archive} ({size:.1f} MB), sha256 {file_digest(options.archive)}")
    return int(len(sound) < len(chosen))


def _import_models(options) -> None:
    from fisherkit.store import Store, fetch_archive

    store = Store()
    new, known = store.import_archive(fetch_archive(options.archive, options.sha256))
    print(f"{new} models imported into {store.root}, {known} were there already")


def _doctor(options) -> int:
    from fisherkit.doctor import examine

    fine = True
    for finding in examine():
        fine &= finding.fine
        print(f"{'ok ' if finding.fine else 'BAD'}  {finding.about}: {finding.text}", flush=True)
    return int(not fine)


def _command(commands, name: str, do, help: str, example: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=help, description=help[0].upper() + help[1:] + ".", epilog=f"example: {example}"
    )
    command.set_defaults(do=do)
    return command


def _add_preset(command: argparse.ArgumentParser, preset: str) -> None:
    command.add_argument("--preset", choices=list(PRESETS), help=f"default: {preset}")
    command.add_argument(
        "--faces", metavar="FACES", type=_faces,
        help="olivetti, sketch, auto, or a folder of images or an .npz file of yours; default: what the preset says",
    )  # fmt: skip


def _faces(text: str) -> str:
    """A source of faces, or a path."""
    from fisherkit.faces import own_place

    try:
        own_place(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _parameter(text: str) -> tuple[str, object]:
    """``name=value`` with the value in YAML."""
    name, value = _named(text)
    return name, _in_yaml(name, value, value)


def _values(text: str) -> tuple[str, list]:
    """``name=value,value`` with the values in YAML: a list in brackets, or in quotes a text with commas, is one."""
    name, value = _named(text)
    return name, _in_yaml(name, value, f"[{value}]") or [None]


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise argparse.ArgumentTypeError(f"wanted NAME=VALUE, such as angles=20; got {text!r}")
    return name, value


def _in_yaml(name: str, value: str, text: str):
    """What YAML reads from a text."""
    import yaml

    try:
        read = yaml.safe_load(text)
        json.dumps(read, allow_nan=False)  # YAML knows dates and sets, which no page does
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"the value of {name} must be a number, a word or a list in YAML, such as {name}='[linear, log]'; "
            f"got {value!r} ({type(error).__name__})"
        ) from error
    return read


def _parameters(options) -> dict:
    """The parameters of ``-p``, with those that have an option of their own."""
    return _once(options.parameters, _options_given(options))


def _options_given(options) -> dict:
    return {name: value for name in ("preset", "faces", "accelerator") if (value := getattr(options, name))}


def _once(parameters: list[tuple], given: dict) -> dict:
    """Parameters by name, each of which may be given once."""
    from fisherkit.checks import BookError

    found: dict = {}
    for name, value in (*parameters, *given.items()):
        if name in found:
            raise BookError(f"{name} was given twice: {found[name]!r} and {value!r}")
        found[name] = value
    return found


def _workers(options) -> AbstractContextManager:
    """Where to train and execute: a Dask cluster that was asked for, or None for the cores of this machine."""
    if options.scheduler is None and options.workers is None:
        return nullcontext()
    from fisherkit import cluster

    if options.scheduler is not None:
        return cluster.connected(options.scheduler)
    return cluster.local(options.workers)


def _limits(options):
    from dataclasses import replace

    from fisherkit.checks import LIMITS

    asked = {name: getattr(options, f"max_{name}", None) for name in ("networks", "angles", "draws")}
    return replace(LIMITS, **{name: limit for name, limit in asked.items() if limit is not None})


if __name__ == "__main__":
    sys.exit(main())
