"""Costs of memory: hard faults of a guest short of it, and nested page walks."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hvmc.scenario.distributions import DISTRIBUTIONS, Distribution, Exponential
from hvmc.scenario.evidence import Assumed
from hvmc.scenario.mechanism import Mechanism
from hvmc.scenario.settings import flag, number, variant, whole

__all__ = ["Faults", "NestedPaging"]


@dataclass(frozen=True)
class Faults(Mechanism):
    """Hard faults of a guest whose working set is larger than what it is assigned.

    Locality: the mean CPU time between faults in memory m grows as a power of it, L(m) = c m^k
    (Belady and Kuehner 1969: k about 2; Saltzer 1974: k = 1). With its working set W resident a
    guest still faults at rate 1 / L(W), on a bare machine as well: those I/Os are part of its
    workload. What memory short of it adds is

        1 / L(m) - 1 / L(W) = rate x ((W / m)^k - 1),    0 where m >= W.

    The rate is one setting for all guests, so the law is of shares of the working set and not of
    MiB. A bare machine that is short of memory pays the same.

    Parameters
    ----------
    enabled : bool
        Off: no faults.
    per_cpu_s : float
        Faults per second of guest CPU that (W / m)^k = 2 adds: with k = 2, where 29 % of the
        working set is missing.
    exponent : float
        k.
    page_in : Distribution
        Device time of one page-in, seconds, and of one write-back: of an array; ``paging=ssd`` and
        ``paging=disk`` are others.
    servers : int
        Page-ins that the host's paging device serves at once, for all guests together, whatever
        the size of the host; 0: any number.
    write_back : float
        Share of page-ins that first write back the page whose frame they take, 0..1.

    References
    ----------
    L. A. Belady, C. J. Kuehner, "Dynamic Space-Sharing in Computer Systems", CACM 12(5), 1969.
    J. H. Saltzer, "A Simple Linear Model of Demand Paging Performance", CACM 17(4), 1974.

    Examples
    --------
    >>> Faults(per_cpu_s=500.0, exponent=1.0).rates([1000.0, 1000.0], [1000.0, 500.0])
    array([  0., 500.])
    """

    cause: ClassVar[str] = "memory"
    native: ClassVar[bool] = True

    enabled: bool = flag(True)
    per_cpu_s: float = number(
        500.0,
        low=0.0,
        high=1e9,
        known=Assumed(
            "500-1000 pages/s, which guides call caution: a band of an alarm (M35), no rate of a "
            "guest; a factor of 4 either side",
            125.0,
            2000.0,
            unit="1/s of CPU",
        ),
    )
    exponent: float = number(
        2.0,
        low=0.0,
        above=True,
        high=10.0,
        known=Assumed(
            "1 (Saltzer), about 2 (Belady and Kuehner); a quarter above", 1.0, 2.5, "linear"
        ),
    )
    page_in: Distribution = variant(
        DISTRIBUTIONS,
        Exponential(0.004),
        what="distribution",
        known={
            "mean": Assumed(
                "an array's mean I/O 3.7 ms (C25), its reads 5.4 (C23); a healthy disk 1-15 ms "
                "(C37 of hyperv.csv); flash memory 0.1 ms (A32)",
                0.1e-3,
                15e-3,
                unit="s",
            )
        },
    )

    servers: int = whole(
        16,
        low=0,
        high=1_000_000,
        known=Assumed(
            "4,000 page-ins a second, one server for each of 16 LPs; no source was found, a factor "
            "of 4 either side. Unlike disk and adapter it does not grow with the host: "
            "overheads.faults.servers=64 scales it to 64 LPs",
            4,
            64,
        ),
    )
    write_back: float = number(
        0.3, low=0.0, high=1.0, known=Assumed("no source, from none to most", 0.0, 0.6, "linear")
    )

    def rates(self, working_set_mib: ArrayLike, memory_mib: ArrayLike) -> NDArray[np.float64]:
        """Return hard faults per second of guest CPU.

        Parameters
        ----------
        working_set_mib, memory_mib : array_like, MiB
            Of the same shape; memory above 0 wherever the working set is.

        Returns
        -------
        ndarray of float64, of that shape
            All 0 where the mechanism is off.
        """
        working_set, memory = np.asarray(working_set_mib, float), np.asarray(memory_mib, float)
        if not self.enabled:
            return np.zeros(working_set.shape)
        short = working_set > memory
        shares = np.divide(working_set, memory, out=np.ones(working_set.shape), where=short)
        return np.asarray(self.per_cpu_s * (shares**self.exponent - 1.0))


@dataclass(frozen=True)
class NestedPaging(Mechanism):
    """CPU tax of two-dimensional page walks: a TLB miss takes up to 24 references, not 4 (row C02).

    Parameters
    ----------
    enabled : bool
        Off: no tax.
    fraction : float
        Seconds per second of guest work.
    """

    cause: ClassVar[str] = "memory"

    enabled: bool = flag(True)
    fraction: float = number(
        0.02,
        low=0.0,
        high=10.0,
        known=Assumed(
            "the loss without two-dimensional walks (C04 of virtualization.csv), too little; "
            "applications with big memory lose 0.2 and more (C03 of virtualization.csv), ordinary "
            "ones less",
            0.01,
            0.1,
        ),
    )
