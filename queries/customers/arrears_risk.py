"""Who is likely to pay the next bill late, and how much money is that?"""

from datetime import date, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.arrears_model import ArrearsModel, fit, foretold
from queries.customers.payment_behaviour import READS as BEHAVIOUR_READS
from queries.customers.payment_behaviour import payment_behaviour
from queries.customers.payment_bills import payment_bills
from queries.held import Held

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "bills_before": pl.Int64(),
        "late_probability_share": pl.Float64(),
        "usual_bill_cny": pl.Decimal(18, 2),
        "expected_late_cny": pl.Float64(),
        "overdue_cny": pl.Decimal(18, 2),
        "why": pl.String(),
    }
)
READS = BEHAVIOUR_READS
_LONGEST_SILENCE_DAYS = 62
_models: Held[tuple[pl.DataFrame, ArrearsModel]] = Held(4)


def arrears_risk(
    lake: DuckDBPyConnection, *, as_of: date, region_id: str | None = None
) -> pl.DataFrame:
    """Probability of every account's next bill being paid late (欠费风险), calibrated.

    A logistic regression on each account's earlier bills: how often and how recently it was late,
    its delays and their trend, automatic payment, what is overdue. It is fitted on all bills in the
    scope that are decided by ``as_of``; ``customers/arrears_reliability`` shows how such
    probabilities held on months that the fit had not seen.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: What happened later is not known; the bill issues the day after.
        region_id: Only accounts of this region are shown; all in the scope are learnt from.

    Returns:
        A row an account, the largest ``expected_late_cny`` first, which is
        ``late_probability_share`` [0–1] times ``usual_bill_cny``: a plan's figure, not a claim.
        Null probabilities have a ``why``: too_few_months (fewer than 6 decided bills), no_model
        (fewer than 30 late or 30 punctual bills in the scope), no_recent_bill (none in two months:
        who moved out gets no next one).
    """
    bills, model = model_of(lake, as_of)
    behaviour = payment_behaviour(lake, as_of=as_of, region_id=region_id)
    shares = foretold(model, bills, behaviour["customer_id"].to_list(), as_of)
    last = bills.group_by("customer_id").agg(last_due_on=pl.col("due_on").max())
    is_billed = pl.col("last_due_on") >= as_of - timedelta(days=_LONGEST_SILENCE_DAYS)
    share, usual = pl.col("late_probability_share"), pl.col("usual_bill_cny")
    why = (
        pl.when(~is_billed)
        .then(pl.lit("no_recent_bill"))
        .when(share.is_not_null())
        .then(None)
        .when(pl.lit(model.fitted is None))
        .then(pl.lit("no_model"))
        .otherwise(pl.lit("too_few_months"))
    )
    return (
        behaviour.drop("why")
        .join(shares, on="customer_id")
        .join(last, on="customer_id")
        .with_columns(late_probability_share=pl.when(is_billed).then(share))
        .with_columns(expected_late_cny=share * usual.cast(pl.Float64), why=why)
        .sort("expected_late_cny", "customer_id", descending=[True, False], nulls_last=True)
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )


def model_of(cursor: DuckDBPyConnection, as_of: date) -> tuple[pl.DataFrame, ArrearsModel]:
    """The bills in the scope and the model of them, made once for a state of the lake."""

    def make() -> tuple[pl.DataFrame, ArrearsModel]:
        bills = payment_bills(cursor, as_of=as_of)
        return bills, fit(bills)

    return _models.of(cursor, as_of, make)
