"""Training on a CUDA device: float32 there, and the same statistics in float64 afterwards."""

import numpy as np
import pytest
import torch

from fisherkit import fisher
from fisherkit.experiments import channel_sweep, loss_sweep
from fisherkit.presets import preset
from fisherkit.store import Store


@pytest.fixture
def cuda():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")


def test_without_a_device_it_is_said_what_to_do_and_auto_is_the_cpu(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert preset("smoke", accelerator="auto") == preset("smoke")
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    sweep = loss_sweep("smoke", losses=["linear"], encodings=["linear"], accelerator="cuda", store=Store(tmp_path))
    with pytest.raises(ValueError, match=r"torch finds none here: install torch for CUDA .* accelerator='cpu'"):
        sweep.train()


def test_networks_of_a_device_are_others(tmp_path):
    """The CPU's keys are what they were before there was a choice."""
    sweeps = [
        loss_sweep("smoke", losses=["linear"], encodings=["linear"], accelerator=one, store=Store(tmp_path))
        for one in ("cpu", "cuda")
    ]
    assert "accelerator" not in sweeps[0].preset.recipe
    assert not {sweeps[0].key(c) for c in sweeps[0].conditions} & {sweeps[1].key(c) for c in sweeps[1].conditions}
    with pytest.raises(ValueError, match="accelerator must be one of cpu, cuda; got 'tpu'"):
        preset("smoke", accelerator="tpu")


@pytest.mark.gpu
def test_curves_of_networks_of_a_device_are_those_of_the_cpu_up_to_rounding(cuda, tmp_path):
    curves = []
    for one in ("cpu", "cuda"):
        sweep = loss_sweep("smoke", losses=["linear"], encodings=["linear"], accelerator=one, store=Store(tmp_path))
        faces = sweep.faces.subset("train").images
        curves.append(fisher.fisher_curve(sweep.ensemble(density="concentrated"), faces, np.linspace(-1, 1, 9)))
    assert curves[1].dtype == np.float64
    np.testing.assert_allclose(*curves, rtol=0.05)


@pytest.mark.gpu
def test_channels_with_a_penalty_train_on_a_device(cuda, tmp_path):
    from fisherkit.channel import Channel

    sweep = channel_sweep(
        "smoke", channels_by_name={"penalised": Channel(penalty=0.1)}, losses=["linear"], replicates=1,
        accelerator="cuda", store=Store(tmp_path),
    )  # fmt: skip
    sweep.train()
    assert sweep.check_stored() == ()
