"""How precise the answer is, where a precision was asked for."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import figure
from hvmc.analysis.words import regime_words
from hvmc.answers.kind import Kind
from hvmc.answers.page import Block

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PrecisionReached"]


class PrecisionReached(Kind):
    """The half-widths reached, against those asked for."""

    place = 97
    reports = ("regimes", "points", "paired", "knee", "causes")

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

    def _where(self, row: "Mapping[str, object]") -> str:
        label = self.asked.labels[int(str(row["point"]))]
        place = label if len(self.asked.single) == 0 else regime_words(str(row["regime"]))
        return f"{place}, {row['role']}:"
