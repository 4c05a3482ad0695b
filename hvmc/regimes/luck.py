"""Luck: the uniforms from which a trial's scenario is drawn, each by its name.

``iid``: every trial has uniforms of its own. ``rqmc``: those of the host are coordinates of
scrambled Sobol points; each constant and each quantity of the first guests is evenly spread by
itself (`hvmc.regimes.nets`). So trials together cover what can be drawn more evenly than chance
would, each of them alone being as likely as before (randomized quasi-Monte Carlo). Trial t takes
point t // 16 of the scramble t % 16. The 16 scrambles are independent of each other: the spread
between them tells how precise an estimate is (`hvmc.analysis.clusters`). More trials leave those
before them as they are.

What part of a trial is *redrawn* takes the uniforms of a trial far from all others
(`hvmc.regimes.redrawn`); the rest stays.

References
----------
Owen, Scrambled net variance for integrals of smooth functions, Annals of Statistics 25, 1997.
L'Ecuyer, Randomized quasi-Monte Carlo: an introduction for practitioners, MCQMC 2016, 2018.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from hvmc.regimes.nets import shuffled_nets
from hvmc.regimes.priors import GUEST_PRIORS, HOST_PRIORS
from hvmc.regimes.redrawn import OTHER_TRIAL, is_redrawn
from hvmc.scenario.keys import constant_uniform, net_stream, scenario_stream, scramble_stream

if TYPE_CHECKING:
    from scipy.stats.qmc import Sobol

__all__ = ["SAMPLINGS", "SCRAMBLES", "Luck"]

SAMPLINGS = ("rqmc", "iid")
SCRAMBLES = 16
"""Independent scrambles; trial t belongs to t % 16."""

# coordinates: the host's, the first constants', the guests' one after another, further constants'
_CONSTANTS_FROM = 8
_FIRST_CONSTANTS = 64
_GUESTS_FROM = _CONSTANTS_FROM + _FIRST_CONSTANTS
_PER_GUEST = len(GUEST_PRIORS)
_MOST_GUESTS = 24
_FURTHER_FROM = _GUESTS_FROM + _PER_GUEST * _MOST_GUESTS
_FURTHER_CONSTANTS = 32
_COORDINATES = _FURTHER_FROM + _FURTHER_CONSTANTS
_BLOCK = 16  # points made at a time


class Luck:
    """A trial's uniforms in [0, 1).

    Parameters
    ----------
    seed, trial : int
        Names of the random streams.
    sampling : str
        ``rqmc`` or ``iid``.
    redrawn : str
        What is drawn anew, as of `hvmc.regimes.redrawn`; of ``iid`` alone.
    """

    def __init__(self, seed: int, trial: int, sampling: str = "iid", redrawn: str = "none") -> None:
        self.seed, self._own, self._redrawn = seed, trial, redrawn
        self._point = spread_point(seed, trial) if sampling == "rqmc" else None

    def host(self) -> Mapping[str, float]:
        """Return the host's uniforms, by the names in `HOST_PRIORS`."""
        if self._point is not None:
            return dict(zip(HOST_PRIORS, self._point[: len(HOST_PRIORS)].tolist(), strict=True))
        return self._named(HOST_PRIORS)

    @property
    def trial(self) -> int:
        """The trial that names what of a host has no name here, such as recorded guests."""
        return self._trial("hosts")

    def constant(self, path: str, index: int | None = None) -> float:
        """Return the uniform of a constant, which is the index-th of those that are spread."""
        place = _COORDINATES if index is None else _place_of_constant(index)
        if self._point is not None and place < _COORDINATES:
            return float(self._point[place])
        return constant_uniform(self.seed, self._trial(path), path)

    def guest(self, number: int) -> Mapping[str, float]:
        """Return a drawn guest's uniforms, by the names in `GUEST_PRIORS`."""
        if self._point is not None and number < _MOST_GUESTS:
            first = _GUESTS_FROM + _PER_GUEST * number
            own = self._point[first : first + _PER_GUEST]
            return dict(zip(GUEST_PRIORS, own.tolist(), strict=True))
        return self._named(GUEST_PRIORS, number)

    def _trial(self, name: str) -> int:
        return self._own + OTHER_TRIAL * is_redrawn(name, self._redrawn)

    def _named(self, names: tuple[str, ...], *below: int) -> dict[str, float]:
        trials = [self._trial(name) for name in names]
        found = {trial: _uniforms(self.seed, trial, below, len(names)) for trial in set(trials)}
        return {
            name: found[trial][n] for n, (name, trial) in enumerate(zip(names, trials, strict=True))
        }


def _place_of_constant(index: int) -> int:
    if index < _FIRST_CONSTANTS:
        return _CONSTANTS_FROM + index
    return _FURTHER_FROM + index - _FIRST_CONSTANTS


def _uniforms(seed: int, trial: int, below: tuple[int, ...], count: int) -> list[float]:
    stream = scenario_stream(seed, trial)
    own = np.random.SeedSequence(stream.entropy, spawn_key=(*stream.spawn_key, *below))
    found: list[float] = (
        (own.generate_state(count, "uint64") >> np.uint64(11)) * 2.0**-53
    ).tolist()
    return found


def spread_point(seed: int, trial: int) -> np.ndarray:
    """Return the point of a trial: float64 in [0, 1), shape (coordinates,), not to be changed."""
    index, scramble = divmod(trial, SCRAMBLES)
    block, place = divmod(index, _BLOCK)
    points: np.ndarray = _points(seed, scramble, block)[place]
    return points


@lru_cache(maxsize=2 * SCRAMBLES)
def _points(seed: int, scramble: int, block: int) -> np.ndarray:
    engine, first = _engine(seed, scramble), block * _BLOCK
    if engine.num_generated > first:
        engine.reset()
    if engine.num_generated < first:
        engine.fast_forward(first - engine.num_generated)
    host = np.asarray(engine.random(_BLOCK))
    return np.hstack([host, shuffled_nets(first, _BLOCK, _keys(seed, scramble))])


@lru_cache(maxsize=2 * SCRAMBLES)
def _engine(seed: int, scramble: int) -> "Sobol":
    from scipy.stats.qmc import Sobol

    return Sobol(_CONSTANTS_FROM, rng=np.random.default_rng(scramble_stream(seed, scramble)))


@lru_cache(maxsize=2 * SCRAMBLES)
def _keys(seed: int, scramble: int) -> np.ndarray:
    stream = net_stream(seed, scramble)
    words = stream.generate_state(2 * (_COORDINATES - _CONSTANTS_FROM), "uint64")
    return words.reshape(-1, 2).T
