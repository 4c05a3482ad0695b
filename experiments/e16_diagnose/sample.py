"""Simulate random hosts of the four regimes, with what their counters show of them.

python experiments/e16_diagnose/sample.py STORE [size=smoke] [trials=N]

Writes STORE/diagnose.parquet: a row per guest, with the means of its and its host's counters over
the measured window (columns guest.* and host.*) and its stretch; and half as many trials of another
seed to STORE/fresh.parquet. Hosts have 8, 16 and 32 LPs in turn. Files that are there already are
kept, and only trials that they lack are simulated.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from commands import Store  # noqa: E402

from hvmc.counters.interval import SampleInterval  # noqa: E402
from hvmc.counters.sample import host_samples  # noqa: E402
from hvmc.diagnosis.windows import CounterWindows, simulated  # noqa: E402
from hvmc.model.host import HyperVHost  # noqa: E402
from hvmc.regimes.design import Design  # noqa: E402
from hvmc.trial import GuestResult, result_of  # noqa: E402
from hvmc.trial.host_memory import memory_counters  # noqa: E402
from hvmc.validation.bench import design_of  # noqa: E402

SEED, FRESH_SEED = 16, 17
TRIALS = 300
LPS = (8, 16, 32)
REGIMES = (
    "over_committed",
    "efficiently_provisioned",
    "over_provisioned",
    "under_provisioned_guest",
)
FILE, FRESH = "diagnose.parquet", "fresh.parquet"
_EVERY = 5
_LPS = ("dispatch_wait", "deferred", "spin", "guest_queue")
_OVERHEADS = ("switch", "hypervisor", "slowdown", "root_wait", "io_path")


def main(store: Store, trials: int) -> None:
    """Simulate what the store lacks."""
    store.path.mkdir(parents=True, exist_ok=True)
    fill(store.path / FRESH, (trials + 1) // 2, FRESH_SEED)
    fill(store.path / FILE, trials, SEED)


def fill(file: Path, trials: int, seed: int) -> None:
    """Simulate what a file lacks, trial by trial."""
    frames = [pd.read_parquet(file)] if file.exists() else []
    done = set(frames[0]["trial"]) if frames else set()
    wanted = [trial for trial in range(trials) if trial not in done]
    for count, trial in enumerate(wanted, 1):
        frames += [host(regime, trial, seed) for regime in REGIMES]
        if count % _EVERY == 0 or count == len(wanted):
            frames = [pd.concat(frames, ignore_index=True)]
            frames[0].to_parquet(file)
            print(f"{file.name}: {count} of {len(wanted)} trials", flush=True)


@cache
def design(regime: str, lps: int) -> Design:
    """Return the design of `hvmc run` for a regime and a size of host."""
    size = f"host.logical_processors={lps}"
    return design_of("experiment=four_regimes", f"regime={regime}", "horizon_s=12", size)


def host(regime: str, trial: int, seed: int = SEED) -> pd.DataFrame:
    """Return the guests of one host."""
    drawn = design(regime, LPS[trial % len(LPS)])
    scenario = drawn.draw(seed=seed, trial=trial)
    model = HyperVHost(scenario, seed=seed, trial=trial)
    model.run_until(scenario.warmup_s)
    before = model.observed
    model.run_until(scenario.horizon_s)
    samples = host_samples(
        SampleInterval(scenario, before, model.observed), memory_counters(model.balancer)
    )
    rows = pd.DataFrame(samples).assign(time_s=scenario.horizon_s)
    windows = simulated(rows, scenario.horizon_s - scenario.warmup_s)
    model.run()
    outcomes = {guest.name: guest for guest in result_of(model).guests}
    known = {"regime": regime, "trial": trial, "lps": scenario.host.logical_processors}
    known |= {f"host.{name}": float(values[0]) for name, values in windows.host.items()}
    return pd.DataFrame(
        [known | of_guest(windows, name, outcomes[name]) for name in windows.guests]
    ).assign(suffers=lambda rows: rows["stretch"] > drawn.suffers_above)


def of_guest(windows: CounterWindows, name: str, outcome: GuestResult) -> dict[str, float | str]:
    """Return what is known of a guest."""
    counters = windows.guests[name]
    return {
        "guest": name,
        "vps": windows.vps[name],
        **{f"guest.{quantity}": float(values[0]) for quantity, values in counters.items()},
        "stretch": outcome.stretch,
        "sizing": outcome.sizing,
        "hosting": outcome.hosting,
        "cause": cause(outcome),
    }


def cause(outcome: GuestResult) -> str:
    """Return what added most to a guest's response time.

    Where its size (own VPs, own maximum memory) weighs more than the host, the longer of the two
    that a bare machine of its size adds; else the longest that hosting adds to that.
    """
    if not (np.isfinite(outcome.stretch) and outcome.sizing > 0):
        return ""
    virtual, same = outcome.parts_s, outcome.native["same_size"].parts_s
    adequate = outcome.native["adequate"].parts_s
    if np.log(outcome.sizing) > np.log(outcome.hosting):
        own = {
            "own_vps": same["guest_queue"] - adequate["guest_queue"],
            "own_memory": same["fault"] - adequate["fault"],
        }
        return max(own, key=own.__getitem__)
    added = {part: virtual[part] - same.get(part, 0.0) for part in virtual}
    shared = {
        "lps": sum(added[part] for part in _LPS),
        "host_memory": added["fault"],
        "devices": added["device"],
        "overheads": sum(added[part] for part in _OVERHEADS),
    }
    return max(shared, key=shared.__getitem__)


if __name__ == "__main__":
    asked = Store.asked()
    given = dict(change.split("=") for change in asked.changes)
    main(asked, int(given.get("trials", 4 if asked.smoke else TRIALS)))
