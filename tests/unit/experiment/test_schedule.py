"""Chunks: every missing unit once, about a second each, blocks one after another."""

from collections import defaultdict

import pytest

from hvmc.experiment import schedule
from hvmc.experiment.blocks import BLOCK_UNITS, BlockGrid
from hvmc.experiment.schedule import Schedule
from hvmc.experiment.spans import Span, coalesce


def region(points, trials, replications=1):
    return Span(range(points), range(trials), range(replications))


def constant(unit_s):
    return defaultdict(lambda: unit_s).__getitem__


def carry_out(missing, grid, unit_s, workers=1):
    """Run a schedule whose units at a point take a known time; chunks and finished blocks."""
    plan = Schedule(missing, grid, workers)
    chunks, blocks = [], []
    for chunk in plan:
        chunks.append(chunk)
        blocks.append(plan.finished(chunk, unit_s(chunk.point)))
    return chunks, [block for block in blocks if block is not None]


@pytest.mark.parametrize("unit_s", [1e-4, 0.02, 0.9, 30.0])
def test_every_unit_is_in_one_chunk(unit_s):
    missing = [Span.at(0, range(50), range(3)), Span.at(1, range(10, 40), range(1, 3))]
    chunks, _ = carry_out(missing, BlockGrid(region(2, 50, 3)), constant(unit_s))
    assert sum(chunk.units for chunk in chunks) == sum(span.units for span in missing)
    assert coalesce(chunks) == coalesce(missing)


def test_chunks_settle_at_the_wanted_time():
    costs = {0: 0.02, 1: 0.005}
    missing = [Span.at(point, range(4000)) for point in costs]
    chunks, _ = carry_out(missing, BlockGrid(region(2, 4000)), costs.get)
    for point, unit_s in costs.items():
        mine = [chunk for chunk in chunks if chunk.point == point]
        # the last chunk of a block is what is left of it
        full = [c for c in mine[2:] if c.trials.stop != BLOCK_UNITS and c.trials.stop < 3600]
        assert full
        assert all(0.5 <= chunk.units * unit_s <= 2.0 for chunk in full)


def test_a_unit_longer_than_a_chunk_goes_alone():
    chunks, _ = carry_out(
        [Span.at(0, range(4), range(5))], BlockGrid(region(1, 4, 5)), constant(60.0)
    )
    assert all(chunk.units == 1 for chunk in chunks[1:])


def test_chunks_stay_inside_blocks_and_blocks_finish_in_turn():
    grid = BlockGrid(region(2, 5000))
    missing = [Span.at(point, range(5000)) for point in (0, 1)]
    chunks, blocks = carry_out(missing, grid, constant(1e-3))
    assert all(grid.block(c.point, c.trials.start).holds(c) for c in chunks)
    assert blocks == list(grid.blocks())


def test_the_point_with_the_fewest_trials_is_next():
    missing = [Span.at(point, range(100)) for point in range(4)]
    chunks, _ = carry_out(missing, BlockGrid(region(4, 100)), constant(schedule.CHUNK_S / 10))
    assert [chunk.point for chunk in chunks[:40]] == [0, 1, 2, 3] * 10


@pytest.mark.parametrize("workers", [2, 1000])
def test_many_workers_take_longer_chunks_and_all_end_together(workers):
    unit_s, trials = 0.01, 100 * BLOCK_UNITS
    chunks, _ = carry_out(
        [Span.at(0, range(trials))], BlockGrid(region(1, trials)), constant(unit_s), workers
    )
    took_s = [chunk.units * unit_s for chunk in chunks]
    longest_s = max(schedule.CHUNK_S, workers * schedule.HANDLING_S)
    share_s = trials * unit_s / (3 * workers)
    assert max(took_s) == pytest.approx(min(longest_s, share_s), rel=0.1)
    assert max(took_s[-2:]) <= schedule.LEAST_S + unit_s


def test_a_small_chunk_of_each_point_comes_first():
    grid = BlockGrid(region(6, 1500))
    missing = [Span.at(point, range(1500)) for point in range(6)]
    chunks, _ = carry_out(missing, grid, constant(1e-3))
    assert [(chunk.point, chunk.units) for chunk in chunks[:6]] == [(p, 3) for p in range(6)]
    assert [chunk.point for chunk in chunks[6:]] == sorted(chunk.point for chunk in chunks[6:])
