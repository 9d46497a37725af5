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
# # Embeddings: what a trained code looks like
#
# A small network sees a face turned by an angle $\theta$ and answers with two numbers, its **embedding**. A fixed rule
# reads the angle from them. Before any information is measured, this page asks what these codes look like: where do the
# faces shown at one angle land, how do networks trained on different densities of angles differ, and how much of the
# embedding does the read-out use at all?
#
# It shows results R01 to R05 of the original analysis, and ends with the first curve of Fisher information.
# The words in use are in the [table of the introduction](intro.md); why the density should matter is on the
# [theory page](theory.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd

from fisherkit import codes, densities, experiments, fisher, plotting
from fisherkit.faces import load_faces, rotate

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
grids = {encoding: codes.angle_grid(encoding, angles) for encoding in encodings}
shown = range(replicates or min(3, sweep.preset.replicates))  # the original's three panels, unless more are asked for

# %% [markdown]
# ## The set-up
#
# The faces are upright photographs, turned about their centre by $\theta$ and greyed out outside the disc that every
# rotation leaves inside the image. The network has two hidden layers (60 and 20 units, CELU) and two outputs. It is
# trained on a fixed sample of faces and angles, the angles drawn from one of two densities: **uniform** over the range,
# or **concentrated** around one angle. Several networks a condition, the *replicates*, differ in their random seed alone:
# initial weights, faces, angles and the order of batches.

# %% tags=["remove-input"]
train, test = sweep.faces.subset("train"), sweep.faces.subset("test")
recipe = sweep.preset
plotting.say(
    f"Here: {len(sweep.faces)} {sweep.faces.source} faces of {len(set(sweep.faces.person.tolist()))} people at "
    f"{recipe.pixels} × {recipe.pixels} pixels, of which {len(train)} of {len(set(train.person.tolist()))} people train "
    f"the networks and {len(test)} of {len(set(test.person.tolist()))} other people test them. Each network sees "
    f"{recipe.samples:,} fixed (face, angle) pairs for at most {recipe.epochs} epochs "
    f"(preset *{recipe.name}*, {recipe.schedule} schedule, batches of {recipe.batch})."
    if recipe.split == "person"
    else f"Here: {len(sweep.faces)} {sweep.faces.source} faces at {recipe.pixels} × {recipe.pixels} pixels, "
    f"{len(train)} of them for training. As in the original, test faces show people that training faces show too. Each "
    f"network sees {recipe.samples:,} fixed (face, angle) pairs for at most {recipe.epochs} epochs "
    f"(preset *{recipe.name}*, {recipe.schedule} schedule, batches of {recipe.batch})."
)

# %% tags=["remove-input"]
drawn = load_faces("sketch", pixels=64)
ten = [drawn.images[drawn.person == person][0] for person in range(10)]
turns = np.linspace(-np.pi / 2, np.pi / 2, 10)
turned = rotate(np.repeat(ten[:1], len(turns), axis=0), turns)
plotting.show(
    plotting.face_grid([ten, turned], ["ten people", "the first one, turned"]),
    id="faces",
    caption="Sketch faces at 64 × 64 pixels. Top: one photograph of each of ten people. Bottom: the first one turned "
    "counter-clockwise by ten angles from −π/2 to π/2 rad. The book draws sketch faces here whatever faces its networks "
    "were trained on, because the Olivetti photographs may not be passed on.",
    alt="Two rows of ten grey drawings of faces. In the first row ten different upright faces; in the second the same "
    "face, turned from lying on its right to lying on its left side, inside a grey-framed disc.",
    data=pd.DataFrame({"column": range(10), "person": range(10), "angle_of_the_turned_face": turns}),
)


# %% [markdown]
# ## R01 · Trained on the uniform density
#
# Each panel is one network. Every training face is shown once at every angle of a regular grid; a point is the
# embedding of one face at one angle. The black line is the target: where all faces of that angle should land.


# %% tags=["hide-input"]
def conditions(density, checkpoint="train"):
    """The ensembles of a density, one an encoding and loss of this page, with the suffix of their figures' ids."""
    for number, (encoding, loss) in enumerate((e, q) for e in encodings for q in losses):
        ensemble = sweep.ensemble(checkpoint, density=density, encoding=encoding, loss=loss, replicate=shown)
        yield (
            ensemble,
            f"{encoding.capitalize()} encoding, {loss} loss, {density} density",
            "" if number == 0 else f"-{encoding}-{loss}",
        )


def show_embeddings(id, density, images, count, caption, checkpoint="train"):
    """One figure of embedding clouds for each condition of this page; the embeddings of the first one."""
    first = None
    for ensemble, condition, suffix in conditions(density, checkpoint):
        embeddings = fisher.embed(ensemble, images, codes.angle_grid(ensemble.conditions[0].encoding, count))
        first = embeddings if first is None else first
        plotting.show(
            plotting.embedding_panels(embeddings),
            id=id + suffix,
            caption=f"{condition}: {caption} {len(images)} faces at each of {count} angles. Black: the target.",
            alt="Scatter plots of the second output against the first, one panel a network. Points are coloured by the "
            "true angle; a black curve marks the targets.",
            data=plotting.embedding_table(embeddings),
        )
    return first


uniform = show_embeddings("R01", "uniform", train.images, angles, "embeddings of training faces.")


# %% tags=["remove-input"]
def spreads(embeddings):
    """Median spread of the clouds along what is decoded and along what is not, over angles and replicates."""
    encoding = str(embeddings["encoding"][0].item())
    angle = embeddings.angle.values[:, None]
    error = codes.angular_error(codes.decode(embeddings.values, encoding), angle, encoding)
    return float(np.median(error.std(axis=-1))), float(
        np.median(codes.unseen(embeddings.values, encoding).std(axis=-1))
    )


seen_uniform, unseen_uniform = spreads(uniform)
ignored = {"linear": "half the difference of the outputs"}.get(encodings[0], "the logarithm of the radius")
plotting.headline("uniform_unseen_to_seen_spread", unseen_uniform / seen_uniform)
plotting.say(
    f"At a typical angle the faces of one cloud differ by {seen_uniform:.3f} rad (standard deviation) in the decoded "
    f"angle, and by {unseen_uniform:.3f} in what the read-out ignores ({ignored}): "
    f"{unseen_uniform / seen_uniform:.1f} times as much. "
    + (
        "The loss never sees the second direction, and nothing keeps the clouds narrow there."
        if unseen_uniform > 1.5 * seen_uniform
        else "The two are alike here: training left the direction that the loss does not see about as narrow."
    )
)

# %% [markdown]
# ## R02 · Trained on the concentrated density
#
# The same grid of angles, but the networks were trained on angles from the concentrated density, so that most of what is
# shown here lies where they have seen little or nothing.

# %% tags=["hide-input"]
concentrated = show_embeddings("R02", "concentrated", train.images, angles, "embeddings of training faces.")


# %% tags=["remove-input"]
def median_errors(embeddings, density):
    """Median absolute error (rad) where the density is above and below a tenth of its peak."""
    encoding = str(embeddings["encoding"][0].item())
    p = density.pdf(embeddings.angle.values)
    error = np.abs(
        codes.angular_error(codes.decode(embeddings.values, encoding), embeddings.angle.values[:, None], encoding)
    )
    common = p > p.max() / 10
    return float(np.median(error[:, common])), float(np.median(error[:, ~common])) if (~common).any() else np.nan


density = densities.named("concentrated", codes.domain(encodings[0]))
common, rare = median_errors(concentrated, density)
plotting.headline("concentrated_error_where_common", common)
plotting.headline("concentrated_error_where_rare", rare)
reading = "good where it matters" if common < 0.05 and (np.isnan(rare) or common < rare) else "not good even there"
plotting.say(
    f"Where the density exceeds a tenth of its peak, the median absolute error is {common:.4f} rad"
    + (f"; elsewhere it is {rare:.4f} rad" if np.isfinite(rare) else "")
    + f". So the decoding error is {reading}."
)

# %% [markdown]
# ## R03 · The decoded angle
#
# However odd an embedding looks, its read-out may be right. The same networks and faces as in R02, now decoded.

# %% tags=["hide-input"]
for ensemble, condition, suffix in conditions("concentrated"):
    encoding = ensemble.conditions[0].encoding
    embeddings = fisher.embed(ensemble, train.images, grids[encoding])
    decoded = embeddings.isel(output=0, drop=True).copy(data=codes.decode(embeddings.values, encoding))
    plotting.show(
        plotting.decoded_panels(embeddings),
        id="R03" + suffix,
        caption=f"{condition}: decoded against true angle, {len(train)} training faces at each of {angles} angles. "
        "Black: a perfect answer.",
        alt="Scatter plots of the decoded angle against the true angle, one panel a network, with the identity line.",
        data=decoded.rename("decoded_angle").to_dataframe().reset_index()[["number", "angle", "face", "decoded_angle"]],
    )

# %% tags=["remove-input"]
ratio = rare / common if np.isfinite(rare) else np.nan
plotting.say(
    (
        f"Errors are {ratio:.0f} times larger where the density is below a tenth of its peak: the points follow the "
        "identity where the network was trained, and spread or bend away from it elsewhere. "
        if np.isfinite(ratio) and ratio > 2
        else "Errors hardly depend on the density here. "
    )
    + (
        "The original's reading of R02 and R03, *embeddings look odd, decoding error is good*, holds"
        if common < 0.05
        else "The original's reading of R02 and R03, *embeddings look odd, decoding error is good*, does not hold here"
    )
    + f", as long as one asks for it where the network was trained (median {common:.4f} rad)."
)
if (encodings[0], losses[0]) == ("linear", "linear"):
    plotting.judge("R03", "yes" if common < 0.05 else "no", f"median error {common:.4f} rad where it was trained")

# %% [markdown]
# ## R04 · Ten angles only
#
# With few angles the clouds stand apart, and one can compare places and networks by eye.

# %% tags=["hide-input"]
few = show_embeddings("R04", "concentrated", train.images, 10, "embeddings of training faces.")


# %% tags=["remove-input"]
encoding = encodings[0]
middle = codes.unseen(few.values, encoding).mean(axis=-1)
width = codes.unseen(few.values, encoding).std(axis=-1)
between_places = float(width.max() / width.min())
sentence = f"Along what the read-out ignores, the widest cloud of the figure is {between_places:.0f} times as wide as the narrowest"
if len(few) > 1:
    between_networks = float(np.median(middle.std(axis=0, ddof=1) / width.mean(axis=0)))
    plotting.headline("unseen_scatter_between_networks", between_networks)
    sentence += (
        f", and the centres of the clouds of one angle scatter between networks by {between_networks:.1f} times a "
        "cloud's width. "
        + (
            "So embeddings vary widely between places and between replicates, as the original says: "
            if between_networks > 0.5 and between_places > 2
            else "So places or replicates differ less here than the original says: "
        )
        + "two networks of one condition agree on what they report, not on how they write it."
    )
    if (encodings[0], losses[0]) == ("linear", "linear"):
        plotting.judge(
            "R04",
            "yes" if between_networks > 0.5 and between_places > 2 else "no",
            f"places differ {between_places:.0f}-fold in width, networks by {between_networks:.1f} widths",
        )
else:
    sentence += ". Comparing networks needs at least two replicates."
plotting.say(sentence)

# %% [markdown]
# ## R05 · Faces never seen
#
# The test faces, through the checkpoint with the lowest *validation* loss instead of the lowest training loss. The
# original's test faces showed people it was trained on; unless the preset is `original`, ours show strangers.

# %% tags=["hide-input"]
held_out = show_embeddings(
    "R05", "concentrated", np.tile(test.images, (6, 1, 1)), 20,
    "embeddings of test faces (each counted six times, as in the original), checkpoint best on validation,",
    checkpoint="validation",
)  # fmt: skip

# %% tags=["remove-input"]
common_test, _ = median_errors(held_out, density)
plotting.headline("held_out_error_where_common", common_test)
plotting.say(
    f"Where the density exceeds a tenth of its peak, the median absolute error on test faces is {common_test:.4f} rad, "
    f"{common_test / common:.1f} times that of the training faces in R02. "
    + (
        "Much of the precision seen so far belongs to the faces that were learnt, and an information measured with "
        "training faces describes that: the code for known faces."
        if common_test > 1.5 * common
        else "The codes carry over to these faces nearly unchanged."
    )
)

# %% [markdown]
# ## A first Fisher curve
#
# How finely does the code tell an angle from its neighbours? The Fisher information compares how fast a cloud moves
# with how wide it is. Here is that curve for one network of each density, and its square root normalised to unit area beside
# the density. How the estimate is made is told on the page [Fisher information](fisher_information.ipynb).

# %% tags=["hide-input"]
for number, (encoding, loss) in enumerate((e, q) for e in encodings for q in losses):
    curves = {}
    for name in ("uniform", "concentrated"):
        ensemble = sweep.ensemble(density=name, encoding=encoding, loss=loss, replicate=0)
        curves[name] = fisher.fisher_curve(ensemble, train.images, grids[encoding], estimator="wishart")[0]
    if number == 0:
        first_curves, first_angles = curves, grids[encoding]
    plotting.show(
        plotting.information_panels(curves),
        id="fisher-first" + ("" if number == 0 else f"-{encoding}-{loss}"),
        caption=f"{encoding.capitalize()} encoding, {loss} loss, one network of each density (replicate 1), {len(train)} training "
        f"faces at each of {angles} angles. Left: Fisher information of the embedding. Right: its square root divided by "
        "its integral over the angles, with the density of training angles (dashed)."
        + (
            " Grey: angles within 0.1 rad of the range's end, where clouds have neighbours on one side only."
            if codes.domain(encoding) == "linear"
            else ""
        ),
        alt="Two plots against the angle. Left: two curves of Fisher information on a logarithmic axis, for the uniform "
        "and for the concentrated density. Right: the normalised root information of both, with the two densities dashed.",
        data=plotting.curve_table(curves),
    )

# %% tags=["remove-input"]
has_ends = codes.domain(encodings[0]) == "linear"
inner = np.abs(first_angles) < np.abs(first_angles).max() - 0.1 * has_ends
peak = float(first_angles[first_curves["concentrated"].values.argmax()])
mode = float(first_angles[density.pdf(first_angles).argmax()])
variation = {
    name: float(curve.values[inner].std() / curve.values[inner].mean()) for name, curve in first_curves.items()
}
plotting.headline("fisher_peak_angle", peak)
plotting.headline("uniform_variation", variation["uniform"])
plotting.headline("concentrated_variation", variation["concentrated"])
near = np.abs(codes.angular_error(peak, mode, encodings[0])) < 0.35
plotting.say(
    f"The network trained on the concentrated density has most information at {peak:.2f} rad; the density peaks at "
    f"{mode:.2f} rad on this grid. "
    + ("The code is finest where training angles were common. " if near else "The two peaks do **not** agree here. ")
    + ("Between the grey margins" if has_ends else "On the circle")
    + " the information of the network trained on the uniform density varies by "
    f"{100 * variation['uniform']:.0f} % of its mean (standard deviation), that of the other one by "
    f"{100 * variation['concentrated']:.0f} %. "
    + (
        "By eye the uniform network's curve is the flatter one, by far."
        if variation["uniform"] < variation["concentrated"] / 2
        else "The uniform network's curve is not clearly the flatter one."
    )
)

# %% [markdown]
# ## What this page does not show
#
# - Whether the uniform network's curve is flat: a curve that varies may be noise around a flat one, and that takes a test.
# - Which power of the density the information follows, and how that depends on the loss: one network has no interval.
# - What a code tells about people it never saw: the curves above come from training faces.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    f"- Networks report the angle with a median error of {common:.4f} rad where they were trained often, and place the "
    "faces of one angle in clouds whose shape the loss only partly controls.\n"
    f"- On test faces the error is {common_test / common:.1f} times as large.\n"
    f"- The information of the first network peaks at {peak:.2f} rad, "
    + ("near" if near else "away from")
    + f" the density's peak at {mode:.2f} rad."
)
