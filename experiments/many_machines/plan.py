"""What limits 10^8 trials on 1,000 processors, by a simulation of who waits for whom.

python experiments/many_machines/plan.py COSTS.json [--trials 100000000] [--trial-s 0.06]

Processors simulate chunks and one process hands them out and takes their rows in, one after the
other, at the costs that `measure.py` found. Times of chunks vary (lognormal, coefficient of
variation 0.3). Writes the README's table: a whole run at chunks of a second, at the chunks of
`hvmc.experiment.schedule`, and as an array of shards, each with a process of its own.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import simpy

from hvmc.experiment.schedule import CHUNK_S, HANDLING_S

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from tables import markdown  # noqa: E402

AHEAD = 2
SIMULATED_CHUNKS = 40
VARIATION = 0.3


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("costs", type=Path)
    parser.add_argument("--trials", type=int, default=10**8)
    parser.add_argument("--trial-s", type=float, default=0.06)
    asked = parser.parse_args()
    costs = json.loads(asked.costs.read_text())
    rows = [
        row(kind, workers, chunk_s, costs["dask" if kind == "one Dask run" else "pool"], asked)
        for kind, workers, chunk_s in (
            ("one Dask run", 1000, CHUNK_S),
            ("one Dask run", 1000, HANDLING_S * 1000),
            ("one Dask run", 100, HANDLING_S * 100),
            ("125 shards, `jobs=8`", 8, CHUNK_S),
        )
    ]
    write_block(README, "plan", markdown(pd.DataFrame(rows)))


def row(
    kind: str, workers: int, chunk_s: float, costs: dict[str, float], asked: argparse.Namespace
) -> dict[str, str]:
    """Return how long it takes, and how busy everybody is."""
    per_chunk = max(1, round(chunk_s / asked.trial_s))
    handling_s = costs["chunk_s"] + costs["trial_s"] * per_chunk
    busy, handing = use(workers, per_chunk * asked.trial_s, handling_s)
    processors = workers * (125 if "shards" in kind else 1)
    hours = asked.trials * asked.trial_s / (processors * busy) / 3600
    return {
        "run": kind,
        "processors": f"{processors:,}",
        "chunk, s": f"{chunk_s:g}",
        "busy processors, %": f"{100 * busy:.0f}",
        "busy process that hands out, %": f"{100 * handing:.0f}",
        "hours": f"{hours:.1f}",
    }


def use(workers: int, chunk_s: float, handling_s: float) -> tuple[float, float]:
    """Return the share of time for which processors and the process that hands out are busy.

    Parameters
    ----------
    workers : int
        Processors that simulate, with `AHEAD` chunks given to each.
    chunk_s, handling_s : float
        Mean time to simulate a chunk, and to take its rows in and give another.
    """
    clock = simpy.Environment()
    todo, back = simpy.Store(clock), simpy.Store(clock)
    rng = np.random.default_rng(1)
    sigma = np.sqrt(np.log1p(VARIATION**2))
    spent = {"simulating": 0.0, "handing": 0.0}

    def simulate(clock: simpy.Environment):
        while True:
            yield todo.get()
            took_s = chunk_s * rng.lognormal(-(sigma**2) / 2, sigma)
            yield clock.timeout(took_s)
            spent["simulating"] += took_s
            back.put(None)

    def hand_out(clock: simpy.Environment):
        while True:
            yield back.get()
            yield clock.timeout(handling_s)
            spent["handing"] += handling_s
            todo.put(None)

    for _ in range(AHEAD * workers):
        todo.put(None)
    for _ in range(workers):
        clock.process(simulate(clock))
    clock.process(hand_out(clock))
    end_s = SIMULATED_CHUNKS * max(chunk_s, workers * handling_s / AHEAD)
    clock.run(until=end_s)
    return spent["simulating"] / (workers * end_s), spent["handing"] / end_s


if __name__ == "__main__":
    main()
