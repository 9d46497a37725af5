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
# # Spikes and numerics: a finer grid, a negative information, and the algebra once more
#
# Fifty angles may step over what matters. On four times as many, are there angles where a code is suddenly precise, or an error
# suddenly small? The original analysis looked, found spikes of information, and at one angle an information below zero, which
# cannot be. This page looks again, shows how a negative information comes about, and redoes two pieces of the original's algebra:
# which objective belongs to $I \propto p^{1/3}$, and what becomes of a density that is replaced by its code's again and again.
#
# It shows results R63 to R69: linear encoding, concentrated density. The law is derived on the [theory page](theory.md); how
# information and bands are made is told on the page [Fisher information](fisher_information.ipynb); the words in use are in the
# [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd
import scipy.signal

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats, theory
from fisherkit.curves import information, mean_squared_error
from fisherkit.densities import normalised

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
grid = codes.angle_grid("linear", angles)

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
density = densities.named("concentrated", "linear")
p = density.pdf(grid)
code = fisher.embed_with_tangents(sweep.ensemble(), train.images, grid)
networks = len(sweep.select(loss=losses[0]))
roots = ("sqrt", "root4", "log")  # what R64 and R65 look at
condition = "Linear encoding, concentrated density"
shown = f"{len(train)} training faces at each of {angles} angles"
bands = f"Bands: 95 %, simultaneous, over people{' and networks' if networks > 1 else ''}."
step = grid[1] - grid[0]

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a loss, {angles} angles."
)

# %% [markdown]
# ## R63 · Which objective gives the cube root?
#
# From quart the original saw $I \propto p^{1/3}$, and asked which objective that would be. With a reward $f(x)$ for $x = \sqrt I$,
# maximised under a budget on $\int\!x\,d\theta$, the condition is $f'(x) \propto 1/p$. Here $1/p \propto I^{-3} = x^{-6}$, so that
#
# $$ f'(x) \propto x^{-6}, \qquad f(x) \propto -x^{-5} : $$
#
# a loss of order $q = 5$. That is right. A second derivation there inverted the exponent, as if $I \propto p^3$; it would mean
# $f' \propto x^{-2/3}$ and $f \propto x^{1/3}$, no loss of any order. And with a budget on $\int\!I\,d\theta$ the same exponent means
# $q = 4$, which is what the networks were trained with. One exponent does not tell a loss from a budget.

# %% tags=["remove-input"]
q = np.linspace(0, 6, 200)
lines = {f"β = {name}": np.array([theory.predicted_exponent(order, beta) for order in q])
         for name, beta in (("½", 0.5), ("1", 1.0))}  # fmt: skip
of_quart = None
if "quart" in losses:
    rows = (code.embeddings.loss == "quart").values
    of_quart = curves.exponent_of(
        curves.precision(fisher.Code(code.embeddings[rows], code.tangents[rows]), train), density
    )
plotting.show(
    plotting.function_figure(
        q, {**lines, "I ∝ p to the ⅓": np.full_like(q, 1 / 3)}, "order q of the loss", "exponent α of I ∝ $p^α$"
    ),
    id="R63",
    caption="The law's exponent against the order of the loss, for budgets on the discriminable range (β = ½) and on the information "
    "(β = 1), and the original's one third (dotted). Nothing is measured here.",
    alt="Line plot of the exponent against the order of the loss: two falling curves, and a horizontal line.",
    data=pd.DataFrame({"q": q, **lines}),
)
crossing = {beta: 2 / (1 / 3) - 2 * beta for beta in (0.5, 1.0)}
right = all(np.isclose(theory.predicted_exponent(order, beta), 1 / 3) for beta, order in crossing.items())
plotting.headline("order_of_a_cube_root", crossing[0.5])
plotting.judge(
    "R63", "yes" if right and np.isclose(crossing[0.5], 5) else "no",
    f"q = {crossing[0.5]:.0f} at β = ½, or q = {crossing[1.0]:.0f} at β = 1; the second derivation inverts the exponent",
)  # fmt: skip
if of_quart is not None:
    order = {beta: 2 / of_quart.estimate - 2 * beta for beta in (0.5, 1.0)}
    plotting.say(
        f"The dotted line is crossed at q = {crossing[0.5]:.0f} and q = {crossing[1.0]:.0f}. Measured for quart, where the density "
        f"exceeds a tenth of its peak: α = {plotting.in_words(of_quart)}"
        + (
            f", which would be read as q = {order[0.5]:.1f} at β = ½ or q = {order[1.0]:.1f} at β = 1; the loss has "
            f"q = {codes.LOSS_ORDERS['quart']:.0f}. "
            if order[1.0] > 0
            else ", which no loss of an order above zero would give at β = 1. "
        )
        + (
            ""
            if not np.isfinite(of_quart.low)
            else "One third is inside the interval."
            if of_quart.low <= 1 / 3 <= of_quart.high
            else "One third is outside the interval."
        )
    )

# %% [markdown]
# ## R64 · Errors on a fine grid
#
# A code that had learnt a few angles by heart would show narrow dips of its error. To count them, call a **spike** a place where the
# logarithm of a curve stands out of its surroundings by a factor of two or more, and is at half that height no wider than 0.1 rad.
# It is **beyond chance** where the lower end of the network's band over people, at the spike, is above the upper ends on both of its
# sides.


# %% tags=["hide-input"]
def spikes(measured_networks, sign=1, widest=0.1):
    """For each network: angles (indices) of its spikes, and which are beyond chance; ``sign`` −1 looks for dips."""
    found = []
    for k, values in enumerate(measured_networks.information.values):
        one = stats.simultaneous_band(values, measured_networks.draws[:, k])
        high, low = (one.high, one.low) if sign > 0 else (1 / one.low, 1 / one.high)
        top, about = scipy.signal.find_peaks(
            sign * np.log(values), prominence=np.log(2), width=(None, widest / step), rel_height=0.5
        )
        beyond = low[top] > np.maximum(high[about["left_bases"]], high[about["right_bases"]])
        found.append((top, beyond))
    return found


def in_counts(found):
    """Numbers of spikes, those beyond chance, and those where the density exceeds a tenth of its peak; over networks."""
    tops = np.concatenate([top for top, _ in found])
    beyond = np.concatenate([sure for _, sure in found]).astype(bool)
    return len(tops), int(beyond.sum()), int((beyond & (p[tops.astype(int)] > p.max() / 10)).sum())


precision = curves.achieved_precision(code.embeddings, train.person, seed=seed)
if not plotting.show_lacking("R64", losses=(roots, losses)):
    plotting.show_curves(
        "R64",
        plotting.loss_curves(precision, roots, mean_squared_error),
        "mean squared error (rad²)",
        logarithmic=True,
        caption=f"{condition}, sqrt, root4 and log loss, all networks; {shown}: mean squared error of the decoded angle, thin, and "
        f"its mean, thick. {bands}",
        alt="Line plot on a logarithmic axis of the mean squared error against the angle for three losses, with bands.",
    )
    # Spikes of precision are dips of the error.
    dips = {loss: in_counts(spikes(precision.select(loss=loss))) for loss in roots}
    total, sure, common = (sum(counts[part] for counts in dips.values()) for part in range(3))
    plotting.headline("error_dips_beyond_chance", sure)
    plotting.judge(
        "R64",
        "yes" if sure == 0 else "in part" if common == 0 else "no",
        f"{sure} dips beyond chance, {common} where p is high",
    )
    plotting.say(
        f"In {3 * networks} networks there are {plotting.counted(total, 'narrow dip')} of the error, {sure} of them beyond chance and "
        f"{common} of these where the density exceeds a tenth of its peak ("
        + "; ".join(f"{loss}: {counts[0]}, {counts[1]}, {counts[2]}" for loss, counts in dips.items())
        + "). "
        + (
            "So there are none, as the original says."
            if sure == 0
            else "The original saw none. Where networks were trained there is none here either; where they were not, a decoded angle "
            "crosses the truth somewhere, and the error dips."
            if common == 0
            else "The original saw none; here there **are** some, where the networks were trained too."
        )
    )

# %% [markdown]
# ## R65 and R66 · Information on a fine grid
#
# The same for the information, which the original found full of spikes: R65 for three losses, R66 for the log loss with each network
# on its own.

# %% tags=["hide-input"]
measured = curves.measured_of(code, train, seed=seed)
if not plotting.show_lacking("R65", losses=(roots, losses)):
    plotting.show_curves(
        "R65",
        plotting.loss_curves(measured, roots, information),
        plotting.INFORMATION_LABEL,
        logarithmic=True,
        caption=f"{condition}, sqrt, root4 and log loss, all networks; {shown}: information, thin, and its mean, thick. {bands}",
        alt="Line plot on a logarithmic axis of the information against the angle for three losses, with bands.",
    )
    peaks = {loss: in_counts(spikes(measured.select(loss=loss))) for loss in roots}
    total, sure, common = (sum(counts[part] for counts in peaks.values()) for part in range(3))
    plotting.headline("information_spikes_beyond_chance", sure)
    valleys = in_counts([one for loss in roots for one in spikes(measured.select(loss=loss), sign=-1, widest=0.3)])
    plotting.headline("information_dips_beyond_chance", valleys[1])
    plotting.judge(
        "R65",
        "yes" if sure else "no",
        f"{total} spikes in {3 * networks} networks, {sure} beyond chance, {common} where p is high",
    )
    plotting.say(
        f"In {3 * networks} networks there are {plotting.counted(total, 'spike')} of the information, {sure} of them beyond chance and "
        f"{common} of these where the density exceeds a tenth of its peak. "
        + (
            "So there are spikes, as the original says"
            + (
                ", but none where the networks were trained."
                if common == 0
                else ", where the networks were trained too."
            )
            if sure
            else "The original saw spikes; by this measure there are **none** that people drawn again would leave."
        )
        + f" Dips of the information, up to 0.3 rad wide, are another matter: {valleys[1]} beyond chance, {valleys[2]} of them where the "
        "density exceeds a tenth of its peak."
    )
if not plotting.show_lacking("R66", losses=("log", losses)):
    of_log = measured.select(loss="log")
    each = {
        f"replicate {k + 1}": plotting.curve_of(
            curves.Measured(of_log.information[[k]], of_log.draws[:, [k]], seed), information, colour
        )
        for k, colour in zip(range(networks), plotting.shades(networks), strict=True)
    }
    plotting.show_curves(
        "R66",
        each,
        plotting.INFORMATION_LABEL,
        logarithmic=True,
        caption=f"{condition}, log loss; {shown}: information of each network. Bands: 95 %, simultaneous, over people.",
        alt="Line plot on a logarithmic axis of the information against the angle, a line a network, with bands.",
    )
    having = [k + 1 for k, (_, beyond) in enumerate(spikes(of_log)) if beyond.any()]
    plotting.headline("log_networks_with_spikes", len(having))
    plotting.judge(
        "R66", "undecided" if networks == 1 else "yes" if len(having) == 1 else "no",
        f"spikes beyond chance in {len(having)} of {plotting.counted(networks, 'network')}",
    )  # fmt: skip
    plotting.say(
        f"Spikes beyond chance are in {len(having)} of {plotting.counted(networks, 'network')}"
        + (f" (replicate {', '.join(map(str, having))})" if 0 < len(having) < networks else "")
        + ". "
        + ("The original saw them in one of its networks. " if networks > 1 else "")
        + "Which network has them is a matter of its seed: these are other seeds than the original's."
    )

# %% [markdown]
# ## R67 · A negative information
#
# Information cannot be negative: $\mu'^\top \Sigma^{-1} \mu'$ is a square. The original got a negative value for one network of the
# log loss. It computed the covariance and its explicit inverse in single precision, which has about seven digits. If the cloud is so
# thin that its covariance's condition number comes near $10^7$, rounding decides the sign of the determinant.

# %% tags=["hide-input"]
target = "log" if "log" in losses else losses[0]


def in_single_precision(embeddings, tangents):
    """Information the original's way: covariance and its inverse, all in single precision. Also the inverse."""
    z, t = (np.asarray(array, dtype=np.float32) for array in (embeddings, tangents))
    centred = z - z.mean(axis=-2, keepdims=True)
    covariance = np.swapaxes(centred, -1, -2) @ centred / np.float32(z.shape[-2] - 1)
    inverse = np.linalg.inv(covariance)
    slope = t.mean(axis=-2)
    return np.einsum("...i,...ij,...j->...", slope, inverse, slope), covariance, inverse


single = in_single_precision(code.embeddings.values, code.tangents.values)[0]
double = fisher.linear_fisher(code.embeddings.values, code.tangents.values, correction="none")
condition_numbers = fisher.condition_number(code.embeddings.values)
real = bool((single < 0).any())
first_of_target = int(np.flatnonzero((code.embeddings.loss == target).values)[0])
if real:
    k, a = np.unravel_index(single.argmin(), single.shape)
else:
    k = first_of_target
    a = int(single[k].argmin())
cloud, tangents = code.embeddings.values[k, a], code.tangents.values[k, a]
subject = (
    f"{code.embeddings.loss.values[k]} loss, replicate {int(code.embeddings.number[k]) + 1}, θ = {grid[a]:.2f} rad"
)

# Thinner and thinner: the same cloud and tangents, squeezed along the cloud's minor axis.
centre = cloud.mean(axis=0)
axes = np.linalg.eigh(np.cov(cloud, rowvar=False))[1]
minor = np.outer(axes[:, 0], axes[:, 0])
factors = np.geomspace(1, 1e-6, 61)
squeezed = np.stack([centre + (cloud - centre) @ (np.eye(2) + (factor - 1) * minor) for factor in factors])
# In the cloud's own axes the tangents shrink alike, so that the information stays what it was.
moved = np.stack([tangents @ (np.eye(2) + (factor - 1) * minor) for factor in factors])
squeezed_single, covariances, inverses = in_single_precision(squeezed, moved)
condition_of = fisher.condition_number(squeezed)


def or_refused(embeddings, tangents):
    """The book's plug-in estimate, from what single precision left of the embeddings; nan where it is refused."""
    try:
        return float(fisher.linear_fisher(np.float32(embeddings), np.float32(tangents), correction="none"))
    except fisher.SingularCovarianceError:
        return np.nan


squeezed_double = np.array([or_refused(z, t) for z, t in zip(squeezed, moved, strict=True)])
true_value = float(double[k, a])
plotting.show(
    plotting.precision_figure(condition_of, {"single precision, inverse": squeezed_single / true_value,
                              "double precision, Cholesky": squeezed_double / true_value}),
    id="R67",
    caption=f"{condition}, {subject}: the cloud and its derivative squeezed along the cloud's minor axis, which leaves the information "
    "as it is; the estimate ÷ that of the cloud as it was, against the condition number of the covariance. Below the grey line an "
    "estimate is negative.",
    alt="Line plot of two estimates divided by the true value against the condition number on a logarithmic axis; one stays at "
    "one, the other leaves it and changes its sign.",
    data=pd.DataFrame({"condition_number": condition_of, "single": squeezed_single, "double": squeezed_double}),
)  # fmt: skip

# %% tags=["remove-input"]
negative = np.flatnonzero(squeezed_single < 0)
plotting.headline("real_negative_values", float((single < 0).sum()))
plotting.headline("largest_condition_number", condition_numbers.max())
plotting.headline("constructed_negative_values", len(negative))
refused = int(np.isnan(squeezed_double).sum())
worst = float(np.nanmax(np.abs(squeezed_double / true_value - 1)))


def in_matrix(matrix):
    """A matrix of two rows in the notation of formulas."""
    return "\\begin{pmatrix}" + " \\\\ ".join(" & ".join(f"{v:.4g}" for v in row) for row in matrix) + "\\end{pmatrix}"


plotting.say(
    f"**A real network?** Of the {single.size:,} clouds of this run the thinnest has a condition number of "
    f"{condition_numbers.max():.0f}; the original's way gives "
    + (
        f"{int((single < 0).sum())} negative values. The one shown is real: {subject}."
        if real
        else f"no negative value, and none is off by more than {np.abs(single / double - 1).max():.0e}. So the case shown is "
        f"**constructed**, from a real cloud: {subject}, the angle with the least information, squeezed."
    )
    + " "
    + (
        f"The first negative value comes at a condition number of {condition_of[negative[0]]:.1e}: there single precision has the "
        f"covariance\n\n$$ {in_matrix(covariances[negative[0]])} $$\n\nand the inverse\n\n$$ {in_matrix(inverses[negative[0]])} $$\n\n"
        f"whose diagonal is negative, as no inverse of a covariance is; the information comes out as {squeezed_single[negative[0]]:.3g} "
        f"rad⁻², where it is {true_value:.3g} rad⁻². "
        if len(negative)
        else "No squeezing made it negative here, though far off. "
    )
    + "The book's estimator, a Cholesky factor in double precision of the same single-precision embeddings, is "
    + ("**negative too**" if (squeezed_double < 0).any() else "never negative")
    + f": it stays within {100 * worst:.2g} % of the true value"
    + (
        f", and refuses the {refused} thinnest clouds with an error that names the condition number."
        if refused
        else "."
    )
)
plotting.judge(
    "R67", "yes" if real else "in part" if len(negative) else "no",
    ("in a real network" if real else "in a constructed cloud, in no real one")
    + f"; real condition numbers reach {condition_numbers.max():.0f}",
)  # fmt: skip

# %% [markdown]
# ## R68 · The clouds beside it
#
# The five angles of the grid that end at the one of R67, as they are, not squeezed.

# %% tags=["hide-input"]
last = max(a, 4)
beside = code.embeddings[k, last - 4 : last + 1]
plotting.show(
    plotting.cloud_panels(beside, level_sets=True),
    id="R68",
    caption=f"{condition}, {subject.partition(', θ')[0]}; {len(train)} training faces at each of five neighbouring angles of the grid, "
    "the last one that of R67: embeddings, mean (cross), median (circle), and the level set of the covariance at two standard "
    "deviations.",
    alt="Five scatter plots of the second output against the first, one an angle, each with an ellipse around its cloud.",
    data=plotting.cloud_rows(beside),
)

# %% tags=["remove-input"]
place = float((condition_numbers[k] < condition_numbers[k, a]).mean())
neighbours = np.log(condition_numbers[k, last - 4 : last + 1])
ordinary = 0.05 < place < 0.95
plotting.judge(
    "R68", "yes" if ordinary else "no", f"its condition number is at the {100 * place:.0f} % point of all angles"
)
plotting.say(
    f"The cloud of R67 has a condition number of {condition_numbers[k, a]:.1f}, larger than at {100 * place:.0f} % of this network's "
    f"angles; within the five, condition numbers differ by a factor of {np.exp(np.ptp(neighbours)):.1f}. "
    + (
        "It looks like any other place, as the original says."
        if ordinary
        else "By that number it is **not** like any other place. The original says that it looks like any other."
    )
)

# %% [markdown]
# ## R69 · The code's density, again and again
#
# Take the code's own density, $\sqrt I$ normalised, as the next density of training, and so on. For the linear loss, where
# $I \propto p$, the original iterated $p \leftarrow \sqrt p$, normalised, and saw it converge. The law says where to: each step
# multiplies the exponent by $\alpha/2 = 1/(q+1)$ at $\beta = ½$, so that $p_n \propto p_0^{(q+1)^{-n}}$, which becomes **uniform** for
# every $q > 0$, sooner for a larger $q$. For the log loss every density is a fixed point. The original adds that it would be instant
# with $p/I$: one step, since $p/I$ is constant where $I \propto p$.

# %% tags=["hide-input"]
hundred = codes.angle_grid("linear", 100)
start = density.pdf(hundred)
iterates = [normalised(start, hundred)]
for _ in range(9):
    iterates.append(normalised(np.sqrt(iterates[-1]), hundred))
at_once = normalised(start / start, hundred)
plotting.show(
    plotting.iteration_figure(hundred, iterates, {"p ÷ I, one step": at_once}),
    id="R69",
    caption="The iteration p ← √p, normalised, on 100 angles from the concentrated density on: ten curves, from dark to light, and "
    "what one step of p ÷ I gives for I ∝ p (dashed). Nothing is measured here.",
    alt="Line plot of ten densities against the angle, from a narrow peak to nearly flat, and a flat dashed line.",
    data=pd.DataFrame({"angle": hundred, **{f"step_{n}": line for n, line in enumerate(iterates)}}),
)


# %% tags=["remove-input"]
def distance_from_uniform(line):
    """Total variation distance of a density on the grid from the uniform one, from 0 to 1."""
    return float(np.trapezoid(np.abs(line - at_once), hundred) / 2)


def steps_until(loss):
    """Steps until the distance from uniform is below a tenth, by the law at β = ½; None where that never comes."""
    line = iterates[0]
    for n in range(200):
        if distance_from_uniform(line) < 0.1:
            return n
        line = normalised(line ** (theory.predicted_exponent(codes.LOSS_ORDERS[loss]) / 2), hundred)
    return None


apart = [distance_from_uniform(line) for line in iterates]
plotting.headline("distance_from_uniform_at_the_end", apart[-1])
converges = bool((np.diff(apart) < 0).all())
by_law = {loss: steps_until(loss) for loss in sorted(codes.LOSSES, key=codes.LOSS_ORDERS.get)}
plotting.judge(
    "R69", "yes" if converges else "no",
    f"to uniform: distance {apart[-1]:.2f} after nine steps; for log nothing moves",
)  # fmt: skip
plotting.say(
    f"The distance from the uniform density (total variation) falls from {apart[0]:.2f} to {apart[-1]:.3f} in nine steps: "
    + ("it converges, and to **uniform**. " if converges else "it does **not** converge. ")
    + "Steps until it is below a tenth, by the law: "
    + ", ".join(f"{'never' if n is None else n} ({loss})" for loss, n in by_law.items())
    + f". One step of p ÷ I leaves a distance of {distance_from_uniform(at_once):.0f}. This is algebra; whether networks that are "
    "retrained on their code's density do it is Q14, on the page [Does training on its own code converge?](fixed_point.ipynb)."
)

# %% [markdown]
# ## What this page does not show
#
# - What a finer grid than this one would find, or faces that were not learnt.
# - Whether the estimate itself is right where clouds are not normal: that takes codes whose information is known.
# - Networks that are retrained on the density that their code gives: Q14, on the page [Does training on its own code converge?](fixed_point.ipynb).
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        [
            f"- $I \\propto p^{{1/3}}$ means an order of {crossing[0.5]:.0f} at β = ½, or of {crossing[1.0]:.0f} at β = 1.",
            f"- The thinnest of {single.size:,} clouds has a condition number of {condition_numbers.max():.0f}; a negative information "
            + ("occurs." if real else "takes a cloud that no network of this run has."),
            "- Replacing a density by its code's makes it uniform, whatever the loss, but for the log.",
        ]
    )
)
