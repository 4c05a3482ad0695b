"""What Windows' performance monitor would show of the modelled host.

names       objects, counters and units as Hyper-V has them
tally       counts of one guest since time zero, intercepts by category
interval    differences of two snapshots of the kernel's record
processors  logical, virtual and root virtual processors
devices     storage, network, VMBus, deferred interrupts
clocks      disk latencies as guests' and the root's own clocks would measure them
memory      dynamic memory: values that a balancer hands in
sample      all counters of one interval; those of one guest
pdh         Perfmon CSV files in and out

A counter ending in /sec is a rate per second of simulated time. Hyper-V's objects keep Hyper-V's
definitions; what Hyper-V does not count stands under objects that begin with hvmc.
"""

from hvmc.counters.interval import SampleInterval
from hvmc.counters.memory import MemoryCounters
from hvmc.counters.names import OBJECTS, Sample, counter_unit, path_of
from hvmc.counters.pdh import read_pdh_csv, write_pdh_csv
from hvmc.counters.sample import guest_counters, host_samples

__all__ = [
    "OBJECTS",
    "MemoryCounters",
    "Sample",
    "SampleInterval",
    "counter_unit",
    "guest_counters",
    "host_samples",
    "path_of",
    "read_pdh_csv",
    "write_pdh_csv",
]
