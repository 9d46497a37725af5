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
# # Totals and errors: how much, and how well
#
# Normalised curves say where a code is precise, not how precise it is. Here nothing is divided: how much information does each
# loss lead to in total, where along the angle is it, and are the errors of the decoded angle as small as it promises?
#
# It shows results R54 to R62 of the original analysis: linear encoding, concentrated density. How information and bands are
# made is told on the page [Fisher information](fisher_information.ipynb); what the losses do to the shape of the curves, on
# [Aggressive losses](loss_comparison_powers.ipynb); the words in use are in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import itertools

import numpy as np
import pandas as pd
import scipy.stats

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats
from fisherkit.curves import information, mean_squared_error, root

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
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
grid = codes.angle_grid("linear", angles)

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
code = fisher.embed_with_tangents(sweep.ensemble(), train.images, grid)
measured = curves.measured_of(code, train, seed=seed)
achieved = curves.achieved_precision(code.embeddings, train.person, seed=seed)
density = densities.named("concentrated", "linear")
p = density.pdf(grid)
common = curves.common_angles(density, grid)
networks = len(sweep.select(loss=losses[0]))
by_order = sorted(losses, key=codes.LOSS_ORDERS.get)
condition = "Linear encoding, concentrated density"
shown = f"{len(train)} training faces at each of {angles} angles"
bands = f"Bands: 95 %, simultaneous, over people{' and networks' if networks > 1 else ''}."

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a loss. Losses are named in the order of their order $q$: "
    + ", ".join(f"{loss} ({codes.LOSS_ORDERS[loss]:g})" for loss in by_order)
    + "."
)

# %% [markdown]
# ## R54 · The total
#
# The integral of the information over the angle, $\int I\,d\theta$, in rad⁻¹, of each network. (R20, on the page
# [Fisher information](fisher_information.ipynb), is the integral of its root.)


# %% tags=["hide-input"]
def integral(loss):
    """∫I of each network of a loss (K,), and the same with people drawn again (draw, K)."""
    of_loss = measured.select(loss=loss)
    return tuple(np.trapezoid(values, grid, axis=-1) for values in (of_loss.information.values, of_loss.draws))


integrals = {loss: integral(loss) for loss in by_order}
points = pd.DataFrame(
    [
        {"loss": loss, "replicate": k + 1, "total": value, "low": band.low[0], "high": band.high[0]}
        for loss, (values, drawn) in integrals.items()
        for k, value in enumerate(values)
        for band in [stats.simultaneous_band(values[k : k + 1], drawn[:, k : k + 1])]
    ]
)
# A row of the original's that has all five of its losses; others of this run stand beside them.
needed = ("linear", "square", "quart", "root4", "log")
if not plotting.show_lacking("R54", losses=(needed, losses)):
    plotting.show(
        plotting.interval_figure(points, "loss", "total", plotting.LOSS_COLOURS, "total information ∫I dθ (rad⁻¹)"),
        id="R54",
        caption=f"{condition}: integral of the information over the range, one point a network, in columns by loss. Bars: 95 % over "
        "people.",
        alt="Points with vertical bars, one a network, in a column for each loss. The vertical axis is the total information.",
        data=points,
    )


# %% tags=["remove-input"]
def total_ratio(first, second):
    """Mean total of one loss ÷ that of another, with a 95 % interval: the same people and replicates for both."""
    means = [integrals[loss][0].mean() for loss in (first, second)]
    drawn = [stats.mean_over_replicates(integrals[loss][1], seed=(seed, 1)) for loss in (first, second)]
    band = stats.simultaneous_band(np.array([means[0] / means[1]]), (drawn[0] / drawn[1])[:, None])
    return tuple(float(part[0]) for part in (band.estimate, band.low, band.high))


totals_of = {loss: float(values.mean()) for loss, (values, _) in integrals.items()}
for loss, value in totals_of.items():
    plotting.headline(f"total_{loss}", value)
if set(needed) <= set(losses):
    highest = max(totals_of, key=totals_of.get)
    spread = max(totals_of.values()) / min(totals_of.values())
    trend = scipy.stats.spearmanr([codes.LOSS_ORDERS[loss] for loss in by_order], list(totals_of.values()))
    against = {loss: total_ratio("linear", loss) for loss in by_order if loss != "linear"}
    above = [loss for loss, (_, low, _) in against.items() if low > 1]
    below = [loss for loss, (_, _, high) in against.items() if high < 1]
    no_trend = trend.pvalue > 0.05
    plotting.headline("total_spread", spread)
    plotting.judge(
        "R54",
        "yes"
        if no_trend and spread > 1.5 and highest == "linear"
        else "in part"
        if no_trend and spread > 1.5
        else "no",
        f"{spread:.1f}-fold between losses; {highest} highest; rank correlation with q {trend.statistic:.2f}",
    )
    middle = by_order[1:-1]
    clipped = {
        loss: float(
            np.mean([sweep.store.record(sweep.key(c))["metrics"]["clipped_fraction"] for c in sweep.select(loss=loss)])
        )
        for loss in by_order
    }
    plotting.say(
        f"The loss changes the total {spread:.1f}-fold between means over networks. **{highest.capitalize()}** has the highest. Linear has "
        + "; ".join(
            f"{ratio:.2f} times the total of {loss} [{low:.2f}, {high:.2f}]"
            for loss, (ratio, low, high) in against.items()
        )
        + ". "
        + (f"That is clearly more than {', '.join(above)}" if above else "That is clearly more than none of them")
        + (f", and clearly less than {', '.join(below)}. " if below else ". ")
        + f"With the order of the loss the total has a rank correlation of {trend.statistic:.2f} over {len(by_order)} losses: "
        + ("no trend, as the original says" if no_trend else "there **is** a trend, where the original sees none")
        + (", and linear the highest, as there." if highest == "linear" else "; it found linear the highest.")
    )
    plotting.say(
        "Why the middle? A total is a matter of how well training went, not of the law, which fixes the shape of a curve alone. Of the "
        "steps of training, the gradient was clipped in "
        + ", ".join(f"{100 * share:.0f} % ({loss})" for loss, share in clipped.items())
        + ". Where nearly every gradient is clipped a step says in which direction to go and not how far: the gradient of a root or of "
        "the logarithm grows without bound as an error shrinks, that of a high power vanishes. "
        + (
            "Both ends are at a disadvantage, and the losses with the most information are those between them."
            if highest in middle
            else "But the loss with the most information is not one in the middle here."
        )
        + " That is what these numbers suggest; no experiment on this page takes the clipping away (Q09)."
    )

# %% [markdown]
# ## R55 to R57 · Information along the angle
#
# Not normalised, three losses at a time. The density has another unit; it is drawn with the area of the linear loss's mean curve.

# %% tags=["hide-input"]
fine = np.linspace(*codes.angle_range("linear"), 400)


def show_raw(id, trio, transform, label, words):
    """Curves of three losses, not normalised, with the density scaled to the area of linear's."""
    area = np.trapezoid(measured.select(loss="linear").lines(transform).mean(axis=0), grid)
    plotting.show_curves(
        id,
        plotting.loss_curves(measured, trio, transform),
        label,
        references={"p, scaled": (fine, area * density.pdf(fine))},
        caption=f"{condition}, {', '.join(trio)} loss, all networks; {shown}: {words}, thin, and its mean, thick, with the density "
        f"scaled to the area of the linear loss's mean (dashed). {bands}",
        alt=f"Line plot of the {words} against the angle for three losses, with bands, and the scaled training density dashed.",
    )


of_information = {
    "R55": ("linear", "quart", "root4"),
    "R56": ("linear", "square", "sqrt"),
    "R57": ("linear", "quart", "log"),
}
for id, trio in of_information.items():
    if not plotting.show_lacking(id, losses=(trio, losses)):
        show_raw(id, trio, information, plotting.INFORMATION_LABEL, "information")

# %% tags=["remove-input"]
sharpness = {loss: curves.exponent(measured.select(loss=loss), density) for loss in losses}
if all(value is not None for value in sharpness.values()):
    for id, trio in of_information.items():
        if set(trio) <= set(losses):
            _, power, rooted = sorted(trio, key=lambda loss: (loss != "linear", -codes.LOSS_ORDERS[loss]))
            blunter, sharper = (
                stats.mean_interval(sharpness[loss].per_replicate - sharpness["linear"].per_replicate)
                for loss in (power, rooted)
            )
            holds = [blunter[2] < 0, sharper[1] > 0] if networks > 1 else [blunter[0] < 0, sharper[0] > 0]
            plotting.judge(
                id,
                "yes" if all(holds) else "in part" if any(holds) else "no",
                f"α − α(linear): {power} {blunter[0]:+.2f}, {rooted} {sharper[0]:+.2f}",
            )
    plotting.say(
        "How sharp a curve is, whatever its height, is the exponent α of $I \\propto p^\\alpha$, fitted where the density exceeds a "
        "tenth of its peak: "
        + ", ".join(f"{plotting.in_words(sharpness[loss])} ({loss})" for loss in by_order)
        + ". The original reads R55 to R57 as *roots sharper, powers blunter*. "
        + (
            "In the order of these means that is so without exception."
            if all(np.diff([sharpness[loss].estimate for loss in by_order]) < 0)
            else "In the order of these means that is so with exceptions: "
            + ", ".join(
                f"{later} is not blunter than {earlier}"
                for earlier, later in itertools.pairwise(by_order)
                if sharpness[later].estimate >= sharpness[earlier].estimate
            )
            + "."
        )
    )

# %% [markdown]
# ## R58 and R59 · Its root

# %% tags=["hide-input"]
for id, trio in (("R58", ("linear", "quart", "root4")), ("R59", ("linear", "square", "sqrt"))):
    if not plotting.show_lacking(id, losses=(trio, losses)):
        show_raw(id, trio, root, plotting.ROOT_LABEL, "root information")

# %% tags=["remove-input"]
tops = {loss: float(measured.select(loss=loss).lines(root).mean(axis=0).max()) for loss in by_order}
plotting.say(
    "At its highest the mean root information is "
    + ", ".join(f"{top:.0f} rad⁻¹ ({loss})" for loss, top in tops.items())
    + ": steps of one standard deviation that a radian holds there."
)

# %% [markdown]
# ## R60 to R62 · Errors
#
# The mean squared error of the decoded angle, on a logarithmic axis. If the read-out makes full use of the code and has no bias, it is
# one over the information: the mirror image on this axis.

# %% tags=["hide-input"]
of_errors = {
    "R60": ("linear", "quart", "root4"),
    "R61": ("linear", "square", "sqrt"),
    "R62": ("linear", "quart", "log"),
}
for id, trio in of_errors.items():
    if not plotting.show_lacking(id, losses=(trio, losses)):
        plotting.show_curves(
            id,
            plotting.loss_curves(achieved, trio, mean_squared_error),
            "mean squared error (rad²)",
            logarithmic=True,
            caption=f"{condition}, {', '.join(trio)} loss, all networks; {shown}: mean squared error of the decoded angle, thin, and its "
            f"mean, thick. {bands}",
            alt="Line plot on a logarithmic axis of the mean squared error against the angle for three losses, with bands.",
        )


# %% tags=["remove-input"]
def mirror(loss):
    """Rank correlation of error and information along the angle, and error × information where the density is high."""
    errors, values = achieved.select(loss=loss).lines(mean_squared_error), measured.select(loss=loss).information.values
    ranks = [scipy.stats.spearmanr(e, i).statistic for e, i in zip(errors, values, strict=True)]
    return float(np.mean(ranks)), float(np.exp(np.log((errors * values)[:, common]).mean()))


mirrored = {loss: mirror(loss) for loss in by_order}
for loss, (rank, product) in mirrored.items():
    plotting.headline(f"mirror_{loss}", rank)
    plotting.headline(f"error_times_information_{loss}", product)
for id, trio in of_errors.items():
    if set(trio) <= set(losses):
        ranks = [mirrored[loss][0] for loss in trio]
        plotting.judge(
            id,
            "yes" if max(ranks) < -0.8 else "in part" if max(ranks) < -0.5 else "no",
            f"rank correlation {min(ranks):.2f} to {max(ranks):.2f}",
        )
weakest = max(mirrored, key=lambda loss: mirrored[loss][0])
plotting.say(
    "Along the angle, error and information have a rank correlation of "
    + ", ".join(f"{rank:.2f} ({loss})" for loss, (rank, _) in mirrored.items())
    + ", mean over networks. "
    + (
        "So the error is the mirror image of the information, as the original expects. "
        if mirrored[weakest][0] < -0.8
        else f"The mirror is a rough one, roughest for {weakest}: far from the density's peak errors are mostly **bias**, of which the "
        "information knows nothing. "
    )
    + "Where the density exceeds a tenth of its peak, error times information is "
    + ", ".join(f"{product:.2f} ({loss})" for loss, (_, product) in mirrored.items())
    + ". One would be a read-out that uses all that the code has, without bias."
)

# %% [markdown]
# ## What this page does not show
#
# - Why totals differ: training time, clipping and the steepness of a loss change together from loss to loss.
# - Errors of faces that were not learnt.
# - Whether the total is a budget: it would have to be the same for all losses and densities.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {loss}: total information {totals_of[loss]:.0f} rad⁻¹; error × information {mirrored[loss][1]:.2f} where the density is high."
        for loss in by_order
    )
)
