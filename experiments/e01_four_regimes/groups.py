"""Suffering, stretch and causes by what hosts and victims lack."""

import numpy as np
import pandas as pd

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


def by_group(rows: pd.DataFrame) -> pd.DataFrame:
    """Return hosts, guests, suffering, median stretch, mean penalty and causes of each group."""
    causes = [name for name in rows if name.startswith("cause_") and rows[name].notna().any()]
    rows = rows.assign(penalty=np.log(rows["stretch"]))
    return rows.groupby(groups(rows)).agg(
        hosts=("trial", "nunique"),
        guests=("trial", "size"),
        suffer=("suffers", "mean"),
        median=("stretch", "median"),
        **{name.removeprefix("cause_"): (name, "mean") for name in [*causes, "penalty"]},
    )


def added(rows: pd.DataFrame) -> pd.Series:
    """Return the share of each part of the time that virtualization adds, percent of all added."""
    parts = [name for name in rows if name.startswith("time_")]
    relative = rows.filter(like="time_").div(rows["native_response_mean_s"], axis=0).mean()
    more = {part: relative[part] - relative.get("native_" + part, 0) for part in parts}
    named = pd.Series({part[5:-2].replace("_", " "): value for part, value in more.items()})
    return (100 * named / named.sum()).round(1)
