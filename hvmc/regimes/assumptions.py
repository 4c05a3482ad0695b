"""Constants that are only assumed: fixed, or drawn from their ranges once per trial.

A drawn constant is a uniform named by seed, trial and the constant's path, put through the inverse
of its law: it is the same at every design point, and one more constant leaves the others' draws as
they are. Those of the laws of drawn guests (``population.ROLE``) are drawn once for all roles that
have them from nobody.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hvmc.regimes.luck import Luck
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.regimes.traces import TraceSource
from hvmc.scenario.constants import ROOTS, Constant, constants, replaced, value_at
from hvmc.scenario.evidence import Assumed
from hvmc.scenario.overheads import MECHANISMS
from hvmc.scenario.settings import Settings, choice, texts

if TYPE_CHECKING:
    from hvmc.regimes.design import Design
    from hvmc.regimes.fitted import FittedGuest
    from hvmc.scenario.guest import Guest

__all__ = [
    "ROLE",
    "Assumptions",
    "assumed_constants",
    "assumed_of_recordings",
    "constants_of_guests",
    "draw_constants",
    "drawn_constants",
    "drawn_of_recording",
    "drawn_of_roles",
    "drawn_parts",
    "is_place",
    "is_place_of_any",
    "law_of",
]

ROLE = "population.ROLE"
"""Where the constants of drawn guests stand, whatever their roles are called."""


@cache
def assumed_constants() -> dict[str, Constant]:
    """Return the constants that can be drawn, with their defaults, by path."""
    return {**_drawable({name: cls() for name, cls in ROOTS.items()}), **_assumed_of_guests()}


@cache
def _assumed_of_guests() -> dict[str, Constant]:
    """Return those of the laws that guests are drawn from."""
    return _drawable({"regime": Regime(), ROLE: Role()})


def _drawable(roots: Mapping[str, Settings]) -> dict[str, Constant]:
    return {
        constant.path: constant
        for name, settings in roots.items()
        for constant in constants(settings, name)
        if isinstance(constant.known, Assumed)
        and (constant.known.has_range or constant.known.has_options)
    }


@cache
def assumed_of_recordings() -> dict[str, Constant]:
    """Return what is assumed of recorded VMs and can be drawn, with its defaults, by path.

    Drawn as constants of the machine are, but no column of results: of the burst that is
    ``cpu_mean_s``, the others follow from seed and trial.
    """
    source = TraceSource(path="recording")
    return {
        constant.path: constant
        for constant in constants(source, "trace")
        if isinstance(constant.known, Assumed) and constant.known.has_range
    }


def law_of(path: str) -> Assumed:
    """Return the law by which a constant is drawn."""
    known = assumed_constants()[path].known
    assert isinstance(known, Assumed)
    return known


def is_place(path: str) -> bool:
    """Say whether a path is that of a constant that can be drawn, or one above it."""
    return any(_lies_below(one, path) for one in (*assumed_constants(), *assumed_of_recordings()))


def is_place_of_any(path: str) -> bool:
    """Say whether a path is such a place, with any role's name in the place of ROLE.

    Or of a number that a drawn constant must not cross, whatever is known of that number.
    """
    root, *below = path.split(".")
    if root == "population" and below:
        return is_place(".".join([ROLE, *below[1:]]))
    crossed = (f"regime.{one}" for ties in _TIED.values() for one in ties)
    return is_place(path) or path in crossed


def _is_choice(path: str) -> bool:
    return path in assumed_constants() and not law_of(path).has_range


def _lies_below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}.")


@dataclass(frozen=True)
class Assumptions(Settings):
    """What is done with constants of the machine and of drawn guests that no evidence decides.

    Parameters
    ----------
    mode : str
        ``fixed``: they have their values. ``drawn``: each that is assumed within a range (`hvmc
        constants`) is drawn from it once per trial, the same at every design point.
    known : tuple of str
        Dotted paths of constants that are not drawn, or of what stands above them; those of drawn
        guests of one role, or with ROLE in the place of its name of all. A constant that was given
        another value than its default is not drawn either, nor is the other end of a range of which
        one end was.
    choices : tuple of str
        Paths of choices between rules that are drawn as well, each option with the same
        probability.
    """

    mode: str = choice("fixed", ("fixed", "drawn"))
    known: tuple[str, ...] = texts(
        good=is_place_of_any,
        rule="the path of an assumed constant or what stands above it (see hvmc constants)",
    )
    choices: tuple[str, ...] = texts(good=_is_choice, rule="the path of an assumed choice")


def drawn_constants(design: "Design") -> tuple[Constant, ...]:
    """Return the constants that are drawn at a design point, with the values they have undrawn."""
    if design.assumptions.mode == "fixed":
        return ()
    found = (item for name in ROOTS for item in constants(getattr(design, name), name))
    of_roles = frozenset[str]().union(*design.drawn_of_roles.values())
    of_guests = (
        constant
        for path, constant in _assumed_of_guests().items()
        if path in of_roles or (design.regime is not None and _is_drawn_of_regime(path, design))
    )
    return (*(constant for constant in found if _is_drawn(constant, design)), *of_guests)


def drawn_of_roles(design: "Design") -> dict[str, frozenset[str]]:
    """Return role to the paths of the constants of drawn guests that are drawn for it."""
    if design.assumptions.mode == "fixed":
        return {role.name: frozenset() for role in design.population}
    return {
        role.name: frozenset(
            path for path in _assumed_of_guests() if _is_drawn_of(role, path, design)
        )
        for role in design.population
    }


def _is_drawn_of_regime(path: str, design: "Design") -> bool:
    root, _, below = path.partition(".")
    return root == "regime" and _is_free(design.regime, Regime(), below, "regime.", design)


def _is_drawn_of(role: Role, path: str, design: "Design") -> bool:
    """Say whether a constant of drawn guests, a path below `ROLE`, is drawn for a role."""
    if not path.startswith(f"{ROLE}."):
        return False
    below = path.removeprefix(f"{ROLE}.")
    return _is_free(role, Role(), below, f"{ROLE}.", design) and not any(
        _is_known(f"population.{role.name}.{one}", design) for one in _tied(below)
    )


def _is_free(settings: Any, usual: Settings, below: str, root: str, design: "Design") -> bool:
    """Say whether settings have the usual value and it is not known, nor the other end's."""
    return all(
        value_at(settings, one) == value_at(usual, one) and not _is_known(f"{root}{one}", design)
        for one in _tied(below)
    )


def _tied(below: str) -> tuple[str, ...]:
    """Return a constant, below its root, and what must be free for it to be drawn."""
    return below, *_TIED.get(below, ())


def _is_known(path: str, design: "Design") -> bool:
    return any(_lies_below(path, place) for place in design.assumptions.known)


def drawn_of_recording(design: "Design") -> tuple[Constant, ...]:
    """Return what is assumed of recorded VMs and drawn at a design point."""
    if design.assumptions.mode == "fixed" or design.trace is None:
        return ()
    usual = assumed_of_recordings()
    return tuple(
        constant
        for constant in constants(design.trace, "trace")
        if constant.path in usual
        and constant.value == usual[constant.path].value
        and not _is_known(constant.path, design)
    )


def _is_drawn(constant: Constant, design: "Design") -> bool:
    usual, path = assumed_constants().get(constant.path), constant.path
    if usual is None or constant.value != usual.value:
        return False
    if _is_choice(path) and path not in design.assumptions.choices:
        return False
    if _is_known(path, design):
        return False
    return not any(path.startswith(place) and is_idle(design) for place, is_idle in _IDLE)


def draw_constants(design: "Design", luck: Luck) -> dict[str, Any]:
    """Return path and value of every constant that is drawn, for one trial."""
    return {constant.path: _drawn(constant, luck) for constant in design.drawn}


def constants_of_guests(design: "Design", luck: Luck) -> dict[str, float]:
    """Return path and value of the constants that guests are drawn from, for one trial.

    As drawn, for roles that have them from nobody. Of those that are not drawn the value that all
    roles have; nan where they differ, or where no guests are drawn.
    """
    known = _assumed_of_guests()
    found = {path: _common(design, path) for path in known}
    drawn = [constant for constant in design.drawn if constant.path in known]
    return found | {constant.path: _drawn(constant, luck) for constant in drawn}


def _common(design: "Design", path: str) -> float:
    root, _, below = path.partition(".")
    if root == "regime":
        values = {value_at(design.regime, below)}
    else:
        values = {value_at(role, path.removeprefix(f"{ROLE}.")) for role in design.population}
    value = values.pop() if len(values) == 1 else None
    return math.nan if value is None else float(value)


@cache
def _places() -> dict[str, int]:
    """Return which of all constants each is: in the order of paths, those of guests at the end."""
    of_guests = _assumed_of_guests()
    machine = sorted(path for path in assumed_constants() if path not in of_guests)
    return {path: place for place, path in enumerate((*machine, *sorted(of_guests)))}


def _drawn(constant: Constant, luck: Luck) -> Any:
    law, u = law_of(constant.path), luck.constant(constant.path, _places()[constant.path])
    if law.options:
        return tuple(law.options)[int(u * len(law.options))]
    value = law.quantile(u)
    return round(value) if isinstance(constant.value, int) else value


def drawn_parts(design: "Design", luck: Luck) -> dict[str, Any]:
    """Return the settings of a design that hold drawn constants, with these in place."""
    parts: dict[str, dict[str, Any]] = {}
    of_recording = {
        constant.path: assumed_of_recordings()[constant.path].known.quantile(  # type: ignore[union-attr]
            luck.constant(constant.path)
        )
        for constant in drawn_of_recording(design)
    }
    for path, value in (draw_constants(design, luck) | of_recording).items():
        root, _, below = path.partition(".")
        parts.setdefault(root, {})[below] = value
    of_roles = parts.pop("population", {})
    found = {root: replaced(getattr(design, root), changes) for root, changes in parts.items()}
    if of_roles:
        found["population"] = tuple(_of_role(role, of_roles, design) for role in design.population)
    return found


def _of_role(role: Role, changes: Mapping[str, Any], design: "Design") -> Role:
    """Return a role with those of some drawn constants that are drawn for it."""
    root, _, name = ROLE.partition(".")
    own = {
        path.removeprefix(f"{name}."): value
        for path, value in changes.items()
        if f"{root}.{path}" in design.drawn_of_roles[role.name]
    }
    changed: Role = replaced(role, own)
    return changed


def _guests(design: "Design") -> "Iterator[Role | Guest | FittedGuest]":
    yield from design.population
    yield from design.guests
    yield from design.fitted


def _off(mechanism: str) -> "Callable[[Design], bool]":
    return lambda design: not design.overheads.uses(mechanism)


def _all_enlightened(design: "Design") -> bool:
    return all(guest.enlightened for guest in _guests(design))


def _none_enlightened(design: "Design") -> bool:
    return design.trace is None and not any(guest.enlightened for guest in _guests(design))


def _none_emulated(design: "Design") -> bool:
    return all(
        way.kind != "emulated" for guest in _guests(design) for way in (guest.io, guest.network)
    )


def _no_limit(design: "Design") -> bool:
    return all(priority.limit == 1.0 for priority in design.priorities)


# what must be free as well: the other end of a range, or what it must not fall below
_TIED = {
    **{
        f"{name}_{end}{unit}": (f"{name}_{other}{unit}",)
        for name, unit in (
            ("think_ratio", ""),
            ("cpu", "_s"),
            ("io_share", ""),
            ("memory", "_mib"),
            ("memory.working_set", ""),
        )
        for end, other in (("low", "high"), ("high", "low"))
    },
    "own_commitment_max": ("mean_own_commitment_high",),
}

# what a path begins with, and where nothing below it has an effect
_IDLE: "tuple[tuple[str, Callable[[Design], bool]], ...]" = (
    *((f"overheads.{name}.", _off(name)) for name in MECHANISMS),
    *((f"overheads.{name}.unenlightened", _all_enlightened) for name in MECHANISMS),
    *((f"overheads.{name}.enlightened", _none_enlightened) for name in MECHANISMS),
    ("overheads.io.port_", _none_emulated),
    ("balancer.", lambda design: not design.balancer.enabled),
    ("host.smt_speed", lambda design: design.host.threads_per_core == 1),
    ("root.background_load", lambda design: design.root_use is not None),
    ("root.", lambda design: design.root.background_load == 0.0),
    ("dispatch.limit_", _no_limit),
)
