"""The blocks of e04's README, from a stored run.

TRACES=FOLDER python experiments/e04_trace_population/analyse.py STORE [key=value ...]
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import hvmc
from hvmc.analysis.numbers import figure, percent
from hvmc.recordings import read_recording

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, markdown  # noqa: E402

COMMANDS = {"traces": "hvmc run experiment=trace_population trace.path=$TRACES trials=25"}
_PERCENTILES = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95)
_IO_KIB = 8  # as of the drawn guests: Role.io_kib
LPS, VMS = "host.logical_processors", "trace.guests"


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the stretch by design point, and who is inactive."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    traces = Path(os.environ["TRACES"])
    write_block(
        readme,
        "recorded",
        f"{markdown(recorded(traces))}\n\nOver the recorded time the mean use of its VPs has "
        f"between VMs a coefficient of variation of {figure(mean_use_cv(traces))}.",
    )
    results = store.results(COMMANDS["traces"])
    write_block(readme, "stretch", markdown(stretch(results)))
    idle = results.trials(columns=["stretch"])["stretch"].isna().mean()
    write_block(
        readme,
        "inactive",
        f"{percent(idle)} % of the drawn VMs demanded nothing in their window: they are counted as "
        "inactive.",
    )


def recorded(folder: Path) -> pd.DataFrame:
    """Return what recorded VMs use for each second of CPU, percentiles and all of them together."""
    rows = []
    for vm in read_recording(folder).vms:
        series = [vm.virtual_processors * vm.cpu_share]
        series += [getattr(vm, f"disk_{way}_kib_per_s") for way in ("read", "write")]
        series += [getattr(vm, f"network_{way}_kib_per_s") for way in ("received", "sent")]
        cpu, *kib = (np.average(values, weights=vm.lengths_s) for values in series)
        rows.append({"LPs": cpu, "disk": kib[0] + kib[1], "network": kib[2] + kib[3]})
    vms = pd.DataFrame(rows)
    of_each = pd.DataFrame(
        {
            "LPs in use": vms["LPs"],
            "disk, KiB/s of CPU": vms["disk"] / vms["LPs"],
            "network, KiB/s of CPU": vms["network"] / vms["LPs"],
            f"I/Os of {_IO_KIB} KiB, 1/s of CPU": _ios(vms),
            "network's part of the bytes": vms["network"] / (vms["disk"] + vms["network"]),
        }
    )
    together = vms.sum().to_frame().T
    whole = [
        vms["LPs"].sum(),
        *(together[name].item() / together["LPs"].item() for name in ("disk", "network")),
        _ios(together).item(),
        together["network"].item() / (together["disk"] + together["network"]).item(),
    ]
    found = of_each.quantile(_PERCENTILES)
    table = {f"p{100 * q:.0f}": list(map(figure, found.loc[q])) for q in _PERCENTILES}
    names = {"of a VM": list(of_each.columns)}
    return pd.DataFrame({**names, **table, "all together": list(map(figure, whole))})


def mean_use_cv(folder: Path) -> float:
    """Return the coefficient of variation, between recorded VMs, of their mean use of their VPs."""
    use = np.array([vm.mean_cpu_share for vm in read_recording(folder).vms])
    return float(use.std(ddof=1) / use.mean())


def _ios(vms: pd.DataFrame) -> pd.Series:
    return (vms["disk"] + vms["network"]) / _IO_KIB / vms["LPs"]


def stretch(results: hvmc.Results) -> pd.DataFrame:
    """Return the commitment of hosts and the stretch of guests, a row per design point."""
    hosts = results.trials(columns=["point", "trial", "lp_commitment"]).drop_duplicates()
    summary = results.summary(by=("point",)).set_index(["point", "metric"])
    rows = []
    for number, point in enumerate(results.settings.points):
        found = {name: row.to_dict() for name, row in summary.loc[number].iterrows()}
        commitment = hosts.loc[hosts["point"] == number, "lp_commitment"]
        low, middle, high = (f"{commitment.quantile(q):.2f}" for q in (0.05, 0.5, 0.95))
        rows.append(
            {
                "LPs": point.levels[LPS],
                "VMs": point.levels[VMS],
                "LP commitment": f"{middle} ({low}-{high})",
                "stretch p50": cell(found["stretch_p50"]),
                "p90": figure(found["stretch_p90"]["estimate"]),
                "p95": figure(found["stretch_p95"]["estimate"]),
                "P > 1.25, %": cell(found["p_stretch_over_1.25"], form=percent, unit=1.0),
                "P > 2, %": cell(found["p_stretch_over_2"], form=percent, unit=1.0),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main(Store.asked())
