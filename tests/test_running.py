import subprocess
import sys

import pytest

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

pytestmark = pytest.mark.slow
gone = subprocess.Popen(["true"])
gone.wait()
processes.end_with({parent})
time.sleep(2.5)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == status
