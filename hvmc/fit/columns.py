"""Columns of an inventory: their names as people write them, and what may stand in them.

Heads are compared in small letters without punctuation; a unit in brackets or behind the name is
the unit of plain numbers below it: ``Memory (GB)``, ``RAM_MB``, ``CPU %``. Heads of what
``Get-VM | Export-Csv`` writes are known with their units, bytes and shares of the host among them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from hvmc.fit.amounts import (
    BYTE_UNITS,
    read_count,
    read_memory_mib,
    read_seconds,
    read_share,
    read_truth,
)

__all__ = ["ColumnRule", "Head", "nearest_head", "read_head"]

type Reader = Callable[..., Any]


@dataclass(frozen=True)
class ColumnRule:
    """What a column holds.

    Parameters
    ----------
    name : str
        As the documentation has it.
    read : callable
        From text to value; raises ValueError with rule and remedy.
    low, high : float
        What the value must be between.
    whole : bool
        Whether it must be a whole number.
    aliases : tuple of str
        Other names.
    """

    name: str
    read: Reader
    low: float = 0.0
    high: float = float("inf")
    whole: bool = False
    aliases: tuple[str, ...] = ()

    def value(self, text: str, unit: str, decimal_comma: bool) -> Any:
        """Return the value of a cell.

        Raises
        ------
        ValueError
            With rule, value and remedy.
        """
        if self.read in (read_truth, str):
            return self.read(text)
        found = self.read(text, unit, decimal_comma=decimal_comma)
        if not self.low <= found <= self.high:
            raise ValueError(f"must be {self.span}, got {text!r}")
        if self.whole and not float(found).is_integer():
            raise ValueError(f"must be a whole number, got {text!r}")
        return int(found) if self.whole else found

    @property
    def span(self) -> str:
        """Its range in words."""
        unit, scale = (" %", 100.0) if self.read is read_share else ("", 1.0)
        low = f"{self.low * scale:g}{unit}"
        return (
            f"at least {low}"
            if self.high == float("inf")
            else (f"{low} to {self.high * scale:g}{unit}")
        )


@dataclass(frozen=True)
class Head:
    """A column of a file: how it is written, what it is, the unit of its plain numbers."""

    written: str
    column: ColumnRule
    unit: str = ""


_share = partial(ColumnRule, read=read_share)
_count = partial(ColumnRule, read=read_count)
_whole = partial(ColumnRule, read=read_count, whole=True)
_memory = partial(ColumnRule, read=read_memory_mib, low=1.0)
_TINY = 1e-6

COLUMNS = (
    ColumnRule("kind", str, aliases=("type", "what")),
    ColumnRule("name", str, aliases=("vm", "vmname", "vm name", "guest", "virtual machine", "host",
                                     "server", "computername", "machine")),
    ColumnRule("role", str, aliases=("group", "tier")),
    _whole("count", low=1, high=10_000, aliases=("number", "copies", "quantity", "instances")),
    _whole("vps", low=1, high=2048, aliases=(
        "vcpu", "vcpus", "vp", "cpus", "vcores", "virtual processors", "processors",
        "processorcount", "processor count", "num cpu")),
    _memory("memory", aliases=("ram", "memory size", "memoryassigned", "memory assigned", "mem",
                               "static memory", "provisioned memory")),
    _memory("startup", aliases=("memorystartup", "memory startup", "startup memory",
                                "startup ram")),
    _memory("minimum", aliases=("memoryminimum", "memory minimum", "minimum memory", "min memory",
                                "minimum ram", "memory min")),
    _memory("maximum", aliases=("memorymaximum", "memory maximum", "maximum memory", "max memory",
                                "maximum ram", "memory max")),
    _share("buffer", low=0.05, high=20.0, aliases=("memory buffer",)),
    _whole("memory priority", low=0, high=100, aliases=("memory weight",)),
    _memory("working set", aliases=("active memory", "memory used", "memory active")),
    _memory("demand", aliases=("memorydemand", "memory demand")),
    _whole("weight", low=1, high=10_000, aliases=("cpu weight", "relative weight",
                                                  "relativeweight")),
    _share("reserve", high=1.0, aliases=("cpu reserve", "reservation", "vm reserve")),
    _share("limit", low=_TINY, high=1.0, aliases=("cpu limit", "maximum cpu", "vm limit")),
    _share("cpu", low=_TINY, high=1.0, aliases=(
        "cpu mean", "cpu average", "cpu avg", "avg cpu", "mean cpu", "average cpu", "cpu use",
        "cpu load", "cpu utilisation", "cpu utilization", "utilisation", "utilization")),
    _share("cpu p95", low=_TINY, high=1.0, aliases=(
        "cpu 95", "p95", "p95 cpu", "cpu 95th", "cpu 95th percentile", "cpu peak", "peak cpu")),
    _share("cpu of host", low=_TINY, high=1.0, aliases=("cpuusage", "host cpu", "share of host")),
    _count("iops", aliases=("io s", "ios", "disk iops", "iops mean", "disk transfers")),
    _count("kib per io", low=_TINY, high=1e6, aliases=("io kib", "io size", "kb per io",
                                                       "block size")),
    ColumnRule("latency", read_seconds, low=1e-6, aliases=("disk latency", "io latency",
                                                           "io time")),
    _count("packets", aliases=("packets s", "packets per s", "packets per second", "pps",
                               "network packets")),
    ColumnRule("enlightened", read_truth, aliases=("integration services", "integration")),
    _whole("lps", low=1, high=1024, aliases=("logical processors", "logicalprocessorcount",
                                             "hardware threads", "host processors")),
    _whole("sockets", low=1, high=64, aliases=("cpu sockets", "packages")),
    _whole("cores", low=1, high=512, aliases=("cores per socket", "physical cores")),
    _whole("threads", low=1, high=2, aliases=("threads per core", "smt")),
    _share("root cpu", low=_TINY, high=0.9, aliases=("root load", "parent partition cpu")),
)  # fmt: skip

_OF_GET_VM = {
    **dict.fromkeys(
        ("memorystartup", "memoryminimum", "memorymaximum", "memoryassigned", "memorydemand"), "b"
    ),
    "cpuusage": "%",
    "buffer": "%",
    "io size": "kib",
}
_UNITS = {**dict.fromkeys(BYTE_UNITS, ""), "%": "", "percent": "", "pct": "", "ms": "", "us": ""}
_BY_NAME = {name: column for column in COLUMNS for name in (column.name, *column.aliases)}


def read_head(written: str) -> Head | None:
    """Return what a head says; None where no column has that name.

    Examples
    --------
    >>> head = read_head("Maximum memory (GB)")
    >>> head.column.name, head.unit
    ('maximum', 'gb')
    >>> read_head("CPU %").unit, read_head("Owner")
    ('%', None)
    """
    words = _words(written)
    for length in range(len(words), 0, -1):
        column = _BY_NAME.get(" ".join(words[:length]))
        rest = words[length:]
        if column is not None and all(word in _UNITS for word in rest):
            name = " ".join(words[:length])
            return Head(written, column, rest[0] if rest else _OF_GET_VM.get(name, ""))
    return None


def nearest_head(written: str) -> str:
    """Return the name of a column that may have been meant, or nothing."""
    close = get_close_matches(" ".join(_words(written)), list(_BY_NAME), n=1, cutoff=0.8)
    return _BY_NAME[close[0]].name if close else ""


def _words(written: str) -> list[str]:
    plain = written.strip().strip('"').lower().replace("%", " % ")
    return [word for word in re.split(r"[^a-z0-9%µ]+", plain) if word]
