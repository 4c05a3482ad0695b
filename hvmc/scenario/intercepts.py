"""Intercepts and hypercalls: how often a guest leaves for hypervisor or root, and at what cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from hvmc.scenario.evidence import Assumed, Fitted, Known, Measured
from hvmc.scenario.mechanism import Mechanism
from hvmc.scenario.settings import Settings, choice, flag, nested_all, number, text

__all__ = ["ENLIGHTENED", "HYPERCALL", "UNENLIGHTENED", "Category", "Intercepts"]

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
        Coefficient of variation of the cost.
    handler : str
        ``hypervisor``: handled on the same LP. ``root``: the VP blocks until a root VP has
        emulated the instruction.
    """

    name: str = text("msr")
    rate_per_cpu_s: float = number(0.0, low=0.0, high=1e8)
    cost_s: float = number(1e-6, low=0.0, high=1.0)
    cost_cv: float = number(0.5, low=0.0, high=100.0)
    handler: str = choice("hypervisor", HANDLERS)


ENLIGHTENED = (
    Category("msr", 6200.0, 0.43e-6),
    Category("cpuid", 100.0, 1.23e-6),
    Category("io_port", 10.0, 15e-6, 0.5, "root"),
    Category("control_register", 300.0, 0.68e-6),
    Category("exception", 300.0, 0.68e-6),
    Category("page_table", 800.0, 0.86e-6),
    Category("external_interrupt", 800.0, 0.71e-6),
    Category("hypercall_ipi", 500.0, 1.03e-6),
    Category("hypercall_tlb_flush", 300.0, 1.36e-6),
    Category("hypercall_timer", 300.0, 1.07e-6),
    Category("hypercall_memory", 200.0, 1.36e-6),
    Category("hypercall_control", 100.0, 1.36e-6),
    Category("hypercall_counter_logging", 100.0, 1.36e-6),
)

UNENLIGHTENED = (
    Category("msr", 6200.0, 0.43e-6),
    Category("cpuid", 500.0, 1.23e-6),
    Category("io_port", 200.0, 15e-6, 0.5, "root"),
    Category("control_register", 2000.0, 0.68e-6),
    Category("exception", 1000.0, 0.68e-6),
    Category("page_table", 800.0, 0.86e-6),
    Category("external_interrupt", 1600.0, 0.71e-6),
)

HYPERCALL = Measured(
    "C06 of hyperv.csv, the total of a guest's 4 VPs: down to a quarter of it if that is a sum",
    1.003e-6,
    1.717e-6,
)
_NOT_DRAWN = "not drawn, as it moves the hypervisor's time by less than 1 %"
_EXIT = Assumed(
    "generic exits of KVM, 1300-2565 cycles (A01-A04), taken for it, at 3 GHz (A03, A04: a "
    f"processor of 2.1 GHz); {_NOT_DRAWN}",
    0.43e-6,
    0.86e-6,
    drawn=False,
)
_COSTS: dict[str, Known] = {
    "msr": Measured(
        "C03 of hyperv.csv (DERIVED, 1180 cycles at 2.5-3 GHz), the whole cost of one in a tight "
        "loop; of KVM 1.29 us (A13)",
        0.39e-6,
        1.29e-6,
    ),
    "cpuid": Assumed(
        f"KVM's, 1.23 us (A13) or 2600 cycles (A39) at 3 GHz, taken for Hyper-V's; {_NOT_DRAWN}",
        0.87e-6,
        1.23e-6,
        drawn=False,
    ),
    "io_port": Assumed(
        "9-26 us are the root's own intercepts (C11 of hyperv.csv); an emulated access elsewhere "
        "1.6-2.2 us (A05, A13)",
        1.6e-6,
        26.3e-6,
    ),
    "control_register": _EXIT,
    "exception": _EXIT,
    "page_table": Assumed(
        "an exit handled in the kernel, 2565 cycles (A04) at 3 GHz; a null hypercall at least (A03)"
        ", no source above, a factor of 4",
        0.43e-6,
        3.4e-6,
    ),
    "external_interrupt": Assumed(
        "KVM's, 0.71 us on average, 0.47 at least (A16), taken for Hyper-V's; at most a generic "
        f"exit, 2565 cycles (A04) at 3 GHz; {_NOT_DRAWN}",
        0.47e-6,
        0.86e-6,
        drawn=False,
    ),
    "hypercall_ipi": Assumed(
        "end to end, 3102 cycles (A06) at 3 GHz, of which the sender pays part; a null hypercall "
        "at least (A03), a single IPI at most (A17)",
        0.43e-6,
        2.5e-6,
    ),
    "hypercall_timer": Assumed(
        "3200 cycles (A21) are a latency; a null hypercall at least (A03), no source above, a "
        "factor of 2",
        0.43e-6,
        2.1e-6,
    ),
    **{
        f"hypercall_{what}": HYPERCALL
        for what in ("tlb_flush", "memory", "control", "counter_logging")
    },
}


_FACTOR = 3.0


def _known(table: tuple[Category, ...], rates: Mapping[str, str]) -> dict[str, Known]:
    """Return the standing of a table: rates by name, ``*`` for all others; costs by row."""
    return {
        **{
            f"{item.name}.rate_per_cpu_s": Assumed(
                f"{rates.get(item.name, rates['*'])}; drawn by rate_factor, all together",
                item.rate_per_cpu_s / _FACTOR,
                item.rate_per_cpu_s * _FACTOR,
                drawn=False,
            )
            for item in table
        },
        **{f"{item.name}.cost_s": _COSTS[item.name] for item in table},
        "*.cost_cv": Assumed(
            "no source, from constant to exponential costs; without effect on means",
            0.0,
            1.0,
            drawn=False,
        ),
    }


_RATES = {
    "msr": "62 % of all intercepts (R20, the root of an idle client)",
    "*": "no source",
}
_HYPERCALLS = (
    "hypercalls together 1,500 a second of CPU; a client's guest had 751-797 a second (R10, of 4 "
    "VPs together, partly busy), no source for their kinds"
)


@dataclass(frozen=True)
class Intercepts(Mechanism):
    """Intercepts and hypercalls of guests.

    Those that the hypervisor handles are not events: their number in a request's work is drawn
    from a law with the Poisson law's mean and variance, and their cost from one with those of the
    sum (`hvmc.kernel.taxes`). Those that the root handles are events.

    Parameters
    ----------
    enabled : bool
        Off: none.
    enlightened, unenlightened : tuple of Category
        Rates and costs of guests that know they run on a hypervisor, and of those that do not.
    rate_factor : float
        By how much all rates of both tables are multiplied: guests differ in what they do.
    direct_s : float
        Hypervisor time of each intercept that it handles itself beyond the category's cost,
        seconds: what hypervisor run time lacks with those costs alone, such as timers and
        scheduling. Fitted given the rates; of the mean cost with the defaults, 4.4 us, it is 86 %.
    indirect_s : float
        Guest time that each intercept costs through the caches and TLB it disturbs, seconds.
    halt_s : float
        Cost of halting and waking an idle VP, seconds.
    """

    cause: ClassVar[str] = "intercepts"

    enabled: bool = flag(True)
    enlightened: tuple[Category, ...] = nested_all(
        Category,
        ENLIGHTENED,
        known=_known(
            ENLIGHTENED,
            _RATES
            | {
                item.name: _HYPERCALLS for item in ENLIGHTENED if item.name.startswith("hypercall_")
            },
        ),
    )
    unenlightened: tuple[Category, ...] = nested_all(
        Category,
        UNENLIGHTENED,
        known=_known(
            UNENLIGHTENED,
            {
                "*": "no source",
                "page_table": "no source; as enlightened: nested paging leaves them to any guest",
            },
        ),
    )
    rate_factor: float = number(
        1.0,
        low=0.0,
        high=1e3,
        known=Assumed(
            "rates of one client host (R10, R18-R20, totals of its VPs); no source for others, a "
            "factor of 3 either side",
            1 / _FACTOR,
            _FACTOR,
        ),
    )
    direct_s: float = number(
        3.8e-6,
        low=0.0,
        high=1.0,
        known=Fitted(
            "R25: on one LP of one host 4.48 % of the time VPs run is the hypervisor's; its own "
            "rate of intercepts is not known, so fitted given the rates of another client (R10, "
            "R18-R20): direct_s=0 with rate_factor=7 does as well. Of 100 efficiently provisioned "
            "hosts 90 % have less with 1.5 us, 18 % with 10. A client with one busy guest had "
            "9.75-11.45 % of LP time (R21), not met unless that is a sum of its LPs",
            1.5e-6,
            10e-6,
        ),
    )
    indirect_s: float = number(
        1e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "no measurement apart; from 0.1 us, a quarter of an MSR intercept's own cost (C03 of "
            "hyperv.csv) and 1/38 of direct_s, to what with the direct cost makes the 9 % of C20, "
            "old hardware",
            0.1e-6,
            5e-6,
        ),
    )
    halt_s: float = number(
        6.07e-6,
        low=0.0,
        high=1.0,
        known=Measured(
            "C08, C09 of hyperv.csv, the total of a guest's 4 VPs: down to a quarter of it if that "
            "is a sum",
            6.019e-6,
            10.601e-6,
        ),
    )

    def categories(self, enlightened: bool) -> tuple[Category, ...]:
        """Return the categories of one kind of guest, their rates multiplied by the factor."""
        return self._multiplied[enlightened]

    @cached_property
    def _multiplied(self) -> tuple[tuple[Category, ...], tuple[Category, ...]]:
        if self.rate_factor == 1.0:
            return self.unenlightened, self.enlightened
        unenlightened, enlightened = (
            tuple(
                item.replace(rate_per_cpu_s=item.rate_per_cpu_s * self.rate_factor)
                for item in table
            )
            for table in (self.unenlightened, self.enlightened)
        )
        return unenlightened, enlightened

    def total(self, enlightened: bool, handler: str) -> tuple[float, float, float]:
        """Return rate per CPU second, mean cost (s) and its CV of all that a handler handles."""
        return self._totals[enlightened, handler]

    @cached_property
    def _totals(self) -> dict[tuple[bool, str], tuple[float, float, float]]:
        return {
            (kind, handler): self._total(kind, handler)
            for kind in (False, True)
            for handler in HANDLERS
        }

    def _total(self, enlightened: bool, handler: str) -> tuple[float, float, float]:
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
