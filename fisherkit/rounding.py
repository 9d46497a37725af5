"""What rounding makes of an information. Knows samples of embeddings and their tangents; must not know networks."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy.typing import ArrayLike

from fisherkit import estimators
from fisherkit.checks import check_positive, checked, checked_as


@checked_as(embeddings="*clouds n d", tangents="*clouds n d")
def fisher_by_inverse(embeddings: ArrayLike, tangents: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""The plug-in information :math:`\mu'^\top S^{-1} \mu'` by an explicit inverse, all in single precision.

    That is how not to do it. Single precision has about seven digits: it moves the eigenvalues of S by some
    :math:`10^{-7}` of the largest, and where the condition number comes near :math:`10^7`, rounding decides the sign of
    the smallest. :func:`fisherkit.estimators.linear_fisher` is never negative without its correction.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.

    Returns
    -------
    The information (...) in rad⁻², the covariance and its inverse (..., d, d).

    References
    ----------
    Higham 2002, Accuracy and Stability of Numerical Algorithms, chapter 14.
    """
    z, t = (np.asarray(array, dtype=np.float32) for array in (embeddings, tangents))
    centred = z - z.mean(axis=-2, keepdims=True)
    covariance = np.swapaxes(centred, -1, -2) @ centred / np.float32(z.shape[-2] - 1)
    try:
        inverse, slope = np.linalg.inv(covariance), t.mean(axis=-2)
    except np.linalg.LinAlgError as error:
        raise ValueError("a covariance must have an inverse; one of these has none in single precision") from error
    return np.asarray(np.einsum("...i,...ij,...j->...", slope, inverse, slope)), covariance, inverse


@checked
def squeeze(
    embeddings: Float[np.ndarray, "face output"], tangents: Float[np.ndarray, "face output"], factor: float
) -> tuple[np.ndarray, np.ndarray]:
    """A cloud made so many times as long along its minor axis, and its tangents alike: the information stays.

    The condition number of the covariance is divided by the square of the factor.
    """
    check_positive("factor", factor)
    centre = embeddings.mean(axis=0)
    minor = np.linalg.eigh(np.cov(embeddings, rowvar=False))[1][:, 0]
    change = np.eye(len(minor)) + (factor - 1) * np.outer(minor, minor)
    return centre + (embeddings - centre) @ change, tangents @ change


@checked
def thinning(
    embeddings: Float[np.ndarray, "face output"],
    tangents: Float[np.ndarray, "face output"],
    factors: Float[np.ndarray, " factor"],
) -> pd.DataFrame:
    """Two estimates of one information while its cloud is squeezed thinner and thinner (:func:`squeeze`).

    Returns
    -------
    One row a factor: ``factor``, ``condition_number``, ``single``, of :func:`fisher_by_inverse`, and ``double``, the
    plug-in of :func:`fisherkit.estimators.linear_fisher` from the same embeddings in single precision, NaN where that
    refuses them as singular. In rad⁻² both.
    """
    rows = []
    for factor in factors:
        z, t = squeeze(embeddings, tangents, factor)
        try:
            double = float(estimators.linear_fisher(np.float32(z), np.float32(t), correction="none"))
        except estimators.SingularCovarianceError:
            double = np.nan
        condition_number, single = float(estimators.condition_number(z)), float(fisher_by_inverse(z, t)[0])
        rows.append({"factor": factor, "condition_number": condition_number, "single": single, "double": double})
    return pd.DataFrame(rows)
