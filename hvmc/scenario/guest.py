"""Guest partitions and their priority settings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hvmc.scenario.io import Attachment
from hvmc.scenario.memory import Memory
from hvmc.scenario.settings import Settings, flag, nested, number, text, variant, whole
from hvmc.scenario.workload import WORKLOADS, Workload

__all__ = ["Guest", "Memory", "Priority"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Priority(Settings):
    """CPU priority settings of a guest, applied to each of its VPs (rows S01-S05).

    Parameters
    ----------
    reserve : float
        Fraction of one LP guaranteed to each VP, 0..1 (row S04).
    limit : float
        Fraction of one LP each VP may use, above 0 up to 1 (row S05).
    weight : int
        Share under contention relative to other VPs, 1..10000 (row S02).
    """

    reserve: float = number(0.0, low=0.0, high=1.0)
    limit: float = number(1.0, low=0.0, high=1.0, above=True)
    weight: int = whole(100, low=1, high=10000)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.limit < self.reserve:
            yield "limit", f"must be >= reserve ({self.reserve:g}), got {self.limit:g}"


@dataclass(frozen=True)
class Guest(Settings):
    """A guest partition running one workload.

    Parameters
    ----------
    name : str
        Unique in its scenario; names its random streams.
    virtual_processors : int
        VPs, 1..2048; may exceed the host's LPs.
    workload : Closed, Open, Batch or Trace
        What its threads do.
    priority : Priority
        CPU priority settings.
    memory : Memory
        Memory settings.
    io : Attachment
        How its I/Os reach their disk.
    network : Attachment
        How its network transfers reach their adapter.
    enlightened : bool
        Whether its operating system knows that it runs on a hypervisor.
    role : str
        What the guest is in its regime: guest, victim, neighbour or a user's own word.
    """

    name: str = text(good=lambda word: bool(NAME.fullmatch(word)), rule="a name like web or db-1")
    virtual_processors: int = whole(1, low=1, high=2048)
    workload: Workload = variant(WORKLOADS, None, what="workload")
    priority: Priority = nested(Priority)
    memory: Memory = nested(Memory)
    io: Attachment = nested(Attachment)
    network: Attachment = nested(Attachment, Attachment(device="nic"))
    enlightened: bool = flag(True)
    role: str = text("guest")

    @property
    def lp_demand(self) -> float:
        """LPs its threads would use if nothing held them up."""
        return self.workload.lp_demand

    @property
    def own_commitment(self) -> float:
        """Demand relative to the guest's own VPs, limits included."""
        return self.lp_demand / (self.virtual_processors * self.priority.limit)
