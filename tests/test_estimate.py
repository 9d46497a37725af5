import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fisherkit.estimate import (
    Estimate,
    joined,
    main_effects,
    mean_of,
    ratio_of_means,
    share_on_side,
    surest,
    surest_difference,
)

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


def test_an_interval_on_the_logarithmic_scale_is_a_factor_up_and_down():
    ratios = Estimate(np.array([2.0, 4.0, 8.0]))
    told = ratios.map(np.log).told(np.exp)
    assert told.mean == pytest.approx(4)  # the geometric mean
    assert told.low * told.high == pytest.approx(16)
    assert told.low > 0
    assert (told.side(0.5), told.side(4), told.against(4), told.against(1e3)) == ("above", "open", "holds", "excludes")
    assert str(told) == f"4.00 [{told.low:.2f}, {told.high:.2f}]"
    alone = Estimate(np.array([0.0])).told(np.exp)
    assert (f"{alone}", alone.against(1)) == ("1.00 (one network)", "undecided")


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


@pytest.mark.slow
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
        ((np.ones(0),), "values must be numbers"),
        ((np.ones(1), {"faces": np.ones((3, 2))}), r"must be \(P, 1\).*got shape \(3, 2\)"),
        ((np.ones(1), {"faces": np.full((3, 1), np.nan)}), "must be finite"),
        ((np.ones(1), {}, 1.5), "between 0 and 1; got 1.5"),
    ):
        with pytest.raises(ValueError, match=message):
            Estimate(*arguments)


def test_e_to_the_power_of_a_difference_of_logarithms_is_a_ratio_with_its_ends():
    rng = np.random.default_rng(3)
    above, below = (Estimate(mean + 0.1 * rng.normal(size=networks)) for mean, networks in ((1.0, 8), (0.0, 3)))
    difference = above.minus(below, paired=False)
    found = difference.exp()
    assert (found.mean, found.low, found.high) == pytest.approx(
        tuple(np.exp([difference.mean, difference.low, difference.high]))
    )
    assert found.side(1.0) == difference.side() == "above"
    assert below.minus(above, paired=False).exp().side(1.0) == "below"
    assert (found.against(found.mean), found.against(found.high + 0.1)) == ("holds", "excludes")
    assert format(found, ".1f") == f"{found.mean:.1f} [{found.low:.1f}, {found.high:.1f}]"


def test_an_interval_without_an_end_is_none():
    found = Estimate(np.log([2.0])).exp()
    assert (found.mean, found.low, found.high) == pytest.approx((2, -np.inf, np.inf))
    assert (found.side(1.0), found.against(2.0)) == ("undecided", "undecided")
    assert str(found) == "2.00 (one network)"
    assert np.isnan(found.pvalue(1.0))
    assert np.isinf(found.variance)


def test_joined_networks_are_those_of_one_estimate():
    table = np.random.default_rng(2).normal(size=(7, 5))
    whole, parts = crossed(table), [crossed(table[:, :2]), crossed(table[:, 2:])]
    assert (joined(parts).low, joined(parts).high) == (whole.low, whole.high)
    with pytest.raises(ValueError, match="estimates of the same people are joined; got 2"):
        joined([whole, Estimate(np.ones(1))])


def test_a_ratio_has_the_ends_of_its_logarithm():
    table = np.exp(np.random.default_rng(3).normal(size=(7, 4)))
    many, few = crossed(table * 3), crossed(table)
    ratio = many.ratio(few)
    assert (ratio.mean, ratio.low, ratio.high) == pytest.approx((3, 3, 3))
    other = crossed(np.exp(np.random.default_rng(4).normal(size=(7, 4))))
    gap = many.map(np.log) - other.map(np.log)
    found = many.ratio(other)
    assert found.mean == pytest.approx(scipy.stats.gmean(many.values) / scipy.stats.gmean(other.values))
    assert (found.low, found.high) == pytest.approx((np.exp(gap.low), np.exp(gap.high)))
    back = other.ratio(many)
    assert (back.mean, back.low, back.high) == pytest.approx((1 / found.mean, 1 / found.high, 1 / found.low))
    assert found.side(0.9 * found.low) == "above"
    assert found.against(1.1 * found.high) == "excludes"
    assert str(found) == f"{found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]"


def test_a_ratio_of_one_network_is_undecided_and_none_is_taken_of_negative_numbers():
    one = Estimate(np.array([6.0])).ratio(Estimate(np.array([2.0])))
    assert str(one) == "3.00 (one network)"
    assert one.side(1) == one.against(3) == "undecided"
    with pytest.raises(ValueError, match="a ratio is taken of positive numbers"):
        Estimate(np.array([6.0, -1.0])).ratio(Estimate(np.array([2.0, 1.0])))


def test_the_ratio_of_means_is_one_of_means_with_the_variance_of_its_derivative():
    rng = np.random.default_rng(0)
    above, below = (crossed(mean + 0.1 * rng.normal(size=(30, 200))) for mean in (3.0, 2.0))
    found = ratio_of_means(above, below)
    assert found.mean == pytest.approx(above.mean / below.mean)
    parts = (above - (above.mean / below.mean) * below) / below.mean
    assert found.standard_error == pytest.approx(parts.standard_error)
    assert found.side(1.4) == "above"
    # Of a denominator that one network has near zero, a mean of ratios is nothing.
    ends = Estimate(np.array([1.0, 2.0, 3.0])), Estimate(np.array([1e-9, 2.0, 4.0]))
    assert ratio_of_means(*ends).mean == pytest.approx(1)
    assert (ends[0] / ends[1]).mean > 1e8


def test_effects_of_a_factorial_are_its_contrasts_in_closed_form():
    """m = 1 + 3a − 2b + 5ab with a and b in 0 and 1: in the mean over b, a adds 3 + 5/2; over a, b adds −2 + 5/2."""
    noise = np.array([-0.1, 0.0, 0.1])
    cells = {
        (first, second): Estimate(1 + 3 * a - 2 * b + 5 * a * b + noise, {"people": np.ones((4, 3)) * (a + b)})
        for a, first in enumerate(("clipped", "free"))
        for b, second in enumerate(("few", "many"))
    }
    found = main_effects(cells)
    assert list(found) == ["free, less clipped", "many, less few"]
    assert [one.mean for one in found.values()] == pytest.approx([5.5, 0.5])
    # What the networks have in common is in no contrast, and people are paired.
    assert found["free, less clipped"].standard_error == pytest.approx(0)
    assert mean_of(list(cells.values())).values == pytest.approx(1.0 + 1.5 - 1 + 1.25 + noise)
    for wrong in (dict(list(cells.items())[:3]), {("a",): cells["free", "few"]}):
        with pytest.raises(ValueError, match="every combination of two levels"):
            main_effects(wrong)


def test_the_share_of_intervals_on_a_side_needs_an_interval_of_each():
    above, open_, below = (Estimate(np.array([-0.1, 0.0, 0.1]) + mean) for mean in (2, 0, -2))
    assert share_on_side([above, open_, below, below], "above") == 0.25
    assert share_on_side([above, open_, below, below], "above", "below") == 0.75
    assert share_on_side([above, above], "above", x=3) == 0
    assert np.isnan(share_on_side([above, Estimate(np.array([2.0]))], "above"))


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


def test_one_network_has_an_interval_over_people_where_they_were_left_out():
    table = np.random.default_rng(0).normal(3, 1, size=(25, 1))
    alone = crossed(table)
    assert not alone.several
    people = alone.over_people()
    low, high = scipy.stats.t.interval(0.95, 24, table.mean(), table.std(ddof=1) / 5)
    assert (people.mean, people.low, people.high) == pytest.approx((table.mean(), low, high))
    with pytest.raises(ValueError, match="without leaving anybody out"):
        Estimate(np.array([1.0])).over_people()


def test_every_number_made_of_another_keeps_its_confidence():
    one = Estimate(np.array([1.0, 2.0, 4.0]), {"faces": np.ones((2, 3))}, confidence=0.8)
    other = Estimate(np.array([3.0, 2.0, 7.0]), {"faces": np.ones((2, 3))}, confidence=0.8)
    for made in (
        one.over_people(), one.map(np.log), one.told(np.exp), one.exp(), one.ratio(other), one.minus(other), -one,
        one.minus(other, paired=False), one + other, 2 / one, joined([one, other]), mean_of([one, other]),
        ratio_of_means(one, other),
    ):  # fmt: skip
        assert made.confidence == 0.8
    assert joined([one, Estimate(other.values, other.without, 0.5)]).confidence == 0.8


def test_numbers_stand_on_either_side():
    one = Estimate(np.array([1.0, 2.0, 4.0]), {"faces": np.array([[1.0, 2.0, 5.0], [2.0, 2.0, 2.0]])})
    for made, values in ((3 + one, [4, 5, 7]), (3 - one, [2, 1, -1]), (3 * one, [3, 6, 12]), (4 / one, [4, 2, 1])):
        np.testing.assert_allclose(made.values, values)
        assert made.without["faces"].shape == (2, 3)
    np.testing.assert_allclose((4 / one).without["faces"], [[4, 2, 0.8], [2, 2, 2]])
    np.testing.assert_allclose((3 + one).without["faces"], [[4, 5, 8], [5, 5, 5]])


def test_an_interval_holds_its_ends():
    one = Estimate(np.array([1.0, 2.0, 4.0]))
    assert one.against(one.low) == one.against(one.high) == "holds"
    assert (one.side(one.low), one.side(one.high)) == ("open", "open")
    assert one.pvalue(one.mean + 1) == one.pvalue(one.mean - 1) < 1
    exact = Estimate(np.array([2.0, 2.0]))
    assert (exact.pvalue(1.0), exact.pvalue(2.0)) == (0, 1)
    assert f"{Estimate(np.array([np.pi])):.1f}" == "3.1 (one network)"


def test_a_ratio_is_of_positive_numbers():
    one = Estimate(np.array([1.0, 2.0]))
    for bad in (Estimate(np.array([1.0, 0.0])), Estimate(np.array([1.0, 2.0]), {"faces": np.zeros((2, 2))})):
        for pair in ((one, bad), (bad, one)):
            with pytest.raises(ValueError, match="a ratio is taken of positive numbers"):
                pair[0].ratio(pair[1])


def test_a_factorial_of_three_factors_is_whole_or_refused():
    levels = [("a", "b"), ("c", "d"), ("e", "f")]
    cells = {
        (x, y, z): Estimate(np.array([1.0, 1.5]) + (x == "b") + 10 * (y == "d") + 100 * (z == "f"))
        for x in levels[0] for y in levels[1] for z in levels[2]
    }  # fmt: skip
    effects = main_effects(cells)
    assert {name: one.mean for name, one in effects.items()} == pytest.approx(
        {"b, less a": 1, "d, less c": 10, "f, less e": 100}
    )
    del cells["a", "c", "e"]
    for missing in (cells, {key: cells[key] for key in list(cells)[:6]}):
        with pytest.raises(ValueError, match="a full factorial has every combination"):
            main_effects(missing)


def test_an_estimate_in_single_precision_is_kept_in_double():
    single = Estimate(np.float32([0.1, 0.2]), {"faces": np.full((2, 2), 0.1, dtype=np.float32)})
    assert single.values.dtype == single.without["faces"].dtype == np.float64
