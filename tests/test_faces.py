import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import skimage.transform
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold, cross_val_predict

from fisherkit import faces, sketch
from fisherkit.faces import Faces, disc, load_faces, rotate, rotation_operator, sketch_population
from fisherkit.sketch import draw_faces


@pytest.mark.parametrize(("interpolation", "order"), [("bilinear", 1), ("bicubic", 3)])
@pytest.mark.parametrize("angle", [0.0, 0.3, -1.2, np.pi / 2, 2.9])
def test_rotation_is_scikit_images_inside_the_disc(interpolation, order, angle):
    images = load_faces("sketch", pixels=32).images[:5]
    ours = rotate(images, angle, interpolation=interpolation)
    inside = disc(32)
    for image, rotated in zip(images, ours, strict=True):
        theirs = skimage.transform.rotate(
            image.astype(np.float64), np.rad2deg(angle), order=order, mode="edge", clip=False
        )
        np.testing.assert_allclose(rotated[inside], theirs[inside], atol=2e-6)
        assert (rotated[~inside] == 0.5).all()


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_an_angle_for_each_image_gives_what_one_angle_gives(small_faces, interpolation):
    angles = np.linspace(-3, 3, 300)
    images = small_faces.images[:300]
    together = rotate(images, angles, interpolation=interpolation)
    for index in (0, 127, 128, 299):
        alone = rotate(images[index : index + 1], angles[index], interpolation=interpolation)[0]
        np.testing.assert_allclose(together[index], alone, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(angle=st.floats(-10, 10), interpolation=st.sampled_from(["bilinear", "bicubic"]))
def test_rotation_keeps_constant_images_and_is_linear(angle, interpolation):
    operator = rotation_operator(angle, 16, interpolation=interpolation)
    np.testing.assert_allclose(operator @ np.ones(256), 1, atol=1e-5)


def test_rotation_is_counter_clockwise_in_the_picture():
    image = np.zeros((1, 17, 17), dtype=np.float32)
    image[0, 8, 14] = 1  # right of the centre
    assert rotate(image, np.pi / 2)[0, 2, 8] == pytest.approx(1, abs=1e-6)  # above it


@pytest.mark.parametrize(
    ("images", "angles", "message"),
    [
        (np.zeros((2, 4, 5)), 0.0, "square"),
        (np.zeros((2, 8, 8)), np.zeros(3), "one for each of the 2 images"),
        (np.zeros((2, 8, 8)), np.nan, "finite"),
    ],
)
def test_rotation_says_what_it_wanted(images, angles, message):
    with pytest.raises(ValueError, match=message):
        rotate(images.astype(np.float32), angles)


@pytest.mark.parametrize("bad", [{"source": "olivetty"}, {"pixels": 65}, {"pixels": 4}, {"split": "face"}])
def test_loading_says_what_it_wanted(bad):
    with pytest.raises(ValueError, match=r"must be"):
        load_faces(**{"source": "sketch", **bad})


def test_split_by_person_keeps_people_apart(small_faces):
    people = {name: set(small_faces.subset(name).person.tolist()) for name in ("train", "validation", "test")}
    assert [len(small_faces.subset(name)) for name in people] == [300, 50, 50]
    assert not people["train"] & people["test"]
    assert not people["train"] & people["validation"]


def test_split_by_photograph_shows_trained_people_in_the_test():
    faces = load_faces("sketch", pixels=16, split="photograph")
    assert len(faces.subset("test")) == 50
    assert set(faces.subset("test").person.tolist()) & set(faces.subset("train").person.tolist())
    assert faces.digest != load_faces("sketch", pixels=16).digest


def test_drawn_faces_are_kept_and_drawn_anew_where_what_was_kept_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    genuine, drawn = sketch.draw_faces, []
    monkeypatch.setattr(sketch, "draw_faces", lambda *a, **k: drawn.append(a) or genuine(*a, **k))
    first = faces._drawn(2, 3, 16, 5)
    (kept,) = (path for path in tmp_path.rglob("*.npz"))
    left = kept.with_name(f"{kept.stem}.1.partial")
    for damage in (None, b"", kept.read_bytes()[:-100], _flipped(kept.read_bytes())):
        drawn.clear()
        if damage is not None:
            kept.write_bytes(damage)
            left.touch()
        for one, again in zip(first, faces._drawn(2, 3, 16, 5), strict=True):
            np.testing.assert_array_equal(one, again)
        assert len(drawn) == (damage is not None)
        assert not left.exists()
    other, _ = faces._drawn(2, 3, 16, 6)
    assert not np.array_equal(other, first[0])
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))  # which is no folder
    np.testing.assert_array_equal(faces._drawn(2, 3, 16, 5)[0], first[0])


def _flipped(data: bytes) -> bytes:
    """One bit of an image the other way round."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_sketch_is_deterministic_and_a_small_population_begins_a_large_one():
    small, _ = draw_faces(3, 2, pixels=16, seed=4)
    large, person = draw_faces(5, 2, pixels=16, seed=4)
    np.testing.assert_array_equal(small, large[:6])
    np.testing.assert_array_equal(person, np.repeat(np.arange(5), 2))
    assert not np.array_equal(small, draw_faces(3, 2, pixels=16, seed=5)[0])
    assert large.dtype == np.float32
    assert large.min() >= 0
    assert large.max() <= 1


def test_faces_cannot_be_changed_under_the_digest_that_networks_are_kept_by():
    images = np.full((3, 8, 8), 0.5, dtype=np.float32)
    faces = Faces(images, np.arange(3), np.array(["train"] * 3), "own")
    digest = faces.digest
    images[0] = 0
    assert faces.images[0].min() == 0.5
    for values in (faces.images, faces.person, faces.membership, faces.where(np.arange(2)).images):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]
    assert Faces(faces.images, faces.person, faces.membership, "own").digest == digest


def test_population_of_any_size():
    faces = sketch_population(16, photographs=3, pixels=16)
    assert len(faces) == 48
    assert len(faces.subset("train")) == 36


class Hostile(BaseHTTPRequestHandler):
    """Serves, in the place of the faces, what goes wrong with downloads."""

    def do_GET(self):
        if self.path == "/silent":
            time.sleep(30)
            return
        sent = {
            "/wrong": b"0" * 4000, "/page": b"<html>Log in first</html>", "/cut": b"0" * 100, "/slow": b"0",
        }[self.path]  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent) if self.path in ("/wrong", "/page") else 4000))
        self.end_headers()
        self.wfile.write(sent)
        while self.path == "/slow":
            time.sleep(0.2)
            self.wfile.write(b"0")

    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """No faces in the cache, and a server of this machine in the place of the one that has them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads, server.block_on_close, server.handle_error = True, False, lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"

    def serve(path):
        # Read by the process that downloads as it starts; scikit-learn's own function runs in it.
        (tmp_path / "sitecustomize.py").write_text(
            "import sklearn.datasets._olivetti_faces as faces\n"
            f"faces.FACES = faces.FACES._replace(url={address + path if path else 'http://127.0.0.1:1'!r})\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "data"))
        return tmp_path / "data"

    yield serve
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["", "/wrong", "/page", "/cut", "/silent"])
def test_where_olivetti_cannot_be_had_auto_falls_back_and_olivetti_says_what_to_do(path, served, monkeypatch, caplog):
    monkeypatch.setattr("fisherkit.faces.STALL", 0.5)
    cache = served(path)
    assert load_faces("auto", pixels=16).source == "sketch"
    assert "neither cached nor downloadable" in caplog.text
    assert "sketch faces in its place" in caplog.text
    with pytest.raises(FileNotFoundError, match=r"three ways .* run this once .* copy olivetti_py3\.pkz .* SCIKIT_"):
        load_faces("olivetti", pixels=16)
    assert not list(cache.iterdir())


def test_auto_does_not_wait_for_a_download_that_drips(served, monkeypatch, caplog):
    monkeypatch.setattr("fisherkit.faces.PATIENCE", 3.0)
    cache = served("/slow")
    assert load_faces("auto", pixels=16).source == "sketch"
    assert "the download was not done in 3 s" in caplog.text
    assert not list(cache.iterdir())


def _ridge_error(faces):
    """Cross-validated RMSE (rad) of a ridge regression from pixels to angle, people apart."""
    rng = np.random.default_rng(0)
    chosen, angles = rng.integers(len(faces), size=3000), rng.uniform(-np.pi / 2, np.pi / 2, 3000)
    pixels = rotate(faces.images[chosen], angles)[:, disc(faces.pixels)]
    predicted = cross_val_predict(
        RidgeCV(np.logspace(0, 4, 9)), pixels, angles, groups=faces.person[chosen], cv=GroupKFold(5)
    )
    return np.sqrt(np.mean((predicted - angles) ** 2))


def _components(faces):
    variance = PCA(svd_solver="full").fit(faces.images.reshape(len(faces), -1)).explained_variance_ratio_
    return int(np.searchsorted(np.cumsum(variance), 0.9)) + 1


def test_sketch_has_at_least_thirty_components():
    assert _components(load_faces("sketch")) >= 30


@pytest.mark.olivetti
@pytest.mark.slow
def test_sketch_is_about_as_hard_as_olivetti(olivetti_folder):
    olivetti, sketch = (_ridge_error(load_faces(source, pixels=32)) for source in ("olivetti", "sketch"))
    assert sketch / olivetti == pytest.approx(1, abs=0.25)
    assert _components(load_faces("olivetti")) == 66


def test_faces_that_are_spread_are_of_as_many_people_as_can_be(small_faces):
    few = small_faces.spread(40)
    assert len(few) == len(set(few.person.tolist())) == 40
    assert len(small_faces.spread(10_000)) == len(small_faces)


def test_sides_that_do_not_divide_64_are_means_over_areas():
    large = load_faces("sketch", pixels=64).images[:3].astype(np.float64)
    found = load_faces("sketch", pixels=48).images[:3]
    finer = large.repeat(3, axis=1).repeat(3, axis=2)  # 192 a side, which 48 divides
    np.testing.assert_allclose(found, finer.reshape(3, 48, 4, 48, 4).mean(axis=(2, 4)), atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": np.zeros((4, 8), np.float32)}, r"shape \(n, H, H\), as wide as high; got \(4, 8\)"),
        ({"images": np.zeros((4, 8, 9), np.float32)}, r"got \(4, 8, 9\)"),
        ({"images": np.full((4, 8, 8), 200, np.uint8)}, "got uint8 from 200 to 200: divide by"),
        ({"images": np.full((4, 8, 8), np.nan, np.float32)}, "finite real numbers"),
        ({"images": np.full((4, 8, 8), -0.1)}, r"in \[0, 1\]; got float64 from -0.1"),
        ({"person": np.arange(3)}, r"person must have one entry for each of the 4 images; got shape \(3,\)"),
        ({"membership": np.array(["train"] * 5)}, r"membership must have one entry .* got shape \(5,\)"),
        ({"membership": np.array(["train"] * 3 + ["tests"])}, "membership must be among train, .*; got tests"),
    ],
)
@pytest.mark.usefixtures("as_users_call")
def test_faces_that_cannot_be_are_refused(changed, message):
    sound = {"images": np.zeros((4, 8, 8), np.float32), "person": np.arange(4), "membership": np.full(4, "train")}
    Faces(**sound, source="mine")
    with pytest.raises(ValueError, match=message):
        Faces(**{**sound, **changed}, source="mine")
