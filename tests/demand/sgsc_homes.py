"""Fifty real Australian homes with twelve events, as a history of half hours."""

from pathlib import Path

import numpy as np
import polars as pl

from queries.demand.baseline_history import History

_STEPS = 48


def sgsc_homes(folder: Path) -> History:
    """From the first day on which most of them are read; clock time, an hour twice or missing."""
    rows = pl.read_parquet(folder / "sgsc" / "sgsc_50_households.parquet").select(
        "customer_id",
        day=pl.col("reading_datetime").dt.date(),
        step=pl.col("reading_datetime").dt.hour().cast(pl.Int32) * 2
        + pl.col("reading_datetime").dt.minute() // 30,
        kw=(pl.col("general_supply_kwh") + pl.col("controlled_load_kwh")) * 2,
        is_event=pl.col("event_key") > 0,
    )
    days = rows.select(pl.date_range(pl.col("day").min(), pl.col("day").max())).to_series()
    homes = rows["customer_id"].unique().sort()
    load = np.full((len(homes), len(days), _STEPS), np.nan)
    place = (
        homes.search_sorted(rows["customer_id"]).to_numpy(),
        (rows["day"] - days[0]).dt.total_days().to_numpy(),
        rows["step"].to_numpy(),
    )
    load[place] = rows["kw"].to_numpy()
    is_event = np.zeros(load.shape[:2], dtype=bool)
    called = rows["is_event"].to_numpy()
    is_event[place[0][called], place[1][called]] = True
    return History(tuple(days.to_list()), load, is_event, country="AU")
