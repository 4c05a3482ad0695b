"""Experiments small enough to run many times; a browser where there is one."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

import hvmc.trial
from hvmc.answers.registry import Answer
from hvmc.experiment import schedule
from hvmc.experiment.run import run
from hvmc.experiment.settings import Experiment, Point
from hvmc.regimes.design import Design
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Host
from hvmc.scenario.workload import Closed
from hvmc.trial import simulate

WINDOW = {"horizon_s": 1.0, "warmup_s": 0.2, "drain_s": 1.0}


def explicit(weight):
    """One LP, two guests, one of them with a weight."""
    laws = {"cpu": Exponential(0.010), "think": Exponential(0.030)}
    web = Guest(name="web", workload=Closed(threads=2, **laws), priority=Priority(weight=weight))
    mail = Guest(name="mail", workload=Closed(threads=2, **laws))
    return Design(guests=(web, mail), host=Host(logical_processors=1), **WINDOW)


def drawn(lps):
    """A few guests drawn anew in every trial."""
    regime = Regime(lp_commitment_low=0.4, lp_commitment_high=0.7)
    return Design(regime=regime, population=(Role(),), host=Host(logical_processors=lps), **WINDOW)


@pytest.fixture(scope="session")
def weights():
    """Build an experiment on weights, with a point of drawn guests at the end."""

    def build(*axis, **settings):
        points = [Point(design=explicit(w), levels={"guests.web.priority.weight": w}) for w in axis]
        points.append(Point(design=drawn(2), levels={"host.logical_processors": 2}))
        return Experiment(**{"name": "weights", "trials": 12, "points": tuple(points), **settings})

    return build


@pytest.fixture(scope="session")
def undisturbed(weights, tmp_path_factory):
    """Twelve trials of three points, run once in this process without a break."""
    return run(weights(100, 400), results_dir=tmp_path_factory.mktemp("serial"), jobs=1)


@pytest.fixture
def processes(monkeypatch):
    """As many processes as asked for, however short the work."""
    monkeypatch.setattr(schedule, "HERE_S", 0.0)


@pytest.fixture
def small_chunks(monkeypatch, processes):
    monkeypatch.setattr(schedule, "CHUNK_S", 0.004)
    monkeypatch.setattr(schedule, "HANDLING_S", 0.0)


@pytest.fixture
def simulated(monkeypatch):
    """Keys of the trials simulated in this process."""
    keys = []

    def counted(scenario, **key):
        if key:  # the warm-up has none
            keys.append((key["trial"], key["replication"]))
        return simulate(scenario, **key)

    monkeypatch.setattr(hvmc.trial, "simulate", counted)
    return keys


@pytest.fixture
def third_trial_fails(monkeypatch):
    def failing(scenario, **key):
        if key.get("trial") == 3:
            raise ZeroDivisionError("trial three divides by nought")
        return simulate(scenario, **key)

    monkeypatch.setattr(hvmc.trial, "simulate", failing)


@pytest.fixture
def folder_with(tmp_path, monkeypatch, undrawn):
    """Work in an empty folder, with a terminal of 80 columns, beside a settings file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def put(text):
        (tmp_path / "mine.yaml").write_text(text)
        return tmp_path

    return put


@pytest.fixture(scope="session")
def drawing_only():
    """Within it, of all figures an answer calls for only one is drawn."""

    @contextmanager
    def only(name):
        every = Answer.figures
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                Answer, "figures", lambda answer: (one for one in every(answer) if one[0] == name)
            )
            yield

    return only


@pytest.fixture(scope="session")
def browser():
    """Chromium as the system has it, or as playwright installed it."""
    sync = pytest.importorskip("playwright.sync_api", reason="needs hvmc[browser]")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    options = {} if path is None else {"executable_path": path}
    with sync.sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no chromium: apt-get install chromium, or playwright install chromium")
        sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        found = playwright.chromium.launch(args=sandbox, **options)
        yield found
        found.close()


@pytest.fixture(scope="session")
def barriers():
    """Tell what on a page keeps people out, by axe-core: names, contrast, keyboard."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs hvmc[browser]")

    def found(page):
        answer = axe.Axe().run(page).response
        return [
            f"{one['id']}: {node['html'][:120]}: {node['failureSummary']}"
            for one in answer["violations"]
            for node in one["nodes"]
        ]

    return found
