"""Face photographs and their rotation. Knows pixels and angles; must not know networks, losses or files of weights."""

import hashlib
import itertools
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import platformdirs
import scipy.sparse
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from fisherkit import sketch
from fisherkit.checks import check_choice, check_count, check_fields, checked
from fisherkit.photographs import content_digest, read_photographs

log: logging.Logger = logging.getLogger("fisherkit")

SOURCES = ("auto", "olivetti", "sketch")
SPLITS = ("person", "photograph")
SUBSETS = ("train", "validation", "test")
INTERPOLATIONS = ("bilinear", "bicubic")

#: Grey of every pixel outside the disc, in the units of the images.
OUTSIDE = 0.5

#: Olivetti is square, this many pixels a side; smaller images are block means of it.
FULL_PIXELS = 64

#: A file to which the places and digests of all loaded photographs of one's own are appended: a page's inputs.
USED_FACES = "FISHERKIT_USED_FACES"

#: Seconds after which ``"auto"`` no longer waits for a download; who asks for ``"olivetti"`` waits as long as it comes.
PATIENCE = 12.0

#: Seconds without a byte after which a download is given up.
STALL = 5.0

#: Pixels that are rotated at a time by angles of their own.
_AT_A_TIME = 2**14

_SPLIT_SEED = 0

#: What reading an array raises that is missing or damaged.
_NOT_THERE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class DamagedFacesError(OSError):
    """The cached file of the Olivetti faces cannot be read."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Upright photographs of faces, each with its person and the subset that it belongs to; none can be changed.

    Attributes
    ----------
    images : (n, H, W) float32 in [0, 1].
    person : (n,) whose face it is.
    membership : (n,) ``"train"``, ``"validation"`` or ``"test"``.
    source : ``"olivetti"``, ``"sketch"``, or what other images are called.
    """

    images: Float[np.ndarray, "n height width"]
    person: Int[np.ndarray, " n"]
    membership: np.ndarray
    source: str

    def __post_init__(self) -> None:
        images = np.asarray(self.images)
        if images.ndim != 3 or images.shape[1] != images.shape[2] or not images.size or images.dtype.kind not in "iuf":
            raise ValueError(
                f"images must have the shape (n, H, H), as wide as high; got {images.shape} of {images.dtype}"
            )
        if not np.issubdtype(images.dtype, np.floating) or not ((images >= 0) & (images <= 1)).all():
            raise ValueError(
                f"images must be finite real numbers in [0, 1]; got {images.dtype} from {images.min():g} to "
                f"{images.max():g}: divide by the largest that there can be, 255 in most files"
            )
        check_fields(self)
        _check_numbered(self.person)
        n = len(images)
        for name, given in (("person", self.person), ("membership", self.membership)):
            if np.shape(given) != (n,):
                raise ValueError(f"{name} must have one entry for each of the {n} images; got shape {np.shape(given)}")
        if unknown := set(np.asarray(self.membership).tolist()) - set(SUBSETS):
            raise ValueError(f"membership must be among {', '.join(SUBSETS)}; got {', '.join(map(str, unknown))}")
        # Networks are kept under the digest, which is taken once: images that changed later would get those of others.
        for name in ("images", "person", "membership"):
            kept = np.array(getattr(self, name))
            kept.flags.writeable = False
            object.__setattr__(self, name, kept)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the images, the persons and the split: two sets with one digest train the same networks."""
        sha = hashlib.sha256()
        for array in (self.images.astype("<f4"), self.person.astype("<i8"), self.membership.astype("S10")):
            sha.update(repr(array.shape).encode())
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()

    @property
    def pixels(self) -> int:
        """Side of the square images, in pixels."""
        return self.images.shape[-1]

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, *names: str) -> "Faces":
        """The faces of one subset, ``"train"``, ``"validation"`` or ``"test"``, or of several together."""
        for name in names:
            check_choice("subset", name, SUBSETS)
            if name not in self.membership:
                raise ValueError(f"these faces hold no {name!r} subset, only {sorted(set(self.membership.tolist()))}")
        chosen = np.isin(self.membership, names)
        return self.where(chosen)

    def spread(self, count: int) -> "Faces":
        """So many faces, evenly among them, so of as many people as can be; or all, where there are fewer."""
        return self.where(np.unique(np.linspace(0, len(self) - 1, count).astype(int)))

    def where(self, chosen: Bool[np.ndarray, " n"] | Int[np.ndarray, " m"]) -> "Faces":
        """The faces that a mask chooses, or numbers."""
        return Faces(self.images[chosen], self.person[chosen], self.membership[chosen], self.source)


@dataclass(frozen=True, eq=False)
class People:
    """Whose each of n samples is, where statistics need no more of faces than that: samples of one's own.

    Attributes
    ----------
    person : (n,) by number; see :meth:`independent`.
    """

    person: Int[np.ndarray, " n"]

    def __post_init__(self) -> None:
        _check_numbered(self.person)

    @classmethod
    def independent(cls, count: int) -> "People":
        """So many samples, none of which has to do with another."""
        return cls(np.arange(count))

    @property
    def digest(self) -> str:
        """Of the persons."""
        return hashlib.sha256(np.ascontiguousarray(self.person, dtype="<i8").tobytes()).hexdigest()

    def __len__(self) -> int:
        return len(self.person)


def _check_numbered(person) -> None:
    """Raise a ValueError where people are not whole numbers."""
    if not isinstance(person, np.ndarray) or person.ndim != 1 or not person.size or person.dtype.kind not in "iu":
        raise ValueError(
            f"person must be whole numbers of the shape (n,), whose each is; got {person!r:.60}: of names, "
            "numpy.unique(names, return_inverse=True)[1]"
        )


def load_faces(source: str | Path = "auto", *, pixels: int = FULL_PIXELS, split: str = "person") -> Faces:
    """Load upright faces, divided into training, validation and test faces (6 : 1 : 1).

    Parameters
    ----------
    source
        ``"olivetti"``: the 400 photographs of 40 people from AT&T Laboratories Cambridge (Samaria & Harter 1994),
        through :func:`sklearn.datasets.fetch_olivetti_faces`, which honours ``SCIKIT_LEARN_DATA``.
        ``"sketch"``: as many drawn by :func:`fisherkit.sketch.draw_faces`.
        ``"auto"``: Olivetti where it is cached or can be downloaded within :data:`PATIENCE` seconds, else sketch, with
        a warning in the log; ``.source`` says which.
        A path: images of your own, a folder or an ``.npz`` file (:func:`fisherkit.photographs.read_photographs`);
        ``.source`` is its name.
    pixels
        Side of the square images: 8 to 64, of your own any from 8 on. Smaller images are means over the pixels' areas,
        block means where it divides 64.
    split
        ``"person"``: all photographs of a person are in one subset, so that test faces are strangers.
        ``"photograph"``: photographs are divided whoever they show, as in the original analysis.

    Raises
    ------
    ValueError
        For an unknown source or split, a number of pixels that is not from 8 to 64, images of your own that cannot be
        used, or too few people to be divided.
    FileNotFoundError
        For ``"olivetti"`` where it is neither cached nor downloadable, or a path with nothing there.
    DamagedFacesError
        Where the cached file of Olivetti cannot be read.
    """
    check_choice("split", split, SPLITS)
    if own := own_place(source):
        check_count("pixels", pixels, least=8)
        squares, whose = read_photographs(own, pixels)
        if path := os.environ.get(USED_FACES):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{content_digest(own)} {own}\n")
        return Faces(squares, whose, divided(whose, split), source_name(source))
    if isinstance(pixels, bool) or not isinstance(pixels, (int, np.integer)) or not 8 <= pixels <= FULL_PIXELS:
        raise ValueError(f"pixels must be from 8 to {FULL_PIXELS}; got {pixels!r}")
    images, person = None, None
    if source != "sketch":
        try:
            images, person = _fetch_olivetti(PATIENCE if source == "auto" else None)
        except DamagedFacesError:
            raise
        except OSError as error:
            if source == "olivetti":
                raise FileNotFoundError(
                    f"the Olivetti faces are neither in scikit-learn's data folder nor downloadable ({error}); three "
                    "ways to provide them: run this once where there is network; copy olivetti_py3.pkz of another "
                    f"machine to {olivetti_cache()}; or set SCIKIT_LEARN_DATA to a folder that holds it. "
                    "faces='sketch' needs no files"
                ) from error
            log.warning("Olivetti is neither cached nor downloadable (%s): sketch faces in its place", error)
    if images is None:
        source = "sketch"
        images, person = _drawn(40, 10, FULL_PIXELS, 0)
    else:
        source = "olivetti"
    return Faces(_smaller(images, pixels), person, divided(person, split), source)


def _smaller(images: np.ndarray, pixels: int) -> np.ndarray:
    """Images of 64 pixels a side as ones of fewer: means over the area of each new pixel."""
    if FULL_PIXELS % pixels == 0:
        block = FULL_PIXELS // pixels
        blocks = images.reshape(len(images), pixels, block, pixels, block)
        return blocks.mean(axis=(2, 4), dtype=np.float64).astype(np.float32)
    edges, old = np.linspace(0, FULL_PIXELS, pixels + 1)[:, None], np.arange(FULL_PIXELS)
    overlap = np.minimum(edges[1:], old + 1) - np.maximum(edges[:-1], old)
    share = overlap.clip(0) * pixels / FULL_PIXELS
    return (share @ images.astype(np.float64) @ share.T).astype(np.float32)


def own_place(source: str | Path) -> Path | None:
    """Where photographs of one's own are; None for one of the :data:`SOURCES`.

    Raises
    ------
    ValueError
        For a word that is neither.
    """
    if not isinstance(source, (str, Path)) or not str(source).strip():
        raise ValueError(f"faces must be one of {', '.join(SOURCES)}, or a path; got {source!r}")
    if source in SOURCES:
        return None
    path = Path(source).expanduser()
    if not (len(path.parts) > 1 or path.suffix == ".npz" or path.exists()):
        raise ValueError(
            f"faces must be one of {', '.join(SOURCES)}, or the path of a folder of images or of an .npz file; "
            f"got {str(source)!r}"
        )
    return path.resolve()


def source_name(source: str | Path) -> str:
    """What faces are called in words: one of the :data:`SOURCES`, or the name of a folder or a file."""
    own = own_place(source)
    if own is None:
        return str(source)
    return f"own {own.stem}" if own.stem in SOURCES else own.stem


@checked
@lru_cache(maxsize=4)  # a large population takes many seconds to draw, and several sweeps ask for it
def sketch_population(people: int, *, photographs: int = 10, pixels: int = FULL_PIXELS, seed: int = 0) -> Faces:
    """A population of sketch faces of any size, divided by person as in :func:`load_faces`."""
    images, person = _drawn(people, photographs, pixels, seed)
    return Faces(images, person, divided(person, "person"), "sketch")


def _drawn(people: int, photographs: int, pixels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sketch faces, from the user's cache where they were drawn before: each takes milliseconds, in every process.

    The file is named by all that determines them. One that is damaged, which its checksum shows, is drawn anew.
    """
    given = people, photographs, pixels, seed
    made_by = Path(sketch.__file__).read_bytes(), np.__version__, scipy.__version__, given
    name = hashlib.sha256(repr(made_by).encode()).hexdigest()
    path = Path(platformdirs.user_cache_dir("fisherkit")) / "sketch" / f"{name}.npz"
    with suppress(*_NOT_THERE), path.open("rb") as kept, np.load(kept, allow_pickle=False) as file:
        return file["images"], file["person"]
    images, person = sketch.draw_faces(people, photographs, pixels=pixels, seed=seed)
    with suppress(OSError):  # who cannot keep them draws them anew each time
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f"{name}.*.partial"):  # by a process that was killed
            left.unlink()
        partial = path.with_name(f"{name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                np.savez(file, images=images, person=person)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return images, person


def disc(pixels: int) -> Bool[np.ndarray, "height width"]:
    """The pixels that rotation leaves inside the image: those at most (pixels − 1)/2 from the centre."""
    offset = np.arange(pixels) - (pixels - 1) / 2
    return np.hypot(offset[:, None], offset) <= (pixels - 1) / 2


@checked
def rotate(
    images: Float[np.ndarray, "n height width"], angles: ArrayLike, *, interpolation: str = "bilinear"
) -> Float[np.ndarray, "n height width"]:
    """Rotate images counter-clockwise about their centre and grey out what lies outside the disc.

    x(θ)[r] = Σ_s w(r, s; θ) x₀[s]: every pixel r of the rotated image is a weighted sum of the 4 (bilinear) or 16
    (bicubic: Catmull–Rom, a = −½) pixels around the place it came from. The convention is that of
    :func:`skimage.transform.rotate`, which a test compares it with.

    Parameters
    ----------
    images : (n, H, H) upright images in [0, 1].
    angles : scalar or (n,) rad. One angle for all images costs one set of weights for all.
    interpolation : ``"bilinear"`` or ``"bicubic"``.

    Returns
    -------
    (n, H, H) float32; 0.5 outside the disc of radius (H − 1)/2.

    Raises
    ------
    ValueError
        For images that are not square, for angles whose number is neither 1 nor n, or that are not finite.
    """
    images = np.asarray(images, dtype=np.float32)
    if images.ndim != 3 or images.shape[1] != images.shape[2]:
        raise ValueError(f"images must be square, shape (n, H, H); got shape {images.shape}")
    angles = np.asarray(angles, dtype=np.float64)
    if angles.shape not in ((), (len(images),)):
        raise ValueError(f"angles must be one angle, or one for each of the {len(images)} images; got {angles.shape}")
    side = images.shape[1]
    inside = np.flatnonzero(disc(side))
    flat = images.reshape(len(images), side * side)
    rotated = np.full_like(flat, OUTSIDE)
    if angles.ndim == 0:
        operator = rotation_operator(float(angles), side, interpolation=interpolation)
        rotated[:, inside] = (operator @ flat.T).T
    else:
        # In chunks that stay in the processor's cache: of all images at once, positions and weights do not.
        at_a_time = max(1, _AT_A_TIME // len(inside))
        for start in range(0, len(images), at_a_time):
            chunk = slice(start, start + at_a_time)
            upright = flat[chunk]
            first = np.arange(len(upright))[:, None] * upright.shape[1]
            rotated[chunk, inside] = sum(
                upright.take(first + source) * weight
                for source, weight in _sampling(angles[chunk], side, interpolation)
            )
    return rotated.reshape(images.shape)


def rotation_operator(angle: float, pixels: int, *, interpolation: str = "bilinear") -> scipy.sparse.csr_array:
    """Rotation by one angle as a sparse matrix: (pixels inside the disc, all pixels), float32.

    Rotation with interpolation is linear in the image, so that one matrix serves all faces.
    """
    source, weight = (
        np.concatenate(of_taps) for of_taps in zip(*_sampling(np.array([angle]), pixels, interpolation), strict=True)
    )  # (tap, disc) each
    taps, inside = source.shape
    start = np.arange(0, inside * taps + 1, taps)
    return scipy.sparse.csr_array((weight.T.ravel(), source.T.ravel(), start), shape=(inside, pixels * pixels))


@lru_cache(maxsize=8)
def _disc_offsets(pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """(column, row) of each pixel of the disc, from the centre."""
    row, column = np.nonzero(disc(pixels))
    return column - (pixels - 1) / 2, row - (pixels - 1) / 2


def _sampling(angles: np.ndarray, pixels: int, interpolation: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Source pixel and weight of each disc pixel, both (angle, disc), for one tap after another."""
    check_choice("interpolation", interpolation, INTERPOLATIONS)
    if not np.isfinite(angles).all():
        raise ValueError(f"angles must be finite, in rad; got {angles[~np.isfinite(angles)][0]}")
    x, y = _disc_offsets(pixels)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    centre = (pixels - 1) / 2
    columns = _taps(cos * x - sin * y + centre, pixels, interpolation)
    rows = _taps(sin * x + cos * y + centre, pixels, interpolation)
    for (row, row_weight), (column, column_weight) in itertools.product(rows, columns):
        yield row * pixels + column, row_weight * column_weight


def _taps(position: np.ndarray, pixels: int, interpolation: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each neighbour of a position along one axis, and its weight. The border is repeated."""
    # A rotated disc touches the border exactly; rounding must not carry the position past it.
    position = np.clip(position, 0, pixels - 1)
    first = np.minimum(np.floor(position), max(pixels - 2, 0))
    t = (position - first).astype(np.float32)
    first = first.astype(np.int64)
    if interpolation == "bilinear":
        return [(first, 1 - t), (np.minimum(first + 1, pixels - 1), t)]
    weights = (
        ((-t + 2) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((-3 * t + 4) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    return [(np.clip(first + step, 0, pixels - 1), weight) for step, weight in zip((-1, 0, 1, 2), weights, strict=True)]


def olivetti_cache() -> Path:
    """Where scikit-learn keeps the Olivetti faces, or would: a folder that looking does not make."""
    return Path(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")).expanduser() / "olivetti_py3.pkz"


def _fetch_olivetti(patience: float | None) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import fetch_olivetti_faces

    if not olivetti_cache().exists():
        _download(olivetti_cache(), patience)
    try:
        bunch = fetch_olivetti_faces(download_if_missing=False)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to ask for
        raise DamagedFacesError(
            f"{olivetti_cache()} cannot be read ({type(error).__name__}: {error}); remove it, to have it "
            "downloaded again, or ask for faces='sketch'"
        ) from error
    return bunch.images.astype(np.float32), bunch.target.astype(np.int64)


#: scikit-learn's downloader takes no time-out of its own, and checks the digest of what came.
_DOWNLOADING = """
import socket, sys, warnings
from sklearn.datasets import fetch_olivetti_faces
warnings.simplefilter("ignore")
socket.setdefaulttimeout(float(sys.argv[2]))
fetch_olivetti_faces(data_home=sys.argv[1], n_retries=1, delay=0.1)
"""


def _download(cache: Path, patience: float | None) -> None:
    """Have scikit-learn download the Olivetti faces, whole or not at all; raise an OSError where it cannot."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    # In a process of its own, which can be stopped however slowly something comes.
    with tempfile.TemporaryDirectory(prefix=".olivetti-", dir=cache.parent) as folder:
        command = [sys.executable, "-P", "-c", _DOWNLOADING, folder, str(STALL)]
        try:
            done = subprocess.run(command, timeout=patience, capture_output=True, encoding="utf-8", check=False)
        except subprocess.TimeoutExpired as error:
            raise OSError(f"the download was not done in {patience:g} s") from error
        if done.returncode:
            raise OSError((done.stderr.strip().splitlines() or ["the download was killed"])[-1])
        (Path(folder) / cache.name).replace(cache)


def divided(person: np.ndarray, split: str) -> np.ndarray:
    """Training, validation or test for each photograph, 6 : 1 : 1, the same on every machine."""
    units, unit = np.unique(person, return_inverse=True) if split == "person" else (person, np.arange(len(person)))
    if len(units) < 8:
        other = '; split="photograph" divides one person\'s photographs too' if split == "person" else ""
        raise ValueError(f"a split 6 : 1 : 1 by {split} needs at least 8 of them; got {len(units)}{other}")
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(units))
    train, validation = len(units) * 6 // 8, len(units) // 8
    names = np.empty(len(units), dtype="U10")
    names[order[:train]] = "train"
    names[order[train : train + validation]] = "validation"
    names[order[train + validation :]] = "test"
    return names[unit]
