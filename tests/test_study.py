"""The opening of a page: a sweep at its faces, on networks of planted information."""

import numpy as np
import pytest

from fisherkit import curves, plotting
from fisherkit.estimate import Estimate
from fisherkit.experiments import Sweep, loss_sweep
from fisherkit.faces import sketch_population
from fisherkit.stats import fit_order_line
from fisherkit.study import Study, line_table

TINY = {"pixels": 16, "faces": "sketch", "samples": 64, "validation_samples": 64, "epochs": 1}


def made(**options) -> Sweep:
    chosen = {"losses": ["sqrt", "linear"], "encodings": ["linear"], "densities": ["concentrated"], "replicates": 3}
    return loss_sweep("smoke", **{**chosen, **options}, **TINY)


@pytest.fixture
def sweep(monkeypatch):
    """Networks as they were before any training: nothing here asks what training does to them."""
    monkeypatch.setattr(Sweep, "ensemble", lambda self, best="train", **selection: self.untrained(**selection))
    return made()


def test_faces_of_a_study_are_those_trained_on_or_all_others(sweep):
    seen, unseen = Study(sweep).faces, Study(sweep, "never seen").faces
    assert set(seen.membership) == {"train"}
    assert set(unseen.membership) == {"validation", "test"}
    assert len(seen) + len(unseen) == len(sweep.faces)
    assert not set(seen.person) & set(unseen.person)
    assert len(Study(sweep, "never seen").faces_of(True)) == len(seen)


def test_everything_is_measured_once_and_when_it_is_asked_for(sweep, monkeypatch):
    asked, genuine = [], curves.precision
    monkeypatch.setattr(curves, "precision", lambda *given: asked.append(given[2]) or genuine(*given))
    opened = Study(sweep, "never seen", angles=12)
    assert asked == []
    assert opened.losses == ("sqrt", "linear")
    assert opened.orders == (0.5, 1)
    first = opened.exponent("linear")
    assert opened.exponent("linear", density="concentrated", seen=False).mean == first.mean
    assert asked == [curves.PRIMARY]
    assert opened.exponent("linear", kind="error scale").mean != first.mean
    assert opened.exponent("linear", seen=True).mean != first.mean
    assert asked == [curves.PRIMARY, "error scale", curves.PRIMARY]


def test_exponents_are_those_of_the_measured_precision_and_pair(sweep):
    opened = Study(sweep, angles=12)
    by_hand = curves.exponent_of(opened.of("sqrt"), opened.densities["concentrated"])
    assert opened.exponent("sqrt").values == pytest.approx(by_hand.values)
    gap = opened.exponent("linear") - opened.exponent("sqrt")
    assert len(gap.values) == 3
    assert [len(left) for left in gap.without.values()] == [len(set(opened.faces.person))]


def test_what_a_study_lacks_is_named_with_what_it_has(sweep):
    opened = Study(sweep, angles=12)
    with pytest.raises(LookupError, match="this run has no loss 'quart'; it has sqrt, linear: add it to losses"):
        opened.exponent("quart")
    with pytest.raises(LookupError, match="no density 'uniform'; it has concentrated: add it to densities"):
        opened.exponent("linear", density="uniform")
    with pytest.raises(ValueError, match="several densities, uniform and concentrated: say which"):
        Study(made(densities=["uniform", "concentrated"])).exponent("linear")
    with pytest.raises(ValueError, match="at 5 angles for an exponent; add angles"):
        Study(sweep, angles=5).exponent("linear")
    with pytest.raises(ValueError, match="this sweep has linear and circular: ask for one of them"):
        Study(made(encodings=["linear", "circular"]))
    with pytest.raises(ValueError, match="faces must be one of train, never seen; got 'test'"):
        Study(sweep, "test")


def test_a_study_of_some_densities_measures_their_networks_alone(sweep):
    both = made(densities=["uniform", "concentrated"])
    opened = Study(both, angles=12, densities=["concentrated"])
    assert set(opened.precision().values["density"].values.tolist()) == {"concentrated"}
    assert opened.exponent("linear").mean == Study(sweep, angles=12).exponent("linear").mean


@pytest.mark.parametrize(
    ("options", "faces", "sentence"),
    [
        (
            {},
            "train",
            "Here: 300 sketch faces of 30 people, all trained on, at 12 angles; preset "
            "*smoke(samples=64, validation_samples=64, epochs=1)*, linear encoding, "
            "concentrated density, sqrt and linear loss, 3 networks of each. Intervals are 95\u00a0%, over networks "
            "and people.",
        ),
        (
            {"replicates": 1},
            "never seen",
            "Here: 100 sketch faces of 10 people never trained on, at 12 angles; preset "
            "*smoke(samples=64, validation_samples=64, epochs=1)*, linear encoding, "
            "concentrated density, sqrt and linear loss, 1 network of each. One network has no interval.",
        ),
    ],
)
def test_conditions_in_words(sweep, options, faces, sentence):
    assert Study(made(**options), faces, angles=12).conditions() == sentence


def test_curves_along_the_angle_are_shown_with_how_far_they_are_apart(sweep, monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, **words: shown.append(words))
    opened = Study(sweep, angles=12, draws=50)
    opened.show_along_angle("R27", ["linear", "sqrt"], curves.normalised_root, finding="Apart.", alt="Two curves.")
    (words,) = shown
    assert words["caption"].startswith("Apart. Linear encoding, concentrated density, 300 faces; networks")
    assert words["caption"].endswith("over people and networks.")
    assert set(words["data"]["curve"]) == {"linear loss", "sqrt loss", "density p"}
    by_hand = curves.told_apart(
        opened.measured("sqrt"), opened.measured("linear"), curves.root,
        curves.common_angles(opened.densities["concentrated"], opened.grid),
    )  # fmt: skip
    assert opened.told_apart("sqrt", "linear", curves.root) == by_hand


def test_settings_are_those_of_the_preset(sweep):
    told = Study(sweep, angles=12).settings().set_index("setting")["value"]
    assert told["faces"] == "sketch, 16 × 16 pixels"
    assert told["steps"] == "1 of 64 samples"
    assert told["networks of each condition"] == 3


def test_photographs_of_people_who_were_seen_are_told_apart_from_people_who_were_not(sweep):
    told = Study(made(split="photograph"), "never seen").conditions()
    assert "100 sketch faces never trained on, of people who were, in other photographs, at 50 angles" in told


def test_the_figure_against_the_density_says_its_exponents(sweep, monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, **words: shown.append(words))
    opened = Study(sweep, angles=12)
    opened.show_against_density("R40", ["linear", "sqrt"], powers={"1/3": 1 / 3, "2/5": 2 / 5})
    (words,) = shown
    assert words["caption"].replace("\u00a0", " ").startswith(f"α is {opened.exponent('linear')} (linear) and ")
    assert "with $p^{1/3}$ and $p^{2/5}$" in words["caption"]
    assert len(words["data"]) == 2 * 3 * 12


def test_a_study_is_of_any_checkpoint_layer_and_angles(sweep, monkeypatch):
    asked = []
    monkeypatch.setattr(
        Sweep, "ensemble", lambda self, best="train", **selection: asked.append(best) or self.untrained(**selection)
    )
    for checkpoint in ("untrained", "epoch 3", "train"):
        Study(sweep, angles=12, checkpoint=checkpoint).code()
    assert asked == ["epoch 3", "train"]
    hidden = Study(sweep, angles=np.linspace(0, 1, 4), layer=1)
    assert hidden.code().embeddings.shape[1:] == (4, len(hidden.faces), sweep.preset.hidden[0])
    np.testing.assert_array_equal(hidden.grid, np.linspace(0, 1, 4))


def test_a_study_shows_so_many_faces_and_other_strangers(sweep):
    others = sketch_population(8, pixels=16, seed=5)
    found = Study(sweep, "never seen", angles=12, most=20, strangers=others)
    assert len(found.faces_of(True)) == len(found.faces) == 20
    assert set(found.faces.person) == set(others.person)
    assert found.code().embeddings.sizes["face"] == 20


def test_level_and_range_are_those_of_the_positive_information(sweep):
    found = Study(sweep, angles=40)
    values = found.of("linear", kind=curves.POSITIVE)
    assert (values.values > 0).all()
    p = found.densities["concentrated"].pdf(found.grid)
    near = p > p.max() / 2
    assert found.level("linear").values == pytest.approx(values.values.values[:, near].mean(axis=1))
    ranges = np.trapezoid(np.sqrt(values.values.values), found.grid, axis=1)
    assert found.discriminable_range("linear").values == pytest.approx(ranges)
    [left] = found.discriminable_range("linear").without.values()
    assert left.shape == (len(set(found.faces.person)), 3)


def test_positive_information_and_exponents_by_kind_and_loss(sweep):
    opened = Study(sweep, angles=12)
    expected = curves.positive_information(opened.code(), opened.faces)
    np.testing.assert_array_equal(opened.precision(curves.POSITIVE).values, expected.values)
    assert (opened.of("linear", kind=curves.POSITIVE).values > 0).all()
    found = opened.exponents(kinds=[curves.PRIMARY, "error scale"])
    assert list(found) == [(kind, loss) for kind in (curves.PRIMARY, "error scale") for loss in ("sqrt", "linear")]
    assert found["error scale", "sqrt"].mean == opened.exponent("sqrt", kind="error scale").mean


def test_densities_can_take_the_place_of_replicates(sweep):
    both = Study(made(densities=["concentrated", "bimodal"]), angles=12)
    found = both.exponent_over("linear", ["concentrated", "bimodal"])
    each = [both.exponent("linear", density=name).values for name in ("concentrated", "bimodal")]
    np.testing.assert_array_equal(found.values, np.concatenate(each))
    assert [len(left) for left in found.without.values()] == [len(set(both.faces.person))]


def test_the_law_of_a_circle_is_that_of_a_square_whatever_the_loss(sweep):
    circle = Study(made(encodings=["circular"]), angles=12).exponent_table()
    line = Study(sweep, angles=12).exponent_table(kind="error scale")
    assert circle["law"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert line["law"].tolist() == pytest.approx([4 / 3, 1])
    assert line["estimate"][1] == Study(sweep, angles=12).exponent("linear", kind="error scale").mean


def test_only_lines_that_are_not_rejected_have_a_slope_in_the_table():
    orders, scatter = np.array([0.0, 0.5, 1.0, 2.0, 4.0]), 0.01 * np.array([-1, 1, -2, 2])

    def line(law, networks=4):
        return fit_order_line([Estimate(law(q) + scatter[:networks]) for q in orders], orders)

    lines = {
        "law": line(lambda q: 2 / (1 + q)),
        "bent": line(lambda q: 2 / (1 + q) + 0.3 * (q == 1)),
        "alone": line(lambda q: 2 / (1 + q), networks=1),
        "negative": None,
    }
    table = line_table(lines, "precision").set_index("precision")
    assert table["a straight line"].tolist() == [
        "not rejected", "rejected", "one network: unknown", "none: fewer than three α, or one not positive",
    ]  # fmt: skip
    assert table.loc["law", "slope"].mean == pytest.approx(0.5, abs=0.05)
    assert table.loc["law", "β"].mean == pytest.approx(0.5, abs=0.05)
    assert table[["slope", "β"]].isna().all(axis=1).tolist() == [False, True, True, True]
    assert table["lack of fit"].isna().tolist() == [False, False, True, True]
    assert table.loc["bent", "lack of fit"].startswith("χ² = ")


def test_the_code_of_a_loss_is_that_of_its_networks(sweep):
    opened = Study(sweep, angles=6)
    every, own = opened.code(), opened.code(loss="linear")
    rows = (every.embeddings["loss"] == "linear").values
    assert own.embeddings.shape[0] == own.tangents.shape[0] == 3
    assert (own.embeddings.values == every.embeddings.values[rows]).all()
    assert (own.tangents.values == every.tangents.values[rows]).all()
    with pytest.raises(LookupError, match="no loss 'quart'"):
        opened.code(loss="quart")
