"""All kinds of answers, and the answer that they give of one experiment."""

import pkgutil
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from hvmc.answers import kinds
from hvmc.answers.asked import Asked
from hvmc.answers.kind import Drawing, Kind

if TYPE_CHECKING:
    from hvmc.answers.page import Block
    from hvmc.answers.sentences import Sentence
    from hvmc.experiment.results import Results

__all__ = ["Answer", "all_kinds"]


@cache
def all_kinds() -> tuple[type[Kind], ...]:
    """Return every kind in ``hvmc/answers/kinds``, in the order in which they are told."""
    homes = [
        import_module(f"{kinds.__name__}.{found.name}")
        for found in pkgutil.iter_modules(kinds.__path__)
    ]
    found = [
        value
        for home in homes
        for value in vars(home).values()
        if isinstance(value, type) and issubclass(value, Kind) and value.__module__ == home.__name__
    ]
    return tuple(sorted(found, key=lambda kind: kind.place))


class Answer:
    """The answer of an experiment: text, figures and tidy frames of all kinds, estimated once.

    Parameters
    ----------
    results : Results
        With at least one stored trial.
    """

    def __init__(self, results: "Results") -> None:
        self.asked = asked = Asked(results)
        self.results = results
        self.report = asked.experiment.report
        self.kinds = {own.name: own for own in (kind(asked) for kind in all_kinds())}

    def text(self) -> "Iterator[Block]":
        """Yield the paragraphs and tables of the experiment's report."""
        yield from self.twins()
        for kind in self.told:
            yield from kind.text()

    @property
    def told(self) -> list[Kind]:
        """The kinds that the experiment's report tells."""
        return [kind for kind in self.kinds.values() if kind.is_told]

    def sentences(self) -> "Iterator[Sentence]":
        """Yield the answer, a sentence per regime, setting or guest."""
        for kind in self.told:
            yield from kind.sentences()

    def twins(self) -> Iterator[str]:
        """Yield a paragraph for each design point that is the same as an earlier one."""
        for point, other in self.asked.twins.items():
            yield f"Design points {other} and {point} are the same settings: {self._named(point)}."

    def _named(self, point: int) -> str:
        other = self.asked.twins[point]
        return f"{self.asked.labels[point]} changes nothing of {self.asked.labels[other]}"

    @cached_property
    def drawings(self) -> list[tuple[Kind, Drawing]]:
        """Every figure the outcomes call for, and the kind that draws it."""
        _ = self.asked.outcomes  # figures need most columns: all are read at once
        return [(kind, drawing) for kind in self.kinds.values() for drawing in kind.figures()]

    def figures(self) -> Iterator[Drawing]:
        """Yield every figure the outcomes call for."""
        for _, drawing in self.drawings:
            yield drawing
