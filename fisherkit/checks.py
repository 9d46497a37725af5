"""Checks that modules share, and errors that a command tells in a line. Must not know what the arguments are for.

What a public function takes is said by its annotations: :func:`checked` reads them, and refuses what does not fit
before the function sees it, in one form of words. What annotations cannot say, such as a least number, the functions
below say.
"""

import inspect
import math
import types
import typing
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, fields
from functools import cache, partial, wraps
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from jaxtyping import AbstractArray
from numpy.typing import ArrayLike

from fisherkit.arrays import Seed

#: Draws, sets or networks of which more are a slip of the keyboard: they would fill the memory before they were done.
MOST = 100_000

_Function = TypeVar("_Function", bound=Callable[..., Any])

#: What is raised where a file of JSON is read that is damaged: missing, cut, nested without end, or of another kind.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class BookError(RuntimeError):
    """A page or the book could not be made; the message says which and why."""


class WorkersLostError(RuntimeError):
    """Processes that did a part of the work are gone, or cannot do it; the message says why."""


class ArchiveError(RuntimeError):
    """An archive of models cannot be read; the message says why."""


def check_count(what: str, value: object, *, least: int = 1, most: int | None = None) -> None:
    """Raise a ValueError where ``value`` is not a whole number of at least ``least``, and ``most`` at most."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{what} must be a whole number of at least {least}; got {value!r}")
    if most is not None and value > most:
        raise ValueError(f"{what} must be a whole number from {least} to {most}; got {value!r}: ask for fewer")


def check_counts(what: str, values: object, *, least: int = 0, several: int = 1) -> None:
    """Raise a ValueError where ``values`` is not a list of so many whole numbers or more, each another one."""
    if isinstance(values, str) or not isinstance(values, Sequence) or len(values) < several:
        raise ValueError(f"{what} must be a list of {several} whole numbers or more, such as [0, 1]; got {values!r}")
    for value in values:
        check_count(what, value, least=least)
    if len(set(values)) < len(values):
        raise ValueError(f"{what} must be another number each; got {values!r}")


def check_positive(what: str, values: ArrayLike, *, zero: bool = False) -> None:
    """Raise a ValueError where a number is not above 0, or with ``zero`` is below it."""
    found = np.asarray(values)
    wrong = ~((found >= 0) if zero else (found > 0))
    if wrong.any():
        place = tuple(map(int, np.argwhere(wrong)[0]))
        where = f" at index {place}" if place else ""
        raise ValueError(f"{what} must be {'at least 0' if zero else 'positive'}; got {found[place]:.4g}{where}")


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


def check_confidence(confidence: float, what: str = "confidence") -> None:
    """Raise a ValueError where ``confidence``, or another share, is not between 0 and 1."""
    if not (_is_number(confidence) and 0 < confidence < 1):
        raise ValueError(f"{what} must be between 0 and 1; got {confidence!r}")


def check_some(what: str, chosen: np.ndarray, count: int) -> None:
    """Raise a ValueError where a mask, of so many angles, chooses none of them."""
    if np.shape(chosen) != (count,) or not np.any(chosen):
        raise ValueError(
            f"{what} must choose one angle at least, true or false of each of {count}; got {int(np.sum(chosen))} of "
            f"shape {np.shape(chosen)}"
        )


def check_rising(what: str, values: ArrayLike) -> None:
    """Raise a ValueError where numbers do not rise, each once."""
    if np.ndim(values) != 1 or not (np.diff(values) > 0).all():
        raise ValueError(f"{what} must rise, each once; got {np.array2string(np.asarray(values), threshold=6)}: sort")


@dataclass(frozen=True)
class Limits:
    """The largest work that is begun without being asked for by its size."""

    networks: int = 1500
    angles: int = 1000
    draws: int = 2000


LIMITS = Limits()


def checked(function: _Function) -> _Function:
    """A public function that refuses arguments which its annotations do not allow.

    Numbers must be finite, arrays not empty, of the axes that the annotation names, and of one size where they share a
    name. Lists become arrays where arrays are annotated; nothing else is changed. A parameter ``person`` may hold any
    names, and is left to :func:`fisherkit.estimators.numbered_people`.

    Raises
    ------
    ValueError
        Which argument must be what, and what came.
    """
    return checked_as()(function)


def checked_as(**axes: str) -> Callable[[_Function], _Function]:
    """:func:`checked`, of a function that takes anything like an array: the axes of some arguments, by name.

    An argument of no axes (``""``) is left to the function, which says better what is wrong with it.
    """

    def entered(function: _Function) -> _Function:
        kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = inspect.signature(function).parameters
        places = [name for name, one in parameters.items() if one.kind in kinds]
        others = next((name for name, one in parameters.items() if one.kind == inspect.Parameter.VAR_POSITIONAL), "")

        @cache
        def fits() -> dict[str, _Fit]:
            named = {name: partial(_fit_array, tuple(of.split()), "Num") for name, of in axes.items() if of}
            return {name: fit for name, fit in {**_fits_of(function), **named}.items() if axes.get(name) != ""}

        @wraps(function)
        def entrance(*given, **named):
            # What is missing or unknown, Python says itself.
            sizes: _Sizes = {}
            known = fits()

            def fit(name: str, value: Any) -> Any:
                return known[name](name, value, sizes) if name in known else value

            first = [fit(name, one) for name, one in zip(places, given, strict=False)]
            rest = [fit(others, one) for one in given[len(places) :]]
            return function(*first, *rest, **{name: fit(name, one) for name, one in named.items()})

        return typing.cast(_Function, entrance)

    return entered


def check_fields(of: Any) -> None:
    """:func:`checked` of a dataclass: for its ``__post_init__``."""
    known, sizes = _fits_of(type(of)), {}
    for one in fields(of):
        if one.name in known:
            object.__setattr__(of, one.name, known[one.name](one.name, getattr(of, one.name), sizes))


#: What can be gone through, and has no places: the values of a dictionary, and what is gone through once.
_ONCE = (Iterator, ValuesView, KeysView)

#: Sizes of axes by name, each with the argument that had it first.
_Sizes = dict[str, tuple[str, Any]]

#: What a value must be, in words; whether it is, given the name it goes by: the value, or an error.
_Fit = Callable[[str, Any, _Sizes], Any]


@cache
def _fits_of(of: Callable[..., Any]) -> dict[str, _Fit]:
    hints = {name: hint for name, hint in typing.get_type_hints(of).items() if name not in ("return", "person")}
    fits = {name: _fit_of(hint) for name, hint in hints.items()}
    if "seed" in fits:
        fits["seed"] = _fit_seed if hints["seed"] is not int else _Kind("a whole number of at least 0", _is_at_least_0)
    return fits


def _fit_of(hint: Any) -> _Fit:
    """What an annotation allows."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint == ArrayLike:
        return _fit_numbers
    if hint == Seed:
        return _fit_seed
    if origin in (typing.Union, types.UnionType):
        return _fit_of_union(parts)
    if hint in _PLAIN:
        return _Kind(*_PLAIN[hint])
    if origin is Iterable:
        whole = _fit_of_collection(Sequence, parts)
        return lambda what, value, sizes: whole(what, tuple(value) if isinstance(value, _ONCE) else value, sizes)
    if origin in (tuple, list, dict, Sequence, Mapping):
        return _fit_of_collection(origin, parts)
    if origin is Callable or hint is Callable:
        return _Kind("a function", callable)
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return partial(_fit_array, tuple(hint.dim_str.split()), hint.dtype.__name__)
    if isinstance(hint, type) and hint is not object:
        words = f"a{'n' if hint.__name__[0] in 'AEIOU' else ''} {hint.__name__}"
        # A labelled array is one of numbers.
        return _Kind(words, lambda value: isinstance(value, hint), _fit_numbers if words == "a DataArray" else None)
    return lambda what, value, sizes: value


@dataclass(frozen=True)
class _Kind:
    """What a first look shows: in words, as a test, and what is asked of a value that passes it."""

    words: str
    allowed: Callable[[Any], bool]
    then: _Fit | None = None

    def __call__(self, what: str, value: Any, sizes: _Sizes) -> Any:
        if not self.allowed(value):
            raise _misfit(what, self.words, value)
        return self.then(what, value, sizes) if self.then else value


def _fit_of_union(parts: tuple[Any, ...]) -> _Fit:
    for several in (ArrayLike, Seed):
        if set(typing.get_args(several)) <= set(parts):
            parts = (*(part for part in parts if part not in typing.get_args(several)), several)
    fits = [_fit_of(part) for part in sorted(parts, key=lambda part: part is type(None))]

    def fit(what: str, value: Any, sizes: _Sizes) -> Any:
        def unlikely(place: int) -> bool:
            one = fits[place]
            return isinstance(one, _Kind) and not one.allowed(value)

        # Each refusal writes out what came, which of a labelled array takes milliseconds: last those that must refuse.
        refused = [""] * len(fits)
        for place in sorted(range(len(fits)), key=unlikely):
            try:
                return fits[place](what, value, sizes)
            except ValueError as error:
                refused[place] = str(error)
        # Of an entry of it, or of a number in it: the others were not meant.
        inner = [one for one in refused if not one.startswith(f"{what} must be ") or " must be finite numbers" in one]
        if inner:
            raise ValueError(inner[0])
        words = [one.removeprefix(f"{what} must be ").rpartition("; got ") for one in refused]
        raise ValueError(f"{what} must be {' or '.join(dict.fromkeys(one for one, _, _ in words))}; got {words[0][2]}")

    return fit


def _fit_of_collection(origin: Any, parts: tuple[Any, ...]) -> _Fit:
    words, kind = ("a dictionary", Mapping) if origin in (dict, Mapping) else ("a list", (Sequence, np.ndarray, set))
    fits = [_fit_of(part) for part in parts if part is not Ellipsis]
    each = origin is not tuple or Ellipsis in parts

    def allowed(value: Any) -> bool:
        return isinstance(value, kind) and not (isinstance(value, (str, bytes, np.ndarray)) and not np.ndim(value))

    def fit(what: str, value: Any, sizes: _Sizes) -> Any:
        if not each and len(value) != len(fits):
            raise _misfit(what, f"a list of {len(fits)}", value)
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for place, (key, one) in enumerate(pairs):
            if kind is Mapping:
                fits[0](f"a key of {what}", key, sizes)
            (fits[-1] if each else fits[place])(f"{what}[{key!r}]", one, sizes)
        return value

    return _Kind(words, allowed, fit if fits else None)


def _fit_seed(what: str, value: Any, sizes: _Sizes) -> Any:
    if not isinstance(value, int) or value < 0:
        try:
            np.random.default_rng(value)
        except (TypeError, ValueError) as error:
            raise _misfit(what, "a whole number of at least 0, or a list of such", value) from error
    return value


def _fit_array(names: tuple[str, ...], kind: str, what: str, value: Any, sizes: _Sizes) -> Any:
    """An array of the axes that an annotation names; one whose name begins with a star, or dots, is any number."""
    words = f"{_ARRAYS.get(kind, 'numbers')} of the shape ({', '.join(names)}{',' * (len(names) == 1)})"
    array = _array(what, value, words)
    if array.dtype.kind not in {"Bool": "b", "Int": "iu"}.get(kind, "iuf"):
        raise _misfit(what, words, array)
    if kind != "Bool":
        _fit_numbers(what, array, sizes)
    first = next((place for place, name in enumerate(names) if name[0] in ".*"), None)
    after = 0 if first is None else len(names) - first - 1
    if array.ndim != len(names) if first is None else array.ndim < first + after:
        raise _misfit(what, words, array)
    shape: list[Any] = list(array.shape)
    if first is not None:
        shape[first : array.ndim - after] = [tuple(shape[first : array.ndim - after])]
    for name, size in zip(names, shape, strict=True):
        if name not in ("...", "_") and not name.isdigit():
            other, known = sizes.setdefault(name, (what, size))
            if known != size:
                raise _misfit(what, f"{words}, with {name} {known} as of {other}", array)
        elif name.isdigit() and size != int(name):
            raise _misfit(what, words, array)
    return array if isinstance(value, (list, tuple)) else value


def _fit_numbers(what: str, value: Any, sizes: _Sizes) -> Any:
    array = _array(what, value, "numbers")
    if array.dtype.kind not in "iuf" or not array.size:
        raise _misfit(what, "numbers", array if array.ndim else value)
    if not np.isfinite(array).all():
        place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(f"{what} must be finite numbers; got {array[place]}" + (f" at index {place}" if place else ""))
    return value


def numbers(what: str, value: ArrayLike, *, finite: bool = True) -> np.ndarray:
    """Numbers in double precision, finite ones; else a ValueError. ``finite=False`` is for who says more of others."""
    if finite:
        return np.asarray(_fit_numbers(what, value, {}), dtype=np.float64)
    array = _array(what, value, "numbers")
    if array.dtype.kind not in "iuf":
        raise _misfit(what, "numbers", array)
    return np.asarray(array, dtype=np.float64)


def _array(what: str, value: Any, words: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # rows of several lengths, or what has no numbers
        raise _misfit(what, words, value) from error
    if array.dtype.kind not in "biuf":
        raise _misfit(what, words, value)
    return array


def _misfit(what: str, words: str, value: Any) -> ValueError:
    told = f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else " ".join(repr(value).split())
    return ValueError(f"{what} must be {words}; got {told if len(told) <= 60 else f'{told[:57]}...'}")


def _is_at_least_0(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    one = np.asarray(value) if isinstance(value, (Real, np.ndarray)) or hasattr(value, "dtype") else np.empty(0)
    return one.ndim == 0 and one.dtype.kind in "iuf" and bool(np.isfinite(one))


_ARRAYS = {"Bool": "true or false", "Int": "whole numbers"}

#: Annotations of single values: in words, and as a test.
_PLAIN: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    int: ("a whole number", lambda value: isinstance(value, Integral) and not isinstance(value, bool)),
    float: ("a finite number", _is_number),
    bool: ("true or false", lambda value: isinstance(value, (bool, np.bool_))),
    str: ("a word", lambda value: isinstance(value, str)),
    type(None): ("None", lambda value: value is None),
}
