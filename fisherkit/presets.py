"""Presets: every number that a training run needs, by name. Must not know what is trained with them."""

import ast
from dataclasses import MISSING, asdict, dataclass, fields, replace
from numbers import Integral, Real
from typing import Any

import pandas as pd

from fisherkit.architecture import Architecture
from fisherkit.checks import check_choice, check_count, check_fields
from fisherkit.faces import INTERPOLATIONS, SPLITS

#: A group's width is a multiple of this. In the last slots of groups of 3 and 6, equal gradients came to biases of the
#: embedding that differed by one rounding: there the two biases of all networks do not fill whole vectors of 8 numbers.
WIDTH_STEP = 4


def full_width(networks: int) -> int:
    """The smallest width of a group that holds so many networks."""
    return -(-networks // WIDTH_STEP) * WIDTH_STEP


#: Where networks are trained. Weights of the two differ by rounding, and are kept under other keys.
ACCELERATORS = ("cpu", "cuda")

#: Networks a condition of which more are a slip of the keyboard.
MOST_REPLICATES = 10_000


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
    samples, validation_samples : fixed (face, angle) pairs a network is trained and validated on; the latter a multiple
        of 32.
    batch : pairs a step; a multiple of 32 (see :mod:`fisherkit.training`).
    epochs : at most.
    schedule : ``"one-cycle"`` (Smith & Topin 2018; the rate rises to its peak and falls to nearly zero) or
        ``"constant"``.
    learning_rate : of Adam; the peak of a one-cycle schedule.
    clip : largest norm of a network's gradient.
    patience : epochs without a better validation loss after which a network stops; None to train all epochs.
    replicates : networks a condition, with other seeds.
    group_width : networks trained as one stack; a multiple of :data:`WIDTH_STEP`.
    hidden, activation, convolutional, read_out, stimulus : of the network; see
        :class:`fisherkit.architecture.Architecture`.
    accelerator : one of :data:`ACCELERATORS`, what networks are trained on. Whatever it is, they are read on the CPU.
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
    accelerator: str = "cpu"

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("samples", "validation_samples", "epochs", "replicates", "group_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        check_count("replicates", self.replicates, most=MOST_REPLICATES)
        if self.group_width % WIDTH_STEP:
            raise ValueError(f"group_width must be a multiple of {WIDTH_STEP}; got {self.group_width}")
        if self.batch < 32 or self.batch % 32 or self.samples % self.batch:
            raise ValueError(
                f"batch must be a multiple of 32 that divides samples={self.samples}; got batch={self.batch}"
            )
        if self.validation_samples % 32:
            raise ValueError(f"validation_samples must be a multiple of 32; got {self.validation_samples}")
        check_choice("split", self.split, SPLITS)
        check_choice("interpolation", self.interpolation, INTERPOLATIONS)
        check_choice("accelerator", self.accelerator, ACCELERATORS)
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
    def recipe(self) -> dict[str, Any]:
        """What of a preset determines a network's weights, apart from its condition and the faces' digest.

        Of the architecture and the accelerator, it holds what departs from the book's.
        """
        book = {one.name: one.default for one in fields(self) if one.default is not MISSING}
        named = {name: value for name, value in asdict(self).items() if name not in ("name", "faces", "replicates")}
        return {name: value for name, value in named.items() if name not in book or value != book[name]}

    @property
    def departures(self) -> dict[str, Any]:
        """The fields in which it departs from the preset that it was made from, but for the faces."""
        made_from = asdict(PRESETS.get(self.name, self))
        return {name: value for name, value in asdict(self).items() if value != made_from[name] and name != "faces"}

    def __str__(self) -> str:
        """What :func:`preset` makes it from: its name, with the fields that are replaced: ``quick(epochs=30)``."""
        told = {name: list(one) if isinstance(one, tuple) else one for name, one in self.departures.items()}
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in told.items())})" if told else self.name


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


#: The fields of a preset that may be replaced by name, as parameters of a page are.
FIELDS = tuple(field.name for field in fields(Preset) if field.name != "name")

#: What a field's value must be, by its annotation: in words, and as a test.
_KINDS = {
    int: ("a whole number", lambda value: _is_number(value, Integral)),
    int | None: ("a whole number or None", lambda value: value is None or _is_number(value, Integral)),
    float: ("a number", lambda value: _is_number(value, Real)),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    str: ("a word", lambda value: isinstance(value, str)),
    tuple[int, ...]: (
        "a list of whole numbers, such as [30, 10]",
        lambda value: isinstance(value, (list, tuple)) and all(_is_number(one, Integral) for one in value),
    ),
}


def preset(name: "str | Preset", /, **overrides: object) -> Preset:
    """The preset called ``name``, with some of its fields replaced.

    Parameters
    ----------
    name : a preset, its name, or a name with fields replaced, as a page's parameter may be: ``"quick(epochs=30)"``.
    overrides : fields by name; a list stands for a tuple, and the accelerator ``"auto"`` for ``"cuda"`` where there is
        such a device, else ``"cpu"``.

    Raises
    ------
    ValueError
        For an unknown preset or field, with the list of those that exist, and for a value that a field cannot have.
    """
    if not isinstance(name, Preset):
        name, given = _parsed(name)
        check_choice("preset", name, tuple(PRESETS))
        name, overrides = PRESETS[name], {**given, **overrides}
    if overrides.get("accelerator") == "auto":
        import torch  # here, and not above: a book is read without it

        overrides["accelerator"] = "cuda" if torch.cuda.is_available() else "cpu"
    kinds = {field.name: field.type for field in fields(Preset)}
    for override, value in overrides.items():
        if override not in FIELDS:
            raise ValueError(f"a preset has no {override!r}; it has {', '.join(FIELDS)}")
        wanted, is_fit = _KINDS[kinds[override]]
        if override != "faces" and not is_fit(value):
            raise ValueError(f"{override} must be {wanted}; got {value!r}")
    return replace(name, **{key: tuple(one) if isinstance(one, list) else one for key, one in overrides.items()})


def _parsed(text: str) -> tuple[str, dict[str, Any]]:
    """The name in a text such as ``"quick(epochs=30)"``, and the fields that it replaces."""
    if not isinstance(text, str) or "(" not in text:
        return text, {}
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.args:
            return call.func.id, {field.arg or "**": ast.literal_eval(field.value) for field in call.keywords}
    except (SyntaxError, ValueError):
        pass
    raise ValueError(
        f"preset must be one of {', '.join(PRESETS)}, or one with fields replaced, such as 'quick(epochs=30)'; "
        f"got {text!r}"
    )


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


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
