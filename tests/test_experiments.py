import os
import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import scipy.stats
import torch

from fisherkit import experiments, running, training
from fisherkit.channel import Channel
from fisherkit.densities import Normal
from fisherkit.experiments import Sweep, channel_sweep, finetuning, loss_sweep
from fisherkit.losses import Loss
from fisherkit.processes import Processes
from fisherkit.running import train_sweeps
from fisherkit.store import Snapshot, Store, digest

TINY = {"samples": 256, "validation_samples": 64, "epochs": 1}


@pytest.fixture
def sweep(tmp_path):
    return loss_sweep(
        "smoke", losses=["linear", "log"], encodings=["linear"], replicates=2, store=Store(tmp_path), **TINY
    )


def test_a_sweep_trains_what_is_missing_once(sweep, monkeypatch):
    assert len(sweep.check_stored()) == len(sweep.conditions) == 8
    ensemble = sweep.ensemble(density="concentrated", loss="log")
    assert len(ensemble) == 2
    assert {c.loss for c in ensemble.conditions} == {"log"}
    assert sweep.check_stored() == ()

    def forbidden(*_, **__):
        raise AssertionError("trained again")

    monkeypatch.setattr("fisherkit.training.train_group", forbidden)
    sweep.train()
    sweep.ensemble("validation")


def test_a_damaged_network_is_named_set_aside_and_trained_again(sweep, caplog):
    sweep.train()
    subject = sweep.conditions[0]
    key = sweep.key(subject)
    before = sweep.store.load(key).digest
    weights = sweep.store.root / "models" / key / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    sweep.ensemble(encoding="linear", loss=subject.loss, density=subject.density_name)
    assert str(weights) in caplog.text
    assert sweep.store.load(key).digest == before
    assert sweep.check_stored() == ()
    assert (sweep.store.root / "damaged" / f"{key}-1").is_dir()


def test_keys_hold_what_determines_the_weights_and_nothing_else(sweep):
    assert len({sweep.key(c) for c in sweep.conditions}) == len(sweep.conditions)
    first = sweep.conditions[0]
    for change in ({"seed": 1}, {"learning_rate": 0.1}, {"epochs": 2}, {"group_width": 8}, {"split": "photograph"}):
        other = loss_sweep("smoke", losses=["linear"], encodings=["linear"], store=sweep.store, **{**TINY, **change})
        assert other.key(other.conditions[0]) != sweep.key(first)
    for change in ({"hidden": (15, 5)}, {"activation": "relu"}, {"convolutional": True}, {"kept_epochs": [1]}):
        other = loss_sweep("smoke", losses=["linear"], encodings=["linear"], store=sweep.store, **TINY, **change)
        assert other.key(other.conditions[0]) != sweep.key(first)
    fewer = loss_sweep("smoke", losses=["linear"], encodings=["linear"], replicates=1, store=sweep.store, **TINY)
    assert fewer.key(fewer.conditions[0]) == sweep.key(first)
    assert "hidden" not in sweep.preset.recipe  # keys from before there was a choice hold


def test_sweeps_that_overlap_train_each_network_once(sweep, monkeypatch):
    trained = []
    genuine = training.train_group
    monkeypatch.setattr(
        training, "train_group", lambda group, *a, **k: trained.append(len(group)) or genuine(group, *a, **k)
    )
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)  # in this process, where the count is seen
    part = Sweep(sweep.preset, sweep.faces, sweep.conditions[:3], sweep.store)
    train_sweeps([sweep, part, sweep])
    assert trained == [4, 4]


@pytest.mark.slow
def test_what_others_would_begin_too_late_for_is_trained_in_this_process(sweep, monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    here = []
    genuine = training.train_group
    monkeypatch.setattr(training, "train_group", lambda group, *a, **k: here.append(group) or genuine(group, *a, **k))
    sweep.train()
    assert len(here) == 2
    more = loss_sweep("smoke", losses=["linear", "log"], encodings=["linear"], seed=1, store=sweep.store, **TINY)
    monkeypatch.setattr(running, "FEW", 0)
    more.train()
    assert len(here) == 2
    assert more.check_stored() == ()


def test_two_networks_of_the_preset_quick_are_not_few(tmp_path):
    pair = loss_sweep("quick", losses=["linear"], replicates=1, faces="sketch", store=Store(tmp_path))
    assert sum(running._work(task) for task in running.plan_training([pair])) > running.FEW


def test_used_networks_are_written_down(sweep, tmp_path, monkeypatch):
    monkeypatch.setenv(experiments.USED_MODELS, str(tmp_path / "used"))
    sweep.ensemble(loss="linear", density="uniform")
    lines = (tmp_path / "used").read_text().split("\n")[:-1]
    assert [line.split()[0] for line in lines] == [sweep.key(c) for c in sweep.select(loss="linear", density="uniform")]


def test_a_store_that_can_only_be_read_is_fine_for_reading(sweep, monkeypatch):
    sweep.train()
    there = sorted(sweep.store.root.rglob("*"))

    def forbidden(*_, **__):
        raise AssertionError("wrote to the store")

    monkeypatch.setattr(Store, "_made", forbidden)
    monkeypatch.setattr("fisherkit.store._write", forbidden)
    sweep.ensemble(loss="linear", density="uniform")
    train_sweeps([sweep])
    assert sorted(sweep.store.root.rglob("*")) == there


def test_a_sweep_goes_on_where_a_network_diverges_and_stores_the_others(sweep, monkeypatch):
    """All of the first replicate are spoiled in their second step, in every group."""
    genuine = training._EnsembleModule._losses

    def losses(self, batch):
        spoiled = torch.tensor([condition.replicate == 0 for condition in self.batches.conditions])
        return torch.where(spoiled & self.training, torch.nan, genuine(self, batch))

    monkeypatch.setattr(training._EnsembleModule, "_losses", losses)
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    with pytest.raises(FloatingPointError, match="replicate 0 and seed 0 diverged") as caught:
        sweep.train()
    assert {condition.replicate for condition in sweep.check_stored()} == {0}
    assert str(caught.value).count("diverged: its loss was not finite at step 1 of epoch 1") == len(
        sweep.check_stored()
    )
    assert "all other networks are stored" in str(caught.value)
    assert not sweep.store.snapshots()


def test_a_group_that_another_process_trained_meanwhile_is_left_alone(sweep, monkeypatch):
    sweep.train()

    def forbidden(*_, **__):
        raise AssertionError("trained again")

    monkeypatch.setattr("fisherkit.training.train_group", forbidden)
    running._train_group(sweep, sweep.conditions[:4], forbidden)


def test_an_interrupted_group_goes_on_though_others_have_been_trained_since(sweep, monkeypatch):
    """Groups are made anew of what is missing; one that was stopped must keep its company, or its work is lost."""
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    monkeypatch.setattr(Snapshot, "due", True)
    longer = loss_sweep(
        "smoke",
        losses=["linear", "log"],
        encodings=["linear"],
        replicates=2,
        store=sweep.store,
        **{**TINY, "epochs": 3},
    )
    genuine, epochs = training.train_group, []

    def stopped(group, *arguments, on_epoch, **options):
        def watch(done):
            epochs.append(done)
            on_epoch(done)
            if len(epochs) == 5:  # in the second group's second epoch
                raise KeyboardInterrupt

        return genuine(group, *arguments, on_epoch=watch, **options)

    monkeypatch.setattr("fisherkit.training.train_group", stopped)
    with pytest.raises(KeyboardInterrupt):
        longer.train()
    assert epochs == [1, 2, 3, 1, 2]
    half = longer.store.snapshots()[0].members
    key = longer.key
    stored = next(c for c in longer.conditions if key(c) == half[0])
    Sweep(longer.preset, longer.faces, (stored,), longer.store).train()  # one of the stopped group, on its own
    epochs.clear()
    epochs.extend([0] * 10)  # never stop again
    longer.train()
    assert epochs[10:] == [3]
    assert longer.check_stored() == ()
    assert longer.store.snapshots() == []


def test_binned_densities_have_a_network_each(tmp_path):
    options = {"faces": "sketch", "store": Store(tmp_path), **TINY}
    sweep = experiments.binned("smoke", bins=[4, 6], densities=3, **options)
    assert [c.density_name for c in sweep.conditions] == [f"{b} bins, {k}" for b in (4, 6) for k in range(3)]
    assert len({c.density for c in sweep.conditions}) == len({sweep.key(c) for c in sweep.conditions}) == 6
    assert [len(c.density.probabilities) for c in sweep.conditions] == [4] * 3 + [6] * 3
    fewer = experiments.binned("smoke", bins=[6], densities=2, **options)
    assert fewer.conditions == sweep.conditions[3:5]
    other = experiments.binned("smoke", bins=[6], densities=2, seed=1, **options)
    assert other.conditions[0].density != fewer.conditions[0].density
    assert len(fewer.ensemble(density="6 bins, 1")) == 1


def test_finetuning_names_both_densities_and_trains_parents_first(tmp_path, caplog):
    caplog.set_level("INFO", "fisherkit")
    sweep = experiments.finetuning("smoke", encodings=["linear"], replicates=1, store=Store(tmp_path), **TINY)
    there = [(c.pretrained_on, c.tuned_on, c.constraint) for c in sweep.conditions]
    assert there == [
        ("nothing", "nothing", "none"),
        ("nothing", "nothing", "none"),
        ("concentrated", "uniform", "frozen"),
        ("concentrated", "uniform", "low-data"),
        ("uniform", "concentrated", "frozen"),
        ("uniform", "concentrated", "low-data"),
    ]
    assert len({sweep.key(c) for c in sweep.conditions}) == 6
    # A part that has no parents of its own brings them along.
    part = replace(sweep, conditions=sweep.select(tuned_on="uniform", constraint="frozen"))
    frozen = part.ensemble()
    assert [c.density_name for c in frozen.conditions] == ["uniform"]
    parent = sweep.ensemble(pretrained_on="nothing", density="concentrated")
    assert "trained 1 networks" in caplog.text
    assert torch.equal(frozen.network.weights[0], parent.network.weights[0])
    assert not torch.equal(frozen.network.weights[1], parent.network.weights[1])
    sweep.train()
    assert sweep.check_stored() == ()
    table, damaged = experiments.stored_models(sweep.store)
    assert "concentrated, then uniform (low-data)" in set(table["density"])
    assert not damaged


def test_an_optimiser_is_kept_from_the_end_of_a_first_training_of_its_own(tmp_path):
    sweep = experiments.finetuning(
        "smoke", constraints=["none", "optimiser kept"], encodings=["linear"], replicates=1, kept_epochs=[1, 2],
        store=Store(tmp_path), **{**TINY, "epochs": 2},
    )  # fmt: skip
    kept = sweep.select(constraint="optimiser kept", tuned_on="uniform")
    assert [c.parent.kept_epochs for c in kept] == [(2,)]
    tasks = running.plan_training([sweep])
    assert all(len({running.optimiser_age(c) for c in group}) == 1 for _, group in tasks)
    assert sweep.ensemble("epoch 1", tuned_on="uniform").network.replicates == 2
    with pytest.raises(ValueError, match=r"best must be one of train, validation, epoch 1, epoch 2; got 'epoch 3'"):
        sweep.ensemble("epoch 3", tuned_on="uniform")
    with pytest.raises(ValueError, match="one of train, validation; got 'epoch 1'"):
        sweep.ensemble("epoch 1", pretrained_on="nothing")


def test_other_images_can_be_trained_on(tmp_path, small_faces):
    sweep = loss_sweep(
        "smoke", losses=["linear"], encodings=["linear"], densities=["uniform"], replicates=1, faces=small_faces,
        store=Store(tmp_path), **TINY,
    )  # fmt: skip
    assert sweep.faces is small_faces
    assert len(sweep.ensemble()) == 1


def test_a_network_trained_once_keeps_its_key():
    """What finetuning added to conditions must not move the networks that were stored before it."""
    condition = loss_sweep("smoke", losses=["linear"], encodings=["linear"], replicates=1).conditions[0]
    assert set(condition.spec) == {"encoding", "loss", "density", "replicate", "seed"}


def test_more_replicates_of_one_density_leave_each_tuned_network_its_parent():
    sweep = experiments.finetuning("quick", faces="sketch", encodings=["linear"])
    assert len(sweep.select(pretrained_on="nothing", density="uniform")) == 8
    for tuned_on in ("uniform", "concentrated"):
        assert len(sweep.select(tuned_on=tuned_on, constraint="frozen")) == sweep.preset.replicates
    with pytest.raises(
        ValueError, match="constraints must be among none, frozen, low-data, optimiser kept; got 'cold'"
    ):
        experiments.finetuning("quick", faces="sketch", constraints=["cold"])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"bins": []}, "must be a list of numbers of bins"),
        ({"bins": [1]}, "bins must be a whole number of at least 2; got 1"),
        ({"densities": 0}, "densities must be a whole number"),
        ({"loss": "cube"}, "loss must be one of linear"),
    ],
)
def test_bad_binned_sweeps_say_what_was_wanted(bad, message):
    with pytest.raises(ValueError, match=message):
        experiments.binned("smoke", **bad)


def test_what_the_store_holds_is_listed(sweep):
    sweep.train()
    (sweep.store.root / "models" / sweep.key(sweep.conditions[0]) / "record.json").write_text("{}")
    table, damaged = experiments.stored_models(sweep.store)
    assert len(table) == 7
    assert set(table["loss"]) == {"linear", "log"}
    assert (table["MB"] > 0.01).all()
    assert "record.json" in damaged[0]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"losses": "quart"}, r"must be a list .*such as \['quart'\]; got 'quart'"),
        ({"losses": ["quarts"]}, "linear, sqrt, square, quart, root4, log"),
        ({"losses": []}, "at least one"),
        ({"encodings": ["square"]}, "linear, circular, geodesic"),
        ({"densities": ["bimodal"]}, "uniform, concentrated"),
        ({"replicates": -1}, "at least 1; got -1"),
        ({"replicates": True}, "whole number"),
        ({"seed": -1}, "at least 0; got -1"),
        ({"losses": ["log", "log"]}, "only once"),
        ({"faces": "cats"}, "faces must be one of auto, olivetti, sketch, or the path of .*; got 'cats'"),
        ({"epoch": 3}, "has no 'epoch'"),
    ],
)
def test_bad_sweeps_say_what_was_wanted(bad, message):
    with pytest.raises(ValueError, match=message):
        loss_sweep("smoke", **bad)


def test_epochs_to_keep_are_within_the_training():
    with pytest.raises(ValueError, match="within the 6 epochs of the preset; got 7"):
        loss_sweep("smoke", kept_epochs=[1, 7])
    with pytest.raises(ValueError, match="kept_epochs must be a whole number"):
        loss_sweep("smoke", kept_epochs=[0])


def test_bad_selections_say_what_there_is(sweep):
    with pytest.raises(LookupError, match="no network of this sweep"):
        sweep.select(loss="quart")
    with pytest.raises(ValueError, match="encoding, loss, density, replicate"):
        sweep.select(los="quart")
    with pytest.raises(ValueError, match="train, validation"):
        sweep.ensemble("test")


def test_flatness_has_its_eight_replicates():
    sweep = loss_sweep("quick", faces="sketch", losses=["linear", "log"], encodings=["linear"])
    assert len(sweep.select(loss="linear", density="uniform")) == 8
    assert len(sweep.select(loss="log", density="uniform")) == sweep.preset.replicates


def test_progress_is_silent_where_nobody_watches(sweep, capfd):
    assert not os.isatty(2)
    sweep.train()
    assert "%" not in capfd.readouterr().err


def test_the_time_left_is_that_of_the_pace_so_far():
    """An eighth in ten seconds, and three quarters to go."""
    assert running._time_left((100.0, 0.125), (110.0, 0.25)) == timedelta(seconds=60)


def test_a_long_training_says_again_and_again_how_long_where_no_bar_is_seen(sweep, monkeypatch, caplog):
    caplog.set_level("INFO", "fisherkit")
    monkeypatch.setattr(running, "TELL_EVERY", 0.0)
    so_far = [0, 0]
    with running._progress([(60, 300.0), (60, 100.0)], 2, lambda: so_far):
        for count in range(1, 60):
            so_far[:] = count, count
            time.sleep(0.2)
            if caplog.text.count("to go") == 2:
                break
    assert caplog.text.count("done, about 0:00:") >= 2


def test_how_far_training_is_counts_work_and_not_epochs(monkeypatch, caplog):
    """All epochs of the group that is a quarter of the work, and four tenths of those of the other."""
    caplog.set_level("INFO", "fisherkit")
    monkeypatch.setattr(running, "TELL_EVERY", 0.0)
    so_far = [0, 0]
    with running._progress([(10, 300.0), (60, 100.0)], 2, lambda: so_far):
        for now in ((1, 1), (4, 60)):
            so_far[:] = now
            time.sleep(1.2)
    assert "training: 55 % done" in caplog.text


def test_untrained_networks_are_those_that_training_starts_from(tmp_path):
    sweep = loss_sweep("smoke", losses=["linear", "log"], encodings=["linear"], replicates=2, store=Store(tmp_path))
    untrained = sweep.untrained(density="uniform")
    assert untrained.conditions == sweep.select(density="uniform")
    assert len(sweep.check_stored()) == len(sweep.conditions)  # nothing was trained
    first, second, of_log, _ = untrained(sweep.faces.images[:3])
    assert torch.equal(first, of_log)  # one replicate of two losses
    assert not torch.allclose(first, second)
    barely = experiments.loss_sweep(
        "smoke", losses=["linear"], encodings=["linear"], densities=["uniform"], replicates=1, store=Store(tmp_path),
        learning_rate=1e-12, epochs=1,
    )  # fmt: skip
    torch.testing.assert_close(barely.ensemble()(sweep.faces.images[:3])[0], first, rtol=1e-5, atol=1e-5)


#: Of what determines the weights of many networks, but for the faces: with another of them, every stored network of the
#: book would be trained again.
KNOWN = {
    "smoke": ("4402f612cf038c6c", "7f52b376c425f97f", "9374e9e67afb15c9"),
    "quick": ("f192fab42fa70c64", "c3faa70c8ec2ff5f", "f5e712b82a280bee"),
    "paper": ("fb0b25ba09d787c7", "fcf1c444caa861f5", "faf70863f9559c8d"),
    "original": ("cdf651de3058bf0f", "c8c8070f29cbeb1f", "251c6fdb673c091c"),
}


@pytest.mark.parametrize("preset", KNOWN)
def test_keys_of_the_books_networks_are_what_they_were(preset, small_faces):
    encodings, constraints = ("linear", "circular", "geodesic"), ("frozen", "low-data", "none", "optimiser kept")
    by_name = {"": Channel(), "p": Channel(0.03, 0.5, 2.0)}
    sweeps = (
        loss_sweep(preset, faces=small_faces, encodings=encodings),
        finetuning(preset, faces=small_faces, constraints=constraints),
        channel_sweep(
            preset, faces=small_faces, stimulus="angle", channels_by_name=by_name, losses=("log", "linear", "quart"),
            densities=("sech", "wide"), replicates=2,
        ),
    )  # fmt: skip
    for known, sweep in zip(KNOWN[preset], sweeps, strict=True):
        whole = [{"condition": condition.spec, "recipe": sweep.preset.recipe} for condition in sweep.conditions]
        assert digest(whole).startswith(known)


def huber(x, width):
    return torch.where(x < width, x**2 / (2 * width), x - width / 2)


def own_sweep(store, width, **options):
    return loss_sweep(
        "smoke", losses=["linear", Loss("Huber", 2.0, huber, {"width": width})], encodings=["linear"],
        densities=["concentrated"], store=store, **{**TINY, "replicates": 2, **options},
    )  # fmt: skip


def test_a_loss_whose_parameter_changes_is_another_network(tmp_path):
    sweep, other = (own_sweep(Store(tmp_path), width) for width in (0.2, 0.3))
    mine, theirs = (one.select(loss="Huber")[0] for one in (sweep, other))
    assert sweep.key(mine) != other.key(theirs)
    assert sweep.key(sweep.conditions[0]) == other.key(other.conditions[0])  # the book's loss beside it
    before, after = (one.ensemble(loss="Huber").network.weights[0] for one in (sweep, other))
    assert not torch.equal(before, after)
    assert sweep.check_stored() == other.check_stored() == ()
    table, damaged = experiments.stored_models(sweep.store)
    assert sorted(table["loss"]) == ["Huber"] * 4 + ["linear"] * 2
    assert not damaged


@pytest.mark.slow
def test_workers_know_losses_and_densities_of_ones_own(tmp_path):
    """Three groups, so that several processes train them; what they learn is what one process learns."""

    def narrow(x):  # known to this function alone
        return torch.tanh(3 * x)

    def hills(theta):
        return 1.2 + np.cos(4 * theta)

    ask = {
        "losses": [Loss("narrow", 1.0, narrow), Loss("cube", 3.0)], "encodings": ["linear"],
        "densities": {"hills": hills, "truncated": scipy.stats.truncnorm(-2, 2, 0.3, 0.4), "mine": Normal(0, 0.3)},
        "replicates": 2, **TINY,
    }  # fmt: skip
    several = loss_sweep("smoke", store=Store(tmp_path / "several"), **ask)
    assert len(running.plan_training([several])) == 3
    train_sweeps([several], Processes())
    alone = loss_sweep("smoke", store=Store(tmp_path / "alone"), **ask)
    part = Sweep(alone.preset, alone.faces, alone.select(loss="narrow", density="hills"), alone.store)
    part.train()
    for condition in part.conditions:
        twin = next(c for c in several.conditions if several.key(c) == part.key(condition))
        assert several.store.load(several.key(twin)).digest == part.store.load(part.key(condition)).digest
    assert not any(path.suffix in (".pkl", ".pickle") for path in tmp_path.rglob("*"))
    assert several.ensemble(loss="cube").conditions[0].order == 3


def test_two_losses_or_densities_of_one_name_are_refused(tmp_path):
    twice = [Loss("mine", 1.0), Loss("mine", 2.0)]
    with pytest.raises(ValueError, match="losses must name each only once"):
        loss_sweep("smoke", losses=twice)
    with pytest.raises(ValueError, match=r"losses must be among linear, .*, mine; got 'quarts'"):
        loss_sweep("smoke", losses=[twice[0], "quarts"])
    with pytest.raises(ValueError, match="each density needs a name of its own"):
        loss_sweep("smoke", densities=[Normal(0, 0.1), Normal(0, 0.2)])


def test_channels_take_an_order_and_a_density_of_ones_own_and_no_function(small_faces, tmp_path):
    ask = {"faces": small_faces, "stimulus": "angle", "replicates": 1, "samples": 256, "epochs": 2,
           "store": Store(tmp_path)}  # fmt: skip
    mine = channel_sweep(
        "smoke", losses=["linear", Loss("third", 3.0)], densities={"hills": lambda theta: 1.2 + np.cos(theta)},
        channels_by_name={"mine": Channel(noise=0.2, penalty=0.01, budget=1.0)}, read_out=(30,), **ask,
    )  # fmt: skip
    assert {c.density_name for c in mine.conditions} == {"hills, mine"}
    assert mine.conditions[0].density.support == (-2.5, 2.5)
    assert len(mine.ensemble(loss="third")) == 1
    function = channel_sweep("smoke", losses=[Loss("Huber", 2.0, huber, {"width": 0.2})], **ask)
    with pytest.raises(ValueError, match="scored by their powers; the loss Huber is a function"):
        function.train()
