"""The opening of a page: a sweep at its faces, on networks of planted information."""

import pytest

from fisherkit import curves, plotting
from fisherkit.experiments import Sweep, loss_sweep
from fisherkit.study import Study

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
            "Here: 300 sketch faces of 30 people, all trained on, at 12 angles; preset *smoke*, linear encoding, "
            "concentrated density, sqrt and linear loss, 3 networks of each. Intervals are 95\u00a0%, over networks "
            "and people.",
        ),
        (
            {"replicates": 1},
            "never seen",
            "Here: 100 sketch faces of 10 people never trained on, at 12 angles; preset *smoke*, linear encoding, "
            "concentrated density, sqrt and linear loss, 1 network of each. One network has no interval.",
        ),
    ],
)
def test_conditions_in_words(sweep, options, faces, sentence):
    assert Study(made(**options), faces, angles=12).conditions() == sentence


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


def test_the_code_of_a_loss_is_that_of_its_networks(sweep):
    opened = Study(sweep, angles=6)
    every, own = opened.code(), opened.code(loss="linear")
    rows = (every.embeddings["loss"] == "linear").values
    assert own.embeddings.shape[0] == own.tangents.shape[0] == 3
    assert (own.embeddings.values == every.embeddings.values[rows]).all()
    assert (own.tangents.values == every.tangents.values[rows]).all()
    with pytest.raises(LookupError, match="no loss 'quart'"):
        opened.code(loss="quart")
