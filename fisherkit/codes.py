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

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fisherkit.arrays import Values
from fisherkit.checks import check_choice, check_count

ENCODINGS = ("linear", "circular", "geodesic")

#: Order q of each loss, f(x) = x^q; 0 stands for log x, its limit.
LOSS_ORDERS = {"linear": 1.0, "sqrt": 0.5, "square": 2.0, "quart": 4.0, "root4": 0.25, "log": 0.0}
LOSSES = tuple(LOSS_ORDERS)

#: Added to the error inside every f, so that its derivative at a perfect answer is finite.
EPSILON = 1e-8


def domain(encoding: str) -> str:
    """The range that an encoding can tell apart: ``"linear"`` for [−π/2, π/2], ``"circular"`` for [−π, π]."""
    check_choice("encoding", encoding, ENCODINGS)
    return "linear" if encoding == "linear" else "circular"


def angle_range(encoding: str) -> tuple[float, float]:
    """First and last angle (rad) over which an encoding's curves are drawn."""
    half = np.pi / 2 if domain(encoding) == "linear" else np.pi
    return -half, half


def angle_grid(encoding: str, count: int) -> Float[np.ndarray, " angle"]:
    """``count`` angles (rad), evenly spaced over the range of an encoding, both ends included.

    Raises
    ------
    ValueError
        For fewer than 5 angles: too few for a curve.
    """
    check_count("angles", count, least=5)
    return np.linspace(*angle_range(encoding), count)


def small_error_order(loss: str, encoding: str) -> float:
    """The order q of a loss of small errors: 2 in the circular encoding, where every loss is then a square."""
    check_choice("loss", loss, LOSSES)
    check_choice("encoding", encoding, ENCODINGS)
    return 2.0 if encoding == "circular" else LOSS_ORDERS[loss]


def target(theta, encoding: str) -> Float[np.ndarray, "... 2"]:
    """The embedding that stands for the angle θ (rad) exactly."""
    theta = np.asarray(theta, dtype=np.float64)
    pair = (theta, theta) if domain(encoding) == "linear" else (np.cos(theta), np.sin(theta))
    return np.stack(pair, axis=-1)


def decode(embedding, encoding: str) -> Values:
    """The angle (rad) that an embedding (..., 2) reports: mean of the outputs, or atan2 in (−π, π]."""
    z = np.asarray(embedding, dtype=np.float64)
    if z.shape[-1:] != (2,):
        raise ValueError(f"embeddings must be pairs, shape (..., 2); got {z.shape}")
    return z.mean(axis=-1) if domain(encoding) == "linear" else np.arctan2(z[..., 1], z[..., 0])


def decode_tangent(embedding, tangent, encoding: str) -> Values:
    """Derivative of the decoded angle along a tangent (..., 2) of the embedding, (dθ̂/dz)·t: rad per unit of θ."""
    z, t = (np.asarray(array, dtype=np.float64) for array in (embedding, tangent))
    if domain(encoding) == "linear":
        return t.mean(axis=-1)
    return (z[..., 0] * t[..., 1] - z[..., 1] * t[..., 0]) / (z**2).sum(axis=-1)


def unseen(embedding, encoding: str) -> Values:
    """The coordinate of an embedding (..., 2) that its decoder ignores: half the outputs' difference, or log radius."""
    z = np.asarray(embedding, dtype=np.float64)
    if domain(encoding) == "linear":
        return (z[..., 0] - z[..., 1]) / 2
    return np.log(np.hypot(z[..., 0], z[..., 1]))


def angular_error(decoded, theta, encoding: str) -> Values:
    """decoded − θ in rad, on the circle where the encoding is one."""
    error = np.asarray(decoded, dtype=np.float64) - np.asarray(theta, dtype=np.float64)
    return error if domain(encoding) == "linear" else wrap(error)


def wrap(angle):
    """An angle (array or tensor, rad) brought into [−π, π)."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


@lru_cache(maxsize=64)
def column(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Float[Tensor, "replicate 1"]:
    """A number for each replicate, as a column; made once, as every step of a training asks for it."""
    return torch.tensor(values, dtype=dtype, device=device)[:, None]


@dataclass(frozen=True)
class Objective:
    """The losses of stacked replicates, each with an encoding and a loss of its own.

    Every replicate goes through the same elementwise operations, and ``where`` picks its result, so that what one
    replicate is scored with does not depend on the company it is in.
    """

    encodings: tuple[str, ...]
    losses: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.encodings) != len(self.losses):
            raise ValueError(
                f"each replicate needs an encoding and a loss; got {len(self.encodings)} encodings "
                f"and {len(self.losses)} losses"
            )
        for encoding in self.encodings:
            check_choice("encoding", encoding, ENCODINGS)
        for loss in self.losses:
            check_choice("loss", loss, LOSSES)

    def __call__(
        self, embedding: Float[Tensor, "replicate sample 2"], theta: Float[Tensor, "replicate sample"]
    ) -> Float[Tensor, "replicate sample"]:
        """The loss of each replicate on each of its samples."""
        x = self._error(embedding, theta) + EPSILON
        is_log, order, best, sign = (column(values, x.dtype, x.device) for values in self._constants)
        return best + sign * torch.where(is_log > 0, x.log(), x.pow(order))

    @cached_property
    def _constants(self) -> tuple[tuple[float, ...], ...]:
        """Of each replicate: whether its loss is the log, its order, f at the best and the sign of f."""
        # x^0 in the log rows: any order will do there, but its derivative must be finite.
        order = tuple(LOSS_ORDERS[loss] or 1.0 for loss in self.losses)
        is_log = tuple(float(loss == "log") for loss in self.losses)
        best = np.array(2 + EPSILON)
        best = [float(np.log(best) if loss == "log" else best ** LOSS_ORDERS[loss]) for loss in self.losses]
        circular = [encoding == "circular" for encoding in self.encodings]
        sign = tuple(-1.0 if one else 1.0 for one in circular)
        return is_log, order, tuple(f if one else 0.0 for f, one in zip(best, circular, strict=True)), sign

    def _error(self, z: Tensor, theta: Tensor) -> Tensor:
        error = (z.mean(dim=-1) - theta).abs()
        if "circular" in self.encodings:
            pair = torch.stack([theta.cos(), theta.sin()], dim=-1)
            similarity = torch.nn.functional.cosine_similarity(z, pair, dim=-1)
            # Rounding can take the similarity below −1, where no power has a value.
            error = torch.where(self._is(z, "circular"), (1 + similarity).clamp(min=0), error)
        if "geodesic" in self.encodings:
            geodesic = wrap(torch.atan2(z[..., 1], z[..., 0]) - theta).abs()
            error = torch.where(self._is(z, "geodesic"), geodesic, error)
        return error

    def _is(self, like: Tensor, encoding: str) -> Tensor:
        return column(tuple(float(name == encoding) for name in self.encodings), like.dtype, like.device) > 0
