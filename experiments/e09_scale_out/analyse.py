"""The blocks of e09's README, from a stored run.

python experiments/e09_scale_out/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_answer, write_block  # noqa: E402
from commands import Store, shown  # noqa: E402

COMMANDS = {"clones": "hvmc run experiment=scale_out trials=50"}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, and the plain answer."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    write_answer(readme, "answer", store.results(COMMANDS["clones"]))


if __name__ == "__main__":
    main(Store.asked())
