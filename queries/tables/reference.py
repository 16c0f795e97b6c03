"""Tables of places, grid, customers, meters and contracts."""

import polars as pl

from queries.tables.columns import NAMES, PLACE, USAGE_POINT, VALIDITY
from queries.tables.table import Column, Table

REGIONS = Table(
    "regions",
    "区域",
    "Supply areas, nested.",
    (
        Column("region_id", pl.String(), "区域编号"),
        *NAMES,
        Column("parent_region_id", pl.String(), "上级区域"),
        Column("is_simulated", pl.Boolean(), "是否仿真"),
        *VALIDITY,
    ),
    key=("region_id",),
)

SUBSTATIONS = Table(
    "substations",
    "变电站",
    "High- to medium-voltage substations.",
    (
        Column("substation_id", pl.String(), "变电站编号"),
        *NAMES,
        Column("region_id", pl.String(), "区域"),
        *PLACE,
        *VALIDITY,
    ),
    key=("substation_id",),
)

FEEDERS = Table(
    "feeders",
    "线路",
    "Medium-voltage feeders.",
    (
        Column("feeder_id", pl.String(), "线路编号"),
        *NAMES,
        Column("substation_id", pl.String(), "变电站"),
        Column("voltage_kv", pl.Float64(), "电压等级", unit="kV"),
        *VALIDITY,
    ),
    key=("feeder_id",),
)

TRANSFORMERS = Table(
    "transformers",
    "台区",
    "Distribution transformers and the areas they supply.",
    (
        Column("transformer_id", pl.String(), "台区编号"),
        *NAMES,
        Column("feeder_id", pl.String(), "线路"),
        Column("rated_capacity_kva", pl.Float64(), "额定容量", unit="kVA"),
        Column(
            "transformer_meter_id", pl.String(), "台区总表", "usage point of the transformer meter"
        ),
        *PLACE,
        *VALIDITY,
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
        *PLACE,
        *VALIDITY,
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
        *VALIDITY,
    ),
    key=("customer_id",),
)

USAGE_POINTS = Table(
    "usage_points",
    "计量点",
    "Where energy is metered: who, where on the grid, under which price class.",
    (
        USAGE_POINT,
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
        *PLACE,
        *VALIDITY,
    ),
    key=("usage_point_id",),
)

METERS = Table(
    "meters",
    "电能表",
    "Which meter measured a usage point when, with its ratios.",
    (
        Column("meter_id", pl.String(), "电能表编号"),
        USAGE_POINT,
        Column("interval_minutes", pl.Int16(), "曲线间隔", unit="min"),
        Column("current_ratio", pl.Float64(), "电流互感器变比"),
        Column("voltage_ratio", pl.Float64(), "电压互感器变比"),
        Column("register_digits", pl.Int16(), "示数整数位"),
        *VALIDITY,
    ),
    key=("meter_id",),
)

AGREEMENTS = Table(
    "agreements",
    "供用电合同",
    "Which tariff holds for a usage point.",
    (
        Column("agreement_id", pl.String(), "合同编号"),
        USAGE_POINT,
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
        *VALIDITY,
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
