"""The figures that an answer draws of made-up outcomes."""

from types import SimpleNamespace

from hvmc.analysis.summary import summarise
from hvmc.answers.asked import Asked
from hvmc.answers.registry import all_kinds


def drawings(outcomes, suffers_above=1.25, *, levels=None, paired=None, note="", places=None):
    """All drawings, as `hvmc.answers.registry.Answer.figures` gives them of stored results."""
    asked = Asked.__new__(Asked)
    limits = suffers_above
    if not isinstance(limits, dict):
        limits = dict.fromkeys(range(100), suffers_above)
    report = "points" if paired is None else "paired"
    asked.__dict__ |= {
        "outcomes": outcomes,
        "limits": limits,
        "levels": {point: {"point": point} for point in range(100)} | (levels or {}),
        "note": note,
        "changes": paired,
        "places": places or {},
        "experiment": SimpleNamespace(report=report, name="made_up", points=[]),
    }
    thresholds = {1.25, 2.0, *limits.values()}
    by = ("point", "regime", "role")
    asked.summary = asked.in_order(summarise(outcomes, thresholds=thresholds, by=by))
    return [one for kind in all_kinds() for one in kind(asked).figures()]


def figure(outcomes, name, suffers_above=1.25, **more):
    """Draw the first figure whose name begins like that."""
    found = drawings(outcomes, suffers_above, **more)
    return next(one for one in found if one.name.startswith(name)).make()


def axes(outcomes, name, suffers_above=1.25, **more):
    """Draw the first figure whose name begins like that; return its first axes."""
    return figure(outcomes, name, suffers_above, **more).axes[0]
