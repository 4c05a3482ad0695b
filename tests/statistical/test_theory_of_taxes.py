"""Intercepts and hard faults against the arithmetic of compound Poisson sums.

Each request works for a fixed time w on an LP of its own. Intercepts that the hypervisor handles
come N times, N Poisson with mean rate x w, and cost a sum of N costs: mean rate x w x m, variance
rate x w x m^2 (1 + cv^2). What root VPs emulate, and page-ins, interrupt the request for the same
kind of sum (Gaver 1962).

The kernel draws N and the sum once per request, from laws of these moments (`hvmc.kernel.taxes`;
tests/unit/kernel/test_taxes.py has their distances from what they stand for), and lets each piece
of the request's work pay its share.

False-alarm rate of the module: 1e-6, over the choice of the seeds.
"""

from zlib import crc32

import numpy as np
import pytest

from hvmc import theory
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.intercepts import Category, Intercepts
from hvmc.scenario.io import Attachment, Interrupts
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.paging import Faults
from hvmc.scenario.plain import plain
from hvmc.scenario.workload import Closed, Open

COMPARISONS = 20
REPLICATIONS = 40
NS = 1e9
# work and costs are rounded to whole nanoseconds, each tax in up to five sums
ROUNDING_NS = 2.5


IO_S = 0.0001


def worker(work_s, think_s=0.0005, ios=0):
    turns = Closed(threads=1, cpu=Deterministic(work_s), think=Deterministic(think_s))
    if ios:
        turns = turns.replace(ios=ios, io=Deterministic(IO_S))
    return Guest(name="a", workload=turns, io=Attachment("direct"))


@pytest.fixture(scope="module")
def responses(machine):
    """Response times, ns, of each replication; ``fault_rate`` is the kernel's, per CPU second."""

    def run(scenario, fault_rate=0.0):
        seed = crc32(repr(plain(scenario)).encode())
        for trial in range(REPLICATIONS):
            one = machine(scenario, seed=seed, trial=trial)
            one.state["load"]["fault_rate"][0][0] = fault_rate
            one.to(scenario.horizon_s + 5.0)
            assert one.state["load"]["measured"][0][0] == one.state["load"]["finished"][0][0]
            yield one, one.responses_ns().astype(float)

    return run


def hypervisor(rate, cost_s, cv, indirect_s=0.0):
    handled = (Category("msr", rate, cost_s, cv),)
    settings = Intercepts(direct_s=0.0, enlightened=handled, indirect_s=indirect_s, halt_s=0.0)
    return Overheads(intercepts=settings).only("intercepts")


# expected intercepts per request: 6 and 60, and 6 that five bursts share
CASES = [(6_000.0, 1e-3, 0.5, 0), (60_000.0, 1e-3, 0.5, 0), (6_000.0, 1e-3, 0.5, 4)]


@pytest.fixture(scope="module", params=CASES, ids=str)
def taxes(request, bare, responses):
    rate, work_s, cv, ios = request.param
    guest, costs = worker(work_s, ios=ios), hypervisor(rate, 1e-6, cv)
    scenario = bare(guest, overheads=costs, horizon_s=15.0)
    found = [times - (work_s + ios * IO_S) * NS for _, times in responses(scenario)]
    return rate * work_s, cv, np.array([[tax.mean(), tax.var(ddof=1)] for tax in found])


def test_mean_of_the_hypervisor_s_tax(taxes, agree):
    expected, _, found = taxes
    assert agree(found[:, 0], expected * 1000.0, COMPARISONS, ROUNDING_NS)
    assert not agree(found[:, 0], 1.01 * expected * 1000.0, COMPARISONS, ROUNDING_NS)


def test_variance_of_the_hypervisor_s_tax(taxes, agree):
    expected, cv, found = taxes
    truth = expected * (1.0 + cv**2) * 1e6
    assert agree(found[:, 1], truth, COMPARISONS)
    # costs that do not vary, or a number that does not
    assert not agree(found[:, 1], expected * 1e6, COMPARISONS)
    assert not agree(found[:, 1], expected * cv**2 * 1e6, COMPARISONS)


def test_indirect_costs_and_ticks_add_up(bare, responses, agree):
    costs = hypervisor(5_000.0, 1e-6, 0.5, indirect_s=3e-6)
    costs = costs.replace(interrupts=Interrupts(tick_hz=1000.0, tick_s=10e-6, inject_s=0.0))
    scenario = bare(worker(0.002), overheads=costs, horizon_s=4.0)
    found = np.array([times.mean() for _, times in responses(scenario)])
    # 10 intercepts of 4 us and 2 ticks of 10
    assert agree(found, 2_000_000.0 + 10 * 4_000.0 + 2 * 10_000.0, COMPARISONS, 2 * ROUNDING_NS)
    assert not agree(found, 2_000_000.0 + 12 * 4_000.0 + 2 * 10_000.0, COMPARISONS)


def emulated(rate, cost_s, cv):
    handled = (Category("io_port", rate, cost_s, cv, handler="root"),)
    settings = Intercepts(direct_s=0.0, enlightened=handled, indirect_s=0.0, halt_s=0.0)
    return Overheads(intercepts=settings).only("intercepts")


RATE, EMULATION_S, EMULATION_CV = 500.0, 200e-6, 0.5


@pytest.fixture(scope="module")
def interrupted(bare, responses):
    work_s = 0.004
    costs = emulated(RATE, EMULATION_S, EMULATION_CV)
    scenario = bare(worker(work_s), overheads=costs, horizon_s=30.0)
    rows = []
    for run, times in responses(scenario):
        look = run.look()
        count = look["load"]["root_intercepts"][0]
        work = look["load"]["work_ns"][0] / NS
        rows.append((times.mean(), times.var(ddof=1), count - RATE * work))
    return np.array(rows), theory.interrupted_service(work_s, 0.0, RATE, EMULATION_S, EMULATION_CV)


def test_root_s_intercepts_interrupt_a_machine(interrupted, agree):
    rows, truth = interrupted
    # a cut within the first nanosecond of a piece leaves a piece of one: 2e-3 of a ns in all
    assert agree(rows[:, 0], truth.mean_s * NS, COMPARISONS, ROUNDING_NS)
    assert agree(rows[:, 1], (truth.cv * truth.mean_s * NS) ** 2, COMPARISONS)
    assert not agree(rows[:, 0], (0.004 + RATE * 0.004 * 190e-6) * NS, COMPARISONS)
    # emulations that all take the same time
    same = theory.interrupted_service(0.004, 0.0, RATE, EMULATION_S, 0.0)
    assert not agree(rows[:, 1], (same.cv * same.mean_s * NS) ** 2, COMPARISONS)


def test_root_s_intercepts_come_at_their_rate(interrupted, agree):
    rows, _ = interrupted
    assert agree(rows[:, 2], 0.0, COMPARISONS)
    assert not agree(rows[:, 2] + 0.03 * RATE * 25.0, 0.0, COMPARISONS)


def test_a_queue_in_front_of_an_interrupted_machine(bare, responses, agree):
    """M/G/1: the VP stays with its thread while the root emulates."""
    costs = emulated(RATE, EMULATION_S, EMULATION_CV)
    work = Open(interarrival=Exponential(0.010), cpu=Exponential(0.006), threads=256)
    guest = Guest(name="a", workload=work)
    scenario = bare(guest, overheads=costs, warmup_s=5.0, horizon_s=400.0)
    found = np.array([times.mean() for _, times in responses(scenario)]) / NS
    done = theory.interrupted_service(0.006, 1.0, RATE, EMULATION_S, EMULATION_CV)
    truth = theory.mean_response_mg1(100.0, 1.0 / done.mean_s, done.cv)
    assert agree(found, truth, COMPARISONS)
    assert not agree(found, theory.mean_response_mm1(100.0, 1.0 / 0.006), COMPARISONS)


@pytest.mark.parametrize("rate", [100.0, 1000.0])
def test_faults_come_at_their_rate_and_cost_their_page_ins(bare, responses, agree, rate):
    # intercepts without any category: what makes the kernel look for faults
    costs = emulated(0.0, 0.0, 0.0).replace(
        faults=Faults(write_back=0.0, page_in=Exponential(0.0005))
    )
    scenario = bare(worker(0.010), overheads=costs, horizon_s=40.0)
    rows = []
    for run, times in responses(scenario, fault_rate=rate):
        look = run.look()
        count, work = look["load"]["faults"][0], look["load"]["work_ns"][0] / NS
        rows.append((times.mean(), times.var(ddof=1), (count - rate * work) ** 2 / (rate * work)))
    found = np.array(rows)
    truth = theory.interrupted_service(0.010, 0.0, rate, 0.0005, 1.0)
    assert agree(found[:, 0], truth.mean_s * NS, COMPARISONS, ROUNDING_NS * 10)
    assert agree(found[:, 1], (truth.cv * truth.mean_s * NS) ** 2, COMPARISONS)
    # Poisson: the squared deviation of the number, in units of its mean, is one on average
    assert agree(found[:, 2], 1.0, COMPARISONS)
    assert not agree(found[:, 0], 0.98 * truth.mean_s * NS, COMPARISONS)
    assert not agree(found[:, 1], 0.9 * (truth.cv * truth.mean_s * NS) ** 2, COMPARISONS)
