"""What a guest has while it boots after a restart, and what that costs it and its neighbours."""

import numpy as np
import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure
from memory import DEVICES

import hvmc
from hvmc.plots.style import legend_below, log_axis

STARTUP_MIB, RESTART_S, BOOT_S = 4096.0, 20.0, 60.0
CASES = {
    "free": ("the host has it", 16384.0, 512.0),
    "reclaimed": ("neighbours hold it, but may have less", 9216.0, 512.0),
    "held": ("it is the neighbours' minimum", 9216.0, 3584.0),
}
"""What is drawn of each, the host's MiB, and the minimum of the neighbours, MiB."""


def host_of(case: str, device: str = "flash", restarts: bool = True) -> hvmc.Scenario:
    """Return three guests, of which sql restarts, on a host in a case."""
    _, host_mib, least_mib = CASES[case]
    work = hvmc.Closed(threads=2, cpu=hvmc.Exponential(0.010), think=hvmc.Exponential(0.1))
    page_in_s, servers = DEVICES[device]
    overheads = hvmc.Overheads()
    faults = overheads.faults.replace(page_in=hvmc.Exponential(page_in_s), servers=servers)
    use = hvmc.MemoryUse(
        working_set_mib=600.0, restart_s=RESTART_S if restarts else None, boot_s=BOOT_S
    )
    neighbour = hvmc.Memory(
        startup_mib=3584.0, minimum_mib=least_mib, use=hvmc.MemoryUse(working_set_mib=2400.0)
    )
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=4, memory_mib=host_mib),
        guests=[
            hvmc.Guest("sql", 2, work, memory=hvmc.Memory(startup_mib=STARTUP_MIB, use=use)),
            *(hvmc.Guest(name, 2, work, memory=neighbour) for name in ("web", "mail")),
        ],
        overheads=overheads.replace(faults=faults),
        horizon_s=RESTART_S + BOOT_S,
        warmup_s=RESTART_S,
    )


def in_time(case: str) -> list[dict[str, object]]:
    """Return what sql has of the host's memory, second by second."""
    host, found = hvmc.HyperVHost(host_of(case), seed=1), []
    for second in range(100):
        sql = host.guest("sql")
        found.append(
            {"panel": "memory", "case": case, "second": second}
            | {"assigned_mib": sql.assigned_mib, "smart_paged_mib": sql.smart_paged_mib}
        )
        host.run_for(1)
    return found


def stretches(case: str, device: str, restarts: bool = True) -> dict[str, object]:
    """Return stretches of the requests that begin while sql boots."""
    found = hvmc.simulate(host_of(case, device, restarts), seed=1)
    others = np.mean([found.guest(name).stretch for name in ("web", "mail")])
    return {
        "panel": "stretch",
        "case": case if restarts else "no restart",
        "device": device,
        "stretch": found.guest("sql").stretch,
        "stretch_neighbours": float(others),
    }


def rows() -> pd.DataFrame:
    """Return memory in time by case, then stretches by case and paging device."""
    costs = [stretches(case, device) for case in CASES for device in DEVICES]
    never = [stretches("held", device, restarts=False) for device in DEVICES]
    return pd.DataFrame([*(row for case in CASES for row in in_time(case)), *never, *costs])


def draw(found: pd.DataFrame) -> Figure:
    """Draw sql's memory in time, and stretches by case."""
    titles = ("sql restarts at 20 s and boots for a minute", "Stretch of requests of that minute")
    with panels(*titles, height_in=2.7) as (figure, (top, bottom)):
        moved = found[found["panel"] == "memory"]
        for rank, (case, own) in enumerate(moved.groupby("case", sort=False)):
            style = {"color": COLOURS[rank], "drawstyle": "steps-post"}
            top.plot(
                own["second"], own["assigned_mib"], label=f"{case}: {CASES[str(case)][0]}", **style
            )
        top.axhline(STARTUP_MIB, color="grey", linestyle=":", linewidth=0.8)
        middle = {"ha": "center", "va": "bottom"}
        top.text(50, STARTUP_MIB, "startup memory", color="grey", fontsize="small", **middle)
        top.set(xlabel="simulated seconds", ylabel="assigned, MiB", ylim=(0, None))
        legend_below(top, columns=1)
        costs = found[found["panel"] == "stretch"]
        for rank, (device, own) in enumerate(costs.groupby("device", sort=False)):
            at = np.arange(len(own))
            style = {"marker": "osD"[rank], "color": COLOURS[rank]}
            bottom.plot(at, own["stretch"], label=f"sql, {device}", **style)
            bottom.plot(
                at,
                own["stretch_neighbours"],
                label=f"neighbours, {device}",
                mfc="white",
                ls=":",
                **style,
            )
            bottom.set_xticks(at, own["case"])
        log_axis(bottom, "y", 1.0, 1e3)
        bottom.set(ylabel="stretch")
        legend_below(bottom)
    return figure


def tell(found: pd.DataFrame) -> str:
    """State what sql lacks, for how long, and stretches."""
    moved = found[found["panel"] == "memory"]
    lacks = moved[moved["smart_paged_mib"] > 0].groupby("case")["smart_paged_mib"]
    most, seconds = lacks.max(), lacks.size()
    costs = found[found["panel"] == "stretch"].set_index(["case", "device"])
    devices = ", ".join(DEVICES)

    def cost(name: str, case: str) -> str:
        return ", ".join(f"{costs.loc[(case, device), name]:.3g}" for device in DEVICES)

    return (
        f"Top: sql lacks {most['reclaimed']:.0f} MiB at first and nothing after "
        f"{seconds['reclaimed']} s where neighbours may have less, {most['held']:.0f} MiB for all "
        f"of the {seconds['held']} s where they may not. Bottom, on {devices}: sql's stretch is "
        f"{cost('stretch', 'no restart')} without a restart, {cost('stretch', 'free')} with free "
        f"memory, {cost('stretch', 'reclaimed')} where it is reclaimed and "
        f"{cost('stretch', 'held')} where it can't be; that of its neighbours "
        f"{cost('stretch_neighbours', 'no restart')}, then {cost('stretch_neighbours', 'free')}, "
        f"{cost('stretch_neighbours', 'reclaimed')} and {cost('stretch_neighbours', 'held')}."
    )
