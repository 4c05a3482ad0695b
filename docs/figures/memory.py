"""Who gives and who takes when a guest wants more memory, and what a shortage costs."""

import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc
from hvmc.plots.style import legend_below, log_axis

GUESTS = ("web", "files", "batch")
DEVICES = {
    "flash": (0.0001, 16),
    "array": (0.004, 16),
    "disk": (0.008, 1),
}
RATIOS = (0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
PUBLISHED = {"M36": 3.0, "C05": 10.0}
"""Slow-downs by shortage of memory, whose rows do not tell how much was missing."""


def little_work(threads: int = 1) -> hvmc.Closed:
    """Return requests of 10 ms of work."""
    return hvmc.Closed(threads=threads, cpu=hvmc.Exponential(0.010), think=hvmc.Exponential(0.1))


def balanced() -> list[dict[str, object]]:
    """Return what three guests of an 8 GiB host have and demand, second by second."""
    grows = hvmc.MemoryUse(
        working_set_mib=1500.0, ramp_factor=3.0, ramp_from_s=20.0, ramp_over_s=40.0
    )
    steady = hvmc.MemoryUse(working_set_mib=1500.0)
    guests = [
        hvmc.Guest(
            name,
            workload=little_work(),
            memory=hvmc.Memory(priority=priority, use=grows if name == "batch" else steady),
        )
        for name, priority in zip(GUESTS, (100, 50, 50), strict=True)
    ]
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=4, memory_mib=8192.0), guests=guests, horizon_s=100.0
    )
    host, found = hvmc.HyperVHost(scenario, seed=1), []
    for second in range(0, 100, 2):
        found += [
            {"panel": "balancer", "second": second, "guest": guest.name}
            | {"assigned_mib": guest.assigned_mib, "demand_mib": guest.demand_mib}
            for guest in host.guests
        ]
        host.run_for(2)
    return found


def short(device: str, ratio: float) -> float:
    """Return the stretch of a guest whose working set is so many times its memory."""
    page_in_s, servers = DEVICES[device]
    overheads = hvmc.Overheads()
    faults = overheads.faults.replace(page_in=hvmc.Exponential(page_in_s), servers=servers)
    memory = hvmc.Memory(
        startup_mib=4096.0,
        minimum_mib=512.0,
        maximum_mib=4096.0,
        use=hvmc.MemoryUse(working_set=ratio),
    )
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=8, memory_mib=32768.0),
        guests=[hvmc.Guest(f"guest{n}", 2, little_work(8), memory=memory) for n in range(4)],
        balancer=hvmc.Balancer(enabled=False),
        overheads=overheads.replace(faults=faults),
        horizon_s=22.0,
        warmup_s=2.0,
    )
    stretches = [guest.stretch for guest in hvmc.simulate(scenario, seed=1).guests]
    return float(pd.Series(stretches).median())


def rows() -> pd.DataFrame:
    """Return the balanced host second by second, then stretches by shortage and device."""
    paged = [
        {"panel": "paging", "device": device, "working_set_per_memory": ratio}
        | {"stretch": short(device, ratio)}
        for device in DEVICES
        for ratio in RATIOS
    ]
    return pd.DataFrame([*balanced(), *paged])


def draw(found: pd.DataFrame) -> Figure:
    """Draw memory in time, and stretches."""
    titles = ("Three guests on 8 GiB: batch grows", "Four guests short of memory")
    with panels(*titles, height_in=2.7) as (figure, (top, bottom)):
        moved = found[found["panel"] == "balancer"]
        for rank, (name, own) in enumerate(moved.groupby("guest", sort=False)):
            label = f"{name}, memory priority {100 if name == 'web' else 50}"
            top.plot(own["second"], own["assigned_mib"], color=COLOURS[rank], label=label)
            top.plot(own["second"], own["demand_mib"], ":", color=COLOURS[rank])
        top.plot([], [], ":", color="grey", label="demand (dotted), assigned (solid)")
        top.set(xlabel="simulated seconds", ylabel="MiB", ylim=(0, None))
        legend_below(top)
        paged = found[found["panel"] == "paging"]
        for rank, (device, own) in enumerate(paged.groupby("device", sort=False)):
            page_in_s, servers = DEVICES[str(device)]
            label = f"{device}: {1e3 * page_in_s:g} ms, {servers} at once"
            bottom.plot(
                own["working_set_per_memory"],
                own["stretch"],
                "osD"[rank] + "-",
                color=COLOURS[rank],
                label=label,
            )
        for row, slower in PUBLISHED.items():
            bottom.axhline(slower, color="grey", linestyle=":", linewidth=0.8)
            words = f"{row}: {slower:g} x, shortage not stated"
            side = {"ha": "right", "va": "top" if slower < 5.0 else "bottom"}
            bottom.text(RATIOS[-1], slower, words, color="grey", fontsize="small", **side)
        log_axis(bottom, "y", 1.0, 1e3)
        bottom.set(xlabel="working set / memory", ylabel="stretch")
        bottom.legend()
    return figure


def tell(found: pd.DataFrame) -> str:
    """State what is given and taken, and stretches."""
    last = found[found["panel"] == "balancer"].groupby("guest").last()
    first = found[found["panel"] == "balancer"].groupby("guest").first()
    short_of = found[found["panel"] == "paging"].set_index(["device", "working_set_per_memory"])
    at = {device: short_of.loc[(device, 1.25), "stretch"] for device in DEVICES}
    gave, got = first["assigned_mib"] - last["assigned_mib"], last["assigned_mib"]
    return (
        f"Top: batch demands up to {last['demand_mib']['batch']:.0f} MiB and gets "
        f"{got['batch']:.0f}; files gives {gave['files']:.0f} MiB, web, whose memory priority is "
        f"higher, {gave['web']:.0f}. Bottom: with working sets of 1.25 times the memory the "
        f"median stretch is {at['flash']:.2f} where pages come from flash, {at['array']:.2f} "
        f"from an array and {at['disk']:.0f} from one disk. Dotted: published slow-downs, "
        "M36 of a benchmark, C05 the most between two swappers; how much memory was missing and on "
        "which device neither row tells."
    )
