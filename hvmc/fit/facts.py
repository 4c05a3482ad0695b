"""What sources tell of a host and its guests: each value with its standing and where it is from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = ["Fact", "Facts", "Found", "assumed", "derived", "measured"]

type Standing = Literal["measured", "derived", "assumed"]


class Fact(NamedTuple):
    """A value of a setting, plain or a `Span`, and what is known of it."""

    value: Any
    standing: Standing
    how: str

    @property
    def words(self) -> str:
        """Standing and origin, as a comment says it."""
        return f"{self.standing}: {self.how}"


type Facts = dict[str, Fact]
"""Dotted path of a setting to what is known of it."""


def measured(value: Any, where: str) -> Fact:
    """Return a value that a source states."""
    return Fact(value, "measured", where)


def derived(value: Any, how: str) -> Fact:
    """Return a value that follows from what sources state."""
    return Fact(value, "derived", how)


def assumed(value: Any, why: str) -> Fact:
    """Return a value, or the range from which trials draw it, that no source states."""
    return Fact(value, "assumed", why)


@dataclass
class Found:
    """What a source tells.

    Parameters
    ----------
    host : dict
        Settings of the design, such as ``host.logical_processors``.
    guests : dict
        Guest's name as written to its settings, such as ``memory.maximum_mib``.
    counts : dict
        How many equal guests stand behind a name, where it is more than one.
    notes : list of str
        What the user should know: what was left out, repaired, converted.
    """

    host: Facts = field(default_factory=dict)
    guests: dict[str, Facts] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def facts(self) -> Iterator[Fact]:
        """Yield all facts."""
        yield from self.host.values()
        for facts in self.guests.values():
            yield from facts.values()
