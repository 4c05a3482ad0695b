"""Recorded utilisation: months of readings of every VM, as `hvmc.recordings` reads them.

A trial is one moment of the recorded time. How busy a VM is then has the recorded mean; its 95th
percentile lies between that of the readings, which are means over minutes, and that of readings
that swing inside as far as `hvmc.regimes.traces.TraceSource` allows (``swing_cv``): trials draw
between. Throughput tells I/Os of some size, memory in use moves between its recorded percentiles.
A recording does not tell the host: that is an inventory's.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hvmc.fit.facts import Fact, Facts, Found, assumed, derived, measured
from hvmc.fit.problems import SourceError, Trouble
from hvmc.fit.sample import Opening
from hvmc.recordings.content import Content
from hvmc.recordings.errors import RecordingError
from hvmc.recordings.format import all_formats
from hvmc.recordings.names import guest_names, names_told
from hvmc.recordings.read import read_recording
from hvmc.recordings.recording import Recording, VmRecording
from hvmc.regimes.traces import TraceSource
from hvmc.scenario.constants import constants
from hvmc.scenario.evidence import Assumed
from hvmc.scenario.span import DrawnRange

__all__ = ["read", "recognises"]

_LEAST_USE = 1e-4
_LONG_S = 60.0
_TAIL = 0.95
_MOST_READINGS = 2000
_SWINGS = 64
_MOST_CORRELATED = 0.95
_LEAST_IN_COMMON = 20
_MOST_COMPARED = 200
_IO_KIB = (8.0, 64.0)
_LEAST_RATE = 1e-3
_LEAST_MIB = 32.0
_DAY_S = 86400.0
_SHOWN = 3

type _Series = NDArray[np.float64]


def recognises(sample: Opening) -> bool:
    """Say whether a file is of a format of recordings, or a folder, which holds them."""
    if sample.path.is_dir():
        return True
    content = Content(sample.path, sample.path.stem)
    try:
        return any(one.recognises(content) for one in all_formats().values())
    except RecordingError:
        return False


def read(path: Path) -> Found:
    """Read a file or folder of recordings.

    Raises
    ------
    SourceError
        If nothing of it can be used, with what is wrong of each file.
    """
    try:
        recording = read_recording(path)
    except RecordingError as error:
        raise SourceError(
            Trouble(Path(problem.file), problem.message, problem.line, problem.column or "")
            for problem in error.problems
        ) from error
    shared = _correlation(recording)
    renamed = names_told({vm.written: vm.name for vm in recording.vms})
    found = Found(notes=[line for line in recording.told() if line not in renamed])
    for vm in recording.vms:
        found.guests[vm.written] = _facts(vm, shared)
    return found


def _facts(vm: VmRecording, shared: float | None) -> Facts:
    days = float(vm.lengths_s.sum()) / _DAY_S
    source = f"{Path(vm.file).name}, {len(vm.times_s)} readings of {vm.interval_s:g} s"
    source += f" over {days:.3g} days" if days >= 1 else ""
    facts: Facts = {}
    if vm.virtual_processors is not None:
        facts["virtual_processors"] = measured(vm.virtual_processors, f"{Path(vm.file).name}, most")
    mean = min(max(vm.mean_cpu_share, _LEAST_USE), 1.0)
    facts["use"] = measured(mean, f"{source}, mean {100 * mean:.3g} %")
    facts["peak"] = _peak(vm, mean, source)
    if shared is not None:
        facts["correlation"] = derived(shared, "mean over pairs of recorded VMs, at the same times")
    facts |= _throughput(vm)
    return facts | _memory(vm)


def _peak(vm: VmRecording, mean: float, source: str) -> Fact:
    """Return the 95th percentile over the mean: of readings, to that of what may swing in them."""
    readings = np.minimum(vm.cpu_share, 1.0)
    if len(readings) < _LEAST_IN_COMMON:
        return assumed(1.0, f"{source} are too few to show how load moves: it is taken as steady")
    low = max(_percentile(readings, vm.lengths_s) / mean, 1.0)
    how = f"{source}, their 95th percentile over the mean"
    if vm.interval_s <= _LONG_S:
        return derived(low, how)
    swing_cv = _most_swing()
    high = max(_percentile_of_swinging(vm, readings, swing_cv) / mean, low)
    how += f", to that if readings swing inside by a variation of {swing_cv:g}, drawn"
    return derived(DrawnRange(low, min(high, 1.0 / mean)) if high > low else low, how)


def _most_swing() -> float:
    """Return the most that readings are assumed to swing inside."""
    found = {one.path: one.known for one in constants(TraceSource(path="recording"), "trace")}
    swing = found["trace.swing_cv"]
    assert isinstance(swing, Assumed)
    assert swing.high is not None
    return swing.high


def _percentile(values: _Series, weights: _Series) -> float:
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order])
    at = int(np.searchsorted(passed, _TAIL * passed[-1]))
    return float(values[order[min(at, len(values) - 1)]])


def _percentile_of_swinging(vm: VmRecording, readings: _Series, swing_cv: float) -> float:
    from scipy.special import gammaincinv

    step = -(-len(readings) // _MOST_READINGS)
    shape = 1.0 / swing_cv**2
    swings = gammaincinv(shape, (np.arange(_SWINGS) + 0.5) / _SWINGS) / shape
    levels = np.minimum(np.outer(readings[::step], swings), 1.0)
    return _percentile(levels.ravel(), np.repeat(vm.lengths_s[::step], _SWINGS))


def _throughput(vm: VmRecording) -> Facts:
    disk = _total(vm.disk_read_kib_per_s, vm.disk_write_kib_per_s)
    network = _total(vm.network_received_kib_per_s, vm.network_sent_kib_per_s)
    facts: Facts = {}
    for path, series in (("iops", disk), ("transfers_per_s", network)):
        if series is None:
            continue
        rate = float(np.average(series, weights=vm.lengths_s))
        small, large = _IO_KIB
        how = f"{Path(vm.file).name}, mean {rate:.4g} KiB/s, {large:g} to {small:g} KiB each, drawn"
        low, high = rate / large, rate / small
        facts[path] = derived(DrawnRange(low, high, "log") if low > _LEAST_RATE else 0.0, how)
    return facts


def _total(*series: _Series | None) -> _Series | None:
    known = [one for one in series if one is not None]
    return np.sum(known, axis=0) if known else None


def _memory(vm: VmRecording) -> Facts:
    facts: Facts = {}
    given, used = vm.memory_provisioned_mib, vm.memory_active_mib
    name = Path(vm.file).name
    if given is not None:
        most = max(float(np.max(given)), _LEAST_MIB)
        facts["memory.maximum_mib"] = measured(most, f"{name}, the most it was given")
    if used is not None:
        low, high = (float(value) for value in np.quantile(used, (1.0 - _TAIL, _TAIL)))
        how = f"{name}, memory in use, 5th to 95th percentile, drawn"
        facts["memory.working_set_mib"] = derived(DrawnRange(low, high) if high > low else low, how)
    return facts


def _correlation(recording: Recording) -> float | None:
    """Return the mean correlation of VMs' loads at the same times; None where few times are."""
    vms = [vm for vm in recording.vms if len(vm.times_s) >= _LEAST_IN_COMMON][:_MOST_COMPARED]
    if len(vms) < 2:
        return None
    interval_s = max(vm.interval_s for vm in vms)
    begin = max(float(vm.times_s[0]) for vm in vms)
    end = min(float(vm.segments[-1, 1]) for vm in vms)
    count = min(int((end - begin) / interval_s), _MOST_READINGS)
    if count < _LEAST_IN_COMMON:
        return None
    times_s = begin + (end - begin) * (np.arange(count) + 0.5) / count
    loads = [vm.at(vm.cpu_share, times_s) for vm in vms]
    moving = np.array([load for load in loads if load.std() > 0])
    if len(moving) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.corrcoef(moving)
    return float(np.clip(np.nanmean(matrix[np.triu_indices(len(moving), 1)]), 0, _MOST_CORRELATED))


def only_named(found: Found, named: Sequence[str]) -> Found:
    """Return what is told of VMs that other sources name; the others are told in a note.

    Parameters
    ----------
    found : Found
        Of a recording.
    named : sequence of str
        Names of the host's VMs; empty where nothing else tells them, and all count.

    Raises
    ------
    SourceError
        If none of the VMs is named.
    """
    if not named:
        return found
    as_guests = guest_names(named)
    known = {**{valid: name for name, valid in as_guests.items()}, **{name: name for name in named}}
    names = {name: known.get(name) or known.get(guest_names([name])[name]) for name in found.guests}
    left = [name for name, own in names.items() if own is None]
    if len(left) == len(names):
        text = (
            f"the recording has no VM that the inventory names: it has {_some(left)}, the "
            f"inventory {_some(named)}; use the same names"
        )
        raise SourceError([text])
    own = {known_as: found.guests[name] for name, known_as in names.items() if known_as is not None}
    told = [f"recorded VMs that the inventory does not name are left out: {_some(left)}"]
    return Found(found.host, own, found.counts, [*found.notes, *(told if left else [])])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
