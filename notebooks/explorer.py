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
# # How finely does a network tell angles apart?

# %% [markdown] needs={"losses": ["linear"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`explorer:myst`
#
# Where training was most common, two angles {glue:text}`apart_common:.2f`° apart are one standard deviation apart; where it was a tenth as common,
# two that are {glue:text}`apart_rare:.2f`° apart. These are the first network's numbers, at faces that were trained on.
#
# The caveat: this is one condition. Move the figure to see others, people never seen among them. Once its networks are trained, the page takes a
# minute.
# :::

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # of the book's own networks: olivetti, sketch or auto; None: what the preset says
losses = ["linear", "sqrt", "square", "quart", "root4", "log"]  # the explorer begins with linear, if it is there
replicates = None  # networks a condition, of which two can be looked at; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import numpy as np
import pandas as pd

from fisherkit import experiments, explorer, plotting
from fisherkit.results import conclude, in_words, keep, listed, tabulate
from fisherkit.study import ChannelStudy, Study

plotting.use_style()

# The networks of other pages: Does the exponent give away the loss? and With a real budget, does the law hold?
shared = {"preset": preset, "faces": faces, "replicates": replicates, "seed": seed}
linear = experiments.loss_sweep(losses=losses, encodings=["linear"], **shared)
some = {"circles": losses if preset != "quick" else ["log", "linear", "quart"], "contexts": ["linear", "quart"]}
some = {name: [loss for loss in losses if loss in of] for name, of in some.items()}
circles = {
    encoding: experiments.loss_sweep(losses=some["circles"], encodings=[encoding], densities=["concentrated"], **shared)
    for encoding in ("circular", "geodesic") if some["circles"]
}  # fmt: skip
contexts = {
    density: experiments.loss_sweep(losses=some["contexts"], encodings=["linear"], densities=[density], **shared)
    for density in ("bimodal", "reciprocal") if some["contexts"]
}  # fmt: skip
channels = experiments.channel_sweep(preset, seed=seed)

# %% tags=["hide-input"]
studies = [
    Study(linear, densities=["concentrated"], angles=angles, seed=seed),
    *(Study(one, angles=angles, seed=seed) for one in contexts.values()),
    Study(linear, densities=["uniform"], angles=angles, seed=seed),
    *(Study(one, angles=angles, seed=seed) for one in circles.values()),
]
views = [view for study in studies for view in explorer.views(study)]
first = next((view for view in views if view.loss == "linear"), views[0])
views += explorer.channel_views(ChannelStudy(channels), seed=seed)
told = listed(
    [f"{in_words(view.alpha)} ({view.loss})" for view in views if explorer.beside(view, first) and view.alpha]
)
explorer.show(
    views,
    first=first,
    id="explorer",
    caption=f"By loss, α of $I \\propto p^\\alpha$ is {told}. At first: {first.encoding} encoding, {first.density} density, {first.loss} loss, one "
    f"network, {len(studies[0].faces)} faces seen in training. Left: where faces of one angle land, their ellipse at two standard deviations, and as "
    "an arrow where their mean goes. Then √I along the angle, with the density in grey and its fitted power dashed; and all losses' exponents, with "
    "the law's. The face is a drawing, whatever the networks saw.",
    alt="A cloud of embeddings with its ellipse and tangent; root information along the angle with a fitted power of the density; exponents against "
    f"the loss beside the law's falling curve: they are {told}.",
)

# %% tags=["remove-input"]
degrees = np.degrees(1 / np.sqrt(first.information[0].clip(min=1e-9)))
keep("apart_common", degrees[first.p.argmax()])
keep("apart_rare", degrees[np.flatnonzero(first.fitted)[0]])
finer = studies[0].exponent(first.loss).told(lambda alpha: 10 ** (alpha / 2))
conclude(
    "explorer",
    finer.side(1.0),
    above=("answered", "Where an angle was ten times as common in training, networks trained with the {loss} loss tell angles apart **{finer:.1f} times** as finely. The law says {law:.1f} times."),
    below=("answered", "Where an angle was ten times as common in training, networks trained with the {loss} loss tell angles apart **less** finely, {finer:.1f} times. The law says {law:.1f} times."),
    open=("undecided", "Where an angle was ten times as common in training, networks trained with the {loss} loss tell angles apart {finer:.1f} times as finely, **not** clearly more. The law says {law:.1f} times."),
    undecided=("undecided", "Where an angle was ten times as common in training, a network trained with the {loss} loss tells angles apart {finer:.1f} times as finely. The law says {law:.1f} times."),
    loss=first.loss, finer=finer, law=10 ** (studies[0].law(first.loss) / 2),
)  # fmt: skip

# %% [markdown]
# ## What to try
#
# - **Move θ.** $I = t^\top \Sigma^{-1} t$, with $t$ the arrow and $\Sigma$ the ellipse: what counts is how many ellipses the arrow crosses, not where
#   the cloud lies.
# - **Another loss.** Is the code of the log loss steeper than that of the quartic one? The vertical axis stays, so that curves compare.
# - **β** is the order of the budget that the [law](theory.md) takes for granted. Which passes most intervals? That would not show that there is
#   such a budget: wide intervals are passed by many laws ([tests](exponents.ipynb)).
# - **Faces never seen.** What is left of the exponents, and how sure are they?
# - **The circular encoding**, where every loss is a square for small errors, and the law one number for all.
# - **A network with a budget**, one noisy number between face and answer ([its page](budget.ipynb)). Hollow points lie outside the window in which
#   the law is tested.
#
# Without JavaScript, and on paper, the figure is the first state.
#
# ## What this page does not show
#
# - All networks: two of each condition can be looked at, and {glue:text}`faces_drawn` faces of a cloud. Exponents and their intervals are of all
#   networks and people.
# - All trainings: the uniform and the concentrated density with every loss, two further [densities](exponents.ipynb) with the linear and the quartic
#   loss; at the preset *quick* the circle with three losses, as elsewhere in the book.
# - The curves' uncertainty: see [the information along the angle](fisher_information.ipynb).
#
# ## How it was made
#
# The information is that of the embedding, Wishart-corrected by person, which is never negative; exponents are fitted to the unbiased estimate, where
# $p$ exceeds a tenth of its peak, as everywhere in the book.

# %% tags=["hide-input"]
keep("faces_drawn", explorer.FACES)
settings = {"preset": linear.preset.name, "faces": f"{len(studies[0].faces)} {linear.faces.source}", "conditions": len(views) // 2,
            "networks of a condition": studies[0].networks(), "losses": ", ".join(studies[0].losses), "angles": angles, "seed": seed}  # fmt: skip
tabulate(pd.DataFrame(settings.items(), columns=["parameter", "value"]), "Parameters of this run", collapsed=True)
