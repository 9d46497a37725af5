"""Photographs of one's own, from a folder or an .npz file, as grey squares. Knows files; must not know networks.

Whatever they were, they become square, grey and of one size. What is wider than high, or higher, is cut to the square
in its middle; colours are weighted as in ITU-R 601 (0.299 red, 0.587 green, 0.114 blue), what is transparent is medium
grey; larger images are averaged over the pixels' areas, as block means are, smaller ones interpolated.
"""

import hashlib
import warnings
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float, Int
from PIL import Image, ImageOps

_LUMA = np.array([0.299, 0.587, 0.114])

#: Grey in the place of what is transparent.
_BEHIND = 0.5


@cache
def _endings() -> frozenset[str]:
    """What the names of images end with: of those that Pillow reads."""
    return frozenset(ending for ending, kind in Image.registered_extensions().items() if kind in Image.OPEN)


def read_photographs(path: Path, pixels: int) -> tuple[Float[np.ndarray, "n height width"], Int[np.ndarray, " n"]]:
    """Images as grey squares of ``pixels`` a side, and whose each is.

    Parameters
    ----------
    path
        A folder, whose images are found at any depth, in the order of their names: those of one inner folder are of one
        person, those in the folder itself are of one person each. Or an ``.npz`` file with ``images``, (n, H, W) or
        (n, H, W, 3), as numbers in [0, 1] or as whole numbers of 8 or 16 bits, and ``person``, (n,) whose each is;
        without it, each is another person's.

    Returns
    -------
    (n, pixels, pixels) float32 in [0, 1], and (n,) persons numbered from 0.

    Raises
    ------
    FileNotFoundError
        Where there is nothing at the path.
    ValueError
        For a folder without images, an image that cannot be read, is empty of contrast or holds NaN, numbers that are
        not grey values, or persons that do not fit the images. The message names the image.
    """
    _check_there(path)
    images, person, names = _of_folder(path) if path.is_dir() else _of_file(path)
    squares = np.stack([_square(_grey(image, name), name, pixels) for image, name in zip(images, names, strict=True)])
    return squares, np.unique(person, return_inverse=True)[1].astype(np.int64)


def content_digest(path: Path) -> str:
    """SHA-256 of the image files at a path, their names within a folder included: what a change of faces changes."""
    _check_there(path)
    sha = hashlib.sha256()
    for file in _files(path) if path.is_dir() else [path]:
        sha.update(f"{file.relative_to(path.parent).as_posix()} ".encode())
        sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()


def _check_there(path: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(f"faces: there is no folder or .npz file {path}")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in _endings() and file.is_file())


def _of_folder(folder: Path) -> tuple[list[np.ndarray], list[str], list[str]]:
    if not (files := _files(folder)):
        raise ValueError(
            f"faces: the folder {folder} holds no images (such as .png or .jpg): put each person's into a folder of "
            "its own inside it, or one image per person into it"
        )
    names = [file.relative_to(folder).as_posix() for file in files]
    person = [
        name if file.parent == folder else file.parent.relative_to(folder).as_posix() + "/"
        for file, name in zip(files, names, strict=True)
    ]
    return [_read(file) for file in files], person, names


def _read(file: Path) -> np.ndarray:
    """An image's numbers as they are, upright: (H, W), or (H, W, 4) where it has colours or is transparent."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which is not looked at
            with Image.open(file) as image:
                image = ImageOps.exif_transpose(image)
                deep = image.mode.startswith(("I", "F"))
                return np.asarray(image if deep or image.mode == "L" else image.convert("RGBA"))
    except Exception as error:  # a damaged file raises whatever its bytes happen to ask for
        raise ValueError(
            f"faces: the image {file} cannot be read ({type(error).__name__}: {error}); mend it or take it out"
        ) from error


def _of_file(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, person = (arrays.get(name) for name in ("images", "person"))
    except (OSError, ValueError, TypeError, AttributeError, BadZipFile) as error:  # an .npy is an array, no archive
        raise ValueError(
            f"faces: {path} is neither a folder of images nor an .npz file that can be read ({error})"
        ) from error
    if images is None or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (3, 4)):
        raise ValueError(
            f"faces: {path} must hold images, (n, H, W) or (n, H, W, 3); got {None if images is None else images.shape}"
        )
    if not len(images):
        raise ValueError(f"faces: {path} holds no images")
    person = np.arange(len(images)) if person is None else person
    if person.shape != images.shape[:1]:
        raise ValueError(f"faces: {path} must hold person, one for each of {len(images)} images; got {person.shape}")
    return images, person, [f"image {number} of {path.name}" for number in range(len(images))]


def _grey(values: np.ndarray, name: str) -> Float[np.ndarray, "height width"]:
    """Grey values in [0, 1]."""
    if not np.isfinite(values).all():
        raise ValueError(f"faces: {name} holds NaN or infinity")
    # Images of 16 bits come as numbers of 32.
    deep = np.issubdtype(values.dtype, np.integer) and values.dtype != np.uint8
    scale = 65535 if deep else 255 if values.dtype == np.uint8 else 1
    grey = values.astype(np.float64) / scale
    if grey.min() < 0 or grey.max() > 1:
        raise ValueError(
            f"faces: {name} must have values in [0, {scale}], as {values.dtype}; got {values.min()} to {values.max()}"
        )
    if grey.ndim == 3:
        opaque = grey[..., 3] if grey.shape[-1] == 4 else 1.0
        grey = opaque * (grey[..., :3] @ _LUMA) + (1 - opaque) * _BEHIND
    return grey


def _square(grey: np.ndarray, name: str, pixels: int) -> Float[np.ndarray, "height width"]:
    if np.ptp(grey) < 1e-6:
        raise ValueError(f"faces: {name} is one grey, {grey.flat[0]:.2f}, everywhere: there is no face to turn")
    side = min(grey.shape)
    top, left = ((size - side) // 2 for size in grey.shape)
    # Cut first: interpolation would reach beyond the square.
    image = Image.fromarray(grey[top : top + side, left : left + side].astype(np.float32))
    method = Image.Resampling.BOX if side >= pixels else Image.Resampling.BILINEAR
    return np.asarray(image.resize((pixels, pixels), method)).clip(0, 1)
