"""What an offer is worth to a customer and to the utility, in a year."""

import polars as pl

from queries.customers.offer import Value


def with_value(customers: pl.DataFrame, value: Value) -> pl.DataFrame:
    """``customers`` with what sending them the offer is expected to bring.

    Only those count who would not do it unasked: uplift, not uptake. The utility gives up what the
    customer saves and avoids what the saved energy costs it to buy and carry.

    Args:
        customers: ``annual_kwh``, ``annual_bill_cny``, and ``choice_saving_cny`` (of the bill, of a
            taker; null where the offer proposes no choice), ``change_kwh`` (measured change of a
            customer it is sent to; null where nothing is known: then what is supposed).
        value: What is supposed.

    Returns:
        The rows with ``uptake_share`` [0–1], ``uplift_share`` [0–1, of those sent it, who take it
        because of it], ``expected_kwh`` [a year, below zero saved], ``customer_cny`` and
        ``utility_cny`` [expected net benefit a year, one year of the offer; below zero a cost].
    """
    uplift = max(value.uptake_share - value.unasked_share, 0.0)
    taker_kwh = pl.lit(value.change_share) * pl.col("annual_kwh")
    supposed_kwh = uplift * taker_kwh
    price = pl.when(pl.col("annual_kwh") > 0).then(pl.col("annual_bill_cny") / pl.col("annual_kwh"))
    chosen = uplift * pl.col("choice_saving_cny").fill_null(0.0)
    rows = customers.with_columns(
        uptake_share=pl.lit(value.uptake_share),
        uplift_share=pl.lit(uplift),
        expected_kwh=pl.coalesce("change_kwh", supposed_kwh),
    )
    rows = rows.with_columns(
        customer_cny=chosen - pl.col("expected_kwh") * price.fill_null(0.0),
    )
    cost = value.contact_cny + value.uptake_share * value.taker_cny
    avoided = -pl.col("expected_kwh") * value.supply_cny_per_kwh
    return rows.with_columns(utility_cny=avoided - pl.col("customer_cny") - cost)
