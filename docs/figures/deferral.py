"""Interrupts that find no VP of their guest running: how many, and how long they wait."""

import numpy as np
import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc
from hvmc.kernel.codes import DELAY_SHIFT
from hvmc.plots.style import legend_below, log_axis

LPS = 4
BUSY_VPS = (0, 4, 8)
RULES = ("boost", "credit")


def scenario(busy_vps: int, rule: str) -> hvmc.Scenario:
    """Return a guest that works for 0.2 ms between I/Os, and busy VPs of another one."""
    law = hvmc.Exponential
    requests = hvmc.Closed(threads=8, cpu=law(0.001), think=law(0.010), io=law(0.002), ios=4)
    guests = [hvmc.Guest("web", 2, requests)]
    if busy_vps:
        work = hvmc.Closed(threads=2 * busy_vps, cpu=law(0.050), think=law(0.0005))
        guests.append(hvmc.Guest("busy", busy_vps, work))
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=LPS),
        guests=guests,
        dispatch=hvmc.Dispatch(rule=rule),
        horizon_s=32.0,
        warmup_s=2.0,
    )


def rows() -> pd.DataFrame:
    """Return, by rule and busy VPs, the share of I/O interrupts that wait longer than a time."""
    found = []
    for rule in RULES:
        for busy_vps in BUSY_VPS:
            guest = hvmc.simulate(scenario(busy_vps, rule), seed=1).guest("web")
            counts = np.array(guest.deferred.histogram)
            longer = 1.0 - np.cumsum(counts) / counts.sum()
            edges_us = 2.0 ** (DELAY_SHIFT + np.arange(len(counts))) * 1e-3
            found += [
                {"rule": rule, "busy_vps": busy_vps, "longer_than_us": edge, "share": share}
                | {"mean_us": 1e6 * guest.deferred.mean_s, "stretch": guest.stretch}
                for edge, share in zip(edges_us, longer, strict=True)
                if share > 1e-5
            ] or [
                {"rule": rule, "busy_vps": busy_vps, "longer_than_us": edges_us[0], "share": 0.0}
                | {"mean_us": 1e6 * guest.deferred.mean_s, "stretch": guest.stretch}
            ]
    return pd.DataFrame(found)


def draw(found: pd.DataFrame) -> Figure:
    """Draw the share of deferred interrupts that wait longer."""
    with panels(f"Deferred interrupts of a guest on {LPS} LPs", height_in=3.4) as (figure, (ax,)):
        for rank, rule in enumerate(RULES):
            for busy_vps, line in zip(BUSY_VPS[1:], ("--", "-"), strict=True):
                own = found[(found["rule"] == rule) & (found["busy_vps"] == busy_vps)]
                label = f"{rule}, {busy_vps} busy VPs of another guest"
                ax.plot(own["longer_than_us"], own["share"], line, color=COLOURS[rank], label=label)
        log_axis(ax, "x", 1.0, 1e5)
        log_axis(ax, "y", 1e-3, 1.2)
        ax.grid(alpha=0.3)
        ax.set(xlabel="x, us", ylabel="P(delay > x)")
        legend_below(ax, columns=1)
    return figure


def tell(found: pd.DataFrame) -> str:
    """State mean delays and stretches."""
    each = found.groupby(["rule", "busy_vps"])[["mean_us", "stretch"]].first()
    boost, credit = each.loc[("boost", 8)], each.loc[("credit", 8)]
    idle = each.loc[("boost", 0)]
    return (
        f"Beside 8 busy VPs a deferred interrupt waits {boost['mean_us']:.0f} us in the mean "
        f"under boost, {1e-3 * credit['mean_us']:.1f} ms under credit; the guest's stretch is "
        f"{boost['stretch']:.2f} and {credit['stretch']:.2f}. On an idle host (not drawn) the "
        f"mean is below a microsecond and the stretch {idle['stretch']:.2f}: nearly every "
        f"interrupt finds the guest's VPs idle, and wakes one at once."
    )
