"""The fine clock against models of the same systems in SimPy and Ciw.

The programs share no code, no random numbers and no event order; means and 95 % quantiles of the
response time agree within what chance allows (false-alarm rate 1e-6 for the module, see conftest).
"""

import math
import random
from itertools import count

import ciw
import numpy as np
import pytest
import simpy

from hvmc.scenario.distributions import Exponential, Lognormal
from hvmc.scenario.guest import Guest
from hvmc.scenario.workload import Closed, Open

COMPARISONS = 7
REPLICATIONS = 16
OURS = 96
# Measured are the requests that start in [5, 45); they finish long before 50.
FROM_S, UNTIL_S, END_S = 5.0, 45.0, 50.0
SERVICE = Lognormal(0.010, 1.0)


def log_parameters(law):
    sigma2 = math.log1p(law.cv**2)
    return math.log(law.mean) - 0.5 * sigma2, math.sqrt(sigma2)


MU, SIGMA = log_parameters(SERVICE)


class Log:
    """Response times of the requests that start in the window."""

    def __init__(self):
        self.times = []

    def add(self, started, ended):
        if FROM_S <= started < UNTIL_S:
            self.times.append(ended - started)


def mean_and_p95(times):
    return float(np.mean(times)), float(np.quantile(times, 0.95))


@pytest.fixture(scope="module")
def ours(machine, bare):
    """Mean and 95 % quantile of hvmc's response times, seconds, shape (replications, 2)."""

    def run(guest, **settings):
        scenario = bare(guest, warmup_s=FROM_S, horizon_s=UNTIL_S, **settings)
        runs = (machine(scenario, trial=trial).to(END_S) for trial in range(OURS))
        return np.array([mean_and_p95(run.responses_ns() * 1e-9) for run in runs])

    return run


def replicate(model):
    return np.array([mean_and_p95(model(seed)) for seed in range(REPLICATIONS)])


# Closed: six threads think and ask for one of two servers, first come first served.
THREADS, SERVERS, THINK_S = 6, 2, 0.020


def simpy_closed(seed):
    rng, env, log = random.Random(seed), simpy.Environment(), Log()
    servers = simpy.Resource(env, SERVERS)

    def thread():
        while True:
            yield env.timeout(rng.expovariate(1.0 / THINK_S))
            started = env.now
            with servers.request() as turn:
                yield turn
                yield env.timeout(rng.lognormvariate(MU, SIGMA))
            log.add(started, env.now)

    for _ in range(THREADS):
        env.process(thread())
    env.run(until=END_S)
    return log.times


@pytest.fixture(scope="module")
def closed_by_simpy():
    return replicate(simpy_closed)


def closed_guest(service):
    work = Closed(threads=THREADS, cpu=service, think=Exponential(THINK_S))
    return Guest(name="web", virtual_processors=SERVERS, workload=work)


def test_closed_system_with_lognormal_service(ours, closed_by_simpy, agree_with_each_other):
    found = ours(closed_guest(SERVICE), lps=SERVERS)
    for column in (0, 1):
        assert agree_with_each_other(found[:, column], closed_by_simpy[:, column], COMPARISONS)


def test_service_5_percent_longer_is_found_out(ours, closed_by_simpy, agree_with_each_other):
    found = ours(closed_guest(SERVICE.scaled(1.05)), lps=SERVERS)
    assert not agree_with_each_other(found[:, 0], closed_by_simpy[:, 0], COMPARISONS)


# Open: Poisson arrivals at three servers with lognormal service, load 0.6.
RATE_PER_S, OPEN_SERVERS = 180.0, 3


def ciw_mg3(seed):
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE_PER_S)],
        service_distributions=[ciw.dists.Lognormal(MU, SIGMA)],
        number_of_servers=[OPEN_SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(END_S)
    log = Log()
    for record in simulation.get_all_records():
        log.add(record.arrival_date, record.exit_date)
    return log.times


def test_mgc_with_lognormal_service(ours, agree_with_each_other):
    work = Open(interarrival=Exponential(1.0 / RATE_PER_S), cpu=SERVICE, threads=256)
    guest = Guest(name="web", virtual_processors=OPEN_SERVERS, workload=work)
    found, theirs = ours(guest, lps=OPEN_SERVERS), replicate(ciw_mg3)
    for column in (0, 1):
        assert agree_with_each_other(found[:, column], theirs[:, column], COMPARISONS)


# A guest of one VP, and a root whose bursts preempt it: a preemptive-resume priority queue.
GUEST_RATE_PER_S, ROOT_LOAD, ROOT_BURST_S = 40.0, 0.2, 0.002


def simpy_preempted(seed):
    rng, env, log = random.Random(seed), simpy.Environment(), Log()
    lp, vp = simpy.PreemptiveResource(env), simpy.Resource(env)
    root_pause_s = ROOT_BURST_S * (1.0 / ROOT_LOAD - 1.0)

    def root():
        while True:
            yield env.timeout(rng.expovariate(1.0 / root_pause_s))
            with lp.request(priority=0) as turn:
                yield turn
                yield env.timeout(rng.expovariate(1.0 / ROOT_BURST_S))

    def work(left):
        while left > 0.0:
            with lp.request(priority=1) as turn:
                yield turn
                began = env.now
                try:
                    yield env.timeout(left)
                    left = 0.0
                except simpy.Interrupt:
                    left -= env.now - began

    def request():
        started = env.now
        with vp.request() as turn:
            yield turn
            yield env.process(work(rng.lognormvariate(MU, SIGMA)))
        log.add(started, env.now)

    def arrivals():
        for _ in count():
            yield env.timeout(rng.expovariate(GUEST_RATE_PER_S))
            env.process(request())

    env.process(root())
    env.process(arrivals())
    env.run(until=END_S)
    return log.times


def test_a_root_that_preempts(ours, agree_with_each_other):
    work = Open(interarrival=Exponential(1.0 / GUEST_RATE_PER_S), cpu=SERVICE, threads=256)
    root = {"background_load": ROOT_LOAD, "burst_s": ROOT_BURST_S, "wake": "preempt"}
    found = ours(Guest(name="web", workload=work), root=root)
    theirs = replicate(simpy_preempted)
    for column in (0, 1):
        assert agree_with_each_other(found[:, column], theirs[:, column], COMPARISONS)
