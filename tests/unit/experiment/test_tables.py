"""Parquet parts written and read."""

import io
import json
import math

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from hvmc.experiment.errors import DamagedError, ResultsError
from hvmc.experiment.intact import check_tables
from hvmc.experiment.reader import read_table
from hvmc.experiment.rows import unit_rows
from hvmc.experiment.schema import SCHEMA_VERSION, TABLES, build_table
from hvmc.experiment.seal import sealed
from hvmc.experiment.spans import Span
from hvmc.experiment.table_files import (
    drop_orphans,
    list_table_files,
    set_aside,
    stored_units,
    table_file_name,
)
from hvmc.regimes.assumptions import constants_of_guests
from hvmc.regimes.luck import Luck
from hvmc.scenario.workload import WORKLOADS
from hvmc.trial import simulate

BOX = Span.at(0, range(6))
NAME = table_file_name(BOX)
DIGESTS = {0: "d0", 1: "d1"}


def test_every_column_of_a_simulated_unit_is_in_its_schema(experiment):
    point = experiment.points[0]
    result = simulate(point.design.draw(seed=1, trial=0))
    rows = unit_rows(result, point, {"point": 0, "trial": 0, "replication": 0}, 1)
    assert set(rows) == set(TABLES)
    for table, found in rows.items():
        assert set(found[0]) == set(TABLES[table])
        assert build_table(table, found).num_rows == len(found)


@pytest.mark.parametrize("kind", sorted(WORKLOADS))
def test_every_workload_has_inputs(design, kind):
    extra = {"demand_lps": (0.5,)} if kind == "trace" else {}
    guest = design.guests[0].replace(workload=WORKLOADS[kind](**extra))
    scenario = design.replace(guests=(guest,)).draw(seed=1, trial=0)
    from hvmc.experiment.rows import _input_rows

    (row,) = _input_rows(scenario, constants_of_guests(design, Luck(1, 0)))
    assert set(row) | {"point", "trial", "replication", "regime"} == set(TABLES["inputs"])
    assert row["workload"] == kind
    assert row["cpu_mean_s"] == guest.workload.cpu.mean
    assert row["threads"] >= 1


def test_rows_beside_the_schema_are_a_defect():
    with pytest.raises(TypeError, match=r"differ in \['counter', .*surprise.*SCHEMA_VERSION"):
        build_table("counters", [{"point": 0, "trial": 0, "replication": 0, "surprise": 1}])


def test_types_and_nan_survive(tmp_path, store):
    store(BOX)
    frame = read_table(tmp_path, "outcomes", DIGESTS).to_pandas()
    assert str(frame["point"].dtype) == "int32"
    assert str(frame["measured"].dtype) == "int64"
    assert str(frame["suffers"].dtype) == "bool"
    assert frame["stretch"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert all(math.isnan(value) for value in frame["sizing"])


def test_files_are_compressed_floats_split_and_versioned(tmp_path, store):
    store(BOX)
    file = pq.ParquetFile(tmp_path / "outcomes" / NAME)
    column = {file.metadata.schema.column(i).name: i for i in range(file.metadata.num_columns)}
    stretch = file.metadata.row_group(0).column(column["stretch"])
    assert stretch.compression == "ZSTD"
    assert "BYTE_STREAM_SPLIT" in stretch.encodings
    assert f'"schema_version": {SCHEMA_VERSION}'.encode() in file.schema_arrow.metadata[b"hvmc"]


def test_columns_filters_and_boxes(tmp_path, store):
    store(BOX)
    found = read_table(tmp_path, "outcomes", DIGESTS, columns=["stretch", "trial"])
    assert found.column_names == ["stretch", "trial"]
    above = read_table(
        tmp_path,
        "outcomes",
        DIGESTS,
        columns=["trial"],
        filters=[("stretch", ">", 3.0), ("point", "==", 0)],
    )
    assert above["trial"].to_pylist() == [4, 5]
    either = [[("trial", "==", 0)], [("trial", "==", 5)]]
    assert read_table(tmp_path, "outcomes", DIGESTS, filters=either)["trial"].to_pylist() == [0, 5]
    expression = ds.field("trial") < 2
    assert read_table(tmp_path, "outcomes", DIGESTS, filters=expression)["trial"].to_pylist() == [
        0,
        1,
    ]
    inside = read_table(tmp_path, "outcomes", DIGESTS, within=[Span.at(0, range(2, 4))])
    assert inside["trial"].to_pylist() == [2, 3]


def test_an_unknown_column_is_named_with_those_there_are(tmp_path, store):
    store(BOX)
    with pytest.raises(KeyError, match=r"outcomes has no column slowdown; it has point, regime"):
        read_table(tmp_path, "outcomes", DIGESTS, columns=["slowdown"])


def test_rows_come_in_order_of_point_trial_replication(tmp_path, store):
    store(Span.at(1, range(2)))
    store(Span.at(0, range(2, 4)))
    store(Span.at(0, range(2), range(1, 2)))
    store(Span.at(0, range(2)))
    found = read_table(
        tmp_path, "outcomes", DIGESTS, columns=["point", "trial", "replication"]
    ).to_pylist()
    order = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 3, 0), (1, 0, 0), (1, 1, 0)]
    assert [tuple(row.values()) for row in found] == order


def test_an_empty_folder_has_empty_tables(tmp_path):
    for table, types in TABLES.items():
        found = read_table(tmp_path, table, DIGESTS)
        assert (found.num_rows, found.column_names) == (0, list(types))


def test_stray_files_are_not_read(tmp_path, store):
    store(BOX)
    for name in (".hidden.parquet", f".{NAME}.123.tmp", "notes.txt", "copy of it.parquet"):
        (tmp_path / "outcomes" / name).write_text("not parquet")
    assert read_table(tmp_path, "outcomes", DIGESTS).num_rows == 6


def test_a_part_without_its_outcomes_does_not_count(tmp_path, store):
    store(BOX)
    store(Span.at(0, range(6, 8)))
    (tmp_path / "outcomes" / table_file_name(Span.at(0, range(6, 8)))).unlink()
    assert read_table(tmp_path, "inputs", DIGESTS).num_rows == 6
    drop_orphans(tmp_path)
    assert [path.name for path in (tmp_path / "inputs").iterdir()] == [NAME]


def test_a_missing_twin_is_named(tmp_path, store):
    store(BOX)
    (tmp_path / "counters" / NAME).unlink()
    with pytest.raises(DamagedError, match=rf"counters/{NAME} is corrupt \(it is missing\): run"):
        read_table(tmp_path, "counters", DIGESTS)


def garbage(path):
    path.write_bytes(b"PAR1 garbage PAR1")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def emptied(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [garbage, cut_short, emptied])
def test_a_corrupt_part_is_named_with_the_remedy(tmp_path, store, damage):
    store(BOX)
    damage(tmp_path / "outcomes" / NAME)
    with pytest.raises(
        ResultsError, match=rf"{NAME} is corrupt \(.*\): run the experiment again, which"
    ):
        read_table(tmp_path, "outcomes", DIGESTS)


def test_a_flipped_bit_in_the_data_is_noticed(tmp_path, store):
    store(BOX)
    path = tmp_path / "outcomes" / NAME
    content = bytearray(path.read_bytes())
    metadata = pq.ParquetFile(path).metadata
    names = [metadata.schema.column(i).name for i in range(metadata.num_columns)]
    chunk = metadata.row_group(0).column(names.index("stretch"))
    content[chunk.data_page_offset + chunk.total_compressed_size - 4] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ResultsError, match=rf"{NAME} is corrupt"):
        read_table(tmp_path, "outcomes", DIGESTS)


def rewrite_note(path, old, new):
    table = pq.read_table(path)
    note = table.schema.metadata[b"hvmc"].decode().replace(old, new)
    overwrite(path, table.replace_schema_metadata({"hvmc": note}))


def test_another_schema_version_is_refused(tmp_path, store):
    store(BOX)
    version = f'"schema_version": {SCHEMA_VERSION}'
    rewrite_note(tmp_path / "outcomes" / NAME, version, '"schema_version": 99')
    with pytest.raises(ResultsError, match=rf"{NAME} has schema version 99, this hvmc reads"):
        list_table_files(tmp_path, DIGESTS)


def test_a_file_of_another_program_is_refused(tmp_path, store):
    store(BOX)
    path = tmp_path / "outcomes" / NAME
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    with pytest.raises(ResultsError, match=rf"{NAME} was not written by hvmc: move it"):
        list_table_files(tmp_path, DIGESTS)


def test_a_part_of_another_design_point_is_refused(tmp_path, store):
    store(BOX)
    assert stored_units(tmp_path, {0: "d0"}) == [BOX]
    for digests in ({0: "e0"}, {}):
        for table in TABLES:
            with pytest.raises(
                ResultsError, match=rf"{table}/{NAME} holds another design point \(d0\) than this"
            ):
                read_table(tmp_path, table, digests)


def overwrite(path, table):
    """Write a table in place of another, as a program would that knows of seals."""
    sink = io.BytesIO()
    pq.write_table(table, sink, write_page_checksum=True)
    path.write_bytes(sealed(sink.getvalue()))


def flip(path, place, bit=1):
    content = bytearray(path.read_bytes())
    content[place] ^= bit
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("table", TABLES)
def test_no_byte_can_change_unnoticed(tmp_path, store, table):
    store(BOX)
    path = tmp_path / table / NAME
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 25):
        flip(path, place, 1 << place % 8)
        with pytest.raises(ResultsError, match=NAME):
            check_tables(tmp_path, DIGESTS)
        path.write_bytes(whole)
    assert check_tables(tmp_path, DIGESTS) == 3


def test_a_file_of_before_there_were_seals_is_read(tmp_path, store):
    store(BOX)
    for table in TABLES:
        path = tmp_path / table / NAME
        rows = pq.read_table(path)
        note = json.loads(rows.schema.metadata[b"hvmc"])
        old = {key: note[key] for key in ("schema_version", "points", "spans")}
        rows = rows.replace_schema_metadata({"hvmc": json.dumps(old)})
        pq.write_table(rows, path, write_page_checksum=True)
    assert check_tables(tmp_path, DIGESTS) == 3
    assert read_table(tmp_path, "outcomes", DIGESTS).num_rows == 6


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("rows", [slice(1, None), slice(0, 5)])
def test_rows_of_other_units_than_stated_are_noticed(tmp_path, store, table, rows):
    store(BOX)
    path = tmp_path / table / NAME
    overwrite(path, pq.read_table(path)[rows])
    with pytest.raises(DamagedError, match="its rows are not of the trials it says it holds"):
        read_table(tmp_path, table, DIGESTS)


def test_rows_beyond_what_is_stated_are_noticed(tmp_path, store, made_up_tables):
    store(BOX)
    path = tmp_path / "outcomes" / NAME
    note = pq.read_schema(path).metadata
    beyond = made_up_tables(Span.at(0, range(1, 7)))["outcomes"]
    overwrite(path, beyond.replace_schema_metadata(note))
    with pytest.raises(DamagedError, match="its rows are not of the trials it says it holds"):
        read_table(tmp_path, "outcomes", DIGESTS)


def test_a_table_in_the_wrong_folder_and_a_folder_in_place_of_a_file(tmp_path, store):
    store(BOX)
    path = tmp_path / "outcomes" / NAME
    path.write_bytes((tmp_path / "inputs" / NAME).read_bytes())
    with pytest.raises(DamagedError, match=r"\(it holds inputs, and belongs elsewhere\)"):
        list_table_files(tmp_path, DIGESTS)
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedError, match=r"\(a folder, no file\)"):
        list_table_files(tmp_path, DIGESTS)
    set_aside(tmp_path, NAME)
    assert list_table_files(tmp_path, DIGESTS) == []
    assert sorted(p.parent.name for p in (tmp_path / "damaged").glob("*/*")) == sorted(TABLES)
