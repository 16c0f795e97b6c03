"""The load of the past as an outlook needs it: by region and industry, weather and calendar."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.daily_weather import READS as WEATHER_READS
from queries.daily_weather import daily_weather
from queries.industry_sections import section_of
from queries.lake import LakeState, lake_state
from queries.market.assumptions import HOUSEHOLDS, SECTORS
from queries.market.calendar_effects import calendar_terms
from queries.market.outlook_days import READS as DAYS_READS
from queries.market.outlook_days import segment_days
from queries.market.remembered import Remembered
from queries.run import run_sql
from queries.schema import SLOTS, SLOTS_PER_DAY
from queries.segment_points import READS as SEGMENT_READS
from queries.segment_points import choose_segments

READS = tuple(
    dict.fromkeys(
        (*DAYS_READS, *SEGMENT_READS, *WEATHER_READS, "daily_totals", "usage_points",
         "transformers", "feeders", "substations")
    )
)  # fmt: skip
MOST_YEARS = 6
"""Days further back than so many years before the last one are not looked at."""
UNSAID = "-"
"""Industry of whom no register says."""

_KEY = ["region_id", "industry"]
_CUT = ("daily_totals", "energy_profiles")
_EARLIEST, _LATEST = date(1950, 1, 1), date(2100, 1, 1)
_MONTHS = pl.Schema(
    {
        "region_id": pl.String(),
        "division": pl.String(),
        "month": pl.Date(),
        "usage_points": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "squares_kwh2": pl.Float64(),
        "read_kwh": pl.Float64(),
        "read_minutes": pl.Int64(),
        "due_minutes": pl.Int64(),
    }
)
_kept: Remembered[tuple[LakeState, str | None], "History"] = Remembered(6)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Loads of segments (region × industry) over whole calendar months.

    Attributes:
        segments: ``region_id``, ``industry`` (section of GB/T 4754, ``households`` or ``-``),
            ``sector`` (one of SECTORS) and ``usage_points`` of the last month.
        months: First days of the months, in order.
        month_of_day: Place of every day's month (days,).
        first_day: Of the first month.
        energy_kwh: By month, gaps filled (segments, months); NaN: nothing read.
        squares_kwh2: Sum of squares of the usage points' energy, the same shape: how much of the
            energy is in few hands.
        readings_share: Of every month, that was read [0–1, (segments, months)].
        load_kw: Of every quarter of an hour, gaps filled (segments, days, 96); NaN: nothing read.
        temperature_c: Mean of every day (segments, days); NaN: not known.
        calendar: ``calendar_effects.TERMS`` of every day (days, terms).
        country: Of the holidays.
        weather: Every observed day by region, also days without readings.
    """

    segments: pl.DataFrame
    months: list[date]
    month_of_day: np.ndarray
    first_day: date
    energy_kwh: np.ndarray
    squares_kwh2: np.ndarray
    readings_share: np.ndarray
    load_kw: np.ndarray
    temperature_c: np.ndarray
    calendar: np.ndarray
    country: str
    weather: dict[str, pl.DataFrame]

    @property
    def day_kwh(self) -> np.ndarray:
        """Energy of every day (segments, days); NaN: nothing read."""
        return self.load_kw.mean(axis=2) * 24.0

    @property
    def day_of_year(self) -> np.ndarray:
        """1–366, of every day (days,)."""
        days = len(self.month_of_day)
        return np.array([(self.first_day + timedelta(n)).timetuple().tm_yday for n in range(days)])


def history_of(region_id: str | None, lake: DuckDBPyConnection) -> History:
    """The history of a region; made once for a state of the lake and what it shows."""
    return _kept.get((lake_state(lake), region_id), lambda: _made(region_id, lake))


def segment_months(region_id: str | None, lake: DuckDBPyConnection) -> pl.DataFrame:
    """Energy by region, industry and month, gaps filled; and how much of it was read."""
    choose_area(lake, "all", None, *_CUT, region_id=region_id)
    choose_segments(lake)
    rows = run_sql(lake, "market/outlook_history", _MONTHS)
    by = ["region_id", "industry", "month"]
    return (
        rows.with_columns(industry=industry_of_division())
        .group_by(by)
        .agg(
            pl.col("usage_points", "energy_kwh", "squares_kwh2", "read_kwh").sum(),
            (pl.col("read_minutes").sum() / pl.col("due_minutes").sum())
            .clip(0, 1)
            .alias("readings_share"),
        )
        .sort(by)
    )


def sector_of(industry: str) -> str:
    """The sector of an industry: 第一产业 is section A, 第二产业 B to E, the rest 第三产业.

    As China counts its electricity; what no register says counts with the services.

    >>> sector_of("A"), sector_of("C"), sector_of("-"), sector_of("households")
    ('primary', 'secondary', 'tertiary', 'households')
    """
    if industry == HOUSEHOLDS:
        return HOUSEHOLDS
    primary, secondary, tertiary, _ = SECTORS
    return primary if industry == "A" else secondary if industry in "BCDE" else tertiary


def industry_of_division() -> pl.Expr:
    """The section of the column ``division``, HOUSEHOLDS and UNSAID as they are."""
    is_households = pl.col("division") == HOUSEHOLDS
    section = section_of(pl.col("division")).fill_null(UNSAID)
    return pl.when(is_households).then(pl.lit(HOUSEHOLDS)).otherwise(section)


def _made(region_id: str | None, lake: DuckDBPyConnection) -> History:
    rows = segment_months(region_id, lake)
    first_day, last_day = whole_months(region_id, lake)
    rows = rows.filter(pl.col("month").is_between(first_day, last_day))
    segments = (
        rows.group_by("region_id", "industry")
        .agg(pl.col("usage_points").sort_by("month").last())
        .sort("region_id", "industry")
        .with_columns(
            sector=pl.col("industry").map_elements(sector_of, return_dtype=pl.String),
            place=pl.row_index("place").cast(pl.Int64),
        )
    )
    is_empty = segments.is_empty()
    months = [] if is_empty else pl.date_range(first_day, last_day, "1mo", eager=True).to_list()
    days = 0 if is_empty else (last_day - first_day).days + 1
    month_of_day = np.array(
        [
            (day.year - first_day.year) * 12 + day.month - first_day.month
            for day in (first_day + timedelta(n) for n in range(days))
        ],
        dtype=np.int64,
    )
    energy_kwh, squares_kwh2, read_kwh, readings_share = _by_month(rows, segments, months)
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = np.where(read_kwh > 0, energy_kwh / read_kwh, 1.0)
    load_kw = _loads(segment_days(first_day, lake), segments, first_day, days)
    load_kw *= filled[:, month_of_day, None]
    weather = _weather(lake)
    country = lake_state(lake).holiday_country
    return History(
        segments=segments.drop("place"),
        months=months,
        month_of_day=month_of_day,
        first_day=first_day,
        energy_kwh=energy_kwh,
        squares_kwh2=squares_kwh2,
        readings_share=readings_share,
        load_kw=load_kw,
        temperature_c=_temperatures(segments, weather, first_day, days),
        calendar=np.zeros((0, 2)) if is_empty else calendar_terms(first_day, last_day, country),
        country=country,
        weather=weather,
    )


def whole_months(region_id: str | None, lake: DuckDBPyConnection) -> tuple[date, date]:
    """The first and last day of the whole calendar months with readings, at most MOST_YEARS.

    Where there is none, the last day is before the first.
    """
    choose_area(lake, "all", None, *_CUT, region_id=region_id)
    [(first, last)] = lake.sql(
        "select min(service_date), max(service_date) from area_daily_totals"
    ).fetchall()
    if first is None:
        return date(1970, 1, 1), date(1969, 12, 31)
    begin = first if first.day == 1 else (first.replace(day=1) + timedelta(32)).replace(day=1)
    after = last + timedelta(1)
    end = after.replace(day=1) - timedelta(1)
    return max(begin, after.replace(day=1, year=after.year - MOST_YEARS)), end


def _by_month(rows: pl.DataFrame, segments: pl.DataFrame, months: list[date]) -> list[np.ndarray]:
    placed = rows.join(segments.select(*_KEY, "place"), on=_KEY)
    order = {month: number for number, month in enumerate(months)}
    month = np.array([order[one] for one in placed["month"]], dtype=int)
    found = []
    for name in ("energy_kwh", "squares_kwh2", "read_kwh", "readings_share"):
        values = np.full((segments.height, len(months)), np.nan)
        values[placed["place"].to_numpy(), month] = placed[name].to_numpy()
        found.append(values)
    return found


def _loads(rows: pl.DataFrame, segments: pl.DataFrame, first_day: date, days: int) -> np.ndarray:
    """Power of every quarter [kW], of divisions added up to segments."""
    load_kw = np.full((segments.height, days, SLOTS_PER_DAY), np.nan)
    placed = rows.with_columns(industry=industry_of_division()).join(
        segments.select(*_KEY, "place"), on=_KEY
    )
    day = (placed["service_date"] - first_day).dt.total_days()
    inside = (day < days).to_numpy()
    at = placed["place"].to_numpy()[inside], day.to_numpy()[inside]
    values = placed.select(SLOTS).to_numpy()[inside] * (4 / 1000)
    read = np.zeros(load_kw.shape[:2], dtype=bool)
    read[at] = True
    load_kw[read] = 0.0
    np.add.at(load_kw, at, np.nan_to_num(values))
    # A quarter in which a whole segment was silent is unknown, not zero.
    seen = np.zeros(load_kw.shape, dtype=bool)
    np.logical_or.at(seen, at, ~np.isnan(values))
    load_kw[~seen] = np.nan
    return load_kw


def _weather(lake: DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """``service_date`` and ``temperature_c`` of every observed day by region that has any."""
    rows = daily_weather(lake, first_day=_EARLIEST, last_day=_LATEST)
    return {
        str(region): part.select("service_date", "temperature_c")
        for (region,), part in rows.group_by("region_id", maintain_order=True)
    }


def _temperatures(
    segments: pl.DataFrame, weather: dict[str, pl.DataFrame], first_day: date, days: int
) -> np.ndarray:
    found = np.full((segments.height, days), np.nan)
    for place, region in enumerate(segments["region_id"]):
        known = weather.get(region)
        if known is None:
            continue
        day = (known["service_date"] - first_day).dt.total_days().to_numpy()
        inside = (day >= 0) & (day < days)
        found[place, day[inside]] = known["temperature_c"].to_numpy()[inside]
    return found
