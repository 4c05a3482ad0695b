"""One host with named guests in sentences and tables."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount, apart, figure, percent
from hvmc.analysis.words import regime_title
from hvmc.answers.page import Column, TextTable
from hvmc.scenario.span import DrawnRange

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.settings import Experiment
    from hvmc.regimes.design import Design

__all__ = [
    "LIMITS",
    "guest_table",
    "legend",
    "limit_table",
    "sentences",
    "spread_and_shares",
    "where_from",
    "who_suffers",
]

type _Form = Callable[[float, float], str]
type Frames = Mapping[str, "pd.DataFrame"]

LIMITS = (
    "used: over what there is, over the trials. LPs, devices and VPs (of their limit) are "
    "saturated above 90 %; memory where working sets exceed it, the host's for guests or a guest's "
    "maximum. first: memory that is short, else what is used most. More of a device: "
    "host.devices.disk.servers_per_lp, host.devices.nic.servers_per_lp, overheads.faults.servers "
    "(paging)."
)
_DEVICE = "device: longer than natively at its disk or adapter, which others use too. "
_MOST_NAMED = 4
_MOST_ROWS = 40
_MOST_LIMITS = 5
_OFTEN = 0.05
_RARE = 0.01


def sentences(own: Frames, limit: float) -> Iterator[str]:
    """Yield what the host's administrator asks: who suffers, which regime, what limits.

    Parameters
    ----------
    own : mapping of str to DataFrame
        Frames of `hvmc.answers.kinds.own_host.OwnHost`, of one design point.
    limit : float
        Stretch above which a guest suffers.
    """
    late = _not_started(own["by_guest"])
    if late:
        yield late
    yield " ".join(who_suffers(own, limit))
    yield _regimes(own["regimes"], own["reasons"])
    yield _limits(own["limits"])


def who_suffers(own: Frames, limit: float) -> Iterator[str]:
    """Yield who suffers in which share of the trials, and how often anybody does."""
    found = own["by_guest"]
    some = found[found["metric"] == f"p_stretch_over_{limit:g}"]
    rows = [row for row in some.to_dict("records") if math.isfinite(row["estimate"])]
    if not rows:
        yield f"No request of any of the {some['guest'].nunique()} guests was measured."
        return
    count = len(rows)
    which = "guests" if count == some["guest"].nunique() else "guests with a request measured"
    often = [row for row in rows if row["estimate"] >= _OFTEN][:_MOST_NAMED]
    meaning = f"(stretch above {limit:g})"
    if count == 1:
        yield f"The guest {rows[0]['guest']} suffers {meaning} in {_share(rows[0])} of the trials."
        return
    if not often and rows[0]["estimate"] == 0.0:
        most = percent(max(row["high"] for row in rows))
        yield f"Of {count} {which} none suffers {meaning} in any trial, each in at most {most} %."
    elif not often:
        yield (
            f"Of {count} {which} none suffers {meaning} in more than {_share(rows[0])} of the "
            f"trials (most often {rows[0]['guest']})."
        )
    else:
        first, *others = often
        told = [f"{first['guest']} suffers {meaning} in {_share(first)} of the trials"]
        told += [f"{row['guest']} in {_share(row)}" for row in others]
        yield f"Of {count} {which} {_listed(told)}{_the_rest(rows[len(often) :])}."
    one = own["any_guest"].iloc[0].to_dict()
    yield (
        f"At least one guest of the host suffers in {_share(one)} of the trials; on average "
        f"{figure(one['mean_count'], 0.5)} of {count} do."
    )


def _the_rest(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    low, high = rows[-1]["estimate"], rows[0]["estimate"]
    span = percent(high, 0.05)
    if percent(low, 0.05) != span:
        span = f"{percent(low, 0.05)} to {span}"
    who = rows[0]["guest"] if len(rows) == 1 else f"the other {len(rows)}"
    return f"; {who} in {span} %"


def _share(found: Mapping[str, Any]) -> str:
    """Return a share in per cent with its interval: ``83 % (79-87)``."""
    value, limits = apart({**found, "supported": True}, percent)
    return f"{value} % ({limits})" if limits else f"{value} %"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _regimes(shares: "pd.DataFrame", hosts: "pd.DataFrame") -> str:
    rows = [row for row in shares.to_dict("records") if row["estimate"] > 0]
    told = []
    for number, row in enumerate(rows):
        regime = str(row["regime"])
        name = _regime_phrase(regime)
        why = _why(regime, hosts)
        share = _share(row)
        where = f"in {share} of the trials" if number == 0 else f"in {share}"
        told.append(f"{name} {where}{why}")
    if len(rows) == 1 and rows[0]["estimate"] == 1.0:
        regime = str(rows[0]["regime"])
        told = [f"{_regime_phrase(regime)} in all trials{_why(regime, hosts)}"]
    return f"Which regime: the host is {'; '.join(told)}."


def _regime_phrase(regime: str) -> str:
    if regime == "under_provisioned_guest":
        return "one with an under-provisioned guest"
    return regime_title(regime).removesuffix(" host")


def _why(regime: str, hosts: "pd.DataFrame") -> str:
    """Return what puts the host into a regime, with the share of its trials, in brackets."""
    own = hosts[hosts["regime"] == regime]
    if regime == "over_committed":
        reasons = {
            "LP commitment above 1": own["short_of_lps"],
            "working sets exceed memory": own["short_of_memory"],
            "a guest finds no memory to start": own["not_started"],
        }
    elif regime == "efficiently_provisioned":
        reasons = {
            "LP commitment above 0.75": own["busy_lps"],
            "LP commitment 0.40 to 0.75": own["used_lps"] & ~own["busy_lps"],
            "LP commitment lower, but at most 40 % of the memory free": (
                ~own["used_lps"] & own["used_memory"]
            ),
            "LP commitment lower, but a guest at its dynamic memory's maximum": (
                ~own["used_lps"] & ~own["used_memory"]
            ),
        }
    elif regime == "under_provisioned_guest":
        victims = own["under_provisioned"].str.get_dummies(" ")
        often = victims.mean().sort_values(ascending=False, kind="stable")[:_MOST_NAMED]
        reasons = {str(guest): victims[guest] for guest in often.index}
    else:
        return ""
    shares = {text: float(seen.mean()) for text, seen in reasons.items()}
    told = [
        text if share == 1.0 else f"{text}: {percent(share, 0.05)} %"
        for text, share in shares.items()
        if share > 0
    ]
    return f" ({'; '.join(told)})" if told else ""


def _limits(found: "pd.DataFrame") -> str:
    every = found.to_dict("records")
    rows = [row for row in every if not row["guest"]]
    near = [row for row in rows if row["first"] >= _OFTEN][:_MOST_NAMED] or rows[:1]
    told = [f"{_resource(row)}{_which(row, every, 'first')} in {_of(row, 'first')}" for row in near]
    told[0] += " of the trials"
    full = [row for row in rows if row["saturated"] > 0]
    full.sort(key=lambda row: -float(row["saturated"]))
    first = f"What saturates first: {_listed(told)}."
    if not full:
        return f"{first} Nothing is saturated yet in any."
    some = [
        f"{_resource(row)}{_which(row, every, 'saturated')} in {_of(row, 'saturated')}"
        for row in full
    ]
    return f"{first} Saturated already: {_listed(some)}."


def _which(row: Mapping[str, Any], every: Sequence[Mapping[str, Any]], what: str) -> str:
    """Return the guest of which it is most often true, where a resource is one of many guests'."""
    own = [one for one in every if one["kind"] == row["kind"] and one["guest"]]
    if not own:
        return ""
    most = max(own, key=lambda one: float(one[what]))
    return f" (most often {most['guest']}'s)"


def _of(row: Mapping[str, Any], what: str) -> str:
    keys = {"estimate": what, "low": f"{what}_low", "high": f"{what}_high"}
    return _share({key: row[column] for key, column in keys.items()})


def _resource(row: Mapping[str, Any]) -> str:
    words = {
        "lps": "the LPs",
        "vps": "a guest's own VPs",
        "memory": "the memory for guests",
        "own_memory": "a guest's own memory",
    }
    return words.get(str(row["kind"]), f"the {row['resource']}")


def _not_started(found: "pd.DataFrame") -> str:
    started = found.drop_duplicates("guest").set_index("guest")["started"]
    late = started[started < 1.0]
    if late.empty:
        return ""
    every = float(late.max()) == 0.0
    told = [
        str(guest) if every else f"{guest} in {percent(1.0 - share, 0.05)} %"
        for guest, share in late.items()
    ]
    shown = told[:_MOST_NAMED]
    if len(told) > _MOST_NAMED:
        shown.append(f"{len(told) - _MOST_NAMED} more")
    return (
        f"{amount(len(late), 'guest')} of {len(started)} can't start, since no memory is free for "
        f"{'them' if len(late) > 1 else 'it'}{', in any trial' * every}: {_listed(shown)}"
        f"{' of the trials' * (not every)}. What follows is about those that run."
    )


def guest_table(found: "pd.DataFrame", limit: float, heading: str) -> TextTable:
    """Return a line per guest: percentiles of the stretch, P(suffers), what it loses time to.

    Parameters
    ----------
    found : DataFrame
        Frame ``by_guest`` of one design point.
    limit : float
        Stretch above which a guest suffers.
    heading : str
        Above the guests' names.
    """
    guests = list(dict.fromkeys(found["guest"]))[:_MOST_ROWS]
    rows = found.set_index(["guest", "metric"]).to_dict("index")
    spread, shares = spread_and_shares(found, limit, guests)
    lost = [_lost(rows[guest, "stretch_p50"]["most_lost_to"]) for guest in guests]
    return TextTable(
        Column(heading, guests), [spread, [*shares, Column("loses most\ntime to", lost)]]
    )


def spread_and_shares(
    found: "pd.DataFrame", limit: float, guests: Sequence[str]
) -> tuple[list[Column], list[Column]]:
    """Return columns of percentiles of the stretch, and of how often it is above limits.

    Parameters
    ----------
    found : DataFrame
        As of `hvmc.analysis.by_guest.by_guest`, of one design point.
    limit : float
        Stretch above which a guest suffers.
    guests : sequence of str
        Rows, in order.
    """
    rows = found.set_index(["guest", "metric"]).to_dict("index")
    over = list(dict.fromkeys((f"p_stretch_over_{limit:g}", "p_stretch_over_2")))
    spread: list[Column] = []
    for name in ("stretch_p50", "stretch_p95"):
        cells = [_apart(rows[guest, name], figure) for guest in guests]
        spread.append(
            Column(f"stretch\n{name.removeprefix('stretch_')}", [one for one, _ in cells])
        )
        spread.append(Column("\n95 %", [ends for _, ends in cells]))
    shares = []
    for name in over:
        cells = [_apart(rows[guest, name], percent) for guest in guests]
        told = [f"{one} ({ends})" if ends else one for one, ends in cells]
        shares.append(Column(f"P > {name.removeprefix('p_stretch_over_')},\n%", told))
    return spread, shares


def _apart(found: Mapping[str, Any], form: _Form) -> tuple[str, str]:
    return apart({**found, "low": max(found["low"], 0.0)}, form)


def _lost(part: str) -> str:
    from hvmc.analysis.time_parts import PART_NAMES

    return PART_NAMES.get(part, "-")


def legend(found: "pd.DataFrame", limit: float) -> str:
    """Return what the columns of the table by guest are."""
    from hvmc.analysis.time_parts import PART_NAMES, explain_parts

    told = {str(part) for part in found["most_lost_to"]}
    more = found["guest"].nunique() - _MOST_ROWS
    rest = f"Those {_MOST_ROWS} that suffer most often; {more} more do less. " if more > 0 else ""
    return (
        f"{rest}stretch: virtual over adequate native response time; p50, p95: over the trials, "
        "which are possible moments of this host; P: share of trials in which the guest's stretch "
        f"is above {limit:g} (it suffers), above 2; beside each its 95 % interval. * too few "
        "trials for it to hold; ? or one limit: too few to bound it. "
        f"{_DEVICE if 'device' in told else ''}"
        f"{explain_parts({part for part in PART_NAMES if part not in told})}"
    ).rstrip()


def limit_table(found: "pd.DataFrame") -> TextTable:
    """Return a line per resource: how much is used, how often it is first or saturated.

    Parameters
    ----------
    found : DataFrame
        As of `hvmc.analysis.limits.limit_shares`.
    """
    every = found.to_dict("records")
    host = [row for row in every if row["kind"] in ("lps", "memory", "vps") and not row["guest"]]
    rest = [
        row for row in every if row not in host and (row["first"] >= _RARE or row["saturated"] > 0)
    ]
    shown = [row for row in every if row in host or row in rest[:_MOST_LIMITS]]
    used = [[figure(100.0 * row[f"used_p{q}"], 1.0) for row in shown] for q in (50, 95)]
    shares = {what: [_both(row, what) for row in shown] for what in ("first", "saturated")}
    return TextTable(
        Column("", [_plain(row) for row in shown]),
        [
            [Column("used, %\np50", used[0]), Column("\np95", used[1])],
            [Column("first,\n% of trials", shares["first"])],
            [Column("saturated,\n% of trials", shares["saturated"])],
        ],
    )


def _plain(row: Mapping[str, Any]) -> str:
    name = str(row["resource"])
    return f"- {name}" if row["guest"] else {"memory": "memory for guests"}.get(name, name)


def _both(row: Mapping[str, Any], what: str) -> str:
    value, limits = apart(
        {"estimate": row[what], "low": row[f"{what}_low"], "high": row[f"{what}_high"]}, percent
    )
    return f"{value} ({limits})"


def where_from(design: "Design", experiment: "Experiment") -> Iterator[str]:
    """Yield where the answer comes from: what each trial draws."""
    spans = _spans(design.fitted)
    constants = len(design.drawn)
    trials = amount(max(experiment.all_sizes), "trial")
    told = []
    if design.fitted:
        told.append("the load of the moment, as the mean and the peak of each guest have it")
    if spans:
        told.append(f"what is a range in the file ({', '.join(spans)})")
    if constants:
        told.append(f"{amount(constants, 'constant')} that no evidence decides (hvmc constants)")
    if not told:
        yield (
            f"Where it comes from: {trials} of one and the same host, with other luck in its "
            "requests; no setting is drawn, so what is not known of the host is not in the "
            "intervals."
        )
        return
    yield (
        f"Where it comes from: each of the {trials} simulates a window of this host, virtual and "
        f"native, with draws of {_listed(told)}. The comments in the file say what was measured, "
        "derived and assumed: a range that you know better makes the answer narrower."
    )


def _spans(fitted: Sequence[Any]) -> list[str]:
    """Return the names of quantities that are ranges of some guest, the most frequent first."""
    seen: dict[str, int] = {}
    for guest in fitted:
        for owner in (guest, guest.memory):
            for item in fields(owner):
                if isinstance(getattr(owner, item.name), DrawnRange):
                    seen[item.name] = seen.get(item.name, 0) + 1
    return sorted(seen, key=lambda name: -seen[name])
