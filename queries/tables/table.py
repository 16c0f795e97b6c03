"""What a table of the lake is, and the vocabulary all of them share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

SLOT_MINUTES = 15

SLOTS_PER_DAY = 24 * 60 // SLOT_MINUTES

SLOTS: tuple[str, ...] = tuple(
    f"t{minute // 60:02d}{minute % 60:02d}" for minute in range(0, 24 * 60, SLOT_MINUTES)
)
"""The 96 columns of a day profile, named after the standard time at which the interval starts."""

HOURS: tuple[str, ...] = tuple(f"h{hour:02d}" for hour in range(24))
"""The 24 columns of a day by hours, named after the hour of standard time."""

UTC_INSTANT = pl.Datetime("us", "UTC")

CHANNELS: dict[str, str] = {
    "import": "正向有功",  # active energy delivered to the customer
    "export": "反向有功",  # active energy received from the customer
    "reactive_import": "正向无功",
    "reactive_export": "反向无功",
}
"""The physical channels. A second register of the same kind on one usage point carries a number:
``import.2``; it adds to ``import``."""

QUALITIES: dict[str, str] = {
    "A": "实抄",  # actual read
    "S": "替代",  # substituted by the source
    "E": "估算",  # estimated
    "N": "缺失",  # missing
}
"""Quality characters, best first."""


class SchemaError(ValueError):
    """A table does not have the columns it promised."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, unit, Chinese name and meaning."""

    name: str
    dtype: pl.DataType
    zh: str
    note: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One lake table. ``key`` identifies a row; ``partition_by`` and ``sort_by`` lay it out."""

    name: str
    zh: str
    note: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort_by: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    schema: pl.Schema = field(init=False, compare=False, repr=False)
    names: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        schema = pl.Schema({column.name: column.dtype for column in self.columns})
        object.__setattr__(self, "schema", schema)
        object.__setattr__(self, "names", tuple(schema))


def check(name: str, frame: pl.DataFrame, expected: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return ``frame`` unchanged, or say exactly how it differs from ``expected``.

    >>> check("toy", pl.DataFrame({"a": [1]}), {"a": pl.String()})
    Traceback (most recent call last):
    queries.tables.table.SchemaError: toy: column 'a' is Int64, expected String
    """
    found = frame.schema
    for column, dtype in expected.items():
        if column not in found:
            raise SchemaError(f"{name}: column '{column}' is missing; it has {list(found)}")
        if found[column] != dtype:
            raise SchemaError(f"{name}: column '{column}' is {found[column]}, expected {dtype}")
    if extra := [column for column in found if column not in expected]:
        raise SchemaError(f"{name}: unexpected columns {extra}")
    return frame
