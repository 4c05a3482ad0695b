"""Design points that differ in suffers_above: tables and figures take each point's own."""

from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.comparisons import Comparison, compare
from hvmc.analysis.shares import share
from hvmc.answers.asked import Asked
from hvmc.answers.registry import all_kinds

LIMITS = {0: 1.1, 1: 1.5}


def outcomes():
    """The same 40 stretches at both points, 1.025 to 2 in equal steps; one guest a trial."""
    one = pd.DataFrame({"trial": np.arange(40), "stretch": np.linspace(1.025, 2.0, 40)})
    return pd.concat([one.assign(point=point) for point in LIMITS], ignore_index=True).assign(
        role="guest",
        guest="a",
        replication=0,
        censored=0,
        response_mean_s=0.1,
        native_response_mean_s=0.1,
        measured=100,
        throughput_per_s=10.0,
    )


def shares():
    rows = outcomes()
    return [(rows.loc[rows["point"] == p, "stretch"] > limit).mean() for p, limit in LIMITS.items()]


def test_paired_table():
    wanted = [Comparison(0, 0, "", "low"), Comparison(1, 0, "", "high")]
    table = compare(outcomes().assign(regime="x"), wanted, suffers_above=LIMITS)
    found = table[table["metric"] == "suffers"]
    assert found["level"].tolist() == pytest.approx(shares())
    assert found["change"].tolist() == pytest.approx([0.0, shares()[1] - shares()[0]])
    assert shares()[1] < shares()[0]  # one limit for both would give no change


def test_maps_of_who_suffers():
    rows = outcomes()
    asked = Asked.__new__(Asked)
    rows = rows.assign(regime=rows["point"].map({0: "x", 1: "y"}), virtual_processors=1)
    rows = rows.assign(think_ratio=1.0)
    metrics = [
        {
            "regime": regime,
            "role": "guest",
            "metric": f"p_stretch_over_{LIMITS[point]}",
            "guests": len(own),
            **asdict(share(own["stretch"] > LIMITS[point], own["trial"])),
        }
        for (point, regime), own in rows.groupby(["point", "regime"])
    ]
    asked.__dict__ |= {
        "outcomes": rows,
        "limits": LIMITS,
        "note": "",
        "summary": pd.DataFrame(metrics),
        "experiment": SimpleNamespace(name="limits", points=[]),
    }
    (summary,) = (kind for kind in all_kinds() if kind.__name__ == "Summary")
    figures = {one.name: one.make for one in summary(asked).figures()}
    for limit, part in zip(LIMITS.values(), shares(), strict=True):
        axes = figures[f"suffering_above_{limit:g}"]().axes[0]
        assert float(axes.texts[0].get_text().split("\n")[0]) == pytest.approx(100 * part, abs=0.5)
        assert axes.get_title(loc="right") == f"limits: P(suffers), stretch > {limit:g}"
