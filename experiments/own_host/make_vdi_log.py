"""Make vdi.csv: a day of twelve desktops on a host of 8 LPs, as Performance Monitor logs it.

The values are made up, not measured. python experiments/own_host/make_vdi_log.py
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from hvmc.counters import write_pdh_csv

EVERY_S = 300.0
SAMPLES = 132  # 7:00 to 18:00
LPS, DESKTOPS = 8, 12
VP = "Hyper-V Hypervisor Virtual Processor"
ROOT = "Hyper-V Hypervisor Root Virtual Processor"
MEMORY = "Hyper-V Dynamic Memory VM"
DISK = "Hyper-V Virtual Storage Device"


def series() -> dict[tuple[str, str, str], np.ndarray]:
    """Return (object, instance, counter) to values."""
    rng = np.random.default_rng(8)
    hour = 7.0 + np.arange(SAMPLES) * EVERY_S / 3600.0
    office = np.exp(-(((hour - 9.2) / 1.2) ** 2)) + 0.8 * np.exp(-(((hour - 14.5) / 2.2) ** 2))
    found = {}
    for number in range(1, DESKTOPS + 1):
        name = f"desk {number:02}"
        level = 6.0 + rng.uniform(20.0, 45.0) * office * rng.lognormal(-0.1, 0.45, SAMPLES)
        for vp in range(2):
            run = np.clip(level * rng.lognormal(0.0, 0.1, SAMPLES), 0.5, 99.0)
            found[VP, f"{name}:Hv VP {vp}", "% Total Run Time"] = run
        held = 2600.0 + 2.0 * np.round(600.0 * office * rng.uniform(0.6, 1.0))
        found[MEMORY, name, "Physical Memory"] = held
        found[MEMORY, name, "Current Pressure"] = rng.uniform(72.0, 84.0, SAMPLES)
        disk = f"--?-C:-ClusterStorage-Volume1-{name}-{name}.vhdx"
        found[DISK, disk, "Read Operations/Sec"] = level * rng.uniform(0.8, 1.6, SAMPLES)
        found[DISK, disk, "Write Operations/Sec"] = level * rng.uniform(0.5, 0.9, SAMPLES)
    guests = sum(run for (object_, _, _), run in found.items() if object_ == VP)
    for lp in range(LPS):
        found[ROOT, f"Root VP {lp}", "% Total Run Time"] = 1.0 + 0.03 * guests / LPS
    total = sum(
        held
        for (object_, _, name), held in found.items()
        if (object_, name) == (MEMORY, "Physical Memory")
    )
    balancer = "Hyper-V Dynamic Memory Balancer", "System Balancer", "Available Memory"
    found[balancer] = 62_000.0 - total
    return found


def main() -> None:
    """Write the log beside this file."""
    frame = pd.concat(
        pd.DataFrame(
            {
                "time_s": EVERY_S * np.arange(SAMPLES),
                "object": object_,
                "instance": instance,
                "counter": counter,
                "value": np.round(values, 2),
            }
        )
        for (object_, instance, counter), values in series().items()
    )
    begin = datetime(2026, 3, 10, 7)
    write_pdh_csv(frame, Path(__file__).with_name("vdi.csv"), host="VDI01", epoch=begin)


if __name__ == "__main__":
    main()
