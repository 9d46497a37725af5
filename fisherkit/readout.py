"""What the read-out makes of a code: how far it follows the angle, scatters and misses. Must not know figures."""

import numpy as np

from fisherkit import codes, curves, estimators, fisher
from fisherkit.checks import checked
from fisherkit.curves import Precision
from fisherkit.faces import Faces


@checked
def log_terms(code: fisher.Code, faces: Faces) -> dict[str, Precision]:
    r"""What information and error are made of, as logarithms along the angle, and the same with people left out.

    With s the slope of the mean decoded angle, b its bias, and e its error,

    .. math:: \log I = 2\log|s| - \log\operatorname{Var}\hat\theta + \log\frac{I}{I_\mathrm{dec}}, \qquad
        I_\mathrm{dec} = \frac{s^2}{\operatorname{Var}\hat\theta}, \qquad
        \mathrm{E}\,e^2 = \operatorname{Var}\hat\theta + b^2,

    the variance over faces (divisor n), and I the Wishart-corrected information of the embedding, by person. By the
    inequality of Cauchy and Schwarz, the last term of log I is not negative but for that correction.

    Parameters
    ----------
    code : embeddings and tangents of the faces, with the coordinate ``encoding``.
    faces : those that were shown.

    Returns
    -------
    By name, each (replicate, angle): ``"information"``, log I, and its terms ``"slope"``, ``"spread"``
    (−log Var) and ``"unused"`` (by the read-out); and ``"error"``, log E[e²].
    """
    whole = curves.positive_information(code, faces)
    z, t = code.embeddings, code.tangents
    off = curves.errors(z).values
    encodings = z["encoding"].values.tolist()
    moved = np.stack([codes.decode_tangent(z[k].values, t[k].values, one) for k, one in enumerate(encodings)])

    def terms(mean, information) -> dict[str, np.ndarray]:
        square = mean(off**2)
        slope, spread = 2 * np.log(np.abs(mean(moved))), -np.log(square - mean(off) ** 2)
        log = np.log(information)
        return {"information": log, "slope": slope, "spread": spread, "unused": log - slope - spread,
                "error": np.log(square)}  # fmt: skip

    ((label, left_out),) = whole.without.items()
    values = terms(lambda of_faces: of_faces.mean(axis=-1), whole.values.values)
    left = terms(lambda of_faces: estimators.mean_without(of_faces, faces.person), left_out)
    return {name: Precision(whole.values.copy(data=value), {label: left[name]}) for name, value in values.items()}
