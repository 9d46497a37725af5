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
# # Does information follow any density?

# %% [markdown] needs={"bins": [4, 6], "densities": 2, "loss": "linear"}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R75:myst` {glue:md}`R74:myst`
#
# The caveat: every density has one network, so that an interval is over densities and people, and one that holds the law's exponent is no proof of it. Bins
# that were hardly trained are left out.
# :::

# %% [markdown]
# Here the density of training angles is constant in a few equal bins, with probabilities drawn at random; there are several such densities, each with a
# network of its own. Does the information at an angle depend on the density there alone, whatever it is elsewhere? The [law](theory.md) says so:
# $I \propto p^\alpha$, with α = {glue:text}`law:.2g` for the loss of this run.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
bins = [4, 6]  # numbers of bins; R70 to R73 need 6, R74 and R75 both
densities = 8  # densities of each number of bins, each with one network
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from fisherkit import bins as binned
from fisherkit import codes, curves, experiments, plotting, theory
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.binned(preset, faces=faces, bins=bins, densities=densities, loss=loss, seed=seed)

# %% tags=["hide-input"]
study = Study(sweep, angles=angles, seed=seed)
grid, inner = study.grid, binned.interior(study.grid)
condition = f"Linear encoding, {loss} loss, {len(study.faces)} training faces at {angles} angles"
law = theory.predicted_exponent(codes.LOSS_ORDERS[loss])
keep("law", law)
information = curves.positive_information(study.code(), study.faces)
normed = information.curve(curves.normalised_information)
of_bins = {
    number: {name: density for name, density in study.densities.items() if name.startswith(f"{number} bins")}
    for number in bins
}
points = pd.concat(
    pd.DataFrame({"bins": number, "density": name, "p": density.pdf(grid[inner]), "information": normed.select(density=name).values.values[0, inner]})
    for number, group in of_bins.items()
    for name, density in group.items()
)  # fmt: skip
alpha = {number: binned.exponents(study.precision(), group) for number, group in of_bins.items()}
inside, between = ({number: binned.scatter(information, of_bins[number])[part] for number in bins} for part in (0, 1))
for number in bins:
    keep(f"exponent_{number}_bins", alpha[number])
    keep(f"scatter_within_{number}", inside[number])
    keep(f"scatter_between_{number}", between[number])

# %% [markdown]
# ## Information against density, whatever the density

# %% needs={"bins": [4, 6]} tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(8.7, 4.2), layout="constrained", sharex=True, sharey=True)
for axis, number in zip(axes, (4, 6), strict=True):
    shown = points[points["bins"] == number]
    sns.scatterplot(
        shown, x="p", y="information", hue="density", style="density", palette=plotting.shades(densities), s=16,
        linewidth=0, legend=False, ax=axis,
    )  # fmt: skip
    axis.axline((0, 0), slope=1, color="black", linewidth=1)
    axis.set(title=f"{number} bins", xlabel="density p(θ) (rad⁻¹)", ylabel=plotting.NORMALISED_INFORMATION_LABEL)
plotting.show(
    figure,
    id="R74",
    also=("R75",),
    caption=f"The exponent is {in_words(alpha[4])} with four bins and {in_words(alpha[6])} with six; the law says {law:.2g}. {condition}, without those "
    f"within 0.1 rad of the range's ends; a shade and mark for each of {densities} densities. Black: the identity.",
    alt=f"Normalised information against the density for densities of four and of six bins; exponents {in_words(alpha[4])} and {in_words(alpha[6])}.",
    data=points,
)

# %% needs={"bins": [4, 6], "densities": 2, "loss": "linear"} tags=["remove-input"]
held = [alpha[number].against(law) for number in (4, 6)]
conclude(
    "R75", how_much(np.nan if "undecided" in held else held.count("holds") / 2),
    most=("yes", "No departure from the law's $\\alpha = {law:g}$ is found: α = {four} with four bins and {six} with six both hold it."),
    some=("in part", "The law's $\\alpha = {law:g}$ is held for one number of bins only: α = {four} with four bins and {six} with six."),
    none=("no", "Information does **not** follow these densities as the law says: neither α = {four} with four bins nor {six} with six holds $\\alpha = {law:g}$."),
    undecided=("undecided", "One density has no interval: α = {four} with four bins, {six} with six."),
    four=alpha[4], six=alpha[6], law=law,
)  # fmt: skip

# %% [markdown]
# Exponents are fitted where the density exceeds a tenth of its highest. The scatter is the standard deviation of log(I ÷ p), inside bins, where the density
# is constant, and of the bins' means.

# %% tags=["hide-input"]
columns = {
    "bins": list(bins),
    "α": [alpha[number] for number in bins],
    "scatter inside bins": [inside[number] for number in bins],
    "between bins": [between[number] for number in bins],
    "networks with an α": [f"{len(alpha[number].values)} of {densities}" for number in bins],
}
tabulate(
    pd.DataFrame(columns),
    "Exponents, and scatter inside and between bins; intervals are 95 %, over densities and people.",
    collapsed=True,
)

# %% needs={"bins": [4, 6], "densities": 2, "loss": "linear"} tags=["remove-input"]
noise, more = inside[4] - between[4], between[4].minus(between[6], paired=False)
sides = [noise.side(), more.side()]
conclude(
    "R74", how_much(sides.count("above") / 2 if "above" in sides or set(sides) == {"below"} else np.nan),
    most=("yes", "With four bins information scatters more inside bins than between them, by {noise}, and more between them than with six, by {more}."),
    some=("in part", "Of two readings of the original one is clear. With four bins information scatters more inside bins than between them: the difference is {noise}. It scatters more between them than with six: the difference is {more}."),
    none=("no", "With four bins information scatters **less** inside bins than between them, by {noise}, and less between them than with six, by {more} (differences, so negative)."),
    undecided=("undecided", "What scatters more is open: with four bins, the scatter inside bins exceeds that between them by {noise}; that between bins exceeds that with six by {more}."),
    noise=noise, more=more,
)  # fmt: skip

# %% [markdown]
# ## One density, drawn in several ways
#
# The original drew beside the normalised information the **probability** of each bin (R70), then that divided by the bin's width (R71), then the density on
# the grid (R72); and the information against the density (R73).

# %% needs={"bins": [6]} tags=["hide-input"]
one = f"6 bins, {min(2, densities - 1)}"
density, of_one = study.densities[one], points[points["density"] == one]
probabilities = np.array(density.probabilities)
heights = probabilities / np.diff(density.edges)
ratio = {
    "probability": of_one["information"].mean() / probabilities.mean(),
    "density": of_one["information"].mean() / heights.mean(),
}
keep("height_to_probability", ratio["probability"])
keep("height_to_density", ratio["density"])

# %% needs={"bins": [6]} tags=["hide-input"]
band = study.measured(loss, density=one).band(curves.normalised_information)
figure, (left, right) = plt.subplots(1, 2, figsize=(8.7, 4.4), layout="constrained", width_ratios=(1.7, 1))
left.fill_between(grid, band.low, band.high, color=plotting.LOSS_COLOURS[loss], alpha=0.2, linewidth=0)
left.plot(grid, band.estimate, color=plotting.LOSS_COLOURS[loss], label="I, one network")
left.stairs(probabilities, density.edges, baseline=None, color="0.35", linestyle=":", label="probability (R70)")
left.stairs(heights, density.edges, baseline=None, color="0.35", linestyle="--", label="probability ÷ width (R71)")
left.plot(grid, density.pdf(grid), ".", color="black", markersize=4, label="density on the grid (R72)")
left.set(
    xlabel=plotting.ANGLE_LABEL, ylabel="normalised information, density (rad⁻¹)", ylim=(0, 1.25 * band.estimate.max())
)
plotting.mark_boundary(left, grid)
right.plot(of_one["p"], of_one["information"], ".", color=plotting.LOSS_COLOURS[loss])
right.axline((0, 0), slope=1, color="black", linewidth=1)
right.set(xlabel="density p(θ) (rad⁻¹)", title="against the density (R73)")
figure.legend(loc="outside lower center", ncols=2)
plotting.show(
    figure,
    id="R70",
    also=("R71", "R72", "R73"),
    caption=f"The normalised information is {ratio['probability']:.2f} times the bins' probability on average, and {ratio['density']:.2f} times their density. "
    "One density of six bins. Band: 95 %, simultaneous, over people. Black: the identity.",
    alt=f"Normalised information of one network against the angle, {ratio['density']:.2f} times as high as the steps of its density; and against the density.",
    data=of_one,
)

# %% needs={"bins": [6], "loss": "linear"} tags=["remove-input"]
conclude(
    "R70", whether(ratio["probability"] > 1.3),
    so=("yes", "The information overshoots the probabilities: it is {ratio} times as high on average."),
    not_so=("no", "The information does **not** overshoot the probabilities: it is {ratio} times as high on average."),
    ratio=ratio["probability"],
)  # fmt: skip
conclude(
    "R71", whether(abs(ratio["density"] - 1) < 0.2),
    so=("yes", "The information matches the density in height: it is {ratio} times as high on average."),
    not_so=("no", "The information does **not** match the density in height: it is {ratio} times as high on average."),
    ratio=ratio["density"],
)  # fmt: skip

# %% [markdown]
# Both follow from the normalisation, whatever was learnt: the density integrates to one.
#
# ## What this page does not show
#
# - Whether bins that are hardly ever trained follow the law.
# - How sharp an edge between bins a code can follow.
# - What the decoded angle does, and what people never seen say.
#
# ## How it was made

# %% tags=["hide-input"]
settings = {
    "preset": preset,
    "faces": f"{len(study.faces)} {sweep.faces.source} faces of {len(set(study.faces.person.tolist()))} people",
    "networks": f"{densities} of {' and of '.join(map(str, bins))} bins, a density each",
}
tabulate(pd.DataFrame(settings.items(), columns=["setting", "value"]), "Faces and networks.", collapsed=True)

# %% needs={"bins": [6]} tags=["hide-input"]
tabulate(
    pd.DataFrame({"bin": range(1, 7), "probability": probabilities, "density (rad⁻¹)": heights}),
    "The six bins of the one density.",
    collapsed=True,
)
