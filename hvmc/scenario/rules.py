"""What a single value of the settings may be: a number, a word, a flag, a text."""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hvmc.scenario.problems import Checked, Problem, shown

__all__ = ["Choice", "Flag", "Number", "Rule", "Text", "told_value"]


# characters of a wrong word that are compared with the right ones
_MOST = 60


class Rule(Protocol):
    """What a field accepts."""

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        """Return the value for the field, or append to ``problems``."""


def told_value(value: Any) -> str:
    """Return a value as messages show it; of settings and mappings the kind alone."""
    is_settings = isinstance(value, Mapping) or isinstance(type(value), Checked)
    return value.__class__.__name__ if is_settings else shown(value)


def _fits(value: Any) -> bool:
    """Say whether a number is finite and no larger than a float can be."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


@dataclass(frozen=True)
class Number:
    """A finite number within bounds."""

    low: float
    high: float
    integral: bool
    open_low: bool
    optional: bool
    remedy: str

    @property
    def span(self) -> str:
        """What is accepted, in words."""
        kind = "a whole number " if self.integral else "a number "
        low = f"{self.low:g}" if not self.integral else f"{int(self.low)}"
        if self.high == math.inf:
            return f"{kind}{'>' if self.open_low else '>='} {low}"
        high = f"{self.high:g}" if not self.integral else f"{int(self.high)}"
        if self.open_low:
            return f"{kind}above {low}, at most {high}"
        return f"{low}..{high}"

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        """As `Rule.read`."""
        if value is None and self.optional:
            return None
        if type(value) is float and not self.integral and self.low < value < self.high:
            return value
        number_given = isinstance(value, int | float) or hasattr(value, "__float__")
        good = number_given and not isinstance(value, bool | str) and _fits(value)
        if good and self.integral:
            good = float(value).is_integer()
        if good:
            good = (value > self.low if self.open_low else value >= self.low) and value <= self.high
        if not good:
            remedy = self.remedy or self._of_per_cent(value)
            problems.append(Problem(path, f"must be {self.span}, got {told_value(value)}{remedy}"))
            return value
        return int(value) if self.integral else float(value)

    def _of_per_cent(self, value: Any) -> str:
        """Return how to write what was given in per cent, where that would be accepted."""
        found = (
            re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value) if isinstance(value, str) else None
        )
        if found is None or self.integral:
            return ""
        share = float(found[1]) / 100.0
        return f": write {share:g}" if self.low <= share <= self.high else ""


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    options: tuple[str, ...]

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        """As `Rule.read`."""
        if value not in self.options or not isinstance(value, str):
            rule = f"must be one of {', '.join(self.options)}, got {told_value(value)}"
            close = difflib.get_close_matches(str(value)[:_MOST], self.options, n=1, cutoff=0.6)
            meant = f": did you mean {close[0]}?" if close else ""
            problems.append(Problem(path, rule + meant))
        return value


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        """As `Rule.read`."""
        if not isinstance(value, bool):
            problems.append(Problem(path, f"must be true or false, got {told_value(value)}"))
        return value


@dataclass(frozen=True)
class Text:
    """A string."""

    allow_empty: bool
    good: Callable[[str], bool] | None
    rule: str

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        """As `Rule.read`."""
        good = isinstance(value, str) and (self.allow_empty or value != "")
        if good and self.good is not None and value:
            good = self.good(value)
        if not good:
            number_given = isinstance(value, int | float) and not isinstance(value, bool)
            remedy = f": write it in quotes, \"'{shown(value)}'\"" if number_given else ""
            problems.append(Problem(path, f"must be {self.rule}, got {told_value(value)}{remedy}"))
        return value
