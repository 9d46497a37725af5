"""Nothing from outside is executed, gets into a page as markup, or leaves its folder."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

import fisherkit
from fisherkit import book, reruns
from fisherkit.checks import BookError
from fisherkit.presets import preset
from fisherkit.project import parameters_of, with_values
from fisherkit.sketch import draw_faces
from fisherkit.store import Store
from tests.small_book import small_book

PACKAGE = Path(fisherkit.__file__).parent

MARKUP = "<img src=x onerror=alert(1)>"

HOSTILE = [
    MARKUP, "</title><script>alert(1)</script>", "a | b", "`x` $y$ {{ commands }}", "[x](javascript:alert(1))",
    "{raw}`html`", "line\n\n# heading\n\n```{raw} html\n<b id=evil>\n```", "{glue:text}`alpha`", "\u202eevil", "\\",
    "'''\nimport os\nos.system('touch exploded')#", '"; import os; os.system("touch exploded") #', "../../escaped",
    "-p", "%s{0}",
]  # fmt: skip


def calls_of(tree: ast.AST) -> list[str]:
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_unpickled_evaluated_or_given_to_a_shell(path):
    tree = ast.parse(path.read_text())
    called = calls_of(tree)
    # pages: a page's own cells, up to what it needs.
    allowed = {"exec", "compile"} if path.stem == "pages" else set()
    forbidden = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "os.system",
        "os.popen",
        "torch.load",
        "yaml.load",
        "joblib.load",
    }
    assert not [name for name in called if name in forbidden - allowed or name.startswith(("pickle.", "marshal."))]
    options = [of for node in ast.walk(tree) if isinstance(node, ast.Call) for of in node.keywords]
    assert not [of for of in options if of.arg in ("shell", "allow_pickle") and ast.unparse(of.value) != "False"]
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not imported & {"pickle", "marshal", "shelve", "dill"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_is_a_text_in_the_cell_of_parameters(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = with_values('label = "x"  # what\nsize = 3', {"label": text})
    found = {}
    exec(cell, found)
    assert (found["label"], found["size"]) == (text, 3)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("text", ["__import__('os').system('touch exploded')", "().__class__", "open('exploded', 'w')"])
def test_a_preset_is_read_and_not_evaluated(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for written in (text, f"quick({text})", f"quick(epochs={text})", f"quick(**{text})"):
        with pytest.raises(ValueError, match="preset"):
            preset(written)
    assert not (tmp_path / "exploded").exists()


def test_what_a_page_says_of_its_parameters_is_read_and_not_evaluated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = small_book(tmp_path).source("flat")
    page.write_text(page.read_text().replace('loss = "linear"', "loss = open('exploded', 'w')"))
    with pytest.raises(BookError, match="each of its parameters must be a line such as angles = 20"):
        parameters_of(page)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("text", [*HOSTILE, "..", ".", "/etc", "a/b", "a\\b", "con", "x" * 400, "naïve Ω"])
def test_what_a_run_is_called_stays_in_its_folder(text, tmp_path):
    for name in (
        reruns.name_of("flat", [{"preset": "quick", "faces": "sketch"}], {"label": text, text: 1}),
        reruns.name_of_cell("flat", {"label": text}),
    ):
        assert re.fullmatch(r"flat[\w.+=,-]*", name)
        assert len(name.encode()) < 255
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()


@pytest.mark.parametrize("key", ["..", "../../etc", "/etc/passwd", "", "a" * 63, "A" * 64, "a" * 64 + "/.."])
def test_a_key_that_is_none_leads_nowhere(key, tmp_path):
    store = Store(tmp_path / "store")
    for use in (store.load, store.record, store.__contains__, lambda one: store.save(one, {}, {})):
        with pytest.raises(KeyError, match="64 hexadecimal digits"):
            use(key)
    with pytest.raises(KeyError, match="64 hexadecimal digits"), store.lock(key):
        pass
    written = [path.relative_to(tmp_path / "store") for path in tmp_path.rglob("*") if path.is_file()]
    assert set(map(str, written)) <= {"format"}


def test_a_page_that_is_named_by_a_path_is_none(tmp_path):
    project = small_book(tmp_path)
    for name in ("../flat", "/etc/passwd", "flat.py", MARKUP):
        with pytest.raises(BookError, match="the book has no page"):
            project.pages_called(name)


@pytest.mark.slow
def test_markup_in_parameters_and_names_of_faces_is_text_in_the_book(tmp_path, in_this_process, monkeypatch):
    project = small_book(tmp_path)
    images, person = draw_faces(24, 2, pixels=16)
    faces = tmp_path / f"{MARKUP}.npz"
    np.savez(faces, images=images, person=person)
    page = project.source("flat_other")
    page.write_text(page.read_text().replace("angles = 12", 'label = "x"  # any text\nangles = 12'))
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "store"))
    for label in ("</title><script>alert(1)</script>", f"a | `b` {MARKUP} {{{{ commands }}}} [x](javascript:alert(1))"):
        _, index = book.run("flat_other", {"faces": str(faces), "label": label}, project=project)
        for path in index.parent.glob("*.html"):
            soup = BeautifulSoup(path.read_text(), "html.parser")
            assert not soup.select("img[onerror], a[href^=javascript]")
            assert not [script for script in soup.find_all("script") if "alert(1)" in script.get_text()]
        assert "alert(1)" in (index.parent / "overview.html").read_text()
