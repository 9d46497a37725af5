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
    as_density,
    by_name,
    dirichlet_binned,
    named,
    normalised,
    of_function,
    of_scipy,
    total_variation,
)

ALL = [
    *[density for domain in NAMED.values() for density in domain.values()],
    dirichlet_binned(6, seed=1),
    of_scipy(scipy.stats.truncnorm(-1, 3, loc=0.2, scale=0.4)),
    of_scipy(scipy.stats.beta(a=2, b=3, scale=2)),
    of_function(lambda theta: 1.2 + np.cos(4 * theta), -np.pi / 2, np.pi / 2),
    of_function(lambda theta: np.maximum(theta, 0), -1, 2),
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


def test_functions_are_normalised_and_scipys_distributions_are_themselves():
    theta = np.linspace(-1.5, 1.5, 301)
    ours = of_function(lambda angle: 7 * (1.2 + np.cos(4 * angle)), -np.pi / 2, np.pi / 2)
    np.testing.assert_allclose(ours.pdf(theta), (1.2 + np.cos(4 * theta)) / (1.2 * np.pi), rtol=1e-5)
    assert ours.pdf([-1.6, 1.6]).tolist() == [0, 0]
    assert ours.support == (-np.pi / 2, np.pi / 2)
    one_at_a_time = of_function(lambda angle: 1.2 + np.cos(4 * float(angle)) if np.ndim(angle) == 0 else 0.0, -1, 1)
    assert one_at_a_time.pdf(0.0) > one_at_a_time.pdf(0.7)
    frozen = scipy.stats.truncnorm(-1, 3, loc=0.2, scale=0.4)
    np.testing.assert_array_equal(of_scipy(frozen).pdf(theta), frozen.pdf(theta))


def test_what_determines_a_density_is_in_the_key_and_its_scale_is_not():
    def hills(height):
        return of_function(lambda theta: height * (1.2 + np.cos(4 * theta)), -1, 1)

    assert hills(1.0).spec == hills(3.0).spec
    assert hills(1.0).spec != of_function(lambda theta: 1.3 + np.cos(4 * theta), -1, 1).spec
    assert of_scipy(scipy.stats.norm(0.1, 0.2)).spec != of_scipy(scipy.stats.norm(0.1, 0.3)).spec
    assert hash(of_scipy(scipy.stats.norm(0.1, 0.2))) == hash(of_scipy(scipy.stats.norm(0.1, 0.2)))
    assert hash(hills(1.0)) == hash(hills(1.0))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda theta: theta, "must not be negative.* it is -1.5708 at -1.571 rad"),
        (lambda theta: 0 * theta, "nor zero everywhere"),
        (lambda theta: theta * np.nan, "NaN or infinity"),
        (lambda theta: np.stack([theta, theta]), "must be a function of the angle"),
        (scipy.stats.poisson(3), "continuous distribution of scipy.stats; got 'poisson'"),
        (scipy.stats.norm(0, -1), "single numbers that it can have"),
        (scipy.stats.norm([0, 1], 1), "single numbers that it can have"),
        (3.0, "a density is a name, a Density, a frozen distribution of SciPy or a function; got 3.0"),
        ("even", "density must be one of uniform"),
    ],
)
def test_what_is_no_density_says_why(given, message):
    with pytest.raises(ValueError, match=message):
        as_density(given, "linear")


def test_on_the_circle_a_density_must_lie_within_one_turn():
    assert as_density(scipy.stats.vonmises(2.0, loc=1.0), "circular").pdf(1.0) > 0.3
    assert as_density(lambda theta: 2 + np.sin(theta), "circular").support == (-np.pi, np.pi)
    with pytest.raises(ValueError, match="must lie between −π and π"):
        as_density(scipy.stats.norm(3.0, 0.5), "circular")


def test_densities_have_names_that_are_told_apart():
    def hills(theta):
        return 1.2 + np.cos(4 * theta)

    listed = by_name(["uniform", hills, scipy.stats.norm(0, 1), Normal(0, 1)])
    assert list(listed) == ["uniform", "hills", "norm", "normal"]
    assert list(by_name({"narrow": Normal(0, 0.1), "broader": Normal(0, 0.4)})) == ["narrow", "broader"]
    for wrong in ([Normal(0, 0.1), Normal(0, 0.4)], {"uniform": hills}, [Uniform(-1, 1)]):
        with pytest.raises(ValueError, match="each density needs a name of its own"):
            by_name(wrong)
    with pytest.raises(ValueError, match="densities must be a list"):
        by_name(hills)
