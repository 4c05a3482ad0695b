"""Fitted guests: what is known is kept, what is not is drawn, by name."""

import numpy as np
import pytest

import hvmc
from hvmc.regimes.design import Design
from hvmc.regimes.fitted import FittedGuest, FittedMemory
from hvmc.regimes.inflation import Slowness
from hvmc.regimes.inversion import busy, ratio_for, threads_for
from hvmc.regimes.levels import level
from hvmc.scenario.plain import plain
from hvmc.scenario.settings import SettingsError, read
from hvmc.scenario.span import DrawnRange


def design(*guests, **settings):
    return Design(host=hvmc.Host(logical_processors=16), fitted=guests, **settings)


def guests(found, trials=200):
    return [found.draw(seed=3, trial=trial).guests for trial in range(trials)]


@pytest.mark.parametrize(
    ("used", "processors", "wanted"), [(0.03, 1, 9), (1.4, 4, 3), (7.5, 8, 30)]
)
def test_threads_keep_the_processors_as_busy_as_measured(used, processors, wanted):
    threads, ratio = threads_for(used, processors, wanted)
    assert busy(threads, ratio, processors) == pytest.approx(used, rel=1e-6)


def test_ratio_without_queueing_is_exact():
    assert ratio_for(0.5, 4, 8) == 7.0


def test_threads_are_added_until_the_ios_fit():
    threads, ratio = threads_for(0.5, 1, wanted=1.0, least=20.0)
    assert ratio >= 20.0
    assert busy(threads, ratio, 1) == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize(("mean", "tail"), [(0.3, 0.6), (0.02, 0.08), (0.7, 0.9), (0.05, 0.999)])
def test_levels_have_their_mean_and_percentile(mean, tail):
    u = (np.arange(4000) + 0.5) / 4000
    drawn = np.array([level(mean, tail, at) for at in u])
    assert drawn.mean() == pytest.approx(mean, rel=2e-3)
    if tail < 0.99:
        assert np.quantile(drawn, 0.95) == pytest.approx(tail, rel=5e-3)


def test_run_time_is_work_where_nothing_slows_it_down():
    slowness = Slowness(hvmc.Overheads.none(), hvmc.Host(logical_processors=4), busy_lps=3.0)
    assert slowness.run_s(0.01, 5, 0.1) == 0.01


def test_run_time_with_a_busy_sibling():
    host = hvmc.Host(logical_processors=8, threads_per_core=2, smt_speed=0.6)
    slowness = Slowness(hvmc.Overheads.none(), host, busy_lps=8.0)
    assert slowness.run_s(0.006, 1, 0.0) == pytest.approx(0.01)


def test_a_known_use_is_what_the_threads_run_for():
    machine = {"overheads": hvmc.Overheads.none(), "root": hvmc.Root(background_load=0.0)}
    found = design(FittedGuest("web", virtual_processors=4, use=0.4, peak=1.0), **machine)
    for (guest,) in guests(found, 20):
        work = guest.workload
        assert busy(work.threads, work.think_ratio, 4) == pytest.approx(1.6, rel=1e-6)


def test_known_ios_are_made():
    guest = FittedGuest("db", 4, use=0.25, peak=1.0, iops=800.0, transfers_per_s=200.0)
    machine = {"overheads": hvmc.Overheads.none(), "root": hvmc.Root(background_load=0.0)}
    for (found,) in guests(design(guest, **machine), 20):
        requests_per_s = 1.0 / found.workload.cpu.mean
        assert requests_per_s * found.workload.ios == pytest.approx(800.0, rel=0.01)
        assert requests_per_s * found.workload.transfers == pytest.approx(200.0, rel=0.5)


def test_knowing_one_more_leaves_other_draws_alone():
    first = FittedGuest("web", 2, use=0.2)
    known = FittedGuest("web", 2, use=0.2, memory=FittedMemory(working_set=0.5))
    other = FittedGuest("db", 4)
    alone, beside = design(first), design(other, known)
    machine = {"overheads": hvmc.Overheads.none()}
    for trial in range(5):
        (one,) = alone.replace(**machine).draw(seed=1, trial=trial).guests
        _, two = beside.replace(**machine).draw(seed=1, trial=trial).guests
        assert two.workload == one.workload
        assert two.memory.maximum_mib == one.memory.maximum_mib
        assert two.memory.use.working_set == 0.5


def test_loads_move_together_as_much_as_is_said():
    def found(correlation):
        pair = [FittedGuest(name, 2, use=0.3, peak=2.0, correlation=correlation) for name in "ab"]
        machine = {"overheads": hvmc.Overheads.none()}
        loads = [[guest.lp_demand for guest in both] for both in guests(design(*pair, **machine))]
        return np.corrcoef(np.array(loads).T)[0, 1]

    # 200 pairs: the standard error of a correlation is at most 0.071; four of them
    assert found(0.0) == pytest.approx(0.0, abs=0.28)
    assert found(0.8) == pytest.approx(0.8, abs=0.28)


def test_static_and_dynamic_memory():
    static = FittedMemory(maximum_mib=4096.0)
    dynamic = FittedMemory(
        maximum_mib=8192.0, startup_mib=2048.0, minimum_mib=512.0, demand_mib=3e3
    )
    found = design(FittedGuest("a", memory=static), FittedGuest("b", memory=dynamic))
    one, two = found.draw(seed=1, trial=0).guests
    assert one.memory.minimum_mib == one.memory.startup_mib == one.memory.maximum_mib == 4096.0
    assert two.memory.working_set_mib * two.memory.use.committed == pytest.approx(3000.0)


def test_settings_survive_the_way_to_a_file_and_back():
    found = design(FittedGuest("web", 2, use=DrawnRange(0.1, 0.2), cpu_s=0.01, iops=None))
    assert read(Design, plain(found), "", []) == found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"use": DrawnRange(0.5, 1.5)}, "use.high must be a number above 0, at most 1, got 1.5"),
        ({"use": {"low": 0.5, "high": 0.4}}, "low must be <= high"),
        ({"cpu_s": {"low": 0.0, "high": 1.0, "law": "log"}}, "must be above 0 for the law log"),
        ({"io": hvmc.Attachment(device="tape")}, "io.device must be one of the disks"),
    ],
)
def test_what_cannot_be_is_said(given, message):
    with pytest.raises(SettingsError, match=message):
        design(FittedGuest("web", **given))


def test_a_name_is_one_guest():
    twice = hvmc.Guest(name="web", workload=hvmc.Closed())
    with pytest.raises(SettingsError, match=r"guests.web must be unique"):
        Design(guests=[twice], fitted=[FittedGuest("web")])
