"""The blocks and the figure of e15: slow-down by shortage and device; a root that pages.

python experiments/e15_paging/analyse.py STORE [key=value ...]
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from slower_figure import draw_slower  # noqa: E402
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
    """A published slow-down, what its source tells of it, and by device where it names that."""

    name: str
    slower: float | Mapping[str, float]
    stated: str
    missing: str

    @property
    def label(self) -> str:
        """How many times slower, and where that stands."""
        found = [self.slower] if isinstance(self.slower, float) else self.slower.values()
        return f"{', '.join(f'{value:.2g}' for value in found)} x ({self.name})"

    def on(self, device: str) -> float:
        """Return the slow-down on a device."""
        return self.slower if isinstance(self.slower, float) else self.slower[device]


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
    Point(
        "secondary",
        95_000 / 4_000,
        "a database that pages: from 95,000 to 4,000 transactions a second, as told by others",
        "who measured it and on what, working sets, memory missing, device",
    ),
    Point(
        "VMware 2009",
        {"ssd": 1 / 0.88, "array": 1 / 0.31, "disk": 1 / 0.17},
        "SQL Server in one of two guests, part of it swapped out before it works: 88 % of its "
        "usual performance from a local flash disk, 31 % from a Fibre Channel array, 17 % from "
        "local SATA disks, within 2 minutes",
        "the part that was swapped out (not in the excerpt that was read), disks",
    ),
)
RATIO, DEVICE = "guests.db1.memory.use.working_set", "paging"


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks and the figure: commands, the stretch, what a root that pages changes."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    devices = store.results(COMMANDS["devices"])
    write_block(readme, "devices", markdown(stretches(devices)))
    slower = slow_downs(devices)
    write_block(readme, "published", markdown(published(slower)))
    draw_slower(slower, {one.name: one.slower for one in PUBLISHED}, readme.with_name("slower.png"))
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


def slow_downs(results: hvmc.Results) -> pd.DataFrame:
    """Return each device's median stretch over that with memory enough, a row per shortage."""
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
    return (curves / curves.loc[ENOUGH])[list(ORDER)]


def published(slower: pd.DataFrame) -> pd.DataFrame:
    """Return the published points, and at which shortage each device's curve passes them."""
    return pd.DataFrame(
        {
            "published": one.label,
            "stated": one.stated,
            "not stated": one.missing,
            **{f"on {device}, at": _passed(slower[device], one.on(device)) for device in ORDER},
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
