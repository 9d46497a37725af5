"""Training on the density that a code gives, again and again. Knows sweeps and information; must not know figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fisherkit import codes, curves, fisher
from fisherkit.checks import check_count
from fisherkit.densities import Binned
from fisherkit.experiments import Sweep, train_sweeps

#: Bins of the densities that codes give.
BINS = 40


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
        1, or a damping that is not in (0, 1].
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

    @cached_property
    def _sweeps(self) -> list[Sweep]:
        return [self.first]

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

    def _after(self, sweep: Sweep) -> Sweep:
        before = sweep.conditions[0]
        low, high = codes.angle_range(before.encoding)
        edges = np.linspace(low, high, BINS + 1)
        middle = (edges[1:] + edges[:-1]) / 2
        information = self._information(sweep, middle).values.mean(axis=0)
        p = np.maximum(before.density.pdf(middle), np.finfo(float).tiny)
        mixed = (1 - self.damping) * np.log(p) + self.damping * self.chosen_power * np.log(information)
        share = np.exp(mixed - mixed.max())
        # Rounded: the last digits of an average must not decide which network is meant.
        share = np.maximum(np.round(share / share.sum(), 6), 1e-6)
        density = Binned(tuple((share / share.sum()).tolist()), low, high)
        number = len(self._sweeps)
        conditions = tuple(
            replace(c, density_name=f"generation {number}", density=density) for c in self.first.conditions
        )
        # Generations of several iterations train side by side, a group each.
        preset = replace(self.first.preset, group_width=len(conditions))
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
