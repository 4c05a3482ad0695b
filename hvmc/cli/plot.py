"""``hvmc plot``: the figures of stored results, without simulating."""

from collections.abc import Sequence

from hvmc.cli.paths import path_parser

__all__ = ["command"]


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc plot``; return the exit code."""
    parser = path_parser("plot", "Draw the figures of stored results into their folder.")
    path = parser.parse_args(argv).path
    from hvmc.answers.registry import Answer
    from hvmc.cli.answer import draw_figures
    from hvmc.experiment.results import load

    results = load(path)
    results.require_trials()
    for file in draw_figures(Answer(results)):
        print(file)
    return 0
