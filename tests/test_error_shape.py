"""The shape of errors whose distribution is known."""

import numpy as np
import pytest

from fisherkit.error_shape import NORMAL_RATIO, NORMAL_TINY, error_shape
from fisherkit.faces import load_faces

DENSITY = np.array([0.2, 0.5, 1.0, 1.7])


@pytest.fixture(scope="module")
def faces():
    return load_faces("sketch", pixels=16).subset("train")


def drawn(draw, faces, *, networks=400):
    rng = np.random.default_rng(0)
    return draw(rng, (networks, len(DENSITY), len(faces))) * np.array([0.4, 0.2, 0.1, 0.05])[:, None]


def test_normal_errors_are_normal_whatever_their_width(faces):
    found = error_shape(drawn(lambda rng, shape: rng.normal(size=shape), faces), DENSITY, faces)
    # In 300 faces the mean is known to 1/300, and so the variance too.
    np.testing.assert_allclose(found.ratio.mean(axis=0), NORMAL_RATIO, atol=0.02)
    assert found.kurtosis.mean == pytest.approx(0, abs=0.05)
    assert found.tiny == pytest.approx(NORMAL_TINY, abs=0.001)
    assert found.slope.mean == pytest.approx(0, abs=0.01)
    assert found.slope.several
    assert [len(left) for left in found.slope.without.values()] == [len(set(faces.person))]


def test_heavy_tails_have_the_kurtosis_of_their_distribution(faces):
    found = error_shape(drawn(lambda rng, shape: rng.laplace(size=shape), faces), DENSITY, faces)
    assert found.kurtosis.mean == pytest.approx(3, abs=0.3)  # Laplace's
    assert found.tiny == pytest.approx(1 - 2**-0.1, abs=0.003)  # P(|e| < log 2 ÷ 10)
    # E e² = 2 and E log|e| = −γ of a Laplace distribution of scale 1.
    np.testing.assert_allclose(found.ratio.mean(axis=0), np.log(2) + 2 * np.euler_gamma, atol=0.03)


def test_a_shape_that_goes_with_the_density_has_its_slope(faces):
    """|e|^w of uniform e has E e² = 1/(2w + 1) and E log|e| = −w: the ratio is 2w − log(2w + 1)."""
    width = np.array([0.5, 1.0, 2.0, 3.0])[:, None]
    half = np.random.default_rng(1).uniform(size=(400, 4, len(faces) // 2)) ** width
    found = error_shape(np.concatenate([half, -half], axis=-1), DENSITY, faces)  # their means are zero
    expected = np.polyfit(np.log(DENSITY), (2 * width - np.log(2 * width + 1))[:, 0], 1)[0]
    assert found.slope.mean == pytest.approx(expected, rel=0.1)


def test_errors_must_fit_and_the_density_vary(faces):
    errors = np.ones((2, 4, len(faces)))
    with pytest.raises(ValueError, match=r"errors must be \(K, 3, 300\)"):
        error_shape(errors, DENSITY[:3], faces)
    with pytest.raises(ValueError, match="whose density varies"):
        error_shape(errors, np.ones(4), faces)
