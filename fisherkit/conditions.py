"""What a network is trained on: its condition, and what a key holds of it. Must not know how it is trained."""

from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from fisherkit.architecture import Architecture
from fisherkit.channel import Channel
from fisherkit.densities import Density, Uniform
from fisherkit.losses import Loss, order_of
from fisherkit.model import initial_weights

#: Raise with any change that changes weights: it is part of every key of the store.
FORMAT_VERSION = 1

CHECKPOINTS = ("train", "validation")

#: Uses of chance in a network's training, each with random numbers of its own.
INITIAL, FACES, ANGLES, VALIDATION_FACES, VALIDATION_ANGLES, ORDER, NOISE, SLOPES = range(8)

#: Range (rad) over which a penalty of a channel is taken.
PENALISED = Uniform(-2.5, 2.5)


def kept_checkpoint(epoch: int) -> str:
    """The name of the checkpoint after so many epochs."""
    return f"epoch {epoch}"


@dataclass(frozen=True)
class Tuning:
    """What a network brings along that was trained before, and under which constraint it goes on.

    Attributes
    ----------
    pretrained_on, pretrained_density : name and density of its first training; the tuned network starts from the
        checkpoint best on training, with a new optimiser.
    frozen_layers : layers, counted from the pixels, that stay as they were.
    data_fraction : share of the samples that tuning sees, the first ones. An epoch has as many steps as with all of
        them: each is seen more often.
    continued_from : epoch of its first training after which tuning goes on, with the optimiser's moments of then; None
        to start from the checkpoint best on training, with a new optimiser.
    """

    pretrained_on: str
    pretrained_density: Density
    frozen_layers: int = 0
    data_fraction: float = 1.0
    continued_from: int | None = None

    @property
    def constraint(self) -> str:
        """What tuning is kept from: ``"frozen"`` layers, ``"low-data"``, both, or ``"none"``.

        Or what it keeps: ``"optimiser kept"``.
        """
        kinds = {
            "frozen": self.frozen_layers > 0,
            "low-data": self.data_fraction < 1,
            "optimiser kept": self.continued_from is not None,
        }
        return " and ".join(name for name, applies in kinds.items() if applies) or "none"

    @property
    def checkpoint(self) -> str:
        """Of its first training, where it starts from."""
        return "train" if self.continued_from is None else kept_checkpoint(self.continued_from)

    @property
    def spec(self) -> dict[str, Any]:
        """What the store's key holds of it."""
        spec = {
            "pretrained_on": self.pretrained_density.spec,
            "frozen_layers": self.frozen_layers,
            "data_fraction": self.data_fraction,
        }
        return spec if self.continued_from is None else {**spec, "continued_from": self.continued_from}


@dataclass(frozen=True)
class Condition:
    """What one network is trained on: an encoding, a loss, a density of angles, and the number of its replicate.

    With a ``tuning`` it starts from the network that :attr:`parent` describes. ``kept_epochs`` are epochs after which
    its weights are kept too, as the checkpoints ``"epoch 1"`` and so on, and with the last of them Adam's moments.
    Where its training stops before such an epoch, they are those of its last one. A ``channel`` puts noise on its code
    (:mod:`fisherkit.channel`). A loss that is not one of the book's is ``own_loss``; ``loss`` is then its name.
    """

    encoding: str
    loss: str
    density_name: str
    density: Density
    replicate: int
    seed: int = 0
    tuning: Tuning | None = None
    kept_epochs: tuple[int, ...] = ()
    channel: Channel | None = None
    own_loss: Loss | None = None

    @property
    def scored_by(self) -> str | Loss:
        """The loss: its name where it is one of the book's, else itself."""
        return self.loss if self.own_loss is None else self.own_loss

    @property
    def order(self) -> float:
        """The order q of its loss."""
        return order_of(self.scored_by)

    @property
    def pretrained_on(self) -> str:
        """Name of the density that it was trained on before, or ``"nothing"``."""
        return "nothing" if self.tuning is None else self.tuning.pretrained_on

    @property
    def tuned_on(self) -> str:
        """Name of the density that it was tuned on, or ``"nothing"`` for a network trained once."""
        return "nothing" if self.tuning is None else self.density_name

    @property
    def constraint(self) -> str:
        """Of its tuning."""
        return "none" if self.tuning is None else self.tuning.constraint

    @property
    def parent(self) -> "Condition":
        """The condition of the network that this one starts from, where it has a tuning."""
        first = {"density_name": self.tuning.pretrained_on, "density": self.tuning.pretrained_density}
        kept = () if self.tuning.continued_from is None else (self.tuning.continued_from,)
        return replace(self, **first, tuning=None, kept_epochs=kept)

    @property
    def spec(self) -> dict[str, Any]:
        """The condition as JSON: what the store's key holds of it."""
        spec = {
            "encoding": self.encoding,
            "loss": self.loss if self.own_loss is None else self.own_loss.spec,
            "density": self.density.spec,
            "replicate": self.replicate,
            "seed": self.seed,
        }
        if self.tuning is not None:
            spec["tuning"] = self.tuning.spec
        if self.kept_epochs:
            spec["kept_epochs"] = list(self.kept_epochs)
        if self.channel is not None:
            spec["channel"] = self.channel.spec
        return spec

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """All checkpoints that are kept of its training."""
        return (*CHECKPOINTS, *(kept_checkpoint(epoch) for epoch in self.kept_epochs))

    def random(self, purpose: int, *more: int) -> tuple[int, ...]:
        """Entropy of one use of chance in this network's training."""
        return (self.seed, self.replicate, purpose, *more)


def starting_weights(condition: Condition, architecture: Architecture) -> dict[str, Tensor]:
    """The weights that a network's training starts from, where it has no parent."""
    return initial_weights(architecture, condition.random(INITIAL))


def optimiser_age(condition: Condition) -> int:
    """Epochs that a network's optimiser has behind it when its training begins."""
    return 0 if condition.tuning is None else condition.tuning.continued_from or 0
