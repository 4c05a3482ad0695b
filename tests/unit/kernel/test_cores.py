"""Simultaneous multithreading and the core scheduler."""

import pytest

from hvmc.kernel.codes import READY
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.workload import Closed

MS = 1_000_000


def test_a_busy_sibling_halves_the_speed(machine, bare, job, pulse):
    # A has done 3 of 6 when B wakes at 3; then both work at half speed until A is done at 9
    scenario = bare(
        job("a", 0.006),
        pulse("b", 0.003, 0.006),
        lps=2,
        host={"threads_per_core": 2, "smt_speed": 0.5},
    )
    run = machine(scenario).to(0.0121)
    assert run.responses_ns(0).tolist() == [9 * MS]
    assert run.responses_ns(1).tolist() == [9 * MS]
    look = run.look()
    assert look["lp"]["busy_ns"][:2].tolist() == [9 * MS, 9 * MS]
    assert look["lp"]["guest_ns"][:2].tolist() == [6 * MS, 6 * MS]
    assert look["lp"]["slowed_ns"][:2].tolist() == [3 * MS, 3 * MS]


def test_a_sibling_on_another_core_costs_nothing(machine, bare, job):
    host = {"threads_per_core": 2, "smt_speed": 0.5}
    run = machine(bare(job("a", 0.006), job("b", 0.006), lps=4, host=host)).to(0.007)
    assert [run.responses_ns(load).tolist() for load in (0, 1)] == [[6 * MS], [6 * MS]]


def test_any_speed_is_kept_to_two_nanoseconds(machine, bare, job):
    # 6 ms at 0.6; the timer is rounded up and the work done down to a nanosecond
    host = {"threads_per_core": 2, "smt_speed": 0.6}
    run = machine(bare(job("a", 0.006), job("b", 0.006), lps=2, host=host)).to(0.011)
    for load in (0, 1):
        assert abs(run.responses_ns(load)[0] - 10 * MS) <= 2


CLASSIC = {"threads_per_core": 2, "smt_speed": 0.6, "scheduler": "classic"}
CORE = {**CLASSIC, "scheduler": "core"}
CASES = {
    "credit": {"dispatch": {"rule": "credit"}},
    "fair queue": {"dispatch": {"rule": "fair_queue"}},
    "boost": {"dispatch": {"rule": "boost"}},
    "boost, queues per LP": {"dispatch": {"rule": "boost", "queues": "per_lp"}},
    "fair queue, queues per LP": {"dispatch": {"rule": "fair_queue", "queues": "per_lp"}},
    "fair queue, waking preempts": {"dispatch": {"rule": "fair_queue", "wake_preemption": True}},
    "credit, root preempts": {"dispatch": {"rule": "credit"}, "root": {"background_load": 0.05}},
    "fair queue, root queues": {
        "dispatch": {"rule": "fair_queue"},
        "root": {"background_load": 0.05, "wake": "queue"},
    },
}
EACH_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
UNTIL_S = 2.0


def interactive(name, vps, **priority):
    """Overloaded a little: often idle, often more VPs ready than LPs."""
    work = Closed(threads=2 * vps, cpu=Exponential(0.003), think=Exponential(0.010))
    return Guest(name=name, virtual_processors=vps, priority=Priority(**priority), workload=work)


def mixed(bare, host, case):
    guests = interactive("a", 3), interactive("b", 2, limit=0.4), interactive("c", 1, weight=300)
    return bare(*guests, interactive("d", 4), lps=4, host=host, **case)


def guests_on_cores(run):
    """For each core the guests whose VPs run there, the root's VPs left out."""
    vps = run.plain["vp"]
    partition, pinned = vps["partition"].tolist(), vps["pinned_lp"].tolist()
    on = [partition[vp] if vp >= 0 and pinned[vp] < 0 else None for vp in run.running()]
    return [{guest for guest in pair if guest is not None} for pair in pairs(on)]


def pairs(lps):
    return zip(lps[::2], lps[1::2], strict=True)


def wasted(run, core_scheduler):
    """Pairs of an idle LP and a ready VP that it could run."""
    running = run.running()
    idle = [lp for lp, vp in enumerate(running) if vp < 0]
    if not idle:
        return []
    vps, count = run.plain["vp"], run.plain["n_vp"]
    state, pinned = vps["state"][:count].tolist(), vps["pinned_lp"][:count].tolist()
    partition = vps["partition"][:count].tolist()

    def may_take(lp, vp):
        sibling = running[lp ^ 1]
        if not core_scheduler or sibling < 0 or pinned[sibling] >= 0:
            return True
        return partition[sibling] == partition[vp]

    return [
        (lp, vp)
        for lp in idle
        for vp in range(count)
        if state[vp] == READY and pinned[vp] in (-1, lp) and may_take(lp, vp)
    ]


@EACH_CASE
def test_a_core_never_runs_two_guests(machine, bare, case):
    run = machine(mixed(bare, CORE, case))
    instants = 0
    for _ in run.instants(UNTIL_S):
        instants += 1
        assert max(map(len, guests_on_cores(run))) <= 1
    assert instants > 1000


def test_without_the_core_scheduler_cores_are_shared(machine, bare):
    run = machine(mixed(bare, CLASSIC, {}))
    assert any(max(map(len, guests_on_cores(run))) > 1 for _ in run.instants(UNTIL_S))


@pytest.mark.parametrize("host", [CLASSIC, CORE], ids=["classic", "core"])
@EACH_CASE
def test_no_lp_idles_while_a_vp_is_ready_that_it_may_run(machine, bare, host, case):
    run = machine(mixed(bare, host, case))
    for _ in run.instants(UNTIL_S):
        assert wasted(run, core_scheduler=host is CORE) == []


@pytest.mark.parametrize("host", [CLASSIC, CORE], ids=["classic", "core"])
@EACH_CASE
def test_no_vp_starves(machine, bare, saturated, host, case):
    """Equal weights: a ready VP runs before every other has had two slices on one LP alone."""
    guests = [saturated("a", 2), saturated("b", 3), saturated("c", 1), saturated("d", 2)]
    scenario = bare(*guests, lps=4, host=host, **case)
    run = machine(scenario)
    longest = 2 * 8 * round(scenario.dispatch.slice_s * 1e9)
    for now in run.instants(UNTIL_S):
        vps = run.plain["vp"][:8]
        waited = now - vps["since"][vps["state"] == READY]
        assert (waited <= longest).all()
