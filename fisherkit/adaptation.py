"""How far tuned codes have gone from an old density to a new one, and their errors. Must not know figures or pages."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from fisherkit import codes, curves, fisher
from fisherkit.checks import check_choice, check_positive, checked
from fisherkit.curves import Precision, normalised_root
from fisherkit.densities import named
from fisherkit.estimate import Between, Estimate
from fisherkit.experiments import Sweep
from fisherkit.faces import Faces

#: What networks tuned on a density were trained on before.
OTHER = {"uniform": "concentrated", "concentrated": "uniform"}

#: On what a tuned network can err: what tuning showed it, the same people at all angles, people never seen.
LEVELS = ("pairs shown", "people shown", "people never seen")

#: On which side of 1 the errors of a constraint, as multiples of those without one, must lie. A network that cannot be
#: what it should errs also on what it is shown; one that knows too little fits what it is shown, and errs on the rest.
SIGNS = {
    "frozen": {"pairs shown": "above", "people shown": "above"},
    "low-data": {"pairs shown": "below", "people shown": "above"},
}

Curves = Float[np.ndarray, "*sets angle"]


@checked
def adaptation(before: Curves, after: Curves, now: Curves) -> Float[np.ndarray, "*sets"]:
    r"""How far curves have gone from an old code to a new one: 0 where the old one was retained, 1 at the new one.

    The number for which :math:`(1 - a)\,c_0 + a\,c_1` comes nearest to a curve c, in least squares over the angle:

    .. math:: a = \frac{\int (c - c_0)(c_1 - c_0)\,d\theta}{\int (c_1 - c_0)^2\,d\theta}.

    Parameters
    ----------
    before, after, now : c₀, c₁ and c, at evenly spaced angles.
    """
    whole = ((after - before) ** 2).sum(axis=-1)
    check_positive("the distance of the new code from the old one", whole)
    return ((now - before) * (after - before)).sum(axis=-1) / whole


@checked
def off_the_line(before: Curves, after: Curves, now: Curves) -> Float[np.ndarray, "*sets"]:
    r"""What of curves lies neither on the old code nor on the new one, in units of the distance of these two:

    .. math:: r = \lVert c - (1 - a)\,c_0 - a\,c_1 \rVert \,/\, \lVert c_1 - c_0 \rVert,

    with the parameters of :func:`adaptation`, whose number is a.
    """
    gone = adaptation(before, after, now)[..., None]
    return np.linalg.norm(now - (1 - gone) * before - gone * after, axis=-1) / np.linalg.norm(after - before, axis=-1)


class TuningStudy:
    """Networks of :func:`fisherkit.experiments.finetuning`, of one encoding: how far codes went, and their errors.

    A tuned network stands beside two of its replicate that were trained once: its parent, on the old density, and one
    that was trained on the new density alone. Codes are normalised roots of the Wishart-corrected information at the
    training faces. Numbers are over networks and people.

    Parameters
    ----------
    sweep : what is missing of it is trained when it is measured.
    angles : of the grid, over the range of the encoding.

    Attributes
    ----------
    faces : that were trained on.
    grid : (A,) the angles, in rad.
    constraints : of the tuned networks.
    networks : of each condition.
    epochs : of tuning that were kept.
    levels : the :data:`LEVELS` at which errors are known. That of the pairs shown is known of the linear loss, which is
        the mean absolute error.

    Raises
    ------
    ValueError
        For networks of several encodings, or none that was tuned.
    """

    encoding: str
    sweep: Sweep
    faces: Faces
    grid: Float[np.ndarray, " angle"]
    constraints: tuple[str, ...]
    networks: int
    epochs: tuple[int, ...]
    levels: tuple[str, ...]

    def __init__(self, sweep: Sweep, *, angles: int = 50) -> None:
        tuned = [condition for condition in sweep.conditions if condition.tuning is not None]
        encodings = {condition.encoding for condition in sweep.conditions}
        if len(encodings) != 1 or not tuned:
            raise ValueError(
                f"a study of tuning is of one encoding and of tuned networks; got {len(tuned)} of them, of the "
                f"encodings {', '.join(sorted(encodings))}"
            )
        (self.encoding,) = encodings
        self.sweep, self.faces = sweep, sweep.faces.subset("train")
        self.grid = codes.angle_grid(self.encoding, angles)
        self.constraints = tuple(dict.fromkeys(condition.constraint for condition in tuned))
        self.networks = len(sweep.select(tuned_on=tuned[0].tuned_on, constraint=tuned[0].constraint))
        self.epochs = tuned[0].kept_epochs
        self.levels = LEVELS if tuned[0].loss == "linear" else LEVELS[1:]
        self._codes: dict[int | None, Precision] = {}
        self._errors: dict[str, Precision] = {}

    def code(self, density: str, constraint: str | None = None, *, epoch: int | None = None) -> Precision:
        """Normalised root information, rad⁻¹, of networks tuned on a density, or trained on it alone (None).

        Best on validation, or of tuned networks after a kept epoch.
        """
        found = self._at(epoch)
        if constraint is None:
            return found.select(density=density, pretrained_on="nothing").first(self.networks)
        return found.select(density=density, pretrained_on=OTHER[density], constraint=constraint)

    def _at(self, epoch: int | None) -> Precision:
        if epoch not in self._codes:
            if epoch is None:
                encoder = self.sweep.ensemble("validation")
            else:
                encoder = self.sweep.ensemble(f"epoch {epoch}", pretrained_on=list(OTHER))
            code = fisher.embed_with_tangents(encoder, self.faces.images, self.grid)
            self._codes[epoch] = curves.positive_information(code, self.faces).curve(normalised_root)
        return self._codes[epoch]

    def adaptation(self, density: str, constraint: str, *, epoch: int | None = None) -> Estimate:
        """:func:`adaptation` of networks tuned on a density: best on validation, or after a kept epoch."""
        return self._number(adaptation, density, self.code(density, constraint, epoch=epoch))

    def off_the_line(self, density: str, constraint: str) -> Estimate:
        """:func:`off_the_line` of networks tuned on a density, best on validation."""
        return self._number(off_the_line, density, self.code(density, constraint))

    def off_the_line_alike(self, density: str) -> Estimate:
        """:func:`off_the_line` of networks trained on a density alone, each by the codes of the one before.

        That much is chance: what networks that were trained alike differ by.
        """
        code = self.code(density)
        values = code.values.copy(data=np.roll(code.values.values, 1, axis=0))
        left = {label: np.roll(of, 1, axis=1) for label, of in code.without.items()}
        return self._number(off_the_line, density, Precision(values, left))

    def height(self, density: str, constraint: str) -> Estimate:
        """The normalised root information of tuned networks where the concentrated density peaks, in rad⁻¹."""
        at = named("concentrated", codes.domain(self.encoding)).pdf(self.grid).argmax()
        return self.code(density, constraint).number(lambda of: of[..., at])

    def _number(self, function: Callable, density: str, now: Precision) -> Estimate:
        """A function of the old code, the new one, and curves, by network and by person left out."""
        before, after = self.code(OTHER[density]), self.code(density)
        without = {of: function(before.without[of], after.without[of], left) for of, left in now.without.items()}
        return Estimate(function(before.values.values, after.values.values, now.values.values), without)

    def error(self, density: str, constraint: str, level: str) -> Estimate:
        """Mean absolute error in rad of networks tuned on a density, on one of the :attr:`levels`.

        On the pairs shown, the training loss of the best epoch, over networks alone; else after the last kept epoch,
        angles weighted with the density.

        Raises
        ------
        ValueError
            For another level.
        """
        check_choice("level", level, self.levels)
        if level == "pairs shown":
            chosen = self.sweep.select(density=density, pretrained_on=OTHER[density], constraint=constraint)
            records = [self.sweep.store.record(self.sweep.key(condition)) for condition in chosen]
            return Estimate(np.array([record["metrics"]["best_train_loss"] for record in records]))
        if level not in self._errors:
            shown = ("train",) if level == "people shown" else ("validation", "test")
            faces = self.sweep.faces.subset(*shown)
            encoder = self.sweep.ensemble(f"epoch {self.epochs[-1]}", pretrained_on=list(OTHER))
            embeddings = fisher.embed(encoder, faces.images, self.grid)
            left = curves.error_precision_without(embeddings, faces.person, order=1)
            self._errors[level] = Precision(curves.error_precision(embeddings, order=1), {curves.label_of(faces): left})
        p = named(density, codes.domain(self.encoding)).pdf(self.grid)
        of_networks = self._errors[level].select(density=density, constraint=constraint)
        return of_networks.number(lambda precision: np.average(precision**-0.5, axis=-1, weights=p))

    def factor(self, density: str, constraint: str, level: str) -> Between:
        """The :meth:`error` under a constraint as a multiple of that without one: geometric mean over networks."""
        held, free = (self.error(density, one, level).map(np.log) for one in (constraint, "none"))
        return (held - free).exp()

    def limits(self, constraint: str) -> bool | None:
        """Whether the errors under a constraint have the :data:`SIGNS` of what it is to limit, whatever was tuned on.

        None where the interval of one of them holds 1, or there is none.
        """
        signs = SIGNS[constraint]
        sides = [
            (self.factor(density, constraint, level).side(1.0), signs[level]) for density in OTHER for level in signs
        ]
        if any(side in ("open", "undecided") for side, _ in sides):
            return None
        return all(side == wanted for side, wanted in sides)
