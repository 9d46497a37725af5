"""Simulations against closed forms: the moments of a Gaussian code's estimates, and what was planted."""

import numpy as np
import pandas as pd
import pytest

from fisherkit import estimators, simulations
from fisherkit.known import KnownCode
from fisherkit.simulations import Case, Simulated


def plain(dimensions=2):
    """A Gaussian code whose tangents do not scatter: I_n ÷ I is (n − 1)/χ² of n − d degrees of freedom."""
    return KnownCode(np.full(dimensions, 3.0), np.eye(dimensions), np.zeros((dimensions, dimensions)))


def test_bias_and_error_are_those_of_an_inverse_chi_square():
    n, d = 40, 2
    simulated = Simulated.of(plain(d), n, draws=20_000, seed=1)
    plug_in, wishart = (simulations.summary([simulated.ratios(name)]) for name in ("plug-in", "wishart"))
    assert plug_in["bias"] == pytest.approx((n - 1) / (n - d - 2) - 1, abs=4 * plug_in["error"])
    assert wishart["bias"] == pytest.approx(0, abs=4 * wishart["error"])
    assert wishart["rmse"] == pytest.approx(np.sqrt(2 / (n - d - 4)), rel=0.03)
    assert wishart["error"] == pytest.approx(wishart["rmse"] / np.sqrt(20_000), rel=1e-3)


def test_full_information_is_held_against_the_full():
    code = KnownCode(np.array([3.0, 0.0]), np.eye(2), np.array([[2.0, 0.0], [0.0, 0.0]]))
    simulated = Simulated.of(code, 2000, draws=20, seed=2)
    # μ′ᵀ Σ⁻¹ μ′ = 9, and ½ tr[(G + Gᵀ)²] = 8 on top.
    assert simulated.ratios("gaussian").mean() == pytest.approx(1, abs=0.03)
    assert (simulated.ratios("gaussian") * 17 > simulated.ratios("paired") * 9 + 5).all()


def test_a_tournament_has_a_row_for_each_case_and_estimator():
    cases = {"faces": {20: Case(20), 30: Case(30)}, "shape": {"gaussian": Case(30)}}
    table = simulations.tournament(cases, ["paired", "plug-in"], draws=6, fewer={"plug-in": 3}, seed=1)
    assert list(table.columns) == ["varied", "x", "estimator", "bias", "rmse", "error"]
    assert table.varied.tolist() == ["faces"] * 4 + ["shape"] * 2
    numbers = table.set_index(["varied", "x", "estimator"])
    pd.testing.assert_series_equal(
        numbers.loc[("faces", 30, "paired")], numbers.loc[("shape", "gaussian", "paired")], check_names=False
    )
    again = simulations.tournament({"faces": {30: Case(30)}}, ["plug-in"], draws=3, seed=1)
    other = simulations.tournament({"faces": {30: Case(30)}}, ["plug-in"], draws=3, stream=2, seed=1)
    assert not np.isclose(again.bias[0], other.bias[0])


def test_intervals_over_people_hold_the_truth_and_over_faces_do_not():
    cases = {"people": {30: Case(30, photographs=10, alike=0.5)}}
    people, faces = (
        simulations.coverage(cases, draws=50, by_person=by_person).coverage.item() for by_person in (True, False)
    )
    assert people > 0.88
    assert faces < people - 0.15
    biased, right = (
        simulations.tournament(cases, ["paired"], draws=50, by_person=by_person).bias.item()
        for by_person in (False, True)
    )
    assert abs(right) < biased


def test_the_correction_for_independent_trials_takes_off_noise_that_is_not_there():
    information, step, trials = 400.0, 0.01, 80
    code = KnownCode(np.array([20.0, 0.0]), np.eye(2), np.zeros((2, 2)))
    table = simulations.compare_corrections(code, [step], trials=trials, draws=400, seed=1)
    ratio = table.set_index(["shown", "correction"]).ratio
    taken = 2 * 2 / (trials * (2 * step) ** 2) / information
    assert ratio["paired faces", "paired"] == pytest.approx(1, abs=0.03)
    assert ratio["paired faces", "independent-trials"] == pytest.approx(1 - taken, abs=0.03)
    assert ratio["independent trials", "independent-trials"] == pytest.approx(1, abs=0.15)


def test_independent_trials_stand_beside_the_published_formulas():
    code = KnownCode(np.array([20.0, 0.0, 0.0]), np.eye(3), np.zeros((3, 3)))
    table = simulations.independent_trials(code, [30], distance=0.1, draws=2000, seed=1).set_index("quantity")
    naive = (1 + 2 * 3 / 30 / 0.1**2 / 400) * 58 / 54
    assert table.formula["naive mean"] == pytest.approx(naive)
    spread = np.sqrt(estimators.independent_trials_variance(400.0, trials=30, dimensions=3, step=0.05)) / 400
    assert table.formula["corrected sd"] == pytest.approx(spread)
    assert table.simulated["corrected mean"] == pytest.approx(1, abs=4 * spread / np.sqrt(2000))
    assert table.simulated["naive mean"] == pytest.approx(naive, abs=5 * spread / np.sqrt(2000))
    assert table.simulated["corrected sd"] == pytest.approx(spread, rel=0.1)


def test_the_intraclass_correlation_is_the_one_by_hand_and_the_one_planted():
    # Two people of two photographs: B = 4 and W = 2, by hand.
    values, person = np.array([[0.0], [2.0], [2.0], [4.0]]), np.array([0, 0, 1, 1])
    assert simulations.intraclass_correlation(values, person) == pytest.approx([(4 - 2) / (4 + 2)])
    sample = plain().sample([0.0], 4000, photographs=5, alike=0.4, seed=3)
    z, person = sample.embeddings.values[0, 0], sample.embeddings.person.values
    assert simulations.intraclass_correlation(z, person) == pytest.approx([0.4, 0.4], abs=0.04)
    assert simulations.intraclass_correlation(z, np.random.default_rng(0).permutation(person)) == pytest.approx(
        [0, 0], abs=0.02
    )


def test_a_twin_has_its_networks_moments_and_likeness():
    origin = KnownCode(
        np.array([3.0, 1.0]), np.array([[1.0, 0.0], [0.5, 2.0]]), np.array([[0.2, 0.1], [0.0, -0.3]]), 1.5
    )
    sample = origin.sample([0.0], 300, photographs=4, alike=0.3, draws=2, seed=4)
    z, t, person = sample.embeddings.values[:, 0], sample.tangents.values[:, 0], sample.embeddings.person.values
    for twin, one, moved in zip(simulations.twins(z, t, person, draws=3), z, t, strict=True):
        code = twin.simulated.code
        assert code.covariance(0.0) == pytest.approx(np.cov(one, rowvar=False))
        assert code.linear_information(0.0) == pytest.approx(
            float(estimators.linear_fisher(one, moved, correction="none"))
        )
        assert code.turn == pytest.approx(1.5, rel=0.1)
        assert twin.likeness == pytest.approx(0.3, abs=0.08)
        assert twin.simulated.embeddings.shape == (3, 1200, 2)
    apart = simulations.twins(z, t, person, latent="skewed", alike=False, draws=3)
    assert all(twin.simulated.code.turn == 0 and twin.likeness == pytest.approx(0.3, abs=0.08) for twin in apart)
