"""The table of claims and verdicts, on a console and as Markdown."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from hvmc.analysis.numbers import amount, estimate, figure
from hvmc.answers.page import say
from hvmc.validation.case import KINDS, Claim
from hvmc.validation.verdicts import FALSE_ALARMS, Finding

__all__ = [
    *("SUMMARY", "TABLES"),
    *("block_of", "in_a_line", "markdown", "reasons", "summary", "tell", "write_block"),
]

TABLES, SUMMARY = "validate", "validate: summary"
"""Names of the blocks of a document."""

_HEADS = ("reference", "published", "modelled (95 %)", "kind", "verdict")
_UNKNOWN = "no reason is known."
_BLOCK = re.compile(rf"(?m)(^<!-- ({TABLES}|{SUMMARY}) -->\n)(?:.*\n)*?(^<!-- end -->$)")


def tell(found: Mapping[str, Sequence[Finding]], console: Console) -> None:
    """Print the table, and below it how many claims of each family hold, and why others don't."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("claim")
    for head in ("reference\nkind", "published", "modelled\n95 %", "verdict"):
        table.add_column(head, justify="right", no_wrap=True)
    for all_of_it in found.values():
        for text, reference, published, value, kind, verdict in map(_cells, all_of_it):
            table.add_row(text, f"{reference}\n{kind}", published, value, verdict)
        table.add_section()
    console.print(table)
    for family, all_of_it in found.items():
        say(console, f"{family}: {_counted(all_of_it)}")
        for line in reasons(all_of_it):
            say(console, line)


def markdown(found: Mapping[str, Sequence[Finding]]) -> str:
    """Return the tables as Markdown."""
    parts = []
    for family, all_of_it in found.items():
        if not all_of_it:
            continue
        rows = [("claim", *_HEADS), ("---",) * (len(_HEADS) + 1)]
        rows += [tuple(in_a_line(cell) for cell in _cells(item)) for item in all_of_it]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
        why = "".join(f"\n{line}" for line in reasons(all_of_it))
        parts.append(f"**{family}.** {_counted(all_of_it)}\n\n{table}{why and chr(10)}{why}")
    return "\n\n".join(parts)


def in_a_line(cell: str) -> str:
    r"""Return a cell with its second line, an interval, in brackets.

    Examples
    --------
    >>> in_a_line("2.01\n1.9-2.2"), in_a_line("holds")
    ('2.01 (1.9-2.2)', 'holds')
    """
    first, _, second = cell.partition("\n")
    return f"{first} ({second})" if second else first


def summary(found: Mapping[str, Sequence[Finding]]) -> str:
    """Return a sentence: how many claims of each kind hold, all families together."""
    judged = [item for all_of_it in found.values() for item in all_of_it if item.judged]
    counts = []
    for kind in KINDS:
        holding = [item.verdict == "holds" for item in judged if item.claim.kind == kind]
        counts.append(f"{sum(holding)} of {len(holding)} {kind}")
    return f"Claims that hold: {', '.join(counts)}."


def block_of(document: Path) -> str:
    """Return the name of the block that a document holds.

    Raises
    ------
    ValueError
        If it holds none or several.
    """
    names = [block[2] for block in _BLOCK.finditer(document.read_text(encoding="utf-8"))]
    if len(names) != 1:
        wanted = f"<!-- {TABLES} --> or <!-- {SUMMARY} -->"
        raise ValueError(
            f"{document} must hold one block of {wanted} and <!-- end -->, got {len(names)}"
        )
    return names[0]


def write_block(document: Path, texts: Mapping[str, str]) -> None:
    """Replace the text between the markers of a document.

    Parameters
    ----------
    document : Path
        Changed in place.
    texts : mapping of str to str
        What stands there afterwards, by the name of the block.

    Raises
    ------
    ValueError
        If the document does not hold one block.
    """
    text = texts[block_of(document)].strip()
    held = document.read_text(encoding="utf-8")
    written = _BLOCK.sub(lambda block: f"{block[1]}{text}\n{block[3]}", held)
    document.write_text(written, encoding="utf-8")


def _cells(finding: Finding) -> tuple[str, ...]:
    """Return the cells of a row; the interval stands in a line of its own."""
    claim, found = finding.claim, finding.found
    known = math.isfinite(found.low)
    value = estimate(found, lines="\n") if known else figure(found.estimate)
    value = "-" if finding.lacks else value
    return claim.text, claim.reference, _published(claim), value, claim.kind, finding.verdict


def reasons(all_of_it: Sequence[Finding]) -> Sequence[str]:
    """Return a line for each reason why claims do not hold, with the rows it is the reason of.

    Claims without a known reason, or of a row with several, are named by their texts.
    """
    failing = [item.claim for item in all_of_it if item.judged and item.verdict != "holds"]
    of_row: dict[str, set[str]] = {}
    for claim in failing:
        of_row.setdefault(claim.reference, set()).add(claim.why)
    named: dict[str, dict[str, None]] = {}
    for claim in failing:
        alone = claim.why and len(of_row[claim.reference]) == 1
        told = claim.text.rpartition(":")[0] or claim.text
        name = claim.reference if alone else f"{claim.reference}, {told}"
        named.setdefault(claim.why or _UNKNOWN, {})[name] = None
    return [f"- {'; '.join(names)}: {why}" for why, names in named.items()]


def _published(claim: Claim) -> str:
    if math.isnan(claim.low):
        return "-"
    if claim.low == claim.high:
        return f"{claim.low:.5g}"
    if math.isinf(claim.high):
        return f"> {claim.low:.4g}"
    if math.isinf(claim.low):
        return f"< {claim.high:.4g}"
    return f"{claim.low:.5g}-{claim.high:.5g}"


def _counted(all_of_it: Sequence[Finding]) -> str:
    judged = [finding for finding in all_of_it if finding.judged]
    holding = sum(finding.verdict == "holds" for finding in judged)
    told = f"{holding} of {amount(len(judged), 'claim')} hold."
    if lacking := sorted({finding.lacks for finding in all_of_it if finding.lacks}):
        told += f" Not tried for want of {' and '.join(lacking)}: install hvmc[test]."
    bounds = [100.0 * finding.claim.bound for finding in all_of_it if finding.claim.bound]
    if bounds:
        told += (
            f" They allow {min(bounds):.2g} to {max(bounds):.2g} % beside chance; chance that any "
            f"fails although all are true: at most {100.0 * FALSE_ALARMS:g} % (Bonferroni)."
        )
    return told
