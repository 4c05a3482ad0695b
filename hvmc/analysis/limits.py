"""What a host's guests use of what there is, and what saturates first.

===================  ===============================================================================
resource             used, over what there is
===================  ===============================================================================
LPs                  LPs that guests' VPs ran on, and the root's own load, over the host's LPs
memory               working sets over the memory for guests (the memory commitment)
disk, adapter,       busy share of the busiest one
paging device
VPs of a guest       share of the time that they run, over the guest's limit
memory of a guest    working set over its maximum memory
VPs, memory of any   that of the guest which uses most
===================  ===============================================================================

LPs, devices and VPs are measured, so that in a closed system the bottleneck shows the highest
value; their use grows with the load, and above 0.9 they are saturated. Memory does not follow the
load: it is saturated, that is short, where more is wanted than there is. *First to saturate* is, of
each run of a host, what is used most, memory only where it is short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import Clusters, cluster_labels
from hvmc.analysis.host_regimes import HOST
from hvmc.analysis.shares import share

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "SATURATED", "limit_shares", "used_of_limits"]

SATURATED = 0.9
"""Busy share of LPs, devices and VPs above which their queue makes guests wait."""

_DEVICES = {"disk": "disk", "adapter": "adapter", "paging": "paging device"}
_ANY = {"vps": "VPs of a guest", "own_memory": "memory of a guest"}
COLUMNS = (
    *("guest", "lp_used", "logical_processors", "memory_commitment", "share_running"),
    *("own_memory_commitment", *(f"{device}_utilisation" for device in _DEVICES)),
)
"""Outcomes that are read here, beside `hvmc.analysis.host_regimes.HOST`."""

_COLUMNS = ("resource", "kind", "guest", "used_p50", "used_p95")
_SHARES = {"estimate": "", "low": "_low", "high": "_high", "supported": "_supported"}


def used_of_limits(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the use of each resource in each run of a host.

    Parameters
    ----------
    rows : DataFrame
        Outcomes of one design point with `hvmc.analysis.host_regimes.INPUTS` beside them.

    Returns
    -------
    DataFrame
        Indexed by the host's keys (trial, replication; ``scramble`` where there is one); a column
        per resource, a triple of what is printed, kind (lps, memory, device, vps, own_memory) and
        guest (or ""): used over what there is, nan where there is no such thing.
    """
    import pandas as pd

    keys = [key for key in (*HOST, "scramble") if key in rows and key != "point"]
    runs = rows.groupby(keys, sort=False, observed=True)
    lps = runs["lp_used"].sum() / runs["logical_processors"].first()
    found = {
        ("LPs", "lps", ""): lps + runs["root.background_load"].first(),
        ("memory", "memory", ""): runs["memory_commitment"].first(),
    }
    for device, name in _DEVICES.items():
        found[(name, "device", "")] = runs[f"{device}_utilisation"].max()
    own_columns = [*keys, "guest", "share_running", "limit", "own_memory_commitment"]
    for guest, own in rows[own_columns].groupby("guest", sort=False, observed=True):
        at, name = own.set_index(keys), str(guest)
        found[f"VPs of {name}", "vps", name] = at["share_running"] / at["limit"]
        found[f"memory of {name}", "own_memory", name] = at["own_memory_commitment"]
    return pd.DataFrame(found)


def limit_shares(used: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return how often each resource is saturated, and how often it is the first.

    Parameters
    ----------
    used : DataFrame
        As of `used_of_limits`.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        A row per resource, and one each for the VPs and the memory of any guest, whose guest is
        "": resource, kind, guest; used_p50, used_p95 (over hosts);
        ``first`` and ``saturated``, shares of hosts, each with ``_low``, ``_high`` and
        ``_supported``; what is most often first stands first.
    """
    import pandas as pd

    clusters = Clusters.of(cluster_labels(used.index.to_frame(index=False)))
    kinds = used.columns.get_level_values(1)
    is_memory = kinds.isin(["memory", "own_memory"])
    values = used.to_numpy(dtype=np.float64)
    known = np.where(np.isfinite(values), values, -np.inf)
    saturated = known > np.where(is_memory, 1.0, SATURATED)
    first = np.where(is_memory & ~saturated, -np.inf, known).argmax(axis=1)
    groups = [(name, [number]) for number, name in enumerate(used.columns)]
    groups += [
        ((any_of, kind, ""), np.flatnonzero(kinds == kind).tolist())
        for kind, any_of in _ANY.items()
    ]
    rows = []
    for name, own in groups:
        row = dict(zip(_COLUMNS, (*name, *_spread(known[:, own].max(axis=1))), strict=True))
        shown = {"first": np.isin(first, own), "saturated": saturated[:, own].any(axis=1)}
        for what, seen in shown.items():
            one = share(seen, clusters, level=level)
            row |= {f"{what}{ending}": getattr(one, key) for key, ending in _SHARES.items()}
        rows.append(row)
    frame = pd.DataFrame(rows)
    order = ["first", "saturated", "used_p50"]
    return frame.sort_values(order, ascending=False, kind="stable", ignore_index=True)


def _spread(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.nan, np.nan
    low, high = np.quantile(finite, [0.5, 0.95], method="inverted_cdf")
    return float(low), float(high)
