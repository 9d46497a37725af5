"""Whatever a public function is given: a clean result, or a sentence of ours that says what was wanted and what came.

The table has a small call that is right for every public function that takes data. Each of its arguments is damaged in
all the ways that apply to it. A function that is added has to be put into the table, or into the list of those that are
left out, with the reason.
"""

import ast
import dataclasses
import inspect
import itertools
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jaxtyping
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import torch
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fisherkit
from fisherkit import (
    adaptation,
    alignment,
    architecture,
    bias,
    bins,
    channel,
    clouds,
    codes,
    cost,
    course,
    curves,
    densities,
    error_shape,
    estimate,
    estimators,
    experiments,
    faces,
    fisher,
    flatness,
    known,
    losses,
    photographs,
    presets,
    readout,
    recordings,
    rounding,
    shape,
    simulations,
    sketch,
    spikes,
    stats,
    strangers,
    textures,
    theory,
)
from fisherkit.checks import BookError
from fisherkit.curves import Measured, Precision
from fisherkit.estimate import Estimate
from fisherkit.faces import Faces

PACKAGE = Path(fisherkit.__file__).resolve().parent

#: Modules whose functions take data, numbers or names from outside.
MODULES = (
    adaptation, alignment, architecture, bias, bins, channel, clouds, codes, cost, course, curves, densities,
    error_shape, estimate, estimators, experiments, faces, fisher, flatness, known, losses, photographs, presets,
    readout, recordings, rounding, shape, simulations, sketch, spikes, stats, strangers, textures, theory,
)  # fmt: skip

#: Public, and not in the table: why.
LEFT_OUT = {
    "what the package's own functions give": (
        "estimate.Inferred estimate.Comparison estimate.Between stats.Band stats.CurveTest stats.Equivalence "
        "stats.OrderLine stats.OrderTest stats.Interval bias.BiasLaw error_shape.ErrorShape simulations.Simulated "
        "simulations.Twin strangers.Strangers channel.Responses estimators.SingularCovarianceError "
        "faces.DamagedFacesError densities.Density"
    ),
    "arithmetic that others are made of, which check first": (
        "estimators.sums_by_person estimators.groups_of_people estimators.wishart_factor estimators.sample_covariance "
        "estimators.cholesky estimators.solve_lower estimators.whitened estimators.numbered_people estimate.jackknife "
        "codes.wrap losses.column faces.disc faces.divided faces.rotation_operator architecture.input_pixels "
        "presets.full_width known.latent_moments fisher.coordinates curves.networks_with curves.label_of"
    ),
    "takes nothing": "theory.exponent_table presets.preset_table faces.olivetti_cache",
    "needs trained networks, whose preset and conditions were checked when the sweep was made": (
        "adaptation.TuningStudy channel.respond experiments.Sweep experiments.checkpoint_of experiments.stored_models "
        "losses.Objective channel.ChannelObjective"
    ),
    "reads places, whose own tests are in test_photographs.py and test_faces.py": (
        "photographs.content_digest photographs.read_photographs faces.own_place faces.source_name"
    ),
}

ANGLE = np.linspace(-1.2, 1.2, 7)
PERSON = np.repeat(np.arange(4), 3)
NORMAL = densities.Normal(0.2, 0.5)
P = NORMAL.pdf(ANGLE)
ON_ENCODING = ("linear", "linear")


@cache
def made() -> SimpleNamespace:
    """Small things that are right: a code of 2 networks, 7 angles, 12 faces of 4 people, and what is made of it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 1, 12, 2))
    slope = np.sqrt(P)[:, None, None] * 9
    z = ANGLE[:, None, None] + 0.2 * x + 0.02 * rng.normal(size=(2, 7, 12, 2))
    t = slope * np.array([1.0, 1.2]) + 0.1 * rng.normal(size=(2, 7, 12, 2))
    names = {"encoding": ON_ENCODING, "loss": ("linear", "quart"), "density": ("concentrated", "concentrated"),
             "order": (1.0, 4.0), "number": (0, 0)}  # fmt: skip
    plain = fisher.code_of(z, t, ANGLE)
    labelled = {name: ("replicate", list(of)) for name, of in names.items()}
    code = fisher.Code(*(of.assign_coords(labelled) for of in (plain.embeddings, plain.tangents)))
    images = rng.uniform(0.1, 0.9, size=(12, 8, 8)).astype(np.float32)
    shown = Faces(images, PERSON, np.full(12, "train"), "mine")
    information = np.exp(rng.normal(size=(2, 7)) * 0.1) * P * 10
    drawn = information * np.exp(rng.normal(size=(20, 2, 7)) * 0.1)
    left = information * np.exp(rng.normal(size=(4, 2, 7)) * 0.05)
    like = code.embeddings.isel(face=0, output=0, drop=True)
    values = like.copy(data=information).rename("information")
    measured = Measured(values, drawn, 0, {"people": left}, Precision(values, {"people": left}))
    estimates = [Estimate(rng.normal(2 / (1 + q), 0.02, size=3), {"people": rng.normal(2 / (1 + q), 0.01, size=(4, 3))})
                 for q in (0, 1, 2, 4)]  # fmt: skip
    return SimpleNamespace(
        rng=rng, z=z, t=t, code=code, faces=shown, images=images, information=information, drawn=drawn, left=left,
        precision=Precision(values, {"people": left}), measured=measured, estimates=estimates,
        errors=0.1 * rng.normal(size=(2, 7, 12)), positive=information[0], cloud=z[0, 0],
        known=known.random_code(2, seed=1), binned=densities.Binned((0.2, 0.3, 0.1, 0.4), -1.3, 1.3),
    )  # fmt: skip


def encoder(images: Any) -> Any:
    """Two numbers of an image: what any encoder may be."""
    flat = torch.as_tensor(images).flatten(1)
    return torch.stack([flat[:, :30].mean(dim=1), flat[:, 20:].mean(dim=1)], dim=-1)


def mean_of_curve(values: np.ndarray) -> np.ndarray:
    """A number of a curve."""
    return values.mean(axis=-1)


def by_loss() -> xr.DataArray:
    """Information of three losses, one network each."""
    m = made()
    rows = np.stack([m.positive**power for power in (1.0, 0.7, 0.4)])
    coordinates = {"angle": ANGLE, "loss": ("replicate", ["log", "linear", "quart"])}
    return xr.DataArray(rows, dims=("replicate", "angle"), coords=coordinates)


@dataclasses.dataclass(frozen=True)
class Call:
    """A public function, and arguments that are right.

    Attributes
    ----------
    of : the function.
    right : its arguments, by name.
    nan : where its documentation says that NaN or infinity means something: what.
    wrong : argument -> further values, each of which must be refused.
    legal : "argument: damage" that is none here -> why.
    """

    of: Callable[..., Any]
    right: dict[str, Any]
    nan: str = ""
    wrong: Mapping[str, list[Any]] = dataclasses.field(default_factory=dict)
    legal: Mapping[str, str] = dataclasses.field(default_factory=dict)


def calls() -> Iterator[Call]:
    """A small call that is right, for every public function that takes data."""
    m = made()
    samples = {"embeddings": m.z, "tangents": m.t}
    of_one = {"embeddings": m.cloud, "tangents": m.t[0, 0]}
    person = {"person": PERSON}
    sides = {"below": m.z - 0.01 * m.t, "above": m.z + 0.01 * m.t, "step": 0.01}
    curve = {"values": m.information, "angle": ANGLE}
    shown = {"code": m.code, "faces": m.faces}
    flat, negative = np.ones((2, 7, 12, 2)), -m.information
    some = np.abs(ANGLE) < 1
    texts = {"person: list of texts": "people may have names"}
    fewer = {"angles: cut": "fewer angles are angles"}

    yield Call(fisher.code_of, {**samples, "angles": ANGLE})
    for function in (fisher.embed, fisher.embed_with_tangents):
        yield Call(
            function,
            {"encoder": encoder, "images": m.images, "angles": ANGLE, "interpolation": "bilinear"},
            legal=fewer,
        )
    yield Call(
        fisher.fisher_curve,
        {
            "encoder": encoder,
            "images": m.images,
            "angles": ANGLE,
            "estimator": "paired",
            "person": PERSON,
            "step": 0.05,
        },
        legal={**texts, **fewer},
    )
    yield Call(fisher.information, {"code": m.code, "estimator": "paired", "person": PERSON, "step": 0.05}, legal=texts)

    yield Call(
        estimators.linear_fisher,
        {**samples, "correction": "paired", **person},
        wrong={"embeddings": [flat]},
        legal=texts,
    )
    yield Call(
        estimators.linear_fisher_without,
        {**samples, **person, "correction": "paired"},
        wrong={"embeddings": [flat]},
        legal=texts,
    )
    yield Call(estimators.mean_without, {"values": m.errors, **person}, legal=texts)
    yield Call(
        estimators.decoded_fisher,
        {**samples, "encoding": "linear", "correction": "paired", **person},
        wrong={"embeddings": [flat]},
        legal=texts,
    )
    yield Call(
        estimators.decoded_fisher_without,
        {**samples, **person, "encoding": "circular", "correction": "wishart"},
        wrong={"embeddings": [flat]},
        legal=texts,
    )
    yield Call(estimators.condition_number, {"embeddings": m.z}, nan="infinite where the covariance is singular")
    for function in (
        estimators.variance_along_tangent,
        estimators.gaussian_fisher,
        estimators.shrinkage_fisher,
        estimators.robust_fisher,
    ):
        yield Call(function, samples, wrong={"embeddings": [flat]})
    yield Call(estimators.shrinkage_fisher_without, {**samples, **person}, wrong={"embeddings": [flat]}, legal=texts)
    yield Call(estimators.independent_trials_fisher, sides, wrong={"step": [0.0, -0.1]})
    yield Call(
        estimators.independent_trials_variance,
        {"information": m.information, "trials": 20, "dimensions": 2, "step": 0.01},
        wrong={"information": [negative], "trials": [0], "dimensions": [0], "step": [0.0, -0.1]},
    )
    ten = {
        "below": np.repeat(m.z[0, 0] - 0.01 * m.t[0, 0], 2, axis=0),
        "above": np.repeat(m.z[0, 0] + 0.01 * m.t[0, 0], 2, axis=0),
    }
    yield Call(
        estimators.discriminability,
        {**ten, "person": np.repeat(np.arange(6), 4), "step": 0.01, "decoder": "lda"},
        wrong={"step": [0.0, -0.1]},
        legal=texts,
    )
    yield Call(estimators.spanning_tree_fisher, {**of_one, **person, "seed": 0}, legal=texts)
    yield Call(
        estimators.named_estimate,
        {"estimator": "paired", **samples, "encoding": "linear", **person, "step": 0.05},
        legal=texts,
    )

    yield Call(
        Estimate,
        {"values": m.estimates[0].values, "without": m.estimates[0].without, "confidence": 0.95},
        wrong={"confidence": [0.0, 1.0, 95.0]},
    )
    yield Call(estimate.joined, {"estimates": m.estimates})
    yield Call(estimate.mean_of, {"estimates": m.estimates})
    yield Call(
        estimate.ratio_of_means,
        {"numerator": m.estimates[0], "denominator": m.estimates[1]},
        wrong={"denominator": [Estimate(np.zeros(3))]},
    )
    cells = dict(zip(itertools.product("ab", "xy"), m.estimates, strict=True))
    yield Call(estimate.main_effects, {"cells": cells}, wrong={"cells": [dict(list(cells.items())[:3])]})
    yield Call(
        lambda estimates, x: estimate.share_on_side(estimates, "above", x=x),
        {"estimates": m.estimates, "x": 0.5},
        nan="no interval",
    )
    yield Call(estimate.surest, {"numbers": dict(zip("abcd", m.estimates, strict=True))}, nan="no interval")
    yield Call(
        estimate.surest_difference,
        {"numbers": dict(zip("abcd", m.estimates, strict=True))},
        nan="no interval",
        wrong={"numbers": [{"a": m.estimates[0]}]},
    )

    boot = {"draws": 5, "seed": 0}
    yield Call(
        stats.bootstrap_people, {**samples, **person, **boot}, wrong={"embeddings": [flat], "draws": [0]}, legal=texts
    )
    yield Call(stats.bootstrap_mean, {"values": m.errors, **person, **boot}, wrong={"draws": [0]}, legal=texts)
    yield Call(stats.mean_over_replicates, {"draws": m.drawn, "seed": 0})
    yield Call(
        stats.simultaneous_band,
        {"estimate": m.positive, "draws": m.drawn[:, 0], "confidence": 0.95},
        wrong={"confidence": [0.0, 1.0, 95.0], "draws": [m.drawn[:1, 0]]},
    )
    yield Call(
        stats.centred_logs,
        {"information": m.information, "level": some},
        wrong={"information": [negative], "level": [~some & some]},
    )
    yield Call(
        stats.band_of_mean,
        {
            "lines": m.information,
            "draws": m.drawn,
            "against": (m.information, m.drawn),
            "paired": True,
            "confidence": 0.95,
            "seed": 0,
        },
        wrong={
            "confidence": [0.0, 1.0],
            "lines": [negative],
            "draws": [m.drawn[:1]],
            "against": [(m.information[:1], m.drawn[:, :1])],
        },
    )
    yield Call(stats.flatness_test, {"information": m.information, **boot}, wrong={"information": [negative]})
    yield Call(
        stats.population_flatness_test,
        {"information": m.information, "draws": m.drawn, "seed": 0},
        wrong={"information": [negative], "draws": [m.drawn[:1]]},
    )
    yield Call(
        stats.label_permutation_test, {"a": m.information, "b": 2 * m.information, **boot}, wrong={"a": [negative]}
    )
    yield Call(
        stats.equivalence_to_flat,
        {"information": m.information, "draws": m.drawn, "margin": 0.1, "confidence": 0.95, "level": some, "seed": 0},
        wrong={
            "margin": [0.0, 2.0],
            "confidence": [0.0, 1.0],
            "information": [negative],
            "draws": [m.drawn[:1]],
            "level": [~some & some],
        },
    )
    yield Call(
        stats.fit_exponent,
        {
            "information": m.information,
            "density": P,
            "without": {"people": m.left},
            "variance": "square",
            "confidence": 0.95,
        },
        wrong={"density": [-P, np.ones(7)], "confidence": [0.0, 1.0]},
    )
    yield Call(
        stats.fit_exponent_with_floor,
        {"information": m.positive, "density": P},
        wrong={"density": [-P, np.ones(7)], "information": [-m.positive]},
    )
    yield Call(
        stats.fit_order_line,
        {"exponents": m.estimates, "orders": [0, 1, 2, 4]},
        nan="one network has no lack of fit",
        wrong={"orders": [[0, 1, 2], [1, 1, 1, 1]]},
    )
    yield Call(
        stats.order_test,
        {"exponents": m.estimates, "orders": [0, 1, 2, 4]},
        wrong={"orders": [[0, 1, 2], [1, 1, 1, 1]]},
    )
    yield Call(
        stats.information_interval,
        {**samples, **person, "confidence": 0.95},
        wrong={"confidence": [0.0, 1.0], "embeddings": [flat]},
        legal=texts,
    )
    yield Call(
        stats.independent_trials_interval,
        {"below": sides["below"][0], "above": sides["above"][0], "step": 0.01, "confidence": 0.95},
        wrong={"confidence": [0.0, 1.0], "step": [0.0, -0.1]},
    )

    for function in (
        curves.information,
        curves.normalised_information,
        curves.root,
        curves.normalised_root,
        curves.mean_squared_error,
    ):
        yield Call(function, curve)
    yield Call(curves.Precision, {"values": m.precision.values, "without": {"people": m.left}})
    yield Call(
        curves.Measured,
        {"information": m.measured.information, "draws": m.drawn, "seed": 0, "without": {"people": m.left}},
    )
    yield Call(
        curves.number_of, {"faces": m.faces, "function": lambda of: of.mean(axis=(1, 2)), "arrays": m.errors}, legal={}
    )
    yield Call(curves.precision, {**shown, "kind": "own order"})
    yield Call(curves.positive_information, shown)
    yield Call(curves.own_orders, {"embeddings": m.code.embeddings})
    yield Call(curves.measure, {"encoder": encoder, "faces": m.faces, "angles": ANGLE, **boot}, wrong={"draws": [0]})
    yield Call(curves.measured_of, {**shown, **boot}, wrong={"draws": [0]})
    yield Call(
        curves.achieved_precision,
        {"embeddings": m.code.embeddings, **person, **boot},
        wrong={"draws": [0]},
        legal=texts,
    )
    two = {"numerator": m.measured, "denominator": m.measured}
    yield Call(curves.ratio_band, {**two, "transform": curves.root})
    yield Call(curves.ratio_of_means, {**two, "function": mean_of_curve, "seed": 0}, nan="one network has no interval")
    yield Call(
        curves.told_apart,
        {"first": m.measured, "second": m.measured, "transform": curves.root, "where": some},
        wrong={"where": [~some & some]},
    )
    yield Call(curves.common_angles, {"density": NORMAL, "angle": ANGLE, "share": 0.1})
    yield Call(curves.inner_angles, {"angle": ANGLE, "margin": 0.1})
    yield Call(curves.peaks_on_circle, {"line": np.cos(2 * np.linspace(-np.pi, np.pi, 9)), "prominence": 0.1})
    yield Call(curves.exponent, {"measured": m.measured, "density": NORMAL})
    yield Call(curves.exponent_of, {"precision": m.precision, "density": NORMAL, "share": 0.1, "shape": m.positive})
    yield Call(curves.rank_correlation, {"first": m.precision, "second": m.precision, "where": some})
    yield Call(curves.exponents_with_floor, {"information": m.precision, "density": NORMAL, "share": 0.1})
    yield Call(
        curves.orders_by_choice,
        {
            "networks": by_loss(),
            "flat": by_loss(),
            "density": NORMAL,
            "orders": {"log": 0.0, "linear": 1.0, "quart": 4.0},
        },
        nan="a loss has no exponent there",
    )
    yield Call(
        curves.refined,
        {"values": np.linspace(0, 1, 9) ** 2, "start": np.array([0, 4, 8]), "count": 5},
        wrong={"count": [0, 100], "start": [np.array([0, 4, 20]), np.array([8, 4, 0])]},
        legal={"start: cut": "fewer to begin with"},
    )
    yield Call(curves.power_of_density, {"density": NORMAL, "exponent": 0.5, "angle": ANGLE})
    yield Call(curves.errors, {"embeddings": m.code.embeddings})
    yield Call(
        curves.error_precision, {"embeddings": m.code.embeddings, "order": 2.0}, wrong={"order": [-1.0, np.ones(3)]}
    )
    yield Call(
        curves.error_precision_without,
        {"embeddings": m.code.embeddings, **person, "order": 2.0},
        wrong={"order": [-1.0]},
        legal=texts,
    )

    yield Call(
        shape.discriminable_range, {"information": m.information, "angle": ANGLE}, wrong={"information": [negative]}
    )
    yield Call(
        shape.distance_from_power,
        {"information": m.information, "density": P, "exponent": 0.5},
        wrong={"information": [negative], "density": [-P]},
    )
    yield Call(
        shape.distance_from_own_power,
        {"information": m.information, "density": P},
        wrong={"information": [negative], "density": [-P]},
    )
    for function in (shape.root_by_power, shape.share_explained):
        yield Call(
            function,
            {"information": m.information, "regressor": P},
            wrong={"information": [negative], "regressor": [-P]},
        )

    for function in (
        clouds.size,
        clouds.median_offset,
        clouds.principal_axes,
        clouds.covariance_factor,
        clouds.principal_scores,
    ):
        yield Call(function, {"points": m.z}, wrong={"points": [] if function is clouds.size else [flat]})
    yield Call(clouds.share_inside, {"points": m.z, "deviations": 2.0}, wrong={"points": [flat], "deviations": [-1.0]})
    yield Call(clouds.sensitivity, {"values": m.errors}, wrong={"values": [np.ones((7, 12))]})
    yield Call(clouds.degrees_between, {"first": m.cloud, "second": m.cloud + 1}, wrong={"first": [np.zeros((12, 2))]})
    yield Call(clouds.turning_angles, {"path": m.cloud}, wrong={"path": [np.ones((12, 2)), m.cloud[:2]]})
    yield Call(
        alignment.cloud_shape,
        {"covariance": np.diag([2.0, 1.0]), "motion": np.array([1.0, 0.3])},
        wrong={
            "motion": [np.zeros(2)],
            "covariance": [-np.eye(2), np.ones((2, 2)), np.array([[1.0, 0.9], [0.2, 1.0]])],
        },
    )
    yield Call(alignment.cloud_shapes, shown)
    yield Call(readout.log_terms, shown)
    yield Call(
        error_shape.error_shape,
        {"errors": m.errors, "density": P, "faces": m.faces},
        wrong={"density": [-P, np.ones(7)], "errors": [np.zeros((2, 7, 12))]},
    )
    yield Call(
        spikes.find_spikes,
        {"measured": m.measured, "dips": False, "factor": 2.0, "widest": 0.5},
        wrong={"factor": [1.0, 0.5], "widest": [0.0, -1.0]},
    )
    yield Call(
        rounding.fisher_by_inverse, of_one, nan="single precision overflows: how not to do it",
        wrong={"embeddings": [np.ones((12, 2))]},
    )  # fmt: skip
    yield Call(rounding.squeeze, {**of_one, "factor": 0.5}, wrong={"factor": [0.0]})
    yield Call(
        rounding.thinning,
        {**of_one, "factors": np.array([1.0, 0.5])},
        nan="double: refused as singular",
        wrong={"factors": [np.array([0.0])]},
        legal={"factors: cut": "fewer factors"},
    )

    yield Call(
        bias.threshold_slope,
        {"information": m.information, "angle": ANGLE},
        wrong={"information": [negative], "angle": [np.ones(7)]},
    )
    yield Call(
        bias.bias_slope, {"bias": m.information, "predictor": 2 + m.information}, wrong={"bias": [np.ones((2, 7))]}
    )
    yield Call(
        bias.bias_law,
        {
            "errors": m.errors,
            "angle": ANGLE,
            **person,
            "label": "people",
            "information": m.information,
            "without": m.left,
            "where": some,
        },
        wrong={"angle": [np.ones(7)], "where": [~some & some]},
        legal={**texts, "label: nonsense": "any label", "label: ": "any label"},
    )
    yield Call(bins.interior, {"angle": ANGLE})
    m_binned = {"concentrated": m.binned}
    one = m.precision.first(1)
    yield Call(bins.exponents, {"precision": one, "densities": m_binned, "share": 0.1})
    yield Call(bins.scatter, {"precision": one, "densities": m_binned})
    for function in (adaptation.adaptation, adaptation.off_the_line):
        yield Call(
            function,
            {"before": m.positive, "after": m.positive**2, "now": m.positive**1.5},
            wrong={"after": [m.positive]},
        )
    growing = {1: m.estimates[0], 2: m.estimates[1]}
    yield Call(
        course.Course,
        {"by_epoch": growing},
        wrong={
            "by_epoch": [
                {1: m.estimates[0]},
                {2: m.estimates[0], 1: m.estimates[1]},
                {"a": m.estimates[0], "b": m.estimates[0]},
            ]
        },
    )
    responses = m.rng.poisson(9, size=(5, 20, 3)) + 0.0
    for function in (recordings.recorded_information, recordings.recorded_interval):
        more = {"confidence": 0.95} if function is recordings.recorded_interval else {}
        yield Call(
            function,
            {"responses": responses, "stimuli": np.arange(5.0), **more},
            wrong={"stimuli": [np.ones(5)], "responses": [np.ones((5, 20, 3))]},
            legal={"responses: cut": "fewer neurons"},
        )

    logs = 0.1 * m.rng.normal(size=(3, 4, 7))
    yield Call(
        flatness.smooth_logs,
        {"angle": ANGLE, "length": 0.5, "sets": 3, "networks": 2, "seed": 0},
        wrong={"length": [0.0, -1.0], "sets": [0], "networks": [0]},
    )
    yield Call(flatness.unit_shape, {"shape": m.positive}, wrong={"shape": [np.ones(7)]})
    yield Call(flatness.evidence, {"logs": logs})
    yield Call(flatness.attainable_size, {"networks": 8, "level": 0.05}, wrong={"networks": [1], "level": [0.0, 2.0]})
    yield Call(flatness.critical_values, {"flat": logs, "size": 0.05}, wrong={"size": [-1.0, 2.0]})
    critical = flatness.critical_values(logs, 0.05)
    yield Call(flatness.nominal, {"critical": critical, "level": 0.05}, wrong={"level": [-1.0, 2.0]})
    yield Call(flatness.shares_found, {"logs": logs, "critical": critical}, wrong={"critical": [{"sign-flip": 1.0}]})
    yield Call(
        flatness.correlation_length,
        {"information": m.information, "step": 0.4},
        nan="one network, or no fall within the range",
        wrong={"step": [0.0, -1.0]},
    )

    yield Call(theory.predicted_exponent, {"q": 1.0, "budget": 0.5}, wrong={"q": [-1.0], "budget": [0.0, -1.0]})
    yield Call(theory.predicted_bias_slope, {"q": 1.0, "exponent": 0.5}, wrong={"q": [-1.0], "exponent": [0.0, -1.0]})
    yield Call(theory.normal_moment, {"q": 1.0}, wrong={"q": [0.0, -1.0, 1e9]})

    ends = {"low": -1.0, "high": 1.0}
    yield Call(densities.Uniform, ends, wrong={"high": [-1.0, -2.0]})
    yield Call(densities.Normal, {"mean": 0.0, "standard_deviation": 0.2}, wrong={"standard_deviation": [0.0, -1.0]})
    yield Call(densities.VonMises, {"mean": 0.0, "concentration": 1.0}, wrong={"concentration": [0.0, -1.0]})
    yield Call(
        densities.Bimodal,
        {"first_mean": 0.0, "second_mean": 1.0, "standard_deviation": 0.2},
        wrong={"standard_deviation": [0.0, -1.0]},
    )
    yield Call(densities.Reciprocal, {"pole": -2.0, **ends}, wrong={"pole": [-1.0, 3.0], "high": [-1.0]})
    yield Call(densities.HyperbolicSecant, {"scale": 1.0, **ends}, wrong={"scale": [0.0, -1.0], "high": [-1.0]})
    yield Call(
        densities.Binned,
        {"probabilities": (0.5, 0.5), **ends},
        wrong={"probabilities": [(0.5, 0.6), (-0.5, 1.5), (), (np.nan, 1.0)], "high": [-1.0]},
    )
    yield Call(
        densities.OfSciPy,
        {"distribution": "norm", "arguments": (0.0, 1.0), "named_arguments": ()},
        wrong={"distribution": ["nonsense", "poisson"], "arguments": [(0.0, -1.0), (np.nan,)]},
    )
    yield Call(
        densities.Tabulated,
        {"values": (1.0, 2.0, 1.0), **ends},
        wrong={"values": [(1.0, -2.0, 1.0), (0.0, 0.0, 0.0), (1.0, np.nan, 1.0), (1.0,)]},
    )
    yield Call(
        densities.of_scipy,
        {"frozen": scipy.stats.norm(0.5, 0.3)},
        wrong={"frozen": [scipy.stats.poisson(3), scipy.stats.norm(0.5, -1), scipy.stats.norm, 7]},
    )
    yield Call(
        densities.of_function,
        {"function": np.cosh, **ends},
        wrong={
            "function": [
                lambda theta: theta * np.nan,
                lambda theta: -1.0 + 0 * theta,
                lambda theta: "text",
                lambda theta: theta[:3],
                lambda: 3.0,
            ],
            "high": [-1.0],
        },
    )
    yield Call(
        densities.as_density,
        {"given": NORMAL, "domain": "linear", "reach": (-1.0, 1.0)},
        wrong={"given": ["nonsense", scipy.stats.poisson(3)]},
    )
    yield Call(
        densities.by_name,
        {"densities": {"narrow": NORMAL}},
        wrong={"densities": [{}, [NORMAL, NORMAL], {"uniform": NORMAL}]},
        legal={"densities: of texts": "names, looked up where the range is known"},
    )
    yield Call(densities.dirichlet_binned, {"bins": 4, "seed": 0, **ends}, wrong={"bins": [0], "high": [-1.0]})
    yield Call(densities.named, {"name": "uniform", "domain": "linear"})
    yield Call(densities.normalised, {"values": m.information, "angles": ANGLE}, wrong={"values": [np.zeros(7)]})
    yield Call(densities.total_variation, {"first": P, "second": P[::-1], "angles": ANGLE})

    yield Call(
        losses.Loss,
        {"name": "cube", "order": 3.0, "function": None, "parameters": {}},
        wrong={"order": [-1.0, 1e9], "function": [lambda x: -x, lambda x: x * np.nan, lambda x: 3.0, lambda x, y: x]},
        legal={"name: nonsense": "any name"},
    )
    yield Call(losses.order_of, {"loss": "linear"})
    yield Call(losses.small_error_order, {"loss": "linear", "encoding": "circular"})
    yield Call(codes.domain, {"encoding": "linear"})
    yield Call(codes.angle_range, {"encoding": "linear"})
    yield Call(codes.angle_grid, {"encoding": "linear", "count": 7}, wrong={"count": [0, 4]})
    yield Call(codes.target, {"theta": ANGLE, "encoding": "circular"})
    yield Call(codes.decode, {"embedding": m.cloud, "encoding": "circular"}, wrong={"embedding": [np.ones((3, 3))]})
    yield Call(
        codes.decode_tangent,
        {"embedding": m.cloud, "tangent": m.cloud, "encoding": "circular"},
        wrong={"embedding": [np.zeros((12, 2)), np.ones((12, 3))]},
    )
    yield Call(
        codes.unseen,
        {"embedding": m.cloud, "encoding": "circular"},
        wrong={"embedding": [np.zeros((12, 2)), np.ones((12, 3))]},
    )
    yield Call(codes.angular_error, {"decoded": ANGLE, "theta": ANGLE, "encoding": "circular"})

    yield Call(
        faces.Faces,
        {"images": m.images, "person": PERSON, "membership": np.full(12, "train"), "source": "mine"},
        wrong={
            "images": [m.images * 255, m.images[:, :4], (255 * m.images).astype(np.uint8)],
            "membership": [np.full(12, "nobody")],
        },
        legal={"source: nonsense": "any name", "source: ": "any name", **texts},
    )
    yield Call(faces.People, person)
    yield Call(faces.load_faces, {"source": "sketch", "pixels": 16, "split": "person"}, wrong={"pixels": [0, 4, 65]})
    yield Call(
        faces.sketch_population,
        {"people": 8, "photographs": 1, "pixels": 16, "seed": 0},
        wrong={"people": [0, 7], "photographs": [0], "pixels": [4]},
    )
    yield Call(faces.rotate, {"images": m.images, "angles": np.linspace(-1, 1, 12), "interpolation": "bilinear"})
    yield Call(
        sketch.draw_faces,
        {"people": 1, "photographs": 1, "pixels": 16, "seed": 0},
        wrong={"people": [0], "photographs": [0], "pixels": [4]},
    )
    yield Call(
        textures.draw_textures,
        {"families": 8, "samples": 1, "pixels": 8, "seed": 0},
        wrong={"families": [0, 7], "samples": [0], "pixels": [4]},
    )

    yield Call(
        known.KnownCode,
        {"slope": np.ones(2), "root": np.eye(2), "growth": np.zeros((2, 2)), "turn": 0.1, "latent": "gaussian"},
        wrong={"root": [np.zeros((2, 2)), np.eye(3)]},
    )
    yield Call(
        known.random_code,
        {"dimensions": 2, "condition_number": 10.0, "latent": "gaussian", "seed": 0},
        wrong={"dimensions": [0], "condition_number": [0.5]},
    )
    yield Call(
        known.tuned_population,
        {"neurons": 4, "distance": 0.1, "limiting": 0.01},
        wrong={"neurons": [0], "distance": [0.0, -1.0], "limiting": [-1.0]},
    )
    yield Call(
        simulations.Case,
        {"people": 10, "photographs": 1, "dimensions": 2, "condition_number": 10.0, "latent": "gaussian", "alike": 0.0},
        wrong={"people": [0], "photographs": [0], "dimensions": [0], "condition_number": [0.5], "alike": [1.0, -0.1]},
    )
    yield Call(
        simulations.summary,
        {"ratios": [np.array([1.0, 1.1]), np.array([0.9, 1.2])]},
        wrong={"ratios": [[np.array([1.0])]]},
    )
    cases = {"faces": {10: simulations.Case(10)}}
    of_cases = {"draws": 2, "by_person": True, "stream": 1, "seed": 0}
    yield Call(
        simulations.tournament,
        {"cases": cases, "names": ["paired"], **of_cases, "fewer": {"paired": 1}},
        wrong={"draws": [0], "names": [["nonsense"]], "fewer": [{"paired": 0}, {"paired": -1}]},
    )
    yield Call(simulations.coverage, {"cases": cases, **of_cases}, wrong={"draws": [0]})
    yield Call(
        simulations.compare_corrections,
        {"code": m.known, "steps": [0.01], "trials": 12, "draws": 3, "seed": 0},
        wrong={"steps": [[0.0], [-1.0]], "trials": [0, 1], "draws": [0]},
    )
    yield Call(
        simulations.independent_trials,
        {"code": m.known, "trials": [12], "distance": 0.1, "draws": 3, "seed": 0},
        wrong={"trials": [[0], [1], [2.5]], "distance": [0.0, -1.0], "draws": [0]},
    )
    yield Call(
        simulations.intraclass_correlation,
        {"values": m.cloud, **person},
        wrong={"values": [np.ones((12, 2))], "person": [np.arange(12)]},
        legal={**texts, "values: cut": "fewer outputs"},
    )
    yield Call(
        simulations.twins,
        {
            "embeddings": m.z[:, 0],
            "tangents": m.t[:, 0],
            **person,
            "latent": "gaussian",
            "alike": True,
            "draws": 2,
            "seed": 0,
        },
        wrong={"draws": [0], "embeddings": [flat[:, 0]]},
        legal=texts,
    )
    beside = strangers.beside_trained(m.code, m.faces, m.code, m.faces, groups=3)
    yield Call(
        strangers.table,
        {"beside": {("linear", "strangers"): beside}, "density": NORMAL, "rare": some},
        nan="there is none",
    )
    yield Call(
        strangers.geometric_mean,
        {"values": m.information, "where": some},
        nan="no angles",
        wrong={"values": [negative]},
    )
    yield Call(
        strangers.beside_trained,
        {**shown, "trained": m.code, "train": m.faces, "groups": 3, "seed": 0},
        wrong={"groups": [0]},
    )

    yield Call(
        lambda preset, **fields: presets.preset(preset, **fields),
        {
            "preset": "smoke",
            "pixels": 16,
            "epochs": 3,
            "batch": 32,
            "clip": 0.5,
            "schedule": "constant",
            "hidden": (8, 4),
            "activation": "celu",
            "convolutional": False,
            "patience": 3,
            "replicates": 2,
            "group_width": 4,
            "samples": 64,
            "validation_samples": 64,
            "learning_rate": 0.01,
            "split": "person",
            "interpolation": "bilinear",
            "stimulus": "faces",
            "read_out": (4,),
        },
        legal={"patience: None": "all epochs"},
        wrong={
            "pixels": [0, 1],
            "hidden": [(0,), (), (2.5,)],
            "read_out": [(0,)],
            "batch": [0, 31],
            "clip": [0.0],
            "learning_rate": [0.0],
            "epochs": [0],
        },
    )
    sizes = {"size": [1.0, 2.0, 4.0], "seconds": [2.0, 1.1, 0.8], "memory_gb": 1.0, "products": 1e9, "cores": 2}
    points = pd.concat(
        pd.DataFrame({"what": "training", "direction": direction, **sizes, **of})
        for direction, of in (("workers", {}), ("pixels", {"size": [32, 64, 16], "products": [1e9, 4e9, 2e8]}))
    )
    wrong = {
        "points": [
            points.drop(columns="seconds"), points.assign(seconds=np.nan), points.assign(products=0.0),
            points.assign(size="x"), points.iloc[:0],
        ]
    }  # fmt: skip
    of_training = {"recipe": presets.PRESETS["smoke"], "networks": 10}
    on_paper = {"networks: a million": "no network is made"}
    yield Call(cost.slopes, {"points": points.iloc[3:]}, wrong={"points": wrong["points"][:-1]})
    yield Call(cost.speed_up, {"points": points}, wrong=wrong)
    yield Call(cost.products_of_training, {"recipe": of_training["recipe"]})
    yield Call(cost.hours_of_training, {"points": points, **of_training}, wrong=wrong, legal=on_paper)
    yield Call(cost.bytes_on_disk, of_training, legal=on_paper)
    yield Call(
        presets.Preset,
        {**dataclasses.asdict(presets.PRESETS["smoke"])},
        legal={
            "name: nonsense": "any name",
            "name: ": "any name",
            "faces: nonsense": "looked for when loaded",
            "faces: ": "looked for when loaded",
            "patience: int": "a number of epochs",
            "patience: None": "all epochs",
        },
    )
    yield Call(
        architecture.Architecture,
        {
            "pixels": 16,
            "hidden": (8, 4),
            "activation": "celu",
            "convolutional": False,
            "read_out": (4,),
            "stimulus": "faces",
        },
        wrong={"pixels": [0, 1], "hidden": [(0,), ()], "read_out": [(0,), (-3,)]},
    )

    sech = densities.named("sech", "linear")
    yield Call(
        channel.Channel,
        {"noise": 0.1, "penalty": 0.0, "budget": 0.5, "counts_as": None},
        wrong={"noise": [0.0, -1.0], "penalty": [-1.0], "budget": [0.0]},
    )
    yield Call(
        channel.penalty_for,
        {"density": sech, "q": 1.0, "budget": 0.5, "peak": 10.0},
        wrong={"q": [0.0, -1.0], "budget": [0.0, -1.0], "peak": [0.0, -1.0]},
    )
    yield Call(
        channel.law_window,
        {"density": sech, "angle": ANGLE, "q": 1.0, "noise": 0.1, "exponent": 0.5},
        wrong={"q": [-1.0], "noise": [0.0, -1.0]},
    )
    yield Call(
        channel.penalised,
        {"density": sech, "q": 1.0, "budgets": (0.5, 1.0)},
        wrong={"q": [0.0, -1.0], "budgets": [(0.0,), (-1.0,)]},
    )

    small = {"preset": "smoke", "seed": 0}
    many = {"replicates": [0, 10**6, 10**9]}
    yield Call(
        experiments.loss_sweep,
        {
            **small,
            "losses": ["linear"],
            "encodings": ["linear"],
            "densities": ["uniform"],
            "replicates": 2,
            "faces": "sketch",
            "kept_epochs": [1],
        },
        wrong={
            **many,
            "losses": [[], ["nonsense"], "linear", ["linear", "linear"]],
            "encodings": [[], ["nonsense"], "linear"],
            "densities": [[], ["nonsense"], [3], "uniform", [NORMAL, NORMAL]],
            "kept_epochs": [[0], [99], [2.5], ["1"], 3],
        },
    )
    yield Call(
        experiments.binned,
        {**small, "bins": [4], "densities": 2, "loss": "linear", "faces": "sketch"},
        wrong={"bins": [[], [1], 4, ["4"], [2.5], [10**6]], "densities": [0, 10**6, 10**9]},
    )
    yield Call(
        experiments.channel_sweep,
        {
            **small,
            "losses": ["linear"],
            "densities": ["sech"],
            "channels_by_name": {"mine": channel.Channel()},
            "stimulus": "angle",
            "people": 8,
            "replicates": 1,
        },
        wrong={
            **many,
            "people": [0, 7, 10**9],
            "losses": [[], ["nonsense"], "linear"],
            "densities": [[], ["nonsense"]],
            "channels_by_name": [{}, {"mine": 3}],
        },
    )
    yield Call(
        experiments.finetuning,
        {
            **small,
            "constraints": ["frozen"],
            "loss": "linear",
            "encodings": ["linear"],
            "replicates": 1,
            "faces": "sketch",
            "kept_epochs": [1],
        },
        wrong={
            **many,
            "constraints": [[], ["nonsense"], "frozen"],
            "encodings": [[], ["nonsense"]],
            "kept_epochs": [[0], [99], 3],
        },
    )


#: By what stands for a function in the table: what it goes by there.
OTHERWISE_NAMED = {"<lambda>(estimates, x)": "estimate.share_on_side", "<lambda>(preset, **fields)": "presets.preset"}


def name_of(function: Callable[..., Any]) -> str:
    """Module and name of a function of the package."""
    if function.__name__ == "<lambda>":
        return OTHERWISE_NAMED[f"<lambda>{inspect.signature(function)}"]
    return f"{function.__module__.removeprefix('fisherkit.')}.{function.__name__}"


@cache
def table() -> dict[str, Call]:
    """The calls by the names of their functions."""
    return {name_of(call.of): call for call in calls()}


def _somewhere(value: np.ndarray, bad: float, place: int) -> np.ndarray:
    broken = np.array(value, dtype=np.float64)
    broken.flat[place % broken.size] = bad
    return broken


def damages(call: Call, name: str, place: int = 5) -> Iterator[tuple[str, Callable[[], Any], bool]]:
    """Name, value (made when it is asked for) and whether it must be refused, of each damage of an argument."""
    value = call.right[name]
    parameters = inspect.signature(call.of).parameters
    optional = name in parameters and parameters[name].default is None
    arrays = sum(isinstance(one, np.ndarray) for one in call.right.values())

    def of(label: str, made: Any, refused: bool = True) -> tuple[str, Callable[[], Any], bool]:
        return label, made if callable(made) and getattr(made, "__name__", "") == "<lambda>" else lambda: made, refused

    yield of("None", None, not (optional or name == "seed"))
    if not isinstance(value, str):
        yield of("text", "text")
    if isinstance(value, np.ndarray):
        yield of("list of texts", ["a", "b"])
        yield of("an empty array", np.empty((0,) * value.ndim))
        yield of("one axis more", value[None], False)
        yield of("one axis less", value[0], False)
        yield of("cut", value[..., :-1], arrays > 1)
        yield of("an object", object())
        if value.dtype.kind == "f" or name == "person":
            yield of("NaN", _somewhere(value, np.nan, place))
        if value.dtype.kind == "f":
            for bad in (np.inf, -np.inf):
                yield of(str(bad), _somewhere(value, bad, place))
            yield of("complex", value + 1j)
            yield of("zeros", np.zeros_like(value), False)
            yield of("ones", np.ones_like(value), False)
            yield of("negative", -value, False)
            yield of("one number", value.flat[0], False)
            yield of("one of the last axis", value[..., :1], False)
            if value.ndim > 1:
                yield of("one of the axis before", value[..., :1, :], False)
            yield of("huge", value * np.float64(1e30), False)
        if name == "person":
            yield of(
                "one person",
                np.zeros_like(value),
                name_of(call.of) != "faces.Faces" and name_of(call.of) != "faces.People",
            )
        if value.dtype.kind == "b":
            yield of("whole numbers", value.astype(int))
            yield of("nowhere", np.zeros_like(value), False)
    elif isinstance(value, bool):
        for bad in (1, "true", 0.0, [True]):
            yield of(repr(bad), bad)
    elif isinstance(value, int):
        for bad in (-1, 2.5, True, np.nan, np.inf, [1], "3"):
            yield of(repr(bad), bad, not (name == "seed" and bad in (True, [1])))
        yield of("0", 0, False)
        if name in ("draws", "replicates", "groups", "sets", "networks"):
            yield of("a million", 10**6)
    elif isinstance(value, float):
        for bad in (np.nan, np.inf, -np.inf, "1", True, 1j, [0.5, "a"]):
            yield of(repr(bad), bad)
        for bad in (0.0, -1.0, 1e9):
            yield of(repr(bad), bad, False)
    elif isinstance(value, str):
        for bad in ("nonsense", "", 3, np.nan, ["a"]):
            yield of(str(bad), bad)
    elif isinstance(value, xr.DataArray):
        yield of("NaN", lambda: value.copy(data=_somewhere(value.values, np.nan, place)))
        yield of("inf", lambda: value.copy(data=_somewhere(value.values, np.inf, place)))
        yield of("3", 3)
        yield of("cut", value[:, :0])
    else:
        for bad in (3, object(), np.nan):
            yield of(type(bad).__name__, bad)
    if isinstance(value, Mapping):
        yield of("of nothing", dict.fromkeys(value, None), bool(value))
        yield of("of texts", dict.fromkeys(value, "text"), bool(value))
        for key, one in value.items():
            if isinstance(one, np.ndarray):
                yield of("NaN inside", {**value, key: _somewhere(one, np.nan, place)})
                yield of("cut inside", {**value, key: one[..., :-1]})
    elif isinstance(value, (list, tuple)):
        yield of("of nothing", [None] * max(len(value), 1))
        yield of("of objects", [object()] * max(len(value), 1))
        yield of("empty", type(value)(), False)
    held = {field.name for field in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else set()
    for part in held & {"embeddings", "values", "information", "draws", "images"}:
        inner = getattr(value, part)
        if not isinstance(value, (Estimate, densities.Density)):
            broken = _somewhere(np.asarray(inner), np.nan, place)
            bad = inner.copy(data=broken) if isinstance(inner, xr.DataArray) else broken
            yield of(f"NaN in its {part}", lambda part=part, bad=bad: dataclasses.replace(value, **{part: bad}))
    for number, bad in enumerate(call.wrong.get(name, ())):
        yield f"wrong {number}", lambda bad=bad: bad, True


def holds_nan(result: Any) -> bool:
    """Whether a result holds NaN or infinity anywhere."""
    if isinstance(result, (xr.DataArray, torch.Tensor, np.ndarray, np.number, float, complex)):
        array = np.asarray(result)
        return array.dtype.kind in "fc" and not np.isfinite(array).all()
    if isinstance(result, pd.DataFrame):
        return holds_nan(result.select_dtypes("number").to_numpy(dtype=np.float64))
    if isinstance(result, Mapping):
        return any(map(holds_nan, result.values()))
    if isinstance(result, (list, tuple)):
        return any(map(holds_nan, result))
    if dataclasses.is_dataclass(result) and not isinstance(result, (experiments.Sweep, densities.Density)):
        return any(holds_nan(getattr(result, field.name)) for field in dataclasses.fields(result))
    return False


def complaint(call: Call, arguments: Mapping[str, Callable[[], Any]], refused: bool) -> str:
    """What is wrong with how a function takes damaged arguments; nothing where that is right."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what would be NaN must not depend on who asks for warnings
            given = {name: value() for name, value in arguments.items()}
            varied = [given.pop(name) for name in list(given) if name == "arrays"]
            result = call.of(*given.values(), *varied) if varied else call.of(**given)
    except (ValueError, LookupError, FloatingPointError, BookError) as error:
        frames = traceback.extract_tb(error.__traceback__)
        if not Path(frames[-1].filename).is_relative_to(PACKAGE):
            return f"a library's {type(error).__name__} without a sentence on top: {error}"
        told = str(error)
        return "" if len(told) > 20 and WANTED.search(told) else f"a message that does not say what was wanted: {told}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if refused:
        return f"taken for right, and made {str(result)[:80]!r}"
    return "a result with NaN or infinity" if holds_nan(result) and not call.nan else ""


#: In these words messages say what was wanted.
WANTED = re.compile(
    r"\b(must|needs?|cannot|(has|have|is|are) no|has every|is a name|are joined|lies to|at least|more than)\b"
    r"|\b(none of|takes?|only|is not|be had)\b"
)


@pytest.fixture(scope="module", autouse=True)
def _as_users_call():
    """Without the tests' checks of annotations; see conftest."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def test_every_public_function_is_in_the_table_or_left_out_with_a_reason():
    public = set()
    for module in MODULES:
        tree = ast.parse(Path(module.__file__).read_text())
        defined = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        public |= {f"{module.__name__.removeprefix('fisherkit.')}.{name}" for name in defined if name[0] != "_"}
    left_out = {name for names in LEFT_OUT.values() for name in names.split()}
    assert public == {*table(), *left_out, "fisher.Code"}
    assert not left_out & set(table())


@pytest.mark.parametrize("name", table())
def test_what_is_right_is_taken(name):
    call = table()[name]
    assert not complaint(call, {of: lambda value=value: value for of, value in call.right.items()}, False)


@pytest.mark.parametrize("name", table())
def test_damage_is_refused_in_words_or_does_none(name):
    call = table()[name]
    found = {}
    for of in call.right:
        for label, value, refused in damages(call, of):
            if f"{of}: {label}" in call.legal:
                refused = False
            arguments = {one: lambda right=right: right for one, right in call.right.items()} | {of: value}
            if wrong := complaint(call, arguments, refused):
                found[f"{of}: {label}"] = wrong
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def cases(place: int = 5) -> Iterator[tuple[str, str, str]]:
    """Function, argument and damage: all of the table's."""
    for name, call in table().items():
        for of in call.right:
            yield from ((name, of, label) for label, _, _ in damages(call, of, place))


#: Damages that are somewhere in an array.
SOMEWHERE = ("NaN", "inf", "-inf", "NaN inside", "NaN in its")


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damage_is_refused_wherever_it_is(data):
    name, of, label = data.draw(st.sampled_from([one for one in cases() if one[2].startswith(SOMEWHERE)]))
    call = table()[name]
    place = data.draw(st.integers(0, 10_000))
    value, refused = next((value, refused) for one, value, refused in damages(call, of, place) if one == label)
    arguments = {one: lambda right=right: right for one, right in call.right.items()} | {of: value}
    assert not complaint(call, arguments, refused and f"{of}: {label}" not in call.legal)


#: What nobody means to give.
ANYTHING = st.one_of(
    st.none(), st.text(max_size=3), st.floats(width=16), st.integers(-3, 3), st.booleans(), st.complex_numbers(),
    st.builds(object), st.lists(st.one_of(st.floats(width=16), st.text(max_size=2), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=2), st.floats(width=16)), st.binary(max_size=2), st.dates(),
    st.lists(st.integers(0, 3), max_size=3).map(np.zeros), st.lists(st.integers(0, 3), max_size=3).map(np.ones),
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_anything_is_refused_in_words_or_makes_a_clean_result(data):
    name = data.draw(st.sampled_from(sorted(table())))
    call = table()[name]
    of = data.draw(st.sampled_from(sorted(call.right)))
    value = data.draw(ANYTHING)
    arguments = {one: lambda right=right: right for one, right in call.right.items()} | {of: lambda: value}
    assert not complaint(call, arguments, False)
