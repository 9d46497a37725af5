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
    with pytest.raises(ValueError, match="at least 3 persons; got 2"):
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
        ({"person": person % 2}, "at least 3 persons; got 2"),
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
