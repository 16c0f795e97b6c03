"""Tables of what load is held against: weather, economy, payments, outages, applications."""

import polars as pl

from queries.tables.columns import BATCH, RECEIVED_AT
from queries.tables.table import UTC_INSTANT, Column, Table

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
        BATCH,
        RECEIVED_AT,
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
        BATCH,
        RECEIVED_AT,
    ),
    key=("region_id", "series", "period_start"),
    sort_by=("region_id", "series", "period_start"),
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
        BATCH,
        RECEIVED_AT,
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
        BATCH,
        RECEIVED_AT,
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
        BATCH,
        RECEIVED_AT,
    ),
    key=("application_id",),
    sort_by=("applied_on", "application_id"),
)
