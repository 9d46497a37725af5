import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit.densities import (
    NAMED,
    Bimodal,
    Binned,
    HyperbolicSecant,
    Normal,
    Reciprocal,
    Uniform,
    VonMises,
    dirichlet_binned,
    named,
    normalised,
    total_variation,
)

ALL = [
    *[density for domain in NAMED.values() for density in domain.values()],
    dirichlet_binned(6, seed=1),
]


@pytest.mark.parametrize("density", ALL, ids=lambda d: str(d)[:40])
def test_density_integrates_to_one_and_its_sample_follows_it(density):
    low, high = np.maximum(density.support[0], -8), np.minimum(density.support[1], 8)
    theta = np.linspace(low, high, 200_001)
    assert np.trapezoid(density.pdf(theta), theta) == pytest.approx(1, abs=1e-4)
    sample = density.sample(20_000, seed=3)
    assert low <= sample.min()
    assert sample.max() <= high
    cdf = np.concatenate([[0], np.cumsum((density.pdf(theta[1:]) + density.pdf(theta[:-1])) / 2 * np.diff(theta))])
    distance = scipy.stats.ks_1samp(sample, lambda x: np.interp(x, theta, cdf)).statistic
    assert distance < 1.63 / np.sqrt(len(sample))  # the 1 % point of Kolmogorov's distribution


def test_samples_are_their_seeds():
    density = named("concentrated", "circular")
    np.testing.assert_array_equal(density.sample(5, seed=(1, 2)), density.sample(5, seed=(1, 2)))
    assert not np.array_equal(density.sample(5, seed=1), density.sample(5, seed=2))


def test_concentrated_circular_density_is_the_originals():
    theta = np.linspace(-np.pi, np.pi, 101)
    original = scipy.stats.vonmises(np.pi / 2, 2.0)  # SciPy reads: concentration π/2, mean 2 rad
    np.testing.assert_allclose(named("concentrated", "circular").pdf(theta), original.pdf(theta), rtol=1e-12)
    p = named("concentrated", "circular").pdf(np.linspace(-np.pi, np.pi, 10_001))
    assert p.max() / p.min() == pytest.approx(np.exp(np.pi), rel=1e-3)


def test_a_reciprocal_density_falls_by_the_ratio_of_distances_to_its_pole():
    p = Reciprocal(pole=-1, low=0, high=3).pdf([0, 1, 3])
    np.testing.assert_allclose(p / p[0], [1, 1 / 2, 1 / 4])


def test_a_hyperbolic_secant_asks_the_same_of_the_law_everywhere():
    theta = np.linspace(-2.3, 2.3, 2001)
    log = np.log(HyperbolicSecant(0.8, -2.5, 2.5).pdf(theta))
    slope = np.gradient(log, theta)
    bend = np.gradient(slope, theta)
    np.testing.assert_allclose((np.abs(bend) + slope**2)[5:-5], 1 / 0.8**2, rtol=1e-3)
    p = HyperbolicSecant(0.8, -2.5, 2.5).pdf([0.0, 0.8, 2.6])
    assert p[1] / p[0] == pytest.approx(1 / np.cosh(1))
    assert p[2] == 0


def test_binned_density_is_probability_over_width():
    density = Binned((0.5, 0.25, 0.25), 0, 3)
    np.testing.assert_allclose(density.pdf([0.5, 1.5, 2.5]), [0.5, 0.25, 0.25])
    np.testing.assert_allclose(Binned((0.5, 0.5), 0, 0.5).pdf([0.1]), [2])
    np.testing.assert_allclose(density.pdf([-0.01, 0, 3, 3.01]), [0, 0.5, 0.25, 0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Uniform(1, 0),
        lambda: Normal(0, 0),
        lambda: VonMises(0, -1),
        lambda: Binned((0.5, 0.6), 0, 1),
        lambda: Binned((), 0, 1),
        lambda: dirichlet_binned(0, seed=0),
        lambda: named("bimodal", "circular"),
        lambda: Bimodal(0, 1, 0),
        lambda: Bimodal(0, 1, 1).sample(0, seed=0),
        lambda: Reciprocal(0, 0, 1),
        lambda: HyperbolicSecant(0, -1, 1),
        lambda: HyperbolicSecant(1, 1, -1),
        lambda: HyperbolicSecant(1, -1, 1).sample(0, seed=0),
        lambda: named("uniform", "square"),
        lambda: Uniform(0, 1).sample(0, seed=0),
    ],
)
def test_bad_densities_say_what_was_wanted(make):
    with pytest.raises(ValueError, match=r"got"):
        make()


@settings(max_examples=30)
@given(scale=st.floats(1e-6, 1e6), power=st.floats(0.1, 3))
def test_normalised_curves_have_area_one_whatever_their_scale(scale, power):
    theta = np.linspace(-1, 2, 60)
    curve = scale * np.exp(-(theta**2)) ** power
    assert np.trapezoid(normalised(curve, theta), theta) == pytest.approx(1)


def test_total_variation_goes_from_nothing_to_one():
    x = np.linspace(0, 1, 1001)
    flat, rising = np.ones_like(x), 2 * x
    assert total_variation(flat, rising, x) == pytest.approx(0.25)  # ½ ∫|1 − 2x| dx
    assert total_variation(np.stack([flat, rising]), rising, x).tolist() == pytest.approx([0.25, 0])
    apart = 2 * (x < 0.5), 2 * (x >= 0.5)
    assert total_variation(*apart, x) == pytest.approx(1, abs=2e-3)
