"""Master data (档案) from files: reference tables checked row by row, nothing good lost.

One file may feed several tables: a flat export with a row a usage point carries its customer,
meter, transformer, feeder and region. A row with a fault in one table's columns still counts in
the others. A line that cannot be read, a key that is missing and a value that is none are rejected
with line, column and reason; a name that nothing answers to is a finding, made by
``ingest.master.references``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, REJECTS, CollectorError, reject
from ingest.master.fields import cleaned, converted
from ingest.master.profile import (
    OWN,
    Mapped,
    MasterProfile,
    Source,
    by_headers,
    by_profile,
    known_headers,
)
from ingest.master.sheets import LINE, Sheet, open_sheets
from queries.schema import REFERENCE_TABLES

KEYS: dict[str, str] = {table.name: table.key[0] for table in REFERENCE_TABLES}
"""The key column of every reference table."""

_PERIOD = ("valid_from", "valid_to")
_HEADER_WITHIN = 20  # titles and notes may stand above the header
_NOT_COMPLETE = {"regions", "substations", "feeders", "transformers", "network_nodes"}
_CORRECT = "correct it in the source, or name the file's words in a profile"


@dataclass(frozen=True, slots=True)
class MasterBatch:
    """What a file says about the reference tables.

    Attributes:
        tables: By name, for each table that the file feeds: its key, ``valid_from``, ``valid_to``
            and the columns that the file carries; a column it does not carry is left out.
        listed: The keys of each table that the file names, in refused rows too.
        complete: Tables from which a key is truly absent when ``listed`` lacks it, should the file
            be a complete dump: what its rows are rows of, and only if every key could be read.
            The grid that usage points hang on is not complete in a list of usage points.
        rejects: REJECTS; ``field`` is the header, with the sheet in a workbook of several.
        unknown_columns: Headers that fed nothing.
    """

    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    listed: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS))
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """What one sheet says about one table, line by line."""

    table: str
    frame: pl.DataFrame
    headers: Mapping[str, str]
    is_main: bool
    has_unread_keys: bool


def read(path: Path, profile: MasterProfile | None = None) -> MasterBatch:
    """Read a master-data file.

    Args:
        path: CSV, TSV, XLSX (a sheet a table, or any) or Parquet.
        profile: Which column means what; None: the headers are recognised, a sheet or file that is
            named after a reference table (English or Chinese) being read as that table.

    Raises:
        CollectorError: the file cannot be opened, or no column of it is known.
    """
    encoding, delimiter = (profile.encoding, profile.delimiter) if profile else ("", "")
    sheets, faults = open_sheets(path, encoding=encoding, delimiter=delimiter)
    known = known_headers()
    rejects, parts, unknown = list(faults), [], []
    for sheet in sheets:
        at, mapped = _header(sheet, profile, known)
        prefix = f"{sheet.name}!" if len(sheets) > 1 else ""
        unknown += [f"{prefix}{header}" for header in mapped.unknown]
        if mapped.main:
            cells = _cells(sheet, at, rejects)
            words = _words(known, profile)
            parts += [
                _part(cells, mapped, name, words=words, prefix=prefix, rejects=rejects)
                for name in mapped.sources
            ]
    if not parts:
        raise CollectorError(
            f"{path.name}: no column is known as master data; it has {unknown[:20]}. "
            "Name the columns in a profile; data/profiles/master/flat_cn.toml is one to copy."
        )
    tables = {name: _merged(name, parts, rejects) for name in KEYS if _fed(name, parts)}
    return MasterBatch(
        tables=tables,
        listed={name: _listed(name, parts) for name in tables},
        complete=frozenset() if faults else _complete(parts),
        rejects=pl.concat([pl.DataFrame(schema=REJECTS), *rejects]).sort("line"),
        unknown_columns=tuple(unknown),
    )


def _header(
    sheet: Sheet, profile: MasterProfile | None, known: MasterProfile
) -> tuple[int, Mapped]:
    """The row among the first that most columns are known from, and what they mean."""
    best = (0, Mapped("", {}, {}, ()))
    most = -1
    for at, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        headers = [(cell or "").strip(" \t'\ufeff\u3000\u00a0") for cell in row]
        mapped = by_profile(headers, profile) if profile else by_headers(headers, sheet.name, known)
        count = sum(len(columns) for columns in mapped.sources.values())
        if count > most:
            best, most = (at, mapped), count
    return best


def _words(known: MasterProfile, profile: MasterProfile | None) -> dict[str, dict[str, str]]:
    own = profile.values if profile else {}
    return {
        target: {**known.values.get(target, {}), **own.get(target, {})}
        for target in {*known.values, *own}
    }


def _cells(sheet: Sheet, at: int, rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows below the header as columns of text; a row of another length is rejected."""
    width = len(sheet.rows[at])
    body = zip(sheet.rows[at + 1 :], sheet.lines[at + 1 :], strict=True)
    rows, lines = [], []
    for row, line in body:
        if len(row) == width or (len(row) > width and not any(row[width:])):
            rows.append(row[:width])
            lines.append(line)
        else:
            reason = f"the line has {len(row)} cells, its header {width}; repair it in the source"
            rejects.append(reject(reason, line=line, excerpt=",".join(c or "" for c in row)))
    frame = pl.DataFrame(
        rows, schema={str(i): pl.String for i in range(width)}, orient="row"
    ).with_columns(pl.Series(LINE, lines, dtype=pl.Int64))
    return frame.with_columns(cleaned(frame[str(i)]) for i in range(width))


def _part(  # noqa: PLR0913 - a sheet, what it means, and where faults go
    cells: pl.DataFrame,
    mapped: Mapped,
    table: str,
    *,
    words: Mapping[str, Mapping[str, str]],
    prefix: str,
    rejects: list[pl.DataFrame],
) -> _Part:
    """The rows of one table in one sheet; faulty ones are rejected."""
    sources = mapped.sources[table]
    fixed = {c: v for c, v in mapped.constants[table].items() if c not in sources}
    cells = cells.filter(_is_about(mapped, table))
    columns, bad = [cells[LINE]], pl.repeat(value=False, n=cells.height, eager=True)
    for name in (*sources, *fixed):
        source = sources.get(name, Source(-1, name))
        text = _text(cells, source, fixed.get(name))
        vocabulary = words.get(f"{table}.{name}", {})
        value, is_bad, expected = converted(
            OWN[table][name], text, words=vocabulary, factor=source.factor
        )
        columns.append(value)
        bad |= is_bad
        rejects.append(_rejected(cells[LINE], text, is_bad, f"{prefix}{source.header}", expected))
    frame = pl.DataFrame(columns)
    frame = frame.with_columns(
        pl.lit(None, pl.Date).alias(day) for day in _PERIOD if day not in frame.columns
    )
    headers = {name: f"{prefix}{source.header}" for name, source in sources.items()}
    key, is_early = KEYS[table], pl.col("valid_to") <= pl.col("valid_from")
    no_key = frame.select(pl.col(key).is_null()).to_series()
    early = frame.select(is_early.fill_null(value=False)).to_series()
    rejects.append(_faults(frame.filter(no_key), headers[key], "the key is missing; " + _CORRECT))
    until = headers.get("valid_to", "valid_to")
    rejects.append(_faults(frame.filter(early & ~bad), until, "the row ends before it begins"))
    listed = frame.filter(~no_key).with_columns((bad | early).filter(~no_key).alias("is_refused"))
    return _Part(table, listed, headers, table == mapped.main, no_key.any())


def _text(cells: pl.DataFrame, source: Source, constant: str | None) -> pl.Series:
    if constant is None:
        return cells[str(source.position)]
    return pl.repeat(constant, cells.height, dtype=pl.String, eager=True)


def _is_about(mapped: Mapped, table: str) -> pl.Expr:
    """Rows that say something about a table: its key, or a column that no other table reads."""
    if table == mapped.main:
        return pl.lit(True)  # noqa: FBT003 - polars has no other word for it
    elsewhere = {
        source.position
        for name, columns in mapped.sources.items()
        if name != table
        for source in columns.values()
    }
    own = {source.position for source in mapped.sources[table].values()} - elsewhere
    key = mapped.sources[table][KEYS[table]].position
    return pl.any_horizontal(pl.col(str(i)).is_not_null() for i in {*own, key})


def _rejected(
    lines: pl.Series, text: pl.Series, is_bad: pl.Series, header: str, expected: str
) -> pl.DataFrame:
    frame = pl.DataFrame({"line": lines, "text": text}).filter(is_bad)
    shown = pl.col("text").str.slice(0, EXCERPT_CHARACTERS)
    reason = pl.format("'{}' is not {}; {}", shown, pl.lit(expected), pl.lit(_CORRECT))
    return _faults(frame, header, reason, excerpt=shown)


def _faults(
    frame: pl.DataFrame, header: str, reason: str | pl.Expr, excerpt: pl.Expr | None = None
) -> pl.DataFrame:
    return frame.select(
        line=pl.col("line") if "line" in frame.columns else pl.col(LINE),
        byte=pl.lit(None, pl.Int64),
        field=pl.lit(header),
        reason=pl.lit(reason) if isinstance(reason, str) else reason,
        excerpt=pl.lit(None, pl.String) if excerpt is None else excerpt,
    )


def _fed(table: str, parts: list[_Part]) -> bool:
    return any(part.table == table for part in parts)


def _listed(table: str, parts: list[_Part]) -> pl.DataFrame:
    """Keys of a table that the file names, in refused rows too."""
    key = KEYS[table]
    return pl.concat(p.frame.select(key) for p in parts if p.table == table).unique().sort(key)


def _complete(parts: list[_Part]) -> frozenset[str]:
    unread = {part.table for part in parts if part.has_unread_keys}
    mains = {part.table for part in parts if part.is_main}
    beside = {part.table for part in parts} - _NOT_COMPLETE
    return frozenset((mains | beside) - unread)


def _merged(table: str, parts: list[_Part], rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """One row a key and first day; rows that contradict an earlier one are rejected."""
    own = [part for part in parts if part.table == table]
    rows = pl.concat(
        (p.frame.filter(~pl.col("is_refused")) for p in own), how="diagonal"
    ).with_row_index("order")
    identity = [KEYS[table], "valid_from"]
    said = [name for name in OWN[table] if name in rows.columns and name not in identity]
    first = {name: pl.col(name).drop_nulls().first().over(identity) for name in said}
    differs = {name: pl.col(name) != first[name] for name in said}
    where = pl.coalesce(
        pl.lit(None, pl.String),
        *(pl.when(differs[name]).then(pl.lit(_headed(own, name))) for name in said),
    )
    rows = rows.with_columns(contradicts=where, before=pl.col(LINE).first().over(identity))
    reason = pl.format(
        "{} '{}' stands on line {} already and says otherwise; that line counts",
        pl.lit(KEYS[table]),
        KEYS[table],
        "before",
    )
    rejects.extend(
        _faults(group, str(header), reason)
        for (header,), group in rows.group_by("contradicts", maintain_order=True)
        if header is not None
    )
    return (
        rows.filter(pl.col("contradicts").is_null())
        .group_by(identity, maintain_order=True)
        .agg(pl.col(name).drop_nulls().first() for name in said)
        .select(name for name in OWN[table] if name in {*identity, *said})
    )


def _headed(parts: list[_Part], name: str) -> str:
    return next((part.headers[name] for part in parts if name in part.headers), name)
