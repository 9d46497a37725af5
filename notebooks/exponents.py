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
# # What the code says about its objective
#
# If a code's information follows a power of the density it was trained on, $I \propto p^\alpha$, and the loss sets the power,
# then one number read from a finished code tells what it was trained for. By the law of the [theory page](theory.md) the inverse
# of that number is a straight line in the order $q$ of the loss,
#
# $$ \frac 1\alpha = \frac q2 + \beta, $$
#
# with a slope of one half, and with the order $\beta$ of a budget $\int I^\beta d\theta$ as its intercept. This page measures the
# line for three precisions, in three encodings and for several densities, and says where the law holds, where it fails, and how
# much of the answer hangs on the analyst's choices. It answers the original's questions Q05, Q11 and Q13, and adds to Q09 and
# Q10. In each answer the independent unit is the trained network.

# %% tags=["remove-input"]
import itertools

import numpy as np
import pandas as pd
import scipy.stats

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats, theory

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log; at least 3
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
shared = {"faces": faces, "replicates": replicates, "seed": seed}
linear = experiments.loss_sweep(preset, losses=losses, encodings=["linear"], **shared)
circles = experiments.loss_sweep(
    preset, losses=losses, encodings=["circular", "geodesic"], densities=["concentrated"], **shared
)
binned = experiments.binned(preset, faces=faces, seed=seed)
contexts = experiments.loss_sweep(
    preset,
    losses=["linear"],
    encodings=["linear"],
    densities=["concentrated", "translated", "bimodal", "reciprocal"],
    **shared,
)

# %% tags=["hide-input"]
train = linear.faces.subset("train")
order = {loss: codes.LOSS_ORDERS[loss] for loss in sorted(losses, key=codes.LOSS_ORDERS.get)}
PRECISIONS = {
    "embedding information": lambda code: fisher.information(code, estimator="paired"),
    "decoded information": lambda code: fisher.information(code, estimator="decoded"),
    "error scale": lambda code: curves.error_precision(code.embeddings, order=0),
}
COLOURS = dict(zip(PRECISIONS, ("black", "#332288", "#AA4499"), strict=True))


def precisions(ensemble, encoding, faces):
    """Three precisions of networks along the angle, (replicate, angle) each, in rad⁻²; and the embeddings."""
    code = fisher.embed_with_tangents(ensemble, faces.images, codes.angle_grid(encoding, angles))
    return {name: measure(code) for name, measure in PRECISIONS.items()}, code.embeddings


def where(values, **coordinates):
    """The networks whose coordinates have the given values."""
    return values[np.all([(values[name] == value).values for name, value in coordinates.items()], axis=0)]


concentrated = densities.named("concentrated", "linear")
all_linear, embeddings = precisions(linear.ensemble(), "linear", train)
measured = {
    loss: {name: where(values, loss=loss, density="concentrated") for name, values in all_linear.items()}
    for loss in order
}
fitted = {
    (name, loss): curves.exponent_of(values, concentrated)
    for loss, of_loss in measured.items()
    for name, values in of_loss.items()
}
enough = None not in fitted.values() and len(order) > 2
networks = len(measured[losses[0]]["error scale"])
several = networks > 1
shown = f"{len(train)} training faces at each of {angles} angles"

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {linear.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{linear.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a condition. Exponents are fitted where the density exceeds a tenth of its peak, a "
    "network at a time; intervals are 95 %, over networks."
    + ("" if several else " With one network a condition there are none.")
)

# %% [markdown]
# ## Three precisions
#
# The law's $I$ stands for the precision that the loss sees, and there is more than one candidate: the information of the
# **embedding**, which holds more than the read-out uses; that of the **decoded** angle, which goes by the variance of the errors; and
# the inverse square of the **error scale**, $\exp(-2\,\mathrm{E}\log|e|)$, which forgives a few large errors. For normal errors the
# last two are proportional to each other. Which one follows the law?

# %% tags=["hide-input"]
rows = pd.DataFrame(
    [
        {"precision": name, "loss": loss, "q": order[loss], "estimate": fit.estimate, "low": fit.low, "high": fit.high,
         "law_half": theory.predicted_exponent(order[loss]), "law_one": theory.predicted_exponent(order[loss], 1.0)}
        for (name, loss), fit in fitted.items() if fit is not None
    ]
)  # fmt: skip
if enough:
    plotting.show(
        plotting.exponent_panels(rows, COLOURS),
        id="exponents",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponents of three "
        "precisions against the order of the loss, with the law's for a budget on the discriminable range (β = ½, solid) and on the "
        "information (β = 1, dashed)." + (" Bars: 95 % over networks." if several else ""),
        alt="Three plots of the measured exponent with error bars against the order of the loss, one a precision, each with two falling "
        "curves of theory.",
        data=rows,
    )
else:
    plotting.say("Comparing losses needs three of them, and more angles where the grid is too coarse for an exponent.")


# %% tags=["remove-input"]
def holds(found, wanted):
    """Whether the interval holds a value; None without an interval."""
    return {"holds": True, "excludes": False}.get(found.against(wanted))


if enough:
    lines = {}
    for name in PRECISIONS:
        if all(fitted[name, loss].mean > 0 for loss in order):  # an exponent that is not positive has no inverse
            lines[name] = stats.fit_order_line([fitted[name, loss] for loss in order], list(order.values()))
    plotting.say(
        "Lines are fitted to α, each loss weighted by the variance of its exponent: α has errors that are about symmetric, 1/α has not. "
        "Lack of fit: "
        + "; ".join(f"{name}, χ² = {line.chi_squared:.1f} on {line.freedom} degrees of freedom, p = {line.pvalue:.2g}" for name, line in lines.items())
        + "."
    )
    for name, found in lines.items():
        word = name.split()[0]
        plotting.headline(f"slope_{word}", found.slope.mean)
        plotting.headline(f"intercept_{word}", found.intercept.mean)
    table = "\n".join(
        f"| {name} | "
        + " | ".join(f"{fitted[name, loss].estimate:.2f}" for loss in order)
        + f" | {plotting.mean_in_words(found.slope)} | {plotting.mean_in_words(found.intercept)} |"
        for name, found in lines.items()
    )
    law = " | ".join(f"{theory.predicted_exponent(value):.2f}" for value in order.values())
    plotting.say(
        f"| precision | {' | '.join(order)} | slope | β |\n|---|{'---|' * len(order)}---|---|\n{table}\n| law, β = ½ | {law} | 0.50 | 0.50 |"
    )

# %% [markdown]
# ## The line
#
# The same exponents turned over. The law's lines have a slope of one half; where they start says which budget.

# %% tags=["hide-input"]
if not enough:
    plotting.say("A line needs three losses, each with an exponent.")
if enough:
    plotting.show(
        plotting.inverse_exponent_figure(rows, {name: (found.slope.mean, found.intercept.mean) for name, found in lines.items()}, COLOURS),
        id="line",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: inverse exponent of "
        "three precisions against the order of the loss, the fitted lines, and the law's for β = ½ (grey, solid) and β = 1 (grey, "
        "dashed). Points whose interval reaches zero have no upper end.",
        alt="Plot of the inverse exponent with error bars against the order of the loss for three precisions, with a fitted line each and "
        "two grey parallel lines of theory.",
        data=rows.assign(inverse=1 / rows["estimate"]),
    )
    half = {name: holds(found.slope, 0.5) for name, found in lines.items()}
    budgets = {name: (holds(found.intercept, 0.5), holds(found.intercept, 1.0)) for name, found in lines.items()}
    nearest = min(lines, key=lambda name: abs(lines[name].slope.mean - 0.5), default="none, where no precision has a line")
    sentences = []
    for name, found in lines.items():
        sentences.append(
            f"**{name.capitalize()}**: slope {plotting.mean_in_words(found.slope)}, which "
            + ("has no interval" if half[name] is None else "holds one half" if half[name] else "**excludes** one half")
            + f"; intercept {plotting.mean_in_words(found.intercept)}, "
            + (
                "without an interval"
                if budgets[name][0] is None
                else "which holds "
                + (
                    " and ".join(text for text, inside in zip(("½", "1"), budgets[name], strict=True) if inside)
                    or "neither ½ nor 1"
                )
            )
            + "."
        )
    plotting.say(
        " ".join(sentences)
        + f" The slope nearest to one half is that of the {nearest}. "
        + (
            "So the order of the losses is the law's: the higher the order, the smaller the exponent. "
            if lines and all(found.slope.mean > 0 for found in lines.values())
            else "So the order of the losses is **not** the law's, which wants a smaller exponent for a higher order. "
        )
        + "The independent units are "
        + f"{plotting.counted(networks, 'replicate')}, each with one network a loss, which began alike and saw the same samples. A "
        "slope whose interval reached zero would overturn that the loss shows in the code; a slope that changed with the density "
        "or the training time would overturn that it is the law's. What networks of other seeds say is on the page "
        "[Would other seeds say the same?](reseeding.ipynb), what other networks and many people, on "
        "[What the result owes to faces, size and data](generality.ipynb)."
    )

# %% [markdown]
# ## The circular encoding, and one where losses should part again
#
# In the circular encoding every loss is quadratic for small errors, so that theory gives all six the exponent 2/3 at β = ½. The
# *geodesic* encoding has the same targets and a loss on the angular error itself: there the law of the linear encoding should hold.
# The exponents are those of the decoded information; the radius of the embedding, which no loss sees, has no part in it.

# %% tags=["hide-input"]
circular = densities.named("concentrated", "circular")
around_all = {
    (encoding, kind, loss): curves.exponent_of(where(values, loss=loss), circular)
    for encoding in ("circular", "geodesic")
    for kind, values in precisions(circles.ensemble(encoding=encoding), encoding, train)[0].items()
    for loss in order
}
around = {
    (encoding, loss): around_all[encoding, "decoded information", loss]
    for encoding in ("circular", "geodesic")
    for loss in order
}
expected = {
    (encoding, loss): theory.predicted_exponent(2.0 if encoding == "circular" else order[loss])
    for encoding, loss in around
}
turning = pd.DataFrame(
    [
        {"row": f"{encoding}, {loss}", "kind": encoding, "loss": loss, "q": order[loss], "estimate": fit.estimate, "low": fit.low,
         "high": fit.high, "law": expected[encoding, loss]}
        for (encoding, loss), fit in around.items() if fit is not None
    ]
)  # fmt: skip
spread = {}
if len(turning) == len(around) and len(order) > 1:
    plotting.show(
        plotting.interval_rows(
            turning, "exponent α", {"circular": "black", "geodesic": "#AA4499"}, marks={2 / 3: "2/3"}
        ),
        id="circles",
        caption=f"Circular and geodesic encodings, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponent "
        "of the decoded information by loss, with the circular encoding's prediction (dashed)."
        + (" Bars: 95 % over networks." if several else ""),
        alt="Points with intervals, one an encoding and loss, of the exponent, with a dashed line at the circular prediction.",
        data=turning.drop(columns=["row", "kind"]),
    )
    for encoding in ("circular", "geodesic"):
        columns = np.array([around[encoding, loss].per_replicate for loss in order])
        spread[encoding] = float(np.ptp(columns.mean(axis=1)))
        plotting.headline(f"exponent_spread_{encoding}", spread[encoding])
    inside = {
        encoding: [
            loss
            for loss in order
            if around[encoding, loss].low <= expected[encoding, loss] <= around[encoding, loss].high
        ]
        for encoding in ("circular", "geodesic")
    }
    plotting.say(
        f"The exponents of {len(order)} losses spread over {spread['circular']:.2f} in the circular encoding, over "
        f"{spread['geodesic']:.2f} in the geodesic one, and over {np.ptp([fitted['decoded information', loss].estimate for loss in order]):.2f} "
        f"in the linear one. On average the circular exponents are {np.mean([around['circular', loss].estimate for loss in order]):.2f}; theory "
        f"says {theory.predicted_exponent(2):.2f} at β = ½ and {theory.predicted_exponent(2, 1.0):.2f} at β = 1. "
        + (
            "So what the circular encoding hides the geodesic one shows: the losses part again, as theory says."
            if spread["geodesic"] > 2 * spread["circular"]
            else "So the losses do **not** part again as theory says."
        )
        + (
            f" The law's value is inside the interval for {len(inside['circular'])} of {len(order)} losses in the circular encoding and "
            f"for {len(inside['geodesic'])} in the geodesic one."
            if several
            else ""
        )
    )
    if None not in around_all.values():
        scale_around = sum(around_all["circular", "error scale", loss] for loss in order) / len(order)
        inside_scale = holds(scale_around, theory.predicted_exponent(2))
        plotting.headline("circular_exponent_of_error_scale", scale_around.mean)
        plotting.say(
            "And by the other precisions, of which the embedding's includes the radius that no loss sees:\n\n"
            f"| encoding | precision | {' | '.join(order)} | spread |\n|---|---|{'---|' * len(order)}---|\n"
            + "\n".join(
                f"| {encoding} | {kind} | {' | '.join(plotting.mean_in_words(fit.per_replicate) for fit in fits)} | "
                f"{np.ptp([fit.estimate for fit in fits]):.2f} |"
                for encoding in ("circular", "geodesic")
                for kind in PRECISIONS
                for fits in [[around_all[encoding, kind, loss] for loss in order]]
            )
            + "\n\nIn the circular encoding the error scale's exponents are "
            + plotting.mean_in_words(scale_around)
            + f" on average over the losses, where theory says {theory.predicted_exponent(2):.2f} at β = ½"
            + (
                ""
                if inside_scale is None
                else ", inside the interval: where the decoded information departs from that, it is by the shape of the errors and their bias, "
                "which the two precisions count differently."
                if inside_scale
                else ", outside the interval."
            )
        )
else:
    plotting.say(
        "Comparing losses on the circle needs two of them, and more angles where the grid is too coarse for an exponent."
    )

# %% [markdown]
# ## Does it hold whatever the density? (Q11, Q05)
#
# The linear loss on four densities: the concentrated one; the same moved to another place; one with two peaks; and one that falls as
# $1/\theta$ over the whole range. Beside them the piecewise constant densities of the page [Binned densities](binned_densities.ipynb), a network each,
# whose exponent goes from bin to bin. The law makes no difference between them. And which density tells most: for one network, the smaller
# the scatter of its exponent, the more.

# %% tags=["hide-input"]
names = ("concentrated", "translated", "bimodal", "reciprocal")
of_contexts = precisions(contexts.ensemble(), "linear", train)[0]
by_density = {
    (name, kind): curves.exponent_of(where(values, density=name), densities.named(name, "linear"))
    for name in names
    for kind, values in of_contexts.items()
}
of_binned = precisions(binned.ensemble(), "linear", train)[0]
number_of_bins = np.array([len(condition.density.probabilities) for condition in binned.conditions])
by_bins = {
    (f"binned, {bins} bins", kind): [
        fit.per_replicate[0]
        for k in np.flatnonzero(number_of_bins == bins)
        for fit in [curves.exponent_of(values[[k]], binned.conditions[k].density)]
        if fit is not None
    ]
    for bins in np.unique(number_of_bins)
    for kind, values in of_binned.items()
}
places = pd.DataFrame(
    [
        {"row": f"{name}: {kind}", "kind": kind, "estimate": fit.estimate, "low": fit.low, "high": fit.high}
        for (name, kind), fit in by_density.items() if fit is not None
    ] + [
        {"row": f"{name}: {kind}", "kind": kind, **dict(zip(("estimate", "low", "high"), stats.mean_interval(found), strict=True))}
        for (name, kind), found in by_bins.items() if found
    ]
)  # fmt: skip
if len(places):
    plotting.show(
        plotting.interval_rows(places, "exponent α", COLOURS, marks={1.0: "law, β = ½", 2 / 3: "β = 1"}),
        id="densities",
        caption=f"Linear encoding, linear loss, four densities, {plotting.counted(networks, 'network')} each, and densities of few bins, a network each; "
        f"{shown}: exponents of three precisions, with the law's (dashed)."
        + (
            " Bars: 95 % over networks, of binned densities over densities."
            if several
            else " Bars: 95 % over binned densities."
        ),
        alt="Points with intervals, one a density and precision, of the exponent, with two dashed lines for theory.",
        data=places.drop(columns="kind"),
    )

# %% tags=["remove-input"]
if not several or None in by_density.values():
    plotting.say("Comparing densities needs two networks of each, and a grid that is fine enough for an exponent.")
if several and None not in by_density.values():
    kind = "error scale"
    for (name, precision), found in by_bins.items():
        if found and precision == kind:
            plotting.headline(f"exponent_{name.replace(', ', '_').replace(' ', '_')}", np.mean(found))
    one_way = scipy.stats.f_oneway(*(by_density[name, kind].per_replicate for name in names))
    scatter = {name: float(by_density[name, kind].per_replicate.std(ddof=1)) for name in names}
    tells_most = min(scatter, key=scatter.get)
    # Replicates of the densities began alike, but their exponents are compared as if they had not.
    alike = scipy.stats.levene(*(by_density[name, kind].per_replicate for name in names)).pvalue
    for name in names:
        plotting.headline(f"exponent_{name}", by_density[name, kind].estimate)
    plotting.say(
        f"**Q11.** By the error scale: {', '.join(f'{plotting.in_words(by_density[name, kind])} ({name})' for name in names)}. One exponent "
        f"for all four densities is {'**not** ' if one_way.pvalue < 0.05 else ''}compatible with these networks (analysis of variance over "
        f"networks, p = {one_way.pvalue:.2g}). "
        + (
            "So the relation between precision and density depends on the rest of the density."
            if one_way.pvalue < 0.05
            else "That is no proof that they are the same: the intervals say how far apart they could be."
        )
        + f" **Q05.** The exponent of one network scatters least for {tells_most} (standard deviation "
        + ", ".join(f"{value:.2f} {name}" for name, value in scatter.items())
        + f"); a test of equal scatter gives p = {alike:.2g}. "
        + (
            "So that density tells most about the objective from one network."
            if alike < 0.05
            else "So these networks do not say which density tells most about the objective."
        )
        + " From bin to bin, by the error scale: "
        + ", ".join(
            f"{plotting.mean_in_words(np.array(found))} ({name}, {plotting.counted(len(found), 'density')})"
            for (name, precision), found in by_bins.items()
            if found and precision == kind
        )
        + ". Networks smooth the steps between bins, as the page [Binned densities](binned_densities.ipynb) shows."
    )

# %% [markdown]
# ## The cut, and the floor (Q13)
#
# Where the density is very low, precision stops falling. An exponent then depends on how much of that region is let in. Here is α against
# the cut, the share of its peak that the density must exceed. A floor $B$ in $I = A p^\alpha + B$ should take the dependence away.

# %% tags=["hide-input"]
cuts = [0.5, 0.3, 0.1, 0.03, 0.01, 0.003]
p = concentrated.pdf(codes.angle_grid("linear", angles))


def with_floor(values, share):
    """Exponent of I = A p^α + B for each network, by least squares of log I, where the density exceeds a share of its peak."""
    inside = p > share * p.max()
    found = []
    for line in values.values[:, inside]:
        line = np.maximum(line, np.median(line) * 1e-6)  # paired estimates may be negative by chance
        found.append(stats.fit_exponent_with_floor(line, p[inside])[0])
    return np.array(found)


by_cut = pd.DataFrame(
    [
        {"loss": loss, "cut": cut, "estimate": fit.estimate, "low": fit.low, "high": fit.high}
        for loss in order
        for cut in cuts
        for fit in [curves.exponent_of(measured[loss]["error scale"], concentrated, share=cut)]
        if fit is not None
    ]
)
if len(by_cut):
    plotting.show(
        plotting.cut_figure(by_cut),
        id="cut",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponent of the error scale "
        "against the share of its peak that the density must exceed.",
        alt="Line plot of the exponent against the cut on the density on a logarithmic axis, a line a loss.",
        data=by_cut,
    )

# %% tags=["remove-input"]
if not (len(by_cut) and enough):
    plotting.say("What the cut does is told for three losses or more, on a grid that is fine enough.")
if len(by_cut) and enough:
    loss = "linear" if "linear" in order else losses[0]
    low, high = 0.003, 0.1
    drifts, floors = {}, {}
    for one in order:
        of_one = by_cut[by_cut["loss"] == one].set_index("cut")["estimate"]
        drifts[one] = float(of_one[low] - of_one[high])
        floors[one] = {cut: with_floor(measured[one]["error scale"], cut) for cut in (high, low)}
    plotting.say(
        f"Exponents with a floor in the fit, and how far α moves from the one cut to the other, without and with it:\n\n| loss | α + floor, cut {high:g} | "
        f"α + floor, cut {low:g} | moves without | moves with |\n|---|---|---|---|---|\n"
        + "\n".join(
            f"| {one} | {plotting.mean_in_words(floors[one][high])} | {plotting.mean_in_words(floors[one][low])} | {drifts[one]:+.2f} | "
            f"{floors[one][low].mean() - floors[one][high].mean():+.2f} |"
            for one in order
        )
    )
    floored, drift = floors[loss], drifts[loss]
    left = float(floored[low].mean() - floored[high].mean())
    plotting.headline("drift_with_cut", drift)
    plotting.headline("drift_with_floor", left)
    plotting.say(
        f"For the {loss} loss, letting in densities from a tenth down to 0.3 % of the peak moves α by {drift:+.2f}; with a floor in the fit by "
        f"{left:+.2f} (α = {plotting.mean_in_words(floored[0.1])} and {plotting.mean_in_words(floored[0.003])}). "
        + (
            "So a floor describes what happens at low densities"
            if abs(left) < abs(drift) / 2
            else "So a floor does **not** take the dependence away"
        )
        + ". Whether the floor is real, or noise of the estimate, is told by the bands on the page "
        "[objective](loss_comparison_objective.ipynb) (R36)."
    )

# %% [markdown]
# ## The shape of the errors (Q10)
#
# A loss of small order rewards tiny errors and forgives large ones. If errors change their shape with the density, $c_q \propto p^\gamma$,
# the exponent of the variance and that of the error scale part, by the factor $1 + \gamma$. The table has the kurtosis of the errors
# where the density is high (0 for normal ones), the share of errors below a tenth of the median one, and γ for the
# order zero: the slope, in $\log p$, of the log ratio of variance to squared error scale.

# %% tags=["hide-input"]
common = curves.common_angles(concentrated, codes.angle_grid("linear", angles))
shapes, ratios = {}, {}
for loss in order:
    error = curves.errors(where(embeddings, loss=loss, density="concentrated")).values[:, common]
    centred = error - error.mean(axis=-1, keepdims=True)
    size = np.abs(centred)
    ratio = np.log((centred**2).mean(axis=-1)) - 2 * np.log(size + codes.EPSILON).mean(axis=-1)
    slopes = (
        np.array([np.polyfit(np.log(p[common]), line, 1)[0] for line in ratio])
        if common.sum() > 2
        else np.full(len(ratio), np.nan)
    )
    by_density_of_angles = np.argsort(p[common])
    ratios[loss] = (p[common][by_density_of_angles], ratio.mean(axis=0)[by_density_of_angles])
    tiny = (size < np.median(size, axis=-1, keepdims=True) / 10).mean(axis=(1, 2))
    shapes[loss] = (scipy.stats.kurtosis(error, axis=-1).mean(axis=1), tiny, slopes)
normal_ratio = np.euler_gamma + np.log(2)  # −2 E log|x| of a standard normal x
shape_panels = [
    plotting.Panel(
        "shape of the errors", "density p (rad⁻¹)", "log (variance ÷ squared error scale)", ratios, level=normal_ratio
    )
]
plotting.show(
    plotting.method_panels(
        shape_panels, styles={loss: {"color": plotting.LOSS_COLOURS[loss], "marker": "."} for loss in order}
    ),
    id="shape",
    caption=f"Linear encoding, concentrated density, mean of {plotting.counted(networks, 'network')} a loss; {shown}: log ratio of variance and squared error "
    "scale of the centred errors against the density, where it exceeds a tenth of its peak; level: normal errors.",
    alt="Line plot of the log ratio of variance and squared error scale against the density, a line a loss, with a level for normal errors.",
    data=plotting.panel_rows(shape_panels),
)
normal_tiny = 2 * scipy.stats.norm.cdf(scipy.stats.norm.ppf(0.75) / 10) - 1
plotting.say(
    "| loss | q | kurtosis | tiny errors | γ |\n|---|---|---|---|---|\n"
    + "\n".join(
        f"| {loss} | {order[loss]:g} | {plotting.mean_in_words(kurtosis)} | {100 * tiny.mean():.0f} % | {plotting.mean_in_words(slopes)} |"
        for loss, (kurtosis, tiny, slopes) in shapes.items()
        if np.isfinite(slopes).all()
    )
)
if "log" in order and len(order) > 1:
    kurtosis, tiny, _ = shapes["log"]
    spiky = tiny.mean() > 1.5 * normal_tiny
    plotting.headline("tiny_errors_log", tiny.mean())
    plotting.say(
        f"**Q10.** The log loss rewards a tiny error without bound, and yet {100 * tiny.mean():.0f} % of its errors are below a tenth of the "
        f"median one, against {100 * normal_tiny:.0f} % of normal errors. "
        + ("So it does make many of its errors tiny" if spiky else "So it does not make many of its errors tiny")
        + "; whether some angles stand out is counted on the page [Spikes and numerics](loss_comparison_numerics.ipynb) (R64)."
    )

# %% [markdown]
# ## What the analyst chose
#
# The slope of the line for all combinations of: precision (three), cut on the density (0.05, 0.1, 0.3), grid (this one, and every second
# angle), checkpoint (best on training or on validation), faces (those of training, or of people never seen), and whether the shape of the
# uniform networks is divided out.


# %% tags=["hide-input"]
def treatments():
    """All combinations of precision, cut, grid (every how many angles), and whether the uniform networks' shape is divided out."""
    return itertools.product(PRECISIONS, (0.05, 0.1, 0.3), (1, 2), (False, True))


def slopes_of(faces, best):
    """Slope and intercept for each precision, cut, grid and treatment of the shape, for faces and a checkpoint."""
    sets = precisions(linear.ensemble(best), "linear", faces)[0]
    q = np.array(list(order.values()))
    for name, share, every, divided in treatments():
        estimates = []
        for loss in order:
            values = where(sets[name], loss=loss, density="concentrated")[:, ::every]
            flat = np.abs(where(sets[name], loss=loss, density="uniform").values[:, ::every])
            shape = np.exp(np.log(flat).mean(axis=0)) if divided else 1.0
            try:
                fit = curves.exponent_of(values, concentrated, share=share, shape=shape)
            except ValueError:  # few faces can make too much of an information negative for an exponent
                fit = None
            if fit is None:
                break
            estimates.append(fit)
        else:
            if min(fit.mean for fit in estimates) <= 0:  # no inverse
                continue
            line = stats.fit_order_line(estimates, q)
            yield {
                "precision": name,
                "cut": share,
                "grid": "whole" if every == 1 else "half",
                "shape": divided,
                "slope": line.slope.mean,
                "beta": line.intercept.mean,
            }


choices = pd.DataFrame(
    [
        {"faces": named, "checkpoint": best, **row}
        for named, subset in (("training", train), ("unseen", linear.faces.subset("test")))
        for best in ("train", "validation")
        for row in (slopes_of(subset, best) if enough else ())
    ]
)
asked = 4 * len(list(treatments()))
if not len(choices):
    plotting.say("A line needs three losses, each with an exponent.")
if len(choices):
    plotting.show(
        plotting.specification_curve(choices, "slope", "slope of 1/α against q", marks={0.5: "law"}),
        id="choices",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; slope of the line of 1/α against "
        f"the order of the loss for {len(choices)} combinations of the analyst's choices, in the order of their results (triangles: beyond the axis); below, what each combination chose. Dashed: the law's.",
        alt="Points in rising order of the slope, and under them rows of marks that say which choices each point is of.",
        data=choices,
    )
    middle = choices.groupby("precision")["slope"].median()
    effects = {
        choice: float(np.ptp(choices.groupby(choice)["slope"].median()))
        for choice in ("precision", "cut", "grid", "shape", "faces", "checkpoint")
    }
    largest = max(effects, key=effects.get)
    positive = float((choices["slope"] > 0).mean())
    plotting.headline("slope_positive_share", positive)
    plotting.headline("slope_median", choices["slope"].median())
    plotting.say(
        (
            f"{plotting.counted(asked - len(choices), 'combination')} of {asked} have no exponent for some loss: the grid is too coarse, "
            "too much of an information is negative, or an exponent is not positive and has no inverse. "
            if len(choices) < asked
            else ""
        )
        + f"The slope is positive in {100 * positive:.0f} % of the {len(choices)} combinations; its median is "
        f"{choices['slope'].median():.2f}, the middle half lies between {choices['slope'].quantile(0.25):.2f} and "
        f"{choices['slope'].quantile(0.75):.2f}. Medians by precision: "
        + ", ".join(f"{value:.2f} ({name})" for name, value in middle.items())
        + f". The choice that matters most is the **{largest}** (medians differ by {effects[largest]:.2f}). "
        + (
            "That the loss orders the exponents does not hang on the analyst; how steeply does."
            if positive > 0.9
            else "So even the sign of the effect hangs on the analyst."
        )
    )

# %% [markdown]
# ## Is there a budget?
#
# The law needs something that is limited, $\int\!I^\beta d\theta$. If it were the discriminable range, $\int\!\sqrt I\,d\theta$ would be
# the same for all densities and losses.

# %% tags=["remove-input"]
grid = codes.angle_grid("linear", angles)
roots = np.sqrt(fisher.fisher_curve(linear.ensemble(), train.images, grid, estimator="wishart"))
ranges = {
    (density, loss): np.trapezoid(where(roots, loss=loss, density=density).values[:networks], grid, axis=1)
    for density in ("uniform", "concentrated")
    for loss in order
}
means = {key: float(values.mean()) for key, values in ranges.items()}
conserved = max(means.values()) / min(means.values())
plotting.headline("range_spread", conserved)
plotting.say(
    "| loss | "
    + " | ".join(order)
    + " |\n|---|"
    + "---|" * len(order)
    + "\n"
    + "\n".join(
        f"| {density} | " + " | ".join(f"{means[density, loss]:.0f}" for loss in order) + " |"
        for density in ("uniform", "concentrated")
    )
    + f"\n\nThe discriminable range differs {conserved:.1f}-fold between these conditions. "
    + (
        "So it is **not** conserved: whatever limits these networks is not one budget on the discriminable range that they share. The law "
        "needs a budget within each training only, and an intercept near ½ or 1 may have another cause, such as the time of training."
        if conserved > 1.5
        else "So it is conserved within that factor."
    )
)

# %% [markdown]
# ## What this page does not show
#
# - Whether α settles with training time: that is on the page [When does the code adapt?](dynamics.ipynb).
# - Other networks, stimuli and numbers of people, and gradients that are not clipped: they are on the page
#   [What the result owes to faces, size and data](generality.ipynb). The exponents here are those of faces that were trained on.
# - All of these in the circular encoding.
#
# ## Summary

# %% tags=["remove-input"]
summary = []
if enough:
    summary += [
        f"- {name.capitalize()}: 1/α rises with q by {plotting.mean_in_words(found.slope)}, from {plotting.mean_in_words(found.intercept)}; the law says 0.50, from ½ or 1."
        for name, found in lines.items()
    ]
if spread:
    summary.append(
        f"- Exponents of the losses spread over {spread['circular']:.2f} in the circular and {spread['geodesic']:.2f} in the geodesic encoding."
    )
if len(choices):
    summary.append(f"- The slope is positive in {100 * positive:.0f} % of {len(choices)} ways to analyse.")
summary.append(
    f"- The discriminable range differs {conserved:.1f}-fold between losses and densities: no common budget."
    if conserved > 1.5
    else "- The discriminable range is about the same in all conditions."
)
plotting.say("\n".join(summary))
