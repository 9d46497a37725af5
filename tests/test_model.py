import warnings

import numpy as np
import pytest
import torch

from fisherkit.faces import OUTSIDE, disc
from fisherkit.model import ALIGNMENT, Ensemble, StackedNetwork, initial_weights, input_pixels


@pytest.mark.parametrize("pixels", [16, 32, 64])
def test_network_sees_the_disc_and_its_vectors_are_aligned(pixels):
    seen = input_pixels(pixels)
    assert len(seen) % ALIGNMENT == 0
    assert set(np.flatnonzero(disc(pixels))) <= set(seen.tolist())


def test_stacked_networks_are_torchs_layers():
    weights = [initial_weights(16, (0, k)) for k in range(3)]
    x = torch.rand(7, len(input_pixels(16)))
    stacked = StackedNetwork(16, weights)
    for replicate, one in enumerate(weights):
        h = x
        for layer in range(3):
            h = torch.nn.functional.linear(h, one[f"weights.{layer}"].T, one[f"biases.{layer}"])
            h = torch.nn.functional.celu(h) if layer < 2 else h
        torch.testing.assert_close(stacked(x)[replicate], h)
    torch.testing.assert_close(stacked(x.expand(3, 7, -1)), stacked(x))


def test_initial_weights_depend_on_the_seed_alone():
    first, again, other = (initial_weights(16, seed)["weights.0"] for seed in ((1, 2), (1, 2), (1, 3)))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.abs().max()) <= len(input_pixels(16)) ** -0.5


def test_ensemble_wants_images_of_its_size():
    ensemble = Ensemble(StackedNetwork(16, [initial_weights(16, (0,))]), ["a condition"], "bilinear")
    assert ensemble(np.zeros((2, 16, 16))).shape == (1, 2, 2)
    with pytest.raises(ValueError, match=r"\(n, 16, 16\); got \(2, 32, 32\)"):
        ensemble(np.zeros((2, 32, 32)))
    with pytest.raises(ValueError, match="1 networks need as many conditions; got 2"):
        Ensemble(ensemble.network, ["one", "two"], "bilinear")


@pytest.mark.parametrize("pixels", [16, 32])
def test_push_forward_is_the_derivative_of_the_network(pixels):
    """Values and tangents from the disc alone, against forward-mode differentiation of the whole images' network."""
    weights = [initial_weights(pixels, (k,)) for k in range(3)]
    ensemble = Ensemble(StackedNetwork(pixels, weights), [None] * 3, "bilinear")
    inside = torch.from_numpy(disc(pixels))
    generator = torch.Generator().manual_seed(0)
    images = torch.where(inside, torch.rand(5, pixels, pixels, generator=generator), OUTSIDE)
    derivatives = torch.where(inside, torch.randn(5, pixels, pixels, generator=generator), 0.0)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.script`", category=DeprecationWarning)
        expected = torch.func.jvp(ensemble, (images,), (derivatives,))
        found = ensemble.push_forward(torch.cat([images[:, inside].T, derivatives[:, inside].T], dim=1).contiguous())
    for of_network, of_product in zip(expected, found, strict=True):
        torch.testing.assert_close(of_product, of_network, rtol=1e-4, atol=1e-5)
