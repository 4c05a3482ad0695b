"""Dispatching, in cases that can be computed by hand.

Times are milliseconds. A timeline shows one letter per millisecond and LP: the VP that ran there
(A is VP 0), or a dot for nobody.
"""

import math

import pytest

from hvmc.kernel.codes import IDLE, P_DISPATCH, READY, RUNNING
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Root
from hvmc.scenario.overheads import Overheads, Refill, Switch
from hvmc.scenario.paging import NestedPaging
from hvmc.scenario.workload import Closed, Open

MS = 1_000_000
BOTH_RULES = pytest.mark.parametrize("rule", ["credit", "fair_queue"])


@BOTH_RULES
def test_one_vp_alone_runs_as_it_likes(machine, bare, pulse, rule):
    run = machine(bare(pulse("a", 0.010, 0.005), dispatch={"rule": rule})).to(0.060)
    # works in [10, 15), [25, 30), [40, 45) and from 55 on
    assert run.vp_ns(RUNNING).tolist() == [20 * MS]
    assert run.vp_ns(IDLE).tolist() == [40 * MS]
    assert run.responses_ns().tolist() == [5 * MS] * 3


@BOTH_RULES
def test_two_vps_take_turns_of_a_slice(machine, bare, job, rule):
    scenario = bare(job("a", 0.025), job("b", 0.025), dispatch={"rule": rule})
    run = machine(scenario)
    assert run.timeline(0.055) == [
        "A" * 10 + "B" * 10 + "A" * 10 + "B" * 10 + "A" * 5 + "B" * 5 + "." * 5
    ]
    assert [run.responses_ns(load).tolist() for load in (0, 1)] == [[45 * MS], [50 * MS]]
    assert run.vp_ns(READY).tolist() == [20 * MS, 25 * MS]


@BOTH_RULES
def test_slice_length_is_the_setting(machine, bare, job, rule):
    dispatch = {"rule": rule, "slice_s": 0.003}
    run = machine(bare(job("a", 0.008), job("b", 0.002), dispatch=dispatch))
    assert run.timeline(0.010) == ["AAABBAAAAA"]


@BOTH_RULES
def test_the_rest_of_a_slice_goes_to_the_next_thread_of_the_vp(machine, bare, job, rule):
    scenario = bare(job("a", 0.006, pieces=2, threads=2), job("b", 0.020), dispatch={"rule": rule})
    # A: one thread for 6, the other for the 4 left of the slice and, after B's slice, for 2
    run = machine(scenario)
    assert run.timeline(0.032) == ["A" * 10 + "B" * 10 + "A" * 2 + "B" * 10]


@BOTH_RULES
def test_a_vp_that_has_been_idle_gets_a_whole_slice(machine, bare, pulse, job, rule):
    # B is idle till 15; A's slice is over at 20; B works for 10 of its 12, A again, then B's 2
    run = machine(bare(job("a", 0.060), pulse("b", 0.015, 0.012), dispatch={"rule": rule}))
    assert run.timeline(0.042) == ["A" * 20 + "B" * 10 + "A" * 10 + "B" * 2]


def test_threads_queue_first_come_first_served_for_the_vp(machine, bare):
    three = Closed(threads=3, cpu=Deterministic(0.002), think=Deterministic(0.001))
    run = machine(bare(Guest(name="a", workload=three))).to(0.0071)
    # all wake at 1; the first wakes again at 4, behind the third, and works in [7, 9)
    assert run.responses_ns().tolist() == [2 * MS, 4 * MS, 6 * MS]
    run.to(0.0091)
    assert run.responses_ns().tolist()[-1] == 5 * MS


def test_arrivals_beyond_the_workers_wait_in_order(machine, bare, job):
    # B has the LP till 10; arrivals at 4, 8, 12, ... work for 3 each, one after another from 10 on
    arrivals = Open(interarrival=Deterministic(0.004), cpu=Deterministic(0.003), threads=1)
    guest = Guest(name="a", workload=arrivals)
    run = machine(bare(guest, job("b", 0.010))).to(0.0251)
    assert run.responses_ns().tolist() == [9 * MS, 8 * MS, 7 * MS, 6 * MS, 5 * MS]


def test_a_thread_takes_the_lowest_idle_vp(machine, bare):
    one_thread = Closed(threads=1, cpu=Deterministic(0.002), think=Deterministic(0.001))
    guest = Guest(name="a", virtual_processors=2, workload=one_thread)
    assert machine(bare(guest, lps=2)).timeline(0.006) == [".AA.AA", "......"]


@BOTH_RULES
def test_switches_are_charged_to_the_nanosecond(machine, bare, job, rule):
    overheads = Overheads(switch=Switch(cost_s=100e-6, latency_s=0.0)).only("switch")
    scenario = bare(job("a", 0.025), job("b", 0.025), dispatch={"rule": rule}, overheads=overheads)
    run = machine(scenario).to(0.060)
    # each stay begins with 0.1: 9.9 of work in a slice of 10, 25 = 9.9 + 9.9 + 5.2
    assert run.responses_ns(0).tolist() == [45_300_000]
    assert run.responses_ns(1).tolist() == [50_600_000]
    look = run.look()
    assert (look["lp"]["switches"][0], look["lp"]["switch_ns"][0]) == (6, 600_000)
    assert (look["lp"]["guest_ns"][0], look["lp"]["busy_ns"][0]) == (50 * MS, 50_600_000)


def test_a_vp_that_returns_to_its_lp_pays_no_switch(machine, bare, pulse):
    overheads = Overheads(switch=Switch(cost_s=100e-6, latency_s=0.0)).only("switch")
    run = machine(bare(pulse("a", 0.010, 0.005), overheads=overheads)).to(0.060)
    assert run.responses_ns().tolist() == [5_100_000, 5 * MS, 5 * MS]


def warm_up(foreign_ms, cost_ns=MS, tau_ms=10.0):
    return int(cost_ns * -math.expm1(-foreign_ms / tau_ms))


def test_refills_are_charged_by_what_ran_in_between(machine, bare, job):
    overheads = Overheads(refill=Refill(cost_s=1e-3, tau_s=0.010)).only("refill")
    run = machine(bare(job("a", 0.025), job("b", 0.025), overheads=overheads)).to(0.060)
    # both are cold in their first slice, and find the other's 10 ms in their second and third
    left = 25 * MS - 9 * MS - (10 * MS - warm_up(10.0))
    ends_a = 40 * MS + warm_up(10.0) + left
    ends_b = ends_a + warm_up((ends_a - 40 * MS) / MS) + left
    assert run.responses_ns(0).tolist() == [ends_a]
    assert run.responses_ns(1).tolist() == [ends_b]
    look = run.look()
    assert look["lp"]["refill_ns"][0] == ends_b - 50 * MS


def test_a_thread_that_comes_back_alone_finds_its_cache(machine, bare, pulse):
    overheads = Overheads(refill=Refill(cost_s=1e-3)).only("refill")
    run = machine(bare(pulse("a", 0.010, 0.005), overheads=overheads)).to(0.060)
    assert run.responses_ns().tolist() == [6 * MS, 5 * MS, 5 * MS]


def test_page_walks_are_a_tax_on_work(machine, bare, pulse):
    overheads = Overheads(nested_paging=NestedPaging(fraction=0.1)).only("nested_paging")
    run = machine(bare(pulse("a", 0.010, 0.005), overheads=overheads)).to(0.016)
    assert run.responses_ns().tolist() == [5_500_000]
    look = run.look()
    assert (look["lp"]["guest_ns"][0], look["lp"]["slowed_ns"][0]) == (5 * MS, 500_000)


@BOTH_RULES
def test_a_vp_returns_to_the_lp_that_ran_it_last(machine, bare, pulse, rule):
    # C's second work begins at 8, when LPs 1 and 2 are idle
    guests = pulse("a", 0.001, 0.1), pulse("b", 0.002, 0.0014), pulse("c", 0.003, 0.002)
    run = machine(bare(*guests, lps=3, dispatch={"rule": rule}))
    assert run.timeline(0.010) == [".AAAAAAAAA", "..B..BB..B", "...CC...CC"]


def smt(**more):
    return {"threads_per_core": 2, "smt_speed": 1.0, **more}


def test_a_vp_takes_an_idle_core_before_an_idle_sibling(machine, bare, pulse):
    guests = [pulse(name, 0.001 * (i + 1), 0.1) for i, name in enumerate("abcd")]
    run = machine(bare(*guests, lps=4, host=smt()))
    assert run.timeline(0.006) == [".AAAAA", "...CCC", "..BBBB", "....DD"]


def test_the_last_lp_goes_before_an_idle_core(machine, bare, pulse):
    # C's first work finds no idle core; when its second begins at 8, LPs 2 and 3 are idle
    guests = pulse("a", 0.001, 0.1), pulse("b", 0.002, 0.0014), pulse("c", 0.003, 0.002)
    run = machine(bare(*guests, lps=4, host=smt()))
    assert run.timeline(0.010) == [".AAAAAAAAA", "...CC...CC", "..B..BB..B", ".........."]


# One LP, guests A and B with endless work, root C: 1 ms of work after every 19 ms of pause.
ROOT = {"background_load": 0.05, "burst_s": 0.001}


@BOTH_RULES
def test_a_waking_root_vp_preempts(machine, bare, job, rule):
    scenario = bare(
        job("a", 1.0), job("b", 1.0), root={**ROOT, "wake": "preempt"}, dispatch={"rule": rule}
    )
    # B is displaced at 19 and keeps its place in the order and the 1 ms left of its slice
    run = machine(scenario, steady_root=True)
    assert run.timeline(0.031) == ["A" * 10 + "B" * 9 + "C" + "B" + "A" * 10]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # at 20 A still owes a nanosecond of its first slice, C has credit
        ("credit", "A" * 10 + "B" * 10 + "C" + "A" * 10 + "B" * 9),
        # the root's virtual time is still that of the last VP to be dispatched, 0
        ("fair_queue", "A" * 10 + "B" * 10 + "C" + "A" * 10 + "B" * 9),
    ],
)
def test_a_waking_root_vp_queues(machine, bare, job, rule, expected):
    scenario = bare(
        job("a", 1.0), job("b", 1.0), root={**ROOT, "wake": "queue"}, dispatch={"rule": rule}
    )
    assert machine(scenario, steady_root=True).timeline(0.040) == [expected]


# A works all the time, B wakes at 26; their credit is set by hand a moment before.
@pytest.mark.parametrize(
    ("credit_ms", "preempts"), [((-1, 1), True), ((9, 1), True), ((-1, 0), False)]
)
def test_a_vp_that_wakes_with_credit_is_boosted(machine, bare, job, pulse, credit_ms, preempts):
    scenario = bare(job("a", 1.0), pulse("b", 0.026, 0.001), dispatch={"rule": "boost"})
    run = machine(scenario).to(0.0259)
    run.state["lp"]["charge_from"][0][0] = run.state["now"][0]
    run.state["vp"]["credit"][0][:2] = [ms * MS for ms in credit_ms]
    run.to(0.0265)
    assert run.running() == ([1] if preempts else [0])
    run.to(0.0275)
    assert run.running() == [0]


def test_a_boost_ends_with_the_accounting_tick(machine, bare, job, pulse):
    # B wakes at 26 and goes first; the tick at 30 ends that, and C, which wakes at 31, takes the LP
    dispatch = {"rule": "boost", "slice_s": 0.020}
    guests = job("a", 1.0), pulse("b", 0.026, 0.008), pulse("c", 0.031, 0.002)
    assert machine(bare(*guests, dispatch=dispatch)).timeline(0.036) == ["A" * 26 + "BBBBBCCBBB"]


@pytest.mark.parametrize("first", [True, False])
def test_fair_queue_breaks_ties_by_arrival_not_by_the_list(machine, bare, job, pulse, first):
    # the light one wakes at 5 with the virtual time of the hogs, which wait since 0 and 10
    hogs = [job("x", 1.0), job("y", 1.0), job("z", 1.0)]
    light = pulse("q", 0.005, 0.001)
    guests = [light, *hogs] if first else [*hogs, light]
    run = machine(bare(*guests, dispatch={"rule": "fair_queue"}))
    name = "A" if first else "D"
    at = run.timeline(0.040)[0].index(name)
    assert at == 30


def test_with_a_queue_per_lp_a_vp_waits_for_its_own(machine, bare, job, pulse):
    # A and C share LP 0, B has LP 1; D wakes at 12, where LP 0 has two and LP 1 one
    guests = job("a", 1.0), job("b", 0.022), job("c", 1.0), pulse("d", 0.012, 0.003)
    run = machine(bare(*guests, lps=2, dispatch={"queues": "per_lp"}))
    assert run.timeline(0.030) == ["A" * 10 + "C" * 10 + "A" * 10, "B" * 20 + "DDDBB" + "CCCCC"]


def test_an_idle_lp_takes_from_another_s_queue(machine, bare, job):
    guests = job("a", 1.0), job("b", 0.004), job("c", 1.0)
    run = machine(bare(*guests, lps=2, dispatch={"queues": "per_lp"}))
    assert run.timeline(0.012) == ["A" * 12, "BBBB" + "C" * 8]


def test_reserves_that_fit_no_lp_together_wait_for_different_ones(machine, bare, saturated):
    # four VPs with 0.6 of an LP each: no two of them fit one, whoever came first where
    reserved = [saturated(name, 1, reserve=0.6) for name in "ab"]
    others = [saturated(name, 1) for name in "cd"]
    for guests in ([*reserved, *others], [*others, *reserved], [reserved[0], *others, reserved[1]]):
        dispatch = {"queues": "per_lp", "reserve_rule": "first"}
        run = machine(bare(*guests, lps=2, dispatch=dispatch)).to(4.0)
        ran = run.state["vp"]["ns"][0][:4, RUNNING] / 4e9
        for vp, guest in enumerate(guests):
            assert abs(ran[vp] - (0.8 if guest in reserved else 0.2)) < 0.02


def test_the_latency_of_a_dispatch_is_waiting_time(machine, bare, pulse):
    overheads = Overheads(switch=Switch(cost_s=0.0, latency_s=100e-6)).only("switch")
    run = machine(bare(pulse("a", 0.010, 0.005), overheads=overheads)).to(0.060)
    assert run.responses_ns().tolist() == [5_100_000] * 3
    look = run.look()
    assert look["vp"]["ns"][0][[READY, RUNNING]].tolist() == [400_000, look["lp"]["busy_ns"][0]]
    assert look["load"]["part_ns"][0][P_DISPATCH] == 300_000


def test_without_wake_preemption_a_waking_vp_waits_for_the_slice_end(machine, bare, job, pulse):
    run = machine(bare(job("a", 1.0), pulse("b", 0.026, 0.001)))
    assert run.timeline(0.032) == ["A" * 30 + "BA"]


@pytest.mark.parametrize(("wake_preemption", "begins"), [(True, 26), (False, 30)])
def test_fair_queue_displaces_the_vp_furthest_ahead(
    machine, bare, job, pulse, wake_preemption, begins
):
    # B has half of A's weight, so its virtual time runs twice as fast: at 26 A's is 26, B's 52,
    # and C enters at 40, the virtual time at which B began its third slice
    guests = job("a", 1.0), job("b", 1.0, weight=50), pulse("c", 0.026, 0.001)
    dispatch = {"rule": "fair_queue", "wake_preemption": wake_preemption}
    run = machine(bare(*guests, lps=2, dispatch=dispatch))
    rest = 34 - begins - 1
    assert run.timeline(0.034) == ["A" * 34, "B" * begins + "C" + "B" * rest]


def test_at_one_instant_an_lp_goes_before_a_thread(machine, bare, pulse):
    # A's work ends at 6, when B wakes: LP 0 is idle already
    run = machine(bare(pulse("a", 0.002, 0.004), pulse("b", 0.006, 0.002), lps=2))
    assert run.timeline(0.008) == ["..AAAABB", "........"]


def test_at_one_instant_a_capped_vp_goes_before_a_thread(machine, bare, pulse, job):
    # VP 1 may run 5 of every 20; at 20 it is released and VP 0's thread wakes
    dispatch = {"limit_stagger": False}
    run = machine(bare(pulse("a", 0.020, 0.005), job("b", 1.0, limit=0.25), dispatch=dispatch))
    assert run.timeline(0.031) == ["BBBBB" + "." * 15 + "BBBBBAAAAA" + "."]


def test_at_one_instant_an_arrival_goes_before_a_thread(machine, bare, pulse):
    arrivals = Open(interarrival=Deterministic(0.005), cpu=Deterministic(0.001))
    run = machine(bare(pulse("a", 0.005, 0.001), Guest(name="b", workload=arrivals)))
    assert run.timeline(0.008) == [".....BA."]


def test_at_one_instant_the_lower_thread_goes_first(machine, bare, pulse):
    run = machine(bare(pulse("a", 0.005, 0.001), pulse("b", 0.005, 0.001)))
    assert run.timeline(0.008) == [".....AB."]


def test_at_one_instant_the_accounting_tick_goes_first(machine, bare, job):
    # at 10 A's slice is over and neither has credit, until the tick gives A 9.999 and B 0.001
    run = machine(bare(job("a", 1.0, weight=9999), job("b", 1.0, weight=1))).to(0.0099)
    run.state["vp"]["credit"][0][:2] = [5 * MS, -MS]
    run.to(0.0105)
    assert run.state["vp"]["credit"][0][:2].tolist() == [5 * MS - 10 * MS + 9_999_000, -MS + 1_000]
    assert run.running() == [0]


def test_a_vp_running_at_the_tick_is_active_in_the_next_period(machine, bare, job, pulse):
    """Granted at the end of a period: the VPs that wanted an LP in it.

    B works in [36, 44): at the tick at 50 it has wanted an LP since the one at 40.
    """
    run = machine(bare(job("a", 1.0), pulse("b", 0.036, 0.008), lps=2))
    run.to(0.0445)
    used_by_44 = run.state["vp"]["credit"][0][1]
    run.to(0.0505)
    assert run.state["vp"]["credit"][0][1] == min(used_by_44 + 10 * MS, 10 * MS)
    assert run.state["vp"]["credit"][0][1] > used_by_44


def test_only_ratios_of_weights_count(machine, bare):
    """A preempting root takes what it needs beside the guests, whatever their weights' scale."""
    work = Closed(threads=4, cpu=Exponential(0.004), think=Exponential(0.002))

    def finished(scale):
        guests = [
            Guest(
                name=f"g{w}",
                virtual_processors=2,
                workload=work,
                priority=Priority(weight=w * scale),
            )
            for w in (100, 200)
        ]
        root = Root(background_load=0.2)
        return (
            machine(bare(*guests, lps=2).replace(root=root)).to(2.0).look()["load"]["work_ns"][:2]
        )

    assert finished(1).tolist() == finished(16).tolist()
