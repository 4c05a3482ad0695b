"""The constants of the model: every setting whose declaration says what is known of it."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hvmc.scenario.evidence import Known
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.memory import Balancer, Memory
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.problems import join
from hvmc.scenario.settings import Settings
from hvmc.scenario.span import DrawnRange

__all__ = ["ROOTS", "Constant", "constants", "model_constants", "replaced", "value_at"]

ROOTS: dict[str, type[Settings]] = {
    "host": Host,
    "dispatch": Dispatch,
    "root": Root,
    "overheads": Overheads,
    "balancer": Balancer,
}
"""Settings of a design that hold the constants of the machine."""

# longest first
_UNITS = {
    "_mib_per_s": "MiB/s",
    "_per_gib_mib": "MiB/GiB",
    "_per_cpu_s": "1/s of CPU",
    "_bytes": "B",
    "_mib": "MiB",
    "_kib": "KiB",
    "_hz": "Hz",
    "_s": "s",
}


@dataclass(frozen=True)
class Constant:
    """A constant as some settings have it.

    Parameters
    ----------
    path : str
        Dotted path below the settings; of a row of a table by its name, ``*`` for all rows.
    value : object
        Value; the values of all rows as a tuple.
    known : Known
        What is known of it.
    """

    path: str
    value: Any
    known: Known

    @property
    def unit(self) -> str:
        """Unit; empty where it has none."""
        return self.known.unit or next(
            (unit for end, unit in _UNITS.items() if self.path.endswith(end)), ""
        )

    @property
    def told_value(self) -> str:
        """The value in words, without its unit; of the rows of a table least and most."""
        return _told(self.value)

    @property
    def told_range(self) -> str:
        """Its range or its options in words, empty where it has neither."""
        known = self.known
        if known.low is None or known.high is None:
            return " or ".join(_told(option) for option in getattr(known, "options", ()))
        return f"{_short(known.low)}..{_short(known.high)}"


def constants(settings: Any, path: str = "") -> Iterator[Constant]:
    """Yield every constant of some settings.

    Parameters
    ----------
    settings : Settings
        Walked down to its leaves, in the order of declaration.
    path : str
        Where they stand.
    """
    for item in dataclasses.fields(settings):
        known, inner, at = item.metadata.get("known"), getattr(settings, item.name), item.name
        if isinstance(known, Mapping):
            for below, one in known.items():
                found = [*_values(inner, below.split("."))]
                if found:
                    value = tuple(found) if "*" in below else found[0]
                    yield Constant(join(path, f"{at}.{below}"), value, one)
        elif known is not None:
            yield Constant(join(path, at), inner, known)
        if isinstance(inner, Settings):
            yield from constants(inner, join(path, at))


def model_constants() -> Iterator[Constant]:
    """Yield every constant of the model with its default, by the path that sets it."""
    for name, cls in ROOTS.items():
        yield from constants(cls(), name)
    yield from constants(Memory(), "guests.NAME.memory")


def _told(value: Any) -> str:
    if isinstance(value, DrawnRange):
        return f"{_short(value.low)}..{_short(value.high)}"
    if isinstance(value, tuple):
        return "..".join(dict.fromkeys(map(_told, (min(value), max(value)))))
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_told(inner)}' for key, inner in value.items())}}}"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 1e4 else f"{number:.4g}"


def _values(holder: Any, names: list[str]) -> Iterator[Any]:
    """Yield what stands at a path; nothing where there is no such row."""
    if not names:
        yield holder
    elif isinstance(holder, tuple):
        for row in holder:
            if names[0] in ("*", row.name):
                yield from _values(row, names[1:])
    elif hasattr(holder, names[0]):
        yield from _values(getattr(holder, names[0]), names[1:])


def value_at(settings: Any, path: str) -> Any:
    """Return what stands at a dotted path; None where there is no such row."""
    return next(_values(settings, path.split(".")), None)


def replaced(settings: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of settings with the values at some dotted paths changed.

    Raises
    ------
    SettingsError
        If a value breaks a rule.
    """
    deeper: dict[str, dict[str, Any]] = {}
    here: dict[str, Any] = {}
    for path, value in changes.items():
        name, _, rest = path.partition(".")
        if rest:
            deeper.setdefault(name, {})[rest] = value
        else:
            here[name] = value
    if isinstance(settings, tuple):
        return tuple(
            replaced(row, deeper[row.name]) if row.name in deeper else row for row in settings
        )
    inner = {name: replaced(getattr(settings, name), below) for name, below in deeper.items()}
    return dataclasses.replace(settings, **here, **inner)
