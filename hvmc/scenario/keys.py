"""Keys: every random quantity is a pure function of names, never of order.

The key of a trial's simulation is made of (experiment seed, trial, replication); draws within it
are named by guest, purpose and request. What is drawn about the scenario itself omits the
replication, so that replications are other luck on the same host.
"""

import hashlib
from numbers import Integral

from numpy.random import SeedSequence

from hvmc.scenario.problems import Problem, SettingsError, shown

__all__ = [
    "constant_uniform",
    "fitted_uniform",
    "guest_stream",
    "name_hash",
    "net_stream",
    "preference_uniform",
    "scenario_stream",
    "scramble_stream",
    "swing_stream",
    "trial_key",
]

_SIMULATION, _SCENARIO, _MEMORY, _PREFERENCE, _CONSTANT, _SCRAMBLE = 0, 1, 2, 4, 5, 6
_FITTED, _SWING, _NET = 7, 8, 9


def name_hash(name: str) -> int:
    """Return 64 bits that stand for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def trial_key(seed: int, trial: int = 0, replication: int = 0) -> tuple[int, int]:
    """Return the two 64-bit key words of a simulation.

    Parameters
    ----------
    seed : int
        The experiment's seed, >= 0.
    trial, replication : int
        Which trial, and which replication of it, >= 0.

    Raises
    ------
    SettingsError
        With those that are no whole number >= 0.
    """
    named = {"seed": seed, "trial": trial, "replication": replication}
    problems = [
        Problem(name, f"must be a whole number >= 0, got {shown(value)}: it names a random stream")
        for name, value in named.items()
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 0
    ]
    if problems:
        raise SettingsError(problems)
    words = SeedSequence(seed, spawn_key=(_SIMULATION, trial, replication)).generate_state(
        2, "uint64"
    )
    return int(words[0]), int(words[1])


def scenario_stream(seed: int, trial: int) -> SeedSequence:
    """Return the seed sequence from which a trial's scenario is drawn."""
    return SeedSequence(seed, spawn_key=(_SCENARIO, trial))


def scramble_stream(seed: int, scramble: int) -> SeedSequence:
    """Return the seed sequence that scrambles one of several sets of Sobol points."""
    return SeedSequence(seed, spawn_key=(_SCRAMBLE, scramble))


def net_stream(seed: int, scramble: int) -> SeedSequence:
    """Return the seed sequence of the coordinates beside those of Sobol points."""
    return SeedSequence(seed, spawn_key=(_NET, scramble))


def guest_stream(seed: int, trial: int, replication: int, name: str, block: int) -> SeedSequence:
    """Return the seed sequence of a block of a guest's memory use.

    Parameters
    ----------
    seed, trial, replication : int
        As of `trial_key`.
    name : str
        The guest.
    block : int
        Number of the block of decision instants.
    """
    low, high = name_hash(name) & 0xFFFFFFFF, name_hash(name) >> 32
    return SeedSequence(seed, spawn_key=(_MEMORY, trial, replication, low, high, block))


def swing_stream(seed: int, trial: int, guest: int, time_s: float) -> SeedSequence:
    """Return the seed sequence of how a guest's demand swings inside one recorded reading.

    Parameters
    ----------
    seed, trial : int
        The experiment's seed and the trial.
    guest : int
        Number of the guest on its host.
    time_s : float
        When the reading was taken, seconds since 1970 or the recording's own zero.
    """
    moment = int(time_s * 1e3) & 0xFFFFFFFFFFFFFFFF
    return SeedSequence(seed, spawn_key=(_SWING, trial, guest, moment))


def preference_uniform(seed: int, trial: int, guest: str) -> float:
    """Return the uniform in [0, 1) that decides whether a guest is a preferred one.

    Parameters
    ----------
    seed, trial : int
        The experiment's seed and the trial.
    guest : str
        Name of the guest.
    """
    return _uniform(seed, _PREFERENCE, trial, guest)


def constant_uniform(seed: int, trial: int, path: str) -> float:
    """Return the uniform in [0, 1) at which a constant of the model is drawn for a trial.

    Parameters
    ----------
    seed, trial : int
        The experiment's seed and the trial.
    path : str
        Dotted path of the constant.
    """
    return _uniform(seed, _CONSTANT, trial, path)


def fitted_uniform(seed: int, trial: int, path: str) -> float:
    """Return the uniform in [0, 1) at which something unknown of a fitted guest is drawn.

    Parameters
    ----------
    seed, trial : int
        The experiment's seed and the trial.
    path : str
        Guest and quantity; what guests have in common has a name of its own.
    """
    return _uniform(seed, _FITTED, trial, path)


def _uniform(seed: int, purpose: int, trial: int, name: str) -> float:
    stream = SeedSequence(seed, spawn_key=(purpose, trial, name_hash(name)))
    return float((int(stream.generate_state(1, "uint64")[0]) >> 11) * 2.0**-53)
