"""What a user got wrong, told at once: no traceback, exit code 2."""

import sys
from collections.abc import Iterable, Sequence

__all__ = ["BAD_INPUT", "BadInputError", "tell"]

BAD_INPUT = 2


class BadInputError(Exception):
    """Input that can't be used; ``problems`` holds one message each. Nothing was written."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = tuple(str(problem) for problem in problems)
        super().__init__("\n".join(self.problems))


def tell(verb: str, problems: Sequence[str], *, end: str = "") -> int:
    """Print problems on stderr.

    Parameters
    ----------
    verb : str
        The command they belong to.
    problems : sequence of str
        One message each.
    end : str
        Printed after them.

    Returns
    -------
    int
        The exit code.
    """
    lines = [problem.replace("\n", "\n    ") for problem in problems]
    if len(lines) == 1:
        lines = [f"{verb}: {lines[0]}"]
    else:
        lines = [f"{verb}: {len(lines)} problems", *(f"  {line}" for line in lines)]
    print("\n".join([*lines, *([end] if end else [])]), file=sys.stderr)
    return BAD_INPUT
