"""What is wrong with settings: path, rule, value, and the name that may have been meant."""

import difflib
import reprlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, Self

__all__ = ["Checked", "Problem", "SettingsError", "join", "nearest", "shown", "wrong_keys"]


_MOST_BITS = 14_000


class _Short(reprlib.Repr):
    """Writes values as Python does, the middle of long ones left out."""

    def __init__(self) -> None:
        super().__init__(
            maxstring=200, maxother=200, maxlist=40, maxtuple=40, maxdict=12, maxlevel=6
        )

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002
        if x.bit_length() > _MOST_BITS:  # Python refuses to write it
            return "a number of more than 4200 digits"
        text = repr(x)
        return text if len(text) <= self.maxlong else f"a number of {len(text.lstrip('-'))} digits"


def shown(value: object) -> str:
    """Return a value as a message shows it, however large or deep it is.

    Examples
    --------
    >>> shown("many"), shown(10**400)
    ("'many'", 'a number of 401 digits')
    """
    return _Short().repr(value)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the settings.

    Parameters
    ----------
    path : str
        Dotted path of the setting.
    message : str
        Rule, value and remedy: "must be 1..10000, got 0".
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}"

    def below(self, prefix: str) -> "Problem":
        """Return the problem with its first path component replaced by ``prefix``."""
        _, _, rest = self.path.partition(".")
        return Problem(join(prefix, rest), self.message)


class SettingsError(ValueError):
    """Settings that break a rule; ``problems`` holds all that were found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


def join(prefix: str, key: str) -> str:
    """Join two dotted paths, either of which may be empty."""
    return f"{prefix}.{key}" if prefix and key else prefix or key


def nearest(key: str, known: Sequence[str], below: str = "") -> str:
    """Return a remedy naming the known key nearest to ``key``, or all of them.

    The nearest is named with the path ``below`` which it stands.
    """
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {join(below, close[0])}?"
    return "known here: " + (", ".join(sorted(set(known))) if known else "nothing")


def wrong_keys(
    given: Collection[Any], known: Mapping[str, Field[Any]], path: str
) -> Iterator[Problem]:
    """Yield a problem for each key that is given but not known, and each that must be and is not.

    ``known`` holds the fields of what stands at the path; one without a default must be given.
    """
    for key in given:
        if key not in known:
            remedy = nearest(str(key), list(known), path)
            yield Problem(join(path, str(key)), f"is not a setting: {remedy}")
    for key, item in known.items():
        if key not in given and item.default is MISSING and item.default_factory is MISSING:
            yield Problem(join(path, key), "is missing: give it a value")


class Checked(type):
    """Makes a dataclass tell of arguments that it does not know, or lacks, as of other problems."""

    def __call__(cls, *values: Any, **named: Any) -> Any:
        """Return an instance, or raise `SettingsError` with all wrong arguments."""
        try:
            return super().__call__(*values, **named)
        except TypeError:
            if not is_dataclass(cls):
                raise
            known = {item.name: item for item in fields(cls) if item.init}
            given = [*list(known)[: len(values)], *named]
            problems = list(wrong_keys(given, known, cls.__name__))
            if not problems:
                raise
        raise SettingsError(problems)
