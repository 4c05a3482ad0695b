"""The content of a file of any text encoding, plain or gzip, as UTF-8."""

import codecs
import gzip
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hvmc.recordings.errors import FileProblem, RecordingError

__all__ = ["Content"]

_HEAD_BYTES = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGE = "cp1252"


def _encoding(raw: bytes, *, cut: bool = False) -> str:
    """Return the encoding of text: by its mark, by where its zeros stand, UTF-8, else Windows'."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    start = raw[:512]
    zeros = [start[at::2].count(0) for at in (0, 1)]
    if max(zeros) > len(start) // 4 > min(zeros) * 4:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw, final=not cut)
    except UnicodeDecodeError:
        return _CODE_PAGE
    return "utf-8"


@dataclass(frozen=True)
class Content:
    """A file, read when first asked and not kept.

    Parameters
    ----------
    path : Path
        The file.
    written : str
        Its name below the recording's folder without the ending, which names its VM.
    """

    path: Path
    written: str = field(default="")

    @cached_property
    def head(self) -> str:
        """Text of the first 64 KiB, whole lines; empty for what is no text.

        Raises
        ------
        RecordingError
            If the file can't be read.
        """
        raw = self._raw(_HEAD_BYTES)
        cut = len(raw) == _HEAD_BYTES
        encoding = _encoding(raw, cut=cut)
        raw = raw[: len(raw) // 4 * 4] if encoding.startswith(("utf-16", "utf-32")) else raw
        text = raw.decode(encoding, errors="replace").lstrip("\ufeff")
        if "\0" in text or raw.startswith(b"PAR1"):
            return ""
        return text[: text.rfind("\n") + 1] if cut and "\n" in text else text

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the head that hold something."""
        return [line for line in self.head.splitlines() if line.strip()]

    @property
    def is_parquet(self) -> bool:
        """Whether it is a Parquet file."""
        return self._raw(4) == b"PAR1"

    def data(self) -> tuple[bytes, str]:
        """Return all of it as UTF-8 without byte order mark, and the encoding it was in.

        Raises
        ------
        RecordingError
            If the file can't be read.
        """
        raw = self._raw(-1)
        if raw.isascii():
            return raw, "utf-8"
        encoding = _encoding(raw)
        if encoding == "utf-8":
            return raw, encoding
        return raw.decode(encoding, errors="replace").lstrip("\ufeff").encode(), encoding

    def problem(
        self, message: str, *, line: int | None = None, column: str | None = None
    ) -> RecordingError:
        """Return an error of this file."""
        return RecordingError(FileProblem(str(self.path), message, line, column))

    def _raw(self, count: int) -> bytes:
        try:
            with self.path.open("rb") as plain:
                zipped = plain.read(2) == b"\x1f\x8b"
                plain.seek(0)
                return gzip.open(plain).read(count) if zipped else plain.read(count)
        except (OSError, EOFError, zlib.error) as error:
            found = getattr(error, "strerror", None) or str(error)
            text = f"must be a file that can be read, got '{found}': correct or remove it"
            raise self.problem(text) from error
