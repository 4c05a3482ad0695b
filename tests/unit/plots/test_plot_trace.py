"""Figures of a trace: one line a guest, the few busiest named, bars that fill each LP."""

import numpy as np
import pandas as pd
import pytest

from hvmc.counters.names import LOGICAL, ROOT, VIRTUAL
from hvmc.plots import trace_lp_run_times, trace_rate, trace_wait, write_trace_figures


@pytest.fixture
def frame():
    """Guests g0, g1, ... of two virtual processors; guest i runs i + 1 % of the time."""

    def build(guests=3, times=4):
        rows = []
        for time_s in np.arange(1.0, times + 1):
            for guest in range(guests):
                for vp in range(2):
                    name = f"g{guest}:Hv VP {vp}"
                    rows += [
                        (time_s, VIRTUAL, name, "% Total Run Time", guest + 1.0),
                        (time_s, VIRTUAL, name, "CPU Wait Time Per Dispatch", 2000.0 + vp * 1e3),
                        (time_s, VIRTUAL, name, "Logical Processor Dispatches/sec", 1.0 + 2 * vp),
                    ]
                    for rate in ("Total Intercepts", "MSR Accesses", "Hypercalls"):
                        rows.append((time_s, VIRTUAL, name, f"{rate}/sec", 10.0 * guest + vp))
                    rows.append((time_s, VIRTUAL, name, "Virtual Interrupts/sec", 5.0))
            rows.append((time_s, VIRTUAL, "_Total", "Virtual Interrupts/sec", 1e9))
            rows.append((time_s, ROOT, "_Total", "CPU Wait Time Per Dispatch", 500.0))
            for lp in range(2):
                for share, value in (("Guest Run", 30.0), ("Hypervisor Run", 10.0), ("Idle", 60.0)):
                    rows.append((time_s, LOGICAL, f"Hv LP {lp}", f"% {share} Time", value))
        names = ["time_s", "object", "instance", "counter", "value"]
        return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[1:4], "category"))

    return build


def labels(ax):
    return [text for text in ax.get_legend_handles_labels()[1] if text]


def test_a_rate_is_summed_over_a_guests_processors(frame):
    ax = trace_rate(frame(), "Total Intercepts/sec")
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert {name: float(found[0]) for name, found in lines.items()} == {
        "g2": 41.0,
        "g1": 21.0,
        "g0": 1.0,
    }
    assert ax.get_title(loc="left") == "Total Intercepts"


def test_totals_of_all_guests_are_no_guest(frame):
    assert trace_rate(frame(), "Virtual Interrupts/sec").get_ylim()[1] < 20


def test_only_the_busiest_are_named(frame):
    ax = trace_rate(frame(guests=8), "MSR Accesses/sec")
    assert labels(ax) == ["3 other guests", "g7", "g6", "g5", "g4", "g3"]
    assert len(ax.lines) == 8


def test_waits_are_means_over_dispatches_in_microseconds(frame):
    ax = trace_wait(frame())
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert float(lines["g0"][0]) == pytest.approx((2.0 * 1 + 3.0 * 3) / 4)
    assert float(lines["root partition"][0]) == pytest.approx(0.5)


def test_bars_of_a_processor_fill_it(frame):
    ax = trace_lp_run_times(frame())
    heights = np.array([patch.get_height() for patch in ax.patches]).reshape(3, 2)
    assert heights.sum(axis=0).tolist() == [100.0, 100.0]
    assert heights[:, 0].tolist() == [30.0, 10.0, 60.0]


@pytest.mark.parametrize(("guests", "times"), [(1, 1), (3, 4), (30, 2)])
def test_all_figures_are_written(tmp_path, frame, guests, times):
    files = write_trace_figures(frame(guests, times), tmp_path / "figures", formats=("svg",))
    assert [file.name for file in files] == ["rates.svg", "wait.svg", "run_times.svg"]
    assert all(file.stat().st_size > 5000 for file in files)


def test_a_missing_counter_is_named(frame):
    with pytest.raises(ValueError, match="must hold the counter 'Tea/sec' of Hyper-V Hypervisor"):
        trace_rate(frame(), "Tea/sec")
