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
# # Can the estimate be trusted?
#
# :::{admonition} The answer
# :class: answer
# {glue:md}`Q03-tournament:myst` {glue:md}`Q02-coverage:myst` {glue:md}`Q04-peak:myst`
#
# The caveat: simulated photographs of a person are alike in one way, by a shared Gaussian part. Real ones may be alike in others.
#
# The page takes about three minutes.
# :::
#
# How precise is an estimate from a few hundred photographs (Q02)? How can estimators be compared without preferring the one whose curve one likes
# (Q03)? Is information underestimated where training was common (Q04)? All three need a truth. So here are codes whose information is known
# exactly, sampled like the faces. The networks' own curves are examined in [What could change a curve?](curve_checks.ipynb).

# %% tags=["remove-input"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from fisherkit import bias, codes, curves, estimators, experiments, fisher, known, plotting, simulations, theory
from fisherkit.checks import check_count
from fisherkit.estimate import Estimate
from fisherkit.results import conclude, how_much, in_words, keep, listed, tabulate, whether
from fisherkit.simulations import Case
from fisherkit.study import Study

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "log", "root4", "sqrt", "square", "quart"]  # of these; the first is used where one is
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
draws = 200  # simulated sets of faces a known code
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=["linear"], densities=["concentrated"], replicates=replicates, seed=seed
)  # fmt: skip
check_count("draws", draws, least=20)

# %% [markdown]
# ## Which estimator comes nearest to the truth?
#
# The known codes are $z(\theta) = \mu' \theta + L(\theta) x$, with a random latent $x$ for each face that stays while the face turns. So their
# tangents are exact, and their information is a formula. Eight random codes serve each case; they span what trained networks show
# (`fisherkit.known.random_code`).

# %% tags=["hide-input"]
cases = {
    "number of faces, in 2 dimensions": {n: Case(n) for n in (20, 40, 80, 150, 300)},
    "dimensions, with 300 faces": {d: Case(300, dimensions=d) for d in (2, 20, 60)},
    "condition number, with 80 faces": {c: Case(condition_number=c) for c in (1, 10, 100, 10_000, 1_000_000)},
    "shape of the latent, with 80 faces": {name: Case(latent=name) for name in known.LATENTS},
}
by_faces, by_dimensions, by_condition, by_shape = cases
compared = ("paired", "plug-in", "shrinkage", "gaussian", "wishart")
table = simulations.tournament(cases, compared, draws=draws, fewer={"shrinkage": max(draws // 4, 1)}, seed=seed)
found = table.set_index(["varied", "x", "estimator"])
enough = [n for n in cases[by_faces] if n >= 80]
worst = max((found.loc[(by_faces, n, "paired")] for n in enough), key=lambda row: abs(row.bias))

# %% tags=["hide-input"]
figure, axes = plt.subplots(len(cases), 2, figsize=(8.7, 9.5), layout="constrained", sharey="col")
for (varied, part), row in zip(table.groupby("varied", sort=False), axes, strict=True):
    for axis, quantity in zip(row, ("bias", "rmse"), strict=True):
        for name, style in zip(compared, plotting.METHOD_STYLES, strict=False):  # Wishart hardly differs from paired
            of = part[part.estimator == name]
            axis.plot([f"{x:,}" if isinstance(x, int) else x for x in of.x], of[quantity], **style, label=name)
        axis.set_xlabel(varied)
for axis, label, limits in zip(axes[0], ("bias ÷ truth", "RMSE ÷ truth"), ((-0.55, 0.55), (0, 0.75)), strict=True):
    axis.set(title=label, ylim=limits)
for axis in axes[:, 0]:
    axis.axhline(0, color="0.7", linewidth=1, zorder=0)
figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
plotting.show(
    figure,
    id="Q03-tournament",
    caption=f"From 80 faces on in two dimensions the paired estimate is off by {in_words(100 * worst.bias, '+.1f')} % at most. Bias and root mean square error of four estimators on {simulations.CODES} "
    f"known codes per point, {draws} sets of faces of each (shrinkage: {max(draws // 4, 1)}). What is not varied is 2 dimensions, condition number 10, a Gaussian "
    f"latent. Beyond the axes cut off. Simulation error of a bias: at most {table.error.max():.2f}.",
    alt=f"Bias and error of four estimators against faces, dimensions, condition number and shape; the paired one's bias is {in_words(100 * worst.bias, '+.1f')} % at most "
    "from 80 faces on in two dimensions.",
    data=table,
)

# %% tags=["remove-input"]
beyond = abs(worst.bias) - 0.02
conclude(
    "Q03-tournament",
    whether(None if 0 < beyond <= 2 * worst.error else beyond <= 0),
    so=("answered", "Where the truth is known, from 80 faces on in two dimensions, the paired estimate is off by {off:+.1f} % at most: within the 2 % that it should keep."),
    not_so=("answered", "Where the truth is known, from 80 faces on in two dimensions, the paired estimate is off by up to {off:+.1f} %: **more than the 2 %** that it should keep."),
    undecided=("undecided", "Where the truth is known, from 80 faces on in two dimensions, the paired estimate is off by up to {off:+.1f} %: more than 2 %, though simulation error does not exclude 2 %."),
    off=100 * worst.bias,
)  # fmt: skip
keep("bias_paired", worst.bias)
keep("bias_plug_in_20", found.bias[by_faces, 20, "plug-in"])

# %% [markdown]
# Linear maps, and so the condition number, change neither the paired, the plug-in nor the gaussian estimate. The truth is the linear information
# $\mu'^\top \Sigma^{-1} \mu'$, whatever the shape; for *gaussian* it is the full one.

# %% tags=["hide-input"]
chosen = {
    "20 faces": (by_faces, 20),
    "80 faces": (by_faces, 80),
    "300 faces": (by_faces, 300),
    "300 faces, 60 dimensions": (by_dimensions, 60),
    "80 faces, condition number 10⁶": (by_condition, 1_000_000),
    "80 faces, skewed": (by_shape, "skewed"),
    "80 faces, heavy-tailed": (by_shape, "heavy-tailed"),
}
rows = [
    {"codes": words, **{name: 1 + found.bias[(*case, name)] for name in compared}, "RMSE of paired": found.rmse[(*case, "paired")]}
    for words, case in chosen.items()
]  # fmt: skip
tabulate(pd.DataFrame(rows), "Mean estimate ÷ truth. The plug-in estimate is the original's.")

# %% [markdown]
# ## How precise is it, and could it be better?
#
# For a Gaussian code whose covariance is not known, no unbiased estimate has a smaller error than $\sqrt{2/n}$.

# %% tags=["remove-input"]
few, many = (found.rmse[by_faces, n, "paired"] for n in (20, 300))
keep("rmse_paired_300", many)
conclude(
    "Q02-precision",
    whether(many < 1.3 * np.sqrt(2 / 300)),
    so=("answered", "The error of the paired estimate falls from {few:.0f} % with 20 independent faces to {many:.0f} % with 300, where the bound is {bound:.0f} %: there is **little left to gain** by another estimator, only by more faces."),
    not_so=("answered", "The error of the paired estimate falls from {few:.0f} % with 20 independent faces to {many:.0f} % with 300. That is not near the bound of {bound:.0f} %."),
    few=100 * few, many=100 * many, bound=100 * np.sqrt(2 / 300),
)  # fmt: skip

# %% [markdown]
# Its 95 % interval (`fisherkit.stats.information_interval`) should hold the truth in 95 % of all samples. In the last panel ten photographs of each person are alike, with a correlation of one half.

# %% tags=["hide-input"]
independent = {name: cases[name] for name in (by_faces, by_dimensions, by_shape)}
alone = simulations.coverage(independent, draws=draws, seed=seed)
clustered = {"people, 10 photographs of each": {n: Case(n, photographs=10, alike=0.5) for n in (5, 10, 20, 30)}}
counted = {
    name: simulations.coverage(clustered, draws=draws, by_person=by_person, stream=2, seed=seed)
    for name, by_person in (("people counted", True), ("faces counted", False))
}
likeness_bias = simulations.tournament(clustered, ["paired"], draws=draws, by_person=False, stream=2, seed=seed)

# %% tags=["hide-input"]
cover = pd.concat([alone.assign(series="faces counted"), *(one.assign(series=name) for name, one in counted.items())])
by_people, by_photographs = (float(one.coverage.iloc[-1]) for one in counted.values())
figure, axes = plt.subplots(2, 2, figsize=(8.7, 6), layout="constrained", sharey=True)
styles = dict(zip(("people counted", "faces counted"), plotting.METHOD_STYLES, strict=False))
for (varied, part), axis in zip(cover.groupby("varied", sort=False), axes.flat, strict=True):
    axis.axhline(0.95, color="0.7", linewidth=1, zorder=0)
    for name, of in part.groupby("series"):
        axis.plot(of.x.astype(str), of.coverage, **styles[name], label=name)
    axis.set(xlabel=varied, ylim=(0.4, 1.02))
figure.supylabel("coverage", fontsize="medium")
figure.legend(*axes[1, 1].get_legend_handles_labels(), loc="outside lower center", ncols=2)
plotting.show(
    figure,
    id="Q02-coverage",
    caption=f"Of 30 people with ten photographs each, intervals hold the truth in {100 * by_people:.0f} % of samples where people are counted, and in {100 * by_photographs:.0f} % "
    f"where faces are. Share of 95 % intervals of the paired estimate that hold the linear information; {simulations.CODES} known codes per point, {draws} sets of faces of "
    "each. Line: 95 %.",
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
    so=("answered", "From 80 faces on its 95 % interval holds the truth in {low:.1f} to {high:.1f} % of samples of independent faces: within the 93 to 97 % that it should keep."),
    not_so=("answered", "From 80 faces on its 95 % interval holds the truth in {low:.1f} to {high:.1f} % of samples of independent faces: **outside** of the 93 to 97 % that it should keep."),
    undecided=("undecided", "From 80 faces on its 95 % interval holds the truth in {low:.1f} to {high:.1f} % of samples of independent faces: outside of 93 to 97 %, though not beyond simulation error."),
    low=100 * low, high=100 * high,
)  # fmt: skip
keep("coverage_lowest", low)
keep("coverage_highest", high)
keep("coverage_people", by_people)
keep("coverage_faces", by_photographs)
conclude(
    "Q02-units",
    whether(by_photographs < 0.9 and by_people > by_photographs),
    so=("answered", "Where ten photographs of each of 30 people are alike, an interval over people holds the truth in {people:.0f} % of samples, one over faces in {faces:.0f} %: **people, not photographs, must be counted.** The estimate by faces is itself off by {off:+.0f} %."),
    not_so=("answered", "Where ten photographs of each of 30 people are alike, an interval over people holds the truth in {people:.0f} % of samples, one over faces in {faces:.0f} %. The estimate by faces is itself off by {off:+.0f} %."),
    people=100 * by_people, faces=100 * by_photographs, off=100 * likeness_bias.bias.iloc[-1],
)  # fmt: skip

# %% [markdown]
# ## Is information underestimated where training was common?
#
# At the density's peak clouds are thin. So each network gets a *twin* there: a known Gaussian code with the network's mean tangent, covariance, and joint
# scatter of embeddings and tangents. As many people are drawn from it as were trained on, with as many photographs, as alike as theirs. For one loss
# other twins have independent faces, and other shapes.

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


def off_by(found, estimator, by_person):
    """By how many per cent of the truth a mean estimate is off, of each network's twin."""
    ratios = [twin.simulated.ratios(estimator, by_person=by_person).mean() for twin in found]
    return 100 * (Estimate(np.array(ratios)) - 1)


# %% tags=["hide-input"]
ways = {f"{name}, people counted": (name, True) for name in ("wishart", "paired")}
ways = {"plug-in, faces counted": ("plug-in", False), **ways}
kinds = {
    "people alike, Gaussian": {},
    "independent, Gaussian": {"alike": False},
    "independent, skewed": {"alike": False, "latent": "skewed"},
    "independent, heavy-tailed": {"alike": False, "latent": "heavy-tailed"},
}
twins = {of: twins_at_peak(of) for of in losses}
other = {kind: twins_at_peak(loss, **how) for kind, how in kinds.items()}
off = {(of, name): off_by(twins[of], *way) for of in losses for name, way in ways.items()}
off_other = {(kind, name): off_by(found, *way) for kind, found in other.items() for name, way in ways.items()}

# %% tags=["hide-input"]
sides = {"twins of each loss, people alike": off, f"other twins, {loss} loss": off_other}
figure, axes = plt.subplots(1, 2, figsize=(8.7, 4.8), layout="constrained", sharex=True)
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
words = listed([f"{in_words(off[of, 'paired, people counted'].mean, '+.1f')} % ({of})" for of in losses])
plotting.show(
    figure,
    id="Q04-peak",
    caption=f"Where people are counted, the paired estimate is off by {words} at the density's peak. Known codes made like the clouds of "
    f"{plotting.counted(networks, 'network')} per loss (linear encoding, concentrated density) at {grid[peak]:.2f} rad; {draws} sets of faces of each. Bars: 95 %, over networks.",
    alt=f"How far three estimates are off at the density's peak, one row per loss and per kind of code: paired, with people counted, {words}.",
    data=pd.DataFrame([{"of": name, "way": way, "off": one.mean, "low": one.low, "high": one.high} for (name, way), one in (off | off_other).items()]),
)  # fmt: skip

# %% tags=["remove-input"]
paired_off = {of: off[of, "paired, people counted"] for of in losses}
sides = {of: one.side(-2) for of, one in paired_off.items()}
under = [of for of, side in sides.items() if side == "below"]
cannot_tell = [of for of, side in sides.items() if side in ("open", "undecided")]
least = min(losses, key=lambda of: paired_off[of].mean)
conclude(
    "Q04-peak",
    whether(bool(under) or (None if cannot_tell else False)),
    so=("answered", "At the density's peak the paired estimate **underestimates** information by more than 2 %, for {under}: the lowest is {off:+.1f} % ({least})."),
    not_so=("answered", "At the density's peak the paired estimate does **not underestimate** information by more than 2 %, for any loss: the lowest is {off:+.1f} % ({least})."),
    undecided=("undecided", "Whether at the density's peak the paired estimate underestimates information by more than 2 % is open for {unknown}: the lowest is {off:+.1f} % ({least})."),
    under=listed(under or ["none"]), unknown=listed(cannot_tell or ["none"]), off=paired_off[least], least=least,
)  # fmt: skip
for of in losses:
    keep(f"peak_bias_wishart_{of}", off[of, "wishart, people counted"].mean / 100)
    keep(f"peak_bias_paired_{of}", paired_off[of].mean / 100)

# %% [markdown]
# *Likeness* is the correlation of two photographs of a person in the networks' own clouds.

# %% tags=["hide-input"]
rows = []
for of in losses:
    simulated, z = [twin.simulated for twin in twins[of]], study.code(loss=of).embeddings.values[:, [peak]]
    rows.append(
        {
            "loss": of,
            "condition number": int(np.exp(np.log(fisher.condition_number(z)).mean())),
            "likeness": np.mean([twin.likeness for twin in twins[of]]),
            "Wishart, off by": off[of, "wishart, people counted"],
            "paired, off by": paired_off[of],
            "RMSE of paired": simulations.summary([one.ratios("paired") for one in simulated])["rmse"],
            "coverage": np.mean([one.covered() for one in simulated]),
        }
    )
keep("peak_coverage", rows[losses.index(loss)]["coverage"])
tabulate(
    pd.DataFrame(rows), "Estimates that count people, off by per cent of the truth. Intervals: 95 %, over networks."
)

# %% tags=["remove-input"]
of_step = {"images": train.images, "angles": [grid[peak]], "estimator": "wishart"}
fine, usual = (fisher.fisher_curve(sweep.ensemble(loss=loss), **of_step, step=step).values for step in (0.0125, 0.05))
keep("finer_step", (fine / usual).mean())

# %% [markdown]
# A step of the tangents that is four times smaller multiplies the information at the peak by {glue:text}`finer_step:.3f`.
#
# ## What would the usual correction do?
#
# Neuroscience corrects for bias as {cite:t}`kanitscheider2015` do. Their correction is for **independent trials** at $\theta \pm \delta/2$, and takes off
# $2d/(T\delta^2)$, the noise of the difference of two independent means. The same faces shown at both angles have far less of it. The paired
# correction estimates that noise from the tangents, $\mathrm{tr}(S^{-1}\Gamma)/n$, instead of assuming it; for independent trials, paired at random,
# it is the same number.

# %% tags=["hide-input"]
steps, trials = (0.005, 0.01, 0.02, 0.05, 0.1), 80  # half of δ, in rad
stationary = known.KnownCode(np.array([np.sqrt(300.0), 0.0]), np.eye(2), np.zeros((2, 2)), turn=3.0)
corrected = simulations.compare_corrections(stationary, steps, trials=trials, draws=4 * draws, seed=seed)
interior = np.abs(grid) < np.abs(grid).max() - 0.1
code = study.code(loss=loss)
z, t = code.embeddings.values[:, interior], code.tangents.values[:, interior]
default = estimators.linear_fisher(z, t)
assumed = [estimators.independent_trials_fisher(z - step * t, z + step * t, step=step) for step in steps]
on_networks = [float(np.median(values / default)) for values in assumed]

# %% tags=["hide-input"]
corrections = ("paired", "independent-trials")
ratios = {key: part.ratio.to_numpy() for key, part in corrected.groupby(["shown", "correction"])}
content = [
    plotting.Panel(
        f"known code, {shown}", "step δ/2 (rad)", "mean estimate ÷ truth", {name: (steps, ratios[shown, name]) for name in corrections},
        level=1, xscale="log", limits=(-2, 2),
    )
    for shown in corrected.shown.unique()
]  # fmt: skip
lines = {"independent-trials": (steps, np.array(on_networks))}
content.append(
    plotting.Panel("networks, paired faces", "step δ/2 (rad)", "median estimate ÷ paired", lines, level=1, xscale="log", limits=(-2, 2))
)  # fmt: skip
wrong, right = (ratios["paired faces", name] for name in ("independent-trials", "paired"))
plotting.show_panels(
    "Q03-independent", content, styles=dict(zip(corrections, plotting.METHOD_STYLES, strict=False)),
    caption=f"At a step of {steps[0]} rad the correction for independent trials gives {in_words(wrong[0])} times the truth on paired faces. Left and middle: a Gaussian code "
    f"of 300 rad⁻² in two dimensions, {trials} faces, {4 * draws} sets. Right: concentrated networks, {loss} loss, {len(train)} training faces. Cut off below −2.",
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
# On independent trials, at the largest step, it gives {glue:text}`independent_on_independent:.2f` times the truth, and the paired one
# {glue:text}`paired_on_independent:.2f` times. With the faces of the networks, {glue:text}`negative` of its values would be
# negative at the smallest step; with a step of 0.05 rad it would be {glue:text}`on_networks_wide:.2f` times the paired estimate.
#
# ## Does the package reproduce published numbers?
#
# First, that correction in the setting in which it was published: 50 neurons, two orientations 7° apart, 50 trials of each and more. Tuning and
# covariance are ours (`fisherkit.known.tuned_population`). That does not matter: for Gaussian trials the estimate's distribution knows nothing of
# them but the true information.

# %% tags=["hide-input"]
neurons, distance = 50, np.deg2rad(7)
tuned = known.tuned_population(neurons, distance=distance, limiting=0.005)
published = simulations.independent_trials(tuned, (50, 100, 250, 500), distance=distance, draws=draws, seed=seed)
parts = {quantity: part.set_index("trials") for quantity, part in published.groupby("quantity", sort=False)}
naive, mean, spread = parts.values()
noise = spread.formula / np.sqrt(draws)  # one standard error of a mean over experiments
away = float(((mean.simulated - 1) / noise).abs().max())

# %% tags=["hide-input"]
content = [
    plotting.Panel(
        "", "trials per orientation", f"{quantity} ÷ truth", {name: (part.index.tolist(), part[name].to_numpy()) for name in ("formula", "simulated")},
        bands={"formula": (noise.index, 1 - 2 * noise, 1 + 2 * noise)} if part is mean else {},
        xscale="log", limits=(0, None) if part is spread else None,
    )
    for quantity, part in parts.items()
]  # fmt: skip
plotting.show_panels(
    "published", content, styles={"formula": {"color": "0.5"}, "simulated": {"color": "black", "marker": "o", "linestyle": ""}},
    caption=f"Simulated means of the corrected estimate are {away:.1f} standard errors off the published formula at most. {neurons} neurons of "
    f"{tuned.linear_information(0):.0f} rad⁻², limited by correlations; {draws} experiments for each number of trials. Band: two standard errors.",
    alt=f"Mean of the naive and the corrected estimate, and spread of the latter, against the number of trials; the corrected mean is {away:.1f} standard errors off at most.",
)  # fmt: skip

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

# %% [markdown]
# Second, a law of perception. {cite:t}`wei2017` find that the bias $b(\theta) = E[\hat\theta] - \theta$ goes with the slope of the squared threshold,
# $b = c\,(1/I)'$. For a Bayes-optimal decoder of a code that follows this book's law, the loss of order $q$ predicts $c = -q/4$
# (`fisherkit.theory.predicted_bias_slope`): towards where the density is high. The networks' read-out is fixed, and their noise is which face is
# shown, so that nothing obliges them. For $1/I$ stands the variance of the decoded angle, the same where noise is small.

# %% tags=["hide-input"]
common = curves.common_angles(density, grid)
errors = curves.errors(study.code().embeddings)
whose = {"person": train.person, "label": curves.label_of(train)}
of_loss = {of: errors[curves.networks_with(errors, loss=of)].values for of in losses}
laws = {of: bias.bias_law(values, grid, **whose, where=common) for of, values in of_loss.items()}
predicted = {of: theory.predicted_bias_slope(codes.LOSS_ORDERS[of]) for of in losses}
for of, law in laws.items():
    keep(f"bias_slope_{of}", law.slope.mean)

# %% tags=["hide-input"]
content, words = [], listed([f"{in_words(law.slope.mean)} ({of})" for of, law in laws.items()])
for of, law in laws.items():
    lines = {
        "measured": law.bias,
        "best c": law.slope.mean * law.predictor,
        "predicted c": predicted[of] * law.predictor,
    }
    centred = {name: (grid[common], line.mean(axis=0)[common] - line[:, common].mean()) for name, line in lines.items()}
    content.append(plotting.Panel(f"{of} loss", "angle θ (rad), near the peak", "bias − its mean", centred, level=0))
plotting.show_panels(
    "bias", content,
    caption=f"The best c is {words}. Bias of the decoded angle, mean of {plotting.counted(networks, 'network')} per loss, with the multiples of (1/I)′ that fit best and that "
    f"theory predicts, at the {int(common.sum())} angles whose density exceeds a tenth of its peak; {len(train)} training faces.",
    alt=f"Bias of the decoded angle near the density's peak, one panel per loss, with two multiples of the slope of the squared threshold; the best is c = {words}.",
)  # fmt: skip

# %% tags=["hide-input"]
stands = {"holds": "inside", "excludes": "outside", "undecided": "no interval"}
outcomes = {of: law.slope.against(predicted[of]) for of, law in laws.items()}
rows = [
    {"loss": of, "c": law.slope, "predicted": predicted[of], "prediction": stands[outcomes[of]], "zero": stands[law.slope.against(0)],
     "correlation of b and (1/I)′": law.correlation.mean}
    for of, law in laws.items()
]  # fmt: skip
tabulate(
    pd.DataFrame(rows), "Whether c has the prediction, and zero, inside its interval: 95 %, over networks and people."
)

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
# A bias of the predicted sign may have other reasons: regression towards where a network was trained most looks the same.
#
# ## What this page does not show
#
# - Information beyond the linear one, where covariances change or codes are not Gaussian: only *gaussian* and *spanning-tree* look for it.
# - Skewed and heavy-tailed codes have independent faces only: likeness was simulated for Gaussian ones.
# - Everything about networks is in the linear encoding, at faces of the people that were trained on.
#
# ## How it was made
#
# The package's other estimators cost more, and were compared on fewer sets: a robust one, two cross-validated linear decoders, and a spanning tree that
# assumes no shape at all.

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
    caption=f"The estimate {best} has the smallest error of those that look for the linear information, on Gaussian codes. Known codes in two dimensions, 80 faces, condition number 10, by the latent's shape; {simulations.CODES} codes, "
    f"{sets} sets of faces of each, the same for all estimators. Simulation error of a mean: at most {every.error.max():.2f}.",
    alt=f"Mean estimate ÷ truth and error, one row per estimator, one mark per shape; on Gaussian codes LDA finds {1 + ratio['gaussian']['lda']:.2f} of the truth.",
    data=every,
)

# %% tags=["remove-input"]
keep("lda_to_truth", ratio["gaussian"]["lda"] + 1)
conclude(
    "Q03-all",
    whether(ratio.loc[["lda", "svm"], "gaussian"].max() < 0),
    so=("answered", "Of those that look for the linear information, *{best}* has the smallest error on Gaussian codes in these few sets. Decoders find {lda:.0f} % (LDA) and {svm:.0f} % (SVM): a lower bound, as they should."),
    not_so=("answered", "Of those that look for the linear information, *{best}* has the smallest error on Gaussian codes in these few sets. Decoders find {lda:.0f} % (LDA) and {svm:.0f} % (SVM): in these few sets not below the truth on average."),
    best=best, lda=100 * (1 + ratio["gaussian"]["lda"]), svm=100 * (1 + ratio["gaussian"]["svm"]),
)  # fmt: skip

# %% tags=["hide-input"]
settings = {
    "preset": sweep.preset.name,
    "faces": f"{len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people",
    "networks": f"{plotting.counted(networks, 'network')} of each loss: {listed(losses)}",
    "simulated": f"{simulations.CODES} known codes, {draws} sets of faces of each",
}
tabulate(pd.DataFrame(settings.items(), columns=["what", "value"]), "Parameters of this run", collapsed=True)
