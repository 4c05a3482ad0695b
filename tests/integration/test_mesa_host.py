"""The modelled host as a Mesa model: time in any pieces, views, changes of settings, collecting."""

import mesa
import numpy as np
import pytest

from hvmc.model.agents import GuestPartition, RootPartition, SchedulerPriority, VirtualProcessor
from hvmc.model.host import HyperVHost
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import SettingsError
from hvmc.scenario.workload import Closed, Open
from hvmc.trial import outcome_rows, result_of, simulate

BOTH_RULES = pytest.mark.parametrize("rule", ["credit", "fair_queue"])
# what is left in the record's buffer of responses depends on when it was drained
DRAINED = {"buffer_load", "buffer_ns"}
PIECES = [0.1] * 7 + [1.0 / 3.0, 2.0 / 3.0, 1e-9, 0.7, 4.6, 0.25, 2.749999999]


@pytest.fixture
def scenario():
    web = Closed(threads=6, cpu=Exponential(0.010), think=Exponential(0.020))
    feed = Open(interarrival=Exponential(0.020), cpu=Exponential(0.010))
    return Scenario(
        host=Host(logical_processors=2),
        guests=(
            Guest(name="web", virtual_processors=2, workload=web),
            Guest(name="db", workload=feed, priority=Priority(limit=0.9)),
            Guest(name="job", virtual_processors=2, workload=web),
        ),
        root=Root(background_load=0.02),
        horizon_s=20.0,
        warmup_s=2.0,
    )


@pytest.fixture
def same(differing):
    """Whether two hosts are in the same state, to the bit, with the same responses behind them."""

    def compare(one, other):
        records = one.state.copy(), other.state.copy()
        assert set(differing(*records)) <= DRAINED
        for load in range(len(one.guests)):
            assert np.array_equal(one.responses.of(load), other.responses.of(load))
        assert len(one.responses.of(0)) > 0

    return compare


def at_once(scenario, seconds, **names):
    host = HyperVHost(scenario, **names)
    host.run_for(seconds)
    return host


def test_time_in_pieces_is_time_at_once(scenario, same):
    host = HyperVHost(scenario)
    for piece in PIECES:
        host.run_for(piece)
    host.run_until(15.0)
    same(host, at_once(scenario, 15.0))


def test_other_names_are_other_luck(scenario):
    first = at_once(scenario, 5.0)
    for names in ({"seed": 2}, {"trial": 1}, {"replication": 1}):
        other = at_once(scenario, 5.0, **names)
        assert not np.array_equal(first.responses.of(0), other.responses.of(0))


def look_at_everything(host):
    """Read each public attribute of each agent."""
    seen = 0
    for agent in host.agents:
        for name in dir(type(agent)):
            if not name.startswith("_") and isinstance(getattr(type(agent), name), property):
                getattr(agent, name)
                seen += 1
    return seen


def test_looking_changes_nothing(scenario, same):
    host = HyperVHost(scenario)
    for piece in PIECES:
        host.run_for(piece)
        assert look_at_everything(host) > 30
    host.run_until(15.0)
    same(host, at_once(scenario, 15.0))


def test_an_agent_shows_the_present(scenario):
    host = HyperVHost(scenario)
    for _ in range(20):
        host.run_for(0.137)
        for partition in [*host.guests, host.root]:
            times = partition.time_s
            assert sum(times.values()) == pytest.approx(
                host.time * len(partition.virtual_processors), abs=1e-6
            )
            for vp in partition:
                assert (vp.state == "running") == (vp.logical_processor is not None)
                assert vp.dispatches <= partition.dispatches
    web = host.guest("web")
    assert 0 < web.finished <= web.measured
    assert web.mean_response_s == pytest.approx(np.mean(host.responses.of(0)) * 1e-9)
    assert web.cpu_work_s <= web.time_s["running"]
    assert host.root.wait_per_dispatch_s >= 0.0


def saturated_host(saturated, bare, rule, *terms, lps=1):
    guests = [saturated(name, **terms) for name, terms in zip("abc", terms, strict=False)]
    return HyperVHost(bare(*guests, lps=lps, dispatch={"rule": rule}, horizon_s=100.0))


def shares_of_next(host, seconds):
    """Share of an LP that each guest gets from now on."""
    before = [guest.time_s["running"] for guest in host.guests]
    host.run_for(seconds)
    return [
        (guest.time_s["running"] - was) / seconds
        for guest, was in zip(host.guests, before, strict=True)
    ]


# Shares of whole slices: 10 ms each in 10 s.
GRAIN = 0.01


@BOTH_RULES
def test_a_changed_weight_takes_effect(saturated, bare, rule):
    host = saturated_host(saturated, bare, rule, {}, {})
    assert shares_of_next(host, 10.0) == pytest.approx([0.5, 0.5], abs=GRAIN)
    host.guest("a").priority.weight = 400
    assert host.guest("a").priority.settings == Priority(weight=400)
    assert shares_of_next(host, 10.0) == pytest.approx([0.8, 0.2], abs=GRAIN)


@BOTH_RULES
def test_a_changed_limit_takes_effect(saturated, bare, rule):
    host = saturated_host(saturated, bare, rule, {}, {})
    host.run_for(5.0)
    host.guest("a").priority.limit = 0.25
    assert shares_of_next(host, 10.0) == pytest.approx([0.25, 0.75], abs=GRAIN)


@BOTH_RULES
def test_a_changed_reserve_takes_effect(saturated, bare, rule):
    host = saturated_host(saturated, bare, rule, {}, {})
    host.run_for(5.0)
    host.guest("b").priority.reserve = 0.9
    assert shares_of_next(host, 10.0) == pytest.approx([0.1, 0.9], abs=GRAIN)
    host.guest("b").priority.reserve = 0.0
    assert shares_of_next(host, 10.0) == pytest.approx([0.5, 0.5], abs=GRAIN)


@BOTH_RULES
def test_what_a_limit_withheld_is_not_paid_back(saturated, bare, rule):
    """A guest whose limit is lifted gets its share from then on, not what it went without."""
    host = saturated_host(saturated, bare, rule, {"limit": 0.1}, {})
    assert shares_of_next(host, 10.0) == pytest.approx([0.1, 0.9], abs=GRAIN)
    host.guest("a").priority.limit = 1.0
    assert shares_of_next(host, 5.0) == pytest.approx([0.5, 0.5], abs=2 * GRAIN)


@BOTH_RULES
def test_what_a_weight_could_not_use_is_not_paid_back(saturated, bare, rule):
    """A weight beyond one LP per VP, when lowered, leaves no claim."""
    host = saturated_host(saturated, bare, rule, {"weight": 10000}, {}, {}, lps=2)
    assert shares_of_next(host, 10.0) == pytest.approx([1.0, 0.5, 0.5], abs=2 * GRAIN)
    host.guest("a").priority.weight = 100
    assert shares_of_next(host, 5.0) == pytest.approx([2 / 3, 2 / 3, 2 / 3], abs=2 * GRAIN)


def test_a_change_does_not_depend_on_how_time_is_cut(scenario, same):
    one, other = at_once(scenario, 10.0), HyperVHost(scenario)
    for piece in [0.3] * 33:
        other.run_for(piece)
    other.run_until(10.0)
    for host in (one, other):
        host.guest("web").priority.weight = 900
        host.guest("job").priority.limit = 0.5
    one.run_for(5.0)
    for _ in range(10):
        other.run_for(0.5)
    same(one, other)
    unchanged = at_once(scenario, 15.0)
    assert not np.array_equal(one.responses.of(0), unchanged.responses.of(0))
    before = len(at_once(scenario, 10.0).responses.of(0))
    assert np.array_equal(one.responses.of(0)[:before], unchanged.responses.of(0)[:before])


def test_agents_can_be_selected_by_type(scenario):
    host = HyperVHost(scenario)
    assert [agent.name for agent in host.agents_by_type[GuestPartition]] == ["web", "db", "job"]
    vps = host.agents.select(agent_type=VirtualProcessor)
    assert len(vps) == 5 + 2
    assert len(host.agents.select(agent_type=SchedulerPriority)) == 3
    assert list(host.agents.select(agent_type=RootPartition)) == [host.root]
    host.run_for(3.0)
    assert sum(vps.get("dispatches")) == host.root.dispatches + sum(
        host.agents_by_type[GuestPartition].get("dispatches")
    )


def test_without_background_load_and_work_for_guests_there_is_no_root(scenario):
    idle = scenario.replace(root=Root(background_load=0.0))
    assert HyperVHost(idle).root is not None
    host = HyperVHost(idle.replace(overheads=Overheads.none()))
    assert host.root is None
    assert len(host.agents.select(agent_type=RootPartition)) == 0


def test_a_data_collector_collects(scenario):
    host = HyperVHost(scenario)
    collector = mesa.DataCollector(
        model_reporters={"finished": lambda model: model.guest("web").finished, "time": "time"},
        agenttype_reporters={
            GuestPartition: {"name": "name", "work": "cpu_work_s"},
            VirtualProcessor: {"state": "state"},
        },
    )
    expected = []
    for _ in range(5):
        host.run_for(1.0)
        collector.collect(host)
        expected.append([guest.cpu_work_s for guest in host.guests])
    by_time = collector.get_model_vars_dataframe()
    assert by_time["time"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert by_time["finished"].is_monotonic_increasing
    guests = collector.get_agenttype_vars_dataframe(GuestPartition)
    assert guests["work"].to_numpy().reshape(5, 3).tolist() == expected
    vps = collector.get_agenttype_vars_dataframe(VirtualProcessor)
    assert set(vps["state"]) <= {"idle", "ready", "running", "capped", "blocked"}


def test_an_unknown_guest_is_named_with_the_known(scenario):
    with pytest.raises(KeyError, match=r"no guest 'mail'; there are \['web', 'db', 'job'\]"):
        HyperVHost(scenario).guest("mail")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weight", 0, "guests.web.priority.weight must be 1..10000, got 0"),
        ("weight", 2.5, "guests.web.priority.weight must be 1..10000, got 2.5"),
        ("limit", 0.0, "guests.web.priority.limit must be a number above 0, at most 1, got 0.0"),
        ("reserve", 1.5, "guests.web.priority.reserve must be 0..1, got 1.5"),
    ],
)
def test_a_bad_setting_is_refused_and_changes_nothing(scenario, same, name, value, message):
    host = at_once(scenario, 3.0)
    with pytest.raises(SettingsError) as error:
        setattr(host.guest("web").priority, name, value)
    assert str(error.value) == message
    assert host.guest("web").priority.settings == Priority()
    host.run_for(2.0)
    same(host, at_once(scenario, 5.0))


def test_reserves_beyond_the_host_are_refused_at_the_hosts_path(scenario):
    host = at_once(scenario, 3.0)
    host.guest("job").priority.reserve = 0.6
    with pytest.raises(SettingsError, match=r"^guests must not reserve more than the host's 2 LPs"):
        host.guest("web").priority.reserve = 0.6
    assert host.guest("web").priority.reserve == 0.0


def test_under_the_root_scheduler_settings_do_not_apply(scenario):
    host = HyperVHost(scenario.replace(host=Host(logical_processors=2, scheduler="root")))
    with pytest.raises(SettingsError, match=r"guests\.web\.priority does not apply under"):
        host.guest("web").priority.weight = 200


@pytest.mark.parametrize("time_s", [0, 2.0])
def test_time_does_not_go_back(scenario, same, time_s):
    host = at_once(scenario, 3.0)
    with pytest.warns(RuntimeWarning, match="is larger than time"):
        host.run_until(time_s)
    with pytest.raises(ValueError, match="time can't go back"):
        host.run_for(time_s - 3.0)
    assert host.time == 3.0
    same(host, at_once(scenario, 3.0))


@BOTH_RULES
def test_a_host_run_to_its_end_is_a_trial(scenario, rule):
    scenario = scenario.replace(dispatch=Dispatch(rule=rule))
    host = HyperVHost(scenario, seed=5, trial=2)
    for _ in range(7):
        host.run_for(1.7)
        look_at_everything(host)
    host.run()
    assert repr(outcome_rows(result_of(host))) == repr(
        outcome_rows(simulate(scenario, seed=5, trial=2))
    )
