"""Checking, without reading all of it, that what a results folder holds can be read."""

from pathlib import Path

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.parts import list_parts, read_errors, while_files_move
from hvmc.experiment.schema import TABLES

__all__ = ["check_tables", "is_readable"]


def check_tables(folder: Path) -> None:
    """Check that every part counted has its twins in all tables, and that they fit.

    Read are the footers alone: a file that was cut off, replaced or emptied is found, a bit that
    flipped in the data is left to whoever reads the data.

    Parameters
    ----------
    folder : Path
        A results folder; it need not exist.

    Raises
    ------
    ResultsError
        If a file is missing, corrupt, or holds other units or guests than its twin in outcomes.
    """
    while_files_move(lambda: _check(folder), folder)


def _check(folder: Path) -> None:
    parts = list_parts(folder)
    for table in (name for name in TABLES if name != "outcomes"):
        for part, twin in zip(parts, list_parts(folder, table), strict=True):
            rows, expected = _rows(twin.path), _rows(part.path)
            same_guests = rows == expected or table == "counters"
            if twin.spans != part.spans or not same_guests or (rows == 0) != (expected == 0):
                raise ResultsError(
                    f"{twin.path} does not belong to the file of that name in outcomes/: delete "
                    "that and run the experiment again, only what it held is simulated"
                )


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    with read_errors(path), pq.ParquetFile(path) as file:
        return int(file.metadata.num_rows)


def is_readable(path: Path) -> bool:
    """Say whether a Parquet file is there and whole."""
    import pyarrow.parquet as pq

    try:
        with read_errors(path):
            pq.read_table(path)
    except (OSError, ResultsError):
        return False
    return True
