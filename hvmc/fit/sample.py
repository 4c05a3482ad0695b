"""The beginning of a file, by which its source is recognised; text of whatever encoding."""

from pathlib import Path
from typing import NamedTuple

from hvmc.counters.encoding import encoding_of

__all__ = ["Opening", "decoded", "sample_of"]

_LENGTH = 1 << 16


class Opening(NamedTuple):
    """A file and the text it begins with."""

    path: Path
    text: str


def sample_of(path: Path) -> Opening:
    """Return the beginning of a file; of a folder, nothing."""
    if path.is_dir():
        return Opening(path, "")
    with path.open("rb") as file:
        start = file.read(_LENGTH)
    return Opening(path, start.decode(encoding_of(start), errors="replace"))


def decoded(path: Path) -> str:
    """Return a whole file as text."""
    content = path.read_bytes()
    return content.decode(encoding_of(content), errors="replace")
