import shutil

import numpy as np
import pytest
from PIL import Image

from fisherkit import experiments, faces
from fisherkit.faces import load_faces, source_name
from fisherkit.photographs import content_digest, read_photographs
from fisherkit.sketch import draw_faces
from fisherkit.store import Store


@pytest.fixture
def folder(tmp_path):
    """Ten people with two photographs each, a folder each, at 64 pixels and 8 bits."""
    images, person = draw_faces(10, 2, pixels=64, seed=1)
    for number, (image, whose) in enumerate(zip(images, person, strict=True)):
        place = tmp_path / "mine" / f"p{whose}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(255 * image).astype(np.uint8)).save(place / f"{number:02}.png")
    (tmp_path / "mine" / "README.txt").write_text("no image")
    return tmp_path / "mine"


def test_a_folder_per_person_is_a_source_of_faces(folder):
    found = load_faces(folder, pixels=16)
    images, person = draw_faces(10, 2, pixels=64, seed=1)
    blocks = images.reshape(20, 16, 4, 16, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(found.images, blocks, atol=0.5 / 255 + 1e-6)  # block means, as of the book's own
    np.testing.assert_array_equal(found.person, person)
    assert found.source == source_name(folder) == "mine"
    assert {name: len(found.subset(name)) for name in ("train", "validation", "test")} == {
        "train": 14, "validation": 2, "test": 4,
    }  # fmt: skip


def test_images_of_a_flat_folder_are_of_one_person_each(folder, tmp_path):
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in folder.rglob("*.png"):
        shutil.copy(path, flat)
    assert len(set(load_faces(flat, pixels=16).person.tolist())) == 20


@pytest.mark.parametrize(
    ("mode", "name"), [("L", "a.png"), ("RGB", "a.png"), ("RGBA", "a.png"), ("P", "a.gif"), ("I;16", "a.png"),
                       ("F", "a.tiff"), ("LA", "a.png")]
)  # fmt: skip
def test_any_mode_is_the_same_grey(mode, name, tmp_path):
    grey = np.tile(np.arange(0, 240, 15, dtype=np.uint8), (16, 1))
    if mode == "F":
        image = Image.fromarray((grey / 255).astype(np.float32))
    elif mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(grey).convert(mode)
    image.save(tmp_path / name)
    found, _ = read_photographs(tmp_path, 16)
    np.testing.assert_allclose(found[0], grey / 255, atol=1e-3)


def test_colours_are_weighted_transparency_is_grey_and_what_is_wide_is_cut_in_its_middle(tmp_path):
    wide = np.zeros((8, 24, 4), dtype=np.uint8)
    wide[:, :8] = (9, 9, 9, 255)  # cut off
    wide[:, 8:12] = (255, 0, 0, 255)
    wide[:, 12:16] = (200, 200, 200, 0)
    wide[:, 16:] = (7, 7, 7, 255)  # cut off
    Image.fromarray(wide).save(tmp_path / "wide.png")
    found, _ = read_photographs(tmp_path, 8)
    np.testing.assert_allclose(found[0][:, :4], 0.299, atol=1e-6)
    np.testing.assert_allclose(found[0][:, 4:], 0.5, atol=1e-6)
    large, _ = read_photographs(tmp_path, 32)  # small images are interpolated, between what they hold
    assert large.shape == (1, 32, 32)
    assert large.min() >= 0.298
    assert large.max() <= 0.501


def test_an_npz_holds_images_and_persons(tmp_path):
    images, person = draw_faces(9, 2, pixels=32)
    names = np.array([f"person {number}" for number in person])
    np.savez(tmp_path / "faces.npz", images=np.round(255 * images).astype(np.uint8), person=names)
    found = load_faces(str(tmp_path / "faces.npz"), pixels=32)
    np.testing.assert_allclose(found.images, images, atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(found.person, person)
    np.savez(tmp_path / "alone.npz", images=images)
    assert len(set(load_faces(tmp_path / "alone.npz", pixels=32).person.tolist())) == 18


def test_what_cannot_be_used_is_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder or \.npz file .*nowhere"):
        load_faces(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty holds no images"):
        load_faces(tmp_path / "empty")
    (folder / "p3" / "broken.jpg").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"p3/broken\.jpg cannot be read"):
        load_faces(folder)
    (folder / "p3" / "broken.jpg").unlink()
    Image.fromarray(np.full((9, 9), 100, dtype=np.uint8)).save(folder / "p4" / "dull.png")
    with pytest.raises(ValueError, match=r"p4/dull\.png is one grey, 0\.39, everywhere"):
        load_faces(folder)
    with pytest.raises(ValueError, match="faces must be one of auto, olivetti, sketch, or the path"):
        load_faces("sketches")
    with pytest.raises(ValueError, match="pixels must be a whole number of at least 8; got 4"):
        load_faces(folder, pixels=4)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": np.full((9, 8, 8), np.nan)}, r"image 0 of bad\.npz holds NaN"),
        ({"images": np.linspace(0, 255, 576).reshape(9, 8, 8)}, r"must have values in \[0, 1\], as float64"),
        ({"images": np.zeros((9, 8))}, r"must hold images, \(n, H, W\)"),
        ({"faces": np.zeros((9, 8, 8))}, "must hold images"),
        ({"images": np.zeros((0, 8, 8))}, "holds no images"),
        ({"images": np.zeros((9, 8, 8)), "person": np.zeros(8)}, "person, one for each of 9 images"),
    ],
)
def test_arrays_that_are_no_faces_say_what_was_wanted(arrays, message, tmp_path):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        load_faces(tmp_path / "bad.npz", pixels=8)


def test_files_that_are_no_archive_are_refused_and_pickles_never_read(tmp_path):
    np.save(tmp_path / "one.npy", np.zeros((9, 8, 8)))
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    (tmp_path / "junk.npz").write_bytes(b"PK\x03\x04 no archive")
    np.savez(tmp_path / "pickled.npz", images=np.array([{"a": 1}] * 9, dtype=object))
    for name in ("one", "junk", "pickled"):
        with pytest.raises(ValueError, match=rf"{name}\.npz is neither a folder of images nor an \.npz file"):
            load_faces(tmp_path / f"{name}.npz")


def test_people_too_few_to_be_divided_can_be_divided_by_photograph(tmp_path):
    images, _ = draw_faces(1, 16, pixels=16)
    np.savez(tmp_path / "one.npz", images=images, person=np.zeros(16))
    with pytest.raises(ValueError, match=r'at least 8 of them; got 1; split="photograph" divides'):
        load_faces(tmp_path / "one.npz", pixels=16)
    assert len(load_faces(tmp_path / "one.npz", pixels=16, split="photograph").subset("train")) == 12


def test_a_change_of_an_image_is_seen_at_once_and_changes_every_key(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(faces.USED_FACES, str(tmp_path / "used"))
    ask = {"losses": ["linear"], "encodings": ["linear"], "store": Store(tmp_path / "store"), "faces": folder}
    before = experiments.loss_sweep("smoke", **ask)
    assert before.faces is experiments.loss_sweep("smoke", **ask).faces  # read once
    digest = content_digest(folder)
    path = folder / "p0" / "00.png"
    Image.fromarray(255 - np.asarray(Image.open(path))).save(path)
    after = experiments.loss_sweep("smoke", **ask)
    assert before.key(before.conditions[0]) != after.key(after.conditions[0])
    assert content_digest(folder) != digest
    assert (tmp_path / "used").read_text() == f"{digest} {folder}\n{content_digest(folder)} {folder}\n"
