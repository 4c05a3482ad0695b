"""What an I/O costs by the way it takes, and what it waits for where a device is shared."""

import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc
from hvmc.plots.style import legend_below, log_axis

WAYS = ("synthetic", "emulated", "direct")
PARTS = {
    "way of the I/O": ("io_path",),
    "root emulates": ("root_wait",),
    "hypervisor": ("hypervisor",),
    "waits for LPs": ("dispatch_wait", "deferred"),
    "switches, cold caches": ("switch", "slowdown", "spin"),
}
IOS = 4
NEIGHBOURS = (0, 32, 64, 128, 256)
SERVERS = 64


def ways(way: str, busy: bool) -> dict[str, float]:
    """Return what virtualization adds to one I/O, microseconds by part."""
    law = hvmc.Exponential
    requests = hvmc.Closed(threads=2, cpu=law(0.001), think=law(0.010), io=law(0.002), ios=IOS)
    guests = [hvmc.Guest("web", 2, requests, io=hvmc.Attachment(kind=way))]
    if busy:
        work = hvmc.Closed(threads=16, cpu=law(0.050), think=law(0.0005))
        guests.append(hvmc.Guest("busy", 8, work))
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=4), guests=guests, horizon_s=32.0, warmup_s=2.0
    )
    guest = hvmc.simulate(scenario, seed=1).guest("web")
    native = guest.native["same_size"].parts_s
    return {
        part: 1e6 * sum(guest.parts_s[name] - native[name] for name in names) / IOS
        for part, names in PARTS.items()
    }


def flooded(neighbours: int, isolated: bool) -> float:
    """Return the response time of a guest beside one that keeps so many I/Os under way, ms."""
    law = hvmc.Exponential
    requests = hvmc.Closed(threads=4, cpu=law(0.002), think=law(0.020), io=law(0.004), ios=2)
    guests = [hvmc.Guest("web", 2, requests)]
    if neighbours:
        flood = hvmc.Closed(
            threads=neighbours, cpu=law(1e-4), think=law(1e-4), io=law(0.004), ios=1
        )
        guests.append(hvmc.Guest("noisy", 4, flood))
    disk = hvmc.Device(servers=SERVERS // 4 if isolated else SERVERS, isolated=isolated)
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=16, devices=(disk, hvmc.Device("nic", "adapter"))),
        guests=guests,
        horizon_s=12.0,
        warmup_s=2.0,
    )
    return 1e3 * hvmc.simulate(scenario, seed=1).guest("web").response_s.mean


def rows() -> pd.DataFrame:
    """Return what is added to an I/O by way and part, then response times beside a flood."""
    found = [
        {"panel": "ways", "way": way, "host": "busy" if busy else "idle", "part": part}
        | {"added_us": added}
        for way in WAYS
        for busy in (False, True)
        for part, added in ways(way, busy).items()
    ]
    found += [
        {"panel": "flood", "disk": "own" if isolated else "shared", "ios_under_way": neighbours}
        | {"response_ms": flooded(neighbours, isolated)}
        for isolated in (False, True)
        for neighbours in NEIGHBOURS
    ]
    return pd.DataFrame(found)


def draw(found: pd.DataFrame) -> Figure:
    """Draw what is added by part, and the flood."""
    titles = (
        "Added to one I/O, idle and busy host",
        "Beside a guest that floods a disk",
    )
    with panels(*titles, height_in=2.8) as (figure, (top, bottom)):
        added = found[found["panel"] == "ways"]
        added = added.assign(bar=added["way"] + ", " + added["host"])
        left = dict.fromkeys(added["bar"], 0.0)
        for rank, (part, own) in enumerate(added.groupby("part", sort=False)):
            widths = own.set_index("bar")["added_us"].clip(lower=0.0)
            starts = [left[bar] for bar in widths.index]
            top.barh(widths.index, widths, left=starts, color=COLOURS[rank], label=str(part))
            for bar, width in widths.items():
                left[str(bar)] += width
        top.invert_yaxis()
        top.set(xlabel="us")
        legend_below(top)
        flood = found[found["panel"] == "flood"]
        for rank, (disk, own) in enumerate(flood.groupby("disk", sort=False)):
            servers = SERVERS if disk == "shared" else SERVERS // 4
            label = f"{disk} disk, {servers} I/Os at once"
            bottom.plot(
                own["ios_under_way"],
                own["response_ms"],
                "os"[rank] + "-",
                color=COLOURS[rank],
                label=label,
            )
        log_axis(bottom, "y", 5, 100)
        bottom.set(xlabel="threads of the neighbour, each with an I/O under way")
        bottom.set(ylabel="response time, ms")
        bottom.legend()
    return figure


def tell(found: pd.DataFrame) -> str:
    """State sums by way, and the flood."""
    added = found[found["panel"] == "ways"].groupby(["way", "host"])["added_us"].sum()
    flood = found[found["panel"] == "flood"].set_index(["disk", "ios_under_way"])["response_ms"]
    most = NEIGHBOURS[-1]
    return (
        f"Top: virtualization adds {added['synthetic', 'idle']:.0f} us to a synthetic I/O on an "
        f"idle host, {added['emulated', 'idle']:.0f} to an emulated one and "
        f"{added['direct', 'idle']:.0f} to a direct one; where other guests keep all LPs busy, "
        f"{added['synthetic', 'busy']:.0f}, {added['emulated', 'busy']:.0f} and "
        f"{added['direct', 'busy']:.0f}. Bottom: beside {most} threads that flood the shared disk "
        f"the guest's requests take {flood['shared', most]:.0f} ms, without them "
        f"{flood['shared', 0]:.1f}; with a disk of its own they take {flood['own', most]:.1f}."
    )
