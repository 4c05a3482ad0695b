"""Run times, waits and rates against the record's arithmetic."""

import itertools
import math

import numpy as np
import pytest

from hvmc.counters import SampleInterval, guest_counters, host_samples
from hvmc.counters.names import BUS, DISK, LOGICAL, ROOT, VIRTUAL, VP_STATES
from hvmc.kernel.codes import READY, RUNNING

SECONDS = 3.0


def close(value):
    return pytest.approx(value, rel=1e-12)


@pytest.fixture(scope="module")
def value(whole):
    """Value of a counter over the three seconds."""
    found = {sample[:3]: sample.value for sample in host_samples(whole)}
    return lambda *path: found[path]


def grown(whole, table, field, row):
    return whole.after[table][field][0][row] - whole.before[table][field][0][row]


def test_times_of_a_logical_processor_fill_it(value):
    for lp in ("Hv LP 0", "Hv LP 1", "_Total"):
        guest, hypervisor, total, idle = (
            value(LOGICAL, lp, f"% {name} Time")
            for name in ("Guest Run", "Hypervisor Run", "Total Run", "Idle")
        )
        assert total + idle == close(100.0)
        assert guest + hypervisor == close(total)
        assert 0 < hypervisor < guest


def test_times_of_a_virtual_processor_fill_it(value, mixed):
    for guest in mixed.guests:
        for vp in range(guest.virtual_processors):
            name = f"{guest.name}:Hv VP {vp}"
            off = [
                value(VP_STATES, name, f"% {state} Time")
                for state in ("Idle", "Ready", "Capped", "Blocked")
            ]
            run = value(VIRTUAL, name, "% Total Run Time")
            assert sum(off) + run == close(100.0)
            parts = [value(VIRTUAL, name, f"% {part} Run Time") for part in ("Guest", "Hypervisor")]
            assert sum(parts) == close(run)
            assert min(parts) > 0
    assert value(VP_STATES, "direct:Hv VP 0", "% Capped Time") > 1.0


def test_logical_and_virtual_processors_agree(value, whole):
    for name in ("Guest", "Hypervisor", "Total"):
        counter = f"% {name} Run Time"
        on_lps = sum(value(LOGICAL, f"Hv LP {lp}", counter) for lp in range(2))
        of_guests, of_root = (
            5 * value(VIRTUAL, "_Total", counter),
            2 * value(ROOT, "_Total", counter),
        )
        assert of_guests + of_root == close(on_lps)
    switches = grown(whole, "lp", "switches", slice(0, 2)).sum()
    assert SECONDS * value(LOGICAL, "_Total", "Context Switches/sec") == close(switches)


def test_dispatches_and_waits_are_the_records(value, whole):
    for vp, name in enumerate(("web:Hv VP 0", "web:Hv VP 1", "old:Hv VP 0", "direct:Hv VP 0")):
        dispatches, times = grown(whole, "vp", "dispatches", vp), grown(whole, "vp", "ns", vp)
        rate = value(VIRTUAL, name, "Logical Processor Dispatches/sec")
        assert SECONDS * rate == close(dispatches)
        wait = value(VIRTUAL, name, "CPU Wait Time Per Dispatch")
        assert wait == close(times[READY] / dispatches)
        assert value(VIRTUAL, name, "% Total Run Time") == close(times[RUNNING] / 3e7)


def test_rates_of_virtual_processors_sum_to_the_guests(value, whole):
    for counter, count in whole.tally(0).items():
        rates = [value(VIRTUAL, f"web:Hv VP {vp}", counter) for vp in range(2)]
        assert SECONDS * sum(rates) == close(count)


def test_the_host_sees_the_sum_of_its_guests(value, whole):
    sent, received = (whole.messages(way) for way in ("sent", "received"))
    assert SECONDS * value(BUS, "", "Interrupts Received/sec") == close(sent)
    assert SECONDS * value(BUS, "", "Interrupts Sent/sec") == close(received)
    assert SECONDS * value(ROOT, "_Total", "Synthetic Interrupts/sec") == close(sent)
    transfers = grown(whole, "station", "completed", 0)
    assert SECONDS * value(DISK, "disk", "Disk Transfers/sec") == close(transfers)
    packets = value("Hyper-V Virtual Network Adapter", "net-1", "Packets/sec")
    assert value("Network Interface", "net", "Packets/sec") == close(packets)
    assert SECONDS * packets == close(grown(whole, "way", "ios_done", 7) * 8192 / 1500)


def test_latency_and_deferral_are_means(value, whole):
    latency = grown(whole, "way", "io_ns", 0) / grown(whole, "way", "ios_done", 0)
    assert value("Hyper-V Virtual Storage Device", "web", "Latency") == close(latency * 1e-9)
    count, delay = (grown(whole, "load", name, 0)[1] for name in ("deferred", "deferred_ns"))
    assert SECONDS * value("hvmc Interrupts", "web", "Deferred (ready)/sec") == close(count)
    assert value("hvmc Interrupts", "web", "Deferral Delay (ready)") == close(delay / count)
    assert math.isnan(value("hvmc Interrupts", "web", "Deferral Delay (capped)"))


def test_a_guests_counters_are_sums_of_rates_and_means_of_shares(value, whole):
    counters = guest_counters(whole, 0)
    for name in ("% Total Run Time", "% Hypervisor Run Time"):
        mean = np.mean([value(VIRTUAL, f"web:Hv VP {vp}", name) for vp in range(2)])
        assert counters[f"{VIRTUAL}\\{name}"] == close(mean)
    rate = sum(value(VIRTUAL, f"web:Hv VP {vp}", "HLT Instructions/sec") for vp in range(2))
    assert counters[f"{VIRTUAL}\\HLT Instructions/sec"] == close(rate)
    assert all(isinstance(found, float) for found in counters.values())


def test_rates_and_shares_of_pieces_add_up_to_the_whole(mixed, looks, whole):
    pieces = [SampleInterval(mixed, *pair) for pair in itertools.pairwise(looks)]
    found = [guest_counters(piece, 0) for piece in pieces]
    for name, together in guest_counters(whole, 0).items():
        counter = name.rpartition("\\")[2]
        if counter.endswith("/sec") or counter in {"% Total Run Time", "% Ready Time"}:
            parts = sum(one[name] * piece.seconds for one, piece in zip(found, pieces, strict=True))
            assert parts == pytest.approx(together * whole.seconds, rel=1e-9, abs=1e-9), name


def test_an_interval_in_which_nothing_ran(mixed, looks):
    later = looks[0].copy()
    later["now"][0] = 1000
    found = {
        sample[:3]: sample.value for sample in host_samples(SampleInterval(mixed, looks[0], later))
    }
    assert found[LOGICAL, "_Total", "% Idle Time"] == 100.0
    assert found[VIRTUAL, "web:Hv VP 0", "Total Intercepts/sec"] == 0.0
    assert math.isnan(found[VIRTUAL, "_Total", "CPU Wait Time Per Dispatch"])
