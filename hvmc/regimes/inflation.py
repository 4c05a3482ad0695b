"""How long virtual processors run for the work they do, beside how long it takes undisturbed.

A measured share of time is run time: it holds what virtualization and neighbours cost. To simulate
a host that shows the measured run times, the work must be smaller, by how much depends on the
trial's constants. A request of c CPU seconds in k bursts, g seconds apart, runs for

    S = c (1 + walks + intercepts x (cost + indirect cost) + ticks) / speed
        + k (switch + halt + refill (1 - exp(-b g / tau))) + (k - 1) (signal + injection),
    speed = (1 - b (1 - smt speed)) / (1 + slope b),    b = (B - u) / (L - 1),

with B of the host's L LPs busy, u of them this VP's: b is the busy share of the other LPs, a core's
sibling among them (SMT only). Left out: spinning, VP switches of slices that end and of intercepts
that the root handles, what moves between LPs. With the true constants of random hosts it gives 0.98
of the run times of over-committed ones and 0.99 to 1.00 of others' (experiments/e19_round_trip).
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
    """

    overheads: Overheads
    host: Host
    busy_lps: float
    own: float = 1.0

    def of(self, use: float) -> "Slowness":
        """Return the same for a VP that runs for this share of the time."""
        return replace(self, own=use)

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
        self, cpu_s: float, bursts: float, gap_s: float, *, enlightened: bool = True
    ) -> float:
        """Return for how long a VP runs for a request.

        Parameters
        ----------
        cpu_s : float
            Its CPU seconds on an undisturbed LP.
        bursts : float
            In how many bursts.
        gap_s : float
            Mean seconds between bursts.
        enlightened : bool
            Whether the guest is.
        """
        run = cpu_s * (1.0 + self._taxes(enlightened)) / self.speed
        return run + bursts * self._by_burst(gap_s) + (bursts - 1) * self._by_io()

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

    def _by_burst(self, gap_s: float) -> float:
        switch, refill, intercepts = (
            getattr(self.overheads, name) for name in ("switch", "refill", "intercepts")
        )
        each = switch.cost_s if switch.enabled else 0.0
        each += intercepts.halt_s if intercepts.enabled else 0.0
        if refill.enabled:
            each += refill.cost_s * -math.expm1(-self.others * gap_s / refill.tau_s)
        return float(each)

    def _by_io(self) -> float:
        io, interrupts = self.overheads.io, self.overheads.interrupts
        signal = io.signal_s if io.enabled else 0.0
        return signal + (interrupts.inject_s if interrupts.enabled else 0.0)
