"""The blocks of e10's README, from stored runs.

python experiments/e10_isolation/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import compared  # noqa: E402

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
    """Write the blocks: commands, and a table of each run."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    for name, command in COMMANDS.items():
        roles = () if name in BOTH_ROLES else ("guest",)
        write_block(readme, name, compared(store.results(command), roles))


if __name__ == "__main__":
    main(Store.asked())
