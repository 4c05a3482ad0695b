"""What drawn constants do to the answer: how much of its spread they are, and which of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import beside, estimate, percent
from hvmc.analysis.words import short_keys
from hvmc.answers.asked import ONE_GROUP
from hvmc.answers.groups import groups_of, head, rows_by_group
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.quarters import QuarterMap

__all__ = ["WIDEST", "DrawnConstants", "share_of_variance"]

_MOST_NAMED = 10
WIDEST = 0.5
_SCALES = ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (math.inf, 1.0, "s"))
_COMPONENTS = {
    "constants": "all constants",
    "scenario": "commitments",
    "rest": "rest",
}
_DRAWN = (
    "Constants that no evidence decides were drawn from their ranges (hvmc constants), once per "
    "trial."
)
_TOO_FEW = "too few trials to tell what moves it"
_LEGEND = (
    "Per cent of the variance between trials, +- half the 95 % interval, that each drawn constant "
    "explains by itself: by how much the adjusted R2 of a regression on the ranks of all inputs "
    "falls without it, jackknife over trials (hvmc/analysis/explained.py). Named are constants "
    "whose interval lies above zero somewhere; commitments: the host's and the guests' own, of LPs "
    "and memory; rest: luck, guests' sizes and loads, and what inputs do only in combination "
    "(experiment=sensitivity tells them apart). -: nothing varies, or too few trials; ?: known to "
    "no better than 50 %, more trials are needed."
)


class DrawnConstants(Kind):
    """Where constants are drawn: variance they explain, and who suffers by quarter of them."""

    name = "Assumptions"  # programs that read the JSON know it by that
    place = 85
    reports = ("regimes", "points", "causes", "knee", "paired")
    chapter = "assumptions"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``explained``, ``corners`` and ``cells``, by point, regime and role."""
        import pandas as pd

        from hvmc.analysis import assumptions

        tables: dict[str, list[pd.DataFrame]] = {"explained": [], "corners": [], "cells": []}
        for key, rows, places, found in self.asked.explained:
            limit = self.asked.limits[key["point"]]
            tables["explained"].append(found.assign(**key))
            moving = assumptions.most_moving(found)
            ends = assumptions.corners(rows, places, found, suffers_above=limit)
            if ends is not None:
                tables["corners"].append(_corners(ends, moving, found).assign(**key))
                two = assumptions.leading(found)
                cells = assumptions.cells(rows, places[two], suffers_above=limit)
                tables["cells"].append(cells.assign(**key, **_named(two, moving)))
        return {name: pd.concat(some) for name, some in tables.items() if some}

    def text(self) -> Iterator[Block]:
        """Yield what is known of the answer, the table of variance, and a table per group."""
        if "explained" not in self.frames:
            return
        yield ""
        if not self._tells():
            yield (
                f"{_DRAWN} These are too few trials to tell which of them moves the answer, and "
                "how much of its spread they are."
            )
            return
        yield (
            f"{_DRAWN} The share of guests that suffer, between the ends of those constants that "
            "move it most:"
        )
        for key, rows in rows_by_group(self.frames["explained"], ONE_GROUP):
            yield f"- {self._sentence(key, rows)}"
        yield self._variance()
        yield _LEGEND
        for key, cells in self._cells():
            names, ticks = _axes(cells)
            yield ""
            yield (
                f"{self._name(key)}: per cent that suffer, beside it the 95 % interval between "
                f"trials, by quarter of {' and '.join(names)}"
            )
            yield _table(cells, names, ticks)
            if not cells.loc[cells["guests"] > 0, "supported"].all():
                yield "*: too few trials for the interval."

    def figures(self) -> Iterator[Drawing]:
        """Yield the heat maps, a panel per regime and role; a figure per limit of suffering."""
        from hvmc.plots.quarters import NoMap, quarter_maps

        if "cells" not in self.frames:
            return
        maps: dict[float, list[QuarterMap | NoMap]] = {}
        drawn = {tuple(key.values()): self._map(key, cells) for key, cells in self._cells()}
        for key, rows in rows_by_group(self.frames["explained"], ONE_GROUP):
            panel = drawn.get(tuple(key.values())) or NoMap(self._name(key), _why_no_table(rows))
            maps.setdefault(self.asked.limits[int(key["point"])], []).append(panel)
        for limit, some in maps.items():
            name = f"assumptions{f'_above_{limit:g}' if len(maps) > 1 else ''}"
            yield Drawing(
                name, partial(quarter_maps, some, suffers_above=limit, note=self.asked.note)
            )

    def _cells(self) -> "Iterator[tuple[dict[str, Any], pd.DataFrame]]":
        if "cells" in self.frames:
            yield from rows_by_group(self.frames["cells"], ONE_GROUP)

    def _map(self, key: Mapping[str, Any], cells: "pd.DataFrame") -> "QuarterMap":
        from hvmc.plots.quarters import QuarterMap

        return QuarterMap(self._name(key), cells, *_axes(cells))

    def _name(self, key: Mapping[str, Any]) -> str:
        _, label = groups_of(self.asked.experiment)
        return " ".join(label(key).split())

    def _sentence(self, key: Mapping[str, Any], explained: "pd.DataFrame") -> str:
        found = self.frames.get("corners")
        own = [] if found is None else _rows_of(found, key)
        if not own:
            return f"{self._name(key)}: {_why_no_table(explained)}"
        first, second = own
        least, most = (percent(end["estimate"]) for end in own)
        limits = [estimate(end, percent, unit=1.0, lines=" ").split(" ", 1)[-1] for end in own]
        return (
            f"{self._name(key)}: {least}-{most} % suffer ({first['ends']}; intervals "
            f"{limits[0]} and {limits[1]} %, {first['trials']} and {second['trials']} trials)"
        )

    def _tells(self) -> bool:
        """Whether any group's sentence, or cell of the table of variance, says something."""
        found = self.frames["explained"]
        groups = [rows for _, rows in rows_by_group(found, ONE_GROUP)]
        told = [row for row in found.to_dict("records") if share_of_variance(row) not in "-?"]
        return bool(told) or any(_why_no_table(rows) != _TOO_FEW for rows in groups)

    def _variance(self) -> TextTable:
        from hvmc.analysis.assumptions import COMPONENTS, RESPONSES

        found = self.frames["explained"]
        constants = found[~found["part"].isin(COMPONENTS)]
        moving = constants[constants["low"] > 0.0].groupby("part")["estimate"].max()
        paths = list(moving.sort_values(ascending=False).head(_MOST_NAMED).index)
        parts = [*paths, *COMPONENTS]
        stub = [*short_keys(paths), *(_COMPONENTS[part] for part in COMPONENTS)]
        groups = []
        for response, words in RESPONSES.items():
            columns = []
            for key, rows in rows_by_group(found[found["response"] == response], ONE_GROUP):
                own = rows.set_index("part")
                cells = [
                    share_of_variance(own.loc[part]) if part in own.index else "" for part in parts
                ]
                columns.append(Column(f"{head(self._name(key), 18)}", cells))
            groups.append([Column(f"{words}\n{one.head}", one.cells) for one in columns])
        return TextTable(Column("", stub), groups, {len(paths)})


def share_of_variance(found: "Mapping[str, Any] | pd.Series") -> str:
    """Return a share of variance in per cent; an estimate below zero is none."""
    if math.isnan(found["estimate"]):
        return "-"
    value, half = max(found["estimate"], 0.0), (found["high"] - found["low"]) / 2.0
    if half > WIDEST:
        return "?"
    return beside({"estimate": value, "low": value - half, "high": value + half}, 100.0)


def _why_no_table(explained: "pd.DataFrame") -> str:
    """Say of a group why it is not told by quarter of constants."""
    from hvmc.analysis.assumptions import ranked

    suffers = explained[explained["response"] == "suffers"]
    if suffers["estimate"].isna().all():
        slopes = suffers["slope"].dropna()
        if len(slopes) and (slopes == 0.0).all():
            return "the same on every host, whatever the constants"
        return _TOO_FEW
    most = ranked(explained).iloc[0]
    (name,) = short_keys([most["part"]])
    return (
        f"no map or table, as no drawn constant is seen to move it: {name}, the first of them, "
        f"explains {beside(most, 100.0)} % of its variance between hosts, which chance may give"
    )


def _named(two: Sequence[str], moving: Sequence[str]) -> dict[str, Any]:
    down, across = (*two, "")[:2]
    return {"down_path": down, "across_path": across, "across_moves": across in moving}


def _corners(
    ends: "tuple[Interval, Interval]", moving: Sequence[str], explained: "pd.DataFrame"
) -> "pd.DataFrame":
    """Return both ends as rows, with what they are the ends of in words."""
    import pandas as pd

    slopes = explained[explained["response"] == "suffers"].set_index("part")["slope"]
    names = dict(zip(moving, short_keys(moving), strict=True))
    words = []
    for sign, (start, end) in ((1.0, ("lowest", "highest")), (-1.0, ("highest", "lowest"))):
        own = [names[path] for path in moving if slopes[path] == sign]
        if own:
            words.append(f"from the {start} to the {end} quarter of {' and '.join(own)}")
    return pd.DataFrame(
        {
            "end": name,
            "estimate": one.estimate,
            "low": one.low,
            "high": one.high,
            "at_least": one.at_least,
            "supported": one.supported,
            "trials": one.clusters,
            "ends": ", ".join(words),
        }
        for name, one in zip(("least", "most"), ends, strict=True)
    )


def _rows_of(found: "pd.DataFrame", key: Mapping[str, Any]) -> list[dict[str, Any]]:
    same = (found[list(key)] == list(key.values())).all(axis=1)
    return [
        {str(name): value for name, value in row.items()} for row in found[same].to_dict("records")
    ]


def _axes(cells: "pd.DataFrame") -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return name, with unit, and quarters in words of each constant of a map."""
    first = cells.iloc[0]
    paths = [path for path in (first["down_path"], first["across_path"]) if path]
    found = [_axis(path, name) for path, name in zip(paths, short_keys(paths), strict=True)]
    names, ticks = zip(*found, strict=True)
    if len(names) > 1 and not first["across_moves"]:
        names = (names[0], f"{names[1]} (no effect seen)")
    return names, ticks


def _axis(path: str, name: str) -> tuple[str, tuple[str, ...]]:
    from hvmc.analysis.assumptions import QUARTERS
    from hvmc.regimes.assumptions import assumed_constants, law_of

    law, unit = law_of(path), assumed_constants()[path].unit
    if law.options:
        options = tuple(law.options)
        return name, tuple(
            str(options[int((quarter + 0.5) / QUARTERS * len(options))])
            for quarter in range(QUARTERS)
        )
    ends = [law.quantile(quarter / QUARTERS) for quarter in range(QUARTERS + 1)]
    factor = 1.0
    if unit == "s":
        factor, unit = next((f, word) for below, f, word in _SCALES if ends[-1] < below)
    words = [f"{factor * end:.3g}" if factor * end < 1000 else f"{end:.0f}" for end in ends]
    return f"{name}, {unit}" if unit else name, tuple(
        f"{low}-{high}" for low, high in pairwise(words)
    )


def _table(
    cells: "pd.DataFrame", names: tuple[str, ...], ticks: tuple[tuple[str, ...], ...]
) -> TextTable:
    across = ticks[1] if len(ticks) > 1 else ("share",)
    columns = []
    for number, tick in enumerate(across):
        own = cells[cells["across"] == number].sort_values("down").to_dict("records")
        texts = [estimate(row, percent).replace("\n", " ") if row["guests"] else "" for row in own]
        columns.append(
            Column(f"{names[1]}\n{tick}" if number == 0 and names[1:] else f"\n{tick}", texts)
        )
    return TextTable(Column(f"\n{names[0]}", ticks[0]), [columns], pad=1)
