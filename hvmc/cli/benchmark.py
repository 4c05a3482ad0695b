"""The report ``published_benchmark``: modelled against published, ridge point by ridge point."""

from typing import TYPE_CHECKING

from rich.console import Console

from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["print_benchmark"]

_TABLES = {
    "fitted, so no test": ("fitted",),
    "not fitted (as published: an upper bound)": ("bound",),
    "predicted": ("predicted",),
}


def print_benchmark(results: "Results", console: Console) -> str:
    """Print the tables of the published benchmark; return the sentences that go with them."""
    from hvmc.analysis.published import published_table, published_text

    points = results.settings.points
    table = published_table(results.trials(), points)
    for heading, kinds in _TABLES.items():
        _print(table[table["kind"].isin(kinds)], heading, console)
    return published_text(table, points)


def _print(table: "pd.DataFrame", heading: str, console: Console) -> None:
    """One row per ridge point, one column per quantity, intervals below the estimates."""
    shown = plain_table()
    shown.padding = (0, 0, 0, 1)
    shown.add_column(heading, width=20)
    for quantity, rows in table.groupby("quantity", sort=False):
        first = rows.iloc[0]
        name = f"{str(quantity).replace('_', ' ')}, {first['unit']}"
        shown.add_column(name, justify="right", width=13)
    first_of = table.groupby("quantity", sort=False).first()["published"]
    shown.add_row("published", *("-" if value != value else f"{value:.4g}" for value in first_of))
    for ridge, rows in table.groupby("ridge", sort=False):
        shown.add_row(str(ridge).replace("_", " "), *(_cell(row) for _, row in rows.iterrows()))
    console.print(shown)


def _cell(row: "pd.Series") -> str:
    mark = ">=" if row["at_least"] else ""
    return f"{mark}{row['modelled']:.4g}\n{row['low']:.4g}-{row['high']:.4g}"
