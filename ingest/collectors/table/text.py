"""CSV and TSV in blocks: every line either becomes a row or a reject with its line number.

A block of regular lines goes straight to Polars. Lines with quotes go through Python's csv module,
lines that do not fit are set aside, and what stands around them is kept.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ingest.batch import REJECTS, CollectorError, reject
from ingest.collectors.table.records import (
    LINE,
    LINE_LIMIT,
    NEWLINE,
    QUOTED_LINES,
    fields_of,
    no_rows,
    quoted_rows,
    quotes_are_plain,
    too_long,
    wrong_width,
)

_BLOCK_BYTES = 16 << 20
_SAMPLE_BYTES = 1 << 20
_QUOTE = ord('"')


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text table is written."""

    encoding: str  # utf-8 or gb18030; ascii: to be seen at the first other byte
    delimiter: str
    bom_bytes: int


def text_form(path: Path, encoding: str | None = None, delimiter: str | None = None) -> TextForm:
    """Find encoding and delimiter from the beginning of a file; what is given is not questioned.

    Raises:
        CollectorError: The file is empty, UTF-16, no text, or has no line with two fields.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if not sample.removeprefix(codecs.BOM_UTF8).strip():
        raise CollectorError(f"{path.name}: the file is empty; expected a header and rows")
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_binary(sample[:4096]):
        what = "UTF-16 text" if sample[:2] in (b"\xff\xfe", b"\xfe\xff") else "not text (NUL bytes)"
        raise CollectorError(
            f"{path.name}: {what}; expected CSV in UTF-8 or GB18030. Save it again as 'CSV UTF-8'."
        )
    if sample.startswith(b"\x1f\x8b"):
        raise CollectorError(f"{path.name}: gzip data; unpack it first")
    if b"\n" not in sample and sample.count(b"\r") > 1:
        raise CollectorError(
            f"{path.name}: lines end with a lone carriage return; save it with line feeds"
        )
    bom_bytes = 3 if sample.startswith(codecs.BOM_UTF8) else 0
    encoding = encoding or ("utf-8" if bom_bytes else _encoding_of(sample))
    try:
        encoding = codecs.lookup(encoding).name
    except LookupError as error:
        raise CollectorError(
            f"{path.name}: unknown encoding '{encoding}' in the profile; use utf-8 or gb18030"
        ) from error
    if delimiter is None:
        head = sample[bom_bytes:].decode(encoding, "replace").splitlines()[:20]
        counts = {mark: max((line.count(mark) for line in head), default=0) for mark in ",\t;|"}
        delimiter = max(counts, key=lambda mark: counts[mark])
        if counts[delimiter] == 0:
            raise CollectorError(
                f"{path.name}: no comma, tab, semicolon or bar in the first 20 lines, which begin "
                f"{head[0][:60]!r}; expected a table with at least two columns"
            )
    return TextForm(encoding, delimiter, bom_bytes)


def _is_binary(head: bytes) -> bool:
    """Whether NUL bytes are frequent, as in UTF-16; single ones damage only their lines."""
    return head.count(0) * 10 > len(head)


def _encoding_of(sample: bytes) -> str:
    """Of UTF-8 and GB18030 what more lines are in: some may be broken. ``ascii`` is undecided."""
    if sample.isascii():
        return "ascii"
    lines = [line for line in sample.splitlines() if not line.isascii()]
    if len(sample) >= _SAMPLE_BYTES and len(lines) > 1:
        lines = lines[:-1]
    good = 0
    for line in lines:
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            good -= 1
    return "utf-8" if good >= 0 else "gb18030"


def first_lines(path: Path, form: TextForm, count: int) -> list[list[str]]:
    """The fields of the first ``count`` lines."""
    with path.open("rb") as file:
        file.seek(form.bom_bytes)
        sample = file.read(_SAMPLE_BYTES).decode(form.encoding, "replace")
    lines = [line[:LINE_LIMIT].replace("\r", "") for line in sample.split("\n")[:count]]
    return [fields_of(line, form.delimiter) or [] for line in lines]


def text_blocks(
    path: Path, form: TextForm, names: list[str], header_line: int
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, int]]:
    """The rows below the header, block by block.

    Yields:
        ``(rows, rejects, position)``: rows with the columns ``names`` (String, empty is null) and
        LINE, what was refused, and the bytes read so far.
    """
    line, encoding = 1, form.encoding
    for data, refused, position in _whole_lines(path, form.bom_bytes):
        if refused:
            yield no_rows(names), too_long(line, refused), position
            line += 1
            continue
        lines = data.count(b"\n")
        if encoding == "ascii" and not data.isascii():
            encoding = _encoding_of(data)
        text, broken = _utf8(data, encoding, line)
        if line <= header_line:
            for _ in range(min(lines, header_line - line + 1)):
                # The header was read before; an empty line in its place keeps the count.
                _, _, rest = text.partition(b"\n")
                text = rest
            started = min(lines, header_line - line + 1)
        else:
            started = 0
        rows, ragged = _rows(text, line + started, names, form.delimiter)
        yield rows, pl.concat([broken, ragged]), position
        line += lines


def _whole_lines(path: Path, skip: int) -> Iterator[tuple[bytes, bytes, int]]:
    """Blocks that end with a line, and (instead) the beginnings of lines without an end."""
    with path.open("rb") as file:
        file.seek(skip)
        rest, endless = b"", b""
        while chunk := file.read(_BLOCK_BYTES):
            if endless:
                _, newline, chunk = chunk.partition(b"\n")
                if not newline:
                    continue
                yield b"", endless, file.tell()
                endless = b""
            data = rest + chunk
            cut = _record_end(data)
            if cut:
                yield data[:cut], b"", file.tell()
            rest = data[cut:]
            if len(rest) > LINE_LIMIT * 2 and b"\n" not in rest:
                rest, endless = b"", rest[:200]
        if endless:
            yield b"", endless, file.tell()
        if rest:
            yield rest if rest.endswith(b"\n") else rest + b"\n", b"", file.tell()


def _record_end(data: bytes) -> int:
    """Where the last whole record of ``data`` ends; a record with quotes may span lines."""
    end = data.rfind(b"\n") + 1
    if b'"' not in data or data.count(b'"', 0, end) % 2 == 0:
        return end
    # An open quote: look back for the line at which they were balanced, but not too far.
    cut, open_quotes = end, 1
    for _ in range(QUOTED_LINES):
        start = data.rfind(b"\n", 0, cut - 1) + 1
        open_quotes ^= data.count(b'"', start, cut) % 2
        cut = start
        if not open_quotes or cut == 0:
            break
    return cut if cut and not open_quotes else end


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _utf8(data: bytes, encoding: str, first_line: int) -> tuple[bytes, pl.DataFrame]:
    """``data`` in UTF-8; lines that are not in ``encoding`` become empty and are reported."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    if data.isascii() and b"\0" not in data:
        return data, pl.DataFrame(schema=REJECTS)
    text = _decoded(data, encoding)
    if text is not None and "\0" not in text:
        return (data if encoding == "utf-8" else text.encode()), pl.DataFrame(schema=REJECTS)
    lines, broken = [], [pl.DataFrame(schema=REJECTS)]
    for number, line in enumerate(data.split(b"\n"), first_line):
        text = _decoded(line, encoding)
        if text is not None and "\0" not in text:
            lines.append(text.encode())
            continue
        lines.append(b"")
        reason = f"the line is not {encoding} text; it was damaged or written in another encoding"
        excerpt = line.decode(encoding, "replace").replace("\0", "\ufffd")
        broken.append(reject(reason, line=number, excerpt=excerpt))
    return b"\n".join(lines), pl.concat(broken)


def _rows(
    data: bytes, first_line: int, names: list[str], delimiter: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if not data:
        return no_rows(names), pl.DataFrame(schema=REJECTS)
    codes = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(codes == NEWLINE)
    marks = np.flatnonzero(codes == ord(delimiter))
    is_quoted = b'"' in data
    if is_quoted:
        quotes = np.flatnonzero(codes == _QUOTE)
        if not quotes_are_plain(codes, quotes, ends, ord(delimiter)):
            return quoted_rows(data.decode(), first_line, names, delimiter)
        marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
    numbers = np.arange(first_line, first_line + len(ends), dtype=np.int64)
    rejects = pl.DataFrame(schema=REJECTS)
    if not _is_regular(ends, marks, len(names)):
        starts = np.concatenate([[0], ends[:-1] + 1])
        counts = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
        good = (counts == len(names)) & (ends - starts <= LINE_LIMIT) & (ends > starts)
        bad = np.column_stack([starts, ends, counts, numbers])[~good]
        rejects = _ragged(data, bad.tolist(), len(names))
        data = codes[np.repeat(good, ends - starts + 1)].tobytes()
        numbers = numbers[good]
    if not data:
        return no_rows(names), rejects
    rows = pl.read_csv(
        data,
        has_header=False,
        schema=dict.fromkeys(names, pl.String()),
        separator=delimiter,
        quote_char='"' if is_quoted else None,
    )
    if is_quoted:
        rows = rows.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
    return rows.with_columns(pl.Series(LINE, numbers)), rejects


def _is_regular(ends: np.ndarray, marks: np.ndarray, width: int) -> bool:
    """Whether every line has ``width`` fields and none is longer than LINE_LIMIT."""
    if width < 2 or len(marks) != len(ends) * (width - 1):
        return False
    grid = marks.reshape(len(ends), width - 1)
    lengths = np.diff(ends, prepend=-1)
    return bool(
        (grid[:, -1] < ends).all()
        and (grid[1:, 0] > ends[:-1]).all()
        and lengths.max() < LINE_LIMIT
    )


def _ragged(data: bytes, lines: list[list[int]], width: int) -> pl.DataFrame:
    """Rejects for lines, each given by its start, end, number of fields and line number."""
    found = [pl.DataFrame(schema=REJECTS)]
    for start, end, count, line in lines:
        text = data[start : min(end, start + 400)]
        if end - start > LINE_LIMIT:
            found.append(too_long(line, text))
        elif text.strip():
            found.append(wrong_width(count, width, line, text.decode("utf-8", "replace")))
    return pl.concat(found)
