"""``hvmc live``: a modelled host in the browser while it runs."""

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hvmc.cli.pages import check_port, page_arguments, require_web, serve_page
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from hvmc.live.starts import Start

__all__ = ["command"]

_PORT = 5006
_SHOWN = 60
_EPILOG = """\
Without settings the page opens with a tour of a minute: what a deferred interrupt is. With
settings of hvmc run, or a file of your own, it opens with that host. Beside them:
  start=NAME      open with a named starting point:
%s
  point=N         which of several design points (0)
  trial=N         which of the design's random hosts (0)

  hvmc live
  hvmc live start=noisy_neighbour
  hvmc live my_host.yaml
  hvmc live regime=over_committed host.logical_processors=8 trial=3

The page is served to this machine alone. Ctrl-C stops it.
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc live``; return the exit code."""
    from hvmc.live.drawn import regime_starts
    from hvmc.live.starts import STARTS

    arguments = _parser([*STARTS, *regime_starts(0)]).parse_intermixed_args(argv)
    check_port(arguments.port)
    starts = _starts(arguments)
    require_web()
    from hvmc.live.page.document import LivePage

    serve_page("live", arguments, lambda document: LivePage(starts).fill(document))
    return 0


def _parser(names: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc live",
        usage="hvmc live [-h] [--port N] [--no-browser] [key=value ...] [PATH] [--config-dir DIR]",
        description="Open a modelled host in the browser while it runs.",
        epilog=_EPILOG % "\n".join(f"{'':18}{name}" for name in names),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as of hvmc run")
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="more configuration files")
    page_arguments(parser, _PORT)
    parser.set_defaults(config_path=None, config_name=None)
    return parser


def _starts(arguments: argparse.Namespace) -> "dict[str, Start]":
    """Return the starting points of the page, first the one it opens with."""
    from hvmc.live.drawn import drawn_start, regime_starts
    from hvmc.live.starts import STARTS

    texts, which, start = _split(arguments.overrides)
    seed = 1
    named = {**STARTS, **regime_starts(seed)}
    if start:
        if start not in named:
            raise BadInputError([f"start must be one of {', '.join(named)}, got {start[:_SHOWN]}"])
        if texts:
            raise BadInputError([f"start={start} can't be given beside {texts[0]}: choose one"])
        return {start: named[start], **named}
    if not texts and not which:
        return named
    from hvmc.cli.asking import ask

    arguments.overrides = texts
    asked = ask(arguments, texts)
    points, point = asked.experiment.points, which.get("point", 0)
    if point >= len(points):
        raise BadInputError(
            [f"point must be below the number of design points ({len(points)}), got {point}"]
        )
    trial = which.get("trial", 0)
    label = points[point].label or asked.experiment.name
    own = drawn_start(
        f"{label}, trial {trial}", points[point], seed=asked.experiment.seed, trial=trial
    )
    return {"own": own, **named}


def _split(texts: Iterable[str]) -> tuple[list[str], dict[str, int], str]:
    """Split off what says with which host to open."""
    rest: list[str] = []
    which: dict[str, int] = {}
    start, problems = "", []
    for text in texts:
        name, equals, value = text.partition("=")
        if name == "start" and equals:
            start = value or " "
        elif name not in ("point", "trial") or not equals:
            rest.append(text)
        elif re.fullmatch("[0-9]{1,9}", value):
            which[name] = int(value)
        else:
            got = value[:_SHOWN] or "nothing"
            problems.append(f"{name} must be a whole number 0..999999999, got {got}")
    if problems:
        raise BadInputError(problems)
    return rest, which, start
