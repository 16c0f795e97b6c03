"""What is lost between a transformer's meter and its customers'."""

from datetime import date
from typing import Any, Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.held import Held
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "transformer_id": pl.String(),
        "service_date": pl.Date(),
        "days": pl.Int64(),
        "complete_days": pl.Int64(),
        "supplied_kwh": pl.Float64(),
        "sold_kwh": pl.Float64(),
        "loss_kwh": pl.Float64(),
        "loss_share": pl.Float64(),
    }
)
READS: tuple[str, ...] = (
    "daily_totals",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
_held: Held[pl.DataFrame] = Held(8)


def transformer_loss(  # noqa: PLR0913 - areas, days, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    transformer_id: str | None = None,
    region_id: str | None = None,
    group_by: Literal["transformer", "day"] = "transformer",
) -> pl.DataFrame:
    """Loss of transformer areas (台区线损): (supplied − sold) ÷ supplied.

    Supplied is what the transformer's meter imported and what customers fed in (光伏上网); sold
    what customers took and what went back through the transformer. Customers are those the register
    has on it that day. Only days count on which the meter and every one of them have all their
    readings, estimates included: a gap is not a loss.

    Returns:
        A row an area, or an area and day: ``complete_days`` of ``days``; ``supplied_kwh``,
        ``sold_kwh`` and ``loss_kwh`` of the complete days; ``loss_share`` [of what was supplied,
        below 0 where more was read of customers]. Null where no day is complete, and where no
        meter stands at the transformer.
    """
    asked = {
        "first_day": first_day,
        "last_day": last_day,
        "transformer_id": transformer_id,
        "group_by": group_by,
    }
    return _held.of(lake, (region_id, *asked.values()), lambda: _read(lake, region_id, asked))


def _read(lake: DuckDBPyConnection, region_id: str | None, asked: dict[str, Any]) -> pl.DataFrame:
    choose_region(lake, region_id)
    return run_sql(lake, "load/transformer_loss", RETURNS, **asked)
