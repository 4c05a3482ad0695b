"""``hvmc diagnose``: what a Performance Monitor log says of its host, without simulating."""

import argparse
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.cli.invocation import as_typed
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from hvmc.diagnosis.diagnose import Diagnosis

__all__ = ["command"]

_FOLDER = Path("results") / "diagnose"
_EPILOG = """\
FILE is PDH-CSV of Performance Monitor, relog or typeperf, as hvmc fit reads it, with run times of
Hyper-V's virtual processors; LP run times, waits and dispatches, dynamic memory and storage latency
sharpen the answer. How good it is: experiments/e16_diagnose.

  hvmc diagnose hv.csv
  hvmc diagnose hv.csv --json > hv.json
  hvmc diagnose cluster.csv --host NODE2 -o node2
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc diagnose``; return the exit code."""
    asked = _parser().parse_args(argv)
    from hvmc.diagnosis.diagnose import diagnose
    from hvmc.fit.problems import SourceError

    file = Path(asked.file)
    folder = Path(asked.output) if asked.output else _FOLDER / file.stem
    if folder.exists() and not folder.is_dir():
        raise BadInputError([f"-o must name a folder, got the file {folder}"])
    try:
        found = diagnose(file, asked.host)
    except SourceError as error:
        raise BadInputError(map(str, error.problems)) from error
    except FileNotFoundError as error:
        raise BadInputError([f"{file} is not there: name a log, as hvmc fit reads it"]) from error
    figures = _draw(found, folder)
    if asked.json:
        from hvmc.diagnosis.text import as_plain

        print(json.dumps(as_plain(found) | {"figures": list(map(str, figures))}, indent=2))
    else:
        _tell(found, figures, asked.file, asked.host)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc diagnose",
        description="Say what a Performance Monitor log tells of its host: which regime it is in, "
        "who suffers, from what, what to look at next.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a log")
    parser.add_argument("--host", default="", help="which machine of a log of several")
    parser.add_argument("--json", action="store_true", help="print plain values instead of text")
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", help=f"of the figure ({_FOLDER / 'NAME OF FILE'})"
    )
    return parser


def _draw(found: "Diagnosis", folder: Path) -> list[Path]:
    from hvmc.diagnosis.text import EPOCH
    from hvmc.plots.diagnosis import write_diagnosis

    guests = {guest.name: guest.by_window for guest in found.guests}
    regimes = {name: found.regimes[name] for name in found.models.regime.classes}
    return write_diagnosis(folder, regimes, guests, found.end_s, EPOCH, f"{found.source}.")


def _tell(found: "Diagnosis", figures: Sequence[Path], file: str, host: str) -> None:
    from rich.console import Console

    from hvmc.answers.page import print_blocks, say
    from hvmc.diagnosis.text import blocks

    console = Console(highlight=False)
    print_blocks(blocks(found), console)
    for figure in figures:
        print(figure)
    which = ["--host", host] if host else []
    line = shlex.join(["hvmc", "fit", file, *which, "-o", "my_host.yaml"])
    say(console, f"next: {as_typed(line)} simulates this host")
