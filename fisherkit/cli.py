"""The command line. Reads arguments, calls the package, turns expected errors into one line; decides nothing itself."""

import argparse
import logging
import sys

from fisherkit import __version__
from fisherkit.faces import SOURCES
from fisherkit.presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    parser = argparse.ArgumentParser(prog="fisherkit", description="Build and read the book.")
    parser.add_argument("--version", action="version", version=f"fisherkit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    build = _command(commands, "build", "train what is missing, execute pages that are not fresh, build the book",
                     "fisherkit build --preset quick --faces sketch")  # fmt: skip
    publish = _command(commands, "publish", "copy a finished run's executed notebooks into book/",
                       "fisherkit publish --preset paper --faces olivetti")  # fmt: skip
    for command, default_preset, default_faces in ((build, "quick", "auto"), (publish, "paper", "olivetti")):
        command.add_argument("--preset", choices=list(PRESETS), default=default_preset, help="default: %(default)s")
        command.add_argument("--faces", choices=SOURCES, default=default_faces, help="default: %(default)s")
    _command(commands, "read", "build the published edition without executing anything", "fisherkit read")
    options = parser.parse_args(arguments)

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("papermill").setLevel(logging.WARNING)
    # After parsing, so that -h and a misspelt option answer at once.
    from fisherkit import book

    try:
        if options.command == "publish":
            for path in book.publish(options.preset, options.faces):
                print(path)
        else:
            print(book.read() if options.command == "read" else book.build(options.preset, options.faces))
    except (book.BookError, FileNotFoundError) as error:
        print(f"fisherkit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fisherkit: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def _command(commands, name: str, help: str, example: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name, help=help, description=help[0].upper() + help[1:] + ".", epilog=f"example: {example}"
    )


if __name__ == "__main__":
    sys.exit(main())
