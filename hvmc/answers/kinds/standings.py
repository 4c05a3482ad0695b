"""What was assumed: every setting that no measurement gives, its range, and what it moves."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount, beside
from hvmc.answers.groups import groups_of
from hvmc.answers.kind import Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.scenario.constants import ROOTS, Constant, constants
from hvmc.scenario.settings import Settings
from hvmc.scenario.span import DrawnRange

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.regimes.design import Design

__all__ = ["Standings"]

_SUPPORTED = ("measured", "chosen")
_LEGEND = (
    "value: what it was; drawn: once per trial, from its range. moves: per cent of the variance "
    "between hosts of the share that suffers that it explains by itself, +- half the 95 % "
    "interval, in the group where that is most; none seen: its interval holds zero in every group; "
    "unknown: it was not drawn, so that these results do not tell. standing: assumed, supported "
    "by no measurement; fitted, chosen to meet one; own range, given for a guest of one's own host."
)


class Standings(Kind):
    """Settings that are assumed or fitted; on a console ``hvmc constants`` prints them."""

    place = 86
    chapter = "assumptions"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``settings``: a row per constant of any design point.

        Columns: path, value (text), unit, low, high (nan without a range), options (text),
        standing, source, drawn, moves with moves_low and moves_high (shares of variance, nan where
        not known), point, regime and role of the group where that is most.
        """
        import pandas as pd

        rows: dict[str, dict[str, Any]] = {}
        for point in self.asked.experiment.points:
            for constant, is_drawn in _settings(point.design):
                own = rows.setdefault(constant.path, {**_row(constant), "drawn": False})
                own["drawn"] |= is_drawn
                own["values"][constant.told_value] = None
        moves = self._moves()
        found = pd.DataFrame(
            [{**row, **moves.get(row["path"], _NOT_KNOWN)} for row in rows.values()]
        )
        found["value"] = [" or ".join(values) for values in found.pop("values")]
        return {"settings": found}

    def _moves(self) -> dict[str, dict[str, Any]]:
        """Return of each drawn constant the largest share of variance that it explains."""
        most: dict[str, tuple[tuple[bool, float], dict[str, Any]]] = {}
        for key, _, _, explained in self.asked.explained:
            for row in explained[explained["response"] == "suffers"].to_dict("records"):
                before = most.get(row["part"])
                if not math.isnan(row["estimate"]) and (before is None or _rank(row) > before[0]):
                    ends = {"moves_low": row["low"], "moves_high": row["high"]}
                    most[row["part"]] = _rank(row), {"moves": row["estimate"], **ends, **key}
        return {part: found for part, (_, found) in most.items()}

    def page(self) -> Iterator[Block]:
        """Yield how many settings of which standing there are, the table, and what it means."""
        found = self.frames["settings"]
        counts = found["standing"].value_counts()
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        drawn = int(found["drawn"].sum())
        yield (
            f"Something is known of {amount(len(found), 'setting')} of the model: {told}. Drawn "
            f"from their ranges: {drawn or 'none'}. Those that no measurement supports, the most "
            "moving first (hvmc constants prints all):"
        )
        shown = found[~found["standing"].isin(_SUPPORTED)]
        shown = shown.assign(seen=shown["moves_low"] > 0.0)
        shown = shown.sort_values(["drawn", "seen", "moves"], ascending=False, kind="stable")
        rows = shown.to_dict("records")
        columns = [
            Column("value", [_told_value(row) for row in rows]),
            Column("range", [_range(row) for row in rows]),
            Column("moves,\n%", [self._moved(row) for row in rows]),
            Column("standing", [row["standing"] for row in rows]),
            Column("why", [row["source"] for row in rows], words=True),
        ]
        yield TextTable(Column("setting", [row["path"] for row in rows]), [columns])
        yield _LEGEND

    def _moved(self, row: Mapping[str, Any]) -> str:
        if math.isnan(row["moves"]):
            return "none seen" if row["drawn"] and self.asked.explained else "unknown"
        if row["moves_low"] <= 0.0:
            return "none seen"
        by, label = groups_of(self.asked.experiment)
        where = " ".join(label({name: row[name] for name in by}).split())
        own = {"estimate": row["moves"], "low": row["moves_low"], "high": row["moves_high"]}
        return f"{beside(own, 100.0)}\n{where}"


_NOT_KNOWN = {"moves": math.nan, "moves_low": math.nan, "moves_high": math.nan}


def _rank(row: Mapping[str, Any]) -> tuple[bool, float]:
    """Order shares of variance: those seen to lie above zero before all others."""
    return row["low"] > 0.0, row["estimate"]


def _settings(design: "Design") -> Iterator[tuple[Constant, bool]]:
    """Yield the constants of a design point, and whether each is drawn there."""
    from hvmc.regimes.assumptions import ROLE, drawn_of_recording

    drawn = {one.path for one in (*design.drawn, *drawn_of_recording(design))}
    settings = [(name, getattr(design, name)) for name in (*ROOTS, "regime", "trace")]
    settings += [(ROLE, role) for role in design.population]
    for name, own in settings:
        for constant in constants(own, name) if own is not None else ():
            yield constant, constant.path in drawn
    for guest in design.fitted:
        for path, span in _spans(guest, f"fitted.{guest.name}"):
            yield Constant(path, span, _OwnRange(span.low, span.high)), True  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class _OwnRange:
    """A range given for a guest of one's own host."""

    low: float
    high: float
    standing: str = "own range"
    source: str = "not measured of this guest, or within these limits"
    unit: str = ""


def _spans(settings: Any, path: str) -> Iterator[tuple[str, DrawnRange]]:
    for item in dataclasses.fields(settings):
        inner, at = getattr(settings, item.name), f"{path}.{item.name}"
        if isinstance(inner, DrawnRange):
            yield at, inner
        elif isinstance(inner, Settings):
            yield from _spans(inner, at)


def _row(constant: Constant) -> dict[str, Any]:
    known = constant.known
    low, high = (math.nan if end is None else float(end) for end in (known.low, known.high))
    return {
        "path": constant.path,
        "values": {},
        "unit": constant.unit,
        "low": low,
        "high": high,
        "options": constant.told_range if known.low is None else "",
        "standing": known.standing,
        "source": known.source,
    }


def _told_value(row: Mapping[str, Any]) -> str:
    return "drawn" if row["drawn"] else " ".join(filter(None, [row["value"], row["unit"]]))


def _range(row: Mapping[str, Any]) -> str:
    if math.isnan(row["low"]) or math.isnan(row["high"]):
        return row["options"] or "-"
    return " ".join(filter(None, [f"{row['low']:.4g}..{row['high']:.4g}", row["unit"]]))
