"""Networks that were each trained on a density of its own, constant in bins: what they share. Knows precisions.

Angles near an end of the range are left out: there clouds have neighbours on one side only.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Bool, Float

from fisherkit.checks import checked
from fisherkit.curves import Precision
from fisherkit.densities import Binned
from fisherkit.estimate import Estimate, joined
from fisherkit.stats import fit_exponent

#: How near, in rad.
MARGIN = 0.1


@checked
def interior(angle: Float[np.ndarray, " angle"]) -> Bool[np.ndarray, " angle"]:
    """Which angles (rad) of a grid about zero are further than :data:`MARGIN` from its ends."""
    return np.abs(angle) < np.abs(angle).max() - MARGIN


@checked
def exponents(precision: Precision, densities: Mapping[str, Binned], *, share: float = 0.1) -> Estimate:
    """α of precision ∝ p^α where p exceeds a share of its highest, one a density.

    The choice is by the density, never by the precision: bins far below the highest are hardly ever trained. A density
    with one such bin only has no exponent and is left out.

    Parameters
    ----------
    precision : of one network a density or more, which have the coordinate ``density``.
    densities : by name.
    share : of its highest that the density must exceed.

    Raises
    ------
    ValueError
        Where no density has an exponent.
    """
    found = []
    for density, inner, network in _networks(precision, densities):
        p = density.pdf(network.angle)
        where = inner & (p > share * p[inner].max())
        if len(np.unique(p[where].round(9))) > 1:
            left = {label: of[..., where] for label, of in network.without.items()}
            found.append(fit_exponent(network.values.values[:, where], p[where], without=left))
    if not found:
        raise ValueError(f"none of {', '.join(densities)} has two bins of like height for an exponent; add densities")
    return joined(found)


@checked
def scatter(precision: Precision, densities: Mapping[str, Binned]) -> tuple[Estimate, Estimate]:
    """Standard deviation of log(precision ÷ p) inside bins, about their means, and that of the bins' means.

    Inside a bin the density is constant: what varies there is not the density's. Where precision ∝ p, bins' means do
    not vary.

    Parameters
    ----------
    precision, densities : see :func:`exponents`; the precision is positive.

    Returns
    -------
    Inside and between, one value a density each.
    """
    inside, between = [], []
    for density, inner, network in _networks(precision, densities):
        angle = network.angle[inner]
        _, place = np.unique(np.digitize(angle, density.edges[1:-1]), return_inverse=True)
        for kept, part in ((inside, _inside), (between, _between)):
            kept.append(network.number(_of_logs(part, place, density.pdf(angle), inner)))
    return joined(inside), joined(between)


def _networks(precision: Precision, densities: Mapping[str, Binned]) -> Iterator:
    for name, density in densities.items():
        yield density, interior(precision.angle), precision.select(density=name)


def _of_logs(part: Callable, place: np.ndarray, p: np.ndarray, inner: np.ndarray) -> Callable:
    return lambda values: part(np.log(values[..., inner] / p), place)


def _means(logs: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.stack([logs[..., place == bin].mean(axis=-1) for bin in range(place.max() + 1)], axis=-1)


def _inside(logs: np.ndarray, place: np.ndarray) -> np.ndarray:
    return (logs - _means(logs, place)[..., place]).std(axis=-1)


def _between(logs: np.ndarray, place: np.ndarray) -> np.ndarray:
    return _means(logs, place).std(axis=-1)
