"""Experiments: a question, design points, a number of trials."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hvmc.experiment.target import is_target
from hvmc.experiment.variant import Variant
from hvmc.regimes.assumptions import drawn_of_recording
from hvmc.regimes.design import Design
from hvmc.regimes.traces import recording_digest
from hvmc.scenario.evidence import Known
from hvmc.scenario.plain import plain
from hvmc.scenario.settings import (
    Settings,
    choice,
    flag,
    nested,
    nested_all,
    number,
    text,
    whole,
    whole_numbers,
)

__all__ = [
    *("MODEL_VERSION", "MOST_REPLICATIONS", "MOST_TRIALS"),
    *("Experiment", "Point", "Precision", "Prices"),
]

# bumped whenever a trial's outcome can change for the same settings and seed
MODEL_VERSION = 7
MOST_TRIALS = 10**9
MOST_REPLICATIONS = 10**6

_WINDOW, _REDRAWN = "horizon_s", "redrawn"
# settings that stored results are older than, as these have them: their hashes stay
_LATER = {"fitted": (), "changes": (), "redrawn": "none", "root_use": None}
# of what a guest uses: without a restart none has an effect
_OF_RESTARTS = ("restart_s", "boot_s")
_ENDS = ("none", "luck", "all")
_TARGET = "P(stretch>1.25)<=0.05"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
REPORTS = (
    *("regimes", "points", "causes", "knee", "paired"),
    *("what_if", "packing", "growth", "window", "sensitivity"),
)


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


FIRST_LOOK = 64
"""Trials of a design point before precision is looked at: 4 of each scramble."""

ESTIMANDS = (
    *("p_suffers", "mean_log_stretch", "stretch_p50", "stretch_p90", "stretch_p95", "stretch_p99"),
    *("p_suffers_change", "response_change"),
)


@dataclass(frozen=True)
class Precision(Settings):
    """How narrow intervals are to be; runs then take as many trials as that needs.

    Looked at after 64, 128, 256, ... trials (`hvmc.experiment.precision`).

    Parameters
    ----------
    half_width : float, optional
        Half of the 95 % interval of the estimand, at most, in every group of guests at every design
        point. Without it ``trials`` says how many there are.
    estimand : str
        ``p_suffers``, the share of guests that suffer; ``mean_log_stretch``; ``stretch_p50`` to
        ``stretch_p99``, percentiles over guests; ``p_suffers_change`` and ``response_change``
        (ratio), paired changes of the report ``paired``.
    relative : bool
        Whether the half-width is a part of the estimate.
    undecided_half_width : float, optional
        Half-width wanted instead where the verdict on the published claim is still undecided.
    max_trials : int
        Most trials of a design point.
    max_time_s : float, optional
        No look is begun that is expected to end later than this, seconds after the start. Where it
        ends a run, another machine may have gone further.
    """

    half_width: float | None = number(None, low=0.0, above=True, optional=True)
    estimand: str = choice("p_suffers", ESTIMANDS)
    relative: bool = flag(False)
    undecided_half_width: float | None = number(None, low=0.0, above=True, optional=True)
    max_trials: int = whole(4096, low=2, high=10**9)
    max_time_s: float | None = number(None, low=0.0, above=True, optional=True)

    @property
    def looks(self) -> list[int]:
        """Numbers of trials after which it is looked at how narrow intervals are."""
        found = [min(FIRST_LOOK, self.max_trials)]
        while found[-1] < self.max_trials:
            found.append(min(2 * found[-1], self.max_trials))
        return found


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
        for name, before in _LATER.items():
            if getattr(self.design, name) == before:
                del design[name]
        for guest in self.design.guests:
            if guest.memory.use.restart_s is None and not self.design.changes:
                for name in _OF_RESTARTS:
                    del design["guests"][guest.name]["memory"]["use"][name]
        if self.design.assumptions.mode == "drawn":
            drawn = (*self.design.drawn, *drawn_of_recording(self.design))
            design["assumptions"]["laws"] = {item.path: _law(item.known) for item in drawn}
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
        How its answer is printed: regimes, points, causes, knee, paired, what_if, packing,
        growth, window or sensitivity.
    compare : str
        Swept factor whose levels the report ``paired`` compares with its first, or several,
        separated by commas, whose combinations it compares with the first; ``horizon_s`` where the
        report is ``window``, which compares with the longest window; ``redrawn`` where it is
        ``sensitivity``.
    seed : int
        Names all random streams.
    trials : int
        Trials at every design point; the same ones at each. Of a run by precision, the most.
    replications : int
        Runs of each trial's scenario with other luck.
    points : tuple of Point
        Design points, at least one.
    prices : Prices
        For the cost per unit of work.
    precision : Precision
        How many trials there are where intervals are to be narrow enough.
    sizes : tuple of int
        Trials of each design point, where a run by precision took differently many.
    victim : str
        Guest that variants are to help, by name; without it whoever is most likely to suffer.
    variants : tuple of Variant
        What the report ``what_if`` compares with the present, each a design point.
    packing : str
        Name or role of the guests of which the report ``packing`` adds more and more.
    target : str
        What must hold of every guest for the host to carry them.
    growth_per_year : float, optional
        Of the load, 0.2 for 20 %: turns the load at which a host no longer carries its guests into
        a month.
    """

    name: str = text("experiment", good=lambda word: bool(NAME.fullmatch(word)), rule="a file name")
    question: str = text("", allow_empty=True, rule="a sentence")
    report: str = choice("points", REPORTS)
    compare: str = text("", allow_empty=True, rule="a swept factor")
    seed: int = whole(1, low=0, high=2**63 - 1)
    trials: int = whole(1000, low=1, high=MOST_TRIALS)
    replications: int = whole(1, low=1, high=MOST_REPLICATIONS)
    points: tuple[Point, ...] = nested_all(Point, named=False)
    prices: Prices = nested(Prices)
    precision: Precision = nested(Precision)
    sizes: tuple[int, ...] = whole_numbers(low=1)
    victim: str = text("", allow_empty=True, rule="a guest's name")
    variants: tuple[Variant, ...] = nested_all(Variant)
    packing: str = text("", allow_empty=True, rule="a guest's name or role")
    target: str = text(_TARGET, good=is_target, rule=f"a target such as {_TARGET}")
    growth_per_year: float | None = number(None, low=0.0, above=True, high=10.0, optional=True)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if not self.points:
            yield "points", "must hold at least one design point, got none"
        if self.report == "causes" and not all(point.design.causes for point in self.points):
            yield "report", "must not be causes where they are not simulated: set causes=true"
        if self.sizes and len(self.sizes) != len(self.points):
            yield "sizes", f"must be {len(self.points)}, one per design point, got {self.sizes}"
        if self.precision.estimand.endswith("_change") and not self.compare:
            yield (
                "precision.estimand",
                f"must not be the paired {self.precision.estimand} where nothing is compared: "
                "set compare to a swept factor",
            )
        factors = list(dict.fromkeys(key for point in self.points for key in point.levels))
        wanted = self.compare.split(",") if self.compare else []
        absent = [name for name in wanted if any(name not in p.levels for p in self.points)]
        if absent:
            swept = ", ".join(factors) or "none here"
            yield "compare", f"must be a swept factor ({swept}), got {absent[0]!r}"
        elif self.report == "paired" and not self.compare:
            yield "compare", "must name a swept factor where the report is paired, got ''"
        elif self.report == "window" and self.compare != _WINDOW:
            yield (
                "compare",
                f"must be {_WINDOW} where the report is window, got {self.compare!r}: sweep "
                f"{_WINDOW} over windows to compare",
            )
        elif self.report == "sensitivity":
            yield from self._redrawn_rules()

    def _redrawn_rules(self) -> Iterator[tuple[str, str]]:
        if self.compare != _REDRAWN:
            yield (
                "compare",
                f"must be {_REDRAWN} where the report is sensitivity, got {self.compare!r}: sweep "
                f"{_REDRAWN} over none, luck, all and parts",
            )
            return
        if any(point.design.sampling != "iid" for point in self.points):
            yield "sampling", "must be iid where the report is sensitivity, got rqmc"
            return
        contexts: dict[str, set[str]] = {}
        for point in self.points:
            shared = str({key: own for key, own in point.levels.items() if key != _REDRAWN})
            contexts.setdefault(shared, set()).add(point.levels[_REDRAWN])
        missing = [name for name in _ENDS if any(name not in own for own in contexts.values())]
        if missing:
            yield (
                "redrawn",
                f"must hold {', '.join(_ENDS)} and parts where the report is sensitivity, got no "
                f"{' and no '.join(missing)}",
            )

    @property
    def is_precise(self) -> bool:
        """Whether precision decides how many trials there are."""
        wanted = (self.precision.half_width, self.precision.undecided_half_width)
        return any(width is not None for width in wanted)

    @property
    def all_sizes(self) -> list[int]:
        """Trials of each design point."""
        return list(self.sizes) or [self.trials] * len(self.points)

    def sized(self, sizes: Sequence[int]) -> "Experiment":
        """Return the experiment with so many trials at each design point."""
        equal = len(set(sizes)) == 1
        return replace(self, trials=max(sizes), sizes=() if equal else tuple(sizes))

    @property
    def digest(self) -> str:
        """Hash of everything that can change an outcome; neither trials nor replications."""
        return _digest(list(self.point_digests.values()))

    @property
    def point_digests(self) -> dict[int, str]:
        """Design point, by number, to its hash."""
        return {number: point.digest(self.seed) for number, point in enumerate(self.points)}


def _law(known: Known) -> dict[str, Any]:
    """Return what decides how a constant is drawn."""
    told = plain(known)
    law = {name: told[name] for name in ("low", "high", "law", "unit")}
    return {**law, "options": list(told["options"])}


def _digest(content: Any) -> str:
    document = json.dumps([MODEL_VERSION, content], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()[:16]
