"""What differs between what marketing says and what is read?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "rule": pl.String(),
        "what": pl.String(),
        "subject_id": pl.String(),
        "value": pl.String(),
        "expected": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
    }
)
READS: tuple[str, ...] = (
    "agreements",
    "daily_totals",
    "feeders",
    "meters",
    "transformers",
    "usage_points",
)

RULES: dict[str, str] = {
    "usage_point_not_in_register": "有采集无档案",
    "usage_point_read_after_its_end": "销户后仍有采集",
    "usage_point_without_meter": "运行计量点无电能表",
    "meter_at_unknown_usage_point": "电能表所属计量点无档案",
    "meter_never_reported": "有档案从未采集",
    "meter_stopped_reporting": "采集中断",
    "usage_point_without_transformer": "低压计量点无台区",
    "transformer_unknown": "台区无档案",
    "feeder_unknown": "线路无档案",
    "usage_point_without_price": "无电价",
    "usage_point_without_agreement": "无供用电合同",
    "interval_differs": "曲线间隔不一致",
    "meter_without_ratio": "缺少倍率",
}
"""The rules and their Chinese names."""


def master_data_differences(
    lake: DuckDBPyConnection, *, day: date, silent_days: int = 7
) -> pl.DataFrame:
    """Differences between the register (档案) on ``day`` and the readings up to that day.

    Args:
        lake: An open lake.
        day: The register is taken as it is true on this day.
        silent_days: A meter is silent when its last actual reading lags the latest day that any
            meter was read on by more than this [days]; a lake that is behind as a whole accuses
            no single meter.

    Returns:
        One row a rule and subject, ``what`` being usage_point, meter, transformer or feeder;
        ``value`` is what was found (for an unknown transformer or feeder how many rows name it),
        ``expected`` what should have stood there. ``first_day`` is null where the register names
        no beginning, ``last_day`` where the difference still lasts. An interval shorter than 15
        minutes, or one that does not nest in the columns, is compared as it is stored. Estimates
        do not count as reported. Transformer meters need no transformer, price nor agreement;
        missing agreements are only reported when the register keeps any.
    """
    return run_sql(
        lake,
        "governance/master_data_differences",
        RETURNS,
        day=day,
        silent_days=silent_days,
    )
