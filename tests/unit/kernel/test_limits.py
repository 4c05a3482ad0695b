"""Limits: how long a VP may run in each limit period, to the nanosecond."""

import pytest

from hvmc.kernel.codes import CAPPED, RUNNING
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.workload import Closed
from hvmc.theory import completion_time

MS = 1_000_000
TOGETHER = {"limit_stagger": False}
BOTH_RULES = pytest.mark.parametrize("rule", ["credit", "fair_queue"])


@BOTH_RULES
def test_a_vp_is_capped_until_its_next_period(machine, bare, job, rule):
    scenario = bare(job("a", 1.0, limit=0.25), dispatch={"rule": rule, **TOGETHER})
    run = machine(scenario)
    assert run.timeline(0.045) == ["AAAAA" + "." * 15 + "AAAAA" + "." * 15 + "AAAAA"]
    run.to(0.100)
    assert run.vp_ns(RUNNING).tolist() == [25 * MS]
    assert run.vp_ns(CAPPED).tolist() == [75 * MS]


def test_all_vps_are_released_together(machine, bare, job):
    guests = job("a", 1.0, limit=0.25), job("b", 1.0, limit=0.25)
    run = machine(bare(*guests, lps=2, dispatch=TOGETHER))
    assert run.timeline(0.026) == ["AAAAA" + "." * 15 + "AAAAA.", "BBBBB" + "." * 15 + "BBBBB."]


def test_staggered_periods_start_at_even_offsets(machine, bare, job):
    # B's periods start at 10, 30, ...; the one that was going on at 0 began untouched
    guests = job("a", 1.0, limit=0.25), job("b", 1.0, limit=0.25)
    run = machine(bare(*guests, lps=2, dispatch={"limit_stagger": True}))
    b = "BBBBB.....BBBBB" + "." * 15 + "BBBBB"
    assert run.timeline(0.035) == ["AAAAA" + "." * 15 + "AAAAA" + "." * 10, b]


def test_a_stay_goes_on_into_the_next_period(machine, bare, pulse):
    # 5 of the 10 of one period and, from 20 on, the 10 of the next
    run = machine(bare(pulse("a", 0.015, 0.030, limit=0.5), dispatch=TOGETHER))
    assert run.timeline(0.056) == ["." * 15 + "A" * 15 + "." * 10 + "A" * 10 + "." * 6]


def test_the_budget_is_spent_in_several_stays(machine, bare, job):
    # slices of 2 in turn with B: A has run 5 at 9; released at 20, it waits for B's slice
    dispatch = {"slice_s": 0.002, "rule": "fair_queue", **TOGETHER}
    run = machine(bare(job("a", 1.0, limit=0.25), job("b", 1.0), dispatch=dispatch))
    assert run.timeline(0.022) == ["AABBAABBA" + "B" * 12 + "A"]


@pytest.mark.parametrize("limit", [0.1, 0.25, 0.3, 0.5, 0.95])
@pytest.mark.parametrize("phase_ms", [0.0, 0.000001, 3.7, 10.0, 19.999999])
@pytest.mark.parametrize("work_ms", [1.0, 5.0, 5.000001, 6.0, 25.0, 61.5])
def test_completion_times_are_those_of_the_theory(machine, bare, pulse, limit, phase_ms, work_ms):
    work, phase, period = round(work_ms * MS), round(phase_ms * MS), 20 * MS
    guest = pulse("a", (40 * MS + phase) * 1e-9, work_ms * 1e-3, limit=limit)
    run = machine(bare(guest, dispatch=TOGETHER, horizon_s=1.0)).to(0.9)
    quota = int(limit * period)
    assert run.responses_ns()[0] == completion_time(work, quota, period, phase)


@BOTH_RULES
@pytest.mark.parametrize("slice_s", [0.010, 0.0007])
def test_no_vp_runs_longer_than_its_budget_in_any_period(machine, bare, rule, slice_s):
    limits = (0.1, 0.35, 0.8, 0.05)
    guests = [
        Guest(
            name=f"g{i}",
            virtual_processors=2,
            workload=Closed(threads=3, cpu=Exponential(0.004), think=Exponential(0.002)),
        )
        for i in range(len(limits))
    ]
    guests = [
        g.replace(priority=g.priority.replace(limit=x)) for g, x in zip(guests, limits, strict=True)
    ]
    preempting = {"wake_preemption": rule == "fair_queue"}
    dispatch = {"rule": rule, "slice_s": slice_s, **preempting, **TOGETHER}
    run = machine(bare(*guests, lps=2, root={"background_load": 0.02}, dispatch=dispatch))
    before = run.to(0.0).vp_ns(RUNNING)
    for period in range(1, 201):
        now = run.to(period * 0.020).vp_ns(RUNNING)
        for guest, limit in enumerate(limits):
            vps = slice(2 * guest, 2 * guest + 2)
            assert (now - before)[vps].max() <= int(limit * 20 * MS)
        before = now


@BOTH_RULES
def test_a_sibling_that_starts_and_stops_gives_no_extra_budget(machine, bare, job, rule):
    """With SMT the LP's timer is set anew when the sibling's load changes, in the middle of a stay.

    A may run 5 of every 20 ms, whatever B, on the other LP of the core, does.
    """
    busy = Closed(threads=1, cpu=Exponential(0.0005), think=Exponential(0.0005))
    host = {"threads_per_core": 2, "smt_speed": 0.6}
    scenario = bare(
        job("a", 100.0, limit=0.25),
        Guest(name="b", workload=busy),
        lps=2,
        host=host,
        dispatch={"rule": rule, **TOGETHER},
    )
    run = machine(scenario)
    before = 0
    for period in range(1, 101):
        now = run.to(period * 0.020).vp_ns(RUNNING)[0]
        assert now - before == 5 * MS
        before = now
