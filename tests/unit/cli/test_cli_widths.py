"""Tables of reports are whole at every width: no cell cut off, no word of a heading."""

import io
from types import SimpleNamespace

import pandas as pd
import pytest
from rich.console import Console

from hvmc.cli import benchmark
from hvmc.cli.guests import are_named, print_guests
from hvmc.cli.paired import print_paired
from hvmc.cli.parts import _head, _print

INF = float("inf")


def console(width):
    return Console(file=io.StringIO(), width=width)


def lines_of(told):
    return [line.rstrip() for line in told.file.getvalue().splitlines()]


def changes():
    rows = []
    for point, setting in enumerate(("shared", "isolated_direct")):
        for metric in ("suffers", "stretch_p50", "stretch_p95", "response_s"):
            values = {"change": -0.9996, "low": -1.0, "high": 1.0} if metric == "suffers" else {}
            rows.append(
                {
                    "context": "regime=efficiently_provisioned",
                    "setting": setting,
                    "role": "guest",
                    "point": point,
                    "baseline": 0,
                    "metric": metric,
                    "level": 0.5,
                    "level_low": 0.00001,
                    "level_high": 0.99999,
                    "change": 0.0123,
                    "low": 0.00123,
                    "high": 0.0923,
                    "supported": False,
                }
                | values
            )
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("width", "tables"), [(60, 2), (120, 1)])
def test_paired_changes(width, tables):
    told = console(width)
    print_paired(changes(), told)
    lines = lines_of(told)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert sum("──" in line for line in lines) == tables
    assert [text.count(words) for words in ("gains", "P suffers", "-100..+100")] == [1, 1, 1]


def test_published_benchmark(monkeypatch):
    names = [f"host_utilisation_{number}" for number in range(5)]
    row = {"kind": "predicted", "unit": "of its VPs", "published": 0.7, "at_least": False}
    table = pd.DataFrame(
        [
            {"ridge": "w4", "quantity": name, "modelled": 0.8498, "low": low, "high": high} | row
            for name, low, high in zip(names, [0.8] * 4 + [-INF], [0.9] * 4 + [INF], strict=True)
        ]
    )
    monkeypatch.setattr("hvmc.analysis.published.published_table", lambda *_: table)
    monkeypatch.setattr("hvmc.analysis.published_text.published_text", lambda *_: "Text.")
    told = console(80)
    results = SimpleNamespace(settings=SimpleNamespace(points=[]), trials=lambda: None)
    assert benchmark.print_benchmark(results, told).endswith("\n\nText.")
    text = "\n".join(lines_of(told))
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert (text.count("utilisation"), text.count("0.8-0.9"), text.count("?")) == (5, 4, 1)
    assert "inf" not in text


def test_named_guests_have_a_row_each_at_every_point():
    outcomes = pd.DataFrame(
        {
            "point": [0, 0, 0, 0, 1, 1],
            "trial": [0, 0, 1, 1, 0, 0],
            "guest": ["a", "b"] * 3,
            "assigned_mib": [2048.0, 500.0, 2048.0, 520.0, 2048.0, 5748.0],
            "pressure": 80.0,
            "stretch": [1.0, 2.0, 1.2, 2.2, 1.0, float("nan")],
            "response_mean_s": 0.005,
            "time_fault_s": [0.0, 0.001] * 3,
        }
    )
    points = [SimpleNamespace(levels={"guests.b.memory.use.ramp_factor": n}) for n in (1, 20)]
    told = console(80)
    print_guests(outcomes, points, told)
    rows = [line.split() for line in lines_of(told) if line.strip()]
    assert [row[1:] for row in rows if row[0] == "a"] == [
        ["2048", "80.0", "1.10", "5.00", "0"],
        ["2048", "80.0", "1.00", "5.00", "0"],
    ]
    assert [row[1:] for row in rows if row[0] == "b"] == [
        ["510", "80.0", "2.10", "5.00", "1.00"],
        ["5748", "80.0", "-", "5.00", "1.00"],
    ]
    assert {row[0] for row in rows} >= {"ramp_factor=1", "ramp_factor=20"}


@pytest.mark.parametrize(("guests", "named"), [(5, True), (50, False)])
def test_guests_are_named_where_none_is_drawn(guests, named):
    design = SimpleNamespace(regime=None, trace=None, guests=[None] * guests)
    assert are_named([SimpleNamespace(design=design)]) == named
    drawn = SimpleNamespace(regime="over_committed", trace=None, guests=[])
    assert not are_named([SimpleNamespace(design=drawn)])


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_headings_of_parts_keep_their_words(width):
    names = [
        f"{regime}:\nguest\n{factor}={level}"
        for regime in ("over-committed", "efficiently provisioned")
        for factor in ("ipis.enabled", "host.devices.disk.servers")
        for level in (True, False)
    ]
    told = console(width)
    columns = [["service", "mean stretch"], *[["7.87 +-4.15", "1.00"]] * len(names)]
    _print(told, ["", *map(_head, names)], columns, {1})
    lines = lines_of(told)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    for level in (True, False):
        assert words.count(f"ipis.enabled={level}") == 2
        assert words.count(f"host.devices.disk.servers={level}") == 2
