import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import time
import joblib
from fisherkit import processes

class SlowToSend:  # longer on its way than a process waits for it
    def __reduce__(self):
        time.sleep(2.0)
        return int, ("7",)

def received(number):
    return number

processes.IDLE = 0.5
with processes.side_by_side(2):
    print(joblib.Parallel()(joblib.delayed(received)(SlowToSend()) for _ in range(3)))
"""


def test_a_process_that_ends_before_its_work_comes_is_replaced_also_where_warnings_are_errors():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "[7, 7, 7]\n", done.stderr


@pytest.mark.parametrize(("parent", "status"), [("os.getppid()", 0), ("gone.pid", 1)])
def test_a_process_ends_with_the_one_that_asked_for_its_work(parent, status):
    """Also where that one was gone before the process had begun."""
    code = f"""
import os, subprocess, sys, time
from fisherkit import processes

gone = subprocess.Popen(["true"])
gone.wait()
processes.end_with({parent})
time.sleep(2.5)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == status


def test_a_worker_that_never_had_work_ends_with_its_caller(tmp_path):
    """The caller ends at once, however it is stopped, when its workers have begun and wait."""
    code = f"""
import os, time, joblib
from pathlib import Path
from fisherkit import processes

def begun(place):
    (Path({str(tmp_path)!r}) / str(os.getpid())).touch()
    time.sleep(1)

with processes.side_by_side(2):
    joblib.Parallel()(joblib.delayed(begun)(place) for place in range(2))
    os._exit(3)  # both wait for more
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 3
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert workers
    end = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < end
        time.sleep(0.2)
