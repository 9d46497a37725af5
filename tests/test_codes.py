import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherkit import codes
from fisherkit.codes import ENCODINGS, LOSS_ORDERS, LOSSES
from fisherkit.losses import EPSILON, Loss, Objective, order_of, small_error_order

F = {"linear": lambda x: x, "sqrt": np.sqrt, "square": np.square, "quart": lambda x: x**4,
     "root4": lambda x: x**0.25, "log": np.log}  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_decoding_undoes_the_target(encoding):
    theta = np.linspace(*codes.angle_range(encoding), 51)[1:]
    np.testing.assert_allclose(codes.decode(codes.target(theta, encoding), encoding), theta, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(
    encoding=st.sampled_from(ENCODINGS),
    loss=st.sampled_from(LOSSES),
    z=st.tuples(st.floats(-3, 3), st.floats(-3, 3)).filter(lambda z: np.hypot(*z) > 0.1),
    theta=st.floats(-1.5, 1.5),
)
def test_losses_are_their_formulas(encoding, loss, z, theta):
    """Against the definitions, written out once more in float64."""
    decoded = codes.decode(np.array(z), encoding)
    f = F[loss]
    if encoding == "linear":
        expected = f(abs(decoded - theta) + EPSILON)
    elif encoding == "geodesic":
        expected = f(abs(codes.wrap(decoded - theta)) + EPSILON)
    else:
        expected = f(2 + EPSILON) - f(max(1 + np.cos(decoded - theta), 0) + EPSILON)
    objective = Objective((encoding,), (loss,))
    actual = objective(torch.tensor([[z]], dtype=torch.float64), torch.tensor([[theta]], dtype=torch.float64))
    # Rounding of the cosine is amplified where it is near −1.
    assert float(actual) == pytest.approx(expected, rel=1e-6, abs=1e-6 if encoding != "circular" else 1e-3)


def test_every_loss_has_finite_gradients_at_a_perfect_answer():
    pairs = [(encoding, loss) for encoding in ENCODINGS for loss in LOSSES]
    theta = torch.full((len(pairs), 1), 0.3)
    z = torch.stack([torch.tensor(codes.target(0.3, e), dtype=torch.float32) for e, _ in pairs])[:, None]
    z.requires_grad_()
    loss = Objective(*zip(*pairs, strict=True))(z, theta)
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(z.grad).all()


def test_company_does_not_change_a_loss():
    generator = torch.Generator().manual_seed(0)
    z, theta = torch.randn(3, 32, 2, generator=generator), torch.randn(3, 32, generator=generator)
    together = Objective(("circular", "linear", "geodesic"), ("log", "root4", "sqrt"))(z, theta)
    alone = Objective(("linear",), ("root4",))(z[1:2], theta[1:2])
    assert torch.equal(together[1:2], alone)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tangent_of_the_decoder_is_its_derivative(encoding):
    rng = np.random.default_rng(0)
    z, t, h = rng.normal(size=(20, 2)) + 2, rng.normal(size=(20, 2)), 1e-6
    numeric = (codes.decode(z + h * t, encoding) - codes.decode(z - h * t, encoding)) / (2 * h)
    np.testing.assert_allclose(codes.decode_tangent(z, t, encoding), numeric, atol=1e-8)


def test_errors_wrap_on_the_circle_only():
    assert codes.angular_error(3.1, -3.1, "circular") == pytest.approx(6.2 - 2 * np.pi)
    assert codes.angular_error(3.1, -3.1, "linear") == pytest.approx(6.2)


def test_what_the_decoder_ignores_does_not_move_it():
    z = np.array([[1.0, 0.4], [0.2, 0.9]])
    across = np.array([0.3, -0.3])
    np.testing.assert_allclose(codes.decode(z + across, "linear"), codes.decode(z, "linear"))
    np.testing.assert_allclose(codes.unseen(z + across, "linear"), codes.unseen(z, "linear") + 0.3)
    np.testing.assert_allclose(codes.decode(2 * z, "circular"), codes.decode(z, "circular"))
    np.testing.assert_allclose(codes.unseen(2 * z, "circular"), codes.unseen(z, "circular") + np.log(2))


@pytest.mark.parametrize("bad", [(("lineal",), ("log",)), (("linear",), ("cube",)), (("linear",), ("log", "log"))])
def test_bad_objectives_say_what_was_wanted(bad):
    with pytest.raises(ValueError, match="got"):
        Objective(*bad)


def test_orders_of_the_losses():
    assert [LOSS_ORDERS[name] for name in ("log", "root4", "sqrt", "linear", "square", "quart")] == [
        0,
        0.25,
        0.5,
        1,
        2,
        4,
    ]


def test_grids_span_the_range_of_their_encoding():
    for encoding in ENCODINGS:
        grid = codes.angle_grid(encoding, 7)
        assert len(grid) == 7
        assert (grid[0], grid[-1]) == codes.angle_range(encoding)
    with pytest.raises(ValueError, match="angles must be a whole number of at least 5; got 4"):
        codes.angle_grid("linear", 4)
    with pytest.raises(ValueError, match="encoding must be one of"):
        codes.angle_grid("square", 10)


def test_small_errors_are_scored_by_their_square_in_the_circular_encoding():
    """The loss of an error of δ, less that of none, goes as δ^q: ten times less of it is 10^q times less loss."""
    for encoding in ("linear", "circular", "geodesic"):
        objective = Objective((encoding,), ("quart",))
        angles = torch.tensor([[0.0, 0.1, 0.01]], dtype=torch.float64)
        answers = torch.as_tensor(codes.target(np.zeros((1, 3)), encoding))
        none, large, small = objective(answers, angles)[0].tolist()
        expected = 10 ** small_error_order("quart", encoding)
        assert (large - none) / (small - none) == pytest.approx(expected, rel=0.02)
    assert small_error_order("log", "circular") == small_error_order("quart", "circular") == 2
    assert small_error_order("log", "geodesic") == 0
    with pytest.raises(ValueError, match="loss must be one of"):
        small_error_order("quarts", "linear")


def huber(x, width):
    return torch.where(x < width, x**2 / (2 * width), x - width / 2)


HUBER = Loss("Huber", 2.0, huber, {"width": 0.2})


def test_a_loss_of_ones_own_is_its_formula_in_every_encoding():
    z, theta = torch.tensor([[[0.3, 0.4]]], dtype=torch.float64), torch.tensor([[0.1]], dtype=torch.float64)
    error = 0.25 + EPSILON
    assert float(Objective(("linear",), (HUBER,))(z, theta)) == pytest.approx(error - 0.1)
    assert float(Objective(("linear",), (Loss("cube", 3.0),))(z, theta)) == pytest.approx(error**3)
    assert float(Objective(("linear",), (Loss("logarithm", 0.0),))(z, theta)) == pytest.approx(np.log(error))
    similarity = np.cos(np.arctan2(0.4, 0.3) - 0.1)
    best, there = 2 + EPSILON - 0.1, 1 + similarity + EPSILON - 0.1
    assert float(Objective(("circular",), (HUBER,))(z, theta)) == pytest.approx(best - there)


def test_own_losses_leave_those_of_the_book_as_they_are_to_the_bit():
    generator = torch.Generator().manual_seed(0)
    z, theta = torch.randn(6, 32, 2, generator=generator), torch.randn(6, 32, generator=generator)
    alone = Objective(("linear",) * 6, LOSSES)(z, theta)
    mixed = (*LOSSES[:2], HUBER, *LOSSES[3:5], Loss("power", 4.0))
    together = Objective(("linear",) * 6, mixed)(z, theta)
    for row in (0, 1, 3, 4):
        assert torch.equal(together[row], alone[row])
    same = [Objective(("linear",), (Loss(f"my {loss}", LOSS_ORDERS[loss]),))(z[k : k + 1], theta[k : k + 1])
            for k, loss in enumerate(LOSSES)]  # fmt: skip
    assert torch.equal(torch.cat(same), alone)


def test_what_a_function_makes_of_other_replicates_errors_does_not_reach_them():
    def root_of_the_rest(x):  # no number beyond one, and no derivative there
        return -torch.sqrt(1.0001 - x)

    z = torch.full((2, 32, 2), 3.0, requires_grad=True)
    with torch.no_grad():
        z[1] = 0.5
    values = Objective(("linear", "linear"), ("linear", HUBER))(z, torch.zeros(2, 32))
    values.sum().backward()
    assert torch.isfinite(z.grad).all()
    with pytest.raises(ValueError, match="the loss rest must be finite and rise"):
        Loss("rest", 1.0, root_of_the_rest)


def test_a_parameter_changes_what_the_key_holds_of_a_loss_and_so_does_what_the_function_says():
    def otherwise(x, width):
        return torch.where(x < width, x**2 / (2 * width), x - width / 2) * 1.01

    again = Loss("Huber", 2.0, huber, {"width": 0.2})
    assert again.spec == HUBER.spec
    others = [Loss("Huber", 2.0, huber, {"width": 0.21}), Loss("Huber", 2.0, otherwise, {"width": 0.2})]
    assert all(other.spec != HUBER.spec for other in others)
    assert Loss("cube", 3).spec == Loss("third", 3.0).spec == {"order": 3.0}  # a name makes no weights
    assert order_of(HUBER) == small_error_order(HUBER, "linear") == 2
    assert small_error_order(Loss("cube", 3.0), "circular") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("linear", 1.0), "a name that is none of linear, sqrt"),
        (("mine", -1.0), "at least 0"),
        (("mine", np.nan), "finite number"),
        (("mine", 1.0, None, {"a": 1.0}), "needs a function of its parameters, .*; got none"),
        (("mine", 1.0, huber, {"width": np.inf}), "width.* must be a finite number; got inf"),
        (("mine", 1.0, lambda x: 1 - x), "rise with the error"),
        (("mine", 1.0, lambda x: x.sum()), "a tensor of as many numbers"),
    ],
)
def test_losses_that_cannot_be_trained_say_why(arguments, message):
    with pytest.raises(ValueError, match=message):
        Loss(*arguments)
