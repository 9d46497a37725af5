"""The network: pixels → 60 → 20 → 2 with CELU, stacked over replicates. Must not know losses, training or files."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor, nn

from fisherkit.architecture import Architecture, input_pixels
from fisherkit.faces import OUTSIDE, disc

#: Each activation, and its derivative as a function of its value.
_FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "celu": (nn.functional.celu, lambda value: value.clamp(max=0) + 1),
    "relu": (nn.functional.relu, lambda value: (value > 0).to(value.dtype)),
    "tanh": (torch.tanh, lambda value: 1 - value**2),
}


class StackedNetwork(nn.Module):
    """R networks of one architecture as one: every parameter has a leading replicate axis.

        h₁ = CELU(x W₁ + b₁),  h₂ = CELU(h₁ W₂ + b₂),  z = h₂ W₃ + b₃

    with row vectors and weights (R, inputs, outputs): their gradient then comes out of the product in place.

    Parameters
    ----------
    architecture
        Of all of them.
    weights
        One dictionary a replicate, of the parameters by name, as :func:`initial_weights` makes them.
    depth
        How many of the layers there are; with fewer than all, the output is what the last of them hands on, its
        activation applied.
    """

    architecture: Architecture
    pixels: int
    seen: Tensor
    windows: Tensor
    activation: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    depth: int
    hands_on: bool
    weights: nn.ParameterList
    biases: nn.ParameterList
    last: Callable[[Tensor], Tensor] | None
    last_derivative: Callable[[Tensor], Tensor] | None

    def __init__(
        self, architecture: Architecture, weights: Sequence[Mapping[str, Tensor]], *, depth: int | None = None
    ) -> None:
        super().__init__()
        self.architecture, self.pixels = architecture, architecture.pixels
        self.register_buffer("seen", torch.from_numpy(input_pixels(self.pixels)), persistent=False)
        if architecture.convolutional:
            self.register_buffer("windows", torch.from_numpy(architecture.windows), persistent=False)
        self.activation, self.derivative = _FUNCTIONS[architecture.activation]
        whole = architecture.depth
        self.depth = whole if depth is None else depth
        if not 1 <= self.depth <= whole:
            raise ValueError(f"this network has layers 1 to {whole}; got depth={depth}")
        self.hands_on = self.depth < whole
        kept = self.depth if self.hands_on else len(architecture.layers)
        self.weights, self.biases = (
            nn.ParameterList([torch.stack([one[f"{kind}.{layer}"] for one in weights]) for layer in range(kept)])
            for kind in ("weights", "biases")
        )
        if self.hands_on:
            self.last, self.last_derivative = self.activation, self.derivative
        elif architecture.read_out:
            self.last, self.last_derivative = _FUNCTIONS["tanh"]
        else:
            self.last = self.last_derivative = None

    @property
    def replicates(self) -> int:
        return self.weights[0].shape[0]

    def forward(self, x: Float[Tensor, "*replicate sample pixel"]) -> Float[Tensor, "all_replicates sample output"]:
        """Embeddings of vectors of seen pixels: the same for all replicates (n, P), or each its own (R, n, P)."""
        h = x.expand(self.replicates, *x.shape[-2:])
        for layer, (weight, bias) in enumerate(self.encoding_layers):
            if layer:
                h = torch.baddbmm(bias[:, None], self.activation(h), weight)
            elif self.architecture.convolutional:
                h = self._convolved(h, weight, bias)
            else:
                h = torch.baddbmm(bias[:, None], h, weight)
        return self.last(h) if self.last else h

    @property
    def encoding_layers(self) -> list[tuple[Tensor, Tensor]]:
        """Weights and biases of the layers up to the embedding."""
        return list(zip(self.weights, self.biases, strict=True))[: self.depth]

    def read_out(self, code: Float[Tensor, "replicate sample 1"]) -> Float[Tensor, "replicate sample 1"]:
        """What the trained read-out makes of a code of one number: the angle, in rad."""
        h = code
        for layer in range(self.depth, len(self.weights)):
            h = self.activation(h) if layer > self.depth else h
            h = torch.baddbmm(self.biases[layer][:, None], h, self.weights[layer])
        return h

    def with_tangents(
        self, x: Float[Tensor, "*replicate sample pixel"], dx: Float[Tensor, "*replicate sample pixel"]
    ) -> tuple[Float[Tensor, "all_replicates sample output"], Float[Tensor, "all_replicates sample output"]]:
        """Embeddings, and their derivative along a derivative of the stimuli (forward mode); fully connected only."""
        h, dh = (one.expand(self.replicates, *one.shape[-2:]) for one in (x, dx))
        for layer, (weight, bias) in enumerate(self.encoding_layers):
            if layer:
                h = self.activation(h)
                dh = dh * self.derivative(h)
            h, dh = torch.baddbmm(bias[:, None], h, weight), torch.bmm(dh, weight)
        if self.last:
            h = self.last(h)
            dh = dh * self.last_derivative(h)
        return h, dh

    def _convolved(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The first layer at every place: (R, n, places · channels)."""
        grey = torch.full_like(x[..., :1], OUTSIDE)
        windows = torch.cat([x, grey], dim=-1)[..., self.windows]  # (R, n, place, pixel)
        out = torch.baddbmm(bias[:, None], windows.flatten(1, 2), weight)
        return out.unflatten(1, windows.shape[1:3]).flatten(2)

    def first_layer(self) -> tuple[Tensor, Tensor]:
        """Weights (R, seen, outputs) and biases (R, outputs) of the first layer, as if it were fully connected."""
        weight, bias = self.weights[0], self.biases[0]
        if not self.architecture.convolutional:
            return weight, bias
        places, window = self.windows.shape
        dense = weight.new_zeros(len(weight), len(self.seen) + 1, places, weight.shape[-1])
        index = self.windows.T.reshape(1, window, places, 1).expand(len(weight), -1, -1, weight.shape[-1])
        # Within a place each pixel stands once, but for the grey ones, which add up.
        dense.scatter_add_(1, index, weight[:, :, None].expand(-1, -1, places, -1).contiguous())
        bias = bias[:, None] + OUTSIDE * dense[:, -1]
        return dense[:, :-1].flatten(2), bias.flatten(1)


class Ensemble:
    """Trained networks as one encoder: images in, the embeddings of every replicate out.

    :meth:`push_forward` gives their tangents too, many networks at the cost of one large product.

    Attributes
    ----------
    network : the stacked networks.
    conditions : what each replicate was trained on, in the order of the first axis of its output.
    interpolation : of the rotations that they were trained with.
    """

    network: StackedNetwork
    conditions: tuple[Any, ...]  # what they are is told by modules that know this one
    interpolation: str

    def __init__(self, network: StackedNetwork, conditions: Sequence[Any], interpolation: str) -> None:
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
        weight, bias = self.network.first_layer()
        weight = weight.transpose(1, 2)  # (R, 60, seen)
        bias = bias + OUTSIDE * weight[..., ~inside].sum(dim=-1)
        return weight[..., inside].flatten(0, 1).contiguous(), bias[..., None]

    def push_forward(
        self, images_and_derivatives: Float[Tensor, "disc twice_the_faces"]
    ) -> tuple[Float[Tensor, "replicate face output"], Float[Tensor, "replicate face output"]]:
        """Embeddings of rotated images, and their derivative along a derivative of the images (forward mode).

        Both by the pixels inside the disc: a column an image, then a column a derivative. All networks' first layers
        are one large product; the derivative passes on by the chain rule, with CELU′(a) = 1 + min(CELU(a), 0).
        """
        network = self.network
        weight, bias = self._first_layer
        h, dh = (weight @ images_and_derivatives).unflatten(0, (len(self), -1)).chunk(2, dim=-1)  # (R, 60, n) each
        h += bias
        for weight, bias in network.encoding_layers[1:]:
            h = network.activation(h)
            dh = dh * network.derivative(h)
            h = torch.baddbmm(bias[..., None], weight.transpose(1, 2), h)
            dh = weight.transpose(1, 2) @ dh
        if network.last:
            h = network.last(h)
            dh = dh * network.last_derivative(h)
        return h.transpose(1, 2), dh.transpose(1, 2)

    def __len__(self) -> int:
        return self.network.replicates

    def up_to(self, layer: int) -> "Ensemble":
        """The same networks cut off after a hidden layer (1 for the first): what it hands on is their embedding.

        Raises
        ------
        ValueError
            For a layer that they do not have.
        """
        weights = [
            {name: parameter[k] for name, parameter in self.network.named_parameters()} for k in range(len(self))
        ]
        cut = StackedNetwork(self.network.architecture, weights, depth=layer)
        return Ensemble(cut, self.conditions, self.interpolation)

    def check_upright(self, images: Float[np.ndarray, "n height width"]) -> None:
        """Raise a ValueError for faces of another size than these networks were trained on, or other grey values."""
        side = self.network.pixels
        if images.shape[1:] != (side, side):
            raise ValueError(f"these networks read images of shape (n, {side}, {side}); got {images.shape}")
        if images.min() < 0 or images.max() > 1:
            raise ValueError(
                f"these networks read grey values in [0, 1]; got {images.min():g} to {images.max():g}: divide by the "
                "largest that there can be, 255 in most files"
            )

    def __call__(self, images: ArrayLike) -> Float[Tensor, "replicate face output"]:
        """Embeddings (R, n, 2) of rotated images (n, H, W), arrays or tensors."""
        # A copy: PyTorch warns of arrays that cannot be written to, such as those of Faces.
        images = images if isinstance(images, Tensor) else torch.from_numpy(np.array(images))
        side = self.network.pixels
        if images.ndim != 3 or tuple(images.shape[1:]) != (side, side):
            raise ValueError(f"this ensemble reads images of shape (n, {side}, {side}); got {tuple(images.shape)}")
        return self.network(images.to(torch.float32).flatten(1)[:, self.network.seen])


def initial_weights(architecture: Architecture, seed: Sequence[int]) -> dict[str, Tensor]:
    """A network's weights before training, as torch.nn.Linear draws them: uniform within ±1/√(inputs).

    ``seed`` is anything :class:`numpy.random.SeedSequence` takes; the weights depend on nothing else.
    """
    generator = torch.Generator().manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] >> 1))
    weights = {}
    for layer, (inputs, outputs) in enumerate(architecture.layers):
        bound = inputs**-0.5
        weights[f"weights.{layer}"] = torch.empty(inputs, outputs).uniform_(-bound, bound, generator=generator)
        weights[f"biases.{layer}"] = torch.empty(outputs).uniform_(-bound, bound, generator=generator)
    return weights
