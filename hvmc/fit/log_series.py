"""Series of a log: of each quantity one value a sample, however many columns tell it."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hvmc.counters.pdh_log import LogPiece, PdhLog
from hvmc.fit.log_columns import LogColumns

__all__ = ["LogSeries", "read_series", "series_of"]

type Values = NDArray[np.float64]

_SUMS = (
    *("reads", "writes", "operations", "read_bytes", "write_bytes", "outstanding"),
    *("packets", "bytes", "pages"),
)
_MIB_PER_PAGE = 4096.0 / 1024.0**2


class LogSeries:
    """Series by name; nan where a sample has none.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Ends of the samples.
    host : dict
        Quantity of the host to its series, shape (n,).
    guests : dict
        VM to quantity to series.
    vps : dict
        VM to its number of VPs.
    """

    def __init__(
        self,
        time_s: Values,
        host: dict[str, Values],
        guests: dict[str, dict[str, Values]],
        vps: dict[str, int],
    ) -> None:
        self.time_s, self.host, self.guests, self.vps = time_s, host, guests, vps

    @property
    def span_s(self) -> float:
        """Seconds from the first sample's beginning to the last one's end."""
        if len(self.time_s) < 2:
            return 0.0
        step = float(np.median(np.diff(self.time_s)))
        return float(self.time_s[-1] - self.time_s[0]) + step


def read_series(log: PdhLog, columns: LogColumns) -> LogSeries:
    """Read a log chunk by chunk.

    Raises
    ------
    PdhError
        If it can't be read.
    """
    return series_of(log.chunks(columns.used()), columns)


def series_of(chunks: Iterable[LogPiece], columns: LogColumns) -> LogSeries:
    """Put the series of all quantities together.

    Parameters
    ----------
    chunks : iterable of LogPiece
        Samples of the columns used, in their order.
    columns : LogColumns
        What they are.
    """
    used = columns.used()
    place = {number: position for position, number in enumerate(used)}
    times: list[Values] = []
    host: dict[str, list[Values]] = {}
    guests: dict[str, dict[str, list[Values]]] = {vm: {} for vm in columns.guests}
    for chunk in chunks:
        times.append(chunk.time_s)

        def at(numbers: list[int], values: Values = chunk.values) -> Values:
            return values[:, [place[number] for number in numbers]]

        for name, series in _of_host(columns, at):
            host.setdefault(name, []).append(series)
        for vm, quantities in columns.guests.items():
            for name, series in _of_guest(quantities, at):
                guests[vm].setdefault(name, []).append(series)
    return LogSeries(
        _joined(times),
        {name: _joined(parts) for name, parts in host.items()},
        {vm: {name: _joined(parts) for name, parts in own.items()} for vm, own in guests.items()},
        {vm: _vps(own) for vm, own in columns.guests.items()},
    )


def _joined(parts: list[Values]) -> Values:
    return np.concatenate(parts) if parts else np.empty(0)


def _vps(quantities: dict[str, list[int]]) -> int:
    names = ("run", "guest_run", "hypervisor_run", "wait", "dispatches")
    return max((len(quantities[name]) for name in names if name in quantities), default=0)


def _of_host(
    columns: LogColumns, at: Callable[[list[int]], Values]
) -> Iterator[tuple[str, Values]]:
    named = {
        "lp_run": columns.lp_run,
        "root_run": columns.root_run,
        "available": columns.available,
        "lp_count": columns.lp_count,
    }
    for name, numbers in named.items():
        if numbers:
            yield name, _mean(at(numbers))
    for name in ("adapter_queue", "adapter_packets"):
        if numbers := getattr(columns, name):
            yield name, _sum(at(numbers))


def _of_guest(
    quantities: dict[str, list[int]], at: Callable[[list[int]], Values]
) -> Iterator[tuple[str, Values]]:
    for name in ("run", "guest_run", "hypervisor_run", "wake", "assigned", "visible", "pressure"):
        if name in quantities:
            yield name, _mean(at(quantities[name]))
    for name in _SUMS:
        if name in quantities:
            scale = _MIB_PER_PAGE if name == "pages" else 1.0
            yield name, _sum(at(quantities[name])) * scale
    if "latency" in quantities:
        yield "latency", _mean(at(quantities["latency"]))
    dispatches = quantities.get("dispatches")
    if dispatches:
        yield "dispatches", _sum(at(dispatches))
    whole = quantities.get("wait") or quantities.get("contention")
    if whole:
        rates = dispatches if dispatches and len(whole) == len(dispatches) else None
        yield "wait", _mean(at(whole), at(rates) if rates else None)
    waits = quantities.get("contention") or quantities.get("wait")
    if waits and dispatches and len(waits) == len(dispatches):
        # seconds a second that its VPs were ready, per VP
        ready = np.nan_to_num(at(waits)) * 1e-9 * at(dispatches)
        yield "ready", _mean(ready)


def _mean(values: Values, weights: Values | None = None) -> Values:
    known = np.isfinite(values) * (1.0 if weights is None else np.nan_to_num(weights))
    there = known.sum(axis=1)
    total = (np.nan_to_num(values) * known).sum(axis=1)
    return np.asarray(np.divide(total, there, out=np.full(len(values), np.nan), where=there > 0))


def _sum(values: Values) -> Values:
    there = np.isfinite(values).any(axis=1)
    return np.asarray(np.where(there, np.nansum(values, axis=1), np.nan))
