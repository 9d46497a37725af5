import hashlib
import itertools
import json
import pickle
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from fisherkit import training
from fisherkit.channel import Channel
from fisherkit.codes import LOSSES, domain
from fisherkit.conditions import FORMAT_VERSION, Condition, Tuning
from fisherkit.densities import named
from fisherkit.losses import Loss, Objective
from fisherkit.model import StackedNetwork, initial_weights
from fisherkit.presets import PRESETS, preset
from fisherkit.store import Snapshot, Store
from fisherkit.training import LINEAR_FIRST, DivergenceError, _Batches, _ValidationBatches, make_samples, train_group

TINY = preset("smoke", samples=256, validation_samples=64, epochs=2)


def condition(loss="linear", density="uniform", replicate=0, encoding="linear"):
    return Condition(encoding, loss, density, named(density, domain(encoding)), replicate)


def tuned(density, before, **tuning):
    """A condition that was trained on ``before`` first."""
    return replace(condition(density=density), tuning=Tuning(before, named(before, "linear"), **tuning))


def at_end(network, checkpoint="train"):
    """A network's weights at a checkpoint, by parameter name."""
    return {name.partition(".")[2]: value for name, value in network.weights.items() if name.startswith(checkpoint)}


def digest(network) -> str:
    sha = hashlib.sha256()
    for name in sorted(network.weights):
        sha.update(network.weights[name].numpy().tobytes())
    return sha.hexdigest()


def test_weights_do_not_depend_on_company_slot_or_threads(small_faces):
    subject = condition("log", "concentrated", 1)
    company = [condition(loss) for loss in LOSSES] + [
        condition("log", "concentrated", 2, "circular"), condition("root4", encoding="geodesic")
    ]  # fmt: skip
    groups = [
        [subject],
        [subject, *company[:3]],
        [*company[:3], subject],
        [company[6], company[7], subject, company[0]],
        [company[3], subject],
    ]
    threads = torch.get_num_threads()
    digests = set()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            for group in groups:
                digests.add(digest(train_group(group, small_faces, TINY)[group.index(subject)]))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert len(digests) == 1


@pytest.mark.parametrize("width", [4, 8, 12, 16])
def test_every_slot_of_a_long_training_gives_the_same_bits(small_faces, width):
    """Rounding of single numbers in the last slots shows after many steps only."""
    recipe = replace(TINY, samples=1024, epochs=16, group_width=width)
    subject = condition("log", "concentrated", 1)
    others = [condition(loss, "concentrated", k) for k in range(9) for loss in ("log", "sqrt")]
    others = [one for one in others if one != subject][: width - 1]
    first = train_group([subject, *others], small_faces, recipe)[0]
    last = train_group([*others, subject], small_faces, recipe)[-1]
    assert digest(first) == digest(last)


def test_saturated_units_make_no_subnormal_numbers_and_the_same_weights(small_faces, monkeypatch):
    """At biases of −42 the gradients are such that their mean squares would lie below the smallest normal number."""

    def saturated(condition, architecture):
        weights = initial_weights(architecture, condition.random(0))
        weights["biases.0"][::2] -= 42
        return weights

    monkeypatch.setattr(training, "starting_weights", saturated)
    flushed = []

    def watch(_):
        flushed.append(float(torch.tensor(2e-39) * 0.5) == 0)

    (without,) = train_group([condition("quart")], small_faces, TINY, on_epoch=watch)
    assert flushed == [True, True]
    assert float(torch.tensor(2e-39) * 0.5) > 0  # as it was before
    monkeypatch.setattr(training, "_no_subnormal_numbers", nullcontext)
    (with_them,) = train_group([condition("quart")], small_faces, TINY, on_epoch=watch)
    assert flushed == [True, True, False, False]
    assert digest(without) == digest(with_them)


def test_every_preset_keeps_replicates_apart_to_the_bit():
    """The wide matrices of the presets in use, whose products take other paths than the small ones."""
    from fisherkit.faces import load_faces

    tiny = replace(PRESETS["quick"], samples=256, validation_samples=64, epochs=1)
    faces = load_faces("sketch", pixels=tiny.pixels)
    subject = condition("log", "concentrated", 1)
    others = [condition(loss, replicate=k) for k in range(2) for loss in LOSSES][: tiny.group_width - 1]
    alone, first, last = (
        train_group(group, faces, tiny) for group in ([subject], [subject, *others], [*others, subject])
    )
    assert digest(alone[0]) == digest(first[0]) == digest(last[-1])


def test_training_format_rises_with_any_change_of_the_weights(small_faces):
    """If this fails, weights have changed: raise FORMAT_VERSION, and pin what this test prints.

    Rounded, because processors round differently; bit equality on one machine is tested above.
    """
    longer = replace(TINY, samples=1024, epochs=4)
    network = train_group([condition("square", "concentrated")], small_faces, longer)[0]
    initial = initial_weights(TINY.architecture, condition(density="concentrated").random(0))
    # Where training moved each layer, along a fixed pattern: the weights are mostly where they began, and the length of
    # Adam's first steps hardly depends on the gradient.
    moved = [network.weights[f"train.weights.{k}"] - initial[f"weights.{k}"] for k in range(3)]
    fingerprint = [
        float(f"{float((step.flatten().double() * torch.arange(step.numel()).cos()).sum()):.3g}") for step in moved
    ]
    assert (FORMAT_VERSION, fingerprint) == PINNED, f"pin {(FORMAT_VERSION, fingerprint)}"


PINNED = (1, [-0.0171, -0.118, -0.0255])


def test_tuning_starts_from_the_parent_and_leaves_frozen_layers_alone(small_faces):
    frozen, free = tuned("concentrated", "uniform", frozen_layers=1), tuned("concentrated", "uniform")
    assert frozen.parent == free.parent == condition()
    before = at_end(train_group([condition()], small_faces, TINY)[0])
    start = {condition(): before}
    for network, layers in zip(
        train_group([frozen, free], small_faces, TINY, pretrained=start), ((1, 2), (0, 1, 2)), strict=True
    ):
        after = at_end(network)
        moved = [k for k in range(3) if not torch.equal(after[f"weights.{k}"], before[f"weights.{k}"])]
        assert tuple(moved) == layers
        assert torch.equal(after["biases.0"], before["biases.0"]) == (0 not in layers)
    crawling = replace(TINY, learning_rate=1e-9)
    near = at_end(train_group([free], small_faces, crawling, pretrained=start)[0])
    assert all(torch.allclose(near[name], before[name], atol=1e-6) for name in before)


def test_tuned_weights_do_not_depend_on_company(small_faces):
    subject = tuned("concentrated", "uniform", frozen_layers=1)
    others = [
        condition("log"),
        tuned("concentrated", "uniform", data_fraction=0.25),
        condition("quart", "concentrated"),
    ]
    start = {condition(): at_end(train_group([condition()], small_faces, TINY)[0])}
    groups = [[subject], [subject, *others], [*others, subject]]
    networks = [train_group(group, small_faces, TINY, pretrained=start) for group in groups]
    assert len({digest(found[group.index(subject)]) for found, group in zip(networks, groups, strict=True)}) == 1
    assert digest(networks[1][1]) == digest(train_group([condition("log")], small_faces, TINY)[0])


def test_little_data_are_the_first_samples_seen_more_often(small_faces):
    little = tuned("concentrated", "uniform", data_fraction=0.25)
    batches = _Batches([little, condition(density="concentrated")], small_faces, TINY)
    angles = torch.cat([angle for _, angle in batches], dim=1)
    kept, times = angles[0].unique(return_counts=True)
    assert len(kept) == TINY.samples / 4
    assert (times == 4).all()
    assert set(kept.tolist()) == set(batches.angles[0, : TINY.samples // 4].tolist())
    assert len(angles[1].unique()) == TINY.samples


SHARING = [
    pytest.param([condition(loss) for loss in LOSSES[:4]], id="all share"),
    pytest.param([condition(replicate=k) for k in range(4)], id="each its own"),
    pytest.param(
        [
            condition(),
            condition("log", "concentrated"),
            condition("log"),
            tuned("uniform", "uniform", data_fraction=0.5),
        ],
        id="some share",
    ),
]


@pytest.mark.parametrize("kind", [_Batches, _ValidationBatches])
@pytest.mark.parametrize("group", SHARING)
def test_each_network_of_a_group_sees_the_batches_that_it_sees_alone(small_faces, kind, group):
    together = [[part.clone() for part in batch] for batch in kind(group, small_faces, TINY)]
    assert {pixels.shape[0] for pixels, _ in together} == {len(group)}
    for slot, one in enumerate(group):
        for (pixels, angles), (own_pixels, own_angles) in zip(together, kind([one], small_faces, TINY), strict=True):
            assert torch.equal(pixels[slot], own_pixels[0])
            assert torch.equal(angles[slot], own_angles[0])


def test_every_sample_of_validation_counts_once(small_faces):
    recipe = replace(TINY, validation_samples=704, epochs=1)  # more than one large batch, and less than two
    one = condition()
    trained = train_group([one], small_faces, recipe)[0]
    pixels, angles = make_samples(
        small_faces.subset("validation"), one.density, 704, interpolation=recipe.interpolation,
        face_seed=one.random(training.VALIDATION_FACES), angle_seed=one.random(training.VALIDATION_ANGLES),
    )  # fmt: skip
    network = StackedNetwork(recipe.architecture, [at_end(trained, "validation")])
    loss = Objective((one.encoding,), (one.loss,))(network(pixels), angles[None]).mean()
    assert trained.metrics["best_validation_loss"] == pytest.approx(loss.item(), rel=1e-5)


def test_kept_epochs_are_the_weights_of_then_and_change_no_others(small_faces):
    recipe = replace(TINY, epochs=4)
    plain = condition("log", "concentrated")
    traced = replace(plain, kept_epochs=(1, 3))
    alone, beside = (train_group(group, small_faces, recipe) for group in ([plain], [condition("quart"), traced]))
    assert all(torch.equal(beside[1].weights[name], value) for name, value in alone[0].weights.items())
    assert traced.checkpoints == ("train", "validation", "epoch 1", "epoch 3")
    # With a constant rate the first epoch does not depend on how many come after it.
    steady = replace(recipe, schedule="constant")
    one, all_four = (
        train_group([replace(plain, kept_epochs=(1,))], small_faces, replace(steady, epochs=n))[0] for n in (1, 4)
    )
    after = at_end(one, "epoch 1")
    assert torch.equal(after["weights.0"], at_end(one)["weights.0"])
    assert all(torch.equal(all_four.weights[f"epoch 1.{name}"], value) for name, value in after.items())
    # Moments stand with the last kept epoch alone.
    assert not any("exp_avg" in name for name in at_end(beside[1], "epoch 1"))
    assert (at_end(beside[1], "epoch 3")["exp_avg_sq.weights.0"] >= 0).all()
    assert "exp_avg.biases.2" in at_end(beside[1], "epoch 3")


def test_a_kept_optimiser_goes_on_as_if_training_had_not_ended(small_faces):
    # One batch an epoch: its order of samples, which starts anew with tuning, does not matter.
    recipe = replace(TINY, samples=32, batch=32, schedule="constant", epochs=40)
    half = replace(recipe, epochs=20)
    one = condition("square", "concentrated")
    whole = at_end(train_group([replace(one, kept_epochs=(40,))], small_faces, recipe)[0], "epoch 40")
    tuning = Tuning("concentrated", one.density)
    ends = {}
    for epoch in (20, None):
        child = replace(one, tuning=replace(tuning, continued_from=epoch), kept_epochs=(20,))
        first = train_group([replace(one, kept_epochs=(20,))], small_faces, half)[0]
        start = {child.parent: at_end(first, "epoch 20")}
        ends[epoch] = at_end(train_group([child], small_faces, half, pretrained=start)[0], "epoch 20")
    off = {epoch: float((ends[epoch]["weights.1"] - whole["weights.1"]).abs().max()) for epoch in ends}
    assert off[20] < 1e-6 < 1e-4 < off[None]


def test_variants_of_the_architecture_keep_replicates_apart_to_the_bit(small_faces):
    subject = condition("log", "concentrated", 1)
    others = [condition(loss) for loss in LOSSES[:3]]
    for recipe in (
        replace(TINY, hidden=(8, 20), convolutional=True),
        replace(TINY, hidden=(15, 5)),
        replace(TINY, activation="relu"),
    ):
        alone, last = (train_group(group, small_faces, recipe) for group in ([subject], [*others, subject]))
        assert digest(alone[0]) == digest(last[-1])


def test_a_cluster_that_gave_several_tasks_changes_nothing(small_faces, monkeypatch):
    (alone,) = train_group([condition()], small_faces, TINY)
    allocation = {"JOB_ID": "1", "JOB_NAME": "train", "NTASKS": "4", "PROCID": "0", "LOCALID": "0", "NODEID": "0",
                  "NODELIST": "node1", "NTASKS_PER_NODE": "4", "NNODES": "1"}  # fmt: skip
    for name, value in allocation.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    (allocated,) = train_group([condition()], small_faces, TINY)
    assert digest(allocated) == digest(alone)


def test_a_network_learns(small_faces):
    longer = replace(TINY, samples=1024, epochs=12)
    network = train_group([condition("linear", "concentrated")], small_faces, longer)[0]
    guess = np.sqrt(2 / np.pi) * 0.2  # mean absolute error of always answering the density's mean
    assert network.metrics["best_train_loss"] < 0.7 * guess
    assert network.metrics["epochs"] == 12
    assert 0 <= network.metrics["clipped_fraction"] <= 1


def test_an_interrupted_training_goes_on_to_the_same_bits(small_faces, tmp_path, monkeypatch):
    recipe = replace(TINY, epochs=4)
    group = [condition("sqrt"), condition("log", "concentrated")]
    whole = train_group(group, small_faces, recipe)

    class Killed(Exception):
        pass

    def die(epochs):
        if epochs == 3:
            raise Killed

    monkeypatch.setattr(Snapshot, "due", True)
    snapshot = Store(tmp_path).snapshot(["group"])
    with pytest.raises(Killed):
        train_group(group, small_faces, recipe, snapshot=snapshot, on_epoch=die)
    epochs = []
    resumed = train_group(group, small_faces, recipe, snapshot=snapshot, on_epoch=epochs.append)
    assert epochs == [4]
    assert [digest(n) for n in resumed] == [digest(n) for n in whole]
    assert [n.metrics for n in resumed] == [n.metrics for n in whole]


def test_a_network_stops_alone_when_its_patience_is_spent(small_faces):
    recipe = replace(TINY, epochs=6, patience=1, schedule="constant", learning_rate=0.05)
    networks = train_group([condition("quart", replicate=k) for k in range(4)], small_faces, recipe)
    for network in networks:
        assert network.metrics["best_train_epoch"] < network.metrics["epochs"] <= 6
        assert network.metrics["epochs"] <= network.metrics["best_validation_epoch"] + 2
    assert min(network.metrics["epochs"] for network in networks) < 6


def test_a_network_that_stops_early_has_its_last_weights_kept(small_faces):
    recipe = replace(TINY, epochs=6, patience=1, schedule="constant", learning_rate=0.05)
    group = [replace(condition("quart", replicate=k), kept_epochs=(1, 6)) for k in range(4)]
    for network in train_group(group, small_faces, recipe):
        epochs = network.metrics["epochs"]
        ending = [replace(group[0], kept_epochs=(epochs,), replicate=k) for k in range(4)]
        expected = [at_end(one, f"epoch {epochs}") for one in train_group(ending, small_faces, recipe)]
        kept = at_end(network, "epoch 6")
        assert any(all(torch.equal(one[name], kept[name]) for name in kept) for one in expected)


def exploding(step):
    """A loss that is no number from a step of training on."""
    steps = itertools.count()

    def function(x):
        # Its values are looked at before any training, where no gradient is asked for.
        return x * (torch.nan if x.requires_grad and next(steps) >= step else 1.0)

    return Loss("exploding", 1.0, function)


def test_a_network_that_diverges_is_named_with_the_step_and_the_others_go_on(small_faces):
    others = [condition("linear"), condition("quart", "concentrated", replicate=1)]
    explosive = replace(condition("exploding", replicate=1), own_loss=exploding(TINY.samples // TINY.batch + 2))
    with pytest.raises(DivergenceError, match="loss exploding, density uniform, replicate 1") as caught:
        train_group([others[0], explosive, others[1]], small_faces, TINY)
    assert "not finite at step 3 of epoch 2; lower learning_rate or clip" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # it comes from another process
    first, diverged, second = caught.value.trained
    assert diverged is None
    assert [digest(one) for one in (first, second)] == [digest(n) for n in train_group(others, small_faces, TINY)]


def test_a_whole_group_that_diverges_is_not_trained_to_the_end(small_faces):
    epochs = []
    with pytest.raises(DivergenceError) as caught:
        train_group([condition()], small_faces, replace(TINY, learning_rate=1e30, epochs=9), on_epoch=epochs.append)
    assert caught.value.trained == [None]
    assert max(epochs) < 9


def test_weights_that_the_last_step_spoiled_are_not_kept(small_faces, monkeypatch):
    genuine, steps = torch.optim.Adam.step, itertools.count(1)

    def step(self, *arguments):
        genuine(self, *arguments)
        if next(steps) == TINY.epochs * TINY.samples // TINY.batch:
            self.param_groups[0]["params"][0].data[0] = torch.nan

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    with pytest.raises(DivergenceError, match="not finite at validation") as caught:
        train_group([condition(), condition("quart")], small_faces, TINY)
    assert [one is None for one in caught.value.trained] == [True, False]


def test_bad_groups_say_what_was_wanted(small_faces):
    with pytest.raises(ValueError, match="holds 1 to 4 networks; got 0"):
        train_group([], small_faces, TINY)
    with pytest.raises(ValueError, match="got 5"):
        train_group([condition(replicate=k) for k in range(5)], small_faces, TINY)
    with pytest.raises(ValueError, match="wants faces of 32 pixels a side; got 16"):
        train_group([condition()], small_faces, replace(TINY, pixels=32))
    with pytest.raises(ValueError, match="a tuned network starts from its parent"):
        train_group([tuned("concentrated", "uniform")], small_faces, TINY)
    with pytest.raises(ValueError, match="epochs can be kept up to the preset's last, 2"):
        train_group([replace(condition(), kept_epochs=(3,))], small_faces, TINY)
    with pytest.raises(ValueError, match="in groups of their own"):
        train_group([tuned("uniform", "uniform", continued_from=2), condition()], small_faces, TINY)


@pytest.mark.parametrize(
    "bad",
    [
        {"batch": 20},
        {"validation_samples": 700},
        {"epochs": 0},
        {"schedule": "cosine"},
        {"patience": 0},
        {"clip": 0.0},
        {"epoch": 3},
        {"group_width": 6},
        {"epochs": "many"},
        {"epochs": True},
        {"hidden": 30},
        {"split": "face"},
        {"interpolation": "nearest"},
        {"name": "mine"},
    ],
)  # fmt: skip
def test_bad_presets_say_what_was_wanted(bad):
    with pytest.raises(ValueError, match=r"must be|has no"):
        preset("smoke", **bad)


def test_unknown_preset_lists_those_there_are():
    with pytest.raises(ValueError, match="smoke, quick, paper, original"):
        preset("fast")


def test_a_preset_is_written_with_the_fields_that_are_replaced():
    quick = preset("quick(epochs=30, hidden=[30, 10], patience=None)", faces="sketch", learning_rate=1)
    assert (quick.name, quick.epochs, quick.hidden) == ("quick", 30, (30, 10))
    assert quick.departures == {"epochs": 30, "learning_rate": 1, "hidden": (30, 10)}
    assert str(quick) == "quick(epochs=30, learning_rate=1, hidden=[30, 10])"
    assert preset(str(quick)).recipe == quick.recipe
    assert preset("quick(epochs=30)").recipe != preset("quick").recipe
    assert str(preset("quick(epochs=80)")) == "quick"
    assert [str(one) for one in PRESETS.values()] == list(PRESETS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fast(epochs=3)", "preset must be one of smoke, quick, paper, original; got 'fast'"),
        ("quick(30)", r"one with fields replaced, such as 'quick\(epochs=30\)'; got 'quick\(30\)'"),
        ("quick(epochs=30", "such as"),
        ("quick(epochs=print())", "such as"),
        ("quick(epoch=3)", "a preset has no 'epoch'; it has faces, .*, epochs"),
        ("quick(**{})", r"a preset has no '\*\*'"),
    ],
)
def test_a_preset_that_is_written_wrongly_says_how_it_is_written(text, message):
    with pytest.raises(ValueError, match=message):
        preset(text)


def channels(density="broad", stimulus="faces", **fields):
    """A condition of a channel, and the preset that it trains with."""
    sizes = {"samples": 256, "validation_samples": 64, "epochs": 4, "batch": 64, "group_width": 8}
    chosen = preset("smoke", **sizes, read_out=(20, 20), stimulus=stimulus)
    return chosen, lambda loss="linear", replicate=0: Condition(
        "linear", loss, density, named(density, "linear"), replicate, channel=Channel(**fields)
    )


@pytest.mark.parametrize("stimulus", ["faces", "angle"])
def test_channels_do_not_depend_on_company_or_slot(small_faces, stimulus):
    chosen, condition = channels(stimulus=stimulus)
    penalised = replace(condition("linear", 1), channel=Channel(penalty=1e-3, budget=1.0))
    one = condition("log")
    (alone,) = train_group([one], small_faces, chosen)
    *_, in_company = train_group([condition("quart"), penalised, condition("sqrt", 2), one], small_faces, chosen)
    assert all(torch.equal(alone.weights[name], in_company.weights[name]) for name in alone.weights)


def test_a_channel_keeps_only_weights_of_its_own_loss(small_faces):
    chosen, condition = channels()
    (network,) = train_group([condition("quart")], small_faces, chosen)
    assert network.metrics["best_train_epoch"] >= LINEAR_FIRST * chosen.epochs


def test_noise_penalty_and_weight_enter_the_key_and_the_weights(small_faces):
    chosen, condition = channels()
    base = condition()
    others = [
        replace(base, channel=Channel(noise=0.2)),
        replace(base, channel=Channel(penalty=1e-2, budget=1.0)),
        replace(base, channel=Channel(counts_as=named("wide", "linear"))),
    ]
    trained = train_group([base, *others], small_faces, chosen)
    specs = [json.dumps(one.spec, sort_keys=True) for one in (base, *others)]
    assert len(set(specs)) == 4
    first = [network.weights["train.weights.0"] for network in trained]
    assert all(not torch.equal(first[0], other) for other in first[1:])


def test_channels_and_presets_must_belong_together(small_faces):
    chosen, condition = channels()
    with pytest.raises(ValueError, match="read_out"):
        train_group([condition()], small_faces, replace(chosen, read_out=()))
    with pytest.raises(ValueError, match="read_out"):
        train_group([replace(condition(), channel=None)], small_faces, chosen)
