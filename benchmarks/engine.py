"""The engine against the original's procedures and against the floor, side by side in one run.

    python benchmarks/engine.py

Prints a table and writes benchmarks/results.json. Everything is on sketch faces, at 64 × 64 pixels, and training also
at 32 × 32 as the preset ``quick`` has it, channels included; with untrained networks where weights do not matter. What
is compared takes turns, in both orders; each time is the median of five. The reference runs one network, one angle or
one minibatch after another, so that its time for many is that many times its time for one; it is measured with one and
with two threads, and the faster one counts. The *floor* is the time of the operations of the matrix products and
interpolations at the rate that one large product reaches, and of the optimiser's bytes at the rate of one large copy,
measured in the same run. Training can be below it: weights that fit a cache move faster than a large copy.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import joblib
import numpy as np
import reference
import torch

from fisherkit import fisher
from fisherkit.architecture import Architecture
from fisherkit.channel import STRATA
from fisherkit.densities import named
from fisherkit.experiments import Sweep, channel_sweep, loss_sweep
from fisherkit.faces import disc, load_faces, rotate
from fisherkit.model import Ensemble, StackedNetwork, initial_weights
from fisherkit.presets import preset
from fisherkit.processes import side_by_side
from fisherkit.store import Store
from fisherkit.training import train_group

PIXELS, FACES, ANGLES, MODELS, REPETITIONS = 64, 300, 50, 24, 5
TRAINED_EPOCHS = 3  # of which the first, with its start, does not count
GRID = np.linspace(-np.pi / 2, np.pi / 2, ANGLES)
INSIDE = int(disc(PIXELS).sum())


def layers(architecture: Architecture) -> list[tuple[int, int]]:
    """Inputs and outputs of each layer, of the pixels that differ between images."""
    return [(int(disc(architecture.pixels).sum()), architecture.hidden[0]), *architecture.layers[1:]]


def alternate(measures: dict[str, Callable[[], float]], repetitions: int = REPETITIONS) -> dict[str, float]:
    """Median seconds of each measure; they take turns, every other time in reverse."""
    seconds = {name: [] for name in measures}
    for repetition in range(repetitions):
        for name in list(measures) if repetition % 2 else list(measures)[::-1]:
            seconds[name].append(measures[name]())
    return {name: statistics.median(times) for name, times in seconds.items()}


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Seconds that some work takes."""

    def measure() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return measure


def with_threads(threads: int, work: Callable[[], object]) -> Callable[[], float]:
    """The same, on so many threads."""

    def measure() -> float:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            return timed(work)()
        finally:
            torch.set_num_threads(before)

    return measure


def rates() -> dict[str, Callable[[], float]]:
    """One large product of the engine's own shape, and one large copy."""
    left, right = torch.randn(4096, 4096), torch.randn(4096, 4096)
    source = torch.randn(64_000_000)
    target = torch.empty_like(source)
    return {"product": timed(lambda: left @ right), "copy": timed(lambda: target.copy_(source))}


def upright_faces() -> np.ndarray:
    """Faces, in an array that can be written to: scikit-image rotates no other."""
    return load_faces("sketch").subset("train").images.copy()


def networks(count: int, interpolation: str = "bilinear") -> Ensemble:
    """Untrained networks, made anew: nothing of them is cached."""
    weights = [initial_weights(Architecture(PIXELS), (k,)) for k in range(count)]
    return Ensemble(StackedNetwork(Architecture(PIXELS), weights), [None] * count, interpolation)


def curve(count: int, images: np.ndarray, angles: Sequence[float] = GRID, interpolation: str = "bilinear") -> None:
    """Curves of so many new networks, stimuli included."""
    ensemble = networks(count, interpolation)
    ensemble.conditions = None
    fisher.fisher_curve(ensemble, images, angles)


def fisher_measures(images: np.ndarray, interpolation: str) -> dict[str, Callable[[], float]]:
    """Curves of many, of twice as many and of one network; the reference at one angle."""
    order = {"bilinear": 1, "bicubic": 3}[interpolation]
    model = reference.network(PIXELS)

    def original() -> None:
        reference.fisher_information(model, images, 0.3, order=order)

    return {
        "many": timed(lambda: curve(MODELS, images, interpolation=interpolation)),
        "one": timed(lambda: curve(1, images, interpolation=interpolation)),
        "doubled": timed(lambda: curve(2 * MODELS, images, interpolation=interpolation)),
        **{f"reference_{threads}": with_threads(threads, original) for threads in (1, 2)},
    }


def fisher_floor(models: int, product_rate: float, copy_rate: float, taps: int = 4) -> float:
    """Seconds for values and tangents of so many networks along the grid."""
    operations = models * 2 * sum(2 * FACES * inputs * outputs for inputs, outputs in layers(Architecture(PIXELS)))
    # Three rotated sets: read the upright images, write the disc.
    moved = 3 * FACES * 4 * (PIXELS**2 + INSIDE)
    return ANGLES * (operations / product_rate + moved / copy_rate)


def peak_memory() -> float:
    """Largest memory, in GB, of a process of its own that makes the curves of 256 networks at 200 angles."""
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import resource, engine, numpy as np\n"
        "engine.curve(256, engine.upright_faces(), np.linspace(-1.5, 1.5, 200))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)"
    )
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


def epochs_of_group(conditions, faces, recipe) -> list[float]:
    """Seconds of each epoch of one group after the first."""
    marks = []
    train_group(conditions, faces, recipe, on_epoch=lambda _: marks.append(time.perf_counter()))
    return [after - before for before, after in pairwise(marks)]


def replicates(recipe, networks: int) -> Sweep:
    """So many networks that share nothing but their condition."""
    return loss_sweep(
        recipe, losses=["linear"], encodings=["linear"], densities=["concentrated"], replicates=networks,
        split="person", store=Store(tempfile.mkdtemp()),
    )  # fmt: skip


def epoch_of_groups(sweep: Sweep) -> Callable[[], float]:
    """An epoch of a sweep's networks, two groups side by side."""
    width = sweep.preset.group_width
    groups = [sweep.conditions[start : start + width] for start in range(0, len(sweep.conditions), width)]

    def ours() -> float:
        with side_by_side(min(len(groups), joblib.cpu_count())):
            epochs = joblib.Parallel()(
                joblib.delayed(epochs_of_group)(group, sweep.faces, sweep.preset) for group in groups
            )
        return max(statistics.median(of_group) for of_group in epochs)

    return ours


def channels_of(recipe) -> Sweep:
    """As many channels as two groups of the preset have, and as many samples."""
    return channel_sweep(
        recipe.name, losses=["linear"], replicates=2 * recipe.group_width, samples=recipe.samples,
        epochs=recipe.epochs, store=Store(tempfile.mkdtemp()),
    )  # fmt: skip


def training_measures(faces) -> dict[str, Callable[[], float]]:
    """An epoch of 24 replicates, and of the reference's one with its loader in the process or in eight workers.

    And an epoch of two groups of the preset ``quick``, and of two of its channels, with as many samples.
    """
    recipe = preset("original", faces="sketch", split="person", epochs=TRAINED_EPOCHS)
    small = preset("quick", faces="sketch", epochs=4 * TRAINED_EPOCHS)
    density = named("concentrated", "linear")
    pairs = {
        size: reference.Pairs(*samples)
        for size, subset in ((recipe.samples, "train"), (recipe.validation_samples, "validation"))
        for samples in [whole_samples(faces.subset(subset), density, size)]
    }
    training, validation = pairs[recipe.samples], pairs[recipe.validation_samples]

    class Clocked(reference.Module):
        """Notes when its epochs end."""

        def __init__(self) -> None:
            super().__init__(PIXELS)
            self.marks = []

        def on_train_epoch_end(self) -> None:
            self.marks.append(time.perf_counter())

    def original(workers: int, threads: int) -> Callable[[], float]:
        def measure() -> float:
            module = Clocked()
            with_threads(
                threads, lambda: reference.train(module, training, validation, epochs=2, workers=workers)
            )()  # fmt: skip
            return module.marks[1] - module.marks[0]

        return measure

    return {
        "ours": epoch_of_groups(replicates(recipe, MODELS)),
        "ours_quick": epoch_of_groups(replicates(small, 2 * small.group_width)),
        "ours_channels": epoch_of_groups(channels_of(small)),
        **{f"reference_{w}_workers_{t}": original(w, t) for w in (0, 8) for t in (1, 2)},
    }


def whole_samples(faces, density, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The reference's samples: whole rotated images and their angles."""
    chosen = np.random.default_rng(0).integers(len(faces), size=size)
    angles = density.sample(size, seed=1)
    images = np.concatenate(
        [rotate(faces.images[chosen[s : s + 512]], angles[s : s + 512]) for s in range(0, size, 512)]
    )
    return torch.from_numpy(images), torch.from_numpy(angles.astype(np.float32))


def training_floor(recipe, networks: int, product_rate: float, copy_rate: float) -> float:
    """Seconds of one epoch of so many networks."""
    sizes, depth = layers(recipe.architecture), recipe.architecture.depth
    weights = [inputs * outputs for inputs, outputs in sizes]
    products = sum(weights[:depth]) + STRATA * sum(weights[depth:])
    # Forward; the weights' gradient; the inputs' gradient, but for the images.
    step = 2 * recipe.batch * (3 * products - weights[0])
    validated = 2 * recipe.validation_samples * products
    parameters = sum(weights) + sum(outputs for _, outputs in sizes)
    # Adam reads parameter, gradient and two moments, and writes parameter and moments.
    traffic = 7 * 4 * parameters
    steps = recipe.samples // recipe.batch
    return networks * (steps * (step / product_rate + traffic / copy_rate) + validated / product_rate)


def main() -> None:
    """Measure, print, write."""
    faces, images = load_faces("sketch"), upright_faces()
    curve(1, images, GRID[:5])  # imports and allocations of the first use are nobody's
    recipe = replace(preset("original"), epochs=TRAINED_EPOCHS)
    seconds: dict[str, float] = alternate(rates())
    product_rate, copy_rate = 2 * 4096**3 / seconds["product"], 2 * 4 * 64_000_000 / seconds["copy"]
    results: dict[str, object] = {}
    for interpolation in ("bilinear", "bicubic"):
        part = alternate(fisher_measures(images, interpolation))
        original = min(part["reference_1"], part["reference_2"])
        suffix = "" if interpolation == "bilinear" else "_bicubic"
        floor = fisher_floor(MODELS, product_rate, copy_rate)
        results |= {
            f"fisher_many_ratio{suffix}": MODELS * ANGLES * original / part["many"],
            f"fisher_one_ratio{suffix}": ANGLES * original / part["one"],
            f"fisher_many_to_floor_ratio{suffix}": part["many"] / floor,
            f"fisher_doubling_ratio{suffix}": part["doubled"] / part["many"],
            f"fisher_many_seconds{suffix}": part["many"],
            f"fisher_one_seconds{suffix}": part["one"],
            f"fisher_reference_seconds_an_angle{suffix}": original,
            f"fisher_floor_seconds{suffix}": floor,
        }
    results["fisher_peak_memory_gb"] = peak_memory()
    part = alternate(training_measures(faces))
    floor = training_floor(recipe, MODELS, product_rate, copy_rate)
    quick = preset("quick")
    floor_quick = training_floor(quick, 2 * quick.group_width, product_rate, copy_rate)
    of_channels = channels_of(quick).preset
    floor_channels = training_floor(of_channels, 2 * of_channels.group_width, product_rate, copy_rate)
    original = {w: min(part[f"reference_{w}_workers_{t}"] for t in (1, 2)) for w in (0, 8)}
    results |= {
        "training_ratio": MODELS * original[0] / part["ours"],
        "training_ratio_eight_workers": MODELS * original[8] / part["ours"],
        "training_to_floor_ratio": part["ours"] / floor,
        "training_quick_to_floor_ratio": part["ours_quick"] / floor_quick,
        "training_channels_to_floor_ratio": part["ours_channels"] / floor_channels,
        "training_quick_epoch_seconds": part["ours_quick"],
        "training_channels_epoch_seconds": part["ours_channels"],
        "training_quick_floor_epoch_seconds": floor_quick,
        "training_channels_floor_epoch_seconds": floor_channels,
        "training_epoch_seconds": part["ours"],
        "training_reference_epoch_seconds": original[0],
        "training_reference_epoch_seconds_eight_workers": original[8],
        "training_floor_epoch_seconds": floor,
        "product_gflops": product_rate / 1e9,
        "copy_gb_per_second": copy_rate / 1e9,
    }
    results = {name: float(f"{value:.4g}") for name, value in results.items()} | {
        "models": MODELS, "angles": ANGLES, "faces": FACES, "pixels": PIXELS, "repetitions": REPETITIONS,
        "cores": joblib.cpu_count(), "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "machine": platform.machine(), "torch": torch.__version__,
    }  # fmt: skip
    (Path(__file__).parent / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, value in results.items():
        print(f"{name:48} {value}")


if __name__ == "__main__":
    main()
