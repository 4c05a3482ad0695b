"""What is wrong with what a user wrote, all of it in one exception."""

from collections.abc import Iterable

from hvmc.scenario.problems import Problem

__all__ = ["BadInputError", "wrong"]


class BadInputError(Exception):
    """Input that can't be used; ``problems`` holds one message each. Nothing was written."""

    def __init__(self, problems: Iterable[Problem | str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def wrong(path: str, message: str) -> BadInputError:
    """Return the error of a single problem."""
    return BadInputError([Problem(path, message)])
