"""Virtual interrupts and their deferral, to the nanosecond, in cases that can be computed by hand.

Guest A's requests or pauses end in an interrupt; guest B keeps the LP busy where it is there.
"""

import pytest

from hvmc.kernel.codes import DELAY_BINS, PARTS, REASONS
from hvmc.kernel.start import start
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.io import Attachment, Interrupts, IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.workload import Batch, Closed, Open

MS = 1_000_000
COUNTED = Overheads(interrupts=Interrupts(tick_hz=0.0, inject_s=0.0)).only("interrupts")
NONE = (0, 0)


def served(cpu_s, vps=1, **settings):
    """Guest whose requests come every second, or as `arriving` says."""
    work = Open(interarrival=Deterministic(1.0), cpu=Deterministic(cpu_s))
    return Guest(name="a", virtual_processors=vps, workload=work, **settings)


def served_with_io(vps=1):
    """Guest whose requests work for 1 ms and then wait for the root, which emulates for them."""
    work = Open(
        interarrival=Deterministic(1.0), cpu=Deterministic(0.002), io=Deterministic(0.1), ios=1
    )
    return Guest(name="a", virtual_processors=vps, workload=work, io=Attachment("emulated"))


def arriving(run, every_s):
    """Start again with requests of guest A that come faster than a scenario may have them."""
    law = run.state["load"]["off_law"][0][0]
    run.state["law"]["p"][0][law] = every_s
    start(run.state)
    return run


def deferred(run, load=0):
    """Return count and total delay (ns) of a guest's deferred interrupts by reason, none left out.

    That they are as many as the delay histogram holds is checked on the way.
    """
    row = run.state["load"][0][load]
    assert row["delays"].sum(axis=1).tolist() == row["deferred"].tolist()
    pairs = zip(row["deferred"].tolist(), row["deferred_ns"].tolist(), strict=True)
    return {reason: pair for reason, pair in zip(REASONS, pairs, strict=True) if pair != NONE}


def parts_of(run, load=0):
    values = run.state["load"]["part_ns"][0][load].tolist()
    return {name: value for name, value in zip(PARTS, values, strict=True) if value}


def test_an_idle_guest_with_an_idle_lp_is_woken_at_once(machine, bare, pulse):
    run = machine(bare(pulse("a", 0.006, 0.001), overheads=COUNTED)).to(0.008)
    assert deferred(run) == {"idle": (1, 0)}
    assert parts_of(run) == {"service": MS}


def test_an_idle_guest_waits_for_an_lp(machine, bare, pulse, job):
    # B has the LP till 10; A is woken at 6
    scenario = bare(pulse("a", 0.006, 0.001), job("b", 0.010), overheads=COUNTED)
    run = machine(scenario).to(0.012)
    assert deferred(run) == {"idle": (1, 4 * MS)}
    # deferred time is told from that which a VP waits for an LP
    assert parts_of(run) == {"service": MS, "deferred": 4 * MS}
    assert run.responses_ns().tolist() == [5 * MS]


def test_a_guest_with_a_running_vp_takes_its_interrupt_at_once(machine, bare):
    # arrivals at 3, 6, 9; the second finds the first at work
    run = arriving(machine(bare(served(0.0045, vps=2), overheads=COUNTED)), 0.003).to(0.0061)
    assert deferred(run) == {"idle": (1, 0)}
    assert run.state["load"]["interrupts"][0][0] == 2


def test_a_guest_whose_vp_is_ready_keeps_its_interrupts(machine, bare, job):
    # B has the LP till 10; A's VP is woken at 3; at 6 and 9 it is ready
    run = machine(bare(served(0.0008), job("b", 0.010), overheads=COUNTED))
    arriving(run, 0.003).to(0.0119)
    assert deferred(run) == {"idle": (1, 7 * MS), "ready": (2, 4 * MS + MS)}
    # the second thread queues in the guest for 0.8 ms more, the third has not finished
    assert parts_of(run) == {"service": 1_600_000, "deferred": 11 * MS, "guest_queue": 800_000}


def test_the_first_vp_to_run_takes_them_all(machine, bare, job):
    # A's arrivals at 3 and 6 wake VPs 0 and 1; VP 0 has the LP in [10, 20), with the one at 9 too
    guests = served(0.005, vps=2), job("b", 0.010)
    run = arriving(machine(bare(*guests, overheads=COUNTED, horizon_s=0.008)), 0.003).to(0.0251)
    assert run.responses_ns().tolist() == [12 * MS, 19 * MS]
    assert parts_of(run) == {"service": 10 * MS, "deferred": 11 * MS, "dispatch_wait": 10 * MS}
    assert deferred(run) == {"idle": (1, 7 * MS), "ready": (2, 5 * MS)}


def test_a_capped_guest_keeps_its_interrupts(machine, bare):
    # 5 of every 20: [4, 7) and [8, 10); the arrivals at 12 and 16 wait until 20
    guest = served(0.003, priority=Priority(limit=0.25))
    scenario = bare(guest, overheads=COUNTED, dispatch={"limit_stagger": False})
    run = arriving(machine(scenario), 0.004).to(0.0199)
    assert deferred(run) == {"idle": (2, 0)}
    run.to(0.0205)
    assert deferred(run) == {"idle": (2, 0), "capped": (2, 8 * MS + 4 * MS)}


def test_a_blocked_guest_keeps_its_interrupts(machine, bare):
    # arrivals at 1.6, 3.2; the first works for 1 ms and waits for the root till 4.6
    costs = COUNTED.replace(io=IoPath(path_s=0.0, port_accesses=1, port_s=0.002))
    run = arriving(machine(bare(served_with_io(), lps=2, overheads=costs)), 0.0016).to(0.0047)
    assert deferred(run) == {"idle": (1, 0), "blocked": (1, 1_400_000)}


def test_a_ready_vp_explains_more_than_a_blocked_one(machine, bare):
    # the root has the LP in [2.6, 5.6), while VP 0 is blocked; the arrival at 3.2 wakes VP 1, that
    # at 4.8 finds it ready; VP 1 takes both
    costs = COUNTED.replace(io=IoPath(path_s=0.0, port_accesses=1, port_s=0.003))
    run = arriving(machine(bare(served_with_io(vps=3), overheads=costs)), 0.0016).to(0.0057)
    assert deferred(run) == {"idle": (1, 0), "blocked": (1, 2_400_000), "ready": (1, 800_000)}


def test_an_io_s_interrupt_is_deferred_too(machine, bare, pulse):
    # A works in [1, 2); its I/O is over at 5, when B has the LP, from 3 till 13
    work = Closed(
        threads=1,
        cpu=Deterministic(0.002),
        think=Deterministic(0.001),
        io=Deterministic(0.003),
        ios=1,
    )
    guest = Guest(name="a", workload=work, io=Attachment("direct"))
    run = machine(bare(guest, pulse("b", 0.003, 10.0), overheads=COUNTED)).to(0.0145)
    assert deferred(run) == {"idle": (2, 8 * MS)}
    assert run.state["load"]["interrupts"][0][0] == 2
    assert parts_of(run) == {"service": 2 * MS, "device": 3 * MS, "deferred": 8 * MS}


def first_delay_bin(run):
    return int(run.state["load"]["delays"][0][0].sum(axis=0).argmax())


@pytest.mark.parametrize(
    ("delay_ns", "expected"),
    [(1, 0), (1023, 0), (1024, 1), (2047, 1), (2048, 2), (4 * MS, 12), (1 << 22, 13)],
)
def test_a_delay_is_put_into_its_bin(machine, bare, pulse, job, delay_ns, expected):
    guest = pulse("a", (10 * MS - delay_ns) * 1e-9, 0.001)
    run = machine(bare(guest, job("b", 0.010), overheads=COUNTED)).to(0.0105)
    assert deferred(run) == {"idle": (1, delay_ns)}
    assert first_delay_bin(run) == expected


def test_the_last_bin_holds_all_longer_delays(machine, bare, pulse, job):
    guests = pulse("a", 0.5, 0.001), job("b", 10.0)
    run = machine(bare(*guests, overheads=COUNTED, dispatch={"slice_s": 10.0})).to(10.1)
    assert deferred(run) == {"idle": (1, 9500 * MS)}
    assert first_delay_bin(run) == DELAY_BINS - 1


def test_each_interrupt_costs_its_guest(machine, bare, pulse):
    costs = Overheads(interrupts=Interrupts(tick_hz=0.0, inject_s=5e-6)).only("interrupts")
    run = machine(bare(pulse("a", 0.006, 0.001), overheads=costs)).to(0.020)
    assert run.responses_ns().tolist() == [MS + 5000] * 2
    assert parts_of(run) == {"service": 2 * MS, "hypervisor": 10_000}


def test_without_the_mechanism_nothing_is_counted(machine, bare, pulse, job):
    run = machine(bare(pulse("a", 0.006, 0.001), job("b", 0.010))).to(0.012)
    assert run.state["load"]["interrupts"][0][0] == 0
    assert deferred(run) == {}
    assert parts_of(run) == {"service": MS, "dispatch_wait": 4 * MS}


def test_an_interrupt_that_wakes_no_work_is_not_deferred(machine, bare):
    # two tasks on one VP, [0, 1) and [1, 2), each followed by a sleep of 5: the first worker
    # wakes at 6, finds no task, and the LP is idle
    work = Batch(
        workers=2,
        tasks=2,
        iterations=2,
        cpu=Deterministic(0.001),
        sleep=Deterministic(0.005),
    )
    run = machine(bare(Guest(name="a", workload=work), overheads=COUNTED)).to(0.010)
    assert deferred(run).get("idle", NONE)[1] == 0
