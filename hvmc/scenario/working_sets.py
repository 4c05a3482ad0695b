"""Working sets at the decision instants: a pure function of names and settings.

The series of a guest depends on (seed, trial, replication), its name, its memory settings and the
decision interval, and on nothing else: native runs, policies and coalitions of mechanisms see the
same. Instants come in blocks; block b of a guest has a stream of its own. Noise is the exponential
of a first-order autoregression sampled exactly at the instants: x(k+1) = r x(k) + sqrt(1 - r^2)
s e, r = exp(-interval / tau), stationary from time zero on, with mean 1 before its cut-off.

=====  ==========================================================================================
draw   used for
=====  ==========================================================================================
0      the phase, where none is given (block 0 alone)
1      the noise at time zero (block 0 alone)
2..    one per instant: the noise at the next instant
=====  ==========================================================================================

Restarts draw nothing: from the first instant at or after one, until the guest has booted, its
working set and its demand are at least its startup memory.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hvmc.scenario.keys import guest_stream
from hvmc.scenario.memory import Memory, MemoryUse

__all__ = ["WorkingSets"]

BLOCK = 32
_CUT_OFF = 3.0
_ROUNDING = 1e-9
_DRAWS = 2 + BLOCK

type Floats = NDArray[np.float64]


class WorkingSets:
    """Working sets of some guests at the instants k x interval.

    Parameters
    ----------
    memories : mapping of str to Memory
        Guest to memory settings, in the order of the arrays.
    interval_s : float
        Seconds between instants.
    seed, trial, replication : int
        Names of the random streams.

    Examples
    --------
    >>> from hvmc.scenario.memory import MemoryUse
    >>> ramp = MemoryUse(working_set=0.5, ramp_factor=2.0, ramp_over_s=2.0)
    >>> sets = WorkingSets({"web": Memory(maximum_mib=8192.0, use=ramp)}, interval_s=1.0)
    >>> [float(sets.at(k)[0]) for k in range(4)]
    [4096.0, 6144.0, 8192.0, 8192.0]
    """

    def __init__(
        self,
        memories: Mapping[str, Memory],
        interval_s: float,
        *,
        seed: int = 1,
        trial: int = 0,
        replication: int = 0,
    ) -> None:
        self._names = tuple(memories)
        self._memories = tuple(memories.values())
        self._interval_s = interval_s
        self._key = (seed, trial, replication)
        self._blocks: list[Floats] = []
        self._phase = np.zeros(len(memories))
        self._noise = np.zeros(len(memories))
        self.committed: Floats = np.array([memory.use.committed for memory in self._memories])
        self.cache: Floats = np.array([memory.use.cache for memory in self._memories])
        self.constant = all(_constant(memory.use) for memory in self._memories)
        self.peak_mib = np.array([_peak(memory) for memory in self._memories])
        boots = [_boot(memory.use, interval_s) for memory in self._memories]
        self._boot_first, self._boot_end = np.array(boots, np.int64).reshape(-1, 2).T
        self.startup_mib: Floats = np.array([memory.startup_mib for memory in self._memories])

    def at(self, instant: int) -> Floats:
        """Return working sets, float64, shape (guests,), MiB, at ``instant`` x interval."""
        return self._at_least_startup(self._own(instant), instant)

    def booting_at(self, instant: int) -> NDArray[np.bool_]:
        """Return which guests boot after a restart, shape (guests,), at ``instant`` x interval."""
        return np.asarray((self._boot_first <= instant) & (instant < self._boot_end))

    def _at_least_startup(self, mib: Floats, instant: int) -> Floats:
        """Raise what is used to the startup memory of guests that boot."""
        booting = self.booting_at(instant)
        if not booting.any():
            return mib
        return np.where(booting, np.maximum(mib, self.startup_mib), mib)

    def _own(self, instant: int) -> Floats:
        """Return what working sets are but for restarts."""
        if self.constant:
            instant = 0
        while instant >= len(self._blocks) * BLOCK:
            self._blocks.append(self._block(len(self._blocks)))
        row: Floats = self._blocks[instant // BLOCK][instant % BLOCK]
        return row

    def demand_at(self, instant: int, assigned_mib: Floats | None = None) -> Floats:
        """Return demands, float64, shape (guests,), MiB, at ``instant`` x interval.

        Parameters
        ----------
        instant : int
            Number of the instant.
        assigned_mib : ndarray, optional
            What guests have had, MiB: one that had less than it would demand has given up caches.
            Without, none has.
        """
        used = self.at(instant)
        full = self._at_least_startup(self._own(instant) * self.committed, instant)
        if assigned_mib is None:
            return np.asarray(full)
        without_cache = full - self.cache * (full - used)
        return np.clip(assigned_mib, without_cache, full)

    def _block(self, number: int) -> Floats:
        times = np.arange(number * BLOCK, (number + 1) * BLOCK, dtype=np.float64)
        times *= self._interval_s
        luck = {
            i: _draws(self._key, self._names[i], number)
            for i, memory in enumerate(self._memories)
            if memory.use.noise_cv > 0 or memory.use.amplitude > 0
        }
        columns = []
        for i, memory in enumerate(self._memories):
            column: Floats = _level(memory, times)
            if memory.use.amplitude > 0:
                column = column * self._phases(i, memory.use, times, luck[i], number)
            if memory.use.noise_cv > 0:
                column = column * self._noises(i, memory.use, luck[i], number)
            columns.append(column)
        block = np.column_stack(columns)
        block.flags.writeable = False
        return block

    def _phases(
        self, guest: int, use: MemoryUse, times: Floats, luck: Floats, number: int
    ) -> Floats:
        if number == 0:
            self._phase[guest] = luck[0] if use.phase is None else use.phase
        turns = times / use.period_s + self._phase[guest]
        return np.asarray(1.0 + use.amplitude * np.sin(2.0 * math.pi * turns))

    def _noises(self, guest: int, use: MemoryUse, luck: Floats, number: int) -> Floats:
        sigma = _sigma(use)
        normal = NormalDist().inv_cdf
        if number == 0:
            self._noise[guest] = sigma * normal(luck[1])
        keep = math.exp(-self._interval_s / use.noise_tau_s)
        fresh = sigma * math.sqrt(1.0 - keep * keep)
        state = float(self._noise[guest])
        path = np.empty(BLOCK)
        for k in range(BLOCK):
            path[k] = state
            state = keep * state + fresh * normal(luck[2 + k])
        self._noise[guest] = state
        most = _CUT_OFF * sigma
        return np.exp(np.clip(path, -most, most) - 0.5 * sigma * sigma)


def _draws(key: tuple[int, int, int], name: str, block: int) -> Floats:
    """Return uniforms above 0 and below 1, float64, shape (34,)."""
    bits = guest_stream(*key, name, block).generate_state(_DRAWS, "uint64")
    return np.asarray(((bits >> np.uint64(11)) + 0.5) * 2.0**-53)


def _sigma(use: MemoryUse) -> float:
    return math.sqrt(math.log1p(use.noise_cv**2))


def _level(memory: Memory, times: Floats) -> Floats:
    use = memory.use
    if use.trace_mib:
        index = ((times + use.trace_offset_s) / use.trace_interval_s).astype(np.int64)
        level = np.array(use.trace_mib)[np.minimum(index, len(use.trace_mib) - 1)]
    else:
        level = np.full(len(times), memory.working_set_mib)
    if use.ramp_factor == 1.0:
        return level
    since = times - use.ramp_from_s
    if use.ramp_over_s > 0:
        done = np.clip(since / use.ramp_over_s, 0.0, 1.0)
    else:
        done = (since >= 0).astype(float)
    return np.asarray(level * (1.0 + done * (use.ramp_factor - 1.0)))


def _constant(use: MemoryUse) -> bool:
    still: Sequence[bool] = (
        use.amplitude == 0,
        use.noise_cv == 0,
        use.ramp_factor == 1.0,
        len(set(use.trace_mib)) <= 1,
        use.restart_s is None,
    )
    return all(still)


def _peak(memory: Memory) -> float:
    """Return a bound that the working set never exceeds, MiB."""
    use = memory.use
    top = max(use.trace_mib) if use.trace_mib else memory.working_set_mib
    noise = math.exp(_CUT_OFF * _sigma(use)) if use.noise_cv > 0 else 1.0
    own = top * (1.0 + use.amplitude) * max(use.ramp_factor, 1.0) * noise
    return own if use.restart_s is None else max(own, memory.startup_mib)


def _boot(use: MemoryUse, interval_s: float) -> tuple[int, int]:
    """Return the first instant at which a guest boots, and the one at which it has booted."""
    if use.restart_s is None:
        return 0, 0
    first, instants = (
        max(math.ceil(seconds / interval_s - _ROUNDING), 1)
        for seconds in (use.restart_s, use.boot_s)
    )
    return first, first + instants
