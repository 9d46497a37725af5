import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit.bias import bias_law, bias_slope, threshold_slope
from fisherkit.theory import predicted_bias_slope

RANGE = 80.0  # ∫√I of the channel


def bayes_bias(q, exponent):
    """Angles (rad), bias of the optimal decoder and I of a channel with I ∝ p^exponent, all by quadrature.

    The channel is a circle: the code F(θ), of derivative √I, plus standard normal noise. p ∝ exp(0.6 cos θ).
    """
    theta = np.linspace(-np.pi, np.pi, 2400, endpoint=False)
    p = np.exp(0.6 * np.cos(theta))
    root = p ** (exponent / 2)
    root *= RANGE / root.sum() / (theta[1] - theta[0])
    code = (np.cumsum(root) - root / 2) * (theta[1] - theta[0])
    turn = (theta - theta[:, None] + np.pi) % (2 * np.pi) - np.pi  # of each angle from each measurement's
    noise = np.exp(-(((code - code[:, None] + RANGE / 2) % RANGE - RANGE / 2) ** 2) / 2)
    posterior = noise * p
    posterior /= posterior.sum(axis=1, keepdims=True)
    if q == 2:
        moved = (posterior * turn).sum(axis=1)
    else:  # the median, between grid points
        order = np.argsort(turn, axis=1)
        below = np.cumsum(np.take_along_axis(posterior, order, axis=1), axis=1)
        sorted_turn = np.take_along_axis(turn, order, axis=1)
        half = posterior[0].size
        moved = np.array([
            np.interp(0.5, below[i] - np.diff(below[i], prepend=0) / 2, sorted_turn[i]) for i in range(half)
        ])  # fmt: skip
    weight = noise * root  # of the measurements F(θ_m), for each true angle
    weight /= weight.sum(axis=1, keepdims=True)
    return theta, (weight * (turn + moved)).sum(axis=1), root**2


@pytest.mark.parametrize("q", [1.0, 2.0])
@pytest.mark.parametrize("exponent", [2.0, None])
def test_the_predicted_factor_is_that_of_a_bayes_optimal_decoder(q, exponent):
    factor = predicted_bias_slope(q, exponent)
    assert factor == pytest.approx(q / 4 if exponent else -q / 4)
    theta, bias, information = bayes_bias(q, exponent or 2 / (1 + q))
    slope, correlation = bias_slope(bias, threshold_slope(information, theta))
    assert slope == pytest.approx(factor, rel=0.03)
    assert abs(correlation) > 0.995


@pytest.mark.parametrize("bad", [(-1.0, 1.0), (1.0, 0.0)])
def test_impossible_orders_and_exponents_are_refused(bad):
    with pytest.raises(ValueError, match="positive exponent; got"):
        predicted_bias_slope(*bad)


ANGLE = np.linspace(-1.2, 1.2, 41)
INFORMATION = 400 * np.exp(1.5 * np.cos(2 * ANGLE))
PERSON = np.repeat(np.arange(30), 5)


def simulated(bias, seed=0, networks=6):
    """Errors of networks with a bias (A,), noise 1/I that is half the person's, and a bias of each network's own."""
    rng = np.random.default_rng(seed)
    own, shared = rng.normal(size=(networks, len(ANGLE), 150)), rng.normal(size=(len(ANGLE), 30))[:, PERSON]
    offset = 0.05 * rng.normal(size=(networks, 1, 1))
    return offset + bias[:, None] + np.sqrt(1 / INFORMATION / 2)[:, None] * (own + shared)


KNOWN = np.broadcast_to(INFORMATION, (6, len(ANGLE)))
GRADIENT = np.gradient(1 / INFORMATION, ANGLE)


@pytest.mark.parametrize("information", [KNOWN, None])
@pytest.mark.parametrize(
    ("bias", "factor", "side"),
    [
        (-3 * GRADIENT, -3.0, "below"),
        (3 * GRADIENT, 3.0, "above"),
        (0.02 * np.cos(2 * ANGLE), 0.0, "open"),  # even, where the slope of 1/I is odd
    ],
)
def test_the_law_is_seen_with_its_sign_and_not_where_there_is_none(bias, factor, side, information):
    law = bias_law(simulated(bias), ANGLE, person=PERSON, label="people", information=information)
    assert law.slope.side() == side
    assert law.correlation.side() == side
    if information is not None:  # the variance's own noise would draw the slope towards zero
        assert law.slope.against(factor) == "holds"
        assert law.slope.standard_error < 0.5


@pytest.mark.parametrize("information", [KNOWN, None])
def test_a_person_left_out_is_as_if_never_shown(information):
    errors, kept = simulated(GRADIENT), PERSON != 7
    options = {"label": "people", "information": information}
    law = bias_law(errors, ANGLE, person=PERSON, **options)
    less = bias_law(errors[..., kept], ANGLE, person=PERSON[kept], **options)
    np.testing.assert_allclose(law.slope.without["people"][7], less.slope.values)
    np.testing.assert_allclose(law.correlation.without["people"][7], less.correlation.values)
    other = bias_law(
        errors, ANGLE, person=PERSON, label="people", information=KNOWN, without=np.repeat(2 * KNOWN[None], 30, axis=0)
    )
    np.testing.assert_allclose(
        other.slope.without["people"],
        2 * bias_law(errors, ANGLE, person=PERSON, label="people", information=KNOWN).slope.without["people"],
    )


def test_without_information_the_variance_of_the_errors_stands_for_it():
    errors = simulated(GRADIENT)
    law = bias_law(errors, ANGLE, person=PERSON, label="people", where=ANGLE > 0)
    np.testing.assert_allclose(law.bias, errors.mean(axis=-1))
    np.testing.assert_allclose(law.predictor, np.gradient(errors.var(axis=-1, ddof=1), ANGLE, axis=-1))
    slope, correlation = bias_slope(law.bias[:, ANGLE > 0], law.predictor[:, ANGLE > 0])
    np.testing.assert_allclose((law.slope.values, law.correlation.values), (slope, correlation))


@settings(max_examples=25, deadline=None)
@given(unit=st.floats(0.01, 100), offset=st.floats(-1, 1), seed=st.integers(0, 2**32 - 1))
def test_the_slope_has_no_unit_and_ignores_what_is_the_same_everywhere(unit, offset, seed):
    bias = np.random.default_rng(seed).normal(size=len(ANGLE))
    slope, correlation = bias_slope(bias, threshold_slope(INFORMATION, ANGLE))
    other = bias_slope(unit * (bias + offset), threshold_slope(INFORMATION / unit**2, unit * ANGLE))
    np.testing.assert_allclose(other, (slope, correlation), rtol=1e-6, atol=1e-9)
    assert abs(correlation) <= 1


def test_what_does_not_fit_is_refused():
    left = np.repeat(KNOWN[None], 29, axis=0)
    with pytest.raises(ValueError, match="must agree"):
        bias_law(simulated(GRADIENT), ANGLE, person=PERSON, label="people", information=KNOWN, without=left)
    with pytest.raises(ValueError, match="positive and finite"):
        threshold_slope(-INFORMATION, ANGLE)
    with pytest.raises(ValueError, match="5 angles or more"):
        threshold_slope(INFORMATION, ANGLE[:4])
    with pytest.raises(ValueError, match="must both vary"):
        bias_slope(np.zeros(5), np.arange(5.0))


def test_five_angles_have_a_slope_and_a_law_needs_three_people():
    angle = np.array([0.0, 0.1, 0.3, 0.4, 0.6])
    information = np.float32([1, 2, 4, 5, 3])
    found = threshold_slope(np.stack([information, information]), angle)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found[1], np.gradient(1 / information.astype(float), angle))
    for bad, at, message in (
        (information[:4], angle[:4], r"5 angles or more; got \(4,\) and 4 angles"),
        (information, np.arange(6.0), r"got \(5,\) and 6 angles"),
        (0 * information, angle, "positive and finite"),
    ):
        with pytest.raises(ValueError, match=message):
            threshold_slope(bad, at)
    for b, g in ((angle, 0 * angle), (0 * angle, angle)):
        with pytest.raises(ValueError, match="must both vary along the angle"):
            bias_slope(b, g)
    errors = np.float32(np.random.default_rng(0).normal(size=(2, 5, 12)) * information[:, None])
    law = bias_law(errors, angle, person=np.arange(12) % 3, label="three")
    np.testing.assert_array_equal(law.angle, angle)
    np.testing.assert_array_equal(law.bias, errors.astype(float).mean(axis=-1))
    assert law.slope.without["three"].shape == (3, 2)
    with pytest.raises(ValueError, match="an interval over people needs at least 3 persons; got 2"):
        bias_law(errors, angle, person=np.arange(12) % 2, label="two")
