import itertools

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit.fisher import linear_fisher
from fisherkit.known import random_code
from fisherkit.stats import (
    WIDEST_BAND,
    Estimate,
    band_of_mean,
    bootstrap_mean,
    bootstrap_people,
    centred_logs,
    equivalence_to_flat,
    fit_exponent,
    fit_exponent_with_floor,
    fit_order_line,
    flatness_test,
    independent_trials_interval,
    information_interval,
    label_permutation_test,
    mean_over_replicates,
    order_test,
    population_flatness_test,
    simultaneous_band,
)

THETA = np.linspace(-0.5, 0.5, 17)
P = np.exp(-(THETA**2) / (2 * 0.2**2))


@settings(max_examples=40, deadline=None)
@given(exponent=st.floats(-1, 3), scale=st.floats(1e-3, 1e5))
def test_an_exact_power_is_found_whatever_its_scale(exponent, scale):
    fit = fit_exponent(scale * P[None] ** exponent, P)
    assert fit.estimate == pytest.approx(exponent, abs=1e-4)
    assert fit.high == np.inf


@pytest.mark.parametrize("floor", [0.0, 0.01, 0.2])
@pytest.mark.parametrize("exponent", [0.7, 2.0])
def test_a_floor_is_told_from_the_power(exponent, floor):
    p = np.exp(-(np.linspace(-3, 3, 41) ** 2))
    found = fit_exponent_with_floor(50 * ((p / p.max()) ** exponent + floor), 3 * p)
    assert found == pytest.approx((exponent, floor), abs=1e-3)


def test_what_has_no_floor_says_so():
    with pytest.raises(ValueError, match=r"must be \(A,\) both; got \(2, 3\) and \(3,\)"):
        fit_exponent_with_floor(np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match="must be positive at every angle"):
        fit_exponent_with_floor(np.array([1.0, -1.0, 2.0]), np.ones(3))


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


@pytest.mark.slow
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
    with pytest.raises(ValueError, match="a bootstrap over people needs at least 3 persons; got 2"):
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


def smooth_logs(rng, *shape, angles=50, length=0.1):
    """Log curves of mean zero: Gaussian, correlated over ``length`` (rad) of [−π/2, π/2]."""
    theta = np.linspace(-np.pi / 2, np.pi / 2, angles)
    covariance = np.exp(-((theta[:, None] - theta) ** 2) / (2 * length**2))
    return rng.multivariate_normal(np.zeros(angles), covariance, size=shape, method="eigh")


def test_flatness_of_two_curves_in_closed_form():
    """x₁ = (1, −1) and x₂ = (2, −2): the sum of alike signs is 3, of opposite signs 1."""
    found = flatness_test(np.exp([[1.0, -1.0], [2.0, -2.0]]))
    assert found.statistic == pytest.approx((3 / 2) ** 2)
    np.testing.assert_allclose(np.sort(found.null), [(1 / 2) ** 2, (3 / 2) ** 2])
    assert found.pvalue == found.smallest_pvalue == 1 / 2
    assert found.patterns == 2
    assert flatness_test(np.exp([[1.0, -1.0], [-2.0, 2.0]])).pvalue == 1


@pytest.mark.parametrize("replicates", [2, 3, 8, 14])
def test_networks_that_agree_give_the_smallest_pvalue(replicates):
    shared = 1 + 0.1 * np.cos(np.linspace(0, 6, 20))
    found = flatness_test(np.arange(1, replicates + 1)[:, None] * shared)
    assert found.pvalue == found.smallest_pvalue == 2.0 ** (1 - replicates)


def test_beyond_what_can_be_counted_patterns_are_drawn():
    shared = 1 + 0.1 * np.cos(np.linspace(0, 6, 20))
    found = flatness_test(np.tile(shared, (30, 1)), draws=199, seed=1)
    assert found.patterns == 200
    assert found.pvalue == found.smallest_pvalue == 1 / 200
    curves = np.exp(smooth_logs(np.random.default_rng(0), 16))
    one, again, other = (flatness_test(curves, draws=500, seed=seed).pvalue for seed in (1, 1, 2))
    assert one == again
    assert one == pytest.approx(other, abs=0.15)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), replicates=st.integers(2, 8))
def test_flatness_knows_shapes_only(seed, replicates):
    rng = np.random.default_rng(seed)
    curves = np.exp(rng.normal(size=(replicates, 12)))
    found = flatness_test(curves)
    changed = curves * rng.uniform(0.01, 100, size=(replicates, 1))
    for other in (changed, curves[:, rng.permutation(12)], curves[rng.permutation(replicates)], 1 / curves):
        same = flatness_test(other)
        assert same.pvalue == found.pvalue
        assert same.statistic == pytest.approx(found.statistic)
    assert found.smallest_pvalue <= found.pvalue <= 1


def test_constant_curves_are_flat():
    assert flatness_test(np.arange(1.0, 9)[:, None] * np.full(30, 0.1)).pvalue == 1


def test_curves_that_cancel_are_flat():
    logs = np.random.default_rng(9).normal(size=(4, 30))
    found = flatness_test(np.exp(np.concatenate([logs, -logs])))
    assert found.pvalue == 1
    assert (found.null >= 0).all()


def test_flatness_is_scipys_sign_flip_test():
    logs = np.random.default_rng(3).normal(size=(7, 15)) + 0.5 * np.cos(np.arange(15))
    centred = logs - logs.mean(axis=1, keepdims=True)
    reference = scipy.stats.permutation_test(
        (np.ones(7),), lambda signs, axis: ((signs @ centred / 7) ** 2).mean(axis=axis), permutation_type="samples",
        vectorized=True, alternative="greater",
    )  # fmt: skip
    found = flatness_test(np.exp(logs))
    assert found.statistic == pytest.approx(reference.statistic)
    assert found.pvalue == pytest.approx(reference.pvalue)


@pytest.mark.slow
@pytest.mark.parametrize("length", [0.1, 0.5])
def test_the_size_of_the_flatness_test_is_exact_on_smooth_curves(length):
    """With 8 networks, 6 of 128 patterns: 4.7 %; five standard errors of 5,000 draws are 1.5 %."""
    logs = smooth_logs(np.random.default_rng(4), 5000, 8, length=length)
    pvalues = flatness_test(np.exp(logs)).pvalue
    assert pvalues.shape == (5000,)
    assert 0.035 <= (pvalues <= 0.05).mean() <= 0.065
    # On the same curves, angles taken as independent:
    anova = scipy.stats.f_oneway(*np.moveaxis(centred_logs(np.exp(logs)), -1, 0), axis=-1)
    assert (anova.pvalue <= 0.05).mean() > 0.12


def test_the_flatness_test_finds_what_networks_share():
    logs = smooth_logs(np.random.default_rng(5), 500, 8)
    bump = np.sqrt(2) * np.cos(np.linspace(0, 4 * np.pi, 50))
    power = [(flatness_test(np.exp(logs + a * bump)).pvalue <= 0.05).mean() for a in (0.2, 0.5, 1.0)]
    assert power[0] < power[1] < power[2]
    assert power[1] > 0.8
    assert power[2] > 0.99


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_information_without_a_logarithm_is_named(value):
    curves = np.ones((3, 5))
    curves[1, 4] = value
    for use in (flatness_test, centred_logs, lambda given: label_permutation_test(np.ones((2, 5)), given)):
        with pytest.raises(ValueError, match=r"replicate 1 has .* at angle index 4"):
            use(curves)


@pytest.mark.parametrize(
    ("information", "message"),
    [
        (np.ones(5), r"\(replicates, angles\).*got shape \(5,\)"),
        (np.ones((3, 1)), "at least 2 angles"),
        (np.ones((1, 5)), "at least 2 networks.*got 1"),
    ],
)
def test_what_has_no_flatness_test_says_so(information, message):
    with pytest.raises(ValueError, match=message):
        flatness_test(information)


def test_labels_of_three_curves_in_closed_form():
    """x = (1, −1), (2, −2) against (−3, 3): the mean difference is 4.5 as labelled, 3 and 1.5 with other labels."""
    a, b = np.exp([[1.0, -1.0], [2.0, -2.0]]), np.exp([[-3.0, 3.0]])
    found = label_permutation_test(a, b)
    np.testing.assert_allclose(np.sort(np.sqrt(found.null)), [1.5, 3, 4.5])
    assert found.statistic == pytest.approx(4.5**2)
    assert found.pvalue == found.smallest_pvalue == pytest.approx(1 / 3)


@pytest.mark.parametrize(("here", "there", "smallest"), [(2, 2, 2 / 6), (8, 3, 1 / 165), (1, 1, 1), (20, 20, 1 / 1000)])
def test_groups_that_differ_give_the_smallest_pvalue(here, there, smallest):
    shared = np.cos(np.linspace(0, 6, 20))
    noise = 0.01 * np.random.default_rng(6).normal(size=(here + there, 20))
    found = label_permutation_test(np.exp(shared + noise[:here]), np.exp(-shared + noise[here:]), draws=999)
    assert found.smallest_pvalue == pytest.approx(smallest)
    assert found.pvalue == pytest.approx(found.smallest_pvalue)


def curves_of_people(rng, *, networks=8, people=30, bump=0.0, angles=20):
    """Flat curves but for a bump, with smooth noise of people that all networks share, and with people drawn again."""
    of_people = 0.1 * np.sqrt(people) * smooth_logs(rng, people, length=0.5, angles=angles)
    of_networks = 0.05 * smooth_logs(rng, networks, length=0.5, angles=angles)
    of_networks += bump * np.cos(np.linspace(-np.pi, np.pi, angles))
    times = rng.multinomial(people - 1, np.full(people, 1 / people), size=300) / (people - 1)
    return np.exp(of_people.mean(axis=0) + of_networks), np.exp((times @ of_people)[:, None] + of_networks)


@pytest.mark.slow
def test_a_code_that_is_flat_in_the_population_is_rejected_as_often_as_it_may_be():
    """The sign-flip test asks about just these people, and rejects it nearly always."""
    rng = np.random.default_rng(9)
    these, population = [], []
    for _ in range(200):
        information, draws = curves_of_people(rng)
        these.append(flatness_test(information).pvalue <= 0.05)
        population.append(population_flatness_test(information, draws).pvalue <= 0.05)
    assert np.mean(these) > 0.8
    assert np.mean(population) <= 0.10
    bent = [population_flatness_test(*curves_of_people(rng, bump=0.4)).pvalue <= 0.05 for _ in range(50)]
    assert np.mean(bent) > 0.8


def test_the_population_test_has_the_statistic_of_the_other_and_says_what_it_wants():
    information, draws = curves_of_people(np.random.default_rng(10))
    found = population_flatness_test(information, draws)
    assert found.statistic == pytest.approx(flatness_test(information).statistic)
    assert found.null[0] == found.statistic
    assert (found.patterns, found.smallest_pvalue) == (301, 1 / 301)
    with pytest.raises(ValueError, match=r"at least 2 networks.*got \(1, 20\) and \(300, 1, 20\)"):
        population_flatness_test(information[:1], draws[:, :1])


def test_networks_that_agree_about_the_ends_of_the_range_alone_are_flat_between_them():
    """Eight networks in pairs that deviate oppositely, all of them low at the ends."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 50)
    own = 0.01 * np.random.default_rng(0).normal(size=(4, 50))
    own -= own[:, np.abs(angle) < 1.45].mean(axis=1, keepdims=True)
    curves = np.exp(np.concatenate([own, -own]) - 3.0 * (np.abs(angle) > 1.5))
    draws = curves * np.exp(0.01 * np.random.default_rng(1).normal(size=(200, 1, 50)))
    inside = np.abs(angle) < 1.45
    assert flatness_test(curves).pvalue < 0.05 < flatness_test(curves[:, inside]).pvalue == 1
    assert population_flatness_test(curves, draws).pvalue < 0.05
    assert population_flatness_test(curves[:, inside], draws[..., inside]).pvalue > 0.05
    assert equivalence_to_flat(curves[:, inside], draws[..., inside]).flat
    assert not equivalence_to_flat(curves, draws, level=inside).flat


@pytest.mark.slow
def test_labels_of_alike_groups_are_rejected_as_often_as_they_may():
    rng = np.random.default_rng(7)
    logs = smooth_logs(rng, 1000, 8, length=0.5)
    # What both groups share must not matter.
    logs += 3 * np.cos(np.linspace(0, 6, 50))
    pvalues = np.array([label_permutation_test(np.exp(one[:4]), np.exp(one[4:])).pvalue for one in logs])
    # Of 70 labellings, 2 are alike: p ≤ 0.05 is p ≤ 2/70, or 2.9 %.
    assert 0.01 <= (pvalues <= 0.05).mean() <= 0.05


def test_groups_must_share_their_angles():
    with pytest.raises(ValueError, match=r"the same angles; got shapes \(2, 5\) and \(2, 6\)"):
        label_permutation_test(np.ones((2, 5)), np.ones((2, 6)))


@pytest.mark.parametrize(("bump", "flat"), [(0.0, True), (0.3, False)])
def test_equivalence_is_a_band_inside_the_margin(bump, flat):
    rng = np.random.default_rng(8)
    curves = 1000 * np.exp(bump * np.cos(np.linspace(0, 6, 20)) + 0.01 * rng.normal(size=(8, 20)))
    draws = curves * np.exp(0.01 * rng.normal(size=(300, 8, 20)))
    found = equivalence_to_flat(curves, draws)
    assert found.flat == flat
    np.testing.assert_allclose(np.log(found.band.estimate).mean(), 0, atol=1e-12)
    assert found.departure == pytest.approx(max((1 - found.band.low).max(), (found.band.high - 1).max()))
    assert equivalence_to_flat(curves, draws, margin=found.departure).flat
    assert not equivalence_to_flat(curves, draws, margin=0.99 * found.departure).flat
    with pytest.raises(ValueError, match=r"between 0 and 1.*got 10"):
        equivalence_to_flat(curves, draws, margin=10)


def test_the_level_of_a_curve_may_be_that_of_its_interior():
    """Flat but for ends of a tenth, which pull the level of all angles down and not that of the others."""
    curves = np.full((2, 10), 50.0)
    curves[:, [0, -1]] = 5.0
    inside = np.arange(10) % 9 > 0
    np.testing.assert_allclose(np.exp(centred_logs(curves, level=inside)[0]), [0.1, *[1.0] * 8, 0.1])
    found = equivalence_to_flat(curves, np.broadcast_to(curves, (20, 2, 10)), level=inside)
    assert found.departure == pytest.approx(0.9)
    pulled = equivalence_to_flat(curves, np.broadcast_to(curves, (20, 2, 10)))
    assert pulled.band.estimate[5] == pytest.approx(10**0.2)


@pytest.mark.slow
@pytest.mark.parametrize(("replicates", "least"), [(3, 0.35), (8, 0.83), (20, 0.87)])
def test_a_band_of_replicates_holds_the_mean_curve(replicates, least):
    """Replicates as the only noise, over 0.3 rad; before degrees of freedom counted, 5, 65 and 85 % (nominal: 95 %)."""
    rng = np.random.default_rng(11)
    hits = 0
    for number in range(300):
        lines = np.exp(0.1 * smooth_logs(rng, replicates, length=0.3))
        band = band_of_mean(lines, np.broadcast_to(lines, (200, *lines.shape)), seed=number)
        truth = np.exp(0.1**2 / 2)
        hits += bool(((band.low <= truth) & (truth <= band.high)).all())
    assert hits / 300 >= least


def test_one_number_of_replicates_has_its_t_interval():
    values = np.array([9.0, 10.0, 11.5, 10.2])
    band = band_of_mean(values[:, None], np.broadcast_to(values[:, None], (20_000, 4, 1)))
    spread = values.std(ddof=1) / np.sqrt(4) / values.mean()
    expected = scipy.stats.t.ppf(0.975, 3) * spread
    assert np.log(band.high[0] / band.estimate[0]) == pytest.approx(expected, rel=0.05)
    assert band.estimate[0] == pytest.approx(values.mean())


def test_a_ratio_of_paired_replicates_forgets_what_they_share():
    rng = np.random.default_rng(12)
    shared = np.exp(0.3 * rng.normal(size=(6, 10)))
    lines = 2 * shared * np.exp(0.01 * rng.normal(size=(6, 10)))
    draws, other = (np.broadcast_to(values, (50, 6, 10)) for values in (lines, shared))
    paired, apart = (band_of_mean(lines, draws, against=(shared, other), paired=which) for which in (True, False))
    np.testing.assert_allclose(paired.estimate, 2, rtol=0.03)
    np.testing.assert_array_equal(paired.estimate, apart.estimate)
    assert (np.log(paired.high / paired.low) < np.log(apart.high / apart.low) / 5).all()
    with pytest.raises(ValueError, match="positive curves"):
        band_of_mean(lines, draws, against=(0 * shared, other))


def simulated_curves(rng, replicates, exponent, *, noise):
    """Curves with offsets, exponents and smooth residuals of their own, and noise that does not fade with p."""
    slopes = exponent + 0.15 * rng.normal(size=(replicates, 1))
    residual = 0.3 * rng.normal(size=(replicates, 1)) * np.sin(3 * np.pi * THETA + rng.normal(size=(replicates, 1)))
    curves = 100 * P**slopes * np.exp(0.5 * rng.normal(size=(replicates, 1)) + residual)
    return curves + noise * rng.normal(size=curves.shape)


@pytest.mark.slow
@pytest.mark.parametrize("replicates", [3, 8])
@pytest.mark.parametrize(("variance", "noise"), [("square", 0.0), ("linear", 0.0), ("linear", 3.0)])
def test_the_exponents_interval_holds_the_truth_as_often_as_it_says(replicates, variance, noise):
    rng = np.random.default_rng(7)
    sets = [simulated_curves(rng, replicates, 1.0, noise=noise) for _ in range(300)]
    assert (np.stack(sets) < 0).any() == (noise > 0)
    fits = [fit_exponent(curves, P, variance=variance) for curves in sets]
    held = np.mean([fit.low <= 1 <= fit.high for fit in fits])
    assert 0.912 <= held <= 0.988  # three standard errors about 0.95 are ± 0.038


@pytest.mark.parametrize("variance", ["square", "linear"])
def test_exponents_solve_their_equations(variance):
    """Those of the docstring, in both unknowns, as SciPy solves them."""
    rng = np.random.default_rng(3)
    curves = 100 * P ** rng.uniform(-1, 3, size=(6, 1)) * np.exp(0.3 * rng.normal(size=(6, len(P))))
    if variance == "linear":
        curves += rng.normal(size=curves.shape)

    def equations(parameters, curve):
        m = np.exp(parameters[0] + parameters[1] * np.log(P))
        residual = curve / m - 1 if variance == "square" else curve - m
        return residual.sum(), residual @ np.log(P)

    expected = [
        scipy.optimize.root(equations, (np.log(curve.max()), 1.0), args=(curve,), tol=1e-12).x[1] for curve in curves
    ]
    np.testing.assert_allclose(fit_exponent(curves, P, variance=variance).values, expected, atol=1e-6)


def test_an_exponent_without_a_person_is_that_of_the_other_peoples_curve():
    rng = np.random.default_rng(4)
    curves = 100 * P * np.exp(0.2 * rng.normal(size=(5, 3, len(P))))
    curves[2, 1, 0] *= -1
    fit = fit_exponent(curves[0], P, without={"faces": curves})
    # One value is negative where a person is left out: all curves are weighted for that.
    assert fit.values == pytest.approx(fit_exponent(curves[0], P, variance="linear").values)
    for row, one in zip(fit.without["faces"], curves, strict=True):
        np.testing.assert_allclose(row, fit_exponent(one, P, variance="linear").values, atol=1e-9)
    curves[2, 1] = -1
    with pytest.raises(ValueError, match="replicate 1 without person 2 of faces is not positive on average"):
        fit_exponent(curves[0], P, without={"faces": curves})
    with pytest.raises(
        ValueError, match=r"without 'faces' must be \(P, K, A\) with \(K, A\) = \(3, 17\); got \(5, 2, 17\)"
    ):
        fit_exponent(curves[0], P, without={"faces": curves[:, :2]})


def test_both_weights_find_an_exact_power():
    for variance in ("square", "linear"):
        assert fit_exponent(7 * P[None] ** 1.3, P, variance=variance).estimate == pytest.approx(1.3, abs=1e-4)


def test_a_curve_with_too_much_that_is_negative_says_what_to_do_and_that_helps():
    curve = 100 * P**1.5
    curve[P < 0.3] = -2.0
    with pytest.raises(ValueError, match=r'replicate 0: too much.*variance="linear"'):
        fit_exponent(curve, P, variance="square")
    linear = fit_exponent(curve, P, variance="linear").estimate
    assert linear > 1
    assert fit_exponent(curve, P).estimate == linear  # chosen where a value is negative
    assert fit_exponent(np.abs(curve), P).estimate == fit_exponent(np.abs(curve), P, variance="square").estimate
    with pytest.raises(ValueError, match="variance must be one of square, linear"):
        fit_exponent(curve, P, variance="cubic")


@pytest.mark.parametrize("seed", range(4))
def test_the_paired_estimates_interval_holds_the_truth_as_often_as_it_says(seed):
    code = random_code(2, condition_number=30.0, seed=seed)
    sample = code.sample([0.0], 80, draws=1500, seed=(seed, 1))
    z, t = sample.embeddings.values[:, 0], sample.tangents.values[:, 0]
    interval = information_interval(z, t)
    truth = code.linear_information(0.0)
    np.testing.assert_array_equal(interval.estimate, linear_fisher(z, t))
    assert interval.estimate.mean() == pytest.approx(truth, rel=0.02)
    assert 0.93 <= ((interval.low <= truth) & (truth <= interval.high)).mean() <= 0.97


def test_the_interval_counts_people_and_not_photographs():
    code = random_code(2, seed=5)
    sample = code.sample([0.0], 30, photographs=10, alike=0.5, draws=800, seed=6)
    z, t, truth = sample.embeddings.values[:, 0], sample.tangents.values[:, 0], code.linear_information(0.0)
    held = {}
    for name, person in (("people", sample.embeddings.person.values), ("photographs", None)):
        interval = information_interval(z, t, person=person)
        held[name] = ((interval.low <= truth) & (truth <= interval.high)).mean()
    assert 0.92 <= held["people"] <= 0.98
    assert held["photographs"] < 0.8
    people = information_interval(z, t, person=sample.embeddings.person.values).estimate.mean()
    assert abs(people / truth - 1) < 0.03


def test_an_interval_keeps_covering_where_faces_cannot_tell_the_information_from_none():
    rng = np.random.default_rng(8)
    slope, draws = np.array([0.3, 0.0]), 1500
    z = rng.normal(size=(draws, 100, 2))
    t = slope + 3 * rng.normal(size=z.shape)
    interval = information_interval(z, t)
    assert (interval.estimate < 0).any()
    assert (interval.low < 0).mean() > 0.5
    assert 0.93 <= ((interval.low <= 0.09) & (interval.high >= 0.09)).mean() <= 0.98


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.1, 10))
def test_an_interval_is_about_the_estimate_and_follows_units_and_maps(seed, scale):
    rng = np.random.default_rng(seed)
    z, t, person = clustered_code(rng, 40, 3)
    here = information_interval(z[0], t[0], person=person)
    assert (here.low < here.estimate).all()
    assert (here.estimate < here.high).all()
    wider = information_interval(z[0], t[0], person=person, confidence=0.99)
    assert (wider.low < here.low).all()
    assert (wider.high > here.high).all()
    mapping = rng.normal(size=(2, 2)) + 3 * np.eye(2)
    there = information_interval(z[0] @ mapping, t[0] @ mapping * scale, person=person)
    for name in ("estimate", "low", "high"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name) * scale**2, rtol=1e-6, atol=1e-6)


def test_bad_intervals_say_what_was_wanted():
    z, t, person = clustered_code(np.random.default_rng(9), 4, 3)
    for options, message in (
        ({"person": person % 2}, "an interval over people needs at least 3 persons; got 2"),
        ({"person": person[:-1]}, "each of 12 faces needs its person; got 11"),
        ({"confidence": 1.0}, "between 0 and 1; got 1.0"),
    ):
        with pytest.raises(ValueError, match=message):
            information_interval(z[0], t[0], **options)


Q = np.array([0.0, 0.25, 0.5, 1.0, 2.0, 4.0])


def drawn_exponents(rng, alpha, *, networks=3, people=30, network_sd=0.05, person_sd=0.25):
    """Exponents of losses whose networks scatter and share their people, and what is left without each person."""
    shared = person_sd * (0.9 * rng.normal(size=(people, 1, 1)) + 0.4 * rng.normal(size=(people, 1, len(alpha))))
    table = alpha + shared + network_sd * rng.normal(size=(networks, len(alpha)))
    left = np.moveaxis((table.sum(axis=0) - table) / (people - 1), 2, 0)
    return [Estimate(one, {"faces": of}) for one, of in zip(table.mean(axis=0).T, left, strict=True)]


@settings(max_examples=30, deadline=None)
@given(slope=st.floats(-0.2, 2), intercept=st.floats(1, 3), networks=st.integers(1, 4))
def test_the_line_of_exact_exponents_is_found(slope, intercept, networks):
    line = fit_order_line([Estimate(np.full(networks, 1 / (intercept + slope * q))) for q in Q], Q)
    assert (line.slope.mean, line.intercept.mean) == pytest.approx((slope, intercept), abs=1e-6)
    np.testing.assert_allclose(line.fitted, 1 / (intercept + slope * Q), rtol=1e-6)
    assert line.freedom == 4
    assert line.adequate is (True if networks > 1 else None)


def test_exponents_that_rise_with_the_order_have_a_negative_slope():
    values = [1.8, 1.3, 0.9, 0.6, 0.35]
    scatter = np.array([-0.02, 0.01, 0.01])
    orders = [0.0, 0.5, 1.0, 2.0, 4.0]
    slopes = [
        fit_order_line([Estimate(value + scatter) for value in dealt], orders).slope.mean
        for dealt in itertools.permutations(values)
    ]
    assert slopes[0] > 0.5  # they fall
    assert slopes[-1] < -0.2  # they rise
    assert 30 < np.sum(np.array(slopes) < 0) < 90
    rising = fit_order_line([Estimate(value + scatter) for value in values[::-1]], orders)
    assert rising.slope.side() == "below"


def test_a_fit_of_a_line_is_that_of_the_law_of_its_weights():
    """Exponents off a line: the fit is the least squares in α that SciPy finds."""
    rng = np.random.default_rng(1)
    exponents = drawn_exponents(rng, np.array([1.9, 1.1, 1.2, 0.7, 0.6, 0.3]))
    line = fit_order_line(exponents, Q)
    mean = np.array([one.mean for one in exponents])
    pooled = np.mean([one.values.var(ddof=1) for one in exponents]) / 3
    sigma = np.sqrt([pooled + one.parts[1][0] for one in exponents])
    expected = scipy.optimize.curve_fit(
        lambda q, slope, beta: 1 / (beta + slope * q), Q, mean, p0=(0.5, 0.5), sigma=sigma
    )
    assert (line.slope.mean, line.intercept.mean) == pytest.approx(tuple(expected[0]), rel=1e-4)


def test_slopes_follow_networks_and_people():
    """Where all networks or people have the same, slightly other line, that is the slope's own value for them."""
    truth, other = 1 / (0.6 + 0.4 * Q), 1 / (0.601 + 0.402 * Q)
    table = np.stack([truth, other])
    line = fit_order_line([Estimate(one) for one in table.T], Q)
    np.testing.assert_allclose(line.slope.values, [0.4, 0.402], atol=1e-5)
    left = np.stack([table, table + other - truth])  # without the second person, all networks are further along
    line = fit_order_line(
        [Estimate(one, {"faces": of}) for one, of in zip(table.T, np.moveaxis(left, 2, 0), strict=True)], Q
    )
    np.testing.assert_allclose(line.slope.without["faces"], [[0.4, 0.402], [0.402, 0.404]], atol=2e-5)


@pytest.mark.slow
def test_intervals_of_a_line_hold_it_and_its_lack_of_fit_rejects_as_often_as_they_say():
    """People are shared by all losses; an interval over networks alone would hold the slope less often."""
    rng = np.random.default_rng(2)
    held, alone, rejected = [], [], []
    for _ in range(150):
        line = fit_order_line(drawn_exponents(rng, 1 / (0.6 + 0.4 * Q)), Q)
        held.append(line.slope.against(0.4) == "holds" and line.intercept.against(0.6) == "holds")
        alone.append(Estimate(line.slope.values).against(0.4) == "holds")
        rejected.append(not line.adequate)
    assert np.mean(held) >= 0.87
    assert np.mean(alone) < 0.85
    assert np.mean(rejected) < 0.12
    bent = [fit_order_line(drawn_exponents(rng, 1 / (0.6 + 0.4 * Q) + 0.3 * (Q == 0.5)), Q) for _ in range(20)]
    assert np.mean([not line.adequate for line in bent]) > 0.8


def test_a_line_of_orders_says_what_it_wants():
    one = Estimate(np.array([0.9, 1.1]))
    for exponents, orders, message in (
        ([one, one], [0.0, 1.0], "three losses or more"),
        ([one, one, one], [0.0, 1.0], "three losses or more"),
        ([one, one, one], [2.0, 2.0, 2.0], "three orders or more"),
        ([one, one, Estimate(np.ones(3))], [0.0, 1.0, 2.0], r"as many networks each; got \[2, 3\]"),
        ([one, -1 * one, one], [0.0, 1.0, 2.0], "order 1 is -1.00, and 1/α means nothing.*order_test"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_order_line(exponents, np.array(orders))


def test_ranks_of_exponents_against_orders():
    falling = [Estimate(np.array([a, a])) for a in (1.8, 1.3, 0.9, 0.6, 0.35)]
    orders = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    found = order_test(falling, orders)
    assert (found.tau, found.pvalue) == pytest.approx((-1, 2 / 120))
    assert order_test(falling[::-1], orders).tau == pytest.approx(1)
    # Of all orders, as many have this p or a smaller one as it says.
    pvalues = np.array([order_test(dealt, orders).pvalue for dealt in itertools.permutations(falling)])
    for p in np.unique(pvalues):
        assert (pvalues <= p + 1e-9).mean() == pytest.approx(p)
    with pytest.raises(ValueError, match="each of another order"):
        order_test(falling, np.array([2.0, 2.0, 2.0, 2.0, 2.0]))


def test_the_order_of_exponents_falls_rises_or_is_not_settled():
    falling = [Estimate(np.array([a, a])) for a in (1.8, 1.3, 0.9, 0.6, 0.35)]
    orders = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    found = order_test(falling, orders)
    assert (found.falls, found.side(), found.mean) == (True, "below", found.tau)
    assert ((-found).side(), (-found).tau, (-found).pvalue) == ("above", -found.tau, found.pvalue)
    assert order_test(falling[::-1], orders).falls is False
    unsettled = order_test([falling[n] for n in (0, 3, 1, 4, 2)], orders)
    assert unsettled.pvalue > 0.05
    assert (unsettled.falls, unsettled.side()) == (None, "open")
    assert str(found) == "−1.00 (p = 0.017)"
    assert not np.isfinite([found.low, found.high]).any()


def random_parts():
    """What draws at random: by name, with a seed or without."""
    rng = np.random.default_rng(0)
    z, t, person = clustered_code(rng, 12, 4, replicates=2, angles=3)
    lines = np.exp(0.1 * rng.normal(size=(16, 5)))
    draws = lines * np.exp(0.1 * rng.normal(size=(20, 16, 5)))
    return {
        "people": (bootstrap_people, (z, t, person)),
        "mean": (bootstrap_mean, (z[0, :, :, 0], person)),
        "replicates": (mean_over_replicates, (draws,)),
        "band": (lambda **seed: band_of_mean(lines, draws, **seed).high, ()),
        "ratio": (lambda **seed: band_of_mean(lines, draws, against=(2 * lines, draws), **seed).high, ()),
        "flatness": (lambda **seed: flatness_test(lines, **seed).null, ()),
        "population": (lambda **seed: population_flatness_test(lines, draws, **seed).null, ()),
        "labels": (lambda **seed: label_permutation_test(lines, 1 / lines, **seed).null, ()),
        "equivalence": (lambda **seed: equivalence_to_flat(lines, draws, **seed).band.high, ()),
    }


@pytest.mark.parametrize("name", random_parts())
def test_what_is_drawn_is_the_same_for_the_same_seed_and_of_seed_0_unless_told(name):
    function, given = random_parts()[name]
    first = function(*given)
    np.testing.assert_array_equal(function(*given, seed=0), first)
    assert not np.array_equal(function(*given, seed=1), first)
    expected = {"people": 1000, "mean": 1000, "flatness": 10_000, "labels": 10_000}
    assert name not in expected or max(first.shape) == expected[name]


def test_draws_of_a_mean_are_the_means_of_the_faces_drawn():
    rng = np.random.default_rng(2)
    person = np.array([4, 4, 4, 7, 7, 9, 1, 1])
    values = rng.normal(size=(3, 2, 8))
    drawn = bootstrap_mean(values, person, draws=5, seed=3)
    times = np.random.default_rng(3).multinomial(3, np.full(4, 1 / 4), size=5)
    for draw, of_person in zip(drawn, times, strict=True):
        faces = np.repeat(np.arange(8), of_person[np.searchsorted([1, 4, 7, 9], person)])
        np.testing.assert_allclose(draw, values[..., faces].mean(axis=-1))


def test_a_bootstrap_does_not_depend_on_where_the_code_lies():
    z, t, person = clustered_code(np.random.default_rng(3), 8, 4, replicates=2, angles=2)
    away = z + 1e6 * np.array([1.0, -3.0]).reshape(2, 1, 1, 1) * np.array([1.0, 2.0]).reshape(1, 2, 1, 1)
    here, there = (bootstrap_people(of, t, person, draws=20) for of in (z, away))
    np.testing.assert_allclose(there, here, rtol=1e-5)


def test_of_two_replicates_one_is_drawn():
    curves = np.array([[1.0, 2.0], [5.0, 7.0]])
    drawn = mean_over_replicates(np.broadcast_to(curves, (50, 2, 2)))
    np.testing.assert_array_equal(np.unique(drawn, axis=0), curves)


def test_a_band_about_one_number_ends_at_the_quantile_of_its_draws():
    draws = np.exp(np.random.default_rng(4).normal(size=(500, 1)))
    for confidence in (0.5, 0.95):
        band = simultaneous_band(np.array([3.0]), draws, confidence=confidence)
        reach = np.quantile(np.abs(np.log(draws) - np.log(draws).mean()), confidence)
        assert band.confidence == confidence
        np.testing.assert_allclose([band.low, band.high], [[3 * np.exp(-reach)], [3 * np.exp(reach)]])
    assert simultaneous_band(np.array([3.0]), draws).confidence == 0.95
    for estimate, again in ((-1.0, draws), (1.0, 0 * draws), (0.0, draws)):
        with pytest.raises(ValueError, match="positive curves"):
            simultaneous_band(np.array([estimate]), again)


def test_a_band_has_no_width_where_nothing_varies_and_none_that_tells_nothing():
    lines = np.array([[1.0, 1e-3, 3.0], [1.0, 1e3, 3.0]])
    draws = np.broadcast_to(lines, (100, 2, 3)) * np.exp(
        [0, 0, 0.1] * np.random.default_rng(0).normal(size=(100, 1, 1))
    )
    band = band_of_mean(lines, draws)
    assert band.low[0] == band.estimate[0] == band.high[0] == 1
    assert band.high[1] / band.estimate[1] == pytest.approx(WIDEST_BAND)
    assert band.low[1] / band.estimate[1] == pytest.approx(1 / WIDEST_BAND)
    assert 1.1 < band.high[2] / 3 < 2


def test_a_ratio_forgets_people_that_both_share_and_keeps_those_of_one():
    rng = np.random.default_rng(5)
    lines, other = np.tile([4.0, 6.0, 9.0], (3, 1)), np.tile([2.0, 1.0, 3.0], (5, 1))
    people = np.exp(0.2 * rng.normal(size=(300, 1, 3)))
    shared = band_of_mean(lines, lines * people, against=(other, other * people))
    np.testing.assert_allclose([shared.low, shared.high], [[2, 6, 3]] * 2)
    flat = np.broadcast_to(other, (300, *other.shape))
    expected = simultaneous_band(np.array([2.0, 6.0, 3.0]), (lines * people / other[:1]).mean(axis=1))
    for found in (
        band_of_mean(lines, lines * people, against=(other, flat)),
        band_of_mean(lines[:1], lines[:1] * people, against=(other, flat)),
        band_of_mean(1 / other, 1 / flat, against=(1 / lines, 1 / lines / people), confidence=0.95),
    ):
        np.testing.assert_allclose([found.low, found.high], [expected.low, expected.high])
    narrow = band_of_mean(lines, lines * people, against=(other, flat), confidence=0.5)
    assert (narrow.high < expected.high).all()
    assert narrow.confidence == 0.5


@pytest.mark.parametrize("side", [0, 1])
def test_pairs_of_which_one_does_not_vary_are_as_wide_as_apart(side):
    lines = np.exp(0.1 * np.random.default_rng(6).normal(size=(6, 4)))
    groups = [(one, np.broadcast_to(one, (400, 6, 4))) for one in (lines, np.ones((6, 4)))]
    here, there = groups if side == 0 else groups[::-1]
    paired, apart = (band_of_mean(*here, against=there, paired=which) for which in (True, False))
    np.testing.assert_allclose(np.log(paired.high / paired.low), np.log(apart.high / apart.low), rtol=0.15)
    assert (paired.high > 1.02 * paired.estimate).all()


def test_all_patterns_are_counted_up_to_fifteen_networks_and_eight_against_eight():
    shared = 1 + 0.1 * np.cos(np.linspace(0, 6, 4))
    for networks, patterns in ((15, 2**14), (16, 10_000)):
        found = flatness_test(np.tile(shared, (networks, 1)))
        assert (found.patterns, found.smallest_pvalue) == (patterns, 1 / patterns)
        assert found.statistic == found.null[0] == pytest.approx(np.log(shared).var())
        assert found.null.max() == pytest.approx(found.statistic)
    for here, patterns in ((8, 12_870), (9, 10_000)):
        found = label_permutation_test(np.tile(shared, (here, 1)), np.tile(1 / shared, (8, 1)))
        assert found.patterns == patterns
        assert found.smallest_pvalue == (2 if here == 8 else 1) / patterns
    with pytest.raises(ValueError, match="draws must be a whole number of at least 1; got 0"):
        flatness_test(np.tile(shared, (16, 1)), draws=0)
    with pytest.raises(ValueError, match="draws must be a whole number of at least 1; got 0"):
        label_permutation_test(np.tile(shared, (9, 1)), np.tile(shared, (9, 1)), draws=0)


@pytest.mark.parametrize(("here", "there"), [(3, 4), (20, 11)])
def test_what_all_networks_share_drops_out_of_every_labelling(here, there):
    logs = np.random.default_rng(7).normal(size=(here + there, 6))
    shared = 100 * np.cos(np.arange(6.0))
    plain, bent = (
        label_permutation_test(np.exp(of[:here]), np.exp(of[here:]), draws=500).null for of in (logs, logs + shared)
    )
    np.testing.assert_allclose(bent, plain, rtol=1e-6)
    # Group sizes stay: mean over labellings of the squared difference of means is s² (1/K₁ + 1/K₂).
    centred = logs - logs.mean(axis=1, keepdims=True)
    expected = centred.var(axis=0, ddof=1).mean() * (1 / here + 1 / there)
    assert plain[1:].mean() == pytest.approx(expected, rel=0.1)


def test_noise_of_people_alone_is_compared_as_it_is():
    """Networks that are all alike: the statistic's values are the mean squares of the draws about their mean."""
    rng = np.random.default_rng(8)
    curve, noise = np.array([0.3, -0.1, -0.2]), 0.2 * rng.normal(size=(99, 1, 3))
    logs = np.tile(curve, (2, 1))
    found = population_flatness_test(np.exp(logs), np.exp(logs + noise))
    away = noise[:, 0] - noise.mean(axis=-1)
    away -= away.mean(axis=0)
    expected = (away**2).mean(axis=-1)
    np.testing.assert_allclose(found.null, [(curve**2).mean(), *expected])
    assert found.pvalue == (1 + (expected >= (curve**2).mean()).sum()) / 100
    # Draws that are the observed curve's own mirror image reach it, but for rounding.
    mirrored = np.concatenate([np.exp(logs)[None], np.exp(-logs)[None]])
    assert population_flatness_test(np.exp(logs), mirrored).pvalue == 1


def test_where_nothing_varies_what_bends_is_not_flat_and_what_is_flat_is():
    bent, flat = np.tile([1.0, 2.0, 3.0], (2, 1)), np.ones((2, 3))
    for curves, pvalue in ((bent, 1 / 11), (flat, 1)):
        assert population_flatness_test(curves, np.broadcast_to(curves, (10, 2, 3))).pvalue == pvalue
    for information, draws in ((np.ones((1, 2, 3)), np.ones((5, 2, 3))), (bent, np.ones((5, 3, 3)))):
        with pytest.raises(ValueError, match=r"information \(K, A\) of at least 2 networks and draws"):
            population_flatness_test(information, draws)


@pytest.mark.parametrize("margin", [0, 1, -0.1, 1.5, np.nan])
def test_a_margin_is_a_share(margin):
    curves = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"margin must be (between 0 and 1, as a share|a finite number)"):
        equivalence_to_flat(curves, np.ones((5, 2, 3)), margin=margin)
    found = equivalence_to_flat(curves, np.ones((5, 2, 3)))
    assert (found.margin, found.departure, found.flat) == (0.1, 0, True)


def test_a_level_of_the_interior_does_not_move_with_people_who_change_the_ends():
    inside = np.arange(6) % 5 > 0
    draws = np.ones((50, 3, 6))
    draws[..., ~inside] = np.exp(np.random.default_rng(0).normal(size=(50, 1, 2)))
    found = equivalence_to_flat(np.ones((3, 6)), draws, level=inside, confidence=0.8)
    np.testing.assert_allclose([found.band.low[inside], found.band.high[inside]], 1)
    assert found.departure > 1
    assert found.band.confidence == 0.8


def test_the_power_beside_a_floor_is_bounded_and_robust():
    p = np.exp(-(np.linspace(-2, 2, 41) ** 2))
    information = 50 * (p**1.5 + 0.05)
    information[12] *= 30  # by least squares, the power would be 1.44
    assert fit_exponent_with_floor(information, p) == pytest.approx((1.5, 0.05), abs=0.03)
    assert fit_exponent_with_floor(p**8, p)[0] == pytest.approx(6)
    assert fit_exponent_with_floor(1 / p, p)[0] == pytest.approx(0, abs=1e-6)
    for bad, density, message in (
        (np.ones(3), np.ones(4), r"must be \(A,\) both; got \(3,\) and \(4,\)"),
        (np.array([1.0, 0.0, 1.0]), np.ones(3), "positive at every angle"),
        (np.array([1.0, np.inf, 1.0]), np.ones(3), "information must be finite numbers"),
        (np.ones(3), np.array([1.0, 0.0, 1.0]), "positive at every angle"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_exponent_with_floor(bad, density)


def test_an_exponent_says_how_sure_it_is_and_of_whom():
    rng = np.random.default_rng(9)
    curves = P * np.exp(0.1 * rng.normal(size=(4, 3, len(P))))
    fit = fit_exponent(curves[0], P, without={"these": curves, "those": curves[:2]}, confidence=0.8)
    assert fit.confidence == 0.8
    assert {label: left.shape for label, left in fit.without.items()} == {"these": (4, 3), "those": (2, 3)}
    assert fit_exponent(curves[0], P).confidence == 0.95
    alone = fit_exponent(curves[0, 0], P)  # one curve
    assert alone.values == pytest.approx(fit_exponent(curves[0], P).values[:1])
    for confidence in (0.0, 1.0):
        with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
            fit_exponent(curves[0], P, confidence=confidence)


@pytest.mark.parametrize("networks", [1, 2, 4])
@pytest.mark.parametrize("interaction", [0.01, 0.25, 3.0])
def test_a_line_and_its_lack_of_fit_are_their_formulas(networks, interaction):
    """By projection off the line's derivative, and the interaction as the residual mean square of a two-way table.

    Of two groups of people, what the second does is the same for all networks: no interaction.
    """
    rng = np.random.default_rng(10)
    people, others, q = 9, 5, np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    table = 1 / (0.6 + 0.4 * q) + 0.05 * rng.normal(size=(networks, 1, 5)) + 0.1 * rng.normal(size=(people, 1))
    table = table + 0.1 * rng.normal(size=(people, 5)) + interaction * rng.normal(size=(networks, people, 5))
    table = table.transpose(1, 0, 2)  # person, network, loss
    of_networks, shift = table.mean(axis=0), 0.02 * rng.normal(size=(others, 1, 5)) * [1, 2, 3, 1, 1]
    of_networks += np.maximum(0.1 - of_networks.mean(axis=0), 0)
    left = {"faces": of_networks + (table.mean(axis=0) - table) / (people - 1), "others": of_networks + shift}
    line = fit_order_line(
        [Estimate(of_networks[:, k], {label: one[..., k] for label, one in left.items()}) for k in range(5)], q
    )

    mean = of_networks.mean(axis=0)
    n = np.zeros((5, 5))
    if networks > 1:
        residual = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean(axis=(0, 1))
        own = (residual**2).sum(axis=(0, 1)).mean() / (networks - 1) / (people - 1) / networks / people
        pooled = of_networks.var(axis=0, ddof=1).mean() / networks
        n = max(pooled - own, pooled / 2) * np.eye(5)
    p = np.cov(table.mean(axis=1), rowvar=False) / people
    p = p + (others - 1) ** 2 / others * np.cov(shift[:, 0], rowvar=False)
    weight = 1 / np.diag(n + p)
    basis = np.stack([np.ones(5), q])

    # The line solves its equations, for all people and without each.
    lines = [[line.intercept.mean, line.slope.mean]]
    for label in left:
        lines.extend(np.stack([line.intercept.without[label], line.slope.without[label]], axis=-1).mean(axis=1))
    exponents = np.concatenate([mean[None], *(one.mean(axis=1) for one in left.values())])
    np.testing.assert_allclose(line.fitted, 1 / (lines[0] @ basis))
    for (intercept, slope), alpha in zip(lines, exponents, strict=True):
        height = intercept + slope * q
        gradient = (weight * (alpha - 1 / height) * basis / height**2).sum(axis=1)
        scale = (weight * np.abs(alpha - 1 / height) * np.abs(basis) / height**2).sum(axis=1)
        assert (height > 0).all()
        assert (np.abs(gradient) < 1e-5 * scale).all()

    assert (line.freedom, line.orders.tolist()) == (3, q.tolist())
    if networks == 1:
        assert np.isnan([line.chi_squared, line.pvalue]).all()
        return
    inverse, derivative = np.linalg.inv(n + p), (basis * line.fitted**2).T
    across = inverse @ derivative
    off = inverse - across @ np.linalg.solve(derivative.T @ across, across.T)
    r = mean - line.fitted
    assert line.chi_squared == pytest.approx(r @ off @ r)
    first, second = np.trace(off @ n), np.trace(off @ p)
    freedom = (first + second) ** 2 / (first**2 / (5 * (networks - 1)) + second**2 / (others - 1))
    assert line.pvalue == pytest.approx(scipy.stats.f.sf(line.chi_squared / 3, 3, freedom))
    assert line.adequate == (line.pvalue >= 0.05)


def test_no_line_is_nearer_to_exponents_dealt_in_any_order():
    """Of all lines that stay positive, by their heights at both ends."""
    values, orders = np.array([1.8, 1.3, 0.9, 0.6, 0.35]), np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    first, last = np.meshgrid(*[np.geomspace(1e-2, 1e2, 150)] * 2)
    heights = first[..., None] + (last - first)[..., None] * orders / 4
    for dealt in itertools.islice(itertools.permutations(values), 0, None, 7):
        line = fit_order_line([Estimate(value + np.array([-0.02, 0.01, 0.01])) for value in dealt], orders)
        assert (line.fitted > 0).all()
        best = ((dealt - 1 / heights) ** 2).sum(axis=-1).min()
        assert ((dealt - line.fitted) ** 2).sum() <= best + 1e-9


def test_an_exponent_of_zero_has_no_place_on_a_line():
    losses = [Estimate(np.array([a, a])) for a in (1.0, 0.0, 0.5)]
    with pytest.raises(ValueError, match=r"order 1 is 0\.00, and 1/α means nothing"):
        fit_order_line(losses, [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    "function",
    [
        centred_logs,
        lambda x: flatness_test(x).null,
        lambda x: fit_exponent(x, x[0]).values,
        lambda x: fit_exponent(np.ones((2, 9)), np.arange(1.0, 10), without={"faces": np.stack([x, x])}).without[
            "faces"
        ],
        lambda x: np.array(fit_exponent_with_floor(x[0], x[1])),
    ],
)
def test_curves_in_single_precision_are_read_in_double(function):
    curves = np.exp(np.random.default_rng(18).normal(size=(2, 9))).astype(np.float32)
    found, expected = function(curves), function(curves.astype(float))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


def test_a_line_without_people_is_tested_against_networks_alone():
    rng = np.random.default_rng(11)
    alpha = 1 / (0.6 + 0.4 * Q) + 0.02 * rng.normal(size=(3, len(Q)))
    line = fit_order_line([Estimate(one, confidence=0.8) for one in alpha.T], Q)
    r, variance = alpha.mean(axis=0) - line.fitted, alpha.var(axis=0, ddof=1).mean() / 3
    assert line.chi_squared == pytest.approx(r @ r / variance)
    assert line.pvalue == pytest.approx(scipy.stats.f.sf(line.chi_squared / 4, 4, 12))
    assert line.slope.confidence == line.intercept.confidence == 0.8
    alone = fit_order_line([Estimate(one) for one in alpha[:1].T], Q)
    assert np.isnan([alone.chi_squared, alone.pvalue]).all()
    assert alone.adequate is None


def test_slopes_follow_each_network_and_person_along_the_fits_derivative():
    """A small change of one network's exponents, and of one person's, changes the line as refitting it does."""
    rng = np.random.default_rng(12)
    alpha = 1 / (0.6 + 0.4 * Q) + 0.05 * rng.normal(size=(2, len(Q)))
    change = 1e-5 * rng.normal(size=len(Q))

    def line(moved):
        return fit_order_line([Estimate(one) for one in (alpha + moved).T], Q)

    # Both move alike, which leaves the weights.
    before, after = line(0), line(change)
    for name in ("slope", "intercept"):
        numeric = getattr(after, name).mean - getattr(before, name).mean
        values = {"networks": getattr(before, name).values}
        spread = line(np.stack([change, -change]))
        followed = (getattr(spread, name).values - values["networks"]) @ [0.5, -0.5]
        assert followed == pytest.approx(numeric, rel=1e-3)


def test_people_of_a_line_are_those_of_the_losses_that_were_shown_them():
    rng = np.random.default_rng(13)
    alpha = 1 / (0.6 + 0.4 * Q[:4]) + 0.05 * rng.normal(size=(3, 4))
    left = alpha + 0.01 * rng.normal(size=(5, 1, 1))
    some = [Estimate(alpha[:, k], {"faces": left[..., k]} if k < 2 else {}) for k in range(4)]
    same = [Estimate(alpha[:, k], {"faces": left[..., k] if k < 2 else np.tile(alpha[:, k], (5, 1))}) for k in range(4)]
    found, expected = (fit_order_line(of, Q[:4]) for of in (some, same))
    np.testing.assert_allclose(found.slope.without["faces"], expected.slope.without["faces"])
    assert found.pvalue == pytest.approx(expected.pvalue)
    fewer = [Estimate(alpha[:, k], {"faces": left[k:, :, k]}) for k in range(4)]
    with pytest.raises(
        ValueError, match=r"people of the label 'faces' must be the same for all losses; got \[2, 3, 4, 5\]"
    ):
        fit_order_line(fewer, Q[:4])
    with pytest.raises(ValueError, match=r"must be the same for all losses; got \[4, 5\]"):
        fit_order_line([fewer[0], fewer[1], some[2], some[3]], Q[:4])


def test_ranks_need_three_losses_that_differ():
    falling = [Estimate(np.array([a, a])) for a in (1.8, 1.3, 0.9)]
    assert order_test(falling, [0, 1, 2]).pvalue == pytest.approx(1 / 3)
    for exponents, orders in (
        (falling[:2], [0.0, 1.0]),
        (falling, [0.0, 1.0]),
        (falling, [0.0, 1.0, 1.0]),
        ([falling[0], falling[1], falling[1]], [0.0, 1.0, 2.0]),
    ):
        with pytest.raises(ValueError, match="three losses or more, each of another order and with another exponent"):
            order_test(exponents, orders)
    many = order_test([Estimate(np.array([1.0 / k, 1.0 / k])) for k in range(1, 10)], np.arange(9))
    assert str(many) == "−1.00 (p = 5.5e-06)"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.0, 0.05, 1.0, 4.0]))
def test_an_interval_ends_where_the_estimate_contradicts_the_information(seed, scale):
    """(Î − J)² = q² V(J) at both ends J, with V as in the docstring, person by person."""
    rng = np.random.default_rng(seed)
    z, t, person = clustered_code(rng, 9, 3, slope=scale)
    z, t = z[0, 0] @ np.array([[1.0, 0.5], [0.0, 2.0]]) + 5, t[0, 0] @ np.array([[1.0, 0.5], [0.0, 2.0]])
    t += 0.5 * rng.normal(size=t.shape)
    keep = rng.permutation(27)[:24]  # not all have as many photographs
    z, t, person = z[keep], t[keep], person[keep]
    n, people = 24, len(np.unique(person))
    k = people / (people - 1) / n**2
    inverse, mu = np.linalg.inv(np.cov(z, rowvar=False)), t.mean(axis=0)
    e = inverse @ mu / np.sqrt(mu @ inverse @ mu)
    estimate = linear_fisher(z, t, person=person)
    covariance, relative = np.zeros((2, 2)), 0.0
    for one in np.unique(person):
        away, moved = z[person == one] - z.mean(axis=0), t[person == one] - mu
        leverage = (1 / n + np.einsum("ni,ij,nj->n", away, inverse, away) / (n - 1)).sum()
        a = np.sqrt(k) * (1 + leverage) * (2 * moved @ e).sum()
        b = np.sqrt(k) * (1 + leverage) * (1 - (away @ e) ** 2).sum()
        relative += (a + np.sqrt(max(estimate, 0)) * b) ** 2
        covariance += k * np.outer(moved.sum(axis=0), moved.sum(axis=0))
    c0 = 2 * np.trace(np.linalg.matrix_power(inverse @ covariance, 2))
    for confidence in (0.95, 0.1, 0.5):
        found = information_interval(z, t, person=person, confidence=confidence)
        q = scipy.stats.t.ppf((1 + confidence) / 2, people - 1)
        assert (found.estimate, found.confidence) == (pytest.approx(estimate), confidence)
        for end in (found.low, found.high):
            assert (estimate - end) ** 2 == pytest.approx(q**2 * (c0 + max(end, 0) * relative))
        assert found.low < estimate < found.high
    assert information_interval(z, t, person=person).confidence == 0.95
    single = information_interval(np.float32(z), np.float32(t), person=person)
    double = information_interval(np.float32(z).astype(float), np.float32(t).astype(float), person=person)
    assert (single.estimate, single.low, single.high) == (double.estimate, double.low, double.high)
    stack = information_interval(np.stack([z, 2 * z]), np.stack([t, 2 * t]), person=person, confidence=0.5)
    np.testing.assert_allclose([stack.low, stack.high], [[found.low] * 2, [found.high] * 2])


@pytest.mark.parametrize("d", [1, 3])
def test_an_interval_of_independent_trials_leaves_its_tails_outside(d):
    """Of Hotelling's T², which follows the non-central F: the value found is the quantile that each end says."""
    rng = np.random.default_rng(14)
    step, trials = 0.2, 12
    below, above = rng.normal(size=(2, 2, 3, trials, d))
    above[..., 0] += 3
    above[0, 0] = below[0, 0] + 0.01 * rng.normal(size=(trials, d))
    for confidence in (0.95, 0.6):
        found = independent_trials_interval(below, above, step=step, confidence=confidence)
        assert found.confidence == confidence
        assert found.low[0, 0] == found.high[0, 0] == 0  # the means differ by less than noise would have it
        for place in list(np.ndindex(2, 3))[1:]:
            difference = above[place].mean(axis=0) - below[place].mean(axis=0)
            pooled = np.atleast_2d(np.cov(below[place], rowvar=False) + np.cov(above[place], rowvar=False)) / 2
            hotelling = trials / 2 * difference @ np.linalg.solve(pooled, difference)
            f = hotelling * (2 * trials - d - 1) / (d * (2 * trials - 2))
            for end, tail in ((found.low, (1 + confidence) / 2), (found.high, (1 - confidence) / 2)):
                centre = trials * end[place] * (2 * step) ** 2 / 2
                assert end[place] > 0
                assert scipy.stats.ncf.cdf(f, d, 2 * trials - d - 1, centre) == pytest.approx(tail, abs=1e-6)
    assert independent_trials_interval(below, above, step=step).confidence == 0.95
    one = independent_trials_interval(below[1, 2], above[1, 2], step=step, confidence=0.6)
    assert (one.estimate, one.low, one.high) == pytest.approx((found.estimate[1, 2], found.low[1, 2], found.high[1, 2]))


def test_stacks_of_curves_are_tested_one_by_one():
    curves = np.exp(np.random.default_rng(15).normal(size=(2, 3, 5, 7)))
    found = flatness_test(curves)
    assert found.null.shape == (2, 3, 16)
    for place in np.ndindex(2, 3):
        one = flatness_test(curves[place])
        assert (found.statistic[place], found.pvalue[place]) == pytest.approx((one.statistic, one.pvalue))


@pytest.mark.parametrize("variance", ["square", "linear"])
def test_curves_are_solved_together_as_alone_however_steep(variance):
    """Exponents up to 60 over a factor 20 of p, which one of Newton's steps does not reach."""
    p = np.exp(np.linspace(0, -3, 25))
    exponents = np.array([0.0, 60.0, -40.0, 4.0, 1.0])
    noise = 1 + 0.2 * np.sin(np.arange(25))
    curves = np.exp(exponents[:, None] * np.log(p)) * noise
    values = fit_exponent(curves, p, variance=variance).values
    for curve, value, exponent in zip(curves, values, exponents, strict=True):
        assert value == pytest.approx(fit_exponent(curve, p, variance=variance).values.item(), abs=1e-8)
        left = curve * p**-value if variance == "square" else curve
        law = np.ones(25) if variance == "square" else p**value
        assert left @ np.log(p) / left.sum() == pytest.approx(law @ np.log(p) / law.sum(), abs=1e-5)
        assert abs(value - exponent) < 0.2 + 0.1 * abs(exponent)


def test_curves_that_are_negative_here_and_there_solve_their_equations_in_any_company():
    rng = np.random.default_rng(16)
    curves = 100 * P ** rng.uniform(0.5, 3, size=(200, 1)) + 4 * rng.normal(size=(200, len(P)))
    assert (curves < 0).any(axis=1).mean() > 0.5
    values = fit_exponent(curves, P).values
    x = np.log(P)
    law = np.exp(values[:, None] * x)
    law /= law.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(law @ x, curves @ x / curves.sum(axis=1), atol=1e-5)
    order = rng.permutation(200)
    np.testing.assert_allclose(fit_exponent(curves[order], P).values, values[order], atol=1e-6)


def test_weights_are_square_where_all_is_positive_however_small_and_linear_else():
    rng = np.random.default_rng(17)
    p = np.linspace(1, 1.3, 8)  # varies by less than a factor e
    curve = 0.01 * p * np.exp(0.5 * rng.normal(size=(3, 8)))
    square, linear = (fit_exponent(curve, p, variance=variance).values for variance in ("square", "linear"))
    assert np.abs(square - linear).min() > 1e-3
    np.testing.assert_array_equal(fit_exponent(curve, p).values, square)
    one = fit_exponent(curve[0], p, without={"faces": np.stack([curve[1:2], curve[2:]])})
    np.testing.assert_allclose(one.without["faces"][:, 0], square[1:], atol=1e-9)
    curve[0, 3] = 0
    np.testing.assert_array_equal(fit_exponent(curve, p).values, fit_exponent(curve, p, variance="linear").values)


def test_a_curve_without_an_exponent_says_why_and_what_would_help():
    p = np.array([1.0, 2.0, 4.0])
    with pytest.raises(ValueError, match="information of replicate 1 is not positive on average"):
        fit_exponent([[1, 1, 1], [1, -2, 1]], p)
    with pytest.raises(ValueError, match="negative; show more faces or leave out angles") as told:
        fit_exponent([[-2.0, -2.0, 6.0]], p)
    assert str(told.value).startswith("no exponent solves the estimating equations of replicate 0: too much of its")
    with pytest.raises(ValueError, match="replicate 0 without person 1 of faces: too much of its information"):
        fit_exponent(p[None], p, without={"faces": [[[1, 2, 3]], [[-2, -2, 6]]]})
    with pytest.raises(ValueError, match='show more faces, fit with variance="linear" or leave out angles'):
        fit_exponent([[-2.0, -2.0, 6.0]], p, variance="square")
