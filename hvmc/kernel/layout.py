"""The state record: everything the fine clock knows, one C struct with nested arrays.

An entity's fields are side by side, because an event touches many fields of few entities. Which
fields there are the mechanisms say (`fields`); a row holds its settings first, then what a machine
starts with. One record type serves all scenarios of a size class, so the kernel is compiled once
for most users; a larger scenario takes the next class. Times are int64 nanoseconds. An array is
used from its start up to the count named beside it; the rest is never touched.

Every field takes whole words of 64 bits, so that rows can be written word by word.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel import (
    accounts,
    batches,
    choosing,
    dispatch,
    interrupts,
    io,
    ipis,
    laws,
    limits,
    locks,
    requests,
    root,
    shares,
    speed,
    stamps,
    taxes,
    threads,
    timers,
)
from hvmc.kernel.codes import BUFFER, PARTS
from hvmc.kernel.fields import FLOAT, INT, WORD, Field, Fields, begins, setting

__all__ = [
    "DECLARED",
    "NATIVE_VALUES",
    "TABLES",
    "Capacity",
    "Geometry",
    "geometry",
    "new_state",
    "state_dtype",
]

_COUNTS = ("n_lp", "n_vp", "n_partition", "n_load", "n_thread")
# loads first_load..last_load-1, and their threads from first_thread on, run in this machine
_RANGES = ("first_load", "last_load", "first_thread")

FIELDS = Fields(
    machine={
        "now": begins(),
        "events": begins(),
        "key0": setting(WORD),
        "key1": setting(WORD),
        **{name: setting() for name in (*_COUNTS, *_RANGES)},
    }
)

DECLARED: tuple[Fields, ...] = (
    FIELDS,
    *(
        module.FIELDS
        for module in (
            dispatch,
            choosing,
            accounts,
            taxes,
            threads,
            requests,
            batches,
            shares,
            limits,
            speed,
            root,
            io,
            interrupts,
            locks,
            ipis,
            stamps,
            timers,
            laws,
        )
    ),
)

TABLES = ("machine", "lp", "vp", "partition", "load", "way", "thread", "station")
"""Tables whose rows have working values; number i stands for the i-th."""


def gathered(table: str, declared: Sequence[Fields]) -> dict[str, Field]:
    """Return a table's fields by name, arrays last.

    Raises
    ------
    ValueError
        If two mechanisms declare the same field.
    """
    found = [item for one in declared for item in getattr(one, table).items()]
    twice = [name for name, times in Counter(name for name, _ in found).items() if times > 1]
    if twice:
        raise ValueError(f"{table} fields must be declared by one mechanism each, got {twice}")
    return dict(sorted(found, key=lambda item: item[1].shape))


def check_parts(declared: Sequence[Fields]) -> None:
    """Check that each part of time belongs to one mechanism.

    Raises
    ------
    ValueError
        If one belongs to none or to two, or there is no such part.
    """
    stated = sorted(part for one in declared for part in one.parts)
    if stated != sorted(PARTS):
        raise ValueError(f"parts of time must be stated once each, {sorted(PARTS)}, got {stated}")


check_parts(DECLARED)
_ROWS = {table: gathered(table, DECLARED) for table in (*TABLES, "share", "law")}


@dataclass(frozen=True)
class Capacity:
    """Sizes of the nested arrays.

    Parameters
    ----------
    lps, vps, partitions, loads, threads, laws, pool, devices : int
        Logical processors, virtual processors (root's included), partitions, workloads (root's
        included), threads, distributions, numbers in the pool of tables and trace levels, I/O
        devices.
    """

    lps: int = 64
    vps: int = 512
    partitions: int = 128
    loads: int = 128
    threads: int = 2048
    laws: int = 512
    pool: int = 2048
    devices: int = 128

    @classmethod
    def at_least(cls, **needed: int) -> Self:
        """Return the smallest size class (factor 4 apart) that holds what is needed."""
        factor = 1
        while any(getattr(cls(), name) * factor < count for name, count in needed.items()):
            factor *= 4
        return cls(**{item.name: getattr(cls(), item.name) * factor for item in fields(cls)})


def _power_of_two(count: int) -> int:
    return 1 << max(count - 1, 1).bit_length()


def _struct(rows: Mapping[str, Field]) -> np.dtype[np.void]:
    return np.dtype([(name, item.dtype, item.shape) for name, item in rows.items()])


@cache
def state_dtype(capacity: Capacity) -> np.dtype[np.void]:
    """Return the record's dtype for a size class.

    One dtype object a class: numba looks the type of an argument up by it, and would otherwise
    compare all fields in every call.
    """
    soon = _power_of_two(1 + capacity.lps)
    later = _power_of_two(capacity.vps + capacity.loads + capacity.threads)
    ready = _power_of_two(capacity.vps)
    rows = {
        "lp": capacity.lps,
        "vp": capacity.vps,
        "partition": capacity.partitions,
        "load": capacity.loads,
        "way": 2 * capacity.loads,
        "thread": capacity.threads,
        "station": capacity.devices,
        "law": capacity.laws,
        "share": capacity.vps,
    }
    layout: list[Any] = [
        *((name, item.dtype, item.shape) for name, item in _ROWS["machine"].items()),
        *((table, _struct(_ROWS[table]), (size,)) for table, size in rows.items()),
        ("pool", FLOAT, (capacity.pool,)),
        ("soon_tree", INT, (4 * soon,)),
        ("later_tree", INT, (4 * later,)),
        ("ready_key", INT, (ready,)),
        ("ready_tree", np.dtype(np.int32), (2 * ready,)),
        ("buffer_load", INT, (BUFFER,)),
        ("buffer_ns", INT, (BUFFER,)),
    ]
    return np.dtype((np.record, np.dtype(layout)))


def new_state(capacity: Capacity) -> np.ndarray:
    """Return a zeroed record in a length-1 array, as the kernel takes it."""
    return np.zeros(1, dtype=state_dtype(capacity))


@dataclass(frozen=True)
class Geometry:
    """Where the rows of each of `TABLES` lie in a record, in words of 64 bits.

    Parameters
    ----------
    places : ndarray of int64, shape (tables, 2)
        First row's start, words per row.
    begins : ndarray of bool, shape (tables, words)
        Which words of a row begin anew when a machine starts; the others are settings.
    blank : ndarray of int64, shape (tables, words)
        What they begin with.
    """

    places: NDArray[np.int64]
    begins: NDArray[np.bool_]
    blank: NDArray[np.int64]


def _rows_of(table: str) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    struct = _struct(_ROWS[table])
    begins, blank = np.zeros(1, struct), np.zeros(1, struct)
    for name, item in _ROWS[table].items():
        if item.at_start is not None:
            begins[name].view(np.uint8)[:] = 1
            if item.at_start:
                blank[name] = item.at_start
    return begins.view(np.int64) != 0, blank.view(np.int64)


@cache
def geometry(dtype: np.dtype[np.void]) -> Geometry:
    """Return where things lie in a record of that dtype."""
    assert dtype.fields is not None
    starts = [dtype.fields[table][1] // 8 if table != "machine" else 0 for table in TABLES]
    rows = [_rows_of(table) for table in TABLES]
    widths = [len(blank) for _, blank in rows]
    padded = [np.stack([np.resize(words, max(widths)) for words in row]) for row in rows]
    both = np.stack(padded)
    places = np.array(list(zip(starts, widths, strict=True)), np.int64)
    return Geometry(places, both[:, 0].astype(bool), both[:, 1].astype(np.int64))


def _word(value: float, dtype: np.dtype[Any]) -> int:
    return int(np.array([value], dtype).view(np.int64)[0])


def _native_values() -> NDArray[np.int64]:
    found = []
    for number, table in enumerate(TABLES):
        struct = _struct(_ROWS[table])
        assert struct.fields is not None
        for name, item in _ROWS[table].items():
            if item.native is not None:
                place = struct.fields[name][1] // 8
                found.append((number, place, _word(item.native, item.dtype)))
    return np.array(found, np.int64)


NATIVE_VALUES = _native_values()
"""int64, shape (settings, 3): table, word of its rows, and the native value's word."""
