"""PlanetLab (CoMon), as CloudSim's collection has it: 288 whole per cents, one VM a file.

No header and, in the collection, no file ending; a reading per 300 s from midnight on. A per cent
is of the whole machine. Neither processors nor memory are told.

References
----------
A. Beloglazov, R. Buyya, "Optimal online deterministic algorithms and adaptive heuristics for energy
and performance efficient dynamic consolidation of virtual machines in cloud data centers",
Concurrency Computat. 24 (2012) 1397-1420, doi:10.1002/cpe.1867, section 6.2.
"""

import re
from collections.abc import Sequence

import numpy as np

from hvmc.recordings.content import Content
from hvmc.recordings.format import Format, ReadingOptions
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.series import segment_starts
from hvmc.recordings.table import FIX_ROW, Layout, read_rows

__all__ = ["PlanetLab"]

_INTERVAL_S = 300.0
_PERCENT = "CPU, %"
_DAY_ROWS = 288


class PlanetLab(Format):
    """PlanetLab."""

    name = "planetlab"
    looks = "one number from 0 to 100 a line and nothing else, one VM a file"
    clock = "relative"
    place = 40

    def recognises(self, content: Content) -> bool:
        """Say whether every line is one whole number of at most three digits."""
        lines = content.lines
        return len(lines) > 1 and all(re.fullmatch(r"\s*\d{1,3}\s*", line) for line in lines)

    def read_file(
        self, content: Content, log: FileLog, options: ReadingOptions
    ) -> Sequence[VmRecording]:
        """Return the VM of a file; see `Format`."""
        layout = Layout((_PERCENT,), has_header=False)
        rows = read_rows(content, layout, log, numbers={_PERCENT: 0})
        percent = rows.numbers[_PERCENT]
        rows.need(_PERCENT)
        rows.reject(
            percent > 100.0,
            _PERCENT,
            lambda at: f"must be at most 100, got {percent[at]:g}: {FIX_ROW}",
        )
        log.settle()
        if len(percent) == 0:
            raise content.problem("must hold a number a line, got none: correct or remove it")
        if len(percent) != _DAY_ROWS:
            log.note(f"{len(percent)} readings, not a day's {_DAY_ROWS}")
        index = np.flatnonzero(rows.keep)
        times_s = np.asarray(index * _INTERVAL_S, dtype=np.float64)
        log.kept = len(index)
        vm = VmRecording(
            name=content.written,
            written=content.written,
            file=str(content.path),
            interval_s=_INTERVAL_S,
            times_s=times_s,
            cpu_share=percent[index] / 100.0,
            segment_starts=segment_starts(
                times_s, _INTERVAL_S, options.hold_rows, log, dated=False
            ),
        )
        return [vm]
