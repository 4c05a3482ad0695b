"""What a host with named guests looks like before anything is simulated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import mean

from hvmc.policies.memory import admitted
from hvmc.regimes.design import Design
from hvmc.regimes.inflation import Slowness
from hvmc.scenario.memory import Balancer, Memory
from hvmc.scenario.scenario import Scenario

__all__ = ["outlook"]

_LOOKED_AT = 50
_GIB = 1024.0
_MOST_NAMED = 5
_STEPS = 40


def outlook(design: Design) -> Iterator[str]:
    """Yield what the first trials say: size, load, memory, and who can't start.

    Parameters
    ----------
    design : Design
        Its guests are all named (``guests``, ``fitted``).
    """
    drawn = [design.draw(seed=1, trial=trial) for trial in range(_LOOKED_AT)]
    host = design.host
    vps = sum(guest.virtual_processors for guest in drawn[0].guests)
    smt = ", two threads a core" if host.threads_per_core == 2 else ""
    yield (
        f"host: {host.logical_processors} LPs{smt}, {host.memory_mib / _GIB:.4g} GiB; "
        f"{len(drawn[0].guests)} guests with {vps} VPs, {vps / host.logical_processors:.2g} an LP"
    )
    if host.threads_per_core == 2:
        yield (
            f"capacity: {mean(one.host.lp_capacity for one in drawn):.3g} undisturbed LPs, since a "
            f"thread beside a busy one runs at {mean(one.host.smt_speed for one in drawn):.2g} of "
            "its speed; a measured use is of threads, and converted"
        )
    commitment = _span([one.lp_commitment for one in drawn], lambda value: f"{value:.2f}")
    busy = _span([_busy(one) for one in drawn], lambda value: f"{100 * value:.0f} %")
    memory = _span([one.memory_commitment for one in drawn], lambda value: f"{100 * value:.0f} %")
    yield (
        f"expected, over {_LOOKED_AT} draws: LP commitment {commitment}, LPs busy {busy} where "
        f"nothing else holds guests up, working sets in {memory} of the memory for guests"
    )
    yield from _late(drawn)


def _span(values: Sequence[float], write: Callable[[float], str]) -> str:
    texts = [write(value) for value in (mean(values), min(values), max(values))]
    if texts[1] == texts[2]:
        return texts[0]
    return f"{texts[0]} ({texts[1].removesuffix(' %')} to {texts[2]})"


def _busy(scenario: Scenario) -> float:
    """Return the expected busy share of the LPs: work at the speed that it leaves, the root's too.

    A fixed point, since busy LPs slow each other; at most 1.
    """
    host = scenario.host
    lps = float(host.logical_processors)
    work = scenario.lp_commitment * host.lp_capacity
    own = scenario.root.background_load * lps
    busy = min(work + own, lps)
    for _ in range(_STEPS):
        run_s = Slowness(scenario.overheads, host, busy).run_s(1.0, 1, 0.0)
        busy = min(work * run_s + own, lps)
    return busy / lps


def _late(drawn: Sequence[Scenario]) -> Iterator[str]:
    """Yield which guests find no memory to start, why, and what would fit."""
    started = [_started(one.host.memory_mib, one) for one in drawn]
    worst = min(range(len(drawn)), key=lambda number: sum(started[number]))
    if all(started[worst]):
        return
    one, runs = drawn[worst], started[worst]
    late = [guest for guest, starts in zip(one.guests, runs, strict=True) if not starts]
    names = [guest.name for guest in late]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    times = sum(not all(starts) for starts in started)
    often = "" if times == len(drawn) else f" in {times} of {len(drawn)} draws"
    yield (
        f"{len(late)} of {len(runs)} guests will not start{often}: {', '.join(names[:_MOST_NAMED])}"
        f"{more}. Guests start in the order of the file; {names[0]} needs "
        f"{_gib(_needs(late[0].memory, one.balancer))}, and {_gib(_left(one, late[0].name))} are "
        "left beside the root when those before it are at their least"
    )
    most = _largest_startup(one, {guest.name for guest in late})
    lower = f", or at most {_gib(most)} of startup memory for each of those" if most else ""
    yield f"all would start with {_gib(_enough(one))} in the host (host.memory_mib){lower}"


def _started(host_memory_mib: float, scenario: Scenario) -> tuple[bool, ...]:
    memories = [guest.memory for guest in scenario.guests]
    return admitted(host_memory_mib, memories, scenario.balancer)


def _needs(memory: Memory, balancer: Balancer) -> float:
    return memory.startup_mib if balancer.enabled else memory.maximum_mib


def _left(scenario: Scenario, name: str) -> float:
    """Return what is left for a guest beside those that run, at their least, MiB."""
    balancer, runs = scenario.balancer, _started(scenario.host.memory_mib, scenario)
    before: list[Memory] = []
    for guest, starts in zip(scenario.guests, runs, strict=True):
        if guest.name == name:
            room = balancer.for_guests_mib(scenario.host.memory_mib, [*before, guest.memory])
            held = (one.minimum_mib if balancer.enabled else one.maximum_mib for one in before)
            return max(room - sum(held), 0.0)
        if starts:
            before.append(guest.memory)
    raise KeyError(name)


def _enough(scenario: Scenario) -> float:
    """Return the least host memory with which all start, in whole GiB, MiB."""
    low = scenario.host.memory_mib // _GIB
    high = 2.0 * low + 1.0
    while not all(_started(high * _GIB, scenario)):
        low, high = high, 2.0 * high
    while high - low > 1.0:
        middle = (low + high) // 2.0
        low, high = (low, middle) if all(_started(middle * _GIB, scenario)) else (middle, high)
    return high * _GIB


def _largest_startup(scenario: Scenario, late: set[str]) -> float:
    """Return the largest startup (and least) memory of late guests with which all start, MiB.

    0 where there is none, or without dynamic memory.
    """
    if not scenario.balancer.enabled:
        return 0.0

    def fits(mib: float) -> bool:
        guests = tuple(
            replace(guest, memory=_lowered(guest.memory, mib)) if guest.name in late else guest
            for guest in scenario.guests
        )
        return all(_started(scenario.host.memory_mib, replace(scenario, guests=guests)))

    low, high = 32.0, max(guest.memory.startup_mib for guest in scenario.guests)
    if not fits(low):
        return 0.0
    while high - low > 2.0:
        middle = (low + high) / 2.0
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low // 2.0 * 2.0


def _lowered(memory: Memory, mib: float) -> Memory:
    startup = min(memory.startup_mib, mib)
    return replace(memory, startup_mib=startup, minimum_mib=min(memory.minimum_mib, startup))


def _gib(mib: float) -> str:
    return f"{mib / _GIB:.3g} GiB" if mib >= _GIB else f"{mib:.0f} MiB"
