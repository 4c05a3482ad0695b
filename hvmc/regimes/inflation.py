"""How long virtual processors run for the work they do, beside how long it takes undisturbed.

A measured share of time is run time: it holds what virtualization and neighbours cost. To simulate
a host that shows the measured run times, the work must be smaller, by how much depends on the
trial's constants. A request of c CPU seconds in k bursts, g seconds apart, runs for

    S = c (1 + walks + intercepts x (cost + indirect cost) + ticks) / speed
        + k (switch + halt + refill r) + (k - 1) (signal + injection),
    speed = (1 - b (1 - smt speed)) / (1 + slope b),    b = (B - u) / (L - 1),
    r = m + (1 - m)(1 - exp(-(b + u (1 - 1 / N)) g / tau)),    m = (1 - 1 / V)(1 - 1 / N),

with B of the host's L LPs busy, u of them this VP's: b is the busy share of the other LPs, a core's
sibling among them (SMT only). The guest has N threads on V VPs: a thread finds its cached data as
far as no other has used the LP since, and where it gets the VP that it had. Left out: spinning,
and VPs that are taken off an LP, by slices that end and by the root. With the true constants of
random hosts it gives, in the median over guests, 0.97 of the run times of over-committed ones and
0.99 of others'.
"""

import math
from dataclasses import dataclass, replace

from hvmc.scenario.host import Host
from hvmc.scenario.overheads import Overheads

__all__ = ["Slowness"]


@dataclass(frozen=True)
class Slowness:
    """What slows down the virtual processors of a host.

    Parameters
    ----------
    overheads : Overheads
        The trial's.
    host : Host
        The machine.
    busy_lps : float
        LPs busy on average, the root's work included.
    own : float
        How many of them the VP in question takes, 0..1.
    vps : int
        VPs of its guest.
    """

    overheads: Overheads
    host: Host
    busy_lps: float
    own: float = 1.0
    vps: int = 1

    def of(self, use: float, vps: int) -> "Slowness":
        """Return the same for a guest of so many VPs that run for this share of the time."""
        return replace(self, own=use, vps=vps)

    @property
    def others(self) -> float:
        """Busy share of all LPs but one's own."""
        share = (self.busy_lps - self.own) / max(self.host.logical_processors - 1, 1)
        return min(max(share, 0.0), 1.0)

    @property
    def speed(self) -> float:
        """Speed of an LP, relative to an undisturbed one."""
        interference = self.overheads.interference
        slope = interference.slope if interference.enabled else 0.0
        speed = 1.0 / (1.0 + slope * self.others)
        if self.host.threads_per_core == 2:
            speed *= 1.0 - self.others * (1.0 - self.host.smt_speed)
        return speed

    def run_s(
        self,
        cpu_s: float,
        bursts: float,
        gap_s: float,
        *,
        threads: float = 1.0,
        enlightened: bool = True,
    ) -> float:
        """Return for how long a VP runs for a request.

        Parameters
        ----------
        cpu_s : float
            Its CPU seconds on an undisturbed LP.
        bursts : float
            In how many bursts.
        gap_s : float
            Mean seconds between a thread's bursts.
        threads : float
            Of the guest, at least 1.
        enlightened : bool
            Whether the guest is.
        """
        run = cpu_s * (1.0 + self._taxes(enlightened)) / self.speed
        halt = self.overheads.intercepts
        each_s = self.by_burst_s(gap_s, threads) + (halt.halt_s if halt.enabled else 0.0)
        return run + bursts * each_s + (bursts - 1) * self._by_io()

    def work(self, used: float, *, enlightened: bool = True) -> float:
        """Return the CPU seconds of work that so many used LPs do in a second, in long bursts."""
        return used / self.run_s(1.0, 1, 0.0, enlightened=enlightened)

    def _taxes(self, enlightened: bool) -> float:
        overheads, taxes = self.overheads, 0.0
        if overheads.nested_paging.enabled:
            taxes += overheads.nested_paging.fraction
        if overheads.intercepts.enabled:
            rate, cost_s, _ = overheads.intercepts.total(enlightened, "hypervisor")
            by_root, _, _ = overheads.intercepts.total(enlightened, "root")
            taxes += rate * cost_s + (rate + by_root) * overheads.intercepts.indirect_s
        if overheads.interrupts.enabled:
            taxes += overheads.interrupts.tick_hz * overheads.interrupts.tick_s
        return taxes

    def by_burst_s(self, gap_s: float, threads: float = 1.0) -> float:
        """Return what beginning a burst takes: the VP switch, and refilling the cache.

        Parameters
        ----------
        gap_s, threads : float
            As of `run_s`.
        """
        switch, refill = self.overheads.switch, self.overheads.refill
        each = switch.cost_s if switch.enabled else 0.0
        if refill.enabled:
            shared = 1.0 - 1.0 / threads
            moved = (1.0 - 1.0 / self.vps) * shared
            foreign = (self.others + self.own * shared) * gap_s / refill.tau_s
            each += refill.cost_s * (1.0 - (1.0 - moved) * math.exp(-foreign))
        return float(each)

    def _by_io(self) -> float:
        io, interrupts = self.overheads.io, self.overheads.interrupts
        signal = io.signal_s if io.enabled else 0.0
        return signal + (interrupts.inject_s if interrupts.enabled else 0.0)
