"""What the README prints works as printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def run(tmp_path):
    """Run Python code outside the checkout, as in a project of one's own; what it printed."""

    def run(code):
        environment = {**os.environ, "FISHERKIT_STORE": str(tmp_path / "store"), "MPLBACKEND": "agg"}
        argv = [sys.executable, "-W", "error", "-c", code]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_figure_of_losses_is_drawn(run, tmp_path):
    (code,) = (one for one in PYTHON if "savefig" in one)
    run(code.replace('"quick"', '"smoke"'))  # which takes seconds
    assert (tmp_path / "losses.png").stat().st_size > 10_000


def test_the_interval_of_the_arrays_holds_their_exponent(run):
    (code,) = (one for one in PYTHON if "code_of" in one)
    _, low, high = map(float, re.fullmatch(r"(.*) \[(.*), (.*)\]\n", run(code)).groups())
    assert low < 2 < high
    assert high - low < 0.5


def test_every_target_that_is_named_is_one_of_the_makefile():
    named = set(re.findall(r"`?make ([a-z]+)", README))
    assert named >= {"book", "test", "read", "lab"}
    assert named <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
