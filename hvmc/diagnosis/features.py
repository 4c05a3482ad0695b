"""What the models look at: the one place where it is computed, for training and for logs.

Each feature belongs to a set of counters (`COUNTERS`); run times of VPs are always needed. Times
are taken as logarithms. What exceeds a published threshold is a feature of its own, so that a
straight line may bend there: LP run time above 75 % (row S24), VP run time above 90 % (S21), memory
pressure above 100 (M01). VPs per LP, which a rule watches, is no feature of the models: many idle
VPs are not a load.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvmc.diagnosis.windows import CounterWindows

__all__ = [
    "COUNTERS",
    "FEATURES",
    "GUEST",
    "HOST",
    "WATCHED",
    "Feature",
    "guest_features",
    "host_features",
    "lp_run_time",
    "present",
]

type Values = NDArray[np.float64]


class Feature(NamedTuple):
    """A feature: which counters it needs beside run times, what it is, in which unit."""

    counters: str
    words: str


COUNTERS = MappingProxyType(
    {
        "run": "run times of VPs",
        "lps": "LPs and their run times",
        "wait": "CPU wait per dispatch",
        "ready": "dispatches of VPs",
        "pressure": "memory pressure",
        "available": "available and assigned memory",
        "latency": "storage latency",
    }
)
"""Sets of counters, in words."""

FEATURES = MappingProxyType(
    {
        "lp_run": Feature("lps", "LP run time, %"),
        "vps_per_lp": Feature("lps", "VPs per LP"),
        "lp_hot": Feature("lps", "LP run time above 75 %, points"),
        "run_mean": Feature("run", "VP run time, mean of all VPs, %"),
        "run_most": Feature("run", "VP run time of the busiest guest, %"),
        "hot_most": Feature("run", "VP run time above 90 % of the busiest guest, points"),
        "wait_mean": Feature("wait", "wait per dispatch, log10 us"),
        "ready_mean": Feature("ready", "CPU ready, mean of all VPs, %"),
        "ready_most": Feature("ready", "CPU ready of the guest that waits most, %"),
        "pressure_most": Feature("pressure", "highest memory pressure"),
        "short_mean": Feature("pressure", "memory pressure above 100, mean of guests"),
        "available": Feature("available", "memory not assigned, log10 %"),
        "latency_mean": Feature("latency", "storage latency, log10 ms"),
        "run": Feature("run", "VP run time of the guest, %"),
        "hot": Feature("run", "VP run time of the guest above 90 %, points"),
        "wait": Feature("wait", "wait per dispatch of the guest, log10 us"),
        "ready": Feature("ready", "CPU ready of the guest, %"),
        "waited": Feature("ready", "CPU ready over ready and running of the guest, %"),
        "pressure": Feature("pressure", "memory pressure of the guest"),
        "short": Feature("pressure", "memory pressure of the guest above 100"),
        "latency": Feature("latency", "storage latency of the guest, log10 ms"),
    }
)
"""Every feature by name."""

HOST = (
    *("lp_run", "lp_hot", "run_mean", "run_most", "hot_most", "wait_mean", "ready_mean"),
    *("ready_most", "pressure_most", "short_mean", "available", "latency_mean"),
)
"""Features of a host, of which its regime is told."""

GUEST = (
    *("run", "hot", "lp_run", "lp_hot", "wait", "ready", "waited", "pressure", "short"),
    *("short_mean", "available", "latency"),
)
"""Features of a guest, of which it is told whether it suffers, and from what."""

WATCHED = "vps_per_lp"
"""A feature for rules of thumb alone."""

_ENOUGH, _LP_HOT, _VP_HOT = 100.0, 75.0, 90.0
_LEAST_US, _LEAST_MS, _LEAST_FREE = 0.1, 0.01, 0.1


def host_features(windows: CounterWindows) -> dict[str, Values]:
    """Return the features of a host, ndarray of shape (windows,) each; nan where unknown."""
    found = dict(_of_host(windows))
    nothing = np.full(len(windows.end_s), np.nan)
    return {name: found.get(name, nothing) for name in (*HOST, WATCHED)}


def guest_features(
    windows: CounterWindows, host: Mapping[str, Values]
) -> dict[str, dict[str, Values]]:
    """Return the features of every guest; nan where unknown.

    Parameters
    ----------
    windows : CounterWindows
        Of the host.
    host : mapping
        As of `host_features`.
    """
    nothing = np.full(len(windows.end_s), np.nan)
    every = {}
    for name, own in windows.guests.items():
        found = dict(_of_guest(own)) | {
            key: values for key, values in host.items() if key in (*GUEST, WATCHED)
        }
        every[name] = {key: found.get(key, nothing) for key in (*GUEST, WATCHED)}
    return every


def present(features: Mapping[str, Values]) -> list[str]:
    """Return the sets of counters of which all features have a value in some window."""
    return [
        name
        for name in COUNTERS
        if (own := [key for key in features if FEATURES[key].counters == name])
        and all(np.isfinite(features[key]).any() for key in own)
    ]


def lp_run_time(windows: CounterWindows) -> Values | None:
    """Return how busy the LPs are, %: their counter, else run times of guests and root over LPs."""
    if "lp_run" in windows.host:
        return windows.host["lp_run"]
    if windows.lps is None:
        return None
    every = windows.guests.items()
    ran = [100.0 * own["run"] * windows.vps[vm] for vm, own in every if "run" in own]
    root = windows.host.get("root_run", np.zeros(len(windows.end_s)))
    return np.asarray(_sum(ran) / windows.lps + np.nan_to_num(root))


def _of_host(windows: CounterWindows) -> Iterator[tuple[str, Values]]:
    busy = lp_run_time(windows)
    if busy is not None and windows.lps:
        yield "lp_run", busy
        yield "lp_hot", np.maximum(busy - _LP_HOT, 0.0)
        yield "vps_per_lp", np.full(len(busy), sum(windows.vps.values()) / windows.lps)
    every = windows.guests
    vps = np.array([windows.vps[vm] for vm in every], float)
    run, ready, pressure = (_table(windows, name) for name in ("run", "ready", "pressure"))
    yield "run_mean", 100.0 * _weighted(run, vps[:, None])
    yield "run_most", 100.0 * _most(run)
    yield "hot_most", np.maximum(100.0 * _most(run) - _VP_HOT, 0.0)
    rates = _table(windows, "dispatches")
    by_rate = rates if np.isfinite(rates).any() else vps[:, None]
    yield "wait_mean", _log(_weighted(_table(windows, "wait"), by_rate) * 1e-3, _LEAST_US)
    yield "ready_mean", 100.0 * _weighted(ready, vps[:, None])
    yield "ready_most", 100.0 * _most(ready)
    yield "pressure_most", _most(pressure)
    yield "short_mean", _weighted(np.maximum(pressure - _ENOUGH, 0.0), np.ones((len(every), 1)))
    if "available" in windows.host:
        free, held = windows.host["available"], _table(windows, "assigned").sum(axis=0)
        yield "available", _log(100.0 * free / (free + held), _LEAST_FREE)
    latency, done = _table(windows, "latency"), _table(windows, "operations")
    by_done = done if np.isfinite(done).any() else np.ones((len(every), 1))
    yield "latency_mean", _log(_weighted(latency, by_done) * 1e3, _LEAST_MS)


def _of_guest(own: Mapping[str, Values]) -> Iterator[tuple[str, Values]]:
    for name in ("run", "ready"):
        if name in own:
            yield name, 100.0 * own[name]
    if "run" in own:
        yield "hot", np.maximum(100.0 * own["run"] - _VP_HOT, 0.0)
    if "run" in own and "ready" in own:
        both = own["run"] + own["ready"]
        part = np.divide(own["ready"], both, out=np.full(len(both), np.nan), where=both > 0)
        yield "waited", 100.0 * part
    if "wait" in own:
        yield "wait", _log(own["wait"] * 1e-3, _LEAST_US)
    if "pressure" in own:
        yield "pressure", own["pressure"]
        yield "short", np.maximum(own["pressure"] - _ENOUGH, 0.0)
    if "latency" in own:
        yield "latency", _log(own["latency"] * 1e3, _LEAST_MS)


def _table(windows: CounterWindows, quantity: str) -> Values:
    """Return a quantity of all guests, shape (guests, windows); nan where unknown."""
    nothing = np.full(len(windows.end_s), np.nan)
    return np.array([own.get(quantity, nothing) for own in windows.guests.values()])


def _log(values: Values, least: float) -> Values:
    return np.asarray(np.log10(np.maximum(values, least)))


def _sum(rows: list[Values]) -> Values:
    return np.asarray(np.sum([np.nan_to_num(row) for row in rows], axis=0))


def _weighted(table: Values, weights: Values) -> Values:
    """Return the mean over guests of what is known; nan where nothing is."""
    known = np.isfinite(table) * np.nan_to_num(weights)
    there = known.sum(axis=0)
    total = (np.nan_to_num(table) * known).sum(axis=0)
    found = np.divide(total, there, out=np.full(len(total), np.nan), where=there > 0)
    return np.asarray(found)


def _most(table: Values) -> Values:
    filled = np.where(np.isfinite(table), table, -np.inf).max(axis=0)
    return np.where(np.isfinite(filled), filled, np.nan)
