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
# # Does the exponent give away the loss?

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`exponents:myst` {glue:md}`line:myst`
#
# α is {glue:text}`exponent_embedding_log` with the log loss, {glue:text}`exponent_embedding_linear` with the linear and
# {glue:text}`exponent_embedding_quart` with the quartic one. The law says {glue:text}`law_log:.2g`, {glue:text}`law_linear:.2g` and
# {glue:text}`law_quart:.2g`.
#
# The caveat: these are faces that were trained on. At people never seen, exponents fall beyond chance in {glue:text}`falls_unseen` of
# {glue:text}`count_unseen` ways to measure. Once its {glue:text}`networks_read` networks are trained, the page takes minutes.
# :::

# %% [markdown]
# If a code's information is a power of the density that it was trained on, $I \propto p^\alpha$, and the loss sets the power, then one number
# gives the loss away. By the [law](theory.md) its inverse is a straight line in the order $q$ of the loss,
#
# $$ \frac 1\alpha = \frac q2 + \beta, $$
#
# with β the order of a budget $\int I^\beta d\theta$: ½ for the discriminable range, 1 for the information. Exponents are fitted where $p$
# exceeds a tenth of its peak. Intervals are 95 %, over networks and people.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt", "square", "quart", "root4", "log"]  # comparisons need log, linear and quart
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd

from fisherkit import curves, experiments, fisher, plotting, stats, theory
from fisherkit.error_shape import NORMAL_RATIO, NORMAL_TINY, error_shape
from fisherkit.estimate import mean_of, surest_difference
from fisherkit.results import as_rows, conclude, in_words, keep, listed, p_in_words, shared_sign, tabulate, whether
from fisherkit.shape import discriminable_range
from fisherkit.study import Study, line_table

plotting.use_style()

shared = {"preset": preset, "faces": faces, "replicates": replicates, "seed": seed}
other = ["concentrated", "translated", "bimodal", "reciprocal"]
linear = experiments.loss_sweep(losses=losses, encodings=["linear"], **shared)
# Of the circle, quick leaves some losses out, for the book to be built in minutes.
round_losses = [loss for loss in losses if linear.preset.name != "quick" or loss in ("log", "linear", "quart")]
circles = experiments.loss_sweep(losses=round_losses, encodings=["circular", "geodesic"], densities=other[:1], **shared)
contexts = experiments.loss_sweep(losses=["linear", "quart"], encodings=["linear"], densities=other, **shared)
binned = experiments.binned(preset, faces=faces, seed=seed)
study = Study(linear, angles=angles, seed=seed)
concentrated = study.densities["concentrated"]
networks = study.networks(density="concentrated")
q = dict(zip(study.losses, study.orders, strict=True))
few = [loss for loss in ("log", "linear", "quart") if loss in q]
PRIMARY = curves.PRIMARY
COLOURS = dict(zip(curves.PRECISIONS, ("black", "#332288", "#AA4499", "#117733"), strict=True))

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# ## Do exponents fall with the order of the loss?
#
# The primary precision is the information of the **embedding**. Beside it stand [three others](theory.md): the information of the
# **decoded** angle; the **error scale** $A_0$, which forgives a few large errors; and each loss's **own order** $A_q$, for which the law is
# exact. τ is Kendall's rank correlation of α with $q$: −1 where the exponent falls with every step.

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
fitted = study.exponents(density="concentrated")
in_order = {kind: [fitted[kind, loss] for loss in q] for kind in curves.PRECISIONS}
ranks = {kind: stats.order_test(alphas, study.orders) for kind, alphas in in_order.items()}
rows = [study.exponent_table(density="concentrated", kind=kind).assign(precision=kind) for kind in curves.PRECISIONS]
rows = pd.concat(rows)
rows = rows.assign(law_half=rows["law"], law_one=1 / (1 / rows["law"] + 0.5))  # β = 1 adds ½ to 1/α
told = listed([f"{in_words(fitted[PRIMARY, loss])} ({loss})" for loss in few])
plotting.show(
    plotting.exponent_panels(rows, COLOURS),
    id="exponents",
    caption=f"By the embedding's information α is {told}. Linear encoding, concentrated density, "
    f"{plotting.counted(networks, 'network')} of each loss, {len(study.faces)} faces trained on.",
    alt="Exponents of four precisions against the order of the loss, one panel per precision, with two falling curves of theory; "
    f"rank correlations are {listed([in_words(test.tau) for test in ranks.values()])}.",
    data=rows,
)

# %% needs={"losses": ["log", "linear", "quart"]} tags=["remove-input"]
conclude(
    "exponents",
    whether(ranks[PRIMARY].falls),
    so=("answered", "By the embedding's information exponents **fall** with the order of the loss, as the law says (τ = {tau}, {p})."),
    not_so=("answered", "By the embedding's information exponents **rise** with the order of the loss, against the law (τ = {tau}, {p})."),
    undecided=("undecided", "By the embedding's information these {losses} losses do **not** settle whether exponents fall with the order of the loss (τ = {tau}, {p})."),
    tau=ranks[PRIMARY].tau, p=p_in_words(ranks[PRIMARY].pvalue), losses=len(q),
)  # fmt: skip

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
table = pd.DataFrame({kind: [*of, ranks[kind].tau, p_in_words(ranks[kind].pvalue)] for kind, of in in_order.items()})
table.insert(0, "loss", [*q, "τ", "chance"])
tabulate(table, "Exponents, τ, and its p over all ways to deal exponents to losses", collapsed=True)
for (kind, loss), alpha in fitted.items():
    keep(f"exponent_{kind.split()[0]}_{loss}", alpha)
for loss in q:
    keep(f"law_{loss}", theory.predicted_exponent(q[loss]))
for kind, test in ranks.items():
    keep(f"tau_{kind.split()[0]}", test.tau)
    keep(f"tau_p_{kind.split()[0]}", test.pvalue)
keep("networks_read", sum(len(one.conditions) for one in (linear, circles, binned, contexts)))

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# ## Is it the law's line?
#
# Turned over, the exponents should lie on a line of slope ½, whose start says which budget. Its lack of fit is held against the scatter of
# networks and people. Where a line is rejected none is drawn, and its slope and intercept mean nothing.

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
invertible = {kind: min(one.mean for one in of) > 0 for kind, of in in_order.items()}
lines = {kind: stats.fit_order_line(of, study.orders) if invertible[kind] else None for kind, of in in_order.items()}
straight = {kind: line for kind, line in lines.items() if line is not None and line.adequate}
drawn = {kind: (line.slope.mean, line.intercept.mean) for kind, line in straight.items()}
shown = rows[rows["precision"].isin([PRIMARY, "own order"])]
plotting.show(
    plotting.inverse_exponent_panels(shown, drawn, COLOURS),
    id="line",
    caption=f"A straight line is not rejected for {len(straight)} of {len(lines)} precisions, two of which are shown. A bar that leaves its "
    "panel is of an exponent that may be zero.",
    alt="Inverse exponents against the order of the loss, for the embedding's information and each loss's own order, with two parallel lines of "
    f"theory; a straight line is not rejected for {len(straight)} of {len(lines)} precisions.",
    data=shown.assign(inverse=1 / shown["estimate"]),
)
tabulate(line_table(lines, "precision"), "Lines of 1/α against q", collapsed=True)
for kind, line in straight.items():
    keep(f"slope_{kind.split()[0]}", line.slope)
    keep(f"intercept_{kind.split()[0]}", line.intercept)
for kind, line in lines.items():
    if line is not None and line.adequate is not None:
        keep(f"lack_of_fit_p_{kind.split()[0]}", line.pvalue)

# %% needs={"losses": ["log", "linear", "quart"]} tags=["remove-input"]
conclude(
    "line",
    whether(lines[PRIMARY] and lines[PRIMARY].adequate),
    so=("answered", "A straight line of $1/\\alpha$ against $q$ is not rejected ({p}), which does not show it to be the law's."),
    not_so=("answered", "But a straight line of $1/\\alpha$ against $q$ is **rejected** ({p}), so that exponents do not say which budget there is."),
    undecided=("undecided", "Whether $1/\\alpha$ is a straight line in $q$ is not told by these networks."),
    p=p_in_words(lines[PRIMARY].pvalue if lines[PRIMARY] else np.nan),
)  # fmt: skip

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# Wide intervals reject little.
#
# ## Do losses part where their shape reaches the error?
#
# In the circular encoding every loss is quadratic for small errors, and theory gives all of them the exponent 2/3. The *geodesic* encoding
# has the same targets and a loss on the angle itself: there losses should part again.

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
around = {name: Study(circles, encoding=name, angles=angles, seed=seed) for name in ("circular", "geodesic")}
turning = {name: one.exponents() for name, one in around.items()}
apart = {name: {kind: of[kind, "log"] - of[kind, "quart"] for kind in COLOURS} for name, of in turning.items()}
more = {kind: apart["geodesic"][kind] - apart["circular"][kind] for kind in curves.PRECISIONS}
average = {kind: mean_of([turning["circular"][kind, loss] for loss in round_losses]) for kind in curves.PRECISIONS}
circle_rows = pd.concat([one.exponent_table().assign(precision=f"{name} encoding") for name, one in around.items()])
circle_rows = circle_rows.assign(law_half=circle_rows["law"], law_one=1 / (1 / circle_rows["law"] + 0.5))
told = listed([f"{in_words(of[PRIMARY])} ({name})" for name, of in apart.items()])
plotting.show(
    plotting.exponent_panels(circle_rows, {"circular encoding": "black", "geodesic encoding": "#AA4499"}),
    id="circles",
    caption=f"Log and quart part by {told} in α. Embedding, concentrated density, {plotting.counted(networks, 'network')} of each loss.",
    alt=f"Exponents against the order of the loss, one panel per encoding, with curves of theory; log less quart is {told}.",
    data=circle_rows,
)
keep("circular_exponent_of_error_scale", average["error scale"])
for name, of in apart.items():
    keep(f"losses_apart_{name}", of[PRIMARY])

# %% needs={"losses": ["log", "linear", "quart"]} tags=["remove-input"]
conclude(
    "circles-alike",
    apart["circular"][PRIMARY].against(0.0),
    holds=("answered", "In the circular encoding log and quart differ by {gap}, which holds the zero of theory."),
    excludes=("answered", "In the circular encoding log and quart **part** by {gap}, where theory wants none."),
    undecided=("undecided", "In the circular encoding log and quart differ by {gap}."),
    gap=apart["circular"][PRIMARY],
)
conclude(
    "circles",
    more[PRIMARY].side(),
    above=("answered", "In the geodesic encoding they part by {gap}, which is {more} more."),
    below=("answered", "In the geodesic encoding they part by {gap}, which is **less** (difference {more}), against the theory."),
    open=("undecided", "In the geodesic encoding they part by {gap}, **not** clearly more (difference {more})."),
    undecided=("undecided", "In the geodesic encoding they part by {gap} (difference {more})."),
    gap=apart["geodesic"][PRIMARY], more=more[PRIMARY],
)  # fmt: skip

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
table = pd.DataFrame({"circular, mean of losses": average, **{f"log − quart, {name}": of for name, of in apart.items()}, "difference": more})  # fmt: skip
table = table.rename_axis("precision").reset_index()
tabulate(table, "α in two encodings, by each precision", collapsed=True)

# %% [markdown]
# ## Does it hold whatever the density?
#
# Here is the linear loss on four densities (Q11): the concentrated one, the same moved, one with two peaks, and one that falls as
# $1/\theta$; and on piecewise constant [densities](binned_densities.ipynb), whose exponent goes from bin to bin. The law makes no difference
# between them.

# %% tags=["hide-input"]
places, bins = (Study(one, angles=angles, seed=seed) for one in (contexts, binned))
found = {name: places.exponents(density=name) for name in other}
alphas = {kind: {name: found[name][kind, "linear"] for name in other} for kind in curves.PRECISIONS}
gaps = {kind: {name: found[name][kind, "linear"] - found[name][kind, "quart"] for name in other} for kind in COLOURS}
numbers = {(name, kind): alphas[kind][name] for name in other for kind in alphas}
for several in ("4 bins", "6 bins"):
    names = [name for name in bins.densities if name.startswith(several)]
    numbers |= {(f"binned, {several}", kind): bins.exponent_over("linear", names, kind=kind) for kind in alphas}
for name in dict.fromkeys(name for name, _ in numbers):
    keep(f"exponent_{name.replace(', ', '_').replace(' ', '_')}", numbers[name, PRIMARY])
styles = {kind: {"color": colour, "marker": mark} for (kind, colour), mark in zip(COLOURS.items(), "os^D", strict=True)}
place_rows = as_rows(numbers, ("row", "series"))
told = listed([f"{in_words(alphas[PRIMARY][name])} ({name})" for name in other])
plotting.show(
    plotting.series_rows(place_rows, "exponent α", styles, marks={1.0: "β = ½", 2 / 3: "β = 1"}),
    id="densities",
    also=("Q11", "Q05"),
    caption=f"By the embedding's information α of the linear loss is {told}. Networks of each density: {networks}, of binned ones one.",
    alt=f"Exponents of four precisions with intervals, one row per training density; by the embedding's information {told}.",
    data=place_rows,
)

# %% needs={"replicates": 2} tags=["remove-input"]
clearest = {kind: surest_difference(alphas[kind]) for kind in alphas}
pair, difference, p = clearest[PRIMARY]
keep("densities_differ_p", p)
conclude(
    "Q11",
    whether(p >= 0.05),
    so=("answered", "One exponent for all four densities is compatible with these networks and people, which is no proof that they are the same. The clearest difference, {pair}, is {difference} ({p}, corrected for all pairs)."),
    not_so=("answered", "One exponent for all four densities is **not** compatible with these networks and people. The clearest difference, {pair}, is {difference} ({p}, corrected for all pairs)."),
    pair=pair, difference=difference, p=p_in_words(p),
)  # fmt: skip

# %% [markdown]
# Which density tells most about the objective (Q05)? The one on which two losses part most. So the quart loss was trained on each of the
# four, too.

# %% needs={"replicates": 2} tags=["hide-input"]
parted = {kind: surest_difference(gaps[kind]) for kind in gaps}
table = pd.DataFrame({kind: [*gaps[kind].values(), *(p_in_words(of[kind][2]) for of in (parted, clearest))] for kind in gaps})  # fmt: skip
table.insert(0, "density", [*other, "they differ", "so does linear's α"])
tabulate(table, "α of linear − α of quart by density, and p of the clearest pair of densities", collapsed=True)
for name, gap in gaps[PRIMARY].items():
    keep(f"losses_apart_{name}", gap)

# %% needs={"replicates": 2} tags=["remove-input"]
pair, difference, p = parted[PRIMARY]
conclude(
    "Q05",
    whether(p < 0.05),
    so=("answered", "It matters which density is chosen: linear and quart part most on the {widest} one (clearest: {pair}, {difference}, {p}, corrected). Quart is clearly the flatter on {flatter} of {count}."),
    not_so=("undecided", "These networks do **not** say which density tells most: linear and quart part most on the {widest} one (clearest: {pair}, {difference}, {p}, corrected). Quart is clearly the flatter on {flatter} of {count}."),
    widest=max(gaps[PRIMARY], key=lambda name: gaps[PRIMARY][name].mean),
    pair=pair, difference=difference, p=p_in_words(p),
    flatter=sum(gap.side() == "above" for gap in gaps[PRIMARY].values()), count=len(other),
)  # fmt: skip

# %% [markdown]
# ## Does the exponent hang on where the fit begins?
#
# Where the density is very low, precision stops falling (Q13). An exponent then depends on the cut, the share of its peak that $p$ must
# exceed. A floor $B$ in $I = A p^\alpha + B$ should take that dependence away; whether it is real is told
# [by bands](loss_comparison_objective.ipynb) (R36).

# %% tags=["hide-input"]
CUTS = (0.003, 0.01, 0.03, 0.1, 0.3, 0.5)
primary = {loss: study.of(loss, density="concentrated") for loss in q}
fits = {(loss, cut): curves.exponent_of(primary[loss], concentrated, share=cut) for loss in q for cut in CUTS}
cut_rows = as_rows({key: alpha for key, alpha in fits.items() if alpha is not None}, ("loss", "cut"))
drifts = {loss: fits[loss, 0.003] - fits[loss, 0.1] for loss in q}
told = listed([f"{in_words(drifts[loss])} ({loss})" for loss in few or q])
figure = plotting.loss_lines(cut_rows, "cut", "cut, share of peak p", "exponent α")
figure.axes[0].set(xscale="log", xticks=CUTS[::2], xticklabels=CUTS[::2], ylim=(0, 1.3 * cut_rows["estimate"].max()))
plotting.show(
    figure,
    id="cut",
    also=("Q13-cut",),
    caption=f"From a cut of 0.1 down to 0.003 α moves by {told}. Information of the embedding, concentrated density.",
    alt=f"Exponents against the cut on a logarithmic axis, one panel per loss; they move by {told}.",
    data=cut_rows,
    collapsed="Exponents against the cut",
)
positive = {loss: study.of(loss, density="concentrated", kind=curves.POSITIVE) for loss in q}
floors = {loss: [curves.exponents_with_floor(of, concentrated, share=cut).mean() for cut in (0.003, 0.1)] for loss, of in positive.items()}  # fmt: skip
left = {loss: low - high for loss, (low, high) in floors.items()}
table = pd.DataFrame({"moves": drifts, "moves with floor": left, "with floor at 0.003, at 0.1": {loss: " and ".join(map(in_words, of)) for loss, of in floors.items()}})  # fmt: skip
table = table.rename_axis("loss").reset_index()
tabulate(table, "How far α moves with the cut, without a floor and with one", collapsed=True)

# %% needs={"losses": ["linear"]} tags=["remove-input"]
keep("drift_with_cut", drifts["linear"])
keep("drift_with_floor", left["linear"])
conclude(
    "Q13-cut",
    whether(abs(left["linear"]) < abs(drifts["linear"].mean) / 2 if drifts["linear"].against(0.0) == "excludes" else None),
    so=("answered", "For the linear loss α moves by {drift}, with a floor in the fit by {left:+.2f}: a floor describes what happens."),
    not_so=("answered", "For the linear loss α moves by {drift}, with a floor in the fit by {left:+.2f}: a floor does **not** take the dependence away."),
    undecided=("undecided", "For the linear loss α moves by {drift}, not beyond chance, so that there is nothing for a floor to explain."),
    drift=drifts["linear"], left=left["linear"],
)  # fmt: skip

# %% [markdown]
# ## Does the log loss make tiny errors?
#
# It rewards a tiny error, here below a tenth of the median, without bound; why are no spikes of low error seen (Q10)? If errors change their
# shape with the density, the exponents of variance and error scale differ by γ, the slope of the log ratio of the two in $\log p$. Whether
# some angles stand out is counted [elsewhere](loss_comparison_numerics.ipynb) (R64).

# %% tags=["hide-input"]
common = curves.common_angles(concentrated, study.grid)
p_common = concentrated.pdf(study.grid[common])
shapes = {}
for loss in q:
    mine = curves.networks_with(study.code().embeddings, loss=loss, density="concentrated")
    shapes[loss] = error_shape(curves.errors(study.code().embeddings[mine]).values[:, common], p_common, study.faces)
table = [{"loss": loss, "kurtosis": of.kurtosis, "tiny, %": 100 * of.tiny, "γ": of.slope} for loss, of in shapes.items()]  # fmt: skip
told = f"Shape of the errors about their mean (of normal ones {100 * NORMAL_TINY:.1f} % are tiny)"
tabulate(pd.DataFrame(table), told, collapsed=True)
shape_rows = [pd.DataFrame({"loss": loss, "p": p_common, "estimate": of.ratio.mean(axis=0)}) for loss, of in shapes.items()]  # fmt: skip
shape_rows = pd.concat(shape_rows).sort_values("p", kind="stable")
figure = plotting.loss_lines(shape_rows, "p", "density p (rad⁻¹)", "log (variance ÷ squared error scale)")
figure.axes[0].axhline(NORMAL_RATIO, color="0.7", linewidth=1, zorder=0)
told = listed([f"{in_words(shapes[loss].slope)} ({loss})" for loss in few or q])
plotting.show(
    figure,
    id="shape",
    also=("Q10",),
    caption=f"The slope γ of the errors' shape is {told}. Linear encoding, concentrated density, mean of {plotting.counted(networks, 'network')}. Grey: normal errors.",
    alt=f"Log ratio of variance and squared error scale against the density, one line per loss, with a level for normal errors; slopes are {told}.",
    data=shape_rows,
    collapsed="The shape of the errors against the density",
)

# %% needs={"losses": ["log"]} tags=["remove-input"]
keep("tiny_errors_log", shapes["log"].tiny)
conclude(
    "Q10",
    whether(shapes["log"].tiny > 1.5 * NORMAL_TINY),
    so=("answered", "The log loss does make many of its errors tiny: {tiny:.1f} %, against {normal:.1f} % of normal errors."),
    not_so=("answered", "The log loss does **not** make many of its errors tiny: {tiny:.1f} %, against {normal:.1f} % of normal errors."),
    tiny=100 * shapes["log"].tiny, normal=100 * NORMAL_TINY,
)  # fmt: skip

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# ## Does the answer hang on the analyst?
#
# Here is τ for all combinations of precision, cut, grid, checkpoint and faces, with the shape of the uniform networks divided out or not.

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
choices = []
for whose, images in {"training": study.faces, "never seen": linear.faces.subset("test")}.items():
    for best in ("train", "validation"):
        code = fisher.embed_with_tangents(linear.ensemble(best), images.images, study.grid)
        for kind in curves.PRECISIONS:
            trained = curves.precision(code, images, kind)
            both = (trained.select(density=name).values for name in ("concentrated", "uniform"))
            of_fits = curves.orders_by_choice(*both, concentrated, q)
            choices += [{"precision": kind, "faces": whose, "checkpoint": best, **row} for row in of_fits]
choices = pd.DataFrame(choices)
ordered = choices.dropna(subset="tau")
negative = int((ordered["tau"] < 0).sum())
plotting.show(
    plotting.specification_curve(ordered, "tau", "rank correlation τ of α with q", marks={0: "no order", -1.0: "law"}),
    id="choices",
    caption=f"τ is negative in {negative} of {len(ordered)} combinations, with a median of {in_words(ordered['tau'].median())}. Each column is one; the rows below say what it chose.",
    alt=f"Rank correlations in rising order, negative in {negative} of {len(ordered)}, and under them rows of marks that say which choices each is of.",
    data=choices,
)

# %% needs={"losses": ["log", "linear", "quart"]} tags=["remove-input"]
conclude(
    "choices",
    shared_sign(ordered["tau"]),
    below=("answered", "That exponents fall does not hang on the analyst: τ is negative in {negative} of {count} combinations."),
    above=("answered", "Whatever the analyst chooses, exponents **rise** with the order of the loss, against the law: τ is negative in {negative} of {count} combinations."),
    open=("answered", "Even the direction of the effect hangs on the analyst: τ is negative in {negative} of {count} combinations."),
    undecided=("undecided", "No combination has an exponent for every loss."),
    negative=negative, count=len(ordered),
)  # fmt: skip
for name, whose in (("seen", "training"), ("unseen", "never seen")):
    of = ordered[ordered["faces"] == whose]
    keep(f"falls_{name}", ((of["tau"] < 0) & (of["p"] < 0.05)).sum())
    keep(f"count_{name}", len(of))
effects = {name: float(np.ptp(ordered.groupby(name)["tau"].mean())) for name in choices.columns[:6]}
slopes, rising = ordered["slope"].count(), (ordered["slope"] > 0).sum()
kept = {"largest_choice": max(effects, key=effects.get), "largest_effect": max(effects.values()),
        "tau_negative_share": negative / len(ordered), "tau_median": ordered["tau"].median(),
        "slopes": slopes, "slopes_rising": rising, "slope_positive_share": rising / max(slopes, 1)}  # fmt: skip
for name, number in kept.items():
    keep(name, number)

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# It is negative beyond chance (permutation p < 0.05) in {glue:text}`falls_seen` of {glue:text}`count_seen` at training faces, and in
# {glue:text}`falls_unseen` of {glue:text}`count_unseen` at people never seen. The choice of {glue:text}`largest_choice` matters most: mean τ
# differs by {glue:text}`largest_effect:.2f`. Combinations share their networks and are not independent evidence.

# %% [markdown]
# ## Is there a budget on the discriminable range?
#
# Then $\int\!\sqrt I\,d\theta$ would be the same for all densities and losses.

# %% tags=["hide-input"]
cases = [(density, loss) for density in study.densities for loss in q]
measured = {(density, loss): study.of(loss, density=density, kind=curves.POSITIVE).first(networks) for density, loss in cases}  # fmt: skip
ranges = {case: of.number(lambda of: np.log(discriminable_range(of, study.grid))) for case, of in measured.items()}
longest, shortest = (pick(ranges, key=lambda key: ranges[key].mean) for pick in (max, min))
fold = (ranges[longest] - ranges[shortest]).exp()
keep("range_spread", fold)
table = [{"density": density, **{loss: round(np.exp(ranges[density, loss].mean)) for loss in q}} for density in study.densities]  # fmt: skip
tabulate(pd.DataFrame(table), "Discriminable range by density and loss, geometric means", collapsed=True)

# %% tags=["remove-input"]
conclude(
    "range",
    fold.side(1.5),
    above=("answered", "It is **not** conserved: from {shortest} to {longest} it grows by a factor of {fold}. The law needs a budget within each training only."),
    below=("answered", "It is conserved within a factor of 1.5: from {shortest} to {longest} it grows by a factor of {fold}."),
    open=("undecided", "Whether it is conserved within a factor of 1.5 is open: from {shortest} to {longest} it grows by a factor of {fold}."),
    undecided=("undecided", "From {shortest} to {longest} it grows by a factor of {fold}; one network has no interval."),
    shortest=f"{shortest[1]} on the {shortest[0]} density", longest=f"{longest[1]} on the {longest[0]} one", fold=fold,
)  # fmt: skip

# %% [markdown]
# ## What this page does not show
#
# - Whether α settles with [training time](dynamics.ipynb): a slope that changed with it would not be the law's.
# - [Other seeds](reseeding.ipynb); [other networks, stimuli and numbers of people](generality.ipynb).
# - Densities, cut and choices in the circular encoding.
#
# ## How it was made

# %% tags=["hide-input"]
settings = {"preset": preset, "faces": f"{len(study.faces)} {linear.faces.source}", "people": len(set(study.faces.person)),
            "networks of a condition": networks, "losses": ", ".join(q), "angles": angles, "seed": seed}  # fmt: skip
tabulate(pd.DataFrame(settings.items(), columns=["parameter", "value"]), "Parameters of this run", collapsed=True)
