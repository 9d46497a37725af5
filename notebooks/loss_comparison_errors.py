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
# # How much does each loss know, and where?

# %% [markdown] needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R54:myst` {glue:md}`R54-linear:myst` {glue:md}`Q09:myst`
#
# The caveat: every loss had the same optimiser, learning rate and {glue:text}`steps:,d` steps, which may suit one better than another; and the faces
# were trained on. Once its networks are trained, the page takes a minute.
# :::

# %% [markdown]
# Other pages compare the *shapes* of codes; here information and error are drawn as they are. The order $q$ of a loss is the power of the error that
# it takes: 4 for *quart*, 2 for *square*, 1 for *linear*, ½ for *sqrt*, ¼ for *root4*, and 0 for *log*.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt", "square", "quart", "root4", "log"]  # of these
replicates = None  # networks a loss; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from scipy.stats import permutation_test, spearmanr

from fisherkit import curves, experiments, plotting, readout, theory
from fisherkit.codes import LOSS_ORDERS
from fisherkit.results import conclude, how_much, in_words, keep, listed, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

selected = {"encodings": ["linear"], "densities": ["concentrated"], "losses": losses}
sweep = experiments.loss_sweep(preset, faces=faces, replicates=replicates, seed=seed, **selected)

# %% tags=["hide-input"]
study = Study(sweep, angles=angles, seed=seed)
grid, density = study.grid, study.densities["concentrated"]
p, common = density.pdf(grid), curves.common_angles(density, grid)
others = [loss for loss in study.losses if loss != "linear"]
terms = readout.log_terms(study.code(), study.faces)


def of_losses(term, function):
    """A number of each loss's networks, from one of the terms along the angle."""
    return {loss: terms[term].select(loss=loss).number(function) for loss in study.losses}


keep("conditions", study.conditions())
keep("steps", sweep.preset.epochs * sweep.preset.samples // sweep.preset.batch)

# %% [markdown]
# ## How much in all?

# %% tags=["hide-input"]
total = of_losses("information", lambda log: np.trapezoid(np.exp(log), grid))
reach = of_losses("information", lambda log: np.trapezoid(np.exp(log / 2), grid))
error = of_losses("error", lambda log: np.sqrt(np.trapezoid(p * np.exp(log), grid)))
highest, lowest = (pick(total, key=lambda loss: total[loss].mean) for pick in (max, min))
for loss in study.losses:
    keep(f"total_{loss}", total[loss])

points = pd.DataFrame([{"loss": loss, "total": one} for loss in total for one in total[loss].values])
figure, axis = plt.subplots(figsize=(7, 3.8), layout="constrained")
sns.stripplot(points, x="loss", y="total", hue="loss", palette=plotting.LOSS_COLOURS, legend=False, ax=axis)
means = np.array([one.mean for one in total.values()])
half = np.nan_to_num([one.high - one.mean for one in total.values()], posinf=0)
axis.errorbar(np.arange(len(means)), means, half, fmt="_", color="black", markersize=18, capsize=4)
axis.set(xlabel="loss, in the order of q", ylabel="total information ∫I dθ (rad⁻¹)", ylim=(0, None))
plotting.show(
    figure,
    id="R54",
    caption=f"The {highest} loss has the largest total information, ∫I dθ. Linear encoding, concentrated density, faces trained on; a point for each network, "
    "black the mean with its 95 % interval over networks and people.",
    alt=f"One point per network in columns by loss; the mean total is largest with the {highest} loss, {total[highest].mean:.0f} per rad, and smallest "
    f"with the {lowest} loss, {total[lowest].mean:.0f} per rad.",
    data=points,
)

# %% needs={"losses": ["linear"]} tags=["hide-input"]
columns = {
    "loss": list(total),
    "q": [f"{LOSS_ORDERS[loss]:g}" for loss in total],
    "∫I (rad⁻¹)": [f"{one:.0f}" for one in total.values()],
    "linear ÷ this": [total["linear"].ratio(one) for one in total.values()],
    "∫√I": [f"{one:.0f}" for one in reach.values()],
    "error (rad)": [f"{one:.3f}" for one in error.values()],
}
tabulate(
    pd.DataFrame(columns),
    "Total information, discriminable range, and root of the mean squared error over the density",
    collapsed=True,
)

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]} tags=["hide-input"]
ranks = permutation_test(
    (study.orders,), lambda q: spearmanr(q, means).statistic, permutation_type="pairings", n_resamples=np.inf
)
change = total[highest].ratio(total[lowest])
rival = max(others, key=lambda loss: total[loss].mean)
leads = {total["linear"].ratio(total[loss]).side(1) for loss in others}
linear_leads = False if "below" in leads else True if leads == {"above"} else None
readings = [change.side(1.5) == "above", ranks.pvalue >= 0.05, linear_leads is True]
keep("highest_to_lowest_total", change)
keep("trend_of_total", ranks.statistic)
keep("trend_p", ranks.pvalue)

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]} tags=["remove-input"]
conclude(
    "R54",
    how_much(np.mean([all(readings), any(readings)]) if change.several else np.nan),
    most=("yes", "The loss changes the total a lot: {highest} has {change} times that of {lowest}, without a trend in $q$."),
    some=("in part", "The loss changes the total: {highest} has {change} times that of {lowest}. Of a large change, no trend in $q$ and linear highest, which the original saw, {hold} hold here."),
    none=("no", "{highest} has {change} times the total of {lowest}: no large change, a trend in $q$, and linear not highest."),
    undecided=("undecided", "One network has no interval: {highest} has {change} times the total of {lowest}."),
    highest=highest, lowest=lowest, change=change, hold=sum(readings),
)  # fmt: skip
conclude(
    "R54-linear",
    whether(linear_leads),
    so=("yes", "Linear has the highest total, {lead} times that of {rival}."),
    not_so=("no", "Linear is **not** the highest: it has {lead} times the total of {rival}."),
    undecided=("undecided", "Whether linear is the highest is open: it has {lead} times the total of {rival}."),
    rival=rival,
    lead=total["linear"].ratio(total[rival]),
)

# %% [markdown] needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]}
# The total has a rank correlation of {glue:text}`trend_of_total:.2f` with $q$ (exact permutation p = {glue:text}`trend_p:.2f`); over six losses, only a trend
# with hardly an exception would show.

# %% [markdown] needs={"losses": ["linear"]}
# ## How does linear come by its information?
#
# Small errors and much information are nearly one thing; *how* a loss comes by its information is a question (Q09). The decoded angle has
# $I_\mathrm{dec} = s^2/\mathrm{Var}$, with $s$ the slope of its mean; what the read-out leaves unused comes on top:
#
# $$\log I = 2 \log |s| - \log \mathrm{Var} + \log (I/I_\mathrm{dec}).$$

# %% needs={"losses": ["linear"]} tags=["hide-input"]
level = {term: of_losses(term, lambda log: log[..., common].mean(axis=-1)) for term in terms}
less = {
    term: {loss: of[loss] - of["linear"] for loss in others}
    for term, of in {**level, "efficiency": {loss: level["information"][loss] + level["error"][loss] for loss in total}}.items()
}  # fmt: skip
names = {"information": "log I", "slope": "slope", "spread": "spread", "unused": "unused"}
tabulate(
    pd.DataFrame({"loss": others, **{name: [less[term][loss] for loss in others] for term, name in names.items()}}),
    "Each term less that of the linear loss, mean over angles where the density exceeds a tenth of its peak.",
)
for loss in others:
    keep(f"log_information_{loss}_less_linear", less["information"][loss])
    keep(f"efficiency_{loss}_to_linear", np.exp(less["efficiency"][loss].mean))

# %% needs={"losses": ["linear"]} tags=["remove-input"]
lower = [loss for loss in others if less["information"][loss].side() == "below"]
carried = [min(("slope", "spread", "unused"), key=lambda term, loss=loss: less[term][loss].mean) for loss in lower]
by_spread = [term == "spread" and less[term][loss].side() == "below" for loss, term in zip(lower, carried, strict=True)]
conclude(
    "Q09",
    how_much(np.mean(by_spread) if lower else np.nan),
    most=("answered", "Linear is ahead because its answers **scatter less** from face to face, not because their mean follows the angle further: so for {spread} of {lower} losses with clearly less information."),
    some=("undecided", "No one term carries the lead of linear; the scatter of answers does for {spread} of {lower} losses with clearly less information."),
    none=("answered", "Where a loss has clearly less information than linear ({lower} of {others}), the scatter of its answers is not clearly why."),
    undecided=("undecided", "No loss has clearly less information than linear where angles are common."),
    spread=sum(by_spread), lower=len(lower), others=len(others),
)  # fmt: skip

# %% [markdown]
# ## Which curves are sharper?
#
# The measure is the exponent α of $I \propto p^\alpha$, fitted where the density exceeds a tenth of its peak: the higher, the sharper. The original reads:
# roots sharper, powers blunter.

# %% tags=["hide-input"]
alpha = {loss: study.exponent(loss) for loss in study.losses}
peak = of_losses("information", lambda log: np.exp(log[..., p.argmax()]))
steepest, flattest = (pick(alpha, key=lambda loss: alpha[loss].mean) for pick in (max, min))
measured = study.measured()
for loss in study.losses:
    keep(f"exponent_{loss}", alpha[loss])

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]} tags=["hide-input"]
triples = {
    "R55": ("linear", "quart", "root4"),
    "R56": ("linear", "square", "sqrt"),
    "R57": ("linear", "quart", "log"),
}
groups = list(triples.values())
fine = np.linspace(grid[0], grid[-1], 400)
scaled = {"p, scaled": (fine, total["linear"].mean * density.pdf(fine))}
plotting.show(
    plotting.loss_panels(
        measured, groups, curves.information, plotting.INFORMATION_LABEL, references=scaled, bands=common
    ),
    id="R55",
    also=("R56", "R57"),
    caption=f"Sharpest is the {steepest} loss, with α = {in_words(alpha[steepest])}, bluntest {flattest}, with {in_words(alpha[flattest])}. Mean information, with "
    "simultaneous 95 % bands over people and networks where training was common; dashed the density, scaled to the area of the linear curve.",
    alt=f"Information against the angle, three losses per panel; exponents fall from {in_words(alpha[steepest].mean)} ({steepest}) to {in_words(alpha[flattest].mean)} "
    f"({flattest}).",
    data=plotting.curve_rows(plotting.loss_curves(measured, study.losses, curves.information), scaled),
)

# %% needs={"losses": ["linear"]} tags=["hide-input"]
gap = {loss: alpha[loss] - alpha["linear"] for loss in others}
table = pd.DataFrame(
    {
        "loss": study.losses,
        "α": list(alpha.values()),
        "law, β = ½": [theory.predicted_exponent(q) for q in study.orders],
        "α less linear's": [gap.get(loss) for loss in study.losses],
        "I at the peak (rad⁻²)": [f"{one:.0f}" for one in peak.values()],
    }
)
tabulate(table, "How sharp each loss's curve is, and how high", collapsed=True)

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]} tags=["remove-input"]
reading = {loss: "above" if LOSS_ORDERS[loss] < 1 else "below" for loss in others}
clear = {loss: gap[loss].side() == reading[loss] for loss in others if gap[loss].side() in ("above", "below")}
keep("sharpness_agrees", np.mean([(gap[loss].mean > 0) == (reading[loss] == "above") for loss in others]))
keep("trend_of_sharpness", spearmanr(study.orders, [one.mean for one in alpha.values()]).statistic)
for id, (_, first, second) in triples.items():
    told = [clear[loss] for loss in (first, second) if loss in clear]
    conclude(
        id,
        how_much(sum(told) / 2 if told else np.nan),
        most=("yes", "{first} and {second} both differ from linear as the original reads, by {one} and {other} in α."),
        some=("in part", "Of {first} and {second} one clearly differs from linear as the original reads: by {one} and {other} in α."),
        none=("no", "Neither {first} nor {second} differs from linear as the original reads: by {one} and {other} in α."),
        undecided=("undecided", "Neither {first} nor {second} clearly differs from linear: by {one} and {other} in α."),
        first=first, second=second, one=gap[first], other=gap[second],
    )  # fmt: skip

# %% [markdown] needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]}
# Over all six losses, α has a rank correlation of {glue:text}`trend_of_sharpness:.2f` with $q$.

# %% [markdown]
# The law expects a higher α of a smaller $q$; whether its *values* hold, [another page](exponents.ipynb) asks. The root √I halves every exponent.

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4"]} tags=["hide-input"]
scaled = {"p, scaled": (fine, reach["linear"].mean * density.pdf(fine))}
plotting.show(
    plotting.loss_panels(measured, groups[:2], curves.root, plotting.ROOT_LABEL, references=scaled, bands=common),
    id="R58",
    also=("R59",),
    caption=f"The root follows powers of p from {in_words(alpha[flattest].mean / 2)} ({flattest}) to {in_words(alpha[steepest].mean / 2)} ({steepest}). "
    "Mean root information with bands as above; dashed the density, scaled to the area of the linear curve.",
    alt=f"Root information against the angle, three losses per panel; at the density's peak linear has {np.sqrt(peak['linear'].mean):.0f} per rad.",
    data=plotting.curve_rows(plotting.loss_curves(measured, study.losses, curves.root), scaled),
    collapsed="R58, R59: the root of the information",
)

# %% [markdown]
# ## Is the error the mirror image?
#
# The original sees the error of the decoded angle mirror the information. The measure is their rank correlation along the angle, network by network,
# where training was *common* (the density exceeds a tenth of its peak) and where it was *rare*. A mean below −0.8 counts as a mirror image, whatever its
# interval.

# %% tags=["hide-input"]
precision = curves.achieved_precision(study.code().embeddings, study.faces.person, seed=seed)
places = {"common": common, "rare": ~common}
mirror = {
    (place, loss): curves.rank_correlation(*(terms[name].select(loss=loss) for name in ("error", "information")), where)
    for place, where in places.items()
    for loss in study.losses
}
bias = {
    (place, loss): np.median(1 - np.exp(-sum(terms[name].select(loss=loss).values.values for name in ("spread", "error")))[:, where])
    for place, where in places.items()
    for loss in study.losses
}  # fmt: skip
for loss in study.losses:
    keep(f"mirror_common_{loss}", mirror["common", loss])

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]} tags=["hide-input"]
weakest = {place: max(mirror[place, loss].mean for loss in study.losses) for place in places}
plotting.show(
    plotting.loss_panels(precision, groups, curves.mean_squared_error, "mean squared error (rad²)", logarithmic=True),
    id="R60",
    also=("R61", "R62"),
    caption=f"Where training was common, every loss's error has a rank correlation of {in_words(weakest['common'])} or less with its information; where it was rare, "
    f"of up to {in_words(weakest['rare'])}. Mean squared error of the decoded angle, with simultaneous 95 % bands.",
    alt="Mean squared error against the angle on a logarithmic axis, three losses per panel; over the density of angles, linear is off by "
    f"{error['linear'].mean:.3f} rad.",
    data=plotting.curve_rows(plotting.loss_curves(precision, study.losses, curves.mean_squared_error)),
)

# %% tags=["hide-input"]
tabulate(
    pd.DataFrame(
        [
            {"loss": loss, **{f"correlation, {place}": mirror[place, loss] for place in places}}
            | {f"bias, {place}": f"{100 * bias[place, loss]:.0f} %" for place in places}
            for loss in study.losses
        ]
    ),
    "Rank correlation of error and information, and the share of the squared error that is bias (median)",
    collapsed=True,
)

# %% needs={"losses": ["linear", "sqrt", "square", "quart", "root4", "log"]} tags=["remove-input"]
for id, group in zip(("R60", "R61", "R62"), groups, strict=True):
    farthest = {place: max((mirror[place, loss] for loss in group), key=lambda one: one.mean) for place in places}
    mirrored = [farthest[place].mean < -0.8 for place in places]
    conclude(
        id,
        how_much(np.mean(mirrored) if farthest["common"].several else np.nan),
        most=("yes", "The error mirrors the information with {group}: correlations of at most {common} (common) and {rare} (rare)."),
        some=("in part", "With {group} the error mirrors the information at one kind of angles: correlations of at most {common} (common) and {rare} (rare)."),
        none=("no", "The error does not mirror the information with {group}: correlations of up to {common} (common) and {rare} (rare)."),
        undecided=("undecided", "One network each of {group} has no interval: correlations of at most {common} (common) and {rare} (rare)."),
        group=listed(group),
        **farthest,
    )  # fmt: skip

# %% [markdown]
# Bias is what can spoil a mirror image: the read-out then misses the angle alike for every face, which information does not tell.
#
# ## Does the read-out use what the code knows?
#
# With bias $b$ the error is $s^2/I_\mathrm{dec} + b^2$. So error times decoded information departs from one through bias and slope alone. A product below
# one does not beat the bound: it comes with a slope below one.

# %% tags=["hide-input"]
rows = []
for loss in study.losses:
    known, decoded = (
        study.of(loss, kind=kind).values.values for kind in ("embedding information", "decoded information")
    )
    square, slope = (np.exp(terms[term].select(loss=loss).values.values) for term in ("error", "slope"))
    product, used = (float(np.median(values[:, common])) for values in (square * decoded, decoded / known))
    row = {"loss": loss, "error × decoded information": product, "slope": float(np.median(np.sqrt(slope)[:, common]))}
    rows.append(row | {"read-out uses": f"{100 * used:.0f} %"})
    keep(f"error_times_decoded_{loss}", product)
    keep(f"read_out_uses_{loss}", used)
tabulate(pd.DataFrame(rows), "Medians over networks and angles where training was common.")

# %% [markdown]
# ## What this page does not show
#
# - Errors on people never seen, which are larger.
# - Narrow dips between the angles of this grid: that takes [a finer one](loss_comparison_numerics.ipynb).
#
# ## How it was made
#
# {glue:md}`conditions:myst` Information and bands are made as on the page [Where is the code precise?](fisher_information.ipynb).
