"""``hvmc replay``: one stored trial step by step."""

import argparse
import math
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import amount, figure
from hvmc.cli.paths import path_parser
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.replaying import Unit
    from hvmc.trial import Result
    from hvmc.trial.replay import Replayed

__all__ = ["command"]

DIFFERENT = 1
_LONGEST = 5
_EPILOG = """\
  hvmc replay results/four_regimes/DIGEST --point 0 --trial 117 --guest guest3 --between 4 6

The trial is simulated again, instant by instant; its outcomes are compared with what is stored,
bit for bit. Written are scenario.yaml, counters.parquet and counters.csv (second by second, as hvmc
counters), figures of them, and events.parquet: machine, from_s, to_s, what, guest, vp, lp, why,
count. Each stay of a virtual processor in a state but idle is a row (running, ready, capped,
blocked), and so is each interrupt taken late, each measured request that finished, each hard fault.
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc replay``; return the exit code: 1 where a value differs from what is stored."""
    asked = _parser().parse_args(argv)
    from hvmc.experiment.replaying import compared, replay_unit, unit_of, write_replay
    from hvmc.experiment.results import load

    key = {"point": asked.point, "trial": asked.trial, "replication": asked.replication}
    unit = unit_of(load(asked.path), **key)
    _check(unit, asked)
    found = replay_unit(
        unit,
        native=asked.native,
        guest=asked.guest,
        between_s=asked.between,
        interval_s=asked.interval_s,
    )
    for line in (*_host(unit), *_guests(found.result), *_events(found)):
        print(line)
    rows, different = compared(unit, found)
    about = {"command": shlex.join(["hvmc", "replay", *argv]), **key}
    folder = Path(asked.output) if asked.output else unit.folder
    files = write_replay(unit, found, folder, about)
    for file in (*files, *_figures(unit, found, folder, asked.interval_s)):
        print(file)
    if different:
        print(f"different: {amount(len(different), 'value')} of {rows} stored rows. The first:")
        print(f"  {different[0]}")
        return DIFFERENT
    print(f"equal, bit for bit: {amount(rows, 'stored row')} of this trial")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = path_parser("replay", "Simulate one stored trial again, step by step.")
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--point", type=_whole, default=0, metavar="N", help="design point (0)")
    add("--trial", type=_whole, required=True, metavar="N")
    add("--replication", type=_whole, default=0, metavar="N", help="(0)")
    add("--guest", metavar="NAME", help="log events of this guest alone; root: the root partition")
    add("--native", action="store_true", help="log what happens on bare machines too")
    add(
        "--between",
        type=_seconds,
        nargs=2,
        metavar=("FROM", "TO"),
        help="simulated seconds within which events are logged; all by default",
    )
    add("--interval-s", type=_seconds, default=1.0, metavar="S", help="between samples (1)")
    add("--output", metavar="DIR", help="folder of the files; by default in the results folder")
    return parser


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"must be a whole number 0..999999999, got {text[:60]}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be seconds, at least 0, got {text[:60]}")
    return value


def _check(unit: "Unit", asked: argparse.Namespace) -> None:
    problems = []
    names = [*(guest.name for guest in unit.scenario.guests), "root"]
    if asked.guest is not None and asked.guest not in names:
        problems.append(f"--guest must be one of {', '.join(names)}, got {asked.guest}")
    if asked.between is not None and not asked.between[0] < asked.between[1]:
        first, last = asked.between
        problems.append(f"--between must be FROM below TO, got {first:g} {last:g}")
    if problems:
        raise BadInputError(problems)


def _host(unit: "Unit") -> Iterator[str]:
    point, scenario = unit.results.settings.points[unit.point], unit.scenario
    count = len(unit.results.settings.points)
    yield f"design point {unit.point} of {count}: {point.label or point.regime}"
    yield (
        f"trial {unit.trial}, replication {unit.replication}: "
        f"{amount(len(scenario.guests), 'guest')} on "
        f"{amount(scenario.host.logical_processors, 'LP')}, LP commitment "
        f"{figure(scenario.lp_commitment)}, memory commitment {figure(scenario.memory_commitment)}"
    )


def _guests(result: "Result") -> Iterator[str]:
    heads = ("VPs", "LPs used", "response ms", "stretch", "sizing", "hosting")
    width = max(5, *(len(guest.name) for guest in result.guests))
    yield f"{'guest':<{width}}" + "".join(f"{head:>{len(head) + 2}}" for head in heads)
    for guest, asked in zip(result.guests, result.scenario.guests, strict=True):
        values = (
            guest.lp_used,
            1e3 * guest.response_s.mean,
            guest.stretch,
            guest.sizing,
            guest.hosting,
        )
        cells = [str(asked.virtual_processors), *(_cell(value) for value in values)]
        yield f"{guest.name:<{width}}" + "".join(
            f"{cell:>{len(head) + 2}}" for head, cell in zip(heads, cells, strict=True)
        )
    for guest in result.guests:
        if guest.smart_paged_mib > 0.0:
            yield (
                f"{guest.name} restarted: {figure(guest.smart_paged_mib)} MiB of its startup "
                "memory smart-paged in the mean of the window"
            )


def _cell(value: float) -> str:
    return "-" if math.isnan(value) else figure(value)


def _events(found: "Replayed") -> Iterator[str]:
    """Yield how often virtual processors stopped and why, and the longest waits for an LP."""
    events = found.events
    yield f"{amount(len(events), 'event')} at {amount(found.instants, 'instant')}"
    own = events[events["machine"] == "host"]
    stopped = own[(own["what"] == "running") & (own["why"] != "")]["why"].value_counts()
    ends = ", ".join(f"{why} {count}" for why, count in stopped.items() if count)
    if ends:
        yield f"VPs stopped running for: {ends}"
    waits = own[own["what"] == "ready"]
    yield from _longest(waits)


def _longest(waits: "pd.DataFrame") -> Iterator[str]:
    if waits.empty:
        yield "no VP waited for an LP"
        return
    took = 1e3 * (waits["to_s"] - waits["from_s"])
    yield f"{amount(len(waits), 'wait')} for an LP, {figure(took.mean())} ms in the mean; longest:"
    for index in took.nlargest(_LONGEST).index:
        row = waits.loc[index]
        who = f"{row['guest']}, VP {row['vp']}"
        yield f"  {figure(took[index])} ms: {who}, at {row['from_s']:.6f} s"


def _figures(unit: "Unit", found: "Replayed", folder: Path, interval_s: float) -> list[Path]:
    from hvmc.experiment.files import write_errors
    from hvmc.plots.series import write_series_figures

    point = unit.results.settings.points[unit.point]
    note = (
        f"{point.label or point.regime}, trial {unit.trial}. Rates, waits and shares of time are "
        f"means over {interval_s:g} simulated s, memory is what stands at their ends."
    )
    with write_errors(folder / "figures", trials=False):
        return write_series_figures(
            found.counters, folder / "figures", note=note, memory=point.design.balancer.enabled
        )
