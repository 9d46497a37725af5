import numpy as np
import pytest
import xarray as xr

from fisherkit.experiments import loss_sweep
from fisherkit.iteration import BINS, Iteration, train_iterations
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
    assert not last.missing()
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
