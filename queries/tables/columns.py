"""Columns that several tables have."""

import polars as pl

from queries.tables.table import SLOTS, UTC_INSTANT, Column

USAGE_POINT = Column("usage_point_id", pl.String(), "计量点", "where energy is metered and settled")
CHANNEL = Column("channel", pl.String(), "通道", "one of CHANNELS, with a number if repeated")
SERVICE_DATE = Column(
    "service_date", pl.Date(), "数据日期", "the day in the zone's standard time, no daylight saving"
)
SERVICE_MONTH = Column("service_month", pl.String(), "数据月份", "YYYY-MM of service_date")
INTERVAL = Column(
    "interval_minutes", pl.Int16(), "曲线间隔", "a multiple of 15 that divides the day", "min"
)
QUALITY = Column(
    "quality",
    pl.String(),
    "数据质量",
    "null: all actual; else one of QUALITIES for each of 96 slots",
)
ISSUED_AT = Column(
    "issued_at",
    UTC_INSTANT,
    "数据源时间",
    "when the source says it issued the values; null: unsaid",
)
SLOT_HISTORY = Column(
    "slot_history",
    pl.List(pl.Struct({"slot": pl.Int16(), "issued_at": UTC_INSTANT, "received_at": UTC_INSTANT})),
    "分点时间",
    "null: every slot has the row's issued_at and received_at; else a run from each `slot` on",
)
BATCH = Column("batch_id", pl.String(), "批次", "the batch that last changed the row")
RECEIVED_AT = Column("received_at", UTC_INSTANT, "接收时间", "when the row last changed")
VALIDITY = (
    Column("valid_from", pl.Date(), "生效日期", "first day on which the row is true"),
    Column("valid_to", pl.Date(), "失效日期", "first day on which it no longer is; null: open"),
    Column("known_from", UTC_INSTANT, "获知时间", "since when Fenggu has known the row"),
    Column("known_until", UTC_INSTANT, "作废时间", "when a newer row replaced it; null: current"),
    BATCH,
)
NAMES = (
    Column("name", pl.String(), "名称"),
    Column("name_en", pl.String(), "英文名称"),
)
PLACE = (
    Column("longitude", pl.Float64(), "经度", unit="°"),
    Column("latitude", pl.Float64(), "纬度", unit="°"),
)


def slot_columns(dtype: pl.DataType, unit: str) -> tuple[Column, ...]:
    """A column for each of the 96 slots of a day."""
    return tuple(Column(slot, dtype, f"{slot[1:3]}:{slot[3:]}", unit=unit) for slot in SLOTS)


PROFILE_LAYOUT = {
    "sort_by": ("usage_point_id", "service_date"),
    "partition_by": ("channel", "service_month"),
}
PROFILE_VERSION = Column(
    "profile_version", pl.Int64(), "曲线版本", "version of energy_profiles the row was derived from"
)
