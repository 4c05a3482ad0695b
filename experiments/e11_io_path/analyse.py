"""The blocks of e11's README, from what `simulate_io.py` stored.

python experiments/e11_io_path/analyse.py STORE
"""

import sys
from pathlib import Path

import pandas as pd
from simulate_io import STORED, WAKES, WORKERS

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import markdown  # noqa: E402

COMMANDS = {"io_path": "python experiments/e11_io_path/simulate_io.py"}
ADDED = {
    "write_ms": ("cached write, ms (C24)", "+0.117"),
    "read_ms": ("read, ms (C23)", "+0.373"),
    "mean_ms": ("mean, ms (C25)", "+0.284"),
    "per_s": ("I/Os per second (C22; C21: -6 to -8 %)", "-7.1 %"),
}
R28 = {1: "3.1-3.3 at about 1.5"}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the disk test, waits, and CPU and network."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    cases = pd.read_parquet(store.path / STORED)
    tests = {name: rows.dropna(axis=1) for name, rows in cases.groupby("test")}
    write_block(readme, "disk", markdown(disk(tests["disk"])))
    write_block(readme, "waits", markdown(waits(tests["waits"])))
    write_block(readme, "others", markdown(others(tests["cpu"], tests["network"])))


def disk(cases: pd.DataFrame) -> pd.DataFrame:
    """Return what virtualization adds to I/Os, a column per case."""
    table = pd.DataFrame(list(ADDED.values()), columns=["", "published"], index=list(ADDED))
    keys = ["workers", "computing", "wake"]
    for (workers, computing, wake), both in cases.groupby(keys, sort=False):
        native, virtual = (
            both.set_index("machine").loc[name, list(ADDED)] for name in ("native", "virtual")
        )
        cells = (virtual - native).astype(float).map("{:+.3f}".format)
        cells["per_s"] = f"{100 * (virtual['per_s'] / native['per_s'] - 1):+.1f} %"
        busy = f" + {computing:g} computing threads" if computing else ""
        table[f"{workers:g} worker{'s' if workers > 1 else ''}{busy}, {wake}"] = cells
    return table


def waits(cases: pd.DataFrame) -> pd.DataFrame:
    """Return waits per dispatch of the root and of guests, a row per load."""
    wide = cases.pivot(index="computing", columns="wake")
    rows = []
    for computing, own in wide.iterrows():
        threads = f"+ {computing:g} computing thread{'s' if computing > 1 else ''}"
        rows.append(
            {
                "wait per dispatch, us": threads if computing else "the workers alone",
                "busy LPs of 8": f"{own['busy_lps', 'preempt']:.2f}",
                **{f"root, {wake}": f"{own['root_us', wake]:.2f}" for wake in WAKES},
                "published (R28)": R28.get(computing, ""),
                **{f"guests, {wake}": f"{own['guests_us', wake]:.2f}" for wake in WAKES},
            }
        )
    return pd.DataFrame(rows)


def others(cpu: pd.DataFrame, network: pd.DataFrame) -> pd.DataFrame:
    """Return CPU overhead and what is added to network I/Os beside what was published."""
    lost = cpu.set_index(["guest", "intercepts"])["lost"].map("{:.1%}".format)
    lost = lost.str.replace("%", " %").unstack("intercepts")
    added = network.set_index(["workers", "kib"])["added_ms"].map("{:.3f}".format)
    alone, together = (
        f"{added[workers, 1.5]} ms for 1.5 KiB, {added[workers, 64.0]} ms for 64 KiB"
        for workers in (1, WORKERS)
    )
    rows = {
        "CPU lost, no nested paging: the lab (C20)": ("9-12 %", lost.at["lab", True]),
        "the same without intercepts": ("", lost.at["lab", False]),
        "CPU lost with nested paging, enlightened": ("", lost.at["enlightened", True]),
        "the same, not enlightened": ("", lost.at["unenlightened", True]),
        "the same without intercepts, either": ("", lost.at["enlightened", False]),
        "added to a network I/O (C26)": ("< 1 ms", alone),
        f"the same, {WORKERS} at once": ("", together),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["published", "model"]).reset_index(
        names=""
    )


if __name__ == "__main__":
    main(Store.asked())
