"""The long-run stretch given the scenario, and how much of the spread is luck; of replications."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.numbers import estimate, figure, percent
from hvmc.answers.groups import groups_of, rows_by_group
from hvmc.answers.kind import Kind
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LongRun"]

_QUANTILES = (0.5, 0.95)
_TITLE = "Luck aside, the long-run stretch given the scenario:"
_LEGEND = (
    "Over replications of each scenario, as the ratio of mean responses, jackknifed; p50 and p95 "
    "over guests. hosts: share of the variance of log stretch, a host's mean over its guests, that "
    "lies between scenarios; the rest is luck. Below each its 95 % interval, between trials."
)
_COLUMNS = {"p50": "stretch\np50", "p95": "stretch\np95", "hosts": "hosts,\n%"}


class LongRun(Kind):
    """Long-run stretch and the split of its variance, where there are replications."""

    place = 25
    reports = ("regimes", "points", "knee")
    chapter = "precision"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``long_run``: a row per group and metric (p50, p95, hosts)."""
        import pandas as pd

        from hvmc.analysis.clusters import cluster_labels
        from hvmc.analysis.quantiles import quantiles
        from hvmc.analysis.replications import variance_split

        if self.asked.experiment.replications < 2:
            return {}
        by, _ = groups_of(self.asked.experiment)
        single = dict(list(self.asked.outcomes.groupby(list(by), sort=False)))
        found = []
        for names, rows in rows_by_group(self.asked.results.long_run(), by):
            rows = rows[np.isfinite(rows["stretch"])]
            cut = rows["censored"].to_numpy() > 0
            ends = quantiles(rows["stretch"], cluster_labels(rows), _QUANTILES, censored=cut)
            runs = single[tuple(names.values())]
            split = variance_split(np.log(runs["stretch"]), runs["trial"], runs["replication"])
            for metric, one in zip(_COLUMNS, (*ends, split), strict=True):
                found.append({**names, "metric": metric, **asdict(one)})
        return {"long_run": self.asked.in_order(pd.DataFrame(found))}

    def text(self) -> Iterator[Block]:
        """Yield the table and what it means."""
        found = self.frames.get("long_run")
        if found is None:
            return
        by, label = groups_of(self.asked.experiment)
        groups = list(rows_by_group(found, by))
        columns = []
        for metric, head in _COLUMNS.items():
            form = percent if metric == "hosts" else figure
            rows = [own[own["metric"] == metric].iloc[0].to_dict() for _, own in groups]
            columns.append(Column(head, [estimate(row, form) for row in rows]))
        yield from ("", _TITLE)
        yield TextTable(Column("", [label(names) for names, _ in groups]), [columns], gap=1)
        yield _LEGEND
