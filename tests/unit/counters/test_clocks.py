"""What clocks would measure, where arithmetic says by how much an interrupt is deferred."""

import math

import numpy as np
import pytest

import hvmc
from hvmc.counters import SampleInterval, guest_counters, host_samples
from hvmc.counters.clocks import Latencies, late_ticks, reference_time, tick_standard_error_s
from hvmc.counters.names import GUEST_IO, ROOT_IO

SLICE_S, CPU_S, IO_S, ROOT_S = 0.010, 0.002, 0.001, 0.0005


def exactly(value):
    return pytest.approx(value, rel=1e-12)


def guest(name, cpu_s, ios=0, **settings):
    work = hvmc.Closed(
        threads=1,
        cpu=hvmc.Deterministic(cpu_s),
        think=hvmc.Deterministic(0.0),
        io=hvmc.Deterministic(IO_S) if ios else None,
        ios=ios,
    )
    return hvmc.Guest(name=name, workload=work, **settings)


WEB = guest("web", 2 * CPU_S, ios=1)
HOG = guest("hog", 1000.0)
DISK = (hvmc.Device(name="disk"),)


def interval(*guests, path=False, root=None, tick_hz=64.0, devices=DISK):
    """Half a second of one LP on which nothing costs time except the root's part of an I/O."""
    overheads = hvmc.Overheads.none().replace(
        interrupts=hvmc.Interrupts(tick_hz=tick_hz, tick_s=0.0, inject_s=0.0),
        io=hvmc.IoPath(
            path_s=0.0,
            enabled=path,
            vsp_submit_s=ROOT_S,
            vsp_complete_s=ROOT_S,
            mib_s=0.0,
            signal_s=0.0,
        ),
    )
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=1, devices=devices),
        guests=guests,
        dispatch=hvmc.Dispatch(rule="credit", queues="shared", slice_s=SLICE_S),
        root=root or hvmc.Root(background_load=0.0),
        overheads=overheads,
        horizon_s=0.5,
        warmup_s=0.0,
    )
    host = hvmc.HyperVHost(scenario, seed=1)
    before = host.observed
    host.run_until(0.5)
    return SampleInterval(scenario, before, host.observed)


def shown(found, object_=GUEST_IO):
    counters = guest_counters(found, 0)
    names = ("True Latency", "Latency (late ticks)", "Latency (reference time)")
    return [counters[f"{object_}\\{name}"] for name in names]


def errors(found, object_=GUEST_IO):
    counters = guest_counters(found, 0)
    return [counters[f"{object_}\\% Error ({name})"] for name in ("late ticks", "reference time")]


def test_without_deferral_all_clocks_agree():
    alone = interval(WEB)
    assert alone.change("load", "deferred", 0).sum() > 0  # of an idle guest, for no time
    assert shown(alone) == [exactly(IO_S)] * 3
    assert errors(alone) == [0.0, 0.0]


def test_an_end_that_waits_for_a_slice_is_lost_by_late_ticks_alone():
    """The hog takes the LP as the I/O begins and keeps it for its slice."""
    found = interval(WEB, HOG)
    assert found.change("way", "ios_taken", 0) > 10
    assert shown(found) == [exactly(SLICE_S), exactly(IO_S), exactly(SLICE_S)]
    assert errors(found) == [exactly(100.0 * (IO_S / SLICE_S - 1.0)), 0.0]


def test_true_latency_ends_where_deferral_does():
    found = interval(WEB, HOG)
    late = found.change("way", "taken_late_ns", 0)
    all_late = found.change("load", "deferred_ns", 0)
    assert 0 < late <= all_late.sum()
    assert late == found.change("way", "taken_ns", 0) - found.change("way", "ios_taken", 0) * 1e6


def test_a_queueing_root_takes_both_ends_late():
    """Hog's slice, submission, hog's slice from the I/O's begin, completion.

    Then the guest, which has credit left, goes before the hog: its interrupt is not late.
    """
    found = interval(WEB, HOG, path=True, root=hvmc.Root(background_load=0.0, wake="queue"))
    assert found.change("way", "root_ios", 0) > 10
    root_s = SLICE_S + ROOT_S + SLICE_S
    ticks_s, reference_s = root_s - (SLICE_S - IO_S), root_s - SLICE_S
    assert shown(found, ROOT_IO) == [exactly(root_s), exactly(ticks_s), exactly(reference_s)]
    assert shown(found) == [exactly(root_s + ROOT_S)] * 3


def test_a_preempting_root_is_never_late():
    found = interval(WEB, HOG, path=True, root=hvmc.Root(background_load=0.0))
    assert shown(found, ROOT_IO) == [exactly(ROOT_S + IO_S)] * 3
    assert errors(found, ROOT_IO) == [0.0, 0.0]


def test_the_roots_disk_counters_aggregate_all_partitions_but_no_adapter():
    devices = (hvmc.Device(name="disk"), hvmc.Device(name="net", kind="adapter"))
    work = hvmc.Closed(
        cpu=hvmc.Deterministic(2 * CPU_S), think=hvmc.Deterministic(0.001),
        transfer=hvmc.Deterministic(IO_S), transfers=1,
    )  # fmt: skip
    net = hvmc.Guest(name="net", workload=work, network=hvmc.Attachment(device="net"))
    other = guest("other", 3 * CPU_S, ios=2)
    root = hvmc.Root(background_load=0.0)
    found = interval(WEB, other, net, path=True, root=root, devices=devices)
    counts, sums_ns = (found.change("way", name, slice(0, 6)) for name in ("root_ios", "root_ns"))
    assert counts.tolist()[1::2][:2] == [0, 0] == counts.tolist()[4:5] * 2
    assert counts[[0, 2, 5]].min() > 5
    counters = [guest_counters(found, load) for load in range(3)]
    for values in counters:
        assert values[f"{ROOT_IO}\\Operations/sec"] == exactly(counts[:4].sum() / 0.5)
        mean_s = sums_ns[:4].sum() / counts[:4].sum() * 1e-9
        assert values[f"{ROOT_IO}\\True Latency"] == exactly(mean_s)
    assert {item.instance for item in host_samples(found) if item.object == ROOT_IO} == {"_Total"}


def test_nothing_done_or_no_tick_gives_no_value():
    found = interval(HOG)
    assert all(math.isnan(value) for value in (*shown(found), *shown(found, ROOT_IO)))
    error = f"{GUEST_IO}\\Standard Error (late ticks)"
    assert math.isnan(guest_counters(interval(WEB, tick_hz=0.0), 0)[error])


def test_whole_ticks_are_unbiased_with_the_stated_error():
    """Over all phases of one tick, by exact enumeration of equally likely phases."""
    tick, phases = 1.0 / 64.0, (np.arange(10_000) + 0.5) / 10_000
    for latency_s in (0.001, 0.005, tick / 2):
        read = tick * np.floor(phases + latency_s / tick)
        assert read.mean() == pytest.approx(latency_s, abs=tick / 10_000)
        expected = tick_standard_error_s(64.0, latency_s, 1)
        assert read.std() == pytest.approx(expected, rel=1e-3)
    assert tick_standard_error_s(64.0, 3.3 * tick, 4) == exactly(tick / 4.0)  # at most


def test_models_by_hand():
    found = Latencies(ios=4, true_s=0.040, begin_late_s=0.008, end_late_s=0.016)
    assert (late_ticks(found), reference_time(found)) == (exactly(0.006), exactly(0.008))
