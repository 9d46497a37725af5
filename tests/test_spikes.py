import numpy as np
import pytest
import xarray as xr

from fisherkit.curves import Measured
from fisherkit.spikes import find_spikes

ANGLE = np.linspace(-np.pi / 2, np.pi / 2, 201)  # 0 is one of them


def planted(width, *, noise=0.05, power=1, networks=2):
    """Curves of three times their surroundings at 0; people drawn again scale all of a curve."""
    shape = (100 + 200 * np.exp(-0.5 * (ANGLE / width) ** 2)) ** power
    lines = xr.DataArray(np.tile(shape, (networks, 1)), dims=("replicate", "angle"), coords={"angle": ANGLE})
    factor = np.exp(noise * np.random.default_rng(0).normal(size=(200, networks, 1)))
    return Measured(lines, shape * factor, 0)


def test_a_planted_spike_is_found_and_a_broad_hill_is_not():
    found = find_spikes(planted(0.02))
    assert found["replicate"].tolist() == [0, 1]
    np.testing.assert_allclose(found["angle"], 0, atol=1e-12)
    np.testing.assert_allclose(found["height"], 3)
    assert found["beyond_chance"].all()
    assert find_spikes(planted(0.1)).empty
    assert find_spikes(planted(0.4)).empty
    # At half the height of log f, f is √3 times its surroundings: there the hill is 0.8 √(2 log(2/(√3 − 1))) rad wide.
    width = 0.8 * np.sqrt(2 * np.log(2 / (np.sqrt(3) - 1)))
    assert find_spikes(planted(0.4), widest=1.02 * width)["angle"].tolist() == pytest.approx([0, 0])
    assert find_spikes(planted(0.4), widest=0.98 * width).empty


def test_a_spike_that_people_may_have_made_is_not_beyond_chance():
    found = find_spikes(planted(0.02, noise=1.0))
    assert len(found) == 2
    assert not found["beyond_chance"].any()


def test_a_dip_is_a_spike_of_the_inverse():
    dip = planted(0.02, power=-1)
    assert find_spikes(dip).empty
    found = find_spikes(dip, dips=True)
    assert (found.index.tolist(), found["replicate"].tolist()) == ([0, 1], [0, 1])
    np.testing.assert_allclose(found["angle"], 0, atol=1e-12)
    np.testing.assert_allclose(found["height"], 3)
    assert found["beyond_chance"].all()


def test_a_spike_must_stand_out_by_the_factor_asked_for():
    assert len(find_spikes(planted(0.02), factor=2.99)) == 2
    assert find_spikes(planted(0.02), factor=3.01).empty
    for options in ({"factor": 1.0}, {"widest": 0.0}):
        with pytest.raises(ValueError, match="a spike needs a factor above 1 and a positive width"):
            find_spikes(planted(0.02), **options)
