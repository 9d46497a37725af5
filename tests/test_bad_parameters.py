"""Every parameter of every page, with values that it cannot have: refused before any work, by its name or its value."""

from pathlib import Path
from typing import Any

import jaxtyping
import numpy as np
import pytest

from fisherkit import book, experiments, faces, sketch
from fisherkit.checks import LIMITS, BookError
from fisherkit.project import Project, parameters_of
from fisherkit.sketch import draw_faces

PROJECT = Project(Path(__file__).resolve().parents[1])
PAGES = PROJECT.pages()
SMOKE = {"preset": "smoke", "faces": "sketch"}

COUNTS = [-1, 0, 2.5, True, "3", [3], np.nan, 10**6, {"a": 1}]
LISTS = [[], ["nonsense"], [3], [None], [["linear"]], 3, True, "linear", ["linear", "linear"], {"linear": 1}]
NAMES = ["nonsense", "", 3, True, ["linear"], {"linear": 1}]

#: What no page can have, by parameter.
WRONG: dict[str, list[Any]] = {
    "preset": ["fast", "", 3, True, None, ["smoke"], "smoke(epoch=3)", "smoke(", "smoke(3)", {"smoke": 1}],
    "faces": ["cats", 3, True, ["sketch"], "no/such/faces.npz", "/no/such/folder", {"sketch": 1}],
    "losses": LISTS, "encodings": LISTS, "constraints": LISTS,
    "loss": NAMES, "encoding": NAMES, "density": NAMES,
    "replicates": COUNTS, "angles": COUNTS, "draws": COUNTS, "densities": COUNTS, "generations": COUNTS,
    "people": [[], [7], [10, 10], [10, "40"], [10, 2.5], [10**6], 0, 10, "10", True, {10: 1}],
    "seed": [-1, 2.5, True, "3", [3], np.nan, None],
    "seeds": [[], [0], [0, 0], [0, -1], [0, 2.5], [0, "1"], [0, True], 3, "01", None, {0: 1}],
    "bins": [[], [1], [0], [4, "6"], [2.5], [10**6], 4, "4", None, True, {4: 1}],
    "damping": [0, -1, 1.5, "half", True, None, [0.5], np.nan],
}  # fmt: skip


def drawn_quickly(people: Any = 40, photographs: int = 10, pixels: int = 64, seed: int = 0) -> tuple[Any, Any]:
    """Noise in the place of a population that can be drawn, which takes a minute."""
    draw_faces(people if people not in (40, 400) else 1, 1, pixels=8, seed=seed)  # refuses what cannot be
    images = np.random.default_rng(seed).uniform(size=(people * photographs, pixels, pixels)).astype(np.float32)
    return images, np.repeat(np.arange(people), photographs)


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_trained():
    """As a user's call, and no source is read twice."""
    jaxtyping.config.update("jaxtyping_disable", True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book.running, "train_sweeps", lambda sweeps, workers: 0)
        patch.setattr(book, "train_iterations", lambda iterations, workers: 0)
        patch.setattr(faces, "_drawn", drawn_quickly)
        patch.setattr(sketch, "draw_faces", drawn_quickly)
        yield
    # What was drawn quickly is kept for no other test of this process.
    faces.sketch_population.__wrapped__.cache_clear()
    experiments._faces.cache_clear()
    jaxtyping.config.update("jaxtyping_disable", False)


def train(page: str, parameters: dict[str, Any]) -> int:
    """What is done of a page before anything is executed, but for the training itself."""
    return book._train(PROJECT, [book.Execution(page, parameters, "", Path())], LIMITS, None)


def test_every_parameter_has_values_that_it_cannot_have():
    assert {name for page in PAGES for name in parameters_of(PROJECT.source(page))} == set(WRONG)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_cannot_have_is_refused_by_name_or_value(page):
    train(page, SMOKE)  # which is right
    defaults, taken = parameters_of(PROJECT.source(page)), []
    for name in defaults:
        wrong = [*WRONG[name], *([None] if defaults[name] is not None and name not in ("preset", "faces") else [])]
        for value in wrong:
            try:
                train(page, {**SMOKE, name: value})
            except BookError as error:
                if name not in str(error) and repr(value) not in str(error):
                    taken.append(f"{name}={value!r} is refused in other words: {error}")
            else:
                taken.append(f"{name}={value!r} is taken")
    assert not taken, "\n".join(taken)
