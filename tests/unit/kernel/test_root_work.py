"""The root's work for guests: which root VP does it, when it runs, what a blocked VP keeps.

A guest with an emulated device blocks at a known instant: it works for a burst, and has one port
access, which the root emulates in 1 ms, before its I/O.
"""

import pytest

from hvmc.kernel.codes import BLOCKED, PARTS
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment, IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.workload import Closed

MS = 1_000_000
BOTH_RULES = pytest.mark.parametrize("rule", ["credit", "fair_queue"])
COSTS = Overheads(
    io=IoPath(
        path_s=0.0, port_accesses=1, port_s=0.001, vsp_submit_s=1e-3, vsp_complete_s=1e-3, mib_s=0.0
    )
).only("io")


def io_user(name, burst_s, kind="emulated", think_s=0.001, io_s=1.0):
    """Guest that pauses, then works a burst, has an I/O (of 1 s), and works another."""
    work = Closed(
        threads=1,
        cpu=Deterministic(2 * burst_s),
        think=Deterministic(think_s),
        io=Deterministic(io_s),
        ios=1,
    )
    return Guest(name=name, workload=work, io=Attachment(kind))


def part(run, name, thread=0):
    return int(run.state["thread"]["part_ns"][0][thread][PARTS.index(name)])


def test_a_blocked_vp_leaves_its_lp_to_others(machine, bare, job):
    # A works in [1, 4) and blocks; LP 0 is the lowest idle one, so the root emulates there
    run = machine(bare(io_user("a", 0.003), lps=2, overheads=COSTS))
    assert run.timeline(0.008) == [".AAAB...", "........"]
    look = run.look()
    assert look["vp"]["ns"][0, BLOCKED] == MS
    assert part(run, "root_wait") == MS


def test_the_lowest_idle_lp_does_the_root_s_work(machine, bare, job):
    # B keeps LP 0 busy: A blocks on LP 1, which is the lowest idle one then
    run = machine(bare(job("b", 1.0), io_user("a", 0.003), lps=3, overheads=COSTS))
    assert run.timeline(0.008) == ["A" * 8, ".BBBD...", "........"]


def test_without_an_idle_lp_root_vps_take_turns(machine, bare, job):
    # guest C's VPs (C, D) have the LPs until 10, A's and B's until 12, when their I/Os begin
    costs = COSTS.replace(io=COSTS.io.replace(vsp_submit_s=2e-3))
    guests = (
        io_user("a", 0.002, "synthetic"),
        io_user("b", 0.002, "synthetic"),
        job("c", 1.0, pieces=2, threads=2, vps=2),
    )
    scenario = bare(*guests, lps=2, overheads=costs)
    assert machine(scenario).timeline(0.015) == [
        "C" * 10 + "A" * 2 + "E" * 2 + "C",
        "D" * 10 + "B" * 2 + "F" * 2 + "D",
    ]


def path_ns(run, load):
    """Return the I/O path's part of a workload's first request, the only one that is measured."""
    return int(run.state["load"]["part_ns"][0][load][PARTS.index("io_path")])


def completions(machine, bare, pulse, early):
    """I/Os that end on a host whose LPs are all busy: some at 13, one more 2 ms later."""
    costs = COSTS.replace(io=COSTS.io.replace(vsp_complete_s=5e-3))
    first = [io_user(f"g{i}", 0.001, "synthetic", io_s=0.010) for i in range(early)]
    late = io_user("late", 0.001, "synthetic", think_s=0.003, io_s=0.010)
    busy = [pulse(f"busy{i}", 0.006, 10.0) for i in range(2)]
    return machine(bare(*first, late, *busy, lps=2, overheads=costs, horizon_s=0.004))


def test_a_task_waits_its_turn_when_all_root_vps_have_one(machine, bare, pulse):
    # root VP 0 works for the first guest in [13, 18); the late one comes at 15
    run = completions(machine, bare, pulse, early=2).to(0.1)
    assert [path_ns(run, load) for load in range(3)] == [6 * MS, 6 * MS, 9 * MS]


@pytest.mark.parametrize("turn", [0, 1])
def test_a_task_goes_to_the_root_vp_with_the_fewest(machine, bare, pulse, turn):
    # root VP 0 is at work in [13, 18): whosever turn it is, root VP 1 takes what comes at 15
    run = completions(machine, bare, pulse, early=1).to(0.014)
    run.state["next_root"][0] = turn
    run.to(0.1)
    assert [path_ns(run, load) for load in range(2)] == [6 * MS, 6 * MS]


def test_a_waking_root_vp_preempts_and_the_other_keeps_its_slice(machine, bare, job):
    # A wakes at 1 and waits for B's first slice; at 11 B's second is put off by the root
    run = machine(bare(io_user("a", 0.001), job("b", 0.020), overheads=COSTS))
    assert run.timeline(0.024) == ["B" * 10 + "A" + "C" + "B" * 10 + ".."]
    assert run.state["vp"]["dispatches"][0][1] == 3


@pytest.mark.parametrize(("wake", "emulated"), [("preempt", 12), ("queue", 22)])
def test_the_root_s_wake_decides_how_long_a_vp_is_blocked(machine, bare, job, wake, emulated):
    # A blocks at 11; B, which waited since 10, takes the LP; a queueing root waits for its slice
    scenario = bare(io_user("a", 0.001), job("b", 0.050), overheads=COSTS, root={"wake": wake})
    run = machine(scenario).to(0.030)
    assert part(run, "root_wait") == (emulated - 11) * MS


def test_a_blocked_vp_keeps_the_rest_of_its_slice(machine, bare, job):
    # A's first thread blocks it after 6 of its 10; its second, with another 6, gets the other 4
    work = Closed(
        threads=2, cpu=Deterministic(0.012), think=Deterministic(1e-9), io=Deterministic(5.0), ios=1
    )
    guest = Guest(name="a", workload=work, io=Attachment("emulated"))
    run = machine(bare(guest, job("b", 1.0), overheads=COSTS))
    assert run.timeline(0.033) == ["B" * 10 + "A" * 6 + "C" + "A" * 4 + "B" * 10 + "AA"]
    assert run.vp_ns(BLOCKED)[0] == MS


# The root's background works in [19, 20) of the first 20 ms, on a VP of each LP.
BACKGROUND = {"background_load": 0.05, "burst_s": 0.001}


def test_a_task_waits_for_the_background_burst_of_its_root_vp(machine, bare):
    # A: burst [1, 3), submitted [3, 4), served till 19.5; completed [20, 21)
    guest = io_user("a", 0.002, "synthetic", io_s=0.0155)
    run = machine(bare(guest, overheads=COSTS, root=BACKGROUND), steady_root=True).to(0.022)
    assert part(run, "io_path") == MS + 1_500_000


def test_background_waits_for_the_task_of_its_root_vp(machine, bare):
    # A: burst [1, 18.5), submitted [18.5, 19.5); the background, due at 19, follows till 20.5
    guest = io_user("a", 0.0175, "synthetic")
    run = machine(bare(guest, overheads=COSTS, root=BACKGROUND), steady_root=True)
    run.to(0.0204)
    assert part(run, "io_path") == MS
    assert run.running() == [1]
    run.to(0.0206)
    assert run.running() == [-1]


def test_background_displaces_a_guest_that_keeps_its_slice(machine, bare, job):
    run = machine(bare(job("a", 0.025), overheads=COSTS, root=BACKGROUND), steady_root=True)
    assert run.timeline(0.027) == ["A" * 19 + "B" + "A" * 6 + "."]
