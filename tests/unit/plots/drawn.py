"""The figures that an answer draws of made-up outcomes."""

from types import SimpleNamespace

from hvmc.answers.kind import Asked
from hvmc.answers.registry import all_kinds


def drawings(outcomes, suffers_above=1.25, *, labels=None, paired=None, note="", places=None):
    """All drawings, as `hvmc.answers.registry.Answer.figures` gives them of stored results."""
    asked = Asked.__new__(Asked)
    limits = suffers_above if isinstance(suffers_above, dict) else {}
    asked.__dict__ |= {
        "outcomes": outcomes,
        "limits": dict.fromkeys(range(100), 1.25) | limits,
        "labels": labels or {},
        "note": note,
        "changes": paired,
        "places": places or {},
        "experiment": SimpleNamespace(report="points" if paired is None else "paired"),
    }
    return [one for kind in all_kinds() for one in kind(asked).figures()]
