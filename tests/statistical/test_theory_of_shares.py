"""The fine clock against the theory of shares, limits, round robin and batches.

False-alarm rate of the module as in conftest; comparisons without chance state their grain.
"""

import numpy as np
import pytest

from hvmc import theory
from hvmc.kernel.codes import RUNNING
from hvmc.scenario.distributions import Deterministic, Exponential, Uniform
from hvmc.scenario.guest import Guest
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.paging import NestedPaging
from hvmc.scenario.workload import Batch, Closed

COMPARISONS = 7
MS = 1_000_000
BOTH_RULES = pytest.mark.parametrize("rule", ["credit", "fair_queue"])
BOTH_RESERVE_RULES = pytest.mark.parametrize("reserve_rule", ["floor", "first"])


def random_terms(rng, lps, bounded):
    """Reserves, limits and weights of a few more VPs than LPs.

    As many as there are LPs have no limit: no LP idles while the others are capped.
    """
    count = lps + int(rng.integers(1, 7))
    weight = np.round(10.0 ** rng.uniform(1.0, 3.0, count)).astype(int)
    reserve, limit = np.zeros(count), np.ones(count)
    if bounded:
        reserve = np.where(rng.random(count) < 0.5, 0.0, rng.uniform(0.0, 1.0, count))
        reserve = np.round(reserve * min(1.0, 0.9 * lps / max(reserve.sum(), 1e-9)), 3)
        limit[lps:] = np.maximum(np.round(rng.uniform(reserve, 1.0), 3), 0.05)[lps:]
    return reserve, limit, weight


@pytest.fixture(scope="module")
def shares(machine, bare, saturated):
    """Share of an LP that each of some saturated VPs gets between two times."""

    def run(lps, terms, from_s, to_s, **settings):
        guests = [
            saturated(f"g{i}", reserve=float(reserve), limit=float(limit), weight=int(weight))
            for i, (reserve, limit, weight) in enumerate(zip(*terms, strict=True))
        ]
        run = machine(bare(*guests, lps=lps, **settings)).to(from_s)
        before = run.vp_ns(RUNNING)[: len(guests)].copy()
        return (run.to(to_s).vp_ns(RUNNING)[: len(guests)] - before) / ((to_s - from_s) * 1e9)

    return run


# Slices of 0.2 ms. A VP that is released from its limit waits for the end of a slice, in each limit
# period of 20 ms: it loses up to 0.2 / 20 of an LP, which the others gain.
SLICE_S = 0.0002
RELEASE = SLICE_S / 0.020


@BOTH_RULES
@BOTH_RESERVE_RULES
@pytest.mark.parametrize("lps", [1, 4])
def test_saturated_shares_follow_reserve_limit_and_weight(shares, rule, reserve_rule, lps):
    rng = np.random.default_rng(20240607)
    dispatch = {"rule": rule, "reserve_rule": reserve_rule, "slice_s": SLICE_S}
    for _ in range(8):
        terms = random_terms(rng, lps, bounded=True)
        found = shares(lps, terms, 2.0, 12.0, dispatch=dispatch)
        expected = theory.saturated_shares(lps, *terms, rule=reserve_rule)
        assert found.sum() == pytest.approx(expected.sum(), abs=RELEASE)
        assert np.abs(found - expected).max() <= RELEASE


@BOTH_RULES
@pytest.mark.parametrize("lps", [1, 4])
def test_saturated_shares_follow_weight_at_the_default_slice(shares, rule, lps):
    """To a few slices of 10 ms in 100 s."""
    rng = np.random.default_rng(20240608)
    for _ in range(8):
        terms = random_terms(rng, lps, bounded=False)
        found = shares(lps, terms, 20.0, 120.0, dispatch={"rule": rule})
        expected = theory.saturated_shares(lps, *terms)
        assert np.abs(found - expected).max() <= 5 * 0.010 / 100.0


def test_the_two_reserve_rules_differ(shares):
    terms = [0.5, 0.0, 0.0], [1.0, 1.0, 1.0], [200, 100, 100]
    dispatch = {"rule": "fair_queue", "slice_s": SLICE_S}
    found = shares(1, terms, 2.0, 12.0, dispatch={**dispatch, "reserve_rule": "first"})
    assert np.abs(found - [0.75, 0.125, 0.125]).max() <= RELEASE
    assert np.abs(found - [0.5, 0.25, 0.25]).max() > 20 * RELEASE


@BOTH_RULES
def test_weights_hold_beside_a_root_that_is_almost_idle(shares, rule):
    """The root takes what it needs; the rest of the LP is shared 3 to 1.

    Its demand is its limit in `theory.saturated_shares`. In 100 s of exponential bursts of 0.2 ms
    at a load of 0.01 its share has a standard error of 0.0002.
    """
    terms = [0.0, 0.0], [1.0, 1.0], [300, 100]
    found = shares(1, terms, 20.0, 120.0, dispatch={"rule": rule}, root={"background_load": 0.01})
    expected = theory.saturated_shares(1, [0, 0, 0], [1, 1, 0.01], [300, 100, 100])[:2]
    assert np.abs(found - expected).max() <= 0.002


@pytest.mark.parametrize("limit", [0.1, 0.25, 0.8])
def test_a_limit_stretches_endless_work_by_its_inverse(machine, bare, job, limit):
    work_s = 5.0
    dispatch = {"limit_stagger": False}
    run = machine(bare(job("a", work_s, limit=limit), dispatch=dispatch)).to(60.0)
    elapsed = int(run.responses_ns()[0])
    quota = int(limit * 20 * MS)
    assert elapsed == theory.completion_time(round(work_s * 1e9), quota, 20 * MS)
    # a whole period at most is not yet used up when the work ends
    assert abs(elapsed * 1e-9 - work_s * theory.limit_stretch(limit)) <= 0.020


SLICE_ENDS = {
    # slices begin at random moments, other ones in each replication
    "independent": [Uniform(0.0, 0.010)] * 3,
    "even": [
        Deterministic(0.001),
        Deterministic(0.001 + 0.010 / 3),
        Deterministic(0.001 + 0.020 / 3),
    ],
    "together": [Deterministic(0.001)] * 3,
}


@pytest.fixture(scope="module")
def wakeup_delays(machine, bare):
    """Mean delays, seconds, of a probe that wakes among 6 endless VPs on 3 LPs, by replication.

    All VPs have credit of the first accounting period, ten seconds, so the ready list is first come
    first served. The probe works for 1 us and pauses for a uniform time of 5 slices, so it wakes at
    a uniform phase of the slices.
    """

    def run(starts, replications):
        def endless(name, start):
            work = Closed(threads=1, cpu=Deterministic(1e5), think=start)
            return Guest(name=name, workload=work)

        first = [endless(f"first{i}", start) for i, start in enumerate(starts)]
        then = [endless(f"then{i}", Deterministic(0.015 + 0.0001 * i)) for i in range(3)]
        pause = Uniform(0.010, 0.060)
        probe = Guest(
            name="probe", workload=Closed(threads=1, cpu=Deterministic(1e-6), think=pause)
        )
        dispatch = {"rule": "credit", "accounting_period_s": 10.0}
        scenario = bare(*first, *then, probe, lps=3, dispatch=dispatch, warmup_s=0.1, horizon_s=5.0)
        runs = (machine(scenario, trial=trial).to(5.2) for trial in range(replications))
        return np.array([run.mean_response_s(6) - 1e-6 for run in runs])

    return run


@pytest.mark.parametrize(
    ("slice_ends", "replications"), [("independent", 400), ("even", 40), ("together", 40)]
)
def test_round_robin_wakeup_delay(wakeup_delays, agree, slice_ends, replications):
    """Which slice ends hold is known: it is how the VPs were started.

    The hundred visits of the probe shift them by 1 us each.
    """
    found = wakeup_delays(SLICE_ENDS[slice_ends], replications)
    shift_s = 100e-6
    truth = {
        name: theory.mean_wakeup_delay_s(3, 3, 0.010, name)
        for name in ("independent", "even", "together")
    }
    assert agree(found, truth.pop(slice_ends), COMPARISONS, shift_s)
    for other in truth.values():
        assert not agree(found, other, COMPARISONS, shift_s)


@pytest.mark.parametrize(("tasks", "processors"), [(8, 4), (10, 4), (3, 4), (1, 1)])
def test_batch_of_fixed_tasks_is_exact(machine, bare, tasks, processors):
    work = Batch(
        workers=12,
        tasks=tasks,
        iterations=5,
        cpu=Deterministic(0.003),
        dispatch=Deterministic(0.001),
    )
    guest = Guest(name="job", virtual_processors=processors, workload=work)
    run = machine(bare(guest, lps=processors)).to(1.0)
    iteration_s = 0.001 + theory.barrier_deterministic_s(tasks, processors, 0.003)
    assert run.responses_ns().tolist() == [round(5 * iteration_s * 1e9)]


def test_batch_with_a_tax_and_sleeps_is_exact(machine, bare):
    work = Batch(
        workers=4,
        tasks=8,
        iterations=5,
        bursts=2,
        cpu=Deterministic(0.003),
        sleep=Deterministic(0.002),
        dispatch=Deterministic(0.001),
    )
    guest = Guest(name="job", virtual_processors=4, workload=work)
    overheads = Overheads(nested_paging=NestedPaging(fraction=0.1)).only("nested_paging")
    run = machine(bare(guest, lps=4, overheads=overheads)).to(1.0)
    # four workers on four processors sleep side by side: two tasks of two bursts each per worker
    amounts = theory.BatchWork(
        serial_s=5 * 0.001, parallel_s=5 * 8 * 2 * 0.003, pause_s=5 * 4 * 0.002
    )
    assert run.responses_ns().tolist() == [round(amounts.elapsed_s(4, cpu_tax=0.1) * 1e9)]


def test_batch_of_exponential_tasks(machine, bare, agree):
    work = Batch(workers=12, tasks=10, iterations=200, cpu=Exponential(0.003))
    guest = Guest(name="job", virtual_processors=4, workload=work)
    runs = (machine(bare(guest, lps=4), trial=trial).to(10.0) for trial in range(100))
    found = [run.responses_ns()[0] * 1e-9 / 200 for run in runs]
    assert agree(found, theory.mean_barrier_exponential_s(10, 4, 0.003), COMPARISONS)
    assert not agree(found, theory.mean_barrier_exponential_s(10, 5, 0.003), COMPARISONS)
