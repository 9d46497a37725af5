import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit.fisher import linear_fisher
from fisherkit.stats import bootstrap_mean, bootstrap_people, fit_exponent, mean_over_replicates, simultaneous_band

THETA = np.linspace(-0.5, 0.5, 17)
P = np.exp(-(THETA**2) / (2 * 0.2**2))


@settings(max_examples=40, deadline=None)
@given(exponent=st.floats(-1, 3), scale=st.floats(1e-3, 1e5))
def test_an_exact_power_is_found_whatever_its_scale(exponent, scale):
    fit = fit_exponent(scale * P[None] ** exponent, P)
    assert fit.estimate == pytest.approx(exponent, abs=1e-4)
    assert fit.high == np.inf


def test_negative_estimates_count_and_do_not_bias():
    rng = np.random.default_rng(0)
    curves = 100 * P**1.2 + rng.normal(size=(400, len(P))) * 1.0
    assert (curves < 0).any()
    fit = fit_exponent(curves, P)
    assert fit.estimate == pytest.approx(1.2, abs=0.1)
    assert fit.low < fit.estimate < fit.high
    assert len(fit.per_replicate) == 400


def test_interval_is_over_replicates():
    slopes = np.array([0.9, 1.0, 1.1, 1.2])
    fit = fit_exponent(P ** slopes[:, None], P)
    np.testing.assert_allclose(fit.per_replicate, slopes, atol=1e-4)
    half = 3.182446 * slopes.std(ddof=1) / 2  # t of three degrees of freedom
    assert fit.high - fit.estimate == pytest.approx(half, rel=1e-3)


@pytest.mark.parametrize(
    ("information", "density", "message"),
    [
        (np.ones((2, 3)), np.ones(4), r"\(K, A\)"),
        (np.ones((2, 3)), np.ones(3), "does not vary"),
        (np.ones((1, 3)), np.array([1, 0, 2.0]), "positive at every angle"),
        (-np.ones((1, 3)), np.array([1, 3, 2.0]), "not positive on average"),
        (np.full((1, 3), np.nan), np.array([1, 3, 2.0]), "finite"),
    ],
)
def test_what_has_no_exponent_says_so(information, density, message):
    with pytest.raises(ValueError, match=message):
        fit_exponent(information, density)


def clustered_code(rng, people, photographs, replicates=1, angles=1, slope=2.0):
    """A Gaussian code whose photographs of one person are alike; total variance 1, so that information is slope²."""
    shape = (replicates, angles, people, photographs, 2)
    z = np.sqrt(0.6) * rng.normal(size=(*shape[:3], 1, 2)) + np.sqrt(0.4) * rng.normal(size=shape)
    t = np.array([slope, 0.0]) + 0.1 * rng.normal(size=shape)
    faces = (replicates, angles, people * photographs, 2)
    return z.reshape(faces), t.reshape(faces), np.repeat(np.arange(people), photographs)


def test_a_draw_of_the_bootstrap_is_the_estimate_of_its_faces():
    z, t, person = clustered_code(np.random.default_rng(0), 8, 5, replicates=2, angles=3)
    draws = bootstrap_people(z, t, person, draws=4, seed=7)
    assert draws.shape == (4, 2, 3)
    times = np.random.default_rng(7).multinomial(7, np.full(8, 1 / 8), size=4)
    for draw, of_person in zip(draws, times, strict=True):
        faces = np.repeat(np.arange(len(person)), of_person[person])
        expected = linear_fisher(z[:, :, faces], t[:, :, faces], correction="wishart")
        np.testing.assert_allclose(draw, expected, rtol=1e-9)


def test_the_interval_over_people_holds_the_truth_as_often_as_it_says():
    """Of photographs as alike as here, an interval over photographs would hold it far less often."""
    rng = np.random.default_rng(1)
    held, held_by_photographs = 0, 0
    for _ in range(200):
        z, t, person = clustered_code(rng, 40, 5)
        estimate = linear_fisher(z, t, correction="wishart")[0]
        for units, counted in ((person, "people"), (np.arange(len(person)), "photographs")):
            band = simultaneous_band(estimate, bootstrap_people(z, t, units, draws=300, seed=2)[:, 0])
            inside = bool(band.low[0] <= 4 <= band.high[0])
            held += inside and counted == "people"
            held_by_photographs += inside and counted == "photographs"
    assert 0.88 <= held / 200 <= 0.99
    assert held_by_photographs < held - 10


def test_a_band_is_simultaneous():
    rng = np.random.default_rng(3)
    truth, noise = np.linspace(1, 3, 40), 0.1
    held_by_band = held_by_points = 0
    for _ in range(300):
        estimate = truth * np.exp(noise * rng.normal(size=40))
        draws = estimate * np.exp(noise * rng.normal(size=(400, 40)))
        band = simultaneous_band(estimate, draws)
        held_by_band += bool(((band.low <= truth) & (truth <= band.high)).all())
        points = np.quantile(draws, [0.025, 0.975], axis=0)
        held_by_points += bool(((points[0] <= truth) & (truth <= points[1])).all())
    assert 0.9 <= held_by_band / 300 <= 0.99
    assert held_by_points / 300 < 0.5


def test_a_band_does_not_count_the_bias_of_the_draws():
    rng = np.random.default_rng(4)
    estimate, draws = np.array([2.0]), 2.0 * np.exp(0.1 * rng.normal(size=(4000, 1)))
    for factor in (1.0, 1.3):
        band = simultaneous_band(estimate, draws * factor)
        assert band.high[0] == pytest.approx(2 * np.exp(1.96 * 0.1), rel=0.02)
        assert band.low[0] == pytest.approx(2 * np.exp(-1.96 * 0.1), rel=0.02)


def test_replicates_are_drawn_with_the_variance_of_their_mean():
    rng = np.random.default_rng(5)
    curves = rng.normal(size=(6, 3))
    draws = mean_over_replicates(np.broadcast_to(curves, (40_000, 6, 3)), seed=1)
    np.testing.assert_allclose(draws.std(axis=0), curves.std(axis=0, ddof=1) / np.sqrt(6), rtol=0.03)
    np.testing.assert_allclose(draws.mean(axis=0), curves.mean(axis=0), atol=0.02)
    one = mean_over_replicates(np.broadcast_to(curves[:1], (5, 1, 3)))
    np.testing.assert_array_equal(one, np.broadcast_to(curves[0], (5, 3)))


def test_bad_bootstraps_say_what_was_wanted():
    z, t, person = clustered_code(np.random.default_rng(6), 4, 3)
    with pytest.raises(ValueError, match="at least 3 of them; got 2"):
        bootstrap_people(z, t, person % 2)
    with pytest.raises(ValueError, match="positive curves"):
        simultaneous_band(np.array([1.0]), np.array([[1.0], [-1.0]]))


def test_bootstrap_of_a_mean_has_its_standard_error_and_the_same_people_for_one_seed():
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(40), 5)
    of_person = rng.normal(size=40)
    values = of_person[person] + np.zeros((2, 1))
    drawn = bootstrap_mean(values, person, draws=4000, seed=1)
    assert drawn.shape == (4000, 2)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])
    np.testing.assert_allclose(drawn[:, 0].mean(), of_person.mean(), atol=0.02)
    np.testing.assert_allclose(drawn[:, 0].std(), of_person.std(ddof=1) / np.sqrt(40), rtol=0.05)
    with pytest.raises(ValueError, match="at least 3"):
        bootstrap_mean(values, person % 2)
