"""Adaptation, and the comparison of constraints, on curves and errors that are known."""

import numpy as np
import pytest
import xarray as xr

from fisherkit import adaptation as room
from fisherkit import curves, experiments
from fisherkit.adaptation import OTHER, TuningStudy, adaptation, off_the_line
from fisherkit.curves import Precision
from fisherkit.estimate import Estimate

ANGLE = np.linspace(-np.pi / 2, np.pi / 2, 20)
TINY = {"pixels": 16, "faces": "sketch", "samples": 64, "validation_samples": 64, "epochs": 2}
SHARE = {"frozen": 0.25, "low-data": 0.75, "none": 1.0, "optimiser kept": 1.0}
CODES = {"uniform": 1 + 0.1 * np.cos(ANGLE), "concentrated": np.exp(np.sin(ANGLE))}


@pytest.mark.parametrize("share", [-0.2, 0.0, 0.4, 1.0])
def test_adaptation_is_the_share_of_the_new_code_and_the_rest_is_off_the_line(share):
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 3, 20))
    beside = rng.normal(size=(3, 20))
    along = after - before
    beside -= ((beside * along).sum(axis=1) / (along**2).sum(axis=1))[:, None] * along
    now = before + share * along + beside
    np.testing.assert_allclose(adaptation(before, after, now), share, atol=1e-12)
    expected = np.linalg.norm(beside, axis=1) / np.linalg.norm(along, axis=1)
    np.testing.assert_allclose(off_the_line(before, after, now), expected)
    np.testing.assert_allclose(off_the_line(before, after, now - beside), 0, atol=1e-12)


@pytest.fixture
def sweep():
    return experiments.finetuning(
        "smoke", constraints=list(SHARE), encodings=["linear"], replicates=2, kept_epochs=[1, 2], **TINY
    )


@pytest.fixture
def study(sweep, monkeypatch):
    """Networks whose normalised roots lie on the line from one code to the other, as far as SHARE says, for anyone."""

    def line(condition):
        if condition.tuning is None:
            return CODES[condition.density_name]
        before, after = (CODES[of] / np.trapezoid(CODES[of], ANGLE) for of in (OTHER[condition.density_name],
                                                                               condition.density_name))  # fmt: skip
        return before + SHARE[condition.constraint] * (after - before)

    def planted(code, faces):
        ensemble, angles = code
        values = np.array([line(condition) for condition in ensemble.conditions]) ** 2
        attributes = {"density": "density_name", "pretrained_on": "pretrained_on", "constraint": "constraint"}
        of = {
            name: ("replicate", [getattr(condition, attribute) for condition in ensemble.conditions])
            for name, attribute in attributes.items()
        }
        information = xr.DataArray(values, dims=("replicate", "angle"), coords={"angle": angles, **of})
        people = len(set(faces.person.tolist()))
        scale = np.linspace(1, 2, people)[:, None, None]  # the size of the information is no part of a code
        return Precision(information, {"people": scale * values})

    monkeypatch.setattr(room.fisher, "embed_with_tangents", lambda ensemble, images, angles: (ensemble, angles))
    monkeypatch.setattr(curves, "positive_information", planted)
    monkeypatch.setattr(experiments.Sweep, "ensemble", lambda self, best="train", **of: self.untrained(**of))
    return TuningStudy(sweep, angles=20)


def test_a_study_of_tuning_knows_its_networks(study):
    assert study.constraints == tuple(SHARE)
    assert (study.encoding, study.networks, study.epochs) == ("linear", 2, (1, 2))
    for density, other in OTHER.items():
        tuned = study.code(density, "frozen").values
        assert set(tuned.pretrained_on.values.tolist()) == {other}
        assert len(study.code(density).values) == 2


def test_adaptation_of_networks_is_over_networks_and_people(study):
    for density in OTHER:
        for constraint, share in SHARE.items():
            found = study.adaptation(density, constraint)
            np.testing.assert_allclose(found.values, share, atol=1e-9)
            assert [left.shape for left in found.without.values()] == [(30, 2)]
            assert study.off_the_line(density, constraint).mean == pytest.approx(0, abs=1e-7)
        difference = study.adaptation(density, "low-data") - study.adaptation(density, "frozen")
        assert difference.mean == pytest.approx(0.5)
        assert study.off_the_line_alike(density).mean == pytest.approx(0, abs=1e-7)
    peak = np.abs(ANGLE - np.pi / 4).argmin()
    expected = CODES["concentrated"][peak] / np.trapezoid(CODES["concentrated"], ANGLE)
    assert study.height("concentrated", "none").mean == pytest.approx(expected)


def test_after_an_epoch_networks_are_measured_at_that_epoch(study, monkeypatch):
    asked = []
    monkeypatch.setattr(
        experiments.Sweep, "ensemble", lambda self, best="train", **of: asked.append(best) or self.untrained(**of)
    )
    code = study.code("uniform", "frozen", epoch=1)
    assert code.values.shape == (2, 20)
    np.testing.assert_allclose(np.trapezoid(code.values.values, ANGLE, axis=1), 1)
    study.code("concentrated", "none", epoch=1)
    assert asked == ["epoch 1"]


def test_errors_are_means_over_angles_by_the_density_of_tuning(study, monkeypatch):
    embeddings = {}
    genuine = room.fisher.embed
    monkeypatch.setattr(room.fisher, "embed", lambda *given: embeddings.setdefault("of", genuine(*given)))
    found = study.error("concentrated", "frozen", "people shown")
    of = embeddings["of"]
    rows = ((of.density == "concentrated") & (of.constraint == "frozen")).values
    errors = np.abs(curves.errors(of))[rows].mean("face").values
    p = np.exp(-((ANGLE - np.pi / 4) ** 2) / (2 * 0.2**2))
    np.testing.assert_allclose(found.values, (errors * p).sum(axis=1) / p.sum(), rtol=1e-6)
    assert [left.shape for left in found.without.values()] == [(30, 2)]
    with pytest.raises(ValueError, match="one of pairs shown, people shown, people never seen; got 'all'"):
        study.error("uniform", "none", "all")


@pytest.mark.parametrize(
    ("errors", "limits"),
    [
        # pairs shown and people shown, frozen and low-data, as multiples of those without a constraint
        ((3.0, 2.0, 0.5, 2.0), (True, True)),
        ((1.0, 2.0, 0.5, 2.0), (None, True)),
        ((3.0, 2.0, 3.0, 2.0), (True, False)),
        ((0.3, 2.0, 0.5, 0.5), (False, False)),
    ],
)
def test_what_a_constraint_limits_shows_in_the_signs_of_its_errors(study, monkeypatch, errors, limits):
    factors = dict(zip((("frozen", "pairs shown"), ("frozen", "people shown"),
                        ("low-data", "pairs shown"), ("low-data", "people shown")), errors, strict=True))  # fmt: skip
    own = np.array([0.99, 1.01])

    def error(self, density, constraint, level):
        return Estimate(own[::-1] * factors[constraint, level] if constraint != "none" else np.ones(2))

    monkeypatch.setattr(TuningStudy, "error", error)
    for constraint, expected in zip(("frozen", "low-data"), limits, strict=True):
        assert study.limits(constraint) is expected
    assert study.factor("uniform", "frozen", "pairs shown").mean == pytest.approx(errors[0], rel=1e-3)


def test_a_study_of_tuning_says_what_it_cannot_be_of(sweep):
    with pytest.raises(ValueError, match="of tuned networks; got 0 of them, of the encodings linear"):
        TuningStudy(experiments.loss_sweep("smoke", losses=["linear"], encodings=["linear"], **TINY))
    of_two = experiments.finetuning("smoke", replicates=1, **TINY)
    with pytest.raises(ValueError, match="of the encodings circular, linear"):
        TuningStudy(of_two)


def test_precisions_have_first_networks_and_curves():
    values = xr.DataArray(np.arange(6.0).reshape(3, 2) + 1, dims=("replicate", "angle"), coords={"angle": [0.0, 1.0]})
    precision = Precision(values, {"a": values.values[None] ** 2})
    assert [len(precision.first(2).values), precision.first(2).without["a"].shape] == [2, (1, 2, 2)]
    root = precision.curve(curves.root)
    np.testing.assert_allclose(root.values, np.sqrt(values))
    np.testing.assert_allclose(root.without["a"][0], values)
