"""Counts of one guest since time zero.

The kernel draws intercepts that the hypervisor handles itself in aggregate and keeps one total per
guest. It is divided among the categories in proportion to their rates, in whole numbers that sum to
it, so that no category's count ever falls as the total grows. The counts are therefore those of a
guest whose mix of intercepts is constant, without the chance of the single category. Halts, VMBus
signals and intercepts that the root handles are counted one by one.

Of a guest with an emulated disk or adapter all intercepts that the root handles count as I/O
instructions; of others they are divided as those of the hypervisor are.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.codes import DISK, EMULATED, IN_IO, IN_PATH, NETWORK, SYNTHETIC
from hvmc.scenario.guest import Guest
from hvmc.scenario.intercepts import Category
from hvmc.scenario.scenario import Scenario

__all__ = ["HYPERCALLS", "INTERCEPTS", "WAYS", "apportion", "guest_tally", "io_counts"]

HYPERCALLS = {
    "hypercall_ipi": "Virtual Interrupt Hypercalls/sec",
    "hypercall_tlb_flush": "Virtual MMU Hypercalls/sec",
    "hypercall_memory": "GPA Space Hypercalls/sec",
    "hypercall_control": "Virtual Processor Hypercalls/sec",
    "hypercall_signal": "Synthetic Interrupt Hypercalls/sec",
    "hypercall_spin": "Long Spin Wait Hypercalls/sec",
    "hypercall": "Other Hypercalls/sec",
}
INTERCEPTS = {
    "msr": "MSR Accesses/sec",
    "cpuid": "CPUID Instructions/sec",
    "io_port": "IO Instructions/sec",
    "halt": "HLT Instructions/sec",
    "control_register": "Control Register Accesses/sec",
    "page_table": "Page Fault Intercepts/sec",
    "external_interrupt": "External Interrupts/sec",
    "exception": "Other Intercepts/sec",
}
_TICK = "tick"
WAYS = (DISK, NETWORK)


def apportion(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Divide a total into whole parts in proportion to weights, by Webster's divisor method.

    Parameters
    ----------
    total : int
        What is divided, >= 0.
    weights : ndarray of float64, shape (parts,)
        Not negative, not all 0 unless total is.

    Returns
    -------
    ndarray of int64, shape (parts,)
        They sum to total. No part falls when total grows.

    References
    ----------
    M. Balinski, H. P. Young, Fair Representation, 2nd ed., 2001, appendix A, sections 3 and 4.

    Examples
    --------
    >>> apportion(10, np.array([6.0, 2.0, 1.0])).tolist()
    [7, 2, 1]
    """
    if total == 0:
        return np.zeros(len(weights), dtype=np.int64)
    shares = weights / weights.sum()
    divisor = max(total - 0.5 * len(weights), 0.0)
    parts = np.floor(shares * divisor + 0.5).astype(np.int64)
    for _ in range(total - int(parts.sum())):
        parts[np.argmax(shares / (2 * parts + 1))] += 1
    return parts


def _split(total: int, rates: dict[str, float]) -> dict[str, int]:
    if not rates:
        return {}
    parts = apportion(total, np.array(list(rates.values())))
    return dict(zip(rates, parts.tolist(), strict=True))


def _rates(categories: Iterable[Category], handler: str) -> dict[str, float]:
    rates: dict[str, float] = {}
    for item in categories:
        if item.handler == handler and item.rate_per_cpu_s > 0:
            rates[item.name] = rates.get(item.name, 0.0) + item.rate_per_cpu_s
    return rates


def _of(state: np.ndarray, field: str, load: int) -> int:
    return int(state["load"][field][0][load])


def _way(state: np.ndarray, field: str, load: int, to: int) -> int:
    return int(state["way"][field][0][2 * load + to])


def io_counts(state: np.ndarray, load: int, to: int = DISK) -> dict[str, int]:
    """Return a guest's I/Os of one device since time zero, the disk's page-ins among them.

    Parameters
    ----------
    state : ndarray, shape (1,)
        A snapshot of the kernel's record.
    load : int
        The guest's number.
    to : int
        ``DISK``, or ``NETWORK`` for its transfers.

    Returns
    -------
    dict
        ``completed``, ``outstanding`` (at present), ``sent`` and ``received``: VMBus messages of
        the guest to the root and back.
    """
    first = _of(state, "first_thread", load)
    threads = slice(first, first + _of(state, "threads", load))
    phase = state["thread"]["phase"][0][threads]
    here = state["thread"]["way"][0][threads] == 2 * load + to
    outstanding = int((((phase == IN_IO) | (phase == IN_PATH)) & here).sum())
    completed = _way(state, "ios_done", load, to)
    if to == DISK:
        paging = int(state["thread"]["faulting"][0][threads].sum())
        completed += _of(state, "faults", load) - paging
    sent = received = 0
    if _way(state, "attachment", load, to) == SYNTHETIC:
        waiting = state["way"]["ring_line"]["length"][0][2 * load + to]
        sent = completed + outstanding - int(waiting)
        received = _way(state, "messages", load, to) - sent
    return {
        "completed": completed,
        "outstanding": outstanding,
        "sent": sent,
        "received": received,
    }


def _by_category(scenario: Scenario, guest: Guest, state: np.ndarray, load: int) -> dict[str, int]:
    intercepts, interrupts = scenario.overheads.intercepts, scenario.overheads.interrupts
    categories = intercepts.categories(guest.enlightened) if intercepts.enabled else ()
    rates = _rates(categories, "hypervisor")
    if interrupts.enabled and interrupts.tick_hz > 0:
        rates[_TICK] = interrupts.tick_hz
    counts = _split(_of(state, "intercepts", load), rates)
    by_root = _of(state, "root_intercepts", load)
    root_rates = _rates(categories, "root")
    emulated = any(_way(state, "attachment", load, to) == EMULATED for to in WAYS)
    if emulated or not root_rates:
        root_rates = {"io_port": 1.0}
    for name, count in _split(by_root, root_rates).items():
        counts[name] = counts.get(name, 0) + count
    return counts


def guest_tally(scenario: Scenario, state: np.ndarray, load: int) -> dict[str, int]:
    """Return a guest's counts since time zero under the names of its virtual processors' rates.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    state : ndarray, shape (1,)
        A snapshot of the kernel's record.
    load : int
        The guest's number.
    """
    counts = _by_category(scenario, scenario.guests[load], state, load)
    io = [io_counts(state, load, to) for to in WAYS]
    ticks = counts.pop(_TICK, 0)
    counts["external_interrupt"] = counts.get("external_interrupt", 0) + ticks
    partition = _of(state, "partition", load)
    counts["halt"] = int(state["partition"]["halts"][0][partition])
    counts["hypercall_spin"] = int(state["partition"]["long_spin_waits"][0][partition])
    counts["hypercall_signal"] = counts.get("hypercall_signal", 0) + sum(one["sent"] for one in io)
    tally = dict.fromkeys((*INTERCEPTS.values(), *HYPERCALLS.values(), "Hypercalls/sec"), 0)
    for name, count in counts.items():
        if name.startswith("hypercall"):
            tally[HYPERCALLS.get(name, HYPERCALLS["hypercall"])] += count
            tally["Hypercalls/sec"] += count
        else:
            tally[INTERCEPTS.get(name, INTERCEPTS["exception"])] += count
    tally["Total Intercepts/sec"] = sum(counts.values())
    interrupts = scenario.overheads.interrupts
    virtual = _of(state, "interrupts", load) + ticks
    tally["Virtual Interrupts/sec"] = virtual
    tally["Synthetic Interrupts/sec"] = sum(
        one["completed"]
        for to, one in zip(WAYS, io, strict=True)
        if _way(state, "attachment", load, to) == SYNTHETIC and interrupts.enabled
    )
    tally["Pending Interrupts/sec"] = int(virtual * interrupts.pending_share)
    return tally
