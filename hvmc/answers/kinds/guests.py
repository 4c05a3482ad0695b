"""Guests told one by one, where they are named in the configuration: a row per guest and point."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import estimate, figure
from hvmc.answers.asked import ONE_GROUP, Asked
from hvmc.answers.groups import head, level_words
from hvmc.answers.kind import Kind
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.settings import Point

__all__ = ["NamedGuests", "are_named", "is_one_host"]

_TITLE = "Guest by guest, means in the window:"
_LEGEND = (
    "Below each mean its 95 % interval between trials, where trials differ; ? where more are "
    "needed. stretch = sizing (too few processors) x hosting (sharing and virtualization), "
    "both as geometric means. assigned: memory the guest holds; pressure: 100 x demand / "
    "assigned, above 100 it lacks memory; hard faults: time that a request waits for pages to be "
    "read in."
)
_MOST_ROWS = 40
_HEADING_WIDTH = 24
_FACTORS = ("sizing", "hosting")
_MANY = 15
_COLUMNS = {
    "assigned,\nMiB": ("assigned_mib", 1.0),
    "pressure,\n%": ("pressure", 1.0),
    "sizing": ("sizing", 1.0),
    "hosting": ("hosting", 1.0),
    "response,\nms": ("response_mean_s", 1e3),
    "hard faults,\nms": ("time_fault_s", 1e3),
}


class NamedGuests(Kind):
    """Memory, factors of the stretch and response time of each named guest."""

    place = 55
    reports = ("points",)
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``guests``: a row per design point, guest and mean."""
        import pandas as pd

        from hvmc.analysis.clusters import cluster_labels
        from hvmc.analysis.intervals import geometric_mean, mean

        if not are_named(self.asked.experiment.points):
            return {}
        wanted = ["point", "guest", "trial", "scramble", *(name for name, _ in _COLUMNS.values())]
        needed = guest_rows(self.asked).filter(wanted)
        found = [
            {
                "point": point,
                "guest": guest,
                "metric": name,
                **asdict(
                    (geometric_mean if name in _FACTORS else mean)(rows[name], cluster_labels(rows))
                ),
            }
            for (point, guest), rows in needed.groupby(["point", "guest"], sort=False)
            for name, _ in _COLUMNS.values()
        ]
        return {"guests": pd.DataFrame(found)}

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
    """Tell whether all guests are named, and at several points few enough for a row each."""
    designs = [point.design for point in points]
    drawn = any(design.regime is not None or design.trace is not None for design in designs)
    few = len(designs) == 1 or sum(len(design.explicit) for design in designs) <= _MOST_ROWS
    return bool(designs) and not drawn and few


def guest_rows(asked: "Asked") -> "pd.DataFrame":
    """Return the outcomes; of one host of named guests only the columns that are told of it."""
    if not is_one_host(asked.experiment.points):
        return asked.outcomes
    from hvmc.analysis.by_guest import COLUMNS as BY_GUEST
    from hvmc.analysis.claims import CLAIM_COLUMNS
    from hvmc.analysis.host_regimes import HOST, OUTCOMES
    from hvmc.analysis.limits import COLUMNS as LIMITS

    own = [name for name, _ in _COLUMNS.values()]
    told = (*ONE_GROUP, *HOST, *BY_GUEST, *OUTCOMES, *LIMITS, *CLAIM_COLUMNS, *own)
    return asked.rows(told)


def is_one_host(points: "Sequence[Point]") -> bool:
    """Tell whether an experiment is one host of named guests, told guest by guest."""
    return len(points) == 1 and are_named(points)


def _grid(rows: "pd.DataFrame", heading: str) -> TextTable:
    columns = []
    for name, (metric, unit) in _COLUMNS.items():
        own = rows[rows["metric"] == metric].to_dict("records")
        columns.append(Column(name, [_cell(found, unit) for found in own[:_MOST_ROWS]]))
    names = [str(guest) for guest in rows["guest"].unique()[:_MOST_ROWS]]
    return TextTable(Column(heading, names), [columns], gap=int(len(names) <= _MANY), pad=1)


def _cell(found: "Mapping[str, float]", unit: float) -> str:
    steady = math.isclose(found["low"], found["high"])
    bounded = math.isfinite(found["low"]) and math.isfinite(found["high"])
    low = math.nan if steady else max(found["low"], 0.0) if bounded else -math.inf
    return estimate({**found, "low": low, "supported": True}, _whole, unit=unit)


def _whole(value: float, half: float) -> str:
    """Return a number with all digits before the point, even of a single trial."""
    return figure(value, 0.0 if math.isnan(half) else half)
