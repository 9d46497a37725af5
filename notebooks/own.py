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
# The page takes about a minute.
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
from fisherkit.faces import People
from fisherkit.losses import Loss
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
size = {"encodings": ["linear"], "replicates": 3, "samples": 4096, "epochs": 12, "seed": seed}

with tempfile.TemporaryDirectory() as folder:
    mine = Path(folder) / "my-faces"
    images, person = draw_faces(12, 5, pixels=48, seed=seed + 7)
    for number, whose in enumerate(person):
        place = mine / f"person {whose}"
        place.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray((255 * images[number]).astype(np.uint8))
        image.save(place / f"{number}.png")
    faces_sweep = experiments.loss_sweep(
        "smoke", faces=mine, losses=["linear"], densities=["concentrated"], **size
    )  # fmt: skip

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


my_losses = ["linear", Loss("Huber", 2.0, huber, {"width": 0.2}), Loss("cube", 3.0)]
used = {"faces": faces or experiments.make_preset(preset).faces, **size}
losses_sweep = experiments.loss_sweep(
    "smoke", losses=my_losses, densities=["concentrated"], **used
)  # fmt: skip

# %%
study = Study(losses_sweep)
for loss in study.losses:
    keep(f"alpha_{loss}", study.exponent(loss))
tabulate(study.exponent_table(), "The exponent of each loss, and the law's for its order")
study.show_against_density("own-loss", study.losses, {"1": 1.0, "2": 2.0})

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
densities_sweep = experiments.loss_sweep(
    "smoke", losses=["linear"], densities=my_densities, **used
)  # fmt: skip

# %%
study = Study(densities_sweep)
for name in study.densities:
    keep(f"alpha_{name}", study.exponent("linear", density=name))

# %% [markdown]
# α of the linear loss is {glue:text}`alpha_hills` on the hills, {glue:text}`alpha_truncated` on the truncated normal density and
# {glue:text}`alpha_normal` on the other.

# %% [markdown]
# ## Your encoder
#
# Any torch module that makes of images (n, H, W) embeddings (n, d), or any function that makes (R, n, d), of R replicates. All estimators take it.


# %%
class Filters(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.filters = torch.nn.Conv2d(1, 8, 7, stride=3)
        self.last = torch.nn.Linear(8, 4)

    def forward(self, images):
        return self.last(torch.tanh(self.filters(images[:, None])).mean(dim=(2, 3)))


def all_filters(images):
    return torch.stack([module(images) for module in modules])


torch.manual_seed(seed)
modules = [Filters() for _ in range(4)]
shown = losses_sweep.faces.subset("train").spread(90)
angles = np.linspace(-np.pi / 2, np.pi / 2, 25)
of_faces = curves.measure(all_filters, shown, angles, draws=300)
flat = stats.population_flatness_test(of_faces.information.values, of_faces.draws)
keep("flatness_pvalue", float(flat.pvalue))
for name in ("paired", "gaussian", "shrinkage"):
    how = {"estimator": name, "person": shown.person}
    one = fisher.fisher_curve(modules[0], shown.images, angles, **how)
    keep(f"mean_{name}", float(one.mean()))

# %% [markdown]
# The first module's mean information is {glue:text}`mean_paired:.1f` rad⁻² by the paired estimate, {glue:text}`mean_shrinkage:.1f` with a shrunk
# covariance and {glue:text}`mean_gaussian:.1f` with the covariance's own information. The test of flatness over modules and people has
# p = {glue:text}`flatness_pvalue:.2g`.

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
    along = x * torch.cos(theta) + y * torch.sin(theta)
    return 0.5 + 0.5 * torch.cos(6 * along + phases)


code = fisher.embed_with_tangents(all_filters, gratings, angles)
of_gratings = curves.measured_of(code, People.independent(len(phases)), draws=300)
content, drawn = {"faces": of_faces, "gratings": of_gratings}, {}
for name, one in content.items():
    level = one.number(lambda information: np.log(information).mean(axis=-1)).exp()
    keep(f"level_{name}", f"{level:.0f}")
    colour, dash = (plotting.loss_style(name)[part] for part in ("color", "linestyle"))
    drawn[name] = plotting.curve_of(one, curves.information, colour, dash)
plotting.show_curves(
    "own-stimuli", drawn, plotting.INFORMATION_LABEL, logarithmic=True,
    caption=f"Untrained modules know {level:.0f} rad⁻² of gratings (geometric mean). Bands: 95\u00a0%.",
    alt=f"Information of untrained modules along the angle, at faces and at gratings: {level:.0f} rad⁻².",
)  # fmt: skip

# %% [markdown]
# Of faces they know {glue:text}`level_faces` rad⁻².

# %% [markdown]
# ## Your arrays
#
# Embeddings and tangents from anywhere: (angles, samples, d), with a leading axis for replicates where there are any. Here they follow the cumulative
# distribution $F$ of the hills, so that $I \propto p^2$.

# %%
p = densities.of_function(hills, -np.pi / 2, np.pi / 2)
angles, samples, rng = np.linspace(-1.5, 1.5, 31), 200, np.random.default_rng(seed)
cumulative = (1.2 * angles + np.sin(4 * angles) / 4) / (1.2 * np.pi)
along = np.array([1.0, -1.0, 0.5])
noise = 0.2 * rng.normal(size=(2, len(angles), samples, 3))
embeddings = cumulative[:, None, None] * along + noise[0]
tangents = p.pdf(angles)[:, None, None] * along + noise[1]

code, whose = fisher.code_of(embeddings, tangents, angles), People.independent(samples)
arrays_alpha = curves.exponent_of(curves.precision(code, whose), p).over_people()
keep("arrays_alpha", arrays_alpha)
interval = stats.information_interval(embeddings, tangents)
peak = int(np.argmax(interval.estimate))
ends = f"{interval.low[peak]:.1f}, {interval.high[peak]:.1f}"
keep("arrays_peak", f"{interval.estimate[peak]:.1f} [{ends}]")

# %% [markdown]
# α = {glue:text}`arrays_alpha`, with an interval over samples; where it is highest, the information is {glue:text}`arrays_peak` rad⁻².

# %% [markdown]
# ## Your recordings
#
# Trials of neurons at several stimuli: (stimuli, trials, neurons). Here 12 Poisson neurons whose tuning is even in $F$, so that $I \propto p^2$ again, but
# for what is lost between stimuli.

# %%
phase = 2 * np.pi * (cumulative[:, None] - np.arange(12) / 12)
rates = 3 + 25 * np.exp(2 * (np.cos(phase) - 1))
responses = rng.poisson(rates[:, None], size=(31, 80, 12))

recorded = recordings.recorded_information(responses, angles)
alpha = curves.exponent_of(recorded, p).over_people()
found = recordings.recorded_interval(responses, angles)
band = stats.Band(found.estimate[0], found.low[0], found.high[0], found.confidence)
slopes = -50 * np.exp(2 * (np.cos(phase) - 1)) * np.sin(phase) * 2 * np.pi * p.pdf(angles)[:, None]
truth = (slopes**2 / rates).sum(axis=-1)
plotting.show_curves(
    "own-recording", {"recording": plotting.Curve(recorded.angle, np.empty((0, 30)), band, "black")},
    plotting.INFORMATION_LABEL, references={"of the tuning curves": (angles, truth)},
    caption=f"α of the recording is {in_words(alpha)}. 12 neurons, 80 trials; intervals of 95\u00a0% at each place by itself.",
    alt=f"Information of a simulated recording along the angle, about that of its tuning curves; α is {in_words(alpha)}.",
)  # fmt: skip

# %% tags=["remove-input"]
conclude(
    "own-recording",
    alpha.against(2.0),
    holds=("answered", "Simulated neurons whose information goes as $p^2$ give α = {alpha}, an interval that holds the truth."),
    excludes=("answered", "Simulated neurons whose information goes as $p^2$ give α = {alpha}, an interval that **misses** the truth."),
    undecided=("undecided", "Simulated neurons whose information goes as $p^2$ give α = {alpha}."),
    alpha=alpha,
)  # fmt: skip

# %% [markdown]
# ## Your channel
#
# The network of [the page on budgets](budget.ipynb) with another σ, read-out and penalty. `ChannelStudy` takes σ for the window in which it fits.

# %% tags=["sweep"]
my_channel = Channel(noise=0.15, penalty=0.02, budget=1.0)
channel_sweep = experiments.channel_sweep(
    "smoke", losses=["linear"], channels_by_name={"mine": my_channel}, read_out=(30,),
    stimulus="angle", people=16, replicates=2, samples=16_384, epochs=6, seed=seed,
)  # fmt: skip

# %%
channels = ChannelStudy(channel_sweep, noise=my_channel.noise)
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
