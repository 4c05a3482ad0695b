"""The blocks of e08's README, from stored runs.

python experiments/e08_relief/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import compared  # noqa: E402

COMMANDS = {
    "all": "hvmc run experiment=relief trials=40",
    "lps": "hvmc run experiment=relief regime.either.memory=0 regime.either.both=0 trials=40",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, and a table of each run."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    for name, command in COMMANDS.items():
        write_block(readme, name, compared(store.results(command)))


if __name__ == "__main__":
    main(Store.asked())
