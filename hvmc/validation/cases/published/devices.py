"""The I/O path against a laboratory of 2008 R2, and interrupts of an assigned device.

The laboratory is ``overheads=lab_2008``: its I/O path was fitted to C24, its rate of page-table
intercepts to C20. The page of C20-C25 (MicrosoftDocs/biztalk-docs) tells of guests with integration
services, thus enlightened, and of quad-core Xeons of 2.4 GHz, which came before nested paging; its
overhead is what guests lack of the CPU of a physical machine. As in experiments/e11_io_path: four
workers with one I/O of 2 KiB under way each; reads and writes take the physical 5.4066 and 0.2544
ms. The assigned device (A34) interrupts a guest of one saturated VP 150,000 times per second
natively; without exits for interrupts means that they cost nothing.
"""

from collections.abc import Sequence
from functools import cache, partial

import numpy as np

from hvmc.scenario.distributions import Deterministic, Distribution, Empirical, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.io import Attachment
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed
from hvmc.trial import GuestRun, simulate
from hvmc.validation.bench import design_of
from hvmc.validation.case import Case, Claim

__all__ = ["CASES"]

_READ_S, _WRITE_S, _MEAN_S = 5.4066e-3, 0.2544e-3, 3.7066e-3  # physical: C23, C24, C25
_READ_SHARE = (_MEAN_S - _WRITE_S) / (_READ_S - _WRITE_S)
_VALUES = 1500
_BETWEEN_S = 2e-3
_CPU_S = 20e-6
_WORKERS, _LPS = 4, 8
_INTERRUPTS_PER_S = 150_000.0


@cache
def _lab() -> Overheads:
    return design_of("overheads=lab_2008").overheads


def _mixture() -> Empirical:
    reads = round(_READ_SHARE * _VALUES)
    return Empirical((_WRITE_S,) * (_VALUES - reads) + (_READ_S,) * reads)


def _scenario(guest: Guest) -> Scenario:
    return Scenario(
        host=Host(logical_processors=_LPS), guests=(guest,), overheads=_lab(), horizon_s=32.0,
        warmup_s=2.0, drain_s=5.0,
    )  # fmt: skip


def _tester(network_kib: float = 0.0, law: Distribution | None = None) -> Guest:
    work = Closed(threads=_WORKERS, cpu=Deterministic(_CPU_S), think=Deterministic(1e-9))
    work = (
        work.replace(transfer=law, transfers=1, transfer_kib=network_kib)
        if network_kib
        else work.replace(io=_mixture(), ios=1, io_kib=2.0)
    )
    return Guest(name="tester", virtual_processors=4, workload=work)


def _disk_ms(run: GuestRun) -> Sequence[float]:
    times = run.response_s.finished_ns * 1e-9 - _CPU_S
    writes = times < _BETWEEN_S
    return [1e3 * float(part.mean()) for part in (times[writes], times[~writes], times)]


def _disk(trials: int, seed: int) -> list[list[float]]:
    """Return what is added to writes, reads and all, ms, and the loss of throughput, %."""
    found = []
    for trial in range(trials):
        virtual = simulate(_scenario(_tester()), seed=seed, trial=trial).guests[0]
        native = virtual.native["same_size"]
        added = np.subtract(_disk_ms(virtual), _disk_ms(native)).tolist()
        loss = 100.0 * (1.0 - virtual.throughput_per_s / native.throughput_per_s)
        found.append([*added, loss, loss])
    return found


def _network_ms(trials: int, seed: int) -> list[float]:
    found = []
    for trial in range(trials):
        guest = _tester(1.5, Deterministic(1e-4))
        virtual = simulate(_scenario(guest), seed=seed, trial=trial).guests[0]
        found.append(1e3 * (virtual.response_s.mean - virtual.native["same_size"].response_s.mean))
    return found


def _cpu_percent(
    overheads: Overheads | None, enlightened: bool, trials: int, seed: int
) -> list[float]:
    """Return how much of the CPU of a physical machine a guest lacks; by default in the lab."""
    work = Closed(threads=4, cpu=Exponential(1e-3), think=Exponential(1e-9))
    guest = Guest(name="calculator", virtual_processors=4, workload=work, enlightened=enlightened)
    scenario = _scenario(guest)
    scenario = scenario.replace(overheads=overheads or scenario.overheads)
    found = []
    for trial in range(trials):
        virtual = simulate(scenario, seed=seed, trial=trial).guests[0]
        native = virtual.native["same_size"]
        found.append(100.0 * (1.0 - virtual.throughput_per_s / native.throughput_per_s))
    return found


def _assigned_percent(interrupts: bool, trials: int, seed: int) -> list[float]:
    cpu_s = 1.0 / _INTERRUPTS_PER_S
    work = Closed(
        threads=16, cpu=Deterministic(cpu_s), think=Deterministic(1e-9),
        transfer=Deterministic(1e-6), transfers=1,
    )  # fmt: skip
    guest = Guest(name="net", workload=work, network=Attachment("direct", "nic"))
    overheads = Overheads() if interrupts else Overheads().without("interrupts")
    scenario = Scenario(
        host=Host(logical_processors=2), guests=(guest,), overheads=overheads, horizon_s=1.2,
        warmup_s=0.2, drain_s=1.0,
    )  # fmt: skip
    found = []
    for trial in range(trials):
        virtual = simulate(scenario, seed=seed, trial=trial).guests[0]
        native = virtual.native["same_size"]
        found.append(100.0 * virtual.throughput_per_s / native.throughput_per_s)
    return found


_READS = (
    "reads lose three times what writes do in the laboratory, for a reason that it does not give; "
    "the path was fitted to writes (C24) and is the same for both."
)
_EXITS = (
    "an interrupt costs the model 1.3 us for injection and delivery (A08, A16), less than the "
    "device's exits cost there."
)
_LEFT = (
    "of what is left intercepts take 4 points, page walks 2, switches to the root and refills of "
    "the cache after them 5; A34's guest had next to none of these."
)
CASES = (
    Case(
        "disk",
        (
            Claim("added to a write that the cache takes, ms", "C24", 0.117, 0.117, "fitted", 0.02),
            Claim("added to a read, ms", "C23", 0.373, 0.373, "predicted", why=_READS),
            Claim("added to the mean I/O, ms", "C25", 0.284, 0.284, "predicted", why=_READS),
            Claim("loss of I/Os per second, %", "C22", 7.1, 7.1, "predicted", why=_READS),
            Claim(
                "disk overhead, pass-through synthetic, %", "C21", 6.0, 8.0, "predicted", why=_READS
            ),
        ),
        _disk,
        4,
        20,
    ),
    Case(
        "network",
        (Claim("added to a packet of 1.5 KiB, ms", "C26", -np.inf, 1.0, "predicted"),),
        _network_ms,
        4,
        20,
    ),
    Case(
        "cpu_of_the_lab",
        (Claim("CPU lost by a guest, no nested paging (the lab), %", "C20", 9.0, 12.0, "fitted"),),
        partial(_cpu_percent, None, True),
        3,
        20,
    ),
    *(
        Case(
            f"cpu_{kind}",
            (Claim(f"the same with nested paging, {kind}, %", "C20", np.nan, np.nan, "predicted"),),
            partial(_cpu_percent, Overheads(), kind == "enlightened"),
            3,
            20,
        )
        for kind in ("enlightened", "unenlightened")
    ),
    Case(
        "assigned_device",
        (
            Claim(
                "assigned device, 150,000 interrupts/s: % of native",
                "A34",
                60.0,
                65.0,
                "predicted",
                why=_EXITS,
            ),
        ),
        partial(_assigned_percent, True),
        3,
        20,
    ),
    Case(
        "assigned_device_without_exits",
        (
            Claim(
                "the same without exits for interrupts: % of native",
                "A34",
                97.0,
                100.0,
                "predicted",
                why=_LEFT,
            ),
        ),
        partial(_assigned_percent, False),
        3,
        20,
    ),
)
