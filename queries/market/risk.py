"""Where is revenue at risk: arrears, who is likely to pay late, and whose use declines?"""

from datetime import date
from typing import Literal, get_args

import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.risk_accounts import READS as ACCOUNT_READS
from queries.market.risk_accounts import risk_accounts
from queries.point_groups import HOUSEHOLDS
from queries.run import QuestionError

GroupBy = Literal["all", "region", "feeder", "transformer", "industry", "customer_class"]
_MONEY = pl.Decimal(18, 2)
RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "accounts": pl.Int64(),
        "year_billed_cny": _MONEY,
        "overdue_cny": _MONEY,
        "overdue_more_cny": _MONEY,
        "overdue_accounts": pl.Int64(),
        "overdue_share": pl.Float64(),
        "expected_late_cny": pl.Float64(),
        "without_probability": pl.Int64(),
        "recent_kwh": pl.Float64(),
        "before_kwh": pl.Float64(),
        "use_change_share": pl.Float64(),
        "decline_factor": pl.Float64(),
        "at_risk_cny": pl.Float64(),
    }
)
READS = ACCOUNT_READS
_COLUMNS = {
    "region": "region_id",
    "feeder": "feeder_id",
    "transformer": "transformer_id",
    "industry": "industry",
    "customer_class": "customer_class",
}


def risk(
    lake: DuckDBPyConnection,
    *,
    as_of: date,
    group_by: GroupBy = "region",
    region_id: str | None = None,
) -> pl.DataFrame:
    """Arrears and their trend (欠费风险) by area or industry.

    What is at risk is what is overdue and what of the next bill is expected to be paid late, the
    latter more where use declines: ``at_risk_cny = overdue_cny + expected_late_cny ×
    decline_factor``, ``decline_factor = 1 + max(0, −use_change_share)``. It ranks; no claim.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: What happened later is not known.
        group_by: What the rows are; by industry homes are one of their own, and who has none in
            the register is in none.
        region_id: Only accounts of this region; None: all in the scope.

    Returns:
        A row a group, the most at risk first: ``accounts`` with bills, what they were billed in
        their last twelve, ``overdue_cny`` (``overdue_more_cny`` for more than 90 days, by
        ``overdue_accounts``), ``overdue_share`` of what was billed [0–1], ``expected_late_cny`` as
        ``customers/arrears_risk`` has it (``without_probability`` accounts have none), the use of
        the last three whole months and of the same a year before by accounts read in both, and
        ``use_change_share`` [−1 …] from them; null without any.
    """
    if group_by not in get_args(GroupBy):
        raise QuestionError(f"group_by '{group_by}' is none of {', '.join(get_args(GroupBy))}.")
    accounts = risk_accounts(lake, as_of, region_id)
    is_home = pl.col("customer_class") == "residential"
    accounts = accounts.with_columns(
        industry=pl.when(is_home).then(pl.lit(HOUSEHOLDS)).otherwise("industry")
    )
    group = pl.lit("all") if group_by == "all" else pl.col(_COLUMNS[group_by])
    growth = pl.col("recent_kwh") / pl.col("before_kwh") - 1
    factor = 1 + pl.max_horizontal(pl.lit(0.0), -pl.col("use_change_share").fill_null(0.0))
    billed = pl.col("year_billed_cny").cast(pl.Float64)
    overdue = pl.col("overdue_cny").cast(pl.Float64)
    return (
        accounts.with_columns(group_id=group)
        .drop_nulls("group_id")
        .group_by("group_id")
        .agg(
            accounts=pl.len(),
            year_billed_cny=pl.col("year_billed_cny").sum(),
            overdue_cny=pl.col("overdue_cny").sum(),
            overdue_more_cny=pl.col("overdue_more_cny").sum(),
            overdue_accounts=(pl.col("overdue_cny") > 0).sum(),
            expected_late_cny=pl.col("expected_late_cny").sum(),
            without_probability=pl.col("late_probability_share").null_count(),
            recent_kwh=pl.col("recent_kwh").sum(),
            before_kwh=pl.col("before_kwh").sum(),
        )
        .with_columns(
            overdue_share=pl.when(billed > 0).then(overdue / billed),
            use_change_share=pl.when(pl.col("before_kwh") > 0).then(growth),
        )
        .with_columns(decline_factor=factor)
        .with_columns(at_risk_cny=overdue + pl.col("expected_late_cny") * pl.col("decline_factor"))
        .sort("at_risk_cny", "group_id", descending=[True, False])
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )
