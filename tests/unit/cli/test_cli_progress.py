"""Progress on stderr."""

import io
import math
import re
import sys

import pytest

from hvmc.cli.progress import _bar, progress


def test_progress_without_a_terminal(capsys, monkeypatch):
    times = iter([100.0, 105.0, 120.0, 121.0, 131.0])
    monkeypatch.setattr("hvmc.cli.progress.time.monotonic", lambda: next(times))
    with progress("simulating", "failed") as tell:
        tell(500, 1500, 0, math.nan)  # stored before
        tell(600, 1500, 0, math.nan)
        tell(900, 1500, 2, 30.0)
        tell(910, 1500, 2, 29.0)
        tell(950, 1500, 2, math.nan)
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("simulating: ")
    assert told[0].endswith("of 1500 trials are stored")
    assert told[1:] == [
        "simulating: 900 of 1500 trials, 2 failed, 30 s left",
        "simulating: 950 of 1500 trials, 2 failed",
    ]


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(("cached", "done", "times"), [(False, 0, 1), (False, 10, 0), (True, 0, 0)])
def test_compiling_is_told_once_before_trials(monkeypatch, terminal, cached, done, times):
    monkeypatch.setattr("hvmc.kernel.jit.is_cached", lambda _: cached)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    with progress("simulating", "failed") as tell:
        tell(done, 10, 0, math.nan)
        tell(10, 10, 0, 0.0)
    told = sys.stderr.getvalue()
    assert told.count("compiling the kernel (about a minute, once per machine)\n") == times


def test_progress_on_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress("simulating", "failed") as tell:
        tell(0, 10, 0, math.nan)
        tell(4, 10, 1, 75.0)
    shown = sys.stderr.getvalue()
    assert "simulating" in shown
    assert " trials, 1 failed, 1 min 15 s left" in shown


@pytest.mark.parametrize("no_color", [True, False])
def test_the_bar_heeds_no_color(monkeypatch, capsys, no_color):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    with _bar("simulating", "failed", "trials") as report:
        report(1, 2, 0)
        report(2, 2, 0)
    coloured = re.search(r"\x1b\[[\d;]*\b(?:3\d|9\d)(?:;[\d;]*)?m", capsys.readouterr().err)
    assert (coloured is None) == no_color
