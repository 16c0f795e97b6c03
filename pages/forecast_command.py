"""``fenggu forecast``: the production model, and its rivals, on any series in a file."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from queries.forecasting.bands import QUANTILES
from queries.forecasting.file_forecast import (
    MODELS,
    Foretold,
    backtested,
    foretold,
    judged,
    known_place,
)
from queries.forecasting.series_file import SeriesFile, days_after, read_series

_DAYS = ["%Y-%m-%d"]
_TIMES = "%Y-%m-%dT%H:%M:%S"
_WIDE = 200


class TemperatureKind(StrEnum):
    """What is known of a day's temperature the evening before."""

    KNOWN = "known"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class _Asked:
    country: str
    subdivision: str | None
    temperature: TemperatureKind
    models: tuple[str, ...]


def forecast(  # noqa: PLR0913 - options of one command
    *,
    load: Annotated[Path, typer.Option(help="CSV or Parquet: time, load [, temperature].")],
    weather: Annotated[
        Path | None, typer.Option(help="CSV or Parquet: time, temperature in °C.")
    ] = None,
    country: Annotated[
        str, typer.Option(help="Whose holidays: CN, AU … or with a state, AU-VIC.")
    ] = "CN",
    backtest: Annotated[
        tuple[datetime, datetime] | None,
        typer.Option(formats=_DAYS, help="First and last day to foretell as if they lay ahead."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=14, help="Days to foretell, if no backtest.")] = 7,
    temperature: Annotated[
        TemperatureKind,
        typer.Option(help="known: as in the file; past: the mean of the two days before."),
    ] = TemperatureKind.KNOWN,
    models: Annotated[str, typer.Option(help=f"Of {', '.join(MODELS)}; with commas.")] = ",".join(
        MODELS
    ),
    step_minutes: Annotated[int, typer.Option(help="Length of a slot: 15, 30 or 60.")] = 60,
    zone: Annotated[
        str | None, typer.Option(help="Whose clock counts, for times with an offset from UTC.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the production forecasts: CSV or Parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Scores as JSON.")] = False,
) -> None:
    """Forecast a series, or judge how well it is forecast.

    fenggu forecast --load load.csv --weather weather.csv --backtest 2024-01-01 2024-12-31 --json
    """
    try:
        asked = _asked(country, temperature, models)
        if step_minutes not in {15, 30, 60}:
            raise ValueError(f"--step-minutes {step_minutes}: expected 15, 30 or 60.")  # noqa: TRY301
        series = read_series(
            load,
            weather,
            country=asked.country,
            zone=_zone(zone),
            step_minutes=step_minutes,
        )
        if backtest is None:
            _ahead(series, asked, days, out, as_json=as_json)
        else:
            span = (backtest[0].date(), backtest[1].date())
            _judge(load.stem, series, asked, span, out, as_json=as_json)
    except (OSError, ValueError) as error:
        _fail(error)
    for warning in series.warnings:
        typer.echo(warning, err=True)


def _asked(country: str, temperature: TemperatureKind, models: str) -> _Asked:
    name, _, subdivision = country.upper().partition("-")
    chosen = tuple(model.strip() for model in models.split(",") if model.strip())
    if unknown := [model for model in chosen if model not in MODELS]:
        raise ValueError(f"--models: '{unknown[0]}' is not known. Choose of {', '.join(MODELS)}.")
    return _Asked(name, subdivision or None, temperature, chosen)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"--zone '{name}' is not an IANA time zone such as {'Asia/Shanghai'}."
        ) from error


def _fail(error: Exception) -> NoReturn:
    typer.echo(" ".join(str(error).split()), err=True)
    raise typer.Exit(2) from error


def _judge(  # noqa: PLR0913 - one command's doing
    name: str,
    series: SeriesFile,
    asked: _Asked,
    span: tuple[date, date],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    first, last = series.row(span[0]), series.row(span[1])
    if not 0 <= first <= last < len(series.load):
        end = series.first_day + timedelta(len(series.load) - 1)
        raise ValueError(
            f"--backtest {span[0]} {span[1]}: the file has {series.first_day} to {end}. "
            "Choose days within it, the first before the last."
        )
    place = known_place(series, asked.country, asked.subdivision, first)
    scores: dict[str, Any] = {}
    for model in asked.models:
        with Console(stderr=True).status(model):
            told = backtested(
                series, place, first, last, model, past_temperature=asked.temperature == "past"
            )
        if told is None:
            continue
        scores[model] = judged(series, place, told)
        if model == "production" and out is not None:
            _write(out, told)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "series": name,
                    "from": span[0].isoformat(),
                    "to": span[1].isoformat(),
                    "temperature": "none" if series.temperature is None else str(asked.temperature),
                    "holidays": place.name,
                    "models": scores,
                },
                indent=1,
            )
        )
        return
    _table(f"{name}  {span[0]} – {span[1]}", scores)


def _ahead(
    series: SeriesFile, asked: _Asked, days: int, out: Path | None, *, as_json: bool
) -> None:
    known = np.flatnonzero(np.isfinite(series.load).any(axis=1))
    origin = int(known[-1]) + 1
    longer = days_after(series, days)
    place = known_place(longer, asked.country, asked.subdivision, origin)
    told = foretold(longer, place, origin, days, past_temperature=asked.temperature == "past")
    if out is not None:
        _write(out, told)
        return
    frame = told.frame()
    if as_json:
        typer.echo(frame.with_columns(pl.col("time").dt.to_string("iso:strict")).write_json())
        return
    typer.echo(frame.write_csv(datetime_format=_TIMES, float_precision=3), nl=False)


def _write(out: Path, told: Foretold) -> None:
    frame = told.frame()
    if out.suffix.lower() in {".parquet", ".pq"}:
        frame.write_parquet(out)
    else:
        frame.write_csv(out, datetime_format=_TIMES, float_precision=6)


def _table(title: str, scores: dict[str, Any]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    table = Table(title=title, title_justify="left")
    table.add_column("model")
    names = (
        "mape",
        "holiday_mape",
        "rmse",
        "pinball",
        "coverage_80",
        "fit_seconds",
        "predict_seconds",
    )
    for name in names:
        table.add_column(name, justify="right")
    for model, score in scores.items():
        cells = ["–" if score[name] is None else f"{score[name]:.4g}" for name in names]
        table.add_row(model, *cells)
    console.print(table)
    console.print(f"mape in %, quantiles {', '.join(f'{level:g}' for level in QUANTILES)}")
