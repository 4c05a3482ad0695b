"""Guests told one by one, where they are named in the configuration: a row per guest and point."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from hvmc.cli.numbers import figure
from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.analysis.intervals import Interval
    from hvmc.experiment.settings import Point

__all__ = ["LEGEND", "TITLE", "are_named", "print_guests"]

TITLE = "Guest by guest, means in the window:"
LEGEND = (
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


def are_named(points: "Sequence[Point]") -> bool:
    """Tell whether all guests of an experiment are named, and few enough for a row each."""
    designs = [point.design for point in points]
    drawn = any(design.regime is not None or design.trace is not None for design in designs)
    return not drawn and sum(len(design.guests) for design in designs) <= _MOST_ROWS


def print_guests(outcomes: "pd.DataFrame", points: "Sequence[Point]", console: Console) -> None:
    """Print memory, stretch and response time of each guest, one table per design point.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes of an experiment in which `are_named` holds.
    points : sequence of Point
        Its design points.
    console : Console
        Where to.
    """
    from hvmc.analysis.intervals import mean
    from hvmc.analysis.words import short_keys

    for point, rows in outcomes.groupby("point", sort=True):
        levels = points[int(point)].levels
        named = zip(short_keys(list(levels)), levels.values(), strict=True)
        head = "\n".join(textwrap.fill(f"{name}={level}", _HEADING_WIDTH) for name, level in named)
        table = plain_table()
        table.padding = (0, 1, 0, 0)
        table.add_column(head, no_wrap=True)
        for name in _COLUMNS:
            table.add_column(name, justify="right", no_wrap=True)
        for guest, own in rows.groupby("guest", sort=False):
            found = (mean(unit * own[key], own["trial"]) for key, unit in _COLUMNS.values())
            table.add_row(str(guest), *map(_cell, found))
        console.print(table)


def _cell(found: "Interval") -> str:
    if math.isnan(found.estimate):
        return "-"
    if math.isclose(found.low, found.high):
        return _number(found.estimate)
    limits = (max(found.low, 0.0), found.high) if math.isfinite(found.high) else ()
    return f"{_number(found.estimate)}\n{'-'.join(map(_number, limits)) or '?'}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else figure(value)
