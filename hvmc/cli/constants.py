"""``hvmc constants``: what is known of every constant of the model."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvmc.scenario.constants import Constant

__all__ = ["command"]

_HEADS = ("path", "value", "unit", "range", "standing", "source")


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc constants``; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="hvmc constants",
        description="Print every constant of the model with what is known of it.",
    )
    parser.add_argument("--markdown", action="store_true", help="as a Markdown table")
    asked = parser.parse_args(argv)
    from hvmc.regimes.traces import TraceSource
    from hvmc.scenario.constants import constants, model_constants

    lines = _markdown if asked.markdown else _plain
    found = [*model_constants(), *constants(TraceSource(path="recording"), "trace")]
    print("\n".join(lines([_cells(constant) for constant in found])))
    return 0


def _cells(constant: "Constant") -> tuple[str, ...]:
    return (
        constant.path,
        _value(constant.value),
        constant.unit,
        _range(constant),
        constant.known.standing,
        constant.known.source,
    )


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        ends = [_value(end) for end in (min(value), max(value))]
        return "..".join(dict.fromkeys(ends))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _range(constant: "Constant") -> str:
    known = constant.known
    if known.low is None or known.high is None:
        return " or ".join(map(_value, getattr(known, "options", ())))
    return f"{known.low:.4g}..{known.high:.4g}"


def _plain(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield lines of aligned columns, the source last and whole."""
    table = [_HEADS, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def _markdown(rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(_HEADS)} |"
    yield "|---" * len(_HEADS) + "|"
    for path, *rest in rows:
        yield f"| `{path}` | {' | '.join(rest)} |"
