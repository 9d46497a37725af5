"""Statistics of Fisher curves: bootstrap, bands, flatness, exponents. Must not know networks or pages."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.stats
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from fisherkit.arrays import Seed, Values
from fisherkit.checks import MOST, check_choice, check_confidence, check_count, check_some, checked, checked_as, numbers
from fisherkit.estimate import Estimate
from fisherkit.estimators import (
    cholesky,
    independent_trials_fisher,
    linear_fisher,
    numbered_people,
    sample_covariance,
    sums_by_person,
    whitened,
    wishart_factor,
)

__all__ = [
    "EXACT_UP_TO",
    "VARIANCES",
    "WIDEST_BAND",
    "Band",
    "CurveTest",
    "Equivalence",
    "Estimate",
    "Interval",
    "OrderLine",
    "OrderTest",
    "band_of_mean",
    "bootstrap_mean",
    "bootstrap_people",
    "centred_logs",
    "equivalence_to_flat",
    "fit_exponent",
    "fit_exponent_with_floor",
    "fit_order_line",
    "flatness_test",
    "independent_trials_interval",
    "information_interval",
    "label_permutation_test",
    "mean_over_replicates",
    "order_test",
    "population_flatness_test",
    "simultaneous_band",
]

#: Sign patterns, or ways to label networks, up to which a test counts all of them: 15 curves, or 8 against 8.
EXACT_UP_TO = 2**14

#: Squared logarithms that differ by less are equal but for rounding.
_ROUNDING = 1e-20


@checked
def bootstrap_people(
    embeddings: Float[np.ndarray, "replicate angle face dimension"],
    tangents: Float[np.ndarray, "replicate angle face dimension"],
    person: Int[np.ndarray, " face"],
    *,
    draws: int = 1000,
    seed: Seed = 0,
) -> Float[np.ndarray, "draw replicate angle"]:
    """Information (``correction="wishart"``) of faces that are drawn again and again, a person at a time.

    Photographs of one person are alike, so that persons are the independent units. Each draw takes P − 1 of the P
    persons with replacement, with all their photographs: for a mean, that gives the variance without the factor
    (P − 1)/P that drawing P of them has. A draw is the same people for every replicate and angle: whole curves.

    Parameters
    ----------
    embeddings, tangents : (K, A, n, d) each, as :func:`fisherkit.fisher.embed_with_tangents` gives them.
    person : (n,) whose face it is.
    draws : how many.
    seed : anything :func:`numpy.random.default_rng` takes.

    Returns
    -------
    (draws, K, A), in rad⁻².

    Raises
    ------
    ValueError
        For fewer than 3 persons, or a number of them that does not fit the faces.

    References
    ----------
    McCarthy & Snowden 1985, The bootstrap and finite population sampling; Rao & Wu 1988, JASA 83 (the P − 1).
    """
    replicates, angles, faces, d = embeddings.shape
    cholesky(sample_covariance(embeddings))  # which says where there is no inverse
    row, times = _draw_people(person, faces, draws, seed)
    n = times @ np.bincount(row)
    shown = n[:, None, None]
    information = np.empty((draws, replicates, angles))
    for k in range(replicates):  # one at a time, for memory
        z = embeddings[k] - embeddings[k].mean(axis=1, keepdims=True)
        moments = np.concatenate([z, tangents[k], (z[..., :, None] * z[..., None, :]).reshape(angles, faces, d * d)], 2)
        # Sums over each person's photographs are all that a draw needs.
        sums = np.zeros((times.shape[1], angles, moments.shape[-1]))
        np.add.at(sums, row, np.swapaxes(moments, 0, 1))
        drawn = np.tensordot(times, sums, axes=1)
        mean, slope = drawn[..., :d] / shown, drawn[..., d : 2 * d] / shown
        square = drawn[..., 2 * d :].reshape(draws, angles, d, d)
        covariance = (square - shown[..., None] * mean[..., :, None] * mean[..., None, :]) / (shown[..., None] - 1)
        try:
            solved = np.linalg.solve(covariance, slope[..., None])[..., 0]
        except np.linalg.LinAlgError as error:
            raise ValueError(
                "the faces of a draw must have a covariance that can be inverted; those of some have none, drawn from "
                f"{times.shape[1]} people: show more"
            ) from error
        information[:, k] = wishart_factor(n, d)[:, None] * (slope * solved).sum(axis=-1)
    return information


@checked
def bootstrap_mean(
    values: Float[np.ndarray, "... face"], person: Int[np.ndarray, " face"], *, draws: int = 1000, seed: Seed = 0
) -> Float[np.ndarray, "draw ..."]:
    """Mean over faces, the people drawn again as in :func:`bootstrap_people`: the same ones for the same seed.

    Raises
    ------
    ValueError
        As :func:`bootstrap_people`.
    """
    row, times = _draw_people(person, values.shape[-1], draws, seed)
    sums = np.zeros((times.shape[1], *values.shape[:-1]))
    np.add.at(sums, row, np.moveaxis(values, -1, 0))
    n = times @ np.bincount(row)
    return np.tensordot(times, sums, axes=1) / n.reshape(-1, *[1] * (values.ndim - 1))


def _draw_people(
    person: Int[np.ndarray, " face"], faces: int, draws: int, seed: Seed
) -> tuple[Int[np.ndarray, " face"], Int[np.ndarray, "draw person"]]:
    """Which person each face is of, by number, and how often each draw of P − 1 people holds each of the P."""
    check_count("draws", draws, most=MOST)
    row, people = numbered_people(person, faces, least=3, what="a bootstrap over people")
    return row, np.random.default_rng(seed).multinomial(people - 1, np.full(people, 1 / people), size=draws)


@checked
def mean_over_replicates(
    draws: Float[np.ndarray, "draw replicate ..."], *, seed: Seed = 0
) -> Float[np.ndarray, "draw ..."]:
    """The second level of a bootstrap: in each draw, the mean of K − 1 replicates out of K, drawn with replacement.

    K − 1 for the reason given in :func:`bootstrap_people`. With one replicate there is nothing to draw from: its curve.
    """
    count, replicates = draws.shape[:2]
    picks = max(replicates - 1, 1)
    chosen = np.random.default_rng(seed).integers(replicates, size=(count, picks))
    return draws[np.arange(count)[:, None], chosen].mean(axis=1)


@dataclass(frozen=True)
class Band:
    """A curve with a band that holds the whole of it with the given confidence.

    Attributes
    ----------
    estimate, low, high : (A,) each.
    confidence : of the band as a whole.
    """

    estimate: Float[np.ndarray, " angle"]
    low: Float[np.ndarray, " angle"]
    high: Float[np.ndarray, " angle"]
    confidence: float


@checked
def simultaneous_band(
    estimate: Float[np.ndarray, " angle"], draws: Float[np.ndarray, "draw angle"], *, confidence: float = 0.95
) -> Band:
    r"""A simultaneous band about a positive curve, from a bootstrap of it.

    .. math:: \hat f(\theta)\,\exp\{\pm c\, s(\theta)\}, \qquad
        c: \Pr\left(\max_\theta \frac{|\log f^*(\theta) - \overline{\log f^*}(\theta)|}{s(\theta)} \le c\right)
        = \text{confidence},

    with s the standard deviation of log f* over draws. Deviations are taken from the draws' own mean: drawing again
    repeats the bias of the estimate, which the band must not count twice. For one number, give one angle.

    Raises
    ------
    ValueError
        For values that are not positive, which have no logarithm.

    References
    ----------
    Montiel Olea & Plagborg-Møller 2019, Journal of Applied Econometrics 34 (sup-t bands).
    """
    if not ((estimate > 0).all() and (draws > 0).all()):
        raise ValueError('a band on a logarithmic scale needs positive curves; use correction="wishart"')
    return _band(estimate, np.log(draws), [], confidence, 0)


@checked_as(information="")
def centred_logs(information: ArrayLike, *, level: Bool[np.ndarray, " angle"] | None = None) -> Values:
    """log I minus its mean along the last axis, the angle: a curve's shape without its height; 0 where it is flat.

    Parameters
    ----------
    information : (…, K, A) in rad⁻², positive, at evenly spaced angles.
    level : (A,) the angles whose mean is taken off; None for all.

    Raises
    ------
    ValueError
        For fewer than two axes or angles, or a value that has no logarithm: which replicate's, at which angle.
    """
    values = numbers("information", information, finite=False)
    if values.ndim < 2 or values.shape[-1] < 2 or values.shape[-2] < 1:
        raise ValueError(f"information must be (replicates, angles), with at least 2 angles; got shape {values.shape}")
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        *_, replicate, angle = place = tuple(map(int, np.argwhere(wrong)[0]))
        raise ValueError(
            "a curve's shape is read from log I, so that information must be positive and finite; replicate "
            f"{replicate} has {values[place]:.4g} at angle index {angle}. Use the Wishart-corrected estimate, or leave "
            "that angle out"
        )
    if level is not None:
        check_some("level", level, values.shape[-1])
    logs = np.log(values)
    return logs - (logs if level is None else logs[..., level]).mean(axis=-1, keepdims=True)


#: Where a band would be wider than this factor, up or down, it is cut there: nothing is known then.
WIDEST_BAND = 1000.0


@checked
def band_of_mean(
    lines: Float[np.ndarray, "replicate angle"],
    draws: Float[np.ndarray, "draw replicate angle"],
    *,
    against: tuple[Float[np.ndarray, "other angle"], Float[np.ndarray, "draw other angle"]] | None = None,
    paired: bool = False,
    confidence: float = 0.95,
    seed: Seed = 0,
) -> Band:
    r"""A simultaneous band about the mean of positive curves over replicates, or about its ratio to another mean.

    Two sources of noise add up: people, whose part the draws give, and replicates, whose part is the scatter of their
    curves about their mean, r_k = x_k/x̄ − 1 with variance Σ r_k²/(K(K − 1)). With few replicates that variance is
    badly known at each angle. So the critical value c of the sup-t band (:func:`simultaneous_band`), found with normal
    weights on the r_k, is raised to what a t-distribution needs,

    .. math:: c \to T_\nu^{-1}(\Phi(c)), \qquad \nu(\theta) = \frac{s^4}{\sum_i s_i^4/(K_i - 1)},

    with s_i² the replicates' part of s² (Satterthwaite's degrees of freedom). On smooth curves that differ by their
    replicates alone, 95 % bands hold the whole mean curve in about 90 % of sets of 8 replicates, but in half of the
    sets of 3. With one replicate the band is of people alone. Two replicates leave one degree of freedom, which says
    nearly nothing: a band is cut at ``WIDEST_BAND`` times the estimate, and one part in as many of it.

    Parameters
    ----------
    lines : (K, A) the replicates' curves.
    draws : (draws, K, A) the same with people drawn again.
    against : lines and draws of the mean to divide by, with the same people in each draw.
    paired : whether the k-th replicates of both belong together; then they must be as many.
    confidence : of the band as a whole.
    seed : of the weights; anything :func:`numpy.random.default_rng` takes.

    Raises
    ------
    ValueError
        For values that are not positive.

    References
    ----------
    Montiel Olea & Plagborg-Møller 2019, Journal of Applied Econometrics 34 (sup-t); Mammen 1993, Annals of Statistics
    21 (weights); Satterthwaite 1946, Biometrics Bulletin 2.
    """
    groups = [(lines, draws)] if against is None else [(lines, draws), against]
    if not all((values > 0).all() for group in groups for values in group):
        raise ValueError('a band on a logarithmic scale needs positive curves; use correction="wishart"')
    if paired and len({len(one) for one, _ in groups}) > 1:
        raise ValueError(
            f"paired networks must be as many on both sides; got {' and '.join(str(len(one)) for one, _ in groups)}"
        )
    means = [one.mean(axis=0) for one, _ in groups]
    scatter = [one / mean - 1 for (one, _), mean in zip(groups, means, strict=True)]
    people = [np.log(drawn.mean(axis=1)) for _, drawn in groups]
    if against is None:
        return _band(means[0], people[0], scatter, confidence, seed)
    parts = [scatter[0] - scatter[1]] if paired else scatter
    return _band(means[0] / means[1], people[0] - people[1], parts, confidence, seed)


def _band(estimate, people, scatter, confidence: float, seed) -> Band:
    """The band of :func:`band_of_mean`, from logs with people drawn again and the scatter of sets of replicates."""
    check_confidence(confidence)
    noise, spread, freedom = _noise(people, scatter, seed)
    # A point without spread is known exactly; it has no say in how wide the others are.
    ratio = np.divide(np.abs(noise), spread, out=np.zeros_like(noise), where=spread > 0)
    critical = np.quantile(ratio.max(axis=1), confidence)
    half = scipy.stats.t.isf(scipy.stats.norm.sf(critical), freedom) * spread
    half = np.minimum(half, np.log(WIDEST_BAND))
    return Band(estimate, estimate * np.exp(-half), estimate * np.exp(half), confidence)


def _noise(people, scatter, seed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What people and sets of networks do to a mean curve: draws, standard deviation and degrees of freedom of it."""
    if len(people) < 2:
        raise ValueError(f"draws must be two at least, to tell how people scatter; got {len(people)}: ask for more")
    generator = np.random.default_rng(seed)
    noise = people - people.mean(axis=0)
    variance = noise.var(axis=0, ddof=1)
    uncertain = np.zeros_like(variance)
    for part in scatter:
        count = len(part)
        if count > 1:
            scaled = part / np.sqrt(count * (count - 1))
            noise = noise + generator.normal(size=(len(noise), count)) @ scaled
            of_part = (scaled**2).sum(axis=0)
            variance, uncertain = variance + of_part, uncertain + of_part**2 / (count - 1)
    freedom = np.divide(variance**2, uncertain, out=np.full_like(variance, np.inf), where=uncertain > 0)
    return noise, np.sqrt(variance), freedom


@dataclass(frozen=True)
class CurveTest:
    """A test of curves that reckons with whole curves only.

    Attributes
    ----------
    statistic : mean squared deviation of the mean log curve from flatness, or from another mean log curve.
    pvalue : the share of the patterns whose statistic is at least as large.
    smallest_pvalue : the least that so many patterns can give. Above 0.05 nothing can be rejected at 5 %.
    null : (…, patterns) the statistic under each sign pattern, labelling, or draw of people and networks, the one
        observed among them.

    ``statistic`` and ``pvalue`` have the leading axes of the information.
    """

    statistic: Values | float
    pvalue: Values | float
    smallest_pvalue: float
    null: Float[np.ndarray, "... pattern"]

    @property
    def patterns(self) -> int:
        """How many patterns were compared."""
        return self.null.shape[-1]


@checked_as(information="")
def flatness_test(information: ArrayLike, *, draws: int = 9999, seed: Seed = 0) -> CurveTest:
    r"""Sign-flip test of whether the mean log curve of several networks is flat.

    With :math:`x_k(\theta) = \log I_k(\theta)` minus its mean over the angle, the statistic is

    .. math:: T = \frac{1}{L} \int \Big( \frac{1}{K} \sum_k x_k(\theta) \Big)^2 d\theta

    over a range of length L. Where no deviation is shared, :math:`x_k` and :math:`-x_k` are equally likely, so that T
    is compared with its values when whole curves change sign, :math:`x_k \to s_k x_k`. The level is then exact however
    smooth the curves are and however large their deviations, also if these differ between angles or networks.
    Networks that are looked at with the same faces share what those faces do to the estimate; the test finds that too,
    and rejects most codes that are flat in the population. :func:`population_flatness_test` asks about that.

    All :math:`2^{K-1}` patterns that differ (a common sign changes nothing) are counted up to K = 15, ``draws`` random
    ones, and the one observed, beyond. The smallest p is :math:`2^{-(K-1)}`: 0.25 for 3 networks, and not below
    0.05 before the sixth. Take at least 8, whose smallest p is 0.008.

    Parameters
    ----------
    information : (K, A) in rad⁻², positive, at evenly spaced angles: A points of the curves of K networks that were
        trained independently. (…, K, A) tests many such sets.
    draws, seed : of random patterns; ``seed`` is anything :func:`numpy.random.default_rng` takes.

    Raises
    ------
    ValueError
        For fewer than 2 networks, or what :func:`centred_logs` refuses.

    References
    ----------
    Good, Permutation, Parametric and Bootstrap Tests of Hypotheses, 2005; Winkler et al. 2014, NeuroImage 92.
    """
    check_count("draws", draws, most=MOST)
    logs = centred_logs(information)
    replicates = logs.shape[-2]
    if replicates < 2:
        raise ValueError(f"a test of flatness needs at least 2 networks, and 8 to be of use; got {replicates}")
    count = 2 ** (replicates - 1)
    if count <= EXACT_UP_TO:
        signs = 1.0 - 2.0 * (np.arange(count)[:, None] >> np.arange(replicates) & 1)
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws + 1, replicates))
        signs[0] = 1
    return _compare(logs, signs / replicates, 1 / len(signs))


@checked_as(information="", draws="")
def population_flatness_test(
    information: ArrayLike, draws: Float[np.ndarray, "draw replicate angle"], *, seed: Seed = 0
) -> CurveTest:
    r"""Whether the mean log curve is further from flat than people and networks drawn again would take it.

    The statistic is that of :func:`flatness_test`. It is compared with its values for noise alone: the deviations of
    the draws' mean curves from their own mean, for people, to which the networks' deviations from their mean curve are
    added with normal weights :math:`w_k/\sqrt{K(K-1)}`. As few networks say little about their scatter, noise with the
    standard deviation s at an angle is stretched to that of a t-distribution, as in :func:`band_of_mean`.

    Simulated flat codes with smooth noise of 30 people that all networks share are rejected in 4 to 7 % of sets of 8
    networks at nominal 5 %, where the sign-flip test rejects 69 to 100 %, and in 2 to 8 % of sets of 3. Where networks
    scatter several times as much as people, the test is conservative, down to 0 %. Noise biases log I by half its
    squared size; a bias that varies along the angle counts as a deviation.

    Parameters
    ----------
    information : (K, A) in rad⁻², positive, at evenly spaced angles.
    draws : (draws, K, A) of :func:`bootstrap_people`.
    seed : of the weights; anything :func:`numpy.random.default_rng` takes.

    Raises
    ------
    ValueError
        For one network, draws of other networks or angles, or what :func:`centred_logs` refuses.

    References
    ----------
    Davison & Hinkley 1997, Bootstrap Methods and their Application, chapter 4 (tests from centred resamples).
    """
    logs, again = centred_logs(information), centred_logs(draws)
    if logs.ndim != 2 or again.shape[1:] != logs.shape or len(logs) < 2:
        raise ValueError(
            "a test of flatness in the population needs information (K, A) of at least 2 networks and draws "
            f"(draws, K, A) of them; got {logs.shape} and {again.shape}"
        )
    mean = logs.mean(axis=0)
    noise, spread, freedom = _noise(again.mean(axis=1), [logs - mean], seed)
    normal = np.divide(noise, spread, out=np.zeros_like(noise), where=spread > 0)
    stretched = spread * np.sign(normal) * scipy.stats.t.isf(scipy.stats.norm.sf(np.abs(normal)), freedom)
    null = np.concatenate([[(mean**2).mean()], (stretched**2).mean(axis=-1)])
    return CurveTest(null[0], (null >= null[0] * (1 - 1e-9)).mean(), 1 / len(null), null)


@checked_as(a="", b="")
def label_permutation_test(a: ArrayLike, b: ArrayLike, *, draws: int = 9999, seed: Seed = 0) -> CurveTest:
    r"""Whether two groups of networks have mean log curves of different shape, by exchanging their labels.

    With x as in :func:`flatness_test`, the statistic is

    .. math:: T = \frac{1}{L} \int \big( \bar x_a(\theta) - \bar x_b(\theta) \big)^2 d\theta,

    compared with its values when the networks are dealt anew to groups of the same sizes. The hypothesis is that the
    groups are alike in everything. What both share, such as an effect of the images' pixels, drops out.

    Parameters
    ----------
    a, b : (K₁, A) and (K₂, A) in rad⁻², positive, at the same evenly spaced angles.
    draws, seed : of random labellings, where there are more than :data:`EXACT_UP_TO`.

    Raises
    ------
    ValueError
        For different angles, or what :func:`centred_logs` refuses.

    References
    ----------
    Good, Permutation, Parametric and Bootstrap Tests of Hypotheses, 2005.
    """
    check_count("draws", draws, most=MOST)
    groups = [centred_logs(of) for of in (a, b)]
    if any(of.ndim != 2 for of in groups) or groups[0].shape[1] != groups[1].shape[1]:
        raise ValueError(
            "two groups must be (networks, angles) with the same angles; "
            f"got shapes {groups[0].shape} and {groups[1].shape}"
        )
    logs = np.concatenate(groups)
    here, there = map(len, groups)
    count = math.comb(here + there, here)
    if count <= EXACT_UP_TO:
        chosen = np.zeros((count, len(logs)), dtype=bool)
        # The first combination is the one observed.
        for row, members in zip(chosen, itertools.combinations(range(len(logs)), here), strict=True):
            row[list(members)] = True
        # Of equal groups, exchanging all labels changes nothing.
        smallest = (1 + (here == there)) / count
    else:
        chosen = np.tile(np.arange(len(logs)) < here, (draws + 1, 1))
        np.random.default_rng(seed).permuted(chosen[1:], axis=1, out=chosen[1:])
        smallest = 1 / len(chosen)
    return _compare(logs, np.where(chosen, 1 / here, -1 / there), smallest)


def _compare(logs: np.ndarray, weights: np.ndarray, smallest_pvalue: float) -> CurveTest:
    """The mean square over angles of weighted sums of curves: for the first weights, compared with all of them."""
    # Curves enter by their products with each other only, which are few.
    products = logs @ np.swapaxes(logs, -1, -2) / logs.shape[-1]
    # Where curves cancel, rounding may leave less than the zero that a mean square is at least.
    null = np.maximum(((weights @ products) * weights).sum(axis=-1), 0)
    # With room for rounding, so that what is equal counts as reached.
    reached = null >= null[..., :1] * (1 - 1e-9) - _ROUNDING
    return CurveTest(null[..., 0][()], reached.mean(axis=-1), smallest_pvalue, null)


@dataclass(frozen=True)
class Equivalence:
    """How far from flat a curve may still be.

    Attributes
    ----------
    band : of the mean curve ÷ its level, the (geometric) mean along the angle; 1 where it is flat.
    margin : what passes for flat, as a share of the level.
    departure : the largest distance of the band from 1: the smallest margin that it would keep.
    flat : whether the whole band is within the margin.
    """

    band: Band
    margin: float
    departure: float
    flat: bool


@checked_as(information="", draws="")
def equivalence_to_flat(
    information: ArrayLike,
    draws: Float[np.ndarray, "draw replicate angle"],
    *,
    margin: float = 0.1,
    confidence: float = 0.95,
    level: Bool[np.ndarray, " angle"] | None = None,
    seed: Seed = 0,
) -> Equivalence:
    """Whether the simultaneous band of the mean log curve lies within a margin of flatness, everywhere.

    A test that does not reject has not shown a curve to be flat. A band inside the margin has, up to the margin.

    Parameters
    ----------
    information : (K, A) in rad⁻², positive, at evenly spaced angles.
    draws : (draws, K, A) of :func:`bootstrap_people`.
    margin : as a share of the mean level; 0.1 for ±10 %.
    confidence : of the band; see :func:`simultaneous_band`.
    level : (A,) the angles over which the level is taken, such as those off the ends of a range, where a few low
        values would pull it down; None for all.
    seed : of the weights of networks; see :func:`band_of_mean`, whose band it is.

    Raises
    ------
    ValueError
        For a margin that is not between 0 and 1, or what :func:`centred_logs` refuses.

    References
    ----------
    Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15 (equivalence by an interval inside a margin).
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin must be between 0 and 1, as a share of the level; got {margin}")
    logs, again = centred_logs(information, level=level), centred_logs(draws, level=level)
    if logs.ndim != 2 or again.shape[1:] != logs.shape:
        raise ValueError(
            f"information must be (K, A) and draws (draws, K, A) of them; got {logs.shape} and {again.shape}"
        )
    people = again.mean(axis=1)
    band = _band(np.exp(logs.mean(axis=0)), people, [logs - logs.mean(axis=0)], confidence, seed)
    departure = float(max(np.abs(band.low - 1).max(), np.abs(band.high - 1).max()))
    return Equivalence(band, margin, departure, departure <= margin)


#: How the variance of an estimate of information grows with the information m: as m² or as m.
VARIANCES = ("square", "linear")

#: Newton steps to an exponent, of which ten are usual, and halvings of one of them.
_MOST_STEPS, _MOST_HALVINGS = 100, 40


@checked
def fit_exponent(
    information: ArrayLike,
    density: ArrayLike,
    *,
    without: Mapping[str, ArrayLike] | None = None,
    variance: str | None = None,
    confidence: float = 0.95,
) -> Estimate:
    r"""Exponent α of I ∝ p^α, one a replicate, with an interval over replicates and, where it is told, people.

    Each replicate's curve solves the estimating equations of a log-linear mean with constant coefficient of variation,

    .. math::
        \sum_j \left(\frac{I_j}{m_j} - 1\right) (1, \log p_j)^\top = 0, \qquad m_j = \exp(a + \alpha \log p_j),

    in which I_j stands linearly: an estimate that chance made negative counts like any other, and none is dropped. The
    replicate is the independent unit; points along one curve are not.

    Those equations give every angle its say, as fits that noise at any angle grows with its information
    (``variance="square"``). Noise that stays where information fades leaves some curves without a solution, and the
    rest are a biased choice. ``variance="linear"`` weights by information,

    .. math:: \sum_j (I_j - m_j)\,(1, \log p_j)^\top = 0,

    which has one for nearly every such curve, and is hardly less precise where all is positive.

    The scale solves its own equation for any α, which leaves one equation in one number, the gradient of a function
    that is convex (where the variance is square, if I is positive). Newton's iteration solves it, for all curves at
    once.

    Parameters
    ----------
    information : (K, A) in rad⁻²; negative values are allowed.
    density : (A,) p at the same angles, positive.
    without : label of a group of people -> (P, K, A), the information with each of P people left out; see
        :class:`Estimate`. None leaves people out of the interval, which is then one for just these people.
    variance : ``"square"`` or ``"linear"``, the growth with information that the weights stand for; None for square
        where every value is positive, whoever is left out, else linear, for all curves alike.
    confidence : of the interval.

    Raises
    ------
    ValueError
        For shapes that do not fit, an unknown variance, a density that is not positive or does not vary, values that
        are not finite, or a replicate whose information is too small or negative to have an exponent.

    References
    ----------
    McCullagh & Nelder, Generalized Linear Models, 1989, chapter 8 (the gamma family's quasi-likelihood, log link).
    Santos Silva & Tenreyro 2006, Review of Economics and Statistics 88 (the Poisson family's).
    """
    if variance is not None:
        check_choice("variance", variance, VARIANCES)
    values = np.atleast_2d(np.asarray(information, dtype=np.float64))
    p = np.asarray(density, dtype=np.float64)
    if values.ndim != 2 or p.shape != values.shape[1:]:
        raise ValueError(f"information must be (K, A) and density (A,); got {values.shape} and {p.shape}")
    left = {label: np.asarray(of, dtype=np.float64) for label, of in (without or {}).items()}
    for label, of in left.items():
        if of.ndim != 3 or of.shape[1:] != values.shape:
            raise ValueError(f"without {label!r} must be (P, K, A) with (K, A) = {values.shape}; got {of.shape}")
    if not all(np.isfinite(curves).all() for curves in (values, *left.values())):
        raise ValueError("information must be finite; it holds NaN or infinity")
    if not (np.isfinite(p).all() and (p > 0).all()):
        raise ValueError("the density must be positive at every angle; leave out angles that were never trained")
    if np.ptp(np.log(p)) < 1e-9:
        raise ValueError("a density that does not vary has no exponent; give one that is not uniform")
    check_confidence(confidence)
    positive = all((curves > 0).all() for curves in (values, *left.values()))
    variance = variance or ("square" if positive else "linear")
    slopes = _slopes(values, np.log(p), variance, "")
    return Estimate(
        slopes, {label: _slopes(of, np.log(p), variance, f" {label}") for label, of in left.items()}, confidence
    )


@checked
def fit_exponent_with_floor(information: ArrayLike, density: ArrayLike) -> tuple[float, float]:
    r"""Exponent and floor of one curve (rad⁻²), :math:`I \propto r^\alpha + b`, r the density ÷ its highest value here.

    By least squares of log I, robust against single angles (soft absolute error), with 0 ≤ α ≤ 6.

    Parameters
    ----------
    information, density : (A,) each, positive.

    Returns
    -------
    α, and b as a share of the information that the power law alone has at the highest density.

    Raises
    ------
    ValueError
        For shapes that do not fit, or values that are not positive.
    """
    values, p = (np.asarray(array, dtype=np.float64) for array in (information, density))
    if values.ndim != 1 or values.shape != p.shape:
        raise ValueError(f"information and density must be (A,) both; got {values.shape} and {p.shape}")
    if not ((values > 0) & np.isfinite(values) & (p > 0)).all():
        raise ValueError("information and density must be positive at every angle; leave out the others")
    if np.ptp(np.log(p)) < 1e-9:
        raise ValueError("a density that does not vary has no exponent; give one that is not uniform")
    log_r, log_i = np.log(p / p.max()), np.log(values)
    found = scipy.optimize.least_squares(
        lambda x: np.logaddexp(x[0] + x[1] * log_r, x[2]) - log_i, (log_i.max(), 0.8, log_i.min()), loss="soft_l1",
        bounds=([-np.inf, 0, -np.inf], [np.inf, 6, np.inf]),
    )  # fmt: skip
    top, alpha, floor = found.x
    return float(alpha), float(np.exp(floor - top))


@dataclass(frozen=True, eq=False)
class OrderLine:
    r"""The line :math:`1/\alpha = \text{slope} \cdot q + \beta` through several losses' exponents, and its lack of fit.

    Slope and intercept mean something only where the lack of fit is not large.

    Attributes
    ----------
    slope, intercept : over networks and people; the intercept is β.
    orders : (L,) q of the losses.
    fitted : (L,) the line's exponents.
    chi_squared : squared distance of the exponents from the line, in units of their variance; NaN with one network.
    freedom : L − 2, of ``chi_squared``.
    pvalue : of the lack of fit; NaN with one network.
    """

    slope: Estimate
    intercept: Estimate
    orders: Float[np.ndarray, " loss"]
    fitted: Float[np.ndarray, " loss"]
    chi_squared: float
    freedom: int
    pvalue: float

    @property
    def adequate(self) -> bool | None:
        """Whether a line is not rejected at 5 %; None with one network, of which nothing can be said."""
        return None if np.isnan(self.pvalue) else bool(self.pvalue >= 0.05)


@checked
def fit_order_line(exponents: Sequence[Estimate], orders: ArrayLike | Sequence[float]) -> OrderLine:
    r"""Slope and intercept of a line :math:`1/\alpha = \text{slope} \cdot q + \beta`, unbounded, and its lack of fit.

    Fitted as α = 1/(β + slope · q), since α has errors that are about symmetric and 1/α has not. Exponents that rise
    with q have a negative slope; only β + slope · q stays positive at the orders given, where a line that crosses zero
    would have a pole. Each loss is weighted by the inverse variance of its exponent: that over networks, pooled over
    the losses because few networks say little about one loss's, and that over people.

    The k-th networks of all losses belong together, and people pair by label. Intervals of slope and intercept are
    those of :class:`Estimate`: the fit is done again without each person, and followed along its derivative to each
    set of networks. Simulated with exponents on a line (six losses, networks that scatter alike or up to three times
    as much for some, 30 people shared by all), 95 % intervals hold slope and intercept in 92 to 97 % of sets of 3
    networks and of 8; over networks alone it would be 32 to 90 % where people matter.

    The lack of fit is

    .. math:: \chi^2 = r^\top C \left[C^\top (N + P)\, C\right]^{-1} C^\top r,

    r the distances from the line, C what is orthogonal to changes of the line, N the pooled variance of networks
    (independent between losses) and P the covariance that people share between losses. What each network makes of just
    these people is in both; it is taken off N, down to half of it. χ²/(L − 2) is compared with F of L − 2 and
    Satterthwaite degrees of freedom, of L(K − 1) and P − 1. Simulated as above, it rejects a true line in 2 to 9 % of
    sets at nominal 5 %.

    Parameters
    ----------
    exponents : of L losses, three or more, with as many networks each.
    orders : (L,) their q.

    Raises
    ------
    ValueError
        For fewer than three losses or orders, numbers of losses or networks that differ, people of one label who are
        not as many, or an exponent that is not positive, for which 1/α means nothing.

    References
    ----------
    Seber & Wild 1989, Nonlinear Regression, chapters 2 and 5; Satterthwaite 1946, Biometrics Bulletin 2.
    """
    q = np.asarray(orders, dtype=np.float64)
    losses = len(exponents)
    if q.shape != (losses,) or len(np.unique(q)) < 3 or not np.isfinite(q).all():
        raise ValueError(
            "a line needs the exponents of three losses or more, of three orders or more, and the order of each; "
            f"got {losses} exponents and orders {q.tolist()}"
        )
    networks = {len(one.values) for one in exponents}
    if len(networks) > 1:
        raise ValueError(f"the losses of a line need as many networks each; got {sorted(networks)}")
    for one, order in zip(exponents, q, strict=True):
        if not one.mean > 0:
            raise ValueError(
                f"the exponent of the loss of order {order:g} is {one.mean:.2f}, and 1/α means nothing where α is not "
                "positive; leave that loss out, or compare the exponents themselves (order_test)"
            )
    alpha = np.stack([one.values for one in exponents], axis=-1)
    mean, (count, _) = alpha.mean(axis=0), alpha.shape
    left = {
        label: _side_by_side(exponents, label) for label in dict.fromkeys(la for one in exponents for la in one.without)
    }

    of_people, own = np.zeros((losses, losses)), 0.0
    for one in left.values():
        off = one.mean(axis=1) - one.mean(axis=(0, 1))
        of_people += (len(one) - 1) / len(one) * off.T @ off
        # What networks make of just these people, each its own, is in the people's part and the networks' scatter.
        own += (len(one) - 1) * (one.var(axis=0).mean() - one.mean(axis=1).var(axis=0).mean()) / max(count - 1, 1)
    pooled = alpha.var(axis=0, ddof=1).mean() / count if count > 1 else 0.0
    pooled = max(pooled - own, pooled / 2)  # both are noisy
    # Exponents known exactly are weighted alike, and off the line by rounding only.
    exact = (1e-9 * np.abs(mean).max()) ** 2
    of_networks = (pooled + exact) * np.eye(losses)
    weight = 1 / np.diag(of_networks + of_people)

    start = np.polynomial.polynomial.polyfit(q, 1 / mean, 1, w=np.sqrt(weight) * mean**2)
    if not (start[0] + start[1] * q > 0).all():
        start = np.array([1 / mean.mean(), 0.0])
    line = _fit_line(mean, q, weight, start)
    height = line[0] + line[1] * q
    change = -np.stack([np.ones(losses), q]) / height**2
    # Of the line with the exponents: from the derivative of the equations that it solves.
    bend = 2 / height**3 * np.stack([np.ones(losses), q])[:, None] * np.stack([np.ones(losses), q])
    normal = (weight * change) @ change.T - (weight * (mean - 1 / height) * bend).sum(axis=-1)
    follow = np.linalg.solve(normal, weight * change).T

    values = line + (alpha - mean) @ follow
    without = {}
    for label, one in left.items():
        centre = one.mean(axis=1)
        without[label] = _fit_line(centre, q, weight, line)[:, None] + (one - centre[:, None]) @ follow
    intercept, slope = (
        Estimate(values[:, n], {label: one[..., n] for label, one in without.items()}, exponents[0].confidence)
        for n in range(2)
    )
    chi_squared = pvalue = np.nan
    if count > 1:
        contrast = scipy.linalg.null_space(change)
        inverse = np.linalg.inv(contrast.T @ (of_networks + of_people) @ contrast)
        off = contrast.T @ (mean - 1 / height)
        chi_squared = float(off @ inverse @ off)
        shares = [(float(np.trace(inverse @ contrast.T @ of_networks @ contrast)), losses * (count - 1))]
        if left:
            fewest = min(len(one) for one in left.values())
            shares.append((float(np.trace(inverse @ contrast.T @ of_people @ contrast)), fewest - 1))
        known = sum(share for share, _ in shares) ** 2 / sum(share**2 / freedom for share, freedom in shares)
        pvalue = float(scipy.stats.f.sf(chi_squared / (losses - 2), losses - 2, known))
    return OrderLine(slope, intercept, q, 1 / height, chi_squared, losses - 2, pvalue)


def _side_by_side(exponents: Sequence[Estimate], label: str) -> Float[np.ndarray, "person replicate loss"]:
    """Exponents without each person of a group; of a loss that those people were not shown to, as they are."""
    people = {len(one.without[label]) for one in exponents if label in one.without}
    if len(people) > 1:
        raise ValueError(f"people of the label {label!r} must be the same for all losses; got {sorted(people)}")
    return np.stack(
        [one.without.get(label, np.broadcast_to(one.values, (*people, len(one.values)))) for one in exponents], axis=-1
    )


def _fit_line(
    alpha: Float[np.ndarray, "*sets loss"],
    q: Float[np.ndarray, " loss"],
    weight: Float[np.ndarray, " loss"],
    start: Float[np.ndarray, " two"],
) -> Float[np.ndarray, "*sets two"]:
    """Intercept and slope of weighted least squares α = 1/(intercept + slope q), by Gauss and Newton's steps.

    A step is halved until the error falls and no pole has come between: all of intercept + slope q stay positive.
    """
    basis = np.stack([np.ones_like(q), q])
    line = np.broadcast_to(start, (*alpha.shape[:-1], 2)).copy()

    def error(line):
        height = line @ basis
        return np.where((height > 0).all(axis=-1), (weight * (alpha - 1 / height) ** 2).sum(axis=-1), np.inf), height

    value, height = error(line)
    for _ in range(_MOST_STEPS):
        change = -basis / height[..., None, :] ** 2
        gradient = change @ (weight * (alpha - 1 / height))[..., None]
        step = np.linalg.solve((weight * change) @ np.swapaxes(change, -1, -2), gradient)[..., 0]
        length = np.ones_like(value)
        for _ in range(_MOST_HALVINGS):
            with np.errstate(divide="ignore"):
                after = error(line + length[..., None] * step)
            worse = ~(after[0] <= value * (1 + 1e-12))
            if not worse.any():
                break
            length = np.where(worse, length / 2, length)
        moved = np.where(worse, 0.0, length)[..., None] * step
        line = line + moved
        value, height = error(line)
        if (np.abs(moved) <= 1e-10 * np.abs(line).max(axis=-1, keepdims=True)).all():
            break
    return line


@dataclass(frozen=True)
class OrderTest:
    """Whether exponents follow the order of their losses, by ranks alone.

    Attributes
    ----------
    tau : Kendall's, of exponents against orders: −1 where the exponent falls with every step of q, 1 where it rises.
    pvalue : two-sided, over all ways to deal the exponents to the losses; with five losses 0.017 at least.
    """

    tau: float
    pvalue: float

    @property
    def falls(self) -> bool | None:
        """Whether exponents fall with the order, or rise; None where neither is beyond chance (p < 0.05)."""
        return None if self.pvalue >= 0.05 else self.tau < 0

    @property
    def mean(self) -> float:
        """τ, by the name that numbers with an interval have for theirs."""
        return self.tau

    @property
    def low(self) -> float:
        """−∞: ranks have no interval."""
        return -np.inf

    @property
    def high(self) -> float:
        """∞: ranks have no interval."""
        return np.inf

    def side(self) -> str:
        """Where τ lies of zero, in the words of :meth:`fisherkit.estimate.Inferred.side`."""
        return {True: "below", False: "above", None: "open"}[self.falls]

    def __neg__(self) -> "OrderTest":
        return OrderTest(-self.tau, self.pvalue)

    def __str__(self) -> str:
        return f"{self.tau:.2f} (p = {self.pvalue:.2g})".replace("-", "−", 1)


@checked
def order_test(exponents: Sequence[Estimate], orders: ArrayLike | Sequence[float]) -> OrderTest:
    """Kendall's rank correlation of the losses' exponents with their orders, and its exact permutation p.

    Raises
    ------
    ValueError
        For fewer than three losses, orders that do not fit them, or two of them that are equal.

    References
    ----------
    Kendall 1938, Biometrika 30.
    """
    q, alpha = np.asarray(orders, dtype=np.float64), np.array([one.mean for one in exponents])
    if q.shape != alpha.shape or len(q) < 3 or len(np.unique(q)) < len(q) or len(np.unique(alpha)) < len(q):
        raise ValueError(
            "ranks need three losses or more, each of another order and with another exponent; "
            f"got orders {q.tolist()} and exponents {alpha.round(4).tolist()}"
        )
    found = scipy.stats.kendalltau(q, alpha, method="exact")
    return OrderTest(float(found.statistic), float(found.pvalue))


def _slopes(
    curves: Float[np.ndarray, "*sets angle"], log_p: Float[np.ndarray, " angle"], variance: str, label: str
) -> Float[np.ndarray, "*sets"]:
    """The exponents of curves, as :func:`fit_exponent` has them; ``label`` names whose people are left out."""

    def named(wrong: np.ndarray) -> str:
        *person, replicate = np.argwhere(wrong)[0]
        return f"replicate {replicate}" + (f" without person {person[0]} of{label}" if person else "")

    level = curves.mean(axis=-1, keepdims=True)
    if (level <= 0).any():
        raise ValueError(
            f"the information of {named(level[..., 0] <= 0)} is not positive on average; it has no exponent"
        )
    x, scaled = log_p - log_p.mean(), curves / level
    # α minimises log Σ w exp(± α x) − α c.
    sign, weight, centre = (
        (-1, scaled, 0.0) if variance == "square" else (1, np.ones_like(scaled), (scaled * x).mean(axis=-1))
    )

    def tilted(alpha):
        """The function with its first two derivatives, infinite where the sum is not positive."""
        exponent = sign * alpha[..., None] * x
        top = exponent.max(axis=-1, keepdims=True)
        share = weight * np.exp(exponent - top)
        total = share.sum(axis=-1)
        usable = total > 0
        share = share / np.where(usable, total, 1.0)[..., None]
        mean = (share * x).sum(axis=-1)
        value = np.log(np.where(usable, total, 1.0)) + top[..., 0] - alpha * centre
        return np.where(usable, value, np.inf), sign * mean - centre, (share * x**2).sum(axis=-1) - mean**2

    reach = 2 / np.ptp(x)  # as far as a step may go: weights change by a factor e² at most
    alpha = np.zeros(curves.shape[:-1])
    value, slope, bend = tilted(alpha)
    for _ in range(_MOST_STEPS):
        # Where the function is not convex, downhill.
        newton = np.divide(-slope, bend, out=-np.sign(slope) * reach, where=bend > np.abs(slope) / reach)
        length = np.ones_like(alpha)
        for _ in range(_MOST_HALVINGS):
            after = tilted(alpha + length * newton)
            worse = after[0] > value + 1e-14
            if not worse.any():
                break
            length = np.where(worse, length / 2, length)
        alpha = alpha + length * newton
        value, slope, bend = tilted(alpha)
        if (np.abs(newton) < 1e-12).all():
            break
    unsolved = ~(np.abs(slope) < 1e-5)
    if unsolved.any():
        instead = ', fit with variance="linear"' if variance == "square" else ""
        raise ValueError(
            f"no exponent solves the estimating equations of {named(unsolved)}: too much of its information is "
            f"negative; show more faces{instead} or leave out angles of low density"
        )
    return alpha


@dataclass(frozen=True)
class Interval:
    """Information with a confidence interval at each angle by itself.

    Attributes
    ----------
    estimate, low, high : (...) each, in rad⁻².
    confidence : of each interval.
    """

    estimate: Values
    low: Values
    high: Values
    confidence: float


@checked
def information_interval(
    embeddings: ArrayLike, tangents: ArrayLike, *, person: ArrayLike | None = None, confidence: float = 0.95
) -> Interval:
    r"""The paired estimate with an interval for the linear information at each angle by itself.

    The interval holds every J that the estimate does not contradict,

    .. math:: (\hat I - J)^2 \le q^2\, V(J), \qquad V(J) = c_0 + J \sum_p \left(A_p + \sqrt{\hat I_+}\, B_p\right)^2,

    with q Student's quantile for P − 1 degrees of freedom, P persons, and the variance taken at J: an estimate that
    came out small must not make its own interval narrow. What the covariance's noise adds is relative, J Î ΣB²; alone,
    it would give an interval of log J, symmetric about log Î. A and B are influences of a person's faces on the
    estimate, through the mean tangent and through the covariance. With e = S⁻¹μ′/√I_n, the read-out of unit variance,
    and k = P/(P − 1)/n²,

    .. math:: A_p = \sqrt k\,(1 + h_p) \sum_{i \in p} 2 e^\top (t_i - \mu'), \qquad
        B_p = \sqrt k\,(1 + h_p) \sum_{i \in p} \left[1 - (e^\top (z_i - \bar z))^2\right],

    h_p the leverage of a person's faces. c₀ = 2 tr[(S⁻¹ Γ_m)²], with Γ_m the covariance of the mean tangent over
    people, is the variance that noise in μ′ leaves at J = 0; below zero V stays there. So an interval may reach below
    zero, and does where these faces can't tell the information from none.

    The estimate is the paired one of :func:`fisherkit.estimators.linear_fisher`, with the same ``person``; without it
    each face counts as a person.

    Calibrated for Gaussian codes (``benchmarks/calibration.py``), for independent faces in each tail by itself. Few
    persons or heavier tails make it too short: it then misses by lying too high.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.
    person : (n,) whose face it is; at least 3 persons.
    confidence : between 0 and 1.

    Returns
    -------
    Interval, in rad⁻².

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`fisherkit.estimators.linear_fisher`, and for fewer than 3 persons, a number of them that does not fit
        the faces, or a confidence that is no probability.

    References
    ----------
    Wilson 1927, JASA 22 (intervals with the variance under the hypothesis); MacKinnon & White 1985, Journal of
    Econometrics 29 (leverage; here to first order); Liang & Zeger 1986, Biometrika 73 (sums over clusters).
    """
    check_confidence(confidence)
    z, t = (np.asarray(array, dtype=np.float64) for array in (embeddings, tangents))
    estimate = linear_fisher(z, t, person=person)  # first, because it checks both
    n = z.shape[-2]
    row, people = numbered_people(
        np.arange(n) if person is None else person, n, least=3, what="an interval over people"
    )
    scale = people / (people - 1) / n**2

    slope = t.mean(axis=-2, keepdims=True)
    factor = cholesky(sample_covariance(z))
    # Coordinates in which S is the identity.
    white, scatter, mean = (
        whitened(factor, values) for values in (z - z.mean(axis=-2, keepdims=True), t - slope, slope)
    )
    direction = np.swapaxes(mean / np.linalg.norm(mean, axis=-1, keepdims=True), -1, -2)
    tangents_of = sums_by_person(scatter, row, people)
    noise = scale * np.swapaxes(tangents_of, -1, -2) @ tangents_of
    leverage = sums_by_person(1 / n + (white**2).sum(axis=-1, keepdims=True) / (n - 1), row, people)
    through_mean = (1 + leverage) * 2 * (tangents_of @ direction)
    through_covariance = (1 + leverage) * sums_by_person(1 - (white @ direction) ** 2, row, people)

    c0 = 2 * (noise**2).sum(axis=(-1, -2))
    relative = through_mean + through_covariance * np.sqrt(np.maximum(estimate, 0))[..., None, None]
    c1 = scale * (relative**2).sum(axis=(-1, -2))
    q = scipy.stats.t.ppf((1 + confidence) / 2, people - 1)

    # The ends solve a quadratic equation where J is positive; below, the variance is constant.
    constant, middle = q * np.sqrt(c0), estimate + q**2 * c1 / 2
    half = np.sqrt(np.maximum(middle**2 - estimate**2 + constant**2, 0))
    low = np.where(estimate > constant, middle - half, estimate - constant)
    high = np.where(estimate > -constant, middle + half, estimate + constant)
    return Interval(estimate, low[()], high[()], confidence)


@checked
def independent_trials_interval(
    below: ArrayLike, above: ArrayLike, *, step: float, confidence: float = 0.95
) -> Interval:
    r"""The estimate from independent trials at θ − step and θ + step, with an exact interval for the information.

    For Gaussian trials of one covariance, the plug-in :math:`\mu'^\top S^{-1} \mu'` is, but for a factor, a variable of
    the non-central F-distribution with d and 2T − d − 1 degrees of freedom and non-centrality :math:`T I \delta^2/2`
    (Hotelling's T²): the interval holds every I for which the value found is in neither tail. It begins at zero where
    these trials can't tell the information from none.

    Parameters
    ----------
    below, above, step : as in :func:`fisherkit.estimators.independent_trials_fisher`.
    confidence : between 0 and 1.

    Returns
    -------
    Interval, in rad⁻².

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`fisherkit.estimators.independent_trials_fisher`, and for a confidence that is no probability.
    """
    check_confidence(confidence)
    estimate = np.asarray(independent_trials_fisher(below, above, step=step))
    trials, d = np.shape(below)[-2:]
    delta = 2 * step
    left = 2 * trials - d - 1
    plug_in = (estimate + 2 * d / (trials * delta**2)) * (2 * trials - 2) / (2 * trials - d - 3)
    found = plug_in * trials * delta**2 / 2 * left / ((2 * trials - 2) * d)

    def end(value: float, tail: float) -> float:
        """The information for which a value no larger than that found has a given probability."""

        def probability(centre: float) -> float:
            return float(scipy.stats.ncf.cdf(value, d, left, centre)) - tail

        if scipy.stats.f.cdf(value, d, left) <= tail:
            return 0.0
        high = d + 4 * value * d
        while probability(high) > 0:
            high *= 2
        return 2 * float(scipy.optimize.brentq(probability, 0.0, high, xtol=1e-9)) / (trials * delta**2)

    low, high = (
        np.array([end(value, tail) for value in found.ravel().tolist()]).reshape(found.shape)
        for tail in ((1 + confidence) / 2, (1 - confidence) / 2)
    )
    return Interval(estimate[()], low[()], high[()], confidence)
