# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Embeddings by loss: what a root does to the clouds
#
# Two codes of one information can look very different. Here are the clouds themselves, near the angle that training showed most
# often, for five losses: do they lie along the line on which their means move, or across it? A cloud drawn out **along** that line
# costs information, compared with one of the same size across it: its faces are mistaken for neighbouring angles.
#
# It shows results R47 to R53 of the original analysis: linear encoding, concentrated density. What clouds are, and which of their
# directions matter, is told on the page [Noise structure](noise_structure.ipynb); how much information each loss leads to, on
# [Totals and errors](loss_comparison_errors.ipynb); the words in use are in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np

from fisherkit import codes, densities, experiments, fisher, plotting

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
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
train = sweep.faces.subset("train")
density = densities.named("concentrated", "linear")
peak = density.mean
networks = len(sweep.select(loss=losses[0]))
drawn = min(networks, 3)
condition = "Linear encoding, concentrated density"
first = "one network" if drawn == 1 else f"{drawn} networks, a panel each"


def clouds(loss, angles):
    """Embeddings and tangents of a loss's networks at some angles: (replicate, angle, face, output) each."""
    code = fisher.embed_with_tangents(sweep.ensemble(loss=loss), train.images, angles)
    return code.embeddings, code.tangents


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a loss"
    + (f", of which the figures show the first {drawn}" if networks > drawn else "")
    + f". The density of training angles peaks at {peak:.2f} rad."
)

# %% [markdown]
# ## R47 to R51 · Near the peak
#
# Eleven angles within half a radian of the density's peak, a figure a loss. As in the original, the line of means is drawn for linear,
# square and quart. Axes differ from panel to panel: each network has its own way to write an angle.

# %% tags=["hide-input"]
near = peak + np.linspace(-0.5, 0.5, 11)
rows = {"R47": "linear", "R48": "square", "R49": "quart", "R50": "root4", "R51": "log"}
found = {loss: clouds(loss, near) for loss in losses}
for id, loss in rows.items():
    if not plotting.show_lacking(id, losses=(loss, losses)):
        with_line = loss in ("linear", "square", "quart")
        plotting.show(
            plotting.clouds_of_replicates(found[loss][0][:drawn], line=with_line),
            id=id,
            caption=f"{condition}, {loss} loss, {first}; {len(train)} training faces at each of eleven angles within 0.5 rad of the "
            f"density's peak: embeddings{', and the line of means' if with_line else ''}.",
            alt="Scatter plots of the second output against the first, a panel a network, eleven clouds coloured by angle"
            + (", with a line joining their means." if with_line else "."),
            data=plotting.embedding_table(found[loss][0][:drawn]),
        )


# %% tags=["remove-input"]
def with_range(values):
    """Mean over networks, and between which values they lie where there are several."""
    return f"{values.mean():.2f}" + (f" ({values.min():.2f} to {values.max():.2f})" if len(values) > 1 else "")


along, thin, of_information = {}, {}, {}
for loss, (z, t) in found.items():
    along[loss] = np.median(fisher.variance_along_tangent(z.values, t.values), axis=1)
    thin[loss] = np.median(fisher.condition_number(z.values), axis=1)
    of_information[loss] = fisher.information(fisher.Code(z, t), estimator="wishart").values
    plotting.headline(f"variance_along_means_{loss}", along[loss].mean())
    plotting.headline(f"condition_number_{loss}", thin[loss].mean())
by_order = sorted(losses, key=codes.LOSS_ORDERS.get)
table = "\n".join(
    f"| {loss} | {codes.LOSS_ORDERS[loss]:g} | {with_range(along[loss])} | {with_range(thin[loss])} |"
    for loss in by_order
)
plotting.say(
    "What share of a cloud's variance lies along the direction in which its mean moves (half, if clouds were round), and how thin clouds "
    f"are (condition number of the covariance); medians over the eleven angles, means over networks (and their range):\n\n| loss | q | along the means | "
    f"condition number |\n|---|---|---|---|\n{table}"
)

# %% tags=["remove-input"]
if "log" in losses:
    aligned = along["log"].mean() > 0.8
    most = max(along, key=lambda loss: along[loss].mean())
    narrow = thin["log"].mean() > 4
    plotting.judge(
        "R51",
        "yes" if aligned and narrow else "in part" if along["log"].mean() > 0.5 else "no",
        f"{100 * along['log'].mean():.0f} % of the variance along the line, condition number {thin['log'].mean():.0f}",
    )
    means = np.trapezoid(of_information["log"], near, axis=1) / np.ptp(near)
    relative = of_information["log"].max(axis=1) / means
    largest = int(relative.argmax())
    plotting.say(
        "The original reads R51: *distributions narrowly aligned with the line of means*. Of the log loss's variance "
        f"{100 * along['log'].mean():.0f} % lies along that line, and clouds are {np.sqrt(thin['log'].mean()):.1f} times as long as wide. "
        + (
            "So they are narrow, and aligned with it"
            if aligned and narrow
            else "So they are drawn out, and more along the line than across it"
            if along["log"].mean() > 0.5 and narrow
            else "So they lie along the line more than across it, though not narrowly"
            if along["log"].mean() > 0.5
            else "So they are **not** aligned with the line"
        )
        + (
            f"; of these {len(losses)} losses it is the most aligned."
            if most == "log" and len(losses) > 1
            else f"; {most} is the most aligned one."
            if len(losses) > 1
            else "."
        )
    )
    if networks > 1:
        plotting.say(
            "The original adds that one of its networks (rep 1) has the largest information relative to its total. Near the peak, the "
            f"largest information is {relative.min():.1f} to {relative.max():.1f} times its mean over these angles; replicate "
            f"{largest + 1} has the largest of all. These are other seeds than the original's: which network it is says nothing."
        )

# %% [markdown]
# ## R52 · The log loss, three angles
#
# Three angles within a tenth of a radian of the peak, with the same axes for all networks.

# %% tags=["hide-input"]
if not plotting.show_lacking("R52", losses=("log", losses)):
    three, three_tangents = clouds("log", peak + np.linspace(-0.1, 0.1, 3))
    plotting.show(
        plotting.clouds_of_replicates(three[:drawn], line=False, common=True),
        id="R52",
        caption=f"{condition}, log loss, {first}; {len(train)} training faces at each of three angles within 0.1 rad of the density's "
        "peak: embeddings, on common axes.",
        alt="Scatter plots of the second output against the first, a panel a network on common axes, three clouds coloured by angle.",
        data=plotting.embedding_table(three[:drawn]),
    )
    error = np.abs(codes.decode(three.values, "linear") - three.angle.values[:, None])
    plotting.headline("log_median_error_near_peak", np.median(error))
    plotting.say(
        f"The angles are 0.1 rad apart, and the median error of the decoded angle is {np.median(error):.4f} rad: "
        + ("the clouds stand apart." if np.median(error) < 0.05 else "the clouds overlap.")
    )

# %% [markdown]
# ## R53 · The log loss, the whole range

# %% tags=["hide-input"]
if not plotting.show_lacking("R53", losses=("log", losses)):
    seven, _ = clouds("log", np.linspace(*codes.angle_range("linear"), 7))
    plotting.show(
        plotting.clouds_of_replicates(seven[:drawn], line=False),
        id="R53",
        caption=f"{condition}, log loss, {first}; {len(train)} training faces at each of seven angles over the whole range: embeddings.",
        alt="Scatter plots of the second output against the first, a panel a network, seven clouds coloured by angle.",
        data=plotting.embedding_table(seven[:drawn]),
    )
    size = np.sqrt(seven.var("face", ddof=1).sum("output")).mean("replicate").values
    closest = int(np.abs(seven.angle.values - peak).argmin())
    plotting.say(
        f"The cloud nearest to the density's peak has {100 * size[closest] / size.max():.0f} % of the size of the widest one (root of the "
        "total variance, mean over networks). "
        + (
            "It is the tightest of the seven: where training showed angles often, faces agree."
            if closest == size.argmin()
            else "It is **not** the tightest of the seven."
        )
    )

# %% [markdown]
# ## What this page does not show
#
# - Whether alignment is what the loss asks for, or what training leaves: clouds of networks that were stopped earlier are not here.
# - What the clouds of people never seen look like: all faces here are training faces.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {loss}: {100 * along[loss].mean():.0f} % of a cloud's variance lies along the line of means, near the peak; condition number "
        f"{thin[loss].mean():.1f}."
        for loss in by_order
    )
)
