"""Closed forms (`hvmc.theory`) over a small grid of loads and sizes; root and overheads are off.

Each claim is an equivalence: within 1 % of the closed form, 2 % at loads of 0.9, beyond what
chance allows at a family-wise false-alarm rate (`hvmc.validation.verdicts`). Measured are the
requests that start in the window, every one to its end. Processor sharing is approached by slices
of 0.1 ms on VPs of their own, which shift a mean by up to two slices; that is in the bound.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvmc import theory
from hvmc.scenario.distributions import (
    Deterministic,
    Distribution,
    Exponential,
    Gamma,
    Lognormal,
    Uniform,
)
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed, Open
from hvmc.validation.bench import bare, lp_shares, mean_responses, saturated
from hvmc.validation.case import Case, Claim

__all__ = ["CASES"]

SERVICE_S = 0.010
RATE_PER_S = 1.0 / SERVICE_S
_BOUND, _HEAVY_BOUND = 0.01, 0.02
_HEAVY = 0.9
_TRIALS, _LONG = 20, 80
_SHARING = Dispatch(rule="fair_queue", slice_s=100e-6, queues="shared")
_SHARED_VPS = 64
_DPS_WEIGHTS, _DPS_RATES = (300, 100), (20.0, 30.0)


def _claim(text: str, value: float, bound: float = _BOUND) -> Claim:
    return Claim(text, "theory", value, value, "exact", bound=bound)


def _means_ms(scenario: Scenario, trials: int, seed: int) -> NDArray[np.float64]:
    return 1e3 * mean_responses(scenario, trials, seed)


def _case(name: str, scenario: Scenario, *claims: Claim, trials: int = _TRIALS) -> Case:
    return Case(name, claims, partial(_means_ms, scenario), trials, trials * _LONG // _TRIALS)


def _opened(
    rate_per_s: float,
    service: Distribution,
    vps: int = 1,
    name: str = "web",
    workers: int = 64,
    weight: int = 100,
) -> Guest:
    work = Open(interarrival=Exponential(1.0 / rate_per_s), cpu=service, threads=workers)
    return Guest(name=name, virtual_processors=vps, workload=work, priority=Priority(weight=weight))


def _window(measured_s: float, warmup_s: float = 5.0) -> dict[str, Any]:
    return {"warmup_s": warmup_s, "horizon_s": warmup_s + measured_s, "drain_s": 60.0}


def _mmc(load: float, servers: int, requests: float) -> Case:
    rate = load * servers * RATE_PER_S
    scenario = bare(
        _opened(rate, Exponential(SERVICE_S), servers),
        lps=servers,
        **_window(requests / rate, 20.0 if load >= _HEAVY else 5.0),
    )
    exact = 1e3 * (
        theory.mean_response_mm1(rate, RATE_PER_S)
        if servers == 1
        else theory.mean_response_mmc(rate, RATE_PER_S, servers)
    )
    name = "M/M/1" if servers == 1 else f"M/M/{servers}"
    bound = _HEAVY_BOUND if load >= _HEAVY else _BOUND
    return _case(
        f"mm{servers}_{load:g}",
        scenario,
        _claim(f"{name}, load {load:g}: response, ms", exact, bound),
    )


def _mg1(name: str, service: Distribution, requests: float) -> Case:
    rate = 0.7 * RATE_PER_S
    cv = float(np.sqrt(service.variance) / service.mean)
    exact = 1e3 * theory.mean_response_mg1(rate, RATE_PER_S, cv)
    scenario = bare(_opened(rate, service), **_window(requests / rate))
    return _case(name, scenario, _claim(f"M/G/1, load 0.7, cv {cv:.2g}: response, ms", exact))


def _repairman(customers: int, servers: int, think_s: float, think: Distribution) -> Case:
    work = Closed(threads=customers, cpu=Exponential(SERVICE_S), think=think)
    guest = Guest(name="web", virtual_processors=servers, workload=work)
    truth = theory.machine_repairman(customers, think_s, SERVICE_S, servers)
    law = "" if think.kind == "exponential" else f", {think.kind} think time"
    text = f"M/M/{servers}//{customers}{law}: response, ms"
    scenario = bare(guest, lps=servers, **_window(200.0))
    name = f"repairman_{customers}_{servers}_{think.kind}"
    return _case(name, scenario, _claim(text, 1e3 * truth.mean_response_s))


def _sharing(
    name: str, load: float, service: Distribution, measured_s: float, trials: int = _TRIALS
) -> Case:
    guest = _opened(load * RATE_PER_S, service, _SHARED_VPS, workers=_SHARED_VPS)
    exact = 1e3 * theory.mean_response_ps(load * RATE_PER_S, RATE_PER_S)
    scenario = bare(guest, dispatch=_SHARING, **_window(measured_s))
    text = f"processor sharing, load {load:g}, {service.kind}: response, ms"
    claim = _claim(text, exact, _BOUND + _slices_ms() / exact)
    return _case(name, scenario, claim, trials=trials)


def _slices_ms() -> float:
    return 2e3 * _SHARING.slice_s


def _discriminatory() -> Case:
    guests = [
        _opened(rate, Exponential(SERVICE_S), _SHARED_VPS, name, _SHARED_VPS, weight)
        for name, rate, weight in zip("ab", _DPS_RATES, _DPS_WEIGHTS, strict=True)
    ]
    exact = theory.mean_response_dps(_DPS_RATES, (RATE_PER_S,) * 2, _DPS_WEIGHTS)
    claims = [
        _claim(
            f"discriminatory sharing 300:100, load 0.5: weight {weight}, ms",
            1e3 * float(value),
            _BOUND + _slices_ms() * 1e-3 / float(value),
        )
        for weight, value in zip(_DPS_WEIGHTS, exact, strict=True)
    ]
    scenario = bare(*guests, dispatch=_SHARING, **_window(800.0))
    return _case("discriminatory_sharing", scenario, *claims)


def _quota(work_s: float, limit: float) -> Case:
    """Let requests find their quota untouched, at any phase of the period."""
    period_s = 0.020
    pause = Uniform(0.100, 0.100 + 20 * period_s)
    guest = Guest(
        name="limited",
        workload=Closed(threads=1, cpu=Deterministic(work_s), think=pause),
        priority=Priority(limit=limit),
    )
    exact = 1e3 * theory.mean_completion_time(work_s, limit * period_s, period_s)
    text = f"quota server, limit {limit:g}: {1e3 * work_s:g} ms of work, ms"
    scenario = bare(guest, dispatch=Dispatch(limit_period_s=period_s), **_window(600.0))
    return _case(f"quota_{limit:g}_{1e3 * work_s:g}ms", scenario, _claim(text, exact))


def _random_terms(number: int) -> tuple[int, list[float], list[int]]:
    """Return LPs, limits and weights of some more VPs than LPs, other ones for each number."""
    rng = np.random.default_rng([20240607, number])
    lps = (1, 4, 16)[number % 3]
    count = lps + int(rng.integers(1, 7))
    limits = np.ones(count)
    limits[lps:] = np.round(rng.uniform(0.1, 1.0, count - lps), 2)
    weights = np.round(10.0 ** rng.uniform(1.0, 3.0, count)).astype(int)
    return lps, limits.tolist(), weights.tolist()


def _largest_gap(lps: int, trials: int, _seed: int) -> list[float]:
    """Return the largest gap between the shares of an LP and water-filling, LPs."""
    gaps = []
    for trial in range(trials):
        number = (1, 4, 16).index(lps) + 3 * trial
        _, limits, weights = _random_terms(number)
        guests = [
            saturated(f"g{place}", limit=limit, weight=weight)
            for place, (limit, weight) in enumerate(zip(limits, weights, strict=True))
        ]
        dispatch = Dispatch(queues="shared", slice_s=0.0002)
        found = lp_shares(bare(*guests, lps=lps, dispatch=dispatch), 2.0, 8.0)
        exact = theory.saturated_shares(lps, [0.0] * len(limits), limits, weights)
        gaps.append(round(float(np.abs(np.array(found) - exact).max()), 4))
    return gaps


def _water_filling(lps: int) -> Case:
    """Hold to a slice of each limit period: 0.2 of 20 ms."""
    text = f"water-filling by weight and limit, {lps} LP{'s' * (lps > 1)}: largest gap, LPs"
    claim = Claim(text, "theory", 0.0, 0.01, "exact")
    return Case(f"water_filling_{lps}", (claim,), partial(_largest_gap, lps), 3, 12)


CASES = (
    _mmc(0.5, 1, 1e5),
    _mmc(0.7, 1, 2.5e5),
    _mmc(0.9, 1, 1.5e6),
    _mmc(0.5, 4, 5e4),
    _mmc(0.8, 4, 2e5),
    _mmc(0.9, 4, 6e5),
    _mmc(0.8, 16, 1e5),
    _mmc(0.9, 16, 4e5),
    _mg1("md1", Deterministic(SERVICE_S), 1e5),
    _mg1("mg1_gamma", Gamma(SERVICE_S, 0.5), 1.5e5),
    _mg1("mg1_lognormal", Lognormal(SERVICE_S, 2.0), 8e5),
    _repairman(8, 2, 0.020, Exponential(0.020)),
    _repairman(30, 4, 0.050, Exponential(0.050)),
    _repairman(8, 2, 0.020, Lognormal(0.020, 2.0)),
    _sharing("sharing_exponential", 0.5, Exponential(SERVICE_S), 800.0),
    _sharing("sharing_lognormal", 0.5, Lognormal(SERVICE_S, 2.0), 1000.0, 30),
    _sharing("sharing_heavier", 0.7, Exponential(SERVICE_S), 1000.0, 30),
    _discriminatory(),
    _quota(0.005, 0.5),
    _quota(0.012, 0.5),
    _quota(0.030, 0.25),
    _water_filling(1),
    _water_filling(4),
    _water_filling(16),
)
