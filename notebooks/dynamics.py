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
# # When does the code adapt?
#
# :::{admonition} The answer
# :class: answer
# {glue:md}`time-range:myst` {glue:md}`time-above:myst` {glue:md}`Q17-strangers:myst`
#
# The caveat: the rate of learning falls to zero at the end, so that a network half-way is not one whose training ends there.
# :::
#
# By the [law](theory.md) a code is the best one that a budget allows, and time is not in it. A network has no budget, and what looks like one may be the
# moment at which training stopped. So here, through training, are the exponent of $I \propto p^\alpha$ and the discriminable range
# $\int\!\sqrt I\,d\theta$, which the law takes for limited. A budget would show as a range that stops growing, and an exponent that stays where it is.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["log", "linear", "quart"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import itertools

import numpy as np
import pandas as pd

from fisherkit import curves, experiments, plotting, presets
from fisherkit.course import Course
from fisherkit.curves import POSITIVE, PRIMARY, SHRUNK
from fisherkit.estimate import ratio_of_means, share_on_side
from fisherkit.results import conclude, how_much, in_words, keep, listed, tabulate, whether
from fisherkit.shape import root_by_power, share_explained
from fisherkit.stats import fit_exponent
from fisherkit.study import Study

plotting.use_style()

epochs = presets.preset(preset).epochs
kept = [*(2**k for k in range(epochs.bit_length()) if 2**k < epochs), epochs]
sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=["linear"], densities=["concentrated"], replicates=replicates, seed=seed, kept_epochs=kept
)  # fmt: skip

# %% tags=["hide-input"]
checkpoints = {epoch: Study(sweep, angles=angles, checkpoint=f"epoch {epoch}") for epoch in kept}
untrained = Study(sweep, angles=angles, checkpoint="untrained")
study = checkpoints[epochs]
density = study.densities["concentrated"]
steps_per_epoch = sweep.preset.samples // sweep.preset.batch
SEEN = {"training faces": True, "people never seen": False}


def follow(measure, **how):
    """For each loss, a number of its networks after each of the kept epochs."""
    of = {loss: {epoch: measure(one, loss, **how) for epoch, one in checkpoints.items()} for loss in study.losses}
    return {loss: Course(by_epoch) for loss, by_epoch in of.items()}


def in_time(panels):
    """A row per panel, loss and epoch of panels (title, vertical label, courses by loss, whether geometric means)."""
    tables = [
        course.table(geometric=geometric).assign(panel=title, quantity=label, loss=loss)
        for title, label, by_loss, geometric in panels
        for loss, course in by_loss.items()
    ]
    return pd.concat(tables).assign(x=lambda table: table["epoch"] * steps_per_epoch)


# %% [markdown]
# ## The exponent in time

# %% tags=["hide-input"]
kinds = (PRIMARY, "error scale")
exponents = {kind: follow(Study.exponent, kind=kind) for kind in kinds}
ranges = follow(Study.discriminable_range)
panels = [(kind, "exponent α", exponents[kind], False) for kind in kinds]
rows = in_time([*panels, ("discriminable range", "∫√I dθ", ranges, True)])
ends = listed([f"{exponents[PRIMARY][loss].end} ({loss})" for loss in study.losses])
plotting.show(
    plotting.loss_courses(rows, "training step", xscale="log", logarithmic=["∫√I dθ"]),
    id="time",
    caption=f"At the end of training α of the embedding information is {ends}. The range is a geometric mean over networks. {len(study.faces)} training "
    f"faces at {angles} angles; bands 95 % over networks and people.",
    alt=f"Three plots against the training step, one line per loss: exponents of the embedding information, which end at {ends}; exponents of the "
    "error scale; and the discriminable range.",
    data=rows,
)

half = kept[-2]
table = [
    {"precision": kind, "loss": loss, "untrained": untrained.exponent(loss, kind=kind), "at the end": course.end, f"change from epoch {half}": course.drift,
     "highest": course[course.highest], "at epoch": course.highest, "fall to the end": course.fall}
    for kind in kinds for loss, course in exponents[kind].items()
]  # fmt: skip
tabulate(pd.DataFrame(table), "The exponents before training, at their highest and at the end.", collapsed=True)

# %% tags=["remove-input"]
growth = {loss: course.growth for loss, course in ranges.items()}
growing = [loss for loss in study.losses if growth[loss].side(1) == "above"]
still = (
    "answered",
    "When training ends the discriminable range is **not** limited: it still grows for {growing}, from epoch {half} to {epochs} by a factor of {least} at least.",
)
conclude(
    "time-range",
    how_much(share_on_side(growth.values(), "above", x=1)),
    most=still, some=still,
    none=("undecided", "Whether the discriminable range still grows when training ends is not clear (from epoch {half} to {epochs} by a factor of {least})."),
    undecided=("undecided", "From epoch {half} to {epochs} the discriminable range grows by a factor of {least} at least, but one network has no interval."),
    growing=listed(growing or ["none"]),
    half=half, epochs=epochs, least=min((growth[loss] for loss in growing or study.losses), key=lambda one: one.mean),
)  # fmt: skip
for loss, factor in growth.items():
    keep(f"range_growth_{loss}", factor)

# %% tags=["remove-input"]
falls = {loss: course.fall for loss, course in exponents[PRIMARY].items()}
falling = [loss for loss in study.losses if falls[loss].side() == "above"]
from_above = "answered", "The exponent comes to its end **from above** for {falling}, by {least} at least."
conclude(
    "time-above",
    how_much(share_on_side(falls.values(), "above")),
    most=from_above,
    some=from_above,
    none=("undecided", "That the exponent comes to its end from above is not clear (by {least} from its highest)."),
    undecided=("undecided", "From its highest to its end the exponent falls by {least} at least, without an interval."),
    falling=listed(falling or ["none"]),
    least=min((falls[loss] for loss in falling or study.losses), key=lambda one: one.mean),
)
courses = {f"{loss} ({kind})": course for kind in kinds for loss, course in exponents[kind].items()}
moving = [name for name, course in courses.items() if course.drift.side() in ("above", "below")]
still_moving = "answered", "From epoch {half} to {epochs} these exponents still move clearly: {moving}."
conclude(
    "time-drift",
    how_much(share_on_side((course.drift for course in courses.values()), "above", "below")),
    most=still_moving,
    some=still_moving,
    none=("undecided", "From epoch {half} to {epochs} no exponent moves clearly."),
    undecided=("undecided", "Whether exponents still move, one network does not tell."),
    moving=listed(moving or ["none"]),
    half=half,
    epochs=epochs,
)
for kind, loss in itertools.product(kinds, study.losses):
    keep(f"exponent_{kind.split()[0]}_{loss}", exponents[kind][loss].end)
    keep(f"exponent_before_{kind.split()[0]}_{loss}", untrained.exponent(loss, kind=kind))
for loss, course in exponents[PRIMARY].items():
    keep(f"exponent_highest_{loss}", course[course.highest])

# %% [markdown]
# From above: a network first learns the angles that it sees most, and the others catch up. The highest is picked from several epochs, which makes the
# fall a little large.

# %% [markdown] needs={"losses": ["log", "quart"]}
# ## When do the losses part?
#
# An order that was there from the first steps would be a matter of gradients; a late one, of what can still be gained. The networks of a replicate began
# alike and saw the same samples, so that differences are paired.

# %% needs={"losses": ["log", "quart"]} tags=["hide-input"]
gaps = {kind: exponents[kind]["log"] - exponents[kind]["quart"] for kind in kinds}
tabulate(
    pd.DataFrame([{"after epoch": epoch, **{kind: gap[epoch] for kind, gap in gaps.items()}} for epoch in kept]),
    "α of log less α of quart in training, by two precisions.",
    collapsed=True,
)

# %% needs={"losses": ["log", "quart"]} tags=["remove-input"]
since = gaps[PRIMARY].above_from()
conclude(
    "parting",
    whether(since is not None if gaps[PRIMARY].end.several else None),
    so=("answered", "By the embedding information log stays clearly above quart from epoch {since} on; at the end by {gap} in α."),
    not_so=("undecided", "By the embedding information log is **not** clearly above quart at the end ({gap} in α)."),
    undecided=("undecided", "One network of each has no interval: log less quart is {gap} in α at the end."),
    since=str(since), gap=gaps[PRIMARY].end,
)  # fmt: skip
keep("gap_embedding", gaps[PRIMARY].end)
keep("gap_error", gaps["error scale"].end)

# %% [markdown] needs={"losses": ["linear"]}
# ## Layer by layer
#
# With 60 units, some of which hardly vary, the covariance is hard to estimate; Ledoit and Wolf's estimate shrinks it towards a multiple of the identity.
# That takes most from the directions of little variance, in which a good code has its information: by the estimate of the other sections the embedding's α
# is {glue:text}`exponent_embedding_linear`.

# %% needs={"losses": ["linear"]} tags=["hide-input"]
numbers = {f"{units} units": number for number, units in enumerate(sweep.preset.hidden, start=1)} | {"embedding": None}
layers = {
    (when, name): Study(sweep, losses=["linear"], angles=angles, checkpoint=checkpoint, layer=number)
    for when, checkpoint in (("before", "untrained"), ("after", f"epoch {epochs}"))
    for name, number in numbers.items()
}
in_layer = {key: one.exponent("linear", kind=SHRUNK) for key, one in layers.items()}
peak = int(np.argmax(density.pdf(study.grid)))
at_peak = {key: one.of("linear", kind=SHRUNK).number(lambda curve: curve[..., peak]) for key, one in layers.items()}
columns = {
    "layer": list(numbers),
    "α before training": [in_layer["before", name] for name in numbers],
    "α after training": [in_layer["after", name] for name in numbers],
    "information at the peak, after ÷ before": [at_peak["after", name] / at_peak["before", name] for name in numbers],
}
tabulate(pd.DataFrame(columns), "Layers of the linear loss's networks, shrinkage estimate.", collapsed=True)
for (when, name), alpha in in_layer.items():
    keep(f"layer_{when}_{name.split()[0]}", alpha)

# %% needs={"losses": ["linear"]} tags=["remove-input"]
first, *_, last = numbers
learnt = in_layer["after", first] - in_layer["before", first]
added = in_layer["after", last] - in_layer["after", first]
conclude(
    "layers",
    learnt.side(),
    above=("answered", "The first hidden layer itself adapts to the density: its exponent rises by {learnt} with training."),
    below=("answered", "The first hidden layer turns **against** the density: its exponent changes by {learnt} with training."),
    open=("undecided", "The first hidden layer does not clearly adapt to the density (its exponent changes by {learnt})."),
    undecided=("undecided", "The exponent of the first hidden layer changes by {learnt} with training."),
    learnt=learnt,
)  # fmt: skip
conclude(
    "layers-after",
    added.side(),
    above=("answered", "From there to the embedding the layers add {added}."),
    below=("answered", "From there to the embedding the layers take some of that away ({added})."),
    open=("undecided", "What the layers after it add is not clear ({added})."),
    undecided=("undecided", "From there to the embedding it is {added} more."),
    added=added,
)

# %% needs={"losses": ["linear"]} tags=["hide-input"]
figure, axes = plotting.panels(2, columns=2, sharey=True)
rows = []
for (when, name), one in layers.items():
    axis, style = axes[when == "after"], plotting.METHOD_STYLES[list(numbers).index(name)]
    root = np.sqrt(one.of("linear", kind=SHRUNK).values.values).mean(axis=0)
    axis.plot(study.grid, root, **{**style, "marker": ""}, label=name)
    axis.set(title=f"{when} training", xlabel=plotting.ANGLE_LABEL, yscale="log")
    axis.yaxis.get_major_locator().set_params(subs=(1, 2, 5))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")
    rows.append(pd.DataFrame({"when": when, "layer": name, "angle": study.grid, "root": root}))
axes[0].set_ylabel(plotting.ROOT_LABEL)
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(numbers))
ends = listed([f"{in_layer['after', name]} ({name})" for name in numbers])
plotting.show(
    figure,
    id="layers",
    caption=f"After training α is {ends}. Root information of each layer, mean of {study.networks('linear')} networks.",
    alt=f"Two plots of the root information against the angle, one line per layer, before and after training, when α is {ends}.",
    data=pd.concat(rows),
    collapsed="The information of each layer, before and after training",
)

# %% [markdown]
# ## Training faces, and people never seen (Q17)
#
# What a network gains on people never seen is knowledge of rotation; what it gains on training faces alone is knowledge of those faces. The people never
# seen are {glue:text}`strangers`; [What could change a curve?](curve_checks.ipynb) compares them with equally small groups of training people, and
# [What the result owes to faces, size and data](generality.ipynb) has the rest of Q17.

# %% tags=["hide-input"]
levels = {where: follow(Study.level, seen=seen) for where, seen in SEEN.items()}
alphas = {where: follow(Study.exponent, seen=seen) for where, seen in SEEN.items()}
share = {loss: levels["people never seen"][loss] / levels["training faces"][loss] for loss in study.losses}
panels = [(f"information, {where}", plotting.INFORMATION_LABEL, levels[where], True) for where in SEEN]
rows = in_time([*panels, ("exponent, people never seen", "exponent α", alphas["people never seen"], False)])
left = listed([f"{share[loss].end.mean:.2f} ({loss})" for loss in study.losses])
plotting.show(
    plotting.loss_courses(rows, "training step", xscale="log", logarithmic=[plotting.INFORMATION_LABEL]),
    id="strangers",
    caption=f"People never seen end with a share of {left} of the information of training faces. Mean information where the density exceeds half its "
    f"peak (geometric mean over networks), {len(study.faces)} training faces and {len(study.faces_of(False))} others.",
    alt="Three plots against the training step, one line per loss: information at training faces, information at people never seen, which ends at a "
    f"share of {left} of it, and the exponent there.",
    data=rows,
)

table = [
    {"loss": loss, "untrained": untrained.level(loss, seen=False) / untrained.level(loss, seen=True), f"epoch {kept[0]}": course.start,
     "at the end": course.end, "most information at epoch": levels["people never seen"][loss].highest, "α at the end": alphas["people never seen"][loss].end}
    for loss, course in share.items()
]  # fmt: skip
words = "People never seen: information as a share of that at training faces, and α."
tabulate(pd.DataFrame(table), words, collapsed=True)
for loss in study.losses:
    keep(f"unseen_share_{loss}", share[loss].end)
    keep(f"unseen_share_first_{loss}", share[loss].start)

# %% tags=["remove-input"]
lost = {loss: share[loss].start - share[loss].end for loss in study.losses}
losing = [loss for loss in study.losses if lost[loss].side() == "above"]
least = min(losing or study.losses, key=lambda loss: share[loss].end.mean)
by_heart = (
    "answered",
    "What comes late is knowledge of the training faces: the share of their information that people never seen have falls for {losing} (at the end {left}, {least}).",
)
conclude(
    "Q17-strangers",
    how_much(share_on_side(lost.values(), "above")),
    most=by_heart, some=by_heart,
    none=("undecided", "The share of information that people never seen have does not clearly fall (at the end {left}, {least})."),
    undecided=("undecided", "People never seen end with {left} of the information of training faces ({least})."),
    losing=listed(losing or ["none"]),
    left=share[least].end, least=least,
)  # fmt: skip
keep("strangers", len(set(study.faces_of(False).person.tolist())))

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# ## At as much information, how far apart are the losses?
#
# A loss whose exponent comes down as information grows, and which has got less far, has a larger exponent for that reason alone. So here are the exponents
# where each loss first reaches one discriminable range, the least of their highest ones, on the straight line between the kept epochs.

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
reached = {
    where: {loss: course.map(np.log) for loss, course in follow(Study.discriminable_range, seen=seen).items()}
    for where, seen in SEEN.items()
}
common_range = {
    where: min(of[loss][of[loss].highest].mean for loss in ("log", "linear", "quart")) for where, of in reached.items()
}
equal = {
    where: {loss: alphas[where][loss].where(reached[where][loss], common_range[where]) for loss in study.losses}
    for where in SEEN
}
pairs = [(where, first, second) for where in SEEN for first, second in (("log", "linear"), ("linear", "quart"))]
lead = {(where, *pair): alphas[where][pair[0]].end - alphas[where][pair[1]].end for where, *pair in pairs}
lead_there = {(where, *pair): equal[where][pair[0]] - equal[where][pair[1]] for where, *pair in pairs}
changes = {f"{one} − {two} ({where})": lead[where, one, two] - lead_there[where, one, two] for where, one, two in pairs}

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
against_range = pd.concat(
    alphas[where][loss]
    .table()
    .assign(panel=where, quantity="exponent α", loss=loss, x=np.exp(reached[where][loss].table()["estimate"]))
    for where in SEEN
    for loss in study.losses
)
figure = plotting.loss_courses(against_range, "∫√I dθ")
for axis, target in zip(figure.axes, common_range.values(), strict=True):
    axis.axvline(np.exp(target), color="0.6", linestyle="--", linewidth=1, zorder=0)
asked = ("people never seen", "linear", "quart")
plotting.show(
    figure,
    id="progress",
    caption=f"At people never seen linear less quart is {in_words(lead[asked])} in α at the end, and {in_words(lead_there[asked])} at a range that each loss "
    "reached (dashed). Exponents after each kept epoch; bands 95 % over networks and people.",
    alt="Two plots of the exponent against the discriminable range, one line per loss, at training faces and at people never seen, where linear less quart "
    f"is {in_words(lead_there[asked])} at equal range.",
    data=against_range,
)

# %% needs={"losses": ["log", "linear", "quart"]} tags=["hide-input"]
owed = {key: 1 - ratio_of_means(lead_there[key], lead[key]) for key in pairs if (lead[key] - lead_there[key]).side() == "above" and lead[key].mean > 0}  # fmt: skip
columns = {
    "difference of α": list(changes),
    "at the end": list(lead.values()),
    "at equal range": list(lead_there.values()),
    "change": list(changes.values()),
    "share that is progress": [owed.get(key) for key in pairs],
}
words = "What one loss has over another, at the end of training and at an equal discriminable range."
tabulate(pd.DataFrame(columns), words, collapsed=True)
for where, first, second in pairs:
    keep(f"lead_{where.split()[0]}_{first}_{second}", lead[where, first, second])
    keep(f"lead_at_equal_range_{where.split()[0]}_{first}_{second}", lead_there[where, first, second])
for (where, first, second), part in owed.items():
    keep(f"progress_{where.split()[0]}_{first}_{second}", part)

# %% needs={"losses": ["log", "linear", "quart"]} tags=["remove-input"]
changed = (
    "answered",
    "Progress in training clearly makes these differences larger: {larger}; and these smaller: {smaller}.",
)
conclude(
    "progress",
    how_much(share_on_side(changes.values(), "above", "below")),
    most=changed, some=changed,
    none=("undecided", "That progress in training changes any of these differences is not clear."),
    undecided=("undecided", "Whether progress in training changes these differences, one network does not tell."),
    larger=listed([name for name, change in changes.items() if change.side() == "above"] or ["none"]),
    smaller=listed([name for name, change in changes.items() if change.side() == "below"] or ["none"]),
)  # fmt: skip

# %% [markdown] needs={"losses": ["log", "linear", "quart"]}
# The intervals leave out how uncertain the range is at which exponents are read, and equal range is not equal training.

# %% [markdown]
# ## Does the information go as a derivative of the density? (Q15)
#
# Fisher information is made of a derivative, that of the mean embedding along the angle: does its curve go as $|p'|$? The density enters by how much a
# network is paid for precision, and a positive power of $|p'|$ would dip where $p$ has its peak. So each network's $\sqrt I$ is fitted by a power of $p$
# and by one of $|p'|$, where $p$ exceeds a tenth of its peak.

# %% tags=["hide-input"]
common = curves.common_angles(density, study.grid)
place, width = study.grid[common], 1e-4
regressors = {
    "power of p": density.pdf(place),
    "power of |p′|": np.abs(density.pdf(place + width) - density.pdf(place - width)) / (2 * width),
}
measured = {loss: study.of(loss, kind=POSITIVE).values.values[:, common] for loss in study.losses}
explained = {
    (name, loss): study.of(loss, kind=POSITIVE).number(lambda curve, of=of: share_explained(curve[..., common], of))
    for name, of in regressors.items()
    for loss in study.losses
}
better = {loss: explained["power of p", loss] - explained["power of |p′|", loss] for loss in study.losses}

# %% tags=["hide-input"]
figure, axes = plotting.panels(len(study.losses), columns=3, sharex=True)
rows = []
for axis, loss in zip(axes, study.losses, strict=True):
    lines = {"measured": np.sqrt(measured[loss])}
    lines |= {name: root_by_power(measured[loss], of) for name, of in regressors.items()}
    for (name, line), style in zip(lines.items(), plotting.METHOD_STYLES, strict=False):
        axis.plot(place, line.mean(axis=0), **{**style, "marker": ""}, label=name)
        rows.append(pd.DataFrame({"loss": loss, "line": name, "angle": place, "root": line.mean(axis=0)}))
    axis.set(title=f"{loss} loss", xlabel=plotting.ANGLE_LABEL)
axes[0].set_ylabel(plotting.ROOT_LABEL)
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
worst = min(study.losses, key=lambda loss: better[loss].mean)
plotting.show(
    figure,
    id="Q15",
    caption=f"A power of the density accounts for at least {better[worst]} more of the variance than a power of its derivative. Mean of "
    f"{study.networks()} networks, and their best fits.",
    alt=f"Root information against the angle, one plot per loss, with two fits: a power of the density accounts for at least {better[worst]} more of its "
    "variance than a power of the derivative.",
    data=pd.concat(rows),
)  # fmt: skip

table = [
    {"loss": loss, "p": explained["power of p", loss], "|p′|": explained["power of |p′|", loss], "difference": better[loss],
     "best power of |p′|": fit_exponent(measured[loss], regressors["power of |p′|"]).mean}
    for loss in study.losses
]  # fmt: skip
words = "Share of the variance of √I that each accounts for; below zero where a constant would do better."
tabulate(pd.DataFrame(table), words, collapsed=True)
for loss in study.losses:
    keep(f"explained_by_p_{loss}", explained["power of p", loss])
    keep(f"explained_by_slope_{loss}", explained["power of |p′|", loss])

# %% tags=["remove-input"]
sides = {one.side() for one in better.values()}
conclude(
    "Q15",
    whether(None if "undecided" in sides else sides == {"above"}),
    so=("answered", "The information goes as a power of the density, not of its derivative: $p$ accounts for {least} more of the variance of √I at least."),
    not_so=("undecided", "For some loss a power of the density's derivative may do as well as one of the density (difference of their shares of variance: {least})."),
    undecided=("undecided", "A power of the density accounts for {least} more of the variance of √I than one of its derivative, at least; one network does not tell."),
    least=better[worst],
)  # fmt: skip

# %% [markdown]
# ## What this page does not show
#
# - What longer trainings end at; some lengths are on the page [What the result owes to faces, size and data](generality.ipynb).
# - The circular encoding, the uniform density, and the other losses.
# - Why a layer's exponent is what it is: that depends on how weights are drawn and on the rate of learning.
#
# ## How it was made
#
# {glue:md}`conditions:myst` How exponents are fitted is told on the page [Does the exponent give away the loss?](exponents.ipynb).

# %% tags=["hide-input"]
keep("conditions", study.conditions())
weights = listed([f"{epoch}" for epoch in kept])
keep("kept", weights)
settings = study.settings()
settings.loc[len(settings)] = ["weights kept after epochs", weights]
tabulate(settings, "Parameters of this run.", collapsed=True)
