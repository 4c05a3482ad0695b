"""What happened between two snapshots of a machine."""

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.codes import STATES

__all__ = ["Elapsed"]


class Elapsed:
    """Differences of two snapshots, each field's taken once.

    Parameters
    ----------
    before, after : ndarray, shape (1,)
        Snapshots with all accounts up to their time, as `hvmc.kernel.observe.observe` takes them;
        after later than before.
    """

    def __init__(self, before: np.ndarray, after: np.ndarray) -> None:
        self.before = before
        self.after = after
        self.ns = int(after["now"][0] - before["now"][0])
        self.seconds = self.ns * 1e-9
        self._changes: dict[tuple[str, str], NDArray[np.float64]] = {}

    def change(
        self, table: str, field: str, rows: slice | int = slice(None)
    ) -> NDArray[np.float64]:
        """Return by how much a field of some rows of a table grew."""
        if (table, field) not in self._changes:
            after, before = (state[table][field][0] for state in (self.after, self.before))
            self._changes[table, field] = (after - before).astype(np.float64)
        return self._changes[table, field][rows]

    def ns_by_state(self, vps: slice) -> dict[str, float]:
        """Return how long some virtual processors together were in each state, nanoseconds."""
        times = self.change("vp", "ns", vps).sum(axis=0)
        return dict(zip(STATES, times.tolist(), strict=True))
