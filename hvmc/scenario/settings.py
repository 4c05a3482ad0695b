"""Settings: checked dataclasses that report every problem at once.

A settings class is a frozen dataclass deriving from `Settings` whose fields are declared with
`whole`, `number`, `choice`, `flag`, `text`, `nested`, `nested_all` or `variant`. Constructing one
in Python raises `SettingsError` on the first bad object; `read` builds a whole tree from plain
mappings (a composed configuration) and collects the problems of all of it. A problem names the
path, the rule, the value and, where it is not plain, the remedy.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self

from hvmc.scenario.evidence import Known
from hvmc.scenario.problems import (
    Checked,
    Problem,
    SettingsError,
    join,
    nearest,
    wrong_keys,
)
from hvmc.scenario.rules import Choice, Flag, Number, Rule, Text, told_value

__all__ = [
    "Problem",
    "Settings",
    "SettingsError",
    "choice",
    "commitment",
    "flag",
    "nearest",
    "nested",
    "nested_all",
    "number",
    "read",
    "text",
    "texts",
    "variant",
    "whole",
    "whole_numbers",
]


type Below = Mapping[str, Known]
"""What is known of what stands below a field, by dotted path; rows by name, ``*`` for all."""


class Settings(metaclass=Checked):
    """Base of settings dataclasses; subclasses may add `rules` that relate fields."""

    def __post_init__(self) -> None:
        name = type(self).__name__
        problems: list[Problem] = []
        for key, rule in field_rules(type(self)):
            given = getattr(self, key)
            value = rule.read(given, f"{name}.{key}", problems)
            if value is not given:
                object.__setattr__(self, key, value)
        if not problems:
            problems = [Problem(join(name, key), message) for key, message in self.rules()]
        if problems:
            raise SettingsError(problems)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield (field path, message) for every rule between fields that is broken."""
        return iter(())

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


_RULES: dict[type, tuple[tuple[str, Rule], ...]] = {}


def field_rules(cls: type) -> tuple[tuple[str, Rule], ...]:
    """Return (name, rule) of the declared fields of a settings class."""
    if cls not in _RULES:
        _RULES[cls] = tuple(
            (item.name, item.metadata["rule"])
            for item in dataclasses.fields(cls)
            if "rule" in item.metadata
        )
    return _RULES[cls]


@dataclass(frozen=True)
class _Nested:
    cls: type
    optional: bool
    default: Any = None

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        if isinstance(value, self.cls) or (value is None and self.optional):
            return value
        if isinstance(value, Mapping):
            usual = () if self.default is None else fields(self.default)
            given = {item.name: getattr(self.default, item.name) for item in usual}
            return read(self.cls, {**given, **value}, path, problems)
        names = [item.name for item in fields(self.cls)]
        rule = f"must be a mapping of {', '.join(names)}, got {told_value(value)}"
        meant = [
            f"{path}.{item.name}={value}"
            for item in fields(self.cls)
            if isinstance(item.metadata.get("rule"), Choice)
            and value in item.metadata["rule"].options
        ]
        off = f": {path}.enabled=false switches it off" if "enabled" in names else ""
        problems.append(Problem(path, rule + (f": did you mean {meant[0]}?" if meant else off)))
        return None


@dataclass(frozen=True)
class _Variant:
    table: Mapping[str, type]
    optional: bool
    what: str

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        if isinstance(value, tuple(self.table.values())) or (value is None and self.optional):
            return value
        if not isinstance(value, Mapping):
            problems.append(
                Problem(
                    path,
                    f"must be a {self.what} with a kind ({self.kinds}), got {told_value(value)}",
                )
            )
            return None
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in self.table:
            problems.append(
                Problem(join(path, "kind"), f"must be one of {self.kinds}, got {told_value(kind)}")
            )
            return None
        rest = {key: item for key, item in value.items() if key != "kind"}
        return read(self.table[kind], rest, path, problems)

    @property
    def kinds(self) -> str:
        return ", ".join(self.table)


@dataclass(frozen=True)
class _Several:
    item: Rule
    named: bool

    def read(self, value: Any, path: str, problems: list[Problem]) -> Any:
        if isinstance(value, Mapping) and self.named:
            entries = []
            for key, inner in value.items():
                if isinstance(inner, Mapping):
                    inner = {"name": key, **inner}
                entries.append(self.item.read(inner, join(path, str(key)), problems))
            return tuple(entries)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(
                self.item.read(inner, self._place(inner, path, index), problems)
                for index, inner in enumerate(value)
            )
        shape = "a mapping of names" if self.named else "a list"
        problems.append(Problem(path, f"must be {shape}, got {told_value(value)}"))
        return ()

    def _place(self, inner: Any, path: str, index: int) -> str:
        name = getattr(inner, "name", None) if self.named else None
        return f"{path}.{name}" if name else f"{path}[{index}]"


def _field(
    rule: Rule, default: Any, factory: Any = MISSING, known: Known | Below | None = None
) -> Any:
    metadata = {"rule": rule, "known": known}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)


def whole(
    default: Any = MISSING,
    *,
    low: int = 0,
    high: float = math.inf,
    optional: bool = False,
    remedy: str = "",
    known: Known | None = None,
) -> Any:
    """Declare an integer field within ``low..high``; ``known``: its evidence."""
    return _field(Number(low, high, True, False, optional, remedy), default, known=known)


def number(
    default: Any = MISSING,
    *,
    low: float = 0.0,
    high: float = math.inf,
    above: bool = False,
    optional: bool = False,
    remedy: str = "",
    known: Known | None = None,
) -> Any:
    """Declare a finite float field within ``low..high`` (``above``: low itself excluded)."""
    return _field(Number(low, high, False, above, optional, remedy), default, known=known)


def choice(default: str, options: Sequence[str], *, known: Known | None = None) -> Any:
    """Declare a field that takes one of some words."""
    return _field(Choice(tuple(options)), default, known=known)


def choices(default: tuple[str, ...], options: Sequence[str]) -> Any:
    """Declare a field that takes a list of some words."""
    return _field(_Several(Choice(tuple(options)), named=False), default)


def commitment(
    default: Any = MISSING,
    *,
    low: float = 0.0,
    above: bool = False,
    optional: bool = False,
    known: Known | None = None,
) -> Any:
    """Declare a demand over a capacity; at most 10, so that a percentage is noticed."""
    rule = Number(low, 10.0, False, above, optional, " (times what there is: 35 % is 0.35)")
    return _field(rule, default, known=known)


def flag(default: bool, *, known: Known | None = None) -> Any:
    """Declare a true/false field."""
    return _field(Flag(), default, known=known)


def text(
    default: Any = MISSING,
    *,
    allow_empty: bool = False,
    good: Callable[[str], bool] | None = None,
    rule: str = "a word",
) -> Any:
    """Declare a string field."""
    return _field(Text(allow_empty, good, rule), default)


def nested(cls: type, default: Any = MISSING, *, optional: bool = False) -> Any:
    """Declare a nested settings field, by default ``cls()``.

    What a mapping leaves out is as in the default.
    """
    if default is MISSING:
        return _field(_Nested(cls, optional), default, cls)
    return _field(_Nested(cls, optional, default), default)


def nested_all(
    cls: type, default: tuple[Any, ...] = (), *, named: bool = True, known: Below | None = None
) -> Any:
    """Declare a tuple of nested settings; from a configuration a mapping of names."""
    return _field(_Several(_Nested(cls, False), named), default, known=known)


def texts(*, good: Callable[[str], bool], rule: str) -> Any:
    """Declare a tuple of words."""
    return _field(_Several(Text(False, good, rule), named=False), ())


def numbers(*, low: float = 0.0, high: float = math.inf) -> Any:
    """Declare a tuple of finite floats."""
    return _field(_Several(Number(low, high, False, False, False, ""), named=False), ())


def whole_numbers(*, low: int = 0, high: float = math.inf) -> Any:
    """Declare a tuple of integers."""
    return _field(_Several(Number(low, high, True, False, False, ""), named=False), ())


def variant(
    table: Mapping[str, type],
    default: Any = MISSING,
    *,
    optional: bool = False,
    what: str,
    known: Below | None = None,
) -> Any:
    """Declare a field that holds one of several classes, chosen by ``kind``."""
    return _field(_Variant(table, optional, what), default, known=known)


def read(cls: type, data: Mapping[str, Any], path: str, problems: list[Problem]) -> Any:
    """Build ``cls`` from a plain mapping, collecting problems instead of raising.

    Parameters
    ----------
    cls : type
        A dataclass that raises `SettingsError`: of settings, or a law.
    data : Mapping
        Field name to plain value.
    path : str
        Where the mapping stands in the configuration, for messages.
    problems : list of Problem
        Extended in place.

    Returns
    -------
    object or None
        The instance; None where problems were found below ``path``.
    """
    known = {item.name: item for item in fields(cls) if item.init}
    before = len(problems)
    problems += wrong_keys(data, known, path)
    rules = dict(field_rules(cls))
    values: dict[str, Any] = {}
    for key in known:
        if key in data:
            rule = rules.get(key)
            value = data[key]
            values[key] = rule.read(value, join(path, key), problems) if rule else value
    if len(problems) > before:
        return None
    return _build(cls, values, path, problems)


def _build(cls: type, values: dict[str, Any], path: str, problems: list[Problem]) -> Any:
    try:
        return cls(**values)
    except SettingsError as error:
        problems.extend(problem.below(path) for problem in error.problems)
    return None
