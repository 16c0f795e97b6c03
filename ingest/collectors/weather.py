"""Weather from CSV: observed, or forecast where a line says when it was issued."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import REJECTS, WEATHER_READ, Batch, CollectorError
from queries.schema import UTC_INSTANT

NEEDED = ("region_id", "valid_at", "temperature_c")
"""Columns by which a file of weather is known; those of the table ``weather`` may stand beside."""

_NUMBERS = [name for name, dtype in WEATHER_READ.items() if dtype.is_numeric()]
_COLDEST_C, _HOTTEST_C = -90.0, 60.0  # colder and hotter than was ever measured (WMO)
_HAS_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


def is_weather(start: bytes) -> bool:
    """Whether a file that begins like this is a table of weather."""
    head = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    return set(NEEDED) <= {name.strip().strip('"') for name in head.split(",")}


def read(path: Path, zone: ZoneInfo) -> Iterator[Batch]:
    """Every line of a CSV in UTF-8; instants without an offset are wall time of ``zone``.

    A line without a region, an instant or a temperature between −90 °C and 60 °C is refused.

    Raises:
        CollectorError: it is no CSV.
    """
    try:
        lines = pl.read_csv(path, infer_schema=False).with_row_index("line", offset=2)
    except pl.exceptions.PolarsError as error:
        raise CollectorError(
            f"'{path.name}' is no CSV: {error}. Give a table with commas."
        ) from error
    read_out = lines.with_columns(
        *(_instant(lines, name, zone) for name in ("valid_at", "issued_at")),
        *(_number(lines, name) for name in _NUMBERS),
    )
    is_good = (
        pl.col("region_id").is_not_null()
        & pl.col("valid_at").is_not_null()
        & pl.col("temperature_c").is_between(_COLDEST_C, _HOTTEST_C)
    ).fill_null(value=False)
    refused = lines.filter(~read_out.select(is_good).to_series())
    yield Batch(
        weather=read_out.filter(is_good).select(WEATHER_READ.names()).cast(WEATHER_READ),
        rejects=refused.select(
            pl.col("line").cast(pl.Int64),
            pl.lit(None, pl.Int64).alias("byte"),
            pl.lit(None, pl.String).alias("field"),
            pl.lit(
                "no region, no instant such as 2025-01-31 08:00, or no temperature between "
                f"{_COLDEST_C:g} and {_HOTTEST_C:g} °C; mend the line"
            ).alias("reason"),
            pl.concat_str(NEEDED, separator=",", ignore_nulls=True).alias("excerpt"),
        ).cast(REJECTS),
        position=path.stat().st_size,
    )


def _instant(lines: pl.DataFrame, name: str, zone: ZoneInfo) -> pl.Expr:
    if name not in lines.columns:
        return pl.lit(None, UTC_INSTANT).alias(name)
    text = pl.col(name).str.strip_chars().str.replace("T", " ", literal=True)
    aware = text.str.replace(r"Z$", "+00:00").str.to_datetime(
        "%Y-%m-%d %H:%M:%S%z", time_unit="us", time_zone="UTC", strict=False
    )
    short = text.str.replace(r"Z$", "+00:00").str.to_datetime(
        "%Y-%m-%d %H:%M%z", time_unit="us", time_zone="UTC", strict=False
    )
    local = [
        text.str.to_datetime(form, time_unit="us", strict=False)
        .dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        for form in _FORMATS
    ]
    has_offset = text.str.contains(_HAS_OFFSET)
    return (
        pl.when(has_offset)
        .then(pl.coalesce(aware, short))
        .otherwise(pl.coalesce(local))
        .alias(name)
    )


def _number(lines: pl.DataFrame, name: str) -> pl.Expr:
    if name not in lines.columns:
        return pl.lit(None, WEATHER_READ[name]).alias(name)
    return pl.col(name).str.strip_chars().cast(WEATHER_READ[name], strict=False).alias(name)
