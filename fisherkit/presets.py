"""Presets: every number that a training run needs, by name. Must not know what is trained with them."""

from dataclasses import MISSING, asdict, dataclass, fields, replace

import pandas as pd

from fisherkit.checks import check_choice
from fisherkit.model import Architecture

#: A group's width is a multiple of this. In the last slots of groups of 3 and 6, equal gradients came to biases of the
#: embedding that differed by one rounding: there the two biases of all networks do not fill whole vectors of 8 numbers.
WIDTH_STEP = 4


def full_width(networks: int) -> int:
    """The smallest width of a group that holds so many networks."""
    return -(-networks // WIDTH_STEP) * WIDTH_STEP


@dataclass(frozen=True)
class Preset:
    """Sizes and hyperparameters of a training run.

    Attributes
    ----------
    name : which preset this is, or was made from.
    faces : where photographs come from (see :func:`fisherkit.faces.load_faces`).
    split : how they are divided into training, validation and test faces.
    interpolation : of the rotation.
    pixels : side of the images.
    samples, validation_samples : fixed (face, angle) pairs a network is trained and validated on.
    batch : pairs a step; a multiple of 32 (see :mod:`fisherkit.training`).
    epochs : at most.
    schedule : ``"one-cycle"`` (Smith & Topin 2018; the rate rises to its peak and falls to nearly zero) or
        ``"constant"``.
    learning_rate : of Adam; the peak of a one-cycle schedule.
    clip : largest norm of a network's gradient.
    patience : epochs without a better validation loss after which a network stops; None to train all epochs.
    replicates : networks a condition, with other seeds.
    group_width : networks trained as one stack; a multiple of :data:`WIDTH_STEP`.
    hidden, activation, convolutional, read_out, stimulus : of the network; see :class:`fisherkit.model.Architecture`.
    """

    name: str
    faces: str
    split: str
    interpolation: str
    pixels: int
    samples: int
    validation_samples: int
    batch: int
    epochs: int
    schedule: str
    learning_rate: float
    clip: float
    patience: int | None
    replicates: int
    group_width: int
    hidden: tuple[int, ...] = (60, 20)
    activation: str = "celu"
    convolutional: bool = False
    read_out: tuple[int, ...] = ()
    stimulus: str = "faces"

    def __post_init__(self) -> None:
        for name in ("samples", "validation_samples", "epochs", "replicates", "group_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.group_width % WIDTH_STEP:
            raise ValueError(f"group_width must be a multiple of {WIDTH_STEP}; got {self.group_width}")
        if self.batch < 32 or self.batch % 32 or self.samples % self.batch:
            raise ValueError(
                f"batch must be a multiple of 32 that divides samples={self.samples}; got batch={self.batch}"
            )
        if self.schedule not in ("one-cycle", "constant"):
            raise ValueError(f"schedule must be 'one-cycle' or 'constant'; got {self.schedule!r}")
        if not (self.learning_rate > 0 and self.clip > 0):
            raise ValueError(f"learning_rate and clip must be positive; got {self.learning_rate} and {self.clip}")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"patience must be at least 1 epoch, or None; got {self.patience}")
        _ = self.architecture  # refuses what makes no network

    @property
    def architecture(self) -> Architecture:
        """Of its networks."""
        return Architecture(self.pixels, self.hidden, self.activation, self.convolutional, self.read_out, self.stimulus)

    @property
    def recipe(self) -> dict:
        """What of a preset determines a network's weights, apart from its condition and the faces' digest.

        Of the architecture, it holds what departs from the book's.
        """
        book = {one.name: one.default for one in fields(self) if one.default is not MISSING}
        named = {name: value for name, value in asdict(self).items() if name not in ("name", "faces", "replicates")}
        return {name: value for name, value in named.items() if name not in book or value != book[name]}


_ORIGINAL = Preset(
    name="original", faces="olivetti", split="photograph", interpolation="bilinear", pixels=64,
    samples=8192, validation_samples=2048, batch=32, epochs=1500, schedule="constant", learning_rate=1e-3, clip=0.5,
    patience=200, replicates=3, group_width=12,
)  # fmt: skip
_PAPER = replace(
    _ORIGINAL, name="paper", split="person", batch=64, epochs=100, schedule="one-cycle",
    patience=None, replicates=8,
)  # fmt: skip

PRESETS = {
    "smoke": replace(
        _PAPER, name="smoke", faces="sketch", pixels=16, samples=2048, validation_samples=512, epochs=6,
        replicates=2, group_width=4,
    ),
    "quick": replace(
        _PAPER, name="quick", faces="auto", pixels=32, batch=128, epochs=80, learning_rate=2e-3, replicates=3,
        group_width=8,
    ),
    "paper": _PAPER,
    "original": _ORIGINAL,
}  # fmt: skip


def preset(name: "str | Preset", **overrides) -> Preset:
    """The preset called ``name``, with some of its fields replaced.

    Raises
    ------
    ValueError
        For an unknown preset or field, with the list of those that exist.
    """
    if not isinstance(name, Preset):
        check_choice("preset", name, tuple(PRESETS))
        name = PRESETS[name]
    known = [field.name for field in fields(Preset)]
    for override in overrides:
        if override not in known:
            raise ValueError(f"a preset has no {override!r}; it has {', '.join(known)}")
    return replace(name, **overrides)


def preset_table() -> pd.DataFrame:
    """What distinguishes the presets, one row each."""
    rows = {
        name: {
            "faces": one.faces,
            "pixels": one.pixels,
            "samples": one.samples,
            "epochs": one.epochs,
            "batch": one.batch,
            "schedule": one.schedule,
            "replicates": one.replicates,
            "split by": one.split,
        }
        for name, one in PRESETS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("preset")
