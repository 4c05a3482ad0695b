"""The time left, told while units finish whose costs differ from point to point."""

import heapq
import itertools
import math

import pytest

from hvmc.experiment.blocks import BlockGrid
from hvmc.experiment.forecast import Forecast, evenly
from hvmc.experiment.schedule import Schedule
from hvmc.experiment.spans import Span

# seconds of 20 trials each on hosts of 4 and of 64 LPs, recorded
CHEAP = (
    *(0.074, 0.067, 0.099, 0.074, 0.074, 0.098, 0.080, 0.073, 0.057, 0.076),
    *(0.076, 0.091, 0.070, 0.055, 0.064, 0.089, 0.076, 0.060, 0.079, 0.059),
)
DEAR = (
    *(0.655, 1.223, 0.726, 0.819, 1.097, 1.091, 1.022, 0.809, 1.158, 0.957),
    *(1.383, 1.348, 0.690, 0.765, 1.489, 1.046, 0.730, 1.223, 1.016, 0.655),
)


def ticks(costs, trials, workers, first_s=3.0):
    """Simulate a run by the clock; (seconds elapsed, seconds left as told) after each chunk."""
    region = Span(range(len(costs)), range(trials), range(1))
    missing = [Span.at(point, region.trials) for point in region.points]
    schedule, forecast = Schedule(missing, BlockGrid(region), workers), Forecast(missing, workers)
    chunks, running, told = iter(schedule), [], []

    def give(now):
        for chunk in itertools.islice(chunks, 1):
            units = [costs[chunk.point][trial % 20] for trial in chunk.trials]
            end, median = now + sum(units), sorted(units)[len(units) // 2]
            heapq.heappush(running, (end, chunk.point, chunk.trials.start, chunk, median))

    for _ in range(workers):
        give(first_s)
    while running:
        now, _, _, chunk, unit_s = heapq.heappop(running)
        schedule.finished(chunk, unit_s)
        forecast.finished(chunk, unit_s)
        told.append((now, forecast.left_s(now)))
        give(now)
    return told


@pytest.mark.parametrize("workers", [1, 2, 16])
@pytest.mark.parametrize(
    "costs",
    [
        [CHEAP, DEAR],
        [CHEAP, CHEAP, DEAR, DEAR],
        [DEAR, CHEAP, CHEAP, CHEAP],
        [CHEAP] * 39 + [DEAR],
        [CHEAP, DEAR] * 30,
        [CHEAP] * 20 + [DEAR] * 20,
    ],
    ids=["two", "dear last", "dear first", "one of forty", "in turn", "half"],
)
def test_the_time_left_never_more_than_doubles(costs, workers):
    told = ticks(costs, 1000 if len(costs) < 10 else 250, workers)
    end = told[-1][0]
    known = [(now, left) for now, left in told if not math.isnan(left)]
    assert known[0][0] < 0.2 * end
    assert known[-1][1] == 0.0
    for (_, before), (_, after) in itertools.pairwise(known):
        assert after <= 2.0 * before
    for now, left in known:
        if 0.4 * end < now < 0.8 * end:
            assert left == pytest.approx(end - now, rel=0.5)


def test_nothing_is_told_before_enough_points_are_known():
    forecast = Forecast([Span.at(point, range(10)) for point in (0, 1)], workers=2)
    forecast.finished(Span.at(0, range(5)), 1.0)
    assert math.isnan(forecast.left_s(5.0))
    forecast.finished(Span.at(1, range(5)), 3.0)
    # work left 5 x 1 s + 5 x 3 s, done at (20 + 5 x 2) / (10 + 5)
    assert forecast.left_s(10.0) == pytest.approx(20.0 / 2.0)


def test_points_that_are_not_known_cost_the_mean_of_the_known_ones():
    forecast = Forecast([Span.at(point, range(2)) for point in range(40)], workers=1)
    for point in range(20):
        forecast.finished(Span.at(point, range(2)), 1.0 if point % 2 else 3.0)
    # 20 points of 2 units at (1 s + 3 s) / 2 left; 80 s of work done in 75 s
    assert forecast.left_s(75.0) == pytest.approx(80.0 * (75.0 + 5.0) / (80.0 + 5.0))


def test_points_evenly_spread():
    assert evenly([5, 1, 3, 1], 10) == [1, 3, 5]
    assert evenly([], 10) == []
    assert len(evenly(range(1000), 24)) == 24
