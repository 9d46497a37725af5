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
# # Noise structure: what varies, and along which direction
#
# Show many faces at one angle and a trained network answers with a cloud of points. The [Fisher
# information](fisher_information.ipynb) compares how fast the cloud moves with how wide it is, by a mean and a covariance.
# This page looks at the clouds themselves: are their means where the faces are, are they normal, along which direction are
# they wide, and does the width matter to the angle that is read from them?
#
# It shows results R06 to R14 of the original analysis, all of **one** network: linear encoding, linear loss, concentrated
# density, unless this run was asked for others. The words in use are in the [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
import pandas as pd
import scipy.stats

from fisherkit import codes, densities, experiments, fisher, plotting

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
encoding = "linear"  # linear, circular or geodesic
seed = 0  # of everything random: another one is another network

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=[loss],
    encodings=[encoding],
    densities=["concentrated"],
    replicates=1,
    seed=seed,
)


# %% tags=["hide-input"]
def code_at(angles):
    """Embeddings and tangents of the network, training faces at some angles: (angle, face, output) each."""
    code = fisher.embed_with_tangents(network, train.images, angles)
    return code.embeddings[0], code.tangents[0]


network = sweep.ensemble()
train = sweep.faces.subset("train")
low, high = codes.angle_range(encoding)
has_ends = codes.domain(encoding) == "linear"
density = densities.named("concentrated", codes.domain(encoding))
fine = np.linspace(low, high, 2001)
peak = float(fine[density.pdf(fine).argmax()])
condition = f"{encoding.capitalize()} encoding, {loss} loss, concentrated density, one network"
shown = f"{len(train)} training faces at each angle"
# The original's own condition; in another one its readings have nothing to say.
as_original = (encoding, loss) == ("linear", "linear")

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*. "
    f"The density of training angles peaks at {peak:.2f} rad."
)


# %% [markdown]
# ## R06 · Mean and median of a cloud
#
# Six angles over the whole range. If a cloud were symmetric, its mean and its median would agree.


# %% tags=["hide-input"]
def whole_range(count):
    """``count`` angles over the range; a circle's first and last angle are one, so there the last is left out."""
    return np.linspace(low, high, count, endpoint=has_ends)


six, _ = code_at(whole_range(6))
plotting.show(
    plotting.cloud_panels(six),
    id="R06",
    caption=f"{condition}; {shown}: embeddings at six angles, with their mean (cross) and median (circle).",
    alt="Six scatter plots of the second output against the first, one an angle, each with a cross at the mean and a circle "
    "at the median.",
    data=plotting.cloud_rows(six),
)

# %% tags=["remove-input"]
means, medians = six.mean("face").values, six.median("face").values
spread = np.sqrt(six.var("face", ddof=1).sum("output").values)
apart = np.linalg.norm(means - medians, axis=1) / spread
tight = float(spread.min() / np.median(spread))
plotting.headline("mean_median_distance", np.median(apart))
plotting.headline("tightest_cloud", tight)
differences = "\n".join(
    f"| {theta:.2f} | {d[0]:+.4f} | {d[1]:+.4f} | {100 * a:.0f} % |"
    for theta, d, a in zip(six.angle.values, means - medians, apart, strict=True)
)
plotting.say(
    "Mean − median of both outputs, and the length of that difference in percent of the cloud's size (root of the total "
    f"variance):\n\n| θ (rad) | output 1 | output 2 | length |\n|---|---|---|---|\n{differences}\n\n"
    f"They are closer than a tenth of the cloud's size at {int((apart < 0.1).sum())} of the six angles. "
    + (
        "So they are close everywhere. "
        if (apart < 0.1).all()
        else "So they are close often, not always. "
        if (apart < 0.1).sum() >= 3
        else "So they are seldom that close. "
    )
    + ("The original: *often, not always*. " if as_original else "")
    + f"The tightest cloud has {100 * tight:.0f} % of the size of a typical one"
    + (": one place is very tight, as the original says." if tight < 0.5 and as_original else ".")
)
if as_original:
    often, one_tight = 3 <= (apart < 0.1).sum() < 6, tight < 0.5
    plotting.judge(
        "R06",
        "yes" if often and one_tight else "in part" if often or one_tight else "no",
        f"close at {int((apart < 0.1).sum())} of six angles; the tightest cloud has {100 * tight:.0f} % of the typical size",
    )

# %% [markdown]
# ## R07 · The decoded angle
#
# The same six angles, read out.

# %% tags=["hide-input"]
decoded = six.isel(output=0, drop=True).copy(data=codes.decode(six.values, encoding))
plotting.show(
    plotting.decoded_histograms(six, encoding),
    id="R07",
    caption=f"{condition}; {shown}: histograms of the decoded angle at six angles, with its mean (solid), its median (dashed) "
    "and the truth (dotted).",
    alt="Six histograms of the decoded angle, one an angle, with three vertical lines each for mean, median and truth.",
    data=decoded.rename("decoded_angle").to_dataframe().reset_index()[["angle", "face", "decoded_angle"]],
)

# %% tags=["remove-input"]
errors = codes.angular_error(decoded.values, decoded.angle.values[:, None], encoding)
skewness = scipy.stats.skew(errors, axis=1)
plotting.headline("largest_skewness", np.abs(skewness).max())
plotting.say(
    f"The skewness of the decoded angle runs from {skewness.min():.1f} to {skewness.max():.1f}; it exceeds one half in size at "
    f"{int((np.abs(skewness) > 0.5).sum())} of the six angles. "
    + (
        "So the decoded angle is skewed at most angles, and a variance estimated from few faces hangs on the tail. "
        if (np.abs(skewness) > 0.5).sum() > 3
        else "So the decoded angle is skewed at some angles only. "
        if (np.abs(skewness) > 0.5).any()
        else "So the decoded angle is hardly skewed. "
    )
    + ("The original holds this skew to be a cause of noisy Fisher estimates." if as_original else "")
)
if as_original:
    skewed = int((np.abs(skewness) > 0.5).sum())
    plotting.judge("R07", "yes" if skewed > 3 else "in part" if skewed else "no", f"skewed at {skewed} of six angles")

# %% [markdown]
# ## R08 · Near the peak: clouds along the line of means
#
# Five angles within 0.3 rad of the density's peak. The line joins the means.

# %% tags=["hide-input"]
near, near_tangents = code_at(peak + np.linspace(-0.3, 0.3, 5))
plotting.show(
    plotting.clouds_along_means(near),
    id="R08",
    caption=f"{condition}; {shown}: embeddings at five angles within 0.3 rad of the density's peak, and the line of means.",
    alt="Scatter plot of the second output against the first, five clouds coloured by angle, with a line joining their means.",
    data=plotting.cloud_rows(near),
)

# %% tags=["remove-input"]
share = fisher.variance_along_tangent(near.values, near_tangents.values)
embedding_information = fisher.linear_fisher(near.values, near_tangents.values, correction="none")
decoded_information = fisher.decoded_fisher(near.values, near_tangents.values, encoding=encoding, correction="none")
ratio = embedding_information / decoded_information
plotting.headline("variance_along_means", np.median(share))
plotting.headline("embedding_to_decoded_information", np.median(ratio))
plotting.say(
    f"Between {100 * share.min():.0f} % and {100 * share.max():.0f} % of a cloud's variance lies along the direction in which its "
    "mean moves (half, if a cloud were round). "
    + (
        "Much of the variance runs along the line of means, as the original says"
        if np.median(share) > 0.5 and as_original
        else "Much of the variance runs along the line of means"
        if np.median(share) > 0.5
        else "Most of the variance runs across the line of means"
    )
    + f". Does that make the information small although the decoded error is small? The information of the embedding is "
    f"{ratio.min():.2f} to {ratio.max():.2f} times that of the decoded angle at these five angles. "
    + (
        "In the linear encoding it can never be less (Cauchy–Schwarz; see the [theory page](theory.md)), and it is not: "
        "variance along a direction that does not matter only gives that direction less weight. So the original's second "
        "thought, which withdrew the first, was right."
        if encoding == "linear" and (ratio >= 1 - 1e-9).all()
        else "In this encoding the read-out is not linear, and the ratio may be on either side of one."
        if encoding != "linear"
        else "In the linear encoding it cannot be less than once: **something is wrong with the estimate**."
    )
)
if as_original:
    never_less, much = bool((ratio >= 1 - 1e-9).all()), bool(np.median(share) > 0.5)
    plotting.judge(
        "R08",
        "no" if not never_less else "yes" if much else "in part",
        f"{100 * np.median(share):.0f} % of the variance; the embedding has {np.median(ratio):.2f} times the decoded information",
    )

# %% [markdown]
# ## R09 · A finer grid
#
# The same stretch with eleven angles. Which clouds touch depends on the grid.

# %% tags=["hide-input"]
finer, _ = code_at(peak + np.linspace(-0.3, 0.3, 11))
plotting.show(
    plotting.clouds_along_means(finer),
    id="R09",
    caption=f"{condition}; {shown}: as R08, eleven angles.",
    alt="Scatter plot of the second output against the first, eleven clouds coloured by angle, with a line joining their means.",
    data=plotting.cloud_rows(finer),
)


# %% tags=["remove-input"]
def separation(embeddings):
    """Distance of neighbouring means of the decoded angle, in standard deviations of it: the median over neighbours."""
    angle = codes.decode(embeddings.values, encoding)
    error = codes.angular_error(angle, embeddings.angle.values[:, None], encoding)
    centre = embeddings.angle.values + error.mean(axis=1)
    deviation = error.std(axis=1, ddof=1)
    return float(np.median(np.diff(centre) / np.sqrt((deviation[1:] ** 2 + deviation[:-1] ** 2) / 2)))


coarse_separation, fine_separation = separation(near), separation(finer)
plotting.headline("separation_coarse", coarse_separation)
plotting.headline("separation_fine", fine_separation)
plotting.say(
    f"Neighbouring clouds are {coarse_separation:.1f} standard deviations of the decoded angle apart on the grid of five, and "
    f"{fine_separation:.1f} on the grid of eleven. "
    + (
        "Noise reaches the decoded value only on the fine grid"
        if coarse_separation > 4 > fine_separation
        else "Noise reaches the decoded value on both grids"
        if coarse_separation <= 4
        else "Noise reaches the decoded value on neither grid"
    )
    + " (clouds that are four standard deviations apart hardly overlap)."
    + (" The original says: only on a fine grid." if as_original else "")
)
if as_original:
    plotting.judge(
        "R09",
        "yes" if coarse_separation > 4 > fine_separation else "no",
        f"{coarse_separation:.1f} standard deviations apart on the coarse grid, {fine_separation:.1f} on the fine one",
    )

# %% [markdown]
# ## R10 · Differences of means, and the network's derivative
#
# The information needs the derivative of the mean. One can take differences between neighbouring means, or push the
# derivative of the rotating image through the network. Seven angles over the range; arrows start at each mean.

# %% tags=["hide-input"]
seven, seven_tangents = code_at(whole_range(7))
plotting.show(
    plotting.clouds_along_means(seven, tangents=seven_tangents),
    id="R10",
    caption=f"{condition}; {shown}: seven angles over the range, the line of means, and the mean derivative of the network as "
    "arrows, each as long as the code moves in half the distance of two angles.",
    alt="Scatter plot of the second output against the first, seven clouds coloured by angle, a line joining their means and "
    "an arrow at each mean.",
    data=plotting.cloud_rows(seven),
)


# %% tags=["remove-input"]
def degrees_between(a, b):
    """Angle between vectors, in degrees."""
    cosine = (a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


steps = np.diff(seven.mean("face").values, axis=0)
slope = seven_tangents.mean("face").values
sides = degrees_between(steps[:-1], steps[1:])
off = degrees_between(slope[1:-1], (steps[:-1] + steps[1:]) / 2)
# The same at a distance that differences can follow.
h = 0.02
centre = seven.angle.values[1:-1]
close = (code_at(centre + h)[0].mean("face").values - code_at(centre - h)[0].mean("face").values) / (2 * h)
off_close = degrees_between(slope[1:-1], close)
plotting.headline("sides_disagree_degrees", np.median(sides))
plotting.headline("derivative_off_close_difference_degrees", np.median(off_close))
plotting.say(
    f"The differences on the two sides of a point differ in direction by {np.median(sides):.0f}° (median over the five inner "
    f"angles); the network's derivative differs from their mean by {np.median(off):.0f}°, and from the difference between "
    f"{2 * h:.2f} rad apart by {np.median(off_close):.1f}°. "
    + (
        "So the network's derivative is right, and differences on a coarse grid are not: the line of means bends between "
        "the angles. "
        if np.median(off_close) < 10 and np.median(sides) > 20
        else "So the network's derivative is right, and on this line of means the coarse differences are not far off either. "
        if np.median(off_close) < 10
        else "The network's derivative does **not** agree with close differences here. "
    )
    + (
        "The original averaged its gradient over all seven angles, so that its arrows have a seventh of their length; their "
        "direction is right."
        if as_original
        else ""
    )
)
if as_original:
    right, disagree = np.median(off_close) < 10, np.median(sides) > 20
    plotting.judge(
        "R10",
        "no" if not right else "yes" if disagree else "in part",
        f"the derivative is off by {np.median(off_close):.1f}°, differences of two sides by {np.median(sides):.0f}°",
    )

# %% [markdown]
# ## R11 · A factor of the covariance
#
# With the eigenvectors $V$ and the eigenvalues $\Lambda$ of the covariance $\Sigma$, the factor $A = \Lambda^{1/2} V^\top$ has
# $A^\top A = \Sigma$. It is not the symmetric root $V \Lambda^{1/2} V^\top$. Here it is at the first of the seven angles.

# %% tags=["remove-input"]
covariance = np.cov(seven.values[0], rowvar=False)
values, vectors = np.linalg.eigh(covariance)
factor = np.sqrt(values)[:, None] * vectors.T
plotting.headline("factor_error", np.abs(factor.T @ factor - covariance).max() / np.abs(covariance).max())
entries = " \\\\ ".join(" & ".join(f"{entry:.4g}" for entry in row) for row in factor)
plotting.show(
    plotting.matrix_figure(factor, ["output 1", "output 2"], ["axis 1", "axis 2"]),
    id="R11",
    caption=f"{condition}: the factor $A$ of the covariance at θ = {float(seven.angle[0]):.2f} rad. Rows: principal axes, by "
    "growing variance; columns: outputs.",
    alt="A table of two by two numbers in shades of grey.",
    data=pd.DataFrame(factor, index=["axis 1", "axis 2"], columns=["output_1", "output_2"]),
)
plotting.say(
    f"$A = \\begin{{pmatrix}} {entries} \\end{{pmatrix}}$; the cloud is {np.sqrt(values[1] / values[0]):.1f} times as long as "
    f"wide. $A^\\top A$ differs from $\\Sigma$ by {np.abs(factor.T @ factor - covariance).max() / np.abs(covariance).max():.1e} of "
    "its largest entry."
)

# %% [markdown]
# ## R12 · Level sets of the covariance
#
# The ellipse of two standard deviations over each cloud. Of a normal cloud it holds $1 - e^{-2}$ of the points.

# %% tags=["hide-input"]
plotting.show(
    plotting.cloud_panels(seven, level_sets=True),
    id="R12",
    caption=f"{condition}; {shown}: seven angles over the range, mean (cross), median (circle) and the level set of the "
    "covariance at two standard deviations.",
    alt="Seven scatter plots of the second output against the first, one an angle, each with an ellipse around its cloud.",
    data=plotting.cloud_rows(seven),
)


# %% tags=["remove-input"]
def shape(embeddings):
    """Of each cloud: skewness along its longer and its shorter axis, and the share of points inside two deviations."""
    rows = []
    for cloud in embeddings.values:
        centred = cloud - cloud.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
        white = centred @ vectors / np.sqrt(values)
        skew = np.abs(scipy.stats.skew(white, axis=0))
        rows.append((skew[1], skew[0], ((white**2).sum(axis=1) < 4).mean()))
    return np.array(rows)


longer, shorter, inside = shape(seven).T
normal = 1 - np.exp(-2)
plotting.headline("skewness_along_longer_axis", np.median(longer))
plotting.headline("inside_two_deviations", np.median(inside))
plotting.say(
    f"Along the longer axis of a cloud the skewness is {np.median(longer):.1f} in size (median of the seven), along the shorter "
    f"{np.median(shorter):.1f}. "
    + (
        "So points are skewed along the dominant direction" + (", as the original says. " if as_original else ". ")
        if np.median(longer) > max(0.5, np.median(shorter))
        else "So points are not skewed along the dominant direction in particular. "
    )
    + f"The ellipses hold {100 * inside.min():.0f} to {100 * inside.max():.0f} % of their points, where a normal cloud has "
    f"{100 * normal:.0f} %."
)
if as_original:
    plotting.judge(
        "R12",
        "yes" if np.median(longer) > max(0.5, np.median(shorter)) else "no",
        f"skewness {np.median(longer):.1f} along the longer, {np.median(shorter):.1f} along the shorter axis",
    )

# %% [markdown]
# ## R13 · From −1 to 1 rad
#
# The same for five angles within 1 rad of the middle of the range.

# %% tags=["hide-input"]
five, _ = code_at(np.linspace(-1, 1, 5))
plotting.show(
    plotting.cloud_panels(five, level_sets=True),
    id="R13",
    caption=f"{condition}; {shown}: as R12, five angles from −1 to 1 rad.",
    alt="Five scatter plots of the second output against the first, one an angle, each with an ellipse around its cloud.",
    data=plotting.cloud_rows(five),
)

# %% [markdown]
# ## R14 · The whole range
#
# Nine angles, and whether mean and covariance say what there is to say.

# %% tags=["hide-input"]
nine, _ = code_at(whole_range(9))
plotting.show(
    plotting.cloud_panels(nine, level_sets=True, in_pi=True),
    id="R14",
    caption=f"{condition}; {shown}: nine angles over the range, in units of π, with mean (cross), median (circle) and level set "
    "at two standard deviations.",
    alt="Nine scatter plots of the second output against the first, one an angle, each with an ellipse around its cloud.",
    data=plotting.cloud_rows(nine),
)

# %% tags=["remove-input"]
of_nine = shape(nine)
odd = (of_nine[:, :2].max(axis=1) > 1) | (np.abs(of_nine[:, 2] - normal) > 0.05)
plotting.headline("clouds_that_are_not_normal", odd.sum())
plotting.say(
    f"At {int(odd.sum())} of the nine angles a cloud is skewed by more than one along one of its axes, or its ellipse holds 5 % of "
    "the points more or less than a normal one's. "
    + (
        "Mean and covariance miss the shape of most clouds"
        if odd.sum() > len(odd) / 2
        else "Mean and covariance are a reasonable summary, but miss the shape at some places"
        if odd.any()
        else "Mean and covariance are a reasonable summary, and these clouds have no other shape to miss"
    )
    + (". The original finds them reasonable, but missing the shape." if as_original else ".")
    + " What that does to the estimate of the information (Q07) is told on [Can we trust the estimate?](estimators.ipynb)."
)
if as_original:
    plotting.judge(
        "R14",
        "no" if not odd.any() else "yes" if odd.sum() <= len(odd) / 2 else "in part",
        f"the shape is missed at {int(odd.sum())} of nine angles",
    )

# %% [markdown]
# ## What this page does not show
#
# - Other networks: one network has no interval. How far networks differ is on the page
#   [Fisher information](fisher_information.ipynb).
# - Whether skewed clouds bias the information: that takes a code whose information is known.
# - What the clouds of people never seen look like: all faces here are training faces.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    f"- Mean and median of a cloud are {100 * np.median(apart):.0f} % of its size apart (median of six angles); the decoded angle "
    f"has a skewness of up to {np.abs(skewness).max():.1f} in size.\n"
    f"- Near the density's peak {100 * np.median(share):.0f} % of the variance lies along the line of means; the embedding has "
    f"{np.median(ratio):.2f} times the information of the decoded angle.\n"
    f"- The network's derivative is within {np.median(off_close):.1f}° of close differences of means; coarse differences on "
    f"the two sides of a point differ by {np.median(sides):.0f}°.\n"
    f"- Of nine clouds over the range, {int(odd.sum())} cannot pass for normal by skewness or by what their ellipse holds."
)
