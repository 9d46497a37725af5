"""Figures and prose of the pages, in one style. Knows arrays and Matplotlib; must not train, estimate or read files."""

import base64
import gzip
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import xarray as xr
from IPython.display import HTML, display
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from fisherkit import codes
from fisherkit.curves import Measured, Transform
from fisherkit.densities import Density, named, normalised
from fisherkit.results import listed
from fisherkit.stats import Band, CurveTest

#: One colour a loss across the whole book: Okabe and Ito's palette, told apart by readers of any colour vision, with
#: brown for its second blue.
LOSS_COLOURS = {
    "log": "#CC79A7", "root4": "#009E73", "sqrt": "#6B3E12", "linear": "#0072B2", "square": "#D55E00",
    "quart": "#E69F00",
}  # fmt: skip

#: One dash and one mark a loss, for who cannot see its colour.
LOSS_DASHES = {
    "log": (0, (1, 1)), "root4": (0, (4, 1, 1, 1, 1, 1)), "sqrt": "-.", "linear": "-", "square": (0, (8, 2)),
    "quart": (0, (3, 1)),
}  # fmt: skip
LOSS_MARKS = {"log": "v", "root4": "D", "sqrt": "^", "linear": "o", "square": "s", "quart": "P"}
#: How a loss is drawn where it has all of them.
LOSS_STYLES = {
    loss: {"color": colour, "linestyle": LOSS_DASHES[loss], "marker": LOSS_MARKS[loss]}
    for loss, colour in LOSS_COLOURS.items()
}

#: One colour a training density, none of them a loss's.
DENSITY_COLOURS = {"uniform": "#555555", "concentrated": "#882255"}

#: Curves of a training density, and of a reference that was not measured.
DENSITY_STYLE = {"color": "0.35", "linestyle": "--", "linewidth": 1.2}

#: Several tests or methods, in order: told apart by colour, dash and mark; no colour is a loss's or a density's.
METHOD_STYLES = (
    {"color": "black", "linestyle": "-", "marker": "o"},
    {"color": "#44AA99", "linestyle": "--", "marker": "s"},
    {"color": "#999933", "linestyle": "-.", "marker": "^"},
    {"color": "#AA4499", "linestyle": ":", "marker": "D"},
)


class _Styles(dict[str, dict[str, Any]]):
    """Styles by name; of a name that is not the book's, one of :data:`METHOD_STYLES`, in the order of being asked."""

    def __missing__(self, name: str) -> dict[str, Any]:
        own = sum(style in METHOD_STYLES for style in self.values())
        self[name] = METHOD_STYLES[own % len(METHOD_STYLES)]
        return self[name]


_STYLES = _Styles(LOSS_STYLES)


def loss_style(loss: str) -> dict[str, Any]:
    """How a loss is drawn: colour, dash and mark, also of one that is not the book's."""
    return _STYLES[loss]


ANGLE_LABEL = "angle θ (rad)"
INFORMATION_LABEL = "information I (rad⁻²)"
ROOT_LABEL = "root information √I (rad⁻¹)"
NORMALISED_INFORMATION_LABEL = "normalised information (rad⁻¹)"
NORMALISED_ROOT_LABEL = "normalised root information (rad⁻¹)"

_PANEL = 2.9  # inches: three panels a row fill the text's width
_COLUMNS = 4


def use_style() -> None:
    """Set Matplotlib up for the book: white ground in every theme, one font, no frame where no data are."""
    mpl.rcdefaults()  # whatever its user's matplotlibrc says
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
        }
    )


def panels(count: int, *, columns: int = _COLUMNS, **options: Any) -> tuple[Figure, list[Axes]]:
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
    # Below, where it cannot be taller than panels that are as wide as high, and in room of its own.
    figure.set_figheight(figure.get_figheight() + 0.8)
    bar = figure.colorbar(points, ax=axes, label=ANGLE_LABEL, location="bottom", shrink=0.6, aspect=40)
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
            color=loss_style(str(replicate["loss"].item()))["color"], rasterized=True,
        )  # fmt: skip
        axis.plot(angle[[0, -1]], angle[[0, -1]], color="black", linewidth=1)
        axis.set(title=_replicate_title(replicate), xlabel=ANGLE_LABEL, ylabel="decoded angle (rad)")
        axis.label_outer()
    return figure


def cloud_panels(embeddings: xr.DataArray, *, level_sets: bool = False, in_pi: bool = False) -> Figure:
    """Clouds (angle, face, output) in panels of their own, with mean (cross) and median (circle).

    ``level_sets`` adds the ellipse at two standard deviations, zᵀ Σ⁻¹ z = 4; ``in_pi`` writes the angles in units of π.
    """
    figure, axes = panels(len(embeddings), columns=3)
    for axis, cloud in zip(axes, embeddings, strict=True):
        theta = float(cloud.angle)
        axis.scatter(*cloud.values.T, s=4, linewidths=0, alpha=0.5, color=LOSS_COLOURS["linear"], rasterized=True)
        if level_sets:
            values, vectors = np.linalg.eigh(np.cov(cloud.values, rowvar=False))
            turn = np.linspace(0, 2 * np.pi, 100)
            ring = (
                cloud.values.mean(axis=0)
                + 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.sqrt(values) @ vectors.T
            )
            axis.plot(*ring.T, color="0.3", linewidth=1)
        axis.plot(*cloud.values.mean(axis=0), "x", color="black", markersize=8, markeredgewidth=1.8)
        axis.plot(*np.median(cloud.values, axis=0), "o", color="black", markersize=8, fillstyle="none")
        axis.set(
            title=_minus(f"θ = {theta / np.pi:.2f} π" if in_pi else f"θ = {theta:.2f} rad"),
            xlabel="output 1",
            ylabel="output 2",
        )
        axis.margins(0.1)
    return figure


def clouds_along_means(
    embeddings: xr.DataArray, *, tangents: xr.DataArray | None = None, ax: Axes | None = None
) -> Figure:
    """Clouds (angle, face, output) on common axes, coloured by angle, with the line of their means.

    Mean ``tangents`` are drawn as arrows: what the mean moves in half the distance of two angles.
    ``ax`` is where to draw; None for a figure of its own.
    """
    axis = ax or plt.subplots(figsize=(2.4 * _PANEL, 1.9 * _PANEL), layout="constrained")[1]
    angle = embeddings.angle.values
    points = _coloured_clouds(axis, embeddings)
    means = _line_of_means(axis, embeddings)
    if tangents is not None:
        moved = tangents.mean("face").values * (angle[1] - angle[0]) / 2
        axis.quiver(*means.T, *moved.T, angles="xy", scale_units="xy", scale=1, color="#D55E00", width=0.004, zorder=3)
    axis.set(xlabel="output 1", ylabel="output 2")
    axis.figure.colorbar(points, ax=axis, label=ANGLE_LABEL).solids.set_alpha(1)
    return axis.figure


def clouds_of_replicates(embeddings: xr.DataArray, *, line: bool, common: bool = False) -> Figure:
    """Clouds (replicate, angle, face, output) coloured by angle, a panel a replicate, lengths alike along both axes.

    ``line`` adds the line of means; ``common`` gives all panels the same axes.
    """
    figure, axes = panels(len(embeddings), columns=3, sharex=common, sharey=common)
    points = None
    for axis, replicate in zip(axes, embeddings, strict=True):
        points = draw_clouds(axis, replicate, line=line)
        axis.set(title=_replicate_title(replicate), xlabel="output 1")
        axis.locator_params(nbins=4)
        # Clouds slant: on axes of different scales an angle between them and their line of means would be false.
        axis.set_aspect("equal", adjustable="box" if common else "datalim")
    axes[0].set(ylabel="output 2")
    # Below: beside panels that their aspect makes lower it would be higher than they are.
    bar = figure.colorbar(points, ax=axes, label=ANGLE_LABEL, location="bottom", shrink=0.5, aspect=40)
    bar.solids.set_alpha(1)
    return figure


def draw_clouds(axis: Axes, embeddings: xr.DataArray, *, line: bool) -> PathCollection:
    """Draw clouds (angle, face, output) coloured by angle, and perhaps the line of their means; return the points."""
    points = _coloured_clouds(axis, embeddings)
    if line:
        _line_of_means(axis, embeddings)
    return points


def _coloured_clouds(axis: Axes, embeddings: xr.DataArray) -> PathCollection:
    """The points of clouds (angle, face, output) on one axis, coloured by angle."""
    return axis.scatter(
        *embeddings.values.reshape(-1, 2).T, c=np.repeat(embeddings.angle.values, embeddings.sizes["face"]), s=5,
        linewidths=0, alpha=0.6, cmap="viridis", rasterized=True,
    )  # fmt: skip


def _line_of_means(axis: Axes, embeddings: xr.DataArray) -> np.ndarray:
    """The means (angle, output) of clouds, drawn as a line with points."""
    means = embeddings.mean("face").values
    axis.plot(*means.T, color="black", linewidth=1, marker=".", markersize=6)
    return means


def decoded_histograms(embeddings: xr.DataArray, encoding: str) -> Figure:
    """Histograms of the decoded angle, a panel an angle, with mean (solid), median (dashed) and truth (dotted)."""
    figure, axes = panels(len(embeddings), columns=3)
    for axis, cloud in zip(axes, embeddings, strict=True):
        theta = float(cloud.angle)
        # About the truth, so that a circle's seam cuts no histogram in two.
        decoded = theta + codes.angular_error(codes.decode(cloud.values, encoding), theta, encoding)
        axis.hist(decoded, bins=25, color=loss_style(str(embeddings["loss"].item()))["color"], alpha=0.5)
        for place, line in ((decoded.mean(), "-"), (np.median(decoded), "--"), (theta, ":")):
            axis.axvline(place, color="black", linestyle=line, linewidth=1.4)
        axis.set(title=_minus(f"θ = {theta:.2f} rad"), xlabel="decoded angle (rad)", ylabel="faces")
    return figure


def cloud_rows(embeddings: xr.DataArray) -> pd.DataFrame:
    """The points of clouds (angle, face, output): one row an angle and face."""
    table = embeddings.drop_vars([name for name in embeddings.coords if name not in embeddings.dims])
    table = table.to_dataset("output").rename({0: "output_1", 1: "output_2"}).to_dataframe().reset_index()
    return table[["angle", "face", "output_1", "output_2"]]


def embedding_table(embeddings: xr.DataArray) -> pd.DataFrame:
    """The points of an embedding figure: one row a replicate, angle and face."""
    table = embeddings.to_dataset("output").rename({0: "output_1", 1: "output_2"}).to_dataframe().reset_index()
    return table[["number", "angle", "face", "output_1", "output_2"]].rename(columns={"number": "replicate"})


def information_panels(curves: Mapping[str, xr.DataArray]) -> Figure:
    """Information, and its normalised root, of one network a density (by name), with the densities dashed.

    The estimate must be positive, as the Wishart-corrected one is.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(3 * _PANEL, 1.25 * _PANEL), layout="constrained", sharex=True)
    for name, curve in curves.items():
        angle, colour = curve.angle.values, DENSITY_COLOURS[name]
        left.plot(angle, curve, color=colour, label=name)
        right.plot(angle, normalised(np.sqrt(curve.values), angle), color=colour, label=f"√I, {name}")
        density = named(name, codes.domain(str(curve["encoding"].item())))
        right.plot(angle, density.pdf(angle), **{**DENSITY_STYLE, "color": colour}, label=f"p, {name}")
        for axis in (left, right):
            mark_boundary(axis, angle)
    left.set(xlabel=ANGLE_LABEL, ylabel=INFORMATION_LABEL, yscale="log")
    right.set(xlabel=ANGLE_LABEL, ylabel="normalised √I, and p (rad⁻¹)")
    for axis in (left, right):
        axis.legend(fontsize="small")
    return figure


@dataclass(frozen=True)
class Curve:
    """What one line of a figure shows: replicates along the angle, and the band about their mean.

    Attributes
    ----------
    angle : (A,) rad.
    replicates : (K, A), drawn thin; or none, for a reference that was not measured, or a single network.
    band : its estimate is drawn thick, its width shaded.
    colour : of all of it.
    dash : of the thick line, as Matplotlib names it.
    """

    angle: np.ndarray
    replicates: np.ndarray
    band: Band
    colour: str
    dash: str | tuple[float, tuple[float, ...]] = "-"


def curve_of(
    measured: Measured, transform: Transform, colour: str, dash: str | tuple[float, tuple[float, ...]] = "-"
) -> Curve:
    """The curve that measured networks make, each a thin line where there are several."""
    lines = measured.lines(transform)
    return Curve(measured.angle, lines if len(lines) > 1 else lines[:0], measured.band(transform), colour, dash)


def loss_curves(measured: Measured, losses: Sequence[str], transform: Transform) -> dict[str, Curve]:
    """The curve that the networks of each loss make, in its colour and dash."""
    return {
        f"{loss} loss": curve_of(
            measured.select(loss=loss), transform, loss_style(loss)["color"], loss_style(loss)["linestyle"]
        )
        for loss in losses
    }


def curve_figure(
    curves: Mapping[str, Curve],
    label: str,
    *,
    references: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    limits: tuple[float, float] | None = None,
    logarithmic: bool = False,
) -> Figure:
    """Curves against the angle with their bands, by name, and references (angle, value) dashed and dotted.

    ``label``, ``limits`` and ``logarithmic`` are about the vertical axis. By default it ends where curves and
    references do: what a band has beyond a quarter more (logarithmic: beyond twice as much or as little) is cut off.
    """
    figure, axis = plt.subplots(figsize=(3 * _PANEL, 1.6 * _PANEL), layout="constrained")
    draw_curves(axis, curves, references=references, limits=limits, logarithmic=logarithmic)
    axis.set_ylabel(label)
    figure.legend(fontsize="small", loc="outside upper center", ncols=4)
    return figure


def draw_curves(
    axis: Axes,
    curves: Mapping[str, Curve],
    *,
    references: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    limits: tuple[float, float] | None = None,
    logarithmic: bool = False,
) -> None:
    """What :func:`curve_figure` draws, on one axis and without its legend."""
    for name, curve in curves.items():
        axis.fill_between(curve.angle, curve.band.low, curve.band.high, color=curve.colour, alpha=0.2, linewidth=0)
        for line in curve.replicates:
            axis.plot(curve.angle, line, color=curve.colour, linewidth=0.6, alpha=0.7)
        axis.plot(
            curve.angle, curve.band.estimate, color=curve.colour, linestyle=curve.dash, linewidth=2, label=name
        )  # fmt: skip
    for (name, (angle, value)), line in zip((references or {}).items(), ("--", ":"), strict=False):
        axis.plot(angle, value, **{**DENSITY_STYLE, "linestyle": line}, label=name)
    mark_boundary(axis, next(iter(curves.values())).angle)
    drawn = [line for curve in curves.values() for line in (curve.band.estimate, *curve.replicates)]
    drawn += [value for _, value in (references or {}).values()]
    lowest, highest = (float(pick([pick(line) for line in drawn])) for pick in (np.min, np.max))
    if logarithmic:
        axis.set_yscale("log")
    about = (lowest / 2, 2 * highest) if logarithmic else (0, 1.25 * highest)
    axis.set(xlabel=ANGLE_LABEL, ylim=limits or about)


#: What :func:`curve_panels` draws in one panel: curves and references by name.
CurvePanel = tuple[Mapping[str, Curve], Mapping[str, tuple[np.ndarray, np.ndarray]]]


def curve_panels(
    content: Mapping[str, CurvePanel], label: str, *, columns: int = 3, limits: tuple[float, float] | None = None
) -> Figure:
    """Curves against the angle in small panels by title, each on its own scale or all within limits; one legend."""
    figure, axes = panels(len(content), columns=columns)
    figure.set_size_inches(3 * _PANEL, figure.get_figheight() + 0.5)  # the whole width, and room for the legend
    handles = {}
    for axis, (title, (curves, references)) in zip(axes, content.items(), strict=True):
        draw_curves(axis, curves, references=references, limits=limits)
        axis.set_title(title, fontsize="small")
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.supylabel(label, fontsize="small")
    figure.legend(handles.values(), handles, fontsize="small", loc="outside lower center", ncols=min(len(handles), 4))
    return figure


def panel_curve_rows(content: Mapping[str, CurvePanel]) -> pd.DataFrame:
    """What :func:`curve_panels` draws: :func:`curve_rows` of each panel, with its title."""
    return pd.concat([curve_rows(*panel).assign(panel=title) for title, panel in content.items()])


def loss_panels(
    measured: Measured,
    groups: Sequence[Sequence[str]],
    transform: Transform,
    label: str,
    *,
    references: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    bands: np.ndarray | None = None,
    logarithmic: bool = False,
    thin: bool = False,
) -> Figure:
    """Curves of some losses against the angle with their bands, one panel per group, on common axes with one legend.

    ``references`` (angle, value) are dashed in every panel, ``bands`` says at which angles bands are drawn, by default
    at all, and ``thin`` adds each network's line. The vertical axis ends where lines do, as that of
    :func:`curve_figure`.
    """
    figure, axes = panels(len(groups), columns=3, sharex=True, sharey=True)
    drawn = [value for _, value in (references or {}).values()]
    handles = {}
    for axis, group in zip(axes, groups, strict=True):
        for loss in group:
            curve = curve_of(measured.select(loss=loss), transform, loss_style(loss)["color"])
            band = {"where": bands, "color": curve.colour, "alpha": 0.2, "linewidth": 0}
            axis.fill_between(curve.angle, curve.band.low, curve.band.high, **band)
            lines = curve.replicates if thin else curve.replicates[:0]
            for line in lines:
                axis.plot(curve.angle, line, color=curve.colour, linewidth=0.6, alpha=0.7)
            dash = loss_style(loss)["linestyle"] if len(group) > 1 else "-"
            handles[loss] = axis.plot(
                curve.angle, curve.band.estimate, color=curve.colour, linestyle=dash, linewidth=1.8
            )[0]
            drawn += [curve.band.estimate, *lines]
        mark_boundary(axis, measured.angle)
        axis.set_title(listed(group))
        axis.label_outer()
    for name, (angle, value) in (references or {}).items():
        for axis in axes:
            (handles[name],) = axis.plot(angle, value, **DENSITY_STYLE)
    lowest, highest = min(map(np.min, drawn)), max(map(np.max, drawn))
    if logarithmic:
        axes[0].set_yscale("log")
    axes[0].set_ylim((lowest / 2, 2 * highest) if logarithmic else (0, 1.15 * highest))
    figure.supxlabel(ANGLE_LABEL, fontsize="medium")
    figure.supylabel(label, fontsize="medium")
    if max(map(len, groups)) > 1:  # else titles say it
        figure.legend(handles.values(), handles, fontsize="small", loc="outside upper center", ncols=len(handles))
    return figure


def interval_rows(
    table: pd.DataFrame, label: str, colours: Mapping[str, str], *, marks: Mapping[float, str] | None = None
) -> Figure:
    """Numbers with their intervals, a row each: columns ``row``, ``kind``, ``estimate``, ``low``, ``high``.

    A kind has its colour; a row whose interval is infinite is a point. ``marks`` are named lines across all rows.
    """
    figure, axis = plt.subplots(figsize=(2.6 * _PANEL, 0.6 + 0.27 * len(table)), layout="constrained")
    for place, row in enumerate(table.itertuples()):
        bars = None if not np.isfinite(row.low) else [[row.estimate - row.low], [row.high - row.estimate]]
        axis.errorbar(row.estimate, place, xerr=bars, fmt="o", color=colours[row.kind], markersize=5, linewidth=1.4)
    for value, name in (marks or {}).items():
        axis.axvline(value, color="0.6", linestyle="--", linewidth=1, zorder=0)
        axis.annotate(name, (value, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize="small")
    axis.set(xlabel=label, ylim=(len(table) - 0.4, -0.6))
    axis.set_yticks(range(len(table)), table["row"].tolist(), fontsize="small")
    return figure


def loss_rows(table: pd.DataFrame, label: str, *, marks: Mapping[str, float]) -> Figure:
    """Numbers of losses with their intervals, a row per ``row``, its losses one below the other.

    Columns ``row``, ``loss``, ``estimate``, ``low`` and ``high``, infinite where there is no interval. ``marks`` are
    lines across all rows, dashed, of the colour of the loss that they are named for.
    """
    names, losses = (list(dict.fromkeys(table[column])) for column in ("row", "loss"))
    figure, axis = plt.subplots(figsize=(3 * _PANEL, 0.9 + 0.36 * len(names)), layout="constrained")
    for number, loss in enumerate(losses):
        rows, style = table[table["loss"] == loss], {**loss_style(loss), "linestyle": "none"}
        place = rows["row"].map(names.index) + 0.24 * (number - (len(losses) - 1) / 2)
        ends = np.stack([rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]])
        ends = np.where(np.isfinite(ends), ends, 0)
        axis.errorbar(rows["estimate"], place, xerr=ends, **style, markersize=5, linewidth=1.4, label=f"{loss} loss")
    for name, value in marks.items():
        axis.axvline(value, color=LOSS_COLOURS.get(name, "0.6"), linestyle="--", linewidth=1, zorder=0)
    axis.set(xlabel=label, ylim=(len(names) - 0.5, -0.5))
    axis.set_yticks(range(len(names)), names)
    figure.legend(loc="outside lower center", ncols=len(losses))
    return figure


def loss_courses(
    table: pd.DataFrame, xlabel: str, *, xscale: str = "linear", logarithmic: Sequence[str] = ()
) -> Figure:
    """Numbers of losses against x with their bands, small multiples with one legend, a line per loss.

    Columns ``panel``, its title; ``quantity``, its vertical label, logarithmic where named; ``loss``; ``x``;
    ``estimate``, ``low`` and ``high``, infinite where there is no interval.
    """
    figure, axes = panels(table["panel"].nunique(), columns=3)
    for axis, (title, of_panel) in zip(axes, table.groupby("panel", sort=False), strict=True):
        quantity = of_panel["quantity"].iloc[0]
        for loss, line in of_panel.groupby("loss", sort=False):
            axis.plot(line["x"], line["estimate"], **loss_style(loss), markersize=4, linewidth=1.3, label=loss)
            if np.isfinite(line["low"]).all():
                axis.fill_between(
                    line["x"], line["low"], line["high"], color=loss_style(loss)["color"], alpha=0.15, lw=0
                )
        yscale = "log" if quantity in logarithmic else "linear"
        axis.set(title=title, xlabel=xlabel, ylabel=quantity, xscale=xscale, yscale=yscale)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, [f"{label} loss" for label in labels], loc="outside lower center", ncols=len(labels))
    return figure


def exponent_panels(table: pd.DataFrame, colours: Mapping[str, str]) -> Figure:
    """Exponents against the order of the loss, a panel a precision; the law's for β = ½ solid, for β = 1 dashed.

    Columns ``precision``, ``q``, ``estimate``, ``low``, ``high``, ``law_half``, ``law_one``.
    """
    figure, axes = panels(table["precision"].nunique(), columns=2, sharex=True, sharey=True)
    for axis, (name, rows) in zip(axes, table.groupby("precision", sort=False), strict=True):
        axis.plot(rows["q"], rows["law_half"], color="0.5", linewidth=1.2, label="law, β = ½")
        axis.plot(rows["q"], rows["law_one"], color="0.5", linewidth=1.2, linestyle="--", label="law, β = 1")
        bars = np.stack([rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]])
        axis.errorbar(rows["q"], rows["estimate"], np.where(np.isfinite(bars), bars, 0), fmt="o", color=colours[name])
        axis.set_title(name)
        axis.label_outer()
    figure.supxlabel("order q of the loss", fontsize="medium")
    figure.supylabel("exponent α", fontsize="medium")
    # Of an exponent that is hardly known, the bar leaves the figure.
    top = max(table["estimate"].max(), table["law_half"].max())
    axes[0].set_ylim(min(0, 1.4 * table["estimate"].min()), 1.4 * top)
    axes[0].legend(fontsize="small")
    return figure


#: Exponents of a channel and of the book's networks, at faces trained on and not: colour and mark of each.
SERIES_STYLES = {
    "channel, faces seen": {"color": "#332288", "marker": "o"},
    "channel, never seen": {"color": "#AA4499", "marker": "s"},
    "book's networks, seen": {"color": "#117733", "marker": "^"},
    "book's networks, never seen": {"color": "#999933", "marker": "v"},
}


def exponent_series(table: pd.DataFrame) -> Figure:
    """Exponents of several series against the loss, in the order of q, with the law's; hollow outside the window.

    Columns ``series``, one of :data:`SERIES_STYLES` or another name, ``loss``, ``q``, ``law``, ``estimate``, ``low``,
    ``high`` and ``inside``.
    """
    figure, axis = plt.subplots(figsize=(3 * _PANEL, 1.8 * _PANEL), layout="constrained")
    law = table.drop_duplicates("loss").sort_values("q")
    place = {loss: number for number, loss in enumerate(law["loss"])}
    axis.plot(range(len(law)), law["law"], color="black", linewidth=1.5, label="law, β = ½")
    names = list(dict.fromkeys(table["series"]))
    for number, name in enumerate(names):
        rows = table[table["series"] == name]
        style = SERIES_STYLES.get(name) or {of: loss_style(name)[of] for of in ("color", "marker")}
        for _, row in rows.iterrows():
            x = place[row["loss"]] + 0.14 * (number - (len(names) - 1) / 2)
            ends = np.array([[row["estimate"] - row["low"]], [row["high"] - row["estimate"]]])
            axis.errorbar(
                x, row["estimate"], np.where(np.isfinite(ends), ends, 0), **style, linestyle="none", markersize=6,
                linewidth=1.2, markerfacecolor=style["color"] if row["inside"] else "white",
            )  # fmt: skip
        axis.plot([], [], **style, linestyle="none", markersize=6, label=name)
    axis.set_xticks(range(len(law)), [f"{loss}\n(q = {q:g})" for loss, q in zip(law["loss"], law["q"], strict=True)])
    axis.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    axis.set(
        ylabel="exponent α", ylim=(min(-0.2, table["estimate"].min() - 0.2), max(2.6, table["estimate"].max() + 0.2))
    )
    figure.legend(fontsize="small", loc="outside lower center", ncols=3)
    return figure


def inverse_exponent_panels(
    table: pd.DataFrame, lines: Mapping[str, tuple[float, float]], colours: Mapping[str, str]
) -> Figure:
    """1/α against the order of the loss, one panel per precision, with fitted lines (slope, intercept) and the law's.

    Columns as in :func:`exponent_panels`. Exponents that are not positive have no inverse, and no point.
    """
    figure, axes = panels(table["precision"].nunique(), columns=2, sharex=True, sharey=True)
    q = np.array([table["q"].min(), table["q"].max()])
    for axis, (name, rows) in zip(axes, table.groupby("precision", sort=False), strict=True):
        for beta, written, style in ((0.5, "½", "-"), (1.0, "1", "--")):
            axis.plot(q, q / 2 + beta, color="0.5", linestyle=style, linewidth=1.2, label=f"law, β = {written}")
        rows = rows[rows["estimate"] > 0]
        inverse, low, high = (1 / rows["estimate"]).to_numpy(), rows["low"].to_numpy(), rows["high"].to_numpy()
        # An exponent that may be zero has an inverse without an upper end: its bar leaves the figure.
        upper = np.where(low > 0, 1 / np.where(low > 0, low, 1) - inverse, 1e3)
        ends = np.where(np.isfinite(high), [inverse - 1 / high, upper], 0)
        axis.errorbar(rows["q"], inverse, ends, fmt="o", color=colours[name], markersize=5, linewidth=1.2)
        if name in lines:
            slope, beta = lines[name]
            axis.plot(q, beta + slope * q, color=colours[name], linewidth=1.2, linestyle="-.")
            axis.plot([], [], color="black", linewidth=1.2, linestyle="-.", label="fitted line")
        axis.set(title=name, xlabel="order q of the loss", ylabel="inverse exponent 1/α")
        axis.label_outer()
    highest = (1 / table["estimate"][table["estimate"] > 0]).max()
    axes[0].set_ylim(0, min(1.3 * highest, 4 * (q[1] / 2 + 1)) if np.isfinite(highest) else None)
    _legend_below(figure, axes)
    return figure


def series_rows(
    table: pd.DataFrame,
    label: str,
    styles: Mapping[str, Mapping[str, Any]],
    *,
    marks: Mapping[float, str] | None = None,
) -> Figure:
    """Numbers with their intervals, several series a row: columns ``row``, ``series``, ``estimate``, ``low``, ``high``.

    Parameters
    ----------
    styles : colour and mark of each series, as in :data:`METHOD_STYLES`.
    marks : named lines across all rows.
    """
    names = list(dict.fromkeys(table["row"]))
    figure, axis = plt.subplots(
        figsize=(3 * _PANEL, 1.0 + len(names) * (0.2 + 0.14 * len(styles))), layout="constrained"
    )
    for number, (series, style) in enumerate(styles.items()):
        rows = table[table["series"] == series]
        place = [names.index(row) + 0.7 / len(styles) * (number - (len(styles) - 1) / 2) for row in rows["row"]]
        bars = np.stack([rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]])
        axis.errorbar(
            rows["estimate"], place, xerr=np.where(np.isfinite(bars), bars, 0), color=style["color"],
            marker=style["marker"], linestyle="none", markersize=5, elinewidth=1.4, label=series,
        )  # fmt: skip
    for value, name in (marks or {}).items():
        axis.axvline(value, color="0.6", linestyle="--", linewidth=1, zorder=0)
        axis.annotate(name, (value, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    axis.set(xlabel=label, ylim=(len(names) - 0.4, -0.6))
    axis.set_yticks(range(len(names)), names)
    _legend_below(figure, [axis])
    return figure


def loss_lines(table: pd.DataFrame, x: str, xlabel: str, ylabel: str) -> Figure:
    """One line per loss, by colour and mark: columns ``loss``, ``x``, ``estimate``.

    Where there are intervals, ``low`` and ``high``, each loss has a panel of its own with its band.
    """
    losses = list(dict.fromkeys(table["loss"]))
    if banded := "low" in table:
        figure, axes = panels(len(losses), columns=3, sharex=True, sharey=True)
    else:
        figure, axis = plt.subplots(figsize=(3 * _PANEL, 1.5 * _PANEL), layout="constrained")
        axes = [axis] * len(losses)
    for loss, axis in zip(losses, axes, strict=True):
        rows, colour = table[table["loss"] == loss], loss_style(loss)["color"]
        axis.plot(rows[x], rows["estimate"], color=colour, marker=loss_style(loss)["marker"], markersize=5, label=loss)
        axis.set(xlabel=xlabel, ylabel=ylabel)
        if banded:
            known = rows[np.isfinite(rows["low"])]
            axis.fill_between(known[x], known["low"], known["high"], color=colour, alpha=0.2, linewidth=0)
            axis.set_title(loss)
            axis.label_outer()
    if not banded:
        figure.legend(loc="outside right center")
    return figure


def _legend_below(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend of all axes under the figure, each name once."""
    handles = {}
    for axis in axes:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=min(len(handles), 4))


def specification_curve(table: pd.DataFrame, value: str, label: str, *, marks: Mapping[float, str]) -> Figure:
    """Results of all combinations of choices in rising order, and below which choice each is of.

    All columns before ``value`` are choices. References: Simonsohn, Simmons & Nelson 2020, Nature Human Behaviour 4.
    """
    ordered = table.sort_values(value, kind="stable").reset_index(drop=True)
    chosen = list(table.columns[: table.columns.get_loc(value)])
    options = [(name, option) for name in chosen for option in table[name].drop_duplicates()]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(3 * _PANEL, 1.2 * _PANEL + 0.2 * len(options)), layout="constrained", sharex=True,
        height_ratios=(1.2 * _PANEL, 0.2 * len(options)),
    )  # fmt: skip
    above.plot(ordered.index, ordered[value], ".", color="black", markersize=4)
    for place, name in marks.items():
        above.axhline(place, color="0.6", linestyle="--", linewidth=1)
        above.annotate(name, (1.01, place), xycoords=("axes fraction", "data"), va="center")
    above.set(ylabel=label)
    above.margins(y=0.15)
    for row, (name, option) in enumerate(options):
        at = ordered.index[ordered[name] == option]
        below.plot(at, np.full(len(at), row), "|", color="0.25", markersize=5)
    below.set_yticks(range(len(options)), [f"{name}: {option}" for name, option in options])
    below.set(ylim=(len(options) - 0.5, -0.5), xlabel="combination, in the order of its result")
    return figure


#: Points by loss: p (A,), and the values of that loss's networks (K, A).
PowerPoints = Mapping[str, tuple[np.ndarray, np.ndarray]]

#: What :func:`power_panels` draws in one panel: a title; (p, values) by loss; (p, value) of reference lines by name.
PowerPanel = tuple[str, Mapping[str, tuple[np.ndarray, np.ndarray]], Mapping[str, tuple[np.ndarray, np.ndarray]]]


def power_panels(
    content: Sequence[PowerPanel], label: str, *, lowest: float | Sequence[float | None] | None = None
) -> Figure:
    """Values, (A,) or (K, A), against the density, with reference lines, of which the last of each panel is solid.

    Small multiples with common axes, a colour and a mark per loss. ``lowest`` makes both axes logarithmic, from that
    density (rad⁻¹) on; several of them make a row of panels each.
    """
    scales = lowest if isinstance(lowest, Sequence) else [lowest]
    if len(scales) == 1:
        figure, axes = panels(len(content), columns=3, sharex=True, sharey=True)
        rows = [axes]
    else:
        size = 3 * _PANEL, 0.8 * _PANEL * len(scales) + 0.6
        figure, rows = plt.subplots(
            len(scales), len(content), figsize=size, squeeze=False, layout="constrained", sharex="row", sharey="row"
        )
    for row, (scale, axes) in enumerate(zip(scales, rows, strict=True)):
        seen = []
        for axis, (title, values, lines) in zip(axes, content, strict=True):
            for loss, (p, value) in values.items():
                style = {**loss_style(loss), "linestyle": "none"}
                axis.plot(
                    np.broadcast_to(p, np.shape(value)).ravel(), np.ravel(value), **style, markersize=4.5, alpha=0.8,
                    markeredgewidth=0, rasterized=True, label=loss if len(values) > 1 else None,
                )  # fmt: skip
                seen.append((p.max(), value[..., p >= (scale or 0)].ravel()))
            for (name, line), style in zip(lines.items(), (*("--", ":")[: max(len(lines) - 1, 0)], "-"), strict=False):
                axis.plot(*line, color="0.1", linestyle=style, linewidth=1.2, label=name)
            if len(scales) == 1:
                axis.label_outer()
            if len(scales) == 1 or row == 0:
                axis.set_title(title)
        if scale is not None:
            highest, shown = max(top for top, _ in seen), np.concatenate([values for _, values in seen])
            axes[0].set(xscale="log", yscale="log", xlim=(scale, 2 * highest), ylim=(shown.min() / 2, shown.max() * 2))
    # Once for all: a label per panel is longer than a panel is high.
    figure.supxlabel("density p(θ) (rad⁻¹)", fontsize="medium")
    figure.supylabel(label, fontsize="medium")
    legends = [axis.get_legend_handles_labels() for axis in rows[0]]
    if all(names == legends[0][1] for _, names in legends):
        figure.legend(*legends[0], fontsize="small", loc="outside upper center", ncols=5)
    else:
        for axis in rows[0]:
            # Where p is low and values are high there is nothing.
            axis.legend(fontsize="small", loc="upper left", borderaxespad=0.1)
    return figure


def power_points(measured: Measured, losses: Sequence[str], transform: Transform, density: Density) -> PowerPoints:
    """For each loss, p and the value of each of its networks at each angle: (A,) and (K, A)."""
    p = density.pdf(measured.angle)
    return {loss: (p, measured.select(loss=loss).lines(transform)) for loss in losses}


def power_rows(points: PowerPoints) -> pd.DataFrame:
    """Points against the density: one row a loss, replicate and angle."""
    return pd.concat(
        [
            pd.DataFrame({"loss": loss, "replicate": k + 1, "p": p, "value": line})
            for loss, (p, lines) in points.items()
            for k, line in enumerate(lines)
        ]
    )


def function_figure(x: ArrayLike, functions: Mapping[str, ArrayLike], xlabel: str, ylabel: str) -> Figure:
    """Functions of one variable, by name, in black: nothing that was measured."""
    figure, axis = plt.subplots(figsize=(2 * _PANEL, 1.3 * _PANEL), layout="constrained")
    for (name, values), style in zip(functions.items(), ("-", "--", ":"), strict=False):
        axis.plot(x, values, color="black", linestyle=style, label=name)
    axis.axhline(0, color="0.7", linewidth=0.8)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.legend(fontsize="small")
    return figure


def precision_figure(condition_number: np.ndarray, estimates: Mapping[str, np.ndarray]) -> Figure:
    """Estimates ÷ the true value, by name, against the condition number; what is far off is cut off."""
    figure, axis = plt.subplots(figsize=(2.4 * _PANEL, 1.4 * _PANEL), layout="constrained")
    for (name, ratio), colour, mark in zip(estimates.items(), ("#D55E00", "black"), ("o", "."), strict=False):
        axis.plot(condition_number, ratio, color=colour, marker=mark, markersize=4, linewidth=1, label=name)
    axis.axhline(0, color="0.6", linewidth=1)
    axis.set(xscale="log", xlabel="condition number of the covariance", ylabel="estimate ÷ true value", ylim=(-2, 3))
    axis.legend(fontsize="small")
    return figure


def shades(count: int) -> list[str]:
    """Colours from dark to light for things that have an order, or for networks of one condition."""
    return sns.color_palette("viridis", count).as_hex()


def iteration_figure(angle: np.ndarray, iterates: Sequence[np.ndarray], references: Mapping[str, np.ndarray]) -> Figure:
    """Densities against the angle, step by step, from dark to light, with references dashed."""
    figure, axis = plt.subplots(figsize=(3 * _PANEL, 1.4 * _PANEL), layout="constrained")
    for number, (line, colour) in enumerate(zip(iterates, shades(len(iterates)), strict=True)):
        axis.plot(angle, line, color=colour, label=f"step {number}" if number in (0, 1, len(iterates) - 1) else None)
    for name, line in references.items():
        axis.plot(angle, line, **DENSITY_STYLE, label=name)
    axis.set(xlabel=ANGLE_LABEL, ylabel="density (rad⁻¹)", ylim=(0, None))
    axis.legend(fontsize="small")
    return figure


#: Numbers, or names, in a row: what stands along an axis.
Along = ArrayLike | Sequence[float] | Sequence[str]


@dataclass(frozen=True)
class Panel:
    """One of several small panels that share their methods: lines by name, each (x, y), and what stands around them.

    Attributes
    ----------
    title, xlabel, ylabel : words; ``ANGLE_LABEL`` has the ends of the range shaded.
    lines : (x, y) by name; x may be names, evenly spaced.
    bands : (x, low, high) by name of the line that they belong to.
    level : where a horizontal reference stands, or None.
    xscale, yscale : ``"linear"`` or ``"log"``.
    limits : of the vertical axis, None above for what is needed; None to show everything.
    """

    title: str
    xlabel: str
    ylabel: str
    lines: Mapping[str, tuple[Along, Along]]
    bands: Mapping[str, tuple[Along, Along, Along]] = field(default_factory=dict)
    level: float | None = None
    xscale: str = "linear"
    yscale: str = "linear"
    limits: tuple[float, float | None] | None = None


def method_panels(
    content: Sequence[Panel], *, columns: int = 3, styles: Mapping[str, Mapping[str, Any]] | None = None
) -> Figure:
    """Lines of methods in small panels with one legend; by default in ``METHOD_STYLES``, in order of their names."""
    names = list(dict.fromkeys(name for panel in content for name in panel.lines))
    if styles is None:
        styles = dict(zip(names, METHOD_STYLES, strict=False))
    columns = min(columns, len(content))
    rows = -(-len(content) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(3 * _PANEL, rows * _PANEL * (0.5 + 0.9 / columns) + 0.4), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for axis, panel in zip(axes.flat, content, strict=True):
        if panel.level is not None:
            axis.axhline(panel.level, color="0.7", linewidth=1, zorder=0)
        for name, (x, low, high) in panel.bands.items():
            axis.fill_between(x, low, high, color=styles[name]["color"], alpha=0.2, linewidth=0)
        for name, line in panel.lines.items():
            axis.plot(*line, **{"markersize": 4, "linewidth": 1.3, **styles[name]}, label=name)
        axis.set_title(panel.title, fontsize="small")
        axis.set_xlabel(panel.xlabel, fontsize="small")
        axis.set_ylabel(panel.ylabel, fontsize="small")
        axis.tick_params(labelsize="small")
        x = next(iter(panel.lines.values()))[0]
        if isinstance(x[0], str):
            axis.tick_params(axis="x", labelrotation=30)
        if panel.xscale == "log":
            axis.set_xscale("log")
            if max(x) < 100 * min(x):  # too few powers of ten for labels
                axis.set_xticks(x, [f"{value:g}" for value in x])
                axis.xaxis.set_minor_locator(mpl.ticker.NullLocator())
        if panel.yscale == "log":
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5) if panel.level else (1,)))
            axis.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
            axis.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        if panel.limits is not None:
            axis.set_ylim(*panel.limits)
        if panel.xlabel == ANGLE_LABEL:
            mark_boundary(axis, np.asarray(next(iter(panel.lines.values()))[0]))
    handles = {}
    for axis in axes.flat:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles, fontsize="small", loc="outside lower center", ncols=min(len(handles), 5))
    return figure


def along_angle(
    angle: np.ndarray,
    lines: Mapping[str, np.ndarray],
    ylabel: str,
    *,
    title: str = "",
    bands: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    **options: str | float | tuple[float, float | None] | None,
) -> Panel:
    """A panel of curves (A,) along the angle, by name, with bands (low, high); ``options`` are a :class:`Panel`'s."""
    ends = {name: (angle, low, high) for name, (low, high) in (bands or {}).items()}
    return Panel(title, ANGLE_LABEL, ylabel, {name: (angle, line) for name, line in lines.items()}, ends, **options)


def show_panels(
    id: str,
    content: Sequence[Panel],
    *,
    caption: str,
    alt: str,
    columns: int = 3,
    styles: Mapping[str, Mapping[str, Any]] | None = None,
    also: Sequence[str] = (),
) -> None:
    """:func:`show` :func:`method_panels` with the data that they draw."""
    figure = method_panels(content, columns=columns, styles=styles)
    show(figure, id=id, caption=caption, alt=alt, data=panel_rows(content), also=also)


def panel_rows(content: Sequence[Panel]) -> pd.DataFrame:
    """What :func:`method_panels` draws: one row a panel, line and point."""
    rows = []
    for panel in content:
        for name, (x, y) in panel.lines.items():
            row = {"panel": panel.title, "quantity": panel.ylabel, "line": name, "x": x, "y": y}
            if name in panel.bands:
                _, row["low"], row["high"] = panel.bands[name]
            rows.append(pd.DataFrame(row))
    return pd.concat(rows)


def methods_by_condition(tables: Mapping[str, tuple[pd.DataFrame, float]]) -> Figure:
    """Numbers of methods (columns) under conditions (index), a panel a quantity with a vertical reference."""
    first = next(iter(tables.values()))[0]
    figure, axes = plt.subplots(
        1, len(tables), figsize=(3 * _PANEL, 0.3 * len(first) + 1.2), layout="constrained", sharey=True, squeeze=False
    )
    place = np.arange(len(first))
    for axis, (label, (table, level)) in zip(axes[0], tables.items(), strict=True):
        for line in place:
            axis.axhline(line, color="0.92", zorder=0)
        axis.axvline(level, color="0.5", linewidth=1, zorder=0)
        apart = 0.14 * (np.arange(len(table.columns)) - (len(table.columns) - 1) / 2)
        for (name, of_method), style, shift in zip(table.items(), METHOD_STYLES, apart, strict=False):
            axis.plot(of_method, place + shift, **{**style, "linestyle": "none"}, markersize=5, label=name)
        axis.set_xlabel(label, fontsize="small")
    axes[0, 0].set_yticks(place, first.index, fontsize="small")
    axes[0, 0].invert_yaxis()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize="small", loc="outside lower center", ncols=len(labels))
    return figure


#: What :func:`power_of_tests` draws in one column: a title; (angle, shape); rates by amplitude (index) and test.
TestedShape = tuple[str, tuple[np.ndarray, np.ndarray], pd.DataFrame]


def power_of_tests(content: Sequence[TestedShape]) -> Figure:
    """Deviations from flatness, above, and how often tests find them, below; the amplitude in units of the noise."""
    figure, axes = plt.subplots(
        2, len(content), figsize=(3 * _PANEL, 1.6 * _PANEL), layout="constrained", sharex="row", sharey="row",
        squeeze=False, height_ratios=(1, 2.2),
    )  # fmt: skip
    for (above, below), (title, shape, rates) in zip(axes.T, content, strict=True):
        above.plot(*shape, color="black", linewidth=1.2)
        above.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        above.set_title(title, fontsize="small")
        for (name, of_method), style in zip(rates.items(), METHOD_STYLES, strict=False):
            below.plot(rates.index, of_method, **style, markersize=4, linewidth=1.2, label=name)
        below.set(ylim=(0, 1.02))
    figure.align_ylabels(axes[:, 0])
    axes[0, 0].set_ylabel("deviation of log I", fontsize="small")
    axes[1, 0].set_ylabel("share found", fontsize="small")
    for column in range(len(content)):
        axes[0, column].set_xlabel(ANGLE_LABEL, fontsize="small")
        axes[1, column].set_xlabel("amplitude ÷ noise", fontsize="small")
    handles, labels = axes[1, 0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize="small", loc="outside lower center", ncols=len(labels))
    return figure


def null_panels(tests: Mapping[str, CurveTest]) -> Figure:
    """The statistic of tests under all their patterns, as histograms of its root, with the one observed as a line."""
    figure, axes = panels(len(tests), columns=3)
    for axis, (title, test) in zip(axes, tests.items(), strict=True):
        roots = np.sqrt(test.null)
        axis.hist(roots, bins=30, range=(0, roots.max()), color="0.75")
        axis.axvline(np.sqrt(test.statistic), color="black", linewidth=1.8)
        axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))
        axis.set(title=title, xlabel="root mean square of log I", ylabel="patterns", xlim=(0, 1.05 * roots.max()))
    return figure


def curve_rows(
    curves: Mapping[str, Curve], references: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None
) -> pd.DataFrame:
    """What :func:`curve_figure` draws: one row a curve (or reference) and angle, with a column for each replicate."""
    drawn = [
        pd.DataFrame({"curve": name, "angle": angle, "estimate": value})
        for name, (angle, value) in (references or {}).items()
    ]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "curve": name,
                    "angle": curve.angle,
                    "estimate": curve.band.estimate,
                    "low": curve.band.low,
                    "high": curve.band.high,
                    **{f"replicate_{k + 1}": line for k, line in enumerate(curve.replicates)},
                }
            )
            for name, curve in curves.items()
        ]
        + drawn
    )


def mark_boundary(axis: Axes, angle: np.ndarray, *, margin: float = 0.1) -> None:
    """Shade the ends of the range (rad), where a curve feels that training stopped there; a circle has none."""
    # The last angle of a circle is its first, or the one before.
    if angle[-1] + angle[1] - 2 * angle[0] > 2 * np.pi - 1e-9:
        return
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


def face_grid(rows: Sequence[np.ndarray | Sequence[np.ndarray]], labels: Sequence[str]) -> Figure:
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


def show(
    figure: Figure,
    *,
    id: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
    also: Sequence[str] = (),
    collapsed: str = "",
) -> None:
    """Show a figure of the book, as :func:`figure_html` writes it."""
    display(HTML(figure_html(figure, id=id, caption=caption, alt=alt, data=data, also=also, collapsed=collapsed)))


def figure_html(
    figure: Figure,
    *,
    id: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
    also: Sequence[str] = (),
    collapsed: str = "",
) -> str:
    """A figure of the book, HTML: an anchor, a caption, a text for those who cannot see it, its image and its data.

    Parameters
    ----------
    figure : drawn with clouds of points rasterised; closed afterwards.
    id : the result's name, also the anchor on its page (``R01``).
    caption : the finding first, then what is shown, under which condition. Plain text, with maths between dollars.
    alt : the finding with its number, and what is drawn, for those who cannot see it; no two figures have the same.
    data : what is drawn, offered as CSV.
    also : further results that this figure shows, each with an anchor of its own.
    collapsed : of a figure that the page can be followed without, the words that open it.
    """
    for name, text in (("id", id), ("caption", caption), ("alt", alt)):
        if not text.strip():
            raise ValueError(f"a figure needs its {name}; got an empty text")
    # Compressed: a page's clouds would make a notebook of many megabytes. The built page offers the plain file.
    svg, csv = io.BytesIO(), gzip.compress(data.to_csv(index=False, float_format="%.4g").encode(), mtime=0)
    # No date in the file: the same figure is then the same file.
    with mpl.rc_context({"svg.hashsalt": "fisherkit"}):  # the same figure, the same file
        figure.savefig(svg, format="svg", dpi=150, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    others = "".join(f'<a class="also" id="{html.escape(other)}"></a>' for other in also)
    shown = (
        f'<figure class="result" id="{html.escape(id)}">{others}'
        f'<img alt="{html.escape(alt)}" src="{_data_uri("image/svg+xml", svg.getvalue())}">'
        f"<figcaption><b>{html.escape(_named([id, *also]))}.</b> {html.escape(caption)}</figcaption>"
        f'<a class="data" download="{html.escape(id)}.csv.gz" href="{_data_uri("application/gzip", csv)}">CSV</a>'
        "</figure>"
    )
    summary = html.escape(collapsed)
    return f"<details><summary>{summary}</summary>{shown}</details>" if collapsed else shown


def _named(ids: Sequence[str]) -> str:
    """Ids as a caption begins with them: R12–R14 where they follow each other, else R29, R33."""
    numbers = [int(one[1:]) for one in ids if re.fullmatch(r"R\d\d", one)]
    if len(numbers) == len(ids) > 1 and numbers == list(range(numbers[0], numbers[0] + len(ids))):
        return f"{ids[0]}–{ids[-1]}"
    return ", ".join(ids)


def show_curves(
    id: str,
    curves: Mapping[str, Curve],
    label: str,
    *,
    caption: str,
    alt: str,
    references: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    limits: tuple[float, float] | None = None,
    logarithmic: bool = False,
    also: Sequence[str] = (),
) -> None:
    """:func:`show` a :func:`curve_figure` with the data that it draws."""
    figure = curve_figure(curves, label, references=references, limits=limits, logarithmic=logarithmic)
    show(figure, id=id, caption=caption, alt=alt, data=curve_rows(curves, references), also=also)


def counted(number: int, what: str) -> str:
    """A number of things in words: ``1 network``, ``3 networks``, ``2 densities``."""
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else many}"


def _minus(text: str) -> str:
    """A text with a real minus sign."""
    return text.replace("-", "\N{MINUS SIGN}")


def _replicate_title(replicate: xr.DataArray) -> str:
    return f"replicate {int(replicate.number) + 1}"


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
