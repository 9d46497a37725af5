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
# # Does a finer grid find spikes?

# %% [markdown] needs={"losses": ["sqrt", "root4", "log"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R65:myst` {glue:md}`R64:myst` {glue:md}`R67:myst` {glue:md}`R63:myst`
#
# The caveat: a spike is what the rule below calls one, at least twice its surroundings and at most 0.1 rad wide, at faces that the networks were trained
# on. Once these are trained, for {glue:text}`steps:,d` steps at most, the page takes two minutes.
# :::

# %% [markdown]
# Fifty angles may step over what matters. The original looked at two hundred, found spikes of information, and at one angle an information below zero,
# which cannot be. This page looks again, and redoes two pieces of the original's algebra.

# %% tags=["remove-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, fisher, plotting, rounding, theory
from fisherkit.densities import normalised, total_variation
from fisherkit.results import conclude, how_much, keep, tabulate, whether
from fisherkit.spikes import find_spikes
from fisherkit.study import Study

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["sqrt", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 200  # angles of the fine grid
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

# %% tags=["hide-input"]
study = Study(sweep, angles=angles, seed=seed)
grid, density = study.grid, study.densities["concentrated"]
common = curves.common_angles(density, grid)
roots = ["sqrt", "root4", "log"]  # what R64 and R65 look at
keep("conditions", study.conditions())
keep("steps", sweep.preset.epochs * sweep.preset.samples // sweep.preset.batch)

# %% [markdown]
# ## Is the code suddenly precise somewhere?
#
# Call a **spike** a place where a curve stands out of its surroundings by a factor of two or more, and is at half that height (of the logarithm) no
# wider than 0.1 rad. It is **beyond chance** where the lower end of the network's band over people, at the spike, is above the upper ends at its two feet.

# %% needs={"losses": ["sqrt", "root4", "log"]} tags=["hide-input"]
measured = study.measured()
precision = curves.achieved_precision(study.code().embeddings, study.faces.person, seed=seed)


def narrow_places(measured_networks, **how):
    """Where curves of the roots' networks stand out at all, which are spikes, and which of these are common angles."""
    found = pd.concat([find_spikes(measured_networks.select(loss=loss), factor=1.01, **how) for loss in roots])
    found["spike"] = found["beyond_chance"] & (found["height"] >= 2)
    found["common"] = found["spike"] & common[np.searchsorted(grid, found["angle"])]
    return found


spikes = narrow_places(measured)
dips = narrow_places(measured, dips=True, widest=0.3)
error_dips = narrow_places(precision)  # of an error, spikes of the precision are dips
tallest = {name: max([1.0, *found["height"]]) for name, found in (("information", spikes), ("error", error_dips))}

# %% needs={"losses": ["sqrt", "root4", "log"]} tags=["hide-input"]
panels = [[loss] for loss in roots]
conditions = "Linear encoding, concentrated density, faces trained on; thin each network, thick the mean with a simultaneous 95 % band over people and networks."
plotting.show(
    plotting.loss_panels(
        precision, panels, curves.mean_squared_error, "mean squared error (rad²)", logarithmic=True, thin=True
    ),
    id="R64",
    caption=f"A place of up to 0.1 rad dips below its surroundings by a factor of {tallest['error']:.2f} at most; two would count. Mean squared error of the decoded "
    f"angle on {angles} angles. {conditions}",
    alt=f"Mean squared error against the angle on a logarithmic axis, one panel per loss; the deepest narrow dip is by a factor of {tallest['error']:.2f}.",
    data=plotting.curve_rows(plotting.loss_curves(precision, roots, curves.mean_squared_error)),
)
plotting.show(
    plotting.loss_panels(measured, panels, curves.information, plotting.INFORMATION_LABEL, logarithmic=True, thin=True),
    id="R65",
    caption=f"A place of up to 0.1 rad stands out of its surroundings by a factor of {tallest['information']:.2f} at most; two would count. Information on {angles} "
    f"angles. {conditions}",
    alt=f"Information against the angle on a logarithmic axis, one panel per loss; the tallest narrow spike is by a factor of {tallest['information']:.2f}.",
    data=plotting.curve_rows(plotting.loss_curves(measured, roots, curves.information)),
)

# %% needs={"losses": ["sqrt", "root4", "log"]} tags=["remove-input"]
counts = {"dips": int(error_dips["spike"].sum()), "common": int(error_dips["common"].sum())}
keep("error_dips_beyond_chance", counts["dips"])
conclude(
    "R64",
    how_much(error_dips[["spike", "common"]].any().mean()),
    most=(
        "no",
        "Errors **do** dip narrowly beyond chance, at {dips} places, {common} of them where training was common; the original saw none.",
    ),
    some=(
        "in part",
        "Errors dip narrowly beyond chance at {dips} places, all where training was rare; the original saw none.",
    ),
    none=("yes", "No error dips narrowly beyond chance, as the original says."),
    **counts,
)
counts = {"spikes": int(spikes["spike"].sum()), "common": int(spikes["common"].sum())}
keep("information_spikes_beyond_chance", counts["spikes"])
conclude(
    "R65",
    how_much(spikes[["spike", "common"]].any().mean()),
    most=(
        "yes",
        "The information of {networks} networks has {spikes} spikes beyond chance on {angles} angles, {common} of them where training was common.",
    ),
    some=(
        "yes",
        "The information of {networks} networks has {spikes} spikes beyond chance on {angles} angles, all where training was rare.",
    ),
    none=(
        "no",
        "On {angles} angles, the information of {networks} networks has **no** spike beyond chance; the original saw spikes.",
    ),
    networks=len(roots) * study.networks("log"),
    angles=angles,
    **counts,
)
counts = {"dips": int(dips["spike"].sum()), "common": int(dips["common"].sum())}
keep("information_dips_beyond_chance", counts["dips"])
conclude(
    "R65-dips",
    how_much(dips[["spike", "common"]].any().mean()),
    most=(
        "answered",
        "Dips of the information, up to 0.3 rad wide, are another matter: there are {dips} beyond chance, {common} of them where training was common.",
    ),
    some=(
        "answered",
        "Dips of the information, up to 0.3 rad wide, are another matter: there are {dips} beyond chance, all where training was rare.",
    ),
    none=("answered", "Nor is there a dip of the information beyond chance, up to 0.3 rad wide."),
    **counts,
)

# %% [markdown]
# The original saw spikes in one network of the log loss. Which network has them would be a matter of its seed, and these are other seeds than the
# original's.

# %% needs={"losses": ["log"]} tags=["hide-input"]
of_log = study.measured("log")
narrow = find_spikes(of_log, factor=1.01)
in_log = narrow[narrow["beyond_chance"] & (narrow["height"] >= 2)]
having, highest = in_log["replicate"].nunique(), max([1.0, *narrow["height"]])
every = {
    f"replicate {k + 1}": plotting.curve_of(of_log.select(number=k), curves.information, plotting.LOSS_COLOURS["log"])
    for k in range(study.networks("log"))
}
figure, axes = plotting.panels(len(every), sharex=True, sharey=True)
for k, (axis, (name, curve)) in enumerate(zip(axes, every.items(), strict=True)):
    axis.plot(grid, of_log.information.values.T, color="0.85", linewidth=0.6)
    axis.fill_between(grid, curve.band.low, curve.band.high, color=curve.colour, alpha=0.3, linewidth=0)
    axis.plot(grid, curve.band.estimate, color=curve.colour)
    at = in_log["angle"][in_log["replicate"] == k]
    axis.plot(at, np.interp(at, grid, curve.band.estimate), "v", color="black", markersize=6)
    axis.set(title=name, yscale="log", ylim=(of_log.information.values.min() / 2, 2 * of_log.information.values.max()))
    axis.label_outer()
figure.supxlabel(plotting.ANGLE_LABEL, fontsize="medium")
figure.supylabel(plotting.INFORMATION_LABEL, fontsize="medium")
plotting.show(
    figure,
    id="R66",
    caption=f"Of the log loss, the tallest narrow place of any network stands out by a factor of {highest:.2f}; triangles would mark spikes beyond chance. Linear "
    f"encoding, concentrated density, faces trained on: information of each network on {angles} angles with its simultaneous 95 % band over people; in grey all networks.",
    alt=f"Information against the angle on a logarithmic axis, one panel per network of the log loss; the tallest narrow spike is by a factor of {highest:.2f}.",
    data=plotting.curve_rows(every),
)

# %% needs={"losses": ["log"]} tags=["remove-input"]
keep("log_networks_with_spikes", having)
conclude(
    "R66",
    how_much({0: 0.0, 1: 0.5}.get(having, 1.0) if len(every) > 1 else np.nan),
    most=(
        "no",
        "Not one but {having} of {networks} log networks have spikes beyond chance.",
    ),
    some=("yes", "One of {networks} log networks has spikes beyond chance, as in the original."),
    none=("no", "None of the {networks} log networks has a spike beyond chance; one of the original's had."),
    undecided=("undecided", "With one network, one in several cannot be told from all."),
    having=having,
    networks=len(every),
)

# %% [markdown]
# ## How can an information be negative?
#
# It cannot: $\mu'^\top \Sigma^{-1} \mu'$ is a square. The original got a negative value for one network of the log loss. It computed the covariance and
# its explicit inverse in single precision, which has about seven digits. If a cloud is so thin that its covariance's condition number comes near $10^7$,
# rounding decides the sign of the determinant. Here a cloud and its derivative are squeezed along the cloud's minor axis, which leaves the information as
# it is: the most negative cloud of this run, or where there is none, the one with the least information of the first log network.

# %% needs={"losses": ["log"]} tags=["hide-input"]
code = study.code()
single, *_ = rounding.fisher_by_inverse(code.embeddings.values, code.tangents.values)
thickness = fisher.condition_number(code.embeddings.values)
real = bool((single < 0).any())
first_log = int((code.embeddings.loss == "log").values.argmax())
k = int(single.min(axis=1).argmin()) if real else first_log
a = int(single[k].argmin())
cloud, tangents = code.embeddings.values[k, a], code.tangents.values[k, a]
truth = float(fisher.linear_fisher(cloud, tangents, correction="none"))
thin = rounding.thinning(cloud, tangents, np.geomspace(1, 1e-6, 61))
negative = thin[thin["single"] < 0]
shown = pd.concat([negative, thin.tail(1)]).iloc[0]  # the first negative one, or the thinnest
subject = (
    f"{code.embeddings.loss.values[k]} loss, replicate {int(code.embeddings.number[k]) + 1}, θ = {grid[a]:.2f} rad"
)

# %% needs={"losses": ["log"]} tags=["hide-input"]
off = 100 * float((thin["double"] / truth - 1).abs().max())
estimates = {"single precision, inverse": thin["single"] / truth, "double precision, Cholesky": thin["double"] / truth}
plotting.show(
    plotting.precision_figure(thin["condition_number"], estimates),
    id="R67",
    caption=f"In double precision the estimate is within {off:.2g} % of the truth wherever there is one; in single precision {len(negative)} of {len(thin)} are negative. "
    f"Linear encoding, concentrated density, {subject}, squeezed: the estimate ÷ that of the cloud as it was, against the condition number of the covariance.",
    alt=f"Two estimates divided by the true value against the condition number on a logarithmic axis; {len(negative)} in single precision are negative.",
    data=thin,
)

# %% needs={"losses": ["log"]} tags=["remove-input"]
keep("real_negative_values", int((single < 0).sum()))
keep("largest_condition_number", thickness.max())
keep("constructed_negative_values", len(negative))
conclude(
    "R67",
    how_much(np.mean([real, real or len(negative) > 0])),
    most=(
        "yes",
        "Of {clouds:,d} real clouds, {negative} have a negative information in single precision, as the original saw; their condition numbers reach {thickest:,.0f}.",
    ),
    some=(
        "in part",
        "In single precision a **constructed** cloud has a negative information, squeezed to a condition number of {squeezed:.0f} million; none of {clouds:,d} real clouds does, and their condition numbers reach {thickest:,.0f} only.",
    ),
    none=(
        "no",
        "No cloud has a negative information in single precision, neither the {clouds:,d} real ones, whose condition numbers reach {thickest:,.0f}, nor one squeezed to {squeezed:.0f} million.",
    ),
    clouds=single.size,
    negative=int((single < 0).sum()),
    thickest=thickness.max(),
    squeezed=shown["condition_number"] / 1e6,
)
conclude(
    "R67-double",
    whether(bool((thin["double"].dropna() > 0).all())),
    so=(
        "answered",
        "The book's estimator, a Cholesky factor in double precision of the same single-precision embeddings, is never negative: it stays within {worst:.2g} % of the truth, and refuses clouds with a condition number above $10^{{12}}$.",
    ),
    not_so=("answered", "The book's estimator is **negative too**, and off by up to {worst:.2g} %."),
    worst=off,
)

# %% needs={"losses": ["log"]} tags=["hide-input"]
_, covariance, inverse = rounding.fisher_by_inverse(*rounding.squeeze(cloud, tangents, shown["factor"]))
entries = {"1, 1": (0, 0), "1, 2": (0, 1), "2, 2": (1, 1)}
matrices = {"covariance": (covariance, ".5f"), "inverse": (inverse, ",.0f")}
tabulate(
    pd.DataFrame(
        [{"entry": name, **{entry: format(matrix[at], digits).replace("-", "−") for entry, at in entries.items()}}
         for name, (matrix, digits) in matrices.items()]
    ),
    f"The squeezed cloud's covariance and its inverse in single precision. The diagonal of an inverse must be positive; with this one the information comes out as {shown['single']:.3g} rad⁻², where it is {truth:.3g} rad⁻².".replace("-", "−"),
)  # fmt: skip

# %% [markdown]
# The five angles of the grid that end at that cloud, as they are, not squeezed:

# %% needs={"losses": ["log"]} tags=["hide-input"]
last = max(a, 4)
beside = code.embeddings[k, last - 4 : last + 1]
place = float((thickness[k] < thickness[k, a]).mean())
plotting.show(
    plotting.cloud_panels(beside, level_sets=True),
    id="R68",
    caption=f"The last cloud's condition number, {thickness[k, a]:.1f}, is larger than at {100 * place:.0f} % of this network's angles. {subject.partition(', θ')[0].capitalize()}, faces trained on, at "
    "five neighbouring angles: embeddings, mean (cross), median (circle), and the covariance's level set at two standard deviations.",
    alt=f"Five clouds of points with ellipses, one panel per angle; the last has a condition number of {thickness[k, a]:.1f}.",
    data=plotting.cloud_rows(beside),
)

# %% needs={"losses": ["log"]} tags=["remove-input"]
conclude(
    "R68",
    whether(0.05 < place < 0.95),
    so=(
        "yes",
        "It looks like any other place, as the original says: thinner than {place:.0f} % of this network's clouds.",
    ),
    not_so=("no", "It is **not** like any other place: thinner than {place:.0f} % of this network's clouds."),
    place=100 * place,
)

# %% [markdown]
# ## Which objective gives the cube root?
#
# From quart the original saw $I \propto p^{1/3}$, and asked which objective that would be. With a reward $f(x)$ for $x = \sqrt I$, maximised under a budget
# on $\int\!x\,d\theta$, the condition is $f'(x) \propto 1/p$. Here $1/p \propto I^{-3} = x^{-6}$, so that
#
# $$ f'(x) \propto x^{-6}, \qquad f(x) \propto -x^{-5} : $$
#
# a loss of order $q = 5$. A second derivation there inverted the exponent, as if $I \propto p^3$; it would mean $f' \propto x^{-2/3}$ and
# $f \propto x^{1/3}$, no loss of any order. And with a budget on $\int\!I\,d\theta$ the same exponent means $q = 4$, with which the networks were trained. One
# exponent does not tell a loss from a budget.

# %% tags=["hide-input"]
q = np.linspace(0, 6, 200)
lines = {
    f"β = {name}": np.array([theory.predicted_exponent(order, beta) for order in q])
    for name, beta in (("½", 0.5), ("1", 1.0))
}
half, one = (2 / (1 / 3) - 2 * beta for beta in (0.5, 1.0))  # α = 2/(2β + q), solved for q
plotting.show(
    plotting.function_figure(
        q, {**lines, "α = ⅓": np.full_like(q, 1 / 3)}, "order q of the loss", "exponent α of I ∝ $p^α$"
    ),
    id="R63",
    caption=f"One third is crossed at q = {half:.0f} with a budget on the discriminable range (β = ½) and at q = {one:.0f} with one on the information (β = 1). "
    "The law's exponent against the order of the loss. Nothing is measured here.",
    alt=f"The law's exponent against the order of the loss for two budgets: falling curves that cross one third at {half:.0f} and {one:.0f}.",
    data=pd.DataFrame({"q": q, **lines}),
)
keep("order_of_a_cube_root", half)

# %% tags=["remove-input"]
conclude(
    "R63",
    whether(bool(np.isclose(theory.predicted_exponent(half, 0.5), 1 / 3) and np.isclose(half, 5))),
    so=(
        "yes",
        "The original's algebra is right: a cube root means a loss of order {half:.0f} under a budget on the discriminable range, or of {one:.0f} under one on the information.",
    ),
    not_so=("no", "The original's algebra is **wrong**: a cube root means a loss of order {half:.1f}, not 5."),
    half=half,
    one=one,
)

# %% needs={"losses": ["quart"]} tags=["remove-input"]
quart = study.exponent("quart")
conclude(
    "R63-quart",
    quart.against(1 / 3),
    holds=("answered", "Measured for quart, α = {quart}, which holds one third."),
    excludes=(
        "answered",
        "Measured for quart, α = {quart}, which excludes one third. It would be read as q = {half:.1f} at β = ½ or {one:.1f} at β = 1; the loss has 4.",
    ),
    undecided=("undecided", "Measured for quart, one network has α = {quart}."),
    quart=quart,
    half=2 / quart.mean - 1,
    one=2 / quart.mean - 2,
)

# %% [markdown]
# ## The code's density, again and again
#
# Take the code's own density, $\sqrt I$ normalised, as the next density of training, and so on. For the linear loss, where $I \propto p$, the original iterated
# $p \leftarrow \sqrt p$, normalised, and saw it converge. The law says where to: each step multiplies the exponent by $\alpha/2 = 1/(q+1)$ at $\beta = ½$, so that
# $p_n \propto p_0^{(q+1)^{-n}}$, which becomes **uniform** for every $q > 0$, sooner for a larger $q$. For the log loss every density is a fixed point. With
# $p/I$ in place of $\sqrt I$ it would be instant, as the original adds: where $I \propto p$, that is constant.

# %% tags=["hide-input"]
hundred = codes.angle_grid("linear", 100)
start, uniform = density.pdf(hundred), normalised(np.ones(100), hundred)
iterates = [normalised(start**0.5**n, hundred) for n in range(10)]
apart = [float(total_variation(line, uniform, hundred)) for line in iterates]
plotting.show(
    plotting.iteration_figure(hundred, iterates, {"p ÷ I, one step": uniform}),
    id="R69",
    caption=f"The distance from uniform (total variation) falls from {apart[0]:.2f} to {apart[-1]:.3f} in nine steps. The iteration p ← √p, normalised, from the "
    "concentrated density on: ten curves, from dark to light; dashed, one step of p ÷ I for I ∝ p. Nothing is measured here.",
    alt=f"Ten densities against the angle, from a narrow peak to nearly flat, {apart[-1]:.3f} from uniform, and a flat dashed line.",
    data=pd.DataFrame({"angle": hundred, **{f"step_{n}": line for n, line in enumerate(iterates)}}),
)

# %% tags=["remove-input"]
keep("distance_from_uniform_at_the_end", apart[-1])
conclude(
    "R69",
    whether(bool((np.diff(apart) < 0).all())),
    so=("yes", "The iteration converges, and to **uniform**: from a distance of {first} to {last:.3f} in nine steps."),
    not_so=("no", "The iteration does **not** converge: from a distance of {first} from uniform to {last:.3f}."),
    first=apart[0],
    last=apart[-1],
)

# %% tags=["hide-input"]
steps = {}
for loss in sorted(codes.LOSSES, key=codes.LOSS_ORDERS.get):
    law = (normalised(start ** (1 + codes.LOSS_ORDERS[loss]) ** -n, hundred) for n in range(200))
    near = (n for n, line in enumerate(law) if total_variation(line, uniform, hundred) < 0.1)
    steps[loss] = str(next(near, "never"))
tabulate(
    pd.DataFrame([{"loss": "steps", **steps}]),
    "Steps until the distance is below a tenth, by the law at β = ½, for each loss.",
)

# %% [markdown]
# Whether networks that are retrained on their code's density do so is question Q14, on the page
# [Does training on its own code converge?](fixed_point.ipynb).
#
# ## What this page does not show
#
# - What a still finer grid would find, or faces that were not learnt.
# - Whether the estimate itself is right where clouds are not normal: that takes [codes whose information is known](estimators.ipynb).
#
# ## How it was made
#
# {glue:md}`conditions:myst` A network is trained for {glue:text}`steps:,d` steps at most. How information and bands are made is told on the page
# [Fisher information](fisher_information.ipynb); the law is derived on the [theory page](theory.md).
