"""Counts of guests since time zero.

The kernel draws intercepts that the hypervisor handles itself in aggregate and keeps one total per
guest. It is divided among the categories in proportion to their rates, in whole numbers that sum to
it, so that no category's count ever falls as the total grows. The counts are therefore those of a
guest whose mix of intercepts is constant, without the chance of the single category. Halts, VMBus
signals and intercepts that the root handles are counted one by one.

Of a guest with an emulated disk or adapter all intercepts that the root handles count as I/O
instructions; of others they are divided as those of the hypervisor are.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from hvmc.kernel.codes import DISK, EMULATED, IN_IO, IN_PATH, NETWORK, SYNTHETIC
from hvmc.scenario.intercepts import Category
from hvmc.scenario.scenario import Scenario

__all__ = ["HYPERCALLS", "INTERCEPTS", "WAYS", "Counts", "apportion"]

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


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a total into whole parts in proportion to weights, by Webster's divisor method.

    Parameters
    ----------
    total : int
        What is divided, >= 0.
    weights : sequence of float
        Not negative, not all 0 unless total is.

    Returns
    -------
    list of int
        They sum to total. No part falls when total grows.

    References
    ----------
    M. Balinski, H. P. Young, Fair Representation, 2nd ed., 2001, appendix A, sections 3 and 4.

    Examples
    --------
    >>> apportion(10, [6.0, 2.0, 1.0])
    [7, 2, 1]
    """
    if total == 0:
        return [0] * len(weights)
    whole = float(np.sum(weights))
    shares = [weight / whole for weight in weights]
    divisor = max(total - 0.5 * len(weights), 0.0)
    parts = [int(share * divisor + 0.5) for share in shares]
    for _ in range(total - sum(parts)):
        claims = [share / (2 * part + 1) for share, part in zip(shares, parts, strict=True)]
        parts[claims.index(max(claims))] += 1
    return parts


def _split(total: int, rates: dict[str, float]) -> dict[str, int]:
    if len(rates) < 2:
        return dict.fromkeys(rates, total)
    return dict(zip(rates, apportion(total, [*rates.values()]), strict=True))


def _rates(categories: Iterable[Category], handler: str) -> dict[str, float]:
    rates: dict[str, float] = {}
    for item in categories:
        if item.handler == handler and item.rate_per_cpu_s > 0:
            rates[item.name] = rates.get(item.name, 0.0) + item.rate_per_cpu_s
    return rates


_NONE = dict.fromkeys((*INTERCEPTS.values(), *HYPERCALLS.values(), "Hypercalls/sec"), 0)
_ROWS = {"load": ("n_load", 1), "way": ("n_load", 2), "partition": ("n_partition", 1)}


class Counts:
    """What a snapshot counts since time zero, each field of it read once.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    state : ndarray, shape (1,)
        A snapshot of the kernel's record.
    """

    def __init__(self, scenario: Scenario, state: np.ndarray) -> None:
        self._scenario = scenario
        self._state = state
        self._fields: dict[tuple[str, str], list[int]] = {}
        self._mixes: dict[bool, tuple[dict[str, float], dict[str, float]]] = {}

    def _of(self, table: str, field: str) -> list[int]:
        if (table, field) not in self._fields:
            count, each = _ROWS[table]
            used = slice(0, each * int(self._state[count][0]))
            self._fields[table, field] = self._state[table][field][0][used].tolist()
        return self._fields[table, field]

    @cached_property
    def _waiting(self) -> list[int]:
        """Messages of each way that wait for room in its ring."""
        lines = self._state["way"]["ring_line"]["length"][0]
        return list(map(int, lines[: 2 * len(self._scenario.guests)]))

    @cached_property
    def _under_way(self) -> tuple[list[int], list[int]]:
        """Return I/Os of each way, and page-ins of each guest, that have begun and not ended."""
        guests = len(self._scenario.guests)
        threads = self._state["thread"][0][: int(self._state["n_thread"][0])]
        begun = (threads["phase"] == IN_IO) | (threads["phase"] == IN_PATH)
        paging = threads["faulting"] != 0
        ios = np.bincount(threads["way"][begun], minlength=2 * guests)
        page_ins = np.bincount(threads["load"][paging], minlength=guests)
        return ios.tolist(), page_ins.tolist()

    def io(self, load: int, to: int = DISK) -> dict[str, int]:
        """Return a guest's I/Os of one device, the disk's page-ins among them.

        Parameters
        ----------
        load : int
            The guest's number.
        to : int
            ``DISK``, or ``NETWORK`` for its transfers.

        Returns
        -------
        dict
            ``completed``, ``outstanding`` (at present), ``sent`` and ``received``: VMBus messages
            of the guest to the root and back.
        """
        way = 2 * load + to
        ios, page_ins = self._under_way
        completed, outstanding = self._of("way", "ios_done")[way], ios[way]
        if to == DISK:
            completed += self._of("load", "faults")[load] - page_ins[load]
        sent = received = 0
        if self._of("way", "attachment")[way] == SYNTHETIC:
            sent = completed + outstanding - self._waiting[way]
            received = self._of("way", "messages")[way] - sent
        return {
            "completed": completed,
            "outstanding": outstanding,
            "sent": sent,
            "received": received,
        }

    def _mix(self, enlightened: bool) -> tuple[dict[str, float], dict[str, float]]:
        """Return the rates of what the hypervisor handles of a guest, and of what the root does."""
        if enlightened not in self._mixes:
            overheads = self._scenario.overheads
            intercepts, interrupts = overheads.intercepts, overheads.interrupts
            categories = intercepts.categories(enlightened) if intercepts.enabled else ()
            rates = _rates(categories, "hypervisor")
            if interrupts.enabled and interrupts.tick_hz > 0:
                rates[_TICK] = interrupts.tick_hz
            self._mixes[enlightened] = rates, _rates(categories, "root")
        return self._mixes[enlightened]

    def _by_category(self, load: int) -> dict[str, int]:
        rates, root_rates = self._mix(self._scenario.guests[load].enlightened)
        counts = _split(self._of("load", "intercepts")[load], rates)
        attachments = self._of("way", "attachment")[2 * load : 2 * load + 2]
        if EMULATED in attachments or not root_rates:
            root_rates = {"io_port": 1.0}
        for name, count in _split(self._of("load", "root_intercepts")[load], root_rates).items():
            counts[name] = counts.get(name, 0) + count
        return counts

    def guest(self, load: int) -> dict[str, int]:
        """Return a guest's counts under the names of its virtual processors' rates."""
        counts = self._by_category(load)
        io = [self.io(load, to) for to in WAYS]
        ticks = counts.pop(_TICK, 0)
        counts["external_interrupt"] = counts.get("external_interrupt", 0) + ticks
        partition = self._of("load", "partition")[load]
        counts["halt"] = self._of("partition", "halts")[partition]
        counts["hypercall_spin"] = self._of("partition", "long_spin_waits")[partition]
        sent = sum(one["sent"] for one in io)
        counts["hypercall_signal"] = counts.get("hypercall_signal", 0) + sent
        tally = _NONE.copy()
        for name, count in counts.items():
            if name.startswith("hypercall"):
                tally[HYPERCALLS.get(name, HYPERCALLS["hypercall"])] += count
                tally["Hypercalls/sec"] += count
            else:
                tally[INTERCEPTS.get(name, INTERCEPTS["exception"])] += count
        tally["Total Intercepts/sec"] = sum(counts.values())
        interrupts = self._scenario.overheads.interrupts
        virtual = self._of("load", "interrupts")[load] + ticks
        tally["Virtual Interrupts/sec"] = virtual
        tally["Synthetic Interrupts/sec"] = sum(
            one["completed"]
            for to, one in zip(WAYS, io, strict=True)
            if self._of("way", "attachment")[2 * load + to] == SYNTHETIC and interrupts.enabled
        )
        tally["Pending Interrupts/sec"] = int(virtual * interrupts.pending_share)
        return tally
