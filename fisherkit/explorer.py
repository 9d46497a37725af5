"""The explorer: a figure whose angle, loss and budget a reader moves. Knows studies; must not know the built book.

A :class:`View` is what is seen of the networks of one condition at faces of one kind. :func:`show` puts out a figure of
the first state, for paper and for browsers that run no script, and beside it one script, ``explorer.js`` with the data
of all views as its argument, which puts the moving figure in the place of the image. It asks for nothing outside.
"""

import base64
import html
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML, display
from jaxtyping import Bool, Float
from matplotlib.figure import Figure

from fisherkit import codes, curves, plotting, theory
from fisherkit.estimate import Estimate
from fisherkit.faces import rotate
from fisherkit.losses import small_error_order
from fisherkit.results import in_words
from fisherkit.sketch import draw_faces
from fisherkit.study import ChannelStudy, Study

#: Networks of a condition that can be looked at, the first ones; and faces of a cloud that are drawn.
NETWORKS, FACES = 2, 20

#: A face's place in its cloud is kept as a whole number of these parts of a standard deviation, in a signed byte.
PARTS = 25

#: Length of the arrow along the tangent: as far as the mean goes in this angle (rad) at its present speed.
ARROW = 0.15

#: The two kinds of networks.
BOOK, CHANNEL = "book's network", "with a budget"


@dataclass(frozen=True, eq=False)
class View:
    """What is seen of the networks of one condition at faces of one kind.

    Attributes
    ----------
    network, encoding, density, loss : of the condition; ``network`` is :data:`BOOK` or :data:`CHANNEL`.
    seen : whether the faces are those that were trained on.
    q, order : of the loss, and of small errors under it (:func:`fisherkit.losses.small_error_order`), the law's.
    alpha : over all networks and people; None where there is no exponent.
    inside : whether the exponent may be held against the law: false of channels outside their window.
    angle, p : grid (rad), and the density there (rad⁻¹).
    fitted : angles that the exponent is fitted at.
    information : of the networks that can be looked at, rad⁻²; may be negative by chance of a channel.
    mean, tangent : of the embedding, and its derivative (rad⁻¹).
    spread : lower triangular L of the covariance LLᵀ.
    scores : L⁻¹ (embedding − mean) of some faces.
    outputs : what the two axes of the embedding are called.
    """

    network: str
    encoding: str
    density: str
    loss: str
    seen: bool
    q: float
    order: float
    alpha: Estimate | None
    inside: bool
    angle: Float[np.ndarray, " angle"]
    p: Float[np.ndarray, " angle"]
    fitted: Bool[np.ndarray, " angle"]
    information: Float[np.ndarray, "network angle"]
    mean: Float[np.ndarray, "network angle 2"]
    tangent: Float[np.ndarray, "network angle 2"]
    spread: Float[np.ndarray, "network angle 2 2"]
    scores: Float[np.ndarray, "network angle face 2"]
    outputs: tuple[str, str] = ("output 1", "output 2")

    @property
    def scale(self) -> list[float | None]:
        """A of the fitted power A p^α of each network, by the fit's own equation: the mean of I ÷ p^α."""
        if self.alpha is None:
            return [None] * len(self.information)
        p = self.p[self.fitted]
        pairs = zip(self.information[:, self.fitted], self.alpha.values, strict=False)
        return [max(0.0, float((curve / p**alpha).mean())) for curve, alpha in pairs]


def views(study: Study) -> list[View]:
    """The views of a study's networks: of each density, loss and kind of faces."""
    found = []
    for name, density in study.densities.items():
        p = density.pdf(study.grid)
        for loss, q in zip(study.losses, study.orders, strict=True):
            for seen in (True, False):
                code = study.code(seen, loss=loss, density=name)
                embeddings, tangents = (of.values[:NETWORKS] for of in (code.embeddings, code.tangents))
                mean = embeddings.mean(axis=2)
                centred = embeddings - mean[:, :, None]
                covariance = np.einsum("kafi,kafj->kaij", centred, centred) / (embeddings.shape[2] - 1)
                spread = np.linalg.cholesky(covariance)
                some = centred[:, :, _some(embeddings.shape[2])]
                found.append(
                    View(
                        BOOK, study.encoding, name, loss, seen, q, small_error_order(loss, study.encoding),
                        _exponent(study, loss, name, seen), True, study.grid, p,
                        curves.common_angles(density, study.grid),
                        study.of(loss, density=name, kind=curves.POSITIVE, seen=seen).values.values[:NETWORKS],
                        mean, tangents.mean(axis=2), spread,
                        np.linalg.solve(spread[:, :, None], some[..., None])[..., 0],
                    )
                )  # fmt: skip
    return found


def channel_views(study: ChannelStudy, *, seed: int = 0) -> list[View]:
    """The views of channels: of each loss and kind of faces.

    The code is one number, u and its noise; the second coordinate only spreads the points. Each face has one draw of
    the noise, the same at all angles.
    """
    found = []
    for loss in study.losses:
        for seen in (True, False):
            responses = study.responses(loss, seen=seen)
            u, slope = (of.values[:NETWORKS, ..., 0] for of in (responses.code.embeddings, responses.code.tangents))
            noise = responses.noise[:NETWORKS, None]
            deviation = np.sqrt(noise**2 + u.var(axis=-1, ddof=1))
            some = _some(u.shape[-1])
            draws = np.random.default_rng(seed).standard_normal((2, len(some)))
            along = (u[..., some] - u.mean(axis=-1)[..., None] + noise[..., None] * draws[0]) / deviation[..., None]
            mean, tangent = (
                np.stack([of.mean(axis=-1), np.zeros_like(deviation)], axis=-1) for of in (u, slope)
            )  # fmt: skip
            spread = np.zeros((*deviation.shape, 2, 2))
            spread[..., 0, 0], spread[..., 1, 1] = deviation, 0.1
            q = codes.LOSS_ORDERS[loss]
            found.append(
                View(
                    CHANNEL, "linear", study.names[0], loss, seen, q, q,
                    study.found(loss, seen=seen), study.tells(loss, seen=seen),
                    study.grid, study.density.pdf(study.grid), study.window(loss),
                    responses.information().values.values[:NETWORKS], mean, tangent, spread,
                    np.stack([along, np.broadcast_to(draws[1], along.shape)], axis=-1),
                    ("u and its noise", "for sight only"),
                )
            )  # fmt: skip
    return found


def _exponent(study: Study, loss: str, density: str, seen: bool) -> Estimate | None:
    """None of a density that does not vary, and where a network learnt too little to have an exponent."""
    try:
        return study.exponent(loss, density=density, seen=seen)
    except ValueError:
        return None


def _some(faces: int) -> np.ndarray:
    return np.unique(np.linspace(0, faces - 1, min(FACES, faces)).astype(int))


def show(shown: Sequence[View], *, first: View, id: str, caption: str, alt: str) -> None:
    """Show the explorer of some views, which begins with one of them at its most common angle.

    Parameters
    ----------
    shown : each condition at faces of both kinds, losses in the order of their q.
    first : one of them.
    id, caption, alt : see :func:`fisherkit.plotting.show`; they are of the first state.

    Raises
    ------
    ValueError
        Where the first is none of the views.
    """
    if not any(view is first for view in shown):
        raise ValueError(f"an explorer begins with one of its {len(shown)} views; the first that was given is another")
    plotting.show(first_state(shown, first), id=id, caption=caption, alt=alt, data=exponent_rows(shown))
    display(HTML(f'<script class="explorer" data-name="{html.escape(id)}">{script(shown, first, id)}</script>'))


def script(shown: Sequence[View], first: View, id: str) -> str:
    """JavaScript that puts the explorer in the place of the image of each figure of this id, or made after it."""
    code = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    # What ends a script element must not stand in it.
    data = json.dumps(
        {"id": id, "first": [view is first for view in shown].index(True), **as_data(shown)},
        separators=(",", ":"),
        allow_nan=False,
    ).replace("</", "<\\/")
    return f"({code.strip()})({data});"


def as_data(shown: Sequence[View]) -> dict[str, Any]:
    """Views as the script reads them: numbers of three digits, clouds as bytes, each grid once."""
    grids: dict[tuple, int] = {}
    data: dict = {"face": _face_address(), "parts": PARTS, "arrow": ARROW, "grids": [], "views": []}
    for view in shown:
        key = view.network, view.encoding, view.density
        if key not in grids:
            grids[key] = len(data["grids"])
            data["grids"].append({"angle": _rounded(view.angle, 5), "p": _rounded(view.p)})
        alpha = view.alpha
        data["views"].append(
            {
                "kind": view.network, "encoding": view.encoding, "density": view.density, "loss": view.loss,
                "faces": "seen in training" if view.seen else "never seen",
                "q": view.q, "order": view.order, "inside": view.inside, "grid": grids[key], "outputs": view.outputs,
                "fitted": "".join("1" if one else "0" for one in view.fitted),
                "alpha": None if alpha is None else _rounded(np.array([alpha.mean])) + (
                    _rounded(np.array([alpha.low, alpha.high])) if alpha.several else []
                ),
                "networks": [
                    {
                        "alpha": None if alpha is None else float(f"{alpha.values[k]:.4g}"),
                        "scale": None if not view.scale[k] else float(f"{view.scale[k]:.4g}"),
                        "I": _rounded(view.information[k]),
                        "mean": [_rounded(line) for line in view.mean[k].T],
                        "tangent": [_rounded(line) for line in view.tangent[k].T],
                        "spread": [_rounded(view.spread[k, :, i, j]) for i, j in ((0, 0), (1, 0), (1, 1))],
                        "cloud": base64.b64encode(
                            np.rint(view.scores[k] * PARTS).clip(-127, 127).astype(np.int8).tobytes()
                        ).decode(),
                    }
                    for k in range(len(view.information))
                ],
            }
        )  # fmt: skip
    return data


def beside(one: View, other: View) -> bool:
    """Whether views differ in their loss alone, or not at all."""
    return all(getattr(one, name) == getattr(other, name) for name in ("network", "encoding", "density", "seen"))


def exponent_rows(shown: Sequence[View]) -> pd.DataFrame:
    """The exponents of all views that have one, one row each."""
    return pd.DataFrame(
        [
            {
                "network": view.network, "encoding": view.encoding, "density": view.density, "loss": view.loss,
                "faces": "seen" if view.seen else "never seen", "q": view.q,
                "law": theory.predicted_exponent(view.order), **view.alpha.ends, "inside": view.inside,
            }
            for view in shown if view.alpha is not None
        ]
    )  # fmt: skip


def first_state(shown: Sequence[View], view: View) -> Figure:
    """The explorer before anything is moved: cloud and face, information along the angle, exponents and the law."""
    here = int(view.p.argmax())
    figure, (code, along, order) = plt.subplots(1, 3, figsize=(9, 3.1), layout="constrained")
    mean, spread, tangent = view.mean[0], view.spread[0, here], view.tangent[0, here]
    turn = np.linspace(0, 2 * np.pi, 100)
    code.plot(*mean.T, color="0.6", linewidth=1)
    code.plot(*(mean[here] + view.scores[0, here] @ spread.T).T, ".", color="0.35", markersize=4)
    code.plot(*(mean[here] + 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1) @ spread.T).T, color="#0072B2")
    tip = mean[here] + ARROW * tangent
    code.plot(*tip, alpha=0)  # within the axes
    code.annotate("", tip, mean[here], arrowprops={"arrowstyle": "->", "color": "black", "linewidth": 1.5})
    code.set(xlabel=view.outputs[0], ylabel=view.outputs[1], title="embeddings at θ")
    if view.network == BOOK:
        code.set_aspect("equal", adjustable="datalim")
    inset = code.inset_axes((0.02, 0.66, 0.32, 0.32))
    inset.imshow(rotate(_face()[None], float(view.angle[here]))[0], cmap="gray", vmin=0, vmax=1)
    inset.set_axis_off()
    degrees, root = np.degrees(view.angle), np.sqrt(view.information[0].clip(min=0))
    along.fill_between(degrees, view.p / view.p.max() * root.max() / 2, color="0.88", label="density p (own scale)")
    along.plot(degrees, root, color="#0072B2", label="√I")
    if view.scale[0]:
        power = np.sqrt(view.scale[0] * view.p ** view.alpha.values[0])
        along.plot(
            degrees[view.fitted], power[view.fitted], color="black", linestyle="--",
            label=f"$p^{{\\alpha/2}}$, α = {in_words(float(view.alpha.values[0]))}",
        )  # fmt: skip
    along.plot(degrees[here], root[here], "o", color="#D55E00", markersize=7)
    along.set(xlabel="angle θ (°)", ylabel="√I (rad⁻¹)", title="how finely angles are told apart")
    along.set_ylim(0, 1.6 * root.max())
    along.legend(fontsize="x-small")
    several = [one for one in shown if beside(one, view) and one.alpha is not None]
    q = np.linspace(0, max(one.q for one in shown), 200)
    law = [theory.predicted_exponent(view.order if view.encoding == "circular" else one) for one in q]
    order.plot(np.sqrt(q), law, color="0.4", label="law, β = ½")
    for one in several:
        half = np.array([[one.alpha.mean - one.alpha.low], [one.alpha.high - one.alpha.mean]])
        order.errorbar(
            one.q**0.5, one.alpha.mean, np.where(np.isfinite(half), half, 0), fmt="o", color="#0072B2",
            markerfacecolor="#0072B2" if one.inside else "white",
        )  # fmt: skip
    order.set_xticks([one.q**0.5 for one in several], [one.loss for one in several], rotation=45, ha="right")
    order.set(xlabel="loss, by √q", ylabel="exponent α", title="exponents and the law")
    order.set_ylim(bottom=min(0, *order.get_ylim()))
    order.legend(fontsize="x-small")
    return figure


def _face() -> Float[np.ndarray, "height width"]:
    """The face that turns: a drawing, whatever faces the networks saw."""
    return draw_faces(8, 1)[0][3]


def _face_address() -> str:
    picture = io.BytesIO()
    matplotlib.image.imsave(picture, _face(), cmap="gray", vmin=0, vmax=1, format="png")
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"


def _rounded(values: np.ndarray, digits: int = 3) -> list[float]:
    """So many significant digits, whole numbers without a point."""
    return [int(one) if one == int(one) else one for one in (float(f"{value:.{digits}g}") for value in values)]
