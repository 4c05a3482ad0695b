"""Populations that follow recorded VM traces.

Guests are drawn with replacement from the recorded VMs (bootstrap) and start at one random time of
the recording, common to all, so that their daily pattern and correlation stay. A recorded
utilisation is a mean over its interval; inside it each VP's thread alternates between exponential
bursts and pauses whose mean meets the recorded level (see `Trace`).
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.keys import scenario_stream
from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.settings import Settings, nested, number, text, whole
from hvmc.scenario.traces import read_traces
from hvmc.scenario.vm_trace import VmTrace
from hvmc.scenario.workload import Trace

__all__ = ["TraceSource", "draw_traced", "recording_digest"]


@dataclass(frozen=True)
class TraceSource(Settings):
    """Where recorded traces come from and how guests are made of them.

    Parameters
    ----------
    path : str
        Folder of GWA-T-12 CSV files.
    guests : int
        Guests on the host.
    burst_s : float
        Mean CPU burst (exponential), seconds. An assumption: the recording does not tell.
    committed : float
        Memory demand over recorded active memory, which is taken as the working set. Assumption.
    priority : Priority
        CPU priority settings of every guest.
    """

    path: str = text(rule="a folder of trace files")
    guests: int = whole(20, low=1, high=10_000)
    burst_s: float = number(0.005, low=1e-6)
    committed: float = number(1.25, low=1.0)
    priority: Priority = nested(Priority)


@lru_cache(maxsize=4)
def _recorded(path: str) -> tuple[VmTrace, ...]:
    return read_traces(Path(path))


@lru_cache(maxsize=16)
def recording_digest(path: str) -> str:
    """Return a hash of the names and contents of a folder's trace files.

    The path itself where the folder can't be read: it then matches no recording.
    """
    digest = hashlib.sha256()
    files = sorted(Path(path).glob("*.csv"))
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest() if files else path


def draw_traced(source: TraceSource, horizon_s: float, seed: int, trial: int) -> tuple[Guest, ...]:
    """Draw the guests of a trial from recorded traces.

    Parameters
    ----------
    source : TraceSource
        Recording and how to use it.
    horizon_s : float
        How much of it is simulated, seconds.
    seed, trial : int
        Names of the scenario's random stream.

    Raises
    ------
    TraceError
        If the recording can't be read.
    """
    traces = _recorded(source.path)
    bits = scenario_stream(seed, trial).generate_state(1 + source.guests, "uint64")
    luck = (bits >> np.uint64(11)) * 2.0**-53
    shortest = min(len(trace.cpu_cores) * trace.interval_s for trace in traces)
    offset_s = float(luck[0]) * max(shortest - horizon_s, 0.0)
    chosen = [traces[int(u * len(traces))] for u in luck[1:]]
    return tuple(
        _guest(trace, f"vm{i}_{trace.name}", offset_s, horizon_s, source)
        for i, trace in enumerate(chosen)
    )


def _memory(trace: VmTrace, offset_s: float, horizon_s: float, source: TraceSource) -> Memory:
    """Return memory settings whose working set is the recorded active memory of the window."""
    most = max(float(np.max(trace.memory_provisioned_mib)), 64.0)
    first = int(offset_s / trace.interval_s)
    last = int((offset_s + horizon_s) / trace.interval_s) + 1
    return Memory(
        startup_mib=min(2048.0, most),
        minimum_mib=min(512.0, most),
        maximum_mib=most,
        use=MemoryUse(
            committed=source.committed,
            trace_mib=tuple(trace.memory_active_mib[first:last].tolist()),
            trace_interval_s=trace.interval_s,
            trace_offset_s=offset_s - first * trace.interval_s,
        ),
    )


def _guest(
    trace: VmTrace, name: str, offset_s: float, horizon_s: float, source: TraceSource
) -> Guest:
    demand = np.minimum(trace.cpu_cores, trace.cores)
    return Guest(
        name=name,
        virtual_processors=trace.cores,
        workload=Trace(
            demand_lps=tuple(demand.tolist()),
            interval_s=trace.interval_s,
            offset_s=offset_s,
            threads=trace.cores,
            cpu=Exponential(source.burst_s),
        ),
        priority=source.priority,
        memory=_memory(trace, offset_s, horizon_s, source),
    )
