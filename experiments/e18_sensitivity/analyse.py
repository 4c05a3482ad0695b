"""The blocks of e18's README: which inputs and assumed constants move the answer.

python experiments/e18_sensitivity/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import markdown  # noqa: E402

import hvmc  # noqa: E402
from hvmc.answers.kinds.sensitivity import groups, index_cell, part_names  # noqa: E402
from hvmc.answers.registry import Answer  # noqa: E402

COMMANDS = {"sensitivity": "hvmc run experiment=sensitivity trials=128"}
HEADS = {
    ("suffers", "first"): "P suffers, alone",
    ("suffers", "total"): "P suffers, in all",
    ("log_stretch", "first"): "log stretch, alone",
    ("log_stretch", "total"): "log stretch, in all",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, a line per regime, and every index."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["sensitivity"])
    kind = Answer(results).kinds["Sensitivity"]
    lines = "\n".join(f"- {found.about}: {found.text}." for found in kind.sentences())
    write_block(readme, "lines", lines)
    write_block(readme, "indices", indices(results))


def indices(results: hvmc.Results) -> str:
    """Return both indices of every part that takes part, per cent of the variance."""
    rows = []
    for about, found in groups(Answer(results).kinds["Sensitivity"].frames["sensitivity"]):
        parts = list(found["part"].unique())
        names = dict(zip(parts, part_names(parts), strict=True))
        heading = f"{about}, {found['trials'].min()} hosts"
        for part in parts:
            own = found[(found["part"] == part) & ~found["idle"]]
            if own.empty:
                continue
            cells = own.set_index(["response", "order"]).to_dict("index")
            row = {HEADS[key]: index_cell(cell) for key, cell in cells.items()}
            rows.append({"host": heading, "input": names[part], **row})
            heading = ""
    return markdown(pd.DataFrame(rows)[["host", "input", *HEADS.values()]].fillna("-"))


if __name__ == "__main__":
    main(Store.asked())
