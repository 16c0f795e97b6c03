"""Saving advice for everybody, kept in the lake: who has something new, or a new month, is billed.

Every usage point that is billed, was read, and has had the same customer for all of the months: of
who moved in since, part of the readings are another's.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import publish, upsert, writing
from queries.customers.advice_rows import AT_ONCE, advice_rows, what_it_rests_on
from queries.customers.advice_rows import READS as ROW_READS
from queries.customers.portrait_places import READS as PLACE_READS
from queries.customers.portrait_places import portrait_places
from queries.home.districts import READS as DISTRICT_READS
from queries.home.districts import districts
from queries.lake import lake_version, open_lake
from queries.manifest import files_of
from queries.periods import usual_year, whole_months
from queries.schema import ADVICES
from queries.scope import EVERYTHING
from queries.settings import Settings

_READS = tuple(dict.fromkeys((*ROW_READS, *PLACE_READS, *DISTRICT_READS, "advices")))
_KEPT_TOGETHER = 10
"""So many times AT_ONCE usage points are published at a time: a killed run goes on from there."""
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which advice is to be worked out.

    Attributes:
        districts: Their ids; None: every district.
        last_day: The last day whose readings may be looked at; None: the last there is.
        again: Also where nothing it rests on has changed.
    """

    districts: tuple[str, ...] | None = None
    last_day: date | None = None
    again: bool = False


@dataclass(slots=True)
class Made:
    """What a run made.

    Attributes:
        usage_points: How many were advised.
        unchanged: How many had nothing new.
        moved: How many have had another customer in these months.
    """

    usage_points: int = 0
    unchanged: int = 0
    moved: int = 0


def make_advices(
    settings: Settings, wanted: Wanted | None = None, *, progress: Told | None = None
) -> Made:
    """Bring the advice of every usage point up to date.

    Args:
        settings: Where the lake is.
        wanted: Which; None: all, of the last year of whole months in each district.
        progress: Told how many usage points are done, and of how many.
    """
    wanted, made = wanted or Wanted(), Made()
    opened = open_lake(settings, EVERYTHING, reads=_READS, manifest=lake_version(settings))
    with closing(opened) as lake:
        asked = [
            (district, *days, _due(district, days, lake, wanted, made))
            for district, days in _spans(lake, wanted)
        ]
        total, done = sum(one[-1].height for one in asked), 0
        for district, first_day, last_day, due in asked:
            rows: list[pl.DataFrame] = []
            for block in advice_rows(due, first_day, last_day, lake, region_id=district):
                rows.append(block)
                done = min(done + AT_ONCE, total)
                if progress:
                    progress(done, total)
                if len(rows) == _KEPT_TOGETHER:
                    _keep(settings, rows)
                    rows = []
            _keep(settings, rows)
            made.usage_points += due.height
    return made


def has_advices(settings: Settings) -> bool:
    """Whether the lake holds any advice."""
    return bool(files_of(settings.lake_uri, lake_version(settings), ADVICES.name))


def _spans(lake: DuckDBPyConnection, wanted: Wanted) -> list[tuple[str, tuple[date, date]]]:
    """Districts with the first and last day that are billed."""
    found = []
    for row in districts(lake).iter_rows(named=True):
        last_day = min(wanted.last_day or row["last_day"], row["last_day"])
        is_chosen = wanted.districts is None or row["district_id"] in wanted.districts
        if not is_chosen or last_day < row["first_day"]:
            continue
        months = whole_months(row["first_day"], last_day)
        if months:
            found.append((row["district_id"], usual_year(months)))
    return found


def _due(
    district: str, days: tuple[date, date], lake: DuckDBPyConnection, wanted: Wanted, made: Made
) -> pl.DataFrame:
    """What is to be worked out: whoever has new readings, other terms, or a new month."""
    first_day, last_day = days
    rests_on = what_it_rests_on(first_day, last_day, lake, region_id=district)
    since = portrait_places(lake).select("usage_point_id", "since")
    stayed = since.filter(pl.col("since").is_null() | (pl.col("since") <= first_day))
    there = rests_on.join(stayed, on="usage_point_id", how="semi", maintain_order="left")
    made.moved += rests_on.height - there.height
    if wanted.again:
        return there
    held = (
        lake.table("advices")
        .pl()
        .filter((pl.col("month") == f"{last_day:%Y-%m}") & (pl.col("last_day") == last_day))
        .select("usage_point_id", "features_version", "terms_hash")
        .unique()
    )
    due = there.join(
        held,
        on=["usage_point_id", "features_version", "terms_hash"],
        how="anti",
        nulls_equal=True,
        maintain_order="left",
    )
    made.unchanged += there.height - due.height
    return due


def _keep(settings: Settings, rows: list[pl.DataFrame]) -> None:
    """Put advice in the place of the earlier of the same month."""
    if not rows:
        return
    stamp = pl.lit(datetime.now(UTC)).cast(ADVICES.schema["received_at"])
    kept = pl.concat(rows).with_columns(received_at=stamp).select(ADVICES.names)
    with writing(settings) as writer:
        upsert(writer, ADVICES, kept)
        publish(writer)
