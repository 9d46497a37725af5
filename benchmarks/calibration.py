"""Are the default estimate and its intervals what they say? On codes whose information is known.

    python benchmarks/calibration.py [2000]

Draws 2,000 sets of faces (or as many as told) of each of twenty random Gaussian codes in two dimensions, condition
number up to 100, and prints bias and coverage of the paired estimate with `stats.information_interval`; first of
independent faces, then of people with several photographs each. Then the coverage of `stats.fit_exponent` on simulated
curves. Targets: bias within 2 %, coverage 93 … 97 % of independent faces; 92 … 97 % of exponents. A few minutes.
"""

import sys
from contextlib import suppress
from functools import partial

import numpy as np

from fisherkit.known import KnownCode, random_code
from fisherkit.stats import VARIANCES, fit_exponent, information_interval

CODES = 20
ANGLE = np.linspace(-0.5, 0.5, 16)
DENSITY = np.exp(-(ANGLE**2) / (2 * 0.2**2))


def gaussian_code(number: int) -> KnownCode:
    """A random code; condition numbers are log-uniform in 1 … 100."""
    rng = np.random.default_rng((number, 1))
    return random_code(2, condition_number=float(np.exp(rng.uniform(0, np.log(100)))), seed=number)


def interval_row(code: KnownCode, draws: int, seed, *, people: int, photographs: int, alike: float) -> np.ndarray:
    """Relative bias, its standard error, relative standard deviation and coverage over draws of faces."""
    truth = code.linear_information(0.0)
    sample = code.sample([0.0], people, photographs=photographs, alike=alike, draws=draws, seed=seed)
    interval = information_interval(
        sample.embeddings.values[:, 0], sample.tangents.values[:, 0], person=sample.embeddings.person.values
    )
    held = (interval.low <= truth) & (truth <= interval.high)
    spread = interval.estimate.std() / truth
    return np.array([interval.estimate.mean() / truth - 1, spread / np.sqrt(draws), spread, held.mean()])


def report_intervals(draws: int) -> None:
    """One row a design: the mean over codes, and the code that does worst."""
    print("information_interval  paired estimate, d = 2, twenty Gaussian codes")
    print("faces              relative sd   bias mean    worst ± its error     coverage mean   lowest  highest")
    for people, photographs, alike in ((80, 1, 0.0), (120, 1, 0.0), (300, 1, 0.0), (30, 10, 0.2), (30, 10, 0.5)):
        design = partial(interval_row, people=people, photographs=photographs, alike=alike)
        rows = np.stack([design(gaussian_code(k), draws, (k, 2)) for k in range(CODES)])
        worst = rows[np.abs(rows[:, 0]).argmax()]
        print(
            f"{people:3} × {photographs:2}, alike {alike:.1f}  {rows[:, 2].mean():9.1%}   {rows[:, 0].mean():+9.2%}"
            f"   {worst[0]:+7.2%} ± {worst[1]:.2%}   {rows[:, 3].mean():13.2%}   {rows[:, 3].min():.2%}   "
            f"{rows[:, 3].max():.2%}"
        )


def simulated_curves(rng, replicates: int, exponent: float, *, wobble: float, noise: float) -> np.ndarray:
    """I = a_k p^α_k exp(smooth residual), with relative noise, and with added noise that makes some of it negative."""
    slopes = exponent + 0.15 * rng.normal(size=(replicates, 1))
    offsets = 0.5 * rng.normal(size=(replicates, 1))
    distance = ANGLE[:, None] - ANGLE
    smooth = np.linalg.cholesky(np.exp(-(distance**2) / (2 * 0.15**2)) + 1e-9 * np.eye(len(ANGLE)))
    residual = wobble * rng.normal(size=(replicates, len(ANGLE))) @ smooth.T
    curves = 100 * DENSITY**slopes * np.exp(offsets + residual)
    relative, added = rng.normal(size=(2, *curves.shape))
    return curves * (1 + 0.1 * relative) + noise * added


def report_exponents(draws: int) -> None:
    """One row a kind of curve and a way to weight it."""
    print("\nfit_exponent  replicates with offsets, exponents and smooth residuals of their own")
    print("replicates  α     residual  added noise  negative values  variance     bias     sd  coverage  without a fit")
    for replicates in (3, 8):
        for exponent, wobble, noise in ((1.0, 0.1, 0.0), (1.0, 0.3, 2.0), (4 / 3, 0.3, 5.0), (2.0, 0.3, 1.0)):
            rng = np.random.default_rng((replicates, int(10 * noise), 3))
            sets = [simulated_curves(rng, replicates, exponent, wobble=wobble, noise=noise) for _ in range(draws)]
            negative = (np.stack(sets) < 0).mean()
            for variance in VARIANCES:
                fits = []
                for curves in sets:
                    with suppress(ValueError):
                        fits.append(fit_exponent(curves, DENSITY, variance=variance))
                held = np.mean([fit.low <= exponent <= fit.high for fit in fits])
                estimates = np.array([fit.estimate for fit in fits])
                print(
                    f"{replicates:10}  {exponent:4.2f}  {wobble:8.1f}  {noise:11.1f}  {negative:15.1%}"
                    f"  {variance:8}  {estimates.mean() - exponent:+7.3f}  {estimates.std():5.3f}  {held:8.2%}  "
                    f"{1 - len(fits) / draws:13.2%}"
                )


def main(draws: int = 2000) -> None:
    """Simulate and print."""
    report_intervals(draws)
    report_exponents(draws)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
