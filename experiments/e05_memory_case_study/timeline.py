"""Who has how much memory when, on one modelled host."""

import pandas as pd

import hvmc

SOAKING = -1


def timeline(results: hvmc.Results, point: int = SOAKING) -> pd.DataFrame:
    """Return assigned memory and pressure of every guest, and what is free, second by second.

    Parameters
    ----------
    results : Results
        Whose first trial is run once more.
    point : int
        Design point, from the end where negative.

    Returns
    -------
    DataFrame
        Rows are simulated seconds; columns are pairs (guest, ``MiB`` or ``pressure``), and
        (``host``, ``free MiB``).
    """
    number = range(len(results.settings.points))[point]
    host = hvmc.HyperVHost(results.scenario(number, 0), seed=results.settings.seed)
    rows = {}
    for second in range(int(host.scenario.horizon_s) + 1):
        found = {}
        for guest in host.guests:
            found |= {(guest.name, "MiB"): guest.assigned_mib}
            found |= {(guest.name, "pressure"): guest.pressure}
        free = host.balancer.available_mib - host.balancer.assigned_mib.sum()
        rows[second] = found | {("host", "free MiB"): free}
        host.run_for(1.0)
    return pd.DataFrame.from_dict(rows, orient="index")
