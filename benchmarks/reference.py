"""The original's procedures, written out as they were: what the engine is measured against.

One network at a time, with all 64 × 64 pixels. Fisher information: at each angle three sets of 300 rotations by
scikit-image (θ − δ, θ, θ + δ), one forward pass, the gradient of each mean output with respect to the images in a
backward pass of its own, contracted with the images' derivative, and an explicit inverse of the covariance. Training: a
DataLoader of dictionaries, batches of 32, Adam, clipping, validation every epoch, in a Lightning loop.
"""

import logging
import warnings
from itertools import pairwise

import lightning
import numpy as np
import torch
from skimage.transform import rotate
from torch.utils.data import DataLoader, Dataset

OUTSIDE = 0.5


def network(pixels: int = 64) -> torch.nn.Sequential:
    """Pixels → 60 → 20 → 2 with CELU."""
    sizes = (pixels * pixels, 60, 20)
    layers = [part for a, b in pairwise(sizes) for part in (torch.nn.Linear(a, b), torch.nn.CELU())]
    return torch.nn.Sequential(torch.nn.Flatten(), *layers, torch.nn.Linear(sizes[-1], 2))


def rotated(images: np.ndarray, angle: float, *, order: int) -> np.ndarray:
    """All images turned by one angle (rad), one after another, grey outside the disc."""
    side = images.shape[-1]
    offset = np.arange(side) - (side - 1) / 2
    outside = np.hypot(offset[:, None], offset) > (side - 1) / 2
    turned = np.stack([rotate(image, np.degrees(angle), order=order, mode="edge") for image in images])
    turned[:, outside] = OUTSIDE
    return turned.astype(np.float32)


def fisher_information(model, images: np.ndarray, angle: float, *, step: float = 0.05, order: int = 1) -> float:
    """Plug-in information of one model at one angle, in rad⁻²."""
    before, here, after = (rotated(images, angle + offset, order=order) for offset in (-step, 0.0, step))
    derivative = torch.from_numpy((after - before) / (2 * step))
    x = torch.from_numpy(here).requires_grad_()
    z = model(x)
    slope = []
    for output in range(2):
        # Of the mean output, with respect to each image: one n-th of that image's own gradient.
        (gradient,) = torch.autograd.grad(z[:, output].mean(), x, retain_graph=True)
        slope.append((gradient * derivative).sum())
    slope = torch.stack(slope)
    covariance = torch.cov(z.detach().T)
    return float(slope @ torch.linalg.inv(covariance) @ slope)


class Pairs(Dataset):
    """Rotated faces and their angles, one dictionary a sample."""

    def __init__(self, images: torch.Tensor, angles: torch.Tensor) -> None:
        self.images, self.angles = images, angles

    def __len__(self) -> int:
        return len(self.angles)

    def __getitem__(self, index: int) -> dict:
        return {"image": self.images[index], "angle": self.angles[index]}


class Module(lightning.LightningModule):
    """One network, linear encoding, linear loss."""

    def __init__(self, pixels: int = 64) -> None:
        super().__init__()
        self.model = network(pixels)

    def loss(self, batch):
        return (self.model(batch["image"]).mean(dim=1) - batch["angle"]).abs().mean()

    def training_step(self, batch, _index):
        return self.loss(batch)

    def validation_step(self, batch, _index):
        self.loss(batch)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def train(module: Module, training: Pairs, validation: Pairs, *, epochs: int, workers: int) -> None:
    """Epochs of the original's training; ``workers`` of the loader (0: in the process itself)."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, gradient_clip_val=0.5, num_sanity_val_steps=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # among them, that the loader could have more workers
        trainer.fit(
            module,
            DataLoader(training, batch_size=32, shuffle=True, num_workers=workers),
            DataLoader(validation, batch_size=32, num_workers=workers),
        )
