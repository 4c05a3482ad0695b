"""Which columns of a log say what: quantities of the host and of its guests.

Instances of virtual processors are named after their VM (``web:Hv VP 0``). Those of storage and
network hold its name somewhere, as the path of a disk file or the name of an adapter does: the
longest name of a VM that stands in it between signs that are no letters or digits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hvmc.counters.localised import english
from hvmc.counters.names import (
    ADAPTER,
    BALANCER,
    GUEST_MEMORY,
    HYPERVISOR,
    LOGICAL,
    NETWORK,
    ROOT,
    STORAGE,
    TOTAL,
    VIRTUAL,
)
from hvmc.counters.pdh_log import Counter

__all__ = ["LogColumns", "columns_of", "hosts_in"]

_VP = re.compile(r"(?P<vm>.+):\s*Hv VP (?P<number>\d+)", re.IGNORECASE)
_PAGES = "hyper-v vm vid partition"

# quantity of a guest to counters that tell it; the first that are there
_OF_VPS = {
    "run": ("% Total Run Time",),
    "guest_run": ("% Guest Run Time",),
    "hypervisor_run": ("% Hypervisor Run Time",),
    "wait": ("CPU Wait Time Per Dispatch",),
    "contention": ("CPU Contention Time Per Dispatch",),
    "wake": ("CPU Wake Up Time Per Dispatch",),
    "dispatches": ("Logical Processor Dispatches/sec",),
}
_OF_MEMORY = {
    "assigned": ("Physical Memory",),
    "visible": ("Guest Visible Physical Memory",),
    "pressure": ("Current Pressure",),
}
_OF_STORAGE = {
    "reads": ("Read Operations/sec",),
    "writes": ("Write Operations/sec",),
    "operations": ("Normalized Throughput",),
    "read_bytes": ("Read Bytes/sec",),
    "write_bytes": ("Write Bytes/sec",),
    "latency": ("Latency",),
    "outstanding": ("Queue Length",),
}
_OF_NETWORK = {"packets": ("Packets/sec",), "bytes": ("Bytes/sec",)}


@dataclass
class LogColumns:
    """Numbers of a log's columns.

    Parameters
    ----------
    lps : int
        LPs that have columns; 0 where none has.
    lp_count : list of int
        Column of the number of LPs.
    lp_run, root_run, available : list of int
        Run times of LPs, of root VPs; the balancer's available memory.
    adapter_queue, adapter_packets : list of int
        Of physical adapters: packets that wait to be sent, and packets a second.
    guests : dict
        VM to quantity to columns, those of VPs by their number.
    languages : set of str
        In which names are written, beside English.
    unmatched : list of str
        Instances of storage and network that name no VM.
    """

    lp_count: list[int] = field(default_factory=list)
    lp_run: list[int] = field(default_factory=list)
    root_run: list[int] = field(default_factory=list)
    available: list[int] = field(default_factory=list)
    adapter_queue: list[int] = field(default_factory=list)
    adapter_packets: list[int] = field(default_factory=list)
    guests: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    languages: set[str] = field(default_factory=set)
    unmatched: list[str] = field(default_factory=list)

    def used(self) -> list[int]:
        """Return all columns, in order."""
        found = {*self.lp_count, *self.lp_run, *self.root_run, *self.available}
        found |= {*self.adapter_queue, *self.adapter_packets}
        for quantities in self.guests.values():
            for columns in quantities.values():
                found.update(columns)
        return sorted(found)


def hosts_in(counters: Sequence[Counter]) -> list[str]:
    """Return the machines whose guests' virtual processors are in a log."""
    found = {}
    for counter in counters:
        known = english(counter.object, counter.counter)
        if known is not None and known.object == VIRTUAL and _VP.fullmatch(counter.instance):
            found[counter.host.casefold()] = counter.host
    return sorted(found.values())


def columns_of(counters: Sequence[Counter], host: str) -> LogColumns:
    """Return the columns of one machine.

    Parameters
    ----------
    counters : sequence of Counter
        Of the log.
    host : str
        The machine.
    """
    columns = LogColumns()
    known = [
        (number, counter, found)
        for number, counter in enumerate(counters)
        if counter.host.casefold() == host.casefold()
        and (found := english(counter.object, counter.counter)) is not None
    ]
    columns.languages = {found.language for _, _, found in known} - {""}
    for number, counter, found in known:
        if found.object == VIRTUAL and (vp := _VP.fullmatch(counter.instance)):
            quantities = columns.guests.setdefault(vp["vm"], {})
            for quantity in _told_by(found.counter, _OF_VPS):
                quantities.setdefault(quantity, []).append(number)
    for number, counter, found in known:
        _host_column(columns, number, counter.instance, found.object, found.counter)
        for object_, table in (
            (GUEST_MEMORY, _OF_MEMORY),
            (STORAGE, _OF_STORAGE),
            (NETWORK, _OF_NETWORK),
        ):
            if found.object == object_ and counter.instance != TOTAL:
                _guest_column(columns, number, counter.instance, _told_by(found.counter, table))
        if found.object.casefold() == _PAGES and found.counter.casefold() == (
            "physical pages allocated"
        ):
            _guest_column(columns, number, counter.instance, iter(["pages"]))
    return columns


def _told_by(counter: str, table: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for quantity, names in table.items():
        if counter.casefold() in (name.casefold() for name in names):
            yield quantity


def _host_column(
    columns: LogColumns, number: int, instance: str, object_: str, counter: str
) -> None:
    folded = counter.casefold()
    if object_ == LOGICAL and folded == "% total run time" and instance != TOTAL:
        columns.lp_run.append(number)
    elif object_ == ROOT and folded == "% total run time" and instance != TOTAL:
        columns.root_run.append(number)
    elif object_ == BALANCER and folded == "available memory":
        columns.available.append(number)
    elif object_ == HYPERVISOR and folded == "logical processors":
        columns.lp_count.append(number)
    elif object_ == ADAPTER and instance != TOTAL and folded == "output queue length":
        columns.adapter_queue.append(number)
    elif object_ == ADAPTER and instance != TOTAL and folded == "packets/sec":
        columns.adapter_packets.append(number)


def _guest_column(
    columns: LogColumns, number: int, instance: str, quantities: Iterator[str]
) -> None:
    wanted = list(quantities)
    if not wanted:
        return
    vm = _vm_in(instance, columns.guests)
    if vm is None:
        if instance not in columns.unmatched:
            columns.unmatched.append(instance)
        return
    for quantity in wanted:
        columns.guests[vm].setdefault(quantity, []).append(number)


def _vm_in(instance: str, vms: dict[str, dict[str, list[int]]]) -> str | None:
    found = [
        vm
        for vm in vms
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(vm)}(?![A-Za-z0-9])", instance, re.IGNORECASE)
    ]
    return max(found, key=len, default=None)
