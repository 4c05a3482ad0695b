"""The implementations that are compared and timed, and the places where hvmc's own go.

A row names a module and its `run` (see `case.Run`). A module that cannot run here raises
`case.AbsentError`, or misses an import; its row is then reported as absent, with the reason.
"""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass

from case import AbsentError, Case, Run, Tables


@dataclass(frozen=True, kw_only=True)
class Implementation:
    """One row of the tables.

    `takes_tables`: runs with the draws it is given, and is compared on any. Otherwise it draws for
    itself, and `makes_tables` says whether its module's ``tables(case) -> Tables`` hands those
    draws to everybody else; if not, the row is for timing only. Both draw with ``case.seed``.
    """

    name: str
    module: str
    function: str = "run"
    takes_tables: bool = True
    makes_tables: bool = False

    def load(self) -> Run:
        try:
            run: Run = getattr(importlib.import_module(self.module), self.function)
        except ModuleNotFoundError as missing:
            raise AbsentError(f"the package {missing.name} is not installed") from missing
        return run

    def tables(self, case: Case) -> Tables:
        tables: Tables = importlib.import_module(self.module).tables(case)
        return tables


REFERENCE = Implementation(name="heapq, plain Python", module="peer_heapq")
MESA = Implementation(name="Mesa, an event a timer", module="peer_mesa")
SIMPY_PLAIN = Implementation(name="SimPy, textbook signals", module="peer_simpy_plain")
SIMPY = Implementation(name="SimPy, an event a timer", module="peer_simpy")
C_TABLES = Implementation(name="C, given draws", module="peer_c")
C_DRAWS = Implementation(
    name="C, draws in the loop", module="peer_c", function="run_drawing", takes_tables=False
)
PEERS = (MESA, SIMPY_PLAIN, SIMPY, REFERENCE, C_TABLES, C_DRAWS)

KERNEL = Implementation(
    name="hvmc kernel alone",
    module="hvmc_model",
    function="run_kernel",
    takes_tables=False,
    makes_tables=True,
)
TRIAL = Implementation(
    name="hvmc whole trial",
    module="hvmc_model",
    function="run_trial",
    takes_tables=False,
    makes_tables=True,
)
HVMC = (KERNEL, TRIAL)

BASELINES = (MESA, SIMPY_PLAIN, SIMPY, C_TABLES, C_DRAWS)  # what the tables of ratios divide by


def everything() -> tuple[Implementation, ...]:
    """List all rows, hvmc's last."""
    return PEERS + HVMC


def warmed_up(
    rows: Iterable[Implementation], case: Case, tables: Tables
) -> tuple[dict[Implementation, Run], dict[Implementation, str]]:
    """Load each row and run it once, so that what compiles has compiled.

    Returns
    -------
    present : dict
        The rows that run here.
    absent : dict
        The others, each with the reason.
    """
    present: dict[Implementation, Run] = {}
    absent: dict[Implementation, str] = {}
    for row in rows:
        try:
            run = row.load()
            run(case, *tables)
        except AbsentError as reason:
            absent[row] = str(reason)
        else:
            present[row] = run
    return present, absent
