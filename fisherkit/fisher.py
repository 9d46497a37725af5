"""Fisher information of encoders along the angle. Knows encoders and images; must not know how networks were trained.

Embeddings and their tangents come from here, the estimates from :mod:`fisherkit.estimators`, all of whose names can be
had from here too.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike

from fisherkit.checks import check_choice, check_fields, checked, checked_as, numbers
from fisherkit.estimators import (
    CORRECTIONS,
    ESTIMATORS,
    LARGEST_CONDITION_NUMBER,
    SingularCovarianceError,
    condition_number,
    decoded_fisher,
    discriminability,
    gaussian_fisher,
    independent_trials_fisher,
    independent_trials_variance,
    linear_fisher,
    named_estimate,
    robust_fisher,
    shrinkage_fisher,
    spanning_tree_fisher,
    variance_along_tangent,
    wishart_factor,
)
from fisherkit.faces import INTERPOLATIONS, rotate, rotation_operator
from fisherkit.model import Ensemble

__all__ = [
    "CORRECTIONS",
    "ESTIMATORS",
    "LARGEST_CONDITION_NUMBER",
    "Code",
    "SingularCovarianceError",
    "code_of",
    "condition_number",
    "decoded_fisher",
    "discriminability",
    "embed",
    "embed_with_tangents",
    "fisher_curve",
    "gaussian_fisher",
    "independent_trials_fisher",
    "independent_trials_variance",
    "information",
    "linear_fisher",
    "robust_fisher",
    "shrinkage_fisher",
    "spanning_tree_fisher",
    "variance_along_tangent",
    "wishart_factor",
]

#: Embeddings (faces × replicates × angles) that are held at once: about 64 MB with their tangents, in double precision.
_BLOCK_VALUES = 2_000_000

#: Faces that are rotated and embedded at once. Of 10,000, arrays are so large that the system makes each of them anew,
#: and every page of it: time grew as their number to the power 1.2.
_FACES_AT_ONCE = 2500


@dataclass(frozen=True)
class Code:
    """A code at one or more angles: ``embeddings`` and ``tangents``, both (replicate, angle, face, output) float64."""

    embeddings: xr.DataArray
    tangents: xr.DataArray

    def __post_init__(self) -> None:
        check_fields(self)
        z, t = self.embeddings, self.tangents
        if z.dims != ("replicate", "angle", "face", "output") or t.dims != z.dims or t.shape != z.shape:
            raise ValueError(
                "embeddings and tangents must both be (replicate, angle, face, output), of one shape; got "
                f"{dict(z.sizes)} and {dict(t.sizes)}"
            )


@checked
def code_of(embeddings: ArrayLike, tangents: ArrayLike, angles: ArrayLike) -> Code:
    """The code that arrays hold, however they were made, for :func:`information` and all that takes a code.

    Parameters
    ----------
    embeddings, tangents : (A, n, d) each, or (R, A, n, d) of R replicates, arrays or tensors: what the same n samples
        are at each angle, and their derivative with respect to it.
    angles : (A,) rad, or whatever else the stimulus is measured in; tangents and information are per unit of it.

    Raises
    ------
    ValueError
        For shapes that do not fit, or values that are not finite.
    """
    z, t = (np.asarray(array, dtype=np.float64) for array in (embeddings, tangents))
    angles = np.asarray(angles, dtype=np.float64)
    if z.shape != t.shape or z.ndim not in (3, 4) or angles.shape != z.shape[-3:-2]:
        raise ValueError(
            f"embeddings and tangents must both be (A, n, d) or (R, A, n, d), with A angles; got {z.shape}, {t.shape} "
            f"and {angles.shape}"
        )
    if not all(np.isfinite(array).all() for array in (z, t, angles)):
        raise ValueError("embeddings, tangents and angles must be finite; they hold NaN or infinity")
    whole = (array if array.ndim == 4 else array[None] for array in (z, t))
    return Code(*(_labelled(array, None, angles) for array in whole))


@checked_as(angles="")
def embed(
    encoder: Callable,
    images: ArrayLike | Callable[..., ArrayLike],
    angles: ArrayLike,
    *,
    interpolation: str | None = None,
) -> xr.DataArray:
    """Embeddings of faces at angles.

    Parameters
    ----------
    encoder : callable (n, H, W) → (R, n, d), or (n, d) for one replicate; a trained ensemble is one, and so is any
        torch module.
    images : (n, H, W) upright faces, each shown once at every angle; or other stimuli, see :func:`embed_with_tangents`.
    angles : (A,) rad.
    interpolation : of the rotation; None means the one the encoder was trained with (else bilinear).

    Returns
    -------
    DataArray (replicate, angle, face, output), float64.
    """
    images, angles = _check_stimuli(encoder, images, angles)
    interpolation = _interpolation(encoder, interpolation)
    with torch.no_grad():
        values = [_float64(_replicates(encoder)(_shown(images, angle, interpolation))) for angle in angles]
    return _labelled(np.stack(values, axis=1), encoder, angles)


@checked_as(angles="")
def embed_with_tangents(
    encoder: Callable,
    images: ArrayLike | Callable[..., ArrayLike],
    angles: ArrayLike,
    *,
    step: float = 0.05,
    interpolation: str | None = None,
) -> Code:
    """Embeddings of faces at angles, and their derivatives with respect to the angle.

    The image derivative, (x(θ + step) − x(θ − step)) / (2 step), is pushed through the network in the pass that gives
    the values (forward-mode differentiation). An encoder that does not return tensors is differentiated numerically,
    along the same image derivative.

    Parameters
    ----------
    images
        (n, H, W) upright faces, each shown once at every angle. Or a function of θ that returns n stimuli of any shape
        that the encoder takes, the same n at every θ. It is given a number, or a tensor without axes where it needs
        one; where it returns tensors they are differentiated exactly (forward mode), else by the central difference.
    step : half-width in rad of the central difference of the images.
    encoder, angles, interpolation : see :func:`embed`.

    Raises
    ------
    ValueError
        For images or angles of the wrong shape, or stimuli that torch differentiates otherwise than they change.
    """
    images, angles = _check_stimuli(encoder, images, angles)
    if not step > 0:
        raise ValueError(f"step must be positive, in rad; got {step}")
    interpolation = _interpolation(encoder, interpolation)
    if isinstance(encoder, Ensemble) and not callable(images):
        passes = _over_angles(partial(_push_forward_discs, encoder, _columns(images), step, interpolation), angles)
    else:
        passes = [_push_forward(encoder, *_moving(images, angle, step, interpolation)) for angle in angles]
    return Code(*(_labelled(np.stack(arrays, axis=1), encoder, angles) for arrays in zip(*passes, strict=True)))


@checked_as(angles="")
def fisher_curve(
    encoder: Callable,
    images: ArrayLike | Callable[..., ArrayLike],
    angles: ArrayLike,
    *,
    estimator: str = "paired",
    person: ArrayLike | None = None,
    step: float = 0.05,
    interpolation: str | None = None,
    encoding: str | None = None,
) -> xr.DataArray:
    """Fisher information of an encoder along the angle.

    Parameters
    ----------
    encoder : callable (n, H, W) → (R, n, d) or (n, d), such as a torch module; a trained ensemble is one.
    images : (n, H, W) upright faces, each shown once at every angle, or a function of θ that returns stimuli
        (:func:`embed_with_tangents`).
    angles : (A,) rad.
    estimator : ``"paired"``, ``"wishart"`` and ``"plug-in"`` (:func:`linear_fisher`), ``"decoded"``
        (:func:`decoded_fisher`, paired), ``"gaussian"`` (:func:`gaussian_fisher`), ``"shrinkage"``
        (:func:`shrinkage_fisher`), ``"robust"`` (:func:`robust_fisher`), ``"spanning-tree"``
        (:func:`spanning_tree_fisher`), or, of embeddings moved by ± step along their tangents,
        ``"independent-trials"`` (:func:`independent_trials_fisher`), ``"lda"`` and ``"svm"``
        (:func:`discriminability`).
    person : (n,) whose face it is. ``"paired"``, ``"wishart"`` and ``"decoded"`` correct for people then, and for
        independent faces without; ``"lda"``, ``"svm"`` and ``"spanning-tree"`` need it, to keep a person's photographs
        together.
    step : half-width in rad of the central difference that gives the image derivative.
    interpolation : of the rotation; None means the one the encoder was trained with (else bilinear).
    encoding : for ``"decoded"``, how an encoder's pairs are read, where it does not say so itself
        (:mod:`fisherkit.codes`).

    Returns
    -------
    DataArray (replicate, angle), float64 in rad⁻², with the coordinate ``condition_number`` of the embedding's
    covariance and, for a trained ensemble, ``encoding``, ``loss``, ``density`` and ``number`` of each replicate.

    Raises
    ------
    ValueError
        For an unknown estimator, images or angles of the wrong shape, ``"decoded"`` with an encoder that does not
        say its encodings, or an estimator that lacks ``person``.
    SingularCovarianceError
        Where a covariance cannot be inverted.
    """
    check_choice("estimator", estimator, ESTIMATORS)
    images, angles = _check_stimuli(encoder, images, angles)
    # A few angles at a time, of which only the estimates are kept: memory grows neither with the angles nor, beyond the
    # networks themselves, with the replicates.
    faces = len(_shown(images, angles[0], "bilinear")) if callable(images) else len(images)
    block = max(1, _BLOCK_VALUES // (faces * (len(encoder) if isinstance(encoder, Ensemble) else 1)))
    curves = [
        information(
            embed_with_tangents(encoder, images, angles[start : start + block], step=step, interpolation=interpolation),
            estimator=estimator,
            person=person,
            step=step,
            encoding=encoding,
        )
        for start in range(0, len(angles), block)
    ]
    return xr.concat(curves, dim="angle", coords="minimal", compat="override", combine_attrs="override")


@checked
def information(
    code: Code,
    *,
    estimator: str = "paired",
    person: ArrayLike | None = None,
    step: float = 0.05,
    encoding: str | None = None,
) -> xr.DataArray:
    """:func:`fisher_curve` of a code that is at hand already."""
    check_choice("estimator", estimator, ESTIMATORS)
    z, t = code.embeddings, code.tangents
    values = np.empty(z.shape[:2])
    for k in range(len(z)):
        how = str(z["encoding"][k].item()) if "encoding" in z.coords else encoding
        try:
            values[k] = named_estimate(estimator, z[k].values, t[k].values, encoding=how, person=person, step=step)
        except SingularCovarianceError as error:
            angle = float(z.angle[error.place[0]])
            raise SingularCovarianceError(f"replicate {k}, angle {angle:.4f} rad: {error}", error.place) from error
    curve = z.isel(face=0, output=0, drop=True).copy(data=values)
    curve = curve.assign_coords(condition_number=(("replicate", "angle"), condition_number(z.values)))
    return curve.rename("information").assign_attrs(units="rad⁻²", estimator=estimator)


def _check_stimuli(
    encoder: Callable, images: ArrayLike | Callable[..., ArrayLike], angles: ArrayLike
) -> tuple[np.ndarray | Callable, np.ndarray]:
    if not callable(images):
        images = np.asarray(images, dtype=np.float32)
        if images.ndim != 3 or images.shape[1] != images.shape[2] or not images.size:
            raise ValueError(f"images must be upright faces of shape (n, H, H), as wide as high; got {images.shape}")
        if not np.isfinite(images).all():
            raise ValueError("images must be finite; they hold NaN or infinity")
        if isinstance(encoder, Ensemble):
            encoder.check_upright(images)
    angles = np.atleast_1d(numbers("angles", angles, finite=False))
    if angles.ndim != 1 or len(angles) == 0 or not np.isfinite(angles).all():
        raise ValueError(f"angles must be a list of finite angles in rad, shape (A,); got {angles}")
    return images, angles


def _interpolation(encoder: Callable, interpolation: str | None) -> str:
    chosen = getattr(encoder, "interpolation", "bilinear") if interpolation is None else interpolation
    check_choice("interpolation", chosen, INTERPOLATIONS)
    return chosen


def _over_angles(one_angle: Callable, angles: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """What ``one_angle`` gives for each angle: angles side by side, each on one core.

    Sharing the products of one angle between the cores would leave its interpolation to one of them. And a product on
    one core rounds the same way however many cores there are.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one_angle, angles))
    finally:
        torch.set_num_threads(threads)


def _columns(images: np.ndarray) -> list[np.ndarray]:
    """Flat images as columns (H·W, n), the layout in which a sparse rotation reads and writes whole rows; in blocks."""
    flat = images.reshape(len(images), -1)
    return [
        np.ascontiguousarray(flat[start : start + _FACES_AT_ONCE].T) for start in range(0, len(flat), _FACES_AT_ONCE)
    ]


def _push_forward_discs(
    ensemble: Ensemble, blocks: Sequence[np.ndarray], step: float, interpolation: str, angle: float
) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and tangents of an ensemble at one angle, from the pixels inside the disc alone."""
    operators = [
        rotation_operator(float(angle) + offset, ensemble.network.pixels, interpolation=interpolation)
        for offset in (0.0, step, -step)
    ]
    passes = [_push_forward_columns(ensemble, operators, columns, step) for columns in blocks]
    z, t = passes[0] if len(passes) == 1 else (np.concatenate(arrays, axis=1) for arrays in zip(*passes, strict=True))
    return z, t


def _push_forward_columns(
    ensemble: Ensemble, operators: Sequence, columns: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray]:
    here, after, before = (operator @ columns for operator in operators)
    n = columns.shape[1]
    both = np.empty((len(here), 2 * n), dtype=np.float32)
    both[:, :n] = here
    np.subtract(after, before, out=both[:, n:])
    with torch.no_grad():
        z, difference = ensemble.push_forward(torch.from_numpy(both))
    # Linear in the images' derivative, so that their difference may be divided last, where it is small.
    return z.double().numpy(force=True), difference.double().numpy(force=True) / (2 * step)


def _shown(images: np.ndarray | Callable, angle: float, interpolation: str) -> torch.Tensor:
    """What is shown at one angle."""
    if not callable(images):
        return torch.from_numpy(rotate(images, angle, interpolation=interpolation))
    try:
        found = images(float(angle))
    except TypeError:  # torch's own functions take no plain number
        found = images(torch.tensor(float(angle), dtype=torch.float64))
    found = torch.as_tensor(found).detach()
    if found.ndim < 2 or not torch.isfinite(found).all():
        raise ValueError(
            f"stimuli must be finite, of shape (n, ...), n of them at every angle; at {angle:.4f} rad they are "
            f"{tuple(found.shape)}"
        )
    return found.to(torch.float32) if found.is_floating_point() else found


def _moving(
    images: np.ndarray | Callable, angle: float, step: float, interpolation: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """What is shown at one angle, and its derivative."""
    x = _shown(images, angle, interpolation)
    if not (callable(images) and _is_torch(images, angle)):
        before, after = (_shown(images, angle + offset, interpolation) for offset in (-step, step))
        return x, (after - before) / (2 * step)
    theta = torch.tensor(float(angle), dtype=torch.float64)
    with _forward_mode():
        _, dx = torch.func.jvp(images, (theta,), (torch.ones_like(theta),))
    # What left torch on its way has no derivative there, and would look as if it stood still.
    small = 1e-3
    before, after = (_shown(images, angle + offset, interpolation) for offset in (-small, small))
    numeric = (after - before) / (2 * small)
    if torch.linalg.vector_norm(dx - numeric) > 0.1 * torch.linalg.vector_norm(numeric) + 1e-3 * numeric.numel() ** 0.5:
        raise ValueError(
            f"at {angle:.4f} rad the stimuli change otherwise than torch's derivative of them says: keep θ a tensor "
            "all the way, or return NumPy arrays, which are differentiated numerically"
        )
    return x, dx.to(torch.float32)


def _is_torch(stimuli: Callable, angle: float) -> bool:
    """Whether stimuli are made by torch, so that it can differentiate them."""
    try:
        return isinstance(stimuli(float(angle)), torch.Tensor)
    except TypeError:
        return True


@contextmanager
def _forward_mode() -> Iterator[None]:
    """torch.func.jvp, without gradients and what it warns of."""
    with torch.no_grad(), warnings.catch_warnings():
        # torch warns of its own use of torch.jit.script when forward-mode differentiation is first loaded: 2.13 that it
        # is deprecated, which is seldom shown, newer ones in a category that all users see.
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.script`")
        yield


def _push_forward(encoder: Callable, x: torch.Tensor, dx: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and tangents of any encoder at one angle."""
    encoder = _replicates(encoder)
    with torch.no_grad():
        tensors = isinstance(encoder(x[:1]), torch.Tensor)
    if tensors:
        with _forward_mode():
            value, tangent = torch.func.jvp(encoder, (x,), (dx,))
        return _float64(value), _float64(tangent)
    h = 1e-3  # rad: x ± h·dx stay images, and the encoder's own arithmetic decides how small h could be
    ahead, behind = (_float64(encoder(x + sign * h * dx)) for sign in (1, -1))
    return _float64(encoder(x)), (ahead - behind) / (2 * h)


def _replicates(encoder: Callable) -> Callable:
    """An encoder that returns (R, n, d), also of one that returns (n, d); a torch module gets what its weights are."""
    weight = next(encoder.parameters(), None) if isinstance(encoder, torch.nn.Module) else None

    def encode(x: torch.Tensor):
        value = encoder(x if weight is None else x.to(weight))
        return value[None] if np.ndim(value) == 2 else value

    return encode


def _float64(value) -> np.ndarray:
    return value.double().numpy(force=True) if isinstance(value, torch.Tensor) else np.asarray(value, dtype=np.float64)


def _labelled(values: np.ndarray, encoder: Callable | None, angles: np.ndarray) -> xr.DataArray:
    if values.ndim != 4:
        raise ValueError(
            f"an encoder must return (replicates, faces, outputs) or (faces, outputs); got {values[:, 0].shape}"
        )
    return xr.DataArray(
        values, dims=("replicate", "angle", "face", "output"), coords=coordinates(encoder, len(values), angles)
    )


def coordinates(encoder: Callable | None, replicates: int, angles: np.ndarray) -> dict[str, Any]:
    """Coordinates of what is measured of an encoder along the angle; of an ensemble, with its conditions."""
    coordinates = {"replicate": np.arange(replicates), "angle": ("angle", angles, {"units": "rad"})}
    conditions = getattr(encoder, "conditions", None)
    if conditions is not None:
        for name, attribute in (
            ("encoding", "encoding"), ("loss", "loss"), ("density", "density_name"), ("number", "replicate"),
            ("pretrained_on", "pretrained_on"), ("constraint", "constraint"), ("order", "order"),
        ):  # fmt: skip
            coordinates[name] = ("replicate", [getattr(condition, attribute) for condition in conditions])
    return coordinates
