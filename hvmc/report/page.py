"""The page: what each experiment answers, chapter by chapter, laid out by the template."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hvmc.analysis.numbers import amount
from hvmc.answers.asked import trials_in_words, window
from hvmc.answers.kind import CHAPTERS
from hvmc.report.blocks import set_blocks
from hvmc.report.chart import charts
from hvmc.report.origin import Origin
from hvmc.report.pictures import inline

if TYPE_CHECKING:
    from hvmc.answers.page import Block
    from hvmc.answers.registry import Answer
    from hvmc.report.blocks import Enumeration, Paragraph, Table
    from hvmc.report.chart import Chart

__all__ = ["MOST_BYTES", "report_page"]

MOST_BYTES = 5_000_000
"""A page is smaller."""

MOST_SENTENCES = 24
_HERE = Path(__file__).parent
_FIGURES_BYTES = 4_000_000
_DRAWN_AS_CHART = ("exceedance", "points_exceedance")


@dataclass
class Budget:
    """How many bytes of figures still fit into the page."""

    left: int = _FIGURES_BYTES

    def take(self, text: str) -> bool:
        """Say whether a figure fits, and count it."""
        fits = len(text) <= self.left
        self.left -= len(text) * fits
        return fits


@dataclass(frozen=True)
class Picture:
    """A figure, or why it is not there."""

    name: str
    svg: Markup | None
    missing: str = ""

    @property
    def title(self) -> str:
        """Its name in words."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class Chapter:
    """A part of the page: charts, then what each kind of answer tells of it, then figures."""

    name: str
    heading: str
    blocks: "Sequence[Paragraph | Enumeration | Table]" = ()
    charts: "Sequence[Chart]" = ()
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Part:
    """What the page tells of one experiment.

    Parameters
    ----------
    name : str
        Begins all names in the page that belong to it.
    answer : Answer
        Of the experiment.
    figures : mapping
        Name to SVG.
    skipped : mapping
        Name of a figure that is not drawn, to why.
    budget : Budget
        Shared by all experiments of the page.
    """

    name: str
    answer: "Answer"
    figures: Mapping[str, str]
    skipped: Mapping[str, str]
    budget: Budget = field(default_factory=Budget)

    @property
    def title(self) -> str:
        """Name of the experiment."""
        return self.answer.asked.experiment.name

    @property
    def question(self) -> str:
        """What is asked; without a question, the name."""
        return self.answer.asked.experiment.question or self.title.replace("_", " ")

    @property
    def extent(self) -> str:
        """How much was simulated."""
        experiment = self.answer.asked.experiment
        points = amount(len(experiment.points), "design point")
        return (
            f"{points} x {trials_in_words(experiment)}, {window(experiment)}, "
            f"seed {experiment.seed}"
        )

    @cached_property
    def sentences(self) -> "list[Any]":
        """The answer in sentences, not more than a reader takes in."""
        return self._sentences[:MOST_SENTENCES]

    @property
    def more_sentences(self) -> int:
        """How many further regimes, settings or guests only the tables tell of."""
        return len(self._sentences) - len(self.sentences)

    @cached_property
    def _sentences(self) -> "list[Any]":
        return list(self.answer.sentences())

    @property
    def marked(self) -> bool:
        """Whether some estimate in the sentences carries a star."""
        return any("*" in one.text for one in self.sentences)

    @cached_property
    def origin(self) -> Origin:
        """Where the results come from, and what failed."""
        return Origin(self.answer.results)

    @cached_property
    def chapters(self) -> list[Chapter]:
        """The chapters that have something to tell."""
        found = [self._chapter(name, heading) for name, heading in CHAPTERS.items()]
        return [one for one in found if one.blocks or one.charts or one.pictures]

    def _chapter(self, name: str, heading: str) -> Chapter:
        kinds = [kind for kind in self.answer.kinds.values() if kind.chapter == name]
        blocks: list[Block] = list(self.answer.twins()) if name == "settings" else []
        for kind in kinds:
            blocks += ["", *kind.page()]
        drawn = list(charts(self.answer.asked)) if name == "curves" else []
        return Chapter(name, heading, list(set_blocks(blocks)), drawn, list(self._pictures(name)))

    def _pictures(self, chapter: str) -> Iterator[Picture]:
        for kind, (name, _) in self.answer.drawings:
            if kind.chapter_of(name) != chapter or name.startswith(_DRAWN_AS_CHART):
                continue
            if name in self.skipped:
                yield Picture(name, None, f"is not drawn: {self.skipped[name]}")
            elif name in self.figures:
                yield self._picture(name, self.figures[name])

    def _picture(self, name: str, svg: str) -> Picture:
        if not self.budget.take(svg):
            return Picture(name, None, f"would make this page too large: figures/{name}.svg")
        words = f"Figure: {name.replace('_', ' ')}"
        return Picture(name, Markup(inline(svg, f"{self.name}-{name}", words, escape)))


type Told = tuple["Answer", Mapping[str, str], Mapping[str, str]]


def report_page(told: "Sequence[Told]") -> str:
    """Return the page of one or several experiments, as HTML.

    Parameters
    ----------
    told : sequence of (Answer, mapping, mapping)
        Each experiment's answer, figures (name to SVG), and why others are not drawn (name to
        reason), as of `hvmc.plots.write.svg_texts`.

    Returns
    -------
    str
        The same for the same results, below `MOST_BYTES`; it loads nothing.
    """
    budget = Budget()
    parts = [
        Part(f"e{number}", answer, figures, skipped, budget)
        for number, (answer, figures, skipped) in enumerate(told, start=1)
    ]
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["breakable"] = _breakable
    series = [len(chart.series) for part in parts for one in part.chapters for chart in one.charts]
    return environment.get_template("report.html.j2").render(
        parts=parts,
        style=Markup((_HERE / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_digest=digest,
        version=version("hvmc"),
        most_series=range(max(series, default=0)),
    )


def _breakable(text: str) -> Markup:
    """Return a dotted path that may be broken after its dots; other text as it is."""
    written = escape(text)
    return written if " " in text else written.replace(".", Markup(".<wbr>"))
