"""Growing lists of workloads, partitions, laws and numbers, written into a state record."""

from typing import Any

import numpy as np

from hvmc.kernel import codes
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.layout import Capacity
from hvmc.scenario.distributions import Distribution, Empirical
from hvmc.scenario.io import Device
from hvmc.scenario.keys import name_hash
from hvmc.scenario.workload import Batch, Closed, Open, Trace, Workload

__all__ = ["ROOT", "Filler"]

ROOT = "root"

_LAW_KINDS = {
    "deterministic": codes.DETERMINISTIC,
    "exponential": codes.EXPONENTIAL,
    "uniform": codes.UNIFORM,
    "lognormal": codes.LOGNORMAL,
    "pareto": codes.PARETO,
    "gamma": codes.GAMMA,
    "empirical": codes.EMPIRICAL,
}
_WORKLOAD_KINDS = {
    "closed": codes.CLOSED,
    "open": codes.OPEN,
    "batch": codes.BATCH,
    "trace": codes.TRACE,
}


def _law_parameters(law: Distribution) -> tuple[float, float]:
    """Return the two numbers from which the kernel inverts a law."""
    values: Any = law
    if law.kind == "deterministic":
        return values.value, 0.0
    if law.kind == "exponential":
        return values.mean, 0.0
    if law.kind == "uniform":
        return values.low, values.high
    if law.kind == "lognormal":
        sigma2 = np.log1p(values.cv**2)
        return float(np.log(values.mean) - 0.5 * sigma2), float(np.sqrt(sigma2))
    if law.kind == "pareto":
        return values.mean * (values.shape - 1.0) / values.shape, values.shape
    if law.kind == "gamma":
        shape = 1.0 / values.cv**2
        return values.mean / shape, shape
    return 0.0, 0.0


class Filler:
    """Appends workloads, partitions, laws and numbers to growing lists, then writes the record."""

    def __init__(self) -> None:
        self.laws: list[tuple[int, float, float, int, int]] = []
        self.pool: list[float] = []
        self.loads: list[dict[str, Any]] = []
        self.ways: dict[int, dict[str, Any]] = {}
        self.thread_load: list[int] = []
        self.partitions: list[tuple[int, int]] = []
        self.vps: list[tuple[int, int, int, float, float]] = []
        self.devices: dict[tuple[str, str], int] = {}
        self.root_work = 1 << 40

    def law(self, law: Distribution | None) -> int:
        """Add a distribution; return its number, -1 for none."""
        if law is None:
            return -1
        first = len(self.pool)
        if isinstance(law, Empirical):
            self.pool.extend(law.values)
        points = len(self.pool) - first
        self.laws.append((_LAW_KINDS[law.kind], *_law_parameters(law), first, points))
        return len(self.laws) - 1

    def partition(
        self, vps: int, weight: int, reserve: float, limit: float, pinned: bool = False
    ) -> int:
        """Add a partition with its VPs; return its number."""
        partition = len(self.partitions)
        self.partitions.append((len(self.vps), vps))
        for i in range(vps):
            self.vps.append((partition, i if pinned else -1, weight, reserve, limit))
        return partition

    def load(
        self, name: str, partition: int, workload: Workload | None, pinned: bool = False
    ) -> None:
        """Add a workload; None stands for that of a guest that is not started: no threads."""
        if workload is None:
            nothing = {
                "partition": partition,
                "kind": codes.CLOSED,
                "first_thread": len(self.thread_load),
            }
            self.loads.append(nothing | {"stream": name_hash(name)})
            return
        row = {
            "partition": partition,
            "pinned": int(pinned),
            "kind": _WORKLOAD_KINDS[workload.kind],
            "first_thread": len(self.thread_load),
            "cpu_law": self.law(workload.cpu),
            "stream": name_hash(name),
        }
        row |= getattr(self, f"_{workload.kind}")(workload)
        self.thread_load.extend([len(self.loads)] * row["threads"])
        self.loads.append(row)

    def tasks(self, partition: int, lps: int) -> None:
        """Add the root's work for guests: one thread for each of its VPs."""
        self.root_work = len(self.thread_load)
        row = {"partition": partition, "pinned": 1, "kind": codes.TASKS, "threads": lps}
        row |= {"first_thread": self.root_work, "stream": name_hash(f"{ROOT}/tasks")}
        row |= {"cpu_law": -1}
        self.thread_load.extend([len(self.loads)] * lps)
        self.loads.append(row)

    def device(self, device: Device, guest: str, lps: int) -> int:
        """Return the number of a device of a host of so many LPs, or of the guest's own one."""
        key = (device.name, guest if device.isolated else "")
        return self.station(key, device.servers_on(lps))

    def station(self, key: tuple[str, str], servers: int) -> int:
        """Return the number of a queue with so many servers, 0 for any number."""
        self.devices.setdefault(key, servers)
        return list(self.devices).index(key)

    def _closed(self, workload: Closed) -> dict[str, int]:
        return {
            "threads": workload.threads,
            "ios": workload.ios + workload.transfers,
            "transfers": workload.transfers,
            "off_law": self.law(workload.think),
        }

    def _open(self, workload: Open) -> dict[str, int]:
        return {
            "threads": workload.threads,
            "ios": workload.ios + workload.transfers,
            "transfers": workload.transfers,
            "off_law": self.law(workload.interarrival),
        }

    def _batch(self, workload: Batch) -> dict[str, int]:
        return {
            "threads": workload.workers + 1,
            "off_law": self.law(workload.sleep),
            "serial_law": self.law(workload.dispatch),
            "tasks": workload.tasks,
            "iterations": workload.iterations,
            "bursts": workload.bursts,
            "repeats": int(workload.at_end == "repeat"),
        }

    def _trace(self, workload: Trace) -> dict[str, int]:
        row = {
            "threads": workload.threads,
            "off_law": self.law(workload.pause),
            "levels_first": len(self.pool),
            "levels": len(workload.demand_lps),
            "level_ns": nanoseconds(workload.interval_s),
            "level_offset": nanoseconds(workload.offset_s),
        }
        demand = np.array(workload.demand_lps)
        with np.errstate(divide="ignore", over="ignore"):
            pauses = workload.cpu.mean * (workload.threads / demand - 1.0)
        self.pool.extend(np.maximum(pauses, 0.0).tolist())
        return row

    def needed(self, lps: int) -> Capacity:
        """Return the size class that holds it all, on machines of up to so many LPs."""
        return Capacity.at_least(
            lps=lps,
            vps=max(len(self.vps), lps),
            partitions=len(self.partitions),
            loads=len(self.loads),
            threads=len(self.thread_load),
            laws=len(self.laws),
            pool=len(self.pool),
            devices=len(self.devices),
        )

    def write(self, state: np.ndarray) -> None:
        """Write all rows into an empty record."""
        for key in {key for row in self.loads for key in row}:
            state["load"][key][0][: len(self.loads)] = np.array(
                [row.get(key, 0) for row in self.loads], dtype=state["load"][key].dtype
            )
        for way, row in self.ways.items():
            for key, value in row.items():
                state["way"][key][0][way] = value
        for table, keys, rows in (
            ("law", ("kind", "p", "q", "first", "points"), self.laws),
            ("partition", ("first_vp", "vps"), self.partitions),
            ("vp", ("partition", "pinned_lp", "weight", "reserve", "limit"), self.vps),
        ):
            for key, column in zip(keys, zip(*rows, strict=True), strict=True):
                state[table][key][0][: len(rows)] = column
        state["thread"]["load"][0][: len(self.thread_load)] = self.thread_load
        state["pool"][0][: len(self.pool)] = self.pool
        state["station"]["servers"][0][: len(self.devices)] = list(self.devices.values())
        state["root_work"][0] = self.root_work
        state["n_vp"][0] = len(self.vps)
        state["n_partition"][0] = len(self.partitions)
        state["n_load"][0] = len(self.loads)
        state["n_thread"][0] = len(self.thread_load)
        state["last_load"][0] = len(self.loads)
