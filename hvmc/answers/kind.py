"""What a kind of answer is, and what all kinds of one experiment share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from hvmc.analysis.numbers import amount
from hvmc.answers.groups import groups_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from hvmc.answers.page import Block
    from hvmc.experiment.results import Results
    from hvmc.experiment.settings import Experiment
    from hvmc.plots.groups import Group

__all__ = ["Asked", "Drawing", "Kind", "trials_in_words", "window"]

_MARKED = 2.0


class Drawing(NamedTuple):
    """A figure that an answer calls for.

    Parameters
    ----------
    name : str
        Stem of its files.
    make : callable
        Draws it, or raises `hvmc.plots.groups.CannotDrawError` where there is too little for it.
    """

    name: str
    make: "Callable[[], Figure]"


class Asked:
    """What is answered: results, of which the outcomes are read once.

    Parameters
    ----------
    results : Results
        With at least one stored trial.
    """

    def __init__(self, results: "Results") -> None:
        self.results = results
        self.experiment: Experiment = results.settings
        self.labels = results.labels
        self.levels = {number: point.levels for number, point in enumerate(self.experiment.points)}

    @cached_property
    def outcomes(self) -> "pd.DataFrame":
        """One row per (point, trial, replication, guest)."""
        return self.results.trials()

    @cached_property
    def places(self) -> "dict[int, pd.DataFrame]":
        """Design point to the places of its drawn constants in their ranges, by trial.

        Points without drawn constants are left out.
        """
        from hvmc.regimes.assumptions import drawn_constants, law_of

        points = enumerate(self.experiment.points)
        drawn = {n: [one.path for one in drawn_constants(point.design)] for n, point in points}
        paths = list(dict.fromkeys(path for own in drawn.values() for path in own))
        if not paths:
            return {}
        inputs = self.results.inputs(columns=["point", "trial", *paths])
        found = {}
        for point, rows in inputs.groupby("point", sort=True):
            values = rows.drop_duplicates("trial").set_index("trial")[drawn[int(point)]]
            found[int(point)] = values.apply(lambda own: own.map(law_of(str(own.name)).place))
        return {point: frame for point, frame in found.items() if len(frame.columns)}

    @cached_property
    def limits(self) -> dict[int, float]:
        """Design point to the stretch above which its guests suffer."""
        points = enumerate(self.experiment.points)
        return {number: point.design.suffers_above for number, point in points}

    @cached_property
    def twins(self) -> dict[int, int]:
        """Design point to the first with the same settings, for those that have an earlier one."""
        designs = [point.design for point in self.experiment.points]
        first = {number: designs.index(design) for number, design in enumerate(designs)}
        return {number: other for number, other in first.items() if other != number}

    @cached_property
    def roles(self) -> list[str]:
        """Roles in the order of the file; those that it does not name, as they first appear."""
        named: list[str] = []
        for point in self.experiment.points:
            named += [role.name for role in point.design.population]
            named += [guest.role for guest in point.design.explicit]
        return list(dict.fromkeys([*named, *map(str, self.outcomes["role"])]))

    def in_order(
        self, found: "pd.DataFrame", within: "Sequence[str]" = ("point", "regime")
    ) -> "pd.DataFrame":
        """Return a tidy frame with the roles of each group of columns in the order of `roles`."""
        columns = [name for name in within if name in found.columns]
        if found.empty or "role" not in found.columns:
            return found
        groups = found.groupby(columns, sort=False, observed=True).ngroup()
        places = np.lexsort((found["role"].astype(str).map(self.roles.index), groups))
        return found.iloc[places].reset_index(drop=True)

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """Metrics of each group (`hvmc.analysis.summary.summarise`)."""
        return self.in_order(self.results.summary(by=groups_of(self.experiment)[0]))

    @cached_property
    def changes(self) -> "pd.DataFrame":
        """Levels and paired changes (`hvmc.analysis.comparisons.compare`) of the report paired."""
        from hvmc.analysis.comparisons import compare, comparisons

        levels = [point.levels for point in self.experiment.points]
        wanted = comparisons(levels, self.experiment.compare)
        found = compare(self.outcomes, wanted, suffers_above=self.limits)
        return self.in_order(found, ("context", "setting"))

    @cached_property
    def single(self) -> "list[pd.DataFrame]":
        """Outcomes of the regimes with one design point each: one frame, or none.

        Design points are never thrown together: where a regime has several, they are compared.
        """
        rows = self.outcomes[~self._compared]
        return [] if rows.empty else [rows]

    @cached_property
    def compared(self) -> "list[Group]":
        """Active guests of each regime and role with several design points."""
        groups = self.groups(self.outcomes[self._compared])
        return [group for group in groups if group.rows["point"].nunique() > 1]

    @cached_property
    def _compared(self) -> "pd.Series":
        points = self.outcomes.groupby("regime", observed=True)["point"]
        return points.transform("nunique") > 1

    def groups(self, rows: "pd.DataFrame", needs: "Sequence[str]" = ()) -> "list[Group]":
        """Return the regimes and roles that have active guests in some outcomes.

        Parameters
        ----------
        rows : DataFrame
            Of `outcomes`.
        needs : sequence of str
            Columns that are finite where a guest counts.
        """
        from hvmc.plots.groups import active, split_groups

        return split_groups(active(rows, needs, least=0), self.roles)

    def limits_in(self, rows: "pd.DataFrame") -> dict[float, str]:
        """Return each limit of suffering in some outcomes, and what tells its figures apart."""
        found = sorted({self.limits[point] for point in rows["point"].unique()})
        return {limit: f"_above_{limit:g}" if len(found) > 1 else "" for limit in found}

    def marks(self, rows: "pd.DataFrame") -> list[float]:
        """Return the stretches marked in figures of some outcomes."""
        return sorted({*self.limits_in(rows), _MARKED})

    def title(self, what: str) -> str:
        """Return the title of a figure that shows several regimes or roles."""
        return f"{self.experiment.name}: {what}"

    @cached_property
    def note(self) -> str:
        """What stands below each figure."""
        experiment = self.experiment
        return (
            f"{experiment.name}: {window(experiment)}, {trials_in_words(experiment)} "
            f"per design point, seed\N{NO-BREAK SPACE}{experiment.seed}"
        )


class Kind:
    """A kind of answer.

    Subclasses in ``hvmc/answers/kinds`` are found by themselves.

    Attributes
    ----------
    place : int
        Where it stands among the kinds.
    reports : tuple of str
        Reports whose text tells it; figures are drawn whenever the outcomes call for them.
    asked : Asked
        What is answered.
    """

    place: ClassVar[int]
    reports: ClassVar[tuple[str, ...]] = ()

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    @cached_property
    def frames(self) -> "Mapping[str, pd.DataFrame]":
        """Its estimates, made once."""
        return self.estimate()

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return tidy frames by name; none where the outcomes do not speak of it."""
        return {}

    def text(self) -> "Iterator[Block]":
        """Yield paragraphs and tables."""
        yield from ()

    def figures(self) -> Iterator[Drawing]:
        """Yield the figures that the outcomes call for."""
        yield from ()


def trials_in_words(experiment: "Experiment") -> str:
    """Return the number of trials of the design points in words, a range where they differ."""
    fewest, most = min(experiment.all_sizes), max(experiment.all_sizes)
    return amount(most, "trial") if fewest == most else f"{fewest} to {amount(most, 'trial')}"


def window(experiment: "Experiment") -> str:
    """Return the measured windows of an experiment in words."""
    spans = {(point.design.warmup_s, point.design.horizon_s) for point in experiment.points}
    words = [f"{end - start:g} s after {start:g} s" for start, end in sorted(spans)]
    return f"window of {' or '.join(words)} of warm-up"
