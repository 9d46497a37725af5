"""The network: pixels → 60 → 20 → 2 with CELU, stacked over replicates. Must not know losses, training or files."""

import itertools
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from fisherkit.faces import OUTSIDE, disc

#: Units of the two hidden layers, and of the embedding.
HIDDEN = (60, 20)
EMBEDDING = 2

#: Vectors of pixels are this multiple long: each replicate's matrices then start on a cache line, and a matrix product
#: rounds the same way for every replicate wherever it stands in the stack.
ALIGNMENT = 16


def input_pixels(pixels: int) -> np.ndarray:
    """Indices, in a flat image of ``pixels`` a side, of what the network sees.

    The disc, topped up to a multiple of 16 with the nearest pixels outside. Those further out have the same grey in
    every image: the original network sees them too, as one more bias.
    """
    offset = np.arange(pixels) - (pixels - 1) / 2
    radius = np.hypot(offset[:, None], offset).ravel()
    count = -(-int(disc(pixels).sum()) // ALIGNMENT) * ALIGNMENT
    return np.sort(np.argsort(radius, kind="stable")[:count])


class StackedNetwork(nn.Module):
    """R networks of one architecture as one: every parameter has a leading replicate axis.

        h₁ = CELU(x W₁ + b₁),  h₂ = CELU(h₁ W₂ + b₂),  z = h₂ W₃ + b₃

    with row vectors and weights (R, inputs, outputs): their gradient then comes out of the product in place.

    Parameters
    ----------
    pixels
        Side of the images, in pixels.
    weights
        One dictionary a replicate, of the parameters by name, as :func:`initial_weights` makes them.
    """

    def __init__(self, pixels: int, weights: Sequence[Mapping[str, Tensor]]) -> None:
        super().__init__()
        self.pixels = pixels
        self.register_buffer("seen", torch.from_numpy(input_pixels(pixels)), persistent=False)
        self.weights, self.biases = (
            nn.ParameterList(
                [torch.stack([one[f"{kind}.{layer}"] for one in weights]) for layer in range(len(HIDDEN) + 1)]
            )
            for kind in ("weights", "biases")
        )

    @property
    def replicates(self) -> int:
        return self.weights[0].shape[0]

    def forward(self, x: Float[Tensor, "*replicate sample pixel"]) -> Float[Tensor, "all_replicates sample 2"]:
        """Embeddings of vectors of seen pixels: the same for all replicates (n, P), or each its own (R, n, P)."""
        h = x.expand(self.replicates, *x.shape[-2:])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias[:, None], nn.functional.celu(h) if layer else h, weight)
        return h


class Ensemble:
    """Trained networks as one encoder: images in, the embeddings of every replicate out.

    :meth:`push_forward` gives their tangents too, many networks at the cost of one large product.

    Attributes
    ----------
    network : the stacked networks.
    conditions : what each replicate was trained on, in the order of the first axis of its output.
    interpolation : of the rotations that they were trained with.
    """

    def __init__(self, network: StackedNetwork, conditions: Sequence, interpolation: str) -> None:
        if network.replicates != len(conditions):
            raise ValueError(f"{network.replicates} networks need as many conditions; got {len(conditions)}")
        self.network = network.requires_grad_(False)
        self.conditions, self.interpolation = tuple(conditions), interpolation

    @cached_property
    def _first_layer(self) -> tuple[Tensor, Tensor]:
        """All networks' first layers as one: weights (R·60, disc) of the pixels inside the disc, and biases (R, 60, 1).

        The pixels that top up the disc are grey in every image; what they add is a bias.
        """
        inside = torch.from_numpy(disc(self.network.pixels).ravel())[self.network.seen]
        weight = self.network.weights[0].transpose(1, 2)  # (R, 60, seen)
        bias = self.network.biases[0] + OUTSIDE * weight[..., ~inside].sum(dim=-1)
        return weight[..., inside].flatten(0, 1).contiguous(), bias[..., None]

    def push_forward(
        self, images_and_derivatives: Float[Tensor, "disc twice_the_faces"]
    ) -> tuple[Float[Tensor, "replicate face 2"], Float[Tensor, "replicate face 2"]]:
        """Embeddings of rotated images, and their derivative along a derivative of the images (forward mode).

        Both by the pixels inside the disc: a column an image, then a column a derivative. All networks' first layers
        are one large product; the derivative passes on by the chain rule, with CELU′(a) = 1 + min(CELU(a), 0).
        """
        weight, bias = self._first_layer
        h, dh = (weight @ images_and_derivatives).unflatten(0, (len(self), -1)).chunk(2, dim=-1)  # (R, 60, n) each
        h += bias
        for weight, bias in zip(self.network.weights[1:], self.network.biases[1:], strict=True):
            h = nn.functional.celu(h)
            dh = dh * (h.clamp(max=0) + 1)
            h = torch.baddbmm(bias[..., None], weight.transpose(1, 2), h)
            dh = weight.transpose(1, 2) @ dh
        return h.transpose(1, 2), dh.transpose(1, 2)

    def __len__(self) -> int:
        return self.network.replicates

    def __call__(self, images) -> Float[Tensor, "replicate face 2"]:
        """Embeddings (R, n, 2) of rotated images (n, H, W), arrays or tensors."""
        images = torch.as_tensor(images)
        side = self.network.pixels
        if images.ndim != 3 or tuple(images.shape[1:]) != (side, side):
            raise ValueError(f"this ensemble reads images of shape (n, {side}, {side}); got {tuple(images.shape)}")
        return self.network(images.to(torch.float32).flatten(1)[:, self.network.seen])


def initial_weights(pixels: int, seed: Sequence[int]) -> dict[str, Tensor]:
    """A network's weights before training, as torch.nn.Linear draws them: uniform within ±1/√(inputs).

    ``seed`` is anything :class:`numpy.random.SeedSequence` takes; the weights depend on nothing else.
    """
    generator = torch.Generator().manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] >> 1))
    sizes = (len(input_pixels(pixels)), *HIDDEN, EMBEDDING)
    weights = {}
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        bound = inputs**-0.5
        weights[f"weights.{layer}"] = torch.empty(inputs, outputs).uniform_(-bound, bound, generator=generator)
        weights[f"biases.{layer}"] = torch.empty(outputs).uniform_(-bound, bound, generator=generator)
    return weights
