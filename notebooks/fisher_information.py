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
# # Where is the code precise?

# %% [markdown] needs={"angles": 20, "encodings": ["linear"], "losses": ["linear"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R16:myst` {glue:md}`R20:myst`
#
# With the linear encoding and loss, information goes as the density to the power α = {glue:text}`exponent_linear_linear`; the law has
# {glue:text}`law_linear_linear:.2f`.
#
# The caveat: all curves are of faces trained on, and of the *embedding*, whose information the loss sees in part only. Once its networks
# are trained, the page takes half a minute.
# :::

# %% [markdown]
# A network trained mostly on angles near one place should tell angles apart best there. The **Fisher information** $I(\theta)$ of its
# [embedding](embeddings.ipynb) says how well it does, angle by angle ([theory](theory.md), [words](words.md)).

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt"]  # of linear, sqrt, square, quart, root4, log; R15 to R20 show linear, or else the first
encodings = ["linear", "circular"]  # of linear, circular, geodesic; R15 to R20 show linear, or else the first
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from fisherkit import codes, curves, densities, experiments, plotting, stats
from fisherkit.curves import normalised_root, root
from fisherkit.plotting import DENSITY_COLOURS, curve_of
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=encodings, replicates=replicates, seed=seed
)

# %% tags=["hide-input"]
studies = {one: Study(sweep, encoding=one, angles=angles, seed=seed) for one in encodings}
encoding = "linear" if "linear" in encodings else encodings[0]
loss = "linear" if "linear" in losses else losses[0]
study, angle = studies[encoding], studies[encoding].grid
density = study.densities["concentrated"]
common, inner = curves.common_angles(density, angle), curves.inner_angles(angle)
of_density = {name: study.measured(loss, density=name) for name in ("uniform", "concentrated")}
uniform, concentrated = of_density.values()


def panel(study, loss):
    """Root information of both densities, with the concentrated density and what the law makes of it."""
    fine = np.linspace(*codes.angle_range(study.encoding), 400)
    p = study.densities["concentrated"].pdf(fine)
    lines = {
        f"√I, {name}": curve_of(study.measured(loss, density=name), normalised_root, colour)
        for name, colour in DENSITY_COLOURS.items()
    }
    return lines, {"p": (fine, p), "law": (fine, densities.normalised(p ** (study.law(loss) / 2), fine))}


# %% tags=["hide-input"]
first, mean = concentrated.first().band(normalised_root), uniform.band(normalised_root)
highest = concentrated.peak(normalised_root) / density.pdf(angle).max()
level = mean.estimate[inner].mean()
varies, peak_angle = mean.estimate[inner].std() / level, angle[first.estimate.argmax()]
keep("peak_angle", peak_angle)
keep("peak_to_density_peak", highest)
keep("uniform_mean_curve_variation", varies)

lines, given = panel(study, loss)
single = curve_of(concentrated.first(), normalised_root, DENSITY_COLOURS["concentrated"])
content = {
    "concentrated, one network": ({"√I, concentrated": single}, given),
    "concentrated, all networks": ({"√I, concentrated": lines["√I, concentrated"]}, given),
    "uniform, all networks": ({"√I, uniform": lines["√I, uniform"]}, {"p": (angle[[0, -1]], np.full(2, 1 / np.ptp(angle)))}),
}  # fmt: skip
condition = f"{encoding.capitalize()} encoding, {loss} loss, {len(study.faces)} training faces"
plotting.show(
    plotting.curve_panels(content, plotting.NORMALISED_ROOT_LABEL),
    id="R15",
    also=("R16", "R17", "R18"),
    caption=f"The concentrated density's code peaks {in_words(highest)} times as high as p; the uniform one's mean curve varies by {100 * varies:.0f} %. "
    f"{condition}. Thin: networks. Bands: 95 %, simultaneous, over people and networks. Dotted: the law, $p^{{{study.law(loss) / 2:.3g}}}$, normalised.",
    alt=f"Normalised root information against the angle in three panels: one network, and all, on the concentrated density, with a peak at "
    f"{in_words(peak_angle)} rad, {in_words(highest)} times as high as the density's; and all on the uniform one, which vary by {100 * varies:.0f} %.",
    data=plotting.panel_curve_rows(content),
)

# %% [markdown]
# ## Does the code follow the density?
#
# In proportion, √I would run along the dashed line. The law is $I \propto p^\alpha$ with $\alpha = 2/(2\beta + q)$: $q$ is the order of the
# loss, and a budget limits $\int I^\beta d\theta$, here with β = ½. The root goes as half that power.

# %% needs={"encodings": ["linear"], "losses": ["linear"]} tags=["hide-input"]
top = int(first.estimate.argmax())
neighbour = float(np.sort(first.estimate[max(top - 1, 0) : top + 2])[-2] / first.estimate[top])
width = float(np.mean((first.high - first.low)[common] / first.estimate[common] / 2))
mode = float(angle[density.pdf(angle).argmax()])
near, alike, clean = abs(peak_angle - mode) < 0.35, neighbour > 0.9, width < 0.25
keep("band_half_width_where_common", width)

# %% needs={"encodings": ["linear"], "losses": ["linear"]} tags=["remove-input"]
conclude(
    "R15",
    how_much(near * (alike + clean) / 2),
    most=("yes", "One network's curve is as the original read it. It peaks at {peak:.2f} rad, p at {mode:.2f} rad; the higher neighbour has {alike:.0f} % of its height; and it is clean: the band is ±{width:.0f} % wide where p exceeds a tenth of its peak."),
    some=("in part", "One network's curve peaks at {peak:.2f} rad, near p at {mode:.2f} rad. Of alike neighbours (the higher one has {alike:.0f} %) and a clean curve (band ±{width:.0f} % where p exceeds a tenth of its peak) **one** is found."),
    none=("no", "One network's curve is **not** as the original read it: it peaks at {peak:.2f} rad, p at {mode:.2f} rad; the higher neighbour has {alike:.0f} %, the band is ±{width:.0f} % wide where p exceeds a tenth of its peak."),
    peak=peak_angle, mode=mode, alike=100 * neighbour, width=100 * width,
)  # fmt: skip
conclude(
    "R16",
    highest.side(1.0),
    below=("yes", "The code is **flatter** than the density: the peak of √I is {peak} times as high, both with area one."),
    above=("no", "The code is **sharper** than the density: the peak of √I is {peak} times as high, both with area one."),
    open=("undecided", "The code is not clearly flatter or sharper than the density: its peak is {peak} times as high."),
    undecided=("undecided", "One network has no interval: its peak is {peak} times as high as the density's."),
    peak=highest,
)  # fmt: skip

# %% needs={"replicates": 2} tags=["remove-input"]
keep("network_spread_where_common", concentrated.spread(normalised_root, common))
keep("network_spread_where_rare", concentrated.spread(normalised_root, ~common))

# %% [markdown] needs={"replicates": 2}
# Networks differ by {glue:text}`network_spread_where_common:.2f` where p exceeds a tenth of its peak, elsewhere by
# {glue:text}`network_spread_where_rare:.2f` (R17; standard deviation of log √I, normalised).

# %% needs={"encodings": ["linear"], "losses": ["linear"]} tags=["remove-input"]
outside = float(np.mean((mean.low[inner] > level) | (mean.high[inner] < level)))
trained = concentrated.band(normalised_root).estimate[inner]
keep("uniform_share_outside_flat", outside)
conclude(
    "R18",
    whether(outside > 0),
    so=("answered", "Is the uniform networks' code uniform? Away from the ends their mean curve varies by {varies:.0f} % (concentrated: {trained:.0f} %), and a level line leaves its band at {outside:.0f} % of the angles. The original asks for a test, which a band is not yet (Q01)."),
    not_so=("answered", "Is the uniform networks' code uniform? Away from the ends their mean curve varies by {varies:.0f} % (concentrated: {trained:.0f} %), and a level line stays in its band, which does not make it flat: a wide band holds many curves. The original asks for a test, which a band is not yet (Q01)."),
    varies=100 * varies, trained=100 * trained.std() / trained.mean(), outside=100 * outside,
)  # fmt: skip

# %% [markdown]
# ## How much is there in total?
#
# The *discriminable range* $\int\!\sqrt I\,d\theta$ counts steps of one standard deviation of the best linear read-out. Were it a fixed
# budget, as the law assumes, both densities would have the same.

# %% tags=["hide-input"]
share = curves.ratio_of_means(uniform, concentrated, lambda of: np.trapezoid(root(of, angle), angle), seed=(seed, 2))
keep("total_uniform_to_concentrated", share)
points = []
for name, of in of_density.items():
    totals, again = (np.trapezoid(root(i, angle), angle)[..., None] for i in (of.information.values, of.draws))
    for k, total in enumerate(totals):
        band = stats.simultaneous_band(total, again[:, k])
        points.append({"curve": name, "replicate": k + 1, "total": total[0], "low": band.low[0], "high": band.high[0]})
points = pd.DataFrame(points)

# %% tags=["hide-input"]
absolute = {f"√I, {name}": curve_of(of, root, DENSITY_COLOURS[name]) for name, of in of_density.items()}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.7, 3.8), width_ratios=(2, 1), layout="constrained")
plotting.draw_curves(left, absolute)
left.set(ylabel=plotting.ROOT_LABEL)
for place, (name, rows) in enumerate(points.groupby("curve", sort=False)):
    x = place + np.linspace(-0.25, 0.25, len(rows))
    total, low, high = rows[["total", "low", "high"]].to_numpy().T
    bars = np.array([total - low, high - total])
    right.errorbar(x, total, bars, fmt="os"[place], color=DENSITY_COLOURS[name], markersize=5)
right.set(ylabel="total ∫√I dθ", xlim=(-0.6, 1.6), ylim=(0, None), xticks=(0, 1), xticklabels=list(of_density))
figure.legend(*left.get_legend_handles_labels(), fontsize="small", loc="outside lower center", ncols=2)
plotting.show(
    figure,
    id="R19",
    also=("R20",),
    caption=f"The total is {in_words(share)} times as large for the uniform density. Left: root information, not normalised. Right: its "
    "integral, a point for each network; bars: 95 %, over people.",
    alt=f"Root information of both densities against the angle, and its total for each network: {in_words(share)} times as large for the uniform density.",
    data=pd.concat([plotting.curve_rows(absolute), points]),
)

# %% needs={"encodings": ["linear"], "losses": ["linear"], "replicates": 2} tags=["remove-input"]
lowest, lowest_scaled = (
    float(of.min() / of.max()) for of in (concentrated.lines(one).max(axis=1) for one in (root, normalised_root))
)
keep("lowest_to_highest_peak", lowest)
conclude(
    "R19",
    whether(lowest < 0.75 and lowest_scaled > lowest + 0.1),
    so=("yes", "One network peaks much lower, with {lowest:.0f} % of the highest peak, and is like the others once normalised ({scaled:.0f} %), as in the original. (Below 75 % counts; there is no interval.)"),
    not_so=("no", "**No** network peaks much lower and is like the others once normalised, as one did in the original: the lowest peak has {lowest:.0f} % of the highest; normalised, {scaled:.0f} %. (Below 75 % would count; there is no interval.)"),
    lowest=100 * lowest, scaled=100 * lowest_scaled,
)  # fmt: skip

# %% needs={"encodings": ["linear"], "losses": ["linear"]} tags=["remove-input"]
slightly = "yes" if share.mean < 1.3 else "in part"  # the original: slightly more
conclude(
    "R20",
    share.side(1.0),
    above=(slightly, "The uniform density leads to **more** root information in total, {share} times as much (the original: slightly more), so the total is no fixed budget."),
    below=("no", "The uniform density leads to **less** root information in total, {share} times as much."),
    open=("undecided", "Neither density clearly leads to more root information in total: {share} times as much for uniform."),
    undecided=("undecided", "One network has no interval: {share} times as much root information in total for uniform."),
    share=share,
)  # fmt: skip

# %% [markdown]
# ## Do loss and encoding matter?
#
# The circular encoding's density is far broader. There every loss is quadratic for small errors, so that the law is the same for all.

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
content = {f"linear encoding, {one} loss": panel(studies["linear"], one) for one in losses}
peak = {one: studies["linear"].measured(one, density="concentrated").peak(normalised_root) for one in losses}
plotting.show(
    plotting.curve_panels(content, plotting.NORMALISED_ROOT_LABEL),
    id="R21",
    also=("R22",),
    caption=f"Peaks are {in_words(peak['linear'])} rad⁻¹ high with the linear loss and {in_words(peak['sqrt'])} rad⁻¹ with sqrt, in the linear "
    "encoding. All networks of both densities, lines and bands as above, with p and the law for each loss.",
    alt="Normalised root information of both densities in the linear encoding, one panel per loss: peaks of "
    f"{peak['linear']:.2f} rad⁻¹ (linear loss) and {peak['sqrt']:.2f} rad⁻¹ (sqrt).",
    data=plotting.panel_curve_rows(content),
    collapsed="R21, R22: the same losses in the linear encoding",
)

# %% needs={"encodings": ["circular"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
content = {f"circular encoding, {one} loss": panel(studies["circular"], one) for one in losses}
circle = studies["circular"]
top = circle.densities["concentrated"].pdf(circle.grid).max()
below = circle.measured("sqrt", density="concentrated").peak(normalised_root) / top
plotting.show(
    plotting.curve_panels(content, plotting.NORMALISED_ROOT_LABEL),
    id="R23",
    also=("R24", "R26"),
    caption=f"With the sqrt loss the peak is {in_words(below)} times as high as p in the circular encoding. All networks, lines and bands as above.",
    alt="Normalised root information of both densities in the circular encoding, one panel per loss; with the sqrt "
    f"loss the peak is {in_words(below)} times as high as the density's.",
    data=plotting.panel_curve_rows(content),
)

# %% needs={"encodings": ["circular"], "losses": ["linear"]} tags=["remove-input"]
band = studies["circular"].measured("linear", density="concentrated").band(normalised_root)
count = curves.peaks_on_circle(band.estimate, band.high - band.low)
keep("circular_peaks", count)
conclude(
    "R23",
    whether(count == 1),
    so=("yes", "In the circular encoding with the linear loss **one** peak stands out by more than the band is wide, as in the original, which asks why there is no second one (Q08)."),
    not_so=("no", "In the circular encoding with the linear loss {count} peaks stand out by more than the band is wide; the original saw exactly one."),
    count=count,
)  # fmt: skip

# %% needs={"encodings": ["circular"], "losses": ["linear", "sqrt"]} tags=["remove-input"]
conclude(
    "R26",
    below.side(1.0),
    below=("yes", "In the circular encoding with the sqrt loss the peak is {peak} times as high as the density's: it **undershoots** p too, as the law demands of a root."),
    above=("no", "In the circular encoding with the sqrt loss the peak is {peak} times as high as the density's: it **overshoots** p; the original's undershoots."),
    open=("undecided", "In the circular encoding with the sqrt loss the peak is {peak} times as high as the density's: neither clearly above nor below p."),
    undecided=("undecided", "One network has no interval: in the circular encoding with the sqrt loss the peak is {peak} times as high as the density's."),
    peak=below,
)  # fmt: skip


# %% needs={"angles": 20} tags=["hide-input"]
def at_peak(study):
    """The normalised root information, of information (…, A), where the concentrated density is highest."""
    top = study.densities["concentrated"].pdf(study.grid).argmax()
    return lambda of: normalised_root(of, study.grid)[..., top]


rows = []
for (e, of), q in itertools.product(studies.items(), losses):
    alpha, law = of.exponent(q, density="concentrated"), of.law(q)
    both = (of.measured(q, density=name) for name in ("concentrated", "uniform"))
    lift = curves.ratio_of_means(*both, at_peak(of), seed=(seed, 3))
    rows.append({"encoding": e, "loss": q, "lift": lift, "α": alpha, "law": law})
    keep(f"exponent_{e}_{q}", alpha)
    keep(f"law_{e}_{q}", law)
tabulate(
    pd.DataFrame(rows),
    "Lift: normalised √I at the density's peak, concentrated ÷ uniform. Intervals: 95 %, networks and people.",
)

# %% [markdown] needs={"angles": 20}
# Where the law is outside, it fails, or is asked of the wrong quantity: [Does the exponent give away the loss?](exponents.ipynb) asks which.

# %% needs={"angles": 20, "encodings": ["linear", "circular"], "losses": ["sqrt"]} tags=["remove-input"]
log_height = {
    (e, name): of.measured("sqrt", density=name).number(at_peak(of)).map(np.log)
    for e, of in studies.items()
    for name in of.densities
}
lifts = {e: log_height[e, "concentrated"] - log_height[e, "uniform"] for e in studies}
ratio = lifts["circular"].minus(lifts["linear"], paired=False).exp()
alpha = {e: of.exponent("sqrt", density="concentrated") for e, of in studies.items()}
keep("lift_circular_to_linear_sqrt", ratio)
keep("exponent_circular_less_linear_sqrt", alpha["circular"].minus(alpha["linear"], paired=False))
conclude(
    "R24",
    ratio.side(1.0),
    below=("yes", "With the sqrt loss the density has **less impact** in the circular encoding: its lift is {ratio} times the linear one's."),
    above=("no", "With the sqrt loss the density has **more impact** in the circular encoding: its lift is {ratio} times the linear one's; the original read it otherwise."),
    open=("undecided", "With the sqrt loss no difference of impact can be told: the circular encoding's lift is {ratio} times the linear one's."),
    undecided=("undecided", "One network each has no interval: with the sqrt loss the circular encoding's lift is {ratio} times the linear one's."),
    ratio=ratio,
)  # fmt: skip

# %% [markdown] needs={"angles": 20, "encodings": ["linear", "circular"], "losses": ["sqrt"]}
# The broader density alone may do that. The exponent takes it out: circular less linear, α differs by
# {glue:text}`exponent_circular_less_linear_sqrt`. Only an interval off zero would say that the encoding itself is at work, as theory expects.

# %% needs={"encodings": ["linear", "circular"], "losses": ["linear"], "replicates": 2} tags=["remove-input"]
spread = {
    e: np.mean([of.measured("linear", density=name).spread(normalised_root, curves.inner_angles(of.grid)) for name in DENSITY_COLOURS])
    for e, of in studies.items()
}  # fmt: skip
keep("network_spread_linear_to_circular", spread["linear"] / spread["circular"])
conclude(
    "R25",
    whether(spread["linear"] > 1.1 * spread["circular"]),
    so=("yes", "Linear encodings are the **noisier** ones, as in the original: networks differ by {linear:.0f} %, in the circular encoding by {circular:.0f} %."),
    not_so=("no", "Linear encodings are **not** the noisier ones, as they were in the original: networks differ by {linear:.0f} %, in the circular encoding by {circular:.0f} %."),
    linear=100 * spread["linear"],
    circular=100 * spread["circular"],
)  # fmt: skip

# %% [markdown] needs={"encodings": ["linear", "circular"], "losses": ["linear"], "replicates": 2}
# That is with the linear loss, measured as for R17; a tenth more counts, without an interval. Most of the linear range lies where the
# concentrated density hardly ever trained.

# %% needs={"encodings": ["linear", "circular"], "losses": ["linear"]} tags=["hide-input"]
content = {f"{e} encoding": (panel(studies[e], "linear")[0], {}) for e in ("circular", "linear")}
of_circle = content["circular encoding"][0].values()
# Of the curves alone: with few networks a band may go far beyond, and leave them no room.
top = 1.25 * max(max(curve.band.estimate.max(), np.max(curve.replicates, initial=0)) for curve in of_circle)
reach = max(curve.band.estimate.max() for curve in content["linear encoding"][0].values())
plotting.show(
    plotting.curve_panels(content, plotting.NORMALISED_ROOT_LABEL, limits=(0, top)),
    id="R25",
    caption=f"The linear encoding on the circular one's scale: its mean curve goes up to {reach:.2f} rad⁻¹, the panels to {top:.2f} rad⁻¹. "
    "Linear loss, all networks of both densities, lines and bands as above.",
    alt=f"Normalised root information of both densities on one scale up to {top:.2f} rad⁻¹, circular encoding left and linear right, where "
    f"the mean curve goes up to {reach:.2f} rad⁻¹.",
    data=plotting.panel_curve_rows(content),
    collapsed="R25: both encodings on one scale",
)

# %% [markdown]
# ## What this page does not show
#
# - Whether the bands hold the truth as often as they say: with eight networks nearly, with three too seldom.
# - What the codes tell about people they never saw: see [What could change a curve?](curve_checks.ipynb).
#
# ## How it was made
#
# Every training face is shown at every angle. With $\mu'$ the mean derivative of the embedding and $S$ its covariance,
# $I = \mu'^\top S^{-1} \mu'$, corrected for the number of faces. Some bias stays, as faces of one person are alike and $\mu'$ is noisy
# ([Can the estimate be trusted?](estimators.ipynb)); but this estimate is positive and has a root. Exponents are fitted, where p exceeds a tenth of its peak, to
# the paired estimate, which takes the noise of $\mu'$ out.
#
# **Bands** hold the whole curve in 95 % of the draws of people, with all their faces, and of networks. The last 0.1 rad of a range with ends
# are grey: training stopped there.

# %% tags=["hide-input"]
rows = [
    {"encoding": e, "loss": q, "density": name, "networks": of.networks(q, density=name)}
    for e, of in studies.items()
    for q in losses
    for name in of.densities
]
people = len(set(study.faces.person.tolist()))
tabulate(
    pd.DataFrame(rows),
    f"Preset {preset}, {sweep.faces.source} faces: {len(study.faces)} of {people} people; networks by condition",
    collapsed=True,
)
