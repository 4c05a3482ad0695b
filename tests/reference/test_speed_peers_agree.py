"""The independent implementations of the core CPU model agree: by hand, and with each other.

They live in experiments/speed, which is no package: its folder is put on the path, as it is when
its scripts run.
"""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "speed"))
case_module = importlib.import_module("case")
compare = importlib.import_module("compare")
implementations = importlib.import_module("implementations")
peer_heapq = importlib.import_module("peer_heapq")

Case = case_module.Case
Outcome = case_module.Outcome
draw_tables = case_module.draw_tables
first_difference = case_module.first_difference

SECOND = case_module.NS_PER_S
TABLE_ROWS = [row for row in implementations.PEERS if row.takes_tables]
SIZES = [
    Case(guests=4, virtual_processors=2, horizon_ns=2 * SECOND),
    Case(guests=16, virtual_processors=4, horizon_ns=2 * SECOND),
]


def loaded(row):
    """The row's run, or a skip that says what is missing here."""
    try:
        run = row.load()
        if row.module == "peer_c":
            importlib.import_module("peer_c").library()
    except case_module.AbsentError as reason:
        pytest.skip(f"{row.name}: {reason}")
    return run


# One LP, two guests of one VP and two threads, slices of 10 ns, switches of 1 ns, weights 1 and 2.
# 5: thread 0 on VP 0, works from 6. 6: thread 2, VP 1 waits. 7: thread 1 queues. 15: VP 0's slice
# is over with 3 ns left, v = 1000; VP 1 works from 16. 20: thread 2 is done in 14 ns, v = 250; VP 0
# has waited 5, works from 21. 24: thread 0 is done in 19 ns, thread 1 goes on in the slice. 27:
# thread 1 is done in 20 ns; VP 0 idles with v = 1700. 40: thread 2 again, VP 1 lifted to v = 1000,
# works from 41. 50: slice over, VP 1 goes on without a switch. 51: done in 11 ns. 54: thread 0.
SLICES = (
    {"logical_processors": 1, "guests": 2, "virtual_processors": 1,
     "threads_per_virtual_processor": 2},
    [[5, 30, 1], [7, 1000, 1], [6, 20, 1000], [1000, 1, 1]],
    [[12, 100, 1], [3, 1, 1], [4, 10, 1], [1, 1, 1]],
)  # fmt: skip
# At 6 the burst of thread 0 ends and thread 1 wakes. The LP goes first: it and the VP go idle, and
# thread 1 starts with a dispatch. (The other way round thread 1 would go on in the slice.)
TIE = (
    {"logical_processors": 1, "guests": 1, "virtual_processors": 1,
     "threads_per_virtual_processor": 2},
    [[1, 100], [6, 100]],
    [[4, 1], [3, 1]],
)  # fmt: skip
# VP 2 has run on LP 2; at 8 LPs 1 and 2 are idle, and it goes back to LP 2, without a switch.
HOME = (
    {"logical_processors": 3, "guests": 3, "virtual_processors": 1,
     "threads_per_virtual_processor": 1},
    [[1, 100, 1], [2, 100, 1], [3, 2, 100]],
    [[8, 1, 1], [1, 1, 1], [2, 1, 1]],
)  # fmt: skip
BY_HAND = {
    "slices": (SLICES, 60, (11, (2, 2), (39, 25), (5, 9), 6, 5, 33)),
    "events before the horizon": (SLICES, 54, (10, (2, 2), (39, 25), (5, 9), 5, 4, 33)),
    "an LP goes before a thread": (TIE, 10, (4, (2,), (8,), (0,), 2, 1, 8)),
    "a VP returns to its LP": (HOME, 11, (8, (1, 1, 2), (9, 2, 4), (0, 0, 0), 4, 3, 15)),
}


@pytest.mark.parametrize("row", TABLE_ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("example", BY_HAND)
def test_outcome_worked_by_hand(row, example):
    (sizes, think_ns, cpu_ns), horizon_ns, numbers = BY_HAND[example]
    case = Case(**sizes, horizon_ns=horizon_ns, slice_ns=10, switch_ns=1)
    names = ("events", "completed", "response_ns", "waiting_ns", "dispatches", "switches")
    expected = Outcome(**dict(zip((*names, "busy_ns"), numbers, strict=True)), loop_cpu_s=0.0)
    got = loaded(row)(case, np.array(think_ns), np.array(cpu_ns))
    assert first_difference(expected, got) is None


@pytest.mark.parametrize("case", SIZES, ids=lambda case: case.name)
@pytest.mark.parametrize("grid_ns", [1, compare.GRID_NS], ids=["any instant", "simultaneous"])
@pytest.mark.parametrize("row", TABLE_ROWS, ids=lambda row: row.name)
def test_peer_equals_the_reference_to_the_bit(row, case, grid_ns):
    tables = draw_tables(case, grid_ns)
    expected = peer_heapq.run(case, *tables)
    assert expected.events > 3000
    assert first_difference(expected, loaded(row)(case, *tables)) is None


def test_one_nanosecond_in_one_draw_shows():
    case = SIZES[0]
    think_ns, cpu_ns = draw_tables(case)
    expected = peer_heapq.run(case, think_ns, cpu_ns)
    longer = cpu_ns.copy()
    longer[5, 2] += 1
    assert first_difference(expected, peer_heapq.run(case, think_ns, longer)) is not None


@pytest.mark.parametrize("case", SIZES, ids=lambda case: case.name)
def test_another_order_of_simultaneous_timers_shows(case, monkeypatch):
    tables = draw_tables(case, compare.GRID_NS)
    expected = peer_heapq.run(case, *tables)

    class ThreadsFromTheLast(peer_heapq.Host):
        def run_until(self, horizon_ns):
            last = self.threads[-1].rank + len(self.lps)
            for thread in self.threads:
                thread.rank = last - thread.rank
            self.timers = sorted((thread.thinks[0], thread.rank) for thread in self.threads)
            self.threads.reverse()
            super().run_until(horizon_ns)

    monkeypatch.setattr(peer_heapq, "Host", ThreadsFromTheLast)
    assert first_difference(expected, peer_heapq.run(case, *tables)) is not None


def test_in_loop_draws_of_c_are_exponential():
    """Mean requests of 200 trials of 1 s, against NumPy's draws; a 6 % longer burst is found.

    |z| > 4.9 happens once in 1e6 if the two means are equal.
    """
    loaded(implementations.C_TABLES)
    peer_c = importlib.import_module("peer_c")
    cases = [replace(SIZES[0], horizon_ns=SECOND, seed=seed) for seed in range(200)]
    given = np.array([sum(peer_c.run(case, *draw_tables(case)).completed) for case in cases])
    drawn = np.array([sum(peer_c.run_drawing(case, None, None).completed) for case in cases])
    standard_error = np.hypot(given.std(ddof=1), drawn.std(ddof=1)) / np.sqrt(len(cases))
    assert abs(given.mean() - drawn.mean()) <= 4.9 * standard_error
    slower = np.array(
        [
            sum(peer_c.run_drawing(replace(case, mean_cpu_ns=5_300_000), None, None).completed)
            for case in cases
        ]
    )
    assert abs(given.mean() - slower.mean()) > 4.9 * standard_error


def test_compare_finds_the_peer_that_departs(monkeypatch, capsys):
    right = peer_heapq.run

    def wrong(case, think_ns, cpu_ns):
        outcome = right(case, think_ns, cpu_ns)
        return replace(outcome, waiting_ns=(outcome.waiting_ns[0] + 1, *outcome.waiting_ns[1:]))

    monkeypatch.setattr(peer_heapq, "wrong", wrong, raising=False)
    rows = (
        implementations.REFERENCE,
        implementations.Implementation(name="wrong", module="peer_heapq", function="wrong"),
    )
    monkeypatch.setattr(compare, "everything", lambda: rows)
    assert compare.main(["--horizon-s", "0.2"]) == 1
    assert "DIFFERS: wrong, 1x4, exponential: waiting_ns[guest 0]" in capsys.readouterr().out
    monkeypatch.setattr(compare, "everything", lambda: rows[:1])
    assert compare.main(["--horizon-s", "0.2"]) == 0


def test_draws_of_an_implementation_are_handed_to_all(monkeypatch, capsys):
    def own_tables(case):
        return draw_tables(replace(case, seed=case.seed + 77))

    def draws_for_itself(case, think_ns, cpu_ns):
        return peer_heapq_run(case, *own_tables(case))

    peer_heapq_run = peer_heapq.run
    monkeypatch.setattr(peer_heapq, "tables", own_tables, raising=False)
    monkeypatch.setattr(peer_heapq, "draws_for_itself", draws_for_itself, raising=False)
    own = implementations.Implementation(
        name="own", module="peer_heapq", function="draws_for_itself",
        takes_tables=False, makes_tables=True,
    )  # fmt: skip
    monkeypatch.setattr(compare, "everything", lambda: (implementations.REFERENCE, own))
    assert compare.main(["--horizon-s", "0.2"]) == 0
    assert "4 of 4 runs equal the reference" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("think_ns", "cpu_ns", "message"),
    [
        ([[1]], [[1]], r"think_ns must have shape .* 2 threads for case 1x1, got \(1, 1\)"),
        ([[9], [0]], [[9], [9]], "think_ns must be >= 1 ns everywhere, got 0"),
        ([[9], [9]], [[9, 9], [9, 9]], "must have the same shape"),
        ([[50], [9]], [[50], [9]], "the shortest last 18 ns: draw more than 1 requests a thread"),
    ],
)
def test_tables_that_break_a_rule_are_refused(think_ns, cpu_ns, message):
    case = Case(guests=1, virtual_processors=1, horizon_ns=60, threads_per_virtual_processor=2)
    with pytest.raises(ValueError, match=message):
        case_module.given_tables(case, np.array(think_ns), np.array(cpu_ns))


def test_case_names_every_broken_rule():
    with pytest.raises(ValueError, match=r"guests must be >= 1, got 0; .*switch_ns.*weights"):
        Case(guests=0, virtual_processors=1, horizon_ns=1, switch_ns=9, slice_ns=9, weights=(0,))
