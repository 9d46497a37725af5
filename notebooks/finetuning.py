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
# This page shows results R76 to R79 of the original analysis, with both densities named in each condition, and answers Q12: how freezing and few
# data differ as constraints. Networks go on from
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

from fisherkit import codes, curves, densities, experiments, fisher, plotting, presets, stats
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
epochs = presets.preset(preset).epochs
kept = [*(2**k for k in range(epochs.bit_length()) if 2**k < epochs), epochs]
# In the linear encoding, the comparisons of Q12 too: nothing held back, the optimiser kept, and the course of tuning.
compared = list(dict.fromkeys(["none", *constraints, "optimiser kept"]))
sweeps = {
    encoding: experiments.finetuning(
        preset,
        faces=faces,
        loss=loss,
        encodings=[encoding],
        constraints=compared if encoding == "linear" else constraints,
        replicates=replicates,
        seed=seed,
        kept_epochs=kept if encoding == "linear" else (),
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
colours = {"not pretrained": "black", "frozen": "#332288", "low-data": "#999933", "none": "#AA4499", "swapped": "0.6"}
colours["optimiser kept"] = "#44AA99"
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
def adaptation_of(now, encoding, density):
    """Adaptation of networks tuned on a density, by their normalised roots, and what of these lies on neither code: (networks,) both.

    The latter is the root mean square of the curve less (1 − a) c₀ + a c₁, as a share of that of c₁ − c₀.
    """
    before, after = (alone(encoding, name).lines(normalised_root) for name in (other[density], density))
    way = ((after - before) ** 2).sum(axis=1)
    share = ((now - before) * (after - before)).sum(axis=1) / way
    rest = now - before - share[:, None] * (after - before)
    return share, np.sqrt((rest**2).sum(axis=1) / way)


def adaptation(encoding, density, constraint):
    """Adaptation of each tuned network: (networks,)."""
    return adaptation_of(tuned(encoding, density, constraint).lines(normalised_root), encoding, density)[0]


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
# ## What each constraint holds back (Q12)
#
# Freezing takes away what can change; few data take away what there is to learn from. Here, in the linear encoding, both stand beside tuning with nothing
# held back (*none*), which goes on from the same networks with the same samples, and beside tuning that also keeps the optimiser's state, the moments
# that Adam had at the end of the first training (*optimiser kept*; elsewhere the optimiser starts anew). Low data come in as many steps as all data, so that data and
# steps are told apart. The pretrained network is the independent unit: its tuned networks are compared with each other.

# %% tags=["hide-input"]
steps_an_epoch = sweep.preset.samples // sweep.preset.batch
if "linear" in encodings:
    strangers = np.concatenate([sweep.faces.subset(name).images for name in ("validation", "test")])
    linear = sweeps["linear"]


def information_of(images, best, density):
    """Information of the networks tuned on a density, by constraint: (networks, angle) each, in rad⁻²."""
    ensemble = linear.ensemble(best, tuned_on=density, pretrained_on=other[density])
    found = fisher.fisher_curve(ensemble, images, grids["linear"], estimator="wishart")
    return {constraint: found[(found["constraint"] == constraint).values].values for constraint in compared}


def in_course(density):
    """Adaptation after each kept epoch of tuning on a density: (constraint, epoch) -> (networks,)."""
    return {
        (constraint, epoch): adaptation_of(normalised_root(values, grids["linear"]), "linear", density)[0]
        for epoch in kept
        for constraint, values in information_of(train.images, f"epoch {epoch}", density).items()
    }


def course_panel(density):
    """A panel of adaptation against the step of tuning."""
    step = np.array(kept) * steps_an_epoch
    intervals = {c: np.array([stats.mean_interval(courses[density][c, epoch]) for epoch in kept]).T for c in compared}
    return plotting.Panel(
        f"{other[density]}, then {density}",
        "step of tuning",
        "adaptation",
        {constraint: (step, mean) for constraint, (mean, _, _) in intervals.items()},
        {constraint: (step, low, high) for constraint, (_, low, high) in intervals.items()} if networks > 1 else {},
        level=1.0,
        xscale="log",
    )


if "linear" in encodings:
    courses = {density: in_course(density) for density in ("concentrated", "uniform")}
    content = [course_panel(density) for density in courses]
    plotting.show(
        plotting.method_panels(content, columns=2, styles={c: {"color": colours[c], "marker": "."} for c in compared}),
        id="Q12",
        caption=f"Linear encoding, {loss} loss, {plotting.counted(networks, 'pretrained network')} a direction; {shown}: adaptation in the course of tuning, from "
        "0 before it to 1 where the code is that of a network trained on the new density alone."
        + (" Bands: 95 % over pretrained networks." if networks > 1 else ""),
        alt="Two plots, one a direction of tuning, of the adaptation against the step on a logarithmic axis, a line a constraint, with a level where the new code "
        "is reached.",
        data=plotting.panel_rows(content),
    )
else:
    plotting.say("Q12 is answered in the linear encoding, which this run was not asked for.")


# %% tags=["remove-input"]
def told_difference(first, second):
    """In words, the mean of paired differences with its interval, and whether it is clearly above zero (True), below (False), or neither."""
    return plotting.mean_in_words(first - second), more(first, second) if networks > 1 else None


if "linear" in encodings:
    ends, rests, gained = {}, {}, {}
    for density in courses:
        for constraint in compared:
            lines = tuned("linear", density, constraint).lines(normalised_root)
            ends[density, constraint], rests[density, constraint] = adaptation_of(lines, "linear", density)
            plotting.headline(
                f"end_{density}_{constraint.replace(' ', '_').replace('-', '_')}", ends[density, constraint].mean()
            )
        p = densities.named(density, "linear").pdf(grids["linear"])
        seen, unseen = (information_of(images, "validation", density) for images in (train.images, strangers))
        for constraint in compared:
            gained[density, constraint] = (unseen[constraint] @ p) / (seen[constraint] @ p)
    plotting.say(
        "| tuned on | constraint | adaptation | less *none* | on neither code | share of information at people never seen |\n|---|---|---|---|---|---|\n"
        + "\n".join(
            f"| {density} | {constraint} | {plotting.mean_in_words(ends[density, constraint])} | "
            + ("–" if constraint == "none" else told_difference(ends[density, constraint], ends[density, "none"])[0])
            + f" | {plotting.mean_in_words(rests[density, constraint])} | {plotting.mean_in_words(gained[density, constraint])} |"
            for density in courses
            for constraint in compared
        )
        + "\n\n*On neither code* is the root mean square distance of the curve from the line between old and new code, as a share of their distance. The last column weights "
        "the information along the angle by the density of tuning; people never seen are told apart from training faces there."
    )
    quarter = min(kept, key=lambda epoch: abs(epoch - epochs / 4))
    sentences = []
    for density in courses:
        steps_cost, steps_matter = told_difference(
            courses[density]["none", kept[-1]], courses[density]["none", quarter]
        )
        keeping, kept_matters = told_difference(ends[density, "optimiser kept"], ends[density, "none"])
        sentence = f"- **Tuned on {density}**: with nothing held back, the steps after epoch {quarter} of {epochs} bring {steps_cost} of adaptation"
        if "low-data" in compared:
            data_cost, _ = told_difference(ends[density, "none"], ends[density, "low-data"])
            sentence += f"; three quarters of the data, at equal steps, bring {data_cost}"
        if "frozen" in compared:
            layer_cost, _ = told_difference(ends[density, "none"], ends[density, "frozen"])
            sentence += f"; the first layer's freedom brings {layer_cost}"
        sentence += f"; keeping the optimiser's state changes it by {keeping}" + (
            "" if kept_matters is not None else ", which is not clear"
        )
        sentences.append(f"{sentence}.")
    plotting.say(
        "\n".join(sentences)
        + "\n\nIn the middle of tuning the rate of learning has not fallen yet: the code after a part of the steps is not that of a tuning which ends there."
    )
    if whole:
        verdicts_12 = {}
        for density in courses:
            words, frozen_holds = told_difference(ends[density, "low-data"], ends[density, "frozen"])
            new, strange = told_difference(gained[density, "frozen"], gained[density, "low-data"])
            verdicts_12[density] = (frozen_holds, strange)
            plotting.headline(
                f"low_data_less_frozen_{density}", (ends[density, "low-data"] - ends[density, "frozen"]).mean()
            )
            plotting.say(
                f"**Q12**, tuned on {density}: low-data less frozen in adaptation {words}: "
                + {
                    True: "freezing holds back more",
                    False: "few data hold back more",
                    None: "which of them holds back more is not clear",
                }[frozen_holds]
                + f". Frozen less low-data in the share at people never seen {new}: "
                + {
                    True: "few data cost what the code knows of strangers, a frozen layer keeps more of it",
                    False: "a frozen layer costs more of what the code knows of strangers",
                    None: "whether they differ in what the code knows of strangers is not clear",
                }[strange]
                + "."
            )
        plotting.say(
            "So the two constraints differ "
            + (
                "in amount in both directions"
                if all(held is not None for held, _ in verdicts_12.values())
                else "in amount in one direction"
                if any(held is not None for held, _ in verdicts_12.values())
                else "not clearly in amount"
            )
            + " and "
            + (
                "in kind: people never seen tell them apart."
                if any(strange is not None for _, strange in verdicts_12.values())
                else "not clearly in kind."
            )
            + f" The independent units are {plotting.counted(networks, 'pretrained network')} a direction. More of them, another layer frozen or another share of the data would "
            "overturn this first."
        )

# %% [markdown]
# ## What this page does not show
#
# - Other constraints of these kinds: another layer frozen, another share of the data, tuning for longer.
# - Q12 in the circular encoding.
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
