"""Numbers of a small training on sketch faces, and how far they vary where rounding differs.

`python -m tests.golden` writes them anew: when training or an estimator is changed on purpose.
"""

import json
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from fisherkit.experiments import loss_sweep
from fisherkit.fisher import fisher_curve
from fisherkit.model import initial_weights
from fisherkit.store import Store
from fisherkit.study import Study

PATH = Path(__file__).with_suffix(".json")

#: Relative changes of the initial weights. They move the numbers as much as other instructions of a processor do, or
#: more: SSE4.2 or AVX2 for AVX-512 moves none by more than 1.1 times the spread.
PERTURBATION, TRAININGS = 1e-6, 8

ANGLES = np.array([-0.6, 0.0, 0.6])


def numbers(store: Store, **overrides: object) -> dict[str, float]:
    """Exponents, and information in rad⁻² at three angles, of two networks for each of two losses."""
    sweep = loss_sweep(
        "smoke", losses=["linear", "quart"], encodings=["linear"], densities=["concentrated"], replicates=2,
        faces="sketch", store=store, **overrides,
    )  # fmt: skip
    study, images, found = Study(sweep, angles=24), sweep.faces.subset("test").images, {}
    for loss in ("linear", "quart"):
        found[f"exponent, {loss}"] = study.exponent(loss).mean
        curve = fisher_curve(sweep.ensemble(loss=loss), images, ANGLES).mean("replicate")
        found |= {f"information at {angle:g}, {loss}": float(at) for angle, at in zip(ANGLES, curve, strict=True)}
    return found


def perturbed(seed: int) -> dict[str, float]:
    """The same from initial weights that differ by rounding."""
    rng = np.random.default_rng(seed)

    def weights(*arguments):
        return {
            name: value * torch.from_numpy(1 + PERTURBATION * rng.standard_normal(value.shape)).float()
            for name, value in initial_weights(*arguments).items()
        }

    with (
        tempfile.TemporaryDirectory() as folder,
        patch("fisherkit.conditions.initial_weights", weights),
        patch("joblib.cpu_count", lambda: 1),  # in this process, where the patch is
    ):
        return numbers(Store(folder))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        expected = numbers(Store(folder))
    varied = [perturbed(seed) for seed in range(TRAININGS)]
    spread = {name: float(np.std([one[name] for one in varied], ddof=1)) for name in expected}
    table = {name: {"value": value, "spread": spread[name]} for name, value in expected.items()}
    PATH.write_text(json.dumps(table, indent=1) + "\n")
