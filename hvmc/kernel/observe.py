"""Looking at a machine without touching it."""

import numpy as np

from hvmc.kernel.accounts import change_state, settle
from hvmc.kernel.jit import ix, jit

__all__ = ["copy_used", "observe"]


@jit
def _settle_all(state):
    s = state[0]
    for lp in range(s.n_lp):
        if s.lp[ix(lp)].vp >= 0:
            settle(s, lp)
    for vp in range(s.n_vp):
        change_state(s, vp, s.vp[ix(vp)].state)


_USED = {
    "lp": "n_lp",
    "vp": "n_vp",
    "partition": "n_partition",
    "load": "n_load",
    "thread": "n_thread",
}


def copy_used(state: np.ndarray, *tables: str) -> np.ndarray:
    """Copy what counts say is used, and some tables whole: most of the record is empty."""
    copy = np.zeros(state.shape, state.dtype)
    layout = state.dtype.fields
    assert layout is not None
    source, target = state.view(np.uint8), copy.view(np.uint8)
    parts = [(0, layout["lp"][1])]
    for name, (nested, start, *_) in layout.items():
        count = int(state[_USED[name]][0]) if name in _USED else 0
        if name == "way":
            count = 2 * int(state["n_load"][0])
        elif name == "station" or name in tables:
            count = nested.shape[0]
        parts.append((start, start + count * nested.base.itemsize))
    for start, end in parts:
        target[start:end] = source[start:end]
    return copy


def observe(state: np.ndarray) -> np.ndarray:
    """Return a copy of the record with all accounts brought up to now.

    Timers, tables and what lies beyond the counts are 0 in it.
    """
    copy = copy_used(state)
    _settle_all(copy)
    return copy
