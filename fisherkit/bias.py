"""Bias of decoded angles and how it goes with discriminability. Must not know networks, losses or pages.

Wei & Stocker's law (2017) says that the bias b(θ) = E[θ̂] − θ is proportional to d(1/I)/dθ, the slope of the squared
discrimination threshold. :func:`fisherkit.theory.predicted_bias_slope` says with which factor. Here it is measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from fisherkit import curves
from fisherkit.arrays import Values
from fisherkit.estimate import Estimate
from fisherkit.estimators import decoded_fisher, numbered_people
from fisherkit.fisher import Code


@dataclass(frozen=True)
class BiasLaw:
    """How the decoded bias goes with the slope of 1/I, over networks and people.

    Attributes
    ----------
    slope : c of b = c (1/I)′ + constant, without unit.
    correlation : Pearson's, of b and (1/I)′ along the angle.
    bias, predictor : (K, A) b and (1/I)′ of each network, in rad.
    angle : (A,) rad.
    """

    slope: Estimate
    correlation: Estimate
    bias: Float[np.ndarray, "replicate angle"]
    predictor: Float[np.ndarray, "replicate angle"]
    angle: Float[np.ndarray, " angle"]


def threshold_slope(information, angle: Float[np.ndarray, " angle"]) -> Values:
    """d(1/I)/dθ in rad, by central differences, of information (…, A) in rad⁻² at angles in rad.

    Raises
    ------
    ValueError
        For information that is not positive and finite, or fewer than 5 angles.
    """
    information = np.asarray(information, dtype=np.float64)
    if len(angle) < 5 or information.shape[-1] != len(angle):
        raise ValueError(
            f"information must be (…, angles), with 5 angles or more; got {information.shape} and {len(angle)} angles"
        )
    if not (np.isfinite(information) & (information > 0)).all():
        raise ValueError(
            "1/I has a slope where information is positive and finite; somewhere it is not. "
            "Use the decoded or the Wishart-corrected information"
        )
    return np.gradient(1 / information, angle, axis=-1)


def bias_slope(bias, predictor) -> tuple[Values, Values]:
    """Least-squares slope, with an intercept, and Pearson correlation of b on a predictor (…, A), both in rad.

    The intercept is there because a bias that is the same everywhere says nothing about the law.

    Raises
    ------
    ValueError
        Where one of them does not vary along the angle.
    """
    b, g = (values - values.mean(axis=-1, keepdims=True) for values in map(np.asarray, (bias, predictor)))
    square, own = (g**2).sum(axis=-1), (b**2).sum(axis=-1)
    if not ((square > 0).all() and (own > 0).all()):
        raise ValueError("bias and the slope of 1/I must both vary along the angle, or there is no line between them")
    product = (b * g).sum(axis=-1)
    return product / square, product / np.sqrt(square * own)


def bias_law(
    errors: Float[np.ndarray, "replicate angle face"],
    information: Float[np.ndarray, "replicate angle"],
    angle: Float[np.ndarray, " angle"],
    *,
    person: Int[np.ndarray, " face"],
    without: Mapping[str, Float[np.ndarray, "person replicate angle"]],
    where: Bool[np.ndarray, " angle"] | None = None,
) -> BiasLaw:
    """The decoded bias against (1/I)′, with people left out one at a time.

    Noise in (1/I)′ draws the slope and the correlation towards zero: it takes many faces, and a grid on which
    information is smooth.

    Parameters
    ----------
    errors : (K, A, n) decoded − true angle in rad, of the same n faces in each of K networks at A angles.
    information : (K, A) in rad⁻²; for the law, what the decoder makes of the code.
    angle : (A,) rad, rising.
    person : (n,) whose face it is.
    without : the label of these people -> (P, K, A), the information without each of them, in the order of
        ``numpy.unique(person)``. Where it is known and does not depend on them, that information P times.
    where : (A,) the angles that the line is fitted at; None for all.

    Raises
    ------
    ValueError
        For shapes that do not fit, information that is not positive, curves that do not vary, or fewer than 3 people.
    """
    errors = np.asarray(errors, dtype=np.float64)
    row, people = numbered_people(person, errors.shape[-1], least=3, what="an interval over people")
    label, left_out = _only(without)
    if errors.shape[:-1] != np.shape(information) or np.shape(left_out) != (people, *np.shape(information)):
        raise ValueError(
            f"errors (K, A, n), information (K, A) and the same without each of {people} people (P, K, A) must agree; "
            f"got {errors.shape}, {np.shape(information)} and {np.shape(left_out)}"
        )
    where = np.ones(len(angle), dtype=bool) if where is None else where
    sums = np.zeros((people, *errors.shape[:-1]))
    np.add.at(sums, row, np.moveaxis(errors, -1, 0))
    bias, predictor = errors.mean(axis=-1), threshold_slope(information, angle)
    others = (sums.sum(axis=0) - sums) / (len(row) - np.bincount(row))[:, None, None]
    values = bias_slope(bias[:, where], predictor[:, where])
    jackknifed = bias_slope(others[..., where], threshold_slope(left_out, angle)[..., where])
    slope, correlation = (Estimate(*pair) for pair in zip(values, ({label: one} for one in jackknifed), strict=True))
    return BiasLaw(slope, correlation, bias, predictor, np.asarray(angle))


def bias_law_of(
    code: Code, person: Int[np.ndarray, " face"], *, label: str, where: Bool[np.ndarray, " angle"] | None = None
) -> BiasLaw:
    """:func:`bias_law` of networks of one encoding, with the information of their decoded angle.

    Parameters
    ----------
    code : of networks, as :func:`fisherkit.fisher.embed_with_tangents` gives it.
    person, where : see :func:`bias_law`.
    label : of the people, such as the digest of their faces.

    Raises
    ------
    ValueError
        As :func:`bias_law`, and for networks of several encodings.
    """
    encodings = set(code.embeddings["encoding"].values.tolist())
    if len(encodings) != 1:
        raise ValueError(f"the networks must share one encoding; got {', '.join(sorted(encodings))}. Select one first")
    encoding = encodings.pop()
    z, t, person = code.embeddings.values, code.tangents.values, np.asarray(person)
    kept = (person != one for one in np.unique(person))
    left = np.stack([decoded_fisher(z[:, :, rest], t[:, :, rest], encoding=encoding) for rest in kept])
    return bias_law(
        curves.errors(code.embeddings).values,
        decoded_fisher(z, t, encoding=encoding),
        code.embeddings.angle.values,
        person=person,
        without={label: left},
        where=where,
    )


def _only(without: Mapping[str, np.ndarray]) -> tuple[str, np.ndarray]:
    if len(without) != 1:
        raise ValueError(f"errors are of one group of people, and so must information be; got {list(without)}")
    return next(iter(without.items()))
