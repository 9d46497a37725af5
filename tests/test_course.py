"""A number followed through training: settled, still moving, or read where another number has got to."""

import numpy as np
import pytest

from fisherkit.course import Course
from fisherkit.estimate import Estimate


def course(*means, spread=0.1, people=5):
    """Three networks about each mean, seen by the same people; epochs 1, 2, 4, …"""
    apart = spread * np.array([-1.0, 0.0, 1.0])
    left = np.linspace(-0.01, 0.01, people)[:, None]
    return Course({2**k: Estimate(mean + apart, {"people": mean + apart + left}) for k, mean in enumerate(means)})


def test_drift_growth_and_fall_are_those_of_the_means_and_pair_networks():
    found = course(1.0, 4.0, 3.0, 2.0)
    assert (found.start.mean, found.end.mean) == pytest.approx((1, 2))
    assert found.drift.mean == pytest.approx(-1)
    # What networks have in common at two epochs is no noise of the difference.
    assert found.drift.standard_error == pytest.approx(0)
    assert found.growth.values == pytest.approx([1.9 / 2.9, 2 / 3, 2.1 / 3.1])
    assert found.highest == 2
    assert found.fall.mean == pytest.approx(2)
    assert course(1.0, 2.0).fall.mean == 0


def test_above_from_is_the_epoch_from_which_on_every_interval_is_above():
    assert course(1.0, -1.0, 0.01, 1.0, 2.0).above_from() == 8
    assert course(1.0, 1.0).above_from() == 1
    assert course(1.0, 1.0).above_from(2) is None
    assert course(1.0, 0.01).above_from() is None
    assert Course({1: Estimate(np.array([1.0])), 2: Estimate(np.array([1.0]))}).above_from() is None


def test_a_number_is_read_on_the_straight_line_where_the_other_first_reaches_a_target():
    level, number = course(0.0, 1.0, 3.0, 2.0), course(5.0, 4.0, 2.0, 1.0)
    assert number.where(level, 1.5).values == pytest.approx(number[2].values * 0.75 + number[4].values * 0.25)
    assert number.where(level, 1.5).mean == pytest.approx(3.5)
    assert number.where(level, 3.0).mean == pytest.approx(2)
    assert number.where(level, -1.0).mean == 5  # reached from the first
    assert list(number.where(level, 1.5).without) == ["people"]
    with pytest.raises(ValueError, match="the target 4 is not reached; the highest mean is 3"):
        number.where(level, 4.0)


def test_courses_combine_epoch_by_epoch_and_make_tables():
    first, second = course(2.0, 6.0), course(1.0, 3.0)
    assert [one.mean for one in (first - second).by_epoch.values()] == pytest.approx([1, 3])
    assert (first / first).end.values == pytest.approx(np.ones(3))
    table = first.table()
    assert table["epoch"].tolist() == [1, 2]
    assert table["estimate"].tolist() == pytest.approx([2, 6])
    assert table["low"][0] == pytest.approx(first.start.low)
    spread = course(1.0, 3.0, spread=0.5).table(geometric=True)
    assert spread["estimate"][0] == pytest.approx((0.5 * 1.0 * 1.5) ** (1 / 3))
    assert (spread["low"] > 0).all()
    for wrong in ({1: first.start}, {2: first.start, 1: first.start}):
        with pytest.raises(ValueError, match="two epochs or more, in the order of time"):
            Course(wrong)
