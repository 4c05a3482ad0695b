"""Blocks: the same files however the units came in."""

import hashlib
from itertools import pairwise

import pytest

from hvmc.experiment.blocks import BLOCK_UNITS, BlockGrid, merge, merge_all
from hvmc.experiment.reader import read_table
from hvmc.experiment.spans import Span, coalesce
from hvmc.experiment.table_files import list_table_files, stored_spans, table_file_name

DIGESTS = {0: "d0", 1: "d1", 2: "d2"}


def region(points, trials, replications=1):
    return Span(range(points), range(trials), range(replications))


def content(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.parquet")
    }


def test_few_trials_share_a_block_between_points():
    grid = BlockGrid(region(10, BLOCK_UNITS // 4))
    assert grid.block(5, 7) == Span(range(4, 8), range(BLOCK_UNITS // 4), range(1))


@pytest.mark.parametrize("size", [(3, 5000), (9, 100), (2, 10, 5000), (1, 1)])
def test_blocks_are_counted_as_they_are_listed(size):
    grid = BlockGrid(region(*size))
    points, trials, replications = grid.region.points, len(grid.region.trials), range(1)
    cuts = sorted({trials * part // 7 for part in range(8)})
    stretches = [range(a, b) for a, b in pairwise(cuts)]
    for spans in (
        [Span.at(point, stretch, replications) for point in points for stretch in stretches[::2]],
        [Span.at(point, stretch, replications) for point in points[1::3] for stretch in stretches],
        [Span.at(points[-1], stretches[-1], replications)] * 2,
        [],
    ):
        listed = {grid.block(s.point, s.trials.start) for span in spans for s in grid.split(span)}
        assert grid.count_blocks(spans) == len(listed)


def test_many_trials_of_one_point_are_several_blocks():
    grid = BlockGrid(region(2, 3 * BLOCK_UNITS + 5, 2))
    per_block = BLOCK_UNITS // 2
    assert grid.block(1, per_block + 1) == Span.at(1, range(per_block, 2 * per_block), range(2))
    assert grid.block(1, 6 * per_block) == Span.at(
        1, range(6 * per_block, 6 * per_block + 5), range(2)
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 5000), (5, 100), (2, 10, 5000)])
def test_blocks_hold_every_unit_once(size):
    whole = region(*size)
    blocks = list(BlockGrid(whole).blocks())
    assert sum(block.units for block in blocks) == whole.units
    assert len(set(blocks)) == len(blocks)


def test_a_span_splits_at_block_borders():
    grid = BlockGrid(region(1, 5000))
    pieces = list(grid.split(Span.at(0, range(2000, 4200))))
    assert pieces == [
        Span.at(0, range(2000, 2048)),
        Span.at(0, range(2048, 4096)),
        Span.at(0, range(4096, 4200)),
    ]


def test_a_unit_outside_is_refused():
    with pytest.raises(ValueError, match="must be inside"):
        BlockGrid(region(1, 10)).block(0, 10)


def test_the_grid_covers_what_is_stored_beside_the_region():
    grid = BlockGrid.around([region(1, 50, 2)], [Span.at(0, range(100))])
    assert grid.region == region(1, 100, 2)


@pytest.mark.parametrize("cut", [3, 7, 40])
def test_files_do_not_depend_on_chunk_borders(tmp_path, store, cut):
    grid, box = BlockGrid(region(2, 40)), region(2, 40)
    for point in (0, 1):
        for start in range(0, 40, cut):
            store(Span.at(point, range(start, min(start + cut, 40))), folder=tmp_path / "cut")
    merge_all(tmp_path / "cut", grid, DIGESTS)
    whole = [Span.at(0, range(40)), Span.at(1, range(40))]
    store(box, *whole, folder=tmp_path / "whole")
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_overlapping_and_repeated_chunks_count_once(tmp_path, store):
    for trials in (range(25), range(20, 40), range(20, 30), range(5, 6)):
        store(Span.at(0, trials))
    assert read_table(tmp_path, "outcomes", DIGESTS)["trial"].to_pylist() == list(range(40))
    merge(tmp_path, region(1, 40), DIGESTS)
    assert [table_file.path.name for table_file in list_table_files(tmp_path, DIGESTS)] == [
        table_file_name(region(1, 40))
    ]
    assert read_table(tmp_path, "inputs", DIGESTS)["trial"].to_pylist() == list(range(40))


def test_a_unit_that_failed_stays_a_hole(tmp_path, store):
    box = Span.at(0, range(10))
    store(box, Span.at(0, range(4)), Span.at(0, range(5, 10)))
    merge(tmp_path, box, DIGESTS)
    assert stored_spans(list_table_files(tmp_path, DIGESTS)) == [
        Span.at(0, range(4)),
        Span.at(0, range(5, 10)),
    ]
    store(Span.at(0, range(4, 5)))
    merge(tmp_path, box, DIGESTS)
    assert coalesce(stored_spans(list_table_files(tmp_path, DIGESTS))) == (box,)
    assert len(list(tmp_path.rglob("*.parquet"))) == 3


def test_a_larger_grid_takes_over_blocks_of_several_points(tmp_path, store):
    small, large = region(2, 100), region(2, 2000)
    store(small, Span.at(0, range(100)), Span.at(1, range(100)))
    for point in (0, 1):
        store(Span.at(point, range(100, 2000)))
    merge_all(tmp_path, BlockGrid(large), DIGESTS)
    names = sorted(table_file.path.name for table_file in list_table_files(tmp_path, DIGESTS))
    assert names == sorted(table_file_name(block) for block in BlockGrid(large).blocks())
    assert read_table(tmp_path, "outcomes", DIGESTS, columns=["trial"]).num_rows == 4000


def test_merging_twice_writes_nothing(tmp_path, store):
    for start in (0, 5):
        store(Span.at(0, range(start, start + 5)))
    merge_all(tmp_path, BlockGrid(region(1, 10)), DIGESTS)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    merge_all(tmp_path, BlockGrid(region(1, 10)), DIGESTS)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == before
