"""What is wrong with a recording: where, which rule, what was found, what to do."""

from dataclasses import dataclass

__all__ = ["FileProblem", "RecordingError"]


@dataclass(frozen=True)
class FileProblem:
    """One rule that a file breaks.

    Parameters
    ----------
    file : str
        Path as given.
    message : str
        Rule, value and remedy.
    line : int, optional
        Line of the file, from 1.
    column : str, optional
        Name of the column.
    """

    file: str
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        column = "" if self.column is None else f" column {self.column!r}"
        return f"{place}:{column} {self.message}"


class RecordingError(ValueError):
    """A recording that can't be used; ``problems`` holds all that was found."""

    def __init__(self, *problems: FileProblem) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))

    def __reduce__(self) -> tuple[type["RecordingError"], tuple[FileProblem, ...]]:
        return type(self), self.problems
