"""A settlement in words: why a customer is paid what it is, check by check."""

from typing import Any

import polars as pl

from pages import units
from pages.bill_words import exact, money
from pages.text import t
from queries.demand.event_span import clock_of


def in_plain_words(line: dict[str, Any], detail: dict[str, Any]) -> str:
    """The line as sentences: measured, confirmed, paid, or which check it failed."""
    values = {
        "from": f"{clock_of(detail['from_minute']):%H:%M}",
        "until": f"{clock_of(detail['until_minute']):%H:%M}",
        "baseline": units.power(line["baseline_kw"]),
        "load": units.power(line["load_kw"]),
        "reduction": units.power(line["reduction_kw"]),
    }
    measured = "" if line["reduction_kw"] is None else t("event_settle.said_measured", **values)
    if line["outcome"] != "paid":
        return measured + t(f"event_settle.said_{line['outcome']}")
    price = exact(line["unit_price_cny_per_kw"], "CNY/kW")
    confirmed = exact(line["confirmed_kw"], "kW")
    return measured + t(
        "event_settle.said_paid",
        confirmed=confirmed,
        price=price,
        amount=money(line["amount_cny"]),
    )


def checks_table(detail: dict[str, Any]) -> pl.DataFrame:
    """Every check with its numbers, in its order."""
    return pl.DataFrame(
        [
            {
                t("event_settle.check"): t(f"event_check.{one['code']}"),
                t("event_settle.found"): _figure(one["value"], one["unit"]),
                t("event_settle.limit"): _figure(one["limit"], one["unit"]),
                t("event_settle.met"): t(f"event_settle.{_met(one['is_met'])}"),
            }
            for one in detail["checks"]
        ]
    )


def indicator_table(raised: pl.DataFrame) -> pl.DataFrame:
    """Raised indicators, each with what it is held against and what may explain it."""
    return pl.DataFrame(
        [
            {
                t("column.usage_point_id"): row["usage_point_id"],
                t("event_settle.indicator"): t(f"event_indicator.{row['indicator']}"),
                t("event_settle.found"): units.share(row["value"]),
                t("event_settle.limit"): ("≥ " if row["is_above"] else "< ")
                + units.share(row["limit"]),
                t("event_settle.may_be"): t(f"event_indicator.{row['indicator']}_note"),
            }
            for row in raised.iter_rows(named=True)
        ]
    )


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return units.share(value) if unit == "share" else units.power(value)


def _met(is_met: bool | None) -> str:  # noqa: FBT001 - as the check says it
    return "not_said" if is_met is None else "yes" if is_met else "no"
