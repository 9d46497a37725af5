"""Sweeps: which networks a page needs. Trains what the store lacks, loads the rest; must not know what they are for."""

import itertools
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import joblib
import lightning
import numpy as np
import torch
from IPython import get_ipython
from tqdm import tqdm

from fisherkit import codes
from fisherkit.densities import NAMED, named
from fisherkit.faces import Faces, load_faces
from fisherkit.model import Ensemble, StackedNetwork
from fisherkit.presets import Preset
from fisherkit.presets import preset as make_preset
from fisherkit.store import DamagedModelError, Store, digest
from fisherkit.training import CHECKPOINTS, FORMAT_VERSION, Condition, train_group

log = logging.getLogger("fisherkit")

#: Replicates of the condition whose curve the sign-flip test of flatness is about: 2^(1−8) is its smallest p.
FLATNESS_REPLICATES = 8

#: A file to which the keys and digests of all loaded networks are appended: how a page's inputs become known.
USED_MODELS = "FISHERKIT_USED_MODELS"

#: Set to 0 to hide progress bars where nobody can see them move.
PROGRESS = "FISHERKIT_PROGRESS"


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
        return digest(self._identity(condition))

    def _identity(self, condition: Condition) -> dict:
        return {
            "condition": condition.spec,
            "recipe": self.preset.recipe,
            "faces": self.faces.digest,
            "format": FORMAT_VERSION,
        }

    def missing(self) -> tuple[Condition, ...]:
        """The conditions whose networks the store lacks."""
        return tuple(condition for condition in self.conditions if self.key(condition) not in self.store)

    def select(self, **selection) -> tuple[Condition, ...]:
        """The conditions that match ``encoding``, ``loss``, ``density``, ``replicate``: each a value or a list of them.

        Raises
        ------
        ValueError
            For a name that conditions do not have.
        LookupError
            Where none matches; the message says what there is.
        """
        attributes = {"encoding": "encoding", "loss": "loss", "density": "density_name", "replicate": "replicate"}
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
        """Train the networks that the store lacks, a full group at a time, groups side by side on the cores."""
        train_sweeps([self])

    def ensemble(self, best: str = "train", **selection) -> Ensemble:
        """The selected networks (see :meth:`select`) as one encoder; those that are missing are trained first.

        Parameters
        ----------
        best
            Which checkpoint: ``"train"`` (lowest mean training loss of an epoch) or ``"validation"``.
        """
        if best not in CHECKPOINTS:
            raise ValueError(f"best must be one of {', '.join(CHECKPOINTS)}; got {best!r}")
        chosen = self.select(**selection)
        stored = [self._load(condition) for condition in chosen]
        prefix = f"{best}."
        weights = [
            {name.removeprefix(prefix): tensor for name, tensor in model.weights.items() if name.startswith(prefix)}
            for model in stored
        ]
        return Ensemble(StackedNetwork(self.preset.pixels, weights), chosen, self.preset.interpolation)

    def _load(self, condition: Condition):
        key = self.key(condition)
        if key not in self.store:
            self.train()
        try:
            model = self.store.load(key)
        except DamagedModelError as error:
            place = self.store.set_aside(key)
            log.warning("%s; moved to %s and trained again", error, place)
            self.train()
            model = self.store.load(key)
        _note_use(key, model.digest)
        return model


def loss_sweep(
    preset: str | Preset = "quick",
    *,
    losses: Sequence[str] = codes.LOSSES,
    encodings: Sequence[str] = ("linear", "circular"),
    densities: Sequence[str] = ("uniform", "concentrated"),
    replicates: int | None = None,
    seed: int = 0,
    faces: str | None = None,
    store: Store | None = None,
    **overrides,
) -> Sweep:
    """Networks for every combination of loss, encoding and density.

    Parameters
    ----------
    preset : a preset or its name; ``overrides`` replace fields of it (``pixels=64``).
    losses, encodings, densities : names; see :mod:`fisherkit.codes` and :data:`fisherkit.densities.NAMED`.
    replicates : networks a condition; by default the preset's, and at least 8 of the uniform density with the linear
        loss, whose flatness is tested (not in the presets ``smoke`` and ``original``).
    faces : where photographs come from; None for what the preset says.
    seed : of everything random; the replicates of two seeds have nothing in common.

    Raises
    ------
    ValueError
        For an unknown name, or a list that is empty or not a list.
    """
    chosen = make_preset(preset, **overrides, **({} if faces is None else {"faces": faces}))
    for what, names, known in (
        ("losses", losses, codes.LOSSES),
        ("encodings", encodings, codes.ENCODINGS),
        ("densities", densities, tuple(NAMED["linear"])),
    ):
        _check_names(what, names, known)
    if replicates is not None and (not isinstance(replicates, int) or replicates < 1):
        raise ValueError(f"replicates must be a whole number of at least 1; got {replicates!r}")

    def count(loss: str, density: str) -> int:
        if replicates is not None:
            return replicates
        tested = loss == "linear" and density == "uniform" and chosen.name in ("quick", "paper")
        return max(chosen.replicates, FLATNESS_REPLICATES) if tested else chosen.replicates

    conditions = tuple(
        Condition(encoding, loss, density, named(density, codes.domain(encoding)), replicate, seed)
        for encoding, density, loss in itertools.product(encodings, densities, losses)
        for replicate in range(count(loss, density))
    )
    return Sweep(chosen, _faces(chosen.faces, chosen.pixels, chosen.split), conditions, store or Store())


def train_sweeps(sweeps: Iterable[Sweep]) -> None:
    """Train what the store lacks of several sweeps, their conditions side by side in full groups."""
    pending: dict[tuple, list[Sweep]] = {}
    tasks: list[tuple[Sweep, tuple[Condition, ...]]] = []
    for sweep in sweeps:
        pending.setdefault((digest(sweep.preset.recipe), sweep.faces.digest, sweep.store.root), []).append(sweep)
    for alike in pending.values():
        first = alike[0]
        missing = {first.key(condition): condition for sweep in alike for condition in sweep.missing()}
        # Networks that share their samples stand side by side, so that a group holds few copies of them.
        order = sorted(missing.values(), key=lambda c: (c.seed, c.density_name, c.replicate, c.encoding, c.loss))
        width = first.preset.group_width
        tasks += [(first, tuple(order[start : start + width])) for start in range(0, len(order), width)]
    if not tasks:
        return
    networks = sum(len(group) for _, group in tasks)
    workers = min(len(tasks), joblib.cpu_count())
    first = tasks[0][0]
    log.info(
        "training %d networks (preset %s, %s faces) in %d groups, %d at a time",
        networks, first.preset.name, first.faces.source, len(tasks), workers,
    )  # fmt: skip
    started = time.monotonic()
    with (
        _progress([sweep.preset.epochs for sweep, _ in tasks]) as reports,
        joblib.parallel_config("loky", n_jobs=workers, inner_max_num_threads=1, idle_worker_timeout=5),
    ):
        joblib.Parallel()(
            joblib.delayed(_train_group)(sweep, group, report)
            for (sweep, group), report in zip(tasks, reports, strict=True)
        )
    log.info("trained %d networks in %.0f s", networks, time.monotonic() - started)


def _train_group(sweep: Sweep, group: Sequence[Condition], report: Path) -> None:
    """Train one group, if nobody else has meanwhile, and store its networks."""
    keys = {sweep.key(condition): condition for condition in group}
    store = sweep.store
    with ExitStack() as locks:
        # In one order everywhere, so that two processes never wait for each other.
        for key in sorted(keys):
            locks.enter_context(store.lock(key))
        missing = [condition for key, condition in keys.items() if key not in store]
        if not missing:
            return
        name = digest(sorted(sweep.key(condition) for condition in missing))
        snapshot = store.snapshot(name)
        trained = train_group(
            missing, sweep.faces, sweep.preset, snapshot=snapshot, on_epoch=lambda done: report.write_text(str(done))
        )
        for condition, network in zip(missing, trained, strict=True):
            record = {
                **sweep._identity(condition),
                "condition_names": {"density": condition.density_name, "preset": sweep.preset.name},
                "faces_source": sweep.faces.source,
                "metrics": network.metrics,
                "versions": {package.__name__: package.__version__ for package in (np, torch, lightning)},
            }
            store.save(sweep.key(condition), network.weights, record)
        snapshot.unlink(missing_ok=True)


@contextmanager
def _progress(epochs: Sequence[int]) -> Iterator[list[Path]]:
    """A bar over all groups' epochs, with the time left. Groups, in processes of their own, report through files."""
    with tempfile.TemporaryDirectory(prefix="fisherkit-") as folder:
        reports = [Path(folder) / str(number) for number in range(len(epochs))]
        visible = os.environ.get(PROGRESS) != "0" and (sys.stderr.isatty() or get_ipython() is not None)
        done = threading.Event()

        def watch(bar: tqdm) -> None:
            while not done.wait(0.5):
                bar.update(sum(_number(report) for report in reports) - bar.n)

        with tqdm(total=sum(epochs), desc="training", unit="epoch", disable=not visible) as bar:
            watcher = threading.Thread(target=watch, args=(bar,), daemon=True)
            watcher.start()
            try:
                yield reports
            finally:
                done.set()
                watcher.join()
            bar.update(bar.total - bar.n)


def _number(report: Path) -> int:
    try:
        return int(report.read_text())
    except (FileNotFoundError, ValueError):  # not begun, or being written just now
        return 0


@lru_cache(maxsize=4)
def _faces(source: str, pixels: int, split: str) -> Faces:
    return load_faces(source, pixels=pixels, split=split)


def _note_use(key: str, weights_digest: str) -> None:
    if path := os.environ.get(USED_MODELS):
        with Path(path).open("a") as file:
            file.write(f"{key} {weights_digest}\n")


def _check_names(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise ValueError(f"{what} must be a list with at least one of {', '.join(known)}; got {names!r}")
    for name in names:
        if name not in known:
            raise ValueError(f"{what} must be among {', '.join(known)}; got {name!r}")
