"""People a network never saw, beside as many of those it was trained on. Must not know how networks were trained.

A few people give a biased estimate: what they have in common does not count as scatter. To compare 5 of them with 30
would mistake that for a difference of the code. So people never seen are compared with random groups of as many who
were.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from fisherkit import curves, estimators, fisher, stats
from fisherkit.checks import MOST, check_count, check_positive, checked
from fisherkit.densities import Density
from fisherkit.faces import Faces


@dataclass(frozen=True)
class Strangers:
    """Information of people who were not trained on, and of random groups of as many who were.

    Attributes
    ----------
    angle : (A,) rad.
    information : (K, A) of the K networks, in rad⁻², faces taken as independent.
    groups : (G, K, A) the same of G groups.
    speed : (K, A) how far the mean embedding moves per radian, ÷ how far that of all trained people does.
    """

    angle: Float[np.ndarray, " angle"]
    information: Float[np.ndarray, "replicate angle"]
    groups: Float[np.ndarray, "group replicate angle"]
    speed: Float[np.ndarray, "replicate angle"]

    @property
    def curve(self) -> Float[np.ndarray, " angle"]:
        """Mean over networks of the information."""
        return self.information.mean(axis=0)

    @property
    def typical(self) -> Float[np.ndarray, " angle"]:
        """Median over groups of the mean over networks."""
        return np.median(self.groups.mean(axis=1), axis=0)

    @property
    def spread(self) -> Float[np.ndarray, "2 angle"]:
        """The middle 95 % of groups, at each angle by itself."""
        return np.quantile(self.groups.mean(axis=1), [0.025, 0.975], axis=0)

    def ratio(self, where: Bool[np.ndarray, " angle"]) -> float:
        """Information ÷ the typical group's, geometric mean over some angles; NaN where there are none."""
        return geometric_mean(self.curve / self.typical, where)

    def groups_as_low(self, where: Bool[np.ndarray, " angle"]) -> float:
        """Share of groups whose :meth:`ratio` is as low."""
        own = self.ratio(where)
        return float(np.mean([geometric_mean(one / self.typical, where) <= own for one in self.groups.mean(axis=1)]))

    def exponent(self, density: Density) -> float:
        """α of I ∝ p^α at the common angles, mean over networks; NaN where there is none to be had."""
        return self._exponent(self.information, density)

    def exponents_of_groups(self, density: Density) -> Float[np.ndarray, " group"]:
        """The exponent of each group."""
        return np.array([self._exponent(group, density) for group in self.groups])

    def _exponent(self, values: np.ndarray, density: Density) -> float:
        p, where = density.pdf(self.angle), curves.common_angles(density, self.angle)
        if len(np.unique(p[where].round(6))) < 3:
            return np.nan
        try:
            return stats.fit_exponent(values[:, where], p[where]).mean
        except ValueError:  # an estimate that is mostly negative
            return np.nan


@checked
def table(
    beside: Mapping[tuple[str, str], Strangers], density: Density, rare: Bool[np.ndarray, " angle"]
) -> pd.DataFrame:
    """One row a loss and set of people: what tells it from as many people of training, and how many groups it passes.

    Parameters
    ----------
    beside : (loss, people) -> the comparison.
    density : that the networks were trained on. *Near the peak* is where it exceeds a tenth of its peak.
    rare : (A,) angles of little density.

    Returns
    -------
    ``loss``, ``people``; ``ratio`` near the peak, ``as_low``, the share of groups with as low a ratio, and
    ``where_rare``; ``speed`` near the peak; ``alpha``, the median group's (``alpha_of_groups``), and ``as_flat``, the
    share of groups with as low an exponent. What there is none of is NaN.
    """
    rows = []
    for (loss, people), one in beside.items():
        common = curves.common_angles(density, one.angle)
        alpha, of_groups = one.exponent(density), one.exponents_of_groups(density)
        of_groups = of_groups[np.isfinite(of_groups)]
        known = len(of_groups) > 0
        rows.append(
            {
                "loss": loss,
                "people": people,
                "ratio": one.ratio(common),
                "as_low": one.groups_as_low(common),
                "where_rare": one.ratio(rare),
                "speed": geometric_mean(one.speed, common),
                "alpha": alpha,
                "alpha_of_groups": np.median(of_groups) if known else np.nan,
                "as_flat": np.mean(of_groups <= alpha) if known and np.isfinite(alpha) else np.nan,
            }
        )
    return pd.DataFrame(rows)


@checked
def geometric_mean(values: Float[np.ndarray, "*sets angle"], where: Bool[np.ndarray, " angle"]) -> float:
    """Geometric mean of positive curves over some of their angles; NaN where there are none."""
    check_positive("values", values[..., where])
    return float(np.exp(np.log(values[..., where]).mean())) if where.any() else np.nan


@checked
def beside_trained(
    code: fisher.Code, faces: Faces, trained: fisher.Code, train: Faces, *, groups: int = 200, seed: int = 0
) -> Strangers:
    """Compare the code of some faces with that of random groups of as many people, of those that were trained on.

    Parameters
    ----------
    code, faces : of people who were not trained on, and the same networks' of people who were (``trained``, ``train``),
        at the same angles.
    groups : how many are drawn, without replacement within each.
    seed : of the groups.

    Raises
    ------
    ValueError
        For no groups, or codes of other networks or angles.
    """
    check_count("groups", groups, most=MOST)
    if code.embeddings.shape[:2] != trained.embeddings.shape[:2]:
        raise ValueError(
            f"both codes must be of the same networks and angles; got {code.embeddings.shape[:2]} and "
            f"{trained.embeddings.shape[:2]}"
        )
    z, t = trained.embeddings.values, trained.tangents.values
    names, rng = np.unique(train.person), np.random.default_rng((seed, 5))
    size = min(len(np.unique(faces.person)), len(names))
    rows = [np.isin(train.person, rng.choice(names, size, replace=False)) for _ in range(groups)]
    drawn = [estimators.linear_fisher(z[:, :, row], t[:, :, row], correction="wishart") for row in rows]
    moved, known = (np.linalg.norm(of.tangents.values.mean(axis=2), axis=-1) for of in (code, trained))
    information = fisher.information(code, estimator="wishart").values
    return Strangers(code.embeddings.angle.values, information, np.stack(drawn), moved / known)
