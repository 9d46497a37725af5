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
# # What does a trained code look like?

# %% [markdown] needs={"losses": ["linear"], "encodings": ["linear"]}
# :::{admonition} The answer
# :class: answer
# The faces of one angle land in a cloud that is {glue:text}`uniform_unseen_to_seen_spread` times as wide along what the read-out ignores as along what
# it takes. {glue:md}`R03:myst`
#
# The caveat: these are faces that were trained on. For people never seen the error is {glue:text}`held_out_to_train_error` times as large. Once its
# networks are trained, the page takes under a minute.
# :::

# %% [markdown]
# A small network sees a face turned by an angle $\theta$ and answers with two numbers, its **embedding**. A fixed rule reads the angle from them.
# Before any information is measured, this page looks at the codes themselves. The words in use are in the [table of words](words.md);
# why the density should matter is on the [theory page](theory.md).

# %% tags=["remove-input"]
import itertools

import numpy as np
import pandas as pd

from fisherkit import codes, curves, experiments, fisher, plotting
from fisherkit.faces import load_faces, rotate
from fisherkit.results import conclude, in_words, keep, tabulate, whether
from fisherkit.study import Study

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear"]  # of linear, sqrt, square, quart, root4, log
encodings = ["linear"]  # of linear, circular, geodesic
replicates = None  # networks a condition; None: as many as the preset says
angles = 50  # angles of the grid
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=encodings, replicates=replicates, seed=seed
)

# %% tags=["hide-input"]
# The page is about the original's condition, linear and linear, or else the first that was asked for.
(encoding, loss), *others = sorted(itertools.product(encodings, losses), key=("linear", "linear").__ne__)
study = Study(sweep, encoding=encoding, losses=[loss], angles=angles)
train, test, grid, p = study.faces, sweep.faces.subset("test"), study.grid, study.densities["concentrated"].pdf
panels = replicates or 3  # as many networks as the original showed, unless another number is asked for
condition = f"{encoding.capitalize()} encoding, {loss} loss"
embeddings = study.code().embeddings
uniform, concentrated = (
    embeddings[curves.networks_with(embeddings, density=name)] for name in ("uniform", "concentrated")
)

# %% [markdown]
# ## Where do the faces of one angle land?
#
# The network has two hidden layers (60 and 20 units, CELU) and two outputs. It is trained on a fixed sample of faces and angles. The angles are drawn
# from one of two densities: **uniform** over the range, or **concentrated** around one angle. Each panel is a network, a *replicate*: they differ in
# their random seed alone. A point is the embedding of one face at one angle; the black line is the target. Figures show the first networks, numbers
# are of all, with 95 % intervals over networks and people.

# %% tags=["hide-input"]
wider = curves.number_of(
    train,
    lambda ignored, error: np.median(ignored.std(axis=2), axis=1) / np.median(error.std(axis=2), axis=1),
    codes.unseen(uniform.values, encoding),
    curves.errors(uniform).values,
)
keep("uniform_unseen_to_seen_spread", wider)
plotting.show(
    plotting.embedding_panels(uniform[:panels]),
    id="R01",
    caption=f"Clouds are {in_words(wider, '.1f')} times as wide along what the read-out ignores as along what it takes. {condition}, uniform density, "
    f"{len(train)} training faces at each of {angles} angles.",
    alt=f"Embeddings of networks trained on the uniform density, coloured by angle, around the line of targets; they are {in_words(wider, '.1f')} times "
    "as wide across what is decoded as along it.",
    data=plotting.embedding_table(uniform[:panels]),
)

# %% [markdown]
# The loss never sees what the read-out ignores: in the linear encoding half the difference of the outputs, on a circle the logarithm of the radius.
#
# The next networks were trained on the concentrated density. Most of what is shown lies where they saw little or nothing.


# %% tags=["hide-input"]
def median_size(errors):
    """The median absolute error of each network."""
    return np.median(np.abs(errors), axis=(1, 2))


errors = curves.errors(concentrated).values
is_common = p(grid) > p(grid).max() / 10
common, rare = (curves.number_of(train, median_size, errors[:, where]) for where in (is_common, ~is_common))
keep("concentrated_error_where_common", common)
keep("concentrated_error_where_rare", rare)

# %% tags=["hide-input"]
plotting.show(
    plotting.embedding_panels(concentrated[:panels]),
    id="R02",
    caption=f"Where the density exceeds a tenth of its peak, the median error is {in_words(common, '.4f')} rad. {condition}, concentrated density, "
    f"{len(train)} training faces at each of {angles} angles.",
    alt=f"Embeddings of networks trained on the concentrated density, coloured by angle; the median error is {in_words(common, '.4f')} rad where training "
    "was common.",
    data=plotting.embedding_table(concentrated[:panels]),
)

# %% [markdown]
# ## Is the answer right all the same?
#
# However odd an embedding looks, its read-out may be right. Here are the same networks and faces, decoded.

# %% tags=["hide-input"]
plotting.show(
    plotting.decoded_panels(concentrated[:panels]),
    id="R03",
    caption=f"The median error is {in_words(common, '.4f')} rad where the density exceeds a tenth of its peak, and {in_words(rare)} rad elsewhere. "
    f"{condition}, concentrated density, {len(train)} training faces. Black: a perfect answer.",
    alt=f"Decoded against true angle: points follow the identity where training was common and leave it elsewhere, by {in_words(rare)} rad.",
    data=curves.errors(concentrated[:panels])
    .rename("error")
    .to_dataframe()
    .reset_index()[["number", "angle", "face", "error"]],
)

# %% tags=["remove-input"] needs={"losses": ["linear"], "encodings": ["linear"]}
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
# With ten angles the clouds stand apart, and places and networks can be compared.

# %% tags=["hide-input"]
ensemble = sweep.ensemble(density="concentrated", encoding=encoding, loss=loss)
few = fisher.embed(ensemble, train.images, codes.angle_grid(encoding, 10))
ignored = codes.unseen(few.values, encoding)
places = curves.number_of(train, lambda z: z.std(axis=2).max(axis=1) / z.std(axis=2).min(axis=1), ignored)
plotting.show(
    plotting.embedding_panels(few[:panels]),
    id="R04",
    caption=f"The widest cloud is {in_words(places, '.1f')} times as wide as the narrowest, along what the read-out ignores. {condition}, concentrated "
    f"density, {len(train)} training faces at each of ten angles.",
    alt=f"Clouds of ten angles, the widest {in_words(places, '.1f')} times as wide as the narrowest.",
    data=plotting.embedding_table(few[:panels]),
)

# %% tags=["hide-input"] needs={"replicates": 2}
# Of the centres of one angle's clouds, in widths of a cloud.
between_networks = float(np.median(ignored.mean(axis=2).std(axis=0, ddof=1) / ignored.std(axis=2).mean(axis=0)))
keep("unseen_scatter_between_networks", between_networks)

# %% tags=["remove-input"] needs={"replicates": 2, "losses": ["linear"], "encodings": ["linear"]}
conclude(
    "R04", whether({"above": between_networks > 0.5, "below": False}.get(places.side(2))),
    so=("yes", "Embeddings vary between places and between networks: the widest cloud is {places:.1f} times as wide as the narrowest, and the centres of one angle's clouds scatter by {between:.1f} widths of a cloud between networks. They agree on what they report, not on how they write it."),
    not_so=("no", "Embeddings do **not** vary both between places and between networks: the widest cloud is {places:.1f} times as wide as the narrowest, and the centres of one angle's clouds scatter by {between:.1f} widths of a cloud between networks."),
    undecided=("undecided", "Whether embeddings vary between places is open: the widest cloud is {places:.1f} times as wide as the narrowest (the question is twice). Between networks the centres of one angle's clouds scatter by {between:.1f} widths of a cloud."),
    places=places, between=between_networks,
)  # fmt: skip

# %% [markdown] needs={"replicates": 2}
# The scatter between networks has no interval: it is one number of a few networks.

# %% [markdown]
# ## What of faces never seen?
#
# Here are the test faces, through the checkpoint with the lowest *validation* loss. The original's test faces showed people that it had trained on;
# unless the preset is `original`, these are strangers.

# %% tags=["hide-input"]
kept = sweep.ensemble("validation", density="concentrated", encoding=encoding, loss=loss)
twenty = codes.angle_grid(encoding, 20)
held_out = fisher.embed(kept, test.images, twenty)
error = curves.number_of(test, median_size, curves.errors(held_out).values[:, p(twenty) > p(twenty).max() / 10])
keep("held_out_error_where_common", error)
keep("held_out_to_train_error", error / common)
plotting.show(
    plotting.embedding_panels(held_out[:panels]),
    id="R05",
    caption=f"Where training was common, the error at test faces is {in_words(error / common, '.1f')} times that at training faces. {condition}, "
    f"concentrated density, {len(test)} test faces at each of 20 angles, checkpoint best on validation.",
    alt=f"Embeddings of test faces, coloured by angle, with a median error of {in_words(error, '.4f')} rad where training was common.",
    data=plotting.embedding_table(held_out[:panels]),
)

# %% [markdown]
# An information measured with training faces is that of the code for known faces.
#
# ## Where is a code precise?
#
# The Fisher information compares how fast a cloud moves with how wide it is. Its square root, normalised to unit area, stands beside the density. How it
# is estimated is told on [Where is the code precise?](fisher_information.ipynb).

# %% tags=["hide-input"]
information = curves.positive_information(study.code(), train)
has_ends = codes.domain(encoding) == "linear"
inner = np.abs(grid) < np.abs(grid).max() - 0.1 * has_ends
mode = grid[p(grid).argmax()]
peak = information.select(density="concentrated").number(
    lambda values: mode + codes.angular_error(grid[values.argmax(axis=-1)], mode, encoding)
)
variation = {
    name: information.select(density=name).number(
        lambda values: values[..., inner].std(axis=-1) / values[..., inner].mean(axis=-1)
    )
    for name in study.densities
}
keep("fisher_peak_angle", peak)
keep("density_peak", mode)
keep("uniform_variation", variation["uniform"])
keep("concentrated_variation", variation["concentrated"])

# %% tags=["hide-input"]
first = {name: information.select(density=name).values[0] for name in study.densities}
plotting.show(
    plotting.information_panels(first),
    id="fisher-first",
    caption=f"The information is highest at {in_words(peak)} rad, the concentrated density at {mode:.2f} rad. {condition}, the first network of each "
    f"density, {len(train)} training faces at each of {angles} angles; densities dashed. Grey: the last 0.1 rad of a range with ends.",
    alt=f"Information and its normalised root against the angle for both densities; trained on the concentrated one it is highest at {in_words(peak)} rad.",
    data=plotting.curve_table(first),
)

# %% [markdown]
# Trained on the uniform density, the information varies by {glue:text}`uniform_variation` of its mean (standard deviation along the angle); trained on
# the concentrated one, by {glue:text}`concentrated_variation`.
#
# ## What this page does not show
#
# - Whether the uniform network's curve is flat: a curve that varies may be noise around a flat one, and that takes [a test](uniformity.ipynb).
# - Which power of the density the information follows, and how that depends on the loss.
# - What a code's information about people it never saw is: the curves come from training faces.
#
# ## How it was made
#
# Faces are upright pictures, turned about their centre and greyed out outside the disc that every rotation leaves inside the image. The book draws
# sketch faces here whatever its networks were trained on, as the Olivetti photographs may not be passed on.

# %% tags=["hide-input"]
sketch = load_faces("sketch", pixels=64)
ten = [sketch.images[sketch.person == person][0] for person in range(10)]
turns = np.linspace(-np.pi / 2, np.pi / 2, 10)
plotting.show(
    plotting.face_grid(
        [ten, rotate(np.repeat(ten[:1], len(turns), axis=0), turns)], ["ten people", "the first one, turned"]
    ),
    id="faces",
    caption="A network must tell how far a face is turned, whoever it is. Top: a drawing of each of ten people, at 64 × 64 pixels. Bottom: the first "
    "one turned counter-clockwise by ten angles from −π/2 to π/2 rad.",
    alt="Ten upright drawings of different faces; below, the first of them turned from lying on its right side to lying on its left, in a grey frame.",
    data=pd.DataFrame({"column": range(10), "person": range(10), "angle_of_the_turned_face": turns}),
)

# %% tags=["hide-input"]
recipe = sweep.preset
people = [set(some.person.tolist()) for some in (train, test)]
settings = {
    "preset": recipe.name,
    "faces": f"{sweep.faces.source}, {recipe.pixels} × {recipe.pixels} pixels",
    "training faces": f"{len(train)} of {len(people[0])} people",
    "test faces": f"{len(test)} of {len(people[1])} people, {len(people[0] & people[1])} of them trained on",
    "pairs of face and angle": f"{recipe.samples:,}",
    "epochs, at most": recipe.epochs,
    "schedule": f"{recipe.schedule}, batches of {recipe.batch}",
    "networks": f"{len(uniform)} uniform, {len(concentrated)} concentrated",
}
tabulate(pd.DataFrame(settings.items(), columns=["setting", "value"]), "Faces, training and networks.", collapsed=True)

# %% tags=["hide-input"]
for other_encoding, other_loss in others:
    one = sweep.ensemble(density="concentrated", encoding=other_encoding, loss=other_loss, replicate=range(panels))
    z = fisher.embed(one, train.images, codes.angle_grid(other_encoding, angles))
    plotting.show(
        plotting.embedding_panels(z),
        id=f"R02-{other_encoding}-{other_loss}",
        caption=f"The same in another condition. {other_encoding.capitalize()} encoding, {other_loss} loss, concentrated density.",
        alt=f"Embeddings of networks of the {other_encoding} encoding and {other_loss} loss, coloured by angle.",
        data=plotting.embedding_table(z),
    )
