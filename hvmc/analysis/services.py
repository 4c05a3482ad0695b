"""Clones of one guest as the one service they make up.

Means are weighted by requests, so the response time of a service is that of its requests, whichever
clone answered; its stretch is that over the mean native time of the same requests. A guest without
clones is its own service, its row unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.regimes.clones import CLONE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["by_service"]

_KEYS = ["point", "regime", "role", "trial", "replication", "guest"]
_MEANS = ["response_mean_s", "native_response_mean_s"]


def by_service(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return one row per (point, trial, replication, service), named in the column ``guest``.

    Parameters
    ----------
    outcomes : DataFrame
        One row per guest, with the columns of `hvmc.analysis.comparisons.COLUMNS`.

    Returns
    -------
    DataFrame
        Means weighted by ``measured``; ``measured``, ``censored`` and ``throughput_per_s`` summed;
        ``stretch`` of a service of several clones from its means.
    """
    import pandas as pd

    is_clone = outcomes["guest"].str.contains(CLONE, regex=True)
    if not is_clone.any():
        return outcomes.copy()
    clones = outcomes[is_clone].assign(
        guest=outcomes.loc[is_clone, "guest"].str.replace(CLONE, "", regex=True)
    )
    for name in _MEANS:
        clones[name] = (clones[name] * clones["measured"]).where(clones["measured"] > 0, 0.0)
    summed = ["measured", "censored", "throughput_per_s", *_MEANS]
    services = clones.groupby(_KEYS, sort=False, observed=True)[summed].sum().reset_index()
    for name in _MEANS:
        services[name] = services[name] / services["measured"].replace(0, np.nan)
    services["stretch"] = services["response_mean_s"] / services["native_response_mean_s"]
    columns = [name for name in outcomes.columns if name in services.columns]
    return pd.concat([outcomes.loc[~is_clone, columns], services[columns]], ignore_index=True)
