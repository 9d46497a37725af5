import numpy as np
import pytest

from fisherkit import curves
from fisherkit.codes import angle_grid
from fisherkit.experiments import loss_sweep
from fisherkit.fisher import fisher_curve


@pytest.fixture(scope="module")
def sweep():
    return loss_sweep(
        "smoke", losses=["linear", "log"], encodings=["linear"], samples=256, validation_samples=64, epochs=2
    )


@pytest.fixture(scope="module")
def measured(sweep):
    return curves.measure(sweep.ensemble(), sweep.faces.subset("train"), angle_grid("linear", 9), draws=50, seed=3)


def test_measured_information_is_that_of_the_ensemble(sweep, measured):
    images = sweep.faces.subset("train").images
    some = measured.select(loss="log", density="concentrated")
    expected = fisher_curve(
        sweep.ensemble(loss="log", density="concentrated"), images, angle_grid("linear", 9), estimator="wishart"
    )
    np.testing.assert_allclose(some.information.values, expected.values, rtol=1e-3)
    assert some.draws.shape == (50, 2, 9)
    assert some.first().draws.shape == (50, 1, 9)
    with pytest.raises(LookupError, match="no network here"):
        measured.select(loss="quart")


def test_curves_have_area_one_and_lie_in_their_bands(measured):
    for transform in (curves.normalised_root, curves.normalised_information):
        lines = measured.lines(transform)
        np.testing.assert_allclose(np.trapezoid(lines, measured.angle, axis=1), 1)
        band = measured.band(transform)
        np.testing.assert_allclose(band.estimate, lines.mean(axis=0))
        assert ((band.low < band.estimate) & (band.estimate < band.high)).all()
    np.testing.assert_array_equal(measured.lines(curves.information), measured.information.values)
    np.testing.assert_allclose(measured.lines(curves.root) ** 2, measured.information.values)


def test_the_same_seed_draws_the_same_band(sweep, measured):
    again = curves.measure(sweep.ensemble(), sweep.faces.subset("train"), angle_grid("linear", 9), draws=50, seed=3)
    np.testing.assert_array_equal(again.band(curves.root).low, measured.band(curves.root).low)
