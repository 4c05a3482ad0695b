"""The blocks of e06's README, from a stored run.

python experiments/e06_causes/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

README = Path(__file__).with_name("README.md")
sys.path[:0] = [str(README.parents[1]), str(README.parents[1] / "e01_four_regimes")]
from blocks import fenced, write_answer, write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from groups import by_group  # noqa: E402

COMMANDS = {
    "causes": "hvmc run experiment=causes trials=40",
    "no_ipis": "hvmc run trials=40 name=no_ipis overheads.ipis.enabled=false",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the plain answer, causes by what hosts and victims lack."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["causes"])
    write_answer(readme, "answer", results)
    table = by_group(results.trials()).round(4).rename_axis(None)
    write_block(readme, "lacks", fenced(table.to_string()))


if __name__ == "__main__":
    main(Store.asked())
