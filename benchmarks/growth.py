"""How time and memory grow with the work: one direction after another, its size doubled and doubled again.

    python benchmarks/growth.py

Writes ``book/growth.csv`` and its figure, which the book's page on cost shows. Everything is on sketch faces. Each
point is a process of its own on a quiet machine: its time is the least of three (of fewer where they take longer than
half a minute), without imports and without faces, which are drawn before; its memory the most that the process held, or
for training one of its workers. Training is from nothing to stored networks, with the samples of each drawn.
*Work* is counted in products of a weight and what passes through it, for the sizes that are given.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from joblib.externals.loky import get_reusable_executor
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from fisherkit import cluster, fisher
from fisherkit.architecture import Architecture
from fisherkit.experiments import loss_sweep
from fisherkit.faces import sketch_population
from fisherkit.model import Ensemble, StackedNetwork, initial_weights
from fisherkit.processes import Processes
from fisherkit.running import train_sweeps
from fisherkit.store import Store

ROOT = Path(__file__).resolve().parents[1]

#: What a point has where it is not the direction that grows.
CURVES = {"models": 24, "angles": 50, "faces": 300, "pixels": 64}
TRAINING = {"models": 32, "pixels": 32}

#: Epochs and samples of a training; the presets quick and paper have as many samples, and 80 and 100 epochs.
EPOCHS, SAMPLES = 10, 8192

DIRECTIONS = {
    "curves": {
        "models": [2**k for k in range(9)],
        "angles": [50, 100, 200, 400, 800],
        "faces": [312, 625, 1250, 2500, 5000, 10000],
        "pixels": [16, 32, 64, 128],
    },
    "training": {
        "models": [8, 16, 32, 64, 128, 256],
        "pixels": [16, 32, 64, 128],
        "workers": [1, 2],
    },
}


def products(pixels: int) -> int:
    """Products of a weight and its input, for one image through one network."""
    return sum(inputs * outputs for inputs, outputs in Architecture(pixels).layers)


def curves(models: int, angles: int, faces: int, pixels: int) -> tuple[Callable[[], object], float]:
    """Fisher curves of untrained networks; and their work: values and tangents at every angle."""
    images = sketch_population(-(-faces // 10), pixels=pixels).images[:faces]
    weights = [initial_weights(Architecture(pixels), (k,)) for k in range(models)]
    grid = np.linspace(-np.pi / 2, np.pi / 2, angles)

    def work() -> None:
        ensemble = Ensemble(StackedNetwork(Architecture(pixels), weights), [None] * models, "bilinear")
        ensemble.conditions = None
        fisher.fisher_curve(ensemble, images, grid)

    return work, 2.0 * models * angles * faces * products(pixels)


def training(models: int, pixels: int, workers: int | None = None) -> tuple[Callable[[], object], float]:
    """Training from nothing to stored networks; and its work: forward, and twice as much backward.

    On this machine's cores, or on a cluster of so many workers; they have imported what they need.
    """
    faces = sketch_population(40, pixels=pixels)

    def train(count: int, epochs: int, where) -> None:
        sweep = loss_sweep(
            "quick", losses=["linear"], encodings=["linear"], densities=["concentrated"], replicates=count,
            faces=faces, pixels=pixels, epochs=epochs, samples=SAMPLES, store=Store(tempfile.mkdtemp()),
        )  # fmt: skip
        train_sweeps([sweep], where)

    def work() -> float:
        with nullcontext(Processes()) if workers is None else cluster.local(workers) as where:
            train(16, 1, where)
            began = time.perf_counter()
            train(models, EPOCHS, where)
            return time.perf_counter() - began

    return work, 3.0 * models * EPOCHS * SAMPLES * products(pixels)


def point(what: str, sizes: dict[str, int]) -> dict[str, float]:
    """Time, memory and work of one point, in this process."""
    work, amount = {"curves": curves, "training": training}[what](**sizes)
    seconds: list[float] = []
    while len(seconds) < 3 and sum(seconds) < 30:
        began = time.perf_counter()
        measured = work()
        seconds.append(measured or time.perf_counter() - began)
    get_reusable_executor().shutdown(wait=True)  # whose processes count when they have ended
    whose = resource.RUSAGE_SELF if what == "curves" else resource.RUSAGE_CHILDREN
    memory = resource.getrusage(whose).ru_maxrss * 1024 / 1e9  # kB on Linux
    return {"seconds": min(seconds), "memory_gb": memory, "products": amount}


def drawn(points: pd.DataFrame) -> Figure:
    """Time against work in logarithms, a panel a direction; with a line in proportion through the last point."""
    panels = [key for key, of in points.groupby(["what", "direction"], sort=False) if len(of) > 2]
    columns = 3
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns * 3.2, rows * 3.2), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, (what, direction) in zip(axes.flat, panels, strict=False):
        of = points[(points["what"] == what) & (points["direction"] == direction)].sort_values("products")
        last = of.iloc[-1]
        axis.loglog(of["products"], of["products"] * last["seconds"] / last["products"], color="0.6", dashes=(4, 2))
        axis.loglog(of["products"], of["seconds"], marker="o")
        axis.set(title=f"{what} by {direction}", xlabel="products")
        axis.xaxis.set_minor_formatter(NullFormatter())  # a panel of less than a decade would name each tick
        for (_, point), side in zip(of.iloc[[0, -1]].iterrows(), ("left", "right"), strict=True):
            place = point["products"], point["seconds"]
            axis.annotate(f"{point['size']:,.0f}", place, (0, 6), textcoords="offset points", ha=side)
    axes[0, 0].set_ylim(top=3 * points["seconds"].max())  # for the size above the last point
    for axis in axes[:, 0]:
        axis.set_ylabel("time (s)")
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    return figure


def main() -> None:
    """Measure every point in a process of its own, print, write."""
    rows = []
    for what, directions in DIRECTIONS.items():
        for direction, sizes in directions.items():
            for size in sizes:
                asked = {**{"curves": CURVES, "training": TRAINING}[what], direction: size}
                argv = [sys.executable, __file__, what, json.dumps(asked)]
                told = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
                rows.append({"what": what, "direction": direction, "size": size, **json.loads(told)})
                print(rows[-1], flush=True)
    table = pd.DataFrame(rows).assign(cores=joblib.cpu_count())
    table.to_csv(ROOT / "book" / "growth.csv", index=False, float_format="%.4g")
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "growth"}):  # text as text, the same file each time
        drawn(table).savefig(ROOT / "book" / "_static" / "growth.svg", metadata={"Date": None})


if __name__ == "__main__":
    print(json.dumps(point(sys.argv[1], json.loads(sys.argv[2])))) if len(sys.argv) > 1 else main()
