"""Billed energy as a sheet: a row a term, a column a period, and sums of both."""

import polars as pl

from queries.billing.bill_terms import TERMS

BILLED = "billed"
"""The last row: 计费电量, the sum of the terms above."""


def bill_sheet(terms: pl.DataFrame) -> pl.DataFrame:
    """An answer of ``billing/bill_terms`` with its sums.

    Returns:
        A row a channel and term, ``billed`` below them: ``quantity`` in ``unit``, and a column for
        every period the terms name, null for reactive energy, which has none.
    """
    if terms.is_empty():
        return _empty()
    periods = terms["period"].drop_nulls().unique(maintain_order=True).to_list()
    whole = terms.with_columns(pl.lit(BILLED).alias("term"))
    order = {term: number for number, term in enumerate((*TERMS, BILLED))}
    both = pl.concat([terms, whole])
    return (
        both.group_by("channel", "term", "unit", maintain_order=True)
        .agg(
            pl.col("quantity").sum(),
            *(
                pl.col("quantity").filter(pl.col("period") == period).sum().alias(period)
                for period in periods
            ),
        )
        .with_columns(
            pl.when(pl.col("channel") == "import").then(pl.col(period)).alias(period)
            for period in periods
        )
        .sort("channel", pl.col("term").replace_strict(order, return_dtype=pl.Int32))
        .select("channel", "term", *periods, "quantity", "unit")
    )


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "channel": pl.String(),
            "term": pl.String(),
            "quantity": pl.Decimal(24, 6),
            "unit": pl.String(),
        }
    )
