"""Tables of forecasts, what drives them and how good they were."""

import polars as pl

from queries.tables.columns import (
    INTERVAL,
    RECEIVED_AT,
    SERVICE_DATE,
    SERVICE_MONTH,
    USAGE_POINT,
    slot_columns,
)
from queries.tables.table import UTC_INSTANT, Column, Table

_FORECAST_SERIES = (
    Column("series_id", pl.String(), "预测对象", "kind and area, such as feeder:F1"),
    Column(
        "kind",
        pl.String(),
        "对象类型",
        "system 全区, region 区域, feeder 线路, customer_class 用电类别, customer 用户",
    ),
    Column("region_id", pl.String(), "所属地区", "the outermost region it lies in"),
    Column("area_id", pl.String(), "对象编号", "region, feeder, class or account"),
    Column(
        "issued_at",
        UTC_INSTANT,
        "预测起点",
        "nothing that happened or was issued later was looked at",
    ),
    Column(
        "model", pl.String(), "预测模型", "production, vanilla, classical, naive_168h, naive_24h"
    ),
)

_FORECAST_MADE = (
    Column("lake_sequence", pl.Int64(), "数据湖版本", "of the manifest it was worked out from"),
    RECEIVED_AT,
)

FORECASTS = Table(
    "forecasts",
    "负荷预测",
    "Forecast load of one series: one day, one quantile. Later forecasts replace no earlier ones.",
    (
        *_FORECAST_SERIES,
        SERVICE_DATE,
        SERVICE_MONTH,
        Column("lead_days", pl.Int16(), "提前天数", "1: the first day foretold"),
        Column("quantile", pl.Float64(), "分位", "0–1; 0.5 is the forecast itself"),
        INTERVAL,
        *slot_columns(pl.Float32(), "kW"),
        Column(
            "temperature_kind",
            pl.String(),
            "气温来源",
            "forecast 预报, past 前两日, none 无; it is trained on the same kind",
        ),
        *_FORECAST_MADE,
    ),
    key=("series_id", "model", "issued_at", "service_date", "quantile"),
    sort_by=("series_id", "service_date", "issued_at", "quantile"),
    partition_by=("service_month",),
)

FORECAST_DRIVERS = Table(
    "forecast_drivers",
    "预测成因",
    "What makes a forecast day differ from a usual one; the parts of a day add up to its forecast.",
    (
        *_FORECAST_SERIES,
        SERVICE_DATE,
        Column(
            "driver",
            pl.String(),
            "成因",
            "usual 常态, calendar 日历, recent 近期, temperature 气温, rest 其余",
        ),
        Column("load_kw", pl.Float64(), "负荷", "mean of the day", "kW"),
        *_FORECAST_MADE,
    ),
    key=("series_id", "model", "issued_at", "service_date", "driver"),
    sort_by=("series_id", "issued_at", "service_date"),
)

FORECAST_SCORES = Table(
    "forecast_scores",
    "预测考核",
    "How day-ahead forecasts of several models did over the same days before issued_at.",
    (
        *_FORECAST_SERIES,
        Column("first_day", pl.Date(), "起始日期"),
        Column("last_day", pl.Date(), "截止日期"),
        Column("mape_share", pl.Float64(), "平均绝对百分误差", unit="0–1"),
        Column("error_kw", pl.Float64(), "平均绝对误差", "decides which model serves", "kW"),
        Column("rmse_kw", pl.Float64(), "均方根误差", unit="kW"),
        Column("pinball_kw", pl.Float64(), "分位损失", unit="kW"),
        Column("coverage_share", pl.Float64(), "区间覆盖率", "of the 80 % band", "0–1"),
        Column(
            "doubt_share",
            pl.Float64(),
            "偶然概率",
            "that chance alone gives its lead over the model served before; null: it is that one",
            "0–1",
        ),
        Column("is_chosen", pl.Boolean(), "是否采用", "its forecast is the one stored"),
        *_FORECAST_MADE,
    ),
    key=("series_id", "model", "issued_at"),
    sort_by=("series_id", "issued_at", "model"),
)

METER_FORECASTS = Table(
    "meter_forecasts",
    "单表负荷预测",
    "Forecast import load of one usage point: one day, one figure. Only the newest are kept.",
    (
        USAGE_POINT,
        Column("region_id", pl.String(), "所属地区", "the outermost region it lies in"),
        Column("horizon", pl.String(), "预测期", "day: the first day foretold; later: those after"),
        Column("issue_date", pl.String(), "起报日", "the first day foretold, YYYY-MM-DD"),
        Column("issued_at", UTC_INSTANT, "预测起点", "the instant at which that day begins"),
        SERVICE_DATE,
        Column("lead_days", pl.Int16(), "提前天数", "1: the first day foretold"),
        Column(
            "figure",
            pl.String(),
            "数值类型",
            "median 中位值; low_80, high_80 八成区间; mean 期望值, which alone adds up",
        ),
        INTERVAL,
        *slot_columns(pl.Int32(), "W"),
        *_FORECAST_MADE,
    ),
    key=("usage_point_id", "horizon", "issue_date", "service_date", "figure"),
    sort_by=("usage_point_id", "service_date", "figure"),
    partition_by=("horizon", "issue_date"),
)
