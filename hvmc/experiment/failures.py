"""failures.jsonl: one line per unit that raised, with its key, the error and where it arose.

A unit that failed is not stored, so that the next run of the same command tries it again; its
line goes when it succeeds.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import replace_file, write_errors
from hvmc.experiment.spans import Span
from hvmc.scenario.problems import shown

__all__ = ["FAILURE_FIELDS", "FILE", "among", "forget", "read_failures", "record"]

FILE = "failures.jsonl"
FAILURE_FIELDS = (*("point", "label", "trial", "replication", "seed", "error", "message", "where"),)


def record(folder: Path, failures: Iterable[dict[str, Any]]) -> None:
    """Append failures.

    Raises
    ------
    ResultsError
        If the disk is full or refuses.
    """
    lines = "".join(json.dumps(failure) + "\n" for failure in failures)
    if lines:
        with write_errors(folder / FILE), (folder / FILE).open("a", encoding="utf-8") as stream:
            stream.write(lines)


def read_failures(folder: Path) -> list[dict[str, Any]]:
    """Return the last failure of each unit, ordered by unit; a torn last line is left out.

    Raises
    ------
    ResultsError
        If a line is not what `record` writes.
    """
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path} can't be read ({error}): delete it") from error
    found = {}
    for number, line in enumerate(lines, start=1):
        try:
            failure = json.loads(line)
            _check(failure)
        except (ValueError, RecursionError) as error:
            raise ResultsError(
                f"{path}, line {number} is corrupt ({error}): delete the line"
            ) from error
        found[failure["point"], failure["trial"], failure["replication"]] = failure
    return [found[key] for key in sorted(found)]


def _check(failure: Any) -> None:
    if not isinstance(failure, dict):
        raise ValueError("it is no mapping")  # noqa: TRY004 - told of as damage
    for key in ("point", "trial", "replication"):
        unit = failure.get(key)
        if not isinstance(unit, int) or isinstance(unit, bool) or unit < 0:
            raise ValueError(f"{key} must be a whole number >= 0, got {shown(unit)}")
    for key, value in failure.items():
        if isinstance(value, dict | list):
            raise ValueError(f"{key} must be a single value, got a {type(value).__name__}")  # noqa: TRY004


def among(
    found: Iterable[dict[str, Any]],
    *,
    without: Sequence[Span] = (),
    within: Sequence[Span] | None = None,
) -> list[dict[str, Any]]:
    """Return the failures of units in no span of ``without`` and in one of ``within``."""
    kept = []
    for failure in found:
        unit = failure["point"], failure["trial"], failure["replication"]
        inside = within is None or any(span.has(*unit) for span in within)
        if inside and not any(span.has(*unit) for span in without):
            kept.append(failure)
    return kept


def forget(folder: Path, done: Sequence[Span]) -> None:
    """Rewrite the file without units that are stored by now, and delete it when it is empty.

    Raises
    ------
    ResultsError
        If it is corrupt, or can't be written.
    """
    path = folder / FILE
    if not path.exists():
        return
    left = among(read_failures(folder), without=done)
    content = "".join(json.dumps(failure) + "\n" for failure in left).encode()
    if not content:
        with write_errors(path):
            path.unlink()
    elif content != path.read_bytes():
        replace_file(path, content)
