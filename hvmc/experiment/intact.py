"""Checking that what a results folder holds is what was written, and belongs there."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.experiment.errors import DamagedError
from hvmc.experiment.schema import KEYS, TABLES
from hvmc.experiment.seal import check_seal
from hvmc.experiment.spans import Span
from hvmc.experiment.table_files import TableFile, list_table_files, read_errors, while_files_move

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_tables", "check_units", "mask"]


def check_tables(folder: Path, digests: Mapping[int, str]) -> int:
    """Check every byte of every table: seals, points, twins, and rows against stated units.

    Parameters
    ----------
    folder : Path
        A results folder; it need not exist.
    digests : mapping of int to str
        Design point to hash.

    Returns
    -------
    int
        Files checked.

    Raises
    ------
    DamagedError
        If a file is missing or damaged, or holds other units or guests than its twin in outcomes.
    ResultsError
        If one is of another schema version or design point.
    """
    return while_files_move(lambda: _check(folder, digests), folder)


def _check(folder: Path, digests: Mapping[int, str]) -> int:
    of_table = {table: list_table_files(folder, digests, table) for table in TABLES}
    for twins in zip(*of_table.values(), strict=True):
        counts = [_check_table_file(table_file) for table_file in twins]
        first, expected = twins[0], counts[0]
        for twin, rows in zip(twins[1:], counts[1:], strict=True):
            same_guests = rows == expected or twin.path.parent.name == "counters"
            if twin.spans != first.spans or not same_guests or (rows == 0) != (expected == 0):
                reason = "it does not belong to the file of that name in outcomes/"
                raise DamagedError(twin.path, reason)
    return sum(map(len, of_table.values()))


def _check_table_file(table_file: TableFile) -> int:
    import pyarrow.parquet as pq

    with read_errors(table_file.path):
        check_seal(table_file.path)
        keys = pq.read_table(table_file.path, columns=list(KEYS), page_checksum_verification=True)
        check_units(table_file, keys)
    return int(keys.num_rows)


def check_units(table_file: TableFile, rows: "pa.Table") -> None:
    """Check that rows read from a table file are of the units it says it holds, of all of them.

    Raises
    ------
    DamagedError
        If not.
    """
    import numpy as np
    import pyarrow.compute as pc

    keys = np.stack([rows[name].to_numpy() for name in KEYS])
    units = int(np.any(np.diff(keys), axis=0).sum()) + 1 if keys.size else 0
    inside = pc.all(mask(rows, table_file.spans)).as_py() if rows.num_rows else True
    if not inside or units != sum(span.units for span in table_file.spans):
        raise DamagedError(table_file.path, "its rows are not of the trials it says it holds")


def mask(rows: "pa.Table", spans: Iterable[Span]) -> "pa.Array":
    """Return which rows are of units in one of some spans, of one point each."""
    import numpy as np
    import pyarrow as pa

    point, trial, replication = (rows.column(key).to_numpy() for key in KEYS)
    found = np.zeros(len(rows), bool)
    for span in spans:
        found |= (
            (point == span.point)
            & (trial >= span.trials.start)
            & (trial < span.trials.stop)
            & (replication >= span.replications.start)
            & (replication < span.replications.stop)
        )
    return pa.array(found)
