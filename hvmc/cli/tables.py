"""The summary as tables: a row per group, below each estimate its interval.

Columns come in sections; as many sections stand in one table as the width allows. Nothing is said
by colour.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from hvmc.cli.numbers import figure, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEGEND", "Row", "fits", "plain_table", "print_tables", "rows_of"]

LEGEND = (
    "Below each estimate its 95 % interval between trials. stretch: virtual over adequate native "
    "response time of a guest; p50..p99 over guests, P the share of guests. stretch = sizing (too "
    "few processors) x hosting (sharing and virtualization), both as geometric means. throughput: "
    "virtual over native. cost: of provisioned capacity per native CPU-second of work done. "
    ">= at least, some requests were cut off; * too few guests for the interval to hold as stated; "
    "inf: too few to bound it."
)
_P = "p_stretch_over_"


@dataclass(frozen=True)
class Row:
    """One group of the summary.

    Parameters
    ----------
    label : str
        Lines in front.
    metrics : mapping
        Metric to its row of the summary.
    """

    label: str
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class _Column:
    head: str
    cell: Callable[[Row], str]


def rows_of(
    summary: "pd.DataFrame", by: Sequence[str], label: Callable[[Mapping[str, Any]], str]
) -> list[Row]:
    """Return the groups of a summary.

    Parameters
    ----------
    summary : DataFrame
        As of `hvmc.analysis.summary.summarise`.
    by : sequence of str
        Columns that tell groups apart.
    label : callable
        Mapping of these columns to the lines in front.
    """
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in summary.to_dict("records"):
        groups.setdefault(tuple(item[key] for key in by), {})[item["metric"]] = item
    return [Row(label(dict(zip(by, key, strict=True))), metrics) for key, metrics in groups.items()]


def print_tables(rows: Sequence[Row], console: Console, *, counts: bool = True) -> None:
    """Print the rows as one table, or as several where the console is narrow.

    Parameters
    ----------
    rows : sequence of Row
        At least one.
    console : Console
        Where to.
    counts : bool
        Whether numbers of trials and guests stand beside the estimates.
    """
    group: list[_Column] = []
    for section in [*_estimates(rows), *([_counts()] if counts else [])]:
        for part in _fitting(rows, section, console):
            if group and not _fits(rows, [*group, *part], console):
                console.print(_table(rows, group))
                group = []
            group = [*group, *part]
    console.print(_table(rows, group))


def _estimates(rows: Sequence[Row]) -> Iterator[list[_Column]]:
    overs = dict.fromkeys(name for row in rows for name in row.metrics if name.startswith(_P))
    yield [_estimate(f"stretch\np{q}", f"stretch_p{q}", figure) for q in (50, 90, 95, 99)]
    yield [_estimate(f"P stretch\n> {name[len(_P) :]}, %", name, percent) for name in overs]
    yield [
        _estimate("\nsizing", "sizing", figure),
        _estimate("\nhosting", "hosting", figure),
        _estimate("through-\nput", "throughput_ratio", figure),
        _estimate("cost per\nwork", "cost_per_work", figure),
    ]


def _counts() -> list[_Column]:
    return [
        _Column("\ntrials", lambda row: _of(row, "guests_inactive", "clusters")),
        _Column("\nguests", lambda row: _of(row, "guests_inactive", "guests")),
        _Column("inac-\ntive", lambda row: _of(row, "guests_inactive", "estimate")),
        _Column("cut\noff", lambda row: _of(row, "guests_censored", "estimate")),
    ]


def _estimate(head: str, metric: str, written: Callable[[float], str]) -> _Column:
    def cell(row: Row) -> str:
        found = row.metrics.get(metric)
        if found is None or found["estimate"] != found["estimate"]:
            return "-"
        least = ">=" if found["at_least"] else ""
        mark = "" if found["supported"] else "*"
        # no metric can be negative; an interval by normal approximation may reach below 0
        low, high = written(max(found["low"], 0.0)), written(found["high"])
        return f"{least}{written(found['estimate'])}{mark}\n{low}-{high}"

    return _Column(head, cell)


def _of(row: Row, metric: str, key: str) -> str:
    found = row.metrics.get(metric)
    return "-" if found is None else f"{int(found[key])}"


def _fitting(
    rows: Sequence[Row], section: list[_Column], console: Console
) -> Iterable[list[_Column]]:
    """Halve a section until each part fits beside the labels."""
    if len(section) < 2 or _fits(rows, section, console):
        return [section]
    middle = (len(section) + 1) // 2
    return [
        *_fitting(rows, section[:middle], console),
        *_fitting(rows, section[middle:], console),
    ]


def _fits(rows: Sequence[Row], columns: Sequence[_Column], console: Console) -> bool:
    return fits(_table(rows, columns), console)


def fits(table: Table, console: Console) -> bool:
    """Tell whether a table stands in the console without a cell cut off or wrapped."""
    wide = console.options.update(width=10_000)
    return Measurement.get(console, wide, table).maximum <= console.width


def plain_table() -> Table:
    """Return an empty table in the look of all tables here."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, leading=1, header_style="bold")


def _table(rows: Sequence[Row], columns: Sequence[_Column]) -> Table:
    table = plain_table()
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column.head, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.label, *(column.cell(row) for column in columns))
    return table
