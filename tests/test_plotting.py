"""Figures of several pages: what is drawn is what is offered as data."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fisherkit import plotting
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
