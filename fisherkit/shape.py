"""What shape curves of information have, a number each. Knows arrays and fits; must not know networks or pages."""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from fisherkit.arrays import Values
from fisherkit.checks import check_positive, checked_as
from fisherkit.stats import fit_exponent


@checked_as(information="... angle", angle="angle")
def discriminable_range(information: ArrayLike, angle: ArrayLike) -> Values:
    r"""How many just noticeable differences there are, :math:`\int \sqrt I\, d\theta`.

    Parameters
    ----------
    information : (..., A) in rad⁻², not negative.
    angle : (A,) rad.
    """
    check_positive("information", information, zero=True)
    return np.trapezoid(np.sqrt(information), angle, axis=-1)


@checked_as(information="... angle", density="angle")
def distance_from_power(information: ArrayLike, density: ArrayLike, exponent: float) -> Values:
    r"""How far curves are from a power of the density: standard deviation over angles of :math:`\log\sqrt{I/p^\alpha}`.

    Parameters
    ----------
    information : (..., A), positive.
    density : (A,) at the same angles, positive.
    exponent : α.

    Returns
    -------
    (...) without a unit; about a relative error of √I where it is small.
    """
    return _off(information, density, exponent).std(axis=-1)


@checked_as(information="... angle", density="angle")
def distance_from_own_power(information: ArrayLike, density: ArrayLike) -> Values:
    """How far curves are from any power of the density: fitted at every second angle, judged at the others.

    Both halves are judged by the other's exponent and level (:func:`fisherkit.stats.fit_exponent`); root mean square
    of log √I, mean of both. Parameters and return value: see :func:`distance_from_power`.
    """
    values, p = np.asarray(information), np.asarray(density)
    halves = slice(0, None, 2), slice(1, None, 2)
    found = []
    for tested, fitted in (halves, halves[::-1]):
        alpha = _powers(values[..., fitted], p[fitted])
        level = _off(values[..., fitted], p[fitted], alpha).mean(axis=-1, keepdims=True)
        found.append(np.sqrt(((_off(values[..., tested], p[tested], alpha) - level) ** 2).mean(axis=-1)))
    return np.mean(found, axis=0)


@checked_as(information="... angle", regressor="angle")
def root_by_power(information: ArrayLike, regressor: ArrayLike) -> Float[np.ndarray, "*curves angle"]:
    """What a power of a regressor, and a factor, make of √I: the power of I that fits, the factor by least squares.

    Parameters
    ----------
    information : (..., A), positive.
    regressor : (A,) at the same angles, positive: the density, or the size of its derivative.

    Raises
    ------
    ValueError
        As :func:`fisherkit.stats.fit_exponent`.
    """
    check_positive("information", information)
    check_positive("regressor", regressor)
    root = np.sqrt(information)
    form = np.asarray(regressor) ** (_powers(information, regressor)[..., None] / 2)
    return form * ((form * root).sum(axis=-1) / (form**2).sum(axis=-1))[..., None]


@checked_as(information="... angle", regressor="angle")
def share_explained(information: ArrayLike, regressor: ArrayLike) -> Values:
    """Share of the variance of √I over angles that :func:`root_by_power` accounts for; a constant has 0."""
    root = np.sqrt(information)
    left = ((root - root_by_power(information, regressor)) ** 2).sum(axis=-1)
    whole = ((root - root.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    if not np.all(whole > 0):
        raise ValueError("information must vary along the angle, for a share of its variance; one curve is constant")
    return 1 - left / whole


def _off(information: ArrayLike, density: ArrayLike, exponent: ArrayLike) -> np.ndarray:
    """log √I less that of a power of the density, level and all."""
    check_positive("information", information)
    check_positive("density", density)
    return (np.log(information) - np.asarray(exponent)[..., None] * np.log(density)) / 2


def _powers(information: ArrayLike, density: ArrayLike) -> np.ndarray:
    """The exponents (...) of curves (..., A)."""
    values = np.asarray(information)
    return fit_exponent(values.reshape(-1, values.shape[-1]), density).values.reshape(values.shape[:-1])
