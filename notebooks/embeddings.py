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
# # What does a trained code look like?

# %% [markdown] needs={"encodings": ["linear"], "losses": ["linear"]}
# :::{admonition} The answer
# :class: answer
# The faces of one angle land in a cloud that is {glue:text}`uniform_unseen_to_seen_spread` times as wide along what the read-out ignores as along what
# it takes. {glue:md}`R03:myst`
#
# The caveat: these faces were trained on. For people never seen the error is {glue:text}`held_out_to_train_error` times as large. Once its networks
# are trained, the page takes under a minute.
# :::

# %% [markdown]
# A small network sees a face turned by an angle $\theta$ and answers with two numbers, its **embedding**, from which a fixed rule reads the angle.
# Here are the codes themselves, before any information is measured ([words](words.md), [theory](theory.md)).

# %% tags=["parameters", "hide-input"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear"]  # of linear, sqrt, square, quart, root4, log
encodings = ["linear"]  # of linear, circular, geodesic
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
import itertools

import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, fisher, plotting
from fisherkit.faces import load_faces, rotate
from fisherkit.results import conclude, in_words, keep, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=encodings, replicates=replicates, seed=seed
)

# %% tags=["hide-input"]
# The page is about the original's condition, linear and linear, or else the first that was asked for.
(encoding, loss), *others = sorted(itertools.product(encodings, losses), key=("linear", "linear").__ne__)
study = Study(sweep, encoding=encoding, losses=[loss], angles=angles)
train, test, grid, density = study.faces, sweep.faces.subset("test"), study.grid, study.densities["concentrated"]
panels = replicates or 3  # as many networks as the original showed, unless another number is asked for
condition = f"{encoding.capitalize()} encoding, {loss} loss"
# Of networks, angles and faces those that figures show: more would hide each other.
drawn = np.s_[:panels, ::2, np.unique(np.linspace(0, len(train) - 1, 100).astype(int))]
embeddings = study.code().embeddings
uniform, concentrated = (
    embeddings[curves.networks_with(embeddings, density=name)] for name in ("uniform", "concentrated")
)

# %% [markdown]
# ## Where do the faces of one angle land?
#
# Two hidden layers (60 and 20 units, CELU) and two outputs are trained on a fixed sample of faces and angles. The angles are drawn from one of two
# densities: **uniform** over the range, or **concentrated** around one angle. A point is the embedding of one face at one angle; the black line is the
# target. Panels are *replicates*, which differ in their random seed alone: figures show the first, numbers are of all, with 95 % intervals over
# networks and people.

# %% tags=["hide-input"]
wider = curves.number_of(
    train,
    lambda ignored, error: np.median(ignored.std(axis=2), axis=1) / np.median(error.std(axis=2), axis=1),
    codes.unseen(uniform.values, encoding),
    curves.errors(uniform).values,
)
keep("uniform_unseen_to_seen_spread", wider)
plotting.show(
    plotting.embedding_panels(uniform[drawn]),
    id="R01",
    caption=f"Clouds are {in_words(wider, '.1f')} times as wide along what the read-out ignores as along what it takes. {condition}, uniform density; "
    f"drawn are {len(drawn[-1])} of {len(train)} training faces at every other of {angles} angles.",
    alt=f"Embeddings of networks trained on the uniform density, coloured by angle, around the line of targets; they are {in_words(wider, '.1f')} times "
    "as wide across what is decoded as along it.",
    data=plotting.embedding_table(uniform[drawn]),
)

# %% [markdown]
# The loss never sees what the read-out ignores: in the linear encoding half the difference of the outputs, on a circle the logarithm of the radius.
#
# Most of what is shown next lies where networks of the concentrated density saw little or nothing.


# %% tags=["hide-input"]
def median_size(errors):
    """The median absolute error of each network."""
    return np.median(np.abs(errors), axis=(1, 2))


errors = curves.errors(concentrated).values
is_common = curves.common_angles(density, grid)
common, rare = (curves.number_of(train, median_size, errors[:, where]) for where in (is_common, ~is_common))
keep("concentrated_error_where_common", common)
keep("concentrated_error_where_rare", rare)
shown = concentrated[drawn]
plotting.show(
    plotting.embedding_panels(shown),
    id="R02",
    caption=f"Where the density exceeds a tenth of its peak, the median error is {in_words(common, '.4f')} rad. Concentrated density, else as above.",
    alt=f"Embeddings of networks trained on the concentrated density, coloured by angle; the median error is {in_words(common, '.4f')} rad where training "
    "was common.",
    data=plotting.embedding_table(shown),
)

# %% [markdown]
# ## Is the answer right all the same?
#
# Here are the same networks and faces, decoded.

# %% tags=["hide-input"]
plotting.show(
    plotting.decoded_panels(shown),
    id="R03",
    caption=f"Where training was rare, the median error is {in_words(rare)} rad. Black: a perfect answer.",
    alt=f"Decoded against true angle: points follow the identity where training was common and leave it elsewhere, by {in_words(rare)} rad.",
    data=curves.errors(shown).rename("error").to_dataframe().reset_index()[["number", "angle", "face", "error"]],
)

# %% needs={"encodings": ["linear"], "losses": ["linear"]} tags=["remove-input"]
conclude(
    "R03", common.side(0.05),
    below=("yes", "Odd as embeddings look, the answer is good where training was common: the median error is {common:.4f} rad where the density exceeds a tenth of its peak, and {rare} rad elsewhere."),
    above=("no", "The answer is **not** good even where training was common: the median error is {common:.4f} rad where the density exceeds a tenth of its peak, and {rare} rad elsewhere."),
    open=("undecided", "Whether the answer is good to 0.05 rad where training was common is open: the median error is {common:.4f} rad there, and {rare} rad elsewhere."),
    undecided=("undecided", "One network has no interval: its median error is {common:.4f} rad where the density exceeds a tenth of its peak, and {rare} rad elsewhere."),
    common=common, rare=rare,
)  # fmt: skip

# %% [markdown]
# ## Do networks agree?
#
# With ten angles the clouds stand apart.

# %% tags=["hide-input"]
ensemble = sweep.ensemble(density="concentrated", encoding=encoding, loss=loss)
few = fisher.embed(ensemble, train.images, codes.angle_grid(encoding, 10))
ignored = codes.unseen(few.values, encoding)
places = curves.number_of(train, lambda z: z.std(axis=2).max(axis=1) / z.std(axis=2).min(axis=1), ignored)
plotting.show(
    plotting.embedding_panels(few[:panels]),
    id="R04",
    caption=f"The widest cloud is {in_words(places, '.1f')} times as wide as the narrowest, along what the read-out ignores. Concentrated density, "
    f"{len(train)} training faces at ten angles.",
    alt=f"Clouds of ten angles, the widest {in_words(places, '.1f')} times as wide as the narrowest.",
    data=plotting.embedding_table(few[:panels]),
)

# %% needs={"replicates": 2} tags=["hide-input"]
# Of the centres of one angle's clouds, in widths of a cloud.
between_networks = float(np.median(ignored.mean(axis=2).std(axis=0, ddof=1) / ignored.std(axis=2).mean(axis=0)))
keep("unseen_scatter_between_networks", between_networks)

# %% needs={"encodings": ["linear"], "losses": ["linear"], "replicates": 2} tags=["remove-input"]
conclude(
    "R04", whether({"above": between_networks > 0.5, "below": False}.get(places.side(2))),
    so=("yes", "Embeddings vary between places and between networks: the widest cloud is {places:.1f} times as wide as the narrowest, and the centres of one angle's clouds scatter by {between:.1f} widths of a cloud between networks. They agree on what they report, not on how they write it."),
    not_so=("no", "Embeddings do **not** vary both between places and between networks: the widest cloud is {places:.1f} times as wide as the narrowest, and the centres of one angle's clouds scatter by {between:.1f} widths of a cloud between networks."),
    undecided=("undecided", "Whether embeddings vary between places is open: the widest cloud is {places:.1f} times as wide as the narrowest (twice is asked). Between networks the centres of one angle's clouds scatter by {between:.1f} widths of a cloud."),
    places=places, between=between_networks,
)  # fmt: skip

# %% [markdown] needs={"replicates": 2}
# The scatter between networks has no interval.

# %% [markdown]
# ## What of faces never seen?
#
# The original's test faces showed people that it had trained on. Unless the preset is `original`, these are strangers.

# %% tags=["hide-input"]
kept = sweep.ensemble("validation", density="concentrated", encoding=encoding, loss=loss)
twenty = codes.angle_grid(encoding, 20)
held_out = fisher.embed(kept, test.images, twenty)
error = curves.number_of(test, median_size, curves.errors(held_out).values[:, curves.common_angles(density, twenty)])
keep("held_out_error_where_common", error)
keep("held_out_to_train_error", error / common)
plotting.show(
    plotting.embedding_panels(held_out[:panels]),
    id="R05",
    caption=f"Where training was common, the error at test faces is {in_words(error / common, '.1f')} times that at training faces. Concentrated density, "
    f"{len(test)} test faces at 20 angles, networks with the lowest validation loss.",
    alt=f"Embeddings of test faces, coloured by angle, with a median error of {in_words(error, '.4f')} rad where training was common.",
    data=plotting.embedding_table(held_out[:panels]),
)

# %% [markdown]
# ## Where is a code precise?
#
# The [Fisher information](fisher_information.ipynb) compares how fast a cloud moves with how wide it is. With the concentrated density it is highest at
# {glue:text}`fisher_peak_angle` rad, the density at {glue:text}`density_peak:.2f` rad. Along the angle its standard deviation is
# {glue:text}`concentrated_variation` of its mean; with the uniform density, {glue:text}`uniform_variation`.

# %% tags=["hide-input"]
information = curves.positive_information(study.code(), train)
inner, mode = curves.inner_angles(grid), grid[density.pdf(grid).argmax()]
peak = information.select(density="concentrated").number(
    lambda values: mode + codes.angular_error(grid[values.argmax(axis=-1)], mode, encoding)
)
keep("fisher_peak_angle", peak)
keep("density_peak", mode)
for name in study.densities:
    of = information.select(density=name)
    keep(
        f"{name}_variation",
        of.number(lambda values: values[..., inner].std(axis=-1) / values[..., inner].mean(axis=-1)),
    )

first = {name: information.select(density=name).values[0] for name in study.densities}
plotting.show(
    plotting.information_panels(first),
    id="fisher-first",
    caption=f"The information is highest at {in_words(peak)} rad, the concentrated density at {in_words(mode)} rad. The first network of each density, "
    f"{len(train)} training faces; densities dashed. Grey: the last 0.1 rad of a range with ends.",
    alt=f"Information and its normalised root against the angle for both densities; trained on the concentrated one it is highest at {in_words(peak)} rad.",
    data=plotting.curve_table(first),
    collapsed="The information of the first networks along the angle",
)

# %% [markdown]
# ## What this page does not show
#
# - Whether the uniform network's curve is flat: that takes [a test](uniformity.ipynb).
# - Which power of the density the information follows, and how that [depends on the loss](exponents.ipynb).
# - What a code knows about people it never saw.
#
# ## How it was made
#
# Faces are turned about their centre and greyed out outside the disc that stays inside the image.

# %% tags=["hide-input"]
sketch = load_faces("sketch", pixels=sweep.preset.pixels)
ten = [sketch.images[sketch.person == person][0] for person in range(10)]
turns = np.linspace(-np.pi / 2, np.pi / 2, 10)
plotting.show(
    plotting.face_grid(
        [ten, rotate(np.repeat(ten[:1], len(turns), axis=0), turns)], ["ten people", "the first one, turned"]
    ),
    id="faces",
    caption="A network must tell how far a face is turned, whoever it is. Top: ten people, as sharp as the networks see them "
    f"({sweep.preset.pixels} × {sweep.preset.pixels} pixels). Bottom: the first, turned counter-clockwise from −π/2 to π/2 rad. "
    "These are drawings, whatever networks were trained on, as the Olivetti photographs may not be passed on.",
    alt="Ten upright drawings of different faces; below, the first of them turned from lying on its right side to lying on its left, in a grey frame.",
    data=pd.DataFrame({"column": range(10), "person": range(10), "angle_of_the_turned_face": turns}),
    collapsed="What a network sees: ten faces, and one that turns",
)

# %% tags=["hide-input"]
recipe = sweep.preset
people = [set(some.person.tolist()) for some in (train, test)]
settings = {
    "preset": preset,
    "faces": f"{sweep.faces.source}, {recipe.pixels} × {recipe.pixels} pixels",
    "training faces": f"{len(train)} of {len(people[0])} people",
    "test faces": f"{len(test)} of {len(people[1])} people, {len(people[0] & people[1])} of them trained on",
    "pairs of face and angle": f"{recipe.samples:,}",
    "epochs, at most": recipe.epochs,
    "schedule": f"{recipe.schedule}, batches of {recipe.batch}",
    "networks": f"{len(uniform)} uniform, {len(concentrated)} concentrated",
}
tabulate(pd.DataFrame(settings.items(), columns=["setting", "value"]), "Faces, training and networks.", collapsed=True)
for other_encoding, other_loss in others:  # further conditions, where a run has some
    one = sweep.ensemble(density="concentrated", encoding=other_encoding, loss=other_loss, replicate=range(panels))
    z = fisher.embed(one, train.images, codes.angle_grid(other_encoding, angles))
    plotting.show(
        plotting.embedding_panels(z),
        id=f"R02-{other_encoding}-{other_loss}",
        caption=f"The same in another condition. {other_encoding.capitalize()} encoding, {other_loss} loss, concentrated density.",
        alt=f"Embeddings of networks of the {other_encoding} encoding and {other_loss} loss, coloured by angle.",
        data=plotting.embedding_table(z),
    )
