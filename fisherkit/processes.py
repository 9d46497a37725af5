"""Several processes at once: who waits for whom, ends with whom, and inherits what. Must not know what they work on."""

import logging
import os
import platform
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import joblib
from filelock import FileLock, Timeout

log: logging.Logger = logging.getLogger("fisherkit")

#: Seconds that a lock is waited for without a word.
PATIENCE = 2.0

#: Seconds after which a process that has nothing to do ends, and gives its memory back.
IDLE = 5.0


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
    try:
        holder.write_text(f"process {os.getpid()} of {platform.node()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


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
