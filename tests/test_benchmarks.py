"""What the benchmarks compare is the same thing; how fast it is they say themselves."""

import sys
from pathlib import Path

import pytest
import torch

from fisherkit import fisher

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))
import engine
import reference


@pytest.mark.parametrize(("interpolation", "order"), [("bilinear", 1), ("bicubic", 3)])
def test_the_reference_computes_what_the_engine_does(interpolation, order):
    images = engine.upright_faces()[:60]
    torch.manual_seed(0)
    model = reference.network(engine.PIXELS)
    theirs = reference.fisher_information(model, images, 0.3, order=order)
    ours = fisher.fisher_curve(model, images, [0.3], estimator="plug-in", interpolation=interpolation)
    assert ours.item() == pytest.approx(theirs, rel=2e-3)  # with the other interpolation it is 9 % off
