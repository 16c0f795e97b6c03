"""What did everybody called to an event reduce, and what is it paid?"""

import json
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.money import rounded
from queries.demand.baseline_rules import Rule, baseline_rules
from queries.demand.event_called import CalledEvent, called_event
from queries.demand.event_loads import READS as LOAD_READS
from queries.demand.event_loads import EventLoads, event_loads
from queries.demand.event_placebos import (
    days_like,
    standard_error_kw,
    standard_errors_kw,
    tried_on,
    without_event,
)
from queries.demand.response_programme import Terms
from queries.demand.settlement_line import Called, Measured, detail_of, settled_line
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "event_id": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "rule": pl.String(),
        "answer": pl.String(),
        "promised_kw": pl.Float64(),
        "outcome": pl.String(),
        "baseline_kw": pl.Float64(),
        "load_kw": pl.Float64(),
        "reduction_kw": pl.Float64(),
        "standard_error_kw": pl.Float64(),
        "total_error_kw": pl.Float64(),
        "missing_share": pl.Float64(),
        "estimated_share": pl.Float64(),
        "confirmed_kw": pl.Decimal(18, 3),
        "unit_price_cny_per_kw": pl.Decimal(18, 6),
        "amount_cny": pl.Decimal(18, 2),
        "detail": pl.String(),
    }
)
READS = LOAD_READS


def event_settlement(lake: DuckDBPyConnection, *, event_id: str) -> pl.DataFrame:
    """The settlement (结算) of an event of demand response: a row a usage point called.

    The baseline is that of the terms under which the event was made, by quarters of an hour; days
    on which the customer took part in an event are not looked back to, and neither are estimated
    readings. A customer's answer counts, and where it gave none, what was agreed. Confirmed is the
    mean reduction up to ``most_share`` of the promised one, if every check of the terms is met;
    the confirmed kW is rounded to the watt and the amount once to the fen, half up.

    Matched control needs customers that were not called: it answers only where the scope shows
    any.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``; it must have been called.

    Returns:
        By usage point: ``baseline_kw``, ``load_kw`` and ``reduction_kw``, means of the event [kW];
        null where a reading is missing or the rule has no baseline. ``standard_error_kw``: root
        mean square of the rule's error for this customer on days like it when nobody was called;
        ``total_error_kw``: the same of all together, alike in every row.
        ``missing_share`` and ``estimated_share`` of the event's quarters [0–1]. ``outcome``: paid,
        or the first check that failed (opted_out, waits_for_readings, no_baseline, no_reduction,
        above_baseline, too_small). ``amount_cny`` = ``confirmed_kw`` × ``unit_price_cny_per_kw``,
        which has the event's hours and time factors in it. ``detail`` is JSON: baseline and load by
        quarter, every check with its numbers, prices.

    Raises:
        QuestionError: there is no such event in the scope, or it was never called.
    """
    asked = called_event(lake, event_id)
    if asked.state not in {"called", "settled"}:
        raise QuestionError(f"event '{event_id}' is {asked.state}: only a called one is settled.")
    if not asked.points:
        return RETURNS.to_frame()
    rule = baseline_rules()[asked.terms.baseline_rule]
    loads = event_loads(lake, asked, with_controls=rule.form == "matched_control")
    placebos = days_like(loads.history, loads.event)
    tried = tried_on(loads.history, placebos, {rule.code: rule}, loads.called)
    took_part = asked.calls["answer"].fill_null("").to_numpy() != "opt_out"
    total_kw = standard_error_kw(tried.error_kw[rule.code][:, took_part])
    errors_kw = standard_errors_kw(tried.error_kw[rule.code])
    rows = settlement_rows(asked, loads, rule, errors_kw)
    return pl.DataFrame([one | {"total_error_kw": total_kw} for one in rows], schema=RETURNS)


def settlement_rows(
    asked: CalledEvent, loads: EventLoads, rule: Rule, errors_kw: np.ndarray
) -> list[dict[str, Any]]:
    """The rows of a settlement by any rule, as ``RETURNS`` names them.

    ``errors_kw`` are the standard errors of the customers by this rule, NaN where unknown.
    """
    event, called = loads.event, loads.called
    without_kw = without_event(loads.history, event, rule, called)
    load_kw = loads.history.load_kw[:called, event.day, event.steps]
    rows = []
    for place, call in enumerate(asked.calls.iter_rows(named=True)):
        measured = Measured(
            without_kw[place].astype(np.float64),
            load_kw[place].astype(np.float64),
            loads.is_estimated[place, event.steps],
            asked.from_minute,
            asked.until_minute,
        )
        error_kw = float(errors_kw[place])
        whose = {
            "event_id": asked.event_id,
            "usage_point_id": call["usage_point_id"],
            "customer_id": call["customer_id"],
            "rule": rule.code,
            "standard_error_kw": error_kw if np.isfinite(error_kw) else None,
        }
        one = Called(call["answer"], call["reply_kw"], call["agreed_kw"])
        rows.append(whose | _row(measured, one, asked.terms))
    return rows


def _row(measured: Measured, called: Called, terms: Terms) -> dict[str, Any]:
    line = settled_line(measured, called, terms)
    detail = detail_of(line, measured, called, terms)
    return {
        "answer": called.answer,
        "promised_kw": called.promised_kw,
        "outcome": line.outcome,
        "baseline_kw": line.baseline_kw,
        "load_kw": line.load_kw,
        "reduction_kw": line.reduction_kw,
        "missing_share": line.missing_share,
        "estimated_share": line.estimated_share,
        "confirmed_kw": line.confirmed_kw,
        "unit_price_cny_per_kw": rounded(line.pay.unit_price_cny_per_kw, 6),
        "amount_cny": line.amount_cny,
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False),
    }
