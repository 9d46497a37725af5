"""The explorer's data: the numbers of the studies, as far as a figure shows them."""

import base64
import json
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup

from fisherkit import curves, experiments, explorer, sphinx_figures
from fisherkit.experiments import Sweep
from fisherkit.losses import small_error_order
from fisherkit.study import ChannelStudy, Study


@pytest.fixture
def untrained(monkeypatch):
    """Networks as they were before any training: nothing here asks what training does to them."""
    monkeypatch.setattr(Sweep, "ensemble", lambda self, best="train", **selection: self.untrained(**selection))


@pytest.fixture
def study(untrained, small_faces):
    sweep = experiments.loss_sweep(
        "smoke", losses=["linear", "quart"], encodings=["linear"], replicates=3, faces=small_faces
    )
    return Study(sweep, angles=20)


@pytest.fixture
def views(study):
    return explorer.views(study)


def test_a_view_holds_the_numbers_of_its_networks_and_faces(study, views):
    names = [(view.density, view.loss, view.seen) for view in views]
    assert len(set(names)) == len(names) == 2 * 2 * 2
    for view in views:
        code = study.code(view.seen, loss=view.loss, density=view.density)
        cloud = code.embeddings.values[: explorer.NETWORKS]
        assert view.mean == pytest.approx(cloud.mean(axis=2))
        assert view.tangent == pytest.approx(code.tangents.values[: explorer.NETWORKS].mean(axis=2))
        for k, angle in ((0, 3), (1, 17)):
            covariance = view.spread[k, angle] @ view.spread[k, angle].T
            assert covariance == pytest.approx(np.cov(cloud[k, angle], rowvar=False))
            some = np.linspace(0, cloud.shape[2] - 1, explorer.FACES).astype(int)
            drawn = view.mean[k, angle] + view.scores[k, angle] @ view.spread[k, angle].T
            assert drawn == pytest.approx(cloud[k, angle, some])
        information = study.of(view.loss, density=view.density, kind=curves.POSITIVE, seen=view.seen).values
        assert view.information == pytest.approx(information.values[: explorer.NETWORKS])
        assert view.order == small_error_order(view.loss, "linear")


def test_a_view_has_the_books_exponent_or_none_where_the_density_is_even(study, views):
    for view in views:
        if view.density == "uniform":
            assert view.alpha is None
            assert view.scale == [None] * explorer.NETWORKS
        else:
            alpha = study.exponent(view.loss, density=view.density, seen=view.seen)
            assert (view.alpha.mean, view.alpha.low) == (alpha.mean, alpha.low)
            ratio = view.information[0] / (view.scale[0] * view.p ** alpha.values[0])
            assert ratio[view.fitted].mean() == pytest.approx(1)


def test_channels_are_one_number_with_the_noise_that_it_meets(untrained, small_faces):
    study = ChannelStudy(experiments.channel_sweep("smoke", losses=["linear"], faces=small_faces), angles=20)
    seen, unseen = explorer.channel_views(study)
    assert (seen.network, seen.seen, unseen.seen) == (explorer.CHANNEL, True, False)
    responses = study.responses("linear", seen=True)
    share = responses.scatter_share()
    assert seen.spread[..., 0, 0] == pytest.approx(responses.noise[:, None] / np.sqrt(1 - share))
    assert (seen.mean[..., 1] == 0).all()
    assert (seen.tangent[..., 1] == 0).all()
    assert seen.information == pytest.approx(responses.information().values.values)
    assert not seen.inside  # untrained


def test_the_script_holds_each_view_in_few_digits_and_no_address_outside(views):
    text = explorer.script(views, views[2], "id")
    assert "</" not in text
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    data = json.loads("{" + text.partition("})({")[2].removesuffix(");"))
    assert (data["id"], data["first"]) == ("id", 2)
    assert len(data["grids"]) == 2
    for view, told in zip(views, data["views"], strict=True):
        grid = data["grids"][told["grid"]]
        assert grid["angle"] == pytest.approx(view.angle, rel=1e-4)
        assert grid["p"] == pytest.approx(view.p, rel=5e-3)
        for k, network in enumerate(told["networks"]):
            assert network["I"] == pytest.approx(view.information[k], rel=5e-3)
            cloud = np.frombuffer(base64.b64decode(network["cloud"]), np.int8).reshape(view.scores[k].shape)
            assert cloud / explorer.PARTS == pytest.approx(view.scores[k], abs=0.51 / explorer.PARTS)


def test_one_network_has_an_exponent_without_interval(untrained, small_faces):
    sweep = experiments.loss_sweep(
        "smoke", losses=["linear"], encodings=["linear"], densities=["concentrated"], replicates=1, faces=small_faces
    )
    views = explorer.views(Study(sweep, angles=20))
    assert [len(told["alpha"]) for told in explorer.as_data(views)["views"]] == [1, 1]


def test_an_explorer_begins_with_one_of_its_views(views):
    with pytest.raises(ValueError, match="begins with one of its 7 views"):
        explorer.show(views[1:], first=views[0], id="any", caption="any", alt="any")


def test_the_script_becomes_a_file_that_the_page_loads_when_it_is_read(tmp_path):
    soup = BeautifulSoup('<script class="explorer" data-name="any">(x => x < 1 && 2)(1);</script>', "html.parser")
    sphinx_figures.move_script(soup.script, tmp_path / "figures", "_static/figures/")
    assert (tmp_path / "figures" / "any.js").read_text() == "(x => x < 1 && 2)(1);"
    assert 'src="_static/figures/any.js"' in str(soup)
    assert "defer" in soup.script.attrs
    assert not soup.script.string
