"""Information of networks with its resamples: what a page draws, how sure it is. Must not know figures or pages."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.signal
import scipy.stats
import xarray as xr
from jaxtyping import Bool, Float, Int, Num
from numpy.typing import ArrayLike

from fisherkit import codes, estimators, fisher, stats
from fisherkit.arrays import Seed
from fisherkit.checks import check_choice, check_count, check_fields, check_positive, check_rising, check_some, checked
from fisherkit.densities import Density, normalised
from fisherkit.estimate import Between
from fisherkit.faces import Faces, People
from fisherkit.losses import EPSILON

#: The precision that the book's statements are about: the original's subject is the embedding's Fisher information.
PRIMARY = "embedding information"

#: All that are measured. The own order is A_q of :func:`error_precision`, q the order of a network's own loss: the one
#: for which the law holds by construction.
PRECISIONS = (PRIMARY, "decoded information", "error scale", "own order")

#: Informations that are positive, for what needs a root or a logarithm: :func:`positive_information`, and for layers of
#: many units :func:`fisherkit.estimators.shrinkage_fisher`.
POSITIVE, SHRUNK = "positive information", "shrunk information"

#: A curve made of information along the angle: (…, A) in rad⁻² and (A,) in rad -> (…, A).
Transform = Callable[[np.ndarray, np.ndarray], np.ndarray]


@checked
def information(
    values: Float[np.ndarray, "... angle"], angle: Float[np.ndarray, " angle"]
) -> Float[np.ndarray, "... angle"]:
    """The information itself, in rad⁻²."""
    return values


@checked
def root(values: Float[np.ndarray, "... angle"], angle: Float[np.ndarray, " angle"]) -> Float[np.ndarray, "... angle"]:
    """√I, in rad⁻¹."""
    check_positive("information", values, zero=True)
    return np.sqrt(values)


@checked
def normalised_root(
    values: Float[np.ndarray, "... angle"], angle: Float[np.ndarray, " angle"]
) -> Float[np.ndarray, "... angle"]:
    """√I ÷ ∫√I dθ, in rad⁻¹."""
    return normalised(root(values, angle), angle)


@checked
def normalised_information(
    values: Float[np.ndarray, "... angle"], angle: Float[np.ndarray, " angle"]
) -> Float[np.ndarray, "... angle"]:
    """I ÷ ∫I dθ, in rad⁻¹."""
    return normalised(values, angle)


@checked
def mean_squared_error(
    values: Float[np.ndarray, "... angle"], angle: Float[np.ndarray, " angle"]
) -> Float[np.ndarray, "... angle"]:
    """1 ÷ the precision that :func:`achieved_precision` measures: E[(θ̂ − θ)²], in rad²."""
    check_positive("precision", values)
    return 1 / values


@dataclass(frozen=True)
class Precision:
    """A precision of several networks along the angle, and the same with people left out.

    Attributes
    ----------
    values : (replicate, angle), in rad⁻², with the coordinates of the networks.
    without : label of a group of people -> (P, replicate, angle), without each of them in turn; see
        :class:`fisherkit.estimate.Estimate`. Empty where no people are told.
    """

    values: xr.DataArray
    without: Mapping[str, Float[np.ndarray, "_ _ _"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        _check_like(self.without, self.values)

    @property
    def angle(self) -> np.ndarray:
        """(A,) rad."""
        return self.values.angle.values

    def select(self, **coordinates: str | float) -> "Precision":
        """The networks whose coordinates have the given values, such as ``loss="linear"``.

        Raises
        ------
        LookupError
            Where none has.
        """
        return self._of(networks_with(self.values, **coordinates))

    def first(self, count: int) -> "Precision":
        """The first networks, so many."""
        return self._of(slice(count))

    def curve(self, transform: Transform) -> "Precision":
        """A curve made of the precision, such as :func:`normalised_root`, of each network and person left out."""
        without = {label: transform(left, self.angle) for label, left in self.without.items()}
        return Precision(self.values.copy(data=transform(self.values.values, self.angle)), without)

    def number(self, function: Callable[[np.ndarray], np.ndarray]) -> stats.Estimate:
        """A number of each network's curve, such as its mean: ``function`` takes (…, A) to (…)."""
        without = {label: function(left) for label, left in self.without.items()}
        return stats.Estimate(function(self.values.values), without)

    def _of(self, rows) -> "Precision":
        return Precision(self.values[rows], {label: left[:, rows] for label, left in self.without.items()})


@dataclass(frozen=True)
class Measured:
    """Information, or another precision, of several networks along the angle, and the same with people drawn again.

    Attributes
    ----------
    information : (replicate, angle), in rad⁻², with the coordinates of :func:`fisherkit.fisher.fisher_curve`; positive.
    draws : (draw, replicate, angle).
    seed : of the draws; what is drawn from them is drawn with it too.
    without : label of a group of people -> (P, replicate, angle), the information without each of them in turn.
    unbiased : the estimate that exponents are fitted to, which may be negative; None for the information itself.
    """

    information: xr.DataArray
    draws: Float[np.ndarray, "draw replicate angle"]
    seed: int
    without: Mapping[str, Float[np.ndarray, "_ _ _"]] = field(default_factory=dict)
    unbiased: Precision | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        _check_like({"draws": self.draws, **self.without}, self.information)

    @property
    def angle(self) -> np.ndarray:
        """(A,) rad."""
        return self.information.angle.values

    def select(self, **coordinates: str | float) -> "Measured":
        """The networks whose coordinates have the given values, such as ``loss="linear"``.

        Raises
        ------
        LookupError
            Where none has.
        """
        return self._of(networks_with(self.information, **coordinates))

    def first(self) -> "Measured":
        """The first network alone."""
        return self._of(slice(1))

    def _of(self, rows) -> "Measured":
        without = {label: left[:, rows] for label, left in self.without.items()}
        unbiased = None if self.unbiased is None else self.unbiased._of(rows)
        return Measured(self.information[rows], self.draws[:, rows], self.seed, without, unbiased)

    def lines(self, transform: Transform) -> Float[np.ndarray, "replicate angle"]:
        """The curve of each network."""
        return transform(self.information.values, self.angle)

    def number(self, function: Callable[[np.ndarray], np.ndarray]) -> stats.Estimate:
        """A number of each network's information, which is positive: see :meth:`Precision.number`."""
        return Precision(self.information, self.without).number(function)

    def spread(self, transform: Transform, where: Bool[np.ndarray, " angle"]) -> float:
        """How far networks differ: the standard deviation of the log of their curves, its median over some angles."""
        return float(np.median(np.log(self.lines(transform)[:, where]).std(axis=0, ddof=1)))

    def peak(self, transform: Transform) -> stats.Estimate:
        """How high each network's curve is at its peak; of a noisy curve, a little too high."""
        return self.number(lambda information: transform(information, self.angle).max(axis=-1))

    def band(self, transform: Transform) -> stats.Band:
        """The mean curve over networks, its simultaneous band over people and networks (one network: over people)."""
        return stats.band_of_mean(self.lines(transform), transform(self.draws, self.angle), seed=(self.seed, 1))


def _check_like(curves: Mapping[str, np.ndarray], values: xr.DataArray) -> None:
    for label, some in curves.items():
        if some.shape[1:] != values.shape:
            raise ValueError(f"{label!r} must be (several, replicate, angle), {values.shape} each; got {some.shape}")


def networks_with(values: xr.DataArray, **coordinates: str | float) -> Bool[np.ndarray, " replicate"]:
    """Which networks' coordinates have the given values, such as ``loss="linear"``.

    Raises
    ------
    LookupError
        Where none has.
    """
    rows = np.ones(len(values), dtype=bool)
    for name, value in coordinates.items():
        rows &= (values[name] == value).values
    if not rows.any():
        raise LookupError(f"no network here has {coordinates}")
    return rows


def label_of(faces: Faces | People) -> str:
    """What a group of people is called where they are left out: estimates from the same faces pair by person."""
    if isinstance(faces, People):
        return faces.digest[:12]
    return f"{faces.digest[:12]} {' '.join(sorted(set(faces.membership.tolist())))}"


@checked
def number_of(
    faces: Faces | People, function: Callable[..., np.ndarray], *arrays: Num[np.ndarray, "..."]
) -> stats.Estimate:
    """A number of each network, such as the median of its errors, and the same without each person in turn.

    Up to :data:`fisherkit.estimators.MOST_LEFT_OUT` people; of more, groups of them.

    Parameters
    ----------
    faces : those that were shown.
    function : of the arrays to one number a network, (replicate,).
    arrays : (replicate, angle, face, ...) each.

    Raises
    ------
    ValueError
        For an array of other faces, or fewer than 3 people.
    """
    if wrong := [np.shape(array) for array in arrays if np.ndim(array) < 3 or np.shape(array)[2] != len(faces)]:
        raise ValueError(f"arrays must be (replicate, angle, face, ...) of {len(faces)} faces; got shape {wrong[0]}")
    row, people = estimators.numbered_people(faces.person, len(faces), least=3, what="leaving people out in turn")
    kept = [~np.isin(row, group) for group in estimators.groups_of_people(people)]
    left = np.stack([function(*(array[:, :, some] for array in arrays)) for some in kept]).astype(float)
    return stats.Estimate(np.asarray(function(*arrays), float), {label_of(faces): left})


@checked
def precision(code: fisher.Code, faces: Faces | People, kind: str = PRIMARY) -> Precision:
    """One of the :data:`PRECISIONS` of networks along the angle, and the same without each person in turn.

    Informations are paired estimates by person (:func:`fisherkit.estimators.linear_fisher`), which may be negative;
    :data:`POSITIVE` and :data:`SHRUNK` are not.

    Parameters
    ----------
    code : embeddings and tangents of the faces, with the coordinates ``encoding`` and, for the own order, ``order``.
    faces : those that were shown; of samples of your own, whose each is.
    kind : which precision.

    Raises
    ------
    ValueError
        For an unknown kind, or faces that do not fit the code.
    """
    check_choice("kind", kind, (*PRECISIONS, POSITIVE, SHRUNK))
    if len(faces) != code.embeddings.sizes["face"]:
        raise ValueError(f"the faces must be those of the code: {code.embeddings.sizes['face']}; got {len(faces)}")
    label, person = label_of(faces), faces.person
    if kind in ("error scale", "own order"):
        order = 0.0 if kind == "error scale" else own_orders(code.embeddings)
        return Precision(
            error_precision(code.embeddings, order=order),
            {label: error_precision_without(code.embeddings, person, order=order)},
        )
    if kind == POSITIVE:
        return positive_information(code, faces)
    z, t = code.embeddings, code.tangents
    if kind == SHRUNK:
        values = fisher.information(code, estimator="shrinkage")
        return Precision(values, {label: estimators.shrinkage_fisher_without(z.values, t.values, person)})
    if kind == PRIMARY:
        values = fisher.information(code, estimator="paired", person=person)
        left = estimators.linear_fisher_without(z.values, t.values, person)
    else:
        values = fisher.information(code, estimator="decoded", person=person)
        encodings = z["encoding"].values.tolist()
        left = np.stack(
            [
                estimators.decoded_fisher_without(z[k].values, t[k].values, person, encoding=encoding)
                for k, encoding in enumerate(encodings)
            ],
            axis=1,
        )
    return Precision(values, {label: left})


@checked
def positive_information(code: fisher.Code, faces: Faces | People) -> Precision:
    """The embedding information, Wishart-corrected by person: for what needs a root or a logarithm of it."""
    values = fisher.information(code, estimator="wishart", person=faces.person)
    z, t = code.embeddings.values, code.tangents.values
    without = estimators.linear_fisher_without(z, t, faces.person, correction="wishart")
    return Precision(values, {label_of(faces): without})


@checked
def own_orders(embeddings: xr.DataArray) -> Float[np.ndarray, " replicate"]:
    """The order q of each network's own loss, of small errors (:func:`fisherkit.losses.small_error_order`)."""
    return np.where(embeddings["encoding"].values == "circular", 2.0, embeddings["order"].values)


@checked
def measure(encoder: Callable, faces: Faces, angles: ArrayLike, *, draws: int = 1000, seed: int = 0) -> Measured:
    """Wishart-corrected information of an encoder at the given faces, by person, and a bootstrap of it over people.

    Parameters
    ----------
    encoder, angles : see :func:`fisherkit.fisher.fisher_curve`.
    faces : each shown once at every angle.
    draws, seed : of :func:`fisherkit.stats.bootstrap_people`.
    """
    return measured_of(fisher.embed_with_tangents(encoder, faces.images, angles), faces, draws=draws, seed=seed)


@checked
def measured_of(code: fisher.Code, faces: Faces | People, *, draws: int = 1000, seed: int = 0) -> Measured:
    """:func:`measure` of a code that is at hand already."""
    # First, because it says which replicate and angle have no inverse.
    information = positive_information(code, faces)
    z, t = code.embeddings.values, code.tangents.values
    drawn = stats.bootstrap_people(z, t, faces.person, draws=draws, seed=(seed, 0))
    return Measured(information.values, drawn, seed, information.without, precision(code, faces))


@checked
def achieved_precision(embeddings: xr.DataArray, person: ArrayLike, *, draws: int = 1000, seed: int = 0) -> Measured:
    """1/E[(θ̂ − θ)²] of the decoded angle, bias included, and a bootstrap of it over people.

    It has the unit of an information, and is the decoded one where there is no bias. The transform
    :func:`mean_squared_error` makes it an error again.

    Parameters
    ----------
    embeddings : (replicate, angle, face, output), as :func:`fisherkit.fisher.embed` gives those of an ensemble.
    person : (face,) whose face it is.
    draws, seed : of :func:`fisherkit.stats.bootstrap_mean`; for the seed of :func:`measure`, the same people.
    """
    square = errors(embeddings).values ** 2
    precision = embeddings.isel(face=0, output=0, drop=True).copy(data=1 / square.mean(axis=-1)).rename("precision")
    drawn = stats.bootstrap_mean(square, np.asarray(person), draws=draws, seed=(seed, 0))
    return Measured(precision.assign_attrs(units="rad⁻²"), 1 / drawn, seed)


@checked
def ratio_band(numerator: Measured, denominator: Measured, transform: Transform) -> stats.Band:
    """Mean curve of some networks ÷ that of as many others, with a simultaneous band.

    In each draw both have the same people and the same replicates: those of two losses began alike and saw the same
    samples.
    """
    above, below = (
        (networks.lines(transform), transform(networks.draws, networks.angle)) for networks in (numerator, denominator)
    )
    return stats.band_of_mean(*above, against=below, paired=True, seed=(numerator.seed, 1))


@checked
def ratio_of_means(
    numerator: Measured, denominator: Measured, function: Callable[[np.ndarray], np.ndarray], *, seed: Seed = 0
) -> Between:
    """The mean of a positive number over some networks ÷ that over others, which have nothing to do with them.

    The interval is over networks and people, the same in each draw (:func:`fisherkit.stats.band_of_mean`); there is
    none where one of them is one network.

    Parameters
    ----------
    function : the number of information (…, A), as for :meth:`Measured.number`.
    seed : of the weights of networks.
    """
    above, below = (
        (function(of.information.values)[:, None], function(of.draws)[..., None]) for of in (numerator, denominator)
    )
    band = stats.band_of_mean(*above, against=below, seed=seed)
    several = min(len(numerator.information), len(denominator.information)) > 1
    ends = (float(band.low[0]), float(band.high[0])) if several else (-np.inf, np.inf)
    return Between(float(band.estimate[0]), ends, band.confidence)


@checked
def told_apart(
    first: Measured, second: Measured, transform: Transform, where: Bool[np.ndarray, " angle"]
) -> tuple[float, float]:
    """How far two mean curves are apart at some angles, mean ∣log of their ratio∣, and for which share of them.

    That is the share of the angles at which the :func:`ratio_band` does not hold one.
    """
    check_some("where", where, len(first.angle))
    band = ratio_band(first, second, transform)
    differs = (band.low > 1) | (band.high < 1)
    return float(np.abs(np.log(band.estimate))[where].mean()), float(differs[where].mean())


@checked
def common_angles(
    density: Density, angle: Float[np.ndarray, " angle"], *, share: float = 0.1
) -> Bool[np.ndarray, " angle"]:
    """Where on a grid (rad) the density exceeds a share of its peak.

    Each place once: the last angle of a circle is its first, and left out.
    """
    p = density.pdf(angle)
    once = np.ones(len(angle), dtype=bool)
    once[-1] = not np.isclose(angle[-1] - angle[0], 2 * np.pi)
    return once & (p > share * p.max())


@checked
def inner_angles(angle: Float[np.ndarray, " angle"], *, margin: float = 0.1) -> Bool[np.ndarray, " angle"]:
    """Where on a grid (rad) the range's ends are further than a margin; of a circle each place, once."""
    check_rising("angle", angle)
    if len(angle) < 2:
        raise ValueError(f"a grid must have two angles at least; got {len(angle)}")
    if angle[-1] + angle[1] - 2 * angle[0] > 2 * np.pi - 1e-9:
        return angle < angle[0] + 2 * np.pi - 1e-9
    return (angle > angle[0] + margin) & (angle < angle[-1] - margin)


@checked
def peaks_on_circle(line: Float[np.ndarray, " angle"], prominence: float | Float[np.ndarray, " angle"]) -> int:
    """How many peaks of a curve on a circle stand out of their surroundings by more than ``prominence``.

    Parameters
    ----------
    line : at evenly spaced angles, the last of which is the first again.
    prominence : in units of the curve; one for all angles, or each its own, such as the width of a band there.
    """
    if len(line) < 2:
        raise ValueError(f"a curve on a circle must have two angles at least; got {len(line)}")
    start = int(line[:-1].argmin())
    turned, least = (
        np.roll(of[:-1], -start) for of in (line, np.broadcast_to(np.asarray(prominence, dtype=np.float64), line.shape))
    )
    found, properties = scipy.signal.find_peaks(np.append(turned, turned[0]), prominence=0)
    return int((properties["prominences"] > least[found]).sum())


@checked
def exponent(measured: Measured, density: Density) -> stats.Estimate | None:
    """Exponent of I ∝ p^α at the :func:`common_angles`, over networks and people; None where the grid is too coarse.

    It is fitted to the unbiased estimate, where there is one.
    """
    return exponent_of(measured.unbiased or Precision(measured.information, measured.without), density)


@checked
def exponent_of(
    precision: Precision | xr.DataArray,
    density: Density,
    *,
    share: float = 0.1,
    shape: Float[np.ndarray, " angle"] | float = 1.0,
) -> stats.Estimate | None:
    """Exponent of any precision along the angle, as :func:`exponent`.

    Parameters
    ----------
    precision : with people left out, or values alone, (replicate, angle), whose interval is over networks alone.
    share : of its peak that the density must exceed.
    shape : what the precision is divided by first, such as that of networks trained on the uniform density.
    """
    if isinstance(precision, xr.DataArray):
        precision = Precision(precision)
    if np.shape(shape) not in ((), precision.angle.shape):
        raise ValueError(
            f"shape must be a number, or one at each of {len(precision.angle)} angles; got {np.shape(shape)}"
        )
    p, where = density.pdf(precision.angle), common_angles(density, precision.angle, share=share)
    if len(np.unique(p[where].round(6))) < 3:
        return None
    without = {label: (left / shape)[..., where] for label, left in precision.without.items()}
    return stats.fit_exponent((precision.values.values / shape)[:, where], p[where], without=without)


@checked
def rank_correlation(first: Precision, second: Precision, where: Bool[np.ndarray, " angle"] | None = None) -> Between:
    """Spearman's rank correlation along the angle of two curves of the same networks: −1 where they are mirror images.

    Its interval, that of the mean over networks, ends where correlations do.

    Parameters
    ----------
    first, second : with the same people left out.
    where : angles that count, five or more; None for all.

    Raises
    ------
    ValueError
        For fewer angles, or a curve that is flat there.
    """
    where = np.ones(len(first.angle), dtype=bool) if where is None else where
    check_some("where", where, len(first.angle))
    if where.sum() < 5:
        raise ValueError(f"a rank correlation along the angle needs five angles or more; got {where.sum()}: add angles")

    def correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        ranks = [scipy.stats.rankdata(values[..., where], axis=-1) - (where.sum() + 1) / 2 for values in (one, other)]
        with np.errstate(invalid="ignore"):
            return (ranks[0] * ranks[1]).sum(axis=-1) / np.sqrt(np.prod([(r**2).sum(axis=-1) for r in ranks], axis=0))

    without = {label: correlation(left, second.without[label]) for label, left in first.without.items()}
    found = stats.Estimate(correlation(first.values.values, second.values.values), without)
    return found.told(lambda end: np.clip(end, -1, 1))


@checked
def exponents_with_floor(
    information: Precision, density: Density, *, share: float = 0.1
) -> Float[np.ndarray, " replicate"]:
    """α of each network where information is a power of the density and a floor, I = A p^α + B.

    By :func:`fisherkit.stats.fit_exponent_with_floor`, where the density exceeds a share of its peak.

    Parameters
    ----------
    information : positive, such as that of :func:`positive_information`.
    density : that the networks were trained on.
    share : see :func:`common_angles`.
    """
    p, where = density.pdf(information.angle), common_angles(density, information.angle, share=share)
    return np.array([stats.fit_exponent_with_floor(line, p[where])[0] for line in information.values.values[:, where]])


#: What an analyst may choose of a fit: the share of its peak that the density exceeds, and every how many angles.
CUTS, STEPS = (0.05, 0.1, 0.3), (1, 2)


@checked
def orders_by_choice(
    networks: xr.DataArray, flat: xr.DataArray, density: Density, orders: Mapping[str, float]
) -> list[dict[str, str | float]]:
    """How the exponents of losses stand to their orders, for each combination of an analyst's choices.

    Parameters
    ----------
    networks, flat : a precision (replicate, angle) of networks of several losses, trained on the density, and of those
        trained on the uniform one.
    density : that the exponents are of.
    orders : loss -> q, of three losses or more.

    Returns
    -------
    A row for each of :data:`CUTS` (``cut``) and :data:`STEPS` (``grid``), and for whether the geometric mean of the
    uniform networks' curves is divided out (``shape``, ``"divided out"`` or ``"kept"``): ``tau`` and its ``p``
    (:func:`fisherkit.stats.order_test`), NaN where a loss has no exponent (a grid too coarse, or too much of the
    precision negative); and ``slope`` of
    :func:`fisherkit.stats.fit_order_line`, losses weighted alike, NaN too where an α is not positive and has no 1/α.
    """
    rows = []
    q = list(orders.values())
    for share, every, divided in itertools.product(CUTS, STEPS, (False, True)):
        found = []
        for loss in orders:
            values, plain = (of[networks_with(of, loss=loss), ::every] for of in (networks, flat))
            shape = np.exp(np.log(np.abs(plain.values)).mean(axis=0)) if divided else 1.0
            try:
                found.append(exponent_of(values, density, share=share, shape=shape))
            except ValueError:  # of few faces, too much can be negative for an exponent
                found.append(None)
        tau = p = slope = np.nan
        if None not in found:
            ranks = stats.order_test(found, q)
            tau, p = ranks.tau, ranks.pvalue
            if all(one.mean > 0 for one in found):
                slope = stats.fit_order_line(found, q).slope.mean
        grid = "whole" if every == 1 else "half"
        rows.append(
            {
                "cut": share,
                "grid": grid,
                "shape": "divided out" if divided else "kept",
                "tau": tau,
                "p": p,
                "slope": slope,
            }
        )
    return rows


@checked
def refined(
    values: Float[np.ndarray, " angle"], start: Int[np.ndarray, " first"], count: int
) -> Int[np.ndarray, " chosen"]:
    """Which angles of a fine grid an adaptive one takes, where it can have ``count`` of them.

    Again and again, of the intervals that can be halved, the one across which the curve differs most is.

    Parameters
    ----------
    values : (A,) the curve on the fine grid, of evenly spaced angles.
    start : rising numbers of the angles to begin with.
    count : of the angles to end with.

    Raises
    ------
    ValueError
        For more angles than there are between the first and the last.
    """
    check_rising("start", start)
    check_count("count", count, least=len(start))
    if start[0] < 0 or start[-1] >= len(values):
        raise ValueError(f"start must number some of {len(values)} angles, from 0; got {start}")
    chosen = [int(row) for row in start]
    if count > chosen[-1] - chosen[0] + 1:
        raise ValueError(f"a grid of {count} angles cannot be had from {chosen[-1] - chosen[0] + 1}")
    while len(chosen) < count:
        rise = np.where(np.diff(chosen) > 1, np.abs(np.diff(values[chosen])), -1.0)
        place = int(rise.argmax())
        chosen.insert(place + 1, (chosen[place] + chosen[place + 1]) // 2)
    return np.array(chosen)


@checked
def power_of_density(
    density: Density, exponent: float, angle: Float[np.ndarray, " angle"]
) -> tuple[Float[np.ndarray, " angle"], Float[np.ndarray, " angle"]]:
    """p, and p^exponent ÷ its integral over the angle, in the order of p: a reference line, in rad⁻¹ both."""
    p = density.pdf(angle)
    order = np.argsort(p)
    return p[order], normalised(p**exponent, angle)[order]


@checked
def errors(embeddings: xr.DataArray) -> xr.DataArray:
    """Decoded − true angle of embeddings (replicate, angle, face, output), in rad, on the circle where it is one."""
    found = embeddings.isel(output=0, drop=True).copy()
    for k, encoding in enumerate(embeddings["encoding"].values.tolist()):
        decoded = codes.decode(embeddings[k].values, encoding)
        found[k] = codes.angular_error(decoded, embeddings.angle.values[:, None], encoding)
    return found


@checked
def error_precision(embeddings: xr.DataArray, *, order: float | Float[np.ndarray, " replicate"]) -> xr.DataArray:
    r"""Precision of the decoded angle as a loss of order q sees it, (replicate, angle) in rad⁻²:

    .. math:: A_q = \left(\mathrm{E}\,|e|^q\right)^{-2/q}, \qquad A_0 = \exp(-2\,\mathrm{E}\log|e|).

    :math:`A_2` is the inverse mean squared error, :math:`A_0` the inverse square of the error scale (the geometric mean
    of \|e\|). For normal errors all of them are multiples of the inverse variance.

    Parameters
    ----------
    embeddings : (replicate, angle, face, output).
    order : q, one for all networks or each its own.

    Raises
    ------
    ValueError
        For a negative order.
    """
    losses, order = _losses(embeddings, order)
    return embeddings.isel(face=0, output=0, drop=True).copy(data=_precision(losses.mean(axis=-1), order))


@checked
def error_precision_without(
    embeddings: xr.DataArray, person: ArrayLike, *, order: float | Float[np.ndarray, " replicate"]
) -> Float[np.ndarray, "person replicate angle"]:
    """:func:`error_precision` without each person in turn, as in :func:`fisherkit.estimators.linear_fisher_without`."""
    losses, order = _losses(embeddings, order)
    return _precision(estimators.mean_without(losses, person), order)


def _losses(embeddings: xr.DataArray, order) -> tuple[np.ndarray, np.ndarray]:
    """|e|^q of each face, or log|e| where q is 0, (replicate, angle, face), and q, (replicate, 1)."""
    if np.shape(order) not in ((), (len(embeddings),)):
        raise ValueError(
            f"order must be one number, or one of each of {len(embeddings)} networks; got {np.shape(order)}"
        )
    order = np.broadcast_to(np.asarray(order, dtype=np.float64), len(embeddings))[:, None]
    if (order < 0).any():
        raise ValueError(f"the order of a loss is at least 0 (0 stands for log); got {order.min()}")
    size = np.abs(errors(embeddings).values) + EPSILON  # as inside every loss: a perfect answer has no logarithm
    losses = np.where(order[..., None] == 0, np.log(size), size ** order[..., None])
    if not np.isfinite(losses).all() or (losses.mean(axis=-1) == 0).any():
        raise ValueError(f"the order of a loss must leave errors to that power numbers; got {order.max():g}: lower it")
    return losses, order


def _precision(mean: np.ndarray, order: np.ndarray) -> np.ndarray:
    some = np.where(order == 0, 1.0, order)
    return np.where(order == 0, np.exp(-2 * mean), np.where(order == 0, 1.0, mean) ** (-2 / some))
