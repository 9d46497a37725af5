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
# # Does training on its own code converge?
#
# A code says how often each angle was trained: by the law, $I \propto p^\alpha$. So take the density that it says, train new networks
# on that one, and go on. Does this come to rest, and where? (Q14)
#
# One generation goes a share $\lambda$ (the damping) of the way, in the logarithm:
#
# $$ p_{g+1} \propto p_g^{1-\lambda}\,\bigl(I_g^{\,k}\bigr)^\lambda , $$
#
# with $I_g$ the mean information of the generation's networks. Where $I \propto p^\alpha$, $\log p$ is multiplied by
# $s = 1 - \lambda + \lambda k\alpha$ each time. Two powers are tried. With $k = 1/\alpha$, α measured at the first networks, $s = 1$:
# every density is a **fixed point**, and whatever moves is a departure from the law. With $k = ½$, the root information of R69,
# $s < 1$ as long as $\alpha < 2$, and all ends at **uniform**.
#
# R69 itself, which is algebra, stands on the page [Spikes and numerics](loss_comparison_numerics.ipynb); the law is derived on the
# [theory page](theory.md); how information and bands are made is told on the page [Fisher information](fisher_information.ipynb).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd
import scipy.optimize
import scipy.stats
from scipy.spatial.distance import jensenshannon

from fisherkit import codes, curves, experiments, plotting, stats, theory
from fisherkit.curves import normalised_information
from fisherkit.densities import normalised
from fisherkit.iteration import BINS, SMALLEST, Iteration

plotting.use_style()

# %% tags=["parameters"]
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
    "I^(1/α)": Iteration(sweep, generations, None, damping),
    "√I": Iteration(sweep, generations, 0.5, damping),
}

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
networks = len(sweep.conditions)
several = networks > 1
middles = iterations["√I"].angles
bin_width = middles[1] - middles[0]
alpha = 1 / iterations["I^(1/α)"].chosen_power
colours = {"I^(1/α)": "#44AA99", "√I": "#AA4499"}
slug = {"I^(1/α)": "inverse", "√I": "root"}
steps = generations + 1  # the last generation's code gives a density too, which no network was trained on
quantile = scipy.stats.t.ppf(0.975, networks - 1) if several else np.inf
condition = (
    f"Linear encoding, {loss} loss, from the {density} density on, damping {damping:g}, "
    f"{plotting.counted(networks, 'network')} a generation"
)
shown = f"{len(train)} training faces"
# The original's own condition; in another one its reading has nothing to say.
as_original = loss == "linear" and density == "concentrated"

ensembles = {name: [one.information(g) for g in range(steps)] for name, one in iterations.items()}
probabilities = {
    name: [
        *(one.probabilities(g) for g in range(steps)),
        one.next_probabilities(generations, ensembles[name][-1].values.mean(axis=0)),
    ]
    for name, one in iterations.items()
}


def without_each(name, generation):
    """The next density with each network left out in turn: (networks, bins)."""
    values = ensembles[name][generation].values
    return np.array(
        [
            iterations[name].next_probabilities(generation, np.delete(values, k, axis=0).mean(axis=0))
            for k in range(networks)
        ]
    )


def since_start(name):
    """The density after each step with each network left out of all steps: deviations go on as the law says, by s."""
    s = 1 - damping + damping * iterations[name].chosen_power * alpha
    deviation, found = 0.0, []
    for after, left in zip(probabilities[name][1:], left_out[name], strict=True):
        deviation = s * deviation + np.log(left / after)
        moved = after * np.exp(deviation)
        found.append(moved / moved.sum(axis=1, keepdims=True))
    return found


def jackknifed(values):
    """Half of the 95 % interval of a number over networks, from its values with each network left out."""
    return float(quantile * np.sqrt((networks - 1) / networks * ((values - values.mean()) ** 2).sum()))


left_out = {name: [without_each(name, g) for g in range(steps)] for name in iterations} if several else {}
carried = {name: since_start(name) for name in left_out}

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{loss} loss, {plotting.counted(networks, 'network')} a generation, {plotting.counted(generations, 'generation')} after "
    f"generation 0, damping {damping:g}, densities in {BINS} equal bins. The first networks have α = {alpha:.2f}, so that "
    f"$k = 1/\\alpha$ is {1 / alpha:.2f}, and the law's $s$ is 1 for it and {1 - damping + damping * alpha / 2:.2f} for the root."
)
plotting.headline("power", 1 / alpha)

# %% [markdown]
# The networks of a generation are independent of each other, given their density, and are the **units** of all intervals here. The
# generations of one iteration are not independent: each begins where the last one ended. They are **one chain**, $n = 1$, and
# no interval on this page says what another chain from the same start would do. Training faces are the same throughout.
#
# ## Q14 · The densities

# %% tags=["hide-input"]
figure, axes = plotting.panels(2, columns=2, sharex=True, sharey=True)
for axis, (name, lines) in zip(axes, probabilities.items(), strict=True):
    for g, (line, colour) in enumerate(zip(lines, plotting.shades(len(lines)), strict=True)):
        label = {0: "start", steps: f"after {steps} steps"}.get(g)
        axis.plot(middles, line / bin_width, color=colour, label=label)
    axis.axhline(1 / np.pi, **plotting.DENSITY_STYLE, label="uniform")
    plotting.mark_boundary(axis, np.array(codes.angle_range("linear")).repeat(2))
    axis.set(title=f"p ← {name}", xlabel=plotting.ANGLE_LABEL, yscale="log")
highest = max(line.max() for lines in probabilities.values() for line in lines) / bin_width
axes[0].set(ylabel="density p(θ) (rad⁻¹)", ylim=(SMALLEST / bin_width / 2, 2 * highest))
figure.legend(*axes[0].get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=3)
plotting.show(
    figure,
    id="Q14-densities",
    caption=f"{condition}; {shown}: the densities that were trained on, and the one that the last code gives, from dark to light, on a "
    f"logarithmic axis. Dashed: uniform. No bin has less than a millionth of the probability; the start goes on falling below.",
    alt="Two panels of line plots of densities against the angle on a logarithmic axis, shades by generation, with the uniform "
    "density dashed.",
    data=pd.concat(
        [
            pd.DataFrame({"iteration": name, "step": g, "angle": middles, "density": line / bin_width})
            for name, lines in probabilities.items()
            for g, line in enumerate(lines)
        ]
    ),
)

# %% tags=["remove-input"]
share_of_peak = probabilities["√I"][0] / probabilities["√I"][0].max()
CLASSES = {"above ½": (0.5, 2), "0.1 to ½": (0.1, 0.5), "0.01 to 0.1": (0.01, 0.1), "below 0.01": (0, 0.01)}
members = {words: (low < share_of_peak) & (share_of_peak <= high) for words, (low, high) in CLASSES.items()}
plotting.say(
    "Share of the probability, by what the density was at the start, as a share of its peak:\n\n"
    f"| at the start | there | {' | '.join(f'after {steps} steps, {name}' for name in iterations)} |\n|---|---|---|---|\n"
    + "\n".join(
        f"| {words} | {100 * probabilities['√I'][0][of].sum():.1f} % | "
        + " | ".join(f"{100 * lines[-1][of].sum():.1f} %" for lines in probabilities.values())
        + " |"
        for words, of in members.items()
        if of.any()
    )
)
rare = share_of_peak <= 0.1
sentences, rare_gains = [], {}
for name, lines in probabilities.items():
    gain = float(lines[-1][rare].sum() - lines[0][rare].sum())
    half = jackknifed(carried[name][-1][:, rare].sum(axis=1)) if several else np.inf
    rare_gains[name] = (gain, half)
    plotting.headline(f"rare_gain_{slug[name]}", gain)
    sentences.append(
        f"**{name}**: {100 * gain:+.1f}"
        + (f" [{100 * (gain - half):+.1f}, {100 * (gain + half):+.1f}]" if several else "")
        + " percentage points, "
        + (
            "one network, no interval"
            if not several
            else "**undecided**, the interval holds zero"
            if abs(gain) <= half
            else "they gain"
            if gain > 0
            else "they lose"
        )
    )
if rare.any():
    plotting.say(f"What the share of all angles below a tenth of the peak changes by: {'; '.join(sentences)}.")

# %% [markdown]
# ## Q14 · The last code and its density
#
# Were the law exact, the information of the last generation would be $p^\alpha$, normalised, with the α of the first networks.

# %% tags=["hide-input"]
grid = codes.angle_grid("linear", angles)
last = {
    name: curves.measure(one.sweep(generations).ensemble(), train, grid, seed=seed) for name, one in iterations.items()
}
said = {
    name: normalised(one.sweep(generations).conditions[0].density.pdf(grid) ** alpha, grid)
    for name, one in iterations.items()
}
plotting.show_curves(
    "Q14-code",
    {name: plotting.curve_of(measured, normalised_information, colours[name]) for name, measured in last.items()},
    plotting.NORMALISED_INFORMATION_LABEL,
    references={f"p^α, {name}": (grid, line) for name, line in said.items()},
    logarithmic=True,
    caption=f"{condition}; {shown} at each of {angles} angles: normalised information of the networks of generation {generations}, thin, "
    f"and its mean, thick, and p^α of the density that they were trained on, normalised (dashed and dotted). Bands: 95 %, "
    f"simultaneous, over people{' and networks' if several else ''}.",
    alt="Line plot of the normalised information of the last generation against the angle on a logarithmic axis, a colour an "
    "iteration, with bands, and the powers of the densities dashed and dotted.",
)

# %% tags=["remove-input"]
sentences = []
for name, one in iterations.items():
    p = one.sweep(generations).conditions[0].density.pdf(grid)
    common = curves.common_angles(one.sweep(generations).conditions[0].density, grid)
    off = np.log(last[name].lines(normalised_information).mean(axis=0) / said[name])
    scatter = np.exp(np.sqrt(np.mean((off[common] - off[common].mean()) ** 2)))
    words = f"**{name}**: where its density exceeds a tenth of its peak, the information departs from p^α by a factor of {scatter:.2f} (root mean square of the log)"
    if (p < 0.1 * p.max()).any():
        excess = float(np.exp(off[p < 0.1 * p.max()].mean() - off[common].mean()))
        plotting.headline(f"excess_where_rare_{slug[name]}", excess)
        words += f"; where it is below, it is {excess:.2g} times what p^α says, relative to the rest"
    else:
        words += "; nowhere is it below"
    sentences.append(words)
plotting.say(". ".join(sentences) + ". " + ("" if several else "With one network, its own quirks are part of this."))

# %% [markdown]
# ## Q14 · Do the steps die out?
#
# The distance between densities is the Jensen–Shannon distance of their bins (base 2: from 0, the same, to 1, without overlap). A step
# has a **scatter**: the next density is made of the mean of a few networks, and others would have given another one. It is
# estimated by the jackknife: with each of the $K$ networks left out in turn, $\sqrt{\tfrac{K-1}{K}\sum_k d^2(p^{(-k)}, p)}$.
# Even if nothing moved, steps would be about as large as this: **a step smaller than its scatter is no movement**. A step counts as
# movement beyond the scatter times Student's 97.5 % quantile for $K - 1$ degrees of freedom; between the two, it is undecided.
#
# Small steps can add up. Networks of one replicate begin alike in all generations and see the same faces, so that their scatter may
# repeat and add up too. So the distance from the start has a scatter of its own: with one replicate left out of all generations
# at once, and what that changes carried on from step to step by the law's factor $s$.


# %% tags=["hide-input"]
def apart(first, second):
    """Jensen–Shannon distance of two densities on the bins, from 0 to 1."""
    return float(jensenshannon(first, second, base=2))


def scatter_of(left, after):
    """What other networks would change in a density: the jackknife's distance."""
    return float(np.sqrt((networks - 1) / networks * sum(apart(one, after) ** 2 for one in left)))


flat = np.full(BINS, 1 / BINS)
distances = pd.DataFrame(
    [
        {
            "iteration": name,
            "step": g + 1,
            "length": apart(lines[g], lines[g + 1]),
            "scatter": scatter_of(left_out[name][g], lines[g + 1]) if several else np.nan,
            "from_start": apart(lines[0], lines[g + 1]),
            "scatter_from_start": scatter_of(carried[name][g], lines[g + 1]) if several else np.nan,
            "from_uniform": apart(flat, lines[g + 1]),
        }
        for name, lines in probabilities.items()
        for g in range(steps)
    ]
)


def movement_of(length, scatter):
    """Whether a length is a movement: moves, rests, undecided; or unknown, for one network."""
    if not several:
        return "unknown"
    if length <= scatter:
        return "rests"
    return "moves" if length > quantile * scatter else "undecided"


distances["movement"] = [movement_of(row.length, row.scatter) for row in distances.itertuples()]
distances["drift"] = [movement_of(row.from_start, row.scatter_from_start) for row in distances.itertuples()]
of_iteration = {name: distances[distances["iteration"] == name].reset_index(drop=True) for name in iterations}
styles = {name: {"color": colours[name], "marker": "o"} for name in iterations}
styles |= {f"scatter, {name}": {"color": colours[name], "linestyle": ":", "marker": ""} for name in iterations}
at = np.arange(steps + 1)


def distance_panel(title, reference, scatter, limits):
    """One panel of the figure of distances: from a reference, and its scatter from a column of the table."""
    lines = {
        name: (at, np.array([apart(of[0] if reference is None else reference, p) for p in of]))
        for name, of in probabilities.items()
    }
    if scatter and several:
        lines |= {f"scatter, {name}": (at[1:], rows[scatter].to_numpy()) for name, rows in of_iteration.items()}
    return plotting.Panel(title, "step", "distance", lines, limits=limits)


content = [
    plotting.Panel(
        "length of the step", "step", "Jensen–Shannon distance",
        {name: (at[1:], rows["length"].to_numpy()) for name, rows in of_iteration.items()}
        | {f"scatter, {name}": (at[1:], rows["scatter"].to_numpy()) for name, rows in of_iteration.items() if several},
        limits=(0, 1.1 * distances["length"].max()),
    ),
    distance_panel("from the start", None, "scatter_from_start", (0, 1)),
    distance_panel("from uniform", flat, None, (0, 1)),
]  # fmt: skip
figure = plotting.method_panels(content, styles=styles)
for axis in figure.axes:
    axis.set_xticks(range(steps + 1))
plotting.show(
    figure,
    id="Q14-distance",
    caption=f"{condition}; {shown}: Jensen–Shannon distance that each step goes"
    + (
        ", with the scatter that other networks would bring to it and to the distance from the start (dotted)"
        if several
        else ""
    )
    + ", and how far the density is from the start and from the uniform one. Step 1 is the one that the code of generation 0 takes.",
    alt="Three panels of lines against the number of the step, a colour an iteration: length of the step with its scatter, distance "
    "from the start, distance from uniform.",
    data=distances,
)

# %% tags=["remove-input"]
VERDICTS = {
    "moves": "it **still moves**",
    "rests": "it is **at rest**, as far as these networks tell",
    "undecided": "**undecided**: more than scatter alone would do on average, less than counts as movement",
    "unknown": "one network has no scatter, so nothing says whether that is movement",
}
for name, rows in of_iteration.items():
    first, end = rows.iloc[0], rows.iloc[-1]
    plotting.headline(f"first_step_{slug[name]}", first["length"])
    plotting.headline(f"last_step_{slug[name]}", end["length"])
    plotting.headline(f"from_start_{slug[name]}", end["from_start"])
    plotting.headline(f"from_uniform_{slug[name]}", end["from_uniform"])
    if several:
        plotting.headline(f"last_scatter_{slug[name]}", end["scatter"])
        plotting.headline(f"scatter_from_start_{slug[name]}", end["scatter_from_start"])
        plotting.headline(f"moving_steps_{slug[name]}", (rows["movement"] == "moves").sum())
plotting.say(
    "\n\n".join(
        f"**{name}**: steps of {', '.join(f'{x:.3f}' for x in rows['length'])}"
        + (f", with a scatter of {', '.join(f'{x:.3f}' for x in rows['scatter'])}" if several else "")
        + f". After the last one, {VERDICTS[rows['movement'].iloc[-1]]}. Distance from the start {rows['from_start'].iloc[-1]:.3f}"
        + (f" (scatter {rows['scatter_from_start'].iloc[-1]:.3f})" if several else "")
        + f", {100 * rows['from_start'].iloc[-1] / rows['length'].sum():.0f} % of the way that the steps make together (independent steps of one length: "
        f"{100 / np.sqrt(steps):.0f} %). Distance from uniform {rows['from_uniform'].iloc[-1]:.2f}, at the start {apart(flat, probabilities[name][0]):.2f}."
        for name, rows in of_iteration.items()
    )
)

# %% [markdown]
# ## Q14 · The width, and what the law says
#
# One number for a density: its effective width $\exp\left(-\!\int p\log p\,d\theta\right)$ in rad, the width of the uniform density that
# has the same entropy; π for the uniform one over the whole range. Two predictions, both from generation 0 alone. The **law**:
# $p_g \propto p_0^{\,s^g}$. The **law with a floor**: $I \propto r^a + b$, $r$ the density as a share of its peak, with $a$ and $b$ fitted to
# the first networks over the whole range; iterated with the same $k$. With a floor no density is a fixed point of the inverse power: for
# $k = 1/a$, $r$ is multiplied by $(1 + b\,r^{-a})/(1 + b)$ to the power $\lambda/a$, which is above one wherever $r < 1$. All then ends at
# uniform, fast where $r^a < b$ and slowly where it is larger. If $a$ is not the α that $k$ was made of, $ka \ne 1$, and the
# density becomes narrower first ($ka > 1$) or wider ($ka < 1$). Both predictions have the iteration's own smallest probability.


# %% tags=["hide-input"]
def effective_width(p):
    """exp of the entropy of densities on the bins, in rad."""
    return np.exp(scipy.stats.entropy(p, axis=-1)) * bin_width


def by_law(name, exponent, floor):
    """The densities that a law leads to, in the order of the steps."""
    found = [probabilities[name][0]]
    power = iterations[name].chosen_power
    for _ in range(steps):
        log_r = np.log(found[-1] / found[-1].max())
        mixed = (1 - damping) * log_r + damping * power * np.logaddexp(
            exponent * log_r, np.log(floor) if floor else -np.inf
        )
        share = np.maximum(np.exp(mixed) / np.exp(mixed).sum(), SMALLEST)  # as in the iteration itself
        found.append(share / share.sum())
    return found


steep, floor = stats.fit_exponent_with_floor(
    ensembles["√I"][0].values.mean(axis=0), np.maximum(probabilities["√I"][0], np.finfo(float).tiny)
)
laws = {name: {"law": by_law(name, alpha, 0.0), "law with a floor": by_law(name, steep, floor)} for name in iterations}
widths = {name: effective_width(np.array(lines)) for name, lines in probabilities.items()}
halves = {name: np.array([0.0, *(jackknifed(effective_width(left)) for left in of)]) for name, of in carried.items()}
law_widths = {name: {law: effective_width(np.array(lines)) for law, lines in of.items()} for name, of in laws.items()}
content = [
    plotting.Panel(
        f"p ← {name}",
        "step",
        "effective width (rad)",
        {"networks": (at, widths[name]), **{law: (at, line) for law, line in law_widths[name].items()}},
        bands={"networks": (at, widths[name] - halves[name], widths[name] + halves[name])} if several else {},
        level=np.pi,
        limits=(0, 1.05 * np.pi),
    )
    for name in iterations
]
figure = plotting.method_panels(
    content,
    columns=2,
    styles={
        "networks": {"color": "black", "marker": "o"},
        "law": {"color": "0.45", "linestyle": "--"},
        "law with a floor": {"color": "0.45", "linestyle": ":"},
    },
)
for axis in figure.axes:
    axis.set_xticks(range(steps + 1))
plotting.show(
    figure,
    id="Q14-width",
    caption=f"{condition}; {shown}: effective width of the density after each step, and what the law says with and without a floor, from "
    f"generation 0 alone. Horizontal line: uniform."
    + (" Band: 95 %, over networks, each left out of all steps." if several else ""),
    alt="Two panels, one an iteration, of the effective width against the number of the step, with bands and two predicted lines, "
    "below a horizontal line for the uniform density.",
    data=plotting.panel_rows(content),
)


# %% tags=["remove-input"]
def direction_of(name):
    """Whether the last step made the density wider: a word, and the change with its interval in rad."""
    change = float(widths[name][-1] - widths[name][-2])
    if not several:
        return "wider" if change > 0 else "narrower", f"{change:+.2f} rad"
    half = jackknifed(effective_width(left_out[name][-1]))
    word = "undecided" if abs(change) <= half else "wider" if change > 0 else "narrower"
    return word, f"{change:+.2f} [{change - half:+.2f}, {change + half:+.2f}] rad"


lacking = {}
sentences = [
    f"With a floor, the first networks have an exponent of {steep:.2f} and a floor of {100 * floor:.2g} % of the information at the peak."
]
for name in iterations:
    ends = {law: float(line[-1]) for law, line in law_widths[name].items()}
    for law, end in ends.items():
        plotting.headline(f"width_{law.replace(' ', '_')}_{slug[name]}", end)
    plotting.headline(f"width_{slug[name]}", widths[name][-1])
    word, told = direction_of(name)
    half = halves[name][-1] if several else np.inf
    inside = {law: abs(end - widths[name][-1]) <= half for law, end in ends.items()}
    lacking[name] = (
        "one network has no interval to hold that against"
        if not several
        else "both are inside the interval"
        if all(inside.values())
        else "the law is inside the interval, the floor puts it **outside**"
        if inside["law"]
        else "the law alone is outside the interval, and the floor puts that **right**"
        if inside["law with a floor"]
        else "both are **outside** the interval"
    )
    sentences.append(
        f"**{name}**: the width goes from {widths[name][0]:.2f} to {widths[name][-1]:.2f}"
        + (f" [{widths[name][-1] - half:.2f}, {widths[name][-1] + half:.2f}]" if several else "")
        + f" rad; the law says {ends['law']:.2f}, with a floor {ends['law with a floor']:.2f}: {lacking[name]}. The last step changes the width by {told}: "
        + {"wider": "wider", "narrower": "narrower", "undecided": "undecided, the interval holds zero"}[word]
        + ("." if several else " (no interval).")
    )
plotting.headline("floor", floor)
plotting.headline("exponent_with_a_floor", steep)
plotting.say("\n\n".join(sentences))

# %% [markdown]
# ## Q14 · Does the exponent stay?
#
# The same exponent, fitted to the networks of each generation with respect to the density that they were trained on, in the middles
# of the bins, where that density exceeds a tenth of its peak. As a density becomes flat there is less to fit an exponent to, and
# more of the range takes part.

# %% tags=["hide-input"]
fits = {
    name: {g: curves.exponent_of(ensembles[name][g], one.sweep(g).conditions[0].density) for g in range(steps)}
    for name, one in iterations.items()
}
fits = {name: {g: fit for g, fit in of.items() if fit is not None} for name, of in fits.items()}
estimates = {name: np.array([fit.estimate for fit in of.values()]) for name, of in fits.items()}
drawn = np.concatenate(list(estimates.values()))
content = [
    plotting.Panel(
        "", "generation", "exponent α", {name: (np.array(list(of)), estimates[name]) for name, of in fits.items() if of},
        bands={
            name: (np.array(list(of)), *(np.array([getattr(fit, end) for fit in of.values()]) for end in ("low", "high")))
            for name, of in fits.items()
            if of and several
        },
        level=alpha, limits=(min(0, 1.2 * drawn.min()), max(1.6 * drawn.max(), 1.2 * alpha)),
    )
]  # fmt: skip
figure = plotting.method_panels(content, columns=2, styles=styles)
figure.set_size_inches(5.2, 3.6)
for axis in figure.axes:
    axis.set_xticks(range(steps))
plotting.show(
    figure,
    id="Q14-exponent",
    caption=f"{condition}; {shown}, {BINS} angles: exponent of the information of each generation's networks against their own density. "
    "Horizontal line: α as generation 0 has it on the grid that the power was measured on."
    + (" Bands: 95 %, over networks, cut off at the frame." if several else ""),
    alt="Line plot of the exponent against the generation, a colour an iteration, with bands and a horizontal line.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
flank = members["0.01 to 0.1"]
local = None
if len(np.unique(probabilities["√I"][0][flank].round(9))) > 2:
    local = stats.fit_exponent(ensembles["√I"][0].values[:, flank], probabilities["√I"][0][flank])
    plotting.headline("exponent_on_the_flank", local.estimate)
steeper = local is not None and several and local.low > alpha
exponent_words = {}
sentences = []
for name, of in fits.items():
    plotting.headline(f"exponent_first_{slug[name]}", of[0].estimate)
    plotting.headline(f"exponent_last_{slug[name]}", of[max(of)].estimate)
    # Networks of one replicate began alike.
    estimate, low, high = stats.mean_interval(of[max(of)].per_replicate - of[0].per_replicate)
    exponent_words[name] = (
        "not tested" if not several else "undecided" if low <= 0 <= high else "has risen" if low > 0 else "has fallen"
    )
    sentences.append(
        f"**{name}**: α is {', '.join(plotting.in_words(fit) for fit in of.values())}; from generation 0 to {max(of)} it changes by {estimate:+.2f}"
        + (f" [{low:+.2f}, {high:+.2f}]" if several else "")
        + " (of the same replicates): "
        + {
            "not tested": "one network has no interval",
            "undecided": "the interval holds zero, so whether it stays is undecided",
            "has risen": "it **rises**",
            "has fallen": "it **falls**",
        }[exponent_words[name]]
        + f". With the last α, $s$ is {1 - damping + damping * iterations[name].chosen_power * of[max(of)].estimate:.2f}, with the first {1 - damping + damping * iterations[name].chosen_power * alpha:.2f}."
    )
plotting.say(
    "\n\n".join(sentences)
    + (
        ""
        if local is None
        else f"\n\nFurther down, where the density is between a hundredth and a tenth of its peak, the first networks have an exponent of "
        f"{plotting.in_words(local)}; the power was made of {alpha:.2f}. "
        + (
            "The interval lies above: the information falls off **faster** there, before it comes to its floor. One power does not describe this code."
            if steeper
            else "The interval lies below: the information falls off **more slowly** there. One power does not describe this code."
            if several and local.high < alpha
            else "One network has no interval."
            if not several
            else "The interval holds that too: whether it is another one is undecided."
        )
    )
    + f"\n\nThe law has one α for all densities, {theory.predicted_exponent(codes.LOSS_ORDERS[loss]):.2f} at β = ½ and {theory.predicted_exponent(codes.LOSS_ORDERS[loss], 1.0):.2f} at β = 1. "
    + (
        "An exponent that changes with the density, as here, is a departure of its own, besides the floor: the closed form, which has α fixed, "
        "need not hold for long."
        if set(exponent_words.values()) & {"has risen", "has fallen"}
        else "Nothing here says that α changes with the density; nor that it does not."
    )
)

# %% [markdown]
# ## Q14 · The answer


# %% tags=["remove-input"]
def goes(name):
    """Whether the density has come nearer to uniform since the start, in words."""
    change = of_iteration[name]["from_uniform"].iloc[-1] - apart(flat, probabilities[name][0])
    if several and abs(change) <= jackknifed(np.array([apart(flat, p) for p in carried[name][-1]])):
        return "neither clearly towards uniform nor away from it"
    return "towards uniform" if change < 0 else "away from uniform"


def where_it_ends(name):
    """What the densities of an iteration do, in a sentence."""
    if not several:
        return "**undecided**: one network a generation has no scatter to compare a step with"
    end = of_iteration[name].iloc[-1]
    ratio = f"the last step is {end['length'] / end['scatter']:.1f} times its scatter"
    settled = {
        "moves": f"**not converged** after {plotting.counted(steps, 'step')}: {ratio}",
        "undecided": f"**undecided** after {plotting.counted(steps, 'step')}: {ratio}",
        "rests": f"**at rest** after {plotting.counted(steps, 'step')}, as far as these networks tell: {ratio}",
    }[end["movement"]]
    since = f"{end['from_start']:.2f}, {end['from_start'] / end['scatter_from_start']:.1f} times the scatter since then"
    place = (
        "the density is not told apart from **uniform**"
        if end["from_uniform"] <= end["scatter_from_start"]
        else {
            "moves": f"the density has **left the start** ({since}), {goes(name)} (from which it is {end['from_uniform']:.2f})",
            "undecided": f"whether the density has left the start is **undecided** ({since}); it goes {goes(name)}",
            "rests": f"the density is **where it started** ({since})",
        }[end["drift"]]
    )
    return f"{settled}; {place}"


answer = {name: where_it_ends(name) for name in iterations}
shrinks = {name: float(rows["length"].iloc[-1] / rows["length"].iloc[0]) for name, rows in of_iteration.items()}
moved = {name: int((rows["movement"] == "moves").sum()) for name, rows in of_iteration.items()}
plotting.say(
    "\n\n".join(
        f"**{name}**: {text}. The last step is {100 * shrinks[name]:.0f} % as long as the first"
        + (f"; {moved[name]} of {steps} steps are movements" if several else "")
        + "."
        for name, text in answer.items()
    )
)
lines, drift = probabilities["I^(1/α)"], of_iteration["I^(1/α)"].iloc[-1]
left_by = {law: apart(lines[-1], of[-1]) for law, of in laws["I^(1/α)"].items()}
plotting.headline("drift_not_explained_by_a_floor", left_by["law with a floor"] / left_by["law"])
gain_by_floor = float(laws["I^(1/α)"]["law with a floor"][-1][rare].sum() - lines[0][rare].sum())
gain, half = rare_gains["I^(1/α)"]
plotting.headline("rare_gain_by_a_floor", gain_by_floor)
plotting.say(
    f"**The inverse power** tests the law: by it, every density is a fixed point, also the one to start from. After {plotting.counted(steps, 'step')} it is "
    f"{drift['from_start']:.2f} from there: "
    + {
        "moves": "**the law fails**, by more than scatter",
        "undecided": "more than scatter would do on average, less than a clear failure of the law: undecided",
        "rests": "no more than scatter would do: **the law holds** as far as these networks tell",
        "unknown": "one network does not say whether that is more than scatter",
    }[drift["drift"]]
    + f". The law with a floor ends {left_by['law with a floor']:.2f} from what the networks came to. "
    + (
        "There is no drift for a floor to explain."
        if drift["drift"] == "rests"
        else "So a floor, fitted to generation 0, accounts for most of the drift: it is the saturation where the density is low."
        if left_by["law with a floor"] < left_by["law"] / 2
        else "So a floor is a part of the drift, not most of it."
        if left_by["law with a floor"] < left_by["law"]
        else "So saturation at a floor is **not** what the drift is."
        + (
            " Beside the peak the code is steeper than the power that was measured at it, and takes probability from there."
            if steeper and gain < -half
            else ""
        )
    )
    + (
        f" By the floor, the share of angles below a tenth of the first peak would change by {100 * gain_by_floor:+.1f} percentage points; it changes by {100 * gain:+.1f}"
        + (f" [{100 * (gain - half):+.1f}, {100 * (gain + half):+.1f}]" if several else "")
        + (
            "."
            if not several
            else ": as the floor says, within the interval."
            if abs(gain - gain_by_floor) <= half
            else ": undecided, the interval holds zero."
            if abs(gain) <= half
            else ": the same way, but not as much."
            if 0 < gain / gain_by_floor < 1
            else ": the same way, and more."
            if gain / gain_by_floor > 1
            else ": **the other way**."
        )
        if rare.any()
        else ""
    )
)
if as_original:
    plotting.say(
        "**R69** claims that p ← √p converges. It is algebra, undamped and with α = 1; its limit is the uniform density. These networks go "
        f"{goes('√I')}: the width after {plotting.counted(steps, 'step')} is {widths['√I'][-1]:.2f} rad, where the law with their own α says "
        f"{law_widths['√I']['law'][-1]:.2f} and uniform is {np.pi:.2f}. "
        + {
            "moves": "Whether they arrive is beyond this run: they still move.",
            "undecided": "Whether they arrive is undecided.",
            "rests": "The last step is within its scatter.",
            "unknown": "One network a generation does not say whether they come to rest.",
        }[of_iteration["√I"]["movement"].iloc[-1]]
    )

# %% [markdown]
# What would overturn this: other chains from the same start that go another way (none is here); more generations, in
# which a step below the scatter adds up to a distance, or a density that moves comes to rest; more networks a generation, which make
# the scatter smaller; an exponent measured on other angles, which changes $k$ and with it what a fixed point would be.
#
# ## What this page does not show
#
# - Chains that were repeated: each iteration is run once.
# - Other faces in each generation: all share the training faces, so what those do to the information is carried on and may add up.
# - Whether networks that **go on** training, in place of new ones, would do the same: that is finetuning
#   ([page](finetuning.ipynb)).
# - Structure finer than a bin, and probabilities below a millionth, which are raised to it.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        [
            *(f"- p ← {name}: {text}." for name, text in answer.items()),
            *(
                f"- Width after {plotting.counted(steps, 'step')}, {name}: {widths[name][-1]:.2f} rad (law {law_widths[name]['law'][-1]:.2f}, with a floor "
                f"{law_widths[name]['law with a floor'][-1]:.2f}, uniform {np.pi:.2f})."
                for name in iterations
            ),
            *(
                f"- The exponent of the last generation, {name}: "
                + {
                    "not tested": f"{of[max(of)].estimate:.2f}, one network",
                    "undecided": f"{of[max(of)].estimate:.2f}, not told apart from that of generation 0",
                    "has risen": f"{of[max(of)].estimate:.2f}, higher than that of generation 0",
                    "has fallen": f"{of[max(of)].estimate:.2f}, lower than that of generation 0",
                }[exponent_words[name]]
                + "."
                for name, of in fits.items()
            ),
        ]
    )
)
