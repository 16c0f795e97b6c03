"""Forecasts of every meter: a week ahead from the last day read, and the recent days' day-aheads.

Ten thousand meters a day would soon outgrow their own readings: of the days after the first only
the last run's are kept, of first days those of a month.
"""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import Writer, append, publish, replace_all_of, scan_table, writing
from queries.forecasting.bands import QUANTILES
from queries.forecasting.day_ahead import LEAST_DAYS, TooShortError
from queries.forecasting.fleet import WARM_UP_DAYS, FleetForecast, fleet_forecast
from queries.forecasting.fleet_ahead import fleet_ahead
from queries.home.districts import districts
from queries.lake import lake_version, open_lake
from queries.meter_tasks import READS, KnownMeters, known_meters
from queries.schema import METER_FORECASTS, SLOTS
from queries.scope import EVERYTHING
from queries.settings import Settings

KEPT_DAYS = 30
"""First days of which the day-ahead forecast is kept, to be held against what came."""
AFTERWARDS_DAYS = 14
"""Recent days without a forecast get the one they would have had."""
_FIGURES = {"low_80": 0.1, "median": 0.5, "high_80": 0.9}
_DAY, _LATER = "day", "later"
_HOURLY = SLOTS[::4]
_Part = tuple[str, int, np.ndarray]
"""Horizon, row of the first day foretold, and loads (meters, days, hours, figures) [kW]."""


@dataclass(slots=True)
class StoredMeters:
    """What a run stored.

    Attributes:
        meters: How many were foretold.
        forecast_days: Days of them: meters × days, those made afterwards included.
        skipped: Why a district was not, by its id.
    """

    meters: int = 0
    forecast_days: int = 0
    skipped: dict[str, str] = field(default_factory=dict)


def forecast_meters(
    settings: Settings,
    *,
    only: tuple[str, ...] | None = None,
    last_day: date | None = None,
    days: int = 7,
) -> StoredMeters:
    """Foretell every meter of every district and keep what is new.

    Args:
        settings: Where the lake is.
        only: Ids of districts; None: all.
        last_day: The last day whose readings may be looked at; None: the last there is.
        days: How many days ahead.
    """
    stored = StoredMeters()
    manifest = lake_version(settings)
    reads = ("completeness", METER_FORECASTS.name, *READS)
    with closing(open_lake(settings, EVERYTHING, reads=reads, manifest=manifest)) as lake:
        for row in districts(lake).iter_rows(named=True):
            district = row["district_id"]
            if only is not None and district not in only:
                continue
            until = min(last_day or row["last_day"], row["last_day"])
            known = known_meters(lake, district, last_day=until, days=days)
            if known is None:
                stored.skipped[district] = "no meter was read"
                continue
            try:
                _foretell(settings, lake, district, known, days, manifest.sequence, stored)
            except TooShortError as error:
                stored.skipped[district] = str(error)
    return stored


def _foretell(  # noqa: PLR0913, PLR0917 - where from, of what, where to
    settings: Settings,
    lake: DuckDBPyConnection,
    district: str,
    known: KnownMeters,
    days: int,
    sequence: int,
    stored: StoredMeters,
) -> None:
    parts = _parts(known, _days_without(lake, district, known), days)
    made = {"region_id": district, "lake_sequence": sequence, "received_at": datetime.now(UTC)}
    with writing(settings) as writer:
        for horizon, row, quantiles in parts:
            rows = _rows(known, horizon, row, quantiles)
            whole = rows.with_columns(
                pl.lit(value).cast(METER_FORECASTS.schema[name]).alias(name)
                for name, value in made.items()
            )
            append(writer, METER_FORECASTS, whole.select(METER_FORECASTS.names))
            stored.forecast_days += rows.height // (len(_FIGURES) + 1)
        _drop_old(writer, district)
        publish(writer)
    stored.meters += len(known.usage_point_ids)


def _parts(known: KnownMeters, missing: list[int], days: int) -> list[_Part]:
    """The forecasts of the days ``missing``, and where the last one is among them of the week."""
    parts: list[_Part] = []
    if known.origin in missing:
        week = _figures(fleet_ahead(known.around, known.load_kw, known.origin, days))
        parts.append((_DAY, known.origin, week[:, :1]))
        if days > 1:
            parts.append((_LATER, known.origin, week[:, 1:]))
    recent = [row for row in missing if row < known.origin]
    if recent:
        first, last = recent[0], recent[-1]
        told = fleet_forecast(known.around, known.load_kw, first, last, with_quantiles=True)
        figures = _figures(told)
        parts += [(_DAY, row, figures[:, [row - first]]) for row in recent]
    return parts


def _figures(told: FleetForecast) -> np.ndarray:
    """(meters, days, hours, figures) [kW]: those of _FIGURES, and the mean."""
    if told.quantiles is None or told.expected is None:
        raise ValueError("a fleet's forecast without bands; ask for its quantiles.")
    levels = [QUANTILES.index(level) for level in _FIGURES.values()]
    return np.concatenate([told.quantiles[..., levels], told.expected[..., None]], axis=-1)


def _days_without(lake: DuckDBPyConnection, district: str, known: KnownMeters) -> list[int]:
    """Rows of the recent days, and of the first one ahead, of which no forecast is stored."""
    held = {
        (date.fromisoformat(day) - known.first_day).days
        for (day,) in lake.execute(
            "select distinct issue_date from meter_forecasts "
            "where region_id = $region and horizon = 'day'",
            {"region": district},
        ).fetchall()
    }
    first = min(known.origin, max(known.origin - AFTERWARDS_DAYS, LEAST_DAYS + WARM_UP_DAYS))
    return [row for row in range(first, known.origin + 1) if row not in held]


def _rows(known: KnownMeters, horizon: str, first: int, figures: np.ndarray) -> pl.DataFrame:
    """Rows of METER_FORECASTS; none of meters of which nothing is known."""
    names = (*_FIGURES, "mean")
    is_told = np.isfinite(figures).all(axis=(1, 2, 3))
    watts = np.rint(1000.0 * figures[is_told]).astype(np.int32)
    meters, days, hours, _ = watts.shape
    values = watts.transpose(0, 1, 3, 2).reshape(-1, hours)
    skipped = 0 if horizon == _DAY else 1
    issue_day = known.first_day + timedelta(days=first)
    points = np.array(known.usage_point_ids)[is_told]
    frame = pl.DataFrame(
        {
            "usage_point_id": np.repeat(points, days * len(names)),
            "lead_days": np.tile(np.repeat(np.arange(days) + 1 + skipped, len(names)), meters),
            "figure": np.tile(names, meters * days),
            **{name: values[:, at] for at, name in enumerate(_HOURLY)},
        }
    ).with_columns(
        horizon=pl.lit(horizon),
        issue_date=pl.lit(f"{issue_day}"),
        issued_at=pl.lit(known.issued_at - (known.origin_day - issue_day)),
        service_date=pl.lit(issue_day) + pl.duration(days=pl.col("lead_days") - 1),
        interval_minutes=pl.lit(60),
    )
    return frame.with_columns(
        pl.lit(None, METER_FORECASTS.schema[name]).alias(name)
        for name in METER_FORECASTS.names
        if name not in frame.columns
    ).cast(dict(METER_FORECASTS.schema))  # type: ignore[arg-type]


def _drop_old(writer: Writer, district: str) -> None:
    """Of the days after the first keep the newest issue's, of first days the last KEPT_DAYS."""
    held = (
        scan_table(writer, METER_FORECASTS)
        .filter(pl.col("region_id") == district)
        .select("horizon", "issue_date", "region_id")
        .unique()
        .collect()
    )
    newest = held["issue_date"].max()
    if newest is None:
        return
    oldest = f"{date.fromisoformat(str(newest)) - timedelta(days=KEPT_DAYS)}"
    old = held.filter(
        (pl.col("issue_date") <= oldest)
        | ((pl.col("horizon") == _LATER) & (pl.col("issue_date") < newest))
    )
    if not old.is_empty():
        replace_all_of(writer, METER_FORECASTS, METER_FORECASTS.schema.to_frame(), old)
