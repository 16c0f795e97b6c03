"""To whom should this offer go, and what would it bring?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.billing.best_choice import best_choice
from queries.billing.customer_names import with_names
from queries.customers.consent import contacts_lately, standing_consents
from queries.customers.offer import NEEDS_CONSENT, Choice
from queries.customers.offer_candidates import COLUMNS, candidates
from queries.customers.offer_candidates import READS as CANDIDATE_READS
from queries.customers.offer_lot import strata
from queries.customers.offer_records import StoredOffer, stored_offer
from queries.customers.offer_rules import ELIGIBLE, eligibility, read_rules
from queries.customers.offer_value import with_value
from queries.lake import records_of
from queries.run import QuestionError

RETURNS = pl.Schema(
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
        "customer_cny": pl.Float64(),
        "utility_cny": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*CANDIDATE_READS, *CHOICE_READS, "customers", "records")))
TO_SEND = "to_send"


def offer_targets(  # noqa: PLR0913 - which offer, when, which days
    lake: DuckDBPyConnection,
    *,
    offer_id: str,
    send_on: date,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Everyone an offer could go to, and why it does not go to the others.

    Args:
        lake: From ``queries.lake.open_lake``.
        offer_id: Of the catalogue.
        send_on: The day it would be sent, for the limit of contacts.
        first_day: First day of what is known of customers, included.
        last_day: Last day, included.
        region_id: Only customers of this region; None: all in the user's scope.

    Returns:
        A row a usage point, what is worth most to both sides together first. ``status`` is
        ``to_send``; or ``refused``, ``no_consent`` (the offer needs one), ``contacted_lately``,
        ``unknown`` (a rule asks for what is not known), or ``rule:<column>``, the first rule it
        does not meet. ``choice_saving_cny`` [a year]: what the choice it proposes would have saved,
        billed exactly; null where it proposes none, or the customer may not choose it.
        ``expected_kwh``, ``customer_cny``, ``utility_cny`` [a year]: as
        ``offer_value.with_value``. Floats: they rank.
    """
    offer = stored_offer(records_of(lake), offer_id)
    if offer is None:
        raise QuestionError(f"offer '{offer_id}' does not exist. Choose one of the catalogue.")
    customers = candidates(first_day, last_day, lake, region_id=region_id)
    if customers.is_empty():
        return RETURNS.to_frame()
    days = (last_day - first_day).days + 1
    choice = offer.content.choice
    saving = pl.lit(None, pl.Float64).alias("choice_saving_cny")
    if choice is not None:
        tried = best_choice(lake, first_day=first_day, last_day=last_day, region_id=region_id)
        saved = _savings(tried, choice, 365.25 / days)
        customers = customers.join(saved, on="usage_point_id", how="left", maintain_order="left")
    else:
        customers = customers.with_columns(saving)
    customers = customers.with_columns(pl.lit(None, pl.Float64).alias("change_kwh"))
    valued = with_value(_with_status(customers, offer, send_on, lake), offer.content.value)
    valued = valued.with_columns(strata(valued).alias("stratum"))
    together = pl.col("customer_cny") + pl.col("utility_cny")
    return (
        with_names(valued, lake)
        .sort(pl.col("status") != TO_SEND, -together, "usage_point_id", nulls_last=True)
        .select(RETURNS.names())
        .cast(RETURNS)
    )


def totals_of(chosen: pl.DataFrame) -> dict[str, float]:
    """What sending an offer to these rows is expected to bring together, by column."""
    names = ("uptake_share", "uplift_share", "expected_kwh", "customer_cny", "utility_cny")
    return chosen.select(pl.col(names).sum()).row(0, named=True)


def _savings(tried: pl.DataFrame, choice: Choice, per_year: float) -> pl.DataFrame:
    """The best of the proposed choices of each usage point [CNY a year]."""
    is_proposed = pl.col("policy") == choice.policy
    for name in ("tariff_code", "basic_charge"):
        if (wanted := getattr(choice, name)) is not None:
            is_proposed &= pl.col(name) == wanted
    saving = pl.col("saving_cny").cast(pl.Float64).max() * per_year
    return (
        tried.filter(is_proposed)
        .group_by("usage_point_id", maintain_order=True)
        .agg(saving.alias("choice_saving_cny"))
    )


def _with_status(
    customers: pl.DataFrame, offer: StoredOffer, send_on: date, lake: DuckDBPyConnection
) -> pl.DataFrame:
    """Rules first, then what the customer said, then how often it was written to."""
    records, content = records_of(lake), offer.content
    known = pl.Schema(COLUMNS | {"choice_saving_cny": pl.Float64()})
    verdict = eligibility(customers, read_rules(content.rules, known))
    said = standing_consents(records)
    lately = contacts_lately(records, send_on, content.limits.days)
    often = lately.filter(pl.col("contacts") >= content.limits.contacts)["customer_id"]
    refused = said.filter(decision="refused")["customer_id"]
    given = said.filter(decision="given")["customer_id"]
    who = pl.col("customer_id")
    status = pl.when(pl.lit(verdict) != ELIGIBLE).then(_failed(verdict))
    status = status.when(who.is_in(refused.implode())).then(pl.lit("refused"))
    if NEEDS_CONSENT[offer.kind]:
        status = status.when(~who.is_in(given.implode())).then(pl.lit("no_consent"))
    status = status.when(who.is_in(often.implode())).then(pl.lit("contacted_lately"))
    return customers.with_columns(status.otherwise(pl.lit(TO_SEND)).alias("status"))


def _failed(verdict: pl.Series) -> pl.Expr:
    """``unknown`` as it is, a column as ``rule:<column>``."""
    named = pl.concat_str(pl.lit("rule:"), pl.lit(verdict))
    return pl.when(pl.lit(verdict) == "unknown").then(pl.lit("unknown")).otherwise(named)
