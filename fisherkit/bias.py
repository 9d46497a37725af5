"""Bias of decoded angles and how it goes with discriminability. Must not know networks, losses or pages.

Wei & Stocker's law (2017) says that the bias b(θ) = E[θ̂] − θ is proportional to d(1/I)/dθ, the slope of the squared
discrimination threshold. :func:`fisherkit.theory.predicted_bias_slope` says with which factor. Here it is measured.

In the limit of little noise, in which the law holds, 1/I is the variance of the decoded angle. Where a decoded angle
stands still while the true one moves, as networks' angles do here and there, I is near zero and (1/I)′ is one spike.
The variance stays finite; it is what 1/I stands for unless information is given.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from fisherkit.arrays import Values
from fisherkit.checks import check_rising, check_some, checked, checked_as
from fisherkit.estimate import Estimate
from fisherkit.estimators import numbered_people


@dataclass(frozen=True)
class BiasLaw:
    """How the decoded bias goes with the slope of 1/I, over networks and people.

    Attributes
    ----------
    slope : c of b = c (1/I)′ + constant, without unit.
    correlation : Pearson's, of b and (1/I)′ along the angle. Its interval may reach beyond ±1.
    bias, predictor : (K, A) b and (1/I)′ of each network, in rad.
    angle : (A,) rad.
    """

    slope: Estimate
    correlation: Estimate
    bias: Float[np.ndarray, "replicate angle"]
    predictor: Float[np.ndarray, "replicate angle"]
    angle: Float[np.ndarray, " angle"]


@checked_as(information="... angles")
def threshold_slope(information: ArrayLike, angle: Float[np.ndarray, " angle"]) -> Values:
    """d(1/I)/dθ in rad, by central differences, of information (…, A) in rad⁻² at angles in rad.

    Raises
    ------
    ValueError
        For information that is not positive and finite, or fewer than 5 angles.
    """
    information = np.asarray(information, dtype=np.float64)
    if len(angle) < 5 or information.shape[-1] != len(angle):
        raise ValueError(
            f"information must be (…, angles), with 5 angles or more; got {information.shape} and {len(angle)} angles"
        )
    if not (np.isfinite(information) & (information > 0)).all():
        raise ValueError(
            "1/I has a slope where information is positive and finite; somewhere it is not. Use the Wishart-corrected "
            "information, or that of the errors"
        )
    check_rising("angle", angle)
    return np.gradient(1 / information, angle, axis=-1)


@checked_as(bias="*curves angle", predictor="*curves angle")
def bias_slope(bias: ArrayLike, predictor: ArrayLike) -> tuple[Values, Values]:
    """Least-squares slope, with an intercept, and Pearson correlation of b on a predictor (…, A), both in rad.

    The intercept is there because a bias that is the same everywhere says nothing about the law.

    Raises
    ------
    ValueError
        Where one of them does not vary along the angle.
    """
    b, g = (values - values.mean(axis=-1, keepdims=True) for values in map(np.asarray, (bias, predictor)))
    square, own = (g**2).sum(axis=-1), (b**2).sum(axis=-1)
    if not ((square > 0).all() and (own > 0).all()):
        raise ValueError("bias and the slope of 1/I must both vary along the angle, or there is no line between them")
    product = (b * g).sum(axis=-1)
    return product / square, product / np.sqrt(square * own)


@checked
def bias_law(
    errors: Float[np.ndarray, "replicate angle face"],
    angle: Float[np.ndarray, " angle"],
    *,
    person: Int[np.ndarray, " face"],
    label: str,
    information: Float[np.ndarray, "replicate angle"] | None = None,
    without: Float[np.ndarray, "person replicate angle"] | None = None,
    where: Bool[np.ndarray, " angle"] | None = None,
) -> BiasLaw:
    """The decoded bias against (1/I)′, with people left out one at a time.

    Noise in (1/I)′ draws the slope and the correlation towards zero, and errors that are skewed move b and a variance
    of the same faces together: it takes many faces.

    Parameters
    ----------
    errors : (K, A, n) decoded − true angle in rad, of the same n faces in each of K networks at A angles.
    angle : (A,) rad, rising.
    person : (n,) whose face it is.
    label : of these people, such as the digest of their faces.
    information : (K, A) I in rad⁻²; None for 1 ÷ the variance of the errors.
    without : (P, K, A) the information without each person, in the order of ``numpy.unique(person)``; None where it
        does not depend on people, such as that of a known channel.
    where : (A,) the angles that the line is fitted at; None for all.

    Raises
    ------
    ValueError
        For shapes that do not fit, information that is not positive, curves that do not vary, or fewer than 3 people.
    """
    errors = np.asarray(errors, dtype=np.float64)
    row, people = numbered_people(person, errors.shape[-1], least=3, what="an interval over people")
    centre = errors.mean(axis=-1)
    away = errors - centre[..., None]
    sums, squares = (_by_person(values, row, people) for values in (away, away**2))
    faces = (len(row) - np.bincount(row))[:, None, None]  # that are left without each person
    shift = (sums.sum(axis=0) - sums) / faces
    if information is None:
        information = 1 / errors.var(axis=-1, ddof=1)
        without = (faces - 1) / (squares.sum(axis=0) - squares - faces * shift**2)
    without = np.broadcast_to(information, (people, *np.shape(information))) if without is None else without
    if np.shape(information) != centre.shape or np.shape(without) != (people, *centre.shape):
        raise ValueError(
            f"errors (K, A, n), information (K, A) and the same without each of {people} people (P, K, A) must agree; "
            f"got {errors.shape}, {np.shape(information)} and {np.shape(without)}"
        )
    where = np.ones(len(angle), dtype=bool) if where is None else where
    check_some("where", where, len(angle))
    predictor = threshold_slope(information, angle)
    values = bias_slope(centre[:, where], predictor[:, where])
    jackknifed = bias_slope((centre + shift)[..., where], threshold_slope(without, angle)[..., where])
    slope, correlation = (Estimate(of, {label: left}) for of, left in zip(values, jackknifed, strict=True))
    return BiasLaw(slope, correlation, centre, predictor, np.asarray(angle))


def _by_person(values: np.ndarray, row: np.ndarray, people: int) -> np.ndarray:
    """(P, K, A) sums over each person's faces of values (K, A, n)."""
    sums = np.zeros((people, *values.shape[:-1]))
    np.add.at(sums, row, np.moveaxis(values, -1, 0))
    return sums
