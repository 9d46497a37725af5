"""Exponents of I ∝ p^α at a preset: does the ordering of the losses hold, and are sketch faces a fair stand-in?

    python benchmarks/exponents.py [quick]

Trains what the store lacks of six losses on the concentrated density (linear encoding), and the linear loss with
eight replicates on both kinds of faces. α is fitted within 0.5 rad of the peak of p (2.5 standard deviations), on
training faces. Prints estimates, their 95 % intervals over replicates, and theory's values. Needs the Olivetti faces.
"""

import sys

import numpy as np

from fisherkit import fisher
from fisherkit.codes import LOSS_ORDERS, LOSSES
from fisherkit.densities import named
from fisherkit.experiments import loss_sweep, train_sweeps
from fisherkit.stats import fit_exponent
from fisherkit.theory import predicted_exponent

DENSITY = named("concentrated", "linear")
ANGLES = np.linspace(-np.pi / 2, np.pi / 2, 50)
NEAR = np.abs(ANGLES - DENSITY.mean) < 0.5


def report(title: str, sweep, loss: str) -> None:
    """One row: the exponents of embedding and decoded information."""
    images = sweep.faces.subset("train").images
    code = fisher.embed_with_tangents(sweep.ensemble(loss=loss), images, ANGLES)
    cells = []
    for estimator in ("paired", "decoded"):
        information = fisher.information(code, estimator=estimator).values[:, NEAR]
        fit = fit_exponent(information, DENSITY.pdf(ANGLES[NEAR]))
        cells.append(f"{fit.estimate:5.2f} [{fit.low:5.2f}, {fit.high:5.2f}]")
    print(
        f"{title:9} {loss:7} {len(code.embeddings)}  {'  '.join(cells)}  {predicted_exponent(LOSS_ORDERS[loss]):5.2f}"
    )


def main(preset: str = "quick") -> None:
    """Train, fit, print."""
    common = {"encodings": ["linear"], "densities": ["concentrated"]}
    losses = loss_sweep(preset, faces="olivetti", **common)
    linear = [loss_sweep(preset, faces=f, losses=["linear"], replicates=8, **common) for f in ("olivetti", "sketch")]
    train_sweeps([losses, *linear])
    print("faces     loss    n  embedding            decoded              theory (β = ½)")
    for loss in sorted(LOSSES, key=LOSS_ORDERS.get):
        report("olivetti", losses, loss)
    for sweep in linear:
        report(sweep.faces.source, sweep, "linear")


if __name__ == "__main__":
    main(*sys.argv[1:])
