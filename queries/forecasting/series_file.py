"""A load series, and its weather, in files: read as days of equal slots."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytz

TIME_NAMES = ("time", "datetime", "timestamp", "date_time", "date", "时间", "数据时间", "日期")
LOAD_NAMES = (
    "load",
    "demand",
    "value",
    "load_mw",
    "load_kw",
    "mw",
    "kw",
    "power",
    "y",
    "负荷",
    "总有功功率（kw）",
)
TEMPERATURE_NAMES = (
    "temperature",
    "temperature_c",
    "temp",
    "temp_c",
    "drybulb",
    "t",
    "气温",
    "温度",
)
_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d %H:%M", "%Y%m%d%H%M",
    "%m/%d/%y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d",
    "%Y/%m/%d", "%Y年%m月%d日",
)  # fmt: skip
_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
_FRACTION = r"\.\d+(Z|[+-]\d{2}:?\d{2})?$"
_DAY_MINUTES = 24 * 60
_LEAST_READ_SHARE = 0.98
_EARLIEST_YEAR = 1900
PRINCIPAL_ZONES = {
    "AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto",
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "ES": "Europe/Madrid", "ID": "Asia/Jakarta",
    "MX": "America/Mexico_City", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow", "US": "America/New_York",
}  # fmt: skip
"""Where most people of a country with several zones live."""


class SeriesFileError(ValueError):
    """A file that is not a series; says which file and column, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """A load by day and slot of the local clock.

    Attributes:
        first_day: Day of the first row.
        load: (days, slots), mean of the readings in a slot in the file's unit; NaN where none was.
        temperature: (days, slots) [°C] of the same days, or None.
        step_minutes: Length of a slot [min].
        warnings: What was taken for granted.
    """

    first_day: date
    load: np.ndarray
    temperature: np.ndarray | None
    step_minutes: int
    warnings: tuple[str, ...]

    def row(self, day: date) -> int:
        """The row of a day, which may lie outside."""
        return (day - self.first_day).days


def read_series(
    load: Path,
    weather: Path | None = None,
    *,
    country: str,
    zone: ZoneInfo | None = None,
    step_minutes: int = 60,
) -> SeriesFile:
    """A load and its weather.

    Args:
        load: CSV or Parquet with a column of times (TIME_NAMES), one of loads (LOAD_NAMES, else
            the first other column of numbers) and perhaps one of temperatures
            (TEMPERATURE_NAMES).
        weather: The same with temperatures, which then count instead. Dates without a clock time
            hold for their whole day.
        country: Whose principal time zone counts for times with an offset from UTC.
        zone: The zone that counts instead.
        step_minutes: Length of a slot that readings are averaged to: 15, 30 or 60.

    Raises:
        SeriesFileError: The file is not as it should be.
        OSError: It cannot be read.
    """
    warnings: list[str] = []
    zone = zone or _zone_of(country)
    frame = _frame(load)
    times = _times(load, frame, zone, warnings)
    column = _column(load, frame, LOAD_NAMES, TEMPERATURE_NAMES)
    values = _numbers(load, frame, column)
    own = _by_names(frame, TEMPERATURE_NAMES)
    first_day, rows = _placed(times, values, step_minutes, None)
    _check_step(load, times, step_minutes)
    temperature = None
    if weather is not None:
        other = _frame(weather)
        name = _column(weather, other, TEMPERATURE_NAMES, ())
        moments = _times(weather, other, zone, warnings)
        temperature = _temperature(
            moments, _numbers(weather, other, name), step_minutes, (first_day, len(rows))
        )
    elif own is not None:
        temperature = _temperature(
            times, _numbers(load, frame, own), step_minutes, (first_day, len(rows))
        )
    if temperature is not None and not np.isfinite(temperature).any():
        warnings.append("no temperature falls on a day of the load: the weather is left out.")
        temperature = None
    return SeriesFile(first_day, rows, temperature, step_minutes, tuple(warnings))


def _zone_of(country: str) -> ZoneInfo | None:
    if country in PRINCIPAL_ZONES:
        return ZoneInfo(PRINCIPAL_ZONES[country])
    zones = pytz.country_timezones.get(country)
    return ZoneInfo(zones[0]) if zones else None


def _frame(path: Path) -> pl.DataFrame:
    if path.suffix.lower() in {".parquet", ".pq"}:
        return pl.read_parquet(path)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    first_line = text.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    try:
        frame = pl.read_csv(
            text.encode(), separator=separator, infer_schema=False, truncate_ragged_lines=True
        )
    except pl.exceptions.PolarsError as error:
        told = str(error).partition("\n")[0]
        raise SeriesFileError(f"{path}: is no CSV file that can be read: {told}.") from error
    if frame.width < 2 or frame.is_empty():
        raise SeriesFileError(
            f"{path}: {frame.height} rows in {frame.width} columns; expected a line of column "
            "names such as 'time,load' and a line a reading."
        )
    return frame


def _by_names(frame: pl.DataFrame, names: tuple[str, ...]) -> str | None:
    simple = {column.strip().lower().replace(" ", "_"): column for column in frame.columns}
    return next((simple[name] for name in names if name in simple), None)


def _column(
    path: Path, frame: pl.DataFrame, names: tuple[str, ...], others: tuple[str, ...]
) -> str:
    if (named := _by_names(frame, names)) is not None:
        return named
    taken = {_by_names(frame, TIME_NAMES) or frame.columns[0], _by_names(frame, others)}
    for column in frame.columns:
        if column not in taken and _as_numbers(frame[column]).null_count() < frame.height / 2:
            return column
    raise SeriesFileError(
        f"{path}: no column of numbers among {frame.columns}. Name it '{names[0]}'."
    )


def _as_numbers(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        column = column.str.strip_chars().str.replace_all(",", "")
    return column.cast(pl.Float64, strict=False)


def _numbers(path: Path, frame: pl.DataFrame, column: str) -> np.ndarray:
    """A column as numbers, NaN where it is empty."""
    numbers = _as_numbers(frame[column])
    text = frame[column].cast(pl.String).str.strip_chars().str.to_lowercase()
    empty = frame[column].is_null() | text.is_in(["", "na", "nan", "null", "none", "-"])
    broken = numbers.is_null() & ~empty
    if broken.any():
        line = int(broken.arg_max() or 0)
        raise SeriesFileError(
            f"{path}: line {line + 2}, column '{column}': '{frame[column][line]}' is no number. "
            "Leave the field empty where nothing was read."
        )
    return numbers.fill_null(float("nan")).to_numpy()


def _times(
    path: Path, frame: pl.DataFrame, zone: ZoneInfo | None, warnings: list[str]
) -> pl.Series:
    """Local clock times."""
    name = _by_names(frame, TIME_NAMES) or frame.columns[0]
    column = frame[name]
    if isinstance(column.dtype, pl.Datetime | pl.Date):
        aware = getattr(column.dtype, "time_zone", None)
        moments = column.dt.replace_time_zone(None) if aware is None else column
        return _local(moments.cast(pl.Datetime("us", aware)), zone, name, path, warnings)
    text = column.cast(pl.String).str.strip_chars()
    if text.str.contains(_OFFSET).mean() == 1.0:
        plain = text.str.replace(" ", "T").str.replace(r"\.\d+", "")
        plain = plain.str.replace(r"Z$", "+00:00")
        moments = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_zone="UTC")
        if moments.null_count():
            moments = plain.str.to_datetime("%Y-%m-%dT%H:%M%z", strict=False, time_zone="UTC")
        return _local(moments, zone, name, path, warnings)
    plain = text.str.replace(_FRACTION, "")
    best = pl.Series(dtype=pl.Datetime("us"))
    for form in _FORMATS:
        tried = plain.str.to_datetime(form, strict=False, time_unit="us")
        # "1/2/17" is no day of the year 1, which %Y would have.
        tried = tried.set(tried.dt.year() < _EARLIEST_YEAR, None)
        if len(tried) - tried.null_count() > len(best) - best.null_count():
            best = tried
        if best.null_count() == 0 and len(best):
            break
    if not len(best) or best.null_count() > (1.0 - _LEAST_READ_SHARE) * len(column):
        line = int(best.is_null().arg_max() or 0) if len(best) else 0
        raise SeriesFileError(
            f"{path}: line {line + 2}, column '{name}': '{column[line]}' is no time. Write times "
            "as 2024-01-31 13:00, with an offset from UTC or by the local clock."
        )
    return best


def _local(
    moments: pl.Series, zone: ZoneInfo | None, name: str, path: Path, warnings: list[str]
) -> pl.Series:
    if moments.null_count() > (1.0 - _LEAST_READ_SHARE) * len(moments):
        raise SeriesFileError(f"{path}: column '{name}' holds times in more than one form.")
    if getattr(moments.dtype, "time_zone", None) is None:
        return moments
    if zone is None:
        return moments.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    warning = f"times of '{name}' are shown by the clock of {zone.key}."
    if warning not in warnings:
        warnings.append(warning)
    return moments.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)


def _placed(
    times: pl.Series, values: np.ndarray, step_minutes: int, span: tuple[date, int] | None
) -> tuple[date, np.ndarray]:
    """Mean value of every slot of every day, NaN where there is none."""
    known = times.is_not_null().to_numpy() & np.isfinite(values)
    if not known.any():
        raise SeriesFileError("no line has both a time and a value.")
    chosen = times.filter(pl.Series(known))
    first = span[0] if span else chosen.dt.date().min()
    if not isinstance(first, date):
        raise TypeError(first)
    minutes = (chosen - pl.Series([first]).cast(pl.Datetime("us"))[0]).dt.total_minutes().to_numpy()
    slots = _DAY_MINUTES // step_minutes
    place = minutes // step_minutes
    count = span[1] * slots if span else (int(place.max()) // slots + 1) * slots
    inside = (place >= 0) & (place < count)
    total = np.bincount(place[inside], values[known][inside], count)
    number = np.bincount(place[inside], minlength=count)
    with np.errstate(invalid="ignore"):
        mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return first, mean.reshape(-1, slots)


def _temperature(
    times: pl.Series, values: np.ndarray, step_minutes: int, span: tuple[date, int]
) -> np.ndarray:
    """Temperatures of the load's days, on the line between two readings up to half a day apart."""
    _, rows = _placed(times, values, step_minutes, span)
    known = times.drop_nulls()
    is_dates = bool(((known.dt.hour() == 0) & (known.dt.minute() == 0)).all())
    if is_dates and rows.shape[1] > 1:
        return np.repeat(rows[:, :1], rows.shape[1], axis=1)
    flat = rows.ravel()
    at = np.flatnonzero(np.isfinite(flat))
    if not len(at):
        return rows
    index = np.arange(len(flat))
    line = np.interp(index, at, flat[at])
    after = np.minimum(np.searchsorted(at, index), len(at) - 1)
    before = np.maximum(after - 1, 0)
    near = np.minimum(np.abs(at[after] - index), np.abs(index - at[before]))
    return np.where(near <= _DAY_MINUTES // 2 // step_minutes, line, np.nan).reshape(rows.shape)


def _check_step(path: Path, times: pl.Series, step_minutes: int) -> None:
    gaps = times.drop_nulls().unique().sort().diff().drop_nulls().dt.total_minutes()
    usual = gaps.median()
    if isinstance(usual, (int, float)) and usual > step_minutes:
        raise SeriesFileError(
            f"{path}: readings are {usual:g} minutes apart; slots of {step_minutes} minutes are "
            "finer. Choose a longer step."
        )


def days_after(file: SeriesFile, days: int) -> SeriesFile:
    """The same with ``days`` empty days at its end, to forecast."""
    more = np.full((days, file.load.shape[1]), np.nan)
    temperature = None if file.temperature is None else np.vstack([file.temperature, more])
    return SeriesFile(
        file.first_day,
        np.vstack([file.load, more]),
        temperature,
        file.step_minutes,
        file.warnings,
    )


def day_of(file: SeriesFile, row: int) -> date:
    """The day of a row."""
    return file.first_day + timedelta(row)
