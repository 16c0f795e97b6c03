"""A load profile in a CSV or Parquet file, read exactly: one meter, one reading an interval.

A column says when an interval begins (or ends), one how much energy or power it had; a third may
say what was fed in. Columns are known by their names, in English or Chinese (``load_columns``).
Times count as the clock of the place shows them: those with an offset from UTC as they stand, or
in a time zone that is given. Nothing is filled in: a missing reading is an error.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import gcd, lcm
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from queries.billing.load_columns import KILO, Column, Columns, columns_of
from queries.billing.load_numbers import LoadFileError, exact_units
from queries.billing.load_stamps import DAY_MINUTES, Stamps
from queries.billing.load_times import Times, times_of
from queries.billing.measured import DayRows

_HOUR = 60
_DELIMITERS = (",", ";", "\t")
_MOST_UNITS = 1 << 58
"""Room for the sum of a file: finer units and demands multiply it before they are divided."""


@dataclass(frozen=True, slots=True)
class LoadFile:
    """A load, day by day.

    Attributes:
        days: The local day of every row; twice where the clock was set back.
        units: By channel, ``(1, rows, intervals a day)`` integers.
        per: Units of energy a kWh.
        interval_minutes: Length of an interval [min].
        warnings: What was taken for granted.
    """

    days: tuple[date, ...]
    units: Mapping[str, np.ndarray]
    per: int
    interval_minutes: int
    warnings: tuple[str, ...]

    def day_rows(self, country: str) -> DayRows:
        """As the engine measures it; ``country`` says whose holidays the days have."""
        return DayRows.of(self.days, self.units, self.per, country=country)

    @property
    def span(self) -> tuple[date, date]:
        """First and last day."""
        return self.days[0], self.days[-1]


@dataclass(frozen=True, slots=True)
class _Table:
    """The text of the columns that count, and where each row stands in its file."""

    columns: Columns
    texts: Mapping[str, pl.Series]
    places: np.ndarray
    place: str


def read_load(
    path: Path,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    zone: ZoneInfo | None = None,
) -> LoadFile:
    """The load of one meter from a file.

    Args:
        path: ``.parquet``, or else text with a line of column names.
        first_day: First day wanted; None: the first in the file.
        last_day: Last day wanted.
        zone: Whose clock counts, where times have an offset from UTC; None: the offset's own.

    Raises:
        LoadFileError: the file is not as it should be; with file, line, column, what was expected.
        OSError: it cannot be read.
    """
    try:
        table = _parquet(path) if path.suffix.lower() in {".parquet", ".pq"} else _csv(path)
        stamps = Stamps(
            table.texts["time"],
            table.places,
            f"{table.place} {{}}, column '{table.columns.time.name}'",
            table.columns.time_is_end,
            zone,
        )
        return _placed(table, times_of(stamps, first_day, last_day))
    except LoadFileError as error:
        raise LoadFileError(f"{path}: {error}") from error


def _csv(path: Path) -> _Table:
    text = _decoded(path.read_bytes())
    first_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    places: list[int] = []
    try:
        header = next(reader, [])
        columns = columns_of(header)
        for row in reader:
            if not any(row):
                continue
            if len(row) != len(header):
                raise LoadFileError(
                    f"line {reader.line_num}: {len(row)} fields; expected {len(header)}, as the "
                    "first line has. Mend the line."
                )
            rows.append(row)
            places.append(reader.line_num)
    except csv.Error as error:
        raise LoadFileError(f"line {reader.line_num}: {error}. Mend the line.") from error
    by_column = list(zip(*rows, strict=True)) or [()] * len(header)
    texts = {
        role: pl.Series(by_column[column.place], dtype=pl.String)
        for role, column in columns.by_role()
    }
    return _Table(columns, texts, np.array(places, np.int64), "line")


def _decoded(raw: bytes) -> str:
    if b"\0" in raw:
        raise LoadFileError("holds zero bytes; expected CSV text in UTF-8, or a .parquet file.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LoadFileError("is text neither in UTF-8 nor in GB 18030. Save it as CSV in UTF-8.")


def _parquet(path: Path) -> _Table:
    with path.open("rb") as file:
        try:
            frame = pl.read_parquet(file)
        except pl.exceptions.PolarsError as error:
            told = str(error).partition("\n")[0]
            raise LoadFileError(f"is no Parquet file that can be read: {told}.") from error
    columns = columns_of(frame.columns)
    texts = {role: _text(frame.to_series(column.place)) for role, column in columns.by_role()}
    return _Table(columns, texts, np.arange(1, frame.height + 1), "row")


def _text(column: pl.Series) -> pl.Series:
    """A column as a CSV file would have it; floats in their shortest form."""
    if isinstance(column.dtype, pl.Datetime):
        has_zone = column.dtype.time_zone is not None
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("%z" if has_zone else ""))
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError as error:
        raise LoadFileError(
            f"column '{column.name}' is of type {column.dtype}; expected numbers, times or text."
        ) from error


def _placed(table: _Table, times: Times) -> LoadFile:
    """Readings at their day and interval, in units that lose nothing."""
    columns, interval = table.columns, times.interval_minutes
    warnings = list(times.warnings)
    read: dict[str, tuple[np.ndarray, int]] = {}
    for channel, column in (("import", columns.used), ("export", columns.fed_in)):
        if column is None:
            continue
        texts = table.texts[channel].gather(times.rows)
        where = f"{table.place} {{}}, column '{column.name}'"
        units, decimals, is_rounded = exact_units(
            texts, table.places[times.rows], where, most_decimals=6 - column.exponent
        )
        if is_rounded:
            warnings.append(
                f"column '{column.name}' has more than {decimals} decimals: values are rounded to "
                f"{'micro-kWh' if column.is_energy else 'milliwatts'}, half up."
            )
        read[channel] = _energy(units, decimals, column, interval)
    per = lcm(*(per for _, per in read.values()))
    if interval > _HOUR:
        warnings.append(
            f"a reading is of {interval} minutes: its energy is spread evenly over its hours."
        )
    days_a_reading = max(interval // DAY_MINUTES, 1)
    placed = {}
    for channel, (units, own) in read.items():
        if int(abs(units).max()) * len(units) * days_a_reading * (per // own) >= _MOST_UNITS:
            raise LoadFileError("adds up to more than can be billed exactly. Check the units.")
        placed[channel] = times.placed(units * (per // own))
    return LoadFile(
        times.days,
        placed,
        per * days_a_reading,
        min(interval, DAY_MINUTES),
        tuple(warnings),
    )


def _energy(
    units: np.ndarray, decimals: int, column: Column, interval: int
) -> tuple[np.ndarray, int]:
    """Integers and how many of them a kWh are."""
    per = KILO**column.exponent_thousands * 10**decimals
    if column.is_energy:
        return units, per
    shared = gcd(interval, _HOUR)
    return units * (interval // shared), per * (_HOUR // shared)
