"""Looking at a machine without touching it."""

import numpy as np

from hvmc.kernel.accounts import change_state, settle
from hvmc.kernel.jit import jit

__all__ = ["observe"]


@jit
def _settle_all(state):
    s = state[0]
    for lp in range(s.n_lp):
        if s.lp_vp[lp] >= 0:
            settle(s, lp)
    for vp in range(s.n_vp):
        change_state(s, vp, s.vp_state[vp])


def observe(state: np.recarray) -> np.recarray:
    """Return a copy of the record with all accounts brought up to now."""
    copy = state.copy()
    _settle_all(copy)
    return copy
