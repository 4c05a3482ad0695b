"""``hvmc show``: what stored results hold."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount
from hvmc.cli.paths import path_parser

if TYPE_CHECKING:
    from hvmc.experiment.results import Results

__all__ = ["command"]

_MOST_RUNS = 5
_ALWAYS = ("host.logical_processors", "host.memory_mib", "dispatch.rule", "horizon_s", "warmup_s")
_DRAWN = ("regime.", "population.", "guests.", "fitted.")


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc show``; return the exit code."""
    parser = path_parser("show", "Print settings, provenance, counts and summary of results.")
    parser.add_argument(
        "--verify", action="store_true", help="first check every byte of every table"
    )
    parser.add_argument("--json", action="store_true", help="the answer and estimates as JSON")
    asked = parser.parse_args(argv)
    from rich.console import Console

    from hvmc.answers.page import say
    from hvmc.answers.registry import Answer
    from hvmc.cli.answer import next_commands, tell_summary
    from hvmc.cli.document import answer_document, as_json, results_document
    from hvmc.experiment.intact import check_tables
    from hvmc.experiment.results import load

    results = load(asked.path)
    if results.failures().empty:
        results.require_trials()
    console = Console(highlight=False)
    if asked.json:
        files = check_tables(results.path, results.settings.point_digests) if asked.verify else None
        found = answer_document(Answer(results)) if results.units else results_document(results)
        print(as_json(found if files is None else {**found, "verified_files": files}))
        return 0
    if asked.verify:
        say(console, _verified(results))
    for line in (*_settings(results), *_provenance(results)):
        say(console, line)
    console.print()
    if results.units:
        tell_summary(Answer(results), console)
    else:
        say(console, "No trial is stored.")
    console.print()
    next_commands(console, results.path, ("plot", "reproduce"))
    return 0


def _verified(results: "Results") -> str:
    from hvmc.experiment.intact import check_tables

    files = check_tables(results.path, results.settings.point_digests)
    return f"verified: {amount(files, 'file')} of trials, all as they were written"


def _settings(results: "Results") -> Iterator[str]:
    """Yield what all design points have in common beside hvmc's defaults, and their levels."""
    from hvmc.regimes.design import Design
    from hvmc.scenario.plain import plain

    yield f"results in {results.path}"
    drawn_from = [point.design for point in results.settings.points]
    designs = [dict(_leaves(plain(design), "")) for design in drawn_from]
    shared = {
        key: value
        for key, value in designs[0].items()
        if all(design.get(key) == value for design in designs)
    }
    if all(design.memory_is_drawn for design in drawn_from):
        shared.pop("host.memory_mib", None)
    first = drawn_from[0]
    source = {
        name: getattr(first, name) for name in ("regime", "population", "trace", "guests", "fitted")
    }
    usual = dict(_leaves(plain(Design(**source)), ""))
    told = {
        key: value
        for key, value in shared.items()
        if key in _ALWAYS or key.startswith("trace.") or not _is_usual(key, value, usual)
    }
    text = ", ".join(f"{key}={value}" for key, value in told.items() if value not in (None, []))
    yield f"settings in common, but for hvmc's defaults: {text}"
    factors: dict[str, list[Any]] = {}
    for point in results.settings.points:
        for factor, level in point.levels.items():
            levels = factors.setdefault(factor, [])
            if level not in levels:
                levels.append(level)
    for factor, levels in factors.items():
        yield f"factor {factor}: {', '.join(map(str, levels))}"
    yield "all settings: settings.yaml"


def _is_usual(key: str, value: Any, usual: Mapping[str, Any]) -> bool:
    return key.startswith(_DRAWN) or (key in usual and usual[key] == value)


def _leaves(settings: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _provenance(results: "Results") -> Iterator[str]:
    runs = results.provenance["runs"]
    if len(runs) > _MOST_RUNS:
        yield f"{amount(len(runs), 'run')}, the last {_MOST_RUNS}:"
    for run in runs[-_MOST_RUNS:]:
        counts = ", ".join(
            f"{run[key]} {key}" for key in ("simulated", "reused", "failed") if key in run
        )
        end = counts or "not finished"
        yield f"run of {run['started']}: {run['command']} ({end})"
    if runs:
        yield f"made with {_environment(runs[-1]['environment'])}"


def _environment(found: Mapping[str, Any]) -> str:
    packages = found.get("packages", {})
    names = ("hvmc", "numpy", "numba", "scipy", "mesa")
    versions = ", ".join(f"{name} {packages.get(name)}" for name in names)
    git = found.get("git")
    commit = (
        f", commit {git['commit'][:12]}{' with changes' if git['dirty'] else ''}" if git else ""
    )
    return f"Python {found.get('python')}, {versions}{commit}, on {found.get('platform')}"
