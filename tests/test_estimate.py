import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fisherkit.estimate import Estimate, Fold, pool, surest, surest_difference

NUMBERS = st.floats(-100, 100)


@st.composite
def estimates(draw, networks=None, label="faces"):
    networks = draw(st.integers(1, 5)) if networks is None else networks
    people = draw(st.integers(2, 6))
    values = draw(arrays(float, networks, elements=NUMBERS))
    return Estimate(values, without={f"{label} {people}": draw(arrays(float, (people, networks), elements=NUMBERS))})


def crossed(table):
    """The mean of a table (person, network), with its people left out in turn."""
    people = len(table)
    return Estimate(table.mean(axis=0), without={"faces": (people * table.mean(axis=0) - table) / (people - 1)})


def test_the_variance_of_a_crossed_layout_is_the_sum_of_both_ways():
    """The mean of a table varies by its columns' and its rows' means: s²/K and s²/P, which for a mean is exact."""
    table = np.random.default_rng(0).normal(size=(7, 4))
    found = crossed(table)
    networks, people = table.mean(axis=0).var(ddof=1) / 4, table.mean(axis=1).var(ddof=1) / 7
    assert found.mean == found.estimate == pytest.approx(table.mean())
    assert found.standard_error**2 == pytest.approx(networks + people)
    freedom = (networks + people) ** 2 / (networks**2 / 3 + people**2 / 6)
    assert found.freedom == pytest.approx(freedom)
    half = scipy.stats.t.ppf(0.975, freedom) * np.sqrt(networks + people)
    assert (found.low, found.high) == pytest.approx((table.mean() - half, table.mean() + half))
    # The p of an end of the 95 % interval is 5 %.
    assert found.pvalue(found.low) == pytest.approx(0.05)
    assert found.pvalue(found.mean) == 1


def test_networks_alone_give_the_t_interval():
    values = np.array([9.0, 10.0, 11.5, 10.2])
    found = Estimate(values, confidence=0.9)
    expected = scipy.stats.t.interval(0.9, 3, loc=values.mean(), scale=scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.pvalue(9) == pytest.approx(scipy.stats.ttest_1samp(values, 9).pvalue)
    np.testing.assert_array_equal(found.per_replicate, values)


def test_the_interval_holds_the_mean_of_drawn_networks_and_people_as_often_as_it_says():
    """Where all networks see the same people, the interval over networks alone holds it far less often."""
    rng = np.random.default_rng(1)
    held = {"both": 0, "networks": 0}
    for _ in range(1000):
        table = rng.normal(size=(30, 1)) + 0.2 * rng.normal(size=8) + rng.normal(size=(30, 8))
        found = crossed(table)
        for name, one in (("both", found), ("networks", Estimate(found.values))):
            held[name] += one.low <= 0 <= one.high
    assert 930 <= held["both"] <= 990
    assert held["networks"] < 800


def test_what_networks_or_people_share_drops_out_of_a_difference():
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(6, 1)) + rng.normal(size=3)
    first, second = crossed(shared + 0.01 * rng.normal(size=(6, 3))), crossed(shared)
    difference = first - second
    assert difference.standard_error < 0.02 < first.standard_error
    # People of another label are other people, and their noise adds up.
    apart = Estimate(second.values, without={"others": second.without["faces"]})
    assert (first - apart).parts[1][0] == pytest.approx(first.parts[1][0])
    assert (first - apart).parts[2][0] == pytest.approx(apart.parts[1][0])


def test_unpaired_networks_add_their_variances_and_people_still_pair():
    rng = np.random.default_rng(3)
    shared = 5 * rng.normal(size=(6, 1))
    first, second = crossed(shared + rng.normal(size=4)), crossed(shared + rng.normal(size=7))
    found = first.minus(second, paired=False)
    scatter = [one.values.var(ddof=1) / len(one.values) for one in (first, second)]
    assert found.mean == pytest.approx(first.mean - second.mean)
    assert found.standard_error**2 == pytest.approx(sum(scatter))
    assert found.freedom == pytest.approx(sum(scatter) ** 2 / (scatter[0] ** 2 / 3 + scatter[1] ** 2 / 6))
    # Without people it is Welch's test.
    welch = scipy.stats.ttest_ind(first.values, second.values, equal_var=False)
    assert Estimate(first.values).minus(Estimate(second.values), paired=False).pvalue() == pytest.approx(welch.pvalue)
    same = first.minus(first, paired=True)
    assert (same.mean, same.standard_error) == (0, 0)


def test_numbers_are_read_as_they_are():
    found = Estimate(np.array([-0.1, 0.1, 0.3, -0.3]) - 2)
    assert str(found) == f"{found}" == "−2.00 [−2.41, −1.59]"
    assert f"{found:.0f}" == "−2 [−2, −2]"
    assert f"{found:.3f}" == "−2.000 [−2.411, −1.589]"
    assert (found.side(), found.side(-3), found.side(-2.1)) == ("below", "above", "open")
    assert (found.against(-2.2), found.against(0)) == ("holds", "excludes")


@pytest.mark.parametrize("people", [False, True])
def test_one_network_has_no_interval(people):
    found = Estimate(np.array([0.42]), without={"faces": np.array([[0.4], [0.5], [0.3]])} if people else {})
    assert str(found) == "0.42 (one network)"
    assert f"{-found:.1f}" == "−0.4 (one network)"
    assert (found.low, found.high, found.standard_error) == (-np.inf, np.inf, np.inf)
    assert (found.several, found.against(0), found.side(), found.freedom) == (False, "undecided", "undecided", 0)
    assert np.isnan(found.pvalue())
    assert not found.minus(Estimate(np.array([1.0, 2.0])), paired=False).several


@settings(max_examples=50, deadline=None)
@given(st.data(), st.integers(1, 4), st.floats(-5, 5))
def test_arithmetic_is_that_of_the_means(data, networks, number):
    a, b = (data.draw(estimates(networks)) for _ in range(2))
    assert (a - b).mean == pytest.approx(a.mean - b.mean, abs=1e-9)
    assert (a + b).mean == pytest.approx(a.mean + b.mean, abs=1e-9)
    assert (number - a).mean == pytest.approx(number - a.mean, abs=1e-9)
    assert (a - b).minus(-(b - a)).standard_error == pytest.approx(0, abs=1e-6) or networks == 1
    assert (np.float64(number) * a).mean == pytest.approx(number * a.mean, abs=1e-9)
    if networks > 1:
        assert (a * number).standard_error == pytest.approx(abs(number) * a.standard_error, abs=1e-6)
        assert (a + number).standard_error == pytest.approx(a.standard_error, abs=1e-6)
        assert (-a).low == pytest.approx(-a.high, abs=1e-6)
        assert a.low <= a.mean <= a.high


def test_ratios_and_functions_are_those_of_each_network():
    a = Estimate(np.array([2.0, 6.0]), {"faces": np.array([[1.0, 3.0], [4.0, 8.0]])})
    b = Estimate(np.array([1.0, 2.0]), {"faces": np.array([[1.0, 1.0], [2.0, 4.0]])})
    ratio = a / b
    np.testing.assert_allclose(ratio.values, [2, 3])
    np.testing.assert_allclose(ratio.without["faces"], [[1, 3], [2, 2]])
    np.testing.assert_allclose((1 / a).without["faces"], [[1, 1 / 3], [1 / 4, 1 / 8]])
    np.testing.assert_allclose(a.map(np.log).values, np.log([2, 6]))
    np.testing.assert_allclose((a * b / b - a).values, 0)


def test_estimates_that_do_not_pair_say_so():
    a, b = Estimate(np.array([1.0, 2.0, 3.0])), Estimate(np.ones(8))
    with pytest.raises(ValueError, match=r"got 3 and 8.*paired=False"):
        a - b
    left, right = (Estimate(np.ones(1), {"faces": np.ones((people, 1))}) for people in (3, 4))
    for difference in (lambda: left + right, lambda: left.minus(right, paired=False)):
        with pytest.raises(ValueError, match="'faces' must be the same in both; got 3 and 4"):
            difference()
    for arguments, message in (
        ((np.array([np.nan, 1.0]),), "finite numbers"),
        ((np.ones(0),), "one a network"),
        ((np.ones(1), {"faces": np.ones((3, 2))}), r"must be \(P, 1\).*got shape \(3, 2\)"),
        ((np.ones(1), {"faces": np.full((3, 1), np.nan)}), "must be finite"),
        ((np.ones(1), {}, 1.5), "between 0 and 1; got 1.5"),
    ):
        with pytest.raises(ValueError, match=message):
            Estimate(*arguments)


def test_a_fold_is_the_exponential_of_a_logarithm_and_of_its_interval():
    values = np.array([2.0, 8.0, 4.0])
    logarithm = Estimate(np.log(values))
    found = Fold(logarithm)
    assert found.mean == pytest.approx(4)  # the geometric mean
    assert (found.low, found.high) == pytest.approx((np.exp(logarithm.low), np.exp(logarithm.high)))
    assert found.low * found.high == pytest.approx(16)
    assert found.pvalue(2.0) == pytest.approx(logarithm.pvalue(np.log(2)))
    assert found.side(1.0) == logarithm.side(0.0)
    assert Fold(Estimate(np.log([0.01, 0.011, 0.0105]))).side(1.0) == "below"
    assert str(Fold(Estimate(np.array([np.log(3)])))) == "3.00 (one network)"
    assert Fold(Estimate(np.array([0.0]))).against(1.0) == "undecided"


def test_pooled_networks_stand_side_by_side_and_share_their_people():
    table = np.random.default_rng(2).normal(size=(7, 5))
    whole = crossed(table)
    found = pool([crossed(table[:, :2]), crossed(table[:, 2:3]), crossed(table[:, 3:])])
    np.testing.assert_allclose(found.values, whole.values)
    assert (found.low, found.high) == pytest.approx((whole.low, whole.high))
    with pytest.raises(ValueError, match="of the same people; got 2 groups"):
        pool([whole, Estimate(np.ones(3))])
    with pytest.raises(ValueError, match="got 0 groups"):
        pool([])


def test_the_surest_number_is_that_of_the_smallest_p_corrected_for_all():
    rng = np.random.default_rng(3)
    numbers = {name: Estimate(mean + 0.1 * rng.normal(size=4)) for name, mean in (("a", 0.1), ("b", -3.0), ("c", 0.3))}
    name, number, p = surest(numbers)
    assert (name, number) == ("b", numbers["b"])
    assert p == pytest.approx(3 * scipy.stats.ttest_1samp(numbers["b"].values, 0).pvalue)
    assert surest({"a": Estimate(np.array([-0.1, 0.1])), "b": Estimate(np.array([-0.1, 0.2]))})[2] == 1
    # Of single networks nothing is known, and a number that is known is surer than any of them.
    single = {"one": Estimate(np.array([5.0]))}
    assert np.isnan(surest(single)[2])
    assert surest({**single, **numbers})[0] == "b"
    pair, difference, p = surest_difference(numbers)
    assert pair == "b − c"
    paired = scipy.stats.ttest_rel(numbers["b"].values, numbers["c"].values)
    assert difference.mean == pytest.approx((numbers["b"].values - numbers["c"].values).mean())
    assert p == pytest.approx(3 * paired.pvalue)
