"""A guest's facts from the series of a log."""

import warnings

import numpy as np
from numpy.typing import NDArray

from hvmc.fit.facts import Facts, assumed, derived, measured
from hvmc.fit.log_devices import guest_io
from hvmc.fit.log_series import LogSeries
from hvmc.scenario.span import DrawnRange

__all__ = ["correlation", "guest_facts", "mean_of", "run_of"]

_BLOCK_S = 60.0
_LEAST_BLOCKS = 20
_LEAST_USE = 1e-4
_WAITED = 0.01
_MOST_WAITED = 0.9
_STEADY_MIB = 2.0
_MOST_CORRELATED = 0.95
_LEAST_MIB = 32.0
# beyond it the demand has changed for good within the log, which is no noise
_MOST_NOISE = 0.5


def mean_of(values: NDArray[np.float64]) -> float:
    """Return the mean of what is there, nan of nothing."""
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else float("nan")


def guest_facts(
    vm: str,
    own: dict[str, NDArray[np.float64]],
    series: LogSeries,
    name: str,
    shared: float | None,
) -> Facts:
    """Return what a log tells of a guest.

    Parameters
    ----------
    vm : str
        Its name as the log has it.
    own : dict
        Its series.
    series : LogSeries
        Those of all.
    name : str
        Of the log, for comments.
    shared : float, optional
        Correlation of guests' loads.
    """
    vps = series.vps[vm]
    facts: Facts = {
        "virtual_processors": measured(vps, f"{name}, instances {vm}:Hv VP 0 to {vps - 1}")
    }
    run = run_of(own)
    if run is not None and np.isfinite(run).any():
        facts |= _load(own, run, series, name, shared)
        shown = any("bytes" in one or "packets" in one for one in series.guests.values())
        facts |= guest_io(own, mean_of(run), series.host, name, shows_adapters=shown)
    return facts | _memory(own, name)


def run_of(own: dict[str, NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Return the share of time that a guest's VPs ran, by sample; None where the log has none."""
    if "run" in own:
        return own["run"] / 100.0
    if "guest_run" in own:
        more = own.get("hypervisor_run", np.zeros(len(own["guest_run"])))
        return np.asarray((own["guest_run"] + np.nan_to_num(more)) / 100.0)
    return None


def _load(
    own: dict[str, NDArray[np.float64]],
    run: NDArray[np.float64],
    series: LogSeries,
    name: str,
    shared: float | None,
) -> Facts:
    mean = mean_of(run)
    told = f"{name}, mean % Total Run Time {100 * mean:.3g} % of its VPs"
    waited = min(mean_of(own["ready"]), _MOST_WAITED) if "ready" in own else 0.0
    facts: Facts = {"use": measured(min(max(mean, _LEAST_USE), 1.0), told)}
    if waited > _WAITED:
        how = f"{name}, wait x dispatches {100 * waited:.3g} % of its VPs"
        facts["ready"] = measured(waited, how)
    blocks = _blocks(series.time_s, run)
    if len(blocks) >= _LEAST_BLOCKS and mean > 0:
        top = float(np.quantile(blocks, 0.95))
        how = f"{name}, 95th percentile of {len(blocks)} minutes, {100 * top:.3g} %, over the mean"
        facts["peak"] = derived(max(top / mean, 1.0), how)
    else:
        why = f"{name} is too short to show how load moves: the answer is for a time like it"
        facts["peak"] = assumed(1.0, why)
    if shared is not None:
        facts["correlation"] = derived(shared, f"{name}, mean over pairs of guests, by minute")
    return facts


def _blocks(time_s: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means over minutes that have samples."""
    there = np.isfinite(values)
    if not there.any():
        return np.empty(0)
    number = ((time_s[there] - time_s[there][0]) // _BLOCK_S).astype(int)
    counts = np.bincount(number)
    sums = np.bincount(number, weights=values[there])
    return sums[counts > 0] / counts[counts > 0]


def correlation(series: LogSeries) -> float | None:
    """Return the mean correlation of guests' run times by minute; None from too short a log."""
    runs = [run for own in series.guests.values() if (run := run_of(own)) is not None]
    columns = [
        blocks
        for run in runs
        if len(blocks := _blocks(series.time_s, np.nan_to_num(run))) >= _LEAST_BLOCKS
        and blocks.std() > 0
    ]
    if len(columns) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.asarray(np.corrcoef(np.array(columns)))
    pairs = matrix[np.triu_indices(len(columns), 1)]
    return float(np.clip(np.nanmean(pairs), 0.0, _MOST_CORRELATED))


def _memory(own: dict[str, NDArray[np.float64]], name: str) -> Facts:
    held = own.get("assigned", own.get("pages"))
    if held is None or not np.isfinite(held).any():
        return {}
    low, high = float(np.nanmin(held)), float(np.nanmax(held))
    if "visible" in own and np.isfinite(own["visible"]).any():
        high = max(high, float(np.nanmax(own["visible"])))
    low, high = max(low, _LEAST_MIB), max(high, _LEAST_MIB)
    facts: Facts = {}
    if high - low <= _STEADY_MIB:
        facts["memory.maximum_mib"] = measured(high, f"{name}, memory that never moved")
    else:
        facts["memory.maximum_mib"] = derived(
            high, f"{name}, the most it had; the setting may be higher, an inventory tells"
        )
        facts["memory.minimum_mib"] = derived(low, f"{name}, the least it had")
        start = min(max(2048.0, low), high)
        facts["memory.startup_mib"] = assumed(start, "row M27, within minimum and maximum")
    pressure = own.get("pressure")
    if pressure is not None and "assigned" in own:
        demands = own["assigned"] * pressure / 100.0
        demand = mean_of(demands)
        if np.isfinite(demand) and demand > 0:
            how = f"{name}, mean of Current Pressure x Physical Memory"
            facts["memory.demand_mib"] = derived(demand, how)
            facts["memory.noise_cv"] = derived(
                min(float(np.nanstd(demands)) / demand, _MOST_NOISE), f"{how}: how far it moves"
            )
            if demand > (had := mean_of(own["assigned"])):
                facts["memory.assigned_mib"] = measured(
                    had, f"{name}, mean Physical Memory: short, so page-ins are among its I/Os"
                )
                if "outstanding" in own and np.isfinite(own["outstanding"]).any():
                    facts["outstanding"] = measured(
                        mean_of(own["outstanding"]), f"{name}, mean Queue Length of its disks"
                    )
                facts["memory.cache"] = assumed(
                    DrawnRange(0.0, 1.0), "part of the memory not in use that it gave up; no source"
                )
    return facts
