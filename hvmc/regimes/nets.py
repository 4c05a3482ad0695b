"""Shuffled nets: points of which every coordinate is evenly spread by itself, however many.

A coordinate of point i is van der Corput's number of a shuffled i, its digits scrambled. The
scramble is a nested uniform one; the shuffle permutes each of [0, 4), [4, 8), [8, 16), ... by
chance. So the first 2^k points, for any k >= 2, have one coordinate in each of 2^k equal intervals,
as a Latin hypercube has; where in it, and beside which other coordinates, is chance. What a mean
over points owes to one coordinate is nearly exact; the rest varies as with independent points. High
coordinates of Sobol points can do much worse than that, because pairs of them are filled evenly
only by many points.

References
----------
McKay, Beckman, Conover, A comparison of three methods for selecting values of input variables,
Technometrics 21, 1979 (Latin hypercubes). Owen, Randomly permuted (t,m,s)-nets and (t,s)-sequences,
MCQMC 1995 (scrambles). Burley, Practical hash-based Owen scrambling, Journal of Computer Graphics
Techniques 9(4), 2020 (shuffled indices). Steele, Lea, Flood, Fast splittable pseudorandom number
generators, OOPSLA 2014 (the hash).
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["shuffled_nets"]

_BITS, _SCRAMBLED_BITS = 32, 20
_ROUNDS = 6
_LEAST_DIGITS = np.uint64(2)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

type _Words = NDArray[np.uint64]


def shuffled_nets(first: int, count: int, keys: _Words) -> NDArray[np.float64]:
    """Return some of the points.

    Parameters
    ----------
    first, count : int
        Index of the first point, >= 0, and how many; indices stay below 2^32.
    keys : ndarray
        Two random words of each coordinate, uint64, shape (2, coordinates).

    Returns
    -------
    ndarray
        In [0, 1), float64, shape (count, coordinates).
    """
    index = np.arange(first, first + count, dtype=np.uint64)[:, None]
    return np.asarray(_scrambled(_reversed(_shuffled(index, keys[0])), keys[1]) * 2.0**-_BITS)


def _shuffled(index: _Words, keys: _Words) -> _Words:
    """Return indices permuted among those with as many binary digits, the first four at once.

    Rounds of steps that are one to one modulo a power of two: times an odd number, plus a number,
    digits added to lower ones.
    """
    digits = np.maximum(np.floor(np.log2(np.maximum(index, 1))).astype(np.uint64), _LEAST_DIGITS)
    top = index & (np.uint64(1) << digits)
    mask = (np.uint64(1) << digits) - np.uint64(1)
    half = (digits + np.uint64(1)) // np.uint64(2)
    place = index ^ top
    for turn in range(_ROUNDS):
        word = _hash(keys + (top * np.uint64(_ROUNDS) + np.uint64(turn + 1)) * _ODD)
        place = (place * (word | np.uint64(1)) + (word >> np.uint64(32))) & mask
        place ^= place >> half
    return place | top


def _scrambled(words: _Words, keys: _Words) -> _Words:
    """Return words whose every bit is flipped or not by chance named by the bits above it.

    The last bits, by which no million points are told apart, are chance.
    """
    flips = np.zeros_like(words)
    for level in range(_SCRAMBLED_BITS):
        node = (words >> np.uint64(_BITS - level)) | np.uint64(1 << level)
        bit = _hash(keys + node * _ODD) & np.uint64(1)
        flips |= bit << np.uint64(_BITS - 1 - level)
    last = _hash(keys + (words | np.uint64(1 << _BITS)) * _ODD)
    return words ^ (flips | last & np.uint64((1 << _BITS - _SCRAMBLED_BITS) - 1))


def _hash(words: _Words) -> _Words:
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))


def _reversed(words: _Words) -> _Words:
    """Return words with their 32 bits in reverse."""
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        at, kept = np.uint64(shift), np.uint64(mask)
        words = ((words >> at) & kept) | ((words & kept) << at)
    return (words >> np.uint64(16)) | ((words << np.uint64(16)) & np.uint64(0xFFFF0000))
