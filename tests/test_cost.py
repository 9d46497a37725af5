"""How time grows with the work, from points whose growth is known."""

import numpy as np
import pandas as pd
import pytest

from fisherkit import cost
from fisherkit.presets import preset


def points(power: float = 1.0, once: float = 0.0) -> pd.DataFrame:
    """Seconds that grow as a power of the work, after what is done once; memory as its root."""
    rows = [
        {"what": what, "direction": direction, "size": size, "products": 1e9 * (size / 16) ** steps,
         "seconds": once + 0.25 * (size / 16) ** (steps * power), "memory_gb": (size / 16) ** 0.5, "cores": 2}
        for what, direction, steps in (("curves", "angles", 1), ("training", "pixels", 2))
        for size in (16, 32, 64, 128)
    ]  # fmt: skip
    workers = [
        {"what": "training", "direction": "workers", "size": size, "products": 1e9, "seconds": seconds,
         "memory_gb": 1.0, "cores": 2}
        for size, seconds in ((1, 9.0), (2, 5.0))
    ]  # fmt: skip
    return pd.DataFrame(rows + workers)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.3])
def test_a_slope_is_the_power_that_time_grows_by(power):
    found = cost.slopes(points(power))
    assert list(found["direction"]) == ["angles", "pixels"]  # of workers there are two sizes alone
    np.testing.assert_allclose(found["slope"], power)
    np.testing.assert_allclose(found["memory_to"] / found["memory_from"], 2)
    assert (found["from"] == 32).all()
    assert (found["to"] == 128).all()


def test_what_is_done_once_makes_growth_less_steep():
    assert (cost.slopes(points(once=1.0))["slope"] < 0.9).all()


def test_two_workers_are_compared_with_one():
    assert cost.speed_up(points()) == pytest.approx(1.8)


def test_hours_are_in_proportion_to_the_work_and_divided_by_cores():
    quick = preset("quick")
    assert cost.products_of_training(quick) == 3 * 80 * 8192 * sum(a * b for a, b in quick.architecture.layers)
    found = cost.hours_of_training(points(), quick, 1000).set_index("on")
    expected = 1000 * cost.products_of_training(quick) * 1.0 / 4e9 / 3600  # 1 s for 4e9 products at 32 pixels
    assert found.loc["a machine of 2 cores", "hours"] == pytest.approx(expected)
    assert found.loc["100 nodes", "hours"] == pytest.approx(expected * 2 / 3200)
    assert list(found["measured"]) == [True, False, False]
    operations = 2 * 1000 * cost.products_of_training(quick) / cost.OPERATIONS / 3600
    weights = sum(a * b for a, b in quick.architecture.layers)
    traffic = 28 * weights * 1000 * 80 * 8192 / 128 / cost.BYTES / 3600
    assert found["hours"].iloc[2] == pytest.approx(max(operations, traffic))
    with pytest.raises(ValueError, match="pixels must be one of 16, 32, 64, 128; got 48"):
        cost.hours_of_training(points(), preset("quick", pixels=48), 1000)


def test_networks_take_what_their_files_take(tmp_path):
    from fisherkit.experiments import loss_sweep
    from fisherkit.store import Store

    sweep = loss_sweep("smoke", losses=["linear"], encodings=["linear"], replicates=2, store=Store(tmp_path))
    sweep.train()
    written = sum(path.stat().st_size for path in tmp_path.rglob("weights.safetensors"))
    assert written == pytest.approx(cost.bytes_on_disk(sweep.preset, len(sweep.conditions)), rel=0.05)
