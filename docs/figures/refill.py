"""What it costs that caches are cold after others ran, and that busy LPs slow each other."""

import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc

SLICES_MS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
COSTS_US = (0.0, 50.0, 200.0)
SLOPES = (0.004, 0.1, 0.5)
LPS = 16


def busy(name: str, vps: int = 1) -> hvmc.Guest:
    """Return a guest that always has work."""
    work = hvmc.Closed(threads=2 * vps, cpu=hvmc.Exponential(0.1), think=hvmc.Exponential(1e-5))
    return hvmc.Guest(name, vps, work)


def slices(slice_ms: float, cost_us: float) -> float:
    """Return the share of an LP's time that is lost where two busy VPs take turns on it, %."""
    overheads = hvmc.Overheads().only("switch", "refill")
    overheads = overheads.replace(refill=overheads.refill.replace(cost_s=cost_us * 1e-6))
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=1),
        guests=[busy("one"), busy("two")],
        root=hvmc.Root(background_load=0.0),
        dispatch=hvmc.Dispatch(slice_s=slice_ms * 1e-3),
        overheads=overheads,
        horizon_s=21.0,
        warmup_s=1.0,
    )
    result = hvmc.simulate(scenario, seed=1)
    return 100.0 * (1.0 - sum(guest.cpu_work_s for guest in result.guests) / result.window_s)


def crowd(others: int, slope: float) -> float:
    """Return the response time of one thread beside busy VPs of others, ms; no LP is shared."""
    overheads = hvmc.Overheads().only("interference")
    slowed = overheads.interference.replace(slope=slope)
    work = hvmc.Closed(threads=1, cpu=hvmc.Deterministic(0.010), think=hvmc.Exponential(0.01))
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=LPS),
        guests=[hvmc.Guest("web", 1, work), *([busy("others", others)] if others else [])],
        root=hvmc.Root(background_load=0.0),
        overheads=overheads.replace(interference=slowed),
        horizon_s=11.0,
        warmup_s=1.0,
    )
    return 1e3 * hvmc.simulate(scenario, seed=1).guest("web").response_s.mean


def rows() -> pd.DataFrame:
    """Return losses by slice and refill cost, then response times by busy LPs and slope."""
    found = [
        {"panel": "refill", "slice_ms": slice_ms, "cost_us": cost_us}
        | {"lost_percent": slices(slice_ms, cost_us)}
        for cost_us in COSTS_US
        for slice_ms in SLICES_MS
    ]
    found += [
        {"panel": "interference", "slope": slope, "other_busy_lps": others}
        | {"response_ms": crowd(others, slope)}
        for slope in SLOPES
        for others in (0, 5, 10, 15)
    ]
    return pd.DataFrame(found)


def draw(found: pd.DataFrame) -> Figure:
    """Draw the loss by slice, and the slowing."""
    titles = ("Two busy VPs take turns on one LP", f"10 ms of work beside others on {LPS} LPs")
    with panels(*titles) as (figure, (top, bottom)):
        refill = found[found["panel"] == "refill"]
        for colour, marker, (cost, own) in zip(
            COLOURS, "osD", refill.groupby("cost_us"), strict=False
        ):
            label = f"refill {cost:.0f} us" if cost else "switch alone"
            top.plot(own["slice_ms"], own["lost_percent"], f"{marker}-", color=colour, label=label)
        top.set(xscale="log", yscale="log", xlabel="slice, ms", ylabel="LP time lost, %")
        top.set_xticks(SLICES_MS, [f"{ms:g}" for ms in SLICES_MS])
        top.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
        top.minorticks_off()
        top.legend()
        slowed = found[found["panel"] == "interference"]
        for colour, marker, (slope, own) in zip(
            COLOURS, "osD", slowed.groupby("slope"), strict=False
        ):
            bottom.plot(
                own["other_busy_lps"],
                own["response_ms"],
                f"{marker}-",
                color=colour,
                label=f"slope {slope:g}",
            )
        bottom.set(xlabel="other busy LPs", ylabel="response time, ms", ylim=(9, None))
        bottom.legend()
    return figure


def tell(found: pd.DataFrame) -> str:
    """State the losses at the default slice and the slowing at full load."""
    at = found[found["slice_ms"] == 10.0].set_index("cost_us")["lost_percent"]
    full = found[found["other_busy_lps"] == 15].set_index("slope")["response_ms"]
    short = found[(found["slice_ms"] == 0.5) & (found["cost_us"] == 50.0)]["lost_percent"].iloc[0]
    return (
        f"Top: with slices of 10 ms switching loses {at[0.0]:.2f} % of the LP's time, with a "
        f"refill of 50 us {at[50.0]:.2f} %, with one of 200 us {at[200.0]:.1f} %; with slices of "
        f"0.5 ms and 50 us it is {short:.1f} %. "
        f"Bottom: with all {LPS} LPs busy 10 ms of work take {full[0.004]:.2f} ms at the lowest "
        f"slope that measurements allow, {full[0.1]:.1f} at the default and {full[0.5]:.1f} at "
        f"the highest."
    )
