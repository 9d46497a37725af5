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
# # Can the estimate be trusted?
#
# :::{admonition} The answer
# :class: answer
# {glue:md}`Q03-tournament:myst` {glue:md}`Q02-coverage:myst` {glue:md}`Q04-peak:myst`
#
# The caveat: simulated photographs of a person share a Gaussian part. Real ones may be alike in other ways.
#
# The page takes about a minute and a half.
# :::
#
# How precise is an estimate from a few hundred photographs (Q02)? Which estimator is best, whatever curve one likes (Q03)? Is information
# underestimated where training was common (Q04)? Here are codes whose information is known exactly, sampled like the faces. Another page examines
# [the networks' own curves](curve_checks.ipynb).

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "log", "root4", "sqrt", "square", "quart"]  # of these; the first is used where one is
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
draws = None  # simulated sets of faces a known code; None: 40 at smoke, else 200
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from fisherkit import bias, codes, curves, estimators, experiments, fisher, known, plotting, simulations, theory
from fisherkit.checks import check_count
from fisherkit.estimate import Estimate
from fisherkit.results import as_rows, conclude, how_much, in_words, keep, listed, tabulate, whether
from fisherkit.simulations import Case
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=["linear"], densities=["concentrated"], replicates=replicates, seed=seed
)  # fmt: skip
if draws is None:
    draws = 40 if sweep.preset.name == "smoke" else 200
check_count("draws", draws, least=20)

# %% [markdown]
# ## Which estimator comes nearest to the truth?
#
# The known codes (`fisherkit.known.random_code`) are $z(\theta) = \mu' \theta + L(\theta) x$. Each face keeps its random latent $x$ while it turns, so
# that information is a formula.

# %% tags=["hide-input"]
cases = {
    "number of faces": {n: Case(n) for n in (20, 40, 80, 150, 300)},
    "dimensions (300 faces)": {d: Case(300, dimensions=d) for d in (2, 20, 60)},
    "condition number (80 faces)": {c: Case(condition_number=c) for c in (1, 10, 100, 10_000, 1_000_000)},
    "shape of the latent (80 faces)": {name: Case(latent=name) for name in known.LATENTS},
}
by_faces, by_dimensions, by_condition, by_shape = cases
compared = ("paired", "plug-in", "shrinkage", "gaussian", "wishart")
table = simulations.tournament(cases, compared, draws=draws, fewer={"shrinkage": max(draws // 4, 1)}, seed=seed)
found = table.set_index(["varied", "x", "estimator"])
enough = [n for n in cases[by_faces] if n >= 80]
worst = max((found.loc[(by_faces, n, "paired")] for n in enough), key=lambda row: abs(row.bias))

# %% tags=["hide-input"]
drawn = {"bias ÷ truth": ("bias", 0, (-0.55, 0.55)), "RMSE ÷ truth": ("rmse", None, (0, 0.75))}
content = [
    plotting.Panel(
        "", varied, label,
        {  # Wishart hardly differs from paired
            name: ([f"{x:,}" if isinstance(x, int) else x for x in cases[varied]], table[(table.varied == varied) & (table.estimator == name)][quantity])
            for name in compared[:4]
        },
        level=level, limits=limits,
    )
    for label, (quantity, level, limits) in drawn.items() for varied in cases
]  # fmt: skip
plotting.show(
    plotting.method_panels(content, columns=4),
    id="Q03-tournament",
    caption=f"From 80 faces on the paired estimate of a Gaussian code is off by {in_words(100 * worst.bias, '+.1f')} % at most. {simulations.CODES} known codes per point, "
    f"{draws} sets of faces each (shrinkage: {max(draws // 4, 1)}); what is not varied is 2 dimensions, condition number 10, a Gaussian latent.",
    alt=f"Bias and error of four estimators against faces, dimensions, condition number and shape; the paired one's bias is {in_words(100 * worst.bias, '+.1f')} % at most "
    "from 80 faces on in two dimensions.",
    data=table,
)  # fmt: skip

# %% tags=["remove-input"]
beyond = abs(worst.bias) - 0.02
conclude(
    "Q03-tournament",
    whether(None if 0 < beyond <= 2 * worst.error else beyond <= 0),
    so=("answered", "From 80 faces on the paired estimate of a Gaussian code in two dimensions is off by {off:+.1f} % at most: within the 2 % that it should keep. Skewed codes put it off by {skewed:+.1f} %, heavy-tailed ones by {heavy:+.1f} %."),
    not_so=("answered", "From 80 faces on the paired estimate of a Gaussian code in two dimensions is off by up to {off:+.1f} %: **more than the 2 %** that it should keep. Skewed codes put it off by {skewed:+.1f} %, heavy-tailed ones by {heavy:+.1f} %."),
    undecided=("undecided", "From 80 faces on the paired estimate of a Gaussian code in two dimensions is off by up to {off:+.1f} %: more than 2 %, though simulation error does not exclude 2 %. Skewed codes put it off by {skewed:+.1f} %, heavy-tailed ones by {heavy:+.1f} %."),
    off=100 * worst.bias,
    skewed=100 * found.bias[by_shape, "skewed", "paired"],
    heavy=100 * found.bias[by_shape, "heavy-tailed", "paired"],
)  # fmt: skip
keep("bias_paired", worst.bias)
keep("bias_plug_in_20", found.bias[by_faces, 20, "plug-in"])

# %% [markdown]
# The condition number, as any linear map, changes *shrinkage* alone. The truth is the linear information $\mu'^\top \Sigma^{-1} \mu'$; for
# *gaussian* it is the full one.

# %% tags=["hide-input"]
chosen = {
    "20 faces": (by_faces, 20),
    "80 faces": (by_faces, 80),
    "300 faces": (by_faces, 300),
    "300 faces, 60 dimensions": (by_dimensions, 60),
    "80 faces, condition number 10⁶": (by_condition, 1_000_000),
    **{f"80 faces, {shape}": (by_shape, shape) for shape in ("skewed", "heavy-tailed")},
}
rows = [
    {"codes": words, **{name: 1 + found.bias[(*case, name)] for name in compared}, "RMSE of paired": found.rmse[(*case, "paired")]}
    for words, case in chosen.items()
]  # fmt: skip
tabulate(pd.DataFrame(rows), "Mean estimate ÷ truth. The plug-in estimate is the original's.", collapsed=True)

# %% [markdown]
# ## How precise is it, and could it be better?
#
# For a Gaussian code of unknown covariance no unbiased estimate has an error below $\sqrt{2/n}$.

# %% tags=["remove-input"]
few, many = (found.rmse[by_faces, n, "paired"] for n in (20, 300))
keep("rmse_paired_300", many)
conclude(
    "Q02-precision",
    whether(many < 1.3 * np.sqrt(2 / 300)),
    so=("answered", "The error of the paired estimate falls from {few:.0f} % with 20 independent faces to {many:.0f} % with 300, where the bound is {bound:.0f} %: there is **little left to gain** by another estimator, only by more faces."),
    not_so=("answered", "The error of the paired estimate falls from {few:.0f} % with 20 independent faces to {many:.0f} % with 300: not near the bound of {bound:.0f} %."),
    few=100 * few, many=100 * many, bound=100 * np.sqrt(2 / 300),
)  # fmt: skip

# %% tags=["hide-input"]
independent = {name: cases[name] for name in (by_faces, by_dimensions, by_shape)}
alone = simulations.coverage(independent, draws=draws, seed=seed)
clustered = {"people, 10 photographs of each": {n: Case(n, photographs=10, alike=0.5) for n in (5, 10, 20, 30)}}
counted = {
    name: simulations.coverage(clustered, draws=draws, by_person=by_person, stream=2, seed=seed)
    for name, by_person in (("people counted", True), ("faces counted", False))
}
likeness_bias = simulations.tournament(clustered, ["paired"], draws=draws, by_person=False, stream=2, seed=seed)
cover = pd.concat([alone.assign(series="faces counted"), *(one.assign(series=name) for name, one in counted.items())])
by_people, by_photographs = (float(one.coverage.iloc[-1]) for one in counted.values())
content = [
    plotting.Panel(
        "", varied, "coverage", {name: (of.x.astype(str).tolist(), of.coverage) for name, of in part.groupby("series")},
        level=0.95, limits=(0.4, 1.02),
    )
    for varied, part in cover.groupby("varied", sort=False)
]  # fmt: skip
plotting.show(
    plotting.method_panels(content, columns=4, styles=dict(zip(counted, plotting.METHOD_STYLES, strict=False))),
    id="Q02-coverage",
    caption=f"With 30 people the paired estimate's 95 % interval holds the truth in {100 * by_people:.0f} % of samples if people are counted, in {100 * by_photographs:.0f} % if "
    f"faces are. {simulations.CODES} codes per point, {draws} sets of faces each. Right: photographs correlate at ½.",
    alt=f"Coverage against faces, dimensions, shape, and people with ten photographs each: with 30 people it is {100 * by_people:.0f} % where people are counted and "
    f"{100 * by_photographs:.0f} % where faces are.",
    data=cover,
)

# %% tags=["remove-input"]
shares = alone[(alone.varied == by_faces) & alone.x.isin(enough)].coverage
low, high = float(shares.min()), float(shares.max())
outside = max(0.93 - low, high - 0.97)
chance = 2 * np.sqrt(0.95 * 0.05 / (simulations.CODES * draws))
conclude(
    "Q02-coverage",
    whether(None if 0 < outside <= chance else outside <= 0),
    so=("answered", "The 95 % interval of the paired estimate holds the truth of Gaussian codes in {low:.1f} to {high:.1f} % of samples of 80 and more independent faces: within the 93 to 97 % that it should keep."),
    not_so=("answered", "The 95 % interval of the paired estimate holds the truth of Gaussian codes in {low:.1f} to {high:.1f} % of samples of 80 and more independent faces: **outside** of the 93 to 97 % that it should keep."),
    undecided=("undecided", "The 95 % interval of the paired estimate holds the truth of Gaussian codes in {low:.1f} to {high:.1f} % of samples of 80 and more independent faces: outside of 93 to 97 %, though not beyond simulation error."),
    low=100 * low, high=100 * high,
)  # fmt: skip
keep("coverage_lowest", low)
keep("coverage_highest", high)
keep("coverage_people", by_people)
keep("coverage_faces", by_photographs)
conclude(
    "Q02-units",
    whether(by_photographs < 0.9 and by_people > by_photographs),
    so=("answered", "Where 30 people's ten photographs are alike, an interval over people holds the truth in {people:.0f} % of samples, one over faces in {faces:.0f} %: **people, not photographs, must be counted.** The estimate by faces is itself {off:+.0f} % off."),
    not_so=("answered", "Where 30 people's ten photographs are alike, an interval over people holds the truth in {people:.0f} % of samples, one over faces in {faces:.0f} %. The estimate by faces is itself {off:+.0f} % off."),
    people=100 * by_people, faces=100 * by_photographs, off=100 * likeness_bias.bias.iloc[-1],
)  # fmt: skip

# %% [markdown]
# ## Is information underestimated where training was common?
#
# At the density's peak clouds are thin. So each network gets a *twin* there: a known Gaussian code with its mean tangent, its covariance and its joint
# scatter of embeddings and tangents. Its people are as many as were trained on, with as many photographs, as alike.

# %% tags=["hide-input"]
study = Study(sweep, angles=angles, seed=seed)
train, grid, density = study.faces, study.grid, study.densities["concentrated"]
loss, networks = losses[0], study.networks()
peak = int(density.pdf(grid).argmax())


def twins_at_peak(of, **how):
    """A known code like each network of a loss at the density's peak, with sets of faces."""
    code = study.code(loss=of)
    z, t = (values.values[:, peak] for values in (code.embeddings, code.tangents))
    return simulations.twins(z, t, train.person, draws=draws, seed=seed, **how)


twins = {of: twins_at_peak(of) for of in losses}
other = {"people alike, Gaussian": twins[loss]}
for shape in ("Gaussian", "skewed", "heavy-tailed"):
    other[f"independent, {shape}"] = twins_at_peak(loss, alike=False, latent=shape.lower())

# %% tags=["hide-input"]
ways = {f"{name}, people counted": (name, True) for name in ("wishart", "paired")}
ways = {"plug-in, faces counted": ("plug-in", False), **ways}


def off_by(found, estimator, by_person):
    """By how many per cent of the truth a mean estimate is off, of each network's twin."""
    ratios = [twin.simulated.ratios(estimator, by_person=by_person).mean() for twin in found]
    return 100 * (Estimate(np.array(ratios)) - 1)


off, off_other = (
    {(of, name): off_by(found, *way) for of, found in those.items() for name, way in ways.items()} for those in (twins, other)
)  # fmt: skip
paired_off = {of: off[of, "paired, people counted"] for of in losses}

# %% tags=["hide-input"]
sides = {"twins of each loss, people alike": off, f"other twins, {loss} loss": off_other}
figure, axes = plt.subplots(1, 2, figsize=(8.7, 3.8), layout="constrained", sharex=True)
for axis, (title, numbers) in zip(axes, sides.items(), strict=True):
    names = list(dict.fromkeys(name for name, _ in numbers))
    axis.axvline(0, color="0.6", linewidth=1)
    for shift, (way, style) in enumerate(zip(ways, plotting.METHOD_STYLES, strict=False)):
        of_way = [numbers[name, way] for name in names]
        half = [one.high - one.mean if one.several else 0 for one in of_way]
        place = np.arange(len(names)) + 0.25 * (shift - 1)
        axis.errorbar([one.mean for one in of_way], place, xerr=half, **{**style, "linestyle": "none"}, label=way)
    axis.set_yticks(range(len(names)), [name.replace(", ", "\n") for name in names])
    axis.set(title=title, xlabel="off by (% of the truth)", ylim=(len(names) - 0.5, -0.5))
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
lowest, highest = (in_words(pick(one.mean for one in paired_off.values()), "+.1f") for pick in (min, max))
plotting.show(
    figure,
    id="Q04-peak",
    caption=f"Where people are counted, the paired estimate is off by {lowest} to {highest} % of the truth at the density's peak. Twins of "
    f"{plotting.counted(networks, 'network')} per loss, linear encoding, at {grid[peak]:.2f} rad; {draws} sets of faces each. Bars: 95 %, over networks.",
    alt=f"How far three estimates are off at the density's peak, one row per loss and per kind of code: paired, with people counted, {lowest} to {highest} %.",
    data=as_rows(off | off_other, ["of", "way"]).rename(columns={"estimate": "off"}),
)

# %% tags=["remove-input"]
sides = {of: one.side(-2) for of, one in paired_off.items()}
under = [of for of, side in sides.items() if side == "below"]
cannot_tell = [of for of, side in sides.items() if side in ("open", "undecided")]
least = min(losses, key=lambda of: paired_off[of].mean)
conclude(
    "Q04-peak",
    whether(bool(under) or (None if cannot_tell else False)),
    so=("answered", "At the density's peak the paired estimate **underestimates** information by more than 2 %, for {under}: the lowest is {off:+.1f} % ({least})."),
    not_so=("answered", "At the density's peak the paired estimate does **not underestimate** information by more than 2 %, for any loss: the lowest is {off:+.1f} % ({least})."),
    undecided=("undecided", "Whether the paired estimate underestimates information by more than 2 % at the density's peak is open for {unknown}: the lowest is {off:+.1f} % ({least})."),
    under=listed(under or ["none"]), unknown=listed(cannot_tell or ["none"]), off=paired_off[least], least=least,
)  # fmt: skip
for of in losses:
    keep(f"peak_bias_wishart_{of}", off[of, "wishart, people counted"].mean / 100)
    keep(f"peak_bias_paired_{of}", paired_off[of].mean / 100)

# %% tags=["hide-input"]
rows = []
for of in losses:
    simulated, z = [twin.simulated for twin in twins[of]], study.code(loss=of).embeddings.values[:, [peak]]
    rows.append(
        {
            "loss": of,
            "condition number": int(np.exp(np.log(fisher.condition_number(z)).mean())),
            "correlation of a person's photographs": np.mean([twin.likeness for twin in twins[of]]),
            "Wishart, off by": off[of, "wishart, people counted"],
            "paired, off by": paired_off[of],
            "RMSE of paired": simulations.summary([one.ratios("paired") for one in simulated])["rmse"],
            "coverage": np.mean([one.covered() for one in simulated]),
        }
    )
keep("peak_coverage", rows[losses.index(loss)]["coverage"])
tabulate(
    pd.DataFrame(rows),
    "Numbers of the twins: estimates are off by per cent of the truth, with 95 % intervals over networks.",
    collapsed=True,
)

# %% tags=["remove-input"]
of_step = {"images": train.images, "angles": [grid[peak]], "estimator": "wishart"}
fine, usual = (fisher.fisher_curve(sweep.ensemble(loss=loss), **of_step, step=step).values for step in (0.0125, 0.05))
keep("finer_step", (fine / usual).mean())

# %% [markdown]
# A step of the tangents that is four times smaller multiplies the information there by {glue:text}`finer_step:.3f`.
#
# ## What would the usual correction do?
#
# Neuroscience corrects bias as {cite:t}`kanitscheider2015` do, for **independent trials** at $\theta \pm \delta/2$: it takes off $2d/(T\delta^2)$, the
# noise of the difference of two independent means. The same faces at both angles have far less. The paired correction estimates that noise from the
# tangents, $\mathrm{tr}(S^{-1}\Gamma)/n$; for independent trials, paired at random, it is the same number.

# %% tags=["hide-input"]
steps, trials = (0.005, 0.01, 0.02, 0.05, 0.1), 80  # half of δ, in rad
stationary = known.KnownCode(np.array([np.sqrt(300.0), 0.0]), np.eye(2), np.zeros((2, 2)), turn=3.0)
corrected = simulations.compare_corrections(stationary, steps, trials=trials, draws=4 * draws, seed=seed)
interior = np.abs(grid) < np.abs(grid).max() - 0.1
code = study.code(loss=loss)
z, t = code.embeddings.values[:, interior], code.tangents.values[:, interior]
default = estimators.linear_fisher(z, t)
assumed = [estimators.independent_trials_fisher(z - step * t, z + step * t, step=step) for step in steps]
on_networks = np.array([np.median(values / default) for values in assumed])

# %% tags=["hide-input"]
corrections = ("paired", "independent-trials")
ratios = {key: part.ratio.to_numpy() for key, part in corrected.groupby(["shown", "correction"])}
drawn = {
    (f"known code, {shown}", "mean estimate ÷ truth"): {name: (steps, ratios[shown, name]) for name in corrections}
    for shown in corrected.shown.unique()
}
drawn["networks, paired faces", "median estimate ÷ paired"] = {"independent-trials": (steps, on_networks)}
content = [
    plotting.Panel(title, "step δ/2 (rad)", label, lines, level=1, xscale="log", limits=(-2, 2))
    for (title, label), lines in drawn.items()
]
wrong, right = (ratios["paired faces", name] for name in ("independent-trials", "paired"))
plotting.show_panels(
    "Q03-independent", content, styles=dict(zip(corrections, plotting.METHOD_STYLES, strict=False)),
    caption=f"At a step of {steps[0]} rad the correction for independent trials gives {in_words(wrong[0])} times the truth on paired faces. Gaussian code of 300 rad⁻² in two "
    f"dimensions, {trials} faces, {4 * draws} sets; right: concentrated networks, {loss} loss, {len(train)} training faces.",
    alt=f"Two corrected estimates against the step: on paired faces, at {steps[0]} rad, the one for independent trials is {in_words(wrong[0])} times the truth, the paired one {right[0]:.2f} times.",
)  # fmt: skip

# %% tags=["remove-input"]
conclude(
    "Q03-independent",
    whether(wrong[0] < 0.5 * right[0]),
    so=("answered", "On paired faces the correction for independent trials gives {wrong:.2f} times the truth at the smallest step, the paired one {right:.2f} times. The first has **no limit as δ goes to zero**: it takes off noise that is not there."),
    not_so=("answered", "On paired faces the correction for independent trials gives {wrong:.2f} times the truth at the smallest step, the paired one {right:.2f} times: on this code the two hardly differ."),
    wrong=wrong[0], right=right[0],
)  # fmt: skip
keep("independent_on_pairs", wrong[0])
keep("paired_on_pairs", right[0])
for name in corrections:
    keep(f"{name.removesuffix('-trials')}_on_independent", ratios["independent trials", name][-1])
keep("on_networks_wide", on_networks[3])
keep("negative", f"{100 * (assumed[0] < 0).mean():.0f} %")

# %% [markdown]
# On the networks' faces {glue:text}`negative` of its values are negative at the smallest step; at 0.05 rad it is {glue:text}`on_networks_wide:.2f` times
# the paired estimate.
#
# ## Does the package reproduce published numbers?
#
# First, that correction in its published setting: 50 neurons, orientations 7° apart, 50 or more trials of each. Tuning and covariance are ours
# (`fisherkit.known.tuned_population`): only the true information counts.

# %% tags=["hide-input"]
neurons, distance = 50, np.deg2rad(7)
tuned = known.tuned_population(neurons, distance=distance, limiting=0.005)
published = simulations.independent_trials(tuned, (50, 100, 250, 500), distance=distance, draws=draws, seed=seed)
parts = {quantity: part.set_index("trials") for quantity, part in published.groupby("quantity", sort=False)}
naive, mean, spread = parts.values()
noise = spread.formula / np.sqrt(draws)  # one standard error of a mean over experiments
away = float(((mean.simulated - 1) / noise).abs().max())

# %% tags=["remove-input"]
conclude(
    "published",
    whether(away < 3),
    so=("yes", "The corrected estimate is off by {away:.1f} standard errors at most, which is chance. With 50 trials the naive one is {times:.2f} times the truth, by the formula {formula:.2f} times."),
    not_so=("no", "The corrected estimate is off by {away:.1f} standard errors: **more than chance**. With 50 trials the naive one is {times:.2f} times the truth, by the formula {formula:.2f} times."),
    away=away, times=naive.simulated[50], formula=naive.formula[50],
)  # fmt: skip
keep("published_naive", naive.simulated[50])
keep("published_errors_away", away)

# %% tags=["hide-input"]
content = [
    plotting.Panel(
        "", "trials per orientation", f"{quantity} ÷ truth", {name: (part.index.tolist(), part[name].to_numpy()) for name in ("formula", "simulated")},
        bands={"formula": (noise.index, 1 - 2 * noise, 1 + 2 * noise)} if part is mean else {},
        xscale="log", limits=(0, None) if part is spread else None,
    )
    for quantity, part in parts.items()
]  # fmt: skip
styles = {"formula": {"color": "0.5"}, "simulated": {"color": "black", "marker": "o", "linestyle": ""}}
plotting.show(
    plotting.method_panels(content, styles=styles),
    id="published",
    caption=f"Simulated means of the corrected estimate are {away:.1f} standard errors off the published formula at most. {neurons} neurons of "
    f"{tuned.linear_information(0):.0f} rad⁻², limited by correlations; {draws} experiments for each number of trials. Band: two standard errors.",
    alt=f"Mean of the naive and the corrected estimate, and spread of the latter, against the number of trials; the corrected mean is {away:.1f} standard errors off at most.",
    data=plotting.panel_rows(content),
    collapsed="Formula and simulation against the number of trials",
)

# %% [markdown]
# Second, a law of perception. {cite:t}`wei2017` find that the bias goes with the slope of the squared threshold,
# $b = c\,(1/I)'$. For a Bayes-optimal decoder of a code that follows this book's law, the loss of order $q$ predicts $c = -q/4$: towards where the
# density is high. Nothing obliges the networks: their read-out is fixed, their noise is which face is shown. For $1/I$ stands the variance of the
# decoded angle (`fisherkit.bias`).

# %% tags=["hide-input"]
common = curves.common_angles(density, grid)
errors = curves.errors(study.code().embeddings)
whose = {"person": train.person, "label": curves.label_of(train)}
of_loss = {of: errors[curves.networks_with(errors, loss=of)].values for of in losses}
laws = {of: bias.bias_law(values, grid, **whose, where=common) for of, values in of_loss.items()}
predicted = {of: theory.predicted_bias_slope(codes.LOSS_ORDERS[of]) for of in losses}
outcomes = {of: law.slope.against(predicted[of]) for of, law in laws.items()}
for of, law in laws.items():
    keep(f"bias_slope_{of}", law.slope.mean)
rows = [
    {"loss": of, "c": law.slope, "predicted": predicted[of], "correlation of b and (1/I)′": law.correlation.mean}
    for of, law in laws.items()
]
tabulate(pd.DataFrame(rows), "The c that fits best. Intervals: 95 %, over networks and people.")

# %% tags=["remove-input"]
departing = [of for of, outcome in outcomes.items() if outcome == "excludes"]
conclude(
    "bias",
    how_much(np.nan if "undecided" in outcomes.values() else len(departing) / len(losses)),
    most=("answered", "For most losses the bias is **not what is predicted**: the interval excludes it for {departing}."),
    some=("answered", "For some losses the bias is **not what is predicted**: the interval excludes it for {departing}."),
    none=("answered", "No interval excludes what is predicted."),
    undecided=("undecided", "One network has no interval, and gives no verdict."),
    departing=listed(departing or ["none"]),
)  # fmt: skip

# %% [markdown]
# A bias of the predicted sign may have another reason: regression towards where training was common looks the same.

# %% tags=["hide-input"]
content = []
for of, law in laws.items():
    slopes = {"best c": law.slope.mean, "predicted c": predicted[of]}
    lines = {"measured": law.bias, **{name: slope * law.predictor for name, slope in slopes.items()}}
    centred = {name: (grid[common], line.mean(axis=0)[common] - line[:, common].mean()) for name, line in lines.items()}
    content.append(plotting.Panel(f"{of} loss", "angle θ (rad), near the peak", "bias − its mean", centred, level=0))
words = listed([f"{in_words(law.slope.mean)} ({of})" for of, law in laws.items()])
plotting.show(
    plotting.method_panels(content),
    id="bias",
    caption=f"The best c is {words}. Bias of the decoded angle, mean of {plotting.counted(networks, 'network')} per loss, beside multiples of (1/I)′, at the "
    f"{int(common.sum())} angles whose density exceeds a tenth of its peak; {len(train)} training faces.",
    alt=f"Bias of the decoded angle near the density's peak, one panel per loss, with two multiples of the slope of the squared threshold; the best is c = {words}.",
    data=plotting.panel_rows(content),
    collapsed="The bias against the angle, for each loss",
)

# %% [markdown]
# ## What this page does not show
#
# - Information beyond the linear one: only *gaussian* and *spanning-tree* look for it.
# - Skewed and heavy-tailed codes whose photographs of a person are alike.
# - Networks in other encodings, or at faces of people who were not trained on.
#
# ## How it was made

# %% tags=["hide-input"]
every_name = ("paired", "wishart", "plug-in", "shrinkage", "robust", "lda", "svm", "gaussian", "spanning-tree")
sets = max(draws // 40, 2)
every = simulations.tournament({by_shape: cases[by_shape]}, every_name, draws=sets, seed=seed)
ratio, rmse = (
    every.pivot_table(index="estimator", columns="x", values=value).loc[list(every_name), list(known.LATENTS)]
    for value in ("bias", "rmse")
)
best = rmse["gaussian"].drop(list(simulations.FULL_INFORMATION)).idxmin()
plotting.show(
    plotting.methods_by_condition({"mean estimate ÷ truth": (ratio + 1, 1.0), "RMSE ÷ truth": (rmse, 0.0)}),
    id="Q03-all",
    caption=f"On Gaussian codes {best} has the smallest error of those that look for the linear information. Two dimensions, 80 faces, condition number 10, by the latent's "
    f"shape; {simulations.CODES} codes, {sets} sets of faces each. Simulation error of a mean: at most {every.error.max():.2f}.",
    alt=f"Mean estimate ÷ truth and error, one row per estimator, one mark per shape; on Gaussian codes LDA finds {1 + ratio['gaussian']['lda']:.2f} of the truth.",
    data=every,
    collapsed="All estimators, costly ones too, on fewer sets",
)

# %% tags=["remove-input"]
keep("lda_to_truth", ratio["gaussian"]["lda"] + 1)
conclude(
    "Q03-all",
    whether(ratio.loc[["lda", "svm"], "gaussian"].max() < 0),
    so=("answered", "Of those that look for the linear information, *{best}* has the smallest error on Gaussian codes in these few sets. There decoders find {lda:.0f} % (LDA) and {svm:.0f} % (SVM): a lower bound, as they should."),
    not_so=("answered", "Of those that look for the linear information, *{best}* has the smallest error on Gaussian codes in these few sets. There decoders find {lda:.0f} % (LDA) and {svm:.0f} % (SVM): not below the truth on average."),
    best=best, lda=100 * (1 + ratio["gaussian"]["lda"]), svm=100 * (1 + ratio["gaussian"]["svm"]),
)  # fmt: skip

# %% tags=["hide-input"]
settings = {
    "preset": preset,
    "faces": f"{len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people",
    "networks": f"{plotting.counted(networks, 'network')} of each loss: {listed(losses)}",
    "simulated": f"{simulations.CODES} known codes, {draws} sets of faces of each",
}
tabulate(pd.DataFrame(settings.items(), columns=["what", "value"]), "Parameters of this run", collapsed=True)
