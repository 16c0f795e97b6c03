"""Records of text tables: their fields, quotes, and the ways in which a line is no row."""

import csv

import numpy as np
import polars as pl

from ingest.batch import REJECTS, reject

LINE = "__line__"
"""The column with the 1-based line (row, in spreadsheets and Parquet) of every row."""
LINE_LIMIT = 100_000
"""Bytes in the longest line that is believed to be one; 1,440 points take a tenth of it."""
QUOTED_LINES = 100
"""A quoted field that spans more lines was never closed."""
NEWLINE = 10


def no_rows(names: list[str]) -> pl.DataFrame:
    """An empty block with the columns ``names``."""
    return pl.DataFrame(schema={**dict.fromkeys(names, pl.String()), LINE: pl.Int64()})


def too_long(line: int, start: bytes) -> pl.DataFrame:
    """The reject of a line beyond LINE_LIMIT, of which ``start`` is known."""
    return reject(
        f"the line is longer than {LINE_LIMIT:,} bytes; expected one row of a table",
        line=line,
        excerpt=start.decode("utf-8", "replace"),
    )


def wrong_width(count: int, width: int, line: int, text: str) -> pl.DataFrame:
    """The reject of a line with ``count`` fields under a header of ``width``."""
    return reject(
        f"the line has {count} fields; expected {width} as in the header", line=line, excerpt=text
    )


def fields_of(record: str, delimiter: str) -> list[str] | None:
    """The fields of one record; None where its quotes make no sense."""
    try:
        # Over several lines a quote must open and close a field: two stray ones do not make one.
        return next(csv.reader([record], delimiter=delimiter, strict="\n" in record), [])
    except csv.Error:
        return None


def quotes_are_plain(
    codes: np.ndarray, quotes: np.ndarray, ends: np.ndarray, delimiter: int
) -> bool:
    """Whether every quote begins or ends a whole field, and none spans lines."""
    if len(quotes) % 2 or (np.searchsorted(quotes, ends) % 2).any():
        return False
    before = codes[quotes[::2] - 1]
    if quotes[0] == 0:
        before[0] = NEWLINE
    after = codes[quotes[1::2] + 1]
    return bool(
        ((before == delimiter) | (before == NEWLINE)).all()
        and ((after == delimiter) | (after == NEWLINE)).all()
    )


def quoted_rows(
    text: str, first_line: int, names: list[str], delimiter: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of a block with quotes, in which a record may span lines."""
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    rows: list[list[str]] = []
    numbers: list[int] = []
    rejects = [pl.DataFrame(schema=REJECTS)]
    at = 0
    while at < len(lines):
        record, spans = _record(lines, at)
        fields = fields_of(record, delimiter) if len(record) <= LINE_LIMIT else None
        if fields is not None and len(fields) == len(names) and spans:
            rows.append(fields)
            numbers.append(first_line + at)
        elif record.strip():
            rejects.append(_refused(record, spans, fields, len(names), first_line + at))
            spans = 1  # the lines that the open quote swallowed may be good
        at += max(spans, 1)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    frame = pl.DataFrame(
        {
            name: pl.Series(name, column, pl.String)
            for name, column in zip(names, columns, strict=True)
        }
    ).with_columns(pl.Series(LINE, numbers, pl.Int64))
    empty = pl.col(pl.String) == ""
    return frame.with_columns(pl.when(~empty).then(pl.col(pl.String)).name.keep()), pl.concat(
        rejects
    )


def _record(lines: list[str], at: int) -> tuple[str, int]:
    """The record that begins at a line and how many lines it spans; 0: its quote never closes."""
    quotes = 0
    for end in range(at, min(at + QUOTED_LINES, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return "\n".join(lines[at : end + 1]), end + 1 - at
    return lines[at], 0


def _refused(
    record: str, spans: int, fields: list[str] | None, width: int, line: int
) -> pl.DataFrame:
    first = record.partition("\n")[0]
    if len(record) > LINE_LIMIT:
        return too_long(line, first[:400].encode())
    if not spans:
        return reject(
            "a quoted field is never closed; expected a second quote", line=line, excerpt=first
        )
    return wrong_width(len(fields or []), width, line, first)
