"""The report ``causes``: what each cause contributes to the penalty, by regime and role."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from hvmc.cli.numbers import amount
from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["print_causes"]

_LEGEND = (
    "contribution: mean over guests of what the cause adds to log stretch, its Shapley value over "
    "all orders in which mechanisms are switched on under the same random inputs; the causes add "
    "up to the penalty, the mean log stretch. factor: exp(contribution), by how much the cause "
    "multiplies the stretch. share: of the penalty. Intervals: 95 %, between trials. 0: the cause "
    "is switched off or absent, so that it never changed a response time."
)


def print_causes(
    results: "Results",
    console: Console,
    by: Sequence[str],
    label: Callable[[Mapping[str, Any]], str],
) -> str:
    """Print the table of causes; return the sentences that go with it.

    Parameters
    ----------
    results : Results
        Of an experiment with ``causes``.
    console : Console
        Where to.
    by : sequence of str
        Columns that tell groups apart.
    label : callable
        Mapping of these columns to a group's name.
    """
    from hvmc.analysis.causes import cause_title, has_shares, summarise_causes

    found = summarise_causes(results.trials(), by=by)
    table = _columns()
    excluded, doubtful = 0, False
    for key, group in found.groupby(list(by), sort=False):
        names = dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True))
        counts = group.iloc[0]
        excluded += int(counts["excluded"])
        table.add_row(label(names))
        table.add_row(f" {amount(int(counts['guests']), 'guest')}, {counts['clusters']} trials")
        told = has_shares(group)
        doubtful = doubtful or not told
        for cause, rows in group.groupby("cause", sort=False):
            table.add_row(f" {cause_title(str(cause))}", *_cells(rows.set_index("metric"), told))
        table.add_section()
    console.print(table)
    left_out = f" Left out: {amount(excluded, 'guest')} without a stretch." if excluded else ""
    least = " >= at least, some requests were cut off." if found["at_least"].any() else ""
    doubt = " -: the penalty itself may be nothing, and has no shares." if doubtful else ""
    return _LEGEND + least + left_out + doubt


def _columns() -> Table:
    table = plain_table()
    table.leading = 0
    table.add_column("", no_wrap=True)
    for head in ("contri-\nbution", "\ninterval", "\nfactor", "share,\n%", "\ninterval"):
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _cells(rows: "pd.DataFrame", shares: bool) -> list[str]:
    contribution, share = rows.loc["contribution"], rows.loc["share"]
    factor = rows.loc["factor", "estimate"]
    least = ">=" if contribution["at_least"] else ""
    if contribution["estimate"] == contribution["low"] == contribution["high"] == 0.0:
        return ["0", "", "1", "0", ""]
    return [
        f"{least}{contribution['estimate']:.4f}",
        _interval(contribution, "{:.4f}", 1.0),
        f"{factor:.3f}",
        f"{100.0 * share['estimate']:.1f}" if shares else "-",
        _interval(share, "{:.1f}", 100.0) if shares and share["low"] < share["high"] else "",
    ]


def _interval(found: "pd.Series", form: str, unit: float) -> str:
    if not math.isfinite(found["low"]):
        return "-"
    between = "-" if found["low"] >= 0.0 else " to "
    return f"{form}{between}{form}".format(unit * found["low"], unit * found["high"])
