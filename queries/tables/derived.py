"""Tables worked out from the day profiles: totals, features, completeness, cubes."""

from dataclasses import replace

import polars as pl

from queries.tables.columns import (
    CHANNEL,
    INTERVAL,
    PROFILE_LAYOUT,
    PROFILE_VERSION,
    SERVICE_DATE,
    SERVICE_MONTH,
    USAGE_POINT,
    slot_columns,
)
from queries.tables.table import HOURS, Column, Table

DAILY_TOTALS = Table(
    "daily_totals",
    "日电量",
    "Derived: energy and quality of every day profile.",
    (
        USAGE_POINT,
        CHANNEL,
        SERVICE_DATE,
        SERVICE_MONTH,
        INTERVAL,
        Column("energy_wh", pl.Int64(), "日电量", "of the slots that are there", "Wh"),
        Column("maximum_wh", pl.Int32(), "最大时段电量", "largest slot", "Wh"),
        Column(
            "maximum_slot", pl.Int16(), "最大时段", "0–95: the first slot that holds maximum_wh"
        ),
        Column("actual_slots", pl.Int16(), "实抄点数"),
        Column("estimated_slots", pl.Int16(), "估算点数", "substituted and estimated"),
        Column("expected_slots", pl.Int16(), "应采点数", "1440 / interval_minutes"),
        PROFILE_VERSION,
    ),
    key=("usage_point_id", "channel", "service_date"),
    **PROFILE_LAYOUT,
)

DAILY_FEATURES = Table(
    "daily_features",
    "日特征",
    "Derived: what portraits and segments need of a day, so that they never read day profiles.",
    (
        USAGE_POINT,
        replace(CHANNEL, note="import and export, numbered ones too; reactive ones have no row"),
        SERVICE_DATE,
        SERVICE_MONTH,
        *(
            Column(
                hour,
                pl.Int32(),
                f"{hour[1:]}时电量",
                "null: a part of it is missing; all 24 add up to the day's energy",
                "Wh",
            )
            for hour in HOURS
        ),
        Column("hours_read", pl.Int8(), "完整小时数", "0–24, of those that are not null", "h"),
        Column(
            "partial_wh",
            pl.List(pl.Int32()),
            "残缺小时电量",
            "what was read of hours of which a part is missing, 24 values; empty: no hour is so",
            "Wh",
        ),
        Column(
            "base_wh",
            pl.Int32(),
            "基础电量",
            "mean of the three lowest hours, that is the base load; null: an hour is missing",
            "Wh",
        ),
        Column(
            "shape_code",
            pl.Int16(),
            "日形态码",
            "0–728: low, middle or high in each of six spans of four hours, as ternary digits; "
            "null: an hour is missing, or nothing was used",
        ),
        PROFILE_VERSION,
    ),
    key=("usage_point_id", "channel", "service_date"),
    **PROFILE_LAYOUT,
)

COMPLETENESS = Table(
    "completeness",
    "采集完整率",
    "Derived: readings due and there, by day, channel and transformer area.",
    (
        SERVICE_DATE,
        SERVICE_MONTH,
        CHANNEL,
        Column("region_id", pl.String(), "区域"),
        Column("feeder_id", pl.String(), "线路"),
        Column("transformer_id", pl.String(), "台区"),
        Column("due_points", pl.Int32(), "应采计量点"),
        Column("complete_points", pl.Int32(), "完整计量点", "all readings actual"),
        Column("silent_points", pl.Int32(), "失采计量点", "no reading at all"),
        Column("expected_slots", pl.Int64(), "应采点数"),
        Column("actual_slots", pl.Int64(), "实抄点数"),
        Column("estimated_slots", pl.Int64(), "估算点数"),
        PROFILE_VERSION,
    ),
    key=("service_date", "channel", "region_id", "feeder_id", "transformer_id"),
    sort_by=("service_date", "channel"),
    partition_by=("service_month",),
)

LOAD_CUBES = Table(
    "load_cubes",
    "负荷立方体",
    "Derived: sum, maximum and estimated sum of every local slot by month and class of day.",
    (
        USAGE_POINT,
        CHANNEL,
        Column("month", pl.String(), "月份", "YYYY-MM, local"),
        Column("statistic", pl.String(), "统计量", "sum, maximum, estimated"),
        Column(
            "day_class", pl.String(), "日类型", "weekday 1–7, with :holiday or :make_up_workday"
        ),
        INTERVAL,
        Column("days", pl.Int16(), "天数", "days of the class that have a profile"),
        Column("missing_slots", pl.Int32(), "缺失点数"),
        *slot_columns(pl.Int64(), "Wh"),
        PROFILE_VERSION,
    ),
    key=("usage_point_id", "channel", "month", "statistic", "day_class", "interval_minutes"),
    sort_by=("usage_point_id", "day_class"),
    partition_by=("channel", "statistic", "month"),
)
