"""Encodings and losses: how an angle is written in two numbers, read back, and scored. Must not know networks or faces.

An **encoding** is a target, a decoder and an error x; a **loss** is an increasing function f applied to x + ε.

========== ================= ================== =============================== =====================
encoding   target            decoded angle      error x                         loss of one sample
========== ================= ================== =============================== =====================
linear     (θ, θ)            mean of the two    abs(decoded − θ)                f(x)
circular   (cos θ, sin θ)    atan2              1 + cosine similarity to target f(2) − f(x)
geodesic   (cos θ, sin θ)    atan2              abs(decoded − θ) on the circle  f(x)
========== ================= ================== =============================== =====================
"""

from typing import TypeVar

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from fisherkit.arrays import Values
from fisherkit.checks import check_choice, check_count, checked, checked_as

ENCODINGS = ("linear", "circular", "geodesic")

#: Order q of each loss, f(x) = x^q; 0 stands for log x, its limit.
LOSS_ORDERS = {"linear": 1.0, "sqrt": 0.5, "square": 2.0, "quart": 4.0, "root4": 0.25, "log": 0.0}

LOSSES = tuple(LOSS_ORDERS)

_Angle = TypeVar("_Angle")


@checked
def domain(encoding: str) -> str:
    """The range that an encoding can tell apart: ``"linear"`` for [−π/2, π/2], ``"circular"`` for [−π, π]."""
    check_choice("encoding", encoding, ENCODINGS)
    return "linear" if encoding == "linear" else "circular"


@checked
def angle_range(encoding: str) -> tuple[float, float]:
    """First and last angle (rad) over which an encoding's curves are drawn."""
    half = np.pi / 2 if domain(encoding) == "linear" else np.pi
    return -half, half


@checked
def angle_grid(encoding: str, count: int) -> Float[np.ndarray, " angle"]:
    """``count`` angles (rad), evenly spaced over the range of an encoding, both ends included.

    Raises
    ------
    ValueError
        For fewer than 5 angles: too few for a curve.
    """
    check_count("angles", count, least=5)
    return np.linspace(*angle_range(encoding), count)


@checked
def target(theta: ArrayLike, encoding: str) -> Float[np.ndarray, "... 2"]:
    """The embedding that stands for the angle θ (rad) exactly."""
    theta = np.asarray(theta, dtype=np.float64)
    pair = (theta, theta) if domain(encoding) == "linear" else (np.cos(theta), np.sin(theta))
    return np.stack(pair, axis=-1)


@checked
def decode(embedding: ArrayLike, encoding: str) -> Values:
    """The angle (rad) that an embedding (..., 2) reports: mean of the outputs, or atan2 in (−π, π]."""
    z = np.asarray(embedding, dtype=np.float64)
    if z.shape[-1:] != (2,):
        raise ValueError(f"embeddings must be pairs, shape (..., 2); got {z.shape}")
    if domain(encoding) == "linear":
        return z.mean(axis=-1)
    _check_off_origin(z)
    return np.arctan2(z[..., 1], z[..., 0])


@checked_as(embedding="... 2", tangent="... 2")
def decode_tangent(embedding: ArrayLike, tangent: ArrayLike, encoding: str) -> Values:
    """Derivative of the decoded angle along a tangent (..., 2) of the embedding, (dθ̂/dz)·t: rad per unit of θ."""
    z, t = (np.asarray(array, dtype=np.float64) for array in (embedding, tangent))
    if domain(encoding) == "linear":
        return t.mean(axis=-1)
    _check_off_origin(z)
    return (z[..., 0] * t[..., 1] - z[..., 1] * t[..., 0]) / (z**2).sum(axis=-1)


@checked_as(embedding="... 2")
def unseen(embedding: ArrayLike, encoding: str) -> Values:
    """The coordinate of an embedding (..., 2) that its decoder ignores: half the outputs' difference, or log radius."""
    z = np.asarray(embedding, dtype=np.float64)
    if domain(encoding) == "linear":
        return (z[..., 0] - z[..., 1]) / 2
    _check_off_origin(z)
    return np.log(np.hypot(z[..., 0], z[..., 1]))


def _check_off_origin(z: np.ndarray) -> None:
    """Raise a ValueError where an embedding of a circle has no direction."""
    if not (z != 0).any(axis=-1).all():
        raise ValueError("an embedding on the circle must not be (0, 0), which has no angle; one of them is")


@checked
def angular_error(decoded: ArrayLike, theta: ArrayLike, encoding: str) -> Values:
    """decoded − θ in rad, on the circle where the encoding is one."""
    try:
        error = np.asarray(decoded, dtype=np.float64) - np.asarray(theta, dtype=np.float64)
    except ValueError as wrong:
        raise ValueError(
            f"decoded must have the shape of theta, or one that fits it; got {np.shape(decoded)} and {np.shape(theta)}"
        ) from wrong
    return error if domain(encoding) == "linear" else wrap(error)


def wrap(angle: _Angle) -> _Angle:
    """An angle (array or tensor, rad) brought into [−π, π)."""
    return (angle + np.pi) % (2 * np.pi) - np.pi
