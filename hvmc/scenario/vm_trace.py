"""What one virtual machine was recorded to use, wherever the recording was read from."""

from dataclasses import dataclass, field, fields
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["VmTrace"]


@dataclass(frozen=True, eq=False)
class VmTrace:
    """What one VM was recorded to use, one value per interval.

    Value i is the mean over [i, i + 1) x `interval_s` after `start_s`. Arrays are float64, shape
    (n,), read-only; writeable ones are copied.

    Parameters
    ----------
    name : str
        Name of the VM (of its file, without the ending).
    interval_s, start_s : float
        Length of an interval, > 0, and start of the first since the epoch, seconds.
    cores : int
        Virtual processors of the VM, >= 1.
    capacity_mhz : float
        CPU capacity of all its cores together, MHz, > 0.
    cpu_cores : ndarray
        Cores in use, >= 0; may exceed `cores` by a few percent (turbo clocks).
    memory_provisioned_mib, memory_active_mib : ndarray
        Memory given to the VM, and the part of it in active use, MiB, >= 0.
    rows_held : int
        Intervals without a row of their own, holding the value of the interval before.

    Raises
    ------
    ValueError
        If a value is outside its range or the arrays differ in shape.

    Examples
    --------
    >>> VmTrace("7", 300.0, 0.0, 2, 5200.0, [0.5, 1.0], [2048, 2048], [100, 200]).utilisation
    array([0.25, 0.5 ])
    """

    name: str
    interval_s: float
    start_s: float
    cores: int
    capacity_mhz: float
    cpu_cores: NDArray[np.float64] = field(repr=False)
    memory_provisioned_mib: NDArray[np.float64] = field(repr=False)
    memory_active_mib: NDArray[np.float64] = field(repr=False)
    rows_held: int = 0

    def __post_init__(self) -> None:
        for name in ("interval_s", "cores", "capacity_mhz"):
            if not 0 < getattr(self, name) < inf:
                raise ValueError(f"VmTrace.{name} must be > 0, got {getattr(self, name)!r}")
        for name in ("cpu_cores", "memory_provisioned_mib", "memory_active_mib"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            one_shape = values.shape == (max(1, np.size(self.cpu_cores)),)
            if not (one_shape and np.all((values >= 0) & (values < inf))):
                rule = "must hold n >= 1 finite numbers >= 0, n the same in all arrays"
                raise ValueError(f"VmTrace.{name} {rule}, got {values} of shape {values.shape}")
            values = values.copy() if values.flags.writeable else values
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @property
    def utilisation(self) -> NDArray[np.float64]:
        """Share of the cores in use, float64, shape (n,)."""
        return self.cpu_cores / self.cores

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VmTrace):
            return NotImplemented
        return all(map(np.array_equal, self._values(), other._values()))

    def __hash__(self) -> int:
        return hash((self.name, self.start_s, self.cores, self.cpu_cores.size))

    def __reduce__(self) -> tuple[Any, ...]:
        return VmTrace, self._values()  # the constructor makes unpickled arrays read-only again

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, entry.name) for entry in fields(self))
