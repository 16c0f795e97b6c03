"""Register curves (示值曲线) in the lake, and the energy of the days they tell of."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ingest.lake import Writer, append, read_box, read_keys, scan_table, upsert
from ingest.merge import Arrival, Merged, choose_interval, merge, row_key
from ingest.register_energy import COUNTS_PER_KWH, READINGS_AT, register_energy
from queries.local_time import standard_offset
from queries.schema import METERS, REGISTER_PROFILES, REGISTER_READINGS

DAYS = ["usage_point_id", "channel", "service_date"]
_A_DAY = timedelta(days=1)
_MONTH = pl.col("service_date").dt.strftime("%Y-%m").alias("service_month")


def store_points(
    writer: Writer, incoming: pl.DataFrame, arrival: Arrival
) -> tuple[Merged, pl.DataFrame]:
    """Merge register curves (``ingest.batch.POINTS_READ``) by slot.

    Returns:
        What the merge did, and the DAYS whose energy may have changed: a reading at midnight ends
        the day before as well.
    """
    table = REGISTER_PROFILES
    days = incoming.select(*table.key, _MONTH).unique()
    held = read_keys(writer, table, days)
    merged = merge(table, held, incoming, arrival)
    touched = pl.concat([merged.added, merged.changed])
    if not touched.is_empty():
        beside = held.join(touched, on=row_key(table), how="anti").join(
            touched, on=list(table.key), how="semi"
        )
        shown, _ = choose_interval(pl.concat([touched, beside]), table)
        is_new = shown.join(held, on=list(table.key), how="anti")
        upsert(writer, table, shown.join(held, on=list(table.key), how="semi"))
        append(writer, table, is_new)
    return merged, with_the_day_before(touched.select(DAYS))


def with_the_day_before(days: pl.DataFrame) -> pl.DataFrame:
    """The days, and those that end where they begin."""
    return pl.concat([days, days.with_columns(pl.col("service_date") - _A_DAY)]).unique()


def energy_of_points(writer: Writer, days: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Day profiles of energy of these DAYS, from the registers that the lake holds."""
    wanted = pl.concat([days, days.with_columns(pl.col("service_date") + _A_DAY)]).unique()
    points = read_box(writer, REGISTER_PROFILES, wanted.with_columns(_MONTH))
    points = points.join(wanted, on=DAYS, how="semi")
    if points.is_empty():
        return register_energy(points, READINGS_AT.to_frame(), METERS.schema.to_frame(), days)
    meters = scan_table(writer, METERS).filter(pl.col("known_until").is_null()).collect()
    return register_energy(points, _readings(writer, wanted, zone), meters, days)


def _readings(writer: Writer, days: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """READINGS_AT of total registers; one of midnight belongs to the day it ends and the next."""
    around = with_the_day_before(days).with_columns(_MONTH)
    rows = read_box(writer, REGISTER_READINGS, around).filter(
        (pl.col("register") == "total") & pl.col("reading_kwh").is_not_null()
    )
    if rows.is_empty():
        return READINGS_AT.to_frame()
    years = rows["read_at"].dt.year().unique().to_list()
    offsets = {year: standard_offset(zone, year) for year in years}
    at = pl.col("read_at") + pl.col("read_at").dt.year().replace_strict(
        offsets, return_dtype=pl.Duration("us")
    )
    local = rows.with_columns(at.dt.replace_time_zone(None).alias("local")).with_columns(
        pl.col("local").dt.date().alias("service_date"),
        ((pl.col("local") - pl.col("local").dt.truncate("1d")).dt.total_seconds() / 60).alias(
            "minute"
        ),
        (pl.col("reading_kwh").cast(pl.Float64) * COUNTS_PER_KWH)
        .round()
        .cast(pl.Int64)
        .alias("counts"),
    )
    ends = local.filter(pl.col("minute") == 0).with_columns(
        pl.col("service_date") - _A_DAY, pl.lit(24.0 * 60).alias("minute")
    )
    return pl.concat([local, ends]).select(READINGS_AT.names()).cast(READINGS_AT)
