"""Statistics of Fisher curves: exponents, with intervals over replicates. Must not know networks or pages."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.stats
from jaxtyping import Float


@dataclass(frozen=True)
class Exponent:
    """An exponent with its confidence interval over replicates.

    Attributes
    ----------
    estimate : mean of the replicates' exponents.
    low, high : t-interval of that mean over replicates; infinite where there is one replicate only.
    per_replicate : (K,) the replicates' own exponents.
    confidence : of the interval.
    """

    estimate: float
    low: float
    high: float
    per_replicate: Float[np.ndarray, " replicate"]
    confidence: float


def fit_exponent(information, density, *, confidence: float = 0.95) -> Exponent:
    r"""Exponent α of I ∝ p^α, one a replicate, with an interval over replicates.

    Each replicate's curve solves the estimating equations of a log-linear mean with constant coefficient of variation,

    .. math::
        \sum_j \left(\frac{I_j}{m_j} - 1\right) (1, \log p_j)^\top = 0, \qquad m_j = \exp(a + \alpha \log p_j),

    in which I_j stands linearly: an estimate that chance made negative counts like any other, and none is dropped. The
    replicate is the independent unit; points along one curve are not.

    Parameters
    ----------
    information : (K, A) in rad⁻²; negative values are allowed.
    density : (A,) p at the same angles, positive.

    Raises
    ------
    ValueError
        For shapes that do not fit, a density that is not positive or does not vary, values that are not finite, or a
        replicate whose information is too small or negative to have an exponent.

    References
    ----------
    McCullagh & Nelder, Generalized Linear Models, 1989, chapter 8 (the gamma family's quasi-likelihood, log link).
    """
    values = np.atleast_2d(np.asarray(information, dtype=np.float64))
    p = np.asarray(density, dtype=np.float64)
    if values.ndim != 2 or p.shape != values.shape[1:]:
        raise ValueError(f"information must be (K, A) and density (A,); got {values.shape} and {p.shape}")
    if not np.isfinite(values).all():
        raise ValueError("information must be finite; it holds NaN or infinity")
    if not (np.isfinite(p).all() and (p > 0).all()):
        raise ValueError("the density must be positive at every angle; leave out angles that were never trained")
    if np.ptp(np.log(p)) < 1e-9:
        raise ValueError("a density that does not vary has no exponent; give one that is not uniform")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence}")
    slopes = np.array([_slope(curve, np.log(p), number) for number, curve in enumerate(values)])
    estimate, half = float(slopes.mean()), np.inf
    if len(slopes) > 1:
        half = float(scipy.stats.t.ppf((1 + confidence) / 2, len(slopes) - 1) * scipy.stats.sem(slopes))
    return Exponent(estimate, estimate - half, estimate + half, slopes, confidence)


def _slope(curve: np.ndarray, log_p: np.ndarray, number: int) -> float:
    if curve.mean() <= 0:
        raise ValueError(f"the information of replicate {number} is not positive on average; it has no exponent")
    design = np.stack([np.ones_like(log_p), log_p - log_p.mean()], axis=1)
    scaled = curve / curve.mean()

    # The equations are the gradient of a convex function of (a, α) wherever I is positive; so minimise that.
    def objective(parameters):
        fitted = design @ parameters
        ratio = scaled * np.exp(-fitted)
        gradient = design.T @ (1 - ratio)
        return (ratio + fitted).sum(), gradient

    result = scipy.optimize.minimize(objective, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-8})
    residual = np.abs(objective(result.x)[1]).max()
    if not residual < 1e-5 * len(curve):
        raise ValueError(
            f"no exponent solves the estimating equations of replicate {number}: too much of its information is "
            "negative; show more faces or leave out angles of low density"
        )
    return float(result.x[1])
