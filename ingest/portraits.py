"""Portraits of all customers, kept in the lake: a new day costs the month it lies in.

Months of sums (``portrait_months``) are worked out again where days have changed, portraits from
those sums every time, and what needs two years of days (response to the weather, growth,
likelihoods) once a month.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import publish, replace_all_of, upsert, writing
from queries.area import NO_REGION
from queries.customers.portrait_likelihoods import LIKELY, equipment_rows, likely_rows
from queries.customers.portrait_likelihoods import READS as LIKELY_READS
from queries.customers.portrait_month_rows import READS as MONTH_READS
from queries.customers.portrait_month_rows import month_rows
from queries.customers.portrait_peer_rows import peer_rows
from queries.customers.portrait_places import portrait_places
from queries.customers.portrait_rows import portrait_rows
from queries.customers.portrait_sums import window_months
from queries.customers.portrait_year import READS as YEAR_READS
from queries.customers.portrait_year import YEARLY, year_rows
from queries.home.districts import districts
from queries.lake import lake_version, open_lake
from queries.manifest import Manifest, files_of
from queries.schema import PORTRAIT_MONTHS, PORTRAIT_PEERS, PORTRAITS, Table
from queries.scope import EVERYTHING
from queries.settings import Settings

_READS = (
    "portrait_months",
    "portraits",
    "completeness",
    *MONTH_READS,
    *YEAR_READS,
    *LIKELY_READS,
)
_SLOW = (*YEARLY, *LIKELY)
_AT_ONCE = 2  # months; each holds 300 MB of 10,000 usage points
_TABLES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which portraits are to be made.

    Attributes:
        districts: Their ids; None: every district.
        last_day: The last day whose readings may be looked at; None: the last there is.
        fits: Whether to work out again what is worked out once a month.
    """

    districts: tuple[str, ...] | None = None
    last_day: date | None = None
    fits: bool = False


@dataclass(slots=True)
class Made:
    """What a run made.

    Attributes:
        usage_points: How many portraits.
        months: How many months of sums were worked out again.
        fitted: How many portraits had their slow part worked out.
    """

    usage_points: int = 0
    months: int = 0
    fitted: int = 0


Told = Callable[[int, int], None]
Opened = Callable[[], DuckDBPyConnection]


def make_portraits(
    settings: Settings, wanted: Wanted | None = None, *, progress: Told | None = None
) -> Made:
    """Bring the portraits of every usage point up to date.

    Args:
        settings: Where the lake is.
        wanted: Which; None: all, as of the last day read in each district.
        progress: Told how many steps are done, and of how many.
    """
    wanted = wanted or Wanted()
    manifest = lake_version(settings)
    made = Made()
    reads = tuple(dict.fromkeys(_READS))
    opened = partial(open_lake, settings, EVERYTHING, reads=reads, manifest=manifest)
    with closing(opened()) as lake:
        asked = _asked(lake, wanted)
        months = _months(lake, {day for _, day in asked}, wanted.last_day, made, progress, opened)
        fresh = months.filter("is_fresh").drop("is_fresh")
        places = portrait_places(lake)
        made_rows = [
            _of_district(lake, months.drop("is_fresh"), places, one, wanted, made, opened)
            for one in asked
        ]
    rows = pl.concat([PORTRAITS.schema.to_frame().drop(_STAMP), *made_rows])
    _keep(settings, manifest, fresh, rows)
    return made


_STAMP = ("lake_sequence", "received_at")


def _asked(lake: DuckDBPyConnection, wanted: Wanted) -> list[tuple[str, date]]:
    """Districts with the day as of which they are portrayed."""
    found = []
    for row in districts(lake).iter_rows(named=True):
        last_day = min(wanted.last_day or row["last_day"], row["last_day"])
        chosen = wanted.districts is None or row["district_id"] in wanted.districts
        if chosen and last_day >= row["first_day"]:
            found.append((row["district_id"], last_day))
    return found


def _months(  # noqa: PLR0913, PLR0917 - what is there, what is wanted, whom to tell
    lake: DuckDBPyConnection,
    last_days: set[date],
    last_day: date | None,
    made: Made,
    progress: Told | None,
    open_another: Opened,
) -> pl.DataFrame:
    """The rows of every month needed, with ``is_fresh`` where they were worked out again."""
    needed = sorted({month for day in last_days for month in window_months(day)})
    due = _due(lake, needed, last_day)
    stamp = pl.lit(datetime.now(UTC)).cast(PORTRAIT_MONTHS.schema["received_at"])

    def worked_out(month: str, end: date) -> pl.DataFrame:
        with closing(open_another()) as own, closing(open_another()) as other:
            rows = month_rows(month, end, own, other).with_columns(stamp.alias("received_at"))
        return rows.select(PORTRAIT_MONTHS.names)

    fresh = []
    # While one month is read, another is added up: neither keeps two cores busy.
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        begun = beside.map(worked_out, *zip(*due, strict=True)) if due else ()
        others = sorted(set(needed) - {month for month, _ in due})
        held = lake.sql(
            "select * from portrait_months where month in (select unnest($others))",
            params={"others": others},
        ).pl()
        for rows in begun:
            fresh.append(rows)
            if progress:
                progress(len(fresh), len(due))
    made.months = len(due)
    return pl.concat(
        [
            held.select(PORTRAIT_MONTHS.names).with_columns(is_fresh=pl.lit(value=False)),
            *(rows.with_columns(is_fresh=pl.lit(value=True)) for rows in fresh),
        ]
    )


def _due(
    lake: DuckDBPyConnection, needed: list[str], last_day: date | None
) -> list[tuple[str, date]]:
    """Months whose days, or whose last day looked at, differ from what their sums rest on."""
    there = lake.sql(
        "select service_month as month, max(profile_version) as version, max(service_date) as day "
        "from daily_features where service_month in (select unnest($months)) "
        "and (channel = 'import' or starts_with(channel, 'import.')) group by all order by all",
        params={"months": needed},
    ).pl()
    held = lake.sql(
        "select month, max(features_version) as features_version, max(last_day) as held_day "
        "from portrait_months group by month order by month"
    ).pl()
    latest = last_day or date.max
    due = there.join(held, on="month", how="left").with_columns(
        pl.min_horizontal("day", pl.lit(latest)).alias("end")
    )
    is_due = (
        pl.col("features_version").is_null()
        | (pl.col("features_version") < pl.col("version"))
        | (pl.col("held_day") != pl.col("end"))
    )
    is_there = pl.col("end") >= (pl.col("month") + "-01").str.to_date()
    return due.filter(is_due & is_there).select("month", "end").sort("month").rows()


def _of_district(  # noqa: PLR0913, PLR0917 - what a district's portraits rest on
    lake: DuckDBPyConnection,
    months: pl.DataFrame,
    places: pl.DataFrame,
    asked: tuple[str, date],
    wanted: Wanted,
    made: Made,
    open_another: Opened,
) -> pl.DataFrame:
    district_id, last_day = asked
    district = pl.col("district_id").fill_null(NO_REGION)
    of_district = months.join(
        places.select("usage_point_id", "district_id"), on="usage_point_id", how="left"
    ).filter(district == district_id)
    rows = portrait_rows(of_district.drop("district_id"), places, last_day, lake)
    stored = lake.table("portraits").pl().filter(pl.col("month") == f"{last_day:%Y-%m}")
    slow = stored.filter(pl.col("fitted_on") <= last_day).select("usage_point_id", *_SLOW)
    if wanted.fits or rows.join(slow, on="usage_point_id", how="semi").is_empty():
        slow = _slow(lake, rows, places, asked, open_another)
        made.fitted += slow.height
    made.usage_points += rows.height
    whole = rows.join(slow, on="usage_point_id", how="left")
    kept = [name for name in PORTRAITS.names if name not in _STAMP]
    return whole.select(kept).cast({name: PORTRAITS.schema[name] for name in kept})


def _slow(
    lake: DuckDBPyConnection,
    rows: pl.DataFrame,
    places: pl.DataFrame,
    asked: tuple[str, date],
    open_another: Opened,
) -> pl.DataFrame:
    district_id, last_day = asked
    began = rows.join(places.select("usage_point_id", "since"), on="usage_point_id", how="left")
    # Vehicles are looked for in quarter hours, which takes as long as all else: beside it.
    with closing(open_another()) as other, ThreadPoolExecutor(1) as beside:
        equipment = beside.submit(equipment_rows, district_id, last_day, other)
        of_year = year_rows(began, district_id, last_day, lake)
        judged = rows.join(of_year, on="usage_point_id", how="inner")
        likely = likely_rows(judged, equipment.result())
    return of_year.join(likely, on="usage_point_id", how="left").select("usage_point_id", *_SLOW)


def _keep(settings: Settings, manifest: Manifest, months: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Put months, portraits and their peers in the place of the earlier ones, all at once."""
    now = datetime.now(UTC)
    portraits = _stamped(PORTRAITS, rows, now, lake_sequence=manifest.sequence)
    peers = _stamped(PORTRAIT_PEERS, peer_rows(rows), now)
    of_months = months.select("month").unique()
    of_regions = peers.select("month", "region_id").unique()
    # Tables are files of their own: each is written beside the others.
    with writing(settings) as writer, ThreadPoolExecutor(_TABLES) as beside:
        steps = [
            beside.submit(replace_all_of, writer, PORTRAIT_MONTHS, months, of_months),
            beside.submit(upsert, writer, PORTRAITS, portraits),
            beside.submit(replace_all_of, writer, PORTRAIT_PEERS, peers, of_regions),
        ]
        for step in steps:
            step.result()
        publish(writer)


def _stamped(table: Table, rows: pl.DataFrame, now: datetime, **values: object) -> pl.DataFrame:
    values |= {"received_at": now}
    return rows.with_columns(
        pl.lit(value).cast(table.schema[name]).alias(name) for name, value in values.items()
    ).select(table.names)


def has_portraits(settings: Settings) -> bool:
    """Whether the lake holds any portrait."""
    return bool(files_of(settings.lake_uri, lake_version(settings), PORTRAITS.name))
