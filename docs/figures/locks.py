"""What VPs cost that spin for VPs that are not running."""

import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc
from hvmc.plots.style import legend_below, log_axis

SIZES = (2, 4, 8, 16)
CASES = {
    "sharing alone": (0.0, 0.0, False),
    "IPIs, with the hint": (0.0, 310.0, True),
    "IPIs": (0.0, 310.0, False),
    "a lock, with the hint": (1e-3, 0.0, True),
    "a lock": (1e-3, 0.0, False),
}


def stretch(vps: int, share: float, per_cpu_s: float, hint: bool) -> float:
    """Return the stretch of two guests, each with as many VPs as the host has LPs."""
    overheads = hvmc.Overheads()
    locks = overheads.locks.replace(share=share, enabled=share > 0)
    ipis = overheads.ipis.replace(
        enlightened_per_cpu_s=per_cpu_s, unenlightened_per_cpu_s=per_cpu_s, enabled=per_cpu_s > 0
    )
    work = hvmc.Batch(workers=vps, tasks=25 * vps, iterations=1, cpu=hvmc.Exponential(0.1))
    guests = [hvmc.Guest(name, vps, work, enlightened=hint) for name in ("build1", "build2")]
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=vps),
        guests=guests,
        overheads=overheads.replace(locks=locks, ipis=ipis),
        horizon_s=600.0,
    )
    found = [guest.stretch for guest in hvmc.simulate(scenario, seed=1).guests]
    return sum(found) / len(found)


def rows() -> pd.DataFrame:
    """Return stretches by size and by what makes VPs spin."""
    return pd.DataFrame(
        [
            {"case": case, "vps_of_each": vps, "lock_share": share, "ipis_per_cpu_s": per_cpu_s}
            | {"hint": hint, "stretch": stretch(vps, share, per_cpu_s, hint)}
            for case, (share, per_cpu_s, hint) in CASES.items()
            for vps in SIZES
        ]
    )


def draw(found: pd.DataFrame) -> Figure:
    """Draw the stretch by size."""
    with panels("Two guests, each with as many VPs as the host has LPs", height_in=3.2) as (
        figure,
        (ax,),
    ):
        for rank, (case, own) in enumerate(found.groupby("case", sort=False)):
            ax.plot(
                own["vps_of_each"],
                own["stretch"],
                "osD^v"[rank] + "-",
                color=COLOURS[rank],
                label=str(case),
            )
        log_axis(ax, "y", 1.5, 250)
        ax.set(xscale="log", xlabel="VPs of each guest, LPs of the host", ylabel="stretch")
        ax.set_xticks(SIZES, [str(size) for size in SIZES])
        ax.minorticks_off()
        legend_below(ax)
    return figure


def tell(found: pd.DataFrame) -> str:
    """State stretches of the largest guests."""
    at = found[found["vps_of_each"] == SIZES[-1]].set_index("case")["stretch"]
    return (
        f"Two guests of {SIZES[-1]} VPs on {SIZES[-1]} LPs: sharing alone stretches their work "
        f"{at['sharing alone']:.2f} times. With 310 synchronous IPIs per CPU second it is "
        f"{at['IPIs']:.1f} times, {at['IPIs, with the hint']:.1f} where waiting VPs give the hint; "
        f"with a lock that takes a thousandth of the work {at['a lock']:.3g} and "
        f"{at['a lock, with the hint']:.1f}."
    )
