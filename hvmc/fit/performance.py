"""Performance Monitor logs of a Hyper-V host: what was measured, and what follows from it.

How run times become a workload: the VPs run and were ready for shares of the time that counters
tell; threads and think time that show both follow from them (`hvmc.regimes.fitted_work`). I/Os of
a guest that is short of memory (pressure above 100) hold its page-ins, which the counters of the
host do not tell apart: how many trials draw (`hvmc.regimes.shortage`), within what its disks' Queue
Length leaves (`hvmc.regimes.page_ins`). Output Queue Length of physical adapters tells how long
transfers wait there (`hvmc.regimes.stations`); 0 tells nothing, as Windows documents it for
adapters whose driver interface queues by itself.
"""

from pathlib import Path

from hvmc.counters.pdh_head import open_log
from hvmc.counters.pdh_log import PdhError, PdhLog
from hvmc.fit.facts import Fact, Found, derived, measured
from hvmc.fit.log_columns import LogColumns, columns_of, hosts_in
from hvmc.fit.log_devices import root_use
from hvmc.fit.log_guests import correlation, guest_facts, mean_of
from hvmc.fit.log_series import LogSeries, read_series
from hvmc.fit.problems import SourceError, Trouble
from hvmc.fit.sample import Opening
from hvmc.scenario.memory import Balancer, Memory

__all__ = ["logical_processors", "notes_on", "open_series", "read", "recognises"]

_COUNTERS = r"\Hyper-V Hypervisor Virtual Processor(*)\*"
_LATENCY_S = (0.0, 0.01)
_LINES = 20
_GRAIN_MIB = 2.0


def recognises(sample: Opening) -> bool:
    """Say whether a file is PDH-CSV or PDH-TSV."""
    lines = sample.text.splitlines()[:_LINES]
    return any("(PDH-CSV" in line[:40] or "(PDH-TSV" in line[:40] for line in lines)


def read(path: Path, host: str = "") -> Found:
    """Read a log.

    Parameters
    ----------
    path : Path
        The file.
    host : str
        Which machine; empty where the log has the guests of one alone.

    Raises
    ------
    SourceError
        If it can't be read, has no guests, or has those of several machines.
    """
    return _found(*open_series(path, host))


def open_series(path: Path, host: str = "") -> tuple[PdhLog, LogColumns, LogSeries]:
    """Return a log, its columns and their series; parameters and errors as of `read`."""
    try:
        log = open_log(path)
        machine = _machine(path, hosts_in(log.counters), host)
        columns = columns_of(log.counters, machine)
        series = read_series(log, columns)
    except PdhError as error:
        raise SourceError(Trouble(path, text, line) for line, text in error.problems) from error
    if not len(series.time_s):
        raise SourceError([Trouble(path, "holds no sample: let it record for some minutes")])
    return log, columns, series


def _machine(path: Path, hosts: list[str], wanted: str) -> str:
    if wanted:
        found = [host for host in hosts if host.casefold() == wanted.casefold()]
        if not found:
            text = f"holds no guests of {wanted}: it has those of {', '.join(hosts) or 'no host'}"
            raise SourceError([Trouble(path, text)])
        return found[0]
    if not hosts:
        raise SourceError(
            [
                Trouble(
                    path,
                    f"holds no guests: record {_COUNTERS} on the host, as logman create counter "
                    f'hv -c "{_COUNTERS}" -f csv -si 15 does, in English or one of the languages '
                    "of hvmc/counters/localised.py",
                )
            ]
        )
    if len(hosts) > 1:
        text = (
            f"holds guests of {len(hosts)} hosts, {', '.join(hosts)}: choose with --host {hosts[0]}"
        )
        raise SourceError([Trouble(path, text)])
    return hosts[0]


def _found(log: PdhLog, columns: LogColumns, series: LogSeries) -> Found:
    found = Found()
    shared = correlation(series)
    for vm, quantities in series.guests.items():
        found.guests[vm] = guest_facts(vm, quantities, series, log.path.name, shared)
    found.host |= _host(log, columns, series, found)
    found.notes += notes_on(log, columns, series)
    return found


def _duration(span_s: float) -> str:
    if span_s < 600:
        return f"{span_s:.0f} s"
    return f"{span_s / 60:.0f} min" if span_s < 7200 else f"{span_s / 3600:.1f} h"


def notes_on(log: PdhLog, columns: LogColumns, series: LogSeries) -> list[str]:
    """Return what to tell of a log: its length first, then what was mended and left out."""
    path = log.path
    source = f"{path.name}, {len(series.time_s)} samples over {_duration(series.span_s)}"
    notes = [source, *log.notes]
    if columns.languages:
        notes.append(f"{path}: names of counters in {', '.join(sorted(columns.languages))}")
    if columns.unmatched:
        some = ", ".join(columns.unmatched[:3])
        more = f" and {len(columns.unmatched) - 3} more" if len(columns.unmatched) > 3 else ""
        notes.append(f"{path}: disks and adapters that name no VM are left out: {some}{more}")
    return notes


def _host(log: PdhLog, columns: LogColumns, series: LogSeries, found: Found) -> dict[str, Fact]:
    name = log.path.name
    facts: dict[str, Fact] = {}
    lps = logical_processors(columns, series)
    if lps is None:
        return facts
    count, how = lps
    facts["host.logical_processors"] = measured(count, f"{name}, {how}")
    if columns.root_run:
        facts |= root_use(series, name)
    memory = _memory(series, found, name)
    if memory is not None:
        facts["host.memory_mib"] = memory
    wakes = [mean_of(own["wake"]) for own in series.guests.values() if "wake" in own]
    if wakes:
        wake_s = sum(wakes) / len(wakes) * 1e-9
        low, high = _LATENCY_S
        facts["overheads.switch.latency_s"] = measured(
            min(max(wake_s, low), high), f"{name}, mean CPU Wake Up Time Per Dispatch"
        )
    return facts


def logical_processors(columns: LogColumns, series: LogSeries) -> tuple[int, str] | None:
    """Return how many LPs the host has, and what tells it; None where the log does not."""
    if columns.lp_run:
        return len(columns.lp_run), "instances of Hyper-V Hypervisor Logical Processor"
    if "lp_count" in series.host:
        return round(mean_of(series.host["lp_count"])), "Hyper-V Hypervisor, Logical Processors"
    if columns.root_run:
        return len(columns.root_run), "instances of root virtual processors, one an LP"
    return None


def _memory(series: LogSeries, found: Found, name: str) -> Fact | None:
    """Return the host's memory: what guests hold, what is left, and what the host keeps."""
    assigned = [mean_of(own["assigned"]) for own in series.guests.values() if "assigned" in own]
    if "available" not in series.host or not assigned:
        return None
    memories = []
    for facts in found.guests.values():
        most = facts.get("memory.maximum_mib")
        if most is not None:
            value = float(most.value)
            memories.append(Memory(startup_mib=value, minimum_mib=value, maximum_mib=value))
    rounded_up = _GRAIN_MIB * len(assigned)  # what guests have is given in whole grains
    total = mean_of(series.host["available"]) + sum(assigned) + rounded_up
    how = f"{name}, memory assigned and available, and the host's reserve (M30, M31)"
    return derived(round(Balancer().host_memory_mib(total, memories)), how)
