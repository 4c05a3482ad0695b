"""Mistakes in the Python interface: told at once, with rule, value and remedy."""

import math

import pytest

import hvmc


@pytest.fixture(scope="module")
def scenario():
    web = hvmc.Guest(name="web", workload=hvmc.Closed(threads=1, cpu=hvmc.Exponential(0.01)))
    host = hvmc.Host(logical_processors=1)
    return hvmc.Scenario(host=host, guests=[web], horizon_s=3.0, warmup_s=0.5)


@pytest.mark.parametrize(
    ("given", "error", "rest"),
    [
        (-1, ValueError, "got -1: time can't go back"),
        (math.nan, ValueError, "got nan"),
        (math.inf, ValueError, "got inf"),
        ("x", TypeError, "got 'x': give seconds"),
        (None, TypeError, "got None"),
        (True, TypeError, "got True"),
    ],
)
def test_times(scenario, given, error, rest):
    host = hvmc.HyperVHost(scenario)
    with pytest.raises(error, match=f"run_for must be a finite number of seconds >= 0, {rest}"):
        host.run_for(given)
    host.run_for(2)
    with pytest.raises(error, match=f"run_until must be a finite number of seconds >= 0, {rest}"):
        host.run_until(given)
    assert host.time == 2.0


@pytest.mark.parametrize("build", [hvmc.HyperVHost, hvmc.simulate])
def test_what_is_simulated(scenario, build):
    with pytest.raises(TypeError, match=r"scenario must be a Scenario, got 'x': build one"):
        build("x")
    for seed in (-1, "x", 1.5, True):
        with pytest.raises(
            hvmc.SettingsError, match=f"seed must be a whole number >= 0, got {seed!r}"
        ):
            build(scenario, seed=seed)
    with pytest.raises(hvmc.SettingsError, match="trial must be a whole number >= 0, got -2"):
        build(scenario, trial=-2)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, r"policy must be a function .*, got None: return {} to change nothing"),
        ([1], r"policy must be a function .*, got \[1\]"),
        ({"web": 400}, r"must return a Priority for guest 'web', got 400: change the one in"),
    ],
)
def test_policies(scenario, returned, message):
    with pytest.raises(TypeError, match=r"policy must be a function .*, got 5: leave it out"):
        hvmc.HyperVHost(scenario, policy=5)
    host = hvmc.HyperVHost(scenario, policy=lambda _view: returned)
    with pytest.raises(TypeError, match=message):
        host.run_for(2)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, r"memory_policy must be a function .*, got None: return {} to change nothing"),
        ([1], r"memory_policy must be a function .*, got \[1\]"),
        ({"web": "lots"}, r"must return a number of MiB for guest 'web', got 'lots': .*approach"),
    ],
)
def test_memory_policies(scenario, returned, message):
    with pytest.raises(TypeError, match=r"memory_policy must be a function .*, got 5: leave it"):
        hvmc.HyperVHost(scenario, memory_policy=5)
    host = hvmc.HyperVHost(scenario, memory_policy=lambda _view: returned)
    with pytest.raises(TypeError, match=message):
        host.run_for(2)


def test_a_mistyped_setting_is_not_lost(scenario):
    priority = hvmc.HyperVHost(scenario).guest("web").priority
    text = r"guests\.web\.priority\.wieght is not a setting: did you mean weight\?"
    with pytest.raises(AttributeError, match=text):
        priority.wieght = 5
    priority.weight = 5
    assert priority.weight == 5


def test_experiments():
    with pytest.raises(TypeError, match="experiment must be an Experiment, got 'x': build one"):
        hvmc.run("x")
