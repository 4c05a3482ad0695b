"""Forecast: how long the units left will take, from what the finished ones took.

Work is counted in seconds of one process. What is left is, summed over design points, the units
left times their mean cost at that point, where none is known yet the mean over the known ones. It
is done at the speed so far, smoothed:

    speed = (work done + P workers) / (time elapsed + P),  P = 5 s,

as if each process had worked at full speed for P seconds before: the start of the processes and a
single chunk then say little.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from hvmc.experiment.spans import Span

__all__ = ["Forecast", "evenly", "sampled_points"]

_PRIOR_S = 5.0
_MOST_SAMPLED = 128
# a further point that costs ten times as much then at most doubles their mean
_ENOUGH_POINTS = 9


def evenly(points: Iterable[int], most: int) -> list[int]:
    """Return at most so many of the points, evenly spread, the first included.

    Examples
    --------
    >>> evenly(range(10), 4)
    [0, 3, 6, 9]
    """
    found = sorted(set(points))
    return found[:: -(-len(found) // most)] if found else []


def sampled_points(missing: Iterable[Span]) -> list[int]:
    """Return the points of which some units come first, so that their costs are soon known."""
    return evenly((span.point for span in missing), _MOST_SAMPLED)


class Forecast:
    """Time left, as units finish.

    Parameters
    ----------
    missing : sequence of Span
        Units of single points, disjoint.
    workers : int
        Processes.
    """

    def __init__(self, missing: Sequence[Span], workers: int) -> None:
        self._workers = workers
        self._enough = min(len(sampled_points(missing)), _ENOUGH_POINTS)
        self._left: Counter[int] = Counter()
        for span in missing:
            self._left[span.point] += span.units
        self._finished: Counter[int] = Counter()
        self._work_s: dict[int, float] = {}

    def finished(self, span: Span, unit_s: float) -> None:
        """Take in that units of a point are finished, and their time per unit, seconds."""
        self._left[span.point] -= span.units
        self._finished[span.point] += span.units
        self._work_s[span.point] = self._work_s.get(span.point, 0.0) + span.units * unit_s

    def left_s(self, elapsed_s: float) -> float:
        """Return the seconds left, nan until the costs of enough points are known.

        Parameters
        ----------
        elapsed_s : float
            Seconds since the first unit was given out.
        """
        if len(self._work_s) < self._enough:
            return math.nan
        cost = {point: work / self._finished[point] for point, work in self._work_s.items()}
        usual = sum(cost.values()) / max(1, len(cost))
        left = sum(units * cost.get(point, usual) for point, units in self._left.items())
        done = sum(self._work_s.values())
        return left * (elapsed_s + _PRIOR_S) / (done + _PRIOR_S * self._workers)
