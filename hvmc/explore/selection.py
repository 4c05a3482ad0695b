"""What is chosen, and how it is written in an address."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from hvmc.explore.catalogue import ALL, Catalogue, CatalogueEntry, PointChoice

__all__ = ["ROWS", "VIEWS", "Picked", "Selection", "first_selection", "read_query"]

VIEWS = {
    "exceedance": "How often a value is exceeded",
    "quantiles": "Quantiles with intervals",
    "against": "Against an input or a counter",
    "paired": "Two design points, paired",
}
ROWS = {"50000": "about 50,000 rows", "500000": "about 500,000 rows", ALL: "all rows"}
"""How many rows are read: whole trials, the first ones of each design point."""

_FACTOR = "factor."
_SHOWN = 60
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Picked:
    """A guest of one stored trial.

    Parameters
    ----------
    result : str
        Name of the results.
    point, trial, replication : int
        The unit.
    guest : str
        May be empty: the trial as a whole.
    at_s : float
        From when on its timeline is looked at event by event, simulated seconds; below 0, from the
        end of the warm-up.
    """

    result: str
    point: int
    trial: int
    replication: int = 0
    guest: str = ""
    at_s: float = -1.0


@dataclass(frozen=True)
class Selection:
    """What is chosen.

    Parameters
    ----------
    view : str
        Of `VIEWS`.
    result, regime, role : str
        Each a name, or all.
    levels : dict
        Swept factor to its level; all levels of the others.
    column : str
        What is looked at: a column of the outcomes.
    against : str
        ``inputs.lp_demand``, ``outcomes.pressure`` or ``counters.NAME``.
    point, baseline : int
        Design points that are compared, of ``result``.
    rows : str
        Of `ROWS`.
    picked : Picked, optional
        The trial that is told of.
    """

    view: str = "exceedance"
    result: str = ALL
    regime: str = ALL
    role: str = ALL
    levels: Mapping[str, str] = field(default_factory=dict)
    column: str = "stretch"
    against: str = "inputs.host_lp_commitment"
    point: int = 0
    baseline: int = 0
    rows: str = "50000"
    picked: Picked | None = None

    def replace(self, **changes: object) -> "Selection":
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def choices(self, catalogue: Catalogue) -> Iterator[tuple[CatalogueEntry, list[PointChoice]]]:
        """Yield the results with the design points chosen in each, if any."""
        for source in catalogue.within(self.result):
            if self.view == "paired":
                if source is catalogue.source(self.result):
                    wanted = (self.baseline, self.point)
                    yield source, [one for one in source.choices if one.point in wanted]
                continue
            found = [one for one in source.choices if self._is_chosen(one)]
            if found:
                yield source, found

    def _is_chosen(self, choice: PointChoice) -> bool:
        if self.regime not in (ALL, choice.regime):
            return False
        return all(choice.levels.get(factor) == level for factor, level in self.levels.items())

    @property
    def query(self) -> str:
        """It as the query of an address; of most settings only what is not the default."""
        usual = Selection()
        names = ("view", "regime", "role", "column", "against", "rows")
        pairs = [(name, getattr(self, name)) for name in names]
        kept = [("result", self.result)]
        kept += [(name, value) for name, value in pairs if value != getattr(usual, name)]
        kept += [(f"{_FACTOR}{factor}", level) for factor, level in self.levels.items()]
        if self.view == "paired":
            kept += [("point", str(self.point)), ("baseline", str(self.baseline))]
        if self.picked is not None:
            one = self.picked
            unit = f"{one.point}.{one.trial}.{one.replication}"
            kept += [("pick", unit), ("pick_guest", one.guest), ("pick_result", one.result)]
            kept += [("pick_at_s", f"{one.at_s:.9g}")] if one.at_s >= 0.0 else []
        return urlencode([(name, value) for name, value in kept if value])


def first_selection(catalogue: Catalogue) -> Selection:
    """Return what a page opens with: all of the first results."""
    first = catalogue.sources[0]
    points = [choice.point for choice in first.choices]
    return Selection(result=first.name, baseline=points[0], point=points[-1])


def read_query(
    arguments: Mapping[str, Sequence[str]], catalogue: Catalogue
) -> tuple[Selection, list[str]]:
    """Return what an address chooses, and what is wrong with it in words.

    What is wrong is left at its default.

    Parameters
    ----------
    arguments : mapping of str to sequence of str
        Of the query, as of `urllib.parse.parse_qs`; the last of several counts.
    catalogue : Catalogue
        What can be chosen.
    """
    given = {name: values[-1] for name, values in arguments.items() if values}
    problems: list[str] = []
    start = first_selection(catalogue)
    allowed = {
        "view": list(VIEWS),
        "result": [ALL, *catalogue.names],
        "regime": [ALL, *catalogue.regimes],
        "role": [ALL, *catalogue.roles],
        "column": catalogue.columns,
        "rows": list(ROWS),
    }
    if "against" in given:
        allowed["against"] = [name for own in catalogue.properties.values() for name in own]
    taken = {}
    for name, values in allowed.items():
        if name in given and _is_one(name, given[name], values, problems):
            taken[name] = given[name]
    levels = {}
    for name, level in given.items():
        if name.startswith(_FACTOR):
            factor = name.removeprefix(_FACTOR)
            if factor not in catalogue.factors:
                problems.append(f"{name[:_SHOWN]} is no swept factor of these results")
            elif _is_one(name, level, catalogue.factors[factor], problems):
                levels[factor] = level
    found = start.replace(levels=levels, **taken)
    stored = [choice.point for choice in catalogue.source(found.result).choices]
    points = {"baseline": stored[0], "point": stored[-1]}
    for name in points:
        if name in given and _is_one(name, given[name], [str(one) for one in stored], problems):
            points[name] = int(given[name])
    return found.replace(picked=_picked(given, catalogue, problems), **points), problems


def _is_one(name: str, got: str, allowed: Sequence[str], problems: list[str]) -> bool:
    if got in allowed:
        return True
    few = ", ".join(allowed[:8]) + (", ..." if len(allowed) > 8 else "")
    problems.append(f"{name[:_SHOWN]} must be one of {few}, got {got[:_SHOWN] or 'nothing'}")
    return False


def _picked(given: Mapping[str, str], catalogue: Catalogue, problems: list[str]) -> Picked | None:
    if "pick" not in given:
        return None
    result, text = given.get("pick_result", ""), given["pick"]
    parts = text.split(".")
    known = result in catalogue.names
    digits = len(parts) == 3 and all(
        part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS for part in parts
    )
    if known and digits:
        point, trial, replication = map(int, parts)
        if any(span.has(point, trial, replication) for span in catalogue.source(result).stored):
            at_s = _seconds(given, problems)
            return Picked(result, point, trial, replication, given.get("pick_guest", ""), at_s)
    problems.append(
        f"pick must be POINT.TRIAL.REPLICATION of a stored trial, got {text[:_SHOWN] or 'nothing'}"
        f" in {result[:_SHOWN] or 'no results'}"
    )
    return None


def _seconds(given: Mapping[str, str], problems: list[str]) -> float:
    text = given.get("pick_at_s", "")
    if not text:
        return Picked.at_s
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    problems.append(f"pick_at_s must be simulated seconds, at least 0, got {text[:_SHOWN]}")
    return Picked.at_s
