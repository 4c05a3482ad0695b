"""All cases, by family."""

import pkgutil
from functools import cache
from importlib import import_module

from hvmc.validation import cases
from hvmc.validation.case import Case

__all__ = ["all_cases", "families", "find_case"]


@cache
def families() -> tuple[str, ...]:
    """Return the names of the families: the modules in ``hvmc/validation/cases``."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(cases.__path__)))


@cache
def all_cases(family: str) -> tuple[Case, ...]:
    """Return the cases of a family, in its order.

    Raises
    ------
    ValueError
        If there is no such family, or two of its cases have one name.
    """
    if family not in families():
        raise ValueError(f"family must be one of {', '.join(families())}, got {family}")
    found: tuple[Case, ...] = import_module(f"{cases.__name__}.{family}").CASES
    names = [case.name for case in found]
    if len(set(names)) < len(names):
        raise ValueError(f"names of cases must be unique in {family}, got {names}")
    return found


def find_case(family: str, name: str) -> Case:
    """Return the case of that name.

    Raises
    ------
    KeyError
        If there is none.
    """
    for case in all_cases(family):
        if case.name == name:
            return case
    raise KeyError(f"no case {name!r} in {family}")
