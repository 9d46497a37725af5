"""Draw oriented textures, stimuli that are no faces; knows nothing of rotation, networks or files.

A texture is noise whose power has one orientation: white noise, weighted in the plane of spatial frequencies by

    exp(−log²(f/f₀) / 2b²) · exp(k (cos 2φ − 1))

with f₀ the middle frequency, b its bandwidth, and k the concentration about upright stripes (φ = 0). A family of
textures has numbers of its own for f₀, k and contrast; each of its samples is other noise. Textures look the same after
half a turn: angles that are π apart cannot be told apart.
"""

import numpy as np

from fisherkit.checks import MOST, check_count, checked
from fisherkit.faces import Faces, divided

_BANDWIDTH = 0.35
_FREQUENCY = (3.0, 6.0)  # cycles per image
_CONCENTRATION = (10.0, 40.0)
_CONTRAST = (0.12, 0.2)  # standard deviation of the grey


@checked
def draw_textures(families: int = 40, samples: int = 10, *, pixels: int = 64, seed: int = 0) -> Faces:
    """Upright oriented textures in the place of faces, and their families in the place of people, divided by family.

    Parameters
    ----------
    families, samples : how many families, and samples of each. Larger sets begin with the smaller ones.
    pixels : side of the square images.
    seed : of everything random.

    Raises
    ------
    ValueError
        For fewer than 8 families, or a number that is not whole or too small.
    """
    check_count("families", families, most=MOST)
    check_count("samples", samples, most=MOST)
    check_count("pixels", pixels, least=8)
    row = np.fft.fftfreq(pixels)[:, None] * pixels
    column = np.fft.fftfreq(pixels)[None] * pixels
    frequency = np.maximum(np.hypot(row, column), 1e-9)  # none at the origin: log² leaves no weight there
    twice = 2 * np.arctan2(row, column)
    images = np.empty((families, samples, pixels, pixels), dtype=np.float32)
    for family in range(families):
        low, high = zip(_FREQUENCY, _CONCENTRATION, _CONTRAST, strict=True)
        middle, concentration, contrast = np.random.default_rng((seed, family)).uniform(low, high)
        weight = np.exp(-(np.log(frequency / middle) ** 2) / (2 * _BANDWIDTH**2) + concentration * (np.cos(twice) - 1))
        for sample in range(samples):
            noise = np.random.default_rng((seed, family, sample + 1)).standard_normal((pixels, pixels))
            texture = np.fft.ifft2(np.fft.fft2(noise) * weight).real
            images[family, sample] = np.clip(0.5 + contrast * texture / texture.std(), 0, 1)
    person = np.repeat(np.arange(families, dtype=np.int64), samples)
    return Faces(images.reshape(-1, pixels, pixels), person, divided(person, "person"), "textures")
