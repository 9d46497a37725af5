"""Information of networks with its resamples: what a page draws, how sure it is. Must not know figures or pages."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from fisherkit import codes, fisher, stats
from fisherkit.densities import Density, normalised
from fisherkit.faces import Faces

#: A curve made of information along the angle: (…, A) in rad⁻² and (A,) in rad -> (…, A).
Transform = Callable[[np.ndarray, np.ndarray], np.ndarray]


def information(values, angle):
    """The information itself, in rad⁻²."""
    return values


def root(values, angle):
    """√I, in rad⁻¹."""
    return np.sqrt(values)


def normalised_root(values, angle):
    """√I ÷ ∫√I dθ, in rad⁻¹."""
    return normalised(np.sqrt(values), angle)


def normalised_information(values, angle):
    """I ÷ ∫I dθ, in rad⁻¹."""
    return normalised(values, angle)


def mean_squared_error(values, angle):
    """1 ÷ the precision that :func:`achieved_precision` measures: E[(θ̂ − θ)²], in rad²."""
    return 1 / values


@dataclass(frozen=True)
class Measured:
    """Information, or another precision, of several networks along the angle, and the same with people drawn again.

    Attributes
    ----------
    information : (replicate, angle), in rad⁻², with the coordinates of :func:`fisherkit.fisher.fisher_curve`.
    draws : (draw, replicate, angle).
    seed : of the draws; what is drawn from them is drawn with it too.
    """

    information: xr.DataArray
    draws: Float[np.ndarray, "draw replicate angle"]
    seed: int

    @property
    def angle(self) -> np.ndarray:
        """(A,) rad."""
        return self.information.angle.values

    def select(self, **coordinates) -> "Measured":
        """The networks whose coordinates have the given values, such as ``loss="linear"``.

        Raises
        ------
        LookupError
            Where none has.
        """
        rows = np.ones(len(self.information), dtype=bool)
        for name, value in coordinates.items():
            rows &= (self.information[name] == value).values
        if not rows.any():
            raise LookupError(f"no network here has {coordinates}")
        return Measured(self.information[rows], self.draws[:, rows], self.seed)

    def first(self) -> "Measured":
        """The first network alone."""
        return Measured(self.information[:1], self.draws[:, :1], self.seed)

    def lines(self, transform: Transform) -> Float[np.ndarray, "replicate angle"]:
        """The curve of each network."""
        return transform(self.information.values, self.angle)

    def band(self, transform: Transform) -> stats.Band:
        """The mean curve over networks, its simultaneous band over people and networks (one network: over people)."""
        return stats.band_of_mean(self.lines(transform), transform(self.draws, self.angle), seed=(self.seed, 1))


def measure(encoder: Callable, faces: Faces, angles, *, draws: int = 1000, seed: int = 0) -> Measured:
    """Wishart-corrected information of an encoder at the given faces, by person, and a bootstrap of it over people.

    Parameters
    ----------
    encoder, angles : see :func:`fisherkit.fisher.fisher_curve`.
    faces : each shown once at every angle.
    draws, seed : of :func:`fisherkit.stats.bootstrap_people`.
    """
    return measured_of(fisher.embed_with_tangents(encoder, faces.images, angles), faces, draws=draws, seed=seed)


def measured_of(code: fisher.Code, faces: Faces, *, draws: int = 1000, seed: int = 0) -> Measured:
    """:func:`measure` of a code that is at hand already."""
    # First, because it says which replicate and angle have no inverse.
    values = fisher.information(code, estimator="wishart", person=faces.person)
    drawn = stats.bootstrap_people(
        code.embeddings.values, code.tangents.values, faces.person, draws=draws, seed=(seed, 0)
    )
    return Measured(values, drawn, seed)


def achieved_precision(embeddings: xr.DataArray, person, *, draws: int = 1000, seed: int = 0) -> Measured:
    """1/E[(θ̂ − θ)²] of the decoded angle, bias included, and a bootstrap of it over people.

    It has the unit of an information, and is the decoded one where there is no bias. The transform
    :func:`mean_squared_error` makes it an error again.

    Parameters
    ----------
    embeddings : (replicate, angle, face, output), as :func:`fisherkit.fisher.embed` gives those of an ensemble.
    person : (face,) whose face it is.
    draws, seed : of :func:`fisherkit.stats.bootstrap_mean`; for the seed of :func:`measure`, the same people.
    """
    square = errors(embeddings).values ** 2
    precision = embeddings.isel(face=0, output=0, drop=True).copy(data=1 / square.mean(axis=-1)).rename("precision")
    drawn = stats.bootstrap_mean(square, np.asarray(person), draws=draws, seed=(seed, 0))
    return Measured(precision.assign_attrs(units="rad⁻²"), 1 / drawn, seed)


def ratio_band(numerator: Measured, denominator: Measured, transform: Transform) -> stats.Band:
    """Mean curve of some networks ÷ that of as many others, with a simultaneous band.

    In each draw both have the same people and the same replicates: those of two losses began alike and saw the same
    samples.
    """
    above, below = (
        (networks.lines(transform), transform(networks.draws, networks.angle)) for networks in (numerator, denominator)
    )
    return stats.band_of_mean(*above, against=below, paired=True, seed=(numerator.seed, 1))


def common_angles(
    density: Density, angle: Float[np.ndarray, " angle"], *, share: float = 0.1
) -> Bool[np.ndarray, " angle"]:
    """Where on a grid (rad) the density exceeds a share of its peak.

    Each place once: the last angle of a circle is its first, and left out.
    """
    p = density.pdf(angle)
    once = np.ones(len(angle), dtype=bool)
    once[-1] = not np.isclose(angle[-1] - angle[0], 2 * np.pi)
    return once & (p > share * p.max())


def exponent(measured: Measured, density: Density) -> stats.Estimate | None:
    """Exponent of I ∝ p^α at the :func:`common_angles`, over networks; None where the grid is too coarse for one."""
    return exponent_of(measured.information, density)


def exponent_of(
    precision: xr.DataArray, density: Density, *, share: float = 0.1, shape: Float[np.ndarray, " angle"] | float = 1.0
) -> stats.Estimate | None:
    """Exponent of any precision along the angle, (replicate, angle), as :func:`exponent`.

    Parameters
    ----------
    share : of its peak that the density must exceed.
    shape : what the precision is divided by first, such as that of networks trained on the uniform density.
    """
    angle = precision.angle.values
    p, where = density.pdf(angle), common_angles(density, angle, share=share)
    if len(np.unique(p[where].round(6))) < 3:
        return None
    return stats.fit_exponent((precision.values / shape)[:, where], p[where])


def power_of_density(
    density: Density, exponent: float, angle: Float[np.ndarray, " angle"]
) -> tuple[Float[np.ndarray, " angle"], Float[np.ndarray, " angle"]]:
    """p, and p^exponent ÷ its integral over the angle, in the order of p: a reference line, in rad⁻¹ both."""
    p = density.pdf(angle)
    order = np.argsort(p)
    return p[order], normalised(p**exponent, angle)[order]


def errors(embeddings: xr.DataArray) -> xr.DataArray:
    """Decoded − true angle of embeddings (replicate, angle, face, output), in rad, on the circle where it is one."""
    found = embeddings.isel(output=0, drop=True).copy()
    for k, encoding in enumerate(embeddings["encoding"].values.tolist()):
        decoded = codes.decode(embeddings[k].values, encoding)
        found[k] = codes.angular_error(decoded, embeddings.angle.values[:, None], encoding)
    return found


def error_precision(embeddings: xr.DataArray, *, order: float) -> xr.DataArray:
    r"""Precision of the decoded angle as a loss of order q sees it, (replicate, angle) in rad⁻²:

    .. math:: A_q = \left(\mathrm{E}\,|e|^q\right)^{-2/q}, \qquad A_0 = \exp(-2\,\mathrm{E}\log|e|).

    :math:`A_2` is the inverse mean squared error, :math:`A_0` the inverse square of the error scale (the geometric mean
    of \|e\|). For normal errors all of them are multiples of the inverse variance.

    Raises
    ------
    ValueError
        For a negative order.
    """
    if order < 0:
        raise ValueError(f"the order of a loss is at least 0 (0 stands for log); got {order}")
    size = np.abs(errors(embeddings)) + codes.EPSILON  # as inside every loss: a perfect answer has no logarithm
    if order == 0:
        return np.exp(-2 * np.log(size).mean("face"))
    return (size**order).mean("face") ** (-2 / order)
