"""Shapes of clouds: planted ones, and people left out."""

import numpy as np
import pytest
import xarray as xr

from fisherkit.alignment import cloud_shape, cloud_shapes
from fisherkit.estimators import linear_fisher, variance_along_tangent
from fisherkit.fisher import Code


def turned(degrees: float) -> np.ndarray:
    """Of a plane, anticlockwise."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


@pytest.mark.parametrize("degrees", [0, 30, 90])
@pytest.mark.parametrize("tilt", [0, -50, 170])
def test_a_cloud_three_times_as_long_as_wide_is_read_as_it_was_made(degrees, tilt):
    """Its longer axis is the given number of degrees from the motion, wherever both point to."""
    axes = turned(tilt + degrees)
    found = cloud_shape(axes @ np.diag([9.0, 1.0]) @ axes.T, 0.2 * turned(tilt)[:, 0])
    cosine, sine = np.cos(np.radians(degrees)) ** 2, np.sin(np.radians(degrees)) ** 2
    assert found["along"] == pytest.approx((9 * cosine + sine) / 10)
    assert found["degrees"] == pytest.approx(degrees, abs=1e-5)
    assert found["aspect"] == pytest.approx(3)
    assert found["gain"] == pytest.approx(1 / (cosine / 9 + sine))
    blind = axes.T @ [np.sqrt(0.5), -np.sqrt(0.5)]
    assert found["unseen"] == pytest.approx((9 * blind[0] ** 2 + blind[1] ** 2) / 10)


@pytest.mark.parametrize(("covariance", "motion"), [(np.ones((2, 2)) * 0, [1, 0]), (np.eye(2), [0, 0])])
def test_points_and_means_that_stand_still_lie_to_nothing(covariance, motion):
    with pytest.raises(ValueError, match="if it scatters in all directions and its mean moves"):
        cloud_shape(covariance, motion)


@pytest.fixture
def code(small_faces):
    generator = np.random.default_rng(0)
    faces = small_faces.subset("test")
    shape = 2, 3, len(faces), 2
    z = generator.normal(size=shape) @ [[1.0, 0.4], [0.0, 0.5]] + 7
    loss = {"loss": ("replicate", ["linear", "log"]), "angle": [0.0, 0.1, 0.2]}
    arrays = (z, generator.normal(1, 0.1, size=shape))
    return faces, Code(*(xr.DataArray(of, dims=("replicate", "angle", "face", "output"), coords=loss) for of in arrays))


def test_shapes_of_networks_are_those_of_their_clouds(code):
    faces, code = code
    found = cloud_shapes(code, faces)
    z, t = code.embeddings.values, code.tangents.values
    assert found["along"].values.values == pytest.approx(variance_along_tangent(z, t))
    # Turned across the motion, a cloud has the information of its width alone.
    widths = np.linalg.eigvalsh(np.stack([[np.cov(cloud.T) for cloud in network] for network in z]))[..., 0]
    best = (t.mean(axis=-2) ** 2).sum(axis=-1) / widths
    assert found["gain"].values.values == pytest.approx(best / linear_fisher(z, t, correction="none"))
    assert found["along"].select(loss="log").number(lambda values: values.mean(axis=-1)).values.shape == (1,)


def test_shapes_without_a_person_are_those_of_all_others(code):
    faces, code = code
    people = np.unique(faces.person)
    kept = faces.person != people[1]
    alone = cloud_shapes(Code(code.embeddings[:, :, kept], code.tangents[:, :, kept]), faces.where(kept))
    for name, shape in cloud_shapes(code, faces).items():
        (left,) = shape.without.values()
        assert len(left) == len(people)
        assert left[1] == pytest.approx(alone[name].values.values)
