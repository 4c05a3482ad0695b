"""The result blocks of e01's README, from a stored run.

python experiments/e01_four_regimes/analyse.py RESULTS_FOLDER
"""

import sys
from pathlib import Path

import pandas as pd
from groups import added, by_group, groups

import hvmc

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_answer, write_block  # noqa: E402


def main(folder: str) -> None:
    """Write the blocks: the plain answer, its groups, and what adds time in each."""
    results = hvmc.load(folder)
    write_answer(README, "answer", folder)
    rows = results.trials()
    write_block(README, "groups", fenced(by_group(rows).round(4)))
    parts = rows.groupby(groups(rows))[list(rows)].apply(added)
    write_block(README, "added", fenced(parts.loc[:, (parts.abs() >= 0.1).any()]))


def fenced(frame: pd.DataFrame) -> str:
    """Return a table as Markdown shows it unchanged."""
    lines = frame.rename_axis(None).to_string().splitlines()
    return "\n".join(["```", *(line.rstrip() for line in lines), "```"])


if __name__ == "__main__":
    main(*sys.argv[1:])
