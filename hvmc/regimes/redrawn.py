"""Redrawn parts: a trial again with some of its draws made anew, to see what they move.

What a trial is drawn from has parts: those of `HOST_INPUTS`, every constant that is assumed within
a range, and luck, which is all that happens on a given host. ``redrawn`` names the part that comes
from another trial's draws instead: ``hosts`` (all of `HOST_INPUTS`, and what else is drawn of a
host), ``constants``, one part alone, or ``all`` of them. The luck is another one wherever a part is
redrawn, the same for each part, and a third one where all are. So with f(host inputs, constants;
luck), ``none``, each part and ``all`` are the columns A, A_B^(j) and B of a radial design
(Saltelli et al., Computer Physics Communications 181, 2010, 259-270), in which luck is one more
factor (`hvmc.analysis.sensitivity`).
"""

from hvmc.regimes.priors import HOST_INPUTS

__all__ = ["OTHER_TRIAL", "WHOLES", "is_redrawn", "other_luck"]

OTHER_TRIAL = 10**9
"""By how much the trial lies away whose draws are taken: as many as there can be trials."""

WHOLES = ("none", "luck", "all", "hosts", "constants")
_OTHER_LUCK = 10**6  # replications there can be
_OF_HOSTS = {"hosts", *HOST_INPUTS, *(name for names in HOST_INPUTS.values() for name in names)}


def is_redrawn(name: str, redrawn: str) -> bool:
    """Say whether a draw is made anew.

    Parameters
    ----------
    name : str
        A prior, a constant's path, or ``hosts`` for what else is drawn of a host.
    redrawn : str
        The part.

    Examples
    --------
    >>> is_redrawn("cpu", "guest_load"), is_redrawn("cpu", "lp_commitment")
    (True, False)
    >>> is_redrawn("root.burst_s", "root"), is_redrawn("root.burst_s", "hosts")
    (True, False)
    """
    if redrawn in ("none", "luck"):
        return False
    if redrawn in ("hosts", "constants"):
        return (name in _OF_HOSTS) == (redrawn == "hosts")
    if redrawn == "all" or name in HOST_INPUTS.get(redrawn, ()):
        return True
    return name == redrawn or name.startswith(f"{redrawn}.")


def other_luck(replication: int, redrawn: str) -> int:
    """Return the replication whose luck a replication has."""
    return replication + _OTHER_LUCK * {"none": 0, "all": 2}.get(redrawn, 1)
