"""What is noted while a file is read, and what becomes of it."""

from dataclasses import dataclass, field

from hvmc.recordings.errors import FileProblem, RecordingError
from hvmc.recordings.recording import FileReport
from hvmc.recordings.words import amount

__all__ = ["FileLog"]

_SHOWN_REFUSING = 20
_MOST_LEFT_OUT = 0.05


@dataclass
class FileLog:
    """Notes on one file, the making of its `FileReport`."""

    file: str
    format: str = ""
    rows: int = 0
    kept: int = 0
    vms: int = 0
    notes: list[str] = field(default_factory=list)
    clock: str = ""
    refusal: tuple[FileProblem, ...] = ()
    left_out: int = 0
    problems: list[FileProblem] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Note what was mended, left out or assumed."""
        self.notes.append(text)

    def refuse(self, error: RecordingError) -> None:
        """Note that nothing of the file is used."""
        self.refusal, self.vms, self.kept = error.problems, 0, 0

    def leave_out(self, count: int, *problems: FileProblem) -> None:
        """Note rows that break rules, with the first of their problems."""
        self.left_out += count
        self.problems += problems[: max(0, _SHOWN_REFUSING - len(self.problems))]

    def settle(self) -> None:
        """Note the rows left out, or refuse the file where they are too many to be mistakes.

        Raises
        ------
        RecordingError
            If more than one row, and more than one in twenty, break rules, or none is left.
        """
        if not self.left_out:
            return
        bad = self.left_out
        if self.rows == bad or bad > max(1.0, _MOST_LEFT_OUT * self.rows):
            more = bad - len({problem.line for problem in self.problems})
            rest = [FileProblem(self.file, f"and {more} more bad rows")] if more > 0 else []
            raise RecordingError(*self.problems, *rest)
        first = self.problems[0]
        self.note(f"{amount(bad, 'row')} left out, first line {_place(first)}")
        self.left_out, self.problems = 0, []

    def report(self) -> FileReport:
        """Return what became of the file."""
        notes = tuple(dict.fromkeys(self.notes))
        refused = "\n".join(map(str, self.refusal))
        return FileReport(self.file, self.format, self.rows, self.kept, self.vms, notes, refused)


def _place(problem: FileProblem) -> str:
    column = "" if problem.column is None else f" column {problem.column!r}"
    return f"{problem.line}:{column} {problem.message}"
