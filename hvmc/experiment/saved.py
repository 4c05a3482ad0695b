"""settings.yaml as others may have left it: checked before it is read."""

from pathlib import Path
from typing import Any

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.folder import SETTINGS, read_mapping
from hvmc.experiment.settings import MOST_REPLICATIONS, MOST_TRIALS
from hvmc.scenario.documents import DocumentError, check_document
from hvmc.scenario.problems import shown

__all__ = ["check_saved", "read_saved"]

_REMEDY = "delete it and run the experiment again, which writes it anew and keeps the trials"
_MOST = {"trials": MOST_TRIALS, "replications": MOST_REPLICATIONS}


def check_saved(folder: Path) -> None:
    """Check that settings.yaml, if it is there, can be read without harm.

    Raises
    ------
    ResultsError
        If it is nested too deep, refers to itself or too often, or holds what is no value.
    """
    path = folder / SETTINGS
    try:
        check_document(path.read_text(encoding="utf-8"), str(path))
    except DocumentError as error:
        line = error.problem_mark.line + 1
        raise ResultsError(f"{path}, line {line}: {error.problem}; or {_REMEDY}") from error
    except (OSError, UnicodeDecodeError):
        return  # its reader tells of that


def read_saved(folder: Path) -> dict[str, Any]:
    """Return the content of settings.yaml, its shape and size checked but not its settings.

    Raises
    ------
    ResultsError
        If it is missing or garbled.
    """
    check_saved(folder)
    content = read_mapping(folder)
    for key, most in _MOST.items():
        if content[key] > most:
            raise ResultsError(
                f"{folder / SETTINGS} is corrupt ({key} must be 1..{most}, got "
                f"{shown(content[key])}): {_REMEDY}"
            )
    return content
