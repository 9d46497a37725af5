"""Commands killed at random moments, and two at once: what the next one finds, and leaves."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

from fisherkit.store import Store
from tests.hurried import HURRIED
from tests.small_book import whole_book

pytestmark = pytest.mark.long

#: Of each campaign.
KILLS = 50

TRAINING = (
    HURRIED
    + """
train_sweeps([
    experiments.loss_sweep(
        "smoke", epochs=100, encodings=["linear"], losses=["linear", "log", "sqrt", "quart"], faces="sketch",
        store=Hurried(),
    )
], Processes())
"""
)

BUILDING = """
import sys
from pathlib import Path
from fisherkit import book
from fisherkit.project import Project
book.build("smoke", "sketch", project=Project(Path(sys.argv[1])))
"""


def start(script: str, folder: Path, **options) -> subprocess.Popen:
    """A command in a session of its own, with its store in a folder."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], env={**os.environ, "FISHERKIT_STORE": str(folder / ".store")},
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def finish(process: subprocess.Popen) -> str:
    """What a command says when it comes to its end."""
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return errors


def processes_of(folder: Path) -> list[str]:
    """What still runs for a command with its store in a folder: workers, kernels, Jupyter Book (Linux)."""
    wanted = f"FISHERKIT_STORE={folder / '.store'}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (path / "environ").read_bytes().split(b"\0"):
                found.append((path / "cmdline").read_text().replace("\0", " ")[:200])
        except OSError:
            continue
    return found


def networks_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Each stored network's digest, every byte checked, and when its file was made."""
    store = Store(folder / ".store")
    weights = {key: store.root / "models" / key / "weights.safetensors" for key in store}
    return {key: (store.load(key).digest, path.stat().st_mtime_ns) for key, path in weights.items()}


def killed_again_and_again(
    script: str, folder: Path, make: Callable[[Path], None], look: Callable[[Path], dict[str, str]]
) -> tuple[int, int]:
    """Kill a command at random moments until it was killed often enough.

    How often it came to its end meanwhile, and how often it left a training in the middle, with a snapshot.

    ``make`` prepares a folder for it, ``look`` tells what it made there.
    """
    alone = folder / "alone"
    make(alone)
    began = time.monotonic()
    finish(start(script, alone))
    takes, expected = time.monotonic() - began, look(alone)
    rng = np.random.default_rng(0)
    kills = rounds = halves = 0
    while True:
        place = folder / f"round-{rounds}"
        make(place)
        known: dict = {}
        while True:
            process = start(script, place)
            last = kills >= KILLS
            try:
                _, errors = process.communicate(timeout=None if last else rng.uniform(0, takes))
                assert process.returncode == 0, errors
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += 1
            end = time.monotonic() + 30
            while left := processes_of(place):
                assert time.monotonic() < end, f"these outlive the command that was killed: {left}"
                time.sleep(0.2)
            halves += bool(Store(place / ".store").snapshots())
            now = networks_of(place)
            assert known.items() <= now.items()  # none is lost, none trained again
            known = now
        assert known.items() <= networks_of(place).items()
        assert look(place) == expected
        assert not [path for path in place.rglob("*") if path.name.endswith((".partial", ".scratch", ".holder"))]
        assert not list((place / ".store" / "training").glob("*"))
        shutil.rmtree(place)
        rounds += 1
        if kills >= KILLS:
            return rounds, halves


def test_a_training_that_is_killed_at_any_moment_goes_on_to_the_same_bits(tmp_path):
    def look(folder: Path) -> dict[str, str]:
        return {key: digest for key, (digest, _) in networks_of(folder).items()}

    rounds, halves = killed_again_and_again(TRAINING, tmp_path, Path.mkdir, look)
    assert rounds >= 2
    assert halves > KILLS / 5  # else it goes on from whole groups alone


def test_a_build_that_is_killed_at_any_moment_goes_on_to_the_same_book(tmp_path):
    def look(folder: Path) -> dict[str, str]:
        notebooks = {path.name: path.read_bytes() for path in (folder / "_runs" / "smoke-sketch").glob("[!.]*.ipynb")}
        pages = {
            path.name: str(BeautifulSoup(path.read_text(), "html.parser").find("article")).encode()
            for path in (folder / "_build" / "html").glob("*.html")
        }
        assert {"flat.html", "flat_other.html", "intro.html"} <= set(pages)
        return {name: hashlib.sha256(content).hexdigest() for name, content in (notebooks | pages).items()}

    rounds, _ = killed_again_and_again(BUILDING, tmp_path, whole_book, look)
    assert rounds >= 2


@pytest.mark.parametrize(
    ("script", "make"), [(TRAINING, Path.mkdir), (BUILDING, whole_book)], ids=["training", "building"]
)
def test_two_at_once_make_what_one_makes(script, make, tmp_path):
    for name in ("alone", "shared"):
        make(tmp_path / name)
    finish(start(script, tmp_path / "alone"))
    pair = [start(script, tmp_path / "shared") for _ in range(2)]
    told = [finish(process) for process in pair]
    assert {key: of for key, (of, _) in networks_of(tmp_path / "alone").items()} == {
        key: of for key, (of, _) in networks_of(tmp_path / "shared").items()
    }
    assert any("waiting for " in said and "which process " in said for said in told), told
