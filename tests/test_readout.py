import numpy as np
import pytest
import xarray as xr

from fisherkit import fisher, readout
from fisherkit.faces import Faces

FACES = 40
SLOPE = np.array([0.5, 2.0])  # of two networks
BIAS = 0.3


@pytest.fixture(scope="module")
def made():
    """Two networks whose decoded angle has a known slope, variance and bias; what the decoder ignores does not move."""
    rng = np.random.default_rng(0)
    noise = np.linalg.qr(np.column_stack([np.ones(FACES), rng.normal(size=(FACES, 2))]))[0][:, 1:].T  # uncorrelated
    angle = np.linspace(-1, 1, 6)
    variance = 0.01 * (1 + angle**2)
    decoded = (angle + BIAS)[None, :, None] + np.sqrt(FACES * variance)[None, :, None] * noise[0]
    z = np.stack([decoded + noise[1], decoded - noise[1]], axis=-1) * np.ones((2, 1, 1, 1))
    t = np.broadcast_to(SLOPE[:, None, None, None], z.shape)
    labels = {"angle": angle, "encoding": ("replicate", ["linear"] * 2)}
    code = fisher.Code(*(xr.DataArray(a, dims=("replicate", "angle", "face", "output"), coords=labels) for a in (z, t)))
    faces = Faces(np.zeros((FACES, 2, 2), np.float32), np.arange(FACES), np.full(FACES, "train"), "sketch")
    return code, faces, variance


def test_the_terms_are_those_of_a_known_read_out(made):
    code, faces, variance = made
    terms = {name: one.values.values for name, one in readout.log_terms(code, faces).items()}
    np.testing.assert_allclose(terms["slope"], np.tile(2 * np.log(SLOPE)[:, None], 6))
    np.testing.assert_allclose(terms["spread"], np.tile(-np.log(variance), (2, 1)))
    np.testing.assert_allclose(terms["error"], np.tile(np.log(variance + BIAS**2), (2, 1)))
    # Nothing is unused but what the correction, of two dimensions, and the divisor n take off.
    np.testing.assert_allclose(terms["unused"], np.log(fisher.wishart_factor(FACES, 2) * (FACES - 1) / FACES))
    np.testing.assert_allclose(terms["information"], terms["slope"] + terms["spread"] + terms["unused"])


def test_people_are_left_out_one_by_one(made):
    code, faces, _ = made
    error = readout.log_terms(code, faces)["error"]
    (left,) = error.without.values()
    square = (code.embeddings.values.mean(axis=-1) - code.embeddings.angle.values[:, None]) ** 2
    expected = (square.sum(axis=-1, keepdims=True) - square) / (FACES - 1)
    np.testing.assert_allclose(left, np.log(np.moveaxis(expected, -1, 0)))
