"""Estimators on samples whose estimates can be written down, one by one and in stacks."""

import itertools

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.model_selection import GroupKFold

from fisherkit import estimators
from fisherkit.estimators import SingularCovarianceError, linear_fisher, named_estimate

STEP = 0.05

#: Three photographs of each of eight people.
PERSON = np.repeat(np.arange(8), 3)


def samples(*shape, d=2, seed=0, kind=float):
    """Correlated embeddings far from zero, and tangents that follow them in part."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(*shape, d)) @ (rng.normal(size=(d, d)) + 2 * np.eye(d)) + 4
    t = 1.5 + 0.2 * z @ rng.normal(size=(d, d)) + 0.5 * rng.normal(size=z.shape)
    return z.astype(kind), t.astype(kind)


def estimate(estimator, z, t):
    return named_estimate(estimator, z, t, encoding="linear", person=PERSON)


@pytest.mark.parametrize("estimator", estimators.ESTIMATORS)
def test_a_stack_is_estimated_sample_by_sample_in_double_precision(estimator):
    z, t = samples(2, 2, 24, kind=np.float32)
    found = estimate(estimator, z, t)
    assert (found.shape, found.dtype) == ((2, 2), np.float64)
    for place in np.ndindex(2, 2):
        one = estimate(estimator, z[place].astype(float), t[place].astype(float))
        assert np.shape(one) == ()
        assert found[place] == pytest.approx(one, rel=1e-7)


@pytest.mark.parametrize("estimator", estimators.ESTIMATORS)
def test_no_estimate_depends_on_the_unit_of_the_embedding(estimator):
    z, t = samples(24)
    tolerance = 0.01 if estimator == "svm" else 1e-6  # whose fit stops short of its optimum
    assert estimate(estimator, 1e-4 * z, 1e-4 * t) == pytest.approx(estimate(estimator, z, t), rel=tolerance)


@pytest.mark.parametrize("step", [None, 0.5])
def test_a_name_stands_for_its_function(step):
    z, t = samples(24, seed=3)
    options = {} if step is None else {"step": step}
    step = step or STEP
    sides = z - step * t, z + step * t
    expected = {
        "paired": linear_fisher(z, t, person=PERSON),
        "wishart": linear_fisher(z, t, correction="wishart", person=PERSON),
        "plug-in": linear_fisher(z, t, correction="none"),
        "decoded": estimators.decoded_fisher(z, t, encoding="linear", person=PERSON),
        "gaussian": estimators.gaussian_fisher(z, t),
        "independent-trials": estimators.independent_trials_fisher(*sides, step=step),
        "shrinkage": estimators.shrinkage_fisher(z, t),
        "robust": estimators.robust_fisher(z, t),
        "lda": estimators.discriminability(*sides, person=PERSON, step=step),
        "svm": estimators.discriminability(*sides, person=PERSON, step=step, decoder="svm"),
        "spanning-tree": estimators.spanning_tree_fisher(z, t, person=PERSON),
    }
    for name in estimators.ESTIMATORS:
        found = named_estimate(name, z, t, encoding="linear", person=PERSON, **options)
        assert found == pytest.approx(expected[name], rel=1e-12)
    if step != STEP:  # nearer to each other, both decoders find the same direction
        assert len({round(value, 9) for value in expected.values()}) == len(expected)


def test_names_that_need_more_say_so():
    z, t = samples(24)
    with pytest.raises(ValueError, match="estimator must be one of paired, wishart, plug-in"):
        named_estimate("pair", z, t)
    for estimator in estimators.BY_PERSON:
        with pytest.raises(ValueError, match=rf"'{estimator}' keeps .* give person, \(n,\)"):
            named_estimate(estimator, z, t)
    with pytest.raises(ValueError, match="needs to know how to decode"):
        named_estimate("decoded", z, t)
    for estimator in ("paired", "wishart"):
        assert named_estimate(estimator, z, t) == linear_fisher(z, t, correction=estimator)


WITHOUT = {
    "plain": (2, lambda z, t, who: linear_fisher(z, t, person=who), estimators.linear_fisher_without),
    "many dimensions": (4, lambda z, t, who: linear_fisher(z, t, person=who), estimators.linear_fisher_without),
    "decoded": (
        2,
        lambda z, t, who: estimators.decoded_fisher(z, t, encoding="linear", person=who),
        lambda z, t, who: estimators.decoded_fisher_without(z, t, who, encoding="linear"),
    ),
    "shrinkage": (2, lambda z, t, who: estimators.shrinkage_fisher(z, t), estimators.shrinkage_fisher_without),
    "mean": (2, lambda z, t, who: z[..., 0].mean(axis=-1), lambda z, t, who: estimators.mean_without(z[..., 0], who)),
}


@pytest.mark.parametrize("kind", WITHOUT)
@pytest.mark.parametrize("stack", [(), (2, 3)])
def test_people_left_out_of_a_stack_leave_the_estimate_of_the_others(kind, stack):
    d, of, without = WITHOUT[kind]
    z, t = samples(*stack, 24, d=d, kind=np.float32)
    person = np.random.default_rng(1).permutation(PERSON)
    found = without(z, t, person)
    assert (found.shape, found.dtype) == ((8, *stack), np.float64)
    for name, one in enumerate(found):
        kept = person != name
        expected = of(z[..., kept, :].astype(float), t[..., kept, :].astype(float), person[kept])
        np.testing.assert_allclose(one, expected, rtol=1e-10)


@pytest.mark.parametrize("correction", estimators.CORRECTIONS)
@pytest.mark.parametrize("kind", ["plain", "many dimensions"])
def test_faces_left_out_where_each_is_of_another_person(kind, correction):
    z, t = samples(12, d=WITHOUT[kind][0])
    found = estimators.linear_fisher_without(z, t, np.arange(12), correction=correction)
    expected = [linear_fisher(*(np.delete(of, k, axis=0) for of in (z, t)), correction=correction) for k in range(12)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", WITHOUT)
def test_many_people_are_left_out_in_groups_whatever_is_estimated(kind):
    d, of, without = WITHOUT[kind]
    z, t = samples(62, d=d)
    found = without(z, t, np.arange(62))
    assert len(found) == estimators.MOST_LEFT_OUT
    for place, kept in ((0, slice(2, None)), (-1, slice(0, -1))):  # the first two groups are of two people
        assert found[place] == pytest.approx(of(z[kept], t[kept], np.arange(62)[kept]))


@pytest.mark.parametrize("kind", WITHOUT)
def test_nobody_is_left_out_of_two(kind):
    d, _, without = WITHOUT[kind]
    z, t = samples(24, d=d)
    with pytest.raises(ValueError, match="leaving people out in turn needs at least 3 persons; got 2"):
        without(z, t, PERSON % 2)
    assert np.isfinite(without(z, t, PERSON % 3)).all()


def test_a_correction_of_another_name_is_refused_where_people_are_left_out():
    with pytest.raises(ValueError, match="correction must be one of paired, wishart, none"):
        estimators.linear_fisher_without(*samples(24), PERSON, correction="pair")


@pytest.mark.parametrize("d", [2, 4])
def test_a_mean_that_stands_still_has_no_information_to_correct(d):
    z, t = samples(24, d=d)
    t -= t.mean(axis=0)
    still = 0 * t
    assert linear_fisher(z, still, person=PERSON) == linear_fisher(z, still, correction="wishart", person=PERSON) == 0
    np.testing.assert_array_equal(estimators.linear_fisher_without(z, still, PERSON), 0)
    # Tangents that differ are noise, which is all that is taken off.
    assert linear_fisher(z, t, person=PERSON) < 0


def test_the_correction_by_person_is_of_a_direction_and_not_of_a_length():
    z, t = samples(24)
    slow = t * 1e-3
    for correction in estimators.CORRECTIONS:
        here, there = (linear_fisher(z, of, correction=correction, person=PERSON) for of in (t, slow))
        assert there == pytest.approx(here * 1e-6)
        left, slower = (estimators.linear_fisher_without(z, of, PERSON, correction=correction) for of in (t, slow))
        np.testing.assert_allclose(slower, left * 1e-6)


@pytest.mark.parametrize("dimensions", [1, 3])
def test_as_many_faces_are_asked_for_as_the_correction_takes(dimensions):
    z, t = samples(dimensions + 3, d=dimensions)
    assert np.isfinite(linear_fisher(z, t))
    with pytest.raises(ValueError, match=f"needs more than {dimensions + 2} faces; got {dimensions + 2}"):
        linear_fisher(z[1:], t[1:])


def test_three_faces_have_a_shrunk_covariance_and_two_in_one_dimension_alone():
    z, t = samples(4, 4, d=5)
    assert (estimators.shrinkage_fisher(z[:, :3], t[:, :3]) > 0).all()
    assert (estimators.shrinkage_fisher_without(z, t, np.arange(4)) > 0).all()
    assert (estimators.shrinkage_fisher(z[:, :2, :1], t[:, :2, :1]) > 0).all()
    assert (estimators.shrinkage_fisher_without(z[:, :3, :1], t[:, :3, :1], np.arange(3)) > 0).all()
    with pytest.raises(SingularCovarianceError):
        estimators.shrinkage_fisher(z[:, :2], t[:, :2])
    with pytest.raises(ValueError, match="an estimate in 5 dimensions needs more than 1 faces; got 1"):
        estimators.shrinkage_fisher(z[:, :1], t[:, :1])


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused_on_either_side(which, value):
    both = samples(3, 24)
    both[which][1, 5, 1] = value
    with pytest.raises(ValueError, match=r"(embeddings|tangents) must be finite"):
        linear_fisher(*both)


@pytest.mark.parametrize("shapes", [((9,), (9,)), ((), ()), ((9, 2), (9, 1)), ((9, 2), (1, 9, 2))])
def test_samples_that_are_not_faces_by_dimensions_are_refused(shapes):
    first, second = (np.ones(shape) for shape in shapes)
    with pytest.raises(ValueError, match=r"embeddings and tangents must have one shape, \(..., faces, dimensions\)"):
        linear_fisher(first, second)
    with pytest.raises(ValueError, match="embeddings below and above must have one shape"):
        estimators.independent_trials_fisher(first, second, step=STEP)


@pytest.mark.parametrize("step", [0, -0.1, np.nan])
def test_a_step_that_is_not_positive_is_refused(step):
    z, t = samples(24)
    for estimator in ("independent-trials", "lda"):
        with pytest.raises(ValueError, match=r"step must be (positive, in rad|a finite number); got"):
            named_estimate(estimator, z, t, person=PERSON, step=step)


@pytest.mark.parametrize(("estimator", "least"), [("lda", 5), ("svm", 5), ("spanning-tree", 4)])
def test_decoders_and_trees_need_people_to_part(estimator, least):
    z, t = samples(24)
    assert np.isfinite(named_estimate(estimator, z, t, person=np.arange(24) % least))
    with pytest.raises(ValueError, match=f"parting faces by person needs at least {least} persons; got {least - 1}"):
        named_estimate(estimator, z, t, person=np.arange(24) % (least - 1))


def scattered(variances, seed=0):
    """Samples whose covariance is diagonal, exactly."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(30, len(variances)))
    z -= z.mean(axis=0)
    return np.linalg.qr(z)[0] * np.sqrt(29 * np.asarray(variances))


def test_the_condition_number_is_that_of_the_covariance_and_infinite_where_there_is_no_inverse():
    z = np.stack([scattered(of) for of in ([2.0, 50.0, 4.0], [0.0, 3.0, 4.0], [0.0, 0.0, 0.0])])
    turn = ortho_group.rvs(3, random_state=0)
    assert estimators.condition_number(z[0] @ turn + 3) == pytest.approx(25)
    single = (z[0] @ turn).astype(np.float32)
    assert estimators.condition_number(single).dtype == np.float64
    np.testing.assert_allclose(estimators.condition_number(np.stack([z, z])), [[25, np.inf, np.inf]] * 2)


@pytest.mark.parametrize(("variances", "told"), [([1e-14, 1.0], r"1e\+14"), ([0.0, 1.0], "inf"), ([0.0, 0.0], "inf")])
def test_a_covariance_without_an_inverse_is_told_with_its_place_and_condition_number(variances, told):
    bad, good = scattered(variances), scattered([1.0, 2.0])
    tangents = np.ones((30, 2))
    with pytest.raises(SingularCovarianceError, match=rf"embeddings cannot be inverted.* {told}, more than 1e\+12"):
        linear_fisher(bad, tangents)
    z = np.stack([[good, good, good], [good, bad, bad]])
    with pytest.raises(SingularCovarianceError, match=r"embeddings at index \(1, 1\) cannot") as caught:
        linear_fisher(z, np.broadcast_to(tangents, z.shape))
    assert caught.value.place == (1, 1)
    assert linear_fisher(scattered([1e-11, 1.0]), tangents) > 0


def test_a_share_along_the_tangent_knows_no_units_and_needs_one():
    z, t = samples(24)
    assert estimators.variance_along_tangent(1e-6 * z, 1e-6 * t) == pytest.approx(
        estimators.variance_along_tangent(z, t)
    )
    for bad in ((z, 0 * t), (np.ones_like(z), t)):
        with pytest.raises(ValueError, match="means that move and clouds that scatter"):
            estimators.variance_along_tangent(*(np.stack(pair) for pair in zip((z, t), bad, strict=True)))


def test_a_share_along_the_tangent_of_a_stack_is_that_of_each():
    z, t = samples(2, 3, 24)
    found = estimators.variance_along_tangent(z, t)
    for place in np.ndindex(2, 3):
        u = t[place].mean(axis=0) / np.linalg.norm(t[place].mean(axis=0))
        covariance = np.cov(z[place], rowvar=False)
        assert found[place] == pytest.approx(u @ covariance @ u / np.trace(covariance))


@pytest.mark.parametrize(("decoder", "d"), [("lda", 1), ("svm", 1), ("lda", 3)])
@pytest.mark.parametrize("person", [np.arange(15), np.arange(15) // 2, np.arange(15) % 6])
def test_a_decoder_reads_the_discriminant_of_the_people_it_has_seen(decoder, d, person):
    """Fisher's direction, which is the embedding itself in one dimension, whatever the decoder."""
    rng = np.random.default_rng(3)
    people = len(np.unique(person))
    sides = rng.normal(size=(2, 15, d)) + 2 * np.arange(2)[:, None, None]
    score = np.empty((2, 15))
    for train, test in GroupKFold(5).split(sides[0], groups=person):
        within = sum(np.cov(side[train], rowvar=False) for side in sides).reshape(d, d) / 2
        means = sides[:, train].mean(axis=1)
        values = sides @ np.linalg.solve(within, means[1] - means[0])
        score[:, test] = (values[:, test] - values[:, train].mean()) / np.sqrt(
            values[:, train].var(axis=1, ddof=1).mean()
        )
    difference = score[1] - score[0]
    of_people = [(difference - difference.mean())[person == one].sum() / 15 for one in np.unique(person)]
    square = difference.mean() ** 2 - people / (people - 1) * np.square(of_people).sum()
    expected = 12 / 14 * square / score.var(axis=1, ddof=1).mean() / 0.4**2
    found = estimators.discriminability(*sides, person=person, step=0.2, decoder=decoder)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", [0, (3, 1)])
def test_in_one_dimension_the_tree_is_the_chain_of_sorted_embeddings(seed):
    """Two photographs a person, of which the second is the first again: a distance of zero is an edge like others."""
    rng = np.random.default_rng(4)
    z, t = np.repeat(rng.normal(size=14), 2), np.repeat(2 + 0.3 * rng.normal(size=14), 2)
    person = np.repeat(np.arange(14), 2) % 7
    pilot = estimators.gaussian_fisher(z[:, None], t[:, None])
    squares = np.array([0.3, 0.6, 0.9, 1.2, 1.5]) / pilot
    ratios = []
    for delta in np.sqrt(squares):
        divergences = []
        for generator, swapped in itertools.product(np.random.SeedSequence(seed).spawn(4), (False, True)):
            above = (np.random.default_rng(generator).permutation(7)[person] < 3) != swapped
            order = np.argsort(np.where(above, z + t * delta / 2, z - t * delta / 2), kind="stable")
            crossing = np.count_nonzero(np.diff(above[order].astype(int)))
            divergences.append(1 - crossing * 28 / (2 * above.sum() * (28 - above.sum())))
        ratios.append(np.mean(divergences) / (1 - np.mean(divergences)))
    expected = 4 * np.linalg.lstsq(squares[:, None], ratios, rcond=None)[0][0]
    found = estimators.spanning_tree_fisher(z[:, None], t[:, None], person=person, seed=seed)
    assert found == pytest.approx(expected, rel=1e-9)
    if seed == 0:
        assert named_estimate("spanning-tree", z[:, None], t[:, None], person=person) == found


@pytest.mark.parametrize("d", [1, 2])
def test_the_robust_mean_is_that_of_the_tangents_within_three_median_distances(d):
    """Median distance 1 of 5; two faces beyond 2, whose pulls cancel, one within 3 and one far beyond."""
    away = np.array([0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2.9, -1000])
    direction = np.array([2.0, -1.0])[:d]
    z = np.random.default_rng(0).normal(size=(9, d))
    plain = estimators.robust_fisher(z, np.broadcast_to(direction, z.shape))
    for which in (away, away[::-1]):
        assert estimators.robust_fisher(z, (5 + which)[:, None] * direction) == pytest.approx(
            plain * (5 + 2.9 / 8) ** 2
        )
    # At three median distances a face counts, and no further: exactly three in one dimension, where nothing is rounded.
    most_near = 3.0 if d == 1 else 3 - 1e-9
    for centre, (most, mean) in itertools.product((0, 5), ((most_near, most_near / 8), (3.01, 0.0))):
        moved = (centre + np.where(away == 2.9, most, away))[:, None] * direction
        assert estimators.robust_fisher(z, moved) == pytest.approx(plain * (centre + mean) ** 2, abs=1e-9 * plain)
    # The scale of each sample is its own.
    moved = (5 + away)[:, None] * direction
    stack = estimators.robust_fisher(np.stack([z, z]), np.stack([moved, 1e3 * moved]))
    np.testing.assert_allclose(stack, plain * (5 + 2.9 / 8) ** 2 * np.array([1, 1e6]))
    far = np.where(away == 2.9, 3.01, away)[:, None] * direction
    stack = estimators.robust_fisher(np.stack([z, z]), np.stack([far, 1e3 * far]))
    np.testing.assert_allclose(stack, 0, atol=1e-9 * plain)


def test_pulls_on_the_robust_mean_are_bounded_at_two_median_distances():
    """Of four faces beyond two, two a side, pulls are equal; were they not, the centre would leave one face out."""
    away = np.array([0, 0.5, -0.5, -1, -1, -1, 1, 2, 2.2, 2.95, -1000, -1000])
    z = np.random.default_rng(0).normal(size=(12, 1))
    plain = estimators.robust_fisher(z, np.ones_like(z))
    assert estimators.robust_fisher(z, away[:, None]) == pytest.approx(plain * away[:-2].mean() ** 2)


def test_the_robust_covariance_has_the_scale_of_a_gaussian():
    z = np.random.default_rng(1).normal(size=(30_000, 1))
    assert estimators.robust_fisher(z, np.ones_like(z)) == pytest.approx(1, abs=0.033)


@pytest.mark.parametrize(("d", "line"), [(1, False), (2, False), (2, True), (3, False)])
def test_a_bulk_of_faces_at_a_point_or_on_a_line_is_an_error_that_names_its_place(d, line):
    z, t = samples(2, 30, d=d)
    z[1, :22] = np.repeat(z[1, :22, :1], d, axis=-1) if line else z[1, 0]
    assert np.isfinite(linear_fisher(z, t)).all()
    with pytest.raises(SingularCovarianceError, match=r"at index \(1,\) cannot be inverted.*Show more faces"):
        estimators.robust_fisher(z, t)


@pytest.mark.parametrize("correction", estimators.CORRECTIONS)
@pytest.mark.parametrize("centres", [(0.0, 0.0, 0.0), (3.0, -2.0, 1.6), (0.1, 0.2, np.pi)])
def test_the_circle_has_no_seam(correction, centres):
    """Angles about any mean, of one sample or another, are those about zero."""
    rng = np.random.default_rng(5)
    angle, speed = 0.4 * rng.normal(size=(3, 24)), 1 + 0.2 * rng.normal(size=(3, 24))
    centred = np.angle(np.exp(1j * angle) / np.exp(1j * angle).mean(axis=-1, keepdims=True))
    how = {"correction": correction}
    expected = linear_fisher(centred[..., None], speed[..., None], person=PERSON, **how)
    without = estimators.linear_fisher_without(centred[..., None], speed[..., None], PERSON, **how)
    shown = angle + np.array(centres)[:, None]
    z = np.stack([np.cos(shown), np.sin(shown)], axis=-1)
    t = speed[..., None] * np.stack([-z[..., 1], z[..., 0]], axis=-1)
    for encoding in ("circular", "geodesic"):
        found = estimators.decoded_fisher(z, t, encoding=encoding, person=PERSON, **how)
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        left = estimators.decoded_fisher_without(z, t, PERSON, encoding=encoding, **how)
        np.testing.assert_allclose(left, without, rtol=1e-9)


def test_the_estimate_without_people_does_not_depend_on_where_the_code_lies():
    z, t = samples(2, 24)
    away = z + 1e5 * np.array([1.0, -3.0]).reshape(2, 1, 1)
    here, there = (estimators.linear_fisher_without(of, t, PERSON) for of in (z, away))
    np.testing.assert_allclose(there, here, rtol=1e-6)
    np.testing.assert_array_equal(here, estimators.linear_fisher_without(z, t, PERSON, correction="paired"))


def test_the_variance_of_the_estimate_from_trials_is_infinite_for_few_of_them():
    with pytest.raises(ValueError, match=r"finite for more than 3 trials per angle; got 3\. Give more trials"):
        estimators.independent_trials_variance(1.0, trials=3, dimensions=1, step=STEP)
    single = np.float32([1.1, 30.3])
    few = {"trials": 4, "dimensions": 1, "step": STEP}
    found, expected = (estimators.independent_trials_variance(of, **few) for of in (single, single.astype(float)))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


def test_a_decoder_takes_a_cloud_on_a_line_where_the_other_is_none():
    z, t = samples(24)
    below, above = z.copy(), z + t
    below[:, 1] = below[:, 0]
    for sides in ((below, above), (above, below)):
        assert np.isfinite(estimators.discriminability(*sides, person=PERSON, step=0.5))
    with pytest.raises(SingularCovarianceError, match="Show more faces"):
        estimators.discriminability(below, below + 1, person=PERSON, step=0.5)
