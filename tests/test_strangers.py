"""People never seen beside groups of people who were, with what they differ in planted."""

import numpy as np
import pytest
import xarray as xr

from fisherkit import fisher, strangers
from fisherkit.densities import named
from fisherkit.faces import Faces
from fisherkit.strangers import Strangers

ANGLE = np.linspace(-np.pi / 2, np.pi / 2, 50)


def beside(factor, *, alpha=1.0, groups=40, seed=0):
    """Strangers whose information is a multiple of what groups of p^alpha have about."""
    curve = named("concentrated", "linear").pdf(ANGLE) + 1e-6
    scale = np.exp(np.random.default_rng(seed).normal(0, 0.1, (groups, 1, 1)))
    return Strangers(ANGLE, factor * curve[None] ** alpha, scale * curve, np.ones((1, 50)))


def test_a_ratio_is_the_planted_one_and_groups_as_low_are_counted():
    everywhere = np.ones(50, dtype=bool)
    low, even = beside(0.3), beside(1.0)
    assert low.ratio(everywhere) == pytest.approx(0.3, rel=0.1)
    assert low.groups_as_low(everywhere) == 0
    assert 0.2 < even.groups_as_low(everywhere) < 0.8
    assert np.isnan(even.ratio(~everywhere))
    assert (low.spread[0] < low.typical).all()
    assert (low.typical < low.spread[1]).all()


def test_exponents_are_the_planted_ones():
    density = named("concentrated", "linear")
    flat = beside(1.0, alpha=0.5)
    assert flat.exponent(density) == pytest.approx(0.5, abs=1e-3)
    assert flat.exponents_of_groups(density) == pytest.approx(np.ones(40), abs=1e-3)
    coarse = Strangers(ANGLE[::25], np.ones((1, 2)), np.ones((4, 1, 2)), np.ones((1, 2)))
    assert np.isnan(coarse.exponent(density))


def code_of(rng, people, photographs, stretch=1.0):
    """A code of a person's part and a photograph's, with the faces that it is of."""
    person = np.repeat(np.arange(people), photographs)
    z = rng.normal(size=(2, 3, people, 2))[:, :, person] + rng.normal(size=(2, 3, len(person), 2))
    t = stretch * (np.array([4.0, 1.0]) + 0.1 * rng.normal(size=z.shape))
    dims = ("replicate", "angle", "face", "output")
    arrays = (xr.DataArray(of, dims=dims, coords={"angle": [-0.1, 0.0, 0.1]}) for of in (z, t))
    faces = Faces(np.zeros((len(person), 4, 4), dtype=np.float32), person, np.array(["train"] * len(person)), "sketch")
    return fisher.Code(*arrays), faces


def test_groups_are_of_as_many_people_of_training():
    rng = np.random.default_rng(1)
    trained, train = code_of(rng, 12, 6)
    code, faces = code_of(rng, 4, 6, stretch=2.0)
    found = strangers.beside_trained(code, faces, trained, train, groups=30, seed=2)
    assert found.groups.shape == (30, 2, 3)
    assert found.speed == pytest.approx(2 * np.ones((2, 3)), rel=0.05)
    everyone = fisher.information(trained, estimator="wishart").values
    assert found.groups.mean() > everyone.mean()  # what few people have in common is not counted as scatter
    # With as many people as were trained on, every group is all of them.
    same = strangers.beside_trained(trained, train, trained, train, groups=3)
    assert same.groups == pytest.approx(np.broadcast_to(everyone, (3, 2, 3)))
    assert same.ratio(np.ones(3, dtype=bool)) == pytest.approx(1)
    other = fisher.Code(trained.embeddings[:1], trained.tangents[:1])
    with pytest.raises(ValueError, match="same networks and angles"):
        strangers.beside_trained(other, train, trained, train)


def test_a_geometric_mean_is_one_of_logs():
    values = np.array([[1.0, 4.0, 100.0], [2.0, 2.0, 7.0]])
    assert strangers.geometric_mean(values, np.array([True, True, False])) == pytest.approx(2)


def test_the_table_says_what_was_planted():
    density = named("concentrated", "linear")
    found = strangers.table(
        {("sqrt", "test"): beside(0.3), ("log", "test"): beside(1.0, alpha=0.5)}, density, ANGLE < 0
    )
    assert found.loss.tolist() == ["sqrt", "log"]
    assert found.ratio[0] == pytest.approx(0.3, rel=0.1)
    assert found["where_rare"][0] == pytest.approx(0.3, rel=0.1)
    assert found["as_low"][0] == 0
    assert found.alpha.tolist() == pytest.approx([1, 0.5], abs=1e-3)
    assert found["alpha_of_groups"].tolist() == pytest.approx([1, 1], abs=1e-3)
    assert found["as_flat"][1] == 0
    assert found.speed.tolist() == [1, 1]
