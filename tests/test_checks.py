from collections.abc import Iterable

import numpy as np
import pytest

from fisherkit.checks import check_choice, check_count, check_counts, check_names, checked


def test_what_is_right_passes():
    check_count("replicates", 1)
    check_count("seed", np.int64(0), least=0)
    check_names("losses", ["log"], ("linear", "log"))
    check_choice("faces", "sketch", ("auto", "sketch"))


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "2", None, [1]])
def test_counts(value):
    with pytest.raises(ValueError, match=r"angles must be a whole number of at least 1; got"):
        check_count("angles", value)


@pytest.mark.parametrize("value", ["log", [], {"log"}, None, 3, ["logs"], [["log"]], ["log", "log"]])
def test_names(value):
    with pytest.raises(ValueError, match=r"^losses must "):
        check_names("losses", value, ("linear", "log"))


def test_one_name_is_shown_how_to_become_a_list():
    with pytest.raises(ValueError, match=r"such as \['log'\]; got 'log'"):
        check_names("losses", "log", ("linear", "log"))


@pytest.mark.parametrize("value", ["cats", 3, None, ["auto"]])
def test_choices(value):
    with pytest.raises(ValueError, match="faces must be one of auto, sketch; got"):
        check_choice("faces", value, ("auto", "sketch"))


@pytest.mark.parametrize("value", [[0], [0, 0], [0, -1], [0, 1.5], [0, True], "01", None, 3])
def test_several_counts(value):
    check_counts("seeds", [0, 1], several=2)
    with pytest.raises(ValueError, match=r"^seeds must be .*; got"):
        check_counts("seeds", value, several=2)


def test_more_than_can_be_meant():
    with pytest.raises(ValueError, match="draws must be a whole number from 1 to 100; got 101: ask for fewer"):
        check_count("draws", 101, most=100)


def test_whatever_can_be_gone_through_is_taken_where_that_is_enough():
    @checked
    def total(numbers: Iterable[float]) -> float:
        return sum(numbers)

    for numbers in ([1.0, 2.0], {1.0, 2.0}, {"a": 1.0, "b": 2.0}.values(), {1.0: 0, 2.0: 0}.keys(), iter([1.0, 2.0])):
        assert total(numbers) == 3
    with pytest.raises(ValueError, match="numbers must be a list; got 3"):
        total(3)
