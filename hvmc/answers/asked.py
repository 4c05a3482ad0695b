"""What all kinds of answer of one experiment share: results, of which each thing is read once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvmc.analysis.numbers import amount
from hvmc.answers.groups import groups_of, rows_by_group

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.analysis.comparisons import Comparison
    from hvmc.experiment.results import Results
    from hvmc.experiment.settings import Experiment
    from hvmc.plots.groups import Group

__all__ = [
    *("MOST_CURVES", "ONE_GROUP"),
    *("Asked", "Explained", "trials_in_words", "window"),
]

MOST_CURVES = 8
"""Design points of one regime and role with a curve each."""

ONE_GROUP = ("point", "regime", "role")

_MARKED = 2.0


class Explained(NamedTuple):
    """What drawn constants explain of the spread in one group of guests.

    Parameters
    ----------
    key : dict
        Point, regime and role.
    rows : DataFrame
        Outcomes of the group.
    places : DataFrame
        Places of the constants in their ranges, by trial.
    found : DataFrame
        As of `hvmc.analysis.assumptions.explain`.
    """

    key: dict[str, Any]
    rows: "pd.DataFrame"
    places: "pd.DataFrame"
    found: "pd.DataFrame"


class Asked:
    """What is answered: results, of which the outcomes are read once.

    Parameters
    ----------
    results : Results
        With at least one stored trial.
    """

    def __init__(self, results: "Results") -> None:
        import pandas as pd

        self.results = results
        self.experiment: Experiment = results.settings
        self.labels = results.labels
        self._some = pd.DataFrame()
        self.levels = {number: point.levels for number, point in enumerate(self.experiment.points)}

    @cached_property
    def outcomes(self) -> "pd.DataFrame":
        """One row per (point, trial, replication, guest); of the report sensitivity, as drawn."""
        self._some = self._some.iloc[:0, :0]
        return self._as_drawn(self.results.trials())

    def rows(self, names: "Iterable[str]") -> "pd.DataFrame":
        """Return outcomes with some columns at least: what is read already, else these alone."""
        from hvmc.experiment.schema import columns

        if "outcomes" in vars(self):
            return self.outcomes
        wanted = set(names).intersection(columns("outcomes"))
        if not wanted <= set(self._some.columns):
            self._some = self._as_drawn(self.results.trials(sorted(wanted)))
        return self._some

    def _as_drawn(self, rows: "pd.DataFrame") -> "pd.DataFrame":
        if self.experiment.report != "sensitivity" or "point" not in rows:
            return rows
        points = enumerate(self.experiment.points)
        return rows[rows["point"].isin([n for n, own in points if own.design.redrawn == "none"])]

    @cached_property
    def places(self) -> "dict[int, pd.DataFrame]":
        """Design point to the places of its drawn constants in their ranges, by trial.

        Points without drawn constants are left out.
        """
        from hvmc.regimes.assumptions import law_of

        points = enumerate(self.experiment.points)
        drawn = {n: [one.path for one in point.design.drawn] for n, point in points}
        paths = list(dict.fromkeys(path for own in drawn.values() for path in own))
        if not paths:
            return {}
        inputs = self.results.inputs(columns=["point", "trial", *paths])
        found = {}
        for point, rows in inputs.groupby("point", sort=True):
            values = rows.drop_duplicates("trial").set_index("trial")[drawn[int(point)]]
            found[int(point)] = values.apply(lambda own: law_of(str(own.name)).places(own))
        return {point: frame for point, frame in found.items() if len(frame.columns)}

    @cached_property
    def explained(self) -> list[Explained]:
        """What drawn constants explain, of each point, regime and role that has any."""
        from hvmc.analysis.assumptions import COLUMNS, explain

        found: list[Explained] = []
        if not self.places:
            return found
        outcomes = self.rows((*ONE_GROUP, *COLUMNS)).filter([*ONE_GROUP, *COLUMNS])
        for key, rows in rows_by_group(outcomes, ONE_GROUP):
            key["point"] = int(key["point"])
            places = self.places.get(key["point"])
            if places is not None:
                one = explain(rows, places, suffers_above=self.limits[key["point"]])
                found.append(Explained(key, rows, places, one))
        return found

    @cached_property
    def exceedance(self) -> "pd.DataFrame":
        """Curves P(stretch > x) with simultaneous bands (`hvmc.analysis.bands.exceedance_steps`).

        By point, regime and role; not of a regime and role with many design points.
        """
        import pandas as pd

        from hvmc.analysis.bands import BAND_COLUMNS, exceedance_steps
        from hvmc.plots.groups import active

        needed = [*ONE_GROUP, *BAND_COLUMNS]
        kept = [active(rows.filter(needed), least=0) for rows in self.single]
        kept += [own.rows for own in self.compared if own.rows["point"].nunique() <= MOST_CURVES]
        frames = [
            exceedance_steps(rows, self.marks(rows), by=ONE_GROUP) for rows in kept if len(rows)
        ]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    @cached_property
    def limits(self) -> dict[int, float]:
        """Design point to the stretch above which its guests suffer."""
        points = enumerate(self.experiment.points)
        return {number: point.design.suffers_above for number, point in points}

    def limit_of(self, key: "Mapping[str, Any]") -> float:
        """Return the stretch above which guests suffer in a group named by point or regime."""
        if "point" in key:
            return self.limits[int(key["point"])]
        regimes = [point.regime for point in self.experiment.points]
        return self.limits[regimes.index(key["regime"])]

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
        return list(dict.fromkeys([*named, *map(str, self.outcomes["role"].unique())]))

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
        from hvmc.experiment.results import SUMMARISED

        by = groups_of(self.experiment)[0]
        read = None if self.experiment.report == "sensitivity" else self.rows((*by, *SUMMARISED))
        found = self.results.summary(by=by, outcomes=read)
        return self.in_order(self._as_drawn(found))

    @cached_property
    def changes(self) -> "pd.DataFrame":
        """Levels and paired changes (`hvmc.analysis.comparisons.compare`) of the report paired."""
        from hvmc.analysis.comparisons import compare, comparisons

        levels = [point.levels for point in self.experiment.points]
        wanted = comparisons(levels, self.experiment.compare)
        found = compare(self.outcomes, wanted, suffers_above=self.limits)
        return self.in_order(found, ("context", "setting"))

    @cached_property
    def windows(self) -> "list[Comparison]":
        """Each design point and the longest window of its context, of the report window."""
        from hvmc.analysis.window import against_longest

        designs = [point.design for point in self.experiment.points]
        levels = [point.levels for point in self.experiment.points]
        windows_s = [design.horizon_s - design.warmup_s for design in designs]
        return against_longest(levels, self.experiment.compare, windows_s)

    @cached_property
    def single(self) -> "list[pd.DataFrame]":
        """Outcomes of the regimes with one design point each: one frame, or none.

        Design points are never thrown together: where a regime has several, they are compared.
        """
        if not self._several:
            return [self.outcomes]
        rows = self.outcomes[~self.outcomes["regime"].isin(self._several)]
        return [] if rows.empty else [rows]

    @cached_property
    def compared(self) -> "list[Group]":
        """Active guests of each regime and role with several design points."""
        if not self._several:
            return []
        groups = self.groups(self.outcomes[self.outcomes["regime"].isin(self._several)])
        return [group for group in groups if group.rows["point"].nunique() > 1]

    @cached_property
    def _several(self) -> list[str]:
        """Regimes that have outcomes of several design points."""
        stored = self.outcomes[["point", "regime"]].drop_duplicates()["regime"].value_counts()
        return [str(regime) for regime in stored.index[stored > 1]]

    def groups(self, rows: "pd.DataFrame", needs: "Sequence[str]" = ()) -> "list[Group]":
        """Return the regimes and roles that have active guests in some outcomes, as of `active`."""
        from hvmc.plots.groups import split_groups

        return split_groups(self.active(rows, needs), self.roles)

    def active(self, rows: "pd.DataFrame", needs: "Sequence[str]" = ()) -> "pd.DataFrame":
        """Return the active guests among some outcomes, which all figures of them share.

        Parameters
        ----------
        rows : DataFrame
            Of `outcomes`.
        needs : sequence of str
            Columns that are finite where a guest counts.
        """
        from hvmc.plots.groups import active

        kept = next((own for of, own in self._active if of is rows), None)
        if kept is None:
            kept = active(rows, least=0)
            self._active.append((rows, kept))
        return active(kept, needs, least=0)

    @cached_property
    def _active(self) -> "list[tuple[pd.DataFrame, pd.DataFrame]]":
        """Outcomes asked for, and those of active guests among them."""
        return []

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


def trials_in_words(experiment: "Experiment") -> str:
    """Return the number of trials of the design points in words, a range where they differ."""
    fewest, most = min(experiment.all_sizes), max(experiment.all_sizes)
    return amount(most, "trial") if fewest == most else f"{fewest} to {amount(most, 'trial')}"


def window(experiment: "Experiment") -> str:
    """Return the measured windows of an experiment in words."""
    spans = {(point.design.warmup_s, point.design.horizon_s) for point in experiment.points}
    words = [f"{end - start:g} s after {start:g} s" for start, end in sorted(spans)]
    return f"window of {' or '.join(words)} of warm-up"
