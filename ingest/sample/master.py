"""The reference tables of the sample: who is metered, and where on the grid."""

from datetime import date

import polars as pl

from ingest.sample.grid import AREA
from ingest.sample.tables import REFERENCE_READ, reference_frame

REGION = "simbench"
FIRST_DAY = date(2016, 1, 1)

_KINDS = pl.DataFrame(
    # SimBench names its profiles after the German standard load profiles (H0, G0-G6, L0-L2).
    # Industry (GB/T 4754) only where the profile's meaning names one.
    [
        ("H0", "户", "Household", "residential", None),
        ("G0", "工商户", "Business", "commercial", None),
        ("G1", "办公", "Office", "commercial", None),
        ("G2", "夜间商户", "Evening business", "commercial", None),
        ("G3", "连续生产", "Plant", "industrial", None),
        ("G4", "商店", "Shop", "commercial", "52"),
        ("G5", "烘焙坊", "Bakery", "commercial", "14"),
        ("G6", "周末商户", "Weekend business", "commercial", None),
        ("L1", "养殖场", "Dairy farm", "agricultural", "03"),
        ("L2", "农场", "Farm", "agricultural", "01"),
        ("PV", "光伏电站", "Photovoltaic plant", "industrial", "4416"),
        ("WP", "风电场", "Wind farm", "industrial", "4415"),
        ("Hy", "水电站", "Hydro plant", "industrial", "4413"),
        ("BM", "生物质电站", "Biomass plant", "industrial", "4417"),
    ],
    schema=["kind", "zh", "en", "customer_class", "industry_code"],
    orient="row",
)


def reference_tables(
    points: pl.DataFrame, transformers: pl.DataFrame, substation: tuple[float, float]
) -> dict[str, pl.DataFrame]:
    """The reference tables (REFERENCE_READ) of what ``ingest.sample.grid`` read.

    Capacities: SimBench's apparent power of the load (of the unit where there is no load), rounded
    up to whole kVA, at medium voltage to 5 kVA. Values stand on the primary side: every ratio is 1.
    """
    customers = _customers(points)
    feeders = points.select("feeder").unique().sort("feeder")
    known = {
        "regions": pl.DataFrame(
            {
                "region_id": [REGION],
                "name": ["SimBench 样例区"],
                "name_en": ["SimBench sample area"],
                "is_simulated": [False],
            }
        ),
        "substations": pl.DataFrame(
            {
                "substation_id": [AREA],
                "name": [f"样例变电站 {AREA}"],
                "name_en": [f"Sample substation {AREA}"],
                "region_id": [REGION],
                "longitude": [substation[0]],
                "latitude": [substation[1]],
            }
        ),
        "feeders": feeders.select(
            feeder_id=_feeder_id(),
            name=pl.format("样例 {} 号线", "feeder"),
            name_en=pl.format("Sample feeder {}", "feeder"),
            substation_id=pl.lit(AREA),
            voltage_kv=pl.lit(20.0),
        ),
        "transformers": transformers.with_columns(
            feeder_id=_feeder_id(),
            name=pl.format("样例台区 {}", "transformer_id"),
            name_en=pl.format("Sample transformer area {}", "transformer_id"),
        ),
        "network_nodes": pl.DataFrame(schema=REFERENCE_READ["network_nodes"]),
        "customers": customers,
        "usage_points": customers,
        "meters": points.select(
            "usage_point_id",
            meter_id=pl.format("M-{}", "usage_point_id"),
            interval_minutes=15,
            current_ratio=1.0,
            voltage_ratio=1.0,
        ),
        "agreements": pl.DataFrame(schema=REFERENCE_READ["agreements"]),
    }
    return {
        name: reference_frame(name, frame.with_columns(valid_from=pl.lit(FIRST_DAY)))
        for name, frame in known.items()
    }


def _feeder_id() -> pl.Expr:
    return pl.format(f"{AREA}-F{{}}", "feeder")


def _customers(points: pl.DataFrame) -> pl.DataFrame:
    """One customer a usage point, with the columns of both tables."""
    profile = pl.coalesce("profile", "unit_profile")
    number = (pl.int_range(pl.len()).over(profile) + 1).cast(pl.String).str.zfill(3)
    step = pl.when(pl.col("transformer_id").is_null()).then(5.0).otherwise(1.0)
    capacity = (pl.coalesce("load_kva", "unit_kva") / step).ceil() * step
    return (
        points.with_columns(kind=profile.str.head(2), number=number, capacity=capacity)
        .join(_KINDS, on="kind", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            customer_id=pl.format("C-{}", "usage_point_id"),
            name=pl.format("{} {} {} / {} {} {}", "zh", profile, "number", "en", profile, "number"),
            address=pl.format("SimBench 样例区 / SimBench sample area, {}", "node"),
            feeder_id=_feeder_id(),
            region_id=pl.lit(REGION),
            phase=pl.lit("ABC"),
            contracted_capacity_kva="capacity",
            operating_capacity_kva="capacity",
            status=pl.lit("operating"),
        )
    )
