"""The part of a portrait that needs two years of days: weather, growth, holidays, gaps.

It changes slowly, so it is worked out once a month and kept, with the day it was worked out on.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_holidays import Holidays, holidays
from queries.customers.portrait_trend import Trend, equal_temperature, same_months
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import DailyEnergy, daily_energy
from queries.day_classes import day_classes
from queries.lake import lake_state
from queries.load.response import FITTED, Response
from queries.load.temperature_response import temperature_response

READS = ENERGY_READS
YEARLY = (
    "fitted_on",
    "longest_gap_days",
    "trend_share_per_year",
    "trend_error_share",
    "trend_basis",
    "holiday_ratio",
    "festival_ratio",
    "festival_status",
    "response_status",
    "response_model",
    "response_base_kwh",
    "heating_below_c",
    "heating_below_error_c",
    "heating_kwh_per_k",
    "heating_error_kwh_per_k",
    "heating_share",
    "cooling_above_c",
    "cooling_above_error_c",
    "cooling_kwh_per_k",
    "cooling_error_kwh_per_k",
    "cooling_share",
    "response_r_squared",
)
"""The columns of ``portraits`` that are worked out here."""
NO_WEATHER = "no_weather"

_YEAR = 365
_FESTIVAL = "chinese_new_year|spring_festival|lunar_new_year"
_HOURS = 24


def year_rows(
    portraits: pl.DataFrame, district_id: str, last_day: date, source: DuckDBPyConnection
) -> pl.DataFrame:
    """The columns YEARLY of every usage point in ``portraits``, with ``usage_point_id``.

    ``longest_gap_days``: the most days in a row without a known energy, since the first day of the
    portrait. ``heating_share``, ``cooling_share`` [0–1]: of the year's energy, what follows the
    temperature below and above the change points. ``response_base_kwh`` [kWh]: an ordinary
    workday's without them. All else is said by ``portrait_trend``,
    ``portrait_holidays`` and ``queries.load.temperature_response``.

    Args:
        portraits: ``usage_point_id``, ``first_day``, ``base_kw``, ``since`` (when the customer
            came; null: always).
        district_id: The district they lie in, as ``queries.home.districts`` calls it.
        last_day: The last day looked at.
        source: A lake that shows everything.
    """
    first_day = last_day - timedelta(days=2 * _YEAR - 1)
    days = daily_energy(source, first_day=first_day, last_day=last_day, region_id=district_id)
    asked = days.points.join(portraits, on="usage_point_id", how="inner", maintain_order="left")
    is_asked = days.points["usage_point_id"].is_in(asked["usage_point_id"].implode()).to_numpy()
    energy = np.where(_is_before(asked["since"], days), np.nan, days.energy_kwh[is_asked])
    last_year = energy[:, _YEAR:]
    country = lake_state(source).holiday_country
    found = {
        "longest_gap_days": _longest_gap(last_year, asked["first_day"], days.dates[_YEAR]),
        **_of_holidays(_holidays(last_year, asked["base_kw"], days, country)),
    }
    parts = [
        _weather_part(energy[own], days, name, asked["usage_point_id"].filter(pl.Series(own)))
        for name, own in _by_weather(asked["weather_region_id"])
    ]
    return (
        asked.select("usage_point_id")
        .with_columns(
            pl.lit(last_day).alias("fitted_on"),
            *(pl.Series(name, values, strict=False) for name, values in found.items()),
        )
        .join(pl.concat(parts), on="usage_point_id", how="left")
        .with_columns(pl.selectors.float().fill_nan(None))
        .select("usage_point_id", *YEARLY)
    )


def _is_before(since: pl.Series, days: DailyEnergy) -> np.ndarray:
    """Whether a day is before the customer came, (points, days)."""
    began = since.fill_null(days.dates[0]).to_numpy()
    return np.array(days.dates, "datetime64[D]") < began[:, None]


def _by_weather(names: pl.Series) -> list[tuple[str | None, np.ndarray]]:
    return [
        (name, names.eq_missing(pl.Series([name], dtype=pl.String)).to_numpy())
        for name in names.unique().sort()
    ]


def _longest_gap(energy: np.ndarray, first_day: pl.Series, window: date) -> np.ndarray:
    """The longest run of unknown days of each row, from its first day on."""
    begins = np.maximum((first_day.to_numpy() - np.datetime64(window)).astype(int), 0)
    run, longest = np.zeros(len(energy), np.int64), np.zeros(len(energy), np.int64)
    for day in range(energy.shape[1]):
        run = np.where(np.isnan(energy[:, day]) & (day >= begins), run + 1, 0)
        longest = np.maximum(longest, run)
    return longest


def _holidays(energy: np.ndarray, base_kw: pl.Series, days: DailyEnergy, country: str) -> Holidays:
    first_day, last_day = days.dates[_YEAR], days.dates[-1]
    classes = day_classes(first_day, last_day, country)["day_class"]
    is_holiday = classes.str.contains(":") & ~classes.str.ends_with(":make_up_workday")
    return holidays(
        energy,
        base_kw.fill_null(np.nan).to_numpy() * _HOURS,
        is_holiday=is_holiday.to_numpy(),
        is_festival=classes.str.contains(_FESTIVAL).to_numpy(),
        is_around_festival=days.is_festival[_YEAR:],
    )


def _of_holidays(found: Holidays) -> dict[str, object]:
    return {
        "holiday_ratio": found.holiday_ratio,
        "festival_ratio": found.festival_ratio,
        "festival_status": pl.Series(found.festival_status, dtype=pl.String),
    }


def _weather_part(
    energy: np.ndarray, days: DailyEnergy, weather: str | None, points: pl.Series
) -> pl.DataFrame:
    """Response to the temperature, and trend, of the usage points that share a weather."""
    before, after = energy[:, :_YEAR], energy[:, _YEAR:]
    month = np.array([day.month for day in days.dates]).reshape(2, _YEAR)
    trend = same_months(before, after, month)
    if weather is None:
        return _frame(points, trend, None, np.zeros(0), after)
    temperature_c = days.temperature_c[weather]
    calendar = days.calendar
    response = temperature_response(after, temperature_c[_YEAR:], calendar[_YEAR:])
    better = equal_temperature(response, before, temperature_c[:_YEAR], calendar[:_YEAR])
    is_better = ~np.isnan(better.share_per_year)
    trend = Trend(
        np.where(is_better, better.share_per_year, trend.share_per_year),
        np.where(is_better, better.error_share, np.nan),
        [b or t for b, t in zip(better.basis, trend.basis, strict=True)],
    )
    return _frame(points, trend, response, temperature_c[_YEAR:], after)


def _frame(
    points: pl.Series,
    trend: Trend,
    response: Response | None,
    temperature_c: np.ndarray,
    energy: np.ndarray,
) -> pl.DataFrame:
    columns: dict[str, object] = {
        "trend_share_per_year": trend.share_per_year,
        "trend_error_share": trend.error_share,
        "trend_basis": pl.Series(trend.basis, dtype=pl.String),
    }
    told = _response_columns(response, temperature_c, energy)
    return pl.DataFrame({"usage_point_id": points, **columns, **told})


def _response_columns(
    response: Response | None, temperature_c: np.ndarray, energy: np.ndarray
) -> dict[str, object]:
    if response is None:
        nothing = np.full(len(energy), np.nan)
        names = [
            n for n in YEARLY if n.startswith(("heating", "cooling", "response_r_", "response_b"))
        ]
        status = pl.Series([NO_WEATHER] * len(energy), dtype=pl.String)
        model = pl.Series([None] * len(energy), dtype=pl.String)
        return {
            "response_status": status,
            "response_model": model,
            **dict.fromkeys(names, nothing),
        }
    is_fitted = response.status == FITTED
    seen = temperature_c[~np.isnan(temperature_c)]
    usual = np.nansum(energy, axis=1) / np.maximum((~np.isnan(energy)).sum(axis=1), 1)
    found: dict[str, object] = {
        "response_status": pl.Series(response.status.tolist(), dtype=pl.String),
        "response_model": _words(response.model, is_fitted),
        "response_base_kwh": np.where(is_fitted, response.base, np.nan),
        "response_r_squared": np.where(is_fitted, response.r2, np.nan),
    }
    for part, change in (("heating", "heating_below_c"), ("cooling", "cooling_above_c")):
        used = getattr(response, part)(seen).mean(axis=1)
        share = np.divide(used, usual, out=np.full(len(usual), np.nan), where=usual > 0)
        with np.errstate(invalid="ignore"):  # rows without such a part have no error
            errors = [response.standard_error(name) for name in (change, f"{part}_per_k")]
        values = {
            change: getattr(response, change),
            f"{change.removesuffix('_c')}_error_c": errors[0],
            f"{part}_kwh_per_k": getattr(response, f"{part}_per_k"),
            f"{part}_error_kwh_per_k": errors[1],
            f"{part}_share": np.minimum(share, 1.0),
        }
        found |= {name: np.where(is_fitted, value, np.nan) for name, value in values.items()}
    return found


def _words(words: np.ndarray, is_said: np.ndarray) -> pl.Series:
    """Words where they are said; null elsewhere."""
    said = pl.Series(words.tolist(), dtype=pl.String).to_frame("word")
    return said.select(pl.when(pl.Series(is_said)).then("word")).to_series()
