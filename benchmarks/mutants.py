"""A copy of the checkout in which mutmut sees all functions: it passes over those that have a decorator.

In the copy a function that :func:`fisherkit.checks.checked` guards is guarded by a line at the end of its module.

    python benchmarks/mutants.py FOLDER
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ("fisherkit", "tests", "book", "notebooks", "_toc.yml", "_config.yml", "pyproject.toml", "requirements.lock")

#: A guard of a function of a module, and the function's name.
GUARDED = re.compile(r"^@(checked(?:_as\([^\n]*\))?)\n(?=def (\w+))", re.MULTILINE)


def main(folder: Path) -> None:
    """Make the copy anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in KEPT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, folder / name)
    for path in (folder / "fisherkit").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        guards = [f"{name} = {guard}({name})\n" for guard, name in GUARDED.findall(text)]
        path.write_text(GUARDED.sub("", text) + "\n\n" * bool(guards) + "".join(guards), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
