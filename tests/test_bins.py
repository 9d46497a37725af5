import numpy as np
import pytest
import xarray as xr

from fisherkit import bins
from fisherkit.codes import angle_grid
from fisherkit.curves import Precision
from fisherkit.densities import Binned

ANGLE = angle_grid("linear", 60)
HALF = np.pi / 2
DENSITIES = {
    "first": Binned((0.1, 0.2, 0.3, 0.4), -HALF, HALF),
    "second": Binned((0.3, 0.4, 0.2, 0.1), -HALF, HALF),
}


def precision(exponent, ripple=0.0, densities=DENSITIES):
    """Of a network a density, p^α, times exp(± ripple) at every other angle; the same whoever is left out."""
    sign = (-1.0) ** np.arange(len(ANGLE))
    values = np.stack([density.pdf(ANGLE) ** exponent * np.exp(ripple * sign) for density in densities.values()])
    coords = {"angle": ANGLE, "density": ("replicate", list(densities))}
    return Precision(
        xr.DataArray(values, dims=("replicate", "angle"), coords=coords), {"faces": np.stack([values] * 3)}
    )


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.7])
def test_the_exponent_of_a_power_is_found_for_each_density(exponent):
    found = bins.exponents(precision(exponent), DENSITIES)
    np.testing.assert_allclose(found.values, [exponent] * 2)
    assert found.without["faces"].shape == (3, 2)


def test_bins_that_are_hardly_trained_have_no_say():
    rare = {"rare": Binned((0.02, 0.28, 0.3, 0.4), -HALF, HALF)}
    wrong = precision(1.0, densities=rare)
    wrong.values[:, rare["rare"].pdf(ANGLE) < 0.1] *= 100
    assert bins.exponents(wrong, rare).mean == pytest.approx(1)
    assert bins.exponents(wrong, rare, share=0.01).mean < 0.5


def test_a_density_of_one_high_bin_is_left_out():
    alone = {"alone": Binned((0.97, 0.01, 0.01, 0.01), -HALF, HALF)}
    both = {**DENSITIES, **alone}
    assert len(bins.exponents(precision(1.0, densities=both), both).values) == 2
    with pytest.raises(ValueError, match="none of alone has two bins of like height"):
        bins.exponents(precision(1.0, densities=alone), alone)


def test_scatter_is_that_of_the_ripple_inside_and_of_the_missed_power_between():
    inside, between = bins.scatter(precision(1.0), DENSITIES)
    np.testing.assert_allclose([*inside.values, *between.values], 0, atol=1e-12)
    inside, between = bins.scatter(precision(0.5, ripple=0.2), DENSITIES)
    np.testing.assert_allclose(inside.values, 0.2, rtol=0.01)
    np.testing.assert_allclose(between.values, np.log([0.1, 0.2, 0.3, 0.4]).std() / 2, rtol=0.05)


def test_ends_of_the_range_are_left_out():
    there = bins.interior(ANGLE)
    assert not there[[0, 1, -2, -1]].any()
    assert there[2:-2].all()
