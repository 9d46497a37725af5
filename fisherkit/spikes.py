"""Spikes: narrow places where a curve along the angle leaves its surroundings. Must not know figures or pages."""

import numpy as np
import pandas as pd
import scipy.signal

from fisherkit import stats
from fisherkit.checks import checked
from fisherkit.curves import Measured


@checked
def find_spikes(measured: Measured, *, dips: bool = False, factor: float = 2.0, widest: float = 0.1) -> pd.DataFrame:
    r"""Narrow places where the information, or another precision, of a network stands out of its surroundings.

    A **spike** is a local maximum of log f whose prominence is at least log ``factor``, and which is no wider than
    ``widest`` at half its prominence. Its prominence is its height above the higher of its two feet, which are the
    lowest places between it and higher ground (or the end of the range) on either side. It is **beyond chance** where
    the lower end of the network's simultaneous band over people (:func:`fisherkit.stats.simultaneous_band`), at the
    spike, is above the upper ends at both feet. A **dip** is a spike of 1/f.

    Of an error, spikes of its inverse are dips: give the precision.

    Parameters
    ----------
    measured : of some networks, at angles evenly spaced on a line, with its draws of people.
    dips : whether to look for dips instead.
    factor : how many times its surroundings a spike is at least.
    widest : in rad.

    Returns
    -------
    One row a spike: ``replicate``, by its place among those given, ``angle`` in rad, ``height``, how many times the
    higher of its feet it is (for a dip, how many times smaller than the lower one), and ``beyond_chance``.

    Raises
    ------
    ValueError
        For a factor of one or less, a width that is not positive, or curves that are not.
    """
    if not (factor > 1 and widest > 0):
        raise ValueError(f"a spike needs a factor above 1 and a positive width; got {factor} and {widest}")
    sign, step = -1 if dips else 1, measured.angle[1] - measured.angle[0]
    found = []
    for k, line in enumerate(measured.information.values):
        band = stats.simultaneous_band(line, measured.draws[:, k])
        low, high = np.sort(sign * np.log([band.low, band.high]), axis=0)
        top, about = scipy.signal.find_peaks(
            sign * np.log(line), prominence=np.log(factor), width=(None, widest / step), rel_height=0.5
        )
        feet = np.maximum(high[about["left_bases"]], high[about["right_bases"]])
        of_one = {
            "angle": measured.angle[top],
            "height": np.exp(about["prominences"]),
            "beyond_chance": low[top] > feet,
        }
        found.append(pd.DataFrame({"replicate": np.full(len(top), k), **of_one}))
    return pd.concat(found, ignore_index=True)
