"""Errors of measured disk latencies by regime, from the counters of a stored run.

python experiments/e13_clocks/errors.py RESULTS_FOLDER
"""

import sys

import pandas as pd

import hvmc
from hvmc.analysis.intervals import mean

UNIT = ["point", "trial", "replication"]
GUEST, ROOT = "hvmc Guest I/O\\", "hvmc Root I/O\\"
TRUE, TICKS, REFERENCE = "True Latency", "% Error (late ticks)", "% Error (reference time)"
NOISE = "Standard Error (late ticks)"


def counters(results: hvmc.Results) -> pd.DataFrame:
    """Return one row per guest of every unit, with a column per counter and the guest's role."""
    names = [side + name for side in (GUEST, ROOT) for name in (TRUE, TICKS, REFERENCE, NOISE)]
    held = results.counters()
    held = held[held["counter"].isin(names)]
    wide = held.pivot(index=[*UNIT, "guest"], columns="counter", values="value").reset_index()
    roles = results.trials(columns=[*UNIT, "guest", "role"])
    return wide.merge(roles, on=[*UNIT, "guest"], validate="1:1")


def line(rows: pd.DataFrame, side: str) -> str:
    """Return mean latency, the errors of both clocks, their tail, and the noise of ticks."""
    rows = rows[rows[side + TRUE].notna()]
    cells = [f"{1e3 * rows[side + TRUE].mean():.2f} ms"]
    for name in (TICKS, REFERENCE):
        found = mean(rows[side + name], rows["trial"])
        cells.append(f"{found.estimate:.2f} ({found.low:.2f} to {found.high:.2f})")
    cells.append(f"{rows[side + TICKS].quantile(0.05):.1f}")
    cells.append(f"{100.0 * (rows[side + NOISE] / rows[side + TRUE]).median():.1f}")
    return f"{len(rows)} | " + " | ".join(cells)


def main(folder: str) -> None:
    """Print the guests' table and the root's."""
    results = hvmc.load(folder)
    rows = counters(results)
    for point, label in results.labels.items():
        here = rows[rows["point"] == point]
        for role, guests in here.groupby("role", observed=True):
            print(f"{label} {role} | {line(guests, GUEST)}")
        print(f"{label} root | {line(here.drop_duplicates(UNIT), ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1])
