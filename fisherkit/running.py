"""Running a training: groups of the networks that a store lacks, side by side on the cores, with their progress.

Must not know what networks are for, nor how one is trained.
"""

import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
from IPython import get_ipython
from tqdm import tqdm

from fisherkit.architecture import PLACES
from fisherkit.channel import STRATA
from fisherkit.conditions import Condition, optimiser_age
from fisherkit.experiments import Sweep, checkpoint_of
from fisherkit.processes import side_by_side
from fisherkit.store import digest

log: logging.Logger = logging.getLogger("fisherkit")

#: Set to 0 to hide progress bars where nobody can see them move.
PROGRESS = "FISHERKIT_PROGRESS"

#: Seconds from one line to the next that says how far training is, where no bar is seen.
TELL_EVERY = 30.0

#: A group of networks to be trained together, and a sweep that they belong to.
Task = tuple[Sweep, tuple[Condition, ...]]


def plan_training(sweeps: Iterable[Sweep]) -> list[Task]:
    """The groups in which several sweeps' missing networks are trained: half-trained ones first, then full ones."""
    tasks: list[Task] = []
    alike: dict[tuple, list[Sweep]] = {}
    for sweep in sweeps:
        alike.setdefault((digest(sweep.preset.recipe), sweep.faces.digest, sweep.store.root), []).append(sweep)
    for same in alike.values():
        first = same[0]
        known = {first.key(condition): condition for sweep in same for condition in sweep.conditions}
        missing = {key: condition for key, condition in known.items() if not first.store.verify_or_set_aside(key)}
        if not missing:
            continue
        for snapshot in first.store.snapshots():
            if all(key in first.store for key in snapshot.members):
                snapshot.remove()  # left by whoever was stopped between storing the networks and forgetting how
            # A group goes on as it was stopped, also where some of its networks have been stored since.
            elif set(snapshot.members) <= set(known) and set(snapshot.members) & set(missing):
                tasks.append((first, tuple(known[key] for key in snapshot.members)))
                for key in snapshot.members:
                    missing.pop(key, None)
        # Networks that share their samples stand side by side, so that a group holds few copies of them.
        order = sorted(missing.values(), key=lambda c: (c.seed, c.density_name, c.replicate, c.encoding, c.loss))
        width = first.preset.group_width
        for age in sorted({optimiser_age(condition) for condition in order}):
            of_age = [condition for condition in order if optimiser_age(condition) == age]
            tasks += [(first, tuple(of_age[start : start + width])) for start in range(0, len(of_age), width)]
    return tasks


def train_sweeps(sweeps: Iterable[Sweep]) -> int:
    """Train what the store lacks of several sweeps, in groups side by side on the cores; how many networks.

    Networks that others are tuned from come first, whether or not a sweep has them.

    Raises
    ------
    FloatingPointError
        Where networks diverged, when all others are trained and stored; the message names each, and the step.
    """
    asked = list(sweeps)
    tuned = [replace(s, conditions=tuple(c for c in s.conditions if c.tuning is not None)) for s in asked]
    parents = [replace(s, conditions=tuple(c.parent for c in s.check_stored())) for s in tuned]
    alone = [replace(s, conditions=tuple(c for c in s.conditions if c.tuning is None)) for s in asked]
    return _train_tasks(plan_training([*parents, *alone])) + _train_tasks(plan_training(tuned))


def _train_tasks(tasks: Sequence[Task]) -> int:
    if not tasks:
        return 0
    networks = sum(len(group) for _, group in tasks)
    workers = min(len(tasks), joblib.cpu_count())
    first = tasks[0][0]
    log.info(
        "training %d networks (preset %s, %s faces, %d epochs of %d samples) in groups of up to %d, %d at a time",
        networks, first.preset, first.faces.source, first.preset.epochs, first.preset.samples,
        first.preset.group_width, workers,
    )  # fmt: skip
    started = time.monotonic()
    # The longest first: else one core trains it at the end, and the others wait.
    tasks = sorted(tasks, key=_work, reverse=True)
    with (
        _progress([(task[0].preset.epochs, _work(task)) for task in tasks], workers) as reports,
        side_by_side(workers),
    ):
        diverged = joblib.Parallel()(
            joblib.delayed(_train_group)(sweep, group, report)
            for (sweep, group), report in zip(tasks, reports, strict=True)
        )
    if errors := [error for error in diverged if error]:
        raise FloatingPointError("\n".join([*errors, "all other networks are stored"]))
    log.info("trained %d networks in %.0f s", networks, time.monotonic() - started)
    return networks


def _work(task: Task) -> int:
    """How long a group trains, in arbitrary units: products of a weight and what passes through it."""
    sweep, group = task
    architecture = sweep.preset.architecture
    products = [inputs * outputs for inputs, outputs in architecture.layers]
    if architecture.convolutional:
        products[0] *= PLACES**2
    read_out = STRATA * sum(products[architecture.depth :])
    a_sample = sum(products[: architecture.depth]) + read_out
    return len(group) * sweep.preset.epochs * sweep.preset.samples * a_sample


def _train_group(sweep: Sweep, group: Sequence[Condition], report: Path) -> str:
    """Train one group, if nobody else has meanwhile, and store its networks; what went wrong with some of them."""
    # Sorted, for a snapshot to know by its members which network stands where; and so that two processes, which lock
    # in one order, never wait for each other.
    keys = {sweep.key(condition): condition for condition in group}
    keys = dict(sorted(keys.items()))
    store = sweep.store
    # Here, and not above: Lightning takes seconds to import, and most processes train nothing.
    from fisherkit.training import DivergenceError, train_group

    with ExitStack() as locks:
        for key in keys:
            locks.enter_context(store.lock(key))
        if all(key in store for key in keys):
            return ""
        snapshot = store.snapshot(keys)
        pretrained = {
            c.parent: checkpoint_of(store.load(sweep.key(c.parent)), c.tuning.checkpoint)
            for c in group
            if c.tuning is not None
        }
        error = ""
        try:
            trained = train_group(
                list(keys.values()), sweep.faces, sweep.preset, snapshot=snapshot, pretrained=pretrained,
                on_epoch=lambda done: report.write_text(str(done), encoding="utf-8"),
            )  # fmt: skip
        except DivergenceError as diverged:
            trained, error = diverged.trained, str(diverged)
        for (key, condition), network in zip(keys.items(), trained, strict=True):
            if network is None:
                continue
            record = {
                **sweep.identity(condition),
                "condition_names": {
                    "density": _densities_in_words(condition), "loss": condition.loss, "preset": sweep.preset.name,
                },
                "faces_source": sweep.faces.source,
                "metrics": network.metrics,
                "versions": {package: version(package) for package in ("numpy", "torch", "lightning")},
            }  # fmt: skip
            store.save(key, network.weights, record)
        snapshot.remove()
        return error


def _densities_in_words(condition: Condition) -> str:
    """What a network was trained on, for whoever lists the store."""
    if condition.tuning is None:
        return condition.density_name
    return f"{condition.pretrained_on}, then {condition.tuned_on} ({condition.constraint})"


@contextmanager
def _progress(groups: Sequence[tuple[int, float]], workers: int) -> Iterator[list[Path]]:
    """A bar over the work of all groups, with the time left; where nobody sees it move, a line every half minute.

    Groups, in processes of their own, report their epochs through files.

    Parameters
    ----------
    groups : epochs of each group, and how much work it is.
    workers : groups that are trained at a time.
    """
    of_an_epoch = np.array([work / epochs for epochs, work in groups]) / sum(work for _, work in groups)
    with tempfile.TemporaryDirectory(prefix="fisherkit-") as folder:
        reports = [Path(folder) / str(number) for number in range(len(groups))]
        visible = os.environ.get(PROGRESS) != "0" and (sys.stderr.isatty() or get_ipython() is not None)
        done = threading.Event()

        def watch(bar: tqdm) -> None:
            begun: tuple[float, float] | None = None  # when all workers were under way, and how far they were
            told = 0.0  # when it was last said how far training is
            while not done.wait(0.5):
                epochs = np.array([_number(report) for report in reports])
                so_far, now = float(epochs @ of_an_epoch), time.monotonic()
                bar.update(100 * so_far - bar.n)
                if begun is None and np.count_nonzero(epochs) >= workers:
                    begun, told = (now, so_far), now
                elif begun is not None and not visible and now - told > TELL_EVERY and so_far > begun[1]:
                    log.info("training: %.0f %% done, about %s to go", 100 * so_far, _time_left(begun, (now, so_far)))
                    told = now

        form = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
        with tqdm(total=100, desc="training", bar_format=form, disable=not visible) as bar:
            watcher = threading.Thread(target=watch, args=(bar,), daemon=True)
            watcher.start()
            try:
                yield reports
            finally:
                done.set()
                watcher.join()
            bar.update(bar.total - bar.n)


def _time_left(begun: tuple[float, float], now: tuple[float, float]) -> timedelta:
    """Time until all is done, at the pace from one (time in s, share that is done) to another."""
    return timedelta(seconds=round((1 - now[1]) * (now[0] - begun[0]) / (now[1] - begun[1])))


def _number(report: Path) -> int:
    try:
        return int(report.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not begun, or being written just now
        return 0
