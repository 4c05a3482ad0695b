"""``hvmc counters``: the counters of one host over time."""

import argparse
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from hvmc.config.findings import AskedRun
    from hvmc.experiment.settings import Point

__all__ = ["command"]

# characters of a wrong value
_SHOWN = 60
_EPILOG = """\
key=value settings are those of hvmc run, a results folder or settings.yaml may stand in their
place. Of several design points the first is run, or point=N. Beside them:
  trial=N         which of the design's random hosts (0)
  replication=N   which luck (0)
  interval_s=S    simulated seconds between samples (1)

  hvmc counters regime=over_committed trial=3
  hvmc counters results/four_regimes/DIGEST point=2 trial=17 interval_s=0.1

Written are counters.parquet (time_s, object, instance, counter, value), counters.csv, which
Windows' Performance Monitor opens, the whole scenario, and figures.
"""


@dataclass(frozen=True)
class _Which:
    """Which host is run, how finely its counters are sampled."""

    point: int = 0
    trial: int = 0
    replication: int = 0
    interval_s: float = 1.0


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc counters``; return the exit code."""
    arguments = _parser().parse_intermixed_args(argv)
    from hvmc.cli.asking import ask

    texts, which = _which(arguments.overrides)
    arguments.overrides = texts
    asked = ask(arguments, texts)
    point = _point(asked, which)
    _write(asked, point, which, shlex.join(["hvmc", "counters", *argv]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc counters",
        usage="hvmc counters [-h] [key=value ...] [PATH] [--config-dir DIR]",
        description="Run one host and write its Hyper-V performance counters, second by second.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as of hvmc run")
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="more configuration files")
    parser.set_defaults(config_path=None, config_name=None)
    return parser


def _which(texts: Iterable[str]) -> tuple[list[str], _Which]:
    """Split off what says which host is run."""
    from hvmc.config.saved import is_path

    rest: list[str] = []
    found: dict[str, int | float] = {}
    problems: list[str] = []
    known = {item.name: item.type for item in fields(_Which)}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in known or is_path(text):
            rest.append(text)
        elif name == "interval_s":
            problems += _seconds(value, found)
        elif re.fullmatch("[0-9]{1,9}", value):
            found[name] = int(value)
        else:
            got = value[:_SHOWN] or "nothing"
            problems.append(f"{name} must be a whole number 0..999999999, got {got}")
    if problems:
        raise BadInputError(problems)
    return rest, _Which(**found)  # type: ignore[arg-type]


def _seconds(value: str, found: dict[str, int | float]) -> Iterator[str]:
    try:
        found["interval_s"] = float(value)
    except ValueError:
        yield f"interval_s must be a number of seconds, got {value[:_SHOWN] or 'nothing'}"
        return
    if not 0.0 < found["interval_s"] < float("inf"):
        yield f"interval_s must be above 0 and finite, got {value[:_SHOWN]}"


def _point(asked: "AskedRun", which: _Which) -> "Point":
    points = asked.experiment.points
    if which.point >= len(points):
        raise BadInputError(
            [f"point must be below the number of design points ({len(points)}), got {which.point}"]
        )
    return points[which.point]


def _write(asked: "AskedRun", point: "Point", which: _Which, line: str) -> None:
    from hvmc.experiment.series import series_folder, write_series
    from hvmc.scenario.settings import SettingsError
    from hvmc.trial import counter_series

    luck = {"trial": which.trial, "replication": which.replication}
    seed, interval_s = asked.experiment.seed, which.interval_s
    scenario = point.design.draw(seed=seed, trial=which.trial)
    run = {**luck, "replication": point.design.luck_of(which.replication)}
    try:
        found = counter_series(scenario, interval_s=interval_s, seed=seed, **run)
    except SettingsError as error:
        raise BadInputError(error.problems) from error
    results_dir = asked.execution.results_dir
    folder = series_folder(results_dir, point, interval_s=interval_s, seed=seed, **luck)
    about = {"command": line, "label": point.label, "seed": seed, **asdict(which)}
    files = write_series(found, scenario, folder, about)
    _tell(asked, point, which, found)
    for file in (*files, *_figures(found, point, which, folder)):
        print(file)


def _tell(asked: "AskedRun", point: "Point", which: _Which, found: "pd.DataFrame") -> None:
    count = len(asked.experiment.points)
    if count > 1:
        print(f"design point {which.point} of {count}: {point.label}")
    times = found["time_s"].nunique()
    print(
        f"trial {which.trial}: {len(found) // times} counters at {times} times, "
        f"{which.interval_s:g} simulated s apart"
    )


def _figures(found: "pd.DataFrame", point: "Point", which: _Which, folder: "Path") -> list["Path"]:
    from hvmc.experiment.files import write_errors
    from hvmc.plots.series import write_series_figures

    label = point.label or point.regime
    note = (
        f"{label}, trial {which.trial}. Rates, waits and shares of time are means over "
        f"{which.interval_s:g} simulated s, memory is what stands at their ends."
    )
    with write_errors(folder / "figures", trials=False):
        return write_series_figures(
            found, folder / "figures", note=note, memory=point.design.balancer.enabled
        )
