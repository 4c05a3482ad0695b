"""Links that lead nowhere, where a folder is wanted: systems say "File exists" of them."""

from pathlib import Path

from hvmc.experiment.errors import ResultsError

__all__ = ["check_links"]


def check_links(path: Path) -> None:
    """Check that no part of a path is a link that leads nowhere.

    Raises
    ------
    ResultsError
        If one is; it is named, with what it points to.
    """
    for part in (*path.parents[::-1], path):
        if part.is_symlink() and not part.exists():
            raise ResultsError(
                f"{part} is a link to {part.readlink()}, which is not there: make that folder, or "
                "choose another one with results_dir="
            )
