"""The steps from one bill to another as a waterfall, and the step that matters most."""

import polars as pl


def waterfall(change: pl.DataFrame) -> pl.DataFrame:
    """An answer of ``billing/bill_change`` as bars: the bill before, each step, the bill now.

    Returns:
        ``step`` (``before``, the steps that are not zero, ``after``), ``from_cny`` and
        ``until_cny`` between which its bar stands, ``amount_cny`` its size with its sign, and
        whether it is the largest step of all (of equal ones the first).
    """
    steps = change.filter(pl.col("amount_cny").fill_null(0) != 0).select("step", "amount_cny")
    before, after = change.row(0, named=True)["before_cny"], change.row(0, named=True)["after_cny"]
    ends = pl.DataFrame(
        {"step": ["before", "after"], "amount_cny": [before, after]}, schema=steps.schema
    )
    bars = steps.with_columns(
        until_cny=before + pl.col("amount_cny").cum_sum(),
        is_largest=(pl.col("amount_cny").abs() == pl.col("amount_cny").abs().max()),
    ).with_columns(
        from_cny=pl.col("until_cny") - pl.col("amount_cny"),
        is_largest=pl.col("is_largest") & (pl.col("is_largest").cum_sum() == 1),
    )
    whole = ends.with_columns(
        from_cny=pl.lit(0).cast(pl.Decimal(18, 2)),
        until_cny="amount_cny",
        is_largest=pl.lit(value=False),
    )
    names = ["step", "amount_cny", "from_cny", "until_cny", "is_largest"]
    decimals = pl.col("amount_cny", "from_cny", "until_cny").cast(pl.Decimal(18, 2))
    parts = [whole.head(1), bars, whole.tail(1)]
    return pl.concat([part.select(names).with_columns(decimals) for part in parts])
