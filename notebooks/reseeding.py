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
# # Would other seeds say the same?
#
# :::{admonition} The answer
# :class: answer
# {glue:md}`conclusions:myst` {glue:md}`seeds:myst`
#
# With seed {glue:text}`first_seed` α is {glue:text}`alpha_log` for the log loss, {glue:text}`alpha_linear` for the linear and
# {glue:text}`alpha_quart` for the quartic one, at faces trained on.
#
# The caveat: all seeds share the photographs, and who of the people was trained on. Only {glue:text}`people_unseen` people were never seen.
# Once its {glue:text}`networks_read` networks are trained, the page takes a minute or two.
# :::
#
# Every network of the book is drawn from one seed: its first weights, its samples and their order. If replicates are what they are taken for,
# intervals over them say how far another set of networks could be. This page tries it: it trains six losses anew from other seeds and asks of
# each [finding](findings.md) whether its sign stays.

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
seeds = [0, 1]  # at least two; each has networks of its own
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid

# %% tags=["sweep", "hide-input"]
import itertools
import textwrap

import numpy as np
import pandas as pd

from fisherkit import curves, experiments, plotting, stats
from fisherkit.checks import check_counts
from fisherkit.estimate import surest
from fisherkit.results import as_rows, conclude, how_much, keep, keep_finding, p_in_words, replicated, tabulate, whether
from fisherkit.shape import discriminable_range
from fisherkit.study import Study, line_table

plotting.use_style()

check_counts("seeds", seeds, several=2)
of_book = {"faces": faces, "encodings": ["linear"], "densities": ["concentrated"], "replicates": replicates}
sweeps = {seed: experiments.loss_sweep(preset, seed=seed, **of_book) for seed in seeds}
studies = {seed: Study(sweep, angles=angles, seed=seed) for seed, sweep in sweeps.items()}
study = studies[seeds[0]]
concentrated = study.densities["concentrated"]
peak = concentrated.pdf(study.grid) > 0.5 * concentrated.pdf(study.grid).max()
networks = study.networks()
named = {seed: f"seed {seed}" for seed in seeds}

# %% [markdown]
# ## Does each finding keep its sign?
#
# Each is a number that is positive where the finding holds, of the information of the embedding. How it is measured is told on the pages on
# [exponents](exponents.ipynb), [totals](loss_comparison_errors.ipynb) and [estimators](estimators.ipynb). The order of the losses has a rank
# correlation, with a p in place of an interval.


# %% tags=["hide-input"]
def findings_of(study):
    """What each finding is, and its number in the networks of a seed."""
    seen, unseen = ({loss: study.exponent(loss, seen=whose) for loss in study.losses} for whose in (True, False))
    positive = {whose: study.of("linear", kind=curves.POSITIVE, seen=whose) for whose in (True, False)}
    near = {whose: of.number(lambda of: of[..., peak].mean(axis=-1)) for whose, of in positive.items()}
    ranges = [study.of(loss, kind=curves.POSITIVE).number(lambda of: np.log(discriminable_range(of, study.grid))) for loss in study.losses]  # fmt: skip
    apart = max(ranges, key=lambda one: one.mean) - min(ranges, key=lambda one: one.mean)
    flatter = {"seen": seen["linear"] - seen["quart"], "unseen": unseen["linear"] - unseen["quart"]}
    return {
        "The code is most precise where training was most frequent": ("α of the linear loss", seen["linear"]),
        "Precision rises less than the density where the loss is the error itself": ("1 − α of the linear loss", 1 - seen["linear"]),
        "The logarithm of the error makes a steeper code than the error": ("α of log − α of linear", seen["log"] - seen["linear"]),
        "The fourth power of the error makes a flatter code than the error": ("α of linear − α of quart", flatter["seen"]),
        "The higher the order of the loss, the smaller the exponent": ("−τ of exponents against orders", -stats.order_test(list(seen.values()), study.orders)),
        "Losses share no budget on the discriminable range": ("log of largest ÷ smallest ∫√I among the losses, less log 1.5", apart - np.log(1.5)),
        "The code of people never seen is less precise": ("1 − their share of the information near the peak, linear loss", 1 - near[False] / near[True]),
        "For people never seen, precision rises less with the density": ("α of the linear loss − that at people never seen", seen["linear"] - unseen["linear"]),
        "For people never seen, the fourth power flattens the code less, or not at all": ("(α of linear − α of quart) − the same at people never seen", flatter["seen"] - flatter["unseen"]),
    }  # fmt: skip


found = {seed: findings_of(one) for seed, one in studies.items()}
what = {name: of for name, (of, _) in found[seeds[0]].items()}
numbers = {(name, seed): found[seed][name][1] for name in what for seed in seeds}
verdicts = {name: replicated([numbers[name, seed] for seed in seeds]) for name in what}

# %% tags=["hide-input"]
rows = {(textwrap.fill(name, 42), named[seed]): number for (name, seed), number in numbers.items()}
rows = as_rows(rows, ("row", "series"))
looks = zip(plotting.shades(len(seeds) + 1), itertools.cycle("os^D"), strict=False)
styles = {name: {"color": colour, "marker": mark} for name, (colour, mark) in zip(named.values(), looks, strict=False)}
kept_sign = sum(verdict not in ("changes sign", "fails for every seed") for verdict in verdicts.values())
plotting.show(
    plotting.series_rows(rows, "number that is positive where the finding holds", styles, marks={0: "zero"}),
    id="conclusions",
    caption=f"{kept_sign} of {len(what)} findings keep their sign with every seed. Linear encoding, concentrated density, "
    f"{plotting.counted(networks, 'network')} of each loss and seed. Bars: 95 % over networks and people; ranks have none.",
    alt=f"Numbers with intervals, one row per finding and a mark per seed, with a line at zero; {kept_sign} of {len(what)} findings keep their sign.",
    data=rows,
)

# %% tags=["remove-input"]
conclude(
    "conclusions",
    how_much(1 - kept_sign / len(what)),
    none=("answered", "All {count} headline findings of the book have their sign with every seed, {sure} of them beyond chance."),
    some=("answered", "Of the book's {count} headline findings {kept} have their sign with every seed, {sure} of them beyond chance; the others do **not**."),
    most=("answered", "Most of the book's {count} headline findings do **not** have their sign with every seed: {kept} do, {sure} of them beyond chance."),
    count=len(what), kept=kept_sign, sure=sum(verdict == "holds" for verdict in verdicts.values()),
)  # fmt: skip

# %% tags=["hide-input"]
columns = {f"seed {seed}": {name: numbers[name, seed] for name in what} for seed in seeds}
table = pd.DataFrame({"number": what, **columns, "with every seed": verdicts}).rename_axis("finding").reset_index()
tabulate(table, "The findings, what is measured, and how they stand", collapsed=True)
for name, verdict in verdicts.items():
    keep_finding(name, what=what[name], measured=str(numbers[name, seeds[0]]), verdict=verdict)
for name, verdict in (("change_sign", "changes sign"), ("fail", "fails for every seed")):
    keep(f"conclusions_that_{name}", list(verdicts.values()).count(verdict))
keep("conclusions_that_hold", kept_sign)
keep("first_seed", seeds[0])
keep("people_unseen", len(set(study.faces_of(False).person)))
keep("networks_read", sum(len(sweep.conditions) for sweep in sweeps.values()))
for loss in ("log", "linear", "quart"):
    keep(f"alpha_{loss}", study.exponent(loss))

# %% [markdown]
# ## What do people never seen say?
#
# Above zero, quart − linear means that the fourth power makes the *steeper* code there. Whether that comes of these few people, or of how far
# training came, is asked [elsewhere](generality.ipynb).

# %% tags=["hide-input"]
unseen = {seed: [one.exponent(loss, seen=False) for loss in one.losses] for seed, one in studies.items()}
ranks = {seed: stats.order_test(alphas, study.orders) for seed, alphas in unseen.items()}
quart, linear = (study.losses.index(loss) for loss in ("quart", "linear"))
table = pd.DataFrame({named[seed]: [*of, of[quart] - of[linear], ranks[seed]] for seed, of in unseen.items()})
table.insert(0, "loss", [*study.losses, "quart − linear", "τ with the order"])
tabulate(table, "Exponents at people never seen, by the primary precision.")

# %% [markdown]
# ## Is the law's line rejected each time?
#
# Not among the findings is whether $1/\alpha$ is a straight line in the order of the loss, with the law's slope of one half.

# %% tags=["hide-input"]
alphas = {named[seed]: [one.exponent(loss) for loss in one.losses] for seed, one in studies.items()}
invertible = {name: min(one.mean for one in of) > 0 for name, of in alphas.items()}
lines = {name: stats.fit_order_line(of, study.orders) if invertible[name] else None for name, of in alphas.items()}
tabulate(line_table(lines, "networks"), "Lines of 1/α against q; slope and β where none is rejected.")

# %% [markdown]
# ## Do the intervals keep their word?
#
# If they do, two seeds differ by no more than their intervals say. Their networks have nothing in common, and the people, who are the same, largely
# cancel.

# %% tags=["hide-input"]
first, second = seeds[:2]
unranked = [name for name in what if not isinstance(numbers[name, first], stats.OrderTest)]
compared = {name: numbers[name, first].minus(numbers[name, second], paired=False) for name in unranked}
chance = {name: p_in_words(gap.pvalue()) for name, gap in compared.items()}
table = pd.DataFrame({f"seed {first} − seed {second}": compared, "by chance": chance})
tabulate(table.rename_axis("finding").reset_index(), "Differences of two seeds, one at a time", collapsed=True)

# %% tags=["remove-input"]
clearest, _, p = surest(compared)
if np.isfinite(p):
    keep("smallest_corrected_p", p)
conclude(
    "seeds",
    whether(p >= 0.05 if np.isfinite(p) else None),
    so=("answered", "Seeds differ no more than their replicates say (clearest difference: {p}, corrected for {count} comparisons)."),
    not_so=("answered", "But seeds {first} and {second} differ **more** than their replicates say, most in *{clearest}* ({p}, corrected for {count} comparisons)."),
    undecided=("undecided", "One network of each loss and seed does not tell how far seeds may differ."),
    p=p_in_words(p), count=len(compared), clearest=clearest.lower(), first=first, second=second,
)  # fmt: skip

# %% [markdown]
# The numbers share their networks, so that these are not independent tests. If pair after pair of seeds differed more, intervals over
# replicates would be too short.
#
# ## What this page does not show
#
# - Other people: intervals reckon with people drawn again, as far as so few tell.
# - The circular encoding, the uniform density, finetuning and the binned densities.
#
# ## How it was made

# %% tags=["hide-input"]
settings = {"preset": preset, "faces": f"{len(study.faces)} {sweeps[first].faces.source}", "people": len(set(study.faces.person)), "seeds": ", ".join(map(str, seeds)),
            "networks of a loss and seed": networks, "losses": ", ".join(study.losses), "angles": angles}  # fmt: skip
tabulate(pd.DataFrame(settings.items(), columns=["parameter", "value"]), "Parameters of this run", collapsed=True)
