"""Codes whose information is known. Knows how to write it down and to sample like faces; must not know estimators.

A face is a latent x_i ∈ R^d, fixed while it turns: zero mean, unit variances, independent between components.
Its embedding is ::

    z_i(θ) = μ′ θ + L(θ) x_i,    L(θ) = L₀ exp(θG),

and its tangent t_i = μ′ + L G x_i is exact. In the latent's coordinates the code drifts by a = L⁻¹ μ′ and G, whatever
L is. So the linear information is ‖a‖², and the whole information follows from a, G and the latent's density f::

    I = Σ_j [a_j² J + 2 a_j G_jj K + G_jj² (M − 1)] + Σ_{j≠k} [G_jk² J + G_jk G_kj],

with J, K and M the expectations of ψ², ψ² x and ψ² x², ψ = −(log f)′. A Gaussian has 1, 0 and 3, which gives
‖a‖² + ½ tr[(G + Gᵀ)²]; those of other densities are integrated numerically.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.stats
import xarray as xr
from jaxtyping import Float
from numpy.typing import ArrayLike

from fisherkit.arrays import Seed
from fisherkit.checks import MOST, check_choice, check_count, check_fields, checked
from fisherkit.fisher import Code

_DEGREES = 5.0


def _student_score(y):
    return (_DEGREES + 1) * y / (_DEGREES + y**2)


#: A density of each latent, before it is centred and scaled to unit variance, and −(log f)′ of it.
_LATENTS = {
    "gaussian": (scipy.stats.norm(), lambda y: y),
    "heavy-tailed": (scipy.stats.t(_DEGREES), _student_score),
    "skewed": (scipy.stats.gumbel_r(), lambda y: 1 - np.exp(-y)),
}
LATENTS = tuple(_LATENTS)


@dataclass(frozen=True)
class KnownCode:
    """A code of known information; the module says which.

    Attributes
    ----------
    slope : (d,) μ′, in units of the embedding per rad.
    root : (d, d) L₀, invertible.
    growth : (d, d) G, in rad⁻¹. Where G + Gᵀ = 0, the covariance does not change.
    turn : ω in rad per rad. Each face has a second latent y_i, and x_i cos ωθ + y_i sin ωθ stands for x_i: tangents
        scatter by what embeddings do not tell, and no density changes. Only for a Gaussian latent.
    latent : ``"gaussian"``, ``"heavy-tailed"`` (Student's t of 5 degrees of freedom) or ``"skewed"`` (Gumbel).

    Raises
    ------
    ValueError
        For shapes that do not fit, a root that cannot be inverted, an unknown latent, or one that cannot turn.
    """

    slope: Float[np.ndarray, " d"]
    root: Float[np.ndarray, "_ _"]
    growth: Float[np.ndarray, "_ _"]
    turn: float = 0.0
    latent: str = "gaussian"

    def __post_init__(self) -> None:
        check_fields(self)
        check_choice("latent", self.latent, LATENTS)
        d = len(self.slope)
        if self.root.shape != (d, d) or self.growth.shape != (d, d):
            raise ValueError(
                f"root and growth must be ({d}, {d}) for a slope of {d}; got {self.root.shape} and {self.growth.shape}"
            )
        if np.linalg.matrix_rank(self.root) < d:
            raise ValueError("root must be invertible: a code without noise in a direction has no finite information")
        if self.turn != 0 and self.latent != "gaussian":
            raise ValueError(
                f"turn must be 0 unless the latent is gaussian, which keeps its shape; got {self.latent!r}"
            )

    def covariance(self, angle: float) -> Float[np.ndarray, "d d"]:
        """Σ = L Lᵀ at an angle in rad."""
        root = self._root(angle)
        return root @ root.T

    def linear_information(self, angle: float) -> float:
        """μ′ᵀ Σ⁻¹ μ′ in rad⁻²: what the best linear read-out finds near an angle in rad."""
        return float((self._drift(angle) ** 2).sum())

    def information(self, angle: float) -> float:
        """The Fisher information in rad⁻², all of it, at an angle in rad."""
        drift, growth = self._drift(angle), self.growth
        own = np.diag(growth)
        between = growth - np.diag(own)
        j, k, m = latent_moments(self.latent)
        along = j * (drift**2).sum() + 2 * k * (drift * own).sum() + (m - 1) * (own**2).sum()
        return float(along + j * (between**2).sum() + (between * between.T).sum())

    def sample(
        self,
        angles: ArrayLike,
        people: int,
        *,
        photographs: int = 1,
        alike: float = 0.0,
        draws: int = 1,
        seed: Seed = 0,
    ) -> Code:
        """Embeddings and tangents of faces that are drawn once and shown at every angle.

        Parameters
        ----------
        angles : (A,) rad.
        people, photographs : n = people × photographs faces.
        alike : correlation of a person's photographs in each component of the latent; of a Gaussian only, because
            other latents would change their shape.
        draws : independent sets of faces; they take the place of replicates.
        seed : anything :func:`numpy.random.default_rng` takes.

        Returns
        -------
        Code (replicate, angle, face, output), with the coordinate ``person`` of each face.

        Raises
        ------
        ValueError
            For counts that are not positive, or a likeness outside [0, 1) or of another latent than the Gaussian.
        """
        for what, count in (("people", people), ("photographs", photographs), ("draws", draws)):
            check_count(what, count, most=MOST if what == "draws" else None)
        if not 0 <= alike < 1 or (alike > 0 and self.latent != "gaussian"):
            raise ValueError(f"alike must be in [0, 1), and 0 unless the latent is gaussian; got {alike}")
        angles = np.atleast_1d(np.asarray(angles, dtype=np.float64))
        rng = np.random.default_rng(seed)
        shape = (draws, people, photographs, len(self.slope))
        x = self._latents(rng, shape, alike)
        y = self._latents(rng, shape, alike) if self.turn else np.zeros_like(x)
        z, t = (np.empty((draws, len(angles), *x.shape[1:])) for _ in range(2))
        for number, angle in enumerate(angles):
            root, cosine, sine = self._root(angle), np.cos(self.turn * angle), np.sin(self.turn * angle)
            here = x * cosine + y * sine
            z[:, number] = self.slope * angle + here @ root.T
            t[:, number] = self.slope + here @ (root @ self.growth).T + self.turn * (y * cosine - x * sine) @ root.T
        coordinates = {
            "replicate": np.arange(draws),
            "angle": ("angle", angles, {"units": "rad"}),
            "person": ("face", np.repeat(np.arange(people), photographs)),
        }
        dims = ("replicate", "angle", "face", "output")
        return Code(*(xr.DataArray(array, dims=dims, coords=coordinates) for array in (z, t)))

    def _root(self, angle: float) -> np.ndarray:
        return self.root @ scipy.linalg.expm(angle * self.growth)

    def _drift(self, angle: float) -> np.ndarray:
        return np.linalg.solve(self._root(angle), self.slope)

    def _latents(self, rng, shape: tuple[int, ...], alike: float) -> np.ndarray:
        density, _ = _LATENTS[self.latent]
        own = (density.rvs(shape, random_state=rng) - density.mean()) / density.std()
        shared = rng.normal(size=(shape[0], shape[1], 1, shape[3])) if alike else 0.0
        return (np.sqrt(1 - alike) * own + np.sqrt(alike) * shared).reshape(shape[0], -1, shape[3])


@checked
@cache
def latent_moments(latent: str) -> tuple[float, float, float]:
    """E[ψ²], E[ψ² x] and E[ψ² x²] of a latent, ψ = −(log f)′, by numerical integration over its quantiles."""
    check_choice("latent", latent, LATENTS)
    density, score = _LATENTS[latent]
    centre, scale = density.mean(), density.std()

    def moment(power: int) -> float:
        def integrand(u: float) -> float:
            y = density.ppf(u)
            return (scale * score(y)) ** 2 * ((y - centre) / scale) ** power

        return scipy.integrate.quad(integrand, 0, 1, epsabs=1e-9, limit=200)[0]

    return moment(0), moment(1), moment(2)


@checked
def random_code(
    dimensions: int, *, condition_number: float = 10.0, latent: str = "gaussian", seed: Seed = 0
) -> KnownCode:
    """A random code about θ = 0, as informative and as scattered as codes of trained networks are.

    The covariance's eigenvalues are evenly spaced on a logarithmic scale, in a random basis. The linear information is
    log-uniform in 30 … 3000 rad⁻², in a random direction of the latent. Tangents scatter by tr(Σ⁻¹Γ), which is
    log-uniform in 0.02 … 1 times that; half of it follows the embedding, half does not (of a latent that is not
    Gaussian, all of it does).

    Parameters
    ----------
    dimensions : d.
    condition_number : of the covariance at θ = 0; at least 1.
    latent : see :class:`KnownCode`.
    seed : anything :func:`numpy.random.default_rng` takes.
    """
    check_count("dimensions", dimensions)
    if not condition_number >= 1:
        raise ValueError(f"condition_number must be at least 1; got {condition_number}")
    rng = np.random.default_rng(seed)
    d = dimensions
    basis = scipy.stats.ortho_group.rvs(d, random_state=rng) if d > 1 else np.ones((1, 1))
    other = scipy.stats.ortho_group.rvs(d, random_state=rng) if d > 1 else np.ones((1, 1))
    root = basis * np.geomspace(1, np.sqrt(condition_number), d) @ other
    direction = rng.normal(size=d)
    information = np.exp(rng.uniform(np.log(30), np.log(3000)))
    scatter = information * np.exp(rng.uniform(np.log(0.02), 0))
    growth = rng.normal(size=(d, d))
    turning = latent == "gaussian"
    growth *= np.sqrt(scatter / (2 if turning else 1)) / np.linalg.norm(growth)
    slope = root @ direction * np.sqrt(information) / np.linalg.norm(direction)
    return KnownCode(slope, root, growth, float(np.sqrt(scatter / 2 / d)) if turning else 0.0, latent)


@checked
def tuned_population(neurons: int, *, distance: float, limiting: float = 0.0) -> KnownCode:
    r"""A population of orientation-tuned neurons about θ = 0, as those of neuroscience are simulated.

    Tuning :math:`f_i = 2 + 18\, e^{2 [\cos 2(\theta - \theta_i) - 1]}` with evenly spaced preferences θ_i; μ′ is its
    difference quotient between ±distance/2. Variances are the means, correlations :math:`0.3\, e^{-2 |\theta_i -
    \theta_j|}` (limited range), and to the covariance comes ε μ′μ′ᵀ, which caps the information I_0 that there is
    without it: :math:`I = I_0 / (1 + \varepsilon I_0) < 1/\varepsilon`, however many neurons there are.

    Parameters
    ----------
    neurons : d.
    distance : of the two orientations that are told apart, in rad.
    limiting : ε ≥ 0 in rad².

    References
    ----------
    Moreno-Bote et al. 2014, Nature Neuroscience 17 (information-limiting correlations). The numbers are this package's.
    """
    check_count("neurons", neurons)
    if not (distance > 0 and limiting >= 0):
        raise ValueError(f"distance must be positive and limiting at least 0; got {distance} and {limiting}")
    preferred = np.linspace(-np.pi / 2, np.pi / 2, neurons, endpoint=False)
    low, high = (2 + 18 * np.exp(2 * (np.cos(2 * (angle - preferred)) - 1)) for angle in (-distance / 2, distance / 2))
    slope, deviation = (high - low) / distance, np.sqrt((low + high) / 2)
    apart = np.abs(np.angle(np.exp(2j * (preferred[:, None] - preferred)))) / 2
    correlation = 0.7 * np.eye(neurons) + 0.3 * np.exp(-2 * apart)
    covariance = deviation[:, None] * correlation * deviation + limiting * np.outer(slope, slope)
    return KnownCode(slope, np.linalg.cholesky(covariance), np.zeros((neurons, neurons)))
