"""Figures of counter series: one line a guest, the few busiest named, bars that fill each LP."""

import numpy as np
import pandas as pd
import pytest

from hvmc.counters.names import BALANCER, GUEST_MEMORY, LOGICAL, ROOT, VIRTUAL
from hvmc.plots import style
from hvmc.plots.series import (
    series_assigned_memory,
    series_lp_run_times,
    series_pressure,
    series_rate,
    series_wait,
    write_series_figures,
)


@pytest.fixture
def frame():
    """Guests g0, g1, ... of two virtual processors; guest i runs i + 1 % of the time.

    With ``root`` the root partition's virtual processors run too, 12 % of the time; with
    ``memory`` guest i, but for the first, is assigned 1000 i MiB at a pressure of 100 + i.
    """

    def build(guests=3, times=4, root=False, memory=False):
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
                if root:
                    rows.append((time_s, ROOT, f"Root VP {lp}", "% Guest Run Time", 12.0))
            if root:
                rows.append((time_s, ROOT, "_Total", "% Guest Run Time", 12.0))
            if memory:
                rows.append((time_s, BALANCER, "System Balancer", "Available Memory", 7.0))
            for guest in range(1, guests if memory else 0):
                name = f"g{guest}"
                rows.append((time_s, GUEST_MEMORY, name, "Physical Memory", 1000.0 * guest))
                rows.append((time_s, GUEST_MEMORY, name, "Current Pressure", 100.0 + guest))
        names = ["time_s", "object", "instance", "counter", "value"]
        return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[1:4], "category"))

    return build


@pytest.fixture
def ax():
    return style.new_figure(6.0, 4.0).subplots()


def labels(ax):
    return [text for text in ax.get_legend_handles_labels()[1] if text]


def test_a_rate_is_summed_over_a_guests_processors(frame, ax):
    series_rate(frame(), ax, "Total Intercepts/sec")
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert {name: float(found[0]) for name, found in lines.items()} == {
        "g2": 41.0,
        "g1": 21.0,
        "g0": 1.0,
    }
    assert ax.get_title() == "Total Intercepts"


def test_totals_of_all_guests_are_no_guest(frame, ax):
    series_rate(frame(), ax, "Virtual Interrupts/sec")
    assert ax.get_ylim()[1] < 20


def test_only_the_busiest_are_named(frame, ax):
    series_rate(frame(guests=8), ax, "MSR Accesses/sec")
    assert labels(ax) == ["3 other guests", "g7", "g6", "g5", "g4", "g3"]
    assert len(ax.lines) == 8


def test_waits_are_means_over_dispatches_in_microseconds(frame, ax):
    series_wait(frame(), ax)
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert float(lines["g0"][0]) == pytest.approx((2.0 * 1 + 3.0 * 3) / 4)
    assert float(lines["root partition"][0]) == pytest.approx(0.5)


def test_bars_of_a_processor_fill_it(frame, ax):
    series_lp_run_times(frame(), ax)
    heights = np.array([patch.get_height() for patch in ax.patches]).reshape(3, 2)
    assert heights.sum(axis=0).tolist() == [100.0, 100.0]
    assert heights[:, 0].tolist() == [30.0, 10.0, 60.0]
    assert labels(ax) == ["guests and root partition", "hypervisor", "idle"]


def test_the_roots_time_is_a_band_of_its_own(frame, ax):
    series_lp_run_times(frame(root=True), ax)
    heights = np.array([patch.get_height() for patch in ax.patches]).reshape(4, 2)
    assert heights[:, 0].tolist() == [18.0, 12.0, 10.0, 60.0]
    assert labels(ax) == ["guests", "root partition", "hypervisor", "idle"]


def test_memory_of_guests_that_were_started_and_of_the_host(frame, ax):
    series_assigned_memory(frame(memory=True), ax)
    drawn = {line.get_label(): float(line.get_ydata()[0]) for line in ax.lines}
    assert drawn == {"g2": 2000.0, "g1": 1000.0, "not assigned (host)": 7.0}


def test_pressure_is_drawn_with_the_line_above_which_memory_is_lacking(frame, ax):
    series_pressure(frame(memory=True), ax)
    assert labels(ax) == ["g2", "g1"]
    assert sorted(float(line.get_ydata()[0]) for line in ax.lines) == [100.0, 101.0, 102.0]
    low, high = ax.get_ylim()
    assert low < 100.0 < 102.0 < high


def test_memory_needs_its_counters(frame, ax):
    for draw in (series_assigned_memory, series_pressure):
        with pytest.raises(ValueError, match="of Hyper-V Dynamic Memory VM, but does not"):
            draw(frame(), ax)


@pytest.mark.parametrize("wanted", [True, False])
def test_memory_is_a_figure_where_it_is_wanted(tmp_path, frame, wanted):
    trace = frame(times=2, root=True, memory=True)
    files = write_series_figures(trace, tmp_path, formats=("svg",), memory=wanted)
    assert ("memory.svg" in [file.name for file in files]) == wanted


@pytest.mark.parametrize(("guests", "times"), [(1, 1), (3, 4), (30, 2)])
def test_all_figures_are_written(tmp_path, frame, guests, times):
    files = write_series_figures(frame(guests, times), tmp_path / "figures", formats=("svg",))
    assert [file.name for file in files] == ["rates.svg", "wait.svg", "run_times.svg"]
    assert all(file.stat().st_size > 5000 for file in files)


def test_a_missing_counter_is_named(frame, ax):
    with pytest.raises(ValueError, match="must hold the counter 'Tea/sec' of Hyper-V Hypervisor"):
        series_rate(frame(), ax, "Tea/sec")
