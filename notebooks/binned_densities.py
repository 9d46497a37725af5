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
# # Binned densities: does the information follow any density?
#
# One concentrated density is one context. Here the density of training angles is piecewise constant over a few equal bins,
# with probabilities drawn at random, and there are several such densities, each with a network of its own. Does the
# information at an angle depend on the density there alone, whatever the density is elsewhere?
#
# It shows results R70 to R75 of the original analysis: linear encoding, linear loss unless this run was asked for another
# one. The law that is tested is on the [theory page](theory.md), the estimate and its bands on the page
# [Fisher information](fisher_information.ipynb), the words in use in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, plotting, stats, theory
from fisherkit.curves import normalised_information

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
bins = [4, 6]  # numbers of bins; R74 needs 4, the other results 6
densities = 8  # densities of each number of bins, each with one network
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.binned(preset, faces=faces, bins=bins, densities=densities, loss=loss, seed=seed)
angle = codes.angle_grid("linear", angles)

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
measured = curves.measure(sweep.ensemble(), train, angle, seed=seed)
density_of = {condition.density_name: condition.density for condition in sweep.conditions}
inner = np.abs(angle) < np.abs(angle).max() - 0.1
predicted = theory.predicted_exponent(codes.LOSS_ORDERS[loss])
shown = f"{len(train)} training faces at each of {angles} angles"
# The original's own condition; in another one its readings have nothing to say.
as_original = loss == "linear"


def named(number):
    """The names of the densities with so many bins."""
    return [name for name in density_of if name.startswith(f"{number} bins")]


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{loss} loss; {plotting.counted(densities, 'density')} of "
    f"{' and '.join(map(str, bins))} bins each, one network a density."
)

# %% [markdown]
# ## R70 to R72 · One density, three ways to draw it
#
# Six bins, the third density (or the last, if this run has fewer). R70 draws the **probability** of each bin beside the
# normalised information, R71 the probability divided by the bin's width, R72 the density at the angles of the grid.

# %% tags=["hide-input"]
one = f"6 bins, {min(2, densities - 1)}"
if 6 in bins:
    density = density_of[one]
    probabilities = np.array(density.probabilities)
    width = float(np.diff(density.edges)[0])
    drawn = {
        "I, one network": plotting.curve_of(
            measured.select(density=one), normalised_information, plotting.LOSS_COLOURS[loss]
        )
    }

    def steps(heights):
        """A bin's height at both of its edges."""
        return np.repeat(density.edges, 2)[1:-1], np.repeat(heights, 2)


ways = {
    "R70": lambda: {"probability of the bin": steps(probabilities)},
    "R71": lambda: {"probability ÷ bin width": steps(probabilities / width)},
    "R72": lambda: {"density on the grid": (angle, density.pdf(angle))},
}
for id, reference in ways.items():
    if plotting.show_lacking(id, bins=("6", [str(number) for number in bins])):
        continue
    plotting.show_curves(
        id,
        drawn,
        plotting.NORMALISED_INFORMATION_LABEL,
        references=reference(),
        caption=f"Linear encoding, {loss} loss, one density of six bins; {shown}: normalised information, with the "
        f"{next(iter(reference()))} (dashed). Band: 95 %, simultaneous, over people.",
        alt="Line plot of the normalised information against the angle with a shaded band, and a dashed line of steps.",
    )

# %% tags=["remove-input"]
if 6 in bins:
    height = next(iter(drawn.values())).band.estimate
    ratios = {
        "probability": float(height[inner].mean() / probabilities.mean()),
        "density": float(height[inner].mean() / (probabilities / width).mean()),
    }
    plotting.headline("height_to_probability", ratios["probability"])
    plotting.headline("height_to_density", ratios["density"])
    if as_original:
        for id, kind, holds in (
            ("R70", "probability", ratios["probability"] > 1.3),
            ("R71", "density", abs(ratios["density"] - 1) < 0.2),
        ):
            plotting.judge(id, "yes" if holds else "no", f"{ratios[kind]:.2f} times the {kind} on average")
    table = "\n".join(f"| {k + 1} | {value:.3f} | {value / width:.3f} |" for k, value in enumerate(probabilities))
    plotting.say(
        f"The bins' probabilities, and the density in each:\n\n| bin | probability | density (rad⁻¹) |\n|---|---|---|\n{table}\n\n"
        f"On average over the range the normalised information is {ratios['probability']:.2f} times the bins' probability and "
        f"{ratios['density']:.2f} times their density. "
        + (
            "So it overshoots the probabilities, and matches the density in height. That follows from the normalisation "
            "alone: the probabilities sum to one, the density integrates to one. "
            if ratios["probability"] > 1.3 and abs(ratios["density"] - 1) < 0.2
            else "So its height is not that of the density here. "
        )
        + ("The original drew R70 first and saw it overshoot." if as_original else "")
    )

# %% [markdown]
# ## R73 · Information against density
#
# The same network: its normalised information at each interior angle (0.1 rad or more from the ends of the range) against
# the density there. On the black line they are equal.


# %% tags=["hide-input"]
def points_of(names):
    """For each density, p and the normalised information of its network at the interior angles."""
    return {
        name: (
            density_of[name].pdf(angle[inner]),
            measured.select(density=name).lines(normalised_information)[0, inner],
        )
        for name in names
    }


def show_points(id, names, words):
    """The figure of information against density, one colour a density."""
    groups = points_of(names)
    colours = dict(zip(names, plotting.shades(len(names)), strict=True))
    plotting.show(
        plotting.information_against_density(groups, colours, plotting.NORMALISED_INFORMATION_LABEL),
        id=id,
        caption=f"Linear encoding, {loss} loss, {words}; {shown}: normalised information against the density of training "
        "angles at interior angles. Black: the identity.",
        alt="Scatter plot of the normalised information against the density, one colour a density, with the identity line.",
        data=pd.concat([pd.DataFrame({"density": name, "p": p, "information": i}) for name, (p, i) in groups.items()]),
    )


if not plotting.show_lacking("R73", bins=("6", [str(number) for number in bins])):
    show_points("R73", [one], "one density of six bins")


# %% tags=["remove-input"]
def parts(names):
    """Scatter (standard deviation of the log) of I ÷ p inside bins and between bins, and each network's exponent."""
    within, between, exponents, unused = [], [], [], 0
    for name, (p, i) in points_of(names).items():
        place = np.digitize(angle[inner], density_of[name].edges[1:-1])
        logs = np.log(i / p)
        centres = np.array([logs[place == k].mean() for k in np.unique(place)])
        within.append(np.concatenate([logs[place == k] - logs[place == k].mean() for k in np.unique(place)]))
        between.append(centres - centres.mean())
        # By the density, never by the information: bins far below the highest one are hardly ever trained.
        common = p > p.max() / 10
        if len(np.unique(p[common].round(9))) < 2:
            unused += 1
        else:
            exponents.append(stats.fit_exponent(i[None, common], p[common]).estimate)
    return (*(float(np.concatenate(parts).std()) for parts in (within, between)), np.array(exponents), unused)


if 6 in bins:
    within, between, exponents, unused = parts([one])
    plotting.say(
        f"Inside a bin, where the density is constant, the information varies by {100 * within:.0f} % (standard deviation of "
        f"the log); the bins' means of information ÷ density differ by {100 * between:.0f} %."
        + (
            f" The exponent of this one network is {exponents[0]:.2f}; the law says {predicted:.2f}."
            if len(exponents)
            else ""
        )
    )

# %% [markdown]
# ## R74 · Four bins, all densities

# %% tags=["hide-input"]
if not plotting.show_lacking("R74", bins=("4", [str(number) for number in bins])):
    show_points("R74", named(4), f"{plotting.counted(densities, 'density')} of four bins, one network each")

# %% [markdown]
# ## R75 · Six bins, all densities

# %% tags=["hide-input"]
if not plotting.show_lacking("R75", bins=("6", [str(number) for number in bins])):
    show_points("R75", named(6), f"{plotting.counted(densities, 'density')} of six bins, one network each")

# %% tags=["remove-input"]
scatter, fitted = {}, {}
for number in bins:
    within, between, exponents, unused = parts(named(number))
    scatter[number] = (within, between)
    fitted[number] = stats.mean_interval(exponents) if len(exponents) > 1 else None
    plotting.headline(f"scatter_within_{number}", within)
    plotting.headline(f"scatter_between_{number}", between)
    sentence = (
        f"**{number} bins.** Inside bins the information varies by {100 * within:.0f} % (standard deviation of the log), between "
        f"bins information ÷ density varies by {100 * between:.0f} %. "
    )
    if fitted[number] is not None:
        estimate, low, high = fitted[number]
        plotting.headline(f"exponent_{number}_bins", estimate)
        sentence += (
            f"The exponent of $I \\propto p^\\alpha$, fitted to each network where the density exceeds a tenth of its highest, is "
            f"{estimate:.2f} [{low:.2f}, {high:.2f}] (mean and 95 % interval over {len(exponents)} densities"
            + (f"; {unused} have one such bin only and no exponent" if unused else "")
            + f"). The law says {predicted:.2f}, which is {'inside' if low <= predicted <= high else 'outside'} the interval."
        )
    else:
        sentence += "An interval of the exponent needs two densities with two or more bins of comparable height."
    plotting.say(sentence)

# %% tags=["remove-input"]
if {4, 6} <= set(bins):
    more = scatter[4][1] > scatter[6][1]
    if as_original:
        agree = [scatter[4][0] > scatter[4][1], more]
        plotting.judge(
            "R74",
            "yes" if all(agree) else "in part" if any(agree) else "no",
            f"scatter {100 * scatter[4][0]:.0f} % within, {100 * scatter[4][1]:.0f} % between (six bins: "
            f"{100 * scatter[6][1]:.0f} %)",
        )
    plotting.say(
        ("The original found the relation noisy inside bins, consistent between them. " if as_original else "")
        + " ".join(
            f"Of {number} bins, it varies {'more' if within > between else 'less'} inside bins than between them."
            for number, (within, between) in scatter.items()
        )
        + f" Between bins, four bins are {'the more' if more else 'no more'} variable"
        + (
            " ones, as the original says."
            if more and as_original
            else "; the original found them so."
            if as_original
            else "."
        )
    )
holding = [number for number, fit in fitted.items() if fit is not None and fit[1] <= predicted <= fit[2]]
known = [number for number, fit in fitted.items() if fit is not None]
if as_original and known:
    plotting.judge(
        "R75",
        "yes" if holding == known else "in part" if holding else "no",
        "; ".join(f"{n} bins: α = {fitted[n][0]:.2f} [{fitted[n][1]:.2f}, {fitted[n][2]:.2f}]" for n in known),
    )
if known:
    plotting.say(
        (
            "The original concludes that for the linear loss $I \\propto p$ in every context (R75). "
            if as_original
            else f"The law expects $I \\propto p^{{{predicted:.2f}}}$ in every context. "
        )
        + (
            "These densities agree with that, within their intervals."
            if holding == known
            else " ".join(
                f"With {number} bins the information rises {'**less**' if fitted[number][2] < predicted else '**more**'} steeply "
                "than that, by an interval over densities."
                for number in known
                if number not in holding
            )
        )
    )

# %% [markdown]
# ## What this page does not show
#
# - Whether bins that are hardly ever trained follow the law: they are left out of the exponents, by their density.
# - How sharp an edge between bins a code can follow: angles near the edges are counted like all others.
# - What the decoded angle does: the information is that of the embedding, on training faces.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {number} bins: α = "
        + (
            f"{fitted[number][0]:.2f} [{fitted[number][1]:.2f}, {fitted[number][2]:.2f}]"
            if fitted[number]
            else "not measured"
        )
        + f" (law: {predicted:.2f}); scatter {100 * scatter[number][0]:.0f} % inside bins, {100 * scatter[number][1]:.0f} % between."
        for number in bins
    )
)
