"""What is wrong with sources: file, line, column, rule, value, remedy; all of it at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SourceError", "Trouble"]


@dataclass(frozen=True)
class Trouble:
    """One thing wrong with a source.

    Parameters
    ----------
    file : Path
        As given.
    message : str
        Rule, value and remedy.
    line : int, optional
        From 1.
    column : str
        Its head, or the key of a mapping.
    """

    file: Path
    message: str
    line: int | None = None
    column: str = ""

    def __str__(self) -> str:
        at = f", line {self.line}" if self.line is not None else ""
        column = f", column {self.column!r}" if self.column else ""
        return f"{self.file}{at}{column}: {self.message}"


class SourceError(ValueError):
    """Sources that can't be used; ``problems`` holds all that were found."""

    def __init__(self, problems: Iterable[Trouble | str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
