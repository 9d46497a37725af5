import numpy as np
import pytest
import xarray as xr

from fisherkit import curves, fisher
from fisherkit.codes import angle_grid
from fisherkit.densities import named
from fisherkit.experiments import loss_sweep
from fisherkit.fisher import fisher_curve


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
    with pytest.raises(ValueError, match="kind must be one of embedding information"):
        curves.precision(code, faces, "information")
    with pytest.raises(ValueError, match="must be those of the code: 300; got 50"):
        curves.precision(code, sweep.faces.subset("validation"))


def test_every_loss_is_a_square_in_the_circular_encoding():
    coordinates = {"encoding": ("replicate", ["linear", "circular", "geodesic"]), "loss": ("replicate", ["quart"] * 3)}
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


def test_an_adaptive_grid_goes_where_the_curve_rises():
    step = np.where(np.arange(17) < 11, 0.0, 1.0)
    assert curves.refined(step, np.array([0, 8, 16]), 6).tolist() == [0, 8, 10, 11, 12, 16]
    # Where no interval about the rise can be halved any more, others are.
    assert len(curves.refined(step, np.array([0, 16]), 17)) == 17
    with pytest.raises(ValueError, match="18 angles cannot be had from 17"):
        curves.refined(step, np.array([0, 16]), 18)
