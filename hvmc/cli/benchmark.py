"""The report ``published_benchmark``: modelled against published, ridge point by ridge point."""

import math
from itertools import batched
from typing import TYPE_CHECKING

from rich.console import Console

from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["print_benchmark"]

_LEGEND = (
    "A row is a point of the ridge, a set of parameters that meets the four published times, named "
    "by workers, length of a burst and where the workers sleep. Below each value its 95 % interval "
    "between trials, ? where more are needed."
)
_HEADING_WIDTH = 20
_WIDTH = 13
_TABLES = {
    "fitted, so no test": ("fitted",),
    "not fitted (as published: an upper bound)": ("bound",),
    "predicted": ("predicted",),
}


def print_benchmark(results: "Results", console: Console) -> str:
    """Print the tables of the published benchmark; return the sentences that go with them."""
    from hvmc.analysis.published import published_table
    from hvmc.analysis.published_text import published_text

    points = results.settings.points
    table = published_table(results.trials(), points)
    most = max((console.width - _HEADING_WIDTH) // (_WIDTH + 1), 1)
    for heading, kinds in _TABLES.items():
        rows = table[table["kind"].isin(kinds)]
        for quantities in batched(rows["quantity"].unique(), most):
            _print(rows[rows["quantity"].isin(quantities)], heading, console)
    return f"{_LEGEND}\n\n{published_text(table, points)}"


def _print(table: "pd.DataFrame", heading: str, console: Console) -> None:
    """One row per ridge point, one column per quantity, intervals below the estimates."""
    shown = plain_table()
    shown.padding = (0, 0, 0, 1)
    shown.add_column(heading, width=_HEADING_WIDTH)
    for quantity, rows in table.groupby("quantity", sort=False):
        first = rows.iloc[0]
        name = f"{str(quantity).replace('_', ' ')}, {first['unit']}"
        shown.add_column(name, justify="right", width=_WIDTH)
    first_of = table.groupby("quantity", sort=False).first()["published"]
    shown.add_row("published", *("-" if value != value else f"{value:.4g}" for value in first_of))
    for ridge, rows in table.groupby("ridge", sort=False):
        shown.add_row(str(ridge).replace("_", " "), *(_cell(row) for _, row in rows.iterrows()))
    console.print(shown)


def _cell(row: "pd.Series") -> str:
    mark = ">=" if row["at_least"] else ""
    value = f"{mark}{row['modelled']:.4g}"
    if not math.isfinite(row["high"] - row["low"]):
        return f"{value}\n?"
    return f"{value}\n{row['low']:.4g}-{row['high']:.4g}"
