"""An event's settlement in a few figures, and the month on whose bill its credits stand."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl


def settlement_totals(lines: pl.DataFrame) -> dict[str, Any]:
    """Figures of an answer of ``demand/event_settlement``.

    Returns:
        ``called`` customers, those that ``took_part`` (did not opt out), ``paid`` and ``waits``;
        of those that took part and could be measured, ``measured_kw`` with ``error_kw``, its
        standard error (None: unknown), and ``promised_kw`` of all that took part; ``confirmed_kw``
        and ``amount_cny``.
    """
    took_part = lines.filter(pl.col("outcome") != "opted_out")
    errors = lines["total_error_kw"].drop_nulls()
    return {
        "called": lines.height,
        "took_part": took_part.height,
        "paid": lines.filter(pl.col("outcome") == "paid").height,
        "waits": lines.filter(pl.col("outcome") == "waits_for_readings").height,
        "promised_kw": float(took_part["promised_kw"].sum()),
        "measured_kw": float(took_part["reduction_kw"].sum()),
        "error_kw": None if errors.is_empty() else float(errors[0]),
        "confirmed_kw": float(lines["confirmed_kw"].sum()),
        "amount_cny": sum(lines["amount_cny"].to_list(), Decimal(0)),
    }


def posting_totals(settled: pl.DataFrame) -> dict[str, Any]:
    """What posting would do now, from an answer of ``demand/event_settled``."""
    post, back = (
        settled.filter(pl.col(name) > 0)[name] for name in ("to_post_cny", "to_take_back_cny")
    )
    return {
        "post_count": len(post),
        "post_cny": sum(post.to_list(), Decimal(0)),
        "back_count": len(back),
        "back_cny": sum(back.to_list(), Decimal(0)),
    }


def open_month(last_day: date, event_day: date) -> date:
    """First day of the month whose bill has not gone out: that of the latest readings.

    Never one before the event.
    """
    return max(last_day, event_day).replace(day=1)
