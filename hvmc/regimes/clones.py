"""Scaling out: one guest as several of a fraction of its size.

Clones share the VPs, the threads and the memory of the guest they replace, so the demand and the
laws of requests are exactly the same in total; what a guest needs for itself, such as its
operating system's memory, is not added. Names tell what they are clones of: ``large-2of4``.
Requests of clones are other draws from the same laws, since requests are named by guest; everybody
else's are the same.
"""

from collections.abc import Iterator

from hvmc.scenario.guest import Guest
from hvmc.scenario.memory import MemoryUse
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.workload import Closed

__all__ = ["CLONE", "split_guest"]

CLONE = r"-\d+of\d+$"
"""What the name of a clone ends in; before it stands the name of the whole."""

_LEAST_MIB = 32.0


def split_guest(guest: Guest, clones: int) -> tuple[Guest, ...]:
    """Return ``clones`` guests in place of one; the guest itself where that is one.

    Parameters
    ----------
    guest : Guest
        With a closed workload of at least as many threads.
    clones : int
        Must divide its number of VPs.

    Raises
    ------
    SettingsError
        If it can't be divided so.
    """
    if clones == 1:
        return (guest,)
    problems = [
        Problem(f"Design.population.{guest.role}.clones", text) for text in _bad(guest, clones)
    ]
    if problems:
        raise SettingsError(problems)
    workload, memory = guest.workload, guest.memory
    assert isinstance(workload, Closed)
    share = memory.replace(
        use=_use(memory.use, clones),
        **{
            name: max(getattr(memory, name) / clones, _LEAST_MIB)
            for name in ("startup_mib", "minimum_mib", "maximum_mib")
        },
    )
    each, more = divmod(workload.threads, clones)
    return tuple(
        guest.replace(
            name=f"{guest.name}-{number + 1}of{clones}",
            virtual_processors=guest.virtual_processors // clones,
            workload=workload.replace(threads=each + (number < more)),
            memory=share,
        )
        for number in range(clones)
    )


def _use(use: MemoryUse, clones: int) -> MemoryUse:
    """Return what a clone uses: levels in MiB are divided, those relative to the maximum follow."""
    level = use.working_set_mib
    return use.replace(
        working_set_mib=None if level is None else level / clones,
        trace_mib=tuple(mib / clones for mib in use.trace_mib),
    )


def _bad(guest: Guest, clones: int) -> Iterator[str]:
    if guest.virtual_processors % clones:
        yield f"must divide a guest's VPs ({guest.virtual_processors}), got {clones}"
    if not isinstance(guest.workload, Closed):
        yield f"must be 1 for a workload of kind {guest.workload.kind}, got {clones}"
    elif guest.workload.threads < clones:
        yield (
            f"must be at most a guest's threads ({guest.workload.threads}), got {clones}: raise "
            "own_commitment_low"
        )
