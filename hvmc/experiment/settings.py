"""Experiments: a question, design points, a number of trials."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hvmc.regimes.assumptions import drawn_constants
from hvmc.regimes.design import Design
from hvmc.regimes.traces import recording_digest
from hvmc.scenario.plain import plain
from hvmc.scenario.settings import Settings, choice, nested, nested_all, number, text, whole

__all__ = ["MODEL_VERSION", "Experiment", "Point", "Prices"]

# bumped whenever a trial's outcome can change for the same settings and seed
MODEL_VERSION = 4

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
REPORTS = ("regimes", "points", "causes", "knee", "paired")


@dataclass(frozen=True)
class Prices(Settings):
    """Prices of provisioned capacity, in any one currency; the defaults count LP-seconds.

    Parameters
    ----------
    lp_s : float
        Of a provisioned LP-second.
    gib_s : float
        Of a provisioned GiB-second.
    """

    lp_s: float = number(1.0, low=0.0)
    gib_s: float = number(0.0, low=0.0)


@dataclass(frozen=True)
class Point(Settings):
    """A design point: one combination of the swept factors.

    Parameters
    ----------
    design : Design
        What its trials are drawn from.
    levels : dict of str to object
        Swept factor (dotted path of the setting) to its level here.
    """

    design: Design = nested(Design)
    levels: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Levels as printed: ``dispatch.rule=credit host.logical_processors=8``."""
        return " ".join(f"{factor}={level}" for factor, level in self.levels.items())

    @property
    def regime(self) -> str:
        """Name of the regime, ``traces`` or ``guests``."""
        if self.design.regime is not None:
            return self.design.regime.name
        return "traces" if self.design.trace is not None else "guests"

    def digest(self, seed: int) -> str:
        """Return the hash of everything that can change a trial's outcome at this point.

        Of a recording that is its content, wherever it lies; of drawn constants their laws.
        """
        design = plain(self.design)
        if not self.design.fitted:  # hashes of results from before there were fitted guests
            del design["fitted"]
        if self.design.assumptions.mode == "drawn":
            drawn = drawn_constants(self.design)
            design["assumptions"]["laws"] = {item.path: plain(item.known) for item in drawn}
            for law in design["assumptions"]["laws"].values():
                del law["why"]
        if self.design.trace is not None:
            design["trace"]["path"] = recording_digest(self.design.trace.path)
        return _digest({"seed": seed, "design": design})


@dataclass(frozen=True)
class Experiment(Settings):
    """A question with factors and a number of trials.

    Parameters
    ----------
    name : str
        Names its results folder.
    question : str
        What it answers.
    report : str
        How its answer is printed: regimes, points, causes, knee or paired.
    compare : str
        Swept factor whose levels the report ``paired`` compares with its first.
    seed : int
        Names all random streams.
    trials : int
        Trials at every design point; the same ones at each.
    replications : int
        Runs of each trial's scenario with other luck.
    points : tuple of Point
        Design points, at least one.
    prices : Prices
        For the cost per unit of work.
    """

    name: str = text("experiment", good=lambda word: bool(NAME.fullmatch(word)), rule="a file name")
    question: str = text("", allow_empty=True, rule="a sentence")
    report: str = choice("points", REPORTS)
    compare: str = text("", allow_empty=True, rule="a swept factor")
    seed: int = whole(1, low=0, high=2**63 - 1)
    trials: int = whole(1000, low=1, high=10**9)
    replications: int = whole(1, low=1, high=10**6)
    points: tuple[Point, ...] = nested_all(Point, named=False)
    prices: Prices = nested(Prices)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if not self.points:
            yield "points", "must hold at least one design point, got none"
        if self.report == "causes" and not all(point.design.causes for point in self.points):
            yield "report", "must not be causes where they are not simulated: set causes=true"
        factors = list(dict.fromkeys(key for point in self.points for key in point.levels))
        if self.compare and any(self.compare not in point.levels for point in self.points):
            swept = ", ".join(factors) or "none here"
            yield "compare", f"must be a swept factor ({swept}), got {self.compare!r}"
        elif self.report == "paired" and not self.compare:
            yield "compare", "must name a swept factor where the report is paired, got ''"

    @property
    def digest(self) -> str:
        """Hash of everything that can change an outcome; neither trials nor replications."""
        return _digest(list(self.point_digests.values()))

    @property
    def point_digests(self) -> dict[int, str]:
        """Design point, by number, to its hash."""
        return {number: point.digest(self.seed) for number, point in enumerate(self.points)}


def _digest(content: Any) -> str:
    document = json.dumps([MODEL_VERSION, content], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()[:16]
