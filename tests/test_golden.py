"""Exponents and curves of a training stay what they were, but for rounding."""

import json

import pytest

from fisherkit.store import Store
from tests import golden

pytestmark = pytest.mark.slow

TABLE = json.loads(golden.PATH.read_text())


def departures(found: dict[str, float]) -> dict[str, float]:
    """How far numbers are from those expected, in units of how far rounding moves them."""
    assert set(found) == set(TABLE)
    return {name: abs(found[name] - of["value"]) / of["spread"] for name, of in TABLE.items()}


def test_exponents_and_curves_are_what_they_were(tmp_path):
    assert max(departures(golden.numbers(Store(tmp_path))).values()) < 5


@pytest.mark.parametrize("changed", [{"learning_rate": 0.0105}, {"clip": 0.9}, {"epochs": 7}])
def test_a_training_that_is_changed_a_little_is_noticed(changed, tmp_path):
    assert max(departures(golden.numbers(Store(tmp_path), **changed)).values()) > 5
