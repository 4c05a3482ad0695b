"""Do all implementations agree to the bit? ``python experiments/speed/compare.py``.

Every implementation runs the four sizes with the same draws: exponential ones, exponential ones
rounded up to 50 us, so that many timers fire at the same instant, and the draws of each
implementation that makes its own. Exit code 1 and a list of first differences if one departs from
the plain Python reference.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from case import Case, Run, Tables, draw_tables, first_difference, standard_cases
from implementations import REFERENCE, Implementation, everything, warmed_up

GRID_NS = 50_000


@dataclass(frozen=True)
class Draws:
    """Where the tables of one comparison come from; `owner` is one that draws for itself."""

    name: str
    make: Callable[[Case], Tables]
    owner: Implementation | None = None

    def fit(self, row: Implementation) -> bool:
        return row.takes_tables or row == self.owner


@dataclass(frozen=True)
class Verdict:
    """One implementation on one case: None in `difference` says it equals the reference."""

    draws: str
    case: str
    row: str
    events: int
    difference: str | None


def sources(rows: list[Implementation]) -> list[Draws]:
    """List the draws to compare on, those made by implementations last."""
    return [
        Draws("exponential", draw_tables),
        Draws(
            f"exponential on a grid of {GRID_NS // 1000} us",
            lambda case: draw_tables(case, GRID_NS),
        ),
        *(Draws(f"made by {row.name}", row.tables, row) for row in rows if row.makes_tables),
    ]


def verdicts(
    present: dict[Implementation, Run], cases: list[Case], draws: list[Draws]
) -> Iterator[Verdict]:
    """Run every implementation on every case and hold it against the reference."""
    for source in draws:
        for case in cases:
            tables = source.make(case)
            expected = present[REFERENCE](case, *tables)
            for row, run in present.items():
                if row == REFERENCE or not source.fit(row):
                    continue
                got = run(case, *tables)
                yield Verdict(
                    source.name, case.name, row.name, got.events, first_difference(expected, got)
                )


def print_table(found: list[Verdict], cases: list[Case]) -> None:
    """Print a line per draws and implementation, a column per size."""
    for draws in dict.fromkeys(verdict.draws for verdict in found):
        print(f"\nDraws: {draws}. Events where equal to the reference ({REFERENCE.name}).")
        print(f"{'':28}" + "".join(f"{case.name:>12}" for case in cases))
        mine = [verdict for verdict in found if verdict.draws == draws]
        for row in dict.fromkeys(verdict.row for verdict in mine):
            cells = (
                str(verdict.events) if verdict.difference is None else "DIFFERS"
                for verdict in mine
                if verdict.row == row
            )
            print(f"{row:28}" + "".join(f"{cell:>12}" for cell in cells))


def main(arguments: list[str] | None = None) -> int:
    """Compare and print; return the exit code."""
    parser = argparse.ArgumentParser(description="Do all implementations agree to the bit?")
    parser.add_argument("--horizon-s", type=float, default=5.0, help="simulated seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)

    cases = standard_cases(options.horizon_s, options.seed)
    rows = everything()
    present, absent = warmed_up(rows, cases[0], draw_tables(cases[0]))
    found = list(verdicts(present, cases, sources(list(present))))
    print_table(found, cases)
    for row, reason in absent.items():
        print(f"absent: {row.name}: {reason}")
    for row in present:
        if not row.takes_tables and not row.makes_tables:
            print(f"not compared, for timing only: {row.name}")
    different = [verdict for verdict in found if verdict.difference]
    for verdict in different:
        print(f"DIFFERS: {verdict.row}, {verdict.case}, {verdict.draws}: {verdict.difference}")
    print(f"{len(found) - len(different)} of {len(found)} runs equal the reference to the bit")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
