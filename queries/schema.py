"""The tables of the lake, declared once: column, type, unit, Chinese name, meaning.

``ingest`` writes exactly these columns and ``queries`` reads exactly these columns.
The Chinese term of every concept stands here and nowhere else in code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

SLOT_MINUTES = 15
SLOTS_PER_DAY = 24 * 60 // SLOT_MINUTES
SLOTS: tuple[str, ...] = tuple(
    f"t{minute // 60:02d}{minute % 60:02d}" for minute in range(0, 24 * 60, SLOT_MINUTES)
)
"""The 96 columns of a day profile, named after the standard time at which the interval starts."""

HOURS: tuple[str, ...] = tuple(f"h{hour:02d}" for hour in range(24))
"""The 24 columns of a day by hours, named after the hour of standard time."""

UTC_INSTANT = pl.Datetime("us", "UTC")

CHANNELS: dict[str, str] = {
    "import": "正向有功",  # active energy delivered to the customer
    "export": "反向有功",  # active energy received from the customer
    "reactive_import": "正向无功",
    "reactive_export": "反向无功",
}
"""The physical channels. A second register of the same kind on one usage point carries a number:
``import.2``; it adds to ``import``."""

QUALITIES: dict[str, str] = {
    "A": "实抄",  # actual read
    "S": "替代",  # substituted by the source
    "E": "估算",  # estimated
    "N": "缺失",  # missing
}
"""Quality characters, best first."""


class SchemaError(ValueError):
    """A table does not have the columns it promised."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, unit, Chinese name and meaning."""

    name: str
    dtype: pl.DataType
    zh: str
    note: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One lake table. ``key`` identifies a row; ``partition_by`` and ``sort_by`` lay it out."""

    name: str
    zh: str
    note: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort_by: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    schema: pl.Schema = field(init=False, compare=False, repr=False)
    names: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        schema = pl.Schema({column.name: column.dtype for column in self.columns})
        object.__setattr__(self, "schema", schema)
        object.__setattr__(self, "names", tuple(schema))


def check(name: str, frame: pl.DataFrame, expected: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return ``frame`` unchanged, or say exactly how it differs from ``expected``.

    >>> check("toy", pl.DataFrame({"a": [1]}), {"a": pl.String()})
    Traceback (most recent call last):
    queries.schema.SchemaError: toy: column 'a' is Int64, expected String
    """
    found = frame.schema
    for column, dtype in expected.items():
        if column not in found:
            raise SchemaError(f"{name}: column '{column}' is missing; it has {list(found)}")
        if found[column] != dtype:
            raise SchemaError(f"{name}: column '{column}' is {found[column]}, expected {dtype}")
    if extra := [column for column in found if column not in expected]:
        raise SchemaError(f"{name}: unexpected columns {extra}")
    return frame


_USAGE_POINT = Column(
    "usage_point_id", pl.String(), "计量点", "where energy is metered and settled"
)
_CHANNEL = Column("channel", pl.String(), "通道", "one of CHANNELS, with a number if repeated")
_SERVICE_DATE = Column(
    "service_date", pl.Date(), "数据日期", "the day in the zone's standard time, no daylight saving"
)
_SERVICE_MONTH = Column("service_month", pl.String(), "数据月份", "YYYY-MM of service_date")
_INTERVAL = Column(
    "interval_minutes", pl.Int16(), "曲线间隔", "a multiple of 15 that divides the day", "min"
)
_QUALITY = Column(
    "quality",
    pl.String(),
    "数据质量",
    "null: all actual; else one of QUALITIES for each of 96 slots",
)
_ISSUED_AT = Column(
    "issued_at",
    UTC_INSTANT,
    "数据源时间",
    "when the source says it issued the values; null: unsaid",
)
_SLOT_HISTORY = Column(
    "slot_history",
    pl.List(pl.Struct({"slot": pl.Int16(), "issued_at": UTC_INSTANT, "received_at": UTC_INSTANT})),
    "分点时间",
    "null: every slot has the row's issued_at and received_at; else a run from each `slot` on",
)
_BATCH = Column("batch_id", pl.String(), "批次", "the batch that last changed the row")
_RECEIVED_AT = Column("received_at", UTC_INSTANT, "接收时间", "when the row last changed")
_VALIDITY = (
    Column("valid_from", pl.Date(), "生效日期", "first day on which the row is true"),
    Column("valid_to", pl.Date(), "失效日期", "first day on which it no longer is; null: open"),
    Column("known_from", UTC_INSTANT, "获知时间", "since when Fenggu has known the row"),
    Column("known_until", UTC_INSTANT, "作废时间", "when a newer row replaced it; null: current"),
    _BATCH,
)
_NAMES = (
    Column("name", pl.String(), "名称"),
    Column("name_en", pl.String(), "英文名称"),
)
_PLACE = (
    Column("longitude", pl.Float64(), "经度", unit="°"),
    Column("latitude", pl.Float64(), "纬度", unit="°"),
)


def _slots(dtype: pl.DataType, unit: str) -> tuple[Column, ...]:
    return tuple(Column(slot, dtype, f"{slot[1:3]}:{slot[3:]}", unit=unit) for slot in SLOTS)


_PROFILE_LAYOUT = {
    "sort_by": ("usage_point_id", "service_date"),
    "partition_by": ("channel", "service_month"),
}

ENERGY_PROFILES = Table(
    "energy_profiles",
    "电量曲线",
    "One usage point, one channel, one day: integer watt-hours (varh) by quarter of an hour.",
    (
        _USAGE_POINT,
        _CHANNEL,
        _SERVICE_DATE,
        _SERVICE_MONTH,
        _INTERVAL,
        *_slots(pl.Int32(), "Wh"),
        _QUALITY,
        _ISSUED_AT,
        _SLOT_HISTORY,
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("usage_point_id", "channel", "service_date"),
    **_PROFILE_LAYOUT,
)

ENERGY_PROFILES_ALTERNATE = Table(
    "energy_profiles_alternate",
    "备用电量曲线",
    "Day profiles of the same day at another interval than the one shown in energy_profiles.",
    ENERGY_PROFILES.columns,
    key=("usage_point_id", "channel", "service_date", "interval_minutes"),
    **_PROFILE_LAYOUT,
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
    **_PROFILE_LAYOUT,
)

MEASUREMENT_PROFILES = Table(
    "measurement_profiles",
    "量测曲线",
    "Voltage, current, power and power factor by phase: one usage point, one quantity, one day.",
    (
        _USAGE_POINT,
        Column(
            "quantity", pl.String(), "量测量", "voltage_a_v, current_a_a, power_kw, power_factor …"
        ),
        _SERVICE_DATE,
        _SERVICE_MONTH,
        _INTERVAL,
        *_slots(pl.Float32(), "as the quantity's name says"),
        _QUALITY,
        _ISSUED_AT,
        _SLOT_HISTORY,
        _BATCH,
        _RECEIVED_AT,
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
        _USAGE_POINT,
        Column("meter_id", pl.String(), "电能表"),
        _CHANNEL,
        _SERVICE_DATE,
        _SERVICE_MONTH,
        _INTERVAL,
        *(
            replace(column, note="before the ratio, at that very instant")
            for column in _slots(pl.Int64(), "0.0001 kWh, kvarh")
        ),
        _QUALITY,
        _ISSUED_AT,
        _SLOT_HISTORY,
        _BATCH,
        _RECEIVED_AT,
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
        _USAGE_POINT,
        Column("meter_id", pl.String(), "电能表"),
        _CHANNEL,
        Column("register", pl.String(), "费率", "total, sharp, peak, flat, valley, deep_valley"),
        _SERVICE_DATE,
        _SERVICE_MONTH,
        Column("read_at", UTC_INSTANT, "示数时刻", "a 00:00 freeze closes the day before"),
        Column(
            "reading_kwh", pl.Decimal(18, 4), "示数", "meter side, before the ratio", "kWh, kvarh"
        ),
        Column("demand_kw", pl.Decimal(18, 4), "最大需量", "meter side, before the ratio", "kW"),
        Column("demand_at", UTC_INSTANT, "需量发生时间"),
        Column("quality", pl.String(), "数据质量", "one of QUALITIES"),
        _ISSUED_AT,
        _BATCH,
        _RECEIVED_AT,
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
        _USAGE_POINT,
        Column("meter_id", pl.String(), "电能表"),
        Column("event_code", pl.String(), "事件代码"),
        Column("occurred_at", UTC_INSTANT, "发生时间"),
        Column("ended_at", UTC_INSTANT, "结束时间"),
        Column("detail", pl.String(), "事件内容"),
        _BATCH,
        _RECEIVED_AT,
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
        _SERVICE_MONTH,
        Column("device_time", UTC_INSTANT, "设备时间", "what the device's clock showed then"),
        Column(
            "drift_seconds",
            pl.Float64(),
            "时钟偏差",
            "device_time − read_at; fast is positive",
            "s",
        ),
        Column("protocol", pl.String(), "规约", "DL/T 645-2007, DL/T 698.45, Q/GDW 1376.1 …"),
        _BATCH,
        _RECEIVED_AT,
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
        _SERVICE_MONTH,
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
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("terminal_id", "service_date", "part_number"),
    sort_by=("terminal_id", "service_date"),
    partition_by=("service_month",),
)

WEATHER = Table(
    "weather",
    "气象",
    "Observed and forecast weather by region.",
    (
        Column("region_id", pl.String(), "区域"),
        Column("valid_at", UTC_INSTANT, "对应时刻"),
        Column("issued_at", UTC_INSTANT, "发布时间", "of a forecast; null: observed"),
        Column("temperature_c", pl.Float32(), "气温", unit="°C"),
        Column("humidity_share", pl.Float32(), "相对湿度", unit="0–1"),
        Column("irradiance_w_per_m2", pl.Float32(), "辐照度", unit="W/m²"),
        Column("wind_m_per_s", pl.Float32(), "风速", unit="m/s"),
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("region_id", "valid_at", "issued_at"),
    sort_by=("region_id", "valid_at"),
)

ECONOMY = Table(
    "economy",
    "经济指标",
    "Economic series by region.",
    (
        Column("region_id", pl.String(), "区域"),
        Column("series", pl.String(), "指标"),
        Column("period_start", pl.Date(), "期初"),
        Column("period_end", pl.Date(), "期末"),
        Column("value", pl.Float64(), "数值"),
        Column("value_unit", pl.String(), "单位"),
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("region_id", "series", "period_start"),
    sort_by=("region_id", "series", "period_start"),
)

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
    _RECEIVED_AT,
)

FORECASTS = Table(
    "forecasts",
    "负荷预测",
    "Forecast load of one series: one day, one quantile. Later forecasts replace no earlier ones.",
    (
        *_FORECAST_SERIES,
        _SERVICE_DATE,
        _SERVICE_MONTH,
        Column("lead_days", pl.Int16(), "提前天数", "1: the first day foretold"),
        Column("quantile", pl.Float64(), "分位", "0–1; 0.5 is the forecast itself"),
        _INTERVAL,
        *_slots(pl.Float32(), "kW"),
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

PAYMENTS = Table(
    "payments",
    "电费收缴",
    "What was billed to an account for a month and how it was paid, a row a payment.",
    (
        Column("customer_id", pl.String(), "户号"),
        Column("bill_month", pl.String(), "电费年月", "YYYY-MM that the bill is for"),
        Column("payment_number", pl.Int16(), "缴费序号", "1, 2 … of the bill's payments"),
        Column(
            "billed_cny",
            pl.Decimal(18, 2),
            "应收电费",
            "of the whole bill, in each of its rows",
            "CNY",
        ),
        Column("issued_on", pl.Date(), "发行日期", "null: unsaid"),
        Column("due_on", pl.Date(), "缴费期限", "the last day on which it is paid in time"),
        Column("paid_cny", pl.Decimal(18, 2), "实收电费", "by this payment; 0 while open", "CNY"),
        Column("paid_on", pl.Date(), "缴费日期", "null: open"),
        Column(
            "channel",
            pl.String(),
            "缴费方式",
            "wechat 微信, alipay 支付宝, direct_debit 代扣, prepaid 预存, counter 柜台, bank 银行",
        ),
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("customer_id", "bill_month", "payment_number"),
    sort_by=("customer_id", "bill_month", "payment_number"),
)

PLANNED_OUTAGES = Table(
    "planned_outages",
    "计划停电",
    "Switching off that was announced, a row an outage and area.",
    (
        Column("outage_id", pl.String(), "停电编号"),
        Column("area_kind", pl.String(), "停电范围", "feeder 线路, transformer 台区"),
        Column("area_id", pl.String(), "范围编号", "feeder_id or transformer_id"),
        Column("starts_at", UTC_INSTANT, "计划停电时间"),
        Column("ends_at", UTC_INSTANT, "计划送电时间"),
        Column("announced_on", pl.Date(), "公告日期", "null: unsaid"),
        Column("reason", pl.String(), "停电原因"),
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("outage_id", "area_kind", "area_id"),
    sort_by=("starts_at", "area_id"),
)

CONTRACT_APPLICATIONS = Table(
    "contract_applications",
    "业扩报装",
    "What customers applied for that changes connected capacity, a row an application.",
    (
        Column("application_id", pl.String(), "申请编号"),
        Column(
            "kind",
            pl.String(),
            "业务类型",
            "new 新装, increase 增容, decrease 减容, suspension 暂停, resumption 暂停恢复, "
            "cancellation 销户, transfer 过户, other 其他",
        ),
        Column("customer_id", pl.String(), "户号", "null: no account yet"),
        Column("usage_point_id", pl.String(), "计量点", "null: none yet"),
        Column("region_id", pl.String(), "区域"),
        Column("transformer_id", pl.String(), "台区", "null: medium voltage, or not yet planned"),
        Column("customer_class", pl.String(), "用电类别", "as in usage_points; null: unsaid"),
        Column("industry_code", pl.String(), "行业分类", "GB/T 4754; null: a home, or unsaid"),
        Column(
            "capacity_kva",
            pl.Float64(),
            "申请容量",
            "that comes or goes, never negative; null: none does",
            "kVA",
        ),
        Column("applied_on", pl.Date(), "受理日期"),
        Column("approved_on", pl.Date(), "供电方案答复日期", "null: not yet, or unsaid"),
        Column("energised_on", pl.Date(), "送电日期", "or the day it was done; null: not yet"),
        Column(
            "status",
            pl.String(),
            "状态",
            "applied 受理中, approved 已答复, done 已送电, withdrawn 撤销, refused 不予受理",
        ),
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("application_id",),
    sort_by=("applied_on", "application_id"),
)

FORECAST_DRIVERS = Table(
    "forecast_drivers",
    "预测成因",
    "What makes a forecast day differ from a usual one; the parts of a day add up to its forecast.",
    (
        *_FORECAST_SERIES,
        _SERVICE_DATE,
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
        _USAGE_POINT,
        Column("region_id", pl.String(), "所属地区", "the outermost region it lies in"),
        Column("horizon", pl.String(), "预测期", "day: the first day foretold; later: those after"),
        Column("issue_date", pl.String(), "起报日", "the first day foretold, YYYY-MM-DD"),
        Column("issued_at", UTC_INSTANT, "预测起点", "the instant at which that day begins"),
        _SERVICE_DATE,
        Column("lead_days", pl.Int16(), "提前天数", "1: the first day foretold"),
        Column(
            "figure",
            pl.String(),
            "数值类型",
            "median 中位值; low_80, high_80 八成区间; mean 期望值, which alone adds up",
        ),
        _INTERVAL,
        *_slots(pl.Int32(), "W"),
        *_FORECAST_MADE,
    ),
    key=("usage_point_id", "horizon", "issue_date", "service_date", "figure"),
    sort_by=("usage_point_id", "service_date", "figure"),
    partition_by=("horizon", "issue_date"),
)

RAW = Table(
    "raw",
    "原始数据",
    "What arrived, byte for byte, in parts; append-only.",
    (
        _BATCH,
        Column("source", pl.String(), "来源", "file name or collector address"),
        Column("sha256", pl.String(), "哈希", "of the whole arrival"),
        Column("part", pl.Int32(), "分段", "0, 1, …"),
        Column("parts", pl.Int32(), "总段数"),
        Column("size_bytes", pl.Int64(), "字节数", "of the whole arrival", "B"),
        Column("options", pl.String(), "解析选项", "how it was to be read, as JSON"),
        Column("content", pl.Binary(), "内容"),
        _RECEIVED_AT,
    ),
    key=("batch_id", "part"),
    sort_by=("batch_id", "part"),
)

BATCHES = Table(
    "batches",
    "入库批次",
    "What became of every arrival.",
    (
        _BATCH,
        Column("source", pl.String(), "来源"),
        Column("format", pl.String(), "格式"),
        Column("sha256", pl.String(), "哈希"),
        Column("new_readings", pl.Int64(), "新增", "slots that were empty before"),
        Column("corrected_readings", pl.Int64(), "更正", "slots whose value changed"),
        Column("unchanged_readings", pl.Int64(), "未变", "slots that arrived and changed nothing"),
        Column("quarantined", pl.Int64(), "隔离", "rejected lines or fields"),
        _RECEIVED_AT,
    ),
    key=("batch_id",),
    sort_by=("received_at",),
)

QUARANTINE = Table(
    "quarantine",
    "隔离区",
    "What was refused, where it stood and why.",
    (
        _BATCH,
        Column("source", pl.String(), "来源"),
        Column("line", pl.Int64(), "行号", "1 is the first; null: the whole file"),
        Column("byte", pl.Int64(), "字节位置"),
        Column("field", pl.String(), "字段"),
        Column("reason", pl.String(), "原因"),
        Column("excerpt", pl.String(), "摘录"),
        _RECEIVED_AT,
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
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("rule", "what", "subject_id", "found_in", "first_day"),
    sort_by=("rule", "subject_id"),
)

ESTIMATIONS = Table(
    "estimations",
    "估算记录",
    "Which missing slots were estimated, how, from what; what is actual by now the curve says.",
    (
        _USAGE_POINT,
        _CHANNEL,
        _SERVICE_DATE,
        _SERVICE_MONTH,
        _INTERVAL,
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
        _BATCH,
        _RECEIVED_AT,
    ),
    key=("usage_point_id", "channel", "service_date", "first_slot"),
    **_PROFILE_LAYOUT,
)

REGIONS = Table(
    "regions",
    "区域",
    "Supply areas, nested.",
    (
        Column("region_id", pl.String(), "区域编号"),
        *_NAMES,
        Column("parent_region_id", pl.String(), "上级区域"),
        Column("is_simulated", pl.Boolean(), "是否仿真"),
        *_VALIDITY,
    ),
    key=("region_id",),
)

SUBSTATIONS = Table(
    "substations",
    "变电站",
    "High- to medium-voltage substations.",
    (
        Column("substation_id", pl.String(), "变电站编号"),
        *_NAMES,
        Column("region_id", pl.String(), "区域"),
        *_PLACE,
        *_VALIDITY,
    ),
    key=("substation_id",),
)

FEEDERS = Table(
    "feeders",
    "线路",
    "Medium-voltage feeders.",
    (
        Column("feeder_id", pl.String(), "线路编号"),
        *_NAMES,
        Column("substation_id", pl.String(), "变电站"),
        Column("voltage_kv", pl.Float64(), "电压等级", unit="kV"),
        *_VALIDITY,
    ),
    key=("feeder_id",),
)

TRANSFORMERS = Table(
    "transformers",
    "台区",
    "Distribution transformers and the areas they supply.",
    (
        Column("transformer_id", pl.String(), "台区编号"),
        *_NAMES,
        Column("feeder_id", pl.String(), "线路"),
        Column("rated_capacity_kva", pl.Float64(), "额定容量", unit="kVA"),
        Column(
            "transformer_meter_id", pl.String(), "台区总表", "usage point of the transformer meter"
        ),
        *_PLACE,
        *_VALIDITY,
    ),
    key=("transformer_id",),
)

NETWORK_NODES = Table(
    "network_nodes",
    "低压节点",
    "Poles and boxes of the radial low-voltage networks, each with the line that leads to it.",
    (
        Column("network_node_id", pl.String(), "节点编号"),
        Column("transformer_id", pl.String(), "台区"),
        Column("parent_network_node_id", pl.String(), "上级节点", "null: the transformer's busbar"),
        Column("length_m", pl.Float64(), "线路长度", unit="m"),
        Column("resistance_ohm", pl.Float64(), "电阻", "of one phase conductor", "Ω"),
        Column("reactance_ohm", pl.Float64(), "电抗", "of one phase conductor", "Ω"),
        *_PLACE,
        *_VALIDITY,
    ),
    key=("network_node_id",),
)

CUSTOMERS = Table(
    "customers",
    "用电户",
    "Customer accounts.",
    (
        Column("customer_id", pl.String(), "户号"),
        Column("name", pl.String(), "户名", "identity: masked unless granted"),
        Column("address", pl.String(), "用电地址", "identity: masked unless granted"),
        Column("phone", pl.String(), "联系电话", "identity: masked unless granted"),
        Column("industry_code", pl.String(), "行业分类", "GB/T 4754"),
        *_VALIDITY,
    ),
    key=("customer_id",),
)

USAGE_POINTS = Table(
    "usage_points",
    "计量点",
    "Where energy is metered: who, where on the grid, under which price class.",
    (
        _USAGE_POINT,
        Column("customer_id", pl.String(), "户号"),
        Column("transformer_id", pl.String(), "台区", "null: supplied at medium voltage"),
        Column("feeder_id", pl.String(), "线路"),
        Column("region_id", pl.String(), "区域"),
        Column(
            "customer_class",
            pl.String(),
            "用电类别",
            "residential 居民, commercial 商业, industrial 工业, agricultural 农业, public 公共",
        ),
        Column("price_code", pl.String(), "电价代码"),
        Column(
            "network_node_id",
            pl.String(),
            "低压节点",
            "where its service line begins; null: unsaid",
        ),
        Column(
            "metering_purpose",
            pl.String(),
            "计量点性质",
            "settlement 结算; check 考核: a transformer's or feeder's meter, in no sum of "
            "customers; null: settlement",
        ),
        Column("phase", pl.String(), "相别", "A, B, C or ABC"),
        Column("voltage_kv", pl.Float64(), "供电电压", unit="kV"),
        Column("contracted_capacity_kva", pl.Float64(), "合同容量", unit="kVA"),
        Column("operating_capacity_kva", pl.Float64(), "运行容量", unit="kVA"),
        Column("contracted_demand_kw", pl.Float64(), "合同最大需量", unit="kW"),
        Column("status", pl.String(), "状态", "operating 运行, suspended 暂停, closed 销户"),
        *_PLACE,
        *_VALIDITY,
    ),
    key=("usage_point_id",),
)

METERS = Table(
    "meters",
    "电能表",
    "Which meter measured a usage point when, with its ratios.",
    (
        Column("meter_id", pl.String(), "电能表编号"),
        _USAGE_POINT,
        Column("interval_minutes", pl.Int16(), "曲线间隔", unit="min"),
        Column("current_ratio", pl.Float64(), "电流互感器变比"),
        Column("voltage_ratio", pl.Float64(), "电压互感器变比"),
        Column("register_digits", pl.Int16(), "示数整数位"),
        *_VALIDITY,
    ),
    key=("meter_id",),
)

AGREEMENTS = Table(
    "agreements",
    "供用电合同",
    "Which tariff holds for a usage point.",
    (
        Column("agreement_id", pl.String(), "合同编号"),
        _USAGE_POINT,
        Column("tariff_code", pl.String(), "电价"),
        Column(
            "purchase_type",
            pl.String(),
            "购电方式",
            "agency 代理购电, direct 直接交易, retail 零售",
        ),
        Column("has_time_of_use", pl.Boolean(), "是否分时"),
        Column(
            "basic_charge",
            pl.String(),
            "基本电费计收方式",
            "capacity 按容量, contract 按合同最大需量, maximum 按实际最大需量; null: none",
        ),
        Column(
            "settlement_basis",
            pl.String(),
            "结算依据",
            "register 冻结示数, interval 曲线; null: as the tariff says",
        ),
        Column(
            "power_factor_hundredths",
            pl.Int16(),
            "功率因数标准",
            "90, 85 or 80; null: no power-factor adjustment",
        ),
        Column(
            "agency_price_times",
            pl.Float64(),
            "代理购电价格倍数",
            "1.5 for users back from the market and other classes; null: 1",
        ),
        Column(
            "household_persons",
            pl.Int16(),
            "户籍人口数",
            "registered for a larger tier allowance (一户多人口); null: not registered",
        ),
        Column("free_kwh_per_month", pl.Float64(), "免费电量", "of welfare households", "kWh"),
        Column(
            "is_metered_low_side",
            pl.Boolean(),
            "是否高供低计",
            "supplied at medium voltage, metered behind the customer's own transformer",
        ),
        Column(
            "line_loss_share",
            pl.Float64(),
            "线损率",
            "of the metered energy, for a line of the customer's own; null: 0",
            "0–1",
        ),
        Column(
            "deducted_from_usage_point_id",
            pl.String(),
            "套减主表",
            "the main meter from whose energy this one's is deducted (主分表套减)",
        ),
        Column("split_tariff_code", pl.String(), "定比定量电价", "what the split-off part pays"),
        Column("split_share", pl.Float64(), "定比", "of the energy, split off", "0–1"),
        Column("split_kwh_per_month", pl.Float64(), "定量", "split off", "kWh"),
        *_VALIDITY,
    ),
    key=("agreement_id",),
)

REFERENCE_TABLES: tuple[Table, ...] = (
    REGIONS,
    SUBSTATIONS,
    FEEDERS,
    TRANSFORMERS,
    NETWORK_NODES,
    CUSTOMERS,
    USAGE_POINTS,
    METERS,
    AGREEMENTS,
)

_PROFILE_VERSION = Column(
    "profile_version", pl.Int64(), "曲线版本", "version of energy_profiles the row was derived from"
)

DAILY_TOTALS = Table(
    "daily_totals",
    "日电量",
    "Derived: energy and quality of every day profile.",
    (
        _USAGE_POINT,
        _CHANNEL,
        _SERVICE_DATE,
        _SERVICE_MONTH,
        _INTERVAL,
        Column("energy_wh", pl.Int64(), "日电量", "of the slots that are there", "Wh"),
        Column("maximum_wh", pl.Int32(), "最大时段电量", "largest slot", "Wh"),
        Column(
            "maximum_slot", pl.Int16(), "最大时段", "0–95: the first slot that holds maximum_wh"
        ),
        Column("actual_slots", pl.Int16(), "实抄点数"),
        Column("estimated_slots", pl.Int16(), "估算点数", "substituted and estimated"),
        Column("expected_slots", pl.Int16(), "应采点数", "1440 / interval_minutes"),
        _PROFILE_VERSION,
    ),
    key=("usage_point_id", "channel", "service_date"),
    **_PROFILE_LAYOUT,
)

DAILY_FEATURES = Table(
    "daily_features",
    "日特征",
    "Derived: what portraits and segments need of a day, so that they never read day profiles.",
    (
        _USAGE_POINT,
        replace(_CHANNEL, note="import and export, numbered ones too; reactive ones have no row"),
        _SERVICE_DATE,
        _SERVICE_MONTH,
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
        _PROFILE_VERSION,
    ),
    key=("usage_point_id", "channel", "service_date"),
    **_PROFILE_LAYOUT,
)

COMPLETENESS = Table(
    "completeness",
    "采集完整率",
    "Derived: readings due and there, by day, channel and transformer area.",
    (
        _SERVICE_DATE,
        _SERVICE_MONTH,
        _CHANNEL,
        Column("region_id", pl.String(), "区域"),
        Column("feeder_id", pl.String(), "线路"),
        Column("transformer_id", pl.String(), "台区"),
        Column("due_points", pl.Int32(), "应采计量点"),
        Column("complete_points", pl.Int32(), "完整计量点", "all readings actual"),
        Column("silent_points", pl.Int32(), "失采计量点", "no reading at all"),
        Column("expected_slots", pl.Int64(), "应采点数"),
        Column("actual_slots", pl.Int64(), "实抄点数"),
        Column("estimated_slots", pl.Int64(), "估算点数"),
        _PROFILE_VERSION,
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
        _USAGE_POINT,
        _CHANNEL,
        Column("month", pl.String(), "月份", "YYYY-MM, local"),
        Column("statistic", pl.String(), "统计量", "sum, maximum, estimated"),
        Column(
            "day_class", pl.String(), "日类型", "weekday 1–7, with :holiday or :make_up_workday"
        ),
        _INTERVAL,
        Column("days", pl.Int16(), "天数", "days of the class that have a profile"),
        Column("missing_slots", pl.Int32(), "缺失点数"),
        *_slots(pl.Int64(), "Wh"),
        _PROFILE_VERSION,
    ),
    key=("usage_point_id", "channel", "month", "statistic", "day_class", "interval_minutes"),
    sort_by=("usage_point_id", "day_class"),
    partition_by=("channel", "statistic", "month"),
)

_PORTRAIT_MONTH = Column("month", pl.String(), "月份", "YYYY-MM of standard time")
_OF_CUSTOMER = Column(
    "customer_id", pl.String(), "户号", "who had the usage point then; null: in no register"
)

PORTRAIT_MONTHS = Table(
    "portrait_months",
    "月画像",
    "Derived: sums of a month of daily_features, so that a new day costs a month, not a year.",
    (
        _USAGE_POINT,
        _PORTRAIT_MONTH,
        _OF_CUSTOMER,
        Column("first_day", pl.Date(), "起始日期", "of the month, or when the customer came"),
        Column("last_day", pl.Date(), "截止日期", "of the month, or the last that was read there"),
        Column("known_days", pl.Int16(), "有效天数", "with nine readings of ten or more"),
        Column("energy_kwh", pl.Float64(), "电量", "of the known days, gaps scaled up", "kWh"),
        Column("exported_kwh", pl.Float64(), "上网电量", "null: never read", "kWh"),
        Column("workdays", pl.Int16(), "完整工作日", "with all 24 hours"),
        Column("rest_days", pl.Int16(), "完整休息日", "likewise; weekends and holidays"),
        Column("workday_kwh", pl.List(pl.Float32()), "工作日逐时电量", "sums of 24 hours", "kWh"),
        Column("rest_day_kwh", pl.List(pl.Float32()), "休息日逐时电量", "likewise", "kWh"),
        Column(
            "workday_shape",
            pl.List(pl.Float32()),
            "工作日形态和",
            "sums of 24 hours less the day's mean, each day scaled to length 1",
        ),
        Column("rest_day_shape", pl.List(pl.Float32()), "休息日形态和", "likewise"),
        Column("shaped_workdays", pl.Int16(), "有形态工作日", "whole days that are not flat"),
        Column("shaped_rest_days", pl.Int16(), "有形态休息日", "likewise"),
        Column("shape_codes", pl.List(pl.Int16()), "日形态码", "of the days, as in daily_features"),
        Column("base_kw", pl.Float64(), "基础负荷", "median of the days' base loads", "kW"),
        Column("peak_kw", pl.Float64(), "最大负荷", "the largest interval", "kW"),
        Column("peak_at", UTC_INSTANT, "最大负荷时刻", "its beginning"),
        Column(
            "flexible_kwh",
            pl.Float64(),
            "可转移电量",
            "sum over whole days of what could move out of peak periods; null: no calendar",
            "kWh",
        ),
        Column(
            "district_peak_kw",
            pl.Float64(),
            "地区高峰时负荷",
            "own mean load in the hour of the month in which the district's was highest",
            "kW",
        ),
        Column("reactive_kvarh", pl.Float64(), "无功电量", "null: never read", "kvarh"),
        Column(
            "beside_reactive_kwh",
            pl.Float64(),
            "同期有功电量",
            "of the days with reactive energy",
            "kWh",
        ),
        Column("actual_slots", pl.Int32(), "实抄点数"),
        Column("estimated_slots", pl.Int32(), "估算点数"),
        Column("expected_slots", pl.Int32(), "应采点数", "of all days from first_day to last_day"),
        Column(
            "features_version",
            pl.Int64(),
            "特征版本",
            "the newest profile_version among the month's daily_features",
        ),
        _RECEIVED_AT,
    ),
    key=("usage_point_id", "month"),
    sort_by=("usage_point_id",),
    partition_by=("month",),
)

PORTRAITS = Table(
    "portraits",
    "用户画像",
    "Derived: what is known of how a usage point uses electricity; docs in queries/customers.",
    (
        _USAGE_POINT,
        Column("month", pl.String(), "画像月份", "YYYY-MM: the last day it looks at lies in it"),
        _OF_CUSTOMER,
        Column("district_id", pl.String(), "地区", "outermost region; null: in none"),
        Column("customer_class", pl.String(), "用电类别"),
        Column("first_day", pl.Date(), "起始日期", "of the readings it rests on"),
        Column("last_day", pl.Date(), "截止日期"),
        Column("known_days", pl.Int32(), "有效天数"),
        Column("annual_kwh", pl.Float64(), "年电量", unit="kWh"),
        Column("daily_kwh", pl.Float64(), "日均电量", unit="kWh"),
        Column("base_kw", pl.Float64(), "基础负荷", unit="kW"),
        Column("peak_kw", pl.Float64(), "最大负荷", unit="kW"),
        Column("peak_at", UTC_INSTANT, "最大负荷时刻"),
        Column("load_factor_share", pl.Float64(), "负荷率", unit="0–1"),
        Column("coincidence_share", pl.Float64(), "高峰同时系数", unit="0–1"),
        Column("night_share", pl.Float64(), "夜间占比", "22–6", "0–1"),
        Column("morning_share", pl.Float64(), "上午占比", "6–11", "0–1"),
        Column("midday_share", pl.Float64(), "午间占比", "11–17", "0–1"),
        Column("evening_share", pl.Float64(), "晚间占比", "17–22", "0–1"),
        Column("weekend_share", pl.Float64(), "休息日占比", "of an ordinary week", "0–1"),
        Column("valley_share", pl.Float64(), "谷段占比", unit="0–1"),
        Column("peak_period_share", pl.Float64(), "峰段占比", unit="0–1"),
        Column("flexible_kwh_per_day", pl.Float64(), "可转移电量"),
        Column("regularity", pl.Float64(), "规律性", "correlation of days, up to 1"),
        Column("shape_entropy_bits", pl.Float64(), "日形态熵"),
        Column("seasonality_share", pl.Float64(), "季节性", unit="0–1"),
        Column("summer_ratio", pl.Float64(), "夏季比", "to spring and autumn"),
        Column("winter_ratio", pl.Float64(), "冬季比", "to spring and autumn"),
        Column("exported_kwh", pl.Float64(), "上网电量", unit="kWh"),
        Column("actual_share", pl.Float64(), "实抄率", unit="0–1"),
        Column("estimated_share", pl.Float64(), "估算率", unit="0–1"),
        Column("capacity_kva", pl.Float64(), "运行容量", unit="kVA"),
        Column("capacity_use_share", pl.Float64(), "容量利用率", "may be above 1", "0–1"),
        Column("demand_use_share", pl.Float64(), "需量利用率", "may be above 1", "0–1"),
        Column("power_factor", pl.Float64(), "功率因数"),
        Column("fitted_on", pl.Date(), "拟合日期", "last day the columns below look at"),
        Column("longest_gap_days", pl.Int32(), "最长缺数天数", unit="d"),
        Column("trend_share_per_year", pl.Float64(), "年趋势"),
        Column("trend_error_share", pl.Float64(), "趋势标准误", unit="0–1"),
        Column("trend_basis", pl.String(), "趋势口径"),
        Column("holiday_ratio", pl.Float64(), "节假日比"),
        Column("festival_ratio", pl.Float64(), "春节比"),
        Column("festival_status", pl.String(), "春节状态", "vacant, returning, usual"),
        Column("response_status", pl.String(), "温度响应", "fitted, or why not"),
        Column("response_model", pl.String(), "响应形式", "none, heating, cooling, both"),
        Column(
            "response_base_kwh",
            pl.Float64(),
            "基准日电量",
            "of an ordinary workday without heating and cooling",
            "kWh",
        ),
        Column("heating_below_c", pl.Float64(), "采暖变点", unit="°C"),
        Column("heating_below_error_c", pl.Float64(), "采暖变点标准误", unit="°C"),
        Column("heating_kwh_per_k", pl.Float64(), "采暖斜率"),
        Column("heating_error_kwh_per_k", pl.Float64(), "采暖斜率标准误"),
        Column("heating_share", pl.Float64(), "采暖电量占比", unit="0–1"),
        Column("cooling_above_c", pl.Float64(), "制冷变点", unit="°C"),
        Column("cooling_above_error_c", pl.Float64(), "制冷变点标准误", unit="°C"),
        Column("cooling_kwh_per_k", pl.Float64(), "制冷斜率"),
        Column("cooling_error_kwh_per_k", pl.Float64(), "制冷斜率标准误"),
        Column("cooling_share", pl.Float64(), "制冷电量占比", unit="0–1"),
        Column("response_r_squared", pl.Float64(), "拟合优度"),
        Column("heating_likelihood", pl.Float64(), "电采暖可能性"),
        Column("vehicle_likelihood", pl.Float64(), "充电桩可能性"),
        Column("charging_blocks_per_month", pl.Float64(), "月充电次数"),
        Column("charging_kw", pl.Float64(), "充电功率", unit="kW"),
        Column("solar_likelihood", pl.Float64(), "光伏可能性"),
        Column("solar_dip_share", pl.Float64(), "晴午低谷占比", "of 20 sunny days in a row", "0–1"),
        Column("lake_sequence", pl.Int64(), "数据湖版本", "it was worked out from"),
        _RECEIVED_AT,
    ),
    key=("usage_point_id", "month"),
    sort_by=("usage_point_id",),
    partition_by=("month",),
)

PORTRAIT_PEERS = Table(
    "portrait_peers",
    "同类画像",
    "Derived: quartiles of a feature among the customers of a class in a district, ten or more.",
    (
        Column("region_id", pl.String(), "地区", "the district's outermost region"),
        Column("customer_class", pl.String(), "用电类别"),
        Column("month", pl.String(), "画像月份"),
        Column("feature", pl.String(), "特征", "a column of portraits"),
        Column("usage_points", pl.Int32(), "计量点数", "of which the feature is known"),
        Column("low_quartile", pl.Float64(), "下四分位", "in the unit of the feature"),
        Column("median", pl.Float64(), "中位数", "likewise"),
        Column("high_quartile", pl.Float64(), "上四分位", "likewise"),
        _RECEIVED_AT,
    ),
    key=("region_id", "customer_class", "month", "feature"),
    sort_by=("region_id", "customer_class", "feature"),
    partition_by=("month",),
)

PORTRAIT_MONEY = Table(
    "portrait_money",
    "用户费用画像",
    "Derived: what an account pays, could save and will pay; docs in queries/customers.",
    (
        Column("customer_id", pl.String(), "户号"),
        Column("month", pl.String(), "画像月份", "YYYY-MM: the last day it looks at lies in it"),
        Column("district_id", pl.String(), "地区", "outermost region"),
        Column("customer_class", pl.String(), "用电类别"),
        Column("last_day", pl.Date(), "截止日期", "whole months up to it; payments up to it"),
        Column("usage_points", pl.Int32(), "计量点数", "that are billed"),
        Column("tariff_code", pl.String(), "电价", "of the usage point that uses most"),
        Column("is_assumed", pl.Boolean(), "按默认电价", "no agreement: usual of its class"),
        Column(
            "has_other_terms",
            pl.Boolean(),
            "另有计费条款",
            "losses, a split or a deduction, which are not in the amounts here",
        ),
        Column("has_own_contract", pl.Boolean(), "合同电价", "its prices are not in the lake"),
        Column("bill_months", pl.Int16(), "计费月数", "of the last twelve whole months"),
        Column("energy_kwh", pl.Float64(), "计费电量", "of these months", "kWh"),
        Column("bill_cny", pl.Decimal(18, 2), "近12月电费", "of these months", "CNY"),
        Column("price_cny_per_kwh", pl.Float64(), "平均电价", "of energy taken", "CNY/kWh"),
        Column("basic_charge_cny", pl.Decimal(18, 2), "其中基本电费", unit="CNY"),
        Column("power_factor_cny", pl.Decimal(18, 2), "其中力调电费", "below 0: reward", "CNY"),
        Column("fed_in_cny", pl.Decimal(18, 2), "其中上网电费", "below 0: credit", "CNY"),
        Column("readings_share", pl.Float64(), "读数完整率", "of these months", "0–1"),
        Column("bill_why", pl.String(), "无电费原因", "no_tariff, few_readings"),
        Column("choice_policy", pl.String(), "最优选择依据", "a published rule, no package"),
        Column("choice_tariff_code", pl.String(), "最优电价"),
        Column("choice_basic_charge", pl.String(), "最优基本电费方式"),
        Column("choice_has_time_of_use", pl.Boolean(), "最优选择是否分时"),
        Column("choice_saving_cny", pl.Decimal(18, 2), "最优选择年节省", unit="CNY"),
        Column(
            "package_saving_cny",
            pl.Decimal(18, 2),
            "售电套餐年节省",
            "by the best retailer's package, below 0: dearer; null: none is open",
            "CNY",
        ),
        Column("choice_why", pl.String(), "无选择原因", "nothing_to_choose, few_readings, too_new"),
        Column("next_year_cny", pl.Float64(), "未来12月收入", "expected", "CNY"),
        Column("next_year_low_cny", pl.Float64(), "收入下限", "10 of 100 lie below", "CNY"),
        Column("next_year_high_cny", pl.Float64(), "收入上限", "10 of 100 lie above", "CNY"),
        Column("growth_share", pl.Float64(), "预计增长", "of next_year_cny over the last twelve"),
        Column("next_year_basis", pl.String(), "收入口径", "two_years, one_year"),
        Column("next_year_why", pl.String(), "无收入预计原因", "too_new, few_readings, no_tariff"),
        Column("late_probability_share", pl.Float64(), "欠费概率", "of the next bill", "0–1"),
        Column("expected_late_cny", pl.Float64(), "预期迟缴额", unit="CNY"),
        Column("bills_before", pl.Int64(), "已判定账单数"),
        Column("late_why", pl.String(), "无概率原因", "as in customers/arrears_risk"),
        Column("on_time_share", pl.Float64(), "按时缴费率", unit="0–1"),
        Column("overdue_cny", pl.Decimal(18, 2), "逾期金额", unit="CNY"),
        Column("bills_basis", pl.String(), "费用依据", "hash of what the amounts rest on"),
        Column("payments_basis", pl.String(), "缴费依据", "hash of what the payments rest on"),
        _RECEIVED_AT,
    ),
    key=("customer_id", "month"),
    sort_by=("customer_id",),
    partition_by=("month",),
)

ADVICES = Table(
    "advices",
    "节能建议",
    "Derived: every kind of saving advice for a usage point, billed; docs in customers/advice.",
    (
        _USAGE_POINT,
        Column("month", pl.String(), "月份", "YYYY-MM, the last that is billed"),
        Column("kind", pl.String(), "建议种类", "one of advice_assessed.KINDS"),
        _OF_CUSTOMER,
        Column("district_id", pl.String(), "地区", "outermost region"),
        Column("customer_class", pl.String(), "用电类别"),
        Column("first_day", pl.Date(), "起始日期", "of the months billed, included"),
        Column("last_day", pl.Date(), "截止日期", "included"),
        Column("status", pl.String(), "结论", "advised, or why not"),
        Column("reason", pl.String(), "原因", "code of why nothing is advised"),
        Column("saving_kwh", pl.Float64(), "少用电量", "below 0: more is taken", "kWh"),
        Column("saving_low_kwh", pl.Float64(), "少用电量下限", "95 %; null: no interval", "kWh"),
        Column("saving_high_kwh", pl.Float64(), "少用电量上限", "likewise", "kWh"),
        Column("before_cny", pl.Decimal(18, 2), "照旧电费", "of the months", "CNY"),
        Column("after_cny", pl.Decimal(18, 2), "照做电费", unit="CNY"),
        Column("saving_cny", pl.Decimal(18, 2), "可省电费", unit="CNY"),
        Column("cost_cny", pl.Int64(), "投入", "once; null: nothing to buy", "CNY"),
        Column("payback_years", pl.Float64(), "回本年数"),
        Column("confidence", pl.String(), "把握", "high, medium, low"),
        Column("figures", pl.String(), "数值", "JSON of what its sentences name"),
        Column(
            "features_version",
            pl.Int64(),
            "特征版本",
            "the newest profile_version among the days it rests on",
        ),
        Column("terms_hash", pl.String(), "合同摘要", "of the agreement and all tariffs"),
        _RECEIVED_AT,
    ),
    key=("usage_point_id", "month", "kind"),
    sort_by=("usage_point_id", "kind"),
    partition_by=("month",),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ENERGY_PROFILES,
        ENERGY_PROFILES_ALTERNATE,
        ENERGY_PROFILES_SUPERSEDED,
        MEASUREMENT_PROFILES,
        REGISTER_PROFILES,
        REGISTER_READINGS,
        METER_EVENTS,
        DEVICE_CLOCKS,
        TERMINAL_COUNTS,
        PAYMENTS,
        PLANNED_OUTAGES,
        CONTRACT_APPLICATIONS,
        WEATHER,
        ECONOMY,
        FORECASTS,
        FORECAST_DRIVERS,
        FORECAST_SCORES,
        METER_FORECASTS,
        RAW,
        BATCHES,
        QUARANTINE,
        FINDINGS,
        ESTIMATIONS,
        *REFERENCE_TABLES,
        DAILY_TOTALS,
        DAILY_FEATURES,
        COMPLETENESS,
        LOAD_CUBES,
        PORTRAIT_MONTHS,
        PORTRAITS,
        PORTRAIT_PEERS,
        PORTRAIT_MONEY,
        ADVICES,
    )
}
"""Every table of the lake by name."""
