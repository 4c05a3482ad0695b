"""What the model says of the published benchmark, from stored results: tables and sentences.

    hvmc run experiment=published_benchmark trials=20
    python experiments/e03_published_benchmark/analyse.py results/published_benchmark

Prints modelled against published, ridge point by ridge point; reads the results folder named.
"""

import sys
import textwrap

import pandas as pd
from published import published_table
from published_text import published_text
from rich.console import Console

from hvmc.analysis.numbers import estimate
from hvmc.answers.page import Column, Grid, say
from hvmc.experiment.results import load

_LEGEND = (
    "A row is a point of the ridge, a set of parameters that meets the four published times, named "
    "by workers, length of a burst and where the workers sleep. Below each value its 95 % interval "
    "between trials, ? where more are needed."
)
_WIDTH = 13
_TABLES = {
    "fitted, so no test": ("fitted",),
    "not fitted (as published: an upper bound)": ("bound",),
    "predicted": ("predicted",),
}


def main(folder: str) -> None:
    """Print the tables of each kind of quantity, then the sentences."""
    results = load(folder)
    points = results.settings.points
    table = published_table(results.trials(), points)
    console = Console(highlight=False)
    for heading, kinds in _TABLES.items():
        for drawn in grid(table[table["kind"].isin(kinds)], heading).split(console):
            console.print(drawn)
    for paragraph in (_LEGEND, *published_text(table, points).split("\n\n")):
        say(console, paragraph)


def grid(table: pd.DataFrame, heading: str) -> Grid:
    """One row per ridge point, one column per quantity, intervals below the estimates."""
    names = ["published", *(str(ridge).replace("_", " ") for ridge in table["ridge"].unique())]
    columns = []
    for quantity, rows in table.groupby("quantity", sort=False):
        first = rows.iloc[0]
        head = f"{str(quantity).replace('_', ' ')}, {first['unit']}"
        published = first["published"]
        cells = ["-" if published != published else f"{published:.4g}"]
        cells += [estimate({**row, "estimate": row["modelled"]}) for row in rows.to_dict("records")]
        columns.append(Column("\n".join(textwrap.wrap(head, _WIDTH)), cells))
    return Grid(Column(heading, names), [columns], gap=1, pad=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
