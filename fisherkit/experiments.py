"""Sweeps: which networks a page needs, and how they are found in the store. Must not know what they are for."""

import itertools
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from fisherkit import channel as channels
from fisherkit import codes
from fisherkit.architecture import STIMULI
from fisherkit.channel import Channel
from fisherkit.checks import check_choice, check_count, check_names
from fisherkit.conditions import FORMAT_VERSION, PENALISED, Condition, Tuning, starting_weights
from fisherkit.densities import NAMED, Given, as_density, by_name, dirichlet_binned, named
from fisherkit.faces import Faces, load_faces, own_place, sketch_population
from fisherkit.losses import Loss, order_of
from fisherkit.model import Ensemble, StackedNetwork
from fisherkit.photographs import content_digest
from fisherkit.presets import MOST_REPLICATES, Preset
from fisherkit.presets import preset as make_preset
from fisherkit.store import DamagedModelError, Store, StoredModel, digest

log: logging.Logger = logging.getLogger("fisherkit")

#: Replicates of the condition whose curve the sign-flip test of flatness is about: 2^(1−8) is its smallest p.
FLATNESS_REPLICATES = 8

#: A file to which the keys and digests of all loaded networks are appended: how a page's inputs become known.
USED_MODELS = "FISHERKIT_USED_MODELS"


@dataclass(frozen=True, eq=False)
class Sweep:
    """Networks that differ in their conditions and share the preset and the faces.

    Attributes
    ----------
    preset, faces : what they share.
    conditions : one a network.
    store : where their weights are, or will be.
    """

    preset: Preset
    faces: Faces
    conditions: tuple[Condition, ...]
    store: Store

    def key(self, condition: Condition) -> str:
        """The store's key: a digest of everything that determines the weights."""
        return digest(self.identity(condition))

    def identity(self, condition: Condition) -> dict[str, Any]:
        """All that determines a network's weights: what its key is the digest of."""
        return {
            "condition": condition.spec,
            "recipe": self.preset.recipe,
            "faces": self.faces.digest,
            "format": FORMAT_VERSION,
        }

    def check_stored(self) -> tuple[Condition, ...]:
        """Read all networks in the store, setting damaged ones aside; the conditions whose networks it then lacks."""
        return tuple(c for c in self.conditions if not self.store.verify_or_set_aside(self.key(c)))

    def select(self, **selection: str | int | np.integer | Iterable[str | int]) -> tuple[Condition, ...]:
        """The conditions that match a selection, each of its entries a value or a list of them.

        Names: ``encoding``, ``loss``, ``density`` (the last that it was trained on), ``replicate``, and of finetuning
        ``pretrained_on``, ``tuned_on``, ``constraint``.

        Raises
        ------
        ValueError
            For a name that conditions do not have.
        LookupError
            Where none matches; the message says what there is.
        """
        attributes = {"encoding": "encoding", "loss": "loss", "density": "density_name", "replicate": "replicate"}
        attributes |= {name: name for name in ("pretrained_on", "tuned_on", "constraint")}
        for name in selection:
            if name not in attributes:
                raise ValueError(f"conditions are selected by {', '.join(attributes)}; got {name!r}")
        wanted = {
            name: [value] if isinstance(value, (str, int, np.integer)) else list(value)
            for name, value in selection.items()
        }
        chosen = tuple(
            condition
            for condition in self.conditions
            if all(getattr(condition, attributes[name]) in values for name, values in wanted.items())
        )
        if not chosen:
            there = {name: sorted({getattr(c, attributes[name]) for c in self.conditions}) for name in attributes}
            raise LookupError(f"no network of this sweep matches {selection}; it has {there}")
        return chosen

    def train(self) -> None:
        """Train what the store lacks, a full group at a time; groups side by side on the cores, unless they are few."""
        from fisherkit.running import train_sweeps

        train_sweeps([self])

    def ensemble(self, best: str = "train", **selection: str | int | np.integer | Iterable[str | int]) -> Ensemble:
        """The selected networks (see :meth:`select`) as one encoder; where one is missing, the sweep is trained first.

        Parameters
        ----------
        best
            Which checkpoint: ``"train"`` (lowest mean training loss of an epoch), ``"validation"``, or of networks that
            keep some epochs, one of those, such as ``"epoch 10"``.
        """
        chosen = self.select(**selection)
        common = [name for name in chosen[0].checkpoints if all(name in one.checkpoints for one in chosen)]
        if best not in common:
            raise ValueError(f"best must be one of {', '.join(common)}; got {best!r}")
        stored = [self._load(condition) for condition in chosen]
        weights = [checkpoint_of(model, best) for model in stored]
        return self._encoder(weights, chosen)

    def untrained(self, **selection: str | int | np.integer | Iterable[str | int]) -> Ensemble:
        """The selected networks as they were before any training: nothing is trained or loaded for them."""
        chosen = self.select(**selection)
        return self._encoder([starting_weights(condition, self.preset.architecture) for condition in chosen], chosen)

    def _encoder(self, weights, conditions: Sequence[Condition]) -> Ensemble:
        return Ensemble(StackedNetwork(self.preset.architecture, weights), conditions, self.preset.interpolation)

    def _load(self, condition: Condition):
        key = self.key(condition)
        if key not in self.store:
            self.train()
        try:
            model = self.store.load(key)
        except DamagedModelError:
            self.train()  # names it and sets it aside first
            model = self.store.load(key)
        _note_use(key, model.digest)
        return model


def checkpoint_of(model: StoredModel, best: str) -> dict[str, torch.Tensor]:
    """The weights at a checkpoint, by parameter name."""
    prefix = f"{best}."
    return {name.removeprefix(prefix): tensor for name, tensor in model.weights.items() if name.startswith(prefix)}


def loss_sweep(
    preset: str | Preset = "quick",
    *,
    losses: Sequence[str | Loss] = codes.LOSSES,
    encodings: Sequence[str] = ("linear", "circular"),
    densities: Sequence[Given] | Mapping[str, Given] = ("uniform", "concentrated"),
    replicates: int | None = None,
    seed: int = 0,
    faces: str | Path | Faces | None = None,
    kept_epochs: Sequence[int] = (),
    store: Store | None = None,
    **overrides: object,
) -> Sweep:
    """Networks for every combination of loss, encoding and density.

    Parameters
    ----------
    preset : a preset or its name; ``overrides`` replace fields of it (``pixels=64``).
    losses : names, or losses of your own; see :mod:`fisherkit.codes`.
    encodings : names.
    densities : names (:data:`fisherkit.densities.NAMED`), or your own, as a list or by name: any
        :class:`~fisherkit.densities.Density`, frozen distribution of SciPy, or function of the angle.
    replicates : networks a condition; by default the preset's, and at least 8 of the uniform density with the linear
        loss, whose flatness is tested (not in the presets ``smoke`` and ``original``).
    faces : where photographs come from (:func:`fisherkit.faces.load_faces`), or other images to be trained on; None
        for what the preset says.
    seed : of everything random; the replicates of two seeds have nothing in common.
    kept_epochs : epochs after which the weights are kept too: checkpoints ``"epoch 1"`` and so on.

    Raises
    ------
    ValueError
        For an unknown name, a list that is empty or not a list, two of one name, what is no density, a number that is
        not whole or too small, or epochs that are not within the training.
    """
    chosen, images = _chosen(preset, faces, overrides)
    kept = _kept_epochs(kept_epochs, chosen)
    _check_losses(losses)
    check_names("encodings", encodings, codes.ENCODINGS)
    given = _densities(densities)
    if replicates is not None:
        check_count("replicates", replicates, most=MOST_REPLICATES)
    check_count("seed", seed, least=0)

    def count(loss: str | Loss, density: str) -> int:
        if replicates is not None:
            return replicates
        tested = loss == "linear" and density == "uniform" and chosen.name in ("quick", "paper")
        return max(chosen.replicates, FLATNESS_REPLICATES) if tested else chosen.replicates

    conditions = tuple(
        Condition(
            encoding, _name(loss), name, as_density(density, codes.domain(encoding)), replicate, seed, kept_epochs=kept,
            own_loss=_own(loss),
        )
        for encoding, (name, density), loss in itertools.product(encodings, given.items(), losses)
        for replicate in range(count(loss, name))
    )  # fmt: skip
    return Sweep(chosen, images, conditions, store or Store())


def binned(
    preset: str | Preset = "quick",
    *,
    bins: Sequence[int] = (4, 6),
    densities: int = 8,
    loss: str | Loss = "linear",
    seed: int = 0,
    faces: str | Path | Faces | None = None,
    store: Store | None = None,
    **overrides: object,
) -> Sweep:
    """One network for each of several piecewise constant densities, in the linear encoding.

    Every density has equal bins of [−π/2, π/2], their probabilities drawn from a flat Dirichlet distribution. The k-th
    density of b bins is called ``"{b} bins, {k}"``; its network is the k-th replicate.

    Parameters
    ----------
    preset, seed, faces, store, overrides : see :func:`loss_sweep`.
    bins : numbers of bins, each at least 2.
    densities : of each number of bins.
    loss : a name, or a loss of your own; see :mod:`fisherkit.codes`.

    Raises
    ------
    ValueError
        For a number that is not whole or too small, no number of bins, or an unknown loss.
    """
    chosen, images = _chosen(preset, faces, overrides)
    if isinstance(bins, str) or not isinstance(bins, Sequence) or not bins:
        raise ValueError(f"bins must be a list of numbers of bins, such as [4, 6]; got {bins!r}")
    for number in bins:
        check_count("bins", number, least=2, most=1000)
    check_count("densities", densities, most=MOST_REPLICATES)
    check_count("seed", seed, least=0)
    order_of(loss)
    conditions = tuple(
        Condition(
            "linear", _name(loss), f"{number} bins, {k}", dirichlet_binned(number, seed=(seed, number, k)), k, seed,
            own_loss=_own(loss),
        )
        for number in bins
        for k in range(densities)
    )  # fmt: skip
    return Sweep(chosen, images, conditions, store or Store())


#: Pairs of face and angle that a channel is trained on, and for how many epochs: of smaller presets, and of the others.
CHANNEL_PAIRS = {"smoke": (2048, 6), "quick": (65_536, 8)}
MOST_CHANNEL_PAIRS = 65_536, 60

#: People of the sketch population that a channel sees.
FEW_CHANNEL_PEOPLE = {"smoke": 40}
MOST_CHANNEL_PEOPLE = 400

#: Of smaller presets channels have these losses and so many replicates; of the others all six, and four.
FEW_CHANNELS = ("log", "linear", "quart"), 2
MANY_CHANNELS = codes.LOSSES, 4


def channel_sweep(
    preset: str | Preset = "quick",
    *,
    losses: Sequence[str | Loss] | None = None,
    densities: Sequence[Given] | Mapping[str, Given] = ("sech",),
    channels_by_name: Mapping[str, Channel] | None = None,
    stimulus: str = "faces",
    people: int | None = None,
    replicates: int | None = None,
    seed: int = 0,
    faces: str | Path | Faces | None = None,
    store: Store | None = None,
    **overrides: object,
) -> Sweep:
    """Networks with a noisy code of one number and a trained read-out: see :mod:`fisherkit.channel`.

    They look at a sketch population, large so as not to be learnt by heart, at 32 pixels (``smoke``: 16) whatever the
    preset. Of a preset with fields replaced, ``"quick(epochs=30)"``, they have those fields.

    Parameters
    ----------
    preset, replicates, seed, faces, store, overrides : see :func:`loss_sweep`; without ``faces``, sketch faces.
    losses, densities : see :func:`loss_sweep`; each combination is trained. Own losses are powers, and a function is
        taken as a density over the range of a penalty. Without ``losses``, all six; three at ``smoke``, ``quick``.
    channels_by_name : channels, by names that become part of the density's; None for the book's own alone.
    stimulus : ``"faces"``, or ``"angle"`` for a control that reads θ itself.
    people : of the sketch population; None: 400, at ``smoke`` 40.

    Raises
    ------
    ValueError
        As :func:`loss_sweep`.
    """
    named_preset = make_preset(preset)
    check_choice("stimulus", stimulus, STIMULI)
    samples, epochs = CHANNEL_PAIRS.get(named_preset.name, MOST_CHANNEL_PAIRS)
    recipe = {
        "pixels": min(32, named_preset.pixels), "samples": samples, "epochs": epochs, "batch": 64, "clip": 5.0,
        "schedule": "one-cycle", "learning_rate": 5e-3, "patience": None, "group_width": 8,
        **named_preset.departures, "read_out": channels.READ_OUT, "stimulus": stimulus, **overrides,
    }  # fmt: skip
    if people is None:
        people = FEW_CHANNEL_PEOPLE.get(named_preset.name, MOST_CHANNEL_PEOPLE)
    images = sketch_population(people, pixels=recipe["pixels"]) if faces is None else faces
    chosen, images = _chosen(preset, images, recipe)
    some_losses, some_replicates = FEW_CHANNELS if named_preset.name in CHANNEL_PAIRS else MANY_CHANNELS
    losses = some_losses if losses is None else losses
    _check_losses(losses)
    given = {name: as_density(one, "linear", reach=PENALISED.support) for name, one in _densities(densities).items()}
    count = some_replicates if replicates is None else replicates
    check_count("replicates", count, most=MOST_REPLICATES)
    check_count("seed", seed, least=0)
    named_channels = {"": Channel()} if channels_by_name is None else channels_by_name
    if not isinstance(named_channels, Mapping) or not named_channels:
        raise ValueError(f"channels_by_name must be a dictionary with at least one channel; got {channels_by_name!r}")
    if wrong := [one for one in named_channels.values() if not isinstance(one, Channel)]:
        raise ValueError(f"channels_by_name must hold channels, such as Channel(noise=0.1); got {wrong[0]!r}")
    conditions = tuple(
        Condition(
            "linear", _name(loss), f"{density}, {name}" if name else density, p, replicate, seed, channel=channel,
            own_loss=_own(loss),
        )
        for (density, p), (name, channel), loss in itertools.product(given.items(), named_channels.items(), losses)
        for replicate in range(count)
    )  # fmt: skip
    return Sweep(chosen, images, conditions, store or Store())


#: Constraints of finetuning, as fields of :class:`fisherkit.conditions.Tuning`. An optimiser is kept from the last
#: epoch of the first training, whichever that is.
CONSTRAINTS = {
    "none": {},
    "frozen": {"frozen_layers": 1},
    "low-data": {"data_fraction": 0.25},
    "optimiser kept": {"continued_from": None},
}


def finetuning(
    preset: str | Preset = "quick",
    *,
    constraints: Sequence[str] = ("frozen", "low-data"),
    loss: str | Loss = "linear",
    encodings: Sequence[str] = ("linear", "circular"),
    replicates: int | None = None,
    seed: int = 0,
    faces: str | Path | Faces | None = None,
    kept_epochs: Sequence[int] = (),
    store: Store | None = None,
    **overrides: object,
) -> Sweep:
    """Networks trained on one density and tuned on the other, in both directions, and those trained on one alone.

    Parameters
    ----------
    preset, replicates, seed, faces, store, overrides : see :func:`loss_sweep`.
    kept_epochs : of tuning; see :func:`loss_sweep`.
    constraints : under which they are tuned: ``"frozen"`` keeps the first layer, ``"low-data"`` shows a quarter of the
        samples in as many steps, ``"none"`` does neither, ``"optimiser kept"`` goes on from the end of the first
        training with the moments that Adam had there. Networks of one replicate see the same samples.
    loss, encodings : see :func:`loss_sweep`.

    Raises
    ------
    ValueError
        As :func:`loss_sweep`, and for an unknown constraint.
    """
    check_names("constraints", constraints, tuple(CONSTRAINTS))
    order_of(loss)
    alone = loss_sweep(
        preset,
        losses=[loss],
        encodings=encodings,
        replicates=replicates,
        seed=seed,
        faces=faces,
        store=store,
        **overrides,
    )
    kept = _kept_epochs(kept_epochs, alone.preset)
    # The uniform density with the linear loss has more replicates than the other; a tuned network needs its parent.
    paired = {(c.encoding, c.replicate) for c in alone.conditions if c.density_name == "concentrated"}
    tuned = []
    for condition, constraint in itertools.product(alone.conditions, constraints):
        before = next(name for name in ("uniform", "concentrated") if name != condition.density_name)
        details = dict(CONSTRAINTS[constraint])
        if "continued_from" in details:
            details["continued_from"] = alone.preset.epochs
        tuning = Tuning(before, named(before, codes.domain(condition.encoding)), **details)
        if (condition.encoding, condition.replicate) in paired:
            tuned.append(replace(condition, tuning=tuning, kept_epochs=kept))
    return replace(alone, conditions=(*alone.conditions, *tuned))


def _chosen(
    preset: str | Preset, faces: str | Path | Faces | None, overrides: dict[str, object]
) -> tuple[Preset, Faces]:
    """The preset with its overrides, and the faces."""
    if not isinstance(faces, (Faces, str, Path)) and faces is not None:
        raise ValueError(f"faces must be a source such as 'sketch', a path, or Faces; got {faces!r}")
    if isinstance(faces, Faces):
        return make_preset(preset, **overrides), faces
    if faces is not None:
        overrides = {**overrides, "faces": str(faces)}
    chosen = make_preset(preset, **overrides)
    own = own_place(chosen.faces)
    return chosen, _faces(chosen.faces, chosen.pixels, chosen.split, content_digest(own) if own else "")


def _name(loss: str | Loss) -> str:
    return loss.name if isinstance(loss, Loss) else loss


def _own(loss: str | Loss) -> Loss | None:
    return loss if isinstance(loss, Loss) else None


def _check_losses(losses) -> None:
    """Raise a ValueError where it is not a list of losses, each of another name."""
    if isinstance(losses, Sequence) and any(isinstance(loss, Loss) for loss in losses):
        names = [_name(loss) for loss in losses]
        check_names("losses", names, (*codes.LOSSES, *(loss.name for loss in losses if isinstance(loss, Loss))))
    else:
        check_names("losses", losses, codes.LOSSES)


def _densities(densities) -> dict[str, Given]:
    """Densities by name, checked."""
    if isinstance(densities, Sequence) and all(isinstance(one, str) for one in densities):
        check_names("densities", densities, tuple(NAMED["linear"]))
    return by_name(densities)


def _kept_epochs(epochs: Sequence[int], preset: Preset) -> tuple[int, ...]:
    if isinstance(epochs, str) or not isinstance(epochs, Iterable):
        raise ValueError(f"kept_epochs must be a list of epochs, such as [1, 2]; got {epochs!r}")
    for epoch in epochs:
        check_count("kept_epochs", epoch)
        if epoch > preset.epochs:
            raise ValueError(f"kept_epochs must be within the {preset.epochs} epochs of the preset; got {epoch}")
    return tuple(sorted(set(epochs)))


@lru_cache(maxsize=4)
def _faces(source: str, pixels: int, split: str, content: str) -> Faces:
    """Loaded once, and again where their files have another content."""
    return load_faces(source, pixels=pixels, split=split)


def _note_use(key: str, weights_digest: str) -> None:
    if path := os.environ.get(USED_MODELS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{key} {weights_digest}\n")


def stored_models(store: Store) -> tuple[pd.DataFrame, list[str]]:
    """What the store holds, one row a network, and what is wrong with the records of those that are damaged."""
    rows, damaged = [], []
    for key in store:
        try:
            record = store.record(key)
        except DamagedModelError as error:
            damaged.append(str(error))
            continue
        condition, names = record["condition"], record["condition_names"]
        rows.append(
            {
                "key": key[:12],
                "encoding": condition["encoding"],
                "loss": names.get("loss", condition["loss"]),
                "density": names["density"],
                **{name: condition[name] for name in ("replicate", "seed")},
                "preset": names["preset"],
                "faces": record["faces_source"],
                "pixels": record["recipe"]["pixels"],
                "epochs": record["metrics"]["epochs"],
                "validation_loss": record["metrics"]["best_validation_loss"],
                "MB": store.size(key) / 1e6,
            }
        )
    table = pd.DataFrame(rows)
    order = ["preset", "faces", "encoding", "density", "loss", "replicate"]
    return (table.sort_values(order) if rows else table), damaged
