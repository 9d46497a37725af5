"""Estimators of Fisher information. Knows samples of embeddings and their tangents; must not know encoders or images.

n faces are shown at one angle. z_i ∈ R^d is the embedding of face i, t_i = dz_i/dθ its tangent, μ′ the mean tangent, S
and Γ the sample covariances (divisor n − 1) of embeddings and tangents. Everything is float64 from the embedding on.
Information is in rad⁻². This is the information that the *code* carries about the angle; the Fisher matrix of a
network's parameters is another object.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import scipy.stats
import torch
from jaxtyping import Float, Num
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from fisherkit import codes
from fisherkit.arrays import Values
from fisherkit.checks import check_choice, check_count, check_positive, checked, checked_as

CORRECTIONS = ("paired", "wishart", "none")
DECODERS = ("lda", "svm")
ESTIMATORS = (
    *("paired", "wishart", "plug-in", "decoded", "gaussian", "independent-trials", "shrinkage", "robust"),
    *DECODERS,
    "spanning-tree",
)

#: Estimators that part faces between samples, and must not part the photographs of one person: they need to be told.
BY_PERSON = (*DECODERS, "spanning-tree")

#: A covariance of a larger condition number leaves fewer than about four digits to an inverse in double precision.
LARGEST_CONDITION_NUMBER = 1e12

FOLDS = 5

#: People are left out in turn up to so many; more of them in as many groups.
MOST_LEFT_OUT = 60


class SingularCovarianceError(ValueError):
    """The embeddings at one angle span too few dimensions for their covariance to be inverted.

    Attributes
    ----------
    place : the index of the first such covariance among those given.
    """

    def __init__(self, message: str, place: tuple[int, ...]) -> None:
        super().__init__(message)
        self.place = place


@checked
def linear_fisher(
    embeddings: ArrayLike, tangents: ArrayLike, *, correction: str = "paired", person: ArrayLike | None = None
) -> Values:
    r"""Information in the mean of the code, from samples of the code and of its derivative.

    The plug-in estimate (``correction="none"``) is

    .. math:: I_n = \mu'^\top S^{-1} \mu',

    the information of a Gaussian code whose covariance does not change with θ, or for any code that which the best
    linear read-out finds. It is biased upwards. The paired estimate, the default,

    .. math:: \frac{n-d-2}{n-1}\left[ I_n - \frac{1}{n}\operatorname{tr}(S^{-1}\Gamma) \right],

    removes the noise of both S and μ′ where the same faces give z_i and t_i. For jointly Gaussian z and t it is
    unbiased, but for a term of order 1/n² where they are correlated. Chance may make it negative; it is not clipped.
    Roots and integrals need a positive estimate: ``correction="wishart"`` removes the noise of S alone,

    .. math:: \frac{n-d-2}{n-1} I_n,

    and keeps the bias that the noise of μ′ gives, tr(Σ⁻¹Γ)/n for independent z and t.

    All this takes faces as independent. Photographs of one person are alike, so that n of them count as fewer. With
    ``person`` the corrections are those of people,

    .. math:: \frac{n-d-2}{n-1}\left[ \frac{I_n}{1+b} - \operatorname{tr}(S^{-1}\Gamma_m) \right]
        \quad\text{and}\quad \frac{n-d-2}{n-1} \, \frac{I_n}{1+b},

    with :math:`\Gamma_m` the covariance of the mean tangent over people, from the P people's sums
    (P/(P − 1) Σ of their squares ÷ n²), and b what the likeness of photographs adds, to second order, to
    :math:`e^\top S^{-1} e`, e the direction of S⁻¹μ′. b stays above −1: the second is positive. Where each face is
    another person's, both are what they are without ``person``. Of 30 people × 10 photographs with an intraclass
    correlation of 0.26 and I = 1 rad⁻², the estimate by faces is 61 % too high, and by people right within a few %.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each, arrays or tensors; tangents in units of the embedding per rad.
    correction : ``"paired"``, ``"wishart"`` or ``"none"``.
    person : (n,) whose face it is, of 2 people or more; None where all faces are independent.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError
        For shapes that differ, values that are not finite, too few faces (n must exceed d + 2), or persons who are
        fewer than 2 or do not fit the faces.
    SingularCovarianceError
        Where a covariance cannot be inverted; the message names the place and the condition number.

    References
    ----------
    The corrections' factors: E[S⁻¹] = (n−1)/(n−d−2) Σ⁻¹ for Gaussian samples (Wishart); compare Kanitscheider et al.
    2015, PLoS Computational Biology 11, whose correction is for independent trials instead.
    """
    if correction not in CORRECTIONS:
        raise ValueError(f"correction must be one of {', '.join(CORRECTIONS)}; got {correction!r}")
    z, t = _samples(embeddings, tangents)
    n, d = z.shape[-2:]
    row, people = _people(person, n)
    slope = t.mean(axis=-2)
    # One factorisation serves μ′ and all tangents: with S = L Lᵀ, μ′ᵀ S⁻¹ μ′ = |L⁻¹ μ′|².
    factor = cholesky(sample_covariance(z))
    along = solve_lower(factor, slope[..., None])
    plug_in = (along**2).sum(axis=(-1, -2))
    if correction == "none":
        return plug_in
    if people < n:
        plug_in = plug_in / (1 + _likeness(whitened(factor, z - z.mean(axis=-2, keepdims=True)), along, row, people))
    if correction == "wishart":
        return wishart_factor(n, d) * plug_in
    # tr(S⁻¹ Γ_m), from the sums of each person's tangents
    sums = sums_by_person(whitened(factor, t - slope[..., None, :]), row, people)
    return wishart_factor(n, d) * (plug_in - people / (people - 1) / n**2 * (sums**2).sum(axis=(-1, -2)))


def _people(person: ArrayLike | None, faces: int) -> tuple[np.ndarray, int]:
    """The number of each face's person, and how many there are: as many as faces where no person is told."""
    if person is None:
        return np.arange(faces), faces
    return numbered_people(person, faces, least=2, what="a correction by person")


def _likeness(white: np.ndarray, along: np.ndarray, row: np.ndarray, people: int) -> Values:
    """b of :func:`linear_fisher`: what noise of mean and covariance adds to eᵀ S⁻¹ e beyond that of independent faces.

    ``white`` (..., n, d) are centred embeddings and ``along`` (..., d, 1) is a direction, where S is the identity.
    """
    n = len(row)
    length = np.linalg.norm(along, axis=-2, keepdims=True)
    # A mean that does not move has no direction, and no information to correct.
    direction = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    read_out = white @ direction
    moments = np.concatenate([read_out, read_out * white - np.swapaxes(direction, -1, -2)], axis=-1)
    of_people = (sums_by_person(moments, row, people) ** 2).sum(axis=(-1, -2))
    return people / (people - 1) / n**2 * of_people - (moments**2).sum(axis=(-1, -2)) / n / (n - 1)


def sums_by_person(values: np.ndarray, row: np.ndarray, people: int) -> np.ndarray:
    """Sums of values (..., n, d) over each person's faces, (..., P, d)."""
    if people == len(row):
        return values[..., np.argsort(row), :]
    order = np.argsort(row, kind="stable")
    return np.add.reduceat(values[..., order, :], np.searchsorted(row[order], np.arange(people)), axis=-2)


@checked
def linear_fisher_without(
    embeddings: ArrayLike, tangents: ArrayLike, person: ArrayLike, *, correction: str = "paired"
) -> Values:
    r""":func:`linear_fisher` by person with each person's faces left out in turn, for a jackknife over people.

    Of more than :data:`MOST_LEFT_OUT` people, as many groups are left out in turn, of people as equal in number as can
    be: the jackknife's variance has the same form in groups. In few dimensions (up to 3) sums over each person's faces
    are all that is needed, up to their fourth moments; what is left of them gives the same estimate much faster.

    Parameters
    ----------
    embeddings, tangents, person, correction : as of :func:`linear_fisher`, of 3 people or more.

    Returns
    -------
    (P, ...) float64, in rad⁻²: people in the order of their sorted names.

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`linear_fisher`, and for fewer than 3 people.

    References
    ----------
    Kott 2001, Journal of Official Statistics 17 (the delete-a-group jackknife).
    """
    check_choice("correction", correction, CORRECTIONS)
    z, t = _samples(embeddings, tangents)
    n, d = z.shape[-2:]
    row, people = numbered_people(person, n, least=3, what="leaving people out in turn")
    groups = groups_of_people(people)
    if d > 3:
        kept = [~np.isin(row, group) for group in groups]
        return np.stack([
            linear_fisher(z[..., rows, :], t[..., rows, :], correction=correction, person=row[rows]) for rows in kept
        ])  # fmt: skip
    factor = cholesky(sample_covariance(z))
    # Near the identity all moments are of one size; the estimate is the same in any coordinates.
    white, moved = whitened(factor, z - z.mean(axis=-2, keepdims=True)), whitened(factor, t)
    square = white[..., :, None] * white[..., None, :]
    flat = square.reshape(*square.shape[:-2], d * d)
    moments = np.concatenate(
        [white, moved, flat, (flat[..., None] * white[..., None, :]).reshape(*flat.shape[:-1], d**3),
         (flat[..., None] * flat[..., None, :]).reshape(*flat.shape[:-1], d**4)], axis=-1
    )  # fmt: skip
    sums = sums_by_person(moments, row, people)
    count = np.bincount(row).astype(np.float64)
    return np.stack(
        [_from_sums(np.delete(sums, group, axis=-2), np.delete(count, group), d, correction) for group in groups]
    )


def _from_sums(sums: np.ndarray, count: np.ndarray, d: int, correction: str) -> Values:
    """:func:`linear_fisher` by person from people's sums (..., P, moments) of z, t, z², z³ and z⁴ (all products)."""
    people, n = len(count), count.sum()
    shape = sums.shape[:-1]
    first, slopes = sums[..., :d], sums[..., d : 2 * d]
    ends = 2 * d + np.cumsum([d**2, d**3, d**4])
    second = sums[..., 2 * d : ends[0]].reshape(*shape, d, d)
    third = sums[..., ends[0] : ends[1]].sum(axis=-2).reshape(*shape[:-1], d, d, d)
    fourth = sums[..., ends[1] : ends[2]].sum(axis=-2).reshape(*shape[:-1], d, d, d, d)
    mean, slope, whole = first.sum(axis=-2) / n, slopes.sum(axis=-2) / n, second.sum(axis=-3)
    factor = cholesky((whole - n * mean[..., :, None] * mean[..., None, :]) / (n - 1))
    half = solve_lower(factor, np.broadcast_to(np.eye(d), factor.shape))
    inverse = np.swapaxes(half, -1, -2) @ half
    solved = (inverse @ slope[..., None])[..., 0]
    plug_in = (slope * solved).sum(axis=-1)
    if correction == "none":
        return plug_in
    if people < n:
        read_out = solved / np.where(plug_in > 0, np.sqrt(plug_in), 1)[..., None]
        # Of each person, about the mean: how far the read-out is off, and their part of the covariance.
        off = np.einsum("...d,...pd->...p", read_out, first) - count * (read_out * mean).sum(axis=-1, keepdims=True)
        crossed = np.einsum("...pij,...j->...pi", second, read_out)
        crossed -= first * (mean * read_out).sum(axis=-1)[..., None, None] + off[..., None] * mean[..., None, :]
        along = np.einsum("...pi,...i->...p", crossed, read_out)
        across = np.einsum("...pi,...ij,...pj->...p", crossed, inverse, crossed)
        of_people = (off**2 + across - 2 * count * along + count**2).sum(axis=-1)
        outer = read_out[..., :, None] * read_out[..., None, :]
        of_faces = 1 + _fourth_moment(n, mean, whole, third, fourth, outer, inverse)
        plug_in = plug_in / (1 + people / (people - 1) / n**2 * of_people - of_faces / n / (n - 1))
    if correction == "wishart":
        return wishart_factor(n, d) * plug_in
    scatter = slopes - count[:, None] * slope[..., None, :]
    trace = np.einsum("...pi,...ij,...pj->...", scatter, inverse, scatter)
    return wishart_factor(n, d) * (plug_in - people / (people - 1) / n**2 * trace)


def _fourth_moment(n, mean, second, third, fourth, a, b) -> Values:
    """Σ (yᵀ a y)(yᵀ b y) of y = z − mean, from sums of the products of z."""
    a_mean, b_mean = ((matrix @ mean[..., None])[..., 0] for matrix in (a, b))
    by_a, by_b = (mean * a_mean).sum(axis=-1), (mean * b_mean).sum(axis=-1)
    return (
        np.einsum("...ijkl,...ij,...kl->...", fourth, a, b)
        - 2 * np.einsum("...ijk,...ij,...k->...", third, a, b_mean)
        - 2 * np.einsum("...ijk,...ij,...k->...", third, b, a_mean)
        + by_a * np.einsum("...ij,...ij->...", second, b)
        + by_b * np.einsum("...ij,...ij->...", second, a)
        + 4 * np.einsum("...i,...ij,...j->...", a_mean, second, b_mean)
        - 3 * n * by_a * by_b
    )


@checked
def mean_without(values: ArrayLike, person: ArrayLike) -> Values:
    """Means over faces (..., n), each person's left out in turn as in :func:`linear_fisher_without`: (P, ...).

    Raises
    ------
    ValueError
        For persons who are fewer than 3 or do not fit the faces.
    """
    values = np.asarray(values, dtype=np.float64)
    faces = values.shape[-1] if values.ndim else 0
    row, people = numbered_people(person, faces, least=3, what="leaving people out in turn")
    sums, count = sums_by_person(values[..., None], row, people)[..., 0], np.bincount(row)
    groups = groups_of_people(people)
    return np.stack([np.delete(sums, group, axis=-1).sum(axis=-1) / np.delete(count, group).sum() for group in groups])


def groups_of_people(people: int) -> list[np.ndarray]:
    """The numbers of the people who are left out together: each alone, up to :data:`MOST_LEFT_OUT` of them."""
    return np.array_split(np.arange(people), min(people, MOST_LEFT_OUT))


def wishart_factor(n: float | Num[np.ndarray, "..."], d: int) -> float | Float[np.ndarray, "..."]:
    """(n − d − 2)/(n − 1): what makes S⁻¹ of n Gaussian samples (a number, or an array) unbiased in d dimensions."""
    return (n - d - 2) / (n - 1)


@checked
def decoded_fisher(
    embeddings: ArrayLike,
    tangents: ArrayLike,
    *,
    encoding: str,
    correction: str = "paired",
    person: ArrayLike | None = None,
) -> Values:
    r"""Information in the decoded angle: what the loss rewards.

    .. math:: I_\mathrm{dec} = \frac{(\mathrm{d}E[\hat\theta]/\mathrm{d}\theta)^2}{\operatorname{Var}[\hat\theta]}

    with the derivative pushed through the decoder face by face, and angles taken about their circular mean where the
    encoding is a circle. It is :func:`linear_fisher` of one dimension, with its corrections. Without them
    (``correction="none"``) it never exceeds the plug-in embedding information in the linear encoding (Cauchy–Schwarz).

    Parameters
    ----------
    embeddings, tangents : (..., n, 2) each; tangents in units of the embedding per rad.
    encoding : ``"linear"``, ``"circular"`` or ``"geodesic"``.
    correction, person : as of :func:`linear_fisher`.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`linear_fisher`.
    """
    angle, slope = _decoded(embeddings, tangents, encoding)
    return linear_fisher(angle, slope, correction=correction, person=person)


@checked
def decoded_fisher_without(
    embeddings: ArrayLike, tangents: ArrayLike, person: ArrayLike, *, encoding: str, correction: str = "paired"
) -> Values:
    """:func:`decoded_fisher` without each person in turn, as :func:`linear_fisher_without`: (P, ...).

    Angles stay about the circular mean of all faces.
    """
    angle, slope = _decoded(embeddings, tangents, encoding)
    return linear_fisher_without(angle, slope, person, correction=correction)


def _decoded(embeddings: ArrayLike, tangents: ArrayLike, encoding: str) -> tuple[np.ndarray, np.ndarray]:
    """Decoded angles about their mean, and their derivatives: a code (..., n, 1) of one dimension."""
    z, t = _samples(embeddings, tangents)
    angle = codes.decode(z, encoding)
    if codes.domain(encoding) == "circular":
        centre = np.angle(np.exp(1j * angle).mean(axis=-1, keepdims=True))
        angle = codes.wrap(angle - centre)
    return angle[..., None], codes.decode_tangent(z, t, encoding)[..., None]


@checked_as(embeddings="... n d")
def condition_number(embeddings: ArrayLike) -> Values:
    """Largest ÷ smallest eigenvalue of the covariance of embeddings (..., n, d); infinite where it is singular."""
    values = np.linalg.eigvalsh(sample_covariance(np.asarray(embeddings, dtype=np.float64)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values[..., -1] / values[..., 0]
    return np.where(values[..., 0] > 0, ratio, np.inf)


@checked
def variance_along_tangent(embeddings: ArrayLike, tangents: ArrayLike) -> Values:
    r"""Share of a cloud's variance that lies along the direction in which its mean moves.

    .. math:: \frac{u^\top S u}{\operatorname{tr} S}, \qquad u = \mu' / |\mu'|

    is 1/d for a round cloud, and 1 for one that is drawn out along the line of means, where it costs information.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.

    Returns
    -------
    (...) float64, from 0 to 1.

    Raises
    ------
    ValueError
        As :func:`linear_fisher`; and where a mean does not move or a cloud is a point, so that there is no share.
    """
    z, t = _samples(embeddings, tangents)
    slope, covariance = t.mean(axis=-2), sample_covariance(z)
    length = (slope**2).sum(axis=-1)
    total = np.trace(covariance, axis1=-2, axis2=-1)
    if not ((length > 0).all() and (total > 0).all()):
        raise ValueError(
            "a share along the tangent needs means that move and clouds that scatter; one of them does not"
        )
    return np.einsum("...i,...ij,...j->...", slope, covariance, slope) / length / total


@checked
def gaussian_fisher(embeddings: ArrayLike, tangents: ArrayLike) -> Values:
    r"""Information in mean and covariance of a Gaussian code.

    .. math:: I_n + \tfrac12 \operatorname{tr}\left[(S^{-1} S')^2\right], \qquad
        S' = \operatorname{cov}(z, t) + \operatorname{cov}(t, z),

    with the plug-in I_n of :func:`linear_fisher` and the square a matrix product. S′ is the derivative of S along θ,
    exactly, because the same faces give z and t.

    Assumes z Gaussian at every θ. A code of another shape may carry more or less than this says. Biased upwards, by
    the bias of I_n and by the noise of S′: about (d + 1) tr(Σ⁻¹Γ)/n where tangents do not depend on embeddings. That
    is more than the mean's bias, so that a small second term may be noise alone.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`linear_fisher`.

    References
    ----------
    Kay 1993, Fundamentals of Statistical Signal Processing: Estimation Theory, section 3.9.
    """
    z, t = _samples(embeddings, tangents)
    factor = cholesky(sample_covariance(z))
    centred = z - z.mean(axis=-2, keepdims=True)
    crossed = np.swapaxes(centred, -1, -2) @ t / (z.shape[-2] - 1)
    # tr[(S⁻¹ S′)²] = |L⁻¹ S′ L⁻ᵀ|², a sum of squares because S′ is symmetric.
    half = solve_lower(factor, crossed + np.swapaxes(crossed, -1, -2))
    white = solve_lower(factor, np.swapaxes(half, -1, -2))
    return _square_length(factor, t.mean(axis=-2)) + (white**2).sum(axis=(-1, -2)) / 2


@checked
def independent_trials_fisher(below: ArrayLike, above: ArrayLike, *, step: float) -> Values:
    r"""Information from independent trials at θ − step and θ + step.

    .. math:: \frac{2T-d-3}{2T-2}\, \mu'^\top S^{-1} \mu' - \frac{2d}{T\,\delta^2}, \qquad
        \mu' = \frac{\bar z_+ - \bar z_-}{\delta}, \quad \delta = 2\,\mathrm{step},

    with T trials at each angle and S the mean of the two sample covariances. Unbiased for Gaussian trials of one
    covariance that are independent within and between angles. Badly wrong where the same faces are shown at both, as
    here: the difference of their means is then far more exact than 2S/T, and too much is taken off. Where tangents
    scatter, S holds step² Γ too, which a smaller step avoids and makes the second term larger.

    Parameters
    ----------
    below, above : (..., T, d) embeddings at θ − step and at θ + step.
    step : half the distance of the two angles, in rad.

    Returns
    -------
    (...) float64, in rad⁻². Chance may make it negative.

    Raises
    ------
    ValueError
        For shapes that differ, values that are not finite, too few trials (2T must exceed d + 3), or a step that is
        not positive.
    SingularCovarianceError
        As :func:`linear_fisher`.

    References
    ----------
    Kanitscheider, Coen-Cagli, Kohn & Pouget 2015, PLoS Computational Biology 11, e1004218, with its correction of 2016;
    the formula as in their published program ``BCFisher``.
    """
    d = np.shape(below)[-1] if np.ndim(below) else 0
    # Both angles give the covariance its 2T − 2 degrees of freedom, of which an unbiased inverse needs more than d + 1.
    z = _two_sides(below, above, step, least=(d + 3) // 2 + 1)
    trials = z[0].shape[-2]
    slope = (z[1].mean(axis=-2) - z[0].mean(axis=-2)) / (2 * step)
    factor = cholesky((sample_covariance(z[0]) + sample_covariance(z[1])) / 2)
    shrunk = (2 * trials - d - 3) / (2 * trials - 2) * _square_length(factor, slope)
    return shrunk - 2 * d / (trials * (2 * step) ** 2)


@checked
def independent_trials_variance(information: ArrayLike, *, trials: int, dimensions: int, step: float) -> Values:
    r"""Variance of :func:`independent_trials_fisher` for Gaussian trials, from the true information I.

    .. math:: \frac{2 I^2}{2T-d-5} \left[ 1 + \frac{4 (2T-3)}{T I \delta^2}
        + \frac{4 d\, (2T-3)}{(T I \delta^2)^2} \right], \qquad \delta = 2\,\mathrm{step}.

    It is exact: the estimate is a linear function of Hotelling's T², which has a non-central F-distribution of d and
    2T − d − 1 degrees of freedom and of non-centrality T I δ²/2. So nothing else about the code counts: neither its
    tuning nor which of its dimensions are correlated.

    Parameters
    ----------
    information : (...) I in rad⁻², at least 0.
    trials : T at each of the two angles.
    dimensions : d of the code.
    step : half the distance of the two angles, in rad.

    Returns
    -------
    (...) float64, in rad⁻⁴.

    Raises
    ------
    ValueError
        For too few trials, for which it is infinite: 2T must exceed d + 5.

    References
    ----------
    Kanitscheider, Coen-Cagli, Kohn & Pouget 2015, as in their published program ``BCFisher``.
    """
    check_count("trials", trials)
    check_count("dimensions", dimensions)
    check_positive("step", step)
    check_positive("information", information, zero=True)
    left = 2 * trials - dimensions - 5
    if left <= 0:
        raise ValueError(
            f"the variance in {dimensions} dimensions is finite for more than {(dimensions + 5) / 2:g} trials per "
            f"angle; got {trials}. Give more trials"
        )
    i = np.asarray(information, dtype=np.float64)
    noise = 4 * (2 * trials - 3) / (trials * (2 * step) ** 2)
    return 2 / left * (i**2 + noise * i + dimensions * noise / (trials * (2 * step) ** 2))


@checked
def shrinkage_fisher(embeddings: ArrayLike, tangents: ArrayLike) -> Values:
    r"""Plug-in information with a shrunk covariance.

    .. math:: \mu'^\top \left[(1-\lambda) S + \lambda\, \tfrac{\operatorname{tr} S}{d}\, 1\right]^{-1} \mu',

    with the λ of Ledoit and Wolf, estimated at each angle. For layers of many units, where n is not many times d; it
    works for n ≤ d too. Assumes that the directions of little variance are mostly noise. They are where a good code
    carries its information, so that it is biased down in few dimensions; the noise of μ′ biases it up like the plug-in.
    It depends on the outputs' units: no linear map but a rotation or a common scale leaves it alone.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError
        As :func:`linear_fisher`, but that 2 faces are enough.
    SingularCovarianceError
        Where even the shrunk covariance cannot be inverted, as that of 2 faces, whose λ is 0, in 2 dimensions.

    References
    ----------
    Ledoit & Wolf 2004, Journal of Multivariate Analysis 88.
    """
    # Imported where it is called, here and below: all pages and commands would wait a third of a second for it.
    from sklearn.covariance import ledoit_wolf_shrinkage

    z, t = _samples(embeddings, tangents, least=2)
    n, d = z.shape[-2:]
    plain = (n - 1) / n * sample_covariance(z)
    share = _each(ledoit_wolf_shrinkage, z)[..., None, None]
    shrunk = (1 - share) * plain + share * np.trace(plain, axis1=-2, axis2=-1)[..., None, None] / d * np.eye(d)
    return _square_length(cholesky(shrunk), t.mean(axis=-2))


@checked
def shrinkage_fisher_without(embeddings: ArrayLike, tangents: ArrayLike, person: ArrayLike) -> Values:
    """:func:`shrinkage_fisher` without each person in turn, as :func:`linear_fisher_without`: (P, ...)."""
    z, t = _samples(embeddings, tangents, least=2)
    row, people = numbered_people(person, z.shape[-2], least=3, what="leaving people out in turn")
    kept = [~np.isin(row, group) for group in groups_of_people(people)]
    return np.stack([shrinkage_fisher(z[..., rows, :], t[..., rows, :]) for rows in kept])


@checked
def robust_fisher(embeddings: ArrayLike, tangents: ArrayLike) -> Values:
    r"""Plug-in information with a covariance and a mean tangent that few faces cannot move.

    .. math:: m^\top R^{-1} m

    R is the minimum covariance determinant of the embeddings, reweighted and scaled to be right for a Gaussian: it is
    unmoved by any faces short of half of them, and follows linear maps, as the medians of single outputs would not. m
    is the mean of the tangents no further than three median distances, in the metric of R, from their Huber location
    (the cut at two median distances). A Huber location alone bounds what a face can move; here m may be small beside
    the tangents' scatter, and even that is too much.

    Assumes that the bulk of faces is elliptical. Where the code itself is skewed or heavy-tailed it is the information
    of a Gaussian like the bulk, which may be more or less than the code has. Biased upwards like the plug-in, and by
    the further noise of R. The random starts of the search are the same at every call.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`linear_fisher`; the second also where the search finds half of the faces in too few dimensions.

    References
    ----------
    Rousseeuw & Van Driessen 1999, Technometrics 41 (the search); Croux & Haesbroeck 1999, Journal of Multivariate
    Analysis 71 (the scale); Huber 1981, Robust Statistics (the location).
    """
    z, t = _samples(embeddings, tangents)
    outer = cholesky(sample_covariance(z))
    factor = outer @ cholesky(_each(_bulk_covariance, whitened(outer, z)))
    return (_bulk_mean(whitened(factor, t)) ** 2).sum(axis=-1)


@checked
def discriminability(
    below: ArrayLike, above: ArrayLike, *, person: ArrayLike, step: float, decoder: str = "lda"
) -> Values:
    r"""Information that a linear decoder finds when it tells θ − step from θ + step in faces it was not trained on.

    .. math:: \frac{d'^2}{\delta^2}, \qquad d'^2 = \frac{n-3}{n-1}\,\frac{(\bar y_+ - \bar y_-)^2 - v}{s^2},
        \qquad \delta = 2\,\mathrm{step},

    with y the decision values of held-out faces, s² the mean of their two variances, and v the variance, over people,
    of the numerator's mean difference: without it, noise would count as a difference. Cross-validated over people in
    five folds. Each fold's decision values are divided by their standard deviation in training.

    No assumption about the code. What a decoder finds in other faces is a lower bound on the linear information, but
    for chance, and for δ so large that the code bends between the angles. It falls short by what few faces fail to
    teach and, where tangents scatter, by the step² Γ that this adds to the covariance. With the plug-in, which is
    biased upwards, it brackets the information. It may be negative by chance.

    Costs five fits an angle and replicate: 50 angles × 300 faces in 2-D take about 0.3 s with ``"lda"`` and 0.6 s with
    ``"svm"`` on one core.

    Parameters
    ----------
    below, above : (..., n, d) embeddings of the same faces at θ − step and at θ + step.
    person : (n,) whose face it is; at least 5 persons.
    step : half the distance of the two angles, in rad.
    decoder : ``"lda"``, linear discriminant analysis, or ``"svm"``, a linear support vector machine on whitened
        embeddings (squared hinge loss, C = 1).

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError
        As :func:`independent_trials_fisher`, for an unknown decoder, or fewer than 5 persons.
    SingularCovarianceError
        As :func:`linear_fisher`.

    References
    ----------
    Green & Swets 1966, Signal Detection Theory and Psychophysics (d′); Averbeck & Lee 2006, Journal of Neurophysiology
    95 (d′² of a linear decoder and linear Fisher information).
    """
    check_choice("decoder", decoder, DECODERS)
    z = _two_sides(below, above, step)
    cholesky((sample_covariance(z[0]) + sample_covariance(z[1])) / 2)
    row, people = numbered_people(person, z[0].shape[-2], least=FOLDS, what="parting faces by person")
    return _each(lambda first, second: _held_out(first, second, row, people, decoder), *z) / (2 * step) ** 2


@checked
def spanning_tree_fisher(
    embeddings: ArrayLike, tangents: ArrayLike, *, person: ArrayLike, seed: int | Sequence[int] | None = 0
) -> Values:
    r"""Information from how easily two clouds of embeddings mix, without a model of their shape.

    Half of the people are shown at θ − δ/2, the other half at θ + δ/2. In a minimal spanning tree over all m + n'
    embeddings, let C edges join the two sides. Then

    .. math:: \hat D = 1 - C\,\frac{m + n'}{2 m n'} \;\to\; D = \tfrac12 \int \frac{(f_+ - f_-)^2}{f_+ + f_-}
        = \tfrac14 I\,\delta^2 + O(\delta^4),

    and I is four times the slope of D̂/(1 − D̂) on δ²; it has the same limit and stays straight for longer. Least squares
    through the origin, over five distances δ = c/√I_0 with c² from 0.3 to 1.5 and I_0 the estimate of
    :func:`gaussian_fisher`. Embeddings at θ ± δ/2 are z ± tδ/2, and trees are grown in the metric of S, so that linear
    maps change nothing. D̂ is averaged over four partings of the people, each with the sides exchanged too. The same
    faces on both sides would be each other's neighbours and hide any difference; hence the halves.

    No assumption about the code's shape: this is the whole information, of which the others see a part. Needs the code
    to be straight over the longest δ, where spread tangents widen both clouds: biased where tr(Σ⁻¹Γ) is not small
    beside I, and down for densities that bend the line more than a Gaussian does, such as skewed ones. Several times
    noisier than the others.

    Costs 40 trees an angle and replicate, in time as n²: 50 angles × 300 faces take about 17 s on one core.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.
    person : (n,) whose face it is; at least 4 persons.
    seed : of the partings; anything :class:`numpy.random.SeedSequence` takes. The same partings serve every angle.

    Returns
    -------
    (...) float64, in rad⁻². Chance may make it negative.

    Raises
    ------
    ValueError
        As :func:`linear_fisher`, or for fewer than 4 persons.
    SingularCovarianceError
        As :func:`linear_fisher`.

    References
    ----------
    Berisha & Hero 2015, IEEE Signal Processing Letters 22 (information from f-divergences); Friedman & Rafsky 1979,
    Annals of Statistics 7 (the tree's statistic); Henze & Penrose 1999, Annals of Statistics 27 (its limit).
    """
    z, t = _samples(embeddings, tangents)
    row, people = numbered_people(person, z.shape[-2], least=4, what="parting faces by person")
    orders = [
        np.random.default_rng(generator).permutation(people) for generator in np.random.SeedSequence(seed).spawn(4)
    ]
    halves = [half for order in orders for first in [order[row] < people // 2] for half in (first, ~first)]
    factor = cholesky(sample_covariance(z))
    white, along = whitened(factor, z), whitened(factor, t)
    pilot = np.maximum(gaussian_fisher(z, t), np.finfo(float).tiny)

    def one(z, t, pilot):
        square = np.linspace(0.3, 1.5, 5) / pilot.item()
        divergence = np.array([
            np.mean([_tree_divergence(z + np.where(half, 1, -1)[:, None] * t * delta / 2, half) for half in halves])
            for delta in np.sqrt(square)
        ])  # fmt: skip
        return 4 * (square @ (divergence / (1 - divergence))) / (square @ square)

    return _each(one, white, along, np.asarray(pilot)[..., None, None])


@checked
def named_estimate(
    estimator: str,
    embeddings: ArrayLike,
    tangents: ArrayLike,
    *,
    encoding: str | None = None,
    person: ArrayLike | None = None,
    step: float = 0.05,
) -> Values:
    """The estimate that goes by a name, from embeddings and tangents at θ.

    Embeddings at two angles are z ± step · t where an estimator wants them: a straight code, of the same faces.

    Parameters
    ----------
    estimator : one of ``ESTIMATORS``.
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.
    encoding : for ``"decoded"``.
    person : (n,) whose face it is. ``"lda"``, ``"svm"`` and ``"spanning-tree"`` need it; ``"paired"``, ``"wishart"``
        and ``"decoded"`` (which is paired) take faces as independent without it.
    step : half the distance of the two angles in rad; for ``"independent-trials"``, ``"lda"`` and ``"svm"``.

    Raises
    ------
    ValueError, SingularCovarianceError
        As the estimator does, for an unknown one, or where it lacks what it needs.
    """
    check_choice("estimator", estimator, ESTIMATORS)
    if encoding is not None:
        check_choice("encoding", encoding, codes.ENCODINGS)
    if estimator in BY_PERSON and person is None:
        raise ValueError(
            f"the estimator {estimator!r} keeps the photographs of a person together: give person, (n,) whose face "
            "each is; np.arange(n) where no two are of one person"
        )
    if estimator == "decoded":
        if encoding is None:
            raise ValueError(
                "the decoded information needs to know how to decode: give an encoder with .conditions, "
                "or call decoded_fisher(embeddings, tangents, encoding=...)"
            )
        return decoded_fisher(embeddings, tangents, encoding=encoding, person=person)
    if estimator in CORRECTIONS:
        return linear_fisher(embeddings, tangents, correction=estimator, person=person)
    if estimator in DECODERS or estimator == "independent-trials":
        z, t = _samples(embeddings, tangents)
        sides = z - step * t, z + step * t
        if estimator == "independent-trials":
            return independent_trials_fisher(*sides, step=step)
        return discriminability(*sides, person=person, step=step, decoder=estimator)
    if estimator == "spanning-tree":
        return spanning_tree_fisher(embeddings, tangents, person=person)
    estimate = {
        "plug-in": lambda z, t: linear_fisher(z, t, correction="none"),
        "gaussian": gaussian_fisher,
        "shrinkage": shrinkage_fisher,
        "robust": robust_fisher,
    }[estimator]
    return estimate(embeddings, tangents)


def numbered_people(person: ArrayLike, faces: int, *, least: int, what: str) -> tuple[np.ndarray, int]:
    """The number of each face's person, and how many there are; an error where ``what`` needs more of them."""
    whose = np.asarray(person)
    nameless = whose.dtype.kind == "f" and not np.isfinite(whose).all()
    if whose.ndim != 1 or whose.dtype.kind not in "biufUS" or nameless:
        raise ValueError(f"person must name whose each of {faces} faces is, shape ({faces},); got {person!r:.60}")
    names, row = np.unique(whose, return_inverse=True)
    if len(row) != faces:
        raise ValueError(f"each of {faces} faces needs its person; got {len(row)}")
    if len(names) < least:
        raise ValueError(f"{what} needs at least {least} persons; got {len(names)}")
    return row, len(names)


def sample_covariance(z: np.ndarray) -> np.ndarray:
    """Covariance of samples (..., n, d), divisor n − 1."""
    centred = z - z.mean(axis=-2, keepdims=True)
    return np.swapaxes(centred, -1, -2) @ centred / (z.shape[-2] - 1)


def cholesky(covariance: np.ndarray) -> np.ndarray:
    """Lower Cholesky factors, or an error that says where there is none."""
    values = np.linalg.eigvalsh(covariance)
    bad = _beyond_inversion(values)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        low, high = values[place][0], values[place][-1]
        number = high / low if low > 0 else np.inf
        where = f" at index {place}" if place else ""
        raise SingularCovarianceError(
            f"the covariance of the embeddings{where} cannot be inverted: its condition number is {number:.2g}, "
            f"more than {LARGEST_CONDITION_NUMBER:.0e}. Show more faces, leave out outputs that repeat others, or use "
            "the decoded information, which needs one variance only",
            place,
        )
    return np.linalg.cholesky(covariance)


def _beyond_inversion(eigenvalues: np.ndarray) -> np.ndarray | np.bool_:
    """Whether covariances of such eigenvalues (..., d), rising, leave too few digits to an inverse."""
    return ~(eigenvalues[..., 0] * LARGEST_CONDITION_NUMBER > eigenvalues[..., -1])


def solve_lower(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solutions of L x = right, for stacks of matrices: torch's solver, because SciPy's loops over the stack."""
    return torch.linalg.solve_triangular(torch.from_numpy(factor), torch.from_numpy(right.copy()), upper=False).numpy()


def _samples(
    embeddings: ArrayLike, tangents: ArrayLike, *, least: int | None = None, what: str = "embeddings and tangents"
) -> tuple[np.ndarray, np.ndarray]:
    z, t = (np.asarray(array, dtype=np.float64) for array in (embeddings, tangents))
    if z.ndim < 2 or z.shape != t.shape:
        raise ValueError(f"{what} must have one shape, (..., faces, dimensions); got {z.shape} and {t.shape}")
    n, d = z.shape[-2:]
    least = d + 3 if least is None else least
    if n < least:
        raise ValueError(f"an estimate in {d} dimensions needs more than {least - 1} faces; got {n}")
    if not (np.isfinite(z).all() and np.isfinite(t).all()):
        raise ValueError(f"{what} must be finite; they hold NaN or infinity")
    return z, t


def _square_length(factor: np.ndarray, slope: np.ndarray) -> Values:
    """μ′ᵀ S⁻¹ μ′ = |L⁻¹ μ′|², with S = L Lᵀ: never negative."""
    return (solve_lower(factor, slope[..., None]) ** 2).sum(axis=(-1, -2))


def whitened(factor: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """L⁻¹ z of each sample."""
    return np.swapaxes(solve_lower(factor, np.swapaxes(samples, -1, -2)), -1, -2)


def _each(estimate: Callable, *stacks: np.ndarray) -> Values:
    """What ``estimate`` gives at each place of stacks (..., n, d), for what no library does for a whole stack."""
    from sklearn import config_context

    shape = stacks[0].shape[:-2]
    # The stacks have been checked, which scikit-learn would do anew at each place, for longer than it reckons.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        values = np.stack([estimate(*(stack[place] for stack in stacks)) for place in np.ndindex(shape)])
    return values.reshape(shape + values.shape[1:])[()]


def _two_sides(
    below: ArrayLike, above: ArrayLike, step: float, *, least: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    if not step > 0:
        raise ValueError(f"step must be positive, in rad; got {step}")
    return _samples(below, above, least=least, what="embeddings below and above")


def _bulk_covariance(z: np.ndarray) -> np.ndarray:
    from sklearn.covariance import MinCovDet

    d, kept = z.shape[-1], 0.975
    # A bulk that spans too few dimensions is an error of ours, which says where and what to do.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        try:
            found = MinCovDet(random_state=0).fit(z)
        except ValueError:  # more than half of the faces are one point
            return np.zeros((d, d))
    half = sample_covariance(z[found.raw_support_])
    if _beyond_inversion(np.linalg.eigvalsh(half)):
        return half  # as it is, for whoever inverts it
    # Within are the faces in the 97.5 % ellipsoid. Some versions of scikit-learn do not make up for the tails.
    inside = sample_covariance(z[found.support_])
    return inside * kept / scipy.stats.chi2.cdf(scipy.stats.chi2.ppf(kept, d), d + 2)


def _bulk_mean(t: np.ndarray) -> np.ndarray:
    centre = t.mean(axis=-2, keepdims=True)
    for _ in range(100):
        distance = np.linalg.norm(t - centre, axis=-1, keepdims=True)
        cut = 2 * np.median(distance, axis=-2, keepdims=True)
        weight = np.divide(cut, distance, out=np.ones_like(distance), where=distance > cut)
        before, centre = centre, (weight * t).sum(axis=-2, keepdims=True) / weight.sum(axis=-2, keepdims=True)
        if np.allclose(centre, before, rtol=1e-9, atol=0):
            break
    distance = np.linalg.norm(t - centre, axis=-1, keepdims=True)
    near = distance <= 3 * np.median(distance, axis=-2, keepdims=True)
    return (near * t).sum(axis=-2) / near.sum(axis=-2)


def _held_out(below: np.ndarray, above: np.ndarray, row: np.ndarray, people: int, decoder: str) -> float:
    """d′² of a decoder in faces of people that it was not trained on."""
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    n = len(row)
    score = np.empty((2, n))
    for train, test in GroupKFold(FOLDS).split(below, groups=row):
        if decoder == "lda":
            model = LinearDiscriminantAnalysis()
        else:
            model = make_pipeline(PCA(whiten=True), LinearSVC(dual=False))
        model.fit(np.concatenate([below[train], above[train]]), np.repeat([0, 1], len(train)))
        learnt = [model.decision_function(side[train]) for side in (below, above)]
        middle, spread = np.mean(learnt), np.sqrt(np.mean([values.var(ddof=1) for values in learnt]))
        score[:, test] = [(model.decision_function(side[test]) - middle) / spread for side in (below, above)]
    difference = score[1] - score[0]
    by_person = np.bincount(row, weights=difference - difference.mean())
    noise = people / (people - 1) * (by_person**2).sum() / n**2
    return wishart_factor(n, 1) * (difference.mean() ** 2 - noise) / score.var(axis=1, ddof=1).mean()


def _tree_divergence(points: np.ndarray, above: np.ndarray) -> float:
    """Friedman and Rafsky's estimate of ½ ∫ (f₊ − f₋)²/(f₊ + f₋), for points of which some are ``above``."""
    # A distance of zero would read as no edge, in a dense matrix any below 1e-8.
    distance = csr_array(squareform(np.maximum(pdist(points), np.finfo(float).tiny)))
    tree = minimum_spanning_tree(distance).tocoo()
    crossing = (above[tree.row] != above[tree.col]).sum()
    count = above.sum()
    return 1 - crossing * len(points) / (2 * count * (len(points) - count))
