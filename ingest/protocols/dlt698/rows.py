"""Rows of records as single values, whether their columns are attributes or columns of columns."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.protocols.dlt698.messages import Record
from ingest.protocols.dlt698.values import NULL, Column, Data, Road, Tag


class Cell(NamedTuple):
    """One value of a row.

    Attributes:
        table: The table it comes from: the record itself, or that of a ROAD.
        oad: What it is; the table itself where its parts cannot be told apart.
    """

    table: str
    oad: str
    data: Data


def record_rows(record: Record) -> Iterator[tuple[Cell, ...]]:
    """Every row of ``record``; none where it says why there are none."""
    for row in record.rows or ():
        yield tuple(
            cell
            for column, data in zip(record.columns, row, strict=True)
            for cell in column_cells(record.oad, column, data)
        )


def column_cells(table: str, column: Column, data: Data) -> Iterator[Cell]:
    """The values of one cell: that of a ROAD holds one for each of its columns, or is null."""
    if not isinstance(column, Road):
        yield Cell(table, column, data)
        return
    parts = [part for part in _parts(data) if isinstance(part, Data)]
    if data.tag == Tag.NULL:
        parts = [NULL] * len(column.columns)
    elif len(parts) != len(column.columns):
        # Nothing says which part is which, but one column can only be the value itself.
        only = column.columns[0] if len(column.columns) == 1 else column.oad
        yield Cell(column.oad, only, data)
        return
    for oad, part in zip(column.columns, parts, strict=True):
        yield Cell(column.oad, oad, part)


def _parts(data: Data) -> tuple:
    is_many = data.tag in {Tag.ARRAY, Tag.STRUCTURE} and isinstance(data.value, tuple)
    return data.value if is_many else ()  # type: ignore[return-value]
