"""Suffering, stretch and causes by what hosts and victims lack, from a stored run.

python experiments/e01_four_regimes/groups.py RESULTS_FOLDER
"""

import sys

import numpy as np
import pandas as pd

import hvmc

REGIME = {
    "over_committed": "over-committed, lacks ",
    "efficiently_provisioned": "efficiently provisioned, LP commitment ",
    "over_provisioned": "over-provisioned",
}


def groups(rows: pd.DataFrame) -> pd.Series:
    """Name the group of every guest."""
    lps, memory = rows["lp_commitment"] > 1, rows["memory_commitment"] > 1
    lacks = np.select([lps & memory, lps, memory], ["both", "LPs", "memory"], "")
    bins = pd.cut(rows["lp_commitment"], [0.4, 0.6, 0.7, 0.75]).astype(str)
    detail = np.where(rows["regime"] == "efficiently_provisioned", bins, lacks)
    own = np.where(rows["own_commitment"] > 1, "VPs", "memory")
    names = rows["regime"].astype(str).map(REGIME).fillna("neighbour") + detail
    return names.where(rows["role"] != "victim", "victim, lacks " + own)


def added(rows: pd.DataFrame) -> pd.Series:
    """Return the share of each part of the time that virtualization adds, percent of all added."""
    parts = [name for name in rows if name.startswith("time_")]
    relative = rows.filter(like="time_").div(rows["native_response_mean_s"], axis=0).mean()
    more = pd.Series({part: relative[part] - relative.get("native_" + part, 0) for part in parts})
    return (100 * more / more.sum()).round(1)


def main(folder: str) -> None:
    """Print both tables."""
    rows = hvmc.load(folder).trials()
    rows["penalty"] = np.log(rows["stretch"])
    by = rows.groupby(groups(rows))
    causes = [name for name in rows if name.startswith("cause_") and rows[name].notna().any()]
    print(
        by.agg(
            hosts=("trial", "nunique"),
            guests=("trial", "size"),
            suffer=("suffers", "mean"),
            median=("stretch", "median"),
            **{name.removeprefix("cause_"): (name, "mean") for name in [*causes, "penalty"]},
        )
        .round(4)
        .to_string()
    )
    print(by[list(rows)].apply(added).T.to_string())


if __name__ == "__main__":
    main(sys.argv[1])
