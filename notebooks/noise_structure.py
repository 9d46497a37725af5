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

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
loss = "linear"  # linear, sqrt, square, quart, root4 or log
encoding = "linear"  # linear, circular or geodesic
replicates = None  # networks; None: as many as the preset says. Figures show the first
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=[loss],
    encodings=[encoding],
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)


# %% tags=["hide-input"]
def code_at(angles):
    """Embeddings and tangents of the networks, training faces at some angles."""
    return fisher.embed_with_tangents(ensemble, train.images, angles)


def first(code):
    """The first network's embeddings and tangents: (angle, face, output) each."""
    return code.embeddings[0], code.tangents[0]


def of_networks(number, *arrays):
    """A number of each network, from arrays (network, angle, face, …), with each person left out in turn."""
    people = np.unique(train.person)
    without = np.stack([number(*(array[:, :, train.person != one] for array in arrays)) for one in people])
    return stats.Estimate(number(*arrays), {curves.label_of(train): without})


def beyond(found, x):
    """On which side of x a number lies, by its interval; of one network, by itself. None where the interval holds x."""
    if not found.several:
        return "above" if found.mean > x else "below"
    return {"open": None}.get(found.side(x), found.side(x))


ensemble = sweep.ensemble()
train = sweep.faces.subset("train")
networks = len(sweep.conditions)
low, high = codes.angle_range(encoding)
has_ends = codes.domain(encoding) == "linear"
density = densities.named("concentrated", codes.domain(encoding))
fine = np.linspace(low, high, 2001)
peak = float(fine[density.pdf(fine).argmax()])
condition = f"{encoding.capitalize()} encoding, {loss} loss, concentrated density, the first of {plotting.counted(networks, 'network')}"
shown = f"{len(train)} training faces at each angle"
# The original's own condition; in another one its readings have nothing to say.
as_original = (encoding, loss) == ("linear", "linear")

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*. "
    f"The density of training angles peaks at {peak:.2f} rad. Figures show the first network; numbers are of {plotting.counted(networks, 'network')}"
    + (", means with 95 % intervals over networks and people." if networks > 1 else ", which has no interval.")
)


# %% [markdown]
# ## R06 · Mean and median of a cloud
#
# Six angles over the whole range. If a cloud were symmetric, its mean and its median would agree.


# %% tags=["hide-input"]
def whole_range(count):
    """``count`` angles over the range; a circle's first and last angle are one, so there the last is left out."""
    return np.linspace(low, high, count, endpoint=has_ends)


of_six = code_at(whole_range(6))
six, _ = first(of_six)
plotting.show(
    plotting.cloud_panels(six),
    id="R06",
    caption=f"{condition}; {shown}: embeddings at six angles, with their mean (cross) and median (circle).",
    alt="Six scatter plots of the second output against the first, one an angle, each with a cross at the mean and a circle "
    "at the median.",
    data=plotting.cloud_rows(six),
)

# %% tags=["remove-input"]


def distance_of_median(z):
    """Distance of mean and median of each cloud, as a share of its size (root of the total variance)."""
    size = np.sqrt(z.var(axis=2, ddof=1).sum(axis=-1))
    return np.linalg.norm(z.mean(axis=2) - np.median(z, axis=2), axis=-1) / size


def tightness(z):
    """Size of the tightest cloud ÷ that of a typical one."""
    size = np.sqrt(z.var(axis=2, ddof=1).sum(axis=-1))
    return size.min(axis=1) / np.median(size, axis=1)


clouds = of_six.embeddings.values
apart = of_networks(lambda z: np.median(distance_of_median(z), axis=1), clouds)
near_median = of_networks(lambda z: (distance_of_median(z) < 0.1).sum(axis=1), clouds)
tight = of_networks(tightness, clouds)
plotting.headline("mean_median_distance", apart.mean)
plotting.headline("tightest_cloud", tight.mean)
table = "\n".join(
    f"| {theta:.2f} | {100 * values.mean():.0f} % | {100 * values.min():.0f} to {100 * values.max():.0f} % |"
    for theta, values in zip(six.angle.values, distance_of_median(clouds).T, strict=True)
)
plotting.say(
    "Length of mean − median in percent of the cloud's size (root of the total variance), mean over networks and their range:\n\n"
    f"| θ (rad) | mean | range |\n|---|---|---|\n{table}\n\n"
    f"They are closer than a tenth of the cloud's size at {plotting.mean_in_words(near_median)} of the six angles. "
    + (
        "So they are close everywhere. "
        if near_median.mean == 6
        else "So they are close often, not always. "
        if near_median.mean >= 3
        else "So they are seldom that close. "
    )
    + ("The original: *often, not always*. " if as_original else "")
    + f"The tightest cloud has {plotting.mean_in_words(tight)} of the size of a typical one"
    + (": one place is very tight, as the original says." if beyond(tight, 0.5) == "below" and as_original else ".")
)
if as_original:
    often, one_tight = 3 <= near_median.mean < 6, beyond(tight, 0.5) == "below"
    plotting.judge(
        "R06",
        "yes" if often and one_tight else "in part" if often or one_tight else "no",
        f"close at {plotting.mean_in_words(near_median)} of six angles; the tightest cloud has {plotting.mean_in_words(tight)} of the typical size",
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
errors = curves.errors(of_six.embeddings).values
skewness = scipy.stats.skew(errors, axis=2)
skewed = of_networks(lambda error: (np.abs(scipy.stats.skew(error, axis=2)) > 0.5).sum(axis=1), errors)
plotting.headline("largest_skewness", np.abs(skewness).max())
plotting.headline("skewed_angles", skewed.mean)
side = beyond(skewed, 3)
plotting.say(
    f"The skewness of the decoded angle runs from {skewness.min():.1f} to {skewness.max():.1f} over networks and angles; it exceeds one half in size at "
    f"{plotting.mean_in_words(skewed)} of the six angles. "
    + {
        "above": "So the decoded angle is skewed at most angles, and a variance estimated from few faces hangs on the tail. ",
        "below": "So the decoded angle is skewed at some angles only. ",
        None: "Whether that is most angles is open. ",
    }[side]
    + ("The original holds this skew to be a cause of noisy Fisher estimates." if as_original else "")
)
if as_original:
    plotting.judge(
        "R07",
        {"above": "yes", "below": "in part" if skewed.mean else "no", None: "undecided"}[side],
        f"skewed at {plotting.mean_in_words(skewed)} of six angles",
    )

# %% [markdown]
# ## R08 · Near the peak: clouds along the line of means
#
# Five angles within 0.3 rad of the density's peak. The line joins the means.

# %% tags=["hide-input"]
of_near = code_at(peak + np.linspace(-0.3, 0.3, 5))
near, _ = first(of_near)
plotting.show(
    plotting.clouds_along_means(near),
    id="R08",
    caption=f"{condition}; {shown}: embeddings at five angles within 0.3 rad of the density's peak, and the line of means.",
    alt="Scatter plot of the second output against the first, five clouds coloured by angle, with a line joining their means.",
    data=plotting.cloud_rows(near),
)

# %% tags=["remove-input"]
both = of_near.embeddings.values, of_near.tangents.values
shares = fisher.variance_along_tangent(*both)
share = of_networks(lambda z, t: np.median(fisher.variance_along_tangent(z, t), axis=1), *both)
embedding_information = fisher.linear_fisher(*both, correction="none")
decoded_information = fisher.decoded_fisher(*both, encoding=encoding, correction="none")
ratio = embedding_information / decoded_information
side = beyond(share, 0.5)
plotting.headline("variance_along_means", share.mean)
plotting.headline("embedding_to_decoded_information", np.median(ratio))
plotting.say(
    f"A share of {plotting.mean_in_words(share)} of a cloud's variance lies along the direction in which its mean moves (of each network the median of five "
    f"angles; half, if a cloud were round); single clouds have {shares.min():.2f} to {shares.max():.2f}. "
    + {
        "above": "Much of the variance runs along the line of means"
        + (", as the original says" if as_original else ""),
        "below": "Most of the variance runs **across** the line of means"
        + ("; the original says along it" if as_original else ""),
        None: "Whether more runs along the line of means than across it is open",
    }[side]
    + f". Does that make the information small although the decoded error is small? The information of the embedding is "
    f"{ratio.min():.2f} to {ratio.max():.2f} times that of the decoded angle at these five angles, over all networks. "
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
    never_less = bool((ratio >= 1 - 1e-9).all())
    plotting.judge(
        "R08",
        "no" if not never_less else {"above": "yes", "below": "in part", None: "undecided"}[side],
        f"{plotting.mean_in_words(share)} of the variance; the embedding has {np.median(ratio):.2f} times the decoded information",
    )

# %% [markdown]
# ## R09 · A finer grid
#
# The same stretch with eleven angles. Which clouds touch depends on the grid.

# %% tags=["hide-input"]
of_finer = code_at(peak + np.linspace(-0.3, 0.3, 11))
finer, _ = first(of_finer)
plotting.show(
    plotting.clouds_along_means(finer),
    id="R09",
    caption=f"{condition}; {shown}: as R08, eleven angles.",
    alt="Scatter plot of the second output against the first, eleven clouds coloured by angle, with a line joining their means.",
    data=plotting.cloud_rows(finer),
)


# %% tags=["remove-input"]
def separation(angle):
    """Distance of neighbouring means of the decoded angle, in standard deviations of it: the median over neighbours."""

    def number(error):
        centre, deviation = angle + error.mean(axis=2), error.std(axis=2, ddof=1)
        return np.median(np.diff(centre) / np.sqrt((deviation[:, 1:] ** 2 + deviation[:, :-1] ** 2) / 2), axis=1)

    return number


coarse_separation, fine_separation = (
    of_networks(separation(code.embeddings.angle.values), curves.errors(code.embeddings).values)
    for code in (of_near, of_finer)
)
reached = [beyond(found, 4) for found in (coarse_separation, fine_separation)]
plotting.headline("separation_coarse", coarse_separation.mean)
plotting.headline("separation_fine", fine_separation.mean)
plotting.say(
    f"Neighbouring clouds are {coarse_separation:.1f} standard deviations of the decoded angle apart on the grid of five, and "
    f"{fine_separation:.1f} on the grid of eleven. "
    + (
        "Noise reaches the decoded value only on the fine grid"
        if reached == ["above", "below"]
        else "Noise reaches the decoded value on both grids"
        if reached == ["below", "below"]
        else "Noise reaches the decoded value on neither grid"
        if reached == ["above", "above"]
        else "Whether noise reaches the decoded value on both grids is open"
    )
    + " (clouds that are four standard deviations apart hardly overlap)."
    + (" The original says: only on a fine grid." if as_original else "")
)
if as_original:
    plotting.judge(
        "R09",
        "yes" if reached == ["above", "below"] else "undecided" if None in reached else "no",
        f"{coarse_separation:.1f} standard deviations apart on the coarse grid, {fine_separation:.1f} on the fine one",
    )

# %% [markdown]
# ## R10 · Differences of means, and the network's derivative
#
# The information needs the derivative of the mean. One can take differences between neighbouring means, or push the
# derivative of the rotating image through the network. Seven angles over the range; arrows start at each mean.

# %% tags=["hide-input"]
of_seven = code_at(whole_range(7))
seven, seven_tangents = first(of_seven)
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


h = 0.02
centre = seven.angle.values[1:-1]
around = [of_seven.embeddings.values, of_seven.tangents.values]
around += [code_at(centre + side).embeddings.values for side in (h, -h)]


def sides_of(z):
    """Degrees between the differences on the two sides of a point, the median over points."""
    steps = np.diff(z.mean(axis=2), axis=1)
    return np.median(degrees_between(steps[:, :-1], steps[:, 1:]), axis=1)


def off_coarse(z, t):
    """Degrees between the network's derivative and the mean of those differences."""
    steps = np.diff(z.mean(axis=2), axis=1)
    return np.median(degrees_between(t.mean(axis=2)[:, 1:-1], (steps[:, :-1] + steps[:, 1:]) / 2), axis=1)


def off_near(t, after, before):
    """The same at a distance that differences can follow."""
    close = (after.mean(axis=2) - before.mean(axis=2)) / (2 * h)
    return np.median(degrees_between(t.mean(axis=2)[:, 1:-1], close), axis=1)


sides, off = of_networks(sides_of, around[0]), of_networks(off_coarse, *around[:2])
off_close = of_networks(off_near, *around[1:])
right, disagree = beyond(off_close, 10) == "below", beyond(sides, 20) == "above"
plotting.headline("sides_disagree_degrees", sides.mean)
plotting.headline("derivative_off_close_difference_degrees", off_close.mean)
plotting.say(
    f"The differences on the two sides of a point differ in direction by {sides:.0f}° (median over the five inner "
    f"angles); the network's derivative differs from their mean by {off:.0f}°, and from the difference between "
    f"{2 * h:.2f} rad apart by {off_close:.1f}°. "
    + (
        "So the network's derivative is right, and differences on a coarse grid are not: the line of means bends between "
        "the angles. "
        if right and disagree
        else "So the network's derivative is right, and on this line of means the coarse differences are not far off either. "
        if right
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
    plotting.judge(
        "R10",
        "no" if not right else "yes" if disagree else "in part",
        f"the derivative is off by {off_close:.1f}°, differences of two sides by {sides:.0f}°",
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
def shape(z):
    """Of each cloud: skewness along its longer and its shorter axis, and the share of points inside two deviations."""
    centred = z - z.mean(axis=2, keepdims=True)
    values, vectors = np.linalg.eigh(np.swapaxes(centred, 2, 3) @ centred / (z.shape[2] - 1))
    white = centred @ vectors / np.sqrt(values)[:, :, None]
    skew = np.abs(scipy.stats.skew(white, axis=2))
    return np.stack([skew[..., 1], skew[..., 0], ((white**2).sum(axis=-1) < 4).mean(axis=-1)])


longer, shorter, inside = (
    of_networks(lambda z, part=part: np.median(shape(z)[part], axis=1), of_seven.embeddings.values) for part in range(3)
)
along, most = beyond(longer - shorter, 0), beyond(longer, 0.5)
held = shape(of_seven.embeddings.values)[2]
normal = 1 - np.exp(-2)
plotting.headline("skewness_along_longer_axis", longer.mean)
plotting.headline("inside_two_deviations", inside.mean)
plotting.say(
    f"Along the longer axis of a cloud the skewness is {longer:.1f} in size (median of the seven), along the shorter "
    f"{shorter:.1f}. "
    + (
        "So points are skewed along the dominant direction" + (", as the original says. " if as_original else ". ")
        if along == most == "above"
        else "Whether points are skewed along the dominant direction in particular is open. "
        if None in (along, most) and "below" not in (along, most)
        else "So points are not skewed along the dominant direction in particular. "
    )
    + f"The ellipses hold {100 * held.min():.0f} to {100 * held.max():.0f} % of their points, where a normal cloud has "
    f"{100 * normal:.0f} %."
)
if as_original:
    plotting.judge(
        "R12",
        "yes" if along == most == "above" else "no" if "below" in (along, most) else "undecided",
        f"skewness {longer:.1f} along the longer, {shorter:.1f} along the shorter axis",
    )

# %% [markdown]
# ## R13 · From −1 to 1 rad
#
# The same for five angles within 1 rad of the middle of the range.

# %% tags=["hide-input"]
five, _ = first(code_at(np.linspace(-1, 1, 5)))
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
of_nine = code_at(whole_range(9))
nine, _ = first(of_nine)
plotting.show(
    plotting.cloud_panels(nine, level_sets=True, in_pi=True),
    id="R14",
    caption=f"{condition}; {shown}: nine angles over the range, in units of π, with mean (cross), median (circle) and level set "
    "at two standard deviations.",
    alt="Nine scatter plots of the second output against the first, one an angle, each with an ellipse around its cloud.",
    data=plotting.cloud_rows(nine),
)

# %% tags=["remove-input"]


def odd_ones(z):
    """How many clouds are skewed by more than one along an axis, or have an ellipse that holds 5 % more or less."""
    longer, shorter, inside = shape(z)
    return ((np.maximum(longer, shorter) > 1) | (np.abs(inside - normal) > 0.05)).sum(axis=1)


odd = of_networks(odd_ones, of_nine.embeddings.values)
side = beyond(odd, 4.5)
plotting.headline("clouds_that_are_not_normal", odd.mean)
plotting.say(
    f"At {odd:.1f} of the nine angles a cloud is skewed by more than one along one of its axes, or its ellipse holds 5 % of "
    "the points more or less than a normal one's. "
    + (
        "Mean and covariance miss the shape of most clouds"
        if side == "above"
        else "Whether mean and covariance miss the shape of most clouds is open"
        if side is None
        else "Mean and covariance are a reasonable summary, but miss the shape at some places"
        if odd.mean > 0
        else "Mean and covariance are a reasonable summary, and these clouds have no other shape to miss"
    )
    + (". The original finds them reasonable, but missing the shape." if as_original else ".")
    + " What that does to the estimate of the information (Q07) is told on [Can we trust the estimate?](estimators.ipynb)."
)
if as_original:
    plotting.judge(
        "R14",
        "no" if odd.mean == 0 else {"below": "yes", "above": "in part", None: "undecided"}[side],
        f"the shape is missed at {odd:.1f} of nine angles",
    )

# %% [markdown]
# ## What this page does not show
#
# - The clouds of the other networks: figures show the first, and R11 is of it alone.
# - Whether skewed clouds bias the information: that takes a code whose information is known.
# - What the clouds of people never seen look like: all faces here are training faces.
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    f"- Mean and median of a cloud are {plotting.mean_in_words(apart)} of its size apart (median of six angles); the decoded angle "
    f"is skewed at {plotting.mean_in_words(skewed)} of six angles.\n"
    f"- Near the density's peak {plotting.mean_in_words(share)} of the variance lies along the line of means; the embedding has "
    f"{np.median(ratio):.2f} times the information of the decoded angle.\n"
    f"- The network's derivative is within {off_close:.1f}° of close differences of means; coarse differences on "
    f"the two sides of a point differ by {sides:.0f}°.\n"
    f"- Of nine clouds over the range, {odd:.1f} cannot pass for normal by skewness or by what their ellipse holds."
)
