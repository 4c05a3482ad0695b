"""The scenario file: plain YAML, each line with what is known of its value.

What no source tells stands there too, as a default that is known (a weight of 100) or as a range
from which every trial draws (`hvmc.regimes.fitted`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]

from hvmc.fit.facts import Fact, Facts, Found, assumed, derived
from hvmc.fit.problems import SourceError
from hvmc.regimes.assumptions import assumed_constants
from hvmc.regimes.design import Design
from hvmc.regimes.fitted import FittedGuest
from hvmc.scenario.constants import value_at
from hvmc.scenario.memory import Balancer, Memory
from hvmc.scenario.plain import plain
from hvmc.scenario.settings import Problem, read
from hvmc.scenario.span import DrawnRange

__all__ = ["ScenarioFile", "scenario_file"]

TRIALS = 400

# in the order of the file; why, where no source says it
_GUEST = {
    "virtual_processors": "",
    "use": "no source for this guest; recorded VMs of like kind",
    "ready": "",
    "peak": "no series of this guest; recorded VMs vary by their mean (E06)",
    "correlation": "no series; busy hours partly in common",
    "think_ratio": "off-CPU over CPU time of a request; no source",
    "cpu_s": "CPU seconds of a request; no source",
    "cpu_cv": "variation of a request's CPU time; no source",
    "burst_s": "seconds of a CPU burst; no source",
    "io_share": "part of the off-CPU time that is I/O; no source",
    "network_share": "part of the I/Os that is network; no source",
    "iops": "",
    "outstanding": "",
    "io_s": "flash memory (A32) to an array (C23)",
    "io_kib": "a database page",
    "transfers_per_s": "",
    "transfer_s": "io_share x think_ratio x burst_s, least to most; no source",
    "transfer_wait_s": "",
    "transfer_kib": "as the default",
    "memory.startup_mib": "",
    "memory.minimum_mib": "",
    "memory.maximum_mib": "recorded VMs (E03)",
    "memory.buffer": "Hyper-V's default (M07)",
    "memory.priority": "Hyper-V's default (M09)",
    "memory.working_set": "over maximum memory; no source",
    "memory.working_set_mib": "",
    "memory.demand_mib": "",
    "memory.assigned_mib": "",
    "memory.cache": "",
    "memory.noise_cv": "",
    "memory.committed": "demand over working set; no source",
    "priority.reserve": "Hyper-V's default (S04)",
    "priority.limit": "Hyper-V's default (S05)",
    "priority.weight": "Hyper-V's default (S02)",
    "enlightened": "as supported guests are",
    "role": "guests of a role are told together",
}
_WITHOUT_RATES = ("io_share", "burst_s")
_WITH_RATES = ("io_s", "transfer_s")
_HOST_WHYS = {
    "host.threads_per_core": "SMT off; where it is on write 2, LPs count hardware threads",
    "host.memory_mib": "no source: enough for the maximum of every guest, so memory is never short",
}
_HEADER = """\
# @package _global_
# {name}: a host as hvmc fit read it. hvmc run {name}.yaml simulates it.
# Every value says what is known of it. measured: a source states it. derived: it follows from
# sources. assumed: nothing states it; of a range {{low, high}} every trial draws a value, so that
# the answer's spread contains what is not known. Correct what you know better.
"""


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario file.

    Parameters
    ----------
    text : str
        Its content.
    design : Design
        What it says.
    counts : dict of str to int
        Values by standing.
    """

    text: str
    design: Design
    counts: dict[str, int]


def scenario_file(found: Found, name: str, sources: Sequence[str]) -> ScenarioFile:
    """Return the scenario file of what sources told.

    Raises
    ------
    SourceError
        If the values break a rule together, such as reserves above the host's LPs.
    """
    guests = {
        guest: completed(_as_group(facts, guest, found)) for guest, facts in found.guests.items()
    }
    copies = {
        guest: [f"{guest}-{number + 1}" for number in range(found.counts.get(guest, 1))]
        if found.counts.get(guest, 1) > 1
        else [guest]
        for guest in guests
    }
    host = _host(found.host, guests, copies)
    fitted = {
        copy: _nested(_plain_facts(facts))
        for guest, facts in guests.items()
        for copy in copies[guest]
    }
    settings = {**_nested(_plain_facts(host)), "fitted": fitted}
    known = [path for path, fact in host.items() if path in assumed_constants() and _is_known(fact)]
    settings["assumptions"] = {"mode": "drawn", "known": known}
    problems: list[Problem] = []
    design = read(Design, settings, "", problems)
    if design is None:
        raise SourceError([_told(problem, host, found.guests) for problem in problems])
    lines = [_HEADER.format(name=name).rstrip("\n"), *(f"# source: {one}" for one in sources)]
    lines += _experiment(name, known)
    lines += _mapping_lines(_tree(host), 0)
    lines.append("fitted:")
    for guest, facts in guests.items():
        first, *others = copies[guest]
        anchor = f" &{first}" if others else ""
        lines.append(f"  {first}:{anchor}")
        lines += _mapping_lines(_tree(facts), 2)
        lines += [f"  {other}: *{first} # as {first}" for other in others]
    everything = [*host.values(), *(fact for facts in guests.values() for fact in facts.values())]
    counts = {
        standing: sum(fact.standing == standing for fact in everything)
        for standing in ("measured", "derived", "assumed")
    }
    return ScenarioFile("\n".join(lines) + "\n", design, counts)


def _as_group(facts: Facts, guest: str, found: Found) -> Facts:
    """Return facts in which several equal guests have a role of their own."""
    if found.counts.get(guest, 1) == 1 or "role" in facts:
        return facts
    return {**facts, "role": derived(guest, f"{found.counts[guest]} of a kind")}


def completed(facts: Facts) -> Facts:
    """Return a guest's facts with what no source tells, in the order of the file."""
    usual = FittedGuest(name="usual")
    whole: Facts = {}
    for path, why in _GUEST.items():
        if path in facts:
            whole[path] = facts[path]
        elif why and _counts(path, facts):
            whole[path] = assumed(value_at(usual, path), why)
    return whole


def _counts(path: str, facts: Facts) -> bool:
    """Say whether a default has an effect beside the facts."""
    known = {other for other in ("iops", "transfers_per_s") if other in facts}
    if path in _WITHOUT_RATES:
        return not known
    if path in _WITH_RATES:
        return bool(known)
    if path == "network_share":
        return len(known) < 2
    if path == "transfer_kib":
        return "transfers_per_s" in facts or not known
    if path == "memory.working_set":
        return not {"memory.working_set_mib", "memory.demand_mib"} & set(facts)
    return True


def _host(facts: Facts, guests: Mapping[str, Facts], copies: Mapping[str, list[str]]) -> Facts:
    whole = {"host.logical_processors": facts["host.logical_processors"]}
    threads = assumed(1, _HOST_WHYS["host.threads_per_core"])
    whole["host.threads_per_core"] = facts.get("host.threads_per_core", threads)
    enough = assumed(_enough_mib(guests, copies), _HOST_WHYS["host.memory_mib"])
    whole["host.memory_mib"] = facts.get("host.memory_mib", enough)
    return {**whole, **{path: fact for path, fact in facts.items() if path not in whole}}


def _enough_mib(guests: Mapping[str, Facts], copies: Mapping[str, list[str]]) -> float:
    memories = []
    for guest, facts in guests.items():
        value = facts["memory.maximum_mib"].value
        most = value.high if isinstance(value, DrawnRange) else value
        memory = Memory(startup_mib=most, minimum_mib=most, maximum_mib=most)
        memories += [memory] * len(copies[guest])
    needed = Balancer().host_memory_mib(sum(memory.maximum_mib for memory in memories), memories)
    return float(-(-needed // 1024.0) * 1024.0)


def _is_known(fact: Fact) -> bool:
    return fact.standing != "assumed"


def _told(problem: Problem, host: Facts, guests: Mapping[str, Facts]) -> str:
    """Return a problem with where its value stands."""
    _, _, rest = problem.path.partition("fitted.")
    name, _, path = rest.partition(".")
    fact = guests.get(name, {}).get(path) or host.get(problem.path)
    where = f" ({fact.how})" if fact and fact.standing != "assumed" else ""
    return f"{problem}{where}"


def _plain_facts(facts: Facts) -> dict[str, Any]:
    return {path: plain(fact.value) for path, fact in facts.items()}


def _tree(facts: Facts) -> dict[str, Any]:
    return _nested(facts)


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *above, last = path.split(".")
        place = tree
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return tree


def _experiment(name: str, known: Sequence[str]) -> Iterator[str]:
    yield "defaults:"
    yield "  - override /regime: none # no guests but those below"
    yield "  - _self_"
    yield f"name: {name}"
    yield f"question: How much do the guests of {name} suffer, and why?"
    yield "report: points"
    yield f"trials: {TRIALS} # moments of this host, each with other draws of what is not known"
    yield "assumptions:"
    yield "  mode: drawn # constants of the machine within their ranges (hvmc constants)"
    if known:
        yield f"  known: [{', '.join(known)}] # but for these, which sources tell"


def _mapping_lines(tree: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, value in tree.items():
        if isinstance(value, Fact):
            yield f"{indent}{key}: {_scalar(value.value)} # {_one_line(value.words)}"
        else:
            yield f"{indent}{key}:"
            yield from _mapping_lines(value, depth + 1)


def _scalar(value: Any) -> str:
    if isinstance(value, DrawnRange):
        law = ", law: log" if value.law == "log" else ""
        return f"{{low: {_scalar(value.low)}, high: {_scalar(value.high)}{law}}}"
    if isinstance(value, float):
        return f"{value:.6g}" if "e" not in f"{value:.6g}" else f"{value:.6f}".rstrip("0")
    return str(yaml.safe_dump(value, default_flow_style=True)).removesuffix("\n...\n").strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())
