"""Counts in messages."""

__all__ = ["amount"]


def amount(count: int, what: str) -> str:
    """Return ``1 row`` or ``n rows``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
