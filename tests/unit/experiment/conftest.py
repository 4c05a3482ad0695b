"""Small experiments, and rows without simulating."""

import math

import pytest

from hvmc.experiment.schema import TABLES, build_table
from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.table_files import write_table_files
from hvmc.regimes.design import Design
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.workload import Closed

VALUES = {"string": "x", "bool": False, "float64": 1.5, "int32": 1, "int64": 1}


@pytest.fixture(scope="session")
def design():
    web = Guest(name="web", workload=Closed(threads=2, cpu=Exponential(0.01)))
    host = Host(logical_processors=1)
    return Design(guests=(web,), host=host, horizon_s=1.0, warmup_s=0.2, drain_s=1.0)


@pytest.fixture(scope="session")
def experiment(design):
    points = [
        Point(design=design, levels={"host.memory_mib": 131072.0}),
        Point(
            design=design.replace(host=design.host.replace(memory_mib=65536.0)),
            levels={"host.memory_mib": 65536.0},
        ),
    ]
    return Experiment(name="small", question="How?", trials=4, points=tuple(points))


@pytest.fixture(scope="session")
def made_up_tables():
    """Tables of some units whose stretch is 1000 point + trial + replication / 10."""

    def build(*spans):
        rows = {table: [] for table in TABLES}
        for span in spans:
            for trial in span.trials:
                for replication in span.replications:
                    key = {"point": span.point, "trial": trial, "replication": replication}
                    for table, types in TABLES.items():
                        row = {name: VALUES[kind] for name, kind in types.items()} | key
                        if table == "outcomes":
                            row["stretch"] = 1000 * span.point + trial + replication / 10
                            row["sizing"] = math.nan
                        rows[table].append(row)
        return {table: build_table(table, found) for table, found in rows.items()}

    return build


@pytest.fixture
def store(tmp_path, made_up_tables):
    """Write one part of made-up rows into a folder."""

    def write(box, *spans, folder=tmp_path, digest="d"):
        spans = spans or (box,)
        digests = {span.point: f"{digest}{span.point}" for span in spans}
        write_table_files(folder, box, spans, digests, made_up_tables(*spans))
        return folder

    return write
