"""Telling what a user got wrong: no traceback, exit code 2."""

import sys
from collections.abc import Sequence

__all__ = ["BAD_INPUT", "tell"]

BAD_INPUT = 2


def tell(verb: str, problems: Sequence[object], *, end: str = "") -> int:
    """Print problems on stderr.

    Parameters
    ----------
    verb : str
        The command they belong to.
    problems : sequence
        One message each.
    end : str
        Printed after them.

    Returns
    -------
    int
        The exit code.
    """
    lines = [str(problem).replace("\n", "\n    ") for problem in problems]
    if len(lines) == 1:
        lines = [f"{verb}: {lines[0]}"]
    else:
        lines = [f"{verb}: {len(lines)} problems", *(f"  {line}" for line in lines)]
    print("\n".join([*lines, *([end] if end else [])]), file=sys.stderr)
    return BAD_INPUT
