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
    cells = record.cells
    parts = [cells[name] for name in ("sockets", "cores", "threads") if name in cells]
    threads = cells["threads"].value if "threads" in cells else None
    stated = cells.get("lps") or cells.get("vps")
    if stated is not None:
        facts["host.logical_processors"] = measured(stated.value, stated.where(record.file))
    elif "cores" in cells:
        total = 1
        for cell in parts:
            total *= cell.value
        words = " x ".join(f"{cell.value} {cell.head.column.name}" for cell in parts)
        how = f"{record.file.name} line {parts[0].line}, {words}"
        facts["host.logical_processors"] = derived(total, how)
    else:
        problems.append(
            record.trouble("must say how many LPs the host has: lps, or sockets, cores and threads")
        )
    if threads is not None:
        facts["host.threads_per_core"] = measured(threads, cells["threads"].where(record.file))
    if "memory" in cells:
        memory = cells["memory"]
        facts["host.memory_mib"] = measured(memory.value, memory.where(record.file))
    if "root cpu" in cells:
        root = cells["root cpu"]
        facts["root.background_load"] = measured(root.value, root.where(record.file))
    return facts


def vm_facts(record: "Record", problems: list[Trouble]) -> Facts:
    """Return what the row of a VM says."""
    cells = record.cells
    facts = {
        path: measured(cells[name].value, cells[name].where(record.file))
        for name, path in _PLAIN.items()
        if name in cells
    }
    if "vps" not in cells:
        problems.append(record.trouble("must say how many virtual processors it has: vps"))
    _load(record, facts, problems)
    _memory(record, facts, problems)
    if "packets" in cells:
        packets = cells["packets"]
        rate = packets.value * _PACKET_BYTES / (_TRANSFER_KIB * 1024.0)
        how = f"{packets.where(record.file)}, {_PACKET_BYTES:g} B each, {_TRANSFER_KIB:g} KiB a"
        facts["transfers_per_s"] = derived(rate, f"{how} transfer")
        facts["transfer_kib"] = assumed(_TRANSFER_KIB, "as the default")
    return facts


def _load(record: "Record", facts: Facts, problems: list[Trouble]) -> None:
    cells = record.cells
    if "cpu of host" in cells:
        cell = cells["cpu of host"]
        facts["use_of_host"] = measured(cell.value, f"{cell.where(record.file)} of the host")
    if "cpu p95" not in cells:
        return
    peak, mean = cells["cpu p95"], cells.get("cpu")
    if mean is None:
        problems.append(record.trouble("must stand beside a mean: add cpu", "cpu p95"))
    elif peak.value < mean.value:
        text = f"must be at least the mean ({mean.text}), got {peak.text}"
        problems.append(record.trouble(text, "cpu p95"))
    else:
        how = f"{peak.where(record.file)}, over the mean {mean.text}"
        facts["peak"] = derived(peak.value / mean.value, how)


def _memory(record: "Record", facts: Facts, problems: list[Trouble]) -> None:
    cells, file = record.cells, record.file
    dynamic = [name for name in ("startup", "minimum", "maximum") if name in cells]
    most = cells.get("maximum") or cells.get("memory")
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
    least = cells.get("minimum")
    minimum = least.value if least else min(512.0, most.value)
    why = "Hyper-V's default, within the maximum"
    facts["memory.minimum_mib"] = (
        measured(minimum, least.where(file)) if least else assumed(minimum, why)
    )
    # what a VM of dynamic memory "has" is what it starts with
    start = cells.get("startup") or (cells.get("memory") if "maximum" in cells else None)
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
