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
# the checkpoint that was best on training; the curves shown are of the checkpoints best on **validation**. How information and
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

from fisherkit import codes, curves, densities, experiments, plotting, stats
from fisherkit.curves import normalised_root

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
encodings = ["linear", "circular"]  # of linear, circular, geodesic
constraints = ["frozen", "low-data"]  # of frozen, low-data, none
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.finetuning(
    preset,
    faces=faces,
    loss=loss,
    encodings=encodings,
    constraints=constraints,
    replicates=replicates,
    seed=seed,
)
grids = {encoding: codes.angle_grid(encoding, angles) for encoding in encodings}

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
measured = {e: curves.measure(sweep.ensemble("validation", encoding=e), train, grids[e], seed=seed) for e in encodings}
networks = len(sweep.select(pretrained_on="uniform", encoding=encodings[0], constraint=constraints[0]))
shown = f"{len(train)} training faces at each of {angles} angles"
bands = f"Bands: 95 %, simultaneous, over people{' and networks' if networks > 1 else ''}."
other = {"uniform": "concentrated", "concentrated": "uniform"}
rows = {
    "R76": ("linear", "uniform"),
    "R77": ("linear", "concentrated"),
    "R78": ("circular", "uniform"),
    "R79": ("circular", "concentrated"),
}
colours = {"not pretrained": "black", "frozen": "#332288", "low-data": "#999933", "none": "#AA4499", "swapped": "0.6"}
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
def adaptation(encoding, density, constraint):
    """Adaptation of each tuned network: (networks,)."""
    before, after, now = (
        of.lines(normalised_root)
        for of in (alone(encoding, other[density]), alone(encoding, density), tuned(encoding, density, constraint))
    )
    return ((now - before) * (after - before)).sum(axis=1) / ((after - before) ** 2).sum(axis=1)


adaptations = {(e, d, c): adaptation(e, d, c) for e in encodings for d in other for c in constraints}
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
# ## What this page does not show
#
# - What tuning does without a constraint, for longer, or with the optimiser's state kept.
# - Whether *frozen* and *low-data* hold back the same thing: a frozen first layer limits what the code can be, few data limit
#   what it can know (Q12).
# - What the decoded angle does: the information is that of the embedding, on training faces.
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
)
