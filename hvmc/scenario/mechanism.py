"""What all overhead mechanisms have in common."""

from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.settings import Settings

__all__ = ["Mechanism"]


@dataclass(frozen=True)
class Mechanism(Settings):
    """An overhead that can be switched off; subclasses have a field ``enabled``.

    Attributes
    ----------
    cause : str
        The cause of the penalty it counts as (`hvmc.trial.coalitions`); empty for none of its own.
    native : bool
        Whether a bare machine pays it too.
    serves : tuple of str
        Other mechanisms that its settings have an effect on.
    """

    cause: ClassVar[str] = ""
    native: ClassVar[bool] = False
    serves: ClassVar[tuple[str, ...]] = ()
