from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from scipy.optimize import minimize

from fisherkit.codes import LOSS_ORDERS
from fisherkit.theory import exponent_table, normal_moment, predicted_bias_slope, predicted_exponent


@pytest.mark.parametrize(
    ("q", "at_half", "at_one"),
    [(0, 2, 1), ("1/4", "8/5", "8/9"), ("1/2", "4/3", "4/5"), (1, 1, "2/3"), (2, "2/3", "1/2"), (4, "2/5", "1/3")],
)
def test_exponents_are_the_tables(q, at_half, at_one):
    assert predicted_exponent(float(Fraction(q))) == pytest.approx(float(Fraction(at_half)))
    assert predicted_exponent(float(Fraction(q)), budget=1.0) == pytest.approx(float(Fraction(at_one)))


@pytest.mark.parametrize(("q", "budget"), [(1.0, 0.5), (2.0, 1.0), (0.5, 0.5)])
def test_exponent_minimises_the_expected_loss_under_its_budget(q, budget):
    p = np.array([0.1, 0.2, 0.3, 0.4])

    def loss(log_information):
        information = np.exp(log_information)
        information = information / (information**budget).sum() ** (1 / budget)  # ∫ I^β = 1
        return (p * information ** (-q / 2)).sum()

    best = minimize(loss, np.zeros(4), tol=1e-12).x
    slope = np.polyfit(np.log(p), best, 1)[0]
    assert slope == pytest.approx(predicted_exponent(q, budget), abs=1e-3)


def test_table_is_ordered_by_loss():
    table = exponent_table()
    assert (table.index.name, table.index[0], table.columns[0]) == ("loss", "log", "q")
    assert table["q"].to_dict() == LOSS_ORDERS
    np.testing.assert_allclose(table["α at β = ½"], 2 / (1 + table["q"]))
    np.testing.assert_allclose(table["α at β = 1"], 2 / (2 + table["q"]))
    assert (np.diff(table["α at β = ½"]) < 0).all()


@pytest.mark.parametrize("bad", [(-1.0, 0.5), (1.0, 0.0)])
def test_impossible_orders_and_budgets_are_refused(bad):
    with pytest.raises(ValueError, match="got"):
        predicted_exponent(*bad)


@pytest.mark.parametrize("q", [0.25, 1, 2, 4])
def test_moments_of_a_normal_error_are_its_integrals(q):
    assert normal_moment(q) == pytest.approx(scipy.stats.norm.expect(lambda x: abs(x) ** q), rel=1e-6)
    with pytest.raises(ValueError, match="a moment needs a positive order, 300 at most to be a number; got 0"):
        normal_moment(0)


def test_a_bias_has_the_factor_of_the_law_unless_the_codes_exponent_is_told():
    for q in LOSS_ORDERS.values():
        assert predicted_bias_slope(q) == pytest.approx(-q / 4)
        assert predicted_bias_slope(q, 2.0) == pytest.approx(q / 4)
    assert predicted_bias_slope(0.0, 0.5) == pytest.approx(-1.5)
    for q, exponent in ((-0.1, 1.0), (1.0, 0.0)):
        with pytest.raises(ValueError, match="an order of at least 0 and a positive exponent"):
            predicted_bias_slope(q, exponent)
