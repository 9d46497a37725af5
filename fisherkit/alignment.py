"""How clouds of embeddings lie to the motion of their mean. Must not know losses, figures or pages.

Scatter along the direction in which a mean moves can be mistaken for a turn of the face; scatter across it cannot.
"""

import numpy as np
from numpy.typing import ArrayLike

from fisherkit import estimators
from fisherkit.arrays import Values
from fisherkit.checks import checked, checked_as
from fisherkit.curves import Precision, label_of
from fisherkit.faces import Faces
from fisherkit.fisher import Code


@checked_as(covariance="*clouds 2 2", motion="*motions 2")
def cloud_shape(covariance: ArrayLike, motion: ArrayLike) -> dict[str, Values]:
    r"""Numbers of clouds in the plane that tell how they lie to a direction, here that in which their mean moves.

    With :math:`\lambda_1 \ge \lambda_2` the eigenvalues of the covariance S and u the unit vector of the motion:

    ``along``
        the share of the variance along the motion, :math:`u^\top S u / \operatorname{tr} S`; ½ if the cloud is round.
    ``unseen``
        the same along (1, −1), which the linear encoding's decoder does not see.
    ``degrees``
        the angle between the motion and the cloud's longer axis, from 0 to 90; 45 on average if they are independent.
    ``aspect``
        its length ÷ its width, :math:`\sqrt{\lambda_1/\lambda_2}`.
    ``gain``
        how many times as much information it would have, turned until its longer axis stood across the motion:
        :math:`\lambda_2^{-1} / (u^\top S^{-1} u)`.

    Parameters
    ----------
    covariance : (..., 2, 2), not singular.
    motion : (..., 2), of any length but zero.

    Raises
    ------
    ValueError
        For a covariance that is singular, or a mean that does not move.
    """
    covariance, motion = np.asarray(covariance, dtype=np.float64), np.asarray(motion, dtype=np.float64)
    if not np.allclose(covariance, np.swapaxes(covariance, -1, -2)):
        raise ValueError("a covariance must be symmetric; one of them is not")
    length = np.linalg.norm(motion, axis=-1, keepdims=True)
    values, vectors = np.linalg.eigh(covariance)
    if not ((length > 0).all() and (values[..., 0] > 0).all()):
        raise ValueError("a cloud lies to a motion if it scatters in all directions and its mean moves; one does not")
    u = motion / length
    # In the cloud's own axes, shorter first.
    own = np.einsum("...ij,...i->...j", vectors, u) ** 2
    return {
        "along": (own * values).sum(axis=-1) / values.sum(axis=-1),
        "unseen": 0.5 - covariance[..., 0, 1] / values.sum(axis=-1),
        "degrees": np.degrees(np.arccos(np.sqrt(np.clip(own[..., 1], 0, 1)))),
        "aspect": np.sqrt(values[..., 1] / values[..., 0]),
        "gain": 1 / values[..., 0] / (own / values).sum(axis=-1),
    }


@checked
def cloud_shapes(code: Code, faces: Faces) -> dict[str, Precision]:
    """:func:`cloud_shape` of networks along the angle, each number by its name, and the same with people left out.

    Parameters
    ----------
    code : of two outputs, with the coordinates of its networks.
    faces : those that were shown.

    Raises
    ------
    ValueError
        As :func:`cloud_shape`; for fewer than 3 people, or faces that do not fit the code.
    """
    z, t = (np.moveaxis(values.values, -2, -1) for values in (code.embeddings, code.tangents))
    z = z - z.mean(axis=-1, keepdims=True)
    square = _product(z, z)
    shapes = cloud_shape(square.mean(axis=-1), t.mean(axis=-1))
    centre, left_square, motion = (estimators.mean_without(values, faces.person) for values in (z, square, t))
    without = cloud_shape(left_square - _product(centre[..., None], centre[..., None])[..., 0], motion)
    like = code.embeddings.isel(face=0, output=0, drop=True)
    return {
        name: Precision(like.copy(data=values).rename(name), {label_of(faces): without[name]})
        for name, values in shapes.items()
    }


def _product(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Of vectors (..., 2, n), (..., 2, 2, n)."""
    return first[..., :, None, :] * second[..., None, :, :]
