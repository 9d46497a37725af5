"""What time the work takes: how it grows, from points that were measured, and what more of it would take.

Must not know how anything is computed. The points are in ``book/growth.csv``, written by ``benchmarks/growth.py``: a
row a point, with ``what`` (``curves`` or ``training``), the ``direction`` that grows, its ``size``, ``seconds``,
``memory_gb``, ``products`` (of a weight and what passes through it) and ``cores``.
"""

import numpy as np
import pandas as pd

from fisherkit.checks import check_count, checked
from fisherkit.presets import Preset

#: Columns of the points: what they are, and numbers above zero.
_WHAT, _NUMBERS = ("what", "direction"), ("size", "seconds", "memory_gb", "products", "cores")

#: Points that a slope is fitted to: the last two doublings.
LAST = 3

#: Nodes of a cluster, and cores of each, that a cost is told for.
NODES, CORES = 100, 32

#: Peak rates of an accelerator that a cost is told for: float32 operations and bytes of memory per second.
#: NVIDIA H100 SXM, data sheet of 2023.
ACCELERATOR, OPERATIONS, BYTES = "H100", 67e12, 3.35e12


def _check_points(points: pd.DataFrame) -> None:
    """Raise a ValueError for what is no table of points."""
    if lacking := [name for name in (*_WHAT, *_NUMBERS) if name not in points.columns]:
        wanted = ", ".join((*_WHAT, *_NUMBERS))
        raise ValueError(f"points must have the columns {wanted}; they lack {', '.join(lacking)}")
    for name in _NUMBERS:
        values = pd.to_numeric(points[name], errors="coerce").to_numpy()
        if not np.all((values > 0) & np.isfinite(values)):
            wrong = points[name].iloc[int(np.argmin((values > 0) & np.isfinite(values)))]
            raise ValueError(f"{name} of each point must be a finite number above 0; got {wrong!r}")


@checked
def slopes(points: pd.DataFrame) -> pd.DataFrame:
    """How time grows with the work at the large end: the slope in logarithms over the last two doublings.

    1 is in proportion; below 1, what does not grow is still a part of it. Least squares through three points, each the
    least of several times: there is no interval.

    Returns
    -------
    One row a direction with three sizes or more: ``what``, ``direction``, the sizes ``from`` and ``to``, ``slope``, and
    the memory in GB at both, ``memory_from`` and ``memory_to``.
    """
    _check_points(points)
    rows = []
    for (what, direction), of_it in points.groupby(["what", "direction"], sort=False):
        last = of_it.sort_values("size").tail(LAST)
        if len(last) < LAST:
            continue
        slope = np.polyfit(np.log(last["products"]), np.log(last["seconds"]), 1)[0]
        ends = (float(last[name].iloc[end]) for name in ("size", "memory_gb") for end in (0, -1))
        rows.append((what, direction, *ends, float(slope)))
    return pd.DataFrame(rows, columns=["what", "direction", "from", "to", "memory_from", "memory_to", "slope"])


@checked
def speed_up(points: pd.DataFrame) -> float:
    """How many times as fast two workers train as one.

    Raises
    ------
    ValueError
        Where one of both was not measured.
    """
    _check_points(points)
    seconds = points[(points["what"] == "training") & (points["direction"] == "workers")].set_index("size")["seconds"]
    if absent := {1, 2} - set(seconds.index):
        raise ValueError(f"points must hold training with 1 and with 2 workers; got none with {min(absent)}")
    return float(seconds.loc[1] / seconds.loc[2])


@checked
def products_of_training(recipe: Preset) -> float:
    """Products of a weight and what passes through it, in training one network: forward, and twice as many backward."""
    layers = sum(inputs * outputs for inputs, outputs in recipe.architecture.layers)
    return 3.0 * recipe.epochs * recipe.samples * layers


@checked
def hours_of_training(points: pd.DataFrame, recipe: Preset, networks: int) -> pd.DataFrame:
    """What so many networks would take, at the pace of the largest training that was measured at that many pixels.

    On the machine of the points it is what was measured, in proportion. On nodes with cores like those it is that
    divided by the cores; on an accelerator it is the least that its peak rates allow, :math:`\\max(2P/F, 28WS/B)`: P
    products at F operations per second, and Adam's seven passes over W weights of four bytes in S steps, at B bytes per
    second. Neither was measured.

    Returns
    -------
    ``on``, ``cores``, ``hours`` and ``measured``, a row each.

    Raises
    ------
    ValueError
        For a preset of a size that was not measured.
    """
    check_count("networks", networks)
    _check_points(points)
    trained = points[(points["what"] == "training") & (points["direction"] == "pixels")]
    at = trained[trained["size"] == recipe.pixels]
    if not len(at):
        measured = ", ".join(f"{size:g}" for size in trained["size"]) or "none (no training was measured)"
        raise ValueError(f"pixels must be one of {measured}; got {recipe.pixels}")
    total = networks * products_of_training(recipe)
    seconds, cores = float(total * at["seconds"].iloc[0] / at["products"].iloc[0]), int(at["cores"].iloc[0])
    weights = sum(inputs * outputs for inputs, outputs in recipe.architecture.layers)
    steps = networks * recipe.epochs * recipe.samples / recipe.batch
    least = max(2 * total / OPERATIONS, 7 * 4 * weights * steps / BYTES)
    rows = [
        (f"a machine of {cores} cores", cores, seconds / 3600, True),
        (f"{NODES} nodes", NODES * CORES, seconds * cores / (NODES * CORES) / 3600, False),
        (f"one {ACCELERATOR}, at least", 0, least / 3600, False),
    ]
    return pd.DataFrame(rows, columns=["on", "cores", "hours", "measured"])


@checked
def bytes_on_disk(recipe: Preset, networks: int) -> float:
    """What so many networks take in a store: float32 weights and biases, at two checkpoints each."""
    check_count("networks", networks)
    sizes = (inputs * outputs + outputs for inputs, outputs in recipe.architecture.layers)
    return float(networks * 2 * 4 * sum(sizes))
