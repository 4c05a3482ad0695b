"""What holds for every scenario, over random small ones.

The examples come from a fixed seed (`derandomize`), so a run is repeatable.
"""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from random_scenarios import guest_lists, scenarios

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import BATCH, IDLE, OPEN, READY, RUNNING
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.load import load_scenario
from hvmc.kernel.loop import advance
from hvmc.kernel.observe import observe
from hvmc.kernel.start import make_native, start
from hvmc.kernel.threefry import block
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host, Root
from hvmc.scenario.keys import trial_key
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.plain import plain
from hvmc.scenario.scenario import BASELINES, Scenario
from hvmc.scenario.settings import read
from hvmc.scenario.workload import Closed
from hvmc.trial import outcome_rows, simulate
from hvmc.trial.accounts import check_accounts

UNTIL_S = 0.15
few = settings(max_examples=40, deadline=None, derandomize=True)
many = settings(max_examples=120, deadline=None, derandomize=True)


def started(scenario, trial=0):
    state = load_scenario(scenario, trial_key(1, trial))
    start(state)
    return state


@few
@given(scenarios())
def test_settings_survive_a_round_trip(scenario):
    problems = []
    data = json.loads(json.dumps(plain(scenario)))
    assert read(Scenario, data, "", problems) == scenario
    assert problems == []


@many
@given(scenarios())
def test_conservation_laws_hold_in_a_trial(scenario):
    result = simulate(scenario, trial=3)  # checks the accounts itself
    for guest in result.guests:
        assert abs(sum(guest.time_shares.values()) - 1.0) < 1e-9
        assert guest.lp_used <= guest.processors * (1.0 + 1e-9)
        for baseline in BASELINES:  # finished or cut off: what is compared is the same requests
            assert guest.native[baseline].response_s.count == guest.response_s.count


@many
@given(scenarios(), st.lists(st.floats(0.0, UNTIL_S), max_size=12))
def test_conservation_laws_hold_at_every_moment(scenario, moments):
    state = started(scenario)
    for moment in sorted(moments):
        advance(state, nanoseconds(moment), False)
        check_accounts(observe(state))


@many
@given(scenarios(), st.lists(st.floats(0.0, UNTIL_S), max_size=12))
def test_chunks_change_no_bit(scenario, moments):
    at_once, in_chunks = started(scenario), started(scenario)
    advance(at_once, nanoseconds(UNTIL_S), False)
    for moment in sorted(moments):
        advance(in_chunks, nanoseconds(moment), False)
        observe(in_chunks)
    advance(in_chunks, nanoseconds(UNTIL_S), False)
    assert in_chunks.tobytes() == at_once.tobytes()


def check_structure(s):
    """What the arrays say about each other."""
    vps, lps, parts = s["vp"][: s.n_vp], s["lp"][: s.n_lp], s["partition"]
    states, on_lp = vps["state"], vps["lp"]
    running = {vp: lp for lp, vp in enumerate(lps["vp"]) if vp >= 0}
    assert {int(vp) for vp in np.flatnonzero(states == RUNNING)} == set(running)
    assert all(on_lp[vp] == lp for vp, lp in running.items())
    assert s.idle_lps == s.n_lp - len(running)
    ready = (states == READY) & (vps["pinned_lp"] < 0)
    assert s.ready_vps == ready.sum()
    assert ((vps["thread"] < 0) == (states == IDLE)).all()
    for partition in range(s.n_partition):
        own = slice(
            parts["first_vp"][partition], parts["first_vp"][partition] + parts["vps"][partition]
        )
        assert parts["idle"][partition] == (states[own] == IDLE).sum()
        # a thread waits for a VP only if the guest has none idle
        assert parts["line"]["length"][partition] == 0 or parts["idle"][partition] == 0


@few
@given(scenarios())
def test_arrays_agree_after_every_instant(machine, scenario):
    run = machine(scenario)
    for _ in run.instants(0.03):
        check_structure(run.state[0])


@many
@given(scenarios())
def test_no_limit_is_exceeded_in_any_period(scenario):
    """A VP's periods begin at its offset; the limit is taken down to whole nanoseconds."""
    state = started(scenario)
    s = state[0]
    period = int(s.limit_period_ns)
    vps = range(int(s.n_vp)) if s.has_limits else []
    step = {vp: period * vp // s.n_vp if s.limits_staggered else 0 for vp in vps}
    used = dict.fromkeys(vps, 0)
    borders = sorted((step[vp] + k * period, vp) for vp in vps for k in range(8))
    for at, vp in borders:
        advance(state, at, False)
        now = int(observe(state)["vp"]["ns"][0][vp, RUNNING])
        assert now - used[vp] <= int(state["vp"]["limit"][0][vp] * period)
        used[vp] = now


def native_alone(scenario, name):
    """Record of the guest's own run on four bare LPs."""
    load = [guest.name for guest in scenario.guests].index(name)
    state = load_scenario(scenario, trial_key(1))
    make_native(state, load, load + 1, 4, False)
    advance(state, nanoseconds(UNTIL_S), False)
    own, threads = state["load"][0][load], state["thread"][0]
    mine = threads[own["first_thread"] : own["first_thread"] + own["threads"]]
    per_load = [own[name] for name in ("stream", "work_ns", "completed")]
    per_thread = [mine[name].tolist() for name in ("stream", "request", "cpu_ns")]
    return per_load, per_thread


@few
@given(scenarios(), st.booleans())
def test_another_guest_leaves_the_draws_alone(scenario, first):
    newcomer = Guest(name="newcomer", workload=Closed(threads=3))
    more = (newcomer, *scenario.guests) if first else (*scenario.guests, newcomer)
    larger = scenario.replace(guests=more)
    for guest in scenario.guests:
        assert native_alone(scenario, guest.name) == native_alone(larger, guest.name)


def rows(result):
    """Outcome rows as text, in which nan equals nan."""
    return repr(outcome_rows(result))


@few
@given(scenarios(), st.integers(0, 100))
def test_a_trial_does_not_depend_on_the_others(scenario, seed):
    alone = rows(simulate(scenario, seed=seed, trial=7))
    among = [rows(simulate(scenario, seed=seed, trial=trial)) for trial in (0, 6, 7, 8)]
    assert among[2] == alone


def measured_cpu_ns(s, load):
    """CPU times of the requests of a workload that the virtual run measured."""
    law = s.load[load].cpu_law
    if s.load[load].kind == OPEN:
        at, index, found = 0, 0, []
        while at < s.measure_until_ns:
            gap, cpu = block(s, s.load[load].stream, index)
            at += draw_ns(s, s.load[load].off_law, gap)
            if s.measure_from_ns <= at < s.measure_until_ns:
                found.append(draw_ns(s, law, cpu))
            index += 1
        return found
    first = s.load[load].first_thread
    return [
        draw_ns(s, law, block(s, s.thread[thread].stream, request)[0])
        for thread in range(first, first + s.load[load].threads)
        for request in range(s.thread[thread].measure_from, s.thread[thread].measure_until)
    ]


@few
@given(scenarios())
def test_virtual_and_native_runs_see_the_same_requests(machine, scenario):
    """On a bare machine with an LP per thread a request without I/O lasts its CPU time."""
    for guest in scenario.guests:
        if guest.workload.kind in ("closed", "open"):
            break
    else:
        return
    alone = guest.workload.replace(io=None, ios=0, transfer=None, transfers=0, threads=16)
    guests = [
        other if other is not guest else guest.replace(workload=alone) for other in scenario.guests
    ]
    scenario = scenario.replace(guests=tuple(guests), overheads=Overheads.none())
    load = scenario.guests.index(guest.replace(workload=alone))
    run = machine(scenario.replace(host=Host(logical_processors=16))).to(UNTIL_S + 0.3)
    s = run.state[0]
    expected = measured_cpu_ns(s, load)
    assert s.load[load].measured == len(expected)
    virtual = run.responses_ns(load)
    if len(virtual) == len(expected):
        assert virtual.sum() >= sum(expected)
    make_native(run.state, load, load + 1, 16, False)
    native = type(run.responses)()
    run.responses = native
    run.to(UNTIL_S + 0.3)
    assert sorted(native.of(load).tolist()) == sorted(expected)


@many
@given(st.integers(1, 4), st.data())
def test_without_overheads_and_contention_virtual_is_native(lps, data):
    """Enough LPs for all VPs, nothing switched on, no root: hosting is 1 exactly."""
    guests = data.draw(guest_lists(lps, plain=True))
    needed = sum(guest.virtual_processors for guest in guests)
    scenario = Scenario(
        host=Host(logical_processors=needed),
        guests=guests,
        root=Root(background_load=0.0),
        overheads=Overheads.none(),
        horizon_s=UNTIL_S,
        warmup_s=0.03,
        drain_s=0.5,
        decision_interval_s=0.05,
    )
    result = simulate(scenario)
    for guest in result.guests:
        own = guest.native["same_size"].response_s
        if guest.response_s.censored:  # the load outlasts the drain: too few workers for its I/Os
            continue
        assert np.array_equal(np.sort(guest.response_s.finished_ns), np.sort(own.finished_ns))
        if guest.response_s.count:
            assert guest.hosting == 1.0
    if len(guests) == 1 and result.guests[0].response_s.count:
        assert result.guests[0].stretch == 1.0


def test_the_strategies_reach_every_kind():
    """The search space is not empty where it matters."""
    kinds, rules = set(), set()

    @many
    @given(scenarios())
    def collect(scenario):
        kinds.update(guest.workload.kind for guest in scenario.guests)
        rules.add((scenario.dispatch.rule, scenario.host.scheduler))

    collect()
    assert kinds == {"closed", "open", "batch", "trace"}
    assert len(rules) == 9
    assert BATCH == 2
