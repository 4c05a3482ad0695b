"""``hvmc constants``: what is known of every constant of the model."""

import argparse
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hvmc.scenario.constants import Constant
    from hvmc.scenario.evidence import Known

__all__ = ["command", "known_constants"]

_HEADS = ("path", "value", "unit", "range", "standing", "source")
_WIDTH = 80
_UNBROKEN = "\N{NO-BREAK SPACE}"
_LEGEND = (
    "PATH=DEFAULT UNIT, then its standing, the range in which it may lie and why. measured: "
    "published, without a range as the rule itself; fitted: chosen so that the model meets a "
    "published measurement; assumed: no measurement supports it; chosen: part of what is asked. "
    "drawn: from its range, once per trial, in the main answer (assumptions.mode=drawn); drawn if "
    "named: a choice, fixed unless assumptions.choices names it. What else has a range is fixed; "
    "each guest is drawn from what stands below population. A PATH is set as it stands, with a "
    "role or a guest in the place of ROLE or NAME. Ids such as S06 are rows of docs/sources.csv."
)


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc constants``; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="hvmc constants",
        description="Print every constant of the model with what is known of it.",
        epilog="hvmc constants dispatch overheads.io prints those below these paths.",
    )
    parser.add_argument("--markdown", action="store_true", help="as a Markdown table")
    parser.add_argument("path", nargs="*", help="print only those whose paths begin with it")
    asked = parser.parse_args(argv)
    found = list(known_constants())
    for begin in asked.path:
        if not any(constant.path.startswith(begin) for constant in found):
            roots = ", ".join(dict.fromkeys(_root(constant) for constant in found))
            parser.error(f"no constant's path begins with {begin}: they begin with {roots}")
    begins = tuple(asked.path) or ("",)
    lines = _markdown if asked.markdown else _plain
    print("\n".join(lines(constant for constant in found if constant.path.startswith(begins))))
    return 0


def known_constants() -> "Iterator[Constant]":
    """Yield every constant of the model, of drawn guests and of recorded ones, with its default."""
    from hvmc.regimes.population import Role
    from hvmc.regimes.regime import Regime
    from hvmc.regimes.traces import TraceSource
    from hvmc.scenario.constants import constants, model_constants

    yield from model_constants()
    yield from constants(Regime(), "regime")
    yield from constants(Role(), "population.ROLE")
    yield from constants(TraceSource(path="recording"), "trace")


def _root(constant: "Constant") -> str:
    return constant.path.partition(".")[0]


def _drawn(constant: "Constant") -> str:
    """Say in a word whether a constant is drawn."""
    from hvmc.regimes.assumptions import assumed_constants, assumed_of_recordings

    if constant.path not in {**assumed_constants(), **assumed_of_recordings()}:
        return ""
    return "drawn if named" if constant.known.low is None else "drawn"


def _standing(constant: "Constant") -> str:
    return ", ".join(filter(None, [constant.known.standing, _drawn(constant)]))


def _options(known: "Known") -> Iterator[tuple[str, str]]:
    """Yield each option of a choice with what is known of it."""
    for option, of in getattr(known, "options", {}).items():
        yield str(option).lower(), f"{of.standing}: {of.source}"


def _plain(found: "Iterable[Constant]") -> Iterator[str]:
    """Yield what is known of each in a paragraph, within 80 columns."""
    yield from _wrapped(_LEGEND, "")
    for _, group in groupby(found, _root):
        yield ""
        for constant in group:
            known = constant.known
            unit = constant.unit.replace(" ", _UNBROKEN)
            yield from _wrapped(f"{constant.path}={constant.told_value} {unit}", "", 4)
            span = constant.told_range if known.low is not None else ""
            told = ", ".join(filter(None, [_standing(constant), span]))
            yield from _wrapped(f"{told}: {known.source}", "  ", 2)
            for option, words in _options(known):
                yield from _wrapped(f"- {option}, {words}", "  ", 4)


def _wrapped(text: str, begin: str, further: int = 0) -> list[str]:
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_UNBROKEN, " ") for line in lines]


def _markdown(found: "Iterable[Constant]") -> Iterator[str]:
    yield f"| {' | '.join(_HEADS)} |"
    yield "|---" * len(_HEADS) + "|"
    for constant in found:
        told = [
            constant.known.source,
            *(f"{name}, {words}" for name, words in _options(constant.known)),
        ]
        cells = (
            f"`{constant.path}`",
            constant.told_value,
            constant.unit,
            constant.told_range,
            _standing(constant),
            "; ".join(told),
        )
        yield f"| {' | '.join(cells)} |"
