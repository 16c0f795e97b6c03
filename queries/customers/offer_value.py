"""What an offer is worth to a customer and to the utility, in a year."""

import polars as pl

from queries.customers.offer import Rebate, Value

LEARNT = ("change_kwh", "change_low_kwh", "change_high_kwh", "taken_share", "taken_for_it_share")
"""What a trial says of a customer the offer is sent to; null: what is supposed holds."""


NO_REBATE = Rebate()


def with_value(customers: pl.DataFrame, value: Value, rebate: Rebate = NO_REBATE) -> pl.DataFrame:
    """``customers`` with what sending them the offer is expected to bring.

    Only those count who would not do it unasked: uplift, not uptake. The utility gives up what the
    customer saves and avoids what the saved energy costs it to buy and carry, and what a lower peak
    is worth to it. Who would choose the same unasked gets the rebate all the same.

    Args:
        customers: ``annual_kwh``, ``annual_bill_cny``, ``choice_saving_cny`` (of the bill, of a
            taker; null where the offer proposes no choice), and LEARNT; ``peak_kw`` and
            ``coincidence_share`` where a peak is supposed to be cut.
        value: What is supposed.
        rebate: What a taker is given back.

    Returns:
        The rows with ``uptake_share`` [0–1], ``uplift_share`` [0–1, of those sent it, who take it
        because of it], ``expected_kwh`` [a year, below zero saved] with its interval where a trial
        gives one, ``customer_cny`` and ``utility_cny`` [expected net benefit a year, one year of
        the offer; below zero a cost]. ``rebate_cny`` and ``taker_gain_cny`` are of one taker: what
        it is given back for nothing, and all it gains. The utility gives up ``given_cny`` (choice
        and rebate: owed to who changes nothing too), ``earned_cny`` (rebate for what was taken off)
        and ``forgone_cny`` (bills of the energy saved), and pays ``cost_cny``; it avoids
        ``avoided_cny`` and ``peak_cny``.
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
    saving, cut_kw = pl.col("choice_saving_cny").fill_null(0.0), _cut_by_a_taker(value)
    rows = rows.with_columns(
        rebate_cny=rebate.yearly_cny + rebate.cny_per_kwh * pl.col("annual_kwh"),
        forgone_cny=-pl.col("expected_kwh") * price.fill_null(0.0),
        avoided_cny=-pl.col("expected_kwh") * value.supply_cny_per_kwh,
        peak_cny=pl.col("uplift_share") * value.peak_cny_per_kw * cut_kw,
        earned_cny=pl.col("uplift_share") * rebate.cny_per_cut_kw * cut_kw,
        cost_cny=value.contact_cny + pl.col("uptake_share") * value.taker_cny,
    )
    given = pl.col("uplift_share") * saving + pl.col("uptake_share") * pl.col("rebate_cny")
    changed = pl.col("forgone_cny") + pl.col("earned_cny")
    by_change = pl.when(pl.col("uplift_share") > 0).then(changed / pl.col("uplift_share"))
    rows = rows.with_columns(
        given_cny=given,
        taker_gain_cny=saving + pl.col("rebate_cny") + by_change.otherwise(0.0),
        customer_cny=given + changed,
    )
    brought = pl.col("avoided_cny") + pl.col("peak_cny")
    return rows.with_columns(utility_cny=brought - pl.col("customer_cny") - pl.col("cost_cny"))


def _cut_by_a_taker(value: Value) -> pl.Expr:
    """What a taker takes off in the district's highest hours [kW]."""
    if value.peak_cut_share == 0:
        return pl.lit(0.0)
    at_peak_kw = (pl.col("peak_kw") * pl.col("coincidence_share")).fill_null(0.0)
    return value.peak_cut_share * at_peak_kw
