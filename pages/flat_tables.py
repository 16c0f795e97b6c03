"""Answers for files that hold no lists: CSV and spreadsheets."""

import polars as pl


def with_lists_joined(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with the items of every list in one text, ``a; b``; records in a list as JSON."""
    return frame.with_columns(
        _joined(name, dtype) for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)
    )


def _joined(name: str, dtype: pl.List) -> pl.Expr:
    if isinstance(dtype.inner, pl.Struct):
        texts = pl.col(name).list.eval(pl.element().struct.json_encode())
    else:
        texts = pl.col(name).cast(pl.List(pl.String))
    return texts.list.join("; ")
