"""Ways to judge whether curves are flat, and how often each is right, on simulated ones. Must not know networks."""

from collections.abc import Mapping

import numpy as np
import scipy.stats
from jaxtyping import Float

from fisherkit.arrays import Seed
from fisherkit.checks import MOST, check_confidence, check_count, check_positive, checked
from fisherkit.stats import centred_logs, flatness_test

#: Ways of judging that have a p of their own; the others need a critical value from somewhere.
WITH_A_P = ("sign-flip", "ANOVA over angles")


@checked
def smooth_logs(
    angle: Float[np.ndarray, " angle"], length: float, *, sets: int, networks: int, seed: Seed
) -> Float[np.ndarray, "set network angle"]:
    """Flat log curves with smooth deviations: Gaussian processes of standard deviation 1.

    Parameters
    ----------
    angle : (A,) rad.
    length : scale of the squared exponential correlation, in rad.
    seed : anything :func:`numpy.random.default_rng` takes.
    """
    check_positive("length", length)
    check_count("sets", sets, most=MOST)
    check_count("networks", networks, most=MOST)
    covariance = np.exp(-((angle[:, None] - angle) ** 2) / (2 * length**2))
    rng = np.random.default_rng(seed)
    return rng.multivariate_normal(np.zeros(len(angle)), covariance, size=(sets, networks), method="eigh")


@checked
def unit_shape(shape: Float[np.ndarray, " angle"]) -> Float[np.ndarray, " angle"]:
    """A deviation from flatness with mean 0 and mean square 1 over the angles."""
    shape = shape - shape.mean()
    check_positive("the mean square of a deviation from flatness", (shape**2).mean())
    return shape / np.sqrt((shape**2).mean())


@checked
def evidence(logs: Float[np.ndarray, "set network angle"]) -> dict[str, Float[np.ndarray, " set"]]:
    """How far from flat several ways of judging find the mean log curve of sets of networks; −p where there is a p.

    - ``sign-flip``: :func:`fisherkit.stats.flatness_test`.
    - ``ANOVA over angles``: of one way, each angle a group; it takes neighbouring angles as independent.
    - ``spread of the mean``: highest less lowest value of the mean log curve.
    - ``spread of each``: the mean over networks of highest less lowest value of their own.
    """
    logs = logs - logs.mean(axis=-1, keepdims=True)
    check_positive("the variance of log curves over networks", logs.var(axis=1).sum(axis=-1))
    return {
        "sign-flip": -np.asarray(flatness_test(np.exp(logs)).pvalue),
        "ANOVA over angles": -scipy.stats.f_oneway(*np.moveaxis(logs, -1, 0), axis=-1).pvalue,
        "spread of the mean": np.ptp(logs.mean(axis=1), axis=-1),
        "spread of each": np.ptp(logs, axis=-1).mean(axis=1),
    }


@checked
def attainable_size(networks: int, level: float = 0.05) -> float:
    """The rate of false alarms of a sign-flip test at a nominal level: as many of its 2^(K − 1) patterns as fit."""
    check_count("networks", networks, least=2, most=1000)  # beyond, the size is the level
    check_confidence(level, "level")
    patterns = 2 ** (networks - 1)
    return float(np.floor(level * patterns) / patterns)


@checked
def critical_values(flat: Float[np.ndarray, "set network angle"], size: float) -> dict[str, float]:
    """The evidence that each way of judging must exceed to raise false alarms at the given rate on such flat curves."""
    check_confidence(size, "size")
    return {name: float(np.quantile(values, 1 - size)) for name, values in evidence(flat).items()}


@checked
def nominal(critical: Mapping[str, float], level: float = 0.05) -> dict[str, float]:
    """Critical values with those of the tests that have a p (:data:`WITH_A_P`) replaced by that level."""
    check_confidence(level, "level")
    return {**critical, **dict.fromkeys(WITH_A_P, -level)}


@checked
def shares_found(logs: Float[np.ndarray, "set network angle"], critical: Mapping[str, float]) -> dict[str, float]:
    """The share of sets in which each way of judging finds a deviation: false alarms, if they are flat, else power."""
    found = evidence(logs)
    if lacking := [name for name in found if name not in critical]:
        raise ValueError(f"critical must have a value of {', '.join(found)} each; got none of {', '.join(lacking)}")
    return {name: float((values >= critical[name]).mean()) for name, values in found.items()}


@checked
def correlation_length(information: Float[np.ndarray, "network angle"], step: float) -> float:
    """Distance (rad) at which the correlation of networks' own log deviations has fallen to exp(−½).

    Of a squared exponential correlation that is the length scale. NaN for one network, which does not tell what is its
    own, and where the correlation does not fall as far within the range.

    Parameters
    ----------
    information : (K, A) in rad⁻², positive, at evenly spaced angles.
    step : between these, in rad.
    """
    check_positive("step", step)
    logs = centred_logs(information)
    own = logs - logs.mean(axis=0)
    count = own.shape[1]
    correlation = np.array([(own[:, : count - lag] * own[:, lag:]).mean() for lag in range(count)])
    below = np.flatnonzero(correlation < np.exp(-0.5) * correlation[0])
    if len(own) < 2 or not len(below):
        return np.nan
    last, fall = below[0], -correlation / correlation[0]
    return float(step * np.interp(-np.exp(-0.5), fall[last - 1 : last + 1], [last - 1, last]))
