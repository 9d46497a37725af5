"""Several processes at once: who waits for whom, ends with whom, and inherits what. Must not know what they work on."""

import logging
import os
import platform
import tempfile
import threading
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import joblib
from filelock import FileLock, Timeout
from joblib.externals.loky.process_executor import TerminatedWorkerError

from fisherkit.checks import WorkersLostError

log: logging.Logger = logging.getLogger("fisherkit")

#: Seconds that a lock is waited for without a word.
PATIENCE = 2.0

#: Seconds after which a process that has nothing to do ends, and gives its memory back.
IDLE = 5.0


#: Says, from within a task, how far it is.
Tell = Callable[[int], None]

_Result = TypeVar("_Result")


class Workers(ABC):
    """Where tasks are done, side by side: on this machine's cores (:class:`Processes`), or elsewhere."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many tasks are done at a time."""

    @abstractmethod
    def reports(self, tasks: int) -> AbstractContextManager[tuple[Sequence[Tell], Callable[[], list[int]]]]:
        """For each of so many tasks, what it says with how far it is; and how far all of them are, 0 at first."""

    @abstractmethod
    def results(
        self, do: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], folders: Collection[Path]
    ) -> Iterator[tuple[int, _Result]]:
        """Each task's number and what ``do`` made of its arguments, as they are done.

        Parameters
        ----------
        do : a function of a module, which other processes import.
        tasks : their arguments. The first may be large, and the same for several tasks.
        folders : that tasks read and write, and must find as they are here.

        Raises
        ------
        WorkersLostError
            Where processes that did tasks were killed, so that some are not done.
        """


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold a lock; the system frees it when its holder ends, however that happens.

    Parameters
    ----------
    path : of the lock, a file whose name ends in ``.lock`` and that stays; beside it stands who holds it.
    what : is locked, in words: who has to wait says for what, and for which process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(path), path.with_suffix(".holder")
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        known = holder.read_text(encoding="utf-8") if holder.is_file() else "another process"
        log.warning("waiting for %s, which %s works on (the lock is %s)", what, known, path)
        lock.acquire()
    except NotImplementedError as error:
        raise OSError(
            f"the file system of {path.parent} knows no locks (flock), which keep {what} from being made twice at a "
            "time: put store and checkout elsewhere, or have it mounted with locks"
        ) from error
    try:
        holder.write_text(f"process {os.getpid()} of {platform.node()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@dataclass(frozen=True)
class Processes(Workers):
    """The cores of this machine, a process on each; they end with this one."""

    @property
    def count(self) -> int:
        """The cores that this process may use."""
        return joblib.cpu_count()

    @contextmanager
    def reports(self, tasks: int) -> Iterator[tuple[Sequence[Tell], Callable[[], list[int]]]]:
        """Through files: see :class:`Workers`."""
        with tempfile.TemporaryDirectory(prefix="fisherkit-") as folder:
            paths = [Path(folder) / str(number) for number in range(tasks)]
            yield [_Written(path) for path in paths], lambda: [_number(path) for path in paths]

    def results(
        self, do: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], folders: Collection[Path]
    ) -> Iterator[tuple[int, _Result]]:
        """See :class:`Workers`; the folders of one machine are there for each of its processes."""
        with side_by_side(min(self.count, len(tasks))):
            try:
                yield from joblib.Parallel(return_as="generator_unordered")(
                    joblib.delayed(_numbered)(number, do, task) for number, task in enumerate(tasks)
                )
            except TerminatedWorkerError as error:
                raise WorkersLostError(
                    "a process was killed, perhaps for want of memory; the same command goes on from here"
                ) from error


@dataclass(frozen=True)
class ThisProcess(Processes):
    """No other process: one task after another here."""

    @property
    def count(self) -> int:
        """One."""
        return 1


def _numbered(number: int, do: Callable[..., _Result], task: tuple[Any, ...]) -> tuple[int, _Result]:
    return number, do(*task)


@dataclass(frozen=True)
class _Written:
    path: Path

    def __call__(self, done: int) -> None:
        self.path.write_text(str(done), encoding="utf-8")


def _number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not begun, or being written just now
        return 0


@contextmanager
def side_by_side(workers: int) -> Iterator[None]:
    """Let joblib work in processes of one thread each, ``workers`` of them at a time, that end with this one."""
    with (
        joblib.parallel_config(
            "loky",
            n_jobs=workers,
            inner_max_num_threads=1,
            idle_worker_timeout=IDLE,
            # As each begins, and not with its first task: that may never come.
            initializer=end_with,
            initargs=(os.getpid(),),
        ),  # fmt: skip
        environment({"PYTHONSAFEPATH": "1"}),  # else a process imports what lies in the working folder as it starts
        warnings.catch_warnings(),
    ):
        # loky starts another process in place of one that ended, for want of work or for its memory's sake, and warns
        # of it in the thread that hands out the work. Where warnings are errors, that thread ends, and nobody ever
        # gets a result.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given to the executor")
        yield


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables that processes inherit which are begun meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@lru_cache(maxsize=1)
def end_with(parent: int) -> None:
    """From now on, end this process when the one that started it is gone: nobody is left to take what it makes.

    loky's workers outlive a parent that is killed, and wait for work for ever. ``parent`` is the number of that process
    as it was when it started this one: it may have gone since.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
