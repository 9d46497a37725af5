"""What a network is made of: pixels → 60 → 20 → 2, and what departs from it. Must not know weights or training."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fisherkit.checks import check_choice, check_count, check_fields
from fisherkit.faces import disc

#: Numbers that an embedding has.
EMBEDDING = 2

#: What a network looks at: turned faces, or the angle itself, as a control without faces.
STIMULI = ("faces", "angle")

#: What the hidden layers may apply.
ACTIVATIONS = ("celu", "relu", "tanh")

#: Places a side of a convolutional first layer.
PLACES = 7

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


@dataclass(frozen=True)
class Architecture:
    """What a network is made of.

    Attributes
    ----------
    pixels : side of the images.
    hidden : units of each hidden layer.
    activation : of the hidden layers, one of :data:`ACTIVATIONS`.
    convolutional : whether the first layer has the same ``hidden[0]`` units at each of 7 × 7 places, half a window
        apart; a window is a quarter of the image wide, and what lies outside the seen pixels is grey.
    read_out : units of each hidden layer of a trained read-out; with it the embedding is one number, tanh of the last
        layer before it (:mod:`fisherkit.channel`). Without, the read-out is fixed and the embedding has two numbers.
    stimulus : one of :data:`STIMULI`.
    """

    pixels: int
    hidden: tuple[int, ...] = (60, 20)
    activation: str = "celu"
    convolutional: bool = False
    read_out: tuple[int, ...] = ()
    stimulus: str = "faces"

    def __post_init__(self) -> None:
        check_fields(self)
        check_count("pixels", self.pixels, least=8)
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        check_choice("stimulus", self.stimulus, STIMULI)
        if self.convolutional and self.stimulus != "faces":
            raise ValueError("a convolutional layer needs faces to look at; the stimulus is the angle itself")
        if not self.hidden or any(not isinstance(units, int) or units < 1 for units in self.hidden):
            raise ValueError(f"hidden must list the units of each hidden layer, such as (60, 20); got {self.hidden}")
        for units in self.read_out:
            check_count("read_out", units)

    @property
    def inputs(self) -> int:
        """Numbers that the first layer reads; the angle itself is the first of a short vector of zeros."""
        return len(input_pixels(self.pixels)) if self.stimulus == "faces" else ALIGNMENT

    @property
    def outputs(self) -> int:
        """Numbers that the embedding has."""
        return 1 if self.read_out else EMBEDDING

    @property
    def depth(self) -> int:
        """Layers up to the embedding."""
        return len(self.hidden) + 1

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer's weights, those of a read-out last."""
        sizes = [self.inputs, *self.hidden, self.outputs, *((*self.read_out, 1) if self.read_out else ())]
        layers = list(itertools.pairwise(sizes))
        if self.convolutional:
            layers[0] = (self.windows.shape[1], self.hidden[0])
            layers[1] = (PLACES**2 * self.hidden[0], layers[1][1])
        return layers

    @cached_property
    def windows(self) -> np.ndarray:
        """For each place of a convolutional first layer, where its pixels are among the seen ones: (place, pixel).

        Pixels that are not seen stand after the last of them.
        """
        seen = input_pixels(self.pixels)
        position = np.full(self.pixels**2, len(seen))
        position[seen] = np.arange(len(seen))
        side, step = self.pixels // 4, self.pixels // 8
        squares = np.lib.stride_tricks.sliding_window_view(position.reshape(self.pixels, -1), (side, side))
        return squares[::step, ::step].reshape(PLACES**2, -1)
