"""Devices, and the way of an I/O between a guest and a device."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.evidence import Assumed, Measured
from hvmc.scenario.intercepts import HYPERCALL
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
        I/Os served at once for each LP of the host, so that devices grow with it. Its standing is
        that of the host's ``devices``.
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
        Bytes of a packet.
    packet_s : float
        CPU seconds of the root per packet.
    offload : float
        Part of it that the adapter takes over, 0..1.
    """

    packet_bytes: float = number(
        1500.0,
        low=1.0,
        high=1e9,
        known=Assumed("full Ethernet frames; a third of it to jumbo frames", 500.0, 9000.0),
    )
    packet_s: float = number(
        1.5e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "1 GB/s a core; 3-4 us at most, the 3-4 Gbit/s a core takes from one queue (C40), no "
            "source below, a factor of 4",
            0.4e-6,
            4e-6,
        ),
    )
    offload: float = number(
        0.0,
        low=0.0,
        high=1.0,
        known=Assumed("none; no source, up to half of it", 0.0, 0.5, "linear"),
    )


def _vsp(low: float, high: float) -> Assumed:
    return Assumed(
        "together at most the latency that a write taken by the cache gains (C24, 2008 R2, "
        "experiments/e11_io_path), taken as CPU; no source below: together 1 us at least, a "
        "million I/Os a second if one LP does them all",
        low,
        high,
    )


@dataclass(frozen=True)
class IoPath(Mechanism):
    """The I/O path of virtualized devices.

    Parameters
    ----------
    enabled : bool
        Off: a guest reaches its device as natively.
    vsp_submit_s, vsp_complete_s : float
        CPU seconds of the root for taking a message off the ring and issuing the I/O, and for
        the device's interrupt, its DPC and the completion message.
    path_s : float
        Seconds an I/O spends in queues and stacks on its way beyond that, no processor's.
    mib_s : float
        CPU seconds of the root per MiB: address translation for direct memory access.
    ring_messages : int
        Messages a guest's VMBus ring holds; a sender waits while it is full.
    signal_s : float
        Guest CPU seconds per I/O for the signalling hypercall.
    port_accesses : int
        I/O-port intercepts per I/O of an emulated device.
    port_s : float
        CPU seconds of the root to emulate one of them.
    network : Network
        What packets cost, for devices of kind adapter.
    """

    cause: ClassVar[str] = "interrupts_and_io"

    enabled: bool = flag(True)
    vsp_submit_s: float = number(4e-6, low=0.0, high=1.0, known=_vsp(0.5e-6, 45e-6))
    vsp_complete_s: float = number(6e-6, low=0.0, high=1.0, known=_vsp(0.5e-6, 50e-6))
    path_s: float = number(
        50e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "49 us lie between two back ends of QEMU, Linux AIO and its own NVMe driver (A32), "
            "taken for the path; 117 us in all in an old laboratory (C24, overheads=lab_2008); no "
            "source below, a factor of 5",
            10e-6,
            117e-6,
        ),
    )
    mib_s: float = number(
        5e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "256 pages at 20 ns; no source, a factor of 4 either side",
            1.25e-6,
            20e-6,
            unit="s/MiB",
        ),
    )
    ring_messages: int = whole(
        256, low=1, high=1_000_000, known=Assumed("no source, a factor of 4 either side", 64, 1024)
    )
    signal_s: float = number(1.36e-6, low=0.0, high=1.0, known=HYPERCALL)
    port_accesses: int = whole(
        8, low=1, high=1000, known=Assumed("no source, a factor of 4 either side", 2, 32)
    )
    port_s: float = number(
        15e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "9-26 us are the root's own intercepts (C11 of hyperv.csv); an emulated access "
            "elsewhere 1.6-2.2 us (A05, A13)",
            1.6e-6,
            26.3e-6,
        ),
    )
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
        Timer ticks per second of a running VP; idle VPs have none.
    tick_s : float
        Cost of a tick's exit and injection, seconds.
    inject_s : float
        Cost of a device interrupt to the guest: saved state, injection, end of interrupt,
        seconds.
    pending_share : float
        Part of the virtual interrupts that become pending because of the guest's task priority,
        as the counter of row R02 counts them. A counter only: it is not the deferral, which is
        simulated.
    """

    cause: ClassVar[str] = "interrupts_and_io"

    enabled: bool = flag(True)
    tick_hz: float = number(
        64.0,
        low=0.0,
        high=1e6,
        known=Assumed(
            "the default clock of Windows; programs raise it to 1,000 at most", 64.0, 1000.0
        ),
    )
    tick_s: float = number(
        0.71e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "KVM's exit for an external interrupt, 0.71 us on average, 0.47 at least (A16), taken "
            "for it; at most a generic exit, 2565 cycles (A04) at 3 GHz; not drawn: tick_hz is",
            0.47e-6,
            0.86e-6,
            drawn=False,
        ),
    )
    inject_s: float = number(
        1.3e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "A08 (1556 cycles at 3 GHz) and A16 (0.71 us) together; one of them to twice both",
            0.5e-6,
            2.6e-6,
        ),
    )
    pending_share: float = number(
        0.5, low=0.0, high=1.0, known=Measured("R01, read as about 50 %, with no range told")
    )

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.tick_hz * self.tick_s >= 1.0:
            yield "tick_s", f"must leave the guest time: {self.tick_hz:g} ticks of it fill a second"
