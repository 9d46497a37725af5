"""The command line. Reads arguments, calls the package, turns expected errors into one line; decides nothing itself."""

import argparse
import json
import logging
import sys
from dataclasses import replace
from pathlib import Path

import yaml

from fisherkit import __version__
from fisherkit.presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # After parsing, so that -h and a misspelt option answer at once.
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    from fisherkit.pages import BookError
    from fisherkit.store import ArchiveError

    try:
        return options.do(options) or 0
    except TerminatedWorkerError:
        reason = "a training process was killed, perhaps for want of memory"
        print(f"fisherkit: {reason}; the same command goes on from here", file=sys.stderr)
        return 1
    except (BookError, ArchiveError, FloatingPointError, OSError) as error:
        print(f"fisherkit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fisherkit: interrupted; the same command goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fisherkit", description="Build, read and rerun the book.")
    parser.add_argument("--version", action="version", version=f"fisherkit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = _command(
        commands, "build", _build, "train what is missing, execute pages that are not fresh, build the book",
        "fisherkit build --preset quick --faces sketch",
    )  # fmt: skip
    run = _command(
        commands, "run", _run, "execute pages with parameters of your own, beside the book",
        "fisherkit run embeddings -p losses='[quart]' -p replicates=2",
    )  # fmt: skip
    run.add_argument("pages", nargs="+", metavar="PAGE", help="a page, or a name that several pages begin with")
    train = _command(
        commands, "train", _train, "train the networks that pages need, and execute nothing",
        "fisherkit train embeddings --preset paper --faces olivetti",
    )  # fmt: skip
    train.add_argument("pages", nargs="*", metavar="PAGE", help="as for run; all pages if none is given")
    for command in (run, train):
        command.add_argument(
            "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE", type=_parameter,
            help="a parameter of the pages, its value in YAML: angles=20, losses='[linear, log]'; may be given again",
        )  # fmt: skip
    publish = _command(
        commands, "publish", _publish, "copy a finished run's executed notebooks into book/",
        "fisherkit publish --preset paper --faces olivetti",
    )  # fmt: skip
    for command in (build, run, train):
        _add_preset(command, "quick")
        command.add_argument("--max-networks", type=int, metavar="N", help="networks beyond which nothing is begun")
    for command in (run, train):
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
        commands, "compare", _compare, "show the headline numbers of two runs side by side",
        "fisherkit compare quick-sketch quick-olivetti",
    )  # fmt: skip
    for name in ("first", "second"):
        compare.add_argument(name, metavar="RUN", help="a folder of _runs/, published, or the path of a notebook")

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
    export.add_argument("keys", nargs="*", metavar="KEY", help="beginnings of keys, as listed; all models if none")
    import_ = _command(
        actions, "import", _import_models, "take models up from an archive, each checked first",
        "fisherkit models import models.zip",
    )  # fmt: skip
    import_.add_argument("archive", type=Path, metavar="ARCHIVE")
    _command(
        commands, "doctor", _doctor, "look at the environment, the faces and the store", "fisherkit doctor"
    )  # fmt: skip
    return parser


def _build(options) -> None:
    from fisherkit import book

    print(book.build(options.preset or "quick", options.faces, limits=_limits(options)))


def _run(options) -> None:
    from fisherkit import book
    from fisherkit.pages import Project

    parameters, project = _parameters(options), Project()
    for name in options.pages:
        project.pages_called(name)  # a misspelt second page is told before the first one is executed
    for name in options.pages:
        notebooks, page = book.run(name, parameters, limits=_limits(options), project=project)
        for path in (*notebooks, page):
            print(path)


def _train(options) -> None:
    from fisherkit import book

    book.train(options.pages, _parameters(options), limits=_limits(options))


def _publish(options) -> None:
    from fisherkit import book

    for path in book.publish(options.preset or "paper", options.faces):
        print(path)


def _read(options) -> None:
    from fisherkit import book

    print(book.read())


def _pdf(options) -> None:
    from fisherkit.pages import Project
    from fisherkit.printing import print_book

    project = Project()
    site = project.built / options.book
    pages = [page for page in project.order if (site / f"{page}.html").exists()]
    print(print_book(site, pages or project.order, site.with_suffix(".pdf")))


def _compare(options) -> None:
    from fisherkit import book

    table = book.compare(options.first, options.second)
    given = table.attrs.pop("parameters")
    if len(given):
        print(given.to_string(), end="\n\n")
    print(table.to_string(float_format="{:.4g}".format, na_rep="–"))


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


def _export_models(options) -> int:
    from fisherkit.pages import BookError
    from fisherkit.store import Store

    store = Store()
    chosen = [key for key in store if not options.keys or key.startswith(tuple(options.keys))]
    unknown = [beginning for beginning in options.keys if not any(key.startswith(beginning) for key in store)]
    if unknown or not chosen:
        raise BookError(f"the store {store.root} holds no model {' or '.join(unknown) or 'at all'}")
    sound = [key for key in chosen if store.verify_or_set_aside(key)]
    count = store.export(sound, options.archive)
    print(f"{count} models in {options.archive}")
    return int(len(sound) < len(chosen))


def _import_models(options) -> None:
    from fisherkit.store import Store

    store = Store()
    new, known = store.import_archive(options.archive)
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
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise argparse.ArgumentTypeError(f"wanted NAME=VALUE, such as angles=20; got {text!r}")
    try:
        read = yaml.safe_load(value)
        json.dumps(read, allow_nan=False)  # YAML knows dates and sets, which no page does
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"the value of {name} must be a number, a word or a list in YAML, such as {name}='[linear, log]'; "
            f"got {value!r} ({type(error).__name__})"
        ) from error
    return name, read


def _parameters(options) -> dict:
    """The parameters of ``-p``, with those that have an option of their own."""
    from fisherkit.pages import BookError

    options_given = {name: getattr(options, name) for name in ("preset", "faces") if getattr(options, name)}
    parameters: dict = {}
    for name, value in (*options.parameters, *options_given.items()):
        if name in parameters:
            raise BookError(f"{name} was given twice: {parameters[name]!r} and {value!r}")
        parameters[name] = value
    return parameters


def _limits(options):
    from fisherkit.book import LIMITS

    asked = {name: getattr(options, f"max_{name}", None) for name in ("networks", "angles", "draws")}
    return replace(LIMITS, **{name: limit for name, limit in asked.items() if limit is not None})


if __name__ == "__main__":
    sys.exit(main())
