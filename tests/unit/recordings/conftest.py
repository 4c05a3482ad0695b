"""Files of recordings, written as asked."""

import pytest

from hvmc.recordings import RecordingError, read_recording


@pytest.fixture
def write(tmp_path):
    def write_file(name, *lines, encoding="utf-8", end="\n", last_end=None):
        text = end.join(lines) + (end if last_end is None else last_end)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return path

    return write_file


@pytest.fixture
def refusal():
    def refused(path, **options):
        with pytest.raises(RecordingError) as caught:
            read_recording(path, **options)
        return caught.value

    return refused
