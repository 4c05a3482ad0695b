"""Colours: of guests, of states, of memory pressure. All differ in lightness too."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from hvmc.scenario.guest import Guest

__all__ = ["STAGE", "STATE", "guest_colours", "guest_key", "key", "pressure_colour", "state_key"]

_GUESTS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d31", "#7b4fb0")
OTHER, OTHER_ROLE = "#a9bcc9", "#cc79a7"
ROOT = "root"
_ROOT, _FOLLOWED = "#333333", "#0072b2"
_DEFERRED = "#d40000"

STATE = {
    "ready": "#f2b134",
    "running": "#2a9d64",
    "capped": "#8a63b8",
    "blocked": "#8a4b2f",
    "spinning": "#9c1f7a",
}
STAGE = {
    **STATE,
    "thinks": "#e4e8eb",
    "queued": "#b7c0c7",
    "to device": "#7fb2e5",
    "at device": "#1f5f9e",
    "root completes": "#333333",
    "pages in": "#c2571a",
    "deferred": _DEFERRED,
}


def guest_colours(guests: Sequence[Guest], followed: str) -> dict[str, str]:
    """Return a colour for each partition: one each, or by role where there are many guests."""
    if len(guests) <= len(_GUESTS):
        colours = dict(zip((guest.name for guest in guests), _GUESTS, strict=False))
    else:
        roles = Counter(guest.role for guest in guests)
        common = roles.most_common(1)[0][0]
        colours = {g.name: OTHER if g.role == common else OTHER_ROLE for g in guests}
        colours[followed] = _FOLLOWED
    return colours | {ROOT: _ROOT}


def guest_key(fill: dict[str, str], followed: str, *, root: bool = True) -> str:
    """Return a key to `guest_colours` as HTML; ``root`` says whether there is a root partition."""
    if len(fill) == len(set(fill.values())):
        shown = {name: fill[name] for name in fill if root or name != ROOT}
    else:
        shown = {followed: fill[followed], ROOT: fill[ROOT]}
        shown |= {"other guests": OTHER, "guests of another role": OTHER_ROLE}
    return key({escape(name): colour for name, colour in shown.items()})


def state_key() -> str:
    """Return a key to the states of virtual processors and to deferred interrupts as HTML."""
    return key(STATE) + (
        "A red bar is an interrupt that waits, from pending (open circle) to taken (full one)."
    )


def pressure_colour(pressure: object) -> str:
    """Return the colour of a memory bar: calm, tight from 80 on, short above 100."""
    if not isinstance(pressure, float):
        return "#b7c0c7"
    return "#7fb2e5" if pressure < 80.0 else "#f2b134" if pressure <= 100.0 else "#d40000"


def key(colours: dict[str, str]) -> str:
    """Return a key to colours as HTML: a square and a name each. Names hold no markup."""
    return " ".join(
        f'<span class="key"><i style="background:{colour}"></i>{name}</span>'
        for name, colour in colours.items()
    )
