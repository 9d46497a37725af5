"""Numbers measured on several networks and people, with their intervals. Must not know how they were measured."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.stats
from jaxtyping import Float

from fisherkit.checks import check_confidence, checked, numbers


class Inferred:
    """A number with an interval: what :class:`Estimate` and the numbers made of several of them have in common.

    A subclass has ``mean``, ``confidence`` and ``parts``: the variances that add up to that of the mean, each with its
    degrees of freedom. A part without freedom is not known, and then nothing is known of the interval.
    """

    mean: float
    confidence: float
    parts: tuple[tuple[float, float], ...]

    @property
    def estimate(self) -> float:
        """The mean, by its other name."""
        return self.mean

    @property
    def ends(self) -> dict[str, float]:
        """Mean and interval as columns of a table: ``estimate``, ``low`` and ``high``."""
        return {"estimate": self.mean, "low": self.low, "high": self.high}

    @property
    def several(self) -> bool:
        """Whether there is an interval: with one network there is none."""
        return all(freedom > 0 for _, freedom in self.parts)

    @property
    def variance(self) -> float:
        """Of the mean; infinite where it is not known."""
        return float(sum(variance for variance, _ in self.parts)) if self.several else np.inf

    @property
    def standard_error(self) -> float:
        """Of the mean; infinite where it is not known."""
        return float(np.sqrt(self.variance))

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the variance (Satterthwaite): (Σ v)² ÷ Σ v²/ν over its parts; 0 without an interval."""
        if not self.several:
            return 0.0
        uncertain = sum(variance**2 / freedom for variance, freedom in self.parts)
        return float(self.variance**2 / uncertain) if uncertain > 0 else float(min(nu for _, nu in self.parts))

    @property
    def low(self) -> float:
        """Lower end of the t-interval; −∞ with one network."""
        return self.mean - self._half

    @property
    def high(self) -> float:
        """Upper end of the t-interval; ∞ with one network."""
        return self.mean + self._half

    @property
    def _half(self) -> float:
        if not self.several:
            return np.inf
        return float(scipy.stats.t.ppf((1 + self.confidence) / 2, self.freedom)) * self.standard_error

    def against(self, x: float) -> str:
        """``"holds"`` where the interval holds x, ``"excludes"`` where it does not, ``"undecided"`` without one."""
        if not self.several:
            return "undecided"
        return "holds" if self.low <= x <= self.high else "excludes"

    def side(self, x: float = 0.0) -> str:
        """Where the interval lies of x: ``"above"``, ``"below"``, ``"open"`` (it holds x), ``"undecided"`` (none)."""
        if not self.several:
            return "undecided"
        return "above" if self.low > x else "below" if self.high < x else "open"

    def pvalue(self, x: float = 0.0) -> float:
        """Two-sided p of the t-test against x; NaN with one network."""
        if not self.several:
            return np.nan
        distance = abs(self.mean - x)
        if distance == 0:
            return 1.0
        with np.errstate(divide="ignore"):
            return float(2 * scipy.stats.t.sf(np.divide(distance, self.standard_error), self.freedom))

    def told(self, function: Callable[[np.ndarray], np.ndarray]) -> "Between":
        """A rising function of this and of the ends of its interval: what was taken on a scale, told on another.

        The ends of a share whose logit was taken stay between 0 and 1, those of a ratio above 0.
        """
        mean, *ends = np.asarray(function(np.array([self.mean, self.low, self.high])), dtype=np.float64).tolist()
        return Between(mean, tuple(ends) if self.several else (-np.inf, np.inf), self.confidence)

    def exp(self) -> "Between":
        """e to the power of this: the ratio of geometric means, where this is a difference of logarithms."""
        return self.told(np.exp)

    def __format__(self, digits: str) -> str:
        mean, low, high = (f"{value:{digits or '.2f'}}".replace("-", "−") for value in (self.mean, self.low, self.high))
        return f"{mean} [{low}, {high}]" if self.several else f"{mean} (one network)"

    def __str__(self) -> str:
        return format(self)


@dataclass(frozen=True, eq=False)
class Comparison(Inferred):
    """A number made of several sets of networks, such as the difference of the means of two of them.

    Attributes
    ----------
    mean : the number.
    parts : variances that add up to that of the number, each with its degrees of freedom; 0 where it is not known.
    confidence : of the interval.
    """

    mean: float
    parts: tuple[tuple[float, float], ...]
    confidence: float = 0.95


@dataclass(frozen=True, eq=False)
class Between(Inferred):
    """A number with the ends of an interval that was found otherwise, such as off a band; its variance is not known.

    Attributes
    ----------
    mean : the number.
    interval : its ends, the lower one first; an infinite one says that there is none.
    confidence : of the interval.
    """

    mean: float
    interval: tuple[float, float]
    confidence: float = 0.95

    parts: ClassVar[tuple[tuple[float, float], ...]] = ((np.inf, 0),)

    @property
    def several(self) -> bool:
        """Whether there is an interval."""
        return bool(np.isfinite(self.interval).all())

    @property
    def low(self) -> float:
        """Lower end."""
        return self.interval[0]

    @property
    def high(self) -> float:
        """Upper end."""
        return self.interval[1]


@dataclass(frozen=True, eq=False)
class Estimate(Inferred):
    r"""A number measured on K networks that saw the same people, and its two-level interval.

    Networks and people are drawn both. With :math:`m_{(p)}` the mean over networks without person p of a group of P
    (the delete-one jackknife), the variance of the mean is

    .. math:: \frac{s^2}{K} + \sum_\text{groups} \frac{P - 1}{P} \sum_p \left(m_{(p)} - \bar m\right)^2,

    s² that of the networks' values. Degrees of freedom are Satterthwaite's, of K − 1 and P − 1. What a network makes
    of just these people (the interaction) is in both terms, so that the interval is a little wide where that is much.
    Simulated with 30 people × 10 photographs shared by all networks, 95 % intervals of exponents and their differences
    hold the truth in 96 to 100 % of sets of 3 networks and of 8; of exponents, intervals over networks alone hold it in
    76 to 91 % (``benchmarks/calibration.py``).

    Sums, differences and so on are paired: by network, and by person where the label of a group is the same. Different
    labels stand for people drawn apart. A function of several estimates is applied to each network by itself.

    Attributes
    ----------
    values : (K,) one a network.
    without : label of a group of people -> (P, K), the same numbers with each of the P people left out in turn. None
        where no people are involved.
    confidence : of the interval.

    Raises
    ------
    ValueError
        For values that are not finite or of another shape, or a confidence that is no probability.

    References
    ----------
    Efron & Stein 1981, Annals of Statistics 9 (the jackknife's variance); Owen 2007, Annals of Applied Statistics 1
    (two ways crossed: the sum of both one-way variances); Satterthwaite 1946, Biometrics Bulletin 2.
    """

    values: Float[np.ndarray, " replicate"]
    without: Mapping[str, Float[np.ndarray, "_ _"]] = field(default_factory=dict)
    confidence: float = 0.95

    # NumPy's numbers leave arithmetic to this class.
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        values = np.atleast_1d(numbers("values", self.values))
        if not isinstance(self.without, Mapping):
            raise ValueError(f"without must be a dictionary, of arrays (P, K) by people; got {self.without!r:.60}")
        without = {label: numbers(f"without {label!r}", left) for label, left in self.without.items()}
        if values.ndim != 1:
            raise ValueError(f"values must be numbers, one a network, shape (K,); got shape {values.shape}")
        for label, left in without.items():
            if left.ndim != 2 or left.shape[1] != len(values) or len(left) < 2:
                raise ValueError(
                    f"without {label!r} must be (P, {len(values)}): a row a person left out, of two or more; "
                    f"got shape {left.shape}"
                )
        check_confidence(self.confidence)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "without", without)

    @property
    def mean(self) -> float:
        """Over networks."""
        return float(self.values.mean())

    @property
    def per_replicate(self) -> Float[np.ndarray, " replicate"]:
        """The networks' values, by their other name."""
        return self.values

    @property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """The variances of the mean over networks and over each group of people, and their degrees of freedom."""
        return (self._of_networks, *(jackknife(left.mean(axis=1)) for left in self.without.values()))

    @property
    def _of_networks(self) -> tuple[float, float]:
        count = len(self.values)
        return (float(self.values.var(ddof=1) / count), count - 1) if count > 1 else (np.inf, 0)

    def over_people(self) -> Comparison:
        """The number of just these networks, be it one: an interval over people alone, or trials, or whoever is drawn.

        Raises
        ------
        ValueError
            Where nobody was left out.
        """
        if not self.without:
            raise ValueError("this number was measured without leaving anybody out, and has no interval over people")
        return Comparison(self.mean, tuple(self.parts[1:]), self.confidence)

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> "Estimate":
        """A function of the number, such as :func:`numpy.log`, for each network and each person left out."""
        without = {label: function(left) for label, left in self.without.items()}
        return Estimate(function(self.values), without, self.confidence)

    def ratio(self, other: "Estimate") -> Between:
        """How many times the other this is, by the difference of their logarithms: the ratio of geometric means.

        Raises
        ------
        ValueError
            For numbers that are not positive, or that do not pair.
        """
        for one in (self, other):
            if not all((values > 0).all() for values in (one.values, *one.without.values())):
                raise ValueError("a ratio is taken of positive numbers, which have logarithms; one of these is not")
        return (self.map(np.log) - other.map(np.log)).exp()

    def minus(self, other: "Estimate", paired: bool = True) -> Inferred:
        """This − other. ``paired=False`` is for networks that have nothing to do with each other, however many.

        People of one label pair either way.

        Raises
        ------
        ValueError
            For paired networks that are not as many, or people of one label that are not.
        """
        if paired:
            return self - other
        self._check_people(other)
        labels = {**self.without, **other.without}
        people = []
        for label in labels:
            first, second = (one.without.get(label, one.values[None]).mean(axis=1) for one in (self, other))
            people.append(jackknife(first - second))
        return Comparison(self.mean - other.mean, (self._of_networks, other._of_networks, *people), self.confidence)

    def __neg__(self) -> "Estimate":
        return self.map(np.negative)

    def __add__(self, other: "Estimate | float") -> "Estimate":
        return self._with(other, np.add)

    def __radd__(self, other: "Estimate | float") -> "Estimate":
        return self._with(other, np.add)

    def __sub__(self, other: "Estimate | float") -> "Estimate":
        return self._with(other, np.subtract)

    def __rsub__(self, other: "Estimate | float") -> "Estimate":
        return -self + other

    def __mul__(self, other: "Estimate | float") -> "Estimate":
        return self._with(other, np.multiply)

    def __rmul__(self, other: "Estimate | float") -> "Estimate":
        return self._with(other, np.multiply)

    def __truediv__(self, other: "Estimate | float") -> "Estimate":
        return self._with(other, np.divide)

    def __rtruediv__(self, other: "Estimate | float") -> "Estimate":
        return self.map(np.reciprocal) * other

    def _with(self, other: "Estimate | float", function: np.ufunc) -> "Estimate":
        if not isinstance(other, Estimate):
            return self.map(lambda values: function(values, float(other)))
        if len(self.values) != len(other.values):
            raise ValueError(
                f"estimates are paired by network and must have as many; got {len(self.values)} and "
                f"{len(other.values)}. For networks that have nothing to do with each other use "
                ".minus(other, paired=False)"
            )
        self._check_people(other)
        without = {
            label: function(self.without.get(label, self.values), other.without.get(label, other.values))
            for label in {**self.without, **other.without}
        }
        return Estimate(function(self.values, other.values), without, self.confidence)

    def _check_people(self, other: "Estimate") -> None:
        for label in self.without.keys() & other.without.keys():
            counts = len(self.without[label]), len(other.without[label])
            if counts[0] != counts[1]:
                raise ValueError(
                    f"people of the label {label!r} must be the same in both; got {counts[0]} and {counts[1]}"
                )


@checked
def joined(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate of the networks of several, which saw the same people.

    Raises
    ------
    ValueError
        For none, or people who differ.
    """
    labels = {tuple(one.without) for one in estimates}
    if len(labels) != 1:
        raise ValueError(f"estimates of the same people are joined; got {len(estimates)} of {sorted(labels)}")
    without = {label: np.concatenate([one.without[label] for one in estimates], axis=1) for label in labels.pop()}
    return Estimate(np.concatenate([one.values for one in estimates]), without, estimates[0].confidence)


@checked
def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of estimates, paired by network and person."""
    if not len(estimates):
        raise ValueError("a mean must be of one estimate at least; got none")
    first, *others = estimates
    return sum(others, first) / len(estimates)


@checked
def ratio_of_means(numerator: Estimate, denominator: Estimate) -> Estimate:
    r"""The ratio of two means, paired, for a denominator that single networks may have near zero.

    Of the ratio :math:`r = \bar a / \bar b` each network and each person left out has its part
    :math:`r + (a - r b) / \bar b`, the ratio followed along its derivative; ``a / b`` is a mean of ratios instead.
    """
    if denominator.mean == 0:
        raise ValueError(f"the mean of the denominator must not be zero; got {denominator}")
    ratio = numerator.mean / denominator.mean
    return (numerator - denominator * ratio) / denominator.mean + ratio


@checked
def main_effects(cells: Mapping[tuple[str, ...], Estimate]) -> dict[str, Estimate]:
    r"""How each factor of a full factorial changes a number, in the mean over the levels of all others.

    The contrast of a factor of two levels is, over the pairs of cells that differ in nothing else,

    .. math:: \frac{2}{C} \sum_\text{pairs} \left(m_\text{second} - m_\text{first}\right).

    Parameters
    ----------
    cells : the number by its levels, one a factor, in all C combinations. The networks of a cell are paired with those
        of the others, and so are people of the same label.

    Returns
    -------
    ``"second, less first"`` -> the effect, in the order of the factors; of two levels the one met first is the first.

    Raises
    ------
    ValueError
        For a factor that has not two levels, or combinations that are lacking.

    References
    ----------
    Box, Hunter & Hunter 2005, Statistics for Experimenters, chapter 5.
    """
    factors = [list(dict.fromkeys(levels)) for levels in zip(*cells, strict=True)]
    if any(len(levels) != 2 for levels in factors) or len(cells) != 2 ** len(factors):
        raise ValueError(f"a full factorial has every combination of two levels of each factor; got {list(cells)}")
    effects = {}
    for place, (one, other) in enumerate(factors):
        first = [cell for cell in cells if cell[place] == one]
        pairs = [(cell, (*cell[:place], other, *cell[place + 1 :])) for cell in first]
        effects[f"{other}, less {one}"] = mean_of([cells[second] - cells[cell] for cell, second in pairs])
    return effects


@checked
def share_on_side(estimates: Iterable[Inferred], *sides: str, x: float = 0.0) -> float:
    """Share of numbers whose intervals lie on one of some sides of x, see :meth:`Inferred.side`.

    NaN where one of them has no interval.
    """
    found = [one.side(x) for one in estimates]
    return float(np.nan if "undecided" in found else np.mean([side in sides for side in found]))


@checked
def surest(numbers: Mapping[str, Inferred]) -> tuple[str, Inferred, float]:
    """Of several numbers the one that is most surely not zero: its name, itself, and its p times how many there are.

    The p is that of a family of comparisons (Bonferroni), 1 at most; NaN where no number has an interval.
    """
    if not numbers:
        raise ValueError("the surest must be one of several numbers, and a difference needs two; got none")
    pvalues = {name: number.pvalue() for name, number in numbers.items()}
    name = min(pvalues, key=lambda name: np.nan_to_num(pvalues[name], nan=np.inf))
    return name, numbers[name], float(np.minimum(1.0, len(numbers) * pvalues[name]))


@checked
def surest_difference(numbers: Mapping[str, Estimate]) -> tuple[str, Inferred, float]:
    """Of all pairs of numbers the one that differs most surely: ``"a − b"``, the difference, and its corrected p.

    Differences are paired; see :func:`surest`.
    """
    pairs = itertools.combinations(numbers, 2)
    return surest({f"{one} − {other}": numbers[one] - numbers[other] for one, other in pairs})


def jackknife(left: Float[np.ndarray, " person"]) -> tuple[float, float]:
    """The delete-one variance of a number, from it without each person in turn, and its degrees of freedom."""
    people = len(left)
    return float((people - 1) * left.var()), people - 1
