import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit.known import LATENTS, KnownCode, latent_moments, random_code, tuned_population


def gaussian_information(code, angle):
    """μ′ᵀ Σ⁻¹ μ′ + ½ tr[(Σ⁻¹ Σ′)²], with Σ′ by central difference."""
    h = 1e-5
    inverse = np.linalg.inv(code.covariance(angle))
    change = inverse @ (code.covariance(angle + h) - code.covariance(angle - h)) / (2 * h)
    return code.slope @ inverse @ code.slope, np.trace(change @ change) / 2


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 4), angle=st.floats(-0.2, 0.2))
def test_a_gaussian_codes_information_is_the_textbooks(seed, d, angle):
    code = random_code(d, condition_number=20.0, seed=seed)
    mean, covariance = gaussian_information(code, angle)
    assert code.linear_information(angle) == pytest.approx(mean, rel=1e-6)
    assert code.information(angle) == pytest.approx(mean + covariance, rel=1e-5)


def test_moments_are_the_closed_forms():
    nu = 5
    expected = {
        "gaussian": (1, 0, 3),
        # Student's t: E ψ² = (ν + 1)/(ν + 3) · ν/(ν − 2) at unit variance, E ψ² x² = 3 (ν + 1)/(ν + 3).
        "heavy-tailed": ((nu + 1) / (nu + 3) * nu / (nu - 2), 0, 3 * (nu + 1) / (nu + 3)),
    }
    for latent, moments in expected.items():
        assert latent_moments(latent) == pytest.approx(moments, abs=1e-6)
    # Gumbel: E ψ² = 1 in its own scale, of variance π²/6.
    assert latent_moments("skewed")[0] == pytest.approx(np.pi**2 / 6, abs=1e-6)


@pytest.mark.parametrize("latent", LATENTS)
def test_information_in_one_dimension_is_the_integral_over_the_score(latent):
    """From the density of z itself, differentiated numerically along θ."""
    code = KnownCode(np.array([1.5]), np.array([[0.7]]), np.array([[0.8]]), latent=latent)
    density = {
        "gaussian": scipy.stats.norm(),
        "heavy-tailed": scipy.stats.t(5),
        "skewed": scipy.stats.gumbel_r(),
    }[latent]

    def log_density(z, angle):
        root = np.sqrt(code.covariance(angle).item())
        x = (z - 1.5 * angle) / root
        return density.logpdf(x * density.std() + density.mean()) + np.log(density.std() / root)

    def integrand(z):
        score = (log_density(z, 1e-4) - log_density(z, -1e-4)) / 2e-4
        return np.exp(log_density(z, 0.0)) * score**2

    # A Gumbel density falls doubly exponentially on its left.
    low = -3.0 if latent == "skewed" else -60.0
    integral = scipy.integrate.quad(integrand, low, 60, points=[-1, 0, 1], limit=500)[0]
    assert code.information(0.0) == pytest.approx(integral, rel=1e-4)


@pytest.mark.parametrize("latent", LATENTS)
def test_information_is_the_variance_of_the_score_of_samples(latent):
    """With the score −tr G − (a + Gx)·∇log f(x) of many latents."""
    code = random_code(2, latent=latent, seed=2)
    sample = code.sample([0.0], 200_000, seed=3)
    x = np.linalg.solve(code.root, sample.embeddings.values[0, 0].T).T
    drift = np.linalg.solve(code.root, code.slope)
    y, psi = {
        "gaussian": (x, x),
        "heavy-tailed": (x, 6 * x / (3 + x**2)),
        "skewed": (x, (1 - np.exp(-(x * np.pi / np.sqrt(6) + np.euler_gamma))) * np.pi / np.sqrt(6)),
    }[latent]
    score = (psi * (drift + y @ code.growth.T)).sum(axis=1) - np.trace(code.growth)
    assert score.mean() == pytest.approx(0, abs=5 * score.std() / np.sqrt(len(score)))
    assert score.var() == pytest.approx(code.information(0.0), rel=0.03)


@pytest.mark.parametrize("latent", LATENTS)
def test_samples_have_the_codes_mean_covariance_and_tangents(latent):
    code = random_code(3, condition_number=50.0, latent=latent, seed=4)
    angle, h = 0.05, 1e-5
    sample = code.sample([angle - h, angle, angle + h], 60_000, seed=5)
    z, t = sample.embeddings.values[0], sample.tangents.values[0]
    np.testing.assert_allclose((z[2] - z[0]) / (2 * h), t[1], rtol=1e-5, atol=1e-4 * np.abs(t).max())
    expected = code.covariance(angle)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(np.cov(z[1], rowvar=False) / scale, expected / scale, atol=0.05)
    error = 5 * np.sqrt(np.diag(expected) / z.shape[1])
    assert (np.abs(z[1].mean(axis=0) - code.slope * angle) < error).all()


def test_information_adds_over_independent_blocks_and_ignores_maps_of_the_embedding():
    first, second = random_code(2, latent="skewed", seed=6), random_code(1, latent="skewed", seed=7)

    def blocks(a, b):
        return np.block([[a, np.zeros((len(a), len(b)))], [np.zeros((len(b), len(a))), b]])

    both = KnownCode(
        np.concatenate([first.slope, second.slope]),
        blocks(first.root, second.root),
        blocks(first.growth, second.growth),
        latent="skewed",
    )
    assert both.information(0.1) == pytest.approx(first.information(0.1) + second.information(0.1))
    mapping = np.array([[2.0, 1, 0], [0, 3, -1], [1, 0, 1]])
    mapped = KnownCode(mapping @ both.slope, mapping @ both.root, both.growth, latent="skewed")
    assert mapped.information(0.1) == pytest.approx(both.information(0.1))
    assert mapped.linear_information(0.1) == pytest.approx(both.linear_information(0.1))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), c=st.floats(0.1, 10))
@pytest.mark.parametrize("latent", LATENTS)
def test_information_scales_with_the_unit_of_the_angle(latent, seed, c):
    code = random_code(2, latent=latent, seed=seed)
    rescaled = KnownCode(code.slope / c, code.root, code.growth / c, code.turn / c, latent)
    assert rescaled.information(0.1 * c) == pytest.approx(code.information(0.1) / c**2, rel=1e-6)


def test_a_covariance_that_does_not_change_adds_nothing():
    spin = np.array([[0.0, 2.0], [-2.0, 0.0]])
    code = KnownCode(np.array([1.0, 2.0]), np.eye(2), spin, turn=3.0)
    assert code.information(0.3) == pytest.approx(code.linear_information(0.3))
    np.testing.assert_allclose(code.covariance(0.3), np.eye(2), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(2, 5), number=st.floats(1, 1e4))
def test_a_random_code_has_the_condition_number_asked_for(seed, d, number):
    code = random_code(d, condition_number=number, seed=seed)
    assert np.linalg.cond(code.covariance(0.0)) == pytest.approx(number, rel=1e-6)
    assert 30 <= code.linear_information(0.0) <= 3000


def test_photographs_of_a_person_are_as_alike_as_asked():
    code = KnownCode(np.array([1.0, 0.0]), np.eye(2), np.zeros((2, 2)), turn=1.0)
    sample = code.sample([0.0], 4000, photographs=2, alike=0.6, seed=8)
    np.testing.assert_array_equal(sample.embeddings.person, np.repeat(np.arange(4000), 2))
    for values in (sample.embeddings.values[0, 0, :, 0], sample.tangents.values[0, 0, :, 1]):
        pairs = values.reshape(4000, 2)
        assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.6, abs=0.05)
        assert pairs.var() == pytest.approx(1, rel=0.05)
    again = code.sample([0.0], 4000, photographs=2, alike=0.6, seed=8)
    np.testing.assert_array_equal(again.embeddings, sample.embeddings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent": "normal"}, "gaussian, heavy-tailed, skewed"),
        ({"latent": "skewed", "turn": 1.0}, "turn must be 0"),
        ({"root": np.ones((2, 2))}, "invertible"),
        ({"growth": np.zeros((3, 3))}, r"must be \(2, 2\)"),
    ],
)
def test_bad_codes_say_what_was_wanted(change, message):
    good = {"slope": np.ones(2), "root": np.eye(2), "growth": np.zeros((2, 2))}
    with pytest.raises(ValueError, match=message):
        KnownCode(**(good | change))


def test_bad_samples_say_what_was_wanted():
    code = random_code(2, latent="skewed", seed=9)
    with pytest.raises(ValueError, match="alike must be in"):
        code.sample([0.0], 10, alike=0.5)
    with pytest.raises(ValueError, match="people must be a whole number"):
        code.sample([0.0], 0)
    with pytest.raises(ValueError, match="condition_number must be at least 1"):
        random_code(2, condition_number=0.5)


@settings(max_examples=20, deadline=None)
@given(neurons=st.integers(2, 60), limiting=st.floats(0, 1), distance=st.floats(0.01, 0.5))
def test_information_limiting_correlations_cap_that_of_a_tuned_population(neurons, limiting, distance):
    without = tuned_population(neurons, distance=distance).linear_information(0.0)
    capped = tuned_population(neurons, distance=distance, limiting=limiting).linear_information(0.0)
    assert capped == pytest.approx(without / (1 + limiting * without), rel=1e-6)  # Sherman–Morrison


def test_impossible_populations_are_refused():
    with pytest.raises(ValueError, match="distance must be positive"):
        tuned_population(5, distance=0.0)
