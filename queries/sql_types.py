"""What DuckDB calls the types of columns."""

import polars as pl
from polars.datatypes import DataTypeClass

_NAMES: dict[pl.DataType, str] = {
    pl.Boolean(): "boolean",
    pl.Int8(): "tinyint",
    pl.Int16(): "smallint",
    pl.Int32(): "integer",
    pl.Int64(): "bigint",
    pl.Float32(): "float",
    pl.Float64(): "double",
    pl.String(): "varchar",
    pl.Binary(): "blob",
    pl.Date(): "date",
    pl.Datetime("us"): "timestamp",
    pl.Datetime("us", "UTC"): "timestamp with time zone",
}


def sql_type(dtype: pl.DataType) -> str:
    """The SQL name of a column's type.

    >>> sql_type(pl.List(pl.Struct({"slot": pl.Int16()})))
    'struct("slot" smallint)[]'

    Raises:
        KeyError: no column of the lake has this type yet.
    """
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.List):
        return f"{sql_type(_instance(dtype.inner))}[]"
    if isinstance(dtype, pl.Struct):
        fields = (f'"{one.name}" {sql_type(_instance(one.dtype))}' for one in dtype.fields)
        return f"struct({', '.join(fields)})"
    return _NAMES[dtype]


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype
