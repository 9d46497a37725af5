import numpy as np
import pytest
import scipy.stats
import xarray as xr

from fisherkit import curves, fisher
from fisherkit.codes import angle_grid
from fisherkit.densities import named
from fisherkit.estimate import Estimate
from fisherkit.experiments import loss_sweep
from fisherkit.fisher import fisher_curve
from fisherkit.shape import discriminable_range


@pytest.fixture(scope="module")
def sweep():
    return loss_sweep(
        "smoke", losses=["linear", "log"], encodings=["linear"], samples=256, validation_samples=64, epochs=2
    )


@pytest.fixture(scope="module")
def measured(sweep):
    return curves.measure(sweep.ensemble(), sweep.faces.subset("train"), angle_grid("linear", 9), draws=50, seed=3)


def test_measured_information_is_that_of_the_ensemble(sweep, measured):
    faces = sweep.faces.subset("train")
    some = measured.select(loss="log", density="concentrated")
    expected = fisher_curve(
        sweep.ensemble(loss="log", density="concentrated"), faces.images, angle_grid("linear", 9), estimator="wishart",
        person=faces.person,
    )  # fmt: skip
    np.testing.assert_allclose(some.information.values, expected.values, rtol=1e-3)
    assert some.draws.shape == (50, 2, 9)
    assert some.first().draws.shape == (50, 1, 9)
    with pytest.raises(LookupError, match="no network here"):
        measured.select(loss="quart")


def test_curves_have_area_one_and_lie_in_their_bands(measured):
    for transform in (curves.normalised_root, curves.normalised_information):
        lines = measured.lines(transform)
        np.testing.assert_allclose(np.trapezoid(lines, measured.angle, axis=1), 1)
        band = measured.band(transform)
        np.testing.assert_allclose(band.estimate, lines.mean(axis=0))
        assert ((band.low < band.estimate) & (band.estimate < band.high)).all()
    np.testing.assert_array_equal(measured.lines(curves.information), measured.information.values)
    np.testing.assert_allclose(measured.lines(curves.root) ** 2, measured.information.values)


def test_the_same_seed_draws_the_same_band(sweep, measured):
    again = curves.measure(sweep.ensemble(), sweep.faces.subset("train"), angle_grid("linear", 9), draws=50, seed=3)
    np.testing.assert_array_equal(again.band(curves.root).low, measured.band(curves.root).low)


def test_a_curve_that_is_twice_another_at_half_of_the_angles_is_told_apart_there():
    angle = np.linspace(0, 1, 8)
    shape = np.where(angle < 0.5, 2.0, 1.0)
    scatter = np.exp(0.01 * np.random.default_rng(0).normal(size=(200, 4, 8)))
    flat, stepped = (
        curves.Measured(
            xr.DataArray(height * scatter[:4].mean(axis=1), dims=("replicate", "angle"), coords={"angle": angle}),
            height * scatter,
            0,
        )
        for height in (np.ones(8), shape)
    )
    distance, share = curves.told_apart(stepped, flat, curves.information, np.ones(8, dtype=bool))
    assert distance == pytest.approx(np.log(2) / 2)
    assert share == 0.5
    assert curves.told_apart(stepped, flat, curves.information, angle > 0.5) == (pytest.approx(0, abs=1e-12), 0)
    assert stepped.number(lambda values: values[..., 0]).mean == pytest.approx(2, abs=0.05)


def test_common_angles_are_those_of_high_density_and_none_twice():
    line, circle = angle_grid("linear", 101), angle_grid("circular", 101)
    normal = named("concentrated", "linear")
    # A normal density falls to a tenth of its peak at √(2 log 10) standard deviations.
    expected = np.abs(line - np.pi / 4) < 0.2 * np.sqrt(2 * np.log(10))
    np.testing.assert_array_equal(curves.common_angles(normal, line), expected)
    assert curves.common_angles(named("uniform", "linear"), line).all()
    assert curves.common_angles(named("uniform", "circular"), circle).tolist() == [True] * 100 + [False]


def test_a_power_of_the_density_is_a_line_of_its_slope_and_of_area_one():
    angle, normal = angle_grid("linear", 400), named("concentrated", "linear")
    p, value = curves.power_of_density(normal, 4 / 3, angle)
    assert (np.diff(p) >= 0).all()
    high = p > 1e-100
    np.testing.assert_allclose(np.polyfit(np.log(p[high]), np.log(value[high]), 1)[0], 4 / 3)
    order = np.argsort(normal.pdf(angle))
    assert np.trapezoid(value[np.argsort(order)], angle) == pytest.approx(1)


def test_the_exponent_of_a_power_is_found_and_needs_three_densities(measured):
    normal = named("concentrated", "linear")
    angle = angle_grid("linear", 60)
    information = xr.DataArray(7 * normal.pdf(angle)[None] ** 0.6, dims=("replicate", "angle"), coords={"angle": angle})
    of_power = curves.Measured(information, information.values[None], 0)
    assert curves.exponent(of_power, normal).estimate == pytest.approx(0.6, abs=1e-4)
    assert curves.exponent(measured, normal) is None


@pytest.fixture(scope="module")
def code(sweep):
    return fisher.embed_with_tangents(
        sweep.ensemble(), sweep.faces.subset("train").images, angle_grid("linear", 9), step=0.05
    )


def test_each_precision_is_its_estimate_and_that_of_the_others_where_a_person_is_left_out(sweep, code):
    faces = sweep.faces.subset("train")
    kept = faces.person != np.unique(faces.person)[4]
    others = fisher.Code(code.embeddings[:, :, kept], code.tangents[:, :, kept])
    log = (code.embeddings["loss"] == "log").values
    estimates = {
        "embedding information": lambda of, person: fisher.information(of, estimator="paired", person=person),
        "decoded information": lambda of, person: fisher.information(of, estimator="decoded", person=person),
        "error scale": lambda of, person: curves.error_precision(of.embeddings, order=0),
        "own order": lambda of, person: curves.error_precision(of.embeddings, order=np.where(log, 0.0, 1.0)),
    }
    assert tuple(estimates) == curves.PRECISIONS
    for kind, estimate in estimates.items():
        found = curves.precision(code, faces, kind)
        np.testing.assert_allclose(found.values, estimate(code, faces.person))
        [(label, left)] = found.without.items()
        assert label == f"{faces.digest[:12]} train"
        assert left.shape == (30, len(log), 9)
        np.testing.assert_allclose(left[4], estimate(others, faces.person[kept]), rtol=1e-6)
        some = found.select(loss="log", density="concentrated")
        concentrated = (found.values["density"] == "concentrated").values
        np.testing.assert_array_equal(some.without[label], left[:, log & concentrated])
    shrunk = curves.precision(code, faces, curves.SHRUNK)
    [left] = shrunk.without.values()
    np.testing.assert_allclose(left[4], fisher.information(others, estimator="shrinkage"), rtol=1e-6)
    positive = curves.precision(code, faces, curves.POSITIVE)
    np.testing.assert_array_equal(positive.values, curves.positive_information(code, faces).values)
    with pytest.raises(ValueError, match="kind must be one of embedding information"):
        curves.precision(code, faces, "information")
    with pytest.raises(ValueError, match="must be those of the code: 300; got 50"):
        curves.precision(code, sweep.faces.subset("validation"))


def test_every_loss_is_a_square_in_the_circular_encoding():
    coordinates = {"encoding": ("replicate", ["linear", "circular", "geodesic"]), "order": ("replicate", [4.0] * 3)}
    z = xr.DataArray(np.zeros((3, 1, 1, 2)), dims=("replicate", "angle", "face", "output"), coords=coordinates)
    np.testing.assert_array_equal(curves.own_orders(z), [4, 2, 4])


def test_exponents_reckon_with_people_and_pair_by_them(sweep):
    faces, normal = sweep.faces.subset("train"), named("concentrated", "linear")
    measured = curves.measure(sweep.ensemble(density="concentrated"), faces, angle_grid("linear", 41), draws=5)
    of_log, of_linear = (curves.exponent(measured.select(loss=loss), normal) for loss in ("log", "linear"))
    paired = measured.select(loss="log").unbiased
    expected = curves.exponent_of(paired, normal)
    np.testing.assert_array_equal(of_log.values, expected.values)
    assert [freedom for _, freedom in of_log.parts] == [1, 29]
    assert of_log.standard_error > curves.exponent_of(paired.values, normal).standard_error
    # The same people are left out of both.
    assert [freedom for _, freedom in (of_log - of_linear).parts] == [1, 29]
    assert measured.first().unbiased.without.keys() == measured.without.keys()
    assert next(iter(measured.first().without.values())).shape == (30, 1, 41)


def powers(alphas: dict, *, density="concentrated"):
    """Two networks a loss, whose precision is that power of the density, and as many of the uniform one."""
    angle = angle_grid("linear", 60)
    p = named(density, "linear").pdf(angle)
    values = np.stack([p ** (alpha + small) for alpha in alphas.values() for small in (0, 0.01)])
    coordinates = {"angle": angle, "loss": ("replicate", np.repeat(list(alphas), 2))}
    networks = xr.DataArray(values, dims=("replicate", "angle"), coords=coordinates)
    return networks, networks * 0 + 3


@pytest.mark.parametrize(("sign", "base"), [(1, 0.5), (-1, 3.5)])
def test_every_choice_can_find_exponents_that_rise_with_the_order(sign, base):
    orders = {"log": 0.0, "linear": 1.0, "square": 2.0, "quart": 4.0}
    networks, flat = powers({loss: 1 / (base + sign * q / 2) for loss, q in orders.items()})
    rows = curves.orders_by_choice(networks, flat, named("concentrated", "linear"), orders)
    assert len(rows) == 12
    assert all(row["tau"] == pytest.approx(-sign) for row in rows)
    np.testing.assert_allclose([row["slope"] for row in rows], sign / 2, atol=0.05)


def test_choices_without_an_exponent_or_an_inverse_are_kept():
    orders = {"log": 0.0, "linear": 1.0, "quart": 4.0}
    networks, flat = powers({"log": 1.0, "linear": 0.5, "quart": -0.3})
    rows = curves.orders_by_choice(networks, flat, named("concentrated", "linear"), orders)
    assert [row["tau"] for row in rows] == pytest.approx([-1] * 12)
    assert np.isnan([row["slope"] for row in rows]).all()
    networks[0] = -networks[0]
    assert all(
        np.isnan(row["tau"]) for row in curves.orders_by_choice(networks, flat, named("concentrated", "linear"), orders)
    )


def test_precisions_of_normal_errors_are_multiples_of_the_inverse_variance():
    angle, sigma = np.array([-0.4, 0.9]), np.array([0.1, 0.3])
    noise = np.random.default_rng(1).normal(size=(1, 2, 400_000, 1)) * sigma[:, None, None]
    coordinates = {"angle": angle, "encoding": ("replicate", ["linear"])}
    z = xr.DataArray(angle[:, None, None] + np.repeat(noise, 2, -1),
                     dims=("replicate", "angle", "face", "output"), coords=coordinates)  # fmt: skip
    # E log|e| = log σ − (γ + log 2)/2, E|e| = σ √(2/π)
    factors = {0: np.exp(np.euler_gamma) * 2, 1: np.pi / 2, 2: 1}
    for order, factor in factors.items():
        found = curves.error_precision(z, order=order).values[0]
        np.testing.assert_allclose(found, factor / sigma**2, rtol=0.01)
    with pytest.raises(ValueError, match="at least 0"):
        curves.error_precision(z, order=-1)


def test_errors_go_the_short_way_round_a_circle():
    z = xr.DataArray([[[[np.cos(3.1), np.sin(3.1)]]]], dims=("replicate", "angle", "face", "output"),
                     coords={"angle": [-3.1], "encoding": ("replicate", ["circular"])})  # fmt: skip
    assert curves.errors(z).item() == pytest.approx(6.2 - 2 * np.pi)


def test_achieved_precision_is_the_inverse_squared_error(sweep):
    faces = sweep.faces.subset("train")
    z = fisher.embed(sweep.ensemble(density="uniform"), faces.images, angle_grid("linear", 5))
    found = curves.achieved_precision(z, faces.person, draws=40, seed=2)
    expected = ((z.values.mean(axis=-1) - z.angle.values[:, None]) ** 2).mean(axis=-1)
    np.testing.assert_allclose(found.lines(curves.mean_squared_error), expected)
    assert found.draws.shape == (40, 4, 5)


def test_numbers_of_measured_curves_reckon_with_networks_and_people(measured):
    some = measured.select(loss="log")
    found = some.number(lambda information: information.max(axis=-1))
    np.testing.assert_array_equal(found.values, some.information.values.max(axis=1))
    (left,) = found.without.values()
    assert left.shape == (30, len(some.information))
    assert some.peak(curves.root).values == pytest.approx(np.sqrt(found.values))


def test_networks_spread_by_the_deviation_of_their_logs():
    values = np.exp([[1.0, 0.0, 5.0, 2.0], [-1.0, 0.0, 1.0, 2.0]])
    # Deviations √2, 0, √8 and 0: of the first three the median is √2.
    networks = plain(values)
    assert networks.spread(curves.information, np.array([True, True, True, False])) == pytest.approx(np.sqrt(2))
    assert networks.spread(curves.root, np.array([True, False, False, False])) == pytest.approx(np.sqrt(2) / 2)


def test_inner_angles_are_off_the_ends_and_all_of_a_circle_once():
    line = np.linspace(-1, 1, 21)
    np.testing.assert_array_equal(curves.inner_angles(line, margin=0.15), np.abs(line) < 0.81)
    closed = angle_grid("circular", 20)
    np.testing.assert_array_equal(curves.inner_angles(closed), np.arange(20) < 19)
    assert curves.inner_angles(closed[:-1]).all()


@pytest.mark.parametrize("turn", [0, 1.0, 3.0])
@pytest.mark.parametrize("peaks", [1, 2, 5])
def test_peaks_on_a_circle_are_those_that_stand_out_wherever_it_is_cut(peaks, turn):
    closed = angle_grid("circular", 201)
    line = np.cos(peaks * (closed - turn))  # each stands out by 2
    assert curves.peaks_on_circle(line, 1.9) == peaks
    assert curves.peaks_on_circle(line, 2.1) == 0
    # Each angle its own: only those on one half stand out.
    assert curves.peaks_on_circle(line, np.where(np.cos(closed - turn) > 0, 1.9, 2.1)) == {1: 1, 2: 1, 5: 3}[peaks]


def plain(values, draws=None):
    """Measured curves of given values, by default with the same people in every draw."""
    networks = xr.DataArray(values, dims=("replicate", "angle"), coords={"angle": np.arange(float(values.shape[1]))})
    return curves.Measured(networks, np.broadcast_to(values, (400, *values.shape)) if draws is None else draws, 0)


def test_a_ratio_of_means_is_that_of_the_numbers_and_is_not_paired():
    above, below = (plain(np.outer(factors, np.ones(3))) for factors in ([8.0, 10.0, 12.0], [4.0, 5.0, 6.0, 5.0]))
    found = curves.ratio_of_means(above, below, lambda information: information.max(axis=-1))
    assert found.mean == pytest.approx(2)
    # Networks alone: variances of log means, 0.04/3 and 0.08/3/4 ÷ 1, with Satterthwaite's degrees of freedom.
    parts = np.array([0.2**2 / 3, 2 / 3 / 4 / 5**2])
    freedom = parts.sum() ** 2 / (parts**2 / [2, 3]).sum()
    half = scipy.stats.t.ppf(0.975, freedom) * np.sqrt(parts.sum())
    assert np.log(found.high / found.mean) == pytest.approx(half, rel=0.15)
    alone = curves.ratio_of_means(above.first(), below, lambda information: information.max(axis=-1))
    assert alone.side(1.0) == "undecided"


def test_a_number_of_networks_is_jackknifed_over_people(sweep):
    faces = sweep.faces.subset("train")
    people = np.unique(faces.person)
    values = np.random.default_rng(4).normal(size=(2, 5, len(faces)))
    found = curves.number_of(faces, lambda array: array.mean(axis=(1, 2)), values)
    np.testing.assert_allclose(found.values, values.mean(axis=(1, 2)))
    ((label, left),) = found.without.items()
    assert label == curves.label_of(faces)
    assert len(left) == len(people)
    np.testing.assert_allclose(left[1], values[:, :, faces.person != people[1]].mean(axis=(1, 2)))
    with pytest.raises(ValueError, match=f"of {len(faces)} faces; got shape"):
        curves.number_of(faces, np.mean, values[:, :, 1:])


def test_a_rank_correlation_is_that_of_every_network_and_person_left_out():
    angle = np.linspace(0, 1, 30)
    rng = np.random.default_rng(0)
    first, second = (
        curves.Precision(
            xr.DataArray(rng.normal(size=(2, 30)), dims=("replicate", "angle"), coords={"angle": angle}),
            {"people": rng.normal(size=(4, 2, 30))},
        )
        for _ in range(2)
    )
    where = angle > 0.3
    found = curves.rank_correlation(first, second, where)
    of = scipy.stats.spearmanr
    whole = [of(first.values[k, where], second.values[k, where]).statistic for k in range(2)]
    left = [
        [of(first.without["people"][p, k, where], second.without["people"][p, k, where]).statistic for k in range(2)]
        for p in range(4)
    ]
    expected = Estimate(np.array(whole), {"people": np.array(left)})
    assert found.mean == pytest.approx(expected.mean)
    assert (found.low, found.high) == pytest.approx((max(-1, expected.low), min(1, expected.high)))
    mirrored = curves.Precision(np.exp(-first.values), {"people": np.exp(-first.without["people"])})
    assert curves.rank_correlation(first, mirrored).mean == pytest.approx(-1)
    assert -1 <= found.low < found.mean < found.high <= 1
    with pytest.raises(ValueError, match="needs five angles or more; got 4"):
        curves.rank_correlation(first, second, angle < angle[4])


def test_a_floor_in_the_fit_gives_the_exponent_whatever_the_cut():
    normal, angle = named("concentrated", "linear"), angle_grid("linear", 200)
    p = normal.pdf(angle)
    values = np.stack([p**alpha + floor for alpha, floor in ((0.8, 1e-3), (1.4, 1e-2))])
    information = curves.Precision(xr.DataArray(values, dims=("replicate", "angle"), coords={"angle": angle}))
    for share in (0.1, 0.003):
        found = curves.exponents_with_floor(information, normal, share=share)
        np.testing.assert_allclose(found, [0.8, 1.4], atol=0.02)
    # Without the floor the cut moves the exponent.
    plain = [curves.exponent_of(information, normal, share=share).values[1] for share in (0.1, 0.003)]
    assert plain[0] - plain[1] > 0.1


def test_the_discriminable_range_of_a_constant_and_of_a_wave():
    angle = np.linspace(0, np.pi, 400)
    values = np.stack([np.full(400, 9.0), np.sin(angle) ** 2])
    np.testing.assert_allclose(discriminable_range(values, angle), [3 * np.pi, 2], rtol=1e-4)
    information = curves.Precision(
        xr.DataArray(values, dims=("replicate", "angle"), coords={"angle": angle}), {"people": np.stack([values] * 3)}
    )
    first = information.first(1).number(lambda of: discriminable_range(of, angle))
    assert first.values == pytest.approx([3 * np.pi])
    assert first.without["people"].shape == (3, 1)


def test_an_adaptive_grid_goes_where_the_curve_rises():
    step = np.where(np.arange(17) < 11, 0.0, 1.0)
    assert curves.refined(step, np.array([0, 8, 16]), 6).tolist() == [0, 8, 10, 11, 12, 16]
    # Where no interval about the rise can be halved any more, others are.
    assert len(curves.refined(step, np.array([0, 16]), 17)) == 17
    with pytest.raises(ValueError, match="18 angles cannot be had from 17"):
        curves.refined(step, np.array([0, 16]), 18)
