"""Schedule: missing units cut into chunks of about a second, as their cost becomes known.

A chunk of each of some points comes first, which tells how long the rest will take. Then blocks
come one after another, so that they can be merged on the way; inside a block the point with the
fewest trials comes first. The order changes no outcome.

Chunks are longer where many workers would keep the one process busy that hands them out and takes
their rows in, and shorter at the end, so that all workers end together (guided self-scheduling:
Polychronopoulos, Kuck, IEEE Transactions on Computers 36, 1987, 1425-1439).
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean

from hvmc.experiment.blocks import BlockGrid
from hvmc.experiment.forecast import sampled_points
from hvmc.experiment.spans import Span

__all__ = ["Schedule", "worth_starting"]

# time of a chunk for few workers, seconds, and the least at the end; they shape no result
CHUNK_S, LEAST_S = 1.0, 0.2
# of this process, for a chunk: twice what was measured (experiments/many_machines)
HANDLING_S = 0.08
# work that is done in this process before others would have started, seconds: to start one takes
# 2.4 s of a processor, so that two are even with this one at some 5 s
HERE_S = 4.0
# chunks that each worker still gets of what is left: two lie ready for it, one is to come
_ROUNDS = 3
_FIRST_UNIT_S = 0.1
# units of the chunks that come first; enough for a median
_SAMPLED_UNITS = 3


def worth_starting(workers: int, work_s: float) -> int:
    """Return how many processes some work is worth; 1: none but this one.

    Parameters
    ----------
    workers : int
        As many as there may be.
    work_s : float
        Work of one process, seconds.
    """
    return workers if work_s > HERE_S else 1


class Schedule:
    """Cuts chunks off the missing units, adapting to the measured time per unit.

    Parameters
    ----------
    missing : sequence of Span
        Units of single points, disjoint.
    grid : BlockGrid
        A chunk lies in one block.
    workers : int
        Processes that simulate.
    """

    def __init__(self, missing: Sequence[Span], grid: BlockGrid, workers: int = 1) -> None:
        self._workers = workers
        self._longest_s = max(CHUNK_S, HANDLING_S * workers)
        self._units = sum(span.units for span in missing)
        self._unit_s: dict[int, float] = {}
        self._last_unit_s = _FIRST_UNIT_S
        self._grid = grid
        self._left: Counter[Span] = Counter()
        self._heap: list[tuple[bool, int, int, int, int, int, Span]] = []
        sampled = set(sampled_points(missing))
        for span in sorted(missing, key=lambda span: span.order):
            for piece in grid.split(span):
                self._left[self._block(piece)] += piece.units
                self._push(piece, later=piece.point not in sampled)
                sampled.discard(piece.point)

    def _block(self, span: Span) -> Span:
        return self._grid.block(span.point, span.trials.start)

    def _push(self, span: Span, *, later: bool = True) -> None:
        block = self._block(span)
        first = span.trials.start
        # pieces are disjoint: point and first replication make the key unique
        key = (block.trials.start, block.point, first, span.point, span.replications.start)
        heapq.heappush(self._heap, (later, *key, span))

    def __iter__(self) -> Iterator[Span]:
        while self._heap:
            later, *_, span = heapq.heappop(self._heap)
            chunk = self._cut(span, span.units if later else _SAMPLED_UNITS)
            self._units -= chunk.units
            for rest in span.minus(chunk):
                self._push(rest)
            yield chunk

    def _cut(self, span: Span, most: int) -> Span:
        unit_s = self._unit_s.get(span.point, self._last_unit_s)
        units = max(1, min(int(self._chunk_s() / unit_s), most))
        first = span.trials.start
        replications = span.replications
        if units < len(replications):
            few = range(replications.start, replications.start + units)
            return Span.at(span.point, range(first, first + 1), few)
        trials = min(len(span.trials), units // len(replications))
        return Span.at(span.point, range(first, first + trials), replications)

    def _chunk_s(self) -> float:
        known = self._unit_s.values()
        mean_s = fmean(known) if known else self._last_unit_s
        share_s = self._units * mean_s / (_ROUNDS * self._workers)
        return min(max(share_s, LEAST_S), self._longest_s)

    def finished(self, span: Span, unit_s: float) -> Span | None:
        """Take in that a chunk is finished.

        Parameters
        ----------
        span : Span
            The chunk's units.
        unit_s : float
            Its time per unit, seconds.

        Returns
        -------
        Span or None
            The block that is finished with it, if one is.
        """
        unit_s = max(unit_s, 1e-6)
        self._last_unit_s = unit_s
        self._unit_s[span.point] = 0.5 * (self._unit_s.get(span.point, unit_s) + unit_s)
        block = self._block(span)
        self._left[block] -= span.units
        if self._left[block] > 0:
            return None
        del self._left[block]
        return block
