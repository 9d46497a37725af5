"""A deep linear network trained by gradient descent, against its closed form.

Inputs are one-hot: the i-th is shown with frequency p_i, and wants the i-th column of an orthogonal matrix. So that of
W₂W₁ along each wanted pair obeys ȧ = 2 p a (1 − a) in units of the rate, from balanced weights (W₁W₁ᵀ = W₂ᵀW₂):

    a(t) = e^{2pt} / (e^{2pt} − 1 + 1/a₀).

The equation is logistic, solved by separation; Saxe, McClelland & Ganguli 2014 (arXiv:1312.6120) found it for modes of
any strength. Benjamin et al. 2022 (Nature Communications 13) conclude that gradient descent makes codes more sensitive
to what is common, though nothing limits them.
"""

import numpy as np
import pytest
import scipy.stats
import torch

FREQUENCIES = np.array([0.4, 0.25, 0.15, 0.12, 0.08])
RATE = 0.05
START = 1e-3


def closed_form(time):
    """(T, 5) the strength of each mode at times in units of 1 ÷ rate."""
    grown = np.exp(2 * FREQUENCIES * np.asarray(time)[:, None])
    return grown / (grown - 1 + 1 / START)


def trained(first, second, wanted, steps):
    """W₂W₁ after each of some numbers of full-batch steps of gradient descent on the expected squared error ÷ 2."""
    weights = [torch.tensor(array, requires_grad=True) for array in (first, second)]
    optimiser = torch.optim.SGD(weights, lr=RATE)
    shown, target = torch.tensor(FREQUENCIES), torch.tensor(wanted)
    kept = []
    for step in range(max(steps) + 1):
        product = weights[1] @ weights[0]
        if step in steps:
            kept.append(product.detach().numpy().copy())
        loss = (shown * ((product - target) ** 2).sum(dim=0)).sum() / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return np.array(kept)


@pytest.fixture(scope="module")
def orthogonal():
    return scipy.stats.ortho_group.rvs(5, size=2, random_state=0)


STEPS = (0, 50, 100, 150, 200, 300, 400, 600, 1200)


def test_modes_of_a_linear_network_follow_their_closed_form(orthogonal):
    wanted, hidden = orthogonal
    product = trained(np.sqrt(START) * hidden, np.sqrt(START) * wanted @ hidden.T, wanted, STEPS)
    strength = np.einsum("tij,ij->tj", product, wanted)  # along the wanted output of each input
    expected = closed_form(RATE * np.array(STEPS))
    # A step of gradient descent is not infinitely small: the curve comes late by about a step in a hundred.
    np.testing.assert_allclose(strength, expected, atol=0.02)
    assert np.ptp(expected[5]) > 0.5  # so that the tolerance could have been missed
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(strength, closed_form(1.1 * RATE * np.array(STEPS)), atol=0.02)


def test_sensitivity_follows_frequency_while_learning_and_not_in_the_end(orthogonal):
    wanted, _ = orthogonal
    rng = np.random.default_rng(1)
    begun = 0.02 * rng.normal(size=(2, 5, 5))
    middle, end = np.linalg.norm(trained(*begun, wanted, (500, 4000)), axis=1)  # of each input's column
    assert (np.diff(middle) < 0).all()  # frequencies fall
    assert middle[0] > 5 * middle[-1]
    np.testing.assert_allclose(end, 1, atol=1e-3)
