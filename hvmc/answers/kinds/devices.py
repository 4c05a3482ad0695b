"""Saturated devices, by name: who waits for a disk, an adapter or the paging device."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hvmc.analysis.limits import SATURATED
from hvmc.analysis.words import regime_words
from hvmc.answers.groups import groups_of
from hvmc.answers.kind import Kind
from hvmc.answers.kinds.guests import is_one_host
from hvmc.answers.page import Block

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Devices"]

_LEAST_TOLD = 0.005  # what rounds to a whole per cent
_SETTINGS = {
    "disk": "host.devices.disk.servers_per_lp",
    "adapter": "host.devices.nic.servers_per_lp",
    "paging": "overheads.faults.servers",
}


class Devices(Kind):
    """Shares of hosts with a saturated device, where there are any."""

    place = 15
    reports = ("regimes", "points", "paired", "knee")
    chapter = "causes"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``devices``: share of hosts on which each device is saturated, by group.

        Columns: those of the group, ``device``, ``share`` (0..1, of hosts) and ``stretch`` (median
        of the guests on such hosts).
        """
        import pandas as pd

        by = [name for name in groups_of(self.asked.experiment)[0] if name != "role"]
        rows = self.asked.outcomes
        one_host = ["point", "trial", "replication"]
        hosts = rows.groupby(one_host).ngroup()
        once = ~rows.duplicated([*dict.fromkeys((*by, *one_host))])
        found = []
        for device in _SETTINGS:
            column = f"{device}_utilisation"
            busiest = rows[column].groupby(hosts).transform("max")
            saturated = busiest > SATURATED
            groups = [rows[name] for name in by]
            shares = saturated[once].groupby([own[once] for own in groups], observed=True).mean()
            median = rows["stretch"].where(saturated).groupby(groups, observed=True).median()
            frame = pd.DataFrame({"share": shares, "stretch": median}).reset_index()
            found.append(frame.assign(device=device))
        return {"devices": pd.concat(found, ignore_index=True)}

    def text(self) -> Iterator[Block]:
        """Yield a line for each device that is saturated anywhere."""
        if is_one_host(self.asked.experiment.points):
            return
        found = self.frames["devices"]
        found = found[found["share"] > 0.0]
        if found.empty:
            return
        yield from ("", f"Saturated devices (busy more than {SATURATED:.0%} of the window):")
        for device, rows in found.groupby("device", sort=False):
            worst = rows.loc[rows["share"].idxmax()]
            where = ", ".join(dict.fromkeys(map(regime_words, rows["regime"])))
            most = f"{worst['share']:.0%}" if worst["share"] > _LEAST_TOLD else "less than 1%"
            yield (
                f"- {device}: on up to {most} of hosts ({where}); median stretch of "
                f"their guests {worst['stretch']:.3g}. More of it: {_SETTINGS[device]}."
            )
