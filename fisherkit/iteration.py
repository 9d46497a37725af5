"""Training on the density that a code gives, again and again. Knows sweeps and information; must not know figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import xarray as xr
from jaxtyping import Float

from fisherkit import codes, curves, fisher
from fisherkit.checks import check_count
from fisherkit.densities import Binned
from fisherkit.experiments import Sweep, train_sweeps
from fisherkit.presets import full_width

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
    def chosen_power(self) -> float:
        """k, measured where it was not given."""
        if self.power is not None:
            return self.power
        angles = codes.angle_grid(self.first.conditions[0].encoding, 50)
        found = curves.exponent_of(self._information(self.first, angles), self.first.conditions[0].density)
        return 1 / found.estimate

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


def train_iterations(iterations: Sequence[Iteration]) -> int:
    """Train what the store lacks of several iterations, generation by generation, side by side; how many networks."""
    trained = 0
    for generation in range(max((one.generations for one in iterations), default=-1) + 1):
        trained += train_sweeps([one.sweep(generation) for one in iterations if generation <= one.generations])
    return trained
