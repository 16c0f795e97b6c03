"""Whom an offer may go to, why not to the others, and in which order: kept or only drafted."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.customer_names import with_names
from queries.customers.consent import contacts_lately, standing_consents
from queries.customers.offer import NEEDS_CONSENT
from queries.customers.offer_known import FIELDS, SAVING, customers_known
from queries.customers.offer_known import READS as KNOWN_READS
from queries.customers.offer_learnt import READS as LEARNT_READS
from queries.customers.offer_learnt import Expected, expected_change
from queries.customers.offer_lot import strata
from queries.customers.offer_records import StoredOffer, latest_answers
from queries.customers.offer_rules import ELIGIBLE, UNKNOWN, eligibility, read_rules
from queries.customers.offer_value import with_value
from queries.lake import records_of

SELECTED = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "customer_class": pl.String(),
        "status": pl.String(),
        "stratum": pl.String(),
        "annual_kwh": pl.Float64(),
        "night_share": pl.Float64(),
        "annual_bill_cny": pl.Float64(),
        "choice_saving_cny": pl.Float64(),
        "uptake_share": pl.Float64(),
        "uplift_share": pl.Float64(),
        "expected_kwh": pl.Float64(),
        "expected_low_kwh": pl.Float64(),
        "expected_high_kwh": pl.Float64(),
        "customer_cny": pl.Float64(),
        "utility_cny": pl.Float64(),
        "basis": pl.String(),
        "campaign_id": pl.String(),
    }
)
"""What is said of everyone an offer could go to: ``customers/offer_targets`` tells it."""
READS = tuple(dict.fromkeys((*KNOWN_READS, *LEARNT_READS, "customers", "records")))
TO_SEND = "to_send"
NO_GAIN = "no_gain"
"""Status of whom a package would cost more than it gives."""
COULD_BE_ASKED = (TO_SEND, "no_consent", "contacted_lately")
"""Who meets the rules and has neither refused nor answered."""
ANSWERED = ("accepted", "declined", "complaint")
"""Who has answered an offer is not sent it again."""


def select_customers(  # noqa: PLR0913, PLR0917 - which offer, when, which days
    offer: StoredOffer,
    send_on: date,
    first_day: date,
    last_day: date,
    lake: DuckDBPyConnection,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Everyone an offer could go to as ``SELECTED``, what is worth most to both sides first."""
    valued = judge_customers(offer, send_on, first_day, last_day, lake, region_id)
    if valued.is_empty():
        return SELECTED.to_frame()
    together = pl.col("customer_cny") + pl.col("utility_cny")
    return (
        valued.sort(pl.col("status") != TO_SEND, -together, "usage_point_id", nulls_last=True)
        .select(SELECTED.names())
        .cast(SELECTED)
    )


def judge_customers(  # noqa: PLR0913, PLR0917 - which offer, when, which days
    offer: StoredOffer,
    send_on: date,
    first_day: date,
    last_day: date,
    lake: DuckDBPyConnection,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Everyone a scope shows with its status and all that ``offer_value.with_value`` says.

    A package goes to nobody whom it would leave worse off: who has to choose a dearer tariff for a
    small rebate does not take it.
    """
    choice = offer.content.choice
    customers = customers_known(first_day, last_day, lake, region_id=region_id, choice=choice)
    if customers.is_empty():
        return customers
    days = customers.select("usage_point_id", pl.lit(last_day).alias("last_day"))
    expected = expected_change(offer, days, lake)
    judged = _with_expected(_with_status(customers, offer, send_on, lake), expected)
    valued = with_value(judged, offer.content.value, offer.content.rebate)
    if offer.kind == "package":
        valued = valued.with_columns(_unless_it_costs(has_choice=choice is not None))
    return with_names(valued.with_columns(strata(valued).alias("stratum")), lake)


def _unless_it_costs(*, has_choice: bool) -> pl.Expr:
    """The status of a package: none for who may not choose what it proposes, or gains nothing."""
    status = pl.when(pl.col("status").is_in(COULD_BE_ASKED) & ~(pl.col("taker_gain_cny") > 0))
    status = status.then(pl.lit(NO_GAIN)).otherwise("status")
    if has_choice:
        may_not = pl.col("status").is_in(COULD_BE_ASKED) & pl.col("choice_saving_cny").is_null()
        status = pl.when(may_not).then(pl.lit(f"rule:{SAVING}")).otherwise(status)
    return status.alias("status")


def totals_of(chosen: pl.DataFrame) -> dict[str, float]:
    """What sending an offer to these rows is expected to bring together, by column."""
    names = ("uptake_share", "uplift_share", "expected_kwh", "customer_cny", "utility_cny")
    return chosen.select(pl.col(names).sum()).row(0, named=True)


def _with_expected(customers: pl.DataFrame, expected: Expected) -> pl.DataFrame:
    taken, for_it = expected.taken or (None, None)
    joined = customers.join(expected.change, on="usage_point_id", how="left", maintain_order="left")
    kwh = pl.col("annual_kwh")
    return joined.with_columns(
        change_kwh=kwh * pl.col("change_share"),
        change_low_kwh=kwh * pl.col("low_share"),
        change_high_kwh=kwh * pl.col("high_share"),
        taken_share=pl.lit(taken, pl.Float64),
        taken_for_it_share=pl.lit(for_it, pl.Float64),
        basis=pl.lit(expected.basis),
        campaign_id=pl.lit(expected.campaign_id, pl.String),
    )


def _with_status(
    customers: pl.DataFrame, offer: StoredOffer, send_on: date, lake: DuckDBPyConnection
) -> pl.DataFrame:
    """Rules first, then what the customer said, then how often it was written to."""
    records, content = records_of(lake), offer.content
    verdict = eligibility(customers, read_rules(content.rules, FIELDS))
    said = standing_consents(records)
    lately = contacts_lately(records, send_on, content.limits.days)
    often = lately.filter(pl.col("contacts") >= content.limits.contacts)["customer_id"]
    refused = said.filter(decision="refused")["customer_id"]
    given = said.filter(decision="given")["customer_id"]
    who = pl.col("customer_id")
    customers = customers.join(
        latest_answers(records, offer.id), on="usage_point_id", how="left", maintain_order="left"
    )
    status = pl.when(pl.lit(verdict) != ELIGIBLE).then(_failed(verdict))
    status = status.when(who.is_in(refused.implode())).then(pl.lit("refused"))
    if NEEDS_CONSENT[offer.kind]:
        status = status.when(~who.is_in(given.implode())).then(pl.lit("no_consent"))
    status = status.when(pl.col("answer").is_in(ANSWERED)).then("answer")
    status = status.when(who.is_in(often.implode())).then(pl.lit("contacted_lately"))
    return customers.with_columns(status.otherwise(pl.lit(TO_SEND)).alias("status"))


def _failed(verdict: pl.Series) -> pl.Expr:
    """``unknown`` as it is, a column as ``rule:<column>``."""
    named = pl.concat_str(pl.lit("rule:"), pl.lit(verdict))
    return pl.when(pl.lit(verdict) == UNKNOWN).then(pl.lit(UNKNOWN)).otherwise(named)
