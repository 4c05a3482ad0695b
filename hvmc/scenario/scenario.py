"""A scenario: one fully specified host with its guests."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.memory import Balancer
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.policy import POLICIES, Policy, Static
from hvmc.scenario.settings import Settings, choices, nested, nested_all, number, variant
from hvmc.scenario.small_table import html_table
from hvmc.scenario.workload import Open

__all__ = ["BASELINES", "Scenario"]

BASELINES = ("adequate", "same_size", "full_host", "together")


@dataclass(frozen=True)
class Scenario(Settings):
    """One fully specified host with its guests, and the window in which it is measured.

    Parameters
    ----------
    host : Host
        The machine.
    guests : tuple of Guest
        At least one.
    dispatch : Dispatch
        How VPs are dispatched.
    root : Root
        The root partition.
    overheads : Overheads
        What virtualization costs.
    balancer : Balancer
        Dynamic memory.
    policy : Static or BoostStarved
        What changes priority settings while the host runs.
    horizon_s, warmup_s : float
        Requests that start in [warmup_s, horizon_s) are measured.
    drain_s : float
        How long after the horizon the load goes on so that measured requests can finish; those
        that have not are censored.
    decision_interval_s : float
        Seconds between decisions on the coarse clock.
    baselines : tuple of str
        Native runs: adequate and same_size always, full_host and together on demand.
    """

    host: Host = nested(Host)
    guests: tuple[Guest, ...] = nested_all(Guest)
    dispatch: Dispatch = nested(Dispatch)
    root: Root = nested(Root)
    overheads: Overheads = nested(Overheads)
    balancer: Balancer = nested(Balancer)
    policy: Policy = variant(POLICIES, Static(), what="policy")
    horizon_s: float = number(60.0, low=0.0, above=True, high=2e5)
    warmup_s: float = number(10.0, low=0.0, high=2e5)
    drain_s: float = number(60.0, low=0.0, high=2e5)
    decision_interval_s: float = number(1.0, low=1e-3, high=1e6)
    baselines: tuple[str, ...] = choices(("adequate", "same_size"), BASELINES)

    def __repr__(self) -> str:
        """Show a small table: the host, and a row for the guests of each role."""
        rows = self._rows()
        wide = max(map(len, ("role", *(role for role, *_ in rows))))
        lines = [
            f"{role:<{wide}} {guests:7} {vps:6} {memory_mib:16.0f}"
            for role, guests, vps, memory_mib in rows
        ]
        head = f"{'role':<{wide}}  guests    VPs max. memory, MiB"
        return "\n".join([self._host_words(), head, *lines])

    def _repr_html_(self) -> str:
        """Show the same in a notebook."""
        head = ("role", "guests", "VPs", "max. memory, MiB")
        rows = [(*cells, f"{memory_mib:.0f}") for *cells, memory_mib in self._rows()]
        return html_table(self._host_words(), head, rows)

    def _rows(self) -> list[tuple[str, int, int, float]]:
        """Return role, guests, VPs and maximum memory, a row per role."""
        roles: dict[str, list[Guest]] = {}
        for guest in self.guests:
            roles.setdefault(guest.role, []).append(guest)
        return [
            (
                role,
                len(guests),
                sum(guest.virtual_processors for guest in guests),
                sum(guest.memory.maximum_mib for guest in guests),
            )
            for role, guests in roles.items()
        ]

    def _host_words(self) -> str:
        return (
            f"host of {self.host.logical_processors} LPs, commitment {self.lp_commitment:.3g}; "
            f"{self.host.memory_mib:.0f} MiB, commitment {self.memory_commitment:.3g}"
        )

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        yield from self._window_rules()
        yield from self._guest_rules()
        yield from self._reserve_rules()
        yield from self._policy_rules()
        yield from self._device_rules()

    def _window_rules(self) -> Iterator[tuple[str, str]]:
        if self.warmup_s >= self.horizon_s:
            yield (
                "warmup_s",
                f"must be below horizon_s ({self.horizon_s:g}), got {self.warmup_s:g}: "
                "shorten the warm-up or lengthen the horizon",
            )
        missing = {"adequate", "same_size"} - set(self.baselines)
        if missing:
            yield (
                "baselines",
                f"must include adequate and same_size, got {list(self.baselines)}: "
                "the stretch is defined by them",
            )

    def _guest_rules(self) -> Iterator[tuple[str, str]]:
        if not self.guests:
            yield "guests", "must hold at least one guest, got none"
        for name, count in Counter(guest.name for guest in self.guests).items():
            if count > 1:
                yield f"guests.{name}.name", f"must be unique, used {count} times"
        for guest in self.guests:
            at = f"guests.{guest.name}"
            if guest.workload is None:
                yield f"{at}.workload", "is missing: give Closed, Open, Batch or Trace"
            elif isinstance(guest.workload, Open) and guest.own_commitment >= 1.0:
                yield (
                    f"{at}.workload.interarrival",
                    f"must leave the guest stable, but its load is {guest.own_commitment:.3g} of "
                    "its own VPs: lengthen interarrival, shorten cpu or add virtual_processors",
                )
            elif isinstance(guest.workload, Open) and guest.workload.threads_needed >= (
                guest.workload.threads
            ):
                yield (
                    f"{at}.workload.threads",
                    f"must be more than {guest.workload.threads_needed:.3g}, what its requests "
                    f"occupy with CPU, I/O and network, got {guest.workload.threads}",
                )

        opened = [guest for guest in self.guests if isinstance(guest.workload, Open)]
        demand = sum(guest.lp_demand for guest in opened)
        if demand >= self.host.lp_capacity:
            yield (
                "guests",
                f"with open workloads must demand less than the host's {self.host.lp_capacity:g} "
                f"LPs together, or no steady state exists, got {demand:.3g}: lengthen "
                "workload.interarrival, shorten workload.cpu or add LPs",
            )

    def _device_rules(self) -> Iterator[tuple[str, str]]:
        for guest in self.guests:
            at = f"guests.{guest.name}"
            for problem in self.host.device_problems(guest.io.device, "disk"):
                yield f"{at}.io.device", problem
            if getattr(guest.workload, "transfers", 0) > 0:
                for problem in self.host.device_problems(guest.network.device, "adapter"):
                    yield f"{at}.network.device", problem

    def _reserve_rules(self) -> Iterator[tuple[str, str]]:
        lps = self.host.logical_processors
        total = lps * self.root.reserve if self.root.background_load > 0 else 0.0
        for guest in self.guests:
            reserve = guest.priority.reserve
            total += guest.virtual_processors * reserve
            if reserve > 0 and guest.virtual_processors > lps:
                yield (
                    f"guests.{guest.name}.priority.reserve",
                    f"must be 0 for a guest with more VPs ({guest.virtual_processors}) than the "
                    f"host has LPs ({lps}), got {reserve:g}",
                )
        if total > lps * (1 + 1e-12):
            yield (
                "guests",
                f"must not reserve more than the host's {lps} LPs, but reserves sum to {total:g} "
                "LPs: lower priority.reserve or add LPs",
            )

    def _policy_rules(self) -> Iterator[tuple[str, str]]:
        if self.host.scheduler == "root" and not isinstance(self.policy, Static):
            yield (
                "policy.kind",
                "must be static under host.scheduler root, which applies no priority settings, "
                f"got {self.policy.kind}: choose the scheduler classic or core",
            )

    def guest(self, name: str) -> Guest:
        """Return the guest of that name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for guest in self.guests:
            if guest.name == name:
                return guest
        raise KeyError(f"no guest {name!r}; there are {[guest.name for guest in self.guests]}")

    @property
    def lp_commitment(self) -> float:
        """Demand of all guests over the capacity of the host's LPs.

        Of a guest counts what its VPs can carry to the LPs: demand beyond them stays inside it.
        """
        reaching = (
            min(guest.lp_demand, guest.virtual_processors * guest.priority.limit)
            for guest in self.guests
        )
        return sum(reaching) / self.host.lp_capacity

    @property
    def memory_commitment(self) -> float:
        """Working sets of all guests over the memory that can be assigned to them.

        Of a working set counts what its guest's maximum lets it have. Infinite on a host that
        leaves its guests nothing.
        """
        memories = [guest.memory for guest in self.guests]
        reaching = sum(min(memory.working_set_mib, memory.maximum_mib) for memory in memories)
        available = self.balancer.for_guests_mib(self.host.memory_mib, memories)
        return reaching / available if available > 0 else math.inf
