"""The blocks of e07's README, from stored runs.

python experiments/e07_priority_settings/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc
from hvmc.analysis.numbers import figure, points

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import MILLI, cell, changes, compared, markdown  # noqa: E402

HOSTS = "hvmc run experiment=priority_settings regime=over_committed"
LACK_LPS = "regime.either.memory=0 regime.either.both=0"
COMMANDS = {
    "all": "hvmc run experiment=priority_settings trials=80",
    "lps": f"{HOSTS} priority=none,weights,limits {LACK_LPS} trials=40",
    "memory": f"{HOSTS} priority=none,memory regime.either.lps=0 regime.either.both=0 trials=60",
    "no_spinning": f"{HOSTS} priority=none,weights {LACK_LPS} trials=20 "
    "overheads.locks.enabled=false overheads.ipis.enabled=false",
    "boost": f"{HOSTS} priority=none,weights trials=40",
    "shared": f"{HOSTS} priority=none,weights dispatch.queues=shared trials=40",
    "credit": f"{HOSTS} priority=none,weights dispatch=credit trials=40",
    "fair_queue": f"{HOSTS} priority=none,weights dispatch=fair_queue trials=40",
    "preempting": f"{HOSTS} priority=none,weights dispatch=fair_queue_preempting trials=40",
}
TABLES = ("all", "lps", "memory")
WEIGHTS = {
    "`boost`": "boost",
    "`boost`, one queue": "shared",
    "`credit`": "credit",
    "`fair_queue`": "fair_queue",
    "`fair_queue`, wake-up preemption": "preempting",
    "`boost`, hosts that lack LPs": "lps",
    "the same, no locks and IPIs": "no_spinning",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, tables of settings, and weights under each rule."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    found = {name: store.results(command) for name, command in COMMANDS.items()}
    for name in TABLES:
        write_block(readme, name, compared(found[name]))
    rows = [{"weights under": rule} | weights(found[name]) for rule, name in WEIGHTS.items()]
    write_block(readme, "weights", markdown(pd.DataFrame(rows)))


def weights(results: hvmc.Results) -> dict[str, str]:
    """Return what weights change for preferred guests, and their mean wait per dispatch."""
    table = changes(results).query("setting == 'weights' and role == 'preferred'")
    own = table.rename(columns={"change": "estimate"}).set_index("metric")
    return {
        **{f"wait per dispatch, ms: {name}": text for name, text in waits(results).items()},
        "P suffers, points": cell(own.loc["suffers"].to_dict(), form=points, join=".."),
        "response": cell(own.loc["response_s"].to_dict(), before="x", join=".."),
    }


def waits(results: hvmc.Results) -> dict[str, str]:
    """Return the mean wait of preferred guests, in milliseconds, without and with weights."""
    settings = [point.levels["priority"] for point in results.settings.points]
    rows = results.trials(columns=["point", "role", "wait_per_dispatch_s"])
    rows = rows[rows["role"] == "preferred"]
    mean = rows["wait_per_dispatch_s"].groupby(rows["point"]).mean() * MILLI
    return {name: figure(mean[settings.index(name)]) for name in ("none", "weights")}


if __name__ == "__main__":
    main(Store.asked())
