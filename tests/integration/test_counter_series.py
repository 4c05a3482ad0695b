"""Traces: the same run whatever the interval, and the counters of a trial."""

import numpy as np
import pandas as pd
import pytest

import hvmc
from hvmc.counters import OBJECTS
from hvmc.counters.names import LOGICAL, ROOT, TOTAL, VIRTUAL
from hvmc.experiment.rows import unit_rows
from hvmc.experiment.settings import Point
from hvmc.scenario.settings import SettingsError

TRIAL = {"seed": 4, "trial": 2, "replication": 1}


@pytest.fixture(scope="module")
def scenario():
    laws = {"cpu": hvmc.Exponential(0.004), "think": hvmc.Exponential(0.010)}
    web = hvmc.Closed(threads=6, **laws, io=hvmc.Exponential(0.002), ios=2)
    guests = (
        hvmc.Guest(name="web", virtual_processors=2, workload=web),
        hvmc.Guest(name="batch", enlightened=False, workload=hvmc.Closed(threads=3, **laws)),
    )
    host = hvmc.Host(logical_processors=2)
    return hvmc.Scenario(host=host, guests=guests, horizon_s=3.0, warmup_s=1.0)


@pytest.fixture(scope="module")
def series(scenario):
    return hvmc.counter_series(scenario, **TRIAL)


def of_guest(series, guest, counter):
    """Sum of a rate over a guest's virtual processors, by time."""
    rows = series[(series["object"] == VIRTUAL) & (series["counter"] == counter)]
    rows = rows[rows["instance"].astype(str).str.startswith(f"{guest}:")]
    return rows.groupby("time_s")["value"].sum()


def test_a_trace_is_long_and_complete(series):
    assert series.columns.tolist() == ["time_s", "object", "instance", "counter", "value"]
    assert series["time_s"].unique().tolist() == [1.0, 2.0, 3.0]
    assert not series.duplicated(["time_s", "object", "instance", "counter"]).any()
    assert series["time_s"].is_monotonic_increasing
    known = {(name, counter) for name, held in OBJECTS.items() for counter in held}
    assert set(series[["object", "counter"]].itertuples(index=False, name=None)) <= known


def test_seconds_of_a_trace_are_a_trials_window(scenario, series):
    result = hvmc.simulate(scenario, **TRIAL)
    for guest in ("web", "batch"):
        counters = result.guest(guest).counters
        for counter in OBJECTS[VIRTUAL]:
            if counter.endswith("/sec"):
                seconds = of_guest(series, guest, counter).loc[2.0:3.0]
                assert seconds.mean() == pytest.approx(counters[f"{VIRTUAL}\\{counter}"], rel=1e-9)
        wait = counters[f"{VIRTUAL}\\CPU Wait Time Per Dispatch"]
        assert wait * 1e-9 == pytest.approx(result.guest(guest).wait_per_dispatch_s, rel=1e-9)


def test_shorter_intervals_are_of_the_same_run(scenario, series):
    finer = hvmc.counter_series(scenario, **TRIAL, interval_s=0.4)
    ends = [0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.0]
    assert finer["time_s"].unique().tolist() == pytest.approx(ends, rel=1e-12)
    lengths = np.diff([0.0, *ends])
    for counter in ("Total Intercepts/sec", "Virtual Interrupts/sec", "HLT Instructions/sec"):
        counts = of_guest(finer, "web", counter).to_numpy() * lengths
        assert counts.sum() == pytest.approx(of_guest(series, "web", counter).sum(), rel=1e-9)
        assert counts[:5].sum() == pytest.approx(
            of_guest(series, "web", counter)[:2].sum(), rel=1e-9
        )


def test_another_trial_is_another_trace(scenario, series):
    other = hvmc.counter_series(scenario, **{**TRIAL, "trial": 3})
    assert not np.array_equal(other["value"], series["value"], equal_nan=True)


def test_memory_counters_are_the_balancers(scenario, series):
    host = hvmc.HyperVHost(scenario, **TRIAL)
    host.run_for(3.0)
    rows = series[(series["object"] == "Hyper-V Dynamic Memory VM") & (series["time_s"] == 3.0)]
    values = rows.set_index(["instance", "counter"])["value"]
    for guest in host.guests:
        assert values[guest.name, "Physical Memory"] == guest.assigned_mib
        assert values[guest.name, "Current Pressure"] == guest.pressure
    system = series[(series["object"] == "Hyper-V Dynamic Memory Balancer")]
    assert (system.groupby("counter")["value"].nunique() >= 1).all()


def test_a_trace_survives_perfmon_and_parquet(tmp_path, series):
    hvmc.write_pdh_csv(series, tmp_path / "series.csv")
    found = hvmc.read_pdh_csv(tmp_path / "series.csv").drop(columns="host")
    plain = series.astype(dict.fromkeys(("object", "instance", "counter"), str))
    pd.testing.assert_frame_equal(
        found.astype(plain.dtypes), plain, check_exact=True, check_column_type=False
    )
    series.to_parquet(tmp_path / "series.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "series.parquet"), series)


@pytest.mark.parametrize("interval_s", [0.0, -1.0, 1e-9, float("nan")])
def test_an_interval_must_be_a_microsecond(scenario, interval_s):
    with pytest.raises(SettingsError, match=r"interval_s must be at least 1e-06 s, got"):
        hvmc.counter_series(scenario, interval_s=interval_s)


def test_a_trace_must_not_be_endless(scenario):
    with pytest.raises(SettingsError, match=r"interval_s must leave at most 20000000 rows, but"):
        hvmc.counter_series(scenario, interval_s=1e-5)


def test_stored_counters_are_a_guests(scenario):
    result = hvmc.simulate(scenario, **TRIAL)
    point = Point(design=hvmc.Design(guests=scenario.guests, host=scenario.host))
    rows = unit_rows(result, point, {"point": 0, "trial": 2, "replication": 1}, 1)["counters"]
    stored = {row["counter"]: row["value"] for row in rows if row["guest"] == "web"}
    assert stored == pytest.approx(result.guest("web").counters, nan_ok=True)
    assert all(name.count("\\") == 1 for name in stored)


def test_a_logical_processors_time_is_its_root_processors_and_the_guests(series):
    def run(object_):
        rows = series[(series["object"] == object_) & (series["counter"] == "% Guest Run Time")]
        rows = rows[rows["instance"] != TOTAL]
        return rows.pivot(index="time_s", columns="instance", values="value").dropna(axis=1)

    partitions, root, guests = run(LOGICAL), run(ROOT), run(VIRTUAL)
    assert partitions.shape == root.shape
    assert (root.to_numpy() > 0).all()
    assert (partitions.to_numpy() >= root.to_numpy()).all()
    np.testing.assert_allclose(partitions.sum(axis=1), root.sum(axis=1) + guests.sum(axis=1))
