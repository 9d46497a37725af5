import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit.stats import fit_exponent

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
