"""Seals: a Parquet file carries, in its note, the hash of all its own bytes.

The note is hvmc's entry among the file's metadata. A seal is in the file itself, so that it is
right at any moment, whoever is killed. Files written before there were seals have none; their
pages have checksums, which pyarrow compares as it reads them.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment.errors import DamagedError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_seal", "is_sealed", "noted", "read_note", "sealed"]

_MARK = b'"seal": "'
_BLANK = b"0" * 64


def noted(table: "pa.Table", note: Mapping[str, Any]) -> "pa.Table":
    """Return a table with a note and the place for its seal."""
    text = json.dumps({**note, "seal": _BLANK.decode()})
    return table.replace_schema_metadata({**(table.schema.metadata or {}), "hvmc": text})


def read_note(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any] | None:
    """Return the note among a file's metadata, None without one."""
    text = (metadata or {}).get(b"hvmc")
    return None if text is None else dict(json.loads(text))


def sealed(content: bytes | memoryview) -> bytearray:
    """Return the content of a Parquet file whose table was `noted`, with its seal."""
    whole = bytearray(content)
    place = whole.rindex(_MARK) + len(_MARK)
    end = place + len(_BLANK)
    whole[place:end] = _BLANK
    whole[place:end] = hashlib.sha256(whole).hexdigest().encode()
    return whole


def is_sealed(content: bytes) -> bool:
    """Say whether the content of a file carries a seal, and the right one."""
    return _MARK in content and sealed(content) == content


def check_seal(path: Path) -> None:
    """Check that a Parquet file is what was written; a file read before is not read again.

    Raises
    ------
    DamagedError
        If a byte differs.
    OSError
        If it can't be read.
    """
    about = path.stat()
    if not _is_intact(os.fspath(path), about.st_ino, about.st_size, about.st_mtime_ns):
        raise DamagedError(path, "its bytes are not those that were written")


@lru_cache(maxsize=4096)
def _is_intact(path: str, *_state: int) -> bool:
    content = Path(path).read_bytes()
    if is_sealed(content):
        return True
    if _MARK in content:
        return False
    return b'{"schema_version": ' in content and b'"table": "' not in content
