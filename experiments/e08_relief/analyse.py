"""The blocks of e08's README, from stored runs.

python experiments/e08_relief/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc
from hvmc.analysis.intervals import geometric_mean

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import MILLI, cell, compared, markdown  # noqa: E402

COMMANDS = {
    "all": "hvmc run experiment=relief trials=40",
    "lps": "hvmc run experiment=relief regime.either.memory=0 regime.either.both=0 trials=40",
}
STARVED_S, LONGEST_S = 100e-6, 2.4e-3  # thresholds of conf/relief/boost_*.yaml


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, a table of each run, and who waits how long."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    found = {name: store.results(command) for name, command in COMMANDS.items()}
    for name, results in found.items():
        write_block(readme, name, compared(results))
    hosts = {"all": "all", "lps": "lack LPs alone"}
    rows = [{"hosts": hosts[name]} | waits(results) for name, results in found.items()]
    write_block(readme, "waits", markdown(pd.DataFrame(rows)))


def waits(results: hvmc.Results) -> dict[str, str]:
    """Return waits per dispatch without relief, and what `boost_longest` does by them."""
    settings = [point.levels["relief"] for point in results.settings.points]
    guest = ["trial", "guest"]
    rows = results.trials(columns=[*guest, "point", "wait_per_dispatch_s", "response_mean_s"])
    none, boosted = (
        rows[rows["point"] == settings.index(name)].set_index(guest)
        for name in ("none", "boost_longest")
    )
    wait = none["wait_per_dispatch_s"]
    ratio = boosted["response_mean_s"] / none["response_mean_s"]
    long = wait > LONGEST_S
    told = {
        name: cell(geometric_mean(own, own.index.get_level_values("trial")), before="x", join="..")
        for name, own in (("longer", ratio[long]), ("shorter", ratio[~long]))
    }
    return {
        "guests that wait > 0.1 ms, %": f"{100 * (wait > STARVED_S).mean():.0f}",
        "p90 of waits, ms": f"{MILLI * wait.quantile(0.9):.2f}",
        "guests > 2.4 ms": f"{long.sum()} of {len(wait)}",
        "their response under boost_longest": told["longer"],
        "that of the others": told["shorter"],
    }


if __name__ == "__main__":
    main(Store.asked())
