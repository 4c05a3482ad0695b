"""The rows of a selection: only the columns that are needed, whole trials, the first ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hvmc.experiment.reader import read_part_of_table
from hvmc.experiment.spans import Span
from hvmc.explore.catalogue import ALL, Catalogue, CatalogueEntry, PointChoice
from hvmc.explore.selection import Selection

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Read", "read_property", "selected_rows"]

_KEYS = ("point", "trial", "replication", "guest")
_NAMED = ("regime", "role")
_LEAST_TRIALS = 16


@dataclass(frozen=True)
class Read:
    """Rows of one of the results.

    Parameters
    ----------
    source : CatalogueEntry
        Where they are from.
    choices : list of PointChoice
        Their design points.
    rows : DataFrame
        Point, trial, replication, guest, regime, role, censored, ``scramble`` where trials are of
        scrambles, and the columns asked for.
    trials : int
        Trials read of each design point, at most.
    stored : int
        Trials stored of the design point that has most.
    spans : list of Span
        Units read.
    """

    source: CatalogueEntry
    choices: list[PointChoice]
    rows: "pd.DataFrame"
    trials: int
    stored: int
    spans: list[Span]

    @property
    def words(self) -> str:
        """What was read in words."""
        rows = f"{len(self.rows):,} guests"
        if self.trials >= self.stored:
            return f"all stored trials ({rows})"
        return f"the first {self.trials:,} of {self.stored:,} trials per design point ({rows})"


def selected_rows(
    selection: Selection, catalogue: Catalogue, columns: Sequence[str]
) -> Iterator[Read]:
    """Yield the rows that are chosen, results by results; none of them without design points."""
    chosen = list(selection.choices(catalogue))
    points = sum(len(choices) for _, choices in chosen)
    for source, choices in chosen:
        stored = max(s.trials.stop for s in source.stored if s.point in _of(choices))
        trials = _trials(selection, source, points, stored)
        spans = [
            inside
            for span in source.stored
            for point in _of(choices)
            if (inside := span.common(_box(point, trials, source)))
        ]
        found = read_part_of_table(
            source.results.path,
            "outcomes",
            source.results.digests,
            within=spans,
            columns=list(dict.fromkeys([*_KEYS, *_NAMED, "censored", *columns])),
            filters=[] if selection.role == ALL else [("role", "==", selection.role)],
        )
        rows = found.to_pandas(split_blocks=True, self_destruct=True)
        if source.results.scrambles:
            rows["scramble"] = rows["trial"] % source.results.scrambles
        yield Read(source, choices, rows, trials, stored, spans)


def read_property(read: Read, name: str) -> "np.ndarray":
    """Return a property of each of the rows that were read.

    Parameters
    ----------
    read : Read
        The rows.
    name : str
        ``inputs.lp_demand`` or ``counters.NAME``; of outcomes, the column is there already.

    Returns
    -------
    ndarray
        float64, shape (rows,); nan where there is none.
    """
    table, _, column = name.partition(".")
    if table == "outcomes":
        values: np.ndarray = read.rows[column].to_numpy(dtype=np.float64)
        return values
    is_counter = table == "counters"
    value = "value" if is_counter else column
    found = read_part_of_table(
        read.source.results.path,
        table,
        read.source.results.digests,
        within=read.spans,
        columns=list(dict.fromkeys([*_KEYS, value])),
        filters=[("counter", "==", column)] if is_counter else [],
    ).to_pandas()
    wanted = found[value].to_numpy(dtype=np.float64)
    return _matched(read.rows, found, wanted)


def _matched(rows: "pd.DataFrame", found: "pd.DataFrame", values: np.ndarray) -> np.ndarray:
    """Return the value of the same unit and guest for each row."""
    import pandas as pd

    guests = pd.CategoricalDtype(
        sorted({*rows["guest"].cat.categories, *found["guest"].cat.categories})
    )
    frames = [frame[list(_KEYS)].astype({"guest": guests}) for frame in (rows, found)]
    codes = [
        [frame[name].to_numpy(np.int64) for name in _KEYS[:3]]
        + [frame["guest"].cat.codes.to_numpy(np.int64)]
        for frame in frames
    ]
    sizes = [1 + max(int(own[place].max(initial=0)) for own in codes) for place in range(4)]
    keys = [np.ravel_multi_index(own, sizes) for own in codes]
    order = np.argsort(keys[1], kind="stable")
    ordered = keys[1][order]
    if not ordered.size:
        return np.full(len(rows), np.nan)
    places = np.minimum(np.searchsorted(ordered, keys[0]), ordered.size - 1)
    return np.where(ordered[places] == keys[0], values[order][places], np.nan)


def _of(choices: Sequence[PointChoice]) -> list[int]:
    return [choice.point for choice in choices]


def _box(point: int, trials: int, source: CatalogueEntry) -> Span:
    return Span.at(point, range(trials), range(source.results.document["replications"]))


def _trials(selection: Selection, source: CatalogueEntry, points: int, stored: int) -> int:
    """Return how many trials of each design point are read, whole scrambles of them."""
    if selection.rows == ALL:
        return stored
    per_trial = points * source.guests_per_trial * source.results.document["replications"]
    wanted = max(int(int(selection.rows) / per_trial), _LEAST_TRIALS)
    together = source.results.scrambles or 1
    return min(max(wanted // together, 1) * together, stored)
