"""Readings of many VMs in one table, taken apart by VM."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["by_vm", "codes_of"]


def codes_of(words: "pa.DictionaryArray") -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each row's word among the distinct ones, -1 where blank, and these."""
    codes: NDArray[np.int64] = words.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64), [str(word).strip() for word in words.dictionary.to_pylist()]


def by_vm(
    vm: NDArray[np.int64], times_s: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.intp], int]]:
    """Yield each VM with the indices of its readings in order of time.

    Parameters
    ----------
    vm : ndarray
        VM of each reading, int64, shape (n,); those below 0 are left out.
    times_s : ndarray
        Times, float64, shape (n,).

    Yields
    ------
    tuple
        VM, indices, and how many of its readings were dropped because an earlier row has the time.
    """
    order = np.lexsort((np.arange(len(vm)), times_s, vm))
    order = order[np.searchsorted(vm[order], 0) :]
    cuts = np.flatnonzero(np.diff(vm[order])) + 1
    for index in np.split(order, cuts):
        if len(index):
            new = np.append(True, np.diff(times_s[index]) > 0)
            yield int(vm[index[0]]), index[new], int(np.count_nonzero(~new))
