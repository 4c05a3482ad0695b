"""GWA-T-12 (Bitbrains), as downloaded: ``;``-separated, one VM a file, a row per 300 s.

Stamps are seconds since 1970, whatever the header says, or milliseconds.

References
----------
S. Shen, V. van Beek, A. Iosup, "Statistical Characterization of Business-Critical Workloads Hosted
in Cloud Datacenters", CCGrid 2015, doi:10.1109/CCGrid.2015.60; Grid Workloads Archive, GWA-T-12.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.format import Format, ReadingOptions
from hvmc.recordings.gwa_form import TIME, has_gwa_columns, read_gwa_file
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.stamps import seconds_of_numbers
from hvmc.recordings.table import RecordedRows, layout_of

__all__ = ["GwaT12"]


class GwaT12(Format):
    """GWA-T-12."""

    name = "gwa_t_12"
    looks = (
        "a header with 'CPU cores', 'CPU usage [MHZ]' and so on, separated by ';', one VM a file"
    )
    place = 20

    def recognises(self, content: Content) -> bool:
        """Say whether the header has the archive's columns; Materna's are told apart before."""
        return has_gwa_columns(layout_of(content.lines[:50]))

    def read_file(
        self, content: Content, log: FileLog, options: ReadingOptions
    ) -> Sequence[VmRecording]:
        """Return the VM of a file; see `Format`."""
        return [read_gwa_file(content, log, options, _times, texts=False)]


def _times(rows: RecordedRows) -> NDArray[np.float64]:
    return seconds_of_numbers(rows.numbers[TIME])[0]
