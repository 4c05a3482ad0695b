"""Facts of several sources in one: what was recorded takes the place of what was written down.

Sources are merged in the order of the registry, inventories first, so that a log's processor use
replaces an inventory's, while weights, limits and memory settings, which logs do not hold, stay. A
value that is replaced by another is told. What follows from several sources is made of them here.
"""

from collections.abc import Sequence

from hvmc.fit.facts import Fact, Facts, Found, derived
from hvmc.fit.problems import SourceError
from hvmc.recordings.names import guest_names

__all__ = ["merged_facts"]

_RANK = {"assumed": 0, "derived": 1, "measured": 1}
_NEAR = 0.02


def merged_facts(parts: Sequence[Found]) -> Found:
    """Return all facts; parts later in the sequence go before earlier ones of the same standing.

    Raises
    ------
    SourceError
        If there is no host or no guest in them.
    """
    whole = Found()
    for part in parts:
        whole.notes += part.notes
        whole.counts |= part.counts
        _add(whole.host, part.host, "the host", whole.notes)
    names = guest_names(name for part in parts for name in part.guests)
    for part in parts:
        for name, facts in part.guests.items():
            _add(whole.guests.setdefault(names[name], {}), facts, names[name], whole.notes)
    whole.counts = {names[name]: count for name, count in whole.counts.items()}
    changed = [f"{written!r} is {name}" for written, name in names.items() if written != name]
    if changed:
        whole.notes.append(f"names of VMs as names of guests: {', '.join(changed)}")
    _require(whole)
    _derive(whole)
    return whole


def _add(into: Facts, facts: Facts, whose: str, notes: list[str]) -> None:
    for path, fact in facts.items():
        before = into.get(path)
        if before is not None and _RANK[before.standing] > _RANK[fact.standing]:
            continue
        if before is not None and _differ(before, fact):
            notes.append(
                f"{path} of {whose}: {_shown(fact.value)} ({fact.how}) in place of "
                f"{_shown(before.value)} ({before.how})"
            )
        into[path] = fact


def _differ(one: Fact, other: Fact) -> bool:
    if "assumed" in (one.standing, other.standing):
        return False
    if isinstance(one.value, float | int) and isinstance(other.value, float | int):
        return abs(one.value - other.value) > _NEAR * abs(one.value)
    return bool(one.value != other.value)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _require(whole: Found) -> None:
    problems = []
    if "host.logical_processors" not in whole.host:
        problems.append(
            "no source says how many LPs the host has: add a row of kind host to an inventory "
            "(lps, or sockets, cores and threads), or Hyper-V Hypervisor Logical Processor(*)\\"
            "% Total Run Time to the log"
        )
    if not whole.guests:
        problems.append("no source names a VM")
    problems += [
        f"{name}: no source says how many virtual processors it has: add vps to an inventory"
        for name, facts in whole.guests.items()
        if "virtual_processors" not in facts
    ]
    if problems:
        raise SourceError(problems)


def _derive(whole: Found) -> None:
    """Turn shares of the host into shares of guests' own VPs."""
    lps = whole.host["host.logical_processors"].value
    for name, facts in whole.guests.items():
        stated = facts.pop("use_of_host", None)
        if stated is None or "use" in facts:
            continue
        vps = facts["virtual_processors"].value
        use = stated.value * lps / vps
        if use > 1.0 + _NEAR:
            raise SourceError(
                [
                    f"{name}: {stated.how} are {use:.3g} of each of its {vps} virtual processors: "
                    "correct the CPU, the VPs or the host's LPs"
                ]
            )
        how = f"{stated.how}, x {lps} LPs / {vps} VPs"
        facts["use"] = derived(min(use, 1.0), how)
