"""Running a training: groups of the networks that a store lacks, side by side on the cores, with their progress.

Must not know what networks are for, nor how one is trained.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

import numpy as np
from IPython import get_ipython
from tqdm import tqdm

from fisherkit.architecture import PLACES
from fisherkit.channel import STRATA
from fisherkit.conditions import Condition, optimiser_age
from fisherkit.experiments import Sweep, checkpoint_of
from fisherkit.processes import Processes, Tell, ThisProcess, Workers
from fisherkit.store import digest

log: logging.Logger = logging.getLogger("fisherkit")

#: Set to 0 to hide progress bars where nobody can see them move.
PROGRESS = "FISHERKIT_PROGRESS"

#: Seconds from one line to the next that says how far training is, where no bar is seen.
TELL_EVERY = 30.0

#: Work (:func:`_work`) that this process does sooner than others begin, which would share it: some 6 s of one core.
FEW = 1e10

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


def train_sweeps(sweeps: Iterable[Sweep], workers: Workers | None = None) -> int:
    """Train what the store lacks of several sweeps, in groups side by side; how many networks.

    Networks that others are tuned from come first, whether or not a sweep has them.

    Parameters
    ----------
    workers : that train; by default the cores of this machine, or where that is sooner, this process alone.

    Raises
    ------
    FloatingPointError
        Where networks diverged, when all others are trained and stored; the message names each, and the step.
    WorkersLostError
        Where processes that trained are gone; what they had stored is there.
    """
    asked = list(sweeps)
    tuned = [replace(s, conditions=tuple(c for c in s.conditions if c.tuning is not None)) for s in asked]
    parents = [replace(s, conditions=tuple(c.parent for c in s.check_stored())) for s in tuned]
    alone = [replace(s, conditions=tuple(c for c in s.conditions if c.tuning is None)) for s in asked]
    return sum(_train_tasks(plan_training(of), workers) for of in ([*parents, *alone], tuned))


def _train_tasks(tasks: Sequence[Task], workers: Workers | None) -> int:
    if not tasks:
        return 0
    workers = workers or (ThisProcess() if sum(_work(task) for task in tasks) < FEW else Processes())
    networks = sum(len(group) for _, group in tasks)
    at_a_time = min(len(tasks), workers.count)
    first = tasks[0][0]
    log.info(
        "training %d networks (preset %s, %s faces, %d epochs of %d samples) in groups of up to %d, %d at a time",
        networks, first.preset, first.faces.source, first.preset.epochs, first.preset.samples,
        first.preset.group_width, at_a_time,
    )  # fmt: skip
    started = time.monotonic()
    # The longest first: else one core trains it at the end, and the others wait.
    tasks = sorted(tasks, key=_work, reverse=True)
    with (
        workers.reports(len(tasks)) as (tells, so_far),
        _progress([(task[0].preset.epochs, _work(task)) for task in tasks], at_a_time, so_far),
    ):
        done = workers.results(
            _train_group,
            [(*task, tell) for task, tell in zip(tasks, tells, strict=True)],
            {sweep.store.root for sweep, _ in tasks},
        )
        diverged = [error for _, error in sorted(done)]
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


def _train_group(sweep: Sweep, group: Sequence[Condition], tell: Tell) -> str:
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
                on_epoch=tell,
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
def _progress(groups: Sequence[tuple[int, float]], at_a_time: int, so_far: Callable[[], list[int]]) -> Iterator[None]:
    """A bar over the work of all groups, with the time left; where nobody sees it move, a line every half minute.

    Parameters
    ----------
    groups : epochs of each group, and how much work it is.
    at_a_time : groups that are trained at a time.
    so_far : gives the epochs that each group has done.
    """
    of_an_epoch = np.array([work / epochs for epochs, work in groups]) / sum(work for _, work in groups)
    visible = os.environ.get(PROGRESS) != "0" and (sys.stderr.isatty() or get_ipython() is not None)
    done = threading.Event()

    def watch(bar: tqdm) -> None:
        begun: tuple[float, float] | None = None  # when all workers were under way, and how far they were
        told = 0.0  # when it was last said how far training is
        while not done.wait(0.5):
            epochs = np.array(so_far())
            share, now = float(epochs @ of_an_epoch), time.monotonic()
            bar.update(100 * share - bar.n)
            if begun is None and np.count_nonzero(epochs) >= at_a_time:
                begun, told = (now, share), now
            elif begun is not None and not visible and now - told > TELL_EVERY and share > begun[1]:
                log.info("training: %.0f %% done, about %s to go", 100 * share, _time_left(begun, (now, share)))
                told = now

    form = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
    with tqdm(total=100, desc="training", bar_format=form, disable=not visible) as bar:
        watcher = threading.Thread(target=watch, args=(bar,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
        bar.update(bar.total - bar.n)


def _time_left(begun: tuple[float, float], now: tuple[float, float]) -> timedelta:
    """Time until all is done, at the pace from one (time in s, share that is done) to another."""
    return timedelta(seconds=round((1 - now[1]) * (now[0] - begun[0]) / (now[1] - begun[1])))
