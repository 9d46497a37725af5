import numpy as np
import pytest

from fisherkit.textures import draw_textures


def test_textures_are_reproducible_images_that_grow_in_number():
    faces = draw_textures(10, 3, pixels=32)
    assert faces.images.shape == (30, 32, 32)
    assert faces.images.dtype == np.float32
    assert 0 <= faces.images.min() < faces.images.max() <= 1
    assert faces.digest == draw_textures(10, 3, pixels=32).digest != draw_textures(10, 3, pixels=32, seed=1).digest
    fewer = draw_textures(8, 2, pixels=32)
    np.testing.assert_array_equal(fewer.images.reshape(8, 2, 32, 32), faces.images.reshape(10, 3, 32, 32)[:8, :2])
    assert {len(faces.subset(name)) for name in ("train", "validation", "test")} == {21, 3, 6}
    assert faces.source == "textures"


def test_stripes_are_upright():
    """The grey changes along the rows, hardly along the columns."""
    images = draw_textures(8, 2, pixels=64).images
    along_rows, along_columns = (np.abs(np.diff(images, axis=axis)).mean() for axis in (2, 1))
    assert along_rows > 2 * along_columns


@pytest.mark.parametrize(
    ("bad", "message"),
    [({"samples": 0}, "samples must be"), ({"families": 3}, "at least 8"), ({"pixels": 4}, "pixels")],
)
def test_bad_sizes_say_what_was_wanted(bad, message):
    with pytest.raises(ValueError, match=message):
        draw_textures(**{"families": 8, "samples": 2, "pixels": 16, **bad})
