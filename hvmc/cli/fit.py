"""``hvmc fit``: from what is known of a host to a scenario file."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.cli.invocation import as_typed
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from hvmc.fit.fit import HostFit

__all__ = ["command"]

_EPILOG = """\
Sources, each recognised from its content; several are put together:
  inventory   CSV with a line of heads, or YAML: name, vps, memory, cpu, weight, ... of each VM, and
              a row of kind host (lps, or sockets, cores, threads; memory)
  log         PDH-CSV of Performance Monitor, relog or typeperf, with the counters of Hyper-V
  recording   utilisation of VMs over days or months, a file or a folder (hvmc recordings); an
              inventory beside it tells the host and which of the VMs are on it

  hvmc fit vms.csv -o my_host.yaml
  hvmc fit vms.csv host.csv -o my_host.yaml
  hvmc fit vms.csv recordings/ -o my_host.yaml
  hvmc run my_host.yaml
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc fit``; return the exit code."""
    asked = _parser().parse_args(argv)
    from hvmc.fit.fit import fit
    from hvmc.fit.problems import SourceError
    from hvmc.fit.registry import FitOptions

    output = Path(asked.output)
    _check(output, asked.force)
    try:
        fitted = fit(
            [Path(one) for one in asked.sources], _name(output), FitOptions(host=asked.host)
        )
    except SourceError as error:
        raise BadInputError(map(str, error.problems)) from error
    for note in fitted.found.notes:
        print(f"hvmc fit: {note}", file=sys.stderr)
    output.write_text(fitted.file.text, encoding="utf-8")
    _tell(fitted, output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc fit",
        description="Write a scenario file of your own host, each line with what is known of it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="a file, or a folder of recordings"
    )
    parser.add_argument("-o", "--output", required=True, metavar="FILE.yaml", help="to be written")
    parser.add_argument("--host", default="", help="which machine of a log of several")
    parser.add_argument("--force", action="store_true", help="replace FILE.yaml where it is there")
    return parser


def _check(output: Path, force: bool) -> None:
    if output.suffix not in (".yaml", ".yml"):
        raise BadInputError([f"-o must name a .yaml file, got {output}: hvmc run takes that"])
    if not output.absolute().parent.is_dir():
        raise BadInputError([f"-o: {output.parent} is not a folder: make it first"])
    if output.exists() and not force:
        raise BadInputError([f"-o: {output} is there already: --force replaces it"])


def _name(output: Path) -> str:
    from hvmc.recordings.names import guest_names

    return next(iter(guest_names([output.stem]).values()))


def _tell(fitted: "HostFit", output: Path) -> None:
    from rich.console import Console

    from hvmc.answers.outlook import outlook
    from hvmc.answers.page import say

    console = Console(highlight=False)
    counts = ", ".join(f"{count} {standing}" for standing, count in fitted.file.counts.items())
    for line in (
        *(f"read {source}" for source in fitted.sources),
        *outlook(fitted.file.design),
        f"{output} written; its values: {counts}",
    ):
        say(console, line)
    print(f"next: {as_typed(shlex.join(['hvmc', 'run', str(output)]))}")
