"""Training and pages on a Dask cluster: a scheduler and workers of their own, as on machines of their own."""

import json
import os
import re
import signal
import site
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fisherkit import book, cli, cluster, running
from fisherkit.checks import WorkersLostError
from fisherkit.experiments import loss_sweep
from fisherkit.store import Store
from tests.small_book import whole_book
from tests.test_cli import processes_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]

#: Where commands are.
BIN = Path(sys.executable).parent

#: Where libraries are; a package in development is found by a file there that python -S does not read.
SITES = site.getsitepackages()

#: Of a group: some seconds.
EPOCHS = 40


class Machines:
    """A scheduler and workers, each a process of its own, that share this machine's folders."""

    def __init__(self, folder: Path, without: str = "") -> None:
        self.place, self.workers = folder / "scheduler.json", []
        # Neither has the client's variables, but what was installed where it was started.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FISHERKIT")}
        self.environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", without=bool(without))

    def start(self, what: str, *options: str, without: bool = False) -> subprocess.Popen:
        """``without``: in an environment that has all but the package."""
        code = f"import sys; sys.path += {SITES if without else []}; sys.argv[0] = 'dask'; "
        code += f"from distributed.cli.dask_{what} import main; main()"
        return subprocess.Popen(
            [sys.executable, *(["-S", "-P"] if without else []), "-c", code, "--scheduler-file", str(self.place),
             "--no-dashboard", *options],
            env={**self.environment, "PYTHONPATH": ""} if without else self.environment,
            cwd=self.place.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def add(self, *options: str, without: bool = False) -> None:
        options = options or ("--nthreads", "1")
        self.workers.append(self.start("worker", "--no-nanny", *options, without=without))

    @property
    def address(self) -> str:
        until(lambda: self.place.exists() and self.place.stat().st_size)
        return json.loads(self.place.read_text())["address"]

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def until(condition, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def machines(tmp_path):
    there = Machines(tmp_path)
    yield there
    there.stop()


def sweep_of(store: Path):
    """Groups of four networks, of some seconds each."""
    return loss_sweep(
        "smoke", losses=["linear", "quart"], encodings=["linear"], replicates=4, epochs=EPOCHS, group_width=4,
        store=Store(store),
    )  # fmt: skip


def weights_of(sweep) -> dict[str, str]:
    return {sweep.key(condition): sweep.store.weights_digest(sweep.key(condition)) for condition in sweep.conditions}


def test_a_worker_that_is_killed_costs_its_group_alone(machines, tmp_path, monkeypatch):
    """Killed in the middle of a group: that one trains once more, and weights are what one process makes."""
    monkeypatch.setattr(cluster, "uuid4", lambda: "told")
    machines.add()
    machines.add()
    sweep = sweep_of(tmp_path / "store")
    groups = [group for _, group in running.plan_training([sweep])]
    with cluster.connected(machines.address) as workers:
        until(lambda: workers.count == 2)

        def told() -> list[dict]:
            return [event for _, event in workers.client.get_events("fisherkit-told")]

        pids = workers.client.run(os.getpid)

        def kill_one_in_the_middle() -> None:
            def there() -> list[str]:
                return [
                    of["worker"] for of in {of["task"]: of for of in told()}.values() if 1 < of["done"] < EPOCHS - 20
                ]

            found: list[str] = []
            until(lambda: found.extend(there()) or found)
            os.kill(pids[found[0]], signal.SIGKILL)

        killer = threading.Thread(target=kill_one_in_the_middle)
        killer.start()
        assert running.train_sweeps([sweep], workers) == len(sweep.conditions)
        killer.join()
        until(lambda: workers.count == 1)
        # By workers and not by first epochs: what has a snapshot goes on from there.
        workers_of = Counter(number for number, _ in {(of["task"], of["worker"]) for of in told()})
    assert sorted(workers_of.values()) == [1] * (len(workers_of) - 1) + [2]
    assert len(workers_of) == len(groups)
    assert sweep.check_stored() == ()
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    # The one that was killed, and another.
    killed = max(workers_of, key=workers_of.get)
    alone = replace(sweep, conditions=groups[killed] + groups[killed - 1], store=Store(tmp_path / "alone"))
    alone.train()
    weights = weights_of(sweep)
    assert weights_of(alone) == {key: weights[key] for key in map(alone.key, alone.conditions)}


def test_a_book_is_built_by_workers_that_know_nothing_of_the_client(machines, tmp_path, monkeypatch, caplog):
    """The store and the place of the faces are the client's, relative ones too, wherever workers were started."""
    caplog.set_level("INFO", "fisherkit")
    machines.add()
    project = whole_book(tmp_path / "checkout")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FISHERKIT_STORE", "of-the-client")
    with cluster.connected(machines.address) as workers:
        index = book.build("smoke", "sketch", project=project, workers=workers)
        assert index.exists()
        assert len(list(Store(tmp_path / "of-the-client"))) == 1
        project.source("flat").write_text(project.source("flat").read_text() + "\n# %%\n1 / 0\n")
        with pytest.raises(book.BookError, match="page flat failed in cell 4"):
            book.build("smoke", "sketch", project=project, workers=workers)
    assert "dashboard: http://127.0.0.1" in caplog.text
    assert not [*tmp_path.rglob(".of-a-client-*")]


@pytest.mark.parametrize("what", ["scheduler", "worker"])
def test_machines_without_the_package_are_refused_in_words(tmp_path, what):
    there = Machines(tmp_path, without="scheduler" if what == "scheduler" else "")
    try:
        there.add(without=what == "worker")
        with (
            pytest.raises(
                WorkersLostError, match=rf"the {what}.* cannot import fisherkit: start scheduler and workers"
            ),
            cluster.connected(there.address),
        ):
            pass
    finally:
        there.stop()


def test_workers_that_are_not_as_the_client_is_are_refused_in_words(machines, tmp_path, monkeypatch):
    """Of another version, without the client's folders, or with several threads."""
    genuine = cluster._expected

    @contextmanager
    def elsewhere(folders):
        with genuine(folders) as found:
            yield replace(found, marks=[Path("/nowhere/mark")])

    others = {**cluster._versions(), "torch": "0.4.1", "fisherkit": "source 0123"}
    machines.add()
    with cluster.connected(machines.address) as workers:

        def refused(message: str) -> None:
            with pytest.raises(WorkersLostError, match=f"the worker tcp://.* {message}"):
                list(workers.results(divmod, [(7, 2)], {tmp_path}))

        with monkeypatch.context() as patch:
            patch.setattr(cluster, "_expected", elsewhere)
            refused("does not see /nowhere as the client does: .*models export")
        with monkeypatch.context() as patch:
            patch.setattr(cluster, "_versions", lambda: others)
            refused(
                r"has fisherkit source \w+ where the client has source 0123, torch .* the client has 0\.4\.1: start"
            )
        assert dict(workers.results(divmod, [(7, 2)], {tmp_path})) == {0: (3, 1)}
        machines.workers[0].terminate()
        until(lambda: not workers.client.ncores())
        machines.add("--nthreads", "2")
        until(workers.client.ncores)
        refused("has 2 threads: start it with --nthreads 1")


def test_no_scheduler_is_told_in_words_and_within_seconds(monkeypatch, capsys):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    began = time.monotonic()
    assert cli.main(["train", "embeddings", "--preset", "smoke", "--scheduler", "tcp://127.0.0.1:9"]) == 1
    assert time.monotonic() - began < 10
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("fisherkit: no Dask scheduler answers at 'tcp://127.0.0.1:9'")
    with pytest.raises(SystemExit):
        cli.main(["train", "--scheduler", "tcp://127.0.0.1:9", "--workers", "2"])
    assert "not allowed with" in capsys.readouterr().err


def test_workers_of_this_machine_train_tell_how_far_they_are_and_end(tmp_path, monkeypatch, caplog):
    """The cluster of ``--workers``: tasks that fail, are killed, or come to their end."""
    caplog.set_level("INFO", "fisherkit")
    with cluster.local(2) as workers:
        assert workers.count == 2
        with workers.reports(2) as (tells, so_far):
            assert so_far() == [0, 0]
            assert dict(workers.results(_tell, [(tells[0], 3), (tells[1], 5)], {tmp_path})) == {0: 30, 1: 50}
            until(lambda: so_far() == [3, 5])
        with pytest.raises(ZeroDivisionError):
            list(workers.results(divmod, [(1, 0)], {tmp_path}))
        with pytest.raises(WorkersLostError, match="lost what did the work, perhaps for want of memory"):
            list(workers.results(os._exit, [(1,)], {tmp_path}))
        pids = set(workers.client.run(os.getpid).values())
    assert not list(tmp_path.iterdir())
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    with pytest.raises(ValueError, match="workers must be a whole number of at least 1; got 0"), cluster.local(0):
        pass


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_stopped_leaves_no_worker(tmp_path, how):
    """By Ctrl-C, which a terminal sends to all of its processes, or killed alone."""
    main = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from fisherkit.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = "train embeddings --preset smoke -p epochs=5000 --workers 2"
    process = subprocess.Popen(
        [sys.executable, "-c", main, *command.split()], env={**os.environ, "FISHERKIT_STORE": str(tmp_path)},
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            for line in process.stderr:
                if line.startswith("training"):
                    break
            time.sleep(0.5)  # the bar of progress is made: tqdm minds being interrupted there
            (os.killpg if how == signal.SIGINT else os.kill)(process.pid, how)
            told = process.stderr.read()
            assert process.wait(60) == (130 if how == signal.SIGINT else -how)
            # A worker may log, with a traceback of Dask's own, that the scheduler went in the middle of a heartbeat.
            assert "fisherkit/cli.py" not in told
            assert how == signal.SIGKILL or "fisherkit: interrupted; the same command goes on from here\n" in told
            until(lambda: not processes_of(process.pid))
        finally:
            process.kill()


def _tell(tell, done: int) -> int:
    tell(done)
    return 10 * done


PAGE = (ROOT / "book" / "clusters.md").read_text()
BLOCKS = [text for _, text in re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL)]
HERE, SCHEDULER, WORKER, THERE, SLURM, KUBERNETES, GPU, ARRAY, IMPORT = BLOCKS[1:]


def as_printed(argv: list[str], store: Path, **variables: str) -> str:
    """What a command or a script prints, run in the checkout with a store of its own."""
    environment = {**os.environ, "FISHERKIT_STORE": str(store), "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_page_names_all_that_is_tested_of_it():
    assert BLOCKS[0] == "pip install -c requirements.lock '.[cluster]'\n"
    assert [block.split()[0] for block in (HERE, SCHEDULER, WORKER, THERE)] == [
        "fisherkit",
        "dask",
        "dask",
        "fisherkit",
    ]
    assert "SLURMCluster" in SLURM
    compile(KUBERNETES, "kubernetes", "exec")
    cli._parser().parse_args(GPU.split()[1:])


def test_workers_of_this_machine_train_as_printed(tmp_path):
    told = as_printed(["bash", "-c", HERE], tmp_path / "store")
    assert "dashboard: http://127.0.0.1" in told
    assert "trained 4 networks" in told
    assert len(list(Store(tmp_path / "store"))) == 4


def test_a_scheduler_and_workers_are_started_as_printed(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    started = [
        subprocess.Popen(
            [f"{BIN}/{command.split()[0]}", *command.replace("8786", port).split()[1:], "--no-dashboard"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for command in (SCHEDULER, WORKER)
    ]  # fmt: skip
    try:
        told = as_printed(["bash", "-c", THERE.replace("8786", port)], tmp_path / "store")
        assert "trained 4 networks" in told
        assert len(list(Store(tmp_path / "store"))) == 4
    finally:
        for process in started:
            process.terminate()
            process.wait(60)


def test_jobs_train_as_printed(tmp_path):
    """With dask-jobqueue's cluster of this machine in the place of SLURM, whose job script is a command here."""
    assert SLURM.count('    job_script_prologue=[". .venv/bin/activate"],\n') == 1
    script = SLURM.replace("SLURMCluster", "LocalCluster").replace("from dask_jobqueue", "from dask_jobqueue.local")
    script = script.replace('    job_script_prologue=[". .venv/bin/activate"],\n', "")
    told = as_printed([sys.executable, "-c", script], tmp_path / "store", PYTHONPATH=str(ROOT))
    assert len(list(Store(tmp_path / "store"))) == 4, told


def test_the_parts_of_a_job_array_are_brought_together_as_printed(tmp_path):
    for number in ("1", "2"):
        command = ARRAY.replace("part-", f"{tmp_path}/part-")
        as_printed(["bash", "-c", command], tmp_path / number, SLURM_ARRAY_TASK_ID=number)
    told = as_printed(["bash", "-c", IMPORT.replace("part-*", f"{tmp_path}/part-*")], tmp_path / "home")
    assert told.count("4 models imported") == 2
    assert len(list(Store(tmp_path / "home"))) == 8
