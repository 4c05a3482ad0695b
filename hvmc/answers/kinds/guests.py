"""Guests told one by one, where they are named in the configuration: a row per guest and point."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import estimate, figure
from hvmc.answers.groups import head, level_words
from hvmc.answers.kind import Kind
from hvmc.answers.page import Block, Column, Grid
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.settings import Point

__all__ = ["NamedGuests", "are_named"]

_TITLE = "Guest by guest, means in the window:"
_LEGEND = (
    "Below each mean its 95 % interval between trials, where trials differ; ? where more are "
    "needed. assigned: memory the guest holds; pressure: 100 x demand / assigned, above 100 it "
    "lacks memory; hard faults: time that a request waits for pages to be read in."
)
_MOST_ROWS = 40
_HEADING_WIDTH = 24
_COLUMNS = {
    "assigned,\nMiB": ("assigned_mib", 1.0),
    "pressure,\n%": ("pressure", 1.0),
    "stretch": ("stretch", 1.0),
    "response,\nms": ("response_mean_s", 1e3),
    "hard faults,\nms": ("time_fault_s", 1e3),
}


class NamedGuests(Kind):
    """Memory, stretch and response time of each named guest."""

    place = 55
    reports = ("points",)
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``guests``: a row per design point, guest and mean."""
        import pandas as pd

        from hvmc.analysis.clusters import cluster_labels
        from hvmc.analysis.intervals import mean

        if not are_named(self.asked.experiment.points):
            return {}
        found = [
            {
                "point": point,
                "guest": guest,
                "metric": name,
                **asdict(mean(rows[name], cluster_labels(rows))),
            }
            for (point, guest), rows in self.asked.outcomes.groupby(["point", "guest"], sort=False)
            for name, _ in _COLUMNS.values()
        ]
        return {"guests": pd.DataFrame(found)}

    def sentences(self) -> Iterator[Sentence]:
        """Yield stretch and response time of each guest."""
        found = self.frames.get("guests")
        if found is None:
            return
        for (point, guest), rows in found.groupby(["point", "guest"], sort=False):
            own = {row["metric"]: _bounded(row) for row in rows.to_dict("records")}
            stretch = told(own["stretch"], _whole)
            response = told(own["response_mean_s"], _whole, unit=1e3, after=" ms")
            label = self.asked.labels[int(point)]
            yield Sentence(
                f"{guest}, {label}" if label else str(guest),
                f"mean stretch {stretch}, response time {response}",
            )

    def text(self) -> Iterator[Block]:
        """Yield a table per design point and what its columns are."""
        found = self.frames.get("guests")
        if found is None:
            return
        yield from ("", _TITLE)
        levels = level_words([point.levels for point in self.asked.experiment.points])
        for point, rows in found.groupby("point", sort=True):
            words = levels[int(point)].values()
            heading = "\n".join(head(one, _HEADING_WIDTH) for one in words)
            yield _grid(rows, heading)
        yield _LEGEND


def are_named(points: "Sequence[Point]") -> bool:
    """Tell whether all guests of an experiment are named, and few enough for a row each."""
    designs = [point.design for point in points]
    drawn = any(design.regime is not None or design.trace is not None for design in designs)
    return not drawn and sum(len(design.explicit) for design in designs) <= _MOST_ROWS


def _grid(rows: "pd.DataFrame", heading: str) -> Grid:
    columns = []
    for name, (metric, unit) in _COLUMNS.items():
        own = rows[rows["metric"] == metric].to_dict("records")
        columns.append(Column(name, [_cell(found, unit) for found in own]))
    names = [str(guest) for guest in rows["guest"].unique()]
    return Grid(Column(heading, names), [columns], gap=1, pad=1)


def _cell(found: "Mapping[str, float]", unit: float) -> str:
    return estimate(_bounded(found), _whole, unit=unit)


def _bounded(found: "Mapping[str, float]") -> "dict[str, float]":
    """Return a mean with an interval that is above zero; none where all trials are the same."""
    steady = math.isclose(found["low"], found["high"])
    bounded = math.isfinite(found["low"])
    low = math.nan if steady else max(found["low"], 0.0) if bounded else found["low"]
    return {**found, "low": low, "supported": True}


def _whole(value: float, half: float) -> str:
    """Return a number with all digits before the point, even of a single trial."""
    return figure(value, 0.0 if math.isnan(half) else half)
