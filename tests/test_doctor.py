import sys

from fisherkit import doctor
from fisherkit.doctor import examine


def told(about: str) -> list:
    return [finding for finding in examine() if finding.about == about]


def test_it_finds_this_installation(monkeypatch, tmp_path):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "store"))
    findings = {finding.about: finding for finding in examine()}
    assert set(findings) == {"fisherkit", "book", "packages", "kernel", "machine", "faces", "store"}
    assert sys.executable in findings["kernel"].text
    assert "pages explorer, embeddings, exponents, generality" in findings["book"].text
    assert "0 models" in findings["store"].text
    assert not (tmp_path / "store").exists()  # it only looks


def test_a_package_that_is_not_the_locked_one_is_named(monkeypatch):
    genuine = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: "0.0.1" if name == "papermill" else genuine(name))
    (finding,) = told("packages")
    assert not finding.fine
    assert "papermill 0.0.1 (the lock has " in finding.text


def test_a_kernel_of_another_python_is_named(monkeypatch, tmp_path):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["/usr/bin/other-python"], "display_name": "", "language": "python"}')
    monkeypatch.setattr(doctor.KernelSpecManager, "kernel_dirs", [str(tmp_path / "kernels")])
    monkeypatch.setattr(doctor.KernelSpecManager, "ensure_native_kernel", False)
    (finding,) = told("kernel")
    assert not finding.fine
    assert "/usr/bin/other-python" in finding.text
    assert "jupyter kernelspec remove python3" in finding.text


def test_olivetti_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "absent"))
    (finding,) = told("faces")
    assert finding.fine
    assert "set SCIKIT_LEARN_DATA" in finding.text
    assert not (tmp_path / "absent").exists()
    (tmp_path / "olivetti_py3.pkz").write_bytes(b"cut short")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    (finding,) = told("faces")
    assert not finding.fine
    assert f"{tmp_path / 'olivetti_py3.pkz'} cannot be read" in finding.text


def test_damaged_models_are_named_and_left_where_they_are(monkeypatch, tmp_path):
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path))
    broken = tmp_path / "models" / ("0" * 64)
    broken.mkdir(parents=True)
    findings = told("store")
    assert [finding.fine for finding in findings] == [True, False]
    assert str(broken) in findings[1].text
    assert broken.is_dir()


def test_a_store_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FISHERKIT_STORE", str(tmp_path / "file" / "store"))
    (finding,) = told("store")
    assert not finding.fine
    assert "cannot be written" in finding.text


def test_outside_a_checkout_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("fisherkit.project.enclosing_checkout", lambda _: None)
    (finding,) = told("book")
    assert not finding.fine
    assert "change to a checkout" in finding.text
