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
# # Comparing losses: what the clouds look like near the peak
#
# A loss that forgives large errors and rewards tiny ones could shape a code in its own way. This page looks at the clouds of
# embeddings, loss by loss, around the angle that was trained most: how long and narrow they are, and whether they lie along
# the line on which their means move, where scatter can be mistaken for a turn of the face.
#
# It shows results R47 to R53 of the original analysis: linear encoding, concentrated density. What is done to the error is
# named by the loss: *linear*, a power (*square*, *quart*), a root (*sqrt*, *root4*) or *log*. Clouds of the linear loss, one
# network at a time, are on the page [Noise structure](noise_structure.ipynb); what the loss does to the information is
# on the page [Totals and errors](loss_comparison_errors.ipynb); the words in use are in the
# [table of the introduction](intro.md).

# %% tags=["remove-input"]
import numpy as np
from scipy.special import expit, logit

from fisherkit import codes, curves, densities, experiments, fisher, plotting, stats

plotting.use_style()

# %% tags=["parameters"]
preset = "quick"  # sizes and hyperparameters: smoke, quick, paper or original
faces = None  # olivetti, sketch or auto; None: what the preset says
losses = ["linear", "square", "quart", "root4", "log"]  # of linear, sqrt, square, quart, root4, log
replicates = None  # networks a loss; None: as many as the preset says
angles = 50  # angles of the grid over the range, for the total information
seed = 0  # of everything random

# %% tags=["sweep", "hide-input"]
sweep = experiments.loss_sweep(
    preset,
    faces=faces,
    losses=losses,
    encodings=["linear"],
    densities=["concentrated"],
    replicates=replicates,
    seed=seed,
)
grid = codes.angle_grid("linear", angles)


# %% tags=["hide-input"]
def codes_at(angles):
    """Embeddings and tangents of all networks, training faces at some angles."""
    return fisher.embed_with_tangents(ensemble, train.images, angles)


def of_loss(values, loss):
    """The networks of one loss."""
    return values[(values.loss == loss).values]


train = sweep.faces.subset("train")
ensemble = sweep.ensemble()
density = densities.named("concentrated", "linear")
peak = density.mean
around = peak + np.linspace(-0.5, 0.5, 11)
near = codes_at(around)
networks = len(of_loss(near.embeddings, losses[0]))
panels = min(networks, 3)
which = {1: "replicate 1", 2: "replicates 1 and 2"}.get(panels, f"replicates 1 to {panels}")
by_order = sorted(losses, key=codes.LOSS_ORDERS.get)

# %% tags=["remove-input"]
plotting.say(
    f"Here: {len(train)} {sweep.faces.source} faces of {len(set(train.person.tolist()))} people, preset *{sweep.preset.name}*, "
    f"{plotting.counted(networks, 'network')} a loss. The density of training angles peaks at {peak:.2f} rad. "
    + (f"Figures show the first {panels} networks of a loss. " if networks > panels else "")
    + "To keep the page small, figures show every third face; the numbers are of all networks and faces."
    + ("" if networks > 1 else " One network a loss has no interval: nothing can be said of other networks.")
)


# %% [markdown]
# ## R47 to R51 · Eleven angles around the peak
#
# One figure a loss, one panel a network: embeddings at eleven angles within 0.5 rad of the density's peak. The line joins the
# means; as in the original, root4 and log have none. Both axes have one scale, so that angles in the plane are true. The read-out
# is the mean of the two outputs, a projection on the diagonal; the loss does not see the direction across it.


# %% tags=["hide-input"]
def show_clouds(id, loss, embeddings, words, *, line, common=False):
    """The figure of one loss's clouds."""
    clouds = of_loss(embeddings, loss)[:panels, :, ::3]
    plotting.show(
        plotting.clouds_of_replicates(clouds, line=line, common=common),
        id=id,
        caption=f"Linear encoding, {loss} loss, concentrated density, {which}; every third one of {len(train)} training "
        f"faces at each of {words}{', with the line of their means' if line else '; no line of means'}"
        f"{'; common axes' if common else ''}.",
        alt=f"Scatter plots of the second output against the first, {'a panel a network' if panels > 1 else 'one network'}: "
        f"clouds coloured by angle{', with a line joining their means' if line else ''}.",
        data=plotting.embedding_table(clouds),
    )


with_line = {"linear": True, "square": True, "quart": True, "root4": False, "log": False}
for id, loss in zip(("R47", "R48", "R49", "R50", "R51"), with_line, strict=True):
    if not plotting.show_lacking(id, losses=(loss, losses)):
        show_clouds(
            id, loss, near.embeddings, "eleven angles within 0.5 rad of the density's peak", line=with_line[loss]
        )


# %% [markdown]
# How aligned and how narrow are the clouds? Of each cloud: the share of its variance *along* the direction in which its mean
# moves (half, if it were round), the angle between that direction and its longer axis (45° on average, if they had nothing to
# do with each other), the share of its variance across the diagonal, where the loss does not look, and how many times it is as
# long as wide, the root of its covariance's condition number. *Turned* says how many times the information would grow if each
# cloud were turned until its longer axis stood across the motion of its mean.


# %% tags=["hide-input"]
def form(embeddings, tangents):
    """Along the motion, angle to it (degrees), across the diagonal, length ÷ width, gain if turned: (angle,) each."""
    z = embeddings.values
    values, vectors = np.linalg.eigh(np.stack([np.cov(cloud, rowvar=False) for cloud in z]))
    motion = tangents.values.mean(axis=1)
    cosine = np.abs((vectors[..., 1] * motion).sum(axis=-1)) / np.linalg.norm(motion, axis=-1)
    information = fisher.linear_fisher(z, tangents.values, correction="none")
    return (
        fisher.variance_along_tangent(z, tangents.values),
        np.degrees(np.arccos(np.clip(cosine, 0, 1))),
        codes.unseen(z, "linear").var(axis=-1, ddof=1) * 2 / values.sum(axis=-1),
        np.sqrt(values[:, 1] / values[:, 0]),
        (motion**2).sum(axis=-1) / values[:, 0] / information,
    )


def over_networks(values, scale, back):
    """Mean over networks with its interval, taken on a scale that has no end: three numbers, and the same in words."""
    low, estimate, high = sorted(float(back(value)) for value in stats.mean_interval(scale(values)))
    if networks == 1:
        return (estimate, low, high), f"{estimate:.2f}"
    return (estimate, low, high), f"{estimate:.2f} [{low:.2f}, {high:.2f}]"


# Of each network the mean over the eleven angles; of the angle and the ratios, which have long tails, the median.
forms = {}
for loss in by_order:
    each = [form(*pair) for pair in zip(of_loss(near.embeddings, loss), of_loss(near.tangents, loss), strict=True)]
    along, degrees, across, aspect, turned = (np.array(column) for column in zip(*each, strict=True))
    forms[loss] = {
        "along": along.mean(axis=1),
        "degrees": np.median(degrees, axis=1),
        "across": across.mean(axis=1),
        "aspect": np.median(aspect, axis=1),
        "turned": np.median(turned, axis=1),
    }
aligned = {loss: over_networks(of["along"], logit, expit) for loss, of in forms.items()}
elongated = {loss: over_networks(of["aspect"], np.log, np.exp) for loss, of in forms.items()}
unseen_share = {loss: over_networks(of["across"], logit, expit) for loss, of in forms.items()}

# %% tags=["remove-input"]
for loss, of in forms.items():
    plotting.headline(f"along_{loss}", aligned[loss][0][0])
    plotting.headline(f"aspect_{loss}", elongated[loss][0][0])
    plotting.headline(f"turned_{loss}", np.exp(np.log(of["turned"]).mean()))
plotting.say(
    "| loss | variance along the motion | angle to it | variance across the diagonal | length ÷ width | condition number | turned |\n"
    "|---|---|---|---|---|---|---|\n"
    + "\n".join(
        f"| {loss} | {aligned[loss][1]} | {of['degrees'].mean():.0f}° | {unseen_share[loss][1]} | "
        f"{elongated[loss][1]} | {elongated[loss][0][0] ** 2:.0f} | {np.exp(np.log(of['turned']).mean()):.1f} × |"
        for loss, of in forms.items()
    )
    + "\n\nEach network's mean over the eleven angles (of the angle and of the ratios, the median), averaged over networks"
    + (", with 95 % intervals over them, shares on the logit and ratios on the log scale." if networks > 1 else ".")
)


# %% tags=["remove-input"]
def by_verdict(name, scale, loss):
    """The losses that have clearly less, clearly more, and neither, than one loss, network by network."""
    less, more, neither = [], [], []
    for other in [known for known in by_order if known != loss]:
        # Replicates of two losses began alike and saw the same samples.
        _, low, high = stats.mean_interval(scale(forms[loss][name]) - scale(forms[other][name]))
        (less if low > 0 else more if high < 0 else neither).append(other)
    return less, more, neither


def listed(names):
    """Names in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


if "log" in losses:
    (share, low, high), _ = aligned["log"]
    most = max(aligned, key=lambda loss: aligned[loss][0][0])
    text = f"**log.** {100 * share:.0f} % of a cloud's variance lies along the motion of its mean. " + (
        "With one network, no interval says how that differs from one half. "
        if networks == 1
        else "The interval is above one half: the distributions are **aligned** with the line of means, as the original says. "
        if low > 0.5
        else "The interval is below one half: the distributions lie **across** the line of means, where the original found them aligned. "
        if high < 0.5
        else "The interval holds one half: that they are aligned, as the original says, cannot be told from these networks. "
    )
    if len(losses) > 1:
        text += (
            "It is the most aligned of these losses. "
            if most == "log"
            else f"The most aligned loss is {most}, not log. "
        )
    if networks > 1 and len(losses) > 1:
        less, more, neither = by_verdict("along", logit, "log")
        flatter, longer, alike = by_verdict("aspect", np.log, "log")
        plotting.judge(
            "R51",
            "yes" if low > 0.5 and flatter else "no" if high < 0.5 else "in part" if low > 0.5 or less else "undecided",
            f"{100 * share:.0f} % of the variance along the motion; {elongated['log'][0][0]:.1f} times as long as wide",
        )
        told = [
            f"{words} than {listed(names)}"
            for words, names in (("more aligned", less), ("less aligned", more), ("longer for their width", flatter),
                                 ("rounder", longer)) if names
        ]  # fmt: skip
        text += (
            f"Network by network, its clouds are clearly {'; '.join(told)}. "
            if told
            else "Network by network, its clouds are not clearly different from any other loss's in either respect. "
        )
        text += (
            f"*Narrowly* does not set them apart: they are {elongated['log'][0][0]:.1f} times as long as wide. "
            if not flatter
            else f"*Narrowly* holds too: they are {elongated['log'][0][0]:.1f} times as long as wide. "
        )
    plotting.say(text)
gain = {loss: float(np.exp(np.log(of["turned"]).mean())) for loss, of in forms.items()}
dearest = max(gain, key=gain.get)
beside = [loss for loss in by_order if aligned[loss][0][0] < 0.5]
hidden = [loss for loss in by_order if unseen_share[loss][0][0] > 0.5]
seen = [loss for loss in by_order if loss not in hidden]
plotting.say(
    f"What does alignment cost? Turned across the motion, the clouds of {dearest} would have {gain[dearest]:.1f} times the "
    "information"
    + (f", those of {min(gain, key=gain.get)} {min(gain.values()):.1f} times. " if len(losses) > 1 else ". ")
    + (
        f"The clouds of {listed(beside)} lie across the motion of their means more than along it. "
        if beside
        else "The clouds of no loss lie across the motion of their means more than along it. "
    )
    + (
        f"Most of the scatter of {listed(hidden)} is across the diagonal, where the loss does not look and leaves faces free"
        + (f"; that of {listed(seen)} is mostly where the loss does look. " if seen else ". ")
        if hidden
        else "The scatter of every loss is mostly where the loss does look. "
    )
    + "That is a description of the clouds, not yet a reason: these numbers do not say whether a loss makes clouds "
    "align, or whether networks that were trained less well by it have them so."
)


# %% [markdown]
# Of the log loss the original adds that its *rep 1 has the largest information relative to its total*. Replicates have other
# seeds here, so that their numbers mean nothing; but one can ask whether one of them stands out. For each network: the highest
# information on the grid, divided by the integral of the information.


# %% tags=["remove-input"]
def peak_to_total(values):
    """Highest information ÷ its integral, in rad⁻¹."""
    return values.max(axis=-1) / np.trapezoid(values, grid, axis=-1)


if "log" in losses:
    of_log = curves.measure(sweep.ensemble(loss="log"), train, grid, seed=seed)
    relative, drawn = peak_to_total(of_log.information.values), peak_to_total(of_log.draws)
    rows = []
    for k, value in enumerate(relative):
        band = stats.simultaneous_band(relative[k : k + 1], drawn[:, k : k + 1])
        rows.append(f"| {k + 1} | {value:.2f} [{band.low[0]:.2f}, {band.high[0]:.2f}] |")
    text = "| replicate | peak ÷ total (rad⁻¹) |\n|---|---|\n" + "\n".join(rows) + "\n\n(95 % intervals over people.) "
    if networks > 1:
        first = int(relative.argmax())
        often = float((drawn.argmax(axis=1) == first).mean())
        plotting.headline("largest_peak_to_total_again", often)
        text += (
            f"Replicate {first + 1} has the largest, and has it again in {100 * often:.0f} % of the draws of people. "
            + (
                "So it **stands out** beyond the chance of who was photographed. "
                if often >= 0.95
                else "So it does **not** stand out beyond the chance of who was photographed. "
            )
            + f"Among {networks} networks one must be the largest; that it is one in particular says nothing about the loss."
        )
    else:
        text += "Which one is the largest needs at least two replicates."
    plotting.say(text)

# %% [markdown]
# ## R52 · log, three angles close together
#
# Three angles within 0.1 rad of the peak, all panels on the same axes.

# %% tags=["hide-input"]
if not plotting.show_lacking("R52", losses=("log", losses)):
    close = codes_at(peak + np.linspace(-0.1, 0.1, 3))
    show_clouds(
        "R52", "log", close.embeddings, "three angles within 0.1 rad of the density's peak", line=False, common=True
    )

# %% tags=["remove-input"]
if "log" in losses:
    apart = {
        loss: 0.1
        * np.sqrt(fisher.information(close, estimator="wishart")[(close.embeddings.loss == loss).values, 1].values)
        for loss in by_order
    }
    others = [loss for loss in by_order if loss != "log"]
    plotting.headline("separation_log", apart["log"].mean())
    furthest = max(others, key=lambda loss: apart[loss].mean(), default=None)
    plotting.say(
        f"To the best linear read-out, neighbouring clouds are {apart['log'].mean():.1f} standard deviations apart ($0.1\\,\\sqrt I$ "
        "at the peak, mean over networks"
        + (f"; {apart['log'].min():.1f} to {apart['log'].max():.1f}" if networks > 1 else "")
        + "). "
        + (
            "Clouds four standard deviations apart hardly overlap: these are told apart"
            if apart["log"].mean() > 4
            else "Clouds four standard deviations apart would hardly overlap: these do"
        )
        + (
            f". Of the other losses, {furthest} has most: {apart[furthest].mean():.1f}."
            if furthest is not None
            else "."
        )
    )

# %% [markdown]
# ## R53 · log, the whole range
#
# Seven angles from one end of the range to the other.

# %% tags=["hide-input"]
if not plotting.show_lacking("R53", losses=("log", losses)):
    whole = codes_at(np.linspace(*codes.angle_range("linear"), 7))
    show_clouds("R53", "log", whole.embeddings, "seven angles over the whole range", line=False)

# %% tags=["remove-input"]
if "log" in losses:
    decoded = codes.decode(of_loss(whole.embeddings, "log").values, "linear").mean(axis=-1)
    theta = whole.embeddings.angle.values
    step = int(np.abs((theta[1:] + theta[:-1]) / 2 - peak).argmin())
    slopes = np.diff(decoded, axis=1) / np.diff(theta)
    here, elsewhere = slopes[:, step].mean(), np.delete(slopes, step, axis=1).mean()
    plotting.headline("slope_near_peak_log", here)
    plotting.headline("slope_elsewhere_log", elsewhere)
    plotting.say(
        f"Between the two of the seven angles that enclose the peak ({theta[step]:.2f} and {theta[step + 1]:.2f} rad) the mean decoded angle "
        f"moves by {here:.2f} rad per rad, elsewhere by {elsewhere:.2f} on average (a faithful code: 1). "
        + (
            "So elsewhere the code of the log loss **turns back**: where it was hardly ever trained, the decoded angle falls as the "
            "angle grows."
            if elsewhere < -0.1 * here
            else "So the code of the log loss leaves angles that were hardly ever trained **squeezed together**."
            if elsewhere < 0.5 * here
            else "So the code follows the angle about as well where it was hardly ever trained."
            if elsewhere > 0.8 * here
            else "So the code follows the angle less well where it was hardly ever trained."
        )
    )

# %% [markdown]
# ## What this page does not show
#
# - Other people: all faces here are training faces.
# - Why a loss aligns its clouds: the losses differ in how well they trained their networks too, and that is not held constant.
# - What these clouds mean for the information along the whole range: see [Totals and errors](loss_comparison_errors.ipynb).
#
# ## Summary

# %% tags=["remove-input"]
plotting.say(
    "\n".join(
        f"- {loss} loss: {100 * aligned[loss][0][0]:.0f} % of a cloud's variance along the motion of its mean, clouds "
        f"{elongated[loss][0][0]:.1f} times as long as wide; across the motion they would have {gain[loss]:.1f} times the information."
        for loss in by_order
    )
)
