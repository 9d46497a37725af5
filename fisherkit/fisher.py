"""Fisher information of embeddings. Knows embeddings and their tangents; must not know how networks were trained.

n faces are shown at one angle. z_i ∈ R^d is the embedding of face i, t_i = dz_i/dθ its tangent, μ′ the mean tangent, S
and Γ the sample covariances (divisor n − 1) of embeddings and tangents. Everything is float64 from the embedding on.
Information is in rad⁻². This is the information that the *code* carries about the angle; the Fisher matrix of a
network's parameters is another object.
"""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import xarray as xr

from fisherkit import codes
from fisherkit.arrays import Values
from fisherkit.faces import rotate, rotation_operator
from fisherkit.model import Ensemble

CORRECTIONS = ("paired", "wishart", "none")
ESTIMATORS = ("paired", "wishart", "plug-in", "decoded")

#: A covariance of a larger condition number leaves fewer than about four digits to an inverse in double precision.
LARGEST_CONDITION_NUMBER = 1e12


#: Embeddings (faces × replicates × angles) that are held at once: about 64 MB with their tangents, in double precision.
_BLOCK_VALUES = 2_000_000


class SingularCovarianceError(ValueError):
    """The embeddings at one angle span too few dimensions for their covariance to be inverted.

    Attributes
    ----------
    place : the index of the first such covariance among those given.
    """

    def __init__(self, message: str, place: tuple[int, ...]) -> None:
        super().__init__(message)
        self.place = place


def linear_fisher(embeddings, tangents, *, correction: str = "paired") -> Values:
    r"""Information in the mean of the code, from samples of the code and of its derivative.

    The plug-in estimate (``correction="none"``) is

    .. math:: I_n = \mu'^\top S^{-1} \mu',

    the information of a Gaussian code whose covariance does not change with θ, or for any code that which the best
    linear read-out finds. It is biased upwards. The paired estimate, the default,

    .. math:: \frac{n-d-2}{n-1}\left[ I_n - \frac{1}{n}\operatorname{tr}(S^{-1}\Gamma) \right],

    removes the noise of both S and μ′ where the same faces give z_i and t_i. For jointly Gaussian z and t it is
    unbiased, but for a term of order 1/n² where they are correlated. Chance may make it negative; it is not clipped.
    Roots and integrals need a positive estimate: ``correction="wishart"`` removes the noise of S alone,

    .. math:: \frac{n-d-2}{n-1} I_n,

    and keeps the bias that the noise of μ′ gives, tr(Σ⁻¹Γ)/n for independent z and t.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each, arrays or tensors; tangents in units of the embedding per rad.
    correction : ``"paired"``, ``"wishart"`` or ``"none"``.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError
        For shapes that differ, values that are not finite, or too few faces (n must exceed d + 2).
    SingularCovarianceError
        Where a covariance cannot be inverted; the message names the place and the condition number.

    References
    ----------
    The corrections' factors: E[S⁻¹] = (n−1)/(n−d−2) Σ⁻¹ for Gaussian samples (Wishart); compare Kanitscheider et al.
    2015, PLoS Computational Biology 11, whose correction is for independent trials instead.
    """
    if correction not in CORRECTIONS:
        raise ValueError(f"correction must be one of {', '.join(CORRECTIONS)}; got {correction!r}")
    z, t = _samples(embeddings, tangents)
    n, d = z.shape[-2:]
    slope = t.mean(axis=-2)
    # One factorisation serves μ′ and all tangents: with S = L Lᵀ, μ′ᵀ S⁻¹ μ′ = |L⁻¹ μ′|².
    factor = _cholesky(_covariance(z))
    plug_in = (_solve_lower(factor, slope[..., None]) ** 2).sum(axis=(-1, -2))
    if correction == "none":
        return plug_in
    if correction == "wishart":
        return wishart_factor(n, d) * plug_in
    # tr(S⁻¹ Γ) = tr(L⁻¹ Γ L⁻ᵀ)
    half = _solve_lower(factor, _covariance(t))
    trace = np.trace(_solve_lower(factor, np.swapaxes(half, -1, -2)), axis1=-2, axis2=-1)
    return wishart_factor(n, d) * (plug_in - trace / n)


def wishart_factor(n, d: int):
    """(n − d − 2)/(n − 1): what makes S⁻¹ of n Gaussian samples (a number, or an array) unbiased in d dimensions."""
    return (n - d - 2) / (n - 1)


def decoded_fisher(embeddings, tangents, *, encoding: str) -> Values:
    r"""Information in the decoded angle: what the loss rewards.

    .. math:: I_\mathrm{dec} = \frac{(\mathrm{d}E[\hat\theta]/\mathrm{d}\theta)^2}{\operatorname{Var}[\hat\theta]}

    with the derivative pushed through the decoder face by face, and angles taken about their circular mean where the
    encoding is a circle. In the linear encoding it never exceeds the plug-in embedding information (Cauchy–Schwarz).

    Parameters
    ----------
    embeddings, tangents : (..., n, 2) each; tangents in units of the embedding per rad.
    encoding : ``"linear"``, ``"circular"`` or ``"geodesic"``.

    Returns
    -------
    (...) float64, in rad⁻².

    Raises
    ------
    ValueError, SingularCovarianceError
        As :func:`linear_fisher`.
    """
    z, t = _samples(embeddings, tangents)
    angle = codes.decode(z, encoding)
    if codes.domain(encoding) == "circular":
        centre = np.angle(np.exp(1j * angle).mean(axis=-1, keepdims=True))
        angle = codes.wrap(angle - centre)
    return linear_fisher(angle[..., None], codes.decode_tangent(z, t, encoding)[..., None], correction="none")


def condition_number(embeddings) -> Values:
    """Largest ÷ smallest eigenvalue of the covariance of embeddings (..., n, d); infinite where it is singular."""
    values = np.linalg.eigvalsh(_covariance(np.asarray(embeddings, dtype=np.float64)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values[..., -1] / values[..., 0]
    return np.where(values[..., 0] > 0, ratio, np.inf)


def variance_along_tangent(embeddings, tangents) -> Values:
    r"""Share of a cloud's variance that lies along the direction in which its mean moves.

    .. math:: \frac{u^\top S u}{\operatorname{tr} S}, \qquad u = \mu' / |\mu'|

    is 1/d for a round cloud, and 1 for one that is drawn out along the line of means, where it costs information.

    Parameters
    ----------
    embeddings, tangents : (..., n, d) each; tangents in units of the embedding per rad.

    Returns
    -------
    (...) float64, from 0 to 1.

    Raises
    ------
    ValueError
        As :func:`linear_fisher`; and where a mean does not move or a cloud is a point, so that there is no share.
    """
    z, t = _samples(embeddings, tangents)
    slope, covariance = t.mean(axis=-2), _covariance(z)
    length = (slope**2).sum(axis=-1)
    total = np.trace(covariance, axis1=-2, axis2=-1)
    if not ((length > 0).all() and (total > 0).all()):
        raise ValueError(
            "a share along the tangent needs means that move and clouds that scatter; one of them does not"
        )
    return np.einsum("...i,...ij,...j->...", slope, covariance, slope) / length / total


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
    step: float = 0.05,
    interpolation: str | None = None,
) -> xr.DataArray:
    """Fisher information of an encoder along the angle.

    Parameters
    ----------
    encoder : callable (n, H, W) → (R, n, d); a trained ensemble is one.
    images : (n, H, W) upright faces, each shown once at every angle.
    angles : (A,) rad.
    estimator : ``"paired"``, ``"wishart"`` and ``"plug-in"`` (:func:`linear_fisher`), or ``"decoded"``
        (:func:`decoded_fisher`).
    step : half-width in rad of the central difference that gives the image derivative.
    interpolation : of the rotation; None means the one the encoder was trained with (else bilinear).

    Returns
    -------
    DataArray (replicate, angle), float64 in rad⁻², with the coordinate ``condition_number`` of the embedding's
    covariance and, for a trained ensemble, ``encoding``, ``loss``, ``density`` and ``number`` of each replicate.

    Raises
    ------
    ValueError
        For an unknown estimator, images or angles of the wrong shape, or ``"decoded"`` with an encoder that does not
        say its encodings.
    SingularCovarianceError
        Where a covariance cannot be inverted.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"estimator must be one of {', '.join(ESTIMATORS)}; got {estimator!r}")
    images, angles = _check_stimuli(images, angles)
    # A few angles at a time, of which only the estimates are kept: memory grows neither with the angles nor, beyond the
    # networks themselves, with the replicates.
    block = max(1, _BLOCK_VALUES // (len(images) * (len(encoder) if isinstance(encoder, Ensemble) else 1)))
    curves = [
        information(
            embed_with_tangents(encoder, images, angles[start : start + block], step=step, interpolation=interpolation),
            estimator=estimator,
        )
        for start in range(0, len(angles), block)
    ]
    return xr.concat(curves, dim="angle", coords="minimal", compat="override", combine_attrs="override")


def information(code: Code, *, estimator: str = "paired") -> xr.DataArray:
    """:func:`fisher_curve` of a code that is at hand already."""
    z, t = code.embeddings, code.tangents
    if estimator == "decoded" and "encoding" not in z.coords:
        raise ValueError(
            "the decoded information needs to know how to decode: give an encoder with .conditions, "
            "or call decoded_fisher(embeddings, tangents, encoding=...)"
        )
    values = np.empty(z.shape[:2])
    for k in range(len(z)):
        try:
            if estimator == "decoded":
                values[k] = decoded_fisher(z[k].values, t[k].values, encoding=str(z["encoding"][k].item()))
            else:
                correction = "none" if estimator == "plug-in" else estimator
                values[k] = linear_fisher(z[k].values, t[k].values, correction=correction)
        except SingularCovarianceError as error:
            angle = float(z.angle[error.place[0]])
            raise SingularCovarianceError(f"replicate {k}, angle {angle:.4f} rad: {error}", error.place) from error
    curve = z.isel(face=0, output=0, drop=True).copy(data=values)
    curve = curve.assign_coords(condition_number=(("replicate", "angle"), condition_number(z.values)))
    return curve.rename("information").assign_attrs(units="rad⁻²", estimator=estimator)


def _samples(embeddings, tangents) -> tuple[np.ndarray, np.ndarray]:
    z, t = (np.asarray(array, dtype=np.float64) for array in (embeddings, tangents))
    if z.ndim < 2 or z.shape != t.shape:
        raise ValueError(
            f"embeddings and tangents must have one shape, (..., faces, dimensions); got {z.shape} and {t.shape}"
        )
    n, d = z.shape[-2:]
    if n <= d + 2:
        raise ValueError(f"an estimate in {d} dimensions needs more than {d + 2} faces; got {n}")
    if not (np.isfinite(z).all() and np.isfinite(t).all()):
        raise ValueError("embeddings and tangents must be finite; they hold NaN or infinity")
    return z, t


def _covariance(z: np.ndarray) -> np.ndarray:
    centred = z - z.mean(axis=-2, keepdims=True)
    return np.swapaxes(centred, -1, -2) @ centred / (z.shape[-2] - 1)


def _cholesky(covariance: np.ndarray) -> np.ndarray:
    """Lower Cholesky factors, or an error that says where there is none."""
    values = np.linalg.eigvalsh(covariance)
    bad = ~(values[..., 0] * LARGEST_CONDITION_NUMBER > values[..., -1])
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        low, high = values[place][0], values[place][-1]
        number = high / low if low > 0 else np.inf
        where = f" at index {place}" if place else ""
        raise SingularCovarianceError(
            f"the covariance of the embeddings{where} cannot be inverted: its condition number is {number:.2g}, "
            f"more than {LARGEST_CONDITION_NUMBER:.0e}. Show more faces, leave out outputs that repeat others, or use "
            "the decoded information, which needs one variance only",
            place,
        )
    return np.linalg.cholesky(covariance)


def _solve_lower(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solutions of L x = right, for stacks of matrices: torch's solver, because SciPy's loops over the stack."""
    return torch.linalg.solve_triangular(torch.from_numpy(factor), torch.from_numpy(right.copy()), upper=False).numpy()


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
    coordinates = {"replicate": np.arange(len(values)), "angle": ("angle", angles, {"units": "rad"})}
    conditions = getattr(encoder, "conditions", None)
    if conditions is not None:
        for name, attribute in (
            ("encoding", "encoding"), ("loss", "loss"), ("density", "density_name"), ("number", "replicate"),
            ("pretrained_on", "pretrained_on"), ("constraint", "constraint"),
        ):  # fmt: skip
            coordinates[name] = ("replicate", [getattr(condition, attribute) for condition in conditions])
    return xr.DataArray(values, dims=("replicate", "angle", "face", "output"), coords=coordinates)
