"""The blocks of e14's README: how long a waking VP waits, by rule.

python experiments/e14_wake_up/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, markdown  # noqa: E402

import hvmc  # noqa: E402
from hvmc.analysis.intervals import mean  # noqa: E402

COMMANDS = {"rules": "hvmc run experiment=wake_up"}
RULE, QUEUES, WEIGHT = "dispatch", "dispatch.queues", "guests.light.priority.weight"


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands and waits."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    write_block(readme, "rules", markdown(waits(store.results(COMMANDS["rules"]))))


def waits(results: hvmc.Results) -> pd.DataFrame:
    """Return the light guest's wait per dispatch and stretch, a row per rule and kind of queues."""
    rows = results.trials(columns=["point", "trial", "role", "wait_per_dispatch_s", "stretch"])
    light = rows[rows["role"] == "light"]
    table: dict[tuple[str, str], dict[str, str]] = {}
    for number, point in enumerate(results.settings.points):
        own = light[light["point"] == number]
        rule, queues, weight = (str(point.levels[key]) for key in (RULE, QUEUES, WEIGHT))
        row = table.setdefault((rule, queues), {"rule": rule, "queues": queues})
        wait = mean(own["wait_per_dispatch_s"], own["trial"])
        row[f"wait, us, weight {weight}"] = cell(wait, unit=1e6)
        row[f"stretch, weight {weight}"] = cell(mean(own["stretch"], own["trial"]))
    return pd.DataFrame(list(table.values()))


if __name__ == "__main__":
    main(Store.asked())
