"""The command line as a user meets it: output, errors and exit statuses; interruptions of the real thing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fisherkit import cli, faces, presets, training
from fisherkit.experiments import loss_sweep
from fisherkit.store import Store
from tests.hurried import HURRIED

COMMANDS = ("build", "run", "sweep", "train", "publish", "read", "compare", "runs", "models", "doctor")
SMOKE = ["--preset", "smoke", "--faces", "sketch"]


def fisherkit(*arguments) -> tuple[int, str, str]:
    """Status, output and errors of a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fisherkit.cli", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "command", [*COMMANDS, "runs list", "runs prune", "models list", "models export", "models import"]
)
def test_help_shows_an_example_that_can_be_parsed(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([*command.split(), "-h"])
    text = " ".join(capsys.readouterr().out.split())
    example = text.split("example: fisherkit ")[1]
    cli._parser().parse_args(example.replace("'", "").split())


def test_a_misspelt_parameter_is_one_line_and_a_status():
    status, output, errors = fisherkit("run", "embeddings", *SMOKE, "-p", "los=quart")
    assert status == 1
    assert output == ""
    assert errors.splitlines() == [
        "fisherkit: page embeddings has no parameter los; "
        "it has preset, faces, losses, encodings, replicates, angles, seed, and of its preset split, interpolation, "
        "pixels, samples, validation_samples, batch, epochs, schedule, learning_rate, clip, patience, group_width, "
        "hidden, activation, convolutional, read_out, stimulus, accelerator"
    ]


def test_help_waits_for_nothing_heavy():
    script = "import sys; from fisherkit import cli; cli._parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {
        "torch",
        "numpy",
        "pandas",
        "sklearn",
        "yaml",
        "papermill",
        "fisherkit.faces",
    }


def test_the_command_line_knows_the_presets_and_sources_that_there_are():
    assert [*presets.PRESETS] == [*cli.PRESETS]
    assert faces.SOURCES == cli.SOURCES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "quart"], "wanted NAME=VALUE, such as angles=20; got 'quart'"),
        (["-p", "losses=[quart"], "the value of losses must be a number, a word or a list in YAML"),
        (["-p", "seed=2026-11-24"], "the value of seed must be"),
        (["-p", "seed=.nan"], "the value of seed must be"),
        (["--faces", "cats"], "faces must be one of auto, olivetti, sketch, or the path of a folder"),
    ],
)
def test_bad_arguments_say_what_was_wanted(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["run", "embeddings", *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "embedding"], "no page 'embedding'"),
        (["run", "embeddings", "-p", "seed=1", "-p", "seed=2"], "seed was given twice: 1 and 2"),
        (["run", "embeddings", "--preset", "smoke", "-p", "preset=quick"], "preset was given twice"),
        (["compare", "a", "b"], "no run 'a'"),
        (["models", "import", __file__], "not a zip file"),
        (["models", "export", "x.zip", "zzz"], "holds no model zzz"),
        (["models", "export", "x.zip", "--run", "a"], "there is no run 'a' with models"),
        (["models", "import", "https://localhost/a.zip"], "is taken with its digest alone, --sha256 HEX"),
        (["models", "import", __file__, "--sha256", "a"], "a digest is 64 hexadecimal digits in lower case; got 'a'"),
        (["models", "import", __file__, "--sha256", "0" * 64], "is not the archive that was wanted"),
        (["models", "import", "http://127.0.0.1:9/a.zip", "--sha256", "0" * 64], "gave no archive of models"),
        (["run", "embeddings", "fisher_infomation"], "no page 'fisher_infomation'"),
        (["run", "embeddings", "--out", str(Path(__file__).parent)], "--out must name a folder that is new, empty or"),
        (["sweep", "embeddings", "-p", "loses=log,sqrt"], "page embeddings has no parameter loses"),
        (["sweep", "embeddings", "-p", "seed=1"], "several values, separated by commas: loss=linear,quart; got seed=1"),
        (["sweep", "embeddings", "--preset", "smoke", "-p", "preset=quick,smoke"], "preset was given twice"),
        (["sweep", "loss_comparison", "-p", "seed=1,2"], "a sweep is of one page; loss_comparison is the beginning of"),
        (["runs", "prune", "a"], "no run 'a'"),
    ],
)
def test_expected_errors_are_one_line(arguments, message, capsys):
    assert cli.main(arguments) == 1
    errors = capsys.readouterr().err
    assert message in errors
    assert "Traceback" not in errors


def test_values_are_typed():
    given = ["a=1", "b=0.5", "c=quart", "d=[linear, log]", "e=", "f=true"]
    options = cli._parser().parse_args(["run", "embeddings", *[word for text in given for word in ("-p", text)]])
    assert cli._parameters(options) == {
        "a": 1, "b": 0.5, "c": "quart", "d": ["linear", "log"], "e": None, "f": True
    }  # fmt: skip


def test_values_of_a_grid_are_separated_by_commas_outside_brackets():
    given = {
        "a=1": [1], "b=linear,quart": ["linear", "quart"], "c=[linear, log]": [["linear", "log"]],
        "d=[30, 10],[60, 20]": [[30, 10], [60, 20]], "e=": [None], "f=null,0.5": [None, 0.5],
        "preset='quick(epochs=30, clip=1)',smoke": ["quick(epochs=30, clip=1)", "smoke"],
    }  # fmt: skip
    options = cli._parser().parse_args(["sweep", "embeddings", *[word for text in given for word in ("-p", text)]])
    assert dict(options.parameters) == {text.partition("=")[0]: values for text, values in given.items()}


def test_models_are_listed_exported_and_imported(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "store"))
    assert cli.main(["models", "list"]) == 0
    assert f"{tmp_path / 'store'}: 0 models" in capsys.readouterr().out
    tiny = {"samples": 256, "validation_samples": 64, "epochs": 1, "encodings": ["linear"], "densities": ["uniform"]}
    sweep = loss_sweep("smoke", losses=["linear", "log"], replicates=2, **tiny)
    sweep.train()
    assert cli.main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 4
    key = sweep.key(sweep.conditions[0])
    assert cli.main(["models", "export", str(tmp_path / "one.zip"), key[:12]]) == 0
    (Store().root / "models" / key / "record.json").write_bytes(b"")
    assert cli.main(["models", "list"]) == 1
    assert "record.json" in capsys.readouterr().err
    assert cli.main(["models", "export", str(tmp_path / "all.zip")]) == 1  # the damaged one is left out
    assert "3 models in" in capsys.readouterr().out
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "other"))
    for archive, new in (("all.zip", 3), ("one.zip", 1), ("all.zip", 0)):
        assert cli.main(["models", "import", str(tmp_path / archive)]) == 0
        assert f"{new} models imported into {tmp_path / 'other'}" in capsys.readouterr().out
    assert Store().verify_or_set_aside(key)


def start_training(store: Path) -> subprocess.Popen:
    """A training of several groups, in a process and a session of its own, as in a terminal."""
    script = HURRIED + (
        "ask = dict(epochs=60, encodings=['linear'], losses=['linear', 'log'], store=Hurried())\n"
        "train_sweeps([experiments.loss_sweep('smoke', **ask)], Processes())\n"
    )
    # As from a terminal: whatever runs the tests in the background may have left Ctrl-C ignored.
    main = "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    main += f"try:\n    exec({script!r})\nexcept KeyboardInterrupt:\n    sys.exit(130)\n"
    return subprocess.Popen(
        [sys.executable, "-c", main], env={**os.environ, "FISHERKIT_STORE": str(store)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(condition, seconds=60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def processes_of(session: int) -> list[int]:
    """The processes of a session that still run (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_training_leaves_nobody_behind_and_goes_on(tmp_path, how, monkeypatch):
    process = start_training(tmp_path)
    try:
        # Both groups have begun: a partial file does not count, nor does a second one of the same group.
        wait_for(lambda: len({path.stem for path in (tmp_path / "training").glob("*.*") if len(path.suffix) > 60}) == 2)
        if how == signal.SIGINT:
            os.killpg(process.pid, how)  # what a terminal does on Ctrl-C
        else:
            process.kill()
        assert process.wait(60) == (130 if how == signal.SIGINT else -how)
        if Path("/proc").is_dir():
            wait_for(lambda: not processes_of(process.pid))
    finally:
        process.kill()
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path))
    before = {tuple(snapshot.members): int(snapshot.load()[1]["epochs"]) for snapshot in Store().snapshots()}
    assert min(before.values()) > 0
    first_epochs = []
    genuine = training._Group._resume
    monkeypatch.setattr(
        training._Group, "_resume", lambda self, *a: (genuine(self, *a), first_epochs.append(self.module.first_epoch))
    )
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    sweep = loss_sweep("smoke", epochs=60, encodings=["linear"], losses=["linear", "log"])
    sweep.train()
    assert sorted(first_epochs) == sorted(before.values())
    assert sweep.check_stored() == ()


def test_the_book_has_what_each_command_says_of_itself(capsys):
    told = cli.help_texts()
    assert {"fisherkit build", "fisherkit run", "fisherkit models export", "fisherkit doctor"} <= set(told)
    for command, said in told.items():
        with pytest.raises(SystemExit):
            cli.main([*command.split()[1:], "-h"])
        assert capsys.readouterr().out == said


def test_a_reader_who_leaves_ends_it_without_a_word(monkeypatch, tmp_path):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path))
    command = f"{sys.executable} -m fisherkit.cli models list | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("141\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_output_is_no_error(closed, monkeypatch, tmp_path):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path))
    command = f"{sys.executable} -m fisherkit.cli models list {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Error" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_without_the_letters_gets_others(locale, monkeypatch):
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    status, output, errors = fisherkit("run", "embeddings", *SMOKE, "-p", "faces=θ")
    assert status in (1, 2)  # 2 where not even the argument could be read
    assert output == ""
    assert "faces" in errors
    assert "Traceback" not in errors
