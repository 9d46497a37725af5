"""What theory predicts for the exponent of I ∝ p^α. Closed forms only; must not know data or networks."""

import math

import pandas as pd

from fisherkit.checks import checked
from fisherkit.codes import LOSS_ORDERS


@checked
def predicted_exponent(q: float, budget: float = 0.5) -> float:
    r"""Exponent of the law I(θ) ∝ p(θ)^α for a loss of order q under a budget.

    Minimising :math:`\int p\, I^{-q/2}\, d\theta` under :math:`\int I^\beta d\theta \le C` gives

    .. math:: \alpha = \frac{2}{2\beta + q}.

    Parameters
    ----------
    q : order of the loss abs(error)^q; 0 for the log loss.
    budget : β of the budget; ½ limits ∫√I, the discriminable range, 1 limits ∫I.

    Raises
    ------
    ValueError
        For a negative order, or a budget that is not positive.

    References
    ----------
    Wang, Stocker & Lee, NIPS 2012; Morais & Pillow, NeurIPS 2018, for other budgets.
    """
    if q < 0:
        raise ValueError(f"the order of a loss is at least 0 (0 stands for log); got q={q}")
    if not budget > 0:
        raise ValueError(f"the budget's exponent β must be positive; got {budget}")
    return 2 / (2 * budget + q)


@checked
def predicted_bias_slope(q: float, exponent: float | None = None) -> float:
    r"""The factor c of b(θ) = c · d(1/I)/dθ, the bias of a Bayes-optimal decoder of an efficient code.

    In units of its noise, a code of little noise is a measurement :math:`m = F(\theta) + \xi`, with
    :math:`F' = \sqrt I` and ξ standard normal. Let g be the inverse of F. The posterior of F(θ) is
    normal, of variance 1 and mean :math:`m + \mathrm d(\log p - \log F')/\mathrm dF`; that of θ is skewed by g″. The
    angle that minimises E∣error∣^q lies :math:`(q-1)\, g''/2` from the image of that mean (q = 2: the posterior's mean;
    1: its median; 0, log: half-way from there to its mode). Averaging over m adds :math:`g''/2`. With
    :math:`g''= \frac12 (1/I)'`,

    .. math:: b = \frac{(\log p)'}{I} + \left(\frac12 + \frac q4\right) \left(\frac1I\right)'
        = \left(\frac12 + \frac q4 - \frac1\alpha\right) \left(\frac1I\right)' \quad\text{for } I \propto p^\alpha .

    A code that maximises information (α = 2) gives q/4 > 0: bias away from where p is high, the case of Wei & Stocker.
    The book's law has α for the decoder's own loss, 1/α = β + q/2, and so c = ½ − β − q/4: at β = ½, **−q/4**. That is
    towards where p is high, more so for higher orders, and none for the log loss.

    Higher orders in 1/I are left out, as in the law itself; so are the ends of the range.

    Parameters
    ----------
    q : order of the loss that the decoder minimises; 0 for the log loss.
    exponent : α of the code; None for that of the law at β = ½, with the same loss.

    Raises
    ------
    ValueError
        For a negative order, or an exponent that is not positive.

    References
    ----------
    Wei & Stocker 2017, PNAS 114, the law; Morais & Pillow, NeurIPS 2018, for powers of p and other decoders;
    Prat-Carrabin & Woodford, NeurIPS 2021, for the posterior's mean. The factor is derived here and checked against
    decoders computed by quadrature.
    """
    alpha = predicted_exponent(q) if exponent is None else exponent
    if q < 0 or not alpha > 0:
        raise ValueError(f"a bias needs an order of at least 0 and a positive exponent; got q={q} and {alpha}")
    return 0.5 + q / 4 - 1 / alpha


@checked
def normal_moment(q: float) -> float:
    r"""E|x|^q of a standard normal x, :math:`2^{q/2}\,\Gamma((q+1)/2)/\sqrt\pi`: c_q of normal errors.

    Raises
    ------
    ValueError
        For an order that is not positive.
    """
    if not 0 < q <= 300:
        raise ValueError(f"a moment needs a positive order, 300 at most to be a number; got {q}")
    return 2 ** (q / 2) * math.gamma((q + 1) / 2) / math.sqrt(math.pi)


def exponent_table() -> pd.DataFrame:
    """Orders of the losses and the exponents that theory gives them, for both budgets; one row a loss."""
    rows = {
        loss: {"q": q, "α at β = ½": predicted_exponent(q, 0.5), "α at β = 1": predicted_exponent(q, 1.0)}
        for loss, q in sorted(LOSS_ORDERS.items(), key=lambda item: item[1])
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("loss")
