"""The result blocks of e06's README, from a stored run.

python experiments/e06_causes/analyse.py RESULTS_FOLDER
"""

import sys
from pathlib import Path

import hvmc

README = Path(__file__).with_name("README.md")
sys.path[:0] = [str(README.parents[1]), str(README.parents[1] / "e01_four_regimes")]
from blocks import write_answer, write_block  # noqa: E402
from groups import by_group  # noqa: E402


def main(folder: str) -> None:
    """Write the blocks: the plain answer, and causes by what hosts and victims lack."""
    write_answer(README, "answer", folder)
    table = by_group(hvmc.load(folder).trials()).round(4).rename_axis(None).to_string()
    lines = "\n".join(line.rstrip() for line in table.splitlines())
    write_block(README, "lacks", f"```\n{lines}\n```")


if __name__ == "__main__":
    main(*sys.argv[1:])
