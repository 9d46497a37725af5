"""Each page: its source, its parameters, its execution, and facts about its numbers on the smoke preset."""

import ast
import json
import re
import shutil
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from fisherkit import book, codes, pages
from fisherkit.codes import LOSSES
from fisherkit.iteration import Iteration
from fisherkit.pages import BookError, headlines

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "notebooks").glob("*.py"))
SMOKE = {"preset": "smoke", "faces": "sketch"}


def shown(notebook: Path) -> str:
    """All that the cells of an executed page put out: what a reader of the built page sees, without the code."""
    cells = nbformat.read(notebook, as_version=4).cells
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return "\n".join(str(text) for of_output in data for text in of_output.values())


def said(notebook: Path) -> str:
    """The paragraphs that an executed page computed."""
    cells = nbformat.read(notebook, as_version=4).cells
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return "\n".join(of_output["text/markdown"] for of_output in data if "text/markdown" in of_output)


def test_embeddings_page_finds_what_training_does(run):
    facts = headlines(run / "embeddings.ipynb")
    assert facts["concentrated_error_where_common"] < facts["concentrated_error_where_rare"]
    assert abs(facts["fisher_peak_angle"] - np.pi / 4) < 0.35  # the concentrated density peaks at π/4
    assert facts["uniform_variation"] < facts["concentrated_variation"]


def test_fisher_information_page_finds_what_training_does(run):
    facts = headlines(run / "fisher_information.ipynb")
    assert abs(facts["peak_angle"] - np.pi / 4) < 0.35  # the concentrated density peaks at π/4
    assert facts["peak_to_density_peak"] < 1
    assert facts["uniform_mean_curve_variation"] < 0.5
    for encoding in ("linear", "circular"):
        for loss in ("linear", "sqrt"):
            assert facts[f"exponent_{encoding}_{loss}"] > 0.2  # the information rises with the density


def test_noise_structure_page_finds_what_must_hold(run):
    facts = headlines(run / "noise_structure.ipynb")
    assert facts["embedding_to_decoded_information"] >= 1  # Cauchy–Schwarz, in the linear encoding
    assert facts["factor_error"] < 1e-12
    assert facts["derivative_off_close_difference_degrees"] < 15
    assert facts["separation_fine"] < facts["separation_coarse"]
    assert 0.7 < facts["inside_two_deviations"] <= 1
    assert 0.5 < facts["variance_along_means"] <= 1
    text = shown(run / "noise_structure.ipynb")
    assert "was right" in text
    assert "numbers are of 2 networks" in text


def test_noise_structure_of_another_condition_reads_correctly(project, tmp_path):
    parameters = {**SMOKE, "loss": "quart", "encoding": "circular"}
    pages.execute(project, "noise_structure", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "noise_structure.ipynb")
    assert "Circular encoding, quart loss" in text
    assert "may be on either side of one" in text
    assert "the original" not in text.lower().replace("the original analysis", "")
    assert headlines(tmp_path / "noise_structure.ipynb")["derivative_off_close_difference_degrees"] < 30


def test_loss_comparison_finds_what_training_does(run):
    facts = headlines(run / "loss_comparison_objective.ipynb")
    for encoding in ("linear", "circular"):
        for loss in ("linear", "sqrt"):
            assert facts[f"exponent_{encoding}_{loss}"] > 0.2
    assert facts["saturation_factor"] > 1e3  # the power that holds near the peak leaves nothing far out
    text = shown(run / "loss_comparison_objective.ipynb")
    assert "steeper than the linear loss, not flatter" in text


def test_loss_comparison_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "losses": ["linear"], "encodings": ["circular"], "replicates": 1, "angles": 20}
    pages.execute(project, "loss_comparison_objective", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "loss_comparison_objective.ipynb")
    for number in (27, 29, 30, 31, 32, 33, 35, 36, 37, 38):
        assert f"<b>R{number}</b> needs sqrt among the losses and linear among the encodings" in text
    assert "<b>R28</b> needs sqrt among the losses, which" in text
    assert "<b>R34.</b>" in text
    assert "lacks one of the two losses" in text


def test_powers_page_finds_what_training_does(run):
    facts = headlines(run / "loss_comparison_powers.ipynb")
    for loss in ("linear", "square", "quart", "root4", "log"):
        assert 0 < facts[f"height_{loss}"] < 5
    assert facts["exponent_linear"] > 0.1
    judged = pages.judgements(run / "loss_comparison_powers.ipynb")
    assert set(judged) == {"R39", "R40", "R41", "R43", "R44", "R45", "R46"}


def test_powers_page_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "losses": ["linear", "root4"], "replicates": 1, "angles": 20}
    pages.execute(project, "loss_comparison_powers", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "loss_comparison_powers.ipynb")
    for id, loss in (("R39", "square"), ("R40", "quart"), ("R44", "quart"), ("R45", "log and quart"), ("R46", "log")):
        assert f"<b>{id}</b> needs {loss} among the losses" in text
    assert "one network: no interval" in text
    assert "nan" not in text
    judged = pages.judgements(tmp_path / "loss_comparison_powers.ipynb")
    assert set(judged) == {"R44"}


def test_loss_comparison_of_embeddings_finds_what_must_hold(run):
    facts = headlines(run / "loss_comparison_embeddings.ipynb")
    for loss in ("linear", "square", "quart", "root4", "log"):
        assert 0 < facts[f"along_{loss}"] < 1
        assert facts[f"aspect_{loss}"] > 1
        # Across the motion a cloud has the most information that its shape allows.
        assert 1 <= facts[f"turned_{loss}"] <= facts[f"aspect_{loss}"] ** 2
    assert facts["slope_near_peak_log"] > facts["slope_elsewhere_log"]
    text = shown(run / "loss_comparison_embeddings.ipynb")
    for number in range(47, 54):
        assert f"<b>R{number}.</b> Linear encoding" in text
    assert text.count("with the line of their means.") == 3


def test_loss_comparison_of_embeddings_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "losses": ["sqrt", "linear"], "replicates": 1, "angles": 20}
    pages.execute(project, "loss_comparison_embeddings", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "loss_comparison_embeddings.ipynb")
    for id, loss in (
        ("R48", "square"),
        ("R49", "quart"),
        ("R50", "root4"),
        ("R51", "log"),
        ("R52", "log"),
        ("R53", "log"),
    ):
        assert f"<b>{id}</b> needs {loss} among the losses" in text
    assert "<b>R47.</b> Linear encoding, linear loss, concentrated density, replicate 1;" in text
    assert "the original says" not in text
    assert "nan" not in text.split("</figure>")[-1]


def test_loss_comparison_of_errors_finds_what_must_hold(run):
    facts = headlines(run / "loss_comparison_errors.ipynb")
    for loss in ("linear", "sqrt", "square", "quart", "root4", "log"):
        assert facts[f"total_{loss}"] > 0
        assert 0 < facts[f"read_out_uses_{loss}"] <= 1  # Cauchy–Schwarz
    assert facts["mirror_common_linear"] < -0.5
    assert facts["log_information_quart_less_linear"] < -1
    assert facts["efficiency_quart_to_linear"] < 1  # what quart knows is so little that most of its error is no bias
    assert (
        facts["error_times_decoded_linear"] > facts["error_times_decoded_quart"]
    )  # quart has hardly learnt at this size
    text = shown(run / "loss_comparison_errors.ipynb")
    for number in range(54, 63):
        assert f"<b>R{number}.</b> Linear encoding" in text


def test_loss_comparison_of_errors_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "losses": ["log", "square"], "replicates": 1, "angles": 20}
    pages.execute(project, "loss_comparison_errors", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "loss_comparison_errors.ipynb")
    for number in range(55, 63):
        assert f"<b>R{number}</b> needs linear and " in text
    assert "<b>R54.</b>" in text
    for words in (
        "needs at least five losses",
        "are needs linear and another one among the losses",
        "one network: no interval",
    ):
        assert words in text
    assert "linear highest" not in text
    assert "nan" not in text.split("</figure>")[-1]


def test_verdicts_about_losses_turn_with_their_inputs(project, run, tmp_path):
    """The same page with hardly any information for the linear loss says that another loss is highest."""
    source = project.source("loss_comparison_errors").read_text()
    turned = source.replace(
        "code = fisher.embed_with_tangents",
        "factor = np.where(measured.information.loss == 'linear', 1e-3, 1.0)[:, None]\n"
        "left = {label: factor * values for label, values in measured.without.items()}\n"
        "measured = curves.Measured(factor * measured.information, factor * measured.draws, seed, left)\n"
        "code = fisher.embed_with_tangents",
    )
    assert turned != source
    project.source("turned").write_text(turned)
    try:
        pages.execute(project, "turned", SMOKE, tmp_path, faces_digest="any")
    finally:
        project.source("turned").unlink()
    here, there = shown(run / "loss_comparison_errors.ipynb"), shown(tmp_path / "turned.ipynb")
    assert "The original found linear highest; so it is here" in here
    assert "The original found **linear** highest; here it is not." in there
    assert "up to linear and falls" in here
    assert "up to linear and falls" not in there


def test_numerics_page_finds_what_must_hold(run):
    facts = headlines(run / "loss_comparison_numerics.ipynb")
    assert facts["order_of_a_cube_root"] == pytest.approx(5)
    assert facts["constructed_negative_values"] > 0  # single precision fails on the thinnest of the squeezed clouds
    assert facts["distance_from_uniform_at_the_end"] < 0.05
    assert facts["largest_condition_number"] < 1e6
    text = shown(run / "loss_comparison_numerics.ipynb")
    assert "**constructed**" in text
    assert "never (log), 20 (root4), 11 (sqrt), 7 (linear), 4 (square), 3 (quart)" in text


def test_numerics_page_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "losses": ["square"], "replicates": 1, "angles": 20}
    pages.execute(project, "loss_comparison_numerics", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "loss_comparison_numerics.ipynb")
    for id, loss in (("R64", "sqrt and root4 and log"), ("R66", "log")):
        assert f"<b>{id}</b> needs {loss} among the losses" in text
    assert "square loss, replicate 1" in text
    assert "Measured for quart" not in text


def test_a_planted_spike_is_found_and_a_broad_hill_is_not(project, tmp_path):
    """The numerics page's own search, on curves with a narrow spike of threefold height and with a broad hill."""
    source = project.source("loss_comparison_numerics").read_text()
    planted = source.replace(
        "measured = curves.measured_of(code, train, seed=seed)\n",
        "measured = curves.measured_of(code, train, seed=seed)\n"
        "shape = 100 + 200 * np.exp(-0.5 * ((grid - np.pi / 4) / WIDTH) ** 2)\n"
        "noise = np.exp(0.05 * np.random.default_rng(0).normal(size=(200, len(code.embeddings), 1)))\n"
        "measured = curves.Measured(0 * measured.information + shape, shape * noise, seed)\n",
    )
    assert planted != source
    for width, found in ((0.02, 3 * 2), (0.4, 0)):
        project.source("planted").write_text(planted.replace("WIDTH", str(width)))
        try:
            parameters = {**SMOKE, "losses": ["sqrt", "root4", "log"]}
            pages.execute(project, "planted", parameters, tmp_path / str(width), faces_digest="any")
        finally:
            project.source("planted").unlink()
        assert headlines(tmp_path / str(width) / "planted.ipynb")["information_spikes_beyond_chance"] == found


def test_finetuning_page_names_both_densities(run):
    facts = headlines(run / "finetuning.ipynb")
    assert sum(name.startswith(("adaptation_linear_", "adaptation_circular_")) for name in facts) == 8
    text = shown(run / "finetuning.ipynb")
    for first, then in (("concentrated", "uniform"), ("uniform", "concentrated")):
        assert text.count(f"pretrained on {first}, tuned on {then}, all networks") == 2
    assert "Which of the original's conclusions survive" in text


@pytest.mark.parametrize(("share", "verdict"), [(0.0, "the old code was retained"), (1.0, "the new code was reached")])
def test_adaptation_is_the_share_of_the_new_code(project, tmp_path, share, verdict):
    """Tuned curves that lie the given share of the way from the old network's curve to the new one's."""
    source = project.source("finetuning").read_text()
    planted = source.replace(
        "    return ((now - before)", f"    now = before + {share} * (after - before)\n    return ((now - before)"
    )
    assert planted != source
    project.source("planted").write_text(planted)
    try:
        parameters = {**SMOKE, "encodings": ["linear"], "angles": 20}
        pages.execute(project, "planted", parameters, tmp_path, faces_digest="any")
    finally:
        project.source("planted").unlink()
    facts = headlines(tmp_path / "planted.ipynb")
    for name in facts:
        if name.startswith("adaptation_"):
            assert facts[name] == pytest.approx(share, abs=1e-9), name
        if name.startswith("difference_"):
            assert facts[name] == pytest.approx(0, abs=1e-9), name
    text = shown(tmp_path / "planted.ipynb")
    assert text.count(verdict) == 4
    assert ("So *works poorly* falls" in text) == (share == 1.0)


def test_finetuning_of_another_condition_reads_correctly(project, tmp_path):
    parameters = {**SMOKE, "loss": "square", "encodings": ["circular"], "constraints": ["none", "frozen"],
                  "replicates": 1, "angles": 20}  # fmt: skip
    pages.execute(project, "finetuning", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "finetuning.ipynb")
    for id in ("R76", "R77"):
        assert f"<b>{id}</b> needs linear among the encodings and low-data among the constraints" in text
    assert "<b>R78</b> needs low-data among the constraints" in text
    assert "needs frozen and low-data among the constraints" in text
    assert "The original" not in text
    assert "<b>q12-adaptation</b> needs linear among the encodings" in text
    assert "Q12.**" not in text
    assert pages.judgements(tmp_path / "finetuning.ipynb") == {}


def test_fixed_point_page_finds_what_must_hold(run):
    facts = headlines(run / "fixed_point.ipynb")
    for name in ("inverse", "root"):
        assert 0 < facts[f"last_step_{name}"] < 1
        assert 0 <= facts[f"from_uniform_{name}"] < 1
        assert facts[f"width_{name}"] < np.pi + 1e-9  # the uniform density has the largest entropy
    assert facts["width_law_root"] > facts["width_law_inverse"]
    assert facts["width_law_with_a_floor_root"] >= facts["width_law_root"]
    text = re.sub('data:[^"]+', "", shown(run / "fixed_point.ipynb"))
    for id in ("densities", "code", "distance", "width", "exponent"):
        assert f'<figure class="result" id="Q14-{id}">' in text
    assert "**R69** claims" in text
    assert not re.search(r"\b(nan|inf)\b", text)


@pytest.mark.parametrize("floor", [0.0, 0.05])
def test_fixed_point_page_finds_a_planted_law(project, tmp_path, floor):
    """Codes that follow a power law, with or without a floor, but for a little that each network has of its own."""
    source = project.source("fixed_point").read_text()
    planted = source.replace(
        'train = sweep.faces.subset("train")\n',
        "def planted(sweep, angles):\n"
        "    p = np.asarray(sweep.conditions[0].density.pdf(angles))\n"
        "    own = np.array([[-1.0], [1.0], [0.0], [0.0]]) * 0.1 * np.cos(3 * angles)\n"
        f"    values = ((p / p.max()) ** 0.8 + {floor}) * np.exp(own)\n"
        "    return xr.DataArray(values, dims=('replicate', 'angle'), coords={'angle': angles})\n\n\n"
        "import xarray as xr\n"
        "Iteration._information = staticmethod(planted)\n"
        'train = sweep.faces.subset("train")\n',
    )
    assert planted != source
    project.source("planted").write_text(planted)
    parameters = {**SMOKE, "replicates": 4, "generations": 2}
    try:
        pages.execute(project, "planted", parameters, tmp_path, faces_digest="any")
    finally:
        project.source("planted").unlink()
    facts = headlines(tmp_path / "planted.ipynb")
    text = shown(tmp_path / "planted.ipynb")
    assert facts["width_root"] > facts["width_inverse"]
    if floor:
        assert facts["floor"] == pytest.approx(floor, rel=0.5)
        assert facts["drift_not_explained_by_a_floor"] < 0.5
        assert "accounts for most of the drift" in text
        assert "left the start" in text
        assert "**the law fails**" in text
    else:
        assert facts["power"] == pytest.approx(1 / 0.8, rel=1e-3)
        assert facts["width_root"] == pytest.approx(facts["width_law_root"], rel=0.01)
        assert facts["from_start_inverse"] < 0.01
        assert "where it started" in text
        assert "**the law holds**" in text
        assert "**not converged**" in text  # the root goes on


def test_fixed_point_of_another_condition_reads_correctly(project, tmp_path):
    parameters = {**SMOKE, "loss": "square", "density": "reciprocal", "generations": 1, "damping": 1.0,
                  "replicates": 1, "angles": 20}  # fmt: skip
    pages.execute(project, "fixed_point", parameters, tmp_path, faces_digest="any")
    text = re.sub('data:[^"]+', "", shown(tmp_path / "fixed_point.ipynb"))
    assert "from the reciprocal density on, damping 1, 1 network a generation" in text
    assert "one network a generation has no scatter" in text
    assert "R69** claims" not in text
    assert not re.search(r"\b(nan|inf)\b", text)
    assert "last_scatter_root" not in headlines(tmp_path / "fixed_point.ipynb")


def test_finetuning_page_tells_what_each_constraint_holds_back(run):
    facts = headlines(run / "finetuning.ipynb")
    for density in ("uniform", "concentrated"):
        for constraint in ("none", "frozen", "low-data", "optimiser_kept"):
            name = f"{constraint}_{density}"
            assert facts[f"adaptation_first_{name}"] < facts[f"adaptation_last_{name}"]  # tuning goes somewhere
        for first, second in (
            ("frozen", "none"),
            ("low-data", "none"),
            ("optimiser_kept", "none"),
            ("frozen", "low-data"),
        ):
            of_pair = facts[f"adaptation_end_{first}_{density}"] - facts[f"adaptation_end_{second}_{density}"]
            assert facts[f"difference_{first}_{second}_{density}"] == pytest.approx(of_pair)
        # A first layer that cannot change errs even on what it is shown.
        assert facts[f"error_factor_frozen_{density}_pairs_shown"] > 1
    text = shown(run / "finetuning.ipynb")
    assert "The independent unit is the pretrained network (2 a direction)" in text
    assert "nan" not in text


def test_finetuning_compares_one_constraint_of_one_network_with_none(project, tmp_path):
    parameters = {**SMOKE, "encodings": ["linear"], "constraints": ["frozen"], "replicates": 1, "angles": 20}
    pages.execute(project, "finetuning", parameters, tmp_path, faces_digest="any")
    facts = headlines(tmp_path / "finetuning.ipynb")
    assert {name for name in facts if name.startswith("difference_")} == {
        f"difference_{pair}_{density}"
        for pair in ("frozen_none", "optimiser_kept_none")
        for density in ("uniform", "concentrated")
    }
    text = shown(tmp_path / "finetuning.ipynb")
    assert "one network: no interval" in text
    assert "So it limits" not in text
    assert "nan" not in text


def test_finetuning_keeps_epochs_in_the_linear_encoding_alone(project):
    (linear, circular) = pages.needs_of(project.source("finetuning"), SMOKE)
    assert {c.constraint for c in linear.select(pretrained_on=["uniform", "concentrated"])} == {
        "none", "frozen", "low-data", "optimiser kept"
    }  # fmt: skip
    assert {c.kept_epochs for c in linear.select(pretrained_on=["uniform", "concentrated"])} == {(1, 2, 4, 6)}
    assert {c.constraint for c in circular.select(pretrained_on=["uniform", "concentrated"])} == {"frozen", "low-data"}
    assert not any(c.kept_epochs for c in circular.conditions)
    # Networks that may stop early promise no epoch.
    of_original = pages.needs_of(project.source("finetuning"), {**SMOKE, "preset": "original"})
    assert not any(c.kept_epochs for sweep in of_original for c in sweep.conditions)


def test_every_result_of_the_original_is_listed_once_and_on_a_page(project, run):
    listed = pd.read_csv(project.prose / "results.csv", keep_default_na=False)
    assert listed["id"].tolist() == [f"R{number:02}" for number in range(1, 80)]
    places = [id for page in project.pages() for id in pages.results(run / f"{page}.ipynb") if id in set(listed["id"])]
    assert sorted(places) == listed["id"].tolist()


def test_results_with_a_reading_are_judged_and_no_others(project, run):
    listed = pd.read_csv(project.prose / "results.csv", keep_default_na=False)
    judged = {id for page in project.pages() for id in pages.judgements(run / f"{page}.ipynb")}
    # Findings of the book's own have names in words.
    of_the_original = {id for id in judged if re.fullmatch(r"R\d+", id)}
    assert of_the_original == set(listed["id"][listed["reading"] != ""])


def test_binned_densities_page_finds_what_training_does(run):
    facts = headlines(run / "binned_densities.ipynb")
    # Both curves have area one: the height follows from the width of the bins, whatever was learnt.
    assert facts["height_to_probability"] / facts["height_to_density"] == pytest.approx(6 / np.pi)
    assert facts["height_to_density"] == pytest.approx(1, abs=0.2)
    for number in (4, 6):
        assert facts[f"exponent_{number}_bins"] > 0  # more information where there is more density


def test_binned_densities_say_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "loss": "square", "bins": [4], "densities": 2, "angles": 20}
    pages.execute(project, "binned_densities", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "binned_densities.ipynb")
    for id in ("R70", "R71", "R72", "R73", "R75"):
        assert f"<b>{id}</b> needs 6 among the bins" in text
    assert "2 densities of four bins" in text
    assert "The original" not in text
    assert "exponent_6_bins" not in headlines(tmp_path / "binned_densities.ipynb")


def test_fisher_information_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "encodings": ["circular"], "replicates": 1, "angles": 20}
    pages.execute(project, "fisher_information", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "fisher_information.ipynb")
    for id in ("R21", "R22", "R25"):
        assert f"<b>{id}</b> needs linear among the encodings" in text
    assert "<b>R23.</b> Circular encoding, linear loss" in text
    for words in (
        "How far networks agree",
        "Whether one network peaks",
        "Comparing the encodings",
        "Which encoding is",
    ):
        assert words in text
    facts = headlines(tmp_path / "fisher_information.ipynb")
    assert "network_spread_where_common" not in facts
    assert "exponent_linear_linear" not in facts
    assert facts["circular_peaks"] >= 1


def test_a_condition_that_has_no_row_is_shown_under_a_name_of_its_own(project, tmp_path):
    parameters = {**SMOKE, "losses": ["quart"], "encodings": ["linear"], "replicates": 2}
    pages.execute(project, "fisher_information", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "fisher_information.ipynb")
    assert '<figure class="result" id="root-linear-quart">' in text
    assert "<b>R21</b> needs linear among the losses" in text
    assert "<b>R24</b> needs sqrt among the losses and circular among the encodings" in text


@pytest.mark.parametrize("angles", [5, 7])
def test_a_grid_too_coarse_for_an_exponent_says_so(project, tmp_path, angles):
    parameters = {**SMOKE, "losses": ["linear"], "encodings": ["linear"], "replicates": 1, "angles": angles}
    pages.execute(project, "fisher_information", parameters, tmp_path, faces_digest="any")
    assert "| linear | linear |" in shown(tmp_path / "fisher_information.ipynb")
    assert "needs more angles" in shown(tmp_path / "fisher_information.ipynb")


def test_readings_of_the_original_stand_beside_its_condition_only(run, project, tmp_path):
    parameters = {**SMOKE, "losses": ["square"], "encodings": ["geodesic"], "replicates": 2, "angles": 20}
    pages.execute(project, "fisher_information", parameters, tmp_path, faces_digest="any")
    assert "The original calls its curve clean" in shown(run / "fisher_information.ipynb")
    text = shown(tmp_path / "fisher_information.ipynb")
    assert "Geodesic encoding, square loss" in text
    assert "The original calls" not in text
    assert "as the original" not in text


def test_a_killed_kernel_is_named(project, tmp_path):
    header = project.source("embeddings").read_text().split("# %% [markdown]")[0]
    killing = "# %% tags=[\"parameters\"]\npreset = 'smoke'\n\n# %%\nimport os\nos._exit(1)\n"
    project.source("killing").write_text(header + killing)
    try:
        with pytest.raises(BookError, match="page killing lost its kernel"):
            pages.execute(project, "killing", {"preset": "smoke"}, tmp_path, faces_digest="any")
    finally:
        project.source("killing").unlink()


def test_verdicts_turn_with_their_inputs(project, run, tmp_path):
    """The same page on mirrored curves, with the ratio of the totals turned over, says the opposite."""
    facts = headlines(run / "fisher_information.ipynb")
    share = facts["total_uniform_to_concentrated"]
    source = project.source("fisher_information").read_text()
    turned = source.replace(
        "encoding, loss = encodings[0], losses[0]",
        "def turn(networks):\n"
        f"    factor = np.where(networks.information.density == 'uniform', {share**-4}, 1.0)[:, None]\n"
        "    mirrored = networks.information.copy(data=factor * networks.information.values[:, ::-1])\n"
        "    return curves.Measured(mirrored, factor * networks.draws[..., ::-1], networks.seed)\n\n\n"
        "measured = {name: turn(networks) for name, networks in measured.items()}\n"
        "encoding, loss = encodings[0], losses[0]",
    )
    assert turned != source
    project.source("turned").write_text(turned)
    try:
        pages.execute(project, "turned", SMOKE, tmp_path, faces_digest="any")
    finally:
        project.source("turned").unlink()
    here, there = shown(run / "fisher_information.ipynb"), shown(tmp_path / "turned.ipynb")
    assert "That is *as expected*" in here
    assert "That is **not** where it was expected" in there
    turned_share = headlines(tmp_path / "turned.ipynb")["total_uniform_to_concentrated"]
    assert turned_share == pytest.approx(1 / share)
    verdict = {True: "there is **more** for uniform", False: "there is **less** for uniform"}
    for text, uniform_has_more in ((here, share > 1), (there, turned_share > 1)):
        assert verdict[uniform_has_more] in text or "The interval holds 1" in text
        assert verdict[not uniform_has_more] not in text


@pytest.mark.parametrize("page", [path.stem for path in SOURCES])
def test_a_page_asks_for_all_networks_before_it_is_executed(project, run, page):
    needs = pages.needs_of(project.source(page), SMOKE)
    sweeps = [
        sweep
        for need in needs
        for sweep in (
            [need.sweep(generation) for generation in range(need.generations + 1)]
            if isinstance(need, Iteration)
            else [need]
        )
    ]
    used = {line.split()[0] for line in json.loads((run / f".{page}.json").read_text())["models"]}
    assert used
    assert used <= {sweep.key(condition) for sweep in sweeps for condition in sweep.conditions}
    assert not any(sweep.missing() for sweep in sweeps)


@pytest.mark.parametrize("changed", ["source", "model", "output", "parameters", "package", "lock", "faces"])
def test_a_page_is_stale_when_an_input_changes(project, run, changed, monkeypatch):
    source, state, output = project.source("embeddings"), run / ".embeddings.json", run / "embeddings.ipynb"
    lock = project.root / "requirements.lock"
    before = {path: path.read_text() for path in (source, state, output, lock)}
    known = json.loads(before[state])
    parameters, faces_digest = dict(SMOKE), known["inputs"]["faces"]
    assert pages.is_fresh(project, "embeddings", parameters, run, faces_digest=faces_digest)
    if changed == "source":
        source.write_text(before[source] + "\n# %%\n1 + 1\n")
    elif changed == "model":
        known["models"][0] = known["models"][0].split()[0] + " " + "0" * 64
        state.write_text(json.dumps(known))
    elif changed == "output":
        output.write_text(before[output] + " ")
    elif changed == "parameters":
        parameters["seed"] = 1
    elif changed == "package":
        monkeypatch.setattr(pages, "_NOT_IN_PAGES", (*pages._NOT_IN_PAGES, "fisher"))
    elif changed == "lock":
        lock.write_text(before[lock] + "\n")
    else:
        faces_digest = "others"
    executed = []
    monkeypatch.setattr(
        pages.papermill,
        "execute_notebook",
        lambda *a, **k: executed.append(a) or (_ for _ in ()).throw(InterruptedError),
    )
    try:
        assert not pages.is_fresh(project, "embeddings", parameters, run, faces_digest=faces_digest)
        with pytest.raises(InterruptedError):
            pages.execute(project, "embeddings", parameters, run, faces_digest=faces_digest)
        assert len(executed) == 1
    finally:
        for path, text in before.items():
            path.write_text(text)


def test_another_encoding_and_loss_read_correctly(project, tmp_path):
    parameters = {**SMOKE, "encodings": ["circular"], "losses": ["quart"],
                  "replicates": 1, "angles": 20}  # fmt: skip
    pages.execute(project, "embeddings", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "embeddings.ipynb")
    assert "Circular encoding, quart loss" in text
    assert "Comparing networks needs at least two replicates" in text
    assert "linear loss" not in text
    assert "unseen_scatter_between_networks" not in headlines(tmp_path / "embeddings.ipynb")


def test_a_failing_cell_names_page_cell_and_error(project, tmp_path):
    failing = project.notebooks / "failing.py"
    failing.write_text('# %% tags=["parameters"]\npreset = "smoke"\n\n# %%\nwrong = 1 / 0\n')
    notebook = jupytext.read(project.source("embeddings"))
    header = jupytext.writes(nbformat.v4.new_notebook(metadata=notebook.metadata), fmt="py:percent")
    failing.write_text(header + failing.read_text())
    try:
        with pytest.raises(BookError, match=r"page failing failed in cell \d \(wrong = 1 / 0\):\nZeroDivisionError"):
            pages.execute(project, "failing", {"preset": "smoke"}, tmp_path, faces_digest="any")
        assert not list(tmp_path.glob("*"))
    finally:
        failing.unlink()


HEADER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["parameters"]
preset = "smoke"
faces = "sketch"
losses = ["linear", "quart"]
replicates = None
loss = "linear"
"""


@pytest.fixture
def throw_away(tmp_path):
    """Write a page of the given cells into a project that has no other, and return what executes it."""
    project = pages.Project(tmp_path)
    project.notebooks.mkdir()
    (project.root / "requirements.lock").touch()

    def throw_away(cells):
        project.source("page").write_text(HEADER + cells)

        def execute(**parameters):
            pages.execute(project, "page", parameters, tmp_path / "run", faces_digest="any")
            return tmp_path / "run" / "page.ipynb"

        return execute

    return throw_away


def test_cells_whose_needs_are_not_met_are_left_out_and_told_of_once(throw_away):
    execute = throw_away("""
# %% [markdown] needs={"losses": ["linear", "quart"]}
# ## Does the fourth power flatten the code?

# %% needs={"losses": ["linear", "quart"], "replicates": 3}
def show_points(id):
    print("drew", id)
show_points("Q01-cloud")
for id in ("R40", "R41"):
    print("drew", id)

# %% needs={"losses": ["log"]}
id = "logs"
print("drew", id)

# %% [markdown]
# Between.

# %% needs={"loss": "linear", "losses": ["quart"]}
conclude = print
conclude("R39", "told")
print("drew", "R40", "R42")
""")

    def sources(notebook):
        return "\n".join(cell.source for cell in nbformat.read(notebook, as_version=4).cells)

    few = execute(losses=["linear"], replicates=1)
    assert "drew" not in sources(few)
    assert "fourth power" not in sources(few)
    first, second = shown(few).split("\n")
    assert (
        "<b>Q01-cloud</b>, <b>R40</b>, <b>R41</b> and <b>logs</b> need quart and log among the losses and at least 3 "
        "replicates, which this run was not asked for." in first
    )
    assert "<b>R42</b> needs quart among the losses, which this run was not asked for." in second
    assert pages.results(few) == dict.fromkeys(("Q01-cloud", "R40", "R41", "logs", "R42"), False)
    # At the preset's own number of networks, which is 2.
    assert "need at least 3 replicates and log among the losses," in shown(execute())
    many = execute(losses=["linear", "quart", "log"], replicates=3, loss="sqrt")
    assert shown(many).count("not asked for") == 1
    assert "<b>R42</b> needs loss linear, which this run was not asked for." in shown(many)
    assert "fourth power" in sources(many)
    for told in ("drew Q01-cloud", "drew R41", "drew logs"):
        assert told in many.read_text()


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        (
            '{"los": ["quart"]}',
            r"page page, cell 2 \(1 / 0\) needs los, which this page has no parameter for; it has pre",
        ),
        ('"quart"', r'page page, cell 2 \(1 / 0\) must say what it needs as needs=\{"losses": \["linear"\]\}; got'),
        (
            '{"losses": 2}',
            r"cell 2 \(1 / 0\) needs losses=2, which cannot be compared with losses=\['linear', 'quart'\]",
        ),
        ('{"replicates": "many"}', "needs replicates='many', which cannot be compared with replicates=2"),
    ],
)
def test_needs_that_are_not_of_the_pages_parameters_are_refused_before_anything_is_executed(
    throw_away, needs, message, monkeypatch
):
    execute = throw_away(f"\n# %% needs={needs}\n1 / 0\n")
    monkeypatch.setattr(pages.papermill, "execute_notebook", None)
    with pytest.raises(BookError, match=message):
        execute()


def test_sweeps_of_cells_that_are_left_out_are_not_asked_for(throw_away, tmp_path):
    throw_away("""
# %% needs={"losses": ["log"]}
1 / 0

# %% tags=["sweep"]
found = losses
""")
    assert pages.needs_of(tmp_path / "notebooks" / "page.py", {}) == []
    with pytest.raises(ZeroDivisionError):
        pages.needs_of(tmp_path / "notebooks" / "page.py", {"losses": ["log"]})


def test_what_text_names_must_have_been_kept(throw_away):
    execute = throw_away("""
# %% [markdown]
# It is {glue:text}`alpha:.2f`, [{glue:md}`words:myst`](theory.md), and {glue:text}`other::number` elsewhere.

# %% needs={"losses": ["log"]}
from fisherkit.results import keep
keep("alpha", 1)
""")
    with pytest.raises(
        BookError, match=r"page page names alpha and words in its text, which no cell kept; it kept noth"
    ):
        execute()


SMALL_PAGE = """
# %% [markdown]
# # Does the fourth power flatten the code?

# %% [markdown] needs={"losses": ["linear", "quart"]}
# :::{admonition} The answer
# :class: answer
# {glue:md}`R40:myst` {glue:md}`conditions:myst`
# :::

# %%
from fisherkit import experiments, plotting
from fisherkit.results import conclude, keep
from fisherkit.study import Study

plotting.use_style()

# %% tags=["sweep"]
sweep = experiments.loss_sweep(
    preset, faces=faces, losses=losses, encodings=["linear"], densities=["concentrated"], replicates=replicates,
    samples=64, epochs=1,
)
study = Study(sweep, angles=12)

# %%
keep("conditions", study.conditions())
keep("networks", len(sweep.conditions))
keep("below", -1 / 3)

# %% [markdown]
# There are {glue:text}`networks` networks, and {glue:text}`below:.2f` is below zero.

# %% [markdown] needs={"losses": ["linear", "quart"]}
# The original saw about $p^{1/3}$; here α = {glue:text}`R40_quart`.

# %% needs={"losses": ["linear", "quart"]}
study.show_against_density("R40", ["linear", "quart"], powers={"1/3": 1 / 3, "2/5": 2 / 5})

# %% needs={"losses": ["linear", "quart"]} tags=["remove-input"]
quart, gap = study.exponent("quart"), study.exponent("linear") - study.exponent("quart")
conclude(
    "R40", quart.against(1 / 3),
    holds=("yes", "With the fourth power α = {quart}, {gap} below the linear loss's: the original's ⅓ is inside."),
    excludes=("no", "With the fourth power α = {quart}, {gap} below the linear loss's: **not** the original's ⅓."),
    undecided=("undecided", "One network has no interval: α = {quart}."),
    quart=quart, gap=gap,
)
"""


@pytest.fixture
def small_book(throw_away, tmp_path):
    """A book of one page in the book's own form, and what executes and builds it: the page's text and its index."""
    for name in ("_config.yml", "book/_static/fisherkit.css", "book/references.bib"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\nchapters: [{file: page}]\n")
    (tmp_path / "book" / "intro.md").write_text("# A book\n\n{{ figure_index }}\n")
    (tmp_path / "book" / "results.csv").write_text("id,what,reading\nR40,Quart,about a third\n")
    project, execute = pages.Project(tmp_path), throw_away(SMALL_PAGE)

    def small_book(**parameters):
        notebook = execute(**parameters)
        site = book.build_site(project, tmp_path / "run", {"page": notebook}, "html").parent
        texts = [BeautifulSoup((site / name).read_text(), "html.parser") for name in ("page.html", "intro.html")]
        return notebook, *(" ".join(text.find("article").get_text().split()) for text in texts)

    return small_book


def test_a_page_in_the_books_form_holds_its_numbers(small_book):
    notebook, text, index = small_book(replicates=2)
    facts, judged = headlines(notebook), pages.judgements(notebook)["R40"]
    assert "There are 4 networks, and −0.33 is below zero." in text
    assert judged["agreement"] in ("yes", "no")
    reason = " ".join(judged["reason"].replace("**", "").replace("'", "’").split())
    answer, _, rest = text.partition("The answer")[2].partition("There are 4")
    assert reason in answer
    assert "Here: 300 sketch faces of 30 people, all trained on, at 12 angles; preset smoke, linear" in answer
    assert reason in rest
    assert reason in index
    quart = f"{facts['R40_quart']:.2f}".replace("-", "−")
    assert f"α = {quart} [" in rest
    assert "glue" not in text


def test_a_page_without_a_loss_that_it_is_about_is_built_and_says_so(small_book):
    notebook, text, index = small_book(replicates=1, losses=["linear"])
    assert pages.results(notebook) == {"R40": False}
    assert text.count("which this run was not asked for") == 2
    assert "A part of this page needs quart among the losses" in text
    assert "R40 needs quart among the losses" in text
    assert "Quart (not in this run)" in index
    assert set(headlines(notebook)) == {"networks", "below"}


def test_modules_that_leave_pages_fresh_are_imported_by_none():
    package = sorted((ROOT / "fisherkit").glob("*.py"))
    assert set(pages._NOT_IN_PAGES) <= {path.stem for path in package}
    for path in [path for path in package if path.stem not in pages._NOT_IN_PAGES] + SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "fisherkit":
                imported = {alias.name for alias in node.names} | {node.module.partition(".")[2]}
                assert not imported & set(pages._NOT_IN_PAGES), path


def test_no_page_defines_a_function_that_another_one_has():
    defined = [
        node.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(defined) == len(set(defined))


def test_parameters_are_described_by_their_cell(project):
    described = pages.describe_parameters(project.source("embeddings"))
    assert described["losses"][0] == ["linear"]
    assert all(meaning for _, meaning in described.values())
    with pytest.raises(BookError, match="no parameter los; it has preset, faces, losses"):
        pages.check_parameters("embeddings", pages.parameters_of(project.source("embeddings")), {"los": "quart"})


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_sources_survive_the_round_trip_and_name_only_the_python3_kernel(source):
    notebook = jupytext.read(source)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert set(notebook.metadata) == {"jupytext", "kernelspec"}
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("parameters") == 1
    assert all("outputs" not in cell or not cell.outputs for cell in notebook.cells)


def test_uniformity_page_knows_its_tests(run):
    facts = headlines(run / "uniformity.ipynb")
    assert 0.035 <= facts["size_sign_flip_lowest"] <= facts["size_sign_flip_highest"] <= 0.065
    assert facts["size_anova_lowest"] > 0.1
    assert facts["power_sign_flip"] > 2 * facts["power_spread_of_each"]
    assert facts["wrongly_flat"] <= 0.05
    # Two networks cannot reject, and the page says so.
    for place in ("whole", "interior"):
        assert facts[f"smallest_pvalue_{place}"] == 0.5
        assert facts[f"pvalue_{place}"] >= 0.5
        assert facts[f"population_pvalue_{place}"] > 0.05  # nor can two of them tell of a population
    assert facts["training_smallest_pvalue"] == pytest.approx(2 / 6)
    text = shown(run / "uniformity.ipynb")
    assert text.count("cannot reject at 5 %") == 3
    for id in ("Q01-curves", "Q01-size", "Q01-power", "Q01-verdict"):
        assert f'<figure class="result" id="{id}">' in text


def test_uniformity_of_a_single_network_on_a_circle(project, tmp_path):
    parameters = {**SMOKE, "loss": "square", "encoding": "circular", "replicates": 1, "angles": 20}
    pages.execute(project, "uniformity", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "uniformity.ipynb")
    assert "Circular encoding, square loss" in text
    assert "each of 19 angles" in text
    assert "One network has no test of flatness" in text
    assert "interior" not in text.lower()
    assert "and networks" not in text.split("Q01-size")[0]
    facts = headlines(tmp_path / "uniformity.ipynb")
    assert "pvalue_whole" not in facts
    assert facts["training_pvalue"] == 1


def test_uniformity_turns_with_its_curves(project, tmp_path):
    """Eight networks that agree about the ends of the range and about nothing else."""
    source = project.source("uniformity").read_text()
    turned = source.replace(
        "networks, others = len(",
        "own = 0.01 * np.random.default_rng(0).normal(size=(4, angles))\n"
        "own -= own[:, np.abs(angle) < 1.45].mean(axis=1, keepdims=True)\n"
        "logs = np.concatenate([own, -own]) - 3.0 * (np.abs(angle) > 1.5)\n"
        "uniform = curves.Measured(\n"
        "    uniform.information[[0] * 8].copy(data=np.exp(logs)),\n"
        "    np.exp(logs + 0.01 * np.random.default_rng(1).normal(size=(200, 1, angles))),\n"
        "    seed,\n"
        ")\n"
        "networks, others = len(",
    ).replace("draws = 10_000", "draws = 500")
    assert turned.count("own = 0.01") == turned.count("draws = 500") == 1
    project.source("turned").write_text(turned)
    try:
        pages.execute(project, "turned", SMOKE, tmp_path, faces_digest="any")
    finally:
        project.source("turned").unlink()
    whole, interior = (
        part.split("\n")[0] for part in shown(tmp_path / "turned.ipynb").split(".** The mean log curve")[1:]
    )
    assert "**Not flat for these faces**" in whole
    assert "**Not flat for the population**" in whole
    assert "flatness is **not rejected**" in interior
    assert "does not stay within" in whole
    assert "**No shared deviation is found**" in interior
    assert "**flat, to within that margin**" in interior
    facts = headlines(tmp_path / "turned.ipynb")
    assert facts["pvalue_interior"] == 1
    assert facts["population_pvalue_whole"] < 0.05 < facts["population_pvalue_interior"]


def test_exponents_page_computes_its_tables(run):
    text = shown(run / "exponents.ipynb")
    assert "| law, β = ½ | 2.00 | 1.60 | 1.33 | 1.00 | 0.67 | 0.40 | −1 | |" in text
    facts = headlines(run / "exponents.ipynb")
    # A slope is kept where a straight line is not rejected only, and there is no line without a 1/α for each loss.
    for word in ("embedding", "decoded", "error", "own"):
        positive = all(facts[f"exponent_{word}_{loss}"] > 0 for loss in LOSSES)
        assert (f"lack_of_fit_p_{word}" in facts) == positive
        assert (f"slope_{word}" in facts) == (positive and facts[f"lack_of_fit_p_{word}"] >= 0.05)
    for figure in ("exponents", "line", "circles", "densities", "cut", "choices"):
        assert f'<figure class="result" id="{figure}">' in text
    assert "nan" not in text.split("</figure>")[-1]


def planted_exponents(project, folder, alpha: str) -> Path:
    """The page, executed with precisions that are a power of the density, ``alpha`` of the order q of the loss."""
    source = project.source("exponents").read_text()
    planted = source.replace(
        '# %% tags=["sweep", "hide-input"]',
        f"""# %%
def planted_precision(code, faces, kind):
    z, rng = code.embeddings, np.random.default_rng(len(kind))
    values = z.isel(face=0, output=0, drop=True).copy()
    for k, (loss, encoding) in enumerate(zip(z["loss"].values, z["encoding"].values, strict=True)):
        density = densities.named("concentrated", "linear" if encoding == "linear" else "circular")
        q = codes.LOSS_ORDERS[loss]
        power = 0.0 if z["density"][k] == "uniform" else {alpha} + 0.01 * rng.normal()
        values[k] = density.pdf(z.angle.values) ** power
    return curves.Precision(values)


curves.precision = planted_precision

# %% tags=["sweep", "hide-input"]""",
        1,
    )
    assert planted != source
    project.source("planted").write_text(planted)
    try:
        pages.execute(project, "planted", {**SMOKE, "replicates": 4}, folder, faces_digest="any")
    finally:
        project.source("planted").unlink()
    return folder / "planted.ipynb"


def test_exponents_page_finds_a_planted_law(project, tmp_path):
    page = planted_exponents(project, tmp_path, "2 / (1 + q)")
    facts, text = headlines(page), shown(page)
    for word in ("embedding", "decoded", "error", "own"):
        assert facts[f"slope_{word}"] == pytest.approx(0.5, abs=0.05)
        assert facts[f"intercept_{word}"] == pytest.approx(0.5, abs=0.05)
        assert facts[f"tau_{word}"] == pytest.approx(-1)
    assert facts["tau_negative_share"] == 1
    assert "the exponents **fall** with the order of the loss" in text
    assert "which holds ½." in text
    assert "So the direction, that exponents fall with the order of the loss, does not hang on the analyst." in text


def test_exponents_page_says_that_exponents_rise_where_they_do(project, tmp_path):
    page = planted_exponents(project, tmp_path, "2 / (5 - q)")
    facts, text = headlines(page), shown(page)
    assert facts["tau_embedding"] == pytest.approx(1)
    assert facts["slope_embedding"] == pytest.approx(-0.5, abs=0.05)
    assert facts["tau_negative_share"] == facts["slope_positive_share"] == 0
    assert "the exponents **rise** with the order of the loss" in text
    assert "exponents **rise** with the order of the loss, against the law" in text


def test_exponents_page_says_what_a_run_lacks(project, tmp_path):
    parameters = {**SMOKE, "losses": ["linear", "square"], "replicates": 1, "angles": 20}
    pages.execute(project, "exponents", parameters, tmp_path, faces_digest="any")
    text = shown(tmp_path / "exponents.ipynb")
    assert "Comparing losses needs three of them" in text
    assert "With one network a condition there are none" in text
    assert "Q10" not in text
    assert "slope_embedding" not in headlines(tmp_path / "exponents.ipynb")


def test_estimators_page_finds_what_must_hold(run):
    facts = headlines(run / "estimators.ipynb")
    # On codes whose information is known.
    assert abs(facts["bias_paired"]) < 0.02
    assert 0.1 < facts["bias_plug_in_20"] < 0.3  # (n − 1)/(n − d − 2) − 1 is 0.19, and noise of the mean adds
    assert 0.93 <= facts["coverage_lowest"] <= facts["coverage_highest"] <= 0.97
    assert facts["coverage_faces"] < facts["coverage_people"] - 0.1
    assert facts["lda_to_truth"] < 1
    assert facts["independent_on_pairs"] < 0  # the original correction takes off noise that is not there
    assert abs(facts["paired_on_pairs"] - 1) < 0.05
    assert abs(facts["paired_on_independent"] - 1) < 0.05
    assert facts["published_naive"] > 3  # the published formula has 4.1 with 50 trials of 50 neurons
    assert facts["published_errors_away"] < 4
    # On networks.
    assert facts["unevenness_concentrated"] > 3 * facts["unevenness_pixels"]
    assert facts["total_uniform"] > facts["total_untrained"]
    assert abs(facts["grid_total_change"]) < 0.02
    assert facts["step_change_halved"] < 0.2
    assert facts["few_people_inflation"] > 1  # what few people have in common is not counted as scatter
    assert {f"held_out_ratio_{loss}_{people}" for loss in codes.LOSSES for people in ("validation", "test")} <= set(
        facts
    )
    assert all(abs(facts[f"peak_bias_wishart_{loss}"]) < 0.2 for loss in codes.LOSSES)
    assert all(0 < facts[f"people_error_{loss}"] < 1 for loss in codes.LOSSES)
    text = re.sub('data:[^"]+', "", shown(run / "estimators.ipynb"))  # a picture may spell anything
    for id in (
        "Q02-coverage", "Q02-null", "Q02-people", "Q02-step", "Q03-all", "Q03-independent", "Q03-tournament",
        "Q04-peak", "Q06-grids", "Q07-exponents", "Q07-shape", "Q13-saturation", "Q16-error",
        "bias", "published",
    ):  # fmt: skip
        assert f'<figure class="result" id="{id}">' in text
    assert "nan" not in text
    assert "people, not photographs, must be counted" in text


def test_estimators_of_one_network_and_one_loss_read_correctly(project, tmp_path):
    parameters = {**SMOKE, "losses": ["sqrt"], "replicates": 1, "angles": 20, "draws": 20}
    pages.execute(project, "estimators", parameters, tmp_path, faces_digest="any")
    text = re.sub('data:[^"]+', "", shown(tmp_path / "estimators.ipynb"))
    assert "1 network of each loss (sqrt)" in text
    assert "One loss has nothing to be compared with" in text
    assert "one network, no interval" in text
    assert "and networks; " not in text
    assert "clear of zero" not in text.lower()
    assert "linear loss" not in text
    assert "nan" not in text


def test_dynamics_page_finds_what_training_does(run):
    facts = headlines(run / "dynamics.ipynb")
    for loss in ("log", "linear", "quart"):
        assert facts[f"range_growth_{loss}"] > 0.5
        assert facts[f"explained_by_p_{loss}"] <= 1
    assert facts["explained_by_p_linear"] > facts["explained_by_slope_linear"]
    assert abs(facts["layer_before_60"]) < 0.3  # nothing in first weights knows of the density
    assert facts["layer_after_embedding"] > facts["layer_before_embedding"]
    assert pages.results(run / "dynamics.ipynb") == dict.fromkeys(
        ("time", "layers", "strangers", "progress", "Q15"), True
    )
    judged = pages.judgements(run / "dynamics.ipynb")
    assert {"time-range", "time-above", "Q17-strangers", "Q15", "layers", "parting"} <= set(judged)
    assert "one network" not in str(judged).lower()
    # Linear goes furthest here, and nothing is left of its lead where it had got only as far as quart.
    for where in ("training", "people"):
        ahead, equal = facts[f"lead_{where}_linear_quart"], facts[f"lead_at_equal_range_{where}_linear_quart"]
        assert ahead > 1
        assert abs(equal) < ahead / 4


def test_dynamics_page_of_one_loss_and_network_reads_correctly(project, tmp_path):
    parameters = {**SMOKE, "losses": ["sqrt"], "replicates": 1}
    pages.execute(project, "dynamics", parameters, tmp_path, faces_digest="any")
    notebook = tmp_path / "dynamics.ipynb"
    there = {"time": True, "strangers": True, "Q15": True, "layers": False, "progress": False}
    assert pages.results(notebook) == there
    assert "log and quart and linear among the losses" in shown(notebook)
    judged = pages.judgements(notebook)
    assert {one["agreement"] for one in judged.values()} == {"undecided"}
    assert set(judged) == {"time-range", "time-above", "time-drift", "Q17-strangers", "Q15"}
    assert not re.search(r"\b(nan|inf)\b", said(notebook))


def test_generality_page_compares_each_variant(run):
    facts = headlines(run / "generality.ipynb")
    assert all(facts[name] > 0 for name in facts if name.startswith("share_") and "gain" not in name)
    names = ("as_in_the_book", "ReLU", "convolutional", "textures", "sketch_10_people", "sketch_40_people")
    for name in names:
        assert np.isfinite(facts[f"exponent_{name}_linear"])
    # The book's own faces are these 40 people in a run on sketch faces, but for rounding of their pixels.
    assert facts["exponent_as_in_the_book_quart"] == pytest.approx(facts["exponent_sketch_40_people_quart"], rel=0.1)
    assert facts["exponent_as_in_the_book_linear"] != facts["exponent_a_quarter_of_the_units_linear"]
    text = shown(run / "generality.ipynb")
    assert pages.results(run / "generality.ipynb") == dict.fromkeys(("variants", "shares", "Q17", "crowd", "Q08"), True)
    judged = pages.judgements(run / "generality.ipynb")
    assert {"variants", "Q17", "cells", "cells-training", "crowd-small", "crowd-large", "Q08"} <= set(judged)
    # Eight cells; one of them is the crowd's own training, at the same people never seen.
    assert 0 <= facts["cells_linear_above_quart"] + facts["cells_linear_below_quart"] <= 8
    for clip in ("clipped", "not clipped"):
        assert len(re.findall(rf'<th scope="row">{clip}, [\d,]+ pairs, (?:narrow|broad)</th>', text)) == 4
    assert "one in twenty would miss by chance" in text


def test_generality_page_of_one_loss_and_network_reads_correctly(project, tmp_path):
    parameters = {**SMOKE, "losses": ["sqrt"], "people": [10], "replicates": 1}
    pages.execute(project, "generality", parameters, tmp_path, faces_digest="any")
    notebook = tmp_path / "generality.ipynb"
    assert set(pages.results(notebook)) == {"variants", "shares", "Q17", "crowd", "Q08"}
    judged = pages.judgements(notebook)
    assert {one["agreement"] for one in judged.values()} == {"undecided"}
    assert "variants" not in judged  # it compares two losses
    assert not re.search(r"\b(nan|inf)\b", said(notebook))


def test_reseeding_page_keeps_the_findings_of_the_introduction(run, built):
    facts = headlines(run / "reseeding.ipynb")
    text = shown(run / "reseeding.ipynb")
    kept = pages.findings(run / "reseeding.ipynb")
    assert len(kept) == 9
    front = (built / "intro.html").read_text()
    for words, told in kept.items():
        assert f"| {words} | " in text
        assert f"<p>{words}.</p>" in front
        assert told["measured"] in text
        assert told["measured"] in front
    assert sum("never seen" in words for words in kept) == 3
    counts = [facts[f"conclusions_that_{what}"] for what in ("hold", "fail", "change_sign")]
    assert sum(counts) == len(kept)


def test_the_introduction_says_where_a_build_has_no_findings(run):
    assert "lacks the page `reseeding`" in book._findings({})
    assert "lacks the page `reseeding`" in book._findings({"reseeding": run / "embeddings.ipynb"})
    assert book._findings({"reseeding": run / "reseeding.ipynb"}).count("reseeding.ipynb#conclusions") == 9


def test_reseeding_page_says_where_a_conclusion_turns(project, tmp_path):
    source = project.source("reseeding")
    before = source.read_text()
    turned = before.replace(
        "numbers = {seed: numbers_of(sweep) for seed, sweep in sweeps.items()}",
        "numbers = {seed: numbers_of(sweep) for seed, sweep in sweeps.items()}\n"
        "for loss in order:\n    for seed, sign in zip(seeds, (1, -1), strict=True):\n"
        "        numbers[seed]['alpha seen', loss] = numbers[seed]['alpha seen', loss].map(lambda of: sign * abs(of))",
    )
    assert turned != before
    try:
        source.write_text(turned)
        pages.execute(project, "reseeding", {**SMOKE, "seeds": [0, 1]}, tmp_path, faces_digest="any")
    finally:
        source.write_text(before)
    text = shown(tmp_path / "reseeding.ipynb")
    assert "change sign**" in text
    assert "most frequent | α of the linear loss |" in text
    assert headlines(tmp_path / "reseeding.ipynb")["conclusions_that_change_sign"] >= 1


def test_reseeding_page_needs_two_seeds(project, tmp_path):
    with pytest.raises(BookError, match=r"seeds must name at least two seeds, such as \[0, 1\]; got \[3\]"):
        pages.execute(project, "reseeding", {**SMOKE, "seeds": [3]}, tmp_path, faces_digest="any")


def test_budget_page_says_of_each_channel_whether_it_is_inside_the_window(run):
    notebook = run / "budget.ipynb"
    facts = headlines(notebook)
    assert facts["law_log"] == pytest.approx(2)
    assert facts["losses_shown"] == 3
    # A few hundred steps do not bring a channel into the window: the law is neither confirmed nor refuted.
    assert facts["inside_never_seen"] == facts["inside_seen"] == 0
    judged = pages.judgements(notebook)
    assert judged["budget-law"]["agreement"] == judged["budget-law-seen"]["agreement"] == "undecided"
