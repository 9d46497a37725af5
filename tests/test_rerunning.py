"""The page about rerunning: every command that it prints is run, as printed, one after another."""

import functools
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest

from fisherkit.store import file_digest

PAGE = (Path(__file__).resolve().parents[1] / "book" / "rerunning.md").read_text()
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [
    (kind, command)
    for kind, text in BLOCKS
    for command in ([text] if kind == "python" else text.replace("\\\n", "\\\0").strip().split("\n"))
]

#: Where one command goes on from what another left, they run in one process, in order.
CHAINS = {
    "fisherkit run ": "runs", "fisherkit compare": "runs", "fisherkit runs": "runs", "fisherkit models": "models",
    "jupytext": "notebooks", "papermill": "notebooks",
}  # fmt: skip


def chain_of(command: str) -> str:
    """The chain that a command belongs to."""
    return next((chain for start, chain in CHAINS.items() if command.startswith(start)), "others")


@pytest.fixture(scope="session")
def checkout(project, built):
    """The copy of the checkout, with an environment in the place where make would put it."""
    environment = project.root / ".venv"
    environment.mkdir()
    (environment / "bin").symlink_to(Path(sys.executable).parent)
    made_from = (project.root / name for name in ("requirements.lock", "pyproject.toml"))
    (environment / ".installed").write_text("".join(path.read_text() for path in made_from))
    return project.root


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        pytest.param(
            kind, command, id=re.sub(r"\W+", "-", command)[:60], marks=pytest.mark.xdist_group(chain_of(command))
        )
        for kind, command in COMMANDS
    ],
)
def test_command_works_as_printed(checkout, kind, command, monkeypatch, tmp_path):
    command = command.replace("\0", "\n")
    if "https://example.org" in command:  # which has no archive: here this machine serves the one exported before
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        handler = functools.partial(SimpleHTTPRequestHandler, directory=checkout)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = command.replace("https://example.org", f"http://127.0.0.1:{server.server_port}")
        command = command.replace("0123456789abcdef…", file_digest(checkout / "models.zip"))
    if kind == "python":
        argv = [sys.executable, "-W", "error", "-c", command]
    else:
        argv = ["bash", "-c", f"set -e; {'' if 'activate' in command else '. .venv/bin/activate; '}{command}"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}  # the checkout's own package
    done = subprocess.run(argv, cwd=checkout, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in done.stdout.splitlines():
        if line.startswith(str(checkout)) and line.endswith((".html", ".ipynb")):
            assert Path(line).exists()


def test_every_command_of_the_program_is_on_the_page():
    printed = " ".join(command for _, command in COMMANDS)
    runs, models = ("runs list", "runs prune"), ("models list", "models export", "models import")
    for name in ("build", "run", "sweep", "train", "compare", *runs, *models, "doctor"):
        assert f"fisherkit {name}" in printed


def test_every_printed_command_is_tested():
    """Commands stand in blocks of shell; words of a sentence name them without arguments."""
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    for code in re.findall(r"`([^`\n]+)`", prose):
        assert not re.match(r"(fisherkit|papermill|jupytext) \w+ \S", code), code


def test_lines_fit_the_page():
    assert max(len(line) for _, text in BLOCKS for line in text.splitlines()) <= 85


def test_a_downloaded_page_runs_outside_the_checkout(project, built, tmp_path):
    """As the download button gives it, with the package installed as any other, and a store of its own."""
    downloaded = tmp_path / "page.ipynb"
    shutil.copyfile(built / "_sources" / "fisher_information.ipynb", downloaded)
    assert "pip install" in nbformat.read(downloaded, as_version=4).cells[0].source
    shutil.copytree(project.root / "fisherkit", tmp_path / "site" / "fisherkit")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "XDG_DATA_HOME": str(tmp_path / "data")}
    environment.pop("FISHERKIT_STORE", None)
    argv = [sys.executable, "-m", "papermill", "page.ipynb", "again.ipynb", "-k", "python3", "--log-level", "ERROR"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((tmp_path / "data" / "fisherkit" / "models").iterdir())
