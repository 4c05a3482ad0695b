"""The blocks of e15: stretch against working set over memory, by device; a root that pages.

python experiments/e15_paging/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, compared, markdown  # noqa: E402

import hvmc  # noqa: E402

COMMANDS = {
    "devices": "hvmc run experiment=paging",
    "root": "hvmc run -m regime=over_committed regime.either.lps=0 regime.either.both=0 "
    "root.working_set=1,1.5,2,3 report=paired compare=root.working_set trials=32",
}
RATIO, DEVICE = "guests.db1.memory.use.working_set", "paging"


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the stretch, and what a root that pages changes."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    write_block(readme, "devices", markdown(stretches(store.results(COMMANDS["devices"]))))
    write_block(readme, "root", compared(store.results(COMMANDS["root"])))


def stretches(results: hvmc.Results) -> pd.DataFrame:
    """Return the median stretch and the device's busy share, a row per working set over memory."""
    found = results.summary(by=("point",)).set_index(["metric", "point"]).loc["stretch_p50"]
    busy = results.trials(columns=["point", "paging_utilisation"]).groupby("point").mean()
    table: dict[str, dict[str, str]] = {}
    for number, point in enumerate(results.settings.points):
        ratio, device = (str(point.levels[key]) for key in (RATIO, DEVICE))
        row = table.setdefault(ratio, {"working set / memory": ratio})
        row[f"stretch, {device}"] = cell(found.loc[number].to_dict())
        row[f"{device} busy, %"] = f"{100 * busy.loc[number, 'paging_utilisation']:.0f}"
    return pd.DataFrame(list(table.values()))


if __name__ == "__main__":
    main(Store.asked())
