"""Training on the density that a code gives, again and again. Knows sweeps and information; must not know figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.special
import scipy.stats
import xarray as xr
from jaxtyping import Float

from fisherkit import codes, curves, fisher
from fisherkit.checks import check_count, check_fields
from fisherkit.curves import Precision
from fisherkit.densities import Binned
from fisherkit.estimate import Comparison, Inferred, jackknife
from fisherkit.estimators import groups_of_people, linear_fisher, numbered_people
from fisherkit.experiments import Sweep
from fisherkit.presets import full_width
from fisherkit.processes import Workers
from fisherkit.running import train_sweeps

#: Bins of the densities that codes give.
BINS = 40

#: Smallest probability of a bin: none is lost for good.
SMALLEST = 1e-6


@dataclass(frozen=True, eq=False)
class Iteration:
    r"""Generations of networks, each trained on a density that the code of the last one gives:

    .. math:: p_{g+1} \propto p_g^{1-\lambda} \left(I_g^{\,k}\right)^{\lambda}

    with :math:`I_g` the information averaged over the generation's networks at the training faces (Wishart-corrected),
    in :data:`BINS` equal bins of the range. Where the code follows :math:`I \propto p^\alpha`, the power
    :math:`k = 1/\alpha` leaves every density as it is, and ½ is the iteration on the root information (R69).

    Attributes
    ----------
    first : the networks of generation 0, all of one encoding, loss and density.
    generations : how many come after it.
    power : k; None for the inverse of the exponent that the networks of generation 0 have.
    damping : λ, the share of the way that one generation goes; 1 for all of it.

    Raises
    ------
    ValueError
        For conditions that differ in more than their replicate, a number of generations that is not whole or less than
        1, a damping that is not in (0, 1], or a density that does not vary where the power is to be measured.
    """

    first: Sweep
    generations: int
    power: float | None = None
    damping: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_count("generations", self.generations)
        if not 0 < self.damping <= 1:
            raise ValueError(f"damping must be above 0 and at most 1; got {self.damping}")
        if len({(c.encoding, c.loss, c.density_name) for c in self.first.conditions}) != 1:
            raise ValueError("an iteration starts from networks of one encoding, loss and density")
        if self.power is None and np.ptp(self.first.conditions[0].density.pdf(self.angles)) == 0:
            raise ValueError(
                f"density {self.first.conditions[0].density_name!r} does not vary, and its networks have no exponent "
                "to take the power from; start from another one, or give the power"
            )

    @cached_property
    def _sweeps(self) -> list[Sweep]:
        return [self.first]

    @cached_property
    def _informations(self) -> dict[int, xr.DataArray]:
        return {}

    @cached_property
    def _people(self) -> dict[int, dict[str, np.ndarray]]:
        return {}

    @property
    def angles(self) -> Float[np.ndarray, " bin"]:
        """The middles of the bins, in rad."""
        low, high = codes.angle_range(self.first.conditions[0].encoding)
        edges = np.linspace(low, high, BINS + 1)
        return (edges[1:] + edges[:-1]) / 2

    @property
    def networks(self) -> int:
        """Of all generations but the first sweep's own."""
        return self.generations * len(self.first.conditions)

    @cached_property
    def exponent(self) -> float:
        """α of the networks of generation 0, at 50 angles."""
        angles = codes.angle_grid(self.first.conditions[0].encoding, 50)
        return curves.exponent_of(self._information(self.first, angles), self.first.conditions[0].density).mean

    @cached_property
    def chosen_power(self) -> float:
        """k, measured where it was not given."""
        return 1 / self.exponent if self.power is None else self.power

    @property
    def factor(self) -> float:
        """s = 1 − λ + λkα, which one generation multiplies log p by where I ∝ p^α."""
        return 1 - self.damping + self.damping * self.chosen_power * self.exponent

    @property
    def steps(self) -> int:
        """How often a code gives a density. On what the last one gives, no network is trained."""
        return self.generations + 1

    def sweep(self, generation: int) -> Sweep:
        """The networks of a generation; where those before it are missing, they are trained."""
        while len(self._sweeps) <= generation:
            self._sweeps.append(self._after(self._sweeps[-1]))
        return self._sweeps[generation]

    def information(self, generation: int) -> xr.DataArray:
        """Of a generation's networks in the middles of the bins, (replicate, angle) in rad⁻²."""
        if generation not in self._informations:
            self._informations[generation] = self._information(self.sweep(generation), self.angles)
        return self._informations[generation]

    def probabilities(self, generation: int) -> Float[np.ndarray, " bin"]:
        """Of the bins, by the density that a generation is trained on: its value in their middles ÷ the sum."""
        p = np.maximum(self.sweep(generation).conditions[0].density.pdf(self.angles), np.finfo(float).tiny)
        return p / p.sum()

    def next_probabilities(
        self, generation: int, information: Float[np.ndarray, "... bin"]
    ) -> Float[np.ndarray, "... bin"]:
        """Of the bins, by the density that would come after a generation whose networks had this information."""
        p = self.probabilities(generation)
        mixed = (1 - self.damping) * np.log(p) + self.damping * self.chosen_power * np.log(information)
        share = np.exp(mixed - mixed.max(axis=-1, keepdims=True))
        # Rounded: the last digits of an average must not decide which network is meant.
        share = np.maximum(np.round(share / share.sum(axis=-1, keepdims=True), 6), SMALLEST)
        return share / share.sum(axis=-1, keepdims=True)

    def after(self, step: int) -> Float[np.ndarray, " bin"]:
        """Probabilities of the bins after so many steps; 0 for those to start from."""
        if step < self.steps:
            return self.probabilities(step)
        return self.next_probabilities(self.generations, self.information(self.generations).values.mean(axis=0))

    def precision(self, generation: int) -> Precision:
        """:meth:`information`, with people left out in turn."""
        if generation not in self._people:
            self._people[generation] = self._without(self.sweep(generation), self.angles)
        return Precision(self.information(generation), self._people[generation])

    def without(self, step: int, *, since_start: bool = True) -> dict[str, Float[np.ndarray, "left bin"]]:
        """:meth:`after` a step with each network, or each person, left out of all steps in turn, or of the last alone.

        Networks of one replicate begin alike in all generations, and people are the same: what leaving one out changes
        in a step goes on as the law says, in the logarithm, by :attr:`factor`. With one network none is left out.
        """
        precision = self.precision(step - 1)
        values = precision.values.values
        left = {label: of.mean(axis=1) for label, of in precision.without.items()}
        if len(values) > 1:
            left["networks"] = (values.sum(axis=0) - values) / (len(values) - 1)
        found = {name: self.next_probabilities(step - 1, of) for name, of in left.items()}
        if not since_start or step == 1:
            return found
        before, at = self.without(step - 1), self.after(step - 1)
        moved = {name: of * (before[name] / at) ** self.factor for name, of in found.items()}
        return {name: of / of.sum(axis=-1, keepdims=True) for name, of in moved.items()}

    def number(
        self, function: Callable[[np.ndarray], np.ndarray], step: int, *, since_start: bool = True
    ) -> Comparison:
        """A number of the density after a step, such as its width, with the jackknife's interval (networks, people).

        Parameters
        ----------
        function : takes (…, bin) to (…).
        since_start : whether networks and people are left out of all steps, or of the last alone.
        """
        left = self.without(step, since_start=since_start)
        return self._comparison(
            float(function(self.after(step))), {name: jackknife(function(of)) for name, of in left.items()}
        )

    def moved(self, step: int, *, since_start: bool = False) -> Comparison:
        r"""The :func:`distance` that a step went, or all up to it, with the scatter of networks and people.

        The density after it, p, is made of few networks and people; others would have given another. By the jackknife
        that is a distance whose square is :math:`\frac{n-1}{n}\sum_i d^2(p^{(-i)}, p)`, added over networks and people.
        """
        after = self.after(step)
        parts = {
            name: ((len(left) - 1) / len(left) * float((distance(left, after) ** 2).sum()), len(left) - 1)
            for name, left in self.without(step, since_start=since_start).items()
        }
        start = self.after(0 if since_start else step - 1)
        return self._comparison(float(distance(start, after)), parts)

    @staticmethod
    def _comparison(mean: float, parts: dict[str, tuple[float, float]]) -> Comparison:
        """Without an interval where no network could be left out."""
        return Comparison(mean, tuple(parts.values()) if "networks" in parts else ((np.inf, 0.0),))

    def predicted(self, exponent: float, floor: float = 0.0) -> list[Float[np.ndarray, " bin"]]:
        """Probabilities after each step, from the start on, if all codes were I ∝ r^exponent + floor.

        r is the density as a share of its peak. Without a floor, p after g steps is p₀ to the power s^g.
        """
        found = [self.after(0)]
        low = np.log(floor) if floor > 0 else -np.inf
        for _ in range(self.steps):
            log_r = np.log(found[-1] / found[-1].max())
            gone = self.chosen_power * np.logaddexp(exponent * log_r, low)
            share = np.exp((1 - self.damping) * log_r + self.damping * gone)
            share = np.maximum(share / share.sum(), SMALLEST)
            found.append(share / share.sum())
        return found

    def _after(self, sweep: Sweep) -> Sweep:
        number = len(self._sweeps)
        share = self.next_probabilities(number - 1, self.information(number - 1).values.mean(axis=0))
        density = Binned(tuple(share.tolist()), *codes.angle_range(sweep.conditions[0].encoding))
        conditions = tuple(
            replace(c, density_name=f"generation {number}", density=density) for c in self.first.conditions
        )
        # Generations of several iterations train side by side, a group each.
        preset = replace(self.first.preset, group_width=full_width(len(conditions)))
        return Sweep(preset, sweep.faces, conditions, sweep.store)

    @staticmethod
    def _information(sweep: Sweep, angles):
        return fisher.fisher_curve(sweep.ensemble(), sweep.faces.subset("train").images, angles, estimator="wishart")

    @staticmethod
    def _without(sweep: Sweep, angles) -> dict[str, np.ndarray]:
        """The same estimate with each person's faces left out in turn, by the label of the faces."""
        faces = sweep.faces.subset("train")
        code = fisher.embed_with_tangents(sweep.ensemble(), faces.images, angles)
        row, people = numbered_people(faces.person, len(faces), least=3, what="leaving people out in turn")
        kept = [~np.isin(row, group) for group in groups_of_people(people)]
        z, t = code.embeddings.values, code.tangents.values
        left = [linear_fisher(z[..., rows, :], t[..., rows, :], correction="wishart") for rows in kept]
        return {curves.label_of(faces): np.stack(left)}


def distance(
    first: Float[np.ndarray, "... bin"], second: Float[np.ndarray, "... bin"]
) -> Float[np.ndarray, "..."] | float:
    """Jensen–Shannon distance of densities on the same bins: from 0, the same, to 1, without overlap.

    References
    ----------
    Endres & Schindelin 2003, IEEE Transactions on Information Theory 49 (the root of the divergence is a distance).
    """
    middle = (first + second) / 2
    both = sum(scipy.special.rel_entr(one, middle).sum(axis=-1) for one in (first, second))
    return np.sqrt(np.maximum(both / (2 * np.log(2)), 0))


def effective_width(
    probabilities: Float[np.ndarray, "... bin"], span: float = np.pi
) -> Float[np.ndarray, "..."] | float:
    """exp(−∫p log p dθ) of densities on equal bins of a range of that span, both in rad.

    That is the width of the uniform density which has the same entropy; the span for the uniform one over the range.
    """
    return np.exp(scipy.stats.entropy(probabilities, axis=-1)) * span / probabilities.shape[-1]


def moves(length: Inferred) -> bool | None:
    """Whether a step's length is a movement: True where its interval excludes 0, False where it is within its scatter.

    Even where nothing moves, steps are about as long as their scatter. None between the two, and for one network.
    """
    if not length.several:
        return None
    if length.mean <= length.standard_error:
        return False
    return True if length.low > 0 else None


def train_iterations(iterations: Sequence[Iteration], workers: Workers | None = None) -> int:
    """Train what the store lacks of several iterations, generation by generation, side by side; how many networks.

    ``workers`` as for :func:`fisherkit.running.train_sweeps`.
    """
    trained = 0
    for generation in range(max((one.generations for one in iterations), default=-1) + 1):
        of_it = [one.sweep(generation) for one in iterations if generation <= one.generations]
        trained += train_sweeps(of_it, workers)
    return trained
