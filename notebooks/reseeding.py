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
# # Would other seeds say the same?
#
# Every network of the book is drawn from one seed: its first weights, its samples and their order. Intervals over replicates say how far
# a result could be from one set of networks to another, if the replicates are what they are taken for. This page tries it: it trains six losses anew from
# other seeds, which have nothing in common with the book's, and asks of each conclusion in the [summary of the introduction](intro.md) whether its sign
# stays. The photographs, and who of the people is seen in training, are the same for all seeds.

# %% tags=["remove-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, curves, densities, estimators, experiments, fisher, plotting, stats
from fisherkit.results import keep_finding

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
seeds = [0, 1]  # at least two; each has networks of its own
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid

# %% tags=["sweep", "hide-input"]
sweeps = {
    seed: experiments.loss_sweep(
        preset,
        faces=faces,
        encodings=["linear"],
        densities=["concentrated"],
        replicates=replicates,
        seed=seed,
    )
    for seed in seeds
}

# %% tags=["hide-input"]
if len(sweeps) < 2:
    raise ValueError(f"seeds must name at least two seeds, such as [0, 1]; got {seeds}")
grid = codes.angle_grid("linear", angles)
concentrated = densities.named("concentrated", "linear")
near = concentrated.pdf(grid) > 0.5 * concentrated.pdf(grid).max()
order = {loss: codes.LOSS_ORDERS[loss] for loss in sorted(codes.LOSSES, key=codes.LOSS_ORDERS.get)}
any_sweep = sweeps[seeds[0]]
train = any_sweep.faces.subset("train")
strangers = any_sweep.faces.subset("validation", "test")
networks = len(any_sweep.select(loss="linear"))
several = networks > 1


def wishart(code, faces, loss, number):
    """A number made of the positive estimate of the information along the angle, of one loss's networks."""
    mine = code.embeddings["loss"].values == loss
    z, t = code.embeddings.values[mine], code.tangents.values[mine]
    whole = estimators.linear_fisher(z, t, correction="wishart", person=faces.person)
    left = estimators.linear_fisher_without(z, t, faces.person, correction="wishart")
    return stats.Estimate(number(whole), {curves.label_of(faces): number(left)})


def numbers_of(sweep):
    """What the conclusions are about: estimates by name and loss."""
    found = {}
    codes_of = {}
    for name, faces in (("seen", train), ("unseen", strangers)):
        code = codes_of[name] = fisher.embed_with_tangents(sweep.ensemble(), faces.images, grid)
        precision = curves.precision(code, faces)
        for loss in order:
            fit = found[f"alpha {name}", loss] = curves.exponent_of(precision.select(loss=loss), concentrated)
            if fit is None:
                raise ValueError(f"{angles} angles are too few for an exponent; ask for more")
        found[f"near {name}", "linear"] = wishart(code, faces, "linear", lambda of: of[..., near].mean(axis=-1))
    for loss in order:
        found["log range", loss] = wishart(
            codes_of["seen"], train, loss, lambda of: np.log(np.trapezoid(np.sqrt(of), grid, axis=-1))
        )
    return found


numbers = {seed: numbers_of(sweep) for seed, sweep in sweeps.items()}


def order_of(found, name):
    """Ranks of the losses' exponents against their orders."""
    return stats.order_test([found[name, loss] for loss in order], list(order.values()))


def range_apart(found):
    """Log of the largest ÷ the smallest ∫√I among the losses, less log 1.5."""
    ranges = [found["log range", loss] for loss in order]
    return max(ranges, key=lambda one: one.mean) - min(ranges, key=lambda one: one.mean) - np.log(1.5)


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {any_sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{any_sweep.preset.name}*, linear encoding, concentrated "
    f"density, six losses, seeds {', '.join(map(str, seeds))}, {plotting.counted(networks, 'network')} of each loss and seed. All exponents are of the primary precision, the "
    "embedding's information. Independent units are replicates, with one network a loss, and people; intervals are 95 %, over both."
    + ("" if several else " With one replicate there are none.")
)

# %% [markdown]
# ## The conclusions
#
# Each conclusion is a number that is positive where it holds. How the numbers are measured is told on the pages
# [What the code says about its objective](exponents.ipynb), [Totals and errors](loss_comparison_errors.ipynb) and
# [Can we trust the estimate?](estimators.ipynb). For the order of the losses the number is −τ, Kendall's rank correlation of exponents and orders,
# with the p of all ways to deal exponents to losses in place of an interval.

# %% tags=["hide-input"]
CONCLUSIONS = {
    "The code is most precise where training was most frequent": (
        "α of the linear loss",
        lambda found: found["alpha seen", "linear"],
    ),
    "Precision rises less than the density where the loss is the error itself": (
        "1 − α of the linear loss",
        lambda found: 1 - found["alpha seen", "linear"],
    ),
    "The logarithm of the error makes a steeper code than the error": (
        "α of log − α of linear",
        lambda found: found["alpha seen", "log"] - found["alpha seen", "linear"],
    ),
    "The fourth power of the error makes a flatter code than the error": (
        "α of linear − α of quart",
        lambda found: found["alpha seen", "linear"] - found["alpha seen", "quart"],
    ),
    "The higher the order of the loss, the smaller the exponent": (
        "−τ of exponents against orders",
        lambda found: order_of(found, "alpha seen"),
    ),
    "Losses share no budget on the discriminable range": (
        "log of largest ÷ smallest ∫√I among the losses, less log 1.5",
        range_apart,
    ),
    "The code of people never seen is less precise": (
        "1 − their share of the information near the peak, linear loss",
        lambda found: 1 - found["near unseen", "linear"] / found["near seen", "linear"],
    ),
    "For people never seen, precision rises less with the density": (
        "α of the linear loss − that at people never seen",
        lambda found: found["alpha seen", "linear"] - found["alpha unseen", "linear"],
    ),
    "For people never seen, the fourth power flattens the code less, or not at all": (
        "(α of linear − α of quart) − the same at people never seen",
        lambda found: (
            (found["alpha seen", "linear"] - found["alpha seen", "quart"])
            - (found["alpha unseen", "linear"] - found["alpha unseen", "quart"])
        ),
    ),
}


def of_conclusion(found):
    """The number of a conclusion, in words, and how it lies to zero."""
    if isinstance(found, stats.OrderTest):
        side = "open" if found.pvalue >= 0.05 else "above" if found.tau < 0 else "below"
        return -found.tau, f"{-found.tau:.2f} (p = {found.pvalue:.2g})".replace("-", "−"), side
    return found.mean, str(found), found.side()


measured = {(name, seed): measure(numbers[seed]) for name, (_, measure) in CONCLUSIONS.items() for seed in seeds}
rows = pd.DataFrame(
    [
        {"row": f"{number}. seed {seed}", "conclusion": name, "kind": str(seed), "estimate": of_conclusion(found)[0],
         "low": getattr(found, "low", -np.inf), "high": getattr(found, "high", np.inf)}
        for number, name in enumerate(CONCLUSIONS, 1) for seed in seeds for found in [measured[name, seed]]
    ]
)  # fmt: skip
colours = dict(zip(map(str, seeds), plotting.shades(len(seeds) + 1), strict=False))
plotting.show(
    plotting.interval_rows(rows, "number that is positive where the conclusion holds", colours, marks={0: "none"}),
    id="conclusions",
    caption=f"Linear encoding, concentrated density, six losses, {plotting.counted(networks, 'replicate')} of each seed; {len(train)} training faces at each of {angles} angles: the "
    "number of each conclusion, in the order of the table below, a row a seed." + (" Bars: 95 % over replicates and people." if several else ""),
    alt="Points with intervals, a row a conclusion and seed, with a dashed line at zero.",
    data=rows.drop(columns=["row", "kind"]),
)  # fmt: skip

# %% tags=["remove-input"]
verdicts, table = {}, []
for number, (name, (what, _)) in enumerate(CONCLUSIONS.items(), 1):
    means, words, sides = zip(*(of_conclusion(measured[name, seed]) for seed in seeds), strict=True)
    signs = {mean > 0 for mean in means}
    verdict = "changes sign" if len(signs) > 1 else "fails for every seed" if signs == {False} else "holds"
    if verdict == "holds" and several and set(sides) != {"above"}:
        verdict = "holds, but within chance"
    verdicts[name] = verdict
    table.append(f"| {number} | {name} | {what} | {' | '.join(words)} | {verdict} |")
    keep_finding(name, what=what, measured=words[0], verdict=verdict)
turned = [name for name, verdict in verdicts.items() if verdict == "changes sign"]
failed = [name for name, verdict in verdicts.items() if verdict == "fails for every seed"]
unsure = [name for name, verdict in verdicts.items() if "chance" in verdict]
plotting.headline("conclusions_that_change_sign", len(turned))
plotting.headline("conclusions_that_fail", len(failed))
plotting.headline("conclusions_that_hold", len(CONCLUSIONS) - len(turned) - len(failed))
plotting.say(
    "| | conclusion | number | "
    + " | ".join(f"seed {seed}" for seed in seeds)
    + " | |\n|---|---|---|"
    + "---|" * (len(seeds) + 1)
    + "\n"
    + "\n".join(table)
    + "\n\n"
    + (f"**{len(turned)} of {len(CONCLUSIONS)} change sign**: {'; '.join(turned)}. " if turned else f"**None of {len(CONCLUSIONS)} conclusions changes sign.** ")
    + (f"{len(failed)} fail for every seed: {'; '.join(failed)}. " if failed else "")
    + (f"Zero is within chance, for one seed at least, in: {'; '.join(unsure)}. " if unsure else "")
    + "What would overturn a conclusion: a seed, or a set of people, with the other sign."
)  # fmt: skip

# %% tags=["remove-input"]
plotting.say(
    "Exponents at people never seen, by the primary precision:\n\n"
    + f"| | {' | '.join(order)} | τ | p |\n|{'---|' * (len(order) + 3)}\n"
    + "\n".join(
        f"| seed {seed} | {' | '.join(str(numbers[seed]['alpha unseen', loss]) for loss in order)} | "
        + f"{ranks.tau:.2f} | {ranks.pvalue:.2g} |".replace("-", "−")
        for seed in seeds
        for ranks in [order_of(numbers[seed], "alpha unseen")]
    )
    + "\n\nThere quart − linear is "
    + ", ".join(
        f"{numbers[seed]['alpha unseen', 'quart'] - numbers[seed]['alpha unseen', 'linear']} (seed {seed})"
        for seed in seeds
    )
    + f": above zero the fourth power makes the *steeper* code. They are {len(set(strangers.person.tolist()))} people. Whether it is they, or how far training came, that sets another order there is asked on the "
    "page [What the result owes to faces, size and data](generality.ipynb)."
)

# %% [markdown]
# ## The law's line
#
# Not among these conclusions is whether $1/\alpha$ is a straight line in the order of the loss, and whether its slope is the law's one half.

# %% tags=["remove-input"]
for seed in seeds:
    if all(numbers[seed]["alpha seen", loss].mean > 0 for loss in order):
        line = stats.fit_order_line([numbers[seed]["alpha seen", loss] for loss in order], list(order.values()))
        said = (
            "no lack of fit is known from one network a loss"
            if line.adequate is None
            else f"χ² = {line.chi_squared:.1f} on {line.freedom} degrees of freedom, p = {line.pvalue:.2g}: "
            + (
                f"a line is not rejected; slope {line.slope}, which {line.slope.against(0.5)} one half"
                if line.adequate
                else "a line is **rejected**, and its slope not interpreted"
            )
        )
    else:
        said = "an exponent is not positive and has no inverse: no line"
    plotting.say(f"- Seed {seed}: {said}.")

# %% [markdown]
# ## Do the intervals keep their word?
#
# If replicates are what they are taken for, two seeds differ by no more than their intervals say. For each number of the table, the difference of two
# seeds with its interval: their networks have nothing in common, and the people, who are the same, largely cancel. (Ranks have no standard error.)

# %% tags=["remove-input"]
if not several:
    plotting.say("With one replicate a seed, nothing says how far two seeds may differ.")
else:
    first, second = seeds[:2]
    compared = {
        name: measured[name, first].minus(measured[name, second], paired=False)
        for name in CONCLUSIONS
        if isinstance(measured[name, first], stats.Estimate)
    }
    smallest = min(compared, key=lambda name: compared[name].pvalue())
    corrected = min(1.0, len(compared) * compared[smallest].pvalue())
    plotting.headline("smallest_corrected_p", corrected)
    plotting.say(
        f"| conclusion | seed {first} − seed {second} | p |\n|---|---|---|\n"
        + "\n".join(f"| {name} | {difference} | {difference.pvalue():.2g} |" for name, difference in compared.items())
        + f"\n\nSeeds {first} and {second} differ most in *{smallest.lower()}*; corrected for {len(compared)} comparisons (Bonferroni) p = {corrected:.2g}. "
        + (
            "So these seeds differ **more** than their replicates say. Replicates of one seed share nothing but the photographs, each has weights, samples and an order of its "
            "own, so that this should be chance; if another pair of seeds did it again, intervals over replicates would be too short."
            if corrected < 0.05
            else "So seeds differ no more than their replicates say."
        )
        + " The numbers of the table share their networks, so these are not independent tests."
    )  # fmt: skip

# %% [markdown]
# ## What this page does not show
#
# - Other people: all seeds share the photographs and their division, which a seed does not touch. Intervals reckon with people drawn again, as
#   far as so few tell.
# - The circular encoding, the uniform density, finetuning and the binned densities.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    f"- {len(CONCLUSIONS) - len(turned) - len(failed)} of {len(CONCLUSIONS)} conclusions have their sign with every seed, "
    f"{len(CONCLUSIONS) - len(turned) - len(failed) - len(unsure)} of them beyond chance."
    + (f" Within chance: {'; '.join(unsure)}." if unsure else "")
    + (f" Not so: {'; '.join(turned + failed)}." if turned or failed else "")
)
