"""Tables of how readings came in: raw bytes, batches, quarantine, findings, estimates."""

import polars as pl

from queries.tables.columns import (
    BATCH,
    CHANNEL,
    INTERVAL,
    PROFILE_LAYOUT,
    RECEIVED_AT,
    SERVICE_DATE,
    SERVICE_MONTH,
    USAGE_POINT,
)
from queries.tables.table import Column, Table

RAW = Table(
    "raw",
    "原始数据",
    "What arrived, byte for byte, in parts; append-only.",
    (
        BATCH,
        Column("source", pl.String(), "来源", "file name or collector address"),
        Column("sha256", pl.String(), "哈希", "of the whole arrival"),
        Column("part", pl.Int32(), "分段", "0, 1, …"),
        Column("parts", pl.Int32(), "总段数"),
        Column("size_bytes", pl.Int64(), "字节数", "of the whole arrival", "B"),
        Column("options", pl.String(), "解析选项", "how it was to be read, as JSON"),
        Column("content", pl.Binary(), "内容"),
        RECEIVED_AT,
    ),
    key=("batch_id", "part"),
    sort_by=("batch_id", "part"),
)

BATCHES = Table(
    "batches",
    "入库批次",
    "What became of every arrival.",
    (
        BATCH,
        Column("source", pl.String(), "来源"),
        Column("format", pl.String(), "格式"),
        Column("sha256", pl.String(), "哈希"),
        Column("new_readings", pl.Int64(), "新增", "slots that were empty before"),
        Column("corrected_readings", pl.Int64(), "更正", "slots whose value changed"),
        Column("unchanged_readings", pl.Int64(), "未变", "slots that arrived and changed nothing"),
        Column("quarantined", pl.Int64(), "隔离", "rejected lines or fields"),
        RECEIVED_AT,
    ),
    key=("batch_id",),
    sort_by=("received_at",),
)

QUARANTINE = Table(
    "quarantine",
    "隔离区",
    "What was refused, where it stood and why.",
    (
        BATCH,
        Column("source", pl.String(), "来源"),
        Column("line", pl.Int64(), "行号", "1 is the first; null: the whole file"),
        Column("byte", pl.Int64(), "字节位置"),
        Column("field", pl.String(), "字段"),
        Column("reason", pl.String(), "原因"),
        Column("excerpt", pl.String(), "摘录"),
        RECEIVED_AT,
    ),
    key=(),
    sort_by=("received_at", "source", "line"),
)

FINDINGS = Table(
    "findings",
    "疑点",
    "Doubtful data as evidence: rule, what, where, value.",
    (
        Column("rule", pl.String(), "规则"),
        Column("what", pl.String(), "对象类型", "usage_point, meter, transformer …"),
        Column("subject_id", pl.String(), "对象"),
        Column("found_in", pl.String(), "位置", "file and line, or table and column"),
        Column("value", pl.String(), "数值"),
        Column("expected", pl.String(), "期望"),
        Column("first_day", pl.Date(), "起始日期"),
        Column("last_day", pl.Date(), "截止日期"),
        Column(
            "magnitude",
            pl.Float64(),
            "程度",
            "how bad it is on the worst day, in the unit of its rule; null: all alike",
        ),
        Column("evidence", pl.String(), "证据", "what the rule looked at on that day, as JSON"),
        BATCH,
        RECEIVED_AT,
    ),
    key=("rule", "what", "subject_id", "found_in", "first_day"),
    sort_by=("rule", "subject_id"),
)

ESTIMATIONS = Table(
    "estimations",
    "估算记录",
    "Which missing slots were estimated, how, from what; what is actual by now the curve says.",
    (
        USAGE_POINT,
        CHANNEL,
        SERVICE_DATE,
        SERVICE_MONTH,
        INTERVAL,
        Column("first_slot", pl.Int16(), "起始时段", "0–95, the first quarter estimated"),
        Column("last_slot", pl.Int16(), "截止时段", "0–95, the last interval's first quarter"),
        Column(
            "method",
            pl.String(),
            "估算方法",
            "interpolation 插值, like_day 同类日, register 示数; with _by_register 按示数差调整",
        ),
        Column("energy_wh", pl.Int64(), "估算电量", "of these slots", "Wh"),
        Column(
            "evidence",
            pl.String(),
            "证据",
            "like days, energy before scaling, register difference, as JSON",
        ),
        BATCH,
        RECEIVED_AT,
    ),
    key=("usage_point_id", "channel", "service_date", "first_slot"),
    **PROFILE_LAYOUT,
)
