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
# # What do clouds look like near the peak?

# %% [markdown] needs={"losses": ["linear", "log"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R51:myst` Turned across the motion, the clouds of log would have {glue:text}`turned_log` times the information, those of linear
# {glue:text}`turned_linear` times.
#
# The caveat: this describes clouds of faces trained on. It does not say whether a loss makes clouds align, or whether networks that were trained
# less well by it have them so. The page rests on {glue:text}`networks` networks, trained for {glue:text}`steps:,d` steps each.
# :::

# %% [markdown]
# A loss that forgives large errors could shape a code in its own way. How long and narrow are the clouds of embeddings around the angle that was trained most?
# And do they lie along the line on which their means move, where scatter can be mistaken for a turn of the face?

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a loss; None: as many as the preset says
angles = 50  # angles of the grid over the range, for the total information
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.special import expit, logit

from fisherkit import codes, curves, estimators, experiments, fisher, plotting
from fisherkit.alignment import cloud_shapes
from fisherkit.estimate import Estimate
from fisherkit.results import conclude, how_much, in_words, keep, tabulate
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=["linear"],
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)

# %% tags=["hide-input"]
study = Study(sweep, angles=angles, seed=seed)
train, ensemble, peak = study.faces, sweep.ensemble(), study.densities["concentrated"].mean
around, close_by = peak + np.linspace(-0.5, 0.5, 11), peak + np.linspace(-0.1, 0.1, 3)
near, close = (fisher.embed_with_tangents(ensemble, train.images, at) for at in (around, close_by))
shown = min(study.networks(), 3)
keep("networks", len(sweep.conditions))
keep("steps", sweep.preset.epochs * sweep.preset.samples // sweep.preset.batch)
keep("conditions", study.conditions())


# %% [markdown]
# ## How aligned and how narrow are the clouds?
#
# Of each cloud: the share of its variance *along* the direction in which its mean moves (half, if it were round); the share *unseen*, across the diagonal,
# where the loss does not look; and its *length ÷ width*. *Turned* is how many times the information would grow if each cloud were turned until its longer
# axis stood across the motion.

# %% tags=["hide-input"]
shapes = cloud_shapes(near, train)
# Over the eleven angles the mean, or of ratios, which have long tails, the median; intervals on a scale without ends.
scales = {
    "along": (np.mean, logit, expit), "unseen": (np.mean, logit, expit),
    "aspect": (np.median, np.log, np.exp), "gain": (np.median, np.log, np.exp),
}  # fmt: skip
scaled = {
    (name, loss): shapes[name].select(loss=loss).number(lambda of, over=over, to=to: to(over(of, axis=-1)))
    for name, (over, to, _) in scales.items() for loss in study.losses
}  # fmt: skip
told = {(name, loss): one.told(scales[name][2]) for (name, loss), one in scaled.items()}
information = curves.positive_information(close, train)
apart = {loss: information.select(loss=loss).number(lambda of: 0.1 * np.sqrt(of[..., 1])) for loss in study.losses}
for loss in study.losses:
    for name, of in (("along", "along"), ("aspect", "aspect"), ("turned", "gain")):
        keep(f"{name}_{loss}", told[of, loss])
    keep(f"separation_{loss}", apart[loss])

# %% needs={"losses": ["linear", "square", "quart", "root4", "log"]} tags=["hide-input"]
figure, axes = plt.subplots(shown, 5, figsize=(8.7, 1.8 * shown + 0.9), layout="constrained", squeeze=False)
table = []
for column, loss in zip(axes.T, ("linear", "square", "quart", "root4", "log"), strict=True):
    clouds = near.embeddings[(near.embeddings.loss == loss).values][:shown, :, ::3]
    table.append(plotting.embedding_table(clouds).assign(loss=loss))
    for axis, cloud in zip(column, clouds, strict=True):
        drawn = plotting.draw_clouds(axis, cloud, line=loss not in ("root4", "log"))
        axis.set_aspect("equal", adjustable="datalim")
        axis.locator_params(nbins=3)
    column[0].set_title(loss)
axes[-1, 2].set_xlabel("output 1")
axes[shown // 2, 0].set_ylabel("output 2")
figure.get_layout_engine().set(w_pad=0.08)
bar = figure.colorbar(drawn, ax=axes, label=plotting.ANGLE_LABEL, location="bottom", shrink=0.5, aspect=40)
bar.solids.set_alpha(1)
plotting.show(
    figure, id="R47", also=("R48", "R49", "R50", "R51"),
    caption=f"{100 * told['along', 'log'].mean:.0f}\u00a0% of the scatter is along the motion of the mean with log, {100 * told['along', 'linear'].mean:.0f}\u00a0% with "
    "linear. Eleven angles within 0.5 rad of the density's peak, one row per network; with the line of means, as in the original, but for root4 and log.",
    alt="Clouds of embeddings around the density's peak by loss; share of their variance along the motion of the mean: "
    + ", ".join(f"{told['along', loss]} ({loss})" for loss in study.losses) + ".",
    data=pd.concat(table),
)  # fmt: skip

# %% tags=["hide-input"]
columns = {
    "loss": study.losses, "along": [told["along", loss] for loss in study.losses], "unseen": [told["unseen", loss] for loss in study.losses],
    "length ÷ width": [told["aspect", loss] for loss in study.losses], "turned": [told["gain", loss] for loss in study.losses],
}  # fmt: skip
tabulate(
    pd.DataFrame(columns),
    "Shape of the clouds by loss, with 95\u00a0% intervals over networks and people",
    collapsed=True,
)

# %% needs={"losses": ["linear", "log"]} tags=["remove-input"]
closer, longer = (scaled[name, "log"] - scaled[name, "linear"] for name in ("along", "aspect"))
both = [gap.side() == "above" for gap in (closer, longer)]
conclude(
    "R51", how_much(np.mean(both) if study.networks() > 1 else np.nan),
    most=("yes", "With log, clouds are **narrowly aligned** with the line of means: {log} of their variance lies along it (linear: {linear}), and for their width they are {longer} times as long as linear's."),
    some=("in part", "That clouds of log are *narrowly aligned* with the line of means holds **in part**: {log} of their variance lies along it (linear: {linear}), and for their width they are {longer} times as long as linear's."),
    none=("undecided", "Clouds of log are neither clearly more aligned with the line of means than linear's nor clearly longer: {log} of their variance lies along it (linear: {linear}), and for their width they are {longer} times as long."),
    undecided=("undecided", "One network of each has no interval: with log {log} of the variance lies along the line of means (linear: {linear})."),
    log=told["along", "log"], linear=told["along", "linear"], longer=longer.exp(),
)  # fmt: skip


# %% [markdown] needs={"losses": ["log"], "replicates": 2}
# Of log the original adds that its *rep 1 has the largest information relative to its total*. Here, of the highest information divided by its integral,
# replicate {glue:text}`first` has the largest, {glue:text}`largest:.2f` per rad, and has it again in {glue:text}`largest_peak_to_total_again:.0%` of the draws of
# people. One network must be the largest: which one says nothing about the loss.


# %% needs={"losses": ["log"], "replicates": 2} tags=["hide-input"]
def peak_to_total(values):
    """Highest information ÷ its integral, in rad⁻¹."""
    return values.max(axis=-1) / np.trapezoid(values, study.grid, axis=-1)


of_log = Study(sweep, losses=["log"], angles=angles, seed=seed).measured()
relative = of_log.number(peak_to_total)
first = int(relative.values.argmax())
keep("peak_to_total", relative)
keep("first", first + 1)
keep("largest", relative.values[first])
keep("largest_peak_to_total_again", float((peak_to_total(of_log.draws).argmax(axis=1) == first).mean()))

# %% [markdown] needs={"losses": ["log"]}
# ## How far apart are the clouds of the log loss?
#
# To the best linear read-out, clouds 0.1 rad apart at the peak are {glue:text}`separation_log` standard deviations apart; four would hardly overlap.

# %% needs={"losses": ["log"]} tags=["hide-input"]
clouds = close.embeddings[(close.embeddings.loss == "log").values][:shown, :, ::3]
plotting.show(
    plotting.clouds_of_replicates(clouds, line=False, common=True), id="R52",
    collapsed="Neighbouring clouds",
    caption=f"Neighbouring clouds are {in_words(apart['log'].mean, '.1f')} standard deviations apart. Log loss; three angles within "
    "0.1 rad of the peak, one panel per network, on common axes.",
    alt=f"Clouds of the log loss at three angles around the peak, {apart['log']} standard deviations apart.",
    data=plotting.embedding_table(clouds),
)  # fmt: skip

# %% [markdown] needs={"losses": ["linear", "log"]}
# Those of the linear loss are {glue:text}`separation_linear` apart.

# %% [markdown] needs={"losses": ["log"]}
# Over the whole range, of seven angles, between the two that enclose the peak, the mean decoded angle of the log loss moves by {glue:text}`slope_near_peak_log` rad per rad, elsewhere by
# {glue:text}`slope_elsewhere_log`. A faithful code moves by 1; a negative number means that the code turns back where it was hardly ever trained.

# %% needs={"losses": ["log"]} tags=["hide-input"]
theta = np.linspace(*codes.angle_range("linear"), 7)
whole = fisher.embed(sweep.ensemble(loss="log"), train.images, theta)
decoded, step = codes.decode(whole.values, "linear"), int(np.abs((theta[1:] + theta[:-1]) / 2 - peak).argmin())
moved = [np.diff(of) / np.diff(theta) for of in (decoded.mean(axis=-1), estimators.mean_without(decoded, train.person))]
slope = {}
for name, steps in (("near_peak", [step]), ("elsewhere", [k for k in range(6) if k != step])):
    values, left = (of[..., steps].mean(axis=-1) for of in moved)
    slope[name] = Estimate(values, {curves.label_of(train): left})
    keep(f"slope_{name}_log", slope[name])
plotting.show(
    plotting.clouds_of_replicates(whole[:shown, :, ::3], line=False), id="R53",
    caption=f"The decoded angle moves by {in_words(slope['near_peak'].mean)} rad per rad at the peak, and by {in_words(slope['elsewhere'].mean)} elsewhere. Log "
    "loss; seven angles over the whole range, one panel per network.",
    alt=f"Clouds of the log loss at seven angles over the whole range; they move by {slope['near_peak']} rad per rad at the peak and by {slope['elsewhere']} elsewhere.",
    data=plotting.embedding_table(whole[:shown, :, ::3]),
)  # fmt: skip

# %% [markdown]
# ## What this page does not show
#
# - Other people: all faces here are faces trained on.
# - Why a loss aligns its clouds: the losses also differ in how well they trained their networks.
# - What that means for information along the whole range: see [How much does each loss know, and where?](loss_comparison_errors.ipynb).
#
# ## How it was made
#
# {glue:md}`conditions:myst` Figures show three networks of each loss at most, and every third face. Numbers are of all: over the eleven angles, means of shares and
# medians of ratios, with intervals on the logit and the logarithmic scale.

# %% tags=["hide-input"]
tabulate(study.settings(), "How these networks were trained", collapsed=True)
