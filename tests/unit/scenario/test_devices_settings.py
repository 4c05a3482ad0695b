"""Which devices a guest needs, and what a workload with transfers asks for."""

import math

import pytest

import hvmc
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import SettingsError, read

IO = {"io": hvmc.Exponential(0.002), "ios": 3}
NET = {"transfer": hvmc.Exponential(0.004), "transfers": 2}
DISK = hvmc.Device("disk")


def on(devices, workload=None, **settings):
    guest = hvmc.Guest("web", workload=workload or hvmc.Closed(), **settings)
    return Scenario(host=hvmc.Host(devices=devices), guests=(guest,))


def problem(call):
    with pytest.raises(SettingsError) as told:
        call()
    (found,) = told.value.problems
    return str(found)


def test_a_guest_without_transfers_needs_no_adapter():
    assert on((DISK,), hvmc.Closed(**IO)).guests[0].network.device == "nic"


def test_a_guest_with_transfers_needs_its_adapter():
    told = problem(lambda: on((DISK,), hvmc.Closed(**NET)))
    assert told.endswith(
        "guests.web.network.device must be one of host.devices of kind adapter (none), got nic: "
        "name one of them or add a device of kind adapter"
    )


@pytest.mark.parametrize(
    ("field", "device", "others"),
    [("io", "nic", "the disks among host.devices (disk)"),
     ("network", "disk", "the adapters among host.devices (nic)")],
)  # fmt: skip
def test_a_way_leads_to_a_device_of_its_kind(field, device, others):
    devices = (DISK, hvmc.Device("nic", "adapter"))
    where = {field: hvmc.Attachment(device=device)}
    told = problem(lambda: on(devices, hvmc.Closed(**IO, **NET), **where))
    assert f"guests.web.{field}.device must be one of {others}, got {device}" in told


def test_every_guest_needs_its_disk_as_page_ins_take_it():
    assert "guests.web.io.device" in problem(lambda: on((hvmc.Device("nic", "adapter"),)))


@pytest.mark.parametrize("kind", [hvmc.Closed, hvmc.Open])
@pytest.mark.parametrize(
    ("given", "path", "rule"),
    [({"transfers": 2}, "transfer", "must be given when transfers > 0 (transfers is 2)"),
     ({"transfer": hvmc.Exponential(1.0)}, "transfers", "must be >= 1 when transfer is given"),
     ({"ios": 1}, "io", "must be given when ios > 0 (ios is 1)")],
)  # fmt: skip
def test_a_law_and_a_number_come_together(kind, given, path, rule):
    assert f"{kind.__name__}.{path} {rule}" in problem(lambda: kind(**given))


def test_transfers_count_where_ios_do():
    closed = hvmc.Closed(
        threads=4, cpu=hvmc.Exponential(0.010), think=hvmc.Exponential(0.016), **IO, **NET
    )
    assert closed.off_cpu_s == pytest.approx(0.016 + 3 * 0.002 + 2 * 0.004)
    assert closed.think_ratio == pytest.approx(3.0)
    assert closed.lp_demand == pytest.approx(1.0)
    opened = hvmc.Open(interarrival=hvmc.Exponential(0.1), cpu=hvmc.Exponential(0.01), **IO, **NET)
    assert opened.threads_needed == pytest.approx(0.24)
    assert opened.lp_demand == pytest.approx(0.1)
    assert math.isnan(opened.think_ratio)


def test_a_partly_given_attachment_keeps_the_default_device():
    problems = []
    guest = read(
        hvmc.Guest, {"name": "web", "workload": hvmc.Closed(), "network": {"kind": "direct"}},
        "guests.web", problems,
    )  # fmt: skip
    assert not problems
    assert (guest.network.kind, guest.network.device) == ("direct", "nic")


def test_a_word_for_a_mechanism_is_told_how_to_switch_it_off():
    with pytest.raises(SettingsError, match=r"must be a mapping of enabled, .*, got 'off': "):
        hvmc.Overheads(ipis="off")
