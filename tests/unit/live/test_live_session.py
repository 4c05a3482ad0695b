"""A watched host is the host: same bits however it is advanced; what is seen adds up."""

import json

import numpy as np
import pytest

import hvmc
from hvmc.kernel.codes import REASONS
from hvmc.live import frames
from hvmc.live.session import LiveSession
from hvmc.live.starts import STARTS, deferred_interrupt
from hvmc.live.tour import Tour
from hvmc.model.host import HyperVHost
from hvmc.model.looking import STAGES, thread_stages
from hvmc.scenario.memory import MemoryUse
from hvmc.scenario.settings import SettingsError
from hvmc.trial.native import NativeRuns


def moving_scenario():
    """Return a small host on which memory moves and a limit caps."""
    use = MemoryUse(working_set=0.9, amplitude=0.5, period_s=3.0)
    work = hvmc.Closed(
        threads=3,
        cpu=hvmc.Exponential(0.004),
        think=hvmc.Exponential(0.01),
        io=hvmc.Exponential(0.0005),
        ios=2,
    )
    memory = hvmc.Memory(startup_mib=1024, minimum_mib=512, maximum_mib=4096, use=use)
    guests = [
        hvmc.Guest(name=name, virtual_processors=2, workload=work, memory=memory, **settings)
        for name, settings in (
            ("web", {}),
            ("database", {}),
            ("capped", {"priority": hvmc.Priority(limit=0.3)}),
        )
    ]
    host = hvmc.Host(logical_processors=2, memory_mib=9000)
    return hvmc.Scenario(host=host, guests=guests, decision_interval_s=0.25)


def endless(scenario):
    return scenario.replace(warmup_s=0.0, horizon_s=100_000.0, drain_s=0.0)


def bits(record):
    """Return the bits of a record but for response times drained from it."""
    names = [name for name in record.dtype.names if not name.startswith("buffer")]
    return b"".join(record[name].tobytes() for name in names)


def look(session):
    window_s = 0.01
    guest = session.host.guests[0].name
    return [
        frames.lp_timeline(session, window_s),
        frames.vp_timeline(session, window_s, [guest]),
        frames.thread_timeline(session, window_s),
        frames.interrupts(session, window_s),
        frames.queues(session),
        frames.vp_now(session),
        frames.memory(session),
        frames.guest_columns(session),
        frames.rates(session, guest),
        *frames.responses(session, guest),
    ]


def test_watching_changes_no_bit():
    scenario, until_s = moving_scenario(), 1.1
    whole = HyperVHost(endless(scenario), seed=3)
    whole.run_until(until_s)
    session = LiveSession(scenario, seed=3)
    session.advance(0.3)
    for _ in range(40):
        session.step()
    for step_s in (1e-6, 3e-4, 0.01, 0.1):
        for _ in range(3):
            session.advance(step_s)
            look(session)
    session.advance_until(lambda now: now.moments.pending, 0.05)
    session.reach(round(until_s * 1e9), step_s=0.02)
    assert bits(session.host.machine.state) == bits(whole.machine.at(round(until_s * 1e9)))
    assert [list(one.assigned_mib) for one in session.host.balancer.history] == [
        list(one.assigned_mib) for one in whole.balancer.history
    ]
    other = HyperVHost(endless(scenario), seed=3)
    other.run_until(0.5)
    other.guest("web").priority.weight = 101
    other.run_until(until_s)
    assert bits(other.machine.state) != bits(whole.machine.state)


def test_twin_runs_the_requests_of_the_native_baseline():
    scenario = moving_scenario().replace(warmup_s=0.0, horizon_s=9.0, drain_s=5.0)
    host = HyperVHost(scenario, seed=2)
    host.run()
    native = NativeRuns(scenario, host.machine, host.working_sets).baseline("adequate")
    session = LiveSession(scenario, seed=2)
    session.advance(1.0)
    session.advance(0.5)
    for load, guest in enumerate(scenario.guests):
        machine = session.native.machines[load]
        seen = [ns for _, own, ns in machine.responses.latest if own == load]
        expected = native.guest(guest.name).response_s.finished_ns[: len(seen)]
        assert len(seen) > 50
        assert seen == expected.tolist()


def test_what_is_seen_adds_up_to_the_accounts():
    scenario = moving_scenario()
    switch = scenario.overheads.switch.replace(latency_s=0.0)  # which is no busy time of the LP
    overheads = scenario.overheads.replace(switch=switch)
    session = LiveSession(scenario.replace(overheads=overheads))
    session.advance(0.5)
    session.moments.restart()
    begin_ns, before = session.now_ns, session.host.observed
    session.advance(0.02)
    after = session.host.observed
    spans = session.moments.lps.until(session.now_ns, begin_ns)
    busy = np.zeros(2, np.int64)
    for span in spans:
        busy[span.row] += span.end_ns - span.begin_ns
    lps = slice(0, 2)
    assert busy.tolist() == (after["lp"]["busy_ns"][0] - before["lp"]["busy_ns"][0])[lps].tolist()
    taken = [
        one for one in session.moments.interrupts(begin_ns) if one.taken_ns and one.partition < 3
    ]
    taken = [one for one in taken if one.taken_ns > one.pending_ns]
    change = {
        name: (after["load"][name][0] - before["load"][name][0])[:3].sum(axis=0)
        for name in ("deferred", "deferred_ns")
    }
    assert len(taken) > 5
    for place, why in enumerate(REASONS):
        own = [one for one in taken if one.why == why]
        assert len(own) <= change["deferred"][place]  # those taken at once are not seen waiting
        assert sum(one.taken_ns - one.pending_ns for one in own) == change["deferred_ns"][place]


def test_frames_are_plain_columns_of_equal_length():
    session = LiveSession(moving_scenario())
    session.advance(0.1)
    for columns in look(session):
        json.dumps(columns)
        assert len({len(column) for column in columns.values()}) == 1


def load_scenario(factor):
    closed = hvmc.Closed(threads=2, cpu=hvmc.Deterministic(0.004 * factor))
    arrivals = hvmc.Open(interarrival=hvmc.Exponential(0.02), cpu=hvmc.Exponential(0.003 * factor))
    guests = [
        hvmc.Guest(name="closed", workload=closed),
        hvmc.Guest(name="open", workload=arrivals),
    ]
    return hvmc.Scenario(host=hvmc.Host(logical_processors=2), guests=guests)


def test_load_acts_on_host_and_twin_as_if_configured():
    session = LiveSession(load_scenario(1.0))
    for name in ("closed", "open"):
        session.controls.change(name, "load", 2.0)
    session.advance(2.0)
    wanted = LiveSession(load_scenario(2.0))
    wanted.advance(2.0)
    assert session.host.guest("closed").workload.cpu == hvmc.Deterministic(0.008)
    for field in ("finished", "response_ns", "part_ns"):
        pair = [one.host.machine.state["load"][field][0][:2].tolist() for one in (session, wanted)]
        assert pair[0] == pair[1]
    assert session.history.means[1].tolist() == wanted.history.means[1].tolist()
    unchanged = LiveSession(load_scenario(1.0))
    unchanged.advance(2.0)
    assert (unchanged.history.means < session.history.means).all()


def test_controls_change_the_mesa_model_and_refuse_what_is_wrong():
    session = LiveSession(moving_scenario())
    session.advance(0.5)
    web = session.host.guest("web")
    session.controls.change("web", "weight", 400)
    session.controls.change("web", "maximum_mib", 6000)
    assert (web.priority.weight, web.memory.maximum_mib) == (400, 6000)
    assert session.history.since_s == session.host.time
    for name, value, words in (
        ("weight", 0, "1..10000"),
        ("reserve", 1.5, "0"),
        ("load", 0.0, "0.1..4"),
        ("load", float("nan"), "number"),
        ("maximum_mib", 1024, "may only rise"),
    ):
        with pytest.raises(SettingsError, match=words):
            session.controls.change("web", name, value)
    assert (web.priority.weight, web.memory.maximum_mib) == (400, 6000)
    with pytest.raises(SettingsError, match="cpu alone"):
        web.workload = web.workload.replace(threads=5)


def test_tour_meets_what_its_captions_say():
    tour, session = Tour(), LiveSession(deferred_interrupt())
    stages = []
    for stop in tour.stops[:5]:
        stop.go(session)
        assert stop.text(session)
        stages.append(STAGES[thread_stages(session.host.machine.state, 0)[0]])
    assert stages == ["running", "at device", "root completes", "deferred", "running"]
    stretch = []
    for stop in tour.stops[5:]:
        stop.go(session)
        stretch.append(session.history.stretch[0])
        assert f"a stretch of {stretch[-1]:.2f}." in stop.text(session)
    assert stretch[1] < 0.8 * stretch[0]


@pytest.mark.parametrize(
    ("start", "guest", "name", "value", "better"),
    [
        ("noisy_neighbour", "noisy", "limit", 0.2, "web1"),
        ("noisy_neighbour", "noisy", "weight", 20, "web1"),
        ("reserve_helps", "database", "reserve", 1.0, "database"),
    ],
)
def test_starting_points_show_what_they_promise(start, guest, name, value, better):
    session = LiveSession(STARTS[start].scenario())
    place = session.host.guests.index(session.host.guest(better))
    session.advance(5.0)
    before = session.history.stretch[place]
    session.controls.change(guest, name, value)
    session.advance(5.0)
    assert session.history.stretch[place] < 0.9 * before


def test_lock_holder_start_burns_time_at_the_lock():
    session = LiveSession(STARTS["lock_holder"].scenario())
    session.advance(1.0)
    record = session.host.machine.state
    assert record["lp"]["spin_ns"][0][:4].sum() > 0.5e9
    assert record["partition"]["long_spin_waits"][0][:2].tolist()[0] == 0
    assert record["partition"]["long_spin_waits"][0][1] > 100
    assert "spinning" in frames.vp_timeline(session, 0.03, ["old"])["state"]
