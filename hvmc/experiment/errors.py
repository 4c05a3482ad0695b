"""What can go wrong with a results folder, and an interrupted run."""

from pathlib import Path

__all__ = ["DamagedError", "Interrupted", "ResultsError"]


class ResultsError(ValueError):
    """Results that can't be read or written: says which path, what is wrong, and the remedy."""


class DamagedError(ResultsError):
    """A file of trials that is not what was written; a run sets it aside and simulates them anew.

    Parameters
    ----------
    path : Path
        The file.
    reason : str
        What is wrong with it.
    """

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path} is corrupt ({reason}): run the experiment again, which sets it aside and "
            "simulates only what it held"
        )

    def __reduce__(self) -> tuple[type["DamagedError"], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


class Interrupted(KeyboardInterrupt):
    """A run stopped by the user; what was finished is kept.

    Parameters
    ----------
    folder : Path
        The results folder; the same command continues there.
    done, total : int
        Units (point, trial, replication) stored, and asked for.
    """

    def __init__(self, folder: Path, done: int, total: int) -> None:
        self.folder, self.done, self.total = folder, done, total
        super().__init__(f"{done} of {total} trials are kept in {folder}: the same command goes on")

    def __reduce__(self) -> tuple[type["Interrupted"], tuple[Path, int, int]]:
        return type(self), (self.folder, self.done, self.total)
