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
# On two hundred angles in place of fifty, the original found spikes of information, and once an information below zero. This page looks again, and redoes
# two pieces of its algebra.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["sqrt", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a condition; None: as many as the preset says
angles = 200  # angles of the fine grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, fisher, plotting, rounding, theory
from fisherkit.densities import normalised, total_variation
from fisherkit.results import conclude, how_much, in_words, keep, tabulate, whether
from fisherkit.spikes import find_spikes
from fisherkit.study import Study

plotting.use_style()

selected = {"encodings": ["linear"], "densities": ["concentrated"], "losses": losses}
sweep = experiments.loss_sweep(preset, faces=faces, replicates=replicates, seed=seed, **selected)

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
# Call a **spike** a place of up to 0.1 rad where a curve stands out of its surroundings by a factor of two or more. It is **beyond chance** where the network's
# band over people lies above that at both its feet. Angles are *common* where the density exceeds a tenth of its peak, else *rare*.

# %% needs={"losses": ["sqrt", "root4", "log"]} tags=["hide-input"]
measured = study.measured()
precision = curves.achieved_precision(study.code().embeddings, study.faces.person, seed=seed)


def narrow_places(of, **how):
    """Where curves of the roots' networks stand out at all, which are spikes, and which of these are at common angles."""
    found = pd.concat([find_spikes(of.select(loss=loss), factor=1.01, **how) for loss in roots])
    spike = found["beyond_chance"] & (found["height"] >= 2)
    return found.assign(spike=spike, common=spike & common[np.searchsorted(grid, found["angle"])])


places = {
    "information_spikes": narrow_places(measured),
    "information_dips": narrow_places(measured, dips=True, widest=0.3),
    "error_dips": narrow_places(precision),  # of an error, spikes of the precision are dips
}
much = {name: how_much(found[["spike", "common"]].any().mean()) for name, found in places.items()}
count = {name: found[["spike", "common"]].sum().to_dict() for name, found in places.items()}
for name in places:
    keep(f"{name}_beyond_chance", count[name]["spike"])

# %% needs={"losses": ["sqrt", "root4", "log"]} tags=["hide-input"]
figures = {
    "R64": (precision, curves.mean_squared_error, "mean squared error (rad²)", "error_dips", "dips below", "And their errors"),
    "R65": (measured, curves.information, plotting.INFORMATION_LABEL, "information_spikes", "stands out of", ""),
}  # fmt: skip
for id, (of, transform, label, name, where, collapsed) in reversed(figures.items()):
    finding = f"at most, a place of up to 0.1 rad {where} its surroundings by a factor of {max([1.0, *places[name]['height']]):.2f}"
    plotting.show(
        plotting.loss_panels(of, [[loss] for loss in roots], transform, label, logarithmic=True, thin=True),
        id=id,
        caption=f"{finding.capitalize()}; two would count. Linear encoding, concentrated density: networks thin, their mean thick, with a simultaneous 95\u00a0% band.",
        alt=f"{label.capitalize()} against the angle on a logarithmic axis, one panel per loss; {finding}.",
        data=plotting.curve_rows(plotting.loss_curves(of, roots, transform)),
        collapsed=collapsed,
    )

# %% needs={"losses": ["sqrt", "root4", "log"]} tags=["remove-input"]
conclude(
    "R65", much["information_spikes"],
    most=("yes", "On {angles} angles, information has {spike} spikes beyond chance, {common} at common angles."),
    some=("yes", "On {angles} angles, information has {spike} spikes beyond chance, all at rare angles."),
    none=("no", "On {angles} angles, the information of {networks} networks has **no** spike beyond chance; the original saw some."),
    networks=len(roots) * study.networks("log"), angles=angles, **count["information_spikes"],
)  # fmt: skip
conclude(
    "R65-dips", much["information_dips"],
    most=("answered", "Wider dips, up to 0.3 rad, are another matter: {spike} beyond chance, {common} of them at common angles."),
    some=("answered", "Wider dips, up to 0.3 rad, are another matter: {spike} beyond chance, all at rare angles."),
    none=("answered", "Nor does it dip beyond chance, up to 0.3 rad wide."),
    **count["information_dips"],
)  # fmt: skip
conclude(
    "R64", much["error_dips"],
    most=("no", "Errors **do** dip narrowly beyond chance, at {spike} places, {common} of them at common angles."),
    some=("in part", "Errors dip narrowly beyond chance at {spike} places, all at rare angles."),
    none=("yes", "No error dips narrowly beyond chance, as the original says."),
    **count["error_dips"],
)  # fmt: skip

# %% [markdown]
# The original's spikes were in one network of the log loss; which network has them would be a matter of its seed.

# %% needs={"losses": ["log"]} tags=["hide-input"]
of_log = study.measured("log")
narrow = find_spikes(of_log, factor=1.01)
having = narrow[narrow["beyond_chance"] & (narrow["height"] >= 2)]["replicate"].nunique()
tallest = f"the tallest narrow place of any network stands out by a factor of {max([1.0, *narrow['height']]):.2f}"
lines = of_log.information.values
figure, axes = plotting.panels(len(lines), sharex=True, sharey=True)
for k, axis in enumerate(axes):
    curve = plotting.curve_of(of_log.select(number=k), curves.information, plotting.LOSS_COLOURS["log"])
    axis.plot(grid, lines.T, color="0.85", linewidth=0.6)
    axis.fill_between(grid, curve.band.low, curve.band.high, color=curve.colour, alpha=0.3, linewidth=0)
    axis.plot(grid, curve.band.estimate, color=curve.colour)
    axis.set(title=f"replicate {k + 1}", yscale="log", ylim=(lines.min() / 2, 2 * lines.max()))
    axis.label_outer()
figure.supxlabel(plotting.ANGLE_LABEL, fontsize="medium")
figure.supylabel(plotting.INFORMATION_LABEL, fontsize="medium")
plotting.show(
    figure, id="R66", collapsed="The log networks, one by one",
    caption=f"Of the log loss, {tallest}; two would count. Linear encoding, concentrated density: each network with its simultaneous 95\u00a0% band over "
    "people; in grey all networks.",
    alt=f"Information against the angle on a logarithmic axis, one panel per network of the log loss; {tallest}.",
    data=pd.DataFrame({"angle": grid, **{f"replicate_{k + 1}": line for k, line in enumerate(lines)}}),
)  # fmt: skip

# %% needs={"losses": ["log"]} tags=["remove-input"]
keep("log_networks_with_spikes", having)
conclude(
    "R66", how_much({0: 0.0, 1: 0.5}.get(having, 1.0) if len(lines) > 1 else np.nan),
    most=("no", "Not one but {having} of {networks} log networks have spikes beyond chance."),
    some=("yes", "One of {networks} log networks has spikes beyond chance, as in the original."),
    none=("no", "None of the {networks} log networks has a spike beyond chance; one of the original's had."),
    undecided=("undecided", "With one network, one in several cannot be told from all."),
    having=having, networks=len(lines),
)  # fmt: skip

# %% [markdown]
# ## How can an information be negative?
#
# It cannot: $\mu'^\top \Sigma^{-1} \mu'$ is a square. The original got one from the log loss. It inverted the covariance in single precision, of about seven
# digits; near a condition number of $10^7$ rounding decides the sign. Here one cloud and its derivative are squeezed along its minor axis, which leaves the
# information as it is.

# %% needs={"losses": ["log"]} tags=["hide-input"]
code = study.code()
single, *_ = rounding.fisher_by_inverse(code.embeddings.values, code.tangents.values)
thickness = fisher.condition_number(code.embeddings.values)
real = bool((single < 0).any())
# The most negative cloud, or where there is none, the one with the least information of the first log network.
k = int(single.min(axis=1).argmin()) if real else int((code.embeddings.loss == "log").values.argmax())
a = int(single[k].argmin())
cloud, tangents = code.embeddings.values[k, a], code.tangents.values[k, a]
truth = float(fisher.linear_fisher(cloud, tangents, correction="none"))
thin = rounding.thinning(cloud, tangents, np.geomspace(1, 1e-6, 61))
negative = thin[thin["single"] < 0]
of_network = f"{code.embeddings.loss.values[k]} loss, replicate {int(code.embeddings.number[k]) + 1}"

off = 100 * float((thin["double"] / truth - 1).abs().max())
estimates = {"single precision, inverse": thin["single"] / truth, "double precision, Cholesky": thin["double"] / truth}
plotting.show(
    plotting.precision_figure(thin["condition_number"], estimates),
    id="R67",
    caption=f"In double precision the estimate is within {off:.2g}\u00a0% of the truth wherever there is one; in single precision {len(negative)} of {len(thin)} are negative. "
    f"Estimate ÷ truth against the covariance's condition number; {of_network}, θ = {in_words(float(grid[a]))} rad.",
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
    most=("yes", "In single precision {negative} of {clouds:,d} real clouds have a negative information."),
    some=("in part", "In single precision none of {clouds:,d} real clouds has a negative information; a **constructed** one has."),
    none=("no", "In single precision neither one of {clouds:,d} real clouds nor a squeezed one has a negative information."),
    clouds=single.size, negative=int((single < 0).sum()),
)  # fmt: skip

# %% [markdown] needs={"losses": ["log"]}
# Condition numbers of real clouds reach {glue:text}`largest_condition_number:.0f`.

# %% [markdown]
# The book's estimator, a Cholesky factor in double precision, refuses condition numbers above $10^{12}$.

# %% needs={"losses": ["log"]} tags=["hide-input"]
shown = pd.concat([negative, thin.tail(1)]).iloc[0]  # the first negative one, or the thinnest
_, covariance, inverse = rounding.fisher_by_inverse(*rounding.squeeze(cloud, tangents, shown["factor"]))
at = (0, 0, 1), (0, 1, 1)
digits = {
    "covariance": [in_words(x, ".5f") for x in covariance[at]],
    "inverse": [in_words(x, ",.0f") for x in inverse[at]],
}
tabulate(
    pd.DataFrame({"entry": ["1, 1", "1, 2", "2, 2"], **digits}),
    f"Covariance and inverse in single precision at a condition number of {shown['condition_number'] / 1e6:.0f} million, where the information comes out as "
    f"{in_words(float(shown['single']))}, not {truth:.2f}",
    collapsed=True,
)  # fmt: skip

last = max(a, 4)
beside = code.embeddings[k, last - 4 : last + 1]
place = float((thickness[k] < thickness[k, a]).mean())
plotting.show(
    plotting.cloud_panels(beside, level_sets=True), id="R68", collapsed="The real cloud and its neighbours",
    caption=f"The last cloud's condition number, {thickness[k, a]:.1f}, is larger than at {100 * place:.0f}\u00a0% of this network's angles. "
    f"{of_network.capitalize()}, at five neighbouring angles: embeddings, mean (cross), median (circle), and the covariance's level set at two standard deviations.",
    alt=f"Five clouds of points with ellipses, one panel per angle; the last has a condition number of {thickness[k, a]:.1f}.",
    data=plotting.cloud_rows(beside),
)  # fmt: skip

# %% needs={"losses": ["log"]} tags=["remove-input"]
conclude(
    "R68", whether(0.05 < place < 0.95),
    so=("yes", "Before it is squeezed, the cloud is like any other, as the original says: thinner than {place:.0f}\u00a0% of its network's clouds."),
    not_so=("no", "Even before it is squeezed, the cloud is **not** like any other: thinner than {place:.0f}\u00a0% of its network's clouds."),
    place=100 * place,
)  # fmt: skip

# %% [markdown]
# ## Which objective gives the cube root?
#
# From quart the original saw $I \propto p^{1/3}$. Which objective would that be? Under a budget on $\int\!x\,d\theta$, with $x = \sqrt I$, a reward $f(x)$ must have
# $f'(x) \propto 1/p$. Here $1/p \propto I^{-3} = x^{-6}$, so that $f(x) \propto -x^{-5}$: a loss of order $q = 5$. (A second derivation there inverted the
# exponent.) With a budget on $\int\!I\,d\theta$ the same exponent means $q = 4$, with which the networks were trained.

# %% tags=["hide-input"]
q = np.linspace(0, 6, 200)
lines = {
    name: [theory.predicted_exponent(order, beta) for order in q] for name, beta in (("β = ½", 0.5), ("β = 1", 1.0))
}
half, one = (2 / (1 / 3) - 2 * beta for beta in (0.5, 1.0))  # α = 2/(2β + q), solved for q
plotting.show(
    plotting.function_figure(q, {**lines, "α = ⅓": np.full_like(q, 1 / 3)}, "order q of the loss", "exponent α of I ∝ $p^α$"),
    id="R63", collapsed="The law's exponent, by order and budget",
    caption=f"One third is crossed at q = {half:.0f} with a budget on the discriminable range (β = ½) and at q = {one:.0f} with one on the information (β = 1). "
    "The law's exponent; nothing is measured here.",
    alt=f"The law's exponent against the order of the loss for two budgets: falling curves that cross one third at {half:.0f} and {one:.0f}.",
    data=pd.DataFrame({"q": q, **lines}),
)  # fmt: skip
keep("order_of_a_cube_root", half)

# %% tags=["remove-input"]
conclude(
    "R63", whether(bool(np.isclose(theory.predicted_exponent(half, 0.5), 1 / 3) and np.isclose(half, 5))),
    so=("yes", "The original's algebra is right: a cube root means a loss of order {half:.0f}, or {one:.0f} where β = 1."),
    not_so=("no", "The original's algebra is **wrong**: a cube root means a loss of order {half:.1f}, not 5."),
    half=half, one=one,
)  # fmt: skip

# %% needs={"losses": ["quart"]} tags=["remove-input"]
quart = study.exponent("quart")
conclude(
    "R63-quart", quart.against(1 / 3),
    holds=("answered", "Measured for quart, α = {quart}, which holds one third."),
    excludes=("answered", "Measured for quart, α = {quart}, which excludes one third."),
    undecided=("undecided", "Measured for quart, one network has α = {quart}."),
    quart=quart,
)  # fmt: skip

# %% [markdown]
# ## The code's density, again and again
#
# Take the code's own density, $\sqrt I$ normalised, as the next density of training, and so on. For the linear loss, where $I \propto p$, the original
# iterated $p \leftarrow \sqrt p$ and saw it converge. By the [law](theory.md) all becomes **uniform** for every $q > 0$; for the log loss every density is a
# fixed point. With $p/I$ in place of $\sqrt I$ it would be instant, as the original adds.

# %% tags=["hide-input"]
hundred = codes.angle_grid("linear", 100)
start, uniform = density.pdf(hundred), normalised(np.ones(100), hundred)
iterates = [normalised(start**0.5**n, hundred) for n in range(10)]
apart = [float(total_variation(line, uniform, hundred)) for line in iterates]
plotting.show(
    plotting.iteration_figure(hundred, iterates, {"p ÷ I, one step": uniform}), id="R69",
    caption=f"The distance from uniform (total variation) falls from {apart[0]:.2f} to {apart[-1]:.3f} in nine steps. Ten curves of p ← √p, normalised, from dark "
    "to light; dashed, one step of p ÷ I for I ∝ p. Nothing is measured here.",
    alt=f"Ten densities against the angle, from a narrow peak to nearly flat, {apart[-1]:.3f} from uniform, and a flat dashed line.",
    data=pd.DataFrame({"angle": hundred, **{f"step_{n}": line for n, line in enumerate(iterates)}}),
)  # fmt: skip

steps = {}
for loss in sorted(codes.LOSSES, key=codes.LOSS_ORDERS.get):
    law = (normalised(start ** (1 + codes.LOSS_ORDERS[loss]) ** -n, hundred) for n in range(200))
    near = (n for n, line in enumerate(law) if total_variation(line, uniform, hundred) < 0.1)
    steps[loss] = str(next(near, "never"))
tabulate(
    pd.DataFrame([{"loss": "steps", **steps}]),
    "Steps until the distance is below a tenth, by loss (law at β = ½)",
    collapsed=True,
)

# %% tags=["remove-input"]
keep("distance_from_uniform_at_the_end", apart[-1])
conclude(
    "R69", whether(bool((np.diff(apart) < 0).all())),
    so=("yes", "The iteration converges, and to **uniform**: from a distance of {first} to {last:.3f} in nine steps."),
    not_so=("no", "The iteration does **not** converge: from a distance of {first} from uniform to {last:.3f}."),
    first=apart[0], last=apart[-1],
)  # fmt: skip

# %% [markdown]
# Whether retrained networks do so is question Q14.
#
# ## What this page does not show
#
# - What a still finer grid would find, faces that were not learnt, or the original's seeds.
# - Whether the estimate is right where clouds are not normal: see [Can the estimate be trusted?](estimators.ipynb).
#
# ## How it was made
#
# {glue:md}`conditions:myst` Information and bands are explained on the page [Where is the code precise?](fisher_information.ipynb).
