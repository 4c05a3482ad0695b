"""``hvmc merge``: put the shards of an experiment together and print its answer."""

import argparse
import shlex
import sys
from collections.abc import Sequence

from hvmc.cli.main import INTERRUPTED
from hvmc.cli.progress import progress
from hvmc.config.problems import BadInputError

__all__ = ["command"]


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc merge``; return the exit code."""
    asked = _parser().parse_args(argv)
    from hvmc.experiment.errors import Interrupted
    from hvmc.experiment.merging import ShardsError, merge_shards

    line = shlex.join(["hvmc", "merge", *argv])
    try:
        with progress("copying", "failed") as tell:
            results = merge_shards(
                asked.paths,
                results_dir=asked.results_dir,
                progress=tell,
                notice=_notice,
                command=line,
            )
    except ShardsError as error:
        raise BadInputError(error.problems) from error
    except Interrupted as stopped:
        print(f"hvmc merge: interrupted. {stopped}", file=sys.stderr)
        return INTERRUPTED
    from hvmc.cli.report import tell_answer

    return tell_answer(results, line)


def _notice(text: str) -> None:
    print(f"hvmc merge: {text}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc merge",
        description="Put the shards of an experiment (hvmc run ... shard=3/8) together: the "
        "results are those of a run in one piece, bit for bit.",
    )
    parser.add_argument(
        "paths",
        metavar="FOLDER",
        nargs="+",
        help="the folders of all shards, or the one in which they lie: results/EXPERIMENT/HASH",
    )
    parser.add_argument(
        "--results-dir",
        metavar="DIR",
        help="where the whole goes, as DIR/EXPERIMENT/HASH; by default where the shards lie",
    )
    return parser
