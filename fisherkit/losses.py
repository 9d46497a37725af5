"""Losses: how an error is scored, of each of several networks at once. Must not know networks or faces.

A loss is an increasing function f of the error x + ε of an encoding (:mod:`fisherkit.codes`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fisherkit.checks import check_choice, check_fields, checked
from fisherkit.codes import ENCODINGS, LOSS_ORDERS, LOSSES, wrap

#: Added to the error inside every f, so that its derivative at a perfect answer is finite.
EPSILON = 1e-8

#: Errors at which a function of one's own is looked at, for the store's key and before any training.
_LOOKED_AT = tuple(float(f"{x:.6g}") for x in np.geomspace(1e-6, 2 * np.pi, 65))


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss of one's own, in the place of a name: a power of the error, or any increasing function of it.

    .. code-block:: python

        def huber(x, width):
            return torch.where(x < width, x**2 / (2 * width), x - width / 2)

        losses = ["linear", Loss("cube", 3.0), Loss("huber", 2.0, huber, {"width": 0.1})]

    Attributes
    ----------
    name : what it is called; none of :data:`LOSSES`.
    order : q, with f(x) ∝ x^q where errors are small: what the law takes for it. 0 stands for log x.
    function : f, of a tensor of errors x > 0 and the parameters, elementwise; None for x^q, or log x.
    parameters : numbers that the function takes by name.

    Raises
    ------
    ValueError
        For the name of one of the book's losses, a negative order, parameters without a function or that are no
        numbers, or a function that is not finite for errors between 0 and 2π or falls there.
    """

    name: str
    order: float
    function: Callable[..., Tensor] | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.name in LOSSES or not self.name.strip():
            raise ValueError(f"a loss of your own needs a name that is none of {', '.join(LOSSES)}; got {self.name!r}")
        if not (np.isfinite(self.order) and self.order >= 0):
            raise ValueError(f"the order of a loss is a number of at least 0 (0 stands for log); got {self.order}")
        if self.parameters and self.function is None:
            raise ValueError(
                f"the loss {self.name} needs a function of its parameters, {dict(self.parameters)}; got none"
            )
        if wrong := [name for name, value in self.parameters.items() if not np.isfinite(value)]:
            raise ValueError(f"parameters of the loss {self.name} must be finite numbers; got {wrong[0]}")
        values = self.values
        if not (np.isfinite(values).all() and (np.diff(values) >= 0).all() and values[-1] > values[0]):
            raise ValueError(
                f"the loss {self.name} must be finite and rise with the error; at errors of {_LOOKED_AT[0]:g}, "
                f"{_LOOKED_AT[32]:.2g} and {_LOOKED_AT[-1]:.2g} it is {values[0]:g}, {values[32]:g} and {values[-1]:g}"
            )

    def __call__(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """f(x) of errors x > 0."""
        if self.function is not None:
            return self.function(x, **self.parameters)
        return x.log() if self.order == 0 else x.pow(self.order)

    @cached_property
    def values(self) -> Float[np.ndarray, " error"]:
        """f at 65 errors between 0 and 2π."""
        try:
            found = self(torch.tensor(_LOOKED_AT, dtype=torch.float64))
        except Exception as error:  # of somebody's own function, whatever it does
            raise ValueError(
                f"the loss {self.name} must be a function of a tensor of errors and its parameters; it ends in "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(found, Tensor) or found.shape != (len(_LOOKED_AT),):
            raise ValueError(f"the loss {self.name} must make of a tensor of errors a tensor of as many numbers")
        return found.detach().double().numpy()

    @property
    def spec(self) -> dict[str, Any]:
        """What the store's key holds of it: of a function what it gives, so that another one of its name is another."""
        if self.function is None:
            return {"order": float(self.order)}
        return {
            "name": self.name,
            "order": float(self.order),
            "parameters": {name: float(value) for name, value in self.parameters.items()},
            "values": [f"{value:.6g}" for value in self.values],
        }


@checked
def order_of(loss: str | Loss) -> float:
    """The order q of a loss, one of the book's by its name or one's own."""
    if isinstance(loss, Loss):
        return float(loss.order)
    check_choice("loss", loss, LOSSES)
    return LOSS_ORDERS[loss]


@checked
def small_error_order(loss: str | Loss, encoding: str) -> float:
    """The order q of a loss of small errors: 2 in the circular encoding, where every loss is then a square."""
    order = order_of(loss)
    check_choice("encoding", encoding, ENCODINGS)
    return 2.0 if encoding == "circular" else order


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
    losses: tuple[str | Loss, ...]

    def __post_init__(self) -> None:
        if len(self.encodings) != len(self.losses):
            raise ValueError(
                f"each replicate needs an encoding and a loss; got {len(self.encodings)} encodings "
                f"and {len(self.losses)} losses"
            )
        for encoding in self.encodings:
            check_choice("encoding", encoding, ENCODINGS)
        for loss in self.losses:
            order_of(loss)

    def __call__(
        self, embedding: Float[Tensor, "replicate sample 2"], theta: Float[Tensor, "replicate sample"]
    ) -> Float[Tensor, "replicate sample"]:
        """The loss of each replicate on each of its samples."""
        x = self._error(embedding, theta) + EPSILON
        is_log, order, best, sign = (column(values, x.dtype, x.device) for values in self._constants)
        f = torch.where(is_log > 0, x.log(), x.pow(order))
        for loss, rows in self._functions.items():
            # Elsewhere it sees a one: what it makes of other replicates' errors, if no number, must not reach them.
            mine = column(rows, x.dtype, x.device) > 0
            f = torch.where(mine, loss(torch.where(mine, x, 1.0)), f)
        return best + sign * f

    @cached_property
    def _functions(self) -> dict[Loss, tuple[float, ...]]:
        """The losses that are functions of one's own, and whose they are."""
        own = {loss for loss in self.losses if isinstance(loss, Loss) and loss.function is not None}
        return {loss: tuple(float(one is loss) for one in self.losses) for loss in own}

    @cached_property
    def _constants(self) -> tuple[tuple[float, ...], ...]:
        """Of each replicate: whether its loss is the log, its order, f at the best and the sign of f."""
        # x^0 in the log rows: any order will do there, but its derivative must be finite.
        orders = [order_of(loss) for loss in self.losses]
        order = tuple(q or 1.0 for q in orders)
        is_log = tuple(float(q == 0) for q in orders)
        best = np.array(2 + EPSILON)
        best = [float(np.log(best) if q == 0 else best**q) for q in orders]
        for number, loss in enumerate(self.losses):
            if loss in self._functions:
                best[number] = float(loss(torch.tensor(2 + EPSILON, dtype=torch.float64)))
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
