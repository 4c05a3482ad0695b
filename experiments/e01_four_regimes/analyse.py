"""The blocks of e01's README, from a stored run.

python experiments/e01_four_regimes/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd
from groups import added, by_group, groups

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import fenced, write_answer, write_block  # noqa: E402
from commands import Store, shown  # noqa: E402

COMMANDS = {"regimes": "hvmc run trials=1024"}
MIDDLE_THINK_RATIO = 10


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the plain answer, its groups, what adds time, thinking."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["regimes"])
    write_answer(readme, "answer", results)
    rows = results.trials()
    write_block(readme, "groups", table(by_group(rows).round(4)))
    parts = rows.groupby(groups(rows))[list(rows)].apply(added)
    write_block(readme, "added", table(parts.loc[:, (parts.abs() >= 0.1).any()]))
    crowded = rows[rows["regime"] == "over_committed"]
    few = crowded["think_ratio"] < MIDDLE_THINK_RATIO
    few, many = (f"{100 * own['suffers'].mean():.0f} %" for own in (crowded[few], crowded[~few]))
    text = (
        f"On over-committed hosts {few} of guests with a thinking ratio below "
        f"{MIDDLE_THINK_RATIO} suffer, {many} of the others\n"
        "(figure `suffering_by_think_ratio`)."
    )
    write_block(readme, "think", text)


def table(frame: pd.DataFrame) -> str:
    """Return a table as Markdown shows it unchanged."""
    return fenced(frame.rename_axis(None).to_string())


if __name__ == "__main__":
    main(Store.asked())
