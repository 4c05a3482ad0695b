"""Intercepts and hypercalls: how often a guest leaves for the hypervisor or the root, at what cost.

Defaults name their source row in the published reference tables or say that they are assumptions.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.mechanism import Mechanism
from hvmc.scenario.settings import Settings, choice, flag, nested_all, number, text

__all__ = ["ENLIGHTENED", "UNENLIGHTENED", "Category", "Intercepts"]

HANDLERS = ("hypervisor", "root")


@dataclass(frozen=True)
class Category(Settings):
    """One category of intercepts or hypercalls.

    Parameters
    ----------
    name : str
        msr, cpuid, io_port, ..., hypercall_ipi, ...; names its counter.
    rate_per_cpu_s : float
        Intercepts per second of guest work.
    cost_s : float
        Mean direct cost, seconds.
    cost_cv : float
        Coefficient of variation of the cost. Assumption.
    handler : str
        ``hypervisor``: handled on the same LP. ``root``: the VP blocks until a root VP has
        emulated the instruction.
    """

    name: str = text("msr")
    rate_per_cpu_s: float = number(0.0, low=0.0, high=1e8)
    cost_s: float = number(1e-6, low=0.0, high=1.0)
    cost_cv: float = number(0.5, low=0.0, high=100.0)
    handler: str = choice("hypervisor", HANDLERS)


# costs: the rows named; rates: msr 62 % of all (row R20), hypercalls about 1,000 a busy second (row
# R10), the rest assumptions
ENLIGHTENED = (
    Category("msr", 6200.0, 0.43e-6),  # C03
    Category("cpuid", 100.0, 1.23e-6),  # A13
    Category("io_port", 10.0, 15e-6, 0.5, "root"),  # C11
    Category("control_register", 300.0, 0.68e-6),  # A01
    Category("exception", 300.0, 0.68e-6),  # A01
    Category("page_table", 800.0, 0.86e-6),  # A04
    Category("external_interrupt", 800.0, 0.71e-6),  # A16
    Category("hypercall_ipi", 500.0, 1.03e-6),  # A06
    Category("hypercall_tlb_flush", 300.0, 1.36e-6),  # C06
    Category("hypercall_timer", 300.0, 1.07e-6),  # A21
    Category("hypercall_memory", 200.0, 1.36e-6),  # C06
    Category("hypercall_control", 100.0, 1.36e-6),  # C06
    Category("hypercall_counter_logging", 100.0, 1.36e-6),  # C06
)

# rates are assumptions; together they take 11 % of the guest's work, as in the labs of row C20
UNENLIGHTENED = (
    Category("msr", 6200.0, 0.43e-6),  # C03
    Category("cpuid", 500.0, 1.23e-6),  # A13
    Category("io_port", 200.0, 15e-6, 0.5, "root"),  # C11
    Category("control_register", 2000.0, 0.68e-6),  # A01
    Category("exception", 1000.0, 0.68e-6),  # A01
    Category("page_table", 12000.0, 0.86e-6),  # A04
    Category("external_interrupt", 1600.0, 0.71e-6),  # A16
)


@dataclass(frozen=True)
class Intercepts(Mechanism):
    """Intercepts and hypercalls of guests.

    Those that the hypervisor handles are not events: their number in a piece of guest work is
    drawn from its Poisson law (above 12 expected: the rounded normal law), their cost from a
    lognormal law of the sum's mean and variance. Those that the root handles are
    events.

    Parameters
    ----------
    enabled : bool
        Off: none.
    enlightened, unenlightened : tuple of Category
        Rates and costs of guests that know they run on a hypervisor, and of those that do not.
    direct_s : float
        Hypervisor time of each intercept that it handles itself beyond the category's cost: entry
        and exit, timers, scheduling, seconds. The default is fitted to row R25, 4.48 % of the time
        that guests run is the hypervisor's (`hvmc validate`).
    indirect_s : float
        Guest time that each intercept costs through the caches and TLB it disturbs, seconds.
        Assumption: from none to what makes all of the 9 % of row C20.
    halt_s : float
        Cost of halting and waking an idle VP, seconds (row C08).
    """

    cause: ClassVar[str] = "intercepts"

    enabled: bool = flag(True)
    enlightened: tuple[Category, ...] = nested_all(Category, ENLIGHTENED)
    unenlightened: tuple[Category, ...] = nested_all(Category, UNENLIGHTENED)
    direct_s: float = number(3.8e-6, low=0.0, high=1.0)
    indirect_s: float = number(1e-6, low=0.0, high=1.0)
    halt_s: float = number(6.07e-6, low=0.0, high=1.0)

    def categories(self, enlightened: bool) -> tuple[Category, ...]:
        """Return the categories of one kind of guest."""
        return self.enlightened if enlightened else self.unenlightened

    def total(self, enlightened: bool, handler: str) -> tuple[float, float, float]:
        """Return rate per CPU second, mean cost (s) and its CV of all that a handler handles."""
        chosen = [item for item in self.categories(enlightened) if item.handler == handler]
        rate = math.fsum(item.rate_per_cpu_s for item in chosen)
        if not self.enabled or rate == 0:
            return 0.0, 0.0, 0.0
        more = self.direct_s if handler == "hypervisor" else 0.0
        mean = math.fsum(item.rate_per_cpu_s * (item.cost_s + more) for item in chosen) / rate
        square = math.fsum(
            item.rate_per_cpu_s * ((item.cost_s + more) ** 2 + (item.cost_s * item.cost_cv) ** 2)
            for item in chosen
        )
        cv = math.sqrt(max(square / rate / mean**2 - 1.0, 0.0)) if mean > 0 else 0.0
        return rate, mean, cv
