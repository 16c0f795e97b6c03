"""Clock readings into instants: written times, the zone's standard time, daylight saving."""

from zoneinfo import ZoneInfo

import polars as pl

from ingest.profiles import standard_offset

CLOCKS = ("standard", "local", "utc")
"""What a time without an offset means: the zone's standard time all year, its wall clock with
daylight saving, or UTC."""

_TAIL = (
    r"(?:[ T]*(?P<hour>\d{1,2})(?:[:时点]|$)?(?P<minute>\d{1,2})?(?:[:分]|$)?"
    r"(?P<second>\d{1,2}(?:\.\d+)?)?秒?)?\s*(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?$"
)
_SEPARATED = (
    r"^(?P<year>\d{4})(?:[-/.]|年)(?P<month>\d{1,2})(?:[-/.]|月)(?P<day>\d{1,2})(?:日)?" + _TAIL
)
_COMPACT = (
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[ T_]*(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2}(?:\.\d+)?)?)?"
    r"\s*(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?$"
)
_COMMON_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
_EXCEL_EPOCH = pl.datetime(1899, 12, 30)  # serial 1 is 1900-01-01 with Excel's false leap day


def parse_times(texts: pl.Series, time_format: str | None = None) -> pl.DataFrame:
    """Read written times, however they are written, in any mixture.

    Understood are ``2024-01-01 00:15[:00[.5]]``, ``2024/1/1 0:15``, ``2024年1月1日 0时15分``,
    ``20240101 0015``, ``20240101001500``, each with ``Z`` or ``+08:00`` behind it, dates alone,
    24:00 as the end of the day, Unix seconds (10 digits, first 1) and milliseconds (13 digits),
    and Excel serial dates. Forms such as 1/2/24 say nothing certain: name them by ``time_format``.

    Args:
        texts: The written times.
        time_format: A strftime pattern that replaces all of the above.

    Returns:
        A row a text: ``at`` (Datetime without zone; null where it is no time) and ``is_utc``
        (true where the text itself says its offset, ``at`` is then UTC).
    """
    if time_format is not None:
        return _parse_as(texts, time_format)
    at = _uniform(texts)
    if at is not None:
        rest = at.is_null() & texts.is_not_null()
        found = pl.DataFrame(
            [at, pl.repeat(value=False, n=len(at), dtype=pl.Boolean, eager=True).alias("is_utc")]
        )
        if not rest.any():
            return found
        # Most are alike; the few that are not (24:00, another form) take the slow way.
        places = pl.int_range(len(at), eager=True).alias("place")
        slow = _any_form(texts.filter(rest)).with_columns(places.filter(rest))
        fast = found.with_columns(places).filter(~rest)
        return pl.concat([fast, slow.select(fast.columns)]).sort("place").drop("place")
    return _any_form(texts)


def _uniform(texts: pl.Series) -> pl.Series | None:
    """``texts`` read by the common form that the first of them has; None: it has another."""
    first = texts.drop_nulls().head(1)
    for form in _COMMON_FORMS:
        if (
            len(first)
            and first.str.strptime(pl.Datetime("us"), form, strict=False).is_not_null().all()
        ):
            return texts.str.strptime(pl.Datetime("us"), form, strict=False).alias("at")
    return None


def _any_form(texts: pl.Series) -> pl.DataFrame:
    distinct = texts.unique()
    read = _each(distinct).with_columns(distinct.alias("text"))
    every = texts.alias("text").to_frame()
    found = every.join(read, on="text", how="left", maintain_order="left", nulls_equal=True)
    return found.select("at", "is_utc")


def _each(texts: pl.Series) -> pl.DataFrame:
    frame = texts.cast(pl.String).str.strip_chars().str.replace_all("：", ":").alias("text")
    text = pl.col("text")
    return frame.to_frame().select(
        pl.coalesce(
            _calendar(_SEPARATED),
            _calendar(_COMPACT),
            pl.when(text.str.contains(r"^1\d{9}(\.\d+)?$")).then(
                _epoch(text.cast(pl.Float64, strict=False))
            ),
            pl.when(text.str.contains(r"^1\d{12}$")).then(
                _epoch(text.cast(pl.Float64, strict=False) / 1000)
            ),
            pl.when(text.str.contains(r"^[2-7]\d{4}(\.\d+)?$")).then(_excel(text)),
        ).alias("at"),
        text.str.contains(r"(?:^1\d{9}(\.\d+)?$|^1\d{12}$|:?\d{2}\s*(?:[Zz]|[+-]\d{2}:?\d{2})$)")
        .and_(~text.str.contains(r"^\d{4}-\d{1,2}-\d{2}$"))
        .fill_null(value=False)
        .alias("is_utc"),
    )


def _calendar(pattern: str) -> pl.Expr:
    found = pl.col("text").str.extract_groups(pattern).struct
    hour, minute, second = (
        found.field(part).cast(pl.Float64, strict=False).fill_null(0.0)
        for part in ("hour", "minute", "second")
    )
    seconds = hour * 3600 + minute * 60 + second
    date = pl.concat_str(
        found.field("year"),
        found.field("month").str.zfill(2),
        found.field("day").str.zfill(2),
        separator="-",
    ).str.to_date("%Y-%m-%d", strict=False)
    sign = pl.when(found.field("offset").str.starts_with("-")).then(-1).otherwise(1)
    digits = found.field("offset").str.replace_all(r"\D", "")
    offset = (
        digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 3600
        + digits.str.slice(2, 2).cast(pl.Int64, strict=False) * 60
    )
    is_time = (minute < 60) & (second < 60) & (seconds <= 24 * 3600)
    return pl.when(is_time).then(
        date.cast(pl.Datetime("us"))
        + _duration(seconds)
        - _duration((sign * offset).fill_null(0).cast(pl.Float64))
    )


def _duration(seconds: pl.Expr) -> pl.Expr:
    return (seconds * 1_000_000).round().cast(pl.Int64).cast(pl.Duration("us"))


def _epoch(seconds: pl.Expr) -> pl.Expr:
    return pl.datetime(1970, 1, 1) + _duration(seconds)


def _excel(text: pl.Expr) -> pl.Expr:
    # A serial date is a binary fraction of a day: whole seconds are what was meant.
    return _EXCEL_EPOCH + _duration((text.cast(pl.Float64, strict=False) * 86_400).round())


def _parse_as(texts: pl.Series, time_format: str) -> pl.DataFrame:
    text = texts.cast(pl.String).str.strip_chars()
    is_utc = "%z" in time_format or "%#z" in time_format or "%s" in time_format
    has_time = any(code in time_format for code in ("%H", "%I", "%T", "%R", "%s", "%k", "%c"))
    if has_time:
        # 24:00 ends the day; strptime has no hour 24.
        ends = text.str.contains(r"(?:^|\D)24:?00(?::?00)?$").fill_null(value=False)
        text = text.str.replace(r"(^|\D)24(:?00(?::?00)?)$", "${1}00${2}")
        at = text.str.to_datetime(time_format, strict=False, time_unit="us")
        at = at.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if is_utc else at
        late = ends.replace_strict({True: 1, False: 0}, return_dtype=pl.Int64)
        at = at + (late * 86_400_000_000).cast(pl.Duration("us"))
    else:
        at = text.str.to_date(time_format, strict=False).cast(pl.Datetime("us"))
    return pl.DataFrame(
        {
            "at": at,
            "is_utc": pl.repeat(is_utc and has_time, len(text), dtype=pl.Boolean, eager=True),
        }
    )


def standard_to_utc(at: pl.Expr, zone: ZoneInfo, years: list[int]) -> pl.Expr:
    """Times on the zone's standard clock (no daylight saving) as UTC, still without zone.

    Args:
        at: Datetime without zone.
        zone: The zone.
        years: The years that occur.
    """
    offsets = {year: standard_offset(zone, year) for year in years if 1 <= year <= 9998}
    if len(set(offsets.values())) == 1:
        return at - next(iter(offsets.values()))
    return at - at.dt.year().replace_strict(offsets, default=None, return_dtype=pl.Duration("us"))


def has_daylight_saving(zone: ZoneInfo, years: list[int]) -> bool:
    """Whether wall clock and standard time differ anywhere in ``years``."""
    for year in years:
        days = pl.datetime_range(
            pl.datetime(year, 1, 1), pl.datetime(year, 12, 31), "5d", eager=True
        )
        wall = days.dt.replace_time_zone("UTC").dt.convert_time_zone(zone.key)
        standard = days + standard_offset(zone, year)
        if (wall.dt.replace_time_zone(None) != standard).any():
            return True
    return False


def resolve_wall_clock(readings: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Wall-clock times with daylight saving into UTC.

    The hour skipped in spring has no instant. The hour repeated in autumn is told apart by order
    of appearance for each usage point and channel: the first is daylight time, later ones standard
    time. Where only one of the two is there, it is taken as the first, and says so.

    Args:
        readings: ``usage_point_id``, ``channel``, ``at`` (Datetime without zone), ``is_utc``
            (leave alone) and ``line`` (the order of appearance).
        zone: The zone whose wall clock it is.

    Returns:
        ``readings`` with ``at`` in UTC (still without zone; null where it does not exist) and
        ``problem``: null, ``"skipped"`` or ``"single"`` (one of a repeated pair alone).
    """
    distinct = readings.filter(~pl.col("is_utc")).select("at").unique().drop_nulls()
    both = distinct.with_columns(
        pl.col("at")
        .dt.replace_time_zone(zone.key, ambiguous=choice, non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
        .alias(choice)
        for choice in ("earliest", "latest")
    )
    placed = readings.join(both, on="at", how="left", maintain_order="left").with_columns(
        (pl.col("earliest") != pl.col("latest")).fill_null(value=False).alias("repeated")
    )
    seen = ["usage_point_id", "channel", "at"]
    pairs = (
        placed.filter("repeated")
        .sort("line", maintain_order=True)
        .select(
            *seen,
            "line",
            pl.int_range(pl.len()).over(seen).alias("occurrence"),
            pl.len().over(seen).alias("occurrences"),
        )
    )
    placed = placed.join(pairs, on=[*seen, "line"], how="left", maintain_order="left")
    local = ~pl.col("is_utc")
    return placed.with_columns(
        pl.when(~local)
        .then("at")
        .when(pl.col("occurrence") > 0)
        .then("latest")
        .otherwise("earliest")
        .alias("at"),
        pl.when(local & pl.col("at").is_not_null() & pl.col("earliest").is_null())
        .then(pl.lit("skipped"))
        .when(pl.col("occurrences") == 1)
        .then(pl.lit("single"))
        .alias("problem"),
    ).drop("earliest", "latest", "repeated", "occurrence", "occurrences")
