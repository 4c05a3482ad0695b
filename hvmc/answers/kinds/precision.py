"""How precise the answer is, where a precision was asked for."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import figure
from hvmc.analysis.words import regime_words
from hvmc.answers.asked import trials_in_words, window
from hvmc.answers.groups import groups_of
from hvmc.answers.kind import Kind
from hvmc.answers.kinds.summary import rows_of
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PrecisionReached"]


class PrecisionReached(Kind):
    """The half-widths reached, against those asked for."""

    place = 97
    reports = ("regimes", "points", "paired", "knee", "causes")
    chapter = "precision"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``precision``: a row per point and role (`hvmc.experiment.precision.Reached`)."""
        import pandas as pd

        from hvmc.experiment.precision import assess

        if not self.asked.experiment.is_precise:
            return {}
        reached = assess(self.asked.results)
        rows = [{**vars(one), "is_narrow": one.is_narrow} for one in reached]
        return {"precision": self.asked.in_order(pd.DataFrame(rows))}

    def text(self) -> Iterator[Block]:
        """Yield a paragraph."""
        found = self.frames.get("precision")
        if found is None or found.empty:
            return
        precision = self.asked.experiment.precision
        what = f"{precision.estimand}{', relative' if precision.relative else ''}"
        told = [
            f"{self._where(row)} +-{figure(row['half_width'])} at {row['trials']} trials"
            + ("" if row["is_narrow"] else f" (not the {figure(row['wanted'])} asked for)")
            for row in found.to_dict("records")
        ]
        open_ = precision.undecided_half_width
        wanted = [] if precision.half_width is None else [figure(precision.half_width)]
        wanted += [] if open_ is None else [f"{figure(open_)} while its verdict is open"]
        yield ""
        yield f"Precision asked for: half-width of {what} {', '.join(wanted)}. Reached:"
        for line in told:
            yield f"- {line}"

    def page(self) -> Iterator[Block]:
        """Yield the half-widths of the share that suffers, then the text."""
        by, label = groups_of(self.asked.experiment)
        rows = rows_of(self.asked.summary, by, label)
        yield (
            f"{trials_in_words(self.asked.experiment).capitalize()} of each design point, "
            f"{window(self.asked.experiment)}. All intervals are 95 %, between trials; four times "
            "as many trials halve them."
        )
        shares = [row.metrics[f"p_stretch_over_{self.asked.limit_of(row.key):g}"] for row in rows]
        medians = [row.metrics["stretch_p50"] for row in rows]
        columns = [
            Column("trials", [str(found["clusters"]) for found in shares]),
            Column("guests", [str(found["guests"]) for found in shares]),
            Column("P suffers,\n+- points", [_half(found, 100.0) for found in shares]),
            Column("stretch p50,\n+-", [_half(found, 1.0) for found in medians]),
        ]
        yield TextTable(Column("", [row.label for row in rows]), [columns])
        yield (
            "+-: half the interval; ?: too few trials to bound it. Trials are scenarios drawn "
            "anew; guests are those that were active in them."
        )
        yield from super().page()

    def _where(self, row: "Mapping[str, object]") -> str:
        label = self.asked.labels[int(str(row["point"]))]
        place = label if len(self.asked.single) == 0 else regime_words(str(row["regime"]))
        return f"{place}, {row['role']}:"


def _half(found: "Mapping[str, float]", unit: float) -> str:
    half = unit * (found["high"] - found["low"]) / 2.0
    return figure(half) if math.isfinite(half) else "?"
