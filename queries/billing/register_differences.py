"""Where do registers and interval readings disagree?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import QuestionError, run_sql

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "usage_point_id": pl.String(),
        "month": pl.Date(),
        "register_kwh": pl.Float64(),
        "interval_kwh": pl.Float64(),
        "difference_kwh": pl.Float64(),
        "difference_share": pl.Float64(),
        "tolerance_kwh": pl.Float64(),
        "compared_days": pl.Int32(),
        "left_out_days": pl.Int32(),
        "estimated_slots": pl.Int32(),
        "rule": pl.String(),
        "is_finding": pl.Boolean(),
    }
)
READS = ("daily_totals", "meters", "register_readings", "usage_points")

RULES = {
    "register_fell": "示数倒走",
    "register_above_interval": "示数电量大于曲线电量",
    "register_below_interval": "示数电量小于曲线电量",
    "gap": "无法比对",
    "agree": "一致",
}
"""What a row can say; the first three are findings."""


def register_differences(  # noqa: PLR0913 - days, whose, how much is none
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tolerance_share: float = 0.005,
) -> pl.DataFrame:
    """Energy by frozen registers against energy by interval readings, by usage point and month.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included.
        last_day: Last service date, included.
        customer_id: Only this account; None: everyone in the user's scope.
        usage_point_id: Only this usage point.
        tolerance_share: A difference up to this share of the energy by registers, and what two
            readings cut to 0.01 can make times the ratio, is none [0–1].

    Returns:
        A row a usage point and month with register readings, findings first, the largest before:
        what the total register moved times the ratio, over rollover, exchange and ratio change, the
        intervals of the very same days, and their difference (register − interval),
        ``difference_share`` of the register's (null where it stood still). Days between two
        register readings with an interval missing are left out of both (``left_out_days``): a gap
        is no difference. ``rule`` is one of ``RULES``; where nothing can be compared it is a gap,
        with nulls. A register that fell is a finding whatever else.
    """
    if not 0 <= tolerance_share < 1:
        raise QuestionError(f"tolerance_share = {tolerance_share}; expected 0 to below 1.")
    return run_sql(
        lake,
        "billing/register_differences",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        tolerance_share=tolerance_share,
    )
