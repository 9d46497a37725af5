import numpy as np
import pytest

from fisherkit import fisher, rounding


@pytest.fixture(scope="module")
def cloud():
    """A slanted cloud of condition number about 9 and tangents of it, so many that no estimate refuses them."""
    rng = np.random.default_rng(0)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    return rng.normal(size=(300, 2)) * [3, 1] @ turn.T, rng.normal([1.0, 0.5], 0.1, size=(300, 2))


def test_the_explicit_inverse_is_the_plug_in_estimate_of_a_thick_cloud(cloud):
    stack = [np.stack([one, 2 * one]) for one in cloud]
    information, covariance, inverse = rounding.fisher_by_inverse(*stack)
    assert {array.dtype for array in (information, covariance, inverse)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(information, fisher.linear_fisher(*stack, correction="none"), rtol=1e-5)
    np.testing.assert_allclose(covariance @ inverse, np.stack([np.eye(2)] * 2), atol=1e-5)


def test_squeezing_leaves_the_information_and_divides_the_condition_number(cloud):
    z, t = rounding.squeeze(*cloud, 0.01)
    assert fisher.condition_number(z) == pytest.approx(1e4 * fisher.condition_number(cloud[0]))
    truth = fisher.linear_fisher(*cloud, correction="none")
    assert fisher.linear_fisher(z, t, correction="none") == pytest.approx(truth)
    np.testing.assert_allclose(z.mean(axis=0), cloud[0].mean(axis=0))


def test_single_precision_loses_a_thin_cloud_long_before_double(cloud):
    table = rounding.thinning(*cloud, np.geomspace(1, 1e-7, 29))
    ratio = table[["single", "double"]] / fisher.linear_fisher(*cloud, correction="none")
    thick, thin = table["condition_number"] < 1e3, table["condition_number"].between(1e8, 1e9)
    np.testing.assert_allclose(ratio[thick], 1, atol=1e-3)
    np.testing.assert_allclose(ratio["double"][thin], 1, atol=0.1)
    assert (np.abs(ratio["single"][thin] - 1) > 0.1).all()
    assert np.isnan(table["double"].iloc[-1])  # refused, where single precision still has a number
