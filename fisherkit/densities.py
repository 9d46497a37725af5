"""Densities of the training angles. Knows p(θ) and how to draw from it; must not know faces, losses or networks."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.interpolate
import scipy.stats
from jaxtyping import Float
from numpy.typing import ArrayLike

from fisherkit.arrays import Seed, Values
from fisherkit.checks import check_choice, check_count, check_fields, checked, checked_as


@dataclass(frozen=True)
class Density:
    """A probability density p(θ) over rotation angles θ in rad; p in rad⁻¹.

    A subclass is a frozen dataclass whose fields are its parameters and whose ``_distribution`` is SciPy's.
    """

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def support(self) -> tuple[float, float]:
        """The closed interval (rad) outside which p is zero."""
        low, high = self._distribution.support()
        return float(low), float(high)

    @property
    def spec(self) -> dict[str, Any]:
        """The kind of density and its parameters: what the store's key holds of it."""
        return {"kind": type(self).__name__, **asdict(self)}

    @checked
    def pdf(self, theta: ArrayLike) -> Values:
        """p(θ) in rad⁻¹, the shape of ``theta`` (rad)."""
        return np.asarray(self._distribution.pdf(np.asarray(theta, dtype=np.float64)))

    @checked
    def sample(self, size: int, *, seed: Seed) -> Float[np.ndarray, " size"]:
        """``size`` angles (rad), the same for the same ``seed``: anything :func:`numpy.random.default_rng` takes."""
        check_count("size", size)
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
        check_fields(self)
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
        check_fields(self)
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
        check_fields(self)
        if not self.concentration > 0:
            raise ValueError(f"concentration (κ) must be positive; got {self.concentration}")

    @cached_property
    def _distribution(self):
        return scipy.stats.vonmises(kappa=self.concentration, loc=self.mean)

    @property
    def support(self) -> tuple[float, float]:
        return -np.pi, np.pi

    @checked
    def sample(self, size: int, *, seed: Seed) -> Float[np.ndarray, " size"]:
        """``size`` angles (rad) in [−π, π)."""
        angles = super().sample(size, seed=seed)
        return (angles + np.pi) % (2 * np.pi) - np.pi


@dataclass(frozen=True)
class Bimodal(Density):
    """Half of two normal densities of one standard deviation, means and standard deviation in rad. Not truncated."""

    first_mean: float
    second_mean: float
    standard_deviation: float

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.standard_deviation > 0:
            raise ValueError(f"standard_deviation must be positive, in rad; got {self.standard_deviation}")

    @property
    def _parts(self):
        return [scipy.stats.norm(mean, self.standard_deviation) for mean in (self.first_mean, self.second_mean)]

    @property
    def support(self) -> tuple[float, float]:
        return -np.inf, np.inf

    @checked
    def pdf(self, theta: ArrayLike) -> Values:
        """p(θ) in rad⁻¹: the mean of the two normal densities."""
        return np.mean([part.pdf(np.asarray(theta, dtype=np.float64)) for part in self._parts], axis=0)

    @checked
    def sample(self, size: int, *, seed: Seed) -> Float[np.ndarray, " size"]:
        """``size`` angles (rad), each of one of the two normal densities, by chance."""
        check_count("size", size)
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
        check_fields(self)
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
        check_fields(self)
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

    @checked
    def pdf(self, theta: ArrayLike) -> Values:
        """p(θ) in rad⁻¹; 0 outside the range."""
        theta = np.asarray(theta, dtype=np.float64)
        share = self._whole.cdf(self.high) - self._whole.cdf(self.low)
        return np.where((theta >= self.low) & (theta <= self.high), self._whole.pdf(theta) / share, 0.0)

    @checked
    def sample(self, size: int, *, seed: Seed) -> Float[np.ndarray, " size"]:
        """``size`` angles (rad) of the range, by the inverse of the distribution function."""
        check_count("size", size)
        ends = self._whole.cdf([self.low, self.high])
        return self._whole.ppf(np.random.default_rng(seed).uniform(*ends, size=size)).clip(self.low, self.high)


@dataclass(frozen=True)
class Binned(Density):
    """Piecewise constant over equal bins of [low, high]: probability ÷ bin width inside each bin."""

    probabilities: tuple[float, ...]
    low: float
    high: float

    def __post_init__(self) -> None:
        check_fields(self)
        _check_interval(self.low, self.high)
        p = np.asarray(self.probabilities, dtype=np.float64)
        if p.ndim != 1 or len(p) == 0 or (p < 0).any() or not np.isclose(p.sum(), 1, atol=1e-6):
            raise ValueError(f"probabilities must be non-negative and sum to 1; got {self.probabilities}")

    @cached_property
    def _distribution(self):
        edges = np.linspace(self.low, self.high, len(self.probabilities) + 1)
        return scipy.stats.rv_histogram((np.asarray(self.probabilities), edges), density=False)

    @checked
    def pdf(self, theta: ArrayLike) -> Values:
        """p(θ) in rad⁻¹, that of the bin in which θ lies; 0 outside the range."""
        # SciPy's bins are open on the right; the end of the range belongs to the last one.
        theta = np.asarray(theta, dtype=np.float64)
        return super().pdf(np.where(theta == self.high, np.nextafter(self.high, self.low), theta))

    @property
    def edges(self) -> Float[np.ndarray, " edges"]:
        """The bins' borders, in rad."""
        return np.linspace(self.low, self.high, len(self.probabilities) + 1)


@dataclass(frozen=True)
class OfSciPy(Density):
    """A continuous distribution of :mod:`scipy.stats`, by its name there and its arguments.

    Not truncated: its tails may leave the plotted range. See :func:`of_scipy`.
    """

    distribution: str
    arguments: tuple[float, ...] = ()
    named_arguments: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        of_name = getattr(scipy.stats, self.distribution, None)
        if not isinstance(of_name, scipy.stats.rv_continuous):
            raise ValueError(f"distribution must name a continuous one of scipy.stats; got {self.distribution!r}")
        try:
            lives = not np.isnan(self._distribution.support()).any()
        except TypeError:  # too few of them, too many, or of another name
            lives = False
        if not lives:
            raise ValueError(
                f"arguments must be those of {self.distribution}, with values that it can have; got {self.arguments} "
                f"and {dict(self.named_arguments)}"
            )

    @cached_property
    def _distribution(self):
        return getattr(scipy.stats, self.distribution)(*self.arguments, **dict(self.named_arguments))


def of_scipy(frozen: scipy.stats.distributions.rv_frozen) -> OfSciPy:
    """A frozen distribution of SciPy, such as ``scipy.stats.norm(0.5, 0.3)``, as a density.

    Raises
    ------
    ValueError
        For one that is discrete, not of :mod:`scipy.stats` itself, or whose parameters are not numbers it can have.
    """
    if not isinstance(frozen, scipy.stats.distributions.rv_frozen):
        raise ValueError(
            "a density must be a distribution of scipy.stats with its parameters, such as norm(0.5, 0.3); "
            f"got {frozen!r}"
        )
    name = frozen.dist.name
    if type(getattr(scipy.stats, name, None)) is not type(frozen.dist) or not hasattr(frozen.dist, "pdf"):
        raise ValueError(
            f"a density must be a continuous distribution of scipy.stats; got {name!r}: give its pdf, a function of "
            "the angle, in its place"
        )
    arguments = [*frozen.args, *frozen.kwds.values()]
    # SciPy says of parameters that a distribution cannot have that it lives nowhere.
    if any(np.ndim(one) for one in arguments) or np.isnan(frozen.support()).any():
        raise ValueError(f"the parameters of {name} must be single numbers that it can have; got {arguments}")
    return OfSciPy(
        name, tuple(float(one) for one in frozen.args), tuple((key, float(one)) for key, one in frozen.kwds.items())
    )


#: Angles at which a function is looked at, to make a density of it.
_NODES = 2001


@dataclass(frozen=True)
class Tabulated(Density):
    """A density through values at evenly spaced angles of [low, high], a monotone cubic between them; zero outside.

    See :func:`of_function`. Of steps, it makes slopes as wide as two angles are apart.
    """

    values: tuple[float, ...]
    low: float
    high: float

    def __post_init__(self) -> None:
        check_fields(self)
        _check_interval(self.low, self.high)
        values = np.asarray(self.values)
        if values.ndim != 1 or len(values) < 3 or not np.isfinite(values).all():
            raise ValueError("a density must be finite at every angle; it holds NaN or infinity")
        if values.min() < 0 or values.max() == 0:
            place = self._angles[values.argmin()]
            raise ValueError(
                f"a density must not be negative, nor zero everywhere; it is {values.min():g} at {place:.3f} rad, and "
                f"{values.max():g} at most"
            )

    @property
    def support(self) -> tuple[float, float]:
        return float(self.low), float(self.high)

    @property
    def spec(self) -> dict[str, Any]:
        table = " ".join(f"{value:.6g}" for value in np.asarray(self.values) / max(self.values))
        digest = hashlib.sha256(table.encode()).hexdigest()
        return {"kind": type(self).__name__, "low": self.low, "high": self.high, "values": digest}

    @property
    def _angles(self) -> np.ndarray:
        return np.linspace(self.low, self.high, len(self.values))

    @cached_property
    def _curve(self):
        """The monotone cubic, of area one."""
        area = scipy.interpolate.PchipInterpolator(self._angles, self.values).integrate(self.low, self.high)
        return scipy.interpolate.PchipInterpolator(self._angles, np.asarray(self.values) / area, extrapolate=False)

    @checked
    def pdf(self, theta: ArrayLike) -> Values:
        """p(θ) in rad⁻¹, by the monotone cubic; 0 outside the range."""
        return np.nan_to_num(self._curve(np.asarray(theta, dtype=np.float64)), nan=0.0)

    @checked
    def sample(self, size: int, *, seed: Seed) -> Float[np.ndarray, " size"]:
        """``size`` angles (rad) of the range, by the inverse of the cubic's integral."""
        check_count("size", size)
        fine = np.linspace(self.low, self.high, 8 * (len(self.values) - 1) + 1)
        share = self._curve.antiderivative()(fine)
        rising = np.concatenate([[True], np.diff(np.maximum.accumulate(share)) > 0])
        return np.interp(np.random.default_rng(seed).uniform(0, share[-1], size=size), share[rising], fine[rising])


@checked
def of_function(function: Callable[..., ArrayLike], low: float, high: float) -> Tabulated:
    """The density in proportion to a function of the angle (rad) on [low, high].

    Parameters
    ----------
    function : of an array of angles, or of one angle; need not be normalised.

    Raises
    ------
    ValueError
        For a function that is negative, not finite or zero everywhere, or whose values are not real numbers.
    """
    _check_interval(low, high)
    angles = np.linspace(low, high, _NODES)
    try:
        values = np.asarray(function(angles), dtype=np.float64)
        if values.ndim == 0:  # a constant, or it takes one angle at a time
            values = np.array([float(function(angle)) for angle in angles])
    except Exception as error:  # of somebody's own function, whatever it does
        raise ValueError(
            f"a density must be a function of the angle that gives numbers; {_called(function)} ends in "
            f"{type(error).__name__}: {error}"
        ) from error
    if not np.isfinite(values).all():
        raise ValueError("a density must be finite at every angle; it holds NaN or infinity")
    if values.shape != angles.shape:
        raise ValueError(f"a density must be a function of the angle, (n,) to (n,); of {angles.shape} {values.shape}")
    return Tabulated(tuple(values.tolist()), low, high)


#: What a density can be given as: a name of :data:`NAMED`, a density, a frozen distribution of SciPy, or a function.
Given = str | Density | Callable[..., ArrayLike] | scipy.stats.distributions.rv_frozen


@checked
def as_density(given: object, domain: str, *, reach: tuple[float, float] | None = None) -> Density:
    """What was given as a density, as one on the ``"linear"`` or ``"circular"`` range.

    Parameters
    ----------
    given : see :data:`Given`. A function is taken on the whole range, or over ``reach``.
    domain : ``"linear"``, [−π/2, π/2], or ``"circular"``, [−π, π].
    reach : first and last angle (rad) of a function's range, where it is another.

    Raises
    ------
    ValueError
        For what is no density, or one whose angles a circle cannot tell apart.
    """
    check_choice("domain", domain, tuple(NAMED))
    if isinstance(given, str):
        return named(given, domain)
    half = np.pi / 2 if domain == "linear" else np.pi
    if isinstance(given, Density):
        density = given
    elif isinstance(given, scipy.stats.distributions.rv_frozen):
        density = of_scipy(given)
    elif callable(given):
        return of_function(given, *(reach or (-half, half)))
    else:
        raise ValueError(f"a density is a name, a Density, a frozen distribution of SciPy or a function; got {given!r}")
    if domain == "circular":
        angles = np.linspace(-np.pi, np.pi, 20_001)
        inside = np.trapezoid(density.pdf(angles), angles)
        if not 0.99 < inside < 1.01:
            raise ValueError(
                f"on the circle a density must lie between −π and π; of this one, {density}, {inside:.2f} does"
            )
    return density


def by_name(densities: object) -> dict[str, Given]:
    """Densities by name: those of a mapping, else of a list what each is called in SciPy or in Python.

    Raises
    ------
    ValueError
        For no densities, two of one name, or one of your own by the name of one of the book's.
    """
    if isinstance(densities, (str, Density)) or not isinstance(densities, (Sequence, Mapping)) or not densities:
        raise ValueError(f"densities must be a list with at least one, or a dictionary by name; got {densities!r}")
    pairs = list(densities.items()) if isinstance(densities, Mapping) else [(_called(one), one) for one in densities]
    for name, one in pairs:
        if not isinstance(one, (str, Density, scipy.stats.distributions.rv_frozen)) and not callable(one):
            raise ValueError(f"{name} must be a name, a Density, a distribution of SciPy or a function; got {one!r}")
    found = dict(pairs)
    twice = len(found) < len(pairs)
    if twice or any(name in NAMED["linear"] and one != name for name, one in pairs):
        raise ValueError(
            "each density needs a name of its own that is none of the book's; these are "
            f"{', '.join(name for name, _ in pairs)}: give yours names, as densities={{'narrow': ..., 'broader': ...}}"
        )
    return found


def _called(given) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, scipy.stats.distributions.rv_frozen):
        return given.dist.name
    if isinstance(given, Density):
        return type(given).__name__.lower()
    return getattr(given, "__name__", "own").replace("<lambda>", "own")


@checked
def dirichlet_binned(bins: int, *, seed: Seed, low: float = -np.pi / 2, high: float = np.pi / 2) -> Binned:
    """A binned density whose probabilities are drawn from a flat Dirichlet distribution."""
    check_count("bins", bins)
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


@checked_as(angles="angle")
def normalised(values: Float[np.ndarray, "... angle"], angles: Sequence[float] | np.ndarray) -> np.ndarray:
    """``values`` ÷ their integral over ``angles`` (trapezium rule, last axis): a curve of area 1, in rad⁻¹."""
    values = np.asarray(values, dtype=np.float64)
    area = np.trapezoid(values, np.asarray(angles), axis=-1)
    if not (np.isfinite(area) & (area != 0)).all():
        raise ValueError("a curve must have an area, finite and not zero, to be divided by it; one of these has none")
    return values / area[..., None]


@checked_as(first="... angle", second="... angle", angles="angle")
def total_variation(first: ArrayLike, second: ArrayLike, angles: Sequence[float] | np.ndarray) -> Values:
    """½ ∫|p − q| dθ of densities (..., A) on a grid of angles (rad): from 0, the same, to 1, nothing in common."""
    return np.trapezoid(np.abs(np.subtract(first, second)), np.asarray(angles), axis=-1) / 2
