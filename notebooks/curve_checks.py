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
# # What could change a curve?
#
# :::{admonition} The answer
# :class: answer
# {glue:md}`Q02-people:myst` {glue:md}`Q02-null:myst` {glue:md}`Q06-grids:myst`
#
# The caveat: {glue:text}`validation_people` validation and {glue:text}`test_people` test people are few.
#
# The page takes about two minutes.
# :::
#
# The estimate was tried on [codes whose information is known](estimators.ipynb). Here what should not matter is varied on the networks' own curves: people
# and pictures (Q02), the grid (Q06), the estimator (Q07). The saturation (Q13) and the error by loss (Q16) are looked at
# too.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "log", "root4", "sqrt", "square", "quart"]  # of these; the first is used where one is
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
from contextlib import suppress

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy.stats
from sklearn.decomposition import PCA

from fisherkit import curves, estimators, experiments, fisher, plotting, stats, strangers
from fisherkit.curves import normalised_root
from fisherkit.estimate import Estimate
from fisherkit.faces import disc, rotate
from fisherkit.results import as_rows, conclude, how_much, in_words, keep, listed, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

shared = {"faces": faces, "encodings": ["linear"], "replicates": replicates, "seed": seed}
sweep = experiments.loss_sweep(preset, losses=losses, densities=["concentrated"], **shared)
level = experiments.loss_sweep(preset, losses=losses[:1], densities=["uniform"], **shared)

# %% tags=["hide-input"]
study, flat = (Study(of, angles=angles, seed=seed) for of in (sweep, level))
train, grid, density = study.faces, study.grid, study.densities["concentrated"]
p, loss, networks = density.pdf(grid), losses[0], study.networks()
people = len(set(train.person.tolist()))
interior = np.abs(grid) < np.abs(grid).max() - 0.1
common, rare = curves.common_angles(density, grid), interior & (p < p.max() / 1e4)
plain = [{**style, "marker": ""} for style in plotting.METHOD_STYLES]
mean_of = plotting.counted(networks, "network")

# %% [markdown]
# ## Do people whom the networks never saw give the same?
#
# Two sets of people were held out: no weight depends on either. As few people of training make the estimate {glue:text}`few_people_inflation:.2f` times
# what all {glue:text}`people` give, because what they have in common does not count as scatter. So each set is compared with random groups of as many.

# %% tags=["hide-input"]
held_out = {name: sweep.faces.subset(name) for name in ("validation", "test")}
beside = {}
for name, of_set in held_out.items():
    others = fisher.embed_with_tangents(sweep.ensemble(), of_set.images, grid)
    for of in losses:
        rows = curves.networks_with(others.embeddings, loss=of)
        code = fisher.Code(others.embeddings[rows], others.tangents[rows])
        beside[of, name] = strangers.beside_trained(code, of_set, study.code(loss=of), train, seed=seed)
    keep(f"{name}_people", len(np.unique(of_set.person)))
everyone = fisher.information(study.code(loss=loss), estimator="wishart").values.mean(axis=0)
compared = strangers.table(beside, density, rare)

# %% tags=["hide-input"]
as_many, test = "training people, as many", beside[loss, "test"]
unseen = {f"{name} people": beside[loss, name] for name in held_out}
lines = {as_many: test.typical, **{name: one.curve for name, one in unseen.items()}, "all training people": everyone}
relative = {name: one.curve / one.typical for name, one in unseen.items()}
low, high = test.spread
content = [
    plotting.along_angle(grid, lines, plotting.INFORMATION_LABEL, bands={as_many: (low, high)}, yscale="log"),
    plotting.along_angle(
        grid, relative, "I ÷ median group's", bands={as_many: (low / test.typical, high / test.typical)}, level=1, yscale="log"
    ),
]  # fmt: skip
words = listed([f"{row.ratio:.2f} ({row.people})" for row in compared[compared.loss == loss].itertuples()])
plotting.show_panels(
    "Q02-people", content, columns=2, styles=dict(zip(lines, (plain[0], plain[1], plain[3], plain[2]), strict=True)),
    caption=f"Near the density's peak people held out have {words} times the information of as many training people. Linear encoding, {loss} loss, "
    f"{mean_of}. Band: the middle 95 % of {len(test.groups)} groups.",
    alt=f"Information of held-out and of training people against the angle, and their ratio: near the peak {words}.",
)  # fmt: skip

# %% tags=["remove-input"]
few = compared.set_index("loss")[["as_low", "as_flat"]].lt(0.025).groupby(level=0, sort=False).all()
less, flatter = few.as_low, few.as_flat
conclude(
    "Q02-people",
    how_much(less.mean()),
    most=("answered", "Near the density's peak both sets of people never seen have **less information than the choice of people explains**, for {which}."),
    some=("answered", "Near the density's peak both sets of people never seen have less information than the choice of people explains, but only for {which}."),
    none=("answered", "For no loss do both sets of people never seen have less information near the density's peak than the choice of people explains."),
    undecided=("undecided", "There are no groups to compare people never seen with."),
    which=listed(less.index[less].tolist() or ["none"]),
)  # fmt: skip
conclude(
    "Q02-exponents",
    how_much(flatter.mean()),
    most=("answered", "The exponent, too, is that of known people: for {which} both sets are flatter than 97.5 % of groups."),
    some=("answered", "The exponent is flatter in both sets than in 97.5 % of groups for {which} only."),
    none=("answered", "For no loss are both sets flatter than 97.5 % of groups."),
    undecided=("undecided", "There is no exponent to compare."),
    which=listed(flatter.index[flatter].tolist() or ["none"]),
)  # fmt: skip
for row in compared.itertuples():
    keep(f"held_out_ratio_{row.loss}_{row.people}", row.ratio)
    keep(f"held_out_groups_as_low_{row.loss}_{row.people}", row.as_low)
    if np.isfinite(row.alpha):
        keep(f"exponent_{row.loss}_{row.people}", row.alpha)
inflated = strangers.geometric_mean(test.typical / everyone, interior)
keep("few_people_inflation", inflated)
keep("people", people)

# %% tags=["hide-input"]
names = ("loss", "people", "I ÷ groups", "groups as low", "I ÷ groups, density below 10⁻⁴ of its peak", "speed of the mean ÷ all people's", "α", "α of groups", "groups as flat")  # fmt: skip
tabulate(compared.set_axis(names, axis=1), "Numbers of each loss, near the density's peak", collapsed=True)

# %% [markdown]
# ## How much of a curve is there without training?
#
# Rotation on a pixel grid depends on the angle by itself. The same estimate, at the same faces, from four sources: **pixels** (their first principal
# components), **untrained** networks (initial weights), and networks trained on the **uniform** and on the **concentrated** density.

# %% tags=["hide-input"]
inside, interpolation = disc(train.pixels), sweep.preset.interpolation
components = min(60, len(train) // 5)
pooled = [rotate(train.images[::2], angle, interpolation=interpolation)[:, inside] for angle in grid[::5]]
principal = PCA(components, svd_solver="randomized", random_state=seed).fit(np.concatenate(pooled))


def project(images):
    """Principal components of rotated images (n, H, W), as one network's output (1, n, components)."""
    return principal.transform(np.asarray(images)[:, inside])[None]


pixels = fisher.fisher_curve(project, train.images, grid, estimator="wishart", interpolation=interpolation)
untrained = curves.measure(sweep.untrained(density="concentrated", loss=loss), train, grid, seed=seed)
rungs = {"uniform": flat.measured(loss), "concentrated": study.measured(loss)}
ladder = {"pixels": pixels.values, "untrained": untrained.information.values}
ladder |= {name: of.information.values for name, of in rungs.items()}
shape = {name: normalised_root(values, grid).mean(axis=0) for name, values in ladder.items()}
uneven = {name: float(2 * np.log(line[interior]).std()) for name, line in shape.items()}
total = {name: float(np.trapezoid(np.sqrt(values), grid, axis=-1).mean()) for name, values in ladder.items()}

# %% tags=["hide-input"]
styles = {"pixels": {"color": "black", "linestyle": "-."}, "untrained": {"color": "#44AA99", "linestyle": "--"}}
styles |= {name: {"color": colour} for name, colour in plotting.DENSITY_COLOURS.items()}
bands = {name: (band.low, band.high) for name, of in rungs.items() for band in [of.band(normalised_root)]}
mean = {name: values.mean(axis=0) for name, values in ladder.items()}
top = 1.25 * max(line.max() for line in shape.values())
content = [
    plotting.along_angle(grid, shape, plotting.NORMALISED_ROOT_LABEL, title="shape", bands=bands, limits=(0, top)),
    plotting.along_angle(grid, mean, plotting.INFORMATION_LABEL, title="level", yscale="log"),
]
words = listed([f"{value:.2f} ({name})" for name, value in uneven.items()])
plotting.show_panels(
    "Q02-null", content, columns=2, styles=styles,
    caption=f"The standard deviation of log I over the angles is {words}. Linear encoding, {loss} loss, {len(train)} training faces; {components} principal "
    "components of pixels. Bands: 95 %, simultaneous.",
    alt=f"Normalised root information and information of pixels, untrained and trained networks against the angle; unevenness {words}.",
)  # fmt: skip

# %% tags=["remove-input"]
nothing = max(uneven["pixels"], uneven["untrained"])
conclude(
    "Q02-null",
    whether(uneven["concentrated"] > 3 * nothing),
    so=("answered", "Neither pixels nor initial weights have the concentrated networks' shape: **training made it** (standard deviation of log I {trained:.2f}, without training {nothing:.2f} at most)."),
    not_so=("answered", "The concentrated networks' unevenness is **not far above** that of what was never trained (standard deviation of log I {trained:.2f}, without training {nothing:.2f} at most)."),
    trained=uneven["concentrated"], nothing=nothing,
)  # fmt: skip
for name in ladder:
    keep(f"unevenness_{name}", uneven[name])
    keep(f"total_{name}", total[name])
keep("alike", np.corrcoef(np.log(shape["uniform"][interior]), np.log(shape["pixels"][interior]))[0, 1])

# %% [markdown]
# The log shapes of uniform networks and of pixels correlate at {glue:text}`alike:.2f`. The discriminable
# range $\int\!\sqrt I\,d\theta$ is {glue:text}`total_untrained:.1f` before training and {glue:text}`total_uniform:.1f` after, on the uniform density.
#
# ## Is the saturation at low density real?
#
# Where the density is low the original's curves stop falling. Noise of the mean tangent would do that to the plug-in estimate, which cannot be zero; the
# paired estimate takes it off.

# %% tags=["hide-input"]
code = study.code(loss=loss)
z, t = code.embeddings.values, code.tangents.values
paired = stats.information_interval(z, t, person=train.person)
plug_in = estimators.linear_fisher(z, t, correction="none").mean(axis=0)
mean = paired.estimate.mean(axis=0)
alpha = study.exponent(loss)
law = mean[p.argmax()] * (p / p.max()) ** alpha.mean
floor = max(plug_in.min() / 30, 1e-3)
clear = float((paired.low[:, rare] > law[rare]).mean()) if rare.any() else np.nan

lines = {"plug-in": plug_in, "paired": mean, "power of p": law}
band = np.maximum(paired.low.mean(axis=0), floor / 10), paired.high.mean(axis=0)
limits = (floor, 3 * plug_in.max())
along = plotting.along_angle(
    grid, lines, plotting.INFORMATION_LABEL, bands={"paired": band}, yscale="log", limits=limits
)
plotting.show_panels(
    "Q13-saturation", [along], columns=1, styles=dict(zip(lines, (plain[1], plain[0], plotting.DENSITY_STYLE), strict=True)),
    caption=f"The paired estimate's interval is above the power that fits near the peak at {100 * clear:.0f} % of angles of low density. Linear encoding, {loss} loss, "
    f"{mean_of}. Band: mean of their pointwise 95 % intervals over people.",
    alt=f"Two estimates of the information against the angle, and a power of the density, α = {alpha.mean:.2f}, that falls far below them.",
)  # fmt: skip

# %% tags=["remove-input"]
conclude(
    "Q13-saturation",
    whether(clear > 0.9),
    so=("answered", "**The saturation is real.** Where the density is below a ten-thousandth of its peak, the interval over people is above the power that fits near the peak at {clear:.0f} % of angles and networks."),
    not_so=("undecided", "Where the density is below a ten-thousandth of its peak, the interval over people is above the power that fits near the peak at {clear:.0f} % of angles and networks: at the others noise could make the saturation."),
    clear=100 * clear,
)  # fmt: skip
keep("saturation_interval_above", clear)
keep("saturation_interval_positive", (paired.low[:, rare] > 0).mean())
keep("plug_in_to_paired", np.median(plug_in[rare] / mean[rare]))

# %% [markdown]
# There the plug-in estimate is {glue:text}`plug_in_to_paired:.2f` times the paired one (median).
#
# ## Does the grid of angles miss anything?
#
# The same networks on grids with 2, 4 and 8 times as many intervals, and on an adaptive one with twice as many, where $\sqrt I$ differs most.

# %% tags=["hide-input"]
fine = np.linspace(grid[0], grid[-1], 8 * (angles - 1) + 1)
dense = fisher.fisher_curve(sweep.ensemble(loss=loss), train.images, fine, estimator="wishart")
root = np.sqrt(dense.values).mean(axis=0)
grids = {f"{len(fine[::every])} even": np.arange(0, len(fine), every) for every in (8, 4, 2, 1)}
coarse, twice, _, finest = grids
adaptive = f"{len(grids[twice])} adaptive"
grids[adaptive] = curves.refined(root, grids[coarse], len(grids[twice]))
table = pd.DataFrame(
    {
        "∫√I": [np.trapezoid(np.sqrt(dense.values[:, rows]), fine[rows], axis=-1).mean() for rows in grids.values()],
        "peak of I": [dense.values[:, rows].max(axis=1).mean() for rows in grids.values()],
        "α": [curves.exponent_of(dense[:, rows], density).mean for rows in grids.values()],
    },
    index=pd.Index(grids, name="angles"),
)
off = table / table.loc[finest] - 1
drawn = study.measured(loss).draws
total_error = float(np.trapezoid(np.sqrt(drawn), grid, axis=-1).mean(axis=1).std() / table["∫√I"][finest])
root_error = float(np.log(drawn).std(axis=0).mean() / 2)  # of log √I at one angle

# %% tags=["hide-input"]
missed = {name: np.interp(fine, fine[grids[name]], root[grids[name]]) / root - 1 for name in (coarse, adaptive)}
most_missed = {name: float(np.abs(line).max()) for name, line in missed.items()}
figure, (above, below) = plt.subplots(2, 1, figsize=(8.7, 4.5), layout="constrained", sharex=True)
above.plot(fine, root, color="black", linewidth=1.3)
below.axhspan(-root_error, root_error, color="0.9", linewidth=0, label="one standard error at an angle")
for (name, line), style, height in zip(missed.items(), (plain[0], plain[3]), (0.97, 0.91), strict=True):
    below.plot(fine, line, **style, linewidth=1.2, label=name)
    rug = np.full(len(grids[name]), height)
    above.plot(fine[grids[name]], rug, "|", color=style["color"], transform=above.get_xaxis_transform())
above.set(ylim=(0, 1.25 * root.max()), title="the finest grid, and the angles of two others")
above.set_ylabel(plotting.ROOT_LABEL, fontsize="small")
below.set_xlabel(plotting.ANGLE_LABEL)
below.set_ylabel("straight lines ÷ √I − 1", fontsize="small")
figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=3)
words = listed([f"{100 * most:.0f} % ({name})" for name, most in most_missed.items()])
plotting.show(
    figure,
    id="Q06-grids",
    caption=f"Straight lines between a grid's angles miss √I on {len(fine)} angles by {words} at most. Linear encoding, {loss} loss, "
    f"mean of {mean_of}.",
    alt=f"Root information on {len(fine)} angles, and what straight lines between those of two coarser grids miss of it, {words} at most.",
    data=pd.DataFrame({"angle": fine, "root": root, **missed}),
)

# %% tags=["remove-input"]
tabulate(table.reset_index(), "Numbers of each grid, mean over networks", collapsed=True)
keep("grid_total_change", off["∫√I"][coarse])
keep("grid_missed", most_missed[coarse])
conclude(
    "Q06-grids",
    whether(abs(off["∫√I"][coarse]) <= total_error and abs(off["peak of I"][coarse]) <= 2 * total_error),
    so=("answered", "A grid of {angles} angles **misses nothing of ∫√I or of the peak** that these faces could tell: ∫√I is {changed:+.2f} % off a grid eight times as fine; one standard error over people is {error:.1f} %."),
    not_so=("answered", "A grid of {angles} angles is **too coarse**: ∫√I is {changed:+.2f} % and the peak {peak:+.1f} % off a grid eight times as fine, where one standard error of ∫√I over people is {error:.1f} %."),
    angles=angles, changed=100 * off["∫√I"][coarse], peak=100 * off["peak of I"][coarse], error=100 * total_error,
)  # fmt: skip
conclude(
    "Q06-between",
    whether(most_missed[coarse] < root_error),
    so=("answered", "Between its angles the grid misses {missed:.0f} % of √I at most, less than one standard error at an angle, {error:.0f} %."),
    not_so=("answered", "Somewhere **the curve does between the angles what the grid does not show**: it misses up to {missed:.0f} % of √I, where one standard error at an angle is {error:.0f} %."),
    missed=100 * most_missed[coarse], error=100 * root_error,
)  # fmt: skip

# %% [markdown]
# ## Do the step and the pictures matter?
#
# Tangents are central differences, with the original's step of 0.05 rad, of pictures that were interpolated. One network, trained on the uniform
# density, is shown the same faces in other ways.

# %% tags=["hide-input"]
one, steps = level.ensemble(replicate=0), (0.0125, 0.025, 0.1, 0.2)  # rad
shown = {"images": train.images, "angles": grid, "estimator": "wishart"}
usual = fisher.fisher_curve(one, **shown).values[0]
by_step = {f"step {step} rad": fisher.fisher_curve(one, **shown, step=step).values[0] / usual for step in steps}
ways, contrast = {}, {}
for way in ("bilinear", "bicubic"):
    ways[way] = fisher.fisher_curve(one, **shown, interpolation=way).values[0]
    turned = [rotate(train.images, angle, interpolation=way)[:, inside].var(axis=0).mean() for angle in grid]
    contrast[way] = np.array(turned) / train.images[:, inside].var(axis=0).mean()
    keep(f"contrast_left_{way}", contrast[way].min())
uniform = flat.measured(loss).first()
uniform_error = float(uniform.draws[:, 0].std(axis=0).mean() / uniform.information.values.mean())
changes = {name: float(np.median(np.abs(line[interior] - 1))) for name, line in by_step.items()}
quarter, half, *_ = changes.values()
swapped = float(np.median(np.abs(ways["bicubic"] / ways["bilinear"] - 1)[interior]))

# %% tags=["hide-input"]
styles = {name: {"color": colour} for name, colour in zip(by_step, plotting.shades(len(steps)), strict=True)}
content = [
    plotting.along_angle(grid, by_step, "I ÷ I at 0.05 rad", title="step", level=1),
    plotting.along_angle(grid, ways, plotting.INFORMATION_LABEL, title="interpolation", limits=(0, None)),
    plotting.along_angle(grid, contrast, "pixel variance ÷ upright", title="contrast", level=1),
]
plotting.show_panels(
    "Q02-step", content, styles=styles | dict(zip(ways, plain, strict=False)),
    caption=f"Half the step changes the information by {100 * half:.1f} % (median), the other interpolation by {100 * swapped:.0f} %. One network, linear encoding, "
    f"{loss} loss, trained on {interpolation} pictures; {len(train)} training faces.",
    alt=f"Information with four steps ÷ that with 0.05 rad, information by interpolation, and pixel variance against the angle; half the step changes {100 * half:.1f} %.",
)  # fmt: skip

# %% tags=["remove-input"]
conclude(
    "Q02-step",
    whether(half < uniform_error),
    so=("answered", "The step of 0.05 rad is small enough: half of it changes the information by {half:.1f} % and a quarter by {quarter:.1f} % (median over angles), where one standard error over people is about {error:.0f} %."),
    not_so=("answered", "The step of 0.05 rad is **not small enough** here: half of it changes the information by {half:.1f} % and a quarter by {quarter:.1f} % (median over angles), where one standard error over people is about {error:.0f} %."),
    half=100 * half, quarter=100 * quarter, error=100 * uniform_error,
)  # fmt: skip
keep("step_change_halved", half)
keep("interpolation_change", swapped)

# %% [markdown]
# Between 0 and ±90°, bilinear rotation leaves {glue:text}`contrast_left_bilinear:.2f` of the variance of pixels at least, bicubic
# {glue:text}`contrast_left_bicubic:.2f`: a dependence on the angle that no network made.
#
# ## Are the clouds Gaussian, and does it matter?
#
# Along its best linear read-out, $e \propto S^{-1} \mu'$, a cloud is told from its neighbours. A Gaussian has neither skewness nor excess kurtosis there.

# %% tags=["hide-input"]
skewness, kurtosis = {}, {}
for of in losses:
    code = study.code(loss=of)
    z, t = code.embeddings.values, code.tangents.values
    direction = np.linalg.solve(estimators.sample_covariance(z), t.mean(axis=-2)[..., None])
    along = (z @ direction)[..., 0]
    skewness[of] = np.abs(scipy.stats.skew(along, axis=-1)).mean(axis=0)
    kurtosis[of] = scipy.stats.kurtosis(along, axis=-1).mean(axis=0)
    keep(f"skewness_{of}", skewness[of][interior].mean())
normal = np.random.default_rng((seed, 6)).normal(size=(1000, len(train)))
gaussian_skew = float(np.abs(scipy.stats.skew(normal, axis=-1)).mean())
skewed = [of for of, line in skewness.items() if line[interior].mean() > 2 * gaussian_skew]

# %% tags=["hide-input"]
loss_styles = {of: {"color": plotting.LOSS_COLOURS[of], "linestyle": plotting.LOSS_DASHES[of]} for of in losses}
content = [
    plotting.along_angle(grid, skewness, "|skewness|", level=gaussian_skew, limits=(0, None)),
    plotting.along_angle(grid, kurtosis, "excess kurtosis", level=0),
]
words = listed([f"{line[interior].mean():.2f} ({of})" for of, line in skewness.items()])
plotting.show(
    plotting.method_panels(content, columns=2, styles=loss_styles),
    id="Q07-shape",
    caption=f"Mean |skewness| along the read-out is {words}; as many independent Gaussian faces have {gaussian_skew:.2f} (grey line). Linear encoding, mean of {mean_of} "
    f"per loss, {len(train)} training faces.",
    alt=f"Skewness and excess kurtosis of the clouds against the angle, one line per loss; mean |skewness| {words}.",
    data=plotting.panel_rows(content),
    collapsed="Skewness and kurtosis against the angle, for each loss",
)

# %% tags=["remove-input"]
conclude(
    "Q07-shape",
    how_much(len(skewed) / len(losses)),
    most=("answered", "The clouds are **not Gaussian**: along the read-out they are more than twice as skewed as Gaussian faces would be, for {skewed}."),
    some=("answered", "Some clouds are not Gaussian: along the read-out those of {skewed} are more than twice as skewed as Gaussian faces would be."),
    none=("answered", "Along the read-out no loss's clouds are more than twice as skewed as Gaussian faces would be."),
    skewed=listed(skewed or ["none"]),
)  # fmt: skip

# %% [markdown]
# If the shape matters, estimators that see it differently should differ in the exponent. *Decoded* is another quantity, not another estimate of the same.

# %% tags=["hide-input"]
fitted = {}
for of in losses:
    code = study.code(loss=of)
    z, t = code.embeddings.values[:, common], code.tangents.values[:, common]
    for name in ("paired", "wishart", "robust", "lda", "gaussian", "decoded"):
        values = estimators.named_estimate(name, z, t, encoding="linear", person=train.person, step=0.02)
        with suppress(ValueError):  # an estimate that is mostly negative has no exponent
            fitted[of, name] = stats.fit_exponent(values, p[common])
paired_alpha = {of: alpha for (of, name), alpha in fitted.items() if name == "paired"}
moved = {
    (of, name): alpha - paired_alpha[of]
    for (of, name), alpha in fitted.items() if name != "paired" and of in paired_alpha
}  # fmt: skip
for of, alpha in paired_alpha.items():
    keep(f"exponent_{of}_paired", alpha.mean)
for (of, name), change in moved.items():
    keep(f"exponent_change_{of}_{name}", change.mean)
told = [one for (_, name), one in moved.items() if name != "decoded"]

# %% tags=["hide-input"]
changes = as_rows(moved, ["row", "series"])
others = dict.fromkeys(changes["series"])
styles = dict(zip(others, (*plotting.METHOD_STYLES, {"color": "#332288", "marker": "v"}), strict=False))
largest = max((one.mean for one in told), key=abs)
plotting.show(
    plotting.series_rows(changes, "α − that of the paired estimate", styles, marks={0: "paired"}),
    id="Q07-exponents",
    caption=f"Another estimator of the same information changes an exponent by {in_words(largest, '+.2f')} at most. Mean of {mean_of} "
    f"per loss, {int(common.sum())} angles near the peak. Bars: 95 %, over networks alone, because all estimators see the same people.",
    alt=f"Changes of the exponent with intervals, one row per loss and estimator; the largest change is {in_words(largest, '+.2f')}.",
    data=changes.assign(paired=[paired_alpha[of].mean for of in changes["row"]]),
)

# %% tags=["remove-input"]
clear = [one for one in told if one.side() in ("above", "below") and abs(one.mean) >= 0.005]
conclude(
    "Q07-exponents",
    how_much(len(clear) / len(told) if told[0].several else np.nan),
    most=("answered", "The estimator **matters** for the exponent: {clear} of {all} changes are clear of zero over networks, the largest is {largest:+.2f}."),
    some=("answered", "The estimator matters for some exponents: {clear} of {all} changes are clear of zero over networks. The largest, clear or not, is {largest:+.2f}."),
    none=("answered", "No other estimator changes an exponent clearly."),
    undecided=("undecided", "One network has no interval: whether the shape matters is open."),
    clear=len(clear), all=len(told), largest=largest,
)  # fmt: skip

# %% [markdown]
# ## Does the error differ by loss?
#
# The error is what other people's faces would change: the standard deviation of log I when people are drawn again.

# %% tags=["hide-input"]
by_people = {of: np.log(study.measured(of).draws).std(axis=0, ddof=1) for of in losses}
mean_error = {of: Estimate(line[:, interior].mean(axis=1)) for of, line in by_people.items()}
pairs = {of: one.map(np.log) - mean_error[loss].map(np.log) for of, one in mean_error.items() if of != loss}
rows = []
for of, one in mean_error.items():
    keep(f"people_error_{of}", one.mean)
    logs = np.log(study.measured(of).information.values[:, interior])
    between = float(logs.std(axis=0, ddof=1).mean()) if networks > 1 else np.nan
    rows.append((of, one.mean, between, pairs.get(of)))
table = pd.DataFrame(rows, columns=["loss", "over people", "between networks", f"log error − that of {loss}"])
tabulate(table, "Standard errors of log I, mean over angles. Intervals: 95 %, over networks.")

# %% tags=["remove-input"]
different = [of for of, gap in pairs.items() if gap.side() in ("above", "below")]
conclude(
    "Q16-error",
    how_much(len(different) / len(pairs) if pairs and networks > 1 else np.nan),
    most=("answered", "The error **differs by loss**: from that of {first}, clearly for {different}."),
    some=("answered", "The error differs by loss, but not for all: from that of {first}, clearly for {different}."),
    none=("answered", "No loss's error can be told from that of {first}."),
    undecided=("undecided", "One loss, or one network of each, has nothing to be compared with."),
    first=loss, different=listed(different or ["none"]),
)  # fmt: skip

# %% tags=["hide-input"]
lines = {of: line.mean(axis=0) for of, line in by_people.items()}
bands = {of: (line.min(axis=0), line.max(axis=0)) for of, line in by_people.items()}
content = [plotting.along_angle(grid, lines, "standard error of log I", bands=bands, limits=(0, None))]
least, largest = (100 * pick([one.mean for one in mean_error.values()]) for pick in (min, max))
plotting.show(
    plotting.method_panels(content, columns=1, styles=loss_styles),
    id="Q16-error",
    caption=f"The mean standard error of an information is {least:.0f} to {largest:.0f} %, by loss. Linear encoding, concentrated density; bootstrap over {people} people, mean of "
    f"{mean_of} per loss. Bands: lowest to highest network.",
    alt=f"Standard error of the log information against the angle, one line per loss; on average {least:.0f} to {largest:.0f} %.",
    data=plotting.panel_rows(content),
    collapsed="The error against the angle, for each loss",
)

# %% [markdown]
# ## What this page does not show
#
# - How far an estimate is biased: that takes [codes whose information is known](estimators.ipynb).
# - Steps, pictures, grids and saturation of more than one loss, or any other encoding.
# - Intervals of the clouds' shapes; those of changed exponents are over networks alone.
#
# ## How it was made

# %% tags=["hide-input"]
settings = {
    "preset": preset,
    "faces": f"{len(train)} {sweep.faces.source} faces of {people} people trained on, at {angles} angles",
    "networks": f"{mean_of} of each loss: {listed(losses)}",
    "groups of training people": len(beside[loss, "test"].groups),
    "estimate": "Wishart-corrected, which is positive; by person where bands are drawn, faces as independent where people never seen, pixels, steps and grids are compared",
}
tabulate(pd.DataFrame(settings.items(), columns=["what", "value"]), "Parameters of this run", collapsed=True)
