"""Recorded VMs told by VM and by hour of the day of the drawn window."""

from types import SimpleNamespace

import pandas as pd
import pytest

from hvmc.answers.asked import Asked
from hvmc.answers.kinds.recorded import RecordedVms
from hvmc.regimes.traces import TraceSource, draw_traced, window_begin_s

TRIALS = 200
SEED = 5
MEANS = dict.fromkeys(
    [
        *("sizing", "hosting", "throughput_per_s", "native_throughput_per_s"),
        *("provisioned_lp_s", "provisioned_gib_s", "native_cpu_s"),
    ],
    1.0,
)


@pytest.fixture
def asked(tmp_path):
    """Two VMs recorded for a day; whoever is drawn suffers before noon, and only vm_b at all."""
    stamps = pd.date_range("2024-03-04", periods=288, freq="300s").astype(str)
    for name in ("a", "b"):
        pd.DataFrame({"time": stamps, "cpu_percent": 20.0}).to_csv(
            tmp_path / f"vm_{name}.csv", index=False
        )
    source = TraceSource(path=str(tmp_path), guests=3)
    rows = []
    for trial in range(TRIALS):
        early = window_begin_s(source, 12.0, SEED, trial) % 86400.0 < 43200.0
        for guest in draw_traced(source, 12.0, 30.0, SEED, trial):
            bad = early and guest.name.endswith("b")
            row = {"regime": "traces", "point": 0, "trial": trial, "replication": 0}
            rows.append(row | {"guest": guest.name, "stretch": 2.0 if bad else 1.0, "censored": 0})
    design = SimpleNamespace(trace=source, horizon_s=12.0, suffers_above=1.25)
    experiment = SimpleNamespace(points=[SimpleNamespace(design=design, levels={})], seed=SEED)
    found = Asked.__new__(Asked)
    found.__dict__ |= {
        "outcomes": pd.DataFrame(rows).assign(role="guest", **MEANS),
        "experiment": experiment,
        "labels": [""],
    }
    return found


def shares(frame):
    return frame[frame["metric"] == "p_stretch_over_1.25"].set_index("guest")["estimate"]


def test_who_suffers_by_vm_and_when(asked):
    kind = RecordedVms(asked)
    vms = shares(kind.frames["by_vm"])
    assert list(vms.index) == ["b", "a"]
    assert vms["a"] == 0.0
    assert 0.3 < vms["b"] < 0.7
    hours = shares(kind.frames["by_hour"])
    assert list(hours.index) == sorted(hours.index)
    assert (hours[hours.index >= "12"] == 0.0).all()
    assert (hours[hours.index < "12"] > 0.0).mean() > 0.8
    assert len(hours) == 24


def test_hours_need_the_recording(asked, tmp_path):
    design = asked.experiment.points[0].design
    design.trace = design.trace.replace(path=str(tmp_path / "moved"))
    kind = RecordedVms(asked)
    assert set(kind.frames) == {"by_vm"}
    assert (
        list(kind.text())[-1] == "Not told by hour: the recording is not where it was (trace.path)."
    )
