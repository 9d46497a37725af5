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
# # Does a code betray its loss?

# %% [markdown] needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R27:myst` α is {glue:text}`exponent_linear_linear` with the linear loss, where the law says 1, and {glue:text}`exponent_linear_sqrt` with sqrt,
# where it says 4/3. Their difference is {glue:text}`gap_linear`; the law says ⅓.
#
# The caveat: these are embeddings of faces trained on, and α is fitted where the density exceeds a tenth of its peak; elsewhere it is another.
# The page rests on {glue:text}`networks` networks, trained for {glue:text}`steps:,d` steps each.
# :::

# %% [markdown]
# Networks, faces and density are the same; only what is done to the error differs: nothing (*linear*) or its square root (*sqrt*). If $I \propto p^\alpha$, and the
# loss sets α by the [law](theory.md), a code tells what it was trained for. This page redoes the original's inference of an objective from a code.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt"]  # of linear, sqrt, square, quart, root4, log
encodings = ["linear", "circular"]  # of linear, circular, geodesic
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, plotting, theory
from fisherkit.curves import normalised_information, normalised_root
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=encodings,
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)

# %% tags=["hide-input"]
studies = {encoding: Study(sweep, encoding=encoding, angles=angles, seed=seed) for encoding in encodings}
first = studies[encodings[0]]
alpha = {(name, loss): study.exponent(loss) for name, study in studies.items() for loss in study.losses}
for (name, loss), value in alpha.items():
    keep(f"exponent_{name}_{loss}", value)
keep("networks", len(sweep.conditions))
keep("steps", sweep.preset.epochs * sweep.preset.samples // sweep.preset.batch)
keep("conditions", first.conditions())

# %% [markdown]
# ## Do the curves of two losses differ?
#
# *Common* angles are those whose density exceeds a tenth of its peak. There curves are compared, and α is fitted.

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
study = studies["linear"]
linear, sqrt = alpha["linear", "linear"], alpha["linear", "sqrt"]
distance, apart = study.told_apart("sqrt", "linear", normalised_root)
keep("distance_linear", distance)
keep("gap_linear", sqrt - linear)
study.show_along_angle(
    "R27", ["linear", "sqrt"], normalised_root,
    finding=f"In the linear encoding the mean curves of two losses differ by {100 * distance:.0f}\u00a0% at common angles.",
    alt=f"Normalised root information along the angle: linear and sqrt loss differ by {100 * distance:.0f}\u00a0% at common "
    f"angles, and are told apart at {100 * apart:.0f}\u00a0% of these.",
)  # fmt: skip

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["remove-input"]
differ = "In the linear encoding two losses make **different** codes: their curves are {distance:.0f}\u00a0% apart on average, and the band of their ratio leaves out one at {apart:.0f}\u00a0% of common angles."
conclude(
    "R27", how_much(apart), most=("yes", differ), some=("yes", differ),
    none=("no", "In the linear encoding two losses are **not** told apart by their codes: their curves are {distance:.0f}\u00a0% apart on average, and the band of their ratio holds one at all common angles."),
    distance=100 * distance, apart=100 * apart,
)  # fmt: skip

# %% needs={"encodings": ["linear", "circular"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
circle = studies["circular"]
near, told = circle.told_apart("sqrt", "linear", normalised_root)
keep("distance_circular", near)
lines = plotting.loss_curves(circle.measured(), ["linear", "sqrt"], normalised_root)
trained = {"density p": (circle.grid, circle.densities["concentrated"].pdf(circle.grid))}
plotting.show(
    plotting.curve_figure(lines, plotting.NORMALISED_ROOT_LABEL, references=trained), id="R28", collapsed="And in the circular encoding",
    caption=f"In the circular encoding the mean curves differ by {100 * near:.0f}\u00a0%, against {100 * distance:.0f}\u00a0% in the linear one. Concentrated density; "
    "networks thin, their mean thick. Bands: 95\u00a0%, simultaneous.",
    alt=f"Normalised root information along the circle: linear and sqrt loss differ by {100 * near:.0f}\u00a0% at common angles, "
    f"and are told apart at {100 * told:.0f}\u00a0% of these.",
    data=plotting.curve_rows(lines, trained),
)  # fmt: skip

# %% needs={"encodings": ["linear", "circular"], "losses": ["linear", "sqrt"]} tags=["remove-input"]
conclude(
    "R28", how_much(1 - near / distance),
    most=("yes", "In the circular encoding the losses are **much harder** to tell apart: {near:.0f}\u00a0% between the curves, {far:.0f}\u00a0% in the linear one."),
    some=("in part", "In the circular encoding the losses are only **somewhat harder** to tell apart: {near:.0f}\u00a0% between the curves, {far:.0f}\u00a0% in the linear one."),
    none=("no", "In the circular encoding the losses are **no harder** to tell apart: {near:.0f}\u00a0% between the curves, {far:.0f}\u00a0% in the linear one."),
    near=100 * near, far=100 * distance, gap=alpha["circular", "sqrt"] - alpha["circular", "linear"],
)  # fmt: skip

# %% [markdown] needs={"encodings": ["linear", "circular"], "losses": ["linear", "sqrt"]}
# The two percentages have no interval. Of the exponents, sqrt less linear is {glue:text}`R28_gap` in the circular and {glue:text}`gap_linear` in the linear
# encoding. In the circular one every loss is quadratic in small errors, so that the law gives both α = ⅔.

# %% [markdown]
# ## Which power of the density is it?

# %% tags=["hide-input"]
law = {pair: theory.predicted_exponent(2.0 if pair[0] == "circular" else codes.LOSS_ORDERS[pair[1]]) for pair in alpha}
rows = [[f"{name}, {loss}", one, law[name, loss]] for (name, loss), one in alpha.items()]
tabulate(
    pd.DataFrame(rows, columns=["encoding and loss", "α", "law's α"]),
    "Exponents α at common angles, with 95\u00a0% intervals over networks and people; the law's for β = ½",
)

# %% [markdown] needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]}
# The original drew $\sqrt I$ against $\sqrt p$ for the linear loss and, by a slip, against $p^{1/4}$ for sqrt. Its premise means $p^{2/3}$, steeper than the
# linear loss, not flatter.

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["remove-input"]
conclude(
    "R31", (linear / 2).against(1 / 2),
    holds=("yes", "With the linear loss $\\sqrt I$ goes as $p$ to the {root}: the original's ½ is inside."),
    excludes=("no", "With the linear loss $\\sqrt I$ goes as $p$ to the {root}: **not** the original's ½."),
    undecided=("undecided", "With the linear loss $\\sqrt I$ goes as $p$ to the {root}."),
    root=linear / 2, sqrt=sqrt / 2,
)  # fmt: skip

# %% [markdown] needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]}
# With sqrt it goes as $p$ to the {glue:text}`R31_sqrt`. For $I$ itself, the original drew ¾·p, which has slope 1 on logarithmic axes, and then $p^{3/4}$,
# where its premise means $p^{4/3}$.

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
density = study.densities["concentrated"]
to_the = {
    power: curves.power_of_density(density, power, study.grid) for power in (1 / 4, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3)
}
information, root = (
    plotting.power_points(study.measured(), ["linear", "sqrt"], transform, density)
    for transform in (normalised_information, normalised_root)
)
three_quarters = {"¾·p, original": (to_the[1][0], 0.75 * to_the[1][1]), "$p^{3/4}$, original": to_the[3 / 4]}
powers = {"linear": {"$p$, original and law": to_the[1]}, "sqrt": three_quarters | {"$p^{4/3}$, law": to_the[4 / 3]}}
roots = {
    "$p^{1/4}$, original for sqrt": to_the[1 / 4], "$p^{2/3}$, corrected for sqrt": to_the[2 / 3], "$p^{1/2}$, both for linear": to_the[1 / 2],
}  # fmt: skip
plotting.show(
    plotting.power_panels(
        [(f"{loss} loss", {loss: information[loss]}, lines) for loss, lines in powers.items()],
        plotting.NORMALISED_INFORMATION_LABEL, lowest=(None, 1e-3, 1e-12),
    ),
    id="R33", also=("R35", "R36", "R37", "R38"),
    caption=f"Where training was common α is {in_words(linear.mean)} (linear) and {in_words(sqrt.mean)} (sqrt); where it was rare, information stops falling. "
    "Linear encoding, all networks.",
    alt=f"Normalised information against the density on three scales: exponents {linear} (linear) and {sqrt} (sqrt) at high density, a floor at low.",
    data=plotting.power_rows(information),
)  # fmt: skip
plotting.show(
    plotting.power_panels([("", root, roots)], plotting.NORMALISED_ROOT_LABEL),
    id="R29", also=("R30", "R31"), collapsed="The root of the information",
    caption=f"√I goes as p to the {in_words(linear.mean / 2)} with the linear loss and {in_words(sqrt.mean / 2)} with sqrt. Linear encoding, all networks; lines are "
    "divided by their integrals over the angle, as the points are.",
    alt=f"Normalised root information of both losses against the density; exponents {linear / 2} (linear) and {sqrt / 2} (sqrt).",
    data=plotting.power_rows(root),
)  # fmt: skip

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["remove-input"]
conclude(
    "R33", linear.against(1),
    holds=("yes", "With the linear loss α = {alpha}: the original's $I \\propto p$ is inside."),
    excludes=("no", "With the linear loss α = {alpha}: **not** the original's $I \\propto p$."),
    undecided=("undecided", "With the linear loss α = {alpha}."),
    alpha=linear,
)  # fmt: skip
premise = theory.predicted_exponent(codes.LOSS_ORDERS["sqrt"])
conclude(
    "R37", whether(bool(np.isclose(premise, 3 / 4))),
    so=("yes", "The original's premise for sqrt does mean a slope of ¾."),
    not_so=("no", "The original's premise for sqrt means a slope of {premise}, **not** ¾; measured is {alpha}."),
    premise=premise, alpha=sqrt,
)  # fmt: skip
conclude(
    "R38", sqrt.against(3 / 4),
    holds=("yes", "That $p^{{3/4}}$ *looks really good* for sqrt is so: α = {alpha}, with ¾ inside."),
    excludes=("no", "That $p^{{3/4}}$ *looks really good* for sqrt is **not** so: α = {alpha}, without ¾."),
    undecided=("undecided", "For sqrt α = {alpha}."),
    alpha=sqrt,
)  # fmt: skip

# %% [markdown] needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]}
# ## Is the floor at low densities real?
#
# The original's information stops falling where the density is very low: is that a limit, or noise of the estimate? Below a ten-thousandth of the density's
# peak, the band of the linear loss's mean curve is held against the power that fits near the peak.

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
p = density.pdf(study.grid)
rare = (p < p.max() / 1e4) & (np.abs(study.grid) < np.pi / 2 - 0.1)  # without the margins of the range
band = study.measured("linear").band(normalised_information)
continued = band.estimate[p.argmax()] * (p / p.max()) ** linear.mean
excess = float(np.exp(np.median(np.log(band.estimate / continued)[rare])))
above = float((band.low > continued)[rare].mean())
keep("saturation_factor", excess)
keep("saturation_above_band", above)

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["remove-input"]
conclude(
    "R35", whether(above > 0.9),
    so=("yes", "Information **saturates**: at rare angles it is $10^{{{tens:.0f}}}$ times (median) what the power near the peak would leave."),
    not_so=("undecided", "Whether information saturates is open: at rare angles it is $10^{{{tens:.0f}}}$ times (median) what the power near the peak would leave, and the band reaches down to it."),
    tens=np.log10(excess),
)  # fmt: skip
conclude(
    "R36", whether(above > 0.9),
    so=("answered", "That is a **real** limit: the band lies above that power at {share:.0f}\u00a0% of these angles."),
    not_so=("answered", "That may be **noise**: the band lies above that power at {share:.0f}\u00a0% of these angles only."),
    share=100 * above,
)  # fmt: skip

# %% [markdown]
# ## Which objective does the original infer?
#
# It asks which reward $f(x)$ of $x = \sqrt I$ a code with $I \propto p$ maximises. With a budget on $\int\!x\,d\theta$, $f' \propto 1/p = 1/x^2$, so that
# $f = -1/x$. It reads this as rewarding improvement where the code is good already.

# %% tags=["hide-input"]
x = np.linspace(0.2, 4, 200)
f, gain = -1 / x, 1 / x**2
plotting.show(
    plotting.function_figure(x, {"f(x) = −1/x": f, "f′(x) = 1/x²": gain}, "root information x = √I (relative)", "f, f′"),
    id="R34", collapsed="The inferred objective and its gain",
    caption="The gain per unit of root information falls as information grows. The inferred objective f and its derivative; nothing is measured here.",
    alt=f"The objective −1/x rises ever less: its derivative falls from {gain[0]:.0f} at x = 0.2 to {gain[-1]:.2f} at x = 4.",
    data=pd.DataFrame({"x": x, "f": f, "derivative": gain}),
)  # fmt: skip

# %% tags=["remove-input"]
conclude(
    "R34", whether(bool((np.diff(gain) < 0).all())),
    so=("in part", "The objective −1/x follows, but it rewards the **opposite**: a unit of $\\sqrt I$ gains most where information is low."),
    not_so=("yes", "The objective −1/x follows, and rewards improvement where the code is good already."),
)  # fmt: skip

# %% [markdown]
# Information goes to where $p$ is high because errors there are counted more often.
#
# ## What this page does not show
#
# - Whether the *decoded* information follows the law, and what the cut on the density does: see
#   [Does the exponent give away the loss?](exponents.ipynb).
# - Exponents at people who were never seen: see [What could change a curve?](curve_checks.ipynb).
#
# ## How it was made
#
# {glue:md}`conditions:myst` Curves, points and bands are of the Wishart-corrected estimate, exponents of the unbiased one: see
# [Where is the code precise?](fisher_information.ipynb).

# %% tags=["hide-input"]
tabulate(first.settings(), "How these networks were trained", collapsed=True)

# %% needs={"encodings": ["linear"], "losses": ["linear", "sqrt"]} tags=["hide-input"]
distance, _ = study.told_apart("sqrt", "linear", normalised_information)
lines = plotting.loss_curves(study.measured(), ["linear", "sqrt"], normalised_information)
trained = {"density p": (study.grid, density.pdf(study.grid))}
plotting.show(
    plotting.curve_figure(lines, plotting.NORMALISED_INFORMATION_LABEL, references=trained),
    id="R32", collapsed="The first figure without the root",
    caption=f"Without the root the mean curves differ by {100 * distance:.0f}\u00a0% at common angles. Linear encoding; bands: 95\u00a0%, simultaneous.",
    alt=f"Normalised information along the angle: linear and sqrt loss differ by {100 * distance:.0f}\u00a0% at common angles.",
    data=plotting.curve_rows(lines, trained),
)  # fmt: skip
