import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit import fisher
from fisherkit.faces import rotate
from fisherkit.fisher import SingularCovarianceError, decoded_fisher, fisher_curve, linear_fisher
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
    decoded = decoded_fisher(z, t, encoding="linear")
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
    weights = [initial_weights(16, (0, k)) for k in range(3)]
    ensemble = Ensemble(StackedNetwork(16, weights), range(3), "bicubic")
    ensemble.conditions = None  # untrained: nothing labels its replicates
    return ensemble


def test_tangents_are_the_networks_derivative_along_the_images(ensemble, small_faces):
    images, step = small_faces.images[:12], 0.05
    code = fisher.embed_with_tangents(ensemble, images, [0.2], step=step)
    here, after, before = (rotate(images, 0.2 + s, interpolation="bicubic") for s in (0, step, -step))
    h = 0.02
    along = (after - before) / (2 * step)
    numeric = (ensemble(here + h * along) - ensemble(here - h * along)) / (2 * h)
    np.testing.assert_allclose(code.tangents.values[:, 0], numeric, atol=2e-4)
    np.testing.assert_allclose(code.embeddings.values[:, 0], ensemble(here), atol=1e-6)


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


def test_curve_errors_say_what_was_wanted(ensemble, small_faces):
    images = small_faces.images[:10]
    for bad, message in (
        ({"estimator": "plugin"}, "paired, wishart, plug-in, decoded"),
        ({"step": 0}, "step must be positive"),
        ({"estimator": "decoded"}, "how to decode"),
    ):
        with pytest.raises(ValueError, match=message):
            fisher_curve(ensemble, images, [0.0], **bad)
    with pytest.raises(ValueError, match=r"\(n, H, W\)"):
        fisher_curve(ensemble, images[0], [0.0])
    with pytest.raises(ValueError, match=r"shape \(A,\)"):
        fisher_curve(ensemble, images, [])


def test_a_curve_does_not_depend_on_how_many_angles_are_held_at_once(ensemble, small_faces, monkeypatch):
    images, angles = small_faces.images[:20], np.linspace(-0.5, 0.5, 7)
    whole = fisher_curve(ensemble, images, angles)
    monkeypatch.setattr(fisher, "_BLOCK_VALUES", 20 * 3 * 2)  # two angles
    xr.testing.assert_identical(fisher_curve(ensemble, images, angles), whole)
    assert whole.attrs["estimator"] == "paired"


def test_an_ensemble_is_embedded_like_any_encoder(ensemble, small_faces):
    """The product of all first layers over the disc, against the images' path that every encoder takes."""
    images, angles = small_faces.images[:12], [-0.3, 0.7]
    fast = fisher.embed_with_tangents(ensemble, images, angles)
    plain = fisher.embed_with_tangents(lambda x: ensemble(x), images, angles, interpolation="bicubic")
    np.testing.assert_allclose(fast.embeddings, plain.embeddings, atol=1e-5)
    np.testing.assert_allclose(fast.tangents, plain.tangents, atol=1e-4)


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
