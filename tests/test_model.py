import warnings

import numpy as np
import pytest
import torch

from fisherkit.architecture import ALIGNMENT, PLACES, Architecture, input_pixels
from fisherkit.faces import OUTSIDE, disc
from fisherkit.model import Ensemble, StackedNetwork, initial_weights


@pytest.mark.parametrize("pixels", [16, 32, 64])
def test_network_sees_the_disc_and_its_vectors_are_aligned(pixels):
    seen = input_pixels(pixels)
    assert len(seen) % ALIGNMENT == 0
    assert set(np.flatnonzero(disc(pixels))) <= set(seen.tolist())


def test_stacked_networks_are_torchs_layers():
    weights = [initial_weights(Architecture(16), (0, k)) for k in range(3)]
    x = torch.rand(7, len(input_pixels(16)))
    stacked = StackedNetwork(Architecture(16), weights)
    for replicate, one in enumerate(weights):
        h = x
        for layer in range(3):
            h = torch.nn.functional.linear(h, one[f"weights.{layer}"].T, one[f"biases.{layer}"])
            h = torch.nn.functional.celu(h) if layer < 2 else h
        torch.testing.assert_close(stacked(x)[replicate], h)
    torch.testing.assert_close(stacked(x.expand(3, 7, -1)), stacked(x))


@pytest.mark.parametrize("pixels", [16, 32, 64])
def test_a_convolutional_layer_is_torchs(pixels):
    architecture = Architecture(pixels, (3, 5), convolutional=True)
    weights = [initial_weights(architecture, (0, k)) for k in range(2)]
    stacked = StackedNetwork(architecture, weights, depth=1)
    image = torch.full((4, pixels**2), OUTSIDE)
    image[:, stacked.seen] = torch.rand(4, len(stacked.seen), generator=torch.Generator().manual_seed(0))
    for replicate, one in enumerate(weights):
        window = pixels // 4
        kernel = one["weights.0"].T.reshape(3, 1, window, window)
        expected = torch.nn.functional.conv2d(
            image.view(4, 1, pixels, pixels), kernel, one["biases.0"], stride=pixels // 8
        )
        assert expected.shape[2:] == (PLACES, PLACES)
        found = stacked(image[:, stacked.seen])[replicate]
        expected = torch.nn.functional.celu(expected.permute(0, 2, 3, 1).flatten(1))
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_network_cut_off_hands_on_its_hidden_layer():
    architecture = Architecture(16)
    ensemble = Ensemble(
        StackedNetwork(architecture, [initial_weights(architecture, (k,)) for k in range(2)]), [0, 1], "bilinear"
    )
    images = np.random.default_rng(0).random((3, 16, 16), dtype=np.float32)
    first, second = (ensemble.up_to(layer)(images) for layer in (1, 2))
    assert (first.shape, second.shape) == ((2, 3, 60), (2, 3, 20))
    network = ensemble.network
    expected = torch.nn.functional.celu(torch.baddbmm(network.biases[1][:, None], first, network.weights[1]))
    torch.testing.assert_close(second, expected)
    with pytest.raises(ValueError, match="layers 1 to 3; got depth=4"):
        ensemble.up_to(4)


@pytest.mark.parametrize("bad", [{"hidden": ()}, {"hidden": (60, 0)}, {"activation": "gelu"}])
def test_bad_architectures_say_what_was_wanted(bad):
    with pytest.raises(ValueError, match="must"):
        Architecture(16, **bad)


def test_initial_weights_depend_on_the_seed_alone():
    first, again, other = (initial_weights(Architecture(16), seed)["weights.0"] for seed in ((1, 2), (1, 2), (1, 3)))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.abs().max()) <= len(input_pixels(16)) ** -0.5


def test_ensemble_wants_images_of_its_size():
    ensemble = Ensemble(
        StackedNetwork(Architecture(16), [initial_weights(Architecture(16), (0,))]), ["a condition"], "bilinear"
    )
    assert ensemble(np.zeros((2, 16, 16))).shape == (1, 2, 2)
    with pytest.raises(ValueError, match=r"\(n, 16, 16\); got \(2, 32, 32\)"):
        ensemble(np.zeros((2, 32, 32)))
    with pytest.raises(ValueError, match="1 networks need as many conditions; got 2"):
        Ensemble(ensemble.network, ["one", "two"], "bilinear")


@pytest.mark.parametrize("depth", [None, 1, 2])
@pytest.mark.parametrize(
    "architecture",
    [
        Architecture(16), Architecture(32), Architecture(16, (8,), "relu"), Architecture(16, (15, 5, 4), "tanh"),
        Architecture(16, (8, 20), convolutional=True), Architecture(32, (4, 6), "tanh", convolutional=True),
    ],
)  # fmt: skip
def test_push_forward_is_the_derivative_of_the_network(architecture, depth):
    """Values and tangents from the disc alone, against forward-mode differentiation of the whole images' network."""
    if depth is not None and depth >= len(architecture.layers):
        depth = None
    pixels = architecture.pixels
    weights = [initial_weights(architecture, (k,)) for k in range(3)]
    ensemble = Ensemble(StackedNetwork(architecture, weights, depth=depth), [None] * 3, "bilinear")
    inside = torch.from_numpy(disc(pixels))
    generator = torch.Generator().manual_seed(0)
    images = torch.where(inside, torch.rand(5, pixels, pixels, generator=generator), OUTSIDE)
    derivatives = torch.where(inside, torch.randn(5, pixels, pixels, generator=generator), 0.0)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.script`")
        expected = torch.func.jvp(ensemble, (images,), (derivatives,))
        found = ensemble.push_forward(torch.cat([images[:, inside].T, derivatives[:, inside].T], dim=1).contiguous())
    for of_network, of_product in zip(expected, found, strict=True):
        torch.testing.assert_close(of_product, of_network, rtol=1e-4, atol=1e-5)
