"""One trial: ratios between its runs, censoring, quantiles, what is refused."""

import math
import re

import numpy as np
import pytest

from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host, Root
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch, Closed, Open
from hvmc.trial import ResponseTimes, adequate_processors, outcome_rows, simulate


def busy(name="web", vps=2, threads=8, think_s=0.020):
    work = Closed(threads=threads, cpu=Exponential(0.010), think=Exponential(think_s))
    return Guest(name=name, virtual_processors=vps, workload=work)


@pytest.fixture(scope="module")
def result():
    scenario = Scenario(
        host=Host(logical_processors=4),
        guests=(busy("web"), busy("db"), busy("job", vps=1, threads=2)),
        horizon_s=12.0,
        warmup_s=2.0,
        baselines=("adequate", "same_size", "full_host", "together"),
    )
    return simulate(scenario)


def test_stretch_is_sizing_times_hosting(result):
    for guest in result.guests:
        assert guest.sizing * guest.hosting == pytest.approx(guest.stretch, rel=1e-12)
        assert guest.stretch == pytest.approx(
            guest.response_s.mean / guest.native["adequate"].response_s.mean, rel=1e-12
        )
        assert guest.stretch > 1.0
        assert guest.stretch_full_host >= guest.hosting
        assert guest.cycle_stretch > 1.0


def test_a_result_shows_itself_as_a_table(result):
    first, head, *rows = repr(result).splitlines()
    cells = re.findall(r"<t[hd]>([^<]*)</t[hd]>", result._repr_html_())
    assert cells == [*re.split(r"\s{2,}| (?=response)", head), *" ".join(rows).split()]
    assert first == (
        f"{result.window_s:g} s measured, {result.lp_busy:.3g} of "
        f"{result.scenario.host.logical_processors} LPs busy"
    )
    assert len({len(head), *map(len, rows)}) == 1
    for row, guest in zip(rows, result.guests, strict=True):
        assert row.split()[:2] == [guest.name, f"{guest.stretch:.3g}"]


def test_adequate_is_enough_and_no_more(result):
    # 8 x 10 / (10 + 20) = 2.67 LPs at 70 % are 3.8; 0.67 are 0.95; no more than the host has
    scenario = result.scenario
    assert [adequate_processors(guest, scenario) for guest in scenario.guests] == [4, 4, 1]
    small = scenario.replace(host=Host(logical_processors=3))
    assert adequate_processors(scenario.guests[0], small) == 3
    wide = scenario.guests[2].replace(virtual_processors=2)
    assert adequate_processors(wide, scenario) == 2


def test_rows_say_what_the_result_says(result):
    rows = outcome_rows(result, suffers_above=1.25)
    assert [row["guest"] for row in rows] == ["web", "db", "job"]
    for row, guest in zip(rows, result.guests, strict=True):
        assert row["stretch"] == guest.stretch
        assert row["suffers"] == (guest.stretch > 1.25)
        assert row["measured"] == guest.response_s.count
        shares = [row[f"share_{state}"] for state in ("idle", "ready", "running", "capped")]
        assert sum(shares) + row["share_blocked"] == pytest.approx(1.0)
        assert row["lp_used"] == pytest.approx(row["share_running"] * row["virtual_processors"])
    assert sum(row["provisioned_lp_s"] for row in rows) == pytest.approx(4 * result.window_s)
    used = sum(row["lp_used"] for row in rows)
    assert used <= result.lp_busy <= 4.0


def test_requests_cut_off_count_with_their_age(result):
    cut = simulate(result.scenario.replace(drain_s=0.0))
    for guest, whole in zip(cut.guests, result.guests, strict=True):
        assert guest.response_s.count == whole.response_s.count
        assert guest.response_s.mean <= whole.response_s.mean
        assert whole.response_s.censored == 0
    assert sum(guest.response_s.censored for guest in cut.guests) > 0


def test_a_batch_is_measured_by_its_elapsed_time():
    work = Batch(workers=2, tasks=8, iterations=10, cpu=Deterministic(0.010))
    guest = Guest(name="job", virtual_processors=2, workload=work)
    scenario = Scenario(
        host=Host(logical_processors=1),
        guests=(guest,),
        root=Root(background_load=0.0),
        overheads=Overheads.none(),
    )
    job = simulate(scenario).guest("job")
    # 800 ms of work: on the host's one LP, and on two LPs of its own
    assert job.elapsed_s == pytest.approx(0.8, rel=1e-12)
    assert job.native["same_size"].elapsed_s == pytest.approx(0.4, rel=1e-12)
    assert job.hosting == pytest.approx(2.0, rel=1e-12)
    assert job.throughput_per_s == pytest.approx(1 / 0.8, rel=1e-12)


def test_with_smt_an_even_and_an_odd_size_are_alike():
    """Alone on an idle host, a guest's hosting ratio does not jump with each further VP."""
    host = Host(logical_processors=16, threads_per_core=2)
    hosting = []
    for vps in (1, 2, 3, 4):
        scenario = Scenario(
            host=host,
            guests=(busy(vps=vps, threads=2 * vps, think_s=0.030),),
            root=Root(background_load=0.0),
            overheads=Overheads.none(),
            horizon_s=30.0,
            warmup_s=5.0,
        )
        hosting.append(simulate(scenario).guest("web").hosting)
    assert np.abs(np.diff(hosting)).max() < 0.1


def test_a_guest_without_requests_has_no_stretch():
    rare = Open(interarrival=Deterministic(1e6), cpu=Deterministic(0.001))
    scenario = Scenario(guests=(Guest(name="web", workload=rare),), horizon_s=5.0, warmup_s=1.0)
    guest = simulate(scenario).guest("web")
    assert guest.response_s.count == 0
    for ratio in (guest.stretch, guest.sizing, guest.hosting, guest.cycle_stretch):
        assert math.isnan(ratio)
    with pytest.raises(ValueError, match="at least one measured request, got none"):
        guest.response_s.quantile(0.5)


def times(finished, unfinished=()):
    return ResponseTimes(np.array(finished, np.int64), np.array(unfinished, np.int64))


@pytest.mark.parametrize(("q", "ns"), [(0.2, 10), (0.2001, 20), (0.5, 30), (0.8, 40), (0.99, 50)])
def test_quantiles_are_observed_values(q, ns):
    assert times([30, 10, 50, 20], [40]).quantile(q) == ns * 1e-9


def test_quantiles_need_requests_behind_them():
    assert times(range(1000)).supports(0.99)
    assert not times(range(999)).supports(0.99)
    with pytest.raises(ValueError, match=r"q must be between 0 and 1, got 1\.0"):
        times([1]).quantile(1.0)


def test_what_was_not_run_is_named_with_its_remedy():
    scenario = Scenario(guests=(busy(),), horizon_s=1.0, warmup_s=0.1)
    result = simulate(scenario)
    with pytest.raises(KeyError, match=r"'together' was not run.*scenario\.baselines"):
        result.native("together")
    with pytest.raises(KeyError, match=r"no guest 'db'; there are \['web'\]"):
        result.guest("db")
    assert math.isnan(result.guest("web").stretch_together)
