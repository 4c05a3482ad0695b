"""Contention inside the machine: cache and memory bandwidth, spin locks and IPIs of guests.

Defaults name their source row in the published reference tables or say that they are assumptions.
"""

from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.mechanism import Mechanism
from hvmc.scenario.settings import flag, number

__all__ = ["Interference", "Ipis", "Locks"]


@dataclass(frozen=True)
class Interference(Mechanism):
    """Interference through last-level cache and memory bandwidth, on a bare machine too.

    An LP works at speed 1 / (1 + slope (busy - 1) / (L - 1)) with ``busy`` of the host's L LPs
    busy. The speed is set anew whenever the LP goes on to something else, and every ``update_s``.

    Parameters
    ----------
    enabled : bool
        Off: every LP works at full speed.
    slope : float
        How much longer work takes when all LPs are busy. The default 0.1 is an assumption: pure
        CPU work shows none (row B15), cache-bound work 0.25 to 0.5 at its worst (row B23).
    update_s : float
        Longest time between two settings of the speed, seconds. Assumption: as long as a slice.
    """

    cause: ClassVar[str] = "interference_and_locks"
    native: ClassVar[bool] = True

    enabled: bool = flag(True)
    slope: float = number(0.1, low=0.0, high=100.0)
    update_s: float = number(0.010, low=1e-6, high=1e3)


@dataclass(frozen=True)
class Locks(Mechanism):
    """Preemption of lock holders and of those next in line.

    A share of each guest's work is done under one spin lock of the guest, with first-come
    handover. A VP that is preempted holds it with that probability; until it has run again and
    left its section, the guest's other VPs go on to their next section and spin.

    Parameters
    ----------
    enabled : bool
        Off: guests never wait for a lock.
    share : float
        Part of the work done under the lock. The default is fitted to row B08 (two guests of 32 VPs
        on 32 LPs) in order of magnitude: with it a lock convoy, once begun, stays without the hint
        of enlightened guests and dissolves with it (experiments/e12_lock_holder). One lock stands
        in for many: not what profiles call lock time.
    section_s : float
        Length of a section, seconds: the mode of row B10, 0.128-0.256 us.
    spin_s : float
        Spinning time after which an enlightened guest tells the hypervisor, by the long-spin-wait
        hypercall (row S17), which lets others run; others spin on. Assumption.
    """

    cause: ClassVar[str] = "interference_and_locks"

    enabled: bool = flag(True)
    share: float = number(1e-4, low=0.0, high=0.9)
    section_s: float = number(0.2e-6, low=1e-9, high=1.0)
    spin_s: float = number(50e-6, low=1e-7, high=1.0)


@dataclass(frozen=True)
class Ipis(Mechanism):
    """Synchronous inter-processor interrupts: calls to other VPs and TLB shootdowns.

    The sender addresses all VPs of its guest that are not idle, and spins until each has run. An
    enlightened guest tells the hypervisor after ``locks.spin_s``, as for locks, and flushes TLBs
    by a hypercall, which needs no answer of VPs that are not running. The cost of sending is
    that of the categories of intercepts.

    Parameters
    ----------
    enabled : bool
        Off: VPs that are not running answer at once.
    enlightened_per_cpu_s, unenlightened_per_cpu_s : float
        Synchronous IPIs per second of guest work. Assumptions: 10, one in fifty of the default
        IPI hypercalls; 310, the same and the TLB flushes that are hypercalls of an enlightened
        guest. Row B08, a kernel build, is met with 1250 (experiments/e12_lock_holder).
    """

    cause: ClassVar[str] = "interference_and_locks"

    enabled: bool = flag(True)
    enlightened_per_cpu_s: float = number(10.0, low=0.0, high=1e6)
    unenlightened_per_cpu_s: float = number(310.0, low=0.0, high=1e6)

    def rate(self, enlightened: bool, virtual_processors: int) -> float:
        """Return the IPIs per CPU second of a guest; a single VP sends none."""
        if not self.enabled or virtual_processors == 1:
            return 0.0
        return self.enlightened_per_cpu_s if enlightened else self.unenlightened_per_cpu_s
