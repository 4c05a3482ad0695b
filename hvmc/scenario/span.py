"""Quantities of which a number or only a range is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from hvmc.scenario.evidence import Assumed
from hvmc.scenario.rules import Rule
from hvmc.scenario.settings import Problem, Settings, choice, number, read

__all__ = ["DrawnRange", "drawn", "ranged"]


@dataclass(frozen=True)
class DrawnRange(Settings):
    """A range of which every trial draws a value.

    Parameters
    ----------
    low, high : float
        Its ends.
    law : str
        ``log`` (log-uniform) or ``linear`` (uniform).
    """

    low: float = number()
    high: float = number()
    law: str = choice("linear", ("log", "linear"))

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.low > self.high:
            yield "low", f"must be <= high ({self.high:g}), got {self.low:g}"
        if self.law == "log" and not self.low > 0:
            yield "low", f"must be above 0 for the law log, got {self.low:g}"

    def quantile(self, u: float) -> float:
        """Return the value at quantile ``u``.

        Examples
        --------
        >>> DrawnRange(1.0, 100.0, "log").quantile(0.5)
        10.0
        """
        return Assumed("", self.low, self.high, "log" if self.law == "log" else "linear").quantile(
            u
        )


def drawn(value: float | DrawnRange, u: float) -> float:
    """Return a quantity as it is known, or of a range its quantile ``u``."""
    return value.quantile(u) if isinstance(value, DrawnRange) else value


@dataclass(frozen=True)
class _Ranged:
    of: Rule
    optional: bool

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        if value is None and self.optional:
            return None
        if isinstance(value, Mapping):
            before = len(problems)
            value = read(DrawnRange, value, path, problems)
            if len(problems) > before:
                return value
        if isinstance(value, DrawnRange):
            for end in ("low", "high"):
                self.of.read(getattr(value, end), f"{path}.{end}", problems)
            return value
        return self.of.read(value, path, problems)


def ranged(default: Any, *, low: float = 0.0, high: float = inf, above: bool = False) -> Any:
    """Declare a field that takes a number within ``low..high``, or a `DrawnRange` of such numbers.

    ``above``: low itself excluded; with the default None the field may be left out.
    """
    of = number(0.0, low=low, high=high, above=above).metadata["rule"]
    return field(default=default, metadata={"rule": _Ranged(of, default is None), "known": None})
