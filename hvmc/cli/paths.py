"""Arguments of the verbs that take a results folder."""

import argparse
import re

from hvmc.experiment.pool import MOST_JOBS

__all__ = ["number_of_jobs", "path_parser"]


def path_parser(verb: str, description: str) -> argparse.ArgumentParser:
    """Return a parser of a results folder, for more arguments to be added.

    Parameters
    ----------
    verb : str
        Of hvmc.
    description : str
        What it does.
    """
    parser = argparse.ArgumentParser(prog=f"hvmc {verb}", description=description)
    parser.add_argument(
        "path",
        metavar="PATH",
        help="results/EXPERIMENT/HASH, or results/EXPERIMENT where it holds one",
    )
    return parser


def number_of_jobs(text: str) -> int:
    """Return a number of processes as written; argparse tells where it is none."""
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"must be 1..{MOST_JOBS}, got {text[:60]}")
    return int(text)
