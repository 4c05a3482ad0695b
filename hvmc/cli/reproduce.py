"""``hvmc reproduce``: simulate stored results again and compare, bit for bit."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount
from hvmc.cli.paths import number_of_jobs, path_parser
from hvmc.cli.progress import progress

if TYPE_CHECKING:
    from hvmc.experiment.reproduce import Reproduction

__all__ = ["command"]

DIFFERENT = 1


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc reproduce``; return the exit code: 1 where a value differs."""
    arguments = _parser().parse_args(argv)
    from hvmc.experiment.reproduce import reproduce

    with progress("comparing", "differ") as tell:
        found = reproduce(
            arguments.path, fraction=arguments.fraction, jobs=arguments.jobs, progress=tell
        )
    if arguments.json:
        from hvmc.cli.document import as_json

        print(as_json({"equal": found.equal, **vars(found)}))
        return 0 if found.equal else DIFFERENT
    trials = f"{amount(found.units, 'trial')}, {amount(found.compared, 'row')}"
    if found.equal:
        print(f"equal, bit for bit: {trials} simulated again")
        return 0
    print(f"different: {amount(found.differences, 'value')} of {trials}. The first:")
    print(f"  {found.first}")
    for line in _versions(found):
        print(line)
    return DIFFERENT


def _parser() -> argparse.ArgumentParser:
    parser = path_parser("reproduce", "Simulate stored results again and compare, bit for bit.")
    parser.add_argument(
        "--fraction", type=_fraction, default=1.0, help="part of the trials, above 0, at most 1"
    )
    parser.add_argument("--json", action="store_true", help="what was compared, as JSON")
    parser.add_argument("--jobs", type=number_of_jobs, help="processes; by default one per core")
    return parser


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0.0 < value <= 1.0:
        raise argparse.ArgumentTypeError(f"must be above 0, at most 1, got {text}")
    return value


def _versions(found: "Reproduction") -> Iterator[str]:
    """Yield both environments side by side, what differs marked."""
    stored, now = dict(_flat(found.stored, "")), dict(_flat(found.now, ""))
    width = max(map(len, {**stored, **now}), default=0) + 2
    yield f"  {'':<{width}}{'stored':<24} now"
    for key in {**stored, **now}:
        mark = " " if stored.get(key) == now.get(key) else "!"
        yield f"{mark} {key:<{width}}{stored.get(key)!s:<24} {now.get(key)}"


def _flat(environment: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in environment.items():
        if isinstance(value, Mapping):
            yield from _flat(value, "" if key == "packages" else f"{key} ")
        else:
            yield prefix + key, value
