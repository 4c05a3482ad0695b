"""The three tables: their columns and types.

Every table begins with point, trial, replication and guest. A float that has no value is nan,
never null. The inputs end with the constants that can be drawn, as the trial had them, each under
its dotted path.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hvmc.kernel.codes import PARTS
from hvmc.regimes.assumptions import assumed_constants

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KEYS", "SCHEMA_VERSION", "TABLES", "arrow_schema", "build_table", "columns"]

# bumped whenever a table gains, loses or redefines a column
SCHEMA_VERSION = 7

KEYS = ("point", "trial", "replication")

_OUTCOMES = {
    "point": "int32",
    "regime": "string",
    "trial": "int32",
    "replication": "int32",
    "guest": "string",
    "role": "string",
    "virtual_processors": "int32",
    "logical_processors": "int32",
    "lp_commitment": "float64",
    "memory_commitment": "float64",
    "own_commitment": "float64",
    "own_memory_commitment": "float64",
    "started": "bool",
    "think_ratio": "float64",
    "stretch": "float64",
    "sizing": "float64",
    "hosting": "float64",
    "cause_sizing": "float64",
    "cause_sharing": "float64",
    "cause_intercepts": "float64",
    "cause_interrupts_and_io": "float64",
    "cause_memory": "float64",
    "cause_interference_and_locks": "float64",
    "cycle_stretch": "float64",
    "stretch_full_host": "float64",
    "stretch_together": "float64",
    "response_p50_ratio": "float64",
    "response_p95_ratio": "float64",
    "response_p99_ratio": "float64",
    "response_mean_s": "float64",
    "native_response_mean_s": "float64",
    "throughput_per_s": "float64",
    "native_throughput_per_s": "float64",
    "measured": "int64",
    "censored": "int64",
    "suffers": "bool",
    "lp_used": "float64",
    "wait_per_dispatch_s": "float64",
    "assigned_mib": "float64",
    "pressure": "float64",
    "disk_utilisation": "float64",
    "adapter_utilisation": "float64",
    "paging_utilisation": "float64",
    "share_idle": "float64",
    "share_ready": "float64",
    "share_running": "float64",
    "share_capped": "float64",
    "share_blocked": "float64",
    "provisioned_lp_s": "float64",
    "provisioned_gib_s": "float64",
    "native_cpu_s": "float64",
    **{f"time_{part}_s": "float64" for part in PARTS},
    "native_time_service_s": "float64",
    "native_time_guest_queue_s": "float64",
    "native_time_switch_s": "float64",
    "native_time_slowdown_s": "float64",
    "native_time_device_s": "float64",
    "native_time_fault_s": "float64",
    "deferred_per_s": "float64",
    "deferral_mean_s": "float64",
    "deferral_p50_s": "float64",
    "deferral_p95_s": "float64",
    "deferral_p99_s": "float64",
    "deferred_idle_per_s": "float64",
    "deferral_idle_mean_s": "float64",
    "deferral_idle_p95_s": "float64",
    "deferred_ready_per_s": "float64",
    "deferral_ready_mean_s": "float64",
    "deferral_ready_p95_s": "float64",
    "deferred_capped_per_s": "float64",
    "deferral_capped_mean_s": "float64",
    "deferral_capped_p95_s": "float64",
    "deferred_blocked_per_s": "float64",
    "deferral_blocked_mean_s": "float64",
    "deferral_blocked_p95_s": "float64",
}


def _type(value: bool | float | str) -> str:
    return {bool: "bool", str: "string"}.get(type(value), "float64")


_INPUTS = {
    "point": "int32",
    "regime": "string",
    "trial": "int32",
    "replication": "int32",
    "guest": "string",
    "role": "string",
    "workload": "string",
    "virtual_processors": "int32",
    "lp_demand": "float64",
    "own_commitment": "float64",
    "think_ratio": "float64",
    "threads": "int64",
    "cpu_mean_s": "float64",
    "cpu_cv": "float64",
    "think_mean_s": "float64",
    "io_mean_s": "float64",
    "ios": "int64",
    "transfer_mean_s": "float64",
    "transfers": "int64",
    "interarrival_mean_s": "float64",
    "reserve": "float64",
    "limit": "float64",
    "weight": "int32",
    "memory_startup_mib": "float64",
    "memory_minimum_mib": "float64",
    "memory_maximum_mib": "float64",
    "memory_buffer": "float64",
    "memory_priority": "int32",
    "memory_working_set_mib": "float64",
    "memory_demand_mib": "float64",
    "host_logical_processors": "int32",
    "host_lp_capacity": "float64",
    "host_memory_mib": "float64",
    "host_lp_commitment": "float64",
    "host_memory_commitment": "float64",
    "host_guests": "int32",
    **{path: _type(constant.value) for path, constant in assumed_constants().items()},
}

_COUNTERS = {
    "point": "int32",
    "trial": "int32",
    "replication": "int32",
    "guest": "string",
    "counter": "string",
    "value": "float64",
}

TABLES: dict[str, dict[str, str]] = {
    "outcomes": _OUTCOMES,
    "inputs": _INPUTS,
    "counters": _COUNTERS,
}


def columns(table: str) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    return tuple(TABLES[table])


def arrow_schema(table: str, names: Sequence[str] | None = None) -> "pa.Schema":
    """Return a table's Arrow schema, of some of its columns or of all."""
    import pyarrow as pa

    types = TABLES[table]
    return pa.schema(
        [
            (name, pa.bool_() if types[name] == "bool" else getattr(pa, types[name])())
            for name in (names or types)
        ]
    )


def build_table(table: str, rows: Sequence[Mapping[str, Any]]) -> "pa.Table":
    """Return rows as an Arrow table.

    Parameters
    ----------
    table : str
        outcomes, inputs or counters.
    rows : sequence of mapping
        Column name to value.

    Raises
    ------
    TypeError
        If rows have other columns than the schema: a defect of hvmc.
    """
    import pyarrow as pa

    known = set(TABLES[table])
    if rows and set(rows[0]) != known:
        raise TypeError(
            f"rows of {table} must have the columns of its schema, but differ in "
            f"{sorted(set(rows[0]) ^ known)}: change both and bump SCHEMA_VERSION"
        )
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table))
