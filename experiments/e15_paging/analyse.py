"""The blocks of e15: stretch by shortage and device, with published points; a root that pages.

python experiments/e15_paging/analyse.py STORE [key=value ...]
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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
ENOUGH = 0.9
ORDER = ("ssd", "array", "disk")


@dataclass(frozen=True)
class Point:
    """A published slow-down, and what its source tells of it."""

    row: str
    slower: float
    stated: str
    missing: str


PUBLISHED = (
    Point(
        "M36",
        3.0,
        "a benchmark against itself alone; four guests of VMware; balloons, then swapping (at 4 % "
        "free, M37)",
        "working sets, memory missing, device",
    ),
    Point(
        "C05",
        10.0,
        "most that a swapper which knows guests' disks gains over one that does not; KVM; no "
        "balloons",
        "working sets, memory missing, device; how slow the better swapper was",
    ),
)
RATIO, DEVICE = "guests.db1.memory.use.working_set", "paging"


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the stretch, and what a root that pages changes."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    write_block(readme, "devices", markdown(stretches(store.results(COMMANDS["devices"]))))
    write_block(readme, "published", markdown(published(store.results(COMMANDS["devices"]))))
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


def published(results: hvmc.Results) -> pd.DataFrame:
    """Return the published points, and at which shortage each device's curve passes them."""
    found = results.summary(by=("point",)).set_index(["metric", "point"]).loc["stretch_p50"]
    rows = [
        {
            "ratio": point.levels[RATIO],
            "device": point.levels[DEVICE],
            "stretch": found.loc[n, "estimate"],
        }
        for n, point in enumerate(results.settings.points)
    ]
    curves = pd.DataFrame(rows).pivot(index="ratio", columns="device", values="stretch")
    slower = curves / curves.loc[ENOUGH]
    return pd.DataFrame(
        {
            "published": f"{one.slower:g} x ({one.row})",
            "stated": one.stated,
            "not stated": one.missing,
            **{f"on {device}, at": _passed(slower[device], one.slower) for device in ORDER},
        }
        for one in PUBLISHED
    )


def _passed(slower: "pd.Series[float]", wanted: float) -> str:
    """Return the working set over memory at which a curve reaches a slow-down, in words."""
    last = slower.index[-1]
    if slower.iloc[-1] < wanted:
        return f"beyond {last:g}, {slower.iloc[-1]:.2g} x there"
    after = int(np.argmax(slower.to_numpy() >= wanted))
    ends = slower.index[after - 1 : after + 1]
    at = np.interp(np.log(wanted), np.log(slower.loc[ends]), ends)
    return f"{at:.2f} (of {ends[0]:g}-{ends[1]:g})"


if __name__ == "__main__":
    main(Store.asked())
