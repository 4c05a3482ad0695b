"""The fine clock against queueing theory.

Replications are trials 0, 1, ... of a seed. A difference is blamed on chance as long as it is
within z standard errors, with z from a false-alarm rate of 1e-6 for all comparisons of this module
together (see conftest).
"""

from zlib import crc32

import numpy as np
import pytest

from hvmc import theory
from hvmc.scenario.distributions import Deterministic, Exponential, Gamma, Lognormal
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.plain import plain
from hvmc.scenario.workload import Closed, Open

COMPARISONS = 17
REPLICATIONS = 40
SERVICE_S = 0.010
# 100 service times: by then an empty start has been forgotten at the loads used here
WARMUP_S = 5.0


@pytest.fixture(scope="module")
def mean_responses(machine):
    """Mean response times, seconds, shape (replications, workloads); other luck for each scenario.

    Measured are the requests that start in the window, and all of them: they finish in the ten
    seconds after it.
    """

    def run(scenario, loads=1, replications=REPLICATIONS):
        means = []
        seed = crc32(repr(plain(scenario)).encode())
        for trial in range(replications):
            run = machine(scenario, seed=seed, trial=trial).to(scenario.horizon_s + 10.0)
            assert [run.state["load"]["measured"][0][i] for i in range(loads)] == [
                run.state["load"]["finished"][0][i] for i in range(loads)
            ]
            means.append([run.mean_response_s(load) for load in range(loads)])
        return np.array(means)

    return run


def arrivals(rate_per_s, service, servers=1, workers=256):
    work = Open(interarrival=Exponential(1.0 / rate_per_s), cpu=service, threads=workers)
    return Guest(name="web", virtual_processors=servers, workload=work)


@pytest.fixture(scope="module")
def mm1(bare, mean_responses):
    guest = arrivals(70.0, Exponential(SERVICE_S))
    return mean_responses(bare(guest, warmup_s=WARMUP_S, horizon_s=2000.0))[:, 0]


def test_mm1(mm1, agree):
    assert agree(mm1, theory.mean_response_mm1(70.0, 100.0), COMPARISONS)


def test_mm1_with_a_service_rate_3_percent_off_is_found_out(mm1, agree):
    assert not agree(mm1, theory.mean_response_mm1(70.0, 97.0), COMPARISONS)


@pytest.mark.parametrize("servers", [2, 4, 16])
def test_mmc(bare, mean_responses, agree, servers):
    rate = 80.0 * servers
    guest = arrivals(rate, Exponential(SERVICE_S), servers)
    found = mean_responses(bare(guest, lps=servers, warmup_s=WARMUP_S, horizon_s=1600.0 / servers))
    assert agree(found[:, 0], theory.mean_response_mmc(rate, 100.0, servers), COMPARISONS)


@pytest.mark.parametrize(
    ("service", "horizon_s"),
    [
        (Lognormal(SERVICE_S, 2.0), 2000.0),
        (Gamma(SERVICE_S, 0.5), 400.0),
        (Deterministic(SERVICE_S), 1000.0),
    ],
    ids=str,
)
def test_mg1(bare, mean_responses, agree, service, horizon_s):
    guest = arrivals(70.0, service)
    found = mean_responses(bare(guest, warmup_s=WARMUP_S, horizon_s=horizon_s))
    cv = np.sqrt(service.variance) / service.mean
    assert agree(found[:, 0], theory.mean_response_mg1(70.0, 100.0, cv), COMPARISONS)


# One LP shared in slices so short that all seem to run at once: each of at most 64 requests on a
# VP of its own (more are present at a load of 0.5 with probability 0.5**64).
SHARING = {"rule": "fair_queue", "slice_s": 100e-6}
# A slice is where it differs from sharing: a request waits for at most one of each of the others
# present, 0.5 / 0.5 on average, when it comes and again when it ends.
SHARING_GRAIN_S = 2 * 100e-6


@pytest.mark.parametrize("service", [Exponential(SERVICE_S), Lognormal(SERVICE_S, 2.0)], ids=str)
def test_processor_sharing_does_not_depend_on_the_law(bare, mean_responses, agree, service):
    guest = arrivals(50.0, service, servers=64, workers=64)
    found = mean_responses(bare(guest, dispatch=SHARING, warmup_s=WARMUP_S, horizon_s=150.0))[:, 0]
    assert agree(found, theory.mean_response_ps(50.0, 100.0), COMPARISONS, SHARING_GRAIN_S)
    if service.kind == "lognormal":
        fifo = theory.mean_response_mg1(50.0, 100.0, 2.0)
        assert not agree(found, fifo, COMPARISONS, SHARING_GRAIN_S)


def test_discriminatory_processor_sharing(bare, mean_responses, agree):
    weights, rates = (300, 100), (20.0, 30.0)
    guests = [
        arrivals(rate, Exponential(SERVICE_S), servers=64, workers=64).replace(
            name=name, priority=Priority(weight=weight)
        )
        for name, rate, weight in zip("ab", rates, weights, strict=True)
    ]
    scenario = bare(*guests, dispatch=SHARING, warmup_s=WARMUP_S, horizon_s=150.0)
    found = mean_responses(scenario, loads=2)
    truth = theory.mean_response_dps(rates, (100.0, 100.0), weights)
    for load in (0, 1):
        assert agree(found[:, load], truth[load], COMPARISONS, SHARING_GRAIN_S)
    assert not agree(found[:, 0], truth[1], COMPARISONS, SHARING_GRAIN_S)


@pytest.mark.parametrize(("customers", "servers", "think_s"), [(8, 2, 0.020), (30, 4, 0.050)])
def test_machine_repairman(bare, mean_responses, agree, customers, servers, think_s):
    work = Closed(threads=customers, cpu=Exponential(SERVICE_S), think=Exponential(think_s))
    guest = Guest(name="web", virtual_processors=servers, workload=work)
    found = mean_responses(bare(guest, lps=servers, warmup_s=WARMUP_S, horizon_s=300.0))
    truth = theory.machine_repairman(customers, think_s, SERVICE_S, servers)
    assert agree(found[:, 0], truth.mean_response_s, COMPARISONS)


def test_the_think_times_law_does_not_matter(bare, mean_responses, agree):
    work = Closed(threads=8, cpu=Exponential(SERVICE_S), think=Lognormal(0.020, 2.0))
    guest = Guest(name="web", virtual_processors=2, workload=work)
    found = mean_responses(bare(guest, lps=2, warmup_s=WARMUP_S, horizon_s=300.0))
    truth = theory.machine_repairman(8, 0.020, SERVICE_S, 2)
    assert agree(found[:, 0], truth.mean_response_s, COMPARISONS)
