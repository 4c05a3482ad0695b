"""Tables of reports are whole at every width: no cell cut off, no word of a heading."""

import io
from types import SimpleNamespace

import pandas as pd
import pytest
from rich.console import Console

from hvmc.answers.asked import Asked
from hvmc.answers.groups import head
from hvmc.answers.kinds.guests import NamedGuests, are_named
from hvmc.answers.kinds.paired import Paired
from hvmc.answers.page import Column, TextTable, print_blocks


def asked(**known):
    made = Asked.__new__(Asked)
    made.__dict__ |= known
    return made


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


COUNTS = {"clusters": 9, "discordant": 2, "pairs": 9, "unpaired": 0, "censored_pairs": 0}


def test_a_share_that_never_differs_is_the_same_in_all_trials():
    found = changes().assign(**COUNTS | {"discordant": 0})
    _, table, legend, about = Paired(asked(changes=found, twins={})).text()
    told = console(120)
    print_blocks([table], told)
    text = "\n".join(lines_of(told))
    assert "same in all" in text
    assert "9 trials" in text
    assert "-100..+100" not in text
    assert "about 20 trials bound p50 and 200 bound p95" in about
    assert "same in all N trials: no guest suffers at one of the two alone" in legend


@pytest.mark.parametrize(("width", "tables"), [(60, 2), (120, 1)])
def test_paired_changes(width, tables):
    told = console(width)
    found = changes().assign(**COUNTS)
    _, table, *_ = Paired(asked(changes=found, twins={})).text()
    print_blocks([table], told)
    lines = lines_of(told)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert sum("──" in line for line in lines) == tables
    assert [text.count(words) for words in ("gains", "P suffers", "-100..+100")] == [1, 1, 1]


def test_the_same_settings_are_no_finding():
    told = console(120)
    found = changes().assign(**COUNTS)
    _, table, *_ = Paired(asked(changes=found, twins={1: 0})).text()
    print_blocks([table], told)
    text = " ".join(" ".join(lines_of(told)).split())
    assert "gains" not in text
    assert "-100..+100" not in text
    assert text.count("settings") == 1


def test_points_with_equal_designs_are_twins():
    points = [SimpleNamespace(design=design) for design in ("a", "b", "a")]
    made = asked(experiment=SimpleNamespace(points=points))
    assert made.twins == {2: 0}


def test_named_guests_have_a_row_each_at_every_point():
    outcomes = pd.DataFrame(
        {
            "point": [0, 0, 0, 0, 1, 1],
            "trial": [0, 0, 1, 1, 0, 0],
            "guest": ["a", "b"] * 3,
            "assigned_mib": [2048.0, 500.0, 2048.0, 520.0, 2048.0, 5748.0],
            "pressure": 80.0,
            "sizing": 1.0,
            "hosting": [1.0, 2.0, 1.21, 2.0, 1.0, float("nan")],
            "response_mean_s": 0.005,
            "time_fault_s": [0.0, 0.001] * 3,
        }
    )
    design = SimpleNamespace(regime=None, trace=None, explicit=[None] * 2)
    points = [
        SimpleNamespace(levels={"guests.b.memory.use.ramp_factor": n}, design=design)
        for n in (1, 20)
    ]
    told = console(80)
    experiment = SimpleNamespace(points=points)
    print_blocks(NamedGuests(asked(outcomes=outcomes, experiment=experiment)).text(), told)
    rows = [line.split() for line in lines_of(told) if line.strip()]
    assert [row[1:] for row in rows if row[0] == "a"] == [
        ["2048", "80.0", "1.00", "1.1", "5.00", "0"],
        ["2048", "80.0", "1.00", "1.00", "5.00", "0"],
    ]
    assert [row[1:] for row in rows if row[0] == "b"] == [
        ["510", "80.0", "1.00", "2.00", "5.00", "1.00"],
        ["5748", "80.0", "1.00", "-", "5.00", "1.00"],
    ]
    assert {row[0] for row in rows} >= {"ramp_factor=1", "ramp_factor=20"}


@pytest.mark.parametrize(
    ("guests", "points", "named"), [(50, 1, True), (5, 2, True), (50, 2, False)]
)
def test_guests_are_named_where_none_is_drawn(guests, points, named):
    design = SimpleNamespace(regime=None, trace=None, explicit=[None] * guests)
    assert are_named([SimpleNamespace(design=design)] * points) == named
    drawn = SimpleNamespace(regime="over_committed", trace=None, explicit=[])
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
    groups = [[Column(head(name, 12), ["7.87 +-4.15", "1.00"])] for name in names]
    print_blocks([TextTable(Column("", ["service", "mean stretch"]), groups, {1})], told)
    lines = lines_of(told)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    for level in (True, False):
        assert words.count(f"ipis.enabled={level}") == 2
        assert words.count(f"host.devices.disk.servers={level}") == 2
