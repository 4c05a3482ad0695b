"""Shards: an experiment cut into parts that are run apart, as jobs of an array are.

A shard takes a stretch of consecutive trials at every design point, so that all shards of an
experiment cost about the same. Its folder, ``shards/3-of-8`` in that of the whole experiment, is a
results folder of its own: no two shards write to the same place. `hvmc.experiment.merging` puts
them together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.settings import Experiment
from hvmc.experiment.spans import Span

__all__ = ["MOST_SHARDS", "SHARDS", "Shard", "is_shard"]

SHARDS = "shards"
"""Folder of all shards in that of the whole experiment."""
MOST_SHARDS = 100_000
_WRITTEN = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Shard:
    """One of some shards.

    Parameters
    ----------
    number : int
        Which, from 1.
    count : int
        Of how many.

    Examples
    --------
    >>> Shard(3, 8).units([1000], replications=1)
    [Span(points=range(0, 1), trials=range(250, 375), replications=range(0, 1))]
    """

    number: int
    count: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the shard that is written as ``3/8``.

        Raises
        ------
        ValueError
            If it is none.
        """
        if not is_shard(text):
            raise ValueError(f"shard must be NUMBER/COUNT, such as 3/8, got {text!r}")
        number, _, count = text.partition("/")
        return cls(int(number), int(count))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def folder(self) -> str:
        """Its folder in that of the whole experiment."""
        return f"{SHARDS}/{self.number}-of-{self.count}"

    def units(self, sizes: Sequence[int], replications: int) -> list[Span]:
        """Return its units, one span per design point, of so many trials at each."""
        found = []
        for point, trials in enumerate(sizes):
            first = trials * (self.number - 1) // self.count
            last = trials * self.number // self.count
            found.append(Span.at(point, range(first, last), range(replications)))
        return found

    def check(self, experiment: Experiment) -> None:
        """Check that an experiment can be cut so.

        Raises
        ------
        ResultsError
            If not: precision decides how many trials there are, or they are too few.
        """
        if experiment.is_precise:
            raise ResultsError(
                f"shard={self} needs an exact number of trials, and precision is decided on all "
                "trials together: give trials=1000, or as many as a run without shard= came to"
            )
        fewest = min(experiment.all_sizes)
        if fewest < self.count:
            raise ResultsError(
                f"shard={self} must leave each shard a trial at every design point, but there are "
                f"{fewest}: take at most {fewest} shards"
            )


def is_shard(text: str) -> bool:
    """Say whether a text is a shard, ``3/8``.

    Examples
    --------
    >>> is_shard("3/8"), is_shard("9/8"), is_shard("3 of 8")
    (True, False, False)
    """
    found = _WRITTEN.fullmatch(text)
    return found is not None and int(found[1]) <= int(found[2]) <= MOST_SHARDS
