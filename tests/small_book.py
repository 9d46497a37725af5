"""A book of two small pages, that builds in seconds."""

import shutil
from pathlib import Path

import yaml

from fisherkit.project import Project

ROOT = Path(__file__).resolve().parents[1]

PAGE = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is it flat?
#
# Epochs: {glue:text}`epochs`. See R40, [theory](theory.md) and [the figure](#R40).

# %% tags=["parameters"]
preset = "smoke"  # sizes
faces = None  # photographs
loss = "linear"  # of training
angles = 12  # of the grid

# %% tags=["sweep"]
from fisherkit import experiments

sweep = experiments.loss_sweep(
    preset, faces=faces, losses=[loss], encodings=["linear"], densities=["concentrated"], replicates=1
)

# %%
from fisherkit import plotting
from fisherkit.results import conclude, keep, whether
from fisherkit.study import Study

study = Study(sweep, angles=angles)
keep("epochs", sweep.preset.epochs)
keep("alpha", study.exponent(loss))
study.show_against_density("R40", [loss], powers={"1/3": 1 / 3})
conclude("R40", whether(True), so=("yes", "So it is."), not_so=("no", "It is not."))
"""


def leave_out_the_api(root: Path) -> None:
    """Of the whole package: it takes most of a small book's build."""
    configuration = yaml.safe_load((root / "_config.yml").read_text())
    settings = configuration["sphinx"]["config"]
    settings["extensions"].remove("fisherkit.sphinx_api")
    for name in [name for name in settings if name.startswith(("autoapi_", "codeautolink_", "napoleon_"))]:
        del settings[name]
    (root / "_config.yml").write_text(yaml.safe_dump(configuration, allow_unicode=True))


def small_book(root: Path) -> Project:
    """A checkout with a book of two pages that ask for a network each, and a page of prose."""
    for name in ("_config.yml", "book/_static", "book/references.bib", "book/networks.json", "book/growth.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile)(ROOT / name, root / name)
    (root / "_toc.yml").write_text("format: jb-book\nroot: intro\nchapters: [{file: flat}, {file: flat_other}]\n")
    (root / "book" / "intro.md").write_text("# A book\n")
    (root / "book" / "results.csv").write_text("id,what,reading\nR40,Quart,about a third\n")
    (root / "requirements.lock").touch()
    project = Project(root)
    project.notebooks.mkdir()
    project.source("flat").write_text(PAGE)
    project.source("flat_other").write_text(PAGE.replace('preset = "smoke"', 'preset = "smoke(samples=64)"'))
    return project


def whole_book(root: Path) -> Project:
    """The same with nothing in it that a strict build minds."""
    project = small_book(root)
    leave_out_the_api(root)
    (project.prose / "results.csv").write_text("id,what,reading\nR40,Quart,about a third\nR41,Quart,about a third\n")
    for page, id in (("flat", "R40"), ("flat_other", "R41")):
        text = project.source(page).read_text()
        project.source(page).write_text(text.replace("[theory](theory.md) and ", "").replace("R40", id))
    return project
