"""Where the time goes, and deferred interrupts, in the report ``regimes``: a column per group."""

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEFERRALS", "PARTS", "print_deferrals", "print_parts"]

PARTS = "Where the time goes, % of the virtual response time:"
DEFERRALS = "Deferred interrupts of a guest, by why none of its VPs ran:"
_LEGEND = (
    "Each guest's time is taken relative to its native mean response time, as in the figure "
    "time_parts; +- half the 95 % interval between trials; other: parts below 0.5 % everywhere. "
)
_HEAD_WIDTH = 12

type Label = Callable[[Mapping[str, Any]], str]
type Block = tuple[str, Sequence[Sequence[str]]]


def print_parts(outcomes: "pd.DataFrame", console: Console, by: Sequence[str], label: Label) -> str:
    """Print the share of the virtual response time that each part takes in every group.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes of an experiment.
    console : Console
        Where to.
    by : sequence of str
        Columns that tell groups apart.
    label : callable
        Mapping of these columns to a group's name.

    Returns
    -------
    str
        What the words and numbers mean.
    """
    from hvmc.analysis.parts import OTHER, TOTAL, explain, small_parts, summarise_parts
    from hvmc.analysis.parts import PARTS as NAMES

    found = summarise_parts(outcomes, by=by)
    merged = small_parts(found)
    shown = [part for part in NAMES if part not in merged]
    columns = [_names([NAMES[part] for part in shown], [OTHER] * bool(merged), ["mean stretch"])]
    heads = [""]
    for names, group in _groups(found, by):
        rows = group.set_index(["metric", "part"])
        cells = [_cell(rows.loc[("share", part)], 100.0) for part in shown]
        rest = 100.0 * sum(rows.loc[("share", part), "estimate"] for part in merged)
        total = rows.loc[("virtual", TOTAL)]
        least = ">=" if total["at_least"] else ""
        columns.append(_names(cells, [_number(rest)] * bool(merged), [least + _cell(total)]))
        heads.append(_head(label(names)))
    _print(console, heads, columns, {len(columns[0]) - 1})
    return _LEGEND + explain(merged)


def print_deferrals(
    outcomes: "pd.DataFrame", console: Console, by: Sequence[str], label: Label
) -> None:
    """Print how many interrupts are deferred in every group, and their mean delay, by reason.

    Parameters
    ----------
    outcomes, console, by, label
        As of `print_parts`.
    """
    from hvmc.analysis.deferrals import ANY, REASONS, summarise_deferrals

    found = summarise_deferrals(outcomes, by=by)
    often = found[(found["metric"] == "per_s") & (found["estimate"] > 0.0)]
    shown = [reason for reason in REASONS if reason in set(often["reason"])]
    rows_of = {"per_s": ("per second", 1.0), "delay_s": ("delay, \N{MICRO SIGN}s", 1e6)}
    columns = [[line for name, _ in rows_of.values() for line in (name, *_indented(shown, ANY))]]
    heads = [""]
    for names, group in _groups(found, by):
        rows = group.set_index(["metric", "reason"])
        heads.append(_head(label(names)))
        columns.append([])
        for metric, (_, unit) in rows_of.items():
            cells = [_cell(rows.loc[(metric, reason)], unit) for reason in (*shown, ANY)]
            columns[-1] += ["", *cells]
    _print(console, heads, columns, {len(columns[0]) // 2})


def _groups(
    found: "pd.DataFrame", by: Sequence[str]
) -> Iterable[tuple[dict[str, Any], "pd.DataFrame"]]:
    for key, group in found.groupby(list(by), sort=False):
        yield dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)), group


def _names(*lists: Sequence[str]) -> list[str]:
    return [item for one in lists for item in one]


def _indented(reasons: Sequence[str], last: str) -> list[str]:
    return [f" {reason}" for reason in (*reasons, last)]


def _head(name: str) -> str:
    """Return a group's name in short lines; words and settings stay whole."""
    longest = max(len(line) for line in textwrap.wrap(name, 1, break_long_words=False))
    return textwrap.fill(" ".join(name.split()), max(_HEAD_WIDTH, longest))


def _cell(found: "pd.Series", unit: float = 1.0) -> str:
    """Return an estimate with half its interval, ? where the data put no bound."""
    value, half = unit * found["estimate"], unit * (found["high"] - found["estimate"])
    if math.isnan(value):
        return "-"
    if value == half == 0.0:
        return "0"
    if not math.isfinite(half):
        return f"{_number(value)} +-?"
    return f"{_number(value)} +-{max(half, 0.0):.{_digits(value)}f}" if value >= 0.01 else "<0.01"


def _number(value: float) -> str:
    if value == 0.0:
        return "0"
    return f"{value:.{_digits(value)}f}" if value >= 0.01 else "<0.01"


def _digits(value: float) -> int:
    return 0 if value >= 99.95 else 1 if value >= 9.995 else 2


def _print(
    console: Console, heads: Sequence[str], columns: Sequence[Sequence[str]], sections: set[int]
) -> None:
    """Print columns, the first being the rows' names, in as many tables as the width asks for."""
    edges = [1]
    for last in range(2, len(columns) + 1):
        if last - edges[-1] > 1 and not _fits(console, heads, columns, edges[-1], last, sections):
            edges.append(last - 1)
    for first, last in pairwise([*edges, len(columns)]):
        console.print(_table(heads, columns, first, last, sections))


def _fits(
    console: Console,
    heads: Sequence[str],
    columns: Sequence[Sequence[str]],
    first: int,
    last: int,
    sections: set[int],
) -> bool:
    wide = console.options.update(width=10_000)
    table = _table(heads, columns, first, last, sections)
    return Measurement.get(console, wide, table).maximum <= console.width


def _table(
    heads: Sequence[str],
    columns: Sequence[Sequence[str]],
    first: int,
    last: int,
    sections: set[int],
) -> Table:
    table = plain_table()
    table.leading = 0
    places = [0, *range(first, last)]
    for place in places:
        table.add_column(heads[place], justify="right" if place else "left", no_wrap=True)
    for row in range(len(columns[0])):
        if row in sections:
            table.add_section()
        table.add_row(*(columns[place][row] for place in places))
    return table
