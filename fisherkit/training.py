"""Training of one group of stacked networks. Knows stimuli, objective and schedule; must not know stores or sweeps.

Every network of a group has its own condition, initial weights, samples and order of batches, all drawn from its seed
and replicate number alone: networks that differ only in the loss see the same batches from the same start. Nothing that
a network computes depends on the others, to the last bit, because

- a group always has the preset's width, so that batched products take the same path (dummies fill it);
- each replicate's matrices are aligned (:data:`fisherkit.architecture.ALIGNMENT`), batches are multiples of 32 and
  widths of :data:`fisherkit.presets.WIDTH_STEP`, so that vector instructions meet no remainder that the last
  replicates alone would have;
- a group trains on one thread: other cores train other groups, which is also faster than sharing one small product.
"""

import json
import logging
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import lightning
import numpy as np
import torch
from jaxtyping import Float
from lightning.pytorch.plugins.environments import LightningEnvironment
from torch import Tensor

from fisherkit.architecture import ALIGNMENT, input_pixels
from fisherkit.arrays import Seed
from fisherkit.channel import ChannelObjective
from fisherkit.conditions import (
    ANGLES,
    CHECKPOINTS,
    FACES,
    NOISE,
    ORDER,
    PENALISED,
    SLOPES,
    VALIDATION_ANGLES,
    VALIDATION_FACES,
    Condition,
    kept_checkpoint,
    optimiser_age,
    starting_weights,
)  # fmt: skip
from fisherkit.densities import Density
from fisherkit.faces import Faces, rotate
from fisherkit.losses import Objective
from fisherkit.model import StackedNetwork
from fisherkit.presets import Preset

#: What of Adam's state there is one of for each weight.
_MOMENTS = ("exp_avg", "exp_avg_sq")

#: Stands for an epoch where the noise of validation is drawn, which is always the same.
_VALIDATION = 2**32 - 1

#: Share of its epochs in which a channel is scored with the linear loss, whatever its own: it learns to read faces
#: there. A channel that begins with the log loss falls into steps, one with the fourth power does not learn.
LINEAR_FIRST = 0.5

#: How many faces a penalty of a channel is taken at, at angles drawn evenly.
PENALTY_SAMPLES = 8192


@runtime_checkable
class Snapshot(Protocol):
    """Where a half-trained group is kept."""

    @property
    def due(self) -> bool:
        """Whether it is time to save."""
        ...

    def load(self) -> tuple[dict[str, Tensor], dict[str, str]] | None:
        """Tensors and metadata of what was saved last; None where nothing was."""
        ...

    def save(self, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
        """Replace what was saved before."""
        ...


@dataclass(frozen=True)
class TrainedNetwork:
    """Weights of one network at its two checkpoints, and how its training went."""

    weights: dict[str, Tensor]
    metrics: dict[str, Any]


def make_samples(
    faces: Faces, density: Density, size: int, *, face_seed: Seed, angle_seed: Seed, interpolation: str
) -> tuple[Float[Tensor, "sample pixel"], Float[Tensor, " sample"]]:
    """Fixed training pairs: seen pixels of random faces, each rotated by an angle drawn from ``density``; angles."""
    chosen = np.random.default_rng(face_seed).integers(len(faces), size=size)
    angles = density.sample(size, seed=angle_seed)
    return _seen_pixels(faces, chosen, angles, interpolation), torch.from_numpy(angles.astype(np.float32))


def _seen_pixels(faces: Faces, chosen: np.ndarray, angles: np.ndarray, interpolation: str) -> Tensor:
    seen = input_pixels(faces.pixels)
    pixels = np.empty((len(angles), len(seen)), dtype=np.float32)
    for start in range(0, len(angles), 64):  # whole rotated images of all samples would take much more memory
        chunk = slice(start, start + 64)
        rotated = rotate(faces.images[chosen[chunk]], angles[chunk], interpolation=interpolation)
        pixels[chunk] = rotated.reshape(len(rotated), -1).take(seen, axis=1)
    return torch.from_numpy(pixels)


def _angles_as_stimuli(angles: np.ndarray) -> Tensor:
    """The angle as the first of a short vector of zeros: what a control without faces reads."""
    x = torch.zeros(len(angles), ALIGNMENT)
    x[:, 0] = torch.from_numpy(angles.astype(np.float32))
    return x


class DivergenceError(FloatingPointError):
    """Networks diverged: their losses were not finite in some step.

    Attributes
    ----------
    trained : the group's networks in their order; None for those that diverged.
    """

    trained: "list[TrainedNetwork | None]"

    def __init__(self, messages: Sequence[str], trained: "list[TrainedNetwork | None]") -> None:
        super().__init__(messages, trained)  # both, for it to reach another process
        self.trained = trained

    def __str__(self) -> str:
        return "\n".join(self.args[0])


def train_group(
    conditions: Sequence[Condition],
    faces: Faces,
    preset: Preset,
    *,
    pretrained: Mapping[Condition, Mapping[str, Tensor]] | None = None,
    snapshot: Snapshot | None = None,
    on_epoch: Callable[[int], None] | None = None,
) -> list[TrainedNetwork]:
    """Train one group of networks together.

    Parameters
    ----------
    conditions : at most ``preset.group_width``; dummies fill the group.
    faces : with training and validation faces, of ``preset.pixels`` a side.
    pretrained : weights by parameter name of the networks that those with a tuning start from, by their conditions;
        where the optimiser is kept, its moments too, as ``exp_avg.…`` and ``exp_avg_sq.…``.
    snapshot : what training is saved to now and then, and resumed from if something is there. Emptied by the caller.
    on_epoch : called with the number of epochs done so far, after each.

    Raises
    ------
    ValueError
        For no conditions, more than the group holds, a device that is not there, faces of another size, a tuned network
        without its parent, networks that keep their optimiser beside others, or epochs to be kept that training may not
        reach.
    DivergenceError
        Where a loss was not finite in some step; it holds the networks whose losses were.
    """
    if not 1 <= len(conditions) <= preset.group_width:
        raise ValueError(f"a group holds 1 to {preset.group_width} networks; got {len(conditions)}")
    if any((condition.channel is None) == bool(preset.read_out) for condition in conditions):
        raise ValueError("networks with a channel need a preset with a read_out, and only those do")
    if preset.accelerator == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "the preset trains on a CUDA device, and torch finds none here: install torch for CUDA on a machine that "
            "has one, or take accelerator='cpu'"
        )
    if faces.pixels != preset.pixels:
        raise ValueError(f"the preset wants faces of {preset.pixels} pixels a side; got {faces.pixels}")
    # Adam counts its steps once for a whole stack of weights.
    if len({optimiser_age(condition) for condition in conditions}) > 1:
        raise ValueError(
            "networks that keep their optimiser train in groups of their own, all continued from one epoch"
        )
    if orphans := [c for c in conditions if c.tuning is not None and c.parent not in (pretrained or {})]:
        raise ValueError(
            f"a tuned network starts from its parent's weights; pretrained has none for {orphans[0].parent}"
        )
    latest = max((epoch for condition in conditions for epoch in condition.kept_epochs), default=0)
    if latest > preset.epochs:
        raise ValueError(f"epochs can be kept up to the preset's last, {preset.epochs}; got {latest}")
    full = [*conditions, *[conditions[0]] * (preset.group_width - len(conditions))]
    initial = [
        starting_weights(condition, preset.architecture) if condition.tuning is None else pretrained[condition.parent]
        for condition in full
    ]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _no_subnormal_numbers():
            group = _Group(full, initial, faces, preset, snapshot, on_epoch)
            group.fit()
    finally:
        torch.set_num_threads(threads)
    trained = [group.result(slot) for slot in range(len(conditions))]
    if None in trained:
        raise DivergenceError([group.divergence(slot) for slot, of in enumerate(trained) if of is None], trained)
    return trained


@contextmanager
def _no_subnormal_numbers() -> Iterator[None]:
    """Take numbers below 1.2e-38 for zero, which processors are slow with.

    Where units are saturated, gradients are so small that Adam's mean of their squares is such a number: for up to a
    quarter of the weights in one long training, which took seven times as long. Adam adds 1e-8 to the root of that
    mean, so that weights are expected to keep their bits; they did wherever it was tried.
    """
    already = float(torch.tensor(2e-39) * 0.5) == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(already)


def _distinct(keys: Sequence[tuple]) -> tuple[list[int], Tensor]:
    """Where each different key stands first, and which of these each one is."""
    different = list(dict.fromkeys(keys))
    return [keys.index(key) for key in different], torch.tensor([different.index(key) for key in keys])


def _to_each(parts: Tensor, row: Tensor) -> Tensor:
    """For each network its row of the different ``parts``: without a copy where all have the same or each its own."""
    if len(parts) == 1:
        return parts.expand(len(row), *parts.shape[1:])
    return parts if len(parts) == len(row) else parts.index_select(0, row)


class _Batches:
    """One epoch of batches for all replicates: pixels (R, batch, P) and angles (R, batch).

    Channels get two more, (R, batch) each: where in its slices the noise lies, anew each epoch, and what samples count.
    A batch lasts until the next, which takes its place: no step takes memory for it anew from the system.
    """

    def __init__(self, conditions: Sequence[Condition], faces: Faces, preset: Preset) -> None:
        self.conditions, self.batch, self.size, self.epoch = conditions, preset.batch, preset.samples, 0
        self._collect(faces.subset("train"), preset, FACES, ANGLES)
        # Networks that differ in loss or encoding alone see the same samples in the same order.
        self.firsts, self.stream = _distinct(
            [(int(row), c.seed, c.replicate, self._seen(c)) for row, c in zip(self.row, conditions, strict=True)]
        )

    def _collect(self, faces: Faces, preset: Preset, face_use: int, angle_use: int) -> None:
        """Draw pixels (set, sample, P) and angles (set, sample); networks that share their samples have one set."""
        firsts, self.row = _distinct([(c.density, c.seed, c.replicate) for c in self.conditions])
        self.pixels = torch.empty(len(firsts), self.size, preset.architecture.inputs)
        self.angles = torch.empty(len(firsts), self.size)
        for row, condition in enumerate(self.conditions[first] for first in firsts):
            if preset.stimulus == "angle":
                drawn = condition.density.sample(self.size, seed=condition.random(angle_use))
                self.pixels[row], self.angles[row] = _angles_as_stimuli(drawn), torch.from_numpy(drawn)
                continue
            self.pixels[row], self.angles[row] = make_samples(
                faces, condition.density, self.size,
                face_seed=condition.random(face_use), angle_seed=condition.random(angle_use),
                interpolation=preset.interpolation,
            )  # fmt: skip
        self.counts = None
        if preset.read_out:
            angles = _to_each(self.angles, self.row).double().numpy()
            weights = [
                condition.channel.weights(angles[slot], condition.density)
                for slot, condition in enumerate(self.conditions)
            ]
            self.counts = torch.from_numpy(np.array(weights)).float()

    def __len__(self) -> int:
        return -(-self.size // self.batch)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        order = self._order()
        among_all = order + self.row[self.firsts][:, None] * self.size
        own = [_to_each(self.angles.flatten()[among_all], self.stream)]
        if self.counts is not None:
            own += [self._places(self.epoch), self.counts.gather(1, _to_each(order, self.stream))]
        pixels = self.pixels.flatten(0, 1)
        batch = pixels.new_empty(len(self.firsts) * self.batch, pixels.shape[1])
        for chunk in self._chunks():
            torch.index_select(pixels, 0, among_all[:, chunk].flatten(), out=batch)
            seen = batch.unflatten(0, (len(self.firsts), self.batch))
            yield _to_each(seen, self.stream), *(part[:, chunk] for part in own)

    def _chunks(self) -> Iterator[slice]:
        return (slice(start, start + self.batch) for start in range(0, self.size, self.batch))

    def _places(self, epoch: int) -> Tensor:
        """Where noise lies in its slices, in [0, 1): each network's own, and another each epoch of training."""
        entropies = [c.random(NOISE, epoch) for c in self.conditions]
        drawn = {entropy: np.random.default_rng(entropy).random(self.size, dtype=np.float32) for entropy in entropies}
        return torch.from_numpy(np.stack([drawn[entropy] for entropy in entropies]))

    def _order(self) -> Tensor:
        """The samples of its set that each stream sees, one after another, in this epoch."""
        conditions = [self.conditions[first] for first in self.firsts]
        entropies = [condition.random(ORDER, self.epoch) for condition in conditions]
        orders = {entropy: np.random.default_rng(entropy).permutation(self.size) for entropy in entropies}
        return torch.from_numpy(
            np.stack([orders[of] % self._seen(c) for of, c in zip(entropies, conditions, strict=True)])
        )

    def _seen(self, condition: Condition) -> int:
        """How many of the samples, the first ones, a network sees."""
        return self.size if condition.tuning is None else max(1, round(self.size * condition.tuning.data_fraction))


@dataclass(frozen=True)
class _WholeEpochs:
    """What Lightning goes through in an epoch: one thing, all the epoch's batches."""

    batches: _Batches

    def __iter__(self) -> Iterator[_Batches]:
        yield self.batches

    def __len__(self) -> int:
        return 1


class _ValidationBatches(_Batches):
    """The same on validation faces, in a fixed order, in large batches.

    Where all networks have one set of samples, or each its own, batches are views of them.
    """

    def __init__(self, conditions: Sequence[Condition], faces: Faces, preset: Preset) -> None:
        self.conditions, self.size = conditions, preset.validation_samples
        self.batch = min(self.size, 512)
        self._collect(faces.subset("validation"), preset, VALIDATION_FACES, VALIDATION_ANGLES)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        own = [_to_each(self.angles, self.row)]
        if self.counts is not None:
            own += [self._places(_VALIDATION), self.counts]
        for chunk in self._chunks():
            yield _to_each(self.pixels[:, chunk], self.row), *(part[:, chunk] for part in own)


class _Slopes:
    """Stimuli at evenly drawn angles and their derivatives, for the penalties of channels: a batch a step."""

    def __init__(self, conditions: Sequence[Condition], faces: Faces, preset: Preset) -> None:
        self.size = min(PENALTY_SAMPLES, preset.samples)
        self.batch = preset.batch
        firsts, self.row = _distinct([(c.seed, c.replicate) for c in conditions])
        step = 0.05  # rad, as for the tangents of embeddings
        stimuli, derivatives = [], []
        for condition in (conditions[first] for first in firsts):
            angles = PENALISED.sample(self.size, seed=condition.random(SLOPES, 0))
            if preset.stimulus == "angle":
                stimuli.append(_angles_as_stimuli(angles))
                derivatives.append(_angles_as_stimuli(np.ones_like(angles)))
                continue
            shown = faces.subset("train")
            chosen = np.random.default_rng(condition.random(SLOPES, 1)).integers(len(shown), size=self.size)
            at = [_seen_pixels(shown, chosen, angles + shift, preset.interpolation) for shift in (-step, 0, step)]
            stimuli.append(at[1])
            derivatives.append((at[2] - at[0]) / (2 * step))
        self.stimuli, self.derivatives = torch.stack(stimuli), torch.stack(derivatives)

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Stimuli and derivatives of a step, (R, batch, P) each: its share of the samples, in turn."""
        start = step * self.batch % (self.size - self.batch + 1)
        chunk = slice(start, start + self.batch)
        return _to_each(self.stimuli[:, chunk], self.row), _to_each(self.derivatives[:, chunk], self.row)


class _EnsembleModule(lightning.LightningModule):
    """The stacked networks with their objective, optimiser, clipping and best checkpoints, all per replicate.

    What Lightning calls a training step is here a whole epoch: its loop around each step of small networks is spared.
    """

    automatic_optimization = False

    def __init__(
        self,
        conditions: Sequence[Condition],
        initial: Sequence[Mapping[str, Tensor]],
        preset: Preset,
        batches: _Batches,
        after_epoch: Callable[[int], None],
        slopes: _Slopes | None = None,
    ) -> None:
        super().__init__()
        self.preset, self.batches, self.after_epoch = preset, batches, after_epoch
        self.network = StackedNetwork(preset.architecture, initial)
        self.objective = _objective(conditions)
        self.linear_first = 0
        if preset.read_out:
            self.linear_first = int(LINEAR_FIRST * preset.epochs)
            self.first_objective = replace(self.objective, losses=("linear",) * len(conditions))
        replicates = len(conditions)
        self.frozen = torch.tensor(
            [condition.tuning.frozen_layers if condition.tuning else 0 for condition in conditions]
        )
        self.names = [name for name, _ in self.network.named_parameters()]
        self.kept_epochs = sorted({epoch for condition in conditions for epoch in condition.kept_epochs})
        # Buffers, so that they follow the module to its device.
        for checkpoint in CHECKPOINTS:
            self.register_buffer(f"best_{checkpoint}_loss", torch.full((replicates,), torch.inf))
            self.register_buffer(f"best_{checkpoint}_epoch", torch.zeros(replicates, dtype=torch.int64))
        for name, parameter in self.network.named_parameters():
            for checkpoint in (*CHECKPOINTS, *map(kept_checkpoint, self.kept_epochs)):
                self.register_buffer(self._kept(checkpoint, name), parameter.detach().clone())
                for moment in _MOMENTS if checkpoint not in CHECKPOINTS else ():
                    self.register_buffer(
                        self._kept(checkpoint, f"{moment}.{name}"), torch.zeros_like(parameter.detach())
                    )
        self.register_buffer("epoch_loss", torch.zeros(replicates))
        self.register_buffer("validation_loss", torch.zeros(replicates))
        self.register_buffer("clipped_steps", torch.zeros(replicates, dtype=torch.int64))
        self.register_buffer("trained_epochs", torch.zeros(replicates, dtype=torch.int64))
        self.register_buffer("stopped", torch.zeros(replicates, dtype=torch.bool))
        self.register_buffer("diverged_at", torch.full((replicates,), -1))  # steps done before; -1: never
        self.first_epoch = 0
        self.slopes = slopes
        # Adam's state to go on with: of parents whose optimiser is kept, or of a training that was interrupted.
        self.resumed: dict[str, Tensor] = {}
        if age := optimiser_age(conditions[0]):
            for name in self.names:
                self.resumed[f"adam.step.{name}"] = torch.tensor(float(age * len(batches)))
                for moment in _MOMENTS:
                    self.resumed[f"adam.{moment}.{name}"] = torch.stack([one[f"{moment}.{name}"] for one in initial])
        self.scheduler_state: dict = {}

    @staticmethod
    def _kept(checkpoint: str, name: str) -> str:
        return f"best_{checkpoint}_{name.replace('.', '_')}".replace(" ", "_")

    def kept(self, checkpoint: str, *, moments: bool = False) -> dict[str, Tensor]:
        """All replicates' weights at a checkpoint, by parameter name, and Adam's moments by theirs."""
        names = self.names + [f"{moment}.{name}" for moment in _MOMENTS for name in self.names if moments]
        return {name: getattr(self, self._kept(checkpoint, name)) for name in names}

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.network.parameters(), lr=self.preset.learning_rate, fused=True)
        for name, parameter in self.network.named_parameters():
            if self.resumed:
                optimizer.state[parameter] = {
                    part: self.resumed[f"adam.{part}.{name}"].to(parameter.device)
                    for part in ("step", "exp_avg", "exp_avg_sq")
                }
        if self.preset.schedule == "constant":
            return optimizer
        with warnings.catch_warnings():
            # Making a schedule for an optimiser that has state looks to torch like a wrong order of calls.
            warnings.simplefilter("ignore")
            scheduler = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, self.preset.learning_rate, total_steps=self.preset.epochs * len(self.batches),
                cycle_momentum=False,
            )  # fmt: skip
        if self.scheduler_state:
            scheduler.load_state_dict(self.scheduler_state)
            optimizer.param_groups[0]["lr"] = self.scheduler_state["_last_lr"][0]
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def training_step(self, batches, _index):
        optimizer, scheduler = self.optimizers(use_pl_optimizer=False), self.lr_schedulers()
        for step, batch in enumerate(batches):
            loss = self._losses([part.to(self.device) for part in batch])
            if self.slopes is not None and self.epoch >= self.linear_first:
                # Not before: at a code of no slope yet, a penalty of low order would hold it there.
                of_step = self.objective.penalties(self.network, *(of.to(self.device) for of in self.slopes.at(step)))
                low, high = PENALISED.support
                loss = loss + (high - low) * of_step.mean(dim=1)
            self.epoch_loss += loss.detach()
            if not (finite := torch.isfinite(loss)).all():
                # The others have nothing of it: no parameter is shared.
                new = ~finite & (self.diverged_at < 0)
                self.diverged_at[new] = self.epoch * len(self.batches) + step
                self.stopped |= new
            optimizer.zero_grad()
            # The gradient of the sum is each replicate's own: no parameter is shared.
            loss.sum().backward()
            self._freeze()
            self._clip()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()

    def _losses(self, batch) -> Tensor:
        """Mean loss of each replicate over a batch."""
        if isinstance(self.objective, Objective):
            return self.objective(self.network(batch[0]), batch[1]).mean(dim=1)
        objective = self.first_objective if self.epoch < self.linear_first else self.objective
        return objective(self.network, *batch).mean(dim=1)

    def _clip(self) -> None:
        """Shorten the gradients of the networks where they are too long, and count those steps."""
        gradients = [parameter.grad for parameter in self.network.parameters()]
        norms = torch.stack([torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients])
        norm = torch.linalg.vector_norm(norms, dim=0)
        clipped = norm > self.preset.clip
        self.clipped_steps += clipped & ~self.stopped
        if clipped.any():
            factor = torch.where(clipped, self.preset.clip / norm, 1.0)
            for gradient in gradients:
                gradient.mul_(factor.view(-1, *[1] * (gradient.ndim - 1)))

    def _freeze(self) -> None:
        """Take the gradients of frozen layers away: Adam leaves alone what never had one."""
        for layer in range(int(self.frozen.max())):
            for parameter in (self.network.weights[layer], self.network.biases[layer]):
                parameter.grad[self.frozen > layer] = 0

    def validation_step(self, batch, _index):
        self.validation_loss += self._losses(batch) * batch[0].shape[1]

    def on_train_epoch_start(self):
        self.batches.epoch = self.epoch
        self.epoch_loss.zero_()

    def on_validation_epoch_start(self):
        self.validation_loss.zero_()

    @property
    def epoch(self) -> int:
        """Epochs done, those before an interruption counted in."""
        return self.first_epoch + self.current_epoch

    def on_train_epoch_end(self):
        # The epoch's mean, not the last minibatch's loss that the original went by: that choice was mostly chance.
        now = {
            "train": self.epoch_loss / len(self.batches),
            "validation": self.validation_loss / self.preset.validation_samples,
        }
        running = ~self.stopped
        self.trained_epochs += running
        if self.linear_first and self.epoch == self.linear_first:
            # What came before was scored with another loss.
            for checkpoint in CHECKPOINTS:
                getattr(self, f"best_{checkpoint}_loss").fill_(torch.inf)
        for checkpoint, loss in now.items():
            best = getattr(self, f"best_{checkpoint}_loss")
            better = (loss < best) & running
            best.copy_(torch.where(better, loss, best))
            getattr(self, f"best_{checkpoint}_epoch")[better] = self.epoch
            chosen = better.nonzero()[:, 0]
            for name, parameter in self.network.named_parameters():
                getattr(self, self._kept(checkpoint, name))[chosen] = parameter.detach()[chosen]
        for epoch in self.kept_epochs:
            # A network that may stop early has its last weights kept for all later epochs.
            if self.epoch + 1 == epoch or (self.epoch + 1 < epoch and self.preset.patience is not None):
                self._keep(kept_checkpoint(epoch), running)
        if self.preset.patience is not None:
            self.stopped |= self.epoch - self.best_validation_epoch >= self.preset.patience
        self.trainer.should_stop = bool(self.stopped.all())
        self.after_epoch(self.epoch + 1)

    def _keep(self, checkpoint: str, running: Tensor) -> None:
        """Weights and moments of the networks that are running, as a checkpoint."""
        state = self.optimizers().optimizer.state
        for name, parameter in self.network.named_parameters():
            getattr(self, self._kept(checkpoint, name))[running] = parameter.detach()[running]
            for moment in _MOMENTS:
                getattr(self, self._kept(checkpoint, f"{moment}.{name}"))[running] = state[parameter][moment][running]


def _objective(conditions: Sequence[Condition]) -> Objective | ChannelObjective:
    losses = tuple(condition.scored_by for condition in conditions)
    channels = tuple(condition.channel for condition in conditions)
    if all(channel is None for channel in channels):
        return Objective(tuple(condition.encoding for condition in conditions), losses)
    return ChannelObjective(channels, losses)


class _Group:
    """One group's training from start, or snapshot, to end."""

    def __init__(self, conditions, initial, faces, preset, snapshot, on_epoch) -> None:
        self.conditions, self.preset, self.snapshot, self.on_epoch = conditions, preset, snapshot, on_epoch
        self.batches = _Batches(conditions, faces, preset)
        self.validation = _ValidationBatches(conditions, faces, preset)
        penalised = any(c.channel is not None and c.channel.penalty for c in conditions)
        slopes = _Slopes(conditions, faces, preset) if penalised else None
        self.module = _EnsembleModule(conditions, initial, preset, self.batches, self._after_epoch, slopes)
        if snapshot is not None and (saved := snapshot.load()) is not None:
            self._resume(*saved)

    def fit(self) -> None:
        remaining = self.preset.epochs - self.module.first_epoch
        if remaining <= 0 or bool(self.module.stopped.all()):
            return
        logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
        with warnings.catch_warnings():
            # Lightning 2.6 asks torch 2.13 for a name that torch is about to rename.
            warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)`", category=FutureWarning)
            self._fit(remaining)

    def _fit(self, epochs: int) -> None:
        trainer = lightning.Trainer(
            max_epochs=epochs, accelerator=self.preset.accelerator, devices=1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
            plugins=[LightningEnvironment()],  # one process, also where a cluster's variables speak of several
        )  # fmt: skip
        before = signal.getsignal(signal.SIGINT)
        try:
            trainer.fit(self.module, _WholeEpochs(self.batches), self.validation)
        except SystemExit as error:
            # Lightning makes an exit of Ctrl-C, and is deaf to it from then on: in a notebook, for good.
            if not trainer.interrupted:
                raise
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt from error

    def divergence(self, slot: int) -> str:
        """What to say of a network that diverged."""
        condition, at = self.conditions[slot], int(self.module.diverged_at[slot])
        when = f"step {at % len(self.batches) + 1} of epoch {at // len(self.batches) + 1}" if at >= 0 else "validation"
        return (
            f"the network with {condition.encoding} encoding, loss {condition.loss}, density {condition.density_name}, "
            f"replicate {condition.replicate} and seed {condition.seed} diverged: its loss was not finite at {when}; "
            "lower learning_rate or clip in the preset"
        )

    def result(self, slot: int) -> TrainedNetwork | None:
        """A network as it was trained; None where it diverged."""
        module = self.module
        if module.diverged_at[slot] >= 0:
            return None
        metrics = {
            "epochs": int(module.trained_epochs[slot]),
            "clipped_fraction": float(module.clipped_steps[slot] / (module.trained_epochs[slot] * len(self.batches))),
        }
        weights = {}
        for checkpoint in CHECKPOINTS:
            loss = float(getattr(module, f"best_{checkpoint}_loss")[slot])
            if not np.isfinite(loss):
                return None
            metrics[f"best_{checkpoint}_loss"] = loss
            metrics[f"best_{checkpoint}_epoch"] = int(getattr(module, f"best_{checkpoint}_epoch")[slot])
        condition = self.conditions[slot]
        for checkpoint in condition.checkpoints:
            last = checkpoint not in CHECKPOINTS and checkpoint == condition.checkpoints[-1]
            for name, stacked in module.kept(checkpoint, moments=last).items():
                weights[f"{checkpoint}.{name}"] = stacked[slot].detach().cpu().clone()
        if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
            return None  # the last step's gradient was not finite, though its loss was
        return TrainedNetwork(weights, metrics)

    def _after_epoch(self, epochs_done: int) -> None:
        # Saved first: whoever stops the training from on_epoch loses nothing.
        if self.snapshot is not None and self.snapshot.due:
            self._save_snapshot(epochs_done)
        if self.on_epoch is not None:
            self.on_epoch(epochs_done)

    def _save_snapshot(self, epochs_done: int) -> None:
        """Everything that the next epoch depends on."""
        tensors = {f"module.{name}": tensor for name, tensor in self.module.state_dict().items()}
        optimizer = self.module.optimizers().optimizer
        for name, parameter in self.module.network.named_parameters():
            for part, value in optimizer.state[parameter].items():
                tensors[f"adam.{part}.{name}"] = value
        scheduler = self.module.lr_schedulers()
        state = {} if scheduler is None else scheduler.state_dict()
        self.snapshot.save(
            {name: tensor.contiguous() for name, tensor in tensors.items()},
            {"epochs": str(epochs_done), "scheduler": json.dumps(state)},
        )

    def _resume(self, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
        prefix = "module."
        saved = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        # Over what there is at the start: a snapshot from before some of it was kept goes on all the same.
        self.module.load_state_dict(self.module.state_dict() | saved)
        self.module.resumed = {name: value for name, value in tensors.items() if name.startswith("adam.")}
        self.module.first_epoch = int(metadata["epochs"])
        self.module.scheduler_state = json.loads(metadata["scheduler"])
