"""Simulate hosts, log them, fit the logs, and simulate what was fitted.

python experiments/e19_round_trip/simulate.py STORE [size=smoke] [hosts=N] [draws=N]

Writes STORE/round_trip/REGIME_TRIAL.parquet, a file a host: a row per guest of the true host (draw
-1), with what its log shows of it and what its response time is made of, then one per guest and
draw of the fitted host. STORE/round_trip_luck.parquet has the LP use of the same true hosts in
a window of other luck. What is there already is kept.
"""

import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e16_diagnose")]
from commands import Store  # noqa: E402
from sample import REGIMES, cause  # noqa: E402

import hvmc  # noqa: E402
from hvmc.counters import write_pdh_csv  # noqa: E402
from hvmc.fit.fit import fit  # noqa: E402
from hvmc.regimes.design import Design  # noqa: E402
from hvmc.validation.bench import design_of  # noqa: E402

SEED = 19
HOSTS = 50
DRAWS = 39
LPS = "host.logical_processors=8"
FOLDER, LUCK = "round_trip", "round_trip_luck.parquet"
TRUE = -1
_INTERVAL_S = 1.0


def main(store: Store, hosts: int, draws: int) -> None:
    """Simulate what the store lacks, host by host."""
    folder = store.path / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for trial in range(hosts):
        for regime in REGIMES:
            file = folder / f"{regime}_{trial}.parquet"
            if not file.exists():
                rows = pd.concat(round_trip(regime, trial, draws), ignore_index=True)
                rows.to_parquet(file.with_suffix(".part"))
                file.with_suffix(".part").rename(file)
        print(f"{trial + 1} of {hosts} hosts of each regime", flush=True)
    if not (store.path / LUCK).exists():
        rows = [other_luck(regime, trial) for trial in range(hosts) for regime in REGIMES]
        pd.DataFrame(rows).to_parquet(store.path / LUCK)


def other_luck(regime: str, trial: int) -> dict[str, object]:
    """Return the LPs that guests of a true host use in a window of other luck."""
    true = design(regime).draw(seed=SEED, trial=trial)
    result = hvmc.simulate(true, seed=SEED, trial=trial, replication=1)
    used = sum(guest.lp_used for guest in result.guests)
    return {"regime": regime, "trial": trial, "lp_used": used}


def round_trip(regime: str, trial: int, draws: int) -> Iterator[pd.DataFrame]:
    """Yield the guests of the true host, then those of each draw of the fitted one."""
    true = design(regime).draw(seed=SEED, trial=trial)
    known = {"regime": regime, "trial": trial}
    yield guests_of(true, trial).assign(**known, draw=TRUE)
    fitted = fitted_to_log(true, trial)
    for draw in range(draws):
        scenario = fitted.draw(seed=SEED + 1, trial=draw)
        yield guests_of(scenario, draw, SEED + 1).assign(**known, draw=draw)


@cache
def design(regime: str) -> Design:
    """Return the design of `hvmc run` for a regime."""
    return design_of("experiment=four_regimes", f"regime={regime}", "horizon_s=12", LPS)


def fitted_to_log(true: hvmc.Scenario, trial: int) -> Design:
    """Return the design that a log of the true host's window is fitted by.

    Draws are independent, so that the least and largest of 39 are the limits of a 95 % prediction
    interval.
    """
    counters = hvmc.counter_series(true, seed=SEED, trial=trial, interval_s=_INTERVAL_S)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        write_pdh_csv(counters[counters["time_s"] > true.warmup_s], log)
        found = fit([log], "again").file.design
    window = {"horizon_s": true.horizon_s, "warmup_s": true.warmup_s}
    return found.replace(**window, sampling="iid")


def guests_of(scenario: hvmc.Scenario, trial: int, seed: int = SEED) -> pd.DataFrame:
    """Simulate a host and return what is known of its guests."""
    result = hvmc.simulate(scenario, seed=seed, trial=trial)
    rows = []
    for guest, outcome in zip(scenario.guests, result.guests, strict=True):
        parts = outcome.parts_s
        rows.append(
            {
                "guest": guest.name,
                "vps": guest.virtual_processors,
                "stretch": outcome.stretch,
                "sizing": outcome.sizing,
                "lp_used": outcome.lp_used,
                "threads": guest.workload.threads,
                "assigned_mib": outcome.assigned_mib,
                "working_set_mib": guest.memory.working_set_mib,
                "pressure": outcome.pressure,
                "ready": outcome.time_shares["ready"],
                "fault_share": parts["fault"] / sum(parts.values()),
                "cause": cause(outcome),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    asked = Store.asked()
    given = dict(change.split("=") for change in asked.changes)
    usual = (1, 3) if asked.smoke else (HOSTS, DRAWS)
    main(asked, int(given.get("hosts", usual[0])), int(given.get("draws", usual[1])))
