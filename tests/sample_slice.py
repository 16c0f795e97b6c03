"""Seven usage points of the committed sample, as small a lake as pages need."""

import shutil
from datetime import date

import polars as pl

from ingest.files import Options, ingest_file
from queries.settings import PROJECT, Settings
from tests.empty_lake import empty_lake


def slice_of_the_sample(settings: Settings) -> Settings:
    """Fill a lake with seven usage points, November and December 2016, in two regions.

    The transformer area LV1.401 is the region ``east`` in ``simbench``, which is all the rest.
    LV1.401-L001 has no readings on 10 December. The readings taken in are in ``slice.parquet``.
    """
    empty_lake(settings)
    source = PROJECT / "data" / "sample"
    chosen = [f"LV1.401-L00{n}" for n in (1, 2, 3)] + [f"LV2.401-L00{n}" for n in (1, 2)]
    is_chosen = pl.col("usage_point_id").is_in([*chosen, "LV2.401-L034", "MV4.101-G001"])
    is_silent = (pl.col("usage_point_id") == chosen[0]) & (
        pl.col("service_date") == date(2016, 12, 10)
    )
    regions = pl.read_csv(source / "regions.csv", infer_schema=False)
    east = regions.with_columns(
        region_id=pl.lit("east"),
        name=pl.lit("东区"),
        name_en=pl.lit("East"),
        parent_region_id=pl.lit("simbench"),
    )
    pl.concat([regions, east]).write_csv(settings.data / "regions.csv")
    points = pl.read_csv(source / "usage_points.csv", infer_schema=False).filter(is_chosen)
    is_east = pl.col("transformer_id").eq_missing("LV1.401")
    points.with_columns(
        region_id=pl.when(is_east).then(pl.lit("east")).otherwise("region_id")
    ).write_csv(settings.data / "usage_points.csv")
    for name in ("substations", "feeders", "transformers"):
        shutil.copy(source / f"{name}.csv", settings.data)
    customers = pl.read_csv(source / "customers.csv", infer_schema=False)
    customers.join(points, on="customer_id", how="semi").write_csv(settings.data / "customers.csv")
    for name in (
        "regions",
        "substations",
        "feeders",
        "transformers",
        "customers",
        "usage_points",
    ):
        ingest_file(settings, settings.data / f"{name}.csv", Options(master=True))
    pl.scan_parquet(source / "energy_profiles.parquet").filter(
        is_chosen & ~is_silent & (pl.col("service_date") >= date(2016, 11, 1))
    ).collect().write_parquet(settings.data / "slice.parquet")
    ingest_file(settings, settings.data / "slice.parquet")
    return settings
