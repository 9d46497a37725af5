"""Figures and prose of the pages, in one style. Knows arrays and Matplotlib; must not train, estimate or read files."""

import base64
import gzip
import html
import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import xarray as xr
from IPython.display import HTML, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from myst_nb import glue

from fisherkit import codes
from fisherkit.densities import named, normalised

#: One colour a loss across the whole book: Okabe and Ito's palette, told apart by readers of any colour vision.
LOSS_COLOURS = {
    "log": "#CC79A7", "root4": "#009E73", "sqrt": "#56B4E9", "linear": "#0072B2", "square": "#D55E00",
    "quart": "#E69F00",
}  # fmt: skip

#: One colour a training density, none of them a loss's.
DENSITY_COLOURS = {"uniform": "#555555", "concentrated": "#882255"}

#: Curves of a training density, and of a reference that was not measured.
DENSITY_STYLE = {"color": "0.35", "linestyle": "--", "linewidth": 1.2}

ANGLE_LABEL = "angle θ (rad)"
INFORMATION_LABEL = "information I (rad⁻²)"

_PANEL = 2.9  # inches: three panels a row fill the text's width
_COLUMNS = 4


def use_style() -> None:
    """Set Matplotlib up for the book: white ground in every theme, one font, no frame where no data are."""
    sns.set_theme(context="notebook", style="ticks", palette=list(LOSS_COLOURS.values()))
    mpl.rcParams.update(
        {
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": "medium",
            "legend.frameon": False,
            "image.cmap": "gray",
            "svg.hashsalt": "fisherkit",  # the same figure, the same file
        }
    )


def panels(count: int, *, columns: int = _COLUMNS, **options) -> tuple[Figure, list[Axes]]:
    """A figure with ``count`` axes, at most ``columns`` a row; ``options`` go to :func:`matplotlib.pyplot.subplots`."""
    if count < 1:
        raise ValueError(f"a figure needs at least one panel; got {count}")
    columns = min(count, columns)
    rows = -(-count // columns)
    width = 3 * _PANEL / max(columns, 3) * columns
    figure, axes = plt.subplots(
        rows, columns, figsize=(width, rows * (width / columns) + 0.4), squeeze=False, layout="constrained", **options
    )
    for axis in axes.flat[count:]:
        axis.remove()
    return figure, list(axes.flat[:count])


def embedding_panels(embeddings: xr.DataArray) -> Figure:
    """Embedding clouds coloured by angle, one panel a replicate, with the curve of targets in black."""
    angle = embeddings.angle.values
    encodings = embeddings["encoding"].values.tolist()
    figure, axes = panels(len(embeddings), sharex=True, sharey=True)
    colours = np.repeat(angle, embeddings.sizes["face"])
    points = None
    for axis, replicate, encoding in zip(axes, embeddings, encodings, strict=True):
        cloud = replicate.values.reshape(-1, 2)
        # A cyclic colour map where the ends of the range are one angle.
        cmap = "twilight" if codes.domain(encoding) == "circular" else "viridis"
        points = axis.scatter(*cloud.T, c=colours, s=3, linewidths=0, alpha=0.6, cmap=cmap, rasterized=True)
        line = codes.target(np.linspace(*codes.angle_range(encoding), 200), encoding)
        axis.plot(*line.T, color="black", linewidth=1)
        axis.set(title=_replicate_title(replicate), aspect="equal", xlabel="output 1", ylabel="output 2")
        axis.label_outer()
    bar = figure.colorbar(points, ax=axes, label=ANGLE_LABEL, shrink=0.9)
    bar.solids.set_alpha(1)
    return figure


def decoded_panels(embeddings: xr.DataArray) -> Figure:
    """Decoded against true angle, one panel a replicate: every face as a point, the identity in black."""
    angle = embeddings.angle.values
    figure, axes = panels(len(embeddings), sharex=True, sharey=True)
    for axis, replicate in zip(axes, embeddings, strict=True):
        decoded = codes.decode(replicate.values, str(replicate["encoding"].item()))
        axis.scatter(
            np.repeat(angle, embeddings.sizes["face"]), decoded.ravel(), s=3, linewidths=0, alpha=0.4,
            color=LOSS_COLOURS[str(replicate["loss"].item())], rasterized=True,
        )  # fmt: skip
        axis.plot(angle[[0, -1]], angle[[0, -1]], color="black", linewidth=1)
        axis.set(title=_replicate_title(replicate), xlabel=ANGLE_LABEL, ylabel="decoded angle (rad)")
        axis.label_outer()
    return figure


def embedding_table(embeddings: xr.DataArray) -> pd.DataFrame:
    """The points of an embedding figure: one row a replicate, angle and face."""
    table = embeddings.to_dataset("output").rename({0: "output_1", 1: "output_2"}).to_dataframe().reset_index()
    return table[["number", "angle", "face", "output_1", "output_2"]].rename(columns={"number": "replicate"})


def information_panels(curves: Mapping[str, xr.DataArray]) -> Figure:
    """Information, and its normalised root, of one network a density (by name), with the densities dashed.

    The root is taken of the paired estimate where that is positive, and is zero elsewhere.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(3 * _PANEL, 1.25 * _PANEL), layout="constrained", sharex=True)
    for name, curve in curves.items():
        angle, colour = curve.angle.values, DENSITY_COLOURS[name]
        left.plot(angle, np.where(curve > 0, curve, np.nan), color=colour, label=name)
        root = np.sqrt(np.maximum(curve.values, 0))
        right.plot(angle, normalised(root, angle), color=colour, label=f"√I, {name}")
        density = named(name, codes.domain(str(curve["encoding"].item())))
        right.plot(angle, density.pdf(angle), **{**DENSITY_STYLE, "color": colour}, label=f"p, {name}")
        for axis in (left, right):
            mark_boundary(axis, angle)
    left.set(xlabel=ANGLE_LABEL, ylabel=INFORMATION_LABEL, yscale="log")
    right.set(xlabel=ANGLE_LABEL, ylabel="normalised √I, and p (rad⁻¹)")
    for axis in (left, right):
        axis.legend(fontsize="small")
    return figure


def mark_boundary(axis: Axes, angle: np.ndarray, *, margin: float = 0.1) -> None:
    """Shade the ends of the range (rad), where a curve feels that training stopped there."""
    for start, end in ((angle[0], angle[0] + margin), (angle[-1] - margin, angle[-1])):
        axis.axvspan(start, end, color="0.92", zorder=0, linewidth=0)


def curve_table(curves: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """The curves of :func:`information_panels`: one row a density and angle."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "density": name,
                    "angle": curve.angle.values,
                    "information": curve.values,
                    "condition_number": curve.condition_number.values,
                }
            )
            for name, curve in curves.items()
        ]
    )


def face_grid(rows: Sequence[np.ndarray], labels: Sequence[str]) -> Figure:
    """Photographs in rows, each with its label above."""
    columns = max(len(row) for row in rows)
    width = 3 * _PANEL
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(width, width / columns * len(rows) * 1.3), squeeze=False, layout="constrained"
    )
    for row, label, line in zip(rows, labels, axes, strict=True):
        for axis in line:
            axis.set(xticks=[], yticks=[])
            sns.despine(ax=axis, left=True, bottom=True)
        line[0].set_title(label, loc="left", fontsize="small")
        for axis, image in zip(line, row, strict=False):
            axis.imshow(image, vmin=0, vmax=1)
    return figure


def show(figure: Figure, *, id: str, caption: str, alt: str, data: pd.DataFrame) -> None:
    """Show a figure of the book: with an anchor, a caption, a text for those who cannot see it, its image and its data.

    Parameters
    ----------
    figure : drawn with clouds of points rasterised; closed afterwards.
    id : the result's name, also the anchor on its page (``R01``).
    caption : what is shown, under which condition. Plain text, with maths between dollars.
    alt : axes and curves in words, without numbers.
    data : what is drawn, offered as CSV.
    """
    for name, text in (("id", id), ("caption", caption), ("alt", alt)):
        if not text.strip():
            raise ValueError(f"a figure needs its {name}; got an empty text")
    # Compressed: a page's clouds would make a notebook of many megabytes. The built page offers the plain file.
    svg, csv = io.BytesIO(), gzip.compress(data.to_csv(index=False, float_format="%.4g").encode(), mtime=0)
    # No date in the file: the same figure is then the same file.
    figure.savefig(svg, format="svg", dpi=150, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    display(
        HTML(
            f'<figure class="result" id="{html.escape(id)}">'
            f'<img alt="{html.escape(alt)}" src="{_data_uri("image/svg+xml", svg.getvalue())}">'
            f"<figcaption><b>{html.escape(id)}.</b> {html.escape(caption)}</figcaption>"
            f'<a class="data" download="{html.escape(id)}.csv.gz" href="{_data_uri("application/gzip", csv)}">CSV</a>'
            "</figure>"
        )
    )


def say(text: str) -> None:
    """Show a paragraph whose numbers and verdicts were computed: Markdown, as in a text cell."""
    display(Markdown(text))


def headline(name: str, value: float) -> None:
    """Keep a number that a page is about, for tests and for comparing two runs."""
    glue(name, float(value), display=False)


def _replicate_title(replicate: xr.DataArray) -> str:
    return f"replicate {int(replicate.number) + 1}"


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
