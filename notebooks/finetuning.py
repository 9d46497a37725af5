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
# # Finetuning: does a code forget what it was trained on?
#
# A network that was trained on one density of angles goes on with the other one. Something holds it back: either its first
# layer stays as it was (**frozen**), or it sees only a quarter of the new samples (**low-data**). Does its code keep the
# density it was pretrained on, or take on the one it was tuned on?
#
# This page shows results R76 to R79 of the original analysis, with both densities named in each condition. Networks go on from
# the checkpoint that was best on training; the curves shown are of the checkpoints best on **validation**. It then answers the
# question Q12, how freezing and low data differ as constraints: in
# [What each constraint holds back](#q12), beside networks from which nothing was held back. How information and
# bands are made is told on the page [Fisher information](fisher_information.ipynb); the words in use are in the
# [table of the introduction](intro.md).
#
# ```{warning}
# The original stored its frozen runs under the density that they were **pretrained** on, and its low-data runs under the one
# that they were **tuned** on, and its figures read both the same way. Its low-data curves therefore show the swapped
# condition: what it took for adapted had been retained, and the other way round. Its frozen curves stand. The section
# [What the swap did](#the-swap) draws both readings, and says which conclusions survive.
# ```

# %% tags=["remove-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, densities, experiments, fisher, plotting, presets, stats
from fisherkit.curves import normalised_root

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
encodings = ["linear", "circular"]  # of linear, circular, geodesic
constraints = ["frozen", "low-data"]  # of frozen, low-data, none, optimiser kept
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
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
grids = {encoding: codes.angle_grid(encoding, angles) for encoding in encodings}

# %% tags=["hide-input"]
sweep = sweeps[encodings[0]]
train = sweep.faces.subset("train")
measured = {e: curves.measure(sweeps[e].ensemble("validation"), train, grids[e], seed=seed) for e in encodings}
networks = len(sweep.select(pretrained_on="uniform", constraint=constraints[0]))
shown = f"{len(train)} training faces at each of {angles} angles"
bands = f"Bands: 95 %, simultaneous, over people{' and networks' if networks > 1 else ''}."
other = {"uniform": "concentrated", "concentrated": "uniform"}
rows = {
    "R76": ("linear", "uniform"),
    "R77": ("linear", "concentrated"),
    "R78": ("circular", "uniform"),
    "R79": ("circular", "concentrated"),
}
colours = {
    "not pretrained": "black", "none": "#AA4499", "frozen": "#332288", "low-data": "#999933", "optimiser kept": "#44AA99",
    "swapped": "0.6", "few steps": "0.4",
}  # fmt: skip
# The original's own condition; in another one its readings have nothing to say.
as_original = loss == "linear"


def alone(encoding, density):
    """Networks trained on one density only; as many as were tuned, replicate by replicate."""
    found = measured[encoding].select(density=density, pretrained_on="nothing")
    return curves.Measured(found.information[:networks], found.draws[:, :networks], found.seed)


def tuned(encoding, density, constraint):
    """Networks tuned on a density, pretrained on the other one."""
    return measured[encoding].select(density=density, pretrained_on=other[density], constraint=constraint)


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{loss} loss, {plotting.counted(networks, 'network')} a condition, each tuned from a network of its own. Tuning on few data "
    f"takes {sweep.preset.samples // 4:,} samples in place of {sweep.preset.samples:,}, in as many steps."
)


# %% [markdown]
# ## How far a code has gone over
#
# To put a number on it: let $c_0$ be the normalised root information of the network before tuning, and $c_1$ that of a network
# trained on the new density from the start, with the same samples. The **adaptation** $a$ is the number for which
# $(1 - a)\,c_0 + a\,c_1$ comes nearest, in least squares over the angle, to the curve of the tuned network. It is 0 where the
# old code was retained and 1 where the new one was reached. Each pretrained network is one independent unit; intervals are over
# these networks.


# %% tags=["hide-input"]
def adaptation(before, after, now):
    """How far curves have gone from those before to those after, each (networks, angle): (networks,)."""
    return ((now - before) * (after - before)).sum(axis=1) / ((after - before) ** 2).sum(axis=1)


def before_after_now(encoding, density, constraint):
    """Curves of the old code, the new one, and the tuned networks: (networks, angle) each."""
    those = (alone(encoding, other[density]), alone(encoding, density), tuned(encoding, density, constraint))
    return tuple(one.lines(normalised_root) for one in those)


adaptations = {(e, d, c): adaptation(*before_after_now(e, d, c)) for e in encodings for d in other for c in constraints}
for (e, d, c), values in adaptations.items():
    plotting.headline(f"adaptation_{e}_{d}_{c}", values.mean())


# %% tags=["hide-input"]
def show_tuned(id, encoding, density):
    """The figure of one encoding and direction."""
    fine = np.linspace(*codes.angle_range(encoding), 400)
    lines = {f"trained on {density} alone": plotting.curve_of(alone(encoding, density), normalised_root, "black")}
    for constraint in constraints:
        lines[f"{other[density]}, then {density}: {constraint}"] = plotting.curve_of(
            tuned(encoding, density, constraint), normalised_root, colours[constraint]
        )
    plotting.show_curves(
        id,
        lines,
        plotting.NORMALISED_ROOT_LABEL,
        references={
            f"p, {name}": (fine, densities.named(name, codes.domain(encoding)).pdf(fine))
            for name in (density, other[density])
        },
        caption=f"{encoding.capitalize()} encoding, {loss} loss, pretrained on {other[density]}, tuned on {density}, all "
        f"networks; {shown}: normalised root information, thin, and its mean, thick, beside networks trained on {density} alone "
        f"(black); the density of tuning dashed, that of pretraining dotted. {bands}",
        alt="Line plot of the normalised root information against the angle, a colour a constraint of tuning, with bands, and "
        "both densities.",
    )


def what_is_seen(encoding, density):
    """One sentence a constraint."""
    sentences = []
    for constraint in constraints:
        estimate, low, high = stats.mean_interval(adaptations[encoding, density, constraint])
        verdict = (
            "the new code was reached, or nearly"
            if estimate > 0.8
            else "nearer to the new code than to the old one"
            if estimate > 0.5
            else "nearer to the old code than to the new one"
            if estimate > 0.2
            else "the old code was retained, or nearly"
        )
        unsure = np.isfinite(low) and low < 0.5 < high
        sentences.append(
            f"**{constraint}**: adaptation {plotting.mean_in_words(adaptations[encoding, density, constraint])}, {verdict}"
            + (" (the interval holds one half: undecided)" if unsure else "")
        )
    plotting.say(f"{encoding.capitalize()} encoding, tuned on {density}: {'; '.join(sentences)}.")


def lacks(id, encoding):
    """Say what the run lacks for a result; whether it does."""
    return plotting.show_lacking(id, encodings=(encoding, encodings), constraints=(("frozen", "low-data"), constraints))


# %% [markdown]
# ## R76 to R79 · Both encodings, both directions
#
# R76 and R77 are of the linear encoding, R78 and R79 of the circular one; R76 and R78 were tuned on uniform, R77 and R79 on
# concentrated.

# %% tags=["hide-input"]
for id, (encoding, density) in rows.items():
    if not lacks(id, encoding):
        show_tuned(id, encoding, density)
        what_is_seen(encoding, density)

# %% [markdown]
# (the-swap)=
# ## What the swap did
#
# In the original's figure for a density $d$, the low-data curve belongs to networks **pretrained** on $d$ and tuned on the
# other density. Read as if they had been tuned on $d$, a network that adapted looks as if it had not: its apparent adaptation is
# one minus its real one. Below, the real adaptation, and beside it the apparent one of the low-data networks.

# %% tags=["hide-input"]
whole = {"frozen", "low-data"} <= set(constraints)
table = []
for id, (e, d) in rows.items():
    if e in encodings and whole:
        for name, values in (
            ("frozen", adaptations[e, d, "frozen"]),
            ("low-data", adaptations[e, d, "low-data"]),
            ("low-data, swapped", 1 - adaptations[e, other[d], "low-data"]),
        ):
            estimate, low, high = stats.mean_interval(values)
            table.append({"row": f"{id}, {e}, on {d}: {name}", "kind": "swapped" if "swapped" in name else name, "estimate": estimate,
                          "low": low, "high": high})  # fmt: skip
if table:
    table = pd.DataFrame(table)
    plotting.show(
        plotting.interval_rows(table, "adaptation", colours, marks={0: "retained", 1: "adapted"}),
        id="swap",
        caption=f"{loss.capitalize()} loss, both encodings that this run has, both directions: adaptation of the tuned networks, and "
        "what the original's figures took for it in the low-data condition (swapped, grey)."
        + (" Intervals: 95 %, over pretrained networks." if networks > 1 else ""),
        alt="Points with intervals, one a condition, of the adaptation, with lines where the old code is retained and where the new "
        "one is reached.",
        data=table.drop(columns="kind"),
    )
else:
    plotting.say("Drawing the swap needs frozen and low-data among the constraints.")


# %% tags=["remove-input"]
def height_of(measured_networks, encoding):
    """Peak of each network's normalised root near the concentrated density's peak: (networks,)."""
    p = densities.named("concentrated", codes.domain(encoding)).pdf(grids[encoding])
    return measured_networks.lines(normalised_root)[:, p.argmax()]


def more(first, second):
    """Whether the first of two paired sets of numbers is the larger: True, False, or None where that is not clear."""
    estimate, low, high = stats.mean_interval(first - second)
    if not np.isfinite(low):
        return bool(estimate > 0)
    return True if low > 0 else False if high < 0 else None


survives, verdicts = [], {}
if whole and "linear" in encodings:
    frozen, low = (adaptations["linear", "uniform", c] for c in ("frozen", "low-data"))
    apparent = 1 - adaptations["linear", "concentrated", "low-data"]
    verdicts["R76"] = (
        {2: "yes", 1: "in part", 0: "no"}[int(frozen.mean() > 0.5) + int(low.mean() < 0.5)],
        f"adaptation {plotting.mean_in_words(frozen)} (frozen), {plotting.mean_in_words(low)} (low-data)",
    )
    survives.append(
        "**R76**, *tuning on uniform works poorly; frozen at least resembles uniform*: "
        + (
            f"with frozen weights it does ({plotting.mean_in_words(frozen)})"
            if frozen.mean() > 0.5
            else f"with frozen weights it does **not** ({plotting.mean_in_words(frozen)})"
        )
        + f"; with few data the code reaches {plotting.mean_in_words(low)}, where the swapped figure shows {plotting.mean_in_words(apparent)}. "
        + (
            "So *works poorly* falls: it described the other direction."
            if low.mean() > 0.5 > apparent.mean()
            else "So *works poorly* stands, though by another curve."
            if low.mean() < 0.5
            else "So *works poorly* falls, and the swapped figure does not show it here either."
        )
    )
    heights = {c: height_of(tuned("linear", "concentrated", c), "linear") for c in ("frozen", "low-data")}
    spikier = more(heights["frozen"], heights["low-data"])
    swapped = height_of(tuned("linear", "uniform", "low-data"), "linear").mean()
    verdicts["R77"] = (
        "yes" if spikier else "no",
        f"peaks of {plotting.mean_in_words(heights['frozen'])} (frozen) and {plotting.mean_in_words(heights['low-data'])} rad⁻¹ (low-data)",
    )
    survives.append(
        "**R77**, *frozen spikier, low-data smoother*: the peak of the normalised root is "
        f"{plotting.mean_in_words(heights['frozen'])} rad⁻¹ with frozen weights and {plotting.mean_in_words(heights['low-data'])} rad⁻¹ with few data (swapped: "
        f"{swapped:.2f}). "
        + (
            "Frozen is the spikier one: the reading stands in sign."
            if spikier
            else "The two cannot be told apart: the reading falls, and the smooth curve was the swapped one."
            if spikier is None
            else "Frozen is the **less** spiky one: the reading falls."
        )
    )
if whole and "circular" in encodings:
    frozen, low = (adaptations["circular", "concentrated", c] for c in ("frozen", "low-data"))
    apparent = 1 - adaptations["circular", "uniform", "low-data"]
    adapts_more = more(low, frozen)
    verdicts["R79"] = (
        "in part" if adapts_more else "no",
        f"adaptation {plotting.mean_in_words(low)} (low-data), {plotting.mean_in_words(frozen)} (frozen); the original's evidence was swapped",
    )
    survives.append(
        "**R79**, *low-data adapts more than frozen*: "
        f"low-data {plotting.mean_in_words(low)}, frozen {plotting.mean_in_words(frozen)}; the swapped figure shows {plotting.mean_in_words(apparent)} for low-data. "
        + (
            "So it is with these networks, though not by the original's evidence: in its figure low-data stood above frozen by the "
            f"swapped curve, which takes an adaptation below {1 - frozen.mean():.2f}, where these networks reach "
            f"{1 - apparent.mean():.2f}. Its low-data networks took a quarter of the steps as well as of the data; these take as many "
            "steps as with all data."
            if adapts_more
            else "The two cannot be told apart: the reading falls."
            if adapts_more is None
            else "Low-data adapts **less**: the reading falls."
        )
    )
if as_original and networks > 1:
    for id, (agreement, reason) in verdicts.items():
        plotting.judge(id, agreement, reason)
if as_original and survives:
    plotting.say(
        "Which of the original's conclusions survive:\n\n"
        + "\n".join(f"- {line}" for line in survives)
        + ("\n\nWith one network a condition, nothing says how much of this is chance." if networks == 1 else "")
    )

# %% tags=["remove-input"]
if whole and networks > 1:
    differences = np.stack(
        [adaptations[e, d, "low-data"] - adaptations[e, d, "frozen"] for e in encodings for d in other]
    )
    clear = [more(pair, np.zeros_like(pair)) for pair in differences]
    plotting.say(
        f"Over the {len(clear)} conditions of this run, low-data adapts more than frozen in {clear.count(True)}, less in "
        f"{clear.count(False)}, and is not told apart from it in {clear.count(None)} (95 % interval of the paired difference)."
    )

# %% [markdown]
# (q12)=
# ## What each constraint holds back (Q12)
#
# The original asks how freezing and low data differ as constraints. A first layer that stays as it was limits **what the code can
# be**, whatever is shown. Few samples limit **what the network can know**, whatever it could be. To tell the two apart, they
# stand here beside networks that were tuned without a constraint (**none**), and beside some that went on with their optimiser
# (**optimiser kept**): from the last epoch, with Adam's moments of then, where all others start from the checkpoint best on
# training with a new optimiser. All of it is in the linear encoding. The independent unit is the pretrained network. Networks of
# one replicate share their start and their samples (with few data: the first quarter of these), so that constraints are compared
# in pairs.
#
# First the way there: adaptation after some epochs of tuning. Before the first step it is 0 by definition.


# %% tags=["hide-input"]
def curves_after(epoch):
    """Normalised root information of the tuned networks by density and constraint: (networks, angle) each."""
    encoder = sweeps["linear"].ensemble(f"epoch {epoch}", pretrained_on=list(other))
    found = fisher.fisher_curve(encoder, train.images, grids["linear"], estimator="wishart")
    return {
        (d, c): normalised_root(found.values[((found.density == d) & (found.constraint == c)).values], grids["linear"])
        for d in other
        for c in compared
    }


def interval_of(values):
    """Mean over networks and its interval, as columns of a table."""
    return dict(zip(("estimate", "low", "high"), stats.mean_interval(values), strict=True))


def trajectory_figure(rows):
    """Adaptation against the step, a panel a direction, a line a constraint, with intervals."""
    figure, axes = plotting.panels(len(other), columns=2, sharex=True, sharey=True)
    figure.set_size_inches(8.7, 4.2)
    for axis, (density, of_density) in zip(axes, rows.groupby("tuned_on", sort=False), strict=True):
        for value in (0, 1):
            axis.axhline(value, color="0.6", linestyle="--", linewidth=1, zorder=0)
        for constraint, line in of_density.groupby("constraint", sort=False):
            axis.plot(
                line["step"], line["estimate"], color=colours[constraint], marker="o", markersize=4, label=constraint
            )
            if networks > 1:
                axis.fill_between(
                    line["step"], line["low"], line["high"], color=colours[constraint], alpha=0.13, linewidth=0
                )
        axis.set(xscale="log", xlabel="step of tuning", ylim=(-0.3, 1.5), title=f"{other[density]}, then {density}")
    axes[0].set_ylabel("adaptation")
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(compared), fontsize="small"
    )
    return figure


answerable = "linear" in encodings and last > 0
if not plotting.show_lacking("q12-adaptation", encodings=("linear", encodings)) and not answerable:
    plotting.say("Q12 needs a preset in which all networks train to the last epoch.")
if answerable:
    three = {(d, c): before_after_now("linear", d, c) for d in other for c in compared}
    end = {key: adaptation(*lines) for key, lines in three.items()}
    after = [curves_after(epoch) for epoch in kept_epochs]
    way = {key: np.stack([adaptation(*three[key][:2], now[key]) for now in after], axis=1) for key in three}
    for d, c in way:
        name = f"{c.replace(' ', '_')}_{d}"
        plotting.headline(f"adaptation_end_{name}", end[d, c].mean())
        plotting.headline(f"adaptation_first_{name}", way[d, c][:, 0].mean())
        plotting.headline(f"adaptation_last_{name}", way[d, c][:, -1].mean())
    steps = [epoch * (sweep.preset.samples // sweep.preset.batch) for epoch in kept_epochs]
    rows_of_way = pd.DataFrame(
        [
            {"tuned_on": d, "constraint": c, "step": step} | interval_of(values)
            for (d, c), of_step in way.items()
            for step, values in zip(steps, of_step.T, strict=True)
        ]
    )
    plotting.show(
        trajectory_figure(rows_of_way),
        id="q12-adaptation",
        caption=f"Linear encoding, {loss} loss, {shown}; both directions: mean adaptation after {', '.join(map(str, kept_epochs))} "
        f"epochs of tuning, {steps[0]:,} steps each. The dashed lines are the old code and the new one."
        + (f" Bands: 95 %, pointwise, over {networks} pretrained networks." if networks > 1 else ""),
        alt="Line plots of the adaptation against the step of tuning on a logarithmic axis, a panel a direction, a line a "
        "constraint.",
        data=rows_of_way,
    )

# %% [markdown]
# Then the end: the checkpoint best on validation, as in the figures of R76 to R79.


# %% tags=["hide-input"]
def rows_of(named):
    """Rows of a figure of intervals, of numbers by (text, kind)."""
    return pd.DataFrame([{"row": text, "kind": kind} | interval_of(values) for (text, kind), values in named.items()])


def verdict_on(values, above, below):
    """A mean in words, and in parentheses which side of zero it is on."""
    side = {True: above, False: below, None: "undecided"}[more(values, np.zeros_like(values))]
    return f"{plotting.mean_in_words(values)} ({side if networks > 1 else 'one network: no interval'})"


over = " Intervals: 95 %, over pretrained networks." if networks > 1 else ""
if answerable:
    asked = (("frozen", "none"), ("low-data", "none"), ("optimiser kept", "none"), ("frozen", "low-data"))
    pairs = [pair for pair in asked if set(pair) <= set(compared)]
    at_end = {(f"{other[d]}, then {d}: {c}", c): values for (d, c), values in end.items()}
    differences = {(d, pair): end[d, pair[0]] - end[d, pair[1]] for d in other for pair in pairs}
    quarter = int(np.abs(np.log(np.array(kept_epochs) / (last / 4))).argmin())
    few_steps = {d: way[d, "none"][:, quarter] - way[d, "none"][:, -1] for d in other}
    few_data = {d: way[d, "low-data"] - way[d, "none"] for d in other if "low-data" in compared}
    at_steps = {}
    for d in other:
        if d in few_data:
            at_steps[f"{other[d]}, then {d}: few data, at equal steps", "low-data"] = few_data[d][:, -1]
        at_steps[f"{other[d]}, then {d}: few steps", "few steps"] = few_steps[d]
    for (d, pair), values in differences.items():
        plotting.headline(f"difference_{'_'.join(pair).replace(' ', '_')}_{d}", values.mean())
    for rows_here, id, label, marks, what in (
        (rows_of(at_end), "q12-end", "adaptation", {0: "old code", 1: "new code"}, "adaptation of the tuned networks, best on validation"),
        (
            rows_of({(f"{other[d]}, then {d}: {' − '.join(pair)}", pair[0]): v for (d, pair), v in differences.items()} | at_steps),
            "q12-differences",
            "difference in adaptation",
            {0: "no difference"},
            "paired differences in adaptation; above, of the networks best on validation; below, what few data cost (low-data − "
            f"none, both after {last} epochs) and what few steps cost (none, after {kept_epochs[quarter]} epochs − after {last})",
        ),
    ):  # fmt: skip
        plotting.show(
            plotting.interval_rows(rows_here, label, colours, marks=marks),
            id=id,
            caption=f"Linear encoding, {loss} loss, {shown}; both directions: {what}.{over}",
            alt=f"Points with intervals, one a direction and constraint, of the {label}, with a line at each value of reference.",
            data=rows_here.drop(columns="kind"),
        )
    plotting.say(
        "\n".join(
            f"- {other[d].capitalize()}, then {d}, best on validation: "
            + "; ".join(
                f"**{' − '.join(pair)}** "
                + verdict_on(differences[d, pair], f"{pair[0]} adapts more", f"{pair[0]} adapts less")
                for pair in pairs
            )
            + ". After the last epoch: "
            + "; ".join(
                f"**{' − '.join(pair)}** "
                + verdict_on(
                    way[d, pair[0]][:, -1] - way[d, pair[1]][:, -1], f"{pair[0]} adapts more", f"{pair[0]} adapts less"
                )
                for pair in pairs
            )
            + "."
            for d in other
        )
    )
    moved = {key: np.abs(end[key] - way[key][:, -1]) for key in end}
    (d, c), most = max(((key, values.max()) for key, values in moved.items()), key=lambda of: of[1])
    plotting.say(
        f"The two checkpoints of one network differ by {most:.2f} at most (tuned on {d}, {c}): "
        + (
            "there, validation chose an epoch at which the code was another than at the end. The second comparison is free of such "
            "choices: it has the same steps everywhere."
            if most > 0.1
            else "the choice of the epoch matters little."
        )
    )

# %% [markdown]
# **Steps or data.** Tuning on a quarter of the samples takes as many steps as tuning on all of them. At equal steps the two
# differ by their data alone. What few steps cost is read off the networks without a constraint, at the kept epoch nearest to a
# quarter of the way. There the learning rate has not come down yet, as it would have in a tuning that ends there: that makes few
# steps look worse than they need be.

# %% tags=["remove-input"]
if answerable:
    sentences = []
    for d in other:
        text = f"{other[d].capitalize()}, then {d}: few steps "
        text += verdict_on(few_steps[d], "more adapted at a quarter than at the end", "few steps cost")
        if d in few_data:
            apart = [more(of_epoch, np.zeros(networks)) for of_epoch in few_data[d].T]
            text += (
                f"; few data, after {last} epochs, {verdict_on(few_data[d][:, -1], 'few data help', 'few data cost')}"
            )
            if networks > 1:
                text += (
                    f", and at {len(apart) - apart.count(None)} of the {len(apart)} kept epochs the two are told apart (each at 95 %, "
                    "not corrected for their number)"
                )
            dearer = way[d, "low-data"][:, -1] - way[d, "none"][:, quarter]
            text += f"; few data less few steps {verdict_on(dearer, 'steps matter more', 'data matter more')}"
        sentences.append(f"- {text}.")
    plotting.say("\n".join(sentences))

# %% [markdown]
# **In kind.** Adaptation says how far a code has gone along the line from the old code to the new one. The rest of the curve lies
# off that line: $r = \lVert c - (1 - a)\,c_0 - a\,c_1 \rVert \,/\, \lVert c_1 - c_0 \rVert$. It is no evidence of another kind of
# code as long as it is no larger than between networks that were trained alike; so the same is computed for a network trained on
# the new density alone, by the next replicate in place of its own.
#
# The errors tell more. A network that cannot be what it should errs also on what it is shown. One that knows too little fits what
# it is shown, and errs on the rest. Below, after the last epoch: the mean absolute error on the pairs of face and angle that
# tuning showed (with the linear loss, which is that error: its mean over the best epoch of training), on the same people at all
# angles, and on people never seen; angles are weighted with the density of tuning.


# %% tags=["hide-input"]
def off_the_line(before, after, now):
    """Share of curves (networks, angle) that lies neither on the old code nor on the new one: (networks,)."""
    gone = adaptation(before, after, now)[:, None]
    return np.linalg.norm(now - (1 - gone) * before - gone * after, axis=1) / np.linalg.norm(after - before, axis=1)


def errors_of(images):
    """Mean absolute error after the last epoch, in rad, by density and constraint: (networks,) each."""
    encoder = sweeps["linear"].ensemble(f"epoch {last}", pretrained_on=list(other))
    found = np.abs(curves.errors(fisher.embed(encoder, images, grids["linear"]))).mean("face")
    weights = {d: densities.named(d, "linear").pdf(grids["linear"]) for d in other}
    return {
        (d, c): np.average(
            found.values[((found.density == d) & (found.constraint == c)).values], axis=1, weights=weights[d]
        )
        for d in other
        for c in compared
    }


def loss_when_trained(density, constraint):
    """Training loss of the best epoch, as training recorded it: (networks,)."""
    of = sweeps["linear"]
    chosen = of.select(pretrained_on=other[density], density=density, constraint=constraint)
    return np.array([of.store.record(of.key(one))["metrics"]["best_train_loss"] for one in chosen])


def error_figure(rows):
    """Errors on what was shown, on the rest of the same people, and on others: a panel a direction, a line a constraint."""
    figure, axes = plotting.panels(len(other), columns=2, sharex=True)
    figure.set_size_inches(8.7, 4.2)
    for axis, (density, of_density) in zip(axes, rows.groupby("tuned_on", sort=False), strict=True):
        for shift, (constraint, line) in enumerate(of_density.groupby("constraint", sort=False)):
            # On a logarithmic axis an interval that reaches zero leaves the figure.
            bars = (
                [line["estimate"] - line["low"].clip(lower=1e-6), line["high"] - line["estimate"]]
                if networks > 1
                else None
            )
            axis.errorbar(
                np.arange(len(line)) + 0.07 * (shift - (len(compared) - 1) / 2), line["estimate"], bars,
                color=colours[constraint], marker="o", markersize=4, linewidth=1.2, label=constraint,
            )  # fmt: skip
        axis.set(yscale="log", title=f"{other[density]}, then {density}")
        axis.set_ylim(0.6 * of_density["estimate"].min(), 1.7 * of_density["estimate"].max())
        axis.set_xticks(range(len(levels)), [level.replace(" ", "\n", 1) for level in levels])
    axes[0].set_ylabel("mean absolute error (rad)")
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(compared), fontsize="small"
    )
    return figure


if answerable:
    strangers = np.concatenate([sweep.faces.subset(name).images for name in ("validation", "test")])
    levels = {"pairs shown": {key: loss_when_trained(*key) for key in end}} if loss == "linear" else {}
    levels |= {"people shown": errors_of(train.images), "people never seen": errors_of(strangers)}
    rows_of_errors = pd.DataFrame(
        [
            {"tuned_on": d, "constraint": c, "level": level} | interval_of(values[d, c])
            for d, c in end
            for level, values in levels.items()
        ]
    )
    plotting.show(
        error_figure(rows_of_errors),
        id="q12-errors",
        caption=f"Linear encoding, {loss} loss, networks after {last} epochs of tuning; both directions: mean absolute error of the decoded "
        f"angle on {', '.join(levels)} ({len(train)} and {len(strangers)} faces at each of {angles} angles).{over}",
        alt="Line plots of the mean absolute error on what was shown and what was not, on a logarithmic axis, a panel a direction, a "
        "line a constraint.",
        data=rows_of_errors,
    )


# %% tags=["remove-input"]
def factor_in_words(logs):
    """A geometric mean of ratios with its interval, of their logarithms."""
    estimate, low, high = np.exp(stats.mean_interval(logs))
    return f"{estimate:.2f}" + (f" [{low:.2f}, {high:.2f}]" if networks > 1 else "")


in_short = []
if answerable:
    factors = {
        (d, c, level): np.log(values[d, c] / values[d, "none"])
        for c in ("frozen", "low-data")
        if c in compared
        for level, values in levels.items()
        for d in other
    }
    for (d, c, level), logs in factors.items():
        plotting.headline(f"error_factor_{c}_{d}_{level.replace(' ', '_')}", np.exp(logs.mean()))
    lines = []
    for d in other:
        rest = {c: off_the_line(*three[d, c]) for c in compared}
        text = f"- {other[d].capitalize()}, then {d}: off the line lies "
        text += ", ".join(f"{plotting.mean_in_words(values)} ({c})" for c, values in rest.items())
        if networks > 1:
            before, new, _ = three[d, "none"]
            alike = off_the_line(before, new, np.roll(new, 1, axis=0))
            text += f"; between networks trained alike {plotting.mean_in_words(alike)}. Beyond these: " + "; ".join(
                f"{c} {verdict_on(rest[c] - alike, 'off the line', 'nearer to it than these')}" for c in compared
            )
        lines.append(text + ".")
    for c in ("frozen", "low-data"):
        if c not in compared:
            continue
        words = [
            f"{other[d]}, then {d}: "
            + ", ".join(f"{factor_in_words(factors[d, c, level])} on {level}" for level in levels)
            for d in other
        ]
        lines.append(f"- **{c}** multiplies the error of tuning without a constraint by ({'; '.join(words)}).")
    plotting.say("\n".join(lines))

    def count_of(values_by_direction, above, below):
        """In how many directions numbers are clearly above zero, clearly below it, and neither, in words."""
        sides = [more(values, np.zeros(networks)) for values in values_by_direction]
        words = ((True, above), (False, below), (None, "undecided"))
        return f"{', '.join(f'{word} in {sides.count(side)}' for side, word in words if side in sides)} of {len(sides)} directions"

    for c, means in (("frozen", "what the code can be"), ("low-data", "what the network can know")):
        if c not in compared:
            continue
        gaps = [way[d, c][:, -1] - way[d, "none"][:, -1] for d in other]
        text = f"**{c}**: after the last epoch, adaptation against none is {count_of(gaps, 'larger', 'smaller')}"
        for level in levels:
            text += f"; the error on {level} {count_of([factors[d, c, level] for d in other], 'larger', 'smaller')}"
        if loss == "linear" and networks > 1:
            shown_and_not = [
                more(factors[d, c, level], np.zeros(networks))
                for level in ("pairs shown", "people shown")
                for d in other
            ]
            wanted = [True] * 4 if c == "frozen" else [False, False, True, True]
            text += (
                f". So it limits {means}"
                if shown_and_not == wanted
                else f". Whether it limits {means}, and that alone, is not settled here"
                if None in shown_and_not
                else f". These are not the signs of a limit on {means} alone"
            )
        in_short.append(f"{text}.")
    kept_or_not = [differences[d, ("optimiser kept", "none")] for d in other]
    in_short.append(
        f"**optimiser kept**: adaptation against none is {count_of(kept_or_not, 'larger', 'smaller')}."
        + ("" if networks > 1 else " With one network a condition, nothing says how much of all this is chance.")
    )
    plotting.say(
        "**Q12.** In the linear encoding:\n\n"
        + "\n".join(f"- {line}" for line in in_short)
        + f"\n\nThe independent unit is the pretrained network ({networks} a direction); estimates{' and intervals' if networks > 1 else ''} are those above. "
        "The answer would be overturned by frozen networks that reach the new code with more steps or a wider second layer, by "
        "low-data networks that err on the pairs shown as much as frozen ones do, or by another share of the samples at which the "
        "signs are others."
    )

# %% [markdown]
# ## What this page does not show
#
# - Other doses: another share of the samples, fewer faces in place of fewer pairs, other layers frozen, tuning for longer. How
#   strong the two constraints are beside each other depends on the doses; of what kind they are may not.
# - Whether the answer to Q12 holds in the circular encoding: there, no epochs are kept and nothing tunes unconstrained.
# - What the first layer's features are, before or after tuning.
# - The information of people never seen: it is that of the embedding, on training faces. Only the errors are of both.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {e.capitalize()} encoding, {other[d]} then {d}: adaptation "
        + ", ".join(f"{plotting.mean_in_words(adaptations[e, d, c])} ({c})" for c in constraints)
        + "."
        for e in encodings
        for d in other
    )
    + "".join(f"\n- Q12, linear encoding, {line}" for line in in_short)
)
