"""Populations that follow recorded VMs.

Guests are drawn with replacement (bootstrap) from the VMs that are covered in one window of the
recording, common to all of a host and drawn where enough VMs are covered
(`hvmc.recordings.windows`), so that common day and night and correlation stay. A recorded
utilisation is a mean over minutes; what is assumed inside stands in `hvmc.regimes.inside`. What a
recording does not tell of a VM (VPs, memory) is a setting here.
"""

from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

import numpy as np

from hvmc.recordings import RecordingError, format_names, read_recording
from hvmc.recordings.files import Signature, digest_of, signature_of
from hvmc.recordings.recording import Recording, VmRecording
from hvmc.recordings.series import HOLD_ROWS
from hvmc.recordings.windows import Windows, windows_of
from hvmc.regimes.inside import levels_inside, steps_inside
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.evidence import Assumed, Chosen
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.keys import scenario_stream
from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.settings import Settings, choice, nested, number, text, whole
from hvmc.scenario.workload import Trace

__all__ = [
    *("TraceSource", "draw_traced", "recorded", "recording_digest", "window_begin_s", "windows"),
]

_RANGE_OF_ACTIVE = "share in use of 497 recorded VMs, p25 to p95 (E07)"
_LARGEST_OF_MEAN = "largest over mean within 300 s, 1.2-3.7 (p10-p90 of 100 Azure V1 readings)"


@dataclass(frozen=True)
class TraceSource(Settings):
    """Where recorded VMs come from and how guests are made of them.

    Parameters
    ----------
    path : str
        A recording: a file, or a folder with those below it.
    format : str
        ``auto``: recognised file by file; or a format's name, taken for all files.
    hold_rows : int
        Most missing readings in succession for which the one before holds.
    coverage : float
        Least VMs covered in a window, over the most that are covered in any, 0..1.
    guests : int
        Guests on the host.
    burst_s : float
        Mean CPU burst (exponential), seconds. The recording does not tell.
    swing_cv : float
        Standard deviation over mean of the demand inside a reading, from one step of `swing_s` to
        the next (gamma); its mean over the reading is the recorded one. 0: flat.
    swing_s : float
        Seconds of one such step.
    committed : float
        Memory demand over recorded memory in use, which is taken as the working set.
    working_set : float
        Share of a VM's memory that it uses, where the recording tells only what it was given.
    virtual_processors : int
        VPs of a VM whose recording does not tell.
    memory_mib : float
        Memory of a VM whose recording does not tell, MiB.
    priority : Priority
        CPU priority settings of every guest.
    """

    path: str = text(rule="a file or folder of recorded VMs")
    format: str = choice("auto", ("auto", *format_names()))
    hold_rows: int = whole(HOLD_ROWS, low=0, high=1_000_000)
    coverage: float = number(0.9, low=0.0, high=1.0)
    guests: int = whole(20, low=1, high=10_000)
    burst_s: float = number(
        0.005, low=1e-6, known=Assumed("no source: readings are means over minutes", 0.001, 0.02)
    )
    swing_cv: float = number(
        0.5, low=0.0, high=10.0, known=Assumed(_LARGEST_OF_MEAN, 0.0, 1.5, "linear")
    )
    swing_s: float = number(5.0, low=0.1, known=Assumed("no source", 1.0, 60.0))
    committed: float = number(
        1.25, low=1.0, known=Assumed("no source, from nothing unused to half of it", 1.0, 2.0)
    )
    working_set: float = number(
        0.1, low=0.0, high=1.0, known=Assumed(_RANGE_OF_ACTIVE, 0.031, 0.327)
    )
    virtual_processors: int = whole(
        2, low=1, high=2048, known=Chosen("between the 1 and 4 that 69 % of VMs have (E02)")
    )
    memory_mib: float = number(4096.0, low=32.0, known=Chosen("median of recorded VMs (E03)"))
    priority: Priority = nested(Priority)


def recorded(source: TraceSource) -> Recording:
    """Return the recording of a source, read once per process while its files stay the same.

    Raises
    ------
    RecordingError
        If nothing of it can be used.
    """
    signature = _signature(source.path, int(monotonic()))
    return _read(source.path, source.format, source.hold_rows, signature)


@lru_cache(maxsize=8)
def _signature(path: str, _second: int) -> Signature:
    return signature_of(path)  # looking at a thousand files takes as long as drawing a host


@lru_cache(maxsize=2)
def _read(path: str, format: str, hold_rows: int, _signature: Signature) -> Recording:
    chosen = "" if format == "auto" else format
    return read_recording(path, format=chosen, hold_rows=hold_rows, rates=False)


@lru_cache(maxsize=8)
def windows(recording: Recording, length_s: float, coverage: float) -> Windows:
    """Return where windows of a length may begin; see `windows_of`."""
    return windows_of(recording.vms, length_s, coverage)


def recording_digest(path: str) -> str:
    """Return a hash of the names and contents of a recording's files, wherever they lie.

    The path itself where it can't be read: it then matches no recording.
    """
    try:
        return digest_of(path)
    except RecordingError:
        return path


def draw_traced(
    source: TraceSource, horizon_s: float, drain_s: float, seed: int, trial: int
) -> tuple[Guest, ...]:
    """Draw the guests of a trial from a recording.

    Parameters
    ----------
    source : TraceSource
        Recording and how to use it.
    horizon_s : float
        How much of it is simulated, seconds.
    drain_s : float
        How much longer its requests may take, seconds.
    seed, trial : int
        Names of the scenario's random stream.

    Raises
    ------
    RecordingError
        If nothing of the recording can be used.
    """
    recording = recorded(source)
    luck = _luck(source, seed, trial)
    spans = windows(recording, horizon_s, source.coverage)
    begin_s = spans.begin(luck[0])
    covered = [recording.vms[at] for at in spans.covered(begin_s)]
    span = (begin_s, begin_s + horizon_s + drain_s)
    return tuple(
        _guest(covered[int(u * len(covered))], number, span, source, (seed, trial))
        for number, u in enumerate(luck[1:])
    )


def window_begin_s(source: TraceSource, horizon_s: float, seed: int, trial: int) -> float:
    """Return when a trial's window begins, seconds on the recording's clock.

    Parameters and errors as of `draw_traced`.
    """
    return windows(recorded(source), horizon_s, source.coverage).begin(
        _luck(source, seed, trial)[0]
    )


def _luck(source: TraceSource, seed: int, trial: int) -> list[float]:
    """Return uniforms of the window and of each guest."""
    bits = scenario_stream(seed, trial).generate_state(1 + source.guests, "uint64")
    found: list[float] = ((bits >> np.uint64(11)) * 2.0**-53).tolist()
    return found


def _guest(
    vm: VmRecording,
    number: int,
    span: tuple[float, float],
    source: TraceSource,
    key: tuple[int, int],
) -> Guest:
    processors = vm.virtual_processors or source.virtual_processors
    first = max(int(np.searchsorted(vm.times_s, span[0], side="right")) - 1, 0)
    taken_s = float(vm.times_s[first])
    # where a reading holds longer than the usual interval, the interval of it that the span is in
    base_s = taken_s + vm.interval_s * max((span[0] - taken_s) // vm.interval_s, 0.0)
    count = int((span[1] - base_s) / vm.interval_s) + 1
    times_s = base_s + vm.interval_s * np.arange(count, dtype=np.float64)
    mean_lps = np.minimum(vm.at(vm.cpu_share, times_s), 1.0) * processors
    steps = steps_inside(vm.interval_s, source.swing_s) if source.swing_cv > 0 else 1
    demand = levels_inside(mean_lps, processors, steps, source.swing_cv, (*key, number, times_s))
    offset_s = max(span[0] - base_s, 0.0)
    return Guest(
        name=f"vm{number}_{vm.name.removeprefix('vm_')}",
        virtual_processors=processors,
        workload=Trace(
            demand_lps=tuple(demand.tolist()),
            interval_s=vm.interval_s / steps,
            offset_s=offset_s,
            threads=processors,
            cpu=Exponential(source.burst_s),
        ),
        priority=source.priority,
        memory=_memory(vm, times_s, offset_s, source),
    )


def _memory(vm: VmRecording, times_s: "np.ndarray", offset_s: float, source: TraceSource) -> Memory:
    """Return memory settings whose working set is what was recorded as used in the window."""
    given, used = vm.memory_provisioned_mib, vm.memory_active_mib
    most = float(np.max(given)) if given is not None else source.memory_mib
    if given is None and used is not None:
        most = max(most, float(np.max(used)) * source.committed)
    most = max(most, 64.0)
    if used is not None:
        working_set = vm.at(used, times_s)
    else:
        held = vm.at(given, times_s) if given is not None else np.full(len(times_s), most)
        working_set = held * source.working_set
    return Memory(
        startup_mib=min(2048.0, most),
        minimum_mib=min(512.0, most),
        maximum_mib=most,
        use=MemoryUse(
            committed=source.committed,
            trace_mib=tuple(working_set.tolist()),
            trace_interval_s=vm.interval_s,
            trace_offset_s=offset_s,
        ),
    )
