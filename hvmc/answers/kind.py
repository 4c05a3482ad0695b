"""What a kind of answer is."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from hvmc.answers.asked import Asked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from hvmc.answers.page import Block
    from hvmc.answers.sentences import Sentence

__all__ = ["CHAPTERS", "Drawing", "Kind"]

CHAPTERS = {
    "curves": "How often a stretch is exceeded",
    "sufferers": "Who suffers",
    "causes": "What causes it",
    "settings": "Settings compared",
    "cost": "What it costs",
    "assumptions": "What was assumed",
    "precision": "How precise it is",
}
"""Chapters of a page, in order, and their headings."""


class Drawing(NamedTuple):
    """A figure that an answer calls for.

    Parameters
    ----------
    name : str
        Stem of its files.
    make : callable
        Draws it, or raises `hvmc.plots.groups.CannotDrawError` where there is too little for it.
    """

    name: str
    make: "Callable[[], Figure]"


class Kind:
    """A kind of answer.

    Subclasses in ``hvmc/answers/kinds`` are found by themselves.

    Attributes
    ----------
    place : int
        Where it stands among the kinds.
    reports : tuple of str
        Reports whose text tells it; figures are drawn whenever the outcomes call for them.
    chapter : str
        Where it stands on a page, of `CHAPTERS`.
    figure_chapters : dict
        What a figure's name begins with, to its chapter, where that is another.
    asked : Asked
        What is answered.
    """

    place: ClassVar[int]
    reports: ClassVar[tuple[str, ...]] = ()
    chapter: ClassVar[str] = "settings"
    figure_chapters: ClassVar[Mapping[str, str]] = {}

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    @property
    def name(self) -> str:
        """What programs know it by, in JSON and `Answer.kinds`: its class's, unless set."""
        return type(self).__name__

    @cached_property
    def frames(self) -> "Mapping[str, pd.DataFrame]":
        """Its estimates, made once."""
        return self.estimate()

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return tidy frames by name; none where the outcomes do not speak of it."""
        return {}

    @property
    def is_told(self) -> bool:
        """Whether the experiment's report tells it."""
        return self.asked.experiment.report in self.reports

    def sentences(self) -> "Iterator[Sentence]":
        """Yield the answer, a sentence per regime, setting or guest."""
        yield from ()

    def text(self) -> "Iterator[Block]":
        """Yield paragraphs and tables."""
        yield from ()

    def chapter_of(self, name: str) -> str:
        """Return the chapter of a figure."""
        found = (own for start, own in self.figure_chapters.items() if name.startswith(start))
        return next(found, self.chapter)

    def page(self) -> "Iterator[Block]":
        """Yield what a page shows of it: by default its text, where the report tells it."""
        if self.is_told:
            yield from self.text()

    def figures(self) -> Iterator[Drawing]:
        """Yield the figures that the outcomes call for."""
        yield from ()
