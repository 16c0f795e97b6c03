"""What an offer is worth to a customer and to the utility, in a year."""

import polars as pl

from queries.customers.offer import Value

LEARNT = ("change_kwh", "change_low_kwh", "change_high_kwh", "taken_share", "taken_for_it_share")
"""What a trial says of a customer the offer is sent to; null: what is supposed holds."""


def with_value(customers: pl.DataFrame, value: Value) -> pl.DataFrame:
    """``customers`` with what sending them the offer is expected to bring.

    Only those count who would not do it unasked: uplift, not uptake. The utility gives up what the
    customer saves and avoids what the saved energy costs it to buy and carry.

    Args:
        customers: ``annual_kwh``, ``annual_bill_cny``, ``choice_saving_cny`` (of the bill, of a
            taker; null where the offer proposes no choice), and LEARNT.
        value: What is supposed.

    Returns:
        The rows with ``uptake_share`` [0–1], ``uplift_share`` [0–1, of those sent it, who take it
        because of it], ``expected_kwh`` [a year, below zero saved] with its interval where a trial
        gives one, ``customer_cny`` and ``utility_cny`` [expected net benefit a year, one year of
        the offer; below zero a cost].
    """
    uplift = max(value.uptake_share - value.unasked_share, 0.0)
    supposed_kwh = uplift * pl.lit(value.change_share) * pl.col("annual_kwh")
    price = pl.when(pl.col("annual_kwh") > 0).then(pl.col("annual_bill_cny") / pl.col("annual_kwh"))
    rows = customers.with_columns(
        uptake_share=pl.coalesce("taken_share", pl.lit(value.uptake_share)),
        uplift_share=pl.coalesce("taken_for_it_share", pl.lit(uplift)),
        expected_kwh=pl.coalesce("change_kwh", supposed_kwh),
        expected_low_kwh="change_low_kwh",
        expected_high_kwh="change_high_kwh",
    )
    chosen = pl.col("uplift_share") * pl.col("choice_saving_cny").fill_null(0.0)
    rows = rows.with_columns(
        customer_cny=chosen - pl.col("expected_kwh") * price.fill_null(0.0),
    )
    cost = value.contact_cny + pl.col("uptake_share") * value.taker_cny
    avoided = -pl.col("expected_kwh") * value.supply_cny_per_kwh
    return rows.with_columns(utility_cny=avoided - pl.col("customer_cny") - cost)
