import numpy as np
import pytest
import scipy.stats

from fisherkit import curves, recordings, stats
from fisherkit.densities import Normal
from fisherkit.estimators import SingularCovarianceError

STIMULI = np.linspace(-1.2, 1.2, 25)


def gaussian(rng, trials, sessions=1, *, information=lambda theta: 4.0 + 0 * theta):
    """Two correlated neurons of unit covariance whose mean runs along one axis at √I: linear information I."""
    fine = np.linspace(-2, 2, 4001)
    position = np.interp(STIMULI, fine, np.cumsum(np.sqrt(information(fine))) * (fine[1] - fine[0]))
    mix = np.array([[1.0, 0.4], [0.0, 0.9]])
    latent = rng.normal(size=(sessions, len(STIMULI), trials, 2))
    latent[..., 0] += position[:, None]
    return latent @ mix


def test_gaussian_trials_have_their_information_on_average():
    rng = np.random.default_rng(0)
    found = recordings.recorded_information(gaussian(rng, 40, sessions=200), STIMULI)
    np.testing.assert_allclose(found.angle, (STIMULI[1:] + STIMULI[:-1]) / 2)
    values = found.values.values
    error = values.mean() - 4
    assert abs(error) < 4 * values.mean(axis=1).std(ddof=1) / np.sqrt(200)


def test_exact_intervals_hold_the_information_as_often_as_they_say():
    rng = np.random.default_rng(1)
    interval = recordings.recorded_interval(gaussian(rng, 30, sessions=60)[:, ::2], STIMULI[::2])
    held = (interval.low <= 4) & (interval.high >= 4)
    # Neighbours share trials: every other one does not.
    assert scipy.stats.binomtest(int(held[:, ::2].sum()), held[:, ::2].size, 0.95).pvalue > 0.001
    assert (interval.low >= 0).all()
    assert (interval.low <= np.maximum(interval.estimate, 0)).all()


def test_an_interval_of_no_information_begins_at_zero():
    rng = np.random.default_rng(2)
    below, above = rng.normal(size=(2, 300, 20, 3))
    found = stats.independent_trials_interval(below, above, step=0.1)
    assert (found.low == 0).mean() == pytest.approx(0.975, abs=0.03)
    with pytest.raises(ValueError, match="confidence"):
        stats.independent_trials_interval(below, above, step=0.1, confidence=95)


def test_poisson_neurons_have_the_information_of_their_tuning():
    """Independent Poisson neurons: I = Σ f′²/f, here between stimuli (Δf/δ)² ÷ the mean rate."""
    rng = np.random.default_rng(3)
    centres = np.linspace(-1.5, 1.5, 6)
    rates = 10 + 40 * np.exp(-((STIMULI[:, None] - centres) ** 2) / (2 * 0.4**2))
    responses = rng.poisson(rates[:, None], size=(30, len(STIMULI), 60, 6))
    delta = np.diff(STIMULI)[:, None]
    truth = ((np.diff(rates, axis=0) / delta) ** 2 / ((rates[1:] + rates[:-1]) / 2)).sum(axis=-1)
    found = recordings.recorded_information(responses, STIMULI).values.mean("replicate").values
    np.testing.assert_allclose(found, truth, rtol=0.15)


@pytest.mark.slow
def test_exponents_of_recordings_hold_the_truth(as_users_call):
    """I ∝ p by construction; of 20 recordings, one session each, nearly all have α = 1 in their interval."""
    density = Normal(0.0, 0.6)
    rng = np.random.default_rng(4)
    hits = []
    for _ in range(20):
        responses = gaussian(rng, 30, information=lambda theta: 400 * density.pdf(theta))
        found = recordings.recorded_information(responses, STIMULI)
        alone = curves.exponent_of(found, density)
        assert not alone.several  # one session says nothing about others
        alpha = alone.over_people()
        hits.append(alpha.against(1.0) == "holds")
        assert alpha.freedom == pytest.approx(29)
        assert alpha.against(0.0) == alpha.against(2.0) == "excludes"  # as a wide interval would not
    assert np.mean(hits) > 0.8


def test_recordings_that_cannot_be_used_say_what_was_wanted():
    responses = np.random.default_rng(0).normal(size=(5, 20, 3))
    for bad, at, message in (
        (responses[0], np.arange(5), r"responses must be \(S, T, N\)"),
        (responses, np.arange(4), r"with \(4,\) stimuli"),
        (responses, [0, 1, 2, 2, 3], "stimuli must rise"),
        (np.where(responses > 2, np.nan, responses), np.arange(5), "must be finite"),
        (responses[:, :4], np.arange(5), "3 neurons need more than 4 trials at each stimulus; got 4"),
    ):
        with pytest.raises(ValueError, match=message):
            recordings.recorded_information(bad, at)
    silent = responses * [1, 1, 0]
    with pytest.raises(SingularCovarianceError):
        recordings.recorded_interval(silent, np.arange(5))
