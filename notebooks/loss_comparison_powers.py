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
# # Aggressive losses: powers, roots and the logarithm
#
# A power of the error punishes the large errors most; a root or a logarithm rewards the tiny ones. If the loss sets how
# strongly a code follows the density of its training, then these losses should pull the curves apart. Powers should flatten
# them, roots and the logarithm should sharpen them. Do they?
#
# This page shows results R39 to R46 of the original analysis: linear encoding, concentrated density. The law
# $I \propto p^\alpha$, $\alpha = 2/(2\beta + q)$, is derived on the [theory page](theory.md), with the original's algebra
# and its correction; two losses are compared on the page before, on the
# [objective](loss_comparison_objective.ipynb); how information and bands are made is told on the page
# [Fisher information](fisher_information.ipynb); the words in use are in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
import scipy.stats

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats, theory
from fisherkit.curves import normalised_information

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=["linear"],
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)
grid = codes.angle_grid("linear", angles)

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
measured = curves.measure(sweep.ensemble(), train, grid, seed=seed)
density = densities.named("concentrated", "linear")
p = density.pdf(grid)
common = curves.common_angles(density, grid)
networks = len(sweep.select(loss=losses[0]))
found = {loss: curves.exponent(measured.select(loss=loss), density) for loss in losses}
law = {loss: theory.predicted_exponent(codes.LOSS_ORDERS[loss]) for loss in losses}
condition = "Linear encoding, concentrated density"
shown = f"{len(train)} training faces at each of {angles} angles"
bands = f"Bands: 95 %, simultaneous, over people{' and networks' if networks > 1 else ''}."


def there(*needed):
    """Whether all exponents of some losses were measured."""
    return all(found.get(loss) is not None for loss in needed)


# %% tags=["remove-input"]
for loss, value in found.items():
    if value is not None:
        plotting.headline(f"exponent_{loss}", value.estimate)
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a loss. The exponents that the text speaks of are fitted where the density "
    "exceeds a tenth of its peak, a network at a time; intervals are 95 %, over networks."
)


# %% [markdown]
# ## R39 to R42 · Powers of the error, against the density
#
# *Square* and *quart* beside *linear*: the normalised information at each angle against the density there. For quart the
# original's algebra has two answers. It saw about $p^{1/3}$; its premise, $1/p \propto I^{-5/2}$, means $p^{2/5}$. For square
# the law says $p^{2/3}$. Every reference is divided by its integral over the angle.


# %% tags=["hide-input"]
def show_against(id, shown_losses, references, words, **options):
    """Information of some losses against the density, a panel a loss, with powers of p by name."""
    values = plotting.power_points(measured, shown_losses, normalised_information, density)
    lines = {name: curves.power_of_density(density, power, grid) for name, power in references.items()}
    plotting.show(
        plotting.power_panels(
            [
                (f"{loss} loss", {loss: (np.tile(p, len(of_loss)), of_loss.ravel())}, lines)
                for loss, (_, of_loss) in values.items()
            ],
            plotting.NORMALISED_INFORMATION_LABEL,
            **options,
        ),
        id=id,
        caption=f"{condition}; {shown}: normalised information against the density, all networks, a panel a loss; {words}",
        alt="Scatter plots of the normalised information against the training density, a panel a loss, with reference lines.",
        data=plotting.power_rows(values),
    )


if not plotting.show_lacking("R39", losses=(("linear", "square"), losses)):
    show_against("R39", ["linear", "square"], {"p": 1}, "line: the identity.")
if not plotting.show_lacking("R40", losses=(("linear", "quart"), losses)):
    show_against(
        "R40", ["linear", "quart"], {"$p^{1/3}$": 1 / 3, "$p^{2/5}$": 2 / 5},
        "the original's $p^{1/3}$ (dashed) and what its premise gives, $p^{2/5}$ (solid), normalised.",
    )  # fmt: skip
if not plotting.show_lacking("R41", losses=(("linear", "quart"), losses)):
    show_against(
        "R41", ["linear", "quart"], {"$p^{1/3}$": 1 / 3, "$p^{2/5}$": 2 / 5}, "as R40, logarithmic axes.", lowest=1e-3
    )
if not plotting.show_lacking("R42", losses=(("linear", "square"), losses)):
    show_against(
        "R42", ["linear", "square"], {"p": 1, "$p^{1/3}$": 1 / 3, "$p^{2/3}$": 2 / 3},
        "logarithmic axes; the original's p (dashed) and $p^{1/3}$ (dotted), and the law's $p^{2/3}$ for square (solid), "
        "normalised.", lowest=1e-3,
    )  # fmt: skip


# %% tags=["remove-input"]
def beside_linear(loss):
    """A loss's exponent less that of linear, paired by network and person: mean and 95 % interval."""
    difference = found[loss] - found["linear"]
    return difference.mean, difference.low, difference.high


def side(loss):
    """In words: how a loss's exponent stands to that of linear."""
    difference, low, high = beside_linear(loss)
    apart = low > 0 or high < 0
    return (
        f"its exponent is {abs(difference):.2f} {'above' if difference > 0 else 'below'} that of linear"
        + (f" [{low:+.2f}, {high:+.2f}]" if np.isfinite(low) else "")
        + (", beyond the scatter of networks and people" if apart else "")
    )


if there("linear", "square"):
    _, low, high = beside_linear("square")
    plotting.judge(
        "R39",
        "undecided" if not np.isfinite(low) else "no" if high < 0 else "in part" if low > 0 else "yes",
        side("square"),
    )
    plotting.say(
        f"**Square** (R39, R42): α = {plotting.in_words(found['square'])}; {side('square')}. The original saw no bend: square "
        "looks like linear. "
        + (
            "With one network a loss, nothing says how much of the difference is chance."
            if not np.isfinite(low)
            else "Here it does **not** look like linear: square bends, as the law says, which puts "
            f"{law['linear'] - law['square']:.2f} between them."
            if high < 0
            else "Here square is the **steeper** one, against the law."
            if low > 0
            else "Neither do these networks tell the two apart"
            + (
                ", though the law's difference lies inside the interval too."
                if low <= law["square"] - law["linear"] <= high
                else f", and they exclude the law's difference, {law['square'] - law['linear']:+.2f}."
            )
        )
    )
if there("quart"):
    quart = found["quart"]
    candidates = {"p^{1/3}": 1 / 3, "p^{2/5}": 2 / 5}
    nearest = min(candidates, key=lambda name: abs(candidates[name] - quart.estimate))
    inside = [name for name, value in candidates.items() if quart.low <= value <= quart.high]
    plotting.judge(
        "R40",
        "undecided" if not np.isfinite(quart.low) else "yes" if "p^{1/3}" in inside else "no",
        f"α = {plotting.in_words(quart)}, nearer to p to the {'1/3' if nearest == 'p^{1/3}' else '2/5'}",
    )
    plotting.say(
        f"**Quart** (R40, R41): α = {plotting.in_words(quart)}"
        + (f"; {side('quart')}. " if there("linear") else ". ")
        + f"Of $p^{{1/3}}$ and $p^{{2/5}}$ it is nearer to ${nearest}$. "
        + (
            ""
            if not np.isfinite(quart.low)
            else "The interval holds both, so that these networks do not choose between what the original saw and what its "
            "premise gives. "
            if len(inside) == 2
            else f"The interval holds ${inside[0]}$ only. "
            if inside
            else "The interval holds neither: quart is "
            + (
                "**steeper** than both. "
                if quart.low > 2 / 5
                else "flatter than both. "
                if quart.high < 1 / 3
                else "between. "
            )
        )
        + "How $p^{1/3}$ reads as an objective is redone on the page "
        "[Spikes and numerics](loss_comparison_numerics.ipynb) (R63)."
    )

# %% tags=["remove-input"]
medium = (p < p.max() / 10) & (p > p.max() / 1e3) & (np.abs(grid) < np.pi / 2 - 0.1)
if there("quart") and medium.sum() > 2:
    of_quart = measured.select(loss="quart").information.values
    without = {label: left[..., medium] for label, left in measured.select(loss="quart").without.items()}
    stretch = stats.fit_exponent(of_quart[:, medium], p[medium], without=without)
    scatter = []
    for line, slope in zip(np.log(of_quart[:, medium]), stretch.per_replicate, strict=True):
        scatter.append((line - slope * np.log(p[medium])).std())
    plotting.headline("quart_exponent_medium", stretch.estimate)
    plotting.judge(
        "R41",
        "yes" if np.mean(scatter) < 0.25 else "no",
        f"a line fits with a scatter of {100 * np.mean(scatter):.0f} %",
    )
    difference = stretch - quart
    low, high = difference.low, difference.high
    plotting.say(
        f"Between a thousandth and a tenth of the density's peak (R41's stretch of *medium-low* p; without the margins of the "
        f"range), quart's points follow a power of {plotting.in_words(stretch)} with a scatter of {100 * np.mean(scatter):.0f} %. "
        + (
            "The original sees a linear stretch there. "
            + (
                "A straight line on these axes describes them well. "
                if np.mean(scatter) < 0.25
                else "A straight line does **not** describe them well. "
            )
            + (
                "Its slope is smaller than at high density: the curve has begun to saturate."
                if high < 0
                else "Its slope is larger than at high density."
                if low > 0
                else "Its slope cannot be told from that at high density."
            )
        )
    )

# %% [markdown]
# ## R43 to R45 · The curves along the angle
#
# The same information over the angle, normalised, with the density.

# %% tags=["hide-input"]
fine = np.linspace(*codes.angle_range("linear"), 400)
trios = {
    "R43": ("linear", "square", "quart"),
    "R44": ("linear", "root4", "quart"),
    "R45": ("linear", "log", "quart"),
}
for id, trio in trios.items():
    if not plotting.show_lacking(id, losses=(trio, losses)):
        plotting.show_curves(
            id,
            plotting.loss_curves(measured, trio, normalised_information),
            plotting.NORMALISED_INFORMATION_LABEL,
            references={"p": (fine, density.pdf(fine))},
            caption=f"{condition}, {', '.join(trio)} loss, all networks; {shown}: normalised information, thin, and its mean, "
            f"thick, with the density (dashed). {bands}",
            alt="Line plot of the normalised information against the angle for three losses, with bands, and the training "
            "density dashed.",
        )

# %% tags=["remove-input"]
if there("linear", "quart"):
    between = curves.ratio_band(measured.select(loss="quart"), measured.select(loss="linear"), normalised_information)
    outside = float(((between.low > 1) | (between.high < 1))[common].mean())
    at_peak = between.estimate[p.argmax()]
    plotting.headline("quart_to_linear_at_peak", at_peak)
    plotting.judge(
        "R43",
        "yes" if outside > 0.5 else "in part" if outside > 0 else "no",
        f"{at_peak:.2f} times linear at the peak; told apart at {100 * outside:.0f} % of angles",
    )
    plotting.say(
        f"At the density's peak quart has {at_peak:.2f} times the normalised information of linear. The band of their ratio, with "
        f"the same people and replicates drawn for both, leaves one out at {100 * outside:.0f} % of the angles where the density "
        "exceeds a tenth of its peak. The original reads R43 as *quart clearly different*; "
        + (
            "so it is."
            if outside > 0.5
            else "that is so at some angles."
            if outside > 0
            else "by this band it is **not**."
        )
    )


# %% tags=["remove-input"]
def height(loss):
    """Peak of a loss's mean normalised information ÷ the density's, with a 95 % interval over people and networks."""
    of_loss = measured.select(loss=loss)
    lines, drawn = (
        normalised_information(values, grid)[..., [p.argmax()]] / p.max()
        for values in (of_loss.information.values, of_loss.draws)
    )
    band = stats.band_of_mean(lines, drawn, seed=(seed, 1))
    return tuple(float(part[0]) for part in (band.estimate, band.low, band.high))


heights = {loss: height(loss) for loss in losses}
for loss, (estimate, _, _) in heights.items():
    plotting.headline(f"height_{loss}", estimate)
rows = "\n".join(
    f"| {loss} | {codes.LOSS_ORDERS[loss]:g} | {plotting.in_words(found[loss])} | {law[loss]:.2f} | "
    f"{heights[loss][0]:.2f} [{heights[loss][1]:.2f}, {heights[loss][2]:.2f}] | "
    f"{curves.power_of_density(density, law[loss], grid)[1].max() / p.max():.2f} |"
    for loss in sorted(losses, key=codes.LOSS_ORDERS.get)
)
over = [loss for loss, (_, low, _) in heights.items() if low > 1]
plotting.judge(
    "R44", "answered", f"{' and '.join(over)} over-concentrated" if over else "no loss clearly over-concentrated"
)
plotting.say(
    "How high is the normalised information at the density's peak, in units of the density there? One would be as concentrated "
    "as the density; more would be over-concentrated.\n\n| loss | q | α measured | α of the law, β = ½ | height measured | height "
    f"of the law |\n|---|---|---|---|---|---|\n{rows}\n\n"
    + (
        f"So {' and '.join(over)} {'is' if len(over) == 1 else 'are'} **over-concentrated**; the original asks of R44 whether a "
        "loss ever is."
        if over
        else "No loss is over-concentrated by this measure: every interval reaches below one. The original asks of R44 whether any "
        "ever is. The law expects it of every loss of an order below one."
    )
)

# %% tags=["remove-input"]
if {"linear", "log"} <= set(losses):
    at = grid[[p.argmax()]]
    values = {
        loss: {
            estimator: float(
                fisher.fisher_curve(sweep.ensemble(loss=loss), train.images, at, estimator=estimator).mean()
            )
            for estimator in ("plug-in", "paired")
        }
        for loss in ("linear", "log")
    }
    ratio = values["log"]["paired"] / values["linear"]["paired"]
    plotting.headline("log_to_linear_at_peak", ratio)
    above = 100 * (values["log"]["plug-in"] / values["log"]["paired"] - 1)
    plotting.judge("R45", "answered", f"few faces make the plug-in estimate {above:.1f} % too high there, not too low")
    plotting.say(
        "R45 makes the original ask whether the estimate falls short at concentrated points. At the peak the information of log "
        f"itself, not normalised, is {ratio:.2f} times that of linear. The noise of few faces makes the plug-in estimate too "
        "high, not too low: it exceeds the paired one by "
        + " and ".join(
            f"{100 * (of_loss['plug-in'] / of_loss['paired'] - 1):.1f} % ({loss})" for loss, of_loss in values.items()
        )
        + ". Whether something else makes it fall short takes codes whose information is known: see "
        "[Can we trust the estimate?](estimators.ipynb) (Q04)."
    )

# %% [markdown]
# ## R46 · Roots and the logarithm against the density
#
# The losses of an order below one, where the law wants a power above one. Up to three networks of each, a panel a network.

# %% tags=["hide-input"]
if not plotting.show_lacking("R46", losses=(("root4", "log"), losses)):
    sharp = plotting.power_points(measured, ["root4", "log"], normalised_information, density)
    plotting.show(
        plotting.power_panels(
            [
                (f"{loss}, replicate {k + 1}", {loss: (p, line)}, {"p": curves.power_of_density(density, 1, grid)})
                for loss, (_, lines) in sharp.items()
                for k, line in enumerate(lines[:3])
            ],
            plotting.NORMALISED_INFORMATION_LABEL,
        ),
        id="R46",
        caption=f"{condition}; {shown}: normalised information against the density, a panel a loss and network, the first "
        f"{'three networks' if networks >= 3 else plotting.counted(networks, 'network')} of each; line: the identity.",
        alt="Scatter plots of the normalised information against the training density, a panel a loss and network, with the "
        "identity line.",
        data=plotting.power_rows(sharp),
    )

# %% tags=["remove-input"]
for loss in ("root4", "log"):
    if there(loss):
        value = found[loss]
        spread = float(value.per_replicate.std(ddof=1)) if networks > 1 else np.nan
        plotting.say(
            f"**{loss}**: α = {plotting.in_words(value)}"
            + (f", with a standard deviation of {spread:.2f} between networks" if networks > 1 else "")
            + f"; the law says {law[loss]:.2f}. The original: *perhaps super-linear, very noisy*. "
            + (
                ""
                if not np.isfinite(value.low)
                else "It is super-linear beyond the networks' scatter."
                if value.low > 1
                else "It is **not** super-linear: the interval lies below one."
                if value.high < 1
                else "The interval holds one, so that it may or may not be."
            )
            + (
                ""
                if not np.isfinite(value.low) or value.low <= law[loss] <= value.high
                else " It excludes the law's exponent."
            )
        )

if there("root4", "log"):
    beyond = [loss for loss in ("root4", "log") if found[loss].low > 1]
    plotting.judge(
        "R46",
        "undecided" if networks == 1 else "yes" if len(beyond) == 2 else "in part" if beyond else "no",
        "; ".join(f"{loss}: α = {plotting.in_words(found[loss])}" for loss in ("root4", "log")),
    )

# %% [markdown]
# ## What this page does not show
#
# - Whether the *decoded* information or the error scale follows the law, and whether six losses lie on its straight line
#   $1/\alpha = q/2 + \beta$: see [What the code says about its objective](exponents.ipynb).
# - Why a loss leaves the law.
#
# ## Summary

# %% tags=["remove-input"]
fitted = {loss: value for loss, value in found.items() if value is not None}
summary = [
    f"- {loss}: α = {plotting.in_words(value)}; the law says {law[loss]:.2f} at β = ½."
    for loss, value in sorted(fitted.items(), key=lambda item: codes.LOSS_ORDERS[item[0]])
]
if len(fitted) > 2:
    order = scipy.stats.spearmanr(
        [codes.LOSS_ORDERS[loss] for loss in fitted], [value.estimate for value in fitted.values()]
    ).statistic
    plotting.headline("rank_correlation_of_order_and_exponent", order)
    summary.append(
        f"- Order and exponent of these {len(fitted)} losses have a rank correlation of {order:.2f}: "
        + ("exactly as" if np.isclose(order, -1) else "mostly as" if order < -0.5 else "not as")
        + " the law orders them."
    )
plotting.say("\n".join(summary) or "- The grid of this run is too coarse for an exponent.")
