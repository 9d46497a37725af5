"""Estimators against what others published: formulas, settings of their simulations, and distributions."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit import estimators
from fisherkit.known import tuned_population

#: Settings of the simulations of Kanitscheider et al. 2015, from the program that drew their figures: neurons, the two
#: orientations −7° and 0°, and the fewest trials of each. Their tuning curves and covariance came as a file of data.
NEURONS, DISTANCE, FEWEST_TRIALS = 50, np.deg2rad(7), 50


def experiments(code, trials, number, seed=0):
    """So many experiments of independent trials at both orientations: (experiment, trial, neuron) each."""
    return [
        code.sample([side * DISTANCE / 2], trials, draws=number, seed=(seed, side + 1)).embeddings.values[:, 0]
        for side in (-1, 1)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("trials", "number"), [(FEWEST_TRIALS, 800), (100, 400), (250, 150)])
@pytest.mark.parametrize("limiting", [0.0, 0.005])
def test_the_correction_for_independent_trials_does_what_was_published(trials, number, limiting):
    code = tuned_population(NEURONS, distance=DISTANCE, limiting=limiting)
    truth = code.linear_information(0.0)
    below, above = experiments(code, trials, number)
    found = estimators.independent_trials_fisher(below, above, step=DISTANCE / 2)
    variance = estimators.independent_trials_variance(truth, trials=trials, dimensions=NEURONS, step=DISTANCE / 2)
    assert found.mean() == pytest.approx(truth, abs=4 * np.sqrt(variance / number))
    noise = scipy.stats.chi2(number - 1).ppf([1e-4, 1 - 1e-4]) / (number - 1)  # wider tails than a χ² have room in it
    assert 0.95 * noise[0] < found.var(ddof=1) / variance < 1.05 * noise[1]
    # The naive estimate, from its own formula: biased by the published factor and term, which is far.
    difference = (above.mean(axis=1) - below.mean(axis=1)) / DISTANCE
    pooled = (estimators.sample_covariance(below) + estimators.sample_covariance(above)) / 2
    naive = np.einsum("ei,ei->e", difference, np.linalg.solve(pooled, difference[..., None])[..., 0])
    inflated = (truth + 2 * NEURONS / (trials * DISTANCE**2)) * (2 * trials - 2) / (2 * trials - NEURONS - 3)
    error = 4 * naive.std(ddof=1) / np.sqrt(number)
    assert naive.mean() == pytest.approx(inflated, abs=error)
    assert naive.mean() > truth + 2 * error


def test_the_estimate_from_independent_trials_follows_the_noncentral_f():
    code = tuned_population(NEURONS, distance=DISTANCE, limiting=0.005)
    truth = code.linear_information(0.0)
    trials, number = 60, 600
    found = estimators.independent_trials_fisher(*experiments(code, trials, number, seed=1), step=DISTANCE / 2)
    unit = 2 / (trials * DISTANCE**2)
    freedom = 2 * trials - NEURONS - 1
    law = scipy.stats.ncf(
        NEURONS, freedom, truth / unit, scale=unit * NEURONS * (freedom - 2) / freedom, loc=-NEURONS * unit
    )
    assert scipy.stats.kstest(found, law.cdf).pvalue > 1e-3
    assert scipy.stats.kstest(found * 1.1, law.cdf).pvalue < 1e-3


@settings(max_examples=50, deadline=None)
@given(
    dimensions=st.integers(1, 80),
    more=st.integers(1, 300),
    step=st.floats(0.01, 0.5),
    information=st.floats(0.1, 3000),
)
def test_the_published_variance_is_that_of_the_noncentral_f(dimensions, more, step, information):
    trials = (dimensions + 5) // 2 + more
    unit, freedom = 2 / (trials * (2 * step) ** 2), 2 * trials - dimensions - 1
    exact = scipy.stats.ncf.var(dimensions, freedom, information / unit)
    exact *= (unit * dimensions * (freedom - 2) / freedom) ** 2
    found = estimators.independent_trials_variance(information, trials=trials, dimensions=dimensions, step=step)
    assert found == pytest.approx(exact, rel=1e-6)


def test_too_few_trials_are_refused_and_no_more():
    z = np.random.default_rng(0).normal(size=(2, 28, 50))
    assert np.isfinite(estimators.independent_trials_fisher(z[0, :27], z[1, :27], step=0.1))
    with pytest.raises(ValueError, match="needs more than 26 faces; got 26"):
        estimators.independent_trials_fisher(z[0, :26], z[1, :26], step=0.1)
    assert estimators.independent_trials_variance(1.0, trials=28, dimensions=50, step=0.1) > 0
    with pytest.raises(ValueError, match=r"more than 27\.5 trials per angle; got 27"):
        estimators.independent_trials_variance(1.0, trials=27, dimensions=50, step=0.1)
