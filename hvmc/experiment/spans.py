"""Spans: boxes of units (point, trial, replication), and what is left of one beside others."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

__all__ = ["Span", "around", "coalesce", "remainders", "without"]


def _common(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


@dataclass(frozen=True)
class Span:
    """All units of some consecutive points, trials and replications.

    Parameters
    ----------
    points, trials, replications : range
        Each with step 1, not empty.

    Examples
    --------
    >>> Span(range(1), range(10), range(2)).units
    20
    """

    points: range
    trials: range
    replications: range

    @classmethod
    def at(cls, point: int, trials: range, replications: range = range(1)) -> Self:
        """Return a span at one point."""
        return cls(range(point, point + 1), trials, replications)

    @property
    def point(self) -> int:
        """The first point, the only one of most spans."""
        return self.points.start

    @property
    def units(self) -> int:
        """How many units."""
        return len(self.points) * len(self.trials) * len(self.replications)

    @property
    def order(self) -> tuple[int, int, int, int]:
        """Sorting key: point, first trial, larger ones first, first replication."""
        return self.point, self.trials.start, -self.units, self.replications.start

    def common(self, other: Self) -> Self | None:
        """Return the units of both, None without any."""
        ranges = (
            _common(self.points, other.points),
            _common(self.trials, other.trials),
            _common(self.replications, other.replications),
        )
        return type(self)(*ranges) if all(ranges) else None

    def has(self, point: int, trial: int, replication: int) -> bool:
        """Say whether a unit is in this span."""
        return point in self.points and trial in self.trials and replication in self.replications

    def holds(self, other: Self) -> bool:
        """Say whether all units of the other are in this one."""
        return self.common(other) == other

    def minus(self, other: Self) -> list[Self]:
        """Return this span without the units of the other, as disjoint spans."""
        common = self.common(other)
        if common is None:
            return [self]
        pieces: list[Self] = []
        rest = self
        for axis in ("points", "trials", "replications"):
            whole, cut = getattr(self, axis), getattr(common, axis)
            sides = (range(whole.start, cut.start), range(cut.stop, whole.stop))
            pieces += [replace(rest, **{axis: side}) for side in sides if side]
            rest = replace(rest, **{axis: cut})
        return pieces


def around(spans: Sequence[Span]) -> Span:
    """Return the smallest box that holds all of some spans, at least one."""
    axes = ("points", "trials", "replications")
    ranges = [[getattr(span, axis) for span in spans] for axis in axes]
    return Span(*(range(min(r.start for r in own), max(r.stop for r in own)) for own in ranges))


def without(span: Span, taken: Iterable[Span]) -> list[Span]:
    """Return what is left of a span outside all of ``taken``."""
    pieces = [span]
    for other in taken:
        pieces = [rest for piece in pieces for rest in piece.minus(other)]
    return pieces


def remainders(spans: Sequence[Span]) -> list[list[Span]]:
    """Return of each span of one point what the ones before it in `Span.order` don't hold.

    Parameters
    ----------
    spans : sequence of Span
        In any order, each of a single point; may overlap.

    Returns
    -------
    list of list of Span
        By position in ``spans``; disjoint, together the same units.
    """
    found: list[list[Span]] = [[] for _ in spans]
    live: list[Span] = []
    for index in sorted(range(len(spans)), key=lambda i: spans[i].order):
        span = spans[index]
        live = [
            old for old in live if old.points == span.points and old.trials.stop > span.trials.start
        ]
        found[index] = without(span, live)
        live.append(span)
    return found


def coalesce(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return disjoint single-point spans in a form that depends on their units alone.

    Replications with the same trials become one span per stretch of consecutive trials.
    """
    by_point: dict[int, list[Span]] = {}
    for span in spans:
        by_point.setdefault(span.point, []).append(span)
    return tuple(
        Span.at(point, trials, replications)
        for point in sorted(by_point)
        for replications, stretches in _bands(by_point[point])
        for trials in stretches
    )


def _bands(spans: list[Span]) -> list[tuple[range, list[range]]]:
    borders = sorted({edge for s in spans for edge in (s.replications.start, s.replications.stop)})
    stretches: list[list[range]] = [[] for _ in borders]
    for span in sorted(spans, key=lambda s: s.trials.start):
        first = bisect_right(borders, span.replications.start) - 1
        for band in range(first, bisect_right(borders, span.replications.stop - 1)):
            _append(stretches[band], span.trials)
    found: list[tuple[range, list[range]]] = []
    for start, stop, trials in zip(borders, borders[1:], stretches, strict=False):
        if not trials:
            continue
        if found and found[-1][0].stop == start and found[-1][1] == trials:
            found[-1] = (range(found[-1][0].start, stop), trials)
        else:
            found.append((range(start, stop), trials))
    return found


def _append(stretches: list[range], trials: range) -> None:
    if stretches and stretches[-1].stop == trials.start:
        stretches[-1] = range(stretches[-1].start, trials.stop)
    else:
        stretches.append(trials)
