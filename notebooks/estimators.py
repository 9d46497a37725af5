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
# # Can we trust the estimate?
#
# Every curve in this book is an estimate from a few hundred photographs. How wrong can it be, and would another estimator
# have told another story? The original analysis leaves these questions open: how precise the estimates are (Q02), how
# estimators can be compared without fitting them to the data (Q03), whether information is underestimated where the density
# is concentrated (Q04), whether a grid of 50 angles misses anything (Q06), how Gaussian the clouds are (Q07), whether the
# saturation at low density is noise (Q13), and whether the error differs by loss (Q16).
#
# The answer to Q03 comes first: codes whose information is known exactly, sampled like the faces. Then the networks' own
# estimates are varied in every way that should not matter. The estimators and their formulas are in
# `fisherkit.estimators`; the curves they are used for begin on the page [Fisher information](fisher_information.ipynb); what
# theory expects of them is on the [theory page](theory.md); the words in use are in the [table of words](words.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd
import scipy.stats
from sklearn.decomposition import PCA

from fisherkit import bias, codes, curves, densities, estimators, experiments, fisher, known, plotting, stats, theory
from fisherkit.checks import check_count
from fisherkit.curves import normalised_root
from fisherkit.faces import disc, rotate

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
shared = {"faces": faces, "encodings": ["linear"], "replicates": replicates, "seed": seed}
sweep = experiments.loss_sweep(preset, losses=losses, densities=["concentrated"], **shared)
level = experiments.loss_sweep(preset, losses=losses[:1], densities=["uniform"], **shared)
grid = codes.angle_grid("linear", angles)
check_count("draws", draws, least=20)

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
people = len(set(train.person.tolist()))
density = densities.named("concentrated", "linear")
p = density.pdf(grid)
loss = losses[0]
coded = {
    name: fisher.embed_with_tangents(of_density.ensemble(), train.images, grid)
    for name, of_density in (("uniform", level), ("concentrated", sweep))
}
measured = {name: curves.measured_of(code, train, seed=seed) for name, code in coded.items()}
networks = len(measured["concentrated"].select(loss=loss).information)
interior = np.abs(grid) < np.abs(grid).max() - 0.1
shown = f"{len(train)} training faces at each of {angles} angles"


def concentrated_code(loss):
    """Embeddings and tangents of the concentrated networks of a loss: (replicate, angle, face, output) each."""
    code = coded["concentrated"]
    rows = (code.embeddings["loss"] == loss).values
    return code.embeddings.values[rows], code.tangents.values[rows]


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {people} people, preset *{sweep.preset.name}*, linear encoding, "
    f"{plotting.counted(networks, 'network')} of each loss ({', '.join(losses)}) trained on the concentrated density; "
    f"{draws} simulated sets of faces of each known code."
)

# %% [markdown]
# ## Q03 · A tournament on codes whose information is known
#
# To compare estimators on the networks would mean to prefer the one whose curve one likes. So they are compared where the
# answer is known: codes $z(\theta) = \mu' \theta + L(\theta) x$ with a random latent $x$ for each face, fixed while it turns, and so with
# exact tangents. Eight random codes serve each condition; their information and the scatter of their tangents span what trained
# networks show (`fisherkit.known.random_code`). What varies is the number of faces $n$, the dimension $d$, the condition number of
# the covariance, and the shape of the latent: Gaussian, heavy-tailed (Student's t with 5 degrees of freedom), or skewed (Gumbel).
#
# *Bias* is the mean of estimate ÷ truth, minus one; *RMSE* the root mean square of the same deviation. The truth is the
# linear information $\mu'^\top \Sigma^{-1} \mu'$, and for the *gaussian* and the *spanning-tree* estimator, which want all of it, the full
# Fisher information.

# %% tags=["hide-input"]
known_codes = 8
most = 300  # faces
full_information = ("gaussian", "spanning-tree")


def simulate(dimensions=2, condition_number=10.0, latent="gaussian", faces=most, number=draws):
    """Each known code with so many sets of faces of it: (code, embeddings, tangents), (set, face, output) each."""
    for k in range(known_codes):
        code = known.random_code(dimensions, condition_number=condition_number, latent=latent, seed=(seed, k))
        sample = code.sample([0.0], faces, draws=number, seed=(seed, k, 1))
        yield code, sample.embeddings.values[:, 0], sample.tangents.values[:, 0]


def truth_of(code, estimator):
    """What an estimator is to find at θ = 0."""
    return code.information(0.0) if estimator in full_information else code.linear_information(0.0)


def summary(ratios):
    """Bias, RMSE and the bias's simulation error, of estimates ÷ truth."""
    values = np.concatenate(ratios)
    return {
        "bias": float(values.mean() - 1),
        "rmse": float(np.sqrt(((values - 1) ** 2).mean())),
        "error": float(values.std(ddof=1) / np.sqrt(len(values))),
    }


compared = ("paired", "plug-in", "shrinkage", "gaussian")
conditions = {
    "faces n (d = 2)": [({}, n, n) for n in (20, 40, 80, 150, 300)],
    f"dimension d (n = {most})": [({"dimensions": d}, most, d) for d in (2, 20, 60)],
    "condition number (n = 80)": [({"condition_number": c}, 80, c) for c in (1.0, 10.0, 1e2, 1e4, 1e6)],
    "latent (n = 80)": [({"latent": name}, 80, name) for name in known.LATENTS],
}
rows, cover = [], []
cached = {}
for what, points in conditions.items():
    for options, n, x in points:
        case = (
            options.get("dimensions", 2),
            options.get("condition_number", 10.0),
            options.get("latent", "gaussian"),
            n,
        )
        if case not in cached:
            ratios = {name: [] for name in (*compared, "wishart")}
            covered = []
            for code, z, t in simulate(*case):
                for name in ratios:
                    # Fitted one by one, and so on fewer sets.
                    few = max(draws // 4, 1) if name == "shrinkage" else draws
                    estimate = estimators.named_estimate(name, z[:few], t[:few])
                    ratios[name].append(estimate / truth_of(code, name))
                interval = stats.information_interval(z, t)
                truth = code.linear_information(0.0)
                covered.append((interval.low <= truth) & (truth <= interval.high))
            cached[case] = {name: summary(values) for name, values in ratios.items()}, float(np.mean(covered))
        found, coverage = cached[case]
        rows += [{"varied": what, "x": x, "n": n, "estimator": name, **values} for name, values in found.items()]
        cover.append({"varied": what, "x": x, "coverage": coverage})
tournament, cover = pd.DataFrame(rows), pd.DataFrame(cover)


def lines_of(varied, quantity):
    """What each estimator has of a quantity as one thing is varied: (x, y) by name."""
    chosen = tournament[tournament.varied == varied]
    return {
        name: (of.x.tolist(), of[quantity].to_numpy())
        for name, of in ((name, chosen[chosen.estimator == name]) for name in compared)
    }


content = [
    plotting.Panel(
        "", varied.split(" (")[0] if quantity == "rmse" else varied, label, lines_of(varied, quantity),
        level=0 if quantity == "bias" else None, limits=(-0.55, 0.55) if quantity == "bias" else (0, 0.75),
        xscale="linear" if varied.startswith("latent") else "log",
    )
    for quantity, label in (("bias", "bias ÷ truth"), ("rmse", "RMSE ÷ truth"))
    for varied in conditions
]  # fmt: skip
plotting.show(
    plotting.method_panels(content, columns=4),
    id="Q03-tournament",
    caption=f"Known codes: bias (above) and root mean square error (below), relative to the truth, of four estimators. Each point: {known_codes} "
    f"random codes, {draws} sets of faces of each (shrinkage: {max(draws // 4, 1)}). What does not vary is d = 2, condition number 10, "
    f"Gaussian. What lies beyond the axes is cut off. No band: simulation error is at most {tournament.error.max():.2f}.",
    alt="Eight small line plots of bias and error of four estimators against number of faces, dimension, condition number and shape.",
    data=tournament,
)

# %% tags=["remove-input"]


def cell(estimator, quantity, varied="faces n (d = 2)", x=80):
    """One number of the tournament."""
    chosen = tournament[(tournament.varied == varied) & (tournament.estimator == estimator)]
    return float(chosen[quantity][[value == x for value in chosen.x]].iloc[0])


enough = [n for _, n, _ in conditions["faces n (d = 2)"] if n >= 80]
worst = max(enough, key=lambda n: abs(cell("paired", "bias", x=n)))
worst_bias, worst_error = cell("paired", "bias", x=worst), cell("paired", "error", x=worst)
plotting.headline("bias_paired", worst_bias)
plotting.headline("bias_plug_in_20", cell("plug-in", "bias", x=20))
plotting.headline("rmse_paired_300", cell("paired", "rmse", x=300))
dimension = f"dimension d (n = {most})"
skewed = cell("paired", "bias", "latent (n = 80)", "skewed")
plotting.say(
    f"**Default.** For 80 faces or more in two dimensions, the paired estimate's bias is {100 * worst_bias:+.1f} % at most (simulation error "
    f"{100 * worst_error:.1f} %): "
    + (
        "within the 2 % that it should keep. "
        if abs(worst_bias) <= 0.02
        else "more than 2 %, though simulation error does not exclude 2 %. "
        if abs(worst_bias) - 2 * worst_error <= 0.02
        else "**more than the 2 %** that it should keep. "
    )
    + f"The plug-in estimate, the original's, has {100 * cell('plug-in', 'bias', x=20):+.0f} % with 20 faces, {100 * cell('plug-in', 'bias', x=300):+.1f} % with 300, "
    f"and {100 * cell('plug-in', 'bias', dimension, 60):+.0f} % with 300 faces in 60 dimensions, where the paired one has "
    f"{100 * cell('paired', 'bias', dimension, 60):+.1f} %. The Wishart-corrected estimate, which this book uses for roots, stays "
    f"{100 * (cell('wishart', 'bias') - cell('paired', 'bias')):.1f} percentage points above the paired one at 80 faces.\n\n"
    f"**Precision.** The RMSE of the paired estimate falls from {100 * cell('paired', 'rmse', x=20):.0f} % with 20 faces to {100 * cell('paired', 'rmse', x=300):.0f} % with 300: "
    f"a factor of {cell('paired', 'rmse', x=20) / cell('paired', 'rmse', x=300):.1f}, where $1/\\sqrt n$ gives {np.sqrt(15):.1f}. For a Gaussian code whose covariance is not "
    f"known, no unbiased estimate has less than $\\sqrt{{2/n}}$, which is {100 * np.sqrt(2 / most):.0f} % with {most} faces: "
    + (
        "there is **little left to gain** by another estimator, only by more faces."
        if cell("paired", "rmse", x=300) < 1.3 * np.sqrt(2 / most)
        else "the paired estimate is not near that."
    )
    + f"\n\n"
    f"**Shape.** Linear maps do not change the paired, plug-in and gaussian estimates, and so nor does the condition number; "
    f"shrinkage has a bias of {100 * cell('shrinkage', 'bias', 'condition number (n = 80)', 1e6):+.0f} % at the largest one. "
    f"With skewed latents the paired estimate's bias is {100 * skewed:+.1f} %, with heavy tails "
    f"{100 * cell('paired', 'bias', 'latent (n = 80)', 'heavy-tailed'):+.1f} %; the information it is to find is the linear one in both."
)

# %% [markdown]
# ## Q03 · All estimators
#
# The others cost more, and are compared on fewer sets: the robust estimate, two cross-validated linear decoders, and the spanning
# tree that assumes no shape at all. Decoders see each face at $\theta \pm 0.01$ rad, moved along its tangent.

# %% tags=["hide-input"]
many = ("paired", "wishart", "plug-in", "shrinkage", "robust", "lda", "svm", "gaussian", "spanning-tree")
few = max(draws // 40, 2)
slow_faces = 80
each = {}
for latent in known.LATENTS:
    for code, z, t in simulate(latent=latent, faces=slow_faces, number=few):
        for name in many:
            found = estimators.named_estimate(name, z, t, person=np.arange(slow_faces), step=0.01)
            each.setdefault((latent, name), []).append(found / truth_of(code, name))
every = pd.DataFrame(
    [{"latent": latent, "estimator": name, **summary(values)} for (latent, name), values in each.items()]
)
ratio, rmse = (
    every.pivot_table(index="estimator", columns="latent", values=value).loc[list(many), list(known.LATENTS)]
    for value in ("bias", "rmse")
)
plotting.show(
    plotting.methods_by_condition({"mean estimate ÷ truth": (ratio + 1, 1.0), "RMSE ÷ truth": (rmse, 0.0)}),
    id="Q03-all",
    caption=f"Known codes in two dimensions, {slow_faces} faces, condition number 10: mean of estimate ÷ truth (left) and RMSE (right) by estimator and "
    f"latent; {known_codes} codes, {few} sets of faces of each, the same for all estimators. Simulation error of a mean: {every.error.max():.2f} at most.",
    alt="Dot plots of the mean ratio of estimate to truth and of the error, a row an estimator, a mark a latent shape.",
    data=every,
)

# %% tags=["remove-input"]
best = rmse["gaussian"].drop(list(full_information)).idxmin()
plotting.headline("lda_to_truth", ratio["gaussian"]["lda"] + 1)
below_one = ratio.loc[["lda", "svm"], "gaussian"].max() < 0
plotting.say(
    f"Of those that look for the linear information, *{best}* has the smallest RMSE on Gaussian codes in these few sets. Decoders find "
    f"{100 * (1 + ratio['gaussian']['lda']):.0f} % (LDA) and {100 * (1 + ratio['gaussian']['svm']):.0f} % (SVM) of it"
    + (": a lower bound, as they should. " if below_one else ", not below the truth on average in these few sets. ")
    + f"The robust estimate finds {100 * (1 + ratio['gaussian']['robust']):.0f} % on Gaussian codes, {100 * (1 + ratio['heavy-tailed']['robust']):.0f} % with heavy tails and "
    f"{100 * (1 + ratio['skewed']['robust']):.0f} % on skewed ones: it measures the bulk, and another shape has another bulk. "
    f"The spanning tree finds {100 * (1 + ratio['gaussian']['spanning-tree']):.0f} % of the full information of Gaussian codes with an RMSE of {100 * rmse['gaussian']['spanning-tree']:.0f} %, "
    f"against {100 * rmse['gaussian']['gaussian']:.0f} % of the gaussian estimate."
)

# %% [markdown]
# ## Q02 · Coverage of the interval
#
# An estimate without an interval says little. The 95 % interval of the paired estimate (`fisherkit.stats.information_interval`)
# should hold the truth in 95 % of all samples. The last panel has ten photographs of each person, alike with a correlation of one half,
# in two dimensions: the independent units are people, whoever counts faces counts too many.

# %% tags=["hide-input"]
counts = (5, 10, 20, 30)
by = {"by people": [], "by faces": []}
clustered = []
for number in counts:
    held = {name: [] for name in by}
    ratios = []
    for k in range(known_codes):
        code = known.random_code(2, seed=(seed, k))
        sample = code.sample([0.0], number, photographs=10, alike=0.5, draws=draws, seed=(seed, k, 2))
        z, t, whose = sample.embeddings.values[:, 0], sample.tangents.values[:, 0], sample.embeddings.person.values
        truth = code.linear_information(0.0)
        for name, person in (("by people", whose), ("by faces", None)):
            interval = stats.information_interval(z, t, person=person)
            held[name].append((interval.low <= truth) & (truth <= interval.high))
        ratios.append(estimators.linear_fisher(z, t) / truth)
    clustered.append(summary(ratios)["bias"])
    for name, values in held.items():
        by[name].append(float(np.mean(values)))
content = [
    plotting.Panel(
        "", varied, "coverage", {"by faces": (cover.x[cover.varied == varied].tolist(), cover.coverage[cover.varied == varied].to_numpy())},
        level=0.95, limits=(0.55, 1.02), xscale="linear" if varied.startswith("latent") else "log",
    )
    for varied in conditions if not varied.startswith("condition")
]  # fmt: skip
content.append(
    plotting.Panel(
        "", "people, 10 photographs each", "coverage", {name: (counts, np.array(values)) for name, values in by.items()},
        level=0.95, limits=(0.55, 1.02),
    )
)  # fmt: skip
plotting.show(
    plotting.method_panels(content, columns=4),
    id="Q02-coverage",
    caption=f"Known codes: share of 95 % intervals of the paired estimate that hold the true linear information; {known_codes} codes, {draws} sets of "
    "faces of each. Line: 95 %. The last panel: photographs of one person are alike, and people or faces count as independent.",
    alt="Four small line plots of coverage against number of faces, dimension, shape of the latent and number of people.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
coverages = cover.coverage[(cover.varied == "faces n (d = 2)") & (cover.x.map(lambda x: x in enough))]
low, high = float(coverages.min()), float(coverages.max())
chance = float(2 * np.sqrt(0.95 * 0.05 / (known_codes * draws)))
plotting.headline("coverage_lowest", low)
plotting.headline("coverage_highest", high)
plotting.headline("coverage_people", by["by people"][-1])
plotting.headline("coverage_faces", by["by faces"][-1])
latent_cover = cover[cover.varied == "latent (n = 80)"].set_index("x").coverage
plotting.say(
    f"With independent faces, two dimensions and 80 faces or more, coverage is {100 * low:.1f} to {100 * high:.1f} %: "
    + (
        "within the 93 to 97 % that it should keep. "
        if low >= 0.93 and high <= 0.97
        else "outside of the 93 to 97 % that it should keep, though not beyond simulation error. "
        if low >= 0.93 - chance and high <= 0.97 + chance
        else "**outside** of the 93 to 97 % that it should keep. "
    )
    + f"At 80 faces it is {100 * latent_cover['heavy-tailed']:.0f} % with heavy tails and {100 * latent_cover['skewed']:.0f} % with skewed latents. "
    f"Where ten photographs of each of {counts[-1]} people are alike, the interval over people covers {100 * by['by people'][-1]:.0f} %, the one over faces "
    f"{100 * by['by faces'][-1]:.0f} %"
    + (
        ": **people, not photographs, must be counted.** "
        if by["by faces"][-1] < 0.9 and by["by people"][-1] > by["by faces"][-1]
        else ". "
    )
    + f"Likeness biases the estimate too, by {100 * clustered[-1]:+.1f} % with {counts[-1]} people and {100 * clustered[0]:+.0f} % with {counts[0]}."
)

# %% [markdown]
# ## Q03 · The correction for independent trials
#
# Neuroscience has a well-known correction for bias (Kanitscheider and others, 2015). It is for **independent trials** at
# $\theta \pm \delta/2$, and takes off $2d/(T\delta^2)$, the noise of the difference of two independent means. The same faces shown at both
# angles have far less of it. The paired correction estimates that noise from the tangents, $\mathrm{tr}(S^{-1}\Gamma)/n$, instead of
# assuming it; for independent trials, paired at random, it is the same number.

# %% tags=["hide-input"]
steps = (0.005, 0.01, 0.02, 0.05, 0.1)  # rad, half of δ
trials = 80
stationary = known.KnownCode(np.array([np.sqrt(300.0), 0.0]), np.eye(2), np.zeros((2, 2)), turn=3.0)
corrected = {kind: {"paired": [], "independent-trials": []} for kind in ("paired faces", "independent trials")}
for step in steps:
    same = stationary.sample([-step, 0.0, step], trials, draws=4 * draws, seed=(seed, 3)).embeddings.values
    other = stationary.sample([step], trials, draws=4 * draws, seed=(seed, 4)).embeddings.values[:, 0]
    below, here, above = np.moveaxis(same, 1, 0)
    for kind, centre, second in (("paired faces", here, above), ("independent trials", below, other)):
        of_pairs = estimators.linear_fisher(centre, (second - below) / (2 * step))
        of_trials = estimators.independent_trials_fisher(below, second, step=step)
        for name, values in (("paired", of_pairs), ("independent-trials", of_trials)):
            corrected[kind][name].append(float(values.mean()) / stationary.linear_information(0.0))
z, t = concentrated_code(loss)
default = estimators.linear_fisher(z, t)[:, interior]
assumed = [estimators.independent_trials_fisher(z - step * t, z + step * t, step=step)[:, interior] for step in steps]
of_network = [float(np.median(values / default)) for values in assumed]
negative = float((assumed[0] < 0).mean())
content = [
    plotting.Panel(
        f"known code, {kind}", "step δ/2 (rad)", "mean estimate ÷ truth",
        {name: (steps, np.array(values)) for name, values in corrected[kind].items()},
        level=1, xscale="log", limits=(-2, 2),
    )
    for kind in corrected
]  # fmt: skip
content.append(
    plotting.Panel(
        "networks, paired faces", "step δ/2 (rad)", "median estimate ÷ paired", {"independent-trials": (steps, np.array(of_network))},
        level=1, xscale="log", limits=(-2, 2),
    )
)  # fmt: skip
plotting.show(
    plotting.method_panels(
        content, styles=dict(zip(("paired", "independent-trials"), plotting.METHOD_STYLES, strict=False))
    ),
    id="Q03-independent",
    caption=f"Two corrections against the step. Left and middle: a Gaussian code of 300 rad⁻² in two dimensions, {trials} faces, {4 * draws} sets: the same "
    f"faces at both angles, or others. Right: concentrated networks, {loss} loss, {len(train)} training faces, median over interior angles and networks of the "
    "ratio to the paired estimate. What lies beyond the axes is cut off; no band.",
    alt="Three small line plots of two corrected estimates against the step: both level for independent trials, one falling for paired faces.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
wrong, right = corrected["paired faces"]["independent-trials"], corrected["independent trials"]["independent-trials"]
plotting.headline("independent_on_pairs", wrong[0])
plotting.headline("paired_on_pairs", corrected["paired faces"]["paired"][0])
plotting.headline("paired_on_independent", corrected["independent trials"]["paired"][-1])
plotting.say(
    f"On paired faces the correction for independent trials gives {wrong[0]:.2f} times the truth at the smallest step and {wrong[-1]:.2f} times at the "
    f"largest; the paired one {corrected['paired faces']['paired'][0]:.2f} and {corrected['paired faces']['paired'][-1]:.2f}. "
    + (
        "The wrong correction has no limit as δ goes to zero: it takes off noise that is not there. "
        if wrong[0] < 0.5 * corrected["paired faces"]["paired"][0]
        else "On this code the two hardly differ. "
    )
    + f"On independent trials it gives {right[-1]:.2f} times the truth at the largest step, and so does the paired correction with trials paired at random "
    f"({corrected['independent trials']['paired'][-1]:.2f}). With the {len(train)} faces of the networks, it would give {of_network[0]:.2f} times the paired estimate (median) at a step of {steps[0]} rad, where "
    f"{100 * negative:.0f} % of its values are negative, and {of_network[3]:.2f} times at {steps[3]} rad"
    + (
        ": with steps this wide, the error would have been small."
        if abs(of_network[3] - 1) < 0.1 < abs(of_network[0] - 1)
        else "."
    )
)

# %% [markdown]
# ## Against published numbers
#
# Two claims of others, each with a formula that could fail here. **First**, the correction for independent trials in the setting in
# which it was published: 50 neurons, two orientations 7° apart, 50 trials of each and more, as in the program that drew the figures of
# {cite:t}`kanitscheider2015`. Tuning and covariance are ours (`fisherkit.known.tuned_population`; theirs came as a file of data), which
# does not matter: for Gaussian trials, the estimate's distribution knows nothing of them but the true information.

# %% tags=["hide-input"]
neurons, distance = 50, np.deg2rad(7)
tuned = known.tuned_population(neurons, distance=distance, limiting=0.005)
truth = tuned.linear_information(0.0)
rows = []
for trials in (50, 100, 250, 500):
    below, above = (
        tuned.sample([side * distance / 2], trials, draws=draws, seed=(seed, 5, trials, side + 1)).embeddings.values[
            :, 0
        ]
        for side in (-1, 1)
    )
    corrected_one = estimators.independent_trials_fisher(below, above, step=distance / 2)
    covariance = (estimators.sample_covariance(below) + estimators.sample_covariance(above)) / 2
    moved = (above.mean(axis=1) - below.mean(axis=1)) / distance
    naive = (moved * np.linalg.solve(covariance, moved[..., None])[..., 0]).sum(axis=1)
    inflated = (truth + 2 * neurons / trials / distance**2) * (2 * trials - 2) / (2 * trials - neurons - 3)
    variance = estimators.independent_trials_variance(truth, trials=trials, dimensions=neurons, step=distance / 2)
    rows += [
        ("naive: mean ÷ truth", trials, naive.mean() / truth, inflated / truth),
        ("corrected: mean ÷ truth", trials, corrected_one.mean() / truth, 1.0),
        ("corrected: sd ÷ truth", trials, corrected_one.std(ddof=1) / truth, np.sqrt(variance) / truth),
    ]
published = pd.DataFrame(rows, columns=["quantity", "trials", "simulated", "formula"])
parts = {quantity: part.set_index("trials") for quantity, part in published.groupby("quantity", sort=False)}
of_naive, of_mean, of_spread = parts.values()
noise = 2 * of_spread.formula / np.sqrt(draws)  # two standard errors of a mean over experiments
content = [
    plotting.Panel(
        "", "trials per orientation", quantity, {name: (part.index.tolist(), part[name].to_numpy()) for name in ("formula", "simulated")},
        bands={"formula": (noise.index, 1 - noise, 1 + noise)} if part is of_mean else {},
        xscale="log", limits=(0, None) if part is of_spread else None,
    )
    for quantity, part in parts.items()
]  # fmt: skip
styles = {"formula": {"color": "0.5"}, "simulated": {"color": "black", "marker": "o", "linestyle": ""}}
plotting.show(
    plotting.method_panels(content, styles=styles),
    id="published",
    caption=f"Information from independent trials at two orientations 7° apart: simulated, and by the published formulas. {neurons} neurons of "
    f"{truth:.0f} rad⁻², limited by correlations; {draws} experiments for each number of trials. Band: two standard errors.",
    alt="Three small line plots against the number of trials: marks of simulations lie on lines of formulas, for two means and a spread.",
    data=published,
)

# %% tags=["remove-input"]
away = ((of_mean.simulated - 1) / (of_spread.formula / np.sqrt(draws))).abs().max()
spread = of_spread.simulated / of_spread.formula
plotting.headline("published_naive", of_naive.simulated[50])
plotting.headline("published_errors_away", away)
plotting.say(
    f"With 50 trials the naive estimate is {of_naive.simulated[50]:.2f} times the truth, where the published formula has {of_naive.formula[50]:.2f}. "
    f"The corrected one is off by {away:.1f} standard errors at most"
    + (", which is chance. " if away < 3 else ": **more than chance**. ")
    + f"Its standard deviation is {spread.min():.2f} to {spread.max():.2f} times the published one, which {draws} experiments tell to "
    f"± {100 * 1.96 / np.sqrt(2 * draws):.0f} %."
)

# %% [markdown]
# **Second**, a law of perception. {cite:t}`wei2017` find that the bias $b(\theta) = E[\hat\theta] - \theta$ goes with the slope of the
# squared threshold, $b = c\,(1/I)'$. For a Bayes-optimal decoder of a code that follows this book's law, the loss of order $q$ predicts
# $c = -q/4$ (`fisherkit.theory.predicted_bias_slope`): towards where the density is high. The networks' read-out is fixed, and their
# noise is which face is shown, so that nothing obliges them. For $1/I$ stands the variance of the decoded angle, which is the same
# where noise is small, and finite where a decoded angle stands still.

# %% tags=["hide-input"]
common = curves.common_angles(density, grid)
errors = curves.errors(coded["concentrated"].embeddings)
laws, content = {}, []
for of in losses:
    own = errors[(errors["loss"] == of).values].values
    laws[of] = law = bias.bias_law(own, grid, person=train.person, label=sweep.faces.digest, where=common)
    factor = theory.predicted_bias_slope(codes.LOSS_ORDERS[of])
    lines = {
        "measured": law.bias,
        "measured c · (1/I)′": law.slope.mean * law.predictor,
        "predicted c · (1/I)′": factor * law.predictor,
    }
    lines = {name: line.mean(axis=0)[common] for name, line in lines.items()}
    drawn = {name: (grid[common], line - line.mean()) for name, line in lines.items()}
    content.append(
        plotting.Panel(f"{of} loss", "angle θ (rad), near the peak", "bias − its mean (rad)", drawn, level=0)
    )
plotting.show(
    plotting.method_panels(content, columns=2),
    id="bias",
    caption=f"Bias of the decoded angle, mean of {plotting.counted(networks, 'network')} of each loss, and the multiples of (1/I)′ that fit best and that theory "
    f"predicts, at the {int(common.sum())} angles whose density exceeds a tenth of its peak. {shown}.",
    alt="Small line plots, one per loss: bias of the decoded angle and two multiples of the slope of the squared threshold against the angle.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
for of, law in laws.items():
    plotting.headline(f"bias_slope_{of}", law.slope.mean)
verdicts = {
    "holds": "the interval holds the prediction",
    "excludes": "**not what is predicted**",
    "undecided": "no interval, and so no verdict",
}
predicted = {of: theory.predicted_bias_slope(codes.LOSS_ORDERS[of]) for of in losses}
plotting.say(
    "\n".join(
        f"- **{of} loss**: $c$ = {law.slope}, predicted {predicted[of]:.2f}: {verdicts[law.slope.against(predicted[of])]}"
        f"{', and zero too' if law.slope.against(predicted[of]) == law.slope.against(0) == 'holds' and predicted[of] else ''}. "
        f"Bias and $(1/I)'$ correlate by {law.correlation.mean:.2f} (mean over networks)."
        for of, law in laws.items()
    ).replace(" -", " −")
    + "\n\nIntervals are over networks and people, those who were trained on. A network may have a bias of the predicted sign for other "
    "reasons: regression towards where it was trained most does the same."
)

# %% [markdown]
# ## Q02 · Step and interpolation
#
# Tangents rest on a derivative of the pictures: a central difference with a step, 0.05 rad as in the original, of an image that
# was interpolated. Neither should matter. One network, trained on the uniform density with the interpolation of the preset, is shown
# the same faces in other ways. Bilinear interpolation also damps the contrast of a picture at every angle but 0 and ±90°; the third panel
# has the variance of pixels between faces, relative to the upright ones.

# %% tags=["hide-input"]
one = level.ensemble(replicate=0)
taken = [0.0125, 0.025, 0.1, 0.2]  # rad
usual = fisher.fisher_curve(one, train.images, grid, estimator="wishart").values[0]
by_step = {
    step: fisher.fisher_curve(one, train.images, grid, estimator="wishart", step=step).values[0] / usual
    for step in taken
}
ways = ("bilinear", "bicubic")
by_interpolation = {
    way: fisher.fisher_curve(one, train.images, grid, estimator="wishart", interpolation=way).values[0] for way in ways
}
inside = disc(train.pixels)
contrast = {
    way: np.array([rotate(train.images, angle, interpolation=way)[:, inside].var(axis=0).mean() for angle in grid])
    / train.images[:, inside].var(axis=0).mean()
    for way in ways
}
shades = dict(zip((f"step {step} rad" for step in taken), plotting.shades(len(taken)), strict=True))
styles = {name: {"color": colour} for name, colour in shades.items()}
styles |= {way: {**style, "marker": ""} for way, style in zip(ways, plotting.METHOD_STYLES, strict=False)}
content = [
    plotting.Panel("step", plotting.ANGLE_LABEL, "I ÷ I at 0.05 rad", {name: (grid, by_step[step]) for name, step in zip(shades, taken, strict=True)}, level=1),
    plotting.Panel("interpolation", plotting.ANGLE_LABEL, plotting.INFORMATION_LABEL, {way: (grid, line) for way, line in by_interpolation.items()}, limits=(0, None)),
    plotting.Panel("contrast", plotting.ANGLE_LABEL, "pixel variance ÷ upright", {way: (grid, line) for way, line in contrast.items()}, level=1),
]  # fmt: skip
plotting.show(
    plotting.method_panels(content, styles=styles),
    id="Q02-step",
    caption=f"One network, linear encoding, {loss} loss, uniform density; {shown}. Left: Wishart-corrected information with other steps ÷ that with "
    f"0.05 rad. Middle: with two interpolations of what it is shown (trained on {sweep.preset.interpolation}). Right: variance of pixels between faces, relative to "
    "upright. No bands: the same faces throughout.",
    alt="Three small line plots against the angle: ratios for other steps, information by interpolation, and pixel variance by interpolation.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
changes = {step: float(np.median(np.abs(line[interior] - 1))) for step, line in by_step.items()}
swapped = by_interpolation["bicubic"] / by_interpolation["bilinear"]
uniform_error = float(
    measured["uniform"].select(loss=loss).first().draws[:, 0].std(axis=0).mean()
    / measured["uniform"].select(loss=loss).first().information.values.mean()
)
plotting.headline("step_change_halved", changes[0.025])
plotting.headline("interpolation_change", float(np.median(np.abs(swapped[interior] - 1))))
plotting.say(
    f"Half the step changes the information by {100 * changes[0.025]:.1f} % (median over interior angles), a quarter by {100 * changes[0.0125]:.1f} %, twice the step by "
    f"{100 * changes[0.1]:.1f} % and four times by {100 * changes[0.2]:.0f} %; one standard error over people is about {100 * uniform_error:.0f} %. "
    + (
        "The step of 0.05 rad is small enough: halving it moves the curve by less than a standard error. "
        if changes[0.025] < uniform_error
        else "Halving the step moves the curve by **more** than a standard error: 0.05 rad is not small enough here. "
    )
    + f"The other interpolation changes the information by {100 * float(np.median(np.abs(swapped[interior] - 1))):.0f} % (median), on a network trained on {sweep.preset.interpolation}. "
    f"Between angles, bilinear rotation takes up to {100 * (1 - contrast['bilinear'].min()):.0f} % of the contrast, bicubic up to {100 * (1 - contrast['bicubic'].min()):.0f} %"
    + (
        ": a dependence on the angle that no network made, though a smaller one."
        if contrast["bicubic"].min() > contrast["bilinear"].min()
        else "."
    )
)

# %% [markdown]
# ## Q02 · What is the network's own? A ladder of nulls
#
# Rotation on a pixel grid has an angle dependence of its own. How much of a curve is there without training? Four rungs: the
# **pixels** (their first principal components over all angles, as many as can be inverted), **untrained** networks (the initial weights of
# the trained ones), networks trained on the **uniform** density, and on the **concentrated** one. Same faces, same estimate.

# %% tags=["hide-input"]
components = min(60, len(train) // 5)
pooled = np.concatenate(
    [rotate(train.images[::2], angle, interpolation=sweep.preset.interpolation)[:, inside] for angle in grid[::5]]
)
principal = PCA(components, svd_solver="randomized", random_state=seed).fit(pooled)


def project(images):
    """Principal components of rotated images (n, H, W), as one network's output (1, n, components)."""
    return principal.transform(np.asarray(images)[:, inside])[None]


of_pixels = fisher.fisher_curve(
    project, train.images, grid, estimator="wishart", interpolation=sweep.preset.interpolation
)
untrained = curves.measure(sweep.untrained(density="concentrated", loss=loss), train, grid, seed=seed)
rungs = {"untrained": untrained, **{name: measured[name].select(loss=loss) for name in ("uniform", "concentrated")}}
ladder = {"pixels": of_pixels.values, **{name: of.information.values for name, of in rungs.items()}}
shape_of = {name: normalised_root(values, grid).mean(axis=0) for name, values in ladder.items()}
rung_styles = {
    "pixels": {"color": "black", "linestyle": "-."},
    "untrained": {"color": plotting.METHOD_STYLES[1]["color"], "linestyle": "--"},
    **{name: {"color": colour} for name, colour in plotting.DENSITY_COLOURS.items()},
}
content = [
    plotting.Panel("shape", plotting.ANGLE_LABEL, plotting.NORMALISED_ROOT_LABEL, {name: (grid, line) for name, line in shape_of.items()},
                   bands={name: (grid, band.low, band.high) for name in plotting.DENSITY_COLOURS for band in [rungs[name].band(normalised_root)]},
                   limits=(0, 1.25 * max(line.max() for line in shape_of.values()))),
    plotting.Panel("level", plotting.ANGLE_LABEL, plotting.INFORMATION_LABEL, {name: (grid, values.mean(axis=0)) for name, values in ladder.items()}, yscale="log"),
]  # fmt: skip
plotting.show(
    plotting.method_panels(content, columns=2, styles=rung_styles),
    id="Q02-null",
    caption=f"Linear encoding, {loss} loss; {shown}: normalised root information (left) and information (right) of the first {components} principal components "
    f"of the pixels, of untrained networks, and of networks trained on the two densities (means over networks). Bands: 95 %, simultaneous, over people"
    f"{' and networks' if networks > 1 else ''}; cut off above the axis; none for what was not trained.",
    alt="Two line plots against the angle for pixels, untrained networks and networks trained on two densities.",
    data=plotting.panel_rows(content),
)


# %% tags=["remove-input"]
def unevenness(line):
    """Standard deviation of the log information over interior angles."""
    return float(2 * np.log(line[interior]).std())


totals = {name: float(np.trapezoid(np.sqrt(values), grid, axis=-1).mean()) for name, values in ladder.items()}
uneven = {name: unevenness(line) for name, line in shape_of.items()}
for name in ladder:
    plotting.headline(f"unevenness_{name}", uneven[name])
    plotting.headline(f"total_{name}", totals[name])
explained = float(np.corrcoef(np.log(shape_of["uniform"][interior]), np.log(shape_of["pixels"][interior]))[0, 1])
plotting.say(
    "Standard deviation of log I over interior angles, and discriminable range ∫√I: "
    + "; ".join(f"{name} {uneven[name]:.2f} and {totals[name]:.0f}" for name in ladder)
    + ". "
    + (
        "Neither pixels nor initial weights have the concentrated networks' shape: **training made it.** "
        if uneven["concentrated"] > 3 * max(uneven["pixels"], uneven["untrained"])
        else "The concentrated networks' unevenness is **not far above** that of what was never trained. "
    )
    + f"The log shapes of uniform networks and of pixels correlate at {explained:.2f}"
    + (
        f": the two rise and fall together, the pixels {uneven['pixels'] / uneven['uniform']:.1f} times as much. "
        if explained > 0.5
        else ": the pixel grid hardly explains what is uneven in a uniform code. "
    )
    + (
        f"Training raises the discriminable range {totals['uniform'] / totals['untrained']:.0f}-fold; "
        if totals["uniform"] > 2 * totals["untrained"]
        else f"Training changes the discriminable range by a factor of {totals['uniform'] / totals['untrained']:.1f}; "
    )
    + f"that of the pixels' components is {totals['pixels'] / totals['uniform']:.1f} times that of the uniform networks."
)

# %% [markdown]
# ## Q02 · Other people
#
# All curves show the faces that the networks were trained on. Do people whom they have never seen give the same? Two sets of people were
# held out, the validation and the test people; no weight depends on either. A few people give a biased estimate, because what they have
# in common does not count as scatter. So each set is compared with random groups of as many training people.


# %% tags=["hide-input"]
where = curves.common_angles(density, grid)
far = interior & (p < p.max() / 1e4)
held_out = {name: sweep.faces.subset(name) for name in ("validation", "test")}
group_draws = 200


def slope_of(values):
    """Exponent of information (replicate, angle) at the common angles, or None where there is none to be had."""
    if len(np.unique(p[where].round(6))) < 3:
        return None
    try:
        return stats.fit_exponent(values[:, where], p[where])
    except ValueError:  # an estimate that is mostly negative
        return None


def over(curve, there):
    """Geometric mean of a curve over some of its angles."""
    return float(np.exp(np.log(curve[..., there]).mean())) if there.any() else np.nan


def random_groups(loss, size):
    """Information of random groups of training people, (group, replicate, angle)."""
    z, t = concentrated_code(loss)
    names, rng = np.unique(train.person), np.random.default_rng((seed, 5))
    rows = [np.isin(train.person, rng.choice(names, min(size, len(names)), replace=False)) for _ in range(group_draws)]
    return np.stack([estimators.linear_fisher(z[:, :, row], t[:, :, row], correction="wishart") for row in rows])


unseen, compared_people = {}, []
for of in losses:
    encoder = sweep.ensemble(density="concentrated", loss=of)
    known_length = np.linalg.norm(concentrated_code(of)[1].mean(axis=2), axis=-1)
    for name, of_set in held_out.items():
        code = fisher.embed_with_tangents(encoder, of_set.images, grid)
        values = fisher.information(code, estimator="wishart").values
        groups = random_groups(of, len(np.unique(of_set.person)))
        typical, spread = (np.quantile(groups.mean(axis=1), level, axis=0) for level in (0.5, [0.025, 0.975]))
        unseen[of, name] = values.mean(axis=0), typical, spread
        slope, slopes = slope_of(values), [slope_of(group) for group in groups]
        fitted = [one.estimate for one in slopes if one is not None]
        ratio_high = over(values.mean(axis=0) / typical, where)
        compared_people.append(
            {
                "loss": of,
                "people": name,
                "high": ratio_high,
                "low": over(values.mean(axis=0) / typical, far),
                "groups_as_low": float(
                    np.mean([over(one / typical, where) <= ratio_high for one in groups.mean(axis=1)])
                ),
                "length": over(np.linalg.norm(code.tangents.values.mean(axis=2), axis=-1) / known_length, where),
                "exponent": np.nan if slope is None or not fitted else slope.estimate,
                "exponent_groups": np.median(fitted) if fitted else np.nan,
                "groups_as_flat": np.nan
                if slope is None or not fitted
                else float(np.mean(np.array(fitted) <= slope.estimate)),
            }
        )
compared_people = pd.DataFrame(compared_people)
_, typical, spread = unseen[loss, "test"]
everyone = measured["concentrated"].select(loss=loss).information.values.mean(axis=0)
content = [
    plotting.Panel(
        "", plotting.ANGLE_LABEL, plotting.INFORMATION_LABEL,
        {"training people, as many": (grid, typical), **{f"{name} people": (grid, unseen[loss, name][0]) for name in held_out},
         "all training people": (grid, everyone)},
        bands={"training people, as many": (grid, *spread)}, yscale="log",
    ),
    plotting.Panel(
        "", plotting.ANGLE_LABEL, "I ÷ training people's",
        {f"{name} people": (grid, unseen[loss, name][0] / unseen[loss, name][1]) for name in held_out},
        bands={"training people, as many": (grid, *(spread / typical))}, level=1, yscale="log",
    ),
]  # fmt: skip
plain = [{**style, "marker": ""} for style in plotting.METHOD_STYLES]
plotting.show(
    plotting.method_panels(
        content,
        columns=2,
        styles=dict(
            zip(
                ("training people, as many", "validation people", "test people", "all training people"),
                (plain[0], plain[1], plain[3], plain[2]),
                strict=True,
            )
        ),
    ),
    id="Q02-people",
    caption=f"Linear encoding, {loss} loss, concentrated density, mean over {plotting.counted(networks, 'network')}, {angles} angles: Wishart-corrected information of people "
    f"held out ({' and '.join(f'{len(np.unique(of_set.person))} {name}' for name, of_set in held_out.items())} people), and of {group_draws} random groups of as many training people as test "
    "people (median; band: middle 95 % of groups, at each angle by itself). Right: divided by the median of such groups.",
    alt="Two line plots against the angle: information of held-out and training people, and their ratio beside a band.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
text = []
for of, of_loss in compared_people.groupby("loss", sort=False):
    parts_of = []
    for row in of_loss.itertuples():
        plotting.headline(f"held_out_ratio_{of}_{row.people}", row.high)
        plotting.headline(f"held_out_groups_as_low_{of}_{row.people}", row.groups_as_low)
        fit = ""
        if np.isfinite(row.exponent):
            plotting.headline(f"exponent_{of}_{row.people}", row.exponent)
            fit = f"; exponent {row.exponent:.2f}, on the median group {row.exponent_groups:.2f} ({100 * row.groups_as_flat:.1f} % of groups as flat)"
        parts_of.append(
            f"{row.people} people have {row.high:.2f} times the information of as many training people where the density exceeds a tenth of its peak "
            f"({100 * row.groups_as_low:.1f} % of groups as little)"
            + (f" and {row.low:.2f} times where it is below a ten-thousandth" if np.isfinite(row.low) else "")
            + fit
        )
    less = (of_loss.groups_as_low < 0.025).sum()
    flatter = (of_loss.groups_as_flat < 0.025).sum()
    verdict = (
        "In both sets less than the choice of people explains: **much of the information where the density is high holds for the people of training only.**"
        if less == 2
        else "In one of the two sets that is less than the choice of people explains."
        if less == 1
        else "The choice of people alone explains differences as large."
    )
    if flatter == 2:
        verdict += " **The exponent, too, is that of known people.**"
    if less and (np.abs(of_loss.length - 1) < 0.1).all():
        verdict += " Their means move as far per radian; it is the scatter between people that is larger."
    text.append(f"**{of.capitalize()} loss.** {'. '.join(one[0].upper() + one[1:] for one in parts_of)}. {verdict}")
inflated = over(typical / everyone, interior)
plotting.headline("few_people_inflation", inflated)
few_people = len(np.unique(held_out["test"].person))
plotting.say(
    "\n\n".join(text)
    + f"\n\nSo few people alone change the estimate by {100 * (inflated - 1):+.0f} %, against all {people} of training ({loss} loss): to compare {few_people} people with "
    f"{people} would mistake that for a difference of the code."
)

# %% [markdown]
# ## Q06 · Does a grid of 50 angles miss anything?
#
# The same networks on grids with 2, 4 and 8 times as many intervals, and on an adaptive grid: it starts with the grid of this page and halves, again and
# again, the interval across which $\sqrt I$ differs most, until it has as many angles as the grid with twice the intervals.

# %% tags=["hide-input"]
finest = 8
fine = np.linspace(grid[0], grid[-1], finest * (angles - 1) + 1)
dense = fisher.fisher_curve(
    sweep.ensemble(density="concentrated", loss=loss), train.images, fine, estimator="wishart"
).values
root = np.sqrt(dense).mean(axis=0)
coarse = {factor: np.arange(0, len(fine), finest // factor) for factor in (1, 2, 4, 8)}
chosen = coarse[1].tolist()
while len(chosen) < len(coarse[2]):
    gaps = np.diff(chosen)
    step_up = np.where(gaps > 1, np.abs(np.diff(root[chosen])), -1.0)
    place = int(step_up.argmax())
    chosen.insert(place + 1, (chosen[place] + chosen[place + 1]) // 2)
grids = {f"{len(rows)} even": rows for rows in coarse.values()} | {f"{len(chosen)} adaptive": np.array(chosen)}
table = []
for name, rows in grids.items():
    values = dense[:, rows]
    here = curves.common_angles(density, fine[rows])
    exponent = np.nan
    if len(np.unique(density.pdf(fine[rows])[here].round(6))) >= 3:
        exponent = stats.fit_exponent(values[:, here], density.pdf(fine[rows])[here]).estimate
    table.append(
        {
            "grid": name,
            "total": float(np.trapezoid(np.sqrt(values), fine[rows], axis=-1).mean()),
            "peak": float(values.max(axis=1).mean()),
            "exponent": exponent,
        }
    )
table = pd.DataFrame(table).set_index("grid")
content = [
    plotting.Panel(
        "", plotting.ANGLE_LABEL, plotting.ROOT_LABEL,
        {f"{len(fine)} even": (fine, root), f"{angles} even": (grid, root[coarse[1]]), f"{len(chosen)} adaptive": (fine[chosen], root[chosen])},
    )
]  # fmt: skip
styles = {
    f"{len(fine)} even": {"color": "black", "linewidth": 1},
    f"{angles} even": {"color": "#44AA99", "linestyle": "none", "marker": "s", "markersize": 5, "fillstyle": "none"},
    f"{len(chosen)} adaptive": {"color": "#AA4499", "linestyle": "none", "marker": ".", "markersize": 4},
}
plotting.show(
    plotting.method_panels(content, columns=1, styles=styles),
    id="Q06-grids",
    caption=f"Linear encoding, {loss} loss, concentrated density, {len(train)} training faces: root information, mean over {plotting.counted(networks, 'network')}, on the finest "
    "grid (line), on this page's (squares) and on the adaptive one (dots). No band: the same networks and faces on each.",
    alt="Line plot of the root information against the angle on a fine grid, with the points of a coarse and of an adaptive grid.",
    data=table.reset_index(),
)

# %% tags=["remove-input"]
reference, page = table.loc[f"{len(fine)} even"], table.loc[f"{angles} even"]
adaptive, doubled = table.loc[f"{len(chosen)} adaptive"], table.loc[f"{len(coarse[2])} even"]
missed = float(np.abs(np.interp(fine, grid, root[coarse[1]]) / root - 1).max())
of_total = measured["concentrated"].select(loss=loss)
total_error = float(np.trapezoid(np.sqrt(of_total.draws), grid, axis=-1).mean(axis=1).std() / reference.total)
root_error = float(np.log(of_total.draws).std(axis=0).mean() / 2)  # of log √I at one angle
plotting.headline("grid_total_change", page.total / reference.total - 1)
plotting.headline("grid_missed", missed)


def grid_differs(row):
    """How a grid's numbers differ from the finest one's."""
    tail = (
        ""
        if np.isnan(row.exponent + reference.exponent)
        else f", the exponent by {row.exponent - reference.exponent:+.3f}"
    )
    return f"∫√I differs by {100 * (row.total / reference.total - 1):+.2f} %, the peak of I by {100 * (row.peak / reference.peak - 1):+.1f} %{tail}"


plotting.say(
    f"Against {len(fine)} angles: with {angles}, {grid_differs(page)}; with {len(coarse[2])} even ones, {grid_differs(doubled)}; with {len(chosen)} adaptive ones, {grid_differs(adaptive)}. "
    f"One standard error of ∫√I over people is {100 * total_error:.1f} %. Between the {angles} angles, a straight line misses √I by {100 * missed:.0f} % at most; one standard error of √I at an angle is {100 * root_error:.0f} %. "
    + (
        f"The grid of {angles} angles is **too coarse**: it loses more than a standard error of ∫√I or of the peak. "
        if abs(page.total / reference.total - 1) > total_error or abs(page.peak / reference.peak - 1) > 2 * total_error
        else f"**The grid of {angles} angles misses nothing that these faces could tell.** "
        if missed < root_error
        else "∫√I and the peak hold, but somewhere **the curve does between the angles what the grid does not show**. "
    )
    + ("The exponent depends on which angles are counted. " if abs(page.exponent - reference.exponent) > 0.1 else "")
    + "Placed where the curve is steep, as many angles come "
    + (
        "nearer to the finest grid's ∫√I than evenly spaced ones."
        if abs(adaptive.total - reference.total) < abs(doubled.total - reference.total)
        else "no nearer to the finest grid's ∫√I than evenly spaced ones."
    )
)

# %% [markdown]
# ## Q07 · Are the clouds Gaussian, and does it matter?
#
# Each cloud is projected on its best linear read-out, $e \propto S^{-1} \mu'$: the line along which it is told from its neighbours.
# A Gaussian has neither skewness nor excess kurtosis there. If the shape matters, then estimators that see it differently should
# differ in what the book is about: the exponent.

# %% tags=["hide-input"]
skewness, kurtosis, relative, exponents = {}, {}, {}, []
for of in losses:
    z, t = concentrated_code(of)
    direction = np.linalg.solve(estimators.sample_covariance(z), t.mean(axis=-2)[..., None])
    along = (z @ direction)[..., 0]
    skewness[of] = np.abs(scipy.stats.skew(along, axis=-1)).mean(axis=0)
    kurtosis[of] = scipy.stats.kurtosis(along, axis=-1).mean(axis=0)
    # At the angles that the exponent is fitted to, because some of these take long.
    few_z, few_t = z[:, where], t[:, where]
    found = {
        name: estimators.named_estimate(name, few_z, few_t, encoding="linear", person=train.person, step=0.02)
        for name in ("paired", "wishart", "robust", "lda", "gaussian", "decoded")
    }
    for name, values in found.items():
        full = np.full(z.shape[:2], np.nan)
        full[:, where] = values
        value = slope_of(full)
        if value is not None:
            exponents.append(
                {
                    "loss": of,
                    "estimator": name,
                    "kind": of,
                    "row": f"{of}, {name}",
                    "estimate": value.estimate,
                    "low": value.low,
                    "high": value.high,
                    "each": value.per_replicate,
                }
            )
            relative[of, name] = float(values.mean() / found["paired"].mean())
exponents = pd.DataFrame(exponents)
gaussian_skew = float(
    np.abs(scipy.stats.skew(np.random.default_rng((seed, 6)).normal(size=(1000, len(train))), axis=-1)).mean()
)
content = [
    plotting.Panel("", plotting.ANGLE_LABEL, "|skewness|", {of: (grid, line) for of, line in skewness.items()}, level=gaussian_skew, limits=(0, None)),
    plotting.Panel("", plotting.ANGLE_LABEL, "excess kurtosis", {of: (grid, line) for of, line in kurtosis.items()}, level=0),
]  # fmt: skip
loss_styles = {of: {"color": plotting.LOSS_COLOURS[of]} for of in losses}
plotting.show(
    plotting.method_panels(content, columns=2, styles=loss_styles),
    id="Q07-shape",
    caption=f"Linear encoding, concentrated density; {shown}: skewness (absolute) and excess kurtosis of the clouds along their best read-out, mean over "
    f"{plotting.counted(networks, 'network')} a loss. Lines: what as many independent Gaussian faces would have on average. No band.",
    alt="Two line plots of skewness and excess kurtosis against the angle, one colour a loss, with the Gaussian value as a line.",
    data=plotting.panel_rows(content),
)
if len(exponents):
    plotting.show(
        plotting.interval_rows(
            exponents, "exponent α of $I \\propto p^α$", {of: plotting.LOSS_COLOURS[of] for of in losses}
        ),
        id="Q07-exponents",
        caption=f"Linear encoding, concentrated density, {len(train)} training faces at the {int(where.sum())} angles whose density exceeds a tenth of its peak: exponents by loss and estimator"
        + (", with 95 % intervals over networks." if networks > 1 else "; one network, no interval."),
        alt="Points with intervals: exponents of the information, a row for each loss and estimator, one colour a loss.",
        data=exponents.drop(columns=["each", "kind", "row"]),
    )

# %% tags=["remove-input"]
text = []
for of in losses:
    peak = int(p.argmax())
    plotting.headline(f"skewness_{of}", float(skewness[of][interior].mean()))
    text.append(
        f"**{of}**: mean |skewness| {skewness[of][interior].mean():.2f} (independent Gaussian faces: {gaussian_skew:.2f}), excess kurtosis {kurtosis[of][interior].mean():.1f}; "
        f"at the density's peak {skewness[of][peak]:.2f} and {kurtosis[of][peak]:.1f}"
    )
plotting.say("; ".join(text) + ".")
text = []
for of in losses:
    own = exponents[exponents.loss == of].set_index("estimator") if len(exponents) else exponents
    if not len(own) or "paired" not in own.index:
        continue
    plotting.headline(f"exponent_{of}_paired", own.estimate["paired"])
    moved = []
    for name in [name for name in own.index if name != "paired"]:
        change = stats.mean_interval(own.each[name] - own.each["paired"])
        plotting.headline(f"exponent_change_{of}_{name}", change[0])
        clear = np.isfinite(change[1]) and (change[1] > 0 or change[2] < 0) and abs(change[0]) >= 0.005
        moved.append(f"{name} {change[0]:+.2f}{' (clear of zero)' if clear else ''}")
    text.append(
        f"**{of}**: paired {own.estimate['paired']:.2f}; change of the same networks' exponent with another estimator: {', '.join(moved)}"
    )
plotting.say(
    (
        "; ".join(text)
        + ". "
        + ("*Clear of zero*: the 95 % interval over networks excludes it. " if networks > 1 else "")
        + "The decoded information is another quantity, not another estimate of the same."
    )
    if text
    else "The grid is too coarse, or the information too uncertain, for an exponent."
)

# %% [markdown]
# ## Q16 · Does the error differ by loss?
#
# The error of an estimate is what other people's faces would change: the standard deviation of log I when the people are drawn
# again, at each angle and for each network.

# %% tags=["hide-input"]
by_people = {of: np.log(measured["concentrated"].select(loss=of).draws).std(axis=0, ddof=1) for of in losses}
content = [
    plotting.Panel(
        "", plotting.ANGLE_LABEL, "standard error of log I", {f"{of} loss": (grid, line.mean(axis=0)) for of, line in by_people.items()},
        bands={f"{of} loss": (grid, line.min(axis=0), line.max(axis=0)) for of, line in by_people.items()} if networks > 1 else {},
        limits=(0, None),
    )
]  # fmt: skip
plotting.show(
    plotting.method_panels(content, columns=1, styles={f"{of} loss": style for of, style in loss_styles.items()}),
    id="Q16-error",
    caption=f"Linear encoding, concentrated density; {shown}: standard error of log I over {people} people (bootstrap), mean over "
    f"{plotting.counted(networks, 'network')} a loss"
    + ("; bands: lowest to highest network." if networks > 1 else "; no band."),
    alt="Line plot of the standard error of the log information against the angle, one colour a loss.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
mean_error = {of: line[:, interior].mean(axis=1) for of, line in by_people.items()}
for of in losses:
    plotting.headline(f"people_error_{of}", float(mean_error[of].mean()))
between_networks = {
    of: float(
        np.log(measured["concentrated"].select(loss=of).information.values[:, interior]).std(axis=0, ddof=1).mean()
    )
    for of in losses
    if networks > 1
}
text = "Mean standard error over interior angles: " + "; ".join(
    f"{of} {100 * mean_error[of].mean():.0f} %"
    + (f" (one network differs from another by {100 * between_networks[of]:.0f} %)" if networks > 1 else "")
    for of in losses
)
for of in losses[1:]:
    ratio_of, low, high = (
        float(np.exp(value)) for value in stats.mean_interval(np.log(mean_error[of] / mean_error[loss]))
    )
    text += f". {of.capitalize()} has {ratio_of:.2f} times the error of {loss}"
    if networks > 1:
        text += f" [{low:.2f}, {high:.2f}]: " + (
            "**it differs**" if low > 1 or high < 1 else "no difference can be told"
        )
plotting.say(
    text
    + f". As many independent Gaussian faces as would give {loss} its error: about {2 / mean_error[loss].mean() ** 2:.0f}, of {len(train)} photographs. "
    + (
        "Networks of two losses that began alike are compared in pairs. "
        if len(losses) > 1
        else "One loss has nothing to be compared with. "
    )
    + "An error over people says nothing of how far the estimate is biased."
)

# %% [markdown]
# ## Q13 · Saturation at low density: real, or noise?
#
# Where the density is far below its peak the original's curves stop falling. Noise of the mean tangent would do that to the plug-in
# estimate, which cannot be zero. The paired estimate takes that noise off, and its interval over people may reach zero: if it
# stays clear of it, and of the power that fits near the peak, then the saturation is the code's.

# %% tags=["hide-input"]
z, t = concentrated_code(loss)
paired = stats.information_interval(z, t, person=train.person)
plug_in = estimators.linear_fisher(z, t, correction="none")
power = slope_of(paired.estimate)
mean_of = {"plug-in": plug_in.mean(axis=0), "paired": paired.estimate.mean(axis=0)}
lines = {name: (grid, values) for name, values in mean_of.items()}
law = None
if power is not None:
    law = mean_of["paired"][p.argmax()] * (p / p.max()) ** power.estimate
    lines["power of p"] = (grid, law)
floor = max(mean_of["plug-in"].min() / 30, 1e-3)
content = [
    plotting.Panel(
        "", plotting.ANGLE_LABEL, plotting.INFORMATION_LABEL, lines,
        bands={"paired": (grid, np.maximum(paired.low.mean(axis=0), floor / 10), paired.high.mean(axis=0))},
        yscale="log", limits=(floor, 3 * mean_of["plug-in"].max()),
    )
]  # fmt: skip
styles = {"plug-in": plain[1], "paired": plain[0], "power of p": plotting.DENSITY_STYLE}
plotting.show(
    plotting.method_panels(content, columns=1, styles=styles),
    id="Q13-saturation",
    caption=f"Linear encoding, {loss} loss, concentrated density; {shown}: plug-in and paired information, mean over {plotting.counted(networks, 'network')}, with the mean "
    "of their 95 % intervals over people at each angle, and the power of the density that fits near its peak (dashed). Cut off below.",
    alt="Line plot of two estimates of the information against the angle with an interval, and a dashed power of the density far below them.",
    data=plotting.panel_rows(content),
)

# %% tags=["remove-input"]
rare = (p < p.max() / 1e4) & interior
if rare.any() and law is not None:
    positive = float((paired.low[:, rare] > 0).mean())
    above = float((paired.low[:, rare] > law[rare]).mean())
    gap = float(np.median(mean_of["plug-in"][rare] / mean_of["paired"][rare])) - 1
    excess = (
        float(np.log10(np.median(mean_of["paired"][rare] / law[rare])))
        if (mean_of["paired"][rare] > 0).all()
        else np.nan
    )
    plotting.headline("saturation_interval_positive", positive)
    plotting.headline("saturation_interval_above", above)
    plotting.say(
        f"Where the density is below a ten-thousandth of its peak, the plug-in estimate is {100 * gap:.0f} % (median) above the paired one. "
        f"The interval over people stays above zero in {100 * positive:.0f} % of angles and networks, and above the power that fits near the peak in {100 * above:.0f} %. "
        + (
            f"The paired estimate is $10^{{{excess:.0f}}}$ times that power there (median). "
            if np.isfinite(excess)
            else ""
        )
        + (
            "**The saturation is real**: it is not noise of the estimate."
            if above > 0.9
            else "At the other angles noise could make it: **undecided**."
        )
    )
else:
    plotting.say("This run has no angle of so low a density, or no exponent, and cannot tell.")

# %% [markdown]
# ## Q04 · Is information underestimated where the density is concentrated?
#
# At the density's peak clouds are thin and the condition number is large. So for each network a known Gaussian code is made that has its
# mean tangent, covariance, and the joint scatter of embeddings and tangents at that angle. Its information is then known, and as many
# people are drawn from it, with as many photographs, as alike as theirs: for the networks of every loss, since their clouds differ at the peak. For
# one loss other rows have independent faces, and latents of another shape.

# %% tags=["hide-input"]
peak = int(p.argmax())
photographs = len(train) // people


def likeness(white, person):
    """Correlation of two photographs of one person, mean over whitened outputs (face, output)."""
    names, row = np.unique(person, return_inverse=True)
    sizes = np.bincount(row)
    means = np.stack([np.bincount(row, weights=column) / sizes for column in white.T], axis=1)
    within = ((white - means[row]) ** 2).sum(axis=0) / (len(white) - len(names))
    between = (sizes[:, None] * (means - white.mean(axis=0)) ** 2).sum(axis=0) / (len(names) - 1)
    size = len(white) / len(names)
    return float(np.clip(((between - within) / (between + (size - 1) * within)).mean(), 0, 0.95))


def code_like(z, t, latent="gaussian"):
    """A known code with a sample's mean tangent, covariance and scatter of tangents, and its photographs' likeness."""
    slope, covariance = t.mean(axis=0), estimators.sample_covariance(z)
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, (z - z.mean(axis=0)).T).T
    moved = np.linalg.solve(root, (t - slope).T).T
    growth = moved.T @ white / (len(z) - 1)
    rest = moved - white @ growth.T
    turn = float(np.sqrt((rest**2).sum() / (len(z) - 1) / z.shape[1])) if latent == "gaussian" else 0.0
    return known.KnownCode(slope, root, growth, turn, latent), likeness(white, train.person)


kinds = {
    "Gaussian, independent faces": ("gaussian", False),
    "Gaussian, people as alike": ("gaussian", True),
    "skewed, independent faces": ("skewed", False),
    "heavy-tailed, independent faces": ("heavy-tailed", False),
}
alike_row = "Gaussian, people as alike"
at_peak = {(kind, of): {} for of in losses for kind in (kinds if of == loss else [alike_row])}
shares = {of: [] for of in losses}
for (kind, of), found_there in at_peak.items():
    latent, alike = kinds[kind]
    z_of, t_of = concentrated_code(of)
    for number in range(networks):
        code, share = code_like(z_of[number, peak], t_of[number, peak], latent)
        shares[of].append(share)
        sample = code.sample(
            [0.0], people, photographs=photographs, alike=share if alike else 0.0, draws=draws, seed=(seed, 7, number)
        )
        values, moved, whose = (
            sample.embeddings.values[:, 0],
            sample.tangents.values[:, 0],
            sample.embeddings.person.values,
        )
        truth = code.linear_information(0.0)
        estimates = {name: estimators.named_estimate(name, values, moved) for name in ("plug-in", "wishart", "paired")}
        interval = stats.information_interval(values, moved, person=whose if alike else None)
        estimates["paired, by people"] = interval.estimate
        for name, found in estimates.items():
            found_there.setdefault(name, []).append(found / truth)
        found_there.setdefault("coverage", []).append((interval.low <= truth) & (truth <= interval.high))
peak_coverage = {key: float(np.mean(found.pop("coverage"))) for key, found in at_peak.items()}
# Of each network, over sets of people drawn anew.
bias_at_peak = {
    (of, name): stats.Estimate(np.array([values.mean() for values in at_peak[alike_row, of][name]])) - 1
    for of in losses
    for name in ("wishart", "paired, by people")
}
peak_bias, peak_rmse = (
    pd.DataFrame(
        {kind: {name: summary(values)[what] for name, values in at_peak[kind, loss].items()} for kind in kinds}
    ).T
    for what in ("bias", "rmse")
)
plotting.show(
    plotting.methods_by_condition({"mean estimate ÷ truth": (peak_bias + 1, 1.0), "RMSE ÷ truth": (peak_rmse, 0.0)}),
    id="Q04-peak",
    caption=f"Known codes made like the clouds of {plotting.counted(networks, 'network')} (linear encoding, {loss} loss, concentrated density) at {grid[peak]:.2f} rad, where the density is "
    f"highest: mean estimate ÷ truth and RMSE of four estimates; {people} people with {photographs} photographs, {draws} sets a network.",
    alt="Dot plots of the mean ratio of estimate to truth and of the error, a row a kind of known code, a mark an estimator.",
    data=pd.concat({"bias": peak_bias, "rmse": peak_rmse}).reset_index(names=["quantity", "code"]),
)

# %% tags=["remove-input"]
condition_of = fisher.condition_number(z)
elsewhere = np.flatnonzero(interior & (p < p.max() / 1e4))
finer = (
    fisher.fisher_curve(
        sweep.ensemble(density="concentrated", loss=loss), train.images, [grid[peak]], estimator="wishart", step=0.0125
    ).values
    / fisher.fisher_curve(
        sweep.ensemble(density="concentrated", loss=loss), train.images, [grid[peak]], estimator="wishart"
    ).values
)
off = float(peak_bias.loc[alike_row, "wishart"])
off_error = summary(at_peak[alike_row, loss]["wishart"])["error"]
plotting.headline("peak_bias_wishart_alike", off)
plotting.headline("peak_bias_paired_people", float(peak_bias.loc[alike_row, "paired, by people"]))
plotting.headline("peak_coverage", peak_coverage[alike_row, loss])
for of in losses:
    plotting.headline(f"peak_bias_wishart_{of}", bias_at_peak[of, "wishart"].mean)
least_of = min(losses, key=lambda of: bias_at_peak[of, "wishart"].mean)
below = [of for of in losses if bias_at_peak[of, "wishart"].side(-0.02) == "below"]
open_ones = [of for of in losses if bias_at_peak[of, "wishart"].side(-0.02) not in ("above", "below")]
plotting.say(
    f"At the peak the condition number is {np.exp(np.log(condition_of[:, peak]).mean()):.0f} (geometric mean over networks)"
    + (f", where the density is low {np.exp(np.log(condition_of[:, elsewhere]).mean()):.0f}" if len(elsewhere) else "")
    + f"; two photographs of a person correlate at {np.mean(shares[loss]):.2f}. With independent faces of that covariance, the Wishart-corrected estimate is off by "
    f"{100 * peak_bias.loc['Gaussian, independent faces', 'wishart']:+.1f} % if they are Gaussian, {100 * peak_bias.loc['skewed, independent faces', 'wishart']:+.1f} % if skewed and "
    f"{100 * peak_bias.loc['heavy-tailed, independent faces', 'wishart']:+.1f} % if heavy-tailed. With people as alike as these, by {100 * off:+.1f} % (simulation error {100 * off_error:.1f} %); the paired estimate "
    f"that counts people by {100 * peak_bias.loc[alike_row, 'paired, by people']:+.1f} %, and its 95 % interval covers {100 * peak_coverage[alike_row, loss]:.0f} %. The error of the latter is "
    f"{100 * peak_rmse.loc[alike_row, 'paired, by people']:.0f} % there; the bootstrap over people says {100 * by_people[loss][:, peak].mean():.0f} % of the networks' own estimate. "
    + "\n\n| loss | likeness | off, Wishart-corrected | off, paired by person | coverage |\n|---|---|---|---|---|\n"
    + "\n".join(
        f"| {of} | {np.mean(shares[of]):.2f} | {bias_at_peak[of, 'wishart']:+.3f} | {bias_at_peak[of, 'paired, by people']:+.3f} | "
        f"{100 * peak_coverage[alike_row, of]:.0f} % |"
        for of in losses
    )
    + "\n\nShares of the truth, people as alike, drawn anew in each set; 95 % intervals over networks. "
    + (
        f"So the estimator **underestimates** information at the peak for {', '.join(below)}, by more than 2 %. "
        if below
        else f"Whether the estimator underestimates by more than 2 % is open for {', '.join(open_ones)}, and it does not for the others. "
        if open_ones
        else "So the estimator does **not underestimate** information at the peak by more than 2 %, for any of these losses. "
    )
    + f"A step four times smaller multiplies it by {finer.mean():.3f}"
    + (
        ": the step hardly blunts the peak."
        if abs(finer.mean() - 1) < 0.02
        else ": that much the step blunts the peak."
        if finer.mean() > 1
        else ": the step sharpens the peak."
    )
)

# %% [markdown]
# ## What this page does not show
#
# - The linear information is a part of all information where covariances change or codes are not Gaussian; only the *gaussian* and
#   *spanning-tree* estimates look for the rest.
# - Simulated photographs of a person are alike in one way, a shared Gaussian part; real ones may be alike in others.
# - How estimates vary between networks is not an error of the estimate, and no estimator makes it smaller.
# - Everything about networks is in the linear encoding.
#
# ## Summary

# %% tags=["remove-input"]
lines = [
    f"**Q02.** In two dimensions the paired estimate's bias is {100 * worst_bias:+.1f} % at most from 80 faces on; its error with 300 independent faces is "
    f"{100 * cell('paired', 'rmse', x=300):.0f} %, and coverage {100 * coverages.min():.0f} to {100 * coverages.max():.0f} %. "
    f"On the networks the error over people is about {100 * mean_error[loss].mean():.0f} % ({loss} loss).",
    f"**Q03.** Known codes rank estimators without the networks. The correction for independent trials gives {wrong[0]:.2f} times the truth on paired faces at a step of {steps[0]} rad.",
    f"**Q04.** On codes like those at the peak, with people as alike, the Wishart-corrected estimate is off by {100 * off:+.1f} % ({loss} loss), and by "
    f"{100 * bias_at_peak[least_of, 'wishart'].mean:+.1f} % for {least_of}, the lowest.",
    f"**Q06.** ∫√I changes by {100 * (page.total / reference.total - 1):+.2f} % between {len(fine)} and {angles} angles.",
    "**Q07.** Mean |skewness| along the read-out: "
    + ", ".join(f"{of} {skewness[of][interior].mean():.2f}" for of in losses)
    + f"; Gaussian {gaussian_skew:.2f}.",
]
if rare.any() and law is not None:
    lines.append(
        f"**Q13.** The interval at low density is above the power that fits near the peak in {100 * above:.0f} % of angles and networks."
    )
lines += [
    f"**Other people ({row.loss} loss, {row.people}).** {row.high:.2f} times the information of training people where the density is high"
    + (f"; exponent {row.exponent:.2f} instead of {row.exponent_groups:.2f}." if np.isfinite(row.exponent) else ".")
    for row in compared_people.itertuples()
]
lines.append(
    "**Q16.** Error over people: " + ", ".join(f"{of} {100 * mean_error[of].mean():.0f} %" for of in losses) + "."
)
plotting.say("\n".join(f"- {line}" for line in lines))
