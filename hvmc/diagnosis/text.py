"""A diagnosis in sentences and tables, and as JSON."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hvmc.analysis.numbers import amount, figure, percent
from hvmc.analysis.words import regime_words
from hvmc.answers.page import Block, Column, TextTable
from hvmc.diagnosis.advice import CAUSES, next_for
from hvmc.diagnosis.collect import paths_of
from hvmc.diagnosis.diagnose import Beyond, Diagnosis, GuestFinding
from hvmc.diagnosis.features import COUNTERS
from hvmc.diagnosis.signs import Sign

__all__ = ["EPOCH", "as_plain", "blocks"]

EPOCH = datetime(2000, 1, 1)

_MOST_GUESTS = 20
_LIKELY = 0.25


def blocks(found: Diagnosis) -> Iterator[Block]:
    """Yield what is said, in the order in which it is read."""
    lps = f" on {amount(found.lps, 'LP')}" if found.lps else ""
    yield f"{found.source}, {amount(len(found.guests), 'guest')}{lps}."
    yield from found.notes
    yield ""
    yield from _regime(found)
    yield from _guests(found)
    yield from _signs(found)
    yield "What to look at next:"
    yield from _next(found)
    yield ""
    yield from _trust(found)


def _regime(found: Diagnosis) -> Iterator[Block]:
    (first, likely), (second, other), *_ = found.regime.items()
    yield (
        f"The host is most likely {_regime_name(first)} ({percent(likely)} %), else "
        f"{_regime_name(second)} ({percent(other)} %)."
    )
    columns: list[Column] = [
        Column("probability, %", [percent(value) for value in found.regime.values()])
    ]
    if len(found.end_s) > 1:
        tops = {name: _top(values) for name, values in found.regimes.items()}
        columns.append(Column("highest", [percent(tops[name][0]) for name in found.regime]))
        columns.append(Column("at", [_clock(found.end_s[tops[name][1]]) for name in found.regime]))
    yield TextTable(Column("regime", [regime_words(name) for name in found.regime]), [columns])


def _regime_name(name: str) -> str:
    if name == "under_provisioned_guest":
        return "one with an under-provisioned guest"
    return regime_words(name)


def _top(values: Any) -> tuple[float, int]:
    known = [-1.0 if math.isnan(value) else float(value) for value in values]
    place = max(range(len(known)), key=known.__getitem__)
    return known[place], place


def _clock(end_s: float) -> str:
    return (EPOCH + timedelta(seconds=float(end_s))).strftime("%m-%d %H:%M:%S")


def _guests(found: Diagnosis) -> Iterator[Block]:
    yield (
        f"Of {amount(len(found.guests), 'guest')}, {_expected(found.suffering)} expected to "
        "suffer (mean response above 1.25 times that on a machine of adequate size)."
    )
    likely = {cause: part for cause, part in found.causes.items() if part >= _LIKELY}
    causes = [f"{CAUSES[name]} ({percent(part)} %)" for name, part in likely.items()]
    if causes and found.suffering >= 0.5:
        yield f"Most likely cause where one does: {' or '.join(causes)}."
    shown = found.guests[:_MOST_GUESTS]
    yield TextTable(
        Column("guest", [_short(guest.name) for guest in shown]), [_columns(found, shown)]
    )
    if len(found.guests) > _MOST_GUESTS:
        yield f"{len(found.guests) - _MOST_GUESTS} more are less likely to suffer: --json has all."


def _expected(count: float) -> str:
    return f"{figure(count, 0.05 if count < 10 else 0.5)} {'are' if count >= 1.05 else 'is'}"


def _columns(found: Diagnosis, shown: tuple[GuestFinding, ...]) -> list[Column]:
    columns = [Column("P suffers,\n%", [percent(guest.suffers) for guest in shown])]
    if len(found.end_s) > 1:
        columns.append(Column("highest,\n%", [percent(guest.most) for guest in shown]))
    columns.append(Column("most likely\ncause, if so", [_CAUSE[guest.cause] for guest in shown]))
    for name, head in _VALUES.items():
        values = [guest.values[name] for guest in shown]
        if any(map(math.isfinite, values)):
            columns.append(Column(head, [_small(value) for value in values]))
    return columns


_CAUSE = {
    "lps": "LPs",
    "own_vps": "own VPs",
    "host_memory": "host memory",
    "own_memory": "own memory",
    "devices": "devices",
    "overheads": "overheads",
}
_VALUES = {
    "run": "VP run\ntime, %",
    "ready": "ready,\n%",
    "wait": "wait,\nus",
    "pressure": "pres-\nsure",
}


def _small(value: float) -> str:
    return "<0.01" if 0.0 < value < 0.01 else figure(value)


def _short(name: str, most: int = 22) -> str:
    return name if len(name) <= most else f"{name[: most - 3]}..."


def _signs(found: Diagnosis) -> Iterator[Block]:
    if not found.signs:
        return
    fired = [sign for sign in found.signs if sign.guests]
    yield (
        f"Of {amount(len(found.signs), 'published rule')} of thumb that the log tells of, "
        f"{len(fired)} fired on the mean over the log. Worth: by what the odds that a guest "
        "suffers are multiplied, with 95 % interval; signs repeat each other, so do not multiply "
        "their worths; ? where training has no guest to tell."
    )
    names = [f"{sign.text} > {sign.threshold:g} ({sign.reference})" for sign in found.signs]
    yield TextTable(
        Column("sign", names),
        [
            [
                Column("highest\nmean", [_small(sign.value) for sign in found.signs]),
                Column("fired for\nguests", [_fired(found, sign) for sign in found.signs]),
                Column("% of\ntime", [percent(sign.windows) for sign in found.signs]),
                Column("worth as\nit stands", [_worth(sign) for sign in found.signs]),
            ]
        ],
    )


def _fired(found: Diagnosis, sign: Sign) -> str:
    count = len(sign.guests)
    return "all" if count == len(found.guests) else str(count)


def _worth(sign: Sign) -> str:
    value, low, high = sign.fired if sign.guests else sign.silent
    if value is None:
        return f"x >= {figure(low)}" if low else "?"
    return f"x{_two(value)} ({_two(low)}-{_two(high)})"


def _two(value: float | None) -> str:
    if value is None:
        return "inf"
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _next(found: Diagnosis) -> Iterator[str]:
    ill = [guest for guest in found.guests if guest.suffers >= _LIKELY]
    if not ill:
        first = found.guests[0]
        yield (
            f"- No guest is likely to suffer. The most likely is {first.name}, "
            f"{percent(first.suffers)} %, from {CAUSES[first.cause]}, if so. "
            f"{next_for(first.cause)}"
        )
    for cause in found.causes:
        own = [guest.name for guest in ill if guest.cause == cause]
        if own:
            more = f" and {len(own) - 3} more" if len(own) > 3 else ""
            yield f"- {', '.join(own[:3])}{more}: {CAUSES[cause]}. {next_for(cause)}"
    if found.lacking:
        paths = "; ".join(paths_of(found.lacking))
        yield f"- Record what the log lacks: {paths}."


def _trust(found: Diagnosis) -> Iterator[str]:
    used, about = found.used.held_out, found.models.about
    told = (
        f"These are answers of models trained on {about['hosts']} simulated hosts, each regime as "
        f"frequent as the others. On {about['held_out_hosts']} held-out hosts the regime given the "
        f"highest probability was right in {_range(used['accuracy'])} % with the counters of this "
        "log"
    )
    if found.lacking:
        told += f", {_range(found.full.held_out['accuracy'])} % with all"
    guests = found.suffers_used.held_out
    told += (
        f"; for guests, whether they suffer, {_range(guests['accuracy'])} % "
        f"({percent(guests['baseline']['accuracy'])} % by always saying the same)."
    )
    yield told
    if found.lacking:
        yield f"The log lacks: {', '.join(COUNTERS[name] for name in found.lacking)}."
    if found.lps is not None and not min(about["lps"]) <= found.lps <= max(about["lps"]):
        yield f"Hosts in training had {min(about['lps'])} to {max(about['lps'])} LPs."
    if found.beyond:
        told = "; ".join(map(_beyond, _widest(found.beyond)))
        yield f"Outside of what was seen in training, so taken at the end of that range: {told}."


def _widest(beyond: tuple[Beyond, ...]) -> list[tuple[Beyond, int]]:
    """Return of each feature and side the farthest one, and how many guests share it."""
    groups: dict[tuple[str, bool, bool], list[Beyond]] = {}
    for one in beyond:
        groups.setdefault((one.feature, one.value > one.high, bool(one.of)), []).append(one)
    return [
        (max(own, key=lambda one: abs(one.value - (one.low + one.high) / 2.0)), len(own))
        for own in groups.values()
    ]


def _range(numbers: list[float]) -> str:
    value, low, high = numbers
    return f"{percent(value)} ({percent(low)}-{percent(high)})"


def _beyond(widest: tuple[Beyond, int]) -> str:
    one, count = widest
    who = f" ({one.of}{f' and {count - 1} more' if count > 1 else ''})" if one.of else ""
    return f"{one.feature} {figure(one.value)}{who}, not {figure(one.low)} to {figure(one.high)}"


def as_plain(found: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as plain values; nan is None."""
    return {
        "source": found.source,
        "notes": list(found.notes),
        "logical_processors": found.lps,
        "windows": len(found.end_s),
        "counters": list(found.counters),
        "lacking": {name: paths_of([name]) for name in found.lacking},
        "regime": found.regime,
        "regime_highest": {
            name: {"probability": top[0], "at": _stamp(found.end_s[top[1]])}
            for name, values in found.regimes.items()
            if (top := _top(values))
        },
        "expected_to_suffer": found.suffering,
        "causes": found.causes,
        "guests": [_guest(guest) for guest in found.guests],
        "signs": [
            {
                "watches": sign.text,
                "reference": sign.reference,
                "threshold": sign.threshold,
                "highest_mean": sign.value,
                "guests": list(sign.guests),
                "share_of_windows": sign.windows,
                "likelihood_ratio_fired": list(sign.fired),
                "likelihood_ratio_silent": list(sign.silent),
            }
            for sign in found.signs
        ],
        "outside_training": [
            {
                "of": one.of or "host",
                "feature": one.feature,
                "value": one.value,
                "trained_low": one.low,
                "trained_high": one.high,
            }
            for one in found.beyond
        ],
        "held_out": {"regime": found.used.held_out, "suffers": found.suffers_used.held_out},
        "next": [line.removeprefix("- ") for line in _next(found)],
    }


def _guest(guest: GuestFinding) -> dict[str, Any]:
    return {
        "guest": guest.name,
        "suffers": guest.suffers,
        "suffers_highest": {"probability": guest.most, "at": _stamp(guest.most_at_s)},
        "causes": dict(guest.causes),
        "counters": {
            name: value if math.isfinite(value) else None for name, value in guest.values.items()
        },
    }


def _stamp(end_s: float) -> str:
    return (EPOCH + timedelta(seconds=float(end_s))).isoformat(timespec="seconds")
