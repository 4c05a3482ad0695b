"""Saturated devices are told of by name; others are not."""

from types import SimpleNamespace

import pandas as pd
import pytest

import hvmc
from hvmc.answers.kinds.devices import Devices


def told(monkeypatch, hosts=4, guests=None, **utilisation):
    trials = range(hosts)
    base = {
        "point": 0,
        "regime": "over_committed",
        "role": "guest",
        "replication": 0,
        "stretch": 3.0,
    }
    rows = pd.DataFrame(
        [
            {**base, "trial": trial, "guest": guest}
            for trial in trials
            for guest in (guests[trial] if guests else "ab")
        ]
    )
    for device in ("disk", "adapter", "paging"):
        busy = utilisation.get(device, [0.1] * hosts)
        rows[f"{device}_utilisation"] = [busy[trial] for trial in rows["trial"]]
    monkeypatch.setattr("hvmc.answers.kinds.devices.groups_of", lambda _: (("regime", "role"), str))
    drawn = SimpleNamespace(
        design=SimpleNamespace(regime="over_committed", trace=None, explicit=())
    )
    asked = SimpleNamespace(outcomes=rows, experiment=SimpleNamespace(points=[drawn]))
    return list(Devices(asked).text())


def test_nothing_is_said_where_no_device_is_saturated(monkeypatch):
    assert told(monkeypatch) == []


def test_a_saturated_device_is_named_with_its_share_of_hosts(monkeypatch):
    lines = told(monkeypatch, paging=[0.95, 0.2, 0.3, 1.0])
    assert len(lines) == 3
    assert lines[-1].startswith("- paging: on up to 50% of hosts (over-committed); median stretch")
    assert "overheads.faults.servers" in lines[-1]


def test_hosts_count_once_however_many_guests_they_have(monkeypatch):
    lines = told(monkeypatch, paging=[0.95, 0.2, 0.3, 0.4], guests=["abcdefgh", "a", "a", "a"])
    assert lines[-1].startswith("- paging: on up to 25% of hosts")


def test_a_device_that_is_hardly_ever_saturated_is_not_told_of_as_none(monkeypatch):
    lines = told(monkeypatch, hosts=400, disk=[0.95] + [0.2] * 399)
    assert lines[-1].startswith("- disk: on up to less than 1% of hosts")


def test_the_busy_share_of_a_device_is_its_utilisation():
    """One server, I/Os of 5 ms from two threads without anything else to do: always busy."""
    work = hvmc.Closed(
        threads=2, cpu=hvmc.Deterministic(1e-5), think=hvmc.Deterministic(0.0),
        io=hvmc.Deterministic(0.005), ios=1,
    )  # fmt: skip
    devices = (hvmc.Device(servers=1), hvmc.Device("nic", "adapter"))
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=2, devices=devices),
        guests=[hvmc.Guest(name="a", workload=work)], horizon_s=3.0, warmup_s=1.0,
    )  # fmt: skip
    found = hvmc.simulate(scenario, seed=1).guest("a").device_utilisation
    assert found["disk"] == pytest.approx(1.0, abs=0.01)
    assert found["paging"] == 0.0
    assert found["adapter"] != found["adapter"]
