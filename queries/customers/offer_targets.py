"""To whom should this offer go, and what would it bring?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_records import stored_offer
from queries.customers.offer_selection import READS as SELECTION_READS
from queries.customers.offer_selection import SELECTED, select_customers
from queries.lake import records_of
from queries.run import QuestionError

RETURNS = SELECTED
READS = SELECTION_READS


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
        ``to_send``; or ``refused``, ``no_consent`` (the offer needs one), ``accepted``,
        ``declined`` or ``complaint`` (what it answered last), ``contacted_lately``, ``unknown`` (a
        rule asks for what is not known), or ``rule:<column>``, the first rule it does not meet.
        ``choice_saving_cny`` [a year]: what the choice it proposes would have saved, billed
        exactly; null where it proposes none, or the customer may not choose it.
        ``expected_kwh``, ``customer_cny``, ``utility_cny`` [a year]: as
        ``offer_value.with_value``. ``basis`` says on what they rest (``offer_learnt``), with the
        trial's ``campaign_id``; ``expected_low_kwh`` and ``expected_high_kwh`` are the 95 %
        interval where a trial gives one. Floats: they rank.
    """
    offer = stored_offer(records_of(lake), offer_id)
    if offer is None:
        raise QuestionError(f"offer '{offer_id}' does not exist. Choose one of the catalogue.")
    return select_customers(offer, send_on, first_day, last_day, lake, region_id)
