"""Exports of other systems: payments (收缴), contract applications (业扩报装), announced outages.

They come with the master data (``fenggu ingest --master``) and are known by their headers, which
stand in ``data/profiles/exports/headers.toml``. A row that comes again with the same key replaces
the one before; a row that cannot be read is rejected with line, column and reason. A file of
payments without numbers must hold every payment of the bills it names.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, REJECTS
from ingest.lake import Writer, scan_table, upsert
from ingest.master import applications
from ingest.master.fields import cleaned, converted
from ingest.master.profile import normal
from ingest.master.sheets import LINE, Sheet, open_sheets
from ingest.merge import Arrival
from queries.local_time import standard_offset
from queries.schema import CONTRACT_APPLICATIONS, PAYMENTS, PLANNED_OUTAGES, Column, Table
from queries.settings import PROJECT

HEADERS = PROJECT / "data" / "profiles" / "exports" / "headers.toml"
_NEEDED = {
    "payments": ("customer_id", "bill_month", "billed_cny", "due_on"),
    "planned_outages": ("outage_id", "area_kind", "area_id", "starts_at", "ends_at"),
    "contract_applications": ("application_id", "kind", "applied_on"),
}
"""Columns without which a file is no such export, and a row none of its rows."""
CHANNELS = ("wechat", "alipay", "direct_debit", "prepaid", "counter", "bank")
_CODES = {
    "channel": CHANNELS,
    "area_kind": ("feeder", "transformer"),
    "kind": applications.KINDS,
    "status": applications.STATUSES,
}
_STAMPED = ("batch_id", "received_at")
_HEADER_WITHIN = 20
_AMOUNT = r"^-?\d{1,14}(?:\.\d{1,2}0*)?$"
_MONTH = r"^(\d{4})(?:-|/|\.|年)?(0?[1-9]|1[0-2])(?:月)?$"
_INSTANT = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"


@dataclass(frozen=True, slots=True)
class Export:
    """What one file says: rows of ``table`` without the columns ingest stamps, and rejects."""

    table: Table
    rows: pl.DataFrame
    rejects: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Shape:
    """A sheet that is an export: where its header stands, and its columns' places in a row."""

    sheet: Sheet
    at: int
    places: Mapping[str, int]
    table: Table


@dataclass(frozen=True, slots=True)
class _Known:
    columns: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]


@cache
def _known(table: str) -> _Known:
    entries = tomllib.loads(HEADERS.read_text("utf-8"))[table]
    columns = {
        normal(header): name
        for name, headers in entries["columns"].items()
        for header in (name, *headers)
    }
    return _Known(columns, entries.get("values", {}))


def read_export(path: Path, zone: ZoneInfo) -> Export | None:
    """Read a file if it is an export of one of these tables; None: it is something else.

    Args:
        path: CSV, TSV, XLSX or Parquet, as master data.
        zone: Of times that name none.

    Raises:
        CollectorError: the file cannot be opened as what its name says it is.
    """
    sheets, faults = open_sheets(path)
    for sheet in sheets:
        for table in (PAYMENTS, PLANNED_OUTAGES, CONTRACT_APPLICATIONS):
            if found := _header(sheet, table):
                at, places = found
                return _export(_Shape(sheet, at, places, table), zone, faults)
    return None


def _header(sheet: Sheet, table: Table) -> tuple[int, dict[str, int]] | None:
    known = _known(table.name).columns
    for at, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        places = {
            known[normal(cell or "")]: i
            for i, cell in enumerate(row)
            if normal(cell or "") in known
        }
        if set(_NEEDED[table.name]) <= places.keys():
            return at, places
    return None


def _export(shape: _Shape, zone: ZoneInfo, faults: list[pl.DataFrame]) -> Export:
    sheet, at, places, table = shape.sheet, shape.at, shape.places, shape.table
    header, rejects = sheet.rows[at], list(faults)
    body = list(zip(sheet.rows[at + 1 :], sheet.lines[at + 1 :], strict=True))
    lines = pl.Series(LINE, [line for _, line in body], dtype=pl.Int64)
    bad = pl.repeat(value=False, n=len(body), eager=True)
    columns = [lines]
    for column in table.columns:
        if column.name in _STAMPED:
            continue
        place = places.get(column.name)
        cells = [row[place] if place is not None and place < len(row) else None for row, _ in body]
        text = cleaned(pl.Series(column.name, cells, dtype=pl.String))
        value, expected = _read(column, text, _known(table.name).words.get(column.name, {}), zone)
        wrong = text.is_not_null() & value.is_null()
        if column.name in _NEEDED[table.name]:
            wrong |= text.is_null()
        name = header[place] if place is not None else column.name
        rejects.append(_rejected(lines, text, wrong, name or column.name, expected))
        bad |= wrong
        columns.append(value.alias(column.name))
    rows = pl.DataFrame(columns).filter(~bad)
    if table is PAYMENTS:
        rows = _payments(rows)
    elif table is CONTRACT_APPLICATIONS:
        headers = {name: header[place] or name for name, place in places.items()}
        rows, refused = applications.checked(rows, headers)
        rejects.append(refused)
    rows = rows.unique(table.key, keep="last", maintain_order=True).drop(LINE)
    return Export(table, rows, pl.concat([pl.DataFrame(schema=REJECTS), *rejects]).sort("line"))


def _payments(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbered by their dates where the file has no numbers; open ones have paid nothing."""
    keys = ["customer_id", "bill_month"]
    counted = pl.col("paid_on").rank("ordinal").over(keys)
    last = pl.len().over(keys)
    return rows.with_columns(
        payment_number=pl.coalesce("payment_number", counted, last).cast(pl.Int16),
        paid_cny=pl.when(pl.col("paid_on").is_null())
        .then(pl.lit(0))
        .otherwise(pl.col("paid_cny").fill_null(pl.col("billed_cny")))
        .cast(pl.Decimal(18, 2)),
    )


def _read(
    column: Column, text: pl.Series, words: Mapping[str, str], zone: ZoneInfo
) -> tuple[pl.Series, str]:
    """Values of one column, null where a cell is none, and what was expected."""
    if column.name == "bill_month":
        parts = pl.col(text.name).str.extract_groups(_MONTH)
        month = pl.concat_str(parts.struct[0], parts.struct[1].str.zfill(2), separator="-")
        return text.to_frame().select(month).to_series(), "a month such as 2025-07"
    if isinstance(column.dtype, pl.Decimal):
        plain = text.str.replace_all(r"[,元¥ ]", "")
        # Never through a float: amounts of money are exact.
        exact = plain.set(~plain.str.contains(_AMOUNT).fill_null(value=False), None)
        return exact.cast(column.dtype, strict=False), "an amount of at most two decimals"
    if isinstance(column.dtype, pl.Datetime):
        return _instants(text, zone), "a time such as 2025-07-01 08:30"
    if codes := _CODES.get(column.name):
        said = text.replace(dict(words))
        known = said.set(~said.is_in(codes), None)
        return known, f"one of {', '.join(codes)}"
    value, _, expected = converted(column, text, words=words)
    return value, expected


def _instants(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Times of the zone's standard time, unless they say an offset."""
    plain = text.str.replace_all("/", "-").str.replace("T", " ")
    full = plain.str.replace(r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2})$", "$1:00")
    aware = full.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", strict=False, time_unit="us")
    local = full.set(~full.str.contains(_INSTANT).fill_null(value=False), None)
    naive = local.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    year = naive.dt.year().drop_nulls()
    offset = standard_offset(zone, int(year[0])) if len(year) else timedelta()
    standard = (naive - offset).dt.replace_time_zone("UTC")
    return pl.DataFrame({"a": aware.dt.convert_time_zone("UTC"), "b": standard}).select(
        pl.coalesce("a", "b").alias(text.name)
    )[text.name]


def _rejected(
    lines: pl.Series, text: pl.Series, wrong: pl.Series, header: str, expected: str
) -> pl.DataFrame:
    shown = pl.col("text").fill_null("").str.slice(0, EXCERPT_CHARACTERS)
    frame = pl.DataFrame({"line": lines, "text": text}).filter(wrong)
    return frame.select(
        line="line",
        byte=pl.lit(None, pl.Int64),
        field=pl.lit(header),
        reason=pl.format("'{}' is not {}; correct it in the source", shown, pl.lit(expected)),
        excerpt=shown,
    )


def store_export(writer: Writer, export: Export, arrival: Arrival) -> int:
    """Lay an export over what is known; nothing is published yet. Returns the rows with news."""
    table = export.table
    held = scan_table(writer, table).select(export.rows.columns).collect()
    news = export.rows.join(held, on=export.rows.columns, how="anti", nulls_equal=True)
    if not news.is_empty():
        stamped = news.with_columns(
            batch_id=pl.lit(arrival.batch_id),
            received_at=pl.lit(arrival.received_at).cast(table.schema["received_at"]),
        )
        upsert(writer, table, stamped.select(table.names))
    return news.height
