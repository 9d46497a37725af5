r"""Codes with a known budget: one noisy number between stimulus and answer. Knows networks' code; must not know stores.

A network's layers end in one unit u = tanh(·), to which normal noise of standard deviation σ is added, in training and
in use, and a trained **read-out** answers with θ̂(u + σn). The read-out finds the angle by u alone, whose information is

.. math:: I(\theta) = \frac{\bar u'^2}{\sigma^2 + s^2(\theta)}, \qquad
    \int \sqrt{I}\, d\theta \le \frac{1}{\sigma} \int |\bar u'|\, d\theta \le \frac{2}{\sigma},

with s² the variance of u over faces: what the law of :mod:`fisherkit.theory` takes for granted, a budget with β = ½,
is there by construction. A penalty :math:`\lambda \int I^\beta d\theta` of the channel's own information,
:math:`u'^2/\sigma^2`, makes a budget of any other order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float
from scipy.special import ndtri
from torch import Tensor

from fisherkit import fisher, theory
from fisherkit.checks import check_fields, check_positive, checked
from fisherkit.curves import Precision, label_of
from fisherkit.densities import Density
from fisherkit.estimators import numbered_people
from fisherkit.faces import Faces
from fisherkit.losses import EPSILON, Loss, column, order_of
from fisherkit.model import Ensemble, StackedNetwork

#: σ of the book's channels, chosen after first tries on networks that read θ itself and on faces: with less noise the
#: faces scatter more than the channel, with more the code leaves the law.
NOISE = 0.1

#: Units of the read-out's hidden layers.
READ_OUT = (20, 20)

#: Errors are scored in this unit (rad), about a channel's error: every loss's gradient is then of one size where
#: answers are good.
UNIT = 0.1

#: Added to the error inside every loss, in quadrature, in units: gradients of roots and of the log end there.
SMALLEST = 0.02

#: Noise of as many strata is drawn for each sample and step.
STRATA = 8

#: The window in which a channel tells about the law, fixed before the networks that are reported were trained, though
#: not before first tries on faces. Information is wanted that exceeds, as many times, both the size of (log p)″ and
#: [(log p)′]²: the bias of a read-out that knows p is small in slope and in size then (page *theory*).
REGIME = 10.0

#: Where a density ends, the read-out knows that no angle lies beyond: fitted are angles so many standard errors,
#: :math:`1/\sqrt I` of the law's own code, or more from the ends.
ENDS = 2.0

#: Share of the range 2 of u that a network must use: the budget binds.
RANGE_USED = 0.9

#: Largest share of the variance of u + σn, averaged over the window, that the faces may have. It takes that share of
#: the information: from none to a fifth over a window in which log p moves by 2, α moves by a tenth.
LARGEST_SCATTER = 0.2


@dataclass(frozen=True)
class Channel:
    """The noise that a network's code meets, what limits it, and what its errors count.

    Attributes
    ----------
    noise : σ, in units of u, which lies in [−1, 1].
    penalty, budget : λ and β of λ ∫ I^β dθ, added to the loss in units (:data:`UNIT`); λ = 0 leaves the range alone.
    counts_as : the density whose loss is minimised, where it is not the one that angles are drawn from: each sample
        then counts target ÷ drawn, their densities at its angle. None: each counts one.
    """

    noise: float = NOISE
    penalty: float = 0.0
    budget: float = 0.5
    counts_as: Density | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.noise > 0:
            raise ValueError(f"the noise of a channel must be positive, as a part of u; got {self.noise}")
        if self.penalty < 0 or not self.budget > 0:
            raise ValueError(
                f"a penalty must not be negative, nor its order β below or at 0; got λ={self.penalty}, β={self.budget}"
            )

    @property
    def spec(self) -> dict[str, Any]:
        """What the store's key holds of it."""
        spec = {"noise": self.noise}
        if self.penalty:
            spec |= {"penalty": self.penalty, "budget": self.budget}
        return spec if self.counts_as is None else {**spec, "counts_as": self.counts_as.spec}

    def weights(self, angles: Float[np.ndarray, " sample"], drawn: Density) -> Float[np.ndarray, " sample"]:
        """What samples at these angles (rad), drawn from a density, count; 1 on average, but for chance."""
        if self.counts_as is None:
            return np.ones_like(angles)
        return self.counts_as.pdf(angles) / drawn.pdf(angles)


@dataclass(frozen=True)
class ChannelObjective:
    """The losses of stacked channels, each with its own noise and loss: :class:`fisherkit.losses.Objective`'s like.

    In units of :data:`UNIT`, x² = (e/UNIT)² + SMALLEST², and a loss of order q is UNIT · x^q / q (log: UNIT · log x).
    It is averaged over the noise in strata: one normal draw from each of :data:`STRATA` slices of equal probability.
    """

    channels: tuple[Channel, ...]
    losses: tuple[str | Loss, ...]

    def __post_init__(self) -> None:
        if wrong := [loss.name for loss in self.losses if isinstance(loss, Loss) and loss.function is not None]:
            raise ValueError(f"the errors of a channel are scored by their powers; the loss {wrong[0]} is a function")

    def __call__(
        self,
        network: StackedNetwork,
        pixels: Float[Tensor, "replicate sample pixel"],
        theta: Float[Tensor, "replicate sample"],
        place: Float[Tensor, "replicate sample"],
        weight: Float[Tensor, "replicate sample"],
    ) -> Float[Tensor, "replicate sample"]:
        """The loss of each replicate on each of its samples; ``place`` in [0, 1) is where in their slices draws lie."""
        u = network(pixels)
        order = self._column(u, [order_of(loss) for loss in self.losses])
        is_log = order == 0
        some_order = torch.where(is_log, 1.0, order)
        strata = (torch.arange(STRATA, dtype=u.dtype, device=u.device) + place[..., None]) / STRATA
        noise = torch.special.ndtri(strata.clamp(1e-6, 1 - 1e-6)) * self._column(u, [c.noise for c in self.channels])
        answer = network.read_out((u + noise).flatten(1)[..., None])[..., 0].unflatten(1, noise.shape[1:])
        square = ((answer - theta[..., None]) / UNIT) ** 2 + SMALLEST**2
        scored = torch.where(is_log, square.log() / 2, square.pow(some_order / 2) / some_order)
        return UNIT * weight * scored.mean(dim=-1)

    def penalties(
        self,
        network: StackedNetwork,
        pixels: Float[Tensor, "replicate sample pixel"],
        derivatives: Float[Tensor, "replicate sample pixel"],
    ) -> Float[Tensor, "replicate sample"]:
        """λ I^β of the channel alone at each sample, in units; for angles drawn evenly, per rad."""
        _, slope = network.with_tangents(pixels, derivatives)
        parts = [
            [c.penalty for c in self.channels],
            [c.budget for c in self.channels],
            [c.noise for c in self.channels],
        ]
        penalty, budget, noise = (self._column(slope, values)[..., 0] for values in parts)
        # Smooth at 0, where a power below one has no derivative.
        information = (slope[..., 0] / noise) ** 2 + 1e-4
        return penalty * information.pow(budget)

    @staticmethod
    def _column(like: Tensor, values: Iterable[float]) -> Tensor:
        return column(tuple(values), like.dtype, like.device)[..., None]


@checked
def penalty_for(density: Density, q: float, budget: float, peak: float) -> float:
    r"""λ of a penalty under which the law's code has a given information where the density is highest.

    With normal errors, :math:`\mathrm E|e|^q/q = c_q I^{-q/2}/q`. Minimising
    :math:`p\,c_q I^{-q/2}/q + \lambda I^\beta` at each angle gives

    .. math:: \lambda = \frac{c_q\, p}{2 \beta}\; I^{-q/2 - \beta},

    here at the density's peak, with e, and the loss, in units (:data:`UNIT`).

    Parameters
    ----------
    density : p, in rad⁻¹.
    q : order of the loss; positive.
    budget : β.
    peak : I wanted at the peak, in rad⁻².
    """
    check_positive("budget", budget)
    check_positive("peak", peak)
    highest = density.pdf(np.linspace(-np.pi, np.pi, 2001)).max()
    c = theory.normal_moment(q) * UNIT ** (1 - q)
    return float(c * highest / (2 * budget) * peak ** (-q / 2 - budget))


@checked
def law_window(
    density: Density, angle: Float[np.ndarray, " angle"], *, q: float, noise: float, exponent: float | None = None
) -> Bool[np.ndarray, " angle"]:
    r"""Angles (rad) at which the law's own code is precise enough for the law: chosen without looking at any network.

    The code :math:`\sqrt I = \frac2\sigma\, p^{\alpha/2} / \int p^{\alpha/2}` that spends the whole range has there
    :math:`I \ge \mathtt{REGIME} \cdot \max\{|(\log p)''|, [(\log p)']^2\}`, and :data:`ENDS` of its standard errors fit
    between the angle and each end of the density.

    Parameters
    ----------
    density : p.
    angle : a grid.
    q : order of the loss.
    noise : σ.
    exponent : α; None for 2/(1 + q).
    """
    check_positive("noise", noise)
    check_positive("q", q, zero=True)
    alpha = theory.predicted_exponent(q) if exponent is None else exponent
    low, high = density.support
    fine = np.linspace(max(low, -2 * np.pi), min(high, 2 * np.pi), 4001)
    p = density.pdf(fine)
    root = 2 / noise * density.pdf(angle) ** (alpha / 2) / np.trapezoid(p ** (alpha / 2), fine)
    width = 1e-3
    with np.errstate(divide="ignore", invalid="ignore"):  # where the density ends, which is outside the window
        before, here, after = (np.log(density.pdf(np.asarray(angle) + shift)) for shift in (-width, 0, width))
        bend, slope = (before - 2 * here + after) / width**2, (after - before) / (2 * width)
    inside = np.minimum(np.asarray(angle) - low, high - np.asarray(angle)) >= ENDS / root
    return inside & (root**2 >= REGIME * np.maximum(np.abs(bend), slope**2))


@dataclass(frozen=True)
class Responses:
    """The unit u of channels along the angle, without noise, and what they answer with it.

    Attributes
    ----------
    ensemble : the channels; only answers need them.
    code : u and its tangent u′ (rad⁻¹), (replicate, angle, face, 1) each.
    noise : (replicate,) σ.
    faces : that were shown; None for networks that read θ itself.
    """

    ensemble: Ensemble | None
    code: fisher.Code
    noise: Float[np.ndarray, " replicate"]
    faces: Faces | None

    @property
    def _u(self) -> Float[np.ndarray, "replicate angle face"]:
        return self.code.embeddings.values[..., 0]

    def information(self, *, scatter: bool = True) -> Precision:
        r""":math:`I = (\bar u'^2 - V)/(\sigma^2 + s^2)`, in rad⁻², and the same without each person in turn.

        s² is the variance of u over faces, V that of :math:`\bar u'` over people, which makes its square unbiased for
        other people's faces. May be negative by chance. Without ``scatter`` it is the channel's alone, s² = 0.
        """
        slope = self.code.tangents.values[..., 0]
        noise = self.noise[:, None] ** 2
        if self.faces is None:
            return self._precision(slope[..., 0] ** 2 / noise, {})
        row, people = numbered_people(self.faces.person, slope.shape[-1], least=3, what="the information of a channel")
        of_person = (row == np.arange(people)[:, None]).astype(np.float64)
        shown = of_person.sum(axis=1)[:, None, None]
        sums = {
            name: np.moveaxis(values @ of_person.T, -1, 0)
            for name, values in (("t", slope), ("u", self._u), ("uu", self._u**2))
        }  # (person, replicate, angle) each

        def of(left: Mapping[str, np.ndarray], faces, count: int, squares, crossed, shares) -> np.ndarray:
            """The estimate from sums over people: Σ T_p², Σ n_p T_p and Σ n_p² give the variance of the mean slope."""
            mean = left["t"] / faces
            variance = count / (count - 1) / faces**2 * (squares - 2 * mean * crossed + mean**2 * shares)
            spread = (left["uu"] - left["u"] ** 2 / faces) / (faces - 1) if scatter else 0.0
            return (mean**2 - variance) / (noise + spread)

        parts = sums["t"] ** 2, shown * sums["t"], shown**2
        totals = [part.sum(axis=0) for part in parts]
        whole = {name: values.sum(axis=0) for name, values in sums.items()}
        estimate = of(whole, shown.sum(), people, *totals)
        rest = [total - part for total, part in zip(totals, parts, strict=True)]
        left = of({name: whole[name] - values for name, values in sums.items()}, shown.sum() - shown, people - 1, *rest)
        return self._precision(estimate, {label_of(self.faces): left})

    def own_order(self, *, draws: int = 32) -> Precision:
        r"""A_q = (E|e|^q)^(−2/q) of the answers (log: exp(−2 E log|e|)), in rad⁻², q each network's own order.

        Over faces, and over the noise at the middles of so many slices of equal probability; and without each person.
        """
        angle = self.code.embeddings.angle.values[:, None, None]
        order = np.array([c.order for c in self.ensemble.conditions])[:, None, None]
        sums = np.zeros(self._u.shape)
        for place in ndtri((np.arange(draws) + 0.5) / draws):  # one at a time, for memory
            noisy = torch.from_numpy(self._u + self.noise[:, None, None] * place).float()
            with torch.no_grad():
                answer = self.ensemble.network.read_out(noisy.flatten(1)[..., None])[..., 0].double().numpy()
            size = np.abs(answer.reshape(sums.shape) - angle[..., 0]) + EPSILON
            sums += np.where(order == 0, np.log(size), size**order) / draws
        order = order[..., 0]

        def precision(mean: np.ndarray) -> np.ndarray:
            return np.where(order == 0, np.exp(-2 * mean), np.abs(mean) ** (-2 / np.where(order == 0, 1, order)))

        if self.faces is None:
            return self._precision(precision(sums[..., 0]), {})
        row, people = numbered_people(self.faces.person, sums.shape[-1], least=3, what="the precision of a channel")
        of_person = (row == np.arange(people)[:, None]).astype(np.float64)
        shown = of_person.sum(axis=1)[:, None, None]
        by_person = np.moveaxis(sums @ of_person.T, -1, 0)
        left = precision((by_person.sum(axis=0) - by_person) / (shown.sum() - shown))
        return self._precision(precision(sums.mean(axis=-1)), {label_of(self.faces): left})

    def scatter_share(self) -> Float[np.ndarray, "replicate angle"]:
        """The faces' share s²/(σ² + s²) of the variance of u + σn."""
        if self.faces is None:
            return np.zeros(self._u.shape[:-1])
        spread = self._u.var(axis=-1, ddof=1)
        return spread / (self.noise[:, None] ** 2 + spread)

    def range_used(self) -> Float[np.ndarray, " replicate"]:
        """Share of the range 2 that the mean of u passes over along the angles."""
        return np.ptp(self._u.mean(axis=-1), axis=-1) / 2

    def _precision(self, values: np.ndarray, without: Mapping[str, np.ndarray]) -> Precision:
        like = self.code.embeddings.isel(face=0, output=0, drop=True)
        return Precision(like.copy(data=values).rename("precision").assign_attrs(units="rad⁻²"), without)


@checked
def respond(ensemble: Ensemble, faces: Faces | None, angles: Float[np.ndarray, " angle"]) -> Responses:
    """The unit u of channels at faces, each shown once at every angle (rad).

    Parameters
    ----------
    ensemble : of channels.
    faces : whose; networks that read θ itself see none of them.
    angles : a grid.
    """
    noise = np.array([condition.channel.noise for condition in ensemble.conditions])
    if ensemble.network.architecture.stimulus == "faces":
        return Responses(ensemble, fisher.embed_with_tangents(ensemble, faces.images, angles), noise, faces)
    x = torch.zeros(len(angles), ensemble.network.architecture.inputs)
    x[:, 0] = torch.from_numpy(np.asarray(angles, dtype=np.float32))
    dx = torch.zeros_like(x)
    dx[:, 0] = 1
    with torch.no_grad():
        u, slope = ensemble.network.with_tangents(x, dx)
    coordinates = fisher.coordinates(ensemble, len(u), angles)
    code = fisher.Code(
        *(
            xr.DataArray(
                values.double().numpy()[:, :, None], dims=("replicate", "angle", "face", "output"), coords=coordinates
            )
            for values in (u, slope)
        )
    )
    return Responses(ensemble, code, noise, None)


@checked
def penalised(density: Density, q: float, budgets: Sequence[float]) -> dict[str, Channel]:
    """Channels with a penalty of each order β, by name, all as precise by the law where p is highest.

    As precise as the channel whose budget is the range; with so much less noise that the range binds none of them.

    Parameters
    ----------
    density : p that they are trained on.
    q : order of their loss.
    budgets : β of each.
    """
    fine = np.linspace(-np.pi, np.pi, 2001)
    root = density.pdf(fine) ** (theory.predicted_exponent(q) / 2)
    peak = (2 / NOISE * root.max() / np.trapezoid(root, fine)) ** 2
    return {
        f"β = {budget:g}": Channel(
            NOISE / 3, penalty=float(f"{penalty_for(density, q, budget, peak):.4g}"), budget=budget
        )
        for budget in budgets
    }
