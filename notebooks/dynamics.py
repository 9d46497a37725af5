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
# # When does the code adapt?
#
# The law of the [theory page](theory.md) has no time in it: a code is the best one that a budget allows. A network has no
# budget, and it learns step by step. If its exponent grew as long as training goes on, then what looks like a budget would be
# the moment at which training stopped.
#
# This page follows three losses through training: the exponent of $I \propto p^\alpha$, the discriminable range
# $\int\!\sqrt I\,d\theta$ that the law takes for limited, the layers between pixels and answer, and people that the network never
# saw. It answers Q15, whether the information goes as a derivative of $p$, and gives the part of Q17 that is about training faces; the
# rest of Q17 is on the page [What the result owes to faces, size and data](generality.ipynb). How exponents are fitted is told on the page
# [What the code says about its objective](exponents.ipynb).

# %% tags=["remove-input"]
import itertools

import numpy as np

from fisherkit import codes, curves, densities, experiments, fisher, plotting, presets, stats

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["log", "linear", "quart"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
epochs = presets.preset(preset).epochs
kept = [*(2**k for k in range(epochs.bit_length()) if 2**k < epochs), epochs]
sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=["linear"],
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
    kept_epochs=kept,
)

# %% tags=["hide-input"]
grid = codes.angle_grid("linear", angles)
concentrated = densities.named("concentrated", "linear")
train = sweep.faces.subset("train")
strangers = sweep.faces.subset("validation", "test")
steps = {epoch: epoch * (sweep.preset.samples // sweep.preset.batch) for epoch in kept}
networks = len(sweep.select(loss=losses[0]))
several = networks > 1
bars = " Bands: 95 % over networks and people." if several else ""
shown = f"{len(train)} training faces at each of {angles} angles"
COLOURS = {"embedding information": "black", "error scale": "#AA4499"}


def at_epoch(epoch, faces):
    """Precisions of all networks after an epoch, at some faces; ``positive``: the information, Wishart-corrected."""
    ensemble = sweep.ensemble(f"epoch {epoch}") if epoch else sweep.untrained()
    code = fisher.embed_with_tangents(ensemble, faces.images, grid)
    return {
        **{kind: curves.precision(code, faces, kind) for kind in COLOURS},
        "positive": curves.positive_information(code, faces),
    }


def discriminable_range(information):
    """∫√I dθ of curves."""
    return np.trapezoid(np.sqrt(information), grid, axis=-1)


def exponents_at(epoch, values):
    """kind, loss -> exponent of the precisions at an epoch."""
    return {
        (epoch, kind, loss): curves.exponent_of(values[kind].select(loss=loss), concentrated)
        for kind in COLOURS
        for loss in losses
    }


def ranges_of(by_epoch):
    """epoch, loss -> discriminable range."""
    return {
        (epoch, loss): values["positive"].select(loss=loss).number(discriminable_range)
        for epoch, values in by_epoch.items()
        for loss in losses
    }


learnt = {epoch: at_epoch(epoch, train) for epoch in (0, *kept)}
fitted = {key: fit for epoch in learnt for key, fit in exponents_at(epoch, learnt[epoch]).items()}
fine = None not in fitted.values()
ranges = ranges_of(learnt)

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, linear "
    f"encoding, concentrated density, {plotting.counted(networks, 'network')} a loss, {epochs} epochs of "
    f"{sweep.preset.samples // sweep.preset.batch} steps, of which the weights were kept after {', '.join(map(str, kept))}. Intervals are "
    "95 %, over networks and people; of layers, and of shares of variance, over networks alone."
    + ("" if several else " With one network a loss there are none.")
    + (
        " The rate of learning rises and falls over the whole training (one cycle), so that the weights of an epoch in the middle are not those "
        "of a training that ends there; such trainings are on the page [What the result owes to faces, size and data](generality.ipynb)."
        if sweep.preset.schedule == "one-cycle"
        else ""
    )
)

# %% [markdown]
# ## The exponent in time
#
# The exponent of the embedding information and of the error scale, and the discriminable range, after 1, 2, 4, … epochs. A budget would show as
# a range that stops growing, and an exponent that stays where it is.


# %% tags=["hide-input"]
def in_time(values, logarithmic):
    """A line against the step, and its band, of estimates by epoch; or of their logarithms."""
    step = np.array([steps[epoch] for epoch in values])
    found = [of_epoch.map(np.log) if logarithmic else of_epoch for of_epoch in values.values()]
    ends = np.array([(one.mean, one.low, one.high) for one in found]).T
    mean, low, high = np.exp(ends) if logarithmic else ends
    return (step, mean), (step, low, high)


def time_panel(title, label, values, *, yscale="linear"):
    """A panel of estimates by epoch for each loss: (epoch, loss) -> estimate."""
    lines = {loss: in_time({epoch: values[epoch, loss] for epoch in kept}, yscale == "log") for loss in losses}
    return plotting.Panel(
        title,
        "training step",
        label,
        {loss: line for loss, (line, _) in lines.items()},
        {loss: band for loss, (_, band) in lines.items()} if several else {},
        xscale="log",
        yscale=yscale,
    )


def exponents_in_time(kind):
    """(epoch, loss) -> exponent."""
    return {(epoch, loss): fitted[epoch, kind, loss] for epoch in kept for loss in losses}


LOSS_STYLES = {loss: {"color": colour} for loss, colour in plotting.LOSS_COLOURS.items()}
if fine:
    content = [time_panel(kind, "exponent α", exponents_in_time(kind)) for kind in COLOURS]
    content.append(time_panel("discriminable range", "∫√I dθ", ranges, yscale="log"))
    plotting.show(
        plotting.method_panels(content, styles=LOSS_STYLES),
        id="time",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {shown}: exponent of the embedding "
        f"information, exponent of the error scale, and discriminable range (geometric mean), against the training step.{bars}",
        alt="Three plots against the training step on a logarithmic axis, a line a loss: two of the exponent, one of the discriminable range.",
        data=plotting.panel_rows(content),
    )
else:
    plotting.say("An exponent needs a finer grid of angles.")


# %% tags=["remove-input"]
if fine:
    half = kept[-2]
    lines, settled = [], {}
    for kind in COLOURS:
        told = []
        for loss in losses:
            per_network = exponents_in_time(kind)
            words, verdict = plotting.difference_in_words(per_network[kept[-1], loss], per_network[half, loss])
            settled[kind, loss] = verdict
            told.append(
                f"{loss}: {fitted[0, kind, loss].estimate:.2f} before training, {plotting.in_words(fitted[half, kind, loss])} after {half} "
                f"and {plotting.in_words(fitted[kept[-1], kind, loss])} after {kept[-1]} epochs, a change of {words}"
            )
            plotting.headline(f"exponent_{kind.split()[0]}_{loss}", fitted[kept[-1], kind, loss].estimate)
            plotting.headline(f"exponent_before_{kind.split()[0]}_{loss}", fitted[0, kind, loss].estimate)
        lines.append(f"- **{kind.capitalize()}.** {'; '.join(told)}.")
    growth = {loss: ranges[kept[-1], loss] / ranges[half, loss] for loss in losses}
    for loss in losses:
        plotting.headline(f"range_growth_{loss}", growth[loss].mean)
    growing = [loss for loss in losses if growth[loss].side(1) == "above"]
    highest_at = {
        loss: max(kept, key=lambda epoch, loss=loss: fitted[epoch, "embedding information", loss].estimate)
        for loss in losses
    }
    from_above = {
        loss: plotting.difference_in_words(
            *(fitted[epoch, "embedding information", loss] for epoch in (highest_at[loss], kept[-1]))
        )
        for loss in losses
    }
    for loss in losses:
        plotting.headline(f"exponent_highest_{loss}", fitted[highest_at[loss], "embedding information", loss].estimate)
    rising = [f"{loss} ({kind})" for (kind, loss), verdict in settled.items() if verdict]
    falling = [f"{loss} ({kind})" for (kind, loss), verdict in settled.items() if verdict is False]
    plotting.say(
        "\n".join(lines)
        + "\n\nThe exponent of the embedding information is highest after "
        + ", ".join(
            f"{plotting.counted(highest_at[loss], 'epoch')} for {loss} ({plotting.in_words(fitted[highest_at[loss], 'embedding information', loss])}, above the last one "
            f"by {words})"
            for loss, (words, _) in from_above.items()
        )
        + ". "
        + (
            "So for "
            + ", ".join(loss for loss, (_, verdict) in from_above.items() if verdict)
            + " the exponent comes to its end **from above**: a network first learns the angles that it sees most, and the others catch up. An exponent from a training "
            "that was stopped early is too large. "
            if any(verdict for _, verdict in from_above.values())
            else ""
        )
        + "\n\nThe discriminable range grows between those epochs by a factor of "
        + ", ".join(f"{plotting.mean_in_words(growth[loss])} ({loss})" for loss in losses)
        + ". "
        + (
            f"So it is **not** limited at the end of training for {', '.join(growing)}: what the networks have of it is a matter of when they stop. "
            if growing
            else "So it is not clear that it still grows. "
        )
        + (
            f"The exponent is still rising for {', '.join(rising)}"
            if rising
            else "No exponent is clearly rising at the end"
        )
        + (f", and falling for {', '.join(falling)}" if falling else "")
        + ". What would overturn this: a longer training in which the exponents moved by more than these intervals."
    )

# %% [markdown]
# When do the losses part? If the order of the exponents were there from the first steps, it would be a matter of gradients; if it came late,
# one of what can still be gained. Below, the difference of exponents between the loss of the lowest and of the highest order, paired: the networks of
# a replicate began alike and saw the same samples.

# %% tags=["remove-input"]
lowest, highest = (pick(losses, key=codes.LOSS_ORDERS.get) for pick in (min, max))
if not (fine and several and lowest != highest):
    plotting.say("Saying when losses part needs two of them with two networks each, on a grid that is fine enough.")
else:
    parted = {}
    table = []
    for kind in COLOURS:
        per_network = exponents_in_time(kind)
        gaps = {epoch: per_network[epoch, lowest] - per_network[epoch, highest] for epoch in kept}
        # The first epoch from which on every interval lies above zero.
        late = [epoch for epoch in kept if gaps[epoch].side() != "above"]
        after = [epoch for epoch in kept if not late or epoch > late[-1]]
        parted[kind] = after[0] if after else None
        table += [f"| {kind} | " + " | ".join(plotting.mean_in_words(gaps[epoch]) for epoch in kept) + " |"]
        plotting.headline(f"gap_{kind.split()[0]}", gaps[kept[-1]].mean)
    plotting.say(
        f"α of {lowest} less α of {highest}, after so many epochs:\n\n| precision | "
        + " | ".join(map(str, kept))
        + " |\n|---|"
        + "---|" * len(kept)
        + "\n"
        + "\n".join(table)
        + "\n\n"
        + " ".join(
            f"By the {kind}, {lowest} stays clearly above {highest} from epoch {epoch} on."
            if epoch
            else f"By the {kind}, {lowest} is **not** clearly above {highest} at the end."
            for kind, epoch in parted.items()
        )
    )

# %% [markdown]
# ## Layer by layer
#
# The information of the first and second hidden layer (60 and 20 units) and of the embedding, before and after training. With 60 units, some of
# which hardly vary, the covariance is hard to estimate; Ledoit and Wolf's estimate shrinks it towards a multiple of the identity as far as the
# data ask. That takes most from the directions of little variance, in which a good code has its information: for the embedding, the exponent by the
# Wishart-corrected estimate of the other sections stands beside it.
# No layer has more information than the one that it reads from, but its *linear* information can be more, since a hidden layer is not linear.

# %% tags=["hide-input"]
by_layer = {}
chosen = "linear" if "linear" in losses else losses[0]
for when, ensemble in (
    ("before training", sweep.untrained(loss=chosen)),
    ("after training", sweep.ensemble(f"epoch {epochs}", loss=chosen)),
):
    depth = len(ensemble.network.weights)
    for layer in range(1, depth + 1):
        encoder = ensemble.up_to(layer) if layer < depth else ensemble
        units = int(encoder.network.weights[-1].shape[-1])
        code = fisher.embed_with_tangents(encoder, train.images, grid)
        by_layer[when, f"{units} units" if layer < depth else "embedding"] = fisher.information(
            code, estimator="shrinkage"
        )
layers = list(dict.fromkeys(name for _, name in by_layer))
content = []
for when in ("before training", "after training"):
    values = {name: np.sqrt(by_layer[when, name].values) for name in layers}
    content.append(
        plotting.Panel(
            when,
            plotting.ANGLE_LABEL,
            plotting.ROOT_LABEL,
            {name: (grid, line.mean(axis=0)) for name, line in values.items()},
            yscale="log",
        )
    )
plotting.show(
    plotting.method_panels(content, columns=2),
    id="layers",
    caption=f"Linear encoding, {chosen} loss, concentrated density, mean of {plotting.counted(networks, 'network')}; {shown}: root information of "
    "each hidden layer and of the embedding, shrinkage estimate, before and after training.",
    alt="Two plots of the root information on a logarithmic axis against the angle, a line a layer: before and after training.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
layer_fits = {key: curves.exponent_of(values, concentrated) for key, values in by_layer.items()}
if None in layer_fits.values():
    plotting.say("An exponent of each layer needs a finer grid of angles.")
else:
    for (when, name), fit in layer_fits.items():
        plotting.headline(f"layer_{when.split()[0]}_{name.split()[0]}", fit.estimate)
    peak = int(np.argmax(concentrated.pdf(grid)))
    gain = {
        name: by_layer["after training", name].values[:, peak] / by_layer["before training", name].values[:, peak]
        for name in layers
    }
    first, last = (layer_fits["after training", name].per_replicate for name in (layers[0], layers[-1]))
    words, grows = plotting.difference_in_words(last, first)
    rise, learns = plotting.difference_in_words(first, layer_fits["before training", layers[0]].per_replicate)
    plotting.say(
        "| layer | α before training | α after training | information at the peak, after ÷ before |\n|---|---|---|---|\n"
        + "\n".join(
            f"| {name} | "
            + " | ".join(plotting.in_words(layer_fits[f"{when} training", name]) for when in ("before", "after"))
            + f" | {plotting.mean_in_words(gain[name])} |"
            for name in layers
        )
        + f"\n\nBy the Wishart-corrected estimate the embedding's α after training is {plotting.in_words(fitted[epochs, 'embedding information', chosen])}. "
        f"The exponent of the first hidden layer changes by {rise} with training, and from there to the embedding by {words} more. "
        + (
            "So the first layer itself adapts to the density"
            if learns
            else "So the first layer does not clearly adapt to the density"
        )
        + (
            ", and the layers after it add to that."
            if grows
            else ", and the layers after it take some of that away."
            if grows is False
            else "; what the layers after it add is not clear."
        )
    )

# %% [markdown]
# ## Faces of training, and people never seen (Q17)
#
# The information near the density's peak, at training faces and at people who were kept out of training. What a network gains on people never
# seen is knowledge of rotation; what it gains on training faces alone is knowledge of those faces.

# %% tags=["hide-input"]
unseen = {epoch: at_epoch(epoch, strangers) for epoch in (0, *kept)}
near = concentrated.pdf(grid) > 0.5 * concentrated.pdf(grid).max()
# Mean information where p exceeds half its peak, in rad⁻².
level = {
    (where, epoch, loss): values[epoch]["positive"]
    .select(loss=loss)
    .number(lambda curve: curve[..., near].mean(axis=-1))
    for where, values in (("training faces", learnt), ("people never seen", unseen))
    for epoch in (0, *kept)
    for loss in losses
}
strange_fits = {
    (epoch, loss): curves.exponent_of(unseen[epoch]["embedding information"].select(loss=loss), concentrated)
    for epoch in kept
    for loss in losses
}
content = [
    time_panel(
        where,
        plotting.INFORMATION_LABEL,
        {(epoch, loss): level[where, epoch, loss] for epoch in kept for loss in losses},
        yscale="log",
    )
    for where in ("training faces", "people never seen")
]
if fine:
    content.append(
        time_panel(
            "people never seen",
            "exponent α",
            strange_fits,
        )
    )
plotting.show(
    plotting.method_panels(content, styles=LOSS_STYLES),
    id="strangers",
    caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss, {angles} angles: mean embedding information where "
    f"the density exceeds half its peak, at {len(train)} training faces and at {len(strangers)} faces of people never seen, and the exponent at the "
    f"latter, against the training step; geometric means of information.{bars}",
    alt="Three plots against the training step on a logarithmic axis, a line a loss: information at training faces, information at people never "
    "seen, and the exponent there.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
share = {
    (epoch, loss): level["people never seen", epoch, loss] / level["training faces", epoch, loss]
    for epoch in (0, *kept)
    for loss in losses
}
peaked = {loss: max(kept, key=lambda epoch, loss=loss: level["people never seen", epoch, loss].mean) for loss in losses}
for loss in losses:
    plotting.headline(f"unseen_share_{loss}", share[epochs, loss].mean)
    plotting.headline(f"unseen_share_first_{loss}", share[kept[0], loss].mean)
told = []
for loss in losses:
    words, _ = plotting.difference_in_words(
        level["people never seen", epochs, loss], level["people never seen", peaked[loss], loss]
    )
    told.append(
        f"**{loss}**: {share[0, loss].mean:.2f} before training, {plotting.mean_in_words(share[kept[0], loss])} after {plotting.counted(kept[0], 'epoch')}, "
        f"{plotting.mean_in_words(share[epochs, loss])} at the end"
        + (
            f"; at people never seen the information is highest after {peaked[loss]} epochs"
            if peaked[loss] != epochs
            else "; at people never seen the information is highest at the end"
        )
        + (
            f", and α there ends at {plotting.in_words(strange_fits[epochs, loss])}, against "
            f"{plotting.in_words(fitted[epochs, 'embedding information', loss])} at training faces"
            if fine
            else ""
        )
    )
falls = [loss for loss in losses if plotting.difference_in_words(share[epochs, loss], share[kept[0], loss])[1] is False]
plotting.say(
    "Information at people never seen, as a share of that at training faces: "
    + "; ".join(told)
    + ". "
    + (
        f"The share clearly falls in the course of training for {', '.join(falls)}: what comes late is knowledge of the training faces. "
        if falls
        else "The share does not clearly fall in the course of training. "
    )
    + f"The people never seen are {len(set(strangers.person.tolist()))}. The page [Can we trust the estimate?](estimators.ipynb) compares them with "
    "equally small groups of training people."
)

# %% [markdown]
# ## At as much information, how far apart are the losses?
#
# Losses learn at different speeds. A loss whose exponent comes down as information grows, and which has got less far, has a larger exponent for that
# reason alone. So here is the exponent against the discriminable range that was reached, and the exponents at the range that each loss reached, the
# least of their highest ones (on the straight line between the kept epochs, first reached).


# %% tags=["hide-input"]
def at_range(target, by_epoch, fits, loss):
    """The exponent of a loss where the mean of its log range first reaches a target, between two kept epochs."""
    reached = np.array([by_epoch[epoch, loss].map(np.log).mean for epoch in kept])
    after = int(np.argmax(reached >= target))
    if after == 0:
        return fits[kept[0], loss]
    share = (target - reached[after - 1]) / (reached[after] - reached[after - 1])
    return fits[kept[after - 1], loss] * (1 - share) + fits[kept[after], loss] * share


FITS = {"training faces": exponents_in_time("embedding information"), "people never seen": strange_fits}
RANGES = {"training faces": ranges, "people never seen": ranges_of({epoch: unseen[epoch] for epoch in kept})}
least = {
    where: min(max(by_epoch[epoch, loss].map(np.log).mean for epoch in kept) for loss in losses)
    for where, by_epoch in RANGES.items()
}
if fine:
    content = []
    for where, fits in FITS.items():
        reached = {
            loss: np.array([np.exp(RANGES[where][epoch, loss].map(np.log).mean) for epoch in kept]) for loss in losses
        }
        ends = {
            loss: np.array([(one.mean, one.low, one.high) for one in (fits[epoch, loss] for epoch in kept)]).T
            for loss in losses
        }
        tall = [min(line[0].min() for line in ends.values()), max(line[0].max() for line in ends.values())]
        content.append(
            plotting.Panel(
                where,
                "∫√I dθ",
                "exponent α",
                {
                    **{loss: (reached[loss], ends[loss][0]) for loss in losses},
                    "reached by each": (np.exp([least[where]] * 2), np.array(tall)),
                },
                {loss: (reached[loss], *ends[loss][1:]) for loss in losses} if several else {},
            )
        )
    marked = {loss: {**style, "marker": "o"} for loss, style in LOSS_STYLES.items()}
    plotting.show(
        plotting.method_panels(content, columns=2, styles={**marked, "reached by each": {"color": "0.6", "linestyle": "--"}}),
        id="progress",
        caption=f"Linear encoding, concentrated density, {plotting.counted(networks, 'network')} a loss; {len(train)} training faces and {len(strangers)} faces "
        f"of people never seen at each of {angles} angles: exponent of the embedding information against the discriminable range reached after "
        f"{', '.join(map(str, kept))} epochs (left to right, where it grows). Dashed: the range that every loss reached.{bars}",
        alt="Two plots of the exponent against the discriminable range, a line a loss: training faces, and people never seen.",
        data=plotting.panel_rows(content),
    )  # fmt: skip

# %% tags=["remove-input"]
shares_owed, progress = [], []
if not fine:
    plotting.say("Exponents need a finer grid of angles.")
elif len(losses) < 2:
    plotting.say("Comparing losses needs two of them.")
else:
    ordered = sorted(losses, key=codes.LOSS_ORDERS.get)
    for where, fits in FITS.items():
        equal = {loss: at_range(least[where], RANGES[where], fits, loss) for loss in losses}
        parts, differences = [], []
        for first, second in itertools.pairwise(ordered):
            lead, left = (at[first] - at[second] for at in ({loss: fits[epochs, loss] for loss in losses}, equal))
            words = f"{first} − {second} is {plotting.mean_in_words(lead)} at the end of training and {plotting.mean_in_words(left)} at equal range"
            gained = (lead - left).side()
            if lead.mean > 0 and gained == "above":
                kept_share = left.mean / lead.mean
                # The ratio of two means, followed along its derivative to each network and person.
                owed = 1 - kept_share - (left - lead * kept_share) / lead.mean
                words += f", so that {plotting.mean_in_words(owed)} of it is progress in training"
                plotting.headline(f"progress_{where.split()[0]}_{first}_{second}", owed.mean)
                shares_owed.append(f"{plotting.mean_in_words(owed)} of what {first} has over {second} at {where}")
            elif lead.mean < left.mean and gained == "below":
                words += (
                    ", so that it turns round"
                    if lead.mean < 0 and left.side() == "above"
                    else ", so that progress in training hides some of it"
                )
            parts.append(words)
            differences.append(f"{first} − {second} {plotting.mean_in_words(lead)}")
            plotting.headline(f"lead_{where.split()[0]}_{first}_{second}", lead.mean)
            plotting.headline(f"lead_at_equal_range_{where.split()[0]}_{first}_{second}", left.mean)
        levels = ", ".join(f"{plotting.in_words(fits[epochs, loss])} ({loss})" for loss in ordered)
        progress.append(
            f"- **{where.capitalize()}**: α at the end is {levels}; at ∫√I dθ = {np.exp(least[where]):.1f}, which each loss reached, "
            f"{', '.join(f'{plotting.in_words(equal[loss])} ({loss})' for loss in ordered)}. {'; '.join(parts)}."
        )
    plotting.say(
        "\n".join(progress)
        + "\n\nThe intervals hold the exponents' uncertainty, and not that of the range at which they are read. Equal range is not equal training: "
        "what a loss would end at, were it trained for ever, is not shown."
    )

# %% [markdown]
# ## Does the information go as a derivative of the density? (Q15)
#
# Fisher information is made of a derivative, that of the mean embedding along the angle, so one might expect its curve to go as $|p'|$ and not as $p$.
# But the derivative is along the angle, and the density enters by how much a network is paid for precision there. At the peak the two differ
# most: $p$ is highest and $p' = 0$. Each network's $\sqrt I$ is fitted by a power of $p$ and by a power of $|p'|$, where the density exceeds a tenth of its
# peak, and the share of its variance over angles that each accounts for is compared.

# %% tags=["hide-input"]
common = curves.common_angles(concentrated, grid)
width = 1e-4
slope_of_p = np.abs(concentrated.pdf(grid + width) - concentrated.pdf(grid - width)) / (2 * width)
regressors = {"power of p": concentrated.pdf(grid)[common], "power of |p′|": slope_of_p[common]}


def explained(curve, regressor):
    """The best power of a regressor, the share of the variance of √I over angles that it accounts for, and that fit."""
    power = stats.fit_exponent(curve[None], regressor).estimate
    shape = regressor ** (power / 2)
    root = np.sqrt(curve)
    fit = shape * (shape @ root) / (shape @ shape)
    return power, 1 - ((root - fit) ** 2).sum() / ((root - root.mean()) ** 2).sum(), fit


ends = learnt[epochs]["positive"]
if fine:
    accounted = {
        (name, loss): [explained(curve, regressor) for curve in ends.select(loss=loss).values.values[:, common]]
        for name, regressor in regressors.items()
        for loss in losses
    }
    content = [
        plotting.Panel(
            f"{loss} loss",
            "angle (rad)",
            plotting.ROOT_LABEL,
            {
                "measured": (grid[common], np.sqrt(ends.select(loss=loss).values.values[:, common]).mean(axis=0)),
                **{name: (grid[common], np.mean([fit for *_, fit in accounted[name, loss]], axis=0)) for name in regressors},
            },
        )
        for loss in losses
    ]  # fmt: skip
    plotting.show(
        plotting.method_panels(content),
        id="Q15",
        caption=f"Linear encoding, concentrated density, mean of {plotting.counted(networks, 'network')} a loss; {shown}, of which those where the density "
        "exceeds a tenth of its peak: root information, and the mean of its best fits by a power of the density and by a power of the size of the "
        "density's derivative.",
        alt="A plot a loss of the root information against the angle, with two fitted curves: a power of the density, and a power of its "
        "derivative.",
        data=plotting.panel_rows(content),
    )

# %% tags=["remove-input"]
if not fine:
    plotting.say("Comparing the two needs a finer grid of angles.")
else:
    told, verdicts = [], []
    for loss in losses:
        by_p, by_slope = (np.array([part for _, part, _ in accounted[name, loss]]) for name in regressors)
        words, verdict = plotting.difference_in_words(by_p, by_slope)
        verdicts.append(verdict if several else bool(by_p.mean() > by_slope.mean()))
        told.append(
            f"**{loss}**: p {plotting.mean_in_words(by_p)}, |p′| {plotting.mean_in_words(by_slope)} (its best power is "
            f"{np.mean([power for power, *_ in accounted['power of |p′|', loss]]):.2f}), difference {words}"
        )
        plotting.headline(f"explained_by_p_{loss}", by_p.mean())
        plotting.headline(f"explained_by_slope_{loss}", by_slope.mean())
    plotting.say(
        "Share of the variance of √I accounted for (negative where a constant would do better): "
        + "; ".join(told)
        + ". "
        + (
            "**Q15.** No: the information goes as a power of the density, and not of its derivative, for every loss here."
            if all(verdicts)
            else "**Q15.** For some loss the density's derivative does as well as the density or better, or it cannot be said."
        )
        + " A positive power of |p′| would make the information dip at the density's peak, where |p′| is zero; that dip is what would "
        "overturn the answer."
    )

# %% [markdown]
# ## What this page does not show
#
# - What trainings of other lengths end at: the rate of learning here follows the whole training.
# - The circular encoding, the uniform density, and the other losses.
# - Why a layer's exponent is what it is: the shares of layers depend on how weights are drawn and on the rate of learning.
#
# ## Summary

# %% tags=["remove-input"]
summary = []
if fine:
    summary.append(
        f"- After {epochs} epochs α of the embedding information is "
        + ", ".join(f"{plotting.in_words(fitted[epochs, 'embedding information', loss])} ({loss})" for loss in losses)
        + "."
    )
    summary.append(
        "- In the last stretch of training the discriminable range grows by a factor of "
        + ", ".join(f"{growth[loss].mean:.2f} ({loss})" for loss in losses)
        + "."
    )
summary.append(
    "- People never seen have a share of "
    + ", ".join(f"{share[epochs, loss].mean:.2f} ({loss})" for loss in losses)
    + " of the information of training faces near the peak."
)
if fine and len(losses) > 1:
    summary.append(
        "- At people never seen α ends at "
        + ", ".join(f"{plotting.in_words(strange_fits[epochs, loss])} ({loss})" for loss in ordered)
        + f"; {', '.join(differences)}."
    )
if shares_owed:
    summary.append(f"- Progress in training, read at an equal discriminable range: {'; '.join(shares_owed)}.")
plotting.say("\n".join(summary))
