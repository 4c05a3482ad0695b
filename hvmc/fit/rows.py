"""From a row of an inventory to facts."""

from typing import TYPE_CHECKING

from hvmc.fit.facts import Facts, assumed, derived, measured
from hvmc.fit.problems import Trouble

if TYPE_CHECKING:
    from hvmc.fit.inventory import Record

__all__ = ["host_facts", "vm_facts"]

_PLAIN = {
    "vps": "virtual_processors",
    "role": "role",
    "cpu": "use",
    "iops": "iops",
    "kib per io": "io_kib",
    "latency": "io_s",
    "enlightened": "enlightened",
    "weight": "priority.weight",
    "reserve": "priority.reserve",
    "limit": "priority.limit",
    "buffer": "memory.buffer",
    "memory priority": "memory.priority",
    "working set": "memory.working_set_mib",
    "demand": "memory.demand_mib",
}
_LEAST_MIB = 32.0
_STARTUP_MIB = 2048.0
_PACKET_BYTES, _TRANSFER_KIB = 1500.0, 8.0


def host_facts(record: "Record", problems: list[Trouble]) -> Facts:
    """Return what the row of the host says."""
    facts: Facts = {}
    entries = record.entries
    parts = [entries[name] for name in ("sockets", "cores", "threads") if name in entries]
    threads = entries["threads"].value if "threads" in entries else None
    stated = entries.get("lps") or entries.get("vps")
    if stated is not None:
        facts["host.logical_processors"] = measured(stated.value, stated.where(record.file))
    elif "cores" in entries:
        total = 1
        for entry in parts:
            total *= entry.value
        words = " x ".join(f"{entry.value} {entry.head.column.name}" for entry in parts)
        how = f"{record.file.name} line {parts[0].line}, {words}"
        facts["host.logical_processors"] = derived(total, how)
    else:
        problems.append(
            record.trouble("must say how many LPs the host has: lps, or sockets, cores and threads")
        )
    if threads is not None:
        facts["host.threads_per_core"] = measured(threads, entries["threads"].where(record.file))
    if "memory" in entries:
        memory = entries["memory"]
        facts["host.memory_mib"] = measured(memory.value, memory.where(record.file))
    if "root cpu" in entries:
        root = entries["root cpu"]
        facts["root.background_load"] = measured(root.value, root.where(record.file))
    return facts


def vm_facts(record: "Record", problems: list[Trouble]) -> Facts:
    """Return what the row of a VM says."""
    entries = record.entries
    facts = {
        path: measured(entries[name].value, entries[name].where(record.file))
        for name, path in _PLAIN.items()
        if name in entries
    }
    if "vps" not in entries:
        problems.append(record.trouble("must say how many virtual processors it has: vps"))
    _load(record, facts, problems)
    _memory(record, facts, problems)
    if "packets" in entries:
        packets = entries["packets"]
        rate = packets.value * _PACKET_BYTES / (_TRANSFER_KIB * 1024.0)
        how = f"{packets.where(record.file)}, {_PACKET_BYTES:g} B each, {_TRANSFER_KIB:g} KiB a"
        facts["transfers_per_s"] = derived(rate, f"{how} transfer")
        facts["transfer_kib"] = assumed(_TRANSFER_KIB, "as the default")
    return facts


def _load(record: "Record", facts: Facts, problems: list[Trouble]) -> None:
    entries = record.entries
    if "cpu of host" in entries:
        entry = entries["cpu of host"]
        facts["use_of_host"] = measured(entry.value, f"{entry.where(record.file)} of the host")
    if "cpu p95" not in entries:
        return
    peak, mean = entries["cpu p95"], entries.get("cpu")
    if mean is None:
        problems.append(record.trouble("must stand beside a mean: add cpu", "cpu p95"))
    elif peak.value < mean.value:
        text = f"must be at least the mean ({mean.text}), got {peak.text}"
        problems.append(record.trouble(text, "cpu p95"))
    else:
        how = f"{peak.where(record.file)}, over the mean {mean.text}"
        facts["peak"] = derived(peak.value / mean.value, how)


def _memory(record: "Record", facts: Facts, problems: list[Trouble]) -> None:
    entries, file = record.entries, record.file
    dynamic = [name for name in ("startup", "minimum", "maximum") if name in entries]
    most = entries.get("maximum") or entries.get("memory")
    if most is None:
        if dynamic:
            problems.append(record.trouble("must have a maximum beside: add it", dynamic[0]))
        return
    if most.value < _LEAST_MIB:
        problems.append(
            record.trouble(f"must be at least {_LEAST_MIB:g} MiB, got {most.text}", "memory")
        )
        return
    facts["memory.maximum_mib"] = measured(most.value, most.where(file))
    if not dynamic:
        return
    least = entries.get("minimum")
    minimum = least.value if least else min(512.0, most.value)
    why = "Hyper-V's default, within the maximum"
    facts["memory.minimum_mib"] = (
        measured(minimum, least.where(file)) if least else assumed(minimum, why)
    )
    # what a VM of dynamic memory "has" is what it starts with
    start = entries.get("startup") or (entries.get("memory") if "maximum" in entries else None)
    startup = start.value if start else min(max(_STARTUP_MIB, minimum), most.value)
    facts["memory.startup_mib"] = (
        measured(startup, start.where(file)) if start else assumed(startup, "row M27")
    )
    if not minimum <= startup <= most.value:
        text = (
            f"must be between minimum ({minimum:g} MiB) and maximum ({most.value:g} MiB), got "
            f"{startup:g} MiB"
        )
        problems.append(record.trouble(text, start.head.column.name if start else "minimum"))
