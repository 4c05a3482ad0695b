"""What a user is told of a recording before its VMs are simulated: read, drawn, assumed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hvmc.regimes.assumptions import assumed_of_recordings, drawn_of_recording
from hvmc.regimes.traces import recorded, windows

if TYPE_CHECKING:
    from hvmc.regimes.design import Design

__all__ = ["told_of_recording"]

_FILES = 4
_INSIDE = ("trace.burst_s", "trace.swing_cv", "trace.swing_s")
_WORDS = {
    "virtual_processors": "the VPs are not told",
    "memory_provisioned_mib": "the memory is not told",
    "memory_active_mib": "the memory in use is not told",
}
_DAY_S = 86400.0


def told_of_recording(design: "Design") -> Iterator[str]:
    """Yield sentences on the recording of a design; none where it has none.

    Raises
    ------
    RecordingError
        If nothing of the recording can be used.
    """
    source = design.trace
    if source is None:
        return
    recording = recorded(source)
    told = list(recording.told())
    notes = 1 + len(recording.notes)
    yield from told[: notes + _FILES]
    if len(told) > notes + _FILES:
        more = len(told) - notes - _FILES
        yield f"and {more} more files with notes: hvmc recordings {source.path} tells all"
    found = windows(recording, design.horizon_s, source.coverage)
    length_s = float((found.begins_s[:, 1] - found.begins_s[:, 0]).sum())
    span = f"{length_s / _DAY_S:.3g} days" if length_s >= _DAY_S else f"{length_s / 3600:.3g} hours"
    yield (
        f"windows of {design.horizon_s:g} s, common to a host's VMs, begin in {span} in which at "
        f"least {found.needed} VMs are covered"
    )
    if found.length_s < design.horizon_s:
        yield f"no VM is covered for so long: beyond {found.length_s:g} s its last reading holds"
    step = sorted(vm.interval_s for vm in recording.vms)[len(recording.vms) // 2]
    inside = ", ".join(_assumed(path, design) for path in _INSIDE)
    yield f"a reading is a mean over {step:g} s; assumed inside it: {inside}"
    unknown = (
        ("virtual_processors", f"{source.virtual_processors} VPs"),
        ("memory_provisioned_mib", f"{source.memory_mib:g} MiB of memory"),
        ("memory_active_mib", _assumed("trace.working_set", design)),
    )
    for name, assumption in unknown:
        count = sum(1 for vm in recording.vms if getattr(vm, name) is None)
        if count:
            yield f"of {count} of {len(recording.vms)} VMs {_WORDS[name]}: assumed {assumption}"


def _assumed(path: str, design: "Design") -> str:
    """Return a setting with its value, or the range from which it is drawn for each host."""
    law = assumed_of_recordings()[path].known
    if any(constant.path == path for constant in drawn_of_recording(design)):
        return f"{path} {law.low:g} to {law.high:g} (drawn)"
    return f"{path}={getattr(design.trace, path.partition('.')[2]):g}"
