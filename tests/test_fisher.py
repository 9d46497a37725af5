from functools import partial

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit import estimators, fisher
from fisherkit.architecture import Architecture
from fisherkit.faces import rotate
from fisherkit.fisher import SingularCovarianceError, decoded_fisher, fisher_curve, linear_fisher
from fisherkit.known import KnownCode, random_code
from fisherkit.model import Ensemble, StackedNetwork, initial_weights


def paired_code(rng, draws, n, d):
    """A Gaussian code of known μ′ and Σ, whose tangents scatter and correlate with the embeddings; its information."""
    root = rng.normal(size=(d, d)) + 1.5 * np.eye(d)
    slope = rng.normal(size=d) * 2
    mixing = 0.3 * rng.normal(size=(d, d))
    z = rng.normal(size=(draws, n, d)) @ root.T
    t = slope + z @ mixing.T + rng.normal(size=(draws, n, d)) @ rng.normal(size=(d, d))
    return z, t, slope @ np.linalg.solve(root @ root.T, slope)


@pytest.mark.parametrize("d", [2, 5])
def test_paired_estimate_is_unbiased_and_plug_in_is_not(d):
    rng = np.random.default_rng(d)
    z, t, truth = paired_code(rng, 4000, 40, d)
    paired, plug_in = linear_fisher(z, t), linear_fisher(z, t, correction="none")
    error = 4 * paired.std() / np.sqrt(len(paired))  # four standard errors of the mean over draws
    assert paired.mean() == pytest.approx(truth, abs=error + 1e-3 * truth)
    assert plug_in.mean() > truth + error
    wishart = linear_fisher(z, t, correction="wishart")
    np.testing.assert_allclose(wishart, plug_in * (40 - d - 2) / 39)
    assert (wishart > 0).all()
    assert truth - error < wishart.mean() < plug_in.mean()


@pytest.mark.parametrize("d", [2, 5])
def test_estimates_converge_to_the_closed_form(d):
    z, t, truth = paired_code(np.random.default_rng(1), 1, 200_000, d)
    for correction in ("paired", "none"):
        assert linear_fisher(z, t, correction=correction)[0] == pytest.approx(truth, rel=0.03)


def test_plug_in_is_the_formula_and_tensors_are_read_like_arrays():
    z, t, _ = paired_code(np.random.default_rng(2), 1, 30, 2)
    slope, covariance = t[0].mean(axis=0), np.cov(z[0], rowvar=False)
    expected = slope @ np.linalg.inv(covariance) @ slope
    assert linear_fisher(z[0], t[0], correction="none") == pytest.approx(expected, rel=1e-12)
    trace = np.trace(np.linalg.inv(covariance) @ np.cov(t[0], rowvar=False))
    assert linear_fisher(torch.tensor(z[0]), torch.tensor(t[0])) == pytest.approx(26 / 29 * (expected - trace / 30))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.01, 100), d=st.integers(1, 4))
def test_information_ignores_linear_maps_and_scales_with_the_unit_of_the_angle(seed, scale, d):
    rng = np.random.default_rng(seed)
    z, t, _ = paired_code(rng, 2, 25, d)
    mapping = rng.normal(size=(d, d)) + 3 * np.eye(d)
    for correction in ("paired", "none"):
        here = linear_fisher(z, t, correction=correction)
        np.testing.assert_allclose(linear_fisher(z @ mapping, t @ mapping, correction=correction), here, rtol=1e-6)
        np.testing.assert_allclose(linear_fisher(z, t / scale, correction=correction), here / scale**2, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_decoded_information_never_exceeds_the_embeddings_in_the_linear_encoding(seed):
    z, t, _ = paired_code(np.random.default_rng(seed), 3, 20, 2)
    decoded = decoded_fisher(z, t, encoding="linear", correction="none")
    assert (decoded <= linear_fisher(z, t, correction="none") * (1 + 1e-9)).all()


def test_decoded_information_on_the_circle():
    rng = np.random.default_rng(3)
    sigma, centre = 0.1, np.pi  # at the seam, where angles must be wrapped
    angle, radius = centre + sigma * rng.normal(size=50_000), 1 + 0.1 * rng.normal(size=50_000)
    z = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    t = radius[:, None] * np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    assert decoded_fisher(z, t, encoding="circular") == pytest.approx(1 / sigma**2, rel=0.03)


def test_embedding_information_of_a_noisy_circle_is_its_closed_form():
    rng = np.random.default_rng(4)
    sigma, spread = 0.3, 0.2
    angle, radius = sigma * rng.normal(size=400_000), 1 + spread * rng.normal(size=400_000)
    z = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    t = radius[:, None] * np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    truth = 1 / ((1 + spread**2) * np.sinh(sigma**2))
    assert linear_fisher(z, t) == pytest.approx(truth, rel=0.02)


def alike_faces(people, photographs, alike, *, turn, draws, seed=0):
    """Photographs of a person that are alike, of I = 1 rad⁻² for the embedding and ½ for the decoded angle."""
    code = KnownCode(np.array([1.0, 0.0]), np.eye(2), np.zeros((2, 2)), turn=turn)
    sample = code.sample([0.0], people, photographs=photographs, alike=alike, draws=draws, seed=seed)
    return sample.embeddings.values[:, 0], sample.tangents.values[:, 0], sample.embeddings.person.values


@pytest.mark.slow
def test_alike_photographs_bias_the_estimate_by_faces_and_not_by_people():
    z, t, person = alike_faces(30, 10, 0.26, turn=6.15, draws=4000)
    decoded = partial(decoded_fisher, encoding="linear")
    for estimate, truth, by_faces in ((linear_fisher, 1.0, 0.61), (decoded, 0.5, 0.61)):
        assert estimate(z, t).mean() / truth - 1 == pytest.approx(by_faces, abs=0.1)
        assert estimate(z, t, person=person).mean() / truth - 1 == pytest.approx(0, abs=0.08)
    # Of few people whose photographs are much alike, the covariance's own noise is known to second order only.
    z, t, person = alike_faces(5, 10, 0.6, turn=0.3, draws=8000)
    assert linear_fisher(z, t).mean() == pytest.approx(1.37, abs=0.03)
    assert linear_fisher(z, t, person=person).mean() == pytest.approx(1.19, abs=0.03)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), people=st.integers(2, 9), photographs=st.integers(1, 4))
def test_corrections_by_person_know_people_by_name_alone_and_are_those_of_faces_where_each_is_another(
    seed, people, photographs
):
    rng = np.random.default_rng(seed)
    n = max(people * photographs, 5)
    person = np.arange(n) % people
    z, t, _ = paired_code(rng, 2, n, 2)
    names = rng.permutation(n)[person]
    for correction in ("paired", "wishart", "none"):
        by_person = linear_fisher(z, t, correction=correction, person=person)
        shuffled = rng.permutation(n)
        again = linear_fisher(z[:, shuffled], t[:, shuffled], correction=correction, person=names[shuffled])
        np.testing.assert_allclose(again, by_person, rtol=1e-6, atol=1e-6)
        strangers = linear_fisher(z, t, correction=correction, person=rng.permutation(n))
        np.testing.assert_allclose(strangers, linear_fisher(z, t, correction=correction), rtol=1e-6, atol=1e-6)
    assert (linear_fisher(z, t, correction="wishart", person=person) > 0).all()


def test_the_correction_by_person_is_its_closed_form():
    """Two photographs a person that are the same: Γ_m is the covariance of people ÷ P."""
    z, t, _ = paired_code(np.random.default_rng(0), 1, 12, 2)
    doubled, tangents, person = np.repeat(z[0], 2, axis=0), np.repeat(t[0], 2, axis=0), np.repeat(np.arange(12), 2)
    inverse = np.linalg.inv(np.cov(doubled, rowvar=False))
    trace = np.trace(inverse @ np.cov(t[0], rowvar=False)) / 12
    paired, wishart = (
        linear_fisher(doubled, tangents, correction=correction, person=person) for correction in ("paired", "wishart")
    )
    assert wishart - paired == pytest.approx((24 - 4) / 23 * trace)
    # b: the second moments of e (z − z̄), and of what is left of the covariance along e, in coordinates where S = 1.
    white = np.linalg.solve(np.linalg.cholesky(np.cov(doubled, rowvar=False)), (z[0] - z[0].mean(axis=0)).T).T
    mean = np.linalg.solve(np.linalg.cholesky(np.cov(doubled, rowvar=False)), t[0].mean(axis=0))
    e = mean / np.linalg.norm(mean)
    square = ((white @ e) ** 2 + (((white @ e)[:, None] * white - e) ** 2).sum(axis=1)).sum()
    b = 12 / 11 / 24**2 * 4 * square - 2 * square / 24 / 23
    assert wishart == pytest.approx((24 - 4) / 23 * mean @ mean / (1 + b))


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("correction", fisher.CORRECTIONS)
def test_people_left_out_in_turn_leave_the_estimate_of_the_others(d, correction):
    sample = random_code(d, condition_number=30, seed=d).sample(
        [0.0, 0.2], 8, photographs=4, alike=0.5, draws=2, seed=1
    )
    z, t = sample.embeddings.values + 5, sample.tangents.values
    person = np.array([3, 3, 7, *sample.embeddings.person.values[3:]])  # not all have as many photographs
    found = estimators.linear_fisher_without(z, t, person, correction=correction)
    for one, name in zip(found, np.unique(person), strict=True):
        kept = person != name
        expected = linear_fisher(z[:, :, kept], t[:, :, kept], correction=correction, person=person[kept])
        np.testing.assert_allclose(one, expected, rtol=1e-9)


@pytest.mark.parametrize("encoding", ["linear", "circular"])
def test_people_left_out_of_the_decoded_information(encoding):
    sample = random_code(2, seed=3).sample([0.0], 6, photographs=4, alike=0.5, seed=1)
    z, t, person = sample.embeddings.values[0, 0] + 50, sample.tangents.values[0, 0], sample.embeddings.person.values
    found = estimators.decoded_fisher_without(z, t, person, encoding=encoding)
    expected = [
        decoded_fisher(z[person != p], t[person != p], encoding=encoding, person=person[person != p]) for p in range(6)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_many_people_are_left_out_in_groups():
    rng = np.random.default_rng(2)
    values, person = rng.normal(size=(3, 70 * 2)), np.repeat(np.arange(70), 2)
    found = estimators.mean_without(values, person)
    assert found.shape == (estimators.MOST_LEFT_OUT, 3)
    # The first ten groups are of two people, the others of one.
    np.testing.assert_allclose(found[0], values[:, 4:].mean(axis=1))
    np.testing.assert_allclose(found[-1], values[:, :-2].mean(axis=1))
    with pytest.raises(ValueError, match="leaving people out in turn needs at least 3 persons; got 2"):
        estimators.mean_without(values, person % 2)


def test_people_that_do_not_fit_the_faces_say_so():
    z, t, _ = paired_code(np.random.default_rng(1), 1, 10, 2)
    with pytest.raises(ValueError, match="each of 10 faces needs its person; got 3"):
        linear_fisher(z, t, person=[0, 1, 2])
    with pytest.raises(ValueError, match="a correction by person needs at least 2 persons; got 1"):
        decoded_fisher(z, t, encoding="linear", person=np.zeros(10))


@pytest.mark.parametrize("estimator", ["paired", "wishart", "decoded"])
def test_a_curve_is_corrected_for_people_where_they_are_told(estimator):
    sample = random_code(2, seed=4).sample([0.0, 0.3], 10, photographs=3, alike=0.5, draws=2, seed=5)
    named = {"encoding": ("replicate", ["linear", "circular"])}
    code = fisher.Code(sample.embeddings.assign_coords(named) + 3, sample.tangents)
    person = sample.embeddings.person.values
    curve = fisher.information(code, estimator=estimator, person=person)
    for k, encoding in enumerate(named["encoding"][1]):
        z, t = code.embeddings[k].values, code.tangents[k].values
        if estimator == "decoded":
            expected = decoded_fisher(z, t, encoding=encoding, person=person)
        else:
            expected = linear_fisher(z, t, correction=estimator, person=person)
        np.testing.assert_allclose(curve[k], expected, rtol=1e-9)
    assert not np.allclose(curve, fisher.information(code, estimator=estimator), rtol=1e-3)


def test_singular_covariance_is_an_error_that_says_what_to_do():
    z, t, _ = paired_code(np.random.default_rng(5), 3, 20, 2)
    z[1, :, 1] = 2 * z[1, :, 0]
    with pytest.raises(SingularCovarianceError, match=r"index \(1,\).*condition number.*Show more faces"):
        linear_fisher(z, t)
    assert np.isfinite(decoded_fisher(z, t, encoding="linear")).all()


@pytest.mark.parametrize(
    ("z", "t", "options", "message"),
    [
        (np.ones((5, 2)), np.ones((6, 2)), {}, "one shape"),
        (np.ones((4, 2)), np.ones((4, 2)), {}, "needs more than 4 faces; got 4"),
        (np.full((9, 2), np.nan), np.ones((9, 2)), {}, "finite"),
        (np.ones((9, 2)), np.ones((9, 2)), {"correction": "pair"}, "paired, wishart, none"),
    ],
)
def test_bad_samples_say_what_was_wanted(z, t, options, message):
    with pytest.raises(ValueError, match=message):
        linear_fisher(z, t, **options)


@pytest.fixture(scope="module")
def ensemble():
    weights = [initial_weights(Architecture(16), (0, k)) for k in range(3)]
    ensemble = Ensemble(StackedNetwork(Architecture(16), weights), range(3), "bicubic")
    ensemble.conditions = None  # untrained: nothing labels its replicates
    return ensemble


@pytest.mark.slow
def test_tangents_are_the_networks_derivative_along_the_images(ensemble, small_faces):
    images, step = small_faces.images[:12], 0.05
    code = fisher.embed_with_tangents(ensemble, images, [0.2], step=step)
    here, after, before = (rotate(images, 0.2 + s, interpolation="bicubic") for s in (0, step, -step))
    h = 0.02
    along = (after - before) / (2 * step)
    numeric = (ensemble(here + h * along) - ensemble(here - h * along)) / (2 * h)
    np.testing.assert_allclose(code.tangents.values[:, 0], numeric, atol=2e-4)
    np.testing.assert_allclose(code.embeddings.values[:, 0], ensemble(here), atol=1e-6)


@pytest.mark.parametrize("at_once", [5, 11, 12])
def test_blocks_of_faces_are_embedded_as_all_of_them_at_once(ensemble, small_faces, monkeypatch, at_once):
    images, angles = small_faces.images[:11], [0.2, -0.4]
    whole = fisher.embed_with_tangents(ensemble, images, angles)
    monkeypatch.setattr(fisher, "_FACES_AT_ONCE", at_once)
    parts = fisher.embed_with_tangents(ensemble, images, angles)
    np.testing.assert_allclose(parts.embeddings, whole.embeddings, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(parts.tangents, whole.tangents, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_curve_of_an_encoder_of_known_information(small_faces):
    """A linear encoder of the images: its tangents, and so its curve, can be written down."""
    rng = np.random.default_rng(0)
    read_out = rng.normal(size=(2, 256, 2)) / 16
    images, angles = small_faces.images[:60], np.array([-0.4, 0.3])

    def as_array(x):
        return np.einsum("np,rpd->rnd", np.asarray(x, dtype=np.float64).reshape(len(x), -1), read_out)

    def as_tensor(x):
        return torch.einsum("np,rpd->rnd", x.flatten(1).double(), torch.from_numpy(read_out))

    curves = [fisher_curve(encoder, images, angles) for encoder in (as_array, as_tensor)]
    for curve in curves:
        assert curve.dims == ("replicate", "angle")
        assert curve.dtype == np.float64
        assert curve.condition_number.shape == (2, 2)
        for number, angle in enumerate(angles):
            ahead, behind = (as_array(rotate(images, angle + s)) for s in (0.05, -0.05))
            expected = linear_fisher(as_array(rotate(images, angle)), (ahead - behind) / 0.1)
            np.testing.assert_allclose(curve.values[:, number], expected, rtol=1e-4)


@pytest.mark.slow
def test_curve_errors_say_what_was_wanted(ensemble, small_faces):
    images = small_faces.images[:10]
    for bad, message in (
        ({"estimator": "plugin"}, "paired, wishart, plug-in, decoded"),
        ({"step": 0}, "step must be positive"),
        ({"estimator": "decoded"}, "how to decode"),
    ):
        with pytest.raises(ValueError, match=message):
            fisher_curve(ensemble, images, [0.0], **bad)
    for wrong, message in (
        (images[0], r"shape \(n, H, H\)"),
        (images[:, :, 1:], r"as wide as high; got \(10, 16, 15\)"),
        (images[:0], r"\(0, 16, 16\)"),
        (np.where(images > 0.9, np.nan, images), "must be finite"),
        (255 * images, r"grey values in \[0, 1\]; got .*: divide by"),
        ((255 * images).astype(np.uint8), r"grey values in \[0, 1\]"),
        (images[:, ::2, ::2], r"these networks read images of shape \(n, 16, 16\)"),
    ):
        with pytest.raises(ValueError, match=message):
            fisher_curve(ensemble, wrong, [0.0])
        with pytest.raises(ValueError, match=message):
            fisher.embed(ensemble, wrong, [0.0])
    with pytest.raises(ValueError, match="finite angles"):
        fisher_curve(ensemble, images, [0.0, np.nan])
    with pytest.raises(ValueError, match=r"shape \(A,\)"):
        fisher_curve(ensemble, images, [])


@pytest.mark.slow
def test_a_curve_does_not_depend_on_how_many_angles_are_held_at_once(ensemble, small_faces, monkeypatch):
    images, angles = small_faces.images[:20], np.linspace(-0.5, 0.5, 7)
    whole = fisher_curve(ensemble, images, angles)
    monkeypatch.setattr(fisher, "_BLOCK_VALUES", 20 * 3 * 2)  # two angles
    again = fisher_curve(ensemble, images, angles)
    # Of one angle alone, some processors round the last bit of the covariance otherwise.
    xr.testing.assert_allclose(again, whole, rtol=1e-13)
    assert again.attrs == whole.attrs
    assert whole.attrs["estimator"] == "paired"


@pytest.mark.slow
def test_an_ensemble_is_embedded_like_any_encoder(ensemble, small_faces):
    """The product of all first layers over the disc, against the images' path that every encoder takes."""
    images, angles = small_faces.images[:12], [-0.3, 0.7]
    fast = fisher.embed_with_tangents(ensemble, images, angles)
    plain = fisher.embed_with_tangents(lambda x: ensemble(x), images, angles, interpolation="bicubic")
    np.testing.assert_allclose(fast.embeddings, plain.embeddings, atol=1e-5)
    np.testing.assert_allclose(fast.tangents, plain.tangents, atol=1e-4)


@pytest.mark.slow
def test_a_singular_covariance_on_a_curve_names_replicate_and_angle(small_faces):
    def encoder(x):
        z = torch.stack([x.flatten(1)[:, 100], x.flatten(1)[:, 130]], dim=1)
        collapsed = torch.stack([z[:, 0], z[:, 0]], dim=1)
        return torch.stack([z, collapsed])

    with pytest.raises(SingularCovarianceError, match=r"replicate 1, angle 0\.1000 rad: the covariance") as caught:
        fisher_curve(encoder, small_faces.images[:20], [0.1, 0.2])
    assert caught.value.place == (0,)


def test_variance_along_the_tangent_is_that_of_a_projection():
    rng = np.random.default_rng(3)
    z = rng.normal(size=(4, 50, 2)) @ np.diag([3.0, 0.5])
    t = np.broadcast_to([2.0, 0.0], z.shape)
    share = fisher.variance_along_tangent(z, t)
    variances = z.var(axis=1)
    np.testing.assert_allclose(share, variances[:, 0] / variances.sum(axis=1))
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    np.testing.assert_allclose(fisher.variance_along_tangent(z @ turn, t @ turn), share)
    across = fisher.variance_along_tangent(z, np.broadcast_to([0.0, 1.0], z.shape))
    np.testing.assert_allclose(across, 1 - share)
    with pytest.raises(ValueError, match="means that move"):
        fisher.variance_along_tangent(z, 0 * z)


EQUIVARIANT = (
    "paired",
    "wishart",
    "plug-in",
    "gaussian",
    "independent-trials",
    "robust",
    "lda",
    "svm",
    "spanning-tree",
)


def estimate_of(estimator, z, t, *, step=0.05):
    return estimators.named_estimate(estimator, z, t, person=np.arange(z.shape[-2]) // 2, step=step)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.1, 10), d=st.integers(1, 3))
@pytest.mark.parametrize("estimator", EQUIVARIANT)
def test_every_equivariant_estimate_ignores_linear_maps_and_scales_with_the_unit_of_the_angle(
    estimator, seed, scale, d
):
    rng = np.random.default_rng(seed)
    if estimator == "robust":
        d = max(d, 2)  # in one dimension two ends of the shortest half are tied, and rounding picks one
    z, t, _ = paired_code(rng, 1, 30, d)
    mapping = rng.normal(size=(d, d)) + 3 * np.eye(d)
    # Iterative fits stop short of their optimum; trees may turn at a tie.
    tolerance = {"svm": 0.05, "spanning-tree": 1e-3}.get(estimator, 1e-5)
    here = estimate_of(estimator, z, t)
    mapped = estimate_of(estimator, z @ mapping + 3, t @ mapping)
    np.testing.assert_allclose(mapped, here, rtol=tolerance, atol=tolerance)
    # θ in units of ``scale`` rad: tangents grow by it, steps shrink.
    rescaled = estimate_of(estimator, z, t * scale, step=0.05 / scale)
    np.testing.assert_allclose(rescaled, here * scale**2, rtol=1e-6)


def test_the_shrunk_estimate_ignores_rotations_and_scales_alone():
    rng = np.random.default_rng(0)
    z, t, _ = paired_code(rng, 2, 30, 3)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    here = fisher.shrinkage_fisher(z, t)
    np.testing.assert_allclose(fisher.shrinkage_fisher(5 * z @ rotation, 5 * t @ rotation), here)
    assert not np.allclose(fisher.shrinkage_fisher(z * [1, 1, 20], t * [1, 1, 20]), here, rtol=0.05)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 3))
def test_information_of_independent_blocks_adds_up(seed, d):
    """Samples whose blocks are exactly uncorrelated, as independent blocks are in the limit."""
    rng = np.random.default_rng(seed)
    n = 60
    first, second = rng.normal(size=(n, 2 * d)), rng.normal(size=(n, 2 * d))
    first -= first.mean(axis=0)
    second -= second.mean(axis=0)
    second -= first @ np.linalg.lstsq(first, second, rcond=None)[0]
    (z1, t1), (z2, t2) = ((block[:, :d], 3 + block[:, d:]) for block in (first, second))
    z, t = np.concatenate([z1, z2], axis=1), np.concatenate([t1, t2], axis=1)
    for estimate in (partial(linear_fisher, correction="none"), fisher.gaussian_fisher):
        assert estimate(z, t) == pytest.approx(estimate(z1, t1) + estimate(z2, t2), rel=1e-6)


def test_the_gaussian_estimate_is_the_formula_with_a_matrix_product():
    z, t, _ = paired_code(np.random.default_rng(2), 1, 40, 3)
    z, t = z[0], t[0]
    inverse = np.linalg.inv(np.cov(z, rowvar=False))
    crossed = np.cov(z, t, rowvar=False)[:3, 3:]
    product = inverse @ (crossed + crossed.T)
    expected = t.mean(axis=0) @ inverse @ t.mean(axis=0) + np.trace(product @ product) / 2
    assert fisher.gaussian_fisher(z, t) == pytest.approx(expected, rel=1e-10)
    assert np.trace(product * product) / 2 != pytest.approx(np.trace(product @ product) / 2, rel=0.01)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_covariance_that_does_not_change_tells_nothing(seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 3))
    alike = np.broadcast_to(rng.normal(size=3), z.shape)
    assert fisher.gaussian_fisher(z, alike) == pytest.approx(linear_fisher(z, alike, correction="none"), rel=1e-9)
    # A rotation of white samples, whose tangents differ from face to face.
    white = np.linalg.solve(np.linalg.cholesky(np.cov(z, rowvar=False)), (z - z.mean(axis=0)).T).T
    spin = rng.normal(size=(3, 3))
    turning = 1 + white @ (spin - spin.T)
    expected = linear_fisher(white, turning, correction="none")
    assert fisher.gaussian_fisher(white, turning) == pytest.approx(expected, rel=1e-9)


def test_the_correction_for_independent_trials_is_right_for_them_and_wrong_for_paired_faces():
    rng = np.random.default_rng(6)
    step, trials, d, draws = 0.05, 60, 2, 3000
    slope = np.array([3.0, 1.0])
    below, above = (sign * step * slope + rng.normal(size=(draws, trials, d)) for sign in (-1, 1))
    independent = fisher.independent_trials_fisher(below, above, step=step)
    error = 4 * independent.std() / np.sqrt(draws)
    truth = slope @ slope
    assert independent.mean() == pytest.approx(truth, abs=error)
    faces = rng.normal(size=(draws, trials, d))
    paired = fisher.independent_trials_fisher(faces - step * slope, faces + step * slope, step=step)
    assert paired.mean() < truth - 2 * d / (trials * (2 * step) ** 2) * 0.9
    assert linear_fisher(faces, np.broadcast_to(slope, faces.shape)).mean() == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize("decoder", ["lda", "svm"])
def test_decoders_are_bounded_by_what_there_is_and_find_most_of_it(decoder):
    rng = np.random.default_rng(7)
    slope, step = np.array([2.0, -1.0]), 0.25
    faces = rng.normal(size=(12, 200, 2))
    found = fisher.discriminability(
        faces - step * slope, faces + step * slope, person=np.arange(200), step=step, decoder=decoder
    )
    truth = slope @ slope
    error = 3 * found.std() / np.sqrt(len(found))
    assert 0.85 * truth - error < found.mean() < truth + error


def test_decoders_do_not_profit_from_seeing_the_same_person():
    """A code that tells persons apart in many outputs but not angles: seen persons alone would seem to tell them."""
    rng = np.random.default_rng(8)
    people, photographs, d = 20, 5, 12
    row = np.repeat(np.arange(people), photographs)
    z = rng.normal(size=(people, d))[row] + 0.1 * rng.normal(size=(len(row), d))
    t = 4 * rng.normal(size=(people, d))[row]  # each person moves another way
    honest = fisher.discriminability(z - 0.1 * t, z + 0.1 * t, person=row, step=0.1)
    leaking = fisher.discriminability(z - 0.1 * t, z + 0.1 * t, person=np.arange(len(row)), step=0.1)
    assert leaking > honest + 1


@pytest.mark.slow
def test_the_spanning_tree_sees_information_that_means_do_not_hold():
    still = KnownCode(np.array([3.0, 0.0]), np.eye(2), np.zeros((2, 2)))
    spreading = KnownCode(np.array([3.0, 0.0]), np.eye(2), np.diag([0.0, 2.0]))
    found = {}
    for name, code in (("still", still), ("spreading", spreading)):
        sample = code.sample([0.0], 200, draws=6, seed=1)
        found[name] = fisher.information(sample, estimator="spanning-tree", person=np.arange(200)).values.mean()
    assert found["still"] == pytest.approx(still.information(0.0), rel=0.3)
    assert spreading.information(0.0) == pytest.approx(17)
    assert found["spreading"] > found["still"] + 3


def test_shrinkage_works_with_fewer_faces_than_outputs():
    rng = np.random.default_rng(9)
    z, t = rng.normal(size=(20, 60)), 1 + 0.1 * rng.normal(size=(20, 60))
    assert 0 < fisher.shrinkage_fisher(z, t) < np.inf
    with pytest.raises(ValueError, match="needs more than 62 faces; got 20"):
        linear_fisher(z, t)


def test_few_faces_cannot_move_the_robust_estimate():
    sample = random_code(2, seed=10).sample([0.0], 400, seed=11)
    z, t = sample.embeddings.values[0, 0], sample.tangents.values[0, 0]
    clean = fisher.robust_fisher(z, t)
    z[:30] += 100
    t[30:60] += 1000
    assert fisher.robust_fisher(z, t) == pytest.approx(clean, rel=0.2)
    assert linear_fisher(z, t) != pytest.approx(clean, rel=0.5)
    assert fisher.robust_fisher(z, t) == fisher.robust_fisher(z, t)


@pytest.mark.slow
def test_the_robust_estimate_converges_to_the_closed_form():
    code = random_code(2, seed=10)
    sample = code.sample([0.0], 20_000, seed=12)
    estimate = fisher.robust_fisher(sample.embeddings.values[0, 0], sample.tangents.values[0, 0])
    assert estimate == pytest.approx(code.linear_information(0.0), rel=0.05)


def nearly_singular(rng, faces, condition_number, kind=np.float32):
    """Single-precision embeddings of a given condition number, far from zero, with tangents."""
    basis = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    z = rng.normal(size=(faces, 2)) * [1, condition_number**-0.5] @ basis
    t = rng.normal(size=2) + 0.1 * rng.normal(size=(faces, 2))
    return z.astype(kind), t.astype(kind)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), exponent=st.floats(6, 14))
@pytest.mark.parametrize("estimator", ["plug-in", "wishart", "gaussian", "shrinkage"])
def test_a_nearly_singular_covariance_in_single_precision_never_makes_information_negative(estimator, seed, exponent):
    z, t = nearly_singular(np.random.default_rng(seed), 50, 10**exponent)
    try:
        value = estimate_of(estimator, z, t)
    except SingularCovarianceError:
        return  # what it says is tested above
    assert 0 <= value < np.inf


def test_a_condition_number_of_1e12_gives_both_estimates_and_errors():
    outcomes = set()
    for seed in range(40):
        z, t = nearly_singular(np.random.default_rng(seed), 50, 1e12)
        try:
            outcomes.add(linear_fisher(z, t, correction="none") > 0)
        except SingularCovarianceError:
            outcomes.add("error")
    assert outcomes == {True, "error"}


def test_where_the_originals_inverse_fails_ours_does_not():
    """The original inverted the covariance explicitly, in single precision, and got negative diagonals."""
    negative_diagonals = negative_values = 0
    for seed in range(60):
        z, t = nearly_singular(np.random.default_rng(seed), 50, 1e8)
        covariance = np.cov(z, rowvar=False, dtype=np.float32)
        inverse = np.linalg.inv(covariance)
        assert inverse.dtype == np.float32
        slope = t.mean(axis=0)
        negative_diagonals += bool((np.diag(inverse) < 0).any())
        negative_values += bool(slope @ inverse @ slope < 0)
        exact = t.mean(axis=0, dtype=float) @ np.linalg.solve(
            np.cov(z.astype(float), rowvar=False), t.mean(axis=0, dtype=float)
        )
        assert linear_fisher(z, t, correction="none") == pytest.approx(exact, rel=1e-4)
    assert negative_diagonals > 5
    assert negative_values > 5


@pytest.mark.parametrize("estimator", [name for name in fisher.ESTIMATORS if name != "decoded"])
def test_every_estimator_has_a_curve_with_condition_numbers_beside_it(estimator):
    code = random_code(2, seed=1).sample([-0.1, 0.2], 30, photographs=2, draws=2, seed=2)
    curve = fisher.information(code, estimator=estimator, person=code.embeddings.person.values)
    assert curve.dims == ("replicate", "angle")
    assert np.isfinite(curve).all()
    assert curve.attrs["estimator"] == estimator
    np.testing.assert_allclose(curve.condition_number, fisher.condition_number(code.embeddings.values))
    singular = fisher.Code(code.embeddings.copy(), code.tangents)
    singular.embeddings[1, 1, :, 1] = singular.embeddings[1, 1, :, 0]
    if estimator == "shrinkage":
        assert np.isfinite(fisher.information(singular, estimator=estimator)).all()
        return
    if estimator in ("independent-trials", "lda", "svm"):
        singular.tangents[1, 1, :, 1] = singular.tangents[1, 1, :, 0]
    with pytest.raises(SingularCovarianceError, match=r"replicate 1, angle 0\.2000 rad.*Show more faces"):
        fisher.information(singular, estimator=estimator, person=code.embeddings.person.values)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["lda", "svm", "spanning-tree"])
def test_estimators_that_part_people_say_what_they_lack(ensemble, small_faces, estimator):
    images = small_faces.images[:12]
    with pytest.raises(ValueError, match=r"give person, \(n,\)"):
        fisher_curve(ensemble, images, [0.0], estimator=estimator)
    with pytest.raises(ValueError, match="each of 12 faces needs its person; got 3"):
        fisher_curve(ensemble, images, [0.0], estimator=estimator, person=[0, 1, 2])
    with pytest.raises(ValueError, match="persons; got 2"):
        fisher_curve(ensemble, images, [0.0], estimator=estimator, person=np.arange(12) % 2)
    curve = fisher_curve(ensemble, images, [0.0, 0.1], estimator=estimator, person=np.arange(12))
    assert np.isfinite(curve).all()


def test_bad_sides_say_what_was_wanted():
    z = np.ones((9, 2))
    with pytest.raises(ValueError, match="step must be positive"):
        fisher.independent_trials_fisher(z, z, step=0)
    with pytest.raises(ValueError, match="embeddings below and above must have one shape"):
        fisher.independent_trials_fisher(z, z[:-1], step=0.1)
    with pytest.raises(ValueError, match="decoder must be one of lda, svm"):
        fisher.discriminability(z, z, person=np.arange(9), step=0.1, decoder="qda")


class Convolution(torch.nn.Module):
    """An encoder of one's own: (n, H, W) -> (n, 4)."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.filters, self.last = torch.nn.Conv2d(1, 6, 5, stride=3), torch.nn.Linear(96, 4)

    def forward(self, images):
        return self.last(torch.tanh(self.filters(images[:, None])).flatten(1))


ANGLES = np.array([-0.5, 0.2, 0.9])


@pytest.mark.slow
@pytest.mark.parametrize("estimator", sorted(estimators.ESTIMATORS))
def test_any_torch_module_is_an_encoder_for_every_estimator(small_faces, estimator):
    faces = small_faces.spread(60)
    module = Convolution() if estimator != "decoded" else torch.nn.Sequential(Convolution(), torch.nn.Linear(4, 2))
    how = {"estimator": estimator, "person": faces.person, "encoding": "circular"}
    one = fisher_curve(module, faces.images, ANGLES, **how)
    assert one.shape == (1, 3)
    assert np.isfinite(one).all()
    three = fisher_curve(lambda images: torch.stack([module(images)] * 3), faces.images, ANGLES, **how)
    np.testing.assert_allclose(three.values, np.repeat(one.values, 3, axis=0), rtol=1e-4)


@pytest.mark.slow
def test_a_module_in_double_precision_is_given_double_precision(small_faces):
    faces = small_faces.spread(40)
    single, double = (fisher_curve(one, faces.images, ANGLES) for one in (Convolution(), Convolution().double()))
    np.testing.assert_allclose(double, single, rtol=1e-2)
    assert fisher.embed(Convolution().double(), faces.images, ANGLES).shape == (1, 3, 40, 4)


NOISE = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)


def on_a_circle(images):
    """A linear encoder (n, 2) -> (n, 2), whatever made the images."""
    return 3 * images


@pytest.mark.parametrize("kind", ["torch", "torch that takes numbers", "numpy"])
def test_stimuli_of_ones_own_have_the_tangents_of_calculus(kind):
    """3 (cos θ, sin θ) + 0.3 noise: tangents 3 (−sin θ, cos θ), information 100 tᵀS⁻¹t of t = (−sin θ, cos θ)."""
    noise = torch.from_numpy(NOISE)

    def stimuli(theta):
        if kind == "numpy":
            return 0.1 * NOISE + np.array([np.cos(theta), np.sin(theta)], dtype=np.float32)
        if kind == "torch":
            return 0.1 * noise + torch.stack([torch.cos(theta), torch.sin(theta)]).float()
        turned = torch.as_tensor(theta)
        return 0.1 * noise + torch.stack([turned.cos(), turned.sin()]).float()

    code = fisher.embed_with_tangents(on_a_circle, stimuli, ANGLES)
    truth = 3 * np.stack([-np.sin(ANGLES), np.cos(ANGLES)], axis=-1)
    assert code.tangents.shape == (1, 3, 50, 2)
    np.testing.assert_allclose(code.tangents[0].values, np.repeat(truth[:, None], 50, axis=1), atol=2e-3)
    inverse = np.linalg.inv(np.cov(NOISE.T))
    expected = 100 * np.einsum("ai,ij,aj->a", truth / 3, inverse, truth / 3)
    found = fisher_curve(on_a_circle, stimuli, ANGLES, estimator="plug-in")
    np.testing.assert_allclose(found[0], expected, rtol=5e-3)
    embeddings = fisher.embed(on_a_circle, stimuli, ANGLES)
    np.testing.assert_allclose(embeddings, code.embeddings, rtol=1e-5)


def test_stimuli_that_leave_torch_on_their_way_are_refused():
    def detached(theta):
        return torch.from_numpy(NOISE) + torch.cos(torch.tensor(float(theta)))

    def no_stimuli(theta):
        return torch.tensor([theta, 1.0])

    with pytest.raises(ValueError, match="change otherwise than torch's derivative of them says"):
        fisher.embed_with_tangents(on_a_circle, detached, ANGLES)
    with pytest.raises(ValueError, match="stimuli must be finite, of shape"):
        fisher.embed_with_tangents(on_a_circle, no_stimuli, ANGLES)


@pytest.mark.slow
def test_an_ensemble_takes_stimuli_too(small_faces):
    """Faces that a function turns are what the ensemble sees of them otherwise."""
    weights = [initial_weights(Architecture(16), (0, k)) for k in range(2)]
    ensemble = Ensemble(StackedNetwork(Architecture(16), weights), [None, None], "bilinear")
    ensemble.conditions = None  # untrained: nothing labels its replicates
    images = small_faces.images[:30]
    turned = fisher.embed_with_tangents(ensemble, lambda theta: rotate(images, float(theta)), ANGLES)
    usual = fisher.embed_with_tangents(ensemble, images, ANGLES)
    np.testing.assert_allclose(turned.embeddings, usual.embeddings, atol=1e-5)
    np.testing.assert_allclose(turned.tangents, usual.tangents, atol=1e-4)


@pytest.mark.parametrize("replicates", [None, 3])
def test_arrays_of_ones_own_are_a_code(replicates):
    code = random_code(5, seed=3).sample(ANGLES, 40, draws=replicates or 1, seed=4)
    z, t = code.embeddings.values, code.tangents.values
    own = fisher.code_of(*((z, t) if replicates else (torch.from_numpy(z[0]), torch.from_numpy(t[0]))), ANGLES)
    np.testing.assert_array_equal(fisher.information(own), fisher.information(code))
    np.testing.assert_array_equal(own.embeddings.angle, ANGLES)


@pytest.mark.parametrize(
    ("z", "t", "angles", "message"),
    [
        (np.zeros((3, 9, 2)), np.zeros((3, 9, 3)), ANGLES, r"must both be \(A, n, d\) or"),
        (np.zeros((9, 2)), np.zeros((9, 2)), ANGLES, r"must both be \(A, n, d\) or"),
        (np.zeros((3, 9, 2)), np.zeros((3, 9, 2)), ANGLES[:2], r"got .* and \(2,\)"),
        (np.full((3, 9, 2), np.nan), np.zeros((3, 9, 2)), ANGLES, "must be finite"),
    ],
)
def test_arrays_that_are_no_code_say_what_was_wanted(z, t, angles, message):
    with pytest.raises(ValueError, match=message):
        fisher.code_of(z, t, angles)
