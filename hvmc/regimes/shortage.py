"""What counters tell of a guest that is short of memory.

A host sees a guest's demand D and what it has, m. With D <= m the demand is all that is committed,
and the working set W = D / C, where C is committed memory over the working set. With D > m
(pressure above 100) the guest has given up the share k of its memory beyond the working set that is
cache (`hvmc.scenario.working_sets`), so that

    D = W (1 + (C - 1)(1 - k)).

Where W > m as well it reads pages in, at a rate that the trial's constants give
(`hvmc.scenario.paging`). These page-ins are among the I/Os that its disk shows, so there are at
most as many: of a draw with more, a part of the I/Os is page-ins, drawn, and W follows from it.

Where I/Os under way were seen as well, they say more: `hvmc.regimes.page_ins`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hvmc.scenario.paging import Faults

__all__ = ["Paging", "Shortage", "page_in_s", "served"]

# of the paging device's servers; busier, its queue grows without end within a window
_FULLEST = 0.95
# of memory beyond the working set, what is no cache: nothing kept would need endless memory
_LEAST_KEPT = 0.05


class Paging(NamedTuple):
    """What a guest pages in a trial.

    Parameters
    ----------
    working_set_mib : float or None
        MiB; None where nothing tells it.
    had_mib : float
        Memory it had, MiB.
    work : float
        CPU seconds of its work in a second.
    per_cpu_s : float
        Page-ins per second of that work.
    each_s : float
        Seconds that one takes, waiting included.
    demand_mib : float
        Its demand, at least the working set; 0 where it is not short of memory.
    iops, io_s, outstanding : float
        I/Os a second, page-ins among them; seconds of one that is none; how many of all are under
        way. The last is 0 where that was not seen.
    under_way : float
        Page-ins under way that these say; 0 where they say nothing.
    """

    working_set_mib: float | None
    had_mib: float = 0.0
    work: float = 0.0
    per_cpu_s: float = 0.0
    each_s: float = 0.0
    demand_mib: float = 0.0
    iops: float = 0.0
    io_s: float = 0.0
    outstanding: float = 0.0
    under_way: float = 0.0

    @property
    def per_s(self) -> float:
        """Page-ins a second."""
        return self.per_cpu_s * self.work

    def with_rate(self, per_cpu_s: float, faults: Faults) -> "Paging":
        """Return the same with so many page-ins, and the working set that makes them."""
        more = (1.0 + per_cpu_s / faults.per_cpu_s) ** (1.0 / faults.exponent)
        return self._replace(working_set_mib=self.had_mib * more, per_cpu_s=per_cpu_s)


def page_in_s(faults: Faults) -> float:
    """Return the mean seconds of a page-in at the paging device, its write-back included."""
    return faults.page_in.mean * (1.0 + faults.write_back)


def served(pagings: Sequence[Paging], faults: Faults) -> list[Paging]:
    """Return page-ins that the host's paging device can serve: in proportion fewer, if need be.

    Parameters
    ----------
    pagings : sequence of Paging
        Of all guests.
    faults : Faults
        The trial's.

    Examples
    --------
    >>> found = served([Paging(2000.0, 1000.0, 10.0, 1500.0)], Faults())
    >>> round(found[0].per_s * page_in_s(Faults()) / Faults().servers, 3)
    0.95
    """
    busy = sum(paging.per_s for paging in pagings) * page_in_s(faults)
    if faults.servers == 0 or busy <= _FULLEST * faults.servers:
        return list(pagings)
    factor = _FULLEST * faults.servers / busy
    return [
        paging.with_rate(factor * paging.per_cpu_s, faults) if paging.per_cpu_s > 0 else paging
        for paging in pagings
    ]


class Shortage(NamedTuple):
    """What is known of a guest's memory in a trial.

    Parameters
    ----------
    demand_mib, assigned_mib, working_set_mib : float or None
        MiB, where they are known.
    committed, cache : float
        As in `hvmc.scenario.memory.MemoryUse`.
    u : float
        Uniform, for the part of I/Os that is page-ins where the constants make more.
    """

    demand_mib: float | None
    assigned_mib: float | None
    working_set_mib: float | None
    committed: float
    cache: float
    u: float

    @property
    def is_met(self) -> bool:
        """Whether the guest had what it demanded, or that is not known."""
        demand, had = self.demand_mib, self.assigned_mib
        return demand is None or had is None or demand <= had

    def committed_for(self, working_set_mib: float | None) -> float:
        """Return demand over working set with which the host sees the demand that it saw."""
        if self.is_met or not working_set_mib:
            return self.committed
        assert self.demand_mib is not None
        beyond = max(self.demand_mib / working_set_mib - 1.0, 0.0)
        return 1.0 + beyond / max(1.0 - self.cache, _LEAST_KEPT)

    def paging(
        self,
        faults: Faults,
        work: float,
        iops: float | None,
        outstanding: float | None = None,
        io_s: float = 0.0,
    ) -> Paging:
        """Return the working set, and the page-ins that were measured with other I/Os.

        Parameters
        ----------
        faults : Faults
            The trial's.
        work : float
            CPU seconds of the guest's work in a second.
        iops : float or None
            I/Os of its disk in a second, page-ins among them, where they are known.
        outstanding : float or None
            I/Os under way, page-ins among them, where they are known.
        io_s : float
            Seconds of an I/O that is no page-in.

        Examples
        --------
        >>> short = Shortage(1500.0, 1000.0, None, 1.25, 0.5, 0.5)
        >>> found = short.paging(Faults(), work=0.5, iops=400.0)
        >>> round(found.working_set_mib), round(found.per_s)
        (1333, 194)
        """
        if self.demand_mib is None:
            return Paging(self.working_set_mib)
        had = self.assigned_mib
        if had is None or self.is_met:
            return Paging(self.demand_mib / self.committed)
        in_use = self.demand_mib / (1.0 + (self.committed - 1.0) * (1.0 - self.cache))
        per_cpu_s = float(faults.rates(in_use, had))
        found = Paging(in_use, had, work, per_cpu_s, page_in_s(faults), self.demand_mib)
        if iops is None:
            return found
        if found.per_s > iops:
            found = found.with_rate(self.u * iops / work, faults)
        return found._replace(iops=iops, io_s=io_s, outstanding=outstanding or 0.0)
