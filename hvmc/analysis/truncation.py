"""How much of a start-up to drop: the marginal standard error rule (MSER).

Of a series Y_1 .. Y_n that starts far from its steady state, dropping the first d observations
lessens the bias of the mean and leaves fewer to average. MSER drops the d that minimises the
squared standard error which the rest would have if it were independent,

    sum over i > d of (Y_i - mean of the rest)^2 / (n - d)^2.

The minimum is sought among d <= n / 2: with a later one the series is too short to say, and its
``settled`` is False. MSER looks at one long series. Here it is many short ones, hosts, pooled into
their mean over time (`pooled_course`), as replications are in Welch's procedure.

References
----------
White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69(6),
1997, 323-334. Spratt, Heuristics for the startup problem, MSc thesis, University of Virginia, 1998
(MSER-5: the series in batches). White, Cobb, Spratt, A comparison of five steady-state truncation
heuristics for simulation, Winter Simulation Conference 2000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["LEAST", "Truncation", "mser", "pooled_course"]

LEAST = 10
"""Observations that MSER needs."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """What MSER drops of a series.

    Parameters
    ----------
    dropped : int
        Observations at the start.
    settled : bool
        Whether the rule found its minimum before half of the series was over.
    """

    dropped: int
    settled: bool


def mser(series: ArrayLike) -> Truncation:
    """Return how many observations at the start of a series MSER drops.

    Parameters
    ----------
    series : array_like
        float, shape (n,), in order of time, n >= 10; any unit.

    Raises
    ------
    ValueError
        If it is shorter, not one-dimensional or not finite.

    Examples
    --------
    >>> mser([9.0, 5.0, 3.0] + [1.0, 1.1] * 20)
    Truncation(dropped=3, settled=True)
    """
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 1 or values.size < LEAST or not np.isfinite(values).all():
        raise ValueError(
            f"MSER needs at least {LEAST} finite observations in one dimension, got shape "
            f"{values.shape}"
        )
    values = values - values.mean()  # else squares would cancel
    left = np.arange(values.size, 0, -1)
    sums, squares = (np.cumsum(v[::-1])[::-1] for v in (values, values**2))
    errors = (squares - sums**2 / left) / left.astype(np.float64) ** 2
    considered = errors[: values.size // 2 + 1]
    dropped = int(np.argmin(considered))
    return Truncation(dropped, settled=dropped < values.size // 2)


def pooled_course(pilot: pd.DataFrame) -> pd.DataFrame:
    """Return mean response times over time, each guest against its own mean, pooled over hosts.

    Guests differ in their response times by orders of magnitude, so each counts by its ratio to the
    mean of its intervals; each host counts once at every time.

    Parameters
    ----------
    pilot : DataFrame
        One row per trial, guest and interval in which the guest started requests: start_s (the
        interval's begin) and response_s (their mean response time).

    Returns
    -------
    DataFrame
        Ordered by start_s: ratio (dimensionless, about 1 in the steady state) and error (its
        standard error between hosts; nan of a single one).
    """
    own = pilot.groupby(["trial", "guest"], observed=True)["response_s"].transform("mean")
    rows = pilot.assign(ratio=pilot["response_s"] / own)
    hosts = rows.groupby(["start_s", "trial"], observed=True)["ratio"].mean()
    found = hosts.groupby("start_s").agg(["mean", "sem"]).reset_index()
    return found.rename(columns={"mean": "ratio", "sem": "error"})
