"""Names: unique, known, complete."""

import pytest

from hvmc.counters import OBJECTS, MemoryCounters, counter_unit, host_samples, path_of
from hvmc.counters.names import ADAPTER, DEFERRED, DISK, NETWORK, STORAGE, VIRTUAL

UNITS = {"%", "ns", "s", "1/s", "B/s", "MiB", "1"}


def test_names_are_unique_as_windows_compares_them():
    paths = [path_of(name, "", counter) for name, held in OBJECTS.items() for counter in held]
    assert len({path.lower() for path in paths}) == len(paths)


def test_rates_and_shares_have_the_units_their_names_say():
    for name, held in OBJECTS.items():
        for counter, unit in held.items():
            assert unit in UNITS
            if counter.startswith("%"):
                assert unit == "%", (name, counter)
            if counter.endswith("/sec"):
                assert unit in {"1/s", "B/s"}, (name, counter)


def test_every_sample_of_a_host_is_known_and_there_once(whole):
    samples = host_samples(whole)
    assert all(sample.counter in OBJECTS[sample.object] for sample in samples)
    assert len({sample[:3] for sample in samples}) == len(samples)


def test_an_object_shows_all_its_counters_for_every_instance(whole):
    shown: dict[tuple[str, str], set[str]] = {}
    for sample in host_samples(whole):
        shown.setdefault((sample.object, sample.instance), set()).add(sample.counter)
    for (name, instance), counters in shown.items():
        assert counters == set(OBJECTS[name]), (name, instance)


def test_instances_are_named_as_hyper_v_names_them(whole):
    instances: dict[str, set[str]] = {}
    for sample in host_samples(whole):
        instances.setdefault(sample.object, set()).add(sample.instance)
    assert instances["Hyper-V Hypervisor Logical Processor"] == {"Hv LP 0", "Hv LP 1", "_Total"}
    root = instances["Hyper-V Hypervisor Root Virtual Processor"]
    assert root == {"Root VP 0", "Root VP 1", "_Total"}
    names = {"web:Hv VP 0", "web:Hv VP 1", "old:Hv VP 0", "direct:Hv VP 0", "net-1:Hv VP 0"}
    assert instances[VIRTUAL] == names | {"_Total"}
    assert instances[STORAGE] == {"web", "old", "net-1"}
    assert instances[NETWORK] == {"net-1"}
    assert instances[DISK] == {"disk", "own:old", "own:net-1"}
    assert instances[ADAPTER] == {"net"}


def test_deferred_and_pending_interrupts_are_kept_apart():
    pending = [
        (name, counter)
        for name, held in OBJECTS.items()
        for counter in held
        if "pending" in counter.lower()
    ]
    assert pending == [(VIRTUAL, "Pending Interrupts/sec")]
    assert not any("defer" in counter.lower() for counter in OBJECTS[VIRTUAL])
    assert all("defer" in counter.lower() for counter in OBJECTS[DEFERRED])


def test_unit_of():
    assert counter_unit(VIRTUAL, "CPU Wait Time Per Dispatch") == "ns"
    with pytest.raises(KeyError, match=r"no counter .*Coffee/sec; hvmc.counters.OBJECTS holds all"):
        counter_unit(VIRTUAL, "Coffee/sec")


def test_memory_counters_are_checked_and_come_under_their_names(whole):
    memory = MemoryCounters({"Average Pressure": 91}, {"web": {"Physical Memory": 2048.0}})
    last = host_samples(whole, memory)[-2:]
    balancer = ("Hyper-V Dynamic Memory Balancer", "System Balancer", "Average Pressure", 91.0)
    assert last == [balancer, ("Hyper-V Dynamic Memory VM", "web", "Physical Memory", 2048.0)]
    assert memory.of_guest("old") == {}
    with pytest.raises(KeyError, match="Hyper-V Dynamic Memory VM has no counter 'Presure'; it"):
        MemoryCounters(guests={"web": {"Presure": 1.0}})
