"""Values that are right by arithmetic: shares by weight, limits, readiness, reserves.

Bare hosts under the default dispatch rule; nothing is random. Shares are measured over 100 s after
20 s, to a slice of 10 ms in it; with reserves, which are enforced to a slice in each period, slices
are 0.2 ms and the tolerance is that of a release, 1 % of an LP.

Ready summation is what vSphere's charts tell of CPU ready: milliseconds ready in a sample of 20 s,
so that 20,000 ms are 100 % of a VP. Here it is dispatches times wait per dispatch, as a guest's
counters count them, beside the share of time in the state ready, which is accounted apart.
"""

from collections.abc import Sequence
from functools import partial

from hvmc.counters.names import VIRTUAL, VP_STATES
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch
from hvmc.scenario.workload import Closed
from hvmc.trial import counter_series
from hvmc.validation.bench import bare, job, lp_shares, responses_ms, saturated
from hvmc.validation.case import Case, Claim, exactly

__all__ = ["CASES"]

_FROM_S, _TO_S = 20.0, 120.0
_WEIGHTS = (100, 100, 200, 400)
_SPECIFIED = (100, 200, 700)
_HOG_PERIODS = 50
_SAMPLE_S = 20.0


def _percent_by_weight(weights: Sequence[int], trials: int, _seed: int) -> list[list[float]]:
    guests = [saturated(f"g{number}", weight=weight) for number, weight in enumerate(weights)]
    shares = lp_shares(bare(*guests), _FROM_S, _TO_S)
    return [[100.0 * share for share in shares]] * trials


def _percent_by_reserve(rule: str, trials: int, _seed: int) -> list[list[float]]:
    guests = (saturated("a", reserve=0.5, weight=200), saturated("b"), saturated("c"))
    dispatch = Dispatch(reserve_rule=rule, slice_s=0.0002)
    shares = lp_shares(bare(*guests, dispatch=dispatch), 2.0, 12.0)
    return [[100.0 * share for share in shares[:2]]] * trials


def _limited_job_ms(work_ms: float, limit: float, period_s: float) -> float:
    dispatch = Dispatch(limit_period_s=period_s, limit_stagger=False)
    scenario = bare(job("job", work_ms * 1e-3, limit=limit), dispatch=dispatch, horizon_s=60.0)
    return float(responses_ms(scenario)[0])


def _limited_requests_ms(trials: int, _seed: int) -> list[list[float]]:
    return [[_limited_job_ms(work_ms, 1 / 16, 0.080) for work_ms in (5.0, 6.0, 20.0)]] * trials


def _limited_pulse_ms(trials: int, _seed: int) -> list[list[float]]:
    pulse = Closed(threads=1, cpu=Deterministic(0.005), think=Deterministic(0.100))
    guest = Guest(name="pulse", workload=pulse, priority=Priority(limit=0.2))
    dispatch = Dispatch(limit_period_s=0.100)
    times = responses_ms(bare(guest, dispatch=dispatch, horizon_s=60.0))
    return [[float(times.mean()), float(times.max())]] * trials


def _hog_pause_ms(trials: int, _seed: int) -> list[float]:
    """Give it a nanosecond more than 50 quotas: 50 pauses."""
    work_ms = _HOG_PERIODS * 8.0 + 1e-6
    elapsed_ms = _limited_job_ms(work_ms, 0.08, 0.100)
    return [(elapsed_ms - work_ms) / _HOG_PERIODS] * trials


def _two_hogs_percent(trials: int, _seed: int) -> list[list[float]]:
    scenario = bare(saturated("a"), saturated("b"))
    return [[100.0 * share for share in lp_shares(scenario, _FROM_S, _TO_S, "ready")]] * trials


def _ready_of_a_sample(weights: Sequence[int]) -> tuple[float, float]:
    """Return the first VP's ready summation, ms, and % ready, in the second sample."""
    guests = [saturated(f"g{number}", weight=weight) for number, weight in enumerate(weights)]
    rows = counter_series(bare(*guests, horizon_s=2 * _SAMPLE_S), interval_s=_SAMPLE_S)
    first = rows[(rows["time_s"] == 2 * _SAMPLE_S) & rows["instance"].str.startswith("g0:")]
    value = first.set_index(["object", "counter"])["value"]
    dispatches = value[VIRTUAL, "Logical Processor Dispatches/sec"] * _SAMPLE_S
    summation_ms = float(dispatches * value[VIRTUAL, "CPU Wait Time Per Dispatch"]) * 1e-6
    return summation_ms, float(value[VP_STATES, "% Ready Time"])


def _ready_summations(trials: int, _seed: int) -> list[list[float]]:
    samples = [_ready_of_a_sample(weights) for weights in ((100, 100), (900, 100))]
    half_ms, half_percent = samples[0]
    converted = 100.0 * half_ms / (1e3 * _SAMPLE_S)
    return [[half_ms, converted / half_percent, samples[1][0]]] * trials


def _of_weights(weights: Sequence[int]) -> tuple[Claim, ...]:
    named = "/".join(map(str, weights))
    return tuple(
        exactly(
            f"weights {named}, one LP: % of guest {number}", 100.0 * weight / sum(weights), 5e-3
        )
        for number, weight in enumerate(weights, 1)
    )


CASES = (
    Case("weights", _of_weights(_WEIGHTS), partial(_percent_by_weight, _WEIGHTS)),
    Case(
        "weights_of_the_specification",
        tuple(
            Claim(
                f"weights 100/200/700, one LP: % of weight {weight}",
                "S03",
                share,
                share,
                "exact",
                5e-3,
            )
            for weight, share in zip(_SPECIFIED, (10.0, 20.0, 70.0), strict=True)
        ),
        partial(_percent_by_weight, _SPECIFIED),
    ),
    Case(
        "limited_requests",
        (
            exactly("limit 1/16 of each 80 ms: 5 ms of work, ms", 5.0),
            Claim("limit 1/16 of each 80 ms: 6 ms of work, ms", "arithmetic", 80.0, 81.0),
            Claim("limit 1/16 of each 80 ms: 20 ms of work, ms", "arithmetic", 240.0, 245.0),
        ),
        _limited_requests_ms,
    ),
    Case(
        "limited_pulse",
        (
            exactly("5 ms of work each 105 ms, limit 20 of 100 ms: mean ms", 5.0),
            exactly("5 ms of work each 105 ms, limit 20 of 100 ms: longest ms", 5.0),
        ),
        _limited_pulse_ms,
    ),
    Case(
        "limited_hog",
        (exactly("endless work, limit 8 of 100 ms: pause, ms", 92.0, 1e-6),),
        _hog_pause_ms,
    ),
    Case(
        "two_hogs",
        (
            exactly("two endless VPs, one LP: % ready of the first", 50.0, 1e-3),
            exactly("two endless VPs, one LP: % ready of the second", 50.0, 1e-3),
        ),
        _two_hogs_percent,
    ),
    Case(
        "ready_summation",
        (
            exactly("two endless VPs, one LP: ready summation of 20 s, ms", 10_000.0, 1e-3),
            exactly("that over 20,000 ms, x the share of time ready", 1.0, 1e-3),
            Claim(
                "a VP 10 % ready: ready summation of 20 s, ms", "B04", 2000.0, 2000.0, "exact", 5e-3
            ),
        ),
        _ready_summations,
    ),
    Case(
        "reserve_first",
        (
            exactly("reserve 50 % first, weights 200/100/100: % of guest 1", 75.0, 0.0133),
            exactly("reserve 50 % first, weights 200/100/100: % of guest 2", 12.5, 0.08),
        ),
        partial(_percent_by_reserve, "first"),
    ),
    Case(
        "reserve_floor",
        (
            exactly("reserve 50 % as floor, weights 200/100/100: % of guest 1", 50.0, 0.02),
            exactly("reserve 50 % as floor, weights 200/100/100: % of guest 2", 25.0, 0.04),
        ),
        partial(_percent_by_reserve, "floor"),
    ),
)
