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
# # Do harsher losses flatten the code?

# %% [markdown] needs={"losses": ["linear", "square", "quart", "root4", "log"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R43:myst` α, the exponent of $I \propto p^\alpha$, is {glue:text}`exponent_quart` with quart, {glue:text}`exponent_linear` with linear and
# {glue:text}`exponent_log` with log; of all five losses, order and exponent have a rank correlation of
# {glue:text}`rank_correlation_of_order_and_exponent:.2f`. {glue:md}`R39:myst`
#
# The caveat: these are embeddings of faces trained on, and α is fitted where the density exceeds a tenth of its peak. The page rests on
# {glue:text}`networks` networks, trained for {glue:text}`steps:,d` steps each.
# :::

# %% [markdown]
# A power of the error punishes the large errors most; a root or a logarithm rewards the tiny ones. By the [law](theory.md), $\alpha = 2/(2\beta + q)$, powers
# should flatten a code, roots and the logarithm should sharpen it. Do they?

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd
import scipy.stats

from fisherkit import curves, experiments, fisher, plotting, stats, theory
from fisherkit.curves import normalised_information
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=["linear"],
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)

# %% tags=["hide-input"]
study = Study(sweep, angles=angles, seed=seed)
grid, density = study.grid, study.densities["concentrated"]
p = density.pdf(grid)
peak = p.argmax()
alpha = {loss: study.exponent(loss) for loss in study.losses}
law = {loss: theory.predicted_exponent(q) for loss, q in zip(study.losses, study.orders, strict=True)}
for loss, value in alpha.items():
    keep(f"exponent_{loss}", value)
keep("networks", len(sweep.conditions))
keep("steps", sweep.preset.epochs * sweep.preset.samples // sweep.preset.batch)
keep("conditions", study.conditions())

# %% [markdown]
# ## Do the curves differ?
#
# Curves are compared, and α is fitted, at *common* angles, whose density exceeds a tenth of its peak.

# %% needs={"losses": ["linear", "square", "quart", "root4", "log"]} tags=["hide-input"]
figure, axes = plotting.panels(3, columns=3, sharey=True)
for axis, third in zip(axes, ("square", "root4", "log"), strict=True):
    for loss in ("linear", "quart", third):
        look = {"color": plotting.LOSS_COLOURS[loss], "linestyle": plotting.LOSS_DASHES[loss]}
        band = study.measured(loss).band(normalised_information)
        axis.fill_between(grid, band.low, band.high, color=look["color"], alpha=0.15, linewidth=0)
        axis.plot(grid, band.estimate, **look, linewidth=1.8, label=loss)
    axis.plot(grid, p, **plotting.DENSITY_STYLE, label="density p")
    axis.set(title=f"linear, quart and {third}", xlabel=plotting.ANGLE_LABEL, ylim=(0, 1.35 * p.max()))
axes[0].set_ylabel(plotting.NORMALISED_INFORMATION_LABEL)
names = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
figure.legend(names.values(), names, loc="outside upper center", ncols=6, fontsize="small")

rank = scipy.stats.spearmanr(study.orders, [alpha[loss].mean for loss in study.losses]).statistic
keep("rank_correlation_of_order_and_exponent", rank)
plotting.show(
    figure, id="R43", also=("R44", "R45"),
    caption=f"The order of a loss and its exponent have a rank correlation of {in_words(rank)}. Mean curves of all networks; linear encoding, concentrated "
    "density. Bands: 95\u00a0%, simultaneous.",
    alt="Normalised information along the angle: at the peak " + ", ".join(
        f"{study.measured(loss).lines(normalised_information)[:, peak].mean():.2f} ({loss})" for loss in study.losses
    ) + f"; the density has {p.max():.2f}.",
    data=plotting.curve_rows(plotting.loss_curves(study.measured(), study.losses, normalised_information)),
)  # fmt: skip

# %% [markdown]
# *Height* is the normalised information at the density's peak, in units of the density there: above one, a code is over-concentrated, as the law expects of
# every order below one.

# %% tags=["hide-input"]
height = {
    loss: study.measured(loss).number(lambda of: normalised_information(of, grid)[..., peak] / p.max()) for loss in study.losses
}  # fmt: skip
for loss, value in height.items():
    keep(f"height_{loss}", value)
columns = {
    "loss": study.losses,
    "q": [f"{q:g}" for q in study.orders],
    "α": alpha.values(),
    "law's α": law.values(),
    "height": height.values(),
}
tabulate(
    pd.DataFrame(columns),
    "Exponents and heights with 95\u00a0% intervals over networks and people; the law's for β = ½",
)

# %% tags=["remove-input"]
over = [loss for loss, value in height.items() if value.side(1) == "above"]
above = "Over-concentrated: {over}. At the peak the normalised information is above the density."
conclude(
    "R44", how_much(len(over) / len(height) if study.networks() > 1 else np.nan),
    most=("answered", above), some=("answered", above),
    none=("answered", "**No** loss is clearly over-concentrated."),
    undecided=("undecided", "One network of each has no interval to say whether a loss is over-concentrated."),
    over=", ".join(over) or "none",
)  # fmt: skip

# %% needs={"losses": ["linear", "quart"]} tags=["remove-input"]
_, apart = study.told_apart("quart", "linear", normalised_information)
at_peak = height["quart"] / height["linear"]
keep("quart_to_linear_at_peak", at_peak)
conclude(
    "R43", how_much(apart),
    most=("yes", "The fourth power makes a **clearly different** code: its normalised information, at the peak {peak} times linear's, is told from linear's at {apart:.0f}\u00a0% of common angles."),
    some=("in part", "The fourth power makes a different code **at some angles**: its normalised information, at the peak {peak} times linear's, is told from linear's at {apart:.0f}\u00a0% of common angles."),
    none=("no", "The fourth power does **not** make a clearly different code: its normalised information, at the peak {peak} times linear's, is told from linear's at no common angle."),
    apart=100 * apart, peak=at_peak,
)  # fmt: skip

# %% [markdown]
# ## Which power of the density does a power of the error make?
#
# For quart the original saw about $p^{1/3}$; its premise, $1/p \propto I^{-5/2}$, means $p^{2/5}$. For square the law says $p^{2/3}$.

# %% needs={"losses": ["linear", "square", "quart"]} tags=["hide-input"]
powers = {
    "linear": {"$p$, original and law": 1},
    "square": {"$p$, original": 1, "$p^{1/3}$, original": 1 / 3, "$p^{2/3}$, law": 2 / 3},
    "quart": {"$p^{1/3}$, original": 1 / 3, "$p^{2/5}$, law": 2 / 5},
}
points = plotting.power_points(study.measured(), list(powers), normalised_information, density)
content = [
    (f"{loss} loss", {loss: points[loss]}, {name: curves.power_of_density(density, power, grid) for name, power in lines.items()})
    for loss, lines in powers.items()
]  # fmt: skip
plotting.show(
    plotting.power_panels(content, plotting.NORMALISED_INFORMATION_LABEL, lowest=(None, 1e-3)),
    id="R39", also=("R40", "R41", "R42"),
    caption="α is " + ", ".join(f"{in_words(alpha[loss].mean)} ({loss})" for loss in powers) + ". Linear encoding, all networks; below, the same on "
    "logarithmic axes.",
    alt="Normalised information against the density, one panel per loss, on two scales; exponents "
    + ", ".join(f"{alpha[loss]} ({loss})" for loss in powers) + ".",
    data=plotting.power_rows(points),
)  # fmt: skip

# %% needs={"losses": ["linear", "square"]} tags=["remove-input"]
gap = alpha["square"] - alpha["linear"]
conclude(
    "R39", gap.side(),
    below=("no", "Square does **not** look like linear: its α less that of linear is {gap} (law: {law})."),
    above=("in part", "Square is the **steeper** one, against the law: its α less that of linear is {gap} (law: {law})."),
    open=("yes", "Square is not told apart from linear: its α less that of linear is {gap} (law: {law})."),
    undecided=("undecided", "One network of each has no interval: α of square less that of linear is {gap} (law: {law})."),
    gap=gap, law=law["square"] - law["linear"],
)  # fmt: skip

# %% needs={"losses": ["linear", "quart"]} tags=["remove-input"]
quart, gap = alpha["quart"], alpha["quart"] - alpha["linear"]
conclude(
    "R40", quart.against(1 / 3),
    holds=("yes", "With quart α = {quart}: the original's ⅓ is inside. Less that of linear it is {gap} (law: {law})."),
    excludes=("no", "With quart α = {quart}: **not** the original's ⅓. Less that of linear it is {gap} (law: {law})."),
    undecided=("undecided", "With quart α = {quart}. Less that of linear it is {gap} (law: {law})."),
    quart=quart, gap=gap, law=law["quart"] - law["linear"],
)  # fmt: skip

# %% [markdown] needs={"losses": ["linear", "quart"]}
# The original also sees a linear stretch of quart at *medium-low* density, here between a thousandth and a tenth of the peak. Call a line straight if each
# network's points scatter about it by less than a quarter.

# %% needs={"losses": ["linear", "quart"]} tags=["hide-input"]
medium = (p < p.max() / 10) & (p > p.max() / 1e3) & (np.abs(grid) < np.pi / 2 - 0.1)  # without the margins of the range
of_quart = study.measured("quart")
values = of_quart.information.values[:, medium]
stretch = stats.fit_exponent(
    values, p[medium], without={label: left[..., medium] for label, left in of_quart.without.items()}
)
scatter = (np.log(values) - stretch.values[:, None] * np.log(p[medium])).std(axis=1).mean()
keep("quart_exponent_medium", stretch)

# %% needs={"losses": ["linear", "quart"]} tags=["remove-input"]
conclude(
    "R41", whether(bool(scatter < 0.25)),
    so=("yes", "A line **does** describe the stretch: its slope is {stretch}, that at common angles plus {bend}, with a scatter of {scatter:.0f}\u00a0%."),
    not_so=("no", "A line does **not** describe the stretch: the scatter about it is {scatter:.0f}\u00a0%."),
    stretch=stretch, scatter=100 * scatter, bend=stretch - quart,
)  # fmt: skip

# %% [markdown] needs={"losses": ["linear", "square", "quart"], "preset": ["smoke", "paper"]}
# ## Does the original's own training say the same?
#
# The original trained otherwise: in smaller batches, at a constant rate, until the validation loss had long ceased to fall; and it parted photographs, not
# people. Two networks per loss, trained so (preset {glue:text}`original_preset`), answer two of the questions above once more.

# %% needs={"losses": ["linear", "square", "quart"], "preset": ["smoke", "paper"]} tags=["sweep", "hide-input"]
as_original = experiments.loss_sweep(
    "original" if sweep.preset.name == "paper" else preset,
    faces=faces,
    losses=["linear", "square", "quart"],
    encodings=["linear"],
    densities=["concentrated"],
    replicates=2,
    seed=seed,
)

# %% needs={"losses": ["linear", "square", "quart"], "preset": ["smoke", "paper"]} tags=["hide-input"]
original = Study(as_original, angles=angles, seed=seed)
its_alpha = {loss: original.exponent(loss) for loss in original.losses}
records = [
    (condition.loss, as_original.store.record(as_original.key(condition))["metrics"])
    for condition in as_original.conditions
]
of_training = pd.DataFrame([{"loss": loss, **metrics} for loss, metrics in records]).groupby("loss", sort=False)
columns = {
    "loss": original.losses,
    "α": its_alpha.values(),
    "α, photographs not trained on": [original.exponent(loss, seen=False) for loss in original.losses],
    f"α, preset {preset}": [alpha[loss] for loss in original.losses],
    "clipped steps, %": list(100 * of_training.clipped_fraction.mean()[list(original.losses)]),
    "epochs": list(of_training.epochs.mean()[list(original.losses)].round().astype(int)),
}
tabulate(
    pd.DataFrame(columns),
    f"Exponents under the preset {as_original.preset.name}, with 95\u00a0% intervals over networks and people, beside those of this page",
)
keep("original_preset", as_original.preset.name)
keep("original_conditions", original.conditions())

# %% needs={"losses": ["linear", "square", "quart"], "preset": ["smoke", "paper"]} tags=["remove-input"]
conclude(
    "original-quart", its_alpha["quart"].against(1 / 3),
    holds=("yes", "With the preset *{recipe}* networks of quart have α = {quart}: its ⅓ is **inside**."),
    excludes=("no", "With the preset *{recipe}* networks of quart have α = {quart}: **not** its ⅓."),
    undecided=("undecided", "With the preset *{recipe}* networks of quart have α = {quart}."),
    quart=its_alpha["quart"], recipe=as_original.preset.name,
)  # fmt: skip

# %% needs={"losses": ["linear", "square", "quart"], "preset": ["smoke", "paper"]} tags=["remove-input"]
gap = its_alpha["square"] - its_alpha["linear"]
conclude(
    "original-square", gap.side(),
    below=("no", "Square does **not** go with linear under the preset *{recipe}*: its α less that of linear is {gap}."),
    above=("in part", "Square is the **steeper** one under the preset *{recipe}*: its α less that of linear is {gap}."),
    open=("yes", "Square is not told apart from linear under the preset *{recipe}*: its α less that of linear is {gap}."),
    undecided=("undecided", "α of square less that of linear is {gap} under the preset *{recipe}*."),
    gap=gap, recipe=as_original.preset.name,
)  # fmt: skip

# %% [markdown] needs={"losses": ["linear", "square", "quart"], "preset": ["smoke", "paper"]}
# Two networks tell little of how networks spread. {glue:md}`original_conditions:myst`

# %% [markdown]
# ## Do roots and the logarithm sharpen it?
#
# For an order below one the law wants a power above one. The original reads *perhaps super-linear, very noisy*.

# %% needs={"losses": ["root4", "log"]} tags=["hide-input"]
points = plotting.power_points(study.measured(), ["root4", "log"], normalised_information, density)
identity = {"$p$": curves.power_of_density(density, 1, grid)}
content = [
    (f"{loss}, replicate {k + 1}", {loss: (at, line)}, identity)
    for loss, (at, values) in points.items() for k, line in enumerate(values[:3])
]  # fmt: skip
plotting.show(
    plotting.power_panels(content, plotting.NORMALISED_INFORMATION_LABEL), id="R46",
    collapsed="Their points, network by network",
    caption=f"α is {in_words(alpha['root4'].mean)} with root4 and {in_words(alpha['log'].mean)} with log. One panel per network, three of each loss at most; linear "
    f"encoding, concentrated density, {len(study.faces)} faces trained on.",
    alt=f"Normalised information against the density, one panel per network, with the identity; exponents {alpha['root4']} (root4) and {alpha['log']} (log).",
    data=plotting.power_rows(points),
)  # fmt: skip

# %% needs={"losses": ["root4", "log"]} tags=["remove-input"]
steep = [alpha[loss].side(1) == "above" for loss in ("root4", "log")]
conclude(
    "R46", how_much(np.mean(steep) if study.networks() > 1 else np.nan),
    most=("yes", "Both are **super-linear**: α = {root4} for root4, {log} for log."),
    some=("in part", "One of them is **super-linear** beyond doubt: α = {root4} for root4, {log} for log."),
    none=("no", "Neither is super-linear beyond doubt: α = {root4} for root4, {log} for log."),
    undecided=("undecided", "One network of each has no interval: α = {root4} for root4, {log} for log."),
    root4=alpha["root4"], log=alpha["log"],
)  # fmt: skip

# %% needs={"losses": ["root4", "log"], "replicates": 2} tags=["remove-input"]
for loss in ("root4", "log"):
    keep(f"spread_{loss}", float(alpha[loss].values.std(ddof=1)))

# %% [markdown] needs={"losses": ["root4", "log"], "replicates": 2}
# Between networks α has a standard deviation of {glue:text}`spread_root4:.2f` (root4) and {glue:text}`spread_log:.2f` (log).

# %% [markdown] needs={"losses": ["linear", "log"]}
# ## Does the estimate fall short at concentrated points?
#
# At the peak the information of log, not normalised, is {glue:text}`log_to_linear_at_peak` times that of linear. Is the *plug-in* estimate, which has no
# correction for few faces, lower there than the unbiased one?

# %% needs={"losses": ["linear", "log"]} tags=["hide-input"]
unbiased = {loss: study.of(loss).number(lambda values: values[..., peak]) for loss in ("linear", "log")}
code = fisher.Code(study.code().embeddings[:, [peak]], study.code().tangents[:, [peak]])
plug_in = fisher.information(code, estimator="plug-in")
excess = {loss: 100 * (float(plug_in[plug_in.loss == loss].mean()) / one.mean - 1) for loss, one in unbiased.items()}
keep("log_to_linear_at_peak", unbiased["log"] / unbiased["linear"])

# %% needs={"losses": ["linear", "log"]} tags=["remove-input"]
conclude(
    "R45", whether(excess["log"] > 0),
    so=("answered", "Few faces make the plug-in estimate too **high** there, not too low: by {log:.1f}\u00a0% with log and {linear:.1f}\u00a0% with linear."),
    not_so=("answered", "Few faces do make the plug-in estimate too **low** there: it is off by {log:.1f}\u00a0% with log and {linear:.1f}\u00a0% with linear."),
    **excess,
)  # fmt: skip

# %% [markdown]
# Whether it falls short for other reasons is question Q04.
#
# ## What this page does not show
#
# - Whether the *decoded* information or the error scale follows the law, and whether six losses lie on its straight line: see
#   [Does the exponent give away the loss?](exponents.ipynb).
# - Why a loss leaves the law.
#
# ## How it was made
#
# {glue:md}`conditions:myst` Curves, points and heights are of the Wishart-corrected estimate, exponents of the unbiased one: see
# [Where is the code precise?](fisher_information.ipynb).

# %% tags=["hide-input"]
tabulate(study.settings(), "How these networks were trained", collapsed=True)
