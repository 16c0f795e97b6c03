"""Who makes the system peak: the highest hours, and each class's part in them."""

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.daily_weather import daily_weather
from queries.hourly_groups import READS as HOURLY_READS
from queries.hourly_groups import hourly_groups
from queries.load.group_series import GroupBy

RETURNS = pl.Schema(
    {
        "rank": pl.Int64(),
        "standard_start": pl.Datetime("us"),
        "group_id": pl.String(),
        "load_kw": pl.Float64(),
        "total_kw": pl.Float64(),
        "load_share": pl.Float64(),
        "temperature_c": pl.Float64(),
    }
)
READS = HOURLY_READS

TOP_HOURS = 20


def peak_hours(  # noqa: PLR0913 - an area, a period, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "customer_class",
    top_hours: int = TOP_HOURS,
) -> pl.DataFrame:
    """The highest hours of an area and what each group drew in them.

    Returns:
        A row for each of the ``top_hours`` highest hours (``rank`` 1 first) and each group (null:
        in none): ``standard_start`` [standard time], ``load_kw`` of the group and ``total_kw`` of
        the area [mean of the hour, of what was read], ``load_share`` [0–1], ``temperature_c`` [mean
        of that day; null where none was observed].
    """
    loads = hourly_groups(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
        group_by=group_by,
    )
    total = np.nansum(loads.load_kw, axis=0)
    top = highest(total, top_hours)
    begin = datetime.combine(first_day, time())
    outdoor = daily_weather(lake, first_day=first_day, last_day=last_day)
    of_days = dict(outdoor.group_by("service_date").agg(pl.col("temperature_c").mean()).iter_rows())
    rows = []
    for rank, hour in enumerate(top.tolist(), start=1):
        start = begin + timedelta(hours=hour)
        for name, load in zip(loads.names, np.nan_to_num(loads.load_kw[:, hour]), strict=True):
            share = load / total[hour] if total[hour] > 0 else None
            rows.append((rank, start, name, load, total[hour], share, of_days.get(start.date())))
    return pl.DataFrame(rows, schema=RETURNS, orient="row")


def highest(total: np.ndarray, count: int) -> np.ndarray:
    """Places of the ``count`` highest positive loads, highest first, the earlier of equal ones."""
    order = np.lexsort((np.arange(len(total)), -total))[:count]
    return order[total[order] > 0]
