"""Guests drawn from recordings: windows in common, what is assumed inside readings, digests."""

import numpy as np
import pytest

import hvmc
from hvmc.regimes.inside import levels_inside, steps_inside
from hvmc.regimes.told import told_of_recording
from hvmc.regimes.traces import draw_traced

FLAT = {"swing_cv": 0.0, "guests": 8}


@pytest.fixture
def folder(tmp_path):
    """Three VMs: two of 40 readings, one of 10 in the middle; levels tell the time."""
    for name, first, count, cores in (("a", 0, 40, 2), ("b", 0, 40, 4), ("c 1", 15, 10, 1)):
        lines = ["time,cpu_percent,memory_mib,memory_total_mib,vcpus"]
        lines += [f"{300 * i},{i + 1},{100 + i},4096,{cores}" for i in range(first, first + count)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
    return tmp_path


def drawn(source, trial=0, horizon_s=12.0):
    return draw_traced(source, horizon_s, 30.0, 1, trial)


def levels(guest):
    """Return the level in per cent of its VPs when the window begins."""
    work = guest.workload
    return 100 * work.demand_lps[int(work.offset_s / work.interval_s)] / work.threads


def test_all_guests_of_a_host_begin_at_one_time_of_the_recording(folder):
    source = hvmc.TraceSource(path=str(folder), coverage=0.5, **FLAT)
    begins = set()
    for trial in range(30):
        guests = drawn(source, trial)
        found = {round(levels(guest), 9) for guest in guests}
        assert len(found) == 1
        begins |= found
        (level,) = found
        assert {guest.memory.use.trace_mib[0] for guest in guests} == {99.0 + level}
        assert {guest.workload.interval_s for guest in guests} == {300.0}
    assert len(begins) > 15


def test_a_vm_is_drawn_where_it_is_covered_alone(folder):
    source = hvmc.TraceSource(path=str(folder), coverage=0.5, **FLAT)
    for trial in range(40):
        guests = drawn(source, trial)
        if any(guest.name.endswith("_c_1") for guest in guests):
            assert 16 <= levels(guests[0]) <= 25
    everyone = source.replace(coverage=1.0)
    assert all(16 <= levels(drawn(everyone, trial)[0]) <= 25 for trial in range(40))


def test_a_guest_is_of_its_vms_size(folder):
    sizes = {"a": 2, "b": 4, "c_1": 1}
    for guest in drawn(hvmc.TraceSource(path=str(folder), coverage=0.1, **FLAT)):
        assert guest.virtual_processors == sizes[guest.name.partition("_")[2]]
        assert guest.memory.maximum_mib == 4096


def test_what_a_recording_does_not_tell_is_a_setting(tmp_path):
    (tmp_path / "node").write_text("20\n" * 288)
    source = hvmc.TraceSource(
        path=str(tmp_path),
        virtual_processors=3,
        memory_mib=1000.0,
        working_set=0.25,
        swing_cv=0.0,
    )
    guest = drawn(source)[0]
    assert (guest.virtual_processors, guest.memory.maximum_mib) == (3, 1000.0)
    assert guest.memory.use.trace_mib[0] == 250.0
    assert guest.lp_demand == pytest.approx(0.6, rel=1e-12)
    told = "\n".join(told_of_recording(hvmc.Design(trace=source)))
    assert "of 1 of 1 VMs the VPs are not told: assumed 3 VPs" in told
    assert "trace.working_set=0.25" in told


@pytest.mark.parametrize("cv", [0.1, 0.5, 1.5, 10.0])
@pytest.mark.parametrize("mean", [0.0, 0.02, 1.0, 1.9, 2.0])
def test_swings_keep_the_mean_of_each_reading_and_the_processors(cv, mean):
    means = np.array([mean, mean / 2])
    found = levels_inside(means, 2, 60, cv, (1, 0, 0, np.array([0.0, 300.0])))
    assert found.shape == (120,)
    assert (found >= 0).all()
    assert found.max() <= 2.0
    np.testing.assert_allclose(found.reshape(2, 60).mean(axis=1), means, rtol=1e-9)


def test_swings_have_the_spread_that_was_asked_for():
    means = np.full(400, 0.01)
    found = levels_inside(means, 1, 60, 0.5, (1, 0, 0, 300.0 * np.arange(400)))
    spread = (found.reshape(400, 60).std(axis=1, ddof=1) / 0.01).mean()
    # 400 readings of 60 steps: standard error 0.0025; scaling to the mean lowers it by about 1 %
    assert spread == pytest.approx(0.495, abs=0.0125)


def test_a_readings_swings_are_the_same_in_any_window():
    times = 300.0 * np.arange(4)
    whole = levels_inside(np.full(4, 0.3), 1, 30, 0.5, (1, 2, 3, times))
    part = levels_inside(np.full(2, 0.3), 1, 30, 0.5, (1, 2, 3, times[2:]))
    assert whole[60:].tolist() == part.tolist()
    assert steps_inside(300.0, 5.0) == 60
    assert steps_inside(300.0, 1e4) == 1


def test_what_is_assumed_is_drawn_once_per_host_unless_given(folder):
    source = hvmc.TraceSource(path=str(folder), guests=3)
    design = hvmc.Design(
        trace=source, assumptions=hvmc.Assumptions(mode="drawn", known=("trace.committed",))
    )
    bursts, steps = set(), set()
    for trial in range(20):
        guests = design.draw(seed=1, trial=trial).guests
        (burst_s,) = {guest.workload.cpu.mean for guest in guests}
        bursts.add(burst_s)
        steps.add(guests[0].workload.interval_s)
        assert {guest.memory.use.committed for guest in guests} == {1.25}
    assert len(bursts) == 20
    assert 0.001 < min(bursts) < 0.005 < max(bursts) < 0.02
    assert len(steps) > 10
    flat = design.replace(trace=source.replace(swing_cv=0.0))  # given, so not drawn
    assert flat.draw(seed=1, trial=0).guests[0].workload.interval_s == 300.0


def test_a_design_point_is_the_recordings_content_not_its_place(folder, tmp_path_factory):
    def digest(path, **settings):
        trace = hvmc.TraceSource(path=str(path), **settings)
        return hvmc.Point(design=hvmc.Design(trace=trace)).digest(1)

    other = tmp_path_factory.mktemp("elsewhere")
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    assert digest(other) == digest(folder)
    assert digest(other, format="plain") != digest(folder)
    with (other / "a.csv").open("a") as file:
        file.write("\n12000,1,1,4096,2")
    assert digest(other) != digest(folder)


def test_a_run_tells_windows_and_what_is_assumed_inside(folder):
    design = hvmc.Design(trace=hvmc.TraceSource(path=str(folder), burst_s=0.002))
    told = "\n".join(told_of_recording(design))
    assert "begin in 0.83 hours in which at least 3 VMs are covered" in told
    assert "trace.burst_s=0.002, trace.swing_cv=0.5, trace.swing_s=5" in told
    drawn_too = design.__class__(trace=design.trace, assumptions=hvmc.Assumptions(mode="drawn"))
    assert "trace.swing_cv 0 to 1.5 (drawn)" in "\n".join(told_of_recording(drawn_too))
