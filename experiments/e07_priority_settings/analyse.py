"""The blocks of e07's README, from stored runs.

python experiments/e07_priority_settings/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import MILLI, compared, markdown  # noqa: E402

HOSTS = "hvmc run experiment=priority_settings regime=over_committed"
LACK_LPS = "regime.either.memory=0 regime.either.both=0"
COMMANDS = {
    "all": "hvmc run experiment=priority_settings trials=80",
    "lps": f"{HOSTS} priority=none,weights,limits {LACK_LPS} trials=40",
    "memory": f"{HOSTS} priority=none,memory regime.either.lps=0 regime.either.both=0 trials=60",
    "no_spinning": f"{HOSTS} priority=none,weights {LACK_LPS} trials=20 "
    "overheads.locks.enabled=false overheads.ipis.enabled=false",
    "fair_queue": f"{HOSTS} priority=none,weights,reserves dispatch.rule=fair_queue trials=40",
    "preempting": f"{HOSTS} priority=none,weights dispatch.wake_preemption=true trials=40",
}
WAITS = {
    "credit, lacks LPs": "lps",
    "fair_queue": "fair_queue",
    "credit, wake-up preemption": "preempting",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, a table of each run, and waits per dispatch."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    found = {name: store.results(command) for name, command in COMMANDS.items()}
    for name, results in found.items():
        write_block(readme, name, compared(results))
    waits = {rule: wait_per_dispatch(found[name]) for rule, name in WAITS.items()}
    table = pd.DataFrame(waits).T.rename_axis("wait per dispatch, ms").reset_index()
    write_block(readme, "waits", markdown(table[["wait per dispatch, ms", "none", "weights"]]))


def wait_per_dispatch(results: hvmc.Results) -> pd.Series:
    """Return the mean wait of preferred guests by setting, in milliseconds."""
    settings = [point.levels["priority"] for point in results.settings.points]
    rows = results.trials(columns=["point", "role", "wait_per_dispatch_s"])
    rows = rows[rows["role"] == "preferred"]
    waits = MILLI * rows["wait_per_dispatch_s"].groupby(rows["point"]).mean()
    return waits.rename(dict(enumerate(settings))).map("{:.3g}".format)


if __name__ == "__main__":
    main(Store.asked())
