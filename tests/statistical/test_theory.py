"""The fine clock against closed forms.

Replications are trials 0, 1, ... of one seed. A difference is blamed on chance as long as it is
within z standard errors, with z from a false-alarm rate of 1e-6 for all comparisons of this module
together (see conftest).
"""

import numpy as np
import pytest

from hvmc import theory
from hvmc.scenario.distributions import (
    Deterministic,
    Exponential,
    Gamma,
    Lognormal,
    Uniform,
)
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.workload import Batch, Closed, Open

COMPARISONS = 40
REPLICATIONS = 40
SERVICE_S = 0.010
# 100 service times: by then an empty start has been forgotten at the loads used here
WARMUP_S = 5.0


@pytest.fixture(scope="module")
def mean_responses(machine):
    """Mean response times, seconds, shape (replications, workloads)."""

    def run(scenario, loads=1, replications=REPLICATIONS):
        means = []
        for trial in range(replications):
            # the requests that start in the window finish within ten seconds
            run = machine(scenario, trial=trial).to(scenario.horizon_s + 10.0)
            assert [run.state.load_measured[0][i] for i in range(loads)] == [
                run.state.load_finished[0][i] for i in range(loads)
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
    return mean_responses(bare(guest, warmup_s=WARMUP_S, horizon_s=400.0))[:, 0]


def test_mm1(mm1, agree):
    assert agree(mm1, theory.mean_response_mm1(70.0, 100.0), COMPARISONS)


def test_mm1_with_a_service_rate_3_percent_off_is_found_out(mm1, agree):
    assert not agree(mm1, theory.mean_response_mm1(70.0, 97.0), COMPARISONS)


@pytest.mark.parametrize("servers", [2, 4, 16])
def test_mmc(bare, mean_responses, agree, servers):
    rate = 80.0 * servers
    guest = arrivals(rate, Exponential(SERVICE_S), servers)
    found = mean_responses(bare(guest, lps=servers, warmup_s=WARMUP_S, horizon_s=200.0))
    assert agree(found[:, 0], theory.mean_response_mmc(rate, 100.0, servers), COMPARISONS)


@pytest.mark.parametrize(
    "service", [Lognormal(SERVICE_S, 2.0), Gamma(SERVICE_S, 0.5), Deterministic(SERVICE_S)], ids=str
)
def test_mg1(bare, mean_responses, agree, service):
    guest = arrivals(70.0, service)
    found = mean_responses(bare(guest, warmup_s=WARMUP_S, horizon_s=400.0))
    cv = np.sqrt(service.variance) / service.mean
    assert agree(found[:, 0], theory.mean_response_mg1(70.0, 100.0, cv), COMPARISONS)


# One LP shared in slices so short that all seem to run at once. More than 60 requests at a load of
# 0.7 are present with probability 0.7**60 = 5e-10.
SHARING = {"rule": "fair_queue", "slice_s": 50e-6}
# A request waits at most a slice of each of the others present before its first and its last slice;
# on average 0.7 / 0.3 of them are there.
SHARING_GRAIN_S = 2 * 50e-6 * 0.7 / 0.3


@pytest.mark.parametrize("service", [Exponential(SERVICE_S), Lognormal(SERVICE_S, 2.0)], ids=str)
def test_processor_sharing_does_not_depend_on_the_law(bare, mean_responses, agree, service):
    guest = arrivals(70.0, service, servers=64, workers=64)
    found = mean_responses(bare(guest, dispatch=SHARING, warmup_s=WARMUP_S, horizon_s=50.0))[:, 0]
    truth = theory.mean_response_ps(70.0, 100.0)
    assert agree(found, truth, COMPARISONS, SHARING_GRAIN_S)
    if service.kind == "lognormal":
        fifo = theory.mean_response_mg1(70.0, 100.0, 2.0)
        assert not agree(found, fifo, COMPARISONS, SHARING_GRAIN_S)


def test_discriminatory_processor_sharing(bare, mean_responses, agree):
    weights, rates = (300, 100), (30.0, 40.0)
    guests = [
        arrivals(rate, Exponential(SERVICE_S), servers=64, workers=64).replace(
            name=name, priority=Priority(weight=weight)
        )
        for name, rate, weight in zip("ab", rates, weights, strict=True)
    ]
    scenario = bare(*guests, dispatch=SHARING, warmup_s=WARMUP_S, horizon_s=50.0)
    found = mean_responses(scenario, loads=2)
    truth = theory.mean_response_dps(rates, (100.0, 100.0), weights)
    for load in (0, 1):
        assert agree(found[:, load], truth[load], COMPARISONS, SHARING_GRAIN_S)
    assert not agree(found[:, 0], truth[1], COMPARISONS, SHARING_GRAIN_S)


@pytest.mark.parametrize(("customers", "servers", "think_s"), [(8, 2, 0.020), (30, 4, 0.050)])
def test_machine_repairman(bare, mean_responses, agree, customers, servers, think_s):
    work = Closed(threads=customers, cpu=Exponential(SERVICE_S), think=Exponential(think_s))
    guest = Guest(name="web", virtual_processors=servers, workload=work)
    found = mean_responses(bare(guest, lps=servers, warmup_s=WARMUP_S, horizon_s=60.0))
    truth = theory.machine_repairman(customers, think_s, SERVICE_S, servers)
    assert agree(found[:, 0], truth.mean_response_s, COMPARISONS)


def test_the_think_times_law_does_not_matter(bare, mean_responses, agree):
    work = Closed(threads=8, cpu=Exponential(SERVICE_S), think=Lognormal(0.020, 2.0))
    guest = Guest(name="web", virtual_processors=2, workload=work)
    found = mean_responses(bare(guest, lps=2, warmup_s=WARMUP_S, horizon_s=60.0))
    truth = theory.machine_repairman(8, 0.020, SERVICE_S, 2)
    assert agree(found[:, 0], truth.mean_response_s, COMPARISONS)
