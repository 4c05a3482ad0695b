"""The blocks of e13's README, from the counters of a stored run.

python experiments/e13_clocks/analyse.py STORE [key=value ...]
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import hvmc
from hvmc.analysis.intervals import Interval, mean
from hvmc.analysis.words import regime_words

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import MILLI, cell, markdown  # noqa: E402

COMMANDS = {
    "clocks": "hvmc run -m name=clocks trials=100 report=points root=default,queueing "
    "regime=over_committed,efficiently_provisioned,over_provisioned,under_provisioned_guest"
}
UNIT = ["point", "trial", "replication"]
GUEST, ROOT = "hvmc Guest I/O\\", "hvmc Root I/O\\"
TRUE, TICKS, REFERENCE = "True Latency", "% Error (late ticks)", "% Error (reference time)"
NOISE = "Standard Error (late ticks)"
WAKES = {"default": "preempts", "queueing": "queues"}
LATE = 0.05  # of guests or hosts read at least this wrong


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, and the errors of both clocks."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["clocks"])
    table = pd.DataFrame(errors(results)).sort_values("root", kind="stable")
    write_block(readme, "errors", markdown(table))


def counters(results: hvmc.Results) -> pd.DataFrame:
    """Return one row per guest of every unit, with a column per counter and the guest's role."""
    names = [side + name for side in (GUEST, ROOT) for name in (TRUE, TICKS, REFERENCE, NOISE)]
    held = results.counters()
    held = held[held["counter"].isin(names)]
    wide = held.pivot(index=[*UNIT, "guest"], columns="counter", values="value").reset_index()
    roles = results.trials(columns=[*UNIT, "guest", "role"])
    return wide.merge(roles, on=[*UNIT, "guest"], validate="1:1")


def errors(results: hvmc.Results) -> Iterator[dict[str, str]]:
    """Yield the rows of the table: roles of each design point, then its root."""
    rows = counters(results)
    for number, point in enumerate(results.settings.points):
        head = {
            "root": WAKES[point.levels["root"]],
            "host": regime_words(point.levels["regime"]),
        }
        here = rows[rows["point"] == number]
        for role, guests in here.groupby("role", observed=True):
            yield head | {"by": str(role)} | line(guests, GUEST)
        yield head | {"by": "root"} | line(here.drop_duplicates(UNIT), ROOT)


def line(rows: pd.DataFrame, side: str) -> dict[str, str]:
    """Return mean latency, the errors of both clocks, their tail, and the noise of ticks."""
    rows = rows[rows[side + TRUE].notna()]
    ticks, reference = (mean(rows[side + name], rows["trial"]) for name in (TICKS, REFERENCE))
    return {
        "true, ms": f"{MILLI * rows[side + TRUE].mean():.2f}",
        "late ticks, %": told(ticks),
        "5 %": f"{rows[side + TICKS].quantile(LATE):z.1f}",
        "noise": f"{100.0 * (rows[side + NOISE] / rows[side + TRUE]).median():.1f}",
        "reference time, %": told(reference),
    }


def told(error: Interval) -> str:
    """Return a percentage with its interval; what is surely below half a hundredth as none."""
    return cell(error) if max(-error.low, error.high) >= 0.005 else "0.00"


if __name__ == "__main__":
    main(Store.asked())
