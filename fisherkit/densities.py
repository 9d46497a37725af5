"""Densities of the training angles. Knows p(θ) and how to draw from it; must not know faces, losses or networks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import scipy.stats
from jaxtyping import Float

from fisherkit.arrays import Values
from fisherkit.checks import check_choice


@dataclass(frozen=True)
class Density:
    """A probability density p(θ) over rotation angles θ in rad; p in rad⁻¹.

    A subclass is a frozen dataclass whose fields are its parameters and whose ``_distribution`` is SciPy's.
    """

    @property
    def support(self) -> tuple[float, float]:
        """The closed interval (rad) outside which p is zero."""
        low, high = self._distribution.support()
        return float(low), float(high)

    @property
    def spec(self) -> dict:
        """The kind of density and its parameters: what the store's key holds of it."""
        return {"kind": type(self).__name__, **asdict(self)}

    def pdf(self, theta) -> Values:
        """p(θ) in rad⁻¹, the shape of ``theta`` (rad)."""
        return np.asarray(self._distribution.pdf(np.asarray(theta, dtype=np.float64)))

    def sample(self, size: int, *, seed) -> Float[np.ndarray, " size"]:
        """``size`` angles (rad), the same for the same ``seed``: anything :func:`numpy.random.default_rng` takes."""
        if size < 1:
            raise ValueError(f"a sample needs at least one angle; got size={size}")
        return np.asarray(self._distribution.rvs(size=size, random_state=np.random.default_rng(seed)), dtype=np.float64)


def _check_interval(low: float, high: float) -> None:
    if not low < high:
        raise ValueError(f"a density's range needs low < high, in rad; got low={low}, high={high}")


@dataclass(frozen=True)
class Uniform(Density):
    """p(θ) = 1/(high − low) on [low, high]."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_interval(self.low, self.high)

    @cached_property
    def _distribution(self):
        return scipy.stats.uniform(self.low, self.high - self.low)


@dataclass(frozen=True)
class Normal(Density):
    """The normal density, mean and standard deviation in rad. Not truncated: its tails may leave the plotted range."""

    mean: float
    standard_deviation: float

    def __post_init__(self) -> None:
        if not self.standard_deviation > 0:
            raise ValueError(f"standard_deviation must be positive, in rad; got {self.standard_deviation}")

    @cached_property
    def _distribution(self):
        return scipy.stats.norm(self.mean, self.standard_deviation)


@dataclass(frozen=True)
class VonMises(Density):
    """p(θ) = exp(κ cos(θ − mean)) / (2π I₀(κ)): the normal density's like on the circle. Angles lie in [−π, π]."""

    mean: float
    concentration: float

    def __post_init__(self) -> None:
        if not self.concentration > 0:
            raise ValueError(f"concentration (κ) must be positive; got {self.concentration}")

    @cached_property
    def _distribution(self):
        return scipy.stats.vonmises(kappa=self.concentration, loc=self.mean)

    @property
    def support(self) -> tuple[float, float]:
        return -np.pi, np.pi

    def sample(self, size: int, *, seed) -> Float[np.ndarray, " size"]:
        angles = super().sample(size, seed=seed)
        return (angles + np.pi) % (2 * np.pi) - np.pi


@dataclass(frozen=True)
class Bimodal(Density):
    """Half of two normal densities of one standard deviation, means and standard deviation in rad. Not truncated."""

    first_mean: float
    second_mean: float
    standard_deviation: float

    def __post_init__(self) -> None:
        if not self.standard_deviation > 0:
            raise ValueError(f"standard_deviation must be positive, in rad; got {self.standard_deviation}")

    @property
    def _parts(self):
        return [scipy.stats.norm(mean, self.standard_deviation) for mean in (self.first_mean, self.second_mean)]

    @property
    def support(self) -> tuple[float, float]:
        return -np.inf, np.inf

    def pdf(self, theta) -> Values:
        return np.mean([part.pdf(np.asarray(theta, dtype=np.float64)) for part in self._parts], axis=0)

    def sample(self, size: int, *, seed) -> Float[np.ndarray, " size"]:
        if size < 1:
            raise ValueError(f"a sample needs at least one angle; got size={size}")
        generator = np.random.default_rng(seed)
        means = generator.choice([self.first_mean, self.second_mean], size=size)
        return generator.normal(means, self.standard_deviation)


@dataclass(frozen=True)
class Reciprocal(Density):
    """p(θ) ∝ 1/(θ − pole) on [low, high], with the pole (rad) below ``low``: it falls by (high − pole)/(low − pole)."""

    pole: float
    low: float
    high: float

    def __post_init__(self) -> None:
        _check_interval(self.low, self.high)
        if not self.pole < self.low:
            raise ValueError(f"the pole must lie below the range, in rad; got pole={self.pole}, low={self.low}")

    @cached_property
    def _distribution(self):
        return scipy.stats.loguniform(self.low - self.pole, self.high - self.pole, loc=self.pole)


@dataclass(frozen=True)
class HyperbolicSecant(Density):
    r"""p(θ) ∝ sech(θ/scale) on [low, high]: a peak at 0 that falls as an exponential does.

    :math:`|(\log p)''| + [(\log p)']^2 = 1/\text{scale}^2` everywhere inside: what the law of :mod:`fisherkit.theory`
    asks of a density's curvature and of its slope is nowhere more than that.
    """

    scale: float
    low: float
    high: float

    def __post_init__(self) -> None:
        _check_interval(self.low, self.high)
        if not self.scale > 0:
            raise ValueError(f"scale must be positive, in rad; got {self.scale}")

    @property
    def support(self) -> tuple[float, float]:
        return float(self.low), float(self.high)

    @cached_property
    def _whole(self):
        # SciPy's is sech(x)/π, which has area one over all of ℝ.
        return scipy.stats.hypsecant(scale=self.scale)

    def pdf(self, theta) -> Values:
        theta = np.asarray(theta, dtype=np.float64)
        share = self._whole.cdf(self.high) - self._whole.cdf(self.low)
        return np.where((theta >= self.low) & (theta <= self.high), self._whole.pdf(theta) / share, 0.0)

    def sample(self, size: int, *, seed) -> Float[np.ndarray, " size"]:
        if size < 1:
            raise ValueError(f"a sample needs at least one angle; got size={size}")
        ends = self._whole.cdf([self.low, self.high])
        return self._whole.ppf(np.random.default_rng(seed).uniform(*ends, size=size)).clip(self.low, self.high)


@dataclass(frozen=True)
class Binned(Density):
    """Piecewise constant over equal bins of [low, high]: probability ÷ bin width inside each bin."""

    probabilities: tuple[float, ...]
    low: float
    high: float

    def __post_init__(self) -> None:
        _check_interval(self.low, self.high)
        p = np.asarray(self.probabilities, dtype=np.float64)
        if p.ndim != 1 or len(p) == 0 or (p < 0).any() or not np.isclose(p.sum(), 1, atol=1e-6):
            raise ValueError(f"probabilities must be non-negative and sum to 1; got {self.probabilities}")

    @cached_property
    def _distribution(self):
        edges = np.linspace(self.low, self.high, len(self.probabilities) + 1)
        return scipy.stats.rv_histogram((np.asarray(self.probabilities), edges), density=False)

    def pdf(self, theta) -> Values:
        # SciPy's bins are open on the right; the end of the range belongs to the last one.
        theta = np.asarray(theta, dtype=np.float64)
        return super().pdf(np.where(theta == self.high, np.nextafter(self.high, self.low), theta))

    @property
    def edges(self) -> Float[np.ndarray, " edges"]:
        """The bins' borders, in rad."""
        return np.linspace(self.low, self.high, len(self.probabilities) + 1)


def dirichlet_binned(bins: int, *, seed, low: float = -np.pi / 2, high: float = np.pi / 2) -> Binned:
    """A binned density whose probabilities are drawn from a flat Dirichlet distribution."""
    if bins < 1:
        raise ValueError(f"a binned density needs at least one bin; got {bins}")
    return Binned(tuple(np.random.default_rng(seed).dirichlet(np.ones(bins)).tolist()), low, high)


#: The training densities of each range. Uniform and concentrated are the original's; the others, on the linear range
#: only, ask whether the law holds for any density; broad falls 10 : 1 at ±2.15 rad, beyond that range, and sech 6 : 1
#: at its ends, those of wide: for codes with a budget (:mod:`fisherkit.channel`). The original
#: wrote ``vonmises(π/2, 2.)``; SciPy reads its first positional argument as κ, so that its density has concentration
#: π/2 and mean 2.0 rad, which is kept here, by name.
NAMED: dict[str, dict[str, Density]] = {
    "linear": {
        "uniform": Uniform(-np.pi / 2, np.pi / 2),
        "concentrated": Normal(mean=np.pi / 4, standard_deviation=0.2),
        "translated": Normal(mean=-np.pi / 8, standard_deviation=0.2),
        "bimodal": Bimodal(-np.pi / 4, np.pi / 4, standard_deviation=0.2),
        "broad": Normal(mean=0.0, standard_deviation=1.0),
        "wide": Uniform(-2.5, 2.5),
        "sech": HyperbolicSecant(1.0, -2.5, 2.5),
        "reciprocal": Reciprocal(pole=-np.pi / 2 - np.pi / 19, low=-np.pi / 2, high=np.pi / 2),
    },
    "circular": {
        "uniform": Uniform(-np.pi, np.pi),
        "concentrated": VonMises(mean=2.0, concentration=np.pi / 2),
    },
}


def named(name: str, domain: str) -> Density:
    """The density called ``name``, such as ``"concentrated"``, on the ``"linear"`` or ``"circular"`` range."""
    check_choice("domain", domain, tuple(NAMED))
    check_choice("density", name, tuple(NAMED[domain]))
    return NAMED[domain][name]


def normalised(values: Float[np.ndarray, "... angle"], angles: Sequence[float] | np.ndarray) -> np.ndarray:
    """``values`` ÷ their integral over ``angles`` (trapezium rule, last axis): a curve of area 1, in rad⁻¹."""
    values = np.asarray(values, dtype=np.float64)
    return values / np.trapezoid(values, np.asarray(angles), axis=-1)[..., None]


def total_variation(first, second, angles: Sequence[float] | np.ndarray) -> Values:
    """½ ∫|p − q| dθ of densities (..., A) on a grid of angles (rad): from 0, the same, to 1, nothing in common."""
    return np.trapezoid(np.abs(np.subtract(first, second)), np.asarray(angles), axis=-1) / 2
