"""What to look at next, by what is likely."""

from types import MappingProxyType

__all__ = ["CAUSES", "next_for"]

CAUSES = MappingProxyType(
    {
        "lps": "too few LPs for all guests",
        "own_vps": "too few VPs of its own",
        "host_memory": "too little memory on the host",
        "own_memory": "too small a maximum memory of its own",
        "devices": "disks or adapters shared with others",
        "overheads": "intercepts, interrupts and the way to devices",
    }
)
"""What makes a guest suffer, in words."""

_NEXT = MappingProxyType(
    {
        "lps": (
            "Look at CPU Wait Time Per Dispatch of the busiest guests and at LP run time by hour; "
            "move a busy guest away, take VPs that stay idle, or raise weights of guests that "
            "matter."
        ),
        "own_vps": (
            "Look inside the guest: a processor queue that stays above its VPs says the same; "
            "give it VPs."
        ),
        "host_memory": (
            "Look at pressure above 100 and at Pages Input/sec inside those guests; move a guest "
            "away, add memory, or lower the minimum of guests that have too much."
        ),
        "own_memory": (
            "The host has memory left: raise the guest's maximum memory; Pages Input/sec inside "
            "it should fall."
        ),
        "devices": (
            "Look at the physical disk's latency and queue length, and who sends most to it; "
            "give the busiest guest its own."
        ),
        "overheads": (
            "Look at intercepts, hypercalls and virtual interrupts per second of the guest, and "
            "whether its integration services and synthetic devices are in use."
        ),
    }
)


def next_for(cause: str) -> str:
    """Return what to look at where a cause is likely."""
    return _NEXT[cause]
