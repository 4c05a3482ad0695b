"""The C event loop behind the interface of the others: compiled on first use, in each process.

The library is made in a temporary folder and forgotten there once loaded, so it is never stale.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from case import AbsentError, Case, Outcome, given_tables
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("peer_c.c")
FLAGS = ("-std=c11", "-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-shared")
FAILURES = {1: "out of memory", 2: "the case is too large for peer_c.c (see TOO_LARGE there)"}
LONGEST_THINK_NS = 2**47  # 39 hours; a timer holds its time in 48 bits

Int64s = ctypes.POINTER(ctypes.c_int64)


class _Setting(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int64)
            for name in (
                "horizon_ns",
                "slice_ns",
                "switch_ns",
                "lps",
                "guests",
                "vps_per_guest",
                "threads_per_guest",
                "requests",
            )
        ),
        ("mean_think_ns", ctypes.c_double),
        ("mean_cpu_ns", ctypes.c_double),
        ("rng", ctypes.c_uint64 * 4),
    ]


class _Totals(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("events", "dispatches", "switches", "busy_ns")]


def compiler() -> str:
    """Find a C compiler: ``$CC``, gcc, cc or clang."""
    for name in (os.environ.get("CC"), "gcc", "cc", "clang"):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise AbsentError("no C compiler found: install gcc, or name one in $CC")


@cache
def library() -> ctypes.CDLL:
    """Compile peer_c.c and load it."""
    with tempfile.TemporaryDirectory(prefix="peer_c_") as folder:
        target = Path(folder) / "peer_c.so"
        command = [compiler(), *FLAGS, "-o", str(target), str(SOURCE), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
        loaded = ctypes.CDLL(str(target))
    loaded.simulate.argtypes = [
        ctypes.POINTER(_Setting),
        *(Int64s, Int64s, Int64s),
        ctypes.POINTER(_Totals),
        Int64s,
    ]
    return loaded


def run(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Outcome:
    """Simulate `case` with these draws."""
    tables = given_tables(case, think_ns, cpu_ns)
    if tables.think_ns.max() >= LONGEST_THINK_NS:
        raise ValueError(
            f"think_ns must be below {LONGEST_THINK_NS} ns, or a timer of peer_c.c overflows, "
            f"got {tables.think_ns.max()}"
        )
    pointers = (table.ctypes.data_as(Int64s) for table in tables)
    return _simulate(case, tables.cpu_ns.shape[1], *pointers)


def run_drawing(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Outcome:
    """Simulate `case` with draws made inside the loop: other luck, for timing only."""
    del think_ns, cpu_ns
    return _simulate(case, 0, None, None)


def _simulate(case: Case, requests: int, think_ns: Any, cpu_ns: Any) -> Outcome:
    setting = _Setting(
        case.horizon_ns,
        case.slice_ns,
        case.switch_ns,
        case.logical_processors,
        case.guests,
        case.virtual_processors,
        case.threads_per_guest,
        requests,
        case.mean_think_ns,
        case.mean_cpu_ns,
        tuple(np.random.SeedSequence(case.seed).generate_state(4, np.uint64).tolist()),
    )
    weights = (ctypes.c_int64 * case.guests)(*map(case.weight, range(case.guests)))
    totals = _Totals()
    per_guest = np.zeros((3, case.guests), dtype=np.int64)
    simulate = library().simulate
    began_s = process_time()
    failed = simulate(setting, weights, think_ns, cpu_ns, totals, per_guest.ctypes.data_as(Int64s))
    loop_cpu_s = process_time() - began_s
    if failed:
        raise RuntimeError(f"case {case.name}: {FAILURES[failed]}")
    completed, response_ns, waiting_ns = per_guest.tolist()
    return Outcome(
        events=totals.events,
        completed=tuple(completed),
        response_ns=tuple(response_ns),
        waiting_ns=tuple(waiting_ns),
        dispatches=totals.dispatches,
        switches=totals.switches,
        busy_ns=totals.busy_ns,
        loop_cpu_s=loop_cpu_s,
    )
