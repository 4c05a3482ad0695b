"""Contention inside the machine: cache and memory bandwidth, spin locks and IPIs of guests."""

from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.evidence import Assumed, Fitted, Measured
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
        How much longer work takes when all LPs are busy.
    update_s : float
        Longest time between two settings of the speed, seconds.
    """

    cause: ClassVar[str] = "interference_and_locks"
    native: ClassVar[bool] = True

    enabled: bool = flag(True)
    slope: float = number(
        0.1,
        low=0.0,
        high=100.0,
        known=Assumed(
            "what cloud VMs lose to unknown neighbours, taken for all LPs busy: at their p99 "
            "CPU-bound work 0.001 (B20), a database 0.06 (B21), a cache server 0.13 (B22), "
            "cache-bound work 0.36 (B23); from the first's p99.9, 0.004, to the last's, 0.49",
            0.004,
            0.5,
        ),
    )
    update_s: float = number(
        0.010,
        low=1e-6,
        high=1e3,
        known=Assumed("as long as a slice; no source, a factor of 2 either side", 5e-3, 20e-3),
    )


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
        Part of the work done under the lock. One lock stands in for many: not what profiles call
        lock time. With the default a lock convoy, once begun, stays without the hint of enlightened
        guests and dissolves with it.
    section_s : float
        Length of a section, seconds.
    spin_s : float
        Spinning time after which an enlightened guest tells the hypervisor, by the long-spin-wait
        hypercall (row S17), which lets others run; others spin on.
    """

    cause: ClassVar[str] = "interference_and_locks"
    # the sender of an IPI spins as one who waits for a lock
    serves: ClassVar[tuple[str, ...]] = ("ipis",)

    enabled: bool = flag(True)
    share: float = number(
        1e-4,
        low=0.0,
        high=0.9,
        known=Fitted(
            "B08 (two guests of 32 VPs on 32 LPs) in order of magnitude, "
            "experiments/e12_lock_holder",
            0.3e-4,
            3e-4,
        ),
    )
    section_s: float = number(
        0.2e-6, low=1e-9, high=1.0, known=Measured("B10, the mode", 0.128e-6, 0.256e-6)
    )
    spin_s: float = number(
        50e-6,
        low=1e-7,
        high=1.0,
        known=Assumed("no source, a factor of 4 either side", 12.5e-6, 200e-6),
    )


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
        Synchronous IPIs per second of guest work.
    """

    cause: ClassVar[str] = "interference_and_locks"

    enabled: bool = flag(True)
    enlightened_per_cpu_s: float = number(
        10.0,
        low=0.0,
        high=1e6,
        known=Assumed(
            "one in fifty of the default IPI hypercalls; no source, a factor of 4 either side",
            2.5,
            40.0,
        ),
    )
    unenlightened_per_cpu_s: float = number(
        310.0,
        low=0.0,
        high=1e6,
        known=Assumed(
            "as enlightened and the TLB flushes that are hypercalls there; of a kernel build "
            "(B08, 15.7 times slower) 310 give 5.6 and 1250 give 19.1 "
            "(experiments/e12_lock_holder); a factor of 4 either side",
            77.5,
            1250.0,
        ),
    )

    def rate(self, enlightened: bool, virtual_processors: int) -> float:
        """Return the IPIs per CPU second of a guest; a single VP sends none."""
        if not self.enabled or virtual_processors == 1:
            return 0.0
        return self.enlightened_per_cpu_s if enlightened else self.unenlightened_per_cpu_s
