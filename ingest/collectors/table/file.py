"""Open a tabular dump, whatever its format: CSV, TSV, XLSX, XLS or Parquet, in blocks of rows."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.batch import REJECTS, CollectorError, reject
from ingest.collectors.table.profile import TableProfile
from ingest.collectors.table.records import LINE
from ingest.collectors.table.text import TextForm, first_lines, text_blocks, text_form

_BLOCK_CELLS = 8_000_000
_UNPACKED_LIMIT = 4 << 30  # bytes of a workbook; a sheet of 1,048,576 rows × 20 columns takes 1 GB
_HEADER_LINES = 10
_EXCEL_ERRORS = (fastexcel.FastExcelError, pl.exceptions.PolarsError)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows as they stand in the file, with LINE; text columns of text files are not yet read."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    position: int
    """Bytes read so far."""


@dataclass(frozen=True, slots=True)
class Table:
    """A tabular dump, opened: its format, its columns, and where its header stands."""

    path: Path
    format: str
    columns: tuple[str, ...]
    header_line: int
    form: TextForm | None = None
    sheet: pl.DataFrame | None = None


def file_format(path: Path) -> str:
    """``parquet``, ``excel`` or ``text``, by content rather than by name."""
    try:
        with path.open("rb") as file:
            magic = file.read(8)
    except OSError as error:
        raise CollectorError(f"{path}: cannot be opened ({error.strerror})") from error
    if magic.startswith(b"PAR1"):
        return "parquet"
    is_excel = magic.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return "excel" if is_excel else "text"


def open_table(path: Path, profile: TableProfile | None = None) -> Table:
    """Find the format and the header of a file.

    The header is the profile's ``header_line``, else the one of the first ten lines that names most
    of the profile's columns, else the first with the most fields (exports often begin with titles).

    Raises:
        CollectorError: It is no table, or not readable.
    """
    kind = file_format(path)
    if kind == "parquet":
        try:
            names = pq.ParquetFile(path).schema_arrow.names
        except (pa.ArrowException, OSError) as error:
            raise CollectorError(
                f"{path.name}: not a readable Parquet file ({error}); it may be truncated"
            ) from error
        return Table(path, kind, _distinct(names), 0)
    if kind == "excel":
        sheet = _open_sheet(path, profile.sheet if profile else None)
        lines = [[value or "" for value in row] for row in sheet.head(_HEADER_LINES).rows()]
        at = _header_line(path, lines, profile)
        return Table(path, kind, _distinct(_row_of(sheet, at)), at, sheet=sheet)
    form = text_form(path, profile.encoding if profile else None, profile and profile.delimiter)
    count = max(_HEADER_LINES, (profile.header_line or 0) if profile else 0)
    lines = first_lines(path, form, count)
    at = _header_line(path, lines, profile)
    return Table(path, kind, _distinct(lines[at - 1]), at, form=form)


def _row_of(sheet: pl.DataFrame, line: int) -> list[str]:
    return [value or "" for value in sheet.row(line - 1)]


def _header_line(path: Path, lines: list[list[str]], profile: TableProfile | None) -> int:
    if profile is not None and profile.header_line is not None:
        if profile.header_line > len(lines):
            raise CollectorError(
                f"{path.name}: the profile says header_line = {profile.header_line}, "
                f"but the file has {len(lines)} lines"
            )
        return profile.header_line
    wanted = {
        name
        for table in ((profile.columns, profile.values) if profile else ())
        for names in table.values()
        for name in names
    }
    best, at = (-1, -1), 0
    for number, fields in enumerate(lines, 1):
        texts = [field.strip() for field in fields if field.strip()]
        score = (len(wanted.intersection(texts)), len(texts))
        if score > best and len(texts) >= 2:
            best, at = score, number
    if at == 0:
        raise CollectorError(
            f"{path.name}: no header in the first {_HEADER_LINES} lines; expected one with at "
            f"least two column names. Say header_line in a profile."
        )
    return at


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Column names without surrounding blanks; a repeated or empty one gets its place behind it."""
    seen: set[str] = set()
    distinct = []
    for place, raw in enumerate(names, 1):
        name = raw.lstrip("\ufeff").strip()
        if not name or name in seen:
            name = f"{name}#{place}"
        seen.add(name)
        distinct.append(name)
    return tuple(distinct)


def _open_sheet(path: Path, name: str | None) -> pl.DataFrame:
    """A sheet as text from its first row on, so that row numbers are those the reader sees."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        # Sheets of readings pack 10 to 30 times.
        is_bomb = unpacked > 1 << 26 and unpacked > 200 * path.stat().st_size
        if unpacked > _UNPACKED_LIMIT or is_bomb:
            raise CollectorError(
                f"{path.name}: unpacks to {unpacked:,} bytes from {path.stat().st_size:,}; "
                f"a workbook of readings does not. Export it as CSV if it really is so large."
            )
    try:
        book = fastexcel.read_excel(path)
        if name is not None and name not in book.sheet_names:
            raise CollectorError(
                f"{path.name}: there is no sheet '{name}'; it has {book.sheet_names}"
            )
        sheet = book.load_sheet(
            name or 0, header_row=None, skip_rows=0, dtypes="string"
        ).to_polars()
    except _EXCEL_ERRORS as error:
        raise CollectorError(f"{path.name}: not a readable workbook ({error})") from error
    if sheet.is_empty():
        raise CollectorError(f"{path.name}: the sheet is empty; expected a header and rows")
    return sheet


def blocks(table: Table, wanted: list[str]) -> Iterator[Block]:
    """The rows of a table in blocks, of which the columns ``wanted`` (and LINE) are kept."""
    if table.format == "parquet":
        yield from _parquet_blocks(table, wanted)
    elif table.sheet is not None:
        sheet = table.sheet.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
        rows = sheet.slice(table.header_line).rename(
            dict(zip(table.sheet.columns, table.columns, strict=True))
        )
        size = table.path.stat().st_size
        yield Block(rows.select(*wanted, LINE), pl.DataFrame(schema=REJECTS), size)
    elif table.form is not None:
        for rows, rejects, position in text_blocks(
            table.path, table.form, list(table.columns), table.header_line
        ):
            yield Block(rows.select(*wanted, LINE), rejects, position)


def _parquet_blocks(table: Table, wanted: list[str]) -> Iterator[Block]:
    file = pq.ParquetFile(table.path)
    size, total = table.path.stat().st_size, max(file.metadata.num_rows, 1)
    stored = dict(zip(table.columns, file.schema_arrow.names, strict=True))
    names = [stored[name] for name in wanted]
    block_rows = max(10_000, _BLOCK_CELLS // max(len(names), 1))
    first = 1
    for group in range(file.metadata.num_row_groups):
        done, rows_in_group = 0, file.metadata.row_group(group).num_rows
        try:
            for part in file.iter_batches(block_rows, row_groups=[group], columns=names):
                rows = pl.DataFrame(pa.Table.from_batches([part])).rename(
                    {stored[name]: name for name in wanted}
                )
                lines = pl.int_range(first + done, first + done + len(rows), eager=True)
                done += len(rows)
                yield Block(
                    rows.with_columns(lines.alias(LINE)),
                    pl.DataFrame(schema=REJECTS),
                    size * (first + done) // total,
                )
        except (pa.ArrowException, OSError) as error:
            what = reject(
                f"rows {first + done} to {first + rows_in_group - 1} cannot be read ({error}); "
                f"the file is damaged there",
                line=first + done,
            )
            yield Block(pl.DataFrame(), what, size * first // total)
        first += rows_in_group
