"""The fine clock's unit: whole nanoseconds."""

__all__ = ["nanoseconds"]


def nanoseconds(seconds: float) -> int:
    """Return whole nanoseconds."""
    return round(seconds * 1e9)
