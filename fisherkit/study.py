"""What a page opens with: a sweep's networks at some faces, measured once. Knows figures; must not know pages."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from fisherkit import codes, curves, fisher, plotting, theory
from fisherkit.channel import LARGEST_SCATTER, NOISE, RANGE_USED, Responses, law_window, respond
from fisherkit.checks import check_choice, check_count
from fisherkit.curves import POSITIVE, PRIMARY, Precision, Transform
from fisherkit.densities import Density
from fisherkit.estimate import Estimate, joined
from fisherkit.experiments import Sweep
from fisherkit.faces import Faces
from fisherkit.losses import order_of, small_error_order
from fisherkit.results import in_words, listed, p_in_words
from fisherkit.shape import discriminable_range
from fisherkit.stats import OrderLine, fit_exponent, fit_order_line

#: Whose faces the networks of a study are measured at: those they were trained on, or all others.
AUDIENCES = ("train", "never seen")

#: What the vertical axis of a curve along the angle is called, by what was made of the information.
LABELS: dict[Transform, str] = {
    curves.information: plotting.INFORMATION_LABEL,
    curves.root: plotting.ROOT_LABEL,
    curves.normalised_information: plotting.NORMALISED_INFORMATION_LABEL,
    curves.normalised_root: plotting.NORMALISED_ROOT_LABEL,
}


class Study:
    """The networks of a sweep, all of one encoding, and what is measured of them, each when it is first asked for.

    Parameters
    ----------
    sweep : what is missing of it is trained when it is measured.
    faces : whose faces are meant where a measurement does not say: ``"train"``, or ``"never seen"``, which are the
        validation and test faces together.
    angles : of the grid, over the range of the encoding; or the angles themselves, in rad.
    densities : names of those that the study is about; None for all of the sweep.
    encoding : of the networks; None where the sweep has one only.
    losses : of the networks; None for all of the sweep.
    checkpoint : of the networks (:meth:`fisherkit.experiments.Sweep.ensemble`), or ``"untrained"``.
    layer : hidden layer whose code is meant (1 for the first); None for the embedding.
    most : faces of each kind, spread over the people; None for all.
    strangers : other faces that stand for those never seen; None for the sweep's own.
    draws : of people, for bands.
    seed : of the draws.

    Attributes
    ----------
    faces : those that are meant where a measurement does not say.
    encoding : of all networks.
    grid : (A,) the angles, in rad.
    densities : that the networks were trained on, by name.
    losses : of the networks, in the order of their q; ``orders`` are the q.

    Raises
    ------
    ValueError
        For other faces, too few angles, or a sweep of several encodings.
    LookupError
        For a density that the sweep lacks.
    """

    def __init__(
        self,
        sweep: Sweep,
        faces: str = "train",
        *,
        angles: int | Float[np.ndarray, " angle"] = 50,
        densities: Sequence[str] | None = None,
        encoding: str | None = None,
        losses: Sequence[str] | None = None,
        checkpoint: str = "train",
        layer: int | None = None,
        most: int | None = None,
        strangers: Faces | None = None,
        draws: int = 1000,
        seed: int = 0,
    ) -> None:
        check_choice("faces", faces, AUDIENCES)
        wanted = {"density": densities, "encoding": encoding, "loss": losses}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        conditions = sweep.select(**wanted) if wanted else sweep.conditions
        encodings = list(dict.fromkeys(condition.encoding for condition in conditions))
        if len(encodings) > 1:
            raise ValueError(f"a study is of one encoding; this sweep has {listed(encodings)}: ask for one of them")
        self.sweep: Sweep = sweep
        self.encoding: str = encodings[0]
        self.grid: Float[np.ndarray, " angle"] = (
            angles if isinstance(angles, np.ndarray) else codes.angle_grid(self.encoding, angles)
        )
        self.densities: dict[str, Density] = {one.density_name: one.density for one in conditions}
        self._scored = {condition.loss: condition.scored_by for condition in conditions}
        self.losses: tuple[str, ...] = tuple(sorted(self._scored, key=lambda loss: order_of(self._scored[loss])))
        self.orders: tuple[float, ...] = tuple(order_of(self._scored[loss]) for loss in self.losses)
        self._conditions = conditions
        self._trained_on = faces == "train"
        self._checkpoint, self._layer = checkpoint, layer
        self._most, self._strangers = most, strangers
        self._drawn = {"draws": draws, "seed": seed}
        self._codes: dict[bool, fisher.Code] = {}
        self._measured: dict[bool, curves.Measured] = {}
        self._precisions: dict[tuple[str, bool], Precision] = {}

    @property
    def faces(self) -> Faces:
        """Those that are meant where a measurement does not say."""
        return self.faces_of(None)

    def faces_of(self, seen: bool | None) -> Faces:
        """The faces that were trained on (``seen``) or those that were not; None for those of the study."""
        if self._seen(seen):
            faces = self.sweep.faces.subset("train")
        else:
            faces = self._strangers or self.sweep.faces.subset("validation", "test")
        return faces if self._most is None else faces.spread(self._most)

    def code(self, seen: bool | None = None, *, loss: str | None = None, density: str | None = None) -> fisher.Code:
        """Embeddings of all networks, or those of a loss and a density, and their tangents, at every face and angle."""
        if loss is not None:
            self._check("loss", loss, self.losses)
            code = self.code(seen)
            rows = curves.networks_with(code.embeddings, loss=loss, density=self._density(density))
            return fisher.Code(code.embeddings[rows], code.tangents[rows])
        key = self._seen(seen)
        if key not in self._codes:
            selection = {"density": list(self.densities), "encoding": self.encoding, "loss": list(self.losses)}
            if self._checkpoint == "untrained":
                ensemble = self.sweep.untrained(**selection)
            else:
                ensemble = self.sweep.ensemble(self._checkpoint, **selection)
            encoder = ensemble if self._layer is None else ensemble.up_to(self._layer)
            self._codes[key] = fisher.embed_with_tangents(encoder, self.faces_of(key).images, self.grid)
        return self._codes[key]

    def measured(
        self, loss: str | None = None, *, density: str | None = None, seen: bool | None = None
    ) -> curves.Measured:
        """Positive information along the angle with people drawn again, for curves with bands.

        Of the networks of a loss and a density; of all, in the order of the sweep, where ``loss`` is None.
        """
        key = self._seen(seen)
        if key not in self._measured:
            self._measured[key] = curves.measured_of(self.code(key), self.faces_of(key), **self._drawn)
        measured = self._measured[key]
        if loss is not None:
            self._check("loss", loss, self.losses)
            return measured.select(loss=loss, density=self._density(density))
        return measured if density is None else measured.select(density=self._density(density))

    def networks(self, loss: str | None = None, *, density: str | None = None) -> int:
        """How many networks a condition has, by default the first."""
        name = next(iter(self.densities)) if density is None else self._density(density)
        loss = self.losses[0] if loss is None else loss
        return sum(c.loss == loss and c.density_name == name for c in self._conditions)

    def precision(self, kind: str = PRIMARY, *, seen: bool | None = None) -> Precision:
        """A precision (:func:`fisherkit.curves.precision`) of all networks along the angle, with people left out."""
        key = kind, self._seen(seen)
        if key not in self._precisions:
            self._precisions[key] = curves.precision(self.code(seen), self.faces_of(seen), kind)
        return self._precisions[key]

    def of(self, loss: str, *, density: str | None = None, kind: str = PRIMARY, seen: bool | None = None) -> Precision:
        """:meth:`precision` of the networks of a loss, and of a density where the study has several.

        Raises
        ------
        LookupError
            For a loss or a density that the study lacks; the message says which it has.
        ValueError
            Where it has several densities and none was named.
        """
        self._check("loss", loss, self.losses)
        name = self._density(density)
        return self.precision(kind, seen=seen).select(loss=loss, density=name)

    def exponent(
        self, loss: str, *, density: str | None = None, kind: str = PRIMARY, seen: bool | None = None
    ) -> Estimate:
        """α of precision ∝ p^α, where p exceeds a tenth of its peak, over networks and people.

        Raises
        ------
        LookupError, ValueError
            As :meth:`of`, and for a density that has too few angles, or that does not vary.
        """
        name = self._density(density)
        found = curves.exponent_of(self.of(loss, density=name, kind=kind, seen=seen), self.densities[name])
        if found is None:
            raise ValueError(
                f"the {name} density has too few values at {len(self.grid)} angles for an exponent; add angles, or "
                "take another density"
            )
        return found

    def law(self, loss: str) -> float:
        """α that the law gives the information for β = ½, and the loss's order of small errors."""
        return theory.predicted_exponent(small_error_order(self._scored[loss], self.encoding))

    def level(self, loss: str, *, density: str | None = None, seen: bool | None = None) -> Estimate:
        """Mean information (positive) where p exceeds half its peak, in rad⁻², over networks and people."""
        p = self.densities[self._density(density)].pdf(self.grid)
        near = p > 0.5 * p.max()
        found = self.of(loss, density=density, kind=POSITIVE, seen=seen)
        return found.number(lambda curve: curve[..., near].mean(axis=-1))

    def discriminable_range(self, loss: str, *, density: str | None = None, seen: bool | None = None) -> Estimate:
        """∫√I dθ of the positive information, over networks and people: what the law takes for limited."""
        found = self.of(loss, density=density, kind=POSITIVE, seen=seen)
        return found.number(lambda curve: discriminable_range(curve, self.grid))

    def exponent_over(
        self, loss: str, densities: Sequence[str], *, kind: str = PRIMARY, seen: bool | None = None
    ) -> Estimate:
        """One α of networks of several densities, which take the place of replicates.

        Densities that have too few values at these angles are left out.

        Raises
        ------
        LookupError
            As :meth:`of`.
        ValueError
            Where no density has an exponent.
        """
        found = [
            curves.exponent_of(self.of(loss, density=name, kind=kind, seen=seen), self.densities[name])
            for name in densities
        ]
        return joined([alpha for alpha in found if alpha is not None])

    def exponents(
        self, *, density: str | None = None, kinds: Sequence[str] = curves.PRECISIONS, seen: bool | None = None
    ) -> dict[tuple[str, str], Estimate]:
        """:meth:`exponent` for each kind of precision and loss, by both."""
        return {
            (kind, loss): self.exponent(loss, density=density, kind=kind, seen=seen)
            for kind in kinds
            for loss in self.losses
        }

    def exponent_table(
        self, *, density: str | None = None, kind: str = PRIMARY, seen: bool | None = None
    ) -> pd.DataFrame:
        """One row a loss: q, the law's α for β = ½ in this encoding, and the exponent of a precision with its interval.

        In the circular encoding every loss is a square for small errors, so that the law is that of q = 2.
        """
        rows = []
        for loss, q in zip(self.losses, self.orders, strict=True):
            alpha = self.exponent(loss, density=density, kind=kind, seen=seen)
            ends = {"estimate": alpha.mean, "low": alpha.low, "high": alpha.high}
            rows.append({"loss": loss, "q": q, "law": self.law(loss), **ends})
        return pd.DataFrame(rows)

    def conditions(self) -> str:
        """What a page's numbers are of, in one sentence of Markdown."""
        people = set(self.faces.person.tolist())
        if self._trained_on:
            whose = f"of {len(people)} people, all trained on"
        elif people & set(self.faces_of(True).person.tolist()):
            whose = "never trained on, of people who were, in other photographs"
        else:
            whose = f"of {len(people)} people never trained on"
        trained = [(condition.loss, condition.density_name) for condition in self._conditions]
        counts = sorted({trained.count(one) for one in trained})
        networks = ("" if len(counts) == 1 else f"{counts[0]} to ") + plotting.counted(counts[-1], "network")
        intervals = (
            "Intervals are 95\u00a0%, over networks and people." if counts[0] > 1 else "One network has no interval."
        )
        on = f"{listed(list(self.densities))} {'density' if len(self.densities) == 1 else 'densities'}"
        return (
            f"Here: {len(self.faces)} {self.sweep.faces.source} faces {whose}, at {len(self.grid)} angles; preset "
            f"*{self.sweep.preset}*, {self.encoding} encoding, {on}, {listed(list(self.losses))} loss, {networks} "
            f"of each. {intervals}"
        )

    def show_against_density(
        self,
        id: str,
        losses: Sequence[str],
        powers: Mapping[str, float],
        *,
        density: str | None = None,
        seen: bool | None = None,
    ) -> None:
        """Show the normalised information of some losses against the density, a panel a loss, with powers of p.

        Parameters
        ----------
        id : of the result.
        powers : exponents of the reference lines, normalised too, by how they are written: ``{"1/3": 1 / 3}``.
        losses, density, seen : see :meth:`of`.
        """
        name = self._density(density)
        p = self.densities[name].pdf(self.grid)
        points = {
            loss: (p, curves.normalised_information(self.of(loss, density=name, seen=seen).values.values, self.grid))
            for loss in losses
        }
        alphas = listed([f"{in_words(self.exponent(loss, density=name, seen=seen))} ({loss})" for loss in losses])
        lines = {
            f"$p^{{{written}}}$": curves.power_of_density(self.densities[name], power, self.grid)
            for written, power in powers.items()
        }
        figure = plotting.power_panels(
            [
                (f"{loss} loss", {loss: (np.tile(p, len(values)), values.ravel())}, lines)
                for loss, (_, values) in points.items()
            ],
            plotting.NORMALISED_INFORMATION_LABEL,
        )
        whose = "trained on" if self._seen(seen) else "never trained on"
        plotting.show(
            figure,
            id=id,
            caption=f"α is {alphas}. {self.encoding.capitalize()} encoding, {name} density, all networks, "
            f"{len(self.faces_of(seen))} faces {whose}: normalised information against the density, with "
            f"{listed(list(lines))}, normalised too.",
            alt=f"Normalised information against the {name} density, a panel a loss; exponents {alphas}.",
            data=plotting.power_rows(points),
        )

    def told_apart(
        self, first: str, second: str, transform: curves.Transform, *, density: str | None = None
    ) -> tuple[float, float]:
        """How far the mean curves of two losses are apart at common angles: :func:`fisherkit.curves.told_apart`."""
        name = self._density(density)
        return curves.told_apart(
            *(self.measured(loss, density=name) for loss in (first, second)),
            transform,
            curves.common_angles(self.densities[name], self.grid),
        )

    def show_along_angle(
        self,
        id: str,
        losses: Sequence[str],
        transform: curves.Transform,
        *,
        finding: str,
        alt: str,
        density: str | None = None,
        also: Sequence[str] = (),
    ) -> None:
        """Show curves of some losses along the angle with their bands, and the density.

        Parameters
        ----------
        id, alt, also : see :func:`fisherkit.plotting.show`.
        losses, density : see :meth:`of`.
        transform : of the information, one of those in :data:`LABELS`.
        finding : the first sentence of the caption.
        """
        name = self._density(density)
        angle = np.linspace(*codes.angle_range(self.encoding), 400)
        several = all(self.networks(loss, density=name) > 1 for loss in losses)
        plotting.show_curves(
            id,
            plotting.loss_curves(self.measured(density=name), losses, transform),
            LABELS[transform],
            references={"density p": (angle, self.densities[name].pdf(angle))},
            caption=f"{finding} {self.encoding.capitalize()} encoding, {name} density, {len(self.faces)} faces; "
            "networks thin, their mean thick. Bands: 95\u00a0%, simultaneous, over people"
            f"{' and networks' if several else ''}.",
            alt=alt,
            also=also,
        )

    def settings(self) -> pd.DataFrame:
        """What the networks were trained with, a row each."""
        preset = self.sweep.preset
        settings = {
            "preset": preset.name,
            "faces": f"{self.sweep.faces.source}, {preset.pixels} × {preset.pixels} pixels",
            "layers": " → ".join(map(str, (*preset.hidden, 2))),
            "steps": f"{preset.epochs * preset.samples // preset.batch:,d} of {preset.batch} samples",
            "schedule": f"{preset.schedule}, rate {preset.learning_rate:g}, gradients clipped at {preset.clip:g}",
            "networks of each condition": self.networks(),
            "angles": len(self.grid),
        }
        return pd.DataFrame({"setting": list(settings), "value": list(settings.values())})

    def _seen(self, seen: bool | None) -> bool:
        return self._trained_on if seen is None else seen

    def _density(self, name: str | None) -> str:
        """The density of that name, or the only one."""
        if name is None and len(self.densities) > 1:
            raise ValueError(f"this run has several densities, {listed(list(self.densities))}: say which, density=...")
        name = next(iter(self.densities)) if name is None else name
        self._check("density", name, self.densities)
        return name

    @staticmethod
    def _check(what: str, name: str, known: Sequence[str] | Mapping) -> None:
        if name not in known:
            many = {"loss": "losses", "density": "densities"}[what]
            raise LookupError(f"this run has no {what} {name!r}; it has {', '.join(known)}: add it to {many}")


def line_table(lines: Mapping[str, OrderLine | None], head: str) -> pd.DataFrame:
    """Lines of 1/α against q as a table: what rejects each, and slope and β of those that are not rejected.

    Parameters
    ----------
    lines : by what the rows are called; None where there are too few exponents, or one has no inverse.
    head : of the column of names.
    """
    rows = []
    for name, line in lines.items():
        row = {head: name, "a straight line": "none: fewer than three α, or one not positive", "lack of fit": np.nan}
        row |= dict.fromkeys(("slope", "β"), np.nan)
        if line is not None:
            row["a straight line"] = {True: "not rejected", False: "rejected", None: "one network: unknown"}[
                line.adequate
            ]
        if line is not None and line.adequate is not None:
            row["lack of fit"] = f"χ² = {line.chi_squared:.1f} on {line.freedom}, {p_in_words(line.pvalue)}"
        if line is not None and line.adequate:
            row |= {"slope": line.slope, "β": line.intercept}
        rows.append(row)
    return pd.DataFrame(rows)


class ChannelStudy:
    """Channels of one density and what they tell about the law, where they tell anything.

    Which do is settled by a window that was fixed before any face was shown: angles by the law's own code
    (:func:`fisherkit.channel.law_window`), networks by the range that they use and by the faces' scatter
    (:data:`~fisherkit.channel.RANGE_USED`, :data:`~fisherkit.channel.LARGEST_SCATTER`).

    Parameters
    ----------
    sweep : of :func:`fisherkit.experiments.channel_sweep`; what is missing is trained when it is measured.
    angles : of the grid, over twice the density's standard deviation and a little more.
    density : whose power is fitted; None for the one that the networks were trained on.
    faces : at most so many, trained on or not.
    noise : σ of the law's own code, whose precision sets the window.

    Raises
    ------
    ValueError
        For fewer than 20 angles.
    """

    sweep: Sweep
    shown: int
    noise: float

    def __init__(
        self,
        sweep: Sweep,
        *,
        angles: int = 61,
        density: Density | None = None,
        faces: int = 500,
        noise: float = NOISE,
    ) -> None:
        check_count("angles", angles, least=20)
        self.sweep, self.shown, self.noise = sweep, faces, noise
        self.density: Density = sweep.conditions[0].density if density is None else density
        self.grid: Float[np.ndarray, " angle"] = np.linspace(-2.2, 2.2, angles)
        orders = {c.loss: c.order for c in sweep.conditions}
        #: Orders q of the losses, by their names, in rising order.
        self.orders: dict[str, float] = dict(sorted(orders.items(), key=lambda item: item[1]))
        self.losses: tuple[str, ...] = tuple(self.orders)
        self._responses: dict[tuple[str, bool], Responses] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Of the conditions that the sweep has, each a density with a channel's name."""
        return tuple(dict.fromkeys(c.density_name for c in self.sweep.conditions))

    def faces_of(self, seen: bool) -> Faces:
        """Faces that were trained on, or not: so many, of as many people as can be."""
        faces = self.sweep.faces.subset("train") if seen else self.sweep.faces.subset("validation", "test")
        return faces.spread(self.shown)

    def window(self, loss: str) -> Bool[np.ndarray, " angle"]:
        """Angles at which exponents of a loss are fitted."""
        return law_window(self.density, self.grid, q=self.orders[loss], noise=self.noise)

    def responses(self, loss: str, *, name: str | None = None, seen: bool = False) -> Responses:
        """The channels of a loss, and of a condition where the study has several, at faces.

        Raises
        ------
        LookupError
            Where the sweep has no such networks.
        """
        name = self.names[0] if name is None else name
        key = f"{loss} {name}", seen
        if key not in self._responses:
            ensemble = self.sweep.ensemble(loss=loss, density=name)
            self._responses[key] = respond(ensemble, self.faces_of(seen), self.grid)
        return self._responses[key]

    def exponent(
        self, loss: str, *, name: str | None = None, seen: bool = False, scatter: bool = True, own_order: bool = False
    ) -> Estimate:
        """α of the information in the window, over networks and people; of A_q with ``own_order``.

        Without ``scatter``, of the channel's noise alone.

        Raises
        ------
        ValueError
            Where a network learnt so little that its information is not positive on average: see :meth:`in_words`.
        """
        responses, window = self.responses(loss, name=name, seen=seen), self.window(loss)
        precision = responses.own_order() if own_order else responses.information(scatter=scatter)
        without = {label: left[..., window] for label, left in precision.without.items()}
        return fit_exponent(precision.values.values[:, window], self.density.pdf(self.grid[window]), without=without)

    def found(self, loss: str, **how: str | bool | None) -> Estimate | None:
        """:meth:`exponent`, or None where a network learnt so little that it has none."""
        try:
            return self.exponent(loss, **how)
        except ValueError:
            return None

    def in_words(self, loss: str, **how: str | bool | None) -> str:
        """:meth:`exponent` with its interval, or that there is none."""
        alpha = self.found(loss, **how)
        return "none (a network did not learn)" if alpha is None else in_words(alpha)

    def range_used(self, loss: str, *, name: str | None = None, seen: bool = False) -> float:
        """Mean over networks of the share of u's range that they use."""
        return float(self.responses(loss, name=name, seen=seen).range_used().mean())

    def scatter(self, loss: str, *, name: str | None = None, seen: bool = False) -> float:
        """Mean over networks and the window of the faces' share of the variance."""
        return float(self.responses(loss, name=name, seen=seen).scatter_share()[:, self.window(loss)].mean())

    def tells(self, loss: str, *, name: str | None = None, seen: bool = False) -> bool:
        """Whether these channels are inside the window: only those are held against the law."""
        used, scatter = (of(loss, name=name, seen=seen) for of in (self.range_used, self.scatter))
        learnt = self.found(loss, name=name, seen=seen) is not None
        return learnt and used >= RANGE_USED and scatter <= LARGEST_SCATTER

    def telling(self, *, seen: bool = False) -> list[str]:
        """Losses whose channels are inside the window."""
        return [loss for loss in self.losses if self.tells(loss, seen=seen)]

    def table(self, *, seen: bool = False) -> pd.DataFrame:
        """One row a loss: q, the law's α, exponents with intervals, where they were fitted, and the window's facts."""
        rows = []
        for loss in self.losses:
            alpha = self.found(loss, seen=seen)
            ends = ("mean", "low", "high")
            p = self.density.pdf(self.grid)
            rows.append(
                {
                    "loss": loss,
                    "q": self.orders[loss],
                    "law": theory.predicted_exponent(self.orders[loss]),
                    **{end.replace("mean", "estimate"): getattr(alpha, end, np.nan) for end in ends},
                    "alpha": self.in_words(loss, seen=seen),
                    "channel": self.in_words(loss, seen=seen, scatter=False),
                    "own_order": self.in_words(loss, seen=seen, own_order=True),
                    "fitted_from": float(p[self.window(loss)].min() / p.max()),
                    "range_used": self.range_used(loss, seen=seen),
                    "scatter": self.scatter(loss, seen=seen),
                    "inside": self.tells(loss, seen=seen),
                }
            )
        return pd.DataFrame(rows)

    def difference(self, first: str, second: str, *, seen: bool = False) -> Estimate:
        """α of one loss − α of another, whether or not they are inside the window."""
        return self.exponent(first, seen=seen) - self.exponent(second, seen=seen)

    def law(self, *, seen: bool = False) -> tuple[str, float]:
        """How the exponents inside the window stand to the law's 2/(1 + q): in words and with a p.

        Each is held against its own value, and the smallest p is multiplied by how many there are (Bonferroni).
        ``"excludes"`` below 0.05, else ``"holds"``; ``"undecided"``, with p = 1, where none is inside or one network
        has no interval.
        """
        pvalues = [
            self.exponent(loss, seen=seen).pvalue(theory.predicted_exponent(self.orders[loss]))
            for loss in self.telling(seen=seen)
            if self.exponent(loss, seen=seen).several
        ]
        if not pvalues:
            return "undecided", 1.0
        pvalue = min(1.0, len(pvalues) * min(pvalues))
        return ("excludes" if pvalue < 0.05 else "holds"), pvalue

    def lines(self) -> dict[str, OrderLine | None]:
        """The line of 1/α against q through the losses inside the window, by whose faces and which losses.

        None where they are fewer than three, of one network each, or an α is not positive.
        """
        lines = {}
        for seen in (True, False):
            telling = self.telling(seen=seen)
            exponents = [self.exponent(loss, seen=seen) for loss in telling]
            possible = len(telling) >= 3 and all(one.several and one.mean > 0 for one in exponents)
            name = f"{'seen' if seen else 'never seen'}: {listed(telling) if telling else 'none'}"
            orders = [self.orders[loss] for loss in telling]
            lines[name] = fit_order_line(exponents, orders) if possible else None
        return lines
