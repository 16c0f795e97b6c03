"""The fields of a tabular dump into numbers, times, channels and qualities, with rejects."""

from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, REJECTS
from ingest.collectors.table.profile import MISSING, TableProfile
from ingest.collectors.table.records import LINE
from ingest.local_time import parse_times, standard_to_utc
from queries.schema import CHANNELS, QUALITIES, UTC_INSTANT

_CHANNEL_WORDS = {
    **{name: name for name in CHANNELS},
    **{zh: name for name, zh in CHANNELS.items()},
    "正向有功总": "import",
    "反向有功总": "export",
    "正向无功总": "reactive_import",
    "反向无功总": "reactive_export",
    "正向有功电量": "import",
    "反向有功电量": "export",
    "delivered": "import",
    "received": "export",
}
_QUALITY_WORDS = {
    **{code: code for code in QUALITIES},
    **{zh: code for code, zh in QUALITIES.items()},
    "actual": "A",
    "substituted": "S",
    "substitute": "S",
    "estimated": "E",
    "estimate": "E",
    "missing": "N",
    "估计": "E",
    "正常": "A",
    "valid": "A",
}


def rejected(rows: pl.DataFrame, reason: str | pl.Expr, field: str | None = None) -> pl.DataFrame:
    """REJECTS for ``rows``, which have LINE; the excerpt is what stands in the column ``field``."""
    excerpt = pl.col(field).cast(pl.String) if field in rows.columns else pl.lit(None, pl.String)
    return rows.select(
        pl.col(LINE).cast(pl.Int64).alias("line"),
        pl.lit(None, pl.Int64).alias("byte"),
        pl.lit(field, pl.String).alias("field"),
        (pl.lit(reason) if isinstance(reason, str) else reason).alias("reason"),
        excerpt.str.slice(0, EXCERPT_CHARACTERS).alias("excerpt"),
    ).match_to_schema(REJECTS)


def numbers(
    rows: pl.DataFrame, column: str, profile: TableProfile
) -> tuple[pl.Series, pl.DataFrame]:
    """A column as Float64: null where there is no value, and rejects where it is no number."""
    raw = rows[column]
    if raw.dtype.is_numeric():
        values = raw.cast(pl.Float64).fill_nan(None)
        return _finite(rows, values, column)
    text = raw.cast(pl.String)
    if profile.decimal == ",":
        text = text.str.replace(",", ".", literal=True)
    values = text.cast(pl.Float64, strict=False)
    if values.null_count() > text.null_count():
        values = text.str.strip_chars().cast(pl.Float64, strict=False)
    values = values.fill_nan(None)
    if values.null_count() == text.null_count():
        return _finite(rows, values, column)
    words = [*MISSING, *(word.strip().upper() for word in profile.missing)]
    bad = values.is_null() & text.is_not_null()
    bad &= ~text.str.strip_chars().str.to_uppercase().is_in(words).fill_null(value=True)
    reason = "the value is not a number; expected one such as 1.25, or nothing where it is missing"
    kept, endless = _finite(rows, values, column)
    return kept, pl.concat([endless, rejected(rows.filter(bad), reason, column)])


def _finite(rows: pl.DataFrame, values: pl.Series, column: str) -> tuple[pl.Series, pl.DataFrame]:
    endless = values.is_infinite().fill_null(value=False)
    if not endless.any():
        return values, pl.DataFrame(schema=REJECTS)
    bad = rejected(rows.filter(endless), "the value is infinite; expected a finite number", column)
    finite = pl.select(pl.when(~endless).then(values)).to_series()
    return finite, bad


def times(
    rows: pl.DataFrame, columns: tuple[str, ...], profile: TableProfile
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One column of times, or one of dates and one of times of day, read as ``parse_times`` does.

    Returns:
        ``at`` and ``is_utc`` for every row, and rejects for those that are no time.
    """
    if len(columns) == 1 and rows.schema[columns[0]].is_temporal():
        return _typed_times(rows, columns[0])
    parts = [_text_of(rows, name) for name in columns]
    if len(parts) > 1:
        parts[0] = parts[0].str.replace(r" 00:00:00$", "")  # a date cell of a spreadsheet
    text = (
        parts[0] if len(parts) == 1 else pl.select(pl.concat_str(*parts, separator=" ")).to_series()
    )
    found = parse_times(text, profile.time_format)
    bad = found["at"].is_null()
    rejects = pl.DataFrame(schema=REJECTS)
    if bad.any():
        expected = profile.time_format or "2024-01-01 00:15"
        reason = f"the time cannot be read; expected one such as {expected} (see time_format)"
        rejects = rejected(rows.filter(bad), reason, columns[-1])
    return found.select("at", "is_utc"), rejects


def _text_of(rows: pl.DataFrame, name: str) -> pl.Series:
    column = rows[name]
    if column.dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if column.dtype == pl.Time:
        return column.dt.strftime("%H:%M:%S")
    text = column.cast(pl.String)
    # Spreadsheet cells: a time of day carries day 0, and 24:00 is day 1.
    if text.str.starts_with("1899-12-3").any() or (text == "1900-01-01 00:00:00").any():
        text = text.str.replace(r"^1899-12-3[01] ", "").str.replace(
            r"^1900-01-01 00:00:00$", "24:00"
        )
    return text


def _typed_times(rows: pl.DataFrame, column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    at = rows[column]
    is_utc = isinstance(at.dtype, pl.Datetime) and at.dtype.time_zone is not None
    if is_utc:
        at = at.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    at = at.cast(pl.Datetime("us"), strict=False).alias("at")
    bad = rejected(rows.filter(at.is_null()), "the time is missing", column)
    flags = pl.repeat(is_utc, len(at), dtype=pl.Boolean, eager=True).alias("is_utc")
    return pl.DataFrame([at, flags]), bad


def _translated(
    rows: pl.DataFrame, column: str, words: dict[str, str], what: str
) -> tuple[pl.Series, pl.DataFrame]:
    text = rows[column].cast(pl.String).str.strip_chars().alias("word")
    distinct = text.unique().drop_nulls().to_list()
    meaning = {w: words.get(w, words.get(w.lower(), words.get(w.upper()))) for w in distinct}
    said = text.replace_strict(meaning, default=None, return_dtype=pl.String)
    unknown = text.is_not_null() & said.is_null() & (text != "")
    reason = f"unknown {what}; known are {', '.join(sorted(words))}. Add it to the profile."
    return said, rejected(rows.filter(unknown), reason, column)


def channels(
    rows: pl.DataFrame, column: str, profile: TableProfile
) -> tuple[pl.Series, pl.DataFrame]:
    """The channel of every row; null and a reject where its word is unknown or missing."""
    words = {**_CHANNEL_WORDS, **profile.channels}
    numbered = {
        word: word
        for word in rows[column].cast(pl.String).unique().drop_nulls()
        if word.partition(".")[0] in CHANNELS and word.partition(".")[2].isdigit()
    }
    said, unknown = _translated(rows, column, {**numbered, **words}, "channel")
    empty = rows[column].is_null() | (rows[column].cast(pl.String) == "")
    return said, pl.concat(
        [unknown, rejected(rows.filter(empty), "the channel is missing", column)]
    )


def qualities(
    rows: pl.DataFrame, column: str, profile: TableProfile
) -> tuple[pl.Series, pl.DataFrame]:
    """The quality of every row, null where nothing is said; a reject where its word is unknown."""
    return _translated(rows, column, {**_QUALITY_WORDS, **profile.qualities}, "quality")


def meters(rows: pl.DataFrame, column: str) -> tuple[pl.Series, pl.DataFrame]:
    """The usage point of every row as text, and rejects where it is missing."""
    raw = rows[column]
    # A whole number that a spreadsheet or data frame turned into a float is still an identifier.
    if raw.dtype.is_float():
        raw = pl.select(
            pl.when(raw == raw.floor())
            .then(raw.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(raw.cast(pl.String))
        ).to_series()
    text = raw.cast(pl.String)
    if (
        text.str.starts_with(" ").any()
        or text.str.ends_with(" ").any()
        or text.str.contains("\t").any()
    ):
        text = text.str.strip_chars()
    empty = text.is_null() | (text == "")
    return text, rejected(rows.filter(empty), "the usage point is missing", column)


def issue_times(
    rows: pl.DataFrame, column: str, profile: TableProfile, zone: ZoneInfo
) -> tuple[pl.Series, pl.DataFrame]:
    """When the source says it issued each row, in standard time unless it says otherwise."""
    said = rows.filter(pl.col(column).is_not_null())
    found, bad = times(said, (column,), profile)
    years = found["at"].dt.year().unique().drop_nulls().to_list()
    at = (
        pl.when("is_utc").then("at").otherwise(standard_to_utc(pl.col("at"), zone, years or [2000]))
    )
    known = said.select(LINE).with_columns(
        found.select(at.dt.replace_time_zone("UTC").cast(UTC_INSTANT).alias("issued_at"))[
            "issued_at"
        ]
    )
    joined = rows.select(LINE).join(known, on=LINE, how="left", maintain_order="left")
    return joined["issued_at"], bad
