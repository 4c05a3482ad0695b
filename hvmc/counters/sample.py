"""All counters of one interval, and those of one guest."""

from hvmc.counters.clocks import root_clocks
from hvmc.counters.devices import guest_devices, host_devices
from hvmc.counters.interval import SampleInterval
from hvmc.counters.memory import MemoryCounters
from hvmc.counters.names import Sample
from hvmc.counters.processors import guest_processors, host_processors

__all__ = ["guest_counters", "host_samples"]


def host_samples(interval: SampleInterval, memory: MemoryCounters | None = None) -> list[Sample]:
    """Return every counter of a host over an interval.

    Parameters
    ----------
    interval : SampleInterval
        The host between two times.
    memory : MemoryCounters, optional
        Dynamic memory at the interval's end.

    Returns
    -------
    list of Sample
        The same counters in the same order for every interval of a scenario.
    """
    samples = [*host_processors(interval), *host_devices(interval), *root_clocks(interval)]
    for load in range(len(interval.scenario.guests)):
        samples += guest_devices(interval, load)
    return samples + (list(memory.samples()) if memory is not None else [])


def guest_counters(
    interval: SampleInterval, load: int, memory: MemoryCounters | None = None
) -> dict[str, float]:
    r"""Return a guest's counters over an interval, named ``object\counter``.

    Rates are sums over its virtual processors, shares of time their means; nan where the interval
    gives no value, as a mean over nothing. The root's disk counters are with every guest: they
    aggregate all partitions.

    Parameters
    ----------
    interval : SampleInterval
        The host between two times.
    load : int
        The guest's number in the scenario.
    memory : MemoryCounters, optional
        Dynamic memory at the interval's end.
    """
    found = {
        f"{object_}\\{counter}": value
        for (object_, counter), value in guest_processors(interval, load).items()
    }
    found |= {
        f"{item.object}\\{item.counter}": item.value for item in guest_devices(interval, load)
    }
    found |= {f"{item.object}\\{item.counter}": item.value for item in root_clocks(interval)}
    name = interval.scenario.guests[load].name
    return found | (memory.of_guest(name) if memory is not None else {})
