import numpy as np
import pytest
import scipy.optimize
import torch
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from fisherkit import channel, experiments, fisher, theory
from fisherkit.architecture import Architecture
from fisherkit.channel import Channel, ChannelObjective, Responses, law_window, penalised, penalty_for
from fisherkit.densities import named
from fisherkit.faces import sketch_population
from fisherkit.model import StackedNetwork, initial_weights
from fisherkit.study import ChannelStudy

BROAD = named("broad", "linear")


@pytest.fixture(scope="module")
def faces():
    return sketch_population(10, pixels=16)


def responses(faces, scale=1.0, seed=0):
    """Made up: u and its slope of two networks at three angles, alike within people."""
    generator = np.random.default_rng(seed)
    person = np.unique(faces.person, return_inverse=True)[1]
    u, t = (
        generator.normal(size=(2, 3, person.max() + 1))[..., person] + 0.3 * generator.normal(size=(2, 3, len(person)))
        for _ in range(2)
    )
    arrays = (
        xr.DataArray(
            values[..., None], dims=("replicate", "angle", "face", "output"), coords={"angle": [0.0, 0.5, 1.0]}
        )
        for values in (scale * u, 1 + t)
    )
    return Responses(None, fisher.Code(*arrays), np.array([0.5, 1.0]), faces)


def by_hand(u, t, person, noise):
    mean = t.mean(axis=-1)
    sums = np.stack([(t - mean[..., None])[..., person == one].sum(axis=-1) for one in np.unique(person)])
    variance = len(sums) / (len(sums) - 1) / len(person) ** 2 * (sums**2).sum(axis=0)
    return (mean**2 - variance) / (noise[:, None] ** 2 + u.var(axis=-1, ddof=1))


def test_information_and_what_is_left_without_a_person_are_what_they_are_by_hand(faces):
    made = responses(faces)
    u, t = (array.values[..., 0] for array in (made.code.embeddings, made.code.tangents))
    found = made.information()
    np.testing.assert_allclose(found.values, by_hand(u, t, faces.person, made.noise))
    (left,) = found.without.values()
    kept = faces.person != faces.person[0]
    np.testing.assert_allclose(left[0], by_hand(u[..., kept], t[..., kept], faces.person[kept], made.noise))


def test_scatter_costs_information(faces):
    made = responses(faces)
    assert (made.information(scatter=False).values > np.abs(made.information().values)).all()
    share = made.scatter_share()
    np.testing.assert_allclose(
        made.information().values, made.information(scatter=False).values * (1 - share), rtol=1e-12
    )


def test_information_is_not_biased_by_the_noise_of_the_mean_slope(faces):
    """The mean slope is 1 in the population; plug-in squares would be too high by the variance of people's mean."""
    found = [responses(faces, scale=0.0, seed=seed).information(scatter=False).values.values for seed in range(400)]
    wanted = 1 / np.array([0.5, 1.0]) ** 2
    error = np.std(np.mean(found, axis=2), axis=0) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=(0, 2)) - wanted) < 3 * error).all()


@given(st.sampled_from([0.5, 1.0, 2.0, 4.0]), st.sampled_from([0.25, 0.5, 1.0, 2.0]), st.floats(10, 1000))
def test_a_penalty_leaves_the_law_s_code_the_precision_that_was_asked_for(q, budget, peak):
    penalty = penalty_for(BROAD, q, budget, peak)
    p = BROAD.pdf(0.0)
    c = theory.normal_moment(q) * channel.UNIT ** (1 - q)

    def cost(log_information):
        information = np.exp(log_information)
        return p * c / q * information ** (-q / 2) + penalty * information**budget

    found = scipy.optimize.minimize_scalar(cost, bounds=(np.log(peak) - 3, np.log(peak) + 3), method="bounded")
    assert np.exp(found.x) == pytest.approx(peak, rel=1e-2)


def test_penalised_channels_are_as_precise_as_the_one_whose_range_is_limited():
    made = penalised(BROAD, 1.0, (0.5, 1.0))
    assert list(made) == ["β = 0.5", "β = 1"]
    assert all(one.noise < channel.NOISE and one.penalty > 0 for one in made.values())


def test_the_window_shrinks_with_noise_and_knows_where_the_law_s_code_is_precise():
    angle = np.linspace(-2.5, 2.5, 101)
    windows = [law_window(BROAD, angle, q=1.0, noise=noise) for noise in (0.02, 0.07, 0.2)]
    assert [window.sum() for window in windows] == sorted((window.sum() for window in windows), reverse=True)
    assert windows[1][50]
    assert not windows[1][[0, -1]].any()
    # A normal density of standard deviation 1: |(log p)″| = 1 and (log p)′ = −θ.
    p = BROAD.pdf(np.linspace(-6, 6, 4001))
    root = 2 / 0.07 * np.sqrt(BROAD.pdf(angle)) / np.trapezoid(np.sqrt(p), np.linspace(-6, 6, 4001))
    np.testing.assert_array_equal(windows[1], root**2 >= 10 * np.maximum(1, angle**2))


def test_samples_count_by_what_they_stand_for():
    wide = named("wide", "linear")
    angles = np.array([0.0, 1.0, 3.0])
    np.testing.assert_allclose(Channel(counts_as=wide).weights(angles, BROAD), wide.pdf(angles) / BROAD.pdf(angles))
    np.testing.assert_array_equal(Channel().weights(angles, BROAD), 1)


@pytest.mark.parametrize("wrong", [{"noise": 0.0}, {"penalty": -1.0}, {"budget": 0.0}])
def test_bad_channels_say_what_was_wanted(wrong):
    with pytest.raises(ValueError, match="must"):
        Channel(**wrong)


def test_tangents_of_a_channel_are_differences_of_its_code():
    architecture = Architecture(16, read_out=(20, 20), stimulus="angle")
    network = StackedNetwork(architecture, [initial_weights(architecture, (0, 0))]).requires_grad_(False)
    x = torch.randn(5, architecture.inputs, generator=torch.Generator().manual_seed(0))
    dx = torch.randn(5, architecture.inputs, generator=torch.Generator().manual_seed(1))
    u, slope = network.with_tangents(x, dx)
    assert torch.allclose(u, network(x))
    assert u.abs().max() < 1
    difference = (network(x + 1e-2 * dx) - network(x - 1e-2 * dx)) / 2e-2
    assert torch.allclose(slope, difference, atol=1e-3)


def test_the_objective_averages_the_loss_over_the_noise():
    """With answers that do not hang on u the loss is known."""
    architecture = Architecture(16, read_out=(20, 20), stimulus="angle")
    network = StackedNetwork(architecture, [initial_weights(architecture, (0, 0))]).requires_grad_(False)
    network.weights[-1].zero_()
    network.biases[-1].fill_(0.3)
    objective = ChannelObjective((Channel(),), ("square",))
    theta = torch.tensor([[0.1, 0.5]])
    found = objective(network, torch.zeros(1, 2, 16), theta, torch.rand(1, 2), torch.tensor([[1.0, 2.0]]))
    wanted = channel.UNIT * ((0.2 / channel.UNIT) ** 2 + channel.SMALLEST**2) / 2
    np.testing.assert_allclose(found, [[wanted, 2 * wanted]], rtol=1e-5)


def test_the_window_keeps_away_from_where_a_density_ends():
    angle = np.linspace(-2.5, 2.5, 501)
    sech = named("sech", "linear")
    window = law_window(sech, angle, q=1.0, noise=0.05)
    root = np.sqrt(sech.pdf(angle))
    root *= 2 / 0.05 / np.trapezoid(root, angle)
    # The scale is 1 rad: nowhere is more asked of the information than 10 rad⁻².
    np.testing.assert_array_equal(window, 2.5 - np.abs(angle) >= 2 / root)
    assert 2.1 < angle[window].max() < 2.4


def test_channels_have_the_fields_that_are_replaced_of_a_preset():
    asked, plain = (
        experiments.channel_sweep(name, people=10).preset for name in ("smoke(epochs=3, pixels=8)", "smoke")
    )
    assert (asked.epochs, asked.pixels, asked.read_out, asked.batch) == (3, 8, plain.read_out, plain.batch)
    assert (plain.epochs, plain.pixels) == (6, 16)


@pytest.mark.slow
def test_a_control_without_faces_learns_to_use_the_range(own_store):
    """On 400 steps: the code passes over most of the range, and its information respects the budget."""
    sweep = experiments.channel_sweep(
        "smoke", losses=["linear"], stimulus="angle", replicates=2, people=10, epochs=12, store=own_store
    )
    study = ChannelStudy(sweep)
    made = study.responses("linear")
    assert (made.range_used() > 0.5).all()
    spent = np.trapezoid(np.sqrt(made.information().values.values), study.grid, axis=-1)
    assert (spent <= 2 / channel.NOISE).all()
    assert np.isfinite(study.exponent("linear").mean)
