"""One host whose guests are all named: who suffers, in which regime it is, what limits it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.clusters import where
from hvmc.analysis.numbers import percent
from hvmc.answers import host_words
from hvmc.answers.figures import several_panels
from hvmc.answers.groups import head, level_words
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.kinds.guests import are_named, guest_rows
from hvmc.answers.page import Block
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["OwnHost"]

_HEADING_WIDTH = 24


class OwnHost(Kind):
    """The answer by guest, with the regimes and the limits of the host."""

    place = 12
    reports = ("points",)
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``by_guest``, ``any_guest``, ``regimes``, ``reasons`` and ``limits``, by point.

        ``by_guest`` is that of `hvmc.analysis.by_guest`, with ``most_lost_to``; ``any_guest`` the
        share of trials in which at least one guest suffers, and how many do on average; the others
        are those of `hvmc.analysis.host_regimes` and `hvmc.analysis.limits`.
        """
        import pandas as pd

        if not are_named(self.asked.experiment.points):
            return {}
        found: dict[str, list[pd.DataFrame]] = {}
        every = self._rows()
        for number in map(int, sorted(every["point"].unique())):
            rows = where(every, every["point"] == number)
            for name, frame in _of_point(rows, self.asked.limits[number]).items():
                found.setdefault(name, []).append(frame.assign(point=number))
        return {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}

    def _rows(self) -> "pd.DataFrame":
        """Outcomes with the inputs that stand beside them."""
        import pandas as pd

        from hvmc.analysis.host_regimes import INPUTS

        keys = ["point", "trial", "guest"]
        outcomes = guest_rows(self.asked)
        inputs = self.asked.results.inputs(columns=[*keys, *INPUTS])
        if len(inputs) == len(outcomes) and all(outcomes[key].equals(inputs[key]) for key in keys):
            return pd.concat([outcomes, inputs[list(INPUTS)]], axis=1)
        return outcomes.merge(inputs, on=keys, how="left", validate="many_to_one")

    def sentences(self) -> Iterator[Sentence]:
        """Yield who suffers and by how much, guest by guest, those that suffer most often first."""
        if not self.frames:
            return
        found = self.frames["by_guest"]
        for (point, guest), rows in found.groupby(["point", "guest"], sort=False):
            label, limit = self.asked.labels[int(point)], self.asked.limits[int(point)]
            own = {row["metric"]: row for row in rows.to_dict("records")}
            share = own[f"p_stretch_over_{limit:g}"]
            if math.isnan(share["estimate"]):
                continue
            yield Sentence(
                f"{guest}, {label}" if label else str(guest),
                f"suffers, stretched to more than {limit:g} times its native response time, in "
                f"{told(share, percent, after=' %')} of the trials; the median stretch is "
                f"{told(own['stretch_p50'])}, the 95th percentile {told(own['stretch_p95'])}",
                share,
            )

    def text(self) -> Iterator[Block]:
        """Yield sentences, the table by guest and that of limits; of each of several points."""
        if not self.frames:
            return
        points = self.asked.experiment.points
        words = level_words([point.levels for point in points])
        for number, point in enumerate(points):
            own = {name: rows[rows["point"] == number] for name, rows in self.frames.items()}
            if own["by_guest"].empty:
                continue
            limit = point.design.suffers_above
            yield ""
            heading = "\n".join(head(word, _HEADING_WIDTH) for word in words[number].values())
            if len(points) == 1:
                yield from host_words.sentences(own, limit)
                yield ""
            else:
                yield f"{point.label}: {' '.join(host_words.who_suffers(own, limit))}"
            yield host_words.guest_table(own["by_guest"], limit, heading or "guest")
            if len(points) == 1:
                yield host_words.legend(own["by_guest"], limit)
                yield ""
                yield "What saturates first:"
                yield host_words.limit_table(own["limits"])
                yield host_words.LIMITS
                yield ""
                yield from host_words.where_from(point.design, self.asked.experiment)
        if len(points) > 1:
            yield host_words.legend(self.frames["by_guest"], points[0].design.suffers_above)

    def figures(self) -> Iterator[Drawing]:
        """Yield each guest's stretch and P(suffers), and the regimes of the host, by point."""
        if not self.frames:
            return
        several = len(self.asked.experiment.points) > 1
        for number, point in enumerate(self.asked.experiment.points):
            found = self.frames["by_guest"]
            found = found[found["point"] == number]
            if found.empty:
                continue
            limit = point.design.suffers_above
            title = self.asked.title(f"stretch by guest{f', {point.label}' * several}")
            draw = partial(_forest, found=found, limit=limit, title=title)
            rows = where(self.asked.outcomes, self.asked.outcomes["point"] == number)
            yield Drawing(
                f"by_guest{f'_{number}' * several}", several_panels(draw, rows, self.asked.note)
            )


def _forest(note: str, found: "pd.DataFrame", limit: float, title: str) -> "Figure":
    from hvmc.plots.by_guest import guest_forest

    return guest_forest(found, limit, title, note=note)


def _of_point(rows: "pd.DataFrame", limit: float) -> "dict[str, pd.DataFrame]":
    import pandas as pd

    from hvmc.analysis.by_guest import by_guest, most_lost_to
    from hvmc.analysis.host_regimes import host_regimes, regime_shares
    from hvmc.analysis.limits import limit_shares, used_of_limits
    from hvmc.analysis.summary import suffers_any

    guests = by_guest(rows, suffers_above=limit)
    lost = most_lost_to(rows, suffers_above=limit)
    hosts = host_regimes(rows)
    any_guest = asdict(suffers_any(rows, suffers_above=limit))
    count = (rows["stretch"] > limit).sum() / len(hosts)
    started = rows.groupby("guest", sort=False, observed=True)["started"].mean()
    return {
        "by_guest": guests.assign(
            most_lost_to=guests["guest"].map(lost).fillna(""),
            started=guests["guest"].map(started),
        ),
        "any_guest": pd.DataFrame([{**any_guest, "mean_count": count, "runs": len(hosts)}]),
        "regimes": regime_shares(hosts),
        "reasons": hosts,
        "limits": limit_shares(used_of_limits(rows)),
    }
