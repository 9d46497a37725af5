import numpy as np
import pytest

from fisherkit import flatness

ANGLE = np.linspace(-np.pi / 2, np.pi / 2, 50)


def simulated(length, sets=2000, networks=8, seed=0):
    return flatness.smooth_logs(ANGLE, length, sets=sets, networks=networks, seed=seed)


def test_smooth_logs_have_the_correlation_that_was_asked_for():
    logs = simulated(0.3).reshape(-1, 50)
    assert logs.mean() == pytest.approx(0, abs=0.02)
    assert logs.var() == pytest.approx(1, abs=0.03)
    distance = ANGLE[10] - ANGLE[5]
    assert (logs[:, 5] * logs[:, 10]).mean() == pytest.approx(np.exp(-((distance / 0.3) ** 2) / 2), abs=0.03)


@pytest.mark.parametrize("length", [0.2, 0.4])
def test_the_correlation_length_is_that_of_the_curves_whatever_they_share(length):
    # Many networks on a range of many lengths; a mean taken off each curve shortens it a little.
    angle = np.arange(0, 40, 0.1)
    logs = flatness.smooth_logs(angle, length, sets=1, networks=200, seed=1)[0] + np.cos(angle)
    assert flatness.correlation_length(np.exp(logs), 0.1) == pytest.approx(length, rel=0.05)


def test_what_has_no_correlation_length_is_nan():
    logs = simulated(0.1, sets=1)[0]
    assert np.isnan(flatness.correlation_length(np.exp(logs[:1]), 0.1))
    # Two networks that part for good at the first of two angles: opposite at both.
    opposed = flatness.correlation_length(np.exp([[1.0, -1.0], [-1.0, 1.0]]), 0.1)
    assert opposed == pytest.approx(0.1 * (1 - np.exp(-0.5)) / 2)


def test_evidence_of_two_networks_in_closed_form():
    """x₁ = (1, −1, 0) and x₂ = (−3, 3, 0): the mean runs from −1 to 1, the curves over 2 and 6."""
    found = flatness.evidence(np.array([[[1.0, -1.0, 0.0], [-3.0, 3.0, 0.0]]]) + 7)
    assert found["sign-flip"] == -1  # with one sign turned, they agree better
    assert found["spread of the mean"] == pytest.approx(2)
    assert found["spread of each"] == pytest.approx(4)
    # Between groups 2 · (1 + 1 + 0) on 2, within them (8 + 8 + 0) on 3: F = 3/8.
    assert found["ANOVA over angles"] == pytest.approx(-((1 + 2 / 3 * 3 / 8) ** -1.5))


def test_a_critical_value_gives_the_size_that_it_is_for():
    flat, size = simulated(0.1), flatness.attainable_size(8)
    assert size == 6 / 128
    told = flatness.critical_values(flat, size)
    again = flatness.shares_found(flat, told)
    for name in ("spread of the mean", "spread of each", "ANOVA over angles"):
        assert again[name] == pytest.approx(size, abs=0.002)
    by_p = flatness.shares_found(simulated(0.1, seed=2), flatness.nominal(told))
    assert by_p["sign-flip"] == pytest.approx(size, abs=0.015)
    assert by_p["ANOVA over angles"] > 0.1
    assert flatness.nominal(told)["spread of each"] == told["spread of each"]


def test_a_shared_deviation_is_found_the_more_often_the_larger_it_is():
    flat, shape = simulated(0.1, sets=500), flatness.unit_shape(np.cos(4 * ANGLE) + 3)
    assert shape.mean() == pytest.approx(0)
    assert (shape**2).mean() == pytest.approx(1)
    told = flatness.nominal(flatness.critical_values(flat, 0.05))
    power = [flatness.shares_found(flat + a * shape, told)["sign-flip"] for a in (0.0, 0.3, 1.0)]
    assert power[0] < power[1] < power[2]
    assert power[2] > 0.99


def test_two_networks_cannot_reject_at_five_percent():
    assert flatness.attainable_size(2) == 0
    with pytest.raises(ValueError, match="networks must be a whole number of at least 2; got 1"):
        flatness.attainable_size(1)
