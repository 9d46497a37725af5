"""The shape of decoding errors: heavy tails, tiny errors, and what a shape that changes does to exponents."""

from dataclasses import dataclass

import numpy as np
import scipy.stats
from jaxtyping import Float

from fisherkit import curves, estimators
from fisherkit.checks import check_positive, checked
from fisherkit.estimate import Estimate
from fisherkit.faces import Faces
from fisherkit.losses import EPSILON

#: log (variance ÷ squared error scale) of normal errors: −2 E log|x| of a standard normal x.
NORMAL_RATIO = float(np.euler_gamma + np.log(2))

#: The share of normal errors that are tiny: below a tenth of the median one.
NORMAL_TINY = float(2 * scipy.stats.norm.cdf(scipy.stats.norm.ppf(0.75) / 10) - 1)


@dataclass(frozen=True)
class ErrorShape:
    r"""How the centred errors of networks are distributed.

    Attributes
    ----------
    ratio : (K, A) log ratio of their variance and squared error scale, :math:`\log E e^2 - 2 E\log|e|`, at each angle;
        :data:`NORMAL_RATIO` where they are normal.
    kurtosis : the excess one, :math:`E e^4/(E e^2)^2 - 3`, mean over angles; 0 where they are normal.
    tiny : share below a tenth of the median error of its angle.
    slope : γ of ratio = const + γ log p. Where errors change their shape with the density, the exponents of variance
        and squared error scale differ by it.
    """

    ratio: Float[np.ndarray, "replicate angle"]
    kurtosis: Estimate
    tiny: float
    slope: Estimate


@checked
def error_shape(
    errors: Float[np.ndarray, "replicate _ _"], density: Float[np.ndarray, " _"], faces: Faces
) -> ErrorShape:
    """The shape of errors, with intervals over networks and people.

    Parameters
    ----------
    errors : (K, A, n) in rad, such as those of :func:`fisherkit.curves.errors`; means over faces are taken off.
    density : (A,) p at the same angles, positive, of three values or more.
    faces : those that were shown.

    Raises
    ------
    ValueError
        For shapes that do not fit, or a density that does not vary.
    """
    check_positive("density", density)
    if errors.shape[1:] != (len(density), len(faces)) or np.ptp(np.log(density)) < 1e-9:
        raise ValueError(
            f"errors must be (K, {len(density)}, {len(faces)}), of angles whose density varies and of these faces; got "
            f"{errors.shape}"
        )
    centred = errors - errors.mean(axis=-1, keepdims=True)
    check_positive("the variance of errors over faces", centred.var(axis=-1))
    size = np.abs(centred)
    powers = {"second": centred**2, "fourth": centred**4, "log": np.log(size + EPSILON)}
    means = {name: values.mean(axis=-1) for name, values in powers.items()}
    left = {name: estimators.mean_without(values, faces.person) for name, values in powers.items()}
    x = np.log(density) - np.log(density).mean()

    def ratio(of):
        return np.log(of["second"]) - 2 * of["log"]

    def estimate(number):
        return Estimate(number(means), {curves.label_of(faces): number(left)})

    return ErrorShape(
        ratio(means),
        estimate(lambda of: (of["fourth"] / of["second"] ** 2).mean(axis=-1) - 3),
        float((size < np.median(size, axis=-1, keepdims=True) / 10).mean()),
        estimate(lambda of: ratio(of) @ x / (x @ x)),
    )
