"""Populations: the guests of a regime are drawn by role.

Every draw is a uniform of the guest's own (named by seed, trial and guest number), turned into
a quantity by inversion. The same guest has the same luck in every regime, on every host and under
every setting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hvmc.regimes.luck import Luck
from hvmc.regimes.memory import RoleMemory, draw_memory, is_short_of_memory
from hvmc.scenario.distributions import Exponential, Lognormal
from hvmc.scenario.evidence import Assumed, Chosen, Measured
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.io import Attachment
from hvmc.scenario.problems import shown
from hvmc.scenario.settings import Problem, Settings, commitment, flag, nested, number, text, whole
from hvmc.scenario.workload import Closed

__all__ = ["GuestDraw", "Role", "build_guest", "draw_guest", "log_uniform"]


_EITHER_SIDE = "a factor of 4 either side"
_RAREST_IO = 0.01
"""I/Os a request: fewer than one in a hundred requests are taken for none."""
_MOST_IOS = 10_000  # as of a workload
_RECORDED = "60 recorded VMs (experiments/e04_trace_population)"
_IO_TIME = (
    f"{_RECORDED} together have 52 I/Os of 8 KiB in each second of CPU, that of the 90th "
    "percentile 480: at 5 ms each 0.3 and 2.4 s of devices, where the values make 3.5 and are the "
    "upper ends"
)


class _Weights:
    """Rule of a mapping from a VP count to its relative frequency."""

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        if not isinstance(value, Mapping) or not value:
            problems.append(
                Problem(
                    path,
                    f"must map VP counts to frequencies, got {shown(value)}: {{1: 0.5, 2: 0.5}}",
                )
            )
            return value
        table = {}
        for key, weight in value.items():
            try:
                count, frequency = int(key), float(weight)
            except (TypeError, ValueError, OverflowError):
                count, frequency = 0, 0.0
            if count < 1 or not 0 <= frequency < float("inf") or isinstance(weight, bool):
                problems.append(
                    Problem(
                        f"{path}.{key}",
                        f"must map a VP count >= 1 to a number >= 0, got {shown(weight)}",
                    )
                )
            table[count] = frequency
        if not problems and not sum(table.values()) > 0:
            problems.append(Problem(path, "must hold a frequency above 0, got none"))
        return table


@dataclass(frozen=True)
class Role(Settings):
    """What guests of one role are drawn from; ``hvmc constants`` says what is known of it.

    By default VMs of 500 recorded business-critical ones (GWA-T-12 "Rnd", August 2013; rows
    E02-E09) with requests whose shape is assumed.

    Parameters
    ----------
    name : str
        The role: guest, victim, neighbour or a user's own word.
    count : int
        Guests of this role; 0: as many as the regime's commitment takes.
    frequency : float
        Share of this role among the roles of count 0.
    virtual_processors : dict of int to float
        VP counts and their relative frequencies.
    own_commitment_low, own_commitment_high : float, optional
        Range of the guest's demand over its own VPs (uniform); without it the regime scales
        the guest's demand to the host's commitment, as it does for guests ``memory.short``.
    intensity_cv : float
        Coefficient of variation (lognormal) of guests' relative demand per VP, from guest to guest.
    think_ratio_low, think_ratio_high : float
        Range of off-CPU time over CPU time in a request cycle (log-uniform).
    cpu_low_s, cpu_high_s : float
        Range of a guest's mean CPU time of a request (log-uniform), seconds.
    cpu_cv : float
        Coefficient of variation of a request's CPU time around it (lognormal).
    burst_s : float
        Mean length of a burst; a request has as many I/Os as make its bursts about this long, and
        one at least, but none where a hundred requests would not fill a burst, and 10,000 at most.
    network_share : float
        Part of a request's I/Os that are network transfers, 0..1; they take as long as its other
        I/Os.
    io_share_low, io_share_high : float
        Range of the I/O part of the off-CPU time, transfers included (uniform).
    memory_low_mib, memory_high_mib : float
        Range of maximum memory (log-uniform), MiB.
    memory : RoleMemory
        Its other memory settings and its use.
    priority : Priority
        CPU priority settings of every guest of the role.
    clones : int
        Guests by which each guest of the role is replaced, each with its part of the VPs, threads
        and memory (`hvmc.regimes.clones`); must divide the VP counts.
    io : Attachment
        How its I/Os reach their disk: as is the rule for supported guests.
    io_kib : float
        KiB of an I/O: a database page.
    network : Attachment
        How its network transfers reach their adapter.
    transfer_kib : float
        KiB of a network transfer.
    enlightened : bool
        Whether its operating system knows that it runs on a hypervisor.
    """

    name: str = text("guest")
    count: int = whole(0, low=0, high=10_000)
    frequency: float = number(1.0, low=0.0)
    virtual_processors: dict[int, float] = field(
        default_factory=lambda: {1: 0.458, 2: 0.188, 4: 0.23, 8: 0.112, 16: 0.008},
        metadata={
            "rule": _Weights(),
            "known": Measured("E02, without the 0.4 % of 6 VPs; 16 for 16 and more"),
        },
    )
    own_commitment_low: float | None = commitment(None, above=True, optional=True)
    own_commitment_high: float | None = commitment(None, above=True, optional=True)
    intensity_cv: float = number(
        1.01,
        low=0.0,
        high=100.0,
        known=Assumed(
            "the median VM's variation in time (E06), taken for that between VMs, of which the row "
            "tells nothing: the mean use of 60 of its VMs has 1.92 "
            "(experiments/e04_trace_population); half of it at least",
            0.5,
            1.92,
        ),
    )
    think_ratio_low: float = number(
        3.0,
        low=0.0,
        known=Assumed(
            "no source: a thread computes a quarter of the time; a factor of 3", 1.0, 9.0
        ),
    )
    think_ratio_high: float = number(
        30.0,
        low=0.0,
        known=Assumed("no source: a thread computes 3 % of the time; a factor of 3", 10.0, 90.0),
    )
    cpu_low_s: float = number(
        0.002,
        low=1e-6,
        known=Assumed(
            "no source, a factor of 4 below and 3 above, to where cpu_high_s begins", 0.0005, 0.006
        ),
    )
    cpu_high_s: float = number(
        0.020,
        low=1e-6,
        known=Assumed(
            "no source, a factor of 4 above and 3 below, to where cpu_low_s ends", 0.006, 0.08
        ),
    )
    cpu_cv: float = number(
        1.0,
        low=0.0,
        high=100.0,
        known=Assumed("no source, from nearly constant to a heavy tail", 0.25, 4.0),
    )
    burst_s: float = number(
        0.001,
        low=1e-6,
        known=Assumed(
            f"{_RECORDED} have an I/O of 8 KiB every 0.7 ms of CPU, that of the 95th percentile, "
            "to 20 ms, all together",
            0.0007,
            0.02,
        ),
    )
    network_share: float = number(
        0.5,
        low=0.0,
        high=1.0,
        known=Assumed(
            f"of the bytes of {_RECORDED}, 5th to 95th percentile",
            0.05,
            0.99,
            "linear",
        ),
    )
    io_share_low: float = number(
        0.1,
        low=0.0,
        high=1.0,
        known=Assumed(_IO_TIME, 0.0, 0.1, "linear"),
    )
    io_share_high: float = number(
        0.5,
        low=0.0,
        high=1.0,
        known=Assumed(_IO_TIME, 0.1, 0.5),
    )
    memory_low_mib: float = number(
        1024.0,
        low=32.0,
        known=Assumed(
            "the 25th percentile of recorded VMs (E03), taken for the least: a quarter of them has "
            "less, how much less the row does not tell; down to a quarter of it",
            256.0,
            1024.0,
        ),
    )
    memory_high_mib: float = number(
        20380.0,
        low=32.0,
        known=Assumed(
            "the 90th percentile of recorded VMs (E03), taken for the most; the largest of 60 of "
            "them has twice that",
            20380.0,
            40960.0,
        ),
    )
    memory: RoleMemory = nested(RoleMemory)
    priority: Priority = nested(Priority)
    clones: int = whole(1, low=1, high=1024)
    io: Attachment = nested(Attachment)
    io_kib: float = number(
        8.0, low=0.0, high=1e6, known=Assumed(f"a database page; {_EITHER_SIDE}", 2.0, 32.0)
    )
    network: Attachment = nested(Attachment, Attachment(device="nic"))
    transfer_kib: float = number(
        8.0, low=0.0, high=1e6, known=Assumed(f"no source, {_EITHER_SIDE}", 2.0, 32.0)
    )
    enlightened: bool = flag(True, known=Chosen("as supported Windows and Linux guests are"))

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        for name in (
            "own_commitment_{}",
            "think_ratio_{}",
            "cpu_{}_s",
            "io_share_{}",
            "memory_{}_mib",
        ):
            low = getattr(self, name.format("low"))
            high = getattr(self, name.format("high"))
            if (low is None) != (high is None):
                yield name.format("low"), f"must be given together with {name.format('high')}"
            elif low is not None and low > high:
                yield (
                    name.format("low"),
                    f"must be <= {name.format('high')} ({high:g}), got {low:g}",
                )
        counts = [count for count, often in self.virtual_processors.items() if often > 0]
        odd = sorted(count for count in counts if count % self.clones)
        if odd:
            yield "clones", f"must divide every VP count, got {self.clones} for {odd[0]} VPs"


@dataclass(frozen=True)
class GuestDraw:
    """A guest's luck: its number, role, VPs, relative demand per VP and uniforms."""

    number: int
    role: Role
    virtual_processors: int
    intensity: float
    luck: Mapping[str, float]

    @property
    def short_of_memory(self) -> bool:
        """Whether the commitment of its own that its role has is one of memory."""
        owned = self.role.own_commitment_low is not None
        return owned and is_short_of_memory(self.role.memory, self.luck)


def log_uniform(u: float, low: float, high: float) -> float:
    """Return the quantile u of the log-uniform law on low..high."""
    return float(low * (high / low) ** u) if low > 0 else low + u * (high - low)


def _pick(u: float, weights: Mapping[int, float], most: int) -> int:
    """Return the VP count at quantile u; counts above ``most`` fall to the largest below."""
    counts = sorted(weights)
    cumulated = np.cumsum([weights[count] for count in counts])
    index = int(np.searchsorted(cumulated, u * cumulated[-1], side="right"))
    return max(1, min(counts[min(index, len(counts) - 1)], most))


def _role_of(u: float, roles: Sequence[Role]) -> Role:
    cumulated = np.cumsum([role.frequency for role in roles])
    index = int(np.searchsorted(cumulated, u * cumulated[-1], side="right"))
    return roles[min(index, len(roles) - 1)]


def draw_guest(luck: Luck, index: int, roles: Sequence[Role], most_vps: int) -> GuestDraw:
    """Draw the luck of guest ``index`` of a trial.

    Parameters
    ----------
    luck : Luck
        The trial's.
    index : int
        The guest's number.
    roles : sequence of Role
        Roles it may take, by frequency.
    most_vps : int
        Largest VP count.
    """
    own = luck.guest(index)
    role = roles[0] if len(roles) == 1 else _role_of(own["role"], roles)
    cv = role.intensity_cv
    spread = float(Lognormal(1.0, cv).quantile(own["intensity"])) if cv > 0 else 1.0
    vps = _pick(own["virtual_processors"], role.virtual_processors, most_vps)
    return GuestDraw(index, role, vps, max(spread, 1e-6), own)


def _devices(role: Role, ios: int, io_s: float) -> dict[str, Any]:
    """Divide a request's I/Os, of ``io_s`` seconds together, between the disk and the network."""
    transfers = round(ios * role.network_share)
    law = Exponential(io_s / ios) if ios else None
    return {
        "io": law if ios > transfers else None,
        "ios": ios - transfers,
        "transfer": law if transfers else None,
        "transfers": transfers,
    }


def build_guest(draw: GuestDraw, name: str, own_commitment: float) -> Guest:
    """Return the guest whose threads demand ``own_commitment`` of its VPs.

    The think ratio is drawn, the number of threads follows from the demand and is rounded, and
    the ratio is then adjusted so that the demand is met exactly.
    """
    role, luck = draw.role, draw.luck
    demand = own_commitment * draw.virtual_processors
    wanted = log_uniform(luck["think_ratio"], role.think_ratio_low, role.think_ratio_high)
    threads = max(1, role.clones, round(demand * (1.0 + wanted)))
    if threads <= demand:
        threads = int(demand) + 1
    cpu_s = log_uniform(luck["cpu"], role.cpu_low_s, role.cpu_high_s)
    off_s = (threads / demand - 1.0) * cpu_s
    io_share = role.io_share_low + luck["io_share"] * (role.io_share_high - role.io_share_low)
    has_io = io_share > 0 and cpu_s >= _RAREST_IO * role.burst_s
    ios = min(max(round(cpu_s / role.burst_s) - 1, 1), _MOST_IOS) if has_io else 0
    io_s = io_share * off_s if has_io else 0.0
    memory = log_uniform(luck["memory"], role.memory_low_mib, role.memory_high_mib)
    workload = Closed(
        threads=threads,
        cpu=Lognormal(cpu_s, role.cpu_cv) if role.cpu_cv > 0 else Exponential(cpu_s),
        think=Exponential(max(off_s - io_s, 1e-9)),
        io_kib=role.io_kib,
        transfer_kib=role.transfer_kib,
        **_devices(role, ios, io_s),
    )
    return Guest(
        name=name,
        virtual_processors=draw.virtual_processors,
        workload=workload,
        priority=role.priority,
        memory=draw_memory(role.memory, luck, memory, draw.short_of_memory),
        io=role.io,
        network=role.network,
        enlightened=role.enlightened,
        role=role.name,
    )
