"""Counted intercepts come at the rates they are given, per second of guest work.

The total of a guest is a sum of Poisson numbers of fixed means, so it is Poisson itself; a piece of
work is counted when it begins, at most one a thread ahead of the work done. A category is a fixed
share of the total. False-alarm rate of the whole file: 1e-6 (|z| <= 5.2 in 5 comparisons).
"""

import math

import pytest

import hvmc
from hvmc.counters import SampleInterval

Z = 5.2
BURST_S = 0.004


@pytest.fixture(scope="module")
def counted():
    """Counts of a busy guest over 20 s, and its work in CPU seconds."""
    closed = hvmc.Closed(threads=2, cpu=hvmc.Deterministic(BURST_S), think=hvmc.Exponential(0.001))
    web = hvmc.Guest(name="web", workload=closed)
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=1), guests=(web,), horizon_s=20.0, warmup_s=0.0
    )
    host = hvmc.HyperVHost(scenario, seed=11)
    before = host.observed
    host.run_until(20.0)
    interval = SampleInterval(scenario, before, host.observed)
    return interval.tally(0), float(interval.change("load", "work_ns", 0)) * 1e-9, scenario


def is_poisson_at(rate_per_cpu_s, count, work_s):
    ahead = 2 * BURST_S * rate_per_cpu_s
    expected = rate_per_cpu_s * work_s
    low, high = expected - Z * math.sqrt(expected), expected + Z * math.sqrt(expected) + ahead
    return low <= count <= high


def rate_of(scenario, *names):
    categories = scenario.overheads.intercepts.categories(True)
    return sum(item.rate_per_cpu_s for item in categories if item.name in names)


CASES = {
    "MSR Accesses/sec": ("msr",),
    "Page Fault Intercepts/sec": ("page_table",),
    "IO Instructions/sec": ("io_port",),
    "Virtual MMU Hypercalls/sec": ("hypercall_tlb_flush",),
}


@pytest.mark.parametrize("counter", CASES)
def test_categories_come_at_their_rates(counted, counter):
    tally, work_s, scenario = counted
    assert work_s > 10.0
    assert is_poisson_at(rate_of(scenario, *CASES[counter]), tally[counter], work_s)


def test_external_interrupts_hold_the_timer_ticks(counted):
    tally, work_s, scenario = counted
    rate = rate_of(scenario, "external_interrupt") + scenario.overheads.interrupts.tick_hz
    assert is_poisson_at(rate, tally["External Interrupts/sec"], work_s)


def test_a_rate_a_tenth_higher_would_be_noticed(counted):
    tally, work_s, scenario = counted
    rate = 1.1 * rate_of(scenario, "msr")
    assert not is_poisson_at(rate, tally["MSR Accesses/sec"], work_s)
