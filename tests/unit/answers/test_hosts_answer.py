"""The share of hosts with a sufferer, over all roles of a host."""

from types import SimpleNamespace

import pandas as pd

from hvmc.answers.asked import Asked
from hvmc.answers.kinds.hosts import Hosts


def test_hosts_count_whichever_role_suffers():
    """Trial 0: the victim suffers; 1: the neighbour; 2: both; 3: none. Three of four hosts."""
    rows = [
        {"regime": "under_provisioned_guest", "point": 0, "trial": trial, "replication": 0,
         "role": role, "stretch": 2.0 if trial in bad else 1.0, "censored": 0}
        for trial in range(4)
        for role, bad in (("victim", (0, 2)), ("neighbour", (1, 2)))
    ]  # fmt: skip
    design = SimpleNamespace(regime="drawn", trace=None, explicit=(), suffers_above=1.25)
    experiment = SimpleNamespace(points=[SimpleNamespace(design=design, levels={})])
    asked = Asked.__new__(Asked)
    asked.__dict__ |= {"outcomes": pd.DataFrame(rows), "experiment": experiment}
    kind = Hosts(asked)
    assert kind.frames["hosts"]["estimate"].tolist() == [0.75]
    assert list(kind.text())[1].endswith("under-provisioned guest 75 (30-95) of 2.")
