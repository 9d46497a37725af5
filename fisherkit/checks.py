"""Checks that modules share, and errors that a command tells in a line. Must not know what the arguments are for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: What is raised where a file of JSON is read that is damaged: missing, cut, nested without end, or of another kind.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class BookError(RuntimeError):
    """A page or the book could not be made; the message says which and why."""


class ArchiveError(RuntimeError):
    """An archive of models cannot be read; the message says why."""


def check_count(what: str, value: object, *, least: int = 1) -> None:
    """Raise a ValueError where ``value`` is not a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{what} must be a whole number of at least {least}; got {value!r}")


def check_names(what: str, names: object, known: Sequence[str]) -> None:
    """Raise a ValueError where ``names`` is not a list of one or more known names, each once."""
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        example = names if names in known else known[0]
        raise ValueError(
            f"{what} must be a list with at least one of {', '.join(known)}, such as ['{example}']; got {names!r}"
        )
    for name in names:
        if name not in known:
            raise ValueError(f"{what} must be among {', '.join(known)}; got {name!r}")
    if len(set(names)) < len(names):
        raise ValueError(f"{what} must name each only once; got {list(names)}")


def check_choice(what: str, value: object, choices: Sequence[str]) -> None:
    """Raise a ValueError where ``value`` is not one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(choices)}; got {value!r}")


def check_confidence(confidence: float) -> None:
    """Raise a ValueError where ``confidence`` is not between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence}")


@dataclass(frozen=True)
class Limits:
    """The largest work that is begun without being asked for by its size."""

    networks: int = 1500
    angles: int = 1000
    draws: int = 2000


LIMITS = Limits()
