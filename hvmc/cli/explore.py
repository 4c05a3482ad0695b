"""``hvmc explore``: stored results in the browser, from all sides."""

import argparse
import contextlib
from collections.abc import Sequence

from hvmc.cli.pages import check_port, page_arguments, require_web, serve_page

__all__ = ["command"]

_PORT = 5007
_EPILOG = """\
  hvmc explore results/four_regimes/DIGEST
  hvmc explore results/packing results/growth --port 0 --no-browser

Choose regime, role and levels; see how often a stretch is exceeded, quantiles, a value against any
input or counter, two design points paired; click a point for its trial and what replays it. The
address holds what is chosen: whoever has the same results can open the same view with it. Data and
figure of every view can be saved.

The page is served to this machine alone, and shows nothing but these results. Ctrl-C stops it.
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc explore``; return the exit code."""
    arguments = _parser().parse_args(argv)
    check_port(arguments.port)
    require_web()
    from hvmc.experiment.results import load
    from hvmc.explore.catalogue import Catalogue
    from hvmc.explore.seen import Seen
    from hvmc.explore.selection import first_selection
    from hvmc.explore.views import NothingToShowError

    paths = list(dict.fromkeys(arguments.paths))
    given = [(path, load(path)) for path in paths]
    for _, results in given:
        results.require_trials()
    seen = Seen(Catalogue(given))
    with contextlib.suppress(NothingToShowError):  # the page says so
        seen.view(first_selection(seen.catalogue))
    from hvmc.explore.page.document import ExplorePage

    serve_page("explore", arguments, lambda document: ExplorePage(seen).fill(document))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc explore",
        description="Open stored results in the browser.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="results/EXPERIMENT/HASH, or results/EXPERIMENT where it holds one",
    )
    page_arguments(parser, _PORT)
    return parser
