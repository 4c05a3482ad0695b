"""Windows of a host's counters: of each quantity its mean over some seconds.

The models are trained on windows of `WINDOW_S`; a log's are as long, or as its samples where those
are further apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvmc.counters.pdh_log import Counter, LogPiece
from hvmc.fit.log_columns import LogColumns, columns_of
from hvmc.fit.log_guests import run_of
from hvmc.fit.log_series import LogSeries, series_of
from hvmc.fit.performance import logical_processors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WINDOW_S", "CounterWindows", "cut", "simulated"]

type Values = NDArray[np.float64]

WINDOW_S = 10.0
_HOST = "HVMC"
_OF_GUEST = ("ready", "wait", "dispatches", "pressure", "latency")
_OF_HOST = ("lp_run", "root_run", "available")
# what a mean over samples is weighted by, where it is there
_WEIGHTS = {"wait": "dispatches", "latency": "operations"}


@dataclass(frozen=True)
class CounterWindows:
    """A host's counters, window by window; nan where a window has no value.

    Parameters
    ----------
    end_s : ndarray, shape (n,)
        When the last sample of each ends.
    host : dict
        ``lp_run``, ``root_run`` (%), ``available`` (MiB) to ndarray, shape (n,).
    guests : dict
        Guest to quantity to ndarray, shape (n,): ``run`` and ``ready`` (shares of its VPs' time),
        ``wait`` (ns per dispatch), ``dispatches`` and ``operations`` (1/s), ``pressure`` (%),
        ``assigned`` (MiB), ``latency`` (s).
    vps : dict
        Guest to number of VPs.
    lps : int, optional
        LPs of the host.
    """

    end_s: Values
    host: dict[str, Values]
    guests: dict[str, dict[str, Values]]
    vps: dict[str, int]
    lps: int | None


def cut(series: LogSeries, columns: LogColumns, window_s: float = WINDOW_S) -> CounterWindows:
    """Cut series into windows.

    Parameters
    ----------
    series : LogSeries
        Of a log.
    columns : LogColumns
        Its columns.
    window_s : float
        Seconds of a window at the least.
    """
    told = logical_processors(columns, series)
    lps = told[0] if told is not None and told[0] > 0 else None
    time_s = series.time_s
    # a sample that ends when a window ends belongs to it
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    passed = np.ceil((time_s - time_s[0] + step_s) / window_s - 1e-6)
    _, number = np.unique(passed, return_inverse=True)
    count = int(number.max()) + 1
    end_s = np.full(count, -np.inf)
    np.maximum.at(end_s, number, time_s)

    def mean(values: Values, weights: Values | None = None) -> Values:
        known = np.isfinite(values) * (1.0 if weights is None else np.nan_to_num(weights))
        there = np.bincount(number, known, count)
        total = np.bincount(number, np.nan_to_num(values) * known, count)
        found = np.divide(total, there, out=np.full(count, np.nan), where=there > 0)
        return np.asarray(found)

    def means(own: dict[str, Values]) -> dict[str, Values]:
        named = _named(own)
        return {name: mean(got, named.get(_WEIGHTS.get(name, ""))) for name, got in named.items()}

    return CounterWindows(
        end_s,
        {name: mean(series.host[name]) for name in _OF_HOST if name in series.host},
        {vm: means(own) for vm, own in series.guests.items()},
        dict(series.vps),
        lps,
    )


def _named(own: dict[str, Values]) -> dict[str, Values]:
    """Return a guest's quantities under the names of `CounterWindows`."""
    found = {name: own[name] for name in _OF_GUEST if name in own}
    run = run_of(own)
    if run is not None:
        found["run"] = run
    held = own.get("assigned", own.get("pages"))
    if held is not None:
        found["assigned"] = held
    ways = [own[name] for name in ("reads", "writes") if name in own]
    if ways:
        found["operations"] = np.sum(ways, axis=0)
    elif "operations" in own:
        found["operations"] = own["operations"]
    return found


def simulated(rows: "pd.DataFrame", window_s: float = WINDOW_S) -> CounterWindows:
    """Return the windows of a simulated host, as those of its log.

    Parameters
    ----------
    rows : DataFrame
        As `hvmc.counter_series` returns it.
    window_s : float
        Seconds of a window at the least.
    """
    times = rows["time_s"].unique()
    names = rows.iloc[: len(rows) // len(times)]
    counters = [
        Counter(_HOST, object_, instance, counter)
        for object_, instance, counter in zip(
            names["object"], names["instance"], names["counter"], strict=True
        )
    ]
    columns = columns_of(counters, _HOST)
    values = rows["value"].to_numpy(float).reshape(len(times), len(counters))
    chunks: Iterable[LogPiece] = [LogPiece(np.asarray(times, float), values[:, columns.used()])]
    return cut(series_of(chunks, columns), columns, window_s)
