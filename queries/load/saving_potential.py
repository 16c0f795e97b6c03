"""Where energy and load could be saved: base, excess standby, avoidable peak, by group."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.day_kinds import Hemisphere
from queries.hourly_groups import READS as HOURLY_READS
from queries.hourly_groups import hourly_groups
from queries.kind_days import READS as KIND_READS
from queries.kind_days import KindDays, kind_days
from queries.load.group_series import GroupBy, group_ids
from queries.load.mild_nights import mild_nights
from queries.load.peak_tip import peak_tip
from queries.load.standby import excess_standby, size_bands
from queries.load.temperature_shares import READS as SHARES_READS
from queries.load.temperature_shares import temperature_shares
from queries.point_groups import PLACED_INDUSTRIES

_STANDBY = (
    "standby_kwh",
    "excess_standby_kwh",
    "excess_standby_low_kwh",
    "excess_standby_high_kwh",
)
_PEAK = ("maximum_kw", "avoidable_kw", "avoidable_low_kw", "avoidable_high_kw", "avoidable_kwh")
_BASE = ("energy_kwh", "base_kwh", "base_low_kwh", "base_high_kwh")
RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "usage_points": pl.Int64(),
        "status": pl.String(),
        **dict.fromkeys(_BASE, pl.Float64()),
        "judged_points": pl.Int64(),
        "excess_points": pl.Int64(),
        **dict.fromkeys(_STANDBY, pl.Float64()),
        **dict.fromkeys(_PEAK, pl.Float64()),
    }
)
READS = tuple(dict.fromkeys((*SHARES_READS, *KIND_READS, *HOURLY_READS, "customers")))

_PLACES = "customer_class, region_id, substation_id, feeder_id, transformer_id, industry"


def saving_potential(  # noqa: PLR0913 - an area, a year, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "customer_class",
    hemisphere: Hemisphere = "north",
) -> pl.DataFrame:
    """What could be saved in every group, with 95 % intervals; null where data do not suffice.

    Excess standby (``queries.load.standby``) compares a customer's night with those of its class,
    industry and size, all over the district: the lowest mean hour between 0 and 6 o'clock of spring
    and autumn days, when there is neither heating nor cooling. Avoidable peak
    (``queries.load.peak_tip``) is the highest hour over the level that one hour in a hundred
    exceeds. Base is the energy of a normal year without heating and cooling
    (``load/temperature_shares``).

    Returns:
        A row a group (null: in none), the largest excess standby first. ``status`` is that of the
        base: ``fitted``, or why it is null. ``judged_points`` have at least eight like them,
        ``excess_points`` of these are above three quarters of the others. Energies [kWh a year];
        ``avoidable_kw`` [kW], ``avoidable_kwh`` [kWh, what would have to be moved in the period].
    """
    period: dict[str, Any] = {"first_day": first_day, "last_day": last_day}
    area: dict[str, Any] = {"area_kind": area_kind, "area_id": area_id, "region_id": region_id}
    grouped: dict[str, Any] = {**period, **area, "channel": channel, "group_by": group_by}
    base = temperature_shares(lake, **grouped).select("group_id", "usage_points", "status", *_BASE)
    # Peers are looked for beyond the area, or a transformer's customers would have none.
    whole = {"area_kind": "all", "area_id": None, "region_id": region_id}
    days = kind_days(lake, **period, **whole, channel=channel, hemisphere=hemisphere)
    loads = hourly_groups(lake, **grouped)  # after it, area_points are those of the area
    standby = _standby(lake, days, group_by)
    if not loads.names:
        return RETURNS.to_frame()
    tip = peak_tip(loads.load_kw)
    tips = (tip.maximum_kw, tip.tip_kw, tip.low_kw, tip.high_kw, tip.tip_kwh)
    peak = pl.DataFrame(
        {
            "group_id": pl.Series(loads.names, dtype=pl.String),
            **dict(zip(_PEAK, tips, strict=True)),
        }
    )
    joined = base.join(standby, on="group_id", how="left", nulls_equal=True).join(
        peak, on="group_id", how="left", nulls_equal=True
    )
    return (
        joined.with_columns(
            pl.col(*_BASE, *_STANDBY, *_PEAK).fill_nan(None),
            pl.col("judged_points", "excess_points").fill_null(0),
        )
        .sort("excess_standby_kwh", "group_id", descending=[True, False], nulls_last=True)
        .select(RETURNS.names())
    )


def _standby(lake: DuckDBPyConnection, days: KindDays, group_by: GroupBy) -> pl.DataFrame:
    """Standby of every group; its points within the area alone are counted in it."""
    nights = mild_nights(days)
    known = lake.sql(
        f"""
        select usage_point_id, {_PLACES}, industry_code, in_area
        from {PLACED_INDUSTRIES.format(places="places")} as placed
        left join (
            select customer_id, arg_max(industry_code, valid_from) as industry_code
            from customers
            group by customer_id
        ) using (customer_id)
        left join (select usage_point_id, true as in_area from area_points) using (usage_point_id)
        """  # noqa: S608 - columns of our own
    ).pl()
    points = nights.join(known, on="usage_point_id", how="left", maintain_order="left")
    division = pl.col("industry_code").str.head(2)  # 大类, GB/T 4754
    kind = pl.concat_str("customer_class", division, separator=" ", ignore_nulls=True)
    kinds = points.select(kind.fill_null("")).to_series()
    mean_kw = points["mean_kw"].to_numpy()
    bands = size_bands(kinds.to_numpy().astype(str), mean_kw)
    groups = group_ids(points, group_by)
    ids = groups.unique().sort(nulls_last=True)
    in_area = points["in_area"].fill_null(value=False).to_numpy()
    rank = groups.rank("dense").fill_null(len(ids)).to_numpy().astype(int) - 1
    members = ((rank[None, :] == np.arange(len(ids))[:, None]) & in_area).astype(np.float64)
    found = excess_standby(points["night_kw"].to_numpy(), mean_kw, bands, members)
    values = (found.standby, found.excess, found.low, found.high)
    return pl.DataFrame(
        {
            "group_id": ids.cast(pl.String),
            **dict(zip(_STANDBY, values, strict=True)),
            "judged_points": found.judged_points,
            "excess_points": found.excess_points,
        }
    )
