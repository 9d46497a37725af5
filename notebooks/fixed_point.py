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
# # Does training on its own code converge?
#
# :::{admonition} The answer
# :class: answer
# Again and again, new networks are trained on the density that the last code gives: by the inverse power, where by the law no density changes, or by the
# root, where all end at uniform. {glue:md}`Q14:myst` {glue:md}`Q14-law:myst`
#
# The exponent, which by the law stays, changed by {glue:text}`Q14-exponent-inverse_change` (inverse power) and {glue:text}`Q14-exponent-root_change` (root).
#
# The caveat: each iteration is one chain. No interval says what another would do.
# :::
#
# By the law, $I \propto p^\alpha$, a code says how often each angle was trained. So take the density that it says, train new networks on that one, and go
# on (Q14). A generation goes a share $\lambda$ (the damping) of the way, in the logarithm:
#
# $$ p_{g+1} \propto p_g^{1-\lambda}\,\bigl(I_g^{\,k}\bigr)^\lambda , $$
#
# with $I_g$ the generation's mean information. By the law a step multiplies $\log p$ by $s = 1 - \lambda + \lambda k\alpha$. With $k = 1/\alpha$, α measured
# at the first networks, $s = 1$: every density is a **fixed point**, and whatever moves departs from the law. With $k = ½$, the root information of
# [R69](loss_comparison_numerics.ipynb), $s < 1$ as long as $\alpha < 2$, and all ends at **uniform**. Here α is {glue:text}`alpha:.2f`, its inverse
# {glue:text}`power:.2f`, and the root's $s$ {glue:text}`factor_root:.2f`.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
density = "concentrated"  # of generation 0: concentrated, translated, bimodal or reciprocal
generations = 4  # that are trained after generation 0
damping = 0.5  # share of the way that one generation goes; 1 for all of it
replicates = None  # networks a generation; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, fisher, plotting, stats, theory
from fisherkit.curves import normalised_information
from fisherkit.densities import normalised
from fisherkit.iteration import BINS, SMALLEST, Iteration, distance, effective_width, moves
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether

plotting.use_style()

sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=[loss],
    encodings=["linear"],
    densities=[density],
    replicates=replicates,
    seed=seed,
)
iterations = {
    "inverse": Iteration(sweep, generations, None, damping),
    "root": Iteration(sweep, generations, 0.5, damping),
}

# %% tags=["hide-input"]
inverse, root = iterations.values()
NAMES = {"inverse": "the inverse power", "root": "the root"}
LABELS = {"inverse": r"inverse power, $p \leftarrow I^{1/\alpha}$", "root": r"root, $p \leftarrow \sqrt{I}$"}
STYLES = {
    "inverse": {"color": "#44AA99", "marker": "o"},
    "root": {"color": "#AA4499", "marker": "s", "linestyle": "--"},
}
steps, alpha, middles = inverse.steps, inverse.exponent, inverse.angles
at, bin_width, flat = range(steps + 1), middles[1] - middles[0], np.full(BINS, 1 / BINS)
train = sweep.faces.subset("train")
networks = len(sweep.conditions)
densities = {name: [one.after(step) for step in at] for name, one in iterations.items()}
widths = {name: [one.number(effective_width, step) for step in at[1:]] for name, one in iterations.items()}
start = inverse.after(0)
bands = "Bands: 95 %, over networks and people." if networks > 1 else "One network has no interval."
condition = f"{loss.capitalize()} loss, {plotting.counted(networks, 'network')} per generation, damping {damping:g}."
keep("networks", networks)
keep("trained", networks + inverse.networks + root.networks)
keep("all_steps", steps)
keep("alpha", alpha)
keep("power", inverse.chosen_power)
keep("factor_root", root.factor)
keep("width_start", effective_width(start))
for name, of in widths.items():
    keep(f"width_{name}", of[-1])

# %% [markdown]
# ## Where do the densities go?

# %% tags=["hide-input"]
figure, axes = plotting.panels(2, columns=2, sharex=True, sharey=True)
for axis, (name, lines) in zip(axes, densities.items(), strict=True):
    for step, (line, colour) in enumerate(zip(lines, plotting.shades(len(lines)), strict=True)):
        axis.plot(middles, line / bin_width, color=colour, label={0: "start", steps: f"after {steps} steps"}.get(step))
    axis.axhline(1 / np.pi, **plotting.DENSITY_STYLE, label="uniform")
    plotting.mark_boundary(axis, np.array(codes.angle_range("linear")).repeat(2))
    axis.set(title=LABELS[name], xlabel=plotting.ANGLE_LABEL, yscale="log")
highest = max(line.max() for lines in densities.values() for line in lines) / bin_width
axes[0].set(ylabel="density p(θ) (rad⁻¹)", ylim=(SMALLEST / bin_width / 2, 2 * highest))
figure.legend(*axes[0].get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=3)
told = ", ".join(f"{in_words(widths[name][-1])} rad wide under {NAMES[name]}" for name in iterations)
plotting.show(
    figure,
    id="Q14-densities",
    caption=f"After {steps} steps the density is {told}; it was {effective_width(start):.2f} rad wide. {condition} Linear encoding, from the {density} "
    f"density on, {len(train)} faces. From dark to light, the densities trained on and what the last code gives.",
    alt=f"Densities on a logarithmic axis, shades by step, one panel per iteration: after {steps} steps {told}.",
    data=pd.concat(
        pd.DataFrame({"iteration": name, "step": step, "angle": middles, "density": line / bin_width})
        for name, lines in densities.items()
        for step, line in enumerate(lines)
    ),
)

# %% tags=["hide-input"]
share_of_peak = start / start.max()
CLASSES = {"above ½": (0.5, 2), "0.1 to ½": (0.1, 0.5), "0.01 to 0.1": (0.01, 0.1), "below 0.01": (0, 0.01)}
members = {words: (low < share_of_peak) & (share_of_peak <= high) for words, (low, high) in CLASSES.items()}
table = [
    {"at the start, as a share of the peak": words, "at the start": 100 * start[of].sum()}
    | {NAMES[name]: one.number(lambda p, of=of: 100 * p[..., of].sum(axis=-1), steps) for name, one in iterations.items()}
    for words, of in members.items()
    if of.any()
]  # fmt: skip
tabulate(
    pd.DataFrame(table),
    f"Share of the probability (%) at the start and after {steps} steps, by what the density was at the start.",
    collapsed=True,
)

# %% [markdown]
# Intervals leave each network and each person out of all generations in turn (the jackknife), and carry what that changes on by the law's $s$.
#
# ## Do the steps die out?
#
# Distances of densities are Jensen–Shannon distances (0: the same, 1: without overlap). A step's **scatter** is how far, by the jackknife, other networks
# and people would have set the density. Even if nothing moved, steps would be about as large: **a step within its scatter is no movement**. Beyond the
# scatter times Student's 97.5 % quantile it is one; between the two, it is undecided.

# %% tags=["hide-input"]
lengths = {name: [one.moved(step) for step in at[1:]] for name, one in iterations.items()}
since = {name: [one.moved(step, since_start=True) for step in at[1:]] for name, one in iterations.items()}
from_uniform = {name: [float(distance(flat, line)) for line in lines] for name, lines in densities.items()}
for name in iterations:
    keep(f"first_step_{name}", lengths[name][0].mean)
    keep(f"last_step_{name}", lengths[name][-1].mean)
    keep(f"from_start_{name}", since[name][-1].mean)
    keep(f"from_uniform_{name}", from_uniform[name][-1])
    keep(f"moving_steps_{name}", sum(moves(one) is True for one in lengths[name]))
    if networks > 1:
        keep(f"last_scatter_{name}", lengths[name][-1].standard_error)
        keep(f"scatter_from_start_{name}", since[name][-1].standard_error)

# %% tags=["remove-input"]
ends = [of[-1] for of in lengths.values()]
fates = [moves(one) for one in ends]
conclude(
    "Q14",
    how_much(np.nan if None in fates else fates.count(False) / 2),
    most=("answered", "After {steps} steps **no movement is seen any more**: the last step is {inverse_times:.1f} times its scatter under the inverse power, {root_times:.1f} times under the root."),
    some=("answered", "After {steps} steps **one of two iterations is still seen to move**: the last step is {inverse_times:.1f} times its scatter under the inverse power, {root_times:.1f} times under the root."),
    none=("answered", "**Not within {steps} steps**: both iterations still move. The last step is {inverse_times:.1f} times its scatter under the inverse power, {root_times:.1f} times under the root."),
    undecided=("undecided", "Whether both iterations still move after {steps} steps is **undecided**: the last step goes {inverse:.3f} under the inverse power and {root:.3f} under the root."),
    steps=steps, inverse=ends[0].mean, root=ends[1].mean, inverse_times=ends[0].mean / ends[0].standard_error,
    root_times=ends[1].mean / ends[1].standard_error,
)  # fmt: skip
drift = since["inverse"][-1]
conclude(
    "Q14-law",
    whether(moves(drift)),
    so=("answered", "**The law fails**: under the inverse power the density has gone {drift:.2f} from the start, {times:.1f} times its scatter."),
    not_so=("undecided", "Under the inverse power **no drift is seen**: the density has gone {whole}, {times:.1f} times its scatter, in which one could hide."),
    undecided=("undecided", "Whether the law holds is undecided: under the inverse power the density has gone {drift:.2f} from the start."),
    drift=drift.mean, whole=drift, times=drift.mean / drift.standard_error,
)  # fmt: skip
for name, one in iterations.items():
    change = one.number(lambda p: distance(flat, p) - distance(flat, start), steps)
    conclude(
        f"Q14-uniform-{name}",
        change.side(),
        above=("answered", "Under {named} the density goes **away** from uniform: the distance changes by {change}, to {left:.2f}."),
        below=("answered", "Under {named} the density goes towards uniform: the distance changes by {change}, to {left:.2f}."),
        open=("undecided", "Whether the density goes towards uniform under {named} is undecided: the distance changes by {change}, to {left:.2f}."),
        undecided=("undecided", "Under {named}, the distance from uniform changes by {change}, to {left:.2f}."),
        named=NAMES[name], change=change, left=from_uniform[name][-1],
    )  # fmt: skip

# %% tags=["hide-input"]
figure, (left, middle, right) = plotting.panels(3, columns=3)
for name in iterations:
    style = {**STYLES[name], "markersize": 4}
    dotted = {"color": style["color"], "linestyle": ":", "linewidth": 1.2, "label": f"scatter, {NAMES[name]}"}
    for axis, of, first in ((left, lengths[name], []), (middle, since[name], [0.0])):
        values = [*first, *(one.mean for one in of)]
        axis.plot(at[-len(values) :], values, **style, label=LABELS[name])
        if networks > 1:
            axis.plot(at[1:], [one.standard_error for one in of], **dotted)
    right.plot(at, from_uniform[name], **style, label=LABELS[name])
for axis, title, top in ((left, "of each step", None), (middle, "from the start", 1), (right, "from uniform", 1)):
    axis.set(title=title, xlabel="step", ylim=(0, top), xticks=at)
left.set_ylabel("Jensen–Shannon distance")
figure.legend(*left.get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=4)
table = pd.DataFrame(
    {"iteration": name, "step": step, "length": length.mean, "scatter": length.standard_error, "from_start": whole.mean,
     "scatter_from_start": whole.standard_error, "from_uniform": from_uniform[name][step]}
    for name in iterations
    for step, length, whole in zip(at[1:], lengths[name], since[name], strict=True)
)  # fmt: skip
told = " and ".join(f"{of[-1].mean:.3f} under {NAMES[name]}" for name, of in lengths.items())
plotting.show(
    figure,
    id="Q14-distance",
    caption=f"The last step goes {told}. Dotted: the scatter that other networks and people would bring. Step 1 is the one that the code of "
    "generation 0 takes.",
    alt=f"Distances against the number of the step, one panel each for steps, start and uniform; the last step goes {told}.",
    data=table,
)

# %% [markdown] needs={"replicates": 2}
# Of {glue:text}`all_steps` steps, {glue:text}`moving_steps_inverse` are movements under the inverse power and {glue:text}`moving_steps_root` under the root.

# %% [markdown]
# ## Is it a floor?
#
# The effective width, $\exp\left(-\!\int p\log p\,d\theta\right)$, is that of the uniform density of the same entropy. Two predictions come from
# generation 0 alone. The **law**: $p_g \propto p_0^{\,s^g}$. The **law with a floor**: $I \propto r^a + b$, $r$ the density as a share of its peak, iterated
# with the same $k$; the first networks have $a$ = {glue:text}`exponent_with_a_floor:.2f` and $b$ = {glue:text}`floor_percent:.2g` % of what is at the
# peak. With a floor no density is a fixed point of the inverse power: for $k = 1/a$ what is rare grows, and all ends at uniform; for $ka > 1$ the density
# narrows first, for $ka < 1$ it widens.

# %% tags=["hide-input"]
steep, floor = stats.fit_exponent_with_floor(inverse.information(0).values.mean(axis=0), start)
laws = {
    name: {"law": one.predicted(alpha), "law with a floor": one.predicted(steep, floor)}
    for name, one in iterations.items()
}
rare = start <= 0.1 * start.max()
law_widths = {name: {law: effective_width(np.array(lines)) for law, lines in of.items()} for name, of in laws.items()}
keep("exponent_with_a_floor", steep)
keep("floor", floor)
keep("floor_percent", 100 * floor)
for name, one in iterations.items():
    for law, line in law_widths[name].items():
        keep(f"width_{law.replace(' ', '_')}_{name}", line[-1])
    before = effective_width(one.after(steps - 1))
    change = one.number(lambda p, before=before: effective_width(p) - before, steps, since_start=False)
    keep(f"last_change_{name}", change)
    keep(f"rare_gain_{name}", one.number(lambda p: p[..., rare].sum(axis=-1) - start[rare].sum(), steps))
ended = densities["inverse"][-1]
left_by = {law: float(distance(ended, lines[-1])) for law, lines in laws["inverse"].items()}
keep("drift_not_explained_by_a_floor", left_by["law with a floor"] / left_by["law"])
keep("rare_gain_by_a_floor", laws["inverse"]["law with a floor"][-1][rare].sum() - start[rare].sum())

# %% tags=["hide-input"]
figure, axes = plotting.panels(2, columns=2, sharey=True)
rows = []
for axis, name in zip(axes, iterations, strict=True):
    found = pd.DataFrame([{"estimate": effective_width(start)}, *(one.ends for one in widths[name])])
    axis.plot(at, found["estimate"], color="black", marker="o", markersize=4, label="networks")
    if networks > 1:
        axis.fill_between(at, found["low"], found["high"], color="black", alpha=0.2, linewidth=0)
    for (law, line), dash in zip(law_widths[name].items(), ("--", ":"), strict=True):
        axis.plot(at, line, color="0.45", linestyle=dash, label=law)
    axis.axhline(np.pi, color="0.7", linewidth=1, zorder=0)
    axis.set(title=LABELS[name], xlabel="step", ylim=(0, 1.05 * np.pi), xticks=at)
    rows.append(found.assign(iteration=name, step=at, **law_widths[name]))
axes[0].set_ylabel("effective width (rad)")
figure.legend(*axes[0].get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=3)
told = "; ".join(
    f"{in_words(widths[name][-1])} rad under {NAMES[name]}, by the law {of['law'][-1]:.2f}, with a floor {of['law with a floor'][-1]:.2f}"
    for name, of in law_widths.items()
)
plotting.show(
    figure,
    id="Q14-width",
    caption=f"After {steps} steps the width is {told}. Horizontal line: uniform. {bands}",
    alt=f"Effective width against the step, one panel per iteration, with two predictions: {told}.",
    data=pd.concat(rows),
)

# %% tags=["remove-input"]
conclude(
    "Q14-floor",
    widths["inverse"][-1].against(law_widths["inverse"]["law with a floor"][-1]),
    holds=("answered", "A floor as that of generation 0 **fits** the inverse power: the width would be {said:.2f} rad, inside {width}. The density is {left:.2f} from what the floor says, {drift:.2f} from what the law says."),
    excludes=("answered", "A floor as that of generation 0 does **not** describe the inverse power: the width would be {said:.2f} rad, outside {width}. The density is {left:.2f} from what the floor says, {drift:.2f} from what the law says."),
    undecided=("undecided", "One network has no interval: with a floor the width is {said:.2f} rad under the inverse power, of networks {width}. The density is {left:.2f} from what the floor says, {drift:.2f} from what the law says."),
    said=law_widths["inverse"]["law with a floor"][-1],
    width=widths["inverse"][-1],
    left=left_by["law with a floor"],
    drift=left_by["law"],
)  # fmt: skip

# %% [markdown]
# ## Does the exponent stay?
#
# By the law all densities have one α. Here each generation has its own, where the density that it was trained on exceeds a tenth of its peak.

# %% tags=["hide-input"]
fits = {
    name: {g: curves.exponent_of(one.precision(g), one.sweep(g).conditions[0].density) for g in range(steps)}
    for name, one in iterations.items()
}
rows = pd.DataFrame(
    {"iteration": name, "generation": g, **fit.ends} for name, of in fits.items() for g, fit in of.items()
)
figure, (axis,) = plotting.panels(1)
figure.set_size_inches(5.2, 3.6)
axis.axhline(alpha, color="0.7", linewidth=1, zorder=0)
for name, of in rows.groupby("iteration", sort=False):
    axis.plot(of["generation"], of["estimate"], **STYLES[name], markersize=4, label=LABELS[name])
    if networks > 1:
        axis.fill_between(of["generation"], of["low"], of["high"], color=STYLES[name]["color"], alpha=0.2, linewidth=0)
top = max(1.6 * rows["estimate"].max(), 1.2 * alpha)
axis.set(
    xlabel="generation", ylabel="exponent α", ylim=(min(0, 1.2 * rows["estimate"].min()), top), xticks=range(steps)
)
figure.legend(*axis.get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=2)
told = ", ".join(
    f"from {in_words(of[0])} to {in_words(of[generations])} under {NAMES[name]}" for name, of in fits.items()
)
plotting.show(
    figure,
    id="Q14-exponent",
    caption=f"The exponent goes {told}. At {BINS} angles. Horizontal line: the α that the power was made of. {bands} What is wider is cut off.",
    alt=f"Exponent against the generation, one line per iteration: {told}.",
    data=rows,
    collapsed="The exponent of each generation, drawn",
)

# %% tags=["remove-input"]
for name, of in fits.items():
    end = of[generations]
    keep(f"exponent_first_{name}", of[0])
    keep(f"exponent_last_{name}", end)
    shrink = 1 - damping + damping * iterations[name].chosen_power * end.mean
    conclude(
        f"Q14-exponent-{name}",
        (end - of[0]).side(),
        above=("answered", "Under {name} the exponent **rises** by {change}: a departure from the law, beside any floor. With the last α, $s$ is {shrink}."),
        below=("answered", "Under {name} the exponent **falls** by {change}: a departure from the law, beside any floor. With the last α, $s$ is {shrink}."),
        open=("undecided", "Under {name}, whether the exponent stays is undecided: it changes by {change}. With the last α, $s$ is {shrink}."),
        undecided=("undecided", "Under {name} the exponent changes by {change}. With the last α, $s$ is {shrink}."),
        name=NAMES[name], change=end - of[0], shrink=shrink,
    )  # fmt: skip

# %% needs={"density": ["concentrated", "translated", "bimodal", "reciprocal"]} tags=["remove-input"]
flank = members["0.01 to 0.1"]
of_first = inverse.precision(0)
local = stats.fit_exponent(
    of_first.values.values[:, flank], start[flank], without={label: left[..., flank] for label, left in of_first.without.items()}
)  # fmt: skip
steeper = local - fits["root"][0]
keep("exponent_on_the_flank", local)
conclude(
    "Q14-flank",
    steeper.side(),
    above=("answered", "Where the density is between a hundredth and a tenth of its peak, the first networks have α = {local}, {steeper} above that near the peak: the information falls off **faster** there, and one power does not describe this code."),
    below=("answered", "Where the density is between a hundredth and a tenth of its peak, the first networks have α = {local}, {steeper} from that near the peak: the information falls off **more slowly** there, and one power does not describe this code."),
    open=("undecided", "Where the density is between a hundredth and a tenth of its peak, the first networks have α = {local}; whether that is another exponent is undecided ({steeper})."),
    undecided=("undecided", "Where the density is between a hundredth and a tenth of its peak, one network has α = {local}."),
    local=local, steeper=steeper,
)  # fmt: skip

# %% [markdown] needs={"density": "concentrated", "loss": "linear"}
# **R69** claims that p ← √p converges. It is algebra, undamped and with α = 1; its limit is uniform. With the α of these networks, the law's width would be
# {glue:text}`width_law_root:.2f` rad by now; it is {glue:text}`width_root`.

# %% tags=["hide-input"]
grid = codes.angle_grid("linear", angles)
last = {name: one.sweep(generations) for name, one in iterations.items()}
trained_on = {name: of.conditions[0].density.pdf(grid) for name, of in last.items()}
said = {name: normalised(p**alpha, grid) for name, p in trained_on.items()}
information, excess, scatter = {}, {}, {}
for name, of in last.items():
    code = fisher.embed_with_tangents(of.ensemble(), train.images, grid)
    information[name] = curves.positive_information(code, train).curve(normalised_information)
    common, p = curves.common_angles(of.conditions[0].density, grid), trained_on[name]
    off = np.log(information[name].values.values.mean(axis=0) / said[name])[common]
    scatter[name] = float(np.exp(off.std()))
    low = p < 0.1 * p.max()
    if low.any():
        weights = low / low.sum() - common / common.sum()
        depart = information[name].number(lambda of, law=said[name], weights=weights: np.log(of / law) @ weights)
        excess[name] = depart.exp()
        keep(f"excess_where_rare_{name}", excess[name])

# %% tags=["hide-input"]
figure, axes = plotting.panels(2, columns=2, sharey=True)
rows = []
for axis, (name, found) in zip(axes, information.items(), strict=True):
    lines, colour = found.values.values, STYLES[name]["color"]
    axis.plot(grid, lines.T, color=colour, linewidth=0.6, alpha=0.7)
    axis.plot(grid, lines.mean(axis=0), color=colour, linewidth=2, label=f"networks, {NAMES[name]}")
    axis.plot(grid, said[name], **plotting.DENSITY_STYLE, label=r"$p^\alpha$")
    axis.set(title=LABELS[name], xlabel=plotting.ANGLE_LABEL, yscale="log")
    plotting.mark_boundary(axis, grid)
    rows.append(pd.DataFrame({"iteration": name, "angle": grid, "mean": lines.mean(axis=0), "law": said[name]}))
axes[0].set_ylabel(plotting.NORMALISED_INFORMATION_LABEL)
handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
figure.legend(handles.values(), handles, fontsize="small", loc="outside lower center", ncols=3)
told = " and ".join(f"{scatter[name]:.2f} under {NAMES[name]}" for name in iterations)
plotting.show(
    figure,
    id="Q14-code",
    caption=f"Where training was common, the last code departs from $p^\\alpha$ by a factor of {told} (root mean square of the log). Information of "
    f"generation {generations}, each network thin, their mean thick; dashed, the law of the density that they were trained on.",
    alt=f"Normalised information of the last generation on a logarithmic axis beside powers of the density; it departs by a factor of {told}.",
    data=pd.concat(rows),
    collapsed="The last code, beside the law",
)
table = pd.DataFrame(
    [(NAMES[name], scatter[name], excess.get(name)) for name in iterations],
    columns=["iteration", "where common (root mean square)", "where rare, relative to the rest"],
)
words = "where p is above a tenth of its peak, and below"
tabulate(table, f"By which factor the last code departs from the law, {words}.", collapsed=True)

# %% [markdown]
# ## What this page does not show
#
# - Other chains from the same start, more generations, more networks per generation.
# - Other faces in each generation: what the shared ones do to the information is carried on and may add up.
# - An exponent measured on other angles, which would change $k$; structure finer than a bin, and probabilities below a millionth, which are raised to it.
# - Networks that **go on** training, in place of new ones: that is [finetuning](finetuning.ipynb).
#
# ## How it was made
#
# {glue:text}`trained` networks were trained for this page, {glue:text}`networks` per generation. The page
# [Where is the code precise?](fisher_information.ipynb) tells how information is measured; the [theory page](theory.md) derives the law.

# %% tags=["hide-input"]
settings = {
    "preset": preset, "faces": f"{len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people", "loss": loss,
    "density at the start": density, "generations after it": generations, "damping λ": f"{damping:g}", "equal bins": BINS,
    "the law's α at β = ½": theory.predicted_exponent(codes.LOSS_ORDERS[loss]), "the law's α at β = 1": theory.predicted_exponent(codes.LOSS_ORDERS[loss], 1.0),
}  # fmt: skip
tabulate(pd.DataFrame(settings.items(), columns=["parameter", "value"]), "Parameters of this run.", collapsed=True)
