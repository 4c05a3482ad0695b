"""What a user got wrong, told at once: no traceback, exit code 2."""

import sys
from collections.abc import Iterable

__all__ = ["BAD_INPUT", "BadInputError", "tell"]

BAD_INPUT = 2


class BadInputError(Exception):
    """Input that can't be used; ``problems`` holds one message each."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = tuple(str(problem) for problem in problems)
        super().__init__("\n".join(self.problems))


def tell(verb: str, problems: Iterable[str]) -> int:
    """Print the problems on stderr.

    Parameters
    ----------
    verb : str
        The command they belong to.
    problems : iterable of str
        One message each.

    Returns
    -------
    int
        The exit code.
    """
    lines = list(problems)
    count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
    print(f"{verb}: {count}, nothing was run or written", file=sys.stderr)
    for line in lines:
        print("  " + line.replace("\n", "\n    "), file=sys.stderr)
    return BAD_INPUT
