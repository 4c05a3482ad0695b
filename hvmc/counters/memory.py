"""Dynamic memory: names are checked here, values come from whoever balances memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hvmc.counters.names import BALANCER, GUEST_MEMORY, OBJECTS, Sample

__all__ = ["MemoryCounters"]

_SYSTEM = "System Balancer"


@dataclass(frozen=True)
class MemoryCounters:
    r"""Dynamic memory counters at one time.

    Parameters
    ----------
    balancer : mapping
        Counter of the balancer to value; MiB, percent, and numbers since time zero.
    guests : mapping
        Guest to counter to value.

    Raises
    ------
    KeyError
        If a counter is not one of Hyper-V's, as `hvmc.counters.OBJECTS` lists them.

    Examples
    --------
    >>> MemoryCounters(guests={"web": {"Current Pressure": 83.0}}).of_guest("web")
    {'Hyper-V Dynamic Memory VM\\Current Pressure': 83.0}
    """

    balancer: Mapping[str, float] = field(default_factory=dict)
    guests: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for object_, values in ((BALANCER, self.balancer), *_each(self.guests)):
            unknown = sorted(set(values) - set(OBJECTS[object_]))
            if unknown:
                raise KeyError(
                    f"{object_} has no counter {unknown[0]!r}; it has {sorted(OBJECTS[object_])}"
                )

    def samples(self) -> Iterator[Sample]:
        """Yield the balancer's samples, then those of each guest."""
        for counter, value in self.balancer.items():
            yield Sample(BALANCER, _SYSTEM, counter, float(value))
        for guest, values in self.guests.items():
            for counter, value in values.items():
                yield Sample(GUEST_MEMORY, guest, counter, float(value))

    def of_guest(self, name: str) -> dict[str, float]:
        r"""Return a guest's counters, named ``object\counter``; empty where it has none."""
        values = self.guests.get(name, {})
        return {f"{GUEST_MEMORY}\\{counter}": float(value) for counter, value in values.items()}


def _each(
    guests: Mapping[str, Mapping[str, float]],
) -> Iterator[tuple[str, Mapping[str, float]]]:
    for values in guests.values():
        yield GUEST_MEMORY, values
