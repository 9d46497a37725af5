"""Are the default estimate and its intervals what they say? On codes whose information is known.

    python benchmarks/calibration.py [2000]

Draws 2,000 sets of faces (or as many as told) of each of twenty random codes in two dimensions, condition number up to
100, and prints bias and coverage of the paired estimate with `stats.information_interval`: of independent faces, of
people with several photographs each, and of codes that are not Gaussian. Then the coverage of `stats.fit_exponent` on
simulated curves. Targets: bias within 2 % and coverage 93 … 97 % of independent faces of Gaussian codes; 92 … 97 % of
exponents. A few minutes.
"""

import sys
from contextlib import suppress
from functools import partial

import numpy as np

from fisherkit.known import LATENTS, KnownCode, random_code
from fisherkit.stats import VARIANCES, fit_exponent, information_interval

CODES = 20
ANGLE = np.linspace(-0.5, 0.5, 16)
DENSITY = np.exp(-(ANGLE**2) / (2 * 0.2**2))


def numbered_code(number: int, latent: str) -> KnownCode:
    """A random code; condition numbers are log-uniform in 1 … 100."""
    rng = np.random.default_rng((number, 1))
    return random_code(2, condition_number=float(np.exp(rng.uniform(0, np.log(100)))), latent=latent, seed=number)


def interval_row(code: KnownCode, draws: int, seed, *, people: int, photographs: int, alike: float) -> np.ndarray:
    """Relative bias, its standard error, relative standard deviation, coverage, and misses by lying too high."""
    truth = code.linear_information(0.0)
    sample = code.sample([0.0], people, photographs=photographs, alike=alike, draws=draws, seed=seed)
    interval = information_interval(
        sample.embeddings.values[:, 0], sample.tangents.values[:, 0], person=sample.embeddings.person.values
    )
    held = (interval.low <= truth) & (truth <= interval.high)
    spread = interval.estimate.std() / truth
    return np.array(
        [
            interval.estimate.mean() / truth - 1,
            spread / np.sqrt(draws),
            spread,
            held.mean(),
            (truth < interval.low).mean(),
        ]
    )


def report_intervals(draws: int) -> None:
    """One row a design: the mean over codes, and the code that does worst."""
    print("information_interval  paired estimate, d = 2, twenty codes")
    print(
        "latent        faces              relative sd  bias    worst ± its error   coverage  lowest  highest  too high"
    )
    designs = [("gaussian", people, 1, 0.0) for people in (80, 120, 300)]
    designs += [("gaussian", 30, 10, alike) for alike in (0.2, 0.5, 0.8)]
    designs += [(latent, 300, 1, 0.0) for latent in LATENTS if latent != "gaussian"]
    for latent, people, photographs, alike in designs:
        design = partial(interval_row, people=people, photographs=photographs, alike=alike)
        rows = np.stack([design(numbered_code(k, latent), draws, (k, 2)) for k in range(CODES)])
        worst, mean = rows[np.abs(rows[:, 0]).argmax()], rows.mean(axis=0)
        print(
            f"{latent:12}  {people:3} × {photographs:2}, alike {alike:.1f}  {mean[2]:11.1%}  {mean[0]:+6.2%}"
            f"  {worst[0]:+7.2%} ± {worst[1]:.2%}   {mean[3]:8.2%}  {rows[:, 3].min():.2%}  {rows[:, 3].max():7.2%}"
            f"  {mean[4]:8.2%}"
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
            for variance in (None, *VARIANCES):
                fits = []
                for curves in sets:
                    with suppress(ValueError):
                        fits.append(fit_exponent(curves, DENSITY, variance=variance))
                held = np.mean([fit.low <= exponent <= fit.high for fit in fits])
                estimates = np.array([fit.estimate for fit in fits])
                print(
                    f"{replicates:10}  {exponent:4.2f}  {wobble:8.1f}  {noise:11.1f}  {negative:15.1%}"
                    f"  {variance or 'default':8}  {estimates.mean() - exponent:+7.3f}  {estimates.std():5.3f}"
                    f"  {held:8.2%}  {1 - len(fits) / draws:13.2%}"
                )


def main(draws: int = 2000) -> None:
    """Simulate and print."""
    report_intervals(draws)
    report_exponents(draws)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
