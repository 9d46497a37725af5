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
# exponents, asks whether they fall with the order of the loss and whether a straight line describes them, in three encodings and for
# several densities, and says how much of the answer hangs on the analyst's choices. It answers the original's questions Q05, Q11 and
# Q13, and adds to Q10. The book's primary precision is the information of the embedding; three others stand beside it. Intervals are
# over networks and people both, and a line is interpreted only where its lack of fit is not rejected ([theory](theory.md)).

# %% tags=["remove-input"]
import itertools

import numpy as np
import pandas as pd
import scipy.stats

from fisherkit import codes, curves, densities, estimators, experiments, fisher, plotting, stats, theory

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
    losses=["linear", "quart"],
    encodings=["linear"],
    densities=["concentrated", "translated", "bimodal", "reciprocal"],
    **shared,
)

# %% tags=["hide-input"]
train = linear.faces.subset("train")
order = {loss: codes.LOSS_ORDERS[loss] for loss in sorted(losses, key=codes.LOSS_ORDERS.get)}
COLOURS = dict(zip(curves.PRECISIONS, ("black", "#332288", "#AA4499", "#117733"), strict=True))


def precisions(ensemble, encoding, faces):
    """All precisions of networks along the angle, with and without each person; and the code."""
    code = fisher.embed_with_tangents(ensemble, faces.images, codes.angle_grid(encoding, angles))
    return {kind: curves.precision(code, faces, kind) for kind in curves.PRECISIONS}, code


concentrated = densities.named("concentrated", "linear")
all_linear, code = precisions(linear.ensemble(), "linear", train)
fitted = {
    (kind, loss): curves.exponent_of(found.select(loss=loss, density="concentrated"), concentrated)
    for kind, found in all_linear.items()
    for loss in order
}
enough = None not in fitted.values() and len(order) > 2
networks = len(linear.select(loss=losses[0], density="concentrated"))
several = networks > 1
shown = f"{len(train)} training faces at each of {angles} angles"
bars = " Bars: 95 % over networks and people." if several else ""

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {linear.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{linear.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a condition. Exponents are fitted where the density exceeds a tenth of its peak, a "
    "network at a time; intervals are 95 %, over networks and people."
    + ("" if several else " With one network a condition there are none.")
)

# %% [markdown]
# ## Four precisions
#
# The primary one is the information of the **embedding**. The law's $I$ stands for the precision that the loss sees, and there are
# three candidates beside it: the information of the **decoded** angle, which goes by the variance of the errors; the inverse
# square of the **error scale**, $A_0 = \exp(-2\,\mathrm{E}\log|e|)$, which forgives a few large errors; and the precision of each
# loss's **own order**, $A_q = (\mathrm{E}|e|^q)^{-2/q}$, which makes the law exact. For normal errors the last three are
# proportional to each other.

# %% tags=["hide-input"]
rows = pd.DataFrame(
    [
        {"precision": kind, "loss": loss, "q": order[loss], "estimate": fit.estimate, "low": fit.low, "high": fit.high,
         "law_half": theory.predicted_exponent(order[loss]), "law_one": theory.predicted_exponent(order[loss], 1.0)}
        for (kind, loss), fit in fitted.items() if fit is not None
    ]
)  # fmt: skip
if enough:
    plotting.show(
        plotting.exponent_panels(rows, COLOURS),
        id="exponents",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponents of four "
        "precisions against the order of the loss, with the law's for a budget on the discriminable range (β = ½, solid) and on the "
        "information (β = 1, dashed)." + bars,
        alt="Four plots of the measured exponent with error bars against the order of the loss, one a precision, each with two falling "
        "curves of theory.",
        data=rows,
    )
else:
    plotting.say("Comparing losses needs three of them, and more angles where the grid is too coarse for an exponent.")

# %% tags=["remove-input"]
if enough:
    q = list(order.values())
    in_order = {kind: [fitted[kind, loss] for loss in order] for kind in curves.PRECISIONS}
    ranks = {kind: stats.order_test(of, q) for kind, of in in_order.items()}
    # An exponent that is not positive has no inverse.
    lines = {kind: stats.fit_order_line(of, q) for kind, of in in_order.items() if all(one.mean > 0 for one in of)}
    straight = {kind: line for kind, line in lines.items() if line.adequate}
    table = "\n".join(
        f"| {kind} | {' | '.join(map(str, of))} | {ranks[kind].tau:.2f} | {ranks[kind].pvalue:.2g} |"
        for kind, of in in_order.items()
    ).replace("-", "−")
    law = " | ".join(f"{theory.predicted_exponent(value):.2f}" for value in q)
    of_primary = ranks[curves.PRIMARY]
    for kind, test in ranks.items():
        plotting.headline(f"tau_{kind.split()[0]}", test.tau)
        plotting.headline(f"tau_p_{kind.split()[0]}", test.pvalue)
    for (kind, loss), fit in fitted.items():
        plotting.headline(f"exponent_{kind.split()[0]}_{loss}", fit.mean)
    falls = of_primary.tau < 0
    order_verdict = (
        f"By the primary precision the exponents **{'fall' if falls else 'rise'}** with the order of the loss (τ = {of_primary.tau:.2f}, "
        f"permutation p = {of_primary.pvalue:.2g}), {'as' if falls else 'against what'} the law says"
        if of_primary.pvalue < 0.05
        else f"By the primary precision these {len(order)} losses do **not** settle whether exponents fall with the order of the loss "
        f"(τ = {of_primary.tau:.2f}, permutation p = {of_primary.pvalue:.2g})"
    ).replace("-", "−")
    plotting.say(
        f"| precision | {' | '.join(order)} | τ | p |\n|{'---|' * (len(order) + 3)}\n{table}\n| law, β = ½ | {law} | −1 | |\n\n"
        f"τ is Kendall's rank correlation of α with q: −1 where the exponent falls with every step of q. Its p is over all ways to deal "
        f"the exponents to the losses. {order_verdict}."
    )

# %% [markdown]
# ## The line
#
# The same exponents turned over. The law's lines have a slope of one half; where they start says which budget. But first a line must
# describe the exponents at all: its lack of fit is held against the scatter of networks and people. Lines are fitted to α, which has
# errors that are about symmetric; 1/α has not. Where they are rejected none is drawn, and slope and intercept mean nothing.

# %% tags=["hide-input"]
if not enough:
    plotting.say("A line needs three losses, each with an exponent.")
if enough:
    plotting.show(
        plotting.inverse_exponent_figure(
            rows, {kind: (line.slope.mean, line.intercept.mean) for kind, line in straight.items()}, COLOURS
        ),
        id="line",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: inverse exponent of "
        "four precisions against the order of the loss, the fitted line of each that is not rejected, and the law's for β = ½ (grey, solid) "
        "and β = 1 (grey, dashed). Points whose interval reaches zero have no upper end.",
        alt="Plot of the inverse exponent with error bars against the order of the loss for four precisions, with the fitted lines that "
        "describe them and two grey parallel lines of theory.",
        data=rows.assign(inverse=1 / rows["estimate"]),
    )


def line_in_words(kind):
    """What may be said of a precision's line: slope and intercept only where a straight line is not rejected."""
    if kind not in lines:
        return "an exponent that is not positive, which has no inverse: no line"
    line = lines[kind]
    if line.adequate is None:
        return "one network a loss: whether a line fits can't be said, so it is not interpreted"
    fit = f"χ² = {line.chi_squared:.1f} on {line.freedom} degrees of freedom, p = {line.pvalue:.2g}"
    if not line.adequate:
        return f"a straight line is **rejected** ({fit}): slope and intercept are not interpreted"
    held = " and ".join(text for text, x in (("½", 0.5), ("1", 1.0)) if line.intercept.against(x) == "holds")
    return (
        f"a straight line is not rejected ({fit}); slope {line.slope}, which {line.slope.against(0.5)} ½; β = {line.intercept}, "
        f"which holds {held or 'neither ½ nor 1'}"
    )


if enough:
    for kind, line in lines.items():
        word = kind.split()[0]
        if several:
            plotting.headline(f"lack_of_fit_p_{word}", line.pvalue)
        if line.adequate:
            plotting.headline(f"slope_{word}", line.slope.mean)
            plotting.headline(f"intercept_{word}", line.intercept.mean)
    plotting.say(
        "\n".join(f"- **{kind.capitalize()}**: {line_in_words(kind)}." for kind in curves.PRECISIONS)
        + "\n\nThe independent units are "
        + f"{plotting.counted(networks, 'replicate')}, each with one network a loss, which began alike and saw the same samples, and "
        f"{len(set(train.person.tolist()))} people. A line that is not rejected is not shown to be true: wide intervals reject little. A slope "
        "that changed with the density or the training time would overturn that it is the law's. What networks of other seeds say is on the "
        "page [Would other seeds say the same?](reseeding.ipynb), what other networks and many people, on "
        "[What the result owes to faces, size and data](generality.ipynb)."
    )

# %% [markdown]
# ## The circular encoding, and one where losses should part again
#
# In the circular encoding every loss is quadratic for small errors, so that theory gives all six the exponent 2/3 at β = ½. The
# *geodesic* encoding has the same targets and a loss on the angular error itself: there the law of the linear encoding should hold.
# The embedding's information includes the radius, which no loss sees; the other precisions are of the angle alone. Do the losses part?
# That is the difference of exponents between the losses of lowest and of highest order: theory wants none in the circular encoding.

# %% tags=["hide-input"]
circular = densities.named("concentrated", "circular")
around = {
    (encoding, kind, loss): curves.exponent_of(found.select(loss=loss), circular)
    for encoding in ("circular", "geodesic")
    for kind, found in precisions(circles.ensemble(encoding=encoding), encoding, train)[0].items()
    for loss in order
}
turning = pd.DataFrame(
    [
        {"row": f"{encoding}, {loss}", "kind": encoding, "loss": loss, "q": order[loss], "estimate": fit.estimate, "low": fit.low,
         "high": fit.high, "law": theory.predicted_exponent(2.0 if encoding == "circular" else order[loss])}
        for (encoding, kind, loss), fit in around.items() if fit is not None and kind == curves.PRIMARY
    ]
)  # fmt: skip
apart = {}
if None not in around.values() and len(order) > 1:
    plotting.show(
        plotting.interval_rows(
            turning, "exponent α", {"circular": "black", "geodesic": "#AA4499"}, marks={2 / 3: "2/3"}
        ),
        id="circles",
        caption=f"Circular and geodesic encodings, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponent "
        f"of the embedding information by loss, with the circular encoding's prediction (dashed).{bars}",
        alt="Points with intervals, one an encoding and loss, of the exponent, with a dashed line at the circular prediction.",
        data=turning.drop(columns=["row", "kind"]),
    )
    first, *_, last = order
    apart = {
        (encoding, kind): around[encoding, kind, first] - around[encoding, kind, last]
        for encoding in ("circular", "geodesic")
        for kind in curves.PRECISIONS
    }
    more = {kind: apart["geodesic", kind] - apart["circular", kind] for kind in curves.PRECISIONS}
    average = {kind: sum(around["circular", kind, loss] for loss in order) / len(order) for kind in curves.PRECISIONS}
    plotting.headline("circular_exponent_of_error_scale", average["error scale"].mean)
    for encoding in ("circular", "geodesic"):
        plotting.headline(f"losses_apart_{encoding}", apart[encoding, curves.PRIMARY].mean)
    words = {
        "above": "more than in the circular one: what that hides, this one shows",
        "below": "**less** than in the circular one, against the theory",
        "open": "which is **not** clearly more than in the circular one",
        "undecided": "and one network has no interval",
    }
    circular_words = {"holds": ", as theory says", "excludes": ", where theory wants none", "undecided": ""}
    plotting.say(
        f"| encoding | precision | {' | '.join(order)} | {first} − {last} |\n|---|---|{'---|' * len(order)}---|\n"
        + "\n".join(
            f"| {encoding} | {kind} | {' | '.join(str(around[encoding, kind, loss]) for loss in order)} | {apart[encoding, kind]} |"
            for encoding in ("circular", "geodesic")
            for kind in curves.PRECISIONS
        )
        + f"\n\nBy the primary precision {first} and {last} part by {apart['circular', curves.PRIMARY]} in the circular encoding"
        + circular_words[apart["circular", curves.PRIMARY].against(0)]
        + f", and by {apart['geodesic', curves.PRIMARY]} in the geodesic one, {words[more[curves.PRIMARY].side()]} (difference {more[curves.PRIMARY]}). "
        + "The same difference by the others: "
        + ", ".join(f"{more[kind]} ({kind})" for kind in curves.PRECISIONS[1:])
        + ". On average over the losses the circular exponent is "
        + ", ".join(f"{average[kind]} ({kind})" for kind in curves.PRECISIONS)
        + f"; theory says {theory.predicted_exponent(2):.2f} at β = ½ and {theory.predicted_exponent(2, 1.0):.2f} at β = 1, for the decoded angle."
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
# whose exponent goes from bin to bin. The law makes no difference between them. And which density tells most about the objective? That on
# which two losses part most, so the quart loss is trained on each of the four as well.

# %% tags=["hide-input"]
names = ("concentrated", "translated", "bimodal", "reciprocal")
of_contexts = precisions(contexts.ensemble(), "linear", train)[0]
by_density = {
    (name, kind, loss): curves.exponent_of(found.select(density=name, loss=loss), densities.named(name, "linear"))
    for name in names
    for kind, found in of_contexts.items()
    for loss in ("linear", "quart")
}


def from_bin_to_bin(found, bins):
    """Exponent of all densities of so many bins, a network each; None where the grid is too coarse for all of them."""
    fits = [
        curves.exponent_of(found.select(density=condition.density_name), condition.density)
        for condition in binned.conditions
        if len(condition.density.probabilities) == bins
    ]
    fits = [fit for fit in fits if fit is not None]
    if not fits:
        return None
    without = {label: np.concatenate([fit.without[label] for fit in fits], axis=1) for label in fits[0].without}
    return stats.Estimate(np.concatenate([fit.values for fit in fits]), without)


of_binned = precisions(binned.ensemble(), "linear", train)[0]
by_bins = {
    (f"binned, {bins} bins", kind): from_bin_to_bin(found, bins)
    for bins in sorted({len(condition.density.probabilities) for condition in binned.conditions})
    for kind, found in of_binned.items()
}
of_linear = {(name, kind): fit for (name, kind, loss), fit in by_density.items() if loss == "linear"} | by_bins
places = pd.DataFrame(
    [
        {"row": f"{name}: {kind}", "kind": kind, "estimate": fit.estimate, "low": fit.low, "high": fit.high}
        for (name, kind), fit in of_linear.items() if fit is not None
    ]
)  # fmt: skip
if len(places):
    plotting.show(
        plotting.interval_rows(places, "exponent α", COLOURS, marks={1.0: "β = ½", 2 / 3: "1"}),
        id="densities",
        caption=f"Linear encoding, linear loss, four densities, {plotting.counted(networks, 'network')} each, and densities of few bins, a network each; "
        f"{shown}: exponents of four precisions, with the law's (dashed)."
        + (
            " Bars: 95 % over networks and people, of binned densities over densities and people."
            if several
            else " Bars: 95 % over binned densities and people."
        ),
        alt="Points with intervals, one a density and precision, of the exponent, with two dashed lines for theory.",
        data=places.drop(columns="kind"),
    )

# %% tags=["remove-input"]
pairs = list(itertools.combinations(names, 2))


def differs_most(numbers):
    """The pair of densities whose numbers differ most surely, the difference, and its p, corrected for all pairs."""
    differences = {pair: numbers[pair[0]] - numbers[pair[1]] for pair in pairs}
    pair = min(pairs, key=lambda pair: differences[pair].pvalue())
    return pair, differences[pair], min(1.0, len(pairs) * differences[pair].pvalue())


if not several or None in by_density.values():
    plotting.say("Comparing densities needs two networks of each, and a grid that is fine enough for an exponent.")
if several and None not in by_density.values():
    alphas = {kind: {name: of_linear[name, kind] for name in names} for kind in curves.PRECISIONS}
    most = {kind: differs_most(of) for kind, of in alphas.items()}
    (one, other), difference, corrected = most[curves.PRIMARY]
    for name, fit in alphas[curves.PRIMARY].items():
        plotting.headline(f"exponent_{name}", fit.mean)
    for (name, kind), fit in by_bins.items():
        if fit is not None and kind == curves.PRIMARY:
            plotting.headline(f"exponent_{name.replace(', ', '_').replace(' ', '_')}", fit.mean)
    plotting.headline("densities_differ_p", corrected)
    plotting.say(
        f"**Q11.** By the primary precision: {', '.join(f'{fit} ({name})' for name, fit in alphas[curves.PRIMARY].items())}. Of the {len(pairs)} "
        f"differences between two densities that of {one} and {other} is the clearest, {difference}; corrected for {len(pairs)} comparisons "
        f"(Bonferroni) p = {corrected:.2g}. "
        + (
            "So one exponent for all four densities is **not** compatible with these networks and people: the relation between precision and "
            "density depends on the rest of the density."
            if corrected < 0.05
            else "So one exponent for all four densities is compatible with these networks and people. That is no proof that they are the "
            "same: the intervals say how far apart they could be."
        )
        + " The same p by the others: "
        + ", ".join(f"{most[kind][2]:.2g} ({kind})" for kind in curves.PRECISIONS[1:])
        + ". From bin to bin, by the primary precision: "
        + ", ".join(
            f"{fit} ({name})" for (name, kind), fit in by_bins.items() if fit is not None and kind == curves.PRIMARY
        )
        + ". Networks smooth the steps between bins, as the page [Binned densities](binned_densities.ipynb) shows."
    )
    gaps = {
        kind: {name: by_density[name, kind, "linear"] - by_density[name, kind, "quart"] for name in names}
        for kind in curves.PRECISIONS
    }
    for name, gap in gaps[curves.PRIMARY].items():
        plotting.headline(f"losses_apart_{name}", gap.mean)
    parts_most = max(names, key=lambda name: gaps[curves.PRIMARY][name].mean)
    (one, other), difference, corrected = differs_most(gaps[curves.PRIMARY])
    clear = [name for name in names if gaps[curves.PRIMARY][name].side() == "above"]
    plotting.say(
        f"**Q05.** How far linear and quart part, as a difference of α:\n\n| precision | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}\n"
        + "\n".join(f"| {kind} | {' | '.join(map(str, of.values()))} |" for kind, of in gaps.items())
        + f"\n\nBy the primary precision quart is clearly the flatter on {len(clear)} of {len(names)} densities"
        + (f" ({', '.join(clear)})" if clear else "")
        + f"; the two part most on {parts_most}. "
        + (
            f"The clearest difference between two densities is that of {one} and {other}, {difference} (corrected for {len(pairs)} comparisons "
            f"p = {corrected:.2g}): "
        )
        + (
            "so it matters which density is chosen."
            if corrected < 0.05
            else "so these networks do **not** say which density tells most about the objective."
        )
    )

# %% [markdown]
# ## The cut, and the floor (Q13)
#
# Where the density is very low, precision stops falling. An exponent then depends on how much of that region is let in. Here is α against
# the cut, the share of its peak that the density must exceed. A floor $B$ in $I = A p^\alpha + B$ should take the dependence away.

# %% tags=["hide-input"]
cuts = [0.5, 0.3, 0.1, 0.03, 0.01, 0.003]
p = concentrated.pdf(codes.angle_grid("linear", angles))


def with_floor(loss, share):
    """Exponent of I = A p^α + B for each network, by least squares of log I, where the density exceeds a share of its peak."""
    inside = p > share * p.max()
    positive = np.asarray(wishart)[curves.networks_with(wishart, loss=loss, density="concentrated")][:, inside]
    return np.array([stats.fit_exponent_with_floor(line, p[inside])[0] for line in positive])


# Logarithms and roots need an estimate that is positive.
wishart = fisher.information(code, estimator="wishart", person=train.person)
cut_fits = {
    (loss, cut): curves.exponent_of(
        all_linear[curves.PRIMARY].select(loss=loss, density="concentrated"), concentrated, share=cut
    )
    for loss in order
    for cut in cuts
}
by_cut = pd.DataFrame(
    [
        {"loss": loss, "cut": cut, "estimate": fit.estimate, "low": fit.low, "high": fit.high}
        for (loss, cut), fit in cut_fits.items() if fit is not None
    ]
)  # fmt: skip
if len(by_cut):
    plotting.show(
        plotting.cut_figure(by_cut),
        id="cut",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponent of the embedding "
        "information against the share of its peak that the density must exceed.",
        alt="Line plot of the exponent against the cut on the density on a logarithmic axis, a line a loss.",
        data=by_cut,
    )

# %% tags=["remove-input"]
if not (len(by_cut) and enough):
    plotting.say("What the cut does is told for three losses or more, on a grid that is fine enough.")
if len(by_cut) and enough:
    loss = "linear" if "linear" in order else losses[0]
    low, high = 0.003, 0.1
    drifts = {one: cut_fits[one, low] - cut_fits[one, high] for one in order}
    floors = {one: {cut: with_floor(one, cut).mean() for cut in (high, low)} for one in order}
    plotting.say(
        f"Exponents with a floor in the fit, and how far α moves from the one cut to the other, without and with it:\n\n| loss | α + floor, cut {high:g} | "
        f"α + floor, cut {low:g} | moves without | moves with |\n|---|---|---|---|---|\n"
        + "\n".join(
            f"| {one} | {floors[one][high]:.2f} | {floors[one][low]:.2f} | {drifts[one]} | {floors[one][low] - floors[one][high]:+.2f} |"
            for one in order
        )
    )
    floored, drift = floors[loss], drifts[loss]
    left = float(floored[low] - floored[high])
    plotting.headline("drift_with_cut", drift.mean)
    plotting.headline("drift_with_floor", left)
    plotting.say(
        f"For the {loss} loss, letting in densities from a tenth down to 0.3 % of the peak moves α by {drift}; with a floor in the fit by "
        f"{left:+.2f} (α = {floored[high]:.2f} and {floored[low]:.2f}). "
        + (
            "What the cut does is within chance, so that there is nothing for a floor to explain"
            if drift.against(0) != "excludes"
            else "So a floor describes what happens at low densities"
            if abs(left) < abs(drift.mean) / 2
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


def of_people(number, values):
    """A number made of means over faces, for each network and without each person."""
    label = curves.label_of(train)
    left = [estimators.mean_without(one, train.person) for one in values]
    return stats.Estimate(number(*(one.mean(axis=-1) for one in values)), {label: number(*left)})


def shape_of(square, logs):
    """Slope in log p of the log ratio of variance and squared error scale."""
    x = np.log(p[common]) - np.log(p[common]).mean()
    return (np.log(square) - 2 * logs) @ x / (x @ x)


for loss in order:
    mine = curves.networks_with(code.embeddings, loss=loss, density="concentrated")
    error = curves.errors(code.embeddings[mine]).values[:, common]
    centred = error - error.mean(axis=-1, keepdims=True)
    square, logs = centred**2, np.log(np.abs(centred) + codes.EPSILON)
    ratio = np.log(square.mean(axis=-1)) - 2 * logs.mean(axis=-1)
    by_density_of_angles = np.argsort(p[common])
    ratios[loss] = (p[common][by_density_of_angles], ratio.mean(axis=0)[by_density_of_angles])
    size = np.abs(centred)
    tiny = float((size < np.median(size, axis=-1, keepdims=True) / 10).mean())
    kurtosis = of_people(lambda fourth, second: (fourth / second**2).mean(axis=-1) - 3, (square**2, square))
    shapes[loss] = kurtosis, tiny, of_people(shape_of, (square, logs)) if common.sum() > 2 else None
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
        f"| {loss} | {order[loss]:g} | {kurtosis} | {100 * tiny:.0f} % | {gamma} |"
        for loss, (kurtosis, tiny, gamma) in shapes.items()
        if gamma is not None
    )
)
if "log" in order and len(order) > 1:
    _, tiny, _ = shapes["log"]
    spiky = tiny > 1.5 * normal_tiny
    plotting.headline("tiny_errors_log", tiny)
    plotting.say(
        f"**Q10.** The log loss rewards a tiny error without bound, and yet {100 * tiny:.0f} % of its errors are below a tenth of the "
        f"median one, against {100 * normal_tiny:.0f} % of normal errors. "
        + ("So it does make many of its errors tiny" if spiky else "So it does not make many of its errors tiny")
        + "; whether some angles stand out is counted on the page [Spikes and numerics](loss_comparison_numerics.ipynb) (R64)."
    )

# %% [markdown]
# ## What the analyst chose
#
# The order of the exponents for all combinations of: precision (four), cut on the density (0.05, 0.1, 0.3), grid (this one, and every second
# angle), checkpoint (best on training or on validation), faces (those of training, or of people never seen), and whether the shape of the
# uniform networks is divided out. It is measured by τ, which needs no line to be straight and is positive where exponents rise with q. The
# slope of a line of 1/α is beside it, for its sign alone: what it means hangs on a lack of fit that is not tested here.

# %% tags=["hide-input"]
unseen = linear.faces.subset("test")
choices = pd.DataFrame(
    [
        {"precision": kind, "faces": named, "checkpoint": best, **row}
        for named, subset in (("training", train), ("unseen", unseen))
        for best in ("train", "validation")
        for kind, found in (precisions(linear.ensemble(best), "linear", subset)[0] if enough else {}).items()
        for row in curves.orders_by_choice(
            found.select(density="concentrated").values, found.select(density="uniform").values, concentrated, order
        )
    ]
)
ordered = choices.dropna(subset="tau") if len(choices) else choices
if not len(ordered):
    plotting.say("The order of losses needs three of them, each with an exponent.")
if len(ordered):
    plotting.show(
        plotting.specification_curve(
            ordered, "tau", "rank correlation τ of α with q", marks={0: "no order", -1.0: "law"}
        ),
        id="choices",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; Kendall's τ of the exponents and "
        f"the orders of their losses for {len(ordered)} combinations of the analyst's choices, in the order of their results; below, what each "
        "combination chose. Dashed: the law's, and none.",
        alt="Points in rising order of the rank correlation, and under them rows of marks that say which choices each point is of.",
        data=choices,
    )
    sloped = ordered.dropna(subset="slope")
    falling = {
        name: (int((rows["tau"] < 0).sum()), len(rows)) for name, rows in ordered.groupby("precision", sort=False)
    }
    effects = {
        choice: float(np.ptp(ordered.groupby(choice)["tau"].mean()))
        for choice in ("precision", "cut", "grid", "shape", "faces", "checkpoint")
    }
    largest = max(effects, key=effects.get)
    negative = float((ordered["tau"] < 0).mean())
    beyond = {
        name: f"{int(((rows['tau'] < 0) & (rows['p'] < 0.05)).sum())} of {len(rows)}"
        for name, rows in ordered.groupby("faces", sort=False)
    }
    beyond = " and ".join(f"{count} ({name} faces)" for name, count in beyond.items())
    plotting.headline("tau_negative_share", negative)
    plotting.headline("tau_median", ordered["tau"].median())
    plotting.headline("slope_positive_share", (sloped["slope"] > 0).mean() if len(sloped) else np.nan)
    in_choices = f"τ is negative in {int((ordered['tau'] < 0).sum())} of {len(ordered)} combinations"
    plotting.say(
        f"{in_choices} ({', '.join(f'{name} {some} of {count}' for name, (some, count) in falling.items())}); its median is "
        + f"{ordered['tau'].median():.2f}".replace("-", "−")
        + f". It is negative beyond chance (permutation p < 0.05) in {beyond}. The slope of 1/α is positive in {int((sloped['slope'] > 0).sum())} of the {len(sloped)} that have one; in "
        f"{len(ordered) - len(sloped)} some α is not positive and has no inverse. "
        + (
            f"{plotting.counted(len(choices) - len(ordered), 'combination')} of {len(choices)} have no exponent for some loss: the grid is too "
            "coarse, or too much of a precision is negative. "
            if len(ordered) < len(choices)
            else ""
        )
        + f"The choice that matters most is the **{largest}** (mean τ differs by {effects[largest]:.2f}). "
        + (
            "So the direction, that exponents fall with the order of the loss, does not hang on the analyst. The combinations share their "
            "networks and are not independent evidence."
            if negative > 0.9
            else "Whatever the analyst chooses, exponents **rise** with the order of the loss, against the law."
            if (ordered["tau"] > 0).mean() > 0.9
            else "So even the direction of the effect hangs on the analyst."
        )
    )

# %% [markdown]
# ## Is there a budget?
#
# The law needs something that is limited, $\int\!I^\beta d\theta$. If it were the discriminable range, $\int\!\sqrt I\,d\theta$ would be
# the same for all densities and losses.

# %% tags=["remove-input"]
grid = codes.angle_grid("linear", angles)
left = estimators.linear_fisher_without(
    code.embeddings.values, code.tangents.values, train.person, correction="wishart"
)


def log_range(**coordinates):
    """log ∫√I dθ of as many networks as each condition has."""
    mine = np.flatnonzero(curves.networks_with(wishart, **coordinates))[:networks]
    logs = [np.log(np.trapezoid(np.sqrt(of), grid, axis=-1)) for of in (wishart.values[mine], left[:, mine])]
    return stats.Estimate(logs[0], {curves.label_of(train): logs[1]})


ranges = {
    (density, loss): log_range(density=density, loss=loss) for density in ("uniform", "concentrated") for loss in order
}
longest, shortest = (pick(ranges, key=lambda of: ranges[of].mean) for pick in (max, min))
widest = ranges[longest] - ranges[shortest]
conserved = float(np.exp(widest.mean))
# How many times as long, with its interval.
fold = f"{conserved:.1f}-fold" + (f" [{np.exp(widest.low):.1f}, {np.exp(widest.high):.1f}]" if several else "")
plotting.headline("range_spread", conserved)
range_words = {
    "above": "So it is **not** conserved: whatever limits these networks is not one budget on the discriminable range that they share. The law "
    "needs a budget within each training only, and its β may have another cause, such as the time of training.",
    "below": "So it is conserved within a factor of 1.5.",
    "open": "Whether it is conserved within a factor of 1.5 is open.",
    "undecided": "One network has no interval, so no more can be said.",
}[widest.side(np.log(1.5))]
plotting.say(
    "| density | "
    + " | ".join(order)
    + " |\n|---|"
    + "---|" * len(order)
    + "\n"
    + "\n".join(
        f"| {density} | " + " | ".join(f"{np.exp(ranges[density, loss].mean):.0f}" for loss in order) + " |"
        for density in ("uniform", "concentrated")
    )
    + f"\n\nFrom {' and '.join(reversed(shortest))} to {' and '.join(reversed(longest))} the discriminable range differs {fold}, by geometric means. {range_words}"
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
    summary.append(f"- {order_verdict}. By the others τ is " + ", ".join(f"{ranks[kind].tau:.2f} ({kind}, p = {ranks[kind].pvalue:.2g})" for kind in curves.PRECISIONS[1:]).replace("-", "−") + ".")  # fmt: skip
    summary += [f"- {kind.capitalize()}: {line_in_words(kind)}." for kind in curves.PRECISIONS]
if apart:
    summary.append(
        f"- By the primary precision {first} and {last} part by {apart['circular', curves.PRIMARY]} in the circular and "
        f"{apart['geodesic', curves.PRIMARY]} in the geodesic encoding."
    )
if len(ordered):
    summary.append(f"- {in_choices} of the analyst's choices; beyond chance in {beyond}.")
summary.append(f"- The discriminable range differs {fold} between losses and densities. {range_words}")
plotting.say("\n".join(summary))
