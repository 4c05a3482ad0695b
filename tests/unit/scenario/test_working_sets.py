"""Working sets: pure functions of names and settings, with the stated moments."""

import numpy as np
import pytest

from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.working_sets import BLOCK, WorkingSets

MOVING = Memory(use=MemoryUse(amplitude=0.3, period_s=20.0, noise_cv=0.1))
STILL = Memory(use=MemoryUse(working_set_mib=1000.0))
COUNT = 3 * BLOCK


def series(memories, count=COUNT, interval_s=1.0, **names):
    sets = WorkingSets(memories, interval_s, **names)
    return np.array([sets.at(k) for k in range(count)])


def test_a_guest_has_the_same_series_whoever_stands_beside_it():
    alone = series({"a": MOVING}, seed=5, trial=2)
    beside = series({"b": MOVING, "a": MOVING, "c": STILL}, seed=5, trial=2)
    assert np.array_equal(alone[:, 0], beside[:, 1])
    assert not np.array_equal(beside[:, 0], beside[:, 1])


def test_an_instant_does_not_depend_on_what_was_asked_before():
    sets = WorkingSets({"a": MOVING}, 1.0)
    last = sets.at(COUNT - 1).copy()
    assert np.array_equal(series({"a": MOVING})[-1], last)
    assert np.array_equal(sets.at(3), series({"a": MOVING}, count=4)[3])


@pytest.mark.parametrize("names", [{"seed": 2}, {"trial": 1}, {"replication": 1}])
def test_every_name_of_the_run_counts(names):
    assert not np.array_equal(series({"a": MOVING}), series({"a": MOVING}, **names))


def test_phases_swing_about_the_level():
    use = MemoryUse(working_set_mib=1000.0, amplitude=0.5, period_s=8.0, phase=0.25)
    found = series({"a": Memory(use=use)}, count=9)[:, 0]
    assert found[[0, 2, 4, 8]] == pytest.approx([1500.0, 1000.0, 500.0, 1500.0])


def test_a_drawn_phase_is_constant_over_blocks():
    use = MemoryUse(working_set_mib=1000.0, amplitude=0.5, period_s=16.0)
    found = series({"a": Memory(use=use)})[:, 0]
    assert found[:-16] == pytest.approx(found[16:])


def test_ramp_and_recording():
    ramp = MemoryUse(working_set_mib=100.0, ramp_factor=3.0, ramp_from_s=2.0, ramp_over_s=4.0)
    jump = ramp.replace(ramp_over_s=0.0)
    trace = MemoryUse(trace_mib=(1.0, 2.0, 3.0), trace_interval_s=2.0, trace_offset_s=1.0)
    found = series({"a": Memory(use=ramp), "b": Memory(use=jump), "c": Memory(use=trace)}, count=8)
    assert found[:, 0].tolist() == [100.0, 100.0, 100.0, 150.0, 200.0, 250.0, 300.0, 300.0]
    assert found[:, 1].tolist() == [100.0, 100.0] + [300.0] * 6
    assert found[:, 2].tolist() == [1.0, 2.0, 2.0] + [3.0] * 5


def test_demand_is_the_committed_multiple():
    sets = WorkingSets({"a": MOVING, "b": STILL}, 1.0)
    assert np.array_equal(sets.demand_at(7), sets.at(7) * 1.25)


def test_only_moving_guests_make_a_moving_host():
    assert WorkingSets({"a": STILL}, 1.0).constant
    assert not WorkingSets({"a": STILL, "b": MOVING}, 1.0).constant


@pytest.mark.parametrize("trial", range(5))
def test_nothing_exceeds_the_peak(trial):
    wild = Memory(use=MemoryUse(amplitude=0.4, noise_cv=2.0, noise_tau_s=1.0, ramp_factor=1.5))
    sets = WorkingSets({"a": wild}, 1.0, trial=trial)
    found = series({"a": wild}, count=500, trial=trial)
    assert (found[:, 0] <= sets.peak_mib[0]).all()


RESTARTS = Memory(
    startup_mib=2048.0, use=MemoryUse(working_set_mib=1000.0, restart_s=2.5, boot_s=3.2)
)


def test_a_guest_that_boots_touches_its_startup_memory_and_no_less():
    """From the first instant at or after the restart, for whole intervals, at least one."""
    still = Memory(use=MemoryUse(working_set_mib=1000.0))
    sets = WorkingSets({"a": RESTARTS, "b": still}, 1.0)
    found = np.array([sets.at(k) for k in range(9)])
    booting = [k in (3, 4, 5, 6) for k in range(9)]
    assert [sets.booting_at(k)[0] for k in range(9)] == booting
    assert found[:, 0].tolist() == [2048.0 if boots else 1000.0 for boots in booting]
    assert (found[:, 1] == 1000.0).all()
    assert not any(sets.booting_at(k)[1] for k in range(9))
    assert (sets.peak_mib.tolist(), sets.constant) == ([2048.0, 1000.0], False)


@pytest.mark.parametrize(
    ("interval_s", "restart_s", "boot_s", "instants"),
    [(1.0, 3.0, 2.0, [3, 4]), (0.1, 0.3, 0.2, [3, 4]), (5.0, 1.0, 0.5, [1]), (1.0, 1e-12, 1, [1])],
)
def test_boots_last_whole_intervals(interval_s, restart_s, boot_s, instants):
    memory = Memory(use=MemoryUse(restart_s=restart_s, boot_s=boot_s))
    sets = WorkingSets({"a": memory}, interval_s)
    assert [k for k in range(20) if sets.booting_at(k)[0]] == instants


def test_a_guest_that_boots_commits_its_startup_memory_or_what_it_would_anyway():
    more = RESTARTS.replace(use=RESTARTS.use.replace(working_set_mib=1900.0))
    large = RESTARTS.replace(use=RESTARTS.use.replace(working_set_mib=3000.0))
    sets = WorkingSets({"a": RESTARTS, "b": more, "c": large}, 1.0)
    assert sets.demand_at(2).tolist() == [1250.0, 2375.0, 3750.0]
    assert sets.demand_at(3).tolist() == [2048.0, 2375.0, 3750.0]
    assert sets.at(3).tolist() == [2048.0, 2048.0, 3000.0]
    short = sets.demand_at(3, np.array([512.0, 512.0, 512.0]))
    assert short.tolist() == [2048.0, 2375.0 - 0.5 * (2375.0 - 2048.0), 3375.0]


def test_a_restart_leaves_every_other_instant_as_it_is():
    restarts = MOVING.replace(use=MOVING.use.replace(restart_s=40.0, boot_s=20.0))
    without, found = series({"a": MOVING})[:, 0], series({"a": restarts})[:, 0]
    boots = slice(40, 60)
    assert np.array_equal(found[boots], np.maximum(without[boots], MOVING.startup_mib))
    found[boots] = without[boots]
    assert np.array_equal(found, without)
