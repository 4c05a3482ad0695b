"""The blocks of e03's README, from a calibration and a stored run: modelled against published.

python experiments/e03_published_benchmark/analyse.py STORE [key=value ...]
"""

import sys
import textwrap
from pathlib import Path

import pandas as pd
from published import published_table
from published_text import published_text

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from reserves import reserve_table  # noqa: E402
from ridge_tables import ridge_tables  # noqa: E402
from tables import cell, markdown  # noqa: E402

COMMANDS = {
    "ridge": "python experiments/e03_published_benchmark/calibrate.py",
    "points": "hvmc run experiment=published_benchmark trials=20",
}
_LEGEND = (
    "A row is a point of the ridge, a set of parameters that meets the four published times, named "
    "by workers, length of a burst and where the workers sleep; beside each value its 95 % "
    "interval between trials, ? where more are needed."
)
_KINDS = {
    "fitted": "fitted",
    "bound": "not fitted, an upper bound",
    "predicted": "predicted",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, tables of each kind of quantity, and what they say."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    if not store.smoke:  # the calibration has no smaller size
        for name, text in ridge_tables(store.path / "e03_published_benchmark").items():
            write_block(readme, name, text)
    write_block(readme, "reserves", markdown(reserve_table(2 if store.smoke else 20)))
    results = store.results(COMMANDS["points"])
    points = results.settings.points
    table = published_table(results.trials(), points)
    tables = [
        markdown(by_point(table[table["kind"] == kind], head)) for kind, head in _KINDS.items()
    ]
    sentences = published_text(table, points).split("\n\n")
    wrapped = [textwrap.fill(text, 100, break_on_hyphens=False) for text in (_LEGEND, *sentences)]
    write_block(readme, "points", "\n\n".join([*tables, *wrapped]))


def by_point(table: pd.DataFrame, head: str) -> pd.DataFrame:
    """Return a row per ridge point below what was published, a column per quantity."""
    names = [str(ridge).replace("_", " ") for ridge in table["ridge"].unique()]
    told = "published" if head == _KINDS["fitted"] else "derived from what was published"
    columns = {head: [told, *names]}
    for quantity, rows in table.groupby("quantity", sort=False):
        first = rows.iloc[0]
        published = "" if pd.isna(first["published"]) else f"{first['published']:.4g}"
        cells = [cell({**row, "estimate": row["modelled"]}) for row in rows.to_dict("records")]
        columns[f"{str(quantity).replace('_', ' ')}, {first['unit']}"] = [published, *cells]
    return pd.DataFrame(columns)


if __name__ == "__main__":
    main(Store.asked())
