"""``hvmc recordings``: what is read of recorded utilisation, file by file."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hvmc.experiment.settings import Point
    from hvmc.recordings import Recording

__all__ = ["command", "told_of_recordings"]

_DAY_S = 86400.0


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc recordings``; return the exit code."""
    from hvmc.config.problems import BadInputError
    from hvmc.recordings import RecordingError, format_names, read_recording

    parser = argparse.ArgumentParser(
        prog="hvmc recordings",
        description="Read recorded utilisation of VMs and tell what was kept, mended, left out.",
    )
    parser.add_argument("path", help="a file, or a folder with those below it")
    parser.add_argument("--format", default="", choices=format_names(), help="of all files")
    parser.add_argument("--vms", action="store_true", help="also a line for each VM")
    asked = parser.parse_args(argv)
    try:
        recording = read_recording(asked.path, format=asked.format, rates=False)
    except RecordingError as error:
        raise BadInputError([str(error)]) from error
    print("\n".join(recording.told()))
    if asked.vms:
        print("\n".join(_vms(recording)))
    return 0


def told_of_recordings(points: Sequence["Point"]) -> Iterator[str]:
    """Yield what a user should know of the recordings that design points draw from, each once."""
    from hvmc.regimes.told import told_of_recording

    told: dict[str, None] = {}
    for point in points:
        if point.design.trace is not None:
            told |= dict.fromkeys(told_of_recording(point.design))
    yield from told


def _vms(recording: "Recording") -> Iterator[str]:
    heads = ("name", "VPs", "mean CPU, %", "most, %", "memory, MiB", "days", "segments", "written")
    rows = [heads]
    for vm in recording.vms:
        memory = vm.memory_provisioned_mib
        covered_s = float((vm.segments[:, 1] - vm.segments[:, 0]).sum())
        rows.append(
            (
                vm.name,
                "?" if vm.virtual_processors is None else f"{vm.virtual_processors}",
                f"{100 * vm.mean_cpu_share:.3g}",
                f"{100 * float(vm.cpu_share.max()):.3g}",
                "?" if memory is None else f"{float(memory.max()):.0f}",
                f"{covered_s / _DAY_S:.3g}",
                f"{len(vm.segments)}",
                vm.written,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
