"""Are the default estimate and its intervals what they say? On codes whose information is known.

    python benchmarks/calibration.py [2000]

Draws 2,000 sets of faces (or as many as told) of each of twenty random codes in two dimensions, condition number up to
100, and prints bias and coverage of the paired estimate with `stats.information_interval`: of independent faces, of
people with several photographs each, and of codes that are not Gaussian. Then the coverage of `stats.fit_exponent` on
simulated curves. Then that of two-level intervals, over networks and people, where all networks look at the same faces:
of an exponent, of the difference of two losses, of the slope of `stats.fit_order_line`, beside intervals over networks
alone; and how often its lack of fit and the tests of flatness reject what is true. Targets: bias within 2 % and
coverage 93 … 97 % of independent faces of Gaussian codes; 92 … 97 % of exponents; 92 % or more of two-level intervals.
Some ten minutes.
"""

import sys
from contextlib import suppress
from functools import partial

import numpy as np

from fisherkit.estimators import linear_fisher, linear_fisher_without
from fisherkit.known import LATENTS, KnownCode, random_code
from fisherkit.stats import (
    VARIANCES,
    Estimate,
    bootstrap_people,
    fit_exponent,
    fit_order_line,
    flatness_test,
    information_interval,
    population_flatness_test,
)

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


PEOPLE, PHOTOGRAPHS = 30, 10
PERSON = np.repeat(np.arange(PEOPLE), PHOTOGRAPHS)
ORDERS = np.array([0.0, 0.5, 1.0, 2.0])
SLOPE, INTERCEPT = 0.4, 0.6
#: Half of the ANGLEs, where the density exceeds a tenth of its peak.
FITTED = np.abs(ANGLE) < 0.2 * np.sqrt(2 * np.log(10))


def looked_at(rng, networks: int, angle: np.ndarray, alike: float) -> np.ndarray:
    """Latents (network, angle, face, 2) of the same faces: unit variance, smooth along the angle.

    Half of the variance is what all networks make of a face, half is a network's own. In both, the photographs of a
    person have the correlation ``alike``.
    """
    waves = np.stack([np.cos(3 * angle), np.sin(3 * angle)], axis=1)

    def faces(*sets: int) -> np.ndarray:
        of_person = rng.normal(size=(*sets, 2, PEOPLE, 1, 2))
        own = rng.normal(size=(*sets, 2, PEOPLE, PHOTOGRAPHS, 2))
        both = np.sqrt(alike) * of_person + np.sqrt(1 - alike) * own
        return np.einsum("aw,...wpfd->...apfd", waves, both).reshape(*sets, len(angle), -1, 2)

    return np.sqrt(0.5) * (faces() + faces(networks))


def codes_of_networks(rng, information: np.ndarray, angle: np.ndarray, alike: float) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and tangents of networks (network, angle) with this information; tangents scatter by half."""
    root = np.sqrt(information)[..., None, None]
    z, scatter = (looked_at(rng, len(information), angle, alike) for _ in range(2))
    return z, root * (np.array([1.0, 0.0]) + 0.5 * scatter)


def exponents_of_losses(rng, networks: int, alike: float) -> list[Estimate]:
    """Exponents on a line, one a loss: each network's own scatters, and all look at the same faces."""
    angle, p = ANGLE[FITTED], DENSITY[FITTED]
    alpha = 1 / (INTERCEPT + SLOPE * ORDERS)[:, None] + 0.06 * rng.normal(size=(len(ORDERS), networks))
    information = 300 * np.exp(0.3 * rng.normal(size=alpha.shape))[..., None] * p ** alpha[..., None]
    z, t = codes_of_networks(rng, information.reshape(-1, len(p)), angle, alike)
    values = linear_fisher(z, t, person=PERSON).reshape(information.shape)
    left = linear_fisher_without(z, t, PERSON).reshape(-1, *information.shape)
    return [fit_exponent(of, p, without={"faces": left[:, number]}) for number, of in enumerate(values)]


def report_people(draws: int) -> None:
    """One row a design: coverages of two-level intervals, and of those over networks alone."""
    print(f"\ntwo-level intervals  {PEOPLE} people × {PHOTOGRAPHS} photographs that all networks and losses share")
    print("alike  networks  number               bias      sd  two-level  networks alone  lack of fit rejected")
    for alike in (0.26, 0.6):
        for networks in (3, 8):
            rng = np.random.default_rng((networks, int(100 * alike), 4))
            found = {"exponent": [], "difference": [], "slope": [], "intercept": []}
            rejected = []
            for _ in range(draws):
                exponents = exponents_of_losses(rng, networks, alike)
                line = fit_order_line(exponents, ORDERS)
                found["exponent"].append(exponents[2])
                found["difference"].append(exponents[0] - exponents[2])
                found["slope"].append(line.slope)
                found["intercept"].append(line.intercept)
                rejected.append(not line.adequate)
            alpha = 1 / (INTERCEPT + SLOPE * ORDERS)
            truths = (alpha[2], alpha[0] - alpha[2], SLOPE, INTERCEPT)
            for (name, fits), truth in zip(found.items(), truths, strict=True):
                means = np.array([fit.mean for fit in fits])
                both = np.mean([fit.against(truth) == "holds" for fit in fits])
                alone = np.mean([Estimate(fit.values).against(truth) == "holds" for fit in fits])
                told = f"  {np.mean(rejected):20.1%}" if name == "slope" else ""
                print(
                    f"{alike:5.2f}  {networks:8}  {name:16}  {means.mean() - truth:+7.3f}  {means.std():6.3f}"
                    f"  {both:9.1%}  {alone:14.1%}{told}"
                )


def report_flatness(draws: int) -> None:
    """How often codes that are flat in the population are rejected at 5 %."""
    print("\ntests of flatness  codes that are flat in the population, at nominal 5 %")
    print("alike  networks  these faces  population")
    for alike in (0.26, 0.6):
        for networks in (3, 8):
            rng = np.random.default_rng((networks, int(100 * alike), 5))
            these, population = [], []
            for _ in range(draws):
                information = np.full((networks, len(ANGLE)), 300.0)
                z, t = codes_of_networks(rng, information, ANGLE, alike)
                values = linear_fisher(z, t, correction="wishart", person=PERSON)
                again = bootstrap_people(z, t, PERSON, draws=300, seed=rng)
                these.append(flatness_test(values).pvalue <= 0.05)
                population.append(population_flatness_test(values, again, seed=rng).pvalue <= 0.05)
            print(f"{alike:5.2f}  {networks:8}  {np.mean(these):11.1%}  {np.mean(population):10.1%}")


def main(draws: int = 2000) -> None:
    """Simulate and print."""
    report_intervals(draws)
    report_exponents(draws)
    report_people(draws // 4)
    report_flatness(draws // 4)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
