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
# # Comparing losses: which objective does a code betray?
#
# The same networks, faces and density of angles; only what is done to the error differs: nothing (*linear*), or its square
# root (*sqrt*). If the information follows a power of the density, $I \propto p^\alpha$, and the loss sets the power, then the
# code tells what it was trained for. This page draws the information of both losses against the density, and redoes the
# original's inference of an objective from it.
#
# It shows results R27 to R38 of the original analysis, for the concentrated density. The law
# $\alpha = 2/(2\beta + q)$, for a loss of order $q$ and a budget on $\int I^\beta d\theta$, is derived on the
# [theory page](theory.md); how information and bands are made is told on the page
# [Fisher information](fisher_information.ipynb); the words in use are in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, densities, experiments, plotting, theory
from fisherkit.curves import normalised_information, normalised_root

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt"]  # of linear, sqrt, square, quart, root4, log
encodings = ["linear", "circular"]  # of linear, circular, geodesic
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=encodings,
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)
grids = {encoding: codes.angle_grid(encoding, angles) for encoding in encodings}

# %% tags=["hide-input"]
train = sweep.faces.subset("train")
measured = {
    encoding: curves.measure(sweep.ensemble(encoding=encoding), train, grids[encoding], seed=seed)
    for encoding in encodings
}
pairs = ("linear", "sqrt")  # what R27 to R38 compare
networks = len(measured[encodings[0]].select(loss=losses[0]).information)
shown = f"{len(train)} training faces at each of {angles} angles"
bands = f"Bands: 95 %, simultaneous, over people{' and networks' if networks > 1 else ''}."
density = {encoding: densities.named("concentrated", codes.domain(encoding)) for encoding in encodings}


def lacking(id, encoding="linear"):
    """Say what the run lacks for a result of both losses in an encoding; whether it does."""
    return plotting.show_lacking(id, losses=(pairs, losses), encodings=(encoding, encodings))


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a condition."
    + ("" if networks > 1 else " With one network, exponents have no interval.")
)


# %% [markdown]
# ## R27 and R28 · Two losses along the angle
#
# The normalised root information of both losses with the density: R27 in the linear, R28 in the circular encoding.


# %% tags=["hide-input"]
def show_along_angle(id, encoding, transform, label, words):
    """The figure of both losses along the angle."""
    fine = np.linspace(*codes.angle_range(encoding), 400)
    plotting.show_curves(
        id,
        plotting.loss_curves(measured[encoding], pairs, transform),
        label,
        references={"p": (fine, density[encoding].pdf(fine))},
        caption=f"{encoding.capitalize()} encoding, linear and sqrt loss, concentrated density, all networks; {shown}: {words}, "
        f"thin, and its mean, thick, with the density (dashed). {bands}",
        alt=f"Line plot of the {words} against the angle for two losses, with bands, and the training density dashed.",
    )


for id, encoding in (("R27", "linear"), ("R28", "circular")):
    if not lacking(id, encoding):
        show_along_angle(id, encoding, normalised_root, plotting.NORMALISED_ROOT_LABEL, "normalised root information")


# %% tags=["remove-input"]
both = set(pairs) <= set(losses)
found = {
    (e, loss): curves.exponent(measured[e].select(loss=loss), density[e]) for e in encodings for loss in pairs if both
}
for (e, loss), value in found.items():
    if value is not None:
        plotting.headline(f"exponent_{e}_{loss}", value.estimate)
distances = {}
for e in [name for name in ("linear", "circular") if name in encodings and both]:
    between = curves.ratio_band(*(measured[e].select(loss=loss) for loss in reversed(pairs)), normalised_root)
    different = (between.low > 1) | (between.high < 1)
    common = curves.common_angles(density[e], grids[e])
    apart = float(different[common].mean())
    distance = float(np.abs(np.log(between.estimate))[common].mean())
    plotting.headline(f"distance_{e}", distance)
    distances[e] = distance
    if e == "linear":
        plotting.judge(
            "R27",
            "yes" if apart > 0 else "no",
            f"{100 * distance:.0f} % apart; the band excludes equality at {100 * apart:.0f} % of angles",
        )
    plotting.say(
        f"**{e.capitalize()} encoding.** Where the density exceeds a tenth of its peak, the two mean curves differ by "
        f"{100 * distance:.0f} % on average; the band of their ratio, with the same people and replicates drawn for both, "
        f"leaves one out at {100 * apart:.0f} % of these angles. "
        + (
            "The original finds a visible difference. "
            if e == "linear"
            else "The original finds the losses much harder to tell apart here. "
        )
        + ("There is a difference." if apart > 0 else "By that band, no difference can be told.")
    )
if set(distances) == {"linear", "circular"}:
    smaller = distances["circular"] / distances["linear"]
    plotting.judge(
        "R28",
        "yes" if smaller < 0.6 else "in part" if smaller < 1 else "no",
        f"{100 * distances['circular']:.0f} % apart, {100 * distances['linear']:.0f} % in the linear encoding",
    )
if both and "circular" in encodings:
    plotting.say(
        "Why should the circular encoding hide the loss? Its loss acts on the cosine of the angular error, and for small errors "
        "that is quadratic whatever is done to it: theory gives both losses the exponent "
        f"{theory.predicted_exponent(2.0):.2f} at β = ½. Measured: {plotting.in_words(found['circular', 'linear'])} for linear, "
        f"{plotting.in_words(found['circular', 'sqrt'])} for sqrt."
    )


# %% [markdown]
# ## R29 to R31 · Root information against density
#
# The same values of the linear encoding, now against the density at each angle: one panel a network and loss. R29 draws
# $\sqrt p$; R30 lays both losses over each other; R31 draws what the original expected ($\sqrt p$ for linear, $p^{1/4}$ for
# sqrt, dashed) and what its own premise gives once the algebra is right ($\sqrt p$ and $p^{2/3}$, solid). Every reference is
# divided by its integral over the angle, as the curves are.


# %% tags=["hide-input"]
def power(exponent):
    """The reference p^exponent, normalised."""
    return curves.power_of_density(density["linear"], exponent, grids["linear"])


def show_powers(id, panels, label, words, values, **options):
    """A figure of values against density: panels of (title, losses to values, references)."""
    plotting.show(
        plotting.power_panels(panels, label, **options),
        id=id,
        caption=f"Linear encoding, concentrated density; {shown}: {words}",
        alt="Scatter plots against the training density in panels, one colour a loss, with reference lines.",
        data=plotting.power_rows(values),
    )


halves = {"linear": 1 / 2, "sqrt": 1 / 4}
right = {loss: theory.predicted_exponent(codes.LOSS_ORDERS[loss]) / 2 for loss in pairs}
if not lacking("R29"):
    values = plotting.power_points(measured["linear"], pairs, normalised_root, density["linear"])
    single = [
        (f"{loss}, replicate {k + 1}", {loss: (p, line)}, {"√p": power(1 / 2)})
        for loss, (p, lines) in values.items()
        for k, line in enumerate(lines)
    ]
    show_powers("R29", single, plotting.NORMALISED_ROOT_LABEL, "normalised root information against the density, a panel a "
                "network and loss; line: √p, normalised.", values)  # fmt: skip
if not lacking("R30"):
    overlaid = [
        (f"replicate {k + 1}", {loss: (p, lines[k]) for loss, (p, lines) in values.items()}, {})
        for k in range(networks)
    ]
    show_powers(
        "R30", overlaid, plotting.NORMALISED_ROOT_LABEL, "as R29, both losses of a replicate in one panel.", values
    )
if not lacking("R31"):
    expected = [
        (title, line, {"original": power(halves[loss]), "corrected": power(right[loss])})
        for title, line, _ in single
        for loss in line
    ]
    show_powers("R31", expected, plotting.NORMALISED_ROOT_LABEL, "as R29, with the original's references (√p for linear, $p^{1/4}$ for "
                "sqrt; dashed) and the corrected ones (√p and $p^{2/3}$; solid), normalised.", values)  # fmt: skip

# %% tags=["remove-input"]
if both and "linear" in encodings and None not in (found["linear", "linear"], found["linear", "sqrt"]):
    sentence = []
    for loss in pairs:
        of_root = found["linear", loss].estimate / 2
        nearer = "the corrected" if abs(of_root - right[loss]) < abs(of_root - halves[loss]) else "the original's"
        verdict = "both references are the same" if halves[loss] == right[loss] else f"nearer to {nearer} reference"
        if loss == "linear":
            low, high = found["linear", loss].low / 2, found["linear", loss].high / 2
            plotting.judge(
                "R31",
                "undecided" if not np.isfinite(low) else "yes" if low <= 1 / 2 <= high else "no",
                f"√I goes as p to the {of_root:.2f} [{low:.2f}, {high:.2f}]"
                if np.isfinite(low)
                else f"p to the {of_root:.2f}",
            )
        sentence.append(
            f"**{loss}**: the root goes as $p^{{{of_root:.2f}}}$; original {halves[loss]:.2f}, corrected {right[loss]:.2f}: {verdict}"
        )
    plotting.say(
        "; ".join(sentence)
        + ". (Half the exponent of the information, fitted where the density exceeds a tenth of its peak.) The "
        "original reads √I ∝ √p for the linear loss. Its premise for sqrt, $1/p \\propto I^{-3/4}$, means $\\sqrt I \\propto "
        "p^{2/3}$: steeper than the linear loss, not flatter."
    )

# %% [markdown]
# ## R32 and R33 · The information itself
#
# Without the root the law is simpler to see: for the linear loss it says $I \propto p$.

# %% tags=["hide-input"]
if not lacking("R32"):
    show_along_angle(
        "R32", "linear", normalised_information, plotting.NORMALISED_INFORMATION_LABEL, "normalised information"
    )
if not lacking("R33"):
    of_information = plotting.power_points(measured["linear"], pairs, normalised_information, density["linear"])
    by_loss = [
        (f"{loss} loss", {loss: (np.tile(p, len(lines)), lines.ravel())}, {"p": power(1)})
        for loss, (p, lines) in of_information.items()
    ]
    show_powers("R33", by_loss, plotting.NORMALISED_INFORMATION_LABEL, "normalised information against the density, all networks; "
                "line: the identity.", of_information)  # fmt: skip

# %% tags=["remove-input"]
if both and "linear" in encodings:
    of_linear = found["linear", "linear"]
    if of_linear is not None:
        plotting.judge(
            "R33",
            "undecided" if not np.isfinite(of_linear.low) else "yes" if of_linear.low <= 1 <= of_linear.high else "no",
            f"α = {plotting.in_words(of_linear)}",
        )
    plotting.say(
        f"Exponents of the information in the linear encoding: {plotting.in_words(of_linear)} for linear, "
        f"{plotting.in_words(found['linear', 'sqrt'])} for sqrt (95 % over networks and people). "
        + (
            ""
            if of_linear is None or not np.isfinite(of_linear.low)
            else "The original reads $I \\propto p$ for the linear loss, and the interval holds 1."
            if of_linear.low <= 1 <= of_linear.high
            else "The original reads $I \\propto p$ for the linear loss; the interval does **not** hold 1 here."
        )
    )

# %% [markdown]
# ## R34 · The objective that the original infers
#
# The original calls $x = \sqrt I$ and asks which $f$, whose gain it takes the code to maximise, gives $I \propto p$. With a
# budget on $\int\!x\,d\theta$ the condition is $f'(x) \propto 1/p$, so that $f' = 1/x^2$ and $f = -1/x$.

# %% tags=["hide-input"]
x = np.linspace(0.2, 4, 200)
objective = {"f(x) = −1/x": -1 / x, "f′(x) = 1/x²": 1 / x**2}
plotting.show(
    plotting.function_figure(x, objective, "root information x = √I (relative)", "f, f′"),
    id="R34",
    caption="The inferred objective f(x) = −1/x and the gain per unit of root information, f′(x) = 1/x². Nothing is measured here.",
    alt="Line plot of the objective and of its derivative against the root information.",
    data=pd.DataFrame({"x": x, "f": objective["f(x) = −1/x"], "derivative": objective["f′(x) = 1/x²"]}),
)
falls = bool((np.diff(objective["f′(x) = 1/x²"]) < 0).all())
plotting.judge("R34", "in part" if falls else "yes", "−1/x follows, but its gain is largest where information is low")

# %% [markdown]
# The original reads this as rewarding improvement where the code is good already. It is the other way round: $f'$ falls with
# $x$, so that a unit of $\sqrt I$ gains most where information is **low**. Information goes to where $p$ is high because an
# error there is counted more often, in spite of $f$.

# %% [markdown]
# ## R35 and R36 · Low densities
#
# The values of R33 on logarithmic axes; R36 shows far lower densities. On the original's figures the information stops falling
# where the density is very low: a real limit, or noise of the estimate?

# %% tags=["hide-input"]
for id, lowest in (("R35", 1e-3), ("R36", 1e-12)):
    if not lacking(id):
        show_powers(id, by_loss, plotting.NORMALISED_INFORMATION_LABEL, "as R33, logarithmic axes"
                    + (", far lower densities." if id == "R36" else "."), of_information, lowest=lowest)  # fmt: skip

# %% tags=["remove-input"]
if both and "linear" in encodings:
    p = density["linear"].pdf(grids["linear"])
    rare = (p < p.max() / 1e4) & (np.abs(grids["linear"]) < np.pi / 2 - 0.1)
    band = measured["linear"].select(loss="linear").band(normalised_information)
    if rare.any() and found["linear", "linear"] is not None:
        at_peak = band.estimate[p.argmax()]
        law = at_peak * (p / p.max()) ** found["linear", "linear"].estimate
        excess = float(np.exp(np.median(np.log(band.estimate[rare] / law[rare]))))
        widest = float((band.high / band.low)[rare].max())
        above = float(np.mean(band.low[rare] > law[rare]))
        plotting.headline("saturation_factor", excess)
        plotting.headline("saturation_above_band", above)
        plotting.judge(
            "R35", "yes" if above > 0.9 else "undecided", f"above the power at {100 * above:.0f} % of rare angles"
        )
        plotting.judge("R36", "answered", "a real limit" if above > 0.9 else "the bands do not exclude noise")
        plotting.say(
            f"Where the density is below a ten-thousandth of its peak, the linear loss's information is $10^{{{np.log10(excess):.0f}}}$ times "
            "(median) what the power that fits near the peak would leave. The bands, over people and networks, span a factor of "
            f"{widest:.0f} at most, and their lower end is above that power at {100 * above:.0f} % of these angles. "
            + (
                "So the saturation is **real**: noise of the estimate does not make it. A network that was never trained somewhere "
                "still turns with the picture there."
                if above > 0.9
                else "So the bands do not exclude that the saturation is noise."
            )
        )

# %% [markdown]
# ## R37 and R38 · Three quarters?
#
# For sqrt, the original goes from $1/p \propto I^{-3/4}$ to a slope of ¾. On logarithmic axes it drew the line $\frac34 p$,
# which has slope 1 (R37), and then $p^{3/4}$ (R38). The premise means $I \propto p^{4/3}$.

# %% tags=["hide-input"]
if not lacking("R37"):
    p_line = power(1)
    lines = {"¾·p": (p_line[0], 0.75 * p_line[1]), "$p^{4/3}$, normalised": power(4 / 3)}
    show_powers("R37", [(title, drawn, lines) for title, drawn, _ in by_loss], plotting.NORMALISED_INFORMATION_LABEL,
                "as R35, with the original's line ¾·p (dashed) and $p^{4/3}$, normalised (solid).", of_information,
                lowest=1e-3)  # fmt: skip
if not lacking("R38"):
    lines = {"$p^{3/4}$, normalised": power(3 / 4), "$p^{4/3}$, normalised": power(4 / 3)}
    show_powers("R38", [(title, drawn, lines) for title, drawn, _ in by_loss], plotting.NORMALISED_INFORMATION_LABEL,
                "as R33, with the original's $p^{3/4}$ (dashed) and $p^{4/3}$ (solid), normalised.", of_information)  # fmt: skip

# %% tags=["remove-input"]
if both and "linear" in encodings and found["linear", "sqrt"] is not None:
    of_sqrt = found["linear", "sqrt"]
    candidates = {"p^{3/4}": 0.75, "p": 1.0, "p^{4/3}": 4 / 3}
    nearest = min(candidates, key=lambda name: abs(candidates[name] - of_sqrt.estimate))
    inside = [name for name, value in candidates.items() if of_sqrt.low <= value <= of_sqrt.high]
    plotting.judge(
        "R37",
        "no",
        f"the premise means p to the 4/3, the line drawn has slope 1; measured {plotting.in_words(of_sqrt)}",
    )
    plotting.judge(
        "R38",
        "undecided"
        if not np.isfinite(of_sqrt.low)
        else "yes"
        if "p^{3/4}" in inside
        else "in part"
        if nearest == "p^{3/4}"
        else "no",
        f"α = {plotting.in_words(of_sqrt)}",
    )
    plotting.say(
        f"The exponent of sqrt is {plotting.in_words(of_sqrt)}: nearest to ${nearest}$. "
        + (
            ""
            if not np.isfinite(of_sqrt.low)
            else f"Its interval holds {', '.join(f'${name}$' for name in inside)}. "
            if inside
            else "Its interval holds none of $p^{3/4}$, $p$ and $p^{4/3}$. "
        )
        + "The original found that $p^{3/4}$ *looks really good* for sqrt, though on the wrong side of 1. "
        + (
            "The wrong side of 1 is the finding: the embedding of networks trained with sqrt does **not** follow the law's "
            "$p^{4/3}$ here."
            if np.isfinite(of_sqrt.low) and of_sqrt.high < 4 / 3
            else "These networks do not exclude the law's $p^{4/3}$."
            if not np.isfinite(of_sqrt.low) or of_sqrt.low <= 4 / 3
            else "Here the exponent is above the law's."
        )
    )

# %% [markdown]
# ## What this page does not show
#
# - Whether the *decoded* information follows the law, how α depends on the loss, and what the cut at a tenth of the peak does:
#   see [What the code says about its objective](exponents.ipynb).
# - Exponents on people who were never seen: see [Can we trust the estimate?](estimators.ipynb).
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {e.capitalize()} encoding, {loss} loss: α = {plotting.in_words(value)}; the law says "
        f"{theory.predicted_exponent(2.0 if e == 'circular' else codes.LOSS_ORDERS[loss]):.2f} at β = ½."
        for (e, loss), value in found.items()
    )
    or "- This run lacks one of the two losses that the page compares."
)
