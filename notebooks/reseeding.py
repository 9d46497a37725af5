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
import scipy.stats

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats

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
strangers = np.concatenate([any_sweep.faces.subset(name).images for name in ("validation", "test")])
networks = len(any_sweep.select(loss="linear"))
several = networks > 1


def numbers_of(sweep):
    """What the conclusions are about, of each replicate: arrays (networks,) by name and loss."""
    code = fisher.embed_with_tangents(sweep.ensemble(), train.images, grid)
    information = fisher.information(code, estimator="wishart")
    scale = curves.error_precision(code.embeddings, order=0)
    unseen = fisher.fisher_curve(sweep.ensemble(loss="linear"), strangers, grid, estimator="wishart").values
    found = {}
    for loss in order:
        mine = (information["loss"] == loss).values
        for name, values in (("alpha", information), ("scale", scale)):
            fit = curves.exponent_of(values[mine], concentrated)
            if fit is None:
                raise ValueError(f"{angles} angles are too few for an exponent; ask for more")
            found[name, loss] = fit.per_replicate
        found["range", loss] = np.trapezoid(np.sqrt(information[mine].values), grid)
    seen = information[(information["loss"] == "linear").values].values
    found["share", "linear"] = unseen[:, near].mean(axis=1) / seen[:, near].mean(axis=1)
    return found


numbers = {seed: numbers_of(sweep) for seed, sweep in sweeps.items()}


def slopes(found):
    """Slope of the line of 1/α of the error scale against the order of the loss, of each replicate."""
    return stats.fit_order_line([stats.Estimate(found["scale", loss]) for loss in order], list(order.values())).slope.values


# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {any_sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{any_sweep.preset.name}*, linear encoding, concentrated "
    f"density, six losses, seeds {', '.join(map(str, seeds))}, {plotting.counted(networks, 'network')} of each loss and seed. A replicate, with one network a loss, is the "
    "independent unit, and intervals are 95 %, over replicates." + ("" if several else " With one there are none.")
)

# %% [markdown]
# ## The conclusions
#
# Each conclusion is a number that is positive where it holds. How the numbers are measured is told on the pages
# [What the code says about its objective](exponents.ipynb), [Totals and errors](loss_comparison_errors.ipynb) and
# [Can we trust the estimate?](estimators.ipynb).

# %% tags=["hide-input"]
CONCLUSIONS = {
    "The code is most precise where training was most frequent": (
        "α of the linear loss",
        lambda found: found["alpha", "linear"],
    ),
    "Precision rises less than the density where the loss is the error itself": (
        "1 − α of the linear loss",
        lambda found: 1 - found["alpha", "linear"],
    ),
    "The logarithm of the error makes a steeper code than the error": (
        "α of log − α of linear",
        lambda found: found["alpha", "log"] - found["alpha", "linear"],
    ),
    "The fourth power of the error makes a flatter code than the error": (
        "α of linear − α of quart",
        lambda found: found["alpha", "linear"] - found["alpha", "quart"],
    ),
    "The higher the order of the loss, the smaller the exponent": (
        "slope of 1/α of the error scale against q",
        lambda found: slopes(found),
    ),
    "Losses share no budget on the discriminable range": (
        "log of largest ÷ smallest ∫√I among the losses, less log 1.5",
        lambda found: (
            np.log(np.max([found["range", loss] for loss in order], axis=0))
            - np.log(np.min([found["range", loss] for loss in order], axis=0))
            - np.log(1.5)
        ),
    ),
    "The code of people never seen is less precise": (
        "1 − their share of the information near the peak, linear loss",
        lambda found: 1 - found["share", "linear"],
    ),
}
measured = {(name, seed): measure(numbers[seed]) for name, (_, measure) in CONCLUSIONS.items() for seed in seeds}
rows = pd.DataFrame(
    [
        {"row": f"{number}. seed {seed}", "conclusion": name, "kind": str(seed),
         **dict(zip(("estimate", "low", "high"), stats.mean_interval(measured[name, seed]), strict=True))}
        for number, name in enumerate(CONCLUSIONS, 1) for seed in seeds
    ]
)  # fmt: skip
colours = dict(zip(map(str, seeds), plotting.shades(len(seeds) + 1), strict=False))
plotting.show(
    plotting.interval_rows(rows, "number that is positive where the conclusion holds", colours, marks={0: "none"}),
    id="conclusions",
    caption=f"Linear encoding, concentrated density, six losses, {plotting.counted(networks, 'replicate')} of each seed; {len(train)} training faces at each of {angles} angles: the "
    "number of each conclusion, in the order of the table below, a row a seed." + (" Bars: 95 % over replicates." if several else ""),
    alt="Points with intervals, a row a conclusion and seed, with a dashed line at zero.",
    data=rows.drop(columns=["row", "kind"]),
)  # fmt: skip

# %% tags=["remove-input"]
verdicts, table = {}, []
for number, (name, (what, _)) in enumerate(CONCLUSIONS.items(), 1):
    found = [measured[name, seed] for seed in seeds]
    signs = {bool(values.mean() > 0) for values in found}
    lows = [stats.mean_interval(values)[1] for values in found]
    verdict = "changes sign" if len(signs) > 1 else "fails for every seed" if signs == {False} else "holds"
    if verdict == "holds" and several and min(lows) <= 0:
        verdict = "holds, but an interval holds zero"
    verdicts[name] = verdict
    table.append(f"| {number} | {name} | {what} | " + " | ".join(map(plotting.mean_in_words, found)) + f" | {verdict} |")  # fmt: skip
turned = [name for name, verdict in verdicts.items() if verdict == "changes sign"]
failed = [name for name, verdict in verdicts.items() if verdict == "fails for every seed"]
unsure = [name for name, verdict in verdicts.items() if "zero" in verdict]
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
    + (f"An interval holds zero for: {'; '.join(unsure)}. " if unsure else "")
    + "What would overturn a conclusion: a seed, or a set of people, with the other sign."
)  # fmt: skip

# %% [markdown]
# ## The law's slope
#
# Not among these conclusions is whether the slope of $1/\alpha$ against the order of the loss is the law's one half: the page
# [What the code says about its objective](exponents.ipynb) has an interval for it, from networks of one seed.

# %% tags=["remove-input"]
lines = {seed: slopes(numbers[seed]) for seed in seeds}
intervals = {seed: stats.mean_interval(found) for seed, found in lines.items()}
inside = {seed: low <= 0.5 <= high for seed, (_, low, high) in intervals.items()}
all_lines = np.concatenate(list(lines.values()))
for seed, found in lines.items():
    plotting.headline(f"slope_seed_{seed}", found.mean())
if several:
    mean, low, high = stats.mean_interval(all_lines)
    plotting.say(
        "By the error scale the slope is "
        + ", ".join(f"{plotting.mean_in_words(found)} for seed {seed}" for seed, found in lines.items())
        + f", and {plotting.mean_in_words(all_lines)} for all replicates together. "
        + (
            "All of these intervals hold one half."
            if all(inside.values())
            else "None of the seeds' intervals holds one half."
            if not any(inside.values())
            else "**The seeds disagree** on whether one half is inside: what one of them excludes another does not, so that networks of one seed are not enough to refute the law's slope."
        )
        + (" The joint interval holds it." if low <= 0.5 <= high else " The joint interval excludes it.")
    )

# %% [markdown]
# ## Do the intervals keep their word?
#
# If replicates are what they are taken for, two seeds differ by no more than their intervals say. For each number of the table the difference of two
# seeds, in units of its standard error (Welch's $t$): it should lie beyond 2.5 or so in few of them.

# %% tags=["remove-input"]
if not several:
    plotting.say("With one replicate a seed, nothing says how far two seeds may differ.")
else:
    first, second = seeds[:2]
    compared = {
        name: scipy.stats.ttest_ind(measured[name, first], measured[name, second], equal_var=False)
        for name in CONCLUSIONS
    }
    smallest = min(compared, key=lambda name: compared[name].pvalue)
    corrected = min(1.0, len(compared) * compared[smallest].pvalue)
    plotting.headline("smallest_corrected_p", corrected)
    plotting.say(
        "| conclusion | t | p |\n|---|---|---|\n"
        + "\n".join(f"| {name} | {test.statistic:.2f} | {test.pvalue:.2g} |" for name, test in compared.items())
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
# - Other people: all seeds share the photographs and their division, which a seed does not touch.
# - The circular encoding, the uniform density, finetuning and the binned densities.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    f"- {len(CONCLUSIONS) - len(turned) - len(failed)} of {len(CONCLUSIONS)} conclusions have their sign with every seed."
    + (f" Not so: {'; '.join(turned + failed)}." if turned or failed else "")
)
