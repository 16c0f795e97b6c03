"""Forecasts of the days to come, kept in the lake: yesterday's can be held against today's truth.

Each run looks at what is known of a district when its first unread day begins, and adds: no stored
forecast is ever replaced. Of recent days that have none, what would have been forecast is added
too, marked by the time it was stored at.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context

import polars as pl
from duckdb import DuckDBPyConnection

from ingest.forecast_rows import driver_rows, forecast_rows, score_rows
from ingest.lake import append, publish, scan_table, writing
from queries.forecasting.foretell import Foretold, LastServed, Task, foretell
from queries.home.districts import districts
from queries.lake import lake_version, open_lake
from queries.manifest import files_of
from queries.schema import FORECAST_DRIVERS, FORECAST_SCORES, FORECASTS, Table
from queries.scope import EVERYTHING
from queries.series_loads import KINDS, Series, district_series
from queries.series_served import served_models
from queries.series_sums import added_up
from queries.series_tasks import MOST_HISTORY_DAYS, READS, Known, known_at_origin
from queries.settings import Settings

_READS = ("daily_totals", "completeness", "forecasts", *READS)
_ONE_OF = {
    FORECASTS.name: ("series_id", "issued_at", "service_date", "quantile"),
    FORECAST_DRIVERS.name: ("series_id", "issued_at", "service_date", "driver"),
    FORECAST_SCORES.name: ("series_id", "issued_at"),
}
"""Of these there is one, whatever model it is by."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forecast.

    Attributes:
        districts: Their ids; None: every district.
        kinds: Of series, see ``queries.series_loads.KINDS``.
        last_day: The last day whose readings may be looked at; None: the last there is.
        days: How many days ahead.
        interval_minutes: 15, 30 or 60.
        fits_trees: Without boosted trees it takes a third of the time and errs somewhat more.
        history_days: Of which it learns, at most.
    """

    districts: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = KINDS
    last_day: date | None = None
    days: int = 7
    interval_minutes: int = 60
    fits_trees: bool = True
    history_days: int = MOST_HISTORY_DAYS


@dataclass(slots=True)
class Stored:
    """What a run stored.

    Attributes:
        series: How many series were foretold.
        forecast_days: New days of forecasts, those made afterwards included.
        skipped: Why others were not, by series_id.
    """

    series: int = 0
    forecast_days: int = 0
    skipped: dict[str, str] = field(default_factory=dict)


def forecast(
    settings: Settings,
    wanted: Wanted | None = None,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Stored:
    """Foretell every series of the lake and keep what is new.

    Args:
        settings: Where the lake is, and how many large customers count.
        wanted: What; None: everything, a week ahead.
        workers: Processes.
        progress: Told how many series are done, and of how many.
    """
    wanted = wanted or Wanted()
    manifest = lake_version(settings)
    plans: list[tuple[list[Series], Known]] = []
    with closing(open_lake(settings, EVERYTHING, reads=_READS, manifest=manifest)) as lake:
        for row in districts(lake).iter_rows(named=True):
            if wanted.districts is not None and row["district_id"] not in wanted.districts:
                continue
            last_day = min(wanted.last_day or row["last_day"], row["last_day"])
            chosen = [
                series
                for series in district_series(
                    lake,
                    row["district_id"],
                    last_day=last_day,
                    customers=settings.forecast_customers,
                )
                if series.kind in wanted.kinds
            ]
            if chosen and last_day >= row["first_day"]:
                known = known_at_origin(
                    lake,
                    chosen,
                    first_day=max(row["first_day"], last_day - timedelta(days=wanted.history_days)),
                    last_day=last_day,
                    days=wanted.days,
                    interval_minutes=wanted.interval_minutes,
                    fits_trees=wanted.fits_trees,
                )
                plans.append((chosen, _going_on(lake, known)))
    tasks = [task for _, known in plans for task in known.tasks]
    found = {}
    for done, foretold in enumerate(_foretold(tasks, workers)):
        found[foretold.series_id] = foretold
        if progress:
            progress(done + 1, len(tasks))
    for chosen, known in plans:
        own = added_up(chosen, list(known.tasks), [found[s.series_id] for s in chosen])
        found |= {foretold.series_id: foretold for foretold in own}
    return _keep(settings, plans, found, manifest.sequence)


def _going_on(lake: DuckDBPyConnection, known: Known) -> Known:
    """The same, with the models that served last: who serves goes on until it is beaten."""
    last = {
        row.pop("series_id"): row
        for row in served_models(lake, known.origin_day).iter_rows(named=True)
    }
    tasks = tuple(
        replace(
            task,
            last_served=LastServed(
                row["served_day"], row["model"], row["served_since"], row["model_before"]
            ),
        )
        if (row := last.get(task.series_id))
        else task
        for task in known.tasks
    )
    return replace(known, tasks=tasks)


def _foretold(tasks: list[Task], workers: int) -> Iterator[Foretold]:
    if min(workers, len(tasks)) <= 1:
        yield from map(foretell, tasks)
        return
    # Not forked: a fork of a process with running threads may never wake up.
    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        yield from pool.map(foretell, tasks)


def _keep(
    settings: Settings,
    plans: list[tuple[list[Series], Known]],
    found: dict[str, Foretold],
    sequence: int,
) -> Stored:
    """Append what is not there yet, all of it in one publication."""
    stored = Stored()
    now = datetime.now(UTC)
    rows: dict[str, list[pl.DataFrame]] = {}
    for chosen, known in plans:
        for series, task in zip(chosen, known.tasks, strict=True):
            foretold = found[series.series_id]
            if foretold.ahead is None:
                stored.skipped[series.series_id] = foretold.why_not
                continue
            stored.series += 1
            made = {"lake_sequence": sequence, "received_at": now}
            for table, frame in (
                (FORECASTS, forecast_rows(series, known, task, foretold)),
                (FORECAST_DRIVERS, driver_rows(series, known, foretold)),
                (FORECAST_SCORES, score_rows(series, known, task, foretold)),
            ):
                whole = frame.with_columns(
                    pl.lit(value).cast(table.schema[name]).alias(name)
                    for name, value in made.items()
                )
                rows.setdefault(table.name, []).append(whole.select(table.names))
    with writing(settings) as writer:
        for table in (FORECASTS, FORECAST_DRIVERS, FORECAST_SCORES):
            if table.name not in rows:
                continue
            held = scan_table(writer, table).select(_ONE_OF[table.name]).collect()
            new = _not_there(table, pl.concat(rows[table.name]), held)
            append(writer, table, new)
            if table is FORECASTS:
                stored.forecast_days = new.select(
                    "series_id", "issued_at", "service_date"
                ).n_unique()
        publish(writer)
    return stored


def _not_there(table: Table, rows: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """The rows whose keys are new: a day foretold from its own beginning is not foretold again."""
    return rows.join(held, on=list(_ONE_OF[table.name]), how="anti")


def has_forecasts(settings: Settings) -> bool:
    """Whether the lake holds any forecast."""
    return bool(files_of(settings.lake_uri, lake_version(settings), FORECASTS.name))
