import numpy as np
import pytest

from fisherkit import clouds


@pytest.fixture
def normal():
    """Clouds of many points: normal, 0.3 along (1, −1)/√2 and 2 along (1, 1)/√2, about (1, 2)."""
    axes = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    return [1.0, 2.0] + np.random.default_rng(0).normal(size=(2, 3, 20_000, 2)) * [0.3, 2.0] @ axes


def test_a_cloud_has_the_size_axes_and_factor_of_its_covariance(normal):
    np.testing.assert_allclose(clouds.size(normal), np.sqrt(0.3**2 + 2**2), rtol=0.02)
    values, vectors = clouds.principal_axes(normal)
    np.testing.assert_allclose(np.sqrt(values), np.broadcast_to([0.3, 2.0], (2, 3, 2)), rtol=0.02)
    np.testing.assert_allclose(np.abs(vectors), np.sqrt(0.5), atol=0.02)
    factor = clouds.covariance_factor(normal)
    covariance = np.cov(normal[1, 2], rowvar=False)
    np.testing.assert_allclose(factor[1, 2].T @ factor[1, 2], covariance, rtol=1e-10)
    assert np.abs(factor[1, 2] @ factor[1, 2].T - covariance).max() > 1  # not the symmetric root


def test_scores_are_standard_and_a_normal_cloud_has_the_share_of_its_ellipse(normal):
    scores = clouds.principal_scores(normal)
    np.testing.assert_allclose(scores.mean(axis=-2), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(scores[0, 1], rowvar=False), np.eye(2), atol=1e-10)
    for deviations in (1.0, 2.0):
        expected = 1 - np.exp(-(deviations**2) / 2)
        np.testing.assert_allclose(clouds.share_inside(normal, deviations), expected, atol=0.02)
    # Four points at the corners of a square are √(3/2) from their mean.
    corners = np.array([[-1.0, -2.0], [1.0, -2.0], [-1.0, 2.0], [1.0, 2.0]])
    assert clouds.share_inside(corners, 1.2) == 0
    assert clouds.share_inside(corners, 1.23) == 1


def test_a_point_far_off_moves_the_mean_and_not_the_median():
    points = np.array([[0.0, 1.0], [0.0, -1.0], [0.0, 0.0], [8.0, 0.0]])
    # Means 2 and 0, medians 0 and 0; variances 16 and 2/3.
    assert clouds.median_offset(points) == pytest.approx(2 / np.sqrt(16 + 2 / 3))
    assert clouds.median_offset(np.concatenate([points, -points])) == 0


def test_the_longer_axis_is_the_last():
    skewed = np.random.default_rng(1).exponential(size=(20_000, 2)) * [1.0, 5.0]
    skewed[:, 0] = np.random.default_rng(2).normal(size=20_000)
    third_moments = (clouds.principal_scores(skewed) ** 3).mean(axis=0)
    assert abs(third_moments[0]) < 0.1
    assert abs(third_moments[1]) == pytest.approx(2, abs=0.2)  # of the exponential distribution


def test_a_flat_cloud_has_no_axes():
    with pytest.raises(ValueError, match="a cloud must scatter along every axis"):
        clouds.principal_scores(np.arange(8.0).repeat(2).reshape(8, 2))


def test_sensitivity_is_the_distance_in_standard_deviations():
    values = np.array([[-1.0, 1.0], [4.0, 6.0], [4.0, 10.0]])  # means 0, 5, 7; variances 2, 2, 18
    np.testing.assert_allclose(clouds.sensitivity(values), [5 / np.sqrt(2), 2 / np.sqrt(10)])
    longer = np.concatenate([values, values[:2] + 7])  # and means 7, 12; variances 2, 2
    np.testing.assert_allclose(clouds.sensitivity(longer)[2:], [0, 5 / np.sqrt(2)], atol=1e-12)


def test_angles_between_vectors():
    first = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    second = np.array([[0.0, 5.0], [2.0, 2.0], [0.0, -1.0], [1.0, 1.0]])
    np.testing.assert_allclose(clouds.degrees_between(first, second), [90, 45, 180, 0], atol=1e-5)


def test_a_path_turns_at_its_corners():
    path = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [3.0, 1.0], [2.0, 2.0], [4.0, 0.0]])
    np.testing.assert_allclose(clouds.turning_angles(np.stack([path, -path])), [[0, 90, 45, 180]] * 2, atol=1e-5)


def test_numbers_of_many_clouds_are_those_of_each():
    points = 5 + np.random.default_rng(3).exponential(size=(2, 3, 30, 2)) * [1.0, 4.0]
    for number in (clouds.size, clouds.median_offset, clouds.share_inside, clouds.principal_scores):
        found = number(points)
        for place in np.ndindex(2, 3):
            np.testing.assert_allclose(found[place], number(points[place]))
        np.testing.assert_allclose(number(points - 7), found)
    np.testing.assert_array_equal(clouds.share_inside(points), clouds.share_inside(points, 2.0))
    slanted = points + [0, 0.3] * points[..., ::-1]
    factor = clouds.covariance_factor(slanted)
    assert (np.diff((factor**2).sum(axis=-1)) > 0).all()  # by growing variance
    covariance = [[np.cov(one, rowvar=False) for one in row] for row in slanted]
    np.testing.assert_allclose(np.swapaxes(factor, -1, -2) @ factor, covariance)
    values = points[..., 0]
    np.testing.assert_allclose(clouds.sensitivity(values)[1], clouds.sensitivity(values[1]))


def test_vectors_along_each_other_are_at_no_angle_and_against_each_other_at_a_straight_one():
    vectors = np.random.default_rng(4).normal(size=(500, 3))
    cosine = (vectors**2).sum(axis=-1) / np.linalg.norm(vectors, axis=-1) ** 2
    assert (cosine != 1).any()
    for factor, angle in ((1.0, 0), (7.0, 0), (-1.0, 180), (-0.3, 180)):
        np.testing.assert_allclose(clouds.degrees_between(vectors, factor * vectors), angle, atol=1e-5)


def test_flatness_of_a_cloud_is_relative_to_its_longest_axis():
    points = np.random.default_rng(5).normal(size=(40, 3))
    assert np.isfinite(clouds.principal_scores(1e-9 * points)).all()
    with pytest.raises(ValueError, match="a cloud must scatter along every axis"):
        clouds.principal_axes(points * [1e-8, 1e-8, 1.0])
