"""The blocks of e12's README, from stored runs.

python experiments/e12_lock_holder/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, markdown  # noqa: E402

COMMANDS = {
    "two": "hvmc run -m experiment=lock_holder overheads.locks.share=0,1e-4,1e-3",
    "one": "hvmc run experiment=lock_holder ~guests.build2 overheads.locks.share=1e-4",
}
SWEPT = {
    "overheads.locks.share": "lock share",
    "overheads.ipis.unenlightened_per_cpu_s": "IPIs per CPU s",
}
HINT = "guests.build1.enlightened"
PUBLISHED = {"two": {"with hint": "2.36", "without hint": "15.7"}, "one": {"without hint": "1.15"}}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, and the stretch of each run with and without the hint."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    for name, command in COMMANDS.items():
        table = stretches(store.results(command))
        published = {table.columns[0]: "published (B08)", **PUBLISHED[name]}
        table = pd.concat([table, pd.DataFrame([published])]).fillna("")
        write_block(readme, name, markdown(table))


def stretches(results: hvmc.Results) -> pd.DataFrame:
    """Return the geometric mean of the stretch, a row per setting of what makes VPs spin."""
    # every guest has adequate processors: all of its stretch is hosting
    found = results.summary(by=("point",)).set_index(["metric", "point"]).loc["hosting"]
    levels = pd.DataFrame([point.levels for point in results.settings.points])
    levels["stretch"] = [cell(row) for row in found.sort_index().to_dict("records")]
    levels["hint"] = levels[HINT].map({True: "with hint", False: "without hint"})
    swept = {key: head for key, head in SWEPT.items() if key in levels}
    wide = levels.pivot(index=list(swept), columns="hint", values="stretch").reset_index()
    wide[list(swept)] = wide[list(swept)].map("{:g}".format)
    return wide.rename(columns=swept).rename_axis(columns=None)


if __name__ == "__main__":
    main(Store.asked())
