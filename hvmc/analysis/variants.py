"""Variants of a host against the present: who gains, who pays, and what it costs.

The yardstick is the present. A guest's response time under a variant is divided by its native
response time at present, in the same trial: a faster disk, which makes the native run faster too,
would otherwise look like no help. So a guest suffers under a variant where its requests take more
than the limit times what they would natively take on the host of today. Natively means the
baseline ``adequate``.

Removed is the mean number of guests of the host that cease to suffer, less those that begin to:
the sum of P(suffers) over the guests that are on the host in both. A guest that could not start for
want of memory suffers. Ranked is removed per cost, an
average: how much better a second step would be is not said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import cluster_labels
from hvmc.analysis.comparisons import COLUMNS, Comparison, compare
from hvmc.analysis.intervals import mean
from hvmc.analysis.shares import unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hvmc.analysis.intervals import Interval

__all__ = ["ALL_GUESTS", "by_present", "changes_by_guest", "ranking", "victim_of"]

ALL_GUESTS = "all guests"
_KEYS = ["trial", "replication", "guest"]
_RANKED = (
    *("variant", "point", "cost", "removed", "removed_low", "removed_high"),
    *("per_cost", "per_cost_low", "per_cost_high"),
    *("unchanged", "supported", "clusters"),
)


def victim_of(outcomes: pd.DataFrame, above: float) -> str:
    """Return the guest most likely to suffer; of several the one of the largest mean log stretch.

    A guest that could not start suffers in every trial in which it did not.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (trial, replication, guest) of one design point.
    above : float
        Stretch above which a guest suffers.
    """
    stretch = outcomes["stretch"].to_numpy(dtype=np.float64)
    absent = ~outcomes["started"].to_numpy(dtype=bool)
    judged = outcomes.assign(
        suffers=(stretch > above) | absent,
        log=np.log(stretch, out=np.zeros_like(stretch), where=stretch > 0),
    )
    judged = judged[np.isfinite(stretch) | absent]
    found = judged.groupby("guest", sort=True)[["suffers", "log"]].mean()
    order = np.lexsort((-found["log"].to_numpy(), -found["suffers"].to_numpy()))
    return str(found.index[order[0]]) if len(found) else ""


def by_present(outcomes: pd.DataFrame, present: int = 0) -> pd.DataFrame:
    """Return outcomes with every stretch taken against the native run at present.

    Parameters
    ----------
    outcomes : DataFrame
        With the columns of `hvmc.analysis.comparisons.COLUMNS`.
    present : int
        Design point of the host as it is.

    Returns
    -------
    DataFrame
        Rows of guests that are there at present; ``stretch`` and ``native_response_mean_s`` are
        changed.
    """
    native = outcomes.loc[outcomes["point"] == present, [*_KEYS, "native_response_mean_s"]]
    native = native.rename(columns={"native_response_mean_s": "native_now_s"})
    rows = outcomes.merge(native, on=_KEYS, how="inner")
    rows["native_response_mean_s"] = rows.pop("native_now_s")
    rows["stretch"] = rows["response_mean_s"] / rows["native_response_mean_s"]
    return rows


def changes_by_guest(
    rows: pd.DataFrame, names: Sequence[str], above: float, level: float = 0.95
) -> pd.DataFrame:
    """Return levels and paired changes of each guest, and of all of them together.

    Parameters
    ----------
    rows : DataFrame
        As of `by_present`.
    names : sequence of str
        Variant at each design point, the present first.
    above : float
        A guest suffers when its stretch exceeds this.
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    DataFrame
        As of `hvmc.analysis.comparisons.compare`; ``role`` names the guest, or is `ALL_GUESTS`.
    """
    wanted = [Comparison(point, 0, "", name) for point, name in enumerate(names)]
    own = rows[list(COLUMNS) + [name for name in ("scramble",) if name in rows]]
    parts = [own.assign(role=own["guest"]), own.assign(role=ALL_GUESTS)]
    found = [compare(part, wanted, suffers_above=above, level=level) for part in parts]
    return pd.concat(found, ignore_index=True)


def ranking(
    rows: pd.DataFrame,
    names: Sequence[str],
    costs: Mapping[int, float],
    above: float,
    level: float = 0.95,
) -> pd.DataFrame:
    """Rank variants by the suffering that they remove per cost.

    Parameters
    ----------
    rows, names, above, level
        As of `changes_by_guest`.
    costs : mapping of int to float
        Of each variant, by design point, above 0.

    Returns
    -------
    DataFrame
        One row per variant, the best first: variant, point, cost; removed, guests of the host that
        no longer suffer, with removed_low and removed_high; per_cost with its limits; unchanged,
        where no guest begins or ceases to suffer in any trial; supported; clusters.
    """
    present = rows[rows["point"] == 0]
    found = []
    for point, name in list(enumerate(names))[1:]:
        here = rows[rows["point"] == point]
        one, same = _removed(here, present, above, level)
        cost = costs[point]
        ends = (one.estimate, one.low, one.high)
        per_cost = [end / cost for end in ends]
        found.append((name, point, cost, *ends, *per_cost, same, one.supported, one.clusters))
    table = pd.DataFrame(found, columns=list(_RANKED))
    return table.sort_values("per_cost", ascending=False, kind="stable", ignore_index=True)


def _removed(
    here: pd.DataFrame, present: pd.DataFrame, above: float, level: float
) -> tuple[Interval, bool]:
    """Return the mean over runs of the guests that suffer at present less those that do here.

    And whether no guest changes sides anywhere.
    """
    pairs = present.merge(here[[*_KEYS, "stretch", "started"]], on=_KEYS, suffixes=("", "_here"))
    now, then = (_suffers(pairs, end, above) for end in ("", "_here"))
    known = np.isfinite(now) & np.isfinite(then)
    runs = pairs.assign(less=now - then)[known]
    keys = ["trial", "replication", *[name for name in ("scramble",) if name in runs]]
    each = runs.groupby(keys, sort=True)["less"].sum().reset_index()
    labels = cluster_labels(each)
    found = mean(each["less"], labels, level=level)
    same = not runs["less"].any()
    if found.clusters > 1 and same:
        bound = runs["guest"].nunique() * unchanged(found, labels).high
        found = replace(found, low=-bound, high=bound)
    return found, same


def _suffers(rows: pd.DataFrame, end: str, above: float) -> np.ndarray:
    """Return 1 where a guest suffers, 0 where not, nan where it had no request, float64 (rows,)."""
    stretch = rows[f"stretch{end}"].to_numpy(dtype=np.float64)
    found = np.where(np.isfinite(stretch), (stretch > above).astype(np.float64), np.nan)
    return np.where(rows[f"started{end}"].to_numpy(dtype=bool), found, 1.0)
