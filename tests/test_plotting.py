"""Figures that draw tables: what they show is what the table says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fisherkit import plotting
from fisherkit.estimate import Estimate

ESTIMATES = {
    ("book", "linear"): Estimate(np.array([1.0, 2.0, 3.0])),
    ("book", "quart"): Estimate(np.array([0.5])),
    ("other", "linear"): Estimate(np.array([4.0, 5.0, 6.0])),
}


def test_rows_of_losses_stand_in_their_row_with_their_intervals():
    table = plotting.estimate_rows(ESTIMATES, "row", "loss")
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
    table = plotting.estimate_rows(ESTIMATES, "panel", "loss").assign(quantity="α", x=1.0)
    figure = plotting.loss_panels(table, "step", xscale="log", logarithmic=["α"])
    first, second = figure.axes
    assert (first.get_title(), second.get_title(), first.get_yscale()) == ("book", "other", "log")
    assert [len(axis.collections) for axis in (first, second)] == [1, 1]  # one network has no band
    assert [line.get_linestyle() for line in first.lines] == ["-", "--"]
    plt.close(figure)
