"""What a fitted host looks like before anything is simulated."""

from collections.abc import Iterator
from statistics import mean

from hvmc.regimes.design import Design

__all__ = ["outlook"]

_LOOKED_AT = 50
_GIB = 1024.0
_MOST_NAMED = 5


def outlook(design: Design) -> Iterator[str]:
    """Yield what the first trials say: size, load, memory, and who can't start."""
    drawn = [design.draw(seed=1, trial=trial) for trial in range(_LOOKED_AT)]
    host = design.host
    vps = sum(guest.virtual_processors for guest in drawn[0].guests)
    smt = ", two threads a core" if host.threads_per_core == 2 else ""
    yield (
        f"host: {host.logical_processors} LPs{smt}, {host.memory_mib / _GIB:.4g} GiB; "
        f"{len(drawn[0].guests)} guests with {vps} VPs, {vps / host.logical_processors:.2g} an LP"
    )
    load = [scenario.lp_commitment for scenario in drawn]
    memory = [scenario.memory_commitment for scenario in drawn]
    yield (
        f"expected: work for {100 * mean(load):.0f} % of the LPs ({100 * min(load):.0f} to "
        f"{100 * max(load):.0f} % over {_LOOKED_AT} draws), working sets in "
        f"{100 * mean(memory):.0f} % of the memory for guests"
    )
    memories = [guest.memory for guest in drawn[0].guests]
    room = design.balancer.for_guests_mib(host.memory_mib, memories)
    late = []
    for guest in drawn[0].guests:
        room -= guest.memory.startup_mib
        if room < 0:
            late.append(guest.name)
            room += guest.memory.startup_mib
    if late:
        more = f" and {len(late) - _MOST_NAMED} more" if len(late) > _MOST_NAMED else ""
        yield (
            f"{len(late)} guests may not start, their startup memory does not fit: "
            f"{', '.join(late[:_MOST_NAMED])}{more}; lower it, or give the host more"
        )
