"""Which of the four regimes a simulated host is in, by criteria fixed beforehand.

A regime is a distribution over hosts; here it is a property of one: of the trial's drawn demands
and of what its balancer assigned. The first that holds is taken:

=========================  =========================================================================
regime                     criterion
=========================  =========================================================================
over_committed             LP commitment above 1, or working sets that exceed the memory for guests,
                           or a guest for which there is no memory to start
under_provisioned_guest    a guest's demand above what its own VPs carry, or its working set above
                           its maximum memory: own commitment above 1
over_provisioned           LP commitment at most 0.40 (row G01), more than 40 % of the host's memory
                           not assigned, and no guest at its dynamic memory's maximum (row G02)
efficiently_provisioned    all others
=========================  =========================================================================

Ranges from which regimes draw leave gaps between them (LP commitment 0.75 to 1.25); a commitment of
1, demand equal to capacity, divides the gap. Up to 0.75 (row S24) is what `hvmc.regimes` draws for
an efficiently provisioned host: what lies above is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import cluster_labels, require_columns
from hvmc.analysis.shares import share

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["HOST", "INPUTS", "OUTCOMES", "REGIMES", "host_regimes", "regime_shares"]

REGIMES = (
    *("over_committed", "under_provisioned_guest"),
    *("efficiently_provisioned", "over_provisioned"),
)
HOST = ("point", "trial", "replication")
"""What tells runs of hosts apart."""

INPUTS = (
    *("memory_minimum_mib", "memory_maximum_mib", "memory_working_set_mib"),
    *("host_memory_mib", "limit", "root.background_load"),
)
"""Inputs, by guest, that stand beside the outcomes."""

OUTCOMES = (
    *("guest", "lp_commitment", "memory_commitment", "own_commitment", "own_memory_commitment"),
    *("started", "assigned_mib"),
)
"""Outcomes that are read here, beside `HOST`."""

_MOST_LPS = 0.40
_LEAST_FREE = 0.40
_BUSY_LPS = 0.75


def host_regimes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the regime of each run of a host, and what speaks for it.

    Parameters
    ----------
    rows : DataFrame
        Outcomes, one row per (point, trial, replication, guest), with `INPUTS` beside them.

    Returns
    -------
    DataFrame
        One row per host: its keys (`HOST`; ``scramble`` where there is one), ``regime``, and bool
        columns: ``short_of_lps``, ``short_of_memory``, ``not_started``, ``busy_lps`` (LP commitment
        above 0.75), ``used_lps`` (above 0.40), ``used_memory`` (at most 40 % free), ``at_maximum``;
        ``under_provisioned``, names of such guests, separated by spaces.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    import pandas as pd

    require_columns(rows, (*HOST, *OUTCOMES, *INPUTS), "the regime of a host")
    keys = [*HOST, *(["scramble"] if "scramble" in rows else [])]
    host, codes = _hosts(rows, keys)
    under = (rows["own_commitment"] > 1.0) | (rows["own_memory_commitment"] > 1.0)
    dynamic = rows["memory_minimum_mib"] < rows["memory_maximum_mib"]
    full = dynamic & (rows["assigned_mib"] >= rows["memory_maximum_mib"])
    found = pd.DataFrame(
        {
            "short_of_lps": host["lp_commitment"] > 1.0,
            "short_of_memory": host["memory_commitment"] > 1.0,
            "not_started": _any(~rows["started"], codes),
            "busy_lps": host["lp_commitment"] > _BUSY_LPS,
            "used_lps": host["lp_commitment"] > _MOST_LPS,
            "used_memory": ~(_free(rows, host, codes) > _LEAST_FREE),
            "at_maximum": _any(full, codes),
        }
    )
    over = found["short_of_lps"] | found["short_of_memory"] | found["not_started"]
    used = found["used_lps"] | found["used_memory"] | found["at_maximum"]
    victims = _joined(rows.loc[under, "guest"], codes[under.to_numpy()], len(host))
    names = pd.Series(victims, host.index, dtype=str)
    first = np.select([over, names != "", used], [0, 1, 2], 3)
    found = found.assign(under_provisioned=names, regime=np.array(REGIMES, object)[first])
    return pd.concat([host[keys], found], axis=1)


def _hosts(rows: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the keys and commitments of hosts as they first appear, and each row's host."""
    codes = rows.groupby(keys, sort=False, observed=True).ngroup().to_numpy()
    own = [*keys, "lp_commitment", "memory_commitment", "host_memory_mib"]
    return rows[own].groupby(codes, sort=False).first(), codes


def _joined(guests: pd.Series, hosts: NDArray[np.int64], count: int) -> NDArray[np.object_]:
    """Return the names of guests by the number of their host, "" where there is none."""
    found = np.full(count, "", object)
    for guest, host in zip(guests.tolist(), hosts.tolist(), strict=True):
        found[host] = f"{found[host]} {guest}" if found[host] else str(guest)
    return found


def _any(which: pd.Series, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.bincount(codes, which) > 0


def _free(rows: pd.DataFrame, host: pd.DataFrame, codes: NDArray[np.int64]) -> pd.Series:
    """Return the share of each host's memory that no guest has, of that which guests can have."""
    reaching = rows["memory_working_set_mib"].clip(upper=rows["memory_maximum_mib"])
    frame = reaching.to_frame("reaching").assign(assigned=rows["assigned_mib"])
    sums = frame.groupby(codes, sort=False).sum()
    room = sums["reaching"] / host["memory_commitment"]
    return (room - sums["assigned"]) / host["host_memory_mib"]


def regime_shares(hosts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return how often a host is in each regime, over the trials' draws.

    Parameters
    ----------
    hosts : DataFrame
        As of `host_regimes`, of one design point.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        A row per regime: regime, estimate, low, high, supported; the most frequent first.
    """
    import pandas as pd

    labels = cluster_labels(hosts)
    found = []
    for regime in REGIMES:
        one = share(hosts["regime"] == regime, labels, level=level)
        found.append((regime, one.estimate, one.low, one.high, one.supported))
    frame = pd.DataFrame(found, columns=["regime", "estimate", "low", "high", "supported"])
    return frame.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
