"""Variants of a host: changes that have a name and a price.

Changes are written as in `hvmc.regimes.changes`. In place of a guest's name may stand ``victim``,
``others`` (all but the victim) and ``largest`` (of the others, the one of the largest mean LP
demand): an administrator decides for a guest and not for a moment, so these are the same in every
trial.

The unit of cost is one processor core more for this host, hardware and licences included. Cores
that a variant adds, and those that a guest moved away needs elsewhere (its mean LP demand), are
counted as they come; ``price`` is for the rest, such as the work and the interruption.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hvmc.regimes.changes import ALL, is_change, parse_change
from hvmc.regimes.design import Design
from hvmc.scenario.guest import NAME
from hvmc.scenario.settings import Settings, number, text, texts

__all__ = ["PRESENT", "WORDS", "Variant", "concrete", "largest", "meets"]

PRESENT = "present"
WORDS = ("victim", "others", "largest")
"""What may stand in changes for names of guests, once it is known whom a variant is to help."""

_SAMPLED = 64
_RULE = "changes such as guests.victim.priority.weight*=8 or host.logical_processors+=4"


@dataclass(frozen=True)
class Variant(Settings):
    """Changes of a host that are compared with it as it is.

    Parameters
    ----------
    name : str
        As chosen by ``what_if``.
    changes : tuple of str
        Made in order.
    price : float
        In cores, above 0; beside cores that are added. Assumption.
    where : tuple of str
        What the host must be for it to apply: ``host.threads_per_core=2``.
    """

    name: str = text(good=lambda word: bool(NAME.fullmatch(word)), rule="a name like more_lps")
    changes: tuple[str, ...] = texts(good=is_change, rule=_RULE)
    price: float = number(1.0, low=0.0, above=True)
    where: tuple[str, ...] = texts(good=is_change, rule="settings such as host.threads_per_core=2")

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if not self.changes:
            yield "changes", f"must hold at least one change, got none: write {_RULE}"
        if self.name in (PRESENT, ALL):
            yield "name", f"must not be {self.name}, which has a meaning of its own: rename it"


def meets(design: Design, variant: Variant) -> bool:
    """Say whether a variant applies to a host."""
    for condition in map(parse_change, variant.where):
        value: object = design
        for name in condition.path:
            value = getattr(value, name, None)
        if value != condition.value:
            return False
    return True


def concrete(
    variant: Variant, guests: Sequence[str], victims: Sequence[str], big: str
) -> Iterator[str]:
    """Yield the changes of a variant with names of guests.

    Parameters
    ----------
    variant : Variant
        With ``victim``, ``others`` and ``largest`` in its changes.
    guests : sequence of str
        All of the host.
    victims : sequence of str
        Whom the variant is to help.
    big : str
        Who ``largest`` is; empty where there is no other guest.
    """
    others = [name for name in guests if name not in victims]
    stands_for = {"victim": list(victims), "others": others, "largest": [big] if big else []}
    for written in variant.changes:
        change = parse_change(written)
        word = change.path[1] if change.path[0] == "guests" and len(change.path) > 1 else ""
        if word in guests or word not in stands_for:
            yield written
            continue
        rest = ".".join(change.path[2:])
        for name in stands_for[word]:
            if change.how == "~":
                yield f"~guests.{name}"
            else:
                tail = f".{rest}" if rest else ""
                yield f"guests.{name}{tail}{change.how}{_value(written, change.how)}"


def _value(written: str, how: str) -> str:
    return written.partition(how)[2].strip()


def largest(design: Design, seed: int, victims: Sequence[str]) -> str:
    """Return the guest, not a victim, of the largest mean LP demand; empty where there is none."""
    demand: dict[str, float] = {}
    for trial in range(_SAMPLED):
        for guest in design.draw(seed=seed, trial=trial).guests:
            if guest.name not in victims:
                demand[guest.name] = demand.get(guest.name, 0.0) + guest.lp_demand
    return max(demand, key=lambda name: demand[name], default="")
