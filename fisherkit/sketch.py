"""Draw face-like photographs; knows nothing of rotation, networks, files or any real photograph.

A licence-free stand-in for a set of portraits. A face is a shallow relief (a head with nose, brows, sockets, cheeks,
lips) under one lamp, times a map of how light its parts are, before a plain background. What a person keeps from one
photograph to the next is drawn from ``_TRAITS``; what changes each time, from ``_MOODS``.

Lengths are in half-widths of the photograph: x runs from -1 (left) to 1 (right), y from -1 (top) to 1 (bottom), and
heights of the relief grow towards the camera.
"""

from types import SimpleNamespace

import numpy as np
from scipy import ndimage

from fisherkit.checks import MOST, check_count, checked

_RENDERED = 64  # least side drawn, in pixels: smaller photographs are area averages of this one, not other drawings
_FIELD = 1.2  # a random field pinned to the head covers [-_FIELD, _FIELD] squared

# name: (mean, standard deviation), normal, cut at two standard deviations; drawn once per person.
# The numbers were tuned until simple statistics of 400 faces came near those of the Olivetti photographs. The roll of a
# photograph is noise of the very angle that networks report: at 0.04 rad it took a third off the linear exponent.
# fmt: off
_TRAITS = {
    "head_width": (1.03, 0.06), "head_height": (1.28, 0.07), "head_middle": (-0.24, 0.04),  # half-axes and y of centre
    "squareness": (2.4, 0.35), "dome": (0.46, 0.07),  # exponent of the outline (2 is an ellipse); height of the head
    "eye_x": (0.47, 0.022), "eye_y": (-0.45, 0.025), "eye_width": (0.19, 0.02), "eye_height": (0.074, 0.014),
    "iris": (0.25, 0.10), "socket": (0.12, 0.03),  # lightness; depth
    "brow_lift": (0.22, 0.03), "brow_thick": (0.042, 0.014), "brow_tilt": (0.0, 0.17), "brow_dark": (0.58, 0.16),
    "nose_width": (0.125, 0.022), "nose_height": (0.22, 0.05), "nose_y": (0.09, 0.045),  # y of the tip
    "mouth_width": (0.37, 0.04), "mouth_y": (0.42, 0.045), "lip": (0.06, 0.016), "lip_dark": (0.18, 0.09),
    "cheek": (0.045, 0.03), "crease": (0.026, 0.015), "chin": (0.06, 0.03),  # heights; crease: nose to mouth
    "uneven": (0.018, 0.005), "lopsided": (0.0, 0.02),  # bumps that nothing else accounts for; shear
    "skin": (0.725, 0.07), "blotch": (0.042, 0.014), "gloss": (0.12, 0.05),  # share of the light returned; its patches
    "hair": (0.34, 0.13), "hairline": (-1.08, 0.14), "hairline_bend": (0.25, 0.22), "hair_side": (0.94, 0.12),
    "clothes": (0.42, 0.15), "ground": (0.36, 0.12),  # lightness of clothes and background
    "smile": (0.0, 0.015), "turn": (0.0, 0.06), "nod": (0.0, 0.06),  # this person's habits
    "light_x": (0.0, 0.27), "light_y": (-0.12, 0.12),  # where the lamp stands, as slopes
}
_MOODS = {  # the same, drawn once per photograph; what both tables hold is added up
    "shift_x": (0.0, 0.022), "shift_y": (0.0, 0.025), "zoom": (1.0, 0.03), "roll": (0.0, 0.01),  # roll in rad
    "turn": (0.0, 0.105), "nod": (0.0, 0.065),  # shift of a point one unit nearer to the camera than the eyes
    "smile": (0.012, 0.022), "open": (0.0, 0.5), "purse": (1.0, 0.08), "frown": (0.0, 0.03),
    "squint": (1.0, 0.14), "gaze": (0.0, 0.018),
    "light_x": (0.0, 0.20), "light_y": (0.0, 0.09), "ambient": (0.44, 0.07), "exposure": (1.0, 0.06),
    "ground": (0.0, 0.05), "ground_slope": (0.0, 0.06), "blur": (0.25, 0.2),  # pixels of a 64-pixel photograph
}
# fmt: on


def _draw_table(rng, table):
    """Return one cut normal draw per row of ``table``, as named attributes."""
    z = np.clip(rng.standard_normal(len(table)), -2, 2)
    return SimpleNamespace(**{name: mean + sd * n for (name, (mean, sd)), n in zip(table.items(), z, strict=True)})


def _smooth_noise(rng, cells, size):
    """Return a (size, size) random field of unit-variance knots, ``cells`` to a side, joined by cubic splines."""
    knots = rng.standard_normal((cells, cells))
    return ndimage.zoom(knots, size / cells, order=3, mode="nearest", grid_mode=True)


def _draw_person(rng):
    person = _draw_table(rng, _TRAITS)
    person.beard, person.moustache, person.glasses, person.fringe = rng.random(4) < (0.14, 0.24, 0.28, 0.3)
    ranges = (0.2, 0.0, 0.23, 0.1), (0.56, 0.14, 0.31, 1.0)
    person.beard_dark, person.stubble, person.glasses_size, person.glasses_light = rng.uniform(*ranges)
    person.bumps = _smooth_noise(rng, 9, 54)
    person.patches, person.strands = rng.standard_normal((2, 40, 40))
    return person


def _blob(x, y, width, height):
    return np.exp(-((x / width) ** 2) - (y / height) ** 2)


def _step(x, width):
    """Rise smoothly from 0 (x far under 0) to 1 (far over), mostly within +-width."""
    return 0.5 + 0.5 * np.tanh(x / width)


def _mix(image, mask, value):
    return image + mask * (value - image)


def _sample(field, x, y):
    """Read a random field pinned to the head at the points (x, y)."""
    half = (field.shape[0] - 1) / 2
    return ndimage.map_coordinates(field, [(y / _FIELD + 1) * half, (x / _FIELD + 1) * half], order=1, mode="mirror")


def _place(p, m, size):
    """Return, for each of the size x size pixels, the point of the face it shows, in several frames."""
    axis = (np.arange(size) + 0.5) * 2 / size - 1
    px, py = np.meshgrid(axis - m.shift_x, axis - m.shift_y)
    c, s = np.cos(m.roll) / m.zoom, np.sin(m.roll) / m.zoom
    at = SimpleNamespace(px=px, head_x=c * px + s * py, head_y=c * py - s * px)
    half = p.head_width * (1 - 0.17 * _step(at.head_y - 0.35, 0.45))  # a jaw narrower than the temples
    at.radius = np.abs(at.head_x / half) ** p.squareness
    at.radius += np.abs((at.head_y - p.head_middle) / p.head_height) ** p.squareness
    at.bulge = np.sqrt(np.clip(1 - at.radius, 0, None) + 0.03)
    # A turning head carries near points further than far ones. The eyes, 0.9 of the way up the dome, stay in place, as
    # if the camera were aimed at them; the nose, nearest, moves once more.
    turn, nod = p.turn + m.turn, p.nod + m.nod
    x = at.head_x - turn * (at.bulge - 0.9) + p.lopsided * at.head_y
    y = at.head_y - nod * (at.bulge - 0.9)
    near = 0.45 * _blob(x, y - p.nose_y + 0.1, 0.25, 0.3)
    at.x, at.y = x - turn * near, y - nod * near
    at.side = np.abs(at.x)
    at.eye_x, at.eye_y = at.side - p.eye_x, at.y - p.eye_y  # from the nearer eye, outwards and downwards
    at.nose_y = at.y - p.nose_y
    at.smile = max(p.smile + m.smile, -0.012)
    at.mouth_width = p.mouth_width * (m.purse + 2 * at.smile)
    at.mouth_y = at.y - p.mouth_y + 2.6 * at.smile * np.minimum(at.side / p.mouth_width, 1.4) ** 2
    at.lip_y = at.y - 0.5 * (p.nose_y + p.mouth_y)  # from the middle of the upper lip
    return at


def _relief(p, at):
    x, ex, ey = at.x, at.eye_x, at.eye_y
    down = np.clip((at.y + 0.6) / 0.7, 0, 1)  # along the nose, from 0 at its root to 1 at its tip
    bridge = _step(at.y + 0.62, 0.25) * _step(0.07 - 3 * x * x - at.nose_y, 0.06)
    relief = p.dome * at.bulge
    relief += p.nose_height * (0.35 + 0.65 * down) * bridge * np.exp(-((x / (p.nose_width * (0.75 + 0.5 * down))) ** 2))
    relief += 0.09 * _blob(at.side - 1.25 * p.nose_width, at.nose_y + 0.02, 0.065, 0.07)  # nostril wings
    relief -= p.socket * _blob(ex + 0.05, ey, 0.24, 0.17)
    relief += 0.035 * _blob(ex, ey, 0.13, 0.09) + 0.045 * _blob(ex, ey + p.brow_lift + 0.03, 0.3, 0.09)  # eye, brow
    relief += p.cheek * _blob(at.side - 0.47, at.y + 0.02 + 2 * at.smile, 0.24, 0.22)
    relief -= (p.crease + 0.4 * max(at.smile, 0)) * _blob(at.side - 0.20 - 0.45 * at.nose_y, at.lip_y, 0.07, 0.2)
    relief += 0.05 * _blob(x, at.mouth_y, at.mouth_width, 1.8 * p.lip) - 0.03 * _blob(x, at.mouth_y - 0.17, 0.25, 0.06)
    relief += p.chin * _blob(x, at.y - 0.80, 0.22, 0.14)
    return relief + p.uneven * _sample(p.bumps, x, at.y)


def _paint(p, m, at, hairs, rng):
    """Return the share of light each point of the face gives back."""
    x, side, ex, ey = at.x, at.side, at.eye_x, at.eye_y
    paint = p.skin * (1 + p.blotch * _sample(p.patches, x, at.y))
    # shade that the relief, lit without cast shadows, leaves out: in the sockets, under the nose, under the lips
    paint *= 1 - 0.24 * _blob(ex + 0.03, ey + 0.05, 0.26, 0.16)
    paint *= 1 - 0.24 * _blob(x, at.nose_y - 0.10, 0.24, 0.08) - 0.15 * _blob(x, at.y - p.mouth_y - 0.15, 0.28, 0.07)
    paint *= 1 - 0.55 * _blob(side - 0.75 * p.nose_width, at.nose_y - 0.05, 0.05, 0.028)  # nostrils
    paint *= 1 - p.stubble * _step(at.y - 0.25 - 0.35 * (0.5 - side), 0.12)

    gap = max(m.open, 0.0)
    lips = _step(1 - (x / at.mouth_width) ** 2 - (at.mouth_y / (p.lip + 0.07 * gap)) ** 2, 0.5)
    paint *= 1 - p.lip_dark * lips
    paint *= 1 - 0.5 * _blob(x, at.mouth_y, 0.95 * at.mouth_width, 0.022)  # the line between the lips
    if gap > 0.25:
        inside = _step(1 - (x / (0.72 * at.mouth_width)) ** 2 - ((at.mouth_y - 0.01) / (0.09 * gap)) ** 2, 0.4)
        teeth = _step(0.01 - at.mouth_y, 0.02) * (at.smile > 0)
        paint = _mix(paint, inside, 0.18 + 0.6 * teeth)
    if p.beard:
        cover = 0.9 * _step(at.y - 0.32 - 0.45 * (0.62 - side), 0.1) * (1 - 0.9 * lips)
        paint = _mix(paint, cover, p.beard_dark * hairs)
    if p.moustache:
        cover = np.minimum(1.3 * _blob(x, at.lip_y - 0.05 - 0.4 * x * x, 0.32, 0.075), 0.9)
        paint = _mix(paint, cover, p.beard_dark * hairs)

    # a light almond, an iris, the dark edge of the upper lid; of a closed eye, the edge alone
    lid = p.eye_height * max(m.squint - 1.2 * at.smile, 0.3) * (rng.random() > 0.03)
    if lid > 0:
        almond = _step(1 - (ex / p.eye_width) ** 2 - (ey / lid) ** 2, 0.45)
        paint = _mix(paint, 0.85 * almond, 0.43 + 0.36 * p.skin)
        # both eyes look the same way, and ex runs outwards
        paint = _mix(paint, almond * _step(0.075 - np.hypot(ex - np.sign(x) * m.gaze, ey), 0.022), p.iris)
    edge = ey + lid * (1 - 0.9 * (ex / p.eye_width) ** 2)
    paint *= 1 - 0.6 * np.exp(-((edge / 0.025) ** 2) - (ex / (1.1 * p.eye_width)) ** 4)
    brow = ey + p.brow_lift + m.frown - p.brow_tilt * ex - 0.9 * (ex - 0.02) ** 2
    paint *= 1 - p.brow_dark * np.exp(-((brow / p.brow_thick) ** 2) - (ex / 0.25) ** 4) * hairs
    if p.glasses and rng.random() < 0.88:  # now and then taken off
        rim = (((ex + 0.01) / p.glasses_size) ** 4 + ((ey - 0.05) / (0.75 * p.glasses_size)) ** 4) ** 0.25
        bars = 0.8 * np.exp(-(((ey + 0.06) / 0.03) ** 2)) * (rim > 1)
        paint = _mix(paint, 0.75 * np.maximum(np.exp(-(((rim - 1) / 0.09) ** 2)), bars), p.glasses_light)
        glare_x, glare_y = rng.normal(0, (0.08, 0.1))
        paint = _mix(paint, 0.8 * rng.random() * _blob(ex - glare_x, ey - glare_y, 0.06, 0.04), 1.1)
    return paint


def _draw_photograph(p, rng, size):
    """Return one (size, size) photograph of the person ``p``, in [0, 1]."""
    m = _draw_table(rng, _MOODS)
    at = _place(p, m, size)
    hairs = 1 + 0.22 * _sample(p.strands, 2.5 * at.x, 0.8 * at.y)

    # the cosine between the slope of the relief and the lamp, and a mirror-like sheen where they agree
    dy, dx = np.gradient(_relief(p, at), 2 / size)
    lamp_x, lamp_y = p.light_x + m.light_x, p.light_y + m.light_y
    lit = (1 - lamp_x * dx - lamp_y * dy) / np.sqrt((1 + dx**2 + dy**2) * (1 + lamp_x**2 + lamp_y**2))
    lit = np.clip(lit, 0, None)
    face = _paint(p, m, at, hairs, rng) * (m.ambient + (1 - m.ambient) * lit) + p.gloss * lit**16

    # from the back to the front: background, neck, clothes, face, hair
    image = p.ground + m.ground + m.ground_slope * at.px
    image = _mix(image, _step(0.72 - np.abs(at.head_x), 0.06) * _step(at.head_y - 0.3, 0.1), 0.62 * p.skin)
    image = _mix(image, _step(at.head_y - 1.02 + 0.25 * np.abs(at.head_x), 0.05), p.clothes)
    image = _mix(image, _step(1 - at.radius, 0.05), face)
    hairline = p.hairline + p.hairline_bend * at.x**2 + 0.12 * p.fringe * np.sin(5 * at.x + 40 * p.blotch)
    sides = _step(at.side - p.hair_side + 0.1 * at.y, 0.05) * _step(0.1 - at.y, 0.15)
    hair = np.maximum(_step(hairline - at.y, 0.06), sides) * _step(1.25 - at.radius, 0.12)
    image = _mix(image, hair, p.hair * hairs * (0.6 + 0.5 * lit))

    for cells in (4, 9):  # uneven light, coarse and fine
        image *= 1 + 0.05 * _smooth_noise(rng, cells, size)
    image = ndimage.gaussian_filter(m.exposure * image, max(m.blur, 0.05) * size / _RENDERED)
    return np.clip(image + 0.012 * rng.standard_normal(image.shape), 0, 1)


@checked
def draw_faces(
    people: int = 40, photographs: int = 10, *, pixels: int = 64, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw upright, centred, face-like grey photographs of made-up people.

    Parameters
    ----------
    people : int
        How many people. A larger population begins with the smaller one of the same seed.
    photographs : int
        How many photographs of each; more of them begin with the fewer.
    pixels : int
        Side of a photograph, in pixels. Where it divides 64, the photographs are area averages of those of 64 pixels.
    seed : int
        Non-negative; two seeds draw two unrelated populations.

    Returns
    -------
    images : (people * photographs, pixels, pixels) float32
        Lightness in [0, 1], one person's photographs after another's; rows run from the forehead to the chin.
    person : (people * photographs,) int64
        Whom each photograph shows, from 0.

    Raises
    ------
    ValueError
        If ``people`` or ``photographs`` is under 1, ``pixels`` under 8 or ``seed`` under 0.
    """
    check_count("people", people, most=MOST)
    check_count("photographs", photographs, most=MOST)
    check_count("pixels", pixels, least=8)
    check_count("seed", seed, least=0)
    finer = -(-_RENDERED // pixels)  # rounded up
    images = np.empty((people * photographs, pixels, pixels), np.float32)
    for k in range(people):
        # [seed, k] and [seed, k, 0] are one and the same key to numpy, so photographs count from 1
        person = _draw_person(np.random.default_rng([seed, k]))
        for j in range(photographs):
            drawn = _draw_photograph(person, np.random.default_rng([seed, k, j + 1]), finer * pixels)
            images[k * photographs + j] = drawn.reshape(pixels, finer, pixels, finer).mean(axis=(1, 3))
    return images, np.repeat(np.arange(people, dtype=np.int64), photographs)
