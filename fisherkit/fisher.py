"""Fisher information of encoders along the angle. Knows encoders and images; must not know how networks were trained.

Embeddings and their tangents come from here, the estimates from :mod:`fisherkit.estimators`, all of whose names can be
had from here too.
"""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import xarray as xr

from fisherkit.checks import check_choice
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
from fisherkit.faces import rotate, rotation_operator
from fisherkit.model import Ensemble

__all__ = [
    "CORRECTIONS",
    "ESTIMATORS",
    "LARGEST_CONDITION_NUMBER",
    "Code",
    "SingularCovarianceError",
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


@dataclass(frozen=True)
class Code:
    """A code at one or more angles: ``embeddings`` and ``tangents``, both (replicate, angle, face, output) float64."""

    embeddings: xr.DataArray
    tangents: xr.DataArray


def embed(encoder: Callable, images, angles, *, interpolation: str | None = None) -> xr.DataArray:
    """Embeddings of faces at angles.

    Parameters
    ----------
    encoder : callable (n, H, W) → (R, n, d); a trained ensemble is one.
    images : (n, H, W) upright faces, each shown once at every angle.
    angles : (A,) rad.
    interpolation : of the rotation; None means the one the encoder was trained with (else bilinear).

    Returns
    -------
    DataArray (replicate, angle, face, output), float64.
    """
    images, angles = _check_stimuli(images, angles)
    interpolation = _interpolation(encoder, interpolation)
    with torch.no_grad():
        values = [
            np.asarray(encoder(torch.from_numpy(rotate(images, angle, interpolation=interpolation))), dtype=np.float64)
            for angle in angles
        ]
    return _labelled(np.stack(values, axis=1), encoder, angles)


def embed_with_tangents(
    encoder: Callable, images, angles, *, step: float = 0.05, interpolation: str | None = None
) -> Code:
    """Embeddings of faces at angles, and their derivatives with respect to the angle.

    The image derivative, (x(θ + step) − x(θ − step)) / (2 step), is pushed through the network in the pass that gives
    the values (forward-mode differentiation). An encoder that does not return tensors is differentiated numerically,
    along the same image derivative.

    Parameters
    ----------
    step : half-width in rad of the central difference of the images.
    encoder, images, angles, interpolation : see :func:`embed`.
    """
    images, angles = _check_stimuli(images, angles)
    if not step > 0:
        raise ValueError(f"step must be positive, in rad; got {step}")
    interpolation = _interpolation(encoder, interpolation)
    if isinstance(encoder, Ensemble):
        passes = _over_angles(partial(_push_forward_discs, encoder, _columns(images), step, interpolation), angles)
    else:
        passes = [_push_forward_images(encoder, images, step, interpolation, angle) for angle in angles]
    return Code(*(_labelled(np.stack(arrays, axis=1), encoder, angles) for arrays in zip(*passes, strict=True)))


def fisher_curve(
    encoder: Callable,
    images,
    angles,
    *,
    estimator: str = "paired",
    person=None,
    step: float = 0.05,
    interpolation: str | None = None,
) -> xr.DataArray:
    """Fisher information of an encoder along the angle.

    Parameters
    ----------
    encoder : callable (n, H, W) → (R, n, d); a trained ensemble is one.
    images : (n, H, W) upright faces, each shown once at every angle.
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
    images, angles = _check_stimuli(images, angles)
    # A few angles at a time, of which only the estimates are kept: memory grows neither with the angles nor, beyond the
    # networks themselves, with the replicates.
    block = max(1, _BLOCK_VALUES // (len(images) * (len(encoder) if isinstance(encoder, Ensemble) else 1)))
    curves = [
        information(
            embed_with_tangents(encoder, images, angles[start : start + block], step=step, interpolation=interpolation),
            estimator=estimator,
            person=person,
            step=step,
        )
        for start in range(0, len(angles), block)
    ]
    return xr.concat(curves, dim="angle", coords="minimal", compat="override", combine_attrs="override")


def information(code: Code, *, estimator: str = "paired", person=None, step: float = 0.05) -> xr.DataArray:
    """:func:`fisher_curve` of a code that is at hand already."""
    z, t = code.embeddings, code.tangents
    values = np.empty(z.shape[:2])
    for k in range(len(z)):
        encoding = str(z["encoding"][k].item()) if "encoding" in z.coords else None
        try:
            values[k] = named_estimate(estimator, z[k].values, t[k].values, encoding=encoding, person=person, step=step)
        except SingularCovarianceError as error:
            angle = float(z.angle[error.place[0]])
            raise SingularCovarianceError(f"replicate {k}, angle {angle:.4f} rad: {error}", error.place) from error
    curve = z.isel(face=0, output=0, drop=True).copy(data=values)
    curve = curve.assign_coords(condition_number=(("replicate", "angle"), condition_number(z.values)))
    return curve.rename("information").assign_attrs(units="rad⁻²", estimator=estimator)


def _check_stimuli(images, angles) -> tuple[np.ndarray, np.ndarray]:
    images = np.asarray(images, dtype=np.float32)
    angles = np.atleast_1d(np.asarray(angles, dtype=np.float64))
    if images.ndim != 3:
        raise ValueError(f"images must be upright faces of shape (n, H, W); got {images.shape}")
    if angles.ndim != 1 or len(angles) == 0:
        raise ValueError(f"angles must be a list of angles in rad, shape (A,); got shape {angles.shape}")
    return images, angles


def _interpolation(encoder: Callable, interpolation: str | None) -> str:
    return interpolation or getattr(encoder, "interpolation", "bilinear")


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


def _columns(images: np.ndarray) -> np.ndarray:
    """Flat images as columns (H·W, n), the layout in which a sparse rotation reads and writes whole rows."""
    return np.ascontiguousarray(images.reshape(len(images), -1).T)


def _push_forward_discs(
    ensemble: Ensemble, columns: np.ndarray, step: float, interpolation: str, angle: float
) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and tangents of an ensemble at one angle, from the pixels inside the disc alone."""
    operators = (
        rotation_operator(float(angle) + offset, ensemble.network.pixels, interpolation=interpolation)
        for offset in (0.0, step, -step)
    )
    here, after, before = (operator @ columns for operator in operators)
    n = columns.shape[1]
    both = np.empty((len(here), 2 * n), dtype=np.float32)
    both[:, :n] = here
    np.subtract(after, before, out=both[:, n:])
    with torch.no_grad():
        z, difference = ensemble.push_forward(torch.from_numpy(both))
    # Linear in the images' derivative, so that their difference may be divided last, where it is small.
    return z.double().numpy(force=True), difference.double().numpy(force=True) / (2 * step)


def _push_forward_images(
    encoder: Callable, images: np.ndarray, step: float, interpolation: str, angle: float
) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and tangents of any encoder at one angle."""
    before, x, after = (
        torch.from_numpy(rotate(images, angle + offset, interpolation=interpolation)) for offset in (-step, 0.0, step)
    )
    dx = (after - before) / (2 * step)
    with torch.no_grad():
        tensors = isinstance(encoder(x[:1]), torch.Tensor)
    if tensors:
        with torch.no_grad(), warnings.catch_warnings():
            # torch 2.13 warns of its own use of torch.jit.script when forward-mode differentiation is first loaded.
            warnings.filterwarnings("ignore", message=r"`torch\.jit\.script`", category=DeprecationWarning)
            value, tangent = torch.func.jvp(encoder, (x,), (dx,))
        return value.double().numpy(force=True), tangent.double().numpy(force=True)
    h = 1e-3  # rad: x ± h·dx stay images, and the encoder's own arithmetic decides how small h could be
    ahead, behind = (np.asarray(encoder(x + sign * h * dx), dtype=np.float64) for sign in (1, -1))
    return np.asarray(encoder(x), dtype=np.float64), (ahead - behind) / (2 * h)


def _labelled(values: np.ndarray, encoder: Callable, angles: np.ndarray) -> xr.DataArray:
    if values.ndim != 4:
        raise ValueError(f"an encoder must return (replicates, faces, outputs); got {values[:, 0].shape}")
    return xr.DataArray(
        values, dims=("replicate", "angle", "face", "output"), coords=coordinates(encoder, len(values), angles)
    )


def coordinates(encoder: Callable, replicates: int, angles: np.ndarray) -> dict:
    """Coordinates of what is measured of an encoder along the angle; of an ensemble, with its conditions."""
    coordinates = {"replicate": np.arange(replicates), "angle": ("angle", angles, {"units": "rad"})}
    conditions = getattr(encoder, "conditions", None)
    if conditions is not None:
        for name, attribute in (
            ("encoding", "encoding"), ("loss", "loss"), ("density", "density_name"), ("number", "replicate"),
            ("pretrained_on", "pretrained_on"), ("constraint", "constraint"),
        ):  # fmt: skip
            coordinates[name] = ("replicate", [getattr(condition, attribute) for condition in conditions])
    return coordinates
