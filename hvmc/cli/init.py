"""``hvmc init``: a list of VMs to begin with."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from hvmc.cli.invocation import as_typed
from hvmc.config.problems import BadInputError

__all__ = ["command"]

_EPILOG = """\
The way from there, each step printed by the one before:
  hvmc init my_vms.csv
  hvmc fit my_vms.csv -o my_host.yaml
  hvmc run my_host.yaml
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc init``; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="hvmc init",
        description="Write a commented list of one host and its VMs, to put your own in.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file", nargs="?", default="my_vms.csv", metavar="FILE", help=".csv (my_vms.csv) or .yaml"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE where it is there")
    asked = parser.parse_args(argv)
    from hvmc.fit.starting import STARTS

    file = Path(asked.file)
    if file.suffix not in STARTS:
        raise BadInputError([f"FILE must end in {', '.join(STARTS)}, got {file}"])
    if not file.absolute().parent.is_dir():
        raise BadInputError([f"{file.parent} is not a folder: make it first"])
    if file.exists() and not asked.force:
        raise BadInputError([f"{file} is there already: --force replaces it"])
    try:
        file.write_text(STARTS[file.suffix], encoding="utf-8")
    except OSError as error:
        raise BadInputError([f"{file}: can't be written ({error.strerror})"]) from error
    fitted = "my_host.yaml" if file.name != "my_host.yaml" else "my_fitted_host.yaml"
    print(f"{file} written: one host and a few VMs, made up. Put your own in its place.")
    print(f"next: {as_typed(shlex.join(['hvmc', 'fit', str(file), '-o', fitted]))}")
    return 0
