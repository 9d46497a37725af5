"""How much faster replicates train together than one by one.

    python benchmarks/training.py

Twelve replicates of one condition at the preset `quick`, fewer epochs, on sketch faces: once as one group of twelve, and
one at a time as twelve groups of one. Samples and validation are made and used in both. The two alternate, in both
orders; the medians and their ratio are printed and written to benchmarks/results.json.
"""

import json
import platform
import statistics
import time
from dataclasses import replace
from pathlib import Path

import torch

from fisherkit.densities import named
from fisherkit.faces import load_faces
from fisherkit.presets import PRESETS
from fisherkit.training import Condition, train_group

REPLICATES, EPOCHS, REPETITIONS = 12, 3, 5


def main() -> None:
    together = replace(PRESETS["quick"], epochs=EPOCHS, group_width=REPLICATES)
    alone = replace(together, group_width=1)
    faces = load_faces("sketch", pixels=together.pixels)
    density = named("concentrated", "linear")
    conditions = [Condition("linear", "linear", "concentrated", density, number) for number in range(REPLICATES)]

    def time_together() -> float:
        started = time.perf_counter()
        train_group(conditions, faces, together)
        return time.perf_counter() - started

    def time_one_by_one() -> float:
        started = time.perf_counter()
        for condition in conditions:
            train_group([condition], faces, alone)
        return time.perf_counter() - started

    time_together()  # warms up
    seconds = {time_together: [], time_one_by_one: []}
    for repetition in range(REPETITIONS):
        order = list(seconds) if repetition % 2 else list(seconds)[::-1]
        for measure in order:
            seconds[measure].append(measure())
    medians = {measure.__name__.removeprefix("time_"): statistics.median(times) for measure, times in seconds.items()}
    results = {
        "training_one_by_one_to_together_ratio": round(medians["one_by_one"] / medians["together"], 2),
        "training_together_seconds": round(medians["together"], 2),
        "training_one_by_one_seconds": round(medians["one_by_one"], 2),
        "replicates": REPLICATES,
        "epochs": EPOCHS,
        "repetitions": REPETITIONS,
        "machine": platform.machine(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
    }
    (Path(__file__).parent / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    for name, value in results.items():
        print(f"{name:42} {value}")


if __name__ == "__main__":
    main()
