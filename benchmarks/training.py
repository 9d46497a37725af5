"""How much faster replicates train together than one by one.

    python benchmarks/training.py

Twelve replicates of one condition at the preset `quick`, fewer epochs, on sketch faces. Together: as a sweep trains
them, in groups of the preset's width, a group to each core, the start of the processes counted in. One by one: twelve
groups of one network, in this process. Both make their samples and validate. They alternate, in both orders; medians
and their ratio are printed and written to benchmarks/results.json. Few epochs understate it: starting costs the same.
"""

import json
import platform
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import joblib
import torch

from fisherkit.experiments import loss_sweep
from fisherkit.store import Store
from fisherkit.training import train_group

REPLICATES, EPOCHS, REPETITIONS = 12, 40, 3


def sweep_into(folder: str):
    """The twelve replicates, with an empty store."""
    return loss_sweep(
        "quick", losses=["linear"], encodings=["linear"], densities=["concentrated"], replicates=REPLICATES,
        faces="sketch", epochs=EPOCHS, store=Store(folder),
    )  # fmt: skip


def time_together() -> float:
    """Seconds that the sweep takes."""
    with tempfile.TemporaryDirectory() as folder:
        sweep = sweep_into(folder)
        started = time.perf_counter()
        sweep.train()
        return time.perf_counter() - started


def time_one_by_one() -> float:
    """Seconds that its networks take, each alone."""
    with tempfile.TemporaryDirectory() as folder:
        sweep = sweep_into(folder)
        alone = replace(sweep.preset, group_width=1)
        started = time.perf_counter()
        for condition in sweep.conditions:
            train_group([condition], sweep.faces, alone)
        return time.perf_counter() - started


def main() -> None:
    """Measure, print, write."""
    seconds = {time_together: [], time_one_by_one: []}
    for repetition in range(REPETITIONS):
        for measure in list(seconds) if repetition % 2 else list(seconds)[::-1]:
            seconds[measure].append(measure())
    medians = {measure.__name__.removeprefix("time_"): statistics.median(times) for measure, times in seconds.items()}
    results = {
        "training_one_by_one_to_together_ratio": round(medians["one_by_one"] / medians["together"], 2),
        "training_together_seconds": round(medians["together"], 2),
        "training_one_by_one_seconds": round(medians["one_by_one"], 2),
        "replicates": REPLICATES,
        "epochs": EPOCHS,
        "repetitions": REPETITIONS,
        "cores": joblib.cpu_count(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "machine": platform.machine(),
        "torch": torch.__version__,
    }
    (Path(__file__).parent / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    for name, value in results.items():
        print(f"{name:42} {value}")


if __name__ == "__main__":
    main()
