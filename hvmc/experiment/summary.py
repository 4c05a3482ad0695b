"""summary.parquet: all metrics with their intervals, of everything stored."""

from pathlib import Path

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import replace_file
from hvmc.experiment.seal import check_seal, noted, read_note, sealed
from hvmc.experiment.table_files import read_errors

__all__ = ["SUMMARY", "is_summary", "write_summary"]

SUMMARY = "summary.parquet"


def write_summary(folder: Path, digest: str) -> None:
    """Write the summary of what a folder holds.

    Parameters
    ----------
    folder : Path
        A results folder.
    digest : str
        The experiment's hash.

    Raises
    ------
    ResultsError
        If a file can't be read, or this one not written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from hvmc.experiment.results import load

    sink = pa.BufferOutputStream()
    summary = pa.Table.from_pandas(load(folder).summary(), preserve_index=False)
    pq.write_table(noted(summary, {"digest": digest}), sink, compression="zstd")
    replace_file(folder / SUMMARY, sealed(memoryview(sink.getvalue())))


def is_summary(path: Path, digest: str) -> bool:
    """Say whether a file is there, undamaged, and the summary of an experiment of that hash."""
    import pyarrow.parquet as pq

    try:
        with read_errors(path):
            check_seal(path)
            note = read_note(pq.read_schema(path).metadata)
    except (OSError, ResultsError):
        return False
    return note is not None and note.get("digest") == digest
