"""What each mechanism costs the event loop: ``python experiments/speed/mechanisms.py``.

The core sizes (4 LPs, guests x VPs, load 0.95 of the LPs) with four I/Os a request. All timings
come from one run, interleaved; shown are medians over rounds of millions of events per CPU second,
and the ratio to the loop with every mechanism off.
"""

import argparse
import gc
import time
from statistics import median

import hvmc
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import BUFFER_FULL
from hvmc.kernel.load import load_scenario
from hvmc.kernel.loop import advance
from hvmc.kernel.start import start
from hvmc.scenario.overheads import MECHANISMS

SIZES = {"1x4": (1, 4), "4x2": (4, 2), "8x2": (8, 2), "16x4": (16, 4)}
BURST_S = 0.001
IOS = 4


def scenario(guests: int, vps: int, overheads: hvmc.Overheads, horizon_s: float) -> hvmc.Scenario:
    """Return a host of 4 LPs whose guests ask for 0.95 of them."""
    cpu_s = BURST_S * (IOS + 1)
    off_s = 3 * vps * guests * cpu_s / (0.95 * 4) - cpu_s
    work = hvmc.Closed(
        threads=3 * vps,
        cpu=hvmc.Exponential(cpu_s),
        think=hvmc.Exponential(0.5 * off_s),
        io=hvmc.Exponential(0.5 * off_s / IOS),
        ios=IOS,
    )
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=4),
        guests=[
            hvmc.Guest(name=f"g{i}", virtual_processors=vps, workload=work) for i in range(guests)
        ],
        root=hvmc.Root(background_load=0.0),
        overheads=overheads,
        horizon_s=horizon_s,
        warmup_s=0.0,
    )


def events_per_s(case: hvmc.Scenario, seed: int) -> tuple[float, int]:
    """Return events per CPU second of the bare loop, and events."""
    state = load_scenario(case, (seed, 0))
    start(state)
    gc.collect()
    before = time.process_time()
    while advance(state, nanoseconds(case.horizon_s), False) == BUFFER_FULL:
        state["buffered"][0] = 0
    return int(state["events"][0]) / (time.process_time() - before), int(state["events"][0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What each mechanism costs the event loop.")
    parser.add_argument("--horizon-s", type=float, default=60.0, help="simulated seconds")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    every, none = hvmc.Overheads(), hvmc.Overheads.none()
    rows = {"none": none} | {name: every.only(name) for name in MECHANISMS} | {"all": every}
    events_per_s(scenario(4, 2, every, 0.1), 1)
    found: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for turn in range(options.rounds):
        for size, (guests, vps) in SIZES.items():
            for name, overheads in rows.items():
                case = scenario(guests, vps, overheads, options.horizon_s)
                found.setdefault((name, size), []).append(events_per_s(case, turn))
    print("Million events per CPU second, in brackets the ratio to none; events, thousands")
    print("| on | " + " | ".join(SIZES) + " |")
    print("|---|" + "---:|" * len(SIZES))
    for name in rows:
        cells = []
        for size in SIZES:
            rate = median(rate for rate, _ in found[name, size])
            ratio = median(
                own / base
                for (own, _), (base, _) in zip(found[name, size], found["none", size], strict=True)
            )
            thousands = median(events for _, events in found[name, size]) / 1e3
            cells.append(f"{rate / 1e6:.1f} ({ratio:.2f}); {thousands:.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
