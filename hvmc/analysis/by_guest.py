"""Each guest of one host by itself: its stretch over the trials, and what it loses time to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import require_columns
from hvmc.analysis.summary import NEEDED, summarise
from hvmc.analysis.time_parts import PART_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["COLUMNS", "NOTHING", "QUANTILES", "by_guest", "most_lost_to"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NOTHING = ""
"""Instead of a part, where a guest loses less than a hundredth of its time."""

_LEAST = 0.01
_BUDGET = [part for part in PART_NAMES if part != "service"]
COLUMNS = (
    *("point", "guest", "response_mean_s", *NEEDED),
    *(f"{run}time_{part}_s" for run in ("", "native_") for part in _BUDGET),
)
"""Outcomes that are read here, where they are stored."""


def by_guest(
    outcomes: pd.DataFrame,
    *,
    suffers_above: float = 1.25,
    thresholds: Sequence[float] = (2.0,),
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the metrics of each guest over the trials of one design point.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (trial, replication, guest).
    suffers_above : float
        Stretch above which a guest suffers.
    thresholds : sequence of float
        Further stretches whose probability is told.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        As of `hvmc.analysis.summary.summarise` by guest; those that suffer most often first, of
        equal ones that with the larger 95th percentile.
    """
    found = summarise(
        outcomes,
        suffers_above=suffers_above,
        level=level,
        thresholds=thresholds,
        quantiles=QUANTILES,
        by=("guest",),
    )
    wide = found.pivot_table("estimate", "guest", "metric", sort=False, dropna=False)
    rank = [f"p_stretch_over_{suffers_above:g}", "stretch_p95"]
    order = wide.sort_values(rank, ascending=False, kind="stable", na_position="last").index
    place = found["guest"].map({guest: number for number, guest in enumerate(order)})
    return found.iloc[np.argsort(place.to_numpy(), kind="stable")].reset_index(drop=True)


def most_lost_to(outcomes: pd.DataFrame, *, suffers_above: float = 1.25) -> dict[str, str]:
    """Return the part of its response time that each guest loses most to.

    Of each run the time added to the native one, part by part, is taken over the virtual response
    time, so that a run with a huge stretch counts no more than another; the largest mean over the
    runs in which the guest suffers is taken, over all runs where it never does.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (trial, replication, guest), with the columns ``time_..._s``.
    suffers_above : float
        Stretch above which a guest suffers.

    Returns
    -------
    dict of str to str
        Guest to a key of `hvmc.analysis.time_parts.PART_NAMES`, or `NOTHING`.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    own = [f"time_{part}_s" for part in _BUDGET]
    require_columns(outcomes, ["response_mean_s", *own], "what guests lose time to")
    lost = outcomes[own].copy()
    for name in own:
        if f"native_{name}" in outcomes:
            lost[name] -= outcomes[f"native_{name}"]
    lost = lost.div(outcomes["response_mean_s"], axis=0)
    suffers = (outcomes["stretch"] > suffers_above).to_numpy()
    ever = outcomes["guest"].isin(outcomes.loc[suffers, "guest"].unique())
    counts = suffers | ~ever.to_numpy()
    means = lost[counts].groupby(outcomes.loc[counts, "guest"], observed=True).mean()
    found = {}
    for guest, values in means.iterrows():
        known = values.dropna()
        small = known.empty or known.max() < _LEAST
        found[str(guest)] = NOTHING if small else _BUDGET[own.index(str(known.idxmax()))]
    return found
