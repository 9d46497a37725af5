"""Where the project's checkout is. Must not know what is in it."""

from pathlib import Path


def enclosing_checkout(folder: Path) -> Path | None:
    """The checkout of fisherkit that holds a folder, or None."""
    for candidate in (folder, *folder.parents):
        if (candidate / "fisherkit" / "store.py").exists() and (candidate / "pyproject.toml").exists():
            return candidate
    return None
