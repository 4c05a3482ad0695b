"""Keys: every random quantity is a pure function of names, never of order.

The key of a trial's simulation is made of (experiment seed, trial, replication); draws within it
are named by guest, purpose and request. What is drawn about the scenario itself omits the
replication, so that replications are other luck on the same host.
"""

import hashlib

from numpy.random import SeedSequence

__all__ = ["preference_uniform", "scenario_stream", "trial_key"]

_SIMULATION, _SCENARIO, _PREFERENCE = 0, 1, 4


def trial_key(seed: int, trial: int = 0, replication: int = 0) -> tuple[int, int]:
    """Return the two 64-bit key words of a simulation.

    Parameters
    ----------
    seed : int
        The experiment's seed, >= 0.
    trial, replication : int
        Which trial, and which replication of it.
    """
    words = SeedSequence(seed, spawn_key=(_SIMULATION, trial, replication)).generate_state(
        2, "uint64"
    )
    return int(words[0]), int(words[1])


def scenario_stream(seed: int, trial: int) -> SeedSequence:
    """Return the seed sequence from which a trial's scenario is drawn."""
    return SeedSequence(seed, spawn_key=(_SCENARIO, trial))


def preference_uniform(seed: int, trial: int, guest: str) -> float:
    """Return the uniform in [0, 1) that decides whether a guest is a preferred one.

    Parameters
    ----------
    seed, trial : int
        The experiment's seed and the trial.
    guest : str
        Name of the guest.
    """
    name = int.from_bytes(hashlib.blake2b(guest.encode(), digest_size=8).digest(), "little")
    stream = SeedSequence(seed, spawn_key=(_PREFERENCE, trial, name))
    return float((int(stream.generate_state(1, "uint64")[0]) >> 11) * 2.0**-53)
