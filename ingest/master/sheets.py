"""Tables of text with line numbers, from CSV, TSV, XLSX and Parquet."""

import csv
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from fastexcel import FastExcelError

from ingest.batch import CollectorError, reject

LINE = "line:"
"""The column that holds where a row stood; no header can be called so by accident."""
UNPACKED_LIMIT = 512 * 1024 * 1024
"""What a workbook may hold once it is unpacked [bytes]."""
LINE_LIMIT = 1024 * 1024
"""What one line may hold [bytes]; a longer one is refused by itself."""
_QUOTED_LINES = 20  # a quoted field that runs on longer than this is a stray quote
_UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,  # an encrypted member
    NotImplementedError,  # a packing that zipfile does not know
    zipfile.BadZipFile,
    zlib.error,
    FastExcelError,
    pa.ArrowException,
    pl.exceptions.PolarsError,
)
_DELIMITERS = (",", "\t", ";", "|")
_WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of cells as text; ``lines[i]`` is where ``rows[i]`` begins, 1 being the first line."""

    name: str
    rows: list[list[str | None]]
    lines: list[int]


def open_sheets(
    path: Path, *, encoding: str = "", delimiter: str = ""
) -> tuple[list[Sheet], list[pl.DataFrame]]:
    """The sheets of a file, blank rows left out, and rejects for lines that cannot be read.

    Args:
        path: CSV, TSV or text of any encoding, a workbook, or Parquet; told by the ending.
        encoding: Of a text file; empty: found out line by line (UTF-8, GB18030, UTF-16 by its
            byte order mark).
        delimiter: Of a text file; empty: found out.

    Raises:
        CollectorError: the file cannot be opened as what its name says it is.
    """
    ending = path.suffix.lower()
    try:
        if ending in _WORKBOOKS:
            return _workbook(path), []
        if ending in {".parquet", ".pq"}:
            return [_parquet(path)], []
        sheet, rejects = _text(path, encoding, delimiter)
    except CollectorError:
        raise
    except _UNREADABLE as error:
        raise CollectorError(
            f"{path.name}: cannot be read ({error}). "
            "Expected master data as CSV, TSV, XLSX or Parquet; export it again."
        ) from error
    return [sheet], rejects


def _workbook(path: Path) -> list[Sheet]:
    if zipfile.is_zipfile(path):
        _check_unpacked(path)
    frames = pl.read_excel(
        path,
        sheet_id=0,
        engine="calamine",
        has_header=False,
        infer_schema_length=0,
        drop_empty_rows=False,
        raise_if_empty=False,
    )
    return [_filled(name, frame, first_line=1) for name, frame in frames.items()]


def _check_unpacked(path: Path) -> None:
    size = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as content:
                while part := content.read(1 << 20):
                    size += len(part)
                    if size > UNPACKED_LIMIT:
                        raise CollectorError(
                            f"{path.name}: holds more than {UNPACKED_LIMIT // 2**20} MB once "
                            "unpacked. Split it, or send it as CSV."
                        )


def _parquet(path: Path) -> Sheet:
    table = pq.read_table(path)
    table.validate(full=True)  # polars panics on text that is none, and reading some damaged files
    frame = pl.DataFrame(table)
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    text = frame.drop(nested).cast(pl.String)
    header = dict(zip(text.columns, text.columns, strict=True))
    body = pl.concat([pl.DataFrame([header], schema=text.schema), text])
    return _filled(path.stem, body, first_line=0)


def _filled(name: str, frame: pl.DataFrame, *, first_line: int) -> Sheet:
    rows, lines = [], []
    for line, row in enumerate(frame.iter_rows(), first_line):
        if any(cell is not None and cell.strip() for cell in row):
            rows.append(list(row))
            lines.append(line)
    return Sheet(name, rows, lines)


def _text(path: Path, encoding: str, delimiter: str) -> tuple[Sheet, list[pl.DataFrame]]:
    content = path.read_bytes()
    rejects: list[pl.DataFrame] = []
    lines = list(_decoded(content, encoding, rejects))
    delimiter = delimiter or _delimiter(text for _, text in islice(lines, 20))
    rows, numbers = [], []
    for line, cells in _records(lines, delimiter, rejects):
        if any(cell.strip() for cell in cells):
            rows.append(cells)
            numbers.append(line)
    return Sheet(path.stem, rows, numbers), rejects


def _decoded(
    content: bytes, encoding: str, rejects: list[pl.DataFrame]
) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; those that are no text are rejected."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or encoding.lower().startswith("utf-16"):
        content, encoding = content.decode("utf-16").encode(), "utf-8"
    raw = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = raw.split(b"\n")  # no byte of a GB18030 character is a line feed
    encoding = encoding or min(("utf-8", "gb18030"), key=lambda name: _failures(lines, name))
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_LIMIT:
            reason = (
                f"the line holds {len(line)} bytes, more than {LINE_LIMIT}; export the file again"
            )
            rejects.append(reject(reason, line=number, excerpt=line[:99].decode(errors="replace")))
            continue
        try:
            yield number, line.decode(encoding)
        except UnicodeDecodeError as error:
            reason = (
                f"byte {error.start + 1} of the line is no {encoding}; export the file again as "
                "UTF-8, or name its encoding in the profile"
            )
            excerpt = line.decode(encoding, errors="replace")
            rejects.append(reject(reason, line=number, excerpt=excerpt))


def _failures(lines: list[bytes], encoding: str) -> int:
    failures = 0
    for line in lines:
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            failures += 1
    return failures


def _delimiter(lines: Iterator[str]) -> str:
    counts = dict.fromkeys(_DELIMITERS, 0)
    for line in lines:
        for delimiter in _DELIMITERS:
            counts[delimiter] += line.count(delimiter)
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def _records(
    lines: list[tuple[int, str]], delimiter: str, rejects: list[pl.DataFrame]
) -> Iterator[tuple[int, list[str]]]:
    """Cells of each record; a quote that never closes costs its own line and no other."""
    at = 0
    while at < len(lines):
        number, text = lines[at]
        at += 1
        if '"' not in text:
            yield number, text.split(delimiter)
            continue
        for more in range(min(_QUOTED_LINES, len(lines) - at) + 1):
            joined = "\n".join(line for _, line in lines[at - 1 : at + more])
            cells = _split(joined, delimiter)
            if cells is not None:
                yield number, cells
                at += more
                break
        else:
            reason = "a quotation mark opens and never closes; close or remove it"
            rejects.append(reject(reason, line=number, excerpt=text))


def _split(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None where a quoted cell is not closed."""
    try:
        kept = (f"{line}\n" for line in text.split("\n"))
        rows = list(csv.reader(kept, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
