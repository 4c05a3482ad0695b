"""Constants that are only assumed: fixed, or drawn from their ranges once per trial.

A drawn constant is a uniform named by seed, trial and the constant's path, put through the inverse
of its law: it is the same at every design point, and one more constant leaves the others' draws as
they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hvmc.regimes.luck import Luck
from hvmc.regimes.traces import TraceSource
from hvmc.scenario.constants import ROOTS, Constant, constants, replaced
from hvmc.scenario.evidence import Assumed
from hvmc.scenario.overheads import MECHANISMS
from hvmc.scenario.settings import Settings, choice, texts

if TYPE_CHECKING:
    from hvmc.regimes.design import Design
    from hvmc.regimes.fitted import FittedGuest
    from hvmc.regimes.population import Role
    from hvmc.scenario.guest import Guest

__all__ = [
    "Assumptions",
    "assumed",
    "assumed_of_recordings",
    "draw_constants",
    "drawn_constants",
    "drawn_of_recording",
    "drawn_parts",
    "is_place",
    "law_of",
]


@cache
def assumed() -> dict[str, Constant]:
    """Return the constants that can be drawn, with their defaults, by path."""
    return {
        constant.path: constant
        for name, cls in ROOTS.items()
        for constant in constants(cls(), name)
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
    known = assumed()[path].known
    assert isinstance(known, Assumed)
    return known


def is_place(path: str) -> bool:
    """Say whether a path is that of a constant that can be drawn, or one above it."""
    return any(_lies_below(one, path) for one in (*assumed(), *assumed_of_recordings()))


def _is_choice(path: str) -> bool:
    return path in assumed() and not law_of(path).has_range


def _lies_below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}.")


@dataclass(frozen=True)
class Assumptions(Settings):
    """What is done with constants of the machine that no evidence decides.

    Parameters
    ----------
    mode : str
        ``fixed``: they have their values. ``drawn``: each that is assumed within a range (`hvmc
        constants`) is drawn from it once per trial, the same at every design point.
    known : tuple of str
        Dotted paths of constants that are not drawn, or of what stands above them. A constant that
        was given another value than its default is not drawn either.
    choices : tuple of str
        Paths of choices between rules that are drawn as well, each option with the same
        probability.
    """

    mode: str = choice("fixed", ("fixed", "drawn"))
    known: tuple[str, ...] = texts(
        good=is_place, rule="the path of an assumed constant or what stands above it"
    )
    choices: tuple[str, ...] = texts(good=_is_choice, rule="the path of an assumed choice")


def drawn_constants(design: "Design") -> tuple[Constant, ...]:
    """Return the constants that are drawn at a design point, with the values they have undrawn."""
    if design.assumptions.mode == "fixed":
        return ()
    found = (item for name in ROOTS for item in constants(getattr(design, name), name))
    return tuple(constant for constant in found if _is_drawn(constant, design))


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
        and not any(_lies_below(constant.path, place) for place in design.assumptions.known)
    )


def _is_drawn(constant: Constant, design: "Design") -> bool:
    usual, path = assumed().get(constant.path), constant.path
    if usual is None or constant.value != usual.value:
        return False
    if _is_choice(path) and path not in design.assumptions.choices:
        return False
    if any(_lies_below(path, place) for place in design.assumptions.known):
        return False
    return not any(path.startswith(place) and is_idle(design) for place, is_idle in _IDLE)


def draw_constants(design: "Design", luck: Luck) -> dict[str, Any]:
    """Return path and value of every constant that is drawn, for one trial."""
    return {
        constant.path: _drawn(constant, luck.constant(constant.path, _places()[constant.path]))
        for constant in design.drawn
    }


@cache
def _places() -> dict[str, int]:
    """Return which of all constants each is, in the order of their paths."""
    return {path: place for place, path in enumerate(sorted(assumed()))}


def _drawn(constant: Constant, u: float) -> Any:
    law = law_of(constant.path)
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
    return {root: replaced(getattr(design, root), changes) for root, changes in parts.items()}


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
