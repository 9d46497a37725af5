"""The cloud of points that the faces of one angle make: what its mean and covariance leave out. Knows arrays alone.

A cloud has n points of d outputs, (..., n, d): all but the last two axes are clouds.
"""

import numpy as np
from jaxtyping import Float

from fisherkit.arrays import Values
from fisherkit.checks import check_positive, checked
from fisherkit.estimators import sample_covariance


@checked
def size(points: Float[np.ndarray, "*clouds n d"]) -> Values:
    """Root of the total variance, √tr Σ, in units of the outputs: (...)."""
    if points.shape[-2] < 2:
        raise ValueError(f"a cloud must have two points at least, to have a size; got {points.shape[-2]}")
    return np.sqrt(points.var(axis=-2, ddof=1).sum(axis=-1))


@checked
def median_offset(points: Float[np.ndarray, "*clouds n d"]) -> Values:
    """Distance of the mean from the median of each output, as a share of the :func:`size`: (...)."""
    scale = size(points)
    check_positive("the size of a cloud", scale)
    return np.linalg.norm(points.mean(axis=-2) - np.median(points, axis=-2), axis=-1) / scale


@checked
def principal_axes(
    points: Float[np.ndarray, "*clouds n d"],
) -> tuple[Float[np.ndarray, "*clouds d"], Float[np.ndarray, "*clouds d d"]]:
    r"""Variances along the principal axes, growing, and the axes as columns: :math:`\Sigma = V \Lambda V^\top`.

    Raises
    ------
    ValueError
        For a cloud that is flat: it has no scores along an axis without variance.
    """
    values, vectors = np.linalg.eigh(sample_covariance(points))
    if not (values[..., 0] > 1e-12 * values[..., -1]).all():
        raise ValueError("a cloud must scatter along every axis; one of them is flat")
    return values, vectors


@checked
def covariance_factor(points: Float[np.ndarray, "*clouds n d"]) -> Float[np.ndarray, "*clouds d d"]:
    r""":math:`A = \Lambda^{1/2} V^\top`, for which :math:`A^\top A = \Sigma`. Rows are axes, by growing variance.

    It is not the symmetric root :math:`V \Lambda^{1/2} V^\top`.
    """
    values, vectors = principal_axes(points)
    return np.sqrt(values)[..., None] * np.swapaxes(vectors, -1, -2)


@checked
def principal_scores(points: Float[np.ndarray, "*clouds n d"]) -> Float[np.ndarray, "*clouds n d"]:
    """Points along the principal axes, by growing variance, each in standard deviations of that axis."""
    values, vectors = principal_axes(points)
    return (points - points.mean(axis=-2, keepdims=True)) @ vectors / np.sqrt(values)[..., None, :]


@checked
def share_inside(points: Float[np.ndarray, "*clouds n d"], deviations: float = 2.0) -> Values:
    r"""Share of points in the level set of the covariance at so many standard deviations: (...).

    Of a normal cloud in two dimensions it is :math:`1 - e^{-k^2/2}` at k deviations, 0.86 at two.
    """
    check_positive("deviations", deviations)
    return ((principal_scores(points) ** 2).sum(axis=-1) < deviations**2).mean(axis=-1)


@checked
def sensitivity(values: Float[np.ndarray, "*sets angle n"]) -> Float[np.ndarray, "*sets pair"]:
    r"""d′ of neighbouring angles: the distance of their means ÷ the root of the mean of their variances.

    Parameters
    ----------
    values : n of each angle, such as decoded angles.

    References
    ----------
    Green & Swets 1966, Signal Detection Theory and Psychophysics.
    """
    mean, variance = values.mean(axis=-1), values.var(axis=-1, ddof=1)
    both = (variance[..., 1:] + variance[..., :-1]) / 2
    check_positive("the variance of values at neighbouring angles", both)
    return np.diff(mean, axis=-1) / np.sqrt(both)


@checked
def degrees_between(first: Float[np.ndarray, "*pairs d"], second: Float[np.ndarray, "*pairs d"]) -> Values:
    """The angle between vectors, from 0 to 180 degrees: (...)."""
    lengths = [np.linalg.norm(of, axis=-1) for of in (first, second)]
    check_positive("the length of vectors", np.stack(lengths))
    cosine = (first * second).sum(axis=-1) / lengths[0] / lengths[1]
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@checked
def turning_angles(path: Float[np.ndarray, "*paths point d"]) -> Float[np.ndarray, "*paths inner"]:
    """By how many degrees a path turns at each of its inner points: 0 where it goes straight on."""
    if path.shape[-2] < 3:
        raise ValueError(f"a path must have three points at least, to turn at the inner ones; got {path.shape[-2]}")
    steps = np.diff(path, axis=-2)
    return degrees_between(steps[..., :-1, :], steps[..., 1:, :])
