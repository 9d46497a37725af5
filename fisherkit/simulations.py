"""Estimators on codes whose information is known: bias, error, coverage. Must not know networks, images or pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from fisherkit import estimators, stats
from fisherkit.arrays import Seed
from fisherkit.checks import check_choice, check_count, check_fields, check_positive, checked
from fisherkit.known import LATENTS, KnownCode, random_code

#: These look for all of the Fisher information, the other estimators for the linear one.
FULL_INFORMATION = ("gaussian", "spanning-tree")

#: Random codes of each case.
CODES = 8

#: Half the distance (rad) of the two angles between which decoders decide.
STEP = 0.01


@dataclass(frozen=True)
class Case:
    """Random codes of one kind, and how many faces are drawn of each.

    Attributes
    ----------
    people, photographs : faces are people × photographs of each.
    dimensions, condition_number, latent : of the codes; see :func:`fisherkit.known.random_code`.
    alike : correlation of a person's photographs; see :meth:`fisherkit.known.KnownCode.sample`.
    """

    people: int = 80
    photographs: int = 1
    dimensions: int = 2
    condition_number: float = 10.0
    latent: str = "gaussian"
    alike: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("people", "photographs", "dimensions"):
            check_count(name, getattr(self, name))
        check_choice("latent", self.latent, LATENTS)
        if not (self.condition_number >= 1 and 0 <= self.alike < 1):
            raise ValueError(
                "condition_number must be at least 1, and alike in [0, 1); "
                f"got {self.condition_number} and {self.alike}"
            )


#: Cases by what is varied, and in that by the value that it takes.
Cases = Mapping[str, Mapping[object, Case]]


@dataclass(frozen=True)
class Simulated:
    """Sets of faces of a known code at θ = 0, in which estimates can be held against the truth.

    Attributes
    ----------
    code : that the faces are drawn from.
    embeddings, tangents : (set, face, output); tangents in units of the embedding per rad.
    person : (face,) whose face it is.
    """

    code: KnownCode
    embeddings: Float[np.ndarray, "set face output"]
    tangents: Float[np.ndarray, "set face output"]
    person: Int[np.ndarray, " face"]

    @classmethod
    def of(
        cls, code: KnownCode, people: int, *, photographs: int = 1, alike: float = 0.0, draws: int = 200, seed: Seed = 0
    ) -> "Simulated":
        """So many sets (``draws``) of faces of a code; see :meth:`fisherkit.known.KnownCode.sample`."""
        sample = code.sample([0.0], people, photographs=photographs, alike=alike, draws=draws, seed=seed)
        z, t = sample.embeddings, sample.tangents
        return cls(code, z.values[:, 0], t.values[:, 0], z.person.values)

    def ratios(
        self, estimator: str, *, by_person: bool = True, sets: int | None = None
    ) -> Float[np.ndarray, " chosen"]:
        """Estimate ÷ truth in each of the first ``sets`` sets; None for all.

        The truth is the linear information, and all of it for :data:`FULL_INFORMATION`. Without ``by_person`` each face
        counts as another person's.
        """
        truth = self.code.information(0.0) if estimator in FULL_INFORMATION else self.code.linear_information(0.0)
        z, t, person = self.embeddings[:sets], self.tangents[:sets], self._person(by_person)
        return estimators.named_estimate(estimator, z, t, person=person, step=STEP) / truth

    def covered(self, *, by_person: bool = True) -> Bool[np.ndarray, " set"]:
        """Whether the 95 % interval of the paired estimate holds the linear information, in each set."""
        truth = self.code.linear_information(0.0)
        interval = stats.information_interval(self.embeddings, self.tangents, person=self._person(by_person))
        return (interval.low <= truth) & (truth <= interval.high)

    def _person(self, by_person: bool) -> np.ndarray:
        return self.person if by_person else np.arange(len(self.person))


@checked
def summary(ratios: Sequence[Float[np.ndarray, " _"]]) -> dict[str, float]:
    """Of estimates ÷ truth: ``bias``, mean − 1; ``rmse``, the root mean square of ratio − 1; ``error`` of the bias."""
    values = np.concatenate(ratios)
    if len(values) < 2:
        raise ValueError(f"a summary must be of two estimates at least, to tell how they scatter; got {len(values)}")
    return {
        "bias": float(values.mean() - 1),
        "rmse": float(np.sqrt(((values - 1) ** 2).mean())),
        "error": float(values.std(ddof=1) / np.sqrt(len(values))),
    }


@checked
def tournament(
    cases: Cases,
    names: Sequence[str],
    *,
    draws: int = 200,
    fewer: Mapping[str, int] | None = None,
    by_person: bool = True,
    stream: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """Bias and error of estimators, compared on the same faces of codes whose information is known.

    Parameters
    ----------
    cases : what is varied -> value -> case; a case that comes twice is simulated once.
    names : of estimators; see :func:`fisherkit.estimators.named_estimate`.
    draws : sets of faces of each of :data:`CODES` codes.
    fewer : estimators that are slow -> the sets that they are tried on.
    by_person : whether photographs of one person are told to be.
    stream : of the random numbers; another one draws other faces of the same codes.
    seed : of codes and faces.

    Returns
    -------
    One row a case and estimator: ``varied``, ``x``, ``estimator``, and the :func:`summary`.
    """
    for name, sets in (fewer or {}).items():
        check_count(f"fewer[{name!r}]", sets)
    found: dict[Case, dict[str, dict[str, float]]] = {}
    rows = []
    for varied, of_varied in cases.items():
        for x, case in of_varied.items():
            if case not in found:
                ratios: dict[str, list] = {name: [] for name in names}
                for simulated in _simulated(case, draws, stream, seed):
                    for name in names:
                        sets = (fewer or {}).get(name)
                        ratios[name].append(simulated.ratios(name, by_person=by_person, sets=sets))
                found[case] = {name: summary(values) for name, values in ratios.items()}
            rows += [{"varied": varied, "x": x, "estimator": name, **found[case][name]} for name in names]
    return pd.DataFrame(rows)


@checked
def coverage(cases: Cases, *, draws: int = 200, by_person: bool = True, stream: int = 1, seed: int = 0) -> pd.DataFrame:
    """How often the 95 % interval of the paired estimate holds the truth; parameters as of :func:`tournament`.

    Returns
    -------
    One row a case: ``varied``, ``x`` and ``coverage``, a share.
    """
    found: dict[Case, float] = {}
    rows = []
    for varied, of_varied in cases.items():
        for x, case in of_varied.items():
            if case not in found:
                held = [one.covered(by_person=by_person) for one in _simulated(case, draws, stream, seed)]
                found[case] = float(np.mean(held))
            rows.append({"varied": varied, "x": x, "coverage": found[case]})
    return pd.DataFrame(rows)


def _simulated(case: Case, draws: int, stream: int, seed: int) -> Iterator[Simulated]:
    """Sets of faces of each random code of a case, one code at a time: those of many dimensions are large."""
    check_count("stream", stream, least=0)
    for k in range(CODES):
        code = random_code(case.dimensions, condition_number=case.condition_number, latent=case.latent, seed=(seed, k))
        shown = {"photographs": case.photographs, "alike": case.alike, "draws": draws}
        yield Simulated.of(code, case.people, **shown, seed=(seed, k, stream))


@checked
def compare_corrections(
    code: KnownCode, steps: Sequence[float], *, trials: int = 80, draws: int = 800, seed: int = 0
) -> pd.DataFrame:
    r"""The paired correction, and the one for independent trials, on paired faces and on independent trials.

    At θ ± step either the same faces are shown, or others. Where they are the same, the correction for independent
    trials takes off about :math:`2d/(T\delta^2)`, δ = 2 step, that was never added.

    Parameters
    ----------
    code : whose linear information at 0 is the truth.
    steps : in rad.
    trials, draws : T faces at each angle, in so many sets.
    seed : of the faces.

    Returns
    -------
    One row a step, kind of faces (``shown``) and ``correction``: ``ratio``, the mean estimate ÷ truth.
    """
    rows = []
    for step in steps:
        same = code.sample([-step, 0.0, step], trials, draws=draws, seed=(seed, 3)).embeddings.values
        other = code.sample([step], trials, draws=draws, seed=(seed, 4)).embeddings.values[:, 0]
        below, here, above = np.moveaxis(same, 1, 0)
        for shown, centre, second in (("paired faces", here, above), ("independent trials", below, other)):
            found = {
                "paired": estimators.linear_fisher(centre, (second - below) / (2 * step)),
                "independent-trials": estimators.independent_trials_fisher(below, second, step=step),
            }
            rows += [
                {"shown": shown, "step": step, "correction": name, "ratio": values.mean() / code.linear_information(0)}
                for name, values in found.items()
            ]
    return pd.DataFrame(rows)


@checked
def independent_trials(
    code: KnownCode, trials: Sequence[int], *, distance: float, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    r"""Experiments with independent trials of two stimuli, beside the published formulas for them.

    With T trials of each stimulus, a distance δ and d neurons, the *naive* estimate :math:`\mu'^\top S^{-1} \mu'` has
    the mean

    .. math:: \left(I + \frac{2d}{T \delta^2}\right) \frac{2T - 2}{2T - d - 3},

    the corrected one (:func:`fisherkit.estimators.independent_trials_fisher`) has the mean I and the variance of
    :func:`fisherkit.estimators.independent_trials_variance`.

    Parameters
    ----------
    code : whose linear information at 0 is the truth.
    trials : of each stimulus.
    distance : δ of the two stimuli, at ± δ/2, in rad.
    draws : experiments for each number of trials.
    seed : of the trials.

    Returns
    -------
    One row a ``quantity`` (``naive mean``, ``corrected mean``, ``corrected sd``) and number of ``trials``:
    ``simulated`` and by ``formula``, both ÷ truth.

    References
    ----------
    Kanitscheider, Coen-Cagli, Kohn & Pouget 2015, PLoS Computational Biology 11, e1004218.
    """
    truth, d = code.linear_information(0.0), len(code.slope)
    rows = []
    for count in trials:
        below, above = (
            code.sample([side * distance / 2], count, draws=draws, seed=(seed, 5, count, side + 1)).embeddings.values[
                :, 0
            ]
            for side in (-1, 1)
        )
        corrected = estimators.independent_trials_fisher(below, above, step=distance / 2)
        pooled = (estimators.sample_covariance(below) + estimators.sample_covariance(above)) / 2
        moved = (above.mean(axis=1) - below.mean(axis=1)) / distance
        naive = (moved * np.linalg.solve(pooled, moved[..., None])[..., 0]).sum(axis=1)
        inflated = (truth + 2 * d / count / distance**2) * (2 * count - 2) / (2 * count - d - 3)
        variance = estimators.independent_trials_variance(truth, trials=count, dimensions=d, step=distance / 2)
        rows += [
            ("naive mean", count, naive.mean() / truth, inflated / truth),
            ("corrected mean", count, corrected.mean() / truth, 1.0),
            ("corrected sd", count, corrected.std(ddof=1) / truth, np.sqrt(variance) / truth),
        ]
    return pd.DataFrame(rows, columns=["quantity", "trials", "simulated", "formula"])


@checked
def intraclass_correlation(
    values: Float[np.ndarray, "face output"], person: Int[np.ndarray, " face"]
) -> Float[np.ndarray, " output"]:
    r"""Correlation of two photographs of one person, for each output by itself.

    .. math:: \hat\rho = \frac{B - W}{B + (m - 1) W}

    with B and W the mean squares between and within P people, and m = n/P photographs of each (their mean, where
    people differ in it). Chance may make it negative.

    References
    ----------
    Fisher 1925, Statistical Methods for Research Workers, chapter 7.
    """
    row, people = estimators.numbered_people(person, len(values), least=2, what="likeness within people")
    if people == len(values):
        raise ValueError(f"likeness within people needs more than one face of some; got one of each of {people}")
    sizes = np.bincount(row)
    means = np.stack([np.bincount(row, weights=column) / sizes for column in values.T], axis=1)
    within = ((values - means[row]) ** 2).sum(axis=0) / (len(values) - people)
    between = (sizes[:, None] * (means - values.mean(axis=0)) ** 2).sum(axis=0) / (people - 1)
    whole = between + (len(values) / people - 1) * within
    check_positive("the variance of each output", whole)
    return (between - within) / whole


@dataclass(frozen=True)
class Twin:
    """A known code that is like a network's at one angle, and sets of faces of it.

    Attributes
    ----------
    likeness : of two photographs of a person in the network's own code, mean over whitened outputs.
    simulated : as many faces as the network was shown.
    """

    likeness: float
    simulated: Simulated


@checked
def twins(
    embeddings: Float[np.ndarray, "replicate face output"],
    tangents: Float[np.ndarray, "replicate face output"],
    person: Int[np.ndarray, " face"],
    *,
    latent: str = "gaussian",
    alike: bool = True,
    draws: int = 200,
    seed: int = 0,
) -> list[Twin]:
    """For each network a known code with its mean tangent, covariance, and scatter of tangents at one angle.

    Parameters
    ----------
    embeddings, tangents : (K, n, d) of the same n faces in each of K networks.
    person : whose face it is.
    latent : of the known code; only a Gaussian one's tangents scatter by more than what follows the embedding.
    alike : whether the photographs of a person are as alike as in the network; only for a Gaussian.
    draws : sets of faces of each code: as many people, with as many photographs.
    seed : of the faces.
    """
    people = len(np.unique(person))
    found = []
    for number, (z, t) in enumerate(zip(embeddings, tangents, strict=True)):
        code, likeness = _code_like(z, t, person, latent)
        shown = {"photographs": len(person) // people, "alike": likeness if alike else 0.0, "draws": draws}
        found.append(Twin(likeness, Simulated.of(code, people, **shown, seed=(seed, 7, number))))
    return found


def _code_like(z: np.ndarray, t: np.ndarray, person: np.ndarray, latent: str) -> tuple[KnownCode, float]:
    slope, root = t.mean(axis=0), estimators.cholesky(estimators.sample_covariance(z))
    white, moved = (estimators.whitened(root, values) for values in (z - z.mean(axis=0), t - slope))
    growth = moved.T @ white / (len(z) - 1)
    rest = moved - white @ growth.T
    turn = float(np.sqrt((rest**2).sum() / (len(z) - 1) / z.shape[1])) if latent == "gaussian" else 0.0
    likeness = float(np.clip(intraclass_correlation(white, person).mean(), 0, 0.95))
    return KnownCode(slope, root, growth, turn, latent), likeness
