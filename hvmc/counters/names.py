"""Objects, counters and units: Hyper-V's own, and hvmc's beside them.

Hyper-V's names are those that Windows Server 2016 and later list. Where the model and Hyper-V
differ in detail, the counter's meaning here is:

CPU Wait Time Per Dispatch
    Mean time a virtual processor was ready before a dispatch in the interval, nanoseconds.
CPU Wake Up Time Per Dispatch, CPU Contention Time Per Dispatch
    The two parts of it that Windows Server 2025 added: for an LP to wake up and start, here the
    time from a VP's choice to its first instruction, and behind other VPs, the rest.
Total Intercepts/sec
    Intercepts of all categories, hypercalls and halts. Pending interrupts are not among them.
Page Fault Intercepts/sec, Other Intercepts/sec
    The categories ``page_table`` and ``exception``; categories of one's own count as other.
External Interrupts/sec
    Interrupts that took the processor from the guest: other partitions' devices, timer ticks.
Pending Interrupts/sec
    Intercepts of a guest that lowers its task priority, a share of its virtual interrupts (rows
    R01, R02). It says nothing about interrupts of guests that were not running: those are
    *deferred*, under ``hvmc Interrupts``.
Synthetic Interrupts/sec
    Interrupts that announce VMBus messages: of the root to guests, in the root's object of guests
    to the root.
Throughput, Normalized Throughput
    I/Os completed per second, in units of 8 KiB and as such. The model's I/Os have no direction.
Latency
    Mean seconds from the guest's request until its interrupt, over I/Os completed in the interval.
Output Queue Length
    Packets of transfers that wait for the adapter at the interval's end. Windows documents 0 where
    the driver interface queues them itself: 0 says nothing.
Smart Paging Working Set Size
    What a guest that boots after a restart lacks of its startup memory, at the last decision. Its
    Guest Visible Physical Memory holds that too, its Physical Memory does not.
hvmc Guest I/O, hvmc Guest Network
    The guest's I/Os of its disk, page-ins among them, and its transfers over its adapter.
hvmc Guest I/O, hvmc Root I/O: Latency (late ticks), Latency (reference time)
    What the guest's and the root's own clocks would measure: `hvmc.counters.clocks`.
"""

from types import MappingProxyType
from typing import NamedTuple

__all__ = [
    "ADAPTER",
    "BALANCER",
    "BUS",
    "DEFERRED",
    "DISK",
    "GUEST_IO",
    "GUEST_MEMORY",
    "GUEST_NETWORK",
    "HYPERVISOR",
    "IPIS",
    "LOGICAL",
    "NETWORK",
    "OBJECTS",
    "ROOT",
    "ROOT_IO",
    "STORAGE",
    "TOTAL",
    "VIRTUAL",
    "VP_STATES",
    "Sample",
    "counter_unit",
    "path_of",
]

TOTAL = "_Total"
HYPERVISOR = "Hyper-V Hypervisor"
LOGICAL = "Hyper-V Hypervisor Logical Processor"
VIRTUAL = "Hyper-V Hypervisor Virtual Processor"
ROOT = "Hyper-V Hypervisor Root Virtual Processor"
STORAGE = "Hyper-V Virtual Storage Device"
NETWORK = "Hyper-V Virtual Network Adapter"
BUS = "Hyper-V Virtual Machine Bus"
DISK = "PhysicalDisk"
ADAPTER = "Network Interface"
BALANCER = "Hyper-V Dynamic Memory Balancer"
GUEST_MEMORY = "Hyper-V Dynamic Memory VM"
VP_STATES = "hvmc Virtual Processor"
DEFERRED = "hvmc Interrupts"
IPIS = "hvmc Synchronous IPIs"
GUEST_IO = "hvmc Guest I/O"
GUEST_NETWORK = "hvmc Guest Network"
ROOT_IO = "hvmc Root I/O"

_RUN_TIMES = {
    "% Guest Run Time": "%",
    "% Hypervisor Run Time": "%",
    "% Total Run Time": "%",
}
_DISPATCHING = {
    "CPU Wait Time Per Dispatch": "ns",
    "CPU Wake Up Time Per Dispatch": "ns",
    "CPU Contention Time Per Dispatch": "ns",
    "Logical Processor Dispatches/sec": "1/s",
}
_INTERCEPTS = (
    "Total Intercepts/sec",
    "MSR Accesses/sec",
    "CPUID Instructions/sec",
    "IO Instructions/sec",
    "HLT Instructions/sec",
    "Control Register Accesses/sec",
    "Page Fault Intercepts/sec",
    "External Interrupts/sec",
    "Other Intercepts/sec",
    "Hypercalls/sec",
    "Virtual Interrupt Hypercalls/sec",
    "Virtual MMU Hypercalls/sec",
    "Virtual Processor Hypercalls/sec",
    "GPA Space Hypercalls/sec",
    "Synthetic Interrupt Hypercalls/sec",
    "Long Spin Wait Hypercalls/sec",
    "Other Hypercalls/sec",
    "Virtual Interrupts/sec",
    "Synthetic Interrupts/sec",
    "Pending Interrupts/sec",
)
_WAY = {
    "Operations/sec": "1/s",
    "Latency": "s",
    "Outstanding": "1",
    "VMBus Messages/sec": "1/s",
    "VMBus Ring Full/sec": "1/s",
}
_CLOCKS = {
    "True Latency": "s",
    "Latency (late ticks)": "s",
    "Latency (reference time)": "s",
    "% Error (late ticks)": "%",
    "% Error (reference time)": "%",
    "Standard Error (late ticks)": "s",
}
_REASONS = ("idle", "ready", "capped", "blocked")

OBJECTS = MappingProxyType(
    {
        HYPERVISOR: {"Logical Processors": "1", "Virtual Processors": "1", "Partitions": "1"},
        LOGICAL: {**_RUN_TIMES, "% Idle Time": "%", "Context Switches/sec": "1/s"},
        VIRTUAL: {**_RUN_TIMES, **_DISPATCHING, **dict.fromkeys(_INTERCEPTS, "1/s")},
        ROOT: {
            **_RUN_TIMES,
            **_DISPATCHING,
            "HLT Instructions/sec": "1/s",
            "Synthetic Interrupts/sec": "1/s",
        },
        STORAGE: {
            "Throughput": "1/s",
            "Normalized Throughput": "1/s",
            "Latency": "s",
            "Queue Length": "1",
        },
        NETWORK: {"Packets/sec": "1/s", "Bytes/sec": "B/s"},
        BUS: {"Interrupts Received/sec": "1/s", "Interrupts Sent/sec": "1/s"},
        DISK: {"Disk Transfers/sec": "1/s", "Current Disk Queue Length": "1"},
        ADAPTER: {"Packets/sec": "1/s", "Bytes Total/sec": "B/s", "Output Queue Length": "1"},
        BALANCER: {
            "Available Memory": "MiB",
            "Available Memory For Balancing": "MiB",
            "Average Pressure": "%",
            "System Current Pressure": "%",
            "Added Memory": "MiB",
            "Removed Memory": "MiB",
            "Memory Add Operations": "1",
            "Memory Remove Operations": "1",
        },
        GUEST_MEMORY: {
            "Physical Memory": "MiB",
            "Guest Visible Physical Memory": "MiB",
            "Smart Paging Working Set Size": "MiB",
            "Current Pressure": "%",
            "Average Pressure": "%",
            "Minimum Pressure": "%",
            "Maximum Pressure": "%",
            "Added Memory": "MiB",
            "Removed Memory": "MiB",
            "Memory Add Operations": "1",
            "Memory Remove Operations": "1",
        },
        VP_STATES: {f"% {state} Time": "%" for state in ("Idle", "Ready", "Capped", "Blocked")},
        DEFERRED: {f"Deferred ({reason})/sec": "1/s" for reason in _REASONS}
        | {f"Deferral Delay ({reason})": "ns" for reason in _REASONS},
        IPIS: {"Sent/sec": "1/s", "Waited For/sec": "1/s"},
        GUEST_IO: {**_WAY, "Hard Faults/sec": "1/s", **_CLOCKS},
        GUEST_NETWORK: {**_WAY},
        ROOT_IO: {"Operations/sec": "1/s", "Hard Faults/sec": "1/s", **_CLOCKS},
    }
)


class Sample(NamedTuple):
    """One value of one counter; nan where the interval gives none, as a mean over nothing."""

    object: str
    instance: str
    counter: str
    value: float


def path_of(object_: str, instance: str, counter: str, host: str = "") -> str:
    r"""Return a counter's path as Windows writes it.

    Parameters
    ----------
    object_, instance, counter : str
        Its names; the instance may be empty.
    host : str
        The machine, or empty.

    Examples
    --------
    >>> print(path_of("Hyper-V Virtual Machine Bus", "", "Interrupts Sent/sec"))
    \Hyper-V Virtual Machine Bus\Interrupts Sent/sec
    >>> print(path_of("PhysicalDisk", "disk", "Disk Transfers/sec", host="HVMC"))
    \\HVMC\PhysicalDisk(disk)\Disk Transfers/sec
    """
    machine = f"\\\\{host}" if host else ""
    where = f"({instance})" if instance else ""
    return f"{machine}\\{object_}{where}\\{counter}"


def counter_unit(object_: str, counter: str) -> str:
    """Return a counter's unit: %, ns, s, 1/s, B/s, MiB or 1 (a number of things).

    Raises
    ------
    KeyError
        If there is no such counter.
    """
    try:
        return OBJECTS[object_][counter]
    except KeyError:
        raise KeyError(
            f"no counter {path_of(object_, '', counter)}; hvmc.counters.OBJECTS holds all"
        ) from None
