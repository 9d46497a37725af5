# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: -jupytext.text_representation.format_version,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Does it hold for your data?
#
# :::{admonition} The answer
# :class: answer
# See for yourself: faces, a loss, a density, an encoder, stimuli, arrays, recordings or a channel of your own take a cell each, under 30 lines, to be
# copied from this page. {glue:md}`own-recording:myst`
#
# In arrays whose information goes as $p^2$ by construction, these lines find α = {glue:text}`arrays_alpha`; with a loss of its own,
# a network here has α = {glue:text}`alpha_Huber`.
#
# The caveat: all networks of this page are as small as those of the preset `smoke`, whatever the preset. They show how it is done, not what is true.
# The page takes under a minute.
# :::
#
# To copy a cell, take the imports below with it.

# %% tags=["hide-input"]
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.stats
import torch
from PIL import Image

from fisherkit import curves, densities, experiments, fisher, plotting, recordings, stats
from fisherkit.channel import Channel
from fisherkit.codes import Loss
from fisherkit.faces import People
from fisherkit.results import conclude, in_words, keep, tabulate
from fisherkit.sketch import draw_faces
from fisherkit.study import ChannelStudy, Study

plotting.use_style()

# %% tags=["parameters", "hide-input"]
preset = "quick"  # says which faces, where faces does not; networks here are small at every preset
faces = None  # where photographs come from: olivetti, sketch, auto, or a folder or .npz file of yours
seed = 0  # of everything random

# %% [markdown]
# ## Your faces
#
# A folder of images is a source of faces: one inner folder per person, or all images in the folder itself, of one person each. Size, shape and colours do not
# matter: `fisherkit.photographs` says what becomes of them. An `.npz` file with `images` and `person` is another. Here drawings stand in.

# %% tags=["sweep"]
size = {"encodings": ["linear"], "replicates": 3, "seed": seed, "samples": 4096, "epochs": 12}

with tempfile.TemporaryDirectory() as folder:
    images, person = draw_faces(12, 5, pixels=48, seed=seed + 7)
    for number, (image, whose) in enumerate(zip(images, person, strict=True)):
        place = Path(folder) / "my-faces" / f"person {whose}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * image).astype(np.uint8)).save(place / f"{number}.png")
    faces_sweep = experiments.loss_sweep(
        "smoke", faces=Path(folder) / "my-faces", losses=["linear"], densities=["concentrated"], **size
    )

# %%
study = Study(faces_sweep)
keep("faces_conditions", study.conditions())
keep("faces_alpha", study.exponent("linear"))

# %% [markdown]
# It comes to α = {glue:text}`faces_alpha`. {glue:md}`faces_conditions:myst`
#
# Whole pages take them too: `fisherkit run embeddings -p faces=my-faces`. Such a page says so at its top and foot, and is executed again when an image was
# changed.

# %% [markdown]
# ## Your loss
#
# A power of the error is its order; anything else is a function of a tensor of errors, with its parameters. What the function gives is in the key by which
# networks are kept: with another `width` they are trained anew.


# %% tags=["sweep"]
def huber(x, width):
    return torch.where(x < width, x**2 / (2 * width), x - width / 2)


my_losses = ["linear", Loss("cube", 3.0), Loss("Huber", 2.0, huber, {"width": 0.2})]
used = {"faces": faces or experiments.make_preset(preset).faces, **size}
losses_sweep = experiments.loss_sweep("smoke", losses=my_losses, densities=["concentrated"], **used)

# %%
study = Study(losses_sweep)
for loss in study.losses:
    keep(f"alpha_{loss}", study.exponent(loss))
tabulate(study.exponent_table(), "The exponent of each loss, and the law's for its order")
study.show_along_angle(
    "own-loss",
    study.losses,
    curves.normalised_root,
    finding=f"α is {in_words(study.exponent('Huber'))} with Huber's loss, {in_words(study.exponent('linear'))} with the linear one.",
    alt=f"Normalised root information along the angle of three losses, two of them not the book's; α of Huber's is {in_words(study.exponent('Huber'))}.",
)

# %% [markdown]
# ## Your density
#
# A density of the package, a frozen distribution of SciPy, or any function that is not negative. The package normalises it.


# %% tags=["sweep"]
def hills(theta):
    return 1.2 + np.cos(4 * theta)


my_densities = {
    "hills": hills,
    "truncated": scipy.stats.truncnorm(-2, 2, 0.3, 0.4),
    "normal": densities.Normal(0.0, 0.4),
}
densities_sweep = experiments.loss_sweep("smoke", losses=["linear"], densities=my_densities, **used)

# %%
study = Study(densities_sweep)
alphas = {name: study.exponent("linear", density=name) for name in study.densities}
for name, alpha in alphas.items():
    keep(f"alpha_{name}", alpha)
tabulate(
    pd.DataFrame({"density": alphas.keys(), "α of the linear loss": alphas.values()}), "The exponent on each density"
)

# %% [markdown]
# ## Your encoder
#
# Any torch module that makes of images (n, H, W) embeddings (n, d), or (R, n, d) of R replicates. All estimators take it, for any d.


# %%
class Filters(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.filters, self.last = torch.nn.Conv2d(1, 8, 7, stride=3), torch.nn.Linear(8, 4)

    def forward(self, images):
        return self.last(torch.tanh(self.filters(images[:, None])).mean(dim=(2, 3)))


torch.manual_seed(seed)
modules = [Filters() for _ in range(4)]
shown, angles = losses_sweep.faces.subset("train").spread(90), np.linspace(-np.pi / 2, np.pi / 2, 25)
of_faces = curves.measure(lambda images: torch.stack([one(images) for one in modules]), shown, angles, draws=300)
flat = stats.population_flatness_test(of_faces.information.values, of_faces.draws)
keep("flatness_pvalue", float(flat.pvalue))
rows = {
    name: fisher.fisher_curve(modules[0], shown.images, angles[::6], estimator=name, person=shown.person).mean().item()
    for name in ("paired", "wishart", "gaussian", "shrinkage", "robust")
}
tabulate(
    pd.DataFrame({"estimator": rows.keys(), "rad⁻²": rows.values()}),
    "Mean information of the first module by five estimators",
)

# %% [markdown]
# These modules were never trained. That their code is flat, p = {glue:text}`flatness_pvalue:.2g`, from 4 of them and people drawn again.

# %% [markdown]
# ## Your stimuli
#
# In place of images that are turned, a function of θ that returns n stimuli. Of tensors torch takes the derivative; NumPy arrays are differentiated
# numerically.

# %%
generator = torch.Generator().manual_seed(seed)
phases = 2 * torch.pi * torch.rand(90, 1, 1, generator=generator)
y, x = torch.meshgrid(*[torch.linspace(-1, 1, 16)] * 2, indexing="ij")


def gratings(theta):
    return 0.5 + 0.5 * torch.cos(6 * (x * torch.cos(theta) + y * torch.sin(theta)) + phases)


code = fisher.embed_with_tangents(lambda images: torch.stack([one(images) for one in modules]), gratings, angles)
of_gratings = curves.measured_of(code, People.independent(len(phases)), draws=300)
content = {"faces": of_faces, "gratings": of_gratings}
levels = {
    name: one.number(lambda information: np.log(information).mean(axis=-1)).exp() for name, one in content.items()
}
for name, level in levels.items():
    keep(f"level_{name}", level)
drawn = {
    name: plotting.curve_of(
        one, curves.information, plotting.loss_style(name)["color"], plotting.loss_style(name)["linestyle"]
    )
    for name, one in content.items()
}
plotting.show_curves(
    "own-stimuli", drawn, plotting.INFORMATION_LABEL, logarithmic=True,
    caption=f"These modules know {in_words(levels['gratings'])} rad⁻² of gratings and {in_words(levels['faces'])} of faces (geometric means). Bands: 95\u00a0%.",
    alt=f"Information along the angle of untrained modules at faces and at gratings; its geometric means are {in_words(levels['faces'])} and {in_words(levels['gratings'])}.",
)  # fmt: skip

# %% [markdown]
# ## Your arrays
#
# Embeddings and tangents from anywhere: (angles, samples, d), with a leading axis for replicates where there are any. Here they follow the cumulative
# distribution $F$ of the hills, so that $I \propto p^2$.

# %%
p = densities.of_function(hills, -np.pi / 2, np.pi / 2)
rng = np.random.default_rng(seed)
samples, angles = 200, np.linspace(-1.5, 1.5, 31)
cumulative = np.array([np.trapezoid(p.pdf(grid := np.linspace(-np.pi / 2, angle, 501)), grid) for angle in angles])
along = np.array([1.0, -1.0, 0.5])
embeddings = cumulative[:, None, None] * along + 0.2 * rng.normal(size=(31, samples, 3))
tangents = p.pdf(angles)[:, None, None] * along + 0.2 * rng.normal(size=(31, samples, 3))

code = fisher.code_of(embeddings, tangents, angles)
interval = stats.information_interval(embeddings, tangents)
arrays_alpha = curves.exponent_of(curves.precision(code, People.independent(samples)), p).over_people()
keep("arrays_alpha", arrays_alpha)
peak = int(np.argmax(interval.estimate))
keep("arrays_peak", f"{interval.estimate[peak]:.1f} [{interval.low[peak]:.1f}, {interval.high[peak]:.1f}]")

# %% [markdown]
# α = {glue:text}`arrays_alpha`, with an interval over samples; where it is highest, the information is {glue:text}`arrays_peak` rad⁻².

# %% [markdown]
# ## Your recordings
#
# Trials of neurons at several stimuli: (stimuli, trials, neurons). Here 12 Poisson neurons whose tuning is even in $F$, so that $I \propto p^2$ again, but
# for what is lost between stimuli.

# %%
centres = np.arange(12) / 12
rates = 3 + 25 * np.exp(2 * (np.cos(2 * np.pi * (cumulative[:, None] - centres)) - 1))
responses = rng.poisson(rates[:, None], size=(31, 80, 12))

recorded = recordings.recorded_information(responses, angles)
interval = recordings.recorded_interval(responses, angles)
recorded_alpha = curves.exponent_of(recorded, p).over_people()
table = pd.DataFrame(
    {"x": recorded.angle, "estimate": interval.estimate[0], "low": interval.low[0], "high": interval.high[0]}
)
table = table.assign(loss="12 neurons, 80 trials", panel="recording", quantity=plotting.INFORMATION_LABEL)
plotting.show(
    plotting.loss_courses(table, plotting.ANGLE_LABEL), id="own-recording",
    caption=f"α of the recording is {in_words(recorded_alpha)}. Information half-way between stimuli, with 95\u00a0% intervals at each by itself.",
    alt=f"Information of a simulated recording along the angle, with three hills; its exponent is {in_words(recorded_alpha)}.", data=table,
)  # fmt: skip

# %% tags=["remove-input"]
conclude(
    "own-recording",
    recorded_alpha.against(2.0),
    holds=("answered", "Simulated neurons whose information goes as $p^2$ give α = {alpha}, an interval that holds the truth."),
    excludes=("answered", "Simulated neurons whose information goes as $p^2$ give α = {alpha}, an interval that **misses** the truth."),
    undecided=("undecided", "Simulated neurons whose information goes as $p^2$ give α = {alpha}."),
    alpha=recorded_alpha,
)  # fmt: skip

# %% [markdown]
# ## Your channel
#
# The network of [the page on budgets](budget.ipynb) with another σ, read-out and penalty. `ChannelStudy` takes σ for the window in which it fits.

# %% tags=["sweep"]
mine = Channel(noise=0.15, penalty=0.02, budget=1.0)
channel_sweep = experiments.channel_sweep(
    "smoke", losses=["linear"], channels_by_name={"mine": mine}, read_out=(30,), stimulus="angle", people=16,
    replicates=2, seed=seed, samples=16_384, epochs=6,
)  # fmt: skip

# %%
channels = ChannelStudy(channel_sweep, noise=mine.noise)
keep("channel_alpha", channels.in_words("linear"))
keep("channel_range", channels.range_used("linear"))

# %% [markdown]
# It uses {glue:text}`channel_range:.2f` of its range, and α is {glue:text}`channel_alpha`.

# %% [markdown]
# ## What this page does not show
#
# - Anything about faces, losses or channels at large: networks this small have hardly learnt, and the stand-ins are made up.
# - That your samples are independent. Where several are of one person, animal or session, say so: `person=`, or `People(person)`.
# - Recordings whose stimuli are far apart. Between them tuning is taken as straight, which takes some of the information off where it is high.
# - Decoding: `estimator="decoded"` needs embeddings of two numbers and `encoding="linear"` or `"circular"`.
#
# ## How it was made

# %% tags=["hide-input"]
of = losses_sweep.preset
settings = {"faces": f"{len(losses_sweep.faces.subset('train'))} {losses_sweep.faces.source}", "pixels": of.pixels, "epochs": of.epochs,
            "pairs of face and angle": of.samples, "networks of each condition": size["replicates"], "seed": seed}  # fmt: skip
tabulate(pd.DataFrame(settings.items(), columns=["parameter", "value"]), "Parameters of this run", collapsed=True)
