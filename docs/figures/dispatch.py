"""Who gets the LPs, and how long a waking VP waits for one."""

import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc
from hvmc.plots.style import legend_below, log_axis
from hvmc.trial.measured import Result

SETTINGS = {
    "nothing set": {},
    "weight 400": {"weight": 400},
    "reserve 0.9": {"reserve": 0.9},
    "limit 0.25": {"limit": 0.25},
}
RULES = {
    "boost": hvmc.Dispatch(rule="boost"),
    "credit": hvmc.Dispatch(rule="credit"),
    "fair queue": hvmc.Dispatch(rule="fair_queue"),
    "fair queue, preempting": hvmc.Dispatch(rule="fair_queue", wake_preemption=True),
}


def busy(name: str, **priority: float) -> hvmc.Guest:
    """Return a guest of four VPs that always has work."""
    work = hvmc.Closed(threads=8, cpu=hvmc.Exponential(0.050), think=hvmc.Exponential(0.001))
    return hvmc.Guest(name, 4, work, hvmc.Priority(**priority))


def web(weight: int) -> hvmc.Guest:
    """Return a guest that works for 2 ms and thinks for 20."""
    work = hvmc.Closed(threads=8, cpu=hvmc.Exponential(0.002), think=hvmc.Exponential(0.020))
    return hvmc.Guest("web", 4, work, hvmc.Priority(weight=weight))


def host(*guests: hvmc.Guest, **settings: hvmc.Dispatch) -> Result:
    """Run guests on four LPs for 20 s after 2 s of warm-up."""
    four = hvmc.Host(logical_processors=4)
    scenario = hvmc.Scenario(four, guests, horizon_s=22.0, warmup_s=2.0, **settings)
    return hvmc.simulate(scenario, seed=1)


def rows() -> pd.DataFrame:
    """Return LPs used by three busy guests, then waits of a waking guest beside a busy one."""
    found = []
    for setting, priority in SETTINGS.items():
        result = host(busy("first", **priority), busy("second"), busy("third"))
        found += [
            {"panel": "share", "setting": setting, "guest": guest.name, "lps": guest.lp_used}
            for guest in result.guests
        ]
    for rule, dispatch in RULES.items():
        for weight in (100, 800):
            guest = host(web(weight), busy("batch"), dispatch=dispatch).guest("web")
            wait_ms, stretch = 1e3 * guest.wait_per_dispatch_s, guest.stretch
            found.append(
                {"panel": "wait", "setting": rule, "guest": "web", "weight": weight}
                | {"wait_ms": wait_ms, "stretch": stretch}
            )
    return pd.DataFrame(found)


def draw(found: pd.DataFrame) -> Figure:
    """Draw who gets the LPs, and the waits."""
    titles = (
        "Three busy guests of 4 VPs on 4 LPs",
        "A guest wakes beside a busy one, weight 100",
    )
    with panels(*titles) as (figure, (top, bottom)):
        shares = found[found["panel"] == "share"]
        left = dict.fromkeys(SETTINGS, 0.0)
        for colour, (name, own) in zip(COLOURS, shares.groupby("guest", sort=False), strict=False):
            widths = own.set_index("setting")["lps"]
            starts = [left[key] for key in widths.index]
            top.barh(widths.index, widths, left=starts, color=colour, label=str(name), height=0.6)
            for key, lps in widths.items():
                middle = left[str(key)] + lps / 2
                if lps > 0.3:
                    top.text(middle, key, f"{lps:.2f}", ha="center", va="center", color="white")
                left[str(key)] += lps
        top.invert_yaxis()
        top.set(xlabel="LPs used; what is missing of 4 is the root's, and unused", xlim=(0, 4))
        legend_below(top, columns=3)
        waits = found[found["panel"] == "wait"]
        for rank, (weight, own) in enumerate(waits.groupby("weight")):
            places = [place + 0.2 * rank - 0.1 for place in range(len(own))]
            label = f"weight {weight:.0f}"
            bottom.plot(own["wait_ms"], places, "oD"[rank], color=COLOURS[rank], label=label)
        log_axis(bottom, "x", 0.05, 20)
        bottom.set(xlabel="wait per dispatch, ms", ylim=(3.5, -0.5))
        bottom.set_yticks(range(len(RULES)), RULES)
        bottom.grid(axis="x", alpha=0.3)
        legend_below(bottom)
    return figure


def tell(found: pd.DataFrame) -> str:
    """State shares and waits."""
    shares = found[found["panel"] == "share"].pivot(index="setting", columns="guest", values="lps")
    waits = found[(found["panel"] == "wait") & (found["weight"] == 100)].set_index("setting")
    return (
        f"Top: with nothing set the first guest uses {shares['first']['nothing set']:.2f} LPs, "
        f"with weight 400 {shares['first']['weight 400']:.2f}, with a reserve of 0.9 of an LP for "
        f"each VP {shares['first']['reserve 0.9']:.2f}, with a limit of a quarter of an LP for "
        f"each VP {shares['first']['limit 0.25']:.2f}. "
        f"Bottom: at equal weights a waking VP waits {waits['wait_ms']['boost']:.2f} ms per "
        f"dispatch under boost and {waits['wait_ms']['credit']:.1f} ms under credit; its guest's "
        f"stretch is {waits['stretch']['boost']:.2f} and {waits['stretch']['credit']:.2f}."
    )
