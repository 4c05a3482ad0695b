"""Settings as plain values, as files hold them."""

import dataclasses
from typing import Any

from hvmc.scenario.settings import Settings

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """Return settings as plain mappings, lists and scalars: what `read` builds them from.

    Tuples of named settings become mappings by name; classes with a ``kind`` keep it.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = getattr(type(value), "kind", None)
        result: dict[str, Any] = {} if kind is None else {"kind": kind}
        for item in dataclasses.fields(value):
            if item.init:
                result[item.name] = plain(getattr(value, item.name))
        return result
    if isinstance(value, tuple | list):
        if value and all(hasattr(item, "name") and isinstance(item, Settings) for item in value):
            named = {item.name: plain(item) for item in value}
            for entry in named.values():
                entry.pop("name", None)
            return named
        return [plain(item) for item in value]
    return value
