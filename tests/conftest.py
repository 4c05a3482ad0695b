"""Shared pieces: builders of small scenarios and a look into a machine on the fine clock."""

import os
import signal
from pathlib import Path

# before numpy is imported: the suite has a process per processor
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

from hvmc.experiment.run import warm_up
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import CLOSED, DETERMINISTIC
from hvmc.kernel.jit import is_cached
from hvmc.kernel.load import load_scenario
from hvmc.kernel.machine import Machine as FineClock
from hvmc.plots.write import WrittenFigures
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.keys import trial_key
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch, Closed


def pytest_collection_modifyitems(config, items):
    """Leave out what is marked `validation` unless ``-m`` asks for it."""
    if "validation" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("validation"):
            item.add_marker(pytest.mark.skip(reason="long: run with -m validation"))


@pytest.fixture(scope="session")
def shared():
    """Return what gives a folder of real files that lie beside the repository, or skips."""

    def folder(*names):
        places = (parent.joinpath("shared", *names) for parent in Path(__file__).parents)
        found = next((place for place in places if place.is_dir()), None)
        return found or pytest.skip(f"shared/{'/'.join(names)} is not beside the repository")

    return folder


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """Compile the kernel once, before there are workers that would each do so."""
    if not is_cached("loop.advance"):
        warm_up()


@pytest.fixture(autouse=True, scope="session")
def heed_interrupts():
    """Take up Ctrl-C again, which a shell's background jobs and their children ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Machine(FineClock):
    """A scenario's host on the fine clock alone, started at time zero.

    With ``steady_root`` the root's exponential bursts and pauses take their means, so that a case
    with a root can be computed by hand.
    """

    def __init__(self, scenario, *, seed=1, trial=0, steady_root=False):
        self.scenario = scenario
        loaded = load_scenario(scenario, trial_key(seed, trial))
        super().__init__(loaded.view(np.recarray))
        if steady_root:
            loads = self.state["load"][0]
            root = next(load for load in loads if load["pinned"] and load["kind"] == CLOSED)
            for law in (root["cpu_law"], root["off_law"]):
                self.state["law"]["kind"][0][law] = DETERMINISTIC
        self.start()
        # the same record, of which fields are found in a tenth of the time
        self.plain = self.state.view(self.state.dtype.fields or self.state.dtype, np.ndarray)[0]

    def to(self, seconds):
        """Run the events before a time."""
        self.advance(nanoseconds(seconds))
        return self

    def instants(self, until_s):
        """Run instant by instant, all events of one before the next; yield after each."""
        trees = [(self.plain[f"{t}_tree"], int(self.plain[f"{t}_bits"])) for t in ("soon", "later")]
        end = nanoseconds(until_s)
        while (due := min(int(tree[1]) >> bits for tree, bits in trees)) < end:
            self.advance(due + 1)
            yield due

    def look(self):
        """The record with all accounts brought up to now."""
        return self.observe()[0]

    def running(self):
        """The VP on each LP, -1 for none."""
        return self.plain["lp"]["vp"][: self.plain["n_lp"]].tolist()

    def timeline(self, until_s, step_s=1e-3):
        """Who ran when: a word per LP with a letter per step, A for VP 0, a dot for nobody.

        A step shows the VP that runs in its middle.
        """
        steps = []
        for i in range(round(until_s / step_s)):
            self.to((i + 0.5) * step_s)
            steps.append("".join("." if vp < 0 else chr(65 + vp) for vp in self.running()))
        return ["".join(lp) for lp in zip(*steps, strict=True)]

    def vp_ns(self, state):
        """Nanoseconds of each VP in a state, as of now."""
        look = self.look()
        return look["vp"]["ns"][: look.n_vp, state]

    def responses_ns(self, load=0):
        """Response times of a workload's measured requests that have finished."""
        return self.responses.of(load)

    def mean_response_s(self, load=0):
        """Mean response time of a workload's measured requests that have finished, seconds."""
        finished = int(self.state["load"]["finished"][0][load])
        return float(self.state["load"]["response_ns"][0][load]) * 1e-9 / finished

    @property
    def bytes(self):
        """The whole record."""
        return self.state.tobytes()


@pytest.fixture
def undrawn(monkeypatch):
    """Leave out the figures of ``hvmc run`` and ``counters``: most of the time of a small one."""
    monkeypatch.setattr("hvmc.cli.answer.draw_figures", lambda _: WrittenFigures())
    monkeypatch.setattr("hvmc.plots.series.write_series_figures", lambda *_, **__: [])


@pytest.fixture(scope="session")
def machine():
    return Machine


PLAIN = {"rule": "credit", "queues": "shared", "reserve_rule": "floor"}


@pytest.fixture(scope="session")
def bare():
    """Scenario without root and overheads unless they are given, with the plainest dispatching."""

    def build(*guests, lps=1, host=None, dispatch=None, root=None, overheads=None, **window):
        return Scenario(
            host=Host(logical_processors=lps, **(host or {})),
            guests=guests,
            dispatch=Dispatch(**{**PLAIN, **(dispatch or {})}),
            root=Root(**{"background_load": 0.0, **(root or {})}),
            overheads=overheads or Overheads.none(),
            **{"warmup_s": 0.0, **window},
        )

    return build


@pytest.fixture(scope="session")
def saturated():
    """Guest whose VPs all have work for ever, from 1 ns after time zero."""

    def build(name, vps=1, **priority):
        endless = Closed(threads=vps, cpu=Deterministic(1e5), think=Deterministic(1e-9))
        return Guest(
            name=name, virtual_processors=vps, priority=Priority(**priority), workload=endless
        )

    return build


@pytest.fixture(scope="session")
def job():
    """Guest of one VP that works from time zero on pieces of fixed lengths, one after another."""

    def build(name, piece_s, pieces=1, threads=1, vps=1, **priority):
        work = Batch(workers=threads, tasks=pieces, iterations=1, cpu=Deterministic(piece_s))
        return Guest(
            name=name, virtual_processors=vps, priority=Priority(**priority), workload=work
        )

    return build


@pytest.fixture(scope="session")
def pulse():
    """Guest of one thread that pauses and works in turn, for fixed times, pausing first."""

    def build(name, pause_s, work_s, **priority):
        turns = Closed(threads=1, cpu=Deterministic(work_s), think=Deterministic(pause_s))
        return Guest(name=name, priority=Priority(**priority), workload=turns)

    return build


@pytest.fixture(scope="session")
def differing():
    """Names of the fields in which two records differ."""

    def fields(one, other):
        return [name for name in one.dtype.names if one[name].tobytes() != other[name].tobytes()]

    return fields
