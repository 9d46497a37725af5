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
# # Comparing losses: totals and errors
#
# How much does a network know about the angle in all, and does the loss decide that? Where does each loss put its information,
# and is the error of the decoded angle its mirror image? This page draws information and error as they are, without dividing by
# their integrals.
#
# It shows results R54 to R62 of the original analysis: linear encoding, concentrated density. The order $q$ of a loss is the
# power of the error that it takes: 4 for *quart*, 2 for *square*, 1 for *linear*, ½ for *sqrt*, ¼ for *root4*, and 0 stands for
# *log*. What the law predicts for them is on the [theory page](theory.md); how information and bands are made is told on the page
# [Fisher information](fisher_information.ipynb); the clouds behind these curves are on the page
# [Clouds near the peak](loss_comparison_embeddings.ipynb); the words in use are in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd
from scipy.stats import permutation_test, spearmanr

from fisherkit import codes, curves, densities, estimators, experiments, fisher, plotting, stats, theory

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt", "square", "quart", "root4", "log"]  # of these
replicates = None  # networks a loss; None: as many as the preset says
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
ensemble = sweep.ensemble()
measured = curves.measure(ensemble, train, grid, seed=seed)
code = fisher.embed_with_tangents(ensemble, train.images, grid)
precision = curves.achieved_precision(code.embeddings, train.person, seed=seed)
density = densities.named("concentrated", "linear")
p = density.pdf(grid)
mode = int(p.argmax())
common = curves.common_angles(density, grid)
by_order = sorted(losses, key=codes.LOSS_ORDERS.get)
networks = len(measured.select(loss=losses[0]).information)
shown = f"{len(train)} training faces at each of {angles} angles"
over = f"over people{' and networks' if networks > 1 else ''}"
bands = f"Bands: 95 %, simultaneous, {over}."
many = f"{plotting.counted(networks, 'network')} a loss"

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{many}."
    + ("" if networks > 1 else " With one network a loss, intervals are over people only, and exponents have none.")
)


# %% [markdown]
# ## R54 · The total
#
# The integral of the information itself, $\int\!I\,d\theta$, of each network (not of its root, as in R20).


# %% tags=["hide-input"]
def totals_of(loss, transform=curves.information):
    """Integral of each network's curve of a loss (K,), and the same with people drawn again (draw, K)."""
    of = measured.select(loss=loss)
    return tuple(np.trapezoid(transform(i, grid), grid, axis=-1) for i in (of.information.values, of.draws))


def with_interval(above, below=None):
    """Mean over networks of what :func:`totals_of` gives, or its ratio to another loss's, with its interval."""
    columns = [[values[..., None] for values in of] for of in (above, below) if of is not None]
    band = stats.band_of_mean(*columns[0], against=columns[1] if below else None, paired=True, seed=(seed, 2))
    return float(band.estimate[0]), float(band.low[0]), float(band.high[0])


each = {loss: totals_of(loss) for loss in by_order}
points = pd.DataFrame(
    [
        {"loss": loss, "replicate": k + 1, "total": value, "low": low, "high": high}
        for loss, (values, drawn) in each.items()
        for k in range(networks)
        for value, low, high in [with_interval((values[[k]], drawn[:, [k]]))]
    ]
)
plotting.show(
    plotting.interval_figure(points, "loss", "total", plotting.LOSS_COLOURS, "total information ∫I dθ (rad⁻¹)"),
    id="R54",
    caption=f"Linear encoding, concentrated density; {shown}: integral of the information over the range, one point a network, "
    "losses by their order. Bars: 95 % over people.",
    alt="Points with vertical bars, one a network, in columns by loss. The vertical axis is the total information.",
    data=points,
)

# %% tags=["remove-input"]
total = {loss: float(values.mean()) for loss, (values, _) in each.items()}
# The same replicates of every loss in a draw: they began alike and saw the same samples.
drawn_total = {loss: stats.mean_over_replicates(drawn, seed=(seed, 2)) for loss, (_, drawn) in each.items()}
ranges = {loss: totals_of(loss, curves.root) for loss in by_order}
range_of = {loss: float(values.mean()) for loss, (values, _) in ranges.items()}
# What each loss achieved in training: the error at an angle, counted as often as the angle came.
achieved = {
    loss: float(np.trapezoid(p * precision.select(loss=loss).lines(curves.mean_squared_error).mean(axis=0), grid))
    for loss in by_order
}
highest, lowest = max(total, key=total.get), min(total, key=total.get)
versus = {loss: with_interval(each[highest], each[loss]) for loss in by_order if loss != highest}
often = float((np.array(list(drawn_total.values())).argmax(axis=0) == by_order.index(highest)).mean())
for loss in by_order:
    plotting.headline(f"total_{loss}", total[loss])
rows = []
for loss in by_order:
    _, low, high = with_interval(each[loss])
    row = f"| {loss} | {codes.LOSS_ORDERS[loss]:g} | {total[loss]:.0f} [{low:.0f}, {high:.0f}] | "
    if "linear" in losses:
        against = with_interval(each["linear"], each[loss])
        row += "1 | " if loss == "linear" else f"{against[0]:.2f} [{against[1]:.2f}, {against[2]:.2f}] | "
    rows.append(row + f"{range_of[loss]:.0f} | {np.sqrt(achieved[loss]):.3f} |")
plotting.say(
    f"| loss | q | ∫I (rad⁻¹) | {'linear ÷ this | ' if 'linear' in losses else ''}∫√I | error (rad) |\n"
    f"|---|---|---|{'---|' if 'linear' in losses else ''}---|---|\n"
    + "\n".join(rows)
    + f"\n\nMeans over networks; intervals 95 % {over}{', the same ones for both losses of a ratio' if 'linear' in losses else ''}. *Error*: root of the mean squared "
    "error of the decoded angle over the density of angles, among training faces."
)

# %% tags=["remove-input"]
if len(losses) > 1:
    ratio, low, high = versus[lowest]
    widest, narrowest = max(range_of, key=range_of.get), min(range_of, key=range_of.get)
    apart, apart_low, apart_high = with_interval(ranges[widest], ranges[narrowest])
    plotting.headline("highest_to_lowest_total", ratio)
    plotting.say(
        f"**Does the loss change the total?** The highest, {highest}, has {ratio:.1f} times the total of the lowest, {lowest} "
        f"(interval {low:.1f} to {high:.1f}). "
        + (
            "So the loss changes the total a lot, as the original says."
            if low > 1.5
            else "So the loss changes the total, though not a lot; the original says a lot."
            if low > 1
            else "So no change of the total can be told; the original saw a large one."
        )
        + f" The discriminable range $\\int\\!\\sqrt I\\,d\\theta$ of {widest} is {apart:.1f} times that of {narrowest} (interval "
        f"{apart_low:.1f} to {apart_high:.1f})"
        + (
            ": the losses did not have one such budget in common. (For its exponent the law needs a budget of each loss, not a common one.)"
            if apart_low > 1
            else ": the losses may have one such budget in common."
        )
    )
    close = [loss for loss, (_, bottom, _) in versus.items() if bottom <= 1]
    beaten = [loss for loss, (_, bottom, _) in versus.items() if bottom > 1]
    plotting.headline("highest_again", often)
    plotting.say(
        f"**Which is highest?** {highest}, in {100 * often:.0f} % of the draws. "
        + (f"Its lead over {', '.join(beaten)} is beyond chance. " if beaten else "")
        + (f"Its lead over {', '.join(close)} is not. " if close else "")
        + (
            ""
            if "linear" not in losses
            else "The original found linear highest; so it is here. "
            if highest == "linear" and not close
            else "The original found linear highest; so it is here, but not beyond chance. "
            if highest == "linear"
            else "The original found **linear** highest; here it is not. "
            if versus["linear"][1] > 1
            else "The original found linear highest; here it is not, but linear could be by chance. "
        )
    )

# %% tags=["remove-input"]
order = np.array([codes.LOSS_ORDERS[loss] for loss in by_order])
values = np.array([total[loss] for loss in by_order])
if len(losses) < 5:
    plotting.say("Whether the total has a trend in $q$ needs at least five losses.")
else:
    trend = permutation_test(
        (order,), lambda x: spearmanr(x, values).statistic, permutation_type="pairings", n_resamples=np.inf
    )
    top = by_order.index(highest)
    single = bool((np.diff(values[: top + 1]) > 0).all() and (np.diff(values[top:]) < 0).all())
    inside = 0 < top < len(by_order) - 1
    here = {
        loss: float(np.mean(np.trapezoid(np.where(common, i, 0), grid, axis=1) / np.trapezoid(i, grid, axis=1)))
        for loss in by_order
        for i in [measured.select(loss=loss).information.values]
    }
    plotting.headline("trend_of_total", trend.statistic)
    if "linear" in losses:
        lot, none, first = versus[lowest][1] > 1.5, trend.pvalue >= 0.05, highest == "linear"
        plotting.judge(
            "R54",
            "yes" if lot and none and first else "in part" if lot or none or first else "no",
            f"{versus[lowest][0]:.1f}-fold between losses; {highest} highest; trend p = {trend.pvalue:.2f}",
        )
    plotting.say(
        f"**Is there a trend?** The rank correlation of the total with $q$ is {trend.statistic:+.2f} over {len(losses)} losses "
        f"(exact permutation p = {trend.pvalue:.2f}). "
        + (
            "That is a trend; the original saw none."
            if trend.pvalue < 0.05
            else "That is no trend from one end to the other, and the original saw none."
        )
        + (
            f" But there is an order: the total rises with $q$ up to {highest} and falls after it."
            if single and inside
            else ""
        )
    )
    plotting.say(
        f"From {100 * min(here.values()):.0f} to {100 * max(here.values()):.0f} % of the total lies where the density exceeds a tenth of its peak: "
        + (
            "it says how precise a code is near the peak, and little else."
            if min(here.values()) > 0.75
            else "what a code knows of rare angles counts too."
        )
    )

# %% [markdown]
# **Why this one?** (Q09.) That losses with small errors have much information says nothing: one is about the inverse of the other. What can come out
# either way is *how* a loss gets its information. That of the decoded angle is $s^2/\mathrm{Var}$, $s$ the slope of the mean, and the embedding has
# more by what the read-out leaves unused:
#
# $$\log I = 2 \log s - \log \mathrm{Var} + \log (I/I_\mathrm{dec}).$$
#
# Each term, as a mean over the angles where the density exceeds a tenth of its peak, less that of the linear loss. And the *efficiency*, information
# times mean squared error: what a loss leaves in error that its information would allow it to be without.

# %% tags=["remove-input"]
FACTORS = ("information", "slope", "spread", "unused", "efficiency")


def factors_of(mean, information):
    """Mean of the logarithms over common angles, by name: ``mean`` takes what is measured of a face to its mean."""
    angle = codes.decode(code.embeddings.values, "linear")
    moved = code.tangents.values.mean(axis=-1)
    off = angle - grid[:, None]
    slope = np.log(mean(moved) ** 2)
    spread = -np.log(mean(off**2) - mean(off) ** 2)
    whole = np.log(information)
    terms = (whole, slope, spread, whole - slope - spread, whole + np.log(mean(off**2)))
    return {name: term[..., common].mean(axis=-1) for name, term in zip(FACTORS, terms, strict=True)}


found = factors_of(lambda values: values.mean(axis=-1), measured.information.values)
((label, left_out),) = measured.without.items()
left = factors_of(lambda values: estimators.mean_without(values, train.person), left_out)
rows_of = {loss: (code.embeddings["loss"] == loss).values for loss in by_order}
factors = {
    (loss, name): stats.Estimate(found[name][rows_of[loss]], {label: left[name][:, rows_of[loss]]})
    for loss in by_order
    for name in FACTORS
}
others = [loss for loss in by_order if loss != "linear"]
if "linear" not in losses or not others:
    plotting.say("Q09 compares other losses with linear.")
else:
    less = {(loss, name): factors[loss, name] - factors["linear", name] for loss in others for name in FACTORS}
    lower = [loss for loss in others if less[loss, "information"].side() == "below"]
    more = [loss for loss in others if less[loss, "information"].side() == "above"]
    carried = {
        loss: max(("slope", "spread", "unused"), key=lambda name, loss=loss: -less[loss, name].mean) for loss in lower
    }
    sure = {loss: name for loss, name in carried.items() if less[loss, name].side() == "below"}
    for loss in others:
        plotting.headline(f"log_information_{loss}_less_linear", less[loss, "information"].mean)
        plotting.headline(f"efficiency_{loss}_to_linear", np.exp(less[loss, "efficiency"].mean))
    plotting.say(
        "| loss, less linear | log I | of the slope | of the spread | unused by the read-out | log (I × error) |\n|---|---|---|---|---|---|\n"
        + "\n".join(
            f"| {loss} | " + " | ".join(plotting.mean_in_words(less[loss, name]) for name in FACTORS) + " |"
            for loss in others
        )
        + ("\n\nIntervals: 95 %, over networks and people. " if networks > 1 else "\n\n")
        + (
            f"Clearly less information than linear: {', '.join(lower)}. "
            + (
                "What carries most of it, clearly: "
                + ", ".join(f"{name} ({loss})" for loss, name in sure.items())
                + ". "
                if sure
                else ""
            )
            if lower
            else "No loss has clearly less information than linear there. "
        )
        + (f"Clearly more than linear: {', '.join(more)}. " if more else "")
        + (
            "So linear is ahead of these because its answers **scatter less** from face to face, not because its mean turns faster. "
            if lower and set(sure.values()) == {"spread"} and len(sure) == len(lower)
            else "So linear is ahead of these because its mean **follows the angle further**, not because its answers scatter less. "
            if lower and set(sure.values()) == {"slope"} and len(sure) == len(lower)
            else "So no one factor carries the lead of the linear loss over all of them: **undecided**. "
        )
        + "Why a loss comes to that is not shown: all were given the same optimiser, learning rate, clipping and number of steps, "
        "which may suit one better than another."
    )

# %% [markdown]
# ## R55 to R57 · The information as it is
#
# The information, not divided by its integral, with the density. Density and information have different units: the density is
# scaled to the area of the linear loss's mean curve.


# %% tags=["hide-input"]
def show_raw(id, compared, transform, label, words):
    """The figure of some losses' raw curves with the scaled density."""
    drawn = plotting.loss_curves(measured, compared, transform)
    fine = np.linspace(*codes.angle_range("linear"), 400)
    area = np.trapezoid(drawn["linear loss"].band.estimate, grid)
    plotting.show_curves(
        id,
        drawn,
        label,
        references={"p, scaled": (fine, area * density.pdf(fine))},
        caption=f"Linear encoding, {compared[0]}, {compared[1]} and {compared[2]} loss, concentrated density, {many}; {shown}: {words}, thin, "
        f"and its mean, thick, with the density (dashed), scaled to the area of the linear loss's mean curve. {bands}",
        alt=f"Line plot of the {words} against the angle for three losses, with bands, and the scaled training density dashed.",
    )


triples = {
    "R55": ("linear", "quart", "root4"),
    "R56": ("linear", "square", "sqrt"),
    "R57": ("linear", "quart", "log"),
}
for id, compared in triples.items():
    if not plotting.show_lacking(id, losses=(compared, losses)):
        show_raw(id, compared, curves.information, plotting.INFORMATION_LABEL, "information")

# %% [markdown]
# Which curves are sharper? A curve that follows a higher power of the density is: the exponent α of $I \propto p^\alpha$, fitted
# where the density exceeds a tenth of its peak, does not depend on how high the curve is.

# %% tags=["remove-input"]
exponents = {loss: curves.exponent(measured.select(loss=loss), density) for loss in by_order}
height = {loss: float(measured.select(loss=loss).lines(curves.information)[:, mode].mean()) for loss in by_order}
for loss, found in exponents.items():
    if found is not None:
        plotting.headline(f"exponent_{loss}", found.estimate)
plotting.say(
    "| loss | q | α | law, β = ½ | I at the peak (rad⁻²) |\n|---|---|---|---|---|\n"
    + "\n".join(
        f"| {loss} | {codes.LOSS_ORDERS[loss]:g} | {plotting.in_words(exponents[loss])} | "
        f"{theory.predicted_exponent(codes.LOSS_ORDERS[loss]):.2f} | {height[loss]:.0f} |"
        for loss in by_order
    )
    + ("\n\n(95 % intervals over networks and people.)" if networks > 1 and None not in exponents.values() else "")
)
others = [loss for loss in by_order if loss != "linear"]
if "linear" in losses and others and None not in exponents.values():
    sentence = []
    against = []
    sure = 0
    for loss in others:
        # Paired: replicates of two losses began alike and saw the same samples.
        gap = exponents[loss] - exponents["linear"]
        step, low, high = gap.mean, gap.low, gap.high
        expected_sharper = codes.LOSS_ORDERS[loss] < 1
        if (step > 0) != expected_sharper:
            against.append(loss)
        sure += low > 0 if expected_sharper else high < 0
        verdict = ("sharper" if step > 0 else "blunter") + (
            ", not beyond chance" if networks > 1 and low <= 0 <= high else ""
        )
        sentence.append(
            f"{loss} {step:+.2f}" + (f" [{low:+.2f}, {high:+.2f}]" if networks > 1 else "") + f" ({verdict})"
        )
    agreed = len(others) - len(against)
    for id, compared in triples.items():
        if set(compared) <= set(losses):
            wrong = [loss for loss in compared if loss in against]
            plotting.judge(
                id,
                "yes" if not wrong else "in part" if len(wrong) == 1 else "no",
                "α: " + ", ".join(f"{exponents[loss].estimate:.2f} ({loss})" for loss in compared),
            )
    plotting.headline("sharpness_agrees", agreed / len(others))
    plotting.say(
        f"α less that of linear{', network by network' if networks > 1 else ''}: {'; '.join(sentence)}. The original reads: "
        "roots sharper, powers blunter. "
        + (
            "So it is for every loss here"
            if agreed == len(others)
            else f"That holds for {agreed} of these {len(others)}, not for {', '.join(against)}"
            if agreed
            else "Here it is the other way round"
        )
        + (
            "."
            if not agreed
            else ", each beyond the networks' scatter."
            if sure == agreed == len(others)
            else f"; beyond the networks' scatter for {sure}."
            if networks > 1
            else ", in one network each."
        )
        + (
            f" The rank correlation of α with $q$ over {len(losses)} losses is {spearmanr(order, [exponents[loss].estimate for loss in by_order]).statistic:+.2f}."
            if len(losses) > 3
            else ""
        )
        + " Sharpness is not height: the sharper curve may be the lower one, as the last column shows. And a steeper slope is what the "
        "law expects of a smaller $q$; that the slopes have the law's *values* is another question, for another page."
    )
elif None in exponents.values():
    plotting.say("Comparing how sharp the curves are needs more angles where the density is high.")
else:
    plotting.say("Comparing how sharp the curves are needs linear and another one among the losses.")

# %% [markdown]
# ## R58 and R59 · The root as it is
#
# The same for $\sqrt I$, which counts standard deviations per rad. The density is again scaled to the area of the linear loss's
# mean curve.

# %% tags=["hide-input"]
for id, compared in {"R58": triples["R55"], "R59": triples["R56"]}.items():
    if not plotting.show_lacking(id, losses=(compared, losses)):
        show_raw(id, compared, curves.root, plotting.ROOT_LABEL, "root information")

# %% tags=["remove-input"]
if None not in exponents.values():
    halves = {loss: found.estimate / 2 for loss, found in exponents.items()}
    flatter = [loss for loss in by_order if halves[loss] < 1]
    tallest = max(height, key=height.get)
    plotting.say(
        f"The root halves every exponent: {', '.join(f'{value:.2f} ({loss})' for loss, value in halves.items())}, where following p "
        "itself means 1. "
        + (
            "So the root is flatter than p for every loss here."
            if len(flatter) == len(losses)
            else f"So the root is flatter than p for {', '.join(flatter)}, and not for the others."
            if flatter
            else "So the root is flatter than p for no loss here."
        )
        + f" The highest root information at the density's peak is that of {tallest}, {np.sqrt(height[tallest]):.0f} rad⁻¹: one standard "
        f"deviation of the best linear read-out is {1 / np.sqrt(height[tallest]):.3f} rad."
    )


# %% [markdown]
# ## R60 to R62 · The error
#
# The mean squared error of the decoded angle among the faces at each angle, on a logarithmic axis.


# %% tags=["hide-input"]
def show_error(id, compared):
    """The figure of some losses' errors along the angle."""
    plotting.show_curves(
        id,
        plotting.loss_curves(precision, compared, curves.mean_squared_error),
        "mean squared error (rad²)",
        caption=f"Linear encoding, {compared[0]}, {compared[1]} and {compared[2]} loss, concentrated density, {many}; {shown}: mean squared error of "
        f"the decoded angle, thin, and its mean, thick, logarithmic axis. {bands}",
        alt="Line plot of the mean squared error of the decoded angle, on a logarithmic axis, against the angle for three losses, "
        "with bands.",
        logarithmic=True,
    )


for id, compared in zip(("R60", "R61", "R62"), triples.values(), strict=True):
    if not plotting.show_lacking(id, losses=(compared, losses)):
        show_error(id, compared)


# %% tags=["remove-input"]
def mirrored(loss, where):
    """Rank correlation along the angle of error and information: mean over networks; None for fewer than five angles."""
    if where.sum() < 5:
        return None
    error = precision.select(loss=loss).lines(curves.mean_squared_error)
    information = measured.select(loss=loss).lines(curves.information)
    return float(
        np.mean([spearmanr(*pair).statistic for pair in zip(error[:, where], information[:, where], strict=True)])
    )


def bias_share(loss, where):
    """Median over angles and networks of bias² ÷ mean squared error."""
    z = code.embeddings.values[(code.embeddings.loss == loss).values]
    bias = (codes.decode(z, "linear") - grid[:, None]).mean(axis=-1)
    return float(np.median((bias**2 / precision.select(loss=loss).lines(curves.mean_squared_error))[:, where]))


def rank_in_words(value):
    """A rank correlation in a table."""
    return "needs more angles" if value is None else f"{value:+.2f}"


places = {"whole": np.ones(angles, dtype=bool), "common": common, "rare": ~common}
mirror = {place: {loss: mirrored(loss, where) for loss in by_order} for place, where in places.items()}
bias = {place: {loss: bias_share(loss, places[place]) for loss in by_order} for place in ("common", "rare")}
for loss in by_order:
    if mirror["common"][loss] is not None:
        plotting.headline(f"mirror_common_{loss}", mirror["common"][loss])
plotting.say(
    "Rank correlation along the angle of a network's error and its information (−1: mirror images), mean over networks; and the "
    "share of the mean squared error that is bias (squared), median over angles and networks. *Common*: where the density "
    "exceeds a tenth of its peak; *rare*: elsewhere.\n\n"
    "| loss | whole range | common | rare | bias, common | bias, rare |\n|---|---|---|---|---|---|\n"
    + "\n".join(
        f"| {loss} | {rank_in_words(mirror['whole'][loss])} | {rank_in_words(mirror['common'][loss])} | {rank_in_words(mirror['rare'][loss])} | "
        f"{100 * bias['common'][loss]:.0f} % | {100 * bias['rare'][loss]:.0f} % |"
        for loss in by_order
    )
)
verdicts = {
    place: [loss for loss in by_order if value[loss] is not None and value[loss] < -0.8]
    for place, value in mirror.items()
}
if None not in mirror["common"].values() and None not in mirror["rare"].values():
    near, far = (len(verdicts[place]) == len(losses) for place in ("common", "rare"))
    for id, compared in zip(("R60", "R61", "R62"), triples.values(), strict=True):
        if set(compared) <= set(losses):
            both = [set(compared) <= set(verdicts[place]) for place in ("common", "rare")]
            plotting.judge(
                id,
                "yes" if all(both) else "in part" if any(both) else "no",
                "rank correlations "
                + ", ".join(
                    f"{min(mirror[place][loss] for loss in compared):+.2f} to {max(mirror[place][loss] for loss in compared):+.2f} ({place})"
                    for place in ("common", "rare")
                ),
            )
    plotting.say(
        "The original sees the mirror image of I, as expected. Taking a rank correlation below −0.8 for that: "
        + (
            "so it is for every loss, where angles are common and where they are rare."
            if near and far
            else f"where angles are common, so it is for every loss; where they are rare, for {len(verdicts['rare'])} of {len(losses)}. "
            if near
            else f"where angles are common, so it is for {len(verdicts['common'])} of {len(losses)} losses; where they are rare, for {len(verdicts['rare'])}. "
        )
        + (
            "There most of the error is bias: the read-out misses the angle in the same direction for every face, which no "
            "information about small changes of the angle can tell."
            if not far and min(bias["rare"].values()) > 0.5
            else ""
        )
    )

# %% [markdown]
# With the slope $s$ of the mean decoded angle, and its bias $b$, the error is $s^2/I_\mathrm{dec} + b^2$, where
# $I_\mathrm{dec} = s^2/\mathrm{Var}$ is the information of the decoded angle. So error times decoded information departs from one
# through the bias and its slope alone. The information of the embedding is larger than the decoded one by what the read-out leaves unused.

# %% tags=["remove-input"]
decoded = fisher.information(code, estimator="decoded", person=train.person)
whole = fisher.information(code, estimator="paired", person=train.person)
slope = code.tangents.mean("face").mean("output")
rows = []
used, products, slopes = {}, {}, {}
for loss in by_order:
    chosen = (decoded.loss == loss).values
    error = precision.select(loss=loss).lines(curves.mean_squared_error)
    products[loss] = float(np.median((error * decoded.values[chosen])[:, common]))
    slopes[loss] = float(np.median(slope.values[chosen][:, common]))
    used[loss] = float(np.median((decoded.values[chosen] / whole.values[chosen])[:, common]))
    plotting.headline(f"error_times_decoded_{loss}", products[loss])
    plotting.headline(f"read_out_uses_{loss}", used[loss])
    rows.append(f"| {loss} | {products[loss]:.2f} | {slopes[loss]:.2f} | {100 * used[loss]:.0f} % |")
plotting.say(
    "| loss | error × decoded information | slope of the mean decoded angle | read-out uses |\n|---|---|---|---|\n"
    + "\n".join(rows)
    + "\n\nMedians over networks and over angles where the density exceeds a tenth of its peak. "
    + (
        "A product below one does not beat the bound: it goes with a slope below one, decoded angles that are drawn together. "
        if any(product < 1 and slopes[loss] < 1 for loss, product in products.items())
        else ""
    )
    + (
        f"The read-out uses from {100 * min(used.values()):.0f} % ({min(used, key=used.get)}) to {100 * max(used.values()):.0f} % "
        f"({max(used, key=used.get)}) of what the embedding knows."
        if len(losses) > 1
        else f"The read-out uses {100 * used[losses[0]]:.0f} % of what the embedding knows."
    )
)

# %% [markdown]
# ## What this page does not show
#
# - Why a loss achieves a small error: the optimiser, its learning rate and the number of steps were not fitted to each loss.
# - Errors on people never seen: all faces here are training faces, whose errors are the smaller ones.
# - Narrow dips between the angles of this grid: that takes a finer one.
# - The values of the exponents against the law's: here they only say which curve is the sharper one.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {loss} loss: total information {total[loss]:.0f} rad⁻¹, α = {plotting.in_words(exponents[loss])}; error and information "
        f"along the angle have a rank correlation of {rank_in_words(mirror['whole'][loss])}."
        for loss in by_order
    )
    + (
        f"\n- {highest} has the highest total, {versus[lowest][0]:.1f} times that of {lowest}."
        if len(losses) > 1
        else ""
    )
)
