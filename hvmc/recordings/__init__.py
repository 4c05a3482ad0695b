"""Recorded utilisation of virtual machines, as people have it.

`read_recording` takes a file or a folder of any format in `hvmc.recordings.formats`, recognised by
content, and returns a `Recording`: VMs with readings at their own times, and a report of each file.
A new format is one file there. What a recording can't tell is left out, never guessed here.
"""

from hvmc.recordings.errors import RecordingError
from hvmc.recordings.read import format_names, read_recording, recording_files
from hvmc.recordings.recording import FileReport, Recording, VmRecording

__all__ = [
    "FileReport",
    "Recording",
    "RecordingError",
    "VmRecording",
    "format_names",
    "read_recording",
    "recording_files",
]
