"""Figures of several pages: what is drawn is what is offered as data."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from fisherkit import plotting
from fisherkit.estimate import Estimate
from fisherkit.results import as_rows
from fisherkit.stats import Band

ANGLE = np.linspace(-1, 1, 5)


def curve(height):
    line = np.full(5, height)
    return plotting.Curve(ANGLE, np.stack([line, line]), Band(line, line / 2, 9 * line, 0.95), "black")


def test_panels_of_curves_have_their_own_scales_or_common_ones_and_one_legend():
    content = {
        "low": ({"a": curve(1.0)}, {"p": (ANGLE, np.full(5, 2.0))}),
        "high": ({"a": curve(10.0), "b": curve(4.0)}, {}),
    }
    figure = plotting.curve_panels(content, "height")
    # A quarter above the curves and references; a band that goes on is cut off.
    assert [axis.get_ylim() for axis in figure.axes] == [(0, 2.5), (0, 12.5)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "p", "b"]
    assert not any(axis.get_legend() for axis in figure.axes)
    common = plotting.curve_panels(content, "height", limits=(0, 3))
    assert [axis.get_ylim() for axis in common.axes] == [(0, 3), (0, 3)]
    plt.close("all")
    rows = plotting.panel_curve_rows(content)
    assert rows.groupby(["panel", "curve"])["estimate"].first().to_dict() == pytest.approx(
        {("low", "a"): 1, ("low", "p"): 2, ("high", "a"): 10, ("high", "b"): 4}
    )


ESTIMATES = {
    ("book", "linear"): Estimate(np.array([1.0, 2.0, 3.0])),
    ("book", "quart"): Estimate(np.array([0.5])),
    ("other", "linear"): Estimate(np.array([4.0, 5.0, 6.0])),
}


def test_rows_of_losses_stand_in_their_row_with_their_intervals():
    table = as_rows(ESTIMATES, ("row", "loss"))
    assert table[["row", "loss"]].to_numpy().tolist() == [list(key) for key in ESTIMATES]
    assert table["low"][0] == pytest.approx(ESTIMATES["book", "linear"].low)
    assert np.isinf(table["high"][1])
    figure = plotting.loss_rows(table, "exponent", marks={"linear": 2.0})
    [axis] = figure.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["book", "other"]
    linear, quart = (container.lines[0] for container in axis.containers)
    assert linear.get_xdata().tolist() == [2, 5]
    assert [round(float(place)) for place in linear.get_ydata()] == [0, 1]
    assert linear.get_marker() != quart.get_marker()
    plt.close(figure)


def test_panels_of_losses_draw_a_line_and_a_band_where_there_is_an_interval():
    table = as_rows(ESTIMATES, ("panel", "loss")).assign(quantity="α", x=1.0)
    figure = plotting.loss_courses(table, "step", xscale="log", logarithmic=["α"])
    first, second = figure.axes
    assert (first.get_title(), second.get_title(), first.get_yscale()) == ("book", "other", "log")
    assert [len(axis.collections) for axis in (first, second)] == [1, 1]  # one network has no band
    assert [line.get_linestyle() for line in first.lines] == ["-", "--"]
    plt.close(figure)


def test_losses_that_are_not_the_books_have_styles_of_their_own():
    table = as_rows(
        {("a", name): Estimate(np.array([1.0, 2.0])) for name in ("linear", "Huber", "cube")}, ["row", "loss"]
    )
    lines = table.assign(x=1.0, panel="one", quantity="height", series=table["loss"], q=1.0, law=1.0, inside=True)
    points = {name: (ANGLE + 2, np.ones((2, 5))) for name in table["loss"]}
    for figure in (
        plotting.loss_rows(table, "height", marks={"Huber": 1.0}),
        plotting.loss_courses(lines, "x"),
        plotting.loss_lines(lines[["loss", "x", "estimate"]], "x", "x", "y"),
        plotting.power_panels([("all", points, {})], "height"),
        plotting.exponent_series(lines),
    ):
        plt.close(figure)
    styles = [tuple(plotting.loss_style(name).items()) for name in ("linear", "Huber", "cube")]
    assert len(set(styles)) == 3
    assert plotting.loss_style("Huber") is plotting.loss_style("Huber")
    assert plotting.loss_style("linear")["color"] == plotting.LOSS_COLOURS["linear"]


def test_the_style_is_the_books_whatever_its_user_prefers():
    plotting.use_style()
    style = dict(mpl.rcParams)
    mpl.rcParams.update({"text.usetex": True, "savefig.transparent": True, "axes.grid": True, "lines.linewidth": 9.0})
    plotting.use_style()
    assert dict(mpl.rcParams) == style
