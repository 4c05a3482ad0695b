"""What a mechanism declares of the state record: its fields, and the parts of time it books.

Each module that keeps something in the record has ``FIELDS = Fields(...)``: for each table of the
record the names it adds to a row, as settings, working values or counts. `layout` gathers them into
one record, `start` gives working values and counts what they begin with, a bare machine has the
native values, and `load` asks each mechanism for its settings of a scenario.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hvmc.scenario.distributions import Distribution
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

__all__ = [
    "FLOAT",
    "INT",
    "LINE",
    "WORD",
    "Field",
    "Fields",
    "Numbered",
    "Values",
    "begins",
    "count",
    "setting",
]

INT, FLOAT, WORD = np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.uint64)
LINE = np.dtype([("head", INT), ("tail", INT), ("length", INT)])
"""A first-come-first-served line: see `lines`."""


@dataclass(frozen=True)
class Field:
    """One field of a table's rows.

    Parameters
    ----------
    dtype : dtype
        Whole words of 64 bits in all.
    shape : tuple of int
        Of an array in each row.
    at_start : float, optional
        What it holds when a machine starts; None for a setting, which keeps what was loaded.
    native : float, optional
        What a setting is on a bare machine, where it differs.
    """

    dtype: np.dtype[Any] = INT
    shape: tuple[int, ...] = ()
    at_start: float | None = None
    native: float | None = None


def setting(dtype: np.dtype[Any] = INT, *, native: float | None = None) -> Field:
    """Declare what loading a scenario writes, or the coarse clock; on a bare machine ``native``."""
    return Field(dtype, native=native)


def begins(at_start: float = 0, dtype: np.dtype[Any] = INT, shape: tuple[int, ...] = ()) -> Field:
    """Declare a working value, which begins with ``at_start`` whenever a machine starts."""
    return Field(dtype, shape, at_start)


def count(shape: tuple[int, ...] = (), dtype: np.dtype[Any] = INT) -> Field:
    """Declare a count or an account of time: it begins with 0 and only grows."""
    return Field(dtype, shape, 0)


type Rows = Mapping[str, Field]
type Values = Mapping[str, float]
type Numbered = Callable[[Distribution | None], int]
"""Puts a distribution into the record and returns its number, -1 for none."""


def _nothing(*_: object) -> Values:
    return {}


@dataclass(frozen=True)
class Fields:
    """The fields that a module adds to each table, and its parts of response time.

    Parameters
    ----------
    machine, lp, vp, partition, load, way, thread, station, share, law : mapping of str to Field
        Fields of the record itself, and of the rows of its tables: logical processors, virtual
        processors, partitions, workloads, their ways to devices, threads, devices, shares being
        computed, distributions.
    parts : tuple of str
        Parts of response time (`codes.PARTS`) that the module alone explains.
    of_machine : function
        ``(scenario, numbered) -> values``: settings of the record itself.
    of_guest : function
        ``(scenario, guest, numbered) -> values``: settings of a guest's workload.
    cuts : tuple of str
        Overheads which slow bursts down, interrupt them or cut them into pieces.
    """

    machine: Rows = field(default_factory=dict)
    lp: Rows = field(default_factory=dict)
    vp: Rows = field(default_factory=dict)
    partition: Rows = field(default_factory=dict)
    load: Rows = field(default_factory=dict)
    way: Rows = field(default_factory=dict)
    thread: Rows = field(default_factory=dict)
    station: Rows = field(default_factory=dict)
    share: Rows = field(default_factory=dict)
    law: Rows = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    of_machine: Callable[[Scenario, Numbered], Values] = _nothing
    of_guest: Callable[[Scenario, Guest, Numbered], Values] = _nothing
    cuts: tuple[str, ...] = ()
