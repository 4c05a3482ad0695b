"""Devices, and the way of an I/O between a guest and a device.

Defaults name their source row in the published reference tables or say that they are assumptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.mechanism import Mechanism
from hvmc.scenario.settings import Settings, choice, flag, nested, number, text, whole

__all__ = ["ATTACHMENTS", "Attachment", "Device", "Interrupts", "IoPath", "Network"]

ATTACHMENTS = ("synthetic", "emulated", "direct")
KINDS = ("disk", "adapter")


@dataclass(frozen=True)
class Device(Settings):
    """A physical disk (array) or network adapter: a first-come-first-served queue.

    The service time is the law ``io`` of the workload at a disk, ``transfer`` at an adapter.

    Parameters
    ----------
    name : str
        Guests name it in ``io.device``, an adapter in ``network.device``.
    kind : str
        ``disk`` or ``adapter``.
    servers : int, optional
        I/Os served at once; 0: as many as come, a pure delay. Without, ``servers_per_lp``.
    isolated : bool
        Whether each guest has a device of its own instead of sharing one.
    servers_per_lp : float
        I/Os served at once for each LP of the host, so that devices grow with it. The default 16 is
        an assumption: 256 on 16 LPs.
    """

    name: str = text("disk")
    kind: str = choice("disk", KINDS)
    servers: int | None = whole(None, low=0, high=1_000_000, optional=True)
    isolated: bool = flag(False)
    servers_per_lp: float = number(16.0, low=0.0, above=True, high=1e4)

    def servers_on(self, logical_processors: int) -> int:
        """Return the I/Os served at once on a host of so many LPs; 0 for any number."""
        if self.servers is not None:
            return self.servers
        return max(round(self.servers_per_lp * logical_processors), 1)


@dataclass(frozen=True)
class Attachment(Settings):
    """How a guest's I/Os reach their device.

    Parameters
    ----------
    kind : str
        ``synthetic``: VMBus message to the root's VSP and a virtual interrupt back; ``emulated``:
        I/O-port intercepts that the root handles; ``direct``: the device is the guest's own, but
        its interrupt may be deferred.
    device : str
        Name of one of the host's devices.
    """

    kind: str = choice("synthetic", ATTACHMENTS)
    device: str = text("disk")


@dataclass(frozen=True)
class Network(Settings):
    """What a packet costs the root on its way through the virtual switch.

    Parameters
    ----------
    packet_bytes : float
        Bytes of a packet. Assumption: full Ethernet frames.
    packet_s : float
        CPU seconds of the root per packet. The default is an assumption: 1.5 us, about 1 GB/s a
        core; queues in hardware reach 3-4 Gbit/s (row C40).
    offload : float
        Part of it that the adapter takes over, 0..1. Assumption: none.
    """

    packet_bytes: float = number(1500.0, low=1.0, high=1e9)
    packet_s: float = number(1.5e-6, low=0.0, high=1.0)
    offload: float = number(0.0, low=0.0, high=1.0)


@dataclass(frozen=True)
class IoPath(Mechanism):
    """The I/O path of virtualized devices.

    Parameters
    ----------
    enabled : bool
        Off: a guest reaches its device as natively.
    vsp_submit_s, vsp_complete_s : float
        CPU seconds of the root for taking a message off the ring and issuing the I/O, and for
        the device's interrupt, its DPC and the completion message. Assumptions: 10 us in all, at
        which 16 LPs carry the million I/Os a second that are published for one virtual disk.
    path_s : float
        Seconds an I/O spends in queues and stacks on its way beyond that, no processor's. The
        default 50 us is what a paravirtual path adds to direct access (row A32, 95 and 46 us);
        with `overheads=lab_2008` the path adds 117 us in all, as in row C24
        (experiments/e11_io_path).
    mib_s : float
        CPU seconds of the root per MiB: address translation for direct memory access.
        Assumption: 5 us, 256 pages at 20 ns.
    ring_messages : int
        Messages a guest's VMBus ring holds; a sender waits while it is full. Assumption: 256.
    signal_s : float
        Guest CPU seconds per I/O for the signalling hypercall (row C06).
    port_accesses : int
        I/O-port intercepts per I/O of an emulated device. Assumption.
    port_s : float
        CPU seconds of the root to emulate one of them (row C11).
    network : Network
        What packets cost, for devices of kind adapter.
    """

    cause: ClassVar[str] = "interrupts_and_io"

    enabled: bool = flag(True)
    vsp_submit_s: float = number(4e-6, low=0.0, high=1.0)
    vsp_complete_s: float = number(6e-6, low=0.0, high=1.0)
    path_s: float = number(50e-6, low=0.0, high=1.0)
    mib_s: float = number(5e-6, low=0.0, high=1.0)
    ring_messages: int = whole(256, low=1, high=1_000_000)
    signal_s: float = number(1.36e-6, low=0.0, high=1.0)
    port_accesses: int = whole(8, low=1, high=1000)
    port_s: float = number(15e-6, low=0.0, high=1.0)
    network: Network = nested(Network)

    def root_cost_s(self, kind: str, kib: float) -> tuple[float, float]:
        """Return the root's CPU seconds for submitting and for completing one I/O."""
        bulk = self.mib_s * kib / 1024.0
        if kind == "adapter":
            packets = max(kib * 1024.0 / self.network.packet_bytes, 1.0)
            bulk += packets * self.network.packet_s * (1.0 - self.network.offload)
        return self.vsp_submit_s + bulk, self.vsp_complete_s


@dataclass(frozen=True)
class Interrupts(Mechanism):
    """Timer ticks and device interrupts of guests.

    Parameters
    ----------
    enabled : bool
        Off: interrupts cost nothing and are not counted.
    tick_hz : float
        Timer ticks per second of a running VP. Assumption: 64, the Windows default
        clock; idle VPs have none.
    tick_s : float
        Cost of a tick's exit and injection, seconds (row A16).
    inject_s : float
        Cost of a device interrupt to the guest: saved state, injection, end of interrupt,
        seconds. Assumption: rows A08 (1556 cycles) and A16 (0.71 us) together.
    pending_share : float
        Part of the virtual interrupts that become pending because of the guest's task priority,
        as the counter of row R02 counts them; half of them, row R01. A counter only: it is not
        the deferral, which is simulated.
    """

    cause: ClassVar[str] = "interrupts_and_io"

    enabled: bool = flag(True)
    tick_hz: float = number(64.0, low=0.0, high=1e6)
    tick_s: float = number(0.71e-6, low=0.0, high=1.0)
    inject_s: float = number(1.3e-6, low=0.0, high=1.0)
    pending_share: float = number(0.5, low=0.0, high=1.0)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.tick_hz * self.tick_s >= 1.0:
            yield "tick_s", f"must leave the guest time: {self.tick_hz:g} ticks of it fill a second"
