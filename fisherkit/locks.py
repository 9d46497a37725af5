"""Locks between processes, and words for whoever waits for one. Must not know what is locked."""

import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

log: logging.Logger = logging.getLogger("fisherkit")

#: Seconds that a lock is waited for without a word.
PATIENCE = 2.0


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
