"""A Dask cluster as the place where networks are trained and pages executed. Must not know what a task does.

Tasks are futures: Dask hands them to workers, begins those anew whose worker was lost, and balances. A worker imports
the package of its own environment, and reads and writes the store and the checkout where the client has them: in
folders that all machines share.
"""

import ctypes
import importlib.util
import logging
import os
import platform
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import dask.config
from distributed import Client, KilledWorker, LocalCluster, as_completed, get_worker
from distributed.comm.core import CommClosedError

from fisherkit.checks import WorkersLostError, check_count
from fisherkit.processes import Tell, Workers, environment
from fisherkit.store import Store, digest, file_digest

log: logging.Logger = logging.getLogger("fisherkit")

logging.getLogger("distributed").setLevel(logging.WARNING)  # else it tells of every connection

#: Seconds in which a scheduler must answer.
PATIENCE = 10.0

# Parameters of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3

#: How often a task is begun anew that ended in an error, such as one of a shared folder.
RETRIES = 2

_Result = TypeVar("_Result")


@contextmanager
def connected(address: str) -> Iterator["Cluster"]:
    """The cluster whose scheduler is at an address, such as ``tcp://10.0.0.1:8786``; its first worker is waited for.

    Raises
    ------
    WorkersLostError
        Where no scheduler answers, or the scheduler or a worker cannot import the package; the message says what to do.
    """
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise WorkersLostError(
            f"no Dask scheduler answers at {address!r} ({error}); `dask scheduler` starts one and says its address, "
            "such as tcp://10.0.0.1:8786, and `dask worker ADDRESS --nthreads 1` a worker of it"
        ) from error
    with client:
        yield _ready(client)


@contextmanager
def local(workers: int) -> Iterator["Cluster"]:
    """A cluster of so many processes of this machine, which ends with this process.

    Raises
    ------
    ValueError
        For less than one.
    """
    check_count("workers", workers)
    # A process imports nothing from the working folder as it starts.
    with environment({"PYTHONSAFEPATH": "1"}), _started_deaf():
        started = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    with started, Client(started, set_as_default=False) as client:
        yield _ready(client)


@contextmanager
def _started_deaf() -> Iterator[None]:
    """Processes that start here are deaf to a terminal's Ctrl-C: the one that started them hears it, and ends them."""
    if threading.current_thread() is not threading.main_thread():  # which alone may set signals
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ready(client: Client) -> "Cluster":
    log.info("dashboard: %s", client.dashboard_link)
    if not client.ncores():
        log.info("waiting for a first worker of %s", client.scheduler.address)
        client.wait_for_workers(1)
    # A function of this module would be imported from it there; this one travels by its code.
    there = lambda: importlib.util.find_spec("fisherkit") is not None  # noqa: E731
    lacking = [] if client.run_on_scheduler(there) else ["the scheduler"]
    lacking += [f"the worker {worker}" for worker, found in client.run(there).items() if not found]
    if lacking:
        raise WorkersLostError(
            f"{' and '.join(lacking)} at {client.scheduler.address} cannot import fisherkit: start scheduler and "
            "workers in an environment like the one here, with the same requirements.lock and the same package"
        )
    return Cluster(client)


@dataclass(frozen=True)
class Cluster(Workers):
    """The workers of a Dask cluster, of one thread each. See :class:`fisherkit.processes.Workers`.

    Attributes
    ----------
    client : connected to the scheduler.
    """

    client: Client

    @property
    def count(self) -> int:
        """The workers that there are now; one where there is none at the moment."""
        return max(1, len(self.client.ncores()))

    @contextmanager
    def reports(self, tasks: int) -> Iterator[tuple[Sequence[Tell], Callable[[], list[int]]]]:
        """Through events of the scheduler. See :class:`fisherkit.processes.Workers`."""
        topic, so_far = f"fisherkit-{uuid4()}", [0] * tasks

        def take(event: tuple[float, dict[str, Any]]) -> None:
            so_far[event[1]["task"]] = event[1]["done"]

        self.client.subscribe_topic(topic, take)
        try:
            yield [_Event(topic, number) for number in range(tasks)], lambda: list(so_far)
        finally:
            self.client.unsubscribe_topic(topic)

    def results(
        self, do: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], folders: Collection[Path]
    ) -> Iterator[tuple[int, _Result]]:
        """Each task's number and what it made, as they are done; a first argument that tasks share is sent once.

        Raises
        ------
        WorkersLostError
            Where workers of a task were killed again and again, or one is not as the client is: it has other versions,
            several threads, or not its folders.
        """
        client, shared = self.client, {id(first): first for first, *_ in tasks}
        try:
            with _expected(folders) as expected:
                # As a task's result, and not scattered: what was scattered is lost with the workers that have it.
                with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
                    sent = {key: client.submit(_itself, first, pure=False) for key, first in shared.items()}
                futures = {
                    client.submit(_on_worker, expected, do, sent[id(first)], *rest, pure=False, retries=RETRIES): number
                    for number, (first, *rest) in enumerate(tasks)
                }
                try:
                    for future, result in as_completed(futures, with_results=True, loop=client.loop):
                        yield futures[future], result
                    # Futures that were cancelled are passed over there.
                    if lost := sum(future.status != "finished" for future in futures):
                        raise CancelledError(f"{lost} of {len(futures)} tasks were cancelled")
                finally:
                    client.cancel(list(futures))  # those that wait; the others come to their end
        except ModuleNotFoundError as error:
            raise WorkersLostError(f"a worker of {client.scheduler.address} cannot import {error.name}") from error
        except (KilledWorker, CancelledError, CommClosedError) as error:
            raise WorkersLostError(
                f"the cluster at {client.scheduler.address} lost what did the work, perhaps for want of memory "
                f"({error}); the same command goes on from here"
            ) from error


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class _Event:
    """Tells the client how far a task is, from within it."""

    topic: str
    number: int

    def __call__(self, done: int) -> None:
        # A dictionary, to which the scheduler adds the worker's address.
        get_worker().log_event(self.topic, {"task": self.number, "done": done})


@dataclass(frozen=True)
class _Expected:
    """What a worker must have for its results to be the client's, and what it is given of the client's environment."""

    versions: Mapping[str, str]
    marks: Sequence[Path]
    variables: Mapping[str, str]


@contextmanager
def _expected(folders: Collection[Path]) -> Iterator[_Expected]:
    """With a file in each folder, by which a worker knows that it is the same one."""
    variables = {"FISHERKIT_STORE": str(Store().root), "PYTHONSAFEPATH": "1"}
    if faces := os.environ.get("SCIKIT_LEARN_DATA"):
        variables["SCIKIT_LEARN_DATA"] = str(Path(faces).expanduser().resolve())
    with ExitStack() as marks:
        paths = []
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            mark = marks.enter_context(tempfile.NamedTemporaryFile(dir=folder, prefix=".of-a-client-"))
            paths.append(Path(mark.name))
        yield _Expected(_versions(), paths, variables)


@cache
def _versions() -> dict[str, str]:
    """What the bits of a network depend on."""
    sources = {path.name: file_digest(path) for path in Path(__file__).parent.glob("*.py")}
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    libraries = {name: version(name) for name in ("numpy", "scipy", "torch", "lightning")}
    return {"fisherkit": f"source {digest(sources)[:8]}", "Python": python, **libraries}


def _on_worker(expected: _Expected, do: Callable[..., _Result], *task: Any) -> _Result:
    """Do a task where it can come out as it would at the client."""
    worker = get_worker()
    where, here = f"the worker {worker.address} on {platform.node()}", _versions()
    if other := {name: wanted for name, wanted in expected.versions.items() if here[name] != wanted}:
        told = ", ".join(f"{name} {here[name]} where the client has {wanted}" for name, wanted in other.items())
        raise WorkersLostError(f"{where} has {told}: start it in an environment like the client's")
    if worker.state.nthreads != 1:
        raise WorkersLostError(
            f"{where} has {worker.state.nthreads} threads: start it with --nthreads 1, and more of them with --nworkers"
        )
    if unseen := [str(mark.parent) for mark in expected.marks if not mark.exists()]:
        raise WorkersLostError(
            f"{where} does not see {' and '.join(unseen)} as the client does: checkout and store (FISHERKIT_STORE) "
            "must be in folders that all machines share; without such, train on each, and bring networks together with "
            "`fisherkit models export` and `import`"
        )
    _keep_freed_memory()
    with environment(expected.variables):
        return do(*task)


@cache
def _keep_freed_memory() -> None:
    """Let this process use again what it freed, as any other does.

    Dask starts workers with ``MALLOC_TRIM_THRESHOLD_=65536``, for pools of data that shrink. With it, glibc takes each
    piece of more than 128 kB anew from the system, and gives it back. Training, whose batches are larger, took 2.3
    times as long.
    """
    with suppress(OSError, AttributeError):  # no glibc: another library does not know that variable
        malloc = ctypes.CDLL(None).mallopt
        malloc(_M_MMAP_THRESHOLD, 32 * 2**20)
        malloc(_M_TRIM_THRESHOLD, 256 * 2**20)
