"""The blocks of e03's README, from a stored run: modelled against published.

python experiments/e03_published_benchmark/analyse.py STORE [key=value ...]
"""

import sys
import textwrap
from pathlib import Path

import pandas as pd
from published import published_table
from published_text import published_text

from hvmc.answers.numbers import estimate
from hvmc.answers.page import Column, Grid

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import told, write_block  # noqa: E402
from commands import Store, shown  # noqa: E402

COMMANDS = {
    "ridge": "python experiments/e03_published_benchmark/calibrate.py",
    "points": "hvmc run experiment=published_benchmark trials=20",
}
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


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, and the tables of each kind of quantity with sentences."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["points"])
    points = results.settings.points
    table = published_table(results.trials(), points)
    grids = [grid(table[table["kind"].isin(kinds)], head) for head, kinds in _TABLES.items()]
    sentences = published_text(table, points).split("\n\n")
    write_block(readme, "points", told([*grids, _LEGEND, *sentences]))


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
    main(Store.asked())
