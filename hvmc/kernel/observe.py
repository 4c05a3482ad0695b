"""Looking at a machine without touching it."""

import numpy as np

from hvmc.kernel.accounts import change_state, settle
from hvmc.kernel.jit import ix, jit

__all__ = ["observe"]


@jit
def _settle_all(state):
    s = state[0]
    for lp in range(s.n_lp):
        if s.lp[ix(lp)].vp >= 0:
            settle(s, lp)
    for vp in range(s.n_vp):
        change_state(s, vp, s.vp[ix(vp)].state)


def observe(state: np.ndarray) -> np.ndarray:
    """Return a copy of the record with all accounts brought up to now."""
    copy = state.copy()
    _settle_all(copy)
    return copy
