import numpy as np
import pytest
import xarray as xr

from fisherkit import fisher
from fisherkit.estimate import Comparison
from fisherkit.experiments import loss_sweep
from fisherkit.iteration import BINS, Iteration, distance, effective_width, moves, train_iterations
from fisherkit.store import Store

TINY = {"samples": 256, "validation_samples": 64, "epochs": 1}


@pytest.fixture
def first(tmp_path):
    return loss_sweep(
        "smoke", losses=["linear"], encodings=["linear"], densities=["reciprocal"], replicates=2,
        store=Store(tmp_path), **TINY,
    )  # fmt: skip


def middles():
    edges = np.linspace(-np.pi / 2, np.pi / 2, BINS + 1)
    return (edges[1:] + edges[:-1]) / 2


def density_after(iteration, generation):
    """In the middles of the bins, in rad⁻¹."""
    return iteration.sweep(generation).conditions[0].density.pdf(middles())


def as_code_of(alpha):
    """Networks whose information is a power of the density that they were trained on."""

    def information(sweep, angles):
        values = np.asarray(sweep.conditions[0].density.pdf(angles)) ** alpha
        return xr.DataArray(5 * values[None], dims=("replicate", "angle"), coords={"angle": angles})

    return staticmethod(information)


@pytest.mark.parametrize("damping", [1.0, 0.5])
@pytest.mark.parametrize("power", [None, 0.5])
def test_densities_of_power_law_codes_are_known(first, monkeypatch, power, damping):
    alpha = 0.7
    monkeypatch.setattr(Iteration, "_information", as_code_of(alpha))
    iteration = Iteration(first, 3, power, damping)
    shrink = 1 - damping + damping * alpha * (power or 1 / alpha)
    p = first.conditions[0].density.pdf(middles())
    for generation in (1, 2, 3):
        expected = p ** (shrink**generation)
        expected /= expected.sum() * np.pi / BINS
        np.testing.assert_allclose(density_after(iteration, generation), expected, rtol=1e-3)
    assert iteration.chosen_power == pytest.approx(power or 1 / alpha, rel=1e-6)


def test_iterations_train_generation_by_generation_and_once(first):
    iterations = [Iteration(first, 2, power) for power in (0.5, 0.3)]
    assert train_iterations(iterations) == 2 + 2 * sum(one.networks for one in iterations) / 2
    assert train_iterations([Iteration(first, 2, 0.5)]) == 0
    last = iterations[0].sweep(2)
    assert not last.check_stored()
    assert {c.density_name for c in last.conditions} == {"generation 2"}
    assert last.preset.group_width == 4
    assert iterations[0].networks == 4


def test_bad_iterations_say_what_was_wanted(first, tmp_path):
    with pytest.raises(ValueError, match="generations must be"):
        Iteration(first, 0)
    with pytest.raises(ValueError, match=r"damping must be above 0 and at most 1; got 1\.5"):
        Iteration(first, 1, damping=1.5)
    uniform = loss_sweep(
        "smoke", losses=["linear"], encodings=["linear"], densities=["uniform"], store=Store(tmp_path), **TINY
    )
    with pytest.raises(ValueError, match="density 'uniform' does not vary"):
        Iteration(uniform, 1)
    assert Iteration(uniform, 1, 0.5).chosen_power == 0.5
    several = loss_sweep("smoke", losses=["linear", "log"], encodings=["linear"], store=Store(tmp_path), **TINY)
    with pytest.raises(ValueError, match="of one encoding, loss and density"):
        Iteration(several, 1)


@pytest.mark.parametrize("damping", [1.0, 0.5])
def test_each_network_alone_would_give_a_density_of_its_own(first, monkeypatch, damping):
    monkeypatch.setattr(Iteration, "_information", as_code_of(1.0))
    iteration = Iteration(first, 1, 0.5, damping)
    p = iteration.probabilities(0)
    assert p.sum() == pytest.approx(1)
    assert iteration.information(0).shape == (1, BINS)
    alone = iteration.next_probabilities(0, np.stack([p, np.ones(BINS), p**2]))
    for found, power in zip(alone, (0.5, 0.0, 1.0), strict=True):
        expected = p ** (1 - damping + damping * power)
        np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-3)
    np.testing.assert_allclose(iteration.probabilities(1), alone[0], rtol=1e-9)


def test_distances_of_densities_lie_between_the_same_and_no_overlap():
    p, q = np.array([0.5, 0.5, 0, 0]), np.array([0, 0, 0.2, 0.8])
    assert distance(p, p) == 0
    assert distance(p, q) == pytest.approx(1)
    # Between (1, 0) and (1/2, 1/2), whose middle is (3/4, 1/4).
    divergence = (np.log2(4 / 3) + (np.log2(2 / 3) + np.log2(2)) / 2) / 2
    found = distance(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(found, [np.sqrt(divergence), 0])


def test_a_uniform_density_is_as_wide_as_its_range():
    assert effective_width(np.full(BINS, 1 / BINS)) == pytest.approx(np.pi)
    half = np.repeat([2 / BINS, 0], BINS // 2)
    assert effective_width(np.stack([half, half]), span=2.0) == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        (((0.3**2, 100.0),), True),
        (((0.9**2, 100.0),), None),
        (((1.1**2, 100.0),), False),
        (((0.3**2, 1.0),), None),  # one degree of freedom needs 12.7 times the scatter
        (((np.inf, 0.0),), None),
    ],
)
def test_a_step_is_a_movement_beyond_its_scatter(parts, verdict):
    assert moves(Comparison(1.0, parts)) is verdict


def planted(monkeypatch, floor, networks=4, own_size=0.1):
    """Codes of a power law, with or without a floor, but for a little that each network and person has of its own."""

    def information(sweep, angles):
        p = np.asarray(sweep.conditions[0].density.pdf(angles))
        own = np.array([[-1.0], [1.0], [0.0], [0.0]])[:networks] * own_size * np.cos(3 * angles)
        values = ((p / p.max()) ** 0.8 + floor) * np.exp(own)
        return xr.DataArray(values, dims=("replicate", "angle"), coords={"angle": angles})

    def without(sweep, angles):
        own = np.linspace(-1, 1, 10)[:, None, None] * own_size / 10 * np.sin(angles)
        return {"people": information(sweep, angles).values * np.exp(own)}

    monkeypatch.setattr(Iteration, "_information", staticmethod(information))
    monkeypatch.setattr(Iteration, "_without", staticmethod(without))


def test_a_planted_law_holds_and_the_root_goes_on(first, monkeypatch):
    planted(monkeypatch, floor=0.0)
    inverse, root = (Iteration(first, 2, power, 0.5) for power in (None, 0.5))
    assert inverse.exponent == pytest.approx(0.8, rel=1e-3)
    assert (inverse.factor, root.factor) == pytest.approx((1.0, 0.7), rel=1e-3)
    assert inverse.steps == 3
    start = inverse.after(0)
    for step, law in enumerate(root.predicted(0.8)):
        expected = start ** (0.7**step)
        np.testing.assert_allclose(law, expected / expected.sum(), rtol=1e-3)
        np.testing.assert_allclose(root.after(step), law, rtol=5e-3)
    drift = inverse.moved(3, since_start=True)
    assert drift.mean < 0.01
    assert moves(drift) is False  # where it started
    assert moves(root.moved(3)) is True
    assert root.number(effective_width, 3).against(effective_width(root.predicted(0.8)[3])) == "holds"
    last = root.number(lambda p: effective_width(p) - effective_width(root.after(2)), 3, since_start=False)
    assert last.side() == "above"


def test_a_planted_floor_is_found_and_accounts_for_the_drift(first, monkeypatch):
    planted(monkeypatch, floor=0.05, own_size=0.02)
    inverse = Iteration(first, 2, None, 0.5)
    assert moves(inverse.moved(3, since_start=True)) is True  # the law fails
    end, without_floor, with_floor = inverse.after(3), inverse.after(0), inverse.predicted(0.8, 0.05)[3]
    assert distance(end, with_floor) < distance(end, without_floor) / 2
    # One step of the law with a floor, by hand.
    r = inverse.after(0) / inverse.after(0).max()
    by_hand = np.sqrt(r) * (r**0.8 + 0.05) ** (inverse.chosen_power / 2)
    np.testing.assert_allclose(inverse.predicted(0.8, 0.05)[1], by_hand / by_hand.sum(), rtol=1e-9)


def test_scatter_is_of_networks_and_of_people_left_out_in_turn(first, monkeypatch):
    planted(monkeypatch, floor=0.0)
    root = Iteration(first, 2, 0.5, 0.5)
    left = root.without(1)
    assert {name: of.shape for name, of in left.items()} == {"people": (10, BINS), "networks": (4, BINS)}
    # A network left out of all steps: what it changes in the first goes on by s in the second.
    first_step, second_alone = (np.log(root.without(step, since_start=False)["people"]) for step in (1, 2))
    both = second_alone + root.factor * (first_step - np.log(root.after(1)))
    shift = np.log(root.without(2)["people"]) - both
    np.testing.assert_allclose(shift, shift[:, :1] * np.ones(BINS), atol=1e-9)
    step = root.moved(1)
    parts = [((n - 1) / n) * sum(distance(one, root.after(1)) ** 2 for one in of) for n, of in
             ((len(of), of) for of in left.values())]  # fmt: skip
    assert step.standard_error == pytest.approx(np.sqrt(sum(parts)))
    assert [freedom for _, freedom in step.parts] == [9, 3]


def test_one_network_has_no_scatter(first, monkeypatch):
    planted(monkeypatch, floor=0.0, networks=1)
    root = Iteration(first, 2, 0.5, 0.5)
    assert set(root.without(1)) == {"people"}
    assert moves(root.moved(1)) is None
    assert root.number(effective_width, 1).side() == "undecided"


def test_people_are_left_out_of_the_estimate_that_makes_the_densities(first, monkeypatch):
    monkeypatch.setattr(type(first), "ensemble", lambda self, best="train", **of: self.untrained(**of))
    precision = Iteration(first, 1, 0.5).precision(0)
    (left,) = precision.without.values()
    assert left.shape == (30, *precision.values.shape)
    faces = first.faces.subset("train")
    others = faces.images[faces.person != sorted(set(faces.person.tolist()))[4]]
    expected = fisher.fisher_curve(first.untrained(), others, middles(), estimator="wishart")
    np.testing.assert_allclose(left[4], expected, rtol=1e-6)
