"""What is assumed inside a recorded reading, which tells only its mean.

The demand swings from step to step: independent gamma draws of a given coefficient of variation,
scaled so that their mean over the reading is the recorded one, none above the VM's processors.
Inside a step each VP's thread alternates between exponential bursts and pauses whose mean meets the
step's level (`hvmc.scenario.workload.Trace`). At cv 0 the reading's mean holds throughout.
"""

import numpy as np
from numpy.typing import NDArray

from hvmc.scenario.keys import swing_stream

__all__ = ["levels_inside", "steps_inside"]

_PASSES = 50

type _Levels = NDArray[np.float64]


def steps_inside(interval_s: float, swing_s: float) -> int:
    """Return the number of equal steps of about `swing_s` in a reading, at least one."""
    return max(1, round(interval_s / swing_s))


def levels_inside(
    mean_lps: _Levels,
    processors: int,
    steps: int,
    cv: float,
    key: tuple[int, int, int, _Levels],
) -> _Levels:
    """Return the demand of every step of some readings.

    Parameters
    ----------
    mean_lps : ndarray
        Recorded mean of each reading, LPs, 0..processors, float64, shape (n,).
    processors : int
        Most that a step can demand, LPs.
    steps : int
        Steps in a reading.
    cv : float
        Standard deviation over mean of a step's demand, before it is scaled, >= 0.
    key : tuple
        Seed, trial, number of the guest and times of the readings: a reading's steps are the same
        whatever window holds it.

    Returns
    -------
    ndarray
        LPs, float64, shape (n * steps,).
    """
    if cv == 0.0 or steps == 1:
        return np.repeat(mean_lps, steps)
    from scipy.special import gammaincinv

    seed, trial, guest, times_s = key
    streams = [swing_stream(seed, trial, guest, float(time)) for time in times_s]
    bits = np.stack([stream.generate_state(steps, "uint64") for stream in streams])
    uniforms = ((bits >> np.uint64(11)) + 0.5) * 2.0**-53
    shape = 1.0 / cv**2
    weights = gammaincinv(shape, uniforms) + 1e-12
    levels: _Levels = _scaled(weights, mean_lps, float(processors)).ravel()
    return levels


def _scaled(weights: _Levels, mean_lps: _Levels, most: float) -> _Levels:
    """Scale rows to given means, cut at `most`; what is cut off goes to the other steps."""
    wanted = mean_lps[:, None] * weights.shape[1]
    levels = weights * (wanted / weights.sum(axis=1, keepdims=True))
    for _ in range(_PASSES):
        full = levels >= most
        if not np.any(levels > most):
            break
        free = np.where(full, 0.0, levels)
        left = free.sum(axis=1, keepdims=True)
        rest = wanted - most * full.sum(axis=1, keepdims=True)
        factor = np.divide(rest, left, out=np.zeros_like(left), where=left > 0)
        levels = np.where(full, most, free * factor)
    cut: _Levels = np.minimum(levels, most)
    return cut
