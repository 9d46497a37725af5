"""What theory predicts for the exponent of I ∝ p^α. Closed forms only; must not know data or networks."""

import pandas as pd

from fisherkit.codes import LOSS_ORDERS


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


def exponent_table() -> pd.DataFrame:
    """Orders of the losses and the exponents that theory gives them, for both budgets; one row a loss."""
    rows = {
        loss: {"q": q, "α at β = ½": predicted_exponent(q, 0.5), "α at β = 1": predicted_exponent(q, 1.0)}
        for loss, q in sorted(LOSS_ORDERS.items(), key=lambda item: item[1])
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("loss")
