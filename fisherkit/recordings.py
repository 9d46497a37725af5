"""Information of recordings: trials of neurons, or anything else, at several stimuli. Must not know networks or faces.

Faces are shown at every angle, and tangents follow each of them. A recording has other trials at each stimulus, and
only the difference of neighbouring stimuli for a tangent: its information is that of
:func:`fisherkit.estimators.independent_trials_fisher`, half-way between the two. It is unbiased for Gaussian trials,
and close to that for counts that are not few; between stimuli so far apart that tuning bends, it is an average.
"""

import numpy as np
import xarray as xr
from jaxtyping import Float
from numpy.typing import ArrayLike

from fisherkit.checks import checked
from fisherkit.curves import Precision
from fisherkit.estimators import groups_of_people, independent_trials_fisher
from fisherkit.stats import Interval, independent_trials_interval


@checked
def recorded_information(responses: ArrayLike, stimuli: ArrayLike) -> Precision:
    """Information half-way between neighbouring stimuli, and the same with trials left out.

    For :func:`fisherkit.curves.exponent_of`, and a figure of its values.

    Parameters
    ----------
    responses : (S, T, N), T trials of N neurons at each of S stimuli; or (R, S, T, N) of R sessions or animals, which
        take the place of replicates.
    stimuli : (S,) rising, in rad or whatever else the stimulus is measured in; information is per unit², and each
        stimulus counts once: of a circle, leave out the last where it is the first again.

    Returns
    -------
    Precision of (replicate, angle), S − 1 angles. Chance may make it negative. Trials are left out by their number at
    all stimuli together, which gives an exponent's variance where trials are independent.

    Raises
    ------
    ValueError
        For shapes that do not fit, stimuli that do not rise, values that are not finite, or too few trials: 2T must
        exceed N + 5.
    SingularCovarianceError
        Where a covariance cannot be inverted, such as that of a neuron that is silent at two neighbouring stimuli.
    """
    values, at = _checked(responses, stimuli)
    middle = (at[1:] + at[:-1]) / 2
    trials = values.shape[2]
    coordinates = {"replicate": np.arange(len(values)), "angle": middle}
    information = xr.DataArray(_between(values, at), dims=("replicate", "angle"), coords=coordinates)
    left = np.stack([_between(np.delete(values, group, axis=2), at) for group in groups_of_people(trials)])
    return Precision(information.rename("information"), {f"{trials} trials": left})


@checked
def recorded_interval(responses: ArrayLike, stimuli: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Information with an interval at each place by itself, (R, S − 1): :func:`independent_trials_interval`.

    Parameters and errors as in :func:`recorded_information`.
    """
    values, at = _checked(responses, stimuli)
    parts = [
        independent_trials_interval(values[:, k], values[:, k + 1], step=(at[k + 1] - at[k]) / 2, confidence=confidence)
        for k in range(len(at) - 1)
    ]
    estimate, low, high = (
        np.stack([getattr(part, name) for part in parts], axis=-1) for name in ("estimate", "low", "high")
    )
    return Interval(estimate, low, high, confidence)


def _checked(responses: ArrayLike, stimuli: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    values, at = (np.asarray(array, dtype=np.float64) for array in (responses, stimuli))
    whole = values[None] if values.ndim == 3 else values
    if whole.ndim != 4 or at.shape != whole.shape[1:2] or len(at) < 2:
        raise ValueError(
            "responses must be (S, T, N), trials of neurons at each of two stimuli or more, or (R, S, T, N); got "
            f"{values.shape}, with {at.shape} stimuli"
        )
    if not (np.diff(at) > 0).all():
        raise ValueError("stimuli must rise, each once; sort them, and the responses with them")
    if not (np.isfinite(whole).all() and np.isfinite(at).all()):
        raise ValueError("responses and stimuli must be finite; they hold NaN or infinity")
    trials, neurons = whole.shape[2:]
    if 2 * trials <= neurons + 5:
        raise ValueError(
            f"{neurons} neurons need more than {(neurons + 5) / 2:g} trials at each stimulus; got {trials}: record "
            "more, or take fewer neurons"
        )
    return whole, at


def _between(
    values: Float[np.ndarray, "replicate stimulus trial neuron"], at: Float[np.ndarray, " stimulus"]
) -> Float[np.ndarray, "replicate place"]:
    pairs = [
        independent_trials_fisher(values[:, k], values[:, k + 1], step=(at[k + 1] - at[k]) / 2)
        for k in range(len(at) - 1)
    ]
    return np.stack(pairs, axis=-1)
