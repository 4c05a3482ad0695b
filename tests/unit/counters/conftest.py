"""A small host with every way of I/O, and snapshots of it."""

import pytest

import hvmc
from hvmc.counters import SampleInterval


@pytest.fixture(scope="session")
def mixed():
    """Two LPs, guests of all attachments, one of them capped, one unenlightened."""
    laws = {"cpu": hvmc.Exponential(0.004), "think": hvmc.Exponential(0.010)}
    io = {"io": hvmc.Exponential(0.002), "ios": 2}
    disk = hvmc.Device(name="disk", servers=2)
    own = hvmc.Device(name="own", isolated=True)
    net = hvmc.Device(name="net", kind="adapter")
    guests = (
        hvmc.Guest(name="web", virtual_processors=2, workload=hvmc.Closed(threads=6, **laws, **io)),
        hvmc.Guest(
            name="old",
            enlightened=False,
            io=hvmc.Attachment(kind="emulated", device="own"),
            workload=hvmc.Closed(threads=2, **laws, **io),
        ),
        hvmc.Guest(
            name="direct",
            io=hvmc.Attachment(kind="direct"),
            priority=hvmc.Priority(limit=0.3),
            workload=hvmc.Closed(threads=2, **laws, **io),
        ),
        hvmc.Guest(
            name="net-1",
            io=hvmc.Attachment(device="own"),
            network=hvmc.Attachment(device="net"),
            workload=hvmc.Closed(
                threads=1,
                **laws,
                io=hvmc.Exponential(0.002),
                ios=1,
                transfer=hvmc.Exponential(0.001),
                transfers=2,
            ),
        ),
    )
    host = hvmc.Host(logical_processors=2, devices=(disk, own, net))
    return hvmc.Scenario(host=host, guests=guests, horizon_s=3.0, warmup_s=1.0)


@pytest.fixture(scope="session")
def looks(mixed):
    """Snapshots at 0, 0.5, 1.25 and 3 s."""
    host = hvmc.HyperVHost(mixed, seed=5)
    found = [host.observed]
    for at in (0.5, 1.25, 3.0):
        host.run_until(at)
        found.append(host.observed)
    return found


@pytest.fixture(scope="session")
def whole(mixed, looks):
    """The three seconds as one interval."""
    return SampleInterval(mixed, looks[0], looks[-1])
