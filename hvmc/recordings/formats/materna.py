"""GWA-T-13 (Materna): as GWA-T-12 with quoted cells, dates dd.MM.yyyy and decimal commas.

Dates have no zone: they are on the recorder's clock.

References
----------
A. Kohne, M. Spohr, L. Nagel, O. Spinczyk, "FederatedCloudSim: a SLA-aware federated cloud
simulation framework", CCB 2014, doi:10.1145/2676662.2676674; Grid Workloads Archive, GWA-T-13.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.format import Format, ReadingOptions
from hvmc.recordings.gwa_form import TIME, gwa_columns, has_gwa_columns, read_gwa_file
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.stamps import is_number, seconds_of_texts
from hvmc.recordings.table import FIX_ROW, RecordedRows, excerpt, layout_of

__all__ = ["Materna"]


class Materna(Format):
    """GWA-T-13."""

    name = "materna"
    looks = "as gwa_t_12, with dates such as 05.11.2015 00:05:00"
    place = 10

    def recognises(self, content: Content) -> bool:
        """Say whether the header has the archive's columns and the first stamp is a date."""
        layout = layout_of(content.lines[:50])
        places = gwa_columns(layout).get(TIME, [])
        if not has_gwa_columns(layout) or not places or len(content.lines) < 2:
            return False
        cells = content.lines[1].split(layout.delimiter)
        stamp = cells[places[0]].strip().strip('"') if len(cells) > places[0] else ""
        return bool(stamp) and not is_number(stamp)

    def read_file(
        self, content: Content, log: FileLog, options: ReadingOptions
    ) -> Sequence[VmRecording]:
        """Return the VM of a file; see `Format`."""

        def times(rows: RecordedRows) -> NDArray[np.float64]:
            written = rows.texts[TIME].to_pylist()
            times_s = seconds_of_texts(written, log, day_first=True)
            rows.reject(
                np.isnan(times_s),
                TIME,
                lambda at: (
                    "must be a date such as 05.11.2015 00:05:00, got "
                    f"{excerpt(written[at] or '')}: {FIX_ROW}"
                ),
            )
            return times_s

        return [read_gwa_file(content, log, options, times, texts=True)]
