"""Counter-based random bits: Threefry-2x64-20.

Draw i of stream s is a pure function of (trial key, s, i): no state, no order of drawing. The
generator is Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11,
section 3.3 and its Random123 test vectors.
"""

import numpy as np

from hvmc.kernel.jit import inlined, jit

__all__ = ["block", "threefry2x64", "uniform"]

_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_TO_UNIT = 2.0**-53
_11 = np.uint64(11)
_64 = np.uint64(64)
_R = tuple(np.uint64(r) for r in (16, 42, 12, 31, 16, 32, 24, 21))
_R0, _R1, _R2, _R3, _R4, _R5, _R6, _R7 = _R
_ONE, _TWO, _THREE, _FOUR, _FIVE = (np.uint64(i) for i in (1, 2, 3, 4, 5))


@jit
def _mix(x0, x1, r):
    x0 = x0 + x1
    x1 = (x1 << r) | (x1 >> (_64 - r))
    return x0, x1 ^ x0


@inlined
def threefry2x64(k0, k1, c0, c1):
    """Return 128 random bits for a 128-bit key and a 128-bit counter.

    Parameters
    ----------
    k0, k1, c0, c1 : uint64
        Key words and counter words.

    Returns
    -------
    tuple of uint64
        Two words.
    """
    k2 = _PARITY ^ k0 ^ k1
    x0 = c0 + k0
    x1 = c1 + k1
    x0, x1 = _mix(x0, x1, _R0)
    x0, x1 = _mix(x0, x1, _R1)
    x0, x1 = _mix(x0, x1, _R2)
    x0, x1 = _mix(x0, x1, _R3)
    x0 += k1
    x1 += k2 + _ONE
    x0, x1 = _mix(x0, x1, _R4)
    x0, x1 = _mix(x0, x1, _R5)
    x0, x1 = _mix(x0, x1, _R6)
    x0, x1 = _mix(x0, x1, _R7)
    x0 += k2
    x1 += k0 + _TWO
    x0, x1 = _mix(x0, x1, _R0)
    x0, x1 = _mix(x0, x1, _R1)
    x0, x1 = _mix(x0, x1, _R2)
    x0, x1 = _mix(x0, x1, _R3)
    x0 += k0
    x1 += k1 + _THREE
    x0, x1 = _mix(x0, x1, _R4)
    x0, x1 = _mix(x0, x1, _R5)
    x0, x1 = _mix(x0, x1, _R6)
    x0, x1 = _mix(x0, x1, _R7)
    x0 += k1
    x1 += k2 + _FOUR
    x0, x1 = _mix(x0, x1, _R0)
    x0, x1 = _mix(x0, x1, _R1)
    x0, x1 = _mix(x0, x1, _R2)
    x0, x1 = _mix(x0, x1, _R3)
    x0 += k2
    x1 += k0 + _FIVE
    return x0, x1


@jit
def uniform(bits):
    """Return the float in [0, 1) made of the top 53 of 64 random bits."""
    return np.float64(bits >> _11) * _TO_UNIT


@inlined
def block(s, stream, index):
    """Return two independent uniforms in [0, 1): draw ``index`` of ``stream``."""
    a, b = threefry2x64(s.key0, s.key1, stream, np.uint64(index))
    return uniform(a), uniform(b)
