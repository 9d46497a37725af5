"""A number in the course of training: how it moves and where it settles. Must not know what is trained or measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fisherkit.checks import check_fields
from fisherkit.estimate import Estimate


@dataclass(frozen=True)
class Course:
    """A number of the same networks after several epochs of their training.

    Courses are subtracted and divided epoch by epoch, paired as estimates are.

    Attributes
    ----------
    by_epoch : epoch -> the number, in the order of time, of two epochs or more.

    Raises
    ------
    ValueError
        For fewer epochs, or another order.
    """

    by_epoch: Mapping[int, Estimate]

    def __post_init__(self) -> None:
        check_fields(self)
        epochs = list(self.by_epoch)
        if len(epochs) < 2 or epochs != sorted(epochs):
            raise ValueError(f"a course needs two epochs or more, in the order of time; got {epochs}")

    def __getitem__(self, epoch: int) -> Estimate:
        return self.by_epoch[epoch]

    @property
    def start(self) -> Estimate:
        """The number after the first of the epochs."""
        return self[min(self.by_epoch)]

    @property
    def end(self) -> Estimate:
        """The number after the last epoch."""
        return self[max(self.by_epoch)]

    @property
    def drift(self) -> Estimate:
        """The last number less the one before: zero of what has settled."""
        *_, before, last = self.by_epoch.values()
        return last - before

    @property
    def growth(self) -> Estimate:
        """The last number ÷ the one before, of each network."""
        *_, before, last = self.by_epoch.values()
        return last / before

    @property
    def highest(self) -> int:
        """The epoch after which the mean is highest, the first of several."""
        return max(self.by_epoch, key=lambda epoch: self[epoch].mean)

    @property
    def fall(self) -> Estimate:
        """The highest number less the last. The highest is picked by its mean, which makes this a little large."""
        return self[self.highest] - self.end

    def above_from(self, x: float = 0.0) -> int | None:
        """The epoch from which on every interval lies above x; None where the last does not."""
        since = None
        for epoch, found in self.by_epoch.items():
            since = None if found.side(x) != "above" else epoch if since is None else since
        return since

    def where(self, level: "Course", target: float) -> Estimate:
        """This number where the mean of another first reaches a target, on the straight line between two epochs.

        The interval is that of this number, not of the epoch at which it is read. What is reached after the first epoch
        already is read there.

        Raises
        ------
        ValueError
            For a target that is not reached.
        """
        reached = np.array([one.mean for one in level.by_epoch.values()])
        if not (reached >= target).any():
            raise ValueError(f"the target {target:g} is not reached; the highest mean is {reached.max():g}")
        numbers = list(self.by_epoch.values())
        after = int(np.argmax(reached >= target))
        if after == 0:
            return numbers[0]
        share = (target - reached[after - 1]) / (reached[after] - reached[after - 1])
        return numbers[after - 1] * (1 - share) + numbers[after] * share

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> "Course":
        """A function of the number, after each epoch; see :meth:`fisherkit.estimate.Estimate.map`."""
        return Course({epoch: one.map(function) for epoch, one in self.by_epoch.items()})

    def table(self, *, geometric: bool = False) -> pd.DataFrame:
        """One row an epoch: ``epoch``, ``estimate``, ``low``, ``high``; or, of a positive number, geometric means."""
        found = self.map(np.log) if geometric else self
        ends = np.array([(one.mean, one.low, one.high) for one in found.by_epoch.values()])
        table = pd.DataFrame(np.exp(ends) if geometric else ends, columns=["estimate", "low", "high"])
        table.insert(0, "epoch", list(self.by_epoch))
        return table

    def __sub__(self, other: "Course") -> "Course":
        return Course({epoch: one - other[epoch] for epoch, one in self.by_epoch.items()})

    def __truediv__(self, other: "Course") -> "Course":
        return Course({epoch: one / other[epoch] for epoch, one in self.by_epoch.items()})
