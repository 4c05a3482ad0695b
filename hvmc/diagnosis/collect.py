"""Which counters to record on a host, and the commands that do."""

from collections.abc import Iterable
from types import MappingProxyType

__all__ = ["PATHS", "logman", "paths_of", "typeperf"]

_VP = r"\Hyper-V Hypervisor Virtual Processor(*)"
_MEMORY = r"\Hyper-V Dynamic Memory VM(*)"

PATHS = MappingProxyType(
    {
        "run": (rf"{_VP}\% Total Run Time",),
        "lps": (
            r"\Hyper-V Hypervisor Logical Processor(*)\% Total Run Time",
            r"\Hyper-V Hypervisor Root Virtual Processor(*)\% Total Run Time",
        ),
        "wait": (rf"{_VP}\CPU Wait Time Per Dispatch",),
        "ready": (rf"{_VP}\Logical Processor Dispatches/sec",),
        "pressure": (rf"{_MEMORY}\Current Pressure",),
        "available": (
            r"\Hyper-V Dynamic Memory Balancer(*)\Available Memory",
            rf"{_MEMORY}\Physical Memory",
        ),
        "latency": (
            r"\Hyper-V Virtual Storage Device(*)\Latency",
            r"\Hyper-V Virtual Storage Device(*)\Read Operations/Sec",
            r"\Hyper-V Virtual Storage Device(*)\Write Operations/Sec",
        ),
    }
)
"""Set of counters (`hvmc.diagnosis.features.COUNTERS`) to the paths of which it is told."""

_EVERY_S = 15


def paths_of(counters: Iterable[str] = PATHS) -> list[str]:
    """Return the paths of sets of counters."""
    return [path for name in counters for path in PATHS[name]]


def typeperf(counters: Iterable[str] = PATHS, samples: int = 240) -> str:
    r"""Return the command that records some samples, an hour of them by default.

    Examples
    --------
    >>> print(typeperf(["run"], samples=4).replace(" -si", chr(10) + "-si"))
    typeperf "\Hyper-V Hypervisor Virtual Processor(*)\% Total Run Time"
    -si 15 -sc 4 -f CSV -o hv.csv
    """
    return f"typeperf {_quoted(counters)} -si {_EVERY_S} -sc {samples} -f CSV -o hv.csv"


def logman(counters: Iterable[str] = PATHS) -> str:
    """Return the commands that record until they are told to stop."""
    return (
        f"logman create counter hv -c {_quoted(counters)} -si {_EVERY_S} -f csv "
        "-o C:\\PerfLogs\\hv & logman start hv"
    )


def _quoted(counters: Iterable[str]) -> str:
    return " ".join(f'"{path}"' for path in paths_of(counters))
