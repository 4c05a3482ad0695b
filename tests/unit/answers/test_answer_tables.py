"""Tables and numbers as printed."""

import io
import math

import pandas as pd
import pytest
from rich.console import Console

from hvmc.analysis.numbers import estimate, figure, percent
from hvmc.answers.doubt import about_marks
from hvmc.answers.kinds.summary import grid, rows_of, too_few
from hvmc.answers.page import print_blocks

NAN = float("nan")


def summary(**changes):
    """Two groups; the estimate of a metric is 1.234 in the first and 12.34 in the second."""
    metrics = [f"stretch_p{q}" for q in (50, 90, 95, 99)]
    metrics += ["p_stretch_over_1.25", "p_stretch_over_2"]
    metrics += ["sizing", "hosting", "throughput_ratio", "cost_per_work"]
    rows = []
    for role, factor in (("victim", 1), ("neighbour", 10)):
        for metric in metrics:
            scale = 0.01 * factor if metric.startswith("p_") else factor
            values = {
                name: scale * v
                for name, v in zip(("estimate", "low", "high"), (1.234, 1.1, 1.5), strict=True)
            }
            rows.append(
                {
                    "role": role,
                    "metric": metric,
                    **values,
                    "at_least": False,
                    "supported": True,
                    "clusters": 40,
                    "guests": 90,
                }
            )
        for metric, count in (("guests_inactive", 3.0), ("guests_censored", 2.0)):
            rows.append(
                {
                    "role": role,
                    "metric": metric,
                    "estimate": count,
                    "low": NAN,
                    "high": NAN,
                    "at_least": False,
                    "supported": True,
                    "clusters": 40,
                    "guests": 90,
                }
            )
    frame = pd.DataFrame(rows)
    for column, value in changes.items():
        frame.loc[0, column] = value
    return frame


def printed(frame, width, **how):
    stream = io.StringIO()
    rows = rows_of(frame, ("role",), lambda key: f"under-provisioned\nguest: {key['role']}")
    print_blocks([grid(rows, **how)], Console(file=stream, width=width))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(("width", "tables"), [(80, 3), (120, 2), (200, 1)])
def test_as_many_columns_as_fit(width, tables):
    lines = printed(summary(), width)
    assert max(map(len, lines)) <= width
    assert sum("──" in line for line in lines) == tables
    text = "\n".join(lines)
    heads = ("p50", "p90", "p95", "p99", "> 1.25, %", "> 2, %", "sizing", "hosting", "guests")
    assert all(text.count(head) == 1 for head in heads)


def test_estimate_above_interval():
    lines = printed(summary(), 200)
    row = next(n for n, line in enumerate(lines) if line.startswith(" under-provisioned"))
    estimates, intervals = lines[row].split()[1:], lines[row + 1].split()[2:]
    assert estimates == [*["1.23"] * 4, "1.2", "1.2", *["1.23"] * 4, "40", "90", "3", "2"]
    assert intervals == [*["1.10-1.50"] * 4, "1.1-1.5", "1.1-1.5", *["1.10-1.50"] * 4]


@pytest.mark.parametrize(
    ("changes", "estimate", "interval"),
    [
        ({"at_least": True}, ">=1.23", "1.10-1.50"),
        ({"supported": False, "high": float("inf")}, "1.23*", ">="),
        ({"low": -0.5}, "1.2", "0-1.5"),
    ],
)
def test_marks(changes, estimate, interval):
    lines = printed(summary(**changes), 200)
    row = next(n for n, line in enumerate(lines) if line.startswith(" under-provisioned"))
    assert (lines[row].split()[1], lines[row + 1].split()[2]) == (estimate, interval)


def test_what_few_trials_leave_open_is_said_once():
    frame = summary()
    assert too_few(rows_of(frame, ("role",), lambda key: key["role"])) == ""
    frame.loc[~frame["metric"].isin(["sizing", "guests_inactive"]), "supported"] = False
    rows = rows_of(frame, ("role",), lambda key: key["role"])
    assert "What holds in every row: sizing." in too_few(rows)
    assert "At 40 trials most intervals do not hold" in too_few(rows)
    assert "about 20 trials bound p50, 100 bound p90, 200 bound p95 and 1000" in too_few(rows)
    lines = printed(frame, 200, few=True)
    assert not any("*" in line or "?" in line for line in lines)
    assert sum(line.count("1.1-1.5") + line.count("1.10-1.50") for line in lines) == 1


def test_no_estimate_without_guests():
    lines = printed(summary(estimate=NAN), 200)
    row = next(n for n, line in enumerate(lines) if line.startswith(" under-provisioned"))
    assert lines[row].split()[1] == "-"


def test_without_counts():
    assert not any("inac-" in line for line in printed(summary(), 200, counts=False))


@pytest.mark.parametrize("value", [0.0007, 0.5, 0.99951, 1.0, 9.996, 77.7, 123.4, 5678.0])
def test_three_significant_digits(value):
    text = figure(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=5e-3)


@pytest.mark.parametrize("share", [1e-7, 1 - 1e-7])
def test_a_share_is_never_rounded_to_none_or_all(share):
    assert percent(share) in {"<0.001", ">99.9"}


def test_some_open_intervals_are_explained_once():
    cells = [("stretch_p50", False), ("stretch_p95", True), ("stretch_p99", True)]
    told = about_marks(cells, 20)
    assert told.startswith("At 20 trials what carries a * or is bounded on one side alone")
    assert told.endswith(
        ": about 200 trials bound p95 and 1000 bound p99, more where numbers of guests differ."
    )
    assert about_marks([*cells, *[("sizing", False)] * 20], 20) == ""
    assert about_marks([("suffers", True)], 2).endswith("may cover less than 95 %.")
    assert about_marks([], 0) == ""


@pytest.mark.parametrize(
    ("low", "high", "interval"),
    [
        (1.0, math.inf, ">= 1.0"),
        (-math.inf, 3.0, "<= 3.0"),
        (0.0, math.inf, "?"),
        (-math.inf, math.inf, "?"),
    ],
)
def test_an_interval_with_an_infinite_end(low, high, interval):
    assert estimate({"estimate": 2.0, "low": low, "high": high}).split("\n")[1] == interval


@pytest.mark.parametrize(
    ("low", "high", "interval"),
    [(0.17, 0.99999, "17 to >99"), (0.000001, 0.4, "<1 to 40"), (0.17, 0.6, "17-60")],
)
def test_limits_with_a_sign_are_joined_by_a_word(low, high, interval):
    found = {"estimate": 0.3, "low": low, "high": high}
    assert estimate(found, percent).split("\n")[1] == interval
