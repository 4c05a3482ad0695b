"""The blocks of e10's README, from stored runs.

python experiments/e10_isolation/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc
from hvmc.analysis.words import regime_words

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import MILLI, compared, markdown  # noqa: E402

RUN = "experiment=isolation"
COMMANDS = {
    "noise": f"hvmc run -m {RUN} isolation=shared,isolated population.noisy.burst_s=1,1e-4 "
    "compare=population.noisy.burst_s trials=30",
    "noisy": f"hvmc run {RUN} trials=30",
    "quiet": f"hvmc run {RUN} isolation=shared,isolated,direct population.noisy.burst_s=1 "
    "trials=15",
    "network": f"hvmc run {RUN} isolation=shared,isolated population.guest.network_share=1 "
    "trials=30",
}
BOTH_ROLES = ("noisy", "network")  # the noisy guest is the same in both settings


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, a table of each run, and what is waited for."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    found = {name: store.results(command) for name, command in COMMANDS.items()}
    for name, results in found.items():
        roles = () if name in BOTH_ROLES else ("guest",)
        write_block(readme, name, compared(results, roles))
    table = pd.concat([waits(found[name], name) for name in ("noisy", "quiet")])
    write_block(readme, "waits", markdown(table))


def waits(results: hvmc.Results, noise: str) -> pd.DataFrame:
    """Return what the noisy guest uses and what the others wait for, a row per design point."""
    times = ["time_guest_queue_s", "time_dispatch_wait_s", "time_deferred_s", "time_device_s"]
    columns = ["point", "role", "lp_used", "wait_per_dispatch_s", *times]
    means = results.trials(columns=columns).groupby(["point", "role"], observed=True).mean()
    rows = []
    for number, point in enumerate(results.settings.points):
        guests = MILLI * means.loc[(number, "guest")]
        rows.append(
            {
                "noisy guest": noise,
                "host": regime_words(point.levels["regime"]),
                "setting": point.levels["isolation"],
                "its LPs": f"{means.loc[(number, 'noisy'), 'lp_used']:.2f}",
                "guests wait for VPs and LPs, ms": f"{guests[times[:3]].sum():.3g}",
                "for devices, ms": f"{guests['time_device_s']:.3g}",
                "per dispatch, ms": f"{guests['wait_per_dispatch_s']:.2f}",
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main(Store.asked())
