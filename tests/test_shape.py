"""Numbers of a curve's shape, against curves of which they are known."""

import numpy as np
import pytest

from fisherkit import shape
from fisherkit.codes import angle_grid
from fisherkit.curves import common_angles
from fisherkit.densities import named

NORMAL = named("concentrated", "linear")
GRID = angle_grid("linear", 200)
GRID = GRID[common_angles(NORMAL, GRID)]
P = NORMAL.pdf(GRID)


def wave(amplitude, cycles):
    """A factor of √I that multiplies it up and down; of whole cycles its logarithm is amplitude ÷ √2 from its mean."""
    return np.exp(2 * amplitude * np.sin(2 * np.pi * cycles * (np.arange(len(GRID)) + 0.5) / len(GRID)))


def test_the_discriminable_range_of_a_constant_is_its_root_times_the_width():
    angle = np.linspace(-1, 2, 7)
    assert shape.discriminable_range(np.full((2, 7), 9.0), angle) == pytest.approx([9, 9])


def test_a_power_is_at_no_distance_and_a_wave_at_its_own():
    values = np.stack([5 * P**0.7, 3 * P**0.7 * wave(0.1, 3)])
    assert shape.distance_from_power(values, P, 0.7) == pytest.approx([0, 0.1 / np.sqrt(2)], abs=1e-9)
    assert shape.distance_from_own_power(values[0], P) == pytest.approx(0, abs=1e-6)
    # log √I is 0.15 log p off where α is 0.3 off.
    assert shape.distance_from_power(values[0], P, 1.0) == pytest.approx(0.15 * np.log(P).std())


def test_the_distance_from_ones_own_power_counts_what_the_other_half_did_not_see():
    """Noise of each angle alone: the half that is judged scatters, and the fitted level and exponent do too."""
    rng = np.random.default_rng(0)
    values = P**0.7 * np.exp(2 * 0.1 * rng.normal(size=(400, len(P))))
    found = shape.distance_from_own_power(values.reshape(2, 200, -1), P)
    assert found.shape == (2, 200)
    half = len(P) / 2
    assert np.sqrt((found**2).mean()) == pytest.approx(0.1 * np.sqrt(1 + 2 / half), rel=0.03)
    # Whatever is fitted, it is more than the same curve's distance from a power fitted to all of it.
    assert found.mean() > np.mean(np.std(np.log(values) / 2 - 0.35 * np.log(P), axis=-1))


def test_a_power_of_the_density_explains_itself_and_its_derivative_does_not():
    slope = np.abs(GRID - np.pi / 4) * P  # of a normal density, up to a factor
    both = np.stack([4 * P**1.2, 4 * slope**1.2])
    np.testing.assert_allclose(shape.root_by_power(both[0], P), np.sqrt(both[0]), rtol=1e-4)
    by_p, by_slope = shape.share_explained(both, P), shape.share_explained(both, slope)
    assert by_p[0] == pytest.approx(1)
    assert by_slope[1] == pytest.approx(1)
    assert max(by_p[1], by_slope[0]) < 0.5
    # A curve that knows nothing of p: no power is better than a constant.
    assert shape.share_explained(wave(0.3, 12), P) == pytest.approx(0, abs=0.05)


def test_numbers_of_many_curves_are_those_of_each():
    rng = np.random.default_rng(1)
    values = P ** rng.uniform(0.3, 2, size=(2, 3, 1)) * np.exp(0.2 * rng.normal(size=(2, 3, len(P))) + 1)
    for number in (
        lambda x: shape.discriminable_range(x, GRID),
        lambda x: shape.distance_from_power(x, P, 0.5),
        lambda x: shape.distance_from_own_power(x, P),
        lambda x: shape.share_explained(x, P),
        lambda x: shape.root_by_power(x, P),
    ):
        found = number(values)
        for place in np.ndindex(2, 3):
            np.testing.assert_allclose(found[place], number(values[place]))


def test_both_halves_are_judged():
    """Where one half is an exact power it is at no distance from the other's fit, and the other at its own."""
    odd = np.arange(len(P)) % 2 == 1
    for half in (odd, ~odd):
        values = np.where(half, P**0.7, P**0.7 * wave(0.1, 3))
        assert shape.distance_from_own_power(values, P) == pytest.approx((0 + 0.1 / np.sqrt(2)) / 2, rel=0.05)
