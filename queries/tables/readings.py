"""Tables of what meters and terminals say."""

from dataclasses import replace

import polars as pl

from queries.tables.columns import (
    BATCH,
    CHANNEL,
    INTERVAL,
    ISSUED_AT,
    PROFILE_LAYOUT,
    QUALITY,
    RECEIVED_AT,
    SERVICE_DATE,
    SERVICE_MONTH,
    SLOT_HISTORY,
    USAGE_POINT,
    slot_columns,
)
from queries.tables.table import UTC_INSTANT, Column, Table

ENERGY_PROFILES = Table(
    "energy_profiles",
    "电量曲线",
    "One usage point, one channel, one day: integer watt-hours (varh) by quarter of an hour.",
    (
        USAGE_POINT,
        CHANNEL,
        SERVICE_DATE,
        SERVICE_MONTH,
        INTERVAL,
        *slot_columns(pl.Int32(), "Wh"),
        QUALITY,
        ISSUED_AT,
        SLOT_HISTORY,
        BATCH,
        RECEIVED_AT,
    ),
    key=("usage_point_id", "channel", "service_date"),
    **PROFILE_LAYOUT,
)

ENERGY_PROFILES_ALTERNATE = Table(
    "energy_profiles_alternate",
    "备用电量曲线",
    "Day profiles of the same day at another interval than the one shown in energy_profiles.",
    ENERGY_PROFILES.columns,
    key=("usage_point_id", "channel", "service_date", "interval_minutes"),
    **PROFILE_LAYOUT,
)

ENERGY_PROFILES_SUPERSEDED = Table(
    "energy_profiles_superseded",
    "被更正的电量曲线",
    "Slots that a correction replaced, with the time during which they were the known truth.",
    (
        *(c for c in ENERGY_PROFILES.columns if c.name not in {"slot_history", "received_at"}),
        Column("known_from", UTC_INSTANT, "获知时间"),
        Column("known_until", UTC_INSTANT, "作废时间"),
    ),
    key=(
        "usage_point_id",
        "channel",
        "service_date",
        "interval_minutes",
        "known_from",
        "known_until",
    ),
    **PROFILE_LAYOUT,
)

MEASUREMENT_PROFILES = Table(
    "measurement_profiles",
    "量测曲线",
    "Voltage, current, power and power factor by phase: one usage point, one quantity, one day.",
    (
        USAGE_POINT,
        Column(
            "quantity", pl.String(), "量测量", "voltage_a_v, current_a_a, power_kw, power_factor …"
        ),
        SERVICE_DATE,
        SERVICE_MONTH,
        INTERVAL,
        *slot_columns(pl.Float32(), "as the quantity's name says"),
        QUALITY,
        ISSUED_AT,
        SLOT_HISTORY,
        BATCH,
        RECEIVED_AT,
    ),
    key=("usage_point_id", "quantity", "service_date"),
    sort_by=("usage_point_id", "service_date"),
    partition_by=("quantity", "service_month"),
)

REGISTER_PROFILES = Table(
    "register_profiles",
    "示值曲线",
    "What the total register of a meter showed at every quarter of an hour; energy is derived.",
    (
        USAGE_POINT,
        Column("meter_id", pl.String(), "电能表"),
        CHANNEL,
        SERVICE_DATE,
        SERVICE_MONTH,
        INTERVAL,
        *(
            replace(column, note="before the ratio, at that very instant")
            for column in slot_columns(pl.Int64(), "0.0001 kWh, kvarh")
        ),
        QUALITY,
        ISSUED_AT,
        SLOT_HISTORY,
        BATCH,
        RECEIVED_AT,
    ),
    key=("usage_point_id", "meter_id", "channel", "service_date"),
    sort_by=("usage_point_id", "channel", "service_date"),
    partition_by=("channel", "service_month"),
)

REGISTER_READINGS = Table(
    "register_readings",
    "冻结示数",
    "Frozen registers of a meter: total and by tariff register, and demand registers.",
    (
        USAGE_POINT,
        Column("meter_id", pl.String(), "电能表"),
        CHANNEL,
        Column("register", pl.String(), "费率", "total, sharp, peak, flat, valley, deep_valley"),
        SERVICE_DATE,
        SERVICE_MONTH,
        Column("read_at", UTC_INSTANT, "示数时刻", "a 00:00 freeze closes the day before"),
        Column(
            "reading_kwh", pl.Decimal(18, 4), "示数", "meter side, before the ratio", "kWh, kvarh"
        ),
        Column("demand_kw", pl.Decimal(18, 4), "最大需量", "meter side, before the ratio", "kW"),
        Column("demand_at", UTC_INSTANT, "需量发生时间"),
        Column("quality", pl.String(), "数据质量", "one of QUALITIES"),
        ISSUED_AT,
        BATCH,
        RECEIVED_AT,
    ),
    key=("usage_point_id", "meter_id", "channel", "register", "read_at"),
    sort_by=("usage_point_id", "meter_id", "channel", "register", "read_at"),
    partition_by=("service_month",),
)

METER_EVENTS = Table(
    "meter_events",
    "电能表事件",
    "What meters and terminals reported by themselves.",
    (
        USAGE_POINT,
        Column("meter_id", pl.String(), "电能表"),
        Column("event_code", pl.String(), "事件代码"),
        Column("occurred_at", UTC_INSTANT, "发生时间"),
        Column("ended_at", UTC_INSTANT, "结束时间"),
        Column("detail", pl.String(), "事件内容"),
        BATCH,
        RECEIVED_AT,
    ),
    key=("usage_point_id", "meter_id", "event_code", "occurred_at"),
    sort_by=("usage_point_id", "occurred_at"),
)

DEVICE_CLOCKS = Table(
    "device_clocks",
    "设备时钟",
    "What the clocks of meters and terminals showed when they were read.",
    (
        Column("device_id", pl.String(), "设备编号", "meter_id or terminal_id"),
        Column("kind", pl.String(), "设备类型", "meter 电能表, terminal 采集终端"),
        Column("usage_point_id", pl.String(), "计量点", "of a meter; null: unknown, or a terminal"),
        Column(
            "terminal_id",
            pl.String(),
            "采集终端",
            "through which a meter was read, or the terminal itself; null: unsaid",
        ),
        Column(
            "read_at",
            UTC_INSTANT,
            "读取时刻",
            "by the collector's clock, halfway through the reading",
        ),
        Column(
            "service_date", pl.Date(), "数据日期", "the day of read_at in the zone's standard time"
        ),
        SERVICE_MONTH,
        Column("device_time", UTC_INSTANT, "设备时间", "what the device's clock showed then"),
        Column(
            "drift_seconds",
            pl.Float64(),
            "时钟偏差",
            "device_time − read_at; fast is positive",
            "s",
        ),
        Column("protocol", pl.String(), "规约", "DL/T 645-2007, DL/T 698.45, Q/GDW 1376.1 …"),
        BATCH,
        RECEIVED_AT,
    ),
    key=("device_id", "service_date", "read_at"),
    sort_by=("device_id", "read_at"),
    partition_by=("service_month",),
)

TERMINAL_COUNTS = Table(
    "terminal_counts",
    "终端自计抄表数",
    "How many of its meters a terminal says it read in one run, task by task or port by port.",
    (
        Column("terminal_id", pl.String(), "采集终端"),
        Column(
            "part_number",
            pl.Int16(),
            "任务或端口",
            "task of DL/T 698.45, port of Q/GDW 376.1",
        ),
        Column(
            "service_date",
            pl.Date(),
            "数据日期",
            "the day whose data a daily run collects: the one before it began, by the terminal's "
            "clock",
        ),
        SERVICE_MONTH,
        Column(
            "interval_minutes",
            pl.Int32(),
            "执行周期",
            "how often it runs, 1440 daily; null: the terminal does not say",
            "min",
        ),
        Column("started_at", UTC_INSTANT, "开始时间", "by the terminal's clock"),
        Column("ended_at", UTC_INSTANT, "结束时间", "likewise; null: still under way"),
        Column("due_meters", pl.Int32(), "应抄电表", "that the terminal is to read"),
        Column("read_meters", pl.Int32(), "抄读成功", "that it says it read"),
        Column("sent_messages", pl.Int32(), "已发报文", "to meters; null: unsaid"),
        Column("received_messages", pl.Int32(), "已收报文", "from meters; null: unsaid"),
        Column("protocol", pl.String(), "规约", "DL/T 698.45, Q/GDW 376.1"),
        BATCH,
        RECEIVED_AT,
    ),
    key=("terminal_id", "service_date", "part_number"),
    sort_by=("terminal_id", "service_date"),
    partition_by=("service_month",),
)
