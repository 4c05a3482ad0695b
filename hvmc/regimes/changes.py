"""Changes of a host after it was drawn: the same guests, the same luck, something done to them.

What was measured of a host was measured on it as it is. So a change must not reach the draw: with
more LPs the same utilisation would be read as other work. The scenario is drawn as it was, then
changed, and those who stay keep their requests, their names and their luck.

A change is written as an override of the drawn scenario:

=====================================  ===========================================================
``host.logical_processors+=4``         added (``-=``: taken away)
``guests.sql.priority.weight*=8``      multiplied; of a law all times are
``guests.all.io.kind=direct``          set; ``all`` stands for every guest
``guests.web.load*=1.5``               half as much work again: more threads, or less thinking
``~guests.web``                        moved to another host
``guests.web+=2``                      two more of that name or role, each with luck of its own
=====================================  ===========================================================

``fitted.sql`` says the same as ``guests.sql``. Changes are made in order. Where a whole number is
due, it is the next one away from what there was, of LPs a multiple of ``threads_per_core``. Devices
stay as they are when LPs come or go, and so do working sets when a guest's maximum memory changes.
"""

import dataclasses
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from hvmc.regimes.load import loaded
from hvmc.scenario.distributions import Distribution
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, Settings, SettingsError, nearest

__all__ = ["ALL", "Change", "additions", "changed", "is_change", "parse_change"]

ALL = "all"
_FORM = re.compile(r"([A-Za-z_][\w.-]*?)\s*(\*=|\+=|-=|=)\s*(\S.*)")
_GONE = re.compile(r"~\s*(?:guests|fitted)\.([\w-]+)")
_GUESTS = ("guests", "fitted")
_LITTLE = 1e-9


class Change(NamedTuple):
    """A change, read.

    Parameters
    ----------
    text : str
        As written.
    path : tuple of str
        Components of the dotted path; guests stand below ``guests``.
    how : str
        ``=``, ``*=``, ``+=``, ``-=`` or ``~``.
    value : object
        None with ``~``.
    """

    text: str
    path: tuple[str, ...]
    how: str
    value: Any

    @property
    def adds_guests(self) -> bool:
        """Whether it brings further guests."""
        return self.how == "+=" and len(self.path) == 2 and self.path[0] == "guests"


def parse_change(text: str) -> Change:
    """Read a change.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> parse_change("fitted.web.priority.weight*=8")[1:]
    (('guests', 'web', 'priority', 'weight'), '*=', 8)
    """
    gone = _GONE.fullmatch(text.strip())
    if gone:
        return Change(text, ("guests", gone[1]), "~", None)
    form = _FORM.fullmatch(text.strip())
    if not form:
        raise ValueError(f"{text!r} is no change: write PATH=VALUE, PATH*=FACTOR, PATH+=MORE")
    path = form[1].split(".")
    if path[0] in _GUESTS:
        path[0] = "guests"
    try:
        value = yaml.safe_load(form[3])
    except yaml.YAMLError as error:
        raise ValueError(f"{text!r} has no value that can be read: {form[3]}") from error
    counts = isinstance(value, int | float) and not isinstance(value, bool)
    if form[2] != "=" and not counts:
        raise ValueError(f"{text!r} needs a number after {form[2]}, got {value!r}")
    return Change(text, tuple(path), form[2], value)


def is_change(text: str) -> bool:
    """Say whether a text can be read as a change."""
    try:
        parse_change(text)
    except ValueError:
        return False
    return True


def additions(changes: Iterable[str]) -> dict[str, int]:
    """Return name or role of further guests to how many there are to be.

    Raises
    ------
    SettingsError
        If it is no whole number.
    """
    found: dict[str, int] = {}
    for change in map(parse_change, changes):
        if change.adds_guests:
            if not isinstance(change.value, int) or change.value < 0:
                raise _wrong(change, f"must add a whole number of guests, got {change.value}")
            found[change.path[1]] = found.get(change.path[1], 0) + change.value
    return found


def changed(scenario: Scenario, changes: Sequence[str]) -> Scenario:
    """Return a drawn scenario with changes made in order; further guests are drawn before.

    Parameters
    ----------
    scenario : Scenario
        As drawn.
    changes : sequence of str
        As in the module's table.

    Raises
    ------
    SettingsError
        If a change names what is not there, or what it makes breaks a rule.
    """
    for change in map(parse_change, changes):
        if change.adds_guests:
            continue
        try:
            scenario = _one(scenario, change)
        except SettingsError as error:
            raise SettingsError([_told(problem, change) for problem in error.problems]) from error
    return scenario


def _told(problem: Problem, change: Change) -> Problem:
    if problem.path == "Design.changes":
        return problem
    where = problem.below("").path
    return Problem("Design.changes", f"({change.text}) make {where} wrong: it {problem.message}")


def _wrong(change: Change, text: str) -> SettingsError:
    return SettingsError([Problem("Design.changes", f"({change.text}) {text}")])


def _one(scenario: Scenario, change: Change) -> Scenario:
    if change.path[0] != "guests":
        host = scenario.host
        if change.path == ("host", "logical_processors"):
            if change.how == "*=":
                change = change._replace(how="=", value=_whole_cores(host, change.value))
            scenario = scenario.replace(host=_with_devices_as_they_are(host))
        made: Scenario = _put(scenario, change.path, change)
        return made
    if len(change.path) < 2:
        raise _wrong(change, "must name a guest: guests.NAME, or guests.all")
    name = change.path[1]
    there = [guest.name for guest in scenario.guests]
    if name != ALL and name not in there:
        raise _wrong(change, f"names no guest of this host: {nearest(name, [*there, ALL])}")
    if change.how == "~":
        kept = tuple(guest for guest in scenario.guests if guest.name != name)
        if not kept:
            raise _wrong(change, "must leave a guest on the host: move another one")
        return scenario.replace(guests=kept)
    if len(change.path) < 3:
        raise _wrong(change, "must name a setting of the guest, as guests.NAME.priority.weight")
    guests = tuple(
        _guest(guest, change) if name in (ALL, guest.name) else guest for guest in scenario.guests
    )
    return scenario.replace(guests=guests)


def _guest(guest: Guest, change: Change) -> Guest:
    path = change.path[2:]
    if path == ("load",):
        if change.how != "*=":
            raise _wrong(change, "can only be multiplied: load*=1.5 is half as much again")
        try:
            return guest.replace(workload=loaded(guest.workload, float(change.value)))
        except ValueError as error:
            raise _wrong(change, str(error)) from error
    if path == ("memory", "maximum_mib"):
        memory = guest.memory
        use = memory.use.replace(working_set_mib=memory.working_set_mib)
        guest = guest.replace(memory=memory.replace(use=use))
    made: Guest = _put(guest, path, change)
    return made


def _whole_cores(host: Host, factor: float) -> int:
    """Return so many times the LPs, rounded to whole cores away from those that there are."""
    threads = host.threads_per_core
    return threads * _away(host.logical_processors // threads, factor)


def _away(old: int, factor: float) -> int:
    new = old * factor
    return math.ceil(new - _LITTLE) if new > old else math.floor(new + _LITTLE)


def _with_devices_as_they_are(host: Host) -> Host:
    servers = [item.servers_on(host.logical_processors) for item in host.devices]
    pinned = zip(host.devices, servers, strict=True)
    return host.replace(devices=tuple(item.replace(servers=count) for item, count in pinned))


def _put(owner: Any, path: Sequence[str], change: Change) -> Any:
    """Return settings, a law, or a tuple of named settings with the change made below them."""
    name, *rest = path
    if isinstance(owner, tuple):
        names = [getattr(item, "name", "") for item in owner]
        if name not in names or not rest:
            raise _wrong(change, f"names nothing there: {nearest(name, names)}")
        return tuple(_put(item, rest, change) if item.name == name else item for item in owner)
    known = [item.name for item in dataclasses.fields(owner) if item.init]
    if name not in known:
        raise _wrong(change, f"names no setting, {name} is unknown: {nearest(name, known)}")
    old = getattr(owner, name)
    if not rest:
        new = _value(old, change)
    elif isinstance(old, Settings | Distribution | tuple):
        new = _put(old, rest, change)
    else:
        raise _wrong(change, f"goes below {name}, which holds a single value")
    return dataclasses.replace(owner, **{name: new})


def _value(old: Any, change: Change) -> Any:
    if change.how == "=":
        return change.value
    if old is None:  # there is nothing: no I/O whose time could be halved
        return None
    if isinstance(old, Distribution) and change.how == "*=":
        return old.scaled(float(change.value))
    if isinstance(old, bool) or not isinstance(old, int | float):
        raise _wrong(change, f"can't be reckoned with: it holds {type(old).__name__}, write =")
    if change.how == "*=":
        return _away(old, change.value) if isinstance(old, int) else old * change.value
    return old + change.value if change.how == "+=" else old - change.value
