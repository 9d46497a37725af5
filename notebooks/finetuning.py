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
# # Does a code forget what it was trained on?

# %% [markdown] needs={"constraints": ["frozen", "low-data"], "encodings": ["linear"], "loss": "linear", "preset": ["smoke", "quick", "paper"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`few-or-frozen:myst` {glue:md}`Q12:myst`
#
# There, on the way to the uniform density, adaptation (0: the old code, 1: the new one) is {glue:text}`adaptation_linear_uniform_low-data` with few data
# and {glue:text}`adaptation_linear_uniform_frozen` with a frozen first layer; on the way to the concentrated one,
# {glue:text}`adaptation_linear_concentrated_low-data` and {glue:text}`adaptation_linear_concentrated_frozen`.
#
# The caveat: there is one dose of each constraint, a quarter of the samples and one frozen layer.
# :::

# %% [markdown]
# A network that was trained on one density of angles goes on with the other one. Something holds it back: its first layer stays as it was
# (**frozen**), or it sees a quarter of the new samples (**low-data**), in as many steps. Shown are the checkpoints best on **validation**, as in the
# original.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
encodings = ["linear", "circular"]  # of linear, circular, geodesic
constraints = ["frozen", "low-data"]  # of frozen, low-data, none, optimiser kept
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, experiments, plotting, presets
from fisherkit.adaptation import OTHER, TuningStudy
from fisherkit.checks import check_names
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether

plotting.use_style()

check_names("encodings", encodings, codes.ENCODINGS)
check_names("constraints", constraints, tuple(experiments.CONSTRAINTS))
# Where networks stop early, no epoch can be promised to be kept, nor the optimiser of the last one.
last = presets.preset(preset).epochs if presets.preset(preset).patience is None else 0
kept_epochs = sorted({2**k for k in range(last.bit_length()) if 2**k < last} | ({last} if last else set()))
compared = list(dict.fromkeys([*constraints, *(("none", "optimiser kept") if last else ())]))
sweeps = {
    encoding: experiments.finetuning(
        preset,
        faces=faces,
        loss=loss,
        encodings=[encoding],
        constraints=compared if encoding == "linear" else constraints,
        replicates=replicates,
        seed=seed,
        kept_epochs=kept_epochs if encoding == "linear" else [],
    )
    for encoding in encodings
}

# %% tags=["hide-input"]
studies = {encoding: TuningStudy(sweep, angles=angles) for encoding, sweep in sweeps.items()}
first = studies[encodings[0]]
adaptations = {(e, d, c): study.adaptation(d, c) for e, study in studies.items() for d in OTHER for c in constraints}
for (e, d, c), found in adaptations.items():
    keep(f"adaptation_{e}_{d}_{c.replace(' ', '_')}", found)
per_epoch = first.sweep.preset.samples // first.sweep.preset.batch
keep("networks", first.networks)
keep("steps", first.sweep.preset.epochs * per_epoch)

STYLES = {
    "old code": {"color": "0.5", "linestyle": ":"},
    "new code": {"color": "black", "linestyle": "-"},
    "none": {"color": "#AA4499", "linestyle": "-.", "marker": "D"},
    "frozen": {"color": "#332288", "linestyle": "-", "marker": "s"},
    "low-data": {"color": "#999933", "linestyle": "--", "marker": "o"},
    "optimiser kept": {"color": "#44AA99", "linestyle": ":", "marker": "^"},
}
colours = {name: style["color"] for name, style in STYLES.items()} | {"swapped": "0.6", "few steps": "0.4"}
conditions = f"{loss.capitalize()} loss, {plotting.counted(first.networks, 'network')} per condition."
bars = "Bars: 95 %, over networks and people." if first.networks > 1 else "One network has no interval."

# %% [markdown]
# (the-swap)=
# ## How far does a code go over?
#
# Let $c_0$ be the normalised root information before tuning, and $c_1$ that of a network trained on the new density from the start. The **adaptation** $a$
# is the number for which $(1 - a)\,c_0 + a\,c_1$ comes nearest to the tuned network's curve.
#
# The original stored its frozen networks under the density that they were *pretrained* on, its low-data networks under the one that they were *tuned* on,
# and read both alike. Its low-data curves are therefore those of the other direction: the adaptation that they show is one minus the real one (grey). Its
# frozen curves stand.

# %% needs={"constraints": ["frozen", "low-data"]} tags=["hide-input"]
rows = pd.DataFrame(
    {"row": f"{e}, {OTHER[d]}, then {d}: {name}", "kind": kind, **found.ends}
    for e in encodings
    for d in OTHER
    for name, kind, found in (
        ("frozen", "frozen", adaptations[e, d, "frozen"]),
        ("low-data", "low-data", adaptations[e, d, "low-data"]),
        ("low-data, swapped", "swapped", 1 - adaptations[e, OTHER[d], "low-data"]),
    )
)
gaps = [adaptations[e, d, "low-data"] - adaptations[e, d, "frozen"] for e in encodings for d in OTHER]
further = [gap.side() == "above" for gap in gaps]
told = "; ".join(
    f"{e} encoding, {OTHER[d]}, then {d}, {in_words(adaptations[e, d, 'frozen'])} (frozen) and {in_words(adaptations[e, d, 'low-data'])} (low-data)"
    for e in encodings
    for d in OTHER
)
plotting.show(
    plotting.interval_rows(rows, "adaptation", colours, marks={0: "old code", 1: "new code"}),
    id="swap",
    caption=f"With few data, adaptation is clearly larger in {sum(further)} of {len(further)} conditions. Grey: what the original took for it. "
    f"{conditions} {len(first.faces)} training faces. {bars}",
    alt=f"Points with intervals of the adaptation: {told}.",
    data=rows.drop(columns="kind"),
)

# %% needs={"constraints": ["frozen", "low-data"]} tags=["remove-input"]
conclude(
    "few-or-frozen",
    how_much(np.mean(further) if gaps[0].several else np.nan),
    most=("answered", "Few data hold a code back less than a frozen first layer does: clearly so in {further} of {of} conditions."),
    some=("answered", "That few data hold a code back less than a frozen first layer does is clear in {further} of {of} conditions only."),
    none=("answered", "In no condition do few data clearly hold a code back less than a frozen first layer does."),
    undecided=("undecided", "With one network per condition, nothing says which constraint holds a code back more."),
    further=sum(further), of=len(further),
)  # fmt: skip

# %% [markdown]
# ## What do the codes look like?


# %% tags=["hide-input"]
def draw_codes(encoding, *, id, also, finding, collapsed=""):
    """A row for each direction, a panel for each constraint, with the old code and the new one."""
    study = studies[encoding]
    directions = [(new, old, constraint) for new, old in OTHER.items() for constraint in constraints]
    figure, axes = plotting.panels(len(directions), columns=len(constraints), sharex=True, sharey="row")
    rows = []
    for axis, (new, old, constraint) in zip(axes, directions, strict=True):
        tuned = study.code(new, constraint).values.values
        lines = {"old code": study.code(old), "new code": study.code(new), constraint: study.code(new, constraint)}
        for name, line in lines.items():
            mean = line.values.values.mean(axis=0)
            axis.plot(
                study.grid, mean, color=colours[name], linestyle=STYLES[name]["linestyle"], linewidth=2, label=name
            )
            rows.append(pd.DataFrame({"tuned_on": new, "curve": name, "angle": study.grid, "mean": mean}))
        axis.plot(study.grid, tuned.T, color=colours[constraint], linewidth=0.6, alpha=0.7)
        axis.set(ylim=(0, None), xlabel=plotting.ANGLE_LABEL, ylabel="√I, normalised (rad⁻¹)")
        axis.set_title(f"tuned on {new}: {constraint}", fontsize="small")
        axis.label_outer()
        plotting.mark_boundary(axis, study.grid)
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=len(handles), fontsize="small")
    plotting.show(
        figure,
        id=id,
        also=also,
        caption=f"{finding} Above {id}, below {also[0]}. Lines are means; each tuned network is thin.",
        alt=f"Codes of the {encoding} encoding before and after tuning. {finding}",
        data=pd.concat(rows),
        collapsed=collapsed,
    )


# %% needs={"constraints": ["frozen", "low-data"], "encodings": ["linear"]} tags=["hide-input"]
peaks = {c: studies["linear"].height("concentrated", c) for c in ("frozen", "low-data")}
finding = f"Tuned on concentrated, the linear code peaks at {in_words(peaks['frozen'])} rad⁻¹ with a frozen layer and at {in_words(peaks['low-data'])} rad⁻¹ with few data."  # fmt: skip
draw_codes("linear", id="R76", also=("R77",), finding=finding)

# %% needs={"constraints": ["frozen", "low-data"], "encodings": ["linear"], "loss": "linear"} tags=["remove-input"]
frozen, few = (adaptations["linear", "uniform", c] for c in ("frozen", "low-data"))
sides = frozen.side(0.5), few.side(0.5)
stands = np.nan if {"open", "undecided"} & set(sides) else ((sides[0] == "above") + (sides[1] == "below")) / 2
conclude(
    "R76",
    how_much(stands),
    most=("yes", "**R76** stands: tuning on uniform works poorly with few data (adaptation {few}), and a frozen network at least comes nearer to uniform ({frozen})."),
    some=("in part", "**R76** (*tuning on uniform works poorly; frozen at least resembles uniform*) stands in part: adaptation is {few} with few data (swapped: {swapped}) and {frozen} with frozen weights. The first should be below ½, the second above."),
    none=("no", "**R76** (*tuning on uniform works poorly; frozen at least resembles uniform*) falls in both parts: adaptation is {few} with few data (swapped: {swapped}) and {frozen} with frozen weights."),
    undecided=("undecided", "**R76** (*tuning on uniform works poorly; frozen at least resembles uniform*) is undecided: adaptation is {few} with few data (swapped: {swapped}) and {frozen} with frozen weights, and of at least one the side of ½ is open."),
    frozen=frozen, few=few,
    swapped=1 - adaptations["linear", "concentrated", "low-data"],
)  # fmt: skip
spikier = peaks["frozen"] - peaks["low-data"]
conclude(
    "R77",
    spikier.side(),
    above=("yes", "**R77** (*frozen spikier, low-data smoother*) stands: frozen codes peak higher, by {gap} rad⁻¹."),
    below=("no", "**R77** (*frozen spikier, low-data smoother*) falls: frozen codes are the **less** spiky ones, frozen less low-data {gap} rad⁻¹. The smooth curve was the swapped one."),
    open=("undecided", "**R77** (*frozen spikier, low-data smoother*) is undecided: frozen less low-data, the peaks differ by {gap} rad⁻¹."),
    undecided=("undecided", "**R77**: one network has no interval; frozen less low-data, the peaks differ by {gap} rad⁻¹."),
    gap=spikier,
)  # fmt: skip

# %% needs={"constraints": ["frozen", "low-data"], "encodings": ["circular"]} tags=["hide-input"]
least = {c: in_words(adaptations["circular", "concentrated", c]) for c in ("frozen", "low-data")}
finding = f"Tuned on concentrated, the circular code adapts by {least['frozen']} with a frozen layer and by {least['low-data']} with few data."
draw_codes("circular", id="R78", also=("R79",), finding=finding, collapsed="The codes of the circular encoding")

# %% needs={"constraints": ["frozen", "low-data"], "encodings": ["circular"], "loss": "linear"} tags=["remove-input"]
further = adaptations["circular", "concentrated", "low-data"] - adaptations["circular", "concentrated", "frozen"]
conclude(
    "R79",
    further.side(),
    above=("in part", "**R79** (*low-data adapts more than frozen*) holds of these networks, by {gap}, but not by the original's evidence, the swapped curve, which has {swapped}. Its low-data networks also took only a quarter of the steps."),
    below=("no", "**R79** (*low-data adapts more than frozen*) falls: low-data adapts **less**; the difference is {gap}."),
    open=("undecided", "**R79** (*low-data adapts more than frozen*) is undecided: the difference is {gap}. The original's own evidence, the swapped curve, falls: it has {swapped}."),
    undecided=("undecided", "**R79**: one network has no interval; low-data adapts more than frozen by {gap} (swapped curve: {swapped})."),
    gap=further,
    swapped=1 - adaptations["circular", "uniform", "low-data"],
)  # fmt: skip

# %% [markdown]
# (q12)=
# ## How do the two differ as constraints? (Q12)
#
# A frozen first layer should limit **what the code can be**, few samples **what the network can know**. Both stand beside networks tuned without a
# constraint (**none**), and beside some that kept their optimiser (**optimiser kept**: they go on from the last epoch, with Adam's moments of then). All are
# in the linear encoding, compared in pairs that began alike.


# %% needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]} tags=["hide-input"]
def draw_constraints(found, ticks):
    """A panel for each direction and a line for each constraint, of estimates by both, None where a line breaks."""
    figure, axes = plotting.panels(2, columns=2, sharey=True)
    rows = []
    for axis, density in zip(axes, OTHER, strict=True):
        for shift, constraint in enumerate(compared):
            of = pd.DataFrame([{} if one is None else one.ends for one in found[density, constraint]])
            bars = [of["estimate"] - of["low"], of["high"] - of["estimate"]] if first.networks > 1 else None
            place = np.arange(len(of)) + 0.08 * (shift - (len(compared) - 1) / 2)
            axis.errorbar(
                place, of["estimate"], bars, **STYLES[constraint], markersize=4, linewidth=1.2, label=constraint
            )
            rows.append(of.assign(tuned_on=density, constraint=constraint, at=ticks).dropna())
        axis.set_title(f"{OTHER[density]}, then {density}")
        axis.set_xticks(range(len(ticks)), ticks, fontsize="small")
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=len(compared), fontsize="small")
    return figure, axes, pd.concat(rows)


# %% needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]} tags=["hide-input"]
tuning = studies["linear"]
pairs = [(d, c) for d in OTHER for c in compared]
way = {(*pair, epoch): tuning.adaptation(*pair, epoch=epoch) for pair in pairs for epoch in kept_epochs}
best = {pair: tuning.adaptation(*pair) for pair in pairs}
for d, c in pairs:
    name = f"{c.replace(' ', '_')}_{d}"
    keep(f"adaptation_end_{name}", best[d, c])
    keep(f"adaptation_first_{name}", way[d, c, kept_epochs[0]])
    keep(f"adaptation_last_{name}", way[d, c, last])
keep("checkpoints_apart", max(np.abs(best[pair].values - way[*pair, last].values).max() for pair in pairs))
of_pair = {pair: [*(way[*pair, epoch] for epoch in kept_epochs), None, best[pair]] for pair in pairs}
figure, axes, data = draw_constraints(of_pair, [*map(str, kept_epochs), "", "best"])
for axis in axes:
    axis.set(ylim=(-0.3, 1.5), xlabel="epochs of tuning")
    for value in (0, 1):
        axis.axhline(value, color="0.7", linestyle="--", linewidth=1, zorder=0)
axes[0].set_ylabel("adaptation")
ends = "; ".join(f"{in_words(way[d, c, last])} ({OTHER[d]}, then {d}, {c})" for d, c in pairs)
plotting.show(
    figure,
    id="q12-adaptation",
    also=("q12-end",),
    caption=f"Without a constraint, adaptation ends at {in_words(way['uniform', 'none', last])} (tuned on uniform) and "
    f"{in_words(way['concentrated', 'none', last])} (on concentrated). Epochs have {per_epoch} steps; at the right, checkpoints best on validation. {bars}",
    alt=f"Adaptation against the epochs of tuning, one panel per direction; after the last {ends}.",
    data=data,
)

# %% [markdown] needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]}
# The two checkpoints of a network differ in adaptation by up to {glue:text}`checkpoints_apart:.2f`. So constraints are compared after the last epoch.
#
# What few *steps* cost is read off networks without a constraint, a quarter of the way. The rate has not come down there, which makes few steps look worse
# than they need be.

# %% needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]} tags=["hide-input"]
asked = (("frozen", "none"), ("low-data", "none"), ("optimiser kept", "none"), ("frozen", "low-data"))
asked = [pair for pair in asked if set(pair) <= set(compared)]
quarter = min(kept_epochs, key=lambda epoch: abs(np.log(4 * epoch / last)))
differences = {
    (d, *pair): (best[d, pair[0]] - best[d, pair[1]], way[d, pair[0], last] - way[d, pair[1], last])
    for d in OTHER
    for pair in asked
}
for (d, one, two), (of_best, _) in differences.items():
    keep(f"difference_{one}_{two}_{d}".replace(" ", "_"), of_best)
few_steps = {d: way[d, "none", quarter] - way[d, "none", last] for d in OTHER}
after = []
for d in OTHER:
    to = f"{OTHER[d]}, then {d}: "
    after += [(f"{to}{one} − {two}", one, differences[d, one, two][1]) for one, two in asked]
    after.append((f"{to}few steps − none", "few steps", few_steps[d]))
rows = pd.DataFrame({"row": row, "kind": kind, **found.ends} for row, kind, found in after)
plotting.show(
    plotting.interval_rows(rows, "difference in adaptation", colours, marks={0: "no difference"}),
    id="q12-differences",
    caption=f"{after[0][0].capitalize()} is {in_words(after[0][2])} in adaptation. Paired differences after {last} epochs; few steps: {quarter} epochs. {bars}",
    alt=f"Points with intervals of differences in adaptation: {'; '.join(f'{row}, {in_words(found)}' for row, _, found in after)}.",
    collapsed="What each constraint costs in adaptation, in pairs",
    data=rows.drop(columns="kind"),
)

# %% needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]} tags=["remove-input"]
kept = [differences[d, "optimiser kept", "none"][1] for d in OTHER]
apart = np.mean([one.side() in ("above", "below") for one in kept]) if kept[0].several else np.nan
conclude(
    "Q12-optimiser",
    how_much(apart),
    most=("answered", "Keeping the optimiser makes a difference in both directions: by {uniform} on the way to uniform and {concentrated} to concentrated."),
    some=("answered", "Keeping the optimiser makes a clear difference in one direction only: by {uniform} on the way to uniform and {concentrated} to concentrated."),
    none=("answered", "Keeping the optimiser makes no clear difference: {uniform} on the way to uniform, {concentrated} to concentrated."),
    undecided=("undecided", "With one network, nothing says whether keeping the optimiser makes a difference ({uniform} and {concentrated})."),
    uniform=kept[0], concentrated=kept[1],
)  # fmt: skip

# %% needs={"constraints": ["low-data"], "encodings": ["linear"], "preset": ["smoke", "quick", "paper"]} tags=["remove-input"]
for density in OTHER:
    dearer = way[density, "low-data", last] - way[density, "none", quarter]
    conclude(
        f"Q12-steps-{density}",
        dearer.side(),
        above=("answered", "Tuned on {density}, few steps cost more adaptation than few data do, by {gap}."),
        below=("answered", "Tuned on {density}, few data cost **more** adaptation than few steps do; the difference is {gap}."),
        open=("undecided", "Tuned on {density}, few steps and few data are not told apart: {gap} in adaptation."),
        undecided=("undecided", "Tuned on {density}, few data less few steps is {gap} in adaptation."),
        density=density, gap=dearer,
    )  # fmt: skip

# %% [markdown] needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]}
# ## Is it the code or the knowledge that is limited?
#
# The errors tell. A network that cannot be what it should errs also on what it is shown; one that knows too little errs on the rest alone. Here is the mean
# absolute error on the *pairs* of face and angle that tuning showed (with the linear loss, the training loss of the best epoch), on the same *people* at all
# angles, and on people *never seen*, with angles weighted as in tuning.

# %% needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"]} tags=["hide-input"]
errors = {pair: [tuning.error(*pair, level) for level in tuning.levels] for pair in pairs}
figure, axes, data = draw_constraints(errors, [level.replace(" ", "\n", 1) for level in tuning.levels])
limits = (0.6 * data["estimate"].min(), 1.7 * data["estimate"].max())
axes[0].set(ylabel="mean absolute error (rad)", yscale="log", ylim=limits)
told = ", ".join(f"{in_words(errors['uniform', c][0], '.3f')} rad ({c})" for c in compared)
plotting.show(
    figure,
    id="q12-errors",
    caption=f"Tuned on uniform, errors on {tuning.levels[0]} are {told}. {bars} On pairs, over networks alone.",
    alt=f"Mean absolute error on a logarithmic axis, one panel per direction; tuned on uniform, on {tuning.levels[0]}, {told}.",
    data=data,
)
table = []
for d, c in pairs:
    if c in ("frozen", "low-data"):
        factors = {level: tuning.factor(d, c, level) for level in tuning.levels}
        table.append({"constraint": c, "direction": f"{OTHER[d]}, then {d}", **factors})
        for level, factor in factors.items():
            keep(f"error_factor_{c}_{d}_{level.replace(' ', '_')}", factor)
table = pd.DataFrame(table, columns=["constraint", "direction", *tuning.levels]).sort_values(
    "constraint", kind="stable"
)
words = "Errors under a constraint as multiples of those without one (geometric means over networks)."
tabulate(table, words, collapsed=True)

# %% needs={"constraints": ["frozen", "low-data"], "encodings": ["linear"], "loss": "linear", "preset": ["smoke", "quick", "paper"]} tags=["remove-input"]
limits = {c: tuning.limits(c) for c in ("frozen", "low-data")}
for c, what in {"frozen": "what the code can be", "low-data": "what the network can know"}.items():
    conclude(
        f"Q12-{c}",
        whether(limits[c]),
        so=("answered", "**{name}**: errors are {uniform} (tuned on uniform) and {concentrated} (on concentrated) times those without a constraint on the pairs shown, and larger on the people shown. So it limits {what}."),
        not_so=("answered", "**{name}**: on the pairs shown, errors are {uniform} (tuned on uniform) and {concentrated} (on concentrated) times those without a constraint. These are **not** the signs of a limit on {what}."),
        undecided=("undecided", "**{name}**: on the pairs shown, errors are {uniform} (tuned on uniform) and {concentrated} (on concentrated) times those without a constraint. Whether it limits {what} is not settled here."),
        name=c.capitalize(), what=what,
        **{d: tuning.factor(d, c, "pairs shown") for d in OTHER},
    )  # fmt: skip
conclude(
    "Q12",
    whether(None if None in limits.values() else all(limits.values())),
    so=("answered", "In the linear encoding, freezing limits what the code can be; few data limit what the network can know."),
    not_so=("answered", "In the linear encoding, freezing and few data are **not** told apart as a limit on the code and a limit on knowledge."),
    undecided=("undecided", "Whether, in the linear encoding, freezing limits the code and few data the knowledge is not settled by these networks."),
)  # fmt: skip

# %% needs={"encodings": ["linear"], "preset": ["smoke", "quick", "paper"], "replicates": 2} tags=["hide-input"]
alike = {d: tuning.off_the_line_alike(d) for d in OTHER}
off = {pair: tuning.off_the_line(*pair) for pair in pairs}
table = [
    {"constraint": c, "direction": f"{OTHER[d]}, then {d}", "off the line": off[d, c], "beyond networks trained alike": off[d, c] - alike[d]}
    for d, c in pairs
]  # fmt: skip
d, c = max(pairs, key=lambda pair: off[pair].mean)
furthest = (
    f"{c}, {OTHER[d]}, then {d}: {in_words(off[d, c])}, {in_words(off[d, c] - alike[d])} beyond networks trained alike"
)
words = "How far tuned codes lie off the line from the old code to the new one"
tabulate(pd.DataFrame(table), f"{words}; furthest {furthest}.", collapsed=True)

# %% [markdown]
# ## What this page does not show
#
# - Other doses: another share of the samples, fewer faces, other layers frozen, longer tuning.
# - Whether the answer to Q12 holds in the circular encoding: there, nothing tunes unconstrained.
# - The features of the first layer, and the information of people never seen.
#
# ## How it was made
#
# Of {glue:text}`networks` networks per condition, each was tuned from one of its own, for {glue:text}`steps:,d` steps. The page
# [Where is the code precise?](fisher_information.ipynb) tells how information and bands are made.

# %% tags=["hide-input"]
of = first.sweep.preset
settings = {
    "preset": preset, "faces": f"{len(first.faces)} {first.sweep.faces.source} faces of {len(set(first.faces.person.tolist()))} people", "loss": loss,
    "samples of tuning": of.samples, "with few data": of.samples // 4, "batch": of.batch, "epochs": of.epochs,
}  # fmt: skip
tabulate(pd.DataFrame(settings.items(), columns=["parameter", "value"]), "Parameters of this run.", collapsed=True)
